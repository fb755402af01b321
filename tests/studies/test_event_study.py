"""The event study: its paths, the market model against statsmodels, and its laws."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.events.event import Direction, Event, Timing
from rut_dash.studies.event_study import (
    EventStudy,
    ExclusionReason,
    NoBandReason,
    PathSeries,
    event_of_day,
    event_study,
    market_betas,
    study_events,
)
from rut_dash.studies.sample import StudyData
from tests.oracles import walk
from tests.studies.samples import data_of, drawn_data, laws, two_legs

ZERO = 20  # the column of offset 0


def two_walks(sessions: int, seed: int = 5) -> pd.DataFrame:
    """Return a fund that moves with its benchmark and on its own."""
    market = walk(sessions, seed=seed, drift=0.0003)
    own = walk(sessions, seed=seed + 1)
    return pd.DataFrame({"fund": (market * 1.2 + own) / 2.2, "benchmark": market})


@pytest.fixture(scope="module")
def legs() -> pd.DataFrame:
    return two_walks(900)


@pytest.fixture(scope="module")
def data(legs: pd.DataFrame) -> StudyData:
    return drawn_data(legs)


def study_of(data: StudyData, *anchors: int) -> EventStudy:
    """Return the study of news in the sessions after the anchors at positions."""
    index = data.closes.index
    return event_study(data, [event_of_day(index[a + 1].date(), data) for a in anchors])


def test_paths_count_from_the_close_before_the_news(legs: pd.DataFrame, data: StudyData) -> None:
    study = study_of(data, 400)
    assert study.events[0].anchor == legs.index[400]
    fund = study.series[PathSeries.FUND]
    assert (study.offsets[0], study.offsets[-1]) == (-20, 60)
    assert fund.mean[ZERO] == 0.0
    assert fund.mean[ZERO + 7] == pytest.approx(legs["fund"].iloc[407] / legs["fund"].iloc[400] - 1)
    assert fund.mean[0] == pytest.approx(legs["fund"].iloc[380] / legs["fund"].iloc[400] - 1)
    assert fund.mean[-1] == pytest.approx(legs["fund"].iloc[460] / legs["fund"].iloc[400] - 1)
    ratio = (legs["fund"] / legs["benchmark"]).to_numpy()
    assert study.series[PathSeries.RATIO].mean[ZERO + 30] == pytest.approx(
        ratio[430] / ratio[400] - 1
    )


def test_mean_and_median_are_over_the_events(legs: pd.DataFrame, data: StudyData) -> None:
    study = study_of(data, 300, 500, 700)
    prices = legs["benchmark"].to_numpy()
    returns = sorted(prices[a + 10] / prices[a] - 1 for a in (300, 500, 700))
    benchmark = study.series[PathSeries.BENCHMARK]
    assert benchmark.mean[ZERO + 10] == pytest.approx(sum(returns) / 3)
    assert benchmark.median[ZERO + 10] == pytest.approx(returns[1])
    assert benchmark.paths.shape == (3, 81)


def test_the_abnormal_return_is_that_of_a_regression_by_statsmodels(
    legs: pd.DataFrame, data: StudyData
) -> None:
    anchor = 437
    returns = legs.pct_change()
    window = returns.iloc[anchor - 279 : anchor - 29]
    assert len(window) == 250
    model = sm.OLS(window["fund"].to_numpy(), sm.add_constant(window["benchmark"].to_numpy())).fit()
    assert market_betas(legs)[anchor] == pytest.approx(model.params[1], abs=1e-12)
    abnormal = (returns["fund"] - model.params[1] * returns["benchmark"]).to_numpy()
    path = study_of(data, anchor).series[PathSeries.ABNORMAL].mean
    for k in range(1, 61):
        assert path[ZERO + k] == pytest.approx(
            sum(abnormal[anchor + 1 : anchor + k + 1]), abs=1e-12
        )
    for k in range(-20, 0):
        expected = -sum(abnormal[anchor + k + 1 : anchor + 1])
        assert path[ZERO + k] == pytest.approx(expected, abs=1e-12)
    assert path[ZERO] == 0.0


def test_the_first_possible_anchor_has_one_return_less(legs: pd.DataFrame, data: StudyData) -> None:
    returns = legs.pct_change().iloc[1:250]
    model = sm.OLS(returns["fund"].to_numpy(), sm.add_constant(returns["benchmark"].to_numpy()))
    assert market_betas(legs)[279] == pytest.approx(model.fit().params[1], abs=1e-12)
    assert np.isnan(market_betas(legs)[278])
    assert study_of(data, 279).n == 1


@pytest.mark.parametrize(
    ("anchor", "reason", "available"),
    [
        (278, ExclusionReason.FEW_BEFORE, 278),
        (840, ExclusionReason.FEW_AFTER, 59),
    ],
)
def test_an_event_too_near_the_ends_is_listed_with_the_reason(
    data: StudyData, anchor: int, reason: ExclusionReason, available: int
) -> None:
    study = study_of(data, anchor, 500)
    (row,) = study.excluded
    assert (row.event.anchor, row.reason, row.available) == (
        data.closes.index[anchor],
        reason,
        available,
    )
    assert study.n == 1


def test_an_event_sixty_sessions_before_the_end_is_counted(data: StudyData) -> None:
    assert study_of(data, 839).n == 1


def test_an_event_before_the_history_is_left_out(data: StudyData) -> None:
    study = event_study(data, [event_of_day(date(2019, 1, 2), data)])
    assert study.excluded[0].reason is ExclusionReason.BEFORE_HISTORY
    assert study.n == 0
    assert np.isnan(study.series[PathSeries.FUND].mean).all()
    assert not np.isnan(study.series[PathSeries.FUND].base).any()


def test_events_of_the_catalogue_count_from_their_own_anchor(data: StudyData) -> None:
    day = data.closes.index[500].date()
    kinds = [("fed", Timing.IN_SESSION, 499), ("fed", Timing.AFTER_CLOSE, 500),
             ("market", Timing.IN_SESSION, 500)]  # fmt: skip
    events = [
        Event(f"e{i}", day, timing, kind, "A label", "test", "Short", direction=Direction.CUT)
        for i, (kind, timing, _) in enumerate(kinds)
    ]
    anchors = [event.anchor for event in study_events(events, data)]
    assert anchors == [data.closes.index[position] for _, _, position in kinds]


def test_a_day_without_a_session_counts_from_the_close_before(data: StudyData) -> None:
    friday = next(i for i, day in enumerate(data.closes.index) if i > 300 and day.weekday() == 4)
    saturday = (data.closes.index[friday] + pd.Timedelta(days=1)).date()
    assert event_of_day(saturday, data).anchor == data.closes.index[friday]


def test_windows_that_share_a_session_overlap(data: StudyData, legs: pd.DataFrame) -> None:
    # -20 to +60 around 300 ends on 360; around 380 it begins on 360, around 381 on 361.
    assert [len(study_of(data, 300, second).without_overlap) for second in (380, 381)] == [1, 2]
    study = study_of(data, 300, 340, 381, 420)
    assert [event.anchor for event in study.without_overlap] == list(legs.index[[300, 381]])
    prices = legs["fund"].to_numpy()
    expected = sum(prices[a + 5] / prices[a] - 1 for a in (300, 381)) / 2
    assert study.series[PathSeries.FUND].mean_without_overlap[ZERO + 5] == pytest.approx(expected)


def test_two_events_of_one_session_overlap(data: StudyData) -> None:
    first = data.closes.index[301].date()
    # A Saturday and the Monday after it both count from the Friday.
    friday = next(i for i, day in enumerate(data.closes.index) if i > 400 and day.weekday() == 4)
    weekend = [(data.closes.index[friday] + pd.Timedelta(days=n)).date() for n in (1, 3)]
    study = event_study(data, [event_of_day(day, data) for day in (first, *weekend)])
    assert (study.n, len(study.without_overlap)) == (3, 2)


def test_the_base_is_of_every_session_that_could_be_an_anchor(
    legs: pd.DataFrame, data: StudyData
) -> None:
    study = study_of(data, 500)
    prices = legs["fund"].to_numpy()
    returns = [prices[a + 9] / prices[a] - 1 for a in range(279, 840)]
    assert study.base_sessions == len(returns)
    assert study.series[PathSeries.FUND].base[ZERO + 9] == pytest.approx(np.mean(returns))


def test_few_events_have_no_band(data: StudyData) -> None:
    study = study_of(data, *range(300, 307))
    assert (study.n, study.draws, study.no_band_reason) == (7, 0, NoBandReason.FEW_EVENTS)
    assert np.isnan(study.series[PathSeries.FUND].low).all()


def test_events_that_leave_no_room_have_no_band(data: StudyData) -> None:
    study = study_of(data, *range(300, 840, 50))
    assert study.n == 11
    assert (study.draws, study.no_band_reason) == (0, NoBandReason.FEW_MOVES)


def test_the_band_is_of_moved_sets_that_touch_no_event(legs: pd.DataFrame, data: StudyData) -> None:
    anchors = list(range(500, 516, 2))
    study = study_of(data, *anchors)
    size = 840 - 279
    allowed = []
    for shift in range(1, size):
        moved = [279 + (a - 279 + shift) % size for a in anchors]
        windows = {session for m in moved for session in range(m - 20, m + 61)}
        if not windows & set(anchors):
            allowed.append(moved)
    assert study.free_moves == len(allowed)
    assert study.draws == 1000
    prices = legs["fund"].to_numpy()
    means = [np.mean([prices[m + 40] / prices[m] - 1 for m in moved]) for moved in allowed]
    fund = study.series[PathSeries.FUND]
    # A thousand draws of these: their percentiles are near those of all of them.
    for got, share in ((fund.low, 0.05), (fund.high, 0.95)):
        near = np.quantile(means, [share - 0.03, min(share + 0.03, 1.0)])
        assert near[0] <= got[ZERO + 40] <= near[1]


def test_random_date_sets_are_outside_the_band_about_one_time_in_ten() -> None:
    data = drawn_data(two_walks(4000, seed=30))
    rng = np.random.default_rng(7)
    trials, outside = 60, 0
    for _ in range(trials):
        anchors = np.sort(rng.choice(np.arange(279, 3940), 8, replace=False))
        fund = study_of(data, *anchors.tolist()).series[PathSeries.FUND]
        at = ZERO + 20
        outside += not fund.low[at] <= fund.mean[at] <= fund.high[at]
    # 6 are expected, with a standard deviation of 2.3.
    assert 1 <= outside <= 13


def test_a_fund_that_is_its_own_benchmark_has_no_abnormal_return(legs: pd.DataFrame) -> None:
    study = study_of(data_of(legs["fund"]), 300, 500)
    assert study.series[PathSeries.ABNORMAL].paths == pytest.approx(np.zeros((2, 81)), abs=1e-12)
    assert study.series[PathSeries.RATIO].paths == pytest.approx(np.zeros((2, 81)), abs=1e-12)


@laws
@given(two_legs(345, 420), st.integers(340, 344))
def test_truncating_later_bars_changes_no_earlier_path(legs: pd.DataFrame, cut: int) -> None:
    past, whole = (study_of(drawn_data(bars), 279) for bars in (legs.iloc[:cut], legs))
    assert past.n == whole.n == 1
    for name in PathSeries:
        assert past.series[name].mean == pytest.approx(whole.series[name].mean, nan_ok=True)
