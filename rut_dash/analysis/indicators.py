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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final, Literal

import numpy as np
import pandas as pd

from rut_dash.analysis.performance import SeriesOrFrame, require_count, sessions_of
from rut_dash.errors import InsufficientHistory, InvalidParameter

__all__ = [
    "CROSSES",
    "INDICATORS",
    "Cross",
    "Frequency",
    "Indicator",
    "Param",
    "atr",
    "bollinger",
    "crosses",
    "crossings",
    "ema",
    "macd",
    "rsi",
    "sma",
    "weekly_bars",
    "weekly_closes",
    "weekly_ends",
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
class Param:
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
    params: tuple[Param, ...]
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


def _length(default: int, maximum: int = 400) -> Param:
    return Param("length", "Length", default, 2, maximum)


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
        params=(_length(20), Param("deviations", "Deviations", 2.0, 0.5, 5.0)),
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
            Param("fast", "Fast length", 12, 2, 100),
            Param("slow", "Slow length", 26, 3, 200),
            Param("signal", "Signal length", 9, 1, 100),
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


def _weeks(index: pd.DatetimeIndex) -> np.ndarray:
    """Return for each session a number that is one higher in each week ending on Friday."""
    days = index.to_numpy().astype("datetime64[D]").astype("int64")
    return np.asarray((days - 2) // 7)  # day 2 of the epoch, 1970-01-03, was a Saturday


def _week_ends(index: pd.DatetimeIndex) -> np.ndarray:
    """Return the position of the last session of each week."""
    weeks = _weeks(index)
    changes = np.flatnonzero(weeks[1:] != weeks[:-1])
    return np.append(changes, len(weeks) - 1) if len(weeks) else changes


def weekly_closes(close: pd.Series) -> pd.Series:
    """Return the last close of each week: the ``close`` column of `weekly_bars`."""
    return weekly_ends(close)


def weekly_ends(values: SeriesOrFrame) -> SeriesOrFrame:
    """Return the rows of the last session of each week (`weekly_bars`), as they are."""
    return values.iloc[_week_ends(sessions_of(values))]


def weekly_bars(bars: pd.DataFrame) -> pd.DataFrame:
    """Return weekly bars made of daily ones.

    A week runs from Saturday to Friday (``W-FRI``) and is labelled by its last session, a
    Thursday before Good Friday. The week that is not over yet is included, with its bars so
    far. Volume is summed over the days that have one, and NaN where none has.

    Parameters
    ----------
    bars
        Any of the columns ``open, high, low, close, volume`` on a session index; others are
        left out.

    Returns
    -------
    DataFrame
        The same columns: first open, highest high, lowest low, last close, sum of volume.
        No warm-up.
    """
    index = sessions_of(bars)
    how = {"open": "first", "high": "max", "low": "min", "close": "last"}
    grouped = bars.groupby(_weeks(index))
    weekly = grouped.agg({c: how[c] for c in bars.columns if c in how})
    if "volume" in bars.columns:
        weekly["volume"] = grouped["volume"].sum(min_count=1)
    columns = [column for column in bars.columns if column in weekly.columns]
    return weekly[columns].set_axis(index[_week_ends(index)], axis=0)


Lines = Callable[[pd.Series, Mapping[str, dict[str, float]]], tuple[pd.Series, "pd.Series | float"]]


@dataclass(frozen=True, slots=True)
class Cross:
    """A row of `CROSSES`: one line that crosses another.

    Parameters
    ----------
    key
        Its ``kind`` in the answer of `crosses`.
    label
        For readers.
    up, down
        What happened when the line came out above, and below, the other.
    frequencies
        The bars on which it is looked for.
    lines
        Closes and the parameters of every indicator to the line and the other (a series, or a
        level).
    """

    key: str
    label: str
    up: str
    down: str
    frequencies: tuple[Frequency, ...]
    lines: Lines


def _rsi_row(level: float) -> Cross:
    return Cross(
        key=f"rsi_{level:g}",
        label=f"RSI and {level:g}",
        up=f"RSI rises above {level:g}",
        down=f"RSI falls below {level:g}",
        frequencies=("D", "W"),
        lines=lambda close, use: (
            _BY_KEY["rsi"].run(close.to_frame("close"), use["rsi"])["rsi"],
            level,
        ),
    )


def _macd_lines(
    close: pd.Series, use: Mapping[str, dict[str, float]]
) -> tuple[pd.Series, pd.Series]:
    answer = _BY_KEY["macd"].run(close.to_frame("close"), use["macd"])
    return answer["macd"], answer["signal"]


CROSSES: Final[tuple[Cross, ...]] = (
    Cross(
        key="average_50_200",
        label="50-day and 200-day average",
        up="Golden cross: the 50-day average rises above the 200-day",
        down="Death cross: the 50-day average falls below the 200-day",
        frequencies=("D",),
        lines=lambda close, _: (sma(close, 50), sma(close, 200)),
    ),
    Cross(
        key="price_200",
        label="Price and 200-day average",
        up="Close above the 200-day average",
        down="Close below the 200-day average",
        frequencies=("D",),
        lines=lambda close, _: (close, sma(close, 200)),
    ),
    Cross(
        key="price_50w",
        label="Price and 50-week average",
        up="Weekly close above the 50-week average",
        down="Weekly close below the 50-week average",
        frequencies=("W",),
        lines=lambda close, _: (close, sma(close, 50)),
    ),
    Cross(
        key="macd_signal",
        label="MACD and its signal",
        up="MACD rises above its signal",
        down="MACD falls below its signal",
        frequencies=("D", "W"),
        lines=_macd_lines,
    ),
    _rsi_row(30.0),
    _rsi_row(70.0),
)

# Two lines closer than this share of the price (rounding) are equal: on a price that stands
# still the MACD and its signal would otherwise cross at every bar.
_TOUCH: Final = 1e-11


def crosses(
    close: pd.Series,
    frequency: Frequency = "D",
    kinds: Iterable[str] | None = None,
    parameters: Mapping[str, Parameters] | None = None,
) -> pd.DataFrame:
    """Return the dated crosses of the lines in `CROSSES`.

    A cross is dated by the bar whose close puts the line on the other side. A touch is none:
    while two lines are equal the side they came from counts, until the other is reached. The
    first bar on which both lines exist sets the side and is no cross.

    Parameters
    ----------
    close
        Closes of the frequency's bars: daily closes, or for ``"W"`` those of `weekly_bars`, of
        which the last may be of an unfinished week.
    frequency
        ``"D"`` or ``"W"``: on weekly bars the price is held against its 50-week average.
    kinds
        Keys of `CROSSES` to look for; all of the frequency's by default.
    parameters
        Parameters by key of `INDICATORS`, where MACD or RSI are not the default ones.

    Returns
    -------
    DataFrame
        One row a cross, oldest first, index 0..k-1: ``session``, ``kind``, ``direction``
        (``"up"`` or ``"down"``), ``label`` (what happened), ``value`` (the line's there, in
        its own unit). No rows, and the same types, where there is none.

    Raises
    ------
    InvalidParameter
        If a kind or a parameter is unknown or cannot be used.
    """
    if frequency not in ("D", "W"):
        raise InvalidParameter("the frequency", frequency, "D or W")
    index = sessions_of(close)
    known = {row.key for row in CROSSES}
    wanted = known if kinds is None else set(kinds)
    for kind in sorted(wanted - known):
        raise InvalidParameter("a kind of cross", kind, f"one of {', '.join(sorted(known))}")
    given = parameters or {}
    use = {row.key: row.resolve(given.get(row.key)) for row in INDICATORS}
    found: list[tuple[int, str, str, str, float]] = []
    for row in CROSSES:
        if row.key not in wanted or frequency not in row.frequencies:
            continue
        line, other = row.lines(close, use)
        for at, above in crossings(line - other, close):
            direction, label = ("up", row.up) if above else ("down", row.down)
            found.append((at, row.key, direction, label, float(line.iloc[at])))
    found.sort(key=lambda cross: cross[0])
    positions = np.array([cross[0] for cross in found], dtype=int)
    return pd.DataFrame(
        {
            "session": index[positions],
            "kind": pd.Series([cross[1] for cross in found], dtype="str"),
            "direction": pd.Series([cross[2] for cross in found], dtype="str"),
            "label": pd.Series([cross[3] for cross in found], dtype="str"),
            "value": pd.Series([cross[4] for cross in found], dtype="float64"),
        }
    )


def crossings(gap: pd.Series, close: pd.Series) -> list[tuple[int, bool]]:
    """Return the positions at which a difference changes its sign, and whether to above zero.

    Parameters
    ----------
    gap
        One line less another, shape (n,); NaN where one of them does not exist.
    close
        The closes they are made of: a gap below rounding is none.
    """
    values = gap.to_numpy(dtype=float)
    touch = _TOUCH * close.to_numpy(dtype=float)
    decided = np.flatnonzero(np.abs(values) > touch)  # NaN compares false
    above = values[decided] > 0
    turned = np.flatnonzero(above[1:] != above[:-1]) + 1
    return list(zip(decided[turned].tolist(), above[turned].tolist(), strict=True))
