"""The time axis of a chart: which days it cuts out, and where on it a day is."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rut_dash.charts.style import GREY
from rut_dash.market import calendar

# Up to five years the weekends and holidays are cut out of a daily axis; beyond, a weekend is
# narrower than half a pixel and cutting out decades of them costs the browser seconds.
_BREAKS_UP_TO: Final = 1300
# For years that the calendar does not know: the longest that the exchange was closed in a row
# is four weekdays, so that a longer gap is missing data and stays visible.
_LONGEST_CLOSURE: Final = 4
_FIRST_KNOWN: Final = np.datetime64(calendar.FIRST_KNOWN)
_LAST_KNOWN: Final = np.datetime64(calendar.LAST_KNOWN)
_DAY: Final = 86_400_000
# Dates of an axis as of all texts, as precise as the step between its ticks.
_TICK_FORMATS: Final = (
    {"dtickrange": [None, "M1"], "value": "%Y-%m-%d"},
    {"dtickrange": ["M1", "M6"], "value": "%Y-%m"},
    {"dtickrange": ["M12", None], "value": "%Y"},
)


def milliseconds(index: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return sessions as Plotly takes them fastest: milliseconds since 1970, a typed array."""
    return index.as_unit("ms").asi8.astype("float64")


def closed_days(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the weekdays between the first and last bar on which the exchange was closed.

    A session without a bar is none of them: the gap that it leaves stays visible.

    Parameters
    ----------
    index
        The sessions that have a bar: tz-naive, sorted, not empty.
    """
    bars = index.to_numpy().astype("datetime64[D]")
    days = np.arange(bars[0], bars[-1] + 1)
    # Day 0 of 1970 was a Thursday.
    weekdays = days[(days.astype(int) + 3) % 7 < 5]
    without_bar = ~np.isin(weekdays, bars, assume_unique=True)
    is_known = (weekdays >= _FIRST_KNOWN) & (weekdays <= _LAST_KNOWN)
    closed = without_bar & is_known
    if closed.any():
        first, last = weekdays[is_known][[0, -1]].tolist()
        sessions = calendar.sessions(first, last)
        closed &= ~np.isin(weekdays, sessions.to_numpy().astype("datetime64[D]"))
    if not is_known.all():
        closed |= ~is_known & _in_short_runs(without_bar)
    return pd.DatetimeIndex(weekdays[closed].astype("datetime64[s]"))


def _in_short_runs(without_bar: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which weekdays are in a run without bars that a closure can explain."""
    run = np.cumsum(np.diff(without_bar, prepend=False))
    return np.asarray(without_bar & (np.bincount(run)[run] <= _LONGEST_CLOSURE))


class TimeAxis:
    """The axis of the bars in a window.

    Parameters
    ----------
    index
        The sessions of the window, not empty.
    weekly
        True where bars are of weeks, each on the last session of its week.

    Attributes
    ----------
    x
        The bars in milliseconds since 1970, shape (n,).
    closed
        The weekdays that the axis cuts out.
    """

    def __init__(self, index: pd.DatetimeIndex, *, weekly: bool = False) -> None:
        self.index = index
        self.weekly = weekly
        self.x = milliseconds(index)
        # Weekends and holidays are cut out (in 1952 Saturdays had sessions).
        is_short = not weekly and 1 < len(index) <= _BREAKS_UP_TO
        self._has_breaks = is_short and not bool((index.dayofweek >= 5).any())
        self.closed = closed_days(index) if self._has_breaks else index[:0]

    def ends(self) -> tuple[float, float]:
        """Return the axis's ends: room for half a bar, and for the last value."""
        step = int(np.median(np.diff(self.x))) if self.weekly and len(self.x) > 1 else _DAY
        span = self.x[-1] - self.x[0]
        return float(self.x[0] - step / 2), float(self.x[-1] + max(step / 2, span * 0.006))

    def fractions(self, sessions: pd.DatetimeIndex) -> NDArray[np.float64]:
        """Return the sessions' shares of the plot's width, 0 at the left."""
        low, high = self.ends()
        days = milliseconds(sessions)
        if not self._has_breaks:
            return (days - low) / (high - low)
        closed = milliseconds(self.closed)
        moments = np.array([low, high, *days])
        # Day 2 of 1970 was a Saturday: shifted by it, weeks start with their weekend.
        weeks, rest = np.divmod(moments - 2 * _DAY, 7 * _DAY)
        weekdays = weeks * 5 * _DAY + np.maximum(0.0, rest - 2 * _DAY)
        # The milliseconds of the axis that are not cut out, up to each moment.
        visible = weekdays - np.clip(moments[:, None] - closed[None, :], 0, _DAY).sum(axis=1)
        return np.asarray((visible[2:] - visible[0]) / (visible[1] - visible[0]))

    def layout(self, anchor: str) -> dict[str, Any]:
        """Return the axis as a layout has it, under the y axis of the lowest panel."""
        low, high = self.ends()
        axis = {
            "type": "date",
            "anchor": anchor,
            "range": [_moment(low), _moment(high)],
            "tickformatstops": list(_TICK_FORMATS),
            "showgrid": False,
            "zeroline": False,
            "automargin": False,
            "tickfont": {"size": 11},
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": GREY,
            "rangeslider": {"visible": False},
        }
        if self._has_breaks:
            breaks: list[dict[str, Any]] = [{"bounds": ["sat", "mon"]}]
            if len(self.closed):
                breaks.append({"values": self.closed.strftime("%Y-%m-%d").tolist()})
            axis["rangebreaks"] = breaks
        return axis


def _moment(at: float) -> str:
    """Return milliseconds since 1970 as Plotly writes a moment."""
    return f"{pd.Timestamp(int(at), unit='ms'):%Y-%m-%d %H:%M}"
