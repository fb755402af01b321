"""Technicals: one symbol's bars with averages, bands, momentum and dated crosses."""

from __future__ import annotations

import streamlit as st

from rut_dash.ui.cache import cached
from rut_dash.ui.figures import (
    bar_frequency,
    crosses_in_window,
    missing_inputs_sentence,
    selected_indicators,
    technicals_figure,
)
from rut_dash.ui.layout import open_page
from rut_dash.ui.tables import Column
from rut_dash.ui.widgets import draw_technical_controls

page = open_page("technicals")
scope = page.scope
symbol, basis = scope.leg.symbol, scope.basis_of(scope.leg)
draw_technical_controls(page.view, scope.pair)

with page.section():
    page.chart(technicals_figure, scope)
    if bar_frequency(scope) != page.view.frequency:
        st.caption(
            "More than eight years are shown in weekly bars, with indicators and crosses of weekly "
            "bars. Choose a shorter window for daily ones."
        )
    for row, missing in cached(selected_indicators, scope):
        if missing:
            st.caption(missing_inputs_sentence(row, missing, symbol))
with page.section("Crosses"):
    columns = {
        "session": Column("Session", "date"),
        "label": Column("What happened", "text"),
        "value": Column("Value", "number", digits=2, help="Of the line that crosses"),
        "unit": Column("Unit", "text"),
    }
    name = f"Crosses of {symbol}"
    page.table(
        name,
        crosses_in_window,
        scope,
        columns=columns,
        alt=name,
        histories=(scope.leg,),
        basis=basis,
        as_of=scope.end,
    )
