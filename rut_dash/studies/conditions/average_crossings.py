"""Crosses of moving averages, of a series and its average, and breaks after a long time above."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.crosses import crossings
from rut_dash.errors import InvalidInput
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

_LONGEST: Final = 1000


def _average(close: pd.Series, length: int) -> pd.Series:
    """Return the simple moving average; the first ``length - 1`` are NaN."""
    return close.rolling(length).mean()


def _cross_of_averages(is_upward: bool) -> Finder:
    """Return a finder of the sessions on which the short average crosses the long one."""

    def find(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
        short, long = values["short"], values["long"]
        if short >= long:
            raise InvalidInput("condition", f"{short}:{long}", "a short average below the long one")
        gap = _average(close, short) - _average(close, long)
        turns = [at for at, above in crossings(gap, close) if above is is_upward]
        return occurrences_at(close, np.array(turns, dtype=np.int64))

    return find


def _cross_of_average(is_upward: bool) -> Finder:
    """Return a finder of the sessions on which the series crosses its average."""

    def find(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
        gap = close - _average(close, values["length"])
        turns = [at for at, above in crossings(gap, close) if above is is_upward]
        return occurrences_at(close, np.array(turns, dtype=np.int64))

    return find


def _break_after(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
    """Return the sessions of a close below the average after ``count`` closes in a row above."""
    average = _average(close, values["length"])
    above, below = (close > average).to_numpy(), (close < average).to_numpy()
    was_above = np.concatenate([[False], row_lengths(above)[:-1] >= values["count"]])
    return occurrences_at(close, spell_starts(below & was_above))


_SHORT: Final = ConditionParam("short", ConditionUnit.SESSIONS, 2, _LONGEST, 50)
_LONG: Final = ConditionParam("long", ConditionUnit.SESSIONS, 2, _LONGEST, 200)
_LENGTH: Final = ConditionParam("length", ConditionUnit.SESSIONS, 2, _LONGEST, 200)
_COUNT: Final = ConditionParam("count", ConditionUnit.SESSIONS, 1, _LONGEST, 100)

ROWS: Final = (
    ConditionKind(
        "golden_cross",
        "golden cross: the {short}-day average rises above the {long}-day average",
        _cross_of_averages(True),
        (_SHORT, _LONG),
    ),
    ConditionKind(
        "death_cross",
        "death cross: the {short}-day average falls below the {long}-day average",
        _cross_of_averages(False),
        (_SHORT, _LONG),
    ),
    ConditionKind(
        "cross_above",
        "close rises above the {length}-day average",
        _cross_of_average(True),
        (_LENGTH,),
    ),
    ConditionKind(
        "cross_below",
        "close falls below the {length}-day average",
        _cross_of_average(False),
        (_LENGTH,),
    ),
    ConditionKind(
        "below_after_above",
        "close below the {length}-day average after {count} sessions above it",
        _break_after,
        (_COUNT, _LENGTH),
    ),
)
