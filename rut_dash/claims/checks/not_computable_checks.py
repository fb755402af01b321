"""The check that prices of funds and indices cannot answer: it says what it would take."""

from __future__ import annotations

from typing import Final

from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import CheckResult
from rut_dash.errors import NotComputable, Obstacle

_PATTERN: Final = "pattern"
# In words, where the claim does not name the data.
_DATA: Final = {
    "another source": "a source other than prices",
    "members": "prices of the index's members",
    "all members": "prices of all members of that time",
    "holdings": "the fund's holdings of that time",
    "fred series": "a series of FRED",
}
_NAMED_DATA: Final = {
    "members": Obstacle.NEEDS_MEMBERS,
    "all members": Obstacle.NEEDS_ALL_MEMBERS,
    "holdings": Obstacle.NEEDS_HOLDINGS,
    "fred series": Obstacle.NEEDS_FRED_SERIES,
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
    symbols = tuple(filter(None, map(str.strip, inputs.get("symbols", "").split(","))))
    if symbols and needs in _NAMED_DATA and not inputs.get("data"):
        days = inputs.get("days", ())
        raise NotComputable(_NAMED_DATA[needs], symbols=symbols, days=days)
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
            CheckParam("data", "Which data", "text", help="in your words"),
            CheckParam("symbols", "Of", "text",
                       help="stocks, a fund or series of FRED, with commas"),
            CheckParam("days", "As of", "days"),
            CheckParam("level", "Level", "number", help="to draw, of a pattern"),
            CheckParam("start", "From", "day", help="the first day to draw"),
        ),
        not_computable,
        needs_series=False,
        optional_series=True,
    ),
)  # fmt: skip
