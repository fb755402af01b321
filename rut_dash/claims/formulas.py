"""How a computed value comes about, as typed terms; `rut_dash.formula_wording` has their texts.

A formula is a tuple of terms in reading order. Prices are unrounded, returns and shares are
fractions, days are sessions.
"""

from __future__ import annotations

from datetime import date
from enum import Enum, StrEnum, auto
from typing import Literal

import msgspec
import pandas as pd

from rut_dash.analysis.indicators import Frequency
from rut_dash.analysis.levels import Side
from rut_dash.claims.check_params import Span

PriceField = Literal["close", "high", "low"]
Extreme = Literal["highest", "lowest", "last close"]
Step = Literal["month", "week", "day"]


class Part(msgspec.Struct, frozen=True):
    """A value that terms are made of."""


class Term(Part, frozen=True):
    """A term of a formula."""


Formula = tuple[Term, ...]


class PricePoint(Part, frozen=True):
    """A price with its session."""

    price: float
    day: pd.Timestamp


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


class Remark(Enum):
    """What a reader should know of a result."""

    FACT = auto()
    CHANNEL_HEURISTIC = auto()
    UNFINISHED_STEP = auto()
    NO_CURRENT_RUN = auto()
    OTHER_DID_NOT_RISE = auto()


# --- Terms for any check -------------------------------------------------------------------------


class Measurement(Term, frozen=True):
    """A quantity of a series with its name: for a check that needs no term of its own."""

    symbol: str
    name: str
    value: float
    unit: Literal["price", "percent", "points", "number"] = "number"
    day: date | None = None


# --- Returns -------------------------------------------------------------------------------------


class PriceChange(Term, frozen=True):
    """The end over the start less 1; a start that is no close is an intraday price."""

    symbol: str
    start: PricePoint
    end: PricePoint
    reinvested: bool = False
    start_field: PriceField = "close"


class ReturnDifference(Term, frozen=True):
    """The return of one series less that of another."""

    value: float


class ReturnQuotient(Term, frozen=True):
    """The return of one series over that of another."""

    own: float
    other: float


class OpenHorizon(Term, frozen=True):
    """A horizon that is not over, with its end where it has one."""

    until: date | None


class OpenSpan(Term, frozen=True):
    """A stretch that is not over."""

    span: Span


class ShareOfPeriods(Term, frozen=True):
    """The share of sessions or months in which one series was ahead of another, or behind."""

    symbol: str
    other: str
    relation: Literal["ahead", "behind"]
    count: int
    total: int
    step: Literal["session", "month"]
    start: date
    end: date


class VolatilityRatio(Term, frozen=True):
    """One annualised volatility over another, both of so many daily returns."""

    symbol: str
    other: str
    own_volatility: float
    other_volatility: float
    returns: int
    end: date


# --- Levels --------------------------------------------------------------------------------------


class Drawdown(Term, frozen=True):
    """A close or low over the highest close or intraday high less 1."""

    symbol: str
    last: PricePoint
    last_field: PriceField
    high: PricePoint
    high_field: PriceField
    reinvested: bool


class ExtremePrice(Term, frozen=True):
    """The highest, lowest or last price of a series up to a day."""

    symbol: str
    extreme: Extreme
    field: PriceField
    point: PricePoint
    end: date
    start: date | None = None


class ExtremeWithin(Term, frozen=True):
    """The same extreme between two days."""

    point: PricePoint
    start: date
    end: date


class PriceOnDay(Term, frozen=True):
    """A price, and the level that it is compared with."""

    symbol: str
    field: PriceField
    point: PricePoint
    level: PriceLevel | None = None


class LevelDistance(Term, frozen=True):
    """A close over a level less 1."""

    symbol: str
    point: PricePoint
    level: PriceLevel


class LevelNeverPassed(Term, frozen=True):
    """No price beyond a level, and the price that came nearest."""

    on: Literal["close", "intraday"]
    side: Side
    level: PriceLevel
    end: date
    nearest: PricePoint | None


class LevelPassed(Term, frozen=True):
    """The first price beyond a level, and in how many sessions it was."""

    on: Literal["close", "intraday"]
    side: Side
    level: PriceLevel
    point: PricePoint
    sessions: int
    end: date


class NoLevelCrossing(Term, frozen=True):
    """A level that was not passed."""

    on: Literal["close", "intraday"]
    level: PriceLevel


class LevelCrossing(Term, frozen=True):
    """The prices before and after a level was passed, and the last price."""

    side: Side
    level: PriceLevel
    before: PricePoint
    after: PricePoint
    last: PricePoint
    sessions_ago: int


# --- Streaks and zones ---------------------------------------------------------------------------


class StreakCloses(Term, frozen=True):
    """The closes of a streak, from the one before it."""

    symbol: str
    points: tuple[PricePoint, ...]


class StreakRun(Part, frozen=True):
    """A run of months, weeks or days in one direction."""

    start: pd.Timestamp
    end: pd.Timestamp
    length: int


class StreakRuns(Term, frozen=True):
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


class ZoneTouch(Part, frozen=True):
    """A touch of a zone that started on a day."""

    day: pd.Timestamp
    outcome: TouchOutcome


class ZoneTouches(Term, frozen=True):
    """The touches of a zone, each after a close beyond the arming level."""

    low: float
    high: float
    side: Side
    arming_level: float
    touches: tuple[ZoneTouch, ...]


# --- Indicators ----------------------------------------------------------------------------------


class AverageDistance(Term, frozen=True):
    """A close less a moving average."""

    symbol: str
    point: PricePoint
    average: float
    length: int
    frequency: Frequency


class NearingRule(Part, frozen=True):
    """An RSI between a level and halfway to neutral, and its value so many bars before."""

    edge: float
    earlier_value: float
    bars: int


class OscillatorValue(Term, frozen=True):
    """The value of an oscillator, and the level that it is compared with; None for zero."""

    symbol: str
    name: str
    settings: tuple[int, ...]
    frequency: Frequency
    day: date
    value: float
    level: float | None = None
    nearing: NearingRule | None = None


class IndicatorValue(Term, frozen=True):
    """An indicator's line, compared with the close, or with a level where there is one."""

    symbol: str
    title: str
    line: str
    frequency: Frequency
    close: PricePoint
    value: float
    level: float | None


class ChannelDistance(Term, frozen=True):
    """A close less the lower edge of a regression channel."""

    symbol: str
    point: PricePoint
    lower: float
    window: int
    frequency: Frequency
    rising: bool
    deviations: float


class LinePair(Part, frozen=True):
    """The values of two lines on a bar."""

    day: date
    first: float
    second: float


class LineCross(Term, frozen=True):
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


class DatedFact(Term, frozen=True):
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


class FedMove(Term, frozen=True):
    """The move that answers a question."""

    question: FedQuestion
    label: str
    day: date


class FedRises(Term, frozen=True):
    """The rises of a stretch, and the label of the last; no days where there were none."""

    days: tuple[date, ...]
    last_label: str = ""


class NoCutSince(Term, frozen=True):
    """The last rise, where no cut followed."""

    label: str


class EventsOfYear(Term, frozen=True):
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


class Arithmetic(Term, frozen=True):
    """An expression of two stated values."""

    expression: Expression
    a: float
    b: float
    value: float


class TargetDistance(Term, frozen=True):
    """A target over a price less 1."""

    symbol: str
    target: float
    field: PriceField
    point: PricePoint


# --- Forecasts -----------------------------------------------------------------------------------


class LevelTest(Part, frozen=True):
    """A price field, and the side of a level on which it is expected."""

    field: PriceField
    side: Side


class NoSessionAfter(Term, frozen=True):
    """No session yet after a day, of a series or of several."""

    day: date
    symbol: str | None = None


class FirstReached(Term, frozen=True):
    """The first price that passed a test after a day."""

    test: LevelTest
    level: PriceLevel
    after: date
    point: PricePoint


class ExtremeAfterClaim(Term, frozen=True):
    """The most extreme price of what followed; with the level where that was missed."""

    extreme: Extreme
    field: PriceField
    start: date
    end: date
    point: PricePoint
    missed: PriceLevel | None = None


class PriceAtEnd(Term, frozen=True):
    """The price at the end of a horizon against a level."""

    field: PriceField
    point: PricePoint
    level: PriceLevel


class NoCloseAbove(Term, frozen=True):
    """No close yet above a level."""

    symbol: str
    level: float


class FedForecast(Term, frozen=True):
    """The moves of one direction up to a day, and the label of the first."""

    label: str
    until: date
    days: tuple[date, ...]


class NoFedMove(Term, frozen=True):
    """No move of a direction after a day, and up to when moves are known."""

    action: Literal["cut", "rise"]
    after: date
    complete_until: date | None


# --- Near misses ---------------------------------------------------------------------------------


class AheadUntil(Term, frozen=True):
    """The last day on which an event lay ahead."""

    day: date


class HeldUntil(Term, frozen=True):
    """The last close at which a statement held, so many sessions before the claim."""

    day: date
    sessions: int


class FirstSinceRun(Term, frozen=True):
    """The end of the last run before the current one."""

    end: date
    step: Step


class OtherSideTouch(Term, frozen=True):
    """A touch of a zone from the other side."""

    side: Side
    touch: ZoneTouch


class NextCross(Term, frozen=True):
    """The first cross after the claim, so many bars later."""

    day: date
    bars: int


class ReachedLate(Term, frozen=True):
    """The first price that passed a test after the horizon, so many sessions late."""

    test: LevelTest
    level: float
    point: PricePoint
    sessions: int


class NearMiss(Part, frozen=True):
    """A reading of a check's own kind that a false statement is true of, or close to."""

    term: Term
    value: float | date | Part
