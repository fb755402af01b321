"""Checks that prices of funds and indices cannot answer: they say what it would take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import CheckResult
from rut_dash.errors import NotComputable, Obstacle

__all__ = ["ORDER", "ROWS"]

_NEEDS: Final = CheckParam("needs", "Needs", "text", help="the data that would settle it")
_SYMBOLS: Final = CheckParam("symbols", "Stocks", "text", help="tickers, with commas")


def _need_other_data(data: str) -> Callable[[CheckInput], CheckResult]:
    """Return a check that refuses because it needs other data."""

    def run(inputs: CheckInput) -> CheckResult:
        raise NotComputable(Obstacle.NEEDS_OTHER_DATA, data=inputs.get("needs") or data)

    return run


def _refuse_pattern(inputs: CheckInput) -> CheckResult:
    """Refuse: a chart pattern is not looked for; its level is drawn."""
    raise NotComputable(Obstacle.PATTERN)


ORDER: Final = 100
ROWS: Final = (
    *(
        CheckKind(
            key,
            label,
            f"Not computable from prices of funds and indices: it needs {data}.",
            (_NEEDS, *params),
            _need_other_data(data),
            needs_series=False,
        )
        for key, label, data, params in (
            ("quoted", "Quoted figure", "a source other than prices", ()),
            ("constituent_return", "Return of members", "prices of the index's members",
             (_SYMBOLS,)),
            ("holdings", "Holdings", "the fund's holdings of that time", ()),
            ("breadth", "Breadth", "prices of all members of that time", ()),
        )
    ),
    CheckKind(
        "pattern",
        "Chart pattern",
        "A pattern is not looked for; its level is drawn.",
        (_NEEDS, CheckParam("level", "Level", "number"), CheckParam("start", "From", "day")),
        _refuse_pattern,
        needs_series=False,
        optional_series=True,
    ),
)  # fmt: skip
