"""Failures of the price store."""

from __future__ import annotations

from typing import ClassVar, Literal

from rut_dash.errors.base_error import RutDashError, sentence

__all__ = [
    "CorruptFile",
    "NoStore",
    "StoreAccessError",
    "StoreChanged",
    "StoreError",
    "StoreNotInUse",
    "StoredFileError",
    "SymbolLocked",
    "UnreadableFile",
    "WriteNotVerified",
]


class StoreError(RutDashError):
    """The store cannot be read or written; a subclass names the cause.

    Parameters
    ----------
    url
        The store, or the file in it.
    """

    subject: ClassVar[str] = "The price store at"
    reason: str = "cannot be used"
    remedy: str = ""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    def __str__(self) -> str:
        """Return the sentence."""
        return sentence(f"{self.subject} {self.url} {self.reason}", self.remedy)


class StoreAccessError(StoreError):
    """The filesystem of the store failed.

    Parameters
    ----------
    url
        The store.
    action
        What could not be done with it.
    cause
        What the filesystem said, without credentials.
    """

    remedy = "Check the folder or URL, or set RUT_DASH_STORE"

    def __init__(self, url: str, action: Literal["read", "listed", "written"], cause: str) -> None:
        super().__init__(url)
        self.args = (url, action, cause)
        self.action = action
        self.cause = cause
        self.reason = f"cannot be {action} ({cause})"


class StoreChanged(StoreError):
    """The store has bars of a symbol that had none, or could not be read, a moment ago."""

    reason = "has bars that could not be read a moment ago"


class WriteNotVerified(StoreError):
    """What was read back is not what was written."""

    reason = "did not give back what was written to it"


class NoStore(StoreError):
    """There is no store: bars are held in memory."""

    reason = "is no store"
    remedy = "Set RUT_DASH_STORE"

    def __init__(self, url: str = "(memory)") -> None:
        super().__init__(url)


class StoreNotInUse(StoreError):
    """Prices are read from a folder, which leaves the store alone."""

    reason = "is not in use: prices are read from a folder"
    remedy = "Import without --prices and RUT_DASH_PRICES"


class SymbolLocked(StoreError):
    """A file cannot be imported because its symbol is being fetched.

    Parameters
    ----------
    path
        The file.
    symbol
        Its symbol.
    """

    def __init__(self, path: str, symbol: str) -> None:
        super().__init__(path)
        self.args = (path, symbol)
        self.symbol = symbol

    def __str__(self) -> str:
        """Return the sentence."""
        return sentence(f"{self.url}: {self.symbol} is being fetched by another process")


class StoredFileError(StoreError):
    """One file of a store that can be used otherwise.

    Parameters
    ----------
    url
        The file.
    cause
        What the filesystem or the reader of the file said.
    """

    subject = "The stored file"

    def __init__(self, url: str, cause: str) -> None:
        super().__init__(url)
        self.args = (url, cause)
        self.cause = cause


class CorruptFile(StoredFileError):
    """A file of the store is there and is not what the store wrote.

    Parameters
    ----------
    url, cause
        The file, and what its reader said.
    is_file
        False where it is a folder, or a link to itself.
    """

    remedy = "It is fetched again"

    def __init__(self, url: str, cause: str, *, is_file: bool = True) -> None:
        super().__init__(url, cause)
        self.is_file = is_file
        defect = "is damaged or not a file of this program" if is_file else "is no file"
        self.reason = f"{defect} ({cause})"


class UnreadableFile(StoredFileError):
    """A file of the store is there and cannot be read."""

    remedy = StoreAccessError.remedy

    def __init__(self, url: str, cause: str) -> None:
        super().__init__(url, cause)
        self.reason = f"cannot be read ({cause})"
