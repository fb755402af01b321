"""Moves over a number of sessions, by size or by their place in the history to date."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

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

# A place in the history to date says little before there is a year of it.
LEAST_HISTORY: Final = 252


def percentile_to_date(values: pd.Series) -> pd.Series:
    """Return for each value the share of the values up to it that are at or below it.

    Returns
    -------
    Series
        In (0, 1], on the same index; NaN where the value is NaN, and for the first
        `LEAST_HISTORY` - 1 values.
    """
    return values.expanding(LEAST_HISTORY).rank(method="max", pct=True)


def _move(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
    returns = close.pct_change(values["sessions"], fill_method=None).to_numpy()
    return occurrences_at(
        close, spell_starts(at_or_beyond(returns, values["size"]), ~np.isnan(returns))
    )


def _rare_move(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
    returns = close.pct_change(values["sessions"], fill_method=None)
    places, limit = percentile_to_date(returns).to_numpy(), values["percentile"]
    state = places <= limit if limit < 0.5 else places >= limit
    return occurrences_at(close, spell_starts(state, ~np.isnan(places)))


def _lead(data: StudyData, close: pd.Series, values: Values) -> Occurrences:
    returns = data.closes.pct_change(values["sessions"], fill_method=None)
    leads = (returns["fund"] - returns["benchmark"]).to_numpy()
    state = at_or_beyond(leads, values["size"])
    return occurrences_at(data.closes["fund"], spell_starts(state, ~np.isnan(leads)))


_SESSIONS: Final = ConditionParam("sessions", ConditionUnit.SESSIONS, 1, 2520, 21)

ROWS: Final = (
    ConditionKind(
        "move",
        "move over {sessions} sessions of {size} or beyond",
        _move,
        (ConditionParam("size", ConditionUnit.SHARE, -0.99, 10.0, nonzero=True), _SESSIONS),
    ),
    ConditionKind(
        "move_percentile",
        "move over {sessions} sessions at or beyond the {percentile} percentile to date",
        _rare_move,
        (ConditionParam("percentile", ConditionUnit.SHARE, 0.001, 0.999), _SESSIONS),
    ),
    ConditionKind(
        "lead",
        "lead over the benchmark over {sessions} sessions of {size} or beyond",
        _lead,
        (ConditionParam("size", ConditionUnit.POINTS, -10.0, 10.0, nonzero=True), _SESSIONS),
        series=(),
    ),
)
