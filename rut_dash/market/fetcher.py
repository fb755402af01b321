"""One fetch of one symbol: ask the source where that is worthwhile, store what it gives.

A failure leaves the stored bars as they are, with the reason and the next try in the status.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd

from rut_dash.errors import (
    BarsPlace,
    DataUnavailable,
    FetchedElsewhere,
    RateLimited,
    RutDashError,
    SchemaError,
    SourceBars,
    UnexpectedError,
)
from rut_dash.market import merge
from rut_dash.market.freshness import (
    Gap,
    failed_status,
    fetched_status,
    find_gap,
    has_gap_before,
    is_retry_pending,
    last_final_session,
    rate_limit_end,
    rate_limited_status,
    unanswered_gap,
    with_rate_limit,
)
from rut_dash.market.history import PriceHistory
from rut_dash.market.problems import error_of, problem_of
from rut_dash.market.sources.base import PriceSource
from rut_dash.market.status import Status
from rut_dash.market.store_cache import StoreCache

_LOG: Final = logging.getLogger("rut_dash.market")

_RESTATED_COLUMNS: Final = ["open", "high", "low", "close", "volume", "dividend", "split"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a refresh.

    Parameters
    ----------
    status
        "fetched" (a source answered and its bars are stored), "current" (nothing was due),
        "failed", or "rate_limited" (the source must not be asked yet).
    rows_added
        Sessions that were not stored before.
    rows_restated
        Bars of stored sessions whose prices, volume, dividend or split the answer changed.
    error
        Why there are no new bars; None unless it failed or is rate-limited.
    retry_at
        When a try is worthwhile again, timezone-aware; None where none is planned.
    """

    symbol: str
    status: Literal["fetched", "current", "failed", "rate_limited"]
    rows_added: int = 0
    rows_restated: int = 0
    error: RutDashError | None = None
    retry_at: datetime | None = None

    def including(self, earlier: Outcome) -> Outcome:
        """Return this outcome with the rows that an earlier fetch brought for the same caller."""
        if self.status != "fetched" or earlier.status != "fetched":
            return self
        return replace(
            self,
            rows_added=self.rows_added + earlier.rows_added,
            rows_restated=self.rows_restated + earlier.rows_restated,
        )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Bars that may be stored, how they were asked for, and how many rows came."""

    history: PriceHistory
    mode: Literal["whole", "update"]
    rows: int


class Fetcher:
    """Fetches symbols from one source into a store; knows what was tried before.

    Parameters
    ----------
    source
        The source; None where none is asked (offline).
    check
        Returns a history that may be stored, or raises SchemaError; takes the history and where
        it comes from, for its error.
    clock
        Returns the time, timezone-aware.
    """

    def __init__(
        self,
        source: PriceSource | None,
        cache: StoreCache,
        check: Callable[[PriceHistory, BarsPlace], PriceHistory],
        clock: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._cache = cache
        self._check = check
        self._clock = clock

    # -- status -------------------------------------------------------------------------------

    def own_status(self, symbol: str) -> Status:
        """Return the status of a symbol, without what another source's tries left there."""
        status = self._cache.status(symbol)
        if self._source is None or status.tried_source in (None, self._source.name):
            return status
        return Status(attempts=status.attempts, fetched_at=status.fetched_at, source=status.source)

    def effective_status(self, symbol: str) -> Status:
        """Return the status of a symbol, the rate limit of its source included."""
        status = self.own_status(symbol)
        if self.rate_limited_until() is None or not self.needs_fetch(symbol):
            return status
        return with_rate_limit(status, self._limit(), last_final_session(self._clock()))

    def rate_limited_until(self) -> datetime | None:
        """Return until when the source must not be asked; None where it may be."""
        return None if self._source is None else rate_limit_end(self._limit(), self._clock())

    def stored_error(self, symbol: str) -> RutDashError | None:
        """Return the error of the last try, of this process or of another."""
        return self._error_from_status(symbol, self.effective_status(symbol))

    def needs_fetch(self, symbol: str) -> bool:
        """Return True if a caller who waits should have the source asked."""
        if self._cache.is_unsaved(symbol):
            return True
        history, status = self._cache.read(symbol), self.own_status(symbol)
        return unanswered_gap(history, status, self._clock()) is not None

    def is_due(self, symbol: str) -> bool:
        """Return True if a refresh behind the page is worthwhile now."""
        if self._source is None or self.rate_limited_until() is not None:
            return False
        status = self.own_status(symbol)
        if status.problem is not None and is_retry_pending(status, self._clock()):
            return False
        return self.needs_fetch(symbol)

    @property
    def source_name(self) -> str:
        """The source in words."""
        assert self._source is not None
        return self._source.name

    # -- one fetch ----------------------------------------------------------------------------

    def fetch(self, symbol: str, *, force: bool) -> Outcome:
        """Ask the source for a symbol where it is due, or whatever is due with ``force``.

        The store's lock excludes other processes, and the status is read again under it. Where
        another process failed in the meantime, its error is the result; where it succeeded, its
        bars are, unless ``force`` is true.
        """
        attempts = self._cache.status(symbol).attempts
        try:
            with self._cache.lock(symbol):
                self._cache.quarantine(symbol)
                for key in (symbol, self._limit_key):
                    self._cache.flush(key)
                status = self.own_status(symbol)
                history = self._cache.read(symbol)
                if status.attempts != attempts:
                    error = self._error_from_status(symbol, status)
                    if error is not None:
                        return Outcome(symbol, "failed", error=error, retry_at=status.retry_at)
                    if history is not None and not force:
                        return Outcome(symbol, "current", retry_at=status.retry_at)
                return self._fetch_if_due(symbol, history, status, force)
        except TimeoutError:
            error = FetchedElsewhere(symbol, self.source_name)
            return Outcome(symbol, "failed", error=error)

    def _fetch_if_due(
        self, symbol: str, stored: PriceHistory | None, status: Status, force: bool
    ) -> Outcome:
        """Fetch a symbol that is due, unless the source must not be asked; the lock is held."""
        now = self._clock()
        gap = unanswered_gap(stored, status, now)
        if gap is None and not force:
            retry_at = status.retry_at if is_retry_pending(status, now) else None
            return Outcome(symbol, "current", retry_at=retry_at)
        last_final = last_final_session(now)
        if self.rate_limited_until() is not None:
            limited = with_rate_limit(status, self._limit(), last_final)
            error = self._error_from_status(symbol, limited)
            return Outcome(symbol, "rate_limited", error=error, retry_at=limited.retry_at)
        attempt = replace(
            status,
            attempts=status.attempts + 1,
            tried_at=now,
            tried_source=self.source_name,
            expected_session=last_final.date(),
        )
        return self._fetch_and_store(symbol, stored, attempt, gap, last_final)

    def _fetch_and_store(
        self,
        symbol: str,
        stored: PriceHistory | None,
        attempt: Status,
        gap: Gap | None,
        last_final: pd.Timestamp,
    ) -> Outcome:
        """Ask the source, store the answer or the failure, and log one line."""
        start_time = time.monotonic()
        try:
            candidate = self._fetch_candidate(symbol, stored, gap)
            candidate = self._with_unavailable_sessions(stored, candidate, attempt)
            self._cache.put(stored, candidate.history, replaces=candidate.mode == "whole")
        except Exception as error:
            # Whatever it is, it is recorded like any failure: nobody asks again at once.
            if not isinstance(error, DataUnavailable | SchemaError):
                error = unexpected_error(symbol, error)
            outcome = self._record_failure(symbol, attempt, error)
            self._log(symbol, "whole", 0, start_time, problem_of(error).code)
            return outcome
        history = candidate.history
        added, restated = _changed_rows(stored, history)
        status = fetched_status(attempt, self.source_name, find_gap(history, last_final), added)
        self._cache.set_status(symbol, status)
        self._lift_rate_limit(attempt)
        self._log(symbol, candidate.mode, candidate.rows, start_time, "fetched")
        return Outcome(symbol, "fetched", added, restated, retry_at=status.retry_at)

    def _fetch_candidate(
        self, symbol: str, stored: PriceHistory | None, gap: Gap | None
    ) -> _Candidate:
        """Return the source's answer joined with the stored bars.

        Raises
        ------
        DataUnavailable
            If the source could not be had.
        SchemaError
            If its bars are refused.
        """
        assert self._source is not None
        where = SourceBars(symbol, self.source_name)
        start = None if stored is None else merge.overlap_start(stored)
        if stored is not None and start is not None:
            # An update does not reach a gap before its start; the next session fills that one.
            fills_gap = gap in (Gap.SESSIONS, Gap.LAST_SESSION)
            if not (fills_gap and has_gap_before(stored, start)):
                fresh = self._source.fetch(symbol, start)
                continued = merge.continue_history(stored, fresh)
                if continued is not None:
                    return _Candidate(self._check(continued, where), "update", len(fresh.bars))
        fresh = self._check(self._source.fetch(symbol), where)
        history = merge.replace_history(stored, fresh)
        if history is not fresh:
            history = self._check(history, where)
        return _Candidate(history, "whole", len(fresh.bars))

    def _with_unavailable_sessions(
        self, stored: PriceHistory | None, candidate: _Candidate, attempt: Status
    ) -> _Candidate:
        """Return bars with a note on the sessions that were asked for in vain once more."""
        assert attempt.tried_at is not None
        start = None if stored is None else merge.overlap_start(stored)
        since = date.min if candidate.mode == "whole" or start is None else start
        history = merge.with_unavailable_sessions(
            stored, candidate.history, since, attempt.tried_at
        )
        return replace(candidate, history=history)

    def _record_failure(
        self, symbol: str, attempt: Status, error: DataUnavailable | SchemaError
    ) -> Outcome:
        """Store a failure, and return it with the time of the next try."""
        assert attempt.tried_at is not None
        limited_until = None
        if isinstance(error, RateLimited):
            limited_until = self._record_rate_limit(error, attempt.tried_at)
        status = failed_status(attempt, problem_of(error, self.source_name), limited_until)
        self._cache.set_status(symbol, status)
        failure = self._error_from_status(symbol, status)
        assert failure is not None
        failure.__cause__ = error
        return Outcome(symbol, "failed", error=failure, retry_at=status.retry_at)

    # -- the source's rate limit ----------------------------------------------------------------

    def _limit(self) -> Status:
        """Return the status of the source itself: a rate limit holds for every symbol."""
        return self._cache.status(self._limit_key)

    def _record_rate_limit(self, error: RateLimited, asked_at: datetime) -> datetime:
        """Keep every process from asking the source for a while; return until when."""
        key = self._limit_key
        with ExitStack() as stack:
            with suppress(TimeoutError):  # it is recorded without the lock then
                stack.enter_context(self._cache.lock(key))
            self._cache.expire(key)
            until = self.rate_limited_until()
            if until is not None:
                return until  # of several requests in flight the first refusal counts
            limit = rate_limited_status(self._limit(), problem_of(error), asked_at, self._clock())
            self._cache.set_status(key, limit)
            assert limit.rate_limited_until is not None
            return limit.rate_limited_until

    def _lift_rate_limit(self, attempt: Status) -> None:
        """Forget the rate limits before a request that was answered; a later one holds."""
        limit = self._limit()
        assert attempt.tried_at is not None
        if limit.failures and not (limit.tried_at and limit.tried_at >= attempt.tried_at):
            self._cache.set_status(self._limit_key, Status(attempts=limit.attempts + 1))

    # -- helpers --------------------------------------------------------------------------------

    @property
    def _limit_key(self) -> str:
        return f"@{self.source_name}"  # no symbol starts with @

    def _error_from_status(self, symbol: str, status: Status) -> RutDashError | None:
        """Return the error that a status holds; None where the last try went well."""
        if status.problem is None or self._source is None:
            return None
        return error_of(status.problem, symbol, status.retry_at)

    def _log(self, symbol: str, mode: str, rows: int, start_time: float, outcome: str) -> None:
        _LOG.log(
            logging.INFO if outcome == "fetched" else logging.WARNING,
            "fetch symbol=%s source=%r mode=%s rows=%d seconds=%.2f outcome=%s",
            symbol,
            self.source_name,
            mode,
            rows,
            time.monotonic() - start_time,
            outcome,
        )


def _changed_rows(before: PriceHistory | None, after: PriceHistory) -> tuple[int, int]:
    """Return the number of sessions that are new, and of stored ones whose bar is another."""
    if before is None:
        return len(after.bars), 0
    both = before.sessions.intersection(after.sessions)
    old, new = (history.bars.loc[both, _RESTATED_COLUMNS] for history in (before, after))
    same = np.isclose(old.to_numpy(float), new.to_numpy(float), rtol=1e-6, equal_nan=True)
    return len(after.sessions.difference(before.sessions)), int((~same.all(axis=1)).sum())


def unexpected_error(symbol: str, error: BaseException) -> UnexpectedError:
    """Log where the program failed, not what it said, which may hold a URL; return the error."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    kind = type(error).__name__
    _LOG.error("refresh symbol=%s outcome=error error=%s at=%r", symbol, kind, where)
    return UnexpectedError(symbol, exception=kind)
