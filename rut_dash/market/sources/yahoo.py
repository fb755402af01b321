"""Bars from Yahoo Finance, through yfinance: the only module that imports it.

yfinance keeps cookies, a crumb and answers in state that all threads share, tells some faults
as "possibly delisted", and can wait for minutes. Here it is called for one symbol at a time,
through a session that sees every answer first: a bad one is raised by its true cause before
yfinance can keep it, each request and the whole call have a time limit, and after any failure
the shared state is thrown away, so that the next call starts afresh.
"""

# ruff: noqa: ANN401 (yfinance and curl_cffi come without types)

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import (
    ConnectionCut,
    DataUnavailable,
    Defect,
    MalformedAnswer,
    NoPrices,
    NotJson,
    RateLimited,
    Remedy,
    RequestRefused,
    RutDashError,
    SchemaError,
    SourceError,
    SourceSilent,
    SourceUnreachable,
    UnknownSymbol,
)
from rut_dash.market import calendar
from rut_dash.market.actions import add_deferred_actions
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.instruments import is_index
from rut_dash.market.notes import CapitalGain, DeferredAction, NoAdjustedCloses, Note
from rut_dash.market.sources.base import FINAL_AFTER
from rut_dash.market.validation import validate_bars

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["DEADLINE", "REQUEST_TIMEOUT", "YahooSource"]

NAME: Final = "Yahoo Finance"
# 20 s are allowed for a whole call; what is left is for validation and storing.
DEADLINE: Final = 18.0
REQUEST_TIMEOUT: Final = 8.0

_NEW_YORK: Final = ZoneInfo("America/New_York")
_CHART: Final = "/v8/finance/chart/"
_CRUMB: Final = "/v1/test/getcrumb"
# yfinance would look such a name up by another service, with caches of its own.
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
# yfinance asks for 99 years where everything is wanted.
_YEARS_ASKED: Final = 98
_DAY: Final = pd.Timedelta(days=1)
# A first bar this much later than the first trade means that the answer was cut short.
_LATE_START: Final = timedelta(days=31)

# yfinance's state is one for the whole process, and so is this lock.
_ONE_AT_A_TIME: Final = threading.Lock()


class YahooSource:
    """Daily bars of any symbol that Yahoo knows.

    Prices are Yahoo's raw ones: split-adjusted, not dividend-adjusted. Its adjusted closes
    stand in ``adj_close`` for comparison only. A row without prices is left out, so that its
    session is missing; the last bar is provisional until `FINAL_AFTER` after its session closed.

    Parameters
    ----------
    deadline
        Longest time of a whole call, in seconds.
    request_timeout
        Longest time of one request for prices, in seconds; a cookie or a crumb, which prices
        can do without, gets half of it.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    clock
        Tells the time, timezone-aware.
    """

    name = NAME
    simulated = False

    def __init__(
        self,
        *,
        deadline: float = DEADLINE,
        request_timeout: float = REQUEST_TIMEOUT,
        move_limit: float | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._deadline = deadline
        self._request_timeout = request_timeout
        self._move_limit = move_limit
        self._clock = clock
        self._session: Any = None

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        """Return bars of one symbol, within the deadline.

        Parameters
        ----------
        symbol
            Yahoo's spelling.
        start
            The first session wanted; the whole history where None.

        Raises
        ------
        UnknownSymbol
            If Yahoo answers that it knows no such symbol.
        DataUnavailable
            If Yahoo could not be had; its class names the cause.
        SchemaError
            If Yahoo's bars break the schema.
        """
        if _ISIN.fullmatch(symbol):
            raise UnknownSymbol(symbol, NAME, isin=True)
        answer = self._ask(symbol, start)
        try:
            return self._history(symbol, start, answer)
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise _unreadable(symbol, error) from error

    def _ask(self, symbol: str, start: date | None) -> _Answer:
        """Call yfinance in a thread of its own, which is given up at the deadline."""
        ends = monotonic() + self._deadline
        if not _ONE_AT_A_TIME.acquire(timeout=self._deadline):
            raise SourceSilent(symbol, NAME, seconds=self._deadline)
        try:
            yfinance = _yfinance()
            if self._session is None:
                _forget(yfinance)  # its crumb belongs to another session's cookies
                self._session = _guarded_session()
            session = self._session
            session.begin(ends, self._request_timeout)
            call = _Call(yfinance, session, symbol, start)
            worker = threading.Thread(target=call.run, name=f"yahoo {symbol}", daemon=True)
            worker.start()
            worker.join(max(0.0, ends - monotonic()))
            if call.frame is not None:
                return _Answer(call.frame, session.seen)
            # The session goes with the state: a thread given up keeps both to itself.
            self._session = None
            _forget(yfinance)
        finally:
            _ONE_AT_A_TIME.release()
        if call.error is None:
            raise SourceSilent(symbol, NAME, seconds=self._deadline)
        raise _explained(symbol, call.error) from call.error

    def _history(self, symbol: str, start: date | None, answer: _Answer) -> PriceHistory:
        """Turn yfinance's frame into validated bars."""
        now = self._clock()
        where = f"{symbol} from {NAME}"
        _refuse_other(symbol, answer.seen.meta)
        notes: tuple[Note, ...] = ()
        bars = answer.frame
        if not bars.empty:
            bars, notes = _bars(symbol, answer)
        if start is not None and not bars.empty:
            bars = bars[bars.index >= pd.Timestamp(start)]
            notes = tuple(
                note
                for note in notes
                if not isinstance(note, DeferredAction) or note.counted_on >= start
            )
        if bars.empty:
            raise NoPrices(symbol, NAME, since=start)
        _refuse_dates(where, answer.seen.stamps, now)
        if start is None:
            _refuse_short(where, bars, answer.seen.meta, now)
        try:
            bars, incomplete = validate_bars(bars, where, symbol, move_limit=self._move_limit)
        except SchemaError as error:
            remedy = None if error.defect.is_beyond_limit else Remedy.ASK_AGAIN
            raise error.located(where, remedy_override=remedy) from error
        provenance = Provenance(
            NAME,
            fetched_at=now.astimezone(UTC),
            provisional=bool(calendar.last_closed_session(now - FINAL_AFTER) < bars.index[-1]),
            incomplete_from=incomplete,
            notes=notes,
        )
        return PriceHistory(symbol, bars, provenance)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands in an answer and not in yfinance's frame.

    Parameters
    ----------
    meta
        About the symbol.
    has_adjusted
        Whether there are adjusted closes; of itself yfinance copies the closes.
    stamps
        The times of the bars, in seconds since 1970. Of itself yfinance drops a last bar of the
        future, sorts what is out of order, and takes the first of two bars of one session.
    """

    meta: dict[str, Any] = field(default_factory=dict)
    has_adjusted: bool = False
    stamps: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What yfinance returned, and what the session saw that yfinance does not tell."""

    frame: pd.DataFrame
    seen: _Seen


@dataclass(slots=True)
class _Call:
    """One call of yfinance, run in a thread."""

    yfinance: ModuleType
    session: Any
    symbol: str
    start: date | None
    frame: pd.DataFrame | None = field(default=None, init=False)
    error: BaseException | None = field(default=None, init=False)

    def run(self) -> None:
        """Fill in the frame or the error."""
        try:
            # A filter, and not a catch_warnings block: that is no thread's own.
            warnings.filterwarnings("ignore", module=r"yfinance(\..*)?")
            ticker = self.yfinance.Ticker(self.symbol, session=self.session)
            # Known beforehand: looking it up is a request whose bad answers yfinance keeps.
            ticker._tz = _NEW_YORK.key
            span = {"period": "max"} if self.start is None else {"start": f"{self.start:%Y-%m-%d}"}
            self.frame = ticker.history(
                **span,
                interval="1d",
                auto_adjust=False,
                actions=True,
                keepna=True,
                timeout=REQUEST_TIMEOUT,
            )
        except BaseException as error:  # every cause is told by the caller, whatever it is
            self.error = error


# ---------------------------------------------------------------------------------------
# yfinance, and the session in front of it


class _AnswerError(OSError):
    """An answer that yfinance must not see; OSError, which it treats as the network's fault."""

    def __init__(self, cause: type[DataUnavailable], **details: Any) -> None:
        super().__init__(cause.code)
        self.cause = cause
        self.details = details


class _CookieBox:
    """The cookie in memory, where yfinance keeps an SQLite file in the user's cache folder.

    That file, corrupt or locked by another process, makes every call return nothing.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def lookup(self, strategy: str) -> dict[str, Any] | None:
        """Return a kept cookie as yfinance's own cache does."""
        cookie = self._kept.get(strategy)
        return None if cookie is None else {"cookie": cookie, "age": timedelta(0)}

    def store(self, strategy: str, cookie: dict[str, Any] | None) -> None:
        """Keep a cookie if yfinance could read it back; it trips over any other."""
        a3 = next(iter(cookie.values())).get("/", {}).get("A3") if cookie else None
        if a3 is None or a3.expires is None:
            self._kept.pop(strategy, None)
        else:
            self._kept[strategy] = cookie


@cache
def _load() -> ModuleType:
    """Import yfinance, and make it tell the truth and leave the disk alone."""
    import yfinance
    from yfinance import cache as yfinance_cache

    yfinance.config.debug.hide_exceptions = False
    yfinance_cache._CookieCacheManager._Cookie_cache = _CookieBox()
    yfinance_cache._TzCacheManager._tz_cache = yfinance_cache._TzCacheDummy()
    # Its lines hold request parameters, and nothing that is not told better here.
    logging.getLogger("yfinance").setLevel(logging.CRITICAL + 1)
    loaded: ModuleType = yfinance
    return loaded


def _yfinance() -> ModuleType:
    """Return yfinance, ready."""
    warnings.filterwarnings("ignore", module=r"yfinance(\..*)?")
    return _load()


def _forget(yfinance: ModuleType) -> None:
    """Throw away the state that all of yfinance's calls share: crumb, cookie, locks."""
    from yfinance import cache as yfinance_cache
    from yfinance import data as yfinance_data

    yfinance_data.SingletonMeta._instances.clear()
    yfinance_data.YfData.cache_get.cache_clear()
    yfinance_cache._CookieCacheManager._Cookie_cache = _CookieBox()


@cache
def _session_class() -> type[Any]:
    """Return the guarded session's class; made late, because curl_cffi is slow to import."""
    from curl_cffi import requests
    from yfinance.exceptions import YFRateLimitError

    class GuardedSession(requests.Session):  # type: ignore[misc]
        """A session that raises bad answers by their cause and keeps to the time."""

        def begin(self, ends: float, request_timeout: float) -> None:
            """Start a call that ends at a time of the monotonic clock."""
            self.ends = ends
            self.request_timeout = request_timeout
            self.may_retry = True
            self.may_be_unauthorized = True
            self.seen = _Seen()

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            """Send one request, for prices once more where the connection was cut."""
            prices = _CHART in url
            try:
                response = self._send(method, url, *args, prices=prices, **kwargs)
            except requests.exceptions.RequestException as error:
                if not (prices and self.may_retry and _curl_cause(error) is ConnectionCut):
                    raise
                self.may_retry = False
                response = self._send(method, url, *args, prices=prices, **kwargs)
            if response.status_code == 429:
                raise YFRateLimitError
            if prices:
                self._inspect(response)
            elif _CRUMB in url and not _is_crumb(response):
                raise _AnswerError(NotJson, answer="crumb")
            return response

        def _send(self, method: str, url: str, *args: Any, prices: bool, **kwargs: Any) -> Any:
            left = self.ends - monotonic()
            if left < 0.05:
                raise _AnswerError(SourceSilent)
            kwargs["timeout"] = min(left, self.request_timeout / (1 if prices else 2))
            return super().request(method, url, *args, **kwargs)

        def _inspect(self, response: Any) -> None:
            """Raise whatever is no answer with prices; note what yfinance does not tell."""
            status = response.status_code
            if status == 401 and self.may_be_unauthorized:
                # yfinance fetches a new crumb then, and asks once more.
                self.may_be_unauthorized = False
                return
            if status in (401, 403):
                raise _AnswerError(RequestRefused, status=status)
            if status >= 500:
                raise _AnswerError(SourceError, status=status)
            self.seen = _inspect_chart(status, response.content)

    return GuardedSession


def _guarded_session() -> Any:
    return _session_class()(impersonate="chrome")


def _is_crumb(response: Any) -> bool:
    """Say whether an answer is a crumb: a short word, where faults are texts and pages."""
    text = response.text.strip()
    return response.status_code == 200 and 0 < len(text) < 64 and not re.search(r"[\s<{]", text)


def _inspect_chart(status: int, body: bytes) -> _Seen:
    """Return what there is to know of an answer.

    Raises
    ------
    _AnswerError
        If it is no answer with prices.
    """
    import json

    try:
        answer = json.loads(body)
    except ValueError as error:
        is_page = body.lstrip()[:1] == b"<"
        raise _AnswerError(NotJson, answer="page" if is_page else "text") from error
    chart = answer.get("chart") if isinstance(answer, dict) else None
    if not isinstance(chart, dict):
        raise _AnswerError(MalformedAnswer, flaw="no_chart", value=status)
    if told := chart.get("error"):
        code = told.get("code") if isinstance(told, dict) else None
        if status == 404 or code == "Not Found":
            raise _AnswerError(UnknownSymbol)
        raise _AnswerError(NoPrices, status=status)
    if status >= 400:
        raise _AnswerError(RequestRefused, status=status)
    result = chart.get("result")
    if not result:
        raise _AnswerError(NoPrices)
    try:
        meta, indicators = result[0]["meta"], result[0]["indicators"]
        priced = bool(indicators["quote"][0]) and bool(result[0].get("timestamp"))
        adjusted = bool((indicators.get("adjclose") or [{}])[0].get("adjclose"))
        known = dict(meta)
        stamps = np.array([float(stamp) for stamp in result[0].get("timestamp") or ()])
    except (
        AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError
    ) as error:  # fmt: skip
        raise _AnswerError(MalformedAnswer, flaw="parts_missing") from error
    if not priced:
        raise _AnswerError(NoPrices)
    return _Seen(known, adjusted, stamps)


# ---------------------------------------------------------------------------------------
# Causes


def _curl_cause(error: BaseException) -> type[DataUnavailable] | None:
    """Return the cause behind an exception of curl_cffi; None where it is not one."""
    from curl_cffi.requests import exceptions as curl

    if isinstance(error, curl.Timeout):
        return SourceSilent
    if isinstance(error, (curl.DNSError, curl.ProxyError, curl.CertificateVerifyError)):
        return SourceUnreachable
    if isinstance(error, curl.RequestException):
        return SourceUnreachable if "connect to" in str(error) else ConnectionCut
    return None


def _explained(symbol: str, error: BaseException) -> RutDashError:
    """Return our own error for whatever a call of yfinance raised."""
    from yfinance.exceptions import YFPricesMissingError, YFRateLimitError

    if isinstance(error, YFRateLimitError):
        return RateLimited(symbol, NAME)
    if isinstance(error, _AnswerError):
        return error.cause(symbol, NAME, **error.details)
    cause = _curl_cause(error)
    if cause is not None:
        return cause(symbol, NAME)
    if isinstance(error, YFPricesMissingError):
        return NoPrices(symbol, NAME)
    return _unreadable(symbol, error)


def _unreadable(symbol: str, error: BaseException) -> DataUnavailable:
    return MalformedAnswer(symbol, NAME, flaw="unreadable", value=type(error).__name__)


# ---------------------------------------------------------------------------------------
# Bars


def _bars(symbol: str, answer: _Answer) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Return the rows that have prices, not yet validated, and what is to know of them."""
    frame = answer.frame
    index = pd.DatetimeIndex(frame.index)
    if index.tz is not None:
        index = index.tz_localize(None)
    index = index.normalize().as_unit("us").rename("session")
    frame = frame.set_axis(index, axis=0)
    notes: list[Note] = []

    paid = frame["Dividends"].fillna(0.0)
    if "Capital Gains" in frame:
        paid, told = _with_gains(paid, frame["Capital Gains"].fillna(0.0))
        notes += told
    bars = pd.DataFrame(
        {
            "open": frame["Open"],
            "high": frame["High"],
            "low": frame["Low"],
            "close": frame["Close"],
            "adj_close": frame["Adj Close"] if answer.seen.has_adjusted else float("nan"),
            # yfinance turns an unknown volume into 0, which an index never has.
            "volume": frame["Volume"].where(frame["Volume"] != 0)
            if is_index(symbol)
            else frame["Volume"],
            "dividend": paid,
            "split": frame["Stock Splits"].fillna(0.0),
        }
    ).astype("float64")
    if not answer.seen.has_adjusted and not is_index(symbol):
        notes.append(NoAdjustedCloses(NAME))

    blank = bars[["open", "high", "low", "close"]].isna().any(axis=1)
    priced = bars[~blank]
    deferred = []
    for day, row in bars[blank & ((bars["dividend"] > 0) | (bars["split"] > 0))].iterrows():
        after = priced.index[priced.index > day]
        if after.empty:
            continue  # it comes again with the bar of its own session
        session = pd.Timestamp(str(day)).date()
        paid_on, ratio = float(row["dividend"]), float(row["split"])
        deferred.append(DeferredAction(session, after[0].date(), paid_on, ratio, NAME))
    return add_deferred_actions(priced, deferred), (*notes, *deferred)


def _with_gains(paid: pd.Series, gains: pd.Series) -> tuple[pd.Series, list[CapitalGain]]:
    """Count capital gains as distributions, once.

    Yahoo lists them apart and, since 2025, has often added them to the dividend as well. A
    dividend that is at least as large as the gain is taken to hold it; a smaller one cannot.
    """
    apart = (gains > 0) & (paid < gains)
    inside = (gains > 0) & ~apart
    notes = [
        CapitalGain(pd.Timestamp(day).date(), float(gains[day]), in_dividend=bool(inside[day]))
        for day in gains.index[apart | inside]
    ]
    return paid + gains.where(apart, 0.0), notes


def _refuse_other(symbol: str, meta: dict[str, Any]) -> None:
    """Refuse what is of another symbol, or not of days."""
    told = meta.get("symbol")
    if isinstance(told, str) and told.upper() != symbol.upper():
        raise MalformedAnswer(symbol, NAME, flaw="other_symbol", value=told[:40])
    if meta.get("dataGranularity", "1d") != "1d":
        raise MalformedAnswer(symbol, NAME, flaw="not_daily")


def _refuse_dates(where: str, stamps: npt.NDArray[np.float64], now: datetime) -> None:
    """Refuse dates that are out of order, stand twice, or have not come yet.

    The last bar alone may come twice: a live row stands beside that of its session.
    """
    steps = np.diff(stamps)
    steps[-1:] += _DAY.total_seconds() / 2
    wrong = np.flatnonzero(~(steps >= _DAY.total_seconds() / 2))
    if wrong.size:
        before, after = stamps[wrong[0] : wrong[0] + 2]
        defect = Defect.DUPLICATE_STAMP if before <= after else Defect.UNSORTED_STAMP
        raise SchemaError(where, defect, day=_told_day(after))
    tomorrow = (pd.Timestamp(now.astimezone(_NEW_YORK).date()) + _DAY).tz_localize(_NEW_YORK)
    if not stamps[-1] < tomorrow.timestamp():
        raise SchemaError(where, Defect.FUTURE_STAMP, day=_told_day(stamps[-1]))


def _told_day(stamp: float) -> str:
    """Return the date of a time in seconds since 1970, for a sentence."""
    try:
        return f"{datetime.fromtimestamp(stamp, _NEW_YORK):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        return "a time that cannot be"


def _refuse_short(where: str, bars: pd.DataFrame, meta: dict[str, Any], now: datetime) -> None:
    """Refuse an answer to "everything" that begins long after the symbol's first trade."""
    seconds = meta.get("firstTradeDate")
    if not isinstance(seconds, int):
        return
    traded = pd.Timestamp(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    asked = pd.Timestamp(now) - pd.DateOffset(years=_YEARS_ASKED)
    due = max(traded, asked.tz_convert("UTC")).tz_localize(None)
    first = bars.index[0]
    if first > due + _LATE_START:
        raise SchemaError(
            where,
            Defect.LATE_START,
            count=len(bars),
            first=pd.Timestamp(first).date(),
            traded=due.date(),
        )
