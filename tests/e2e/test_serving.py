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


def recorded_requests(tab: Tab) -> list[str]:
    """Return what the tab asks the server for by itself, from now on."""
    requests: list[str] = []

    def note(request: Request) -> None:
        if "_stcore" in request.url:
            requests.append(request.url.removeprefix(tab.app.url))

    tab.page.on("request", note)
    return requests


@pytest.mark.browser
@pytest.mark.parametrize("path", ["", "relative", "data"])
def test_a_page_finds_its_server_with_two_requests(path: str, tab: Tab) -> None:
    requests = recorded_requests(tab)
    tab.open(path)
    assert sorted(requests) == ["/_stcore/health", "/_stcore/host-config"]
    tab.nothing_wrong()


@pytest.mark.browser
def test_an_app_under_a_base_path_finds_its_server(open_tab: Callable[..., Tab]) -> None:
    with running(OFFLINE, "desk/rut") as app:
        tab = open_tab(app)
        requests = recorded_requests(tab)
        tab.open("desk/rut/drawdowns", "window=1Y")
        assert requests == ["/desk/rut/_stcore/health", "/desk/rut/_stcore/host-config"]
        walked(tab, "desk/rut/")


@pytest.mark.browser
def test_an_app_behind_a_proxy_with_a_path_finds_its_server(
    app: App, open_tab: Callable[..., Tab]
) -> None:
    with proxy(int(app.url.rpartition(":")[2]), "/team") as port:
        tab = open_tab(App(f"http://127.0.0.1:{port}", app.log, app.process))
        requests = recorded_requests(tab)
        tab.open("team/drawdowns", "window=1Y")
        assert requests == ["/team/_stcore/health", "/team/_stcore/host-config"]
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


def test_scripts_are_served_as_they_are_and_cached_for_a_year(app: App) -> None:
    """Streamlit leaves compressing them to a proxy: a browser fetches each of them once."""
    folder = Path(sys.modules["streamlit"].__file__ or "").parent / "static" / "static" / "js"
    largest = max(folder.glob("*.js"), key=lambda path: path.stat().st_size)
    request = compressed_request(f"{app.url}/static/js/{largest.name}")
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] is None
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        tag = answer.headers["ETag"]
        assert answer.read() == largest.read_bytes()
    request.add_header("If-None-Match", tag)
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        urllib.request.urlopen(request)
    assert unchanged.value.code == 304
    unchanged.value.close()


def answer_at(url: str, *, compressed: bool = False) -> tuple[int, list[str], bytes]:
    """Return status, encodings and content of an answer, whatever its status."""
    request = compressed_request(url) if compressed else urllib.request.Request(url)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        encodings = answer.headers.get_all("Content-Encoding") or []
        return answer.status, encodings, answer.read()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("component.js", 404),
        ("app/static/style.css", 200),  # Streamlit answers with its document
        ("a/b.js", 404),
        ("index.html", 200),
    ],
)
def test_a_file_outside_the_static_folder_is_compressed_once(
    path: str, status: int, app: App
) -> None:
    found, encodings, plain = answer_at(f"{app.url}/{path}")
    assert (found, encodings) == (status, [])
    assert plain.startswith(b"<!")
    found, encodings, packed = answer_at(f"{app.url}/{path}", compressed=True)
    # An answer of a few lines is not worth compressing.
    assert encodings == (["gzip"] if len(plain) > 1000 else [])
    assert (gzip.decompress(packed) if encodings else packed) == plain


@pytest.mark.parametrize(
    "path", ["drawdowns/index.html", "nothing", "claims/a/b", "x.js", "overview"]
)
def test_an_unknown_address_ends_on_a_page_with_a_sentence(path: str, app: App, tab: Tab) -> None:
    answer = tab.page.goto(f"{app.url}/{path}")
    assert answer is not None
    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "no page at this address" in tab.page.locator("body").inner_text()
    tab.page.get_by_role("link", name="Open the overview").click()
    tab.wait_until_drawn()
    assert tab.page.locator("h1").inner_text() == "Overview"
    # The browser notes the status of that address, once by itself and once for the console.
    assert [problem for problem in tab.problems if "404" not in problem] == []
    assert len(tab.problems) == 2


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory from /proc")
def test_unknown_paths_take_no_memory(app: App) -> None:
    """What is kept for every path would grow in every round: here by 4 MB of names alone."""
    grown = []
    for turn in range(8):
        before = memory_of(app)
        for n in range(500):
            answer_at(f"{app.url}/{'x' * 8000}{turn}-{n}.js", compressed=True)
        grown.append(memory_of(app) - before)
        if grown[-1] < 1e6:
            return
    pytest.fail(f"the server's memory grew in every round, in bytes: {grown}")


def memory_of(app: App) -> int:
    """Return the resident memory of the server in bytes."""
    pages = int(Path(f"/proc/{app.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def compressed_request(url: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})


def test_a_page_document_has_a_title_for_link_previews(app: App) -> None:
    with urllib.request.urlopen(f"{app.url}/relative?window=1Y") as answer:
        text = answer.read().decode()
        assert answer.headers["Cache-Control"] == "no-cache"
    assert '<meta property="og:title" content="rut_dash">' in text
    assert "<title>rut_dash</title>" in text


def test_the_server_stops_with_open_sessions(tmp_path: Path) -> None:
    with running({**OFFLINE, "RUT_DASH_STORE": str(tmp_path)}) as app, Reader(app.url) as reader:
        reader.open()
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(120)
        assert "Traceback" not in app.log.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the browser")
def test_a_browser_is_opened_where_there_is_a_screen(tmp_path: Path) -> None:
    record, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {record}\n')
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
        while time.monotonic() < deadline and not (record.exists() and record.read_text()):
            time.sleep(0.1)
        assert record.read_text().strip() == f"http://localhost:{port}/"
    finally:
        process.terminate()
        process.wait(120)
