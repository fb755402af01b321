"""Tables as a reader sees them: every cell a text, and no text that the browser runs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.ui.table_markup import cell_texts, table_markup
from rut_dash.ui.tables import Column, ColumnKind
from tests.elements import read_table

MINUS = "\N{MINUS SIGN}"
KINDS: list[ColumnKind] = ["percent", "points", "number", "count", "date", "moment", "text"]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        (Column("Change"), -0.0321, f"{MINUS}3.2%"),
        (Column("Change"), 12.3456, "1,234.6%"),
        (Column("Change", digits=3), 0.00012, "0.012%"),
        (Column("Change", unit=False), -0.0321, f"{MINUS}3.2"),
        (Column("Excess", "points"), -0.0321, f"{MINUS}3.2 pp"),
        (Column("Excess pp", "points", unit=False), 0.0321, "3.2"),
        (Column("Beta", "number", digits=2), -1.004, f"{MINUS}1.00"),
        (Column("Rows", "count"), 6493, "6,493"),
        (Column("Date", "date"), pd.Timestamp("2025-04-08"), "2025-04-08"),
        (Column("Date", "date"), date(2025, 4, 8), "2025-04-08"),
        (Column("At", "moment"), datetime(2025, 4, 8, 20, 5, tzinfo=UTC), "2025-04-08 20:05 UTC"),
        (Column("Text", "text"), "Low", "Low"),
    ],
)
def test_a_cell_is_written_as_numbers_and_dates_are_elsewhere(
    column: Column, value: object, text: str
) -> None:
    assert cell_texts(pd.Series([value]), column) == [text]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_lacks_is_a_dash(kind: ColumnKind) -> None:
    for value in (None, np.nan, pd.NaT):
        assert cell_texts(pd.Series([value], dtype=object), Column("X", kind)) == ["–"]


@given(st.floats(-0.01, 0.01), st.sampled_from([0, 1, 2]))
def test_what_rounds_to_zero_has_no_sign_and_nothing_a_plus(value: float, digits: int) -> None:
    (text,) = cell_texts(pd.Series([value]), Column("Change", digits=digits))
    assert "+" not in text
    assert "-" not in text
    displayed = float(text.rstrip("%").replace(MINUS, "-"))
    assert displayed == pytest.approx(round(value * 100, digits))
    assert (text[0] == MINUS) == (displayed < 0)


def test_a_table_has_the_columns_that_are_named_in_their_order() -> None:
    frame = pd.DataFrame({"left_out": [1], "ratio": [2.0], "change": [0.25]})
    columns = (("change", Column("Change")), ("ratio", Column("Ratio", "number", digits=2)))
    table = read_table(table_markup(frame, columns, "Figures"))
    assert table.to_dict("list") == {"change": ["25.0%"], "ratio": ["2.00"]}


def test_rows_that_can_be_picked_have_their_labels_and_a_button() -> None:
    frame = pd.DataFrame({"event": ["Low", "High"]}, index=["a", 'b"<'])
    markup = table_markup(frame, (("event", Column("Event", "text")),), "Events", can_pick=True)
    assert list(read_table(markup).index) == ["a", 'b"<']
    assert markup.count("<button") == 3  # with that of the heading, which sorts


@pytest.mark.parametrize("can_pick", [False, True])
@given(text=st.text(min_size=1))
def test_no_text_becomes_an_element(text: str, can_pick: bool) -> None:
    def markup(word: str) -> str:
        frame = pd.DataFrame({"a": [word]}, index=pd.Index([word]))
        columns = (("a", Column(word, "text", help=word)),)
        return table_markup(frame, columns, word, can_pick=can_pick)

    assert markup(text).replace("rut-more", "").count("<") in (
        markup("x").count("<"),
        markup("x" * 99).count("<"),  # a long text has the line for a phone
    )
    assert markup(text).count('"') in (markup("x").count('"'), markup("x" * 99).count('"'))


def test_a_narrow_table_names_the_columns_further_right() -> None:
    columns = tuple((name, Column(f"Column {name}", "text", width=120)) for name in "abcd")
    frame = pd.DataFrame({name: ["x"] for name in "abcd"})
    assert "Further right: Column c, Column d<" in table_markup(frame, columns, "Letters")
    assert "Further right" not in table_markup(frame, columns[:2], "Letters")


def test_the_meaning_of_columns_can_be_read_without_a_pointer() -> None:
    frame = pd.DataFrame({"a": ["x"]})
    columns = (("a", Column("Depth", "text", help="The deepest & last")),)
    markup = table_markup(frame, columns, "Depths")
    assert "<dt>Depth</dt><dd>The deepest &amp; last</dd>" in markup
