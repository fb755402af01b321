"""Values as words: the one place where a fraction becomes percent in a text.

A text is formatted from the computed value, so that the two cannot disagree, and a value
that rounds to zero has no sign.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final

import pandas as pd

__all__ = ["MISSING", "counted", "day", "number", "percent", "points", "share"]

MISSING: Final = "–"
# A sign that a screen reader says and that is as wide as the plus.
_MINUS: Final = "\N{MINUS SIGN}"


def _signed(value: float, digits: int, *, sign: bool) -> str:
    rounded = round(value, digits)
    text = f"{abs(rounded):,.{digits}f}"
    if rounded < 0:
        return f"{_MINUS}{text}"
    return f"+{text}" if sign and rounded > 0 else text


def percent(value: float | None, digits: int = 1, *, sign: bool = True) -> str:
    """Return a fraction as percent, ``+3.4%``; `MISSING` where it is NaN or None."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{_signed(value * 100, digits, sign=sign)}%"


def points(value: float | None, digits: int = 1, *, sign: bool = True) -> str:
    """Return a difference of two fractions in percentage points, ``+1.5 pp``."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{_signed(value * 100, digits, sign=sign)} pp"


def share(value: float, digits: int = 1) -> str:
    """Return a share of a whole as percent that says all or none only where that is so."""
    least = 10.0**-digits
    if value > 0 and round(value * 100, digits) == 0:
        return f"less than {least:.{digits}f}%"
    if value < 1 and round(value * 100, digits) == 100:
        return f"more than {100 - least:.{digits}f}%"
    return percent(value, digits, sign=False)


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with thousands separators; `MISSING` where it is NaN or None."""
    if value is None or math.isnan(value):
        return MISSING
    return _signed(value, digits, sign=False)


def day(value: date | None) -> str:
    """Return a date as ``12 May 2025``; `MISSING` where there is none."""
    if value is None or pd.isna(value):
        return MISSING
    return f"{value.day} {value:%B %Y}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 session``, ``1,204 sessions``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
