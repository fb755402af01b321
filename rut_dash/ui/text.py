"""Values as a reader sees them, and tables as files: the edge where fractions become percent."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import pandas as pd

__all__ = ["MISSING", "csv_text", "day", "moment", "number", "percent", "plain", "slug"]

MISSING: Final = "–"
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")
# A sign that a screen reader says and that is as wide as the plus.
_MINUS: Final = "\N{MINUS SIGN}"


def percent(value: float, digits: int = 1, *, sign: bool = True) -> str:
    """Return a fraction as percent; `MISSING` where it is NaN or None.

    A value that rounds to zero has no sign.
    """
    if value is None or math.isnan(value):
        return MISSING
    rounded = round(value * 100, digits)
    text = f"{abs(rounded):,.{digits}f}%"
    if rounded < 0:
        return f"{_MINUS}{text}"
    return f"+{text}" if sign and rounded > 0 else text


def number(value: float, digits: int = 2) -> str:
    """Return a number with thousands separators; `MISSING` where it is NaN or None."""
    if value is None or math.isnan(value):
        return MISSING
    text = f"{abs(round(value, digits)):,.{digits}f}"
    return f"{_MINUS}{text}" if round(value, digits) < 0 else text


def day(value: date | None) -> str:
    """Return a date as ``29 May 2026``; `MISSING` where there is none."""
    if value is None or pd.isna(value):
        return MISSING
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """Return a moment to the minute, with its time zone; `MISSING` where there is none."""
    return MISSING if value is None else f"{day(value)}, {value:%H:%M %Z}".rstrip()


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is: it may have come from a link or from a file."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def slug(text: str) -> str:
    """Return a text fit for a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "table"


def csv_text(frame: pd.DataFrame, header: Iterable[tuple[str, str]]) -> str:
    """Return a frame as CSV under comment lines that say what it is.

    Parameters
    ----------
    frame
        Any; values are written unrounded, fractions stay fractions, dates are ISO.
    header
        Names and values, each becoming a line ``# name: value``.
    """
    out = io.StringIO()
    for name, value in header:
        out.write(f"# {name}: {' '.join(str(value).split())}\n")
    frame.map(_safe_cell).to_csv(
        out, date_format="%Y-%m-%d", lineterminator="\n", quoting=csv.QUOTE_MINIMAL
    )
    return out.getvalue()


def _safe_cell(value: object) -> object:
    """Keep a spreadsheet from running a text that a user's event file holds."""
    if isinstance(value, str) and value[:1] in ("=", "+", "@", "\t", "\r"):
        return f"'{value}"
    return value
