"""The fault matrix under ``streamlit run``: what a page shows, within which time, what is stored.

One app for a condition, behind the fake Yahoo, in a process of its own and with its own clock;
each fault has symbols of its own, which the app has never tried, and a session of its own on a
store that is as it was before. `Reader` is the page's side of the websocket.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from rut_dash.errors import RateLimited
from rut_dash.market.market import Market
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
from rut_dash.ui.pages import PAGES
from rut_dash.wording import day
from tests import now
from tests.e2e.conftest import UNHURRIED_SOURCE, App, running
from tests.e2e.reader import Reader
from tests.fake_yahoo import FakeFault, FakeYahoo
from tests.faults import CASES, Display, FaultCase
from tests.market.markets import expect_bars

# In seconds. A silent request ends after 0.4 of it, a fetch after 0.9.
PATIENCE = 8.0
INDICES = ("^RUT", "^GSPC")
FAILED = (Display.STORED, Display.DEMO, Display.PREVIOUS_VIEW)
BANNER = "Simulated data, not market prices"


@dataclass
class Stage:
    """A running app, the Yahoo behind it and the folder of its store."""

    app: App
    yahoo: FakeYahoo
    folder: Path
    is_warm: bool

    @property
    def store(self) -> Store:
        return Store(self.folder)

    def set(self, fund: str, benchmark: str) -> None:
        """Serve bars up to the last final session; store what the condition says."""
        for path in self.folder.iterdir():
            if path.is_file():
                path.unlink()
        for symbol in (fund, benchmark, "IWM", "SPY", *INDICES):
            self.yahoo.serve(symbol, now.recent_bars(symbol))
        if self.is_warm:
            now.store_bars(self.store, self.yahoo, fund, sessions_ago=now.SESSIONS_AGO)
            for symbol in (benchmark, *INDICES):
                now.store_bars(self.store, self.yahoo, symbol)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(is_warm, id=name, marks=pytest.mark.xdist_group(f"the app, {name}"))
        for is_warm, name in ((False, "cold"), (True, "warm"))
    ],
)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("store")
    with FakeYahoo() as yahoo:
        environment = {
            "RUT_DASH_STORE": str(folder),
            "RUT_DASH_PATIENCE": str(PATIENCE),
            **yahoo.environment(),
        }
        with running(environment) as app:
            stage = Stage(app, yahoo, folder, request.param)
            stage.set("IWM", "SPY")
            with Reader(app.url) as reader:  # the first run of all imports the charts
                reader.open()
                reader.wait("prices", lambda: "Yahoo Finance" in reader.texts())
                reader.wait("the end", lambda: not reader.texts("progress"))
            yield stage
            log = app.log.read_text()
        assert "Traceback" not in log, log
        fetches = [line for line in log.splitlines() if " fetch symbol=" in line]
        assert len(fetches) > 1
        assert not any("?" in line or "crumb" in line for line in fetches)
        assert "fund=" not in log  # what readers asked for is theirs


@pytest.mark.parametrize("fault_case", CASES, ids=str)
def test_a_fault_is_reported_on_the_pages_and_ends_with_the_fault(
    stage: Stage, fault_case: FaultCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The overview while it lasts, the page Data, and what its button brings once it is over."""
    yahoo, display = stage.yahoo, fault_case.display(stage.is_warm)
    number = CASES.index(fault_case) + 10
    fund, benchmark = f"F{number}", "SPY" if stage.is_warm else f"B{number}"
    stage.set(fund, benchmark)
    file = stage.folder / f"{fund}.parquet"
    before = file.read_bytes() if stage.is_warm else None
    fault_case.start(yahoo)
    with Reader(stage.app.url, query=f"fund={fund}&benchmark={benchmark}") as reader:
        reader.open()
        if display in FAILED:
            reader.wait("the reason", lambda: fault_case.excerpt in reader.warnings)
            expect_failure(reader, fault_case, display, fund)
            reader.open("data")
            assert fault_case.excerpt in reader.texts() or display is Display.PREVIOUS_VIEW
            assert (file.read_bytes() if stage.is_warm else None) == before
            if "believable" in fault_case.excerpt:
                assert "the limit can be raised with RUT_DASH_MOVE_LIMIT" in reader.texts()
        else:
            reader.wait("new prices", lambda: is_new(reader, fund, display))
            expect_prices(reader, display, fund)
            reader.open("data")
        if display is not Display.PREVIOUS_VIEW:
            expect_data_page(reader, fault_case, display, fund)

        yahoo.fail(None)
        if (
            fault_case.error is RateLimited
        ):  # a forced refresh has the same answer, without a request
            yahoo.requests.clear()
            reader.click("refresh_All")
            reader.wait("the end", lambda: "Fetching" not in reader.texts())
            assert fault_case.excerpt in reader.texts()
            assert yahoo.requests == []
            now.age_statuses(stage.folder)
        if display is Display.WRONG:
            reader.click("refresh_All")
            reader.wait("what to do", lambda: "remove their file" in reader.texts())
            reader.wait("the end", lambda: "Fetching" not in reader.texts())
            for path in stage.folder.glob("*.parquet"):
                path.unlink()
        if (
            display is Display.PREVIOUS_VIEW
        ):  # the page has gone back to IWM; another process fetches
            for name, value in yahoo.environment().items():
                monkeypatch.setenv(name, value)
            market = Market(stage.store, YahooSource())
            for symbol in (fund, benchmark):
                assert market.refresh(symbol).error is None
        reader.click("refresh_All")
        legs = "IWM" if display is Display.PREVIOUS_VIEW else fund
        reader.wait("good prices", lambda: is_new(reader, legs, Display.NEW))
        reader.wait("the end", lambda: "Fetching" not in reader.texts())
        assert fault_case.excerpt == "" or fault_case.excerpt not in reader.texts()
    with Reader(stage.app.url, query=f"fund={fund}&benchmark={benchmark}") as reader:
        reader.open()
        assert is_new(reader, fund, Display.NEW)
        assert reader.texts("exception") == ""
    expect_bars(stage.store.read(fund), now.recent_bars())


def test_a_bar_of_an_open_session_is_labelled_and_replaced(stage: Stage) -> None:
    fund, benchmark = "F80", "B80"
    stage.set(fund, benchmark)
    partial = now.store_open_session(stage.store, stage.yahoo, fund)
    now.store_bars(stage.store, stage.yahoo, benchmark)
    label = f"The last bar of {fund} is of a session that was still open when it was fetched."
    stage.yahoo.fail("server_error")
    with Reader(stage.app.url, query=f"fund={fund}&benchmark={benchmark}") as reader:
        reader.open()
        reader.wait("the reason", lambda: "HTTP 500" in reader.warnings)
        assert label in reader.warnings
        assert f"{fund} {partial:,.2f}" in reader.texts()
        reader.open("data")
        assert label in reader.warnings
        stage.yahoo.fail(None)
        reader.click(f"refresh_{fund}")
        reader.wait("the final bar", lambda: is_new(reader, fund, Display.NEW))
        assert label not in reader.warnings
    expect_bars(stage.store.read(fund), now.recent_bars())


def test_no_page_waits_for_a_silent_source(tmp_path: Path) -> None:
    """Each page is drawn while its request is unanswered, and again when the answer is there."""
    with (
        FakeYahoo() as yahoo,
        running(
            {"RUT_DASH_STORE": str(tmp_path), **yahoo.environment()}, code=UNHURRIED_SOURCE
        ) as app,
    ):
        stage = Stage(app, yahoo, tmp_path, is_warm=True)
        for number, spec in enumerate(PAGES.values()):
            fund = f"W{number}"
            stage.set(fund, "SPY")
            yahoo.fail(FakeFault.SILENT)
            with Reader(app.url, spec.address, f"fund={fund}&benchmark=SPY") as reader:
                reader.open()
                assert "Fetching" in reader.texts("progress")
                yahoo.fail(None)
                wait_for_new_prices(reader, fund)


def wait_for_new_prices(reader: Reader, fund: str) -> None:
    reader.wait("new prices", lambda: is_new(reader, fund, Display.NEW))


def test_sessions_and_another_process_share_one_fetch(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund, benchmark = "F81", "B81"
    stage.set(fund, benchmark)
    for name, value in stage.yahoo.environment().items():
        monkeypatch.setenv(name, value)
    stage.yahoo.requests.clear()
    market = Market(stage.store, YahooSource())

    def read() -> None:
        with Reader(stage.app.url, query=f"fund={fund}&benchmark={benchmark}") as reader:
            reader.open()
            wait_for_new_prices(reader, fund)

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(5)]
        other = pool.submit(market.load, fund)
        for future in (*readers, other):
            future.result()
    requests = [request.path for request in stage.yahoo.requests if request.kind == "chart"]
    assert requests.count(f"/v8/finance/chart/{fund}") == 1
    expect_bars(other.result(), now.recent_bars())


def as_of(sessions_ago: int = 0) -> str:
    session = now.recent_bars().index[-1 - sessions_ago]
    return f"As of {session:%A} {day(session)}"


def is_new(reader: Reader, fund: str, display: Display) -> bool:
    """Return True if the newest prices of the fund are displayed."""
    close = now.recent_bars()["close"].iloc[-1] * (100 if display is Display.WRONG else 1)
    text = reader.texts()
    return f"{fund} {close:,.2f}" in text and as_of() in text and BANNER not in text


def expect_failure(reader: Reader, fault_case: FaultCase, display: Display, fund: str) -> None:
    """Expect the reason and the next try, over the stored prices or over the demo."""
    text = reader.texts()
    assert "delisted" not in text
    assert "ext try at 2" in reader.warnings
    if display is Display.STORED:
        last = now.recent_bars().index[-1 - now.SESSIONS_AGO]
        ends = f"Prices of {fund} end on {last:%Y-%m-%d}; newer ones could not be fetched: "
        assert ends in reader.warnings
        assert as_of(now.SESSIONS_AGO) in text
        assert BANNER not in text
        return
    assert BANNER in reader.warnings
    assert "simulated demo" in text
    if display is Display.PREVIOUS_VIEW:
        assert fund not in reader.query
    else:
        assert f"fund={fund}" in reader.query
        assert f"No prices of {fund}" in reader.warnings


def expect_prices(reader: Reader, display: Display, fund: str) -> None:
    text = reader.texts()
    assert "could not be fetched" not in text
    missing = now.recent_bars().index[-5]
    gap = "lacks 1 session of the NYSE, left out and not filled"
    lacks = f"{fund} {gap}: {missing:%Y-%m-%d}"
    assert (lacks in text) is (display is Display.NEW_WITH_GAP)


def expect_data_page(reader: Reader, fault_case: FaultCase, display: Display, fund: str) -> None:
    """Expect the last problem and the next try of the symbol in the table of the page Data."""
    tables = reader.texts("table")
    row = next(line for line in tables.splitlines() if line.startswith(f"{fund},"))
    failed = display in FAILED
    assert fault_case.excerpt in row or not failed
    if display is Display.NEW_WITH_GAP:
        missing = now.recent_bars().index[-5]
        assert f"{fund},{missing:%Y-%m-%d}" in tables
    moments = (display is not Display.DEMO) + (
        failed or display is Display.NEW_WITH_GAP
    )  # fetched, next try
    assert row.count(" UTC") == moments


def test_symbols_of_the_cases_have_the_bars_of_iwm() -> None:
    """A symbol of a case has IWM's bars, so that figures tell which symbol a page displays."""
    assert now.recent_bars("F10").equals(now.recent_bars("IWM"))
    assert not now.recent_bars("SPY").equals(now.recent_bars("IWM"))
