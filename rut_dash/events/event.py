"""What an event is, what a kind of events is, and how a kind is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

# The type itself, in a class that has a field of its name.
_Day = date
# What fits between the left edge of a chart and its plot.
_LANE_NAME_LIMIT: Final = 9


class Timing(StrEnum):
    """When in its day the news came, New York time."""

    BEFORE_OPEN = "before_open"
    IN_SESSION = "in_session"
    AFTER_CLOSE = "after_close"


class FirstSession(StrEnum):
    """What the first session after the close from which an event counts is: the meaning of +1."""

    OWN = "own"
    NEXT = "next"


class Direction(StrEnum):
    """Which way an event went: the Fed's target, or the turn of the market."""

    CUT = "cut"
    RAISE = "raise"
    HIGH = "high"
    LOW = "low"


class Glyph(NamedTuple):
    """How an event is marked.

    Attributes
    ----------
    symbol
        Plotly's name of the marker.
    character
        The same in a text.
    """

    symbol: str
    character: str


@dataclass(frozen=True, slots=True)
class Event:
    """One dated event.

    Parameters
    ----------
    id
        Short and stable, because links contain it.
    date
        The day of the news in New York; may be a day without a session.
    timing
        When in that day; without meaning for a kind that counts from its own close.
    kind
        A key of `rut_dash.events.kinds.KINDS`.
    label
        One line, for tables.
    source
        Who published it.
    short
        For a label on a chart, at most 22 characters.
    headline
        True for an event that a chart labels before the others.
    direction
        One of its kind's `EventKind.directions`; None where the kind has none.
    known_from
        The first day by whose close it was known: the date itself unless a later one is given,
        as for a high or a low, which only later closes show to be one.
    """

    id: str
    date: date
    timing: Timing
    kind: str
    label: str
    source: str
    short: str
    headline: bool = False
    direction: Direction | None = None
    known_from: _Day = _Day.min

    def __post_init__(self) -> None:
        object.__setattr__(self, "known_from", max(self.date, self.known_from))

    @property
    def known_afterwards(self) -> bool:
        """True where later days had to show that it was one."""
        return self.known_from > self.date


Rule = Callable[[date], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Lane:
    """How a group of events is drawn: its lane in the strip above a chart, and its glyph.

    Parameters
    ----------
    name
        Beside the lane, at most nine characters.
    colour
        As ``#RRGGBB``. One colour serves both themes, because a chart does not know the theme:
        at least 3:1 against a white and against a near-black page.
    symbol
        Plotly's name of the marker.
    character
        The same glyph in a text.
    order
        Place among the lanes, from the top, and of the kind among the controls.
    by_direction
        The glyphs of events of a direction; others have that of the lane.

    Raises
    ------
    ValueError
        If the name is too long for the margin of a chart.
    """

    name: str
    colour: str
    symbol: str = "hexagon"
    character: str = "●"
    order: int = 1000
    by_direction: tuple[tuple[Direction, Glyph], ...] = ()

    def glyph(self, direction: Direction | None) -> Glyph:
        """Return how an event of a direction is marked."""
        for own, glyph in self.by_direction:
            if own is direction:
                return glyph
        return Glyph(self.symbol, self.character)

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= _LANE_NAME_LIMIT:
            raise ValueError(f"the lane's name {self.name!r} needs 1 to {_LANE_NAME_LIMIT} letters")


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event: all that controls, links, charts, tables and files need of it.

    Parameters
    ----------
    key
        Its name in event files and links.
    short_label
        The same where room is scarce, as in controls.
    event_label
        The name of one event of the kind.
    covers
        What its own events cover, so that "complete" has a meaning.
    file
        Its own events as TOML, with the day up to which they are complete; None for none.
    rule
        Generates events up to a day, which are complete up to that day; None for none.
    own_close
        True where "since" counts from the event's own close (a low or a high), whatever its
        timing.
    directions
        The directions that an event may have; empty for a kind without any.
    direction_required
        True where an event without a direction is refused, because verdicts rest on it.
    retrospective
        True where its events are known only afterwards (`Event.known_from`), so that on a past
        day no later event than the last one known was certain to be there.
    is_selection
        True where its own events are only some of those that there were: it is never complete.
    """

    key: str
    label: str
    short_label: str
    event_label: str
    covers: str
    lane: Lane
    file: Path | None = None
    rule: Rule | None = None
    own_close: bool = False
    directions: tuple[Direction, ...] = ()
    direction_required: bool = False
    retrospective: bool = False
    is_selection: bool = False
