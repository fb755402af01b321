"""Real pairs for the analysis tests."""

from __future__ import annotations

import pandas as pd
import pytest

from rut_dash.market.history import Basis, PricePair
from tests import oracles


@pytest.fixture(scope="session")
def closes(pair: PricePair) -> pd.DataFrame:
    """Return price closes of IWM (fund) and SPY (benchmark) on their common sessions."""
    return pair.closes(Basis.PRICE)


@pytest.fixture
def synthetic() -> pd.DataFrame:
    """Return two correlated walks of 900 weekdays."""
    market = oracles.walk(900, seed=5, drift=0.0003)
    own = oracles.walk(900, seed=6)
    return pd.DataFrame({"fund": (market * 1.1 + own) / 2.1, "benchmark": market})
