"""A condition as a row: how it is written, what it needs, and on which sessions it occurs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.errors import InsufficientHistory
from rut_dash.studies.sample import StudyData


class StudySeries(StrEnum):
    """The series that a condition is about."""

    FUND = "fund"
    BENCHMARK = "benchmark"
    RATIO = "ratio"


EVERY_SERIES = tuple(StudySeries)


class ConditionUnit(StrEnum):
    """What a parameter of a condition counts."""

    SHARE = "share"
    POINTS = "points"
    SESSIONS = "sessions"
    LEVEL = "level"
    MONTH = "month"
    EVENT_KIND = "event kind"
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class ConditionParam:
    """A parameter of a condition.

    Parameters
    ----------
    name
        In the phrase of the row.
    unit
        SHARE and POINTS are fractions (0.1 for ten percent); SESSIONS and MONTH are whole.
    minimum, maximum
        Both accepted.
    default
        Used where the text names none; None where it must.
    nonzero
        True where 0 has no meaning.
    choices
        Returns the texts that it may be, of EVENT_KIND and DIRECTION; a function, because
        registries may grow. None for a number.
    optional
        True where it may be left out without any default.
    """

    name: str
    unit: ConditionUnit
    minimum: float = 0.0
    maximum: float = 0.0
    default: float | None = None
    nonzero: bool = False
    choices: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    optional: bool = False

    @property
    def is_whole(self) -> bool:
        """True where it is a whole number."""
        return self.unit in (ConditionUnit.SESSIONS, ConditionUnit.MONTH)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """On which sessions a condition occurs.

    Parameters
    ----------
    sessions
        Sorted, without repetition; before the cool-down.
    first_session
        The first session of the series that it reads: the sample begins here.
    """

    sessions: pd.DatetimeIndex
    first_session: pd.Timestamp


Values = Mapping[str, Any]
Finder = Callable[[StudyData, pd.Series, Values], Occurrences]


@dataclass(frozen=True, slots=True)
class ConditionKind:
    """One kind of condition.

    Parameters
    ----------
    key
        The first word of its text.
    phrase
        A noun phrase with the names of its parameters in braces; units are written by the edge.
    find
        Finds the sessions, of the data, the closes of the series and the parameters. Of a
        condition that is about no series of its own the closes are the fund's.
    params
        In the order of the text.
    series
        What it may be about, the default first; empty where it is about none of them.
    others
        Further symbols that it reads.
    """

    key: str
    phrase: str
    find: Finder
    params: tuple[ConditionParam, ...] = ()
    series: tuple[StudySeries, ...] = EVERY_SERIES
    others: tuple[str, ...] = ()


def occurrences_at(close: pd.Series, positions: np.ndarray) -> Occurrences:
    """Return occurrences at positions of a series that begins with its first close.

    Raises
    ------
    InsufficientHistory
        If the series has no close.
    """
    index = sessions_of(close)
    if index.empty:
        raise InsufficientHistory("A condition", 1, 0)
    return Occurrences(index[positions], index[0])
