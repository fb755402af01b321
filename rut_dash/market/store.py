"""The price store: one Parquet file a symbol behind one URL.

A folder or any URL that pyarrow knows (``file://``, ``s3://``, ``gs://``) will do. A symbol has
these files, by its percent-encoded name::

    %5ERUT.parquet        the bars, with their provenance in the schema's metadata
    %5ERUT.parquet.bak    the bars before a whole replacement, until that is checked
    %5ERUT.parquet.bad    what was in that place and was no file of this store
    %5ERUT.status.json    when it was tried and fetched, the last problem, the next try
    .locks/%5ERUT.lock    held by the one process that fetches
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import pyarrow.fs as pafs

from rut_dash.errors import CorruptFile, Defect, SchemaError
from rut_dash.market.history import PriceHistory
from rut_dash.market.packing import pack_history, unpack_history
from rut_dash.market.status import Status, pack_status, unpack_status
from rut_dash.market.store_files import FAILURES, StoreFiles, cause_of

ENVIRONMENT: Final = "RUT_DASH_STORE"

_SUFFIX: Final = ".parquet"
# How often a lock that another process holds is tried, in seconds.
_LOCK_INTERVAL: Final = 0.02
# How long a store behind a network is waited for, in seconds: by itself S3 gives up on a silent
# server after a hundred, and GCS after a quarter of an hour.
_READ_PATIENCE: Final = 5.0
_WRITE_PATIENCE: Final = 15.0

# One lock for each symbol of each store that cannot be locked between processes.
_THREAD_LOCKS: Final[dict[tuple[str, str], threading.Lock]] = {}
_THREAD_LOCKS_GUARD: Final = threading.Lock()


def default_url() -> str:
    """Return the store's URL: the environment's, or a folder in the user's cache."""
    import platformdirs

    return os.environ.get(ENVIRONMENT) or str(Path(platformdirs.user_cache_dir("rut_dash")))


class Store:
    """A price store.

    Every method raises `StoreError` where the store cannot be read or written.

    Parameters
    ----------
    url
        A folder or a URL; `default_url` where None. Nothing is touched before the first use.
    filesystem
        The pyarrow filesystem in which ``url`` is a path; found from the URL where None.
    patience
        How long a call to a store behind a network may take to read and to write, in seconds.
    """

    def __init__(
        self,
        url: str | Path | None = None,
        *,
        filesystem: pafs.FileSystem | None = None,
        patience: tuple[float, float] = (_READ_PATIENCE, _WRITE_PATIENCE),
    ) -> None:
        self.files = StoreFiles(str(default_url() if url is None else url), filesystem, patience)

    @property
    def url(self) -> str:
        """Where the store is, without any credentials."""
        return self.files.url

    @property
    def is_local(self) -> bool:
        """True on a disk of this machine, where reading is quick."""
        return self.files.is_local

    def place(self, symbol: str) -> str:
        """Return where a symbol's bars are."""
        return self.files.place(_bars_name(symbol))

    # -- bars ----------------------------------------------------------------------------

    def read(self, symbol: str) -> PriceHistory | None:
        """Return the stored bars of a symbol; None where there are none.

        Raises
        ------
        CorruptFile
            If the file is truncated, damaged, another program's or another symbol's.
        """
        return self._read(symbol, _bars_name(symbol))

    def write(self, history: PriceHistory) -> None:
        """Store bars in the place of those that were stored, which a failure leaves as they are.

        Raises
        ------
        SchemaError
            If they are simulated.
        """
        if history.provenance.simulated:
            raise SchemaError(history.symbol, Defect.SIMULATED_STORED)
        self.files.write(_bars_name(history.symbol), pack_history(history))

    def version(self, symbol: str) -> str:
        """Return what changes whenever the stored bars do, unread; empty where there are none."""
        return self.files.signature(_bars_name(symbol))

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have stored bars, sorted."""
        names = (name for name in self.files.names() if name.endswith(_SUFFIX))
        return tuple(sorted(unquote(name.removesuffix(_SUFFIX)) for name in names))

    def _read(self, symbol: str, name: str) -> PriceHistory | None:
        data = self.files.read(name)
        if data is None:
            return None
        try:
            return unpack_history(symbol, data)
        except (SchemaError, ValueError, KeyError, TypeError, *FAILURES) as error:
            raise CorruptFile(self.files.place(name), cause_of(error)) from error

    # -- replacing a whole history ---------------------------------------------------------

    def back_up(self, symbol: str) -> None:
        """Copy the stored bars, until `drop_backup`."""
        data = self.files.read(_bars_name(symbol))
        if data is not None:
            self.files.write(_backup_name(symbol), data)

    def backup(self, symbol: str) -> PriceHistory | None:
        """Return the bars that were backed up; None where there are none."""
        return self._read(symbol, _backup_name(symbol))

    def restore(self, symbol: str) -> None:
        """Put the backed-up bars back in their place."""
        data = self.files.read(_backup_name(symbol))
        if data is not None:
            self.files.write(_bars_name(symbol), data)
            self.drop_backup(symbol)

    def drop_backup(self, symbol: str) -> None:
        """Remove the copy that `back_up` made."""
        self.files.delete(_backup_name(symbol))

    def quarantine(self, symbol: str) -> str:
        """Move a file that is not ours out of the way, and return its new name."""
        return self.files.move_to_free_name(_bars_name(symbol), ".bad")

    # -- status ----------------------------------------------------------------------------

    def status_signature(self, symbol: str) -> str:
        """Return a text that changes with the stored status; empty where no such text is cheap."""
        if not self.is_local:
            return ""
        return self.files.signature(_status_name(symbol)) or "no_file"

    def status(self, symbol: str) -> Status:
        """Return the status of a symbol; an empty one where there is none or it is damaged.

        Raises
        ------
        UnreadableFile
            If there is one that cannot be read.
        """
        try:
            data = self.files.read(_status_name(symbol))
        except CorruptFile:
            data = None  # it is only advice
        return Status() if data is None else unpack_status(data)

    def write_status(self, symbol: str, status: Status) -> None:
        """Store the status of a symbol."""
        self.files.write(_status_name(symbol), pack_status(status))

    # -- one process at a time ---------------------------------------------------------------

    @contextmanager
    def lock(self, symbol: str, timeout: float = 60.0) -> Iterator[None]:
        """Keep others from a symbol: other processes on a local disk, other threads elsewhere.

        The operating system releases a killed process's lock, so that a file left behind
        blocks nobody. Where the disk cannot be written the lock is this process's own.

        Parameters
        ----------
        timeout
            How long to wait, in seconds.

        Raises
        ------
        TimeoutError
            If another holds it for so long.
        """
        lock = self._file_lock(symbol)
        if lock is None:
            yield from self._thread_lock(symbol, timeout)
            return
        import filelock

        try:
            lock.acquire(timeout=timeout, poll_interval=_LOCK_INTERVAL)
        except filelock.Timeout as error:
            raise TimeoutError(f"{symbol} is being fetched by another process") from error
        except OSError:
            # A folder that cannot be written has no lock to offer, and nothing to protect.
            yield from self._thread_lock(symbol, timeout)
            return
        try:
            yield
        finally:
            lock.release()

    def _file_lock(self, symbol: str) -> Any:  # noqa: ANN401 (filelock is imported late)
        """Return an unlocked lock file; None where there can be none."""
        if self.files.folder is None:
            return None
        import filelock

        folder = self.files.folder / ".locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return None
        path = folder / f"{_file_stem(symbol)}.lock"
        return filelock.FileLock(path, fallback_to_soft=False, preserve_lock_file=True)

    def _thread_lock(self, symbol: str, timeout: float) -> Iterator[None]:
        with _THREAD_LOCKS_GUARD:
            lock = _THREAD_LOCKS.setdefault((self.url, symbol), threading.Lock())
        if not lock.acquire(timeout=timeout):
            raise TimeoutError(f"{symbol} is being fetched by another thread")
        try:
            yield
        finally:
            lock.release()


def _file_stem(symbol: str) -> str:
    """Return a symbol as part of a file name, from which `unquote` gets the symbol back."""
    return quote(symbol, safe="")


def _bars_name(symbol: str) -> str:
    return f"{_file_stem(symbol)}{_SUFFIX}"


def _backup_name(symbol: str) -> str:
    return f"{_file_stem(symbol)}{_SUFFIX}.bak"


def _status_name(symbol: str) -> str:
    return f"{_file_stem(symbol)}.status.json"
