"""Every page in Chromium: drawn without an error, accessible, and fit for a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from rut_dash.ui.pages import PAGES
from tests.e2e.conftest import PHONE, App, Tab

pytestmark = pytest.mark.browser

PATHS = {key: "" if key == "overview" else key for key in PAGES}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("key", list(PAGES))
def test_page_is_drawn_and_accessible(
    key: str, theme: str, app: App, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(app, theme=theme)
    tab.open(PATHS[key])
    tab.nothing_wrong()
    assert tab.page.locator("h1").inner_text() == PAGES[key].label
    assert tab.metric("IWM close") == "290.43"
    background = tab.page.evaluate(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert (sum(map(int, background[4:-1].split(","))) < 200) == (theme == "dark")
    found = Axe().run(tab.page).response["violations"]
    serious = [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize("key", list(PAGES))
def test_a_phone_does_not_scroll_sideways(key: str, app: App, open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(app, PHONE)
    tab.open(PATHS[key])
    tab.nothing_wrong()
    wider = tab.page.evaluate(
        """() => {
          const main = document.querySelector('[data-testid=stMain]');
          const outside = [...main.querySelectorAll('[data-testid=stMetric], h1, h2, button,'
            + '[data-testid=stPlotlyChart], [data-testid=stDataFrame]')]
            .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
            .map(e => e.outerHTML.slice(0, 120));
          return [main.scrollWidth - main.clientWidth, outside];
        }"""
    )
    assert wider == [0, []]


@pytest.mark.parametrize(
    ("theme", "query"),
    [
        ("light", ""),
        ("dark", ""),
        ("light", "columns=fund"),
        ("light", "columns=benchmark&benchmark=%5EGSPC"),
    ],
)
def test_the_table_of_events_fits_its_page_without_scrolling_sideways(
    theme: str, query: str, app: App, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(app, theme=theme)
    tab.open("events", query)
    table = tab.page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    expect(table).to_be_visible()
    width, needed = table.evaluate("e => [e.clientWidth, e.scrollWidth]")
    assert needed <= width
