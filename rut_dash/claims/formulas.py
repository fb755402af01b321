"""How a computed value comes about, as typed terms; `rut_dash.formula_wording` has their texts.

A formula is a tuple of terms in reading order. Prices are unrounded, returns and shares are
fractions, days are sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto
from typing import Literal

import pandas as pd

from rut_dash.analysis.indicators import Frequency
from rut_dash.analysis.levels import Side
from rut_dash.claims.check_params import Span

PriceField = Literal["close", "high", "low"]
Extreme = Literal["highest", "lowest", "last close"]
Step = Literal["month", "week", "day"]


class Term:
    """A term of a formula."""

    __slots__ = ()


Formula = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class PricePoint:
    """A price with its session."""

    price: float
    day: pd.Timestamp


class LevelOrigin(Enum):
    """Where a level comes from."""

    STATED = auto()
    HIGHEST_CLOSE = auto()
    INTRADAY_HIGH = auto()
    CLOSE_OF_CLAIM = auto()


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """A price to compare with; ``day`` is that of a high."""

    price: float
    origin: LevelOrigin = LevelOrigin.STATED
    day: date | None = None


class Remark(Enum):
    """What a reader should know of a result."""

    FACT = auto()
    CHANNEL_HEURISTIC = auto()
    UNFINISHED_STEP = auto()
    NO_CURRENT_RUN = auto()
    OTHER_DID_NOT_RISE = auto()


# --- Terms for any check -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measurement(Term):
    """A quantity of a series with its name: for a check that needs no term of its own."""

    symbol: str
    name: str
    value: float
    unit: Literal["price", "percent", "points", "number"] = "number"
    day: date | None = None


@dataclass(frozen=True, slots=True)
class TextTerm(Term):
    """A formula that is data itself: an answer worked by hand."""

    text: str


# --- Returns -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PriceChange(Term):
    """The end over the start less 1; a start that is no close is an intraday price."""

    symbol: str
    start: PricePoint
    end: PricePoint
    reinvested: bool = False
    start_field: PriceField = "close"


@dataclass(frozen=True, slots=True)
class ReturnDifference(Term):
    """The return of one series less that of another."""

    value: float


@dataclass(frozen=True, slots=True)
class ReturnQuotient(Term):
    """The return of one series over that of another."""

    own: float
    other: float


@dataclass(frozen=True, slots=True)
class OpenHorizon(Term):
    """A horizon that is not over, with its end where it has one."""

    until: date | None


@dataclass(frozen=True, slots=True)
class OpenSpan(Term):
    """A stretch that is not over."""

    span: Span


@dataclass(frozen=True, slots=True)
class ShareOfPeriods(Term):
    """The share of sessions or months in which one series was ahead of another, or behind."""

    symbol: str
    other: str
    relation: Literal["ahead", "behind"]
    count: int
    total: int
    step: Literal["session", "month"]
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class VolatilityRatio(Term):
    """One annualised volatility over another, both of so many daily returns."""

    symbol: str
    other: str
    own_volatility: float
    other_volatility: float
    returns: int
    end: date


# --- Levels --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drawdown(Term):
    """A close or low over the highest close or intraday high less 1."""

    symbol: str
    last: PricePoint
    last_field: PriceField
    high: PricePoint
    high_field: PriceField
    reinvested: bool


@dataclass(frozen=True, slots=True)
class ExtremePrice(Term):
    """The highest, lowest or last price of a series up to a day."""

    symbol: str
    extreme: Extreme
    field: PriceField
    point: PricePoint
    end: date
    start: date | None = None


@dataclass(frozen=True, slots=True)
class ExtremeWithin(Term):
    """The same extreme between two days."""

    point: PricePoint
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class PriceOnDay(Term):
    """A price, and the level that it is compared with."""

    symbol: str
    field: PriceField
    point: PricePoint
    level: PriceLevel | None = None


@dataclass(frozen=True, slots=True)
class LevelDistance(Term):
    """A close over a level less 1."""

    symbol: str
    point: PricePoint
    level: PriceLevel


@dataclass(frozen=True, slots=True)
class LevelNeverPassed(Term):
    """No price beyond a level, and the price that came nearest."""

    on: Literal["close", "intraday"]
    side: Side
    level: PriceLevel
    end: date
    nearest: PricePoint | None


@dataclass(frozen=True, slots=True)
class LevelPassed(Term):
    """The first price beyond a level, and in how many sessions it was."""

    on: Literal["close", "intraday"]
    side: Side
    level: PriceLevel
    point: PricePoint
    sessions: int
    end: date


@dataclass(frozen=True, slots=True)
class NoLevelCrossing(Term):
    """A level that was not passed."""

    on: Literal["close", "intraday"]
    level: PriceLevel


@dataclass(frozen=True, slots=True)
class LevelCrossing(Term):
    """The prices before and after a level was passed, and the last price."""

    side: Side
    level: PriceLevel
    before: PricePoint
    after: PricePoint
    last: PricePoint
    sessions_ago: int


# --- Streaks and zones ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreakCloses(Term):
    """The closes of a streak, from the one before it."""

    symbol: str
    points: tuple[PricePoint, ...]


@dataclass(frozen=True, slots=True)
class StreakRun:
    """A run of months, weeks or days in one direction."""

    start: pd.Timestamp
    end: pd.Timestamp
    length: int


@dataclass(frozen=True, slots=True)
class StreakRuns(Term):
    """The runs of a length or more since a day."""

    symbol: str
    length: int
    step: Step
    since: date
    runs: tuple[StreakRun, ...]


class TouchOutcome(StrEnum):
    """How a touch of a zone ended; ``held`` from above is ``capped`` from below."""

    HELD = "held"
    CAPPED = "capped"
    BROKE = "broke"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ZoneTouch:
    """A touch of a zone that started on a day."""

    day: pd.Timestamp
    outcome: TouchOutcome


@dataclass(frozen=True, slots=True)
class ZoneTouches(Term):
    """The touches of a zone, each after a close beyond the arming level."""

    low: float
    high: float
    side: Side
    arming_level: float
    touches: tuple[ZoneTouch, ...]


# --- Indicators ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AverageDistance(Term):
    """A close less a moving average."""

    symbol: str
    point: PricePoint
    average: float
    length: int
    frequency: Frequency


@dataclass(frozen=True, slots=True)
class NearingRule:
    """An RSI between a level and halfway to neutral, and its value so many bars before."""

    edge: float
    earlier_value: float
    bars: int


@dataclass(frozen=True, slots=True)
class OscillatorValue(Term):
    """The value of an oscillator, and the level that it is compared with; None for zero."""

    symbol: str
    name: str
    settings: tuple[int, ...]
    frequency: Frequency
    day: date
    value: float
    level: float | None = None
    nearing: NearingRule | None = None


@dataclass(frozen=True, slots=True)
class IndicatorValue(Term):
    """An indicator's line, compared with the close, or with a level where there is one."""

    symbol: str
    title: str
    line: str
    frequency: Frequency
    close: PricePoint
    value: float
    level: float | None


@dataclass(frozen=True, slots=True)
class ChannelDistance(Term):
    """A close less the lower edge of a regression channel."""

    symbol: str
    point: PricePoint
    lower: float
    window: int
    frequency: Frequency
    rising: bool
    deviations: float


@dataclass(frozen=True, slots=True)
class LinePair:
    """The values of two lines on a bar."""

    day: date
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class LineCross(Term):
    """Two lines before and at the bar on which one passed the other, and on the last bar.

    ``after`` is None where there was no such cross, ``before`` too where it was on the first bar.
    """

    symbol: str
    names: tuple[str, str]
    upward: bool
    last: LinePair
    after: LinePair | None = None
    before: LinePair | None = None
    bars_ago: int = 0


# --- Facts and arithmetic ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DatedFact(Term):
    """Something dated, with who says so."""

    label: str
    start: date
    end: date
    source: str


class FedQuestion(StrEnum):
    """A question about the Fed's moves, spelled as in files."""

    FIRST_CUT = "first cut after the last rise"
    FIRST_CUT_AFTER_PAUSE = "first cut after a pause"
    LATEST_CHANGE = "latest change"
    RISES = "rises"


@dataclass(frozen=True, slots=True)
class FedMove(Term):
    """The move that answers a question."""

    question: FedQuestion
    label: str
    day: date


@dataclass(frozen=True, slots=True)
class FedRises(Term):
    """The rises of a stretch, and the label of the last; no days where there were none."""

    days: tuple[date, ...]
    last_label: str = ""


@dataclass(frozen=True, slots=True)
class NoCutSince(Term):
    """The last rise, where no cut followed."""

    label: str


@dataclass(frozen=True, slots=True)
class EventsOfYear(Term):
    """The events of a kind in a year."""

    kind_label: str
    year: int
    days: tuple[date, ...]


class Expression(StrEnum):
    """An arithmetic expression, spelled as in files."""

    TARGET_OVER_CLOSE = "target over close"
    DISCOUNT = "discount"
    PREMIUM = "premium"
    DIFFERENCE = "difference"
    RATIO_OF_GROWTH = "ratio of growth"


@dataclass(frozen=True, slots=True)
class Arithmetic(Term):
    """An expression of two stated values."""

    expression: Expression
    a: float
    b: float
    value: float


@dataclass(frozen=True, slots=True)
class TargetDistance(Term):
    """A target over a price less 1."""

    symbol: str
    target: float
    field: PriceField
    point: PricePoint


# --- Forecasts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LevelTest:
    """A price field, and the side of a level on which it is expected."""

    field: PriceField
    side: Side


@dataclass(frozen=True, slots=True)
class NoSessionAfter(Term):
    """No session yet after a day, of a series or of several."""

    day: date
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class FirstReached(Term):
    """The first price that passed a test after a day."""

    test: LevelTest
    level: PriceLevel
    after: date
    point: PricePoint


@dataclass(frozen=True, slots=True)
class ExtremeAfterClaim(Term):
    """The most extreme price of what followed; with the level where that was missed."""

    extreme: Extreme
    field: PriceField
    start: date
    end: date
    point: PricePoint
    missed: PriceLevel | None = None


@dataclass(frozen=True, slots=True)
class PriceAtEnd(Term):
    """The price at the end of a horizon against a level."""

    field: PriceField
    point: PricePoint
    level: PriceLevel


@dataclass(frozen=True, slots=True)
class NoCloseAbove(Term):
    """No close yet above a level."""

    symbol: str
    level: float


@dataclass(frozen=True, slots=True)
class FedForecast(Term):
    """The moves of one direction up to a day, and the label of the first."""

    label: str
    until: date
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class NoFedMove(Term):
    """No move of a direction after a day, and up to when moves are known."""

    action: Literal["cut", "rise"]
    after: date
    complete_until: date | None


# --- Near misses ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AheadUntil(Term):
    """The last day on which an event lay ahead."""

    day: date


@dataclass(frozen=True, slots=True)
class HeldUntil(Term):
    """The last close at which a statement held, so many sessions before the claim."""

    day: date
    sessions: int


@dataclass(frozen=True, slots=True)
class FirstSinceRun(Term):
    """The end of the last run before the current one."""

    end: date
    step: Step


@dataclass(frozen=True, slots=True)
class OtherSideTouch(Term):
    """A touch of a zone from the other side."""

    side: Side
    touch: ZoneTouch


@dataclass(frozen=True, slots=True)
class NextCross(Term):
    """The first cross after the claim, so many bars later."""

    day: date
    bars: int


@dataclass(frozen=True, slots=True)
class ReachedLate(Term):
    """The first price that passed a test after the horizon, so many sessions late."""

    test: LevelTest
    level: float
    point: PricePoint
    sessions: int


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A reading of a check's own kind that a false statement is true of, or close to."""

    term: Term
    value: float | str
