"""The price store: one Parquet file a symbol behind one URL; nothing else touches its disk.

A folder or any URL that pyarrow knows (``file://``, ``s3://``, ``gs://``) will do. On a local
disk a file is replaced in one step, after its bytes have reached the disk, so that a process
killed at any point leaves the old file or the new one; an object store replaces an object
whole by itself. A symbol has these files, by its percent-encoded name::

    %5ERUT.parquet        the bars, with their provenance in the schema's metadata
    %5ERUT.parquet.bak    the bars before a whole replacement, until that is checked
    %5ERUT.parquet.bad    what stood there and was no file of this store
    %5ERUT.status.json    when it was tried and fetched, the last problem, the next try
    .locks/%5ERUT.lock    held by the one process that fetches
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.fs as pafs

from rut_dash.errors import (
    CorruptFile,
    Defect,
    SchemaError,
    StoreError,
    UnreadableFile,
)
from rut_dash.market.history import PriceHistory
from rut_dash.market.packing import pack_history, unpack_history
from rut_dash.market.status import Status, pack_status, unpack_status

__all__ = ["ENVIRONMENT", "Store", "default_url", "is_hanging"]

T = TypeVar("T")

ENVIRONMENT: Final = "RUT_DASH_STORE"

_SUFFIX: Final = ".parquet"
# What a killed writer left behind is swept away once nobody can still be writing it.
_LEFTOVER_AGE: Final = 600.0
_POLL: Final = 0.02
# How long a store behind a network is waited for: by itself S3 gives up on a silent server
# after a hundred seconds, and GCS after a quarter of an hour.
_READ_PATIENCE: Final = 5.0
_WRITE_PATIENCE: Final = 15.0

# An error of a filesystem quotes the URL it was given.
_CREDENTIALS: Final = re.compile(r"(?<=://).*@|(?<=\w)\?\S*")

_CHECK: Final = "Check the folder or URL, or set RUT_DASH_STORE"
_AGAIN: Final = "It is fetched again"

_FAILURES: Final = (OSError, pa.ArrowException)

# One lock for each symbol of each store that cannot be locked between processes.
_PROCESS_LOCKS: Final[dict[tuple[str, str], threading.Lock]] = {}
_PROCESS_LOCKS_GUARD: Final = threading.Lock()
# The threads of calls that were given up; none is here but where a store hangs.
_GIVEN_UP: Final[list[threading.Thread]] = []


def default_url() -> str:
    """Return the store's URL: the environment's, or a folder in the user's cache."""
    import platformdirs

    return os.environ.get(ENVIRONMENT) or str(Path(platformdirs.user_cache_dir("rut_dash")))


def is_hanging() -> bool:
    """Say whether a call to a store was given up and still has not returned.

    A process that ends of itself then waits for it, for minutes: `os._exit` does not.
    """
    return any(thread.is_alive() for thread in _GIVEN_UP)


class Store:
    """A price store.

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
        self._url = str(default_url() if url is None else url)
        self._filesystem = filesystem
        self._patience = patience
        self._waiting = _Waiting()
        self._base = self._url if filesystem is not None else ""
        self._folder: Path | None = None
        if filesystem is None and "://" not in self._url:
            self._folder = Path(self._url).expanduser().absolute()
            self._url = str(self._folder)

    @property
    def url(self) -> str:
        """Where the store is, without any credentials."""
        if "://" not in self._url:
            return self._url
        # Not parsed: a secret may hold a slash or a space, which no parser expects.
        scheme, _, rest = self._url.partition("://")
        place = rest.partition("?")[0]
        if "@" in rest and "@" not in place:
            place = "…"  # a question mark in a secret, or an @ in a parameter
        return f"{scheme}://{place.rpartition('@')[2]}"

    @property
    def local(self) -> bool:
        """True on a disk of this machine, where reading is quick."""
        return self._folder is not None or self._url.startswith("file:")

    def where(self, symbol: str) -> str:
        """Return the place of a symbol's bars, for sentences."""
        return self._place(_name(symbol) + _SUFFIX)

    def _place(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{name}"

    # -- bars ----------------------------------------------------------------------------

    def read(self, symbol: str) -> PriceHistory | None:
        """Return the stored bars of a symbol; None where there are none.

        Raises
        ------
        CorruptFile
            If the file is truncated, damaged, another program's or another symbol's.
        StoreError
            If the store cannot be read.
        """
        return self._read(symbol, _name(symbol) + _SUFFIX)

    def write(self, history: PriceHistory) -> None:
        """Store bars in the place of whatever stood there.

        Raises
        ------
        SchemaError
            If they are simulated.
        StoreError
            If the store cannot be written; what was stored is unharmed then.
        """
        if history.provenance.simulated:
            raise SchemaError(history.symbol, Defect.SIMULATED_STORED)
        self._put(_name(history.symbol) + _SUFFIX, pack_history(history))

    def version(self, symbol: str) -> str:
        """Return what changes whenever the stored bars do, without reading them.

        Returns
        -------
        str
            Empty where there are none.

        Raises
        ------
        StoreError
            If the store cannot be reached.
        """
        name = _name(symbol) + _SUFFIX

        def look(filesystem: pafs.FileSystem, base: str) -> str:
            if self._folder is not None:
                return _signature(self._folder, name)
            info = filesystem.get_file_info(_join(base, name))
            if info.type != pafs.FileType.File:
                return ""
            return f"{info.size:x}-{info.mtime_ns or 0:x}"

        return self._do(look, "cannot be read")

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have stored bars, sorted.

        Raises
        ------
        StoreError
            If the store cannot be listed.
        """

        def look(filesystem: pafs.FileSystem, base: str) -> list[str]:
            selector = pafs.FileSelector(base, allow_not_found=True)
            return [info.base_name for info in filesystem.get_file_info(selector)]

        names = self._do(look, "cannot be listed")
        return tuple(sorted(unquote(n[: -len(_SUFFIX)]) for n in names if n.endswith(_SUFFIX)))

    # -- replacing a whole history ---------------------------------------------------------

    def back_up(self, symbol: str) -> None:
        """Keep a copy of the stored bars, until `drop_backup`.

        Raises
        ------
        StoreError
            If it cannot be kept.
        """
        name = _name(symbol) + _SUFFIX
        data = self._get(name)
        if data is not None:
            self._put(f"{name}.bak", data)

    def backup(self, symbol: str) -> PriceHistory | None:
        """Return the bars that were backed up; None where there are none.

        Raises
        ------
        StoreError
            If they cannot be read; `CorruptFile` if they are damaged.
        """
        return self._read(symbol, f"{_name(symbol)}{_SUFFIX}.bak")

    def restore(self, symbol: str) -> None:
        """Put the backed-up bars back in their place.

        Raises
        ------
        StoreError
            If that fails.
        """
        name = _name(symbol) + _SUFFIX
        data = self._get(f"{name}.bak")
        if data is not None:
            self._put(name, data)
            self.drop_backup(symbol)

    def drop_backup(self, symbol: str) -> None:
        """Remove the copy that `back_up` kept.

        Raises
        ------
        StoreError
            If it cannot be removed.
        """
        name = f"{_name(symbol)}{_SUFFIX}.bak"

        def drop(filesystem: pafs.FileSystem, base: str) -> None:
            with suppress(FileNotFoundError):
                filesystem.delete_file(_join(base, name))

        self._do(drop, "cannot be written", writes=True)

    def set_aside(self, symbol: str) -> str:
        """Move a file that is not ours out of the way, and return its new name.

        Raises
        ------
        StoreError
            If that fails.
        """
        name = _name(symbol) + _SUFFIX

        def move(filesystem: pafs.FileSystem, base: str) -> str:
            aside = f"{name}.bad"
            for number in itertools.count(2):
                there = _join(base, aside)
                taken = (
                    filesystem.get_file_info(there).type != pafs.FileType.NotFound
                    if self._folder is None
                    else os.path.lexists(self._folder / aside)
                )
                if not taken:
                    break
                aside = f"{name}.{number}.bad"
            if self._folder is not None:
                os.rename(self._folder / name, self._folder / aside)  # also what is no file
            else:
                filesystem.move(_join(base, name), there)
            return aside

        return self._do(move, "cannot be written", writes=True)

    # -- status ----------------------------------------------------------------------------

    def status_signature(self, symbol: str) -> str:
        """Return what changes whenever the stored status does; empty where only reading tells.

        Raises
        ------
        StoreError
            If the store cannot be reached.
        """
        name = f"{_name(symbol)}.status.json"

        def look(_filesystem: pafs.FileSystem, _base: str) -> str:
            if self._folder is None:
                return ""
            return _signature(self._folder, name) or "no file"

        return self._do(look, "cannot be read")

    def status(self, symbol: str) -> Status:
        """Return the status of a symbol; an empty one where there is none or it is damaged.

        Raises
        ------
        UnreadableFile
            If there is one that cannot be read.
        StoreError
            If the store cannot be reached.
        """
        try:
            data = self._get(f"{_name(symbol)}.status.json")
        except CorruptFile:
            data = None  # it is only advice
        return Status() if data is None else unpack_status(data)

    def write_status(self, symbol: str, status: Status) -> None:
        """Store the status of a symbol.

        Raises
        ------
        StoreError
            If the store cannot be written.
        """
        self._put(f"{_name(symbol)}.status.json", pack_status(status))

    # -- one at a time ---------------------------------------------------------------------

    @contextmanager
    def lock(self, symbol: str, timeout: float = 60.0) -> Iterator[None]:
        """Hold a symbol for oneself: against other processes on a local disk, else threads.

        The operating system lets go of a killed process's lock, so that a file left behind
        blocks nobody. Where the disk cannot be written the lock is this process's own.

        Parameters
        ----------
        symbol
            What is locked.
        timeout
            How long to wait, in seconds.

        Raises
        ------
        TimeoutError
            If another holds it for so long.
        """
        lock = self._file_lock(symbol)
        if lock is None:
            yield from self._process_lock(symbol, timeout)
            return
        import filelock

        try:
            lock.acquire(timeout=timeout, poll_interval=_POLL)
        except filelock.Timeout as error:
            raise TimeoutError(f"{symbol} is being fetched by another process") from error
        except OSError:
            # A folder that cannot be written has no lock to offer, and nothing to protect.
            yield from self._process_lock(symbol, timeout)
            return
        try:
            yield
        finally:
            lock.release()

    def _file_lock(self, symbol: str) -> Any:  # noqa: ANN401 (filelock is imported late)
        """Return an unlocked lock file; None where there can be none."""
        if self._folder is None and self._url.startswith("file:"):
            with suppress(*_FAILURES):
                self._open()
        if self._folder is None:
            return None
        import filelock

        folder = self._folder / ".locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return None
        path = folder / f"{_name(symbol)}.lock"
        return filelock.FileLock(path, fallback_to_soft=False, preserve_lock_file=True)

    def _process_lock(self, symbol: str, timeout: float) -> Iterator[None]:
        with _PROCESS_LOCKS_GUARD:
            lock = _PROCESS_LOCKS.setdefault((self._url, symbol), threading.Lock())
        if not lock.acquire(timeout=timeout):
            raise TimeoutError(f"{symbol} is being fetched by another thread")
        try:
            yield
        finally:
            lock.release()

    # -- bytes -----------------------------------------------------------------------------

    def _do(
        self, act: Callable[[pafs.FileSystem, str], T], what: str, *, writes: bool = False
    ) -> T:
        """Return what an act on the filesystem gives; its failure becomes one sentence."""
        try:
            if self.local:
                return act(*self._open())
            limit = self._patience[1 if writes else 0]
            return self._waiting.for_(lambda: act(*self._open()), limit)
        except _FAILURES as error:
            raise StoreError(
                self.url,
                f"{what} ({_why(error, hide=self._url)})",
                _CHECK,
            ) from error

    def _open(self) -> tuple[pafs.FileSystem, str]:
        """Return the filesystem and the path of the store in it."""
        if self._filesystem is None:
            if self._folder is not None:
                self._filesystem, self._base = pafs.LocalFileSystem(), str(self._folder)
            else:
                filesystem, base = pafs.FileSystem.from_uri(self._url)
                if isinstance(filesystem, pafs.LocalFileSystem):
                    self._folder = Path(base)
                self._base, self._filesystem = base, filesystem
        return self._filesystem, self._base

    def _get(self, name: str) -> bytes | None:
        """Return a file's bytes; None where there is no such file."""

        def get(filesystem: pafs.FileSystem, base: str) -> bytes | None:
            try:
                with filesystem.open_input_stream(_join(base, name)) as stream:
                    data: bytes = stream.read()
            except FileNotFoundError:
                return None
            except OSError as error:
                self._tell_file(name, error)
                raise
            return data

        return self._do(get, "cannot be read")

    def _tell_file(self, name: str, error: OSError) -> None:
        """Raise for what is wrong with one file of a local disk that can be listed.

        Raises
        ------
        CorruptFile
            If it is none: a folder, or a link to itself.
        UnreadableFile
            If it cannot be read; the others can.
        """
        if self._folder is None:
            return
        try:
            os.listdir(self._folder)
            is_file = not stat.S_ISDIR(os.stat(self._folder / name).st_mode)
        except OSError as told:
            if told.errno != errno.ELOOP:
                return
            is_file = False
        if is_file:
            reason = f"cannot be read ({_why(error)})"
            raise UnreadableFile(self._place(name), reason, _CHECK) from error
        raise CorruptFile(self._place(name), f"is no file ({_why(error)})", _AGAIN) from error

    def _put(self, name: str, data: bytes) -> None:
        """Replace a file by these bytes, whole or not at all."""

        def put(filesystem: pafs.FileSystem, base: str) -> None:
            if self._folder is not None:
                _replace(self._folder, name, data)
                return
            if base:
                filesystem.create_dir(base, recursive=True)
            with filesystem.open_output_stream(_join(base, name)) as stream:
                stream.write(data)

        self._do(put, "cannot be written", writes=True)

    def _read(self, symbol: str, name: str) -> PriceHistory | None:
        data = self._get(name)
        if data is None:
            return None
        try:
            return unpack_history(symbol, data)
        except (SchemaError, ValueError, KeyError, TypeError, *_FAILURES) as error:
            raise CorruptFile(
                self._place(name),
                f"is damaged or not a file of this program ({_why(error)})",
                _AGAIN,
            ) from error


@dataclass(slots=True)
class _Waiting:
    """Calls that may never return, each waited for up to a limit.

    A call that was given up goes on in its thread. While it does every other one fails at
    once: a filesystem that hangs costs one thread and one wait, whoever asks how often.
    """

    _guard: threading.Lock = field(default_factory=threading.Lock)
    _given_up: threading.Thread | None = None

    def for_(self, call: Callable[[], T], limit: float) -> T:
        """Return what a call returns, or raise what it raises.

        Raises
        ------
        TimeoutError
            If it does not return in time, or one before it still has not.
        """
        with self._guard:
            if self._given_up is not None and self._given_up.is_alive():
                raise TimeoutError("it has not answered for a while")
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(call())
            except BaseException as error:  # it belongs to whoever waits
                done.set_exception(error)

        thread = threading.Thread(target=run, name="store", daemon=True)
        thread.start()
        try:
            return done.result(limit)
        except TimeoutError as error:
            if done.done():
                raise  # the call's own
            with self._guard:
                self._given_up = thread
            _GIVEN_UP[:] = [thread, *(other for other in _GIVEN_UP if other.is_alive())]
            raise TimeoutError(f"it did not answer within {limit:g} seconds") from error


def _why(error: Exception, hide: str = "") -> str:
    """Return an exception's reason in one line, without credentials and without a whole URL."""
    if isinstance(error, SchemaError):
        return error.problem
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    line = str(said).splitlines()[0]
    if "://" in hide:
        line = line.replace(hide, "it")
    return _CREDENTIALS.sub("", line)[:200].rstrip(".")


@lru_cache(maxsize=1024)
def _name(symbol: str) -> str:
    """Return the file name of a symbol, from which `unquote` gets the symbol back."""
    return quote(symbol, safe="")


def _join(base: str, name: str) -> str:
    return f"{base.rstrip('/')}/{name}" if base else name


def _replace(folder: Path, name: str, data: bytes) -> None:
    """Replace a file of a local disk in one step, its bytes on the disk beforehand."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder, name)
    temporary = folder / f".{name}.{uuid.uuid4().hex}.tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / name)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened to be synced
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path, name: str) -> None:
    """Remove what killed writers of this file left behind."""
    for leftover in folder.glob(f".{name}.*.tmp"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_AGE:
                leftover.unlink()


def _signature(folder: Path, name: str) -> str:
    """Return what changes with a file on a local disk; empty where there is none."""
    try:
        found = os.stat(f"{folder}{os.sep}{name}")
    except FileNotFoundError:
        return ""
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return "loop"  # what is wrong is told when it is read
    # The time alone is too coarse for two writes in quick succession.
    return f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ino:x}"
