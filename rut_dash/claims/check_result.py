"""What a check finds: a value, a verdict, a formula and what a chart shows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.market.history import Basis
from rut_dash.wording import number, percent

__all__ = [
    "CheckResult",
    "Verdict",
    "change_text",
    "day_text",
    "highest",
    "lowest",
    "place_of",
    "price_text",
    "verdict_on",
    "verdict_on_cases",
    "without_float_noise",
]


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
        The quantity that decides: a number (a return as a fraction), or a text such as a
        date or ``2 of 3``.
    formula
        How it comes about, with dates and closes.
    verdict
        None where it is to be held against the number that the claim states.
    chart_spec
        For the chart.
    remark
        What a reader should know of it; empty for nothing.
    distance
        How far a verdict is from the other side, in any unit: orders the nearest misses.
    """

    value: float | str | None
    formula: str
    verdict: Verdict | None = None
    chart_spec: ChartSpec = field(default_factory=ChartSpec)
    remark: str = ""
    distance: float | None = None


def highest(values: pd.Series) -> tuple[pd.Timestamp, float]:
    """Return the session of the highest value, the first on ties, and the value."""
    place = int(values.to_numpy(dtype=float).argmax())
    return sessions_of(values)[place], float(values.iloc[place])


def lowest(values: pd.Series) -> tuple[pd.Timestamp, float]:
    """Return the session of the lowest value, the first on ties, and the value."""
    place = int(values.to_numpy(dtype=float).argmin())
    return sessions_of(values)[place], float(values.iloc[place])


def place_of(index: pd.DatetimeIndex, session: pd.Timestamp) -> int:
    """Return where a session stands in an index that has it."""
    return int(index.searchsorted(session))


def without_float_noise(value: float) -> float:
    """Return a value without the last digits, where arithmetic with floats leaves its dust."""
    return round(value, 12)


def verdict_on(holds: bool) -> Verdict:
    """Return confirmed or false."""
    return Verdict.CONFIRMED if holds else Verdict.FALSE


def verdict_on_cases(held: int, total: int) -> Verdict:
    """Return the verdict on a statement about several cases."""
    if total == 0:
        return Verdict.NOT_YET_KNOWN
    return Verdict.CONFIRMED if held == total else Verdict.FALSE if held == 0 else Verdict.MIXED


def day_text(day: date) -> str:
    """Return a day as formulas have it."""
    return f"{day:%Y-%m-%d}"


def price_text(value: float) -> str:
    """Return a price or a level as formulas have it."""
    return number(value, 2)


def change_text(symbol: str, basis: Basis, close: pd.Series, start: date, end: date) -> str:
    """Return the formula of a return between two sessions."""
    first, last = float(close.loc[start]), float(close.loc[end])
    name = f"{symbol}, dividends reinvested" if basis is Basis.TOTAL else symbol
    return (
        f"{name}: {price_text(last)} ({day_text(end)}) / {price_text(first)} ({day_text(start)}) "
        f"\N{MINUS SIGN} 1 = {percent(last / first - 1, 2)}"
    )
