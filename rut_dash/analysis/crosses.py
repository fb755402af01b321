"""Dated crosses of one line over another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import Cross, Frequency, Indicator, Settings
from rut_dash.analysis.returns import sessions_of
from rut_dash.errors import InvalidParameter

# Two lines closer than this share of the price (rounding) are equal: on a price that does not
# move the MACD and its signal would otherwise cross at every bar.
_TOUCH: Final = 1e-11


def cross_kinds() -> dict[str, tuple[Indicator, Cross]]:
    """Return every kind of cross by its key, with the indicator whose line it is.

    Raises
    ------
    ValueError
        If two have one key.
    """
    kinds: dict[str, tuple[Indicator, Cross]] = {}
    for indicator in INDICATORS.values():
        for cross in indicator.crosses:
            if cross.key in kinds:
                raise ValueError(f"two crosses have the key {cross.key!r}")
            kinds[cross.key] = (indicator, cross)
    return kinds


def crosses_of(indicators: Collection[str]) -> tuple[str, ...]:
    """Return the kinds of crosses of the lines of some indicators: both lines are theirs.

    Parameters
    ----------
    indicators
        Keys of `INDICATORS`.
    """
    return tuple(
        kind
        for kind, (row, cross) in cross_kinds().items()
        if {row.key, cross.other_indicator or row.key} <= set(indicators)
    )


def crosses(
    bars: pd.Series | pd.DataFrame,
    frequency: Frequency = "D",
    kinds: Iterable[str] | None = None,
    parameters: Mapping[str, Settings] | None = None,
) -> pd.DataFrame:
    """Return the dated crosses of the indicators' lines.

    A cross is dated by the first bar on which the line is strictly on the other side. A touch is
    no cross: while two lines are equal, the side before counts. The first bar on which both lines
    exist sets the side and is no cross.

    Parameters
    ----------
    bars
        Bars of the frequency, or their closes alone: daily ones, or for ``"W"`` those of
        `weekly_bars`, of which the last may be of an unfinished week.
    frequency
        ``"D"`` or ``"W"``: on weekly bars the price is compared with its 50-week average.
    kinds
        Keys of `cross_kinds`; None for all of the frequency.
    parameters
        Settings by key of indicator, where they are not the default ones.

    Returns
    -------
    DataFrame
        One row a cross, oldest first, index 0..k-1: ``session``, ``kind``, ``direction``
        (``"up"`` or ``"down"``), ``label`` (what happened), ``value`` (the line's there, in
        its own unit). No rows, and the same types, where there is none. Indicators whose input
        columns the bars lack have none.

    Raises
    ------
    InvalidParameter
        If a kind or a parameter is unknown or cannot be used.
    """
    if frequency not in ("D", "W"):
        raise InvalidParameter("the frequency", frequency, "D or W")
    frame = bars.to_frame("close") if isinstance(bars, pd.Series) else bars
    index = sessions_of(frame)
    available = cross_kinds()
    selected = set(available if kinds is None else kinds)
    for kind in sorted(selected - set(available)):
        expected = f"one of {', '.join(sorted(available))}"
        raise InvalidParameter("a kind of cross", kind, expected)
    settings = parameters or {}
    found: list[tuple[int, str, str, str, float]] = []
    for kind, (indicator, cross) in available.items():
        if kind not in selected or frequency not in cross.frequencies:
            continue
        if indicator.missing_inputs(frame):
            continue
        line, other = cross.lines(frame, indicator.resolve(settings.get(indicator.key)))
        for at, above in crossings(line - other, frame["close"]):
            direction, label = ("up", cross.up) if above else ("down", cross.down)
            found.append((at, kind, direction, label, float(line.iloc[at])))
    found.sort(key=lambda row: row[0])
    return pd.DataFrame(
        {
            "session": index[np.array([row[0] for row in found], dtype=int)],
            "kind": pd.Series([row[1] for row in found], dtype="str"),
            "direction": pd.Series([row[2] for row in found], dtype="str"),
            "label": pd.Series([row[3] for row in found], dtype="str"),
            "value": pd.Series([row[4] for row in found], dtype="float64"),
        }
    )


def crossings(gap: pd.Series, close: pd.Series) -> list[tuple[int, bool]]:
    """Return the positions at which a difference changes its sign, True where it turns positive.

    Parameters
    ----------
    gap
        One line less another, shape (n,); NaN where one of them does not exist.
    close
        The closes that both lines are computed from: they give the size of rounding errors.
    """
    values = gap.to_numpy(dtype=float)
    touch = _TOUCH * close.to_numpy(dtype=float)
    decided = np.flatnonzero(np.abs(values) > touch)  # NaN compares false
    above = values[decided] > 0
    turned = np.flatnonzero(above[1:] != above[:-1]) + 1
    return list(zip(decided[turned].tolist(), above[turned].tolist(), strict=True))
