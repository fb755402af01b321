"""Dividends and splits: what they do to closes, and those whose own session has no bar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.notes import CapitalGain, DeferredAction

if TYPE_CHECKING:
    from rut_dash.market.history import PriceHistory


def add_deferred_actions(bars: pd.DataFrame, deferred: Iterable[DeferredAction]) -> pd.DataFrame:
    """Return bars to which actions of sessions without bars are added.

    Parameters
    ----------
    bars
        Indexed by session, with the columns ``dividend`` and ``split``; not changed.
    deferred
        What is added where.
    """
    dividends, splits = (
        bars[name].to_numpy(dtype=float, copy=True) for name in ("dividend", "split")
    )
    for action in deferred:
        row = int(bars.index.searchsorted(pd.Timestamp(action.counted_on)))
        # The session's own payment may be unknown; that it includes this one is known.
        dividends[row] = np.nan_to_num(dividends[row]) + action.dividend
        if action.split > 0:
            splits[row] = action.split * (np.nan_to_num(splits[row]) or 1.0)
    return bars.assign(dividend=dividends, split=splits)


def remove_deferred_actions(history: PriceHistory) -> pd.DataFrame:
    """Return bars without the actions of other sessions that are counted on them."""
    bars = history.bars
    deferred = history.provenance.deferred_actions
    if not deferred:
        return bars
    dividends, splits = (
        bars[name].to_numpy(dtype=float, copy=True) for name in ("dividend", "split")
    )
    for action in deferred:
        row = int(bars.index.searchsorted(pd.Timestamp(action.counted_on)))
        # Adding and subtracting a float changes its last digits: rounding takes them away.
        dividends[row] = round(dividends[row] - action.dividend, 10)
        if action.split > 0:
            own_split = round(splits[row] / action.split, 10)
            splits[row] = 0.0 if own_split == 1.0 else own_split
    return bars.assign(dividend=dividends, split=splits)


def total_return_factor(close: pd.Series, dividend: pd.Series) -> pd.Series:
    """Return what raw closes are multiplied by to become total-return closes.

    Going back in time the factor is multiplied by ``1 - D / previous close`` at each
    ex-date (the CRSP convention that Yahoo follows); it is 1 on the last bar.

    Parameters
    ----------
    close, dividend
        Raw (split-adjusted) closes and dividends per share on one index, shape (n,); a
        dividend that is NaN is not known and counts as none.

    Returns
    -------
    Series
        Factors in (0, 1], on the same index; no NaN where the input has none.

    Raises
    ------
    SchemaError
        If a dividend is not smaller than the close before its ex-date.
    """
    dividends = dividend.fillna(0.0).to_numpy(dtype=float)
    prices = close.to_numpy(dtype=float)
    step = np.ones(len(prices))
    with np.errstate(over="ignore"):  # an absurd dividend is refused below, not warned about
        step[1:] = 1.0 - dividends[1:] / prices[:-1]
    if (step <= 0).any():
        row = int(np.flatnonzero(step <= 0)[0])
        raise SchemaError(
            "dividends",
            Defect.DIVIDEND_ABOVE_CLOSE,
            session=close.index[row].date(),
            dividend=float(dividends[row]),
            close=float(prices[row - 1]),
        )
    factor = np.ones(len(prices))
    factor[:-1] = np.cumprod(step[:0:-1])[::-1]
    return pd.Series(factor, index=close.index, name="factor")


def with_capital_gains(
    dividends: pd.Series, gains: pd.Series
) -> tuple[pd.Series, list[CapitalGain]]:
    """Return dividends with capital gains counted once, and a note on each gain.

    Yahoo lists gains separately and, since 2025, has often added them to the dividend as well. A
    dividend that is at least as large as the gain is taken to hold it; a smaller one cannot.

    Parameters
    ----------
    dividends, gains
        Per share on one index of sessions, shape (n,); no NaN.
    """
    is_gain = gains > 0
    is_held = is_gain & (dividends >= gains)
    notes = [
        CapitalGain(day.date(), float(gains[day]), in_dividend=bool(is_held[day]))
        for day in pd.DatetimeIndex(gains.index[is_gain])
    ]
    return dividends + gains.where(is_gain & ~is_held, 0.0), notes
