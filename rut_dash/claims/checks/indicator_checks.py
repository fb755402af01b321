"""Checks on indicators: their state at a date, crosses between them, channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import pandas as pd

from rut_dash.analysis.crosses import crossings
from rut_dash.analysis.indicators import ema, macd, rsi, sma
from rut_dash.analysis.levels import regression_channel
from rut_dash.analysis.resampling import weekly_ends
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckGroup, CheckKind, ParamVariant, Variation
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import CheckResult, Verdict, day_text, price_text, verdict_on
from rut_dash.errors import InsufficientHistory, InvalidParameter
from rut_dash.wording import counted, number

__all__ = ["ROWS", "line_of"]

_NEUTRAL: Final = 50.0
_LINE: Final = re.compile(r"(sma|ema) ([1-9][0-9]{0,2})|close|macd|signal|zero")
_FREQUENCY: Final = CheckParam(
    "frequency", "Bars", "choice", choices=("D", "W"), help="D: daily; W: weekly, to Friday"
)


def _bars(inputs: CheckInput) -> tuple[pd.Series, Literal["D", "W"]]:
    if inputs.get("frequency", "D") == "W":
        return weekly_ends(inputs.close), "W"
    return inputs.close, "D"


def _last(values: pd.Series, what: str, needed: int, available: int) -> float:
    value = float(values.iloc[-1])
    if value != value:
        raise InsufficientHistory(what, needed, available, "bar")
    return value


def _stretch(close: pd.Series, bars: int = 130) -> pd.Timestamp:
    return sessions_of(close)[max(0, len(close) - bars)]


def indicator_state(inputs: CheckInput) -> CheckResult:
    """Say where an average, MACD or RSI stands at the as-of."""
    close, frequency = _bars(inputs)
    kind, relation = str(inputs.get("indicator")), str(inputs.get("relation", "below"))
    bars = "weekly" if frequency == "W" else "daily"
    at = close.index[-1]
    start = _stretch(close)
    if kind in ("sma", "ema"):
        length = int(inputs.get("length", 50))
        average = sma(close, length) if kind == "sma" else ema(close, length)
        line = _last(average, f"a {kind.upper()}", length, len(close))
        last = float(close.iloc[-1])
        gap = last - line
        holds = gap < 0 if relation == "below" else gap > 0
        name = f"average of {length} {bars} closes"
        return CheckResult(
            gap,
            f"{inputs.symbol}: close {price_text(last)} ({day_text(at)}) \N{MINUS SIGN} {name} "
            f"{price_text(line)} = {number(gap, 2)}",
            verdict_on(holds),
            ChartSpec(
                (inputs.symbol,), start, at, lines=((kind, str(length)),), frequency=frequency,
                days=((at, relation),),
            ),
            distance=abs(gap),
        )  # fmt: skip
    if kind == "macd":
        lengths = [int(inputs.get(n, d)) for n, d in (("fast", 12), ("slow", 26), ("signal", 9))]
        values = macd(close, *lengths)["macd"]
        value = _last(values, "a MACD", lengths[1] + lengths[2] - 1, len(close))
        level = float(inputs.get("level", 0.0))
        holds = value < level if relation == "below" else value > level
        return CheckResult(
            value,
            f"{inputs.symbol}: MACD({', '.join(map(str, lengths))}) on {bars} closes at "
            f"{day_text(at)}: {number(value, 2)}",
            verdict_on(holds),
            ChartSpec((inputs.symbol,), start, at, lines=(("macd",),), frequency=frequency),
            distance=abs(value - level),
        )
    length = int(inputs.get("length", 14))
    values = rsi(close, length)
    value = _last(values, "an RSI", length + 1, len(close))
    level = float(inputs.get("level", 30.0))
    over = int(inputs.get("falling_over", 4))
    if relation == "nearing":
        before = float(values.iloc[-1 - over]) if len(values) > over else float("nan")
        edge = (level + _NEUTRAL) / 2.0
        low = level < _NEUTRAL
        holds = (level < value < edge and value < before) if low else (
            edge < value < level and value > before
        )  # fmt: skip
        rule = f"between {number(level, 0)} and {number(edge, 0)}, from {number(before, 2)}"
        rule += f" {over} bars before"
    else:
        holds = value < level if relation == "below" else value > level
        rule = f"against {number(level, 0)}"
    return CheckResult(
        value,
        f"{inputs.symbol}: RSI({length}) on {bars} closes at {day_text(at)}: {number(value, 2)}, "
        f"{rule}",
        verdict_on(holds),
        ChartSpec((inputs.symbol,), start, at, lines=(("rsi", str(length)),), frequency=frequency),
        distance=abs(value - level),
    )


def channel_state(inputs: CheckInput) -> CheckResult:
    """Where the close stands against a regression channel: a heuristic."""
    close, frequency = _bars(inputs)
    window, deviations = int(inputs.get("window", 104)), float(inputs.get("deviations", 2.0))
    channel = regression_channel(close, window, deviations)
    last, lower = float(close.iloc[-1]), float(channel.lower.iloc[-1])
    rising = channel.slope > 0
    return CheckResult(
        last - lower,
        f"{inputs.symbol}: close {price_text(last)} ({day_text(close.index[-1])}) \N{MINUS SIGN} "
        f"lower edge {price_text(lower)} = {number(last - lower, 2)}; the line through the logs "
        f"of the last {window} {'weekly' if frequency == 'W' else 'daily'} closes "
        f"{'rises' if rising else 'falls'}, its edges are {number(deviations, 1)} standard "
        "deviations away",
        verdict_on(rising and last < lower),
        ChartSpec(
            (inputs.symbol,), channel.middle.index[0], close.index[-1], frequency=frequency,
            lines=(("channel", str(window), str(deviations)),),
        ),
        "A heuristic: it depends on where the channel is made to start.",
        distance=abs(last - lower),
    )  # fmt: skip


def line_of(name: str, close: pd.Series) -> pd.Series:
    """Return a line that a cross can be of: an average, the close, MACD, its signal, zero."""
    found = _LINE.fullmatch(name)
    if found is None:
        raise InvalidParameter(
            "a line", name, "such as 'sma 50', 'ema 20', 'close', 'macd', 'signal' or 'zero'"
        )
    if found[1]:
        return (sma if found[1] == "sma" else ema)(close, int(found[2]))
    if name == "close":
        return close
    if name == "zero":
        return close * 0.0
    return macd(close)[name]


def _crosses(inputs: CheckInput, close: pd.Series) -> tuple[pd.Series, pd.Series, list[int]]:
    """Return both lines, and the bars at which the first passes the second as asked."""
    fast = line_of(str(inputs.get("fast")), close)
    slow = line_of(str(inputs.get("slow")), close)
    upward = inputs.get("direction", "up") == "up"
    places = [at for at, up in crossings(fast - slow, close) if up == upward]
    where = inputs.get("where", "anywhere")
    if where != "anywhere":
        above = where == "above zero"
        places = [at for at in places if (fast.iloc[at] > 0) == above]
    return fast, slow, places


def cross(inputs: CheckInput) -> CheckResult:
    """Whether one line lately passed another."""
    close, frequency = _bars(inputs)
    fast, slow, places = _crosses(inputs, close)
    within = int(inputs.get("within_sessions", 60))
    names = (str(inputs.get("fast")), str(inputs.get("slow")))
    upward = inputs.get("direction", "up") == "up"
    at = close.index[-1]
    lines = tuple(tuple(name.split()) for name in names if name.split()[0] in ("sma", "ema"))
    lines = lines or ((("macd",),) if "macd" in names else ())
    ends = f"{names[0]} {number(float(fast.iloc[-1]), 2)}, {names[1]} "
    ends += f"{number(float(slow.iloc[-1]), 2)} ({day_text(at)})"
    if not places:
        return CheckResult(
            None, f"{inputs.symbol}: no such cross; {ends}", Verdict.FALSE,
            ChartSpec((inputs.symbol,), _stretch(close, 260), at, lines=lines, frequency=frequency),
        )  # fmt: skip
    last = places[-1]
    ago = len(close) - 1 - last
    day = close.index[last]
    sign = "<" if upward else ">"
    over = ">" if upward else "<"
    formula = f"{inputs.symbol}: "
    if last > 0:
        formula += (
            f"{day_text(close.index[last - 1])}: {names[0]} "
            f"{number(float(fast.iloc[last - 1]), 2)} {sign} "
            f"{names[1]} {number(float(slow.iloc[last - 1]), 2)}; "
        )
    formula += (
        f"{day_text(day)}: {number(float(fast.iloc[last]), 2)} {over} "
        f"{number(float(slow.iloc[last]), 2)}, {counted(ago, 'bar')} before {day_text(at)}; "
        f"then {ends}"
    )
    recent = [close.index[p] for p in places if len(close) - 1 - p <= within]
    return CheckResult(
        day_text(day),
        formula,
        verdict_on(ago <= within),
        ChartSpec(
            (inputs.symbol,),
            min(_stretch(close, 260), close.index[max(0, last - 20)]) if ago < 600
            else _stretch(close, 260),
            at,
            days=tuple((session, "cross") for session in recent or [day]),
            lines=lines,
            frequency=frequency,
        ),
        distance=float(ago),
    )  # fmt: skip


def _next_cross(inputs: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield the first cross after the as-of, from what followed."""
    data = inputs.data.at(inputs.data.whole(inputs.symbol).last_session)
    later = CheckInput(data, inputs.symbol, inputs.basis, inputs.params)
    close, _ = _bars(later)
    _, _, places = _crosses(later, close)
    index = sessions_of(close)
    after = [p for p in places if index[p] > inputs.data.as_of]
    if after:
        bars = after[0] + 1 - int(index.searchsorted(inputs.data.as_of, side="right"))
        yield (
            f"the next such cross, {counted(bars, 'bar')} after the as-of: "
            f"{day_text(index[after[0]])}",
            day_text(index[after[0]]),
        )


_NEAR: Final[frozenset[Variation]] = frozenset({"series", "basis", "as_of"})

ROWS: Final = (
    CheckKind(
        "indicator_state",
        "State of an indicator",
        "Where an average, MACD or RSI stood at the as-of.",
        (
            CheckParam("indicator", "Indicator", "choice", required=True,
                  choices=("sma", "ema", "macd", "rsi")),
            _FREQUENCY,
            CheckParam("relation", "Stands", "choice", choices=("below", "above", "nearing"),
                  help="the close against an average, MACD or RSI against the level"),
            CheckParam("length", "Length", "count"),
            CheckParam("level", "Level", "number"),
            CheckParam("fast", "Fast length", "count"),
            CheckParam("slow", "Slow length", "count"),
            CheckParam("signal", "Signal length", "count"),
            CheckParam("falling_over", "Nearing over bars", "count"),
        ),
        indicator_state,
        group=CheckGroup.INDICATORS,
        vary=_NEAR,
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
        group=CheckGroup.INDICATORS,
        vary=_NEAR,
    ),
    CheckKind(
        "cross",
        "Cross of two lines",
        "Whether one line lately passed another.",
        (
            CheckParam("fast", "Line", "text", required=True,
                  help="such as 'sma 50', 'ema 20', 'close' or 'macd'"),
            CheckParam("slow", "Passes", "text", required=True,
                  help="such as 'sma 200', 'signal' or 'zero'"),
            CheckParam("direction", "To", "choice", choices=("up", "down")),
            _FREQUENCY,
            CheckParam(
                "where", "Where", "choice", choices=("anywhere", "above zero", "below zero")
            ),
            CheckParam("within_sessions", "Within the last bars", "count"),
        ),
        cross,
        group=CheckGroup.INDICATORS,
        vary=_NEAR,
        near_misses=_next_cross,
    ),
)  # fmt: skip
