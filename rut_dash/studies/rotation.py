"""Rotation: where the ratios of several symbols to a benchmark are, and which way they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.resampling import weekly_ends
from rut_dash.analysis.returns import period_table, ratio, require_count, sessions_of

AVERAGE_WEEKS: Final = 40
CHANGE_WEEKS: Final = 4
TAIL_WEEKS: Final = 12
ROTATION_PERIODS: Final = ("1M", "3M", "6M", "YTD", "1Y", "3Y")
# What is compared where nobody names symbols: the market's sizes and styles, and the sectors of
# small companies.
ROTATION_SYMBOLS: Final = (
    "IWM", "IWO", "IWN", "IJR", "QQQ", "RSP", "KRE", "XBI",
    "PSCC", "PSCD", "PSCE", "PSCF", "PSCH", "PSCI", "PSCM", "PSCT", "PSCU",
)  # fmt: skip


class Quadrant(StrEnum):
    """A quarter of the rotation map."""

    ABOVE_RISING = "above and rising"
    ABOVE_FALLING = "above and falling"
    BELOW_FALLING = "below and falling"
    BELOW_RISING = "below and rising"


@dataclass(frozen=True, slots=True)
class RotationPoint:
    """A symbol on the map at the end of a week.

    Attributes
    ----------
    week
        The last session of the week.
    x
        The ratio over its own average of 40 weeks, less 1.
    y
        The change of x over 4 weeks.
    """

    week: pd.Timestamp
    x: float
    y: float

    @property
    def quadrant(self) -> Quadrant:
        """Where it is; 0 is neither above nor rising."""
        if self.x > 0:
            return Quadrant.ABOVE_RISING if self.y > 0 else Quadrant.ABOVE_FALLING
        return Quadrant.BELOW_RISING if self.y > 0 else Quadrant.BELOW_FALLING


@dataclass(frozen=True, slots=True)
class SymbolRotation:
    """One symbol against the benchmark.

    Attributes
    ----------
    first, as_of
        The first and the last common session.
    tail
        The last weeks, oldest first, the unfinished one included; empty where the history is
        shorter than 44 weeks.
    weeks, share_of_weeks
        Weeks on the map to date, and the share of them in the quadrant of the last: the base.
    returns, excess
        By period, of the symbol, and that less the benchmark's; NaN where it does not reach back.
    """

    symbol: str
    first: pd.Timestamp
    as_of: pd.Timestamp
    tail: tuple[RotationPoint, ...]
    weeks: int
    share_of_weeks: float
    returns: Mapping[str, float]
    excess: Mapping[str, float]


def symbol_rotation(
    symbol: str, close: pd.Series, benchmark: pd.Series, tail_weeks: int = TAIL_WEEKS
) -> SymbolRotation:
    """Return where the ratio of a symbol to the benchmark is, and where it came from.

    Parameters
    ----------
    close, benchmark
        Closes on one basis up to the as-of, on the sessions of each; they need one in common.
    tail_weeks
        Weeks of the tail, at least 1.

    Raises
    ------
    InvalidParameter
        If the number of weeks cannot be used.
    """
    tail_weeks = require_count("the weeks of a tail", tail_weeks)
    closes = pd.concat({"fund": close, "benchmark": benchmark}, axis=1, join="inner", sort=False)
    index = sessions_of(closes)
    points = rotation_points(weekly_ends(ratio(closes)))
    quadrants = [point.quadrant for point in points]
    table = period_table(closes, ROTATION_PERIODS)
    return SymbolRotation(
        symbol=symbol,
        first=index[0],
        as_of=index[-1],
        tail=points[-tail_weeks:],
        weeks=len(points),
        share_of_weeks=quadrants.count(quadrants[-1]) / len(points) if points else float("nan"),
        returns={period: float(table["fund"][period]) for period in ROTATION_PERIODS},
        excess={period: float(table["difference"][period]) for period in ROTATION_PERIODS},
    )


def rotation_points(weekly_ratio: pd.Series) -> tuple[RotationPoint, ...]:
    """Return the points of a ratio on the map, oldest first.

    Parameters
    ----------
    weekly_ratio
        The ratio at the end of each week; the first 43 weeks have no point.
    """
    x = (weekly_ratio / weekly_ratio.rolling(AVERAGE_WEEKS).mean() - 1.0).to_numpy(dtype=float)
    y = np.full(len(x), np.nan)
    y[CHANGE_WEEKS:] = x[CHANGE_WEEKS:] - x[:-CHANGE_WEEKS]
    weeks = sessions_of(weekly_ratio)
    positions = np.flatnonzero(~np.isnan(y)).tolist()
    return tuple(RotationPoint(weeks[at], float(x[at]), float(y[at])) for at in positions)
