"""What stored bars lack, and when a source is asked for it: pure functions of status and time.

The schedule of tries is part of the stored status, so that every process keeps it: a pause
doubles with each try up to its longest, and jitter keeps processes from asking in step.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import pandas as pd

from rut_dash.market import calendar
from rut_dash.market.history import PriceHistory
from rut_dash.market.problems import Problem, Staleness
from rut_dash.market.sources.base import FINAL_AFTER
from rut_dash.market.status import Status

# First and longest pause after an answer of each kind.
_RATE_LIMIT_PAUSE: Final = (timedelta(minutes=15), timedelta(hours=6))
_FAILURE_PAUSE: Final = (timedelta(minutes=1), timedelta(hours=1))
_UNKNOWN_PAUSE: Final = (timedelta(hours=1), timedelta(hours=24))
_EMPTY_POLL_PAUSE: Final = (timedelta(minutes=10), timedelta(hours=24))
_JITTER: Final = 0.25
_LONGEST_PAUSE: Final = timedelta(hours=24)


class Gap(StrEnum):
    """What a history lacks that a source may have, the most pressing first."""

    BARS = "bars"
    LAST_SESSION = "last_session"
    FINAL_BAR = "final_bar"
    DIVIDENDS = "dividends"
    SESSIONS = "sessions"


def last_final_session(now: datetime) -> pd.Timestamp:
    """Return the last session whose bar is final at a time."""
    return calendar.last_closed_session(now - FINAL_AFTER)


def find_gap(history: PriceHistory | None, last_final: pd.Timestamp) -> Gap | None:
    """Return what a history lacks that a source may have; None where it lacks nothing.

    Parameters
    ----------
    history
        The bars; None where there are none.
    last_final
        The last session whose bar is final.
    """
    if history is None:
        return Gap.BARS
    if history.last_session < last_final:
        return Gap.LAST_SESSION
    provenance = history.provenance
    if provenance.provisional and history.last_session == last_final:
        return Gap.FINAL_BAR
    if history.has_unknown_actions or not history.has_price:
        return Gap.DIVIDENDS
    if not calendar.missing_sessions(history.sessions).empty:
        return Gap.SESSIONS
    return None


def has_gap_before(history: PriceHistory, start: date) -> bool:
    """Return True if a session before ``start`` has no bar."""
    missing = calendar.missing_sessions(history.sessions)
    return bool((missing < pd.Timestamp(start)).any())


def unanswered_gap(history: PriceHistory | None, status: Status, now: datetime) -> Gap | None:
    """Return what a source should be asked for; None where nothing lacks or it just answered.

    After a failed try the gap is returned all the same: a caller who waits may be luckier.
    """
    last_final = last_final_session(now)
    gap = find_gap(history, last_final)
    answered = status.problem is None and status.expected_session == last_final.date()
    if history is not None and answered and is_retry_pending(status, now):
        return None
    return gap


def is_retry_pending(status: Status, now: datetime) -> bool:
    """Return True if the next try of a status is still to come."""
    return _upcoming(status.retry_at, now) is not None


def rate_limit_end(limit: Status, now: datetime) -> datetime | None:
    """Return until when a source must not be asked; None where it may be.

    Parameters
    ----------
    limit
        The status of the source itself: its rate limit holds for every symbol.
    """
    return _upcoming(limit.rate_limited_until, now, _RATE_LIMIT_PAUSE[1])


def with_rate_limit(status: Status, limit: Status, last_final: pd.Timestamp) -> Status:
    """Return the status of a symbol whose source must not be asked."""
    return replace(
        status,
        problem=limit.problem,
        retry_at=limit.rate_limited_until,
        rate_limited_until=limit.rate_limited_until,
        expected_session=last_final.date(),
    )


def fetched_status(attempt: Status, source: str, gap: Gap | None, added: int) -> Status:
    """Return the status after an answer.

    Parameters
    ----------
    attempt
        The status when the source was asked.
    gap
        What the bars still lack.
    added
        Sessions that the answer added.
    """
    assert attempt.tried_at is not None
    empty_polls, retry_at = 0, None
    if gap is not None:
        empty_polls = 1 if added else attempt.empty_polls + 1
        retry_at = attempt.tried_at + _pause(_EMPTY_POLL_PAUSE, empty_polls)
    return replace(
        attempt,
        fetched_at=attempt.tried_at,
        source=source,
        problem=None,
        failures=0,
        empty_polls=empty_polls,
        retry_at=retry_at,
        rate_limited_until=None,
    )


def failed_status(attempt: Status, problem: Problem, limited_until: datetime | None) -> Status:
    """Return the status after a failure.

    Parameters
    ----------
    attempt
        The status when the source was asked.
    limited_until
        The end of the source's rate limit; None where there is none.
    """
    assert attempt.tried_at is not None
    failures = attempt.failures + 1
    pause = _UNKNOWN_PAUSE if problem.is_unknown_symbol else _FAILURE_PAUSE
    return replace(
        attempt,
        problem=problem,
        failures=failures,
        retry_at=limited_until or attempt.tried_at + _pause(pause, failures),
        rate_limited_until=limited_until,
    )


def rate_limited_status(
    limit: Status, problem: Problem, asked_at: datetime, now: datetime
) -> Status:
    """Return the status of a source that has just refused a request for its rate.

    Parameters
    ----------
    limit
        The source's status before.
    asked_at
        When the refused request began: one that began before the last refusal belongs to the
        same incident and does not lengthen the pause.
    """
    same_incident = limit.tried_at is not None and limit.tried_at >= asked_at
    failures = max(1, limit.failures + (not same_incident))
    until = now + _pause(_RATE_LIMIT_PAUSE, failures)
    return replace(
        limit,
        attempts=limit.attempts + 1,
        tried_at=now,
        problem=problem,
        failures=failures,
        retry_at=until,
        rate_limited_until=until,
    )


def staleness_of(history: PriceHistory, status: Status) -> Staleness | None:
    """Return why newer bars are not stored; None where the last try went well or lacks none."""
    if status.problem is None or status.expected_session is None:
        return None
    last = history.last_session.date()
    is_final = not history.provenance.provisional
    if last > status.expected_session or (last == status.expected_session and is_final):
        return None
    return Staleness(status.problem, status.retry_at)


def with_staleness(history: PriceHistory, stale_because: Staleness) -> PriceHistory:
    """Return bars with the reason why newer ones are not stored."""
    provenance = replace(history.provenance, stale_because=stale_because)
    return PriceHistory(history.symbol, history.bars, provenance)


def _pause(bounds: tuple[timedelta, timedelta], times: int) -> timedelta:
    first, longest = bounds
    doubled: timedelta = first * 2 ** min(times - 1, 16)
    return min(doubled, longest / (1.0 + _JITTER)) * random.uniform(1.0, 1.0 + _JITTER)


def _upcoming(
    moment: datetime | None, now: datetime, longest: timedelta = _LONGEST_PAUSE
) -> datetime | None:
    """Return a time to come; one beyond the longest pause is of a clock that was wrong."""
    return moment if moment is not None and now < moment <= now + longest else None
