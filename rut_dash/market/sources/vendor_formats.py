"""The registry of formats of price files: one row each.

A new format is one row of `FORMATS`. Recognition, ``import``, the Data page, ``docs/files.md``
and the tests follow from it. The rows are checked against files with the vendors' columns in
``tests/market/test_vendor_formats.py``.
"""

from __future__ import annotations

from typing import Final

from rut_dash.market.sources.date_forms import DateForm, DateOrder
from rut_dash.market.sources.file_format import Adjustment, FileFormat
from rut_dash.registry import Registry

__all__ = ["FORMATS", "format_name"]

_ISO: Final = (DateForm.ISO, DateForm.ISO_MIDNIGHT)
_PANDAS: Final = (*_ISO, DateForm.ZONE_MIDNIGHT)
_TABLES: Final = (".csv", ".parquet")
_PLAIN: Final = "Date,Open,High,Low,Close,Volume"
# Yahoo's page explains its columns in their heads, which are copied with them.
_PAGE_CLOSE: Final = "close close price adjusted for splits."
_PAGE_ADJUSTED: Final = (
    "adj close adjusted close price adjusted for splits and dividend and/or capital gain "
    "distributions."
)
_ANY_DATE: Final = (
    *_ISO,
    DateForm.COMPACT,
    DateForm.YEAR_FIRST,
    DateForm.MONTH_NAME,
    DateForm.DOTS,
    DateForm.SLASHES,
    DateForm.ZONE_MIDNIGHT,
)

_PACKAGE_PRICES: Final = (
    ("1. open", "open"),
    ("2. high", "high"),
    ("3. low", "low"),
    ("4. close", "close"),
)

FORMATS: Final = Registry(
    (
        FileFormat(
            key="yfinance_adjusted",
            name="yfinance, adjusted prices with dividends",
            header="Date,Open,High,Low,Close,Volume,Dividends,Stock Splits,Capital Gains",
            aliases=("stock_splits", "capital_gains"),
            needed=("Date", "Close", "Dividends", "Stock Splits|stock_splits"),
            dates=_PANDAS,
            adjustment=Adjustment.DIVIDENDS,
            symbol_line=None,
            suffixes=_TABLES,
        ),
        FileFormat(
            key="yfinance_unadjusted",
            name="yfinance, auto_adjust=False",
            header="Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Capital Gains",
            aliases=("adj_close", "stock_splits", "capital_gains"),
            needed=(
                "Date",
                "Close",
                "Adj Close|adj_close",
                "Dividends",
                "Stock Splits|stock_splits",
            ),
            dates=_PANDAS,
            adjustment=Adjustment.SPLITS,
            symbol_line=None,
            suffixes=_TABLES,
        ),
        FileFormat(
            key="yfinance_history",
            name="yfinance, adjusted prices without dividends",
            header=_PLAIN,
            needed=("Date", "Close"),
            dates=(DateForm.ZONE_MIDNIGHT,),
            adjustment=Adjustment.DIVIDENDS,
            suffixes=_TABLES,
        ),
        FileFormat(
            key="yfinance_download",
            name="yfinance, download of adjusted prices",
            header="Date,Close,High,Low,Open,Volume",
            needed=("Date", "Close"),
            dates=_PANDAS,
            adjustment=Adjustment.DIVIDENDS,
            symbol_line=True,
        ),
        FileFormat(
            key="yfinance_flat_download",
            name="yfinance, download of adjusted prices, one line of names",
            header="Date,Close,High,Low,Open,Volume",
            needed=("Date", "Close", "High", "Low", "Open"),
            dates=_ISO,
            adjustment=Adjustment.DIVIDENDS,
            is_spelled=True,
            suffixes=_TABLES,
        ),
        FileFormat(
            key="yahoo",
            name="Yahoo Finance",
            header="Date,Open,High,Low,Close,Adj Close,Volume",
            aliases=("adj_close", _PAGE_CLOSE, _PAGE_ADJUSTED),
            meanings=((_PAGE_CLOSE, "close"), (_PAGE_ADJUSTED, "adj_close")),
            needed=("Date", f"Close|{_PAGE_CLOSE}", f"Adj Close|adj_close|{_PAGE_ADJUSTED}"),
            dates=(*_PANDAS, DateForm.MONTH_NAME),
            adjustment=Adjustment.SPLITS,
            has_action_rows=True,
            symbol_line=None,
            suffixes=_TABLES,
        ),
        FileFormat(
            key="stooq",
            name="Stooq",
            header=_PLAIN,
            needed=("Date", "Open", "High", "Low", "Close"),
            dates=(DateForm.ISO,),
            adjustment=Adjustment.UNCERTAIN,
            is_spelled=True,
            file_names=(
                r"(?P<symbol>.+?)[._](?P<market>de|hk|hu|jp|pl|uk)_d",
                r"(?P<symbol>.+?)(?:[._]us)?_d",
                r"(?P<symbol>.+)\.us",
            ),
            suffixes=(".csv", ".txt"),
        ),
        FileFormat(
            key="stooq_polish",
            name="Stooq, Polish",
            header="Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen",
            meanings=(
                ("data", "date"),
                ("otwarcie", "open"),
                ("najwyzszy", "high"),
                ("najnizszy", "low"),
                ("zamkniecie", "close"),
                ("wolumen", "volume"),
            ),
            needed=("Data", "Otwarcie", "Najwyzszy", "Najnizszy", "Zamkniecie"),
            dates=(DateForm.ISO,),
            adjustment=Adjustment.UNCERTAIN,
            suffixes=(".csv", ".txt"),
        ),
        FileFormat(
            key="stooq_bulk",
            name="Stooq, bulk",
            header="<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
            needed=("<TICKER>", "<PER>", "<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>"),
            dates=(DateForm.COMPACT,),
            adjustment=Adjustment.UNCERTAIN,
            suffixes=(".csv", ".txt"),
        ),
        FileFormat(
            key="nasdaq",
            name="Nasdaq",
            header="Date,Close/Last,Volume,Open,High,Low",
            needed=("Date", "Close/Last"),
            dates=(DateForm.SLASHES,),
            adjustment=Adjustment.SPLITS,
            order=DateOrder.MONTH_FIRST,
            vendor="Nasdaq",
            file_names=(r"HistoricalData_\d+",),
        ),
        FileFormat(
            key="investing",
            name="Investing.com",
            header="Date,Price,Open,High,Low,Vol.,Change %",
            needed=("Date", "Price", "Open", "High", "Low"),
            dates=(DateForm.SLASHES, DateForm.MONTH_NAME, DateForm.DOTS),
            adjustment=Adjustment.SPLITS,
            order=DateOrder.USUALLY_MONTH_FIRST,
            has_suffixes=True,
            vendor="Investing.com",
            file_names=(
                r"(?P<symbol>[A-Z.]{1,6}) (?:ETF )?(?:Stock Price History|Historical Data)",
            ),
        ),
        FileFormat(
            key="alpha_vantage_adjusted",
            name="Alpha Vantage, adjusted daily",
            header="timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,"
            "split_coefficient",
            needed=("timestamp", "close", "dividend_amount", "split_coefficient"),
            dates=_ISO,
            adjustment=Adjustment.NOTHING,
            file_names=(r"daily_adjusted_(?P<symbol>.+)",),
        ),
        FileFormat(
            key="alpha_vantage",
            name="Alpha Vantage, daily",
            header="timestamp,open,high,low,close,volume",
            needed=("timestamp", "open", "high", "low", "close"),
            dates=_ISO,
            adjustment=Adjustment.NOTHING,
            vendor="Alpha Vantage",
            file_names=(r"daily_(?P<symbol>.+)",),
        ),
        FileFormat(
            key="alpha_vantage_package_adjusted",
            name="Alpha Vantage, adjusted daily, Python package",
            header="date,1. open,2. high,3. low,4. close,5. adjusted close,6. volume,"
            "7. dividend amount,8. split coefficient",
            meanings=(
                *_PACKAGE_PRICES,
                ("5. adjusted close", "adj_close"),
                ("6. volume", "volume"),
                ("7. dividend amount", "dividend"),
                ("8. split coefficient", "split"),
            ),
            needed=("date", "4. close", "7. dividend amount", "8. split coefficient"),
            dates=_ISO,
            adjustment=Adjustment.NOTHING,
            suffixes=_TABLES,
        ),
        FileFormat(
            key="alpha_vantage_package",
            name="Alpha Vantage, daily, Python package",
            header="date,1. open,2. high,3. low,4. close,5. volume",
            meanings=(*_PACKAGE_PRICES, ("5. volume", "volume")),
            needed=("date", "4. close"),
            dates=_ISO,
            adjustment=Adjustment.NOTHING,
            vendor="Alpha Vantage",
            suffixes=_TABLES,
        ),
        FileFormat(
            key="tiingo",
            name="Tiingo",
            header="date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,"
            "divCash,splitFactor",
            aliases=("symbol",),
            meanings=(("symbol", "symbol"),),
            needed=("date", "close", "divCash", "splitFactor"),
            dates=_PANDAS,
            adjustment=Adjustment.NOTHING,
            suffixes=_TABLES,
        ),
        FileFormat(
            key="tradingview",
            name="TradingView",
            header="time,open,high,low,close,Volume",
            needed=("time", "open", "high", "low", "close"),
            dates=(DateForm.EPOCH, DateForm.ISO, DateForm.ISO_MIDNIGHT, DateForm.INSTANT),
            adjustment=Adjustment.UNCERTAIN,
            allows_columns=True,
            file_names=(r"(?:AMEX|ARCA|BATS|NASDAQ|NYSE)_(?P<symbol>[A-Z.]+), 1?D(?:_\w+)?",),
        ),
        FileFormat(
            key="googlefinance",
            name="GOOGLEFINANCE",
            header=_PLAIN,
            needed=("Date", "Close"),
            dates=(DateForm.WITH_TIME,),
            adjustment=Adjustment.SPLITS,
            order=DateOrder.USUALLY_MONTH_FIRST,
            vendor="GOOGLEFINANCE",
        ),
        FileFormat(
            key="barchart",
            name="Barchart",
            header="Time,Open,High,Low,Latest,Change,%Change,Volume",
            aliases=("last", "%chg", "symbol", "open int", "open interest"),
            meanings=(("symbol", "symbol"),),
            needed=("Time", "Open", "High", "Low", "Latest|Last"),
            dates=(DateForm.ISO, DateForm.SLASHES),
            adjustment=Adjustment.SPLITS,
            order=DateOrder.MONTH_FIRST,
            vendor="Barchart",
            footer="Downloaded from Barchart.com",
            file_names=(r"(?P<symbol>\$?[a-z.\-]+)_(?:daily|price-history)[\w-]*",),
        ),
        FileFormat(
            key="marketwatch",
            name="MarketWatch",
            header=_PLAIN,
            needed=("Date", "Open", "High", "Low", "Close"),
            dates=(DateForm.SLASHES,),
            adjustment=Adjustment.SPLITS,
            order=DateOrder.USUALLY_MONTH_FIRST,
            is_spelled=True,
            vendor="MarketWatch",
            file_names=(r"Download Data - (?:FUND|STOCK)_US_[A-Z]+_(?P<symbol>[A-Z.]+)",),
        ),
        FileFormat(
            key="wsj",
            name="The Wall Street Journal",
            header="Date, Open, High, Low, Close, Volume",
            needed=("Date", "Open", "High", "Low", "Close"),
            dates=(DateForm.SHORT_YEAR,),
            adjustment=Adjustment.SPLITS,
            order=DateOrder.USUALLY_MONTH_FIRST,
            vendor="WSJ",
            file_names=("HistoricalPrices",),
        ),
        FileFormat(
            key="interactive_brokers",
            name="Interactive Brokers",
            header="date,open,high,low,close,volume,average,barCount",
            aliases=("wap", "count", "hasgaps"),
            needed=("date", "open", "high", "low", "close", "average|WAP", "barCount|count"),
            dates=(*_ISO, DateForm.COMPACT),
            adjustment=Adjustment.UNCERTAIN,
        ),
        FileFormat(
            key="own",
            name="rut_dash's own columns",
            header="date,open,high,low,close,adjclose,volume,dividends,splits",
            aliases=(
                "session",
                "adj close",
                "adj_close",
                "adjusted close",
                "adjusted_close",
                "dividend",
                "split",
                "currency",
            ),
            needed=(
                "date|session",
                "close|adjclose|adj close|adj_close|adjusted close|adjusted_close",
            ),
            paired=("dividends|dividend", "splits|split"),
            dates=_ANY_DATE,
            adjustment=Adjustment.SPLITS,
            is_fallback=True,
            suffixes=_TABLES,
        ),
    )
)


def format_name(key: str) -> str:
    """Return the name of a format in words; the key itself where the row is gone."""
    row = FORMATS.get(key)
    return key if row is None else row.name
