"""Columns of numbers in price files: points and commas, dollar signs, thousands, millions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.sources.file_rows import Lines, shorten

__all__ = ["PRICES", "parse_numbers", "require_clear_numbers", "require_dollars"]

PRICES: Final = ("open", "high", "low", "close", "adj_close")

_BLANK: Final = frozenset({"", "null", "n/a", "na", "#n/a", "nan", "none", "-", "--"})
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+(\.\d{3})*,\d+", re.ASCII)
_MULTIPLES: Final = {"K": 1e3, "M": 1e6, "B": 1e9}

# 1.761 or 174,820: the mark may stand before decimals or between thousands.
_POINT_OR_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
_COMMA_OR_DECIMALS: Final = re.compile(r"[1-9]\d{0,2},\d{3}", re.ASCII)


def require_clear_numbers(
    path: Path,
    prices: Mapping[str, Sequence[str]],
    lines: Lines,
    *,
    is_point_decimal: bool,
) -> None:
    """Refuse prices whose points or commas can be decimal marks as well as thousands marks.

    One price that can be read in one way only decides about all: 1,761.20, 174.82, 1761.

    Parameters
    ----------
    path, lines
        The file, and the line of each row, for errors.
    prices
        The cells of each price column, by its name in the file.
    is_point_decimal
        True where a point can only be a decimal mark: commas separate the cells, and dates are
        not those of countries that write decimal commas.
    """
    doubtful: tuple[int, str, str] | None = None
    for name, cells in prices.items():
        for row, cell in enumerate(cells):
            text = cell.strip().lstrip("$")
            is_doubtful = _COMMA_OR_DECIMALS.fullmatch(text) or (
                not is_point_decimal and _POINT_OR_THOUSANDS.fullmatch(text)
            )
            if is_doubtful:
                doubtful = doubtful or (row, cell, name)
            elif "." in text or "," in text or (text.isdecimal() and len(text) > 3):
                return
    if doubtful is not None:
        row, cell, name = doubtful
        raise SchemaError(
            path,
            Defect.AMBIGUOUS_NUMBER,
            line=int(lines[row]),
            cell=shorten(cell),
            column=name,
            whole=float(cell.strip().lstrip("$").replace(",", "").replace(".", "")),
            decimal=float(cell.strip().lstrip("$").replace(",", ".")),
        )


def require_dollars(path: Path, cells: Sequence[str], lines: Lines | None) -> None:
    """Refuse a column of currencies with another one than US dollars.

    Raises
    ------
    SchemaError
        If a cell is neither blank nor ``USD``.
    """
    for row, cell in enumerate(cells):
        text = cell.strip()
        if text.lower() not in _BLANK and text.upper() != "USD":
            line = None if lines is None else int(lines[row])
            raise SchemaError(path, Defect.OTHER_CURRENCY, line=line, currency=shorten(text))


def parse_numbers(
    path: Path,
    cells: Sequence[str],
    lines: Lines | None,
    column: str,
    *,
    comma_is_thousands: bool = True,
    is_plain: bool = False,
    has_suffixes: bool = False,
) -> npt.NDArray[np.float64]:
    """Return a column of numbers, NaN where a cell is blank.

    Parameters
    ----------
    path, lines, column
        The file, the line of each cell and the column's name, for errors.
    cells
        The cells.
    comma_is_thousands
        False where commas may be decimal ones: then 1,234 is refused, and 1,234.50 is read.
    is_plain
        True where no cell has digits of another script or an underscore, which Python's
        ``float`` would read.
    has_suffixes
        True where a number may end in K, M or B (thousands, millions, billions).

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
        multiple = _MULTIPLES.get(text[-1:].upper(), 1.0) if has_suffixes else 1.0
        if multiple != 1.0:
            text = text[:-1]
        is_clear = comma_is_thousands or "." in text or text.count(",") > 1
        if is_clear and _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        if not _NUMBER.fullmatch(text):
            if lines is not None and _DECIMAL_COMMA.fullmatch(text):
                raise SchemaError(
                    path,
                    Defect.DECIMAL_COMMA,
                    line=int(lines[row]),
                    cell=shorten(cell),
                    column=column or "1",
                )
            raise SchemaError(
                path,
                Defect.BAD_NUMBER,
                line=None if lines is None else int(lines[row]),
                cell=shorten(cell),
                column=column or "1",
                row=row + 1 if lines is None else 0,
            )
        values[row] = float(text) * multiple
    return values
