"""Bars that are refused: the error, which names a defect and its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, Self

from rut_dash.errors.bar_defects import Defect, DefectValue, Remedy
from rut_dash.errors.base_error import RutDashError, sentence
from rut_dash.errors.templates import fill


@dataclass(frozen=True, slots=True)
class SourceBars:
    """The bars of a symbol that a source gave."""

    symbol: str
    source: str

    def __str__(self) -> str:
        return f"{self.symbol} from {self.source}"


BarsPlace = str | PurePath | SourceBars


class SchemaError(RutDashError):
    """Bars that break the schema: bad input is refused whole.

    Parameters
    ----------
    where
        The file, the symbol or the answer of a source whose bars these are.
    line
        The line of the file, counted from 1 with the header; None where there is none.
    session
        The session at fault, from which a reader of files finds the line; None where the
        defect is not one row's.
    remedy_override
        What to do about it, where it is not what the defect says.
    values
        What the defect's templates name, but for the line and the session.

    Raises
    ------
    TypeError
        If the values are not those that the templates name.
    """

    def __init__(
        self,
        where: BarsPlace,
        defect: Defect,
        *,
        line: int | None = None,
        session: date | None = None,
        remedy_override: Remedy | None = None,
        **values: DefectValue,
    ) -> None:
        super().__init__(where, defect)
        self.place = where if isinstance(where, SourceBars) else str(where)
        self.defect = defect
        self.line = line
        self.session = session
        self.remedy_override = remedy_override
        self.values = values
        available = {*values, *(["session"] if session else []), *(["line"] if line else [])}
        if not defect.fields <= available or not set(values) <= defect.fields:
            raise TypeError(f"{defect} needs {sorted(defect.fields)}, not {sorted(values)}")

    @property
    def where(self) -> str:
        """Whose bars these are."""
        return str(self.place)

    def _fill(self, template: str) -> str:
        return fill(template, {**self.values, "session": self.session, "line": self.line})

    @property
    def problem(self) -> str:
        """What is wrong, a clause that names the first offending session or line."""
        return self._fill(self.defect.problem)

    @property
    def remedy(self) -> str:
        """What to do about it, a sentence."""
        if self.remedy_override is not None:
            return self.remedy_override.value
        return self._fill(self.defect.remedy)

    @property
    def clause(self) -> str:
        """Where, what is wrong and what to do, without a full stop."""
        remedy = self.remedy.rstrip(".")
        remedy = f"; {remedy[0].lower()}{remedy[1:]}" if remedy else ""
        return f"{self.where}: {self.problem}{remedy}"

    def located(
        self,
        where: BarsPlace | None = None,
        *,
        line: int | None = None,
        remedy_override: Remedy | None = None,
    ) -> SchemaError:
        """Return the error with a place, a line or a remedy of the caller's knowledge."""
        details = self.details()
        if where is not None:
            details["where"] = _place_details(where)
        if line is not None:
            details["line"] = line
        if remedy_override is not None:
            details["remedy_override"] = remedy_override.name
        return self.from_details(details)

    def details(self) -> dict[str, object]:
        """Return what the error is made of, by name."""
        override = self.remedy_override
        return {
            "where": _place_details(self.place),
            "defect": self.defect.name,
            "line": self.line,
            "session": self.session,
            "remedy_override": None if override is None else override.name,
            "values": tuple(sorted(self.values.items())),
        }

    @classmethod
    def from_details(cls, details: Mapping[str, object]) -> Self:
        """Return the error that `details` describes.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it describes none, as a newer version's may not.
        """
        override, values = details.get("remedy_override"), details.get("values", ())
        if not isinstance(values, tuple):
            raise TypeError("the values of a defect are no pairs")
        options: dict[str, Any] = {
            "line": details.get("line"),
            "session": details.get("session"),
            "remedy_override": None if override is None else Remedy[str(override)],
        }
        return cls(
            _place_of(details["where"]), Defect[str(details["defect"])], **options, **dict(values)
        )

    def __str__(self) -> str:
        place = self.where if self.line is None else f"{self.where}, line {self.line}"
        return sentence(f"{place}: {self.problem}", self.remedy)


def _place_details(place: BarsPlace) -> object:
    return (place.symbol, place.source) if isinstance(place, SourceBars) else str(place)


def _place_of(details: object) -> BarsPlace:
    """Return the place of details; until November 2026 one of a source was a text as well."""
    return SourceBars(*details) if isinstance(details, tuple) else str(details)
