"""The NYSE's sessions: what is a trading day, which ones are missing, what has closed.

The only module that imports exchange_calendars. Every function is a fact about dates that
are passed in: the clock is the caller's.

Holidays are known from `FIRST_KNOWN` (the package calls Christmas 1969 a session, so that
nothing earlier can be judged by it) to `LAST_KNOWN`; far ahead they follow today's rules,
which days of mourning and storms will break.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import OutOfRange

FIRST_KNOWN: Final = date(1970, 1, 1)
LAST_KNOWN: Final = date(2060, 12, 31)
# Weekdays that are no sessions: reading them takes 1 ms, building the calendar 150 ms.
HOLIDAYS_FILE: Final = Path(__file__).with_name("holidays.txt")

_BUILDING: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Nyse:
    """Sessions, and their closing times in UTC, both of shape (n,)."""

    sessions: pd.DatetimeIndex
    closes: npt.NDArray[np.datetime64]


def _nyse() -> _Nyse:
    # Building takes 150 ms and swaps the warning filters of the whole process: once, one thread.
    with _BUILDING:
        return _build()


@cache  # constant: the calendar of an installed package
def _build() -> _Nyse:
    import exchange_calendars

    with warnings.catch_warnings():
        # The package strips time zones in a way that pandas 4 will no longer allow.
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
        calendar = exchange_calendars.get_calendar("XNYS", start=FIRST_KNOWN, end=LAST_KNOWN)
        days = calendar.sessions.to_numpy().astype("datetime64[us]")
        closes = calendar.closes.dt.tz_convert(None).to_numpy().astype("datetime64[us]")
    return _Nyse(pd.DatetimeIndex(days, name="session"), closes)


def _day(day: date) -> pd.Timestamp:
    """Return a date as a tz-naive midnight, refusing what the calendar does not know."""
    stamp = pd.Timestamp(day)
    if stamp.tzinfo is not None:
        raise ValueError(f"a session date has no time zone: {day!r}")
    stamp = stamp.normalize()
    if not pd.Timestamp(FIRST_KNOWN) <= stamp <= pd.Timestamp(LAST_KNOWN):
        raise OutOfRange("the NYSE calendar", stamp.date(), FIRST_KNOWN, LAST_KNOWN)
    return stamp


def _instant(now: datetime) -> np.datetime64:
    """Return an aware time as UTC, refusing what the calendar does not know."""
    if now.tzinfo is None:
        raise ValueError(f"a time needs a time zone: {now!r}")
    utc = pd.Timestamp(now).tz_convert("UTC").tz_localize(None)
    _day(utc)
    return utc.as_unit("us").to_numpy()


def sessions(start: date, end: date) -> pd.DatetimeIndex:
    """Return the sessions from ``start`` to ``end``, both included.

    Parameters
    ----------
    start, end
        Dates or tz-naive timestamps; they need not be sessions.

    Returns
    -------
    DatetimeIndex
        Tz-naive midnights, named ``session``; empty where ``end`` is before ``start``.

    Raises
    ------
    OutOfRange
        If a date is before `FIRST_KNOWN` or after `LAST_KNOWN`.
    """
    all_sessions = _nyse().sessions
    left = int(all_sessions.searchsorted(_day(start), side="left"))
    right = int(all_sessions.searchsorted(_day(end), side="right"))
    return all_sessions[left : max(left, right)]


def last_closed_session(now: datetime) -> pd.Timestamp:
    """Return the last session whose closing bell rang at or before ``now``.

    Early closes (13:00 in New York) and daylight saving time are respected.

    Parameters
    ----------
    now
        Timezone-aware.

    Raises
    ------
    OutOfRange
        If no known session has closed by then, or ``now`` is after `LAST_KNOWN`.
    ValueError
        If ``now`` has no time zone.
    """
    nyse = _nyse()
    closed = int(np.searchsorted(nyse.closes, _instant(now), side="right"))
    if closed == 0:
        raise OutOfRange("the NYSE calendar", now.date(), FIRST_KNOWN, LAST_KNOWN)
    return nyse.sessions[closed - 1]


def missing_sessions(
    index: pd.DatetimeIndex, through: pd.Timestamp | None = None
) -> pd.DatetimeIndex:
    """Return the sessions that bars lack. The calendar is not built for it.

    Parameters
    ----------
    index
        The sessions that have a bar: tz-naive and sorted.
    through
        The last session that should be there; the last of ``index`` where None.

    Returns
    -------
    DatetimeIndex
        Sessions after the first bar, up to ``through``, that are not in ``index``. Gaps
        before `FIRST_KNOWN` are not judged. Empty where there are no bars.
    """
    if index.empty:
        return index
    first = max(index[0], pd.Timestamp(FIRST_KNOWN))
    last = min(index[-1] if through is None else through, pd.Timestamp(LAST_KNOWN))
    if last < first:
        return index[:0]
    weekdays = pd.date_range(first, last, freq="B", name="session").as_unit("us")
    due = weekdays[~np.isin(weekdays.to_numpy(), _holidays())]
    return due[~due.isin(index.normalize().as_unit("us"))]


@cache  # constant: a file of this package
def _holidays() -> npt.NDArray[np.datetime64]:
    """Return the weekdays on which the exchange is closed, shape (n,)."""
    lines = [line.split() for line in HOLIDAYS_FILE.read_text(encoding="utf-8").splitlines()]
    days = [f"{year}-{day}" for year, *days in lines for day in days]
    return np.array(days, dtype="datetime64[us]")


def sessions_between(last: date, end: date) -> int:
    """Return how many sessions there are after one day, up to another one.

    The calendar is not built for it.
    """
    first, stop = (pd.Timestamp(day).date() + timedelta(days=1) for day in (last, end))
    holidays = _holidays().astype("datetime64[D]")
    return max(0, int(np.busday_count(first, stop, holidays=holidays)))


def non_sessions(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the days with a bar on which the exchange was closed.

    Rows before `FIRST_KNOWN` are not judged. The calendar is not built for it.

    Parameters
    ----------
    index
        The days that have a bar: tz-naive and sorted.
    """
    judged = index[(index >= pd.Timestamp(FIRST_KNOWN)) & (index <= pd.Timestamp(LAST_KNOWN))]
    days = judged.normalize().as_unit("us").to_numpy()
    return judged[(judged.day_of_week >= 5) | np.isin(days, _holidays())]


def weekend_days(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the days that are Saturdays or Sundays, for which no calendar need be built.

    Days before `FIRST_KNOWN` are not judged: Saturdays were sessions once.

    Parameters
    ----------
    index
        Days, tz-naive.
    """
    return index[(index.day_of_week >= 5) & (index >= pd.Timestamp(FIRST_KNOWN))]
