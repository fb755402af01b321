"""Read CSV price files: this project's own, and those of Yahoo, Stooq and Nasdaq."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.sources.file_cells import (
    DATE_FORMS,
    FileRows,
    NotBars,
    find_columns,
    parse_dates,
    parse_numbers,
    shorten,
    unreadable,
)

__all__ = ["read_csv_columns", "read_csv_rows"]

# Yahoo's page has rows of their own for these: "1.76 Dividend", "2:1 Stock Splits".
_DIVIDEND: Final = re.compile(r"(\d*\.?\d+) Dividend", re.ASCII)
_SPLIT: Final = re.compile(r"(\d+):([1-9]\d*) Stock Splits?", re.ASCII)
# Answers that are saved as a file though they hold no bars.
_REFUSALS: Final = ("no data", "exceeded the daily hits limit", "get your apikey")

_HEAD_SIZE: Final = 65_536  # bytes that surely hold the line of names


def read_csv_columns(path: Path) -> dict[str, int]:
    """Return the position of each known column, from the beginning of a file alone.

    Raises
    ------
    SchemaError
        As `read_csv_rows`.
    """
    # The end may be in the middle of a letter.
    text = _decode(path, _read(path, _HEAD_SIZE), errors="ignore")
    return find_columns(path, _parse_head(path, text)[1])


def read_csv_rows(path: Path) -> FileRows:
    """Return the rows of a file.

    Raises
    ------
    NotBars
        If its columns are not those of a price file.
    SchemaError
        If it cannot be read; with the line at fault where there is one.
    """
    text = _decode(path, _read(path))
    delimiter, names, head = _parse_head(path, text)
    positions = find_columns(path, names)
    rows, lines = _split_rows(path, text, delimiter, head)
    actions: list[tuple[int, list[str]]] = []
    if " Dividend" in text or " Stock Split" in text:
        rows, lines, actions = _without_actions(rows, lines)
    if not rows:
        raise SchemaError(path, Defect.NO_ROWS_BELOW_NAMES)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(names) and (len(row) < len(names) or _has_text(row[len(names) :])):
            raise SchemaError(path, Defect.CELL_COUNT, line=line, cells=len(row), names=len(names))
    columns = list(zip(*rows, strict=False))
    where = np.array(lines)
    date_name = names[positions["date"]]
    dates = [cell.strip() for cell in columns[positions["date"]]]
    days = parse_dates(path, dates, where, date_name)
    # Python reads 1_0 as ten, and the digits of every script: then each cell is looked at.
    is_plain = text.isascii() and "_" not in text.split("\n", head)[-1]
    values = {
        column: parse_numbers(
            path,
            columns[position],
            where,
            names[position],
            comma_is_thousands=delimiter == ",",
            is_plain=is_plain,
        )
        for column, position in positions.items()
        if column != "date"
    }
    frame = pd.DataFrame(values, index=days)
    if actions:
        _add_actions(path, frame, actions, date_name)
    return FileRows(frame, where, tuple(names))


def _read(path: Path, size: int = -1) -> bytes:
    """Return a file's bytes."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise unreadable(path, error) from error


def _decode(path: Path, data: bytes, errors: str = "strict") -> str:
    """Return a file's text with plain line ends; Excel's UTF-16 is known by its mark."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SchemaError(path, Defect.NOT_TEXT, line=line) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SchemaError(path, Defect.NULL_BYTES, line=line)
    return text


def _parse_head(path: Path, text: str) -> tuple[str, list[str], int]:
    """Return the delimiter, the column names in lower case, and the line of the names."""
    if not text.strip():
        raise SchemaError(path, Defect.EMPTY_FILE)
    start = len(text) - len(text.lstrip(" \n"))
    line = text.count("\n", 0, start) + 1
    first = text[start:].split("\n", 1)[0]
    lowered = first.strip().lower()
    if lowered.startswith(_REFUSALS):
        raise SchemaError(path, Defect.SAVED_REFUSAL, line=line, answer=shorten(first))
    if lowered.startswith("<"):
        raise SchemaError(path, Defect.WEB_PAGE, line=line)
    delimiter = max(",;\t|", key=first.count)
    try:
        cells = next(csv.reader([first], delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise NotBars(path, Defect.NOT_A_TABLE, line=line, cause=str(error)) from error
    if cells and any(form.fullmatch(cells[0].strip()) for form, _, _ in DATE_FORMS):
        raise SchemaError(path, Defect.NO_COLUMN_NAMES, line=line)
    return delimiter, [cell.strip().rstrip("*").strip().lower() for cell in cells], line


def _split_rows(
    path: Path, text: str, delimiter: str, head: int
) -> tuple[list[list[str]], list[int]]:
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
            if last > head and _has_text(row):
                rows.append(row)
                lines.append(last)
    except csv.Error as error:
        raise SchemaError(
            path, Defect.UNSPLITTABLE_LINE, line=last + 1, cause=str(error)
        ) from error
    return rows, lines


def _has_text(cells: Sequence[str]) -> bool:
    """Return True if a cell is not blank."""
    return any(map(str.strip, cells))


def _without_actions(
    rows: list[list[str]], lines: list[int]
) -> tuple[list[list[str]], list[int], list[tuple[int, list[str]]]]:
    """Return the rows that are bars, their lines, and the dividends and splits of Yahoo's page."""
    actions = [
        (line, row)
        for line, row in zip(lines, rows, strict=True)
        if any(_DIVIDEND.fullmatch(cell) or _SPLIT.fullmatch(cell) for cell in row)
    ]
    action_lines = {line for line, _ in actions}
    bars = [(r, n) for r, n in zip(rows, lines, strict=True) if n not in action_lines]
    return [row for row, _ in bars], [line for _, line in bars], actions


def _add_actions(
    path: Path, frame: pd.DataFrame, actions: Sequence[tuple[int, list[str]]], date_name: str
) -> None:
    """Write the page's dividends and splits into the columns of the bars they belong to."""
    # The page lists them all: on every other session there was none.
    frame[["dividend", "split"]] = 0.0
    for line, row in actions:
        [day] = parse_dates(path, [row[0].strip()], np.array([line]), date_name)
        if day not in frame.index:
            raise SchemaError(path, Defect.ACTION_WITHOUT_BAR, line=line, session=day.date())
        for cell in row[1:]:
            if dividend := _DIVIDEND.fullmatch(cell):
                frame.loc[day, "dividend"] = float(dividend[1])
            elif split := _SPLIT.fullmatch(cell):
                frame.loc[day, "split"] = int(split[1]) / int(split[2])
