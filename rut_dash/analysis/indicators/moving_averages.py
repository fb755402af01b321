"""Simple and exponential moving averages, and the crosses of prices and averages."""

from __future__ import annotations

from functools import partial
from typing import Final

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import (
    Cross,
    Indicator,
    IndicatorOutput,
    IndicatorParam,
)
from rut_dash.analysis.indicators.pandas_ta import run_pandas_ta
from rut_dash.analysis.returns import require_count


def sma(close: pd.Series, length: int) -> pd.Series:
    """Return the simple moving average.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,), in any unit.
    length
        Number of bars, at least 1.

    Returns
    -------
    Series
        Named ``sma``, in the unit of ``close``; the first ``length - 1`` are NaN, all of them
        where there are fewer bars.

    Raises
    ------
    InvalidParameter
        If the length is no whole number of at least 1.
    """
    length = require_count("the length of an SMA", length)
    return run_pandas_ta("sma", length, close, length=length)[0].rename("sma")


def ema(close: pd.Series, length: int) -> pd.Series:
    """Return the exponential moving average, seeded as TA-Lib seeds it.

    The first value is the SMA of the first ``length`` bars; the weight of a new bar is
    ``2 / (length + 1)``.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,), in any unit.
    length
        Number of bars, at least 1.

    Returns
    -------
    Series
        Named ``ema``, in the unit of ``close``; the first ``length - 1`` are NaN, all of them
        where there are fewer bars.

    Raises
    ------
    InvalidParameter
        If the length is no whole number of at least 1.
    """
    length = require_count("the length of an EMA", length)
    return run_pandas_ta("ema", length, close, length=length)[0].rename("ema")


def _simple_average(bars: pd.DataFrame, length: int, *, column: str = "sma") -> pd.DataFrame:
    return sma(bars["close"], length).to_frame(column)


def _exponential_average(bars: pd.DataFrame, length: int) -> pd.DataFrame:
    return ema(bars["close"], length).to_frame()


def _warm_up(length: int) -> int:
    return length - 1


# Golden and death crosses are of these lengths, whatever length a reader has chosen to see.
_CROSSES_OF_50: Final = (
    Cross(
        key="average_50_200",
        up="Golden cross: the 50-day average rises above the 200-day",
        down="Death cross: the 50-day average falls below the 200-day",
        lines=lambda bars, _: (sma(bars["close"], 50), sma(bars["close"], 200)),
        frequencies=("D",),
        other_indicator="sma_long",
    ),
    Cross(
        key="price_50w",
        up="Weekly close above the 50-week average",
        down="Weekly close below the 50-week average",
        lines=lambda bars, _: (bars["close"], sma(bars["close"], 50)),
        frequencies=("W",),
    ),
)
_CROSSES_OF_200: Final = (
    Cross(
        key="price_200",
        up="Close above the 200-day average",
        down="Close below the 200-day average",
        lines=lambda bars, _: (bars["close"], sma(bars["close"], 200)),
        frequencies=("D",),
    ),
)

ROWS: Final = (
    Indicator(
        key="sma",
        label="SMA",
        drawing="overlay",
        outputs=(IndicatorOutput("sma", "SMA"),),
        compute=_simple_average,
        warm_up=_warm_up,
        params=(IndicatorParam("length", "Length", 50, 2, 400),),
        crosses=_CROSSES_OF_50,
        order=10,
    ),
    Indicator(
        key="sma_long",
        label="SMA",
        drawing="overlay",
        outputs=(IndicatorOutput("sma_long", "SMA"),),
        compute=partial(_simple_average, column="sma_long"),
        warm_up=_warm_up,
        params=(IndicatorParam("length", "Length", 200, 2, 400),),
        crosses=_CROSSES_OF_200,
        order=11,
    ),
    Indicator(
        key="ema",
        label="EMA",
        drawing="overlay",
        outputs=(IndicatorOutput("ema", "EMA"),),
        compute=_exponential_average,
        warm_up=_warm_up,
        params=(IndicatorParam("length", "Length", 20, 2, 400),),
        order=12,
    ),
)
