"""The first run: the demo at once, the real prices when they come, and why they do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rut_dash.market.history import PriceHistory
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.store import Store
from tests.e2e.conftest import EAGER_PAGES, UNHURRIED_SOURCE, Tab, running, stored
from tests.fake_yahoo import FakeYahoo

pytestmark = pytest.mark.browser


def serve(yahoo: FakeYahoo) -> None:
    """Serve bars that nobody can take for the demo's: twice as high."""
    for symbol, source in (("IWM", "IWM"), ("SPY", "SPY"), ("^RUT", "IWM"), ("^GSPC", "SPY")):
        bars = DemoSource().fetch(source).bars.copy()
        bars[["open", "high", "low", "close", "adj_close", "dividend"]] *= 2.0
        yahoo.serve(symbol, bars)


def test_fetched_prices_replace_the_demo_without_a_click(
    tmp_path: Path, open_tab: Callable[..., Tab]
) -> None:
    with FakeYahoo() as yahoo:
        serve(yahoo)
        yahoo.fail("silent")
        environment = {"RUT_DASH_STORE": str(tmp_path), **yahoo.environment()}
        with running(environment, code=UNHURRIED_SOURCE) as app:
            tab = open_tab(app)
            tab.page.goto(app.url)
            banner = tab.page.get_by_test_id("stAlert").filter(has_text="Simulated data")
            expect(banner).to_contain_text("are being fetched")
            expect(tab.page.get_by_test_id("stProgress")).to_contain_text("of 4 symbols")
            assert tab.metric("IWM close") == "290.43"
            tab.page.evaluate("() => { window.notReloaded = true }")
            yahoo.fail(None)
            expect(banner).to_have_count(0)
            tab.wait_until_drawn()
            assert tab.metric("IWM close") == "580.86"
            assert tab.metric("SPY close") == "1,512.96"
            assert "SIMULATED" not in tab.text()
            assert tab.page.evaluate("() => window.notReloaded") is True
            tab.nothing_wrong()


def test_a_reader_fetches_again_once_the_source_is_back(
    tmp_path: Path, open_tab: Callable[..., Tab]
) -> None:
    with FakeYahoo() as yahoo:
        serve(yahoo)
        yahoo.fail("refused")
        with running({"RUT_DASH_STORE": str(tmp_path), **yahoo.environment()}) as app:
            tab = open_tab(app)
            tab.open("data")
            banner = tab.page.get_by_test_id("stAlert").filter(
                has_text="No prices of IWM and SPY from Yahoo Finance"
            )
            expect(banner).to_contain_text("Next try at")
            yahoo.fail(None)
            tab.page.get_by_role("button", name="All", exact=True).click()
            # While they are fetched the demo stays, under another reason.
            simulated = tab.page.get_by_test_id("stAlert").filter(has_text="Simulated data")
            expect(simulated).to_have_count(0)
            tab.wait_until_drawn()
            assert tab.metric("IWM close") == "580.86"
            tab.nothing_wrong()


def test_pages_follow_a_store_that_another_process_fills(
    tmp_path: Path, open_tab: Callable[..., Tab]
) -> None:
    store = Store(str(tmp_path))
    environment = {"RUT_DASH_STORE": str(tmp_path), "RUT_DASH_OFFLINE": "1"}
    with running(environment, code=EAGER_PAGES) as app:
        tab = open_tab(app)
        tab.open("relative", "window=1Y")
        banner = tab.page.get_by_test_id("stAlert").filter(has_text="Simulated data")
        expect(banner).to_be_visible()
        for symbol in ("IWM", "SPY"):
            store.write(stored(symbol))
        expect(banner).to_have_count(0)
        tab.wait_until_drawn()
        assert "Test bars" in tab.text()
        shorter = stored("IWM")
        store.write(PriceHistory("IWM", shorter.bars.iloc[:-1], shorter.provenance))
        expect(tab.page.get_by_text("As of Thursday 2026-05-28").first).to_be_visible()
        tab.nothing_wrong()


def test_the_demo_is_labelled_on_pages_and_in_exports(
    tmp_path: Path, open_tab: Callable[..., Tab]
) -> None:
    environment = {"RUT_DASH_STORE": str(tmp_path), "RUT_DASH_OFFLINE": "1"}
    with running(environment) as app:
        tab = open_tab(app)
        tab.open()
        expect(tab.page.get_by_test_id("stAlert").first).to_contain_text("Simulated data")
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name="Table as CSV").click()
        text = Path(download.value.path()).read_text()
        assert "# simulated: yes" in text
        assert "# as of: 2026-05-29" in text
        assert "# basis: price" in text
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name="Chart as HTML").first.click()
        page = Path(download.value.path()).read_text()
        assert "Simulated data, not market prices" in page
        tab.nothing_wrong()
