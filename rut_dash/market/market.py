"""Prices for the rest of the program: stored ones at once, new ones when they are due.

A `Market` joins a store and a source. Reading never asks a source. Loading asks it where the
last closed session is missing, and one caller at a time: threads share one flight, processes
the store's lock, and whoever waited looks again before asking. Every failure leaves the
stored bars as they are, with the reason beside them.
"""

from __future__ import annotations

import logging
import math
import os
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

import pandas as pd

from rut_dash.errors import (
    DataUnavailable,
    Fault,
    InvalidInput,
    RutDashError,
    SchemaError,
    StoreError,
    UnknownSymbol,
)
from rut_dash.market import calendar, merge
from rut_dash.market.health import Gap, Health, find_gap, has_gap_before, health_of, marked
from rut_dash.market.history import PriceHistory
from rut_dash.market.importing import ImportResult, import_path
from rut_dash.market.sources.base import (
    DEFAULT,
    FINAL_AFTER,
    PATIENCE,
    PriceSource,
    Request,
    source,
)
from rut_dash.market.sources.folder import FolderSource, price_files, symbol_of_file
from rut_dash.market.store import Status, Store
from rut_dash.market.store_cache import StoreCache

__all__ = ["Health", "ImportResult", "Market", "Outcome", "Progress", "open_market"]

_LOG: Final = logging.getLogger("rut_dash.market")

# A page looks this often whether prices are due, in seconds.
_CHECK_EVERY: Final = 30.0

_NEW_YORK: Final = ZoneInfo("America/New_York")

_COOLDOWN: Final = (timedelta(minutes=15), timedelta(hours=6))  # after HTTP 429
_PAUSE: Final = (timedelta(minutes=1), timedelta(hours=1))  # after any other failure
_UNKNOWN_PAUSE: Final = (timedelta(hours=1), timedelta(hours=24))
_RECHECK: Final = (timedelta(minutes=10), timedelta(hours=24))  # while a session is missing
_JITTER: Final = 0.25
_LONGEST: Final = max(longest for _, longest in (_COOLDOWN, _PAUSE, _UNKNOWN_PAUSE, _RECHECK))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a refresh.

    Parameters
    ----------
    symbol
        The symbol.
    status
        "fetched" (a source answered and its bars are kept), "current" (nothing was due),
        "failed", or "cooling" (the source must not be asked yet).
    rows_added
        Sessions that were not there before.
    error
        What went wrong; None unless it failed or is cooling.
    retry_at
        When it is worthwhile again, timezone-aware; None where nothing is waited for.
    """

    symbol: str
    status: Literal["fetched", "current", "failed", "cooling"]
    rows_added: int = 0
    error: RutDashError | None = None
    retry_at: datetime | None = None

    @property
    def problem(self) -> str | None:
        """The sentence about what went wrong."""
        return None if self.error is None else str(self.error)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the background refresh is.

    Parameters
    ----------
    active
        True while prices are on their way.
    done, total
        Symbols of this round.
    current
        The symbol that is being fetched.
    problems
        By symbol, what went wrong when this process last tried or looked.
    """

    active: bool
    done: int
    total: int
    current: str | None
    problems: Mapping[str, RutDashError]


class Market:
    """Prices of any symbol, from a store and a source, or from one folder.

    Safe to share between threads; one for a process is enough.

    Parameters
    ----------
    store
        Where bars are kept; None keeps them in memory.
    source
        Who is asked for new bars; None never asks anybody (offline).
    folder
        Where given, bars come from its files alone: no store, no source, no freshness.
    demo
        The simulated bars that may stand in; None where none may.
    clock
        Tells the time, timezone-aware.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    patience
        How long a caller waits for prices, in seconds.
    check_every
        How often the background looks whether a symbol is due, and how long a store that
        cannot be read is left alone, in seconds.
    """

    def __init__(
        self,
        store: Store | None,
        source: PriceSource | None,
        *,
        folder: FolderSource | None = None,
        demo: PriceSource | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        move_limit: float | None = None,
        patience: float = PATIENCE,
        check_every: float = _CHECK_EVERY,
    ) -> None:
        self._source = None if folder is not None else source
        self._folder = None if folder is None else _Folder(folder)
        self._demo = None if folder is not None else demo
        self._clock = clock
        self._move_limit = move_limit
        self._patience = patience
        self._kept = StoreCache(store, self._checked, rest=check_every)
        self._guard = threading.Lock()
        self._flights: dict[str, Future[Outcome]] = {}
        self._problems: dict[str, RutDashError] = {}
        self._silence: tuple[str, float] | None = None
        self._background = _Background(self._looked_at, self._refreshed, check_every)

    # -- what there is ---------------------------------------------------------------------

    @property
    def can_fetch(self) -> bool:
        """True where a source can be asked for new bars."""
        return self._source is not None

    @property
    def settled(self) -> pd.Timestamp:
        """The last session whose bar is final."""
        return self._settled(self._clock())

    @property
    def has_demo(self) -> bool:
        """True where simulated bars may stand in for real ones."""
        return self._demo is not None

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences about what fails in the store at present."""
        return self._kept.notices

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have bars, sorted."""
        if self._folder is not None:
            return self._folder.source.symbols()
        return tuple(sorted(self._kept.symbols()))

    def version(self, symbol: str) -> str:
        """Return what changes whenever `stored` would, cheaply; empty where there are no bars."""
        if self._folder is not None:
            return self._folder.version(symbol)
        version = self._kept.version(symbol)
        until = self._barred_until() if version else None
        if until is None:
            return version
        # Bars become stale during a cool-down when another session has settled.
        return f"{version}~{until:%Y%m%d%H%M%S}~{self.settled:%Y%m%d}"

    def stored(self, symbol: str) -> PriceHistory | None:
        """Return the bars that there are, without asking anybody; None where there are none.

        Raises
        ------
        SchemaError
            If they come from a folder whose file breaks the schema.
        """
        if self._folder is not None:
            with suppress(DataUnavailable):
                return self._folder.read(symbol)
            return None
        history = self._kept.read(symbol)
        return None if history is None else marked(history, self._known(symbol))

    def demo(self, symbol: str) -> PriceHistory:
        """Return simulated bars; they are never stored and never mixed with real ones.

        Raises
        ------
        DataUnavailable
            If there is no demo, or it has no such symbol.
        """
        if self._demo is None:
            raise DataUnavailable(
                symbol, "the demo", "it does not stand in here", kind=Fault.NOT_STORED
            )
        return self._demo.fetch(symbol)

    def last_problem(self, symbol: str) -> RutDashError | None:
        """Return what went wrong at a symbol's last try; None where nothing did."""
        if self._folder is not None:
            try:
                self._folder.read(symbol)
            except RutDashError as error:
                return error
            return None
        told = self._told(symbol, self._known(symbol))
        return told or self._problems.get(symbol)

    def health(self, symbol: str) -> Health:
        """Return the state of a symbol's bars; where there are none, why."""
        if self._folder is not None:
            problem = self.last_problem(symbol)
            status = Status(problem=None if problem is None else _clause(problem))
            history = None if problem is not None else self._folder.read(symbol)
            return health_of(symbol, history, status, None)
        status = self._known(symbol)
        return health_of(symbol, self.stored(symbol), status, self.settled)

    # -- new prices ------------------------------------------------------------------------

    def load(self, symbol: str) -> PriceHistory:
        """Return bars that are as new as can be had, within the patience of a caller.

        With stored bars a failure returns those, marked with the reason.

        Raises
        ------
        DataUnavailable
            If there are none and none could be had.
        SchemaError
            If they come from a folder whose file breaks the schema.
        """
        if self._folder is not None:
            return self._folder.read(symbol)
        error: RutDashError | None = None
        ends = time.monotonic() + self._patience
        if self._source is not None and self._is_wanted(symbol):
            error = self._refreshed_until(symbol, ends).error
        history = self.stored(symbol)
        if history is None:
            raise error or self._not_stored(symbol)
        if error is None or history.provenance.stale_because is not None:
            return history
        if not self._is_wanted(symbol):
            return history  # the answer came just after the wait for it was given up
        # A wait that was given up has left no reason in the status.
        provenance = replace(history.provenance, stale_because=_clause(error))
        return PriceHistory(symbol, history.bars, provenance)

    def refresh(self, symbol: str, *, force: bool = False) -> Outcome:
        """Ask the source for a symbol where it is due; one caller at a time.

        Parameters
        ----------
        symbol
            The symbol.
        force
            Ask although nothing is due. A cool-down is kept all the same, and so is the
            silence that a caller has just sat through for another symbol: nobody waits for
            it once a symbol.
        """
        return self._refreshed_until(symbol, time.monotonic() + self._patience, force=force)

    def _refreshed_until(self, symbol: str, ends: float, *, force: bool = False) -> Outcome:
        """Do as `refresh`, up to a time of the monotonic clock."""
        if self._folder is not None:
            return Outcome(symbol, "current")
        if self._source is None:
            return Outcome(symbol, "failed", error=self._not_stored(symbol))
        silence = self._silent_just_now(symbol)
        if silence is not None and (force or self._is_wanted(symbol)):
            return Outcome(symbol, "failed", error=silence)
        return self._refreshed(symbol, force, ends)

    def _refreshed(self, symbol: str, force: bool = False, ends: float | None = None) -> Outcome:
        """Ask the source for a symbol where it is due, or join whoever asks already."""
        with self._guard:
            flight = self._flights.get(symbol)
            if flight is None:
                flight = Future()
                threading.Thread(
                    target=self._fly,
                    args=(symbol, force, flight),
                    name=f"refresh {symbol}",
                    daemon=True,
                ).start()
                self._flights[symbol] = flight  # the thread takes it out under the same guard
        try:
            left = self._patience if ends is None else max(0.0, ends - time.monotonic())
            return flight.result(left)
        except TimeoutError:
            self._silence = (symbol, time.monotonic())
            reason = f"no answer came within {self._patience:g} seconds"
            return Outcome(symbol, "failed", error=self._silent(symbol, reason))

    def _silent_just_now(self, symbol: str) -> RutDashError | None:
        """Return the silence that a caller has just sat through for another symbol."""
        if self._silence is None:
            return None
        other, at = self._silence
        if other == symbol or time.monotonic() - at > self._patience:
            return None
        return self._silent(symbol, f"it did not answer when asked for {other}")

    def is_due(self, symbol: str) -> bool:
        """Say whether a refresh is worthwhile now."""
        if self._source is None:
            return False
        now = self._clock()
        status = self._tried(symbol)
        if self._barred_until() is not None:
            return False
        if status.problem is not None and _ahead(status.retry_at, now) is not None:
            return False
        return self._is_wanted(symbol)

    def background(self, symbols: Iterable[str]) -> None:
        """Have those of the symbols that are due refreshed behind the caller, one by one.

        Returns at once. The first call starts the one thread, later ones add to its work; a
        symbol is looked at every half minute at most.
        """
        if self._source is not None:
            self._background.add(symbols, quick=self._kept.quick)

    def progress(self) -> Progress:
        """Return how far the background refresh is."""
        with self._guard:
            problems = MappingProxyType(dict(self._problems))
        return replace(self._background.progress(), problems=problems)

    def import_path(self, path: Path) -> list[ImportResult]:
        """Store the bars of a file, or of every price file in a folder.

        A file is taken whole or refused whole; what is stored never shrinks (see
        `rut_dash.market.merge.merged_import`).

        Raises
        ------
        SchemaError
            If there is nothing at ``path``.
        StoreError
            If bars come from a folder, so that there is no store.
        """
        if self._folder is not None:
            raise StoreError(
                str(path),
                "is not in use: prices are read from a folder",
                "Import without --prices and RUT_DASH_PRICES",
            )
        return import_path(
            Path(path),
            self._kept,
            check=self._checked,
            settled=self.settled,
            move_limit=self._move_limit,
        )

    # -- freshness -------------------------------------------------------------------------

    def _settled(self, now: datetime) -> pd.Timestamp:
        """Return the last session whose bar is final."""
        return calendar.last_closed_session(now - FINAL_AFTER)

    def _checked(self, history: PriceHistory, where: str | Path | None = None) -> PriceHistory:
        """Return a history that may be stored."""
        today = self._clock().astimezone(_NEW_YORK).date()
        where = history.symbol if where is None else where
        return merge.check(history, where, today=today, move_limit=self._move_limit)

    def _is_wanted(self, symbol: str) -> bool:
        if self._kept.is_unsaved(symbol):
            return True
        lack = self._due(self._kept.read(symbol), self._tried(symbol), self._clock())
        return lack is not None

    def _due(self, history: PriceHistory | None, status: Status, now: datetime) -> Gap | None:
        """Return what a source is to be asked for; None where nothing, or it was just asked.

        A last try that failed does not count as asked: the next caller may be luckier.
        """
        settled = self._settled(now)
        lack = find_gap(history, settled)
        answered = status.problem is None and status.wanted == settled.date()
        just_asked = answered and _ahead(status.retry_at, now) is not None
        return None if just_asked and history is not None else lack

    def _tried(self, symbol: str) -> Status:
        """Return what is known of fetching a symbol; another source's troubles are its own."""
        status = self._kept.status(symbol)
        if self._source is None or status.asked in (None, self._source.name):
            return status
        return Status(attempts=status.attempts, fetched_at=status.fetched_at, source=status.source)

    def _known(self, symbol: str) -> Status:
        """Return what is known of fetching a symbol, the cool-down of the source included."""
        status = self._tried(symbol)
        if self._barred_until() is None or not self._is_wanted(symbol):
            return status
        return self._barred(status, self._cooldown())

    def _barred(self, status: Status, cooldown: Status) -> Status:
        """Return the status of a symbol whose source must not be asked."""
        return replace(
            status,
            problem=cooldown.problem,
            kind=Fault.RATE_LIMITED,
            retry_at=cooldown.cooldown_until,
            cooldown_until=cooldown.cooldown_until,
            wanted=self.settled.date(),
        )

    def _cooldown(self) -> Status:
        """Return the source's own status: a rate limit holds for every symbol."""
        return self._kept.status(self._cooldown_key())

    def _barred_until(self) -> datetime | None:
        """Return until when the source must not be asked; None where it may be."""
        if self._source is None:
            return None
        return _ahead(self._cooldown().cooldown_until, self._clock(), _COOLDOWN[1])

    def _cooldown_key(self) -> str:
        assert self._source is not None
        return f"@{self._source.name}"  # no symbol begins so

    # -- one flight ------------------------------------------------------------------------

    def _fly(self, symbol: str, force: bool, flight: Future[Outcome]) -> None:
        """Refresh a symbol for all who wait."""
        try:
            outcome = self._refresh(symbol, force)
        except Exception as error:
            _log_unexpected(symbol, error)
            outcome = Outcome(symbol, "failed", error=_unexpected(symbol, error))
        if getattr(outcome.error, "kind", None) is Fault.SILENT:
            self._silence = (symbol, time.monotonic())
        with self._guard:
            self._flights.pop(symbol, None)
            if outcome.error is None:
                self._silence = None
                self._problems.pop(symbol, None)
            else:
                self._problems[symbol] = outcome.error
        flight.set_result(outcome)

    def _refresh(self, symbol: str, force: bool) -> Outcome:
        before = self._kept.status(symbol).attempts
        try:
            with self._kept.locked(symbol):
                return self._refresh_alone(symbol, force, before)
        except TimeoutError:
            reason = "another process is still waiting for its answer"
            return Outcome(symbol, "failed", error=self._silent(symbol, reason))

    def _refresh_alone(self, symbol: str, force: bool, attempts: int) -> Outcome:
        """Refresh a symbol; nobody else does at the same time."""
        self._kept.begin(symbol)
        if self._kept.is_unsaved(symbol):
            self._kept.save(symbol)
        status = self._tried(symbol)
        stored = self._kept.read(symbol)
        if status.attempts != attempts:  # whoever held the lock has just tried
            error = self._told(symbol, status)
            if error is not None:
                return Outcome(symbol, "failed", error=error, retry_at=status.retry_at)
            if stored is not None:
                return Outcome(symbol, "current", retry_at=status.retry_at)
        now = self._clock()
        lack = self._due(stored, status, now)
        if lack is None and not force:
            return Outcome(symbol, "current", retry_at=_ahead(status.retry_at, now))
        if self._barred_until() is not None:
            barred = self._barred(status, self._cooldown())
            error = self._told(symbol, barred)
            return Outcome(symbol, "cooling", error=error, retry_at=barred.retry_at)
        return self._ask(symbol, stored, status, lack, now)

    def _ask(
        self,
        symbol: str,
        stored: PriceHistory | None,
        status: Status,
        lack: Gap | None,
        now: datetime,
    ) -> Outcome:
        """Ask the source, and keep what it gives or say why not; one line is logged."""
        assert self._source is not None
        started = time.monotonic()
        settled = self._settled(now)
        tried = replace(
            status,
            attempts=status.attempts + 1,
            tried_at=now,
            asked=self._source.name,
            wanted=settled.date(),
        )
        mode, rows = "whole", 0
        try:
            candidate, mode, rows = self._candidate(symbol, stored, lack)
            self._kept.keep(stored, candidate, whole=mode == "whole")
        except Exception as error:
            # Whatever it is, it is put down like any failure: nobody asks again at once.
            if isinstance(error, DataUnavailable | SchemaError):
                told = error
            else:
                _log_unexpected(symbol, error)
                told = _unexpected(symbol, error)
            outcome = self._failed(symbol, tried, told, now)
            self._log(symbol, mode, rows, started, _kind(told).value)
            return outcome
        known = candidate.sessions[:0] if stored is None else stored.sessions
        added = len(candidate.sessions.difference(known))
        empty_polls, retry_at = 0, None
        if find_gap(candidate, settled) is not None:
            empty_polls = 1 if added else status.empty_polls + 1
            retry_at = now + _delay(_RECHECK, empty_polls)
        done = replace(
            tried,
            fetched_at=now,
            source=self._source.name,
            problem=None,
            kind=None,
            failures=0,
            empty_polls=empty_polls,
            retry_at=retry_at,
            cooldown_until=None,
        )
        self._kept.set_status(symbol, done)
        self._warm_up(now)
        self._log(symbol, mode, rows, started, "fetched")
        return Outcome(symbol, "fetched", rows_added=added, retry_at=retry_at)

    def _candidate(
        self, symbol: str, stored: PriceHistory | None, lack: Gap | None
    ) -> tuple[PriceHistory, str, int]:
        """Return bars that may be stored, how they were had, and how many rows came.

        Raises
        ------
        DataUnavailable
            If the source could not be had.
        SchemaError
            If its bars are refused.
        """
        assert self._source is not None
        where = f"{symbol} from {self._source.name}"
        start = None if stored is None else merge.overlap_start(stored)
        if stored is not None and start is not None:
            # A gap that an update would not reach is filled with the next session at the latest.
            gaps = (Gap.SESSIONS, Gap.LAST_SESSION)
            old_gap = lack in gaps and has_gap_before(stored, start)
            fresh = None if old_gap else self._source.fetch(symbol, start)
            joined = None if fresh is None else merge.extended(stored, fresh)
            if fresh is not None and joined is not None:
                return self._checked(joined, where), "update", len(fresh.bars)
        fresh = self._checked(self._source.fetch(symbol), where)
        whole = merge.replaced(stored, fresh)
        if whole is not fresh:
            whole = self._checked(whole, where)
        return whole, "whole", len(fresh.bars)

    def _failed(
        self, symbol: str, tried: Status, error: DataUnavailable | SchemaError, now: datetime
    ) -> Outcome:
        """Put a failure down, and return it with the time of the next try."""
        assert self._source is not None
        kind = _kind(error)
        failures = tried.failures + 1
        until = None
        if kind is Fault.RATE_LIMITED:
            until = self._cool_down(error, now)
        pause = _UNKNOWN_PAUSE if kind is Fault.UNKNOWN_SYMBOL else _PAUSE
        status = replace(
            tried,
            problem=_clause(error),
            kind=kind,
            failures=failures,
            retry_at=until or now + _delay(pause, failures),
            cooldown_until=until,
        )
        self._kept.set_status(symbol, status)
        told = self._told(symbol, status)
        assert told is not None
        told.__cause__ = error
        return Outcome(symbol, "failed", error=told, retry_at=status.retry_at)

    def _warm_up(self, asked: datetime) -> None:
        """Forget the cool-downs before a request that was answered; one since then stands."""
        cooldown = self._cooldown()
        if cooldown.failures and not _tried_since(cooldown, asked):
            self._kept.set_status(self._cooldown_key(), Status(attempts=cooldown.attempts + 1))

    def _cool_down(self, error: RutDashError, asked: datetime) -> datetime:
        """Keep every process from asking the source for a while; return until when."""
        key = self._cooldown_key()
        with suppress(TimeoutError), self._kept.locked(key):
            self._kept.forget(key)
            return self._cool_down_alone(error, asked)
        return self._cool_down_alone(error, asked)

    def _cool_down_alone(self, error: RutDashError, asked: datetime) -> datetime:
        standing = self._barred_until()
        if standing is not None:
            return standing  # of several requests in flight the first to be refused counts
        cooldown = self._cooldown()
        now = self._clock()
        failures = max(1, cooldown.failures + (not _tried_since(cooldown, asked)))
        until = now + _delay(_COOLDOWN, failures)
        status = replace(
            cooldown,
            attempts=cooldown.attempts + 1,
            tried_at=now,
            problem=_clause(error),
            kind=Fault.RATE_LIMITED,
            failures=failures,
            retry_at=until,
            cooldown_until=until,
        )
        self._kept.set_status(self._cooldown_key(), status)
        return until

    def _log(self, symbol: str, mode: str, rows: int, started: float, outcome: str) -> None:
        assert self._source is not None
        _LOG.log(
            logging.INFO if outcome == "fetched" else logging.WARNING,
            "fetch symbol=%s source=%r mode=%s rows=%d seconds=%.2f outcome=%s",
            symbol,
            self._source.name,
            mode,
            rows,
            time.monotonic() - started,
            outcome,
        )

    def _looked_at(self, symbol: str) -> bool:
        """Say whether a symbol is due; where it is not, note another process's failure."""
        due = self.is_due(symbol)
        if not due:
            told = self._told(symbol, self._known(symbol))
            with self._guard:
                if told is None:
                    self._problems.pop(symbol, None)
                else:
                    self._problems[symbol] = told
        return due

    # -- sentences -------------------------------------------------------------------------

    def _told(self, symbol: str, status: Status) -> RutDashError | None:
        """Return the error that a status tells of, perhaps another process's."""
        if status.problem is None or self._source is None:
            return None
        kind = UnknownSymbol if status.kind is Fault.UNKNOWN_SYMBOL else DataUnavailable
        reason = status.problem.removeprefix(f"{self._source.name}: ")
        if status.kind is Fault.REJECTED:
            reason = f"its bars were refused ({status.problem})"
        remedy = "Check the spelling" if kind is UnknownSymbol else ""
        return kind(
            symbol, self._source.name, reason, remedy, retry_at=status.retry_at, kind=status.kind
        )

    def _silent(self, symbol: str, reason: str) -> DataUnavailable:
        assert self._source is not None
        return DataUnavailable(symbol, self._source.name, reason, kind=Fault.SILENT)

    def _not_stored(self, symbol: str) -> DataUnavailable:
        """Return the error for a symbol that has no bars, with nothing having gone wrong."""
        if self._source is None:
            return DataUnavailable(
                symbol,
                "the store",
                "the network is switched off, and only what is stored is shown",
                "Import a file, or run without --offline and RUT_DASH_OFFLINE",
                kind=Fault.OFFLINE,
            )
        return DataUnavailable(
            symbol,
            "the store",
            "there are none yet",
            "They are being fetched",
            kind=Fault.NOT_STORED,
        )


# Nanoseconds after which a folder's time of change stands for what is in it.
_SETTLED_AFTER: Final = 2_000_000_000


class _Folder:
    """The bars of a folder's files, each read once until it changes."""

    def __init__(self, source: FolderSource) -> None:
        self.source = source
        self._seen: dict[str, tuple[str, PriceHistory]] = {}
        self._files: tuple[int, dict[str, Path]] | None = None

    def version(self, symbol: str) -> str:
        """Return what changes whenever a symbol's file does; empty where there is none."""
        with suppress(SchemaError, OSError):
            path = self._paths().get(symbol)
            if path is not None:
                found = path.stat()
                return f"{found.st_size:x}-{found.st_mtime_ns:x}"
        return ""

    def _paths(self) -> dict[str, Path]:
        """Return the first file of each symbol, listed again when a file came or went."""
        changed = self.source.path.stat().st_mtime_ns
        if self._files is None or self._files[0] != changed:
            paths: dict[str, Path] = {}
            for path in price_files(self.source.path):
                with suppress(SchemaError):
                    paths.setdefault(symbol_of_file(path), path)
            # A change right after this one may have the same time: only an old time is trusted.
            settled = time.time_ns() - changed > _SETTLED_AFTER
            self._files = (changed if settled else -1, paths)
        return self._files[1]

    def read(self, symbol: str) -> PriceHistory:
        """Return a symbol's bars.

        Raises
        ------
        DataUnavailable
            If no file is named after the symbol.
        SchemaError
            If its file breaks the schema.
        """
        version = self.version(symbol)
        seen = self._seen.get(symbol)
        if version and seen is not None and seen[0] == version:
            return seen[1]
        history = self.source.fetch(symbol)
        self._seen[symbol] = (version, history)
        return history


@dataclass(slots=True)
class _Background:
    """One thread that refreshes what is due, one symbol after the other.

    Parameters
    ----------
    is_due, refresh
        The market's.
    every
        How often a symbol is looked at, in seconds.
    """

    is_due: Callable[[str], bool]
    refresh: Callable[[str], Outcome]
    every: float
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _queue: list[str] = field(default_factory=list)
    _looked: dict[str, float] = field(default_factory=dict)
    _current: str | None = None
    _done: int = 0
    _total: int = 0
    _running: bool = False
    _warm: bool = False

    def add(self, symbols: Iterable[str], *, quick: bool) -> None:
        """Add symbols to the work.

        Parameters
        ----------
        symbols
            Those that may be due.
        quick
            Whether it takes no network to see that nothing is due: then that is seen here,
            and no thread makes a page believe that prices are on their way.
        """
        now = time.monotonic()
        with self._guard:
            fresh = [
                symbol
                for symbol in dict.fromkeys(symbols)
                if symbol not in self._queue
                and symbol != self._current
                and now - self._looked.get(symbol, float("-inf")) >= self.every
            ]
            self._looked.update(dict.fromkeys(fresh, now))
            # The first look builds the calendar, for which no page waits.
            quick = quick and self._warm
        if quick:
            fresh = [symbol for symbol in fresh if self.is_due(symbol)]
        with self._guard:
            if not self._running:
                self._done = self._total = 0
            self._queue += fresh
            self._total += len(fresh)
            if self._queue and not self._running:
                self._running = True
                threading.Thread(target=self._work, name="refresh", daemon=True).start()

    def progress(self) -> Progress:
        """Return how far the work is."""
        with self._guard:
            return Progress(self._running, self._done, self._total, self._current, {})

    def _work(self) -> None:
        while True:
            with self._guard:
                if not self._queue:
                    self._running, self._current = False, None
                    return
                symbol = self._current = self._queue.pop(0)
            try:
                if self.is_due(symbol):
                    self.refresh(symbol)
            except Exception as error:
                _log_unexpected(symbol, error)
            with self._guard:
                self._warm = True
                self._looked[symbol] = time.monotonic()
                self._done += 1


def open_market(prices: Path | None = None, *, offline: bool = False) -> Market:
    """Return the market that the arguments and the environment describe.

    The environment names the source (RUT_DASH_SOURCE, a row of
    `rut_dash.market.sources.SOURCES`), the store (RUT_DASH_STORE), the largest believable
    one-day move as a fraction (RUT_DASH_MOVE_LIMIT) and for how many seconds anybody waits for
    prices (RUT_DASH_PATIENCE). Where nobody has set up logging, the one line that is logged for
    each fetch goes to standard error.

    Parameters
    ----------
    prices
        A folder to read bars from, alone; RUT_DASH_PRICES where None.
    offline
        Ask no source; so does RUT_DASH_OFFLINE=1.

    Raises
    ------
    ViewError
        If a setting cannot be used.
    """
    _start_log()
    limit = _setting("RUT_DASH_MOVE_LIMIT", "a positive fraction, as 0.25")
    patience = _setting("RUT_DASH_PATIENCE", "seconds, 20 at most", PATIENCE) or PATIENCE
    named = os.environ.get("RUT_DASH_PRICES", "")
    if prices is None and named:
        prices = Path(named)
    if prices is not None:
        folder = FolderSource(Path(prices).expanduser(), move_limit=limit)
        return Market(None, None, folder=folder, move_limit=limit)
    offline = offline or os.environ.get("RUT_DASH_OFFLINE", "").lower() in ("1", "true", "yes")
    request = Request(move_limit=limit, patience=patience)
    chosen = source(os.environ.get("RUT_DASH_SOURCE") or DEFAULT, request)
    if chosen.simulated:  # its bars are never stored, and there is nothing newer to ask for
        return Market(None, None, demo=chosen, move_limit=limit)
    return Market(
        Store(),
        None if offline else chosen,
        demo=source("demo", request),
        move_limit=limit,
        patience=patience,
    )


def _setting(name: str, expected: str, most: float = math.inf) -> float | None:
    """Return a positive number of the environment; None where it is not set."""
    text = os.environ.get(name, "")
    if not text:
        return None
    with suppress(ValueError):
        value = float(text)
        if 0 < value <= most:
            return value
    raise InvalidInput(name, text, expected)


def _start_log() -> None:
    """Have what is logged reach standard error, unless logging has been set up."""
    logger = logging.getLogger("rut_dash")
    if logger.level == logging.NOTSET and not logger.hasHandlers():
        handler = logging.StreamHandler()
        form = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
        handler.setFormatter(form)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


def _unexpected(symbol: str, error: BaseException) -> DataUnavailable:
    return DataUnavailable(
        symbol,
        "the program",
        f"an unexpected error came up ({type(error).__name__})",
        "The log has the details",
        kind=Fault.MALFORMED,
    )


def _log_unexpected(symbol: str, error: BaseException) -> None:
    """Log where a program's error came up, and not what it says: that may hold a URL."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    kind = type(error).__name__
    _LOG.error("refresh symbol=%s outcome=error error=%s at=%r", symbol, kind, where)


def _delay(bounds: tuple[timedelta, timedelta], times: int) -> timedelta:
    """Return a pause that doubles with each time, with jitter so that nobody keeps step."""
    first, longest = bounds
    doubled: timedelta = first * 2 ** min(times - 1, 16)
    return min(doubled, longest / (1.0 + _JITTER)) * random.uniform(1.0, 1.0 + _JITTER)


def _tried_since(status: Status, moment: datetime) -> bool:
    return status.tried_at is not None and status.tried_at >= moment


def _ahead(
    moment: datetime | None, now: datetime, longest: timedelta = _LONGEST
) -> datetime | None:
    """Return a time that is still to come; one too far away is of a clock that was wrong."""
    return moment if moment is not None and now < moment <= now + longest else None


def _kind(error: RutDashError) -> Fault:
    """Return the fault behind an error; bars that were refused have none of their own."""
    if isinstance(error, DataUnavailable):
        return error.kind or Fault.MALFORMED
    return Fault.REJECTED


def _clause(error: RutDashError) -> str:
    """Return what an error says as a clause, with who says it."""
    if isinstance(error, DataUnavailable):
        return f"{error.source}: {error.reason}"
    if isinstance(error, SchemaError):
        remedy = error.remedy.rstrip(".")
        remedy = f"; {remedy[0].lower()}{remedy[1:]}" if remedy else ""
        return f"{error.where}: {error.problem}{remedy}"
    return str(error).rstrip(".")
