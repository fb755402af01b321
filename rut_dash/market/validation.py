"""The one place where bars are validated: nothing is repaired, filled or dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import BarsPlace, Defect, SchemaError
from rut_dash.market import calendar
from rut_dash.market.actions import total_return_factor
from rut_dash.market.history import PriceHistory
from rut_dash.market.instruments import instrument, is_index

BAR_COLUMNS: Final = ("open", "high", "low", "close", "adj_close", "volume", "dividend", "split")
# A date beyond these is a broken cell; some could not even be printed.
BELIEVABLE_DATES: Final = (pd.Timestamp("1700-01-01"), pd.Timestamp("2200-12-31"))

_RANGE: Final = ("open", "high", "low")
# A year has 9 holidays; an answer with more rows on closed days has its dates a day off.
_MOST_CLOSED_DAYS: Final = 0.1
# Vendors round OHLC on their own: a low one rounding step above the close is no contradiction.
_OHLC_ROUNDING: Final = 1e-5
# Within a day prices have gone further: on 6 May 2010 small-cap funds traded at half their price.
_INTRADAY_MOVE: Final = 2.0

_Array = npt.NDArray[np.float64]


def validate_bars(
    frame: pd.DataFrame,
    where: BarsPlace,
    symbol: str,
    *,
    move_limit: float | None = None,
) -> pd.DataFrame:
    """Return bars that satisfy the schema, or refuse them whole.

    Parameters
    ----------
    frame
        Any subset of `BAR_COLUMNS` with at least ``close`` or ``adj_close``, on a
        DatetimeIndex.
    where
        The file or the source, for the error.
    symbol
        Decides the largest believable move and whether a blank dividend is an unknown one.
    move_limit
        Largest believable one-day move as a fraction; the instrument's own by default.

    Returns
    -------
    DataFrame
        All of `BAR_COLUMNS` as float64, index named ``session``; missing volume, dividends
        and splits are NaN. Dividends and splits of an index, which has neither, and those
        beside adjusted closes alone, which hold them already, are 0 where missing.

    Raises
    ------
    SchemaError
        With the first offending session.

    Notes
    -----
    Single opens, highs, lows and volumes may be NaN: no return depends on them. Whether every row
    is a session of the NYSE is for `validate_history`.
    """
    index = validated_index(frame, where)
    bars = frame.reindex(columns=list(BAR_COLUMNS)).set_axis(index, axis=0)
    try:
        bars = bars.astype("float64")
    except (TypeError, ValueError) as error:
        raise SchemaError(where, Defect.NOT_NUMERIC, cause=str(error)) from error
    columns = {name: bars[name].to_numpy() for name in BAR_COLUMNS}
    adjusted_only = bool(np.isnan(columns["close"]).all())
    has_range = not all(np.isnan(columns[name]).all() for name in _RANGE)
    checked = _CheckedBars(where, symbol, index, columns, adjusted_only, has_range)
    with np.errstate(all="ignore"):  # what overflows is refused, not warned about
        _refuse_missing(checked)
        _refuse_values(checked)
        _refuse_contradictions(checked)
        _refuse_amounts(checked)

        if adjusted_only or is_index(symbol):
            bars[["dividend", "split"]] = bars[["dividend", "split"]].fillna(0.0)
        if not adjusted_only:
            try:
                total_return_factor(bars["close"], bars["dividend"])
            except SchemaError as error:
                raise error.located(where) from error
        limit = instrument(symbol).move_limit if move_limit is None else move_limit
        _refuse_moves(checked, bars["dividend"].fillna(0.0).to_numpy(), limit)
        _refuse_intraday_moves(checked, limit)
    return bars


def validate_history(
    history: PriceHistory,
    where: BarsPlace,
    *,
    today: date,
    move_limit: float | None = None,
) -> PriceHistory:
    """Return a history that may be stored: valid bars, on past sessions of the NYSE only.

    Parameters
    ----------
    where
        The file or the source, for the error.
    today
        The date in New York.
    move_limit
        Largest believable one-day move as a fraction; the instrument's own by default.

    Raises
    ------
    SchemaError
        With the first offending sessions.
    """
    bars = validate_bars(history.bars, where, history.symbol, move_limit=move_limit)
    _refuse_closed_days(where, calendar.non_sessions(history.sessions))
    require_past(history.sessions, where, today)
    return PriceHistory(history.symbol, bars, history.provenance)


def require_past(sessions: pd.Index, where: BarsPlace, today: date) -> None:
    """Refuse bars of sessions that have not come yet.

    Parameters
    ----------
    sessions
        Sorted.
    where
        The file or the source, for the error.
    today
        The date in New York.
    """
    if sessions[-1] > pd.Timestamp(today):
        raise SchemaError(where, Defect.FUTURE_SESSION, session=sessions[-1].date())


def drop_closed_days(
    frame: pd.DataFrame, where: BarsPlace, symbol: str, *, from_file: bool
) -> tuple[pd.DataFrame, tuple[date, ...]]:
    """Return bars without those of days on which the NYSE was closed, and these days.

    Parameters
    ----------
    frame
        As `validate_bars` takes it, sorted.
    where
        The file or the source, for the error.
    symbol
        Some indices are calculated on holidays of the NYSE: all such rows of an index are left
        out.
    from_file
        True where a reader can correct the rows: then only those are left out that repeat the
        close before them or were not traded, and others may be dates that are wrong.

    Raises
    ------
    SchemaError
        If such a row would change a return, or a source has so many that its dates are wrong.
    """
    closed = calendar.non_sessions(pd.DatetimeIndex(frame.index))
    if closed.empty:
        return frame, ()
    is_closed = np.asarray(frame.index.isin(closed))
    rows = frame[is_closed]
    is_harmless = np.ones(len(rows), dtype=bool)
    if not is_index(symbol):
        for action in ("dividend", "split"):
            if action in frame:
                is_harmless &= rows[action].fillna(0.0).to_numpy(dtype="float64") == 0.0
        if from_file:
            column = "close" if "close" in frame else "adj_close"
            is_phantom = frame[column].eq(frame[column].shift(1))
            if "volume" in frame:
                is_phantom |= frame["volume"].eq(0.0)
            is_harmless &= is_phantom.to_numpy()[is_closed]
    if not from_file and len(rows) > max(1, _MOST_CLOSED_DAYS * len(frame)):
        is_harmless[:] = False
    _refuse_closed_days(where, closed[~is_harmless])
    return frame[~is_closed], tuple(day.date() for day in closed)


def _refuse_closed_days(where: BarsPlace, days: pd.DatetimeIndex) -> None:
    """Refuse bars of days on which the exchange was closed."""
    closed = tuple(day.date() for day in days)
    if len(closed) == 1:
        raise SchemaError(where, Defect.CLOSED_SESSION, session=closed[0])
    if closed:
        raise SchemaError(
            where, Defect.CLOSED_SESSIONS, session=closed[0], days=closed, count=len(closed)
        )


def validated_index(frame: pd.DataFrame, where: BarsPlace) -> pd.DatetimeIndex:
    """Return the index as sessions: dates in order, none twice.

    Raises
    ------
    SchemaError
        If they are not.
    """
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex):
        raise SchemaError(where, Defect.NOT_DATED)
    if frame.empty:
        raise SchemaError(where, Defect.NO_BARS)
    if index.tz is not None:
        raise SchemaError(where, Defect.DATES_WITH_ZONE)
    if index.hasnans:
        raise SchemaError(where, Defect.BLANK_DATE)
    earliest, latest = BELIEVABLE_DATES
    if index.min() < earliest or index.max() > latest:
        raise SchemaError(
            where, Defect.DATE_OUT_OF_RANGE, first_year=earliest.year, last_year=latest.year
        )
    index = index.normalize().rename("session")
    if index.has_duplicates:
        duplicate = index[index.duplicated()][0]
        raise SchemaError(where, Defect.DUPLICATE_SESSION, session=duplicate.date())
    if not index.is_monotonic_increasing:
        behind = index[1:][np.diff(index.asi8) < 0][0]
        raise SchemaError(where, Defect.UNSORTED, session=behind.date())
    return index


@dataclass(frozen=True, slots=True)
class _CheckedBars:
    """Bars under validation: arrays of shape (n,) by column, and what is known of them."""

    where: BarsPlace
    symbol: str
    index: pd.DatetimeIndex
    columns: Mapping[str, _Array]
    adjusted_only: bool
    has_range: bool

    @property
    def close(self) -> _Array:
        """The closes, the adjusted ones where there are no others."""
        return self.columns["adj_close" if self.adjusted_only else "close"]

    def session(self, row: int) -> date:
        """Return the date of a row."""
        return pd.Timestamp(self.index[row]).date()

    def refuse(self, broken: npt.NDArray[np.bool_], defect: Defect, column: str) -> None:
        """Raise SchemaError for the first session at which ``broken`` is true."""
        if broken.any():
            session, more = self.session(int(broken.argmax())), int(broken.sum()) - 1
            raise SchemaError(self.where, defect, session=session, column=column, more=more)


def _refuse_missing(bars: _CheckedBars) -> None:
    """Refuse bars without a close, or with closes on some sessions only."""
    missing = np.isnan(bars.close)
    if missing.all():
        raise SchemaError(bars.where, Defect.NO_CLOSE)
    name = "adj_close" if bars.adjusted_only else "close"
    bars.refuse(missing, Defect.MISSING_PRICE, name)
    if bars.adjusted_only and bars.has_range:
        raise SchemaError(bars.where, Defect.NO_CLOSE_BESIDE_RANGE)


def _refuse_values(bars: _CheckedBars) -> None:
    """Refuse values that no price can have; NaN passes."""
    for column in (*(_RANGE if bars.has_range else ()), "close", "adj_close"):
        prices = bars.columns[column]
        bars.refuse(np.isinf(prices), Defect.INFINITE, column)
        bars.refuse(prices <= 0, Defect.NOT_POSITIVE, column)


def contradictions(
    price: _Array, low: _Array, high: _Array, close: _Array
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return where a low is above, and where a high is below, an open or close of the same day.

    All of shape (n,); what is NaN contradicts nothing. The room is that of rounding.
    """
    room = close * _OHLC_ROUNDING
    return low > price + room, high < price - room


def _refuse_contradictions(bars: _CheckedBars) -> None:
    """Refuse a low above the open or the close, and a high below them."""
    if not bars.has_range:
        return
    opening, high, low = (bars.columns[name] for name in _RANGE)
    for price in (opening, bars.close):
        low_above, high_below = contradictions(price, low, high, bars.close)
        bars.refuse(low_above, Defect.LOW_ABOVE, "low")
        bars.refuse(high_below, Defect.HIGH_BELOW, "high")


def _refuse_amounts(bars: _CheckedBars) -> None:
    """Refuse values that no volume, dividend or split can have; NaN passes."""
    volume = bars.columns["volume"]
    bars.refuse(volume < 0, Defect.NEGATIVE, "volume")
    bars.refuse(np.isinf(volume), Defect.INFINITE, "volume")
    for column in ("dividend", "split"):
        amounts = bars.columns[column]
        bars.refuse((amounts < 0) | np.isinf(amounts), Defect.NEGATIVE_OR_INFINITE, column)


def _refuse_moves(bars: _CheckedBars, dividend: _Array, limit: float) -> None:
    """Refuse moves of the close, with and without the dividend, that no session can have brought.

    A limit of 100 % and more, for symbols that nothing is known of, would let every fall pass:
    there a fall is as large as the rise that undoes it.
    """
    close = bars.close
    lowest = 1 - limit if limit < 1 else 1 / (1 + limit)
    steps = {Defect.MOVE_BEYOND_LIMIT: close[1:] / close[:-1]}
    if dividend.any():
        steps[Defect.RETURN_BEYOND_LIMIT] = (close[1:] + dividend[1:]) / close[:-1]
    for defect, step in steps.items():
        beyond = (step < lowest) | (step > 1 + limit)
        if beyond.any():
            row = int(beyond.argmax())
            raise SchemaError(
                bars.where,
                defect,
                session=bars.session(row + 1),
                symbol=bars.symbol,
                move=float(step[row]) - 1,
                limit=limit,
            )


def range_bounds(close: _Array, limit: float) -> tuple[_Array, _Array]:
    """Return the lowest low and the highest high that are believable, shape (n,).

    Parameters
    ----------
    close
        Shape (n,); the close before counts as well.
    limit
        Largest believable one-day move as a fraction.
    """
    before = np.concatenate([close[:1], close[:-1]])
    widest = 1 + max(limit, _INTRADAY_MOVE)
    return np.minimum(close, before) / widest, np.maximum(close, before) * widest


def _refuse_intraday_moves(bars: _CheckedBars, limit: float) -> None:
    """Refuse lows and highs too far from the close and from the close before it."""
    if not bars.has_range:
        return
    close, low, high = bars.close, bars.columns["low"], bars.columns["high"]
    lowest, highest = range_bounds(close, limit)
    beyond = {"low": low < lowest, "high": high > highest}
    for column, rows in beyond.items():
        if rows.any():
            row = int(rows.argmax())
            raise SchemaError(
                bars.where,
                Defect.RANGE_BEYOND_LIMIT,
                session=bars.session(row),
                symbol=bars.symbol,
                column=column,
                value=float(bars.columns[column][row]),
                close=float(close[row]),
            )
