"""Clauses of formulas, for terms whose words depend on a value."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from rut_dash.claims.formulas import (
    FirstReached,
    LevelNeverPassed,
    LevelOrigin,
    LevelTest,
    PriceLevel,
    PricePoint,
    Term,
)
from rut_dash.formula_wording import render_formula

DAY, LATER = date(2025, 4, 1), pd.Timestamp("2025-04-03")
NEAREST = PricePoint(242.4, pd.Timestamp("2024-11-25"))
OF_CLAIM = PriceLevel(199.51, LevelOrigin.CLOSE_OF_CLAIM)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (
            LevelNeverPassed("close", "above", PriceLevel(250.0), DAY, NEAREST),
            "no close above 250.00 up to 2025-04-01: the nearest is 242.40 (2024-11-25)",
        ),
        (
            LevelNeverPassed("close", "above", PriceLevel(250.0), DAY, None),
            "no close above 250.00 up to 2025-04-01",
        ),
        (
            FirstReached(LevelTest("close", "below"), OF_CLAIM, DAY, PricePoint(189.65, LATER)),
            "first close below the close of the claim, 199.51 after 2025-04-01: 189.65 "
            "(2025-04-03)",
        ),
        (
            FirstReached(LevelTest("low", "below"), PriceLevel(190), DAY, PricePoint(189, LATER)),
            "first low at or below 190.00 after 2025-04-01: 189.00 (2025-04-03)",
        ),
    ],
)
def test_a_term_is_a_clause(term: Term, text: str) -> None:
    assert render_formula((term,)) == text
