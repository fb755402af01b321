"""Checks on indicators: their state at a date, crosses between them, channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pandas as pd

from rut_dash.analysis.crosses import crossings
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import Frequency, Indicator
from rut_dash.analysis.indicators.moving_average_convergence import macd
from rut_dash.analysis.indicators.moving_averages import ema, sma
from rut_dash.analysis.indicators.relative_strength import rsi
from rut_dash.analysis.levels import regression_channel
from rut_dash.analysis.resampling import weekly_bars, weekly_ends
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
from rut_dash.claims.check_kind import ALL_VARIATIONS, CheckKind, ParamVariant
from rut_dash.claims.check_params import CheckParam, UsedWith
from rut_dash.claims.check_result import CheckResult, Verdict, point_at, verdict_on
from rut_dash.claims.choices import Course, CrossPlace, Relation
from rut_dash.claims.formulas import Term, TermKind
from rut_dash.errors import InsufficientHistory, InvalidParameter
from rut_dash.market.history import Basis

_NEUTRAL_RSI: Final = 50.0
_LINE: Final = re.compile(r"(sma|ema) ([1-9][0-9]{0,2})|close|macd|signal|zero")
_FREQUENCY: Final = CheckParam(
    "frequency", "Bars", "choice", choices=("D", "W"), help="D: daily; W: weekly, to Friday"
)
# Bars that a chart shows of a state, and of a cross; of an older cross those around the as-of.
_STATE_BARS: Final = 130
_CROSS_BARS: Final = 260
_CROSS_LEAD: Final = 20
_OLD_CROSS: Final = 600


def _closes(inputs: CheckInput) -> tuple[pd.Series, Frequency]:
    if inputs.get("frequency", "D") == "W":
        return weekly_ends(inputs.close), "W"
    return inputs.close, "D"


def _last_value(values: pd.Series, figure: str, needed: int) -> float:
    """Return the last value.

    Raises
    ------
    InsufficientHistory
        If it is NaN: there are fewer bars than needed.
    """
    value = float(values.iloc[-1])
    if value != value:
        raise InsufficientHistory(figure, needed, len(values), "bar")
    return value


def _chart_start(close: pd.Series, bars: int) -> pd.Timestamp:
    return sessions_of(close)[max(0, len(close) - bars)]


def _chart_spec(
    inputs: CheckInput, close: pd.Series, *lines: ChartLine, days: tuple[ChartDay, ...] = ()
) -> ChartSpec:
    index = sessions_of(close)
    return ChartSpec(
        (inputs.symbol,),
        _chart_start(close, _STATE_BARS),
        index[-1],
        days=days,
        lines=lines,
        frequency=inputs.get("frequency", "D"),
    )


# --- States --------------------------------------------------------------------------------------


def indicator_state(inputs: CheckInput) -> CheckResult:
    """Compare the close with an average, or an indicator's value with a level."""
    match inputs.get("indicator"):
        case "sma" | "ema":
            return _average_state(inputs)
        case "macd" if inputs.get("output", "macd") == "macd":
            return _macd_state(inputs)
        case "rsi":
            return _rsi_state(inputs)
        case key:
            return _registered_state(inputs, INDICATORS[key])


def _is_beyond(inputs: CheckInput, value: float, level: float) -> bool:
    return (
        value > level
        if inputs.get("relation", Relation.BELOW) is not Relation.BELOW
        else value < level
    )


def _average_state(inputs: CheckInput) -> CheckResult:
    """Return the close less a moving average."""
    close, frequency = _closes(inputs)
    key, length = str(inputs.get("indicator")), int(inputs.get("length", 50))
    averages = sma(close, length) if key == "sma" else ema(close, length)
    average, last = _last_value(averages, f"a {key.upper()}", length), point_at(close)
    difference = last.price - average
    term = Term.of(
        TermKind.AVERAGE_DISTANCE, symbol=inputs.symbol, point=last, length=length,
        frequency=frequency, average=average, value=difference,
    )  # fmt: skip
    relation: Relation = inputs.get("relation", Relation.BELOW)
    day = ChartDay(pd.Timestamp(last.day), ChartLabel(relation))
    return CheckResult(
        difference,
        (term,),
        verdict_on(_is_beyond(inputs, difference, 0.0)),
        _chart_spec(inputs, close, ChartLine(key, {"length": length}), days=(day,)),
        distance=abs(difference),
    )


def _macd_state(inputs: CheckInput) -> CheckResult:
    """Return the MACD, compared with a level, zero by default."""
    close, frequency = _closes(inputs)
    settings = {
        name: int(inputs.get(name, default))
        for name, default in (("fast", 12), ("slow", 26), ("signal", 9))
    }
    needed = settings["slow"] + settings["signal"] - 1
    value = _last_value(macd(close, **settings)["macd"], "a MACD", needed)
    level, day = float(inputs.get("level", 0.0)), sessions_of(close)[-1]
    term = Term.of(
        TermKind.OSCILLATOR_VALUE, symbol=inputs.symbol, name="MACD",
        settings=tuple(settings.values()), frequency=frequency, day=day, value=value,
    )  # fmt: skip
    return CheckResult(
        value,
        (term,),
        verdict_on(_is_beyond(inputs, value, level)),
        _chart_spec(inputs, close, ChartLine("macd", settings)),
        distance=abs(value - level),
    )


def _rsi_state(inputs: CheckInput) -> CheckResult:
    """Return the RSI; "nearing" a level is from halfway on, and closer than some bars before."""
    close, frequency = _closes(inputs)
    length, level = int(inputs.get("length", 14)), float(inputs.get("level", 30.0))
    values = rsi(close, length)
    value, day = _last_value(values, "an RSI", length + 1), sessions_of(close)[-1]
    term = Term.of(
        TermKind.OSCILLATOR_AGAINST_LEVEL, symbol=inputs.symbol, name="RSI", settings=(length,),
        frequency=frequency, day=day, value=value, level=level,
    )  # fmt: skip
    if inputs.get("relation") is Relation.NEARING:
        bars = int(inputs.get("falling_over", 4))
        earlier = float(values.iloc[-1 - bars]) if len(values) > bars else float("nan")
        edge = (level + _NEUTRAL_RSI) / 2.0
        term = Term.of(
            TermKind.OSCILLATOR_NEARING, symbol=inputs.symbol, name="RSI", settings=(length,),
            frequency=frequency, day=day, value=value, level=level, edge=edge, earlier=earlier,
            bars=bars,
        )  # fmt: skip
        if level < _NEUTRAL_RSI:
            holds = level < value < edge and value < earlier
        else:
            holds = edge < value < level and value > earlier
    else:
        holds = _is_beyond(inputs, value, level)
    return CheckResult(
        value,
        (term,),
        verdict_on(holds),
        _chart_spec(inputs, close, ChartLine("rsi", {"length": length})),
        distance=abs(value - level),
    )


def _bars(inputs: CheckInput, indicator: Indicator) -> pd.DataFrame:
    """Return the bars that an indicator needs: closes, or whole bars on the price basis.

    Raises
    ------
    InvalidParameter
        If it needs more than closes and the basis is total return.
    """
    if set(indicator.inputs) <= {"close"}:
        return _closes(inputs)[0].to_frame("close")
    if inputs.basis is Basis.TOTAL:
        raise InvalidParameter(indicator.label, "total return", "on the price basis")
    bars = inputs.data.bars(inputs.symbol)
    return weekly_bars(bars) if inputs.get("frequency", "D") == "W" else bars


def _registered_state(inputs: CheckInput, indicator: Indicator) -> CheckResult:
    """Compare any indicator: with the close where it is drawn over prices, else with a level."""
    outputs = {output.column: output for output in indicator.outputs}
    column = inputs.get("output", next(iter(outputs)))
    settings = {
        param.name: inputs.get(param.name)
        for param in indicator.params
        if inputs.get(param.name) is not None
    }
    bars = _bars(inputs, indicator)
    values = indicator.run(bars, settings)[column]
    needed = indicator.warm_up(**indicator.resolve(settings)) + 1
    value, close = _last_value(values, indicator.title(settings), needed), point_at(bars["close"])
    title, frequency = indicator.title(settings), inputs.get("frequency", "D")
    line = outputs[column].name if len(outputs) > 1 else None
    if indicator.drawing == "panel":
        level = float(inputs.get("level", 0.0))
        difference, computed = value - level, value
        term = Term.of(
            TermKind.INDICATOR_AGAINST_LEVEL, symbol=inputs.symbol, title=title, line=line,
            frequency=frequency, close=close, value=value, level=level,
        )  # fmt: skip
    else:
        difference = computed = close.price - value
        term = Term.of(
            TermKind.INDICATOR_AGAINST_CLOSE, symbol=inputs.symbol, title=title, line=line,
            frequency=frequency, close=close, value=value,
        )  # fmt: skip
    return CheckResult(
        computed,
        (term,),
        verdict_on(_is_beyond(inputs, difference, 0.0)),
        _chart_spec(inputs, bars["close"], ChartLine(indicator.key, settings)),
        distance=abs(difference),
    )


# --- Channels and crosses ------------------------------------------------------------------------


def channel_state(inputs: CheckInput) -> CheckResult:
    """Return the close less the lower edge of a regression channel: a heuristic."""
    close, frequency = _closes(inputs)
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
    close, frequency = _closes(inputs)
    names = (str(inputs.get("fast")), str(inputs.get("slow")))
    upward = inputs.get("direction", Course.UP) is Course.UP
    within = int(inputs.get("within_sessions", 60))
    first, second, positions = _crosses(inputs, close, names)
    index = sessions_of(close)

    def pair(position: int) -> formulas.LinePair:
        values = float(first.iloc[position]), float(second.iloc[position])
        return formulas.LinePair(index[position], *values)

    start, lines = _chart_start(close, _CROSS_BARS), _chart_lines(names)
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
    close, _ = _closes(CheckInput(data, inputs.symbol, inputs.basis, inputs.params))
    names = (str(inputs.get("fast")), str(inputs.get("slow")))
    _, _, positions = _crosses(inputs, close, names)
    index = sessions_of(close)
    later = [at for at in positions if index[at] > inputs.data.as_of]
    if later:
        day = index[later[0]]
        bars = later[0] + 1 - int(index.searchsorted(inputs.data.as_of, side="right"))
        yield formulas.NearMiss(Term.of(TermKind.NEXT_CROSS, day=day, bars=bars), day)


def _own_params(indicator: Indicator) -> tuple[CheckParam, ...]:
    """Return the parameters of an indicator as those of a check."""
    return tuple(
        CheckParam(param.name, param.label, "count" if param.whole else "number")
        for param in indicator.params
    )


def _params_with(key: str) -> tuple[CheckParam, ...]:
    """Return the parameters of a check on the state of an indicator."""
    indicator = INDICATORS[key]
    is_rsi = key == "rsi"
    sides = (Relation.BELOW, Relation.ABOVE)
    relation = _RELATION if is_rsi else replace(_RELATION, choices=sides)
    params = [_INDICATOR, _FREQUENCY, relation]
    params += _own_params(indicator)
    if indicator.drawing == "panel":
        params.append(_LEVEL)
    if is_rsi:
        params.append(_FALLING_OVER)
    if len(indicator.outputs) > 1:
        columns = tuple(output.column for output in indicator.outputs)
        params.append(replace(_OUTPUT, choices=columns))
    return tuple(params)


_INDICATOR: Final = CheckParam(
    "indicator", "Indicator", "choice", required=True, choices=INDICATORS
)
_RELATION: Final = CheckParam(
    "relation", "Stands", "choice", choices=tuple(Relation),
    help="the close against an indicator drawn over prices, another against the level; "
    "nearing: RSI alone",
)  # fmt: skip
_LEVEL: Final = CheckParam("level", "Level", "number", help="of an indicator in a panel of its own")
_FALLING_OVER: Final = CheckParam(
    "falling_over",
    "Nearing over bars",
    "count",
    used_with=UsedWith("relation", (Relation.NEARING,)),
)
_OUTPUT: Final = CheckParam(
    "output", "Line", "choice", help="of an indicator with several; the first where empty",
    choices=dict.fromkeys(
        output.column
        for indicator in INDICATORS.values() if len(indicator.outputs) > 1
        for output in indicator.outputs
    ),
)  # fmt: skip
# Those of all indicators, each once.
_OWN_PARAMS: Final = {
    param.name: param for indicator in INDICATORS.values() for param in _own_params(indicator)
}


def _line_param(name: str, label: str, note: str) -> CheckParam:
    return CheckParam(
        name, label, "text", required=True, pattern=_LINE.pattern, help=note,
        expected="a line such as 'sma 50', 'ema 20', 'close', 'macd', 'signal' or 'zero'",
    )  # fmt: skip


ORDER: Final = 60
ROWS: Final = (
    CheckKind(
        "indicator_state",
        "State of an indicator",
        "Where an average, MACD, RSI or another indicator stood at the as-of.",
        (
            _INDICATOR,
            _FREQUENCY,
            _RELATION,
            *_OWN_PARAMS.values(),
            _LEVEL,
            _FALLING_OVER,
            _OUTPUT,
        ),
        indicator_state,
        deciding_param="indicator",
        params_with=_params_with,
        vary=ALL_VARIATIONS,
        param_variants=(ParamVariant("frequency", ("D", "W")),),
    ),
    CheckKind(
        "channel_state",
        "Below a rising channel",
        "Whether the close fell out of a rising regression channel (a heuristic).",
        (
            _FREQUENCY,
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
            _FREQUENCY,
            CheckParam("where", "Where", "choice", choices=tuple(CrossPlace)),
            CheckParam("within_sessions", "Within the last bars", "count"),
        ),
        cross,
        vary=ALL_VARIATIONS,
        near_misses=_next_cross,
    ),
)  # fmt: skip
