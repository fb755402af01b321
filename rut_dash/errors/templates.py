"""Templates of sentences: Python's format strings, with a few formats of our own."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from rut_dash.errors.base_error import counted, printable, quoted, shortened

# How many sessions a sentence names before it counts the rest.
_NAMED: Final = 5
# Characters of a list of names.
_LONGEST_NAMES: Final = 40
# A return beyond this fraction is not written in full: a broken file's may have 300 digits.
_LARGEST_MOVE: Final = 1e6


def _days(days: tuple[date, ...]) -> str:
    """Return the first days by name and the number of the others."""
    named = ", ".join(f"{day:%Y-%m-%d}" for day in days[:_NAMED])
    return f"{named} and {len(days) - _NAMED:,} more days" if len(days) > _NAMED else named


def _first(days: tuple[date, ...]) -> str:
    """Return the first day and the number of the others."""
    return f"{days[0]:%Y-%m-%d}{f' and {len(days) - 1:,} more' if len(days) > 1 else ''}"


def _day(day: date | str | None) -> str:
    """Return a day, or what an earlier version stored of it; None for a time beyond all dates."""
    if day is None:
        return "a time that cannot be"
    return day if isinstance(day, str) else f"{day:%Y-%m-%d}"


def _column(name: str) -> str:
    """Return a column of bars in a reader's words."""
    return "adjusted close" if name == "adj_close" else name


def _days_after(word: str, days: tuple[date, ...]) -> str:
    """Return days after a preposition; nothing where there are none."""
    return f" {word} {_all([f'{day:%Y-%m-%d}' for day in days])}" if days else ""


def _all(names: Sequence[str]) -> str:
    """Return names in a row, the last one after "and"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _also(count: int) -> str:
    """Return how many further rows have a defect; nothing where there is none."""
    return f" (and on {count:,} more)" if count else ""


def _move(fraction: float) -> str:
    """Return a one-day return, a fraction, in percent; a meaningless one by its lower bound."""
    if fraction > _LARGEST_MOVE:
        return f"more than {_LARGEST_MOVE:+,.0%}"
    return f"{fraction:+,.1%}"


def _within(seconds: float | None) -> str:
    """Return a limit of time."""
    return "in time" if seconds is None else f"within {seconds:g} seconds"


def _http(status: int | None) -> str:
    """Return an HTTP status in brackets; nothing where it is unknown."""
    return "" if status is None else f" (HTTP {status})"


def _in_row(row: int) -> str:
    """Return the place of a row that has no line; nothing for 0."""
    return f" in row {row:,}" if row else ""


def _names(names: tuple[str, ...]) -> str:
    """Return the names of a file's columns, shortened."""
    return shortened(printable(", ".join(names)) or "no names", _LONGEST_NAMES)


def _without(names: tuple[str, ...]) -> str:
    """Return the names that a file lacks; nothing where there are none."""
    return f", without {_names(names)}" if names else ""


def _besides(names: tuple[str, ...]) -> str:
    """Return the names that a file has besides; nothing where there are none."""
    return f", with {_names(names)} besides" if names else ""


_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "day": _day,
    "column": _column,
    "days": _days,
    "first": _first,
    "as_of": partial(_days_after, "as of"),
    "on": partial(_days_after, "on"),
    "all": _all,
    "also": _also,
    "move": _move,
    "within": _within,
    "http": _http,
    "and": " and ".join,
    "or": " or ".join,
    "list": ", ".join,
    "in_row": _in_row,
    "cells": partial(counted, noun="cell"),
    "names": _names,
    "without": _without,
    "besides": _besides,
    "quoted": quoted,
}


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 (any value)
        if format_spec in _FORMATS:
            return _FORMATS[format_spec](value)
        return str(super().format_field(value, format_spec))


_FORMATTER: Final = _Formatter()


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return a template with its values filled in."""
    return _FORMATTER.vformat(template, (), values)


def template_fields(template: str) -> frozenset[str]:
    """Return the names of the values that a template needs."""
    return frozenset(name for _, name, _, _ in _FORMATTER.parse(template) if name)
