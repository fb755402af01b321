"""What a reader sees over the last point of a chart is what the figures beside it say."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from rut_dash.events.catalogue import load_catalogue
from rut_dash.ui.view import DEFAULT_VIEW
from tests.e2e.conftest import Tab


def chart_at(tab: Tab, at: int = 0) -> Locator:
    return tab.page.locator(".rut-chart").nth(at)


def values_at_the_end(tab: Tab, at: int = 0) -> str:
    """Return what a chart says of the bar at the right end, with the pointer over it."""
    chart = chart_at(tab, at)
    pointer = chart.locator(".rut-pointer")
    pointer.scroll_into_view_if_needed()
    box = pointer.bounding_box()
    assert box is not None
    tab.page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    expect(chart.locator(".rut-cross")).to_be_visible()
    return chart.locator(".rut-reading").inner_text()


def test_the_close_under_the_pointer_is_that_of_the_header(tab: Tab) -> None:
    tab.open()
    text = values_at_the_end(tab)
    assert "Fri 2026-05-29" in text
    assert tab.metric("IWM close") in text


def test_the_ratio_under_the_pointer_is_that_of_the_sentence(tab: Tab) -> None:
    tab.open()
    (ratio,) = re.findall(r"The ratio of IWM to SPY, ([0-9.]+),", tab.text())
    assert ratio in values_at_the_end(tab, 1)


def test_the_drawdown_under_the_pointer_is_that_of_the_header(tab: Tab) -> None:
    tab.open("drawdowns")
    assert tab.metric("From the high") in values_at_the_end(tab)


def test_the_return_since_the_anchor_under_the_pointer_is_that_of_the_header(tab: Tab) -> None:
    """Rebased to 100: 166.1 stands for +66.1 %."""
    tab.open("relative")
    event = load_catalogue().get(DEFAULT_VIEW.anchor)
    assert event is not None
    since = float(tab.metric(f"Since {event.short}").strip("+%"))
    assert f"{100 + since:.1f}" in values_at_the_end(tab)


def test_the_close_of_a_candle_is_that_of_the_header(tab: Tab) -> None:
    tab.open("technicals")
    assert f"C {tab.metric('IWM close')}" in values_at_the_end(tab)


def test_without_a_pointer_the_values_are_those_of_the_last_bar(tab: Tab) -> None:
    tab.open("technicals")
    before = chart_at(tab).locator(".rut-reading").inner_text()
    assert values_at_the_end(tab) == before
    tab.page.mouse.move(2, 2)
    expect(chart_at(tab).locator(".rut-cross")).to_be_hidden()
    assert chart_at(tab).locator(".rut-reading").inner_text() == before


def test_the_values_are_read_from_the_top_panel_down(tab: Tab) -> None:
    tab.open("technicals")
    labels = chart_at(tab).locator(".rut-reading button span").all_inner_texts()
    assert labels[0] == "IWM"
    order = [labels.index(name) for name in ("SMA 50", "Volume", "MACD", "RSI 14")]
    assert order == sorted(order)


def test_a_day_lists_its_own_events_and_crosses_only(tab: Tab) -> None:
    """Each of the last bars by the arrow key: a line with a date has that of the day."""
    tab.open("technicals")
    chart = chart_at(tab)
    chart.locator(".rut-pointer").focus()
    day = chart.locator(".rut-day")
    listed = 0
    for _ in range(150):
        tab.page.keyboard.press("ArrowLeft")
        session = day.inner_text().split()[-1]
        lines = re.findall(
            r"· (?:\w{3} )?(\d{4}-\d\d-\d\d)", chart.locator(".rut-day-texts").inner_text()
        )
        assert set(lines) <= {session}, (session, lines)
        listed += len(lines)
    assert listed >= 5
