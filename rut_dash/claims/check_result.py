"""What a check finds: a value, a verdict, a formula, and what a chart shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.claims.check_values import CheckValue
from rut_dash.claims.formulas import Formula, PricePoint, Remark


class Verdict(StrEnum):
    """What prices say of a claim."""

    CONFIRMED = "confirmed"
    OFF = "off"
    FALSE = "false"
    MIXED = "mixed"
    NOT_COMPUTABLE = "not computable"
    NOT_YET_KNOWN = "not yet known"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Parameters
    ----------
    value
        What decides: a number (a return as a fraction), a day, or a count of cases; None for
        none.
    formula
        How it comes about.
    verdict
        None where the value is compared with the number that the claim states.
    chart_spec
        What a chart shows of it.
    remark
        What a reader should know of it.
    distance
        How far a verdict is from the opposite one, in any unit: orders the nearest misses.
    """

    value: CheckValue
    formula: Formula
    verdict: Verdict | None = None
    chart_spec: ChartSpec = field(default_factory=ChartSpec)
    remark: Remark | None = None
    distance: float | None = None


def highest(values: pd.Series) -> PricePoint:
    """Return the highest value with its session, the first on ties."""
    return point_at(values, int(values.to_numpy(dtype=float).argmax()))


def lowest(values: pd.Series) -> PricePoint:
    """Return the lowest value with its session, the first on ties."""
    return point_at(values, int(values.to_numpy(dtype=float).argmin()))


def point_at(values: pd.Series, position: int = -1) -> PricePoint:
    """Return the value at a position, the last by default, with its session."""
    return PricePoint(float(values.iloc[position]), sessions_of(values)[position])


def point_on(values: pd.Series, session: pd.Timestamp) -> PricePoint:
    """Return the value of a session that the values have."""
    return point_at(values, int(sessions_of(values).searchsorted(session)))


def without_float_noise(value: float) -> float:
    """Return a value to 12 decimals: float arithmetic errs in later ones."""
    return round(value, 12)


def verdict_on(holds: bool) -> Verdict:
    """Return confirmed or false."""
    return Verdict.CONFIRMED if holds else Verdict.FALSE


def verdict_on_cases(count: int, total: int) -> Verdict:
    """Return the verdict on a statement that holds in so many of all cases."""
    if total == 0:
        return Verdict.NOT_YET_KNOWN
    return Verdict.CONFIRMED if count == total else Verdict.FALSE if count == 0 else Verdict.MIXED
