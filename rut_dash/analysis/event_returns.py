"""What both legs did before and after dated events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import require_count, sessions_of

HORIZONS: Final = (1, 5, 20, 60)
# Sessions after an event within which its largest loss and drawdown are looked for.
EVENT_WINDOW: Final = 60
_LEGS: Final = ("fund", "benchmark")
_NO_CLOSES: Final = np.empty(0)


def event_returns(
    closes: pd.DataFrame,
    anchors: Mapping[str, date | None],
    horizons: Sequence[int] = HORIZONS,
    window: int = EVENT_WINDOW,
) -> pd.DataFrame:
    """Return both legs' returns around events.

    All is counted from the close of the event's anchor session ``a``: ``before_N`` is
    ``close[a] / close[a-N] - 1``, ``after_N`` is ``close[a+N] / close[a] - 1``. They are not
    averaged here: few events of a kind share one meaning.

    The window are the closes ``a`` to ``a + window``. The largest loss compares each of them with
    the first, the largest drawdown each with the highest up to it: after a rise of 10% and a fall
    back to the first close the loss is 0 and the drawdown 9.1%. Neither is above 0, and the loss
    is never the deeper of the two.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions, shape (n, 2).
    anchors
        The anchor session by event id, None where there is none; of a day that is not in
        ``closes`` the last session before it counts.
    horizons
        Numbers of sessions, at least 1.
    window
        Number of sessions after the anchor within which loss and drawdown are looked for.

    Returns
    -------
    DataFrame
        Index ``event``, in the order of ``anchors``; fractions. NaT and NaN where there is no
        anchor, and NaN where the sessions before or after are not (yet) there.

        - ``anchor``: the session
        - ``fund_before_N``, ``benchmark_before_N``, ``fund_after_N``, ``benchmark_after_N`` for
          each horizon
        - ``fund_since``, ``benchmark_since``: to the last close, 0 where that is the anchor's
        - ``excess_after_N`` for each horizon, ``excess_since``: fund less benchmark
        - ``fund_max_loss``, ``benchmark_max_loss``: the lowest close of the window over the
          anchor's, less 1; of the sessions that there are, NaN where there is none after the anchor
        - ``fund_max_drawdown``, ``benchmark_max_drawdown``: of the same closes, the lowest over the
          highest before it, less 1
        - ``sessions_after``: how many sessions of the window there are; where fewer than
          ``window``, loss and drawdown may still deepen. 0 without an anchor

    Raises
    ------
    InvalidParameter
        If a horizon or the window is no whole number of at least 1.
    """
    steps = [require_count("a horizon", step) for step in horizons]
    window = require_count("the window of the largest drawdown", window)
    index = sessions_of(closes)
    prices = {leg: closes[leg].to_numpy(dtype=float) for leg in _LEGS}
    at = np.array(
        [
            -1 if day is None else index.searchsorted(pd.Timestamp(day), side="right") - 1
            for day in anchors.values()
        ],
        dtype=int,
    )
    anchored = at >= 0
    last = len(index) - 1

    columns: dict[str, object] = {
        "anchor": pd.DatetimeIndex([index[p] if p >= 0 else pd.NaT for p in at.tolist()]).as_unit(
            index.unit
        )
    }
    for step in steps:
        for leg in _LEGS:
            columns[f"{leg}_before_{step}"] = _change(prices[leg], at - step, at)
    ends = {f"after_{step}": at + step for step in steps} | {"since": np.full(len(at), last)}
    for name, end in ends.items():
        fund, benchmark = (_change(prices[leg], at, end) for leg in _LEGS)
        columns |= {f"fund_{name}": fund, f"benchmark_{name}": benchmark}
        columns[f"excess_{name}"] = fund - benchmark
    windows = {
        leg: [prices[leg][p : p + window + 1] if p >= 0 else _NO_CLOSES for p in at.tolist()]
        for leg in _LEGS
    }
    for leg in _LEGS:
        columns[f"{leg}_max_loss"] = [_max_loss(closes) for closes in windows[leg]]
    for leg in _LEGS:
        columns[f"{leg}_max_drawdown"] = [_max_drawdown(closes) for closes in windows[leg]]
    columns["sessions_after"] = np.where(anchored, np.clip(last - at, 0, window), 0)
    return pd.DataFrame(columns, index=pd.Index(list(anchors), name="event", dtype="str"))


def _change(prices: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the returns between positions; NaN where a position does not exist."""
    exists = (start >= 0) & (end >= 0) & (end < len(prices))
    result = np.full(len(start), np.nan)
    result[exists] = prices[end[exists]] / prices[start[exists]] - 1.0
    return result


def _max_loss(closes: np.ndarray) -> float:
    """Return the largest loss from the first close; NaN where there is no other."""
    return float(closes.min() / closes[0] - 1.0) if len(closes) > 1 else float("nan")


def _max_drawdown(closes: np.ndarray) -> float:
    """Return the deepest drawdown of closes; NaN where there is only the first."""
    if len(closes) < 2:
        return float("nan")
    return float((closes / np.maximum.accumulate(closes) - 1.0).min())
