"""What a study rests on, and what dividends do to a difference."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.studies.sample import VIX, dividend_effect, study_data
from tests.oracles import as_history, real_bars
from tests.studies.samples import series_of


def history(symbol: str, closes: pd.Series, dividends: dict[int, float]) -> PriceHistory:
    bars = closes.to_frame("close").assign(dividend=0.0)
    for at, amount in dividends.items():
        bars.iloc[at, 1] = amount
    return as_history(bars, symbol)


def two_years(dividends: dict[int, float]) -> PricePair:
    closes = series_of([100.0] * 523)
    return PricePair.align(history("AAA", closes, dividends), history("BBB", closes, {}))


def test_what_dividends_do_is_the_difference_a_year_without_and_with_them() -> None:
    effect = dividend_effect(two_years({100: 2.0, 300: 2.0}))
    assert effect is not None
    assert effect.price == 0.0
    # Each dividend of 2 on a close of 100 lowers the closes before it to 98%.
    days = (pd.Timestamp("2026-01-01") - pd.Timestamp("2024-01-02")).days
    assert effect.total == pytest.approx((1 / 0.98**2) ** (365.25 / days) - 1)
    assert (effect.fund, effect.benchmark, effect.first_session) == (
        "AAA",
        "BBB",
        pd.Timestamp("2024-01-02"),
    )


def test_a_year_or_less_and_a_history_without_dividends_have_no_effect() -> None:
    short = series_of([100.0] * 200)
    assert (
        dividend_effect(PricePair.align(history("AAA", short, {}), history("BBB", short, {})))
        is None
    )
    long = series_of([100.0] * 523)
    index = as_history(long.to_frame("close"), "^RUT")
    assert dividend_effect(PricePair.align(index, history("BBB", long, {}))) is None
    assert dividend_effect(PricePair.of_one(history("AAA", long, {}))) is None


def test_dividends_explain_half_a_point_a_year_of_iwm_less_spy(market_data: Path) -> None:
    legs = [as_history(real_bars(market_data, symbol), symbol) for symbol in ("IWM", "SPY")]
    effect = dividend_effect(PricePair.align(*legs))
    assert effect is not None
    assert effect.first_session == pd.Timestamp("2000-05-26")
    assert effect.price == pytest.approx(0.0061, abs=0.00005)
    # The vendor's adjusted closes give the same; published was 0.08 points.
    assert effect.total == pytest.approx(0.00089, abs=0.00001)


def test_nothing_after_the_as_of_is_in_the_data() -> None:
    closes = series_of([100.0, 101.0, 102.0])
    pair = PricePair.align(history("AAA", closes, {}), history("BBB", closes, {}), date(2024, 1, 3))
    vix = pd.Series([20.0, 30.0], pd.DatetimeIndex(["2024-01-03", "2024-01-04"]))
    data = study_data(pair, Basis.PRICE, load_catalogue(), {VIX: vix})
    assert data.fund.index[-1] == data.benchmark.index[-1] == pd.Timestamp("2024-01-03")
    assert data.others[VIX].tolist() == [20.0]
    assert data.catalogue is not None
    assert max(event.known_from for event in data.catalogue) <= date(2024, 1, 3)
    assert not math.isnan(data.ratio.iloc[-1])


def test_total_return_leaves_no_dividends_out() -> None:
    pair = two_years({100: 2.0})
    assert study_data(pair, Basis.TOTAL).sample.symbols_without_dividends == ()
    assert study_data(pair, Basis.PRICE).sample.symbols_without_dividends == ("AAA", "BBB")
