"""The beginning of a month of the year."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.studies.case_selection import spell_starts
from rut_dash.studies.condition_kind import (
    ConditionKind,
    ConditionParam,
    ConditionUnit,
    Occurrences,
    Values,
    occurrences_at,
)
from rut_dash.studies.sample import StudyData


def _month(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
    """Return the first session of each such month."""
    return occurrences_at(
        close, spell_starts(np.asarray(sessions_of(close).month) == values["month"])
    )


ROWS: Final = (
    ConditionKind(
        "month",
        "first session of {month}",
        _month,
        (ConditionParam("month", ConditionUnit.MONTH, 1, 12),),
        series=(),
    ),
)
