"""The market: real yfinance in front of the fake Yahoo, a store, and everything that fails."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import (
    DataUnavailable,
    InvalidInput,
    RateLimited,
    RutDashError,
    SchemaError,
    StoreError,
    UnknownSymbol,
)
from rut_dash.market import calendar
from rut_dash.market.folder_market import FolderMarket
from rut_dash.market.health import Health
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.market import Market
from rut_dash.market.problems import Problem
from rut_dash.market.refresh import Outcome
from rut_dash.market.settings import open_market
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.status import Status
from rut_dash.market.store import Store
from rut_dash.market.validation import BAR_COLUMNS, validate_bars
from rut_dash.wording import (
    import_remark,
    problem_clause,
    refresh_outcome,
    source_label,
    staleness_clause,
    store_notice,
)
from tests.fake_yahoo import NEW_YORK, FakeFault, FakeYahoo, made_up_bars
from tests.faults import STORE_CASES
from tests.market.failing import failing, full_disk, unreachable

ROOT = Path(__file__).resolve().parents[2]
FRIDAY = datetime(2026, 5, 29, 20, tzinfo=NEW_YORK)
LAST_WEEK = datetime(2026, 5, 22, 20, tzinfo=NEW_YORK)
PROGRAM = [sys.executable, "-c"]


def evening(day: str) -> datetime:
    stamp = pd.Timestamp(day)
    return datetime(stamp.year, stamp.month, stamp.day, 20, tzinfo=NEW_YORK)


@dataclass
class Clock:
    """A monotonic clock that tests set forward."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def market_of(
    yahoo: FakeYahoo,
    store: Store | None,
    *,
    deadline: float = 60.0,
    request_timeout: float = 30.0,
    check_every: float = 0.0,
    patience: float = 90.0,
    monotonic: Callable[[], float] = time.monotonic,
) -> Market:
    """Return a market whose clock is the fake's, patient enough for a busy machine."""
    return Market(
        store,
        YahooSource(clock=yahoo.time, deadline=deadline, request_timeout=request_timeout),
        demo=DemoSource(),
        clock=yahoo.time,
        monotonic=monotonic,
        check_every=check_every,
        patience=patience,
    )


def impatient_market_of(yahoo: FakeYahoo, store: Store | None) -> Market:
    """Return a market that waits a short time for an answer; for sources that give none."""
    return market_of(yahoo, store, deadline=3.0, request_timeout=1.5)


def is_sound(health: Health) -> bool:
    """Return True if there are bars, no session is missing, and the last try went well."""
    return bool(health.rows) and not (health.missing or health.behind or health.problem)


def notices_of(market: Market) -> list[str]:
    """Return the sentences about what fails in the store."""
    return [store_notice(notice) for notice in market.notices]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def market(yahoo: FakeYahoo, store: Store) -> Market:
    return market_of(yahoo, store)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the bars of IWM are stored."""
    return tmp_path / "store" / "IWM.parquet"


def expect_bars(history: PriceHistory | None, bars: pd.DataFrame) -> None:
    """Expect the bars that were served, but for the adjusted closes, which the vendor computes."""
    assert history is not None
    columns = [column for column in BAR_COLUMNS if column != "adj_close"]
    pd.testing.assert_frame_equal(
        history.bars[columns], bars[columns], check_freq=False, check_names=False, rtol=1e-12
    )


def whole(yahoo: FakeYahoo, symbol: str = "IWM") -> pd.DataFrame:
    """Return what one fetch of everything gives at this time."""
    return YahooSource(clock=yahoo.time).fetch(symbol).bars


# -- good days ------------------------------------------------------------------------------


def test_a_first_load_fetches_stores_and_is_current(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame, store: Store
) -> None:
    assert market.stored("IWM") is None
    assert market.version("IWM") == ""
    assert market.is_due("IWM")
    history = market.load("IWM")
    expect_bars(history, bars)
    assert history.provenance.stale_because is None
    assert not market.is_due("IWM")
    expect_bars(store.read("IWM"), bars)
    assert market.symbols() == ("IWM",)
    assert market.notices == ()
    asked = yahoo.count()
    assert market.load("IWM").version == history.version
    assert market.refresh("IWM") == Outcome("IWM", "current")
    assert yahoo.count() == asked == 1


def test_another_market_reads_the_store_without_a_request(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame, store: Store
) -> None:
    market.load("IWM")
    yahoo.fail(FakeFault.REFUSED)
    expect_bars(market_of(yahoo, Store(store.url)).stored("IWM"), bars)


def test_an_update_asks_for_thirty_sessions_and_equals_a_full_fetch(
    market: Market, yahoo: FakeYahoo
) -> None:
    yahoo.as_of = evening("2026-05-12")
    market.load("IWM")
    yahoo.as_of = FRIDAY
    assert market.is_due("IWM")
    yahoo.requests.clear()
    outcome = market.refresh("IWM")
    assert (outcome.status, outcome.rows_added, outcome.problem) == ("fetched", 12, None)
    assert yahoo.count() == 1
    (asked,) = yahoo.requests[-1].query["period1"]
    begins = datetime.fromtimestamp(int(asked), NEW_YORK).date()
    assert begins == date(2026, 3, 30)  # six weeks and Good Friday before May 12
    got = market.stored("IWM")
    assert got is not None
    pd.testing.assert_frame_equal(got.bars, whole(yahoo), check_freq=False, check_exact=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [("2026-03-16", "2026-03-18"), ("2025-06-06", "2025-06-10")],
    ids=["a dividend", "a split"],
)
def test_a_dividend_or_a_split_has_everything_fetched_again(
    market: Market, yahoo: FakeYahoo, tmp_path: Path, before: str, after: str
) -> None:
    yahoo.as_of = evening(before)
    market.load("IWM")
    yahoo.as_of = evening(after)
    yahoo.requests.clear()
    assert market.refresh("IWM").status == "fetched"
    assert yahoo.count() == 2
    got = market.stored("IWM")
    assert got is not None
    pd.testing.assert_frame_equal(got.bars, whole(yahoo), check_freq=False, check_exact=True)
    assert not (tmp_path / "store" / "IWM.parquet.bak").exists()


def test_a_correction_has_everything_fetched_again(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    yahoo.as_of = LAST_WEEK
    market.load("IWM")
    right = bars.copy()
    at = pd.Timestamp("2026-05-20")
    right.loc[at, ["open", "high", "low", "close"]] *= 1.01
    right.loc[pd.Timestamp("2024-03-04"), "volume"] += 1
    yahoo.serve("IWM", right)
    yahoo.as_of = FRIDAY
    market.load("IWM")
    expect_bars(market.stored("IWM"), right)


def test_a_partial_bar_is_provisional_and_replaced(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    yahoo.as_of = datetime(2026, 5, 28, 12, tzinfo=NEW_YORK)
    partial = market.load("IWM")
    assert partial.provenance.provisional
    assert partial.bars["close"].iloc[-1] != bars.loc["2026-05-28", "close"]
    stored = market.health("IWM").provenance
    assert stored is not None
    assert stored.provisional
    assert not market.is_due("IWM")  # nothing final is missing yet
    yahoo.as_of = datetime(2026, 5, 28, 16, 30, tzinfo=NEW_YORK)
    assert market.is_due("IWM")
    final = market.load("IWM")
    assert not final.provenance.provisional
    expect_bars(final, bars.loc[:"2026-05-28"])


def test_a_forced_refresh_in_mid_session_takes_the_newest(market: Market, yahoo: FakeYahoo) -> None:
    yahoo.as_of = evening("2026-05-27")
    market.load("IWM")
    yahoo.as_of = datetime(2026, 5, 28, 12, tzinfo=NEW_YORK)
    assert market.refresh("IWM").status == "current"
    assert market.refresh("IWM", force=True).rows_added == 1
    history = market.load("IWM")
    assert history.provenance.provisional
    yahoo.as_of = evening("2026-05-28")
    assert not market.load("IWM").provenance.provisional


def test_restated_bars_are_told_apart_from_nothing_newer(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    market.load("IWM")
    same = market.refresh("IWM", force=True)
    assert (same.status, same.rows_added, same.rows_restated) == ("fetched", 0, 0)
    assert refresh_outcome(same) == "IWM: the source was asked and has nothing newer."
    restated = bars.copy()
    days = [pd.Timestamp("2024-03-04"), pd.Timestamp("2026-05-20")]
    restated.loc[days, ["open", "high", "low", "close"]] *= 1.01
    yahoo.serve("IWM", restated)
    corrected = market.refresh("IWM", force=True)
    assert (corrected.status, corrected.rows_added, corrected.rows_restated) == ("fetched", 0, 2)
    assert refresh_outcome(corrected) == (
        "IWM: fetched, 2 stored sessions restated, no session added."
    )


def test_a_forced_refresh_is_not_answered_by_the_unforced_one_of_another_process(
    store: Store, bars: pd.DataFrame
) -> None:
    class Gated:
        name, simulated = "gated", False

        def __init__(self) -> None:
            self.requests = 0
            self.asked, self.gate = threading.Event(), threading.Event()

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            self.requests += 1
            self.asked.set()
            assert self.gate.wait(60)
            return PriceHistory(symbol, bars, Provenance(self.name, fetched_at=FRIDAY))

    source = Gated()
    first, second = (Market(Store(store.url), source, clock=lambda: FRIDAY) for _ in range(2))
    outcomes: dict[str, Outcome] = {}
    threads = [
        threading.Thread(target=lambda: outcomes.update(unforced=first.refresh("IWM"))),
        threading.Thread(target=lambda: outcomes.update(forced=second.refresh("IWM", force=True))),
    ]
    threads[0].start()
    assert source.asked.wait(60)
    threads[1].start()
    wait_for(lambda: any(job.is_running for job in list(second._queue._in_flight.values())))
    source.gate.set()
    for thread in threads:
        thread.join(60)
    assert outcomes["unforced"].rows_added == len(bars)
    assert outcomes["forced"].status == "fetched"
    assert source.requests == 2


def test_a_missing_session_is_listed_and_fetched_again(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    yahoo.withhold("IWM", "2026-05-27")
    history = market.load("IWM")
    expect_bars(history, bars.drop(pd.Timestamp("2026-05-27")))
    health = market.health("IWM")
    assert health.missing == (date(2026, 5, 27),)
    assert not is_sound(health)
    # Asked again after a while, at longer and longer intervals, not at each page.
    assert not market.is_due("IWM")
    assert health.retry_at is not None
    assert timedelta(minutes=10) <= health.retry_at - FRIDAY <= timedelta(minutes=13)
    yahoo.as_of = health.retry_at
    assert market.load("IWM").version == history.version
    second = market.health("IWM").retry_at
    assert second is not None
    assert timedelta(minutes=20) <= second - health.retry_at <= timedelta(minutes=25)
    yahoo.withhold("IWM")
    yahoo.as_of = second
    expect_bars(market.load("IWM"), bars)
    assert is_sound(market.health("IWM"))
    assert market.health("IWM").retry_at is None


def test_an_old_gap_has_everything_fetched_again(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    yahoo.withhold("IWM", "2025-03-04")
    market.load("IWM")
    yahoo.withhold("IWM")
    yahoo.as_of = FRIDAY + timedelta(hours=1)
    expect_bars(market.load("IWM"), bars)


def test_a_session_that_yahoo_loses_stays_stored(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame, file: Path
) -> None:
    market.load("IWM")
    before = file.read_bytes()
    yahoo.withhold("IWM", "2026-05-27", "2025-03-04")
    assert market.refresh("IWM", force=True).status == "fetched"
    assert file.read_bytes() == before
    expect_bars(market.stored("IWM"), bars)


@pytest.mark.slow
def test_a_year_session_by_session_equals_one_full_fetch(
    yahoo: FakeYahoo, bars: pd.DataFrame, store: Store
) -> None:
    """A dividend, a split, a late session, a correction and partial bars on the way."""
    days = calendar.sessions(date(2025, 5, 1), date(2026, 5, 1))
    split, late, corrected = "2026-04-14", "2026-03-25", "2026-04-24"
    right = bars.loc[:"2026-05-01"].copy()
    right.loc[pd.Timestamp(split), "split"] = 3.0
    wrong = right.copy()
    wrong.loc[pd.Timestamp("2026-04-20"), ["open", "high", "low", "close"]] *= 0.99
    yahoo.serve("IWM", wrong)
    yahoo.withhold("IWM", late)
    market = market_of(yahoo, store)
    for turn, day in enumerate(days):
        if day == pd.Timestamp("2026-03-30"):
            yahoo.withhold("IWM")
        if day == pd.Timestamp(corrected):
            yahoo.serve("IWM", right)
        if turn % 5 == 2:
            yahoo.as_of = datetime(day.year, day.month, day.day, 11, tzinfo=NEW_YORK)
            market.refresh("IWM", force=True)
        yahoo.as_of = evening(f"{day:%Y-%m-%d}")
        shown = market.load("IWM").last_session
        assert shown == day or day == pd.Timestamp(late)
        assert market.refresh("IWM", force=turn % 7 == 0).error is None
    got = market.stored("IWM")
    assert got is not None
    pd.testing.assert_frame_equal(got.bars, whole(yahoo), check_freq=False, check_exact=True)
    assert market.health("IWM").missing == ()


# -- faults ---------------------------------------------------------------------------------


def test_a_rejected_update_says_why(market: Market, yahoo: FakeYahoo, file: Path) -> None:
    yahoo.as_of = LAST_WEEK
    market.load("IWM")
    yahoo.as_of = FRIDAY
    yahoo.fail(FakeFault.TIMES_100)
    outcome = market.refresh("IWM")
    assert outcome.status == "failed"
    assert outcome.problem is not None
    assert "its bars were refused" in outcome.problem
    assert "2026-05-22" in outcome.problem
    # What can be done about it reaches every place where the reason is shown.
    problem = market.health("IWM").problem
    stored = market.stored("IWM")
    assert problem is not None
    assert stored is not None
    assert stored.provenance.stale_because is not None
    clauses = (problem_clause(problem), staleness_clause(stored.provenance.stale_because))
    for said in (outcome.problem, *clauses):
        assert "the limit can be raised with RUT_DASH_MOVE_LIMIT" in said


def test_no_caller_waits_longer_than_the_patience_of_the_market(
    yahoo: FakeYahoo, store: Store
) -> None:
    """Whatever the source does; its answer is kept when it comes."""

    class Slow:
        name = "slow"
        simulated = False
        let = threading.Event()

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            self.let.wait(300)
            bars, _ = validate_bars(made_up_bars(), "slow", symbol)
            return PriceHistory(symbol, bars, Provenance("slow"))

    slow = Market(store, Slow(), clock=lambda: FRIDAY, patience=0.3)
    with pytest.raises(DataUnavailable, match=r"within 0\.3 seconds"):
        slow.load("IWM")
    assert slow.refresh("IWM").status == "failed"
    Slow.let.set()  # nobody waited for this
    wait_for(lambda: store.read("IWM") is not None)
    assert slow.load("IWM").provenance.stale_because is None


def test_a_silent_source_is_waited_for_once_and_not_once_a_symbol(
    yahoo: FakeYahoo, store: Store
) -> None:
    yahoo.as_of = LAST_WEEK
    for symbol in ("IWM", "SPY", "^RUT"):
        market_of(yahoo, store).load(symbol)
    yahoo.as_of = FRIDAY
    yahoo.fail(FakeFault.SILENT)
    yahoo.requests.clear()
    market = market_of(yahoo, store, deadline=10.0, request_timeout=3.0)
    shown = [market.load(symbol) for symbol in ("IWM", "SPY", "^RUT")]
    assert yahoo.count() == 1
    assert all(history.provenance.stale_because for history in shown)
    yahoo.fail(None)
    assert market.load("IWM").provenance.stale_because is None
    assert market.load("SPY").provenance.stale_because is None


def test_a_source_that_raises_an_unexpected_error_is_reported_without_its_words(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        name = "broken"
        simulated = False

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            raise ValueError("GET https://vendor.example/prices?token=secret")

    market = Market(store, Broken(), clock=lambda: FRIDAY)
    with pytest.raises(DataUnavailable, match="ValueError"):
        market.load("IWM")
    assert "error=ValueError at=" in caplog.text
    assert "test_market.py:" in caplog.text
    assert "secret" not in caplog.text


# -- rate limits ----------------------------------------------------------------------------


def test_a_rate_limit_holds_for_every_symbol_and_every_process(
    market: Market, yahoo: FakeYahoo, store: Store, bars: pd.DataFrame
) -> None:
    yahoo.fail(FakeFault.RATE_LIMITED)
    first = market.refresh("IWM")
    assert first.status == "failed"
    assert first.retry_at is not None
    assert timedelta(minutes=15) <= first.retry_at - FRIDAY <= timedelta(minutes=18.75)
    yahoo.fail(None)
    yahoo.requests.clear()
    other = market_of(yahoo, Store(store.url))
    for symbol in ("IWM", "SPY"):
        for one in (market, other):
            assert not one.is_due(symbol)
            outcome = one.refresh(symbol, force=True)
            assert outcome.status == "cooling"
            assert outcome.retry_at == first.retry_at
            assert outcome.problem is not None
            assert f"{first.retry_at:%H:%M}" in outcome.problem
            with pytest.raises(DataUnavailable) as caught:
                one.load(symbol)
            assert type(caught.value) is RateLimited
    assert yahoo.requests == []
    yahoo.as_of = first.retry_at
    expect_bars(other.load("IWM"), bars)
    assert market.load("SPY").provenance.stale_because is None


def test_a_rate_limit_is_the_problem_of_symbols_that_were_never_tried(
    market: Market, yahoo: FakeYahoo, store: Store
) -> None:
    yahoo.as_of = LAST_WEEK
    market.load("SPY")
    yahoo.as_of = FRIDAY
    market.load("^RUT")
    before, current = market.version("SPY"), market.health("^RUT")
    yahoo.fail(FakeFault.RATE_LIMITED)
    until = market.refresh("IWM").retry_at
    assert until is not None
    for one in (market, market_of(yahoo, Store(store.url))):
        stale = one.stored("SPY")
        assert stale is not None
        assert stale.provenance.stale_because is not None
        assert f"next try at {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" in staleness_clause(
            stale.provenance.stale_because
        )
        assert one.health("SPY").retry_at == until
        assert one.version("SPY") != before  # so that a page is drawn again
        problem = one.last_problem("QQQ")
        assert isinstance(problem, DataUnavailable)
        assert problem.retry_at == until
        # What lacks nothing has no problem, and need not be told of.
        assert one.health("^RUT") == current
    assert store.status("SPY").problem is None
    yahoo.as_of = until
    assert market.version("SPY") == before
    assert market.is_due("SPY")


def test_the_rate_limit_of_another_source_does_not_hold(
    market: Market, yahoo: FakeYahoo, store: Store
) -> None:
    class Vendor:
        name = "Another vendor"
        simulated = False

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            bars, _ = validate_bars(made_up_bars(), "vendor", symbol)
            return PriceHistory(symbol, bars, Provenance(self.name))

    yahoo.fail(FakeFault.RATE_LIMITED)
    assert market.refresh("IWM").status == "failed"
    other = Market(Store(store.url), Vendor(), clock=yahoo.time, check_every=0.0)
    assert other.last_problem("IWM") is None
    assert other.is_due("IWM")
    assert other.load("IWM").provenance.source == "Another vendor"
    assert not market.is_due("SPY")  # Yahoo's own rate limit still holds


def test_a_rate_limit_doubles_up_to_six_hours_and_ends_with_a_good_answer(
    market: Market, yahoo: FakeYahoo
) -> None:
    minutes = []
    for turn in range(8):
        yahoo.fail(FakeFault.RATE_LIMITED)
        now = yahoo.time()
        outcome = market.refresh("IWM" if turn % 2 else "SPY", force=True)
        assert outcome.retry_at is not None
        minutes.append((outcome.retry_at - now) / timedelta(minutes=1))
        yahoo.as_of = outcome.retry_at
    for got, least in zip(minutes, [15, 30, 60, 120, 240, 288, 288, 288], strict=True):
        assert least <= got <= 1.25 * least  # 6 hours at most
    yahoo.fail(None)
    market.load("IWM")
    yahoo.fail(FakeFault.RATE_LIMITED)
    now = yahoo.time()
    outcome = market.refresh("SPY")
    assert outcome.retry_at is not None
    assert outcome.retry_at - now <= timedelta(minutes=18.75)


class Limited:
    """A source that is barred from one symbol's request on, and answers the others late."""

    name, simulated = "Yahoo Finance", False

    def __init__(self, bars: pd.DataFrame) -> None:
        self.bars = bars
        self.asked = threading.Barrier(3)
        self.barred = threading.Event()

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        self.asked.wait(60)
        if symbol == "SPY":
            assert self.barred.wait(60)
            return PriceHistory(symbol, self.bars, Provenance(self.name, fetched_at=FRIDAY))
        raise RateLimited(symbol, self.name)


def test_refusals_of_requests_in_flight_are_one_rate_limit_that_an_older_request_does_not_end(
    store: Store, bars: pd.DataFrame
) -> None:
    source = Limited(bars)
    market = Market(store, source, clock=lambda: FRIDAY)
    outcomes: dict[str, Outcome] = {}
    threads = [
        threading.Thread(target=lambda s=symbol: outcomes.update({s: market.refresh(s)}))
        for symbol in ("IWM", "QQQ", "SPY")
    ]
    for thread in threads:
        thread.start()
    for thread in threads[:2]:
        thread.join(60)
    until = {outcomes[symbol].retry_at for symbol in ("IWM", "QQQ")}
    assert len(until) == 1
    assert timedelta(minutes=15) <= (until.copy().pop() or FRIDAY) - FRIDAY
    assert (until.copy().pop() or FRIDAY) - FRIDAY <= timedelta(minutes=18.75)
    source.barred.set()
    threads[2].join(60)
    assert outcomes["SPY"].status == "fetched"
    assert not market.is_due("IWM")
    assert store.status("@Yahoo Finance").rate_limited_until in until


def test_a_rate_limit_beyond_the_longest_pause_is_ignored(
    market: Market, yahoo: FakeYahoo, store: Store
) -> None:
    far = FRIDAY + timedelta(days=400)
    store.write_status(
        "@Yahoo Finance",
        Status(
            attempts=1,
            problem=Problem("rate_limited", "Yahoo Finance"),
            failures=1,
            retry_at=far,
            rate_limited_until=far,
        ),
    )
    assert market.load("IWM").last_session == pd.Timestamp("2026-05-29")


def test_an_unexpected_error_is_a_failure_with_a_pause(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    class Odd:
        name, simulated = "Odd", False
        asked = 0

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            self.asked += 1
            raise ZeroDivisionError("secret=abc")

    source = Odd()
    market = Market(store, source, clock=lambda: FRIDAY)
    with caplog.at_level(logging.INFO, logger="rut_dash.market"):
        outcome = market.refresh("IWM")
    assert outcome.status == "failed"
    assert "(ZeroDivisionError)" in (outcome.problem or "")
    assert outcome.retry_at is not None
    assert not market.is_due("IWM")
    assert source.asked == 1
    assert "outcome=unexpected" in caplog.text
    assert "secret" not in caplog.text


def test_an_amount_that_is_a_word_is_an_unreadable_answer(market: Market, yahoo: FakeYahoo) -> None:
    def word(result: dict[str, object]) -> None:
        events = result["events"]
        assert isinstance(events, dict)
        next(iter(events["dividends"].values()))["amount"] = "0.6"

    yahoo.tamper = word
    outcome = market.refresh("IWM")
    assert "its answer could not be read" in (outcome.problem or "")
    assert not market.is_due("IWM")


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"symbol": "QQQ"}, "it answered with prices of QQQ"),
        ({"dataGranularity": "1wk"}, "it answered with other prices than daily ones"),
    ],
)
def test_an_answer_about_something_else_is_refused(
    told: dict[str, str], problem: str, market: Market, yahoo: FakeYahoo
) -> None:
    yahoo.tamper = lambda result: result["meta"].update(told)
    assert problem in (market.refresh("IWM").problem or "")
    assert market.stored("IWM") is None


def test_bars_become_stale_when_a_session_is_final_during_a_rate_limit(
    market: Market, yahoo: FakeYahoo, store: Store
) -> None:
    """Another session settles while the source must not be asked: every page is to say so."""
    yahoo.as_of = datetime(2026, 5, 28, 20, tzinfo=NEW_YORK)
    market.load("IWM")
    yahoo.as_of = datetime(2026, 5, 29, 15, tzinfo=NEW_YORK)
    yahoo.fail(FakeFault.RATE_LIMITED)
    market.refresh("SPY")
    before = market.version("IWM"), market.stored("IWM")
    yahoo.as_of = datetime(2026, 5, 29, 15, 14, tzinfo=NEW_YORK)
    assert market.version("IWM") == before[0]
    status = store.status("@Yahoo Finance")
    assert status.rate_limited_until is not None
    yahoo.as_of = datetime(2026, 5, 29, 20, tzinfo=NEW_YORK)
    store.write_status(
        "@Yahoo Finance", replace(status, rate_limited_until=yahoo.as_of + timedelta(minutes=5))
    )
    after = market.stored("IWM")
    assert after is not None
    assert after.provenance.stale_because is not None
    assert market.version("IWM") != before[0]


def test_a_store_that_hangs_leaves_less_time_for_the_source(
    yahoo: FakeYahoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, waits = Clock(), []
    handler, filesystem = failing()
    store = Store("prices", filesystem=filesystem)
    market = market_of(yahoo, store, patience=20.0, check_every=60.0, monotonic=clock)

    def read() -> None:
        clock.now += 5.0
        raise unreachable()

    def run(symbol: str, *, timeout: float) -> Outcome:
        waits.append(timeout)
        return Outcome(symbol, "current")

    monkeypatch.setattr(handler, "_read", read)
    monkeypatch.setattr(market._queue, "run", run)
    with pytest.raises(DataUnavailable):
        market.load("IWM")
    assert waits == [15.0]


def test_an_import_on_another_scale_is_refused(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame, tmp_path: Path
) -> None:
    market.load("IWM")
    before = market.stored("IWM")
    assert before is not None
    tenfold = before.bars.drop(columns="adj_close").rename_axis("date").copy()
    tenfold[["open", "high", "low", "close"]] *= 10
    path = tmp_path / "IWM.csv"
    tenfold.to_csv(path)
    (result,) = market.import_path(path)
    assert result.status == "refused"
    assert "about 10 times the stored ones" in import_remark(result)
    after = market.stored("IWM")
    assert after is not None
    pd.testing.assert_frame_equal(after.bars, before.bars)


def test_other_failures_pause_background_tries_for_minutes_and_callers_not_at_all(
    market: Market, yahoo: FakeYahoo
) -> None:
    yahoo.fail(FakeFault.SERVER_ERROR)
    outcome = market.refresh("IWM")
    assert outcome.retry_at is not None
    assert timedelta(minutes=1) <= outcome.retry_at - FRIDAY <= timedelta(minutes=1.25)
    assert not market.is_due("IWM")
    second = market.refresh("IWM")
    assert second.retry_at is not None
    assert timedelta(minutes=2) <= second.retry_at - FRIDAY <= timedelta(minutes=2.5)
    yahoo.as_of = second.retry_at
    assert market.is_due("IWM")


# -- one fetch for many -----------------------------------------------------------------------


def together(count: int, act: Callable[[int], object]) -> list[object]:
    """Call ``act`` in so many threads at the same moment; return what each returned."""
    start = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(turn: int) -> None:
        start.wait()
        results[turn] = act(turn)

    threads = [threading.Thread(target=run, args=(turn,)) for turn in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


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
market = Market(Store(sys.argv[1]), YahooSource(clock=clock), clock=clock)
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
    said = {process.communicate(timeout=120)[0].strip() for process in processes}
    assert len(said) == 1
    assert yahoo.count() == 1
    expect_bars(store.read("IWM"), bars)


def test_a_process_killed_while_it_waits_blocks_nobody(
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


# -- stores that fail -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PAR1 nonsense", None], ids=["empty", "odd", "half"])
def test_a_damaged_file_is_set_aside_and_fetched_again(
    yahoo: FakeYahoo, store: Store, bars: pd.DataFrame, file: Path, content: bytes | None
) -> None:
    market_of(yahoo, store).load("IWM")
    good = file.read_bytes()
    bad = good[: len(good) // 2] if content is None else content
    file.write_bytes(bad)
    market = market_of(yahoo, store)
    assert market.stored("IWM") is None
    (notice,) = notices_of(market)
    assert f"IWM.parquet {STORE_CASES['damaged'].excerpt}" in notice
    assert file.read_bytes() == bad  # looking changes nothing
    assert market.is_due("IWM")
    yahoo.fail(FakeFault.SERVER_ERROR)
    with pytest.raises(DataUnavailable):
        market.load("IWM")
    assert any("IWM.parquet.bad" in notice for notice in notices_of(market))
    yahoo.fail(None)
    expect_bars(market.load("IWM"), bars)
    assert file.with_name("IWM.parquet.bad").read_bytes() == bad
    (said,) = notices_of(market)
    assert "was damaged: it was put aside as IWM.parquet.bad" in said
    market.refresh("IWM", force=True)
    assert market.notices == ()  # it was said once


def test_a_damaged_file_gives_way_to_the_backup(
    yahoo: FakeYahoo, store: Store, bars: pd.DataFrame, file: Path
) -> None:
    """As after a crash in the middle of a whole replacement, with a disk that lied."""
    yahoo.as_of = LAST_WEEK
    market_of(yahoo, store).load("IWM")
    store.back_up("IWM")
    file.write_bytes(b"torn")
    market = market_of(yahoo, store)
    expect_bars(market.stored("IWM"), bars.loc[:"2026-05-22"])
    yahoo.as_of = FRIDAY
    yahoo.requests.clear()
    expect_bars(market.load("IWM"), bars)
    (asked,) = yahoo.requests[-1].query["period1"]
    assert int(asked) > 0  # an update of the backup, and not everything again


def test_a_folder_that_cannot_be_written_leaves_prices_in_memory(
    yahoo: FakeYahoo, tmp_path: Path, bars: pd.DataFrame
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    store = Store(blocked / "store")
    market = market_of(yahoo, store)
    yahoo.as_of = LAST_WEEK
    expect_bars(market.load("IWM"), bars.loc[:"2026-05-22"])
    assert any("memory" in notice for notice in notices_of(market))
    assert market.symbols() == ("IWM",)
    assert market.version("IWM")
    yahoo.as_of = FRIDAY
    expect_bars(market.load("IWM"), bars)
    assert market.health("IWM").rows == len(bars)
    blocked.unlink()
    assert market.is_due("IWM")
    asked = yahoo.count()
    assert market.refresh("IWM").status == "current"
    assert yahoo.count() == asked  # what is in memory is stored, nothing is fetched again
    expect_bars(store.read("IWM"), bars)
    assert market.notices == ()
    assert not market.is_due("IWM")


def test_a_full_disk_leaves_the_old_file_and_memory_the_new_bars(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem)
    market = market_of(yahoo, store)
    yahoo.as_of = LAST_WEEK
    market.load("IWM")
    handler.writing = full_disk()
    yahoo.as_of = FRIDAY
    history = market.load("IWM")
    expect_bars(history, bars)
    assert history.provenance.stale_because is None
    assert any("No space left" in notice for notice in notices_of(market))
    expect_bars(store.read("IWM"), bars.loc[:"2026-05-22"])
    handler.writing = None
    assert market.refresh("IWM").status == "current"
    expect_bars(store.read("IWM"), bars)
    assert market.notices == ()


def test_an_unreachable_store_is_never_overwritten_unread(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem)
    market_of(yahoo, store).load("IWM")
    packed = store.files.read("IWM.parquet")
    yahoo.serve("IWM", made_up_bars("2025-01-02", seed=1))  # as another, shorter vendor
    handler.reading = unreachable()
    market = market_of(yahoo, store)
    assert market.stored("IWM") is None
    assert any("Until it can be read" in notice for notice in notices_of(market))
    assert len(market.load("IWM").bars) < len(bars)
    handler.reading = None
    assert store.files.read("IWM.parquet") == packed
    market.refresh("IWM")
    expect_bars(store.read("IWM"), bars)
    assert market.notices == ()


def test_a_store_that_went_away_leaves_what_was_read(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem)
    market = market_of(yahoo, store, check_every=60.0)
    market.load("IWM")
    expect_bars(market.stored("IWM"), bars)
    handler.reading = unreachable()
    expect_bars(market.stored("IWM"), bars)
    assert market.version("IWM")
    handler.reading = None
    expect_bars(market.stored("IWM"), bars)


def test_a_store_that_hangs_is_waited_for_once_and_comes_back(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    clock = Clock()
    handler, filesystem = failing()
    yahoo.as_of = LAST_WEEK
    market_of(yahoo, Store("bucket", filesystem=filesystem)).load("IWM")
    yahoo.as_of = FRIDAY
    store = Store("bucket", filesystem=filesystem, patience=(0.5, 0.5))
    market = market_of(yahoo, store, check_every=30.0, monotonic=clock)
    handler.open.clear()
    assert market.stored("IWM") is None
    assert any("within 0.5 seconds" in notice for notice in notices_of(market))
    reads = handler.reads
    for _ in range(100):  # pages go on, whoever fetches behind them
        assert market.stored("IWM") is None
    assert handler.reads == reads
    expect_bars(market.load("IWM"), bars)
    handler.open.set()
    clock.now += 31.0
    wait_for(lambda: market.refresh("IWM").status == "current" and not market.notices)
    expect_bars(store.read("IWM"), bars)


def test_a_store_behind_a_network_is_probed_while_pages_go_on(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    clock = Clock()
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem, patience=(300.0, 300.0))
    market_of(yahoo, store).load("IWM")
    market = market_of(yahoo, store, check_every=30.0, monotonic=clock)
    handler.reading = unreachable()
    assert market.stored("IWM") is None
    handler.reading = None
    handler.open.clear()  # slow: who waited would wait for five minutes
    clock.now += 31.0
    assert market.stored("IWM") is None
    handler.open.set()
    wait_for(lambda: market.stored("IWM") is not None)
    expect_bars(market.stored("IWM"), bars)
    assert market.notices == ()


def test_a_store_behind_a_network_is_not_asked_on_every_run(yahoo: FakeYahoo) -> None:
    clock = Clock()
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem)
    market = market_of(yahoo, store, check_every=60.0, monotonic=clock)
    market.load("IWM")
    version = market.version("IWM")
    reads = handler.reads
    for _ in range(50):
        assert market.version("IWM") == version
        market.stored("IWM")
    assert handler.reads - reads <= 4
    clock.now += 6.0
    market.version("IWM")
    assert handler.reads > reads
    market.refresh("IWM", force=True)
    assert market.version("IWM") != version


def test_without_a_store_prices_are_in_memory(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    market = market_of(yahoo, None)
    expect_bars(market.load("IWM"), bars)
    assert market.symbols() == ("IWM",)
    assert market.refresh("IWM").status == "current"
    assert market.notices == ()
    assert not market.is_due("IWM")


def test_a_write_that_does_not_come_back_leaves_the_old_file(
    yahoo: FakeYahoo, bars: pd.DataFrame, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = market_of(yahoo, store)
    yahoo.as_of = evening("2026-03-16")
    market.load("IWM")
    yahoo.as_of = evening("2026-03-18")  # a dividend: everything is replaced
    written = store.write

    def lossy(history: PriceHistory) -> None:
        written(PriceHistory(history.symbol, history.bars.iloc[:-1], history.provenance))

    monkeypatch.setattr(store, "write", lossy)
    expect_bars(market.load("IWM"), bars.loc[:"2026-03-18"])
    monkeypatch.undo()
    expect_bars(store.read("IWM"), bars.loc[:"2026-03-16"])
    assert any("did not give back" in notice for notice in notices_of(market))


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
    asked = len(yahoo.requests)
    versions = market.version("IWM")
    for _ in range(20):
        market.refresh_in_background(["IWM"])
        assert not market.progress().active
    assert len(yahoo.requests) == asked
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


# -- the demo, offline, a folder --------------------------------------------------------------


def test_the_demo_is_never_stored(market: Market, store: Store) -> None:
    demo = market.demo("IWM")
    assert demo.provenance.simulated
    assert market.stored("IWM") is None
    assert store.symbols() == ()
    with pytest.raises(SchemaError):
        store.write(demo)
    with pytest.raises(DataUnavailable):
        market.demo("QQQ")


def test_offline_reads_the_store_and_asks_no_source(
    yahoo: FakeYahoo, store: Store, bars: pd.DataFrame
) -> None:
    yahoo.as_of = LAST_WEEK
    market_of(yahoo, store).load("IWM")
    asked = len(yahoo.requests)
    offline = Market(store, None, demo=DemoSource(), clock=lambda: FRIDAY)
    expect_bars(offline.load("IWM"), bars.loc[:"2026-05-22"])
    assert not offline.can_fetch
    assert not offline.is_due("IWM")
    assert offline.refresh("IWM").status == "failed"
    offline.refresh_in_background(["IWM"])
    assert not offline.progress().active
    assert offline.health("IWM").behind == 4
    with pytest.raises(DataUnavailable, match="network is switched off"):
        offline.load("SPY")
    assert len(yahoo.requests) == asked


@pytest.fixture
def prices(tmp_path: Path, bars: pd.DataFrame) -> Path:
    folder = tmp_path / "prices"
    folder.mkdir()
    for name, frame in (("IWM", bars), ("SPY", made_up_bars(seed=2, start=450.0))):
        write_csv(folder / f"{name}.csv", frame)
    return folder


def write_csv(path: Path, bars: pd.DataFrame) -> None:
    names = {"adj_close": "adjclose", "dividend": "dividends", "split": "splits"}
    bars.rename(columns=names).rename_axis("date").to_csv(path)


def test_a_folder_of_prices_has_no_store_and_no_source(
    prices: Path, tmp_path: Path, bars: pd.DataFrame
) -> None:
    market = open_market(prices)
    expect_bars(market.load("IWM"), bars)
    assert market.symbols() == ("IWM", "SPY")
    assert not market.can_fetch
    assert not market.has_demo
    assert not market.is_due("IWM")
    assert market.refresh("IWM") == Outcome("IWM", "current")
    health = market.health("IWM")
    assert (health.rows, health.behind, health.missing, health.problem) == (len(bars), 0, (), None)
    with pytest.raises(UnknownSymbol):
        market.load("QQQ")
    assert market.stored("QQQ") is None
    assert isinstance(market.last_problem("QQQ"), UnknownSymbol)
    assert market.health("QQQ").problem
    assert market.version("QQQ") == ""
    with pytest.raises(DataUnavailable):
        market.demo("IWM")
    with pytest.raises(StoreError):
        market.import_path(prices)
    assert not (tmp_path / "store").exists()


def test_a_folders_file_is_read_again_when_it_changes(prices: Path, bars: pd.DataFrame) -> None:
    market = FolderMarket(FolderSource(prices))
    before = market.version("IWM")
    assert market.load("IWM") is market.load("IWM")
    write_csv(prices / "IWM.csv", bars.iloc[:-1])
    assert market.version("IWM") != before
    assert market.load("IWM").last_session == bars.index[-2]
    (prices / "IWM.csv").write_text("date,close\n2026-05-29,oops\n")
    with pytest.raises(SchemaError):
        market.stored("IWM")
    assert isinstance(market.last_problem("IWM"), SchemaError)
    assert market.health("IWM").problem


def test_the_environment_describes_the_market(
    prices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_market().can_fetch
    assert open_market().has_demo
    assert not open_market(offline=True).can_fetch
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    assert not open_market().can_fetch
    monkeypatch.setenv("RUT_DASH_PRICES", str(prices))
    assert open_market().symbols() == ("IWM", "SPY")
    for name in ("RUT_DASH_MOVE_LIMIT", "RUT_DASH_PATIENCE"):
        for text in ("plenty", "-1", "0", "nan", "inf" if name.endswith("E") else "-inf"):
            monkeypatch.setenv(name, text)
            with pytest.raises(InvalidInput, match=name):
                open_market()
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUT_DASH_MOVE_LIMIT", "0.0001")
    with pytest.raises(SchemaError, match="RUT_DASH_MOVE_LIMIT"):
        open_market().load("IWM")


# -- import -----------------------------------------------------------------------------------


@pytest.fixture
def offline(store: Store) -> Market:
    return Market(store, None, clock=lambda: FRIDAY)


def test_a_folder_is_imported_file_by_file(
    offline: Market, prices: Path, bars: pd.DataFrame
) -> None:
    (prices / "README.md").write_text("words")
    (prices / "FRED_DGS10.csv").write_text("observation_date,DGS10\n2026-05-29,4.5\n")
    (prices / "QQQ.csv").write_text("date,open,high,low,close\n2026-05-29,1,1,1,oops\n")
    results = {result.path.name: result for result in offline.import_path(prices)}
    assert {name: result.status for name, result in results.items()} == {
        "IWM.csv": "imported",
        "SPY.csv": "imported",
        "README.md": "skipped",
        "FRED_DGS10.csv": "skipped",
        "QQQ.csv": "refused",
    }
    iwm = results["IWM.csv"]
    assert (iwm.symbol, iwm.rows, iwm.first, iwm.last) == (
        "IWM", len(bars), date(2024, 1, 2), date(2026, 5, 29),
    )  # fmt: skip
    assert results["QQQ.csv"].symbol == "QQQ"
    assert all(import_remark(r) for r in results.values() if r.status != "imported")
    expect_bars(offline.load("IWM"), bars)
    again = offline.import_path(prices / "IWM.csv")
    assert [result.status for result in again] == ["skipped"]


def test_rows_on_holidays_are_refused_by_name(
    offline: Market, prices: Path, bars: pd.DataFrame
) -> None:
    extra = bars.iloc[[-3]].set_axis(pd.DatetimeIndex(["2026-05-25"]), axis=0)
    write_csv(prices / "_VIX.csv", pd.concat([bars, extra]).sort_index())
    (result,) = offline.import_path(prices / "_VIX.csv")
    assert result.status == "refused"
    assert result.symbol == "^VIX"
    assert "2026-05-25" in import_remark(result)
    assert offline.stored("^VIX") is None


def test_an_import_never_shrinks_what_is_stored(
    offline: Market, prices: Path, bars: pd.DataFrame, file: Path
) -> None:
    offline.import_path(prices / "IWM.csv")
    before = file.read_bytes()
    wrong = bars.iloc[-50:].copy()
    wrong[["open", "high", "low", "close"]] *= 2
    write_csv(prices / "IWM.csv", wrong)
    (result,) = offline.import_path(prices / "IWM.csv")
    assert result.status == "refused"
    assert "disagree" in import_remark(result)
    assert file.read_bytes() == before


def test_a_newer_part_is_added(offline: Market, prices: Path, bars: pd.DataFrame) -> None:
    write_csv(prices / "IWM.csv", bars.iloc[:-10])
    offline.import_path(prices / "IWM.csv")
    write_csv(prices / "IWM.csv", bars.iloc[-50:])
    (result,) = offline.import_path(prices / "IWM.csv")
    assert result.status == "imported"
    assert "10 of its sessions" in import_remark(result)
    expect_bars(offline.load("IWM"), bars)


def test_an_import_that_cannot_be_stored_is_refused(tmp_path: Path, prices: Path) -> None:
    (tmp_path / "blocked").write_text("")
    market = Market(Store(tmp_path / "blocked" / "store"), None, clock=lambda: FRIDAY)
    (result,) = market.import_path(prices / "IWM.csv")
    assert result.status == "refused"
    assert "blocked" in import_remark(result)


def test_nothing_to_import(offline: Market, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no such"):
        offline.import_path(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert offline.import_path(tmp_path / "empty") == []


def test_imported_bars_are_continued_by_yahoo(
    yahoo: FakeYahoo, store: Store, prices: Path, bars: pd.DataFrame
) -> None:
    write_csv(prices / "IWM.csv", whole(yahoo).iloc[:-10])
    market = market_of(yahoo, store)
    yahoo.requests.clear()
    market.import_path(prices / "IWM.csv")
    history = market.load("IWM")
    expect_bars(history, bars)
    assert yahoo.count() == 1
    assert source_label(history.provenance).endswith("since 2026-05-15 Yahoo Finance")


def test_imported_bars_without_dividends_are_completed_by_yahoo(
    yahoo: FakeYahoo, store: Store, prices: Path, bars: pd.DataFrame
) -> None:
    write_csv(prices / "IWM.csv", bars[["open", "high", "low", "close", "volume"]])
    market = market_of(yahoo, store)
    market.import_path(prices / "IWM.csv")
    stored = market.stored("IWM")
    assert stored is not None
    assert stored.provenance.incomplete_from == date(2024, 1, 2)
    history = market.load("IWM")
    expect_bars(history, bars)
    assert history.provenance.incomplete_from is None


def test_real_bars_are_imported(offline: Market, market_data: Path) -> None:
    results = {result.path.name: result for result in offline.import_path(market_data)}
    for name in ("IWM", "SPY", "QQQ", "IWO", "IWN", "IJR", "IWB", "_RUT", "_GSPC"):
        assert results[f"{name}.csv"].status == "imported", import_remark(results[f"{name}.csv"])
    vix = results["_VIX.csv"]
    assert vix.status == "refused"
    assert all(day in import_remark(vix) for day in ("2026-05-25", "2026-06-19", "2026-07-03")[:1])
    assert results["_IRX.csv"].status == "refused"
    assert results["fed_funds_target.csv"].status == "skipped"
    iwm = offline.load("IWM")
    assert (len(iwm.bars), iwm.last_session) == (6540, pd.Timestamp("2026-05-29"))
    assert is_sound(offline.health("IWM"))
    again = offline.import_path(market_data / "IWM.csv")
    assert again[0].status == "skipped"


# -- logs, notices and health -----------------------------------------------------------------


def test_each_fetch_logs_one_line_without_secrets(
    market: Market, yahoo: FakeYahoo, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="rut_dash")
    market.load("IWM")
    yahoo.fail(FakeFault.SERVER_ERROR)
    market.refresh("IWM", force=True)
    yahoo.fail(FakeFault.TIMES_100)
    market.refresh("IWM", force=True)
    lines = [record.getMessage() for record in caplog.records if "fetch " in record.getMessage()]
    assert len(lines) == 3
    assert "symbol=IWM source='Yahoo Finance' mode=whole rows=604" in lines[0]
    assert [line.rsplit("outcome=", 1)[1] for line in lines] == [
        "fetched",
        "server_error",
        "rejected",
    ]
    for text in caplog.messages:
        assert "crumb" not in text
        assert "?" not in text


def test_a_credential_in_the_url_of_the_store_is_in_no_notice(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    market = market_of(yahoo, Store("nonsense://key:secret@bucket/prices"))
    expect_bars(market.load("IWM"), bars)
    assert market.notices
    assert "secret" not in " ".join(notices_of(market))


def test_health_of_stored_bars(market: Market, yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    market.load("IWM")
    health = market.health("IWM")
    assert is_sound(health)
    assert health.provenance is not None
    assert (health.provenance.source, health.rows, health.behind) == ("Yahoo Finance", len(bars), 0)
    assert (health.first, health.last) == (date(2024, 1, 2), date(2026, 5, 29))
    assert health.fetched_at == FRIDAY
    assert health.adjustment_differences == ()
    assert not health.provenance.simulated
    nothing = market.health("SPY")
    assert not is_sound(nothing)
    assert nothing.provenance is None


def test_wrong_adjusted_closes_are_counted(offline: Market, prices: Path, yahoo: FakeYahoo) -> None:
    given = whole(yahoo)
    given.loc[: pd.Timestamp("2026-03-16"), "adj_close"] *= 1.004
    write_csv(prices / "IWM.csv", given)
    offline.import_path(prices / "IWM.csv")
    ((day, off),) = offline.health("IWM").adjustment_differences
    assert day == date(2026, 3, 17)
    # (1 + r) / 1.004 - (1 + r), with the day's return r within two hundredths of nothing
    assert off == pytest.approx(1 / 1.004 - 1, rel=0.03)


def test_a_stored_status_is_readable_json(market: Market, yahoo: FakeYahoo, tmp_path: Path) -> None:
    yahoo.fail(FakeFault.RATE_LIMITED)
    market.refresh("IWM")
    record = json.loads((tmp_path / "store" / "IWM.status.json").read_text())
    assert record["problem"]["code"] == "rate_limited"
    assert datetime.fromisoformat(record["rate_limited_until"]).tzinfo is not None


def test_bars_and_statuses_that_have_not_changed_are_not_read_again(
    market: Market, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page asks for versions and bars on every run."""
    market.load("IWM")
    history = market.stored("IWM")

    def get(_name: str) -> bytes:
        raise AssertionError("a file was read again")

    monkeypatch.setattr(store.files, "read", get)
    for _ in range(100):
        assert market.version("IWM")
        assert market.stored("IWM") is history


def test_every_error_of_a_load_is_ours(market: Market, yahoo: FakeYahoo) -> None:
    for fault in FakeFault:
        if fault not in (FakeFault.SILENT, FakeFault.TRICKLE):
            yahoo.fail(fault)
            try:
                assert len(market.load("SPY").bars) > 400
            except RutDashError as error:
                assert str(error)  # noqa: PT017


def test_the_store_holds_bars_statuses_and_locks_alone(market: Market, tmp_path: Path) -> None:
    market.load("IWM")
    market.load("^RUT")
    names = {path.name for path in (tmp_path / "store").iterdir()}
    assert names == {
        ".locks",
        "IWM.parquet",
        "IWM.status.json",
        "%5ERUT.parquet",
        "%5ERUT.status.json",
    }
    assert os.listdir(tmp_path / "store" / ".locks")


def test_a_store_that_is_removed_is_an_empty_one(
    market: Market, yahoo: FakeYahoo, tmp_path: Path, bars: pd.DataFrame
) -> None:
    market.load("IWM")
    shutil.rmtree(tmp_path / "store")
    assert market.stored("IWM") is None
    expect_bars(market.load("IWM"), bars)


def test_a_session_is_dated_in_new_york_and_not_in_utc(yahoo: FakeYahoo, store: Store) -> None:
    """At 23:00 in New York it is tomorrow in UTC; the bar of today is no bar of the future."""
    late = datetime(2026, 5, 30, 3, 0, tzinfo=UTC)
    yahoo.as_of = late
    assert market_of(yahoo, store).load("IWM").last_session == pd.Timestamp("2026-05-29")
    assert np.all(store.status("IWM").tried_at == late)
    assert store.status("IWM") != Status()
