"""The first run: the demo at once, the real prices when they come, and why they do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rut_dash.market.sources.demo import DemoSource
from tests.e2e.conftest import Tab, running
from tests.fake_yahoo import FakeYahoo

pytestmark = pytest.mark.browser


def test_prices_replace_the_demo_without_a_reload(
    tmp_path: Path, open_tab: Callable[..., Tab]
) -> None:
    with FakeYahoo() as yahoo:
        for symbol, source, factor in (
            ("IWM", "IWM", 2.0),
            ("SPY", "SPY", 2.0),
            ("^RUT", "IWM", 10.0),
            ("^GSPC", "SPY", 10.0),
        ):
            bars = DemoSource().fetch(source).bars.copy()
            bars[["open", "high", "low", "close", "adj_close", "dividend"]] *= factor
            yahoo.serve(symbol, bars)
        yahoo.fail("refused")
        environment = {"RUT_DASH_STORE": str(tmp_path), **yahoo.environment()}
        with running(environment) as app:
            tab = open_tab(app)
            tab.open()
            assert tab.metric("IWM close") == "290.43"
            banner = tab.page.get_by_test_id("stAlert").first
            expect(banner).to_contain_text("Simulated data")
            expect(banner).to_contain_text("Next try at", timeout=30_000)
            assert tab.metric("IWM close") == "290.43"
            tab.page.evaluate("() => { window.notReloaded = true }")
            yahoo.fail(None)
            tab.page.get_by_test_id("stSidebar").get_by_role("link", name="Data").click()
            expect(tab.page.locator("h1")).to_have_text("Data")
            tab.page.get_by_role("button", name="All", exact=True).click()
            expect(tab.page.get_by_text("Simulated data")).to_have_count(0, timeout=40_000)
            tab.settle()
            assert tab.metric("IWM close") == "580.86"
            assert tab.page.evaluate("() => window.notReloaded") is True
            tab.nothing_wrong()


def test_the_demo_says_so_everywhere(tmp_path: Path, open_tab: Callable[..., Tab]) -> None:
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
