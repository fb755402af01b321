"""The kinds of check that a claim can be held against: one function and one row each.

A new kind is a function that takes a `Case` and returns a `Finding`, and a row of `ROWS` in
one of the modules here. Files, forms, the search for near alternatives and the pages follow
from the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rut_dash.facts.checks import dated, levels, returns, states
from rut_dash.facts.checks.base import (
    Case,
    CheckKind,
    Desk,
    Fact,
    Finding,
    Load,
    Misfit,
    Param,
    Sketch,
    Span,
    Verdict,
)

__all__ = [
    "CHECKS",
    "Case",
    "CheckKind",
    "Desk",
    "Fact",
    "Finding",
    "Load",
    "Misfit",
    "Param",
    "Sketch",
    "Span",
    "Verdict",
]

CHECKS: Final[Mapping[str, CheckKind]] = {
    row.key: row for row in (*returns.ROWS, *levels.ROWS, *states.ROWS, *dated.ROWS)
}
