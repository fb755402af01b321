"""Prices behind a page: it displays what is stored, and new ones are fetched meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import pandas as pd
import streamlit as st

from rut_dash.errors import RutDashError
from rut_dash.market.history import PricePair
from rut_dash.market.instruments import INDICES
from rut_dash.market.problems import Staleness, problem_of
from rut_dash.ui.cache import cached, catalogue, catalogue_version, market, own_files
from rut_dash.ui.price_selection import Legs
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.text import plain
from rut_dash.ui.view import ViewState
from rut_dash.wording import counted

# Seconds between two polls: while prices are being fetched, and while none are.
_ACTIVE_INTERVAL: Final = 1.5
_IDLE_INTERVAL: Final = 15.0
_LONG_AGO: Final = pd.Timestamp("2000-01-03")


class PageSnapshot(NamedTuple):
    """The fingerprint of what a page was drawn from: it is drawn again where this changes.

    Attributes
    ----------
    active
        True while prices are being fetched.
    versions
        Of the bars of every symbol of the page; empty where there are none.
    problems
        The errors of the last tries, one for each symbol that the page reports on.
    forced
        The symbols that are fetched at a reader's request.
    files
        When the reader's own files were last written.
    behind
        How many final sessions prices are behind that end on a day long ago: it grows with each
        session for all prices alike.
    """

    active: bool
    versions: dict[str, str]
    problems: tuple[Staleness | None, ...]
    forced: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    behind: int


def symbols_to_poll(legs: Legs) -> list[str]:
    """Return the symbols of a page of two legs."""
    return list(dict.fromkeys((*legs, *INDICES)))


def scope_of(view: ViewState, pair: PricePair) -> Scope:
    """Return what a view displays of a pair, resolved once for all sessions.

    What of the view concerns tables alone is left out: no figure depends on it.
    """
    behind = 0 if pair.simulated else market().sessions_behind(pair.as_of)
    return cached(_resolved, view.for_figures, pair, catalogue_version(), behind)


def _resolved(view: ViewState, pair: PricePair, _events: tuple[str, int], behind: int) -> Scope:
    return resolve_scope(view, pair, catalogue, behind)


def ensure_prices(
    legs: Legs, other_symbols: Iterable[str] = (), *, all_symbols: bool = False
) -> PageSnapshot:
    """Have what is missing or due fetched behind the page; return the page's snapshot.

    Parameters
    ----------
    legs
        The fund and the benchmark of the view.
    other_symbols
        Symbols that the page needs besides: they are fetched after the legs.
    all_symbols
        True for a page on everything that is stored; of the rest nothing is fetched.
    """
    source = market()
    symbols = symbols_to_poll(legs)
    versions = {symbol: source.version(symbol) for symbol in symbols}
    if all(versions[symbol] for symbol in legs):
        symbols = list(dict.fromkeys((*symbols, *other_symbols)))
    source.refresh_in_background(symbols)
    reported: Sequence[str] = legs
    if all_symbols:
        reported = symbols = list(dict.fromkeys((*symbols, *source.symbols())))
    for symbol in symbols:
        if symbol not in versions:
            versions[symbol] = source.version(symbol)
    errors = [source.last_problem(symbol) for symbol in reported] if source.can_fetch else []
    progress = source.progress()
    return PageSnapshot(
        progress.active,
        versions,
        tuple(map(_staleness, errors)),
        progress.forced,
        own_files(),
        behind=source.sessions_behind(_LONG_AGO),
    )


def _staleness(error: RutDashError | None) -> Staleness | None:
    if error is None:
        return None
    return Staleness(problem_of(error), getattr(error, "retry_at", None))


def poll_for_changes(
    legs: Legs,
    snapshot: PageSnapshot,
    other_symbols: Sequence[str] = (),
    *,
    all_symbols: bool = False,
) -> None:
    """Draw the page again once its snapshot changes; draw the progress of fetches.

    Parameters
    ----------
    legs
        The fund and the benchmark of the view.
    snapshot
        What `ensure_prices` returned before the page was drawn.
    other_symbols, all_symbols
        As for `ensure_prices`.
    """
    # Also where nothing is fetched here: another process may have filled the store.
    take_snapshot = partial(ensure_prices, legs, other_symbols, all_symbols=all_symbols)
    interval = _ACTIVE_INTERVAL if snapshot.active else _IDLE_INTERVAL
    st.fragment(_poll, run_every=interval)(_Poll(take_snapshot, snapshot))


@dataclass(slots=True)
class _Poll:
    """What one drawing of a page polls for.

    Parameters
    ----------
    take_snapshot
        Returns the snapshot at the time of the call.
    snapshot
        The one that the page was drawn from.
    is_first_run
        True in the run that draws the page, which has just taken the snapshot.
    """

    take_snapshot: Callable[[], PageSnapshot]
    snapshot: PageSnapshot
    is_first_run: bool = True


def _poll(poll: _Poll) -> None:
    """Rerun the page where its snapshot changed; draw the progress."""
    if not poll.is_first_run and poll.take_snapshot() != poll.snapshot:
        st.rerun()
    poll.is_first_run = False
    progress = market().progress()
    if progress.active and progress.total:
        title = f"Fetching {progress.current}" if progress.current else "Fetching prices"
        st.progress(
            progress.done / progress.total,
            text=f"{plain(title)} · {progress.done} of {counted(progress.total, 'symbol')} done",
        )
