"""The kinds of check that a claim can be held against: one function and one row each.

A new kind is a function that takes a `CheckInput` and returns a `CheckResult`, and a row of
`ROWS` in one of the modules here. Files, forms, the search for near alternatives and the pages
follow from the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rut_dash.claims.checks import date_checks, indicator_checks, level_checks, return_checks
from rut_dash.claims.checks.framework import (
    ChartSpec,
    CheckInput,
    CheckKind,
    CheckParam,
    CheckResult,
    Fact,
    Load,
    ParamError,
    PointInTimeData,
    Span,
    Verdict,
)

__all__ = [
    "CHECKS",
    "ChartSpec",
    "CheckInput",
    "CheckKind",
    "CheckParam",
    "CheckResult",
    "Fact",
    "Load",
    "ParamError",
    "PointInTimeData",
    "Span",
    "Verdict",
]

CHECKS: Final[Mapping[str, CheckKind]] = {
    row.key: row
    for rows in (return_checks, level_checks, indicator_checks, date_checks)
    for row in rows.ROWS
}
