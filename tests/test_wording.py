"""Values as words: rounding, signs and plurals."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash import event_wording, wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0344, "+3.4%"), (-0.0344, "−3.4%"), (0.0, "0.0%"), (-0.0, "0.0%"), (-0.0004, "0.0%"),
        (0.0006, "+0.1%"), (12.345, "+1,234.5%"), (math.nan, "–"), (None, "–"),
    ],
)  # fmt: skip
def test_percent(value: float | None, text: str) -> None:
    assert wording.percent(value) == text
    assert wording.percent(value, sign=False) == text.replace("+", "")


def test_points_and_numbers() -> None:
    assert wording.points(-0.0536) == "−5.4 pp"
    assert wording.points(0.02, 0) == "+2 pp"
    assert wording.points(None) == "–"
    assert wording.number(1234.5) == "1,234.50"
    assert wording.number(-0.5, 1) == "−0.5"
    assert wording.number(-0.004) == "0.00"
    assert wording.number(math.nan) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0%"), (0.0001, "less than 0.1%"), (0.0006, "0.1%"), (0.5, "50.0%"),
        (0.9994, "99.9%"), (0.9999, "more than 99.9%"), (1.0, "100.0%"),
    ],
)  # fmt: skip
def test_a_share_is_all_or_none_only_if_exactly_so(value: float, text: str) -> None:
    assert wording.share(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0%"), (-1e-17, "0.0%"), (-0.0004, "less than 0.1%"), (-0.05, "5.0%"),
        (12.0, "1,200.0%"),
    ],
)  # fmt: skip
def test_a_magnitude_is_zero_only_of_zero(value: float, text: str) -> None:
    assert wording.magnitude(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (950, "950"), (1e3, "1.0K"), (74_123_456, "74.1M"), (999_960_000, "1.0B"),
        (1e9, "1.0B"), (12_345_678_901, "12.3B"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_a_count_is_compact(value: float, text: str) -> None:
    assert wording.compact(value) == text


def test_the_counts_of_an_axis_have_one_unit() -> None:
    assert [wording.compact(n, 1e9) for n in (0, 2e8, 1e9)] == ["0", "0.2B", "1.0B"]


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [(-0.125, ".1%", "−12.5%"), (-0.0001, ".1%", "0.0%"), (0.0, "+.1%", "0.0%"),
     (-1234.5, ",.2f", "−1,234.50"), (-0.004, ",.2f", "0.00"), (-100.0, "g", "−100")],
)  # fmt: skip
def test_a_format_has_a_true_minus_and_no_signed_zero(value: float, spec: str, text: str) -> None:
    assert wording.formatted(value, spec) == text


@pytest.mark.parametrize(
    ("at_or_below", "place"),
    [(1, "the lowest of"), (4, "lower than on 60.0% of"), (5, "at or above its level on 50.0% of"),
     (9, "at or above its level on 90.0% of"), (10, "the highest of")],
)  # fmt: skip
def test_a_rank_says_what_share_of_the_values_is_lower_or_higher(
    at_or_below: int, place: str
) -> None:
    assert wording.rank_text(at_or_below / 10, 10, "the ten") == f"{place} the ten"


def test_days_and_counts() -> None:
    assert wording.day(dt.date(2025, 5, 2)) == "2025-05-02"
    assert wording.day(pd.Timestamp("2025-05-12")) == "2025-05-12"
    assert wording.day(None) == "–"
    assert wording.day(pd.NaT) == "–"
    assert wording.counted(1, "session") == "1 session"
    assert wording.counted(0, "session") == "0 sessions"
    assert wording.counted(1204, "session") == "1,204 sessions"


def test_a_selection_is_never_called_complete() -> None:
    until = dt.date(2025, 10, 30)
    assert event_wording.extent_text(until, is_selection=True) == "listed up to 2025-10-30"
    assert event_wording.extent_text(until, is_selection=False) == "complete up to 2025-10-30"
    assert event_wording.extent_text(None, is_selection=True) == "with no promise of completeness"


@given(st.floats(-5, 5), st.integers(0, 3))
def test_the_sign_agrees_with_the_digits(value: float, digits: int) -> None:
    text = wording.percent(value, digits)
    displayed = float(text.rstrip("%").replace("−", "-").replace(",", ""))
    assert displayed == pytest.approx(round(value * 100, digits), abs=1e-9)
    assert text.startswith("+") == (displayed > 0)
    assert text.startswith("−") == (displayed < 0)
