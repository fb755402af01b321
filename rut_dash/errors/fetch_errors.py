"""Prices that could not be had: one class for each cause of a failed fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import ClassVar, Final, Literal, Self

from rut_dash.errors.base_error import RutDashError, sentence
from rut_dash.errors.foreign_symbols import US_SYMBOL, ForeignKind, foreign_clause
from rut_dash.errors.schema_errors import SchemaError
from rut_dash.errors.templates import fill


@dataclass(eq=False)
class DataUnavailable(RutDashError):
    """A source gave no prices of a symbol.

    A subclass names the cause: ``code`` for programs; ``reason_template``, which names fields of
    its own, and ``remedy_text`` for readers, or `_explain` where they depend on its fields. Each
    of these has a default, so that the error can be made again from a stored
    `rut_dash.market.problems.Problem` that lacks it.

    Parameters
    ----------
    source
        The source that was asked, in words ("Yahoo Finance", a folder).
    retry_at
        When the source will be asked again, timezone-aware; None where unknown.
    """

    code: ClassVar[str] = "unavailable"
    reason_template: ClassVar[str] = "it gave no prices"  # a template of the cause's own fields
    remedy_text: ClassVar[str] = ""

    symbol: str
    source: str
    retry_at: datetime | None = field(default=None, kw_only=True)

    @property
    def reason(self) -> str:
        """What happened, a clause without a full stop."""
        return self._explain()[0]

    @property
    def remedy(self) -> str:
        """What the reader can do, a sentence; empty where nothing helps but waiting."""
        return self._explain()[1]

    @property
    def clause(self) -> str:
        """What happened at which source, whatever the symbol."""
        return f"{self.source}: {self.reason}"

    def _explain(self) -> tuple[str, str]:
        """Return the reason and the remedy."""
        return fill(self.reason_template, self.details()), self.remedy_text

    def details(self) -> dict[str, object]:
        """Return the values of this cause, by the name of their field."""
        common = {"symbol", "source", "retry_at"}
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in common}

    @classmethod
    def from_details(cls, symbol: str, source: str, details: Mapping[str, object]) -> Self:
        """Return the error of this cause with such details as `details` returns."""
        names = {f.name for f in fields(cls)}
        values = {name: value for name, value in details.items() if name in names}
        return cls(symbol, source, **values)  # type: ignore[arg-type]

    def __str__(self) -> str:
        retry = f"Next try at {self.retry_at:%Y-%m-%d %H:%M %Z}" if self.retry_at else ""
        return sentence(
            f"No prices of {self.symbol} from {self.source}: {self.reason}", self.remedy, retry
        )


def error_classes() -> Mapping[str, type[DataUnavailable]]:
    """Return `DataUnavailable` and its subclasses, those of a source's own too, by their code."""

    def tree(cls: type[DataUnavailable]) -> Iterator[type[DataUnavailable]]:
        yield cls
        for child in cls.__subclasses__():
            yield from tree(child)

    return {cls.code: cls for cls in tree(DataUnavailable)}


# ---------------------------------------------------------------------------------------
# The source does not answer, or refuses


class RateLimited(DataUnavailable):
    """The source answers that it was asked too often."""

    code = "rate_limited"
    reason_template = "it limits the rate of requests from this address (HTTP 429)"


@dataclass(eq=False)
class SourceSilent(DataUnavailable):
    """The source did not answer in time; ``seconds`` is how long it was waited for."""

    code = "silent"
    reason_template = "it did not answer {seconds:within}"
    seconds: float | None = None


class WaitEnded(SourceSilent):
    """The caller's patience ended before the answer came."""

    code = "wait_ended"
    reason_template = "no answer came {seconds:within}"


@dataclass(eq=False)
class SilentForOther(SourceSilent):
    """The source was not asked, because it had just been silent about the symbol ``other``."""

    code = "silent_for_other"
    reason_template = "it did not answer when asked for {other}"
    other: str = "another symbol"


class FetchedElsewhere(SourceSilent):
    """Another process asks the source for the symbol and has no answer yet."""

    code = "fetched_elsewhere"
    reason_template = "another process is still waiting for its answer"


class SourceUnreachable(DataUnavailable):
    """No connection to the source could be made."""

    code = "unreachable"
    reason_template = "it cannot be reached from here"


class CertificateUntrusted(SourceUnreachable):
    """No known authority signed the certificate of the source, or of a proxy in front of it."""

    code = "certificate"
    reason_template = (
        "the certificate of its server, or of a proxy in front of it, is not trusted here"
    )
    remedy_text = (
        "Name a file with the proxy's certificate authority in REQUESTS_CA_BUNDLE and in "
        "SSL_CERT_FILE, and start again"
    )


class ConnectionCut(DataUnavailable):
    """The connection broke before the answer was complete."""

    code = "cut"
    reason_template = "the connection was cut"


@dataclass(eq=False)
class RequestRefused(DataUnavailable):
    """The source refuses the request; ``status`` is the HTTP status."""

    code = "refused"
    reason_template = "it refuses the request{status:http}"
    status: int | None = None


@dataclass(eq=False)
class SourceError(DataUnavailable):
    """The source answers that it fails itself; ``status`` is the HTTP status."""

    code = "server_error"
    reason_template = "it has a fault of its own{status:http}"
    status: int | None = None


# ---------------------------------------------------------------------------------------
# The answer has no prices that could be used


@dataclass(eq=False)
class NotJson(DataUnavailable):
    """The answer is a web page, a broken text, or (to a request for a crumb) no crumb."""

    code = "not_json"
    answer: Literal["page", "text", "crumb"] = "text"

    def _explain(self) -> tuple[str, str]:
        return _ANSWERS[self.answer], ""


_ANSWERS: Final = {
    "page": "it answered with a web page instead of prices",
    "text": "its answer is cut short or is no JSON",
    "crumb": "its crumb is no crumb",
}


@dataclass(eq=False)
class NoPrices(DataUnavailable):
    """The source answered without any prices.

    ``since`` is the first session that was asked for; ``status`` the HTTP status where the answer
    is a report of an error.
    """

    code = "empty"
    since: date | None = None
    status: int | None = None

    def _explain(self) -> tuple[str, str]:
        if self.status is not None:
            return f"it reports an error instead of prices (HTTP {self.status})", ""
        since = f" since {self.since:%Y-%m-%d}" if self.since else ""
        return f"it answered without any prices{since}", ""


@dataclass(eq=False)
class EndsBefore(NoPrices):
    """The source's prices end on ``last``, before the first session that was asked for.

    ``file`` is the name of the file that holds them; empty where it is none.
    """

    code = "ends_before"
    last: date | None = None
    file: str = ""

    def _explain(self) -> tuple[str, str]:
        end = f" on {self.last:%Y-%m-%d}" if self.last else ""
        since = f", before {self.since:%Y-%m-%d}" if self.since else ""
        return f"{self.file or 'it'} ends{end}{since}", ""


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

    def _explain(self) -> tuple[str, str]:
        return _FLAWS[self.flaw].format(value=self.value), ""


_FLAWS: Final = {
    "no_chart": "its answer holds no chart (HTTP {value})",
    "parts_missing": "its answer lacks parts that belong to it",
    "unreadable": "its answer could not be read ({value})",
    "other_symbol": "it answered with prices of {value}",
    "not_daily": "it answered with other prices than daily ones",
}


@dataclass(eq=False)
class BarsRejected(DataUnavailable):
    """The source answered with bars that were refused; ``refusal`` says why."""

    code = "rejected"
    refusal: SchemaError | None = None

    def _explain(self) -> tuple[str, str]:
        clause = "" if self.refusal is None else f" ({self.refusal.clause})"
        return f"its bars were refused{clause}", ""

    @property
    def clause(self) -> str:
        """What is wrong with the bars."""
        return super().clause if self.refusal is None else self.refusal.clause

    def details(self) -> dict[str, object]:
        """Return what the refusal is made of."""
        return {} if self.refusal is None else self.refusal.details()

    @classmethod
    def from_details(cls, symbol: str, source: str, details: Mapping[str, object]) -> Self:
        """Return the error whose refusal has these details."""
        refusal = SchemaError.from_details(details) if "defect" in details else None
        return cls(symbol, source, refusal=refusal)


@dataclass(eq=False)
class UnknownSymbol(DataUnavailable):
    """The source answered, and knows no such symbol; ``isin`` is True where it is an ISIN."""

    code = "unknown_symbol"
    isin: bool = False

    def _explain(self) -> tuple[str, str]:
        if self.isin:
            return "that is an ISIN", "Give the ticker, as IWM"
        return "it knows no such symbol", "Check the spelling"


@dataclass(eq=False)
class ForeignSymbol(UnknownSymbol):
    """The symbol is not of a US exchange: other sessions, or another currency than US dollars.

    ``kind`` is what it is; ``place`` where it is listed and ``currency`` what it is quoted in,
    empty where not known.
    """

    code = "foreign_symbol"
    kind: ForeignKind = "listing"
    place: str = ""
    currency: str = ""

    def _explain(self) -> tuple[str, str]:
        clause = foreign_clause(self.kind, self.place, self.currency)
        return f"it is {clause}", f"Give {US_SYMBOL}"


# ---------------------------------------------------------------------------------------
# No source was asked


@dataclass(eq=False)
class UnexpectedError(DataUnavailable):
    """The program itself failed; ``exception`` is the name of the exception's class."""

    code = "unexpected"
    reason_template = "an unexpected error came up ({exception})"
    source: str = "the program"
    exception: str = "Exception"
    remedy_text = "The log has the details"


@dataclass(eq=False)
class Offline(DataUnavailable):
    """Nothing is stored, and no source may be asked."""

    code = "offline"
    source: str = "the store"
    reason_template = "the network is switched off, and only what is stored is shown"
    remedy_text = "Import a file, or run without --offline and RUT_DASH_OFFLINE"


@dataclass(eq=False)
class NotStored(DataUnavailable):
    """Nothing is stored yet; ``fetching`` is True where it is being fetched."""

    code = "not_stored"
    source: str = "the store"
    fetching: bool = False

    def _explain(self) -> tuple[str, str]:
        return "there are none yet", "They are being fetched" if self.fetching else ""


@dataclass(eq=False)
class NotSimulated(DataUnavailable):
    """The demo has no such symbol; ``symbols`` are those that it has, empty where it is off."""

    code = "not_simulated"
    source: str = "the demo"
    symbols: tuple[str, ...] = ()

    def _explain(self) -> tuple[str, str]:
        if not self.symbols:
            return "it does not stand in here", ""
        symbols = " and ".join(self.symbols)
        return f"it has only {symbols}", "Fetch real prices, or choose one of these"


@dataclass(eq=False)
class NoFile(UnknownSymbol):
    """No file of a folder is named after the symbol; ``symbols`` are those of its files."""

    code = "no_file"
    symbols: tuple[str, ...] = ()

    def _explain(self) -> tuple[str, str]:
        symbols = ", ".join(self.symbols) or "no price files at all"
        return "no file is named after it", f"It has {symbols}"


class FolderUnreadable(BarsRejected):
    """The folder that should hold the files cannot be read."""

    code = "folder_unreadable"

    def _explain(self) -> tuple[str, str]:
        if self.refusal is None:
            return "it cannot be read", ""
        return self.refusal.problem, self.refusal.remedy
