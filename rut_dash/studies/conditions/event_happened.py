"""An event of a kind, from the first close that knows of it."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.events.event import Event, Timing
from rut_dash.events.kinds import KINDS
from rut_dash.studies.condition_kind import (
    ConditionKind,
    ConditionParam,
    ConditionUnit,
    Occurrences,
    Values,
    occurrences_at,
)
from rut_dash.studies.sample import StudyData


def _first_close_after(event: Event, sessions: pd.DatetimeIndex) -> int:
    """Return the position of the first close that knows of an event; the length where none does.

    News after the close is known at the next one, and a high or a low of the market when it was
    known to be one, not on its own day.
    """
    is_late = event.timing is Timing.AFTER_CLOSE and not event.known_afterwards
    side: Literal["left", "right"] = "right" if is_late else "left"
    return int(sessions.searchsorted(pd.Timestamp(event.known_from), side=side))


def _happened(data: StudyData, close: pd.Series, values: Values) -> Occurrences:
    sessions = sessions_of(close)
    catalogue = data.catalogue
    assert catalogue is not None
    way = values.get("direction")
    events = [
        event
        for event in catalogue
        if event.kind == values["kind"] and way in (None, event.direction)
    ]
    at = np.unique(
        [_first_close_after(e, sessions) for e in events if e.known_from >= sessions[0].date()]
    ).astype(np.int64)
    found = occurrences_at(close, at[at < len(sessions)])
    # Before the first event of the catalogue there may have been others.
    return Occurrences(found.sessions, found.sessions[0]) if len(found.sessions) else found


def _kinds(_: Values) -> tuple[str, ...]:
    return tuple(KINDS)


def _directions(values: dict[str, Any] | Values) -> tuple[str, ...]:
    return tuple(map(str, KINDS[values["kind"]].directions))


ROWS: Final = (
    ConditionKind(
        "event",
        "event: {kind}{direction}",
        _happened,
        (
            ConditionParam("kind", ConditionUnit.EVENT_KIND, choices=_kinds),
            ConditionParam(
                "direction", ConditionUnit.DIRECTION, choices=_directions, optional=True
            ),
        ),
        series=(),
    ),
)
