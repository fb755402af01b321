"""The state of stored bars: what they lack, what a source may still have, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property

import pandas as pd

from rut_dash.market import calendar
from rut_dash.market.history import PriceHistory, adjustment_differences
from rut_dash.market.store import Status

__all__ = ["Gap", "Health", "find_gap", "has_gap_before", "health_of", "marked"]


class Gap(StrEnum):
    """What bars lack that a source may have, the most pressing first."""

    BARS = "bars"
    LAST_SESSION = "last_session"
    FINAL_BAR = "final_bar"
    DIVIDENDS = "dividends"
    SESSIONS = "sessions"


@dataclass(frozen=True)
class Health:
    """The state of a symbol's stored bars.

    Parameters
    ----------
    symbol
        The symbol.
    source
        Where the bars come from; None where there are none.
    fetched_at
        When a source last gave bars that were kept, or confirmed them.
    first, last
        The first and last session.
    rows
        Number of bars.
    missing
        NYSE sessions between the first and the last that have no bar.
    behind
        Closed NYSE sessions after the last bar; 0 where bars come from a folder.
    problem
        What went wrong last, a clause; None where nothing did.
    retry_at
        When it is tried again.
    incomplete_from
        First session whose dividend or split was blank.
    adjustment_differences
        Sessions, and by how much the vendor's adjusted daily return is off the one computed
        from dividends (a fraction).
    provisional
        True where the last bar is of a session that was still open.
    stale_because
        Why newer bars are not here; None where they are current.
    simulated
        True for the demo.
    notes
        Sentences about the bars.
    """

    symbol: str
    source: str | None = None
    fetched_at: datetime | None = None
    first: date | None = None
    last: date | None = None
    rows: int = 0
    missing: tuple[date, ...] = ()
    behind: int = 0
    problem: str | None = None
    retry_at: datetime | None = None
    incomplete_from: date | None = None
    adjustment_differences: tuple[tuple[date, float], ...] = ()
    provisional: bool = False
    stale_because: str | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """True where there are bars, no session is missing, and the last try went well."""
        return bool(self.rows) and not (self.missing or self.behind or self.problem)

    @cached_property
    def version(self) -> str:
        """A text that differs wherever two states do: what follows from a state may be kept."""
        return repr(self)


def health_of(
    symbol: str, history: PriceHistory | None, status: Status, settled: pd.Timestamp | None
) -> Health:
    """Return the state of a symbol's bars.

    Parameters
    ----------
    symbol, history, status
        The symbol, its bars (None where there are none) and what is known of fetching them.
    settled
        The last session whose bar is final; None where freshness is not judged.
    """
    if history is None:
        return Health(
            symbol, fetched_at=status.fetched_at, problem=status.problem, retry_at=status.retry_at
        )
    provenance = history.provenance
    behind = 0
    if settled is not None and settled > history.last_session:
        behind = len(calendar.sessions(history.last_session + pd.Timedelta(days=1), settled))
    differences = adjustment_differences(history)
    return Health(
        symbol,
        source=provenance.source,
        fetched_at=max(filter(None, (status.fetched_at, provenance.fetched_at)), default=None),
        first=history.first_session.date(),
        last=history.last_session.date(),
        rows=len(history.bars),
        missing=tuple(day.date() for day in calendar.missing_sessions(history.sessions)),
        behind=behind,
        problem=status.problem,
        retry_at=status.retry_at,
        incomplete_from=provenance.incomplete_from,
        adjustment_differences=tuple(
            zip(
                (day.date() for day in pd.DatetimeIndex(differences.index)),
                differences.tolist(),
                strict=True,
            )
        ),
        provisional=provenance.provisional,
        stale_because=provenance.stale_because,
        simulated=provenance.simulated,
        notes=provenance.notes,
    )


def find_gap(history: PriceHistory | None, settled: pd.Timestamp) -> Gap | None:
    """Return what bars lack that a source may have; None where they lack nothing.

    Parameters
    ----------
    history
        The bars; None where there are none.
    settled
        The last session whose bar is final.
    """
    if history is None:
        return Gap.BARS
    if history.last_session < settled:
        return Gap.LAST_SESSION
    provenance = history.provenance
    if provenance.provisional and history.last_session == settled:
        return Gap.FINAL_BAR
    if provenance.incomplete_from is not None or not history.has_price:
        return Gap.DIVIDENDS
    if not calendar.missing_sessions(history.sessions).empty:
        return Gap.SESSIONS
    return None


def has_gap_before(history: PriceHistory, start: date) -> bool:
    """Say whether a session before ``start`` has no bar."""
    missing = calendar.missing_sessions(history.sessions)
    return bool((missing < pd.Timestamp(start)).any())


def marked(history: PriceHistory, status: Status) -> PriceHistory:
    """Return bars with the reason why newer ones are not here, where the last try failed."""
    wanted = status.wanted
    if status.problem is None or wanted is None:
        return history
    last = history.last_session.date()
    if last > wanted or (last == wanted and not history.provenance.provisional):
        return history
    reason = status.problem
    if status.retry_at is not None:
        reason += f"; next try at {status.retry_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    provenance = replace(history.provenance, stale_because=reason)
    return PriceHistory(history.symbol, history.bars, provenance)
