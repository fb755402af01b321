"""Clauses of formulas, for terms whose words depend on a value."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from rut_dash.analysis.levels import Side
from rut_dash.claims.choices import PriceField, SessionPrice
from rut_dash.claims.formulas import (
    LevelOrigin,
    LevelTest,
    PriceLevel,
    PricePoint,
    Term,
    TermKind,
)
from rut_dash.formula_wording import render_formula

DAY, LATER = date(2025, 4, 1), pd.Timestamp("2025-04-03")
NEAREST = PricePoint(242.4, pd.Timestamp("2024-11-25"))
LOW_BELOW = LevelTest(PriceField.LOW, Side.BELOW)
OF_CLAIM = PriceLevel(199.51, LevelOrigin.CLOSE_OF_CLAIM)


def never_passed(nearest: PricePoint | None) -> Term:
    return Term.of(
        TermKind.LEVEL_NEVER_PASSED, on=SessionPrice.CLOSE, side=Side.ABOVE,
        level=PriceLevel(250.0), end=DAY, nearest=nearest,
    )  # fmt: skip


def first_reached(test: LevelTest, level: PriceLevel, price: float, *, beyond: bool) -> Term:
    return Term.of(
        TermKind.FIRST_REACHED, test=test, level=level, beyond=beyond, after=DAY,
        point=PricePoint(price, LATER),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (
            never_passed(NEAREST),
            "no close above 250.00 up to 2025-04-01: the nearest is 242.40 (2024-11-25)",
        ),
        (never_passed(None), "no close above 250.00 up to 2025-04-01"),
        (
            first_reached(LevelTest(PriceField.CLOSE, Side.BELOW), OF_CLAIM, 189.65, beyond=True),
            "first close below the close of the claim, 199.51 after 2025-04-01: 189.65 "
            "(2025-04-03)",
        ),
        (
            first_reached(
                LevelTest(PriceField.LOW, Side.BELOW), PriceLevel(190), 189.0, beyond=False
            ),
            "first low at or below 190.00 after 2025-04-01: 189.00 (2025-04-03)",
        ),
    ],
)
def test_a_term_is_a_clause(term: Term, text: str) -> None:
    assert render_formula((term,)) == text
