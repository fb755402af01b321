"""Streaks: by hand, and their laws."""

from __future__ import annotations

import math
from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.errors import InsufficientHistory
from rut_dash.studies.streaks import Streak, StreakOf, StreakSign, StreakStep, runs_of, streaks
from tests.studies.samples import data_of, drawn_data, laws, series_of, two_legs

UP, DOWN, FLAT = StreakSign.UP, StreakSign.DOWN, StreakSign.FLAT
# 01-02 .. 01-16: up up down up up up flat down up up
PRICES = [10, 11, 12, 11, 12, 13, 14, 14, 13, 14, 15]


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"2024-{text}")


def test_the_streak_in_force_its_rank_and_the_last_longer_one() -> None:
    result = streaks(data_of(series_of(PRICES)))
    assert result.current == Streak(UP, 2, day("01-15"), day("01-16"))
    assert result.last_longer == Streak(UP, 3, day("01-08"), day("01-10"))
    assert result.last_as_long == result.last_longer
    assert (result.rank, result.streaks_of_sign) == (2, 3)
    # Before it, streaks of 2 and of 3 reached two; one of them went on.
    assert (result.as_long_count, result.longer_count) == (2, 1)
    assert (result.periods, result.of_sign) == (10, 7)
    assert result.first_session == day("01-02")
    assert result.level == 15.0


def test_an_unchanged_close_ends_a_streak() -> None:
    result = streaks(data_of(series_of([10, 11, 12, 12])))
    assert result.current == Streak(FLAT, 1, day("01-05"), day("01-05"))
    assert (result.rank, result.last_longer, result.as_long_count) == (1, None, 0)
    assert result.longest == (Streak(UP, 2, day("01-03"), day("01-04")),)


def test_the_longest_are_of_both_signs_the_longest_and_latest_first() -> None:
    result = streaks(data_of(series_of([10, 9, 8, 9, 10, 9, 8])))
    assert [(row.sign, row.length, row.last) for row in result.longest] == [
        (UP, 2, day("01-08")),
        (DOWN, 2, day("01-10")),
        (DOWN, 2, day("01-04")),
    ]


def test_at_most_ten_of_each_sign_are_listed() -> None:
    result = streaks(data_of(series_of([10 + at % 2 for at in range(60)])))
    assert [row.sign for row in result.longest].count(UP) == 10
    assert [row.sign for row in result.longest].count(DOWN) == 10


def test_the_lead_is_up_where_the_fund_returns_more() -> None:
    # Fund +10% +10% -10% 0%; benchmark +5% +20% -20% 0%.
    data = data_of(
        series_of([100, 110, 121, 108.9, 108.9]), series_of([100, 105, 126, 100.8, 100.8])
    )
    signs = [row.sign for row in runs_of(np.array([1, -1, 1, 0]), data.sessions[1:])]
    assert signs == [UP, DOWN, UP, FLAT]
    result = streaks(data, StreakOf.LEAD)
    assert result.current == Streak(FLAT, 1, day("01-08"), day("01-08"))
    assert result.longest == (
        Streak(UP, 1, day("01-05"), day("01-05")),
        Streak(UP, 1, day("01-03"), day("01-03")),
        Streak(DOWN, 1, day("01-04"), day("01-04")),
    )
    assert math.isnan(result.level)


def test_the_benchmark_has_streaks_on_its_own_sessions() -> None:
    fund, benchmark = series_of([10, 9, 8, 7]).iloc[1:], series_of([10, 11, 12, 13])
    result = streaks(data_of(fund, benchmark), StreakOf.BENCHMARK)
    assert result.current.length == 3
    assert result.first_session == day("01-02")


def test_the_first_week_has_no_close_before_it_and_an_unfinished_one_counts() -> None:
    # Tuesday 2 January to Wednesday 17 January 2024: Fridays 10.3, 10.8; Wednesday 10.9.
    closes = series_of(np.round(np.arange(10.0, 11.2, 0.1), 1).tolist())
    result = streaks(data_of(closes), StreakOf.FUND, StreakStep.WEEK)
    assert closes.index[-1] == day("01-17")
    assert result.current == Streak(UP, 2, day("01-12"), day("01-17"))
    assert result.is_unfinished
    assert result.level == closes[day("01-12")]
    over = streaks(data_of(closes.loc[: day("01-12")]), StreakOf.FUND, StreakStep.WEEK)
    assert not over.is_unfinished
    assert over.level == closes[day("01-12")]


def test_a_month_is_over_on_its_last_session() -> None:
    closes = series_of(np.linspace(10.0, 20.0, 43).tolist())
    # 2 January to 29 February, a Thursday, and the day before.
    assert closes.index[-1] == day("02-29")
    steps = (StreakOf.FUND, StreakStep.MONTH)
    assert not streaks(data_of(closes), *steps).is_unfinished
    result = streaks(data_of(closes.iloc[:-1]), *steps)
    assert result.is_unfinished
    assert result.current == Streak(UP, 1, day("02-28"), day("02-28"))
    assert result.level == closes[day("01-31")]


def test_one_close_has_no_streak() -> None:
    with pytest.raises(InsufficientHistory):
        streaks(data_of(series_of([10.0])))
    with pytest.raises(InsufficientHistory):
        streaks(data_of(series_of([10.0, 11.0])), StreakOf.FUND, StreakStep.MONTH)


@laws
@given(st.lists(st.sampled_from([1, -1, 0]), min_size=1))
def test_lengths_sum_to_the_number_of_periods(signs: list[int]) -> None:
    index = pd.bdate_range("2020-01-01", periods=len(signs))
    found = runs_of(np.array(signs), index)
    names = {1: UP, -1: DOWN, 0: FLAT}
    expected = [(names[sign], len(list(run))) for sign, run in groupby(signs)]
    assert [(row.sign, row.length) for row in found] == expected
    assert sum(row.length for row in found) == len(signs)


@laws
@given(two_legs(3, 120), st.sampled_from(StreakOf), st.integers(1, 30))
def test_truncating_later_bars_changes_no_streak_that_was_over(
    legs: pd.DataFrame, of: StreakOf, cut: int
) -> None:
    if len(legs) - cut < 3:
        return
    past, whole = (streaks(drawn_data(bars), of) for bars in (legs.iloc[:-cut], legs))
    over = {row for row in past.longest if row != past.current}
    for row in over - set(whole.longest):
        # Ten later or longer ones have taken its place.
        others = [r for r in whole.longest if r.sign is row.sign and r.length >= row.length]
        assert len(others) == 10
    assert past.first_session == whole.first_session
