"""What a user gave that cannot be used: settings, arguments, links and rows of TOML files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rut_dash.errors.base_error import (
    RutDashError,
    capitalise,
    counted,
    quoted,
    sentence,
    shortened,
)
from rut_dash.errors.row_defects import RowDefect, RowPlace


class RowFileError(RutDashError):
    """A row of a TOML file, or the file, that cannot be used.

    Parameters
    ----------
    place
        The row; the file where nothing of it can be used.
    whole_file
        True where nothing of the file can be used, False where its other rows are.
    values
        What the clause of the defect names.
    """

    def __init__(
        self, place: RowPlace, defect: RowDefect, *, whole_file: bool = False, **values: object
    ) -> None:
        super().__init__(place, defect, whole_file, values)
        self.place = place
        self.defect = defect
        self.whole_file = whole_file
        self.values = values

    @property
    def problem(self) -> str:
        """What is wrong, a clause without the place."""
        return self.defect.clause(self.values)

    def __str__(self) -> str:
        remedy = (
            f"Correct the file; without it only the shipped {self.place.contents} are used"
            if self.whole_file
            else "Correct that row; the other rows are used"
        )
        return sentence(f"{self.place}: {self.problem}", remedy)


@dataclass(eq=False)
class InvalidInput(RutDashError):
    """A setting, an argument or a value of a link that cannot be used.

    Parameters
    ----------
    parameter
        Its name, as the reader wrote it.
    value
        Empty where there is none.
    expected
        What would do, a noun phrase.
    """

    _consequence: ClassVar[str] = "cannot be used"

    parameter: str
    value: str
    expected: str

    def __str__(self) -> str:
        if not self.value and not isinstance(self, IgnoredInput):
            return sentence(f"{capitalise(self.parameter)} is missing: expected {self.expected}")
        value = quoted(shortened(self.value, 40))
        return sentence(f"{self.parameter} {value} {self._consequence}: expected {self.expected}")


class IgnoredInput(InvalidInput):
    """A value of a link that cannot be used: the page takes the default in its place."""

    _consequence = "is ignored"


@dataclass(eq=False)
class UnknownParameter(RutDashError):
    """A parameter of a link that no page has.

    Parameters
    ----------
    parameter
        Its name.
    """

    parameter: str

    def __str__(self) -> str:
        name = quoted(self.parameter)
        return sentence(f"{name} in this link is ignored: no page has such a setting")


@dataclass(eq=False)
class FurtherIgnoredInputs(RutDashError):
    """More values of a link that are ignored, of which only the number is named.

    Parameters
    ----------
    count
        How many.
    """

    count: int

    def __str__(self) -> str:
        are = "is" if self.count == 1 else "are"
        values = counted(self.count, "more value")
        return sentence(f"{values} of this link {are} ignored", "Copy a link from this page")
