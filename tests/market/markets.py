"""Markets in front of the fake Yahoo, and what tests of them share."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from rut_dash.market.health import Health
from rut_dash.market.history import PriceHistory
from rut_dash.market.market import Market
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
from rut_dash.market.validation import BAR_COLUMNS
from rut_dash.market_wording import store_notice
from tests.fake_yahoo import NEW_YORK, FakeYahoo

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


def write_csv(path: Path, bars: pd.DataFrame) -> None:
    names = {"adj_close": "adjclose", "dividend": "dividends", "split": "splits"}
    bars.rename(columns=names).rename_axis("date").to_csv(path)


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
