"""Small price files as each vendor writes them, with invented numbers, and a writer of more.

The columns, forms of dates and footers are the vendors' own; `written` writes bars of the store's
convention in any format, by arithmetic of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rut_dash.market.sources.date_forms import DateForm
from rut_dash.market.sources.file_format import Adjustment, FileFormat


@dataclass(frozen=True)
class Sample:
    """A file of one format, its name, and what it holds: worked by hand."""

    name: str
    text: str
    sessions: tuple[str, ...]
    closes: tuple[float, ...]
    dividends: tuple[float, ...] = ()
    total_returns: tuple[float, ...] = ()
    volume: float = 1000.0  # of the last session


# 16 June pays 1.00: 100 before it, 99 on it. Price -1 %, total return 0 %.
_JUNE = ("2025-06-13", "2025-06-16")
# 28 and 31 August 2020: a split of 4 for 1. 499.23 before it is 124.8075 after it.
_AUGUST = ("2020-08-28", "2020-08-31")
_APRIL = ("2025-04-11", "2025-04-14")

SAMPLES: dict[str, Sample] = {
    "yfinance_adjusted": Sample(
        "IWM.csv",
        """Date,Open,High,Low,Close,Volume,Dividends,Stock Splits,Capital Gains
2025-06-13 00:00:00-04:00,99.0,99.0,99.0,99.0,1000,0.0,0.0,0.0
2025-06-16 00:00:00-04:00,99.0,99.0,99.0,99.0,1000,1.0,0.0,0.0
""",
        _JUNE, (100.0, 99.0), (0.0, 1.0), (0.0,),
    ),
    "yfinance_unadjusted": Sample(
        "IWM.csv",
        """Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Capital Gains
2025-06-13 00:00:00-04:00,100.0,100.0,100.0,100.0,99.0,1000,0.0,0.0,0.0
2025-06-16 00:00:00-04:00,99.0,99.0,99.0,99.0,99.0,1000,0.6,0.0,0.4
""",
        # A dividend at least as large as the gain is taken to hold it.
        _JUNE, (100.0, 99.0), (0.0, 0.6), (99 / (100 * (1 - 0.6 / 100)) - 1,),
    ),
    "yfinance_history": Sample(
        "IWM.csv",
        """Date,Open,High,Low,Close,Volume
2025-06-13 00:00:00-04:00,99.0,99.0,99.0,99.0,1000
2025-06-16 00:00:00-04:00,99.0,99.99,99.0,99.99,1000
""",
        _JUNE, (), (), (0.01,),
    ),
    "yfinance_download": Sample(
        "IWM.csv",
        """Price,Close,High,Low,Open,Volume
Ticker,IWM,IWM,IWM,IWM,IWM
Date,,,,,
2025-06-13,99.0,99.0,99.0,99.0,1000
2025-06-16,99.99,99.99,99.0,99.0,1000
""",
        _JUNE, (), (), (0.01,),
    ),
    "yfinance_flat_download": Sample(
        "IWM.csv",
        """Date,Close,High,Low,Open,Volume
2025-06-13,99.0,99.0,99.0,99.0,1000
2025-06-16,99.99,99.99,99.0,99.0,1000
""",
        _JUNE, (), (), (0.01,),
    ),
    "yahoo": Sample(
        "IWM.csv",
        """Date,Open,High,Low,Close*,Adj Close**,Volume
"Jun 16, 2025",99.0,99.0,99.0,99.0,99.0,"1,000"
"Jun 16, 2025",1.00 Dividend
"Jun 13, 2025",100.0,100.0,100.0,100.0,99.0,"1,000"
""",
        _JUNE, (100.0, 99.0), (0.0, 1.0), (0.0,),
    ),
    "stooq": Sample(
        "iwm_us_d.csv",
        """Date,Open,High,Low,Close,Volume
2025-06-13,100.0,100.0,100.0,100.0,1000
2025-06-16,99.0,99.0,99.0,99.0,1000
""",
        _JUNE, (100.0, 99.0),
    ),
    "stooq_polish": Sample(
        "iwm_us_d.csv",
        """Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen
2025-06-13,100.0,100.0,100.0,100.0,1000
2025-06-16,99.0,99.0,99.0,99.0,1000
""",
        _JUNE, (100.0, 99.0),
    ),
    "stooq_bulk": Sample(
        "iwm.us.txt",
        """<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>
IWM.US,D,20250613,000000,100,100,100,100,1000,0
IWM.US,D,20250616,000000,99,99,99,99,1000,0
""",
        _JUNE, (100.0, 99.0),
    ),
    "nasdaq": Sample(
        "IWM.csv",
        """Date,Close/Last,Volume,Open,High,Low
06/16/2025,$99.00,"1,000",$99.00,$99.00,$99.00
06/13/2025,$100.00,"1,000",$100.00,$100.00,$100.00
""",
        _JUNE, (100.0, 99.0),
    ),
    "investing": Sample(
        "IWM ETF Stock Price History.csv",
        """"Date","Price","Open","High","Low","Vol.","Change %"
"06/16/2025","1,760.50","1,760.50","1,760.50","1,760.50","37.05M","-1.00%"
"06/13/2025","1,778.25","1,778.25","1,778.25","1,778.25","980.4K","0.50%"
""",
        _JUNE, (1778.25, 1760.50), volume=37.05e6,
    ),
    "alpha_vantage_adjusted": Sample(
        "daily_adjusted_AAPL.csv",
        """timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient
2020-08-31,127.58,131.00,126.00,129.04,126.00,1000,0.0000,4.0
2020-08-28,504.05,505.77,498.31,499.23,121.86,250,0.8000,1.0
""",
        _AUGUST, (124.8075, 129.04), (0.2, 0.0), (129.04 / 124.8075 - 1,),
    ),
    "alpha_vantage": Sample(
        "daily_IWM.csv",
        """timestamp,open,high,low,close,volume
2025-06-16,99.0000,99.0000,99.0000,99.0000,1000
2025-06-13,100.0000,100.0000,100.0000,100.0000,1000
""",
        _JUNE, (100.0, 99.0),
    ),
    "alpha_vantage_package_adjusted": Sample(
        "AAPL.csv",
        """date,1. open,2. high,3. low,4. close,5. adjusted close,6. volume,"""
        """7. dividend amount,8. split coefficient
2020-08-31,127.58,131.0,126.0,129.04,126.0,1000.0,0.0,4.0
2020-08-28,504.05,505.77,498.31,499.23,121.86,250.0,0.8,1.0
""",
        _AUGUST, (124.8075, 129.04), (0.2, 0.0), (129.04 / 124.8075 - 1,),
    ),
    "alpha_vantage_package": Sample(
        "IWM.csv",
        """date,1. open,2. high,3. low,4. close,5. volume
2025-06-16,99.0,99.0,99.0,99.0,1000.0
2025-06-13,100.0,100.0,100.0,100.0,1000.0
""",
        _JUNE, (100.0, 99.0),
    ),
    "tiingo": Sample(
        "IWM.csv",
        """date,close,high,low,open,volume,adjClose,divCash,splitFactor
2025-06-13,208.40,210.30,207.80,208.90,37000000,207.82,0.0,1.0
2025-06-16,210.53,211.20,209.00,209.20,30000000,210.53,0.58,1.0
""",
        _JUNE, (208.40, 210.53), (0.0, 0.58), (210.53 / (208.40 - 0.58) - 1,), 30_000_000.0,
    ),
    "tradingview": Sample(
        "AMEX_IWM, 1D.csv",
        # 13:30 UTC is 9:30 in New York.
        """time,open,high,low,close,Volume,MA
1749821400,100,100,100,100,1000,98.5
1750080600,99,99,99,99,1000,98.6
""",
        _JUNE, (100.0, 99.0),
    ),
    "googlefinance": Sample(
        "IWM.csv",
        """Date,Open,High,Low,Close,Volume
4/7/2025 16:00:00,100,100,100,100,1000
4/8/2025 16:00:00,99,99,99,99,1000
""",
        ("2025-04-07", "2025-04-08"), (100.0, 99.0),
    ),
    "barchart": Sample(
        "iwm_daily_historical-data-06-16-2025.csv",
        """Time,Open,High,Low,Latest,Change,%Change,Volume
06/16/2025,99,99,99,99,-1,-1.00%,1000
06/13/2025,100,100,100,100,0,0.00%,1000
"Downloaded from Barchart.com as of 06-16-2025 05:30pm CDT"
""",
        _JUNE, (100.0, 99.0),
    ),
    "marketwatch": Sample(
        "Download Data - FUND_US_ARCX_IWM.csv",
        """Date,Open,High,Low,Close,Volume
06/16/2025,99.00,99.00,99.00,99.00,"1,000"
06/13/2025,100.00,100.00,100.00,100.00,"1,000"
""",
        _JUNE, (100.0, 99.0),
    ),
    "wsj": Sample(
        "IWM.csv",
        """Date, Open, High, Low, Close, Volume
06/16/25, 99.00, 99.00, 99.00, 99.00, 1000
06/13/25, 100.00, 100.00, 100.00, 100.00, 1000
""",
        _JUNE, (100.0, 99.0),
    ),
    "interactive_brokers": Sample(
        "IWM.csv",
        """,date,open,high,low,close,volume,average,barCount
0,2025-06-13,100.0,100.0,100.0,100.0,1000.0,100.0,9
1,2025-06-16,99.0,99.0,99.0,99.0,1000.0,99.0,9
""",
        _JUNE, (100.0, 99.0),
    ),
    "own": Sample(
        "IWM.csv",
        """date,open,high,low,close,adjclose,volume,dividends,splits
2025-04-11,100.0,100.0,100.0,100.0,99.0,1000,0.0,0.0
2025-04-14,99.0,99.0,99.0,99.0,99.0,1000,1.0,0.0
""",
        _APRIL, (100.0, 99.0), (0.0, 1.0), (0.0,),
    ),
}  # fmt: skip


_DATE_STYLES = {
    DateForm.ISO: "%Y-%m-%d",
    DateForm.ISO_MIDNIGHT: "%Y-%m-%d 00:00:00",
    DateForm.ZONE_MIDNIGHT: "%Y-%m-%d 00:00:00-04:00",
    DateForm.INSTANT: "%Y-%m-%dT13:30:00Z",
    DateForm.EPOCH: "",
    DateForm.COMPACT: "%Y%m%d",
    DateForm.YEAR_FIRST: "%Y/%m/%d",
    DateForm.MONTH_NAME: '"%b %d, %Y"',
    DateForm.DOTS: "%d.%m.%Y",
    DateForm.SLASHES: "%m/%d/%Y",
    DateForm.SHORT_YEAR: "%m/%d/%y",
    DateForm.WITH_TIME: "%m/%d/%Y 16:00:00",
}


def date_cell(day: pd.Timestamp, form: DateForm) -> str:
    """Return a date as a cell of a form."""
    if form is DateForm.EPOCH:
        return str(int((day + pd.Timedelta(hours=13.5)).timestamp()))
    return day.strftime(_DATE_STYLES[form])


def vendor_prices(bars: pd.DataFrame, adjustment: Adjustment, *, has_splits: bool) -> pd.DataFrame:
    """Return stored bars as a vendor has them, by its own convention, row by row."""
    prices = bars.copy()
    if adjustment is Adjustment.NOTHING and has_splits:
        later = 1.0
        for row in reversed(range(len(bars))):
            prices.iloc[row, :4] *= later
            prices.iloc[row, bars.columns.get_loc("dividend")] *= later
            prices.iloc[row, bars.columns.get_loc("volume")] /= later
            later *= bars["split"].iloc[row] or 1.0
        prices["split"] = prices["split"].where(prices["split"] > 0, 1.0)
    if adjustment is Adjustment.DIVIDENDS:
        prices.iloc[:, :4] = prices.iloc[:, :4].mul(adjusted_factor(bars), axis=0)
    return prices


def adjusted_factor(bars: pd.DataFrame) -> np.ndarray:
    """Return what raw closes are multiplied by: 1 less dividend over the close before it."""
    factor = np.ones(len(bars))
    for row in reversed(range(1, len(bars))):
        step = 1 - bars["dividend"].iloc[row] / bars["close"].iloc[row - 1]
        factor[row - 1] = factor[row] * step
    return factor


def kinds_of(row: FileFormat) -> list[str]:
    """Return what each column of a format is, in its order; empty for one that is not needed."""
    return [row.columns.get(name.lower(), "") for name in row.spelling]


def written(row: FileFormat, bars: pd.DataFrame, form: DateForm | None = None) -> str:
    """Return bars of the store's convention as a file of a format.

    Parameters
    ----------
    row
        The format.
    bars
        ``open, high, low, close, volume, dividend, split`` by session.
    form
        The form of the dates; the format's first where None.
    """
    kinds = kinds_of(row)
    prices = vendor_prices(bars, row.adjustment, has_splits="split" in kinds)
    prices["adj_close"] = bars["close"] * adjusted_factor(bars)
    fixed = {"symbol": "IWM.US", "period": "D", "": "0", "capital_gain": "0.0"}
    lines = [row.header]
    if row.symbol_line:
        width = len(row.spelling) - 1
        lines = [
            f"Price,{','.join(row.spelling[1:])}",
            "Ticker" + ",IWM" * width,
            "Date" + "," * width,
        ]
    for day, values in prices.iterrows():
        cells = dict(fixed, date=date_cell(pd.Timestamp(str(day)), form or row.dates[0]))
        cells.update({name: repr(float(value)) for name, value in values.items()})
        lines.append(",".join(cells[kind] for kind in kinds))
    if row.footer:
        lines.append(f'"{row.footer} as of 06-16-2025 05:30pm CDT"')
    return "\n".join([*lines, ""])
