"""Every vendor's file is read for what it holds, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rut_dash.cli.process import main
from rut_dash.errors import BasisUnavailable, SchemaError
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.market.market import Market
from rut_dash.market.notes import NoDividends
from rut_dash.market.sources.date_forms import DateForm
from rut_dash.market.sources.file_format import Adjustment
from rut_dash.market.sources.folder import FolderSource, price_files, read_file, symbol_of_file
from rut_dash.market.sources.vendor_formats import FORMATS
from rut_dash.market.store import Store
from rut_dash.ui.data_page import health_table
from tests.market.vendor_files import SAMPLES, Sample, adjusted_factor, kinds_of, written
from tests.oracles import note_texts
from tests.price_files import write

# -- one small file of each format ---------------------------------------------------------------


def require_sample(history: PriceHistory, sample: Sample) -> None:
    """Assert that a history holds what a sample's file holds."""
    assert tuple(f"{day:%Y-%m-%d}" for day in history.sessions) == sample.sessions
    assert history.bars["volume"].iloc[-1] == pytest.approx(sample.volume, rel=1e-12)
    if sample.closes:
        assert list(history.close(Basis.PRICE)) == pytest.approx(sample.closes, rel=1e-12)
    else:
        with pytest.raises(BasisUnavailable):
            history.close(Basis.PRICE)
    if sample.dividends:
        assert list(history.bars["dividend"]) == pytest.approx(sample.dividends, rel=1e-12)
        assert not history.has_unknown_actions
    if sample.total_returns:
        total = history.close(Basis.TOTAL).pct_change().iloc[1:]
        assert list(total) == pytest.approx(sample.total_returns, abs=1e-12)


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(FORMATS)


@pytest.mark.parametrize("key", SAMPLES)
def test_a_small_file_of_each_format_is_read_for_what_it_holds(tmp_path: Path, key: str) -> None:
    sample = SAMPLES[key]
    path = write(tmp_path, sample.text, sample.name)
    history = read_file(path)
    assert history.provenance.file_format == key
    require_sample(history, sample)
    [listed] = FolderSource(tmp_path).symbols()
    assert FolderSource(tmp_path).fetch(listed).bars.equals(history.bars)


# -- the inputs that an independent check found ---------------------------------------------------

DAY_FIRST = "Date,Close\n02/04/2025,202.0\n03/04/2025,189.0\n04/04/2025,181.0\n"
AS_TRADED = """date,open,high,low,close,volume,dividends,splits
2020-08-28,504.05,505.77,498.31,499.23,46907479,0,0
2020-08-31,127.58,131.00,126.00,129.04,223505733,0,4
"""


def test_the_default_file_of_yfinance_counts_each_dividend_once(tmp_path: Path) -> None:
    history = read_file(write(tmp_path, SAMPLES["yfinance_adjusted"].text))
    assert history.close(Basis.TOTAL).pct_change().iloc[-1] == pytest.approx(0.0, abs=1e-15)
    assert history.close(Basis.PRICE).pct_change().iloc[-1] == pytest.approx(-0.01)
    assert list(history.bars["open"]) == [100.0, 99.0]
    [note] = note_texts(history)
    assert "were added back" in note


def test_dates_that_can_be_read_both_ways_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        read_file(write(tmp_path, DAY_FIRST))
    assert caught.value.line == 2
    assert "'02/04/2025' can be 2025-02-04 or 2025-04-02" in caught.value.problem
    assert "YYYY-MM-DD" in caught.value.remedy


def test_closes_as_traded_are_divided_by_the_split_that_the_file_lists(tmp_path: Path) -> None:
    history = read_file(write(tmp_path, AS_TRADED, "AAPL.csv"))
    assert history.close(Basis.PRICE).pct_change().iloc[-1] == pytest.approx(129.04 / 124.8075 - 1)
    assert list(history.bars["volume"]) == [46907479 * 4, 223505733]
    [note] = note_texts(history)
    assert "2020-08-31" in note


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("date;open;high;low;close\n2025-04-08;1.866;1.870;1.733;1.761\n", "'1.866'"),
        ('date,close\n2025-04-08,"174,820"\n', "'174,820'"),
        ("date\tclose\n2025-04-08\t1.761\n", "'1.761'"),
    ],
)
def test_points_and_commas_that_can_be_both_are_refused(
    tmp_path: Path, text: str, cell: str
) -> None:
    with pytest.raises(SchemaError, match="can be") as caught:
        read_file(write(tmp_path, text))
    assert caught.value.line == 2
    assert cell in caught.value.problem
    assert "decimal point" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("date;open;high;low;close\n2025-04-08;1.866;1.870;1.73;1.761\n", 1.761),
        ('date,open,high,low,close\n2025-04-08,1760.5,"1,770",1750.5,"1,761"\n', 1761.0),
        ("date,close\n2025-04-08,1.761\n", 1.761),
    ],
)
def test_one_clear_price_decides_about_points_and_commas(
    tmp_path: Path, text: str, close: float
) -> None:
    assert read_file(write(tmp_path, text)).bars["close"].iloc[-1] == close


def test_a_file_of_tiingo_counts_its_dividend(tmp_path: Path) -> None:
    history = read_file(write(tmp_path, SAMPLES["tiingo"].text))
    total = history.close(Basis.TOTAL).pct_change().iloc[-1]
    assert total == pytest.approx(0.01304, abs=5e-6)
    assert note_texts(history) == ()


@pytest.mark.parametrize("cell", ["174,82", "1.761,20", "174,8"])
def test_a_decimal_comma_is_refused_as_one(tmp_path: Path, cell: str) -> None:
    for text in (f"date;close\n08.04.2025;{cell}\n", f'date,close\n2025-04-08,"{cell}"\n'):
        with pytest.raises(SchemaError, match="it has a decimal comma") as caught:
            read_file(write(tmp_path, text))
        assert caught.value.line == 2


# -- files as people save them: the values worked by hand from each vendor's columns ------------

PLAIN = "Date,Open,High,Low,Close,Volume\n"
INVESTING = '"Date","Price","Open","High","Low","Vol.","Change %"\n'
PAGE = "Date\tOpen\tHigh\tLow\tClose\tAdj Close\tVolume\n"
QUOTED = ',"1,099.50","1,099.50","1,099.50","1,099.50"'

# By condition: the name, the text, the format, and the closes (total returns for adjusted ones).
SAVED: dict[str, tuple[str, str, str, tuple[float, ...]]] = {
    "yfinance: lower case, CRLF, a byte order mark, blank lines": (
        "IWM.csv", "\ufeff" + SAMPLES["yfinance_adjusted"].text.lower().replace("\n", "\r\n")
        + "\r\n\r\n", "yfinance_adjusted", (100, 99)),
    "yfinance: without volume": (
        "IWM.csv", "Date,Open,High,Low,Close,Dividends,Stock Splits\n2025-06-13,99,99,99,99,0,0\n"
        "2025-06-16,99,99,99,99,1,0\n", "yfinance_adjusted", (100, 99)),
    "yfinance: newest first, quoted, with a split": (
        "IWM.csv", '"Date","Close","Adj Close","Volume","Dividends","Stock Splits"\n'
        '"2025-06-16","50.5","50.5","1,000","0","2"\n"2025-06-13","50","50","1,000","0","0"\n',
        "yfinance_unadjusted", (50, 50.5)),
    "yfinance: semicolons": (
        "IWM.csv", SAMPLES["yfinance_history"].text.replace(",", ";"), "yfinance_history", (0.01,)),
    "yfinance: a download with the numbers of its rows": (
        "IWM.csv", ",Date,Close,High,Low,Open,Volume\n0,2025-06-13,99,99,99,99,1\n"
        "1,2025-06-16,99.99,99.99,99,99,1\n", "yfinance_flat_download", (0.01,)),
    "yfinance: a download with auto_adjust=False": (
        "IWM.csv", "Price,Adj Close,Close,High,Low,Open,Volume\nTicker" + ",IWM" * 6
        + "\nDate,,,,,,\n2025-06-13,99,100,100,100,100,1\n2025-06-16,99,99,99,99,99,1\n",
        "yahoo", (100, 99)),
    "Yahoo: the page pasted with tabs": (
        "_RUT.csv", PAGE + "Jun 16, 2025\t2,099.50\t2,099.50\t2,099.50\t2,099.50\t2,099.50\t"
        "1,000\nJun 13, 2025\t2,100.00\t2,100.00\t2,100.00\t2,100.00\t2,100.00\t37,050,000\n",
        "yahoo", (2100, 2099.5)),
    "Stooq: a byte order mark, no volume": (
        "iwm_us_d.csv", "\ufeffDate,Open,High,Low,Close\r\n2025-06-13,100,100,100,100\r\n"
        "2025-06-16,99,99,99,99\r\n", "stooq", (100, 99)),
    "Stooq: the bulk form in small letters": (
        "iwm.us.txt", SAMPLES["stooq_bulk"].text.lower(), "stooq_bulk", (100, 99)),
    "Nasdaq: thousands, no volume, a byte order mark": (
        "IWM.csv", '\ufeffDate,Close/Last,Volume,Open,High,Low\r\n06/16/2025,"$1,099.50",N/A,'
        '"$1,099.50","$1,099.50","$1,099.50"\r\n06/13/2025,"$1,100.00",N/A,"$1,100.00","$1,100.00",'
        '"$1,100.00"\r\n', "nasdaq", (1100, 1099.5)),
    "Investing.com: a volume of a dash, and one in billions": (
        "IWM Historical Data.csv", INVESTING + '"06/16/2025","99.00","99.00","99.00","99.00",'
        '"-",""\n'
        '"06/13/2025","100.00","100.00","100.00","100.00","1.5B",""\n', "investing", (100, 99)),
    "Alpha Vantage: oldest first": (
        "daily_adjusted_IWM.csv", "timestamp,open,high,low,close,adjusted_close,volume,"
        "dividend_amount,split_coefficient\r\n2025-06-13,100,100,100,100,99,1,0.0000,1.0\r\n"
        "2025-06-16,99,99,99,99,99,1,1.0000,1.0\r\n", "alpha_vantage_adjusted", (100, 99)),
    "Tiingo: its dates with a Z, semicolons": (
        "IWM.csv", "date;close;volume;adjClose;divCash;splitFactor\n2025-06-13T00:00:00.000Z;"
        "100.0;1;"
        "99.0;0.0;1.0\n2025-06-16T00:00:00.000Z;99.0;1;99.0;1.0;1.0\n", "tiingo", (100, 99)),
    "TradingView: dates with an offset": (
        "AMEX_IWM, 1D.csv", "time,open,high,low,close,Volume,Volume MA\n2025-06-13T09:30:00-04:00,"
        "100,100,100,100,NaN,9\n2025-06-16T09:30:00-04:00,99,99,99,99,NaN,9\n",
        "tradingview", (100, 99)),
    "GOOGLEFINANCE: two columns, an early close": (
        "IWM.csv", "Date,Close\n7/2/2025 16:00:00,100\n7/3/2025 13:00:00,99\n",
        "googlefinance", (100, 99)),
    "Barchart: an unchanged day, blank lines below the footer": (
        "IWM.csv", "\ufeffTime,Open,High,Low,Latest,Change,%Change,Volume\r\n2025-06-16,99,"
        "99,99,99,-1,"
        "-1.00%,1\r\n2025-06-13,100,100,100,100,0,unch,1\r\n"
        '"Downloaded from Barchart.com as of 06-16-2025 05:30pm CDT"\r\n\r\n', "barchart", (100,
        99)),
    "MarketWatch: quoted thousands": (
        "IWM.csv", PLAIN + f'06/16/2025{QUOTED},"1,000"\n06/13/2025{QUOTED},"1,000"\n',
        "marketwatch", (1099.5, 1099.5)),
    "WSJ: an index, with spaces before its quotes": (
        "_RUT.csv", "Date, Open, High, Low, Close\n06/16/25" + QUOTED.replace(",\"", ", \"")
        + "\n", "wsj", (1099.5,)),
    "Interactive Brokers: a volume of -1, newest first": (
        "IWM.csv",
        "date,open,high,low,close,volume,average,barCount\n20250616,99,99,99,99,-1,99,-1\n"
        "20250613,100,100,100,100,-1,100,-1\n", "interactive_brokers", (100, 99)),
    "Barchart: its symbol and open interest, the last price as Last": (
        "IWM.csv", 'Symbol,Time,Open,High,Low,Last,Change,%Chg,Volume,"Open Int"\n'
        "IWM,06/16/2025,99,99,99,99,-1,-1.00%,1,0\nIWM,06/13/2025,100,100,100,100,0,0.00%,1,0\n"
        "Downloaded from Barchart.com as of 06-16-2025 05:30pm CDT\n", "barchart", (100, 99)),
    "Tiingo: the symbol of pandas in each row": (
        "IWM.csv", "symbol,date,close,volume,adjClose,divCash,splitFactor\n"
        "IWM,2025-06-13 00:00:00+00:00,100.0,1,99.0,0.0,1.0\n"
        "IWM,2025-06-16 00:00:00+00:00,99.0,1,99.0,1.0,1.0\n", "tiingo", (100, 99)),
    "Nasdaq: saved by Excel, no zeros before days": (
        "IWM.csv", "Date, Close/Last, Volume, Open, High, Low\n7/31/2025,$99.00,1,$99.00,$99.00,"
        "$99.00\n7/30/2025,$100.00,1,$100.00,$100.00,$100.00\n", "nasdaq", (100, 99)),
    "Investing.com: indented lines": (
        "IWM Historical Data.csv", f"  {INVESTING}"
        '  "06/16/2025","99.00","99.00","99.00","99.00","5.5K","2.1%"\n'
        '  "06/13/2025","100.00","100.00","100.00","100.00","1.2M","3.7%"\n  ',
        "investing", (100, 99)),
    "Yahoo: the page of an index, a dash for volume": (
        "_RUT.csv", 'Date,Open,High,Low,Close,Adj Close,Volume\n"Jun 16, 2025","2,099.50",'
        '"2,099.50","2,099.50","2,099.50","2,099.50",-\n"Jun 13, 2025","2,100.00","2,100.00",'
        '"2,100.00","2,100.00","2,100.00",-\n', "yahoo", (2100, 2099.5)),
    "yfinance: the change to summer time": (
        "IWM.csv", "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
        "2025-03-07 00:00:00-05:00,99,99,99,99,1,0,0\n"
        "2025-03-10 00:00:00-04:00,99,99,99,99,1,1,0\n",
        "yfinance_adjusted", (100, 99)),
    "Interactive Brokers: average, count and gaps by their older names": (
        "IWM.csv", "date,open,high,low,close,volume,wap,count,hasGaps\n20250613,100,100,100,100,1,"
        "100,9,False\n20250616,99,99,99,99,1,99,9,False\n", "interactive_brokers", (100, 99)),
    "Nasdaq: a row of a holiday that nobody traded": (
        "IWM.csv", "Date,Close/Last,Volume,Open,High,Low\n"
        "06/20/2025,$99.00,1,$99.00,$99.00,$99.00\n"
        "06/19/2025,$100.00,N/A,$100.00,$100.00,$100.00\n06/18/2025,$100.00,1,$100.00,$100.00,"
        "$100.00\n", "nasdaq", (100, 99)),
    "ours: spaces around cells, times of midnight in UTC": (
        "IWM.csv", "date,close\n 2025-06-13T00:00:00Z , 100 \n2025-06-16T00:00:00Z,99\n\n\n",
        "own", (100, 99)),
    "ours: the separator line of Excel": (
        "IWM.csv",
        "sep=;\nDATE;CLOSE;DIVIDENDS;SPLITS\n2025-06-13;100.0;0;0\n2025-06-16;99.0;$1.00;0\n",
        "own", (100, 99)),
}  # fmt: skip


@pytest.mark.parametrize("condition", SAVED)
def test_a_file_as_people_save_it_is_read_to_the_values_worked_by_hand(
    tmp_path: Path, condition: str
) -> None:
    name, text, key, expected = SAVED[condition]
    (tmp_path / name).write_bytes(text.encode())
    history = read_file(tmp_path / name)
    assert history.provenance.file_format == key
    if history.has_price:
        found = list(history.close(Basis.PRICE))
    else:
        found = list(history.close(Basis.TOTAL).pct_change().iloc[1:])
    assert found == pytest.approx(expected, rel=1e-12)


TWO_TICKERS = "Price,Close,Close\nTicker,IWM,SPY\nDate,,\n2025-06-13,99,600\n"
SAVED_REFUSALS: dict[str, tuple[str | bytes, str]] = {
    "yfinance: the live bar twice": (
        SAMPLES["yfinance_adjusted"].text + SAMPLES["yfinance_adjusted"].text.splitlines()[-1],
        "line 4: 2025-06-16 occurs twice"),
    "yfinance: dividends as text": (
        SAMPLES["yfinance_adjusted"].text.replace(",1.0,", ",1.00 USD,"), "line 3: '1.00 USD'"),
    "yfinance: two symbols": (TWO_TICKERS, "more than one symbol: IWM and SPY"),
    "Yahoo: JSON": (
        '{"chart":{"result":null,"error":{"code":"Not Found","description":"No data"}}}',
                    "no bars but an answer: 'No data'"),
    "Yahoo: too many requests": ("Edge: Too Many Requests", "no bars but an answer: 'Edge: Too"),
    "Stooq: no data in Polish": ("Brak danych", "no bars but an answer: 'Brak danych'"),
    "Stooq: three decimals between semicolons": (
        "Date;Open;High;Low;Close\n2025-06-13;100.125;100.125;100.125;100.125\n",
        "can be 100,125 or"),
    "Nasdaq: the day first": (
        "Date,Close/Last,Volume,Open,High,Low\n16/06/2025,$9.00,1,$9.00,$9.00,$9.00\n",
        "'16/06/2025' in column Date is not a date as MM/DD/YYYY"),
    "Investing.com: points between thousands beside German dates": (
        INVESTING + '"16.06.2025","1.099","1.099","1.099","1.099","1K",""\n',
        "can be 1,099 or 1.099"),
    "Investing.com: European numbers": (
        INVESTING + '"16.06.2025","1.099,00","1.099,00","1.099,00","1.099,00","1K",""\n',
        "line 2: '1.099,00' in column Price is not a number such as 1234.56: it has a "
        "decimal comma"),
    "Alpha Vantage: a split that the file does not list": (
        "timestamp,open,high,low,close,volume\n2020-08-31,129,131,126,129.04,1\n"
        "2020-08-28,504,505,498,499.23,1\n", "Check for a split that was not applied"),
    "Tiingo: no token": ('{"detail":"Please supply a token"}', "answer: 'Please supply a token'"),
    "TradingView: intraday": (
        "time,open,high,low,close\n1749821400,1,1,1,1\n1749825000,1,1,1,1\n",
        "2025-06-13 occurs twice"),
    "GOOGLEFINANCE: a close of #N/A": (
        PLAIN + "6/13/2025 16:00:00,9,9,9,9,1\n6/16/2025 16:00:00,9,9,9,#N/A,1\n",
        "the close is missing"),
    "yfinance: five minutes": (
        "Price,Close,High,Low,Open,Volume\nTicker,IWM,IWM,IWM,IWM,IWM\nDatetime,,,,,\n"
        "2025-06-13 09:30:00-04:00,9,9,9,9,1\n2025-06-13 09:35:00-04:00,9,9,9,9,1\n",
        "line 4: '2025-06-13 09:30:00-04:00' is a date with a time of day"),
    "yfinance: midnight of New York in UTC": (
        "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
        "2025-03-07 05:00:00+00:00,99,99,99,99,1,0,0\n",
        "Download daily prices; where these are daily, write their dates as YYYY-MM-DD."),
    "Barchart: five minutes": (
        'Time,Open,High,Low,Latest,Change,%Change,Volume\n"2025-06-16 08:30",9,9,9,9,0,0%,1\n',
        "line 2: '2025-06-16 08:30' is a date with a time of day"),
    "Interactive Brokers: a minute": (
        "date,open,high,low,close,volume,average,barCount\n20250613  09:30:00,9,9,9,9,1,9,9\n",
        "line 2: '20250613 09:30:00' is a date with a time of day"),
    "GOOGLEFINANCE: German dates": (
        "Date,Close\n08.04.2025 16:00:00,99\n", "where these are daily, write their dates as YYYY"),
    "Barchart: another symbol in its rows": (
        "Symbol,Time,Open,High,Low,Latest,Change,%Change,Volume\nSPY,06/16/2025,9,9,9,9,0,0%,1\n",
        "its rows are the bars of SPY, not of IWM"),
    "Stooq: rows of London": (
        SAMPLES["stooq_bulk"].text.replace("IWM.US", "VOD.UK"),
        "VOD.UK is not of a US exchange; figures here are in US dollars"),
    "Stooq: a quote, not a history": (
        "Symbol,Date,Time,Open,High,Low,Close,Volume\nIWM.US,2025-06-16,22:00:18,9,9,9,9,1\n",
        "two columns are the date. Keep one of them."),
    "TradingView: two forms of dates": (
        "time,open,high,low,close\n1749821400,9,9,9,9\n2025-06-16,9,9,9,9\n",
        "line 3: '2025-06-16' in column time is not a date as seconds since 1970"),
    "TradingView: milliseconds": (
        "time,open,high,low,close\n1749821400000,9,9,9,9\n", "not a date as seconds since 1970"),
    "Yahoo: two forms of dates": (
        "Date,Open,High,Low,Close,Adj Close,Volume\n2025-06-13,9,9,9,9,9,1\n"
        "06/16/2025,9,9,9,9,9,1\n",
        "line 3: '06/16/2025' in column Date is not a date as YYYY-MM-DD"),
    "Nasdaq: a row twice": (
        "Date,Close/Last,Volume,Open,High,Low\n06/16/2025,$9,1,$9,$9,$9\n06/16/2025,$9,1,$9,$9,$9\n",
        "line 3: 2025-06-16 occurs twice (first in line 2). Keep one row a session."),
    "a price in pounds": ("date,close\n2025-06-13,£99.50\n", "'£99.50' in column close is not a"),
    "hard spaces between thousands": (
        "date,close\n2025-06-13,1\u00a0099.50\n", "line 2: '1 099.50' in column close is not a"),
    "a line of words below the rows": (
        "date,close\n2025-06-13,99\n\n* Prices in USD\n",
        "line 4: the line has 1 cell where the first has 2 names"),
    "a second table below the first": (
        "date,close\n2025-06-13,99\ndate,close\n2025-06-16,98\n", "line 3: 'date' in column date"),
    "JSON of rows": ('[{"date":"2025-06-13T00:00:00.000Z","close":208.4}]',
        "it is JSON, not a table. Download it as CSV."),
    "blank lines alone": ("   \n \n", "the file is empty"),
    "a packed file": (b"\x1f\x8b\x08\x00abc", "there are bytes that are no text"),
    "the names of a download alone": ("Price,Close\nTicker,IWM\nDate,\n",
        "there are no rows below the names"),
    "no access": ("Access Denied\nYou do not have permission\n", "it is not a price file"),
    "a web page below blank lines": ("\n\n  <HTML><body>403</body>", "line 3: it is a web page"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00",
        "it is an Excel workbook, not text. Save it as CSV."),
    "a workbook of 2003": (b"\xd0\xcf\x11\xe0\xa1\xb1", "it is an Excel workbook, not text"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "the file is empty"),
    "the names alone": (PLAIN, "there are no rows below the names"),
    "a row of averages": ("date,close\n2025-06-13,100.5\nAverage,100.5\n",
        "line 3: 'Average' in column"),
}  # fmt: skip


@pytest.mark.parametrize("condition", SAVED_REFUSALS)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, condition: str
) -> None:
    text, words = SAVED_REFUSALS[condition]
    path = tmp_path / "IWM.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SchemaError) as caught:
        read_file(path)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


# -- bars written in a format are read back ------------------------------------------------------

KINDS = [(key, form) for key, row in FORMATS.items() for form in row.dates]
START = pd.Timestamp("2025-06-02")


@st.composite
def stored_bars(draw: st.DrawFn) -> pd.DataFrame:
    """Draw bars of a month, by the store's convention, perhaps with dividends and a split."""
    count = draw(st.integers(14, 24))
    moves = draw(st.lists(st.floats(-0.08, 0.08), min_size=count, max_size=count))
    close = draw(st.floats(20.0, 400.0)) * np.cumprod(1 + np.array(moves))
    spread = np.array(draw(st.lists(st.floats(0.001, 0.05), min_size=count, max_size=count)))
    bars = pd.DataFrame(
        {"open": close * (1 - spread / 2), "high": close * (1 + spread),
         "low": close * (1 - spread), "close": close, "volume": 12_000.0, "dividend": 0.0,
         "split": 0.0},
        index=sessions(count),
    )  # fmt: skip
    for row in draw(st.sets(st.integers(0, count - 1), max_size=3)):
        bars.iloc[row, 5] = 0.01 * close[row]
    if draw(st.booleans()):
        bars.iloc[draw(st.integers(1, count - 1)), 6] = draw(st.sampled_from([2.0, 4.0, 1.5, 0.1]))
    return bars


def sessions(count: int) -> pd.DatetimeIndex:
    """Return sessions of the NYSE from `START` on."""
    closed = pd.DatetimeIndex(["2025-06-19", "2025-07-04"])
    return pd.bdate_range(START, periods=count + 2).difference(closed)[:count]


@settings(
    deadline=None, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize(("key", "form"), KINDS, ids=[f"{k}-{f.name}" for k, f in KINDS])
@given(bars=stored_bars())
def test_bars_written_in_a_format_are_read_back(
    tmp_path: Path, key: str, form: DateForm, bars: pd.DataFrame
) -> None:
    row = FORMATS[key]
    names = kinds_of(row)
    if "split" not in names:
        bars = bars.assign(split=0.0)
    path = write(tmp_path, written(row, bars, form), f"AAPL{row.suffixes[0]}")
    if key == "stooq_bulk" or row.symbol_line:
        path = path.rename(path.with_stem("IWM"))
    history = read_file(path, move_limit=9.0)
    assert history.provenance.file_format == key
    pd.testing.assert_index_equal(history.sessions, bars.index, check_names=False, exact=False)
    total = bars["close"] * adjusted_factor(bars)
    if row.adjustment is Adjustment.DIVIDENDS and "dividend" not in names:
        assert history.bases == (Basis.TOTAL,)
        np.testing.assert_allclose(history.close(Basis.TOTAL), total, rtol=1e-9)
        return
    for column in ("open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(history.bars[column], bars[column], rtol=1e-9)
    if "dividend" in names:
        np.testing.assert_allclose(history.bars["dividend"], bars["dividend"], rtol=1e-9)
        np.testing.assert_allclose(history.bars["split"], bars["split"], rtol=1e-9)
        np.testing.assert_allclose(history.close(Basis.TOTAL), total, rtol=1e-9)


# -- changed files: right, or refused ------------------------------------------------------------


def fixed_bars() -> pd.DataFrame:
    """Return 34 sessions from June 2025 on, in whole cents, with a dividend and a split."""
    index = sessions(34)
    close = (187.12 + 3.3 * np.sin(np.arange(34.0))).round(2)
    bars = pd.DataFrame(
        {"open": close - 0.31, "high": close + 1.17, "low": close - 1.41, "close": close,
         "volume": 12_000.0, "dividend": 0.0, "split": 0.0}, index=index,
    )  # fmt: skip
    bars.iloc[25, 5], bars.iloc[28, 6] = 0.57, 2.0
    return bars


def lines_of(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def joined(rows: list[list[str]]) -> str:
    return "\n".join([*(",".join(row) for row in rows), ""])


def with_day_first(text: str) -> str:
    return pd.Series([text]).str.replace(r"\b(\d\d)/(\d\d)/", r"\2/\1/", regex=True)[0]


def european(text: str) -> str:
    """Return a file as a German Excel saves it: semicolons, decimal commas."""
    return text.replace(",", ";").replace(".", ",")


def with_header_twice(text: str) -> str:
    head, rest = text.split("\n", 1)
    return f"{head}\n{head}\n{rest}"


CHANGES: dict[str, Callable[[str], str | bytes]] = {
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "day first": with_day_first,
    "few rows, day first": lambda text: with_day_first("\n".join(text.splitlines()[:6])),
    "European numbers": european,
    "names twice": with_header_twice,
    "no footer": lambda text: "\n".join(t for t in text.splitlines() if "Downloaded" not in t),
    "newest first": lambda text: joined([lines_of(text)[0], *lines_of(text)[:0:-1]]),
    "cut off": lambda text: text[: len(text) - 7],
    "capitals": str.upper,
    "small letters": str.lower,
}


def read_or_refusal(path: Path) -> PriceHistory | None:
    """Return a file's bars; None where it was refused."""
    with suppress(SchemaError):
        return read_file(path, move_limit=9.0)
    return None


def require_true_returns(history: PriceHistory, bars: pd.DataFrame, *, is_adjusted: bool) -> None:
    """Assert that every return is right; a note says so where prices may be adjusted ones."""
    rows = bars.loc[history.sessions[0] : history.sessions[-1]]
    assert len(rows) == len(history.bars)
    price, total = rows["close"], rows["close"] * adjusted_factor(rows)
    may_be_adjusted = is_adjusted and NoDividends() in history.provenance.notes
    for basis in history.bases:
        expected = total if basis is Basis.TOTAL or may_be_adjusted else price
        np.testing.assert_allclose(
            history.close(basis).pct_change().iloc[1:], expected.pct_change().iloc[1:], atol=1e-9
        )


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("key", FORMATS)
def test_a_changed_file_is_read_right_or_refused(tmp_path: Path, key: str, change: str) -> None:
    row, bars = FORMATS[key], fixed_bars()
    if "split" not in kinds_of(row):
        bars["split"] = 0.0
    changed = CHANGES[change](written(row, bars, row.dates[0]))
    history = read_or_refusal(write(tmp_path, changed, f"IWM{row.suffixes[0]}"))
    if history is None:
        assert change not in ("a byte order mark", "UTF-16", "no footer")
        assert change != "newest first" or row.symbol_line or row.footer
    else:
        require_true_returns(history, bars, is_adjusted=row.adjustment is Adjustment.DIVIDENDS)


CUTS = [(key, name) for key, row in FORMATS.items() for name in row.spelling]


@pytest.mark.parametrize(("key", "name"), CUTS)
def test_a_file_without_a_column_is_read_right_or_refused(
    tmp_path: Path, key: str, name: str
) -> None:
    row, bars = FORMATS[key], fixed_bars()
    if "split" not in kinds_of(row):
        bars["split"] = 0.0
    at = row.spelling.index(name)
    text = joined([line[:at] + line[at + 1 :] if len(line) > 1 else line
                   for line in lines_of(written(row, bars))])  # fmt: skip
    history = read_or_refusal(write(tmp_path, text, f"IWM{row.suffixes[0]}"))
    if history is not None:
        require_true_returns(history, bars, is_adjusted=row.adjustment is Adjustment.DIVIDENDS)


# -- day and month -------------------------------------------------------------------------------


def test_a_day_after_the_twelfth_decides_about_day_and_month(tmp_path: Path) -> None:
    text = "Date,Close\n11/06/2025,202.0\n12/06/2025,201.0\n13/06/2025,203.0\n"
    history = read_file(write(tmp_path, text))
    assert [f"{day:%m-%d}" for day in history.sessions] == ["06-11", "06-12", "06-13"]
    assert any("with the day before the month" in note for note in note_texts(history))


def test_a_holiday_decides_about_day_and_month(tmp_path: Path) -> None:
    # As 4 July the second row would be a holiday.
    text = "Date,Close\n04/04/2025,202.0\n04/07/2025,201.0\n04/08/2025,203.0\n"
    history = read_file(write(tmp_path, text))
    assert [f"{day:%m-%d}" for day in history.sessions] == ["04-04", "04-07", "04-08"]
    assert any("with the month before the day" in note for note in note_texts(history))


@pytest.mark.parametrize("is_day_first", [True, False])
def test_a_vendor_that_usually_has_the_month_first_is_believed_where_rows_are_daily(
    tmp_path: Path, is_day_first: bool
) -> None:
    days = ["02/04/2025", "03/04/2025"] if is_day_first else ["04/02/2025", "04/03/2025"]
    rows = "".join(f'"{day}","100.00","100.00","100.00","100.00","1K","0%"\n' for day in days)
    path = write(tmp_path, '"Date","Price","Open","High","Low","Vol.","Change %"\n' + rows)
    if is_day_first:
        with pytest.raises(SchemaError, match="can be 2025-02-04 or 2025-04-02"):
            read_file(path)
    else:
        assert [f"{day:%m-%d}" for day in read_file(path).sessions] == ["04-02", "04-03"]


def test_a_file_of_nasdaq_with_the_day_first_is_refused(tmp_path: Path) -> None:
    days = ["01/04/2025", "02/04/2025", "03/04/2025"]
    rows = "".join(f"{day},$100.00,1,$100.00,$100.00,$100.00\n" for day in days[1:])
    with pytest.raises(SchemaError, match="can be 2025-02-04 or 2025-04-02"):
        read_file(write(tmp_path, "Date,Close/Last,Volume,Open,High,Low\n" + rows))


@pytest.mark.parametrize(
    ("cell", "session"), [("4/8/2025 16:00:00", "2025-04-08"), ("08/04/2025 16:00:00", None)]
)
def test_googlefinance_has_the_month_first_where_it_writes_no_zeros(
    tmp_path: Path, cell: str, session: str | None
) -> None:
    path = write(tmp_path, f"Date,Close\n{cell},100\n")
    if session is None:
        with pytest.raises(SchemaError, match="can be 2025-08-04 or 2025-04-08"):
            read_file(path)
    else:
        assert str(read_file(path).sessions[0].date()) == session


@pytest.mark.parametrize(
    ("seconds", "session"),
    [(1749821400, "2025-06-13"), (1749772800, "2025-06-13"), (1749859200, "2025-06-14")],
    ids=["9:30 in New York", "midnight in UTC", "the next midnight"],
)
def test_points_in_time_are_dates_of_new_york(seconds: int, session: str) -> None:
    [day] = DateForm.EPOCH.days([str(seconds)])
    assert f"{day:%Y-%m-%d}" == session


# -- splits and dividends ------------------------------------------------------------------------

TIINGO = "date,close,volume,divCash,splitFactor\n"


def test_a_split_that_the_closes_of_a_vendor_lack_is_refused(tmp_path: Path) -> None:
    text = TIINGO + "2020-08-28,124.81,4,0.0,1.0\n2020-08-31,129.04,4,0.0,4.0\n"
    with pytest.raises(SchemaError, match="a split of 4 is listed on 2020-08-31") as caught:
        read_file(write(tmp_path, text, "AAPL.csv"))
    assert caught.value.line == 3


def test_splits_that_are_taken_out_of_some_closes_only_are_refused(tmp_path: Path) -> None:
    text = (
        "date,close,dividends,splits\n2020-08-28,499.23,0,0\n2020-08-31,129.04,0,4\n"
        "2020-09-01,134.18,0,0\n2020-09-02,131.40,0,2\n"
    )
    with pytest.raises(SchemaError, match="a split of 2 is listed on 2020-09-02"):
        read_file(write(tmp_path, text, "AAPL.csv"))


@pytest.mark.parametrize(
    ("close", "is_converted"), [("90.20", True), ("99.60", False), ("95.00", False)]
)
def test_a_small_split_is_compared_with_the_closes(
    tmp_path: Path, close: str, is_converted: bool
) -> None:
    """A stock dividend of 10 % on a close of 100: as traded the next close is near 90.91."""
    text = f"date,close,dividends,splits\n2025-06-13,100.0,0,0\n2025-06-16,{close},0,1.1\n"
    history = read_file(write(tmp_path, text, "AAPL.csv"))
    before = history.bars["close"].iloc[0]
    assert before == pytest.approx(100 / 1.1 if is_converted else 100)


def test_blank_dividends_before_a_split_do_not_hinder_its_conversion(tmp_path: Path) -> None:
    text = AS_TRADED.replace("46907479,0,0", "46907479,,")
    history = read_file(write(tmp_path, text, "AAPL.csv"))
    assert history.bars["close"].iloc[0] == pytest.approx(124.8075)


def test_a_split_that_adjusted_closes_alone_contradict_is_refused(tmp_path: Path) -> None:
    text = "date,adjclose,dividends,splits\n2020-08-28,499.23,0,0\n2020-08-31,129.04,0,4\n"
    with pytest.raises(SchemaError, match="a split of 4 is listed on 2020-08-31"):
        read_file(write(tmp_path, text, "AAPL.csv"))


def test_dividends_before_a_split_that_was_not_applied_are_not_guessed(tmp_path: Path) -> None:
    text = AS_TRADED.replace("46907479,0,0", "46907479,0.82,0")
    with pytest.raises(SchemaError, match="a split of 4 is listed on 2020-08-31"):
        read_file(write(tmp_path, text, "AAPL.csv"))


def test_adjusted_prices_in_whole_cents_are_refused(tmp_path: Path) -> None:
    bars = fixed_bars()
    row = FORMATS["yfinance_unadjusted"]
    head, *rest = lines_of(written(row, bars))
    at = row.spelling.index("Adj Close")
    text = joined([line[:at] + line[at + 1 :] for line in (head, *rest)])
    with pytest.raises(SchemaError, match="are whole cents") as caught:
        read_file(write(tmp_path, text), move_limit=9.0)
    assert "auto_adjust=False" in caught.value.remedy


def test_an_index_of_yfinance_keeps_its_closes(tmp_path: Path) -> None:
    for name in ("yfinance_download", "yfinance_flat_download", "yfinance_history"):
        text = SAMPLES[name].text.replace("IWM", "^RUT")
        history = read_file(write(tmp_path, text, "_RUT.csv"))
        assert history.bases == (Basis.PRICE,)
        assert list(history.close(Basis.PRICE)) == [99.0, 99.99]


def test_the_page_of_yahoo_is_read_with_the_explanations_in_its_heads(tmp_path: Path) -> None:
    text = SAMPLES["yahoo"].text.replace(
        "Close*,Adj Close**",
        "Close Close price adjusted for splits.,Adj Close Adjusted close price adjusted for "
        "splits and dividend and/or capital gain distributions.",
    )
    require_sample(read_file(write(tmp_path, text)), SAMPLES["yahoo"])


# -- what no format fits -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("date,close,high,low,open,volume,adjClose,divCash", "it resembles Tiingo, without split"),
        ("date,open,high,low,close,vwap", "it resembles rut_dash's own columns, with vwap besides"),
        ("Date,Price,Open,High,Low,Chg", "it resembles Investing.com, with Chg besides"),
        ("date,close,dividends", "it resembles rut_dash's own columns, without splits"),
    ],
)
def test_unknown_columns_are_refused_with_the_format_that_they_resemble(
    tmp_path: Path, header: str, sentence: str
) -> None:
    cells = ",1" * header.count(",")
    with pytest.raises(SchemaError) as caught:
        read_file(write(tmp_path, f"{header}\n2025-06-13{cells}\n"))
    assert sentence in caught.value.problem
    assert "name its columns date, open, high, low, close, volume" in caught.value.remedy


@pytest.mark.parametrize(
    "answer",
    [
        '{"Information": "Thank you for using Alpha Vantage! Please wait."}',
        '{\n    "Note": "Thank you for using Alpha Vantage! Please wait."\n}',
        '{"Error Message": "Thank you for using Alpha Vantage! Please wait."}',
    ],
)
def test_a_saved_refusal_of_alpha_vantage_is_quoted(tmp_path: Path, answer: str) -> None:
    with pytest.raises(SchemaError, match="no bars but an answer: 'Thank you for using Alpha"):
        read_file(write(tmp_path, answer))
    with pytest.raises(SchemaError, match="it is JSON, not a table"):
        read_file(write(tmp_path, '{"prices": []}'))


def test_rows_of_another_symbol_or_of_several_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="its rows are the bars of IWM, not of SPY"):
        read_file(write(tmp_path, SAMPLES["stooq_bulk"].text, "spy.us.txt"))
    two = SAMPLES["yfinance_download"].text.replace("IWM,IWM,IWM,IWM,IWM", "IWM,SPY,IWM,IWM,IWM")
    with pytest.raises(SchemaError, match="more than one symbol: IWM and SPY"):
        read_file(write(tmp_path, two))
    mixed = SAMPLES["stooq_bulk"].text.replace("IWM.US,D,20250616", "SPY.US,D,20250616")
    with pytest.raises(SchemaError, match="line 3: it holds the bars of more than one symbol"):
        read_file(write(tmp_path, mixed, "iwm.us.txt"))
    weekly = SAMPLES["stooq_bulk"].text.replace("IWM.US,D,20250616", "IWM.US,W,20250616")
    with pytest.raises(SchemaError, match="line 3: the period of the row is 'W', not D"):
        read_file(write(tmp_path, weekly, "iwm.us.txt"))


def test_a_file_whose_name_says_nothing_is_its_rows_symbols(tmp_path: Path) -> None:
    assert read_file(write(tmp_path, SAMPLES["stooq_bulk"].text, "a b.txt")).symbol == "IWM"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("daily_adjusted_IWM.csv", "IWM"),
        ("daily_SPY.csv", "SPY"),
        ("iwm.us.txt", "IWM"),
        ("^rut_d.txt", "^RUT"),
        ("AMEX_IWM, 1D_ab12c.csv", "IWM"),
        ("Download Data - FUND_US_ARCX_IWM (1).csv", "IWM"),
        ("IWM ETF Stock Price History.csv", "IWM"),
        ("SPY Historical Data.csv", "SPY"),
        ("iwm_price-history-06-16-2025.csv", "IWM"),
    ],
)
def test_a_vendors_file_name_gives_the_symbol(name: str, symbol: str) -> None:
    assert symbol_of_file(Path(name)) == symbol


@pytest.mark.parametrize("key", FORMATS)
def test_import_names_the_format_of_a_file_that_it_refuses(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    sample = SAMPLES[key]
    rows = [line for line in sample.text.splitlines() if "Downloaded" not in line]
    text = "\n".join([*rows, rows[-1], ""])  # the last day twice
    assert main(["import", str(write(tmp_path, text, sample.name))]) == 1
    output = capsys.readouterr()
    assert "occurs twice" in output.err
    assert output.out.splitlines()[1].endswith(f"  {FORMATS[key].name}")


@pytest.mark.parametrize("name", ["vod_uk_d.csv", "vod.uk.txt", "bmw_de_d.csv", "7203_jp_d.csv"])
def test_a_file_of_stooq_from_another_exchange_is_refused_by_its_name(
    tmp_path: Path, name: str
) -> None:
    path = write(tmp_path, PLAIN + "2025-06-13,100,100,100,100,1000\n", name)
    with pytest.raises(SchemaError, match="is not of a US exchange"):
        read_file(path)


@pytest.mark.parametrize("key", FORMATS)
def test_import_the_data_page_and_the_docs_name_each_format(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    monkeypatch.setenv("RUT_DASH_MOVE_LIMIT", "9")
    sample, name = SAMPLES[key], FORMATS[key].name
    assert main(["import", str(write(tmp_path, sample.text, sample.name))]) == 0
    head, row, *_ = capsys.readouterr().out.splitlines()
    assert row.endswith(f"  {name}")
    assert row[: head.index("Symbol")].strip() == sample.name
    market = Market(Store(tmp_path / "store"), None)
    [symbol] = market.symbols()
    assert list(health_table([market.health(symbol)])["format"]) == [name]
    docs = (Path(__file__).resolve().parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
    assert f"| {name} | `{FORMATS[key].header}`" in docs


@pytest.mark.parametrize(
    "name", ["HistoricalPrices.csv", "TVC_RUT, 1D.csv", "Russell 2000 Historical Data.csv"]
)
def test_a_vendors_file_name_without_a_symbol_is_refused(name: str) -> None:
    with pytest.raises(SchemaError, match="Rename it after the symbol"):
        symbol_of_file(Path(name))


def test_text_files_are_price_files_where_a_vendor_writes_them(tmp_path: Path) -> None:
    write(tmp_path, SAMPLES["stooq_bulk"].text, "iwm.us.txt")
    write(tmp_path, SAMPLES["stooq"].text, "spy_us_d.txt")
    write(tmp_path, SAMPLES["own"].text, "README.txt")
    write(tmp_path, "Dear reader,\n", "notes.txt")
    assert [path.name for path in price_files(tmp_path)] == ["iwm.us.txt", "spy_us_d.txt"]
    assert FolderSource(tmp_path).symbols() == ("IWM", "SPY")
