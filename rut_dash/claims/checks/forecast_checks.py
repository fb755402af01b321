"""Checks on what followed a claim: a level reached, one series ahead of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from rut_dash.analysis.levels import Side
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import ChartDay, ChartLabel, ChartLevel, ChartSpec, ChartSubject
from rut_dash.claims.check_input import END_TOLERANCE, CheckInput
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam, NeededParams, UsedWith
from rut_dash.claims.check_result import (
    CheckResult,
    Verdict,
    highest,
    lowest,
    point_at,
    point_on,
    verdict_on,
)
from rut_dash.claims.checks.two_series_checks import (
    LEAD_OR_LAG,
    chart_of_both,
    lead_of,
    price_changes_of_both,
)
from rut_dash.claims.choices import Expectation, Extreme, PriceField, PriceTest, Unit, YesNo
from rut_dash.claims.formulas import Term, TermKind

# Sessions before the claim that a chart shows.
_LEAD: Final = 120
_TESTS: Final = {
    PriceTest.CLOSE_AT_OR_ABOVE: formulas.LevelTest(PriceField.CLOSE, Side.ABOVE),
    PriceTest.CLOSE_AT_OR_BELOW: formulas.LevelTest(PriceField.CLOSE, Side.BELOW),
    PriceTest.HIGH_AT_OR_ABOVE: formulas.LevelTest(PriceField.HIGH, Side.ABOVE),
    PriceTest.HIGH_AT_OR_BELOW: formulas.LevelTest(PriceField.HIGH, Side.BELOW),
    PriceTest.LOW_AT_OR_ABOVE: formulas.LevelTest(PriceField.LOW, Side.ABOVE),
    PriceTest.LOW_AT_OR_BELOW: formulas.LevelTest(PriceField.LOW, Side.BELOW),
}
_HORIZON: Final = (
    CheckParam("months", "Within months", "count"),
    CheckParam("sessions", "Within sessions", "count", instead_of=("months",)),
    CheckParam("until", "By", "day", not_below="start", instead_of=("months", "sessions")),
)


def _horizon_end(inputs: CheckInput, start: pd.Timestamp) -> pd.Timestamp | None:
    """Return the day by which a forecast is judged; None for none or a number of sessions."""
    until = inputs.day("until")
    if until is None and inputs.get("months"):
        until = start + pd.DateOffset(months=int(inputs.get("months")))
    return until


def _bars_after(inputs: CheckInput) -> tuple[pd.DataFrame, bool]:
    """Return the bars after the claim within its horizon, and whether that is over."""
    history = inputs.data.full_history(inputs.symbol)
    first = int(history.sessions.searchsorted(inputs.data.published, side="right"))
    after = history.bars.iloc[first:]
    if inputs.get("sessions"):
        sessions = int(inputs.get("sessions"))
        return after.iloc[:sessions], len(after) >= sessions
    until = _horizon_end(inputs, inputs.data.published)
    if until is None:
        return after, False
    return after.loc[:until], history.last_session >= until


# --- A level -------------------------------------------------------------------------------------


def _level_of(inputs: CheckInput) -> formulas.PriceLevel:
    """Return the level of a forecast: a number, or the close of the claim."""
    level = inputs.get("level")
    if level is not None:
        return formulas.PriceLevel(float(level))
    bars = inputs.data.history(inputs.symbol).bars
    return formulas.PriceLevel(float(bars["close"].iloc[-1]), formulas.LevelOrigin.CLOSE_OF_CLAIM)


def _passes(test: formulas.LevelTest, level: formulas.PriceLevel, prices: pd.Series) -> pd.Series:
    """Return on which sessions prices pass a test; the close of the claim must be exceeded."""
    if level.origin is formulas.LevelOrigin.CLOSE_OF_CLAIM:
        return prices > level.price if test.side is Side.ABOVE else prices < level.price
    return prices >= level.price if test.side is Side.ABOVE else prices <= level.price


def _level_chart(
    inputs: CheckInput, bars: pd.DataFrame, level: formulas.PriceLevel, reached: pd.DatetimeIndex
) -> ChartSpec:
    history = inputs.data.history(inputs.symbol)
    last = inputs.data.full_history(inputs.symbol).last_session
    days = [ChartDay(history.last_session, ChartLabel(ChartSubject.CLAIM))]
    days += [ChartDay(day, ChartLabel(ChartSubject.REACHED)) for day in reached[:1]]
    return ChartSpec(
        (inputs.symbol,),
        history.sessions[max(0, len(history.sessions) - _LEAD)],
        bars.index[-1] if len(bars) else last,
        levels=(ChartLevel.of(level),),
        days=tuple(days),
    )


def forecast_level(inputs: CheckInput) -> CheckResult:
    """Return the day on which a level was reached, else the price that came nearest."""
    bars, over = _bars_after(inputs)
    published = inputs.data.history(inputs.symbol).last_session
    level, test = _level_of(inputs), _TESTS[inputs.get("test", PriceTest.CLOSE_AT_OR_ABOVE)]
    prices = bars[test.field].dropna()
    passes = _passes(test, level, prices)
    reached = sessions_of(prices)[passes.to_numpy()]
    spec = _level_chart(inputs, bars, level, reached)
    if prices.empty:
        nothing = Term.of(TermKind.NO_SESSION_AFTER, day=published, symbol=inputs.symbol)
        return CheckResult(None, (nothing,), Verdict.NOT_YET_KNOWN, spec)
    is_above = test.side is Side.ABOVE
    nearest = (highest if is_above else lowest)(prices)

    def extreme(missed: formulas.PriceLevel | None = None) -> Term:
        return Term.of(
            TermKind.EXTREME_AFTER_CLAIM,
            extreme=Extreme.HIGHEST if is_above else Extreme.LOWEST,
            field=test.field,
            start=prices.index[0],
            end=prices.index[-1],
            point=nearest,
            missed=missed,
        )

    if inputs.get("at_end", YesNo.NO) is YesNo.YES:
        last = point_at(prices)
        verdict = verdict_on(bool(passes.iloc[-1])) if over else Verdict.NOT_YET_KNOWN
        at_end = Term.of(TermKind.PRICE_AT_END, field=test.field, point=last, level=level)
        return CheckResult(last.price, (at_end, extreme()), verdict, spec)
    if len(reached):
        first = Term.of(
            TermKind.FIRST_REACHED,
            test=test,
            beyond=level.origin is formulas.LevelOrigin.CLOSE_OF_CLAIM,
            level=level,
            after=published,
            point=point_on(prices, reached[0]),
        )
        return CheckResult(reached[0], (first, extreme()), Verdict.CONFIRMED, spec)
    verdict = Verdict.FALSE if over else Verdict.NOT_YET_KNOWN
    return CheckResult(nearest.price, (extreme(level),), verdict, spec)


def _reached_late(inputs: CheckInput) -> Iterator[formulas.NearMiss]:
    """Yield when the level was reached, where that was after the horizon."""
    if inputs.get("level") is None:
        return
    bars, over = _bars_after(inputs)
    if bars.empty or not over:
        return
    level, test = _level_of(inputs), _TESTS[inputs.get("test", PriceTest.CLOSE_AT_OR_ABOVE)]
    history = inputs.data.full_history(inputs.symbol)
    later = history.bars.loc[bars.index[-1] :].iloc[1:][test.field].dropna()
    reached = _passes(test, level, later).to_numpy()
    if reached.any():
        position = int(reached.argmax())
        point = point_at(later, position)
        term = Term.of(
            TermKind.REACHED_LATE, test=test, level=level.price, point=point, sessions=position + 1
        )
        yield formulas.NearMiss(term, point.day)


# --- A lead --------------------------------------------------------------------------------------


def _first_close_above(
    inputs: CheckInput, level: float, published: pd.Timestamp
) -> pd.Timestamp | None:
    """Return the first session after the claim with a close above a level; None for none."""
    close = inputs.close.loc[published:].iloc[1:]
    above = sessions_of(close)[(close > level).to_numpy()]
    return None if above.empty else above[0]


def _stretch(
    inputs: CheckInput, start: pd.Timestamp, last: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp, bool]:
    """Return the first and last session of a forecast, and whether its horizon is over."""
    first, until = inputs.session(min(start, last)), _horizon_end(inputs, start)
    if inputs.get("sessions"):
        index = sessions_of(inputs.close)
        position = int(index.searchsorted(first)) + int(inputs.get("sessions"))
        return first, index[min(position, len(index) - 1)], position < len(index)
    end = inputs.session(last if until is None else min(until, last))
    return first, end, until is not None and last >= until


def forecast_relative(inputs: CheckInput) -> CheckResult:
    """Return the lead of one series over another after the claim."""
    lasts = [
        (inputs.data.full_history(symbol).last_session, symbol)
        for symbol in (inputs.symbol, inputs.other)
    ]
    last, ends_first = min(lasts)
    # Bars of one series that end well before the other's are too old to leave the rest open.
    verdict_so_far = (
        Verdict.NOT_COMPUTABLE if max(lasts)[0] - last > END_TOLERANCE else Verdict.NOT_YET_KNOWN
    )
    later = CheckInput(inputs.data.at(last), inputs.symbol, inputs.basis, inputs.params)
    start = inputs.day("start") or inputs.data.published
    level = inputs.get("level")
    if level is not None:
        above = _first_close_above(later, float(level), inputs.data.published)
        if above is None:
            term = Term.of(TermKind.NO_CLOSE_ABOVE, symbol=inputs.symbol, level=float(level))
            return CheckResult(None, (term,), Verdict.NOT_YET_KNOWN)
        start = above
    first, end, over = _stretch(later, start, last)
    if end <= first:
        nothing = Term.of(TermKind.NO_SESSION_AFTER, day=first, symbol=None)
        return CheckResult(None, (nothing,), Verdict.NOT_YET_KNOWN)
    lead, formula = lead_of(price_changes_of_both(later, first, end))
    if not over:
        until = _horizon_end(inputs, start)
        formula += (Term.of(TermKind.OPEN_HORIZON, symbol=ends_first, last=last, until=until),)
    holds = lead > 0 if inputs.get("expect", Expectation.AHEAD) is Expectation.AHEAD else lead < 0
    return CheckResult(
        lead,
        formula,
        verdict_on(holds) if over else verdict_so_far,
        chart_of_both(later, first, end),
    )


ORDER: Final = 90
ROWS: Final = (
    CheckKind(
        "forecast_level",
        "Forecast of a level",
        "Whether a level was reached after the claim, within its horizon.",
        (
            CheckParam("test", "Test", "choice", choices=tuple(PriceTest)),
            CheckParam(
                "level", "Level", "number", help="the close of the claim where empty: beyond it"
            ),
            CheckParam("at_end", "Judged at the end alone", "choice", choices=tuple(YesNo)),
            *_HORIZON,
        ),
        forecast_level,
        needed_params=(
            NeededParams(tuple(param.name for param in _HORIZON), UsedWith("at_end", (YesNo.YES,))),
        ),
        forecast=True,
        price_only=True,
        unit=Unit.DOLLAR,
        near_misses=_reached_late,
    ),
    CheckKind(
        "forecast_relative",
        "Forecast of a lead",
        "Whether one series did better than another after the claim.",
        (
            CheckParam("other", "Against", "symbol", required=True),
            CheckParam("expect", "Expected", "choice", choices=LEAD_OR_LAG),
            CheckParam("start", "From", "day", help="the day of the claim where empty"),
            CheckParam("level", "Or from the first close above", "number", instead_of=("start",)),
            *_HORIZON,
        ),
        forecast_relative,
        forecast=True,
        percent=True,
        unit=Unit.PERCENTAGE_POINTS,
    ),
)
