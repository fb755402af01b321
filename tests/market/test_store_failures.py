"""A store that is damaged, full, read-only, out of reach or hanging."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rut_dash.errors import (
    DataUnavailable,
)
from rut_dash.market.history import PriceHistory
from rut_dash.market.store import Store
from tests.fake_yahoo import FakeFault, FakeYahoo, made_up_bars
from tests.faults import STORE_CASES
from tests.market.failing import failing, full_disk, unreachable
from tests.market.markets import (
    FRIDAY,
    LAST_WEEK,
    Clock,
    evening,
    expect_bars,
    market_of,
    notices_of,
    wait_for,
)


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
    (text,) = notices_of(market)
    assert "was damaged: it was put aside as IWM.parquet.bad" in text
    market.refresh("IWM", force=True)
    assert market.notices == ()  # it was said once


def test_a_damaged_file_is_replaced_by_the_backup(
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
    (period_start,) = yahoo.requests[-1].query["period1"]
    assert int(period_start) > 0  # an update of the backup, and not everything again


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
    request_count = yahoo.count()
    assert market.refresh("IWM").status == "current"
    assert yahoo.count() == request_count  # what is in memory is stored, nothing is fetched again
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
    handler.write_error = full_disk()
    yahoo.as_of = FRIDAY
    history = market.load("IWM")
    expect_bars(history, bars)
    assert history.provenance.stale_because is None
    assert any("No space left" in notice for notice in notices_of(market))
    expect_bars(store.read("IWM"), bars.loc[:"2026-05-22"])
    handler.write_error = None
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
    handler.read_error = unreachable()
    market = market_of(yahoo, store)
    assert market.stored("IWM") is None
    assert any("Until it can be read" in notice for notice in notices_of(market))
    assert len(market.load("IWM").bars) < len(bars)
    handler.read_error = None
    assert store.files.read("IWM.parquet") == packed
    market.refresh("IWM")
    expect_bars(store.read("IWM"), bars)
    assert market.notices == ()


def test_bars_already_read_stay_while_the_store_is_unreachable(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem)
    market = market_of(yahoo, store, check_every=60.0)
    market.load("IWM")
    expect_bars(market.stored("IWM"), bars)
    handler.read_error = unreachable()
    expect_bars(market.stored("IWM"), bars)
    assert market.version("IWM")
    handler.read_error = None
    expect_bars(market.stored("IWM"), bars)


def test_a_store_that_hangs_is_waited_for_once_and_used_again_later(
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

    def is_used_again() -> bool:
        clock.now += 31.0  # a busy machine may take longer than the store's patience once more
        return market.refresh("IWM").status == "current" and not market.notices

    wait_for(is_used_again)
    expect_bars(Store("bucket", filesystem=filesystem).read("IWM"), bars)


def test_a_remote_store_is_probed_without_blocking_pages(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    clock = Clock()
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem, patience=(300.0, 300.0))
    market_of(yahoo, store).load("IWM")
    market = market_of(yahoo, store, check_every=30.0, monotonic=clock)
    handler.read_error = unreachable()
    assert market.stored("IWM") is None
    handler.read_error = None
    handler.open.clear()  # slow: who waited would wait for five minutes
    clock.now += 31.0
    assert market.stored("IWM") is None
    handler.open.set()
    wait_for(lambda: market.stored("IWM") is not None)
    expect_bars(market.stored("IWM"), bars)
    assert market.notices == ()


def test_a_remote_store_is_not_read_on_every_run(yahoo: FakeYahoo) -> None:
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
