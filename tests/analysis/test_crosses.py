"""Dated crosses against a loop over the bars and lines of TA-Lib."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import talib

from rut_dash.analysis import crosses, resampling
from rut_dash.analysis.crosses import cross_kinds
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import Cross
from rut_dash.errors import InvalidParameter
from rut_dash.market.history import Basis, PriceHistory
from tests import oracles

BARS = oracles.candles(oracles.walk(700, seed=3))


def lines_by_talib(kind: str, close: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    values = close.to_numpy()
    level = np.ones(len(values))
    match kind:
        case "average_50_200":
            return talib.SMA(values, 50), talib.SMA(values, 200)
        case "price_200":
            return values, talib.SMA(values, 200)
        case "price_50w":
            return values, talib.SMA(values, 50)
        case "macd_signal":
            return talib.MACD(values, 12, 26, 9)[:2]
        case "rsi_30":
            return talib.RSI(values, 14), 30 * level
        case "rsi_70":
            return talib.RSI(values, 14), 70 * level
    raise AssertionError(f"{kind} has no oracle: add one")


def check_crosses(close: pd.Series, frequency: str) -> None:
    table = crosses.crosses(close, frequency)
    assert table["session"].is_monotonic_increasing
    for _, row in cross_kinds().values():
        mine = table[table["kind"] == row.key]
        if frequency not in row.frequencies:
            assert mine.empty
            continue
        line, other = lines_by_talib(row.key, close)
        expected = oracles.crossings(line.tolist(), other.tolist())
        found = list(zip(mine["session"], mine["direction"], strict=True))
        assert found == [(close.index[at], way) for at, way in expected], row.key
        np.testing.assert_allclose(mine["value"], [line[at] for at, _ in expected], atol=1e-9)
        says = {"up": row.up, "down": row.down}
        assert mine["label"].tolist() == [says[way] for _, way in expected]


def test_crosses_agree_with_a_loop_over_the_bars() -> None:
    for seed in range(5):
        check_crosses(oracles.walk(900, seed=seed), "D")
        check_crosses(oracles.walk(300, seed=seed), "W")


def test_crosses_of_real_bars(iwm: PriceHistory, spy: PriceHistory) -> None:
    for history in (iwm, spy):
        close = history.close(Basis.TOTAL)
        check_crosses(close, "D")
        check_crosses(resampling.weekly_ends(close), "W")


def test_death_and_golden_cross_of_iwm_in_2025(iwm: PriceHistory) -> None:
    close = iwm.close(Basis.PRICE)
    table = crosses.crosses(close, kinds=["average_50_200"]).set_index("session")
    of_2025 = table.loc["2025"]
    # Each is dated by the plain means of the last 50 and 200 closes on that day and the one before.
    for session, row in of_2025.iterrows():
        upto = close.loc[:session]
        today = upto.iloc[-50:].mean() - upto.iloc[-200:].mean()
        before = upto.iloc[-51:-1].mean() - upto.iloc[-201:-1].mean()
        assert (today > 0) == (row["direction"] == "up")
        assert today * before < 0
        assert row["value"] == pytest.approx(upto.iloc[-50:].mean())
    assert of_2025["direction"].tolist() == ["down", "up"]


def series(*values: float) -> pd.Series:
    return pd.Series(list(values), index=pd.bdate_range("2025-01-01", periods=len(values)))


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ([1, -1, 1], [(1, False), (2, True)]),
        ([1, 0, 1], []),  # a touch
        ([1, 0, 0, -1, -2], [(3, False)]),  # dated by the bar that reaches the other side
        ([0, 0, 1], []),  # there was no side to come from
        ([0, -1, 0, 1], [(3, True)]),
        ([np.nan, 1, -1], [(2, False)]),
        ([np.nan, np.nan, 1], []),  # the first bar with both lines is no cross
        ([], []),
    ],
)
def test_a_touch_is_not_a_cross(gap: list[float], expected: list[tuple[int, bool]]) -> None:
    found = crosses.crossings(series(*gap), series(*[100.0] * len(gap)))
    assert found == expected


def test_a_constant_price_crosses_nothing() -> None:
    still = pd.Series(100.1, index=BARS.index[:400])
    assert crosses.crosses(still).empty
    assert crosses.crosses(still, "W").empty


def test_without_crosses_the_table_is_empty_with_the_same_types() -> None:
    whole = crosses.crosses(BARS["close"])
    for size in (0, 1, 14):
        table = crosses.crosses(BARS["close"].iloc[:size])
        assert table.empty
        assert table.dtypes.equals(whole.dtypes)
    assert crosses.crosses(BARS["close"], "W", kinds=["price_200"]).empty


def test_crosses_are_computed_with_the_settings() -> None:
    close = BARS["close"]
    other = {"rsi": {"length": 5}}
    found = crosses.crosses(close, kinds=["rsi_30"], parameters=other)
    line = talib.RSI(close.to_numpy(), 5)
    expected = oracles.crossings(line.tolist(), [30.0] * len(line))
    assert found["session"].tolist() == [close.index[at] for at, _ in expected]


def test_unknown_kinds_and_frequencies_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="A kind of cross cannot be 'gold'"):
        crosses.crosses(BARS["close"], kinds=["gold"])
    with pytest.raises(InvalidParameter, match="The frequency cannot be 'M'"):
        crosses.crosses(BARS["close"], "M")


def test_two_indicators_with_a_cross_of_one_key_are_refused() -> None:
    twin = dataclasses.replace(INDICATORS["rsi"], key="twin")
    with INDICATORS.with_row(twin), pytest.raises(ValueError, match="two crosses have the key"):
        crosses.crosses(BARS["close"])


def test_an_indicator_whose_columns_the_bars_lack_has_no_crosses() -> None:
    cross = Cross("atr_1", "up", "down", lambda bars, _: (bars["high"] - bars["low"], 1.0))
    row = dataclasses.replace(INDICATORS["atr"], key="atr_twin", crosses=(cross,))
    with INDICATORS.with_row(row):
        assert "atr_1" in set(crosses.crosses(BARS)["kind"])
        assert "atr_1" not in set(crosses.crosses(BARS["close"])["kind"])
        assert "atr_1" not in set(crosses.crosses(BARS.assign(high=np.nan))["kind"])
