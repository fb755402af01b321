"""Choices of the parameters of checks: a check works with members, files have their values.

A value is also what the form and the docs say, and how a formula names the choice.
"""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """Units of claims that checks know; a file may name any other."""

    DOLLAR = "$"
    PERCENT = "%"
    PERCENTAGE_POINTS = "percentage points"
    INDEX_POINTS = "index points"
    POINTS = "points"
    TIMES = "times"
    X = "x"
    RATIO = "ratio"


# --- Prices --------------------------------------------------------------------------------------


class PriceField(StrEnum):
    """The column of bars that a price is of."""

    CLOSE = "close"
    HIGH = "high"
    LOW = "low"


class SessionPrice(StrEnum):
    """Whether closes count, or the highs and lows of sessions."""

    CLOSE = "close"
    INTRADAY = "intraday"


class Extreme(StrEnum):
    """Which price of a stretch is meant."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    LAST_CLOSE = "last close"


class ExtremeAnswer(StrEnum):
    """What of an extreme a claim states."""

    PRICE = "price"
    DAY = "day"


class DistancePrices(StrEnum):
    """Which price is compared with which high."""

    CLOSE = "close"
    CLOSE_AND_INTRADAY_HIGH = "close against the intraday high"
    LOW_AND_INTRADAY_HIGH = "low against the intraday high"


class Crossing(StrEnum):
    """What is expected of a level."""

    CROSSED = "crossed"
    NEVER = "never"


class PriceTest(StrEnum):
    """What a forecast expects of a price."""

    CLOSE_AT_OR_ABOVE = "close at or above"
    CLOSE_AT_OR_BELOW = "close at or below"
    HIGH_AT_OR_ABOVE = "high at or above"
    HIGH_AT_OR_BELOW = "high at or below"
    LOW_AT_OR_ABOVE = "low at or above"
    LOW_AT_OR_BELOW = "low at or below"


class YesNo(StrEnum):
    """A yes or a no."""

    NO = "no"
    YES = "yes"


# --- Moves ---------------------------------------------------------------------------------------


class Expectation(StrEnum):
    """What a claim expects of one return, or of one against another."""

    AHEAD = "ahead"
    BEHIND = "behind"
    RISE = "rise"
    FALL = "fall"
    LARGER_MOVE = "larger move"


class Step(StrEnum):
    """What is counted."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    SESSION = "session"


class Course(StrEnum):
    """Which way prices or a line go."""

    UP = "up"
    DOWN = "down"


class JudgedTouches(StrEnum):
    """Which touches of a zone decide."""

    MOST = "most"
    LAST = "the last"
    YEAR = "the year"


# --- Indicators ----------------------------------------------------------------------------------


class Relation(StrEnum):
    """Where a value is against another."""

    BELOW = "below"
    ABOVE = "above"
    NEARING = "nearing"


class CrossPlace(StrEnum):
    """Where lines cross."""

    ANYWHERE = "anywhere"
    ABOVE_ZERO = "above zero"
    BELOW_ZERO = "below zero"


# --- Facts ---------------------------------------------------------------------------------------


class FactTime(StrEnum):
    """When a claim puts a fact."""

    EXPECTED_DAYS = "on the days expected"
    BY_CLAIM = "by the day of the claim"
    AFTER_CLAIM = "ahead of the day of the claim"


class FactDay(StrEnum):
    """Which day of a fact counts."""

    EFFECT = "when it took effect"
    ANNOUNCEMENT = "when it was announced"


class FedQuestion(StrEnum):
    """A question about the Fed's moves."""

    FIRST_CUT = "first cut after the last rise"
    FIRST_CUT_AFTER_PAUSE = "first cut after a pause"
    LATEST_CHANGE = "latest change"
    RISES = "rises"


class FedAction(StrEnum):
    """What the Fed is forecast to do."""

    CUT = "cut"
    RISE = "rise"


class Expression(StrEnum):
    """An arithmetic expression."""

    TARGET_OVER_CLOSE = "target over close"
    DISCOUNT = "discount"
    PREMIUM = "premium"
    DIFFERENCE = "difference"
    RATIO_OF_GROWTH = "ratio of growth"
    STATED_ELSEWHERE = "stated elsewhere"


class NeededData(StrEnum):
    """What a claim needs that prices of funds and indices do not have."""

    ANOTHER_SOURCE = "another source"
    MEMBERS = "members"
    ALL_MEMBERS = "all members"
    HOLDINGS = "holdings"
    FRED_SERIES = "fred series"
    PATTERN = "pattern"
