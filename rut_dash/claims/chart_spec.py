"""What a chart of a claim shows beside the prices, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import Frequency
from rut_dash.claims.formulas import Extreme, PriceField, PriceLevel, TouchOutcome

LabelWord = (
    PriceField
    | Extreme
    | TouchOutcome
    | Literal[
        "from", "to", "above", "below", "nearing", "first above", "first below", "claim",
        "reached", "cross", "as stated", "rises", "target", "highest close", "intraday high",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChartLabel:
    """The name of something on a chart: what is given of it, in this order.

    Parameters
    ----------
    price
        In the unit of the series.
    change
        A fraction.
    count, counted
        How many of what, such as 5 and ``month``; in a row where nothing is named.
    day
        A day.
    text
        Data: the label of an event, or of a stretch in a claim.
    """

    word: LabelWord | None = None
    price: float | None = None
    change: float | None = None
    count: int | None = None
    counted: str | None = None
    day: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ChartLevel:
    """A horizontal line at a price of the first series."""

    price: float
    label: ChartLabel | PriceLevel

    @classmethod
    def of(cls, level: PriceLevel) -> ChartLevel:
        """Return the line of a level, named as the level is."""
        return cls(level.price, level)


@dataclass(frozen=True, slots=True)
class ChartDay:
    """A marked session; without a name where the label is None."""

    day: pd.Timestamp
    label: ChartLabel | None


@dataclass(frozen=True, slots=True)
class ChartSpan:
    """A tinted stretch of sessions; without a name where the label is None."""

    start: pd.Timestamp
    end: pd.Timestamp
    label: ChartLabel | None = None


@dataclass(frozen=True, slots=True)
class ChartBand:
    """A tinted zone of prices."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ChartLine:
    """An indicator: a key of `INDICATORS`, and settings that differ from its defaults."""

    indicator: str
    settings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RegressionLines:
    """A regression channel over so many bars, its edges so many deviations away."""

    window: int
    deviations: float


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """What a chart shows of a result.

    Parameters
    ----------
    symbols
        One series, or two that are compared.
    start, end
        The stretch that the result is about; None for no chart.
    frequency
        Of the bars.
    form
        ``close``: closes; ``rebased``: both series at 100 at the start; ``ratio``: the first
        series over the second.
    """

    symbols: tuple[str, ...] = ()
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    levels: tuple[ChartLevel, ...] = ()
    days: tuple[ChartDay, ...] = ()
    spans: tuple[ChartSpan, ...] = ()
    bands: tuple[ChartBand, ...] = ()
    lines: tuple[ChartLine, ...] = ()
    channel: RegressionLines | None = None
    frequency: Frequency = "D"
    form: Literal["close", "rebased", "ratio"] = "close"
