"""Price histories and pairs of them, with where they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import (
    BasisGap,
    BasisUnavailable,
    Defect,
    MissingColumns,
    OutOfRange,
    SchemaError,
)
from rut_dash.market.actions import total_return_factor
from rut_dash.market.instruments import is_index
from rut_dash.market.notes import DeferredAction, Note, notes_until
from rut_dash.market.problems import Staleness

_PRICES: Final = ["open", "high", "low", "close"]


class Basis(StrEnum):
    """What a return counts: the price alone, or dividends reinvested as well."""

    PRICE = "price"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class LaterSource:
    """Another source of a history's bars, from a session on.

    Parameters
    ----------
    name
        In words.
    since
        The first session that came from it.
    """

    name: str
    since: date


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
        Why newer bars are not here; None where they are current.
    simulated
        True for the bundled demo: never stored, never mixed with real bars.
    provisional
        True where the last bar is of a session that was still open when it was fetched.
    notes
        What a reader should know of the bars.
    later_sources
        The sources that bars were added from, the earliest first.
    file_format
        The key of the file's format; empty where bars come from no file.
    """

    source: str
    fetched_at: datetime | None = None
    stale_because: Staleness | None = None
    simulated: bool = False
    provisional: bool = False
    notes: tuple[Note, ...] = ()
    later_sources: tuple[LaterSource, ...] = ()
    file_format: str = ""

    @property
    def deferred_actions(self) -> tuple[DeferredAction, ...]:
        """Dividends and splits that are counted on another session until their own has a bar."""
        return tuple(note for note in self.notes if isinstance(note, DeferredAction))

    def until(self, last: date) -> Provenance:
        """Return the provenance of the bars up to a session, later ones not existing."""
        return replace(
            self,
            provisional=False,
            stale_because=None,
            notes=notes_until(self.notes, last),
            later_sources=tuple(later for later in self.later_sources if later.since <= last),
        )


@dataclass(frozen=True, eq=False)
class PriceHistory:
    """The daily bars of one symbol, validated, with their provenance.

    Parameters
    ----------
    symbol
        In upper case; ``^`` starts an index.
    bars
        The columns `BAR_COLUMNS` on a tz-naive, sorted, unique session index, as
        `validate_bars` returns them. Prices are split-adjusted and not
        dividend-adjusted. A file that has only adjusted closes leaves ``open`` to
        ``close`` NaN throughout; one without intraday prices leaves ``open`` to
        ``low`` NaN throughout. A single open, high or low is NaN where the source gave none that
        can be right (`BlankedValues`). A dividend or split is 0 where there was none and NaN where
        that is not known. Never forward-filled; treat as read-only.
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
        """True where open, high and low are known, but for single blank ones."""
        return bool(self.bars[["open", "high", "low"]].notna().any().all())

    @cached_property
    def total_from(self) -> pd.Timestamp | None:
        """The first total-return close: of the first session whose dividend is known.

        None where there is no total return: of an index, and where no dividend is known. The
        first session of all where there are only adjusted closes.
        """
        if not self.has_price:
            return self.first_session
        has_dividend = self.bars["dividend"].notna().to_numpy()
        if is_index(self.symbol) or not has_dividend.any():
            return None
        return self.sessions[int(has_dividend.argmax())]

    @cached_property
    def uncounted_dividends(self) -> pd.DatetimeIndex:
        """The sessions whose unknown dividend is counted as none in the total return."""
        if self.total_from is None or not self.has_price:
            return self.sessions[:0]
        blank = self.bars["dividend"].isna().to_numpy()
        return self.sessions[blank & (self.sessions > self.total_from)]

    @cached_property
    def has_unknown_actions(self) -> bool:
        """True where a dividend or split is not known."""
        return bool(np.isnan(self.bars[["dividend", "split"]].to_numpy()).any())

    @cached_property
    def bases(self) -> tuple[Basis, ...]:
        """The bases these bars can give: some have no total return, some no raw closes."""
        if not self.has_price:
            return (Basis.TOTAL,)
        if self.total_from is None:
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
        gap = BasisGap.INDEX if is_index(self.symbol) else BasisGap.NO_DIVIDENDS
        if basis is Basis.PRICE:
            gap = BasisGap.ADJUSTED_ONLY
        raise BasisUnavailable(self.symbol, basis, self.bases, gap)

    def close(self, basis: Basis) -> pd.Series:
        """Return the closes on a basis.

        On the total basis the last close equals the raw close, and earlier ones are
        lowered by every dividend since (`total_return_factor`); they begin with
        `total_from`. A file's own adjusted closes are used only where it has nothing else.

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
        if basis is Basis.PRICE:
            return self.bars["close"]
        bars = self.bars.loc[self.total_from :]
        factor = total_return_factor(bars["close"], bars["dividend"])
        return (bars["close"] * factor).rename("close")

    def ohlcv(self, basis: Basis) -> pd.DataFrame:
        """Return open, high, low, close on a basis, and volume as it is.

        On the sessions of `close` on that basis.

        Raises
        ------
        BasisUnavailable
            If the bars cannot give that basis.
        MissingColumns
            If the bars have no open, high and low.
        """
        self._require(basis)
        if not self.has_ohlc:
            raise MissingColumns(f"{self.symbol}: a candle")
        if basis is Basis.PRICE:
            return self.bars[_PRICES].assign(volume=self.bars["volume"])
        bars = self.bars.loc[self.total_from :]
        factor = total_return_factor(bars["close"], bars["dividend"])
        return bars[_PRICES].mul(factor, axis=0).assign(volume=bars["volume"])

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
        last = pd.Timestamp(bars.index[-1]).date()
        return PriceHistory(self.symbol, bars, self.provenance.until(last))


@dataclass(frozen=True, slots=True)
class OmittedBars:
    """The bars of one leg that a pair leaves out, so that both legs end on one session.

    Parameters
    ----------
    last
        The last session that the leg has.
    """

    symbol: str
    last: date


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
    omitted
        The legs that have bars after `as_of`, which are left out.
    """

    fund: PriceHistory
    benchmark: PriceHistory
    dropped: tuple[int, int]
    omitted: tuple[OmittedBars, ...] = ()

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
            raise SchemaError(fund.symbol, Defect.SAME_SYMBOL)
        if fund.provenance.simulated != benchmark.provenance.simulated:
            raise SchemaError(f"{fund.symbol} and {benchmark.symbol}", Defect.SIMULATED_WITH_REAL)
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
        omitted = tuple(
            OmittedBars(leg.symbol, leg.last_session.date())
            for leg in legs
            if leg.last_session > last
        )
        first = common[0]
        aligned = tuple(leg.as_of(last.date()) for leg in legs)
        covered = [leg.sessions[leg.sessions >= first] for leg in aligned]
        dropped = (len(covered[0].difference(common)), len(covered[1].difference(common)))
        return cls(aligned[0], aligned[1], dropped, omitted)

    @classmethod
    def of_one(cls, history: PriceHistory, as_of: date | None = None) -> PricePair:
        """Return the pair of a history with itself, cut off at ``as_of``: every difference is 0.

        Raises
        ------
        OutOfRange
            If there is no session by then.
        """
        leg = history.as_of(as_of)
        return cls(leg, leg, (0, 0))

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
        """A digest of both legs' versions, and of what was left out of them."""
        version = f"{self.fund.version}-{self.benchmark.version}"
        if not self.omitted:
            return version
        omitted = hashlib.blake2b(repr(self.omitted).encode(), digest_size=4)
        return f"{version}-{omitted.hexdigest()}"

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
    vendor_close = history.bars["adj_close"]
    if Basis.TOTAL not in history.bases or not history.has_price or vendor_close.isna().all():
        return pd.Series(dtype=float, name="difference")
    own_return = history.close(Basis.TOTAL).pct_change()
    difference = (vendor_close.pct_change(fill_method=None) - own_return).rename("difference")
    return difference[difference.abs() > tolerance]
