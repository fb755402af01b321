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
    assert "290.43" in tab.page.locator(".rut-legs, .rut-legs-line").inner_text()
    background = tab.page.evaluate(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert (sum(map(int, background[4:-1].split(","))) < 200) == (theme == "dark")
    found = Axe().run(tab.page).response["violations"]
    violations = [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found
        for node in violation["nodes"]
    ]
    assert violations == []


@pytest.mark.parametrize("key", list(PAGES))
def test_a_phone_does_not_scroll_sideways(key: str, app: App, open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(app, PHONE)
    tab.open(PATHS[key])
    tab.nothing_wrong()
    wider = tab.page.evaluate(
        """() => {
          const main = document.querySelector('[data-testid=stMain]');
          const outside = [...main.querySelectorAll('[data-testid=stMetric], h1, h2, button,'
            + '.rut-chart, .rut-table')]
            // which scroll inside
            .filter(e => !e.parentElement.closest('.rut-table, .st-key-window_bar'))
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
    table = tab.page.locator(".rut-table").first
    expect(table).to_be_visible()
    width, needed = table.evaluate("e => [e.clientWidth, e.scrollWidth]")
    assert needed <= width


def column(tab: Tab, at: int) -> list[str]:
    """Return the texts of a column of the first table, from top to bottom."""
    rows = tab.page.locator(".rut-table").first.locator("tbody tr")
    texts: list[str] = rows.evaluate_all(
        "(rows, at) => rows.map(row => row.cells[at].innerText)", at
    )
    return texts


def number_in(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", "").rstrip(" %p"))


@pytest.mark.parametrize(("page", "at"), [("", 1), ("events", 4)])
def test_a_heading_sorts_its_table_downwards_then_upwards_then_not(
    page: str, at: int, tab: Tab
) -> None:
    tab.open(page)
    sent = column(tab, at)
    heading = tab.page.locator(".rut-table").first.locator("thead th").nth(at)
    for order in ("descending", "ascending"):
        heading.get_by_role("button").click()
        expect(heading).to_have_attribute("aria-sort", order)
        numbers = [number_in(text) for text in column(tab, at) if text != "–"]
        assert numbers == sorted(numbers, reverse=order == "descending")
        assert sorted(column(tab, at)) == sorted(sent)
    heading.get_by_role("button").click()
    assert column(tab, at) == sent
    tab.nothing_wrong()


def test_rows_are_reached_and_picked_with_the_keyboard(tab: Tab) -> None:
    tab.open("events")
    picked = tab.page.locator(".rut-table tbody tr[aria-current]")
    expect(picked).to_have_count(1)
    label = picked.get_attribute("data-row")
    picked.get_by_role("button").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        tab.page.keyboard.press(key)
    tab.page.wait_for_url("**anchor=*")
    tab.wait_until_drawn()
    assert picked.get_attribute("data-row") != label
    focused = tab.page.evaluate("document.activeElement.closest('tr').dataset.row")
    assert focused == picked.get_attribute("data-row")
    tab.nothing_wrong()
