"""Bars from a folder of CSV and Parquet files, one file a symbol.

What is read: this project's own columns (``date, open, high, low, close, adjclose, volume,
dividends, splits``), the CSV files that Yahoo, Stooq and Nasdaq hand out, and Parquet files
with the same columns. A column is known by its name (`_COLUMNS`), a date by the form of the
first one (`_DATE_FORMS`); a further form is a row in one of these tables.

A file is taken whole or refused whole, with the line at fault.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import EndsBefore, FolderUnreadable, InvalidInput, NoFile, SchemaError
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.instruments import is_index, normalise_symbol
from rut_dash.market.notes import NoDividends, Note, RowsWithoutPrice, UnreadColumns
from rut_dash.market.validation import BELIEVABLE_DATES, validate_bars

__all__ = ["SUFFIXES", "FolderSource", "NotBars", "price_files", "read_file", "symbol_of_file"]

SUFFIXES: Final = (".csv", ".parquet")

# What the columns are called, in lower case and without the asterisks of Yahoo's page.
_COLUMNS: Final = {
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

_DATE_FORMS: Final = (
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
# Yahoo's page has rows of their own for these: "1.76 Dividend", "2:1 Stock Splits".
_DIVIDEND: Final = re.compile(r"(\d*\.?\d+) Dividend", re.ASCII)
_SPLIT: Final = re.compile(r"(\d+):([1-9]\d*) Stock Splits?", re.ASCII)
_BROWSER_COPY: Final = re.compile(r" \(\d+\)$")
_STOOQ_NAME: Final = re.compile(r"([._]us)?_d$|\.us$", re.IGNORECASE)
_NASDAQ_NAME: Final = re.compile(r"HistoricalData_\d+$", re.IGNORECASE)
# Answers that are saved as a file though they hold no bars.
_REFUSALS: Final = ("no data", "exceeded the daily hits limit", "get your apikey")

_PEEK: Final = 65_536
_SHOWN: Final = 40
_FIRST_JUDGED: Final = pd.Timestamp("1970-01-01")  # earlier, Saturdays were sessions


class NotBars(SchemaError):
    """The file is no price file at all: an import skips it, saying why."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a file, in its own order.

    Parameters
    ----------
    frame
        Float columns named as in `rut_dash.market.history.BAR_COLUMNS`, on a DatetimeIndex.
    lines
        The file's line of each row, shape (n,); None where a file has no lines.
    names
        The file's column names, lower case.
    notes
        What a reader should know of the rows.
    """

    frame: pd.DataFrame
    lines: npt.NDArray[np.int64] | None
    names: tuple[str, ...]
    notes: tuple[Note, ...] = ()

    @property
    def days(self) -> pd.DatetimeIndex:
        """The date of each row."""
        index = self.frame.index
        assert isinstance(index, pd.DatetimeIndex)
        return index

    def line(self, row: int) -> int | None:
        """Return the line of a row."""
        return None if self.lines is None else int(self.lines[row])

    def take(self, rows: npt.NDArray[np.bool_] | slice, *notes: Note) -> _Table:
        """Return some of the rows, with further notes."""
        lines = None if self.lines is None else self.lines[rows]
        return _Table(self.frame.iloc[rows], lines, self.names, (*self.notes, *notes))


class FolderSource:
    """Bars from the files of one folder; its subfolders are not searched.

    Parameters
    ----------
    path
        The folder.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    """

    simulated = False

    def __init__(self, path: Path, *, move_limit: float | None = None) -> None:
        self.path = Path(path)
        self.name = f"the folder {self.path}"
        self._move_limit = move_limit

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols of the files that look like bars, sorted.

        Only the beginning of each file is read: a file that is listed can still be refused.

        Raises
        ------
        SchemaError
            If the folder cannot be read.
        """
        found = set()
        for path in price_files(self.path):
            symbol = _symbol_in(path)
            with suppress(OSError):
                state = path.stat()
                if symbol and _looks_like_bars(path, state.st_size, state.st_mtime_ns):
                    found.add(symbol)
        return tuple(sorted(found))

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        """Return the bars of a symbol.

        Parameters
        ----------
        symbol
            Yahoo's spelling.
        start
            The first session wanted; the whole file where None.

        Raises
        ------
        UnknownSymbol
            If no file is named after the symbol.
        DataUnavailable
            If the folder cannot be read, or the file ends before ``start``.
        SchemaError
            If the file breaks the schema, or two files are named after the symbol.
        """
        path = self._file_of(symbol)
        table = _load(path)
        history = _history(path, table, symbol, self._move_limit)
        if start is None:
            return history
        wanted = np.asarray(table.days >= pd.Timestamp(start))
        if not wanted.any():
            last = history.last_session.date()
            raise EndsBefore(symbol, self.name, since=start, last=last, file=path.name)
        return _history(path, table.take(wanted), symbol, self._move_limit)

    def _file_of(self, symbol: str) -> Path:
        """Return the one file that is named after a symbol."""
        try:
            files = [path for path in price_files(self.path) if _symbol_in(path) == symbol]
        except SchemaError as error:
            raise FolderUnreadable(symbol, self.name, refusal=error) from error
        if not files:
            raise NoFile(symbol, self.name, symbols=self.symbols())
        if len(files) > 1:
            names = " and ".join(path.name for path in files)
            raise SchemaError(
                self.path, f"{names} are all bars of {symbol}", "Keep one of them in the folder"
            )
        return files[0]


def price_files(path: Path) -> tuple[Path, ...]:
    """Return a folder's CSV and Parquet files, sorted; of a file, the file itself.

    Raises
    ------
    SchemaError
        If there is nothing at ``path``, or it cannot be read.
    """
    path = Path(path)
    if path.is_file():
        return (path,)
    try:
        return tuple(
            sorted(f for f in path.iterdir() if f.suffix.lower() in SUFFIXES and f.is_file())
        )
    except OSError as error:
        raise _unreadable(path, error) from error


def symbol_of_file(path: Path) -> str:
    """Return the symbol that a file is named after, in Yahoo's spelling.

    ``IWM.csv``, ``_RUT.csv`` and ``^RUT.csv`` (the index), ``iwm.us.csv`` and
    ``iwm_us_d.csv`` (Stooq), ``IWM (1).csv`` (a browser's second copy).

    Raises
    ------
    SchemaError
        If the name is no symbol, as Nasdaq's ``HistoricalData_1234567890123.csv``.
    """
    symbol = _symbol_in(Path(path))
    if symbol is None:
        raise SchemaError(
            path,
            "its name does not say whose bars these are",
            "Rename it after the symbol, as IWM.csv (_RUT.csv for ^RUT)",
        )
    return symbol


def read_file(
    path: Path, symbol: str | None = None, *, move_limit: float | None = None
) -> PriceHistory:
    """Return the bars of one file, validated.

    Parameters
    ----------
    path
        A CSV or a Parquet file.
    symbol
        Whose bars these are; read from the file's name where None.
    move_limit
        Largest believable one-day move as a fraction; the instrument's own by default.

    Returns
    -------
    PriceHistory
        Its provenance names the file and when that was last written. Rows that run from
        the newest to the oldest are turned round; rows without a bar (``null`` in every
        cell) are left out, which the notes say.

    Raises
    ------
    NotBars
        If it is no price file at all.
    SchemaError
        If it cannot be read or breaks the schema; with the line at fault where there is one.
    """
    path = Path(path)
    table = _load(path)
    return _history(path, table, symbol or symbol_of_file(path), move_limit)


# ---------------------------------------------------------------------------------------
# Names


def _symbol_in(path: Path) -> str | None:
    """Return the symbol that a file's name holds; None where it holds none."""
    stem = _BROWSER_COPY.sub("", path.stem)
    if _NASDAQ_NAME.search(stem):
        return None
    stem = _STOOQ_NAME.sub("", stem)
    if stem.startswith("_"):
        stem = f"^{stem[1:]}"
    try:
        return normalise_symbol(stem)
    except InvalidInput:
        return None


def _roles(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Return where each known column stands, from a file's column names.

    Raises
    ------
    NotBars
        If these are not the columns of a price file.
    SchemaError
        If they are, but one that is needed is missing or stands twice.
    """
    at: dict[str, int] = {}
    for position, name in enumerate(names):
        role = _COLUMNS.get(name)
        if role is None:
            continue
        if role in at:
            raise SchemaError(path, f"two columns are the {role}", "Keep one of them")
        at[role] = position
    if "date" not in at and names and names[0] == "":
        at["date"] = 0  # pandas writes an unnamed index under an empty name
    priced = any(role in at for role in ("close", "adj_close"))
    prices = sum(role in at for role in _PRICES)
    if prices < 3 and not (priced and "date" in at):
        shown = ", ".join(name for name in names[:6] if name)
        raise NotBars(
            path,
            f"it is not a price file (its first line has {_clip(shown) or 'no names'})",
            "A price file has the columns date, open, high, low, close, volume",
        )
    for role, there in (("date", "date" in at), ("close", priced)):
        if not there:
            raise SchemaError(
                path, f"there is no {role} column", f"Add the column {role} to its first line"
            )
    return at


@lru_cache(maxsize=1024)
def _looks_like_bars(path: Path, _size: int, _written: int) -> bool:
    """Say whether a file's columns are those of a price file; looked at until it changes."""
    try:
        if path.suffix.lower() == ".parquet":
            names = _parquet_names(path)
        else:
            # A file that is cut off in the middle of a letter can still be told by its head.
            text = _decode(path, _read(path, _PEEK), errors="ignore")
            names = _head(path, text)[1]
        _roles(path, names)
    except SchemaError:
        return False
    return True


# ---------------------------------------------------------------------------------------
# CSV


def _read(path: Path, size: int = -1) -> bytes:
    """Return a file's bytes."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> SchemaError:
    """Return the refusal of a file or a folder that the system will not give."""
    if isinstance(error, FileNotFoundError):
        return SchemaError(path, "there is nothing at this path", "Check how it is spelt")
    return SchemaError(path, f"it cannot be read ({error.strerror})", "Check its permissions")


def _decode(path: Path, data: bytes, errors: str = "strict") -> str:
    """Return a file's text with plain line ends; Excel's UTF-16 is known by its mark."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SchemaError(
            path, "there are bytes that are no text", "Save it as CSV in UTF-8", line=line
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SchemaError(path, "there are null bytes", "Save it as CSV in UTF-8", line=line)
    return text


def _head(path: Path, text: str) -> tuple[str, list[str], int]:
    """Return a CSV's delimiter, its column names in lower case, and the names' line."""
    start = len(text) - len(text.lstrip(" \n"))
    if not text.strip():
        raise SchemaError(path, "the file is empty", "Download it again")
    line = text.count("\n", 0, start) + 1
    first = text[start:].split("\n", 1)[0]
    said = first.strip().lower()
    if said.startswith(_REFUSALS):
        raise SchemaError(
            path,
            f"it holds no bars but an answer: {_clip(first)!r}",
            "The vendor did not know the symbol or refused; download it again",
            line=line,
        )
    if said.startswith("<"):
        raise SchemaError(
            path, "it is a web page, not a table", "Download the CSV file itself", line=line
        )
    delimiter = max(",;\t|", key=first.count)
    try:
        cells = next(csv.reader([first], delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise NotBars(path, f"its first line is no table ({error})", line=line) from error
    if cells and any(form.fullmatch(cells[0].strip()) for form, _, _ in _DATE_FORMS):
        raise SchemaError(
            path,
            "there is no line of column names",
            "Add one above the rows, as date,open,high,low,close,volume",
            line=line,
        )
    return delimiter, [cell.strip().rstrip("*").strip().lower() for cell in cells], line


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a CSV below its names.

    Parameters
    ----------
    columns
        One sequence of cells for each name, equally long.
    lines
        The line of each row.
    actions
        The rows that are a dividend or a split, with their lines.
    """

    columns: Sequence[Sequence[str]]
    lines: npt.NDArray[np.int64]
    actions: Sequence[tuple[int, list[str]]] = ()


def _cells(path: Path, text: str, delimiter: str, head: int, width: int) -> _Cells:
    """Split a CSV below line ``head`` into ``width`` columns; blank lines are passed over."""
    if '"' not in text and " Dividend" not in text and " Stock Split" not in text:
        # Nearly every file: a row is a line and a bar. No list for each row, half the time.
        below = list(enumerate(text.split("\n")))[head:]
        empty = f"{delimiter} \t"
        kept = [(number + 1, line) for number, line in below if line.strip(empty)]
        if {line.count(delimiter) for _, line in kept} == {width - 1}:
            flat = delimiter.join([line for _, line in kept]).split(delimiter)
            numbers = np.array([number for number, _ in kept])
            return _Cells([flat[column::width] for column in range(width)], numbers)
    rows, lines = _rows(path, text, delimiter, head)
    actions = [(line, row) for line, row in zip(lines, rows, strict=True) if _is_action(row)]
    if actions:
        told = {line for line, _ in actions}
        rows = [row for line, row in zip(lines, rows, strict=True) if line not in told]
        lines = [line for line in lines if line not in told]
    if not rows:
        raise SchemaError(path, "there are no rows below the names", "Download it again")
    for row, line in zip(rows, lines, strict=True):
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise SchemaError(
                path,
                f"the line has {len(row)} cells where the first has {width} names",
                "It may have been cut off: download the file again",
                line=line,
            )
    return _Cells(list(zip(*rows, strict=False))[:width], np.array(lines), actions)


def _rows(path: Path, text: str, delimiter: str, head: int) -> tuple[list[list[str]], list[int]]:
    """Return the rows below line ``head`` that are not blank, and the lines they end in."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    last = 0
    try:
        for row in reader:
            last = reader.line_num
            if last > head and any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(last)
    except csv.Error as error:
        raise SchemaError(
            path,
            f"the line cannot be split into cells ({error})",
            "Check its quotation marks",
            line=last + 1,
        ) from error
    return rows, lines


def _is_action(row: Sequence[str]) -> bool:
    """Say whether a row of Yahoo's page is a dividend or a split."""
    return any(_DIVIDEND.fullmatch(cell) or _SPLIT.fullmatch(cell) for cell in row)


def _csv_table(path: Path) -> _Table:
    """Return the rows of a CSV file."""
    text = _decode(path, _read(path))
    delimiter, names, head = _head(path, text)
    at = _roles(path, names)
    cells = _cells(path, text, delimiter, head, len(names))
    # Python reads 1_0 as ten, and the digits of every script: then each cell is looked at.
    plain = text.isascii() and "_" not in text.split("\n", head)[-1]
    dates = [cell.strip() for cell in cells.columns[at["date"]]]
    days = _dates(path, dates, cells.lines, names[at["date"]])
    values = {
        role: _numbers(
            path, cells.columns[position], cells.lines, names[position], delimiter, plain
        )
        for role, position in at.items()
        if role != "date"
    }
    frame = pd.DataFrame(values, index=days)
    if cells.actions:
        _apply_actions(path, frame, cells.actions, names[at["date"]])
    return _Table(frame, cells.lines, tuple(names))


def _apply_actions(
    path: Path, frame: pd.DataFrame, actions: Sequence[tuple[int, list[str]]], date_name: str
) -> None:
    """Write the page's dividends and splits into the columns of the bars they belong to."""
    # The page lists them all: on every other session there was none.
    frame[["dividend", "split"]] = 0.0
    for line, row in actions:
        [day] = _dates(path, [row[0].strip()], np.array([line]), date_name)
        if day not in frame.index:
            raise SchemaError(
                path, f"{day:%Y-%m-%d} has a dividend or a split but no bar", "Add it", line=line
            )
        for cell in row[1:]:
            if paid := _DIVIDEND.fullmatch(cell):
                frame.loc[day, "dividend"] = float(paid[1])
            elif split := _SPLIT.fullmatch(cell):
                frame.loc[day, "split"] = int(split[1]) / int(split[2])


def _dates(
    path: Path, cells: Sequence[str], lines: npt.NDArray[np.int64] | None, name: str
) -> pd.DatetimeIndex:
    """Return a column of dates that are all of one form."""
    if _MIDNIGHT.search(cells[0]):
        cells = [_MIDNIGHT.sub("", cell) for cell in cells]
    known = " or ".join(label for _, _, label in _DATE_FORMS[:2])
    for form, pattern, label in _DATE_FORMS:
        if not form.fullmatch(cells[0]):
            continue
        days = pd.to_datetime(list(cells), format=pattern, errors="coerce")
        # pandas would also read "now", and dates of fewer figures.
        good = np.array([form.fullmatch(cell) is not None for cell in cells]) & days.notna()
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            raise _bad_cell(path, lines, row, cells[row], name, f"a date as {label}")
        return days.as_unit("us")
    raise _bad_cell(path, lines, 0, cells[0], name, f"a date as {known}")


def _numbers(
    path: Path,
    cells: Sequence[str],
    lines: npt.NDArray[np.int64] | None,
    name: str,
    delimiter: str,
    plain: bool,
) -> npt.NDArray[np.float64]:
    """Return a column of numbers, NaN where a cell is blank."""
    if plain:
        try:
            if "" not in cells:
                return np.array([*map(float, cells)])
            return np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            pass  # a dollar sign, a comma, a word: each cell is looked at below
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        text = cell.strip()
        if text.lower() in _BLANK:
            continue
        text = text.replace("$", "", 1).strip()
        # With another delimiter a comma may be a decimal comma: nobody knows which.
        if delimiter == "," and _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        if not _NUMBER.fullmatch(text):
            raise _bad_cell(path, lines, row, cell, name, "a number such as 1234.56")
        values[row] = float(text)
    return values


def _bad_cell(
    path: Path,
    lines: npt.NDArray[np.int64] | None,
    row: int,
    cell: str,
    name: str,
    expected: str,
) -> SchemaError:
    """Return the refusal of one cell."""
    where = f" in row {row + 1:,}" if lines is None else ""
    return SchemaError(
        path,
        f"{_clip(cell)!r} in column {name or '1'}{where} is not {expected}",
        "Correct that cell",
        line=None if lines is None else int(lines[row]),
    )


def _clip(text: str) -> str:
    """Return a text short enough for a sentence."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


# ---------------------------------------------------------------------------------------
# Parquet


def _parquet_names(path: Path) -> list[str]:
    """Return a Parquet file's column names in lower case."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return [str(name).lower() for name in pq.read_schema(path).names]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _bad_parquet(path, error) from error


def _bad_parquet(path: Path, error: Exception) -> SchemaError:
    """Return the refusal of a Parquet file that cannot be read."""
    said = str(error).strip().split("\n", 1)[0].rstrip(".")
    return SchemaError(
        path, f"it cannot be read as Parquet ({_clip(said)})", "Write the file again"
    )


def _parquet_table(path: Path) -> _Table:
    """Return the rows of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = _parquet_names(path)
    at = _roles(path, names)
    try:
        with pq.ParquetFile(path) as file:
            columns = file.read(columns=[file.schema_arrow.names[i] for i in at.values()])
        columns.validate(full=True)
        series = {
            role: columns.column(i).to_pandas(date_as_object=False) for i, role in enumerate(at)
        }
        dates = series.pop("date")
        if isinstance(dates.dtype, pd.DatetimeTZDtype):
            dates = dates.dt.tz_localize(None)
        stamped = pd.api.types.is_datetime64_dtype(dates.dtype)
        days = pd.DatetimeIndex(dates if stamped else []).as_unit("us").normalize()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _bad_parquet(path, error) from error
    if dates.empty:
        raise SchemaError(path, "there are no rows", "Write the file again")
    if not stamped:
        days = _dates(path, [str(cell).strip() for cell in dates], None, names[at["date"]])
    values = {
        role: column.to_numpy(dtype=float, na_value=np.nan)
        if pd.api.types.is_numeric_dtype(column.dtype)
        else _numbers(
            path,
            ["" if blank else str(cell) for cell, blank in zip(column, column.isna(), strict=True)],
            None,
            names[at[role]],
            ",",
            False,
        )
        for role, column in series.items()
    }
    return _Table(pd.DataFrame(values, index=days), None, tuple(names))


# ---------------------------------------------------------------------------------------
# From rows to bars


def _load(path: Path) -> _Table:
    """Return a file's rows, the oldest first, without those that hold no bar."""
    table = _parquet_table(path) if path.suffix.lower() == ".parquet" else _csv_table(path)
    return _ordered(path, _without_empty_rows(table))


def _without_empty_rows(table: _Table) -> _Table:
    """Leave out the rows that have a date and nothing else, as Yahoo's CSV has for some days."""
    told = table.frame.drop(columns=["dividend", "split"], errors="ignore").notna().any(axis=1)
    for column in ("dividend", "split"):
        if column in table.frame:  # a dividend without a bar is not to be lost: it is refused
            told |= table.frame[column].fillna(0.0) != 0.0
    keep = told.to_numpy()
    if keep.all() or not keep.any():
        return table
    empty = table.days[~keep]
    return table.take(keep, RowsWithoutPrice(tuple(sorted(day.date() for day in empty))))


def _ordered(path: Path, table: _Table) -> _Table:
    """Return rows from the oldest to the newest; anything but a plain reversal is refused."""
    days = table.days
    earliest, latest = BELIEVABLE_DATES
    good = np.asarray((days >= earliest) & (days <= latest))
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise SchemaError(
            path,
            f"the date of row {row + 1:,} is blank or outside the years {earliest.year} to "
            f"{latest.year}",
            "Give each row the date of its session",
            line=table.line(row),
        )
    if days.has_duplicates:
        row = int(np.flatnonzero(days.duplicated())[0])
        first = int(np.flatnonzero(days == days[row])[0])
        earlier = table.line(first)
        also = "" if earlier is None else f" (first in line {earlier:,})"
        raise SchemaError(
            path,
            f"{days[row]:%Y-%m-%d} stands twice{also}",
            "Keep one row a session",
            line=table.line(row),
            session=days[row].date(),
        )
    step = np.diff(days.asi8)
    if (step > 0).all():
        return table
    if (step < 0).all():
        return table.take(slice(None, None, -1))
    newest_first = int((step < 0).sum()) > len(step) / 2
    row = int(np.flatnonzero(step > 0 if newest_first else step < 0)[0]) + 1
    raise SchemaError(
        path,
        f"the dates are not in order: {days[row]:%Y-%m-%d} stands below {days[row - 1]:%Y-%m-%d}",
        "Sort the rows by date",
        line=table.line(row),
        session=days[row].date(),
    )


def _history(path: Path, table: _Table, symbol: str, move_limit: float | None) -> PriceHistory:
    """Validate a file's rows and say where they come from."""
    _require_daily(path, table)
    try:
        bars, incomplete_from = validate_bars(table.frame, path, symbol, move_limit=move_limit)
    except SchemaError as error:
        if error.session is None:
            raise
        row = int(table.days.searchsorted(pd.Timestamp(error.session)))
        raise error.located(path, line=table.line(row)) from error
    provenance = Provenance(
        source=path.name,
        fetched_at=_written(path),
        incomplete_from=incomplete_from,
        notes=(*table.notes, *_notes(table, symbol)),
    )
    return PriceHistory(symbol, bars, provenance)


def _written(path: Path) -> datetime:
    """Return when a file was last written, in UTC."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise _unreadable(path, error) from error


def _require_daily(path: Path, table: _Table) -> None:
    """Refuse bars of weekends and bars that are not daily."""
    days = table.days
    weekend = np.flatnonzero((days.day_of_week >= 5) & (days >= _FIRST_JUDGED))
    if weekend.size:
        row = int(weekend[0])
        raise SchemaError(
            path,
            f"{days[row]:%Y-%m-%d} is a {days[row]:%A}, on which no exchange is open",
            "Give each row the date of its session",
            line=table.line(row),
            session=days[row].date(),
        )
    if len(days) >= 10:
        apart = float(np.median(np.diff(days.to_numpy()) / np.timedelta64(1, "D")))
        if apart > 4:
            raise SchemaError(
                path,
                f"its rows are {apart:g} days apart: they are not daily bars",
                "Download daily prices",
            )


def _notes(table: _Table, symbol: str) -> tuple[Note, ...]:
    """Return what a reader should know of bars with these columns."""
    notes: list[Note] = []
    unknown = [name for name in table.names if name and name not in _COLUMNS]
    if unknown:
        notes.append(UnreadColumns(tuple(unknown)))
    has = set(table.frame.columns)
    if not is_index(symbol) and not has & {"adj_close", "dividend"}:
        if "close/last" in table.names:
            notes.append(NoDividends("Nasdaq"))
        else:
            notes.append(NoDividends())
    return tuple(notes)
