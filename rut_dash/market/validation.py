"""The one place where bars are validated."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import SchemaError
from rut_dash.market.actions import total_return_factor
from rut_dash.market.instruments import instrument, is_index

__all__ = ["BAR_COLUMNS", "BELIEVABLE_DATES", "validate_bars"]

BAR_COLUMNS: Final = ("open", "high", "low", "close", "adj_close", "volume", "dividend", "split")


# A date beyond these is a broken cell; some could not even be printed.
BELIEVABLE_DATES: Final = (pd.Timestamp("1700-01-01"), pd.Timestamp("2200-12-31"))


_PRICES: Final = ["open", "high", "low", "close"]


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
) -> tuple[pd.DataFrame, date | None]:
    """Return bars that satisfy the schema, or refuse them whole.

    Nothing is repaired, filled or dropped. Whether every row is a session of the
    exchange is for :mod:`rut_dash.market.calendar` to say.

    Parameters
    ----------
    frame
        Any subset of `BAR_COLUMNS` with at least ``close`` or ``adj_close``, on a
        DatetimeIndex.
    where
        The file or the source, for the sentence.
    symbol
        Decides the largest believable move and whether dividends can be blank.
    move_limit
        Largest believable one-day move as a fraction; the instrument's own by default.

    Returns
    -------
    bars
        All of `BAR_COLUMNS` as float64, index named ``session``; missing dividends
        and splits are 0, missing volume is NaN.
    incomplete_from
        First session whose dividend or split was blank; None where complete, and for
        an index, which has neither.

    Raises
    ------
    SchemaError
        With the first offending session.
    """
    limit = instrument(symbol).move_limit if move_limit is None else move_limit
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex):
        raise SchemaError(where, "the rows are not labelled by dates", "Add a date column")
    if frame.empty:
        raise SchemaError(where, "there are no rows", "Load a file that has bars")
    if index.tz is not None:
        raise SchemaError(where, "the dates carry a time zone", "Give plain session dates")
    if index.hasnans:
        raise SchemaError(where, "a date is blank", "Give every row its session date")
    if index.min() < BELIEVABLE_DATES[0] or index.max() > BELIEVABLE_DATES[1]:
        raise SchemaError(
            where,
            f"a date lies outside the years {BELIEVABLE_DATES[0].year} to "
            f"{BELIEVABLE_DATES[1].year}",
            "Correct it",
        )
    index = index.normalize().rename("session")
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        raise SchemaError(
            where, f"{twice:%Y-%m-%d} stands twice", "Keep one row a session", session=twice.date()
        )
    if not index.is_monotonic_increasing:
        behind = index[1:][np.diff(index.asi8) < 0][0]
        raise SchemaError(
            where,
            f"the dates are not in order at {behind:%Y-%m-%d}",
            "Sort the rows by date",
            session=behind.date(),
        )

    bars = frame.reindex(columns=list(BAR_COLUMNS)).set_axis(index, axis=0)
    try:
        bars = bars.astype("float64")
    except (TypeError, ValueError) as error:
        raise SchemaError(where, f"a cell is not a number ({error})", "Correct it") from error

    adjusted_only = bool(bars["close"].isna().all())
    close = bars["adj_close"] if adjusted_only else bars["close"]
    name = "adjusted close" if adjusted_only else "close"
    if close.isna().all():
        raise SchemaError(where, "there is no close column", "Give each row a close")
    _refuse(where, close.isna(), f"the {name} is missing")
    intraday = [] if bars[["open", "high", "low"]].isna().all(axis=None) else _PRICES[:3]
    if adjusted_only and intraday:
        raise SchemaError(
            where, "there are open, high and low but no close", "Add the close column"
        )
    for column in intraday:
        _refuse(where, bars[column].isna(), f"the {column} is missing")
    for column in [*intraday, *([] if adjusted_only else ["close"]), "adj_close"]:
        _refuse(where, np.isinf(bars[column]), f"the {column} is infinite")
        _refuse(where, bars[column] <= 0, f"the {column} is not positive")
    if intraday:
        room = bars["close"] * _OHLC_ROUNDING
        _refuse(
            where,
            bars["low"] > bars[["open", "close"]].min(axis=1) + room,
            "the low is above the open or the close",
        )
        _refuse(
            where,
            bars["high"] < bars[["open", "close"]].max(axis=1) - room,
            "the high is below the open or the close",
        )
    _refuse(where, bars["volume"] < 0, "the volume is negative")
    _refuse(where, np.isinf(bars["volume"]), "the volume is infinite")
    for column in ("dividend", "split"):
        _refuse(
            where,
            (bars[column] < 0) | np.isinf(bars[column]),
            f"the {column} is negative or infinite",
        )

    blank = bars[["dividend", "split"]].isna().any(axis=1)
    incomplete = None
    if not adjusted_only and not is_index(symbol) and blank.any():
        incomplete = index[int(blank.to_numpy().argmax())].date()
    bars[["dividend", "split"]] = bars[["dividend", "split"]].fillna(0.0)
    if not adjusted_only:
        try:
            total_return_factor(bars["close"], bars["dividend"])
        except SchemaError as error:
            raise SchemaError(where, error.problem, error.remedy, session=error.session) from error
    _refuse_moves(where, symbol, bars, close, limit, intraday=bool(intraday))
    return bars, incomplete


def _refuse_moves(
    where: str | PurePath,
    symbol: str,
    bars: pd.DataFrame,
    close: pd.Series,
    limit: float,
    *,
    intraday: bool,
) -> None:
    """Refuse what no session can have brought: of closes, of what was paid, within a day.

    A limit of 100 % and more, for symbols that nothing is known of, would let every fall pass:
    there a fall is as large as the rise that undoes it.
    """
    lowest = 1 - limit if limit < 1 else 1 / (1 + limit)
    before = close.shift(1)
    steps = {"moves by": close / before}
    if bars["dividend"].any():
        steps["returns, with its dividend,"] = (close + bars["dividend"]) / before
    for moves, step in steps.items():
        beyond = step[(step < lowest) | (step > 1 + limit)]
        if not beyond.empty:
            at = beyond.index[0]
            raise SchemaError(
                where,
                f"{symbol} {moves} {beyond.iloc[0] - 1:+,.1%} on {at:%Y-%m-%d}, beyond the "
                f"believable {limit:.0%} of one day",
                "Check for a split that was not applied or a wrong price; the limit can be raised "
                "with RUT_DASH_MOVE_LIMIT",
                session=at.date(),
            )
    if not intraday:
        return
    wide = 1 + max(limit, _INTRADAY_MOVE)
    before = before.fillna(close)
    floor = np.minimum(close, before) / wide
    ceiling = np.maximum(close, before) * wide
    for column, beyond_it in (("low", bars["low"] < floor), ("high", bars["high"] > ceiling)):
        if beyond_it.any():
            place = int(beyond_it.to_numpy().argmax())
            at = pd.Timestamp(bars.index[place])
            raise SchemaError(
                where,
                f"the {column} of {symbol} on {at:%Y-%m-%d} is "
                f"{bars[column].to_numpy()[place]:g}, with a close of "
                f"{close.to_numpy()[place]:g}: beyond what is believable within a day",
                "Check for a wrong price; the limit can be raised with RUT_DASH_MOVE_LIMIT",
                session=at.date(),
            )


def _refuse(where: str | PurePath, broken: pd.Series, problem: str) -> None:
    """Raise for the first session at which ``broken`` is true."""
    if broken.any():
        at = pd.Timestamp(broken.index[int(broken.to_numpy().argmax())])
        count = int(broken.sum())
        more = f" (and on {count - 1:,} more)" if count > 1 else ""
        raise SchemaError(
            where, f"{problem} on {at:%Y-%m-%d}{more}", "Correct the file", session=at.date()
        )
