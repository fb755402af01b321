"""Checks on levels: drawdowns, highs and lows, levels reached or crossed, zones, streaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn

import numpy as np
import pandas as pd

from rut_dash.analysis.levels import Side, zone_touches
from rut_dash.analysis.resampling import monthly_ends, weekly_ends
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckGroup, CheckKind, ParamVariant, Variation
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import (
    CheckResult,
    Verdict,
    day_text,
    highest,
    lowest,
    place_of,
    price_text,
    verdict_on,
    without_float_noise,
)
from rut_dash.errors import InvalidParameter, OutOfRange
from rut_dash.market.history import Basis
from rut_dash.wording import counted, percent

__all__ = ["ROWS", "reference_level"]

_YEAR: Final = 252
# Touches that a chart of a zone marks: the last ones.
_SHOWN: Final = 12
# A fall can be read off a chart in these ways too.
_HIGH: Final = "close against the intraday high"
_LOW: Final = "low against the intraday high"
_LAST: Final = "last close"
_ON: Final = CheckParam("on", "On", "choice", choices=("close", "intraday"))
_START: Final = CheckParam("start", "From", "day")
_REFERENCE: Final = (
    CheckParam("high_from", "High of the days from", "day", help="the highest close from there"),
    CheckParam("high_to", "High of the days to", "day", help="the highest close up to there"),
)
_STEP: Final = CheckParam("step", "Counted in", "choice", choices=("month", "week", "day"))
_SIGN: Final = CheckParam("sign", "Direction", "choice", choices=("up", "down"))


def _column(inputs: CheckInput, on: str, side: str) -> pd.Series:
    """Return closes, or the intraday highs or lows where those are meant."""
    if on == "close":
        return inputs.close
    if inputs.basis is Basis.TOTAL:
        raise InvalidParameter("an intraday figure", "total return", "on the price basis")
    return inputs.data.bars(inputs.symbol)[side]


def _lead(index: pd.DatetimeIndex, session: pd.Timestamp) -> pd.Timestamp:
    """Return a session a year before, for a chart that shows where a price came from."""
    return index[max(0, int(index.searchsorted(session)) - _YEAR)]


def _out_of_range(inputs: CheckInput, day: pd.Timestamp) -> NoReturn:
    """Refuse a day after which nothing was known."""
    index = inputs.data.history(inputs.symbol).sessions
    raise OutOfRange(inputs.symbol, day.date(), index[0].date(), index[-1].date())


def drawdown_at(inputs: CheckInput) -> CheckResult:
    """How far a close was below the highest close to date."""
    on = str(inputs.get("on", "close"))
    day = inputs.day("date") or inputs.data.as_of
    if day > inputs.data.as_of:
        raise OutOfRange(
            "what was known", day.date(), inputs.close.index[0].date(), inputs.data.as_of.date()
        )
    at = inputs.session(day)
    tops = _column(inputs, "close" if on == "close" else "intraday", "high").loc[:at]
    lows = _column(inputs, "intraday" if on == _LOW else "close", "low").loc[:at]
    (top_day, top), last = highest(tops), float(lows.iloc[-1])
    value = last / top - 1.0
    high = "highest close" if on == "close" else "intraday high"
    formula = (
        f"{inputs.symbol}{' with dividends' if inputs.basis is Basis.TOTAL else ''}: "
        f"{'low ' if on == _LOW else ''}{price_text(last)} ({day_text(at)}) / {high} "
        f"{price_text(top)} ({day_text(top_day)}) \N{MINUS SIGN} 1 = {percent(value, 2)}"
    )
    above, most = inputs.get("above"), inputs.get("at_most")
    verdict = None
    if above is not None or most is not None:
        rounded = without_float_noise(value)
        inside = (above is None or rounded > above) and (most is None or rounded <= most)
        verdict = verdict_on(inside)
    chart_spec = ChartSpec(
        (inputs.symbol,),
        top_day,
        max(at, inputs.close.index[-1]),
        levels=((top, f"{high} {price_text(top)}"),),
        days=((top_day, "high"), (at, percent(value, 1))),
    )
    return CheckResult(value, formula, verdict, chart_spec)


def extreme(inputs: CheckInput) -> CheckResult:
    """Find the highest or the lowest close, or intraday price, to date."""
    what = str(inputs.get("what", "highest"))
    side = "low" if what == "lowest" else "high"
    on = str(inputs.get("on", "close"))
    if what == _LAST and on == "intraday":
        raise InvalidParameter("the last", "intraday", "a close")
    values = _column(inputs, on, side)
    start = inputs.day("start")
    if start is not None:
        values = values.loc[start:]
    if values.empty:
        _out_of_range(inputs, start or inputs.data.as_of)
    at, value = lowest(values) if what == "lowest" else highest(values)
    if what == _LAST:
        at, value = sessions_of(values)[-1], float(values.iloc[-1])
    kind = "" if what == _LAST else " close" if on == "close" else f" intraday {side}"
    since = f" from {day_text(values.index[0])}" if start is not None else ""
    return CheckResult(
        value,
        f"{what}{kind} of {inputs.symbol}{since} to {day_text(values.index[-1])}: "
        f"{price_text(value)} ({day_text(at)})",
        None,
        ChartSpec(
            (inputs.symbol,),
            min(at, start or at, _lead(sessions_of(values), values.index[-1])),
            values.index[-1],
            levels=((value, f"{what} {price_text(value)}"),),
            days=((at, what),),
        ),
    )


def reference_level(inputs: CheckInput) -> tuple[float, str]:
    """Return the level that a check is about, and how it is named."""
    level = inputs.get("level")
    if level is not None:
        if not level > 0:
            raise InvalidParameter("the level", level, "above 0")
        return float(level), price_text(level)
    on = str(inputs.get("on", "close"))
    values = _column(inputs, on, "high").loc[inputs.day("high_from") : inputs.day("high_to")]
    if values.empty or (inputs.day("high_from") is None and inputs.day("high_to") is None):
        raise InvalidParameter("the level", None, "a number, or days whose high is meant")
    at, value = highest(values)
    kind = "highest close" if on == "close" else "intraday high"
    return value, f"{kind} {price_text(value)} of {day_text(at)}"


def level_at(inputs: CheckInput) -> CheckResult:
    """Where the price stood, or on which side of a level."""
    day = inputs.day("date") or inputs.data.as_of
    at = inputs.session(day)
    on = str(inputs.get("on", "close"))
    column = inputs.close if on == "close" else inputs.data.bars(inputs.symbol)[on]
    value = float(column.loc[at])
    relation = inputs.get("relation")
    index = sessions_of(inputs.close)
    text = f"{on} of {inputs.symbol} on {day_text(at)}: {price_text(value)}"
    if relation is None:
        chart_spec = ChartSpec(
            (inputs.symbol,),
            _lead(index, at),
            at,
            levels=((value, price_text(value)),),
            days=((at, on),),
        )
        return CheckResult(value, text, None, chart_spec)
    level, name = reference_level(inputs)
    verdict = verdict_on(value > level if relation == "above" else value < level)
    chart_spec = ChartSpec(
        (inputs.symbol,), _lead(index, at), at, levels=((level, name),), days=((at, ""),)
    )
    sign = ">" if value > level else "<" if value < level else "="
    return CheckResult(
        value, f"{text} {sign} {name}", verdict, chart_spec, distance=abs(value - level)
    )


def distance_to_level(inputs: CheckInput) -> CheckResult:
    """How far the close is from a level, or from the high of some days."""
    level, name = reference_level(inputs)
    close = inputs.close
    at, value = close.index[-1], float(close.iloc[-1]) / level - 1.0
    least, below = inputs.get("at_least"), inputs.get("below")
    verdict = None
    if least is not None or below is not None:
        rounded = without_float_noise(value)
        inside = (least is None or rounded >= least) and (below is None or rounded < below)
        verdict = verdict_on(inside)
    return CheckResult(
        value,
        f"{inputs.symbol}: {price_text(float(close.iloc[-1]))} ({day_text(at)}) / {name} "
        f"\N{MINUS SIGN} 1 = {percent(value, 2)}",
        verdict,
        ChartSpec(
            (inputs.symbol,),
            min(inputs.day("high_from") or at, _lead(sessions_of(close), at)),
            at,
            levels=((level, name),),
            days=((at, percent(value, 1)),),
        ),
        distance=abs(value),
    )


def date_of_extreme(inputs: CheckInput) -> CheckResult:
    """When the highest or the lowest close, or intraday price, was: the first on ties."""
    what = str(inputs.get("what", "highest"))
    side = "high" if what == "highest" else "low"
    on = str(inputs.get("on", "close"))
    values = _column(inputs, on, side)
    start = inputs.day("start")
    if start is not None:
        values = values.loc[start:]
    if values.empty:
        _out_of_range(inputs, start or inputs.data.as_of)
    pick = highest if what == "highest" else lowest
    at, value = pick(values)
    first = inputs.day("expect_from") or values.index[0]
    last = inputs.day("expect_to") or values.index[-1]
    kind = "close" if on == "close" else f"intraday {side}"
    formula = (
        f"{what} {kind} of {inputs.symbol} to {day_text(values.index[-1])}: {price_text(value)} "
        f"({day_text(at)})"
    )
    named = values.loc[first:last]
    if not first <= at <= last and not named.empty:
        best, price = pick(named)
        formula += (
            f"; from {day_text(named.index[0])} to {day_text(named.index[-1])}: "
            f"{price_text(price)} ({day_text(best)})"
        )
    distance = 0.0 if first <= at <= last else abs(min((at - first).days, (last - at).days))
    return CheckResult(
        day_text(at),
        formula,
        verdict_on(first <= at <= last),
        ChartSpec(
            (inputs.symbol,),
            min(at, first, _lead(sessions_of(values), values.index[-1])),
            values.index[-1],
            levels=((value, f"{what} {price_text(value)}"),),
            days=((at, what),),
            spans=((first, min(last, values.index[-1]), "as stated"),) if inputs.get("expect_from")
            else (),
        ),
        distance=float(distance),
    )  # fmt: skip


def _never(
    inputs: CheckInput, values: pd.Series, beyond: pd.Series, level: float, name: str
) -> CheckResult:
    """Return whether no price has passed a level since the days that it is of."""
    upward = inputs.get("direction", "above") == "above"
    on, side = str(inputs.get("on", "close")), "above" if upward else "below"
    index = sessions_of(values)
    start, of_until = inputs.day("start"), inputs.day("high_to")
    if of_until is not None:
        start = max(filter(None, (start, of_until + pd.Timedelta(days=1))))
    after = beyond.loc[start:] if start is not None else beyond
    passed = sessions_of(after)[after.to_numpy()]
    shown = ChartSpec(
        (inputs.symbol,),
        inputs.day("high_from") or start or index[0],
        index[-1],
        levels=((level, name),),
        days=tuple((day, f"first {side}") for day in passed[:1]),
    )
    if passed.empty:
        text = f"no {on} {side} {name} up to {day_text(index[-1])}"
        if len(after):
            at, value = (highest if upward else lowest)(values.loc[after.index])
            text += f": the nearest is {price_text(value)} ({day_text(at)})"
        return CheckResult("never", text, Verdict.CONFIRMED, shown)
    first = passed[0]
    return CheckResult(
        day_text(first),
        f"first {on} {side} {name}: {price_text(float(values.loc[first]))} ({day_text(first)}); "
        f"{counted(len(passed), 'session')} in all to {day_text(index[-1])}",
        Verdict.FALSE,
        shown,
        distance=float(len(index) - place_of(index, first)),
    )


def level_crossed(inputs: CheckInput) -> CheckResult:
    """Whether a level was passed, and when."""
    level, name = reference_level(inputs)
    upward = inputs.get("direction", "above") == "above"
    on = str(inputs.get("on", "close"))
    values = _column(inputs, on, "high" if upward else "low")
    start = inputs.day("start") or inputs.day("high_to")
    beyond = values > level if upward else values < level
    side = "above" if upward else "below"
    index = sessions_of(values)
    if inputs.get("expect", "crossed") == "never":
        return _never(inputs, values, beyond, level, name)
    turned = beyond.to_numpy() & ~beyond.shift(fill_value=bool(beyond.iloc[0])).to_numpy()
    dates = index[turned]
    if start is not None:
        dates = dates[dates >= start]
    lead = start or _lead(index, index[-1])
    shown = ChartSpec(
        (inputs.symbol,),
        lead,
        index[-1],
        levels=((level, name),),
        days=tuple((day, f"{side} {price_text(level)}") for day in dates[-5:]),
    )
    if dates.empty:
        return CheckResult(None, f"no {on} passed {name} in this stretch", Verdict.FALSE, shown)
    last = dates[-1]
    place = place_of(index, last)
    ago = len(index) - 1 - place
    within = inputs.get("within_sessions")
    holds = bool(beyond.iloc[-1]) and (within is None or ago <= within)
    text = (
        f"{price_text(float(values.iloc[place - 1]))} ({day_text(index[place - 1])}), then "
        f"{price_text(float(values.iloc[place]))} ({day_text(last)}) {side} {price_text(level)}; "
        f"{price_text(float(values.iloc[-1]))} ({day_text(index[-1])}), "
        f"{counted(ago, 'session')} later"
    )
    return CheckResult(day_text(last), text, verdict_on(holds), shown)


def _last_that_held(inputs: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield the last close at which a level had never been passed."""
    if inputs.get("expect", "crossed") != "never":
        return
    result = level_crossed(inputs)
    if result.verdict is Verdict.FALSE:
        index = sessions_of(inputs.close)
        place = int(index.searchsorted(pd.Timestamp(str(result.value))))
        if place > 0:
            sessions = counted(len(index) - place, "session")
            yield (
                f"it held as of {day_text(index[place - 1])}, {sessions} earlier",
                day_text(index[place - 1]),
            )


# --- Streaks -----------------------------------------------------------------------------------


def _steps(inputs: CheckInput) -> pd.Series:
    """Return the last close of each month, week or day; the unfinished one as it stands."""
    close = inputs.close
    step = inputs.get("step", "month")
    if step == "day":
        return close
    if step == "week":
        return weekly_ends(close)
    return monthly_ends(close)


def _runs(inputs: CheckInput) -> tuple[pd.Series, list[tuple[int, int]]]:
    """Return the closes of the steps, and the runs in one direction as first and last place."""
    ends = _steps(inputs)
    values = ends.to_numpy(dtype=float)
    right = (
        values[1:] > values[:-1] if inputs.get("sign", "up") == "up" else values[1:] < values[:-1]
    )
    edges = np.flatnonzero(np.diff(np.concatenate([[False], right, [False]])))
    return ends, [(int(a) + 1, int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _named(inputs: CheckInput, day: pd.Timestamp) -> str:
    return f"{day:%Y-%m}" if inputs.get("step", "month") == "month" else day_text(day)


def streak(inputs: CheckInput) -> CheckResult:
    """How many months, weeks or days in a row the price has gone one way, up to now."""
    ends, runs = _runs(inputs)
    current = runs[-1] if runs and runs[-1][1] == len(ends) - 1 else None
    length = current[1] - current[0] + 1 if current else 0
    shown = ends.iloc[len(ends) - 1 - length :]
    closes = ", ".join(
        f"{price_text(float(value))} ({day_text(day)})"
        for day, value in zip(sessions_of(shown), shown, strict=True)
    )
    return CheckResult(
        float(length),
        f"closes of {inputs.symbol}: {closes}",
        None,
        ChartSpec(
            (inputs.symbol,),
            ends.index[max(0, len(ends) - length - 4)],
            ends.index[-1],
            spans=((shown.index[0], shown.index[-1], f"{length} in a row"),) if length else (),
            days=tuple((day, percent(float(ends.loc[day] / before - 1), 1)) for day, before in
                       zip(shown.index[1:], shown.iloc[:-1], strict=True)),
        ),
        "The last one is counted as it stood on the day of the claim.",
    )  # fmt: skip


def first_since(inputs: CheckInput) -> CheckResult:
    """Whether the current run is the first of its length since a day."""
    ends, runs = _runs(inputs)
    length, since = int(inputs.get("length")), inputs.day("since")
    assert since is not None
    long = [
        (ends.index[a], ends.index[b], b - a + 1)
        for a, b in runs
        if b - a + 1 >= length and ends.index[b] >= since
    ]
    now = [run for run in long if run[1] == ends.index[-1]]
    before = [run for run in long if run[1] != ends.index[-1]]
    names = "; ".join(
        f"{_named(inputs, first)} to {_named(inputs, last)} ({count})"
        for first, last, count in long
    )
    step = inputs.get("step", "month")
    formula = (
        f"runs of {length} {step}s or more on {inputs.symbol} since {day_text(since)}: "
        f"{names or 'none'}"
    )
    value = f"{_named(inputs, before[-1][0])}..{_named(inputs, before[-1][1])}" if before else None
    holds = bool(now) and not before
    return CheckResult(
        value,
        formula,
        verdict_on(holds),
        ChartSpec(
            (inputs.symbol,),
            since,
            ends.index[-1],
            spans=tuple((first, last, f"{count} {step}s") for first, last, count in long),
        ),
        "" if now else "There is no such run at the close of the claim.",
    )


def _first_after(inputs: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield since when the current run is the first of its length."""
    ends, runs = _runs(inputs)
    long = [(a, b) for a, b in runs if b - a + 1 >= int(inputs.get("length"))]
    if len(long) > 1 and long[-1][1] == len(ends) - 1:
        name = _named(inputs, sessions_of(ends)[long[-2][1]])
        yield f"it is the first since the run that ended in {name}", name


# --- Zones ---------------------------------------------------------------------------------------


def zone(inputs: CheckInput) -> CheckResult:
    """How often the price came to a zone from one side, and whether it was turned back."""
    low, high = float(inputs.get("low")), float(inputs.get("high"))
    side = str(inputs.get("side", "above"))
    separation = float(inputs.get("separation", 0.03))
    bars = inputs.data.bars(inputs.symbol)
    start = inputs.day("start")
    if start is not None:
        bars = bars.loc[start:]
        if bars.empty:
            _out_of_range(inputs, start)
    touches = zone_touches(bars, low, high, "above" if side == "above" else "below", separation)
    word = "held" if side == "above" else "capped"
    turned = touches[touches["outcome"] == "turned"]
    broke = touches[touches["outcome"] == "broke"]
    pending = touches[touches["outcome"] == "open"]
    texts = [f"{len(turned)} {word}", f"{len(broke)} broke"]
    texts += [f"{len(pending)} open"] if len(pending) else []
    listed = [
        (pd.Timestamp(start), word if outcome == "turned" else str(outcome))
        for start, outcome in zip(touches["start"], touches["outcome"], strict=True)
    ]
    named = "; ".join(f"{day_text(day)} {outcome}" for day, outcome in listed)
    far = high * (1 + separation) if side == "above" else low * (1 - separation)
    rule = (
        f"touches of {price_text(low)} to {price_text(high)} from {side}, after a close "
        f"{'above' if side == 'above' else 'below'} {price_text(far)}"
    )
    chart_spec = ChartSpec(
        (inputs.symbol,),
        start or (listed[-_SHOWN:][0][0] if listed else bars.index[0]),
        bars.index[-1],
        bands=((low, high, f"{price_text(low)} to {price_text(high)}"),),
        days=tuple(listed[-_SHOWN:]),
    )
    formula = f"{rule}: {named or 'none'}"
    asked = inputs.get("judged", "most")
    if asked == "most":
        least = int(inputs.get("min_count", 2))
        verdict = (
            Verdict.FALSE
            if len(turned) < least
            else Verdict.CONFIRMED
            if len(turned) > len(broke)
            else Verdict.MIXED
        )
        return CheckResult(", ".join(texts), formula, verdict, chart_spec)
    ended = touches[touches["outcome"] != "open"]
    if asked == "the last":
        if ended.empty:
            return CheckResult("open", formula, Verdict.NOT_YET_KNOWN, chart_spec)
        last = ended.iloc[-1]
        held = last["outcome"] == "turned"
        value = f"{word if held else 'broke'} {day_text(last['end'])}"
        return CheckResult(value, formula, verdict_on(held), chart_spec)
    year = inputs.get("last_year")
    if turned.empty or year is None:
        return CheckResult(None, formula, Verdict.FALSE, chart_spec)
    at = turned["start"].iloc[-1]
    return CheckResult(day_text(at), formula, verdict_on(at.year == year), chart_spec)


def _from_the_other_side(inputs: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield the last touch from the other side that was turned back, in the year named."""
    year = inputs.get("last_year")
    if inputs.get("judged", "most") != "the year" or year is None:
        return
    other: Side = "below" if inputs.get("side", "above") == "above" else "above"
    touches = zone_touches(
        inputs.data.bars(inputs.symbol),
        float(inputs.get("low")),
        float(inputs.get("high")),
        other,
        float(inputs.get("separation", 0.03)),
    )
    turned = [
        pd.Timestamp(day)
        for day, outcome in zip(touches["start"], touches["outcome"], strict=True)
        if outcome == "turned" and pd.Timestamp(day).year == year
    ]
    if turned:
        word = "capped" if other == "below" else "held"
        yield f"from {other} it {word} on {day_text(turned[-1])}", day_text(turned[-1])


_NEAR: Final[frozenset[Variation]] = frozenset({"series", "basis", "as_of"})
_AS_OF: Final[frozenset[Variation]] = frozenset({"as_of"})
_INTRADAY: Final = (ParamVariant("on", ("close", "intraday")),)

ROWS: Final = (
    CheckKind(
        "drawdown_at",
        "Drawdown at a date",
        "How far a close was below the highest close to date.",
        (
            CheckParam("date", "On", "day", help="the day of the claim where empty"),
            CheckParam("on", "Measured on", "choice", choices=("close", _HIGH, _LOW),
                  help="intraday high: the close against it; intraday: the low against it"),
            CheckParam("above", "Above, %", "percent"),
            CheckParam("at_most", "At most, %", "percent"),
        ),
        drawdown_at,
        group=CheckGroup.LEVELS,
        percent=True,
        unit="%",
        vary=_NEAR,
        param_variants=(ParamVariant("on", ("close", _HIGH, _LOW)),),
        pinned_by=("date",),
    ),
    CheckKind(
        "extreme",
        "Highest or lowest price",
        "The highest or the lowest close, or intraday price, to date.",
        (
            CheckParam("what", "Which", "choice", choices=("highest", "lowest", _LAST)),
            _ON,
            _START,
        ),
        extreme,
        group=CheckGroup.LEVELS,
        unit="$",
        vary=_NEAR - {"series"},
        param_variants=(*_INTRADAY, ParamVariant("what", (_LAST,))),
    ),
    CheckKind(
        "level_at",
        "Level at a date",
        "Where the price stood, or on which side of a level.",
        (
            CheckParam("date", "On", "day", help="the day of the claim where empty"),
            CheckParam("on", "On its", "choice", choices=("close", "high", "low")),
            CheckParam("relation", "Stands", "choice", choices=("above", "below"), blank=True),
            CheckParam("level", "Level", "number"),
            *_REFERENCE,
        ),
        level_at,
        group=CheckGroup.LEVELS,
        unit="$",
        vary=_AS_OF,
        param_variants=(ParamVariant("on", ("close", "high", "low")),),
        pinned_by=("date",),
    ),
    CheckKind(
        "distance_to_level",
        "Distance to a level",
        "How far the close is from a level, or from the high of some days.",
        (
            CheckParam("level", "Level", "number"),
            *_REFERENCE,
            _ON,
            CheckParam("at_least", "At least, %", "percent"),
            CheckParam("below", "Below, %", "percent"),
        ),
        distance_to_level,
        group=CheckGroup.LEVELS,
        percent=True,
        unit="%",
        vary=_NEAR,
        param_variants=_INTRADAY,
    ),
    CheckKind(
        "date_of_extreme",
        "Date of the high or the low",
        "When the highest or the lowest close, or intraday price, was.",
        (
            CheckParam("what", "Which", "choice", choices=("highest", "lowest")),
            _ON,
            _START,
            CheckParam("expect_from", "Expected from", "day"),
            CheckParam("expect_to", "Expected to", "day"),
        ),
        date_of_extreme,
        group=CheckGroup.LEVELS,
        vary=_NEAR,
        param_variants=_INTRADAY,
    ),
    CheckKind(
        "level_crossed",
        "Level crossed",
        "Whether a level, or the high of some days, was passed, and when.",
        (
            CheckParam("level", "Level", "number"),
            *_REFERENCE,
            CheckParam("direction", "To", "choice", choices=("above", "below")),
            _ON,
            _START,
            CheckParam("expect", "Expected", "choice", choices=("crossed", "never")),
            CheckParam("within_sessions", "Within the last sessions", "count"),
        ),
        level_crossed,
        group=CheckGroup.LEVELS,
        unit="points",
        vary=_AS_OF,
        near_misses=_last_that_held,
    ),
    CheckKind(
        "streak",
        "Length of a streak",
        "How many months, weeks or days in a row the price has gone one way.",
        (_STEP, _SIGN),
        streak,
        group=CheckGroup.LEVELS,
        unit="months",
        vary=_NEAR,
    ),
    CheckKind(
        "first_since",
        "First streak since",
        "Whether the current streak is the first of its length since a day.",
        (
            _STEP,
            _SIGN,
            CheckParam("length", "Length", "count", required=True),
            CheckParam("since", "Since", "day", required=True),
        ),
        first_since,
        group=CheckGroup.LEVELS,
        vary=_NEAR - {"as_of"},
        near_misses=_first_after,
    ),
    CheckKind(
        "zone_touches",
        "Touches of a zone",
        "How often the price came to a zone from one side, and whether it was turned back.",
        (
            CheckParam("low", "Lower edge", "number", required=True),
            CheckParam("high", "Upper edge", "number", required=True),
            CheckParam("side", "From", "choice", choices=("above", "below")),
            CheckParam("separation", "Separation, as a share", "number"),
            _START,
            CheckParam("judged", "Judged by", "choice", choices=("most", "the last", "the year"),
                  help="most touches; the last one that ended; the year of the last one turned"),
            CheckParam("min_count", "At least so many", "count"),
            CheckParam("last_year", "Year of the last one", "count"),
        ),
        zone,
        group=CheckGroup.LEVELS,
        vary=_AS_OF,
        near_misses=_from_the_other_side,
    ),
)  # fmt: skip
