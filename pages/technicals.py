"""Technicals: one symbol's bars with averages, bands, momentum and dated crosses."""

from __future__ import annotations

import pandas as pd

from rut_dash.analysis.indicators import INDICATORS, crosses, weekly_bars
from rut_dash.charts import Chart, technicals_chart
from rut_dash.market.bars import Basis, PriceHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.controls import technical_controls
from rut_dash.ui.page import Column, open_page
from rut_dash.ui.scope import Scope
from rut_dash.ui.view import parameters_of


def bars_of(leg: PriceHistory, basis: Basis, frequency: str) -> pd.DataFrame:
    """Return daily or weekly bars; closes alone where there is no high and low."""
    daily = leg.ohlcv(basis) if leg.has_ohlc else leg.close(basis).to_frame()
    return weekly_bars(daily) if frequency == "W" else daily


def dated_crosses(scope: Scope) -> pd.DataFrame:
    """Return the crosses of the leg shown, with the view's settings."""
    bars = cached(bars_of, scope.leg, scope.basis_of(scope.leg), scope.view.frequency)
    return crosses(bars["close"], scope.view.frequency, parameters=parameters_of(scope.view))


def technicals(scope: Scope) -> Chart:
    """Return the chart of the leg shown, with the indicators of the view."""
    view, leg, basis = scope.view, scope.leg, scope.basis_of(scope.leg)
    bars = cached(bars_of, leg, basis, view.frequency)
    settings = parameters_of(view)
    over: dict[str, pd.Series] = {}
    own: dict[str, pd.DataFrame] = {}
    bands: pd.DataFrame | None = None
    for row in INDICATORS:
        if row.key in view.overlays and (row.inputs == "close" or leg.has_ohlc):
            title = row.title(settings.get(row.key))
            answer = scope.cut(row.run(bars, settings.get(row.key)))
            if row.panel == "own":
                own[title] = answer
            elif len(row.outputs) == 1:
                over[title] = answer[row.outputs[0]]
            else:
                bands = answer
    shown = scope.cut(bars)
    return technicals_chart(
        scope.context_of(basis),
        leg.symbol,
        shown,
        pd.DataFrame(over, index=shown.index),
        bands,
        own,
        cached(dated_crosses, scope),
        scope.marks(),
        log=view.scale == "log",
        frequency=view.frequency,
        candles=leg.has_ohlc,
    )


page = open_page("technicals", compares=False)
scope = page.scope
technical_controls(page.view, scope.pair)

with page.panel():
    page.chart(technicals, scope)
with page.panel("Crosses"):
    every = cached(dated_crosses, scope)
    inside = every["session"].between(scope.start, scope.end)
    columns = {
        "session": Column("Session", "date"),
        "label": Column("What happened", "text"),
        "value": Column("Value", "number"),
    }
    name = f"Crosses of {scope.leg.symbol}"
    page.table(name, every[inside].iloc[::-1], columns, alt=name, basis=scope.basis_of(scope.leg))
