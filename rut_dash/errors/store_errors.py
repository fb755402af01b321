"""Failures of the price store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from rut_dash.errors.base_error import RutDashError, sentence
from rut_dash.errors.templates import fill


@dataclass(eq=False)
class StoreError(RutDashError):
    """The store cannot be read or written; a subclass names the cause.

    Parameters
    ----------
    url
        The store, or the file in it.
    """

    template: ClassVar[str] = "The price store at {url} cannot be used"
    remedy: ClassVar[str] = ""

    url: str

    def __str__(self) -> str:
        return sentence(fill(self.template, vars(self)), self.remedy)


@dataclass(eq=False)
class StoreAccessError(StoreError):
    """The filesystem of the store failed.

    Parameters
    ----------
    action
        What could not be done with it.
    cause
        What the filesystem said, without credentials.
    """

    template = "The price store at {url} cannot be {action} ({cause})"
    remedy = "Check the folder or URL, or set RUT_DASH_STORE"

    action: Literal["read", "listed", "written"]
    cause: str


class StoreChanged(StoreError):
    """The store has bars of a symbol that had none, or could not be read, a moment ago."""

    template = "The price store at {url} has bars that could not be read a moment ago"


class WriteNotVerified(StoreError):
    """What was read back is not what was written."""

    template = "The price store at {url} did not give back what was written to it"


@dataclass(eq=False)
class NoStore(StoreError):
    """There is no store: bars are held in memory."""

    template = "The price store at {url} is no store"
    remedy = "Set RUT_DASH_STORE"

    url: str = "(memory)"


class StoreNotInUse(StoreError):
    """Prices are read from a folder, which leaves the store alone."""

    template = "The price store at {url} is not in use: prices are read from a folder"
    remedy = "Import without --prices and RUT_DASH_PRICES"


@dataclass(eq=False)
class SymbolLocked(StoreError):
    """The file ``url`` cannot be imported because its symbol is being fetched."""

    template = "{url}: {symbol} is being fetched by another process"

    symbol: str


@dataclass(eq=False)
class StoredFileError(StoreError):
    """One file of a store that can be used otherwise.

    Parameters
    ----------
    cause
        What the filesystem or the reader of the file said.
    """

    template = "The stored file {url} cannot be used ({cause})"

    cause: str


class CorruptFile(StoredFileError):
    """A file of the store is there and is not what the store wrote."""

    template = "The stored file {url} is damaged or not a file of this program ({cause})"
    remedy = "It is fetched again"


class NotAFile(CorruptFile):
    """A folder, or a link to itself, is in the place of a file of the store."""

    template = "The stored file {url} is no file ({cause})"


class UnreadableFile(StoredFileError):
    """A file of the store is there and cannot be read."""

    template = "The stored file {url} cannot be read ({cause})"
    remedy = StoreAccessError.remedy
