"""Numbers, dates, ranks and bases in words: the one module that formats them.

A text is formatted from the computed value, so that the two cannot disagree, and a value
that rounds to zero has no sign.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final

import pandas as pd

from rut_dash.errors.base_error import capitalise as capitalise
from rut_dash.errors.base_error import counted as counted
from rut_dash.market.history import Basis

MISSING: Final = "–"
# A sign that a screen reader says and that is as wide as the plus.
MINUS: Final = "\N{MINUS SIGN}"


def _signed(value: float, digits: int, *, sign: bool) -> str:
    rounded = round(value, digits)
    text = f"{abs(rounded):,.{digits}f}"
    if rounded < 0:
        return f"{MINUS}{text}"
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


def is_zero(value: float) -> bool:
    """Return True if a return is zero: of equal closes, as exactly as they are multiplied."""
    return abs(value) < 1e-12


def magnitude(value: float, digits: int = 1, unit: str = "%") -> str:
    """Return how large a fraction is, in percent and without its sign: zero for zero alone."""
    if not is_zero(value) and round(value * 100, digits) == 0:
        return f"less than {10.0**-digits:.{digits}f}{unit}"
    return f"{number(abs(value) * 100, digits)}{unit}"


def share(value: float, digits: int = 1) -> str:
    """Return a share of a whole as percent that says all or none only where that is so."""
    if value < 1 and round(value * 100, digits) == 100:
        return f"more than {100 - 10.0**-digits:.{digits}f}%"
    return magnitude(value, digits)


def rank_text(percentile: float, count: int, sessions: str) -> str:
    """Return where a last value is among all values to date, a predicate.

    Parameters
    ----------
    percentile
        Share (a fraction) of the values that are at or below the last one, itself among them.
    count
        The number of values.
    sessions
        In words, what they are of: ``the 400 sessions since 2024-01-02``.
    """
    if percentile == 1:
        return f"the highest of {sessions}"
    if round(percentile * count) == 1:
        return f"the lowest of {sessions}"
    if percentile < 0.5:
        return f"lower than on {share(1 - percentile)} of {sessions}"
    return f"at or above its level on {share(percentile)} of {sessions}"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with thousands separators; `MISSING` where it is NaN or None."""
    if value is None or math.isnan(value):
        return MISSING
    return _signed(value, digits, sign=False)


def formatted(value: float, spec: str) -> str:
    """Return a number by a format that Python and d3 share, with a true minus and no minus zero."""
    text = format(value, spec)
    if not text.strip("-+0.,%"):
        text = text.lstrip("-+")
    return text.replace("-", MINUS)


def compact(value: float, largest: float | None = None) -> str:
    """Return a count in thousands, millions or billions: ``74.1M``, ``1.0B``.

    Parameters
    ----------
    largest
        The number that decides the unit, on an axis of several; the value itself where None.
    """
    if math.isnan(value):
        return MISSING
    if value == 0:
        return "0"
    sizes = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
    deciding = abs(value if largest is None else largest)
    # What rounds to a thousand of a unit is one of the next.
    unit, letter = next(((u, c) for u, c in sizes if deciding >= 0.99995 * u), (1.0, ""))
    return f"{number(value / unit, 1 if letter else 0)}{letter}"


def day(value: date | None) -> str:
    """Return a date as ``2025-05-12``, as tables and files have it; `MISSING` for none."""
    if value is None or pd.isna(value):
        return MISSING
    return f"{value:%Y-%m-%d}"


def basis_text(basis: Basis) -> str:
    """Return a basis in a reader's words."""
    return "price" if basis is Basis.PRICE else "total return"


def close_name(basis: Basis) -> str:
    """Return the name of a close on a basis; one of total return is lowered by later dividends."""
    return "close" if basis is Basis.PRICE else "adjusted close"


def level_name(name: str, basis: Basis) -> str:
    """Return the name of a level in the unit of the closes: a price, an average, a ratio."""
    return name if basis is Basis.PRICE else f"{name}, adjusted"
