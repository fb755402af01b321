"""The bars and statuses of a process: those of the store, or in memory where the store fails.

A store can be full, read-only, unreachable, or hold a file that is not its own. Reading never
raises: what was last read stands in for a store that cannot be read. What cannot be written is
held in memory and written once that works again. A damaged file is set aside, not overwritten.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from rut_dash.errors import (
    CorruptFile,
    NoStore,
    SchemaError,
    StoreChanged,
    StoreError,
    UnreadableFile,
    WriteNotVerified,
)
from rut_dash.market import merge
from rut_dash.market.history import PriceHistory
from rut_dash.market.status import Status
from rut_dash.market.store import Store

__all__ = ["StoreCache", "StoreNotice", "StoreTrouble"]

_LOG: Final = logging.getLogger("rut_dash.market")

# How long a process waits for another one that fetches the same symbol, in seconds.
_LOCK_PATIENCE: Final = 45.0
# How long an answer of a store behind a network holds, in seconds: a page asks on every run.
_REMOTE_HOLDS: Final = 5.0


class StoreTrouble(StrEnum):
    """What fails in a store, or was damaged and is good again."""

    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"
    FILE_UNREADABLE = "file_unreadable"
    FILE_DAMAGED = "file_damaged"
    FILE_REPLACED = "file_replaced"


@dataclass(frozen=True, slots=True)
class StoreNotice:
    """One trouble of the store that readers should know of.

    Parameters
    ----------
    trouble
        What it is.
    error
        What the store raised; None once good bars replaced a damaged file.
    symbol
        Whose file it is; empty for the whole store.
    quarantined_as
        The name under which a damaged file was set aside; empty where none was.
    is_restored
        True where the bars before the damaged file are back.
    """

    trouble: StoreTrouble
    error: StoreError | None = None
    symbol: str = ""
    quarantined_as: str = ""
    is_restored: bool = False


class _Bars(NamedTuple):
    """What a stored file held, with the signature of that file."""

    signature: str
    history: PriceHistory | None


class StoreCache:
    """The bars and statuses of a process, safe to share between threads.

    Signatures of files and statuses are asked of the store on every call where it is on a local
    disk, after some seconds where it is behind a network; bars are read where the signature
    changed. Where the store cannot be read, what was read or written last holds.

    Parameters
    ----------
    store
        The store; None holds everything in memory.
    check
        Returns a history that may be stored, or raises SchemaError.
    rest
        How long a store that could not be read is left alone, in seconds: a page that asked it
        on every run would wait on every run. One behind a network is then probed in a thread
        of its own, and used again once it answers.
    monotonic
        The clock of all intervals.
    """

    def __init__(
        self,
        store: Store | None,
        check: Callable[[PriceHistory], PriceHistory],
        *,
        rest: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._check = check
        self._rest = rest
        self._monotonic = monotonic
        self._rests_until = float("-inf")
        self._is_failing = False
        self._guard = threading.Lock()
        self._listed: frozenset[str] = frozenset()
        self._signatures: dict[str, str] = {}
        self._signature_times: dict[str, float] = {}
        self._bars: dict[str, _Bars] = {}
        self._unsaved: dict[str, PriceHistory] = {}
        self._statuses: dict[str, Status] = {}
        self._status_signatures: dict[str, str] = {}
        self._status_times: dict[str, float] = {}
        self._unsaved_statuses: dict[str, Status] = {}
        self._notices: dict[tuple[StoreTrouble, str], StoreNotice] = {}
        self._quarantined: dict[str, str] = {}

    # -- reading -----------------------------------------------------------------------------

    @property
    def notices(self) -> tuple[StoreNotice, ...]:
        """What fails in the store at present."""
        with self._guard:
            return tuple(self._notices.values())

    @property
    def is_quick(self) -> bool:
        """True where reading takes no network."""
        return self._store is None or self._store.is_local

    def symbols(self) -> set[str]:
        """Return the symbols that have bars."""
        store = self._reachable()
        if store is not None:
            with self._reads():
                self._listed = frozenset(store.symbols())
        return {*self._listed, *self._unsaved}

    def version(self, symbol: str) -> str:
        """Return what changes whenever `read` or `status` does; empty where there are no bars."""
        signature = self._signature(symbol)
        unsaved = self._unsaved.get(symbol)
        if unsaved is not None:
            signature += f"+{unsaved.version}"
        if not signature:
            return ""
        status = self.status(symbol)
        return f"{signature}/{status.attempts}{'!' if status.problem else ''}"

    def read(self, symbol: str) -> PriceHistory | None:
        """Return the newest bars of store and memory; None where there are none."""
        history = self._stored(symbol)
        unsaved = self._unsaved.get(symbol)
        if unsaved is None:
            return history
        if history is None or unsaved.last_session >= history.last_session:
            return unsaved
        return history

    def is_unsaved(self, symbol: str) -> bool:
        """Return True if a symbol has bars that the store could not take."""
        return self._store is not None and symbol in self._unsaved

    def status(self, symbol: str) -> Status:
        """Return the last status of a symbol: of the store, or one that it could not take."""
        store = self._reachable()
        if store is not None and not self._is_recent(self._status_times.get(symbol)):
            with self._reads():
                self._read_status(store, symbol)
        stored = self._statuses.get(symbol) or Status()
        unsaved = self._unsaved_statuses.get(symbol)
        return stored if unsaved is None or unsaved.attempts < stored.attempts else unsaved

    def expire(self, symbol: str) -> None:
        """Have the store asked again about a symbol at the next call."""
        self._signature_times.pop(symbol, None)
        self._status_times.pop(symbol, None)

    # -- writing -----------------------------------------------------------------------------

    def lock(self, symbol: str) -> AbstractContextManager[None]:
        """Hold a symbol against other processes.

        Raises
        ------
        TimeoutError
            On entry, if another holds it for too long.
        """
        if self._store is None:
            return nullcontext()
        return self._store.lock(symbol, _LOCK_PATIENCE)

    def set_status(self, symbol: str, status: Status) -> None:
        """Store the status of a symbol; it is held in memory where the store fails."""
        if self._store is None:
            self._unsaved_statuses[symbol] = status
            return
        try:
            self._store.write_status(symbol, status)
        except StoreError:  # bars that cannot be written have a notice
            self._unsaved_statuses[symbol] = status
        else:
            self._statuses[symbol] = status
            self._status_signatures.pop(symbol, None)
            self._status_times[symbol] = self._monotonic()
            self._unsaved_statuses.pop(symbol, None)

    def quarantine(self, symbol: str) -> None:
        """Ask the store afresh, and set a damaged file aside; the caller holds the lock.

        The bars that were backed up before it come back where there are any.
        """
        self.expire(symbol)
        self._note(StoreTrouble.FILE_REPLACED, symbol, None)
        if self._store is not None:
            with self._reads():
                self._quarantine(self._store, symbol)

    def put(
        self, before: PriceHistory | None, after: PriceHistory, *, replaces: bool = False
    ) -> None:
        """Store bars, or hold them in memory where the store fails; the caller holds the lock.

        Parameters
        ----------
        before
            The bars that they continue or replace, as `read` returned them.
        after
            The bars.
        replaces
            True where they replace a whole history: the old file is backed up until they have
            been read back.
        """
        symbol = after.symbol
        store = self._store
        if store is None or symbol in self._unsaved:
            self._unsaved[symbol] = after
            self.flush(symbol)
            return
        if before is not None and merge.has_same_content(before, after):
            return
        try:
            if before is None and store.version(symbol):
                raise StoreChanged(store.url)
            _write(store, before, after, replaces=replaces)
        except StoreError as error:
            self._unsaved[symbol] = after
            self._note_unwritable(symbol, error)
        else:
            self._accept_written(symbol, after)

    def flush(self, symbol: str) -> None:
        """Store what could not be stored before, if that works now; the caller holds the lock."""
        unsaved_status = self._unsaved_statuses.get(symbol)
        if self._store is not None and unsaved_status is not None:
            self.set_status(symbol, self.status(symbol))
        store, unsaved = self._store, self._unsaved.get(symbol)
        if store is None or unsaved is None:
            return
        try:
            before = store.read(symbol)
            after = self._check(merge.replaced(before, unsaved))
            if before is None or not merge.has_same_content(before, after):
                _write(store, before, after, replaces=True)
        except StoreError as error:
            self._note_unwritable(symbol, error)
        except SchemaError as error:  # another process stored others meanwhile, which stay
            _LOG.warning("store symbol=%s outcome=discarded reason=%r", symbol, error.problem)
            self._accept_written(symbol, before)
        else:
            self._accept_written(symbol, after)

    def update(
        self, symbol: str, build: Callable[[PriceHistory | None], PriceHistory]
    ) -> tuple[PriceHistory | None, PriceHistory]:
        """Store what ``build`` makes of the stored bars; return both. Memory does not stand in.

        Raises
        ------
        SchemaError
            If ``build`` does.
        StoreError
            If the store fails, or there is none.
        TimeoutError
            If another holds the symbol for too long.
        """
        store = self._store
        if store is None:
            raise NoStore()
        with self.lock(symbol):
            self._quarantine(store, symbol)
            before = store.read(symbol)
            after = build(before)
            if before is None or not merge.has_same_content(before, after):
                _write(store, before, after, replaces=True)
            self._accept_written(symbol, after)
        return before, after

    # -- the store that fails -------------------------------------------------------------------

    def _reachable(self) -> Store | None:
        """Return the store, unless it failed a moment ago."""
        if self._monotonic() < self._rests_until:
            return None
        if self._is_failing and not self.is_quick:
            self._rests_until = self._monotonic() + self._rest
            threading.Thread(target=self._probe, name="store probe", daemon=True).start()
            return None
        return self._store

    def _probe(self) -> None:
        """Find out whether a store that could not be read can be by now."""
        assert self._store is not None
        with self._reads():
            self._store.symbols()

    @contextmanager
    def _reads(self) -> Iterator[None]:
        """Note a store that cannot be read, and leave it alone for a while."""
        try:
            yield
        except StoreError as error:
            self._is_failing = True
            self._rests_until = self._monotonic() + self._rest
            self._note(StoreTrouble.UNREADABLE, "", StoreNotice(StoreTrouble.UNREADABLE, error))
        else:
            self._note_reachable()
            self._note(StoreTrouble.UNREADABLE, "", None)

    def _note_reachable(self) -> None:
        self._is_failing, self._rests_until = False, float("-inf")

    def _is_recent(self, answered_at: float | None) -> bool:
        """Return True if the store's last answer still holds."""
        if answered_at is None or self.is_quick:
            return False
        return self._monotonic() - answered_at < min(_REMOTE_HOLDS, self._rest)

    def _signature(self, symbol: str) -> str:
        """Return the signature of a symbol's file; of the bars read last where the store fails."""
        store = self._reachable()
        if store is not None:
            if self._is_recent(self._signature_times.get(symbol)):
                return self._signatures[symbol]
            with self._reads():
                signature = self._signatures[symbol] = store.version(symbol)
                self._signature_times[symbol] = self._monotonic()
                return signature
        bars = self._bars.get(symbol)
        return "" if bars is None else bars.signature

    def _read_status(self, store: Store, symbol: str) -> None:
        """Read the status of a symbol where its file changed; one that cannot be read is kept."""
        signature = store.status_signature(symbol)
        if not signature or signature != self._status_signatures.get(symbol):
            with suppress(UnreadableFile):
                self._statuses[symbol] = store.status(symbol)
                self._status_signatures[symbol] = signature
        self._status_times[symbol] = self._monotonic()

    def _stored(self, symbol: str) -> PriceHistory | None:
        """Return the store's bars, or those it had when it could last be read."""
        signature = self._signature(symbol)
        bars = self._bars.get(symbol)
        store = self._reachable()
        if store is not None and (bars is None or bars.signature != signature):
            with self._reads():
                try:
                    history = self._read_file(store, symbol) if signature else None
                except UnreadableFile as error:
                    # The others can be read; this one perhaps at the next call.
                    trouble = StoreTrouble.FILE_UNREADABLE
                    self._note(trouble, symbol, StoreNotice(trouble, error, symbol))
                else:
                    self._note(StoreTrouble.FILE_UNREADABLE, symbol, None)
                    bars = self._bars[symbol] = _Bars(signature, history)
        return None if bars is None else bars.history

    # -- damaged files ----------------------------------------------------------------------------

    def _read_file(self, store: Store, symbol: str) -> PriceHistory | None:
        """Return stored bars, or the backup of those that are damaged."""
        trouble = StoreTrouble.FILE_DAMAGED
        try:
            history = store.read(symbol)
        except CorruptFile as error:
            self._note(trouble, symbol, StoreNotice(trouble, error, symbol))
            return _backup(store, symbol)
        self._note(trouble, symbol, None)
        return history

    def _quarantine(self, store: Store, symbol: str) -> None:
        """Set a damaged file aside, and restore the bars before it."""
        try:
            store.read(symbol)
        except CorruptFile as error:
            name = self._quarantined[symbol] = store.quarantine(symbol)
            is_restored = _backup(store, symbol) is not None
            if is_restored:
                store.restore(symbol)
            trouble = StoreTrouble.FILE_DAMAGED
            notice = StoreNotice(trouble, error, symbol, name, is_restored)
            self._note(trouble, symbol, notice)
            _LOG.warning("store symbol=%s outcome=corrupt aside=%s", symbol, name)

    def _accept_written(self, symbol: str, history: PriceHistory | None) -> None:
        """Forget what was held for a symbol, now that the store has these bars."""
        self._note_reachable()
        self.expire(symbol)
        with self._guard:
            self._unsaved.pop(symbol, None)
            if history is None:
                self._bars.pop(symbol, None)
            else:
                # No file has this signature: the bars are read back as soon as that is possible.
                self._bars[symbol] = _Bars(f"written {history.version}", history)
            self._notices.pop((StoreTrouble.FILE_DAMAGED, symbol), None)
            name = self._quarantined.pop(symbol, None)
            if name is not None:
                trouble = StoreTrouble.FILE_REPLACED
                notice = StoreNotice(trouble, symbol=symbol, quarantined_as=name)
                self._notices[trouble, symbol] = notice
            if not self._unsaved:
                self._notices.pop((StoreTrouble.UNWRITABLE, ""), None)

    def _note_unwritable(self, symbol: str, error: StoreError) -> None:
        self._note(StoreTrouble.UNWRITABLE, "", StoreNotice(StoreTrouble.UNWRITABLE, error))
        _LOG.warning("store symbol=%s outcome=unwritten", symbol)

    def _note(self, trouble: StoreTrouble, symbol: str, notice: StoreNotice | None) -> None:
        with self._guard:
            if notice is None:
                self._notices.pop((trouble, symbol), None)
            else:
                self._notices[trouble, symbol] = notice


def _write(
    store: Store, before: PriceHistory | None, after: PriceHistory, *, replaces: bool
) -> None:
    """Write bars; raise StoreError, the old file in its place, where that fails."""
    if not replaces or before is None:
        store.write(after)
        return
    symbol = after.symbol
    try:
        store.back_up(symbol)
        store.write(after)
    except StoreError:
        with suppress(StoreError):  # where that fails as well the backup may be needed
            old = store.read(symbol)
            if old is not None and merge.has_same_content(old, before):
                store.drop_backup(symbol)  # on a full disk it would take the last room
        raise
    written = store.read(symbol)
    if written is None or not merge.has_same_content(written, after):
        store.restore(symbol)
        raise WriteNotVerified(store.url)
    store.drop_backup(symbol)


def _backup(store: Store, symbol: str) -> PriceHistory | None:
    """Return the bars of a backup that can be read."""
    with suppress(StoreError):
        return store.backup(symbol)
    return None
