"""The registry of sources, and the worked example of the docs, run as it stands there."""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
import trustme

from rut_dash.errors import (
    BarsRejected,
    CertificateUntrusted,
    ConnectionCut,
    DataUnavailable,
    Defect,
    EndsBefore,
    InvalidInput,
    MalformedAnswer,
    NoPrices,
    NotJson,
    RateLimited,
    Remedy,
    RequestRefused,
    SchemaError,
    SourceError,
    SourceSilent,
    SourceUnreachable,
    UnknownSymbol,
)
from rut_dash.market import calendar
from rut_dash.market.market import Market
from rut_dash.market.notes import DeferredAction, NoAdjustedCloses, NoDividends
from rut_dash.market.settings import open_market
from rut_dash.market.sources import base
from rut_dash.market.sources.base import (
    SOURCES,
    PriceSource,
    RawBars,
    SourceRow,
    SourceSettings,
    open_source,
)
from rut_dash.market.sources.json_source import fetch_json
from rut_dash.market.store import Store
from tests.fake_yahoo import made_up_bars

DOC = Path(__file__).resolve().parents[2] / "docs" / "sources.md"
SPLIT = "2026-03-10"


# -- the registry -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", SOURCES)
def test_every_row_makes_a_source_of_its_name(key: str, tmp_path: Path) -> None:
    row = SOURCES[key]
    made = open_source(key, SourceSettings(path=tmp_path, move_limit=0.5))
    assert isinstance(made, PriceSource)
    assert made.row is row
    assert made.name == (f"the folder {tmp_path}" if key == "folder" else row.name)
    assert made.simulated is row.simulated is (key == "demo")
    assert made.move_limit in (0.5, None)
    assert f"`{key}`" in DOC.read_text()


def test_an_unknown_source_is_refused_with_the_names_of_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RUT_DASH_SOURCE", "stooq")
    with pytest.raises(InvalidInput, match="one of demo, folder, yahoo"):
        open_market()


def test_the_folder_source_without_a_folder_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUT_DASH_SOURCE", "folder")
    with pytest.raises(InvalidInput, match="RUT_DASH_PRICES"):
        open_market()
    monkeypatch.setenv("RUT_DASH_PRICES", str(tmp_path))
    assert not open_market().can_fetch


def test_the_demo_as_the_source_stores_and_fetches_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUT_DASH_SOURCE", "demo")
    market = open_market()
    assert not market.can_fetch
    assert market.stored("IWM") is None
    assert market.demo("IWM").provenance.simulated
    assert not (tmp_path / "store").exists()


def test_the_market_names_no_vendor() -> None:
    text = (Path(base.__file__).parents[1] / "market.py").read_text()
    assert "yahoo" not in text.lower()


# -- the worked example -----------------------------------------------------------------------


@dataclass
class Vendor:
    """The made-up vendor: a loopback server that answers as the docs say."""

    bars: pd.DataFrame
    url: str = ""
    status: int = 200
    body: bytes | None = None
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    def answer(self, path: str, key: str | None) -> tuple[int, bytes]:
        parts = urlsplit(path)
        symbol = parts.path.rsplit("/", 1)[1]
        (start,) = parse_qs(parts.query)["startDate"]
        self.requests.append((symbol, start, key))
        if self.status != 200 or self.body is not None:
            return self.status, self.body or b"{}"
        if symbol != "IWM":
            return 404, b"{}"
        rows = self.traded().loc[start:]
        rows = rows.assign(date=[f"{day:%Y-%m-%d}" for day in rows.index])
        return 200, json.dumps(rows.to_dict("records")).encode()

    def traded(self) -> pd.DataFrame:
        """Return prices as they were traded, before the splits that came later."""
        rows = self.bars.drop(columns="adj_close")
        before = rows.index < pd.Timestamp(SPLIT)
        factor = 2.0 if pd.Timestamp(SPLIT) in rows.index else 1.0
        rows.loc[before, ["open", "high", "low", "close", "dividend"]] *= factor
        rows.loc[before, "volume"] /= factor
        return rows.assign(split=rows["split"].where(rows["split"] > 0, 1.0))


@pytest.fixture(scope="module")
def served() -> pd.DataFrame:
    """Return bars up to the last closed session, by the clock that the program uses."""
    last = calendar.last_closed_session(datetime.now(UTC) - timedelta(hours=1))
    return made_up_bars(
        "2026-01-02", f"{last:%Y-%m-%d}", dividends={"2026-03-03": 0.5}, splits={SPLIT: 2.0}
    )


@pytest.fixture
def vendor(served: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Vendor(served)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(self.path, self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def example(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """Add the example of the docs as the docs say, and choose it."""
    module, row = re.findall(r"```python\n(.*?)```", DOC.read_text(), re.DOTALL)
    code = ModuleType("rut_dash.market.sources.example")
    monkeypatch.setitem(sys.modules, code.__name__, code)
    exec(compile(module, "example.py", "exec"), code.__dict__)
    namespace = dict(vars(base))
    exec(compile(row, "row.py", "exec"), namespace)
    for name, value in (("SOURCE", "example"), ("PATIENCE", "20")):
        monkeypatch.setenv(f"RUT_DASH_{name}", value)
    monkeypatch.setenv("EXAMPLE_URL", vendor.url)
    monkeypatch.setenv("EXAMPLE_KEY", "sesame")
    with SOURCES.with_row(namespace["ROW"]):
        yield vendor


def expect(market: Market, bars: pd.DataFrame) -> None:
    got = market.load("IWM")
    assert got.provenance.source == "Example Vendor"
    assert got.provenance.stale_because is None
    pd.testing.assert_frame_equal(
        got.bars.drop(columns="adj_close"),
        bars.drop(columns="adj_close"),
        check_freq=False,
        check_names=False,
    )


def test_the_example_fills_the_store_and_updates_it(example: Vendor, served: pd.DataFrame) -> None:
    example.bars = served.iloc[:-5]
    open_market().load("IWM")
    example.bars = served
    market = open_market()
    assert not market.is_due("IWM")  # it has just been asked, and had nothing newer
    assert market.refresh("IWM", force=True).rows_added == 5
    expect(market, served)
    first, second = (start for _, start, _ in example.requests)
    assert first == "1990-01-01"
    assert second == f"{served.index[-36]:%Y-%m-%d}"
    assert {key for *_, key in example.requests} == {"Token sesame"}
    expect(open_market(offline=True), served)


def test_the_example_takes_the_whole_history_again_after_a_split(
    example: Vendor, served: pd.DataFrame
) -> None:
    """The day before, and the day of it: the whole history is taken again, restated."""
    until = served.loc[: pd.Timestamp(SPLIT)]
    before = until.iloc[:-1].copy()
    before[["open", "high", "low", "close", "dividend"]] *= 2.0
    before["volume"] /= 2.0
    example.bars = before
    open_market().load("IWM")
    example.bars = until
    outcome = open_market().refresh("IWM", force=True)
    assert (outcome.status, outcome.rows_added) == ("fetched", 1)
    assert len(example.requests) == 3


def test_each_fault_of_the_example_has_its_error(
    example: Vendor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    market = open_market()
    caplog.set_level(logging.INFO)
    with pytest.raises(UnknownSymbol):
        market.load("NOSUCH")
    for status, body, cause in (
        (403, None, RequestRefused),
        (410, None, RequestRefused),
        (500, None, SourceError),
        (200, b"<html>", NotJson),
        (200, b"[]", NoPrices),
        (200, b'[{"day": 1}]', MalformedAnswer),
        (200, b'[{"date": "2026-05-29", "open": 1, "high": 1, "low": 1, "close": -1, '
              b'"volume": 1, "dividend": 0, "split": 1}]', BarsRejected),
        (429, None, RateLimited),
    ):  # fmt: skip
        example.status, example.body = status, body
        with pytest.raises(DataUnavailable) as caught:
            market.load("IWM")
        assert type(caught.value) is cause
        assert "sesame" not in str(caught.value)
    sent = len(example.requests)
    example.status = 200
    with pytest.raises(DataUnavailable) as caught:
        market.load("IWM")
    assert type(caught.value) is RateLimited
    assert len(example.requests) == sent  # the market waits, and the example need not
    assert Store(tmp_path / "store").symbols() == ()
    assert "outcome=rate_limited" in caplog.text
    assert "sesame" not in caplog.text
    assert "startDate" not in caplog.text


# -- what is done for every source ------------------------------------------------------------

FRIDAY_EVENING = datetime(2026, 5, 29, 20, 30, tzinfo=UTC)  # half an hour after the close


class FixedSource(PriceSource):
    """A source that answers with one fixed answer."""

    key = "fixed"

    def __init__(self, answer: RawBars | Exception, now: datetime = FRIDAY_EVENING) -> None:
        super().__init__(clock=lambda: now)
        self.answer = answer

    def fetch_raw(self, symbol: str, start: date | None) -> RawBars:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def fixed_row() -> Iterator[None]:
    with SOURCES.with_row(SourceRow("fixed", "Fixed", "anything", lambda _: None)):  # type: ignore[arg-type,return-value]
        yield


@pytest.fixture
def month() -> pd.DataFrame:
    return made_up_bars("2026-05-01", "2026-05-29").drop(columns=["dividend", "split"])


@pytest.mark.usefixtures("fixed_row")
@pytest.mark.parametrize(
    ("now", "is_provisional"),
    [
        (datetime(2026, 5, 29, 15, 0, tzinfo=UTC), True),
        (datetime(2026, 5, 29, 20, 19, tzinfo=UTC), True),
        (datetime(2026, 5, 29, 20, 20, tzinfo=UTC), False),
        (datetime(2026, 5, 30, 12, 0, tzinfo=UTC), False),
    ],
)
def test_the_caller_records_source_time_and_what_is_not_final_yet(
    now: datetime, is_provisional: bool, month: pd.DataFrame
) -> None:
    history = FixedSource(RawBars(month), now).fetch("IWM")
    provenance = history.provenance
    assert provenance.source == "Fixed"
    assert provenance.fetched_at == now
    assert provenance.provisional is is_provisional
    assert history.bars["dividend"].isna().all()


@pytest.mark.usefixtures("fixed_row")
def test_the_caller_cuts_what_is_before_the_start(month: pd.DataFrame) -> None:
    source = FixedSource(RawBars(month))
    assert source.fetch("IWM", date(2026, 5, 24)).first_session == pd.Timestamp("2026-05-26")
    with pytest.raises(EndsBefore, match="it ends on 2026-05-29, before 2026-06-01"):
        source.fetch("IWM", date(2026, 6, 1))
    with pytest.raises(NoPrices, match="it answered without any prices"):
        FixedSource(RawBars(month.iloc[:0])).fetch("IWM")


@pytest.mark.usefixtures("fixed_row")
def test_the_caller_adds_deferred_actions_to_the_bar_they_count_on(month: pd.DataFrame) -> None:
    bars = month.assign(dividend=0.0, split=0.0).drop(index=pd.Timestamp("2026-05-12"))
    early, late = (
        DeferredAction(date(2026, 5, day), date(2026, 5, day + 1), 0.5, 0.0, "Fixed")
        for day in (4, 12)
    )
    history = FixedSource(RawBars(bars, (early, late))).fetch("IWM", date(2026, 5, 11))
    assert history.provenance.deferred_actions == (late,)
    assert history.bars["dividend"]["2026-05-13"] == 0.5
    assert history.bars["dividend"].sum() == 0.5


@pytest.mark.usefixtures("fixed_row")
def test_an_index_has_no_notes_on_dividends(month: pd.DataFrame) -> None:
    source = FixedSource(RawBars(month, (NoAdjustedCloses("Fixed"), NoDividends())))
    assert len(source.fetch("IWM").provenance.notes) == 2
    assert source.fetch("^RUT").provenance.notes == ()


@pytest.mark.usefixtures("fixed_row")
def test_refused_bars_are_fetched_again_unless_a_setting_allows_them(
    month: pd.DataFrame,
) -> None:
    day = month.index[5]
    negative, jump = month.copy(), month.copy()
    negative.loc[day, "close"] = -1.0
    jump.loc[day, ["open", "high", "low", "close"]] *= 3
    for bars, defect, remedy in (
        (negative, Defect.NOT_POSITIVE, Remedy.ASK_AGAIN.value),
        (jump, Defect.MOVE_BEYOND_LIMIT, Defect.MOVE_BEYOND_LIMIT.remedy),
    ):
        with pytest.raises(SchemaError) as caught:
            FixedSource(RawBars(bars)).fetch("IWM")
        assert caught.value.defect is defect
        assert caught.value.session == day.date()
        assert caught.value.where == "IWM from Fixed"
        assert caught.value.remedy == remedy


@pytest.mark.usefixtures("fixed_row")
@pytest.mark.parametrize(
    "error", [KeyError("close"), TypeError(), ValueError("secret"), IndexError(), OverflowError()]
)
def test_an_answer_that_cannot_be_read_is_malformed(error: Exception) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        FixedSource(error).fetch("IWM")
    assert str(caught.value) == (
        f"No prices of IWM from Fixed: its answer could not be read ({type(error).__name__})."
    )


# -- answers in JSON --------------------------------------------------------------------------


def ask_vendor(vendor: Vendor, timeout: float = 30.0) -> object:
    return fetch_json(
        f"{vendor.url}/daily/IWM?startDate=x", symbol="IWM", source="V", timeout=timeout
    )


@pytest.mark.parametrize(
    ("status", "body", "error", "details"),
    [
        (400, None, RequestRefused, {"status": 400}),
        (401, None, RequestRefused, {"status": 401}),
        (403, b"<html>", RequestRefused, {"status": 403}),
        (404, None, UnknownSymbol, {"isin": False}),
        (410, None, RequestRefused, {"status": 410}),
        (429, None, RateLimited, {}),
        (500, None, SourceError, {"status": 500}),
        (503, b"<html>", SourceError, {"status": 503}),
        (200, b" <html>", NotJson, {"answer": "page"}),
        (200, b'[{"date": "2026', NotJson, {"answer": "text"}),
        (200, b"\xff\xfe", NotJson, {"answer": "text"}),
    ],
)
def test_a_fault_of_http_is_raised_by_its_cause(
    status: int, body: bytes | None, error: type[DataUnavailable], details: dict[str, object],
    vendor: Vendor,
) -> None:  # fmt: skip
    vendor.status, vendor.body = status, body
    with pytest.raises(DataUnavailable) as caught:
        ask_vendor(vendor)
    assert type(caught.value) is error
    assert caught.value.details() == details
    assert (caught.value.symbol, caught.value.source) == ("IWM", "V")


def serve_once(answer: bytes | None, tls: ssl.SSLContext | None = None) -> int:
    """Return the port of a server that takes one request and sends an answer; None for silence."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        if tls is not None:
            try:
                connection = tls.wrap_socket(connection, server_side=True)
            except ssl.SSLError:  # the client does not trust it
                listener.close()
                return
        with listener, connection:
            connection.recv(65_536)
            if answer is None:
                connection.recv(65_536)  # until the client gives up
            else:
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, SourceSilent),
        (b"", ConnectionCut),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[1", ConnectionCut),
        (b"no HTTP at all\r\n\r\n", ConnectionCut),
    ],
)
def test_a_fault_of_the_connection_is_raised_by_its_cause(
    answer: bytes | None, error: type[DataUnavailable], vendor: Vendor
) -> None:
    vendor.url = f"http://127.0.0.1:{serve_once(answer)}"
    with pytest.raises(DataUnavailable) as caught:
        ask_vendor(vendor, timeout=0.5 if answer is None else 30.0)
    assert type(caught.value) is error


def test_a_certificate_of_an_unknown_authority_is_named_as_the_cause(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    vendor.url = f"https://127.0.0.1:{serve_once(body, context)}"
    with pytest.raises(CertificateUntrusted, match="SSL_CERT_FILE"):
        ask_vendor(vendor)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    vendor.url = f"https://127.0.0.1:{serve_once(body, context)}"
    assert ask_vendor(vendor) == []


def test_a_source_that_nobody_listens_for_is_unreachable(vendor: Vendor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    vendor.url = f"http://127.0.0.1:{port}"
    with pytest.raises(SourceUnreachable):
        ask_vendor(vendor)
