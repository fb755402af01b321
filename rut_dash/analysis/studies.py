"""What both legs did before and after dated events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import require_count, sessions_of

HORIZONS: Final = (1, 5, 20, 60)
_LEGS: Final = ("fund", "benchmark")


def event_study(
    closes: pd.DataFrame,
    anchors: Mapping[str, date | None],
    horizons: Sequence[int] = HORIZONS,
    worst_within: int = 60,
) -> pd.DataFrame:
    """Return both legs' returns around events.

    All is counted from the close of the event's anchor session ``a``: ``before_N`` is
    ``close[a] / close[a-N] - 1``, ``after_N`` is ``close[a+N] / close[a] - 1``. They are not
    averaged here: few events of a kind share one meaning.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions, shape (n, 2).
    anchors
        The anchor session by event id, None where there is none; of a day that is not in
        ``closes`` the last session before it counts.
    horizons
        Numbers of sessions, at least 1.
    worst_within
        Number of sessions after the anchor within which the deepest drawdown is looked for.

    Returns
    -------
    DataFrame
        Index ``event``, in the order of ``anchors``; fractions. NaT and NaN where there is no
        anchor, and NaN where the sessions before or after are not (yet) there.

        - ``anchor``: the session
        - ``fund_before_N``, ``benchmark_before_N``, ``fund_after_N``, ``benchmark_after_N`` for
          each horizon
        - ``fund_since``, ``benchmark_since``: to the last close, 0 where that is the anchor's
        - ``excess_since``: fund less benchmark
        - ``fund_worst``, ``benchmark_worst``: the lowest close against the highest before it,
          both within the window, the anchor's close included; of the sessions that there are,
          NaN where there is none after the anchor
        - ``sessions_after``: how many of the ``worst_within`` sessions there are; 0 without an
          anchor

    Raises
    ------
    InvalidParameter
        If a horizon or the window is no whole number of at least 1.
    """
    steps = [require_count("a horizon", step) for step in horizons]
    window = require_count("the window of the worst drawdown", worst_within)
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
    for step in steps:
        for leg in _LEGS:
            columns[f"{leg}_after_{step}"] = _change(prices[leg], at, at + step)
    since = {leg: _change(prices[leg], at, np.full(len(at), last)) for leg in _LEGS}
    for leg in _LEGS:
        columns[f"{leg}_since"] = since[leg]
    columns["excess_since"] = since["fund"] - since["benchmark"]
    for leg in _LEGS:
        columns[f"{leg}_worst"] = [
            _worst(prices[leg][p : p + window + 1]) if p >= 0 else np.nan for p in at.tolist()
        ]
    columns["sessions_after"] = np.where(anchored, np.clip(last - at, 0, window), 0)
    return pd.DataFrame(columns, index=pd.Index(list(anchors), name="event", dtype="str"))


def _change(prices: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the returns between positions; NaN where a position does not exist."""
    exists = (start >= 0) & (end >= 0) & (end < len(prices))
    result = np.full(len(start), np.nan)
    result[exists] = prices[end[exists]] / prices[start[exists]] - 1.0
    return result


def _worst(prices: np.ndarray) -> float:
    """Return the deepest drawdown of closes; NaN where there is only the first."""
    if len(prices) < 2:
        return float("nan")
    return float((prices / np.maximum.accumulate(prices) - 1.0).min())
