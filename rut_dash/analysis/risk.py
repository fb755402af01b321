"""Risk of one price series, and of one against another: volatility, beta, correlation, capture."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from rut_dash.analysis.resampling import month_is_over, monthly_ends
from rut_dash.analysis.returns import SESSIONS_PER_YEAR, require_count, sessions_of

_BLOCK: Final = 1024


def annualised_volatility(close: pd.Series, window: int = SESSIONS_PER_YEAR) -> float:
    """Return the volatility of the last ``window`` daily returns, a year's.

    Standard deviation (ddof 1) of simple daily returns times the square root of 252,
    whatever the window.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).
    window
        Number of returns, at least 2.

    Returns
    -------
    float
        A fraction; NaN with fewer than ``window + 1`` closes.
    """
    window = require_count("the window of a volatility", window, 2)
    if len(close) < window + 1:
        return float("nan")
    prices = close.to_numpy(dtype=float)[-window - 1 :]
    daily = prices[1:] / prices[:-1] - 1.0
    return float(daily.std(ddof=1) * math.sqrt(SESSIONS_PER_YEAR))


def _last_returns(closes: pd.DataFrame, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the last ``window`` daily returns of both legs, less their means; NaN if too few."""
    if len(closes) < window + 1:
        return np.array([np.nan]), np.array([np.nan])
    prices = closes[["fund", "benchmark"]].to_numpy(dtype=float)[-window - 1 :]
    daily = prices[1:] / prices[:-1] - 1.0
    daily = daily - daily.mean(axis=0)
    return daily[:, 0], daily[:, 1]


def beta(closes: pd.DataFrame, window: int = SESSIONS_PER_YEAR) -> float:
    """Return the beta of the fund to the benchmark over the last ``window`` daily returns.

    Covariance of the two over the variance of the benchmark's; no risk-free rate.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions.
    window
        Number of returns, at least 2.

    Returns
    -------
    float
        NaN with fewer than ``window + 1`` common sessions, or a benchmark that did not move.
    """
    fund, benchmark = _last_returns(closes, require_count("the window of a beta", window, 2))
    variance = float(benchmark @ benchmark)
    return float(fund @ benchmark) / variance if variance > 0 else float("nan")


def correlation(closes: pd.DataFrame, window: int = SESSIONS_PER_YEAR) -> float:
    """Return the correlation (Pearson) of the last ``window`` daily returns of both legs.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions.
    window
        Number of returns, at least 2.

    Returns
    -------
    float
        In [-1, 1]; NaN with fewer than ``window + 1`` common sessions, or where one leg did
        not move.
    """
    fund, benchmark = _last_returns(closes, require_count("the window of a correlation", window, 2))
    scale = float(np.sqrt(fund @ fund) * np.sqrt(benchmark @ benchmark))
    return max(-1.0, min(1.0, float(fund @ benchmark) / scale)) if scale > 0 else float("nan")


def rolling_beta(closes: pd.DataFrame, window: int = SESSIONS_PER_YEAR) -> pd.Series:
    """Return the `beta` at each common session.

    Returns
    -------
    Series
        On the same index, named ``beta``; the first ``window`` are NaN, and so is a window in
        which the benchmark did not move.
    """
    window = require_count("the window of a beta", window, 2)
    _, variance, covariance = _rolling_moments(closes, window)
    divisor = np.where(variance > 0, variance, np.nan)
    return pd.Series(covariance / divisor, index=closes.index, name="beta")


def rolling_correlation(closes: pd.DataFrame, window: int = SESSIONS_PER_YEAR) -> pd.Series:
    """Return the `correlation` at each common session.

    Returns
    -------
    Series
        In [-1, 1], on the same index, named ``correlation``; the first ``window`` are NaN, and
        so is a window in which one leg did not move.
    """
    window = require_count("the window of a correlation", window, 2)
    of_fund, of_benchmark, covariance = _rolling_moments(closes, window)
    scale = np.sqrt(of_fund) * np.sqrt(of_benchmark)
    # Rounding: a perfect correlation must not come out above 1.
    values = np.clip(covariance / np.where(scale > 0, scale, np.nan), -1.0, 1.0)
    return pd.Series(values, index=closes.index, name="correlation")


def _rolling_moments(
    closes: pd.DataFrame, window: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sums of squares of both legs' returns about their means, and of products.

    Each window is summed by itself: running sums keep a rounding error of every large move
    that has left the window, which a calm window then divides by. Blocks of rows bound the
    memory.
    """
    prices = closes[["fund", "benchmark"]].to_numpy(dtype=float)
    moments = np.full((3, len(prices)), np.nan)
    if len(prices) <= window:
        return moments[0], moments[1], moments[2]
    daily = prices[1:] / prices[:-1] - 1.0
    views = np.lib.stride_tricks.sliding_window_view(daily, window, axis=0)
    for start in range(0, len(views), _BLOCK):
        block = views[start : start + _BLOCK]
        fund, benchmark = (
            block[:, leg] - block[:, leg].mean(axis=1, keepdims=True) for leg in (0, 1)
        )
        at = slice(window + start, window + start + len(block))
        moments[0, at] = np.einsum("ij,ij->i", fund, fund)
        moments[1, at] = np.einsum("ij,ij->i", benchmark, benchmark)
        moments[2, at] = np.einsum("ij,ij->i", fund, benchmark)
    return moments[0], moments[1], moments[2]


class Capture(NamedTuple):
    """How much of the benchmark's rising and falling months the fund took part in.

    Attributes
    ----------
    up, down
        Annualised return of the fund over that of the benchmark, in the months in which the
        benchmark rose and in those in which it fell: 1.1 is 110%. NaN without such months.
    up_months, down_months
        How many there were.
    start, end
        The month ends between which the months lie; None without months.
    """

    up: float
    down: float
    up_months: int
    down_months: int
    start: pd.Timestamp | None
    end: pd.Timestamp | None


def capture(closes: pd.DataFrame, months: int | None = None) -> Capture:
    """Return up and down capture on calendar months.

    In the months in which the benchmark's return is above (below) zero: the fund's annualised
    geometric return over the benchmark's, as Morningstar and empyrical define it. Only whole
    months count: the month in which the history starts has no month-end close before it, and
    the last month counts only once the exchange has no session left in it.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions.
    months
        How many of the last whole months count, at least 1; None for all.

    Returns
    -------
    Capture
        Ratios, the numbers of months, and where they lie. NaN and None where the
        history has fewer whole months than asked for.
    """
    ends = monthly_ends(closes[["fund", "benchmark"]])
    if len(ends) and not month_is_over(sessions_of(ends)[-1]):
        ends = ends.iloc[:-1]
    if months is not None:
        count = require_count("the months of a capture", months)
        ends = ends.iloc[-count - 1 :] if len(ends) > count else ends.iloc[:0]
    if len(ends) < 2:
        return Capture(float("nan"), float("nan"), 0, 0, None, None)
    prices = ends.to_numpy(dtype=float)
    monthly = prices[1:] / prices[:-1] - 1.0
    rose, fell = monthly[:, 1] > 0, monthly[:, 1] < 0
    up, down = _capture(monthly[rose]), _capture(monthly[fell])
    first, last = sessions_of(ends)[[0, -1]]
    return Capture(up, down, int(rose.sum()), int(fell.sum()), first, last)


def _capture(monthly: np.ndarray) -> float:
    """Return annualised fund over annualised benchmark; NaN without months."""
    if not len(monthly):
        return float("nan")
    annual = np.prod(1.0 + monthly, axis=0) ** (12.0 / len(monthly)) - 1.0
    return float(annual[0] / annual[1])
