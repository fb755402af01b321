"""Values as words: the one place where a fraction becomes percent in a text.

A text is formatted from the computed value, so that the two cannot disagree, and a value
that rounds to zero has no sign.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final

import pandas as pd

from rut_dash.market.refresh import Outcome
from rut_dash.market.store_cache import StoreNotice, StoreTrouble

__all__ = [
    "MISSING",
    "counted",
    "day",
    "number",
    "percent",
    "points",
    "refresh_outcome",
    "share",
    "store_notice",
]

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


def refresh_outcome(outcome: Outcome) -> str:
    """Return the result of a refresh as a sentence."""
    if outcome.error is not None:
        return str(outcome.error)
    if outcome.rows_added:
        return f"{outcome.symbol}: fetched, {outcome.rows_added:,} sessions added."
    if outcome.rows_restated:
        restated = counted(outcome.rows_restated, "stored session")
        return f"{outcome.symbol}: fetched, {restated} restated, no session added."
    return f"{outcome.symbol}: the source was asked and has nothing newer."


def store_notice(notice: StoreNotice) -> str:
    """Return a trouble of the store as a sentence."""
    match notice.trouble:
        case StoreTrouble.UNREADABLE:
            return f"{notice.error} Until it can be read, nothing new of it is shown."
        case StoreTrouble.UNWRITABLE:
            return f"{notice.error} Until it can be written, new prices are in memory only."
        case StoreTrouble.FILE_REPLACED:
            return (
                f"The stored file of {notice.symbol} was damaged: it was put aside as "
                f"{notice.quarantined_as}, and good prices are stored in its place."
            )
        case StoreTrouble.FILE_DAMAGED if notice.quarantined_as:
            restored = "; the bars before it are back" if notice.is_restored else ""
            return f"{notice.error} It was put aside as {notice.quarantined_as}{restored}."
        case StoreTrouble.FILE_DAMAGED | StoreTrouble.FILE_UNREADABLE:
            return str(notice.error)
