"""A failed fetch as a value: comparable, and stored beside the bars until the next try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rut_dash.errors import (
    BarsRejected,
    DataUnavailable,
    RutDashError,
    SchemaError,
    UnexpectedError,
    UnknownSymbol,
    error_classes,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a fetch failed, whatever the symbol.

    Parameters
    ----------
    code
        The cause: the ``code`` of a class of `DataUnavailable`.
    details
        The cause's own values, by name; those that say nothing are left out.
    """

    code: str
    source: str
    details: tuple[tuple[str, object], ...] = ()

    @property
    def is_unknown_symbol(self) -> bool:
        """True where the source answered, and knows no such symbol."""
        return issubclass(error_classes().get(self.code, DataUnavailable), UnknownSymbol)

    @classmethod
    def from_json(cls, record: Mapping[str, object]) -> Problem:
        """Return the problem that `to_json` wrote down.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is none.
        """
        details = decoded(record["details"])
        if not isinstance(details, dict):
            raise TypeError("its details are no record")
        return cls(str(record["code"]), str(record["source"]), tuple(sorted(details.items())))

    def to_json(self) -> dict[str, object]:
        """Return the problem as a record that JSON can hold."""
        return {
            "code": self.code,
            "source": self.source,
            "details": {name: encoded(value) for name, value in self.details},
        }


@dataclass(frozen=True, slots=True)
class Staleness:
    """Why newer bars are not here.

    Parameters
    ----------
    problem
        What went wrong at the last try.
    retry_at
        When it is tried again, timezone-aware; None where unknown.
    """

    problem: Problem
    retry_at: datetime | None = None


def problem_of(error: RutDashError, source: str = "") -> Problem:
    """Return an error of a fetch as a value.

    Parameters
    ----------
    error
        A `DataUnavailable`, or the `SchemaError` of bars that were refused; any other error is
        one that nobody expected.
    source
        The source that gave refused bars; where they come from, if empty.
    """
    if isinstance(error, SchemaError):
        error = BarsRejected("", source or error.where, refusal=error)
    if not isinstance(error, DataUnavailable):
        error = UnexpectedError("", exception=type(error).__name__)
    details = {
        name: value for name, value in error.details().items() if value not in (None, "", ())
    }
    return Problem(error.code, error.source, tuple(sorted(details.items())))


def error_of(problem: Problem, symbol: str, retry_at: datetime | None = None) -> DataUnavailable:
    """Return the error of a problem, perhaps another process's.

    A cause that this version does not know gives a plain `DataUnavailable`, and details that it
    cannot use are left out.
    """
    cls = error_classes().get(problem.code, DataUnavailable)
    try:
        error = cls.from_details(symbol, problem.source, dict(problem.details))
        str(error)
    except (KeyError, TypeError, ValueError, AttributeError):
        error = cls.from_details(symbol, problem.source, {})
    error.retry_at = retry_at
    return error


def encoded(value: object) -> object:
    """Return a value of a problem or a note as JSON can hold it; dates keep their type."""
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, tuple):
        return [encoded(item) for item in value]
    return value


def decoded(value: object) -> object:
    """Return what `encoded` wrote down.

    Raises
    ------
    ValueError
        If a date is none.
    """
    if isinstance(value, list):
        return tuple(decoded(item) for item in value)
    if isinstance(value, dict):
        if value.keys() == {"date"}:
            return date.fromisoformat(value["date"])
        return {name: decoded(item) for name, item in value.items()}
    return value
