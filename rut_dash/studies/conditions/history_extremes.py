"""A series in its lowest or highest share of the history to date, and new highs and lows."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.studies.case_selection import spell_starts
from rut_dash.studies.condition_kind import (
    EVERY_SERIES,
    ConditionKind,
    ConditionParam,
    ConditionUnit,
    Finder,
    Occurrences,
    StudySeries,
    Values,
    occurrences_at,
)
from rut_dash.studies.conditions.large_moves import percentile_to_date
from rut_dash.studies.sample import StudyData


def _in_share(is_high: bool) -> Finder:
    """Return a finder of a level in its lowest or highest share, both edges included."""

    def find(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
        places, width = percentile_to_date(close), values["width"]
        state = places > 1.0 - width if is_high else places <= width
        return occurrences_at(close, spell_starts(state.to_numpy(), places.notna().to_numpy()))

    return find


def _new_extreme(is_high: bool) -> Finder:
    """Return a finder of closes beyond all of the ``sessions - 1`` closes before them."""

    def find(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
        window = close.shift().rolling(values["sessions"] - 1)
        limit = window.max() if is_high else window.min()
        state = close > limit if is_high else close < limit
        return occurrences_at(close, spell_starts(state.to_numpy(), limit.notna().to_numpy()))

    return find


_WIDTH: Final = (ConditionParam("width", ConditionUnit.SHARE, 0.001, 0.5),)
_WINDOW: Final = (ConditionParam("sessions", ConditionUnit.SESSIONS, 2, 2520, 252),)
_RATIO_FIRST: Final = (StudySeries.RATIO, *(s for s in EVERY_SERIES if s is not StudySeries.RATIO))

ROWS: Final = (
    ConditionKind(
        "lowest", "in the lowest {width} of its history to date", _in_share(False), _WIDTH,
        _RATIO_FIRST,
    ),
    ConditionKind(
        "highest", "in the highest {width} of its history to date", _in_share(True), _WIDTH,
        _RATIO_FIRST,
    ),
    ConditionKind("new_high", "highest close of {sessions} sessions", _new_extreme(True), _WINDOW),
    ConditionKind("new_low", "lowest close of {sessions} sessions", _new_extreme(False), _WINDOW),
)  # fmt: skip
