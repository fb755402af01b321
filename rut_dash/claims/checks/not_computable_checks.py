"""The check that prices of funds and indices cannot answer: it says what it would take."""

from __future__ import annotations

from typing import Final

from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import CheckResult
from rut_dash.errors import NotComputable, Obstacle

_PATTERN: Final = "pattern"
_DATA: Final = {
    "another source": "a source other than prices",
    "members": "prices of the index's members",
    "all members": "prices of all members of that time",
    "holdings": "the fund's holdings of that time",
}


def not_computable(inputs: CheckInput) -> CheckResult:
    """Refuse: other data would settle it, or none; of a pattern the level is drawn.

    Raises
    ------
    NotComputable
        Always.
    """
    needs = inputs.get("needs", next(iter(_DATA)))
    if needs == _PATTERN:
        raise NotComputable(Obstacle.PATTERN)
    raise NotComputable(Obstacle.NEEDS_OTHER_DATA, data=inputs.get("data") or _DATA[needs])


ORDER: Final = 100
ROWS: Final = (
    CheckKind(
        "not_computable",
        "Not computable from prices",
        "What prices of funds and indices cannot settle, with what it would take; of a chart "
        "pattern the level is drawn.",
        (
            CheckParam("needs", "Needs", "choice", choices=(*_DATA, _PATTERN)),
            CheckParam("data", "Which data", "text", help="in your words; those of Needs if empty"),
            CheckParam("symbols", "Stocks", "text", help="tickers, with commas"),
            CheckParam("level", "Level", "number", help="to draw, of a pattern"),
            CheckParam("start", "From", "day", help="the first day to draw"),
        ),
        not_computable,
        needs_series=False,
        optional_series=True,
    ),
)  # fmt: skip
