"""The catalogue of events: what is shipped, what rules generate, and a user's own file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from rut_dash.errors import RowDefect, RowFileError, RowPlace
from rut_dash.events.event import Direction, Event, EventKind, Timing
from rut_dash.events.event_file import EventFile, read_event_file
from rut_dash.events.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far a catalogue holds all events that a kind covers.

    Parameters
    ----------
    kind
        `EventKind.covers` says what "all" means.
    until
        The last day up to which they are all there; None for no promise.
    """

    kind: EventKind
    until: date | None


@dataclass(frozen=True)
class Catalogue:
    """Events sorted by date, and how far each kind is complete.

    Parameters
    ----------
    events
        Sorted by date, then by timing within the day.
    complete_until
        By kind, the last day up to which the catalogue holds all that the kind covers; a
        kind that is absent promises nothing.
    problems
        The rows of files that were refused; the others are in `events`.
    """

    events: tuple[Event, ...]
    complete_until: dict[str, date]
    problems: tuple[RowFileError, ...] = ()

    @cached_property
    def version(self) -> str:
        """A digest: catalogues of equal versions hold the same."""
        problems = tuple(problem.args for problem in self.problems)
        text = repr((self.events, self.complete_until, problems))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def get(self, event_id: str) -> Event | None:
        """Return the event with an id, or None."""
        return next((event for event in self.events if event.id == event_id), None)

    def up_to(self, day: date) -> Catalogue:
        """Return the catalogue as known at the close of a day.

        It has no event that was known later (`Event.known_from`), and promises completeness only
        as far as was known: up to the day, and of a kind that is known only afterwards
        (`EventKind.retrospective`) up to the last of its events that was known, unless nothing
        that the file promises was open on that day.
        """
        last = pd.Timestamp(day).date()
        promised = (
            (key, self._known_completeness(key, until, last))
            for key, until in self.complete_until.items()
        )
        return Catalogue(
            tuple(event for event in self.events if event.known_from <= last),
            {key: until for key, until in promised if until is not None},
            self.problems,
        )

    def _known_completeness(self, key: str, until: date, day: date) -> date | None:
        """Return up to when a kind was known to be complete on a day; None for no promise."""
        if not KINDS[key].retrospective:
            return min(until, day)
        events = [event for event in self.events if event.kind == key and event.date <= day]
        unknown = [event.date for event in events if event.known_from > day]
        if day > until and not any(turn <= until for turn in unknown):
            return until
        last = max(
            (e.date for e in events if e.known_afterwards and e.known_from <= day), default=None
        )
        first_unknown = min(unknown, default=None)
        if last is None or first_unknown is None:
            return last
        return min(last, first_unknown - timedelta(days=1))

    def of_kinds(self, kinds: Collection[str], directions: Collection[Direction] = ()) -> Catalogue:
        """Return the events of some kinds; of some directions only where there are any."""
        events = (event for event in self.events if event.kind in kinds)
        return Catalogue(
            tuple(event for event in events if not directions or event.direction in directions),
            self.complete_until,
            self.problems,
        )

    def completeness(self) -> list[Completeness]:
        """Return how far each kind is complete, in the order of the registry."""
        return [Completeness(kind, self.complete_until.get(key)) for key, kind in KINDS.items()]


def load_catalogue(extra: Path | None = None, through: date | None = None) -> Catalogue:
    """Return the shipped events, those by rule, and the user's own.

    A row that cannot be read is in `Catalogue.problems`; the other rows and the shipped events
    are used.

    Parameters
    ----------
    extra
        A file of the user's own events; that of the environment variable ``RUT_DASH_EVENTS``
        where None. Its ``complete_until`` replaces what is shipped, unless an event of the
        kind was refused: then it cannot extend it.
    through
        The day up to which rules generate; the end of the current year where None.
    """
    end = through or date(datetime.now(UTC).year, 12, 31)
    events: dict[str, Event] = {}
    complete_until: dict[str, date] = {}
    problems: list[RowFileError] = []
    for kind in KINDS.values():
        if kind.file is not None:
            shipped = _read_shipped(kind.file, frozenset(events))
            events |= {event.id: event for event in shipped.events}
            complete_until |= shipped.complete_until
            problems += shipped.problems
    for kind in KINDS.values():
        if kind.rule is not None:
            events |= {event.id: event for event in kind.rule(end)}
            if kind.file is None:
                complete_until[kind.key] = end
    path = os.environ.get("RUT_DASH_EVENTS")
    own_path = extra or (Path(path) if path else None)
    if own_path is not None:
        own = read_event_file(own_path, events)
        events |= {event.id: event for event in own.events}
        problems += own.problems
        for key, day in own.complete_until.items():
            if key in own.refused_kinds and not day <= complete_until.get(key, date.min):
                place = RowPlace(str(own_path), "events", "complete_until", row_id=key)
                problems.append(RowFileError(place, RowDefect.NOT_COMPLETE, kind=key))
            else:
                complete_until[key] = day
    return Catalogue(_sorted(events.values()), complete_until, tuple(problems))


@cache  # constant: files of the package
def _read_shipped(path: Path, ids: frozenset[str]) -> EventFile:
    return read_event_file(path, ids)


def _sorted(events: Iterable[Event]) -> tuple[Event, ...]:
    order = list(Timing)
    return tuple(sorted(events, key=lambda e: (e.date, order.index(e.timing), e.id)))
