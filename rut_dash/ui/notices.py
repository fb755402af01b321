"""What a reader must know of the prices on a page: what they are, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import streamlit as st

from rut_dash.market.health import unexplained_gaps
from rut_dash.market.history import PriceHistory
from rut_dash.market.problems import Problem, Staleness
from rut_dash.market_wording import (
    bars_texts,
    behind_clause,
    dropped_sessions_texts,
    missing_sessions_text,
    note_text,
    notes_texts,
    omission_texts,
    stale_text,
    store_notice,
)
from rut_dash.ui import cache
from rut_dash.ui.cache import cached
from rut_dash.ui.price_selection import PriceSelection
from rut_dash.ui.scope import Scope
from rut_dash.ui.scope_text import anchor_text
from rut_dash.ui.text import plain
from rut_dash.ui.view import ViewState
from rut_dash.wording import basis_text, day

NOTICE_ICON = ":material/info:"


def draw_notices(sentences: Iterable[str]) -> None:
    """Draw sentences in one box, each on its own line; no box where there are none."""
    lines = [plain(sentence) for sentence in dict.fromkeys(sentences)]
    if lines:
        st.warning("  \n".join(lines), icon=NOTICE_ICON)


def draw_substitute_notice(view: ViewState, selection: PriceSelection) -> None:
    """Draw which prices replace those of the view, and why; nothing where none do."""
    assert selection.pair is not None
    fund, benchmark = selection.pair.fund.symbol, selection.pair.benchmark.symbol
    legs = f"{view.fund} and {view.benchmark}"
    reason = " ".join(selection.reasons)
    reason_or_progress = reason or f"Prices of {' and '.join(selection.missing)} are being fetched."
    if selection.pair.simulated:
        notes = " ".join(map(note_text, selection.pair.fund.provenance.notes))
        text = f"{notes} They stand in until prices of {legs} are here. {reason_or_progress}"
        title = "Simulated data, not market prices"
        st.warning(plain(text), title=title, icon=":material/science:")
    elif selection.legs != view.legs:
        text = f"{reason_or_progress} Until they are here, {fund} against {benchmark} is shown."
        st.warning(plain(text), title=f"{plain(legs)} cannot be shown yet", icon=NOTICE_ICON)
    elif reason:
        st.warning(plain(reason), icon=NOTICE_ICON)


def draw_footing(scope: Scope) -> None:
    """Draw as-of, basis, sources and anchor of a page, and what is wrong with its prices."""
    footing, sentences = cached(_footing, scope)
    st.caption(footing)
    draw_notices([*sentences, *map(store_notice, cache.market().notices)])


def _footing(scope: Scope) -> tuple[str, tuple[str, ...]]:
    """Return what a page's figures are of, as Markdown, and sentences on what is wrong there."""
    context = scope.context
    parts = (
        f"As of {context.as_of:%A} {day(context.as_of)}",
        f"{basis_text(context.basis)} basis",
        context.source,
        *([behind_clause(scope.behind)] if scope.behind else ()),
        anchor_text(scope.anchor),
    )
    sentences = (
        *omission_texts(scope.pair),
        *dropped_sessions_texts(scope.pair),
        *_stale_legs(scope),
        *(sentence for leg in scope.pair.legs for sentence in _quality(leg, scope)),
        *map(str, scope.catalogue.problems),
    )
    return plain(" · ".join(parts)), sentences


def _stale_legs(scope: Scope) -> Iterator[str]:
    """Yield where prices end because newer ones could not be fetched; alike legs together."""
    alike: dict[tuple[date, Problem], list[tuple[str, Staleness]]] = {}
    for leg in scope.pair.legs:
        stale = leg.provenance.stale_because
        if stale is not None:
            alike.setdefault((leg.last_session, stale.problem), []).append((leg.symbol, stale))
    for (last, problem), legs in alike.items():
        tries = [stale.retry_at for _, stale in legs if stale.retry_at is not None]
        staleness = Staleness(problem, min(tries, default=None))
        yield stale_text([symbol for symbol, _ in legs], last, staleness)


def _quality(leg: PriceHistory, scope: Scope) -> Iterator[str]:
    """Yield what a reader of the figures must know of one leg's bars."""
    yield from bars_texts(leg, scope.basis_of(leg))
    gaps = cached(unexplained_gaps, leg, scope.pair)
    if gaps:
        yield missing_sessions_text(leg.symbol, gaps)
    if not leg.provenance.simulated:  # those of the demo are in the notice of the substitute
        yield from notes_texts(leg)
