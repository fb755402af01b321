"""The chart of a claim: levels, zones, stretches and a second panel are in the figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rut_dash.charts import Context, EventMark
from rut_dash.charts.claim_chart import ClaimChartData, claim_chart
from rut_dash.errors import InsufficientHistory
from rut_dash.events.event import Lane
from rut_dash.market.history import Basis

INDEX = pd.bdate_range("2025-01-01", periods=40)
CLOSE = pd.Series(np.linspace(190.0, 210.0, 40), index=INDEX)
CONTEXT = Context("IWM", "IWM", Basis.PRICE, INDEX[-1], "a test", simulated=False)


def test_what_a_claim_is_about_is_drawn_in() -> None:
    chart = claim_chart(
        CONTEXT,
        ClaimChartData(
            title="IWM close · X1",
            name="claim-X1",
            lines=CLOSE.to_frame("IWM").assign(**{"50-day average": CLOSE - 1.0}),
            symbols=("IWM",),
            unit="US dollars",
            levels=((245.0, "high <b>245</b>"),),
            bands=((150.0, 160.0, "a zone"),),
            spans=((INDEX[3], INDEX[9], ""),),
            marks=[EventMark(INDEX[5], "Here", Lane("Claim", "#2B8CC9"))],
            lower=(CLOSE - 200.0).to_frame("RSI 14"),
            lower_title="RSI 14",
            lower_levels=(30.0, 70.0),
            alt="Chart of a claim.",
        ),
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
    assert any("Here" in text for text in texts)
    assert {trace.name for trace in chart.figure.data} >= {"IWM", "50-day average", "RSI 14"}
    assert chart.alt.startswith("Chart of a claim. IWM: from 190.00")


def test_two_series_keep_their_colours_apart() -> None:
    lines = pd.DataFrame({"QQQ": CLOSE, "SPY": CLOSE + 1.0})
    chart = claim_chart(
        CONTEXT, ClaimChartData("QQQ and SPY rebased", "claim-X2", lines, ("QQQ", "SPY"), "100")
    )
    colours = {trace.line.color for trace in chart.figure.data}
    assert len(colours) == 2


def test_an_empty_window_is_refused() -> None:
    lines = CLOSE.iloc[:0].to_frame("IWM")
    with pytest.raises(InsufficientHistory):
        claim_chart(CONTEXT, ClaimChartData("IWM", "claim-X3", lines, ("IWM",), "US dollars"))
