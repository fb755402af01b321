"""Returns of a symbol, and of a fund against its benchmark.

Every function works on the whole history it gets: bars after the as-of are cut off before.
Returns and differences are fractions. The definitions are in docs/definitions.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, TypeVar

import numpy as np
import pandas as pd

from rut_dash.errors import InvalidParameter, OutOfRange

SESSIONS_PER_YEAR: Final = 252
_DAYS_PER_YEAR: Final = 365.25
# A period of a year may start up to a week earlier, where the day a year ago was no session.
_DAYS_OF_A_YEAR_AT_MOST: Final = 373
PERIODS: Final = ("1D", "1W", "1M", "3M", "6M", "YTD", "1Y", "3Y", "5Y", "10Y", "MAX")
_PERIOD_OFFSETS: Final[Mapping[str, pd.DateOffset]] = {
    "1W": pd.DateOffset(days=7),
    "1M": pd.DateOffset(months=1),
    "3M": pd.DateOffset(months=3),
    "6M": pd.DateOffset(months=6),
    "1Y": pd.DateOffset(years=1),
    "3Y": pd.DateOffset(years=3),
    "5Y": pd.DateOffset(years=5),
    "10Y": pd.DateOffset(years=10),
}


SeriesOrFrame = TypeVar("SeriesOrFrame", pd.Series, pd.DataFrame)


def sessions_of(data: pd.Series | pd.DataFrame) -> pd.DatetimeIndex:
    """Return the session index of a series or a frame.

    Raises
    ------
    InvalidParameter
        If it is not labelled by dates.
    """
    index = data.index
    if not isinstance(index, pd.DatetimeIndex):
        raise InvalidParameter("the index of a price series", type(index).__name__, "sessions")
    return index


def require_count(parameter: str, value: int, minimum: int = 1) -> int:
    """Return a number of bars as an int.

    Parameters
    ----------
    parameter
        Its name in words, for the message.
    value
        A float is refused even where it is whole.
    minimum
        The smallest that is accepted.

    Raises
    ------
    InvalidParameter
        If it is no whole number or below ``minimum``.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < minimum:
        raise InvalidParameter(parameter, value, f"a whole number of at least {minimum}")
    return int(value)


def session_on_or_before(index: pd.DatetimeIndex, day: date) -> pd.Timestamp | None:
    """Return the last session on or before a calendar day.

    Parameters
    ----------
    index
        Sessions, sorted, tz-naive.
    day
        Any calendar day.

    Returns
    -------
    Timestamp or None
        None where the first session is later, or there is none.
    """
    position = _position(index, day)
    return None if position < 0 else index[position]


def _position(index: pd.DatetimeIndex, day: date) -> int:
    """Return the position of the last session on or before ``day``; -1 where there is none."""
    return int(index.searchsorted(pd.Timestamp(day), side="right")) - 1


def period_start(index: pd.DatetimeIndex, period: str) -> pd.Timestamp | None:
    """Return the session from whose close a period's return starts.

    Parameters
    ----------
    index
        Sessions, sorted; the period ends on the last.
    period
        One of `PERIODS`. ``1D`` is the previous session, ``1W`` seven days, months and years
        go by the calendar (31 March less a month is the end of February), ``YTD`` is the last
        session of the previous calendar year, ``MAX`` the first session of all.

    Returns
    -------
    Timestamp or None
        The last session on or before the date reached back to; None where the history does
        not reach so far back, or has no two sessions.

    Raises
    ------
    InvalidParameter
        If there is no such period.
    """
    if period not in PERIODS:
        raise InvalidParameter("a period", period, f"one of {', '.join(PERIODS)}")
    if len(index) < 2:
        return None
    if period == "1D":
        return index[-2]
    if period == "MAX":
        return index[0]
    last = index[-1]
    if period == "YTD":
        return session_on_or_before(index, pd.Timestamp(last.year - 1, 12, 31))
    return session_on_or_before(index, last - _PERIOD_OFFSETS[period])


def period_return(close: pd.Series, period: str) -> float:
    """Return the return over a period that ends on the last session.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).
    period
        One of `PERIODS`, see `period_start`.

    Returns
    -------
    float
        A fraction; NaN where the history does not reach back.

    Raises
    ------
    InvalidParameter
        If there is no such period.
    """
    return return_since(close, period_start(sessions_of(close), period))


def return_since(close: pd.Series, session: date | None) -> float:
    """Return the return from a session's close to the last close.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).
    session
        The session it starts from; where ``close`` lacks it, the last one before. None where
        there is no such session.

    Returns
    -------
    float
        A fraction; NaN where ``session`` is None or before the first close.
    """
    if session is None:
        return float("nan")
    position = _position(sessions_of(close), session)
    if position < 0:
        return float("nan")
    prices = close.to_numpy(dtype=float)
    return float(prices[-1] / prices[position] - 1.0)


def annualised_return(total: float, start: date | None, end: date | None) -> float:
    """Return the compound annual growth rate of a cumulative return over more than a year.

    ``(1 + total) ** (365.25 / days) - 1``, with the calendar days between the two sessions. A
    return over a year or less is not annualised: that would be a forecast.

    Parameters
    ----------
    total
        The cumulative return, a fraction above -1.
    start, end
        The sessions from whose close to whose close it runs; None or NaT where there is none.

    Returns
    -------
    float
        A fraction a year; NaN where the period is not longer than a year, or unknown.
    """
    days = (pd.Timestamp(end) - pd.Timestamp(start)).days if start and end else 0
    if not days > _DAYS_OF_A_YEAR_AT_MOST:  # NaT compares false
        return float("nan")
    return float((1.0 + total) ** (_DAYS_PER_YEAR / days) - 1.0)


def _require_within(index: pd.DatetimeIndex, day: pd.Timestamp) -> None:
    if index.empty:
        raise OutOfRange("the history", day.date(), None, None)
    if day < index[0] or day > index[-1]:
        raise OutOfRange("the history", day.date(), index[0].date(), index[-1].date())


def rebase(closes: SeriesOrFrame, anchor: date, base: float = 100.0) -> SeriesOrFrame:
    """Scale closes so that each is ``base`` at the anchor.

    Parameters
    ----------
    closes
        Closes on a session index, shape (n,) or (n, k).
    anchor
        The day that becomes ``base``; the last session on or before it counts.
    base
        The value at the anchor.

    Returns
    -------
    Series or DataFrame
        Of the same shape and index, before the anchor too.

    Raises
    ------
    OutOfRange
        If the anchor is before the first session or after the last.
    """
    index = sessions_of(closes)
    _require_within(index, pd.Timestamp(anchor))
    rebased: SeriesOrFrame = closes / closes.iloc[_position(index, anchor)] * base
    return rebased


def ratio(closes: pd.DataFrame) -> pd.Series:
    """Return fund over benchmark.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions
        (:meth:`rut_dash.market.history.PricePair.closes`).

    Returns
    -------
    Series
        Named ``ratio``, on the same index; no warm-up.
    """
    return (closes["fund"] / closes["benchmark"]).rename("ratio")


def percentile_rank(values: pd.Series) -> float:
    """Return the share of all values that are at or below the last one, itself included.

    Returns
    -------
    float
        In (0, 1]: 1 where the last is the highest. NaN values are not counted; NaN where
        there is none, or the last is NaN.
    """
    history = values.to_numpy(dtype=float)
    if not len(history) or np.isnan(history[-1]):
        return float("nan")
    return float((history <= history[-1]).sum() / (~np.isnan(history)).sum())


def period_table(
    closes: pd.DataFrame,
    periods: Iterable[str] = PERIODS,
    others: Mapping[str, pd.Series] | None = None,
    spans: Mapping[str, tuple[date, date]] | None = None,
) -> pd.DataFrame:
    """Return the returns of both legs, of the ratio, and their difference, by period.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark`` on their common sessions, so that both legs of a row run
        between the same two closes.
    periods
        Rows, of `PERIODS`.
    others
        Closes of further symbols (the indices), measured between the sessions of the row. One
        that ends earlier has the same periods up to its own last session.
    spans
        Further rows, by label: from the last session on or before the first day to the last
        on or before the second.

    Returns
    -------
    DataFrame
        Index ``period``; columns ``start``, ``end`` (sessions), ``fund``, ``benchmark``,
        ``ratio`` (the return of fund over benchmark), ``difference`` (fund less benchmark),
        ``fund_annualised``, ``benchmark_annualised`` (see `annualised_return`; all others are
        cumulative) and one per key of ``others``; fractions. NaT and NaN where the history does not
        reach back; NaN in ``others`` also where that symbol has no close on the end of a span.

    Raises
    ------
    InvalidParameter
        If there is no such period.
    """
    index = sessions_of(closes)
    periods, spans = tuple(periods), spans or {}
    rows = _rows(index, periods, spans)
    starts, ends = ([row and row[at] for row in rows.values()] for at in (0, 1))
    fund, benchmark = _span_returns(closes[["fund", "benchmark"]], rows.values()).T
    table = pd.DataFrame(
        {
            "start": pd.DatetimeIndex(starts).as_unit(index.unit),
            "end": pd.DatetimeIndex(ends).as_unit(index.unit),
            "fund": fund,
            "benchmark": benchmark,
            "ratio": (1.0 + fund) / (1.0 + benchmark) - 1.0,
            "difference": fund - benchmark,
            "fund_annualised": list(map(annualised_return, fund, starts, ends)),
            "benchmark_annualised": list(map(annualised_return, benchmark, starts, ends)),
        },
        index=pd.Index(list(rows), name="period"),
    )
    for name, close in (others or {}).items():
        own = sessions_of(close)
        own_rows = list(rows.values())
        if len(own) and own[-1] < index[-1]:
            # A row that starts where the series ends covers nothing of it.
            own_rows = [
                row if row and row[0] < row[1] else None
                for row in _rows(own, periods, spans).values()
            ]
        table[name] = _span_returns(close.to_frame(), own_rows)[:, 0]
    return table


_Row = tuple[pd.Timestamp, pd.Timestamp] | None


def _rows(
    index: pd.DatetimeIndex, periods: Iterable[str], spans: Mapping[str, tuple[date, date]]
) -> dict[str, _Row]:
    """Return the first and last session of each row; None where the sessions do not reach."""
    rows: dict[str, _Row] = {}
    for period in periods:
        start = period_start(index, period)
        rows[period] = None if start is None else (start, index[-1])
    for label, (first, last) in spans.items():
        start, end = session_on_or_before(index, first), session_on_or_before(index, last)
        is_empty = start is None or end is None or pd.Timestamp(first) > index[-1]
        rows[label] = None if is_empty else (start, end)  # type: ignore[assignment]
    return rows


def _span_returns(closes: pd.DataFrame, rows: Iterable[_Row]) -> np.ndarray:
    """Return the return of each column over each row's sessions.

    NaN where a close is missing for it.
    """
    index = sessions_of(closes)
    prices = closes.to_numpy(dtype=float)
    spans = [row or (pd.NaT, pd.NaT) for row in rows]
    starts, ends = (pd.DatetimeIndex([span[at] for span in spans]) for at in (0, 1))
    first = index.searchsorted(starts, side="right") - 1
    last = index.searchsorted(ends, side="right") - 1
    # Not by get_indexer: the index would keep the lookup table that it makes, 0.3 MB each.
    covered = (first >= 0) & (last >= 0) & starts.notna()
    covered[covered] = index[last[covered]] == ends[covered]
    returns = np.full((len(spans), prices.shape[1]), np.nan)
    returns[covered] = prices[last[covered]] / prices[first[covered]] - 1.0
    return returns
