"""Drawdowns: how far both legs are from their highs, how long that took, how it ended."""

from __future__ import annotations

import streamlit as st

from rut_dash.ui.cache import cached
from rut_dash.ui.figures import distance_sentence, episode_table, underwater_figure
from rut_dash.ui.layout import open_page
from rut_dash.ui.tables import Column
from rut_dash.ui.text import bullets
from rut_dash.wording import close_name

page = open_page("drawdowns")
scope = page.scope
basis = scope.common_basis

with page.section():
    page.chart(underwater_figure, scope)
with page.section("Distance to the high"):
    st.markdown(bullets(cached(distance_sentence, leg, basis) for leg in scope.pair.legs))
close = close_name(basis)
columns = {
    "peak": Column("Peak", "date", help=f"The highest {close} before the fall"),
    "trough": Column("Trough", "date", help=f"The lowest {close} until the recovery"),
    "recovery": Column("Recovery", "date", help="Missing while the fall is not made good"),
    "depth": Column("Depth"),
    "sessions_down": Column("Down", "count", help="Sessions from peak to trough"),
    "sessions_up": Column("Up", "count", help="Sessions from trough to recovery"),
    "sessions": Column("Sessions", "count", help="From peak to recovery, or to the last"),
    "days": Column("Days", "count", help="Calendar days from peak to recovery, or to the last"),
}
for leg in scope.pair.legs:
    with page.section(f"Drawdown episodes of {leg.symbol}'s {close}, 10% and more"):
        name = f"Drawdown episodes of {leg.symbol}"
        page.table(name, episode_table, leg, basis, columns=columns, alt=name, histories=(leg,))
