"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from rut_dash.market.history import PriceHistory, PricePair
from tests import oracles

# A busy machine is no failure of a law.
settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any_machine")

ROOT = Path(__file__).resolve().parent.parent
MARKET_DATA = Path(os.environ.get("RUT_DASH_TEST_DATA", ROOT.parent / "shared" / "market_data"))


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Return the folder of real bars; skip, saying so, where it is absent."""
    if not MARKET_DATA.is_dir():
        pytest.skip(f"no real bars at {MARKET_DATA} (set RUT_DASH_TEST_DATA to their folder)")
    return MARKET_DATA


@pytest.fixture(autouse=True)
def _private_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own store and settings out of the tests."""
    for name in list(os.environ):
        if name.startswith("RUT_DASH_") and name != "RUT_DASH_TEST_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path / "store"))


@pytest.fixture(scope="session")
def iwm(market_data: Path) -> PriceHistory:
    return oracles.as_history(oracles.real_bars(market_data, "IWM"), "IWM")


@pytest.fixture(scope="session")
def spy(market_data: Path) -> PriceHistory:
    return oracles.as_history(oracles.real_bars(market_data, "SPY"), "SPY")


@pytest.fixture(scope="session")
def pair(iwm: PriceHistory, spy: PriceHistory) -> PricePair:
    return PricePair.align(iwm, spy)
