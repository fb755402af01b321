"""From a format's prices to those that are stored: adjusted for splits, not for dividends."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.actions import with_capital_gains
from rut_dash.market.notes import AsTraded, DividendsAddedBack, Note
from rut_dash.market.sources.file_format import Adjustment
from rut_dash.market.sources.file_rows import FileRows

__all__ = ["to_stored_prices"]

_OHLC: Final = ("open", "high", "low", "close")
# As logarithms: a smaller split cannot be told from a move of the price; one between the two can
# where the step of the close is near to the split or to none, as a share of the split.
_SMALLEST_SPLIT: Final = 0.05
_CLEAR_SPLIT: Final = 0.2
_NEAR: Final = 0.25
# Prices of US funds are whole cents; adjusted ones are not, on so many sessions in a row.
_ENOUGH_SESSIONS: Final = 20
# Twice the precision of the 32-bit numbers in which Yahoo keeps prices.
_PRECISION: Final = 1.2e-7


def to_stored_prices(
    path: Path, rows: FileRows, *, is_index: bool
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Return bars whose prices are adjusted for splits and not for dividends.

    Every listed split is compared with the closes around it.

    Parameters
    ----------
    path
        The file, for errors.
    rows
        Its rows from the oldest to the newest.
    is_index
        True for an index, whose adjusted closes are its closes.

    Returns
    -------
    bars
        The columns of `BAR_COLUMNS` that the file has. ``adj_close`` alone, without ``open`` to
        ``close``, where the closes are adjusted for dividends that the file does not list.
    notes
        What was converted.

    Raises
    ------
    SchemaError
        If a listed split contradicts the closes.
    """
    frame = rows.frame
    notes: list[Note] = []
    if "capital_gain" in frame:
        paid, gains = with_capital_gains(
            frame["dividend"].fillna(0.0), frame["capital_gain"].fillna(0.0)
        )
        is_known = frame[["dividend", "capital_gain"]].notna().any(axis=1)
        frame = frame.assign(dividend=paid.where(is_known)).drop(columns="capital_gain")
        notes += gains
    if "split" in frame:
        # Some vendors write 1 where there is no split.
        frame = frame.assign(split=frame["split"].where(frame["split"] != 1.0, 0.0))
    adjustment = rows.file_format.adjustment
    split_sessions = _as_traded_splits(path, rows, frame, adjustment)
    if split_sessions:
        frame = _split_adjusted(frame)
        notes.append(AsTraded(split_sessions))
    if adjustment is Adjustment.DIVIDENDS and not is_index and "close" in frame:
        if "dividend" not in frame:
            frame = frame.assign(adj_close=frame["close"])
            frame = frame.drop(columns=[name for name in _OHLC if name in frame])
        else:
            _require_adjusted(path, rows, frame)
            frame = _without_dividend_adjustment(frame)
            notes.append(DividendsAddedBack())
    return frame, tuple(notes)


def _as_traded_splits(
    path: Path, rows: FileRows, frame: pd.DataFrame, adjustment: Adjustment
) -> tuple[date, ...]:
    """Return the sessions of the splits that the closes are not adjusted for."""
    if "split" not in frame:
        return ()
    close = frame["close" if "close" in frame else "adj_close"].to_numpy(dtype=float)
    ratio = frame["split"].fillna(0.0).to_numpy(dtype=float)
    split_rows = np.flatnonzero((ratio > 0) & np.isfinite(ratio))
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.log(close[1:] / close[:-1])
    verdicts = {
        int(row): verdict
        for row in split_rows[split_rows > 0]
        if (verdict := _is_as_traded(step[row - 1], np.log(ratio[row]))) is not None
    }
    expected = adjustment is Adjustment.NOTHING
    is_as_traded = next(iter(verdicts.values()), expected)
    contradicting = [row for row, verdict in verdicts.items() if verdict is not is_as_traded]
    if is_as_traded is not expected:
        can_be_converted = adjustment is Adjustment.SPLITS and "close" in frame
        # Nobody knows whether dividends before the split are as paid.
        if "dividend" in frame and frame["dividend"].iloc[: max(verdicts)].gt(0).any():
            can_be_converted = False
        if not can_be_converted:
            contradicting = list(verdicts)
    if contradicting:
        row = contradicting[0]
        raise SchemaError(
            path,
            Defect.SPLIT_CONTRADICTED,
            line=rows.line(row),
            session=rows.days[row].date(),
            split=float(ratio[row]),
            before=float(close[row - 1]),
            close=float(close[row]),
        )
    return tuple(day.date() for day in rows.days[split_rows]) if is_as_traded else ()


def _is_as_traded(step: float, size: float) -> bool | None:
    """Return True if a step of the close is that of a split, False if not, None if unclear.

    ``step`` and ``size`` are logarithms of the step and of the split's ratio.
    """
    distances = abs(step + size), abs(step)
    is_clear = abs(size) >= _CLEAR_SPLIT or min(distances) < _NEAR * abs(size)
    if not is_clear or abs(size) < _SMALLEST_SPLIT or not np.isfinite(step):
        return None
    return bool(distances[0] < distances[1])


def _split_adjusted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return as-traded prices, dividends and volumes as if later splits had come before."""
    ratio = frame["split"].fillna(0.0)
    ratio = ratio.where(ratio > 0, 1.0)
    later = ratio[::-1].cumprod()[::-1].shift(-1, fill_value=1.0)
    frame = frame.copy()
    for column in (*_OHLC, "dividend"):
        if column in frame:
            frame[column] /= later
    if "volume" in frame:
        frame["volume"] *= later
    return frame


def _require_adjusted(path: Path, rows: FileRows, frame: pd.DataFrame) -> None:
    """Refuse closes that cannot be adjusted: those before the last dividend are whole cents."""
    last = int(np.flatnonzero(frame["dividend"].fillna(0.0).to_numpy())[-1:].sum())
    cents = frame["close"].to_numpy(dtype=float)[:last][-_ENOUGH_SESSIONS:] * 100
    is_whole = np.abs(cents - cents.round()) <= cents * _PRECISION
    if len(cents) == _ENOUGH_SESSIONS and is_whole.all():
        session = rows.days[last].date()
        raise SchemaError(path, Defect.NOT_ADJUSTED, line=rows.line(last), session=session)


def _without_dividend_adjustment(frame: pd.DataFrame) -> pd.DataFrame:
    """Return prices without the adjustment for the dividends that the frame lists.

    Going back in time, the close before an ex-date is the adjusted one over the factor of the
    later dividends, plus the dividend: that the total return is the adjusted closes' own.
    """
    adjusted = frame["close"].to_numpy(dtype=float)
    paid = frame["dividend"].fillna(0.0).to_numpy(dtype=float)
    factor: npt.NDArray[np.float64] = np.ones(len(frame))
    for row in np.flatnonzero(paid)[::-1]:
        if row > 0:
            before = adjusted[row - 1] / factor[row] + paid[row]
            factor[:row] = adjusted[row - 1] / before
    frame = frame.assign(adj_close=adjusted)
    for column in _OHLC:
        if column in frame:
            frame[column] = frame[column] / factor
    return frame
