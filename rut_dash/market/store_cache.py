"""The bars and statuses of a process: those of the store, or in memory where the store fails.

A store can be full, read-only, unreachable, or hold a file that is not its own. Reading never
raises: where the store cannot be read, the bars are those that were last read. What cannot be
written is held in memory and written once that works again. A damaged file is set aside, not
overwritten.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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

_LOG: Final = logging.getLogger("rut_dash.market")

# How long a process waits for another one that fetches the same symbol, in seconds.
_LOCK_PATIENCE: Final = 45.0
# How long an answer of a store behind a network holds, in seconds: a page asks on every run.
_REMOTE_HOLDS: Final = 5.0
_NEVER: Final = float("-inf")
_NO_STATUS: Final = Status()


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


@dataclass(slots=True)
class _Record:
    """What is known of one symbol.

    Signatures and times are those of the last look at the store's files; ``history`` and
    ``status`` are what the files held then. ``unsaved`` could not be stored.
    """

    signature: str = ""
    signature_at: float = _NEVER
    history: PriceHistory | None = None
    history_signature: str = ""
    status: Status = _NO_STATUS
    status_signature: str = ""
    status_at: float = _NEVER
    unsaved: PriceHistory | None = None
    unsaved_status: Status | None = None
    quarantined_as: str = ""


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
        self._rests_until = _NEVER
        self._is_failing = False
        self._guard = threading.Lock()
        self._listed: frozenset[str] = frozenset()
        self._records: dict[str, _Record] = {}
        self._notices: dict[tuple[StoreTrouble, str], StoreNotice] = {}

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
        return {*self._listed, *self._unsaved_symbols()}

    def version(self, symbol: str) -> str:
        """Return what changes whenever `read` or `status` does; empty where there are no bars."""
        signature, unsaved = self._signature(symbol), self._record(symbol).unsaved
        if unsaved is not None:
            signature += f"+{unsaved.version}"
        if not signature:
            return ""
        status = self.status(symbol)
        return f"{signature}/{status.attempts}{'!' if status.problem else ''}"

    def read(self, symbol: str) -> PriceHistory | None:
        """Return the newest bars of store and memory; None where there are none."""
        history, unsaved = self._stored(symbol), self._record(symbol).unsaved
        if unsaved is None:
            return history
        if history is None or unsaved.last_session >= history.last_session:
            return unsaved
        return history

    def is_unsaved(self, symbol: str) -> bool:
        """Return True if a symbol has bars that the store could not take."""
        return self._store is not None and self._record(symbol).unsaved is not None

    def status(self, symbol: str) -> Status:
        """Return the last status of a symbol: of the store, or one that it could not take."""
        record, store = self._record(symbol), self._reachable()
        if store is not None and not self._is_recent(record.status_at):
            with self._reads():
                signature = store.status_signature(symbol)
                if not signature or signature != record.status_signature:
                    with suppress(UnreadableFile):  # the last one that could be read holds
                        record.status = store.status(symbol)
                        record.status_signature = signature
                record.status_at = self._monotonic()
        unsaved = record.unsaved_status
        return unsaved if unsaved and unsaved.attempts >= record.status.attempts else record.status

    def expire(self, symbol: str) -> None:
        """Have the store asked again about a symbol at the next call."""
        record = self._record(symbol)
        record.signature_at = record.status_at = _NEVER

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
        record = self._record(symbol)
        record.unsaved_status = status
        if self._store is not None:
            with suppress(StoreError):  # bars that cannot be written have a notice
                self._store.write_status(symbol, status)
                record.status, record.status_signature = status, ""
                record.status_at, record.unsaved_status = self._monotonic(), None

    def quarantine(self, symbol: str) -> None:
        """Ask the store afresh, and set a damaged file aside; the caller holds the lock.

        The bars that were backed up before it come back where there are any.
        """
        self.expire(symbol)
        self._drop_note(StoreTrouble.FILE_REPLACED, symbol)
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
        replaces
            True where they replace a whole history: the old file is backed up until they have
            been read back.
        """
        symbol, store = after.symbol, self._store
        record = self._record(symbol)
        if store is None or record.unsaved is not None:
            record.unsaved = after
            self.flush(symbol)
            return
        if before is not None and merge.has_same_content(before, after):
            return
        try:
            if before is None and store.version(symbol):
                raise StoreChanged(store.url)
            _write(store, before, after, replaces=replaces)
        except StoreError as error:
            record.unsaved = after
            self._note_unwritable(symbol, error)
        else:
            self._accept_written(symbol, after)

    def flush(self, symbol: str) -> None:
        """Store what could not be stored before, if that works now; the caller holds the lock."""
        store, record = self._store, self._record(symbol)
        if store is not None and record.unsaved_status is not None:
            self.set_status(symbol, self.status(symbol))
        if store is None or record.unsaved is None:
            return
        try:
            before = store.read(symbol)
            after = self._check(merge.replace_history(before, record.unsaved))
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
        """Store the bars that ``build`` returns for the stored ones; return both.

        Nothing is held in memory where the store fails.

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
            self._note(StoreTrouble.UNREADABLE, error)
        else:
            self._note_reachable()
            self._drop_note(StoreTrouble.UNREADABLE)

    def _note_reachable(self) -> None:
        self._is_failing, self._rests_until = False, _NEVER

    def _is_recent(self, answered_at: float) -> bool:
        """Return True if the store's last answer still holds."""
        holds = 0.0 if self.is_quick else min(_REMOTE_HOLDS, self._rest)
        return self._monotonic() - answered_at < holds

    # -- records -----------------------------------------------------------------------------

    def _record(self, symbol: str) -> _Record:
        record = self._records.get(symbol)
        return self._records.setdefault(symbol, _Record()) if record is None else record

    def _unsaved_symbols(self) -> set[str]:
        records = list(self._records.items())
        return {symbol for symbol, record in records if record.unsaved is not None}

    def _signature(self, symbol: str) -> str:
        """Return the signature of a symbol's file; of the bars read last where the store fails."""
        record, store = self._record(symbol), self._reachable()
        if store is not None:
            if self._is_recent(record.signature_at):
                return record.signature
            with self._reads():
                record.signature = store.version(symbol)
                record.signature_at = self._monotonic()
                return record.signature
        return record.history_signature

    def _stored(self, symbol: str) -> PriceHistory | None:
        """Return the store's bars, or those it had when it could last be read."""
        signature = self._signature(symbol)
        record, store = self._record(symbol), self._reachable()
        if store is not None and record.history_signature != signature:
            with self._reads():
                try:
                    history = self._read_file(store, symbol) if signature else None
                except UnreadableFile as error:
                    # The others can be read; this one perhaps at the next call.
                    self._note(StoreTrouble.FILE_UNREADABLE, error, symbol)
                else:
                    self._drop_note(StoreTrouble.FILE_UNREADABLE, symbol)
                    record.history, record.history_signature = history, signature
        return record.history

    # -- damaged files ----------------------------------------------------------------------------

    def _read_file(self, store: Store, symbol: str) -> PriceHistory | None:
        """Return stored bars, or the backup of those that are damaged."""
        try:
            history = store.read(symbol)
        except CorruptFile as error:
            self._note(StoreTrouble.FILE_DAMAGED, error, symbol)
            return _backup(store, symbol)
        self._drop_note(StoreTrouble.FILE_DAMAGED, symbol)
        return history

    def _quarantine(self, store: Store, symbol: str) -> None:
        """Set a damaged file aside, and restore the bars before it."""
        try:
            store.read(symbol)
        except CorruptFile as error:
            name = self._record(symbol).quarantined_as = store.quarantine(symbol)
            is_restored = _backup(store, symbol) is not None
            if is_restored:
                store.restore(symbol)
            self._note(StoreTrouble.FILE_DAMAGED, error, symbol, name, is_restored)
            _LOG.warning("store symbol=%s outcome=corrupt aside=%s", symbol, name)

    def _accept_written(self, symbol: str, history: PriceHistory | None) -> None:
        """Forget what was held for a symbol, now that the store has these bars."""
        self._note_reachable()
        self.expire(symbol)
        record = self._record(symbol)
        # No file has this signature: the bars are read back as soon as that is possible.
        record.history_signature = "" if history is None else f"written:{history.version}"
        record.history, record.unsaved = history, None
        self._drop_note(StoreTrouble.FILE_DAMAGED, symbol)
        if record.quarantined_as:
            self._note(StoreTrouble.FILE_REPLACED, None, symbol, record.quarantined_as)
            record.quarantined_as = ""
        if not self._unsaved_symbols():
            self._drop_note(StoreTrouble.UNWRITABLE)

    def _note_unwritable(self, symbol: str, error: StoreError) -> None:
        self._note(StoreTrouble.UNWRITABLE, error)
        _LOG.warning("store symbol=%s outcome=unwritten", symbol)

    def _note(
        self,
        trouble: StoreTrouble,
        error: StoreError | None,
        symbol: str = "",
        quarantined_as: str = "",
        is_restored: bool = False,
    ) -> None:
        notice = StoreNotice(trouble, error, symbol, quarantined_as, is_restored)
        with self._guard:
            self._notices[trouble, symbol] = notice

    def _drop_note(self, trouble: StoreTrouble, symbol: str = "") -> None:
        with self._guard:
            self._notices.pop((trouble, symbol), None)


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
