"""Threads and processes that want the same bars, and fetches behind a page."""

from __future__ import annotations

import os
import signal
import subprocess

import pandas as pd

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


# A warm parent that forks so many processes, which all load once it has forked the last one:
# as many interpreters would import for ten seconds before they do anything.
NURSERY = """
import os, sys
from datetime import datetime
import curl_cffi.requests, filelock, pyarrow.parquet, yfinance
from rut_dash.market import calendar
from rut_dash.market.market import Market
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
clock = lambda: datetime.fromisoformat(sys.argv[2])
calendar.last_closed_session(clock())
start, starter = os.pipe()
children = []
for _ in range(int(sys.argv[3])):
    children.append(os.fork())
    if children[-1] == 0:
        os.close(starter)
        os.read(start, 1)  # until the parent closes its end
        source = YahooSource(clock=clock, deadline=500.0, request_timeout=400.0)
        market = Market(Store(sys.argv[1]), source, clock=clock, patience=600.0)
        line = f"{os.getpid()} {market.load('IWM').version}\\n"
        os.write(1, line.encode())  # at once, so that no lines of two processes mix
        os._exit(0)
print(*children, flush=True)
os.close(starter)
for child in children:
    os.waitpid(child, 0)
"""


def nursery(store: Store, count: int) -> subprocess.Popen[str]:
    """Start processes that load IWM at the same moment, and print their id and its version."""
    return subprocess.Popen(
        [*PROGRAM, NURSERY, store.url, FRIDAY.isoformat(), str(count)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_processes_share_one_fetch(yahoo: FakeYahoo, store: Store, bars: pd.DataFrame) -> None:
    with nursery(store, 12) as parent:
        assert parent.stdout is not None
        children = parent.stdout.readline().split()
        lines = [line.split() for line in parent.stdout]
    assert sorted(process for process, _ in lines) == sorted(children)
    assert len({version for _, version in lines}) == 1
    assert yahoo.count() == 1
    expect_bars(store.read("IWM"), bars)


def test_a_process_killed_while_waiting_leaves_no_lock(
    yahoo: FakeYahoo, store: Store, bars: pd.DataFrame
) -> None:
    yahoo.fail(FakeFault.SILENT)
    with nursery(store, 1) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        wait_for(lambda: bool(yahoo.requests))
        os.kill(process, signal.SIGKILL)
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
