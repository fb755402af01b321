"""The one place where bars are validated: nothing is repaired, filled or dropped."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market import calendar
from rut_dash.market.actions import total_return_factor
from rut_dash.market.history import PriceHistory
from rut_dash.market.instruments import instrument, is_index

__all__ = [
    "BAR_COLUMNS",
    "BELIEVABLE_DATES",
    "drop_closed_days",
    "require_past",
    "validate_bars",
    "validate_history",
]

BAR_COLUMNS: Final = ("open", "high", "low", "close", "adj_close", "volume", "dividend", "split")
# A date beyond these is a broken cell; some could not even be printed.
BELIEVABLE_DATES: Final = (pd.Timestamp("1700-01-01"), pd.Timestamp("2200-12-31"))

_RANGE: Final = ["open", "high", "low"]
# Vendors round OHLC on their own: a low one rounding step above the close is no contradiction.
_OHLC_ROUNDING: Final = 1e-5
# Within a day prices have gone further: on 6 May 2010 small-cap funds traded at half their price.
_INTRADAY_MOVE: Final = 2.0


def validate_bars(
    frame: pd.DataFrame,
    where: str | PurePath,
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
    Whether every row is a session of the NYSE is for `validate_history`.
    """
    index = _validated_index(frame, where)
    bars = frame.reindex(columns=list(BAR_COLUMNS)).set_axis(index, axis=0)
    try:
        bars = bars.astype("float64")
    except (TypeError, ValueError) as error:
        raise SchemaError(where, Defect.NOT_NUMERIC, cause=str(error)) from error
    adjusted_only = bool(bars["close"].isna().all())
    has_range = not bars[_RANGE].isna().all(axis=None)
    _refuse_missing(where, bars, adjusted_only, has_range)
    _refuse_values(where, bars, [*_RANGE, "close"] if has_range else ["close"])
    if has_range:
        _refuse_contradictions(where, bars)
    _refuse_amounts(where, bars)

    if adjusted_only or is_index(symbol):
        bars[["dividend", "split"]] = bars[["dividend", "split"]].fillna(0.0)
    if not adjusted_only:
        try:
            total_return_factor(bars["close"], bars["dividend"])
        except SchemaError as error:
            raise error.located(where) from error
    limit = instrument(symbol).move_limit if move_limit is None else move_limit
    _refuse_moves(where, symbol, bars, limit)
    if has_range:
        _refuse_intraday_moves(where, symbol, bars, limit)
    return bars


def validate_history(
    history: PriceHistory,
    where: str | PurePath,
    *,
    today: date,
    move_limit: float | None = None,
) -> PriceHistory:
    """Return a history that may be stored: valid bars, on past sessions of the NYSE only.

    Parameters
    ----------
    history
        Bars from anywhere.
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


def require_past(sessions: pd.Index, where: str | PurePath, today: date) -> None:
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
    frame: pd.DataFrame, where: str | PurePath, symbol: str
) -> tuple[pd.DataFrame, tuple[date, ...]]:
    """Return bars without those of days on which the NYSE was closed, and these days.

    Parameters
    ----------
    frame
        As `validate_bars` takes it, sorted.
    where
        The file, for the error.
    symbol
        Some indices are calculated on holidays of the NYSE: all such rows of an index are left
        out. Those of others only where they repeat the close before them and pay nothing.

    Raises
    ------
    SchemaError
        If such a row would change a return.
    """
    closed = calendar.non_sessions(pd.DatetimeIndex(frame.index))
    if closed.empty:
        return frame, ()
    is_closed = frame.index.isin(closed)
    if not is_index(symbol):
        column = "close" if "close" in frame else "adj_close"
        is_phantom = frame[column].eq(frame[column].shift(1))
        for action in ("dividend", "split"):
            if action in frame:
                is_phantom &= frame[action].fillna(0.0) == 0.0
        _refuse_closed_days(where, closed[~is_phantom[is_closed].to_numpy()])
    return frame[~is_closed], tuple(day.date() for day in closed)


def _refuse_closed_days(where: str | PurePath, days: pd.DatetimeIndex) -> None:
    """Refuse bars of days on which the exchange was closed."""
    closed = tuple(day.date() for day in days)
    if len(closed) == 1:
        raise SchemaError(where, Defect.CLOSED_SESSION, session=closed[0])
    if closed:
        raise SchemaError(
            where, Defect.CLOSED_SESSIONS, session=closed[0], days=closed, count=len(closed)
        )


def _validated_index(frame: pd.DataFrame, where: str | PurePath) -> pd.DatetimeIndex:
    """Return the index as sessions: dates in order, none twice."""
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


def _refuse_missing(
    where: str | PurePath, bars: pd.DataFrame, adjusted_only: bool, has_range: bool
) -> None:
    """Refuse bars without a close, or with prices on some sessions only."""
    close = bars["adj_close"] if adjusted_only else bars["close"]
    if close.isna().all():
        raise SchemaError(where, Defect.NO_CLOSE)
    name = "adjusted close" if adjusted_only else "close"
    _refuse(where, close.isna(), Defect.MISSING_PRICE, name)
    if adjusted_only and has_range:
        raise SchemaError(where, Defect.NO_CLOSE_BESIDE_RANGE)
    for column in _RANGE if has_range else ():
        _refuse(where, bars[column].isna(), Defect.MISSING_PRICE, column)


def _refuse_values(where: str | PurePath, bars: pd.DataFrame, prices: list[str]) -> None:
    """Refuse values that no price can have; NaN passes."""
    for column in (*prices, "adj_close"):
        _refuse(where, np.isinf(bars[column]), Defect.INFINITE, column)
        _refuse(where, bars[column] <= 0, Defect.NOT_POSITIVE, column)


def _refuse_contradictions(where: str | PurePath, bars: pd.DataFrame) -> None:
    """Refuse a low above the open or the close, and a high below them."""
    room = bars["close"] * _OHLC_ROUNDING
    ends = bars[["open", "close"]]
    _refuse(where, bars["low"] > ends.min(axis=1) + room, Defect.LOW_ABOVE, "low")
    _refuse(where, bars["high"] < ends.max(axis=1) - room, Defect.HIGH_BELOW, "high")


def _refuse_amounts(where: str | PurePath, bars: pd.DataFrame) -> None:
    """Refuse values that no volume, dividend or split can have; NaN passes."""
    _refuse(where, bars["volume"] < 0, Defect.NEGATIVE, "volume")
    _refuse(where, np.isinf(bars["volume"]), Defect.INFINITE, "volume")
    for column in ("dividend", "split"):
        wrong = (bars[column] < 0) | np.isinf(bars[column])
        _refuse(where, wrong, Defect.NEGATIVE_OR_INFINITE, column)


def _refuse_moves(where: str | PurePath, symbol: str, bars: pd.DataFrame, limit: float) -> None:
    """Refuse moves of the close, with and without the dividend, that no session can have brought.

    A limit of 100 % and more, for symbols that nothing is known of, would let every fall pass:
    there a fall is as large as the rise that undoes it.
    """
    close = _closes(bars)
    before = close.shift(1)
    lowest = 1 - limit if limit < 1 else 1 / (1 + limit)
    steps = {Defect.MOVE_BEYOND_LIMIT: close / before}
    if bars["dividend"].any():
        steps[Defect.RETURN_BEYOND_LIMIT] = (close + bars["dividend"]) / before
    for defect, step in steps.items():
        beyond = step[(step < lowest) | (step > 1 + limit)]
        if not beyond.empty:
            raise SchemaError(
                where,
                defect,
                session=pd.Timestamp(beyond.index[0]).date(),
                symbol=symbol,
                move=float(beyond.iloc[0]) - 1,
                limit=limit,
            )


def _refuse_intraday_moves(
    where: str | PurePath, symbol: str, bars: pd.DataFrame, limit: float
) -> None:
    """Refuse lows and highs too far from the close and from the close before it."""
    close = _closes(bars)
    before = close.shift(1).fillna(close)
    widest = 1 + max(limit, _INTRADAY_MOVE)
    beyond = {
        "low": bars["low"] < np.minimum(close, before) / widest,
        "high": bars["high"] > np.maximum(close, before) * widest,
    }
    for column, rows in beyond.items():
        if rows.any():
            row = int(rows.to_numpy().argmax())
            raise SchemaError(
                where,
                Defect.RANGE_BEYOND_LIMIT,
                session=pd.Timestamp(bars.index[row]).date(),
                symbol=symbol,
                column=column,
                value=float(bars[column].to_numpy()[row]),
                close=float(close.to_numpy()[row]),
            )


def _closes(bars: pd.DataFrame) -> pd.Series:
    """Return the closes, the adjusted ones where there are no others."""
    return bars["adj_close"] if bars["close"].isna().all() else bars["close"]


def _refuse(where: str | PurePath, broken: pd.Series, defect: Defect, column: str) -> None:
    """Raise for the first session at which ``broken`` is true."""
    if broken.any():
        session = pd.Timestamp(broken.index[int(broken.to_numpy().argmax())]).date()
        more = int(broken.sum()) - 1
        raise SchemaError(where, defect, session=session, column=column, more=more)
