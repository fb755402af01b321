"""Indicators against TA-Lib, weekly bars and crosses by going through the bars."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.analysis import crosses, indicators, resampling
from rut_dash.analysis.crosses import cross_kinds
from rut_dash.analysis.indicators import INDICATORS, Indicator
from rut_dash.errors import InsufficientHistory, InvalidParameter, MissingColumns
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


def check(row: Indicator, bars: pd.DataFrame, given: dict | None = None) -> None:
    """Hold an indicator against TA-Lib from the first bar on, NaN for NaN."""
    ours = row.run(bars, given)
    theirs = by_talib(row.key, bars, row.resolve(given))
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
def test_rsi_agrees_with_talib_where_prices_stand_still(close: pd.Series, length: int) -> None:
    expected = talib.RSI(close.to_numpy(), length)
    np.testing.assert_allclose(indicators.rsi(close, length), expected, rtol=0, atol=1e-7)


def test_a_price_that_never_moved_has_talibs_rsi_of_zero() -> None:
    flat = pd.Series(50.0, index=BARS.index[:40])
    assert indicators.rsi(flat).iloc[14:].eq(0.0).all()


@given(st.integers(2, 60), st.integers(1, 60), st.integers(1, 30), st.integers(1, 140))
def test_macd_agrees_with_talib_for_any_lengths(
    fast: int, more: int, signal: int, size: int
) -> None:
    close = BARS["close"].iloc[:size]
    ours = indicators.macd(close, fast, fast + more, signal)
    theirs = talib.MACD(close.to_numpy(), fast, fast + more, signal)
    np.testing.assert_allclose(ours.to_numpy(), np.column_stack(theirs), rtol=0, atol=1e-9)


def test_first_values_worked_by_hand() -> None:
    close = pd.Series([1.0, 2.0, 3.0, 7.0, 5.0], index=BARS.index[:5])
    # SMA of 3: (1+2+3)/3, (2+3+7)/3, (3+7+5)/3. EMA of 3: seed 2, then half of the way.
    np.testing.assert_allclose(indicators.sma(close, 3), [np.nan, np.nan, 2, 4, 5])
    np.testing.assert_allclose(indicators.ema(close, 3), [np.nan, np.nan, 2, 4.5, 4.75])
    # RSI of 2: rises 1, 1, 4, 0 and falls 0, 0, 0, 2. Averages 1 and 0; (1+4)/2 and 0;
    # (2.5+0)/2 and (0+2)/2: 1.25 / 2.25.
    np.testing.assert_allclose(
        indicators.rsi(close, 2), [np.nan, np.nan, 100, 100, 100 * 1.25 / 2.25]
    )
    # Bollinger of 2 by one deviation: 1.5 -+ 0.5, ..., 6 -+ 1.
    bands = indicators.bollinger(close, 2, 1.0)
    assert bands.iloc[1].tolist() == pytest.approx([1.0, 1.5, 2.0])
    assert bands.iloc[-1].tolist() == pytest.approx([5.0, 6.0, 7.0])
    # MACD 2/3/1: the EMA of 2 is seeded with (2+3)/2 on the third bar, beside the SMA of 3, 2:
    # 0.5. Then 2.5 + 2/3 * 4.5 = 5.5 less 4.5 is 1; the signal of one bar is the line itself.
    found = indicators.macd(close, 2, 3, 1)
    assert found["macd"].iloc[2:4].tolist() == pytest.approx([0.5, 1.0])
    assert found["histogram"].iloc[2:].eq(0.0).all()
    # ATR of 2 on highs and lows one away from the close: true ranges 2, 2, 5, 3.
    bars = pd.DataFrame({"high": close + 1, "low": close - 1, "close": close})
    np.testing.assert_allclose(indicators.atr(bars, 2), [np.nan, np.nan, 2, 3.5, 3.25])


# --- Bad parameters ----------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, -1, 2.0, True, "5", math.nan, None])
def test_a_length_that_is_no_count_is_refused(length: object) -> None:
    close = BARS["close"]
    for function in (indicators.sma, indicators.ema, indicators.rsi, indicators.bollinger):
        with pytest.raises(InvalidParameter, match="whole number"):
            function(close, length)
    with pytest.raises(InvalidParameter, match="whole number"):
        indicators.atr(BARS, length)
    for name in ("fast", "slow", "signal"):
        with pytest.raises(InvalidParameter, match=f"the {name} length of a MACD cannot be"):
            indicators.macd(close, **{name: length})


def test_lengths_below_what_makes_sense_are_refused() -> None:
    for function in (indicators.rsi, indicators.bollinger):
        with pytest.raises(InvalidParameter, match="at least 2"):
            function(BARS["close"], 1)
    with pytest.raises(InvalidParameter, match="below its slow length, which is 12"):
        indicators.macd(BARS["close"], 12, 12)


@pytest.mark.parametrize("width", [0.0, -2.0, math.inf, math.nan])
def test_a_width_that_is_none_is_refused(width: float) -> None:
    with pytest.raises(InvalidParameter, match="a positive number"):
        indicators.bollinger(BARS["close"], 20, width)


def test_atr_says_what_it_lacks() -> None:
    with pytest.raises(MissingColumns, match="high and low"):
        indicators.atr(BARS[["close"]])


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
def test_a_short_history_is_no_matter_for_a_log(
    row: Indicator, caplog: pytest.LogCaptureFixture
) -> None:
    for size in (0, 1, 2, 20):
        assert len(row.run(BARS.iloc[:size])) == size
    assert not caplog.records


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
def test_what_needs_closes_only_takes_closes_only(row: Indicator) -> None:
    if row.inputs == ("close",):
        pd.testing.assert_frame_equal(row.run(BARS[["close"]]), row.run(BARS))
    else:
        with pytest.raises(InsufficientHistory):
            row.run(BARS[["close"]])


def test_parameters_out_of_bounds_are_refused() -> None:
    rsi = INDICATORS["rsi"]
    assert rsi.resolve() == {"length": 14}
    for bad in (1, 101, 14.0, "14", math.nan):
        with pytest.raises(InvalidParameter, match="length of RSI cannot be"):
            rsi.resolve({"length": bad})
    for bad in (0.1, 6.0, "2", math.nan, True):
        with pytest.raises(InvalidParameter, match="deviations of Bollinger cannot be"):
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


# --- Weekly bars -------------------------------------------------------------------------


def check_weeks(bars: pd.DataFrame) -> None:
    found = resampling.weekly_bars(bars)
    expected = pd.DataFrame(oracles.weeks(bars)).set_index("session")
    assert [stamp.date() for stamp in found.index] == expected.index.tolist()
    assert list(found) == list(bars)
    for column in bars:
        np.testing.assert_array_equal(found[column], expected[column].astype(float), column)


def test_weekly_bars_by_going_through_the_days(iwm: PriceHistory) -> None:
    check_weeks(iwm.ohlcv(Basis.PRICE))
    check_weeks(BARS.iloc[3:58])


@given(oracles.price_series(max_size=40), st.integers(0, 5))
def test_weekly_bars_with_gaps_and_blank_volume(close: pd.Series, blank: int) -> None:
    bars = oracles.candles(close)
    bars.loc[bars.index[:: blank + 1], "volume"] = np.nan
    check_weeks(bars)


def test_weekly_bars_worked_by_hand(iwm: PriceHistory) -> None:
    # The week of Good Friday 2025-04-18 ends on Thursday; the week of 2025-04-08 is cut on
    # Tuesday: two bars, of which the high is Monday's 190.25 and the low Monday's 171.729996.
    weeks = resampling.weekly_bars(iwm.ohlcv(Basis.PRICE))
    assert pd.Timestamp("2025-04-17") in weeks.index
    cut = resampling.weekly_bars(iwm.as_of(pd.Timestamp("2025-04-08")).ohlcv(Basis.PRICE))
    last = cut.iloc[-1]
    assert cut.index[-1] == pd.Timestamp("2025-04-08")
    assert last.tolist() == [174.320007, 190.25, 171.729996, 174.820007, 96706200 + 61090600]


def test_weekly_closes_alone() -> None:
    pd.testing.assert_series_equal(
        resampling.weekly_ends(BARS["close"]), resampling.weekly_bars(BARS)["close"]
    )
    alone = resampling.weekly_bars(BARS[["close"]])
    assert list(alone) == ["close"]
    assert resampling.weekly_bars(BARS.iloc[:0]).empty
    assert resampling.weekly_ends(BARS["close"].iloc[:0]).empty


@given(oracles.price_series(min_size=0, max_size=80))
def test_month_ends_are_the_last_session_of_each_month(close: pd.Series) -> None:
    days = list(close.index)
    expected = [
        day
        for place, day in enumerate(days)
        if place == len(days) - 1
        or (day.year, day.month) != (days[place + 1].year, days[place + 1].month)
    ]
    found = resampling.monthly_ends(close)
    assert list(found.index) == expected
    pd.testing.assert_series_equal(found, close.loc[found.index])


# --- Crosses -----------------------------------------------------------------------------


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


def test_crosses_by_going_through_the_bars() -> None:
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
def test_a_touch_is_no_cross(gap: list[float], expected: list[tuple[int, bool]]) -> None:
    found = crosses.crossings(series(*gap), series(*[100.0] * len(gap)))
    assert found == expected


def test_a_price_that_stands_still_crosses_nothing() -> None:
    still = pd.Series(100.1, index=BARS.index[:400])
    assert crosses.crosses(still).empty
    assert crosses.crosses(still, "W").empty


def test_no_cross_is_an_empty_table_of_the_same_types() -> None:
    whole = crosses.crosses(BARS["close"])
    for size in (0, 1, 14):
        table = crosses.crosses(BARS["close"].iloc[:size])
        assert table.empty
        assert table.dtypes.equals(whole.dtypes)
    assert crosses.crosses(BARS["close"], "W", kinds=["price_200"]).empty


def test_crosses_follow_the_parameters() -> None:
    close = BARS["close"]
    other = {"rsi": {"length": 5}}
    found = crosses.crosses(close, kinds=["rsi_30"], parameters=other)
    line = talib.RSI(close.to_numpy(), 5)
    expected = oracles.crossings(line.tolist(), [30.0] * len(line))
    assert found["session"].tolist() == [close.index[at] for at, _ in expected]


def test_unknown_kinds_and_frequencies_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="a kind of cross cannot be 'gold'"):
        crosses.crosses(BARS["close"], kinds=["gold"])
    with pytest.raises(InvalidParameter, match="the frequency cannot be 'M'"):
        crosses.crosses(BARS["close"], "M")
