"""What is known of fetching a symbol, and its record in the store."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Final

import msgspec

from rut_dash.market import format_1
from rut_dash.market.problems import Problem

_FORMAT: Final = 2
# A time that can be compared with others: it has a time zone.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


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
    tried_at: Moment | None = None
    fetched_at: Moment | None = None
    source: str | None = None
    tried_source: str | None = None
    problem: Problem | None = None
    failures: int = 0
    empty_polls: int = 0
    retry_at: Moment | None = None
    rate_limited_until: Moment | None = None
    expected_session: date | None = None


def pack_status(status: Status) -> bytes:
    """Return a status as the bytes of a JSON file."""
    record = msgspec.to_builtins(status)
    record["problem"] = None if status.problem is None else status.problem.to_json()
    return json.dumps({"format": _FORMAT, **record}, indent=1).encode()


def unpack_status(data: bytes) -> Status:
    """Return the status in the bytes of a JSON file; an empty one where the file is damaged.

    A status is only advice: without one the source is asked.
    """
    try:
        record = {name: value for name, value in json.loads(data).items() if value is not None}
        if "format" not in record:
            record = format_1.status_record(record)
        problem = record.pop("problem", None)
        if problem is not None:
            problem = Problem.from_json(problem)
        return replace(msgspec.convert(record, Status), problem=problem)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return Status()
