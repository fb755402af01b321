"""Touches of a zone and regression channels, on prices that can be followed with a pencil."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rut_dash.analysis.levels import Side, regression_channel, zone_touches
from rut_dash.errors import InsufficientHistory, InvalidParameter


def bars(*rows: tuple[float, float, float]) -> pd.DataFrame:
    """Return bars of (high, low, close)."""
    index = pd.bdate_range("2025-01-01", periods=len(rows)).as_unit("s")
    return pd.DataFrame(rows, index=index, columns=["high", "low", "close"], dtype=float)


def closes(*values: float) -> pd.DataFrame:
    return bars(*((value, value, value) for value in values))


def outcomes(found: pd.DataFrame, frame: pd.DataFrame) -> list[tuple[int, int | None, str]]:
    return [
        (
            frame.index.get_loc(row.start),
            None if pd.isna(row.end) else frame.index.get_loc(row.end),
            row.outcome,
        )
        for row in found.itertuples()
    ]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        # The zone is 100 to 102; away from below is under 97.
        ((95, 99, 100, 96), [(2, 3, "turned")]),
        ((95, 100, 103), [(1, 2, "broke")]),
        ((95, 100, 101), [(1, None, "open")]),
        ((98, 100, 96), []),  # never away before it came
        ((95, 99, 96, 99), []),  # never there
        ((95, 100, 96, 100, 96), [(1, 2, "turned"), (3, 4, "turned")]),
        ((95, 100, 98, 101, 103), [(1, 4, "broke")]),  # 98 is not far enough to end it
        ((95, 103), [(1, 1, "broke")]),  # straight through
        ((95, 103, 101, 103), [(1, 1, "broke")]),  # from above it is no touch from below
        ((95, 103, 96, 100), [(1, 1, "broke"), (3, None, "open")]),
    ],
)
def test_touches_from_below(
    prices: tuple[float, ...], expected: list[tuple[int, int | None, str]]
) -> None:
    frame = closes(*prices)
    assert outcomes(zone_touches(frame, 100.0, 102.0, Side.BELOW), frame) == expected
    # From above is the mirror image: prices reflected, the edges' distances kept in proportion.
    mirror = 1e4 / frame[["low", "high", "close"]].set_axis(["high", "low", "close"], axis=1)
    found = zone_touches(mirror, 1e4 / 102.0, 100.0, Side.ABOVE, 1 / 0.97 - 1)
    assert outcomes(found, mirror) == expected


def test_a_touch_starts_by_the_intraday_high_and_ends_by_closes() -> None:
    frame = bars((95, 95, 95), (100.5, 94, 96), (100.2, 97, 99), (101, 98, 98.5))
    assert outcomes(zone_touches(frame, 100.0, 102.0, Side.BELOW), frame) == [
        (1, 1, "turned"),  # there and back in a day
        (2, None, "open"),
    ]


def test_the_session_that_arms_is_not_itself_a_touch() -> None:
    # The high of the second day came before its close fell away.
    frame = bars((98, 98, 98), (101, 95, 95), (96, 95, 95))
    assert zone_touches(frame, 100.0, 102.0, Side.BELOW).empty


def test_without_touches_the_table_is_empty_with_the_same_types() -> None:
    some, none = closes(95, 100), closes(95, 96)
    dtypes = zone_touches(some, 100.0, 102.0, Side.BELOW).dtypes
    assert (zone_touches(none, 100.0, 102.0, Side.BELOW).dtypes == dtypes).all()
    assert zone_touches(none.iloc[:0], 100.0, 102.0, Side.BELOW).empty


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.floats(80.0, 120.0), min_size=2, max_size=60),
    side=st.sampled_from(Side),
)
def test_later_bars_do_not_change_a_touch_that_has_ended(prices: list[float], side: Side) -> None:
    frame = closes(*prices)
    whole = zone_touches(frame, 99.0, 101.0, side)
    for cut in range(1, len(frame)):
        part = zone_touches(frame.iloc[:cut], 99.0, 101.0, side)
        ended = part[part["outcome"] != "open"]
        pd.testing.assert_frame_equal(ended, whole.iloc[: len(ended)])


@pytest.mark.parametrize(
    ("low", "high", "separation"), [(102.0, 100.0, 0.03), (0.0, 1.0, 0.03), (1.0, 2.0, 0.0)]
)
def test_a_zone_with_unordered_or_negative_edges_is_refused(
    low: float, high: float, separation: float
) -> None:
    with pytest.raises(InvalidParameter):
        zone_touches(closes(1.0, 2.0), low, high, Side.BELOW, separation)


def test_the_channel_of_constant_growth_has_its_slope_and_no_width() -> None:
    index = pd.bdate_range("2025-01-01", periods=30)
    close = pd.Series(100.0 * 1.01 ** np.arange(30), index=index)
    channel = regression_channel(close, 20)
    assert channel.slope == pytest.approx(0.01)
    np.testing.assert_allclose(channel.middle, close.iloc[-20:])
    np.testing.assert_allclose(channel.lower, close.iloc[-20:])


def test_the_channel_against_polyfit() -> None:
    rng = np.random.default_rng(1)
    index = pd.bdate_range("2025-01-01", periods=120)
    close = pd.Series(np.exp(np.cumsum(rng.normal(0.001, 0.02, 120)) + 4.0), index=index)
    channel = regression_channel(close, 104, 2.5)
    steps, logs = np.arange(104), np.log(close.to_numpy()[-104:])
    (slope, start), residuals, *_ = np.polyfit(steps, logs, 1, full=True)
    spread = 2.5 * np.sqrt(residuals[0] / 102)
    np.testing.assert_allclose(channel.lower, np.exp(start + slope * steps - spread))
    np.testing.assert_allclose(channel.upper, np.exp(start + slope * steps + spread))


def test_a_channel_with_too_few_bars_is_refused() -> None:
    close = pd.Series([1.0, 2.0], index=pd.bdate_range("2025-01-01", periods=2))
    with pytest.raises(InsufficientHistory):
        regression_channel(close, 3)
    with pytest.raises(InvalidParameter):
        regression_channel(close, 2)
    with pytest.raises(InvalidParameter):
        regression_channel(close, 3, 0.0)


def test_for_a_blank_high_or_low_the_close_decides() -> None:
    frame = bars((95, 95, 95), (101, 94, 96), (101, 97, 100.5), (98, 98, 98))
    frame.loc[frame.index[1:3], "high"] = np.nan
    assert outcomes(zone_touches(frame, 100.0, 102.0, Side.BELOW), frame) == [(2, None, "open")]
