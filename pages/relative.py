"""Relative performance: who leads, since when, and how steadily."""

from __future__ import annotations

import streamlit as st

from rut_dash.ui.figures import (
    capture_table,
    is_long_window,
    ratio_figure,
    rebased_figure,
    risk_table,
    rolling_figure,
)
from rut_dash.ui.layout import open_page
from rut_dash.ui.tables import Column

page = open_page("relative")
scope = page.scope
fund, benchmark = scope.symbols

with page.section():
    page.chart(rebased_figure, scope)
with page.section():
    page.chart(ratio_figure, scope)
with page.section():
    page.chart(rolling_figure, scope)
    if is_long_window(scope):
        st.caption("More than eight years are drawn by the week.")
with page.section("Risk"):
    st.caption(
        "Annualised volatility of daily returns; beta and correlation of the two, on their common "
        "sessions."
    )
    columns = {
        "window": Column("Window", "text"),
        "fund": Column(f"Volatility of {fund}"),
        "benchmark": Column(f"Volatility of {benchmark}"),
        "beta": Column("Beta", "number", digits=2),
        "correlation": Column("Correlation", "number", digits=2),
    }
    alt = f"Volatility, beta and correlation of {fund} and {benchmark}"
    page.table("Risk", risk_table, scope.pair, scope.common_basis, columns=columns, alt=alt)
with page.section("Capture"):
    st.caption(
        f"How much of {benchmark}'s rises and falls {fund} took part in: its annualised return "
        f"over that of {benchmark}, in the months in which {benchmark} rose or fell. Whole "
        "calendar months count, from month end to month end."
    )
    columns = {
        "period": Column("Period", "text"),
        "start": Column("From", "date", help="The last session of the month before the first"),
        "end": Column("To", "date", help="The last session of the last whole month"),
        "up": Column("Up capture"),
        "down": Column("Down capture"),
        "up_months": Column("Months up", "count"),
        "down_months": Column("Months down", "count"),
    }
    alt = f"Up and down capture of {fund} against {benchmark}"
    page.table("Capture", capture_table, scope.pair, scope.common_basis, columns=columns, alt=alt)
