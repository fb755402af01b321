"""Read CSV price files, whatever program or vendor wrote them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.notes import Note, UnreadColumns
from rut_dash.market.sources.date_forms import DateForm, date_form_of
from rut_dash.market.sources.file_dates import parse_dates
from rut_dash.market.sources.file_format import FileFormat, FileHead
from rut_dash.market.sources.file_numbers import (
    PRICES,
    parse_numbers,
    require_clear_numbers,
    require_dollars,
)
from rut_dash.market.sources.file_rows import FileRows, Lines, NotBars, shorten, unreadable
from rut_dash.market.sources.recognition import known_columns, recognise, require_price_columns

__all__ = ["read_csv_head", "read_csv_rows", "recognise_csv"]

# Yahoo's page has rows of their own for these: "1.76 Dividend", "2:1 Stock Splits".
_DIVIDEND: Final = re.compile(r"(\d*\.?\d+) Dividend", re.ASCII)
_SPLIT: Final = re.compile(r"(\d+):([1-9]\d*) Stock Splits?", re.ASCII)
# Answers that are saved as a file though they hold no bars.
_REFUSALS: Final = (
    "no data",
    "brak danych",
    "exceeded the daily hits limit",
    "get your apikey",
    "too many requests",
    "edge: too many requests",
)
# Excel writes and reads this line above the names.
_SEPARATOR_LINE: Final = re.compile(r'"?sep=[,;\t|]"?', re.IGNORECASE)
# yfinance writes the symbol into a line of its own, which begins with one of these.
_SYMBOL_LINE: Final = ("ticker", "price", "")

_SYMBOL: Final = re.compile(r"\^?[A-Za-z][A-Za-z0-9.\-=^]*", re.ASCII)
# Alpha Vantage refuses with one of the first three in JSON, Tiingo with the fourth, Yahoo with
# the fifth, others with the last two.
_JSON_ANSWER: Final = re.compile(
    r'"(?:Information|Note|Error Message|detail|description|message|error)"\s*:\s*"([^"]*)'
)
# What Excel's workbooks begin with, those of today and those before 2007.
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

_HEAD_SIZE: Final = 65_536  # bytes that surely hold the line of names


def read_csv_head(path: Path) -> FileHead:
    """Return the names of a file's columns, from its beginning alone.

    Raises
    ------
    SchemaError
        As `read_csv_rows`.
    """
    # The end may be in the middle of a letter.
    text = _decode(path, _read(path, _HEAD_SIZE), errors="ignore")
    _, head = _parse_head(path, text)
    require_price_columns(path, head.names)
    return head


def read_csv_rows(path: Path) -> FileRows:
    """Return the rows of a file.

    Raises
    ------
    NotBars
        If its columns are not those of a price file.
    SchemaError
        If no format or several fit, or it cannot be read; with the line at fault where there is
        one.
    """
    text = _decode(path, _read(path))
    delimiter, head, rows, lines = _parse_table(path, text)
    file_format = recognise(path, head, line=lines[0])
    if file_format.footer and rows[-1][0].strip().startswith(file_format.footer):
        rows, lines = rows[:-1], lines[:-1]
    actions: list[tuple[int, list[str]]] = []
    if file_format.has_action_rows and (" Dividend" in text or " Stock Split" in text):
        rows, lines, actions = _without_actions(rows, lines)
    if not rows:
        raise SchemaError(path, Defect.NO_ROWS_BELOW_NAMES)
    for row, line in zip(rows, lines, strict=True):
        width = len(head.spelling)
        if len(row) != width and (len(row) < width or _has_text(row[width:])):
            raise SchemaError(path, Defect.CELL_COUNT, line=line, cells=len(row), names=width)
    # Python reads 1_0 as ten, and the digits of every script: then each cell is looked at.
    is_plain = text.isascii() and "_" not in text.split("\n", head.line)[-1]
    may_be_doubtful = delimiter != "," or '"' in text
    read = _read_columns(
        path, head, file_format, rows, np.array(lines), delimiter, is_plain=is_plain,
        may_be_doubtful=may_be_doubtful,
    )  # fmt: skip
    if actions:
        _add_actions(path, read, actions)
    return read


def recognise_csv(path: Path) -> FileFormat:
    """Return the format of a file, whether or not its rows can be used.

    Raises
    ------
    SchemaError
        If no format or several fit, or it cannot be read.
    """
    _, head, _, lines = _parse_table(path, _decode(path, _read(path)))
    return recognise(path, head, line=lines[0])


def _parse_table(path: Path, text: str) -> tuple[str, FileHead, list[list[str]], list[int]]:
    """Return the delimiter, the names with the first row, the rows and the lines they end in."""
    delimiter, head = _parse_head(path, text)
    require_price_columns(path, head.names)
    rows, lines = _split_rows(path, text, delimiter, head.line)
    if not rows:
        raise SchemaError(path, Defect.NO_ROWS_BELOW_NAMES)
    head = replace(head, first_row=tuple(cell.strip() for cell in rows[0]))
    return delimiter, head, rows, lines


def _read_columns(
    path: Path,
    head: FileHead,
    file_format: FileFormat,
    rows: list[list[str]],
    lines: Lines,
    delimiter: str,
    *,
    is_plain: bool,
    may_be_doubtful: bool,
) -> FileRows:
    """Return the rows as dates and numbers."""
    positions = file_format.positions(head)
    columns = list(zip(*rows, strict=False))
    position = positions.pop("date")
    dates = [cell.strip() for cell in columns[position]]
    days, note = parse_dates(
        path, dates, lines, head.spelling[position], file_format.dates, file_format.order
    )
    symbol = head.symbol
    if "symbol" in positions:
        symbol = _symbol_of_rows(path, columns[positions.pop("symbol")], lines)
    if "period" in positions:
        _require_daily_period(path, columns[positions.pop("period")], lines)
    if "currency" in positions:
        require_dollars(path, columns[positions.pop("currency")], lines)
    # A price of 1.099 beside a date of 16.06.2025 may be 1,099, though commas separate the cells.
    has_dots = date_form_of(dates[0], (DateForm.DOTS,)) is not None
    if may_be_doubtful or has_dots:
        prices = {head.spelling[i]: columns[i] for name, i in positions.items() if name in PRICES}
        is_point_decimal = delimiter == "," and not has_dots
        require_clear_numbers(path, prices, lines, is_point_decimal=is_point_decimal)
    values = {
        column: parse_numbers(
            path,
            columns[position],
            lines,
            head.spelling[position],
            # Volumes are whole numbers, unless they are in millions.
            comma_is_thousands=delimiter == ","
            or (column == "volume" and not file_format.has_suffixes),
            is_plain=is_plain,
            has_suffixes=file_format.has_suffixes and column == "volume",
        )
        for column, position in positions.items()
    }
    unread = file_format.unknown(head.spelling)
    notes: list[Note] = [note] if note is not None else []
    if unread:
        notes.append(UnreadColumns(unread))
    return FileRows(pd.DataFrame(values, index=days), lines, file_format, symbol, tuple(notes))


def _symbol_of_rows(path: Path, cells: Sequence[str], lines: Lines) -> str:
    """Return the one symbol of all rows, without the market that Stooq adds to it."""
    symbols = [cell.strip().upper().removesuffix(".US") for cell in cells]
    for row, symbol in enumerate(symbols):
        if symbol != symbols[0]:
            raise SchemaError(
                path, Defect.SEVERAL_SYMBOLS, line=int(lines[row]), symbols=(symbols[0], symbol)
            )
    return symbols[0]


def _require_daily_period(path: Path, cells: Sequence[str], lines: Lines) -> None:
    """Refuse rows of another period than a day."""
    for row, cell in enumerate(cells):
        if cell.strip().upper() != "D":
            raise SchemaError(path, Defect.OTHER_PERIOD, line=int(lines[row]), period=shorten(cell))


def _read(path: Path, size: int = -1) -> bytes:
    """Return a file's bytes."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise unreadable(path, error) from error


def _decode(path: Path, data: bytes, errors: str = "strict") -> str:
    """Return a file's text with plain line ends; Excel's UTF-16 is known by its mark."""
    if data.startswith(_WORKBOOKS):
        raise SchemaError(path, Defect.WORKBOOK)
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


def _parse_head(path: Path, text: str) -> tuple[str, FileHead]:
    """Return the delimiter, and the names of the columns."""
    if not text.strip():
        raise SchemaError(path, Defect.EMPTY_FILE)
    start = len(text) - len(text.lstrip(" \n"))
    line = text.count("\n", 0, start) + 1
    beginning = text[start : start + _HEAD_SIZE]
    first = beginning.split("\n", 1)[0]
    if _SEPARATOR_LINE.fullmatch(first.strip()):
        line += 1
        beginning = beginning[len(first) + 1 :]
        first = beginning.split("\n", 1)[0]
    _refuse_answers(path, beginning, first, line)
    delimiter = max(",;\t|", key=first.count)
    try:
        reader = csv.reader(io.StringIO(beginning), delimiter=delimiter, skipinitialspace=True)
        names = [" ".join(cell.split()).rstrip("*").strip() for cell in next(reader)]
        if names and date_form_of(names[0], tuple(DateForm)):
            raise SchemaError(path, Defect.NO_COLUMN_NAMES, line=line)
        following = _following_rows(reader)
    except csv.Error as error:
        raise NotBars(path, Defect.NOT_A_TABLE, line=line, cause=str(error)) from error
    names, symbol, extra = _without_symbol_line(path, names, following)
    if names and names[0] == "" and not _has_date(names):
        names[0] = "Date"  # pandas writes an unnamed index under an empty name
    return delimiter, FileHead(tuple(names), line + extra, symbol)


def _refuse_answers(path: Path, text: str, first: str, line: int) -> None:
    """Refuse what is no table: a vendor's refusal, as text or as JSON, and a web page."""
    lowered = first.strip().lower()
    if lowered.startswith(_REFUSALS):
        raise SchemaError(path, Defect.SAVED_REFUSAL, line=line, answer=shorten(first))
    if lowered.startswith("<") and not lowered.startswith("<ticker>"):
        raise SchemaError(path, Defect.WEB_PAGE, line=line)
    if lowered.startswith(("{", "[")):
        found = _JSON_ANSWER.search(text)
        if found is None:
            raise SchemaError(path, Defect.JSON, line=line)
        raise SchemaError(path, Defect.SAVED_REFUSAL, line=line, answer=shorten(found[1]))


def _following_rows(reader: Iterator[list[str]]) -> list[list[str]]:
    """Return the two rows below the names, stripped; fewer where there are not so many."""
    rows = ([cell.strip() for cell in row] for row in reader)
    return list(itertools.islice(rows, 2))


def _has_date(names: Sequence[str]) -> bool:
    """Return True if a column is called as dates are."""
    meanings = known_columns()
    return any(meanings.get(name.lower()) == "date" for name in names)


def _without_symbol_line(
    path: Path, names: list[str], following: list[list[str]]
) -> tuple[list[str], str, int]:
    """Return the names, the symbol, and how many lines of yfinance's head are below the first.

    yfinance writes ``Price,Close,...``, ``Ticker,IWM,...`` and ``Date,,...``, the first two
    perhaps the other way round, the third perhaps not.
    """
    below = following[0] if following else []
    is_head = len(names) > 1 and len(below) == len(names) and below[0].lower() in _SYMBOL_LINE
    if not is_head or not all(map(_SYMBOL.fullmatch, below[1:])):
        return names, "", 0
    if names[0].lower() == "ticker":
        names, below = below, names
    symbols = tuple(dict.fromkeys(cell.upper() for cell in below[1:]))
    if len(symbols) > 1:
        raise SchemaError(path, Defect.SEVERAL_SYMBOLS, symbols=symbols[:2])
    has_date_line = len(following) > 1 and not _has_text(following[1][1:])
    return ["Date", *names[1:]], symbols[0], 2 if has_date_line else 1


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


def _add_actions(path: Path, read: FileRows, actions: Sequence[tuple[int, list[str]]]) -> None:
    """Write the page's dividends and splits into the columns of the bars they belong to."""
    # The page lists them all: on every other session there was none.
    frame = read.frame
    frame[["dividend", "split"]] = 0.0
    for line, row in actions:
        at = np.array([line])
        forms, order = read.file_format.dates, read.file_format.order
        [day], _ = parse_dates(path, [row[0].strip()], at, "Date", forms, order)
        if day not in frame.index:
            raise SchemaError(path, Defect.ACTION_WITHOUT_BAR, line=line, session=day.date())
        for cell in row[1:]:
            if dividend := _DIVIDEND.fullmatch(cell):
                frame.loc[day, "dividend"] = float(dividend[1])
            elif split := _SPLIT.fullmatch(cell):
                frame.loc[day, "split"] = int(split[1]) / int(split[2])
