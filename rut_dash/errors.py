"""The errors of rut_dash.

Every error carries the objects it is about and builds one sentence from them:
what is wrong, where, and what to do. Callers show ``str(error)`` as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from pathlib import PurePath

__all__ = [
    "BasisUnavailable",
    "CorruptFile",
    "DataUnavailable",
    "Fault",
    "InsufficientHistory",
    "InvalidInput",
    "InvalidParameter",
    "NoCommonBasis",
    "NotComputable",
    "OutOfRange",
    "RowDefect",
    "RowFileError",
    "RowPlace",
    "RutDashError",
    "SchemaError",
    "StoreError",
    "StoredFileError",
    "UnknownSymbol",
    "UnreadableFile",
]


class RutDashError(Exception):
    """Base of every error that rut_dash raises on purpose."""


def _sentence(*parts: str) -> str:
    """Join non-empty parts into sentences that each end with a full stop."""
    return " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )


class Fault(StrEnum):
    """Why a source gave no prices, for programs; the sentence is for readers."""

    RATE_LIMITED = "rate_limited"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    CUT = "cut"
    REFUSED = "refused"
    SERVER_ERROR = "server_error"
    NOT_JSON = "not_json"
    EMPTY = "empty"
    MALFORMED = "malformed"
    UNKNOWN_SYMBOL = "unknown_symbol"
    REJECTED = "rejected"
    OFFLINE = "offline"
    NOT_STORED = "not_stored"


class DataUnavailable(RutDashError):
    """Prices of a symbol could not be had from a source.

    Parameters
    ----------
    symbol
        The symbol that was asked for.
    source
        The source that was asked, in words ("Yahoo Finance", a folder).
    reason
        What happened, a clause without a full stop.
    remedy
        What the reader can do, a sentence; empty where nothing helps but waiting.
    retry_at
        When the source will be asked again, timezone-aware; None where unknown.
    kind
        The fault, for programs; None where a source does not say.
    """

    def __init__(
        self,
        symbol: str,
        source: str,
        reason: str,
        remedy: str = "",
        *,
        retry_at: datetime | None = None,
        kind: Fault | None = None,
    ) -> None:
        super().__init__(symbol, source, reason, remedy)
        self.symbol = symbol
        self.source = source
        self.reason = reason
        self.remedy = remedy
        self.retry_at = retry_at
        self.kind = kind

    def __str__(self) -> str:
        """Return the sentence."""
        retry = f"Next try at {self.retry_at:%Y-%m-%d %H:%M %Z}" if self.retry_at else ""
        return _sentence(
            f"No prices of {self.symbol} from {self.source}: {self.reason}", self.remedy, retry
        )


class UnknownSymbol(DataUnavailable):
    """The source answered, and knows no such symbol."""


class SchemaError(RutDashError):
    """Bars that break the schema: bad input is refused whole.

    Parameters
    ----------
    where
        The file or the symbol whose bars these are.
    problem
        What is wrong, a clause that names the first offending session or line.
    remedy
        What to do about it.
    line
        The line of the file, counted from 1 with the header; None where there is none.
    session
        The session at fault, from which a reader of files finds the line; None where the
        fault is not one row's.
    """

    def __init__(
        self,
        where: str | PurePath,
        problem: str,
        remedy: str = "",
        *,
        line: int | None = None,
        session: date | None = None,
    ) -> None:
        super().__init__(where, problem, remedy, line, session)
        self.where = str(where)
        self.problem = problem
        self.remedy = remedy
        self.line = line
        self.session = session

    def __str__(self) -> str:
        """Return the sentence."""
        place = self.where if self.line is None else f"{self.where}, line {self.line}"
        return _sentence(f"{place}: {self.problem}", self.remedy)


class InsufficientHistory(RutDashError):
    """A figure needs more bars than the history has.

    Parameters
    ----------
    what
        The figure, in words.
    needed, available
        Numbers of bars.
    unit
        What is counted, in the plural.
    """

    def __init__(self, what: str, needed: int, available: int, unit: str = "sessions") -> None:
        super().__init__(what, needed, available)
        self.what = what
        self.needed = needed
        self.available = available
        self.unit = unit

    def __str__(self) -> str:
        """Return the sentence."""
        return _sentence(
            f"{self.what} needs {self.needed:,} {self.unit}; there are {self.available:,}",
            "Load a longer history or choose a shorter window",
        )


class InvalidParameter(RutDashError):
    """A parameter of a figure that cannot be used.

    Parameters
    ----------
    what
        The parameter, in words ("the length of an RSI").
    value
        What was given.
    expected
        What would do, a noun phrase.
    """

    def __init__(self, what: str, value: object, expected: str) -> None:
        super().__init__(what, value, expected)
        self.what = what
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        """Return the sentence."""
        return _sentence(f"{self.what} cannot be {self.value!r}: it must be {self.expected}")


class BasisUnavailable(RutDashError):
    """A series was asked for on a basis that its bars cannot give."""

    def __init__(self, symbol: str, basis: str, available: Sequence[str], reason: str = "") -> None:
        super().__init__(symbol, basis, tuple(available))
        self.symbol = symbol
        self.basis = basis
        self.available = tuple(available)
        self.reason = reason

    def __str__(self) -> str:
        """Return the sentence."""
        name = {"price": "price", "total": "total-return"}
        because = f", because {self.reason}" if self.reason else ""
        have = " and ".join(name.get(b, b) for b in self.available)
        basis = name.get(self.basis, self.basis)
        instead = f"Choose the {have} basis" if have else "Choose another symbol"
        return _sentence(f"{self.symbol} has no {basis} basis{because}", instead)


class NoCommonBasis(BasisUnavailable):
    """Two series have no basis in common, so that they cannot be compared.

    Parameters
    ----------
    legs
        Each symbol with the names of its bases.
    """

    def __init__(self, legs: Sequence[tuple[str, Sequence[str]]]) -> None:
        super().__init__(" against ".join(symbol for symbol, _ in legs), "common", ())
        self.legs = tuple(legs)

    def __str__(self) -> str:
        """Return the sentence."""
        have = " and ".join(f"{symbol} has only {' and '.join(b)}" for symbol, b in self.legs)
        return _sentence(
            f"{self.symbol} has no {self.basis} basis, because {have}", "Choose another symbol"
        )


class OutOfRange(RutDashError):
    """A date lies outside the sessions that there are."""

    def __init__(
        self,
        what: str,
        asked: date,
        first: date | None,
        last: date | None,
        *,
        remedy: str = "",
    ) -> None:
        super().__init__(what, asked, first, last)
        self.what = what
        self.asked = asked
        self.first = first
        self.last = last
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the sentence."""
        if self.first is None or self.last is None:
            span = "has no sessions"
        else:
            span = f"has sessions from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}"
        return _sentence(
            f"{self.asked:%Y-%m-%d} is out of range: {self.what} {span}",
            self.remedy or "Choose a date between them",
        )


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a row is in a TOML file.

    Parameters
    ----------
    file
        The name of the file.
    contents
        What its rows are ("events", "claims").
    table
        The table that the row is in; empty for the file as a whole.
    ordinal
        The number of the row among those of its table, from 1; 0 in a table of one row a key.
    row_id
        The row's id or key; empty where it has none.
    """

    file: str
    contents: str
    table: str = ""
    ordinal: int = 0
    row_id: str = ""

    def __str__(self) -> str:
        """Return the place in words: ``mine.toml, the third [[event]], 'steel-tariffs'``."""
        if not self.table:
            return self.file
        if not self.ordinal:
            return f"{self.file}, {self.row_id} of [{self.table}]"
        row_id = f", {self.row_id!r}" if self.row_id else ""
        return f"{self.file}, the {_ordinal(self.ordinal)} [[{self.table}]]{row_id}"


_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip


def _ordinal(number: int) -> str:
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else suffix}"


def _short(value: object) -> object:
    """Return a value as a clause has room for it."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value[:79]}…" if isinstance(value, str) and len(value) > 80 else value


class RowDefect(Enum):
    """What is wrong with a row of a TOML file, or with the file: each with its clause."""

    UNREADABLE = "the file cannot be read ({detail})"
    NOT_UTF8 = "the file is not text in UTF-8"
    NOT_TOML = "this is not TOML: {detail}"
    UNKNOWN_TABLE = "{key!r} is unknown here; a file holds {allowed}"
    NOT_A_TABLE = "{key} is a table: [{key}]"
    NOT_A_ROW = "each {key} starts with [[{key}]]"
    UNKNOWN_KEY = "the key {key!r} is unknown; allowed are {allowed}"
    MISSING_KEY = "the {kind} has no {key}"
    UNSUITABLE = "the {key} must be {expected}, not {value!r}"
    UNKNOWN_VALUE = "the {key} {value!r} is unknown; allowed are {allowed}"
    TOO_LONG = "the {key} has {length} characters; at most {longest} fit"
    NO_SUCH_DAY = "there is no day {value}"
    ENDS_BEFORE_START = "the end {end} is before the date {start}"
    NEEDS_SERIES = "a check of {kind} needs a series, such as IWM"
    UNKNOWN_PARAM = "a check of {kind} has no {key!r}; it takes {allowed}"
    MISSING_PARAM = "a check of {kind} needs {key!r}"
    TAKEN_ID = "the id {value!r} is that of another {kind}"
    MISSING_DIRECTION = "an event of kind {kind!r} needs its direction, one of {allowed}"
    NO_DIRECTION = "an event of kind {kind!r} has no direction"
    NOT_COMPLETE = "an event of kind {kind!r} was refused, so the kind is not complete"


class RowFileError(RutDashError):
    """A row of a TOML file, or the file, that cannot be used.

    Parameters
    ----------
    place
        The row; the file where nothing of it can be used.
    defect
        What is wrong.
    whole_file
        True where nothing of the file can be used, False where its other rows are.
    values
        What the clause of the defect names.
    """

    def __init__(
        self, place: RowPlace, defect: RowDefect, *, whole_file: bool = False, **values: object
    ) -> None:
        super().__init__(place, defect, whole_file, values)
        self.place = place
        self.defect = defect
        self.whole_file = whole_file
        self.values = values

    @property
    def problem(self) -> str:
        """What is wrong, a clause without the place."""
        return self.defect.value.format_map({k: _short(v) for k, v in self.values.items()})

    def __str__(self) -> str:
        """Return the sentence."""
        remedy = (
            f"Correct the file; without it only the shipped {self.place.contents} are used"
            if self.whole_file
            else "Correct that row; the other rows are used"
        )
        return _sentence(f"{self.place}: {self.problem}", remedy)


class NotComputable(RutDashError):
    """What is at hand cannot settle a claim.

    Parameters
    ----------
    reason
        Why not, a sentence.
    remedy
        What would help, a sentence; empty for nothing.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the sentence."""
        return _sentence(self.reason, self.remedy)


class StoreError(RutDashError):
    """The store cannot be read or written.

    Parameters
    ----------
    url
        The store, or the file in it.
    reason
        What is wrong, a clause that continues "The price store at ...".
    remedy
        What to do about it.
    """

    def __init__(self, url: str, reason: str, remedy: str = "") -> None:
        super().__init__(url, reason, remedy)
        self.url = url
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the sentence."""
        return _sentence(f"The price store at {self.url} {self.reason}", self.remedy)


class StoredFileError(StoreError):
    """One file of a store that can be used otherwise."""

    def __str__(self) -> str:
        """Return the sentence."""
        return _sentence(f"The stored file {self.url} {self.reason}", self.remedy)


class CorruptFile(StoredFileError):
    """A file of the store is there and is not what the store wrote."""


class UnreadableFile(StoredFileError):
    """A file of the store is there and cannot be read."""


class InvalidInput(RutDashError):
    """A value of a link or of a control that cannot be used."""

    def __init__(self, parameter: str, value: str, expected: str) -> None:
        super().__init__(parameter, value, expected)
        self.parameter = parameter
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        """Return the sentence."""
        shown = self.value if len(self.value) <= 40 else f"{self.value[:39]}…"
        return _sentence(f"{self.parameter}={shown!r} is ignored: expected {self.expected}")
