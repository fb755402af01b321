"""Overview: how the fund stands against its benchmark, since when, and why that date."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rut_dash.analysis.indicators import sma
from rut_dash.analysis.narrative import Sentence, overview_sentences
from rut_dash.analysis.performance import period_table
from rut_dash.charts import Chart, price_chart
from rut_dash.market.bars import PriceHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.live import INDICES
from rut_dash.ui.page import Column, open_page
from rut_dash.ui.panels import ratio_figure
from rut_dash.ui.scope import Scope
from rut_dash.ui.text import plain


def sentences(scope: Scope) -> tuple[Sentence, ...]:
    """Return what happened, in words."""
    anchor = scope.anchor
    return overview_sentences(scope.pair, scope.common_basis, anchor.session, anchor.label)


def price(scope: Scope) -> Chart:
    """Return the fund's closes with its averages and the events."""
    close = scope.pair.fund.close(scope.common_basis)
    averages = pd.DataFrame({f"{n}-day average": sma(close, n) for n in (50, 200)})
    shown = scope.cut(averages).dropna(axis=1, how="all")
    log = scope.view.scale == "log"
    return price_chart(scope.context, scope.cut(close), shown, scope.marks(), log=log)


def periods(scope: Scope, others: tuple[PriceHistory, ...]) -> pd.DataFrame:
    """Return the returns by period, the indices beside the funds."""
    beside = {index.symbol: scope.close_of(index) for index in others}
    return period_table(scope.pair.closes(scope.common_basis), others=beside).reset_index()


page = open_page("overview")
scope = page.scope
fund, benchmark = scope.symbols

with page.panel("What happened"):
    st.markdown("\n".join(f"- {plain(s.text)}" for s in cached(sentences, scope)))
with page.panel():
    page.chart(price, scope)
with page.panel():
    page.chart(ratio_figure, scope)
with page.panel("Returns by period"):
    others = page.beside(*INDICES)
    table = cached(periods, scope, others)
    columns = {
        "period": Column("Period", "text"),
        "start": Column("From", "date"),
        "fund": Column(fund),
        "benchmark": Column(benchmark),
        "difference": Column("Difference", "points", help=f"{fund} less {benchmark}"),
        "ratio": Column("Ratio", help=f"Change of the ratio of {fund} to {benchmark}"),
    }
    columns |= {o.symbol: Column(o.symbol, help="Price index, no dividends") for o in others}
    page.table("Returns by period", table, columns, alt=f"Returns of {fund} and {benchmark}")
