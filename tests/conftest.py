"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
