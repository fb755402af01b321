"""Relative performance: who leads, since when, and how steadily."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rut_dash.analysis.performance import (
    Capture,
    capture,
    period_start,
    rebase,
    rolling_beta,
    rolling_correlation,
)
from rut_dash.charts import Chart, rebased_chart, rolling_chart
from rut_dash.errors import InsufficientHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.page import Column, open_page
from rut_dash.ui.panels import ratio_figure
from rut_dash.ui.scope import Scope

_CAPTURE_PERIODS = {
    "Last 3 years": "3Y",
    "Last 5 years": "5Y",
    "Last 10 years": "10Y",
    "All common months": "MAX",
}

_ROLLING = (252, 63)


def rebased(scope: Scope) -> Chart:
    """Return both legs, 100 at the anchor."""
    closes = rebase(scope.pair.closes(scope.common_basis), scope.anchor.session)
    log = scope.view.scale == "log"
    anchor = scope.anchor.session
    return rebased_chart(scope.context, scope.cut(closes), anchor, scope.marks(), log=log)


def rolling(scope: Scope, what: str) -> Chart:
    """Return the rolling beta or correlation of daily returns over a year and a quarter."""
    closes = scope.pair.closes(scope.common_basis)
    compute = {"Beta": rolling_beta, "Correlation": rolling_correlation}[what]
    series = scope.cut(pd.DataFrame({f"{n} sessions": compute(closes, n) for n in _ROLLING}))
    if series.isna().all(axis=None):
        raise InsufficientHistory(f"The rolling {what.lower()}", min(_ROLLING) + 1, len(closes))
    title = f"{what} of {scope.context.fund} to {scope.context.benchmark}"
    return rolling_chart(scope.context, series, title=title, unit=what, reference=1.0)


def captures(scope: Scope) -> pd.DataFrame:
    """Return up and down capture over the last years and over the whole common history."""
    closes = scope.pair.closes(scope.common_basis)
    rows = []
    for label, period in _CAPTURE_PERIODS.items():
        start = period_start(scope.sessions, period)
        if start is not None:
            rows.append({"period": label, **capture(closes.loc[start:])._asdict()})
    return pd.DataFrame(rows, columns=["period", *Capture._fields])


page = open_page("relative")
scope = page.scope

with page.panel():
    page.chart(rebased, scope)
with page.panel():
    page.chart(ratio_figure, scope)
left, right = st.columns(2)
with left, page.panel():
    page.chart(rolling, scope, "Beta")
with right, page.panel():
    page.chart(rolling, scope, "Correlation")
with page.panel("Capture"):
    fund, benchmark = scope.symbols
    st.caption(
        f"How much of {benchmark}'s rises and falls {fund} took part in: its annualised return "
        f"over that of {benchmark}, in the months in which {benchmark} rose or fell."
    )
    columns = {
        "period": Column("Period", "text"),
        "up": Column("Up capture", sign=False),
        "down": Column("Down capture", sign=False),
        "up_months": Column("Months up", "count"),
        "down_months": Column("Months down", "count"),
    }
    alt = f"Up and down capture of {fund} against {benchmark}"
    page.table("Capture", cached(captures, scope), columns, alt=alt)
