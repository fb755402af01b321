"""Weeks and months made of daily bars."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import SeriesOrFrame, sessions_of
from rut_dash.market.calendar import sessions_between


def _weeks(index: pd.DatetimeIndex) -> np.ndarray:
    """Return for each session a number that is one higher in each week ending on Friday."""
    days = index.to_numpy().astype("datetime64[D]").astype("int64")
    return np.asarray((days - 2) // 7)  # day 2 of the epoch, 1970-01-03, was a Saturday


def _run_ends(labels: np.ndarray) -> np.ndarray:
    """Return the last position of each run of equal labels."""
    ends = np.flatnonzero(labels[1:] != labels[:-1])
    return np.append(ends, len(labels) - 1) if len(labels) else ends


def weekly_ends(values: SeriesOrFrame) -> SeriesOrFrame:
    """Return the rows of the last session of each week, as `weekly_bars` counts weeks."""
    return values.iloc[_run_ends(_weeks(sessions_of(values)))]


def monthly_ends(values: SeriesOrFrame) -> SeriesOrFrame:
    """Return the rows of the last session of each calendar month, the unfinished one included."""
    index = sessions_of(values)
    return values.iloc[_run_ends(np.asarray(index.year * 12 + index.month))]


def week_is_over(session: pd.Timestamp) -> bool:
    """Return True if the exchange has no session left in the week of a session."""
    return sessions_between(session, session + pd.Timedelta(days=4 - session.weekday())) == 0


def month_is_over(session: pd.Timestamp) -> bool:
    """Return True if the exchange has no session left in the month of a session."""
    return sessions_between(session, session + pd.offsets.MonthEnd(0)) == 0


def weekly_bars(bars: pd.DataFrame) -> pd.DataFrame:
    """Return weekly bars made of daily ones.

    A week runs from Saturday to Friday (``W-FRI``) and is labelled by its last session, a
    Thursday before Good Friday. The unfinished week is included, with its bars so far. Volume is
    summed over the days that have one; NaN where none has.

    Parameters
    ----------
    bars
        Any of the columns ``open, high, low, close, volume`` on a session index; others are
        left out.

    Returns
    -------
    DataFrame
        The same columns: first open, highest high, lowest low, last close, sum of volume.
        No warm-up. A week's high or low is NaN where that of one of its days is, and its open
        where that of its first day is.
    """
    index = sessions_of(bars)
    weeks = _weeks(index)
    rules = {"open": "first", "high": "max", "low": "min", "close": "last"}
    grouped = bars.groupby(weeks)
    weekly = grouped.agg({c: rules[c] for c in bars.columns if c in rules})
    is_first = np.append(True, weeks[1:] != weeks[:-1])
    for column in ("open", "high", "low"):
        if column in weekly and bars[column].isna().any():
            is_blank = bars[column].isna().to_numpy() & (is_first | (column != "open"))
            weekly[column] = weekly[column].mask(weekly.index.isin(weeks[is_blank]))
    if "volume" in bars.columns:
        weekly["volume"] = grouped["volume"].sum(min_count=1)
    columns = [column for column in bars.columns if column in weekly.columns]
    return weekly[columns].set_axis(index[_run_ends(_weeks(index))], axis=0)
