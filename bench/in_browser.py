"""What a reader waits for in headless Chromium; times are the page's own, from frame to frame."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.figures import Figure
from bench.over_websocket import page_addresses
from bench.server import Server
from rut_dash.ui.pages import PAGES, PageSpec


class NoBrowser(RuntimeError):
    """There is no Chromium to measure with."""


# A page is painted once the script is through, nothing is stale and every chart is drawn, and
# that stays so for a while; the time is that of the first frame at which it was so.
_WATCH: Final = """
(() => {
  const isDrawn = () => {
    const app = document.querySelector('[data-testid=stApp]');
    if (!app || app.dataset.testScriptState !== 'notRunning') return false;
    if (!document.querySelector('h1')) return false;
    if (document.querySelector('[data-testid=stSkeleton], [data-stale=true]')) return false;
    const parts = [...document.querySelectorAll('.stBidiComponent')];
    return parts.every(part => part.querySelector('.rut-table, .rut-chart .main-svg'));
  };
  window.bench = {start: 0, painted: 0, frames: []};
  window.benchFrom = (start, condition) => {
    const bench = window.bench = {start, painted: 0, frames: []};
    let drawnAt = 0;
    const check = () => {
      const now = performance.now();
      bench.frames.push(now);
      if (isDrawn() && (!condition || condition())) {
        drawnAt = drawnAt || now;
        if (now - drawnAt > 150) { bench.painted = drawnAt; return; }
      } else drawnAt = 0;
      requestAnimationFrame(check);
    };
    requestAnimationFrame(check);
  };
  window.benchFrom(0, null);
})()
"""
_CLICK_WINDOW: Final = """label => {
  const button = [...document.querySelectorAll('button')].find(b => b.innerText.trim() === label);
  const chart = () => document.querySelector('.js-plotly-plot');
  const before = chart().layout.xaxis.range.join();
  const changed = () => chart() && chart().layout.xaxis.range.join() !== before;
  const clicked = () => window.benchFrom(performance.now(), changed);
  button.addEventListener('click', clicked, {once: true});
  button.click();
}"""
_CLICK_LINK: Final = """label => {
  const links = [...document.querySelectorAll('[data-testid=stPageLink] a')];
  const link = links.find(a => a.innerText.trim().endsWith(label));
  const arrived = () => document.querySelector('h1').innerText.trim() === label;
  const clicked = () => window.benchFrom(performance.now(), arrived);
  link.addEventListener('click', clicked, {once: true});
  link.click();
}"""
_LONGEST_FRAME: Final = """() => {
  const frames = window.bench.frames;
  return Math.max(...frames.slice(1).map((at, n) => at - frames[n]));
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium: the one that is named or installed, else Playwright's own.

    Raises
    ------
    NoBrowser
        If there is none.
    """
    named = os.environ.get("RUT_DASH_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        if not named and not own.exists():
            raise NoBrowser("Chromium is not installed (RUT_DASH_CHROMIUM names one)")
        browser = playwright.chromium.launch(executable_path=named, args=["--no-sandbox"])
        yield browser
        browser.close()


def _tab(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(_WATCH)
    return context.new_page()


def _time_to_paint(tab: Page) -> float:
    """Return the milliseconds from the start to the paint."""
    tab.wait_for_function("window.bench.painted > 0", timeout=60_000)
    milliseconds: float = tab.evaluate("window.bench.painted - window.bench.start")
    return milliseconds


def _open_page(tab: Page, url: str) -> float:
    tab.goto(url)
    return _time_to_paint(tab)


@dataclass
class _Samples:
    """The samples of one action: the reader's milliseconds and the server's."""

    server: Server
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, action: Callable[[], float]) -> None:
        """Do the action once more and record what it takes."""
        before = self.server.cpu
        self.times.append(action())
        self.cpu.append(1e3 * (self.server.cpu - before))

    def figure(self, group: str, name: str, base: Sequence[float], limit: float) -> Figure:
        """Return the figure against the empty page, with the mean CPU: its clock ticks in 10 ms."""
        cpu = statistics.mean(self.cpu)
        times = tuple(self.times)
        return Figure(group, name, "ms", times, tuple(base), "ratio", limit, cpu)


def navigation(browser: Browser, app: Server, empty: Server, *, quick: bool) -> Iterator[Figure]:
    """Open each page by its address, in a browser that has the scripts, and the empty page."""
    rounds = 3 if quick else 9
    tab, other = _tab(browser), _tab(browser)
    samples = {name: _Samples(app) for name in page_addresses()}
    base: list[float] = []
    for page in page_addresses().values():  # fills the browser's caches
        _open_page(other, empty.url)
        _open_page(tab, f"{app.url}/{page}")
    for _ in range(rounds):
        base += [_open_page(other, empty.url) for _ in range(2)]
        for name, page in page_addresses().items():
            samples[name].add(partial(_open_page, tab, f"{app.url}/{page}"))
    tab.context.close()
    other.context.close()
    for name, of_page in samples.items():
        yield of_page.figure("navigation", f"page opened to its last chart: {name}", base, 3.5)


def links(browser: Browser, app: Server, empty: Server, *, quick: bool) -> Iterator[Figure]:
    """Go from page to page by their links, against opening the empty page."""
    tab, other = _tab(browser), _tab(browser)
    _open_page(other, empty.url)
    _open_page(tab, app.url)
    samples = {name: _Samples(app) for name in page_addresses()}
    base: list[float] = []

    def click_link(name: str) -> float:
        tab.evaluate(_CLICK_LINK, name)
        return _time_to_paint(tab)

    first, *others = page_addresses()
    around = (*others, first)
    for name in around:
        click_link(name)
    for _ in range(3 if quick else 8):
        base.append(_open_page(other, empty.url))
        for name in around:
            samples[name].add(partial(click_link, name))
    tab.context.close()
    other.context.close()
    for name, of_page in samples.items():
        yield of_page.figure("links", f"page reached by its link: {name}", base, 3.5)


def _windowed_pages() -> list[PageSpec]:
    """Return the pages with charts by window."""
    return [spec for spec in PAGES.values() if spec.has_window and spec.charts]


def window_change(browser: Browser, app: Server, empty: Server, *, quick: bool) -> Iterator[Figure]:
    """Click another window on each page that has one, against opening the empty page."""
    for spec in _windowed_pages():
        yield _window_change(browser, app, empty, spec, quick=quick)


def _window_change(
    browser: Browser, app: Server, empty: Server, spec: PageSpec, *, quick: bool
) -> Figure:
    tab, other = _tab(browser), _tab(browser)
    _open_page(other, empty.url)
    _open_page(tab, f"{app.url}/{spec.address}")
    samples = _Samples(app)
    base: list[float] = []

    def change(label: str) -> float:
        tab.evaluate(_CLICK_WINDOW, label)
        return _time_to_paint(tab)

    labels = ("6M", "1Y", "3M")
    for label in labels:
        change(label)
    for _ in range(2 if quick else 7):
        base.append(_open_page(other, empty.url))
        for label in labels:
            samples.add(partial(change, label))
    tab.context.close()
    other.context.close()
    return samples.figure("window", f"window changed, click to paint: {spec.label}", base, 1.2)


def zoom(browser: Browser, app: Server, *, quick: bool) -> Iterator[Figure]:
    """Zoom into two years by dragging, and out again; the worst frame of each time."""
    for spec in _windowed_pages():
        yield _zoom(browser, app, spec, quick=quick)


def _zoom(browser: Browser, app: Server, spec: PageSpec, *, quick: bool) -> Figure:
    tab = _tab(browser)
    _open_page(tab, f"{app.url}/{spec.address}?window=2024-05-30..2026-05-29")
    plot = tab.locator(".rut-pointer").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    worst: list[float] = []
    for turn in range(3 if quick else 8):
        y = box["y"] + box["height"] / 2
        left, right = (box["x"] + box["width"] * share for share in (0.25, 0.75))
        tab.evaluate("window.benchFrom(performance.now(), () => window.zoomed)")
        tab.evaluate("window.zoomed = false")
        tab.mouse.move(left, y)
        tab.mouse.down()
        tab.mouse.move(right, y, steps=24)
        tab.mouse.up()
        tab.wait_for_timeout(300)
        tab.mouse.dblclick(left, y)
        tab.wait_for_timeout(500)
        tab.evaluate("window.zoomed = true")
        _time_to_paint(tab)
        if turn:
            worst.append(tab.evaluate(_LONGEST_FRAME))
    tab.context.close()
    return Figure(
        "zoom",
        f"worst frame while zooming two years: {spec.label}",
        "ms",
        tuple(worst),
        (),
        "largest",
        120.0,
    )
