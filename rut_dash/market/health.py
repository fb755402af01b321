"""The state of stored bars: where they come from, what they lack, what went wrong last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

import pandas as pd

from rut_dash.market import calendar
from rut_dash.market.history import PriceHistory, PricePair, Provenance, adjustment_differences
from rut_dash.market.notes import UnavailableSessions
from rut_dash.market.problems import Problem
from rut_dash.market.status import Status


@dataclass(frozen=True, slots=True)
class UnknownActions:
    """The sessions whose dividend, or whose split, is not known: the first, the last, how many."""

    first: date
    last: date
    sessions: int


@dataclass(frozen=True, slots=True)
class SessionCoverage:
    """Which sessions between the first and the last have no bar.

    Parameters
    ----------
    missing
        Sessions without a bar.
    unavailable
        Those that the source lacked when it was asked for them once more.
    """

    first: date
    last: date
    missing: frozenset[date]
    unavailable: frozenset[date]


def coverage_of(history: PriceHistory) -> SessionCoverage:
    """Return which sessions a history lacks."""
    missing = calendar.missing_sessions(history.sessions)
    return SessionCoverage(
        history.first_session.date(),
        history.last_session.date(),
        frozenset(day.date() for day in missing),
        _unavailable_sessions(history.provenance),
    )


def _unavailable_sessions(provenance: Provenance | None) -> frozenset[date]:
    notes = () if provenance is None else provenance.notes
    return frozenset(
        session
        for note in notes
        if isinstance(note, UnavailableSessions)
        for session in note.sessions
    )


def probable_non_sessions(coverages: Iterable[SessionCoverage]) -> frozenset[date]:
    """Return the sessions of the calendar that were probably none.

    At least two symbols lack them, also when their source was asked once more, and none has them.
    """
    coverages = tuple(coverages)
    counts = Counter(day for c in coverages for day in c.unavailable & c.missing)
    return frozenset(
        day
        for day, count in counts.items()
        if count > 1 and all(day in c.missing for c in coverages if c.first <= day <= c.last)
    )


def unexplained_gaps(history: PriceHistory, pair: PricePair) -> tuple[date, ...]:
    """Return the NYSE sessions that a leg of a pair lacks, without those that were probably none.

    Simulated bars have no gaps.
    """
    if history.provenance.simulated:
        return ()
    coverage = coverage_of(history)
    if not coverage.unavailable:
        return tuple(sorted(coverage.missing))
    return tuple(sorted(coverage.missing - probable_non_sessions(map(coverage_of, pair.legs))))


@dataclass(frozen=True)
class Health:
    """The state of a symbol's stored bars.

    Parameters
    ----------
    provenance
        Where the bars come from and what to know of them; None where there are none.
    fetched_at
        When a source last gave or confirmed the bars.
    missing
        NYSE sessions between the first and the last that have no bar.
    behind
        Closed NYSE sessions after the last bar.
    problem
        What went wrong last; None where nothing did.
    adjustment_differences
        Sessions, and by how much the vendor's adjusted daily return is off the one computed
        from dividends (a fraction).
    unknown_dividends, unknown_splits
        The sessions whose dividend or split is not known; None where all are, and for an index.
    total_from
        The session with which the total return begins; None where there is none.
    """

    symbol: str
    provenance: Provenance | None = None
    fetched_at: datetime | None = None
    first: date | None = None
    last: date | None = None
    rows: int = 0
    missing: tuple[date, ...] = ()
    behind: int = 0
    problem: Problem | None = None
    retry_at: datetime | None = None
    adjustment_differences: tuple[tuple[date, float], ...] = ()
    unknown_dividends: UnknownActions | None = None
    unknown_splits: UnknownActions | None = None
    total_from: date | None = None

    @property
    def coverage(self) -> SessionCoverage | None:
        """Which sessions have no bar; None where there are no bars."""
        if self.first is None or self.last is None:
            return None
        unavailable = _unavailable_sessions(self.provenance)
        return SessionCoverage(self.first, self.last, frozenset(self.missing), unavailable)

    @cached_property
    def version(self) -> str:
        """A text that differs wherever two states do, by which results are cached."""
        return repr(self)


def health_of(
    symbol: str, history: PriceHistory | None, status: Status, last_final: pd.Timestamp
) -> Health:
    """Return the state of a symbol's bars.

    Parameters
    ----------
    symbol, history, status
        The symbol, its bars (None where there are none) and what is known of fetching them.
    last_final
        The last session whose bar is final.
    """
    if history is None:
        return Health(
            symbol, fetched_at=status.fetched_at, problem=status.problem, retry_at=status.retry_at
        )
    provenance = history.provenance
    last = history.last_session
    differences = adjustment_differences(history)
    return Health(
        symbol,
        provenance=provenance,
        fetched_at=max(filter(None, (status.fetched_at, provenance.fetched_at)), default=None),
        first=history.first_session.date(),
        last=last.date(),
        rows=len(history.bars),
        missing=tuple(day.date() for day in calendar.missing_sessions(history.sessions)),
        behind=calendar.sessions_between(last, last_final),
        problem=status.problem,
        retry_at=status.retry_at,
        adjustment_differences=tuple(
            zip(
                (day.date() for day in pd.DatetimeIndex(differences.index)),
                differences.tolist(),
                strict=True,
            )
        ),
        unknown_dividends=unknown_actions(history, "dividend"),
        unknown_splits=unknown_actions(history, "split"),
        total_from=None if history.total_from is None else history.total_from.date(),
    )


def unknown_actions(
    history: PriceHistory, column: Literal["dividend", "split"]
) -> UnknownActions | None:
    """Return the sessions whose dividend or split is not known; None where all are."""
    blank = history.sessions[history.bars[column].isna().to_numpy()]
    if blank.empty:
        return None
    return UnknownActions(blank[0].date(), blank[-1].date(), len(blank))
