"""Weekly bars and month ends against a loop over the days."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.analysis import resampling
from rut_dash.market.history import Basis, PriceHistory
from tests import oracles

BARS = oracles.candles(oracles.walk(700, seed=3))


def check_weeks(bars: pd.DataFrame) -> None:
    found = resampling.weekly_bars(bars)
    expected = pd.DataFrame(oracles.weeks(bars)).set_index("session")
    assert [stamp.date() for stamp in found.index] == expected.index.tolist()
    assert list(found) == list(bars)
    for column in bars:
        np.testing.assert_array_equal(found[column], expected[column].astype(float), column)


def test_weekly_bars_agree_with_a_loop_over_the_days(iwm: PriceHistory) -> None:
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


def test_weekly_ends_are_the_closes_of_weekly_bars() -> None:
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


def test_a_blank_high_or_low_makes_the_week_blank_and_an_open_only_where_it_is_the_first() -> None:
    days = pd.date_range("2025-04-07", "2025-04-18", freq="B")[:9]  # to the Thursday
    bars = pd.DataFrame(
        {name: np.arange(9.0) + 10 for name in ("open", "high", "low", "close")}, index=days
    )
    bars.loc["2025-04-09", ["open", "high"]] = np.nan  # a Wednesday
    bars.loc["2025-04-14", ["open", "low"]] = np.nan  # a Monday
    weeks = resampling.weekly_bars(bars)
    np.testing.assert_array_equal(weeks["open"], [10.0, np.nan])
    np.testing.assert_array_equal(weeks["high"], [np.nan, 18.0])
    np.testing.assert_array_equal(weeks["low"], [10.0, np.nan])
    np.testing.assert_array_equal(weeks["close"], [14.0, 18.0])
