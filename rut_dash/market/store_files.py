"""The files of a store: whole files by name, in a folder or behind a URL.

On a local disk a file is replaced in one step, after its bytes have reached the disk, so that a
process killed at any point leaves the old file or the new one; an object store replaces an
object whole by itself.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeVar

import pyarrow as pa
import pyarrow.fs as pafs

from rut_dash.errors import NotAFile, SchemaError, StoreAccessError, UnreadableFile

T = TypeVar("T")

# What a filesystem and a reader of Parquet raise.
FAILURES: Final = (OSError, pa.ArrowException)

# What a killed writer left behind is removed once nobody can still be writing it, in seconds.
_LEFTOVER_AGE: Final = 600.0
# An error of a filesystem quotes the URL it was given.
_CREDENTIALS: Final = re.compile(r"(?<=://).*@|(?<=\w)\?\S*")
_LONGEST_CAUSE: Final = 200
# The threads of calls that were given up; there are none unless a store hangs.
_ABANDONED: Final[list[threading.Thread]] = []


def is_hanging() -> bool:
    """Return True if a call to a store was given up and still has not returned.

    A process that ends normally waits for it, for minutes: `os._exit` does not.
    """
    return any(thread.is_alive() for thread in _ABANDONED)


def cause_of(error: Exception, url: str = "") -> str:
    """Return an exception's cause in one line, without credentials and without the whole URL."""
    if isinstance(error, SchemaError):
        return error.problem
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    line = str(text).splitlines()[0]
    if "://" in url:
        line = line.replace(url, "it")
    return _CREDENTIALS.sub("", line)[:_LONGEST_CAUSE].rstrip(".")


class StoreFiles:
    """The files of one store.

    Every method raises `StoreAccessError` where the store cannot be read, listed or written.

    Parameters
    ----------
    url
        A folder or a URL that pyarrow knows. Nothing is touched before the first use.
    filesystem
        The pyarrow filesystem in which ``url`` is a path; found from the URL where None.
    patience
        How long a call to a store behind a network may take to read and to write, in seconds.
    """

    def __init__(
        self, url: str, filesystem: pafs.FileSystem | None, patience: tuple[float, float]
    ) -> None:
        self._url = url
        self._filesystem = filesystem
        self._patience = patience
        self._calls = _TimedCalls()
        self._base = url if filesystem is not None else ""
        self._folder: Path | None = None
        if filesystem is None and "://" not in url:
            self._folder = Path(url).expanduser().absolute()
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
    def is_local(self) -> bool:
        """True on a disk of this machine, where reading is quick."""
        return self._folder is not None or self._url.startswith("file:")

    @property
    def folder(self) -> Path | None:
        """The folder on a local disk; None where there is none, or the URL is a wrong one."""
        if self._folder is None and self._url.startswith("file:"):
            with suppress(*FAILURES):
                self._open()
        return self._folder

    def place(self, name: str) -> str:
        """Return where a file is, for an error."""
        return f"{self.url.rstrip('/')}/{name}"

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes; None where there is no such file.

        Raises
        ------
        NotAFile, UnreadableFile
            If the other files of a local disk can be read, and this one is no file or cannot.
        """

        def read(filesystem: pafs.FileSystem, base: str) -> bytes | None:
            try:
                with filesystem.open_input_stream(_join(base, name)) as stream:
                    data: bytes = stream.read()
            except FileNotFoundError:
                return None
            except OSError as error:
                self._raise_for_file(name, error)
                raise
            return data

        return self._call(read, "read")

    def write(self, name: str, data: bytes) -> None:
        """Replace a file by these bytes, whole or not at all."""

        def write(filesystem: pafs.FileSystem, base: str) -> None:
            if self._folder is not None:
                _replace(self._folder, name, data)
                return
            if base:
                filesystem.create_dir(base, recursive=True)
            with filesystem.open_output_stream(_join(base, name)) as stream:
                stream.write(data)

        self._call(write, "written")

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""

        def delete(filesystem: pafs.FileSystem, base: str) -> None:
            with suppress(FileNotFoundError):
                filesystem.delete_file(_join(base, name))

        self._call(delete, "written")

    def names(self) -> list[str]:
        """Return the names of all files."""

        def names(filesystem: pafs.FileSystem, base: str) -> list[str]:
            selector = pafs.FileSelector(base, allow_not_found=True)
            return [info.base_name for info in filesystem.get_file_info(selector)]

        return self._call(names, "listed")

    def signature(self, name: str) -> str:
        """Return what changes whenever a file does, unread; empty where there is no file."""

        def signature(filesystem: pafs.FileSystem, base: str) -> str:
            if self._folder is not None:
                return _local_signature(self._folder, name)
            info = filesystem.get_file_info(_join(base, name))
            if info.type != pafs.FileType.File:
                return ""
            return f"{info.size:x}-{info.mtime_ns or 0:x}"

        return self._call(signature, "read")

    def move_to_free_name(self, name: str, suffix: str) -> str:
        """Rename a file, or what is in its place, to a name that is not taken; return that."""

        def move(filesystem: pafs.FileSystem, base: str) -> str:
            candidates = (f"{name}{n}{suffix}" for n in ("", *(f".{i}" for i in range(2, 1000))))
            for free in candidates:
                path = _join(base, free)
                if self._folder is None:
                    if filesystem.get_file_info(path).type == pafs.FileType.NotFound:
                        filesystem.move(_join(base, name), path)
                        return free
                elif not os.path.lexists(self._folder / free):
                    os.rename(self._folder / name, self._folder / free)  # a folder or link as well
                    return free
            raise OSError(errno.EEXIST, "no name is free")

        return self._call(move, "written")

    # -- access ----------------------------------------------------------------------------

    def _call(
        self,
        operation: Callable[[pafs.FileSystem, str], T],
        action: Literal["read", "listed", "written"],
    ) -> T:
        """Return what an action on the filesystem returns; a failure becomes an error of ours."""
        try:
            if self.is_local:
                return operation(*self._open())
            limit = self._patience[action == "written"]
            return self._calls.run(lambda: operation(*self._open()), limit)
        except FAILURES as error:
            cause = cause_of(error, self._url)
            raise StoreAccessError(self.url, action, cause) from error

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

    def _raise_for_file(self, name: str, error: OSError) -> None:
        """Raise for what is wrong with one file of a local disk that can be listed."""
        if self._folder is None:
            return
        try:
            os.listdir(self._folder)
            is_file = not stat.S_ISDIR(os.stat(self._folder / name).st_mode)
        except OSError as failure:
            if failure.errno != errno.ELOOP:
                return
            is_file = False
        if is_file:
            raise UnreadableFile(self.place(name), cause_of(error)) from error
        raise NotAFile(self.place(name), cause_of(error)) from error


@dataclass(slots=True)
class _TimedCalls:
    """Calls that may never return, each waited for up to a limit.

    A call that was given up goes on in its thread. While it does every other one fails at
    once: a filesystem that hangs costs one thread and one wait, whoever asks how often.
    """

    _guard: threading.Lock = field(default_factory=threading.Lock)
    _abandoned: threading.Thread | None = None

    def run(self, call: Callable[[], T], limit: float) -> T:
        """Return what a call returns, or raise what it raises.

        Raises
        ------
        TimeoutError
            If it does not return in time, or one before it still has not.
        """
        with self._guard:
            if self._abandoned is not None and self._abandoned.is_alive():
                raise TimeoutError("it has not answered for a while")
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(call())
            except BaseException as error:  # raised in the thread that waits
                done.set_exception(error)

        thread = threading.Thread(target=run, name="store", daemon=True)
        thread.start()
        try:
            return done.result(limit)
        except TimeoutError as error:
            if done.done():
                raise  # the call's own
            with self._guard:
                self._abandoned = thread
            _ABANDONED[:] = [thread, *(other for other in _ABANDONED if other.is_alive())]
            raise TimeoutError(f"it did not answer within {limit:g} seconds") from error


def _join(base: str, name: str) -> str:
    return f"{base.rstrip('/')}/{name}" if base else name


def _replace(folder: Path, name: str, data: bytes) -> None:
    """Replace a file of a local disk in one step, its bytes on the disk beforehand."""
    folder.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder, name)
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


def _remove_leftovers(folder: Path, name: str) -> None:
    """Remove what killed writers of this file left behind."""
    for leftover in folder.glob(f".{name}.*.tmp"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_AGE:
                leftover.unlink()


def _local_signature(folder: Path, name: str) -> str:
    """Return what changes with a file on a local disk; empty where there is none."""
    try:
        found = os.stat(f"{folder}{os.sep}{name}")
    except FileNotFoundError:
        return ""
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return "loop"  # reading it says what is wrong
    # The time alone is too coarse for two writes in quick succession.
    return f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ino:x}"
