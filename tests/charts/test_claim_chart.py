"""The chart of a claim: levels, zones, stretches and panels are in the figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.charts.chart import Context
from rut_dash.charts.claim_chart import claim_chart
from rut_dash.claims.chart_spec import (
    ChartBand,
    ChartDay,
    ChartLabel,
    ChartLevel,
    ChartSpan,
    ChartSpec,
)
from rut_dash.errors import InsufficientHistory
from rut_dash.market.history import Basis

INDEX = pd.bdate_range("2025-01-01", periods=40)
CLOSE = pd.Series(np.linspace(190.0, 210.0, 40), index=INDEX)
CONTEXT = Context("IWM", "IWM", Basis.PRICE, INDEX[-1], "a test", simulated=False)
BARS = CLOSE.to_frame("close")


def test_levels_zones_stretches_days_and_indicators_of_a_spec_are_drawn() -> None:
    spec = ChartSpec(
        ("IWM",),
        INDEX[0],
        INDEX[-1],
        levels=(ChartLevel(245.0, ChartLabel(text="high <b>245</b>")),),
        bands=(ChartBand(150.0, 160.0),),
        spans=(ChartSpan(INDEX[3], INDEX[9]),),
        days=(ChartDay(INDEX[5], ChartLabel(text="Here")),),
    )
    indicators = [
        INDICATORS["sma"].values(BARS, {"length": 5}),
        INDICATORS["rsi"].values(BARS, {"length": 14}),
    ]
    chart = claim_chart(
        CONTEXT, spec, "X1", CLOSE.to_frame("IWM"), indicators, alt="Chart of a claim."
    )
    shapes = [shape.to_plotly_json() for shape in chart.figure.layout.shapes]
    lines = {shape["y0"] for shape in shapes if shape["type"] == "line"}
    assert {245.0, 30.0, 70.0} <= lines
    areas = [(s["x0"], s["x1"], s["y0"], s["y1"]) for s in shapes if s["type"] == "rect"]
    assert (0, 1, 150.0, 160.0) in areas
    assert ("2025-01-06", "2025-01-14", 0, 1) in areas
    low, high = chart.figure.layout.yaxis.range
    assert low < 150.0
    assert high > 245.0
    texts = [note.text for note in chart.figure.layout.annotations]
    assert "high &lt;b&gt;245&lt;/b&gt;" in texts
    assert "150.00 to 160.00" in texts
    assert any("Here" in text for text in texts)
    assert {trace.name for trace in chart.figure.data} >= {"IWM", "SMA 5", "RSI 14"}
    assert chart.title == "IWM close · X1"
    assert chart.alt.startswith("Chart of a claim. IWM: from 190.00")


def test_two_series_have_different_colours() -> None:
    lines = pd.DataFrame({"QQQ": CLOSE, "SPY": CLOSE + 1.0})
    context = Context("QQQ", "SPY", Basis.PRICE, INDEX[-1], "a test", simulated=False)
    spec = ChartSpec(("QQQ", "SPY"), INDEX[0], INDEX[-1], form="rebased")
    chart = claim_chart(context, spec, "X2", lines)
    colours = {trace.line.color for trace in chart.figure.data}
    assert len(colours) == 2
    assert chart.title == "QQQ and SPY rebased · X2"


def test_an_empty_window_is_refused() -> None:
    lines = CLOSE.iloc[:0].to_frame("IWM")
    spec = ChartSpec(("IWM",), INDEX[0], INDEX[-1])
    with pytest.raises(InsufficientHistory):
        claim_chart(CONTEXT, spec, "X3", lines)
