"""What a process holds of the store: bars and statuses, in memory where the store fails.

A store can be full, read-only, unreachable, or hold a file that is not its own. None of that
may cost a page its prices or a stored bar its life: reading never raises, what cannot be
written is kept in memory and written once that works again, a file that is not ours is put
aside, and each of these is told in a notice while it lasts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from time import monotonic
from typing import Final, TypeVar

from rut_dash.errors import CorruptFile, SchemaError, StoreError, UnreadableFile
from rut_dash.market import merge
from rut_dash.market.history import PriceHistory
from rut_dash.market.store import Status, Store

__all__ = ["StoreCache"]

T = TypeVar("T")

_LOG: Final = logging.getLogger("rut_dash.market")

# How long a process waits for another one that fetches the same symbol.
_LOCK_PATIENCE: Final = 45.0
# How long an answer of a store behind a network holds: a page asks on every run.
_REMOTE_HOLDS: Final = 5.0


class StoreCache:
    """The bars and statuses that a process has, safe to share between threads.

    Parameters
    ----------
    store
        Where they are kept; None keeps them in memory alone.
    check
        Returns a history that may be stored, or raises SchemaError.
    rest
        How long a store that could not be read is left alone, in seconds: a page that asks
        it again on every run would wait on every run. One behind a network is then looked at
        behind the page, and shown again once it answers.
    """

    def __init__(
        self,
        store: Store | None,
        check: Callable[[PriceHistory], PriceHistory],
        *,
        rest: float,
    ) -> None:
        self._store = store
        self._check = check
        self._rest = rest
        self._rests_until = 0.0
        self._fails = False
        self._guard = threading.Lock()
        self._answers: dict[tuple[str, str], tuple[float, object]] = {}
        self._seen: dict[str, tuple[str, PriceHistory | None]] = {}
        self._unsaved: dict[str, PriceHistory] = {}
        self._statuses: dict[str, Status] = {}
        self._notices: dict[str, str] = {}
        self._aside: dict[str, str] = {}

    # -- reading -----------------------------------------------------------------------------

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences about what fails in the store at present."""
        with self._guard:
            return tuple(self._notices.values())

    @property
    def quick(self) -> bool:
        """True where reading takes no network."""
        return self._store is None or self._store.local

    def symbols(self) -> set[str]:
        """Return the symbols that have bars."""
        found = set(self._unsaved)
        store = self._reachable()
        if store is not None:
            with self._failures():
                found |= set(store.symbols())
        return found

    def version(self, symbol: str) -> str:
        """Return what changes whenever `read` or `status` does; empty where there are no bars."""
        version = ""
        store = self._reachable()
        if store is not None:
            with self._failures():
                version = self._recent(store.version, symbol)
        elif self._store is not None:
            version = self._seen.get(symbol, ("", None))[0]
        unsaved = self._unsaved.get(symbol)
        if unsaved is not None:
            version += f"+{unsaved.version}"
        if not version:
            return ""
        status = self.status(symbol)
        return f"{version}/{status.attempts}{'!' if status.problem else ''}"

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
        """Say whether a symbol has bars that the store could not take."""
        return self._store is not None and symbol in self._unsaved

    def status(self, symbol: str) -> Status:
        """Return the status of a symbol, the store's or a newer one that it could not take."""
        mine = self._statuses.get(symbol)
        theirs = Status()
        store = self._reachable()
        if store is not None:
            with self._failures():
                theirs = self._recent(store.status, symbol)
        return mine if mine is not None and mine.attempts >= theirs.attempts else theirs

    # -- writing -----------------------------------------------------------------------------

    def locked(self, symbol: str) -> AbstractContextManager[None]:
        """Hold a symbol against other processes.

        Raises
        ------
        TimeoutError
            On entry, if another holds it for too long.
        """
        if self._store is None:
            return nullcontext()
        return self._store.lock(symbol, _LOCK_PATIENCE)

    def begin(self, symbol: str) -> None:
        """Try the store afresh, and put a file that is not ours aside; the lock is held."""
        self.forget(symbol)
        self._note(f"repaired {symbol}", None)
        if self._store is not None:
            with self._failures():
                self._heal(self._store, symbol)

    def keep(self, before: PriceHistory | None, after: PriceHistory, *, whole: bool) -> None:
        """Store bars, or keep them in memory where the store fails; the caller holds the lock.

        Parameters
        ----------
        before
            The bars that they continue or replace, as `read` returned them.
        after
            The bars.
        whole
            True where they replace a whole history: the old file is kept until they have been
            read back.
        """
        symbol = after.symbol
        store = self._store
        if store is None or symbol in self._unsaved:
            self._unsaved[symbol] = after
            self.save(symbol)
            return
        if before is not None and merge.has_same_content(before, after):
            return
        try:
            if before is None and store.version(symbol):
                raise StoreError(store.url, "has bars that could not be read a moment ago")
            self._write(store, before, after, whole=whole)
        except StoreError as error:
            self._unsaved[symbol] = after
            self._cannot_write(symbol, error)
        else:
            self._written(symbol)

    def save(self, symbol: str) -> None:
        """Store what could not be stored before, if that works now; the caller holds the lock."""
        store = self._store
        if store is None:
            return
        try:
            before = store.read(symbol)
            after = self._check(merge.replaced(before, self._unsaved[symbol]))
            if before is None or not merge.has_same_content(before, after):
                self._write(store, before, after, whole=True)
        except StoreError as error:
            self._cannot_write(symbol, error)
        except SchemaError as error:  # another process stored others meanwhile, which stay
            _LOG.warning("store symbol=%s outcome=discarded reason=%r", symbol, error.problem)
            self._written(symbol)
        else:
            self._written(symbol)

    def exchange(
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
            raise StoreError("(memory)", "is no store", "Set RUT_DASH_STORE")
        with self.locked(symbol):
            self._heal(store, symbol)
            before = store.read(symbol)
            after = build(before)
            if before is None or not merge.has_same_content(before, after):
                self._write(store, before, after, whole=True)
            self._written(symbol)
        return before, after

    def forget(self, symbol: str) -> None:
        """Have the store asked again about a symbol."""
        for known in ("version", "status"):
            self._answers.pop((known, symbol), None)

    def set_status(self, symbol: str, status: Status) -> None:
        """Store the status of a symbol, or keep it in memory where the store fails."""
        self.forget(symbol)
        if self._store is not None:
            with suppress(StoreError):  # of a store that fails the bars tell; this is advice
                self._store.write_status(symbol, status)
                self._statuses.pop(symbol, None)
                return
        self._statuses[symbol] = status

    # -- inside ------------------------------------------------------------------------------

    def _reachable(self) -> Store | None:
        """Return the store, unless it failed a moment ago."""
        if monotonic() < self._rests_until:
            return None
        if self._fails and not self.quick:
            self._rests_until = monotonic() + self._rest
            threading.Thread(target=self._look_again, name="store again", daemon=True).start()
            return None
        return self._store

    def _look_again(self) -> None:
        """See whether a store that could not be read can be by now."""
        assert self._store is not None
        with self._failures():
            self._store.symbols()

    def _recent(self, ask: Callable[[str], T], symbol: str) -> T:
        """Return a store's answer; one behind a network is not asked again at once."""
        if self.quick:
            return ask(symbol)
        key = (ask.__name__, symbol)
        known = self._answers.get(key)
        if known is not None and monotonic() - known[0] < min(_REMOTE_HOLDS, self._rest):
            return known[1]  # type: ignore[return-value]
        answer = ask(symbol)
        self._answers[key] = (monotonic(), answer)
        return answer

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Note a store that cannot be read, and leave it alone for a while."""
        try:
            yield
        except StoreError as error:
            self._fails = True
            self._rests_until = monotonic() + self._rest
            self._note("read", f"{error} Until it can be read, nothing new of it is shown.")
        else:
            self._fails = False
            self._rests_until = 0.0
            self._note("read", None)

    def _stored(self, symbol: str) -> PriceHistory | None:
        """Return the store's bars, or those it had when it could last be read."""
        seen = self._seen.get(symbol)
        store = self._reachable()
        if store is not None:
            with self._failures():
                version = self._recent(store.version, symbol)
                if seen is None or seen[0] != version:
                    try:
                        seen = (version, self._read_file(store, symbol) if version else None)
                    except UnreadableFile as error:
                        # It may be readable again, as it is, at the next look.
                        self._note(f"unreadable {symbol}", str(error))
                        return None if seen is None else seen[1]
                    self._note(f"unreadable {symbol}", None)
                    self._seen[symbol] = seen
        return None if seen is None else seen[1]

    def _read_file(self, store: Store, symbol: str) -> PriceHistory | None:
        """Return stored bars, or the backup of those that are damaged."""
        try:
            history = store.read(symbol)
        except CorruptFile as error:
            self._note(f"corrupt {symbol}", str(error))
            return _backup(store, symbol)
        self._note(f"corrupt {symbol}", None)
        return history

    def _heal(self, store: Store, symbol: str) -> None:
        """Put a file aside that is not ours; the bars before it come back if they are there."""
        try:
            store.read(symbol)
        except CorruptFile as error:
            aside = self._aside[symbol] = store.set_aside(symbol)
            restored = _backup(store, symbol) is not None
            if restored:
                store.restore(symbol)
            what = "; the bars before it are back" if restored else ""
            self._note(f"corrupt {symbol}", f"{error} It was put aside as {aside}{what}.")
            _LOG.warning("store symbol=%s outcome=corrupt aside=%s", symbol, aside)

    def _write(
        self, store: Store, before: PriceHistory | None, after: PriceHistory, *, whole: bool
    ) -> None:
        """Write bars; raise StoreError, the old file in its place, where that fails."""
        if not whole or before is None:
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
        back = store.read(symbol)
        if back is None or not merge.has_same_content(back, after):
            store.restore(symbol)
            raise StoreError(store.url, "did not give back what was written to it")
        store.drop_backup(symbol)

    def _written(self, symbol: str) -> None:
        """Drop what the store now has."""
        self._rests_until, self._fails = 0.0, False
        self.forget(symbol)
        with self._guard:
            self._unsaved.pop(symbol, None)
            self._seen.pop(symbol, None)
            self._notices.pop(f"corrupt {symbol}", None)
            aside = self._aside.pop(symbol, None)
            if aside is not None:
                self._notices[f"repaired {symbol}"] = (
                    f"The stored file of {symbol} was damaged: it was put aside as {aside}, and "
                    "good prices are stored in its place."
                )
            if not self._unsaved:
                self._notices.pop("write", None)

    def _cannot_write(self, symbol: str, error: StoreError) -> None:
        self._note("write", f"{error} Until it can be written, new prices are in memory only.")
        _LOG.warning("store symbol=%s outcome=unwritten", symbol)

    def _note(self, key: str, sentence: str | None) -> None:
        with self._guard:
            if sentence is None:
                self._notices.pop(key, None)
            else:
                self._notices[key] = sentence


def _backup(store: Store, symbol: str) -> PriceHistory | None:
    """Return the bars of a backup that can be read."""
    with suppress(StoreError):
        return store.backup(symbol)
    return None
