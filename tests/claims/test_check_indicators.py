"""Checks on indicators: any row of the registry may be claimed, drawn and explained."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import Indicator, IndicatorOutput, IndicatorParam
from rut_dash.claim_wording import explanation_text
from rut_dash.claims.checks import Verdict
from rut_dash.claims.claim_file import read_claims
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Judgement
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import PriceHistory
from rut_dash.ui.claim_figure import build_claim_figure
from tests.oracles import as_history

DAY = "2025-06-30"


def rising_bars(count: int = 300) -> PriceHistory:
    """Return closes that rise by a dollar a session, with highs and lows a dollar away."""
    index = pd.bdate_range(end=DAY, periods=count, name="session").as_unit("s")
    close = pd.Series(np.arange(100.0, 100.0 + count), index=index)
    bars = pd.DataFrame(
        {"open": close, "high": close + 1.0, "low": close - 1.0, "close": close, "volume": 1.0}
    )
    return as_history(bars, "IWM")


BARS = rising_bars()


def judged(check: str, basis: str = "price") -> Judgement:
    text = f'[[claim]]\ntext = "x"\nseries = "IWM"\nbasis = "{basis}"\nas_of = {DAY}\n'
    found = read_claims(f"{text}check = {{ kind = {check} }}\n", "mine.toml")
    assert found.problems == (), found.problems
    return judge(found.claims[0], found, {"IWM": BARS}.get, Catalogue((), {}, ()))


@pytest.mark.parametrize(
    ("check", "computed", "verdict", "formula"),
    [
        # The average of 20 closes that rise by a dollar is 9.50 below the last.
        ('"indicator_state", indicator = "bollinger", output = "middle", relation = "above"', 9.5,
         Verdict.CONFIRMED,
         "Bollinger 20/2, Middle band, on daily bars at 2025-06-30: 389.50 against the close 399"),
        ('"indicator_state", indicator = "sma_long", relation = "below"', 99.5, Verdict.FALSE,
         "SMA 200 on daily bars at 2025-06-30: 299.50 against the close 399.00"),
        ('"indicator_state", indicator = "sma_long", length = 100, relation = "above"', 49.5,
         Verdict.CONFIRMED, "SMA 100 on daily bars"),
        # Every true range is the two dollars from low to high.
        ('"indicator_state", indicator = "atr", relation = "above", level = 1.5', 2.0,
         Verdict.CONFIRMED, "ATR 14 on daily bars at 2025-06-30: 2.00, against 1.5"),
    ],
)  # fmt: skip
def test_any_indicator_is_compared_with_the_close_or_with_a_level(
    check: str, computed: float, verdict: Verdict, formula: str
) -> None:
    judgement = judged(check)
    assert judgement.computed == pytest.approx(computed)
    assert judgement.verdict is verdict
    assert formula in explanation_text(judgement)


def test_a_length_that_the_indicator_does_not_have_is_not_computable() -> None:
    judgement = judged('"indicator_state", indicator = "sma_long", length = 401')
    assert judgement.verdict is Verdict.NOT_COMPUTABLE
    assert "from 2 to 400" in explanation_text(judgement)


def test_a_setting_of_an_indicator_s_own_is_used() -> None:
    # Three deviations put the upper band further away than two.
    check = '"indicator_state", indicator = "bollinger", output = "upper", relation = "above"'
    two, three = (judged(f"{check}, deviations = {n}").computed for n in (2, 3))
    # The deviation of 20 closes that rise by a dollar is the root of 33.25.
    assert isinstance(two, float)
    assert isinstance(three, float)
    assert two - three == pytest.approx(33.25**0.5)


def test_an_indicator_of_highs_and_lows_needs_the_price_basis() -> None:
    judgement = judged('"indicator_state", indicator = "atr", level = 1', basis="total")
    assert judgement.verdict is Verdict.NOT_COMPUTABLE
    assert "on the price basis" in explanation_text(judgement)


@pytest.mark.parametrize("key", list(INDICATORS))
@pytest.mark.parametrize("frequency", ["D", "W"])
def test_every_indicator_is_drawn_on_the_chart_of_its_claim(key: str, frequency: str) -> None:
    judgement = judged(
        f'"indicator_state", indicator = "{key}", frequency = "{frequency}", length = 10'
        if key != "macd"
        else f'"indicator_state", indicator = "macd", frequency = "{frequency}"'
    )
    chart = build_claim_figure(judgement, {"IWM": BARS}.get)
    names = {trace.name for trace in chart.figure.data}
    assert any(INDICATORS[key].label in name for name in names), names


def test_an_average_longer_than_the_controls_allow_is_drawn_too() -> None:
    chart = build_claim_figure(judged('"cross", fast = "close", slow = "sma 1"'), {"IWM": BARS}.get)
    assert "SMA 1" in {trace.name for trace in chart.figure.data}


@pytest.fixture
def row() -> Iterator[Indicator]:
    indicator = Indicator(
        key="range_middle",
        label="Middle of the range",
        drawing="overlay",
        outputs=(IndicatorOutput("middle", "Middle"),),
        compute=lambda bars, length: (
            bars["close"].rolling(length).max() + bars["close"].rolling(length).min()
        ).to_frame("middle") / 2.0,
        warm_up=lambda length: length - 1,
        params=(IndicatorParam("length", "Length", 11, 2, 100),),
    )  # fmt: skip
    with INDICATORS.with_row(indicator):
        yield indicator


def test_an_indicator_added_at_run_time_may_be_claimed(row: Indicator) -> None:
    judgement = judged('"indicator_state", indicator = "range_middle", relation = "above"')
    assert judgement.computed == pytest.approx(5.0)
    assert "Middle of the range 11 on daily bars" in explanation_text(judgement)
    chart = build_claim_figure(judgement, {"IWM": BARS}.get)
    assert "Middle of the range 11" in {trace.name for trace in chart.figure.data}


def test_without_the_row_the_claim_is_refused() -> None:
    found = read_claims(
        f'[[claim]]\ntext = "x"\nseries = "IWM"\nas_of = {DAY}\n'
        'check = { kind = "indicator_state", indicator = "range_middle" }\n',
        "mine.toml",
    )
    assert not found.claims
    assert "one of 'sma'" in str(found.problems[0])
