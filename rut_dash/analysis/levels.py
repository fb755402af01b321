"""Touches of price levels and zones, and regression channels."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import require_count, sessions_of
from rut_dash.errors import InsufficientHistory, InvalidParameter


class Side(StrEnum):
    """A side of a level or a zone."""

    ABOVE = "above"
    BELOW = "below"


class TouchEnding(StrEnum):
    """How a touch of a zone ended."""

    TURNED = "turned"
    BROKE = "broke"
    OPEN = "open"


def zone_touches(
    bars: pd.DataFrame, low: float, high: float, side: Side, separation: float = 0.03
) -> pd.DataFrame:
    """Return the touches of a zone by a price from one side, and how each ended.

    From below: a close under ``low * (1 - separation)`` arms; the next session whose high
    reaches ``low`` starts a touch. It is ``turned`` at the first close back under that mark
    (which arms again), ``broke`` at the first close above ``high``, and ``open`` until then.
    From above is the mirror image, with ``high * (1 + separation)`` and the session's low.

    Parameters
    ----------
    bars
        Columns ``high, low, close`` on a session index; for a blank high or low the close counts.
    low, high
        The zone's edges, in the unit of the prices; equal for a single level.
    side
        Where the price comes from.
    separation
        How far it must have been away, a fraction of the level.

    Returns
    -------
    DataFrame
        One row a touch, oldest first: ``start`` (session), ``end`` (session, NaT while open),
        ``outcome`` (``turned``, ``broke``, ``open``).

    Raises
    ------
    InvalidParameter
        If the edges are not in order or the separation is not in (0, 1).
    """
    if not 0 < low <= high:
        raise InvalidParameter("the zone", (low, high), "a lower edge and one not below it")
    if not 0 < separation < 1:
        raise InvalidParameter("the separation", separation, "a fraction between 0 and 1")
    index = sessions_of(bars)
    prices = [bars[name].to_numpy(dtype=float) for name in ("high", "low", "close")]
    found = touch_positions(prices[0], prices[1], prices[2], low, high, side, separation)
    size = len(index)
    finished = [index[end] if end < size else pd.NaT for _, end, _ in found]
    return pd.DataFrame(
        {
            "start": index[np.array([start for start, _, _ in found], dtype=int)],
            "end": pd.DatetimeIndex(finished).as_unit(index.unit),
            "outcome": pd.Series([ending.value for _, _, ending in found], dtype="str"),
        }
    )


def touch_positions(
    highs: np.ndarray,
    lows: np.ndarray,
    closes: np.ndarray,
    low: float,
    high: float,
    side: Side,
    separation: float,
) -> list[tuple[int, int, TouchEnding]]:
    """Return where touches of a zone start and end, see `zone_touches`.

    Parameters
    ----------
    highs, lows, closes
        Of sessions, shape (n,); for a blank high or low the close counts.

    Returns
    -------
    list
        Start and end of each touch, oldest first; the end of an open one is n.
    """
    if side is Side.BELOW:
        is_away = closes < low * (1.0 - separation)
        is_reached = np.fmax(highs, closes) >= low
        is_beyond = closes > high
    else:
        is_away = closes > high * (1.0 + separation)
        is_reached = np.fmin(lows, closes) <= high
        is_beyond = closes < low
    found: list[tuple[int, int, TouchEnding]] = []
    at, size = 0, len(closes)
    while True:
        armed_at = _first(is_away, at)
        start = _first(is_reached, armed_at + 1)
        if start == size:
            return found
        # A wide bar can touch and close away at once: that session is the whole touch.
        turn, breakout = _first(is_away, start), _first(is_beyond, start)
        at = min(turn, breakout)
        ending = TouchEnding.TURNED if turn < breakout else TouchEnding.BROKE
        found.append((start, at, TouchEnding.OPEN if at == size else ending))
        if at == size:
            return found


def _first(holds: np.ndarray, start: int) -> int:
    """Return the first place from ``start`` on that is true; the length if none."""
    if start >= len(holds):
        return len(holds)
    place = int(holds[start:].argmax())
    return start + place if holds[start + place] else len(holds)


class Channel(NamedTuple):
    """A regression line through closes, with its edges.

    Attributes
    ----------
    middle, lower, upper
        In the unit of the prices, on the closes' index.
    slope
        Growth a bar, a fraction.
    """

    middle: pd.Series
    lower: pd.Series
    upper: pd.Series
    slope: float


def regression_channel(close: pd.Series, window: int = 104, deviations: float = 2.0) -> Channel:
    """Return the channel of the last ``window`` closes: a heuristic, not a definition.

    A least-squares line through the logarithms of the closes; its edges lie so many residual
    standard deviations (``n - 2`` degrees of freedom) away.

    Parameters
    ----------
    close
        Closes of daily or weekly bars, positive.
    window
        Number of bars, at least 3.
    deviations
        Positive.

    Raises
    ------
    InsufficientHistory
        If there are fewer bars.
    InvalidParameter
        If a parameter cannot be used.
    """
    window = require_count("the window of a channel", window, 3)
    if not (deviations > 0 and math.isfinite(deviations)):
        raise InvalidParameter("the width of a channel", deviations, "a positive number")
    if len(close) < window:
        raise InsufficientHistory("A channel", window, len(close), "bar")
    last = close.iloc[-window:]
    logs = np.log(last.to_numpy(dtype=float))
    steps = np.arange(window) - (window - 1) / 2.0
    slope = float(steps @ logs / (steps @ steps))
    line = logs.mean() + slope * steps
    spread = deviations * math.sqrt(float(((logs - line) ** 2).sum()) / (window - 2))
    middle, lower, upper = (
        pd.Series(np.exp(line + shift), index=last.index) for shift in (0.0, -spread, spread)
    )
    return Channel(middle, lower, upper, math.exp(slope) - 1.0)
