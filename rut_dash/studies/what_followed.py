"""What followed a condition: forward returns, with the base rate and placebo sets beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import require_count
from rut_dash.studies.case_selection import spaced_positions
from rut_dash.studies.condition import Condition
from rut_dash.studies.placebo import DRAWS, SEED, placebo_rank
from rut_dash.studies.sample import ReturnFigures, Sample, StudyData

FORWARD_HORIZONS: Final = (5, 21, 63, 126, 252)
COOLDOWN: Final = 21

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Triple(Generic[Item]):
    """The same of the fund, of the benchmark, and of the fund less the benchmark."""

    fund: Item
    benchmark: Item
    difference: Item

    def items(self) -> Iterator[tuple[str, Item]]:
        """Yield the names with what they have."""
        yield "fund", self.fund
        yield "benchmark", self.benchmark
        yield "difference", self.difference


@dataclass(frozen=True, slots=True)
class ForwardStatistic(ReturnFigures):
    """Returns over one horizon, in figures.

    Attributes
    ----------
    n
        Cases whose horizon is over and that have both closes.
    n_without_overlap
        The most of them, from the first on, whose horizons do not overlap.
    mean, median, worst, best
        Fractions; NaN without cases.
    up_count
        How many are above 0.
    worst_fall
        The lowest close of all of their horizons over the first close of its own, less 1; never
        above 0. NaN of a difference, and without cases.
    """

    n: int
    n_without_overlap: int
    mean: float
    median: float
    up_count: int
    worst: float
    best: float
    worst_fall: float


@dataclass(frozen=True, slots=True)
class HorizonResult:
    """What followed over one horizon.

    Attributes
    ----------
    cases
        Of the cases.
    base
        Of all sessions of the sample whose horizon is over.
    placebo_rank
        The share of placebo sets whose mean is below that of the cases; NaN without cases.
    """

    cases: Triple[ForwardStatistic]
    base: Triple[ForwardStatistic]
    placebo_rank: Triple[float]


@dataclass(frozen=True, slots=True)
class Case:
    """One session on which a condition occurred.

    Attributes
    ----------
    forward
        By horizon the returns from its close, fractions; NaN where the horizon is not over or a
        close is missing.
    """

    session: pd.Timestamp
    forward: Mapping[int, Triple[float]]


@dataclass(frozen=True, slots=True)
class WhatFollowed:
    """What followed a condition.

    Attributes
    ----------
    first_session
        The first session of the sample: the cases and the base rate begin here.
    cooldown
        Sessions after a case before the next.
    n_without_overlap
        Cases whose longest horizons do not overlap, whether these are over or not.
    draws, seed
        Of the placebo sets.
    """

    sample: Sample
    condition: Condition
    first_session: pd.Timestamp
    cooldown: int
    cases: tuple[Case, ...]
    n_without_overlap: int
    horizons: Mapping[int, HorizonResult]
    draws: int
    seed: int

    @property
    def n(self) -> int:
        """Number of cases, those whose horizons are not over included."""
        return len(self.cases)


def forward_returns(prices: np.ndarray, horizon: int) -> np.ndarray:
    """Return ``prices[i + horizon] / prices[i] - 1``; NaN where that is not there yet."""
    result = np.full(len(prices), np.nan)
    if len(prices) > horizon:
        result[:-horizon] = prices[horizon:] / prices[:-horizon] - 1.0
    return result


def what_followed(
    data: StudyData,
    condition: Condition,
    horizons: Sequence[int] = FORWARD_HORIZONS,
    cooldown: int = COOLDOWN,
    draws: int = DRAWS,
    seed: int = SEED,
) -> WhatFollowed:
    """Return what followed a condition.

    A case is an occurrence at least ``cooldown`` sessions after the case before it. Returns count
    from its close, over the fund's own sessions; those of the benchmark and of the difference need
    the benchmark's closes on the same two sessions. The base rate is of every session from the
    first on which the condition's series exists.

    Parameters
    ----------
    horizons
        Numbers of sessions, at least 1.
    cooldown
        Sessions, at least 0.
    draws, seed
        Of the placebo sets.

    Raises
    ------
    InvalidInput
        If the parameters of the condition do not fit each other.
    InvalidParameter
        If a horizon or the cool-down cannot be used.
    """
    spans = sorted({require_count("a horizon", horizon) for horizon in horizons})
    cooldown = require_count("the cool-down", cooldown, 0)
    found = condition.occurrences(data)
    sessions = data.sessions
    start = int(sessions.searchsorted(found.first_session))
    index = sessions[start:]
    at = spaced_positions(index.searchsorted(found.sessions), cooldown)
    legs = pd.DataFrame({"fund": data.fund, "benchmark": data.benchmark}).reindex(index)
    prices = [legs[leg].to_numpy(dtype=float) for leg in ("fund", "benchmark")]
    forward = {span: _forward(prices, span) for span in spans}
    cases = tuple(
        Case(index[p], {span: Triple(*(float(row[p]) for row in forward[span])) for span in spans})
        for p in at.tolist()
    )
    every = np.arange(len(index))
    results = {}
    for span in spans:
        falls = [_worst_falls(leg, span) for leg in prices]
        falls.append(np.full(len(index), np.nan))
        rows = list(zip(forward[span], falls, strict=True))
        results[span] = HorizonResult(
            cases=Triple(*(_statistic(row, fall, at, span) for row, fall in rows)),
            base=Triple(*(_statistic(row, fall, every, span) for row, fall in rows)),
            placebo_rank=Triple(*(_rank(row, at, draws, seed) for row, _ in rows)),
        )
    longest = spans[-1] if spans else 0
    return WhatFollowed(
        sample=data.sample,
        condition=condition,
        first_session=index[0],
        cooldown=cooldown,
        cases=cases,
        n_without_overlap=len(spaced_positions(at, longest)),
        horizons=results,
        draws=draws,
        seed=seed,
    )


def _forward(prices: Sequence[np.ndarray], horizon: int) -> tuple[np.ndarray, ...]:
    """Return the forward returns of the fund, of the benchmark, and their difference."""
    fund, benchmark = (forward_returns(leg, horizon) for leg in prices)
    return fund, benchmark, fund - benchmark


def _worst_falls(prices: np.ndarray, horizon: int) -> np.ndarray:
    """Return the lowest close from each session to its horizon, over its own, less 1."""
    result = np.full(len(prices), np.nan)
    if len(prices) > horizon:
        lowest = pd.Series(prices[::-1]).rolling(horizon + 1, min_periods=1).min().to_numpy()[::-1]
        result[:-horizon] = (lowest / prices - 1.0)[:-horizon]
    return result


def _statistic(
    returns: np.ndarray, falls: np.ndarray, positions: np.ndarray, horizon: int
) -> ForwardStatistic:
    """Return the figures of the returns at positions, those that are not there left out."""
    finished = positions[~np.isnan(returns[positions])]
    values, lowest = returns[finished], falls[finished]
    if not len(finished):
        nan = float("nan")
        return ForwardStatistic(0, 0, nan, nan, 0, nan, nan, nan)
    return ForwardStatistic(
        n=len(finished),
        n_without_overlap=len(spaced_positions(finished, horizon)),
        mean=float(values.mean()),
        median=float(np.median(values)),
        up_count=int((values > 0).sum()),
        worst=float(values.min()),
        best=float(values.max()),
        worst_fall=float(lowest.min()),
    )


def _rank(returns: np.ndarray, positions: np.ndarray, draws: int, seed: int) -> float:
    """Return the placebo rank of the mean at positions, among sessions that have a return."""
    exists = ~np.isnan(returns)
    place = np.cumsum(exists) - 1
    finished = positions[exists[positions]]
    return placebo_rank(returns[exists], place[finished], draws, seed)
