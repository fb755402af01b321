"""Checks on dated facts and events, and on arithmetic between stated values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import pandas as pd

from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import (
    ChartDay,
    ChartLabel,
    ChartLevel,
    ChartSpan,
    ChartSpec,
    ChartSubject,
)
from rut_dash.claims.check_input import CheckInput, Fact
from rut_dash.claims.check_kind import CheckKind, ParamVariant
from rut_dash.claims.check_params import EXPECTED_DAYS, CheckParam, NeededParams, UsedWith
from rut_dash.claims.check_result import CheckResult, point_at, verdict_on
from rut_dash.claims.check_values import DayRange
from rut_dash.claims.choices import Expression, FactDay, FactTime, PriceField, Unit
from rut_dash.claims.formulas import Term, TermKind
from rut_dash.errors import InvalidParameter
from rut_dash.events.kinds import KINDS

_SESSIONS_A_YEAR: Final = 252


def chart_of_days(start: date, end: date, label: ChartLabel) -> ChartSpec:
    """Return a chart around dated facts, with no series of its own."""
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    spans = (ChartSpan(first, last, label),) if last > first else ()
    return ChartSpec(start=first, end=last, days=(ChartDay(first, label),), spans=spans)


def _fact_of(inputs: CheckInput) -> Fact:
    """Return the fact that a check names, or the event it names as one."""
    fact = inputs.data.facts.get(str(inputs.get("fact")))
    if fact is not None:
        return fact
    if inputs.get("event") is None:
        raise InvalidParameter("the fact", inputs.get("fact"), "the id of a fact or of an event")
    event = inputs.data.event(str(inputs.get("event")))
    return Fact(event.id, event.date, event.date, event.label, event.source)


def event_date(inputs: CheckInput) -> CheckResult:
    """Return the day of a fact or an event, compared with when the claim puts it."""
    fact = _fact_of(inputs)
    start, end = fact.start, fact.end
    if inputs.get("counted_from", FactDay.EFFECT) is FactDay.ANNOUNCEMENT:
        if fact.announced is None:
            raise InvalidParameter("the day of the announcement", fact.label, "a fact that has one")
        start = end = fact.announced
    match inputs.get("relation"):
        case FactTime.BY_CLAIM:
            holds = start <= inputs.data.as_of.date()
        case FactTime.AFTER_CLAIM:
            holds = start > inputs.data.published.date()
        case _:
            first, last = inputs.get("expect_from", start), inputs.get("expect_to", end)
            holds = first <= start and end <= last
    last_day = None if start == end else end
    term = Term.of(
        TermKind.DATED_FACT, label=fact.label, start=start, end=last_day, source=fact.source
    )
    return CheckResult(
        start if start == end else DayRange(start, end),
        (term,),
        verdict_on(holds),
        chart_of_days(start, end, ChartLabel(text=fact.label)),
        formulas.Remark.FACT,
    )


def _last_day_ahead(inputs: CheckInput) -> Iterator[formulas.NearMiss]:
    """Yield the last day on which an event lay ahead that is past by the claim."""
    if inputs.get("relation") is FactTime.AFTER_CLAIM:
        day = pd.Timestamp(_fact_of(inputs).start) - pd.Timedelta(days=1)
        if day <= inputs.data.published:
            yield formulas.NearMiss(Term.of(TermKind.AHEAD_UNTIL, day=day), day)


def events_per_year(inputs: CheckInput) -> CheckResult:
    """Return the number of events of a kind in the year of the claim, as far as known then."""
    key = str(inputs.get("event_kind"))
    if key not in KINDS:
        raise InvalidParameter("the kind of event", key, f"one of {', '.join(KINDS)}")
    kind, year = KINDS[key], inputs.data.as_of.year
    # What a rule generates is known ahead; of listed events only those up to the as-of are.
    events = {event.id: event for event in inputs.data.events.of_kinds((key,))}
    if kind.rule is not None:
        events |= {event.id: event for event in kind.rule(date(year, 12, 31))}
    days = tuple(sorted(event.date for event in events.values() if event.date.year == year))
    label = ChartLabel(text=kind.event_label)
    spec = ChartSpec(
        start=pd.Timestamp(days[0]) if days else None,
        end=pd.Timestamp(days[-1]) if days else None,
        days=tuple(ChartDay(pd.Timestamp(day), label) for day in days),
    )
    term = Term.of(TermKind.EVENTS_OF_YEAR, kind_label=kind.label, year=year, days=days)
    return CheckResult(float(len(days)), (term,), None, spec, formulas.Remark.FACT)


# --- Arithmetic ----------------------------------------------------------------------------------


# Of two stated values.
_COMPUTE: Final[dict[Expression, Callable[[float, float], float]]] = {
    Expression.DISCOUNT: lambda a, b: 1.0 - a / b,
    Expression.PREMIUM: lambda a, b: b / a - 1.0,
    Expression.DIFFERENCE: lambda a, b: (a - b) / 100.0,
    Expression.RATIO_OF_GROWTH: lambda a, b: (1.0 + a / 100.0) / (1.0 + b / 100.0) - 1.0,
}


def arithmetic(inputs: CheckInput) -> CheckResult:
    """Return what follows from two stated values, or from a target and a price."""
    expression: Expression = inputs.get("expression")
    if expression is Expression.TARGET_OVER_CLOSE:
        return _target_over_price(inputs)
    a, b = inputs.get("a"), inputs.get("b")
    if expression is Expression.STATED_ELSEWHERE:
        return _stated_elsewhere(expression, a)
    if a is None or b is None:
        raise InvalidParameter("the values of the arithmetic", None, "two, a and b")
    try:
        value = _COMPUTE[expression](float(a), float(b))
    except ZeroDivisionError:
        raise InvalidParameter("the divisor of the arithmetic", 0, "another number") from None
    term = Term.of(TermKind.ARITHMETIC, expression=expression, a=float(a), b=float(b), value=value)
    return CheckResult(value, (term,))


def _stated_elsewhere(expression: Expression, a: float | None) -> CheckResult:
    """Return a value that the text itself states in another place."""
    if a is None:
        raise InvalidParameter("the value of the arithmetic, a,", None, "a number")
    value = a / 100.0
    term = Term.of(TermKind.ARITHMETIC, expression=expression, a=a, b=None, value=value)
    return CheckResult(value, (term,))


def _target_over_price(inputs: CheckInput) -> CheckResult:
    """Return a target over the last price less 1."""
    if inputs.get("target") is None:
        raise InvalidParameter("the target of the arithmetic", None, "a number")
    target, column = float(inputs.get("target")), inputs.get("on", PriceField.CLOSE)
    prices = (
        inputs.close if column is PriceField.CLOSE else inputs.data.intraday(inputs.symbol, column)
    )
    last = point_at(prices)
    spec = ChartSpec(
        (inputs.symbol,),
        prices.index[max(0, len(prices) - _SESSIONS_A_YEAR)],
        prices.index[-1],
        levels=(
            ChartLevel(target, ChartLabel(ChartSubject.TARGET, price=target)),
            ChartLevel.of(formulas.PriceLevel(last.price)),
        ),
        days=(ChartDay(prices.index[-1], ChartLabel(column)),),
    )
    value = target / last.price - 1.0
    term = Term.of(
        TermKind.TARGET_DISTANCE, target=target, field=column, symbol=inputs.symbol, point=last,
        value=value,
    )  # fmt: skip
    return CheckResult(value, (term,), None, spec)


_WITH_A: Final = (*_COMPUTE, Expression.STATED_ELSEWHERE)
_WITH_TARGET: Final = UsedWith("expression", (Expression.TARGET_OVER_CLOSE,))

ORDER: Final = 70
ROWS: Final = (
    CheckKind(
        "event_date",
        "Date of an event",
        "When something happened, against when the claim puts it.",
        (
            CheckParam("event", "Event", "event", help="the id of an event of the catalogue"),
            CheckParam("fact", "Or a fact", "text", help="the id of a fact of the file of claims",
                       instead_of=("event",)),
            CheckParam("relation", "Happened", "choice",
                  choices=tuple(FactTime)),
            *(replace(param, used_with=UsedWith("relation", (FactTime.EXPECTED_DAYS,)))
              for param in EXPECTED_DAYS),
            CheckParam("counted_from", "Counted from", "choice", used_with=UsedWith("fact"),
                  choices=tuple(FactDay)),
        ),
        event_date,
        needed_params=(NeededParams(("event", "fact")),),
        needs_series=False,
        near_misses=_last_day_ahead,
        param_variants=(ParamVariant("counted_from", tuple(FactDay)),),
    ),
    CheckKind(
        "events_per_year",
        "Events in a year",
        "How many events of a kind there are in the year of the claim.",
        (CheckParam("event_kind", "Kind of event", "choice", required=True, choices=KINDS),),
        events_per_year,
        needs_series=False,
        unit="a year",
    ),
    CheckKind(
        "arithmetic",
        "Arithmetic",
        "What follows from values that the text states, or from one and a close.",
        (
            CheckParam("expression", "Expression", "choice", required=True,
                  choices=tuple(Expression)),
            CheckParam("a", "a", "number", used_with=UsedWith("expression", _WITH_A)),
            CheckParam("b", "b", "number", used_with=UsedWith("expression", tuple(_COMPUTE))),
            CheckParam("target", "Target", "number", used_with=_WITH_TARGET),
            CheckParam("on", "Over its", "choice", choices=tuple(PriceField),
                       used_with=_WITH_TARGET),
        ),
        arithmetic,
        needed_params=(
            NeededParams(("a",), UsedWith("expression", _WITH_A)),
            NeededParams(("b",), UsedWith("expression", tuple(_COMPUTE))),
            NeededParams(("target",), _WITH_TARGET),
        ),
        needs_series=False,
        optional_series=True,
        series_used_with=_WITH_TARGET,
        percent=True,
        unit=Unit.PERCENT,
        vary=frozenset({"as_of"}),
        param_variants=(
            ParamVariant("on", tuple(PriceField)),
            ParamVariant("expression", (Expression.DISCOUNT, Expression.PREMIUM)),
            ParamVariant("expression", (Expression.DIFFERENCE, Expression.RATIO_OF_GROWTH)),
        ),
        pinned_by=("a",),
    ),
)  # fmt: skip
