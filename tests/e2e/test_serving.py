"""A page opened by its address: from where it is served, over which way, and what is sent."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Request

from tests.e2e.conftest import ROOT, App, Tab, running
from tests.e2e.reader import Reader

OFFLINE = {"RUT_DASH_OFFLINE": "1"}


def asked_for_by(tab: Tab) -> list[str]:
    """Return what the tab asks the server for by itself, from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "_stcore" in request.url:
            asked.append(request.url.removeprefix(tab.app.url))

    tab.page.on("request", note)
    return asked


@pytest.mark.browser
@pytest.mark.parametrize("path", ["", "relative", "data"])
def test_the_server_is_found_at_once(path: str, tab: Tab) -> None:
    asked = asked_for_by(tab)
    tab.open(path)
    assert sorted(asked) == ["/_stcore/health", "/_stcore/host-config"]
    tab.nothing_wrong()


@pytest.mark.browser
def test_an_app_under_a_folder_of_its_own(open_tab: Callable[..., Tab]) -> None:
    with running(OFFLINE, "desk/rut") as app:
        tab = open_tab(app)
        asked = asked_for_by(tab)
        tab.open("desk/rut/drawdowns", "window=1Y")
        assert asked == ["/desk/rut/_stcore/health", "/desk/rut/_stcore/host-config"]
        walked(tab, "desk/rut/")


@pytest.mark.browser
def test_a_proxy_that_serves_it_under_a_folder(app: App, open_tab: Callable[..., Tab]) -> None:
    with proxy(int(app.url.rpartition(":")[2]), "/team") as port:
        tab = open_tab(App(f"http://127.0.0.1:{port}", app.log, app.process))
        asked = asked_for_by(tab)
        tab.open("team/drawdowns", "window=1Y")
        assert asked == ["/team/_stcore/health", "/team/_stcore/host-config"]
        walked(tab, "team/")


def walked(tab: Tab, folder: str) -> None:
    """Fail unless the page under a folder stands, and another is reached by its link."""
    assert tab.page.locator("h1").inner_text() == "Drawdowns"
    tab.page.get_by_test_id("stPageLink").get_by_text("Claims", exact=True).click()
    tab.page.wait_for_function("document.querySelector('h1')?.innerText === 'Claims'")
    tab.wait_until_drawn()
    assert tab.page.url.removeprefix(tab.app.url).startswith(f"/{folder}claims")
    tab.page.reload()
    tab.wait_until_drawn()
    assert tab.page.locator("h1").inner_text() == "Claims"
    tab.nothing_wrong()


@contextmanager
def proxy(port: int, folder: str) -> Iterator[int]:
    """Serve under a folder what a server has at its root, as a proxy of a company does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def forever() -> None:
            while True:
                try:
                    there, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=carry, args=(there,), daemon=True).start()

        def carry(there: socket.socket) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                part = there.recv(65536)
                if not part:
                    there.close()
                    return
                head += part
            first, _, rest = head.partition(b"\r\n")
            method, path, version = first.split(b" ")
            assert path.startswith(folder.encode())
            if b"upgrade: websocket" not in rest.lower():  # one request for each connection
                rest = rest.replace(b"Connection: keep-alive", b"Connection: close")
            here = socket.create_connection(("127.0.0.1", port))
            path = path.removeprefix(folder.encode()) or b"/"
            here.sendall(b" ".join((method, path, version)) + b"\r\n" + rest)
            threading.Thread(target=pour, args=(there, here), daemon=True).start()
            pour(here, there)

        def pour(source: socket.socket, sink: socket.socket) -> None:
            with closing(sink):
                try:
                    while part := source.recv(65536):
                        sink.sendall(part)
                except OSError:
                    return

        threading.Thread(target=forever, daemon=True).start()
        yield listening.getsockname()[1]


def test_scripts_are_compressed_and_kept(app: App) -> None:
    folder = Path(sys.modules["streamlit"].__file__ or "").parent / "static" / "static" / "js"
    largest = max(folder.glob("*.js"), key=lambda path: path.stat().st_size)
    asking = urllib.request.Request(
        f"{app.url}/static/js/{largest.name}", headers={"Accept-Encoding": "gzip"}
    )
    with urllib.request.urlopen(asking) as answer:
        sent = answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    whole = largest.read_bytes()
    assert gzip.decompress(sent) == whole
    assert len(sent) < 0.4 * len(whole)
    with urllib.request.urlopen(asking.full_url) as answer:
        assert answer.headers["Content-Encoding"] is None
        assert answer.read() == whole
        strong = answer.headers["ETag"]
    with urllib.request.urlopen(asking) as answer:
        assert answer.read() == sent
        assert answer.headers["ETag"] == f"W/{strong}"
        assert answer.headers["Content-Length"] == str(len(sent))
        assert "Accept-Encoding" in answer.headers["Vary"]
    for tag in (strong, f"W/{strong}"):
        asking.add_header("If-None-Match", tag)
        with pytest.raises(urllib.error.HTTPError) as unchanged:
            urllib.request.urlopen(asking)
        assert unchanged.value.code == 304
        unchanged.value.close()
    part = urllib.request.Request(
        asking.full_url, headers={"Accept-Encoding": "gzip", "Range": "bytes=100-199"}
    )
    with urllib.request.urlopen(part) as answer:
        assert answer.status == 206
        assert answer.read() == whole[100:200]


def test_a_link_says_what_it_is_about(app: App) -> None:
    with urllib.request.urlopen(f"{app.url}/relative?window=1Y") as answer:
        text = answer.read().decode()
        assert answer.headers["Cache-Control"] == "no-cache"
    assert '<meta property="og:title" content="rut_dash">' in text
    assert "<title>rut_dash</title>" in text


def test_it_ends_while_readers_are_there(tmp_path: Path) -> None:
    with running({**OFFLINE, "RUT_DASH_STORE": str(tmp_path)}) as app, Reader(app.url) as reader:
        reader.open()
        before = time.monotonic()
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(60)
        assert time.monotonic() - before < 10
        assert "Traceback" not in app.log.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the browser")
def test_a_browser_is_opened_where_there_is_a_screen(tmp_path: Path) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    process = subprocess.Popen(
        [*command, "--server.headless=false"],
        cwd=ROOT,
        env={**os.environ, **OFFLINE, "BROWSER": str(browser)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not opened.exists():
            time.sleep(0.1)
        time.sleep(0.2)
        assert opened.read_text().strip() == f"http://localhost:{port}/"
    finally:
        process.terminate()
        process.wait(60)
