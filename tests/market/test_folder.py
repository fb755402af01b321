"""Files of bars: every form that is handed out, and every fault with its line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import DataUnavailable, NoFile, RutDashError, SchemaError, UnknownSymbol
from rut_dash.market import calendar
from rut_dash.market.folder_market import FolderMarket
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.market.sources import folder
from rut_dash.market.sources.base import SOURCES, SourceSettings
from rut_dash.market.sources.folder import (
    FolderSource,
    NotBars,
    price_files,
    read_file,
    symbol_of_file,
)
from rut_dash.market.validation import BAR_COLUMNS
from rut_dash.ui.data_page import left_out_table
from tests.oracles import first_unknown_action, note_texts
from tests.price_files import NASDAQ, NASDAQ_INDEX, OURS, STOOQ, YAHOO, YAHOO_PAGE, write


def closes(history: PriceHistory) -> list[float]:
    return list(history.close(Basis.PRICE))


# --------------------------------------------------------------------------------------
# Forms


def test_our_own_columns_are_read_with_their_provenance(tmp_path: Path) -> None:
    path = write(tmp_path, OURS)
    os.utime(path, (1_744_300_000, 1_744_300_000))
    history = read_file(path)
    assert history.symbol == "IWM"
    assert tuple(history.bars.columns) == BAR_COLUMNS
    assert [f"{d:%m-%d}" for d in history.sessions] == ["04-04", "04-07", "04-08", "04-09"]
    assert history.sessions.tz is None
    assert list(history.bars.iloc[2]) == [186.0, 186.7, 172.5, 174.82, 174.3, 7e7, 0.5, 0.0]
    assert history.provenance.source == "IWM.csv"
    assert history.provenance.fetched_at == datetime.fromtimestamp(1_744_300_000, UTC)
    assert first_unknown_action(history) is None
    assert history.provenance.notes == ()
    assert not history.provenance.simulated


def test_yahoos_csv_loses_its_rows_of_nulls_with_a_note(tmp_path: Path) -> None:
    history = read_file(write(tmp_path, YAHOO))
    assert closes(history) == [181.03, 174.82, 189.68]
    assert first_unknown_action(history) == date(2025, 4, 4)  # it has no dividends
    assert note_texts(history) == ("1 row without a price left out (the first: 2025-04-07).",)


def test_a_dividend_on_a_row_without_a_price_is_refused(tmp_path: Path) -> None:
    text = f"{OURS}2025-04-10,,,,,,,0.3,0.0\n"
    with pytest.raises(SchemaError, match=r"line 6: the close is missing on 2025-04-10"):
        read_file(write(tmp_path, text))


def test_dividend_rows_of_yahoos_page_go_to_their_bars(tmp_path: Path) -> None:
    history = read_file(write(tmp_path, YAHOO_PAGE))
    assert closes(history) == [208.4, 210.53, 211.21, 214.27]
    assert list(history.bars["dividend"]) == [0.0, 0.58, 0.0, 0.0]
    assert first_unknown_action(history) is None
    total = history.close(Basis.TOTAL)
    assert total.iloc[0] == pytest.approx(208.4 * (1 - 0.58 / 208.4), rel=1e-15)


def test_split_rows_of_yahoos_page_go_to_their_bars(tmp_path: Path) -> None:
    page = YAHOO_PAGE.replace("0.58 Dividend", "2:1 Stock Splits,,,,,")
    history = read_file(write(tmp_path, page))
    assert list(history.bars["split"]) == [0.0, 2.0, 0.0, 0.0]
    lost = YAHOO_PAGE.replace('"Jun 16, 2025",0.58', '"Jun 17, 2025",0.58')
    with pytest.raises(SchemaError, match=r"line 5: 2025-06-17 has a dividend or a split but no"):
        read_file(write(tmp_path, lost))


@pytest.mark.parametrize("name", ["iwm.us.csv", "iwm_us_d.csv", "IWM_d.csv"])
def test_stooqs_csv_has_no_dividends_which_a_note_says(tmp_path: Path, name: str) -> None:
    history = read_file(write(tmp_path, STOOQ, name))
    assert history.symbol == "IWM"
    assert closes(history) == [179.52, 174.82]
    [note] = note_texts(history)
    assert "may be adjusted for dividends already" in note


def test_stooqs_csv_of_an_index_has_no_volume(tmp_path: Path) -> None:
    text = "\n".join(line.rsplit(",", 1)[0] for line in STOOQ.splitlines())
    history = read_file(write(tmp_path, text, "^rut_d.csv"))
    assert history.symbol == "^RUT"
    assert history.bars["volume"].isna().all()
    assert history.provenance.notes == ()


@pytest.mark.parametrize("answer", ["No data", "No data\r\n", "Exceeded the daily hits limit"])
def test_a_saved_refusal_of_stooq_is_named_as_one(tmp_path: Path, answer: str) -> None:
    with pytest.raises(SchemaError, match=r"it holds no bars but an answer: '(No data|Exceeded)"):
        read_file(write(tmp_path, answer))


def test_nasdaqs_csv_is_read_oldest_first_without_its_dollar_signs(tmp_path: Path) -> None:
    history = read_file(write(tmp_path, NASDAQ))
    assert closes(history) == [179.52, 174.82, 189.68]
    assert list(history.bars["volume"]) == [8e7, 7e7, 9.9e7]
    assert list(history.bars["low"]) == [171.7, 172.5, 171.9]
    assert first_unknown_action(history) == date(2025, 4, 7)
    assert note_texts(history) == ("Nasdaq's files have no dividends: there is no total return.",)


def test_nasdaqs_csv_of_an_index_has_no_volume(tmp_path: Path) -> None:
    history = read_file(write(tmp_path, NASDAQ_INDEX, "_RUT.csv"))
    assert history.symbol == "^RUT"
    assert closes(history) == [1760.71, 1913.16]
    assert history.bars["volume"].isna().all()
    assert first_unknown_action(history) is None


def test_a_csv_written_by_pandas_is_read(tmp_path: Path) -> None:
    """The file that ``Ticker.history(auto_adjust=False).to_csv`` writes."""
    text = (
        "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Capital Gains\n"
        "2025-03-07 00:00:00-05:00,203.0,206.5,200.5,205.9,205.4,4e7,0.0,0.0,0.0\n"
        "2025-03-10 00:00:00-04:00,202.8,203.5,198.5,200.5,200.0,5e7,0.46,0.0,0.0\n"
    )
    history = read_file(write(tmp_path, text))
    assert [str(d.date()) for d in history.sessions] == ["2025-03-07", "2025-03-10"]
    assert first_unknown_action(history) is None
    assert note_texts(history) == ()


def test_an_unnamed_index_is_the_date(tmp_path: Path) -> None:
    assert len(read_file(write(tmp_path, STOOQ.replace("Date", ""))).bars) == 2


VARIANTS: dict[str, Callable[[str], str | bytes]] = {
    "Windows lines": lambda t: t.replace("\n", "\r\n"),
    "old Mac lines": lambda t: t.replace("\n", "\r"),
    "a byte order mark": lambda t: t.encode("utf-8-sig"),
    "UTF-16 from Excel": lambda t: t.encode("utf-16"),
    "semicolons": lambda t: t.replace(",", ";"),
    "tabs": lambda t: t.replace(",", "\t"),
    "bars": lambda t: t.replace(",", "|"),
    "quoted": lambda t: "\n".join(
        ",".join(f'"{c}"' for c in line.split(",")) for line in t.splitlines()
    ),
    "spaces": lambda t: t.replace(",", " , "),
    "blank lines": lambda t: "\n\n" + t.replace("\n", "\n \n") + "\n,,,,,,,,\n",
    "a comma at each end": lambda t: t.replace("\n", ",\n"),
    "commas at the ends of rows": lambda t: t.replace("0.0\n", "0.0,,\n"),
    "no last line end": lambda t: t.rstrip("\n"),
    "capitals": lambda t: t.upper(),
    "newest first": lambda t: "\n".join([t.splitlines()[0], *t.splitlines()[:0:-1]]),
    "American dates": lambda t: re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\2/\3/\1", t),
    "dates without dashes": lambda t: t.replace("2025-04-", "202504"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_bars_however_they_are_written(tmp_path: Path, variant: str) -> None:
    plain = read_file(write(tmp_path, OURS))
    other = read_file(write(tmp_path, VARIANTS[variant](OURS)))
    pd.testing.assert_frame_equal(other.bars, plain.bars)


@pytest.mark.parametrize("spelling", ["date", "Date", "index", "unnamed"])
def test_parquet_with_the_same_columns_gives_the_same_bars(tmp_path: Path, spelling: str) -> None:
    plain = read_file(write(tmp_path, OURS))
    frame = pd.read_csv(tmp_path / "IWM.csv", parse_dates=["date"])
    path = tmp_path / "SPY.parquet"
    if spelling == "index":
        frame.set_index("date").to_parquet(path)
    elif spelling == "unnamed":
        frame.set_index("date").rename_axis(None).to_parquet(path)
    else:
        frame.rename(columns={"date": spelling}).to_parquet(path)
    history = read_file(path)
    assert history.symbol == "SPY"
    pd.testing.assert_frame_equal(history.bars, plain.bars)


def test_parquet_dates_of_every_kind_are_read(tmp_path: Path) -> None:
    plain = read_file(write(tmp_path, OURS))
    frame = pd.read_csv(tmp_path / "IWM.csv", parse_dates=["date"])
    path = tmp_path / "SPY.parquet"
    day = frame["date"]
    kinds = {
        "zone": day.dt.tz_localize("America/New_York"),
        "nanoseconds": day.astype("datetime64[ns]"),
        "date": day.dt.date,
        "text": day.dt.strftime("%Y-%m-%d"),
    }
    for kind, column in kinds.items():
        frame.assign(date=column).to_parquet(path)
        pd.testing.assert_frame_equal(read_file(path).bars, plain.bars, obj=kind)


def test_a_bad_cell_of_a_parquet_file_is_named_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "SPY.parquet"
    pd.DataFrame({"date": ["2025-04-07", "2025-04-08"], "close": ["179.5", "x"]}).to_parquet(path)
    with pytest.raises(SchemaError, match="'x' in column close in row 2 is not a number"):
        read_file(path)
    pd.DataFrame({"date": ["2025-04-07"], "close": [1.0]}).iloc[:0].to_parquet(path)
    with pytest.raises(SchemaError, match="there are no rows"):
        read_file(path)
    write(tmp_path, b"PAR1 and nothing else", "SPY.parquet")
    with pytest.raises(SchemaError, match="it cannot be read as Parquet"):
        read_file(path)


# --------------------------------------------------------------------------------------
# Faults


def replaced(old: str, new: str, text: str = OURS) -> str:
    assert old in text
    return text.replace(old, new, 1)


FAULTS: dict[str, tuple[str | bytes, int | None, str]] = {
    "empty": (b"", None, "the file is empty"),
    "blank": (" \n\n\t\n", None, "the file is empty"),
    "names only": (OURS.splitlines()[0], None, "there are no rows below the names"),
    "no names": (OURS.split("\n", 1)[1], 1, "there is no line of column names"),
    "no date column": (
        replaced("date,", "day,"), None,
        "it resembles rut_dash's own columns, without date, with day besides",
    ),
    "no close column": (
        replaced("close,adjclose", "final,settled"), None,
        "it resembles rut_dash's own columns, without close, with final, settled besides",
    ),
    "two closes": (replaced("open", "Close"), None, "two columns are the close"),
    "a web page": ("<!DOCTYPE html><html>", 1, "it is a web page, not a table"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "there are bytes that are no text"),
    "null bytes": (OURS.encode().replace(b"189.68", b"\0\0\0"), 5, "there are null bytes"),
    "Latin-1": (OURS.encode().replace(b"189.68", b"\xa3189"), 5, "bytes that are no text"),
    "a word": (replaced("189.68", "oops"), 5, "'oops' in column close is not a number"),
    "a decimal comma": (
        replaced("189.68", "189,68").replace(",", ";").replace("189;68", "189,68"), 5,
        "'189,68' in column close is not a number",
    ),
    "an underscore": (replaced("189.68", "189_68"), 5, "'189_68' in column close is not a number"),
    "another script": (replaced("189.68", "١٨٩"), 5, "'١٨٩' in column close is not a number"),
    "a missing cell": (replaced("189.68,", ""), 5, "the line has 8 cells where the first has 9"),
    "one cell more": (replaced("189.68,", "189.68,1,"), 5, "the line has 10 cells where the first"),
    "cut off": (OURS[:-20], 5, "the line has 6 cells where the first has 9 names"),
    "a bad quote": (replaced("189.68", '"189.68'), 5, "the line cannot be split into cells"),
    "a bad date": (replaced("2025-04-09", "2025-04-31"), 5, "'2025-04-31' in column date is not"),
    "a blank date": (replaced("2025-04-09", ""), 5, "'' in column date is not a date"),
    "another form of date": (replaced("2025-04-09", "04/09/2025"), 5, "'04/09/2025' in column"),
    "now": (replaced("2025-04-09", "now"), 5, "'now' in column date is not a date as YYYY-MM-DD"),
    "a day before the month in one row": (
        replaced("2025-04-04", "13/04/2025"), 3, "'2025-04-07' in column date is not a date as DD"
    ),
    "an unknown form": (replaced("2025-04-04", "4 Apr 25"), 2, "'4 Apr 25' in column date is not"),
    "a year that is none": (
        replaced("2025-04-09", "9999-12-31"), 5,
        "the date of row 4 is blank or outside the years 1700 to 2200",
    ),
    "a date twice": (
        replaced("2025-04-09", "2025-04-07"), 5, "2025-04-07 occurs twice (first in line 3)"
    ),
    "no order": (
        "\n".join(OURS.splitlines()[i] for i in (0, 1, 3, 2, 4)), 4,
        "the dates are not in order: 2025-04-07 is below 2025-04-08",
    ),
    "no order, newest first": (
        "\n".join(OURS.splitlines()[i] for i in (0, 4, 3, 1, 2)), 5,
        "the dates are not in order: 2025-04-07 is below 2025-04-04",
    ),
    "a weekend": (replaced("2025-04-09", "2025-04-12"), 5, "2025-04-12 is a Saturday, on which no"),
    "a zero price": (replaced("189.68", "0"), 5, "the close is not positive on 2025-04-09"),
    "a negative close": (replaced("189.68", "-1"), 5, "the close is not positive on 2025-04-09"),
    "an infinite close": (replaced("189.68", "inf"), 5, "the close is infinite on 2025-04-09"),
    "a blank close": (replaced("189.68", ""), 5, "the close is missing on 2025-04-09"),
    "a dividend too large": (replaced(",0.5,", ",200,"), 4, "the dividend of 200 on 2025-04-08"),
    "an unapplied split": (
        replaced("173.0,192.0,171.9,189.68", "346.0,384.0,343.8,379.36"), 5,
        "IWM moves by +117.0% on 2025-04-09, beyond the believable 25%",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_refused_with_its_line(tmp_path: Path, fault: str) -> None:
    text, line, problem = FAULTS[fault]
    path = write(tmp_path, text)
    with pytest.raises(SchemaError) as caught:
        read_file(path)
    assert not isinstance(caught.value, NotBars)
    assert caught.value.line == line
    assert problem in caught.value.problem
    place = f"{path}, line {line}: " if line else f"{path}: "
    assert str(caught.value).startswith(place)
    assert str(caught.value).endswith(".")
    assert caught.value.remedy


# No return depends on these: each is blank, and named, as where a source answers so.
BLANKED: dict[str, tuple[str, str, str]] = {
    "a negative price": (replaced("171.9", "-171.9"), "low", "−171.9"),
    "an infinite price": (replaced("192.0", "inf"), "high", "infinite"),
    "a blank open": (replaced("173.0", "null"), "open", "none"),
    "a high below": (replaced("192.0", "180.0"), "high", "180"),
    "a negative volume": (replaced("99000000", "-1"), "volume", "−1"),
}


@pytest.mark.parametrize("fault", BLANKED)
def test_a_bad_value_that_changes_no_return_is_blank_and_named_on_the_data_page(
    tmp_path: Path, fault: str
) -> None:
    text, column, value = BLANKED[fault]
    path = write(tmp_path, OURS)
    expected = read_file(path).bars.copy()
    expected.loc["2025-04-09", column] = np.nan
    write(tmp_path, text)
    market = FolderMarket(FolderSource(tmp_path))
    pd.testing.assert_frame_equal(market.load("IWM").bars, expected)
    table = left_out_table([market.health("IWM")])
    assert table[["symbol", "left_out", "sessions"]].to_numpy().tolist() == [["IWM", column, 1]]
    assert table["last"].tolist() == [pd.Timestamp("2025-04-09")]
    assert table["value"].tolist() == [value]


def test_values_that_are_wrong_in_most_rows_are_refused_as_those_of_another_column(
    tmp_path: Path,
) -> None:
    exchanged = OURS.replace("open,high,low,close", "open,low,high,close")
    with pytest.raises(SchemaError, match="line 2: the low is above the open or the close"):
        read_file(write(tmp_path, exchanged))


def test_the_line_counts_blank_lines_and_stays_right_when_rows_are_turned_round(
    tmp_path: Path,
) -> None:
    rows = OURS.splitlines()
    spread = "\n".join(["", rows[0], "", rows[4], rows[3], "", rows[2].replace("179.52", "-1")])
    with pytest.raises(SchemaError, match="line 7: the close is not positive on 2025-04-07"):
        read_file(write(tmp_path, spread))
    quoted = '"date","close"\n"2025-04-07","179.52"\n\n"2025-04-08","0"\n'
    with pytest.raises(SchemaError, match="line 4: the close is not positive"):
        read_file(write(tmp_path, quoted))


def test_weekly_bars_are_refused(tmp_path: Path) -> None:
    weeks = pd.date_range("2025-01-03", periods=12, freq="7D")
    rows = "".join(f"{day:%Y-%m-%d},100\n" for day in weeks)
    with pytest.raises(SchemaError, match="its rows are 7 days apart: they are not daily bars"):
        read_file(write(tmp_path, "date,close\n" + rows))


def test_saturdays_before_1970_are_accepted(tmp_path: Path) -> None:
    text = "date,close\n1951-12-28,23.69\n1951-12-29,23.77\n"
    assert len(read_file(write(tmp_path, text, "_GSPC.csv")).bars) == 2


def test_the_move_limit_is_the_callers(tmp_path: Path) -> None:
    path = write(tmp_path, OURS)
    with pytest.raises(SchemaError, match=r"line 5: IWM moves by \+8.5% on 2025-04-09"):
        read_file(path, move_limit=0.05)
    with pytest.raises(SchemaError):
        FolderSource(tmp_path, move_limit=0.05).fetch("IWM")


NOT_BARS = {
    "FRED_DGS10.csv": "date,value\n1962-01-02,4.06\n",
    "DGS10.csv": "observation_date,DGS10\n1962-01-02,4.06\n",
    "fed_funds_target.csv": "announce_date,effective_date,target_lower\n2000-02-02,2000-02-02,5\n",
    "quality.csv": "ticker,first,last\nAAMI,2020-07-27,2025-04-04\n",
    "IWM_holdings.csv": 'iShares Russell 2000 ETF\nFund Holdings as of,"May 13, 2025"\n',
    "prose.csv": "Dear reader, this is a letter.\n",
    "dividends.csv": "Date,Dividends\n2025-06-16,0.58\n",
}


@pytest.mark.parametrize("name", NOT_BARS)
def test_a_file_that_is_no_price_file_is_refused_as_such(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, NOT_BARS[name], name)
    with pytest.raises(NotBars, match="it is not a price file") as caught:
        read_file(path)
    assert isinstance(caught.value, RutDashError)
    assert FolderSource(tmp_path).symbols() == ()


def test_a_wide_parquet_of_tickers_is_no_price_file(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    pd.DataFrame({"OPEN": [1.0], "LOW": [2.0], "date": ["2025-04-07"]}).to_parquet(path)
    with pytest.raises(NotBars):
        read_file(path)


# --------------------------------------------------------------------------------------
# Names and folders


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("IWM.csv", "IWM"),
        ("iwm.csv", "IWM"),
        ("iwm.us.csv", "IWM"),
        ("iwm_us_d.csv", "IWM"),
        ("brk-b.us.csv", "BRK-B"),
        ("BRK.B.csv", "BRK.B"),
        ("_RUT.csv", "^RUT"),
        ("^RUT.csv", "^RUT"),
        ("^rut_d.csv", "^RUT"),
        ("IWM (1).csv", "IWM"),
        ("SPY.parquet", "SPY"),
        ("EURUSD=X.csv", "EURUSD=X"),
    ],
)
def test_a_file_name_gives_its_symbol(name: str, symbol: str) -> None:
    assert symbol_of_file(Path("some.folder") / name) == symbol


@pytest.mark.parametrize(
    "name",
    ["HistoricalData_1744300000000.csv", "HistoricalData_1744300000000 (1).csv", "my bars.csv",
     "iwm_us_w.csv", "_.csv"],
)  # fmt: skip
def test_a_file_name_without_a_symbol_is_refused_with_advice(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, NASDAQ, name)
    with pytest.raises(SchemaError, match="Rename it after the symbol"):
        read_file(path)
    assert read_file(path, "IWM").symbol == "IWM"


def test_a_folder_lists_the_symbols_of_files_with_price_columns(tmp_path: Path) -> None:
    for name, text in NOT_BARS.items():
        write(tmp_path, text, name)
    write(tmp_path, OURS, "IWM.csv")
    write(tmp_path, OURS, "_RUT.csv")
    write(tmp_path, "date,close\nbroken", "SPY.csv")
    write(tmp_path, OURS, "README.txt")
    write(tmp_path, NASDAQ, "HistoricalData_1.csv")
    (tmp_path / "QQQ.csv").mkdir()
    pd.DataFrame({"date": ["2025-04-07"], "close": [1.0]}).to_parquet(tmp_path / "IJR.parquet")
    source = FolderSource(tmp_path)
    assert source.symbols() == ("IJR", "IWM", "SPY", "^RUT")
    assert "README.txt" not in {path.name for path in price_files(tmp_path)}
    assert price_files(tmp_path / "README.txt") == (tmp_path / "README.txt",)


def test_a_folder_gives_bars_from_a_start_on_or_says_where_the_file_ends(tmp_path: Path) -> None:
    write(tmp_path, OURS)
    source = SOURCES["folder"].factory(SourceSettings(path=tmp_path))
    assert source.name == f"the folder {tmp_path}"
    assert not source.simulated
    assert len(source.fetch("IWM").bars) == 4
    later = source.fetch("IWM", date(2025, 4, 8))
    assert closes(later) == [174.82, 189.68]
    with pytest.raises(DataUnavailable, match=r"IWM\.csv ends on 2025-04-09, before 2025-04-10"):
        source.fetch("IWM", date(2025, 4, 10))


def test_bars_from_a_start_on_are_not_incomplete_for_earlier_blanks(tmp_path: Path) -> None:
    write(tmp_path, replaced("60000000,0.0,0.0", "60000000,,"))
    source = FolderSource(tmp_path)
    assert first_unknown_action(source.fetch("IWM")) == date(2025, 4, 4)
    assert first_unknown_action(source.fetch("IWM", date(2025, 4, 7))) is None


def test_the_error_of_an_unknown_symbol_names_the_folder_and_its_symbols(tmp_path: Path) -> None:
    with pytest.raises(UnknownSymbol, match="It has no price files at all"):
        FolderSource(tmp_path).fetch("IWM")
    write(tmp_path, OURS)
    write(tmp_path, OURS, "_RUT.csv")
    with pytest.raises(UnknownSymbol) as caught:
        FolderSource(tmp_path).fetch("FOO")
    assert str(caught.value) == (
        f"No prices of FOO from the folder {tmp_path}: no file is named after it. It has IWM, ^RUT."
    )


def test_two_files_of_one_symbol_are_refused(tmp_path: Path) -> None:
    write(tmp_path, OURS)
    write(tmp_path, STOOQ, "iwm_us_d.csv")
    source = FolderSource(tmp_path)
    assert source.symbols() == ("IWM",)
    with pytest.raises(SchemaError, match=r"IWM.csv and iwm_us_d.csv are all bars of IWM"):
        source.fetch("IWM")


def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(DataUnavailable, match="there is nothing at this path"):
        FolderSource(nowhere).fetch("IWM")
    with pytest.raises(SchemaError, match="there is nothing at this path"):
        FolderSource(nowhere).symbols()
    with pytest.raises(SchemaError, match="there is nothing at this path"):
        read_file(nowhere / "IWM.csv")
    with pytest.raises(SchemaError, match="it cannot be read"):
        read_file(tmp_path, "IWM")


def test_reading_imports_no_calendar(tmp_path: Path) -> None:
    path = write(tmp_path, OURS)
    code = (
        "import sys; from pathlib import Path; from rut_dash.market.sources.folder import *;"
        f"read_file(Path({str(path)!r}));"
        "print(*{'exchange_calendars', 'yfinance', 'streamlit', 'plotly'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_long_file_is_read_quickly(tmp_path: Path) -> None:
    """Within two seconds of this process's own time: fifty times what an idle machine takes."""
    days = calendar.sessions(date(2000, 5, 26), date(2027, 12, 31))[:6_600]
    price = 100.0 + np.sin(np.arange(6_600.0))
    rows = [
        f"{day:%Y-%m-%d},{p:.6f},{p + 1:.6f},{p - 1:.6f},{p:.6f},{p:.6f},74800,0.0,0.0"
        for day, p in zip(days, price, strict=True)
    ]
    path = write(tmp_path, "\n".join([OURS.splitlines()[0], *rows]))
    started = time.process_time()
    assert len(read_file(path).bars) == 6_600
    assert time.process_time() - started < 2.0


def test_a_file_is_read_again_only_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, OURS)
    source = FolderSource(tmp_path)
    first, version = source.fetch("IWM"), source.version("IWM")
    monkeypatch.setattr(folder, "read_bars_file", lambda _: pytest.fail("it was read again"))
    assert source.fetch("IWM") is first
    monkeypatch.undo()
    write(tmp_path, OURS.replace("189.68", "189.69"))
    os.utime(path, ns=(1, 1))
    assert source.version("IWM") not in ("", version)
    assert source.fetch("IWM").bars["close"].iloc[-1] == 189.69
    path.unlink()
    assert source.version("IWM") == ""
    with pytest.raises(NoFile):
        source.fetch("IWM")


# --------------------------------------------------------------------------------------
# Real files


def test_real_files_are_read_value_for_value(market_data: Path) -> None:
    source = FolderSource(market_data)
    assert {"IWM", "SPY", "QQQ", "IWO", "IWN", "IJR", "^RUT", "^GSPC"} <= set(source.symbols())
    assert not [s for s in source.symbols() if "FRED" in s or "FED" in s]
    assert first_unknown_action(source.fetch("IWM")) is None
    assert first_unknown_action(source.fetch("IWN")) == source.fetch("IWN").first_session.date()
    assert source.fetch("IWO").bases == (Basis.TOTAL,)
    assert source.fetch("^RUT").bases == (Basis.PRICE,)
    raw = pd.read_csv(market_data / "SPY.csv")
    bars = source.fetch("SPY").bars
    np.testing.assert_array_equal(bars["close"].to_numpy(), raw["close"].to_numpy())
    np.testing.assert_array_equal(bars["dividend"].to_numpy(), raw["dividends"].to_numpy())


def test_a_real_file_with_bad_prices_is_refused_with_its_line(market_data: Path) -> None:
    with pytest.raises(SchemaError, match="is not positive on 2020-03-19") as caught:
        FolderSource(market_data).fetch("^IRX")
    text = (market_data / "_IRX.csv").read_text().splitlines()
    assert caught.value.line is not None
    assert text[caught.value.line - 1].startswith("2020-03-19")


def test_real_files_of_other_data_are_no_price_files(market_data: Path) -> None:
    others = [
        path
        for path in price_files(market_data)
        if path.name.startswith(("FRED", "fed", "constituents"))
    ]
    assert len(others) >= 5
    for path in [*others, *price_files(market_data / "holdings")]:
        with pytest.raises(NotBars):
            read_file(path)


@pytest.mark.parametrize("close", ["1e308", "1e30", "9" * 30])
def test_a_meaningless_move_is_refused_without_its_digits(tmp_path: Path, close: str) -> None:
    path = write(tmp_path, f"date,close\n2025-04-07,179.52\n2025-04-08,{close}\n")
    with pytest.raises(SchemaError) as caught:
        read_file(path)
    text = str(caught.value)
    assert "IWM moves by more than +100,000,000% on 2025-04-08" in text
    assert len(text) < 400 + len(str(path))
