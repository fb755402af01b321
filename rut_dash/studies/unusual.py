"""How unusual: today's moves, volatility and excess among all to date, and falls of a depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.drawdown import episodes, underwater
from rut_dash.analysis.returns import SESSIONS_PER_YEAR, percentile_rank, require_count, sessions_of
from rut_dash.studies.sample import Sample, StudyData

MOVE_SESSIONS: Final = (1, 5, 21, 63, 252)
VOLATILITY_SESSIONS: Final = (21, 252)
EXCESS_YEARS: Final = (1, 3, 5)
FALL_DEPTH: Final = 0.1
SIMILAR_MOVES: Final = 5


class MeasuredSeries(StrEnum):
    """What is measured."""

    FUND = "fund"
    BENCHMARK = "benchmark"
    LEAD = "lead"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Placement:
    """A value of today among all of its kind to date.

    Attributes
    ----------
    value
        A fraction; NaN, as all figures, where the history is too short for it.
    n, n_without_overlap
        Values to date, today's among them, and how many of them could be without overlap.
    percentile
        The share of values that are at or below today's, itself included.
    rank
        1 where none is higher.
    mean, median
        Of all values: the base.
    first_session
        The session of the first value; None where there is none.
    """

    value: float
    n: int
    n_without_overlap: int
    percentile: float
    rank: int
    mean: float
    median: float
    first_session: pd.Timestamp | None


@dataclass(frozen=True, slots=True)
class SimilarMove:
    """An earlier move that is close to today's.

    Attributes
    ----------
    session
        Its last session.
    value
        A fraction.
    """

    session: pd.Timestamp
    value: float


@dataclass(frozen=True, slots=True)
class PlacedMove:
    """Today's move over a number of sessions, and the earlier ones most like it.

    Attributes
    ----------
    similar_moves
        The closest first; none overlaps today's or another.
    """

    series: MeasuredSeries
    sessions: int
    placement: Placement
    similar_moves: tuple[SimilarMove, ...]


@dataclass(frozen=True, slots=True)
class PlacedVolatility:
    """Today's annualised volatility of a leg over a number of sessions."""

    series: MeasuredSeries
    sessions: int
    placement: Placement


@dataclass(frozen=True, slots=True)
class PlacedExcess:
    """Today's excess over a number of years, annualised."""

    years: int
    placement: Placement


@dataclass(frozen=True, slots=True)
class Fall:
    """A fall from a high that reached a depth.

    Attributes
    ----------
    depth_session
        The first session at the depth or below.
    further_fall
        The lowest close until the recovery over that of ``depth_session``, less 1; never above 0.
    sessions_to_trough
        From ``depth_session``; so far, where the fall is open.
    recovery, sessions_to_recovery
        None where it is open.
    """

    peak: pd.Timestamp
    depth_session: pd.Timestamp
    trough: pd.Timestamp
    depth: float
    further_fall: float
    sessions_to_trough: int
    recovery: pd.Timestamp | None
    sessions_to_recovery: int | None


@dataclass(frozen=True, slots=True)
class Falls:
    """The falls of a series that reached a depth, and its drawdown today.

    Attributes
    ----------
    depth
        A positive fraction.
    today
        The drawdown of the last close, not above 0.
    placement
        Of ``today`` among all drawdowns to date.
    rows
        Oldest first.
    median_further_fall, worst_further_fall
        Of all falls; NaN without any.
    median_to_trough, median_to_recovery
        Sessions, of the falls that are over; NaN without any.
    """

    series: MeasuredSeries
    depth: float
    today: float
    placement: Placement
    rows: tuple[Fall, ...]
    median_further_fall: float
    worst_further_fall: float
    median_to_trough: float
    median_to_recovery: float

    @property
    def open(self) -> int:
        """How many are not over: 0 or 1."""
        return sum(row.recovery is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class Unusual:
    """How unusual today is.

    Attributes
    ----------
    falls
        Of the fund, of the benchmark, and of the ratio.
    """

    sample: Sample
    moves: tuple[PlacedMove, ...]
    volatilities: tuple[PlacedVolatility, ...]
    excesses: tuple[PlacedExcess, ...]
    falls: tuple[Falls, ...]

    @property
    def tested_count(self) -> int:
        """How many values were placed."""
        return len(self.moves) + len(self.volatilities) + len(self.excesses)


def unusual(
    data: StudyData, spans: Sequence[int] = MOVE_SESSIONS, depth: float = FALL_DEPTH
) -> Unusual:
    """Return where today's moves, volatility, excess and drawdowns are among all to date.

    Parameters
    ----------
    spans
        Numbers of sessions of moves, at least 1.
    depth
        Of falls, a positive fraction below 1.

    Raises
    ------
    InvalidParameter
        If a number of sessions or the depth cannot be used.
    """
    spans = [require_count("the sessions of a move", span) for span in spans]
    legs = {MeasuredSeries.FUND: data.fund, MeasuredSeries.BENCHMARK: data.benchmark}
    closes = {**legs, MeasuredSeries.RATIO: data.ratio}
    placed_moves = []
    for series in MeasuredSeries:
        for span in spans:
            if series is MeasuredSeries.LEAD:
                returns = data.closes.pct_change(span, fill_method=None)
                values = returns["fund"] - returns["benchmark"]
            else:
                values = closes[series].pct_change(span, fill_method=None)
            alike = _most_alike(values.to_numpy(), span)
            rows = tuple(SimilarMove(values.index[at], float(values.iloc[at])) for at in alike)
            placed_moves.append(PlacedMove(series, span, _placement(values, span), rows))
    return Unusual(
        sample=data.sample,
        moves=tuple(placed_moves),
        volatilities=tuple(
            PlacedVolatility(series, span, _placement(_volatility(close, span), span))
            for series, close in legs.items()
            for span in VOLATILITY_SESSIONS
        ),
        excesses=tuple(
            PlacedExcess(years, _placement(_excess(data.closes, years), years * SESSIONS_PER_YEAR))
            for years in EXCESS_YEARS
        ),
        falls=tuple(_falls(series, close, depth) for series, close in closes.items()),
    )


def _placement(values: pd.Series, span: int) -> Placement:
    """Return where the last value is among all; a value takes ``span`` sessions of its own."""
    available = values.dropna()
    nan = float("nan")
    if available.empty or np.isnan(values.iloc[-1]):
        return Placement(nan, len(available), 0, nan, 0, nan, nan, None)
    last = float(available.iloc[-1])
    return Placement(
        value=last,
        n=len(available),
        n_without_overlap=(len(available) - 1) // span + 1,
        percentile=percentile_rank(available),
        rank=1 + int((available > last).sum()),
        mean=float(available.mean()),
        median=float(available.median()),
        first_session=sessions_of(available)[0],
    )


def _most_alike(values: np.ndarray, span: int) -> list[int]:
    """Return the positions of the earlier values closest to the last one, the closest first.

    None is within ``span`` sessions of the last or of another; of equally close ones the latest
    comes first.
    """
    last = len(values) - 1
    earlier = values[: max(last - span + 1, 0)][::-1]
    if not len(values) or np.isnan(values[last]):
        return []
    gaps = np.abs(earlier - values[last])
    order = np.argsort(gaps, kind="stable")
    found: list[int] = []
    for place in order[: int((~np.isnan(gaps)).sum())].tolist():
        position = len(earlier) - 1 - place
        if all(abs(position - other) >= span for other in found):
            found.append(position)
            if len(found) == SIMILAR_MOVES:
                break
    return found


def _volatility(close: pd.Series, span: int) -> pd.Series:
    """Return the annualised volatility of the last ``span`` daily returns at each session."""
    deviations: pd.Series = close.pct_change(fill_method=None).rolling(span).std()
    return deviations * math.sqrt(SESSIONS_PER_YEAR)


def _excess(closes: pd.DataFrame, years: int) -> pd.Series:
    """Return the fund's annualised return over years less the benchmark's, at each session.

    From the last common session on or before the same day so many years earlier.
    """
    index = sessions_of(closes)
    starts = index.searchsorted(index - pd.DateOffset(years=years), side="right") - 1
    prices = closes[["fund", "benchmark"]].to_numpy(dtype=float)
    growth = (prices / prices[starts]) ** (1.0 / years)
    values = np.where(starts >= 0, growth[:, 0] - growth[:, 1], np.nan)
    return pd.Series(values, index)


def _falls(series: MeasuredSeries, close: pd.Series, depth: float) -> Falls:
    """Return the falls of a series that reached a depth."""
    index, prices = sessions_of(close), close.to_numpy(dtype=float)
    drawdowns = underwater(close)
    below = drawdowns.to_numpy()
    rows = []
    found = episodes(close, depth)
    places = [index.searchsorted(pd.DatetimeIndex(found[name])) for name in ("peak", "trough")]
    ends = pd.DatetimeIndex(found["recovery"])
    for peak, trough, recovery in zip(*map(np.ndarray.tolist, places), ends, strict=True):
        reached = peak + int((below[peak : trough + 1] <= -depth).argmax())
        is_open = recovery is pd.NaT
        sessions_to_recovery = int(index.searchsorted(recovery)) - reached
        rows.append(
            Fall(
                peak=index[peak],
                depth_session=index[reached],
                trough=index[trough],
                depth=float(below[trough]),
                further_fall=float(prices[trough] / prices[reached] - 1.0),
                sessions_to_trough=trough - reached,
                recovery=None if is_open else recovery,
                sessions_to_recovery=None if is_open else sessions_to_recovery,
            )
        )
    over = [row for row in rows if row.recovery is not None]
    recoveries = [row.sessions_to_recovery for row in over if row.sessions_to_recovery is not None]
    return Falls(
        series=series,
        depth=depth,
        today=float(below[-1]),
        placement=_placement(drawdowns, 1),
        rows=tuple(rows),
        median_further_fall=_median([row.further_fall for row in rows]),
        worst_further_fall=min((row.further_fall for row in rows), default=float("nan")),
        median_to_trough=_median([row.sessions_to_trough for row in over]),
        median_to_recovery=_median(recoveries),
    )


def _median(values: Sequence[float]) -> float:
    """Return the median; NaN without values."""
    return float(np.median(values)) if values else float("nan")
