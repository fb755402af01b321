"""RSI beyond a level."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.analysis.indicators.relative_strength import rsi
from rut_dash.studies.case_selection import spell_starts
from rut_dash.studies.condition_kind import (
    ConditionKind,
    ConditionParam,
    ConditionUnit,
    Finder,
    Occurrences,
    Values,
    occurrences_at,
)
from rut_dash.studies.sample import StudyData


def _beyond_level(is_above: bool) -> Finder:
    def find(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
        line = rsi(close, values["length"])
        state = line > values["level"] if is_above else line < values["level"]
        return occurrences_at(close, spell_starts(state.to_numpy(), line.notna().to_numpy()))

    return find


_LENGTH: Final = ConditionParam("length", ConditionUnit.SESSIONS, 2, 100, 14)

ROWS: Final = (
    ConditionKind(
        "rsi_below",
        "RSI {length} falls below {level}",
        _beyond_level(False),
        (ConditionParam("level", ConditionUnit.LEVEL, 1, 99, 30), _LENGTH),
    ),
    ConditionKind(
        "rsi_above",
        "RSI {length} rises above {level}",
        _beyond_level(True),
        (ConditionParam("level", ConditionUnit.LEVEL, 1, 99, 70), _LENGTH),
    ),
)
