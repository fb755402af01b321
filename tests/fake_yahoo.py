"""A Yahoo of our own: the real client runs against it unmodified, in this process or another.

`FakeYahoo` is a loopback HTTP proxy that answers CONNECT, ends TLS with a certificate
authority of its own for Yahoo's hosts, and serves the bars it was given as Yahoo would have
served them at a settable time. It is reached by environment alone (`FakeYahoo.environment`).
Any host but Yahoo's is refused, so that no test can reach the network.

What is given are the frames of :mod:`rut_dash.market.history`: prices adjusted for every split
in them. As of an earlier day the fake takes later splits out again, leaves later bars,
dividends and splits away, and cuts the bar of a session that is under way.
"""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pandas as pd
import trustme

from rut_dash.market import calendar
from tests.yahoo_chart import (
    NEW_YORK,
    FakeFault,
    adjustment_factor,
    chart_object,
    chart_result,
    made_up_bars,
    opening_time,
    partial_bar,
)

__all__ = ["CRUMB", "NEW_YORK", "FakeFault", "FakeYahoo", "Request", "made_up_bars"]

HOSTS = ("*.yahoo.com", "*.finance.yahoo.com", "yahoo.com")
CRUMB = "aB3dEfGhIjK"


@dataclass
class Request:
    """One request that arrived: kind is cookie, consent, crumb, chart or other."""

    kind: str
    host: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


# Seconds for which a silent answer is held; no client of ours waits nearly as long.
_LONGEST_SILENCE = 600


@dataclass
class _Behaviour:
    fault: FakeFault | None = None
    left: int | None = None  # how many more charts it spoils; None for all
    only: str | None = None  # the one symbol whose charts it spoils; None for everything
    until: threading.Event = field(default_factory=threading.Event)


@cache
def _authority() -> tuple[ssl.SSLContext, str]:
    """Return the server's TLS context and the authority's certificate; made once a process."""
    authority = trustme.CA()
    return _server_context(authority), authority.cert_pem.bytes().decode()


@cache
def _untrusted_context() -> ssl.SSLContext:
    """Return the TLS context of an authority that no client knows."""
    return _server_context(trustme.CA())


def _server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    context.set_alpn_protocols(["http/1.1"])
    return context


class FakeYahoo:
    """The fake; a context manager that listens from entry to exit.

    Parameters
    ----------
    as_of
        The time at which it answers, timezone-aware; 20:00 in New York on the last session of
        the bars served where None.
    """

    def __init__(self, as_of: datetime | None = None) -> None:
        self.as_of = as_of
        self.requests: list[Request] = []
        self.overdue = 0  # requests that were held until the fake itself gave up
        self.body: bytes | None = None  # sent in the place of every chart
        self.tamper: Callable[[dict[str, Any]], None] | None = None  # changes every result
        self._bars: dict[str, pd.DataFrame] = {}
        self._instrument: dict[str, str] = {}
        self._behaviour = _Behaviour()
        self._withheld: dict[str, set[pd.Timestamp]] = {}
        self._server: _Server | None = None
        self._port = 0
        self._folder = tempfile.TemporaryDirectory(prefix="fake-yahoo-")
        self._authority_file = Path(self._folder.name) / "ca.pem"
        self._authority_file.write_text(_authority()[1])
        self._lock = threading.Lock()

    # -- what it serves ------------------------------------------------------------------

    def serve(self, symbol: str, bars: pd.DataFrame, instrument: str | None = None) -> None:
        """Serve these bars (`BAR_COLUMNS`, split-adjusted) under a symbol."""
        index = pd.DatetimeIndex(bars.index).as_unit("us")
        self._bars[symbol] = bars.set_axis(index, axis=0)
        self._instrument[symbol] = instrument or ("INDEX" if symbol.startswith("^") else "ETF")

    def withhold(self, symbol: str, *days: str) -> None:
        """Leave sessions out of every answer; with no days, give them all back."""
        self._withheld[symbol] = {pd.Timestamp(day) for day in days}

    @property
    def fault(self) -> FakeFault | None:
        """What it is doing wrong."""
        return self._behaviour.fault

    def fail(
        self, fault: FakeFault | str | None, times: int | None = None, only: str | None = None
    ) -> None:
        """Do this wrong from now on, or for so many charts, or one symbol's; None ends it."""
        fault = None if fault is None else FakeFault(fault)
        before, self._behaviour = self._behaviour, _Behaviour(fault, times, only)
        before.until.set()
        if self._port:
            if fault is FakeFault.REFUSED:
                self._close()
            elif self._server is None:
                self._listen()

    def count(self, kind: str = "chart") -> int:
        """Return how many requests of a kind arrived."""
        return Counter(request.kind for request in self.requests)[kind]

    def time(self) -> datetime:
        """Return the time at which it answers."""
        if self.as_of is not None:
            return self.as_of
        last = max(bars.index[-1] for bars in self._bars.values())
        return datetime(last.year, last.month, last.day, 20, tzinfo=NEW_YORK)

    # -- how it is reached ---------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        """Return the environment under which a client reaches the fake and nothing else."""
        proxy = f"http://127.0.0.1:{self._port}"
        return {
            "HTTPS_PROXY": proxy,
            "HTTP_PROXY": proxy,
            "https_proxy": proxy,
            "http_proxy": proxy,
            "ALL_PROXY": proxy,
            "NO_PROXY": "localhost,127.0.0.1",
            "no_proxy": "localhost,127.0.0.1",
            # curl_cffi prefers this one over CURL_CA_BUNDLE.
            "REQUESTS_CA_BUNDLE": str(self._authority_file),
            "CURL_CA_BUNDLE": str(self._authority_file),
        }

    def __enter__(self) -> FakeYahoo:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._behaviour.until.set()
        self._close()
        self._folder.cleanup()

    def _listen(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True, name="fake yahoo"
        ).start()

    def _close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    # -- its answers ---------------------------------------------------------------------

    def spoil(self, kind: str, path: str) -> _Behaviour:
        """Return how to behave towards one request; a limited fault counts charts."""
        with self._lock:
            behaviour = self._behaviour
            if behaviour.only is not None and not path.endswith(f"/chart/{behaviour.only}"):
                return _Behaviour()
            if behaviour.fault is None or behaviour.left is None:
                return behaviour
            if behaviour.left <= 0 or kind != "chart":
                return _Behaviour()
            behaviour.left -= 1
            return behaviour

    def rows(self, symbol: str) -> pd.DataFrame:
        """Return a symbol's bars as they stand at the fake's time."""
        now = self.time().astimezone(NEW_YORK)
        today = pd.Timestamp(now.date())
        whole = self._bars[symbol]
        bars = whole[whole.index <= today]
        opening = now.replace(hour=9, minute=30, second=0, microsecond=0)
        if not bars.empty and bars.index[-1] == today and now < opening:
            bars = bars.iloc[:-1]
        later = whole.loc[whole.index > (bars.index[-1] if len(bars) else today), "split"]
        ratio = float(later[later > 0].prod())
        bars = bars.copy()
        if ratio != 1.0:
            prices = ["open", "high", "low", "close", "dividend"]
            bars[prices] = bars[prices] * ratio
            bars["volume"] = bars["volume"] / ratio
        if not bars.empty and calendar.last_closed_session(now) < bars.index[-1]:
            bars.iloc[-1] = partial_bar(bars.iloc[-1])
        bars["adj_close"] = bars["close"] * adjustment_factor(bars)
        return bars[~bars.index.isin(list(self._withheld.get(symbol, ())))]

    def chart(self, symbol: str, query: dict[str, list[str]], fault: FakeFault | None) -> Any:
        """Return Yahoo's chart object of a symbol."""
        meta = self._meta(symbol, fault)
        result = chart_result(self.rows(symbol), query, fault, now=self.time(), meta=meta)
        if self.tamper is not None:
            self.tamper(result)
        return chart_object(result, fault)

    def _meta(self, symbol: str, fault: FakeFault | None) -> dict[str, Any]:
        whole = self._bars[symbol]
        meta: dict[str, Any] = {
            "currency": "USD",
            "symbol": symbol,
            "exchangeName": "PCX",
            "fullExchangeName": "NYSEArca",
            "instrumentType": self._instrument[symbol],
            "firstTradeDate": opening_time(whole.index[0]),
            "regularMarketTime": int(self.time().timestamp()),
            "hasPrePostMarketData": True,
            "gmtoffset": -18000,
            "timezone": "EST",
            "exchangeTimezoneName": "America/New_York",
            "priceHint": 2,
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
        }
        if fault is FakeFault.OTHER_CURRENCY:
            meta["currency"] = "GBp"
        if fault is FakeFault.NO_TIMEZONE:
            del meta["exchangeTimezoneName"]
        return meta

    def knows(self, symbol: str) -> bool:
        """Return True if the symbol is served."""
        return symbol in self._bars


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], yahoo: FakeYahoo) -> None:
        self.yahoo = yahoo
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: clients that give up are what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out apart: held back for an acknowledgement, each answer takes 40 ms more.
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_CONNECT(self) -> None:
        host = self.path.rsplit(":", 1)[0]
        if not (host == "yahoo.com" or host.endswith(".yahoo.com")):
            self.send_error(502, "this proxy knows Yahoo only")
            self.close_connection = True
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        self.host = host
        is_untrusted = self.server.yahoo.fault is FakeFault.UNTRUSTED
        context = _untrusted_context() if is_untrusted else _authority()[0]
        secure = context.wrap_socket(self.connection, server_side=True)
        self.connection = secure
        self.rfile = secure.makefile("rb")
        self.wfile = _Writer(secure)  # type: ignore[assignment]
        self.close_connection = False

    def finish(self) -> None:
        """Close the TLS socket too: the server knows only the plain one below it."""
        with suppress(OSError):
            super().finish()
        with suppress(OSError):
            self.connection.close()

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        yahoo = self.server.yahoo
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        host = getattr(self, "host", "")
        kind = _kind(host, path)
        yahoo.requests.append(
            Request(kind, host, path, parse_qs(parts.query), dict(self.headers.items()))
        )
        behaviour = yahoo.spoil(kind, path)
        if self._transport_fault(kind, behaviour):
            return
        fault = behaviour.fault
        if kind == "cookie":
            self._send(404, b"", "text/html", cookie=True)
        elif kind == "crumb":
            self._send_crumb(fault)
        elif kind == "consent":
            self._send(200, b"<html><body>consent</body></html>", "text/html")
        elif kind == "chart":
            self._send_chart(path.rsplit("/", 1)[1], parse_qs(parts.query), fault)
        else:
            self._send(404, b"{}", "application/json")

    def _transport_fault(self, kind: str, behaviour: _Behaviour) -> bool:
        """Fail as a network does; return whether it was done."""
        fault = behaviour.fault
        if fault is FakeFault.SILENT:
            if not behaviour.until.wait(_LONGEST_SILENCE):
                self.server.yahoo.overdue += 1
            self.close_connection = True
            return True
        if fault is FakeFault.UNTRUSTED:  # a connection from before: the client makes another
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return True
        if fault is FakeFault.RATE_LIMITED:
            self._send(429, b"Edge: Too Many Requests", "text/plain")
            return True
        if kind != "chart":
            return False
        if fault in (FakeFault.CUT, FakeFault.TRICKLE):
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n"
            self.wfile.write(head + b'\r\n{"chart":')
            if fault is FakeFault.TRICKLE:
                for _ in range(10 * _LONGEST_SILENCE):
                    if behaviour.until.wait(0.1):
                        break
                    self.wfile.write(b" ")
                else:
                    self.server.yahoo.overdue += 1
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return True
        return False

    def _send_crumb(self, fault: FakeFault | None) -> None:
        if fault is FakeFault.RATE_LIMITED_CRUMB:
            self._send(429, b"Edge: Too Many Requests", "text/plain")
        elif fault is FakeFault.CRUMB_TEXT:
            self._send(200, b"Edge: Too Many Requests", "text/plain")
        elif fault is FakeFault.UNAUTHORIZED:
            self._send(401, b'{"finance":{"result":null,"error":{}}}', "application/json")
        else:
            self._send(200, CRUMB.encode(), "text/plain")

    def _send_chart(
        self, symbol: str, query: dict[str, list[str]], fault: FakeFault | None
    ) -> None:
        yahoo = self.server.yahoo
        html = b"<!DOCTYPE html><html><body>Before you continue to Yahoo</body></html>"
        if fault is FakeFault.UNAUTHORIZED:
            error = {"code": "Unauthorized", "description": "Invalid Crumb"}
            self._send_json(401, {"finance": {"result": None, "error": error}})
        elif fault is FakeFault.FORBIDDEN:
            self._send(403, html, "text/html")
        elif fault is FakeFault.SERVER_ERROR:
            self._send(500, b'{"chart":{"result":null,"error":null}}', "application/json")
        elif fault is FakeFault.BAD_GATEWAY:
            self._send(502, html, "text/html")
        elif fault is FakeFault.CONSENT:
            self._send(200, html, "text/html")
        elif fault is FakeFault.UNKNOWN_SYMBOL or not yahoo.knows(symbol):
            error = {
                "code": "Not Found",
                "description": "No data found, symbol may be delisted",
            }
            self._send_json(404, {"chart": {"result": None, "error": error}})
        else:
            answer = yahoo.body or json.dumps(yahoo.chart(symbol, query, fault)).encode()
            if fault is FakeFault.TRUNCATED:
                answer = answer[: len(answer) // 2]
            self._send(200, answer, "application/json")

    def _send_json(self, status: int, answer: Any) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str, *, cookie: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if cookie:
            expires = time.strftime(
                "%a, %d %b %Y %H:%M:%S GMT", (datetime.now(UTC) + timedelta(days=365)).timetuple()
            )
            self.send_header(
                "Set-Cookie", f"A3=d=fake&S=fake; Expires={expires}; Domain=.yahoo.com; Path=/"
            )
        self.end_headers()
        self.wfile.write(body)


class _Writer:
    """An unbuffered writer over a TLS socket."""

    def __init__(self, secure: ssl.SSLSocket) -> None:
        self._secure = secure
        self.closed = False

    def write(self, data: bytes) -> int:
        self._secure.sendall(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: every write is sent."""

    def close(self) -> None:
        self.closed = True


def _kind(host: str, path: str) -> str:
    if path.startswith("/v8/finance/chart/"):
        return "chart"
    if path.startswith("/v1/test/getcrumb"):
        return "crumb"
    if host == "fc.yahoo.com":
        return "cookie"
    if host in ("guce.yahoo.com", "consent.yahoo.com"):
        return "consent"
    return "other"
