"""What Streamlit sends of a chart: what Plotly would, encoded once, with the digits it needs."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import plotly.io
import plotly.tools
import pytest

from rut_dash.charts import canvas
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.export_page import standalone_html
from rut_dash.charts.line_charts import price_chart
from tests.charts.test_technicals import chart_of


@pytest.fixture
def chart(ctx: Context, ohlcv: pd.DataFrame, marks: list[EventMark]) -> Chart:
    close = ohlcv["close"].iloc[-500:]
    average = close.rolling(50).mean().to_frame("50-day average")
    return price_chart(ctx, close, average, marks)


def wire(figure: Any) -> str:
    """Return the JSON that Streamlit makes of a figure."""
    validated = plotly.tools.return_figure_from_figure_or_data(figure, validate_figure=True)
    text: str = plotly.io.to_json(validated, validate=False)
    return text


def test_the_encoded_figure_equals_what_plotly_would_send(chart: Chart) -> None:
    sent, built = json.loads(wire(chart.encoded_figure)), json.loads(wire(chart.figure))
    assert built["layout"].pop("template") == {"data": {"scatter": [{"type": "scatter"}]}}
    assert sent["layout"].pop("template") == {}
    assert sent == built


def test_a_chart_is_encoded_once_and_equal_charts_encode_equally(
    chart: Chart, ctx: Context, ohlcv: pd.DataFrame, marks: list[EventMark]
) -> None:
    assert chart.encoded_figure is chart.encoded_figure
    before = wire(chart.encoded_figure)
    standalone_html(chart)
    assert wire(chart.encoded_figure) == before
    close = ohlcv["close"].iloc[-500:]
    again = price_chart(ctx, close, close.rolling(50).mean().to_frame("50-day average"), marks)
    assert wire(again.encoded_figure) == before


@pytest.mark.parametrize("scale", [1e-4, 1.0, 123456.7])
def test_values_keep_six_significant_digits(
    scale: float, ctx: Context, ohlcv: pd.DataFrame
) -> None:
    close = ohlcv["close"].iloc[-500:] * scale
    sent = json.loads(
        wire(price_chart(ctx, close, pd.DataFrame(index=close.index), []).encoded_figure)
    )
    line = sent["data"][0]
    values = np.frombuffer(base64.b64decode(line["y"]["bdata"]), line["y"]["dtype"])
    moments = np.frombuffer(base64.b64decode(line["x"]["bdata"]), line["x"]["dtype"])
    assert values == pytest.approx(close.to_numpy(), rel=5e-7)
    assert list(pd.to_datetime(moments, unit="ms")) == list(close.index)


def test_simultaneous_exports_do_not_change_the_chart(
    ctx: Context, ohlcv: pd.DataFrame, marks: list[EventMark]
) -> None:
    """Plotly takes each trace's type out for a moment: of a copy, which nobody else reads."""

    def kinds(figure: Any) -> list[str]:
        return [trace.get("type", "none") for trace in json.loads(wire(figure))["data"]]

    for turn in range(5):
        shared = chart_of(ctx, ohlcv, 252 + turn, marks)
        expected = [trace["type"] for trace in shared.spec["data"]]
        assert {"candlestick", "bar", "scatter"} <= set(expected)

        def kinds_for_reader(at: int, shared: Chart = shared) -> list[str]:
            return kinds(shared.encoded_figure if at % 4 == 3 else shared.figure)

        with ThreadPoolExecutor(8) as readers:
            assert list(readers.map(kinds_for_reader, range(24))) == [expected] * 24


def test_prices_of_a_hundred_thousand_keep_their_cents() -> None:
    prices = pd.Series([871_289.98, 99.5])
    assert canvas.numbers(prices).tolist() == [871_289.98, 99.5]
    assert canvas.numbers(prices).dtype == "float64"
    assert canvas.numbers(prices, rounded=True).dtype == "float32"
    assert canvas.numbers(prices / 10).dtype == "float32"


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "int64", "uint8"])
@pytest.mark.parametrize("shape", [(6,), (2, 3), (3, 1, 2), (0,), (0, 4)])
def test_arrays_keep_their_shape(shape: tuple[int, ...], dtype: str) -> None:
    """The z of a heatmap has two dimensions: plotly.js reads a flat list otherwise."""
    z = np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    chart = Chart({"data": [{"type": "heatmap", "z": z}], "layout": {"height": 300}}, "n", "t", "a")
    sent = json.loads(wire(chart.encoded_figure))["data"][0]["z"]
    if isinstance(sent, list):
        assert dtype == "int64"  # JavaScript has no typed array of it
        assert sent == z.tolist()
        return
    values = np.frombuffer(base64.b64decode(sent["bdata"]), sent["dtype"])
    found = tuple(int(size) for size in sent.get("shape", str(len(values))).split(","))
    assert found == shape
    np.testing.assert_array_equal(values.reshape(found), z)


def test_a_heatmap_is_sent_as_plotly_would_send_it() -> None:
    z = np.linspace(-1.0, 1.0, 12, dtype="float32").reshape(3, 4)
    heatmap = {"type": "heatmap", "z": z, "x": ["a", "b", "c", "d"]}
    chart = Chart({"data": [heatmap], "layout": {"height": 300, "template": {}}}, "n", "t", "a")
    built = json.loads(wire(chart.figure))["data"]
    assert json.loads(wire(chart.encoded_figure))["data"] == built
    assert "shape" in built[0]["z"]
