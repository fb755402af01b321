"""Values as words: rounding, signs and plurals."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash import wording


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


def test_days_and_counts() -> None:
    assert wording.day(dt.date(2025, 5, 2)) == "2 May 2025"
    assert wording.day(pd.Timestamp("2025-05-12")) == "12 May 2025"
    assert wording.day(None) == "–"
    assert wording.day(pd.NaT) == "–"
    assert wording.counted(1, "session") == "1 session"
    assert wording.counted(0, "session") == "0 sessions"
    assert wording.counted(1204, "session") == "1,204 sessions"


@given(st.floats(-5, 5), st.integers(0, 3))
def test_the_sign_agrees_with_the_digits(value: float, digits: int) -> None:
    text = wording.percent(value, digits)
    displayed = float(text.rstrip("%").replace("−", "-").replace(",", ""))
    assert displayed == pytest.approx(round(value * 100, digits), abs=1e-9)
    assert text.startswith("+") == (displayed > 0)
    assert text.startswith("−") == (displayed < 0)
