"""What a chart of a claim shows beside the prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

__all__ = ["ChartSpec"]


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """What a chart must show of a result.

    Parameters
    ----------
    symbols
        One series, or two that are compared.
    start, end
        The stretch that the result is about.
    levels
        Values in the unit of the first series, each with its name.
    days
        Sessions, each with what happened.
    spans
        Stretches, each with its name.
    bands
        Zones of values: low, high, name.
    lines
        Indicators drawn with the closes, such as ``("sma", 50)``.
    frequency
        ``D`` or ``W``.
    form
        ``close``: as it is; ``rebased``: both at 100 at the start; ``ratio``: the first series
        over the second.
    """

    symbols: tuple[str, ...] = ()
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    levels: tuple[tuple[float, str], ...] = ()
    days: tuple[tuple[pd.Timestamp, str], ...] = ()
    spans: tuple[tuple[pd.Timestamp, pd.Timestamp, str], ...] = ()
    bands: tuple[tuple[float, float, str], ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    frequency: Literal["D", "W"] = "D"
    form: Literal["close", "rebased", "ratio"] = "close"
