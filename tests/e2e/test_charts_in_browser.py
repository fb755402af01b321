"""What only a browser can tell: hover boxes, texts as they are drawn, a page without network."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from rut_dash.charts.chart import Chart
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.export_page import standalone_html
from rut_dash.charts.line_charts import price_chart
from tests.charts.samples import every_mark, made_up_bars, real_context, simulated_context
from tests.charts.test_line_charts import averages_of
from tests.charts.test_technicals import chart_of
from tests.e2e.conftest import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ohlcv() -> pd.DataFrame:
    return made_up_bars()


@pytest.fixture(scope="module")
def marks(ohlcv: pd.DataFrame) -> list[EventMark]:
    return every_mark(ohlcv.index)


def open_chart(browser: Browser, chart: Chart, folder: Path, width: int) -> tuple[Page, list[str]]:
    """Open a chart's page; return it with all that it asked of a network or complained of."""
    path = folder / "chart.html"
    path.write_text(standalone_html(chart))
    page = browser.new_page(viewport={"width": width, "height": 1100})
    page.set_default_timeout(PATIENCE)
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: messages.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    return page, [text for text in messages if not text.startswith("file://")]


def boxes(page: Page, selector: str) -> list[tuple[str, float, float, float, float]]:
    """Return text, left, right, top and bottom of what a selector finds, as drawn."""
    found = page.eval_on_selector_all(
        selector,
        """found => found.map(e => { const b = e.getBoundingClientRect();
            return [e.textContent, b.left, b.right, b.top, b.bottom]; })""",
    )
    return [tuple(box) for box in found]


def overlap(first: tuple, other: tuple) -> bool:
    return (
        first[1] < other[2] and other[1] < first[2] and first[3] < other[4] and other[3] < first[4]
    )


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("n", [252, 1260, 6490])
def test_no_text_of_a_chart_overlaps_another(
    browser: Browser,
    tmp_path: Path,
    ohlcv: pd.DataFrame,
    marks: list[EventMark],
    n: int,
    width: int,
) -> None:
    close, averages = ohlcv["close"].iloc[-n:], averages_of(ohlcv["close"]).iloc[-n:]
    page, messages = open_chart(
        browser, price_chart(simulated_context(), close, averages, marks), tmp_path, width
    )
    texts = [
        *boxes(page, ".rut-chart h2, .rut-caption, .rut-day, .rut-reading button"),
        *boxes(page, ".xtick text, .ytick text, .y2tick text"),
        *[b for b in boxes(page, "text.annotation-text") if b[0] != "SIMULATED DATA"],
    ]
    assert len(texts) > 10
    assert [(a[0], b[0]) for a, b in itertools.combinations(texts, 2) if overlap(a, b)] == []
    plot = page.locator(".js-plotly-plot").bounding_box()
    for text, left, right, *_ in texts:
        assert left >= plot["x"] - 1, text
        assert right <= plot["x"] + plot["width"] + 1, text
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert messages == []
    page.close()


def test_the_line_of_values_is_of_all_panels(
    browser: Browser, tmp_path: Path, ohlcv: pd.DataFrame, marks: list[EventMark]
) -> None:
    page, _ = open_chart(browser, chart_of(real_context(), ohlcv, 252, marks), tmp_path, 1440)
    area = page.locator(".rut-pointer").bounding_box()
    for share in (0.35, 0.9):  # over the candles, over the lowest panel
        page.mouse.move(area["x"] + 700, area["y"] + area["height"] * share)
        text = page.locator(".rut-reading").inner_text()
        for part in ("O ", "C ", "SMA 50", "Volume", "MACD", "Signal", "RSI 14"):
            assert part in text
        assert text.split()[0] in ("Mon", "Tue", "Wed", "Thu", "Fri")
    page.close()


def test_a_chart_has_no_button_that_uploads_it(
    browser: Browser, tmp_path: Path, ohlcv: pd.DataFrame
) -> None:
    close = ohlcv["close"].iloc[-60:]
    page, _ = open_chart(
        browser, price_chart(real_context(), close, pd.DataFrame(), []), tmp_path, 1440
    )
    assert page.locator(".modebar-btn").count() == 0
    visible = page.locator(".rut-tools button:visible").all_inner_texts()
    assert visible == ["−", "+", "PNG"]
    page.close()
