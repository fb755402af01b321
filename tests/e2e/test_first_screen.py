"""What a reader has on the first screen, and what stays in reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from rut_dash.ui.pages import PAGES
from tests.e2e.conftest import PHONE, WIDE, App, Tab

HEIGHTS = {WIDE: 120, PHONE: 160}
COMPARING = [key for key, spec in PAGES.items() if spec.compares_pair]


@pytest.mark.parametrize("size", list(HEIGHTS), ids=["wide", "phone"])
@pytest.mark.parametrize("key", COMPARING)
def test_the_header_is_low_and_the_first_chart_begins_above_the_fold(
    key: str, size: tuple[int, int], app: App, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(app, size)
    tab.open(PAGES[key].address)
    header = tab.page.locator(".rut-legs").bounding_box()
    assert header is not None
    assert header["height"] <= HEIGHTS[size]
    assert header["x"] + header["width"] <= size[0]
    if key != "events":  # whose table of events comes first
        chart = tab.page.locator(".rut-chart").first.bounding_box()
        assert chart is not None
        assert chart["y"] < size[1] - 40


@pytest.mark.parametrize("key", [key for key in PAGES if key not in COMPARING])
def test_a_page_that_does_not_speak_of_the_pair_has_one_line(key: str, tab: Tab) -> None:
    tab.open(PAGES[key].address)
    line = tab.page.locator(".rut-legs-line").bounding_box()
    assert line is not None
    assert line["height"] < 40
    assert tab.page.locator(".rut-legs").count() == 0


@pytest.mark.parametrize("size", list(HEIGHTS), ids=["wide", "phone"])
def test_the_window_stays_in_reach_while_scrolling(
    size: tuple[int, int], app: App, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(app, size)
    tab.open("relative")
    tab.page.locator(".rut-table").last.scroll_into_view_if_needed()
    choice = tab.page.get_by_role("radio", name="1M")
    box = choice.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 150
    choice.click()  # nothing lies over it
    tab.page.wait_for_url("**window=1M*")
    tab.nothing_wrong()


def test_a_sentence_leads_to_its_page_within_the_session(tab: Tab) -> None:
    tab.open(query="window=1Y")
    tab.page.evaluate("() => { window.notReloaded = true }")
    sentence = tab.page.locator(".rut-sentences li", has_text="highest close")
    assert sentence.locator("strong").inner_text() == tab.metric("From the high")
    sentence.get_by_role("link", name="Drawdowns").click()
    expect(tab.page.locator("h1")).to_have_text("Drawdowns")
    tab.wait_until_drawn()
    assert "window=1Y" in tab.page.url
    assert tab.page.evaluate("() => window.notReloaded") is True


def test_the_navigation_marks_the_page_that_is_shown(tab: Tab) -> None:
    tab.open("drawdowns")
    pages = tab.page.get_by_role("navigation", name="Pages")
    current = pages.locator("a[aria-current=page]")
    expect(current).to_contain_text("Drawdowns")
    pages.get_by_role("link", name="Events").click()
    expect(current).to_contain_text("Events")


def test_the_drawer_of_a_phone_closes_when_a_page_is_chosen(
    app: App, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(app, PHONE)
    tab.open()
    tab.page.get_by_test_id("stExpandSidebarButton").click()
    link = tab.page.get_by_test_id("stSidebar").get_by_role("link", name="Events")
    link.click()
    expect(tab.page.locator("h1")).to_have_text("Events")
    expect(link).not_to_be_in_viewport()
