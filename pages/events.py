"""Events: what both legs did before and after each; a selected row anchors the view."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rut_dash.analysis.studies import HORIZONS, event_study
from rut_dash.analysis.wording import day
from rut_dash.charts import Chart, event_paths_chart
from rut_dash.facts.events import KINDS, anchor_session
from rut_dash.ui.cache import cached
from rut_dash.ui.page import Column, open_page
from rut_dash.ui.scope import Scope
from rut_dash.ui.session import change

_AROUND = max(HORIZONS)


def studies(scope: Scope) -> pd.DataFrame:
    """Return the catalogue, newest first, with both legs' returns around each event."""
    events = {event.id: event for event in scope.catalogue.of_kinds(scope.view.kinds)}
    anchors = {name: anchor_session(event, scope.sessions) for name, event in events.items()}
    study = event_study(scope.pair.closes(scope.common_basis), anchors)
    facts = pd.DataFrame(
        {
            "date": pd.to_datetime([event.date for event in events.values()]),
            "kind": [KINDS[event.kind].label for event in events.values()],
            "label": [event.label for event in events.values()],
            "timing": [event.timing.label for event in events.values()],
            "source": [event.source for event in events.values()],
        },
        index=study.index,
    )
    return pd.concat([facts, study], axis=1).iloc[::-1]


def paths(scope: Scope) -> Chart:
    """Return what both legs did in the sessions around the anchor."""
    closes = scope.pair.closes(scope.common_basis)
    at = int(closes.index.searchsorted(scope.anchor.session))
    around = closes.iloc[max(0, at - _AROUND) : at + _AROUND + 1]
    offsets = pd.RangeIndex(-min(at, _AROUND), len(around) - min(at, _AROUND))
    returns = (around / closes.iloc[at] - 1.0).set_axis(offsets, axis=0)
    return event_paths_chart(scope.context, returns, event=scope.anchor.label)


page = open_page("events")
scope = page.scope
fund, benchmark = scope.symbols

columns = {"date": Column("Date", "date"), "label": Column("Event", "text", width=260)}
for leg, symbol in (("fund", fund), ("benchmark", benchmark)):
    columns[f"{leg}_since"] = Column(f"{symbol} since")
columns["excess_since"] = Column(
    "Difference", "points", help=f"{fund} less {benchmark}, since the event"
)
for leg, symbol in (("fund", fund), ("benchmark", benchmark)):
    columns[f"{leg}_worst"] = Column(
        f"{symbol} worst", help="Deepest drawdown within 60 sessions after the event"
    )
for when, sign in (("after", "+"), ("before", "−")):
    for n in HORIZONS:
        for leg, symbol in (("fund", fund), ("benchmark", benchmark)):
            columns[f"{leg}_{when}_{n}"] = Column(
                f"{symbol} {sign}{n}", help=f"Return in the {n} sessions {when} the event"
            )
columns |= {"timing": Column("Timing", "text"), "source": Column("Source", "text")}

with page.panel("What came of the news"):
    st.caption("Select a row to count every page from that event.")
    table = cached(studies, scope)
    page.table(
        "Event studies",
        table,
        columns,
        alt=f"Returns of {fund} and {benchmark} around {len(table)} events",
        selected=scope.view.anchor,
        on_pick=lambda event_id: change(anchor=event_id),
    )
with page.panel():
    page.chart(paths, scope)
with page.panel("How far the catalogue goes"):
    for kind in KINDS.values():
        until = scope.catalogue.complete_until.get(kind.key)
        promise = f"complete up to {day(until)}" if until else "no promise of completeness"
        st.markdown(f"- **{kind.label}**: {kind.covers}; {promise}.")
