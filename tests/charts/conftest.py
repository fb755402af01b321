"""The samples as fixtures."""

from __future__ import annotations

import pandas as pd
import pytest

from rut_dash.charts.chart import Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.events.catalogue import Catalogue, load_catalogue
from tests.charts.samples import AS_OF, every_mark, made_up_bars, real_context, simulated_context


@pytest.fixture(scope="session")
def ctx() -> Context:
    return real_context()


@pytest.fixture(scope="session")
def simulated() -> Context:
    return simulated_context()


@pytest.fixture(scope="session")
def ohlcv() -> pd.DataFrame:
    return made_up_bars()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(through=AS_OF.date())


@pytest.fixture(scope="session")
def marks(ohlcv: pd.DataFrame) -> list[EventMark]:
    return every_mark(ohlcv.index)
