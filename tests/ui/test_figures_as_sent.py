"""What is sent of every figure, against the same numbers worked out beside it in full precision."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rut_dash.charts.chart import Chart
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import figures
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.view import DEFAULT_VIEW
from tests import wire

PAIR = PricePair.align(DemoSource().fetch("IWM"), DemoSource().fetch("SPY"))
FUND, BENCHMARK = (leg.bars["close"] for leg in PAIR.legs)
# Six significant digits: half a unit of the sixth.
SIX = 5e-7


def scope(**fields: object) -> Scope:
    return resolve_scope(
        DEFAULT_VIEW.with_(**fields), PAIR, lambda through: load_catalogue(through=through)
    )


def sent(chart: Chart) -> list[dict[str, Any]]:
    traces: list[dict[str, Any]] = json.loads(chart.encoded)["figure"]["data"]
    return traces


def lines(chart: Chart, axis: str = "y") -> list[pd.Series]:
    """Return the lines of a panel, by session."""
    return [
        wire.series(trace)
        for trace in sent(chart)
        if trace.get("mode") == "lines" and trace.get("yaxis", "y") == axis
    ]


def daily(close: pd.Series) -> pd.Series:
    return close.pct_change()


def beta(sessions: int) -> pd.Series:
    fund, benchmark = daily(FUND), daily(BENCHMARK)
    return fund.rolling(sessions).cov(benchmark) / benchmark.rolling(sessions).var()


EXPECTED: dict[str, tuple[Callable[[Scope], Chart], Callable[[Scope], list[pd.Series]]]] = {
    "price": (
        figures.price_figure,
        lambda s: [FUND, FUND.rolling(50).mean(), FUND.rolling(200).mean()],
    ),
    "ratio": (
        figures.ratio_figure,
        lambda s: [FUND / BENCHMARK, (FUND / BENCHMARK).rolling(200).mean()],
    ),
    "rebased": (
        figures.rebased_figure,
        lambda s: [100 * c / c[s.anchor.session] for c in (FUND, BENCHMARK)],
    ),
    "underwater": (
        figures.underwater_figure,
        lambda s: [c / c.cummax() - 1 for c in (FUND, BENCHMARK)],
    ),
    "rolling": (figures.rolling_figure, lambda s: [beta(252), beta(63)]),
}


@pytest.mark.parametrize("window", ["ANCHOR", "3Y"])
@pytest.mark.parametrize("key", EXPECTED)
def test_lines_keep_six_significant_digits(key: str, window: str) -> None:
    build, work_out = EXPECTED[key]
    page_scope = scope(window=window)
    found = lines(build(page_scope))
    expected = [line.loc[page_scope.start : page_scope.end] for line in work_out(page_scope)]
    # Lines are in the order of the legend, which is not that of the list.
    for line in expected:
        close = [
            other
            for other in found
            if len(other) == len(line)
            and np.allclose(other, line, rtol=SIX, atol=1e-9, equal_nan=True)
        ]
        assert len(close) == 1, f"none of the lines sent is this one:\n{line.tail(3)}"
    assert len(found) == len(expected)


def test_candles_keep_six_significant_digits() -> None:
    page_scope = scope(window="1Y")
    (candles,) = (
        t for t in sent(figures.technicals_figure(page_scope)) if t["type"] == "candlestick"
    )
    for name in ("open", "high", "low", "close"):
        line = wire.series(candles, name)
        expected = PAIR.fund.bars[name].loc[page_scope.start : page_scope.end]
        assert line.to_numpy() == pytest.approx(expected.to_numpy(), rel=SIX)
        assert list(line.index) == list(expected.index)


def test_paths_keep_six_significant_digits() -> None:
    page_scope = scope()
    traces = [t for t in sent(figures.paths_figure(page_scope)) if t.get("mode") == "lines"]
    for trace, close in zip(traces, (FUND, BENCHMARK), strict=True):
        at = close.index.get_loc(page_scope.anchor.session)
        places = wire.numbers(trace["x"]).astype(int)
        expected = close.iloc[at + places].to_numpy() / close.iloc[at] - 1
        assert wire.numbers(trace["y"]) == pytest.approx(expected, rel=SIX, abs=1e-9)


def test_the_basis_is_that_of_the_view() -> None:
    total = PAIR.fund.close(Basis.TOTAL)
    page_scope = scope(basis=Basis.TOTAL, window="1Y")
    expected = total.loc[page_scope.start : page_scope.end]
    assert any(
        np.allclose(line, expected, rtol=SIX) for line in lines(figures.price_figure(page_scope))
    )
