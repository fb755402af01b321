"""What can go wrong at Yahoo, and what is promised then: the fault matrix, and its table.

The rows are the parameters of the tests that make them true with the real client, on
`Market.load` (`tests/market/test_faults.py`), on the command line
(`tests/cli/test_faults_command.py`) and under ``streamlit run``
(`tests/e2e/test_faults_in_app.py`);
``docs/faults.md`` holds the same rows as a table, which a test compares with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rut_dash.errors import (
    BarsRejected,
    CertificateUntrusted,
    ConnectionCut,
    DataUnavailable,
    ForeignSymbol,
    MalformedAnswer,
    NoPrices,
    NotJson,
    RateLimited,
    RequestRefused,
    SourceError,
    SourceSilent,
    SourceUnreachable,
    UnknownSymbol,
)
from tests.fake_yahoo import FakeFault, FakeYahoo


class Display(StrEnum):
    """What a page displays while a fault lasts."""

    STORED = "the stored prices, the reason and the time of the next try"
    DEMO = "the demo under its banner, the reason and the time of the next try"
    PREVIOUS_VIEW = "a sentence; the page keeps the view it had"
    NEW = "the new prices"
    NEW_WITH_GAP = "the new prices; the missing session is named and asked for again"
    NEW_WITH_BLANK = "the new prices; what is wrong is left out and named on the page Data"
    WRONG = "the wrong prices: there is nothing to compare them with"


@dataclass(frozen=True)
class FaultCase:
    """One fault.

    Parameters
    ----------
    fault
        What the fake does.
    description
        That, for a reader.
    excerpt
        Part of the sentence about it; empty where there is none.
    error
        The class of the error; None where there is no error.
    stored, nothing
        What is displayed where prices are stored and where none are.
    seconds
        How long a command or a call takes at most with the patience of 20 seconds, and how
        soon a page tells the reason. No page waits for it.
    """

    fault: FakeFault
    description: str
    excerpt: str
    error: type[DataUnavailable] | None
    stored: Display = Display.STORED
    nothing: Display = Display.DEMO
    seconds: int = 5

    def __str__(self) -> str:
        """Return the name of the test."""
        return str(self.fault)

    @property
    def silent(self) -> bool:
        """True where a whole time limit has to pass."""
        return self.seconds == 20

    def display(self, is_stored: bool) -> Display:
        """Return what is displayed, with prices stored or not."""
        return self.stored if is_stored else self.nothing

    def start(self, yahoo: FakeYahoo) -> None:
        """Let Yahoo have the fault from now on."""
        yahoo.fail(self.fault)

    @property
    def next_try(self) -> str:
        """When it is tried again behind a page."""
        if self.error is RateLimited:
            return "15 min, doubling to 6 h, for every symbol and process"
        if self.error in (UnknownSymbol, ForeignSymbol):
            return "1 h, doubling to 24 h"
        if self.error is not None:
            return "1 min, doubling to 1 h"
        return (
            "10 min, doubling to 24 h"
            if Display.NEW_WITH_GAP in (self.stored, self.nothing)
            else "–"
        )


def _harmless(fault: FakeFault, description: str, display: Display = Display.NEW) -> FaultCase:
    return FaultCase(fault, description, "", None, display, display)


_LIMIT = "it limits the rate of requests from this address (HTTP 429)"
_REFUSES = "it refuses the request (HTTP {})"
_OWN = "it has a fault of its own (HTTP {})"
_EMPTY = "it answered without any prices"
_UNREAD = "its answer could not be read"
_F = FakeFault

CASES = (
    FaultCase(_F.RATE_LIMITED, "HTTP 429 to every request", _LIMIT, RateLimited),
    _harmless(_F.RATE_LIMITED_CRUMB, "HTTP 429 to the crumb alone"),
    _harmless(_F.CRUMB_TEXT, 'a crumb that reads "Too Many Requests"'),
    FaultCase(
        _F.UNAUTHORIZED, "HTTP 401, again after a new crumb", _REFUSES.format(401), RequestRefused
    ),
    FaultCase(_F.FORBIDDEN, "HTTP 403 with a page", _REFUSES.format(403), RequestRefused),
    FaultCase(_F.SERVER_ERROR, "HTTP 500", _OWN.format(500), SourceError),
    FaultCase(_F.BAD_GATEWAY, "HTTP 502 with a page", _OWN.format(502), SourceError),
    FaultCase(
        _F.CONSENT,
        "a consent page in the place of prices",
        "it answered with a web page instead of prices",
        NotJson,
    ),
    FaultCase(
        _F.TRUNCATED,
        "JSON that breaks off",
        "its answer is cut short or is no JSON",
        NotJson,
    ),
    FaultCase(_F.SILENT, "no answer at all", "it did not answer", SourceSilent, seconds=20),
    FaultCase(
        _F.TRICKLE,
        "an answer that never ends, byte by byte",
        "it did not answer",
        SourceSilent,
        seconds=20,
    ),
    FaultCase(
        _F.CUT,
        "a connection that is cut, and cut again at the one retry",
        "the connection was cut",
        ConnectionCut,
    ),
    FaultCase(
        _F.REFUSED,
        "nobody listens, or the name does not resolve",
        "it cannot be reached from here",
        SourceUnreachable,
    ),
    FaultCase(
        _F.UNTRUSTED,
        "a proxy with a certificate of its own",
        "is not trusted here. Name a file with the proxy's certificate authority in "
        "REQUESTS_CA_BUNDLE",
        CertificateUntrusted,
    ),
    FaultCase(_F.EMPTY_RESULT, "an empty result", _EMPTY, NoPrices),
    FaultCase(_F.NULL_RESULT, "a result of null", _EMPTY, NoPrices),
    FaultCase(_F.EMPTY_LISTS, "lists without prices", _EMPTY, NoPrices),
    FaultCase(_F.NO_TIMESTAMPS, "prices without dates", _EMPTY, NoPrices),
    FaultCase(_F.LENGTH_MISMATCH, "lists of different lengths", _UNREAD, MalformedAnswer),
    FaultCase(
        _F.NO_META, "no meta data", "its answer lacks parts that belong to it", MalformedAnswer
    ),
    FaultCase(_F.NO_TIMEZONE, "no time zone", _UNREAD, MalformedAnswer),
    _harmless(_F.NULL_ROW, "a session of nulls", Display.NEW_WITH_GAP),
    _harmless(_F.MISSING_SESSION, "a session that is not there", Display.NEW_WITH_GAP),
    _harmless(_F.DUPLICATE_LIVE_ROW, "the live bar twice"),
    _harmless(_F.DIVIDEND_AHEAD, "a dividend dated after the last bar"),
    _harmless(_F.NO_ADJCLOSE, "no adjusted closes"),
    FaultCase(_F.TIMES_100, "one price a hundredfold", "beyond the believable", BarsRejected),
    FaultCase(
        _F.ALL_TIMES_100,
        "every price a hundredfold",
        "times the stored ones, and no new split explains it",
        BarsRejected,
        nothing=Display.WRONG,
    ),
    FaultCase(_F.NEGATIVE_CLOSE, "a negative close", "is not positive", BarsRejected),
    _harmless(_F.NEGATIVE, "a negative low", Display.NEW_WITH_BLANK),
    _harmless(_F.WEEKEND_BAR, "a bar of a Saturday", Display.NEW_WITH_BLANK),
    FaultCase(_F.FUTURE_BAR, "a bar of the future", "which has not come yet", BarsRejected),
    FaultCase(
        _F.SHORT,
        "a hundred rows where all were asked for",
        "bars begin on",
        BarsRejected,
        stored=Display.NEW,
    ),
    FaultCase(
        _F.OTHER_CURRENCY,
        "a symbol quoted in another currency",
        "quoted in GBp; figures here are in US dollars",
        ForeignSymbol,
        nothing=Display.PREVIOUS_VIEW,
    ),
    FaultCase(
        _F.UNKNOWN_SYMBOL,
        "HTTP 404: no such symbol",
        "it knows no such symbol",
        UnknownSymbol,
        nothing=Display.PREVIOUS_VIEW,
    ),
)


@dataclass(frozen=True)
class StoreFaultCase:
    """One fault of the store.

    Parameters
    ----------
    description
        What is wrong, for a reader.
    excerpt
        Part of the sentence about it, on every page and after every command.
    display
        What is displayed while it lasts.
    ends
        What becomes of it.
    seconds
        How long the first page or command waits for the store; 0 for not at all.
    """

    description: str
    excerpt: str
    display: str
    ends: str
    seconds: int = 0


_MEMORY = "the new prices, which are in memory; a new process shows the stored ones and fetches"
_SAVED = "the stored file stays as it was; what is in memory is stored once there is {}"

STORE_CASES = {
    "full": StoreFaultCase(
        "the disk is full", "No space left on device", _MEMORY, _SAVED.format("room again")
    ),
    "read-only": StoreFaultCase(
        "the disk is read-only",
        "Read-only file system",
        _MEMORY,
        _SAVED.format("a way to write again"),
    ),
    "forbidden": StoreFaultCase(
        "the folder may not be written",
        "Permission denied",
        _MEMORY,
        _SAVED.format("a way to write again"),
    ),
    "damaged": StoreFaultCase(
        "a stored file is truncated, damaged, of another program or of another symbol",
        "is damaged or not a file of this program",
        "the bars before it where there are any, otherwise as where nothing is stored",
        "it is put aside with the ending `.bad`, and good prices are stored in its place",
    ),
    "unreachable": StoreFaultCase(
        "a URL cannot be reached, or does not answer",
        "cannot be read",
        "the new prices, which are in memory; the demo under its banner until they are here",
        "it is looked at again twice a minute, behind the page; what is in memory is stored then",
        seconds=5,
    ),
}


def store_table() -> str:
    """Return the faults of the store as the docs show them."""
    head = (
        "| what is wrong with the store | what the reader sees | what is shown "
        "| how it ends | waits for the store |"
    )
    rows = [
        f"| {row.description} | … {row.excerpt} … | {row.display} | {row.ends} "
        f"| {f'{row.seconds} s, once' if row.seconds else 'no'} |"
        for row in STORE_CASES.values()
    ]
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def table() -> str:
    """Return the matrix as the docs show it."""
    head = (
        "| what Yahoo does | what the reader sees | prices are stored | nothing is stored "
        "| time limit | next try behind a page |"
    )
    rows = [
        f"| {row.description} | {f'… {row.excerpt} …' if row.excerpt else '–'} | {row.stored} "
        f"| {row.nothing} | {row.seconds} s | {row.next_try} |"
        for row in CASES
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])
