"""The market on good days: real yfinance before the fake Yahoo, a store, a folder, the demo."""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import (
    DataUnavailable,
    InvalidInput,
    RutDashError,
    SchemaError,
    StoreError,
    UnknownSymbol,
)
from rut_dash.market import calendar
from rut_dash.market.fetcher import Outcome
from rut_dash.market.folder_market import FolderMarket
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.market import Market
from rut_dash.market.settings import open_market
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.status import Status
from rut_dash.market.store import Store
from rut_dash.market_wording import refresh_outcome
from tests.fake_yahoo import NEW_YORK, FakeFault, FakeYahoo
from tests.market.markets import (
    FRIDAY,
    LAST_WEEK,
    evening,
    expect_bars,
    is_sound,
    market_of,
    notices_of,
    wait_for,
    whole,
    write_csv,
)


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
    request_count = yahoo.count()
    assert market.load("IWM").version == history.version
    assert market.refresh("IWM") == Outcome("IWM", "current")
    assert yahoo.count() == request_count == 1


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
    assert (outcome.status, outcome.rows_added, outcome.error) == ("fetched", 12, None)
    assert yahoo.count() == 1
    (period_start,) = yahoo.requests[-1].query["period1"]
    begins = datetime.fromtimestamp(int(period_start), NEW_YORK).date()
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


def test_restated_bars_and_nothing_newer_have_different_outcomes(
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
            self.is_asked, self.gate = threading.Event(), threading.Event()

        def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
            self.requests += 1
            self.is_asked.set()
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
    assert source.is_asked.wait(60)
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


def test_a_stored_session_that_yahoo_lacks_stays_stored(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame, file: Path
) -> None:
    market.load("IWM")
    before = file.read_bytes()
    yahoo.withhold("IWM", "2026-05-27", "2025-03-04")
    assert market.refresh("IWM", force=True).status == "fetched"
    assert file.read_bytes() == before
    expect_bars(market.stored("IWM"), bars)


@pytest.mark.slow
def test_a_year_of_updates_equals_one_full_fetch(
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
        last = market.load("IWM").last_session
        assert last == day or day == pd.Timestamp(late)
        assert market.refresh("IWM", force=turn % 7 == 0).error is None
    got = market.stored("IWM")
    assert got is not None
    pd.testing.assert_frame_equal(got.bars, whole(yahoo), check_freq=False, check_exact=True)
    assert market.health("IWM").missing == ()


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
    request_count = len(yahoo.requests)
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
    assert len(yahoo.requests) == request_count


@pytest.mark.parametrize(
    ("now", "behind"),
    [
        ("2026-05-31 12:00", 0),  # a Sunday
        ("2026-06-01 16:19", 0),  # final twenty minutes after the bell
        ("2026-06-01 16:20", 1),
        ("2026-06-22 17:00", 15),  # without Juneteenth, a Friday
    ],
)
def test_sessions_behind_are_final_ones(now: str, behind: int) -> None:
    moment = pd.Timestamp(now, tz="America/New_York").to_pydatetime()
    market = Market(None, None, clock=lambda: moment)
    assert market.sessions_behind(pd.Timestamp("2026-05-29")) == behind


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
    assert (health.rows, health.missing, health.problem) == (len(bars), (), None)
    assert health.behind > 0, "its files end when they end"
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


# -- logs and health --------------------------------------------------------------------------


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
    answer = whole(yahoo)
    answer.loc[: pd.Timestamp("2026-03-16"), "adj_close"] *= 1.004
    write_csv(prices / "IWM.csv", answer)
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
