"""A filesystem that works until a test lets it fail or hang, as disks and networks do."""

from __future__ import annotations

import errno
import os
import threading
from typing import Any

import pyarrow.fs as pafs


class FailingHandler(pafs.FileSystemHandler):
    """Hand everything to a filesystem in memory, unless there is an error to raise.

    ``read_error`` and ``write_error`` are raised where they are set. All calls wait while ``open``
    is not set; ``reads`` counts those that read.
    """

    def __init__(self) -> None:
        self.inner = pafs._MockFileSystem()
        self.read_error: OSError | None = None
        self.write_error: OSError | None = None
        self.open = threading.Event()
        self.open.set()
        self.reads = 0

    def _read(self) -> None:
        self.reads += 1
        self.open.wait(300)
        if self.read_error is not None:
            raise self.read_error

    def _write(self) -> None:
        self.open.wait(300)
        if self.write_error is not None:
            raise self.write_error

    def get_type_name(self) -> str:
        return "failing"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: list[str]) -> Any:
        self._read()
        return self.inner.get_file_info(paths)

    def get_file_info_selector(self, selector: pafs.FileSelector) -> Any:
        self._read()
        return self.inner.get_file_info(selector)

    def create_dir(self, path: str, recursive: bool) -> None:
        self._write()
        self.inner.create_dir(path, recursive=recursive)

    def delete_dir(self, path: str) -> None:
        self._write()
        self.inner.delete_dir(path)

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        self._write()
        self.inner.delete_dir_contents(path, missing_dir_ok=missing_dir_ok)

    def delete_root_dir_contents(self) -> None:
        self._write()

    def delete_file(self, path: str) -> None:
        self._write()
        try:
            self.inner.delete_file(path)
        except OSError as error:
            raise FileNotFoundError(path) from error

    def move(self, src: str, dest: str) -> None:
        self._write()
        self.inner.move(src, dest)

    def copy_file(self, src: str, dest: str) -> None:
        self._write()
        self.inner.copy_file(src, dest)

    def open_input_stream(self, path: str) -> Any:
        self._read()
        return self.inner.open_input_stream(path)

    def open_input_file(self, path: str) -> Any:
        self._read()
        return self.inner.open_input_file(path)

    def open_output_stream(self, path: str, metadata: Any) -> Any:
        self._write()
        return self.inner.open_output_stream(path)

    def open_append_stream(self, path: str, metadata: Any) -> Any:
        self._write()
        return self.inner.open_append_stream(path)


def failing() -> tuple[FailingHandler, pafs.FileSystem]:
    """Return the switch and the filesystem."""
    handler = FailingHandler()
    return handler, pafs.PyFileSystem(handler)


def full_disk() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def unreachable() -> OSError:
    return OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH))
