"""Event files: TOML with ``[[event]]`` rows and the days up to which kinds are complete."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import msgspec

from rut_dash.errors import RowDefect, RowFileError
from rut_dash.errors.base_error import shortened
from rut_dash.events.event import Direction, Event, EventKind, Timing
from rut_dash.events.kinds import KINDS
from rut_dash.toml_rows import (
    Day,
    Flag,
    Line,
    RowFields,
    TomlRow,
    one_line,
    parse_rows,
    read_row,
    read_text,
)

_LABEL_LIMIT: Final = 80
_SHORT_LIMIT: Final = 22
_ID_LIMIT: Final = 60

EventId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?!\d{4}-\d{2}-\d{2}$)[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=_ID_LIMIT,
        description="lower-case letters, digits and hyphens, and no date",
    ),
]


class EventFields(RowFields, kw_only=True, frozen=True):
    """The keys of an ``[[event]]``; kind and direction are checked against the registry."""

    id: EventId = ""
    date: Day
    timing: Timing = Timing.IN_SESSION
    kind: Line
    direction: Line = ""
    known_from: Day | None = None
    label: Annotated[str, one_line(_LABEL_LIMIT)]
    short: Annotated[str, one_line(_SHORT_LIMIT)] = ""
    source: Annotated[str, one_line(2 * _LABEL_LIMIT)] = ""
    headline: Flag = False


class CompletenessFields(RowFields, kw_only=True, frozen=True):
    """The value of a key of ``[complete_until]``."""

    day: Day


@dataclass(frozen=True, slots=True)
class EventFile:
    """What one file says.

    Parameters
    ----------
    events
        In the order of the file.
    complete_until
        By kind, the last day up to which its events are complete.
    problems
        The rows that were refused.
    refused_kinds
        The kinds of the events that were refused; every kind where that of one is unknown.
    """

    events: tuple[Event, ...]
    complete_until: dict[str, date]
    problems: tuple[RowFileError, ...]
    refused_kinds: frozenset[str]


def read_event_file(path: Path, ids: Collection[str] = ()) -> EventFile:
    """Read a file of events; a row that cannot be used is a problem, the others are read.

    Parameters
    ----------
    ids
        The ids of other events, which the file must not repeat.
    """
    try:
        text = read_text(path, "events")
    except RowFileError as error:
        return EventFile((), {}, (error,), frozenset())
    rows, problems = parse_rows(
        text, str(path), "events", arrays=("event",), tables=("complete_until",)
    )
    # A row that is not TOML may be of any kind.
    refused = set(KINDS) if any(problem.place.table == "event" for problem in problems) else set()
    events: dict[str, Event] = {}
    complete_until: dict[str, date] = {}
    for row in rows:
        try:
            if row.place.table == "event":
                event = _event(row, {*ids, *events})
                events[event.id] = event
            else:
                kind = _kind(row, row.place.row_id)
                day = read_row(TomlRow(row.place, {"day": row.values}), CompletenessFields).day
                complete_until[kind.key] = day
        except RowFileError as error:
            problems.append(error)
            if row.place.table == "event":
                refused |= _possible_kinds(row)
    return EventFile(tuple(events.values()), complete_until, tuple(problems), frozenset(refused))


def _possible_kinds(row: TomlRow) -> set[str]:
    """Return the kinds that the event of a refused row may be of."""
    key = row.values.get("kind") if isinstance(row.values, dict) else None
    return {key} if isinstance(key, str) and key in KINDS else set(KINDS)


def _event(row: TomlRow, ids: Collection[str]) -> Event:
    """Return the event of a row."""
    fields = read_row(row, EventFields)
    if fields.id in ids:
        raise row.error(RowDefect.TAKEN_ID, value=fields.id, kind="event")
    kind = _kind(row, fields.kind)
    known_from = fields.known_from or fields.date
    if known_from < fields.date:
        raise RowFileError(
            row.place, RowDefect.KNOWN_BEFORE_DATE, known_from=known_from, date=fields.date
        )
    return Event(
        id=fields.id or _free_id(fields.date, fields.label, ids),
        date=fields.date,
        timing=fields.timing,
        kind=kind.key,
        label=fields.label,
        source=fields.source or Path(row.place.file).name,
        short=fields.short or shortened(fields.label, _SHORT_LIMIT),
        headline=fields.headline,
        direction=_direction(row, fields.direction, kind),
        known_from=known_from,
    )


def _kind(row: TomlRow, key: str) -> EventKind:
    if key not in KINDS:
        raise row.error(RowDefect.UNKNOWN_VALUE, key="kind", value=key, allowed=tuple(KINDS))
    return KINDS[key]


def _direction(row: TomlRow, name: str, kind: EventKind) -> Direction | None:
    """Return the direction of a row's name for it, as its kind allows."""
    allowed = tuple(kind.directions)
    if not name:
        if kind.direction_required:
            raise row.error(RowDefect.MISSING_DIRECTION, kind=kind.key, allowed=allowed)
        return None
    if not allowed:
        raise row.error(RowDefect.NO_DIRECTION, kind=kind.key)
    if name not in allowed:
        raise row.error(RowDefect.UNKNOWN_VALUE, key="direction", value=name, allowed=allowed)
    return Direction(name)


def _free_id(day: date, label: str, ids: Collection[str]) -> str:
    """Return an id made of date and label that no other event has."""
    words = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "event"
    base = f"{day:%Y-%m-%d}-{words}"[: _ID_LIMIT - 4].rstrip("-")
    name, count = base, 1
    while name in ids:
        count += 1
        name = f"{base}-{count}"
    return name
