"""Parameters of checks: how each is written in a file or a form, and read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

import pandas as pd

from rut_dash.errors import InvalidInput
from rut_dash.iso_dates import is_iso_date, parse_iso_date
from rut_dash.market.instruments import normalise_us_symbol

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")

ParamType = Literal[
    "day",
    "month",
    "percent",
    "number",
    "count",
    "choice",
    "symbol",
    "event",
    "text",
    "days",
    "spans",
]


class ParamError(Exception):
    """A value that a parameter cannot take, with the reason as a clause."""


@dataclass(frozen=True, slots=True)
class Span:
    """Two days, and what lies between them."""

    start: date
    end: date
    label: str = ""

    def __str__(self) -> str:
        """Return it as it is typed."""
        return f"{self.start:%Y-%m-%d}..{self.end:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class UsedWith:
    """Beside what a parameter is used: another one, or some of its values.

    Parameters
    ----------
    values
        Of the other parameter; any where empty.
    """

    param: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeededParams:
    """Parameters of which a check needs at least one.

    Parameters
    ----------
    used_with
        The parameter with which it needs one of them; None where it always does.
    """

    names: tuple[str, ...]
    used_with: UsedWith | None = None


@dataclass(frozen=True, slots=True)
class CheckParam:
    """A parameter of a kind of check.

    Parameters
    ----------
    name
        Its key in a file.
    type
        ``percent`` is written in percent and read as a fraction; ``days`` and ``spans`` are
        lists, in a form as texts with commas.
    required
        False where the check has a default.
    choices
        Of a ``choice``: members of an enumeration in `rut_dash.claims.choices`, or the keys of a
        registry, those that it has when they are listed. The first is the default, unless
        ``blank``.
    help
        What it does.
    blank
        True for a ``choice`` without a default.
    not_below
        The parameter of the same check that this one must not be less than; empty for none.
    used_with
        The parameter, before it in the row, that it needs; None where it needs none.
    instead_of
        Parameters that replace it: where one of them is given, it is not used.
    pattern
        What a text must match; any where empty.
    expected
        A text that matches, in words.
    """

    name: str
    label: str
    type: ParamType
    required: bool = False
    choices: Collection[str] = ()
    help: str = ""
    blank: bool = False
    not_below: str = ""
    used_with: UsedWith | None = None
    instead_of: tuple[str, ...] = ()
    pattern: str = ""
    expected: str = ""

    @property
    def default(self) -> object:
        """The choice that is meant where none is given; None where there is no such choice."""
        return None if self.blank else next(iter(self.choices), None)

    def read(self, value: object) -> Any:  # noqa: ANN401 - parameters have many types
        """Return the value that a check works with, of a value as written in a file.

        Raises
        ------
        ParamError
            If it cannot be used.
        """
        if self.type == "choice":
            for choice in self.choices:
                if choice == value:
                    return choice
            raise ParamError(f"one of {', '.join(repr(str(choice)) for choice in self.choices)}")
        if self.pattern and not (isinstance(value, str) and re.fullmatch(self.pattern, value)):
            raise ParamError(self.expected)
        return _READERS[self.type](value)

    def file_value(self, text: str) -> object:
        """Return a value as written in a file, of a text typed into a form.

        Raises
        ------
        ParamError
            If the text is no such value.
        """
        text = text.strip()
        match self.type:
            case "day":
                return _day(text)
            case "percent" | "number" | "count":
                try:
                    value = float(text)
                except ValueError:
                    raise ParamError("a number") from None
                if not math.isfinite(value):
                    raise ParamError("a number")
                return int(value) if self.type == "count" and value == int(value) else value
            case "days":
                return [_day(part.strip()) for part in text.split(",") if part.strip()]
            case "spans":
                return [part.strip() for part in text.split(",") if part.strip()]
            case _:
                return text


def _day(value: object) -> date:
    if isinstance(value, str) and is_iso_date(value):
        try:
            value = parse_iso_date(value)
        except ValueError:
            raise ParamError(f"a day that exists; there is no {value}") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ParamError("a day such as 2025-04-08")
    if not pd.Timestamp("1700-01-01") <= pd.Timestamp(value) <= pd.Timestamp("2200-12-31"):
        raise ParamError("a day such as 2025-04-08")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParamError("a number")
    if not (value == 0 or 1e-9 < abs(value) < 1e12):  # NaN and infinity too
        raise ParamError("a number of a believable size")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 100_000:
        raise ParamError("a whole number from 1 to 99,999")
    return value


def _month(value: object) -> str:
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise ParamError("a month such as '2025-07'")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ParamError("one line of text in quotes")
    return value.strip()


def _days(value: object) -> tuple[date, ...]:
    if not isinstance(value, list) or not value:
        raise ParamError("a list of days such as [2019-07-31, 2024-09-18]")
    return tuple(map(_day, value))


def _spans(value: object) -> tuple[Span, ...]:
    if not isinstance(value, list) or not value:
        raise ParamError('a list such as ["2007-09-17..2008-09-18"]')
    return tuple(map(_span, value))


def _symbol(value: object) -> str:
    try:
        return normalise_us_symbol(value if isinstance(value, str) else "")
    except InvalidInput as error:
        raise ParamError(error.expected) from error


def _span(value: object) -> Span:
    label = ""
    if isinstance(value, dict) and {"start", "end"} <= value.keys() <= {"start", "end", "label"}:
        start, end = _day(value["start"]), _day(value["end"])
        label = str(value.get("label", ""))
    elif isinstance(value, str) and value.count("..") == 1:
        start, end = (_day(part.strip()) for part in value.split(".."))
    else:
        raise ParamError("two days such as '2007-09-17..2008-09-18'")
    if start >= end:
        raise ParamError(f"two days in order; {start} is not before {end}")
    return Span(start, end, label)


_READERS: Final[Mapping[ParamType, Callable[[object], Any]]] = {
    "day": _day,
    "month": _month,
    "percent": lambda value: _number(value) / 100.0,
    "number": _number,
    "count": _count,
    "symbol": _symbol,
    "event": _text,
    "text": _text,
    "days": _days,
    "spans": _spans,
}
EXPECTED_DAYS: Final = (
    CheckParam("expect_from", "Expected from", "day"),
    CheckParam("expect_to", "Expected to", "day", not_below="expect_from"),
)
