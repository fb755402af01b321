"""Checks on returns: of one series, of one against another, over cycles; volatility."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.analysis.resampling import monthly_ends
from rut_dash.analysis.returns import period_start, session_on_or_before, sessions_of
from rut_dash.analysis.risk import annualised_volatility
from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckGroup, CheckKind, ParamVariant, Variation
from rut_dash.claims.check_params import CheckParam, Span
from rut_dash.claims.check_result import (
    CheckResult,
    Verdict,
    change_text,
    day_text,
    highest,
    lowest,
    place_of,
    price_text,
    verdict_on,
    verdict_on_cases,
    without_float_noise,
)
from rut_dash.errors import InsufficientHistory, InvalidParameter, OutOfRange
from rut_dash.events.event import Direction
from rut_dash.market.history import Basis
from rut_dash.wording import counted, number, percent, points

__all__ = ["ROWS", "both_returns", "pair_chart_spec"]

_PERIODS: Final = ("ytd", "month", "day", "1W", "1M", "3M", "6M", "1Y", "3Y", "5Y", "10Y")
# A low or a high is looked for so many sessions around the event that names it.
_AROUND: Final = 5
_START: Final = CheckParam("start", "From", "day", help="the last session on or before it")
_END: Final = CheckParam("end", "To", "day", help="the day of the claim where empty")
_SPELL: Final = CheckParam(
    "period", "Or a period", "choice", choices=("ytd", *_PERIODS[3:]), blank=True
)
_EVENT: Final = CheckParam("event", "Since the event", "event", help="the id of an event")
_OTHER: Final = CheckParam("other", "Against", "symbol", required=True)
_LEAST: Final = CheckParam("at_least", "At least, %", "percent")
_MOST: Final = CheckParam("at_most", "At most, %", "percent")
_CYCLES: Final = CheckParam("cycles", "Days of first cuts", "days")
_MONTHS: Final = CheckParam("months", "Months after each", "count")


def _change(close: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the return between two sessions of a series."""
    return float(close.loc[end] / close.loc[start] - 1.0)


def _chart_spec(inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp) -> ChartSpec:
    return ChartSpec(
        (inputs.symbol,),
        start,
        end,
        days=tuple(
            (day, f"{word} {price_text(float(inputs.close.loc[day]))}")
            for day, word in ((start, "from"), (end, "to"))
            if day in inputs.close.index
        ),
        spans=((start, end, ""),),
    )


def _measured(
    inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp, verdict: Verdict | None = None
) -> CheckResult:
    return CheckResult(
        _change(inputs.close, start, end),
        change_text(inputs.symbol, inputs.basis, inputs.close, start, end),
        verdict,
        _chart_spec(inputs, start, end),
    )


def _within(inputs: CheckInput, value: float) -> Verdict | None:
    """Return whether a value lies within the thresholds; None where there are none."""
    least, most = inputs.get("at_least"), inputs.get("at_most")
    if least is None and most is None:
        return None
    rounded = without_float_noise(value)
    return verdict_on((least is None or rounded >= least) and (most is None or rounded <= most))


def _period_ends(inputs: CheckInput) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the sessions between which a named period's return runs."""
    period = inputs.get("period")
    index = sessions_of(inputs.close)
    if period == "day":
        day = inputs.day("day") or inputs.data.as_of
        place = index.get_indexer(pd.DatetimeIndex([day]))[0]
        if place < 1:
            raise OutOfRange(
                inputs.symbol, day.date(), index[0].date(), index[-1].date(),
                remedy="Choose a session",
            )  # fmt: skip
        return index[place - 1], index[place]
    if period == "month":
        named = inputs.get("month") or f"{inputs.data.as_of:%Y-%m}"
        first = pd.Timestamp(f"{named}-01")
        end = inputs.day("end") or min(first + pd.offsets.MonthEnd(0), inputs.data.as_of)
        last = inputs.session(end)
        if last < first:
            raise OutOfRange(inputs.symbol, first.date(), index[0].date(), index[-1].date())
        return inputs.session(first - pd.Timedelta(days=1)), last
    end = inputs.session(inputs.end())
    upto = index[: index.searchsorted(end, side="right")]
    start = period_start(upto, period.upper())
    if start is None:
        raise InsufficientHistory(f"{inputs.symbol}: a return over {period}", 2, len(upto))
    return start, end


def period_return(inputs: CheckInput) -> CheckResult:
    """Return over a day, a month, a year to date or a period that ends at the as-of."""
    start, end = _period_ends(inputs)
    value = _change(inputs.close, start, end)
    expected = inputs.get("expect")
    verdict = (
        None if expected is None else verdict_on(value > 0 if expected == "rise" else value < 0)
    )
    return _measured(inputs, start, end, verdict)


def return_since(inputs: CheckInput) -> CheckResult:
    """Return since an event, from the last close before the news."""
    start = inputs.start()
    if start is None:
        raise InvalidParameter("the event", None, "the id of an event of the catalogue")
    end = inputs.session(inputs.end())
    if inputs.get("on", "close") == "close":
        value = _change(inputs.close, start, end)
        return _measured(inputs, start, end, _within(inputs, value))
    event = inputs.data.event(inputs.get("event"))
    if inputs.basis is Basis.TOTAL or event.direction not in (Direction.LOW, Direction.HIGH):
        raise InvalidParameter("an intraday start", event.id, "a low or a high on the price basis")
    bars = inputs.data.bars(inputs.symbol)
    place = place_of(sessions_of(bars), start)
    around = bars.iloc[max(0, place - _AROUND) : place + _AROUND + 1]
    at, first = (
        lowest(around["low"]) if event.direction is Direction.LOW else highest(around["high"])
    )
    last = float(inputs.close.loc[end])
    value = last / first - 1.0
    formula = (
        f"{inputs.symbol}: {price_text(last)} ({day_text(end)}) / {price_text(first)} (intraday "
        f"{event.direction} of {day_text(at)}) \N{MINUS SIGN} 1 = "
        f"{percent(value, 2)}"
    )
    return CheckResult(value, formula, _within(inputs, value), _chart_spec(inputs, at, end))


def return_between(inputs: CheckInput) -> CheckResult:
    """Return between two days; with another series, both must hold."""
    begin = inputs.day("start")
    assert begin is not None
    symbols = [inputs.symbol, *([inputs.other] if inputs.get("other") else [])]
    found = []
    for symbol in symbols:
        leg = CheckInput(inputs.data, symbol, inputs.basis, inputs.params)
        start, end = leg.session(begin), leg.session(leg.end())
        value = _change(leg.close, start, end)
        found.append(_measured(leg, start, end, _within(leg, value)))
    if len(found) == 1:
        return found[0]
    held = sum(one.verdict is Verdict.CONFIRMED for one in found)
    first = found[0].chart_spec
    return CheckResult(
        f"{held} of {len(found)}",
        "; ".join(one.formula for one in found),
        verdict_on_cases(held, len(found)),
        ChartSpec(tuple(symbols), first.start, first.end, days=first.days, form="rebased"),
    )


def both_returns(
    inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[float, float, str]:
    """Return both legs' returns between two days, and the formula."""
    other = inputs.other
    closes = {s: inputs.data.close(s, inputs.basis) for s in (inputs.symbol, other)}
    made = []
    for symbol, close in closes.items():
        first, last = inputs.session(start, symbol), inputs.session(end, symbol)
        text = change_text(symbol, inputs.basis, close, first, last)
        made.append((_change(close, first, last), text))
    return made[0][0], made[1][0], "; ".join(text for _, text in made)


def _leads(expect: str, own: float, other: float) -> bool:
    match expect:
        case "ahead":
            return own > other
        case "behind":
            return own < other
        case "rise":
            return own > 0
        case _:
            return abs(own) > abs(other)


def relative_return(inputs: CheckInput) -> CheckResult:
    """One series against another: over a stretch, or over several."""
    expect = str(inputs.get("expect", "ahead"))
    spans: tuple[Span, ...] | None = inputs.get("spans")
    if spans is not None:
        return _over_spans(inputs, spans, expect)
    end = inputs.session(inputs.end())
    start = inputs.start()
    if start is None:
        period = str(inputs.get("period", "ytd")).upper()
        index = sessions_of(inputs.close)
        start = period_start(index[: index.searchsorted(end, side="right")], period)
        if start is None:
            raise InsufficientHistory(f"{inputs.symbol}: a return over {period}", 2, len(index))
    own, other, formula = both_returns(inputs, start, end)
    lead = own - other
    holds = _leads(expect, own, other) and abs(lead) >= inputs.get("by_at_least", 0.0)
    return CheckResult(
        lead,
        f"{formula}; difference {points(lead, 2)}",
        verdict_on(holds),
        pair_chart_spec(inputs, start, end),
        distance=abs(lead),
    )


def pair_chart_spec(inputs: CheckInput, start: pd.Timestamp, end: pd.Timestamp) -> ChartSpec:
    """Return a chart_spec of both legs from a day on, or of one where there is no other."""
    legs = (inputs.symbol, inputs.other) if inputs.get("other") else (inputs.symbol,)
    return ChartSpec(
        legs,
        start,
        end,
        days=((start, "from"), (end, "to")),
        form="rebased" if len(legs) > 1 else "close",
    )


def _over_spans(inputs: CheckInput, spans: tuple[Span, ...], expect: str) -> CheckResult:
    """Return how many of several stretches a statement holds over."""
    held, texts, shown = 0, [], []
    for span in spans:
        start, end = pd.Timestamp(span.start), pd.Timestamp(span.end)
        if end > inputs.data.as_of:
            texts.append(f"{span} is not over")
            continue
        if inputs.get("other"):
            own, other, text = both_returns(inputs, start, end)
        else:
            first, last = inputs.session(start), inputs.session(end)
            own, other = _change(inputs.close, first, last), 0.0
            text = change_text(inputs.symbol, inputs.basis, inputs.close, first, last)
        held += _leads(expect, own, other)
        texts.append(text)
        shown.append((start, end, span.label or f"from {span.start}"))
    chart_spec = pair_chart_spec(
        inputs, min(s for s, _, _ in shown), max(e for _, e, _ in shown)
    ) if shown else ChartSpec()  # fmt: skip
    return CheckResult(
        f"{held} of {len(shown)}" if shown else None,
        "; ".join(texts),
        verdict_on_cases(held, len(shown)),
        ChartSpec(
            chart_spec.symbols,
            chart_spec.start,
            chart_spec.end,
            spans=tuple(shown),
            form="ratio" if len(chart_spec.symbols) > 1 else "close",
        ),
    )


def cycle_study(inputs: CheckInput) -> CheckResult:
    """Count over cycles: what followed each of several days, or happened in stretches."""
    expect = str(inputs.get("expect", "ahead"))
    spans: tuple[Span, ...] | None = inputs.get("spans")
    if spans is not None:
        return _over_spans(inputs, spans, expect)
    cycles, months = inputs.get("cycles"), inputs.get("months")
    if not cycles or not months:
        raise InvalidParameter("a study of cycles", None, "spans, or cycles with months")
    index = sessions_of(inputs.close)
    made = []
    for day in cycles:
        before = session_on_or_before(index, pd.Timestamp(day) - pd.Timedelta(days=1))
        if before is None:
            raise OutOfRange(inputs.symbol, day, index[0].date(), index[-1].date())
        end = pd.Timestamp(day) + pd.DateOffset(months=months)
        made.append(Span(before.date(), end.date(), f"from {day:%Y-%m-%d}"))
    return _over_spans(inputs, tuple(made), expect)


def relative_share(inputs: CheckInput) -> CheckResult:
    """Share of the sessions, or months, of the year in which one series was behind the other."""
    other = inputs.other
    both = pd.concat(
        {s: inputs.data.close(s, inputs.basis) for s in (inputs.symbol, other)},
        axis=1,
        join="inner",
    )
    year_end = inputs.session(pd.Timestamp(inputs.data.as_of.year - 1, 12, 31))
    year = both.loc[year_end:]
    if inputs.get("step", "session") == "session":
        gains = year.iloc[1:] / year.iloc[0]
        what = "session"
    else:
        ends = monthly_ends(year)
        gains = (ends / ends.shift()).iloc[1:]
        what = "month"
    behind = gains[inputs.symbol] < gains[other]
    if inputs.get("expect", "behind") == "ahead":
        behind = gains[inputs.symbol] > gains[other]
    if behind.empty:
        raise InsufficientHistory(f"{inputs.symbol}: a share of the year", 2, len(year))
    share = float(behind.mean())
    least = inputs.get("at_least", 0.5)
    return CheckResult(
        share,
        f"{inputs.symbol} {inputs.get('expect', 'behind')} {other} on {int(behind.sum())} of "
        f"{counted(len(behind), what)} from {day_text(year.index[0])} to "
        f"{day_text(year.index[-1])}: {percent(share, 1, sign=False)}",
        verdict_on(share >= least),
        pair_chart_spec(inputs, year.index[0], year.index[-1]),
        distance=abs(share - least),
    )


def return_multiple(inputs: CheckInput) -> CheckResult:
    """How many times the return of another series; without meaning where that one did not rise."""
    end = inputs.session(inputs.end())
    start = inputs.start()
    if start is None:
        index = sessions_of(inputs.close)
        upto = index[: index.searchsorted(end, side="right")]
        start = period_start(upto, str(inputs.get("period", "ytd")).upper())
        if start is None:
            raise InsufficientHistory(f"{inputs.symbol}: a return", 2, len(upto))
    own, other, formula = both_returns(inputs, start, end)
    chart_spec = pair_chart_spec(inputs, start, end)
    if other <= 0:
        return CheckResult(
            None,
            formula,
            Verdict.FALSE,
            chart_spec,
            f"{inputs.other} did not rise, so that no multiple of its return means anything.",
        )
    multiple = own / other
    text = f"{formula}; {number(own * 100, 2)} / {number(other * 100, 2)} = {number(multiple, 2)}"
    return CheckResult(multiple, text, None, chart_spec)


def volatility_ratio(inputs: CheckInput) -> CheckResult:
    """Divide the volatility of one series by that of another."""
    other = inputs.other
    within = inputs.get("within", 0.1)
    start = inputs.day("start")
    window = inputs.get("window")
    values, counts, first, last = [], [], inputs.data.as_of, inputs.data.as_of
    for symbol in (inputs.symbol, other):
        close = inputs.data.close(symbol, inputs.basis)
        if start is not None:
            close = close.loc[inputs.session(start, symbol) :]
        elif window:
            close = close.iloc[-window - 1 :]
        returns = len(close) - 1
        if returns < 2 or (window and returns < window):
            raise InsufficientHistory(f"{symbol}: a volatility", window or 2, max(0, returns))
        values.append(annualised_volatility(close, returns))
        counts.append(returns)
        first, last = close.index[0], close.index[-1]
    ratio = values[0] / values[1]
    return CheckResult(
        ratio,
        f"{inputs.symbol} {percent(values[0], 2, sign=False)} / {other} "
        f"{percent(values[1], 2, sign=False)} = {number(ratio, 3)}: standard deviation of "
        f"{counts[0]:,} daily returns to {day_text(last)}, times the square root of 252",
        verdict_on(abs(ratio - 1.0) <= within),
        pair_chart_spec(inputs, first, last),
        distance=abs(ratio - 1.0),
    )


_EXPECT: Final = CheckParam(
    "expect", "Expected", "choice", choices=("ahead", "behind", "larger move")
)
_NEAR: Final[frozenset[Variation]] = frozenset({"series", "basis", "as_of"})

ROWS: Final = (
    CheckKind(
        "period_return",
        "Return over a period",
        "The return of a day, a month, the year to date or a period that ends at the as-of.",
        (
            CheckParam("period", "Period", "choice", required=True, choices=_PERIODS),
            CheckParam("day", "Day", "day", help="for a day's return"),
            CheckParam("month", "Month", "month", help="for a month's return, such as 2025-07"),
            _END,
            CheckParam(
                "expect",
                "Expected",
                "choice",
                choices=("rise", "fall"),
                blank=True,
                help="where the claim states no number",
            ),
        ),
        period_return,
        group=CheckGroup.RETURNS,
        percent=True,
        unit="%",
        vary=_NEAR,
        shift_param="end",
        pinned_by=("day",),
    ),
    CheckKind(
        "return_since",
        "Return since an event",
        "The return from the last close before an event (a low or a high: from its own close).",
        (
            CheckParam("event", "Event", "event", required=True, help="the id of an event"),
            _END,
            CheckParam("on", "Counted from", "choice", choices=("close", "intraday")),
            _LEAST,
            _MOST,
        ),
        return_since,
        group=CheckGroup.RETURNS,
        percent=True,
        unit="%",
        vary=_NEAR,
        param_variants=(ParamVariant("on", ("close", "intraday")),),
        shift_param="end",
    ),
    CheckKind(
        "return_between",
        "Return between two days",
        "The return from one day's close to another's; with a second series, of both.",
        (
            CheckParam(
                "start", "From", "day", required=True, help="the last session on or before it"
            ),
            _END,
            _LEAST,
            _MOST,
            CheckParam("other", "And also", "symbol"),
        ),
        return_between,
        group=CheckGroup.RETURNS,
        percent=True,
        unit="%",
        vary=_NEAR,
        pinned_by=("end",),
    ),
    CheckKind(
        "relative_return",
        "One series against another",
        "Whether one series did better than another over a stretch, or over several.",
        (
            _OTHER,
            _EXPECT,
            _EVENT,
            _START,
            _END,
            _SPELL,
            CheckParam("spans", "Or several stretches", "spans"),
            CheckParam("by_at_least", "By at least, points", "percent"),
        ),
        relative_return,
        group=CheckGroup.RETURNS,
        percent=True,
        unit="points",
        vary=_NEAR,
        pinned_by=("end", "spans"),
    ),
    CheckKind(
        "relative_share",
        "Share of a year ahead or behind",
        "On how many sessions or months of the year one series was behind the other.",
        (
            _OTHER,
            CheckParam(
                "step",
                "Counted in",
                "choice",
                choices=("session", "month"),
                help="sessions: year to date at each; months: each by itself",
            ),
            CheckParam("expect", "Expected", "choice", choices=("behind", "ahead")),
            CheckParam("at_least", "Share of at least, %", "percent"),
        ),
        relative_share,
        group=CheckGroup.RETURNS,
        percent=True,
        unit="%",
        vary=_NEAR,
    ),
    CheckKind(
        "return_multiple",
        "Multiple of another's return",
        "How many times the return of another series a return is.",
        (
            _OTHER,
            _EVENT,
            _START,
            _END,
            _SPELL,
        ),
        return_multiple,
        group=CheckGroup.RETURNS,
        unit="times",
        vary=_NEAR,
        shift_param="end",
    ),
    CheckKind(
        "volatility_ratio",
        "Ratio of volatilities",
        "Whether the volatility of one series is close to that of another.",
        (
            _OTHER,
            _START,
            CheckParam("window", "Or the last sessions", "count"),
            CheckParam("within", "Within, as a share", "number"),
        ),
        volatility_ratio,
        group=CheckGroup.RETURNS,
        unit="ratio",
        vary=_NEAR,
    ),
    CheckKind(
        "cycle_study",
        "Study of cycles",
        "What followed each of several days, or happened in each of several stretches.",
        (
            CheckParam("other", "Against", "symbol"),
            CheckParam("expect", "Expected", "choice", choices=("ahead", "behind", "rise")),
            _CYCLES,
            _MONTHS,
            CheckParam("spans", "Or stretches", "spans"),
        ),
        cycle_study,
        group=CheckGroup.RETURNS,
        vary=_NEAR - {"as_of"},
        pinned_by=("spans", "cycles"),
    ),
)
