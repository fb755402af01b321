"""Events: what both legs did before and after each; a selected row anchors the view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from rut_dash.analysis.event_returns import EVENT_WINDOW, HORIZONS
from rut_dash.event_wording import extent_text
from rut_dash.events.catalogue import Completeness
from rut_dash.events.kinds import directions_of
from rut_dash.ui.cache import cached
from rut_dash.ui.figures import paths_figure, study_table
from rut_dash.ui.layout import open_page
from rut_dash.ui.tables import Column
from rut_dash.ui.text import bullets
from rut_dash.ui.view_state import update_view
from rut_dash.ui.widgets import draw_study_controls

SINCE: Final = "Cumulative return from the close that the event counts from to the last close"
LOSS: Final = (
    f"Lowest close within {EVENT_WINDOW} sessions against the close that the event counts from"
)
DRAWDOWN: Final = (
    f"Lowest close within {EVENT_WINDOW} sessions against the highest close before it, from the "
    "close that the event counts from"
)
WINDOW: Final = f"How many of the {EVENT_WINDOW} sessions after the event are there yet"
FIRST_SESSION: Final = Column(
    "+1 is",
    "text",
    help="What the first session after the close that the event counts from is: the event's own "
    "session, or the next one after the news",
)


def completeness_text(completeness: Completeness) -> str:
    """Return what the catalogue holds of a kind, and up to when."""
    kind, until = completeness.kind, completeness.until
    extent = extent_text(until, is_selection=kind.is_selection)
    return f"{kind.label}: {kind.covers}; {extent}."


def comparison_columns(fund: str, benchmark: str) -> dict[str, Column]:
    """Return the columns that compare both legs."""
    excess = f"Excess: {fund} less {benchmark}, percentage points"
    columns = {
        "fund_since": Column(f"{fund} since", help=SINCE),
        "benchmark_since": Column(f"{benchmark} since", help=SINCE),
        "excess_since": Column("Excess pp", "points", help=f"{excess}, since", unit=False),
        "first_session": FIRST_SESSION,
    }
    columns |= {
        f"excess_after_{n}": Column(
            f"+{n} pp", "points", help=f"{excess}, {n} sessions after", unit=False
        )
        for n in HORIZONS
    }
    columns["fund_max_loss"] = Column(f"{fund} loss", help=LOSS)
    columns["fund_max_drawdown"] = Column(f"{fund} drawdown", help=DRAWDOWN)
    return columns


def leg_columns(leg: str) -> dict[str, Column]:
    """Return the columns of all figures of one leg."""
    columns = {
        f"{leg}_since": Column("Since", help=SINCE),
        "first_session": FIRST_SESSION,
    }
    columns |= {
        f"{leg}_{when}_{n}": Column(f"{sign}{n}", help=f"{n} sessions {when} the event")
        for when, sign in (("after", "+"), ("before", "−"))
        for n in HORIZONS
    }
    columns[f"{leg}_max_loss"] = Column("Loss", help=LOSS)
    columns[f"{leg}_max_drawdown"] = Column("Drawdown", help=DRAWDOWN)
    return columns


page = open_page("events")
scope, view = page.scope, page.view
fund, benchmark = scope.symbols
by_choice: Mapping[str, dict[str, Column]] = {
    "comparison": comparison_columns(fund, benchmark),
    "fund": leg_columns("fund"),
    "benchmark": leg_columns("benchmark"),
}

with page.section("Event studies"):
    st.caption(
        "Select a row to count every page from that event. Returns, loss and drawdown count from "
        "the last close before the news, those of a high or a low from its own close. Loss and "
        f"drawdown are of the {EVENT_WINDOW} sessions after it; where only some of those are there "
        "yet, the last column says how many."
    )
    draw_study_controls(view, scope.pair)
    directions = tuple(way for way in directions_of(view.kinds) if way in view.directions)
    study = (scope.pair, scope.common_basis, scope.catalogue, view.kinds, directions)
    page.table(
        "Event studies",
        study_table,
        *study,
        columns={
            "date": Column("Date", "date"),
            "event": Column("Event", "text", width=128),
            **by_choice[view.study_columns],
            "window": Column(f"Of {EVENT_WINDOW}", "text", help=WINDOW),
        },
        alt=f"Returns of {fund} and {benchmark} around {len(cached(study_table, *study))} events",
        selected=view.anchor,
        on_pick=lambda event_id: update_view(anchor=event_id),
    )
with page.section():
    page.chart(paths_figure, scope)
with page.section("Completeness of the catalogue"):
    st.markdown(bullets(map(completeness_text, scope.catalogue.completeness())))
