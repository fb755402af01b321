"""A chart under the mouse, the finger and the keyboard; on paper; as an image."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pdfplumber
import pytest
from playwright.sync_api import CDPSession, Locator, expect

from rut_dash.ui.pages import PAGES
from tests.e2e.conftest import PHONE, App, Tab

WITH_CHARTS = [key for key, spec in PAGES.items() if spec.chart_count]
RANGE = "chart => JSON.stringify(chart.querySelector('.js-plotly-plot')._fullLayout.xaxis.range)"
SPAN = """chart => chart.querySelector('.js-plotly-plot')._fullLayout.xaxis.range
  .map(end => Date.parse(end)).reduce((from, to) => (to - from) / 864e5)"""
Y_RANGE = "chart => chart.querySelector('.js-plotly-plot')._fullLayout.yaxis.range"
SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"


def charts(tab: Tab) -> Locator:
    return tab.page.locator(".rut-chart")


def drag(tab: Tab, start: float, end: float) -> None:
    """Drag over a part of the first chart, from one share of its width to another."""
    pointer = charts(tab).first.locator(".rut-pointer")
    pointer.scroll_into_view_if_needed()
    box = pointer.bounding_box()
    assert box is not None
    y = box["y"] + 80
    tab.page.mouse.move(box["x"] + box["width"] * start, y)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] * end, y, steps=6)
    tab.page.mouse.up()


def test_a_drag_zooms_all_charts_of_a_page_and_a_double_click_shows_all(tab: Tab) -> None:
    tab.open("relative")
    whole = [charts(tab).nth(at).evaluate(RANGE) for at in range(3)]
    drag(tab, 0.5, 0.8)
    zoomed = [charts(tab).nth(at).evaluate(RANGE) for at in range(3)]
    assert len(set(zoomed)) == 1
    assert zoomed[0] not in whole
    charts(tab).first.locator(".rut-pointer").dblclick()
    assert [charts(tab).nth(at).evaluate(RANGE) for at in range(3)] == whole
    tab.nothing_wrong()


def test_the_y_range_follows_a_zoom_and_is_back_after_it(tab: Tab) -> None:
    tab.open()
    chart = charts(tab).first
    whole = chart.evaluate(Y_RANGE)
    drag(tab, 0.7, 0.9)
    low, high = chart.evaluate(Y_RANGE)
    assert whole[0] < low < high <= whole[1] + 0.02 * (whole[1] - whole[0])
    chart.get_by_role("button", name="All").click()
    assert chart.evaluate(Y_RANGE) == pytest.approx(whole)


def test_a_zoomed_log_axis_has_ticks(tab: Tab) -> None:
    tab.open(query="scale=log")
    drag(tab, 0.7, 0.9)
    assert charts(tab).first.locator(".ytick").count() >= 3


def test_what_is_seen_becomes_the_range_of_the_page_and_of_its_link(tab: Tab) -> None:
    tab.open("relative")
    drag(tab, 0.5, 0.8)
    charts(tab).first.get_by_role("button", name="Use as range").click()
    tab.page.wait_for_url("**window=20*")
    tab.wait_until_drawn()
    first, last = tab.page.url.split("window=")[1].split("&")[0].split("..")
    assert "2025-07" < first < last < "2026-05"
    assert f"{first} – {last}" in tab.text()
    # The button is for a part only: all of the range is seen now.
    expect(charts(tab).first.get_by_role("button", name="Use as range")).to_be_hidden()
    tab.nothing_wrong()


@pytest.mark.parametrize("key", ["events", "claims"])
def test_a_page_without_a_window_does_not_offer_a_range(key: str, tab: Tab) -> None:
    tab.open(PAGES[key].address)
    charts(tab).first.get_by_role("button", name="Zoom in").click()
    expect(charts(tab).first.get_by_role("button", name="All")).to_be_visible()
    expect(charts(tab).first.get_by_role("button", name="Use as range")).to_be_hidden()


def test_the_keyboard_reads_zooms_and_shows_all(tab: Tab) -> None:
    tab.open("technicals")
    chart = charts(tab).first
    pointer, day = chart.locator(".rut-pointer"), chart.locator(".rut-day")
    pointer.focus()
    expect(day).to_have_text("Fri 2026-05-29")
    tab.page.keyboard.press("ArrowLeft")
    expect(day).to_have_text("Thu 2026-05-28")
    tab.page.keyboard.press("Home")
    first = day.inner_text()
    tab.page.keyboard.press("End")
    expect(day).to_have_text("Fri 2026-05-29")
    expect(chart.locator(".rut-keys")).to_be_visible()
    whole = chart.evaluate(SPAN)
    tab.page.keyboard.press("+")
    assert chart.evaluate(SPAN) == pytest.approx(whole / 2, rel=0.02)
    tab.page.keyboard.press("-")
    assert chart.evaluate(SPAN) == pytest.approx(whole, rel=0.02)
    tab.page.keyboard.press("+")
    tab.page.keyboard.press("0")
    assert chart.evaluate(SPAN) == whole
    assert first.startswith("Mon 2025-03-")


def test_a_line_is_hidden_and_shown_by_its_name(tab: Tab) -> None:
    tab.open()
    name = charts(tab).first.get_by_role("button", name="50-day average")
    lines = charts(tab).first.locator(".scatterlayer .trace.scatter .js-line")
    before = lines.count()
    name.press("Enter")
    expect(name).to_have_attribute("aria-pressed", "false")
    expect(lines).to_have_count(before - 1)
    name.press("Enter")
    expect(lines).to_have_count(before)


# ---- fingers -----------------------------------------------------------------------------------


@pytest.fixture
def phone(app: App, browser: Any) -> Any:
    """Return a tab of a phone, with fingers."""
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(120_000)
    tab = Tab(app, context.new_page())
    yield tab
    context.close()


def middle_of(tab: Tab) -> tuple[float, float]:
    pointer = charts(tab).first.locator(".rut-pointer")
    pointer.scroll_into_view_if_needed()
    box = pointer.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"], 300) / 2


def fingers(*points: tuple[float, float]) -> list[dict[str, float]]:
    return [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]


def touch(client: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers(*points)})


def test_a_swipe_over_a_chart_scrolls_the_page(phone: Tab) -> None:
    phone.page.goto(phone.app.url)
    phone.page.wait_for_selector(".rut-chart .main-svg")
    x, y = middle_of(phone)
    before = phone.page.evaluate(SCROLLED)
    client = phone.page.context.new_cdp_session(phone.page)
    touch(client, "touchStart", (x, y))
    for up in range(10, 220, 10):
        touch(client, "touchMove", (x, y - up))
        phone.page.evaluate("() => new Promise(requestAnimationFrame)")
    touch(client, "touchEnd")
    phone.page.wait_for_function(f"before => ({SCROLLED})() > before + 150", arg=before)


def test_two_fingers_zoom_and_two_taps_show_all(phone: Tab) -> None:
    phone.page.goto(phone.app.url)
    phone.page.wait_for_selector(".rut-chart .main-svg")
    x, y = middle_of(phone)
    chart = charts(phone).first
    whole = chart.evaluate(SPAN)
    client = phone.page.context.new_cdp_session(phone.page)
    touch(client, "touchStart", (x - 30, y), (x + 30, y))
    for step in (40, 50, 60):
        touch(client, "touchMove", (x - step, y), (x + step, y))
    touch(client, "touchEnd")
    phone.page.wait_for_function(
        f"whole => ({SPAN})(document.querySelector('.rut-chart')) < whole * 0.6", arg=whole
    )
    for _ in range(2):
        phone.page.touchscreen.tap(x, y)
    phone.page.wait_for_function(
        f"whole => ({SPAN})(document.querySelector('.rut-chart')) === whole", arg=whole
    )


def test_a_tap_reads_a_day(phone: Tab) -> None:
    phone.page.goto(phone.app.url)
    phone.page.wait_for_selector(".rut-chart .main-svg")
    x, y = middle_of(phone)
    last = charts(phone).first.locator(".rut-day").inner_text()
    phone.page.touchscreen.tap(x, y)
    expect(charts(phone).first.locator(".rut-day")).not_to_have_text(last)


# ---- images and files --------------------------------------------------------------------------


@pytest.mark.parametrize("key", WITH_CHARTS)
def test_an_image_has_the_size_of_a_slide_and_texts_of_eleven_points(key: str, tab: Tab) -> None:
    """Of 960 by 540 px on 13.33 by 7.5 inches a pixel is a point."""
    tab.open(PAGES[key].address)
    with tab.page.expect_download() as waiting:
        charts(tab).first.get_by_role("button", name="PNG").click()
    image = waiting.value.path().read_bytes()
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(image[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (3200, 1800)
    sizes = charts(tab).first.evaluate(
        """async chart => {
          const { data, layout } = chart.rutChart.spec;
          const box = document.createElement('div');
          document.body.append(box);
          await Plotly.newPlot(box, data, {...layout, ...chart.rutChart.message.slide,
                                           width: 960, height: 540});
          const found = [...box.querySelectorAll('text, tspan')].filter(t => t.textContent.trim())
            .map(t => parseFloat(getComputedStyle(t).fontSize));
          box.remove();
          return [Math.min(...found), found.length];
        }"""
    )
    assert sizes[0] >= 11
    assert sizes[1] > 10


def test_the_values_of_a_chart_are_a_file_of_their_own(tab: Tab) -> None:
    tab.open()
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name="Values as CSV").first.click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0] == "session,IWM,50-day average,200-day average"
    assert lines[-1].startswith(f"2026-05-29,{tab.metric('IWM close')}")


# ---- paper -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "theme"), [("A4", "dark"), ("Letter", "light")])
@pytest.mark.parametrize("key", list(PAGES))
def test_a_printed_page_is_whole_and_says_what_it_is_of(
    key: str, size: str, theme: str, app: App, open_tab: Callable[..., Tab]
) -> None:
    tab = open_tab(app, theme=theme)
    tab.open(PAGES[key].address)
    sheets = printed(tab, size)
    for number, sheet in enumerate(sheets, 1):
        text = " ".join((sheet.extract_text() or "").split())
        assert "As of Fri 2026-05-29 · price basis" in text
        assert f"{number} / {len(sheets)}" in text
        for part in (*sheet.chars, *sheet.rects, *sheet.lines, *sheet.curves):
            assert part["x0"] >= 20, (number, part)
            assert part["x1"] <= sheet.width - 20, (number, part)
    whole = "\n".join(sheet.extract_text() or "" for sheet in sheets)
    assert PAGES[key].label in whole
    for button in ("Chart as HTML", "Table as CSV", "PNG"):
        assert button not in whole


def test_a_printed_chart_is_whole_and_a_table_repeats_its_heading(tab: Tab) -> None:
    tab.open("events")
    sheets = [" ".join((sheet.extract_text() or "").split()) for sheet in printed(tab, "A4")]
    with_rows = [text for text in sheets if "Fed cut 25 bp" in text]
    assert len(with_rows) >= 2
    assert all("Date Event" in text for text in with_rows)
    (chart,) = (text for text in sheets if "Around: " in text)
    assert "Sessions from the anchor's close" in chart


def printed(tab: Tab, size: str) -> list[Any]:
    """Return the sheets of a page on paper of a size."""
    return list(pdfplumber.open(io.BytesIO(tab.page.pdf(format=size))).pages)
