"""A source's rate limit holds for every symbol and process, whatever the store does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.fs as pafs
import pytest

from rut_dash.errors import RateLimited, UnreadableFile
from rut_dash.market import freshness
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.market import Market
from rut_dash.market.problems import Problem
from rut_dash.market.status import Status
from rut_dash.market.store import Store
from tests.fake_yahoo import NEW_YORK
from tests.market.failing import FailingHandler, failing, full_disk, unreachable
from tests.market.markets import wait_for

FRIDAY = datetime(2026, 5, 29, 20, tzinfo=NEW_YORK)
KEY = "@a vendor"


class LimitedSource:
    """A source that refuses every request for its rate while ``is_limited``."""

    name, simulated = "a vendor", False

    def __init__(self, bars: pd.DataFrame) -> None:
        self.bars = bars
        self.is_limited = False
        self.now = FRIDAY
        self.requests: list[str] = []

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        self.requests.append(symbol)
        if self.is_limited:
            raise RateLimited(symbol, self.name)
        bars = self.bars.loc[pd.Timestamp(start or "1990-01-01") :]
        return PriceHistory(symbol, bars, Provenance(self.name, fetched_at=self.now))


@pytest.fixture
def source(bars: pd.DataFrame) -> LimitedSource:
    return LimitedSource(bars)


@pytest.fixture
def disk() -> tuple[FailingHandler, pafs.FileSystem]:
    return failing()


def market_on(disk: tuple[FailingHandler, pafs.FileSystem], source: LimitedSource) -> Market:
    store = Store("bucket", filesystem=disk[1])
    return Market(store, source, clock=lambda: source.now, check_every=0.0)


def fail_reading(handler: FailingHandler) -> None:
    handler.read_error = unreachable()


def fail_writing(handler: FailingHandler) -> None:
    handler.write_error = full_disk()


def fail_both(handler: FailingHandler) -> None:
    fail_reading(handler)
    fail_writing(handler)


def works(_handler: FailingHandler) -> None:
    """Leave the store as it is."""


STORES = pytest.mark.parametrize("fail", [works, fail_reading, fail_writing, fail_both])


def recover(handler: FailingHandler) -> None:
    handler.read_error = handler.write_error = None


def expect_limit(market: Market, source: LimitedSource, until: datetime | None) -> None:
    """Expect that no symbol is asked for, due, wanted or forced."""
    assert until is not None
    source.requests.clear()
    for symbol in ("IWM", "SPY", "QQQ"):
        assert not market.is_due(symbol)
        assert market.refresh(symbol).retry_at == until
        assert market.refresh(symbol, force=True).status == "rate_limited"
        market.refresh_in_background([symbol])
    wait_for(lambda: not market.progress().active)
    assert source.requests == []


@STORES
def test_a_limit_that_was_stored_holds_when_the_store_fails_afterwards(
    fail: Callable[[FailingHandler], None],
    disk: tuple[FailingHandler, pafs.FileSystem],
    source: LimitedSource,
) -> None:
    market = market_on(disk, source)
    source.is_limited = True
    until = market.refresh("IWM").retry_at
    fail(disk[0])
    expect_limit(market, source, until)


@STORES
def test_a_limit_that_could_not_be_stored_holds(
    fail: Callable[[FailingHandler], None],
    disk: tuple[FailingHandler, pafs.FileSystem],
    source: LimitedSource,
) -> None:
    market = market_on(disk, source)
    fail(disk[0])
    source.is_limited = True
    until = market.refresh("IWM").retry_at
    expect_limit(market, source, until)


@STORES
def test_another_processs_limit_holds_when_the_store_fails_after_it_was_read(
    fail: Callable[[FailingHandler], None],
    disk: tuple[FailingHandler, pafs.FileSystem],
    source: LimitedSource,
) -> None:
    market, other = market_on(disk, source), market_on(disk, source)
    source.is_limited = True
    until = other.refresh("IWM").retry_at
    assert not market.is_due("SPY")
    fail(disk[0])
    expect_limit(market, source, until)


def test_a_limit_holds_when_its_file_can_no_longer_be_read(
    source: LimitedSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    market = Market(store, source, clock=lambda: source.now, check_every=0.0)
    source.is_limited = True
    until = market.refresh("IWM").retry_at

    def status(symbol: str) -> Status:
        raise UnreadableFile(str(tmp_path / symbol), "cannot be read (Input/output error)")

    monkeypatch.setattr(store, "status", status)
    (tmp_path / "%40a%20vendor.status.json").touch()  # it seems to have changed
    expect_limit(market, source, until)


@STORES
def test_pauses_grow_with_each_refusal_while_the_store_fails(
    fail: Callable[[FailingHandler], None],
    disk: tuple[FailingHandler, pafs.FileSystem],
    source: LimitedSource,
) -> None:
    market = market_on(disk, source)
    source.is_limited = True
    for turn, least in enumerate((15, 30, 60, 120)):
        if turn == 1:
            fail(disk[0])
        outcome = market.refresh("IWM" if turn % 2 else "SPY", force=True)
        assert outcome.retry_at is not None
        minutes = (outcome.retry_at - source.now) / timedelta(minutes=1)
        assert least <= minutes <= 1.25 * least
        source.now = outcome.retry_at


@STORES
def test_the_newest_limit_counts_and_is_stored_once_the_store_is_back(
    fail: Callable[[FailingHandler], None],
    disk: tuple[FailingHandler, pafs.FileSystem],
    source: LimitedSource,
) -> None:
    market = market_on(disk, source)
    source.is_limited = True
    first = market.refresh("IWM").retry_at
    assert first is not None
    fail(disk[0])
    source.now = first
    second = market.refresh("IWM").retry_at
    recover(disk[0])
    wait_for(lambda: market.refresh("SPY").status == "rate_limited" and not market.notices)
    expect_limit(market, source, second)
    expect_limit(market_on(disk, source), source, second)
    status = Store("bucket", filesystem=disk[1]).status(KEY)
    assert (status.rate_limited_until, status.failures) == (second, 2)


@STORES
def test_an_answer_ends_the_limit_for_all_once_the_store_is_back(
    fail: Callable[[FailingHandler], None],
    disk: tuple[FailingHandler, pafs.FileSystem],
    source: LimitedSource,
) -> None:
    market = market_on(disk, source)
    source.is_limited = True
    until = market.refresh("IWM").retry_at
    assert until is not None
    fail(disk[0])
    source.now, source.is_limited = until, False
    assert market.refresh("IWM").status == "fetched"
    recover(disk[0])
    wait_for(
        lambda: (
            all(market.refresh(symbol).error is None for symbol in ("IWM", "SPY"))
            and not market.notices
        )
    )
    source.is_limited = True
    outcome = market_on(disk, source).refresh("QQQ")
    assert outcome.retry_at is not None  # the first of a new incident
    assert outcome.retry_at - source.now <= 1.25 * timedelta(minutes=15)


def test_a_newer_status_of_another_process_counts_more_than_one_in_memory(
    disk: tuple[FailingHandler, pafs.FileSystem], source: LimitedSource
) -> None:
    market, other = market_on(disk, source), market_on(disk, source)
    fail_writing(disk[0])
    source.is_limited = True
    assert market.refresh("IWM").status == "failed"
    recover(disk[0])
    # The other process cannot know of that limit: its requests are answered.
    source.is_limited = False
    for _ in range(3):
        assert other.refresh("IWM", force=True).status == "fetched"
    assert market.health("IWM").problem is None
    market.refresh_in_background(["IWM"])  # as a page does
    wait_for(lambda: not market.progress().active)
    assert market.last_problem("IWM") is None


# -- the rules as pure functions ----------------------------------------------------------------


def limited(limit: Status, asked_at: datetime, now: datetime) -> Status:
    problem = Problem("rate_limited", "a source")
    return freshness.rate_limited_status(limit, problem, asked_at, now)


def test_a_refusal_of_a_request_from_before_the_last_one_does_not_lengthen_the_pause() -> None:
    start = datetime(2025, 5, 12, 12, tzinfo=UTC)
    first = limited(Status(), start, start + timedelta(seconds=1))
    same = limited(first, start, start + timedelta(seconds=2))
    assert (first.failures, same.failures) == (1, 1)
    later = limited(same, start + timedelta(hours=1), start + timedelta(hours=1))
    assert later.failures == 2
    assert later.attempts == 3


def test_a_rate_limit_that_ends_later_than_any_can_is_of_a_wrong_clock() -> None:
    now = datetime(2025, 5, 12, 12, tzinfo=UTC)
    for hours, holds in ((0, False), (1, True), (6, True), (7, False), (23, False)):
        until = now + timedelta(hours=hours)
        end = freshness.rate_limit_end(Status(rate_limited_until=until), now)
        assert end == (until if holds else None), hours
