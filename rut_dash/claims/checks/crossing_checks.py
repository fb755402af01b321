"""The check on a level that was passed, or never."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from rut_dash.analysis.levels import Side
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import (
    ChartDay,
    ChartLabel,
    ChartLevel,
    ChartSpec,
    ChartSubject,
)
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam, NeededParams, UsedWith
from rut_dash.claims.check_result import (
    CheckResult,
    Verdict,
    highest,
    lowest,
    point_at,
    verdict_on,
)
from rut_dash.claims.check_values import NeverPassed
from rut_dash.claims.checks.level_checks import (
    AS_OF,
    HIGH_PARAMS,
    LEVEL_NAMES,
    SESSION_PRICE,
    START,
    counted_field,
    field_prices,
    reference_level,
    refuse_day,
    year_before,
)
from rut_dash.claims.choices import (
    Crossing,
    PriceField,
    SessionPrice,
    Unit,
)
from rut_dash.claims.formulas import Term, TermKind

_MARKED_CROSSINGS: Final = 5


def _beyond(inputs: CheckInput, level: float) -> tuple[SessionPrice, Side, pd.Series, pd.Series]:
    """Return the field, the side, the prices, and on which sessions they are beyond a level."""
    on: SessionPrice = inputs.get("on", SessionPrice.CLOSE)
    side: Side = inputs.get("direction", Side.ABOVE)
    values = field_prices(
        inputs, counted_field(on, PriceField.HIGH if side is Side.ABOVE else PriceField.LOW)
    )
    start = inputs.day("start")
    if start is not None and start > inputs.data.as_of:
        refuse_day(inputs, start)
    return on, side, values, values > level if side is Side.ABOVE else values < level


def _crossed_level(inputs: CheckInput) -> formulas.PriceLevel:
    on: SessionPrice = inputs.get("on", SessionPrice.CLOSE)
    return reference_level(inputs, counted_field(on, PriceField.HIGH))


def level_crossed(inputs: CheckInput) -> CheckResult:
    """Return the day on which a level was last passed, or first where it is expected never."""
    level = _crossed_level(inputs)
    if inputs.get("expect", Crossing.CROSSED) is Crossing.NEVER:
        return _never_crossed(inputs, level)
    on, side, values, beyond = _beyond(inputs, level.price)
    within = inputs.get("within_sessions")
    index = sessions_of(values)
    start = inputs.day("start") or inputs.day("high_to")
    passed = beyond.to_numpy() & ~beyond.shift(fill_value=bool(beyond.iloc[0])).to_numpy()
    days = index[passed]
    if start is not None:
        days = days[days >= start]
    label = ChartLabel(side, price=level.price)
    spec = ChartSpec(
        (inputs.symbol,),
        start or year_before(index, index[-1]),
        index[-1],
        levels=(ChartLevel.of(level),),
        days=tuple(ChartDay(day, label) for day in days[-_MARKED_CROSSINGS:]),
    )
    if days.empty:
        nothing = Term.of(TermKind.NO_LEVEL_CROSSING, on=on, level=level)
        return CheckResult(None, (nothing,), Verdict.FALSE, spec)
    position = int(index.searchsorted(days[-1]))
    sessions_ago = len(index) - 1 - position
    term = Term.of(
        TermKind.LEVEL_CROSSING,
        before=point_at(values, position - 1),
        after=point_at(values, position),
        side=side,
        level=level,
        last=point_at(values),
        sessions_ago=sessions_ago,
    )
    holds = bool(beyond.iloc[-1]) and (within is None or sessions_ago <= within)
    return CheckResult(days[-1], (term,), verdict_on(holds), spec)


def _first_day(inputs: CheckInput) -> pd.Timestamp | None:
    """Return the day from which a level counts: after the days whose high it is."""
    start, high_to = inputs.day("start"), inputs.day("high_to")
    if high_to is None:
        return start
    return max(filter(None, (start, high_to + pd.Timedelta(days=1))))


def _never_crossed(inputs: CheckInput, level: formulas.PriceLevel) -> CheckResult:
    """Return ``never``, or the first day on which a price was beyond a level."""
    on, side, values, beyond = _beyond(inputs, level.price)
    index, start = sessions_of(values), _first_day(inputs)
    after = beyond.loc[start:]
    passed = sessions_of(after)[after.to_numpy()]
    label = ChartLabel(ChartSubject.FIRST_ABOVE if side is Side.ABOVE else ChartSubject.FIRST_BELOW)
    spec = ChartSpec(
        (inputs.symbol,),
        inputs.day("high_from") or start or index[0],
        index[-1],
        levels=(ChartLevel.of(level),),
        days=tuple(ChartDay(day, label) for day in passed[:1]),
    )
    if passed.empty:
        find = highest if side is Side.ABOVE else lowest
        nearest = find(values.loc[after.index]) if len(after) else None
        never = Term.of(
            TermKind.LEVEL_NEVER_PASSED, on=on, side=side, level=level, end=index[-1],
            nearest=nearest,
        )  # fmt: skip
        return CheckResult(NeverPassed(), (never,), Verdict.CONFIRMED, spec)
    position = int(index.searchsorted(passed[0]))
    term = Term.of(
        TermKind.LEVEL_PASSED, on=on, side=side, level=level, point=point_at(values, position),
        sessions=len(passed), end=index[-1],
    )  # fmt: skip
    return CheckResult(
        passed[0],
        (term,),
        Verdict.FALSE,
        spec,
        distance=float(len(index) - position),
    )


def _last_day_uncrossed(inputs: CheckInput) -> Iterator[formulas.NearMiss]:
    """Yield the last close at which a level had never been passed."""
    if inputs.get("expect", Crossing.CROSSED) is not Crossing.NEVER:
        return
    _, _, _, beyond = _beyond(inputs, _crossed_level(inputs).price)
    after = beyond.loc[_first_day(inputs) :]
    passed = sessions_of(after)[after.to_numpy()]
    index = sessions_of(inputs.close)
    if not passed.empty:
        position = int(index.searchsorted(passed[0]))
        if position > 0:
            day = index[position - 1]
            term = Term.of(TermKind.HELD_UNTIL, day=day, sessions=len(index) - position)
            yield formulas.NearMiss(term, day)


ORDER: Final = 35
ROWS: Final = (
    CheckKind(
        "level_crossed",
        "Level crossed",
        "Whether a level, or the high of some days, was passed, and when.",
        (
            CheckParam("level", "Level", "number"),
            *HIGH_PARAMS,
            CheckParam("direction", "To", "choice", choices=tuple(Side)),
            SESSION_PRICE,
            START,
            CheckParam("expect", "Expected", "choice", choices=tuple(Crossing)),
            CheckParam("within_sessions", "Within the last sessions", "count",
                       used_with=UsedWith("expect", (Crossing.CROSSED,))),
        ),
        level_crossed,
        needed_params=(NeededParams(LEVEL_NAMES),),
        unit=Unit.DOLLAR,
        vary=AS_OF,
        near_misses=_last_day_uncrossed,
    ),
)  # fmt: skip
