"""A drawdown that reaches a depth."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.analysis.drawdown import underwater
from rut_dash.studies.case_selection import at_or_beyond, spell_starts
from rut_dash.studies.condition_kind import (
    ConditionKind,
    ConditionParam,
    ConditionUnit,
    Occurrences,
    Values,
    occurrences_at,
)
from rut_dash.studies.sample import StudyData


def _reached(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
    """Return the sessions on which the fall from the highest close to date reaches the depth."""
    state = at_or_beyond(underwater(close).to_numpy(), -values["depth"])
    return occurrences_at(close, spell_starts(state))


ROWS: Final = (
    ConditionKind(
        "drawdown",
        "drawdown reaches {depth}",
        _reached,
        (ConditionParam("depth", ConditionUnit.SHARE, 0.001, 0.99),),
    ),
)
