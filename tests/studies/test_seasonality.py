"""Seasonality: by hand, and its laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from rut_dash.errors import InsufficientHistory
from rut_dash.studies.sample import StudyData
from rut_dash.studies.seasonality import DayOfYear, season_window, seasonality
from rut_dash.studies.streaks import StreakSign
from tests.studies.samples import data_of, drawn_data, laws, series_of, two_legs


def month_ends(returns: dict[str, float], last: str | None = None) -> pd.Series:
    """Return closes on weekdays that move on the last weekday of each month alone.

    The first month, which has no close before it, is the one before the first that is named.
    """
    months = pd.PeriodIndex(list(returns), freq="M")
    start = (months[0] - 1).to_timestamp() + pd.Timedelta(days=14)
    index = pd.bdate_range(start, last or months[-1].to_timestamp(how="end").date(), name="session")
    close = pd.Series(100.0, index, name="close")
    for month, value in zip(months, returns.values(), strict=True):
        day = index[index <= month.to_timestamp(how="end")][-1]
        close.loc[day:] *= 1 + value
    return close


RETURNS = {
    "2019-11": 0.10, "2019-12": -0.05, "2020-01": 0.02, "2020-02": -0.10, "2020-03": 0.04,
    "2020-04": 0.03, "2020-05": 0.0, "2020-06": 0.01, "2020-07": 0.02, "2020-08": 0.03,
    "2020-09": -0.01, "2020-10": 0.05, "2020-11": 0.20, "2020-12": 0.01,
}  # fmt: skip


@pytest.fixture
def data() -> StudyData:
    fund = month_ends(RETURNS)
    return data_of(fund, month_ends(dict.fromkeys(RETURNS, 0.01)))


def test_each_month_counts_from_the_last_close_of_the_month_before(data: StudyData) -> None:
    result = seasonality(data)
    months = {f"{day:%Y-%m}": value for day, value in result.months["fund"].items()}
    assert months == pytest.approx(RETURNS, abs=1e-12)
    assert result.running is None
    assert result.months["excess"].iloc[0] == pytest.approx(0.09)


def test_figures_by_month_are_of_all_years(data: StudyData) -> None:
    november = seasonality(data).by_month[11]
    assert (november.n, november.up_count, november.share_up) == (2, 2, 1.0)
    assert november.mean == pytest.approx(0.15)
    assert november.median == pytest.approx(0.15)
    assert november.mean_excess == pytest.approx(0.14)
    assert november.is_few
    may = seasonality(data).by_month[5]
    assert (may.n, may.up_count) == (1, 0)


def test_the_base_is_of_all_finished_months(data: StudyData) -> None:
    base = seasonality(data).base
    assert base.n == 14
    assert base.mean == pytest.approx(sum(RETURNS.values()) / 14)


def test_the_running_month_is_marked_and_in_no_figure_by_month() -> None:
    # The close of Tuesday, 29 December: two sessions are left.
    close = month_ends(RETURNS).loc[:"2020-12-29"]
    close.iloc[-1] *= 1.5
    result = seasonality(data_of(close))
    assert result.running == pd.Timestamp("2020-12-01")
    assert result.months["fund"].iloc[-1] == pytest.approx(0.5)
    assert (result.by_month[12].n, result.base.n) == (1, 13)
    assert result.by_month[12].mean == pytest.approx(-0.05)
    # The streak counts it.
    assert result.streak.current.sign is StreakSign.UP
    assert result.streak.current.length == 3


def test_months_before_the_benchmark_have_no_difference() -> None:
    benchmark = month_ends(dict.fromkeys(RETURNS, 0.01)).loc["2020-06-10":]
    result = seasonality(data_of(month_ends(RETURNS), benchmark))
    assert result.months["excess"].isna().sum() == 8
    assert result.by_month[1].excess_n == 0
    assert np.isnan(result.by_month[1].mean_excess)
    assert result.by_month[7].mean_excess == pytest.approx(0.01)


def test_a_month_without_a_session_leaves_the_next_one_out_as_well() -> None:
    close = month_ends(RETURNS)
    result = seasonality(data_of(close[close.index.month != 3]))
    listed = {f"{day:%Y-%m}" for day in result.months.index}
    assert listed == set(RETURNS) - {"2020-03", "2020-04"}


def test_the_best_month_is_held_against_shuffled_ones() -> None:
    # November is the best of every year by far: shuffles have one as good only where the large
    # months of all ten years fall on one month: one in 12 ** 9.
    years = {
        f"{year}-{month:02d}": 0.2 if month == 11 else 0.001 * month
        for year in range(2001, 2011)
        for month in range(1, 13)
    }
    result = seasonality(data_of(month_ends(years)))
    assert result.best is not None
    assert result.worst is not None
    assert (result.best.month, result.best.shuffled_share) == (11, 0.0)
    assert (result.worst.month, result.worst.mean) == (1, pytest.approx(0.001))
    assert result.tested_count == 12


def test_months_that_are_all_alike_are_no_better_than_shuffled_ones() -> None:
    years = {f"{year}-{month:02d}": 0.01 for year in (2001, 2002) for month in range(1, 13)}
    result = seasonality(data_of(month_ends(years)))
    assert result.best is not None
    assert result.best.shuffled_share == 1.0


def test_one_month_is_too_little() -> None:
    with pytest.raises(InsufficientHistory):
        seasonality(data_of(series_of([10.0, 11.0])))


def test_a_window_crosses_months_and_the_end_of_the_year(data: StudyData) -> None:
    window = season_window(data, DayOfYear(11, 1), DayOfYear(1, 31))
    (row,) = window.years
    assert row.year == 2019
    assert (row.start, row.end) == (pd.Timestamp("2019-10-31"), pd.Timestamp("2020-01-31"))
    assert row.fund == pytest.approx(1.10 * 0.95 * 1.02 - 1)
    assert row.benchmark == pytest.approx(1.01**3 - 1)
    assert window.figures.n == 1
    assert window.figures.mean_excess == pytest.approx(row.fund - row.benchmark)


def test_a_window_within_a_year_is_of_every_year(data: StudyData) -> None:
    window = season_window(data, DayOfYear(11, 15), DayOfYear(12, 24))
    assert [row.year for row in window.years] == [2019, 2020]
    assert [row.fund for row in window.years] == pytest.approx([0.10, 0.20])
    # The close before 15 November 2020, a Sunday.
    assert window.years[1].start == pd.Timestamp("2020-11-13")


def test_a_window_that_ends_on_a_holiday_is_over_with_the_last_session_before() -> None:
    close = month_ends(RETURNS).loc[:"2020-12-24"]
    ends = [(DayOfYear(12, 1), DayOfYear(12, 25)), (DayOfYear(12, 1), DayOfYear(12, 28))]
    counts = [[row.year for row in season_window(data_of(close), *days).years] for days in ends]
    assert counts == [[2019, 2020], [2019]]


def test_the_last_of_february_ends_a_window_in_every_year(data: StudyData) -> None:
    (row,) = season_window(data, DayOfYear(2, 1), DayOfYear(2, 29)).years
    assert row.fund == pytest.approx(-0.10)


def test_the_base_of_a_window_is_as_long_and_begins_on_every_session(data: StudyData) -> None:
    window = season_window(data, DayOfYear(6, 1), DayOfYear(6, 10))
    fund, expected = data.fund, []
    for before, day in zip(fund.index[:-1], fund.index[1:], strict=True):
        end = day + pd.Timedelta(days=9)
        if end <= fund.index[-1]:
            expected.append(fund[fund.index <= end].iloc[-1] / fund[before] - 1)
    assert window.base.n == len(expected)
    assert window.base.mean == pytest.approx(np.mean(expected))


@laws
@given(two_legs(45, 160))
def test_months_compound_to_the_total(legs: pd.DataFrame) -> None:
    result = seasonality(drawn_data(legs))
    first = legs[legs.index < result.months.index[0]].iloc[-1]
    total = np.prod(1 + result.months["fund"].to_numpy())
    assert total == pytest.approx(legs["fund"].iloc[-1] / first["fund"])
    benchmark = np.prod(1 + (result.months["fund"] - result.months["excess"]).to_numpy())
    assert benchmark == pytest.approx(legs["benchmark"].iloc[-1] / first["benchmark"])
    assert sum(figures.n for figures in result.by_month.values()) == result.base.n
