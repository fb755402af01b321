"""The fake Yahoo, reached by the real client through the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.market.market import Market
from rut_dash.market.store import Store
from tests.fake_yahoo import FakeYahoo, made_up_bars
from tests.market.markets import FRIDAY, market_of, write_csv

DIVIDENDS = {"2024-06-11": 0.7, "2025-12-16": 0.9, "2026-03-17": 0.6}
SPLITS = {"2025-06-09": 2.0}


@pytest.fixture(scope="session")
def bars() -> pd.DataFrame:
    """Two years and a half of bars with dividends and a split, ending on 2026-05-29."""
    return made_up_bars(dividends=DIVIDENDS, splits=SPLITS)


@pytest.fixture
def yahoo(bars: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYahoo]:
    """Start a fake Yahoo that serves IWM, SPY and ^RUT, and is the only network there is."""
    with FakeYahoo() as fake:
        for name, value in fake.environment().items():
            monkeypatch.setenv(name, value)
        fake.serve("IWM", bars)
        fake.serve("SPY", made_up_bars(seed=2, start=450.0))
        fake.serve("^RUT", made_up_bars(seed=3, start=2000.0).assign(volume=0.0))
        yield fake


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


@pytest.fixture
def prices(tmp_path: Path, bars: pd.DataFrame) -> Path:
    folder = tmp_path / "prices"
    folder.mkdir()
    for name, frame in (("IWM", bars), ("SPY", made_up_bars(seed=2, start=450.0))):
        write_csv(folder / f"{name}.csv", frame)
    return folder


@pytest.fixture
def offline(store: Store) -> Market:
    return Market(store, None, clock=lambda: FRIDAY)
