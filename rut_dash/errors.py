"""The errors of rut_dash: one tree, by cause.

An error carries the values it is about and builds its sentence from them in ``__str__``: what is
wrong, where, and what to do. `DataUnavailable` has a subclass for each cause of a failed fetch;
its ``code`` names the cause in a log line, in JSON and in the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Any, ClassVar, Final, Literal, Self

from rut_dash.defects import Defect, DefectValue, Remedy, fill
from rut_dash.obstacles import Obstacle
from rut_dash.row_defects import RowDefect, RowPlace

__all__ = [
    "BarsRejected",
    "BasisGap",
    "BasisUnavailable",
    "ConnectionCut",
    "CorruptFile",
    "DataUnavailable",
    "Defect",
    "EndsBefore",
    "FetchedElsewhere",
    "FolderUnreadable",
    "IgnoredInput",
    "InsufficientHistory",
    "InvalidInput",
    "InvalidParameter",
    "MalformedAnswer",
    "MissingColumns",
    "NoCommonBasis",
    "NoFile",
    "NoPrices",
    "NotComputable",
    "NotJson",
    "NotSimulated",
    "NotStored",
    "Offline",
    "OutOfRange",
    "RateLimited",
    "Remedy",
    "RequestRefused",
    "RowDefect",
    "RowFileError",
    "RowPlace",
    "RutDashError",
    "SchemaError",
    "SilentForOther",
    "SourceError",
    "SourceSilent",
    "SourceUnreachable",
    "StoreError",
    "StoredFileError",
    "UnexpectedError",
    "UnknownSymbol",
    "UnreadableFile",
    "WaitEnded",
    "error_classes",
]


class RutDashError(Exception):
    """Base of every error that rut_dash raises on purpose."""


def _sentence(*parts: str) -> str:
    """Join non-empty parts into sentences that each end with a full stop."""
    return " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )


def _counted(count: int, noun: str) -> str:
    """Return a count with its noun, in the singular for one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


# ---------------------------------------------------------------------------------------
# Prices that could not be had


@dataclass(eq=False)
class DataUnavailable(RutDashError):
    """A source gave no prices of a symbol.

    A subclass names the cause. Each of its own fields has a default, so that the error can be
    made again from a stored `rut_dash.market.problems.Problem` that lacks it.

    Parameters
    ----------
    symbol
        The symbol that was asked for.
    source
        The source that was asked, in words ("Yahoo Finance", a folder).
    retry_at
        When the source will be asked again, timezone-aware; None where unknown.
    """

    code: ClassVar[str] = "unavailable"

    symbol: str
    source: str
    retry_at: datetime | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Give the exception what it needs to be copied."""
        super().__init__(self.symbol, self.source)

    @property
    def reason(self) -> str:
        """What happened, a clause without a full stop."""
        return "it gave no prices"

    @property
    def remedy(self) -> str:
        """What the reader can do, a sentence; empty where nothing helps but waiting."""
        return ""

    @property
    def clause(self) -> str:
        """What happened and at which source, whatever the symbol."""
        return f"{self.source}: {self.reason}"

    def details(self) -> dict[str, object]:
        """Return the values of this cause, by the name of their field."""
        common = {"symbol", "source", "retry_at"}
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in common}

    @classmethod
    def from_details(cls, symbol: str, source: str, details: Mapping[str, object]) -> Self:
        """Return the error of this cause that has these details, as `details` returned them."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in details.items() if name in known}
        return cls(symbol, source, **values)  # type: ignore[arg-type]

    def __str__(self) -> str:
        """Return the sentence."""
        retry = f"Next try at {self.retry_at:%Y-%m-%d %H:%M %Z}" if self.retry_at else ""
        return _sentence(
            f"No prices of {self.symbol} from {self.source}: {self.reason}", self.remedy, retry
        )


@dataclass(eq=False)
class RateLimited(DataUnavailable):
    """The source answers that it was asked too often."""

    code = "rate_limited"

    @property
    def reason(self) -> str:
        """What happened."""
        return "it limits the rate of requests from this address (HTTP 429)"


@dataclass(eq=False)
class SourceSilent(DataUnavailable):
    """The source did not answer in time; ``seconds`` is how long it was waited for."""

    code = "silent"
    seconds: float | None = None

    @property
    def reason(self) -> str:
        """What happened."""
        if self.seconds is None:
            return "it did not answer in time"
        return f"it did not answer within {self.seconds:g} seconds"


@dataclass(eq=False)
class WaitEnded(SourceSilent):
    """The caller's patience ended before the answer came."""

    code = "wait_ended"

    @property
    def reason(self) -> str:
        """What happened."""
        if self.seconds is None:
            return "no answer came in time"
        return f"no answer came within {self.seconds:g} seconds"


@dataclass(eq=False)
class SilentForOther(SourceSilent):
    """The source was not asked, because it had just been silent about the symbol ``other``."""

    code = "silent_for_other"
    other: str = "another symbol"

    @property
    def reason(self) -> str:
        """What happened."""
        return f"it did not answer when asked for {self.other}"


@dataclass(eq=False)
class FetchedElsewhere(SourceSilent):
    """Another process asks the source for the symbol and has no answer yet."""

    code = "fetched_elsewhere"

    @property
    def reason(self) -> str:
        """What happened."""
        return "another process is still waiting for its answer"


@dataclass(eq=False)
class SourceUnreachable(DataUnavailable):
    """No connection to the source could be made."""

    code = "unreachable"

    @property
    def reason(self) -> str:
        """What happened."""
        return "it cannot be reached from here"


@dataclass(eq=False)
class ConnectionCut(DataUnavailable):
    """The connection broke before the answer was complete."""

    code = "cut"

    @property
    def reason(self) -> str:
        """What happened."""
        return "the connection was cut"


@dataclass(eq=False)
class RequestRefused(DataUnavailable):
    """The source refuses the request; ``status`` is the HTTP status."""

    code = "refused"
    status: int | None = None

    @property
    def reason(self) -> str:
        """What happened."""
        return f"it refuses the request{_http(self.status)}"


@dataclass(eq=False)
class SourceError(DataUnavailable):
    """The source answers that it fails itself; ``status`` is the HTTP status."""

    code = "server_error"
    status: int | None = None

    @property
    def reason(self) -> str:
        """What happened."""
        return f"it has a fault of its own{_http(self.status)}"


@dataclass(eq=False)
class NotJson(DataUnavailable):
    """The answer is a web page, a broken text, or (to a request for a crumb) no crumb."""

    code = "not_json"
    answer: Literal["page", "text", "crumb"] = "text"

    @property
    def reason(self) -> str:
        """What happened."""
        if self.answer == "page":
            return "it answered with a web page instead of prices"
        if self.answer == "crumb":
            return "its crumb is no crumb"
        return "its answer is cut short or is no JSON"


@dataclass(eq=False)
class NoPrices(DataUnavailable):
    """The source answered without any prices.

    ``since`` is the first session that was asked for; ``status`` the HTTP status where the answer
    is a report of an error.
    """

    code = "empty"
    since: date | None = None
    status: int | None = None

    @property
    def reason(self) -> str:
        """What happened."""
        if self.status is not None:
            return f"it reports an error instead of prices{_http(self.status)}"
        since = f" since {self.since:%Y-%m-%d}" if self.since else ""
        return f"it answered without any prices{since}"


@dataclass(eq=False)
class EndsBefore(NoPrices):
    """The source's prices end on ``last``, before the first session that was asked for.

    ``file`` is the name of the file that holds them; empty where it is none.
    """

    code = "ends_before"
    last: date | None = None
    file: str = ""

    @property
    def reason(self) -> str:
        """What happened."""
        end = f" on {self.last:%Y-%m-%d}" if self.last else ""
        since = f", before {self.since:%Y-%m-%d}" if self.since else ""
        return f"{self.file or 'it'} ends{end}{since}"


@dataclass(eq=False)
class MalformedAnswer(DataUnavailable):
    """The answer is not what the source's answers are like.

    ``flaw`` names what is wrong with it; ``value`` is the HTTP status, the other symbol or the
    name of the exception that reading it raised.
    """

    code = "malformed"
    flaw: Literal["no_chart", "parts_missing", "unreadable", "other_symbol", "not_daily"] = (
        "parts_missing"
    )
    value: str | int = ""

    @property
    def reason(self) -> str:
        """What happened."""
        return _FLAWS[self.flaw].format(value=self.value)


_FLAWS: Final = {
    "no_chart": "its answer holds no chart (HTTP {value})",
    "parts_missing": "its answer lacks parts that belong to it",
    "unreadable": "its answer could not be read ({value})",
    "other_symbol": "it answered with prices of {value}",
    "not_daily": "it answered with other prices than daily ones",
}


@dataclass(eq=False)
class UnexpectedError(DataUnavailable):
    """The program itself failed; ``exception`` is the name of the exception's class."""

    code = "unexpected"
    source: str = "the program"
    exception: str = "Exception"

    @property
    def reason(self) -> str:
        """What happened."""
        return f"an unexpected error came up ({self.exception})"

    @property
    def remedy(self) -> str:
        """What the reader can do."""
        return "The log has the details"


@dataclass(eq=False)
class UnknownSymbol(DataUnavailable):
    """The source answered, and knows no such symbol; ``isin`` is True where it is an ISIN."""

    code = "unknown_symbol"
    isin: bool = False

    @property
    def reason(self) -> str:
        """What happened."""
        return "that is an ISIN" if self.isin else "it knows no such symbol"

    @property
    def remedy(self) -> str:
        """What the reader can do."""
        return "Give the ticker, as IWM" if self.isin else "Check the spelling"


@dataclass(eq=False)
class NoFile(UnknownSymbol):
    """No file of a folder is named after the symbol; ``symbols`` are those of its files."""

    code = "no_file"
    symbols: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """What happened."""
        return "no file is named after it"

    @property
    def remedy(self) -> str:
        """What the reader can do."""
        if not self.symbols:
            return "It has no price files at all"
        return f"It has {', '.join(self.symbols)}"


@dataclass(eq=False)
class NotSimulated(DataUnavailable):
    """The demo has no such symbol; ``symbols`` are those that it has, empty where it is off."""

    code = "not_simulated"
    source: str = "the demo"
    symbols: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """What happened."""
        if not self.symbols:
            return "it does not stand in here"
        return f"it has only {' and '.join(self.symbols)}"

    @property
    def remedy(self) -> str:
        """What the reader can do."""
        return "Fetch real prices, or choose one of these" if self.symbols else ""


@dataclass(eq=False)
class Offline(DataUnavailable):
    """Nothing is stored, and no source may be asked."""

    code = "offline"
    source: str = "the store"

    @property
    def reason(self) -> str:
        """What happened."""
        return "the network is switched off, and only what is stored is shown"

    @property
    def remedy(self) -> str:
        """What the reader can do."""
        return "Import a file, or run without --offline and RUT_DASH_OFFLINE"


@dataclass(eq=False)
class NotStored(DataUnavailable):
    """Nothing is stored yet; ``fetching`` is True where it is being fetched."""

    code = "not_stored"
    source: str = "the store"
    fetching: bool = False

    @property
    def reason(self) -> str:
        """What happened."""
        return "there are none yet"

    @property
    def remedy(self) -> str:
        """What the reader can do."""
        return "They are being fetched" if self.fetching else ""


@dataclass(eq=False)
class BarsRejected(DataUnavailable):
    """The source answered with bars that were refused; ``refusal`` says why."""

    code = "rejected"
    refusal: SchemaError | None = None

    @property
    def reason(self) -> str:
        """What happened."""
        if self.refusal is None:
            return "its bars were refused"
        return f"its bars were refused ({self.refusal.clause})"

    @property
    def clause(self) -> str:
        """What is wrong with the bars."""
        return f"{self.source}: {self.reason}" if self.refusal is None else self.refusal.clause

    def details(self) -> dict[str, object]:
        """Return what the refusal is made of."""
        return {} if self.refusal is None else self.refusal.details()

    @classmethod
    def from_details(cls, symbol: str, source: str, details: Mapping[str, object]) -> Self:
        """Return the error whose refusal has these details."""
        refusal = SchemaError.from_details(details) if "defect" in details else None
        return cls(symbol, source, refusal=refusal)


@dataclass(eq=False)
class FolderUnreadable(BarsRejected):
    """The folder that should hold the files cannot be read."""

    code = "folder_unreadable"

    @property
    def reason(self) -> str:
        """What happened."""
        return "it cannot be read" if self.refusal is None else self.refusal.problem

    @property
    def remedy(self) -> str:
        """What the reader can do."""
        return "" if self.refusal is None else self.refusal.remedy


def _http(status: int | None) -> str:
    """Return an HTTP status in brackets; nothing where it is unknown."""
    return "" if status is None else f" (HTTP {status})"


def error_classes() -> Mapping[str, type[DataUnavailable]]:
    """Return `DataUnavailable` and its subclasses, those of a source's own too, by their code."""

    def tree(cls: type[DataUnavailable]) -> Iterator[type[DataUnavailable]]:
        yield cls
        for child in cls.__subclasses__():
            yield from tree(child)

    return {cls.code: cls for cls in tree(DataUnavailable)}


# ---------------------------------------------------------------------------------------
# Bars that break the schema


class SchemaError(RutDashError):
    """Bars that break the schema: bad input is refused whole.

    Parameters
    ----------
    where
        The file or the symbol whose bars these are.
    defect
        What is wrong.
    line
        The line of the file, counted from 1 with the header; None where there is none.
    session
        The session at fault, from which a reader of files finds the line; None where the
        defect is not one row's.
    remedy_override
        What to do about it, where it is not what the defect says.
    values
        What the defect's templates name, but for the line and the session.

    Raises
    ------
    TypeError
        If the values are not those that the templates name.
    """

    def __init__(
        self,
        where: str | PurePath,
        defect: Defect,
        *,
        line: int | None = None,
        session: date | None = None,
        remedy_override: Remedy | None = None,
        **values: DefectValue,
    ) -> None:
        super().__init__(where, defect)
        self.where = str(where)
        self.defect = defect
        self.line = line
        self.session = session
        self.remedy_override = remedy_override
        self.values = values
        given = {*values, *(["session"] if session else []), *(["line"] if line else [])}
        if not defect.fields <= given or not set(values) <= defect.fields:
            raise TypeError(f"{defect} needs {sorted(defect.fields)}, not {sorted(values)}")

    def _fill(self, template: str) -> str:
        return fill(template, {**self.values, "session": self.session, "line": self.line})

    @property
    def problem(self) -> str:
        """What is wrong, a clause that names the first offending session or line."""
        return self._fill(self.defect.problem)

    @property
    def remedy(self) -> str:
        """What to do about it, a sentence."""
        if self.remedy_override is not None:
            return self.remedy_override.value
        return self._fill(self.defect.remedy)

    @property
    def clause(self) -> str:
        """Where, what is wrong and what to do, without a full stop."""
        remedy = self.remedy.rstrip(".")
        remedy = f"; {remedy[0].lower()}{remedy[1:]}" if remedy else ""
        return f"{self.where}: {self.problem}{remedy}"

    def located(
        self,
        where: str | PurePath | None = None,
        *,
        line: int | None = None,
        remedy_override: Remedy | None = None,
    ) -> SchemaError:
        """Return the error with a place, a line or a remedy of the caller's knowledge."""
        details = self.details()
        if where is not None:
            details["where"] = str(where)
        if line is not None:
            details["line"] = line
        if remedy_override is not None:
            details["remedy_override"] = remedy_override.name
        return self.from_details(details)

    def __reduce__(self) -> tuple[object, ...]:
        """Return what a copy is made of."""
        return (type(self).from_details, (self.details(),))

    def details(self) -> dict[str, object]:
        """Return what the error is made of, by name."""
        override = self.remedy_override
        return {
            "where": self.where,
            "defect": self.defect.name,
            "line": self.line,
            "session": self.session,
            "remedy_override": None if override is None else override.name,
            "values": tuple(sorted(self.values.items())),
        }

    @classmethod
    def from_details(cls, details: Mapping[str, object]) -> Self:
        """Return the error that `details` describes.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it describes none, as a newer version's may not.
        """
        override, values = details.get("remedy_override"), details.get("values", ())
        assert isinstance(values, tuple)
        options: dict[str, Any] = {
            "line": details.get("line"),
            "session": details.get("session"),
            "remedy_override": None if override is None else Remedy[str(override)],
        }
        return cls(str(details["where"]), Defect[str(details["defect"])], **options, **dict(values))

    def __str__(self) -> str:
        """Return the sentence."""
        place = self.where if self.line is None else f"{self.where}, line {self.line}"
        return _sentence(f"{place}: {self.problem}", self.remedy)


# ---------------------------------------------------------------------------------------
# Figures that cannot be computed


class InsufficientHistory(RutDashError):
    """A figure needs more bars than the history has.

    Parameters
    ----------
    what
        The figure, in words.
    needed, available
        Numbers of bars.
    unit
        What is counted, in the singular.
    """

    def __init__(self, what: str, needed: int, available: int, unit: str = "session") -> None:
        super().__init__(what, needed, available, unit)
        self.what = what
        self.needed = needed
        self.available = available
        self.unit = unit

    def __str__(self) -> str:
        """Return the sentence."""
        be = "is" if self.available == 1 else "are"
        return _sentence(
            f"{self.what} needs {_counted(self.needed, self.unit)}; there {be} {self.available:,}",
            "Load a longer history or choose a shorter window",
        )


class MissingColumns(RutDashError):
    """A figure needs columns that the bars do not have on any session.

    Parameters
    ----------
    what
        The figure, in words.
    columns
        The columns.
    """

    def __init__(self, what: str, columns: Sequence[str] = ("high", "low")) -> None:
        super().__init__(what, tuple(columns))
        self.what = what
        self.columns = tuple(columns)

    def __str__(self) -> str:
        """Return the sentence."""
        return _sentence(
            f"{self.what} needs sessions with {' and '.join(self.columns)}; there are none",
            "Load bars that have these columns",
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


class BasisGap(StrEnum):
    """Why a series cannot be had on a basis."""

    INDEX = "an index pays no dividends"
    ADJUSTED_ONLY = "its file has only adjusted closes"


class BasisUnavailable(RutDashError):
    """A series was asked for on a basis that its bars cannot give.

    Parameters
    ----------
    symbol
        The symbol.
    basis
        The basis: "price" or "total".
    available
        The bases that there are.
    gap
        Why the basis is none of them; None where the symbol says it.
    """

    def __init__(
        self, symbol: str, basis: str, available: Sequence[str], gap: BasisGap | None = None
    ) -> None:
        super().__init__(symbol, basis, tuple(available), gap)
        self.symbol = symbol
        self.basis = basis
        self.available = tuple(available)
        self.gap = gap

    def __str__(self) -> str:
        """Return the sentence."""
        name = {"price": "price", "total": "total-return"}
        because = f", because {self.gap}" if self.gap else ""
        have = " and ".join(name.get(b, b) for b in self.available)
        basis = name.get(self.basis, self.basis)
        instead = f"Choose the {have} basis" if have else _OTHER_SYMBOL
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
        self.args = (legs,)
        self.legs = tuple(legs)

    def __str__(self) -> str:
        """Return the sentence."""
        have = " and ".join(f"{symbol} has only {' and '.join(b)}" for symbol, b in self.legs)
        return _sentence(f"{self.symbol} has no common basis, because {have}", _OTHER_SYMBOL)


_OTHER_SYMBOL: Final = "Choose another symbol"


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
        return self.defect.clause(self.values)

    def __str__(self) -> str:
        """Return the sentence."""
        remedy = (
            f"Correct the file; without it only the shipped {self.place.contents} are used"
            if self.whole_file
            else "Correct that row; the other rows are used"
        )
        return _sentence(f"{self.place}: {self.problem}", remedy)


class NotComputable(RutDashError):
    """A claim that cannot be computed, or drawn, of what there is.

    Parameters
    ----------
    obstacle
        Why not.
    values
        What the sentence of the obstacle names; days as dates.
    """

    def __init__(self, obstacle: Obstacle, **values: object) -> None:
        super().__init__(obstacle, values)
        self.obstacle = obstacle
        self.values = values

    def __str__(self) -> str:
        """Return the sentence."""
        reason, remedy = self.obstacle.value
        return _sentence(reason.format_map(self.values), remedy)


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
    """A setting, an argument or a value of a link that cannot be used.

    Parameters
    ----------
    parameter
        Its name, as the reader wrote it.
    value
        What was given.
    expected
        What would do, a noun phrase.
    """

    _consequence: ClassVar[str] = "cannot be used"

    def __init__(self, parameter: str, value: str, expected: str) -> None:
        super().__init__(parameter, value, expected)
        self.parameter = parameter
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        """Return the sentence."""
        value = self.value if len(self.value) <= 40 else f"{self.value[:39]}…"
        given = f"{self.parameter}={value!r}"
        return _sentence(f"{given} {self._consequence}: expected {self.expected}")


class IgnoredInput(InvalidInput):
    """A value of a link that cannot be used: the page takes the default in its place."""

    _consequence = "is ignored"
