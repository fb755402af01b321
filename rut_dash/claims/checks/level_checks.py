"""Checks on levels: drawdowns, highs and lows, levels reached or crossed, zones, streaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn

import numpy as np
import pandas as pd

from rut_dash.analysis.levels import Side, zone_touches
from rut_dash.analysis.returns import sessions_of
from rut_dash.analysis.weekly import weekly_ends
from rut_dash.claims.checks.framework import (
    Change,
    ChartSpec,
    CheckInput,
    CheckKind,
    CheckParam,
    CheckResult,
    ParamVariant,
    Verdict,
    day_text,
    highest,
    lowest,
    place_of,
    price_text,
    settled,
    yes_or_no,
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


def _column(case: CheckInput, on: str, side: str) -> pd.Series:
    """Return closes, or the intraday highs or lows where those are meant."""
    if on == "close":
        return case.close
    if case.basis is Basis.TOTAL:
        raise InvalidParameter("an intraday figure", "total return", "on the price basis")
    return case.desk.bars(case.symbol)[side]


def _lead(index: pd.DatetimeIndex, session: pd.Timestamp) -> pd.Timestamp:
    """Return a session a year before, for a chart that shows where a price came from."""
    return index[max(0, int(index.searchsorted(session)) - _YEAR)]


def _out_of_range(case: CheckInput, day: pd.Timestamp) -> NoReturn:
    """Refuse a day after which nothing was known."""
    index = case.desk.history(case.symbol).sessions
    raise OutOfRange(case.symbol, day.date(), index[0].date(), index[-1].date())


def drawdown_at(case: CheckInput) -> CheckResult:
    """How far a close was below the highest close to date."""
    on = str(case.get("on", "close"))
    day = case.day("date") or case.desk.as_of
    if day > case.desk.as_of:
        raise OutOfRange(
            "what was known", day.date(), case.close.index[0].date(), case.desk.as_of.date()
        )
    at = case.session(day)
    tops = _column(case, "close" if on == "close" else "intraday", "high").loc[:at]
    lows = _column(case, "intraday" if on == _LOW else "close", "low").loc[:at]
    (top_day, top), last = highest(tops), float(lows.iloc[-1])
    value = last / top - 1.0
    high = "highest close" if on == "close" else "intraday high"
    formula = (
        f"{case.symbol}{' with dividends' if case.basis is Basis.TOTAL else ''}: "
        f"{'low ' if on == _LOW else ''}{price_text(last)} ({day_text(at)}) / {high} "
        f"{price_text(top)} ({day_text(top_day)}) \N{MINUS SIGN} 1 = {percent(value, 2)}"
    )
    above, most = case.get("above"), case.get("at_most")
    verdict = None
    if above is not None or most is not None:
        rounded = settled(value)
        inside = (above is None or rounded > above) and (most is None or rounded <= most)
        verdict = yes_or_no(inside)
    sketch = ChartSpec(
        (case.symbol,),
        top_day,
        max(at, case.close.index[-1]),
        levels=((top, f"{high} {price_text(top)}"),),
        days=((top_day, "high"), (at, percent(value, 1))),
    )
    return CheckResult(value, formula, verdict, sketch)


def extreme(case: CheckInput) -> CheckResult:
    """Find the highest or the lowest close, or intraday price, to date."""
    what = str(case.get("what", "highest"))
    side = "low" if what == "lowest" else "high"
    on = str(case.get("on", "close"))
    if what == _LAST and on == "intraday":
        raise InvalidParameter("the last", "intraday", "a close")
    values = _column(case, on, side)
    start = case.day("start")
    if start is not None:
        values = values.loc[start:]
    if values.empty:
        _out_of_range(case, start or case.desk.as_of)
    at, value = lowest(values) if what == "lowest" else highest(values)
    if what == _LAST:
        at, value = sessions_of(values)[-1], float(values.iloc[-1])
    kind = "" if what == _LAST else " close" if on == "close" else f" intraday {side}"
    since = f" from {day_text(values.index[0])}" if start is not None else ""
    return CheckResult(
        value,
        f"{what}{kind} of {case.symbol}{since} to {day_text(values.index[-1])}: "
        f"{price_text(value)} ({day_text(at)})",
        None,
        ChartSpec(
            (case.symbol,),
            min(at, start or at, _lead(sessions_of(values), values.index[-1])),
            values.index[-1],
            levels=((value, f"{what} {price_text(value)}"),),
            days=((at, what),),
        ),
    )


def reference_level(case: CheckInput) -> tuple[float, str]:
    """Return the level that a check is about, and how it is named."""
    level = case.get("level")
    if level is not None:
        if not level > 0:
            raise InvalidParameter("the level", level, "above 0")
        return float(level), price_text(level)
    on = str(case.get("on", "close"))
    values = _column(case, on, "high").loc[case.day("high_from") : case.day("high_to")]
    if values.empty or (case.day("high_from") is None and case.day("high_to") is None):
        raise InvalidParameter("the level", None, "a number, or days whose high is meant")
    at, value = highest(values)
    kind = "highest close" if on == "close" else "intraday high"
    return value, f"{kind} {price_text(value)} of {day_text(at)}"


def level_at(case: CheckInput) -> CheckResult:
    """Where the price stood, or on which side of a level."""
    day = case.day("date") or case.desk.as_of
    at = case.session(day)
    on = str(case.get("on", "close"))
    column = case.close if on == "close" else case.desk.bars(case.symbol)[on]
    value = float(column.loc[at])
    relation = case.get("relation")
    index = sessions_of(case.close)
    text = f"{on} of {case.symbol} on {day_text(at)}: {price_text(value)}"
    if relation is None:
        sketch = ChartSpec(
            (case.symbol,),
            _lead(index, at),
            at,
            levels=((value, price_text(value)),),
            days=((at, on),),
        )
        return CheckResult(value, text, None, sketch)
    level, name = reference_level(case)
    verdict = yes_or_no(value > level if relation == "above" else value < level)
    sketch = ChartSpec(
        (case.symbol,), _lead(index, at), at, levels=((level, name),), days=((at, ""),)
    )
    sign = ">" if value > level else "<" if value < level else "="
    return CheckResult(value, f"{text} {sign} {name}", verdict, sketch, distance=abs(value - level))


def distance_to_level(case: CheckInput) -> CheckResult:
    """How far the close is from a level, or from the high of some days."""
    level, name = reference_level(case)
    close = case.close
    at, value = close.index[-1], float(close.iloc[-1]) / level - 1.0
    least, below = case.get("at_least"), case.get("below")
    verdict = None
    if least is not None or below is not None:
        rounded = settled(value)
        inside = (least is None or rounded >= least) and (below is None or rounded < below)
        verdict = yes_or_no(inside)
    return CheckResult(
        value,
        f"{case.symbol}: {price_text(float(close.iloc[-1]))} ({day_text(at)}) / {name} "
        f"\N{MINUS SIGN} 1 = {percent(value, 2)}",
        verdict,
        ChartSpec(
            (case.symbol,),
            min(case.day("high_from") or at, _lead(sessions_of(close), at)),
            at,
            levels=((level, name),),
            days=((at, percent(value, 1)),),
        ),
        distance=abs(value),
    )


def date_of_extreme(case: CheckInput) -> CheckResult:
    """When the highest or the lowest close, or intraday price, was: the first on ties."""
    what = str(case.get("what", "highest"))
    side = "high" if what == "highest" else "low"
    on = str(case.get("on", "close"))
    values = _column(case, on, side)
    start = case.day("start")
    if start is not None:
        values = values.loc[start:]
    if values.empty:
        _out_of_range(case, start or case.desk.as_of)
    pick = highest if what == "highest" else lowest
    at, value = pick(values)
    first = case.day("expect_from") or values.index[0]
    last = case.day("expect_to") or values.index[-1]
    kind = "close" if on == "close" else f"intraday {side}"
    formula = (
        f"{what} {kind} of {case.symbol} to {day_text(values.index[-1])}: {price_text(value)} "
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
        yes_or_no(first <= at <= last),
        ChartSpec(
            (case.symbol,),
            min(at, first, _lead(sessions_of(values), values.index[-1])),
            values.index[-1],
            levels=((value, f"{what} {price_text(value)}"),),
            days=((at, what),),
            spans=((first, min(last, values.index[-1]), "as stated"),) if case.get("expect_from")
            else (),
        ),
        distance=float(distance),
    )  # fmt: skip


def _never(
    case: CheckInput, values: pd.Series, beyond: pd.Series, level: float, name: str
) -> CheckResult:
    """Return whether no price has passed a level since the days that it is of."""
    upward = case.get("direction", "above") == "above"
    on, side = str(case.get("on", "close")), "above" if upward else "below"
    index = sessions_of(values)
    start, of_until = case.day("start"), case.day("high_to")
    if of_until is not None:
        start = max(filter(None, (start, of_until + pd.Timedelta(days=1))))
    after = beyond.loc[start:] if start is not None else beyond
    passed = sessions_of(after)[after.to_numpy()]
    shown = ChartSpec(
        (case.symbol,),
        case.day("high_from") or start or index[0],
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


def level_crossed(case: CheckInput) -> CheckResult:
    """Whether a level was passed, and when."""
    level, name = reference_level(case)
    upward = case.get("direction", "above") == "above"
    on = str(case.get("on", "close"))
    values = _column(case, on, "high" if upward else "low")
    start = case.day("start") or case.day("high_to")
    beyond = values > level if upward else values < level
    side = "above" if upward else "below"
    index = sessions_of(values)
    if case.get("expect", "crossed") == "never":
        return _never(case, values, beyond, level, name)
    turned = beyond.to_numpy() & ~beyond.shift(fill_value=bool(beyond.iloc[0])).to_numpy()
    dates = index[turned]
    if start is not None:
        dates = dates[dates >= start]
    lead = start or _lead(index, index[-1])
    shown = ChartSpec(
        (case.symbol,),
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
    within = case.get("within_sessions")
    holds = bool(beyond.iloc[-1]) and (within is None or ago <= within)
    text = (
        f"{price_text(float(values.iloc[place - 1]))} ({day_text(index[place - 1])}), then "
        f"{price_text(float(values.iloc[place]))} ({day_text(last)}) {side} {price_text(level)}; "
        f"{price_text(float(values.iloc[-1]))} ({day_text(index[-1])}), "
        f"{counted(ago, 'session')} later"
    )
    return CheckResult(day_text(last), text, yes_or_no(holds), shown)


def _last_that_held(case: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield the last close at which a level had never been passed."""
    if case.get("expect", "crossed") != "never":
        return
    finding = level_crossed(case)
    if finding.verdict is Verdict.FALSE:
        index = sessions_of(case.close)
        place = int(index.searchsorted(pd.Timestamp(str(finding.value))))
        if place > 0:
            sessions = counted(len(index) - place, "session")
            yield (
                f"it held as of {day_text(index[place - 1])}, {sessions} earlier",
                day_text(index[place - 1]),
            )


# --- Streaks -----------------------------------------------------------------------------------


def _steps(case: CheckInput) -> pd.Series:
    """Return the last close of each month, week or day; the unfinished one as it stands."""
    close = case.close
    step = case.get("step", "month")
    if step == "day":
        return close
    if step == "week":
        return weekly_ends(close)
    index = sessions_of(close)
    months = np.asarray(index.year * 12 + index.month)
    return close.iloc[np.append(np.flatnonzero(months[1:] != months[:-1]), len(months) - 1)]


def _runs(case: CheckInput) -> tuple[pd.Series, list[tuple[int, int]]]:
    """Return the closes of the steps, and the runs in one direction as first and last place."""
    ends = _steps(case)
    values = ends.to_numpy(dtype=float)
    right = values[1:] > values[:-1] if case.get("sign", "up") == "up" else values[1:] < values[:-1]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], right, [False]])))
    return ends, [(int(a) + 1, int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _named(case: CheckInput, day: pd.Timestamp) -> str:
    return f"{day:%Y-%m}" if case.get("step", "month") == "month" else day_text(day)


def streak(case: CheckInput) -> CheckResult:
    """How many months, weeks or days in a row the price has gone one way, up to now."""
    ends, runs = _runs(case)
    current = runs[-1] if runs and runs[-1][1] == len(ends) - 1 else None
    length = current[1] - current[0] + 1 if current else 0
    shown = ends.iloc[len(ends) - 1 - length :]
    closes = ", ".join(
        f"{price_text(float(value))} ({day_text(day)})"
        for day, value in zip(sessions_of(shown), shown, strict=True)
    )
    return CheckResult(
        float(length),
        f"closes of {case.symbol}: {closes}",
        None,
        ChartSpec(
            (case.symbol,),
            ends.index[max(0, len(ends) - length - 4)],
            ends.index[-1],
            spans=((shown.index[0], shown.index[-1], f"{length} in a row"),) if length else (),
            days=tuple((day, percent(float(ends.loc[day] / before - 1), 1)) for day, before in
                       zip(shown.index[1:], shown.iloc[:-1], strict=True)),
        ),
        "The last one is counted as it stood on the day of the claim.",
    )  # fmt: skip


def first_since(case: CheckInput) -> CheckResult:
    """Whether the current run is the first of its length since a day."""
    ends, runs = _runs(case)
    length, since = int(case.get("length")), case.day("since")
    assert since is not None
    long = [
        (ends.index[a], ends.index[b], b - a + 1)
        for a, b in runs
        if b - a + 1 >= length and ends.index[b] >= since
    ]
    now = [run for run in long if run[1] == ends.index[-1]]
    before = [run for run in long if run[1] != ends.index[-1]]
    names = "; ".join(
        f"{_named(case, first)} to {_named(case, last)} ({count})" for first, last, count in long
    )
    step = case.get("step", "month")
    formula = (
        f"runs of {length} {step}s or more on {case.symbol} since {day_text(since)}: "
        f"{names or 'none'}"
    )
    value = f"{_named(case, before[-1][0])}..{_named(case, before[-1][1])}" if before else None
    holds = bool(now) and not before
    return CheckResult(
        value,
        formula,
        yes_or_no(holds),
        ChartSpec(
            (case.symbol,),
            since,
            ends.index[-1],
            spans=tuple((first, last, f"{count} {step}s") for first, last, count in long),
        ),
        "" if now else "There is no such run at the close of the claim.",
    )


def _first_after(case: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield since when the current run is the first of its length."""
    ends, runs = _runs(case)
    long = [(a, b) for a, b in runs if b - a + 1 >= int(case.get("length"))]
    if len(long) > 1 and long[-1][1] == len(ends) - 1:
        name = _named(case, sessions_of(ends)[long[-2][1]])
        yield f"it is the first since the run that ended in {name}", name


# --- Zones ---------------------------------------------------------------------------------------


def zone(case: CheckInput) -> CheckResult:
    """How often the price came to a zone from one side, and whether it was turned back."""
    low, high = float(case.get("low")), float(case.get("high"))
    side = str(case.get("side", "above"))
    separation = float(case.get("separation", 0.03))
    bars = case.desk.bars(case.symbol)
    start = case.day("start")
    if start is not None:
        bars = bars.loc[start:]
        if bars.empty:
            _out_of_range(case, start)
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
    sketch = ChartSpec(
        (case.symbol,),
        start or (listed[-_SHOWN:][0][0] if listed else bars.index[0]),
        bars.index[-1],
        bands=((low, high, f"{price_text(low)} to {price_text(high)}"),),
        days=tuple(listed[-_SHOWN:]),
    )
    formula = f"{rule}: {named or 'none'}"
    asked = case.get("judged", "most")
    if asked == "most":
        least = int(case.get("min_count", 2))
        verdict = (
            Verdict.FALSE
            if len(turned) < least
            else Verdict.CONFIRMED
            if len(turned) > len(broke)
            else Verdict.MIXED
        )
        return CheckResult(", ".join(texts), formula, verdict, sketch)
    ended = touches[touches["outcome"] != "open"]
    if asked == "the last":
        if ended.empty:
            return CheckResult("open", formula, Verdict.NOT_YET_KNOWN, sketch)
        last = ended.iloc[-1]
        held = last["outcome"] == "turned"
        value = f"{word if held else 'broke'} {day_text(last['end'])}"
        return CheckResult(value, formula, yes_or_no(held), sketch)
    year = case.get("last_year")
    if turned.empty or year is None:
        return CheckResult(None, formula, Verdict.FALSE, sketch)
    at = turned["start"].iloc[-1]
    return CheckResult(day_text(at), formula, yes_or_no(at.year == year), sketch)


def _from_the_other_side(case: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield the last touch from the other side that was turned back, in the year named."""
    year = case.get("last_year")
    if case.get("judged", "most") != "the year" or year is None:
        return
    other: Side = "below" if case.get("side", "above") == "above" else "above"
    touches = zone_touches(
        case.desk.bars(case.symbol),
        float(case.get("low")),
        float(case.get("high")),
        other,
        float(case.get("separation", 0.03)),
    )
    turned = [
        pd.Timestamp(day)
        for day, outcome in zip(touches["start"], touches["outcome"], strict=True)
        if outcome == "turned" and pd.Timestamp(day).year == year
    ]
    if turned:
        word = "capped" if other == "below" else "held"
        yield f"from {other} it {word} on {day_text(turned[-1])}", day_text(turned[-1])


_NEAR: Final[frozenset[Change]] = frozenset({"series", "basis", "as_of"})
_AS_OF: Final[frozenset[Change]] = frozenset({"as_of"})
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
        percent=True,
        unit="%",
        changes=_NEAR,
        readings=(ParamVariant("on", ("close", _HIGH, _LOW)),),
        fixed=("date",),
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
        unit="$",
        changes=_NEAR - {"series"},
        readings=(*_INTRADAY, ParamVariant("what", (_LAST,))),
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
        unit="$",
        changes=_AS_OF,
        readings=(ParamVariant("on", ("close", "high", "low")),),
        fixed=("date",),
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
        percent=True,
        unit="%",
        changes=_NEAR,
        readings=_INTRADAY,
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
        changes=_NEAR,
        readings=_INTRADAY,
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
        unit="points",
        changes=_AS_OF,
        misses=_last_that_held,
    ),
    CheckKind(
        "streak",
        "Length of a streak",
        "How many months, weeks or days in a row the price has gone one way.",
        (_STEP, _SIGN),
        streak,
        unit="months",
        changes=_NEAR,
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
        changes=_NEAR - {"as_of"},
        misses=_first_after,
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
        changes=_AS_OF,
        misses=_from_the_other_side,
    ),
)  # fmt: skip
