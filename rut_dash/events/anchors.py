"""From which close "since an event" counts, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import pandas as pd

from rut_dash.analysis.event_returns import event_returns
from rut_dash.analysis.returns import annualised_return, return_since, sessions_of
from rut_dash.events.event import Event, FirstSession, Timing
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


def first_session_after(event: Event, sessions: pd.DatetimeIndex) -> FirstSession | None:
    """Return what the session after the anchor is: the event's own, or the next after the news.

    Parameters
    ----------
    event
        Of news before the open or in the session it is the event's own session. Of news after
        the close, of news on a day without a session and of a kind that counts from its own close
        it is the next one.
    sessions
        As for `anchor_session`.

    Returns
    -------
    FirstSession or None
        None where there is no anchor.
    """
    anchor, day = anchor_session(event, sessions), pd.Timestamp(event.date)
    if anchor is None:
        return None
    has_session = sessions.searchsorted(day, "left") < sessions.searchsorted(day, "right")
    return FirstSession.OWN if anchor < day and has_session else FirstSession.NEXT


def returns_around(events: Iterable[Event], closes: pd.DataFrame) -> pd.DataFrame:
    """Return what both legs did around events.

    Parameters
    ----------
    events
        None of them later than the last close.
    closes
        Columns ``fund, benchmark`` on their common sessions.

    Returns
    -------
    DataFrame
        That of :func:`rut_dash.analysis.event_returns.event_returns`, with ``first_session``
        before it: a `FirstSession`, None where there is no anchor.
    """
    rows, sessions = list(events), sessions_of(closes)
    study = event_returns(closes, {event.id: anchor_session(event, sessions) for event in rows})
    first = [first_session_after(event, sessions) for event in rows]
    study.insert(0, "first_session", pd.Series(first, study.index, dtype="object"))
    return study


class ReturnsSince(NamedTuple):
    """Returns from the last close before each event to the last close.

    Attributes
    ----------
    cumulative, annualised
        Fractions: a row an event, by its id, and a column a symbol; NaN where its history starts
        after the anchor, and annualised where that is a year ago or less.
    """

    cumulative: pd.DataFrame
    annualised: pd.DataFrame


def returns_since_events(events: Iterable[Event], closes: Mapping[str, pd.Series]) -> ReturnsSince:
    """Return each leg's returns from the last close before each event to its last close.

    Parameters
    ----------
    events
        None of them later than the last close.
    closes
        By symbol, the closes on that symbol's own sessions.
    """
    rows = list(events)
    cumulative: dict[str, list[float]] = {}
    annualised: dict[str, list[float]] = {}
    for symbol, close in closes.items():
        sessions = sessions_of(close)
        last = None if sessions.empty else sessions[-1]
        anchors = [anchor_session(event, sessions) for event in rows]
        totals = [return_since(close, anchor) for anchor in anchors]
        cumulative[symbol] = totals
        annualised[symbol] = [
            annualised_return(total, anchor, last)
            for total, anchor in zip(totals, anchors, strict=True)
        ]
    index = pd.Index([event.id for event in rows], name="id")
    return ReturnsSince(
        pd.DataFrame(cumulative, index=index), pd.DataFrame(annualised, index=index)
    )
