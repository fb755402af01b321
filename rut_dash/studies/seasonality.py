"""Seasonality: months by year, figures by month, and what the best of twelve means by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from rut_dash.analysis.resampling import month_is_over, monthly_ends
from rut_dash.analysis.returns import sessions_of
from rut_dash.errors import InsufficientHistory
from rut_dash.market.calendar import sessions_between
from rut_dash.studies.placebo import DRAWS, SEED
from rut_dash.studies.sample import ReturnFigures, Sample, StudyData, window_returns
from rut_dash.studies.streaks import StreakOf, Streaks, StreakStep, streaks

MONTHS_TRIED: Final = 12


class DayOfYear(NamedTuple):
    """A day of any year; that of 29 February is the last of February."""

    month: int
    day: int

    def of_year(self, year: int) -> pd.Timestamp:
        """Return the day in a year."""
        last = (pd.Timestamp(year, self.month, 1) + pd.offsets.MonthEnd(0)).day
        return pd.Timestamp(year, self.month, min(self.day, last))


@dataclass(frozen=True, slots=True)
class SeasonFigures(ReturnFigures):
    """Returns of one month of all years, or of a window of them.

    Attributes
    ----------
    n
        Finished ones.
    mean, median
        Fractions; NaN without any.
    up_count
        How many are above 0.
    excess_n, mean_excess
        Number of those in which both legs have a return, and the mean of the fund's less the
        benchmark's.
    """

    n: int
    mean: float
    median: float
    up_count: int
    excess_n: int
    mean_excess: float


@dataclass(frozen=True, slots=True)
class ExtremeMonth:
    """The month with the highest or the lowest mean, and how far chance alone goes.

    Attributes
    ----------
    month
        1 to 12.
    mean
        Of its returns, a fraction.
    shuffled_share
        The share of shuffles whose own best month is at least as good (whose own worst is at
        least as bad): months shuffled within their years.
    """

    month: int
    mean: float
    shuffled_share: float


@dataclass(frozen=True, slots=True)
class WindowReturn:
    """One year of a window.

    Attributes
    ----------
    start, end
        The sessions from whose close to whose close it counts.
    benchmark
        NaN where the benchmark lacks one of them.
    """

    year: int
    start: pd.Timestamp
    end: pd.Timestamp
    fund: float
    benchmark: float


@dataclass(frozen=True, slots=True)
class SeasonWindow:
    """A window of the year in all years, and windows of the same length on all other days.

    Attributes
    ----------
    years
        Those that are over, by the year in which they begin.
    base
        Of windows of the same number of days from every session.
    """

    first: DayOfYear
    last: DayOfYear
    years: tuple[WindowReturn, ...]
    figures: SeasonFigures
    base: SeasonFigures


@dataclass(frozen=True)
class Seasonality:
    """Months of the fund, absolute and against the benchmark.

    Attributes
    ----------
    months
        Columns ``fund, excess``, fractions, by the first day of the month; the running one
        included, as it is; excess is NaN where the benchmark has no return.
    running
        The month that is not over; None where the last one is.
    by_month
        Figures of finished months, by month of the year.
    base
        Figures of all finished months.
    best, worst
        None without a finished month.
    tested_count
        Among how many months the best and the worst were chosen.
    streak
        Of months; the running one counts as it is.
    """

    sample: Sample
    months: pd.DataFrame
    running: pd.Timestamp | None
    by_month: Mapping[int, SeasonFigures]
    base: SeasonFigures
    best: ExtremeMonth | None
    worst: ExtremeMonth | None
    tested_count: int
    draws: int
    seed: int
    streak: Streaks


def seasonality(data: StudyData, draws: int = DRAWS, seed: int = SEED) -> Seasonality:
    """Return the returns of months, each from the last close of the month before.

    The first month of the history, before which there is no close, is left out.

    Raises
    ------
    InsufficientHistory
        If there is no month with a close before it.
    """
    fund = _monthly_returns(data.fund)
    if fund.empty:
        raise InsufficientHistory("Seasonality", 2, 1, "month")
    both = {leg: _monthly_returns(data.closes[leg]) for leg in ("fund", "benchmark")}
    excess = (both["fund"] - both["benchmark"]).reindex(fund.index)
    months = pd.DataFrame({"fund": fund, "excess": excess})
    running = None if month_is_over(data.sample.as_of) else sessions_of(fund)[-1]
    finished = months if running is None else months.iloc[:-1]
    numbers = sessions_of(finished).month
    best, worst = _extremes(finished["fund"], draws, seed)
    return Seasonality(
        sample=data.sample,
        months=months,
        running=running,
        by_month={
            month: _figures(finished[numbers == month]) for month in range(1, MONTHS_TRIED + 1)
        },
        base=_figures(finished),
        best=best,
        worst=worst,
        tested_count=MONTHS_TRIED,
        draws=draws,
        seed=seed,
        streak=streaks(data, StreakOf.FUND, StreakStep.MONTH),
    )


def _monthly_returns(close: pd.Series) -> pd.Series:
    """Return the return of each month but the first, by the first day of the month."""
    ends = monthly_ends(close)
    index = sessions_of(ends)
    returns = ends.to_numpy(dtype=float)[1:] / ends.to_numpy(dtype=float)[:-1] - 1.0
    # A month without a session, as when a file has a hole: its return belongs to no month.
    numbers = np.asarray(index.year * 12 + index.month)
    follows = np.diff(numbers) == 1
    days = index[1:].to_period("M").to_timestamp()
    return pd.Series(returns[follows], days[follows])


def _figures(rows: pd.DataFrame) -> SeasonFigures:
    """Return the figures of returns and differences, columns ``fund, excess``."""
    fund = rows["fund"].to_numpy(dtype=float)
    excess = rows["excess"].dropna().to_numpy(dtype=float)
    nan = float("nan")
    return SeasonFigures(
        n=len(fund),
        mean=float(fund.mean()) if len(fund) else nan,
        median=float(np.median(fund)) if len(fund) else nan,
        up_count=int((fund > 0).sum()),
        excess_n=len(excess),
        mean_excess=float(excess.mean()) if len(excess) else nan,
    )


def _extremes(
    returns: pd.Series, draws: int, seed: int
) -> tuple[ExtremeMonth | None, ExtremeMonth | None]:
    """Return the best and the worst month, each against the same of shuffled months."""
    if returns.empty:
        return None, None
    grid = _by_year(returns)
    counts = (~np.isnan(grid)).sum(axis=0)
    means = np.nansum(grid, axis=0) / np.where(counts, counts, np.nan)
    shuffled = _shuffled_sums(grid, draws, seed) / np.where(counts, counts, np.nan)
    best, worst = int(np.nanargmax(means)), int(np.nanargmin(means))
    # Rounding of sums in another order must not count against the month.
    as_good = np.nanmax(shuffled, axis=1) >= means[best] - 1e-12
    as_bad = np.nanmin(shuffled, axis=1) <= means[worst] + 1e-12
    return (
        ExtremeMonth(best + 1, float(means[best]), float(as_good.mean())),
        ExtremeMonth(worst + 1, float(means[worst]), float(as_bad.mean())),
    )


def _by_year(returns: pd.Series) -> np.ndarray:
    """Return one row a year with the returns of its twelve months; NaN where there is none."""
    index = sessions_of(returns)
    first = int(index[0].year)
    grid = np.full((int(index[-1].year) - first + 1, MONTHS_TRIED), np.nan)
    grid[index.year - first, index.month - 1] = returns.to_numpy(dtype=float)
    return grid


def _shuffled_sums(grid: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Return the sum of each month after the months of each year are shuffled, (draws, 12)."""
    rng = np.random.default_rng(seed)
    sums = np.zeros((draws, MONTHS_TRIED))
    for row in grid:
        places = np.flatnonzero(~np.isnan(row))
        orders = rng.random((draws, len(places))).argsort(axis=1)
        sums[:, places] += row[places][orders]
    return sums


def season_window(data: StudyData, first: DayOfYear, last: DayOfYear) -> SeasonWindow:
    """Return a window of the year in all years: from the last close before it to its last.

    Where the last day is before the first in the year, the window ends in the next year.

    Parameters
    ----------
    first, last
        Both belong to the window.
    """
    crosses_year = last < first
    index, as_of = data.sessions, data.sample.as_of
    closes = pd.DataFrame({"fund": data.fund, "benchmark": data.benchmark}).reindex(index)
    years: list[WindowReturn] = []
    for year in range(index[0].year, as_of.year + 1):
        opens, end = first.of_year(year), last.of_year(year + crosses_year)
        is_over = end <= as_of or sessions_between(as_of, end) == 0
        start = int(index.searchsorted(opens, side="left")) - 1
        if start < 0 or not is_over:
            continue
        stop = int(index.searchsorted(end, side="right")) - 1
        returns = closes.iloc[stop] / closes.iloc[start] - 1.0
        years.append(
            WindowReturn(
                year, index[start], index[stop], float(returns["fund"]), float(returns["benchmark"])
            )
        )
    rows = pd.DataFrame(
        {
            "fund": [row.fund for row in years],
            "excess": [row.fund - row.benchmark for row in years],
        },
        dtype=float,
    )
    days = (last.of_year(2001 + crosses_year) - first.of_year(2001)).days
    every = window_returns(closes, index[1:] + pd.Timedelta(days=days))
    return SeasonWindow(first, last, tuple(years), _figures(rows), _figures(every))
