"""Dated events: a shipped catalogue, rules that generate more, and a user's own file.

An event knows when in its day the news came, so that "since" can start from the last close
before it (`anchor_session`): otherwise "since the truce" loses the truce's own day.

A kind of event is added in one place: a row of `KINDS`, with a function where its events
follow a rule.
"""

from __future__ import annotations

import calendar
import hashlib
import os
import re
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from rut_dash.analysis.returns import return_since, sessions_of
from rut_dash.errors import EventFileError
from rut_dash.toml_rows import Piece, Unreadable, not_among, pieces, read_file_text

__all__ = [
    "KINDS",
    "Catalogue",
    "Direction",
    "Event",
    "EventKind",
    "Timing",
    "anchor_session",
    "load_catalogue",
    "reconstitutions",
    "since_table",
]

_SHIPPED: Final = Path(__file__).with_name("catalogue.toml")
_LABEL_LIMIT: Final = 80
_SHORT_LIMIT: Final = 22
_ID_LIMIT: Final = 60


class Timing(StrEnum):
    """When in its day the news came, New York time."""

    BEFORE_OPEN = "before_open"
    IN_SESSION = "in_session"
    AFTER_CLOSE = "after_close"

    @property
    def label(self) -> str:
        """The timing in a reader's words."""
        return {
            Timing.BEFORE_OPEN: "before the open",
            Timing.IN_SESSION: "in the session",
            Timing.AFTER_CLOSE: "after the close",
        }[self]


class Direction(StrEnum):
    """Which way an event went: the Fed's target, or the turn of the market."""

    CUT = "cut"
    RAISE = "raise"
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Event:
    """One dated event.

    Parameters
    ----------
    id
        Short and stable: it stands in links.
    date
        The day of the news in New York; may be a day without a session.
    timing
        When in that day; without meaning for a kind that counts from its own close.
    kind
        A key of `KINDS`.
    label
        One line, for tables.
    source
        Who said so, in words.
    short
        For a flag on a chart, at most 22 characters.
    headline
        True where a chart that has not room for every label should name this one first.
    direction
        One of its kind's `EventKind.directions`; None where the kind has none.
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


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event.

    Parameters
    ----------
    key
        As it stands in event files and links.
    label
        For readers.
    covers
        What the shipped catalogue holds of this kind: what "complete" refers to.
    own_close
        True where "since" counts from the event's own close (a low or a high), whatever
        its timing.
    rule
        Generates the kind's events up to a day; None where they are listed in files.
    directions
        What an event of the kind may be; empty where it has no direction.
    direction_required
        True where an event without a direction is refused: verdicts rest on each having one.
    """

    key: str
    label: str
    covers: str
    own_close: bool = False
    rule: Callable[[date], tuple[Event, ...]] | None = None
    directions: tuple[Direction, ...] = ()
    direction_required: bool = False


def _friday(year: int, month: int, nth: int) -> date:
    """Return the nth Friday of a month; -1 is the last."""
    days = calendar.Calendar().itermonthdays2(year, month)
    fridays = [day for day, weekday in days if day and weekday == calendar.FRIDAY]
    return date(year, month, fridays[nth if nth < 0 else nth - 1])


def reconstitutions(through: date) -> tuple[Event, ...]:
    """Return the reconstitutions of the Russell indices from 2000 up to a day, by rule.

    They take effect after the close of the fourth Friday of June since 2007, of the last
    Friday of June before, and from 2026 also of the second Friday of November (FTSE
    Russell's announcement of the semi-annual reconstitution).
    """
    days = []
    for year in range(2000, through.year + 1):
        days.append(_friday(year, 6, 4 if year >= 2007 else -1))
        if year >= 2026:
            days.append(_friday(year, 11, 2))
    return tuple(
        Event(
            id=f"reconstitution-{day:%Y-%m}",
            date=day,
            timing=Timing.AFTER_CLOSE,
            kind="index",
            label=f"Russell reconstitution of {day:%B %Y}",
            source="FTSE Russell, reconstitution schedule (by rule)",
            short="Reconstitution",
        )
        for day in days
        if day <= through
    )


KINDS: Final[Mapping[str, EventKind]] = {
    row.key: row
    for row in (
        EventKind(
            "tariff",
            "Tariffs",
            "a selection of the US tariff announcements of 2018, 2019 and 2025",
        ),
        EventKind(
            "fed",
            "Fed funds target",
            "every change of the target since 2000",
            directions=(Direction.CUT, Direction.RAISE),
            direction_required=True,
        ),
        EventKind(
            "market",
            "Market highs and lows",
            "every turn of 20% or more in the closes of IWM, since its start in May 2000",
            own_close=True,
            directions=(Direction.HIGH, Direction.LOW),
        ),
        EventKind(
            "index",
            "Index reconstitutions",
            "every Russell reconstitution since 2000, by rule",
            rule=reconstitutions,
        ),
    )
}


@dataclass(frozen=True)
class Catalogue:
    """Events sorted by date, and how far each kind can be relied on.

    Parameters
    ----------
    events
        Sorted by date, then by timing within the day.
    complete_until
        By kind, the last day up to which the catalogue holds all that the kind covers
        (`EventKind.covers`); a kind that is absent promises nothing.
    problems
        What was refused of the files; the rest is in `events`.
    """

    events: tuple[Event, ...]
    complete_until: dict[str, date]
    problems: tuple[EventFileError, ...] = ()

    @cached_property
    def version(self) -> str:
        """A digest: catalogues of equal versions hold the same."""
        text = repr((self.events, self.complete_until, tuple(map(str, self.problems))))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def get(self, event_id: str) -> Event | None:
        """Return the event with an id, or None."""
        return next((event for event in self.events if event.id == event_id), None)

    def up_to(self, day: date) -> Catalogue:
        """Return the catalogue as it stood on a day: later events are not in it."""
        last = pd.Timestamp(day).date()
        if last not in self._known:
            self._known[last] = self._keeping(e for e in self.events if e.date <= last)
        return self._known[last]

    @cached_property
    def _known(self) -> dict[date, Catalogue]:
        return {}

    def of_kinds(self, kinds: Collection[str]) -> Catalogue:
        """Return the events of some kinds."""
        return self._keeping(event for event in self.events if event.kind in kinds)

    def _keeping(self, events: Iterable[Event]) -> Catalogue:
        return Catalogue(tuple(events), self.complete_until, self.problems)


def load_catalogue(extra: Path | None = None, through: date | None = None) -> Catalogue:
    """Return the shipped events, those by rule, and the user's own.

    A row that cannot be read is left out and stands in the catalogue's ``problems`` with
    its line; the other rows and the shipped events are there all the same.

    Parameters
    ----------
    extra
        A file of the form of the shipped ``catalogue.toml``; that of the environment
        variable ``RUT_DASH_EVENTS`` where None. ``id``, ``short`` and ``source`` may be
        missing there. What it says under ``complete_until`` replaces what is shipped.
    through
        The day up to which rules generate; the end of the current year where None.
    """
    end = through or date(datetime.now(UTC).year, 12, 31)
    shipped = _shipped()
    taken = {event.id: event for event in shipped.events}
    complete = dict(shipped.complete_until)
    for kind in KINDS.values():
        if kind.rule is not None:
            taken |= {event.id: event for event in kind.rule(end)}
            complete[kind.key] = end
    problems = list(shipped.problems)
    own = extra or (Path(named) if (named := os.environ.get("RUT_DASH_EVENTS")) else None)
    if own is not None:
        read = _read(own, taken)
        taken |= {event.id: event for event in read.events}
        complete |= read.complete_until
        problems += read.problems
    return Catalogue(_sorted(taken.values()), complete, tuple(problems))


def _sorted(events: Iterable[Event]) -> tuple[Event, ...]:
    order = list(Timing)
    return tuple(sorted(events, key=lambda e: (e.date, order.index(e.timing), e.id)))


def anchor_session(event: Event, sessions: pd.DatetimeIndex) -> pd.Timestamp | None:
    """Return the session from whose close "since the event" starts: the last before the news.

    Parameters
    ----------
    event
        News before the open or in the session counts from the session before its date,
        news after the close and a kind that counts from its own close from the date
        itself; where the date is no session, from the last one before it.
    sessions
        The sessions of the series that is measured, sorted, tz-naive.

    Returns
    -------
    Timestamp or None
        None where no session is so early.
    """
    own = KINDS[event.kind].own_close or event.timing is Timing.AFTER_CLOSE
    side: Literal["left", "right"] = "right" if own else "left"
    position = int(sessions.searchsorted(pd.Timestamp(event.date), side=side))
    return None if position == 0 else sessions[position - 1]


def since_table(events: Iterable[Event], closes: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return each leg's return from the last close before each event to its last close.

    Parameters
    ----------
    events
        None of them later than the last close: that would be no "since".
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


# --- Reading a file ----------------------------------------------------------------------
_REQUIRED: Final = ("date", "kind", "label")
_ALLOWED: Final = (
    "id", "date", "timing", "kind", "direction", "label", "short", "source", "headline",
)  # fmt: skip
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AS_DATE: Final = "such as 2025-04-02"
_UNKNOWN_TABLE: Final = "is unknown here; a file holds [[event]] and [complete_until]"
_SHIPPED_ONLY: Final = "Correct the file; without it only the shipped events are used"


@cache
def _shipped() -> Catalogue:
    return _read(_SHIPPED, {})


def _read(path: Path, taken: Mapping[str, Event]) -> Catalogue:
    """Read one file; ``taken`` are the events that its ids must not repeat."""
    try:
        text = read_file_text(path)
    except Unreadable as error:
        return Catalogue((), {}, (EventFileError(path, None, error.reason, _SHIPPED_ONLY),))

    events: dict[str, Event] = {}
    known = dict(taken)
    complete: dict[str, date] = {}
    problems: list[EventFileError] = []
    meant_as_events = False
    for piece in pieces(text, ("event",)):
        meant_as_events = meant_as_events or piece.starts("event")
        try:
            document = piece.parse()
        except Unreadable as error:
            problems.append(EventFileError(path, error.line, error.reason))
            continue
        meant_as_events = meant_as_events or bool(document)
        for key, value in document.items():
            for row in _rows(key, value):
                try:
                    if key == "event":
                        event = _event(row, piece, path, ChainMap(events, known))
                        events[event.id] = event
                    elif key == "complete_until":
                        complete |= _complete_until(row, piece, path)
                    else:
                        raise EventFileError(path, piece.line_of(key), f"{key!r} {_UNKNOWN_TABLE}")
                except EventFileError as error:
                    problems.append(error)
    if problems and not meant_as_events:
        # It is another kind of file: what follows the first reason would be noise.
        first = problems[0]
        problems = [EventFileError(path, first.line, first.problem, _SHIPPED_ONLY)]
    return Catalogue(_sorted(events.values()), complete, tuple(problems))


def _rows(key: str, value: object) -> list[object]:
    """Return what is read, and refused, on its own: events, and the days of complete_until."""
    if key == "event":
        return value if isinstance(value, list) else [None]
    if key == "complete_until" and isinstance(value, dict):
        return list(value.items())
    return [value]


def _complete_until(row: object, piece: Piece, path: Path) -> dict[str, date]:
    if not isinstance(row, tuple):
        raise EventFileError(path, piece.line, "complete_until is a table: [complete_until]")
    kind, day = row
    if kind not in KINDS:
        raise EventFileError(path, piece.line_of(kind), not_among("kind", kind, KINDS))
    if not isinstance(day, date) or isinstance(day, datetime):
        raise EventFileError(path, piece.line_of(kind), f"{kind} must be a day, {_AS_DATE}")
    return {kind: day}


def _event(row: object, piece: Piece, path: Path, taken: Mapping[str, Event]) -> Event:
    """Return the event of a row, or raise for the first thing that is wrong with it."""
    if not isinstance(row, dict):
        raise EventFileError(path, piece.line, "an event starts with [[event]]")

    def refuse(key: str, problem: str) -> EventFileError:
        return EventFileError(path, piece.line_of(key), problem)

    def text(key: str, limit: int) -> str:
        value = row[key]
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise refuse(key, f"the {key} must be one line of text in quotes")
        if len(value.strip()) > limit:
            raise refuse(key, f"the {key} has {len(value.strip())} characters; at most {limit} fit")
        return value.strip()

    for key in row:
        if key not in _ALLOWED:
            raise refuse(key, not_among("key", key, _ALLOWED))
    for key in _REQUIRED:
        if key not in row:
            raise refuse(key, f"the event has no {key}")

    day = row["date"]
    if isinstance(day, str) and _ISO_DATE.fullmatch(day):
        try:
            day = date.fromisoformat(day)
        except ValueError as error:
            raise refuse("date", f"there is no day {day}") from error
    if not isinstance(day, date) or isinstance(day, datetime):
        raise refuse("date", f"the date must be a day alone, {_AS_DATE}, not {day!r}")
    kind = row["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise refuse("kind", not_among("kind", kind, KINDS))
    timing = row.get("timing", Timing.IN_SESSION)
    if timing not in list(Timing):
        raise refuse("timing", not_among("timing", timing, Timing))
    label = text("label", _LABEL_LIMIT)
    headline = row.get("headline", False)
    if not isinstance(headline, bool):
        raise refuse("headline", f"the headline must be true or false, not {headline!r}")

    if "id" in row:
        name = text("id", _ID_LIMIT)
        if not _ID.fullmatch(name) or _ISO_DATE.fullmatch(name):
            raise refuse(
                "id", f"the id {name!r} must be lower-case letters, digits and hyphens, no date"
            )
        if name in taken:
            raise refuse("id", f"the id {name!r} is that of another event ({taken[name].label})")
    else:
        name = _slug(day, label, taken)
    source = text("source", 2 * _LABEL_LIMIT) if "source" in row else path.name
    short = text("short", _SHORT_LIMIT) if "short" in row else _shortened(label)
    direction = row.get("direction")
    directions = KINDS[kind].directions
    if direction is None and KINDS[kind].direction_required:
        raise refuse("kind", f"an event of kind {kind!r} needs {_choice('direction', directions)}")
    if direction is not None and direction not in list(directions):
        if not directions:
            raise refuse("direction", f"an event of kind {kind!r} has no direction")
        raise refuse("direction", not_among("direction", direction, directions))
    return Event(
        id=name,
        date=day,
        timing=Timing(str(timing)),
        kind=kind,
        label=label,
        source=source,
        short=short,
        headline=headline,
        direction=None if direction is None else Direction(str(direction)),
    )


def _choice(key: str, values: Iterable[str]) -> str:
    """Return the lines that a row may have, such as ``direction = "cut" or "raise"``."""
    quoted = " or ".join(f'"{value}"' for value in values)
    return f"{key} = {quoted}"


def _shortened(label: str) -> str:
    return label if len(label) <= _SHORT_LIMIT else f"{label[: _SHORT_LIMIT - 1].rstrip()}…"


def _slug(day: date, label: str, taken: Collection[str]) -> str:
    """Return an id from date and label that is not taken."""
    words = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "event"
    base = f"{day:%Y-%m-%d}-{words}"[: _ID_LIMIT - 4].rstrip("-")
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    return name
