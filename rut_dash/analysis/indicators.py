"""Technical indicators, their registry, weekly bars and dated crosses.

Moving averages, RSI, ATR and Bollinger bands are pandas-ta-classic's, with its own
arithmetic (``talib=False``); they agree with TA-Lib from the first bar. MACD is composed
from its EMA, because TA-Lib seeds the two averages together and the package does not.

A new indicator is one function and one row of `INDICATORS`; a new cross one row of
`CROSSES`. The sidebar, the chart, the URL and the tests follow from the rows.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final, Literal

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import require_count, sessions_of
from rut_dash.errors import InsufficientHistory, InvalidParameter

__all__ = [
    "INDICATORS",
    "Frequency",
    "Indicator",
    "IndicatorParam",
    "atr",
    "bollinger",
    "ema",
    "macd",
    "rsi",
    "sma",
]

Frequency = Literal["D", "W"]
Parameters = Mapping[str, float]


@functools.cache
def _package() -> ModuleType:
    """Import pandas-ta-classic when first needed: it costs start-up time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import raises deprecation and syntax warnings
        import pandas_ta_classic as package

        for function in ("sma", "ema", "rsi", "bbands", "atr"):
            getattr(package, function)  # loads its module
    return package  # type: ignore[no-any-return]


def _ask(function: str, needed: int, *inputs: pd.Series, **options: object) -> pd.DataFrame:
    """Return the package's answer as a frame of unnamed columns on the index of the inputs.

    Where there are fewer bars than the ``needed`` for a first value the package would answer
    None, and log a warning; here all is NaN then.
    """
    index = sessions_of(inputs[0])
    answer = None
    if len(index) >= needed:
        floats = [series.astype("float64") for series in inputs]
        answer = getattr(_package(), function)(*floats, talib=False, **options)
    if answer is None:
        return pd.DataFrame(np.nan, index=index, columns=range(5))
    values = answer.to_numpy(dtype=float)
    return pd.DataFrame(values.reshape(len(index), -1), index=index)


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
    return _ask("sma", length, close, length=length)[0].rename("sma")


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
    return _ask("ema", length, close, length=length)[0].rename("ema")


def macd(close: pd.Series, fast: int = 12, slow: int = 26, signal: int = 9) -> pd.DataFrame:
    """Return moving average convergence divergence (Appel), seeded as TA-Lib seeds it.

    The fast EMA less the slow one. The fast one is seeded with the SMA of the bars
    ``slow - fast`` to ``slow - 1``, so that both start at bar ``slow - 1``; the signal is the
    EMA of the difference from there on, the histogram the difference less the signal.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,), in any unit.
    fast, slow, signal
        Numbers of bars: ``fast`` at least 2 and below ``slow``, ``signal`` at least 1.

    Returns
    -------
    DataFrame
        Columns ``macd, signal, histogram`` in the unit of ``close``; the first
        ``slow + signal - 2`` rows are NaN in all three, as in TA-Lib.

    Raises
    ------
    InvalidParameter
        If a length is no such number.
    """
    fast = require_count("the fast length of a MACD", fast, 2)
    slow = require_count("the slow length of a MACD", slow, 2)
    signal = require_count("the signal length of a MACD", signal)
    if fast >= slow:
        raise InvalidParameter(
            "the fast length of a MACD", fast, f"below its slow length, which is {slow}"
        )
    first = slow - 1  # the bar on which both averages start
    line = ema(close, slow)
    line.iloc[first:] = ema(close.iloc[slow - fast :], fast).iloc[fast - 1 :] - line.iloc[first:]
    average = ema(line.iloc[first:], signal).reindex(line.index)
    line = line.where(average.notna())
    return pd.DataFrame({"macd": line, "signal": average, "histogram": line - average})


def rsi(close: pd.Series, length: int = 14) -> pd.Series:
    """Return the relative strength index (Wilder).

    ``100 * gain / (gain + loss)`` of Wilder's averages of the rises and the falls from close
    to close: the first is a plain mean of ``length`` changes, the weight of a new one is
    ``1 / length``.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).
    length
        Number of changes, at least 2.

    Returns
    -------
    Series
        Named ``rsi``, from 0 to 100; the first ``length`` are NaN, all of them where there are
        fewer bars. 0, as in TA-Lib, as long as the price has never moved.

    Raises
    ------
    InvalidParameter
        If the length is no whole number of at least 2.
    """
    length = require_count("the length of an RSI", length, 2)
    values = _ask("rsi", length + 1, close, length=length)[0].rename("rsi")
    values.iloc[length:] = values.iloc[length:].fillna(0.0)
    return values.clip(0.0, 100.0)  # rounding


def bollinger(close: pd.Series, length: int = 20, deviations: float = 2.0) -> pd.DataFrame:
    """Return Bollinger bands: a simple average and a multiple of the standard deviation.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,), in any unit.
    length
        Number of bars, at least 2.
    deviations
        How many population standard deviations (ddof 0, Bollinger's own and TA-Lib's) the
        bands are away from the average; positive.

    Returns
    -------
    DataFrame
        Columns ``lower, middle, upper`` in the unit of ``close``; the first ``length - 1`` rows
        are NaN, all of them where there are fewer bars.

    Raises
    ------
    InvalidParameter
        If a parameter is no such number.
    """
    length = require_count("the length of Bollinger bands", length, 2)
    if not (deviations > 0 and math.isfinite(deviations)):
        raise InvalidParameter("the width of Bollinger bands", deviations, "a positive number")
    options = {"length": length, "std": float(deviations), "ddof": 0, "mamode": "sma"}
    bands = _ask("bbands", length, close, **options)  # bandwidth and %B come after the three
    return bands[[0, 1, 2]].set_axis(["lower", "middle", "upper"], axis=1)


def atr(bars: pd.DataFrame, length: int = 14) -> pd.Series:
    """Return the average true range (Wilder).

    The true range is the largest of high less low and of the distances of both from the
    previous close. The first average is a plain mean of ``length`` of them, the weight of a
    new one is ``1 / length``.

    Parameters
    ----------
    bars
        Columns ``high, low, close`` on a session index.
    length
        Number of true ranges, at least 1.

    Returns
    -------
    Series
        Named ``atr``, in the unit of the prices; the first ``length`` are NaN (the first bar has
        no true range), all of them where there are fewer bars.

    Raises
    ------
    InvalidParameter
        If the length is no whole number of at least 1.
    InsufficientHistory
        If the bars have no high and low.
    """
    length = require_count("the length of an ATR", length)
    if not {"high", "low"} <= set(bars.columns):
        raise InsufficientHistory("An average true range", 1, 0, "sessions with high and low")
    answer = _ask("atr", length + 1, bars["high"], bars["low"], bars["close"], length=length)
    return answer[0].rename("atr")


@dataclass(frozen=True, slots=True)
class IndicatorParam:
    """A parameter of an indicator.

    Parameters
    ----------
    name
        Keyword of the indicator's ``compute``, and its key in a URL.
    label
        For readers.
    default, minimum, maximum
        Whole numbers where ``default`` is an int.
    """

    name: str
    label: str
    default: float
    minimum: float
    maximum: float

    @property
    def whole(self) -> bool:
        """True for a number of bars."""
        return isinstance(self.default, int)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row of `INDICATORS`.

    Parameters
    ----------
    key
        Its name in a URL.
    label
        For readers, without its parameters; see `title`.
    panel
        ``price``: drawn over the prices; ``own``: in a panel of its own.
    inputs
        ``close``: needs closes only; ``ohlc``: needs high and low too.
    unit
        ``price``: outputs are in the unit of the prices; ``points``: from 0 to 100.
    params
        Its parameters.
    outputs
        The columns of its answer.
    compute
        Bars (columns ``open, high, low, close, volume``, or ``close`` alone where that is all
        it needs), and the parameters by name, to a frame of ``outputs`` on the same index.
    warm_up
        The parameters by name to the number of leading rows that are NaN.
    levels
        Values at which a reference line is drawn.
    """

    key: str
    label: str
    panel: Literal["price", "own"]
    inputs: Literal["close", "ohlc"]
    unit: Literal["price", "points"]
    params: tuple[IndicatorParam, ...]
    outputs: tuple[str, ...]
    compute: Callable[..., pd.DataFrame]
    warm_up: Callable[..., int]
    levels: tuple[float, ...] = ()

    def resolve(self, given: Parameters | None = None) -> dict[str, float]:
        """Return all parameters: those given, and the defaults of the rest.

        Raises
        ------
        InvalidParameter
            If one is unknown, not whole where it has to be, or out of its bounds.
        """
        given = dict(given or {})
        resolved: dict[str, float] = {}
        for param in self.params:
            value = given.pop(param.name, param.default)
            what = f"{param.label.lower()} of {self.label}"
            bounds = f"from {param.minimum:g} to {param.maximum:g}"
            if param.whole:
                value = require_count(what, value)  # type: ignore[arg-type]
            elif not isinstance(value, (int, float)) or isinstance(value, bool):
                raise InvalidParameter(what, value, "a number")
            if not param.minimum <= value <= param.maximum:
                raise InvalidParameter(what, value, bounds)
            resolved[param.name] = value
        if given:
            known = ", ".join(param.name for param in self.params)
            raise InvalidParameter(f"a parameter of {self.label}", next(iter(given)), known)
        return resolved

    def run(self, bars: pd.DataFrame, given: Parameters | None = None) -> pd.DataFrame:
        """Return ``compute`` of bars with the parameters given, and defaults for the rest.

        Raises
        ------
        InvalidParameter
            If a parameter cannot be used.
        InsufficientHistory
            If the bars lack high and low and the indicator needs them.
        """
        return self.compute(bars, **self.resolve(given))

    def title(self, given: Parameters | None = None) -> str:
        """Return the label with the parameters: ``MACD 12/26/9``."""
        return f"{self.label} {'/'.join(f'{value:g}' for value in self.resolve(given).values())}"


def _length(default: int, maximum: int = 400) -> IndicatorParam:
    return IndicatorParam("length", "Length", default, 2, maximum)


INDICATORS: Final[tuple[Indicator, ...]] = (
    Indicator(
        key="sma",
        label="SMA",
        panel="price",
        inputs="close",
        unit="price",
        params=(_length(50),),
        outputs=("sma",),
        compute=lambda bars, length: sma(bars["close"], length).to_frame(),
        warm_up=lambda length: length - 1,
    ),
    Indicator(
        key="sma_long",
        label="SMA",
        panel="price",
        inputs="close",
        unit="price",
        params=(_length(200),),
        outputs=("sma_long",),
        compute=lambda bars, length: sma(bars["close"], length).to_frame("sma_long"),
        warm_up=lambda length: length - 1,
    ),
    Indicator(
        key="ema",
        label="EMA",
        panel="price",
        inputs="close",
        unit="price",
        params=(_length(20),),
        outputs=("ema",),
        compute=lambda bars, length: ema(bars["close"], length).to_frame(),
        warm_up=lambda length: length - 1,
    ),
    Indicator(
        key="bollinger",
        label="Bollinger",
        panel="price",
        inputs="close",
        unit="price",
        params=(_length(20), IndicatorParam("deviations", "Deviations", 2.0, 0.5, 5.0)),
        outputs=("lower", "middle", "upper"),
        compute=lambda bars, length, deviations: bollinger(bars["close"], length, deviations),
        warm_up=lambda length, deviations: length - 1,
    ),
    Indicator(
        key="macd",
        label="MACD",
        panel="own",
        inputs="close",
        unit="price",
        params=(
            IndicatorParam("fast", "Fast length", 12, 2, 100),
            IndicatorParam("slow", "Slow length", 26, 3, 200),
            IndicatorParam("signal", "Signal length", 9, 1, 100),
        ),
        outputs=("macd", "signal", "histogram"),
        compute=lambda bars, fast, slow, signal: macd(bars["close"], fast, slow, signal),
        warm_up=lambda fast, slow, signal: slow + signal - 2,
        levels=(0.0,),
    ),
    Indicator(
        key="rsi",
        label="RSI",
        panel="own",
        inputs="close",
        unit="points",
        params=(_length(14, 100),),
        outputs=("rsi",),
        compute=lambda bars, length: rsi(bars["close"], length).to_frame(),
        warm_up=lambda length: length,
        levels=(30.0, 70.0),
    ),
    Indicator(
        key="atr",
        label="ATR",
        panel="own",
        inputs="ohlc",
        unit="price",
        params=(_length(14, 100),),
        outputs=("atr",),
        compute=lambda bars, length: atr(bars, length).to_frame(),
        warm_up=lambda length: length,
    ),
)
_BY_KEY: Final = {row.key: row for row in INDICATORS}
