"""Checks on lines through closes: crosses of two of them, and regression channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pandas as pd

from rut_dash.analysis.crosses import crossings
from rut_dash.analysis.indicators.moving_average_convergence import macd
from rut_dash.analysis.indicators.moving_averages import ema, sma
from rut_dash.analysis.levels import regression_channel
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import (
    ChartDay,
    ChartLabel,
    ChartLine,
    ChartSpec,
    ChartSubject,
    RegressionLines,
)
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import ALL_VARIATIONS, CheckKind
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import CheckResult, Verdict, point_at, verdict_on
from rut_dash.claims.checks.indicator_checks import FREQUENCY, bar_closes, first_drawn
from rut_dash.claims.choices import Course, CrossPlace
from rut_dash.claims.formulas import Term, TermKind
from rut_dash.errors import InvalidParameter

_LINE: Final = re.compile(r"(sma|ema) ([1-9][0-9]{0,2})|close|macd|signal|zero")
# Bars that a chart shows of a cross; of an older one those around the as-of.
_CROSS_BARS: Final = 260
_CROSS_LEAD: Final = 20
_OLD_CROSS: Final = 600


def channel_state(inputs: CheckInput) -> CheckResult:
    """Return the close less the lower edge of a regression channel: a heuristic."""
    close, frequency = bar_closes(inputs)
    window, deviations = int(inputs.get("window", 104)), float(inputs.get("deviations", 2.0))
    channel = regression_channel(close, window, deviations)
    last, lower = point_at(close), float(channel.lower.iloc[-1])
    rising, difference = channel.slope > 0, last.price - lower
    term = Term.of(
        TermKind.CHANNEL_DISTANCE, symbol=inputs.symbol, point=last, lower=lower, value=difference,
        window=window, frequency=frequency, rising=rising, deviations=deviations,
    )  # fmt: skip
    spec = ChartSpec(
        (inputs.symbol,),
        channel.middle.index[0],
        close.index[-1],
        channel=RegressionLines(window, deviations),
        frequency=frequency,
    )
    return CheckResult(
        difference,
        (term,),
        verdict_on(rising and difference < 0),
        spec,
        formulas.Remark.CHANNEL_HEURISTIC,
        distance=abs(difference),
    )


def line_of(name: str, close: pd.Series) -> pd.Series:
    """Return a line that can cross another.

    Parameters
    ----------
    name
        ``close``, ``macd``, ``signal``, ``zero``, or an average with its length: ``sma 50``.
    close
        Closes of the bars.

    Raises
    ------
    InvalidParameter
        If the name is another.
    """
    match = _LINE.fullmatch(name)
    if match is None:
        raise InvalidParameter(
            "a line", name, "such as 'sma 50', 'ema 20', 'close', 'macd', 'signal' or 'zero'"
        )
    if match[1]:
        return (sma if match[1] == "sma" else ema)(close, int(match[2]))
    if name == "close":
        return close
    if name == "zero":
        return close * 0.0
    return macd(close)[name]


def _chart_lines(names: tuple[str, str]) -> tuple[ChartLine, ...]:
    """Return the averages among two lines, else the MACD where one of them is of it."""
    matches = [match for name in names if (match := _LINE.fullmatch(name)) and match[1]]
    if matches:
        return tuple(ChartLine(match[1], {"length": int(match[2])}) for match in matches)
    return (ChartLine("macd"),) if "macd" in names else ()


def _crosses(
    inputs: CheckInput, close: pd.Series, names: tuple[str, str]
) -> tuple[pd.Series, pd.Series, list[int]]:
    """Return both lines, and the positions at which the first passes the second."""
    first, second = (line_of(name, close) for name in names)
    upward = inputs.get("direction", Course.UP) is Course.UP
    positions = [at for at, up in crossings(first - second, close) if up == upward]
    match inputs.get("where", CrossPlace.ANYWHERE):
        case CrossPlace.ABOVE_ZERO:
            positions = [at for at in positions if first.iloc[at] > 0]
        case CrossPlace.BELOW_ZERO:
            positions = [at for at in positions if not first.iloc[at] > 0]
    return first, second, positions


def cross(inputs: CheckInput) -> CheckResult:
    """Return the day on which one line last passed another; confirmed where that is recent."""
    close, frequency = bar_closes(inputs)
    names = (str(inputs.get("fast")), str(inputs.get("slow")))
    upward = inputs.get("direction", Course.UP) is Course.UP
    within = int(inputs.get("within_sessions", 60))
    first, second, positions = _crosses(inputs, close, names)
    index = sessions_of(close)

    def pair(position: int) -> formulas.LinePair:
        values = float(first.iloc[position]), float(second.iloc[position])
        return formulas.LinePair(index[position], *values)

    start, lines = first_drawn(close, _CROSS_BARS), _chart_lines(names)
    if not positions:
        term = Term.of(
            TermKind.LINE_CROSS, symbol=inputs.symbol, names=names, upward=upward, last=pair(-1)
        )
        spec = ChartSpec((inputs.symbol,), start, index[-1], lines=lines, frequency=frequency)
        return CheckResult(None, (term,), Verdict.FALSE, spec)
    position = positions[-1]
    bars_ago = len(close) - 1 - position
    term = Term.of(
        TermKind.LINE_CROSS, symbol=inputs.symbol, names=names, upward=upward, last=pair(-1),
        after=pair(position), before=pair(position - 1) if position > 0 else None,
        bars_ago=bars_ago,
    )  # fmt: skip
    recent = [index[at] for at in positions if len(close) - 1 - at <= within]
    label = ChartLabel(ChartSubject.CROSS)
    if bars_ago < _OLD_CROSS:
        start = min(start, index[max(0, position - _CROSS_LEAD)])
    spec = ChartSpec(
        (inputs.symbol,),
        start,
        index[-1],
        days=tuple(ChartDay(day, label) for day in recent or [index[position]]),
        lines=lines,
        frequency=frequency,
    )
    verdict = verdict_on(bars_ago <= within)
    day = index[position]
    return CheckResult(day, (term,), verdict, spec, distance=float(bars_ago))


def _next_cross(inputs: CheckInput) -> Iterator[formulas.NearMiss]:
    """Yield the first cross after the as-of."""
    data = inputs.data.at(inputs.data.full_history(inputs.symbol).last_session)
    close, _ = bar_closes(CheckInput(data, inputs.symbol, inputs.basis, inputs.params))
    names = (str(inputs.get("fast")), str(inputs.get("slow")))
    _, _, positions = _crosses(inputs, close, names)
    index = sessions_of(close)
    later = [at for at in positions if index[at] > inputs.data.as_of]
    if later:
        day = index[later[0]]
        bars = later[0] + 1 - int(index.searchsorted(inputs.data.as_of, side="right"))
        yield formulas.NearMiss(Term.of(TermKind.NEXT_CROSS, day=day, bars=bars), day)


def _line_param(name: str, label: str, note: str) -> CheckParam:
    return CheckParam(
        name, label, "text", required=True, pattern=_LINE.pattern, help=note,
        expected="a line such as 'sma 50', 'ema 20', 'close', 'macd', 'signal' or 'zero'",
    )  # fmt: skip


ORDER: Final = 65
ROWS: Final = (
    CheckKind(
        "channel_state",
        "Below a rising channel",
        "Whether the close fell out of a rising regression channel (a heuristic).",
        (
            FREQUENCY,
            CheckParam("window", "Bars", "count"),
            CheckParam("deviations", "Standard deviations", "number"),
        ),
        channel_state,
        vary=ALL_VARIATIONS,
    ),
    CheckKind(
        "cross",
        "Cross of two lines",
        "Whether one line lately passed another.",
        (
            _line_param("fast", "Line", "such as 'sma 50', 'ema 20', 'close' or 'macd'"),
            _line_param("slow", "Passes", "such as 'sma 200', 'signal' or 'zero'"),
            CheckParam("direction", "To", "choice", choices=tuple(Course)),
            FREQUENCY,
            CheckParam("where", "Where", "choice", choices=tuple(CrossPlace)),
            CheckParam("within_sessions", "Within the last bars", "count"),
        ),
        cross,
        vary=ALL_VARIATIONS,
        near_misses=_next_cross,
    ),
)  # fmt: skip
