"""The rotation map: by hand, and its laws."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from rut_dash.errors import InvalidParameter
from rut_dash.studies.rotation import Quadrant, RotationPoint, rotation_points, symbol_rotation
from tests.oracles import weeks
from tests.studies.samples import laws, series_of, two_legs


def weekly(values: list[float]) -> pd.Series:
    index = pd.date_range("2020-01-03", periods=len(values), freq="7D")
    return pd.Series(values, index)


def test_x_is_the_ratio_over_its_average_and_y_the_change_of_x() -> None:
    values = [1.0] * 43 + [1.4]
    (point,) = rotation_points(weekly(values))
    # The average of 39 ones and 1.4 is 1.01; four weeks before x was 0.
    assert point.x == pytest.approx(1.4 / 1.01 - 1)
    assert point.y == pytest.approx(point.x)
    assert point.week == pd.Timestamp("2020-01-03") + pd.Timedelta(weeks=43)


def test_the_first_point_needs_44_weeks() -> None:
    assert rotation_points(weekly([1.0] * 43)) == ()
    assert len(rotation_points(weekly([1.0] * 50))) == 7


@pytest.mark.parametrize(
    ("x", "y", "quadrant"),
    [
        (0.1, 0.1, Quadrant.ABOVE_RISING),
        (0.1, -0.1, Quadrant.ABOVE_FALLING),
        (-0.1, -0.1, Quadrant.BELOW_FALLING),
        (-0.1, 0.1, Quadrant.BELOW_RISING),
        (0.0, 0.0, Quadrant.BELOW_FALLING),
        (0.1, 0.0, Quadrant.ABOVE_FALLING),
    ],
)
def test_the_quadrant_of_a_point(x: float, y: float, quadrant: Quadrant) -> None:
    assert RotationPoint(pd.Timestamp("2024-01-05"), x, y).quadrant is quadrant


def test_a_symbol_is_compared_on_common_sessions_up_to_its_own_end() -> None:
    benchmark = series_of([100.0] * 400)
    close = series_of(np.linspace(50, 90, 380).tolist()).iloc[10:]
    row = symbol_rotation("XBI", close, benchmark, tail_weeks=3)
    assert (row.first, row.as_of) == (close.index[0], close.index[-1])
    # The last week ends on a Monday so far.
    days = ("2025-06-06", "2025-06-13", "2025-06-16")
    assert [point.week for point in row.tail] == list(map(pd.Timestamp, days))
    assert row.tail[-1].quadrant is Quadrant.ABOVE_FALLING
    assert row.returns["1M"] == pytest.approx(
        close.iloc[-1] / close[close.index <= "2025-05-16"].iloc[-1] - 1
    )
    assert row.excess["1M"] == row.returns["1M"]
    assert math.isnan(row.returns["3Y"])


def test_the_share_of_weeks_is_that_of_the_last_quadrant() -> None:
    # Rising until the middle and falling since: the share of the weeks like the last one.
    values = np.concatenate([np.linspace(50, 100, 250), np.linspace(100, 60, 250)])
    row = symbol_rotation("A", series_of(values.tolist()), series_of([100.0] * 500))
    points = rotation_points(
        (series_of(values.tolist()) / 100).groupby(
            np.array([f"{d - pd.Timedelta(days=(d.weekday() + 2) % 7):%Y-%m-%d}"
                      for d in series_of(values.tolist()).index])
        ).last().pipe(lambda s: s.set_axis(pd.DatetimeIndex(s.index)))
    )  # fmt: skip
    same = [point for point in points if point.quadrant is points[-1].quadrant]
    assert row.weeks == len(points)
    assert row.share_of_weeks == pytest.approx(len(same) / len(points))


def test_a_short_history_has_no_place() -> None:
    row = symbol_rotation("A", series_of([1.0, 2.0]), series_of([1.0, 1.0]))
    assert (row.tail, row.weeks) == ((), 0)
    assert math.isnan(row.share_of_weeks)


def test_a_tail_without_weeks_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        symbol_rotation("A", series_of([1.0, 2.0]), series_of([1.0, 1.0]), tail_weeks=0)


@laws
@given(two_legs(230, 300))
def test_points_are_those_of_a_plain_loop(legs: pd.DataFrame) -> None:
    row = symbol_rotation("A", legs["fund"], legs["benchmark"], tail_weeks=100)
    ratio = (legs["fund"] / legs["benchmark"]).to_frame("close")
    bars = weeks(ratio.assign(open=1.0, high=1.0, low=1.0, volume=1.0))
    values = [float(week["close"]) for week in bars]
    x = {i: values[i] / (sum(values[i - 39 : i + 1]) / 40) - 1 for i in range(39, len(values))}
    expected = [(x[i], x[i] - x[i - 4]) for i in range(43, len(values))]
    assert [(p.x, p.y) for p in row.tail] == [pytest.approx(e, abs=1e-9) for e in expected]


@laws
@given(two_legs(230, 300))
def test_the_benchmark_against_itself_is_in_the_middle(legs: pd.DataFrame) -> None:
    row = symbol_rotation("A", legs["fund"], legs["fund"])
    assert all(abs(p.x) < 1e-12 and abs(p.y) < 1e-12 for p in row.tail)
