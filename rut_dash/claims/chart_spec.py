"""What a chart of a claim shows beside the prices, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from typing import Literal

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import Frequency
from rut_dash.analysis.levels import Side
from rut_dash.claims.choices import Extreme, PriceField, Relation, Step
from rut_dash.claims.formulas import PriceLevel, TouchOutcome


class ChartSubject(Enum):
    """What a chart marks, where no choice of a parameter says it."""

    START = auto()
    END = auto()
    HIGHEST_CLOSE = auto()
    INTRADAY_HIGH = auto()
    HIGH = auto()
    FIRST_ABOVE = auto()
    FIRST_BELOW = auto()
    STATED_DAYS = auto()
    CLAIM = auto()
    REACHED = auto()
    TARGET = auto()
    CROSS = auto()
    RISES = auto()


LabelSubject = ChartSubject | PriceField | Extreme | TouchOutcome | Side | Relation


@dataclass(frozen=True, slots=True)
class ChartLabel:
    """The name of something on a chart: what is given of it, in this order.

    Parameters
    ----------
    subject
        What it is.
    price
        In the unit of the series.
    change
        A fraction.
    count, counted
        How many of what; in a row where nothing is named.
    day
        A day.
    text
        Data: the label of an event, or of a stretch in a claim.
    """

    subject: LabelSubject | None = None
    price: float | None = None
    change: float | None = None
    count: int | None = None
    counted: Step | None = None
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
