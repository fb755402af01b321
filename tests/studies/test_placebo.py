"""Placebo sets: every circular move of the same dates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.studies.placebo import placebo_rank, random_shifts, shifted_means
from tests.studies.samples import laws


@laws
@given(st.integers(2, 60), st.integers(0, 1000), st.data())
def test_means_of_moved_sets_are_those_of_a_plain_loop(
    size: int, seed: int, data: st.DataObject
) -> None:
    values = np.random.default_rng(seed).normal(0, 0.05, size)
    cases = data.draw(st.sets(st.integers(0, size - 1), min_size=1))
    expected = [sum(values[(p + s) % size] for p in cases) / len(cases) for s in range(size)]
    means = shifted_means(values, np.array(sorted(cases)))
    assert means == pytest.approx(expected, abs=1e-12)


def test_a_rank_counts_the_sets_below_and_half_of_the_equal_ones() -> None:
    # One case on the highest of four values: every move finds a lower one.
    assert placebo_rank(np.array([1.0, 4.0, 2.0, 3.0]), np.array([1])) == 1.0
    assert placebo_rank(np.array([1.0, 4.0, 2.0, 3.0]), np.array([0])) == 0.0
    assert placebo_rank(np.array([2.0, 2.0, 2.0]), np.array([0])) == 0.5
    # Every session is a case: moved, it is the same set.
    assert placebo_rank(np.array([1.0, 4.0, 2.0]), np.arange(3)) == 0.5


def test_there_is_no_rank_without_cases_or_sessions() -> None:
    assert math.isnan(placebo_rank(np.array([1.0, 2.0]), np.array([], dtype=int)))
    assert math.isnan(placebo_rank(np.array([1.0]), np.array([0])))


def test_shifts_never_leave_a_set_in_its_place_and_depend_on_the_seed_alone() -> None:
    shifts = random_shifts(5)
    assert set(shifts.tolist()) == {1, 2, 3, 4}
    assert len(shifts) == 1000
    assert (shifts == random_shifts(5)).all()
    assert (shifts != random_shifts(5, seed=1)).any()


def test_random_date_sets_are_outside_a_band_of_nine_tenths_about_one_time_in_ten() -> None:
    rng = np.random.default_rng(20)
    steps = rng.normal(0, 0.01, 5000)
    closes = np.exp(np.cumsum(steps))
    values = closes[21:] / closes[:-21] - 1
    trials = 400
    outside = 0
    for trial in range(trials):
        cases = np.sort(rng.choice(len(values), 20, replace=False))
        rank = placebo_rank(values, cases, seed=trial)
        outside += rank < 0.05 or rank > 0.95
    # 40 are expected; the standard deviation of a count at one in ten is 6.
    assert 20 <= outside <= 60
