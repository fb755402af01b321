"""What can be wrong with a row of a TOML file, and where the row is: each with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from rut_dash.errors.base_error import quoted, shortened
from rut_dash.errors.templates import fill

_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
# A longer text of a file is cut in a clause.
_TEXT_LIMIT: Final = 80


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a row is in a TOML file.

    Parameters
    ----------
    contents
        What its rows are ("events", "claims").
    table
        The table that the row is in; empty for the file as a whole.
    ordinal
        The number of the row among those of its table, from 1; 0 in a table of one row a key.
    row_id
        The row's id or key; empty where it has none.
    """

    file: str
    contents: str
    table: str = ""
    ordinal: int = 0
    row_id: str = ""

    def __str__(self) -> str:
        """Return the place in words: ``mine.toml, the third [[event]], 'steel-tariffs'``."""
        if not self.table:
            return self.file
        if not self.ordinal:
            return f"{self.file}, {self.row_id} of [{self.table}]"
        row_id = f", {quoted(self.row_id)}" if self.row_id else ""
        return f"{self.file}, the {_ordinal(self.ordinal)} [[{self.table}]]{row_id}"


def _ordinal(number: int) -> str:
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else suffix}"


def _fitting(value: object) -> object:
    """Return a value as a clause has room for it."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return shortened(value, _TEXT_LIMIT) if isinstance(value, str) else value


class RowDefect(Enum):
    """What is wrong with a row of a TOML file, or with the file: each with its clause."""

    UNREADABLE = "the file cannot be read ({detail})"
    NOT_UTF8 = "the file is not text in UTF-8"
    NOT_TOML = "this is not TOML: {detail}"
    UNKNOWN_TABLE = "{key:quoted} is unknown here; a file holds {allowed}"
    NOT_A_TABLE = "{key} is a table: [{key}]"
    NOT_A_ROW = "each {key} starts with [[{key}]]"
    UNKNOWN_KEY = "the key {key:quoted} is unknown; allowed are {allowed}"
    MISSING_KEY = "the {kind} has no {key}"
    UNSUITABLE = "the {key} must be {expected}, not {value:quoted}"
    UNKNOWN_VALUE = "the {key} {value:quoted} is unknown; allowed are {allowed}"
    TOO_LONG = "the {key} has {length} characters; at most {longest} fit"
    NO_SUCH_DAY = "there is no day {value}"
    ENDS_BEFORE_START = "the end {end} is before the date {start}"
    KNOWN_BEFORE_DATE = "known_from {known_from} is before the date {date}"
    NEEDS_SERIES = "a check of {kind} needs a series, such as IWM"
    UNKNOWN_PARAM = "a check of {kind} has no {key:quoted}; it takes {allowed}"
    UNUSED_KEY = "a check of {kind} does not use the {key}"
    UNUSED_BASIS = "a check of {kind} is on the price basis alone"
    NEEDS_NUMBER = "the {key} is used only where a number is stated"
    UNUSED_WITH = (
        "the {key} of the check is not used with {other_key} {value:quoted}; used are {allowed}"
    )
    UNUSED_WITHOUT = "the {key} of the check is not used without {other_key}; used are {allowed}"
    UNUSED_BESIDE = "the {key} of the check is not used beside {other_key}: give one of them"
    MISSING_PARAM = "the check has no {key} ({label}), which {kind} needs"
    NEEDS_ONE_OF = "a check of {kind} needs {names}"
    NEEDS_ONE_BESIDE = "a check of {kind} with {other_key} needs {names}"
    NEEDS_ONE_WITH = "a check of {kind} with {other_key} {value:quoted} needs {names}"
    NOT_IN_ORDER = (
        "the {first_key} {first} and the {second_key} {second} of the check are the wrong way round"
    )
    OTHER_UNIT = "the unit {value:quoted} does not suit {kind}, which finds a number in {found}"
    NO_ROWS = "the file holds no {contents}"
    TAKEN_ID = "the id {value:quoted} is that of another {kind}"
    MISSING_DIRECTION = "an event of kind {kind:quoted} needs its direction, one of {allowed}"
    NO_DIRECTION = "an event of kind {kind:quoted} has no direction"
    NOT_COMPLETE = "an event of kind {kind:quoted} was refused, so the kind is not complete"

    def clause(self, values: Mapping[str, object]) -> str:
        """Return the clause with its values filled in."""
        return fill(self.value, {name: _fitting(value) for name, value in values.items()})
