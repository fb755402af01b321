"""Event study: what fund, benchmark and ratio did around events, beside what they usually did.

References
----------
MacKinlay, Event studies in economics and finance, Journal of Economic Literature 35 (1997). The
intercept of the market model is not used: carried over sixty sessions it would add a drift.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.analysis.risk import beta, rolling_beta
from rut_dash.events.anchors import anchor_session
from rut_dash.events.event import Event
from rut_dash.studies.case_selection import spaced_positions
from rut_dash.studies.placebo import DRAWS, SEED
from rut_dash.studies.sample import FEW_CASES, Sample, StudyData

SESSIONS_BEFORE: Final = 20
SESSIONS_AFTER: Final = 60
# The market model is fitted on the returns of the sessions a-279 to a-30 of an anchor a.
ESTIMATION_START: Final = 279
_ESTIMATION_END: Final = 30
_ESTIMATION_RETURNS: Final = ESTIMATION_START - _ESTIMATION_END + 1
_BAND: Final = (0.05, 0.95)
# With fewer possible moves the percentiles of a band would rest on fewer than five of them.
LEAST_MOVES: Final = 100


class PathSeries(StrEnum):
    """What has a path around an event."""

    FUND = "fund"
    BENCHMARK = "benchmark"
    RATIO = "ratio"
    ABNORMAL = "abnormal"


class ExclusionReason(StrEnum):
    """Why an event is not counted."""

    BEFORE_HISTORY = "before history"
    FEW_BEFORE = "few sessions before"
    FEW_AFTER = "few sessions after"


class NoBandReason(StrEnum):
    """Why there is no placebo band."""

    FEW_EVENTS = "few events"
    FEW_MOVES = "few moves"


@dataclass(frozen=True, slots=True)
class StudyEvent:
    """One event of a study.

    Attributes
    ----------
    id
        Of the catalogue, or the date of a day that was named.
    anchor
        The session from whose close it counts; None where the history begins later.
    """

    id: str
    date: date
    anchor: pd.Timestamp | None


@dataclass(frozen=True, slots=True)
class ExcludedEvent:
    """An event that is not counted.

    Attributes
    ----------
    available
        The sessions that there are before or after it, of those that are needed.
    """

    event: StudyEvent
    reason: ExclusionReason
    available: int


@dataclass(frozen=True)
class EventPaths:
    """The paths of one series around events.

    Attributes
    ----------
    paths
        One row an event, one column an offset; fractions from the close of the anchor.
    mean, median
        Over the events; NaN without any.
    mean_without_overlap
        Over the largest set of events whose windows share no session.
    base
        The mean over all sessions that could be an anchor.
    low, high
        The 5th and the 95th percentile of the means of placebo sets; NaN without a band.
    """

    paths: np.ndarray
    mean: np.ndarray
    median: np.ndarray
    mean_without_overlap: np.ndarray
    base: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class EventStudy:
    """What happened around events.

    Attributes
    ----------
    events
        Those that are counted, by date.
    without_overlap
        Those of the largest set whose windows share no session.
    offsets
        Sessions from the anchor.
    base_sessions
        Number of sessions that could be an anchor.
    draws, seed
        Of the placebo sets; no draws without a band.
    free_moves
        By how many numbers of sessions the set can be moved without touching an event; 0 where
        there are few events.
    no_band_reason
        None where there is a band.
    """

    sample: Sample
    events: tuple[StudyEvent, ...]
    excluded: tuple[ExcludedEvent, ...]
    without_overlap: tuple[StudyEvent, ...]
    offsets: tuple[int, ...]
    series: Mapping[PathSeries, EventPaths]
    base_sessions: int
    draws: int
    seed: int
    free_moves: int
    no_band_reason: NoBandReason | None

    @property
    def n(self) -> int:
        """Number of events that are counted."""
        return len(self.events)

    @property
    def is_few(self) -> bool:
        """True where there are so few that each is listed and there is no band."""
        return self.n < FEW_CASES


def study_events(events: Sequence[Event], data: StudyData) -> tuple[StudyEvent, ...]:
    """Return events of the catalogue with the sessions that they count from."""
    index = sessions_of(data.closes)
    return tuple(StudyEvent(e.id, e.date, anchor_session(e, index)) for e in events)


def event_of_day(day: date, data: StudyData) -> StudyEvent:
    """Return the event of a day: news in its session, which counts from the close before."""
    index = sessions_of(data.closes)
    position = int(index.searchsorted(pd.Timestamp(day), side="left")) - 1
    return StudyEvent(day.isoformat(), day, index[position] if position >= 0 else None)


def event_study(
    data: StudyData, events: Sequence[StudyEvent], draws: int = DRAWS, seed: int = SEED
) -> EventStudy:
    """Return what fund, benchmark and ratio did around events.

    A path is ``close[a + k] / close[a] - 1`` for k from -20 to 60, on the common sessions. The
    abnormal return of a session is the fund's less beta times the benchmark's; beta is the slope
    of a least-squares line with intercept through the 250 daily returns of the sessions ``a-279``
    to ``a-30``. It is summed from the anchor: ``sum(AR[a+1..a+k])`` for k > 0, 0 at 0, and
    ``-sum(AR[a+k+1..a])`` for k < 0.

    Counted are the events with 279 sessions before and 60 after. Where the first of the 279 is
    the first of the history, it has no return, and beta is fitted on 249.

    The placebo band is of the same anchors moved together by one random number of sessions, in a
    circle over all sessions that could be an anchor; sets whose windows touch an event are drawn
    again.

    Parameters
    ----------
    events
        From `study_events` and `event_of_day`; none later than the as-of.
    draws, seed
        Of the placebo sets.
    """
    index = sessions_of(data.closes)
    included, excluded = _partition_events(events, index)
    anchors = index.searchsorted(pd.DatetimeIndex([event.anchor for event in included]))
    offsets = np.arange(-SESSIONS_BEFORE, SESSIONS_AFTER + 1)
    possible = np.arange(ESTIMATION_START, len(index) - SESSIONS_AFTER)
    # Of events with one anchor only the first is without overlap.
    is_first = np.diff(anchors, prepend=-1) > 0
    is_separate = np.isin(anchors, spaced_positions(anchors, len(offsets))) & is_first
    shifts = free = np.empty(0, dtype=np.int64)
    if len(included) >= FEW_CASES:
        every_anchor = index.searchsorted(pd.DatetimeIndex([e.anchor for e in events if e.anchor]))
        free = _free_shifts(anchors - ESTIMATION_START, every_anchor, possible)
        if len(free) >= LEAST_MOVES:
            shifts = np.random.default_rng(seed).choice(free, draws)
    series = {}
    for name, path_at in _path_functions(data.closes, offsets).items():
        # One row for each session that could be an anchor.
        every = path_at(possible)
        own = every[anchors - ESTIMATION_START]
        low, high = _band(every, anchors - ESTIMATION_START, shifts)
        series[name] = EventPaths(
            paths=own,
            mean=_over_rows(np.mean, own),
            median=_over_rows(np.median, own),
            mean_without_overlap=_over_rows(np.mean, own[is_separate]),
            base=_over_rows(np.mean, every),
            low=low,
            high=high,
        )
    no_band = None
    if len(included) < FEW_CASES:
        no_band = NoBandReason.FEW_EVENTS
    elif not len(shifts):
        no_band = NoBandReason.FEW_MOVES
    return EventStudy(
        sample=data.sample,
        events=included,
        excluded=excluded,
        without_overlap=tuple(e for e, is_own in zip(included, is_separate, strict=True) if is_own),
        offsets=tuple(offsets.tolist()),
        series=series,
        base_sessions=len(possible),
        draws=len(shifts),
        seed=seed,
        free_moves=len(free),
        no_band_reason=no_band,
    )


def _partition_events(
    events: Sequence[StudyEvent], index: pd.DatetimeIndex
) -> tuple[tuple[StudyEvent, ...], tuple[ExcludedEvent, ...]]:
    """Return the events that are counted, by anchor, and the others with the reason."""
    included: list[StudyEvent] = []
    excluded: list[ExcludedEvent] = []
    for event in events:
        if event.anchor is None:
            excluded.append(ExcludedEvent(event, ExclusionReason.BEFORE_HISTORY, 0))
            continue
        before = int(index.searchsorted(event.anchor))
        after = len(index) - 1 - before
        if before < ESTIMATION_START:
            excluded.append(ExcludedEvent(event, ExclusionReason.FEW_BEFORE, before))
        elif after < SESSIONS_AFTER:
            excluded.append(ExcludedEvent(event, ExclusionReason.FEW_AFTER, after))
        else:
            included.append(event)
    return tuple(sorted(included, key=lambda event: (event.anchor, event.date))), tuple(excluded)


def _path_functions(
    closes: pd.DataFrame, offsets: np.ndarray
) -> dict[PathSeries, Callable[[np.ndarray], np.ndarray]]:
    """Return for each series the function that gives the paths around positions, a row each."""
    fund, benchmark = (closes[leg].to_numpy(dtype=float) for leg in ("fund", "benchmark"))

    def path_of(prices: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        def paths(at: np.ndarray) -> np.ndarray:
            around: np.ndarray = prices[at[:, None] + offsets] / prices[at][:, None] - 1.0
            return around

        return paths

    def abnormal(at: np.ndarray) -> np.ndarray:
        betas = market_betas(closes)[at]
        summed_fund, summed_benchmark = (
            sums[at[:, None] + offsets] - sums[at][:, None]
            for sums in map(_summed_returns, (fund, benchmark))
        )
        result: np.ndarray = summed_fund - betas[:, None] * summed_benchmark
        return result

    return {
        PathSeries.FUND: path_of(fund),
        PathSeries.BENCHMARK: path_of(benchmark),
        PathSeries.RATIO: path_of(fund / benchmark),
        PathSeries.ABNORMAL: abnormal,
    }


def _summed_returns(prices: np.ndarray) -> np.ndarray:
    """Return the sum of the daily returns up to each session, 0 at the first."""
    return np.concatenate([[0.0], np.cumsum(prices[1:] / prices[:-1] - 1.0)])


def market_betas(closes: pd.DataFrame) -> np.ndarray:
    """Return for each session as an anchor the beta of the market model.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions.

    Returns
    -------
    ndarray
        Of 250 daily returns, of 249 at the first anchor that has any; NaN before it, and where
        the benchmark did not move.
    """
    betas = np.full(len(closes), np.nan)
    if len(closes) <= ESTIMATION_START:
        return betas
    rolling = rolling_beta(closes, _ESTIMATION_RETURNS).to_numpy()
    betas[_ESTIMATION_END:] = rolling[:-_ESTIMATION_END]
    first = closes.iloc[:_ESTIMATION_RETURNS]
    betas[ESTIMATION_START] = beta(first, _ESTIMATION_RETURNS - 1)
    return betas


def _free_shifts(places: np.ndarray, every_anchor: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """Return the moves after which no window of the set touches an event.

    Parameters
    ----------
    places
        The anchors of the set, as places in ``possible``.
    every_anchor
        Positions of the anchors of all events, those that are left out included.
    possible
        The positions that could be an anchor, without a gap.
    """
    touches = np.zeros(len(possible), dtype=bool)
    for anchor in every_anchor.tolist():
        first, last = anchor - SESSIONS_AFTER - possible[0], anchor + SESSIONS_BEFORE - possible[0]
        touches[max(first, 0) : max(last + 1, 0)] = True
    is_taken = np.zeros(len(possible), dtype=bool)
    for place in places.tolist():
        is_taken |= np.roll(touches, -place)
    return np.flatnonzero(~is_taken)


def _band(
    every: np.ndarray, places: np.ndarray, shifts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentiles of the mean paths of moved sets; NaN without any."""
    if not len(shifts):
        blank = np.full(every.shape[1], np.nan)
        return blank, blank
    means = np.zeros((len(shifts), every.shape[1]))
    for place in places.tolist():
        means += every[(place + shifts) % len(every)]
    low, high = np.quantile(means / len(places), _BAND, axis=0)
    return low, high


def _over_rows(function: Callable[..., np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Return a figure of each column; NaN without rows."""
    return function(rows, axis=0) if len(rows) else np.full(rows.shape[1], np.nan)
