"""How unusual today is: by hand, and its laws."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.errors import InvalidParameter
from rut_dash.studies.unusual import Fall, MeasuredSeries, PlacedMove, Unusual, unusual
from tests.oracles import falls as plain_falls
from tests.studies.samples import data_of, drawn_data, laws, series_of, two_legs


def move_of(result: Unusual, series: MeasuredSeries, sessions: int) -> PlacedMove:
    return next(m for m in result.moves if (m.series, m.sessions) == (series, sessions))


def test_a_move_is_placed_among_all_to_date() -> None:
    # One-session moves: +10%, -10%, +20%, +5%.
    prices = np.cumprod([100, 1.1, 0.9, 1.2, 1.05]).tolist()
    placement = move_of(unusual(data_of(series_of(prices)), (1,)), MeasuredSeries.FUND, 1).placement
    assert placement.value == pytest.approx(0.05)
    assert (placement.n, placement.n_without_overlap, placement.rank) == (4, 4, 3)
    assert placement.percentile == 0.5
    assert placement.mean == pytest.approx(0.0625)
    assert placement.median == pytest.approx(0.075)
    assert placement.first_session == pd.Timestamp("2024-01-03")


def test_moves_over_two_sessions_overlap() -> None:
    result = unusual(data_of(series_of([10, 11, 12, 13, 14])), (2,))
    placement = move_of(result, MeasuredSeries.FUND, 2).placement
    # Moves end on the third, fourth and fifth close: of the first and last none overlaps.
    assert (placement.n, placement.n_without_overlap) == (3, 2)


def test_the_lead_is_a_difference_and_the_ratio_a_quotient() -> None:
    data = data_of(series_of([100, 110]), series_of([100, 104]))
    result = unusual(data, (1,))
    lead, ratio = (
        move_of(result, series, 1).placement.value
        for series in (MeasuredSeries.LEAD, MeasuredSeries.RATIO)
    )
    assert lead == pytest.approx(0.06)
    assert ratio == pytest.approx(1.1 / 1.04 - 1)


def test_the_most_alike_moves_are_the_closest_that_do_not_overlap() -> None:
    moves = [0.05, 0.011, 0.012, -0.03, 0.0095, 0.02, 0.01]
    prices = np.cumprod([100, *(1 + move for move in moves)]).tolist()
    close = series_of(prices)
    alike = move_of(unusual(data_of(close), (1,)), MeasuredSeries.FUND, 1).similar_moves
    assert [row.value for row in alike] == pytest.approx([0.0095, 0.011, 0.012, 0.02, -0.03])
    assert alike[1].session == close.index[2]
    two = move_of(unusual(data_of(close), (2,)), MeasuredSeries.FUND, 2).similar_moves
    positions = [close.index.get_loc(row.session) for row in two]
    assert all(abs(a - b) >= 2 for i, a in enumerate(positions) for b in [7, *positions[:i]])


def test_a_move_longer_than_the_history_has_no_place() -> None:
    placement = move_of(
        unusual(data_of(series_of([10, 11, 12])), (3,)), MeasuredSeries.FUND, 3
    ).placement
    assert math.isnan(placement.value)
    assert math.isnan(placement.percentile)
    assert (placement.n, placement.rank, placement.first_session) == (0, 0, None)


def test_volatility_is_that_of_the_last_returns() -> None:
    rng = np.random.default_rng(3)
    prices = 100 * np.cumprod(1 + rng.normal(0, 0.01, 40))
    result = unusual(data_of(series_of(prices.tolist())))
    row = next(v for v in result.volatilities if v.sessions == 21)
    moves = [b / a - 1 for a, b in pairwise(prices)][-21:]
    mean = sum(moves) / 21
    variance = sum((move - mean) ** 2 for move in moves) / 20
    assert row.placement.value == pytest.approx(math.sqrt(variance * 252))
    assert row.placement.n == 39 - 20


def test_the_excess_of_a_year_counts_from_the_same_day_of_the_year_before() -> None:
    index = pd.bdate_range("2021-01-04", "2024-01-31", name="session")
    fund = pd.Series(100 * 1.0004 ** np.arange(len(index)), index, name="close")
    fund.loc["2023-06-01":] *= 1.3
    benchmark = pd.Series(50 * 1.0002 ** np.arange(len(index)), index, name="close")
    rows = {row.years: row.placement for row in unusual(data_of(fund, benchmark)).excesses}
    start = pd.Timestamp("2023-01-31")
    one = fund.iloc[-1] / fund[start] - benchmark.iloc[-1] / benchmark[start]
    assert rows[1].value == pytest.approx(one)
    # 31 January 2021 is a Sunday: the last session before is the 29th.
    start = pd.Timestamp("2021-01-29")
    growth = [leg.iloc[-1] / leg[start] for leg in (fund, benchmark)]
    assert rows[3].value == pytest.approx(growth[0] ** (1 / 3) - growth[1] ** (1 / 3))
    assert math.isnan(rows[5].value)


def test_falls_say_how_much_further_and_how_long() -> None:
    # From 100: 89 reaches a tenth, 80 is the trough, 101 the recovery. From 101: 90.8 is open.
    data = data_of(series_of([100, 95, 89, 85, 80, 90, 101, 90.8]))
    fund = next(f for f in unusual(data, (1,)).falls if f.series is MeasuredSeries.FUND)
    days = data.sessions
    first, second = fund.rows
    assert first == Fall(
        peak=days[0],
        depth_session=days[2],
        trough=days[4],
        depth=pytest.approx(-0.2),
        further_fall=pytest.approx(80 / 89 - 1),
        sessions_to_trough=2,
        recovery=days[6],
        sessions_to_recovery=4,
    )
    assert (second.depth_session, second.further_fall, second.recovery) == (days[7], 0.0, None)
    assert (second.sessions_to_trough, second.sessions_to_recovery) == (0, None)
    assert fund.open == 1
    assert fund.today == pytest.approx(90.8 / 101 - 1)
    assert (fund.median_to_trough, fund.median_to_recovery) == (2.0, 4.0)
    assert fund.median_further_fall == pytest.approx((80 / 89 - 1) / 2)
    assert fund.worst_further_fall == pytest.approx(80 / 89 - 1)


def test_the_ratio_has_falls_of_its_own() -> None:
    data = data_of(series_of([100, 100, 100]), series_of([100, 120, 95]))
    ratio = next(f for f in unusual(data, (1,)).falls if f.series is MeasuredSeries.RATIO)
    assert [row.depth for row in ratio.rows] == pytest.approx([100 / 120 - 1])


def test_without_falls_there_are_no_figures_of_them() -> None:
    fund = unusual(data_of(series_of([1.0, 2.0])), (1,)).falls[0]
    assert fund.rows == ()
    assert all(
        math.isnan(value)
        for value in (fund.median_further_fall, fund.worst_further_fall, fund.median_to_trough)
    )


def test_the_number_of_placed_values_is_told() -> None:
    assert unusual(data_of(series_of([1.0, 2.0])), (1, 2)).tested_count == 4 * 2 + 2 * 2 + 3


@pytest.mark.parametrize(("spans", "depth"), [((0,), 0.1), ((1,), 1.0), ((1,), -0.1)])
def test_what_cannot_be_measured_is_refused(spans: tuple[int, ...], depth: float) -> None:
    with pytest.raises(InvalidParameter):
        unusual(data_of(series_of([1.0, 2.0])), spans, depth)


@laws
@given(two_legs(3, 100))
def test_falls_are_those_of_a_plain_search(legs: pd.DataFrame) -> None:
    fund = unusual(drawn_data(legs), (1,), depth=0.03).falls[0]
    prices = legs["fund"].tolist()
    expected = plain_falls(prices, 0.03)
    assert [legs.index.get_loc(row.peak) for row in fund.rows] == [fall.peak for fall in expected]
    for row, fall in zip(fund.rows, expected, strict=True):
        reached = next(i for i in range(fall.peak, fall.trough + 1)
                       if prices[i] / prices[fall.peak] - 1 <= -0.03)  # fmt: skip
        assert row.depth_session == legs.index[reached]
        assert row.further_fall == pytest.approx(prices[fall.trough] / prices[reached] - 1)


@laws
@given(two_legs(5, 100), st.integers(1, 4))
def test_a_value_equals_itself_among_all(legs: pd.DataFrame, span: int) -> None:
    for move in unusual(drawn_data(legs), (span,)).moves:
        placement = move.placement
        if placement.n:
            assert 0 < placement.percentile <= 1
            assert 1 <= placement.rank <= placement.n
            assert all(row.session < legs.index[-1] for row in move.similar_moves)
