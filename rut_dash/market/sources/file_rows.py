"""The rows of a price file before they are bars, and how a file is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.notes import Note
from rut_dash.market.sources.file_format import FileFormat

__all__ = ["FileRows", "Lines", "NotBars", "shorten", "unreadable"]

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
        Float columns named as in `BAR_COLUMNS` and ``capital_gain``, on a DatetimeIndex; NaN
        where a cell is blank.
    lines
        The file's line of each row, shape (n,); None where a file has no lines.
    file_format
        The format that was recognised.
    symbol
        The symbol that the rows name; empty where they name none.
    notes
        How the file was read, where that had to be decided.
    """

    frame: pd.DataFrame
    lines: Lines | None
    file_format: FileFormat
    symbol: str = ""
    notes: tuple[Note, ...] = ()

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
        return FileRows(self.frame.iloc[rows], lines, self.file_format, self.symbol, self.notes)


def shorten(text: str) -> str:
    """Return a text short enough to be quoted in a sentence."""
    text = " ".join(text.split())  # of hard spaces a quotation would be a code
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


def unreadable(path: Path, error: OSError) -> SchemaError:
    """Return the refusal of a file or a folder that the system does not give."""
    if isinstance(error, FileNotFoundError):
        return SchemaError(path, Defect.PATH_MISSING)
    return SchemaError(path, Defect.PATH_UNREADABLE, cause=str(error.strerror))
