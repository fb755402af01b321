"""The check that prices of funds and indices cannot answer: it says what it would take."""

from __future__ import annotations

from typing import Final

from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam, UsedWith
from rut_dash.claims.check_result import CheckResult
from rut_dash.claims.choices import NeededData
from rut_dash.errors import NotComputable, Obstacle

# Where the claim does not name the data.
_UNNAMED_DATA: Final = {
    NeededData.ANOTHER_SOURCE: Obstacle.NEEDS_ANOTHER_SOURCE,
    NeededData.MEMBERS: Obstacle.NEEDS_SOME_MEMBERS,
    NeededData.ALL_MEMBERS: Obstacle.NEEDS_MEMBERS_OF_THAT_TIME,
    NeededData.HOLDINGS: Obstacle.NEEDS_SOME_HOLDINGS,
    NeededData.FRED_SERIES: Obstacle.NEEDS_SOME_FRED_SERIES,
    NeededData.PATTERN: Obstacle.PATTERN,
}
_NAMED_DATA: Final = {
    NeededData.MEMBERS: Obstacle.NEEDS_MEMBERS,
    NeededData.ALL_MEMBERS: Obstacle.NEEDS_ALL_MEMBERS,
    NeededData.HOLDINGS: Obstacle.NEEDS_HOLDINGS,
    NeededData.FRED_SERIES: Obstacle.NEEDS_FRED_SERIES,
}


def not_computable(inputs: CheckInput) -> CheckResult:
    """Refuse a claim that prices cannot answer; a chart draws the level of a pattern.

    Raises
    ------
    NotComputable
        Always.
    """
    needs: NeededData = inputs.get("needs", NeededData.ANOTHER_SOURCE)
    if needs is NeededData.PATTERN:
        raise NotComputable(Obstacle.PATTERN)
    data = inputs.get("data")
    if data:
        raise NotComputable(Obstacle.NEEDS_OTHER_DATA, data=data)
    symbols = tuple(filter(None, map(str.strip, inputs.get("symbols", "").split(","))))
    if symbols and needs in _NAMED_DATA:
        days = inputs.get("days", ())
        raise NotComputable(_NAMED_DATA[needs], symbols=symbols, days=days)
    raise NotComputable(_UNNAMED_DATA[needs])


_WITH_DATA: Final = tuple(data for data in NeededData if data is not NeededData.PATTERN)

ORDER: Final = 100
ROWS: Final = (
    CheckKind(
        "not_computable",
        "Not computable from prices",
        "What prices of funds and indices cannot settle, with what it would take; of a chart "
        "pattern the level is drawn.",
        (
            CheckParam("needs", "Needs", "choice", choices=tuple(NeededData)),
            CheckParam("data", "Which data", "text", help="in your words",
                       used_with=UsedWith("needs", _WITH_DATA)),
            CheckParam("symbols", "Of", "text", used_with=UsedWith("needs", tuple(_NAMED_DATA)),
                       instead_of=("data",),
                       help="stocks, a fund or series of FRED, with commas"),
            CheckParam("days", "As of", "days", used_with=UsedWith("symbols")),
            CheckParam("level", "Level", "number", help="to draw, of a pattern"),
            CheckParam("start", "From", "day", help="the first day to draw"),
        ),
        not_computable,
        needs_series=False,
        optional_series=True,
    ),
)  # fmt: skip
