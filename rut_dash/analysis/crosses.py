"""Dated crosses of one line over another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.indicators import _BY_KEY, INDICATORS, Frequency, Parameters, sma
from rut_dash.analysis.returns import sessions_of
from rut_dash.errors import InvalidParameter

__all__ = ["CROSSES", "Cross", "crosses", "crossings"]

Lines = Callable[[pd.Series, Mapping[str, dict[str, float]]], tuple[pd.Series, "pd.Series | float"]]


@dataclass(frozen=True, slots=True)
class Cross:
    """A row of `CROSSES`: one line that crosses another.

    Parameters
    ----------
    key
        Its ``kind`` in the answer of `crosses`.
    label
        For readers.
    up, down
        What happened when the line came out above, and below, the other.
    frequencies
        The bars on which it is looked for.
    lines
        Closes and the parameters of every indicator to the line and the other (a series, or a
        level).
    """

    key: str
    label: str
    up: str
    down: str
    frequencies: tuple[Frequency, ...]
    lines: Lines


def _rsi_row(level: float) -> Cross:
    return Cross(
        key=f"rsi_{level:g}",
        label=f"RSI and {level:g}",
        up=f"RSI rises above {level:g}",
        down=f"RSI falls below {level:g}",
        frequencies=("D", "W"),
        lines=lambda close, use: (
            _BY_KEY["rsi"].run(close.to_frame("close"), use["rsi"])["rsi"],
            level,
        ),
    )


def _macd_lines(
    close: pd.Series, use: Mapping[str, dict[str, float]]
) -> tuple[pd.Series, pd.Series]:
    answer = _BY_KEY["macd"].run(close.to_frame("close"), use["macd"])
    return answer["macd"], answer["signal"]


CROSSES: Final[tuple[Cross, ...]] = (
    Cross(
        key="average_50_200",
        label="50-day and 200-day average",
        up="Golden cross: the 50-day average rises above the 200-day",
        down="Death cross: the 50-day average falls below the 200-day",
        frequencies=("D",),
        lines=lambda close, _: (sma(close, 50), sma(close, 200)),
    ),
    Cross(
        key="price_200",
        label="Price and 200-day average",
        up="Close above the 200-day average",
        down="Close below the 200-day average",
        frequencies=("D",),
        lines=lambda close, _: (close, sma(close, 200)),
    ),
    Cross(
        key="price_50w",
        label="Price and 50-week average",
        up="Weekly close above the 50-week average",
        down="Weekly close below the 50-week average",
        frequencies=("W",),
        lines=lambda close, _: (close, sma(close, 50)),
    ),
    Cross(
        key="macd_signal",
        label="MACD and its signal",
        up="MACD rises above its signal",
        down="MACD falls below its signal",
        frequencies=("D", "W"),
        lines=_macd_lines,
    ),
    _rsi_row(30.0),
    _rsi_row(70.0),
)


# Two lines closer than this share of the price (rounding) are equal: on a price that stands
# still the MACD and its signal would otherwise cross at every bar.
_TOUCH: Final = 1e-11


def crosses(
    close: pd.Series,
    frequency: Frequency = "D",
    kinds: Iterable[str] | None = None,
    parameters: Mapping[str, Parameters] | None = None,
) -> pd.DataFrame:
    """Return the dated crosses of the lines in `CROSSES`.

    A cross is dated by the bar whose close puts the line on the other side. A touch is none:
    while two lines are equal the side they came from counts, until the other is reached. The
    first bar on which both lines exist sets the side and is no cross.

    Parameters
    ----------
    close
        Closes of the frequency's bars: daily closes, or for ``"W"`` those of `weekly_bars`, of
        which the last may be of an unfinished week.
    frequency
        ``"D"`` or ``"W"``: on weekly bars the price is held against its 50-week average.
    kinds
        Keys of `CROSSES` to look for; all of the frequency's by default.
    parameters
        Parameters by key of `INDICATORS`, where MACD or RSI are not the default ones.

    Returns
    -------
    DataFrame
        One row a cross, oldest first, index 0..k-1: ``session``, ``kind``, ``direction``
        (``"up"`` or ``"down"``), ``label`` (what happened), ``value`` (the line's there, in
        its own unit). No rows, and the same types, where there is none.

    Raises
    ------
    InvalidParameter
        If a kind or a parameter is unknown or cannot be used.
    """
    if frequency not in ("D", "W"):
        raise InvalidParameter("the frequency", frequency, "D or W")
    index = sessions_of(close)
    known = {row.key for row in CROSSES}
    wanted = known if kinds is None else set(kinds)
    for kind in sorted(wanted - known):
        raise InvalidParameter("a kind of cross", kind, f"one of {', '.join(sorted(known))}")
    given = parameters or {}
    use = {row.key: row.resolve(given.get(row.key)) for row in INDICATORS}
    found: list[tuple[int, str, str, str, float]] = []
    for row in CROSSES:
        if row.key not in wanted or frequency not in row.frequencies:
            continue
        line, other = row.lines(close, use)
        for at, above in crossings(line - other, close):
            direction, label = ("up", row.up) if above else ("down", row.down)
            found.append((at, row.key, direction, label, float(line.iloc[at])))
    found.sort(key=lambda cross: cross[0])
    positions = np.array([cross[0] for cross in found], dtype=int)
    return pd.DataFrame(
        {
            "session": index[positions],
            "kind": pd.Series([cross[1] for cross in found], dtype="str"),
            "direction": pd.Series([cross[2] for cross in found], dtype="str"),
            "label": pd.Series([cross[3] for cross in found], dtype="str"),
            "value": pd.Series([cross[4] for cross in found], dtype="float64"),
        }
    )


def crossings(gap: pd.Series, close: pd.Series) -> list[tuple[int, bool]]:
    """Return the positions at which a difference changes its sign, and whether to above zero.

    Parameters
    ----------
    gap
        One line less another, shape (n,); NaN where one of them does not exist.
    close
        The closes they are made of: a gap below rounding is none.
    """
    values = gap.to_numpy(dtype=float)
    touch = _TOUCH * close.to_numpy(dtype=float)
    decided = np.flatnonzero(np.abs(values) > touch)  # NaN compares false
    above = values[decided] > 0
    turned = np.flatnonzero(above[1:] != above[:-1]) + 1
    return list(zip(decided[turned].tolist(), above[turned].tolist(), strict=True))
