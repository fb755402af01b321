"""Overview: how the fund stands against its benchmark, since when, and why that date.

A session runs this file as its main page; Streamlit's server imports it for what it serves.
"""

from __future__ import annotations

import streamlit as st

if __name__ == "__main__":
    from rut_dash.market.instruments import INDICES
    from rut_dash.ui.figures import period_heading, period_returns, price_figure, ratio_figure
    from rut_dash.ui.layout import open_page
    from rut_dash.ui.narrative import overview_sentences
    from rut_dash.ui.tables import Column

    page = open_page("overview")
    scope = page.scope
    fund, benchmark = scope.symbols

    price_column, sentence_column = page.columns()
    with price_column, page.section():
        page.chart(price_figure, scope)
    with sentence_column, page.section("What happened"):
        comparison, anchor = (scope.pair, scope.common_basis), scope.anchor
        page.sentences(overview_sentences, *comparison, anchor.session, anchor.label)
    ratio_column, period_column = page.columns()
    with ratio_column, page.section():
        page.chart(ratio_figure, scope)
    with period_column, page.section("Returns by period"):
        st.caption("Returns are cumulative; those over more than a year are annualised as well.")
        indices = page.stored_histories(*INDICES)
        columns = {
            "period": Column("Period", "text"),
            "fund": Column(fund, help="Cumulative"),
            "benchmark": Column(benchmark, help="Cumulative"),
            "difference": Column("Difference", "points", help=f"{fund} less {benchmark}"),
            "ratio": Column("Ratio", help=f"Change of the ratio of {fund} to {benchmark}"),
        }
        a_year = "Compound growth a year, for periods of more than a year"
        columns |= {
            "fund_annualised": Column(f"{fund} annualised", help=a_year),
            "benchmark_annualised": Column(f"{benchmark} annualised", help=a_year),
        }
        dates = {"start": Column("From", "date"), "end": Column("To", "date")}
        headings = (period_heading(scope, index) for index in indices)
        columns |= {
            heading: Column(heading, help="A price index leaves dividends out")
            for heading in headings
        }
        columns |= dates
        page.table(
            "Returns by period",
            period_returns,
            scope,
            indices,
            columns=columns,
            alt=f"Returns of {fund} and {benchmark}",
            histories=(*scope.pair.legs, *indices),
        )
else:
    from rut_dash.ui.server import lifespan, page_routes

    app = st.App(__file__, routes=page_routes(__file__), lifespan=lifespan)
