"""The registry of sources, and the worked example of the docs, run as it stands there."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from rut_dash.errors import (
    BarsRejected,
    DataUnavailable,
    InvalidInput,
    MalformedAnswer,
    NoPrices,
    NotJson,
    RateLimited,
    RequestRefused,
    SourceError,
    UnknownSymbol,
)
from rut_dash.market import calendar
from rut_dash.market.market import Market
from rut_dash.market.settings import open_market
from rut_dash.market.sources import base
from rut_dash.market.sources.base import SOURCES, PriceSource, SourceSettings, open_source
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
def vendor(served: pd.DataFrame) -> Iterator[Vendor]:
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
    for name, value in (("SOURCE", "example"), ("PATIENCE", "2")):
        monkeypatch.setenv(f"RUT_DASH_{name}", value)
    monkeypatch.setenv("EXAMPLE_URL", vendor.url)
    monkeypatch.setenv("EXAMPLE_KEY", "sesame")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
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
        (200, b'[{"date": "2026-05-29", "open": -1, "high": 1, "low": 1, "close": 1, '
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
