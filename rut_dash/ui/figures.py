"""Figures and tables of the pages, from a scope.

Numbers are computed on the whole history and cut to the window afterwards. A page calls these
functions through :func:`rut_dash.ui.cache.cached`; here the steps that take more than a few
milliseconds and do not depend on the window are cached as well.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import pandas as pd

from rut_dash.analysis.crosses import cross_kinds, crosses, crosses_of
from rut_dash.analysis.drawdown import distance_to_high, episodes, underwater
from rut_dash.analysis.event_returns import EVENT_WINDOW, HORIZONS
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import Frequency, Indicator, IndicatorValues
from rut_dash.analysis.indicators.moving_averages import sma
from rut_dash.analysis.resampling import weekly_bars, weekly_ends
from rut_dash.analysis.returns import (
    annualised_return,
    percentile_rank,
    period_table,
    ratio,
    rebase,
    sessions_of,
)
from rut_dash.analysis.risk import (
    Capture,
    annualised_volatility,
    beta,
    capture,
    correlation,
    rolling_beta,
    rolling_correlation,
)
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.line_charts import (
    event_paths_chart,
    price_chart,
    ratio_chart,
    rebased_chart,
    rolling_chart,
    underwater_chart,
)
from rut_dash.charts.style import price_unit
from rut_dash.charts.technicals import technicals_chart
from rut_dash.errors import InsufficientHistory
from rut_dash.event_wording import direction_text, timing_text
from rut_dash.events.anchors import returns_around
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.event import Direction
from rut_dash.events.kinds import KINDS
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.cache import cached
from rut_dash.ui.scope import Scope
from rut_dash.ui.view import IndicatorSetting, by_indicator, parameters_of
from rut_dash.wording import (
    basis_text,
    close_name,
    counted,
    day,
    is_zero,
    magnitude,
    number,
)

_AVERAGES: Final = (50, 200)
_RATIO_AVERAGE: Final = 200
_ROLLING_WINDOWS: Final = (252, 63)
_CAPTURE_MONTHS: Final = (36, 60, 120, None)
# A drawdown of a tenth is commonly called a correction.
_LEAST_DEPTH: Final = 0.10
_SESSIONS_AROUND: Final = max(HORIZONS)
_MOST_DAILY_BARS: Final = 2000
_COLUMN_WORDS: Final = {"open": "opens", "high": "highs", "low": "lows", "close": "closes"}


# --- Overview and relative performance -------------------------------------------------------


def price_figure(scope: Scope) -> Chart:
    """Return the fund's closes with its averages and the events."""
    close = scope.window_pair.fund.close(scope.common_basis)
    averages = pd.DataFrame({f"{n}-day average": sma(close, n) for n in _AVERAGES})
    in_window = scope.cut(averages).dropna(axis=1, how="all")
    context = scope.window_context
    return price_chart(context, scope.cut(close), in_window, scope.marks, log=scope.log)


def ratio_figure(scope: Scope) -> Chart:
    """Return the ratio of fund to benchmark with its average and its percentile to date."""
    values = ratio(scope.window_pair.closes(scope.common_basis))
    average = scope.cut(sma(values, _RATIO_AVERAGE).rename(f"{_RATIO_AVERAGE}-day average"))
    return ratio_chart(
        scope.window_context,
        scope.cut(values),
        average if average.notna().any() else None,
        scope.marks,
        log=scope.log,
        percentile=percentile_rank(values),
        count=len(values),
    )


def period_returns(scope: Scope, others: tuple[PriceHistory, ...]) -> pd.DataFrame:
    """Return the returns of legs and others by period, since the anchor and over the window.

    The columns of others are named by `period_heading`.
    """
    other_closes = {period_heading(scope, other): scope.close_of(other) for other in others}
    spans: dict[str, tuple[date, date]] = {
        f"Since {scope.anchor.short}": (scope.anchor.session, scope.sessions[-1]),
        "Window shown": (scope.start, scope.end),
    }
    closes = scope.pair.closes(scope.common_basis)
    return period_table(closes, others=other_closes, spans=spans).reset_index()


def period_heading(scope: Scope, history: PriceHistory) -> str:
    """Return the heading of another symbol beside the legs: its basis, and its end if earlier."""
    close = scope.close_of(history)
    heading = f"{history.symbol} {basis_text(scope.basis_of(history))}"
    if close.empty or sessions_of(close)[-1] == scope.pair.as_of:
        return heading
    return f"{heading} to {sessions_of(close)[-1]:%Y-%m-%d}"


def risk_table(pair: PricePair, basis: Basis) -> pd.DataFrame:
    """Return volatility of both legs, beta and correlation, over a year and a quarter."""
    closes = pair.closes(basis)
    return pd.DataFrame(
        [
            {
                "window": f"Last {n} sessions",
                "fund": annualised_volatility(closes["fund"], n),
                "benchmark": annualised_volatility(closes["benchmark"], n),
                "beta": beta(closes, n),
                "correlation": correlation(closes, n),
            }
            for n in _ROLLING_WINDOWS
        ]
    )


def rebased_figure(scope: Scope) -> Chart:
    """Return both legs, 100 at the anchor."""
    anchor = scope.anchor.session
    closes = scope.cut(rebase(scope.pair.closes(scope.common_basis), anchor))
    # The level of an anchor after the window is of a later close.
    context = scope.context_of(scope.common_basis, max(scope.end, anchor))
    # Its events are those that were known by the end of the window.
    context = replace(context, unlisted=scope.window_context.unlisted)
    return rebased_chart(context, closes, anchor, scope.marks, log=scope.log)


def rolling_figure(scope: Scope) -> Chart:
    """Return the rolling beta and correlation of daily returns over a year and a quarter.

    Raises
    ------
    InsufficientHistory
        If no session of the window has a quarter of returns before it.
    """
    pair, basis = scope.pair, scope.common_basis
    weekly = is_long_window(scope)
    # Neither anchor nor events are on the chart: it is cached for all of them.
    context = replace(scope.window_context, unlisted=())
    return cached(_rolling_chart, pair, basis, scope.start, scope.end, context, weekly)


def _rolling_chart(
    pair: PricePair,
    basis: Basis,
    start: pd.Timestamp,
    end: pd.Timestamp,
    context: Context,
    weekly: bool,
) -> Chart:
    frame = cached(_rolling_frame, pair, basis).loc[start:end]
    if frame.isna().all(axis=None):
        available = len(pair.closes(basis).loc[:end])
        raise InsufficientHistory(
            "Rolling beta and correlation", min(_ROLLING_WINDOWS) + 1, available
        )
    if weekly:
        frame = weekly_ends(frame)
    panels = {name: frame[[name]].droplevel(0, axis=1) for name in frame.columns.unique(level=0)}
    title = f"Beta and correlation of {context.fund} to {context.benchmark}"
    return rolling_chart(context, panels, title=title, reference=1.0, weekly=weekly)


def _rolling_frame(pair: PricePair, basis: Basis) -> pd.DataFrame:
    """Return rolling beta and correlation; columns of two levels, the figure and its window."""
    closes = pair.closes(basis)
    figures = (("Beta", rolling_beta), ("Correlation", rolling_correlation))
    return pd.DataFrame(
        {
            (name, f"{n} sessions"): compute(closes, n)
            for name, compute in figures
            for n in _ROLLING_WINDOWS
        }
    )


def capture_table(pair: PricePair, basis: Basis) -> pd.DataFrame:
    """Return up and down capture over the last whole months and over all common ones.

    Numbers of months that the history does not have are left out.
    """
    closes = pair.closes(basis)
    rows = []
    for months in _CAPTURE_MONTHS:
        found = capture(closes, months)
        if found.up_months or found.down_months:
            period = f"Last {months} months" if months else "All whole months"
            rows.append({"period": period, **found._asdict()})
    return pd.DataFrame(rows, columns=["period", *Capture._fields])


# --- Drawdowns -------------------------------------------------------------------------------


def underwater_figure(scope: Scope) -> Chart:
    """Return both legs' drawdowns, each from the running maximum of its whole history."""
    fund, benchmark = (underwater(leg.close(scope.common_basis)) for leg in scope.pair.legs)
    both = {"fund": fund, "benchmark": benchmark}
    on_common_sessions = pd.concat(both, axis=1, join="inner", sort=False)
    return underwater_chart(scope.window_context, scope.cut(on_common_sessions), scope.marks)


def episode_table(leg: PriceHistory, basis: Basis) -> pd.DataFrame:
    """Return the drawdown episodes of a leg of a tenth and more, the deepest first."""
    return episodes(leg.close(basis), _LEAST_DEPTH).sort_values("depth", ignore_index=True)


def distance_sentence(leg: PriceHistory, basis: Basis) -> str:
    """Return how far a leg is from its highest close and, on prices, from its intraday high."""
    highest = f"highest {close_name(basis)}"
    top = distance_to_high(leg.close(basis))
    high = f"{number(top.value)} on {day(top.session)}"
    if top.sessions == 0:
        text = f"{leg.symbol} is at its {highest}, {high}"
    else:
        ago = counted(top.sessions, "session")
        below = f"{magnitude(top.drawdown)} below" if not is_zero(top.drawdown) else "level with"
        text = f"{leg.symbol} is {below} its {highest}, {high}, {ago} ago"
    if basis is Basis.PRICE and leg.has_ohlc:
        highs = leg.bars["high"].dropna()
        peak, last = float(highs.max()), float(leg.bars["close"].iloc[-1])
        text += (
            f"; {magnitude(1 - last / peak)} below its intraday high, {number(peak)} on "
            f"{day(pd.Timestamp(str(highs.idxmax())))}"
        )
    simulated = "Simulated: " if leg.provenance.simulated else ""
    return f"{simulated}{text} ({basis_text(basis)} basis)."


# --- Technicals ------------------------------------------------------------------------------


def bar_frequency(scope: Scope) -> Frequency:
    """Return the frequency of the bars on the screen: weekly where the window is long."""
    return "W" if scope.view.frequency == "W" or is_long_window(scope) else "D"


def is_long_window(scope: Scope) -> bool:
    """Return True if the window has more than eight years of sessions.

    A day is less than a pixel then, and a page of many lines would be over 600 kB.
    """
    return len(scope.cut(scope.leg.bars["close"])) > _MOST_DAILY_BARS


def _bars(leg: PriceHistory, basis: Basis, frequency: Frequency) -> pd.DataFrame:
    """Return a leg's daily or weekly bars; closes alone where there is no high and low."""
    daily = leg.ohlcv(basis) if leg.has_ohlc else leg.close(basis).to_frame()
    return weekly_bars(daily) if frequency == "W" else daily


def _all_crosses(
    leg: PriceHistory,
    basis: Basis,
    frequency: Frequency,
    parameters: tuple[IndicatorSetting, ...],
) -> pd.DataFrame:
    bars = cached(_bars, leg, basis, frequency)
    return crosses(bars, frequency, parameters=by_indicator(parameters))


def _indicator_frame(
    leg: PriceHistory,
    basis: Basis,
    frequency: Frequency,
    key: str,
    settings: tuple[tuple[str, float], ...],
) -> pd.DataFrame:
    return INDICATORS[key].run(cached(_bars, leg, basis, frequency), dict(settings))


def selected_indicators(scope: Scope) -> list[tuple[Indicator, tuple[str, ...]]]:
    """Return the view's indicators, each with the columns of bars that it needs and the leg lacks.

    In the order of the registry; an indicator that lacks nothing can be drawn.
    """
    bars = cached(_bars, scope.leg, scope.basis_of(scope.leg), "D")
    return [
        (row, row.missing_inputs(bars))
        for row in INDICATORS.values()
        if row.key in scope.view.indicators
    ]


def missing_inputs_sentence(indicator: Indicator, missing: tuple[str, ...], symbol: str) -> str:
    """Return why an indicator is not drawn: the columns of bars that a symbol lacks."""
    names = " and ".join(_COLUMN_WORDS.get(column, column) for column in missing)
    return f"{indicator.title()} needs {names}, which the bars of {symbol} lack."


def technicals_figure(scope: Scope) -> Chart:
    """Return the leg's bars with the indicators of the view, and the crosses."""
    leg, basis, frequency = scope.window_leg, scope.basis_of(scope.leg), bar_frequency(scope)
    settings = parameters_of(scope.view)
    values = []
    for row, missing in selected_indicators(scope):
        if missing:
            continue
        own = settings.get(row.key, {})
        frame = cached(_indicator_frame, leg, basis, frequency, row.key, tuple(own.items()))
        values.append(IndicatorValues(row, own, scope.cut(frame)))
    return technicals_chart(
        scope.context_of(basis, scope.end),
        leg.symbol,
        scope.cut(cached(_bars, leg, basis, frequency)),
        values,
        crosses_in_window(scope).iloc[::-1],
        scope.marks,
        log=scope.log,
        frequency=frequency,
        candles=leg.has_ohlc,
    )


def crosses_in_window(scope: Scope) -> pd.DataFrame:
    """Return the crosses of the view's indicators inside the window, newest first.

    Those of :func:`rut_dash.analysis.crosses.crosses`, with the ``unit`` of each value.
    """
    leg, basis, frequency = scope.window_leg, scope.basis_of(scope.leg), bar_frequency(scope)
    table = cached(_all_crosses, leg, basis, frequency, scope.view.parameters)
    first = int(table["session"].searchsorted(scope.start))
    last = int(table["session"].searchsorted(scope.end, side="right"))
    table = table.iloc[first:last]
    table = table[table["kind"].isin(crosses_of(scope.view.indicators))][::-1]
    price = price_unit(leg.symbol, basis)
    units = {
        kind: price if row.scales_with_price else row.unit
        for kind, (row, _) in cross_kinds().items()
    }
    return table.assign(unit=[units[kind] for kind in table["kind"]])


# --- Events ----------------------------------------------------------------------------------


def study_table(
    pair: PricePair,
    basis: Basis,
    catalogue: Catalogue,
    kinds: tuple[str, ...],
    directions: tuple[Direction, ...] = (),
) -> pd.DataFrame:
    """Return events, newest first, with both legs' returns around each.

    Parameters
    ----------
    pair, basis
        The prices.
    catalogue
        As known at their last session.
    kinds, directions
        What events: see `Catalogue.of_kinds`.

    Returns
    -------
    DataFrame
        Index of event ids; the catalogue's columns of each, then those of
        :func:`rut_dash.events.anchors.returns_around`, with the return since the event annualised
        beside the cumulative one, and ``window`` in words: whether all the sessions are there
        that loss and drawdown are of.
    """
    events = catalogue.of_kinds(kinds, directions).events
    closes = pair.closes(basis)
    study, last = returns_around(events, closes), sessions_of(closes)[-1]
    for leg in ("fund", "benchmark"):
        since = zip(study[f"{leg}_since"], study["anchor"], strict=True)
        annualised = [annualised_return(total, anchor, last) for total, anchor in since]
        at = study.columns.get_loc(f"{leg}_since")
        assert isinstance(at, int)
        study.insert(at + 1, f"{leg}_since_annualised", annualised)
    study["window"] = [
        "all" if count == EVENT_WINDOW else f"only {count}" for count in study["sessions_after"]
    ]
    facts = pd.DataFrame(
        {
            "date": pd.to_datetime([event.date for event in events]),
            "event": [event.short for event in events],
            "label": [event.label for event in events],
            "kind": [KINDS[event.kind].label for event in events],
            "direction": [direction_text(event.direction) or None for event in events],
            "timing": [timing_text(event.timing) for event in events],
            "source": [event.source for event in events],
            "known_from": pd.to_datetime([event.known_from for event in events]),
        },
        index=study.index,
    )
    return pd.concat([facts, study], axis=1).iloc[::-1]


def paths_figure(scope: Scope) -> Chart:
    """Return what both legs did in the sessions around the anchor."""
    closes = scope.pair.closes(scope.common_basis)
    at = int(closes.index.searchsorted(scope.anchor.session))
    first = max(0, at - _SESSIONS_AROUND)
    around = closes.iloc[first : at + _SESSIONS_AROUND + 1]
    returns = around / closes.iloc[at] - 1.0
    returns.index = pd.RangeIndex(first - at, first - at + len(around))
    return event_paths_chart(scope.context, returns, event=scope.anchor.label)
