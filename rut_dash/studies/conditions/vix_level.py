"""The VIX above a level."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.studies.case_selection import spell_starts
from rut_dash.studies.condition_kind import (
    ConditionKind,
    ConditionParam,
    ConditionUnit,
    Occurrences,
    Values,
    occurrences_at,
)
from rut_dash.studies.sample import VIX, StudyData


def _above(data: StudyData, close: pd.Series, values: Values) -> Occurrences:
    """Return the sessions of the fund on which the VIX rises above the level.

    The VIX has rows on exchange holidays, which are no sessions.
    """
    vix = data.others[VIX]
    vix = vix[vix.index.isin(close.index)]
    return occurrences_at(vix, spell_starts((vix > values["level"]).to_numpy()))


ROWS: Final = (
    ConditionKind(
        "vix_above",
        "^VIX closes above {level}",
        _above,
        (ConditionParam("level", ConditionUnit.LEVEL, 1, 200),),
        series=(),
        others=(VIX,),
    ),
)
