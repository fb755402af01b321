"""Cells of price files: which column is which, dates and numbers.

A column is known by its name (`COLUMNS`), a date by the form of the first one (`DATE_FORMS`); a
further form is a row of one of these tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import Defect, SchemaError

__all__ = [
    "COLUMNS",
    "DATE_FORMS",
    "FileRows",
    "NotBars",
    "find_columns",
    "parse_dates",
    "parse_numbers",
    "shorten",
    "unreadable",
]

# What the columns are called, in lower case and without the asterisks of Yahoo's page.
COLUMNS: Final = {
    "date": "date",
    "session": "date",
    "__index_level_0__": "date",  # an unnamed index that pandas wrote to Parquet
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "close/last": "close",
    "adjclose": "adj_close",
    "adj close": "adj_close",
    "adj_close": "adj_close",
    "adjusted close": "adj_close",
    "adjusted_close": "adj_close",
    "volume": "volume",
    "dividends": "dividend",
    "dividend": "dividend",
    "splits": "split",
    "split": "split",
    "stock splits": "split",
    "stock_splits": "split",
}
_PRICES: Final = ("open", "high", "low", "close", "adj_close")

DATE_FORMS: Final = (
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), "%Y-%m-%d", "YYYY-MM-DD"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}", re.ASCII), "%m/%d/%Y", "MM/DD/YYYY"),
    (re.compile(r"[A-Za-z]{3} \d{1,2}, \d{4}", re.ASCII), "%b %d, %Y", "Mon DD, YYYY"),
    (re.compile(r"\d{8}", re.ASCII), "%Y%m%d", "YYYYMMDD"),
)
# pandas writes a session with its midnight, and with the time zone where there is one.
_MIDNIGHT: Final = re.compile(r"[ T]00:00(:00)?([+-]\d{2}:?\d{2}|Z)?$")

_BLANK: Final = frozenset({"", "null", "n/a", "na", "#n/a", "nan", "none", "-", "--"})
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)

_LONGEST_QUOTE: Final = 40  # characters of a file that a sentence quotes

Lines = npt.NDArray[np.int64]


class NotBars(SchemaError):
    """The file is no price file at all: an import skips it, saying why."""


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of a file, in the file's order.

    Parameters
    ----------
    frame
        Float columns named as in `BAR_COLUMNS`, on a DatetimeIndex; NaN where a cell is blank.
    lines
        The file's line of each row, shape (n,); None where a file has no lines.
    names
        The file's column names, in lower case.
    """

    frame: pd.DataFrame
    lines: Lines | None
    names: tuple[str, ...]

    @property
    def days(self) -> pd.DatetimeIndex:
        """The date of each row."""
        return pd.DatetimeIndex(self.frame.index)

    def line(self, row: int) -> int | None:
        """Return the line of a row; None where a file has no lines."""
        return None if self.lines is None else int(self.lines[row])

    def select(self, rows: npt.NDArray[np.bool_] | slice) -> FileRows:
        """Return some of the rows."""
        lines = None if self.lines is None else self.lines[rows]
        return FileRows(self.frame.iloc[rows], lines, self.names)


def shorten(text: str) -> str:
    """Return a text short enough to be quoted in a sentence."""
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


def unreadable(path: Path, error: OSError) -> SchemaError:
    """Return the refusal of a file or a folder that the system does not give."""
    if isinstance(error, FileNotFoundError):
        return SchemaError(path, Defect.PATH_MISSING)
    return SchemaError(path, Defect.PATH_UNREADABLE, cause=str(error.strerror))


def find_columns(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Return the position of each known column.

    Parameters
    ----------
    path
        The file, for errors.
    names
        Its column names, in lower case.

    Raises
    ------
    NotBars
        If these are not the columns of a price file.
    SchemaError
        If they are, but one that is needed is missing or there twice.
    """
    positions: dict[str, int] = {}
    for position, name in enumerate(names):
        column = COLUMNS.get(name)
        if column is None:
            continue
        if column in positions:
            raise SchemaError(path, Defect.DUPLICATE_COLUMN, column=column)
        positions[column] = position
    if "date" not in positions and names and names[0] == "":
        positions["date"] = 0  # pandas writes an unnamed index under an empty name
    has_close = "close" in positions or "adj_close" in positions
    prices = sum(column in positions for column in _PRICES)
    if prices < 3 and not (has_close and "date" in positions):
        named = tuple(name for name in names[:6] if name)
        raise NotBars(path, Defect.NO_PRICE_COLUMNS, names=named)
    for column, is_there in (("date", "date" in positions), ("close", has_close)):
        if not is_there:
            raise SchemaError(path, Defect.MISSING_COLUMN, column=column)
    return positions


def parse_dates(
    path: Path, cells: Sequence[str], lines: Lines | None, column: str
) -> pd.DatetimeIndex:
    """Return a column of dates, all of the form that the first one has.

    Raises
    ------
    SchemaError
        If a cell is no date of that form.
    """
    if _MIDNIGHT.search(cells[0]):
        cells = [_MIDNIGHT.sub("", cell) for cell in cells]
    for form, pattern, label in DATE_FORMS:
        if not form.fullmatch(cells[0]):
            continue
        days = pd.to_datetime(list(cells), format=pattern, errors="coerce")
        # pandas would also read "now", and dates of fewer figures.
        good = np.array([form.fullmatch(cell) is not None for cell in cells]) & days.notna()
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise _bad_date(path, lines, row, cells[row], column, label)
        return days.as_unit("us")
    usual = (label for _, _, label in DATE_FORMS[:2])
    raise _bad_date(path, lines, 0, cells[0], column, *usual)


def parse_numbers(
    path: Path,
    cells: Sequence[str],
    lines: Lines | None,
    column: str,
    *,
    comma_is_thousands: bool = True,
    is_plain: bool = False,
) -> npt.NDArray[np.float64]:
    """Return a column of numbers, NaN where a cell is blank.

    Parameters
    ----------
    path, lines, column
        The file, the line of each cell and the column's name, for errors.
    cells
        The cells.
    comma_is_thousands
        False where commas may be decimal ones: then a cell with a comma is refused.
    is_plain
        True where no cell has digits of another script or an underscore, which Python's
        ``float`` would read.

    Raises
    ------
    SchemaError
        If a cell is neither a number nor blank.
    """
    if is_plain:
        try:
            return np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            pass  # a dollar sign, a comma, a word: each cell is looked at below
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        text = cell.strip()
        if text.lower() in _BLANK:
            continue
        text = text.replace("$", "", 1).strip()
        if comma_is_thousands and _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        if not _NUMBER.fullmatch(text):
            raise SchemaError(
                path,
                Defect.BAD_NUMBER,
                line=None if lines is None else int(lines[row]),
                cell=shorten(cell),
                column=column or "1",
                row=row + 1 if lines is None else 0,
            )
        values[row] = float(text)
    return values


def _bad_date(
    path: Path, lines: Lines | None, row: int, cell: str, column: str, *forms: str
) -> SchemaError:
    """Return the refusal of a cell that is no date of the forms that are expected."""
    return SchemaError(
        path,
        Defect.BAD_DATE,
        line=None if lines is None else int(lines[row]),
        cell=shorten(cell),
        column=column or "1",
        row=row + 1 if lines is None else 0,
        forms=forms,
    )
