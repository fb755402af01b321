"""A source that fails, limits the rate of requests, or answers something else."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.errors import (
    DataUnavailable,
    RateLimited,
)
from rut_dash.market.fetcher import Outcome
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.market import Market
from rut_dash.market.problems import Problem
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.status import Status
from rut_dash.market.store import Store
from rut_dash.market.validation import validate_bars
from rut_dash.market_wording import import_remark, problem_clause, staleness_clause
from tests.fake_yahoo import NEW_YORK, FakeFault, FakeYahoo, made_up_bars
from tests.market.failing import failing, unreachable
from tests.market.markets import FRIDAY, LAST_WEEK, Clock, expect_bars, market_of, wait_for


def test_a_rejected_update_has_a_reason(market: Market, yahoo: FakeYahoo, file: Path) -> None:
    yahoo.as_of = LAST_WEEK
    market.load("IWM")
    yahoo.as_of = FRIDAY
    yahoo.fail(FakeFault.TIMES_100)
    outcome = market.refresh("IWM")
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert "its bars were refused" in str(outcome.error)
    assert "2026-05-22" in str(outcome.error)
    # What can be done about it is in every text about the reason.
    problem = market.health("IWM").problem
    stored = market.stored("IWM")
    assert problem is not None
    assert stored is not None
    assert stored.provenance.stale_because is not None
    clauses = (problem_clause(problem), staleness_clause(stored.provenance.stale_because))
    for sentence in (str(outcome.error), *clauses):
        assert "the limit can be raised with RUT_DASH_MOVE_LIMIT" in sentence


def test_no_caller_waits_longer_than_the_patience_of_the_market(
    yahoo: FakeYahoo, store: Store
) -> None:
    """Whatever the source does; its answer is stored when it comes."""

    class Slow:
        name = "slow"
        simulated = False
        let = threading.Event()

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            self.let.wait(300)
            bars = validate_bars(made_up_bars(), "slow", symbol)
            return PriceHistory(symbol, bars, Provenance("slow"))

    slow = Market(store, Slow(), clock=lambda: FRIDAY, patience=0.3)
    with pytest.raises(DataUnavailable, match=r"within 0\.3 seconds"):
        slow.load("IWM")
    assert slow.refresh("IWM").status == "failed"
    Slow.let.set()  # nobody waited for this
    wait_for(lambda: store.read("IWM") is not None)
    wait_for(lambda: slow.load("IWM").provenance.stale_because is None)


def test_a_silent_source_is_waited_for_once_and_not_once_a_symbol(
    yahoo: FakeYahoo, store: Store
) -> None:
    yahoo.as_of = LAST_WEEK
    for symbol in ("IWM", "SPY", "^RUT"):
        market_of(yahoo, store).load(symbol)
    yahoo.as_of = FRIDAY
    yahoo.fail(FakeFault.SILENT)
    yahoo.requests.clear()
    silent_source = YahooSource(clock=yahoo.time, deadline=60.0, request_timeout=3.0)
    market = Market(store, silent_source, clock=yahoo.time, check_every=0.0, patience=90.0)
    histories = [market.load(symbol) for symbol in ("IWM", "SPY", "^RUT")]
    assert yahoo.count() == 1
    assert all(history.provenance.stale_because for history in histories)
    yahoo.fail(None)
    silent_source.client.request_timeout = 30.0
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
    assert "test_fetch_failures.py:" in caplog.text
    assert "secret" not in caplog.text


# -- rate limits ------------------------------------------------------------------------------


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
        for each_market in (market, other):
            assert not each_market.is_due(symbol)
            outcome = each_market.refresh(symbol, force=True)
            assert outcome.status == "rate_limited"
            assert outcome.retry_at == first.retry_at
            assert outcome.error is not None
            assert f"{first.retry_at:%H:%M}" in str(outcome.error)
            with pytest.raises(DataUnavailable) as caught:
                each_market.load(symbol)
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
    for each_market in (market, market_of(yahoo, Store(store.url))):
        stale = each_market.stored("SPY")
        assert stale is not None
        assert stale.provenance.stale_because is not None
        assert f"next try at {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" in staleness_clause(
            stale.provenance.stale_because
        )
        assert each_market.health("SPY").retry_at == until
        assert each_market.version("SPY") != before  # so that a page is drawn again
        problem = each_market.last_problem("QQQ")
        assert isinstance(problem, DataUnavailable)
        assert problem.retry_at == until
        # Bars that lack nothing have no problem.
        assert each_market.health("^RUT") == current
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
            bars = validate_bars(made_up_bars(), "vendor", symbol)
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
    """A source that limits the rate from one symbol's request on, and answers the others late."""

    name, simulated = "Yahoo Finance", False

    def __init__(self, bars: pd.DataFrame) -> None:
        self.bars = bars
        self.is_asked = threading.Barrier(3)
        self.is_limited = threading.Event()

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        self.is_asked.wait(60)
        if symbol == "SPY":
            assert self.is_limited.wait(60)
            return PriceHistory(symbol, self.bars, Provenance(self.name, fetched_at=FRIDAY))
        raise RateLimited(symbol, self.name)


def test_simultaneous_refusals_are_one_rate_limit_and_an_older_answer_does_not_end_it(
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
    source.is_limited.set()
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
        requests = 0

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            self.requests += 1
            raise ZeroDivisionError("secret=abc")

    source = Odd()
    market = Market(store, source, clock=lambda: FRIDAY)
    with caplog.at_level(logging.INFO, logger="rut_dash.market"):
        outcome = market.refresh("IWM")
    assert outcome.status == "failed"
    assert "(ZeroDivisionError)" in str(outcome.error)
    assert outcome.retry_at is not None
    assert not market.is_due("IWM")
    assert source.requests == 1
    assert "outcome=unexpected" in caplog.text
    assert "secret" not in caplog.text


def test_an_amount_that_is_a_word_is_an_unreadable_answer(market: Market, yahoo: FakeYahoo) -> None:
    def word(result: dict[str, object]) -> None:
        events = result["events"]
        assert isinstance(events, dict)
        next(iter(events["dividends"].values()))["amount"] = "0.6"

    yahoo.tamper = word
    outcome = market.refresh("IWM")
    assert "its answer could not be read" in str(outcome.error)
    assert not market.is_due("IWM")


@pytest.mark.parametrize(
    ("meta", "problem"),
    [
        ({"symbol": "QQQ"}, "it answered with prices of QQQ"),
        ({"dataGranularity": "1wk"}, "it answered with other prices than daily ones"),
    ],
)
def test_an_answer_about_something_else_is_refused(
    meta: dict[str, str], problem: str, market: Market, yahoo: FakeYahoo
) -> None:
    yahoo.tamper = lambda result: result["meta"].update(meta)
    assert problem in str(market.refresh("IWM").error)
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
