"""Returns around events, by hand and by slicing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.analysis.event_returns import HORIZONS, event_returns
from rut_dash.errors import InvalidParameter
from rut_dash.market.history import Basis, PricePair


@pytest.fixture
def closes() -> pd.DataFrame:
    index = pd.bdate_range("2025-01-01", periods=8, name="session")
    return pd.DataFrame(
        {
            "fund": [100.0, 110.0, 121.0, 100.0, 130.0, 117.0, 140.0, 150.0],
            "benchmark": [50.0, 50.0, 55.0, 60.0, 57.0, 66.0, 60.0, 69.0],
        },
        index=index,
    )


def test_event_study_by_hand(closes: pd.DataFrame) -> None:
    table = event_returns(closes, {"a": closes.index[2]}, horizons=(1, 2), window=3)
    row = table.loc["a"]
    assert row["anchor"] == closes.index[2]
    expected = {
        "fund_before_1": 121 / 110 - 1,
        "fund_before_2": 121 / 100 - 1,
        "benchmark_before_1": 55 / 50 - 1,
        "fund_after_1": 100 / 121 - 1,
        "fund_after_2": 130 / 121 - 1,
        "benchmark_after_2": 57 / 55 - 1,
        "fund_since": 150 / 121 - 1,
        "benchmark_since": 69 / 55 - 1,
        "excess_since": 150 / 121 - 69 / 55,
        "excess_after_1": 100 / 121 - 60 / 55,
        "excess_after_2": 130 / 121 - 57 / 55,
        # 121, 100, 130, 117: 100 from 121, not 117 from 130. The benchmark 55, 60, 57, 66: never
        # below its first, and 57 from 60.
        "fund_max_loss": 100 / 121 - 1,
        "benchmark_max_loss": 0.0,
        "fund_max_drawdown": 100 / 121 - 1,
        "benchmark_max_drawdown": 57 / 60 - 1,
        "sessions_after": 3,
    }
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=1e-12), name
    assert list(table) == [
        "anchor", "fund_before_1", "benchmark_before_1", "fund_before_2", "benchmark_before_2",
        "fund_after_1", "benchmark_after_1", "excess_after_1",
        "fund_after_2", "benchmark_after_2", "excess_after_2",
        "fund_since", "benchmark_since", "excess_since",
        "fund_max_loss", "benchmark_max_loss", "fund_max_drawdown", "benchmark_max_drawdown",
        "sessions_after",
    ]  # fmt: skip


def test_sessions_that_do_not_exist_yet_give_nan(closes: pd.DataFrame) -> None:
    anchors = {
        "first": closes.index[0],
        "last": closes.index[-1],
        "near": closes.index[-2],
        "sunday": pd.Timestamp("2025-01-05"),
        "too early": pd.Timestamp("2024-12-31"),
        "none": None,
    }
    table = event_returns(closes, anchors)
    assert table.index.tolist() == list(anchors)
    assert table["sessions_after"].tolist() == [7, 0, 1, 5, 0, 0]
    assert table["anchor"].isna().tolist() == [False, False, False, False, True, True]
    assert table.loc["sunday", "anchor"] == pd.Timestamp("2025-01-03")
    assert math.isnan(table.loc["first", "fund_before_1"])
    assert table.loc["first", "fund_after_5"] == pytest.approx(0.17)
    assert math.isnan(table.loc["first", "fund_after_20"])
    assert math.isnan(table.loc["last", "fund_after_1"])
    assert math.isnan(table.loc["last", "fund_max_loss"])
    assert math.isnan(table.loc["last", "fund_max_drawdown"])
    assert table.loc["last", "fund_since"] == 0.0
    assert table.loc["near", "fund_max_loss"] == 0.0  # it only rose
    assert table.loc["near", "fund_max_drawdown"] == 0.0
    assert (
        table.loc[["too early", "none"]]
        .drop(columns=["anchor", "sessions_after"])
        .isna()
        .all(axis=None)
    )


def test_without_events_the_table_is_empty_with_the_same_types(closes: pd.DataFrame) -> None:
    none, some = event_returns(closes, {}), event_returns(closes, {"a": closes.index[2]})
    assert none.empty
    assert none.dtypes.equals(some.dtypes)
    assert event_returns(closes.iloc[:0], {"a": closes.index[2]})["fund_since"].isna().all()


@pytest.mark.parametrize("bad", [0, -1, 1.5])
def test_a_horizon_that_is_not_a_positive_whole_number_is_refused(
    closes: pd.DataFrame, bad: int
) -> None:
    with pytest.raises(InvalidParameter, match="A horizon"):
        event_returns(closes, {}, horizons=(1, bad))
    with pytest.raises(InvalidParameter, match="The window of the largest drawdown"):
        event_returns(closes, {}, window=bad)


def test_event_study_of_the_april_low_on_real_closes(pair: PricePair) -> None:
    real = pair.closes(Basis.PRICE)
    anchor = pd.Timestamp("2025-04-08")
    row = event_returns(real, {"low": anchor}).loc["low"]
    # IWM closed at 174.820007 on the 8th, 189.679993 on the 9th and 179.550003 on the 7th.
    assert row["fund_after_1"] == pytest.approx(189.679993 / 174.820007 - 1, abs=1e-12)
    assert row["fund_before_1"] == pytest.approx(174.820007 / 179.550003 - 1, abs=1e-12)
    for leg in ("fund", "benchmark"):
        prices = real[leg]
        before, after = prices.loc[:anchor], prices.loc[anchor:]
        for step in HORIZONS:
            assert row[f"{leg}_before_{step}"] == pytest.approx(
                before.iloc[-1] / before.iloc[-1 - step] - 1
            )
            assert row[f"{leg}_after_{step}"] == pytest.approx(after.iloc[step] / after.iloc[0] - 1)
        window = after.iloc[:61].tolist()
        drawdown = min(b / max(window[: i + 1]) - 1 for i, b in enumerate(window))
        assert row[f"{leg}_max_drawdown"] == pytest.approx(drawdown, abs=1e-12)
        assert row[f"{leg}_max_loss"] == min(b / window[0] - 1 for b in window) == 0
    assert row["sessions_after"] == 60
    assert np.isclose(row["excess_since"], row["fund_since"] - row["benchmark_since"])


def test_loss_and_drawdown_of_liberation_day_on_real_closes(pair: PricePair) -> None:
    """From 202.66 (2025-04-02) IWM fell to 174.82 (04-08); SPY from 564.52 to 496.48."""
    real = pair.closes(Basis.PRICE)
    row = event_returns(real, {"day": pd.Timestamp("2025-04-02")}).loc["day"]
    for leg, first, lowest in (("fund", 202.660004, 174.820007), ("benchmark", 564.52002, 496.48)):
        assert row[f"{leg}_max_loss"] == pytest.approx(lowest / first - 1, abs=1e-6)
        assert row[f"{leg}_max_drawdown"] == row[f"{leg}_max_loss"]
    assert row["excess_after_60"] == pytest.approx(row["fund_after_60"] - row["benchmark_after_60"])


@given(
    st.lists(st.floats(10, 1000), min_size=1, max_size=40), st.integers(0, 39), st.integers(1, 45)
)
def test_a_loss_is_never_deeper_than_the_drawdown_and_neither_above_zero(
    prices: list[float], at: int, window: int
) -> None:
    index = pd.bdate_range("2025-01-01", periods=len(prices))
    closes = pd.DataFrame({"fund": prices, "benchmark": prices[::-1]}, index=index)
    anchor = index[min(at, len(index) - 1)]
    row = event_returns(closes, {"a": anchor}, window=window).loc["a"]
    for leg in ("fund", "benchmark"):
        loss, drawdown = row[f"{leg}_max_loss"], row[f"{leg}_max_drawdown"]
        assert math.isnan(loss) == math.isnan(drawdown) == (row["sessions_after"] == 0)
        assert math.isnan(loss) or drawdown <= loss <= 0
