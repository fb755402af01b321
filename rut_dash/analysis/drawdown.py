"""Falls from a high: the underwater series, the distance to the high, and the episodes.

Everything is on closes of the full history; drawdowns are fractions, never positive.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.errors import InsufficientHistory, InvalidParameter


class Distance(NamedTuple):
    """How far the last close is from the highest one, in price and in time.

    Attributes
    ----------
    value, session
        The highest close and its (first) session.
    drawdown
        The last close against it, a fraction; 0 at the high.
    sessions, days
        Sessions and calendar days from that session to the last; 0 at a new high.
    """

    value: float
    session: pd.Timestamp
    drawdown: float
    sessions: int
    days: int


def underwater(close: pd.Series) -> pd.Series:
    """Return the drawdown of each close from the running maximum.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).

    Returns
    -------
    Series
        Fractions in (-1, 0] on the same index, named ``drawdown``; no warm-up, the first is 0.
    """
    return (close / close.cummax() - 1.0).rename("drawdown")


def distance_to_high(close: pd.Series) -> Distance:
    """Return how far the last close is from the highest.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).

    Raises
    ------
    InsufficientHistory
        If there is no close.
    """
    index = sessions_of(close)
    if index.empty:
        raise InsufficientHistory("The high", 1, 0)
    prices = close.to_numpy(dtype=float)
    top = int(prices.argmax())  # the first of equals
    return Distance(
        value=float(prices[top]),
        session=index[top],
        drawdown=float(prices[-1] / prices[top] - 1.0),
        sessions=len(prices) - 1 - top,
        days=(index[-1] - index[top]).days,
    )


def episodes(close: pd.Series, min_depth: float = 0.05) -> pd.DataFrame:
    """Return the falls from a high that reached a depth, oldest first.

    The *peak* is the last session at the running high before the fall, the *recovery* the
    first session after it whose close is at or above the peak's, the *trough* the lowest
    close between them (its first session where there are ties). Episodes do not overlap.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).
    min_depth
        Smallest fall that counts, a positive fraction below 1, itself included; 0 for every
        fall.

    Returns
    -------
    DataFrame
        One row an episode, index 0..k-1; no rows, and the same types, where there is none.

        - ``peak``, ``trough``, ``recovery``: sessions; recovery NaT while it is open
        - ``depth``: trough over peak, less one
        - ``sessions_down``, ``days_down``: peak to trough (so far)
        - ``sessions_up``, ``days_up``: trough to recovery; NaN while it is open
        - ``sessions``, ``days``: peak to recovery; while it is open, to the last session

    Raises
    ------
    InvalidParameter
        If ``min_depth`` is not in [0, 1).
    """
    if not 0.0 <= min_depth < 1.0:
        raise InvalidParameter("the least depth of an episode", min_depth, "from 0 to below 1")
    index = sessions_of(close)
    prices = close.to_numpy(dtype=float)
    below = np.concatenate([[False], prices < np.maximum.accumulate(prices), [False]])
    turns = np.flatnonzero(below[1:] != below[:-1])
    starts, stops = turns[::2], turns[1::2]  # each fall is below its high on [start, stop)
    peaks = starts - 1
    troughs = np.array(
        [
            start + int(prices[start:stop].argmin())
            for start, stop in zip(starts, stops, strict=True)
        ],
        dtype=int,
    )
    depths = prices[troughs] / prices[peaks] - 1.0 if len(peaks) else np.empty(0)
    deep = depths <= -min_depth
    peaks, troughs, stops, depths = peaks[deep], troughs[deep], stops[deep], depths[deep]

    is_open = stops == len(prices)
    ends = np.minimum(stops, len(prices) - 1)
    peak, trough, end = index[peaks], index[troughs], index[ends]
    return pd.DataFrame(
        {
            "peak": peak,
            "trough": trough,
            "recovery": end.where(~is_open),
            "depth": depths,
            "sessions_down": troughs - peaks,
            "sessions_up": np.where(is_open, np.nan, ends - troughs),
            "sessions": ends - peaks,
            "days_down": np.asarray((trough - peak).days, dtype=int),
            "days_up": np.where(is_open, np.nan, (end - trough).days),
            "days": np.asarray((end - peak).days, dtype=int),
        }
    )
