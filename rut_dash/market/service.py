"""Prices for the rest of the program: stored ones at once, new ones when they are due.

A `Market` joins a store and a source. Reading never asks a source. Loading asks it where the
last closed session is missing, and one caller at a time: threads share one flight, processes
the store's lock, and whoever waited looks again before asking. Every failure leaves the
stored bars as they are, with the reason beside them; a store that fails in its turn is
replaced by memory until it works again.
"""

from __future__ import annotations

import logging
import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

import pandas as pd

from rut_dash.errors import (
    CorruptFile,
    DataUnavailable,
    Fault,
    RutDashError,
    SchemaError,
    StoreError,
    UnknownSymbol,
    ViewError,
)
from rut_dash.market import calendar, update
from rut_dash.market.bars import PriceHistory, adjustment_differences
from rut_dash.market.sources import PriceSource
from rut_dash.market.sources.folder import (
    SUFFIXES,
    FolderSource,
    NotBars,
    price_files,
    read_file,
    symbol_of_file,
)
from rut_dash.market.sources.yahoo import SETTLING, YahooSource
from rut_dash.market.store import Status, Store

__all__ = [
    "Health",
    "ImportResult",
    "Market",
    "Outcome",
    "Progress",
    "Shown",
    "open_market",
]

_LOG: Final = logging.getLogger("rut_dash.market")

# How long a caller waits for prices, whatever happens.
PATIENCE: Final = 20.0
# How long a process waits for another one that fetches the same symbol.
_LOCK_PATIENCE: Final = 45.0
# A page looks this often, and a store that failed is tried again after this.
_CHECK_EVERY: Final = 30.0

_NEW_YORK: Final = ZoneInfo("America/New_York")

_COOLDOWN: Final = (timedelta(minutes=15), timedelta(hours=6))  # after HTTP 429
_PAUSE: Final = (timedelta(minutes=1), timedelta(hours=1))  # after any other failure
_UNKNOWN_PAUSE: Final = (timedelta(hours=1), timedelta(hours=24))
_RECHECK: Final = (timedelta(minutes=10), timedelta(hours=24))  # while a session is missing
_JITTER: Final = 0.25

Due = Literal["absent", "behind", "provisional", "incomplete", "gaps"]


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
        By symbol, what went wrong at its last refresh in this process.
    """

    active: bool
    done: int
    total: int
    current: str | None
    problems: Mapping[str, RutDashError]


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a symbol's stored bars.

    Parameters
    ----------
    symbol
        The symbol.
    source
        Where the bars come from; None where there are none.
    fetched_at
        When a source last gave bars that were kept, or confirmed them.
    first, last
        The first and last session.
    rows
        Number of bars.
    missing
        NYSE sessions between the first and the last that have no bar.
    behind
        Closed NYSE sessions after the last bar; 0 where bars come from a folder.
    problem
        What went wrong last, a clause; None where nothing did.
    retry_at
        When it is tried again.
    incomplete_from
        First session whose dividend or split was blank.
    adjustment_differences
        Sessions, and by how much the vendor's adjusted daily return is off the one computed
        from dividends (a fraction).
    provisional
        True where the last bar is of a session that was still open.
    stale_because
        Why newer bars are not here; None where they are current.
    simulated
        True for the demo.
    notes
        Sentences about the bars.
    """

    symbol: str
    source: str | None = None
    fetched_at: datetime | None = None
    first: date | None = None
    last: date | None = None
    rows: int = 0
    missing: tuple[date, ...] = ()
    behind: int = 0
    problem: str | None = None
    retry_at: datetime | None = None
    incomplete_from: date | None = None
    adjustment_differences: tuple[tuple[date, float], ...] = ()
    provisional: bool = False
    stale_because: str | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """True where there are bars, none is missing, and the last try went well."""
        return bool(self.rows) and not (self.missing or self.behind or self.problem)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of importing one file.

    Parameters
    ----------
    path
        The file.
    symbol
        Whose bars they are; None where that is not known.
    rows, first, last
        The file's bars.
    status
        "imported", "skipped" (no price file, or nothing new) or "refused".
    reason
        A sentence; empty where there is nothing to say.
    """

    path: Path
    symbol: str | None
    rows: int
    first: date | None
    last: date | None
    status: Literal["imported", "skipped", "refused"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The bars that a view shows: all real, or all simulated.

    Parameters
    ----------
    fund, benchmark
        The two legs.
    extras
        Those of the further symbols that have bars.
    awaited
        Symbols without stored bars, which a source can still give.
    """

    fund: PriceHistory
    benchmark: PriceHistory
    extras: tuple[PriceHistory, ...]
    awaited: tuple[str, ...]

    @property
    def simulated(self) -> bool:
        """True for the demo."""
        return self.fund.provenance.simulated


@dataclass(slots=True)
class _Round:
    """The background refresh's own state."""

    queue: list[str] = field(default_factory=list)
    checked: dict[str, float] = field(default_factory=dict)
    problems: dict[str, RutDashError] = field(default_factory=dict)
    done: int = 0
    total: int = 0
    current: str | None = None
    running: bool = False
    warm: bool = False


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
        How often the background looks whether a symbol is due, in seconds.
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
        self._store = store
        self._source = source
        self._folder = folder
        self._demo = demo
        self._clock = clock
        self._move_limit = move_limit
        self._patience = patience
        self._check_every = check_every
        self._guard = threading.RLock()
        self._flights: dict[str, Future[Outcome]] = {}
        self._kept: dict[str, tuple[str, PriceHistory | None]] = {}
        self._memory: dict[str, PriceHistory] = {}
        self._statuses: dict[str, Status] = {}
        self._notices: dict[str, str] = {}
        self._store_rests_until = 0.0
        self._round = _Round()

    # -- what there is ---------------------------------------------------------------------

    @property
    def can_fetch(self) -> bool:
        """True where a source can be asked for new bars."""
        return self._source is not None and self._folder is None

    @property
    def has_demo(self) -> bool:
        """True where simulated bars may stand in for real ones."""
        return self._demo is not None and self._folder is None

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences about the store: what in it fails at present."""
        with self._guard:
            return tuple(self._notices.values())

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have bars, sorted."""
        if self._folder is not None:
            return self._folder.symbols()
        found = set(self._memory)
        if self._store is not None:
            with self._store_failures():
                found |= set(self._store.symbols())
        return tuple(sorted(found))

    def version(self, symbol: str) -> str:
        """Return what changes whenever `stored` would, cheaply; empty where there are no bars."""
        if self._folder is not None:
            return self._folder_version(symbol)
        stored = self._stored_version(symbol)
        memory = self._memory.get(symbol)
        if memory is not None:
            stored = f"{stored}+{memory.version}"
        if not stored:
            return ""
        status = self._status(symbol)  # decides whether the bars are marked as stale
        return f"{stored}/{status.attempts}{'!' if status.problem else ''}"

    def stored(self, symbol: str) -> PriceHistory | None:
        """Return the bars that there are, without asking anybody; None where there are none.

        Raises
        ------
        SchemaError
            If they come from a folder whose file breaks the schema.
        """
        if self._folder is not None:
            try:
                return self._from_folder(symbol)
            except DataUnavailable:
                return None
        history = self._read(symbol)
        if history is None:
            return None
        return _marked(history, self._status(symbol))

    def demo(self, symbol: str) -> PriceHistory:
        """Return simulated bars; they are never stored and never mixed with real ones.

        Raises
        ------
        DataUnavailable
            If there is no demo, or it has no such symbol.
        """
        if self._demo is None or self._folder is not None:
            raise DataUnavailable(
                symbol, "the demo", "it does not stand in here", kind=Fault.NOT_STORED
            )
        return self._demo.fetch(symbol)

    def shown(self, fund: str, benchmark: str, extras: Iterable[str] = ()) -> Shown:
        """Return what a view of two legs shows, without asking anybody.

        Real bars where both legs have them; else the demo of both, where it has both.

        Parameters
        ----------
        fund, benchmark
            The legs.
        extras
            Symbols shown beside them where they have bars.

        Raises
        ------
        DataUnavailable
            If a leg has no bars and the demo cannot stand in.
        SchemaError
            If bars come from a folder whose file breaks the schema.
        """
        extras = tuple(symbol for symbol in extras if symbol not in (fund, benchmark))
        real = {symbol: self.stored(symbol) for symbol in (fund, benchmark, *extras)}
        absent = tuple(symbol for symbol, history in real.items() if history is None)
        awaited = absent if self.can_fetch else ()
        first, second = real[fund], real[benchmark]
        if first is not None and second is not None:
            beside = tuple(real[symbol] for symbol in extras)
            there = tuple(history for history in beside if history is not None)
            return Shown(first, second, there, awaited)
        if self.has_demo:
            with suppress(DataUnavailable):
                return Shown(self.demo(fund), self.demo(benchmark), (), awaited)
        missing = fund if first is None else benchmark
        raise self.last_problem(missing) or self._not_stored(missing)

    def last_problem(self, symbol: str) -> RutDashError | None:
        """Return what went wrong at a symbol's last try; None where nothing did."""
        if self._folder is not None:
            try:
                self._from_folder(symbol)
            except RutDashError as error:
                return error
            return None
        mine = self._round.problems.get(symbol)
        return mine or self._told(symbol, self._status(symbol))

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
            return self._from_folder(symbol)
        outcome = None
        if self._source is not None:
            history = self._read(symbol)
            due = self._due(history, self._status(symbol), self._clock())
            if due is not None or symbol in self._memory:
                outcome = self.refresh(symbol)
        stored = self.stored(symbol)
        if stored is None:
            error = None if outcome is None else outcome.error
            raise _unavailable(symbol, error) or self._not_stored(symbol)
        if outcome is not None and outcome.error is not None:
            # The reason may not have reached the status: a wait that was given up has none.
            provenance = stored.provenance
            reason = provenance.stale_because or _clause(outcome.error)
            return PriceHistory(symbol, stored.bars, replace(provenance, stale_because=reason))
        return stored

    def refresh(self, symbol: str, *, force: bool = False) -> Outcome:
        """Ask the source for a symbol where it is due; one caller at a time.

        Parameters
        ----------
        symbol
            The symbol.
        force
            Ask although nothing is due. A cool-down is kept all the same.
        """
        if self._folder is not None:
            return Outcome(symbol, "current")
        if self._source is None:
            return Outcome(symbol, "failed", error=_offline(symbol))
        with self._guard:
            flight = self._flights.get(symbol)
            if flight is None:
                flight = self._flights[symbol] = Future()
                threading.Thread(
                    target=self._fly,
                    args=(symbol, force, flight),
                    name=f"refresh {symbol}",
                    daemon=True,
                ).start()
        try:
            return flight.result(self._patience)
        except TimeoutError:
            error = DataUnavailable(
                symbol,
                self._source.name,
                f"no answer came within {self._patience:g} seconds",
                kind=Fault.SILENT,
            )
            return Outcome(symbol, "failed", error=error)

    def is_due(self, symbol: str) -> bool:
        """Say whether a refresh is worthwhile now."""
        if not self.can_fetch:
            return False
        now = self._clock()
        status = self._status(symbol)
        if _ahead(self._cooldown().cooldown_until, now) is not None:
            return False
        if status.problem is not None and _ahead(status.retry_at, now) is not None:
            return False
        return symbol in self._memory or self._due(self._read(symbol), status, now) is not None

    def background(self, symbols: Iterable[str]) -> None:
        """Have those of the symbols that are due refreshed behind the caller, one by one.

        Returns at once. The first call starts the process's one thread, later ones add to
        its work; a symbol is looked at every half minute at most.
        """
        if not self.can_fetch:
            return
        now = monotonic()
        with self._guard:
            state = self._round
            wanted = [
                symbol
                for symbol in dict.fromkeys(symbols)
                if symbol not in state.queue
                and symbol != state.current
                and now - state.checked.get(symbol, float("-inf")) >= self._check_every
            ]
            quick = state.warm and self._store is not None and self._store.local
        if not wanted:
            return
        if quick:  # no thread, and no sign of activity, to find that nothing is due
            wanted = [symbol for symbol in wanted if self._looked_at(symbol)]
        with self._guard:
            if not state.running:
                state.done = state.total = 0
            fresh = [symbol for symbol in wanted if symbol not in state.queue]
            state.queue += fresh
            state.total += len(fresh)
            if state.queue and not state.running:
                state.running = True
                threading.Thread(target=self._work, name="refresh", daemon=True).start()

    def progress(self) -> Progress:
        """Return how far the background refresh is."""
        with self._guard:
            state = self._round
            return Progress(
                state.running,
                state.done,
                state.total,
                state.current,
                MappingProxyType(dict(state.problems)),
            )

    # -- health, import --------------------------------------------------------------------

    def health(self, symbol: str) -> Health:
        """Return the state of a symbol's bars; without any, why there are none."""
        try:
            history = self.stored(symbol)
        except SchemaError as error:
            return Health(symbol, problem=_clause(error))
        if self._folder is not None:
            problem = None if history is not None else _clause(self.last_problem(symbol))
            return _health(symbol, history, Status(problem=problem), None)
        settled = self._settled(self._clock())
        return _health(symbol, history, self._status(symbol), settled)

    def import_path(self, path: Path) -> list[ImportResult]:
        """Store the bars of a file, or of every price file in a folder.

        A file is taken whole or refused whole; what is stored never shrinks (see
        `rut_dash.market.update.merged_import`).

        Raises
        ------
        SchemaError
            If there is nothing at ``path``.
        StoreError
            If bars come from a folder, so that there is no store.
        """
        path = Path(path)
        if self._store is None or self._folder is not None:
            raise StoreError(
                str(path),
                "is not in use: prices are read from a folder",
                "Import without --prices and RUT_DASH_PRICES",
            )
        if not path.exists():
            raise SchemaError(path, "there is no such file or folder", "Check the path")
        if path.is_file():
            return [self._import_file(path)]
        others = [
            ImportResult(
                file, None, 0, None, None, "skipped", f"{file}: it is no CSV or Parquet file."
            )
            for file in sorted(path.iterdir())
            if file.is_file() and file.suffix.lower() not in SUFFIXES
        ]
        return [*(self._import_file(file) for file in price_files(path)), *others]

    def _import_file(self, path: Path) -> ImportResult:
        symbol = None
        given: PriceHistory | None = None
        status: Literal["imported", "skipped", "refused"] = "imported"
        reason = ""
        try:
            symbol = symbol_of_file(path)
        except SchemaError as error:
            reason = str(error)
        try:
            given = read_file(path, symbol, move_limit=self._move_limit)
            reason, status = self._import(path, given)
        except NotBars as error:
            status, reason, symbol = "skipped", str(error), None
        except (SchemaError, StoreError) as error:
            status, reason = "refused", str(error)
        except TimeoutError as error:
            status, reason = "refused", f"{path}: {error}."
        if given is None:
            return ImportResult(path, symbol, 0, None, None, status, reason)
        return ImportResult(
            path,
            symbol,
            len(given.bars),
            given.first_session.date(),
            given.last_session.date(),
            status,
            reason,
        )

    def _import(
        self, path: Path, given: PriceHistory
    ) -> tuple[str, Literal["imported", "skipped"]]:
        """Store the bars of a file; return a sentence and what was done."""
        assert self._store is not None
        symbol = given.symbol
        if given.last_session > self._settled(self._clock()):
            given = PriceHistory(symbol, given.bars, replace(given.provenance, provisional=True))
        given = self._checked(given, path)
        with self._store.lock(symbol, _LOCK_PATIENCE):
            self._heal(symbol)
            before = self._store.read(symbol)
            after = update.merged_import(before, given)
            if before is not None and update.same_content(before, after):
                return f"{path}: every bar of {symbol} in it is already stored.", "skipped"
            after = self._checked(after, path)
            self._write(before, after, whole=True)
            with self._guard:
                self._memory.pop(symbol, None)
                self._kept.pop(symbol, None)
            if before is None or after is given:
                return "", "imported"
            added = len(after.sessions.difference(before.sessions))
            return f"{path}: {added:,} sessions were added to the stored ones.", "imported"

    # -- the folder ------------------------------------------------------------------------

    def _folder_file(self, symbol: str) -> Path | None:
        assert self._folder is not None
        with suppress(SchemaError):
            for path in price_files(self._folder.path):
                with suppress(SchemaError):
                    if symbol_of_file(path) == symbol:
                        return path
        return None

    def _folder_version(self, symbol: str) -> str:
        path = self._folder_file(symbol)
        if path is None:
            return ""
        try:
            found = path.stat()
        except OSError:
            return ""
        return f"{found.st_size:x}-{found.st_mtime_ns:x}"

    def _from_folder(self, symbol: str) -> PriceHistory:
        assert self._folder is not None
        version = self._folder_version(symbol)
        kept = self._kept.get(symbol)
        if version and kept is not None and kept[0] == version and kept[1] is not None:
            return kept[1]
        history = self._folder.fetch(symbol)
        self._kept[symbol] = (version, history)
        return history

    # -- the store -------------------------------------------------------------------------

    def _note(self, key: str, sentence: str | None) -> None:
        with self._guard:
            if sentence is None:
                self._notices.pop(key, None)
            else:
                self._notices[key] = sentence

    @contextmanager
    def _store_failures(self) -> Iterator[None]:
        """Note a store that cannot be read, and leave it alone for a while."""
        try:
            yield
        except StoreError as error:
            self._store_rests_until = monotonic() + self._check_every
            self._note("read", f"{error} Until it can be read, nothing stored is shown.")
        else:
            self._note("read", None)

    def _reachable(self) -> Store | None:
        """Return the store, unless it failed a moment ago."""
        if self._store is None or monotonic() < self._store_rests_until:
            return None
        return self._store

    def _stored_version(self, symbol: str) -> str:
        version = ""
        store = self._reachable()
        if store is not None:
            with self._store_failures():
                version = store.version(symbol)
        return version

    def _read(self, symbol: str) -> PriceHistory | None:
        """Return the newest bars of store and memory; never raises."""
        history = self._read_store(symbol)
        memory = self._memory.get(symbol)
        if memory is None:
            return history
        if history is None or memory.last_session >= history.last_session:
            return memory
        return history

    def _read_store(self, symbol: str) -> PriceHistory | None:
        kept = self._kept.get(symbol)
        store = self._reachable()
        if store is None:
            return None if kept is None else kept[1]
        with self._store_failures():
            version = store.version(symbol)
            if kept is None or kept[0] != version:
                kept = (version, self._read_file(store, symbol))
                self._kept[symbol] = kept
        return None if kept is None else kept[1]

    def _read_file(self, store: Store, symbol: str) -> PriceHistory | None:
        """Return stored bars, or the backup of those that are damaged."""
        try:
            history = store.read(symbol)
        except CorruptFile as error:
            self._note(f"corrupt {symbol}", str(error))
            return _backup(store, symbol)
        self._note(f"corrupt {symbol}", None)
        return history

    def _heal(self, symbol: str) -> None:
        """Put a file that is not ours aside; the caller holds the lock."""
        assert self._store is not None
        try:
            self._store.read(symbol)
        except CorruptFile as error:
            aside = self._store.set_aside(symbol)
            restored = _backup(self._store, symbol) is not None
            if restored:
                self._store.restore(symbol)
            what = "the bars before it are back" if restored else "it is fetched again"
            self._note(f"corrupt {symbol}", f"{error} It was put aside as {aside}; {what}.")
            _LOG.warning("store symbol=%s outcome=corrupt aside=%s", symbol, aside)

    def _write(self, before: PriceHistory | None, after: PriceHistory, *, whole: bool) -> None:
        """Write bars; a whole replacement keeps the old file until the new one is read back.

        Raises
        ------
        StoreError
            If they cannot be written; the old file stands then.
        """
        assert self._store is not None
        careful = whole and before is not None
        if careful:
            self._store.back_up(after.symbol)
        self._store.write(after)
        if careful:
            back = self._store.read(after.symbol)
            if back is None or not update.same_content(back, after):
                self._store.restore(after.symbol)
                raise StoreError(self._store.url, "did not give back what was written to it")
            self._store.drop_backup(after.symbol)

    def _keep(self, before: PriceHistory | None, after: PriceHistory, *, whole: bool) -> None:
        """Store bars, or keep them in memory where the store fails."""
        symbol = after.symbol
        unsaved = symbol in self._memory
        if before is not None and not unsaved and update.same_content(before, after):
            return
        try:
            if self._store is None:
                self._memory[symbol] = after
                return
            if before is None and not unsaved and self._store.version(symbol):
                raise StoreError(self._store.url, "has bars that could not be read a moment ago")
            self._write(before, after, whole=whole)
        except StoreError as error:
            self._memory[symbol] = after
            self._note(
                "write", f"{error} Until it can be written, new prices are kept in memory only."
            )
            _LOG.warning("store symbol=%s outcome=unwritten", symbol)
            return
        with self._guard:
            self._memory.pop(symbol, None)
            self._kept.pop(symbol, None)
            self._notices.pop(f"corrupt {symbol}", None)
            if not self._memory:
                self._notices.pop("write", None)
            self._store_rests_until = 0.0

    def _save_memory(self, symbol: str) -> None:
        """Store what could not be stored before, if the store works again."""
        if self._store is None:
            return
        before = self._read_store(symbol)
        try:
            after = update.replaced(before, self._memory[symbol])
            self._keep(before, self._checked(after, symbol), whole=True)
        except SchemaError as error:  # somebody stored better ones meanwhile
            _LOG.warning("store symbol=%s outcome=discarded reason=%r", symbol, error.problem)
            with self._guard:
                self._memory.pop(symbol, None)

    def _checked(self, history: PriceHistory, where: str | Path) -> PriceHistory:
        """Return a history that may be stored."""
        today = self._clock().astimezone(_NEW_YORK).date()
        return update.check(history, where, today=today, move_limit=self._move_limit)

    def _status(self, symbol: str) -> Status:
        mine = self._statuses.get(symbol)
        store = self._reachable()
        theirs = Status()
        if store is not None:
            with self._store_failures():
                theirs = store.status(symbol)
        if mine is not None and mine.attempts >= theirs.attempts:
            return mine
        return theirs

    def _set_status(self, symbol: str, status: Status) -> None:
        if self._store is not None:
            with suppress(StoreError):  # the bars' own failure is told; this is advice
                self._store.write_status(symbol, status)
                self._statuses.pop(symbol, None)
                return
        self._statuses[symbol] = status

    # -- freshness -------------------------------------------------------------------------

    def _settled(self, now: datetime) -> pd.Timestamp:
        """Return the last session whose bar is final."""
        return calendar.last_closed_session(now - SETTLING)

    def _due(self, history: PriceHistory | None, status: Status, now: datetime) -> Due | None:
        """Return why a source is to be asked; None where nothing is missing or it was just asked.

        A last try that failed does not count as asked: the next caller may be luckier.
        """
        if history is None:
            return "absent"
        settled = self._settled(now)
        why = _lack(history, settled)
        asked = status.problem is None and status.wanted == settled.date()
        if why is not None and asked and _ahead(status.retry_at, now) is not None:
            return None
        return why

    def _cooldown_key(self) -> str:
        assert self._source is not None
        return f"@{self._source.name}"  # no symbol begins with it

    def _cooldown(self) -> Status:
        """Return the source's own status: a rate limit holds for every symbol."""
        return self._status(self._cooldown_key())

    # -- one flight ------------------------------------------------------------------------

    def _fly(self, symbol: str, force: bool, flight: Future[Outcome]) -> None:
        """Refresh a symbol for all who wait."""
        try:
            outcome = self._refresh(symbol, force)
        except Exception as error:
            _LOG.exception("refresh symbol=%s outcome=error", symbol)
            unexpected = DataUnavailable(
                symbol,
                "the program",
                f"an unexpected error came up ({type(error).__name__})",
                "The log has the details",
                kind=Fault.MALFORMED,
            )
            outcome = Outcome(symbol, "failed", error=unexpected)
        with self._guard:
            self._flights.pop(symbol, None)
            if outcome.error is None:
                self._round.problems.pop(symbol, None)
            else:
                self._round.problems[symbol] = outcome.error
        flight.set_result(outcome)

    def _refresh(self, symbol: str, force: bool) -> Outcome:
        assert self._source is not None
        self._store_rests_until = 0.0
        before = self._status(symbol).attempts
        try:
            with self._locked(symbol):
                return self._refresh_alone(symbol, force, before)
        except TimeoutError:
            error = DataUnavailable(
                symbol,
                self._source.name,
                "another process is still waiting for its answer",
                kind=Fault.SILENT,
            )
            return Outcome(symbol, "failed", error=error)

    @contextmanager
    def _locked(self, symbol: str) -> Iterator[None]:
        if self._store is None:
            yield  # threads share the flight already
            return
        with self._store.lock(symbol, _LOCK_PATIENCE):
            yield

    def _refresh_alone(self, symbol: str, force: bool, attempts: int) -> Outcome:
        """Refresh a symbol; nobody else does at the same time."""
        if self._store is not None:
            with self._store_failures():
                self._heal(symbol)
        status = self._status(symbol)
        stored = self._read(symbol)
        if status.attempts != attempts:  # whoever held the lock has just tried
            error = self._told(symbol, status)
            if error is not None:
                return Outcome(symbol, "failed", error=error, retry_at=status.retry_at)
            return Outcome(symbol, "current", retry_at=status.retry_at)
        now = self._clock()
        why = self._due(stored, status, now)
        if symbol in self._memory:
            self._save_memory(symbol)
        if why is None and not force:
            return Outcome(symbol, "current", retry_at=_ahead(status.retry_at, now))
        cooldown = self._cooldown()
        if _ahead(cooldown.cooldown_until, now) is not None:
            return self._cooling(symbol, status, cooldown, now)
        return self._ask(symbol, stored, status, why, now)

    def _cooling(self, symbol: str, status: Status, cooldown: Status, now: datetime) -> Outcome:
        """Return that the source must not be asked, and put it down for other processes."""
        until = cooldown.cooldown_until
        marked = replace(
            status,
            problem=cooldown.problem,
            kind=Fault.RATE_LIMITED,
            retry_at=until,
            cooldown_until=until,
            wanted=self._settled(now).date(),
        )
        if marked != status:
            self._set_status(symbol, marked)
        return Outcome(symbol, "cooling", error=self._told(symbol, marked), retry_at=until)

    def _ask(
        self,
        symbol: str,
        stored: PriceHistory | None,
        status: Status,
        why: Due | None,
        now: datetime,
    ) -> Outcome:
        """Ask the source, and keep what it gives or say why not; one line is logged."""
        assert self._source is not None
        started = monotonic()
        settled = self._settled(now)
        tried = replace(status, attempts=status.attempts + 1, tried_at=now, wanted=settled.date())
        mode = "whole"
        rows = 0
        try:
            candidate, mode, rows = self._candidate(symbol, stored, why)
            self._keep(stored, candidate, whole=mode == "whole")
        except RutDashError as error:
            outcome = self._failed(symbol, tried, error, now)
            fault = getattr(error, "kind", None) or Fault.REJECTED
            self._log(symbol, mode, rows, started, fault.value)
            return outcome
        known = candidate.sessions[:0] if stored is None else stored.sessions
        added = len(candidate.sessions.difference(known))
        fruitless, retry_at = 0, None
        if _lack(candidate, settled) is not None:
            fruitless = 1 if added else status.fruitless + 1
            retry_at = now + _delay(_RECHECK, fruitless)
        self._set_status(
            symbol,
            replace(
                tried,
                fetched_at=now,
                source=self._source.name,
                problem=None,
                kind=None,
                failures=0,
                fruitless=fruitless,
                retry_at=retry_at,
                cooldown_until=None,
            ),
        )
        cooldown = self._cooldown()
        if cooldown.failures:
            self._set_status(self._cooldown_key(), Status(attempts=cooldown.attempts + 1))
        self._log(symbol, mode, rows, started, "fetched")
        return Outcome(symbol, "fetched", rows_added=added, retry_at=retry_at)

    def _candidate(
        self, symbol: str, stored: PriceHistory | None, why: Due | None
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
        start = None if stored is None else update.overlap_start(stored)
        if stored is not None and start is not None and not _gap_before(stored, start, why):
            fresh = self._source.fetch(symbol, start)
            joined = update.extended(stored, fresh)
            if joined is not None:
                joined = self._checked(joined, where)
                return joined, "update", len(fresh.bars)
        fresh = self._source.fetch(symbol)
        checked = self._checked(fresh, where)
        whole = update.replaced(stored, checked)
        if whole is not checked:
            whole = self._checked(whole, where)
        return whole, "whole", len(fresh.bars)

    def _failed(self, symbol: str, tried: Status, error: RutDashError, now: datetime) -> Outcome:
        """Put a failure down, and return it with the time of the next try."""
        assert self._source is not None
        kind = getattr(error, "kind", None) or Fault.REJECTED
        failures = tried.failures + 1
        until = None
        if kind is Fault.RATE_LIMITED:
            cooldown = self._cooldown()
            until = now + _delay(_COOLDOWN, cooldown.failures + 1)
            self._set_status(
                self._cooldown_key(),
                replace(
                    cooldown,
                    attempts=cooldown.attempts + 1,
                    tried_at=now,
                    problem=_clause(error),
                    kind=kind,
                    failures=cooldown.failures + 1,
                    retry_at=until,
                    cooldown_until=until,
                ),
            )
        pause = _UNKNOWN_PAUSE if kind is Fault.UNKNOWN_SYMBOL else _PAUSE
        retry_at = until or now + _delay(pause, failures)
        status = replace(
            tried,
            problem=_clause(error),
            kind=kind,
            failures=failures,
            retry_at=retry_at,
            cooldown_until=until,
        )
        self._set_status(symbol, status)
        unavailable = _unavailable(symbol, error, self._source.name, retry_at)
        return Outcome(symbol, "failed", error=unavailable, retry_at=retry_at)

    def _log(self, symbol: str, mode: str, rows: int, started: float, outcome: str) -> None:
        assert self._source is not None
        _LOG.log(
            logging.INFO if outcome == "fetched" else logging.WARNING,
            "fetch symbol=%s source=%r mode=%s rows=%d seconds=%.2f outcome=%s",
            symbol,
            self._source.name,
            mode,
            rows,
            monotonic() - started,
            outcome,
        )

    def _told(self, symbol: str, status: Status) -> RutDashError | None:
        """Return the error that a status tells of, perhaps another process's."""
        if status.problem is None or self._source is None:
            return None
        kind = UnknownSymbol if status.kind is Fault.UNKNOWN_SYMBOL else DataUnavailable
        reason = status.problem.removeprefix(f"{self._source.name}: ")
        return kind(symbol, self._source.name, reason, retry_at=status.retry_at, kind=status.kind)

    def _not_stored(self, symbol: str) -> DataUnavailable:
        """Return the error for a symbol that has no bars, with nothing having gone wrong."""
        if self._source is None:
            return _offline(symbol)
        return DataUnavailable(
            symbol,
            "the store",
            "there are none yet",
            "They are being fetched",
            kind=Fault.NOT_STORED,
        )

    # -- behind the page -------------------------------------------------------------------

    def _looked_at(self, symbol: str) -> bool:
        """Say whether a symbol is due, and remember that it was looked at."""
        due = self.is_due(symbol)
        told = None if due else self._told(symbol, self._status(symbol))
        with self._guard:
            self._round.checked[symbol] = monotonic()
            if told is not None:  # perhaps another process's failure
                self._round.problems[symbol] = told
            elif not due:
                self._round.problems.pop(symbol, None)
        return due

    def _work(self) -> None:
        """Refresh what is queued, one by one, until nothing is."""
        state = self._round
        while True:
            with self._guard:
                if not state.queue:
                    state.running, state.current = False, None
                    return
                symbol = state.current = state.queue.pop(0)
            try:
                if self._looked_at(symbol):
                    self.refresh(symbol)
            except Exception:
                _LOG.exception("refresh symbol=%s outcome=error", symbol)
            with self._guard:
                state.warm = True
                state.checked[symbol] = monotonic()
                state.done += 1


def open_market(prices: Path | None = None, *, offline: bool = False) -> Market:
    """Return the market that the arguments and the environment describe.

    Parameters
    ----------
    prices
        A folder to read bars from, alone; RUT_DASH_PRICES where None.
    offline
        Ask no source; so does RUT_DASH_OFFLINE=1. RUT_DASH_STORE names the store, and
        RUT_DASH_MOVE_LIMIT the largest believable one-day move, as a fraction.

    Raises
    ------
    ViewError
        If RUT_DASH_MOVE_LIMIT is no positive number.
    """
    limit = _move_limit(os.environ.get("RUT_DASH_MOVE_LIMIT", ""))
    named = os.environ.get("RUT_DASH_PRICES", "")
    if prices is None and named:
        prices = Path(named)
    if prices is not None:
        folder = FolderSource(prices.expanduser(), move_limit=limit)
        return Market(None, None, folder=folder, move_limit=limit)
    from rut_dash.market.sources.demo import DemoSource

    offline = offline or os.environ.get("RUT_DASH_OFFLINE", "").lower() in ("1", "true", "yes")
    source = None if offline else YahooSource(move_limit=limit)
    return Market(Store(), source, demo=DemoSource(), move_limit=limit)


def _move_limit(text: str) -> float | None:
    if not text:
        return None
    with suppress(ValueError):
        limit = float(text)
        if limit > 0:
            return limit
    raise ViewError("RUT_DASH_MOVE_LIMIT", text, "a positive fraction, as 0.25")


def _delay(bounds: tuple[timedelta, timedelta], times: int) -> timedelta:
    """Return a pause that doubles with each time, with jitter so that nobody keeps step."""
    first, longest = bounds
    doubled: timedelta = first * 2 ** min(times - 1, 16)
    return min(doubled * random.uniform(1.0, 1.0 + _JITTER), longest)


def _ahead(moment: datetime | None, now: datetime) -> datetime | None:
    """Return a time that is still to come."""
    return moment if moment is not None and moment > now else None


def _clause(error: RutDashError | None) -> str:
    """Return what an error says as a clause, with who says it."""
    if isinstance(error, DataUnavailable):
        return f"{error.source}: {error.reason}"
    if isinstance(error, SchemaError):
        return f"{error.where}: {error.problem}"
    return str(error).rstrip(".")


def _unavailable(
    symbol: str,
    error: RutDashError | None,
    source: str = "the source",
    retry_at: datetime | None = None,
) -> RutDashError | None:
    """Return an error as one of a source, with the time of the next try."""
    if isinstance(error, DataUnavailable):
        if retry_at is None:
            return error
        told: RutDashError = type(error)(
            symbol, error.source, error.reason, error.remedy, retry_at=retry_at, kind=error.kind
        )
    elif isinstance(error, SchemaError):
        told = DataUnavailable(
            symbol,
            source,
            f"its bars were refused ({error.problem})",
            error.remedy,
            retry_at=retry_at,
            kind=Fault.REJECTED,
        )
    else:
        return error
    told.__cause__ = error
    return told


def _offline(symbol: str) -> DataUnavailable:
    return DataUnavailable(
        symbol,
        "the store",
        "there are none, and the network is switched off",
        "Import a file, or run without --offline and RUT_DASH_OFFLINE",
        kind=Fault.OFFLINE,
    )


def _backup(store: Store, symbol: str) -> PriceHistory | None:
    """Return the bars of a backup that can be read."""
    with suppress(StoreError):
        return store.backup(symbol)
    return None


def _marked(history: PriceHistory, status: Status) -> PriceHistory:
    """Return bars with the reason why newer ones are not here, where the last try failed."""
    wanted = status.wanted
    if status.problem is None or wanted is None:
        return history
    last = history.last_session.date()
    if last > wanted or (last == wanted and not history.provenance.provisional):
        return history
    reason = status.problem
    if status.retry_at is not None:
        reason += f"; next try at {status.retry_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    provenance = replace(history.provenance, stale_because=reason)
    return PriceHistory(history.symbol, history.bars, provenance)


def _lack(history: PriceHistory, settled: pd.Timestamp) -> Due | None:
    """Return what bars lack that a source may have."""
    if history.last_session < settled:
        return "behind"
    provenance = history.provenance
    if provenance.provisional and history.last_session <= settled:
        return "provisional"
    if provenance.incomplete_from is not None or not history.has_price:
        return "incomplete"
    if not calendar.missing_sessions(history.sessions).empty:
        return "gaps"
    return None


def _gap_before(history: PriceHistory, start: date, why: Due | None) -> bool:
    """Say whether a gap is what is asked about, and lies before the sessions of an update."""
    if why != "gaps":
        return False
    return bool(calendar.missing_sessions(history.sessions)[0] < pd.Timestamp(start))


def _health(
    symbol: str, history: PriceHistory | None, status: Status, settled: pd.Timestamp | None
) -> Health:
    """Return the state of bars; freshness is judged where ``settled`` is given."""
    if history is None:
        return Health(
            symbol, fetched_at=status.fetched_at, problem=status.problem, retry_at=status.retry_at
        )
    provenance = history.provenance
    behind = 0
    if settled is not None and settled > history.last_session:
        behind = len(calendar.sessions(history.last_session + pd.Timedelta(days=1), settled))
    off = adjustment_differences(history)
    return Health(
        symbol,
        source=provenance.source,
        fetched_at=max(filter(None, (status.fetched_at, provenance.fetched_at)), default=None),
        first=history.first_session.date(),
        last=history.last_session.date(),
        rows=len(history.bars),
        missing=tuple(day.date() for day in calendar.missing_sessions(history.sessions)),
        behind=behind,
        problem=status.problem,
        retry_at=status.retry_at,
        incomplete_from=provenance.incomplete_from,
        adjustment_differences=tuple(
            (pd.Timestamp(str(day)).date(), float(value)) for day, value in off.items()
        ),
        provisional=provenance.provisional,
        stale_because=provenance.stale_because,
        simulated=provenance.simulated,
        notes=provenance.notes,
    )
