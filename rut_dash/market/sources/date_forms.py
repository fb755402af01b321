"""The forms of dates in price files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

import pandas as pd

__all__ = ["DateForm", "DateOrder", "date_form_of", "has_time"]

_TIME = re.compile(r"\d.*\d[ T]+\d{1,2}:\d{2}", re.ASCII)
_ZONE = r"[+-]\d{2}:?\d{2}"


class DateOrder(Enum):
    """Which of day and month comes first in a vendor's dates."""

    MONTH_FIRST = auto()
    USUALLY_MONTH_FIRST = auto()
    UNKNOWN = auto()


class DateForm(Enum):
    """A form of dates: its pattern, Python's format, and its label.

    The group ``date`` of a pattern is what the format reads; the whole cell where there is none.
    A format with ``{order}`` can be read with the month or with the day first; a form without a
    format is a point in time.
    """

    ISO = (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d", "YYYY-MM-DD")
    ISO_MIDNIGHT = (
        r"(?P<date>\d{4}-\d{2}-\d{2})[ T]00:00(:00(\.0+)?)?Z?",
        "%Y-%m-%d",
        "YYYY-MM-DD 00:00:00",
    )
    ZONE_MIDNIGHT = (
        rf"(?P<date>\d{{4}}-\d{{2}}-\d{{2}})[ T]00:00(:00(\.0+)?)?{_ZONE}",
        "%Y-%m-%d",
        "YYYY-MM-DD 00:00:00-05:00",
    )
    INSTANT = (
        rf"\d{{4}}-\d{{2}}-\d{{2}}[ T]\d{{2}}:\d{{2}}(:\d{{2}})?({_ZONE}|Z)",
        "",
        "YYYY-MM-DDTHH:MM:SSZ",
    )
    EPOCH = (r"\d{9,10}", "", "seconds since 1970")
    YEAR_FIRST = (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d", "YYYY/MM/DD")
    COMPACT = (r"\d{8}", "%Y%m%d", "YYYYMMDD")
    MONTH_NAME = (r"[A-Za-z]{3} \d{1,2}, \d{4}", "%b %d, %Y", "Mon DD, YYYY")
    DOTS = (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y", "DD.MM.YYYY")
    SLASHES = (r"\d{1,2}/\d{1,2}/\d{4}", "{order}/%Y", "MM/DD/YYYY")
    SHORT_YEAR = (r"\d{1,2}/\d{1,2}/\d{2}", "{order}/%y", "MM/DD/YY")
    WITH_TIME = (
        r"(?P<date>\d{1,2}/\d{1,2}/\d{4}) \d{1,2}:\d{2}:\d{2}",
        "{order}/%Y",
        "M/D/YYYY H:MM:SS",
    )

    def __init__(self, pattern: str, template: str, example: str) -> None:
        self.pattern = re.compile(pattern, re.ASCII)
        self.template = template
        self._label = example

    def label(self, *, is_day_first: bool = False) -> str:
        """Return how such a date is written, as ``MM/DD/YYYY``."""
        if not is_day_first:
            return self._label
        month, day, *rest = self._label.split("/")
        return "/".join((day, month, *rest))

    @property
    def has_order(self) -> bool:
        """True where the day or the month may come first."""
        return "{order}" in self.template

    def days(self, cells: Sequence[str], *, is_day_first: bool = False) -> pd.DatetimeIndex:
        """Return the dates of cells as midnights without a zone; NaT where a cell has none."""
        part = "date" if "date" in self.pattern.groupindex else 0
        texts = [match[part] if match else "" for match in map(self.pattern.fullmatch, cells)]
        if not self.template:
            return self._days_of_instants(texts)
        style = self.template.format(order="%d/%m" if is_day_first else "%m/%d")
        return pd.to_datetime(texts, format=style, errors="coerce").as_unit("us")

    def _days_of_instants(self, texts: list[str]) -> pd.DatetimeIndex:
        """Return the dates of points in time: in New York, unless all are midnight in UTC."""
        if self is DateForm.EPOCH:
            seconds = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
            times = pd.DatetimeIndex(pd.to_datetime(seconds, unit="s", utc=True, errors="coerce"))
        else:
            times = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
        dated = times[times.notna()]
        if (dated == dated.normalize()).all():
            days = times.tz_localize(None)
        else:
            days = times.tz_convert("America/New_York").tz_localize(None).normalize()
        return days.as_unit("us")


def date_form_of(cell: str, forms: Sequence[DateForm]) -> DateForm | None:
    """Return the form that a cell has; None where it has none of them."""
    return next((form for form in forms if form.pattern.fullmatch(cell)), None)


def has_time(cell: str) -> bool:
    """Return True if a cell has a date and a time of day, in whatever form."""
    return _TIME.match(cell) is not None
