"""How a computed value comes about, as typed terms; `rut_dash.formula_wording` has their texts.

A formula is a tuple of terms in reading order. Prices are unrounded, returns and shares are
fractions, days are sessions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto

import msgspec
import pandas as pd

from rut_dash.analysis.levels import Side
from rut_dash.claims.check_params import Span
from rut_dash.claims.choices import PriceField


class Remark(Enum):
    """What a reader should know of a result."""

    FACT = auto()
    CHANNEL_HEURISTIC = auto()
    UNFINISHED_STEP = auto()
    NO_CURRENT_RUN = auto()
    OTHER_DID_NOT_RISE = auto()


# --- What terms are made of ----------------------------------------------------------------------


class Part(msgspec.Struct, frozen=True):
    """A value of several fields that terms and results are made of."""


class PricePoint(Part, frozen=True):
    """A price with its session."""

    price: float
    day: pd.Timestamp


class PriceChange(Part, frozen=True):
    """Two prices of a series; a start that is no close is an intraday price."""

    symbol: str
    start: PricePoint
    end: PricePoint
    reinvested: bool = False
    start_field: PriceField = PriceField.CLOSE

    @property
    def value(self) -> float:
        """The end over the start less 1, a fraction."""
        return self.end.price / self.start.price - 1.0


class LevelOrigin(Enum):
    """Where a level comes from."""

    STATED = auto()
    HIGHEST_CLOSE = auto()
    INTRADAY_HIGH = auto()
    CLOSE_OF_CLAIM = auto()


class PriceLevel(Part, frozen=True):
    """A price to compare with; ``day`` is that of a high."""

    price: float
    origin: LevelOrigin = LevelOrigin.STATED
    day: date | None = None


class LevelTest(Part, frozen=True):
    """A price field, and the side of a level on which it is expected."""

    field: PriceField
    side: Side


class StreakRun(Part, frozen=True):
    """A run of months, weeks or days in one direction."""

    start: pd.Timestamp
    end: pd.Timestamp
    length: int


class TouchOutcome(StrEnum):
    """How a touch of a zone ended; ``held`` from above is ``capped`` from below."""

    HELD = "held"
    CAPPED = "capped"
    BROKE = "broke"
    OPEN = "open"


class ZoneTouch(Part, frozen=True):
    """A touch of a zone that started on a day."""

    day: pd.Timestamp
    outcome: TouchOutcome


class LinePair(Part, frozen=True):
    """The values of two lines on a bar."""

    day: date
    first: float
    second: float


# --- Terms ---------------------------------------------------------------------------------------


class TermKind(Enum):
    """What a term says; its operands are those that its text in `formula_wording` names."""

    # For any check that needs no term of its own: a quantity of a series with its name.
    MEASUREMENT = auto()
    # Returns
    PRICE_CHANGE = auto()
    RETURN_DIFFERENCE = auto()
    RETURN_QUOTIENT = auto()
    OPEN_HORIZON = auto()
    OPEN_SPAN = auto()
    SHARE_OF_PERIODS = auto()
    VOLATILITY_RATIO = auto()
    # Levels
    DRAWDOWN = auto()
    EXTREME_PRICE = auto()
    EXTREME_WITHIN = auto()
    PRICE_ON_DAY = auto()
    LEVEL_DISTANCE = auto()
    LEVEL_NEVER_PASSED = auto()
    LEVEL_PASSED = auto()
    NO_LEVEL_CROSSING = auto()
    LEVEL_CROSSING = auto()
    # Streaks and zones
    STREAK_CLOSES = auto()
    STREAK_RUNS = auto()
    ZONE_TOUCHES = auto()
    ZONE_MOVES = auto()
    # Indicators
    AVERAGE_DISTANCE = auto()
    OSCILLATOR_VALUE = auto()
    OSCILLATOR_AGAINST_LEVEL = auto()
    OSCILLATOR_NEARING = auto()
    INDICATOR_AGAINST_CLOSE = auto()
    INDICATOR_AGAINST_LEVEL = auto()
    CHANNEL_DISTANCE = auto()
    LINE_CROSS = auto()
    # Facts and arithmetic
    DATED_FACT = auto()
    FED_MOVE = auto()
    FED_RISES = auto()
    NO_FED_RISE = auto()
    NO_CUT_SINCE = auto()
    EVENTS_OF_YEAR = auto()
    ARITHMETIC = auto()
    TARGET_DISTANCE = auto()
    # Forecasts
    NO_SESSION_AFTER = auto()
    FIRST_REACHED = auto()
    EXTREME_AFTER_CLAIM = auto()
    PRICE_AT_END = auto()
    NO_CLOSE_ABOVE = auto()
    FED_FORECAST = auto()
    NO_FED_MOVE = auto()
    # Near misses
    AHEAD_UNTIL = auto()
    HELD_UNTIL = auto()
    FIRST_SINCE_RUN = auto()
    OTHER_SIDE_TOUCH = auto()
    NEXT_CROSS = auto()
    REACHED_LATE = auto()


Operand = float | str | date | Part | Span | tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a formula: what it says, and its operands by name."""

    kind: TermKind
    operands: Mapping[str, Operand]

    @classmethod
    def of(cls, kind: TermKind, **operands: Operand) -> Term:
        """Return the term of a kind with its operands."""
        return cls(kind, operands)


Formula = tuple[Term, ...]


class NearMiss(Part, frozen=True):
    """A reading of a check's own kind that a false statement is true of, or close to."""

    term: Term
    value: float | date | Part
