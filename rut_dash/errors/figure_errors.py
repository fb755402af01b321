"""Figures that cannot be computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from rut_dash.errors.base_error import RutDashError, capitalise, counted, quoted, sentence
from rut_dash.errors.obstacles import Obstacle
from rut_dash.errors.templates import fill


@dataclass(eq=False)
class InsufficientHistory(RutDashError):
    """A figure needs more bars than the history has.

    Parameters
    ----------
    unit
        What is counted, in the singular.
    """

    figure: str
    needed: int
    available: int
    unit: str = "session"

    def __str__(self) -> str:
        needed = counted(self.needed, self.unit)
        are = "is" if self.available == 1 else "are"
        return sentence(
            f"{self.figure} needs {needed}; there {are} {self.available:,}",
            "Load a longer history or choose a shorter window",
        )


@dataclass(eq=False)
class MissingColumns(RutDashError):
    """A figure needs columns that the bars do not have on any session."""

    figure: str
    columns: Sequence[str] = ("high", "low")

    def __str__(self) -> str:
        return sentence(
            f"{self.figure} needs sessions with {' and '.join(self.columns)}; there are none",
            "Load bars that have these columns",
        )


@dataclass(eq=False)
class InvalidParameter(RutDashError):
    """A parameter of a figure that cannot be used.

    Parameters
    ----------
    parameter
        The parameter, in words ("the length of an RSI").
    value
        The one that cannot be used; None where none was given.
    expected
        What would do, a noun phrase.
    """

    parameter: str
    value: object
    expected: str

    def __str__(self) -> str:
        parameter = capitalise(self.parameter)
        if self.value is None:
            return sentence(f"{parameter} must be {self.expected}")
        return sentence(f"{parameter} cannot be {quoted(self.value)}: it must be {self.expected}")


class BasisGap(StrEnum):
    """Why a series cannot be had on a basis."""

    INDEX = "a price index leaves dividends out"
    NO_DIVIDENDS = "its dividends are not known"
    ADJUSTED_ONLY = "its file has only adjusted closes"


@dataclass(eq=False)
class BasisUnavailable(RutDashError):
    """A series was asked for on a basis that its bars cannot give.

    Parameters
    ----------
    basis
        The basis: "price" or "total".
    gap
        Why the basis is none of them; None where the symbol says it.
    """

    symbol: str
    basis: str
    available: Sequence[str]
    gap: BasisGap | None = None

    def __str__(self) -> str:
        because = f", because {self.gap}" if self.gap else ""
        have = " and ".join(_BASIS_NAMES.get(b, b) for b in self.available)
        basis = _BASIS_NAMES.get(self.basis, self.basis)
        instead = f"Choose the {have} basis" if have else _OTHER_SYMBOL
        return sentence(f"{self.symbol} has no {basis} basis{because}", instead)


class NoCommonBasis(BasisUnavailable):
    """Two series have no basis in common, so that they cannot be compared.

    Parameters
    ----------
    legs
        Each symbol with its bases, "price" or "total".
    """

    def __init__(self, legs: Sequence[tuple[str, Sequence[str]]]) -> None:
        super().__init__(" against ".join(symbol for symbol, _ in legs), "common", ())
        self.legs = tuple(legs)

    def __str__(self) -> str:
        have = " and ".join(
            f"{symbol} has only {' and '.join(_BASIS_NAMES.get(b, b) for b in bases)}"
            for symbol, bases in self.legs
        )
        return sentence(f"{self.symbol} has no common basis, because {have}", _OTHER_SYMBOL)


_BASIS_NAMES: Final = {"price": "price", "total": "total return"}
_OTHER_SYMBOL: Final = "Choose another symbol"


@dataclass(eq=False)
class OutOfRange(RutDashError):
    """A date lies outside the sessions of a series.

    Parameters
    ----------
    series
        The series, in words.
    first, last
        The sessions that there are; None where there are none.
    remedy
        What to do about it; to choose another date, if empty.
    """

    series: str
    day: date
    first: date | None
    last: date | None
    remedy: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        if self.first is None or self.last is None:
            span = "has no sessions"
        else:
            span = f"has sessions from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}"
        return sentence(
            f"{self.day:%Y-%m-%d} is out of range: {self.series} {span}",
            self.remedy or "Choose a date between them",
        )


@dataclass(eq=False)
class EventNotYetKnown(RutDashError):
    """An event that only days after an as-of showed to be one, such as a low of the market.

    Parameters
    ----------
    label
        The event, in words.
    day
        Its day.
    known_from
        The day by whose close it was known.
    as_of
        The earlier day on which it was asked for.
    """

    label: str
    day: date
    known_from: date
    as_of: date

    def __str__(self) -> str:
        """Return the sentence."""
        return sentence(
            f"{self.label}, {self.day:%Y-%m-%d}, was known only from {self.known_from:%Y-%m-%d}, "
            f"after {self.as_of:%Y-%m-%d}",
            "Count from a date instead",
        )


class NotComputable(RutDashError):
    """A claim that cannot be computed, or drawn, of what there is.

    Parameters
    ----------
    values
        What the sentence of the obstacle names; days as dates.
    """

    def __init__(self, obstacle: Obstacle, **values: object) -> None:
        super().__init__(obstacle, values)
        self.obstacle = obstacle
        self.values = values

    def __str__(self) -> str:
        reason, remedy = self.obstacle.value
        return sentence(fill(reason, self.values), remedy)
