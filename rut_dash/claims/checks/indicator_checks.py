"""The check on the state of an indicator at a date."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import Frequency, Indicator
from rut_dash.analysis.indicators.moving_average_convergence import macd
from rut_dash.analysis.indicators.moving_averages import ema, sma
from rut_dash.analysis.indicators.relative_strength import rsi
from rut_dash.analysis.resampling import weekly_bars, weekly_ends
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims.chart_spec import (
    ChartDay,
    ChartLabel,
    ChartLine,
    ChartSpec,
)
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import ALL_VARIATIONS, CheckKind, ParamVariant
from rut_dash.claims.check_params import CheckParam, UsedWith
from rut_dash.claims.check_result import CheckResult, point_at, verdict_on
from rut_dash.claims.choices import Relation
from rut_dash.claims.formulas import Term, TermKind
from rut_dash.errors import InsufficientHistory, InvalidParameter
from rut_dash.market.history import Basis

_NEUTRAL_RSI: Final = 50.0
FREQUENCY: Final = CheckParam(
    "frequency", "Bars", "choice", choices=("D", "W"), help="D: daily; W: weekly, to Friday"
)
# Bars that a chart shows.
_STATE_BARS: Final = 130


def bar_closes(inputs: CheckInput) -> tuple[pd.Series, Frequency]:
    """Return the closes of daily or weekly bars, and which of the two they are."""
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


def first_drawn(close: pd.Series, bars: int) -> pd.Timestamp:
    """Return the bar from which a chart of the last so many bars starts."""
    return sessions_of(close)[max(0, len(close) - bars)]


def _chart_spec(
    inputs: CheckInput, close: pd.Series, *lines: ChartLine, days: tuple[ChartDay, ...] = ()
) -> ChartSpec:
    index = sessions_of(close)
    return ChartSpec(
        (inputs.symbol,),
        first_drawn(close, _STATE_BARS),
        index[-1],
        days=days,
        lines=lines,
        frequency=inputs.get("frequency", "D"),
    )


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
    close, frequency = bar_closes(inputs)
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
    close, frequency = bar_closes(inputs)
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
    close, frequency = bar_closes(inputs)
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
        return bar_closes(inputs)[0].to_frame("close")
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
    params = [_INDICATOR, FREQUENCY, relation]
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


ORDER: Final = 60
ROWS: Final = (
    CheckKind(
        "indicator_state",
        "State of an indicator",
        "Where an average, MACD, RSI or another indicator stood at the as-of.",
        (
            _INDICATOR,
            FREQUENCY,
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
)  # fmt: skip
