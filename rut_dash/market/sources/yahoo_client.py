"""A guarded call of yfinance: the only module that imports it.

yfinance keeps cookies, a crumb and answers in state that all threads share, reports some faults
as "possibly delisted", and can wait for minutes. Here it is called for one symbol at a time,
through a session that inspects every answer first: a bad one is raised by its true cause before
yfinance can store it, each request and the whole call have a time limit, and after any failure
the shared state is thrown away, so that the next call starts afresh.
"""

# ruff: noqa: ANN401 (yfinance and curl_cffi come without types)

from __future__ import annotations

import json
import logging
import re
import threading
import warnings
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import (
    CertificateUntrusted,
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

if TYPE_CHECKING:
    from types import ModuleType

_NEW_YORK: Final = "America/New_York"
_CHART: Final = "/v8/finance/chart/"
_CRUMB: Final = "/v1/test/getcrumb"
_LONGEST_CRUMB: Final = 64  # characters; a crumb has eleven, a page or a sentence more
_SHORTEST_REQUEST: Final = 0.05  # seconds that must be left for one more request

# yfinance's state is one for the whole process, and so is this lock.
_ONE_CALL: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class ChartFacts:
    """What Yahoo's answer says and yfinance's frame does not.

    Parameters
    ----------
    meta
        Yahoo's description of the symbol.
    has_adjusted
        Whether there are adjusted closes; where there are none yfinance copies the closes.
    times
        The times of the bars, in seconds since 1970, shape (n,). yfinance drops a last bar of
        the future, sorts bars that are out of order, and takes the first of two of one session.
    """

    meta: dict[str, Any] = field(default_factory=dict)
    has_adjusted: bool = False
    times: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """An answer with prices.

    Parameters
    ----------
    frame
        yfinance's frame: its columns, on a timezone-aware index.
    facts
        What Yahoo's answer says beside that.
    """

    frame: pd.DataFrame
    facts: ChartFacts


class YahooClient:
    """Calls yfinance for one symbol at a time.

    Parameters
    ----------
    source
        The name of the source, for errors.
    deadline
        Longest time of a whole call, in seconds.
    request_timeout
        Longest time of one request for prices, in seconds; a cookie or a crumb, which prices
        can do without, gets half of it.
    """

    def __init__(self, source: str, *, deadline: float, request_timeout: float) -> None:
        self._source = source
        self.deadline = deadline
        self.request_timeout = request_timeout
        self._session: Any = None

    def fetch_chart(self, symbol: str, start: date | None) -> ChartAnswer:
        """Return Yahoo's answer, in a thread of its own that is abandoned at the deadline.

        Parameters
        ----------
        symbol
            Yahoo's spelling.
        start
            The first session; the whole history where None.

        Raises
        ------
        DataUnavailable
            If there is no answer with prices; a subclass names the cause.
        """
        ends = monotonic() + self.deadline
        if not _ONE_CALL.acquire(timeout=self.deadline):
            raise SourceSilent(symbol, self._source, seconds=self.deadline)
        try:
            yfinance = _yfinance()
            if self._session is None:
                _reset_state(yfinance)  # its crumb belongs to another session's cookies
                self._session = _guarded_session_class()(impersonate="chrome")
            session = self._session
            session.start_call(symbol, self._source, ends, self.request_timeout)
            call = _Call(yfinance, session, symbol, start, self.request_timeout)
            worker = threading.Thread(target=call.run, name=f"yahoo {symbol}", daemon=True)
            worker.start()
            worker.join(max(0.0, ends - monotonic()))
            if call.frame is not None:
                return ChartAnswer(call.frame, session.facts)
            # The session goes with the state: an abandoned thread still uses both.
            self._session = None
            _reset_state(yfinance)
        finally:
            _ONE_CALL.release()
        if call.error is None:
            raise SourceSilent(symbol, self._source, seconds=self.deadline)
        raise _cause_of(call.error, symbol, self._source) from call.error


@dataclass(slots=True)
class _Call:
    """One call of yfinance, run in a thread."""

    yfinance: ModuleType
    session: Any
    symbol: str
    start: date | None
    timeout: float
    frame: pd.DataFrame | None = field(default=None, init=False)
    error: BaseException | None = field(default=None, init=False)

    def run(self) -> None:
        """Fill in the frame or the error."""
        try:
            # A filter, and not a catch_warnings block: that would change other threads' filters.
            warnings.filterwarnings("ignore", module=r"yfinance(\..*)?")
            ticker = self.yfinance.Ticker(self.symbol, session=self.session)
            # Set beforehand: looking it up is a request whose bad answers yfinance stores.
            ticker._tz = _NEW_YORK
            span = {"period": "max"} if self.start is None else {"start": f"{self.start:%Y-%m-%d}"}
            self.frame = ticker.history(
                **span,
                interval="1d",
                auto_adjust=False,
                actions=True,
                keepna=True,
                timeout=self.timeout,
            )
        except BaseException as error:  # the calling thread raises it, whatever it is
            self.error = error


# ---------------------------------------------------------------------------------------
# yfinance, and the session in front of it


class _AnswerError(OSError):
    """An answer that yfinance must not get; OSError, which it treats as the network's fault."""

    def __init__(self, cause: DataUnavailable) -> None:
        super().__init__(cause.reason)
        self.cause = cause


class _CookieBox:
    """The cookie in memory, where yfinance has an SQLite file in the user's cache folder.

    That file, corrupt or locked by another process, makes every call return nothing.
    """

    def __init__(self) -> None:
        self._cookies: dict[str, Any] = {}

    def lookup(self, strategy: str) -> dict[str, Any] | None:
        """Return a stored cookie as yfinance's own cache does."""
        cookie = self._cookies.get(strategy)
        return None if cookie is None else {"cookie": cookie, "age": timedelta(0)}

    def store(self, strategy: str, cookie: dict[str, Any] | None) -> None:
        """Store a cookie if yfinance could read it back; it fails over any other."""
        a3 = next(iter(cookie.values())).get("/", {}).get("A3") if cookie else None
        if a3 is None or a3.expires is None:
            self._cookies.pop(strategy, None)
        else:
            self._cookies[strategy] = cookie


@cache  # constant: an installed package
def _configured_yfinance() -> ModuleType:
    """Import yfinance, and have it raise its errors and leave the disk alone."""
    import yfinance
    from yfinance import cache as yfinance_cache

    yfinance.config.debug.hide_exceptions = False
    yfinance_cache._CookieCacheManager._Cookie_cache = _CookieBox()
    yfinance_cache._TzCacheManager._tz_cache = yfinance_cache._TzCacheDummy()
    # Its lines hold request parameters, and nothing that our own errors do not say better.
    logging.getLogger("yfinance").setLevel(logging.CRITICAL + 1)
    loaded: ModuleType = yfinance
    return loaded


def _yfinance() -> ModuleType:
    """Return yfinance, configured."""
    warnings.filterwarnings("ignore", module=r"yfinance(\..*)?")
    return _configured_yfinance()


def _reset_state(yfinance: ModuleType) -> None:
    """Throw away the state that all of yfinance's calls share: crumb, cookie, locks."""
    from yfinance import cache as yfinance_cache
    from yfinance import data as yfinance_data

    yfinance_data.SingletonMeta._instances.clear()
    yfinance_data.YfData.cache_get.cache_clear()
    yfinance_cache._CookieCacheManager._Cookie_cache = _CookieBox()


@cache  # constant: a class
def _guarded_session_class() -> type[Any]:
    """Return the guarded session's class; made late, because curl_cffi is slow to import."""
    from curl_cffi import requests
    from yfinance.exceptions import YFRateLimitError

    class GuardedSession(requests.Session):  # type: ignore[misc]
        """A session that raises bad answers by their cause and limits the time of a call."""

        def start_call(self, symbol: str, source: str, ends: float, request_timeout: float) -> None:
            """Start a call that ends at a time of the monotonic clock."""
            self.about = (symbol, source)
            self.ends = ends
            self.request_timeout = request_timeout
            self.may_retry = True
            self.may_be_unauthorized = True
            self.facts = ChartFacts()

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            """Send one request, for prices once more where the connection was cut."""
            is_chart = _CHART in url
            try:
                response = self._send(method, url, *args, is_chart=is_chart, **kwargs)
            except requests.exceptions.RequestException as error:
                is_cut = isinstance(connection_error(error, *self.about), ConnectionCut)
                if not (is_chart and self.may_retry and is_cut):
                    raise
                self.may_retry = False
                response = self._send(method, url, *args, is_chart=is_chart, **kwargs)
            if response.status_code == 429:
                raise YFRateLimitError
            if is_chart:
                self._inspect(response)
            elif _CRUMB in url and not _is_crumb(response):
                raise _AnswerError(NotJson(*self.about, answer="crumb"))
            return response

        def _send(self, method: str, url: str, *args: Any, is_chart: bool, **kwargs: Any) -> Any:
            left = self.ends - monotonic()
            if left < _SHORTEST_REQUEST:
                raise _AnswerError(SourceSilent(*self.about))
            kwargs["timeout"] = min(left, self.request_timeout / (1 if is_chart else 2))
            return super().request(method, url, *args, **kwargs)

        def _inspect(self, response: Any) -> None:
            """Raise whatever is no answer with prices; note what yfinance leaves out."""
            status = response.status_code
            if status == 401 and self.may_be_unauthorized:
                # yfinance fetches a new crumb then, and asks once more.
                self.may_be_unauthorized = False
                return
            if status in (401, 403):
                raise _AnswerError(RequestRefused(*self.about, status=status))
            if status >= 500:
                raise _AnswerError(SourceError(*self.about, status=status))
            self.facts = _chart_facts(status, response.content, *self.about)

    return GuardedSession


def _is_crumb(response: Any) -> bool:
    """Return True if an answer is a crumb: a short word, where faults are texts and pages."""
    text = response.text.strip()
    is_word = 0 < len(text) < _LONGEST_CRUMB and not re.search(r"[\s<{]", text)
    return response.status_code == 200 and is_word


def _chart_facts(status: int, body: bytes, symbol: str, source: str) -> ChartFacts:
    """Return what an answer says beside the prices.

    Raises
    ------
    _AnswerError
        If it is no answer with prices.
    """
    about = (symbol, source)
    try:
        answer = json.loads(body)
    except ValueError as error:
        is_page = body.lstrip()[:1] == b"<"
        raise _AnswerError(NotJson(*about, answer="page" if is_page else "text")) from error
    chart = answer.get("chart") if isinstance(answer, dict) else None
    if not isinstance(chart, dict):
        raise _AnswerError(MalformedAnswer(*about, flaw="no_chart", value=status))
    if report := chart.get("error"):
        code = report.get("code") if isinstance(report, dict) else None
        if status == 404 or code == "Not Found":
            raise _AnswerError(UnknownSymbol(*about))
        raise _AnswerError(NoPrices(*about, status=status))
    if status >= 400:
        raise _AnswerError(RequestRefused(*about, status=status))
    result = chart.get("result")
    if not result:
        raise _AnswerError(NoPrices(*about))
    try:
        meta, indicators = result[0]["meta"], result[0]["indicators"]
        has_prices = bool(indicators["quote"][0]) and bool(result[0].get("timestamp"))
        has_adjusted = bool((indicators.get("adjclose") or [{}])[0].get("adjclose"))
        facts = ChartFacts(
            dict(meta),
            has_adjusted,
            np.array([float(time) for time in result[0].get("timestamp") or ()]),
        )
    except (
        AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError
    ) as error:  # fmt: skip
        raise _AnswerError(MalformedAnswer(*about, flaw="parts_missing")) from error
    if not has_prices:
        raise _AnswerError(NoPrices(*about))
    return facts


# ---------------------------------------------------------------------------------------
# Causes


def connection_error(error: BaseException, symbol: str, source: str) -> DataUnavailable | None:
    """Return the cause behind an exception of curl_cffi; None where it is not one."""
    from curl_cffi.requests import exceptions as curl

    if isinstance(error, curl.Timeout):
        return SourceSilent(symbol, source)
    if isinstance(error, curl.CertificateVerifyError):
        return CertificateUntrusted(symbol, source)
    if isinstance(error, (curl.DNSError, curl.ProxyError)):
        return SourceUnreachable(symbol, source)
    if isinstance(error, curl.RequestException):
        # curl_cffi has one class for a connection that was not made and one that broke.
        is_unreachable = "connect to" in str(error)
        return (SourceUnreachable if is_unreachable else ConnectionCut)(symbol, source)
    return None


def _cause_of(error: BaseException, symbol: str, source: str) -> DataUnavailable:
    """Return our own error for whatever a call of yfinance raised."""
    from yfinance.exceptions import YFPricesMissingError, YFRateLimitError

    if isinstance(error, YFRateLimitError):
        return RateLimited(symbol, source)
    if isinstance(error, _AnswerError):
        return error.cause
    if isinstance(error, YFPricesMissingError):
        return NoPrices(symbol, source)
    return connection_error(error, symbol, source) or MalformedAnswer(
        symbol, source, flaw="unreadable", value=type(error).__name__
    )
