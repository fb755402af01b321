"""What a study is computed from, and what a reader must know of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import annualised_return, ratio, return_since, sessions_of
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis, PricePair

# Below this number of cases every case is listed, shares are counts, and no band is drawn.
FEW_CASES: Final = 8

VIX: Final = "^VIX"


class CaseFigures:
    """What the figures of a number of cases share.

    Attributes
    ----------
    n
        Number of cases.
    """

    __slots__ = ()

    n: int

    @property
    def is_few(self) -> bool:
        """True where there are so few that a share is written as a count."""
        return self.n < FEW_CASES


class ReturnFigures(CaseFigures):
    """What the figures of the returns of a number of cases share.

    Attributes
    ----------
    up_count
        How many returns are above 0.
    """

    __slots__ = ()

    up_count: int

    @property
    def share_up(self) -> float:
        """The share above 0, a fraction; NaN without cases."""
        return self.up_count / self.n if self.n else float("nan")


@dataclass(frozen=True, slots=True)
class DividendEffect:
    """What dividends do to the difference of two legs over their common sessions.

    Attributes
    ----------
    fund, benchmark
        Symbols; the funds that track them, of indices.
    first_session
        The first session that both have with dividends.
    price, total
        The fund's annualised return less the benchmark's, without and with dividends; fractions.
    """

    fund: str
    benchmark: str
    first_session: pd.Timestamp
    price: float
    total: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What the figures of a study rest on.

    Parameters
    ----------
    fund, benchmark
        Symbols.
    basis
        Of all returns.
    first
        The first session of the fund: the limit of "ever".
    as_of
        The last session; nothing later was used.
    sessions
        Number of the fund's sessions.
    symbols_without_dividends
        The symbols whose returns leave dividends out.
    """

    fund: str
    benchmark: str
    basis: Basis
    first: pd.Timestamp
    as_of: pd.Timestamp
    sessions: int
    symbols_without_dividends: tuple[str, ...]


@dataclass(frozen=True)
class StudyData:
    """Closes, events and further series up to the as-of.

    Parameters
    ----------
    fund, benchmark
        Closes of each leg on its own sessions.
    closes
        Columns ``fund, benchmark`` on their common sessions.
    catalogue
        The events that were known on the as-of; None where a study needs none.
    others
        Closes of further symbols up to the as-of, by symbol.
    """

    sample: Sample
    fund: pd.Series
    benchmark: pd.Series
    closes: pd.DataFrame
    catalogue: Catalogue | None = None
    others: Mapping[str, pd.Series] = field(default_factory=dict)

    @property
    def sessions(self) -> pd.DatetimeIndex:
        """The fund's own sessions."""
        return sessions_of(self.fund)

    @property
    def ratio(self) -> pd.Series:
        """The fund over the benchmark, on their common sessions."""
        return ratio(self.closes)


def window_returns(closes: pd.DataFrame, ends: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the returns of windows from each session but the last, those that are over.

    Parameters
    ----------
    closes
        Columns ``fund, benchmark``, shape (n, 2).
    ends
        The day on which each window ends, shape (n - 1,): its last session on or before it counts.

    Returns
    -------
    DataFrame
        Columns ``fund, excess``, fractions; NaN where a close is missing.
    """
    index = sessions_of(closes)
    over = np.flatnonzero(ends <= index[-1])
    stops = index.searchsorted(ends[over], side="right") - 1
    prices = closes.to_numpy(dtype=float)
    fund, benchmark = (prices[stops] / prices[over] - 1.0).T
    return pd.DataFrame({"fund": fund, "excess": fund - benchmark})


def dividend_effect(pair: PricePair) -> DividendEffect | None:
    """Return what dividends do to the difference of a pair.

    Returns
    -------
    DividendEffect or None
        None where a leg lacks a basis, or where the common history is not longer than a year.
    """
    if not {Basis.PRICE, Basis.TOTAL} <= set(pair.bases) or pair.fund is pair.benchmark:
        return None
    total = pair.closes(Basis.TOTAL)
    sessions = sessions_of(total)
    if sessions.empty:
        return None
    differences = []
    for closes in (pair.closes(Basis.PRICE).reindex(sessions), total):
        legs = [
            annualised_return(return_since(closes[leg], sessions[0]), sessions[0], sessions[-1])
            for leg in ("fund", "benchmark")
        ]
        differences.append(legs[0] - legs[1])
    if math.isnan(differences[0]):
        return None
    return DividendEffect(pair.fund.symbol, pair.benchmark.symbol, sessions[0], *differences)


def study_data(
    pair: PricePair,
    basis: Basis,
    catalogue: Catalogue | None = None,
    others: Mapping[str, pd.Series] | None = None,
) -> StudyData:
    """Return what studies are computed from.

    Parameters
    ----------
    pair
        Cut off at the as-of.
    catalogue
        Of any day: events that were not known on the as-of are left out.
    others
        Closes of further symbols, by symbol: those after the as-of are left out.

    Raises
    ------
    BasisUnavailable
        If a leg cannot give the basis.
    """
    fund, benchmark = (leg.close(basis) for leg in pair.legs)
    sessions = sessions_of(fund)
    symbols = tuple(dict.fromkeys(leg.symbol for leg in pair.legs))
    sample = Sample(
        fund=pair.fund.symbol,
        benchmark=pair.benchmark.symbol,
        basis=basis,
        first=sessions[0],
        as_of=pair.as_of,
        sessions=len(sessions),
        symbols_without_dividends=symbols if basis is Basis.PRICE else (),
    )
    return StudyData(
        sample,
        fund,
        benchmark,
        pair.closes(basis),
        None if catalogue is None else catalogue.up_to(pair.as_of),
        {symbol: close.loc[: pair.as_of] for symbol, close in (others or {}).items()},
    )
