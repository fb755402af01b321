"""What a study is computed from, and what a reader must know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from rut_dash.analysis.returns import ratio, sessions_of
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis, PricePair

# Below this number of cases every case is listed, shares are counts, and no band is drawn.
FEW_CASES: Final = 8

VIX: Final = "^VIX"


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
    without_dividends
        The symbols whose returns leave dividends out.
    """

    fund: str
    benchmark: str
    basis: Basis
    first: pd.Timestamp
    as_of: pd.Timestamp
    sessions: int
    without_dividends: tuple[str, ...]


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
        without_dividends=symbols if basis is Basis.PRICE else (),
    )
    return StudyData(
        sample,
        fund,
        benchmark,
        pair.closes(basis),
        None if catalogue is None else catalogue.up_to(pair.as_of),
        {symbol: close.loc[: pair.as_of] for symbol, close in (others or {}).items()},
    )
