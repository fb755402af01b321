"""Checks on the returns of one series: over a period, since an event, between two days."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd

from rut_dash.analysis.returns import period_start, sessions_of
from rut_dash.claims.chart_spec import ChartDay, ChartLabel, ChartSpan, ChartSpec, ChartSubject
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import ALL_VARIATIONS, CheckKind, ParamVariant
from rut_dash.claims.check_params import CheckParam, UsedWith
from rut_dash.claims.check_result import (
    CheckResult,
    Verdict,
    highest,
    lowest,
    point_on,
    verdict_on,
    verdict_on_cases,
)
from rut_dash.claims.check_values import CaseCount
from rut_dash.claims.choices import Expectation, PriceField, SessionPrice, Unit
from rut_dash.claims.formulas import Formula, PriceChange, Term, TermKind
from rut_dash.errors import InsufficientHistory, InvalidParameter, OutOfRange
from rut_dash.events.event import Direction, Event
from rut_dash.market.history import Basis

PERIODS: Final = ("1W", "1M", "3M", "6M", "1Y", "3Y", "5Y", "10Y")
# The intraday low or high of an event may be some sessions away from its close.
_EVENT_WINDOW: Final = 5
END: Final = CheckParam(
    "end", "To", "day", help="the day of the claim where empty", not_below="start"
)
EVENT: Final = CheckParam("event", "Since the event", "event", help="the id of an event")
AT_LEAST: Final = CheckParam("at_least", "At least, %", "percent")
AT_MOST: Final = CheckParam("at_most", "At most, %", "percent", not_below="at_least")


def change_terms(*price_changes: PriceChange) -> Formula:
    """Return price changes as terms of a formula."""
    return tuple(Term.of(TermKind.PRICE_CHANGE, change=change) for change in price_changes)


def price_change(
    inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp, symbol: str | None = None
) -> PriceChange:
    """Return the change of a series between two of its sessions, the check's own by default."""
    symbol = symbol or inputs.symbol
    close = inputs.data.close(symbol, inputs.basis)
    reinvested = inputs.basis is Basis.TOTAL
    return PriceChange(symbol, point_on(close, start), point_on(close, end), reinvested)


def session_from(
    inputs: CheckInput, end: pd.Timestamp, period: str, figure: str = "a return"
) -> pd.Timestamp:
    """Return the session from which a period that ends at a session runs.

    Raises
    ------
    InsufficientHistory
        If the history does not reach back so far.
    """
    index = sessions_of(inputs.close)
    index = index[: index.searchsorted(end, side="right")]
    start = period_start(index, period.upper())
    if start is None:
        raise InsufficientHistory(f"{inputs.symbol}: {figure}", 2, len(index))
    return start


def _chart_spec(inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp) -> ChartSpec:
    close = inputs.close
    ends = ((start, ChartSubject.START), (end, ChartSubject.END))
    return ChartSpec(
        (inputs.symbol,),
        start,
        end,
        days=tuple(
            ChartDay(day, ChartLabel(subject, price=float(close.loc[day])))
            for day, subject in ends
            if day in close.index
        ),
        spans=(ChartSpan(start, end),),
    )


def _result(
    inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp, verdict: Verdict | None
) -> CheckResult:
    change = price_change(inputs, start, end)
    spec = _chart_spec(inputs, start, end)
    return CheckResult(change.value, change_terms(change), verdict, spec)


def _period_ends(inputs: CheckInput) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the sessions between which the return of the named period runs."""
    period = inputs.get("period")
    index = sessions_of(inputs.close)
    if period == "day":
        day = inputs.day("day") or inputs.data.as_of
        position = index.get_indexer(pd.DatetimeIndex([day]))[0]
        if position < 1:
            raise OutOfRange(
                inputs.symbol, day.date(), index[0].date(), index[-1].date(),
                remedy="Choose a session",
            )  # fmt: skip
        return index[position - 1], index[position]
    if period == "month":
        first = pd.Timestamp(f"{inputs.get('month') or f'{inputs.data.as_of:%Y-%m}'}-01")
        end = inputs.day("end") or min(first + pd.offsets.MonthEnd(0), inputs.data.as_of)
        last = inputs.session(end)
        if last < first:
            raise OutOfRange(inputs.symbol, first.date(), index[0].date(), index[-1].date())
        return inputs.session(first - pd.Timedelta(days=1)), last
    end = inputs.session(inputs.end())
    return session_from(inputs, end, period, f"a return over {period}"), end


def return_over_period(inputs: CheckInput) -> CheckResult:
    """Return the return of a day, a month, or a period that ends at the as-of."""
    start, end = _period_ends(inputs)
    expected = inputs.get("expect")
    if expected is None:
        return _result(inputs, start, end, None)
    value = price_change(inputs, start, end).value
    return _result(
        inputs, start, end, verdict_on(value > 0 if expected is Expectation.RISE else value < 0)
    )


def return_since_event(inputs: CheckInput) -> CheckResult:
    """Return the return since the session from which an event counts."""
    start = inputs.start()
    if start is None:
        raise InvalidParameter("the event", None, "the id of an event of the catalogue")
    end = inputs.session(inputs.end())
    if inputs.get("on") is SessionPrice.INTRADAY:
        return _return_since_intraday(inputs, inputs.data.event(inputs.get("event")), start, end)
    value = price_change(inputs, start, end).value
    return _result(inputs, start, end, inputs.verdict_by_bounds(value))


def _return_since_intraday(
    inputs: CheckInput, event: Event, start: pd.Timestamp, end: pd.Timestamp
) -> CheckResult:
    """Return the return since the intraday low or high around an event."""
    if inputs.basis is Basis.TOTAL or event.direction not in (Direction.LOW, Direction.HIGH):
        raise InvalidParameter("an intraday start", event.id, "a low or a high on the price basis")
    bars = inputs.data.bars(inputs.symbol)
    position = int(sessions_of(bars).searchsorted(start))
    window = bars.iloc[max(0, position - _EVENT_WINDOW) : position + _EVENT_WINDOW + 1]
    is_low = event.direction is Direction.LOW
    field = PriceField.LOW if is_low else PriceField.HIGH
    base = (lowest if is_low else highest)(window[field].dropna())
    last = price_change(inputs, start, end).end
    change = PriceChange(inputs.symbol, base, last, start_field=field)
    verdict = inputs.verdict_by_bounds(change.value)
    spec = _chart_spec(inputs, base.day, end)
    return CheckResult(change.value, change_terms(change), verdict, spec)


def return_between(inputs: CheckInput) -> CheckResult:
    """Return the return between two days; of two series, how many are within the bounds."""
    first_day = inputs.day("start")
    assert first_day is not None
    symbols = (inputs.symbol, inputs.other) if inputs.get("other") else (inputs.symbol,)
    results = []
    for symbol in symbols:
        leg = CheckInput(inputs.data, symbol, inputs.basis, inputs.params)
        start, end = leg.session(first_day), leg.session(leg.end())
        value = price_change(leg, start, end).value
        results.append(_result(leg, start, end, leg.verdict_by_bounds(value)))
    if len(results) == 1:
        return results[0]
    count = sum(result.verdict is Verdict.CONFIRMED for result in results)
    spec = results[0].chart_spec
    return CheckResult(
        CaseCount(count, len(results)),
        tuple(term for result in results for term in result.formula),
        verdict_on_cases(count, len(results)),
        ChartSpec(symbols, spec.start, spec.end, days=spec.days, form="rebased"),
    )


ORDER: Final = 10
ROWS: Final = (
    CheckKind(
        "period_return",
        "Return over a period",
        "The return of a day, a month, the year to date or a period that ends at the as-of.",
        (
            CheckParam("period", "Period", "choice", required=True,
                       choices=("ytd", "month", "day", *PERIODS)),
            CheckParam("day", "Day", "day", help="for a day's return",
                       used_with=UsedWith("period", ("day",))),
            CheckParam("month", "Month", "month", help="for a month's return, such as 2025-07",
                       used_with=UsedWith("period", ("month",))),
            replace(END, used_with=UsedWith("period", ("ytd", "month", *PERIODS))),
            CheckParam("expect", "Expected", "choice",
                       choices=(Expectation.RISE, Expectation.FALL), blank=True,
                       help="where the claim states no number"),
        ),
        return_over_period,
        percent=True,
        unit=Unit.PERCENT,
        vary=ALL_VARIATIONS,
        shift_param="end",
        pinned_by=("day",),
    ),
    CheckKind(
        "return_since",
        "Return since an event",
        "The return from the last close before an event (a low or a high: from its own close).",
        (
            CheckParam("event", "Event", "event", required=True, help="the id of an event"),
            END,
            CheckParam("on", "Counted from", "choice", choices=tuple(SessionPrice)),
            AT_LEAST,
            AT_MOST,
        ),
        return_since_event,
        percent=True,
        unit=Unit.PERCENT,
        vary=ALL_VARIATIONS,
        param_variants=(ParamVariant("on", tuple(SessionPrice)),),
        shift_param="end",
    ),
    CheckKind(
        "return_between",
        "Return between two days",
        "The return from one day's close to another's; with a second series, of both.",
        (
            CheckParam("start", "From", "day", required=True,
                       help="the last session on or before it"),
            END,
            AT_LEAST,
            AT_MOST,
            CheckParam("other", "And also", "symbol"),
        ),
        return_between,
        percent=True,
        unit=Unit.PERCENT,
        vary=ALL_VARIATIONS,
        pinned_by=("end",),
    ),
)  # fmt: skip
