"""Rate cycles: what fund and benchmark did in the months after the Fed began to cut.

References
----------
First cuts before 2000: Federal Reserve, target for the federal funds rate. Recessions: National
Bureau of Economic Research, from the month after a peak to the month of the trough, each known from
the day on which the peak was announced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.events.event import Direction, Event
from rut_dash.studies.sample import CaseFigures, Sample, StudyData, window_returns

CYCLE_MONTHS: Final = (6, 12, 24)
PAUSE_MONTHS: Final = 6

# The catalogue of the Fed's changes begins in 2000.
_EARLIER_FIRST_CUTS: Final = (date(1989, 6, 6), date(1995, 7, 6), date(1998, 9, 29))


class FirstCut(StrEnum):
    """Which cuts begin a cycle."""

    AFTER_RISE = "after_rise"
    AFTER_PAUSE = "after_pause"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Recession:
    """A recession of the US economy.

    Attributes
    ----------
    first, last
        The first and the last day of its months.
    known_from
        The day on which its beginning was announced.
    """

    first: date
    last: date
    known_from: date


RECESSIONS: Final = (
    Recession(date(1990, 8, 1), date(1991, 3, 31), date(1991, 4, 25)),
    Recession(date(2001, 4, 1), date(2001, 11, 30), date(2001, 11, 26)),
    Recession(date(2008, 1, 1), date(2009, 6, 30), date(2008, 12, 1)),
    Recession(date(2020, 3, 1), date(2020, 4, 30), date(2020, 6, 8)),
)


@dataclass(frozen=True, slots=True)
class LegReturns:
    """Returns of both legs over one period, fractions; NaN where it is not over.

    Attributes
    ----------
    excess
        The fund's less the benchmark's.
    """

    fund: float
    benchmark: float

    @property
    def excess(self) -> float:
        """The fund's return less the benchmark's."""
        return self.fund - self.benchmark


@dataclass(frozen=True, slots=True)
class RateCycle:
    """One easing, from the close before its first cut.

    Attributes
    ----------
    first_cut
        The day of the announcement.
    start
        The session from whose close returns count.
    recession
        True where a recession that was known on the as-of lies within the longest period.
    months
        By number of months.
    to_date
        Up to the as-of, or to the end of the longest period.
    is_over
        True where the longest period is over.
    """

    first_cut: date
    start: pd.Timestamp
    recession: bool
    months: Mapping[int, LegReturns]
    to_date: LegReturns
    is_over: bool


@dataclass(frozen=True, slots=True)
class CycleFigures(CaseFigures):
    """The cycles over one number of months, and ordinary days.

    Attributes
    ----------
    n
        Cycles whose period is over.
    n_without_overlap
        The most of them, from the first on, whose periods do not overlap.
    mean, median, ahead
        Of the excess: its mean and median, and how often it is above 0.
    base_n, base_mean, base_ahead_count
        The same of a cut on every session whose period is over.
    """

    n: int
    n_without_overlap: int
    mean: float
    median: float
    ahead_count: int
    base_n: int
    base_mean: float
    base_ahead_count: int


@dataclass(frozen=True, slots=True)
class RateCycles:
    """What followed the first cuts.

    Attributes
    ----------
    before_history
        First cuts that have no close before them.
    complete_until
        Up to when the catalogue has all of the Fed's changes; None for no promise.
    """

    sample: Sample
    definition: FirstCut
    cycles: tuple[RateCycle, ...]
    before_history: tuple[date, ...]
    figures: Mapping[int, CycleFigures]
    complete_until: date | None


def first_cuts(fed_changes: Sequence[Event], definition: FirstCut) -> tuple[date, ...]:
    """Return the days of the cuts that begin a cycle.

    Parameters
    ----------
    fed_changes
        All changes of the Fed's target since 2000, oldest first. The first cuts of 1989, 1995 and
        1998 come before them where a cycle begins after a rise or a pause; of the other cuts
        before 2000 none is known here.
    definition
        The first cut after the last rise; that, or a cut after six months without a change; or
        every cut.
    """
    days: list[date] = []
    for before, change in zip([None, *fed_changes], fed_changes, strict=False):
        if change.direction is not Direction.CUT:
            continue
        if definition is FirstCut.EVERY:
            days.append(change.date)
        elif before is not None:
            pause_end = pd.Timestamp(before.date) + pd.DateOffset(months=PAUSE_MONTHS)
            is_after_pause = (
                definition is FirstCut.AFTER_PAUSE and pd.Timestamp(change.date) >= pause_end
            )
            if before.direction is Direction.RAISE or is_after_pause:
                days.append(change.date)
    return tuple(days) if definition is FirstCut.EVERY else (*_EARLIER_FIRST_CUTS, *days)


def rate_cycles(
    data: StudyData,
    definition: FirstCut = FirstCut.AFTER_RISE,
    months: Sequence[int] = CYCLE_MONTHS,
) -> RateCycles:
    """Return what fund and benchmark did in the months after the first cuts.

    A return counts from the last common close before the day of the cut to the last on or before
    that day plus so many months.

    Parameters
    ----------
    data
        With a catalogue.
    months
        Numbers of months; the longest is that within which a recession tags a cycle.
    """
    index, catalogue = sessions_of(data.closes), data.catalogue
    assert catalogue is not None
    fed_changes = [event for event in catalogue if event.kind == "fed"]
    last = data.sample.as_of
    days = [day for day in first_cuts(fed_changes, definition) if pd.Timestamp(day) <= last]
    within = [day for day in days if pd.Timestamp(day) > index[0]]
    cycles = tuple(_cycle(data, day, sorted(months)) for day in within)
    return RateCycles(
        sample=data.sample,
        definition=definition,
        cycles=cycles,
        before_history=tuple(day for day in days if day not in within),
        figures={count: _figures(data, cycles, count) for count in sorted(months)},
        complete_until=catalogue.complete_until.get("fed"),
    )


def _cycle(data: StudyData, first_cut: date, months: Sequence[int]) -> RateCycle:
    """Return one cycle; its first cut is after the first session."""
    index, last = sessions_of(data.closes), data.sample.as_of
    day = pd.Timestamp(first_cut)
    start = int(index.searchsorted(day, side="left")) - 1
    ends = {count: day + pd.DateOffset(months=count) for count in months}
    longest = ends[months[-1]]
    tagged = any(
        pd.Timestamp(recession.known_from) <= last
        and pd.Timestamp(recession.first) <= longest
        and pd.Timestamp(recession.last) >= day
        for recession in RECESSIONS
    )
    return RateCycle(
        first_cut=first_cut,
        start=index[start],
        recession=tagged,
        months={
            count: _between(data.closes, start, end) if end <= last else LegReturns(np.nan, np.nan)
            for count, end in ends.items()
        },
        to_date=_between(data.closes, start, longest),
        is_over=longest <= last,
    )


def _between(closes: pd.DataFrame, start: int, end: pd.Timestamp) -> LegReturns:
    """Return the returns from a position to the last session on or before a day."""
    stop = int(sessions_of(closes).searchsorted(end, side="right")) - 1
    fund, benchmark = closes.to_numpy(dtype=float)[[start, stop]].T
    return LegReturns(float(fund[1] / fund[0] - 1), float(benchmark[1] / benchmark[0] - 1))


def _figures(data: StudyData, cycles: Sequence[RateCycle], months: int) -> CycleFigures:
    """Return the figures of the cycles over a number of months, and of every session."""
    finished = [cycle for cycle in cycles if not np.isnan(cycle.months[months].fund)]
    excess = np.array([cycle.months[months].excess for cycle in finished])
    window_ends: list[pd.Timestamp] = []
    for cycle in finished:
        if not window_ends or cycle.start >= window_ends[-1]:
            window_ends.append(pd.Timestamp(cycle.first_cut) + pd.DateOffset(months=months))
    # A cut on each session but the first counts from the close before it.
    every_end = sessions_of(data.closes)[1:] + pd.DateOffset(months=months)
    base = window_returns(data.closes, every_end)["excess"]
    return CycleFigures(
        n=len(finished),
        n_without_overlap=len(window_ends),
        mean=float(excess.mean()) if len(excess) else float("nan"),
        median=float(np.median(excess)) if len(excess) else float("nan"),
        ahead_count=int((excess > 0).sum()),
        base_n=len(base),
        base_mean=float(base.mean()) if len(base) else float("nan"),
        base_ahead_count=int((base > 0).sum()),
    )
