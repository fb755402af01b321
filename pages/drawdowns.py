"""Drawdowns: how far both legs are from their highs, how long that took, how it ended."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rut_dash.analysis.drawdown import distance_to_high, episodes, underwater
from rut_dash.analysis.wording import counted, day, number, percent
from rut_dash.charts import Chart, underwater_chart
from rut_dash.market.bars import Basis, PriceHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.page import Column, open_page
from rut_dash.ui.scope import Scope

_DEPTH = 0.10


def both_underwater(scope: Scope) -> Chart:
    """Return both legs' closes against their running highs, each on its own history."""
    basis = scope.common_basis
    both = {
        "fund": underwater(scope.pair.fund.close(basis)),
        "benchmark": underwater(scope.pair.benchmark.close(basis)),
    }
    frame = pd.DataFrame(both).loc[scope.sessions]
    return underwater_chart(scope.context, scope.cut(frame), scope.marks())


def falls(leg: PriceHistory, basis: Basis) -> pd.DataFrame:
    """Return the episodes of a leg, the deepest first."""
    return episodes(leg.close(basis), _DEPTH).sort_values("depth", ignore_index=True)


def distance(leg: PriceHistory, basis: Basis) -> str:
    """Say how far a leg is from its highest close, and from its intraday high."""
    top = distance_to_high(leg.close(basis))
    text = (
        f"{leg.symbol} is {percent(top.drawdown)} from its highest close, {number(top.value)} on "
        f"{day(top.session)}, {counted(top.sessions, 'session')} ago"
    )
    if basis is Basis.PRICE and leg.has_ohlc:
        highs = leg.bars["high"]
        peak, last = float(highs.max()), float(leg.bars["close"].iloc[-1])
        text += (
            f"; {percent(last / peak - 1)} from its intraday high, {number(peak)} on "
            f"{day(highs.idxmax())}"
        )
    return f"{text}."


page = open_page("drawdowns")
scope = page.scope

with page.panel():
    page.chart(both_underwater, scope)
with page.panel("Distance to the high"):
    for leg in scope.pair.legs:
        st.markdown(f"- {cached(distance, leg, scope.common_basis)}")
columns = {
    "peak": Column("Peak", "date"),
    "trough": Column("Trough", "date"),
    "recovery": Column("Recovery", "date", help="Missing while the fall is not made good"),
    "depth": Column("Depth"),
    "sessions_down": Column("Down", "count", help="Sessions from peak to trough"),
    "sessions_up": Column("Up", "count", help="Sessions from trough to recovery"),
    "sessions": Column("Sessions", "count", help="From peak to recovery, or to the last"),
    "days": Column("Days", "count", help="Calendar days from peak to recovery, or to the last"),
}
for leg in scope.pair.legs:
    with page.panel(f"Falls of {leg.symbol} by 10 % and more"):
        table = cached(falls, leg, scope.common_basis)
        name = f"Drawdown episodes of {leg.symbol}"
        page.table(name, table, columns, alt=name)
