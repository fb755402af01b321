"""Falls from a high, by hand, by looking at every pair of sessions, and against empyrical."""

from __future__ import annotations

import math

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.analysis import drawdown
from rut_dash.errors import InsufficientHistory, InvalidParameter
from rut_dash.market.history import Basis, PriceHistory
from tests import oracles

# Two episodes on weekdays from Wednesday 2025-01-01, and one that is open at the end:
#          01   02   03   06   07   08   09   10   13   14    15   16    17   20
LEVELS = [100, 110, 110, 99, 104, 88, 110, 121, 109, 121.5, 130, 120, 117, 125]
INDEX = pd.bdate_range("2025-01-01", periods=14, name="session")
CLOSE = pd.Series([float(level) for level in LEVELS], index=INDEX, name="close")


def test_underwater_by_hand() -> None:
    found = drawdown.underwater(CLOSE)
    assert found.name == "drawdown"
    assert found.iloc[:6].tolist() == pytest.approx(
        [0, 0, 0, 99 / 110 - 1, 104 / 110 - 1, 88 / 110 - 1]
    )
    assert found.iloc[-1] == pytest.approx(125 / 130 - 1)


def test_last_and_deepest_drawdown_by_hand() -> None:
    assert drawdown.distance_to_high(CLOSE).drawdown == pytest.approx(125 / 130 - 1)
    assert drawdown.underwater(CLOSE).min() == pytest.approx(-0.2)
    assert drawdown.underwater(CLOSE.iloc[:3]).min() == 0.0
    assert drawdown.underwater(CLOSE.iloc[:0]).empty


def test_a_loss_on_the_first_day_is_a_drawdown() -> None:
    assert drawdown.underwater(CLOSE.iloc[[1, 3]]).min() == pytest.approx(-0.1)
    assert drawdown.episodes(CLOSE.iloc[[1, 3]])["peak"].tolist() == [INDEX[1]]


def test_episodes_by_hand() -> None:
    table = drawdown.episodes(CLOSE, 0.05)
    # 1: the high of 110 stands on the 2nd and the 3rd: the fall starts from the 3rd. The low of
    #    88 is on the 8th (3 sessions, 5 days on), 110 is back on the 9th (1 session, 1 day).
    # 2: 121 on the 10th, 109 on Monday the 13th, 121.5 on the 14th.
    # 3: 130 on the 15th, 117 on the 17th, not back on Monday the 20th.
    rows = [
        ("2025-01-03", "2025-01-08", "2025-01-09", 88 / 110 - 1, 3, 1, 4, 5, 1, 6),
        ("2025-01-10", "2025-01-13", "2025-01-14", 109 / 121 - 1, 1, 1, 2, 3, 1, 4),
        ("2025-01-15", "2025-01-17", None, 117 / 130 - 1, 2, np.nan, 3, 2, np.nan, 5),
    ]
    names = ["peak", "trough", "recovery", "depth", "sessions_down", "sessions_up", "sessions"]
    expected = pd.DataFrame(rows, columns=[*names, "days_down", "days_up", "days"])
    dates = ["peak", "trough", "recovery"]
    expected[dates] = expected[dates].apply(pd.to_datetime).astype(INDEX.dtype)
    pd.testing.assert_frame_equal(table, expected)


def test_an_episode_of_exactly_the_least_depth_is_included() -> None:
    close = pd.Series([100.0, 95.0, 100.0, 94.0, 100.0], index=INDEX[:5])
    assert len(drawdown.episodes(close, 0.05)) == 2
    assert len(drawdown.episodes(close, 0.051)) == 1
    assert len(drawdown.episodes(close, 0.07)) == 0
    assert len(drawdown.episodes(close, 0.0)) == 2


def test_the_trough_is_the_first_of_equal_lows() -> None:
    close = pd.Series([100.0, 90.0, 95.0, 90.0, 101.0], index=INDEX[:5])
    assert drawdown.episodes(close)["trough"].tolist() == [INDEX[1]]


@pytest.mark.parametrize("depth", [-0.01, 1.0, 5.0, math.nan])
def test_a_depth_outside_zero_to_one_is_refused(depth: float) -> None:
    with pytest.raises(InvalidParameter, match="from 0 to below 1"):
        drawdown.episodes(CLOSE, depth)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_without_episodes_the_table_is_empty_with_the_same_types(size: int) -> None:
    table = drawdown.episodes(CLOSE.iloc[:size])
    assert table.empty
    assert table.dtypes.equals(drawdown.episodes(CLOSE).dtypes)


@given(oracles.price_series(), st.sampled_from([0.0, 0.05, 0.1, 0.3]))
def test_episodes_agree_with_a_search_over_every_pair_of_sessions(
    close: pd.Series, depth: float
) -> None:
    table = drawdown.episodes(close, depth)
    expected = oracles.falls(close.tolist(), depth)
    days = close.index
    assert table["peak"].tolist() == [days[f.peak] for f in expected]
    assert table["trough"].tolist() == [days[f.trough] for f in expected]
    assert [None if pd.isna(r) else r for r in table["recovery"]] == [
        None if f.recovery is None else days[f.recovery] for f in expected
    ]
    assert table["depth"].tolist() == pytest.approx([f.depth for f in expected])
    assert table["sessions_down"].tolist() == [f.trough - f.peak for f in expected]
    last = len(close) - 1
    for row, fall in zip(table.to_dict("records"), expected, strict=True):
        end = last if fall.recovery is None else fall.recovery
        assert row["sessions"] == end - fall.peak
        assert row["days"] == (days[end] - days[fall.peak]).days
        assert row["days_down"] == (days[fall.trough] - days[fall.peak]).days
        if fall.recovery is None:
            assert math.isnan(row["sessions_up"])
            assert math.isnan(row["days_up"])
        else:
            assert row["sessions_up"] == end - fall.trough
            assert row["days_up"] == (days[end] - days[fall.trough]).days
    # The deepest fall of all is among the episodes.
    deepest = drawdown.underwater(close).min()
    if depth == 0.0:
        assert deepest == pytest.approx(min([f.depth for f in expected], default=0.0))
    if len(close) > 1:  # empyrical reads returns, of which one close has none
        theirs = empyrical.max_drawdown(close.pct_change().iloc[1:])
        assert deepest == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("basis", list(Basis))
def test_real_closes_against_empyrical(iwm: PriceHistory, basis: Basis) -> None:
    close = iwm.close(basis)
    theirs = empyrical.max_drawdown(close.pct_change().iloc[1:])
    assert drawdown.underwater(close).min() == pytest.approx(theirs, rel=1e-9)
    assert drawdown.episodes(close)["depth"].min() == pytest.approx(theirs, rel=1e-9)


def test_episodes_of_iwm_worked_by_hand(iwm: PriceHistory) -> None:
    table = drawdown.episodes(iwm.close(Basis.PRICE), 0.2).set_index("peak")
    # 2018-08-31 at 173.020004 to 2020-03-23 at 99.900002; 169.979996 on 2020-11-12 was not yet
    # back, 173.5 on 2020-11-13 was. 365 + 204 + 1 days down, 235 up.
    row = table.loc["2018-08-31"]
    assert row["trough"] == pd.Timestamp("2020-03-23")
    assert row["recovery"] == pd.Timestamp("2020-11-13")
    assert row["depth"] == pytest.approx(99.900002 / 173.020004 - 1, abs=1e-12)
    assert (row["days_down"], row["days_up"], row["days"]) == (570, 235, 805)
    assert row["sessions"] == row["sessions_down"] + row["sessions_up"]
    assert table.loc["2021-11-08", "trough"] == pd.Timestamp("2023-10-27")


# --- The high ----------------------------------------------------------------------------


def test_the_high_is_the_first_of_equals() -> None:
    assert drawdown.distance_to_high(CLOSE.iloc[:7])[:2] == (110.0, INDEX[1])
    found = drawdown.distance_to_high(CLOSE.iloc[:6])
    assert found == (110.0, INDEX[1], 88 / 110 - 1, 4, 6)


def test_the_high_on_the_last_session() -> None:
    found = drawdown.distance_to_high(CLOSE.iloc[:2])
    assert found == (110.0, INDEX[1], 0.0, 0, 0)


def test_the_high_of_iwm_depends_on_the_basis(iwm: PriceHistory) -> None:
    # As of 2025-04-08 the highest close is 242.559998 of 2021-11-08; with the dividends paid
    # since taken off, 242.399994 of 2024-11-25 is higher.
    truncated = iwm.as_of(pd.Timestamp("2025-04-08"))
    assert drawdown.distance_to_high(truncated.close(Basis.PRICE))[:2] == (
        242.559998,
        pd.Timestamp("2021-11-08"),
    )
    top = drawdown.distance_to_high(truncated.close(Basis.TOTAL))
    # After 2024-11-25: 0.694 on 2024-12-17 and 0.46 on 2025-03-18.
    before = iwm.bars["close"].shift()
    factor = (1 - 0.694 / before["2024-12-17"]) * (1 - 0.46 / before["2025-03-18"])
    assert top.value == pytest.approx(242.399994 * factor, abs=1e-9)
    assert top.session == pd.Timestamp("2024-11-25")
    assert top.drawdown == pytest.approx(174.820007 / (242.399994 * factor) - 1, abs=1e-12)
    assert top.days == 134  # 5 in November, 31, 31, 28, 31, 8


def test_without_closes_the_high_is_refused() -> None:
    with pytest.raises(InsufficientHistory, match="The high needs 1 session; there are 0"):
        drawdown.distance_to_high(CLOSE.iloc[:0])
