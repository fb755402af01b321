"""Indicators against TA-Lib, and the rules of their registry."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.analysis import resampling
from rut_dash.analysis.crosses import cross_kinds
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.average_true_range import atr
from rut_dash.analysis.indicators.bollinger_bands import bollinger
from rut_dash.analysis.indicators.indicator_row import Indicator
from rut_dash.analysis.indicators.moving_average_convergence import macd
from rut_dash.analysis.indicators.moving_averages import ema, sma
from rut_dash.analysis.indicators.relative_strength import rsi
from rut_dash.errors import InvalidParameter, MissingColumns
from rut_dash.market.history import Basis, PriceHistory
from tests import oracles

BARS = oracles.candles(oracles.walk(700, seed=3))


def by_talib(key: str, bars: pd.DataFrame, params: dict) -> list[np.ndarray]:
    """Return TA-Lib's columns in the order of an indicator's outputs."""
    close = bars["close"].to_numpy()
    match key:
        case "sma" | "sma_long":
            return [talib.SMA(close, params["length"])]
        case "ema":
            return [talib.EMA(close, params["length"])]
        case "macd":
            return list(talib.MACD(close, params["fast"], params["slow"], params["signal"]))
        case "rsi":
            return [talib.RSI(close, params["length"])]
        case "bollinger":
            width = params["deviations"]
            return list(talib.BBANDS(close, params["length"], width, width))[::-1]
        case "atr":
            return [
                talib.ATR(bars["high"].to_numpy(), bars["low"].to_numpy(), close, params["length"])
            ]
    raise AssertionError(f"{key} has no oracle: add one")


def check(row: Indicator, bars: pd.DataFrame, settings: dict | None = None) -> None:
    """Hold an indicator against TA-Lib from the first bar on, NaN for NaN."""
    ours = row.run(bars, settings)
    theirs = by_talib(row.key, bars, row.resolve(settings))
    scale = float(bars["close"].max()) if row.scales_with_price else 100.0
    names = [output.column for output in row.outputs]
    for name, expected in zip(names, theirs, strict=True):
        found = ours[name].to_numpy()
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected), err_msg=name)
        # TA-Lib's Bollinger variance is a difference of squares: half of its digits are lost.
        tolerance = 1e-7 if row.key == "bollinger" else 1e-11
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale, err_msg=name)


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
def test_agrees_with_talib_from_the_first_bar(row: Indicator) -> None:
    check(row, BARS)


OTHER = [
    ("sma", {"length": 2}),
    ("sma_long", {"length": 333}),
    ("ema", {"length": 2}),
    ("ema", {"length": 150}),
    ("rsi", {"length": 2}),
    ("rsi", {"length": 100}),
    ("macd", {"fast": 2, "slow": 3, "signal": 1}),
    ("macd", {"fast": 5, "slow": 35, "signal": 5}),
    ("macd", {"fast": 19, "slow": 39, "signal": 9}),
    ("bollinger", {"length": 5, "deviations": 1.5}),
    ("bollinger", {"length": 2, "deviations": 3.0}),
    ("atr", {"length": 2}),
    ("atr", {"length": 50}),
]


@pytest.mark.parametrize(("key", "params"), OTHER)
def test_agrees_with_talib_for_other_lengths(key: str, params: dict) -> None:
    check(INDICATORS[key], BARS, params)


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
@pytest.mark.parametrize("offset", [-1, 0, 1, 2])
def test_agrees_with_talib_around_the_first_value(row: Indicator, offset: int) -> None:
    check(row, BARS.iloc[: row.warm_up(**row.resolve()) + offset])


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
@pytest.mark.parametrize("basis", list(Basis))
def test_agrees_with_talib_on_real_bars(
    row: Indicator, basis: Basis, iwm: PriceHistory, spy: PriceHistory
) -> None:
    for history in (iwm, spy, iwm.as_of(pd.Timestamp("2001-01-16"))):
        bars = history.ohlcv(basis)
        check(row, bars)
        check(row, resampling.weekly_bars(bars))


@given(oracles.price_series(max_size=80), st.integers(2, 30))
def test_rsi_agrees_with_talib_where_prices_do_not_move(close: pd.Series, length: int) -> None:
    expected = talib.RSI(close.to_numpy(), length)
    np.testing.assert_allclose(rsi(close, length), expected, rtol=0, atol=1e-7)


def test_a_price_that_never_moved_has_talibs_rsi_of_zero() -> None:
    flat = pd.Series(50.0, index=BARS.index[:40])
    assert rsi(flat).iloc[14:].eq(0.0).all()


@given(st.integers(2, 60), st.integers(1, 60), st.integers(1, 30), st.integers(1, 140))
def test_macd_agrees_with_talib_for_any_lengths(
    fast: int, more: int, signal: int, size: int
) -> None:
    close = BARS["close"].iloc[:size]
    ours = macd(close, fast, fast + more, signal)
    theirs = talib.MACD(close.to_numpy(), fast, fast + more, signal)
    np.testing.assert_allclose(ours.to_numpy(), np.column_stack(theirs), rtol=0, atol=1e-9)


def test_first_values_worked_by_hand() -> None:
    close = pd.Series([1.0, 2.0, 3.0, 7.0, 5.0], index=BARS.index[:5])
    # SMA of 3: (1+2+3)/3, (2+3+7)/3, (3+7+5)/3. EMA of 3: seed 2, then half of the way.
    np.testing.assert_allclose(sma(close, 3), [np.nan, np.nan, 2, 4, 5])
    np.testing.assert_allclose(ema(close, 3), [np.nan, np.nan, 2, 4.5, 4.75])
    # RSI of 2: rises 1, 1, 4, 0 and falls 0, 0, 0, 2. Averages 1 and 0; (1+4)/2 and 0;
    # (2.5+0)/2 and (0+2)/2: 1.25 / 2.25.
    np.testing.assert_allclose(rsi(close, 2), [np.nan, np.nan, 100, 100, 100 * 1.25 / 2.25])
    # Bollinger of 2 by one deviation: 1.5 -+ 0.5, ..., 6 -+ 1.
    bands = bollinger(close, 2, 1.0)
    assert bands.iloc[1].tolist() == pytest.approx([1.0, 1.5, 2.0])
    assert bands.iloc[-1].tolist() == pytest.approx([5.0, 6.0, 7.0])
    # MACD 2/3/1: the EMA of 2 is seeded with (2+3)/2 on the third bar, beside the SMA of 3, 2:
    # 0.5. Then 2.5 + 2/3 * 4.5 = 5.5 less 4.5 is 1; the signal of one bar is the line itself.
    found = macd(close, 2, 3, 1)
    assert found["macd"].iloc[2:4].tolist() == pytest.approx([0.5, 1.0])
    assert found["histogram"].iloc[2:].eq(0.0).all()
    # ATR of 2 on highs and lows one away from the close: true ranges 2, 2, 5, 3.
    bars = pd.DataFrame({"high": close + 1, "low": close - 1, "close": close})
    np.testing.assert_allclose(atr(bars, 2), [np.nan, np.nan, 2, 3.5, 3.25])


# --- Bad parameters ----------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, -1, 2.0, True, "5", math.nan, None])
def test_a_length_that_is_not_a_positive_whole_number_is_refused(length: object) -> None:
    close = BARS["close"]
    for function in (sma, ema, rsi, bollinger):
        with pytest.raises(InvalidParameter, match="whole number"):
            function(close, length)
    with pytest.raises(InvalidParameter, match="whole number"):
        atr(BARS, length)
    for name in ("fast", "slow", "signal"):
        refused = f"he {name} length of a MACD (cannot|must) be"
        with pytest.raises(InvalidParameter, match=refused):
            macd(close, **{name: length})


def test_lengths_below_the_minimum_are_refused() -> None:
    for function in (rsi, bollinger):
        with pytest.raises(InvalidParameter, match="at least 2"):
            function(BARS["close"], 1)
    with pytest.raises(InvalidParameter, match="below its slow length, which is 12"):
        macd(BARS["close"], 12, 12)


@pytest.mark.parametrize("width", [0.0, -2.0, math.inf, math.nan])
def test_a_width_of_bands_that_is_not_positive_is_refused(width: float) -> None:
    with pytest.raises(InvalidParameter, match="a positive number"):
        bollinger(BARS["close"], 20, width)


def test_atr_without_high_and_low_is_refused() -> None:
    with pytest.raises(MissingColumns, match="high and low"):
        atr(BARS[["close"]])


# --- The registry ------------------------------------------------------------------------


def test_columns_and_kinds_of_crosses_are_unique() -> None:
    for row in INDICATORS.values():
        assert len({output.column for output in row.outputs}) == len(row.outputs)
    assert sum(len(row.crosses) for row in INDICATORS.values()) == len(cross_kinds())


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
def test_defaults_are_within_their_bounds(row: Indicator) -> None:
    for param in row.params:
        assert param.minimum <= param.default <= param.maximum
        lowest = row.resolve({param.name: param.maximum})
        assert lowest[param.name] == param.maximum
    assert list(row.run(BARS)) == [output.column for output in row.outputs]


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
def test_a_short_history_gives_rows_of_nan_and_logs_nothing(
    row: Indicator, caplog: pytest.LogCaptureFixture
) -> None:
    for size in (0, 1, 2, 20):
        assert len(row.run(BARS.iloc[:size])) == size
    assert not caplog.records


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
def test_an_indicator_of_closes_needs_no_other_column(row: Indicator) -> None:
    if row.inputs == ("close",):
        pd.testing.assert_frame_equal(row.run(BARS[["close"]]), row.run(BARS))
    else:
        with pytest.raises(MissingColumns, match=re.escape(row.title())):
            row.run(BARS[["close"]])


def test_parameters_out_of_bounds_are_refused() -> None:
    rsi = INDICATORS["rsi"]
    assert rsi.resolve() == {"length": 14}
    for bad in (1, 101, 14.0, "14", math.nan):
        with pytest.raises(InvalidParameter, match="ength of RSI cannot be"):
            rsi.resolve({"length": bad})
    for bad in (0.1, 6.0, "2", math.nan, True):
        with pytest.raises(InvalidParameter, match="Deviations of Bollinger cannot be"):
            INDICATORS["bollinger"].resolve({"deviations": bad})
    with pytest.raises(InvalidParameter, match="'speed': it must be length"):
        rsi.resolve({"speed": 3})


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("sma", "SMA 50"),
        ("sma_long", "SMA 200"),
        ("ema", "EMA 20"),
        ("bollinger", "Bollinger 20/2"),
        ("macd", "MACD 12/26/9"),
        ("rsi", "RSI 14"),
        ("atr", "ATR 14"),
    ],
)
def test_a_title_is_the_label_with_the_parameters(key: str, title: str) -> None:
    assert INDICATORS[key].title() == title


def test_a_title_names_the_settings_and_has_no_blank_at_its_end() -> None:
    assert INDICATORS["sma"].title({"length": 100}) == "SMA 100"
    assert dataclasses.replace(INDICATORS["sma"], params=()).title() == "SMA"


def test_a_band_without_two_edges_is_refused() -> None:
    bands = INDICATORS["bollinger"]
    with pytest.raises(ValueError, match="'bollinger' has too few outputs"):
        dataclasses.replace(bands, outputs=bands.outputs[:1])


def test_a_bar_with_a_blank_high_or_low_has_no_atr_and_changes_no_true_range() -> None:
    """True ranges of length 2 by hand.

    Highs 11, 12, -, 15, 14; lows 9, 10, 8, 12, 11; closes 10, 11, 9, 14, 12. True ranges: 2nd
    12 - 10 = 2; 3rd none; 4th 15 - 9 = 6 from the close of the 3rd; 5th 14 - 11 = 3. Averages:
    4th (2 + 6) / 2 = 4; 5th (4 + 3) / 2 = 3.5.
    """
    days = pd.date_range("2025-04-07", "2025-04-11")
    bars = pd.DataFrame(
        {
            "high": [11.0, 12.0, np.nan, 15.0, 14.0],
            "low": [9.0, 10.0, 8.0, 12.0, 11.0],
            "close": [10.0, 11.0, 9.0, 14.0, 12.0],
        },
        index=days,
    )
    np.testing.assert_allclose(atr(bars, 2), [np.nan, np.nan, np.nan, 4.0, 3.5])


@pytest.mark.parametrize("row", INDICATORS.values(), ids=list(INDICATORS))
def test_a_blank_open_high_or_low_is_blank_in_no_indicator_but_of_its_bar(row: Indicator) -> None:
    whole = row.run(BARS)
    session = BARS.index[150]
    for column in ("open", "high", "low"):
        blank = BARS.copy()
        blank.loc[session, column] = np.nan
        got = row.run(blank)
        if column in row.inputs:
            assert got.loc[session].isna().all()
            assert got.drop(index=session).isna().equals(whole.drop(index=session).isna())
        else:
            pd.testing.assert_frame_equal(got, whole)
