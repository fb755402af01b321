"""The document that is served at a page's address, and what is prepared before a reader comes."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from rut_dash.charts.chart import Chart
from rut_dash.ui import cache, prefetch, server
from rut_dash.ui.pages import PAGES
from rut_dash.ui.server import lifespan, page_document, page_routes
from tests.own_thread import run_in_own_thread

ROOT = Path(__file__).resolve().parent.parent.parent
INDEX = "<html><head><title>Streamlit</title><script src=a.js></script></head><body></body></html>"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cache.clear_caches()
    yield
    cache.clear_caches()
    gc.unfreeze()


def test_the_rest_of_the_document_is_unchanged() -> None:
    served = page_document(INDEX, ["claims", "data"])
    before, after = served.split("</head>")
    assert after == "<body></body></html>"
    assert before.startswith("<html><head><title>rut_dash</title><script src=a.js></script><meta ")
    assert served.count("<script>") == 1
    assert "/\\/(?:claims|data)?$/" in served


def test_an_unknown_document_is_unchanged() -> None:
    assert page_document("<p>another Streamlit</p>", ["data"]) == "<p>another Streamlit</p>"


def test_streamlits_own_document_has_a_title_and_a_head() -> None:
    own = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    served = page_document(own, ["data"])
    assert "<title>rut_dash</title>" in served
    assert served.index("window.__streamlit") < served.index("</head>")


def test_every_page_has_its_document() -> None:
    paths = {route.path for route in page_routes(str(ROOT / "app.py"))}
    own = {path for path in paths if path.startswith("/_rut_dash/")}
    assert paths - own == {"/", "/{path:path}", *(f"/{key}" for key in PAGES if key != "overview")}


def test_every_file_of_the_browser_has_an_address_that_changes_with_its_content() -> None:
    routes = page_routes(str(ROOT / "app.py"))
    own = [route.path for route in routes if route.path.startswith("/_rut_dash/")]
    folders = [ROOT / "rut_dash" / layer / "browser" for layer in ("ui", "charts")]
    files = {path.name: path for folder in folders for path in folder.iterdir()}
    licence = {"plotly-charts.LICENSE.txt"}
    assert {path.rpartition("/")[2] for path in own} == set(files) - licence
    for path in own:
        digest, name = path.removeprefix("/_rut_dash/").split("/")
        assert hashlib.sha256(files[name].read_bytes()).hexdigest().startswith(digest)


def test_pages_are_computed_when_the_server_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path))
    monkeypatch.setattr(prefetch, "_DELAY", 0.0)
    monkeypatch.setattr(server, "_BROWSER_DELAY", 1e6)

    async def live() -> int:
        async with lifespan(st.App(str(ROOT / "app.py"))):
            deadline = time.monotonic() + 240
            while time.monotonic() < deadline and cached_charts() < 7:
                await asyncio.sleep(0.05)
        return cached_charts()

    assert run_in_own_thread(live) >= 7
    assert not cache.market().progress().active


def cached_charts() -> int:
    return sum(isinstance(value, Chart) for value in list(cache._results.values()))


def test_no_source_is_asked_when_the_server_starts(tmp_path: Path) -> None:
    """With an empty store, and a network that would be used."""
    code = (
        "import sys, threading; from rut_dash.ui.prefetch import prefetch_default_view;"
        "prefetch_default_view();"
        "names = {thread.name for thread in threading.enumerate()};"
        "print(sorted({'yfinance', 'curl_cffi'} & set(sys.modules)), len(names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PATH": "", "RUT_DASH_STORE": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "[] 2"  # the tests' own, and the timer for the other pages
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_does_not_stop_the_server(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RUT_DASH_MOVE_LIMIT", "much")
    with caplog.at_level("INFO"):
        server._load_first_page()
    assert "not computed in advance: " in caplog.text
    assert gc.get_freeze_count() > 10_000  # the loaded code, which no collection looks through
    assert "RUT_DASH_MOVE_LIMIT" in caplog.text


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({}, "http://localhost:8501/"),
        ({"server.address": "0.0.0.0"}, "http://localhost:8501/"),
        ({"server.address": "::1"}, "http://[::1]:8501/"),
        ({"server.baseUrlPath": "desk/rut"}, "http://localhost:8501/desk/rut"),
        ({"browser.serverAddress": "my.host"}, "http://my.host:8501/"),
    ],
)
def test_the_browser_is_opened_where_the_app_is(
    options: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {
        "server.address": None,
        "server.port": 8501,
        "server.sslCertFile": None,
        "server.baseUrlPath": "",
    }
    monkeypatch.setattr(st, "get_option", lambda name: {**plain, **options}[name])
    monkeypatch.setattr(st.config, "is_manually_set", lambda name: name in options)
    assert server._address() == address
