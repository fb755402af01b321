"""A column of dates of a price file, and whether the day or the month comes first in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market import calendar
from rut_dash.market.notes import DateOrderDecided
from rut_dash.market.sources.date_forms import DateForm, DateOrder, date_form_of
from rut_dash.market.sources.file_rows import Lines, shorten

__all__ = ["parse_dates"]

# Bars on more than this share of the weekdays of their span are daily ones.
_DAILY_SHARE: Final = 0.6


def parse_dates(
    path: Path,
    cells: Sequence[str],
    lines: Lines | None,
    column: str,
    forms: Sequence[DateForm],
    order: DateOrder,
) -> tuple[pd.DatetimeIndex, DateOrderDecided | None]:
    """Return a column of dates, all of the form that the first one has.

    Parameters
    ----------
    path, lines, column
        The file, the line of each cell and the column's name, for errors.
    cells
        The cells, without spaces around them.
    forms
        The forms that they may have.
    order
        What is known of day and month.

    Returns
    -------
    days
        Midnights without a zone, in the order of the rows.
    note
        What the file decided about day and month; None where there was nothing to decide.

    Raises
    ------
    SchemaError
        If a cell is no date of that form, or day and month cannot be told apart.
    """
    form = date_form_of(cells[0], forms)
    if form is None:
        raise _bad_date(path, lines, 0, cells[0], column, *(form.label() for form in forms[:2]))
    is_day_first: bool | None = None
    if form is DateForm.WITH_TIME and _is_unpadded(cells):
        order = DateOrder.MONTH_FIRST
    if form.has_order:
        is_day_first = _is_day_first(path, cells, lines, form, order)
    days = form.days(cells, is_day_first=bool(is_day_first))
    if days.hasnans:
        row = int(np.flatnonzero(days.isna())[0])
        raise _bad_date(
            path, lines, row, cells[row], column, form.label(is_day_first=bool(is_day_first))
        )
    if is_day_first is None or order is DateOrder.MONTH_FIRST:
        return days, None
    return days, DateOrderDecided(is_day_first)


def _is_day_first(
    path: Path, cells: Sequence[str], lines: Lines | None, form: DateForm, order: DateOrder
) -> bool | None:
    """Return which reading gives daily bars of the NYSE; None where both are the same or wrong."""
    candidates = {is_day: form.days(cells, is_day_first=is_day) for is_day in (False, True)}
    possible = [is_day for is_day, days in candidates.items() if _can_be_sessions(days)]
    if len(possible) == 2 and candidates[False].equals(candidates[True]):
        return None
    if len(possible) == 2:
        on_sessions = [is_day for is_day in possible if _has_no_holiday(candidates[is_day])]
        possible = on_sessions or possible
    always_month = order is DateOrder.MONTH_FIRST
    if not possible:
        blank = {is_day: np.count_nonzero(days.isna()) for is_day, days in candidates.items()}
        return not always_month and bool(blank[False] > blank[True])
    if len(possible) == 1 and (not possible[0] or not always_month):
        return possible[0]
    if always_month and candidates[False].hasnans:
        return False  # the cell that is no date is named
    daily = [is_day for is_day in possible if _is_daily(candidates[is_day])]
    if always_month and daily != [True]:
        return False
    if order is DateOrder.USUALLY_MONTH_FIRST and daily == [False]:
        return False
    first, second = (candidates[is_day][0].date() for is_day in (False, True))
    raise SchemaError(
        path,
        Defect.AMBIGUOUS_DATES,
        line=None if lines is None else int(lines[0]),
        cell=shorten(cells[0]),
        first=first,
        second=second,
    )


def _can_be_sessions(days: pd.DatetimeIndex) -> bool:
    """Return True if days are weekdays in one direction of time."""
    if days.hasnans:
        return False
    is_ordered = days.is_monotonic_increasing or days.is_monotonic_decreasing
    return is_ordered and not days.has_duplicates and calendar.weekend_days(days).empty


def _has_no_holiday(days: pd.DatetimeIndex) -> bool:
    """Return True if the exchange was open on all days."""
    return calendar.non_sessions(days.sort_values()).empty


def _is_daily(days: pd.DatetimeIndex) -> bool:
    """Return True if there is a row for most weekdays between the first and the last."""
    first, last = (day.to_numpy().astype("datetime64[D]") for day in (days.min(), days.max()))
    return len(days) > 1 and len(days) > _DAILY_SHARE * (np.busday_count(first, last) + 1)


def _is_unpadded(cells: Sequence[str]) -> bool:
    """Return True if days and months are written without a zero before them, as in 4/8/2025."""
    parts = [part for cell in cells for part in cell.split("/")[:2]]
    return any(len(part) == 1 for part in parts) and not any(part[0] == "0" for part in parts)


def _bad_date(
    path: Path, lines: Lines | None, row: int, cell: str, column: str, *forms: str
) -> SchemaError:
    """Return the refusal of a cell that is no date of the forms that are expected."""
    return SchemaError(
        path,
        Defect.BAD_DATE,
        line=None if lines is None else int(lines[row]),
        cell=shorten(cell),
        column=column or "1",
        row=row + 1 if lines is None else 0,
        forms=forms,
    )
