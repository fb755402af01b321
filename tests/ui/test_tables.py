"""Tables become files that say what they are about and that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rut_dash.charts.chart import Context
from rut_dash.market.history import Basis
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui.tables import (
    csv_bytes,
    csv_text,
    file_header,
    name_legs,
)


def read_back(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), comment="#")


def test_a_table_says_what_it_is_and_reads_back_unrounded() -> None:
    frame = pd.DataFrame(
        {
            "start": pd.to_datetime(["2025-04-08", None]),
            "fund": [1 / 3, np.nan],
            "label": ["=HYPERLINK(1)", "Low"],
        }
    )
    text = csv_text(frame, [("as of", "2026-05-29"), ("source", "a\nb")])
    lines = text.splitlines()
    assert lines[:2] == ["# as of: 2026-05-29", "# source: a b"]
    back = pd.read_csv(io.StringIO(text), comment="#", parse_dates=["start"])
    assert back["fund"].iloc[0] == 1 / 3
    assert np.isnan(back["fund"].iloc[1])
    assert back["start"].iloc[0] == pd.Timestamp("2025-04-08")
    assert back["label"].iloc[0] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        (" =1+1", "' =1+1"),
        ("\N{FULLWIDTH EQUALS SIGN}1+1", "'\N{FULLWIDTH EQUALS SIGN}1+1"),
        ("a;=1+1; b", "a;'=1+1; b"),
        ("a; -0.5; - b", "a; '-0.5; '- b"),
        ("-0.5", "-0.5"),
        ("-1e-3", "-1e-3"),
        ("+12", "+12"),
        ("Low - high", "Low - high"),
        ("\N{MINUS SIGN}1.5%", "\N{MINUS SIGN}1.5%"),
    ],
)
def test_no_text_of_a_file_is_a_formula(text: str, written: str) -> None:
    """In a cell, in the index and in a heading alike."""
    frame = pd.DataFrame({"label": [text], text: [1.0]}, index=pd.Index([text], name="id"))
    back = pd.read_csv(io.StringIO(csv_text(frame, [])), dtype=str, skip_blank_lines=False)
    assert list(back.columns) == ["id", "label", written]
    assert list(back.iloc[0]) == [written, written, "1.0"]


@pytest.mark.parametrize(
    ("index", "columns"),
    [
        (pd.RangeIndex(2), ["claim", "value"]),
        (pd.RangeIndex(2)[::-1], ["claim", "value"]),
        (pd.Index(["a", "b"]), ["id", "claim", "value"]),
        (pd.Index(["a", "b"], name="event"), ["event", "claim", "value"]),
        (pd.Index(["a", "b"], name="claim"), ["claim", "value"]),  # is a column already
    ],
)
def test_every_column_of_a_file_has_a_name(index: pd.Index, columns: list[str]) -> None:
    frame = pd.DataFrame({"claim": ["a", "b"], "value": [1.0, 2.0]}, index=index)
    back = read_back(csv_text(frame, []))
    assert list(back.columns) == columns
    assert list(back["claim"]) == ["a", "b"]


def test_a_file_names_the_symbols_that_it_is_about() -> None:
    fund, benchmark = (DemoSource().fetch(symbol) for symbol in ("IWM", "SPY"))
    context = Context("IWM", "SPY", Basis.TOTAL, fund.last_session, "ignored", simulated=False)
    of_one = dict(file_header("Falls of SPY", [benchmark], context))
    assert of_one["symbols"] == "SPY"
    assert of_one["source"] == benchmark.provenance.source
    assert of_one["simulated"].startswith("yes")
    assert of_one["basis"] == "total return"
    assert dict(file_header("Risk", [fund, benchmark], context))["symbols"] == "IWM, SPY"


@pytest.mark.parametrize(("behind", "line"), [(0, None), (1, "1"), (38, "38")])
def test_a_file_says_how_many_sessions_its_prices_are_behind(behind: int, line: str | None) -> None:
    fund = DemoSource().fetch("IWM")
    context = Context("IWM", "SPY", Basis.PRICE, fund.last_session, "x", False, behind=behind)
    assert dict(file_header("Falls", [fund], context)).get("sessions behind") == line


def test_excel_reads_the_dashes_of_a_file() -> None:
    frame = pd.DataFrame({"range": ["2024 – 2025", "−1.5%"]})
    data = csv_bytes(frame, [("table", "Range")])
    assert data.startswith(b"\xef\xbb\xbf# table: Range\n")
    back = pd.read_csv(io.BytesIO(data), comment="#", encoding="utf-8-sig")
    assert back["range"].tolist() == frame["range"].tolist()


def test_a_file_names_the_symbols_instead_of_their_roles() -> None:
    frame = pd.DataFrame(columns=["fund", "benchmark", "fund_after_5", "excess_since", "refund"])
    names = ["IWM", "^GSPC", "IWM_after_5", "excess_since", "refund"]
    assert list(name_legs(frame, "IWM", "^GSPC").columns) == names


TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))


@given(st.text("=+-@;,\"' \t\r\nab1.", min_size=1), st.floats(allow_nan=False))
@example(";-1", 0.0)
@example(';"=', 0.0)
@example(',"=,"', 0.0)
@example("-1\r\t", 0.0)
def test_no_cell_is_a_formula_where_lists_have_commas_or_semicolons(
    text: str, number: float
) -> None:
    """Read as a spreadsheet reads it, with the separator of either kind of country."""
    frame = pd.DataFrame({"label": [text], text: [number]}, index=pd.Index(["IWM"], name="id"))
    written = csv_text(frame, [("source", text), ("table", f"x{text}")])
    for delimiter in ",;":
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            for cell in filter(None, (cell.lstrip(" ") for cell in row)):
                if cell[0] in "=+-@\t\r":
                    float(cell)


def test_a_missing_value_is_an_empty_cell_and_a_negative_number_stays_one() -> None:
    frame = pd.DataFrame(
        {"fall": [-0.25, np.nan], "day": [pd.NaT, pd.Timestamp("2025-04-08")], "why": [None, "x"]}
    )
    assert csv_text(frame, []).splitlines() == ["fall,day,why", "-0.25,,", ",2025-04-08,x"]


@given(st.sampled_from("=+-@\t\r"), TEXTS, st.floats(allow_nan=False, allow_infinity=False))
def test_no_field_of_a_file_can_become_a_formula(first: str, rest: str, number: float) -> None:
    """In a cell, the index and a heading; numbers stay numbers."""
    text = first + rest
    frame = pd.DataFrame({text: [text], "number": [number]}, index=pd.Index([text], name="id"))
    heading, row = csv.reader(io.StringIO(csv_text(frame, []), newline=""))
    for field in (heading[1], row[0], row[1]):
        assert field[0] not in "=+-@\t\r\n" or float(field) == float(text)
    assert float(row[2]) == number


def test_a_moment_in_a_file_has_its_time_and_zone() -> None:
    moments = pd.to_datetime(pd.Series(["2026-11-29T08:31:44Z", None]), utc=True)
    text = csv_text(pd.DataFrame({"fetched_at": moments, "day": pd.Timestamp("2026-11-27")}), [])
    assert text.splitlines()[1:] == ["2026-11-29 08:31 UTC,2026-11-27", ",2026-11-27"]
