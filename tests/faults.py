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
    ConnectionCut,
    DataUnavailable,
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


class Shown(StrEnum):
    """What is shown while a fault lasts."""

    KEPT = "the stored prices, the reason and the time of the next try"
    DEMO = "the demo under its banner, the reason and the time of the next try"
    NOBODY = "a sentence; the page keeps the view it had"
    NEW = "the new prices"
    GAP = "the new prices; the missing session is named and asked for again"
    AS_GIVEN = "the wrong prices: there is nothing to compare them with"


@dataclass(frozen=True)
class Case:
    """One fault.

    Parameters
    ----------
    fault
        What the fake does.
    what
        That, for a reader.
    says
        Part of the sentence about it; empty where there is none.
    kind
        The cause that the error names; None where there is no error.
    stored, nothing
        What is shown where prices are stored and where none are.
    seconds
        How long a command or a call takes at most with the patience of 20 seconds, and how
        soon a page tells the reason. No page waits for it.
    """

    fault: FakeFault
    what: str
    says: str
    kind: type[DataUnavailable] | None
    stored: Shown = Shown.KEPT
    nothing: Shown = Shown.DEMO
    seconds: int = 5

    def __str__(self) -> str:
        """Return the name of the test."""
        return str(self.fault)

    @property
    def silent(self) -> bool:
        """True where a whole time limit has to pass."""
        return self.seconds == 20

    def shown(self, warm: bool) -> Shown:
        """Return what is shown."""
        return self.stored if warm else self.nothing

    def begin(self, yahoo: FakeYahoo) -> None:
        """Have the fault from now on."""
        yahoo.fail(self.fault)

    @property
    def next_try(self) -> str:
        """When it is tried again behind a page."""
        if self.kind is RateLimited:
            return "15 min, doubling to 6 h, for every symbol and process"
        if self.kind is UnknownSymbol:
            return "1 h, doubling to 24 h"
        if self.kind is not None:
            return "1 min, doubling to 1 h"
        return "10 min, doubling to 24 h" if Shown.GAP in (self.stored, self.nothing) else "–"


def _harmless(fault: FakeFault, what: str, shown: Shown = Shown.NEW) -> Case:
    return Case(fault, what, "", None, shown, shown)


_LIMIT = "it limits the rate of requests from this address (HTTP 429)"
_REFUSES = "it refuses the request (HTTP {})"
_OWN = "it has a fault of its own (HTTP {})"
_EMPTY = "it answered without any prices"
_UNREAD = "its answer could not be read"
_F = FakeFault

CASES = (
    Case(_F.RATE_LIMITED, "HTTP 429 to every request", _LIMIT, RateLimited),
    _harmless(_F.RATE_LIMITED_CRUMB, "HTTP 429 to the crumb alone"),
    _harmless(_F.CRUMB_TEXT, 'a crumb that reads "Too Many Requests"'),
    Case(
        _F.UNAUTHORIZED, "HTTP 401, again after a new crumb", _REFUSES.format(401), RequestRefused
    ),
    Case(_F.FORBIDDEN, "HTTP 403 with a page", _REFUSES.format(403), RequestRefused),
    Case(_F.SERVER_ERROR, "HTTP 500", _OWN.format(500), SourceError),
    Case(_F.BAD_GATEWAY, "HTTP 502 with a page", _OWN.format(502), SourceError),
    Case(
        _F.CONSENT,
        "a consent page in the place of prices",
        "it answered with a web page instead of prices",
        NotJson,
    ),
    Case(
        _F.TRUNCATED,
        "JSON that breaks off",
        "its answer is cut short or is no JSON",
        NotJson,
    ),
    Case(_F.SILENT, "no answer at all", "it did not answer", SourceSilent, seconds=20),
    Case(
        _F.TRICKLE,
        "an answer that never ends, byte by byte",
        "it did not answer",
        SourceSilent,
        seconds=20,
    ),
    Case(
        _F.CUT,
        "a connection that is cut, and cut again at the one retry",
        "the connection was cut",
        ConnectionCut,
    ),
    Case(
        _F.REFUSED,
        "nobody listens, or the name does not resolve",
        "it cannot be reached from here",
        SourceUnreachable,
    ),
    Case(_F.EMPTY_RESULT, "an empty result", _EMPTY, NoPrices),
    Case(_F.NULL_RESULT, "a result of null", _EMPTY, NoPrices),
    Case(_F.EMPTY_LISTS, "lists without prices", _EMPTY, NoPrices),
    Case(_F.NO_TIMESTAMPS, "prices without dates", _EMPTY, NoPrices),
    Case(_F.LENGTH_MISMATCH, "lists of different lengths", _UNREAD, MalformedAnswer),
    Case(_F.NO_META, "no meta data", "its answer lacks parts that belong to it", MalformedAnswer),
    Case(_F.NO_TIMEZONE, "no time zone", _UNREAD, MalformedAnswer),
    _harmless(_F.NULL_ROW, "a session of nulls", Shown.GAP),
    _harmless(_F.MISSING_SESSION, "a session that is not there", Shown.GAP),
    _harmless(_F.DUPLICATE_LIVE_ROW, "the live bar twice"),
    _harmless(_F.DIVIDEND_AHEAD, "a dividend dated after the last bar"),
    _harmless(_F.NO_ADJCLOSE, "no adjusted closes"),
    Case(_F.TIMES_100, "one price a hundredfold", "beyond the believable", BarsRejected),
    Case(
        _F.ALL_TIMES_100,
        "every price a hundredfold",
        "times the stored ones, and no new split explains it",
        BarsRejected,
        nothing=Shown.AS_GIVEN,
    ),
    Case(_F.NEGATIVE, "a negative price", "is not positive", BarsRejected),
    Case(_F.WEEKEND_BAR, "a bar of a Saturday", "when the NYSE was closed", BarsRejected),
    Case(_F.FUTURE_BAR, "a bar of the future", "which has not come yet", BarsRejected),
    Case(
        _F.SHORT,
        "a hundred rows where all were asked for",
        "bars begin on",
        BarsRejected,
        stored=Shown.NEW,
    ),
    Case(
        _F.UNKNOWN_SYMBOL,
        "HTTP 404: no such symbol",
        "it knows no such symbol",
        UnknownSymbol,
        nothing=Shown.NOBODY,
    ),
)


@dataclass(frozen=True)
class StoreCase:
    """One fault of the store.

    Parameters
    ----------
    what
        What is wrong, for a reader.
    says
        Part of the sentence about it, on every page and after every command.
    shown
        What is shown while it lasts.
    ends
        What becomes of it.
    seconds
        How long the first page or command waits for the store; 0 for not at all.
    """

    what: str
    says: str
    shown: str
    ends: str
    seconds: int = 0


_MEMORY = "the new prices, which are in memory; a new process shows the stored ones and fetches"
_SAVED = "the stored file stays as it was; what is in memory is stored once there is {}"

STORE_CASES = {
    "full": StoreCase(
        "the disk is full", "No space left on device", _MEMORY, _SAVED.format("room again")
    ),
    "read-only": StoreCase(
        "the disk is read-only",
        "Read-only file system",
        _MEMORY,
        _SAVED.format("a way to write again"),
    ),
    "forbidden": StoreCase(
        "the folder may not be written",
        "Permission denied",
        _MEMORY,
        _SAVED.format("a way to write again"),
    ),
    "damaged": StoreCase(
        "a stored file is truncated, damaged, of another program or of another symbol",
        "is damaged or not a file of this program",
        "the bars before it where there are any, otherwise as where nothing is stored",
        "it is put aside with the ending `.bad`, and good prices are stored in its place",
    ),
    "unreachable": StoreCase(
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
        "| what is wrong with the store | what the reader is told | what is shown "
        "| how it ends | waits for the store |"
    )
    rows = [
        f"| {case.what} | … {case.says} … | {case.shown} | {case.ends} "
        f"| {f'{case.seconds} s, once' if case.seconds else 'no'} |"
        for case in STORE_CASES.values()
    ]
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def table() -> str:
    """Return the matrix as the docs show it."""
    head = (
        "| what Yahoo does | what the reader is told | prices are stored | nothing is stored "
        "| time limit | next try behind a page |"
    )
    rows = [
        f"| {case.what} | {f'… {case.says} …' if case.says else '–'} | {case.stored} "
        f"| {case.nothing} | {case.seconds} s | {case.next_try} |"
        for case in CASES
    ]
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])
