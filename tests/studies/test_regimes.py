"""Regimes: by hand, and their laws."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from rut_dash.studies.regimes import STATES, Regime, RegimeKind, RegimeState, regimes
from rut_dash.studies.sample import VIX, StudyData
from tests.studies.samples import data_of, drawn_data, laws, series_of, two_legs


def regime_of(data: StudyData, kind: RegimeKind) -> Regime:
    return next(regime for regime in regimes(data).regimes if regime.kind is kind)


def test_the_state_of_a_close_counts_for_the_next_session() -> None:
    # Drawdowns 0, -6%, -12%, -25%, 0: shallow, moderate, deep, severe, shallow.
    prices = [100.0, 94.0, 88.0, 75.0, 110.0]
    regime = regime_of(data_of(series_of(prices)), RegimeKind.DRAWDOWN)
    growths = {state: figures.growth for state, figures in regime.figures.items()}
    assert growths == {
        RegimeState.SHALLOW: pytest.approx(94 / 100),
        RegimeState.MODERATE: pytest.approx(88 / 94),
        RegimeState.DEEP: pytest.approx(75 / 88),
        RegimeState.SEVERE: pytest.approx(110 / 75),
    }
    # The last close has no session after it.
    assert [figures.n for figures in regime.figures.values()] == [1, 1, 1, 1]


def test_a_step_of_the_drawdown_belongs_to_the_deeper_state() -> None:
    regime = regime_of(data_of(series_of([100.0, 90.0])), RegimeKind.DRAWDOWN)
    assert regime.current.state is RegimeState.DEEP


def test_the_spell_in_force_has_a_rank_among_those_of_its_state() -> None:
    prices = [100, 94, 94, 101, 95, 102, 96, 96]
    regime = regime_of(data_of(series_of(prices)), RegimeKind.DRAWDOWN)
    assert [(spell.state, spell.length) for spell in regime.spells] == [
        (RegimeState.SHALLOW, 1),
        (RegimeState.MODERATE, 2),
        (RegimeState.SHALLOW, 1),
        (RegimeState.MODERATE, 1),
        (RegimeState.SHALLOW, 1),
        (RegimeState.MODERATE, 2),
    ]
    assert (regime.rank, regime.of_state) == (1, 3)
    assert regime.current.first == pd.Timestamp("2024-01-10")
    assert regime.figures[RegimeState.MODERATE].spells == 3


def test_before_an_average_exists_the_state_is_not_known() -> None:
    regime = regime_of(data_of(series_of(np.linspace(100, 200, 210).tolist())), RegimeKind.AVERAGE)
    assert [(spell.state, spell.length) for spell in regime.spells] == [
        (RegimeState.UNKNOWN, 199),
        (RegimeState.ABOVE, 11),
    ]
    assert regime.figures[RegimeState.UNKNOWN].n == 199
    assert regime.figures[RegimeState.ABOVE].n == 10
    assert regime.figures[RegimeState.BELOW].n == 0


def test_thirds_of_the_vix_are_those_known_at_the_time() -> None:
    fund = series_of([100.0] * 260)
    values = np.concatenate([np.arange(300.0, 48.0, -1.0), [49.5, 200.5, 400.0]])
    index = fund.index[: len(values)]
    # On a Saturday: no session, though it would be the highest of all.
    vix = pd.concat([pd.Series(values, index), pd.Series([900.0], [pd.Timestamp("2024-06-01")])])
    regime = regime_of(data_of(fund, others={VIX: vix.sort_index()}), RegimeKind.VIX)
    assert [(spell.state, spell.length) for spell in regime.spells] == [
        (RegimeState.UNKNOWN, 251),
        # The lowest and the second lowest of all; then the 155th of 254; then the highest.
        (RegimeState.LOW, 2),
        (RegimeState.MIDDLE, 1),
        (RegimeState.HIGH, 1),
        # The VIX ends before the fund.
        (RegimeState.UNKNOWN, 5),
    ]


def test_without_the_vix_there_is_no_regime_of_it() -> None:
    kinds = [regime.kind for regime in regimes(data_of(series_of([1.0, 2.0]))).regimes]
    assert kinds == [kind for kind in RegimeKind if kind is not RegimeKind.VIX]


def test_a_year_of_sessions_is_annualised_and_less_is_not() -> None:
    rising = data_of(series_of((100 * 1.001 ** np.arange(253)).tolist()))
    base = regimes(rising).base
    assert base.n == 252
    assert base.annualised == pytest.approx(1.001**252 - 1)
    assert base.volatility == pytest.approx(0.0, abs=1e-9)
    shorter = regimes(data_of(rising.fund.iloc[:-1])).base
    assert math.isnan(shorter.annualised)
    assert shorter.growth == pytest.approx(1.001**251)


def test_the_excess_is_of_common_sessions() -> None:
    fund = series_of((100 * 1.001 ** np.arange(300)).tolist())
    benchmark = series_of((50 * 1.0004 ** np.arange(300)).tolist()).iloc[40:]
    base = regimes(data_of(fund, benchmark)).base
    assert (base.n, base.excess_n) == (299, 259)
    assert base.excess == pytest.approx(1.001**252 - 1.0004**252)


@laws
@given(two_legs(3, 320))
def test_the_states_of_a_regime_compound_to_buy_and_hold(legs: pd.DataFrame) -> None:
    result = regimes(drawn_data(legs))
    total = legs["fund"].iloc[-1] / legs["fund"].iloc[0]
    assert result.base.growth == pytest.approx(total)
    for regime in result.regimes:
        assert math.prod(f.growth for f in regime.figures.values()) == pytest.approx(total)
        assert sum(f.n for f in regime.figures.values()) == len(legs) - 1
        assert sum(spell.length for spell in regime.spells) == len(legs)
        assert set(regime.figures) <= {*STATES[regime.kind], RegimeState.UNKNOWN}


@laws
@given(two_legs(260, 320))
def test_truncating_later_bars_changes_no_earlier_state(legs: pd.DataFrame) -> None:
    cut = len(legs) - 5
    for past, whole in zip(
        regimes(drawn_data(legs.iloc[:cut])).regimes,
        regimes(drawn_data(legs)).regimes,
        strict=True,
    ):
        states = [[s.state for s in r.spells for _ in range(s.length)] for r in (past, whole)]
        assert states[0] == states[1][:cut]
