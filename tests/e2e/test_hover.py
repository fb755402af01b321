"""What a reader sees over the last point of a chart is what the figures beside it say."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from rut_dash.events.catalogue import load_catalogue
from rut_dash.ui.view import DEFAULT_VIEW
from tests.e2e.conftest import Tab

LAST_POINT = """at => {
  const plot = document.querySelectorAll('.js-plotly-plot')[at];
  plot.scrollIntoView({block: 'center'});
  const axis = plot._fullLayout.xaxis;
  const days = plot._fullData.filter(trace => trace.xaxis === 'x' && trace.x?.length)
    .map(trace => axis.d2c(trace.x[trace.x.length - 1]));
  const left = plot.getBoundingClientRect().left + axis._offset;
  const box = plot.querySelector('.nsewdrag.drag').getBoundingClientRect();
  const last = Math.max(...days.filter(day => axis.c2p(day) <= axis._length + 1));
  return [Math.min(left + axis.c2p(last), box.right - 1), box.top + box.height / 2];
}"""


def hovered(tab: Tab, at: int = 0) -> str:
    """Return what the hover box says over the last point of a chart."""
    x, y = tab.page.evaluate(LAST_POINT, at)
    box = tab.page.locator(".js-plotly-plot").nth(at).locator(".hoverlayer .legend")
    tab.page.mouse.move(x, y)
    expect(box).to_be_visible()
    return "\n".join(box.locator("text").all_text_contents())


def test_the_hovered_close_is_that_of_the_header(tab: Tab) -> None:
    tab.open()
    hover_text = hovered(tab)
    assert "Fri 2026-05-29" in hover_text
    assert tab.metric("IWM close") in hover_text


def test_the_hovered_ratio_is_that_of_the_sentence(tab: Tab) -> None:
    tab.open()
    (ratio,) = re.findall(r"The ratio of IWM to SPY, ([0-9.]+),", tab.text())
    assert ratio in hovered(tab, 1)


def test_the_hovered_drawdown_is_that_of_the_header(tab: Tab) -> None:
    tab.open("drawdowns")
    assert tab.metric("From the high") in hovered(tab)


def test_the_hovered_return_since_the_anchor_is_that_of_the_header(tab: Tab) -> None:
    """Rebased to 100: 166.1 stands for +66.1 %."""
    tab.open("relative")
    event = load_catalogue().get(DEFAULT_VIEW.anchor)
    assert event is not None
    since = float(tab.metric(f"Since {event.short}").strip("+%"))
    assert f"{100 + since:.1f}" in hovered(tab)


def test_the_close_of_a_candle_is_that_of_the_header(tab: Tab) -> None:
    tab.open("technicals")
    assert tab.metric("IWM close") in hovered(tab)


BARS = """at => {
  const plot = document.querySelectorAll('.js-plotly-plot')[at];
  plot.scrollIntoView({block: 'center'});
  const axis = plot._fullLayout.xaxis;
  const left = plot.getBoundingClientRect().left + axis._offset;
  const box = plot.querySelector('.nsewdrag.drag').getBoundingClientRect();
  const trace = plot._fullData.find(t => t.type === 'candlestick') ?? plot._fullData[0];
  return [box.top + box.height / 2,
          Array.from(trace.x, x => [left + axis.c2p(axis.d2c(x)),
                                    new Date(x).toISOString().slice(0, 10)]).slice(-150, -1)];
}"""


def test_a_day_lists_its_own_events_and_crosses_only(tab: Tab) -> None:
    """Each of the last bars, day by day: a line with a date has that of the box's title."""
    tab.open("technicals")
    y, places = tab.page.evaluate(BARS, 0)
    box = tab.page.locator(".js-plotly-plot").nth(0).locator(".hoverlayer .legend")
    listed = 0
    for x, day in places:
        tab.page.mouse.move(x, y)
        expect(box.locator("text").first).to_contain_text(day)
        lines = box.locator("text").all_text_contents()[1:]
        dated = [line for line in lines if " · " in line and re.search(r"\d{4}-\d\d-\d\d$", line)]
        assert all(line.endswith(day) for line in dated), (day, dated)
        listed += len(dated)
    assert listed >= 5
