"""Prices for the rest of the program: stored ones at once, new ones when they are due.

A `Market` joins a store and a source. Reading never asks a source. Every fetch goes through one
`RefreshQueue`. Every failure leaves the stored bars as they are, with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

from rut_dash.errors import (
    BarsPlace,
    DataUnavailable,
    NotSimulated,
    NotStored,
    Offline,
    RutDashError,
)
from rut_dash.market import calendar
from rut_dash.market.fetcher import Fetcher, Outcome
from rut_dash.market.freshness import last_final_session, staleness_of, with_staleness
from rut_dash.market.health import Health, health_of
from rut_dash.market.history import PriceHistory
from rut_dash.market.importing import ImportResult, import_path
from rut_dash.market.problems import Staleness, problem_of
from rut_dash.market.refresh import Progress, RefreshQueue
from rut_dash.market.sources.base import FINAL_AFTER, PATIENCE, PriceSource, SourceRow
from rut_dash.market.store import Store
from rut_dash.market.store_cache import StoreCache, StoreNotice
from rut_dash.market.validation import validate_history

# How often a symbol is checked behind the page, in seconds.
_CHECK_EVERY: Final = 30.0

# The hour of the closing bell in New York.
_CLOSE: Final = 16
_NEW_YORK: Final = ZoneInfo("America/New_York")


class Market:
    """Prices of any symbol, from a store and a source.

    Safe to share between threads; one for a process is enough.

    Parameters
    ----------
    store
        Where bars are stored; None holds them in memory.
    source
        The source of new bars; None never asks any (offline).
    demo
        The source of simulated bars for symbols without real ones; None for none.
    clock
        Returns the time, timezone-aware.
    monotonic
        The clock of waits and intervals, in seconds.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    patience
        How long a caller waits for prices, in seconds.
    check_every
        How often a symbol is checked behind the page, and how long a store that cannot be read
        is left alone, in seconds.
    """

    def __init__(
        self,
        store: Store | None,
        source: PriceSource | None,
        *,
        demo: PriceSource | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        move_limit: float | None = None,
        patience: float = PATIENCE,
        check_every: float = _CHECK_EVERY,
    ) -> None:
        self._source = source
        self._demo = demo
        self._has_store = store is not None
        self._demo_histories: dict[str, PriceHistory] = {}
        self._stale: dict[str, tuple[str, Staleness, PriceHistory]] = {}
        self._clock = clock
        self._monotonic = monotonic
        self._move_limit = move_limit
        self._patience = patience
        self._cache = StoreCache(store, self._checked, rest=check_every, monotonic=monotonic)
        self._fetcher = Fetcher(source, self._cache, self._checked, clock)
        self._queue = RefreshQueue(
            self._fetcher, patience=patience, check_every=check_every, monotonic=monotonic
        )

    # -- stored prices ---------------------------------------------------------------------

    @property
    def can_fetch(self) -> bool:
        """True where a source can be asked for new bars."""
        return self._source is not None

    @property
    def source_row(self) -> SourceRow | None:
        """The row of the source that all new bars come from; None where no source is asked."""
        if self._source is not None:
            return self._source.row
        return None if self._demo is None or self._has_store else self._demo.row

    @property
    def has_demo(self) -> bool:
        """True where symbols without real bars may have simulated ones."""
        return self._demo is not None

    @property
    def last_final_session(self) -> pd.Timestamp:
        """The last session whose bar is final."""
        return last_final_session(self._clock())

    def sessions_behind(self, last: pd.Timestamp) -> int:
        """Return how many sessions are final after a last one; an early close counts as usual."""
        now = (self._clock() - FINAL_AFTER).astimezone(_NEW_YORK)
        is_closed = now.hour >= _CLOSE
        return calendar.sessions_between(last, now.date() - timedelta(days=not is_closed))

    @property
    def notices(self) -> tuple[StoreNotice, ...]:
        """What fails in the store at present."""
        return self._cache.notices

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have bars, sorted."""
        return tuple(sorted(self._cache.symbols()))

    def version(self, symbol: str) -> str:
        """Return what changes whenever `stored` would, cheaply; empty where there are no bars."""
        version = self._cache.version(symbol)
        until = self._fetcher.rate_limited_until() if version else None
        if until is None:
            return version
        # Bars become stale during a rate limit when another session is final.
        return f"{version}~{until:%Y%m%d%H%M%S}~{self.last_final_session:%Y%m%d}"

    def stored(self, symbol: str) -> PriceHistory | None:
        """Return the stored bars, without asking a source; None where there are none.

        Raises
        ------
        SchemaError
            If they come from a folder whose file breaks the schema.
        """
        history = self._cache.read(symbol)
        if history is None:
            return None
        stale_because = staleness_of(history, self._fetcher.effective_status(symbol))
        if stale_because is None:
            return history
        # The same object until something changes: what is computed from it may be cached.
        entry = self._stale.get(symbol)
        if entry is None or entry[:2] != (history.version, stale_because):
            stale = with_staleness(history, stale_because)
            entry = self._stale[symbol] = (history.version, stale_because, stale)
        return entry[2]

    def demo(self, symbol: str) -> PriceHistory:
        """Return simulated bars; they are never stored and never mixed with real ones.

        Raises
        ------
        DataUnavailable
            If there is no demo, or it has no such symbol.
        """
        if self._demo is None:
            raise NotSimulated(symbol)
        if symbol not in self._demo_histories:
            self._demo_histories[symbol] = self._demo.fetch(symbol)
        return self._demo_histories[symbol]

    def last_problem(self, symbol: str) -> RutDashError | None:
        """Return the error of a symbol's last try; None where it went well."""
        return self._fetcher.stored_error(symbol) or self._queue.problem(symbol)

    def missing_reason(self, symbol: str) -> RutDashError | None:
        """Return why a symbol has no bars; None while they are fetched or were never tried."""
        problem = self.last_problem(symbol)
        return self._not_stored(symbol) if problem is None and not self.can_fetch else problem

    def health(self, symbol: str) -> Health:
        """Return the state of a symbol's bars; where there are none, why."""
        status = self._fetcher.effective_status(symbol)
        return health_of(symbol, self.stored(symbol), status, self.last_final_session)

    # -- new prices ------------------------------------------------------------------------

    def load(self, symbol: str) -> PriceHistory:
        """Return the newest bars, asking the source where a fetch is due: it may use the network.

        Where bars are stored, a failure returns those, marked with the reason.

        Raises
        ------
        DataUnavailable
            If there are none and none could be had.
        SchemaError
            If they come from a folder whose file breaks the schema.
        """
        ends = self._monotonic() + self._patience
        error: RutDashError | None = None
        if self.can_fetch and self._fetcher.needs_fetch(symbol):
            error = self._queue.run(symbol, timeout=ends - self._monotonic()).error
        history = self.stored(symbol)
        if history is None:
            raise error or self._not_stored(symbol)
        if error is None or history.provenance.stale_because is not None:
            return history
        if not self._fetcher.needs_fetch(symbol):
            return history  # the answer came just after the wait for it was over
        # A wait that was given up has left no reason in the status.
        return with_staleness(history, Staleness(problem_of(error)))

    def refresh(self, symbol: str, *, force: bool = False) -> Outcome:
        """Ask the source for a symbol where it is due; one caller at a time.

        Parameters
        ----------
        force
            Ask although nothing is due; see `RefreshQueue.run`.
        """
        if not self.can_fetch:
            return Outcome(symbol, "failed", error=self._not_stored(symbol))
        return self._queue.run(symbol, force=force)

    def is_due(self, symbol: str) -> bool:
        """Return True if a refresh is worthwhile now."""
        return self._fetcher.is_due(symbol)

    def refresh_in_background(self, symbols: Iterable[str], *, force: bool = False) -> None:
        """Have symbols refreshed behind the caller, one after the other; return at once.

        Parameters
        ----------
        symbols
            Those that are due are fetched; each is checked twice a minute at most.
        force
            Fetch all of them, due or not, as a reader requested.
        """
        if self.can_fetch:
            self._queue.add(symbols, force=force, is_quick=self._cache.is_quick)

    def progress(self) -> Progress:
        """Return the state of the refreshes behind the page."""
        return self._queue.progress()

    def import_path(self, path: Path) -> list[ImportResult]:
        """Store the bars of a file, or of every price file in a folder.

        A file is taken whole or refused whole; what is stored never shrinks (see
        `rut_dash.market.merge.merge_import`).

        Raises
        ------
        SchemaError
            If there is nothing at ``path``.
        StoreError
            If bars come from a folder, so that there is no store.
        """
        return import_path(
            Path(path),
            self._cache,
            check=self._checked,
            last_final=self.last_final_session,
            move_limit=self._move_limit,
        )

    # -- helpers ---------------------------------------------------------------------------

    def _checked(self, history: PriceHistory, where: BarsPlace | None = None) -> PriceHistory:
        """Return a history that may be stored."""
        today = self._clock().astimezone(_NEW_YORK).date()
        where = history.symbol if where is None else where
        return validate_history(history, where, today=today, move_limit=self._move_limit)

    def _not_stored(self, symbol: str) -> DataUnavailable:
        """Return the error for a symbol that has no bars though nothing went wrong."""
        if not self.can_fetch:
            return Offline(symbol)
        return NotStored(symbol, fetching=True)
