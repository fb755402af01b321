"""Threads and processes that want the same bars, and fetches behind a page."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator

import pandas as pd
import pytest

from rut_dash.errors import (
    UnknownSymbol,
)
from rut_dash.market.fetcher import Outcome
from rut_dash.market.market import Market
from rut_dash.market.store import Store
from tests.fake_yahoo import FakeFault, FakeYahoo
from tests.market.markets import (
    FRIDAY,
    PROGRAM,
    ROOT,
    expect_bars,
    impatient_market_of,
    market_of,
    together,
    wait_for,
)


def test_threads_share_one_fetch(market: Market, yahoo: FakeYahoo) -> None:
    versions = together(12, lambda _: market.load("IWM").version)
    assert len(set(versions)) == 1
    assert yahoo.count() == 1


def test_markets_of_one_store_share_one_fetch(yahoo: FakeYahoo, store: Store) -> None:
    markets = [market_of(yahoo, Store(store.url)) for _ in range(4)]
    together(8, lambda turn: markets[turn % 4].load("IWM"))
    assert yahoo.count() == 1


def test_markets_of_one_store_share_one_failure(yahoo: FakeYahoo, store: Store) -> None:
    markets = [impatient_market_of(yahoo, Store(store.url)) for _ in range(4)]
    yahoo.fail(FakeFault.SILENT)
    outcomes = together(4, lambda turn: markets[turn].refresh("IWM"))
    assert yahoo.count() == 1  # one wait, and not four
    assert {outcome.status for outcome in outcomes if isinstance(outcome, Outcome)} == {"failed"}
    assert store.status("IWM").attempts == 1


FETCHER = """
import sys
from datetime import datetime
from rut_dash.market.market import Market
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
clock = lambda: datetime.fromisoformat(sys.argv[2])
# Patient: a busy machine takes its time to import what a fetch needs.
source = YahooSource(clock=clock, deadline=500.0, request_timeout=400.0)
market = Market(Store(sys.argv[1]), source, clock=clock, patience=600.0)
print("ready", flush=True)
sys.stdin.readline()
print(market.load("IWM").version, flush=True)
"""


def fetchers(store: Store, count: int) -> Iterator[subprocess.Popen[str]]:
    for _ in range(count):
        yield subprocess.Popen(
            [*PROGRAM, FETCHER, store.url, FRIDAY.isoformat()],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


@pytest.mark.slow
def test_processes_share_one_fetch(yahoo: FakeYahoo, store: Store, bars: pd.DataFrame) -> None:
    processes = list(fetchers(store, 12))
    for process in processes:
        ready(process)
    for process in processes:
        go(process)
    answers = {process.communicate(timeout=600)[0].strip() for process in processes}
    assert len(answers) == 1
    assert yahoo.count() == 1
    expect_bars(store.read("IWM"), bars)


def test_a_process_killed_while_waiting_leaves_no_lock(
    yahoo: FakeYahoo, store: Store, bars: pd.DataFrame
) -> None:
    yahoo.fail(FakeFault.SILENT)
    (process,) = fetchers(store, 1)
    ready(process)
    go(process)
    wait_for(lambda: bool(yahoo.requests))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=120)
    yahoo.fail(None)
    # Where its lock had stayed there would be an error instead of bars.
    expect_bars(market_of(yahoo, store).load("IWM"), bars)


# -- behind the page --------------------------------------------------------------------------


def test_the_background_fetches_what_is_due_and_counts_its_progress(
    market: Market, yahoo: FakeYahoo
) -> None:
    yahoo.fail(FakeFault.SILENT, times=None)
    before = market.version("IWM")
    market.refresh_in_background(["IWM", "SPY", "^RUT"])
    progress = market.progress()
    assert progress.active
    assert progress.total == 3
    yahoo.fail(None)
    wait_for(lambda: not market.progress().active)
    progress = market.progress()
    assert (progress.done, progress.total, progress.current) == (3, 3, None)
    assert market.version("SPY") != before
    assert market.stored("^RUT") is not None


def test_the_background_starts_nothing_when_nothing_is_due(
    market: Market, yahoo: FakeYahoo
) -> None:
    market.refresh_in_background(["IWM"])
    wait_for(lambda: not market.progress().active)
    request_count = len(yahoo.requests)
    versions = market.version("IWM")
    for _ in range(20):
        market.refresh_in_background(["IWM"])
        assert not market.progress().active
    assert len(yahoo.requests) == request_count
    assert market.version("IWM") == versions


def test_the_background_has_the_error_of_each_symbol(market: Market, yahoo: FakeYahoo) -> None:
    market.refresh_in_background(["IWM", "NOSUCH"])
    wait_for(lambda: not market.progress().active)
    problems = market.progress().problems
    assert set(problems) == {"NOSUCH"}
    assert isinstance(problems["NOSUCH"], UnknownSymbol)
    assert isinstance(market.last_problem("NOSUCH"), UnknownSymbol)
    assert market.last_problem("IWM") is None


def test_the_failure_of_another_process_is_known_here(
    market: Market, yahoo: FakeYahoo, store: Store
) -> None:
    yahoo.fail(FakeFault.FORBIDDEN)
    market_of(yahoo, Store(store.url)).refresh("IWM")
    market.refresh_in_background(["IWM"])
    wait_for(lambda: not market.progress().active)
    assert "403" in str(market.progress().problems["IWM"])
