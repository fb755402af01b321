"""The queue of refreshes: every request to a source goes through it, whoever asks.

A symbol is fetched once at a time, and all who ask for it meanwhile share the result. A forced
refresh shares only a forced one: where an unforced one is in flight it is repeated with force.
Callers wait for a limited time. What is needed behind a page is fetched one symbol after the
other, since sources limit the rate of requests.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from rut_dash.errors import RutDashError, SilentForOther, SourceSilent, WaitEnded
from rut_dash.market.fetcher import Fetcher, Outcome, unexpected_error

# Fetches at the same time; more wait for one of these to end.
_MAX_WORKERS: Final = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of the refreshes behind the page.

    Parameters
    ----------
    active
        True while prices are being fetched.
    forced
        The symbols still to be fetched by a reader's request.
    outcomes
        By symbol, the result of the last refresh that a reader requested.
    problems
        By symbol, the error of the last try that this process made or read of.
    """

    active: bool
    done: int
    total: int
    current: str | None
    forced: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    problems: Mapping[str, RutDashError]


@dataclass(eq=False, slots=True)
class _Job:
    """One fetch in flight."""

    symbol: str
    force: bool
    is_running: bool = False
    future: Future[Outcome] = field(default_factory=Future)


class _Silence(NamedTuple):
    """A source did not answer when asked for this symbol, at a time of the monotonic clock."""

    symbol: str
    at: float


class RefreshQueue:
    """Runs fetches in a few threads, at most one for a symbol; safe to share between threads.

    Its threads are daemons: a process that ends does not wait for a source.

    Parameters
    ----------
    patience
        How long a caller waits, in seconds.
    check_every
        How often a symbol is checked behind the page, in seconds.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        patience: float,
        check_every: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._patience = patience
        self._check_every = check_every
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._in_flight: dict[str, _Job] = {}
        self._ready: deque[_Job] = deque()
        self._workers = 0
        self._silence: _Silence | None = None
        self._problems: dict[str, RutDashError] = {}
        # Every finished fetch has a number, by which a caller knows those since its request.
        self._number = 0
        self._finished: dict[str, tuple[int, Outcome]] = {}
        # Behind the page: symbols to check, and the requests of readers with their number.
        self._background: dict[str, int | None] = {}
        self._is_dispatching = False
        self._current: str | None = None
        self._is_current_forced = False
        self._done = self._total = 0
        self._checked_at: dict[str, float] = {}
        self._forced_outcomes: dict[str, Outcome] = {}

    # -- callers who wait -------------------------------------------------------------------

    def run(self, symbol: str, *, force: bool = False, timeout: float | None = None) -> Outcome:
        """Fetch a symbol, or share the fetch in flight; wait for the result.

        Parameters
        ----------
        force
            Ask the source although nothing is due. The source's rate limit holds all the same.
        timeout
            How long to wait, in seconds; the patience where None.

        Returns
        -------
        Outcome
            Failed at once where a caller has just waited in vain for another symbol: nobody
            waits for a silent source once for every symbol.
        """
        with self._guard:
            number = self._number
        return self._run(symbol, force, self._patience if timeout is None else timeout, number)

    def _run(self, symbol: str, force: bool, timeout: float, number: int) -> Outcome:
        """Return the outcome for a caller who asked when ``number`` fetches had finished."""
        silence = self._silence
        if (
            silence is not None
            and silence.symbol != symbol
            and self._monotonic() - silence.at <= self._patience
            and (force or self._fetcher.needs_fetch(symbol))
        ):
            error = SilentForOther(symbol, self._fetcher.source_name, other=silence.symbol)
            return Outcome(symbol, "failed", error=error)
        return self._wait(symbol, force, timeout, number)

    def _wait(self, symbol: str, force: bool, timeout: float, number: int) -> Outcome:
        """Return the outcome of a symbol's job, or the failure of a wait that was too long."""
        ends = self._monotonic() + timeout
        while True:
            with self._guard:
                earlier = self._finished.get(symbol)
                job = self._join(symbol, force)
            try:
                outcome = job.future.result(max(0.0, ends - self._monotonic()))
            except TimeoutError:
                self._silence = _Silence(symbol, self._monotonic())
                error = WaitEnded(symbol, self._fetcher.source_name, seconds=self._patience)
                return Outcome(symbol, "failed", error=error)
            if job.force or not force:
                break
        if force and earlier is not None and earlier[0] > number:
            return outcome.including(earlier[1])
        return outcome

    def _join(self, symbol: str, force: bool) -> _Job:
        """Return the job of a symbol, a new one where none is in flight; the guard is held."""
        job = self._in_flight.get(symbol)
        if job is None:
            if self._workers < _MAX_WORKERS:
                # It waits for the guard; if no thread can be started nothing is left behind.
                threading.Thread(target=self._work, name="fetch", daemon=True).start()
                self._workers += 1
            job = self._in_flight[symbol] = _Job(symbol, force)
            self._ready.append(job)
        elif not job.is_running:
            job.force = job.force or force
        return job

    def _work(self) -> None:
        """Run jobs until none is ready."""
        while True:
            with self._guard:
                if not self._ready:
                    self._workers -= 1
                    return
                job = self._ready.popleft()
                job.is_running = True
            try:
                outcome = self._fetcher.fetch(job.symbol, force=job.force)
            except BaseException as error:  # whatever it is, others wait for the outcome
                problem = unexpected_error(job.symbol, error)
                outcome = Outcome(job.symbol, "failed", error=problem)
            with self._guard:
                del self._in_flight[job.symbol]
                self._number += 1
                self._finished[job.symbol] = (self._number, outcome)
                self._note(job.symbol, outcome.error)
                if outcome.error is None:
                    self._silence = None
                elif isinstance(outcome.error, SourceSilent):
                    self._silence = _Silence(job.symbol, self._monotonic())
            job.future.set_result(outcome)

    def _note(self, symbol: str, error: RutDashError | None) -> None:
        """Remember the error of a symbol's last try; the guard is held."""
        if error is None:
            self._problems.pop(symbol, None)
        else:
            self._problems[symbol] = error

    # -- behind the page ----------------------------------------------------------------------

    def add(self, symbols: Iterable[str], *, force: bool = False, is_quick: bool = False) -> None:
        """Add symbols to those that are fetched behind the page; return at once.

        Parameters
        ----------
        symbols
            Those that may be due.
        force
            Fetch them although nothing is due, as a reader requested.
        is_quick
            True if it takes no network to find out whether a symbol is due. This call finds it
            out then, and a page says that prices are fetched only where they are.
        """
        with self._guard:
            fresh = [s for s in dict.fromkeys(symbols) if force or self._is_check_due(s)]
            # The first check builds the calendar, for which no page waits.
            is_quick = is_quick and not force and bool(self._checked_at)
            if is_quick:
                self._checked_at.update(dict.fromkeys(fresh, self._monotonic()))
        if is_quick:
            fresh = [symbol for symbol in fresh if self._is_due(symbol)]
        with self._guard:
            if not self._is_dispatching:
                self._done = self._total = 0
            if force and self._is_current_forced:
                fresh = [symbol for symbol in fresh if symbol != self._current]
            for symbol in fresh:
                self._total += symbol not in self._background
                number = self._background.get(symbol)
                self._background[symbol] = self._number if force and number is None else number
            if self._background and not self._is_dispatching:
                threading.Thread(target=self._dispatch, name="refresh", daemon=True).start()
                self._is_dispatching = True

    def progress(self) -> Progress:
        """Return the state of the refreshes behind the page."""
        with self._guard:
            forced = [symbol for symbol, number in self._background.items() if number is not None]
            if self._current is not None and self._is_current_forced:
                forced.insert(0, self._current)
            return Progress(
                self._is_dispatching,
                self._done,
                self._total,
                self._current,
                tuple(dict.fromkeys(forced)),
                MappingProxyType(dict(self._forced_outcomes)),
                MappingProxyType(dict(self._problems)),
            )

    def problem(self, symbol: str) -> RutDashError | None:
        """Return the error of the last try that this process made or read of."""
        with self._guard:
            return self._problems.get(symbol)

    def _is_check_due(self, symbol: str) -> bool:
        """Return True if a symbol has not been checked for a while; the guard is held."""
        if symbol in self._background or symbol == self._current:
            return False
        checked_at = self._checked_at.get(symbol, float("-inf"))
        return self._monotonic() - checked_at >= self._check_every

    def _is_due(self, symbol: str) -> bool:
        """Return True if a symbol is due; where it is not, note another process's failure."""
        if self._fetcher.is_due(symbol):
            return True
        error = self._fetcher.stored_error(symbol)
        with self._guard:
            self._note(symbol, error)
        return False

    def _dispatch(self) -> None:
        """Fetch the symbols behind the page, one after the other."""
        while True:
            with self._guard:
                if not self._background:
                    self._is_dispatching = False
                    return
                symbol = self._current = next(iter(self._background))
                number = self._background.pop(symbol)
                self._is_current_forced = number is not None
            outcome: Outcome | None = None
            try:
                if number is not None:
                    outcome = self._run(symbol, True, self._patience, number)
                elif self._is_due(symbol):
                    self._wait(symbol, False, self._patience, 0)
            except Exception as error:
                outcome = Outcome(symbol, "failed", error=unexpected_error(symbol, error))
            with self._guard:
                if outcome is not None:  # of a forced refresh, or of one that broke
                    self._forced_outcomes[symbol] = outcome
                    self._note(symbol, outcome.error)
                self._checked_at[symbol] = self._monotonic()
                self._done += 1
                self._current, self._is_current_forced = None, False
