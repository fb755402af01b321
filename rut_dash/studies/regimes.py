"""Regimes: states of the market that a close decides, and what the sessions after it brought."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.drawdown import underwater
from rut_dash.analysis.returns import SESSIONS_PER_YEAR, sessions_of
from rut_dash.studies.case_selection import run_bounds
from rut_dash.studies.conditions.large_moves import percentile_to_date
from rut_dash.studies.sample import VIX, Sample, StudyData

AVERAGE_SESSIONS: Final = 200
VOLATILITY_SESSIONS: Final = 21
# Depths at which a drawdown changes its state.
DRAWDOWN_STEPS: Final = (0.05, 0.1, 0.2)


class RegimeKind(StrEnum):
    """What divides sessions into states."""

    AVERAGE = "average"
    VOLATILITY = "volatility"
    VIX = "vix"
    DRAWDOWN = "drawdown"
    RATIO_TREND = "ratio_trend"


class RegimeState(StrEnum):
    """A state; which of them there are depends on the kind."""

    BELOW = "below"
    ABOVE = "above"
    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"
    SHALLOW = "shallow"
    MODERATE = "moderate"
    DEEP = "deep"
    SEVERE = "severe"
    UNKNOWN = "unknown"


STATES: Final[Mapping[RegimeKind, tuple[RegimeState, ...]]] = {
    RegimeKind.AVERAGE: (RegimeState.BELOW, RegimeState.ABOVE),
    RegimeKind.VOLATILITY: (RegimeState.LOW, RegimeState.MIDDLE, RegimeState.HIGH),
    RegimeKind.VIX: (RegimeState.LOW, RegimeState.MIDDLE, RegimeState.HIGH),
    RegimeKind.DRAWDOWN: (
        RegimeState.SHALLOW,
        RegimeState.MODERATE,
        RegimeState.DEEP,
        RegimeState.SEVERE,
    ),
    RegimeKind.RATIO_TREND: (RegimeState.BELOW, RegimeState.ABOVE),
}


@dataclass(frozen=True, slots=True)
class RegimeSpell:
    """Consecutive sessions in one state."""

    state: RegimeState
    first: pd.Timestamp
    last: pd.Timestamp
    length: int


@dataclass(frozen=True, slots=True)
class StateFigures:
    """The sessions after closes in one state.

    Attributes
    ----------
    n, spells
        Sessions, and the spells that they are in.
    growth
        The compounded returns of the fund, plus 1; 1 without sessions.
    annualised
        ``growth ** (252 / n) - 1``; NaN with fewer than 252 sessions.
    volatility
        Annualised, of the fund's returns; NaN with fewer than two.
    excess_n, excess
        Common sessions, and the fund's annualised return on them less the benchmark's; NaN with
        fewer than 252.
    """

    n: int
    spells: int
    growth: float
    annualised: float
    volatility: float
    excess_n: int
    excess: float


@dataclass(frozen=True)
class Regime:
    """One way to divide sessions into states.

    Attributes
    ----------
    spells
        All of them, oldest first, the unknown state of the first sessions included.
    current
        The spell of the last session.
    rank, of_state
        The place of the spell in force among the spells of its state by length, 1 where none is
        longer, and how many there are.
    figures
        By state, the unknown one included where there is one.
    """

    kind: RegimeKind
    spells: tuple[RegimeSpell, ...]
    current: RegimeSpell
    rank: int
    of_state: int
    figures: Mapping[RegimeState, StateFigures]


@dataclass(frozen=True)
class Regimes:
    """The regimes of a fund.

    Attributes
    ----------
    base
        Of all sessions but the first.
    """

    sample: Sample
    regimes: tuple[Regime, ...]
    base: StateFigures


def regimes(data: StudyData) -> Regimes:
    """Return the regimes that the data can tell, and what the sessions in each of them brought.

    The state of a close counts for the next session, so that nothing later decides it. The regime
    of the VIX needs its closes in ``data.others``.
    """
    fund = data.fund
    closes = {
        RegimeKind.AVERAGE: fund,
        RegimeKind.VOLATILITY: fund,
        RegimeKind.DRAWDOWN: fund,
        RegimeKind.RATIO_TREND: data.ratio,
    }
    vix = data.others.get(VIX)
    if vix is not None:
        closes[RegimeKind.VIX] = vix[vix.index.isin(fund.index)]
    found = []
    for kind in RegimeKind:
        if kind in closes and len(closes[kind]):
            codes = pd.Series(_codes(kind, closes[kind]), closes[kind].index)
            every = codes.reindex(fund.index, fill_value=-1).to_numpy()
            found.append(_regime(kind, every, data))
    everywhere = np.zeros(len(fund), dtype=np.int64)
    return Regimes(data.sample, tuple(found), _figures(everywhere, 0, data, spells=1))


def _codes(kind: RegimeKind, close: pd.Series) -> np.ndarray:
    """Return for each close the place of its state among those of the kind; -1 where unknown."""
    if kind in (RegimeKind.AVERAGE, RegimeKind.RATIO_TREND):
        average = close.rolling(AVERAGE_SESSIONS).mean()
        is_above = (close > average).to_numpy().astype(np.int64)
        return np.where(average.isna(), -1, is_above)
    if kind is RegimeKind.DRAWDOWN:
        depths = -underwater(close).to_numpy()
        return np.searchsorted(DRAWDOWN_STEPS, depths + 1e-12, side="right")
    values = close
    if kind is RegimeKind.VOLATILITY:
        values = close.pct_change(fill_method=None).rolling(VOLATILITY_SESSIONS).std()
    places = percentile_to_date(values).to_numpy()
    thirds = np.searchsorted((1 / 3, 2 / 3), places, side="left")
    return np.where(np.isnan(places), -1, thirds)


def _regime(kind: RegimeKind, codes: np.ndarray, data: StudyData) -> Regime:
    """Return a regime of the state at each of the fund's sessions, -1 where unknown."""
    index, states = data.sessions, STATES[kind]
    spells = tuple(
        RegimeSpell(
            RegimeState.UNKNOWN if codes[start] < 0 else states[codes[start]],
            index[start],
            index[stop - 1],
            stop - start,
        )
        for start, stop in run_bounds(codes)
    )
    current = spells[-1]
    lengths = [spell.length for spell in spells if spell.state is current.state]
    by_code = {**dict(enumerate(states)), -1: RegimeState.UNKNOWN}
    figures = {}
    for code, state in by_code.items():
        count = sum(spell.state is state for spell in spells)
        if count or state is not RegimeState.UNKNOWN:
            figures[state] = _figures(codes, code, data, count)
    return Regime(
        kind=kind,
        spells=spells,
        current=current,
        rank=1 + sum(length > current.length for length in lengths),
        of_state=len(lengths),
        figures=figures,
    )


def _figures(codes: np.ndarray, code: int, data: StudyData, spells: int) -> StateFigures:
    """Return the figures of the sessions after closes with a code."""
    state = pd.Series(codes == code, data.fund.index)
    returns = _returns_after(data.fund.to_frame(), state)[:, 0]
    both = _returns_after(data.closes, state)
    excess = np.diff([_annualised(leg) for leg in both.T[::-1]])[0]
    is_enough = len(returns) > 1
    return StateFigures(
        n=len(returns),
        spells=spells,
        growth=float(np.prod(1.0 + returns)),
        annualised=_annualised(returns),
        volatility=float(returns.std(ddof=1)) * math.sqrt(SESSIONS_PER_YEAR)
        if is_enough
        else float("nan"),
        excess_n=len(both),
        excess=float(excess),
    )


def _returns_after(closes: pd.DataFrame, state: pd.Series) -> np.ndarray:
    """Return the returns of the sessions after closes on which a state holds, (n, legs)."""
    prices = closes.to_numpy(dtype=float)
    holds = state.reindex(sessions_of(closes), fill_value=False).to_numpy()[:-1]
    returns: np.ndarray = (prices[1:] / prices[:-1] - 1.0)[holds]
    return returns


def _annualised(returns: Sequence[float] | np.ndarray) -> float:
    """Return the annualised compounded return; NaN with less than a year of sessions."""
    if len(returns) < SESSIONS_PER_YEAR:
        return float("nan")
    growth = float(np.prod(1.0 + np.asarray(returns)))
    return float(growth ** (SESSIONS_PER_YEAR / len(returns)) - 1.0)
