"""How long the studies take over 38 years of two series; they run once a version of the data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from bench.figures import Figure
from rut_dash.market.history import Basis, PriceHistory, PricePair, Provenance
from rut_dash.market.validation import validate_bars
from rut_dash.studies.condition import parse_condition
from rut_dash.studies.event_study import event_of_day, event_study
from rut_dash.studies.placebo import placebo_rank
from rut_dash.studies.regimes import regimes
from rut_dash.studies.sample import StudyData, study_data
from rut_dash.studies.seasonality import seasonality
from rut_dash.studies.streaks import streaks
from rut_dash.studies.unusual import unusual
from rut_dash.studies.what_followed import FORWARD_HORIZONS, forward_returns, what_followed

_SESSIONS = 38 * 252
_CASES = 40
_BAR = 0.3


def study_times(*, quick: bool) -> Iterator[Figure]:
    """Measure each study on two random walks; the bars of the placebo sets are those of a page."""
    data = _two_walks()
    prices = data.fund.to_numpy(dtype=float)
    rng = np.random.default_rng(1)
    cases = np.sort(rng.choice(_SESSIONS - 300, _CASES, replace=False))
    days = [event_of_day(data.sessions[at + 1].date(), data) for at in cases + 280]

    def placebo_sets() -> None:
        for horizon in FORWARD_HORIZONS:
            returns = forward_returns(prices, horizon)[:-horizon]
            for _ in ("fund", "benchmark", "difference"):
                placebo_rank(returns, cases)

    measures: dict[str, tuple[Callable[[], object], float | None]] = {
        "1,000 placebo sets, 38 years, five horizons of three series": (placebo_sets, _BAR),
        "what followed a death cross": (
            lambda: what_followed(data, parse_condition("death_cross")),
            _BAR,
        ),
        "event study of 40 events with its band": (lambda: event_study(data, days), _BAR),
        "seasonality with 1,000 shuffles": (lambda: seasonality(data), _BAR),
        "how unusual": (lambda: unusual(data), None),
        "regimes": (lambda: regimes(data), None),
        "streaks": (lambda: streaks(data), None),
    }
    for name, (run, limit) in measures.items():
        samples = tuple(_seconds(run) for _ in range(3 if quick else 15))
        bar = "none" if limit is None else "value"
        yield Figure("studies", name, "s", samples, (), bar, limit)


def _two_walks() -> StudyData:
    """Return random walks of 38 years of weekdays."""
    rng = np.random.default_rng(0)
    index = pd.bdate_range("1988-01-04", periods=_SESSIONS, name="session")
    legs = []
    for symbol in ("AAA", "BBB"):
        close = 100 * np.exp(np.cumsum(rng.normal(0.0003, 0.012, _SESSIONS)))
        bars = pd.DataFrame({"close": close, "dividend": 0.0, "split": 0.0}, index)
        history = PriceHistory(symbol, validate_bars(bars, "bench", symbol), Provenance("bench"))
        legs.append(history)
    return study_data(PricePair.align(*legs), Basis.PRICE)


def _seconds(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
