"""Checks on two series: returns, shares of a year, multiples, volatilities, cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from rut_dash.analysis.resampling import monthly_ends
from rut_dash.analysis.returns import session_on_or_before, sessions_of
from rut_dash.analysis.risk import annualised_volatility
from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import ChartDay, ChartLabel, ChartSpan, ChartSpec, ChartSubject
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import ALL_VARIATIONS, CheckKind
from rut_dash.claims.check_params import CheckParam, NeededParams, Span, UsedWith
from rut_dash.claims.check_result import CheckResult, Verdict, verdict_on, verdict_on_cases
from rut_dash.claims.check_values import CaseCount
from rut_dash.claims.checks.return_checks import (
    END,
    EVENT,
    PERIODS,
    change_terms,
    price_change,
    session_from,
)
from rut_dash.claims.choices import Expectation, Step, Unit
from rut_dash.claims.formulas import Formula, PriceChange, Term, TermKind
from rut_dash.errors import InsufficientHistory, InvalidParameter, OutOfRange

LEAD_OR_LAG: Final = (Expectation.AHEAD, Expectation.BEHIND)
_OTHER: Final = CheckParam("other", "Against", "symbol", required=True)
_FROM: Final = CheckParam("start", "From", "day", help="the last session on or before it")
_START: Final = replace(_FROM, instead_of=("event",))
_PERIOD: Final = CheckParam(
    "period", "Or a period", "choice", choices=("ytd", *PERIODS), blank=True,
    instead_of=("event", "start"),
)  # fmt: skip


def price_changes_of_both(
    inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[PriceChange, PriceChange]:
    """Return the price changes of the series and the other one between two days."""
    own, other = (
        price_change(inputs, inputs.session(start, symbol), inputs.session(end, symbol), symbol)
        for symbol in (inputs.symbol, inputs.other)
    )
    return own, other


def lead_of(price_changes: tuple[PriceChange, PriceChange]) -> tuple[float, Formula]:
    """Return the first price change less the second, and how that comes about."""
    own, other = price_changes
    lead = own.value - other.value
    return lead, (
        *change_terms(own, other),
        Term.of(TermKind.RETURN_DIFFERENCE, value=lead),
    )


def chart_of_both(inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp) -> ChartSpec:
    """Return a chart of the series, and the other one where there is one, from a day on."""
    symbols = (inputs.symbol, inputs.other) if inputs.get("other") else (inputs.symbol,)
    return ChartSpec(
        symbols,
        start,
        end,
        days=(
            ChartDay(start, ChartLabel(ChartSubject.START)),
            ChartDay(end, ChartLabel(ChartSubject.END)),
        ),
        form="rebased" if len(symbols) > 1 else "close",
    )


def _meets(expected: Expectation, own: float, other: float) -> bool:
    """Return True if two returns are as expected."""
    match expected:
        case Expectation.AHEAD:
            return own > other
        case Expectation.BEHIND:
            return own < other
        case Expectation.RISE:
            return own > 0
        case _:
            return abs(own) > abs(other)


def relative_return(inputs: CheckInput) -> CheckResult:
    """Compare the returns of two series over a stretch, or over several."""
    expected: Expectation = inputs.get("expect", Expectation.AHEAD)
    spans: tuple[Span, ...] | None = inputs.get("spans")
    if spans is not None:
        return _over_spans(inputs, spans, expected, [_span_label(span) for span in spans])
    end = inputs.session(inputs.end())
    start = inputs.start()
    if start is None:
        period = str(inputs.get("period", "ytd")).upper()
        start = session_from(inputs, end, period, f"a return over {period}")
    price_changes = price_changes_of_both(inputs, start, end)
    lead, formula = lead_of(price_changes)
    own, other = (change.value for change in price_changes)
    least = float(inputs.get("by_at_least", 0.0))
    holds = _meets(expected, own, other) and abs(lead) >= least
    return CheckResult(
        lead,
        formula,
        verdict_on(holds),
        chart_of_both(inputs, start, end),
        distance=abs(lead),
    )


def _span_label(span: Span) -> ChartLabel:
    return (
        ChartLabel(text=span.label)
        if span.label
        else ChartLabel(ChartSubject.START, day=span.start)
    )


def _over_spans(
    inputs: CheckInput, spans: Sequence[Span], expected: Expectation, labels: Sequence[ChartLabel]
) -> CheckResult:
    """Count the stretches over which a statement holds; those that are not over do not count."""
    count = 0
    terms: list[Term] = []
    chart_spans: list[ChartSpan] = []
    for span, label in zip(spans, labels, strict=True):
        start, end = pd.Timestamp(span.start), pd.Timestamp(span.end)
        if end > inputs.data.as_of:
            terms.append(Term.of(TermKind.OPEN_SPAN, span=span))
            continue
        if inputs.get("other"):
            price_changes: tuple[PriceChange, ...] = price_changes_of_both(inputs, start, end)
        else:
            price_changes = (price_change(inputs, inputs.session(start), inputs.session(end)),)
        own, *others = (change.value for change in price_changes)
        count += _meets(expected, own, others[0] if others else 0.0)
        terms += change_terms(*price_changes)
        chart_spans.append(ChartSpan(start, end, label))
    spec = ChartSpec()
    if chart_spans:
        whole = chart_of_both(
            inputs, min(s.start for s in chart_spans), max(s.end for s in chart_spans)
        )
        form = "ratio" if whole.form == "rebased" else whole.form
        spec = replace(whole, days=(), spans=tuple(chart_spans), form=form)
    return CheckResult(
        CaseCount(count, len(chart_spans)) if chart_spans else None,
        tuple(terms),
        verdict_on_cases(count, len(chart_spans)),
        spec,
    )


def cycle_study(inputs: CheckInput) -> CheckResult:
    """Count the cycles after whose start, or the stretches in which, a statement holds."""
    expected: Expectation = inputs.get("expect", Expectation.AHEAD)
    spans: tuple[Span, ...] | None = inputs.get("spans")
    if spans is not None:
        return _over_spans(inputs, spans, expected, [_span_label(span) for span in spans])
    cycles, months = inputs.get("cycles"), inputs.get("months")
    if not cycles or not months:
        raise InvalidParameter("a study of cycles", None, "spans, or cycles with months")
    index = sessions_of(inputs.close)
    after_cycles = []
    for day in cycles:
        before = session_on_or_before(index, pd.Timestamp(day) - pd.Timedelta(days=1))
        if before is None:
            raise OutOfRange(inputs.symbol, day, index[0].date(), index[-1].date())
        end = pd.Timestamp(day) + pd.DateOffset(months=months)
        after_cycles.append(Span(before.date(), end.date()))
    labels = [ChartLabel(ChartSubject.START, day=day) for day in cycles]
    return _over_spans(inputs, after_cycles, expected, labels)


def _gains_of_year(inputs: CheckInput, step: Step) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Return the gains of both series by session since year-end or by month, and the sessions."""
    symbols = (inputs.symbol, inputs.other)
    closes = {symbol: inputs.data.close(symbol, inputs.basis) for symbol in symbols}
    year_end = inputs.session(pd.Timestamp(inputs.data.as_of.year - 1, 12, 31))
    year = pd.concat(closes, axis=1, join="inner").loc[year_end:]
    days = sessions_of(year)
    if step is Step.SESSION:
        return year.iloc[1:] / year.iloc[0], days
    ends = monthly_ends(year)
    return (ends / ends.shift()).iloc[1:], days


def relative_share(inputs: CheckInput) -> CheckResult:
    """Return the share of the year's sessions or months in which a series was behind the other."""
    other = inputs.other
    step = inputs.get("step", Step.SESSION)
    relation = inputs.get("expect", Expectation.BEHIND)
    gains, days = _gains_of_year(inputs, step)
    if gains.empty:
        raise InsufficientHistory(f"{inputs.symbol}: a share of the year", 2, len(days))
    own, others = gains[inputs.symbol], gains[other]
    meets = own > others if relation is Expectation.AHEAD else own < others
    share, least = float(meets.mean()), inputs.get("at_least", 0.5)
    term = Term.of(
        TermKind.SHARE_OF_PERIODS, symbol=inputs.symbol, relation=relation, other=other,
        count=int(meets.sum()), total=len(meets), step=step, start=days[0], end=days[-1],
        share=share,
    )  # fmt: skip
    return CheckResult(
        share,
        (term,),
        verdict_on(share >= least),
        chart_of_both(inputs, days[0], days[-1]),
        distance=abs(share - least),
    )


def return_multiple(inputs: CheckInput) -> CheckResult:
    """Return a return over that of another series; false where that one did not rise."""
    # The other series comes first: where it did not rise, that alone decides.
    base = CheckInput(inputs.data, inputs.other, inputs.basis, inputs.params)
    end = base.session(base.end())
    start = base.start() or session_from(base, end, str(inputs.get("period", "ytd")))
    change = price_change(base, base.session(start), end)
    if change.value <= 0:
        spec = ChartSpec((base.symbol,), start, end, spans=(ChartSpan(start, end),))
        remark = formulas.Remark.OTHER_DID_NOT_RISE
        return CheckResult(None, change_terms(change), Verdict.FALSE, spec, remark)
    price_changes = price_changes_of_both(inputs, start, end)
    own, other = (change.value for change in price_changes)
    value = own / other
    quotient = Term.of(TermKind.RETURN_QUOTIENT, own=own, other=other, value=value)
    spec = chart_of_both(inputs, start, end)
    return CheckResult(value, (*change_terms(*price_changes), quotient), None, spec)


def volatility_ratio(inputs: CheckInput) -> CheckResult:
    """Divide the annualised volatility of a series by that of another."""
    other = inputs.other
    start, window = inputs.day("start"), inputs.get("window")
    values, counts = [], []
    close = inputs.close
    for symbol in (inputs.symbol, other):
        close = inputs.data.close(symbol, inputs.basis)
        if start is not None:
            close = close.loc[inputs.session(start, symbol) :]
        elif window:
            close = close.iloc[-window - 1 :]
        available = len(close) - 1
        if available < 2 or (window and available < window):
            raise InsufficientHistory(f"{symbol}: a volatility", window or 2, max(0, available))
        values.append(annualised_volatility(close, available))
        counts.append(available)
    first, last = close.index[0], close.index[-1]
    ratio = values[0] / values[1]
    term = Term.of(
        TermKind.VOLATILITY_RATIO, symbol=inputs.symbol, own=values[0], other=other,
        others=values[1], value=ratio, returns=counts[0], end=last,
    )  # fmt: skip
    return CheckResult(
        ratio,
        (term,),
        verdict_on(abs(ratio - 1.0) <= inputs.get("within", 0.1)),
        chart_of_both(inputs, first, last),
        distance=abs(ratio - 1.0),
    )


ORDER: Final = 20
ROWS: Final = (
    CheckKind(
        "relative_return",
        "One series against another",
        "Whether one series did better than another over a stretch, or over several.",
        (
            _OTHER,
            CheckParam("expect", "Expected", "choice",
                       choices=(*LEAD_OR_LAG, Expectation.LARGER_MOVE)),
            EVENT,
            _START,
            END,
            _PERIOD,
            CheckParam("spans", "Or several stretches", "spans",
                       instead_of=("event", "start", "end", "period")),
            CheckParam("by_at_least", "By at least, percentage points", "percent",
                       instead_of=("spans",)),
        ),
        relative_return,
        percent=True,
        unit=Unit.PERCENTAGE_POINTS,
        vary=ALL_VARIATIONS,
        pinned_by=("end", "spans"),
    ),
    CheckKind(
        "relative_share",
        "Share of a year ahead or behind",
        "On how many sessions or months of the year one series was behind the other.",
        (
            _OTHER,
            CheckParam("step", "Counted in", "choice", choices=(Step.SESSION, Step.MONTH),
                       help="sessions: year to date at each; months: each by itself"),
            CheckParam("expect", "Expected", "choice", choices=tuple(reversed(LEAD_OR_LAG))),
            CheckParam("at_least", "Share of at least, %", "percent"),
        ),
        relative_share,
        percent=True,
        unit=Unit.PERCENT,
        vary=ALL_VARIATIONS,
    ),
    CheckKind(
        "return_multiple",
        "Multiple of another's return",
        "How many times the return of another series a return is.",
        (_OTHER, EVENT, _START, END, _PERIOD),
        return_multiple,
        unit=Unit.TIMES,
        vary=ALL_VARIATIONS,
        shift_param="end",
    ),
    CheckKind(
        "volatility_ratio",
        "Ratio of volatilities",
        "Whether the volatility of one series is close to that of another.",
        (
            _OTHER,
            _FROM,
            CheckParam("window", "Or the last sessions", "count", instead_of=("start",)),
            CheckParam("within", "Within, as a share", "number"),
        ),
        volatility_ratio,
        unit=Unit.RATIO,
        vary=ALL_VARIATIONS,
    ),
    CheckKind(
        "cycle_study",
        "Study of cycles",
        "What followed each of several days, or happened in each of several stretches.",
        (
            CheckParam("other", "Against", "symbol"),
            CheckParam("expect", "Expected", "choice", choices=(*LEAD_OR_LAG, Expectation.RISE)),
            CheckParam("cycles", "Days of first cuts", "days"),
            CheckParam("months", "Months after each", "count", used_with=UsedWith("cycles")),
            CheckParam("spans", "Or stretches", "spans", instead_of=("cycles",)),
        ),
        cycle_study,
        needed_params=(
            NeededParams(("spans", "cycles")),
            NeededParams(("months",), UsedWith("cycles")),
            NeededParams(("other",), UsedWith("expect", LEAD_OR_LAG)),
        ),
        vary=ALL_VARIATIONS - {"as_of"},
        pinned_by=("spans", "cycles"),
    ),
)  # fmt: skip
