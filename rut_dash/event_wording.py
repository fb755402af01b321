"""Facts of events in words, for the pages and the command line."""

from __future__ import annotations

from datetime import date
from typing import Final

from rut_dash.events.event import Direction, FirstSession, Timing
from rut_dash.wording import day

_TIMINGS: Final = {
    Timing.BEFORE_OPEN: "before the open",
    Timing.IN_SESSION: "in the session",
    Timing.AFTER_CLOSE: "after the close",
}
_DIRECTIONS: Final = {
    Direction.CUT: "cut",
    Direction.RAISE: "rise",
    Direction.HIGH: "high",
    Direction.LOW: "low",
}
_FIRST_SESSIONS: Final = {FirstSession.OWN: "own session", FirstSession.NEXT: "next session"}


def timing_text(timing: Timing) -> str:
    """Return when in its day the news came."""
    return _TIMINGS[timing]


def direction_text(direction: Direction | None) -> str:
    """Return which way an event went, a noun; empty for none."""
    return "" if direction is None else _DIRECTIONS[direction]


def first_session_text(session: FirstSession) -> str:
    """Return what the first session after the close from which an event counts is."""
    return _FIRST_SESSIONS[session]


def extent_text(until: date | None, *, is_selection: bool) -> str:
    """Return up to when a catalogue has the events of a kind, a clause."""
    if until is None:
        return "with no promise of completeness"
    return f"{'listed' if is_selection else 'complete'} up to {day(until)}"
