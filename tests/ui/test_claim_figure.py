"""The chart of each claim: drawn where there is something to draw, with its levels and dates."""

from __future__ import annotations

import pandas as pd
import pytest

from rut_dash.charts.chart import Chart
from rut_dash.claims.judge import judge_all
from rut_dash.claims.model import Ledger
from rut_dash.errors import NotComputable
from rut_dash.ui.claim_figure import build_claim_figure
from tests.claims.samples import (
    CATALOGUE,
    LEDGER,
    claim_of,
    demo_history,
    sample_histories,
    sample_judgements,
)

WITH_CHART = [
    name for name, judgement in sample_judgements().items() if judgement.chart_spec.end is not None
]


def chart_of(name: str) -> Chart:
    return build_claim_figure(sample_judgements()[name], sample_histories().get)


def shapes(chart: Chart) -> list[dict[str, object]]:
    return [shape.to_plotly_json() for shape in chart.figure.layout.shapes]


@pytest.mark.parametrize("name", WITH_CHART)
def test_every_claim_with_something_to_show_is_drawn(name: str) -> None:
    chart, judgement = chart_of(name), sample_judgements()[name]
    assert judgement.claim.text in chart.alt
    assert judgement.verdict.value in chart.alt
    assert name in chart.title
    assert name.lower() in chart.name
    levels = {shape["y0"] for shape in shapes(chart) if shape["type"] == "line"}
    assert {level.price for level in judgement.chart_spec.levels} <= levels
    bands = {(shape["y0"], shape["y1"]) for shape in shapes(chart) if shape["type"] == "rect"}
    assert {(band.low, band.high) for band in judgement.chart_spec.bands} <= bands


def test_a_claim_that_prices_cannot_answer_has_no_chart() -> None:
    with pytest.raises(NotComputable, match="nothing to draw"):
        chart_of("A0-4a")


def test_simulated_prices_have_no_chart() -> None:
    judgement = judge_all(LEDGER.of_source("A1"), demo_history, CATALOGUE)[0]
    with pytest.raises(NotComputable, match="simulated"):
        build_claim_figure(judgement, demo_history)


def test_the_neckline_is_drawn_without_a_pattern_search() -> None:
    assert 2110.0 in {shape["y0"] for shape in shapes(chart_of("A3-1b"))}


def test_nothing_later_than_what_was_known_is_drawn() -> None:
    for name in ("A1-1b", "A0-2a", "A1-5b", "A2-4"):
        judgement = sample_judgements()[name]
        last = pd.Timestamp(chart_of(name).figure.data[0].x[-1], unit="ms")
        assert last.date() == judgement.as_of


def test_a_forecast_is_drawn_up_to_its_outcome() -> None:
    judgement = sample_judgements()["A3-10"]
    last = pd.Timestamp(chart_of("A3-10").figure.data[0].x[-1], unit="ms")
    assert last.date().isoformat() == "2025-09-22"
    assert judgement.as_of.isoformat() == "2025-06-30"


def test_a_missing_series_is_named_on_the_chart_too() -> None:
    own = claim_of('check = { kind = "not_computable", needs = "pattern", level = 100 }')
    [judgement] = judge_all(Ledger((own,)), sample_histories().get, CATALOGUE)
    build_claim_figure(judgement, sample_histories().get)
    with pytest.raises(NotComputable, match="There are no bars of IWM"):
        build_claim_figure(judgement, lambda _: None)
