"""The queue of refreshes: who shares a fetch, who has it repeated, and what ends a wait."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from rut_dash.errors import RutDashError
from rut_dash.market.fetcher import Outcome
from rut_dash.market.refresh import Progress, RefreshQueue
from rut_dash.market_wording import refresh_outcome

LONG = 60.0  # no test waits so long, whatever the machine is busy with


@dataclass
class Clock:
    """A monotonic clock that tests set forward."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeFetcher:
    """Fetches at once, or when ``gate`` is open; records each call as (symbol, force)."""

    rows: Callable[[str, bool], tuple[int, int]] = lambda _symbol, _force: (0, 0)
    error: Callable[[], BaseException] | None = None
    check_error: Exception | None = None
    due: bool = True
    calls: list[tuple[str, bool]] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    running: Counter[str] = field(default_factory=Counter)
    overlaps: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.gate.set()

    def fetch(self, symbol: str, *, force: bool) -> Outcome:
        with self.guard:
            self.calls.append((symbol, force))
            self.running[symbol] += 1
            self.overlaps += self.running[symbol] > 1
        self.started.release()
        self.gate.wait(LONG)
        with self.guard:
            self.running[symbol] -= 1
        if self.error is not None:
            raise self.error()
        added, restated = self.rows(symbol, force)
        return Outcome(symbol, "fetched", added, restated)

    def is_due(self, symbol: str) -> bool:
        self.checks.append(symbol)
        if self.check_error is not None:
            raise self.check_error
        return self.due

    def needs_fetch(self, symbol: str) -> bool:
        return True

    def stored_error(self, symbol: str) -> RutDashError | None:
        return None

    @property
    def source_name(self) -> str:
        return "a vendor"


def queue_of(fetcher: FakeFetcher, clock: Clock | None = None, **options: float) -> RefreshQueue:
    return RefreshQueue(
        fetcher,
        patience=options.get("patience", LONG),
        check_every=options.get("check_every", 0.0),
        **({} if clock is None else {"monotonic": clock}),
    )


def wait_until_idle(queue: RefreshQueue) -> Progress:
    """Return the progress once nothing is fetched behind the page any more."""
    idle = threading.Event()
    for _ in range(int(LONG / 0.01)):
        progress = queue.progress()
        if not progress.active:
            return progress
        idle.wait(0.01)
    raise AssertionError("the queue did not become idle")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as executor:
        yield executor


@pytest.fixture(autouse=True)
def thread_errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Expect that no thread dies of an exception."""
    errors: list[object] = []
    monkeypatch.setattr(threading, "excepthook", errors.append)
    yield errors
    assert errors == []


def test_callers_share_the_fetch_in_flight(pool: ThreadPoolExecutor) -> None:
    fetcher = FakeFetcher(rows=lambda *_: (3, 0))
    fetcher.gate.clear()
    queue = queue_of(fetcher)
    first = pool.submit(queue.run, "IWM")
    fetcher.started.acquire()
    others = [pool.submit(queue.run, "IWM") for _ in range(8)]
    fetcher.gate.set()
    assert {first.result(LONG), *(other.result(LONG) for other in others)} == {
        Outcome("IWM", "fetched", 3)
    }
    assert ("IWM", True) not in fetcher.calls


def forced_while_unforced_in_flight(
    fetcher: FakeFetcher, queue: RefreshQueue, pool: ThreadPoolExecutor, callers: int
) -> tuple[Outcome, list[Outcome]]:
    """Return the unforced outcome and those of forced callers who came while it was fetched."""
    fetcher.gate.clear()
    unforced = pool.submit(queue.run, "IWM")
    fetcher.started.acquire()
    entered = threading.Barrier(callers + 1)

    def force() -> Outcome:
        entered.wait(LONG)
        return queue.run("IWM", force=True)

    forced = [pool.submit(force) for _ in range(callers)]
    entered.wait(LONG)
    fetcher.gate.set()
    return unforced.result(LONG), [future.result(LONG) for future in forced]


@pytest.mark.parametrize("callers", [1, 6])
def test_a_forced_refresh_never_shares_an_unforced_one(
    pool: ThreadPoolExecutor, callers: int
) -> None:
    fetcher = FakeFetcher()
    queue = queue_of(fetcher)
    forced_while_unforced_in_flight(fetcher, queue, pool, callers)
    assert fetcher.calls[0] == ("IWM", False)
    assert 1 <= fetcher.calls.count(("IWM", True)) <= callers
    assert fetcher.overlaps == 0


def test_a_forced_refresh_reports_the_new_bars_of_the_unforced_one_before_it(
    pool: ThreadPoolExecutor,
) -> None:
    fetcher = FakeFetcher(rows=lambda _symbol, force: (0, 2) if force else (5, 1))
    queue = queue_of(fetcher)
    fetcher.gate.clear()
    unforced = pool.submit(queue.run, "IWM")
    fetcher.started.acquire()
    queue.add(["IWM"], force=True)
    fetcher.gate.set()
    assert unforced.result(LONG) == Outcome("IWM", "fetched", 5, 1)
    assert wait_until_idle(queue).outcomes["IWM"] == Outcome("IWM", "fetched", 5, 3)
    # What came before the request is not part of its result.
    assert queue.run("IWM", force=True) == Outcome("IWM", "fetched", 0, 2)


def test_a_request_by_hand_during_a_background_fetch_is_fetched_with_force() -> None:
    fetcher = FakeFetcher(rows=lambda _symbol, force: (0, 0) if force else (5, 0))
    fetcher.gate.clear()
    queue = queue_of(fetcher)
    queue.add(["IWM", "SPY"])
    fetcher.started.acquire()
    queue.add(["IWM"], force=True)
    assert queue.progress().forced == ("IWM",)
    fetcher.gate.set()
    progress = wait_until_idle(queue)
    assert fetcher.calls == [("IWM", False), ("SPY", False), ("IWM", True)]
    assert progress.outcomes == {"IWM": Outcome("IWM", "fetched", 5)}
    assert progress.forced == ()


def test_an_unforced_caller_shares_a_forced_fetch(pool: ThreadPoolExecutor) -> None:
    fetcher = FakeFetcher()
    fetcher.gate.clear()
    queue = queue_of(fetcher)
    forced = pool.submit(queue.run, "IWM", force=True)
    fetcher.started.acquire()
    unforced = pool.submit(queue.run, "IWM", timeout=0.0)
    assert unforced.result(LONG).status == "failed"  # it waited for the one in flight
    fetcher.gate.set()
    assert forced.result(LONG).status == "fetched"
    assert fetcher.calls == [("IWM", True)]


@pytest.mark.parametrize(
    ("added", "restated", "text"),
    [
        (0, 0, "IWM: the source was asked and has nothing newer."),
        (0, 1, "IWM: fetched, 1 stored session restated, no session added."),
        (0, 2, "IWM: fetched, 2 stored sessions restated, no session added."),
        (1, 0, "IWM: fetched, 1 session added."),
        (1204, 3, "IWM: fetched, 1,204 sessions added."),
    ],
)
def test_added_sessions_restated_ones_and_nothing_newer_have_different_texts(
    added: int, restated: int, text: str
) -> None:
    assert refresh_outcome(Outcome("IWM", "fetched", added, restated)) == text


# -- exceptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", [ValueError, RutDashError, TimeoutError, SystemExit, MemoryError])
def test_an_exception_in_a_fetch_ends_the_wait_of_everybody(
    pool: ThreadPoolExecutor, kind: type[BaseException], force: bool
) -> None:
    fetcher = FakeFetcher(error=lambda: kind("secret"))
    fetcher.gate.clear()
    queue = queue_of(fetcher)
    callers = [pool.submit(queue.run, "IWM", force=force) for _ in range(4)]
    queue.add(["IWM", "SPY"], force=force)
    fetcher.started.acquire()
    fetcher.gate.set()
    for caller in callers:
        outcome = caller.result(LONG)
        assert outcome.status == "failed"
        assert kind.__name__ in str(outcome.error)
        assert "secret" not in str(outcome.error)
    progress = wait_until_idle(queue)
    assert progress.forced == ()
    assert set(progress.problems) == {"IWM", "SPY"}
    assert set(progress.outcomes) == ({"IWM", "SPY"} if force else set())
    fetcher.error = None
    queue.add(["IWM", "SPY"], force=force)
    assert wait_until_idle(queue).problems == {}
    assert queue.run("IWM", force=force).status == "fetched"


def test_an_exception_in_a_check_does_not_stop_the_symbols_after_it() -> None:
    fetcher = FakeFetcher(check_error=LookupError("of a store"))
    queue = queue_of(fetcher)
    queue.add(["IWM", "SPY"])
    progress = wait_until_idle(queue)
    assert (progress.done, progress.total) == (2, 2)
    assert set(progress.problems) == {"IWM", "SPY"}
    fetcher.check_error = None
    queue.add(["IWM"])
    wait_until_idle(queue)
    assert fetcher.calls == [("IWM", False)]


def test_a_thread_that_cannot_be_started_leaves_nothing_in_flight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = queue_of(FakeFetcher())

    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError):
            queue.run("IWM")
        with pytest.raises(RuntimeError):
            queue.add(["IWM"], force=True)
    assert not queue.progress().active
    assert queue.run("IWM").status == "fetched"
    queue.add(["IWM"], force=True)
    assert wait_until_idle(queue).outcomes["IWM"].status == "fetched"


def test_many_threads_never_fetch_a_symbol_twice_at_a_time_and_every_wait_ends() -> None:
    fetcher = FakeFetcher()
    queue = queue_of(fetcher)
    symbols = ("IWM", "SPY", "QQQ")
    entered = threading.Barrier(12)

    def ask(turn: int) -> list[Outcome]:
        outcomes = []
        entered.wait(LONG)
        for count in range(60):
            symbol, force = symbols[(turn + count) % 3], (turn + count) % 2 == 0
            if turn % 3 == 0:
                queue.add([symbol], force=force)
            else:
                outcomes.append(queue.run(symbol, force=force))
        return outcomes

    with ThreadPoolExecutor(12) as pool:
        waits: list[Future[list[Outcome]]] = [pool.submit(ask, turn) for turn in range(12)]
        outcomes = [outcome for wait in waits for outcome in wait.result(LONG)]
    progress = wait_until_idle(queue)
    assert len(outcomes) == 8 * 60
    assert {outcome.status for outcome in outcomes} == {"fetched"}
    assert fetcher.overlaps == 0
    assert progress.forced == ()
    assert progress.done == progress.total


# -- silence --------------------------------------------------------------------------------


def test_a_caller_gives_up_after_its_patience_and_a_late_answer_is_stored() -> None:
    fetcher = FakeFetcher()
    fetcher.gate.clear()
    queue = queue_of(fetcher, patience=0.05)
    outcome = queue.run("IWM")
    assert outcome.status == "failed"
    assert "no answer came within 0.05 seconds" in str(outcome.error)
    assert fetcher.running["IWM"] == 1  # it is still in flight
    fetcher.gate.set()
    assert queue.run("IWM", timeout=LONG).status == "fetched"
    assert queue.problem("IWM") is None


@pytest.mark.parametrize("force", [False, True])
def test_a_silence_is_not_waited_for_again_for_another_symbol(force: bool) -> None:
    clock, fetcher = Clock(), FakeFetcher()
    queue = queue_of(fetcher, clock, patience=20.0)
    fetcher.gate.clear()
    assert queue.run("IWM", timeout=0.0).status == "failed"
    calls = list(fetcher.calls)
    outcome = queue.run("SPY", force=force)
    assert outcome.status == "failed"
    assert "it did not answer when asked for IWM" in str(outcome.error)
    assert [call for call in fetcher.calls if call not in calls] in ([], [("IWM", False)])
    fetcher.gate.set()
    clock.now += 20.5
    assert queue.run("SPY", force=force).status == "fetched"


def test_a_request_by_hand_without_an_answer_ends_after_the_patience() -> None:
    fetcher = FakeFetcher()
    fetcher.gate.clear()
    queue = queue_of(fetcher, patience=0.05)
    queue.add(["IWM"], force=True)
    progress = wait_until_idle(queue)
    assert progress.forced == ()
    assert progress.outcomes["IWM"].status == "failed"
    fetcher.gate.set()


# -- behind the page ------------------------------------------------------------------------


def test_a_symbol_is_checked_once_in_an_interval_and_fetched_only_if_it_is_due() -> None:
    clock, fetcher = Clock(), FakeFetcher(due=False)
    queue = queue_of(fetcher, clock, check_every=30.0)
    for seconds, checks in ((0, 1), (10, 1), (19, 1), (1, 2), (30, 3)):
        clock.now += seconds
        queue.add(["IWM"])
        wait_until_idle(queue)
        assert len(fetcher.checks) == checks
    assert fetcher.calls == []


def test_a_quick_check_that_finds_nothing_due_starts_no_thread() -> None:
    fetcher = FakeFetcher(due=False)
    queue = queue_of(fetcher)
    queue.add(["IWM"], is_quick=True)  # the first one may build the calendar
    wait_until_idle(queue)
    for _ in range(20):
        queue.add(["IWM"], is_quick=True)
        assert not queue.progress().active
    assert len(fetcher.checks) == 21


def test_symbols_behind_the_page_are_fetched_one_after_the_other_in_order() -> None:
    fetcher = FakeFetcher()
    fetcher.gate.clear()
    queue = queue_of(fetcher)
    queue.add(["IWM", "SPY", "QQQ"])
    fetcher.started.acquire()
    progress = queue.progress()
    assert (progress.active, progress.done, progress.total) == (True, 0, 3)
    assert progress.current == "IWM"
    assert fetcher.calls == [("IWM", False)]
    fetcher.gate.set()
    progress = wait_until_idle(queue)
    assert fetcher.calls == [("IWM", False), ("SPY", False), ("QQQ", False)]
    assert (progress.done, progress.total, progress.current) == (3, 3, None)
