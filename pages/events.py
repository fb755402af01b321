"""Events: what both legs did before and after each; a selected row anchors the view."""

from __future__ import annotations

import streamlit as st

from rut_dash.analysis.studies import HORIZONS
from rut_dash.events.catalogue import Completeness
from rut_dash.ui.cache import cached
from rut_dash.ui.figures import paths_figure, study_table
from rut_dash.ui.layout import open_page
from rut_dash.ui.tables import Column
from rut_dash.ui.text import bullets
from rut_dash.ui.view_state import update_view
from rut_dash.wording import day


def completeness_text(completeness: Completeness) -> str:
    """Return what the catalogue holds of a kind, and up to when it holds all of it."""
    kind, until = completeness.kind, completeness.until
    extent = f"complete up to {day(until)}" if until else "with no promise of completeness"
    return f"{kind.label}: {kind.covers}; {extent}."


page = open_page("events")
scope = page.scope
fund, benchmark = scope.symbols
legs = (("fund", fund), ("benchmark", benchmark))

less = f"{fund} less {benchmark}, since the event"
worst = "Deepest drawdown within 60 sessions after the event"
columns = {"date": Column("Date", "date"), "event": Column("Event", "text")}
columns |= {f"{leg}_since": Column(f"{symbol} since") for leg, symbol in legs}
columns["excess_since"] = Column("Difference", "points", help=less)
columns |= {f"{leg}_worst": Column(f"{symbol} worst", help=worst) for leg, symbol in legs}
columns |= {
    f"{leg}_{when}_{n}": Column(f"{symbol} {sign}{n}", help=f"{n} sessions {when} the event")
    for when, sign in (("after", "+"), ("before", "−"))
    for n in HORIZONS
    for leg, symbol in legs
}
columns["label"] = Column("What happened", "text")
columns |= {name: Column(name.capitalize(), "text") for name in ("kind", "timing", "source")}

with page.section("Event studies"):
    st.caption("Select a row to count every page from that event.")
    study = (scope.pair, scope.common_basis, scope.catalogue, scope.view.kinds)
    page.table(
        "Event studies",
        study_table,
        *study,
        columns=columns,
        alt=f"Returns of {fund} and {benchmark} around {len(cached(study_table, *study))} events",
        selected=scope.view.anchor,
        on_pick=lambda event_id: update_view(anchor=event_id),
    )
with page.section():
    page.chart(paths_figure, scope)
with page.section("Completeness of the catalogue"):
    st.markdown(bullets(map(completeness_text, scope.catalogue.completeness())))
