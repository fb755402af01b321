"""The real app in a process of its own, and a real browser in front of it; loopback only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    expect,
    sync_playwright,
)

from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.store import Store

ROOT = Path(__file__).resolve().parent.parent.parent
WIDE = (1440, 900)
PHONE = (390, 844)


def stored(symbol: str, source: str = "IWM") -> PriceHistory:
    """Return bars in the shape of real ones under a symbol, not marked as simulated."""
    bars = DemoSource().fetch(source).bars
    if symbol.startswith("^"):
        bars = bars.assign(dividend=0.0, split=0.0)
    return PriceHistory(symbol, bars, Provenance("Test bars", datetime(2026, 5, 30, tzinfo=UTC)))


# What ``python -m streamlit`` does.
_RUN_STREAMLIT = "import runpy; runpy.run_module('streamlit', run_name='__main__', alter_sys=True)"


@dataclass
class App:
    """A running app."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]


# Code for `running`: requests and calls of the source last as long as a test holds them.
UNHURRIED_SOURCE = "from rut_dash.market.sources import base; base.PATIENCE = 600.0"
# Code for `running`: a page where nothing is fetched looks for changes every second.
EAGER_PAGES = "from rut_dash.ui import live_prices; live_prices._IDLE_INTERVAL = 1.0"


@contextmanager
def running(environment: dict[str, str], folder: str = "", code: str = "") -> Iterator[App]:
    """Run the app as the README says, with an environment of its own, under a folder.

    Where there is ``code``, the process runs it first: it may change limits of time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RUT_DASH_")}
    log = Path(tempfile.mkstemp(suffix=".log")[1])
    start = ["-c", f"{code}; {_RUN_STREAMLIT}"] if code else ["-m", "streamlit"]
    command = [sys.executable, *start, "run", "app.py", "--server.headless=true"]
    options = [
        "--server.address=127.0.0.1",
        f"--server.port={port}",
        "--server.fileWatcherType=none",
        f"--server.baseUrlPath={folder}",
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env=clean | environment, stdout=out, stderr=out
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(f"{url}/{folder}/_stcore/health".replace("//_", "/_"), process, log)
            yield App(url, log, process)
        finally:
            process.terminate()
            process.wait(120)
            log.unlink()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    pytest.fail(f"the app did not start:\n{log.read_text()}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests of a file that share a server run in one process.

    Each process starts a server of its own, once; of two, both have as much to do.
    """
    here = Path(__file__).parent
    for item in items:
        is_apart = item.get_closest_marker("xdist_group") is not None
        if item.path.is_relative_to(here) and not is_apart and "app" in _fixture_names(item):
            item.add_marker(pytest.mark.xdist_group(f"the app on a filled store: {item.path.stem}"))


def _fixture_names(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Run the app on a filled store, without a network."""
    store = tmp_path_factory.mktemp("store")
    for symbol, source in (("IWM", "IWM"), ("SPY", "SPY"), ("^RUT", "IWM"), ("^GSPC", "SPY")):
        Store(str(store)).write(stored(symbol, source))
    with running({"RUT_DASH_STORE": str(store), "RUT_DASH_OFFLINE": "1"}) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium: the one that is named or installed, else Playwright's own."""
    named = os.environ.get("RUT_DASH_CHROMIUM", "/usr/bin/chromium")
    executable = named if Path(named).exists() else None
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Tab:
    """A browser tab on a running app, with what its console says."""

    app: App
    page: Page
    problems: list[str] = field(default_factory=list)

    def open(self, path: str = "", query: str = "") -> None:
        """Follow a link to a page."""
        self.page.goto(f"{self.app.url}/{path}{f'?{query}' if query else ''}")
        self.wait_until_drawn()

    def wait_until_drawn(self) -> None:
        """Wait until the script is through and the charts are drawn, and that stays so."""
        self.page.wait_for_selector("h1")
        self.page.evaluate("() => { window.drawnSince = 0 }")
        self.page.wait_for_function(_DRAWN)

    def text(self) -> str:
        """Return what a reader reads."""
        return self.page.inner_text("[data-testid=stMain]")

    def metric(self, heading: str) -> str:
        """Return a figure of the header, of the fund where ``heading`` names no symbol.

        Parameters
        ----------
        heading
            Of the column, such as ``From the high``; a symbol before it names the row.
        """
        symbol, _, rest = heading.partition(" ")
        line = self.page.locator(".rut-legs-line .rut-leg", has_text=f"{symbol} ")
        if rest == "close" and line.count():
            return line.inner_text().split()[1]
        rows = self.page.locator(".rut-legs tbody tr")
        named = rows.filter(has=self.page.locator("b", has_text=symbol))
        row = named.first if named.count() else rows.first
        heading = rest.capitalize() if named.count() else heading
        headings = self.page.locator(".rut-legs thead th").all_inner_texts()
        return row.locator("td").nth(headings.index(heading) - 1).locator("strong").inner_text()

    def chart(self, at: int = 0) -> str:
        """Return the title, values and axis labels of a chart: what a change of it changes."""
        return self.page.locator(".rut-chart").nth(at).inner_text()

    def nothing_wrong(self) -> None:
        """Fail if there is an exception on the page or a problem in the console."""
        assert self.page.locator("[data-testid=stException]").count() == 0, self.app.log.read_text()
        assert self.problems == []


# Milliseconds that a busy machine may take for anything; a test that passes waits no longer
# than it needs.
PATIENCE: Final = 120_000
expect.set_options(timeout=PATIENCE)

# Notes whether the server has sent anything since the page's last request to it.
_NOTE_REQUESTS = """(() => {
  const send = WebSocket.prototype.send;
  const noted = new WeakSet();
  WebSocket.prototype.send = function (...data) {
    if (!noted.has(this)) {
      noted.add(this);
      this.addEventListener('message', () => { window.isUnanswered = false });
    }
    window.isUnanswered = true;
    return send.apply(this, data);
  };
})()"""

# A click that was just made has sent its request, but its run may not have begun yet.
_DRAWN = """() => {
  const drawn = () => {
    if (window.isUnanswered) return false;
    const app = document.querySelector('[data-testid=stApp]');
    if (!app || app.dataset.testScriptState !== 'notRunning') return false;
    if (document.querySelector('[data-stale=true], [data-testid=stSkeleton]')) return false;
    const parts = [...document.querySelectorAll('.stBidiComponent')];
    return parts.every(part => part.querySelector('.rut-table, .rut-chart .main-svg'));
  };
  window.drawnSince = drawn() ? window.drawnSince || performance.now() : 0;
  return window.drawnSince > 0 && performance.now() - window.drawnSince > 250;
}"""


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Return what opens a tab, in a browser profile of its own."""
    contexts: list[BrowserContext] = []

    def open_in_browser(app: App, size: tuple[int, int] = WIDE, theme: str = "light") -> Tab:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "dark" else "light",
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(_NOTE_REQUESTS)
        contexts.append(context)
        tab = Tab(app, context.new_page())

        def note(message: ConsoleMessage) -> None:
            if message.type == "error":
                tab.problems.append(message.text)

        def refused(response: Response) -> None:
            if response.status >= 400:
                tab.problems.append(f"{response.status} {response.url}")

        tab.page.on("console", note)
        tab.page.on("response", refused)
        tab.page.on("pageerror", lambda error: tab.problems.append(str(error)))
        return tab

    yield open_in_browser
    for context in contexts:
        context.close()


@pytest.fixture
def tab(app: App, open_tab: Callable[..., Tab]) -> Tab:
    """Return a wide, light tab on the filled app."""
    wide_tab: Tab = open_tab(app)
    return wide_tab
