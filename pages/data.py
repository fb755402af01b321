"""Data: where each symbol's bars come from, how far they go, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from rut_dash.market.health import Health
from rut_dash.ui.cache import cached
from rut_dash.ui.data_page import (
    differences_table,
    health_header,
    health_table,
    left_out_table,
    missing_table,
    problem_lines,
    refresh_controls,
    stored_healths,
    unknown_actions_table,
)
from rut_dash.ui.layout import open_page
from rut_dash.ui.tables import Column
from rut_dash.ui.text import bullets

NOTHING_STORED: Final = "No prices are stored: there is nothing to check."


def draw_finding(
    name: str,
    build: Callable[[Sequence[Health]], pd.DataFrame],
    columns: Mapping[str, Column],
    *,
    none: str,
    alt: str,
    caption: str = "",
) -> None:
    """Draw a section with a table of stored bars, or why it has no rows."""
    with page.section(name):
        if caption:
            st.caption(caption)
        if not any(health.rows for health in healths):
            st.markdown(NOTHING_STORED)
        elif cached(build, healths).empty:
            st.markdown(none)
        else:
            head = health_header(name, healths)
            page.table(name, build, healths, columns=columns, alt=alt, header=head)


page = open_page("data")
healths = stored_healths(page.view)

with page.section("Data health"):
    columns = {
        "symbol": Column("Symbol", "text"),
        "source": Column("Source", "text"),
        "format": Column("Format of the file", "text"),
        "fetched_at": Column(
            "Fetched or imported", "moment", help="Of a file in a folder, when it was last written"
        ),
        "first": Column("First session", "date"),
        "last": Column("Last session", "date"),
        "rows": Column("Sessions", "count"),
        "missing": Column("Missing", "count", help="NYSE sessions inside without a bar"),
        "behind": Column("Behind", "count", help="Closed NYSE sessions after the last bar"),
        "problem": Column("Last problem", "text"),
        "retry_at": Column("Next try", "moment"),
    }
    alt = f"State of the bars of {len(healths)} symbols"
    page.table(
        "Data health",
        health_table,
        healths,
        columns=columns,
        alt=alt,
        header=health_header("Data health", healths),
    )
    if problems := problem_lines(healths):
        st.markdown(bullets(problems))
with page.section("Fetch again"):
    refresh_controls(healths)
    # Not `st.code`: its highlighter takes a browser 0.17 s to load.
    st.markdown(
        "Bars from files are added to the store on the command line: "
        "`python -m rut_dash import PATH`"
    )
draw_finding(
    "Missing sessions",
    missing_table,
    {
        "symbol": Column("Symbol", "text"),
        "session": Column("Session", "date"),
        "remark": Column("Remark", "text"),
    },
    none="No session of the NYSE is missing between first and last.",
    alt="Missing sessions by symbol",
)
draw_finding(
    "Rows and values left out",
    left_out_table,
    {
        "symbol": Column("Symbol", "text"),
        "left_out": Column("Left out", "text", help="A whole row, or one value of a bar"),
        "first": Column("From", "date"),
        "last": Column("To", "date"),
        "sessions": Column("Rows", "count"),
        "value": Column("Value given", "text"),
        "reason": Column("Reason", "text"),
    },
    none="Every row that sources and files gave is used, with all its values.",
    alt="Rows and values that are not used, by symbol",
)
draw_finding(
    "Unknown dividends and splits",
    unknown_actions_table,
    {
        "symbol": Column("Symbol", "text"),
        "actions": Column("Not known", "text"),
        "first": Column("From", "date"),
        "last": Column("To", "date"),
        "sessions": Column("Sessions", "count"),
        "effect": Column("Effect on figures", "text"),
    },
    none="Every dividend and split is known.",
    alt="Dividends and splits that are not known, by symbol",
)
draw_finding(
    "Adjustment differences",
    differences_table,
    {
        "symbol": Column("Symbol", "text"),
        "sessions": Column("Sessions", "count"),
        "largest": Column("Largest difference", digits=3),
        "session": Column("On", "date"),
    },
    none="No adjusted close that a vendor gave differs.",
    alt="Days on which a vendor's adjusted closes differ, by symbol",
    caption=(
        "Adjusted closes are computed here from dividends. Where a vendor gives its own, the "
        "sessions are counted on which its daily return differs by more than 0.01%; a dividend "
        "that a file leaves out shows up here."
    ),
)
