"""The first session of each spell, apart from each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.studies.case_selection import row_lengths, spaced_positions, spell_starts
from tests.studies.samples import laws


def mask(text: str) -> np.ndarray:
    """Return True for each x of a text."""
    return np.array([letter == "x" for letter in text], dtype=bool)


@pytest.mark.parametrize(
    ("state", "defined", "starts"),
    [
        (".xx.x", None, [1, 4]),
        # A spell that holds on the first session began before the history.
        ("xx.x", None, [3]),
        ("..xxxx", "..xxxx", []),
        ("..xx.x", "...xxx", [5]),
        (".x.x", "xx.x", [1]),
        ("", None, []),
    ],
)
def test_a_spell_starts_where_the_session_before_did_not_hold(
    state: str, defined: str | None, starts: list[int]
) -> None:
    known = None if defined is None else mask(defined)
    assert spell_starts(mask(state), known).tolist() == starts


def test_rows_are_counted_up_to_each_position() -> None:
    assert row_lengths(mask(".xx.x")).tolist() == [0, 1, 2, 0, 1]
    assert row_lengths(mask("xxx")).tolist() == [1, 2, 3]
    assert row_lengths(mask("")).tolist() == []


def test_positions_within_the_gap_of_the_last_one_are_left_out() -> None:
    # 3 and 4 are within 5 of 0; 5 is not; 9 is within 5 of 5, though not of 4; 10 is not.
    assert spaced_positions(np.array([0, 3, 4, 5, 9, 10]), 5).tolist() == [0, 5, 10]
    assert spaced_positions(np.array([0, 1, 2]), 0).tolist() == [0, 1, 2]
    assert spaced_positions(np.array([], dtype=int), 5).tolist() == []


@laws
@given(st.lists(st.integers(0, 200), unique=True).map(sorted), st.integers(1, 30))
def test_no_two_are_closer_than_the_gap_and_none_could_be_added(
    positions: list[int], gap: int
) -> None:
    chosen = spaced_positions(np.array(positions, dtype=int), gap).tolist()
    assert all(b - a >= gap for a, b in pairwise(chosen))
    assert all(any(0 <= p - c < gap for c in chosen) for p in positions)
