"""Dividends and splits: what they do to closes, and those whose own session has no bar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rut_dash.errors import SchemaError

if TYPE_CHECKING:
    from rut_dash.market.history import PriceHistory

__all__ = [
    "DeferredAction",
    "add_deferred_actions",
    "remove_deferred_actions",
    "total_return_factor",
]


@dataclass(frozen=True, slots=True)
class DeferredAction:
    """A dividend or split whose own session has no bar, counted on the next one.

    Parameters
    ----------
    day
        Its own session.
    to
        The session whose bar holds it meanwhile.
    dividend, split
        What it adds to that bar: per share, and as a ratio; 0 where there is none.
    """

    day: date
    to: date
    dividend: float
    split: float

    def sentence(self, source: str) -> str:
        """Return what a reader should know of it."""
        what = [f"dividend of {self.dividend:g}"] if self.dividend > 0 else []
        what += [f"split of {self.split:g}"] if self.split > 0 else []
        return (
            f"{source} has no prices of {self.day:%Y-%m-%d}; its {' and '.join(what)} "
            f"is counted on {self.to:%Y-%m-%d}."
        )


def add_deferred_actions(bars: pd.DataFrame, carried: Iterable[DeferredAction]) -> pd.DataFrame:
    """Return bars to which actions of sessions without bars are added.

    Parameters
    ----------
    bars
        Indexed by session, with the columns ``dividend`` and ``split``; not changed.
    carried
        What is added where.
    """
    paid, ratio = (bars[name].to_numpy(dtype=float, copy=True) for name in ("dividend", "split"))
    for one in carried:
        at = int(bars.index.searchsorted(pd.Timestamp(one.to)))
        paid[at] += one.dividend
        if one.split > 0:
            ratio[at] = one.split * (ratio[at] or 1.0)
    return bars.assign(dividend=paid, split=ratio)


def remove_deferred_actions(history: PriceHistory) -> pd.DataFrame:
    """Return bars as their own sessions have them, without what stands there for others."""
    bars = history.bars
    if not history.provenance.carried:
        return bars
    paid, ratio = (bars[name].to_numpy(dtype=float, copy=True) for name in ("dividend", "split"))
    for one in history.provenance.carried:
        at = int(bars.index.searchsorted(pd.Timestamp(one.to)))
        # Back to what it was before something was added: without the last binary digits.
        paid[at] = round(paid[at] - one.dividend, 10)
        if one.split > 0:
            left = round(ratio[at] / one.split, 10)
            ratio[at] = 0.0 if left == 1.0 else left
    return bars.assign(dividend=paid, split=ratio)


def total_return_factor(close: pd.Series, dividend: pd.Series) -> pd.Series:
    """Return what raw closes are multiplied by to become total-return closes.

    Going back in time the factor is multiplied by ``1 - D / previous close`` at each
    ex-date (the CRSP convention that Yahoo follows); it is 1 on the last bar.

    Parameters
    ----------
    close, dividend
        Raw (split-adjusted) closes and dividends per share on one index, shape (n,).

    Returns
    -------
    Series
        Factors in (0, 1], on the same index; no NaN where the input has none.

    Raises
    ------
    SchemaError
        If a dividend is not smaller than the close before its ex-date.
    """
    paid = dividend.to_numpy(dtype=float)
    prices = close.to_numpy(dtype=float)
    step = np.ones(len(prices))
    with np.errstate(over="ignore"):  # an absurd dividend is refused below, not warned about
        step[1:] = 1.0 - paid[1:] / prices[:-1]
    if (step <= 0).any():
        at = int(np.flatnonzero(step <= 0)[0])
        raise SchemaError(
            "dividends",
            f"the dividend of {paid[at]:g} on {close.index[at]:%Y-%m-%d} is not smaller than the "
            f"close before it ({prices[at - 1]:g})",
            "Check the file's dividend column",
            session=close.index[at].date(),
        )
    factor = np.ones(len(prices))
    factor[:-1] = np.cumprod(step[:0:-1])[::-1]
    return pd.Series(factor, index=close.index, name="factor")
