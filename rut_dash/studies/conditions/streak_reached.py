"""A streak of closes in one direction that reaches a length."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from rut_dash.studies.case_selection import row_lengths, spell_starts
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


def _streak(sign: int) -> Finder:
    def find(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
        steps = np.sign(np.diff(close.to_numpy(dtype=float))) == sign
        state = np.concatenate([[False], row_lengths(steps) >= values["length"]])
        return occurrences_at(close, spell_starts(state))

    return find


_LENGTH: Final = (ConditionParam("length", ConditionUnit.SESSIONS, 1, 100),)

ROWS: Final = (
    ConditionKind("up_streak", "{length} higher closes in a row", _streak(1), _LENGTH),
    ConditionKind("down_streak", "{length} lower closes in a row", _streak(-1), _LENGTH),
)
