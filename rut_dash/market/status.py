"""What is known of fetching a symbol, and its record in the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from rut_dash.market import format_1
from rut_dash.market.problems import Problem

_FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of fetching a symbol, for every process that shares the store.

    Parameters
    ----------
    attempts
        How often a source was asked; it grows with every try.
    tried_at, fetched_at
        When a source was last asked, and last gave bars that were stored.
    source
        The source of that last success, in words.
    tried_source
        The source of the last try, in words.
    problem
        What went wrong at the last try; None where nothing did.
    failures
        Tries in a row that failed.
    empty_polls
        Tries in a row that succeeded and still left a session missing.
    retry_at
        When a try is worthwhile again.
    rate_limited_until
        Until when the source must not be asked at all.
    expected_session
        The last session whose bar was final at the last try.
    """

    attempts: int = 0
    tried_at: datetime | None = None
    fetched_at: datetime | None = None
    source: str | None = None
    tried_source: str | None = None
    problem: Problem | None = None
    failures: int = 0
    empty_polls: int = 0
    retry_at: datetime | None = None
    rate_limited_until: datetime | None = None
    expected_session: date | None = None


def pack_status(status: Status) -> bytes:
    """Return a status as the bytes of a JSON file."""
    record: dict[str, object] = {"format": _FORMAT}
    for field in fields(Status):
        value = getattr(status, field.name)
        if isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, Problem):
            value = value.to_json()
        record[field.name] = value
    return json.dumps(record, indent=1).encode()


def unpack_status(data: bytes) -> Status:
    """Return the status in the bytes of a JSON file; an empty one where the file is damaged.

    A status is only advice: without one the source is asked.
    """
    try:
        record = json.loads(data)
        if "format" not in record:
            record = format_1.status_record(record)
        return Status(
            **{
                name: parse(record[name])
                for name, parse in _PARSERS.items()
                if record.get(name) is not None
            }
        )
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError):
        return Status()


def _moment(text: str) -> datetime:
    """Return a time that can be compared with others."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("it has no time zone")
    return moment


def _problem(record: Mapping[str, object] | Problem) -> Problem:
    return record if isinstance(record, Problem) else Problem.from_json(record)


_PARSERS: Final[dict[str, Callable[[Any], Any]]] = {
    "attempts": int,
    "failures": int,
    "empty_polls": int,
    "tried_at": _moment,
    "fetched_at": _moment,
    "retry_at": _moment,
    "rate_limited_until": _moment,
    "expected_session": date.fromisoformat,
    "source": str,
    "tried_source": str,
    "problem": _problem,
}
