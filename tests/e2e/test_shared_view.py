"""A link carries the view: it is written by every control and restores every page."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market import calendar
from rut_dash.ui.view import DEFAULT_VIEW, VERSION_KEY
from tests.e2e.conftest import PHONE, App, Tab

pytestmark = pytest.mark.browser

# The anchor of a link that names none.
(ANCHOR,) = (event for event in load_catalogue() if event.id == DEFAULT_VIEW.anchor)


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of a view in an address, without the version of its defaults."""
    values = parse_qs(urlsplit(url).query)
    return {key: texts[-1] for key, texts in values.items() if key != VERSION_KEY}


def query(tab: Tab) -> dict[str, str]:
    return query_of(tab.page.url)


def expect_query(tab: Tab, expected: dict[str, str]) -> None:
    """Wait until the address says this: the browser gets it apart from the page."""
    with suppress(PlaywrightTimeout):
        tab.page.wait_for_url(lambda url: query_of(url) == expected)
    assert query(tab) == expected


def choose_window(tab: Tab, label: str) -> None:
    tab.page.get_by_role("radio", name=label, exact=True).click()
    tab.wait_until_drawn()


def go(tab: Tab, label: str) -> None:
    tab.page.get_by_test_id("stSidebar").get_by_role("link", name=label).click()
    expect(tab.page.locator("h1")).to_have_text(label)
    tab.wait_until_drawn()


def test_a_copied_link_restores_the_view(tab: Tab, app: App, open_tab: Callable[..., Tab]) -> None:
    tab.open("relative")
    choose_window(tab, "3Y")
    tab.page.get_by_role("radio", name="Total return").click()
    tab.wait_until_drawn()
    tab.page.get_by_role("button", name="Share").click()
    link = tab.page.get_by_test_id("stCode").inner_text().strip()
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_test_id("stCode")).to_have_count(0)
    assert link.startswith(f"{app.url}/relative?")
    other = open_tab(app)
    other.page.goto(link)
    other.wait_until_drawn()
    expect_query(other, {"window": "3Y", "basis": "total"})
    assert other.text() == tab.text()
    other.nothing_wrong()
    tab.nothing_wrong()


def test_a_page_change_keeps_the_view_and_back_returns(tab: Tab) -> None:
    tab.open()
    choose_window(tab, "1Y")
    expect_query(tab, {"window": "1Y"})
    go(tab, "Drawdowns")
    expect_query(tab, {"window": "1Y"})
    choose_window(tab, "5Y")
    go(tab, "Technicals")
    expect_query(tab, {"window": "5Y"})
    tab.page.go_back()
    expect(tab.page.locator("h1")).to_have_text("Drawdowns")
    tab.wait_until_drawn()
    expect_query(tab, {"window": "5Y"})
    tab.page.go_back()
    tab.page.wait_for_url("**/drawdowns?window=1Y")
    tab.wait_until_drawn()
    expect(tab.page.get_by_role("radio", name="1Y", exact=True)).to_be_checked()
    tab.page.go_back()
    expect(tab.page.locator("h1")).to_have_text("Overview")
    tab.page.go_back()
    tab.wait_until_drawn()
    expect_query(tab, {})
    tab.nothing_wrong()


def test_selecting_an_event_anchors_every_page(tab: Tab) -> None:
    tab.open("events")
    before = tab.metric(f"Since {ANCHOR.short}")
    chart = tab.chart()
    tab.page.locator(".rut-table tbody tr").first.click()
    tab.page.wait_for_url("**anchor=*")
    tab.wait_until_drawn()
    anchored = query(tab)
    assert anchored["anchor"] in {event.id for event in load_catalogue()} - {ANCHOR.id}
    assert tab.metric("IWM close") == "290.43"
    assert tab.page.get_by_text(f"Since {ANCHOR.short}").count() == 0
    assert tab.chart() != chart
    go(tab, "Relative performance")
    expect_query(tab, anchored)
    session = anchor_session(ANCHOR, calendar.sessions(date(2000, 1, 3), ANCHOR.date))
    assert f"{session:%Y-%m-%d} = 100" not in tab.chart()
    assert before not in tab.page.get_by_test_id("stMetricValue").all_inner_texts()
    tab.nothing_wrong()


def test_a_bad_value_is_named_and_the_link_cleaned(tab: Tab) -> None:
    tab.open("", "window=2Y&fund=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&basis=total")
    assert "window '2Y' is ignored" in tab.text()
    assert "<img src=x" in tab.text()
    expect_query(tab, {"basis": "total"})
    tab.nothing_wrong()


def test_a_typed_symbol_that_cannot_be_shown_is_refused_by_name(tab: Tab) -> None:
    tab.open()
    fund = tab.page.get_by_role("combobox", name="Fund")
    fund.click()
    fund.fill("zzzz")
    fund.press("Enter")
    expect(tab.page.get_by_test_id("stAlert").first).to_contain_text("ZZZZ")
    tab.wait_until_drawn()
    assert tab.metric("IWM close") == "290.43"
    fund = tab.page.get_by_role("combobox", name="Fund")
    fund.click()
    fund.fill("spy")
    fund.press("Enter")
    expect(tab.page.get_by_test_id("stAlert").first).to_contain_text("SPY")
    tab.wait_until_drawn()
    tab.nothing_wrong()


def test_the_controls_on_a_phone_have_the_values_of_the_link(
    app: App, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(app, PHONE)
    tab.open("", "fund=SPY&benchmark=IWM&basis=total&scale=log&events=fed")
    choose_window(tab, "1Y")
    tab.page.get_by_test_id("stExpandSidebarButton").click()
    side = tab.page.get_by_test_id("stSidebar")
    expect(side.get_by_role("radio", name="Total return")).to_be_checked()
    expect(side.get_by_role("radio", name="Log")).to_be_checked()
    expect(side.get_by_role("combobox", name="Fund")).to_have_value(re.compile("SPY"))
    pressed = side.get_by_role("button", name="Fed", exact=True)
    expect(pressed).to_have_attribute("aria-pressed", "true")
    tab.nothing_wrong()


def test_settings_and_a_range_of_dates_are_written_to_the_link(tab: Tab) -> None:
    tab.open("technicals", "set=rsi.length:21&window=1Y")
    tab.page.get_by_role("button", name="Settings").click()
    expect(tab.page.get_by_label("SMA 200: length")).to_have_value("200")
    rsi = tab.page.get_by_label("RSI 14: length")
    expect(rsi).to_have_value("21")
    rsi.fill("9")
    rsi.press("Enter")
    tab.page.wait_for_url("**set=rsi.length*9")
    tab.page.keyboard.press("Escape")
    tab.wait_until_drawn()
    assert "RSI 9" in tab.chart()
    tab.page.get_by_role("button", name="Range").click()
    first = tab.page.get_by_role("group", name="First day").get_by_role("spinbutton").first
    expect(first).to_have_text("2025")
    first.click()
    tab.page.keyboard.type("2024")
    tab.page.get_by_role("button", name="May 29, 2024").click()
    tab.page.wait_for_url("**window=2024-*")
    tab.wait_until_drawn()
    assert query(tab)["window"].endswith("..2026-05-29")
    tab.nothing_wrong()


def zoom(tab: Tab) -> str:
    """Drag over a part of the first chart, and return the range that it shows then."""
    plot = tab.page.locator(".js-plotly-plot").first
    pointer = tab.page.locator(".rut-pointer").first
    pointer.scroll_into_view_if_needed()
    whole = plot.evaluate(RANGE)
    changed = f"([plot, before]) => ({RANGE})(plot) !== before"
    area = pointer.bounding_box()
    assert area is not None
    tab.page.mouse.move(area["x"] + area["width"] * 0.5, area["y"] + 80)
    tab.page.mouse.down()
    tab.page.mouse.move(area["x"] + area["width"] * 0.8, area["y"] + 80, steps=5)
    tab.page.mouse.up()
    tab.page.wait_for_function(changed, arg=[plot.element_handle(), whole])
    zoomed: str = plot.evaluate(RANGE)
    return zoomed


RANGE = "e => JSON.stringify(e._fullLayout.xaxis.range)"


def test_zoom_is_kept_when_nothing_of_the_chart_changes(tab: Tab) -> None:
    tab.open("technicals")
    zoomed = zoom(tab)
    tab.page.get_by_role("button", name="Settings").click()  # runs a fragment of the page
    expect(tab.page.get_by_label("RSI 14: length")).to_be_visible()
    tab.wait_until_drawn()
    assert tab.page.locator(".js-plotly-plot").first.evaluate(RANGE) == zoomed


@pytest.mark.parametrize("page", ["", "relative", "drawdowns", "technicals"])
def test_zoom_is_kept_when_the_page_runs_again(page: str, tab: Tab) -> None:
    """The whole page, for a control that changes nothing of its charts."""
    tab.open(page)
    zoomed = zoom(tab)
    tab.page.get_by_role("button", name="Share").click()
    expect(tab.page.get_by_test_id("stCode")).to_contain_text(tab.app.url)
    tab.wait_until_drawn()
    assert tab.page.locator(".js-plotly-plot").first.evaluate(RANGE) == zoomed
    tab.nothing_wrong()


def test_another_window_is_shown_whole(tab: Tab) -> None:
    tab.open()
    zoomed = zoom(tab)
    tab.page.get_by_role("radio", name="6M").click()
    tab.page.wait_for_url("**window=6M*")
    tab.wait_until_drawn()
    axis_range = tab.page.locator(".js-plotly-plot").first.evaluate(RANGE)
    assert axis_range != zoomed
    assert "2025-11" in axis_range
