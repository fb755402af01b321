"""What Streamlit sends of a chart: what Plotly would, encoded once, with the digits it needs."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import plotly.io
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


def sent(chart: Chart) -> dict[str, Any]:
    """Return the figure that is sent of a chart."""
    figure: dict[str, Any] = json.loads(chart.encoded)["figure"]
    return figure


def built(chart: Chart) -> dict[str, Any]:
    """Return the JSON that Plotly makes of a chart."""
    figure: dict[str, Any] = json.loads(plotly.io.to_json(chart.figure, validate=True))
    return figure


def test_the_encoded_figure_equals_what_plotly_would_send(chart: Chart) -> None:
    of_plotly, of_chart = built(chart), sent(chart)
    assert of_plotly["layout"].pop("template") == {"data": {"scatter": [{"type": "scatter"}]}}
    assert of_chart["layout"].pop("template") == {}
    assert of_chart == of_plotly


def test_plotly_accepts_the_layout_of_a_slide(chart: Chart) -> None:
    import plotly.graph_objects as go

    layout = json.loads(chart.encoded)["slide"]
    figure = go.Figure(layout=layout)
    assert (figure.layout.height, figure.layout.title.text) == (540, layout["title"]["text"])


def test_a_chart_is_encoded_once_and_equal_charts_encode_equally(
    chart: Chart, ctx: Context, ohlcv: pd.DataFrame, marks: list[EventMark]
) -> None:
    before = chart.encoded
    assert chart.encoded is before
    standalone_html(chart)
    assert chart.encoded is before
    close = ohlcv["close"].iloc[-500:]
    again = price_chart(ctx, close, close.rolling(50).mean().to_frame("50-day average"), marks)
    assert again.encoded == before


@pytest.mark.parametrize("scale", [1e-4, 1.0, 123456.7])
def test_values_keep_six_significant_digits(
    scale: float, ctx: Context, ohlcv: pd.DataFrame
) -> None:
    close = ohlcv["close"].iloc[-500:] * scale
    line = sent(price_chart(ctx, close, pd.DataFrame(index=close.index), []))["data"][0]
    values = np.frombuffer(base64.b64decode(line["y"]["bdata"]), line["y"]["dtype"])
    moments = np.frombuffer(base64.b64decode(line["x"]["bdata"]), line["x"]["dtype"])
    assert values == pytest.approx(close.to_numpy(), rel=5e-7)
    assert list(pd.to_datetime(moments, unit="ms")) == list(close.index)


def test_simultaneous_exports_do_not_change_the_chart(
    ctx: Context, ohlcv: pd.DataFrame, marks: list[EventMark]
) -> None:
    """Plotly takes each trace's type out for a moment: of a copy, which nobody else reads."""

    def kinds(figure: dict[str, Any]) -> list[str]:
        return [trace.get("type", "none") for trace in figure["data"]]

    for turn in range(5):
        shared = chart_of(ctx, ohlcv, 252 + turn, marks)
        expected = [trace["type"] for trace in shared.spec["data"]]
        assert {"candlestick", "bar", "scatter"} <= set(expected)

        def kinds_for_reader(at: int, shared: Chart = shared) -> list[str]:
            return kinds(sent(shared) if at % 4 == 3 else built(shared))

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
    array = sent(chart)["data"][0]["z"]
    if isinstance(array, list):
        assert dtype == "int64"  # JavaScript has no typed array of it
        assert array == z.tolist()
        return
    values = np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])
    found = tuple(int(size) for size in array.get("shape", str(len(values))).split(","))
    assert found == shape
    np.testing.assert_array_equal(values.reshape(found), z)


def test_a_heatmap_is_sent_as_plotly_would_send_it() -> None:
    z = np.linspace(-1.0, 1.0, 12, dtype="float32").reshape(3, 4)
    heatmap = {"type": "heatmap", "z": z, "x": ["a", "b", "c", "d"]}
    chart = Chart({"data": [heatmap], "layout": {"height": 300, "template": {}}}, "n", "t", "a")
    assert sent(chart)["data"] == built(chart)["data"]
    assert "shape" in sent(chart)["data"][0]["z"]
