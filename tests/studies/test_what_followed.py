"""What followed a condition: by hand, and its laws."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.errors import InvalidParameter
from rut_dash.studies.condition import Condition, parse_condition
from rut_dash.studies.condition_kind import ConditionKind, Occurrences
from rut_dash.studies.what_followed import ForwardStatistic, WhatFollowed, what_followed
from tests.studies.samples import data_of, drawn_data, laws, series_of, two_legs

EVERY_SESSION = Condition(
    ConditionKind(
        "every_session",
        "every session",
        lambda data, close, _: Occurrences(close.index, close.index[0]),
    ),
    {},
    None,
)
# Down 10% on the second and on the fifth session; the benchmark begins with the second.
FUND = [100.0, 80.0, 88.0, 110.0, 55.0, 66.0]
BENCHMARK = [50.0, 55.0, 44.0, 66.0, 33.0]


@pytest.fixture
def result() -> WhatFollowed:
    benchmark = series_of([1.0, *BENCHMARK]).iloc[1:]
    data = data_of(series_of(FUND), benchmark)
    return what_followed(data, parse_condition("drawdown:0.1"), (1, 2), cooldown=0)


def test_each_case_has_the_returns_from_its_own_close(result: WhatFollowed) -> None:
    first, second = result.cases
    assert (first.session, second.session) == (
        pd.Timestamp("2024-01-03"),
        pd.Timestamp("2024-01-08"),
    )
    assert first.forward[1].fund == pytest.approx(88 / 80 - 1)
    assert first.forward[1].benchmark == pytest.approx(55 / 50 - 1)
    assert first.forward[1].difference == pytest.approx(0.1 - 0.1)
    assert first.forward[2].fund == pytest.approx(110 / 80 - 1)
    assert first.forward[2].benchmark == pytest.approx(44 / 50 - 1)
    assert second.forward[1].fund == pytest.approx(66 / 55 - 1)
    assert second.forward[1].benchmark == pytest.approx(33 / 66 - 1)


def test_a_horizon_that_is_not_over_is_pending_and_not_counted(result: WhatFollowed) -> None:
    assert math.isnan(result.cases[1].forward[2].fund)
    assert result.n == 2
    assert result.horizons[1].cases.fund.n == 2
    assert result.horizons[2].cases.fund.n == 1


def test_the_statistics_of_the_cases_by_hand(result: WhatFollowed) -> None:
    fund = result.horizons[1].cases.fund
    assert fund.mean == pytest.approx((0.1 + 0.2) / 2)
    assert fund.median == pytest.approx(0.15)
    assert (fund.up_count, fund.share_up) == (2, 1.0)
    assert (fund.worst, fund.best) == (pytest.approx(0.1), pytest.approx(0.2))
    assert fund.worst_fall == 0.0
    assert fund.is_few
    benchmark = result.horizons[2].cases.benchmark
    # 50, 55, 44: the lowest close on the way is 44.
    assert (benchmark.n, benchmark.up_count) == (1, 0)
    assert benchmark.worst_fall == pytest.approx(44 / 50 - 1)
    assert math.isnan(result.horizons[1].cases.difference.worst_fall)


def test_the_base_rate_is_of_all_sessions_whose_horizon_is_over(result: WhatFollowed) -> None:
    base = result.horizons[1].base
    moves = [80 / 100, 88 / 80, 110 / 88, 55 / 110, 66 / 55]
    assert base.fund.n == 5
    assert base.fund.mean == pytest.approx(sum(m - 1 for m in moves) / 5)
    assert base.fund.worst == pytest.approx(-0.5)
    assert base.fund.worst_fall == pytest.approx(-0.5)
    # The benchmark's first session is the fund's second.
    assert (base.benchmark.n, base.difference.n) == (4, 4)
    assert result.horizons[2].base.fund.n == 4
    assert result.horizons[2].base.fund.n_without_overlap == 2


def test_the_sample_names_what_the_figures_rest_on(result: WhatFollowed) -> None:
    sample = result.sample
    assert (sample.fund, sample.benchmark, sample.sessions) == ("AAA", "BBB", 6)
    assert (sample.first, sample.as_of) == (pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-09"))
    assert sample.symbols_without_dividends == ("AAA", "BBB")
    assert (result.draws, result.seed) == (1000, 0)


def test_no_case_is_within_the_cooldown_of_the_case_before() -> None:
    # Below 90% of the high on sessions 1, 3, 5 and 7.
    data = data_of(series_of([100, 80, 100, 80, 100, 80, 100, 80]))
    sessions = {
        cooldown: [case.session.day for case in what_followed(
            data, parse_condition("drawdown:0.1"), (1,), cooldown).cases]
        for cooldown in (0, 2, 3, 4, 5)
    }  # fmt: skip
    assert sessions == {
        0: [3, 5, 9, 11],
        2: [3, 5, 9, 11],
        3: [3, 9],
        4: [3, 9],
        5: [3, 10 + 1],
    }


def test_no_cases_give_no_figures_but_the_base_rate() -> None:
    result = what_followed(data_of(series_of(FUND)), parse_condition("drawdown:0.9"), (1,))
    assert (result.n, result.n_without_overlap, result.cases) == (0, 0, ())
    row = result.horizons[1]
    assert row.cases.fund.n == 0
    assert math.isnan(row.cases.fund.mean)
    assert math.isnan(row.cases.fund.share_up)
    assert math.isnan(row.placebo_rank.fund)
    assert row.base.fund.n == 5


def test_a_history_shorter_than_a_horizon_has_no_base_rate() -> None:
    row = what_followed(data_of(series_of(FUND)), parse_condition("drawdown:0.1"), (6,)).horizons[6]
    assert (row.cases.fund.n, row.base.fund.n) == (0, 0)


@pytest.mark.parametrize(("horizons", "cooldown"), [((0,), 1), ((-1,), 1), ((5,), -1)])
def test_a_horizon_or_cooldown_that_is_no_number_of_sessions_is_refused(
    horizons: tuple[int, ...], cooldown: int
) -> None:
    with pytest.raises(InvalidParameter):
        what_followed(data_of(series_of(FUND)), parse_condition("drawdown:0.1"), horizons, cooldown)


def figures(statistic: ForwardStatistic) -> list[float]:
    names = ("n", "n_without_overlap", "mean", "median", "up_count", "worst", "best", "worst_fall")
    return [getattr(statistic, name) for name in names]


@laws
@given(two_legs(8, 60))
def test_every_session_as_a_condition_gives_the_base_rate(legs: pd.DataFrame) -> None:
    result = what_followed(drawn_data(legs), EVERY_SESSION, (1, 5), cooldown=0)
    for row in result.horizons.values():
        for (_, cases), (_, base) in zip(row.cases.items(), row.base.items(), strict=True):
            assert figures(cases) == pytest.approx(figures(base), nan_ok=True)
        assert dict(row.placebo_rank.items()) == dict.fromkeys(
            ("fund", "benchmark", "difference"), 0.5
        )


@laws
@given(two_legs(8, 90), st.integers(1, 12))
def test_a_cooldown_as_long_as_the_horizon_makes_both_counts_equal(
    legs: pd.DataFrame, horizon: int
) -> None:
    result = what_followed(
        drawn_data(legs), parse_condition("up_streak:1"), (horizon,), cooldown=horizon
    )
    assert result.n == result.n_without_overlap
    fund = result.horizons[horizon].cases.fund
    assert fund.n == fund.n_without_overlap


@laws
@given(two_legs(20, 90), st.integers(10, 19))
def test_truncating_later_bars_changes_no_case_whose_horizon_was_over(
    legs: pd.DataFrame, cut: int
) -> None:
    condition = parse_condition("down_streak:1")
    past, whole = (
        what_followed(drawn_data(bars), condition, (3,), 2) for bars in (legs.iloc[:cut], legs)
    )
    for then, current in zip(past.cases, whole.cases, strict=False):
        assert then.session == current.session
        if not math.isnan(then.forward[3].fund):
            assert then == current


@laws
@given(two_legs(30, 90))
def test_a_set_of_means_is_that_of_a_plain_loop(legs: pd.DataFrame) -> None:
    result = what_followed(drawn_data(legs), parse_condition("up_streak:2"), (4,), cooldown=3)
    fund, benchmark = (legs[leg].tolist() for leg in ("fund", "benchmark"))
    at, last = [], -10
    for i in range(2, len(fund)):
        two = fund[i] > fund[i - 1] > fund[i - 2]
        three = i > 2 and two and fund[i - 2] > fund[i - 3]
        if two and not three and i - last >= 3:
            at.append(i)
            last = i
    done = [i for i in at if i + 4 < len(fund)]
    expected = [fund[i + 4] / fund[i] - benchmark[i + 4] / benchmark[i] for i in done]
    got = result.horizons[4].cases.difference
    assert (result.n, got.n) == (len(at), len(done))
    if done:
        assert got.mean == pytest.approx(float(np.mean(expected)), abs=1e-12)
        assert got.up_count == sum(value > 0 for value in expected)
