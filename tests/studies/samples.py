"""Small frames for the tests of studies, and drawn ones for their laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis, PricePair
from rut_dash.studies.sample import StudyData, study_data
from tests.oracles import as_history

# A busy machine is no failure of a law.
laws = settings(max_examples=30, deadline=None)


def series_of(values: Sequence[float], start: str = "2024-01-02") -> pd.Series:
    """Return closes on weekdays."""
    index = pd.bdate_range(start, periods=len(values), name="session")
    return pd.Series(np.asarray(values, dtype=float), index=index, name="close")


def data_of(
    fund: pd.Series,
    benchmark: pd.Series | None = None,
    catalogue: Catalogue | None = None,
    others: Mapping[str, pd.Series] | None = None,
) -> StudyData:
    """Return the data of a study on closes; the fund is its own benchmark where there is none."""
    history = as_history(fund.to_frame("close"), "AAA")
    if benchmark is None:
        pair = PricePair.of_one(history)
    else:
        pair = PricePair.align(history, as_history(benchmark.to_frame("close"), "BBB"))
    return study_data(pair, Basis.PRICE, catalogue, others)


@st.composite
def two_legs(draw: st.DrawFn, min_size: int = 2, max_size: int = 120) -> pd.DataFrame:
    """Draw closes of a fund and a benchmark on weekdays, in cents, that move and stand still."""
    size = draw(st.integers(min_size, max_size))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = rng.normal(0, 0.02, (size, 2)) * rng.choice([0.0, 1.0], (size, 1), p=[0.1, 0.9])
    index = pd.bdate_range("2019-01-02", periods=size, name="session")
    prices = np.round(100 * np.exp(np.cumsum(steps, axis=0)), 2)
    return pd.DataFrame(prices, index=index, columns=["fund", "benchmark"])


def drawn_data(legs: pd.DataFrame) -> StudyData:
    """Return the data of a study on drawn legs."""
    return data_of(legs["fund"], legs["benchmark"])
