"""Prices behind a page: what is stored at once, the rest fetched behind it, never waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import streamlit as st

from rut_dash.errors import RutDashError
from rut_dash.market.history import PricePair
from rut_dash.market.market import Market, Outcome
from rut_dash.ui.cache import (
    cached,
    catalogue,
    catalogue_version,
    demo,
    history,
    market,
    own_files,
    singleton,
)
from rut_dash.ui.price_selection import Legs, PriceSelection, select_prices
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.text import plain
from rut_dash.ui.view import ViewState
from rut_dash.wording import counted

__all__ = [
    "INDICES",
    "PageSnapshot",
    "Refreshes",
    "ensure_prices",
    "find_price_selection",
    "poll_for_changes",
    "refreshes",
    "scope_of",
    "symbols_to_poll",
]

# The indices stand beside the funds in the period table where they are loaded.
INDICES: Final = ("^RUT", "^GSPC")

# Seconds between two looks: while prices are on their way, and while nothing is.
_SOON: Final = 1.5
_SELDOM: Final = 15.0


class PageSnapshot(NamedTuple):
    """What a page must be drawn again for, where it changes.

    Attributes
    ----------
    active
        True while prices are on their way.
    versions
        Of the bars of every symbol that the page follows; empty where there are none.
    others
        What is being fetched by a reader's wish, and what went wrong.
    files
        When the reader's own files were last written.
    """

    active: bool
    versions: dict[str, str]
    others: tuple[str, ...]
    files: tuple[tuple[str, int], ...]


def symbols_to_poll(asked: Legs) -> list[str]:
    """Return the symbols that a page of two legs follows."""
    return list(dict.fromkeys((*asked, *INDICES)))


def find_price_selection(
    asked: Legs, before: Legs | None, versions: Mapping[str, str]
) -> PriceSelection:
    """Return the prices to show now; nobody is asked for them.

    Parameters
    ----------
    asked
        The fund and the benchmark of the view.
    before
        Those that the session showed last; None on its first run.
    versions
        What :meth:`Market.version` just returned, of the symbols for which that is known.
    """
    source = market()
    return select_prices(
        asked,
        before,
        stored=lambda symbol: history(symbol, versions.get(symbol)),
        demo=demo if source.has_demo else None,
        why_missing=_why_missing,
        align=lambda fund, benchmark: cached(PricePair.align, fund, benchmark),
    )


def scope_of(view: ViewState, pair: PricePair) -> Scope:
    """Return what a view shows of a pair, decided once for all sessions.

    Which claims are listed, and which is open, is the ledger's alone: no figure is kept by it.
    """
    view = view.with_(claim="", claim_sources=(), claim_verdicts=(), claim_kind="")
    return cached(_decided, view, pair, catalogue_version())


def _decided(view: ViewState, pair: PricePair, _events: tuple[str, int]) -> Scope:
    return resolve_scope(view, pair, catalogue)


def _why_missing(symbol: str) -> RutDashError | None:
    source = market()
    problem = source.last_problem(symbol)
    if problem is None and not source.can_fetch:
        try:
            source.load(symbol)  # nobody is asked: it only says why there is nothing
        except RutDashError as error:
            return error
    return problem


class Refreshes:
    """Refreshes that a reader asked for: done behind the page, with what came of them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: list[str] = []
        self._outcomes: dict[str, Outcome] = {}

    @property
    def waiting(self) -> tuple[str, ...]:
        """The symbols not done yet."""
        with self._guard:
            return tuple(self._waiting)

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """What came of the last refresh of each symbol."""
        with self._guard:
            return dict(self._outcomes)

    def ask(self, source: Market, symbols: Iterable[str]) -> None:
        """Have symbols fetched again although nothing is due; returns at once."""
        with self._guard:
            idle = not self._waiting
            self._waiting += [symbol for symbol in symbols if symbol not in self._waiting]
        if idle:
            threading.Thread(target=self._work, args=(source,), name="asked", daemon=True).start()

    def _work(self, source: Market) -> None:
        while waiting := self.waiting:
            outcome = source.refresh(waiting[0], force=True)
            with self._guard:
                self._outcomes[waiting[0]] = outcome
                self._waiting.remove(waiting[0])


def refreshes() -> Refreshes:
    """Return the process's one record of the refreshes asked for."""
    return singleton(Refreshes)


def ensure_prices(
    asked: Legs, further: Iterable[str] = (), *, everything: bool = False
) -> PageSnapshot:
    """Have what is missing or due fetched behind the page; return what to watch from here on.

    Parameters
    ----------
    asked
        The legs of the view.
    further
        Symbols that the page needs besides: they come after the legs.
    everything
        True watches all that is stored, of which nothing is fetched.
    """
    source, record = market(), refreshes()
    symbols = symbols_to_poll(asked)
    if all(map(source.version, asked)):
        symbols = list(dict.fromkeys((*symbols, *further)))
    source.background(symbols)
    told: Sequence[str] = asked
    if everything:
        symbols = list(dict.fromkeys((*symbols, *source.symbols())))
        told = symbols
    problems = (source.last_problem(symbol) for symbol in told) if source.can_fetch else ()
    return PageSnapshot(
        source.progress().active or bool(record.waiting),
        {symbol: source.version(symbol) for symbol in symbols},
        (*map(str, problems), *record.waiting),
        own_files(),
    )


def poll_for_changes(
    asked: Legs, seen: PageSnapshot, further: Sequence[str] = (), *, everything: bool = False
) -> None:
    """Look now and then whether what it shows changed, and only then draw the page again.

    Parameters
    ----------
    asked
        The legs of the view.
    seen
        What `ensure_prices` returned before the page was drawn.
    further, everything
        As for `ensure_prices`.
    """
    # Also where nothing is fetched here: another process may have filled the store.
    just_looked = ["in the run that draws it"]
    every = _SOON if seen.active else _SELDOM
    follow = partial(ensure_prices, asked, further, everything=everything)
    st.fragment(_look, run_every=every)(follow, seen, just_looked)


def _look(follow: Callable[[], PageSnapshot], seen: PageSnapshot, just_looked: list[str]) -> None:
    if just_looked:
        just_looked.clear()
    elif follow() != seen:
        st.rerun()
    progress = market().progress()
    if progress.active and progress.total:
        what = f"Fetching {progress.current}" if progress.current else "Fetching prices"
        st.progress(
            progress.done / progress.total,
            text=f"{plain(what)} · {progress.done} of {counted(progress.total, 'symbol')} done",
        )
