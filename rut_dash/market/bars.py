"""Price histories: what they are, and the one place where bars are validated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import PurePath
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import BasisUnavailable, InsufficientHistory, OutOfRange, SchemaError
from rut_dash.market.instruments import instrument, is_index

__all__ = [
    "BAR_COLUMNS",
    "BELIEVABLE_DATES",
    "Basis",
    "Carried",
    "PriceHistory",
    "PricePair",
    "Provenance",
    "adjustment_differences",
    "total_return_factor",
    "validate_bars",
    "with_carried",
    "without_carried",
]

BAR_COLUMNS: Final = ("open", "high", "low", "close", "adj_close", "volume", "dividend", "split")
# A date beyond these is a broken cell; some could not even be printed.
BELIEVABLE_DATES: Final = (pd.Timestamp("1700-01-01"), pd.Timestamp("2200-12-31"))
_PRICES: Final = ["open", "high", "low", "close"]
# Vendors round OHLC on their own: a low one rounding step above the close is no contradiction.
_OHLC_ROUNDING: Final = 1e-5
# Within a day prices have gone further: on 6 May 2010 small-cap funds traded at half their price.
_INTRADAY_MOVE: Final = 2.0


class Basis(StrEnum):
    """What a return counts: the price alone, or dividends reinvested as well."""

    PRICE = "price"
    TOTAL = "total"

    @property
    def label(self) -> str:
        """The basis in a reader's words."""
        return "price" if self is Basis.PRICE else "total return"


@dataclass(frozen=True, slots=True)
class Carried:
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


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where bars come from and how far they can be trusted.

    Parameters
    ----------
    source
        In words: "Yahoo Finance", a file's name, "simulated demo".
    fetched_at
        When they left the source, timezone-aware (UTC); None where unknown.
    stale_because
        Why newer bars are not here, a clause; None where they are current.
    simulated
        True for the bundled demo: never stored, never mixed with real bars.
    provisional
        True where the last bar is of a session that was still open when it was fetched.
    incomplete_from
        First session whose dividend or split was blank (counted as none); None where complete.
    notes
        Sentences about the bars that a reader should know.
    carried
        Dividends and splits that stand on another session's bar until their own is there.
    """

    source: str
    fetched_at: datetime | None = None
    stale_because: str | None = None
    simulated: bool = False
    provisional: bool = False
    incomplete_from: date | None = None
    notes: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()


def with_carried(bars: pd.DataFrame, carried: Iterable[Carried]) -> pd.DataFrame:
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


def without_carried(history: PriceHistory) -> pd.DataFrame:
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


@dataclass(frozen=True, eq=False)
class PriceHistory:
    """The daily bars of one symbol, validated, with their provenance.

    Parameters
    ----------
    symbol
        Yahoo's spelling.
    bars
        The columns `BAR_COLUMNS` on a tz-naive, sorted, unique session index, as
        `validate_bars` returns them. Prices are split-adjusted and not
        dividend-adjusted. A file that has only adjusted closes leaves ``open`` to
        ``close`` NaN throughout; one without intraday prices leaves ``open`` to
        ``low`` NaN throughout. Never forward-filled; treat as read-only.
    provenance
        Where the bars come from.
    """

    symbol: str
    bars: pd.DataFrame
    provenance: Provenance

    @property
    def sessions(self) -> pd.DatetimeIndex:
        """The sessions that have a bar."""
        index = self.bars.index
        assert isinstance(index, pd.DatetimeIndex)
        return index

    @cached_property
    def first_session(self) -> pd.Timestamp:
        """The first session."""
        return self.sessions[0]

    @cached_property
    def last_session(self) -> pd.Timestamp:
        """The last session: the as-of of every figure computed from these bars."""
        return self.sessions[-1]

    @cached_property
    def has_price(self) -> bool:
        """True unless there are only adjusted closes."""
        return not np.isnan(float(self.bars["close"].to_numpy()[-1]))

    @cached_property
    def has_ohlc(self) -> bool:
        """True where open, high and low are known."""
        return not np.isnan(float(self.bars["open"].to_numpy()[-1]))

    @cached_property
    def bases(self) -> tuple[Basis, ...]:
        """The bases these bars can give: an index has no dividends, some files no raw closes."""
        if not self.has_price:
            return (Basis.TOTAL,)
        if is_index(self.symbol):
            return (Basis.PRICE,)
        return (Basis.PRICE, Basis.TOTAL)

    @cached_property
    def version(self) -> str:
        """A short digest of symbol, bars and provenance: equal versions give equal figures."""
        digest = hashlib.blake2b(digest_size=8)
        digest.update(self.symbol.encode())
        digest.update(self.sessions.to_numpy().astype("datetime64[D]").astype("int64").tobytes())
        digest.update(np.ascontiguousarray(self.bars.to_numpy(dtype=float)).tobytes())
        digest.update(repr(self.provenance).encode())
        return digest.hexdigest()

    def _require(self, basis: Basis) -> None:
        if basis in self.bases:
            return
        reason = (
            "an index pays no dividends"
            if is_index(self.symbol)
            else "its file has only adjusted closes"
        )
        raise BasisUnavailable(self.symbol, basis, self.bases, reason)

    def close(self, basis: Basis) -> pd.Series:
        """Return the closes on a basis.

        On the total basis the last close equals the raw close, and earlier ones are
        lowered by every dividend since (`total_return_factor`); a file's own adjusted
        closes are used only where it has nothing else.

        Raises
        ------
        BasisUnavailable
            If the bars cannot give that basis.
        """
        self._require(basis)
        if basis not in self._closes:
            self._closes[basis] = self._close(basis)
        return self._closes[basis]

    @cached_property
    def _closes(self) -> dict[Basis, pd.Series]:
        return {}

    def _close(self, basis: Basis) -> pd.Series:
        if not self.has_price:
            return self.bars["adj_close"].rename("close")
        close = self.bars["close"]
        if basis is Basis.PRICE:
            return close
        return (close * total_return_factor(close, self.bars["dividend"])).rename("close")

    def ohlcv(self, basis: Basis) -> pd.DataFrame:
        """Return open, high, low, close on a basis, and volume as it is.

        Raises
        ------
        BasisUnavailable
            If the bars cannot give that basis.
        InsufficientHistory
            If the bars have no open, high and low.
        """
        self._require(basis)
        if not self.has_ohlc:
            raise InsufficientHistory(
                f"{self.symbol}: a candle", 1, 0, "sessions with high and low"
            )
        prices = self.bars[_PRICES]
        if basis is Basis.TOTAL:
            factor = total_return_factor(self.bars["close"], self.bars["dividend"])
            prices = prices.mul(factor, axis=0)
        return prices.assign(volume=self.bars["volume"])

    def as_of(self, day: date | None) -> PriceHistory:
        """Return the history as if bars after ``day`` did not exist.

        A day that is no session moves to the last session before it.

        Raises
        ------
        OutOfRange
            If there is no session on or before ``day``.
        """
        if day is None or pd.Timestamp(day) >= self.last_session:
            return self
        bars = self.bars.loc[: pd.Timestamp(day)]
        if bars.empty:
            raise OutOfRange(self.symbol, day, self.first_session.date(), self.last_session.date())
        incomplete = self.provenance.incomplete_from
        if incomplete is not None and pd.Timestamp(incomplete) > bars.index[-1]:
            incomplete = None
        provenance = replace(
            self.provenance, provisional=False, stale_because=None, incomplete_from=incomplete
        )
        return PriceHistory(self.symbol, bars, provenance)


@dataclass(frozen=True, eq=False)
class PricePair:
    """A fund and the benchmark it is held against, ending on one session.

    Each leg keeps its own whole history; what compares them uses the sessions that
    both have.

    Parameters
    ----------
    fund, benchmark
        Both truncated to `as_of`.
    dropped
        Number of sessions, within the span that both cover, which only the fund and
        only the benchmark have.
    cut
        Sentences about bars left out so that both legs end on one session.
    """

    fund: PriceHistory
    benchmark: PriceHistory
    dropped: tuple[int, int]
    cut: tuple[str, ...] = ()

    @classmethod
    def align(
        cls, fund: PriceHistory, benchmark: PriceHistory, as_of: date | None = None
    ) -> PricePair:
        """Truncate both legs to ``as_of``, then to the last session that both have.

        Raises
        ------
        OutOfRange
            If a leg has no session by then, or the two have none in common.
        SchemaError
            If one leg is simulated and the other real, or both are the same symbol.
        """
        if fund.symbol == benchmark.symbol:
            raise SchemaError(
                fund.symbol,
                "a fund cannot be compared with itself",
                "Choose another fund or another benchmark",
            )
        if fund.provenance.simulated != benchmark.provenance.simulated:
            raise SchemaError(
                f"{fund.symbol} and {benchmark.symbol}",
                "simulated bars cannot be compared with real ones",
                "Load real prices of both",
            )
        legs = (fund.as_of(as_of), benchmark.as_of(as_of))
        common = legs[0].sessions.intersection(legs[1].sessions)
        if common.empty:
            raise OutOfRange(
                f"{fund.symbol} against {benchmark.symbol}",
                as_of or legs[0].last_session.date(),
                None,
                None,
                remedy="Load prices of both over the same years",
            )
        last = common[-1]
        cut = tuple(
            f"{leg.symbol} has bars up to {leg.last_session:%Y-%m-%d}; both are shown as of "
            f"{last:%Y-%m-%d}, the last session that {fund.symbol} and {benchmark.symbol} share."
            for leg in legs
            if leg.last_session > last
        )
        first = common[0]
        aligned = tuple(leg.as_of(last.date()) for leg in legs)
        inside = [leg.sessions[leg.sessions >= first] for leg in aligned]
        dropped = (len(inside[0].difference(common)), len(inside[1].difference(common)))
        return cls(aligned[0], aligned[1], dropped, cut)

    @property
    def as_of(self) -> pd.Timestamp:
        """The last session of both legs."""
        return self.fund.last_session

    @property
    def simulated(self) -> bool:
        """True for the bundled demo."""
        return self.fund.provenance.simulated

    @property
    def legs(self) -> tuple[PriceHistory, PriceHistory]:
        """The fund, then the benchmark."""
        return (self.fund, self.benchmark)

    @cached_property
    def bases(self) -> tuple[Basis, ...]:
        """The bases that both legs can give; may be empty."""
        return tuple(b for b in self.fund.bases if b in self.benchmark.bases)

    @cached_property
    def sessions(self) -> pd.DatetimeIndex:
        """The sessions that both legs have."""
        common = self.fund.sessions.intersection(self.benchmark.sessions)
        assert isinstance(common, pd.DatetimeIndex)
        return common

    @cached_property
    def version(self) -> str:
        """A digest of both legs' versions, and of what was cut off them."""
        version = f"{self.fund.version}-{self.benchmark.version}"
        if not self.cut:
            return version
        return f"{version}-{hashlib.blake2b(repr(self.cut).encode(), digest_size=4).hexdigest()}"

    def closes(self, basis: Basis) -> pd.DataFrame:
        """Return the closes of both legs on their common sessions, columns ``fund, benchmark``.

        Raises
        ------
        BasisUnavailable
            If a leg cannot give that basis.
        """
        if basis not in self._closes:
            both = {"fund": self.fund.close(basis), "benchmark": self.benchmark.close(basis)}
            self._closes[basis] = pd.concat(both, axis=1, join="inner", sort=False)
        return self._closes[basis]

    @cached_property
    def _closes(self) -> dict[Basis, pd.DataFrame]:
        return {}


def adjustment_differences(history: PriceHistory, tolerance: float = 1e-4) -> pd.Series:
    """Return the sessions on which a vendor's adjusted close disagrees with the dividends.

    Adjusted closes are restated at every dividend, so that levels cannot be compared:
    the daily returns are.

    Returns
    -------
    Series
        The vendor's daily return less the one computed from dividends (a fraction), on the
        sessions where they differ by more than ``tolerance``; empty where the file has no
        adjusted closes or nothing else.
    """
    theirs = history.bars["adj_close"]
    if Basis.TOTAL not in history.bases or not history.has_price or theirs.isna().all():
        return pd.Series(dtype=float, name="difference")
    ours = history.close(Basis.TOTAL).pct_change()
    difference = (theirs.pct_change(fill_method=None) - ours).rename("difference")
    return difference[difference.abs() > tolerance]


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
