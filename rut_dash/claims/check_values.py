"""The values that decide a check: numbers, days, and counts of cases."""

from __future__ import annotations

from datetime import date

from rut_dash.claims.choices import Step
from rut_dash.claims.formulas import Part, TouchOutcome


class DayRange(Part, frozen=True):
    """A first and a last day."""

    start: date
    end: date


class StepEnd(Part, frozen=True):
    """A month, or the day that ends a week or is one."""

    day: date
    step: Step


class StepRange(Part, frozen=True):
    """A run of months, weeks or days, from the end of the first to that of the last."""

    start: date
    end: date
    step: Step


class CaseCount(Part, frozen=True):
    """The number of cases in which a statement holds, of all."""

    count: int
    total: int


class TouchCounts(Part, frozen=True):
    """How many touches of a zone were turned back (held or capped), broke it, or are open."""

    outcome: TouchOutcome
    turned: int
    broke: int
    pending: int


class TouchEnd(Part, frozen=True):
    """How the last touch ended, and when; no day while it is open."""

    outcome: TouchOutcome
    day: date | None = None


class NeverPassed(Part, frozen=True):
    """A level that was never passed."""


CheckValue = float | date | Part | None
