"""Streaks: sessions, weeks or months in a row up or down, or ahead of the benchmark or behind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.resampling import month_is_over, monthly_ends, week_is_over, weekly_ends
from rut_dash.analysis.returns import SeriesOrFrame, sessions_of
from rut_dash.errors import InsufficientHistory
from rut_dash.studies.case_selection import run_bounds
from rut_dash.studies.sample import Sample, StudyData

LISTED: Final = 10
# Returns closer to each other are equal: rounding of adjusted closes.
_EQUAL: Final = 1e-12


class StreakOf(StrEnum):
    """What goes up or down: a leg, or the fund's return less the benchmark's."""

    FUND = "fund"
    BENCHMARK = "benchmark"
    LEAD = "lead"


class StreakStep(StrEnum):
    """The periods that are counted."""

    SESSION = "session"
    WEEK = "week"
    MONTH = "month"


class StreakSign(StrEnum):
    """Which way a period went; flat where it is unchanged, which ends a streak."""

    UP = "up"
    DOWN = "down"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class Streak:
    """Periods in a row with one sign.

    Attributes
    ----------
    first, last
        The last sessions of its first and of its last period.
    """

    sign: StreakSign
    length: int
    first: pd.Timestamp
    last: pd.Timestamp


@dataclass(frozen=True, slots=True)
class Streaks:
    """The streaks of a history, and the one in force.

    Attributes
    ----------
    first_session
        The first session of the series: nothing before it is known.
    periods, of_sign
        Number of periods, and of those with the sign of the streak in force.
    current
        The streak in force; an unfinished week or month counts as it is.
    is_unfinished
        True where the last period is not over.
    streaks_of_sign
        Streaks with the sign of the one in force, itself among them.
    rank
        Its place among them by length; 1 where none is longer.
    as_long_count, longer_count
        How many streaks of its sign before it reached its length, and how many of those went on.
    longest
        The longest of each sign up and down, at most ten each, the longest first.
    last_longer, last_as_long
        The last streak of its sign before it that was longer, and that was at least as long; None
        where there is none.
    level
        The close that the next period, or the unfinished one, is compared with; NaN of the lead.
    """

    sample: Sample
    of: StreakOf
    step: StreakStep
    first_session: pd.Timestamp
    periods: int
    of_sign: int
    current: Streak
    is_unfinished: bool
    streaks_of_sign: int
    rank: int
    as_long_count: int
    longer_count: int
    longest: tuple[Streak, ...]
    last_longer: Streak | None
    last_as_long: Streak | None
    level: float


def streaks(
    data: StudyData, of: StreakOf = StreakOf.FUND, step: StreakStep = StreakStep.SESSION
) -> Streaks:
    """Return the streaks of a leg, or of the lead of the fund over the benchmark.

    A period's return counts from the last close of the period before, so that the first period,
    which may be a part of one, has none. The lead is of common sessions: a period is up where the
    fund's return is above the benchmark's.

    Raises
    ------
    InsufficientHistory
        If there is no period.
    """
    closes = _closes_of(data, of)
    ends = _period_ends(closes, step)
    if len(ends) < 2:
        raise InsufficientHistory("A streak", 2, len(ends), step.value)
    found = runs_of(_signs(ends), sessions_of(ends)[1:])
    current = found[-1]
    same = [streak for streak in found if streak.sign is current.sign]
    before = same[:-1]
    last = data.sample.as_of
    is_unfinished = (step is StreakStep.WEEK and not week_is_over(last)) or (
        step is StreakStep.MONTH and not month_is_over(last)
    )
    longer = [streak for streak in before if streak.length > current.length]
    reached = [streak for streak in before if streak.length >= current.length]
    level = float("nan")
    if of is not StreakOf.LEAD:
        level = float(ends.to_numpy(dtype=float)[-2 if is_unfinished else -1, 0])
    return Streaks(
        sample=data.sample,
        of=of,
        step=step,
        first_session=sessions_of(closes)[0],
        periods=len(ends) - 1,
        of_sign=sum(streak.length for streak in same),
        current=current,
        is_unfinished=is_unfinished,
        streaks_of_sign=len(same),
        rank=1 + len(longer),
        as_long_count=len(reached),
        longer_count=len(longer),
        longest=_longest(found),
        last_longer=longer[-1] if longer else None,
        last_as_long=reached[-1] if reached else None,
        level=level,
    )


def _closes_of(data: StudyData, of: StreakOf) -> pd.DataFrame:
    """Return the closes, one column of a leg or both of the lead."""
    if of is StreakOf.LEAD:
        return data.closes
    return (data.fund if of is StreakOf.FUND else data.benchmark).to_frame()


def _period_ends(closes: SeriesOrFrame, step: StreakStep) -> SeriesOrFrame:
    """Return the last close of each period."""
    if step is StreakStep.SESSION:
        return closes
    return weekly_ends(closes) if step is StreakStep.WEEK else monthly_ends(closes)


def _signs(ends: pd.DataFrame) -> np.ndarray:
    """Return 1, -1 or 0 for each period but the first: of the return, or of the difference."""
    prices = ends.to_numpy(dtype=float)
    returns = prices[1:] / prices[:-1] - 1.0
    differences = returns[:, 0] - (returns[:, 1] if returns.shape[1] > 1 else 0.0)
    return np.where(np.abs(differences) < _EQUAL, 0, np.sign(differences)).astype(np.int64)


def runs_of(signs: np.ndarray, index: pd.DatetimeIndex) -> tuple[Streak, ...]:
    """Return the streaks of a history, oldest first; their lengths sum to the periods.

    Parameters
    ----------
    signs
        1, -1 or 0 for each period, at least one.
    index
        The last session of each period.
    """
    names = {1: StreakSign.UP, -1: StreakSign.DOWN, 0: StreakSign.FLAT}
    return tuple(
        Streak(names[int(signs[start])], stop - start, index[start], index[stop - 1])
        for start, stop in run_bounds(signs)
    )


def _longest(found: tuple[Streak, ...]) -> tuple[Streak, ...]:
    """Return the longest streaks up and down; of equal ones the latest first."""
    listed: list[Streak] = []
    for sign in (StreakSign.UP, StreakSign.DOWN):
        of_sign = [streak for streak in reversed(found) if streak.sign is sign]
        listed += sorted(of_sign, key=lambda streak: -streak.length)[:LISTED]
    return tuple(sorted(listed, key=lambda streak: -streak.length))
