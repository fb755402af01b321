"""From which close "since an event" counts, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import pandas as pd

from rut_dash.analysis.returns import return_since, sessions_of
from rut_dash.events.event import Event, Timing
from rut_dash.events.kinds import KINDS


def anchor_session(event: Event, sessions: pd.DatetimeIndex) -> pd.Timestamp | None:
    """Return the session from whose close "since the event" counts: the last before the news.

    Parameters
    ----------
    event
        News before the open or in the session counts from the session before its date. News
        after the close, and a kind that counts from its own close, count from the date itself.
        Where the date is no session, both count from the last one before it.
    sessions
        The sessions of the series that is measured, sorted, tz-naive.

    Returns
    -------
    Timestamp or None
        None where no session is so early.
    """
    counts_own_day = KINDS[event.kind].own_close or event.timing is Timing.AFTER_CLOSE
    side: Literal["left", "right"] = "right" if counts_own_day else "left"
    position = int(sessions.searchsorted(pd.Timestamp(event.date), side=side))
    return None if position == 0 else sessions[position - 1]


def since_table(events: Iterable[Event], closes: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return each leg's return from the last close before each event to its last close.

    Parameters
    ----------
    events
        None of them later than the last close.
    closes
        By symbol, the closes on that symbol's own sessions.

    Returns
    -------
    DataFrame
        Indexed by event id; ``date`` and ``label``, then one column a symbol with
        fractions, NaN where its history starts after the anchor.
    """
    rows = list(events)
    columns: dict[str, list[object]] = {
        "date": [event.date for event in rows],
        "label": [event.label for event in rows],
    }
    for symbol, close in closes.items():
        sessions = sessions_of(close)
        columns[symbol] = [return_since(close, anchor_session(e, sessions)) for e in rows]
    return pd.DataFrame(columns, index=pd.Index([event.id for event in rows], name="id"))
