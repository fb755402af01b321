"""Dates as texts of links, files, forms and arguments: YYYY-MM-DD and nothing else."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_iso_date(text: str) -> bool:
    """Return True if a text has the form of a date, whether there is such a day or not."""
    return _ISO_DATE.fullmatch(text) is not None


def parse_iso_date(text: str) -> date:
    """Return the date of a text (`date.fromisoformat` alone also takes week dates).

    Raises
    ------
    ValueError
        If the text has another form, or there is no such day.
    """
    if not is_iso_date(text):
        raise ValueError(text)
    return date.fromisoformat(text)
