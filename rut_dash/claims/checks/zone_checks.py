"""The check on touches of a zone of prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.levels import Side, zone_touches
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import ChartBand, ChartDay, ChartLabel, ChartSpec
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam, NeededParams, UsedWith
from rut_dash.claims.check_result import CheckResult, Verdict, verdict_on
from rut_dash.claims.check_values import TouchCounts, TouchEnd
from rut_dash.claims.checks.level_checks import refuse_day
from rut_dash.claims.choices import JudgedTouches
from rut_dash.claims.formulas import Term, TermKind

_SEPARATION: Final = 0.03
_MARKED_TOUCHES: Final = 12


def _outcome(outcome: str, side: Side) -> formulas.TouchOutcome:
    if outcome == "turned":
        return formulas.TouchOutcome.HELD if side is Side.ABOVE else formulas.TouchOutcome.CAPPED
    return formulas.TouchOutcome(outcome)


def _touches(
    inputs: CheckInput, bars: pd.DataFrame, side: Side
) -> tuple[list[formulas.ZoneTouch], list[pd.Timestamp]]:
    """Return the touches of the zone from a side, and the days on which they ended."""
    low, high = float(inputs.get("low")), float(inputs.get("high"))
    separation = float(inputs.get("separation", _SEPARATION))
    frame = zone_touches(bars, low, high, side, separation)
    touches = [
        formulas.ZoneTouch(pd.Timestamp(start), _outcome(str(outcome), side))
        for start, outcome in zip(frame["start"], frame["outcome"], strict=True)
    ]
    return touches, [pd.Timestamp(end) for end in frame["end"]]


def zone(inputs: CheckInput) -> CheckResult:
    """Return how many touches of a zone were turned back, or how the last one ended."""
    low, high = float(inputs.get("low")), float(inputs.get("high"))
    side: Side = inputs.get("side", Side.ABOVE)
    separation = float(inputs.get("separation", _SEPARATION))
    bars, start = inputs.data.bars(inputs.symbol), inputs.day("start")
    if start is not None:
        bars = bars.loc[start:]
        if bars.empty:
            refuse_day(inputs, start)
    touches, ends = _touches(inputs, bars, side)
    arming_level = high * (1 + separation) if side is Side.ABOVE else low * (1 - separation)
    marked = touches[-_MARKED_TOUCHES:]
    spec = ChartSpec(
        (inputs.symbol,),
        start or (pd.Timestamp(marked[0].day) if marked else bars.index[0]),
        bars.index[-1],
        bands=(ChartBand(low, high),),
        days=tuple(
            ChartDay(pd.Timestamp(touch.day), ChartLabel(touch.outcome)) for touch in marked
        ),
    )
    formula = (
        Term.of(
            TermKind.ZONE_TOUCHES, low=low, high=high, side=side, arming_level=arming_level,
            touches=tuple(touches),
        ),
    )  # fmt: skip
    match inputs.get("judged", JudgedTouches.MOST):
        case JudgedTouches.MOST:
            return _judged_by_most(inputs, touches, sessions_of(bars), formula, spec)
        case JudgedTouches.LAST:
            return _judged_by_last(touches, ends, formula, spec)
        case _:
            return _judged_by_year(inputs.get("last_year"), touches, formula, spec)


def _judged_by_most(
    inputs: CheckInput,
    touches: list[formulas.ZoneTouch],
    index: pd.DatetimeIndex,
    formula: formulas.Formula,
    spec: ChartSpec,
) -> CheckResult:
    """Return the counts of outcomes: confirmed where most touches were turned back."""
    word = _outcome("turned", inputs.get("side", Side.ABOVE))
    outcomes = [touch.outcome for touch in touches]
    turned, broke = outcomes.count(word), outcomes.count(formulas.TouchOutcome.BROKE)
    pending = outcomes.count(formulas.TouchOutcome.OPEN)
    counts = TouchCounts(word, turned, broke, pending)
    least = int(inputs.get("min_count", 2))
    are_moves_enough = True
    if inputs.get("move_sessions"):
        sessions = int(inputs.get("move_sessions"))
        move_count = _move_count([t.day for t in touches if t.outcome is word], index, sessions)
        formula += (Term.of(TermKind.ZONE_MOVES, sessions=sessions, move_count=move_count),)
        are_moves_enough = move_count >= least
    if turned < least:
        verdict = Verdict.FALSE
    else:
        verdict = Verdict.CONFIRMED if turned > broke and are_moves_enough else Verdict.MIXED
    return CheckResult(counts, formula, verdict, spec)


def _move_count(days: list[pd.Timestamp], index: pd.DatetimeIndex, sessions: int) -> int:
    """Return the number of groups of days in which each is nearer than that to the one before."""
    positions = index.get_indexer(pd.DatetimeIndex(days))
    return 1 + int((np.diff(positions) >= sessions).sum()) if days else 0


def _judged_by_last(
    touches: list[formulas.ZoneTouch],
    ends: list[pd.Timestamp],
    formula: formulas.Formula,
    spec: ChartSpec,
) -> CheckResult:
    """Return how the last touch that ended did so, and when."""
    ended = [
        (touch.outcome, end)
        for touch, end in zip(touches, ends, strict=True)
        if touch.outcome is not formulas.TouchOutcome.OPEN
    ]
    if not ended:
        return CheckResult(
            TouchEnd(formulas.TouchOutcome.OPEN), formula, Verdict.NOT_YET_KNOWN, spec
        )
    outcome, end = ended[-1]
    verdict = verdict_on(outcome is not formulas.TouchOutcome.BROKE)
    return CheckResult(TouchEnd(outcome, end), formula, verdict, spec)


def _judged_by_year(
    year: int | None, touches: list[formulas.ZoneTouch], formula: formulas.Formula, spec: ChartSpec
) -> CheckResult:
    """Return the day of the last touch that was turned back: confirmed in a year."""
    turned = [
        t.day
        for t in touches
        if t.outcome in (formulas.TouchOutcome.HELD, formulas.TouchOutcome.CAPPED)
    ]
    if not turned or year is None:
        return CheckResult(None, formula, Verdict.FALSE, spec)
    return CheckResult(turned[-1], formula, verdict_on(turned[-1].year == year), spec)


def _from_other_side(inputs: CheckInput) -> Iterator[formulas.NearMiss]:
    """Yield the last touch from the other side that was turned back in the year of the claim."""
    year = inputs.get("last_year")
    if inputs.get("judged") is not JudgedTouches.YEAR or year is None:
        return
    side = Side.BELOW if inputs.get("side", Side.ABOVE) is Side.ABOVE else Side.ABOVE
    touches, _ = _touches(inputs, inputs.data.bars(inputs.symbol), side)
    word = _outcome("turned", side)
    turned = [touch for touch in touches if touch.outcome is word and touch.day.year == year]
    if turned:
        term = Term.of(TermKind.OTHER_SIDE_TOUCH, side=side, touch=turned[-1])
        yield formulas.NearMiss(term, turned[-1].day)


ORDER: Final = 50
ROWS: Final = (
    CheckKind(
        "zone_touches",
        "Touches of a zone",
        "How often the price came to a zone from one side, and whether it was turned back.",
        (
            CheckParam("low", "Lower edge", "number", required=True),
            CheckParam("high", "Upper edge", "number", required=True, not_below="low"),
            CheckParam("side", "From", "choice", choices=tuple(Side)),
            CheckParam("separation", "Separation, as a share", "number"),
            CheckParam("start", "From", "day"),
            CheckParam("judged", "Judged by", "choice", choices=tuple(JudgedTouches),
                       help="most touches; the last one that ended; the year of the last one "
                       "turned"),
            CheckParam("min_count", "At least so many", "count",
                       used_with=UsedWith("judged", (JudgedTouches.MOST,))),
            CheckParam("move_sessions", "Sessions between moves", "count",
                       used_with=UsedWith("judged", (JudgedTouches.MOST,)),
                       help="touches closer together are of one move; so many moves are needed "
                       "as well"),
            CheckParam("last_year", "Year of the last one", "count",
                       used_with=UsedWith("judged", (JudgedTouches.YEAR,))),
        ),
        zone,
        needed_params=(NeededParams(("last_year",), UsedWith("judged", (JudgedTouches.YEAR,))),),
        price_only=True,
        vary=frozenset({"as_of"}),
        near_misses=_from_other_side,
    ),
)  # fmt: skip
