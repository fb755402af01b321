"""Read one price file: its rows in order, without those that hold no bar.

`read_bars_file` is the one way from a path to bars, whatever wrote the file. What each vendor's
files hold is in `rut_dash.market.sources.vendor_formats`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from rut_dash.errors import Defect, SchemaError
from rut_dash.market import calendar
from rut_dash.market.instruments import foreign_listing, is_index
from rut_dash.market.notes import NoDividends, Note, RowsWithoutPrice, SplitsUnknown
from rut_dash.market.sources.base import BarsFile, RawBars
from rut_dash.market.sources.csv_file import read_csv_head, read_csv_rows, recognise_csv
from rut_dash.market.sources.file_format import Adjustment
from rut_dash.market.sources.file_rows import FileRows, unreadable
from rut_dash.market.sources.parquet_file import read_parquet_head, read_parquet_rows
from rut_dash.market.sources.price_adjustment import to_stored_prices
from rut_dash.market.sources.recognition import is_recognised
from rut_dash.market.validation import BELIEVABLE_DATES

__all__ = ["has_price_columns", "is_price_file", "read_bars_file", "recognised_format"]

_SUFFIXES: Final = (".csv", ".parquet")

# Rows that are further apart (median, in days) are weekly or monthly; with fewer nobody can tell.
_LONGEST_STEP: Final = 4
_FEWEST_ROWS: Final = 10


def read_bars_file(path: Path, symbol: str | None = None) -> RawBars:
    """Return the bars of one CSV or Parquet file, not yet validated.

    Rows that run from the newest to the oldest are turned round; rows without a bar (``null`` in
    every cell) are left out, which a note says. Prices are converted to those that are stored:
    adjusted for splits and not for dividends.

    Parameters
    ----------
    path
        The file.
    symbol
        Whose bars these are; None where the file has to say it.

    Raises
    ------
    NotBars
        If it is no price file at all.
    SchemaError
        If its format is unknown or ambiguous, it cannot be read, or it is another symbol's; with
        the line at fault where there is one.
    """
    is_parquet = path.suffix.lower() == ".parquet"
    rows = read_parquet_rows(path) if is_parquet else read_csv_rows(path)
    if foreign_listing(rows.symbol) is not None:
        raise SchemaError(path, Defect.FOREIGN_SYMBOL, symbol=rows.symbol)
    if symbol and rows.symbol and _differ(symbol, rows.symbol):
        raise SchemaError(path, Defect.OTHER_SYMBOL, held=rows.symbol, symbol=symbol)
    rows, empty_notes = _without_empty_rows(rows)
    rows = _in_order(path, rows)
    _require_daily(path, rows)
    frame, notes = to_stored_prices(path, rows, is_index=is_index(symbol or rows.symbol))
    try:
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise unreadable(path, error) from error
    file = BarsFile(path, written_at, rows.lines, rows.file_format.key, rows.symbol)
    return RawBars(
        frame, (*empty_notes, *rows.notes, *notes, *_column_notes(rows, frame.columns)), file=file
    )


def has_price_columns(path: Path) -> bool:
    """Return True if a file's columns are those of a price file; only its beginning is read."""
    try:
        if path.suffix.lower() == ".parquet":
            read_parquet_head(path)
        else:
            read_csv_head(path)
    except SchemaError:
        return False
    return True


def recognised_format(path: Path) -> str:
    """Return the key of the format of a CSV file that is refused; empty where it has none."""
    if path.suffix.lower() == ".parquet":
        return ""
    try:
        return recognise_csv(path).key
    except SchemaError:
        return ""


def is_price_file(path: Path) -> bool:
    """Return True if a file may hold prices: by its suffix, or as one of a vendor's text files."""
    if path.suffix.lower() in _SUFFIXES:
        return path.is_file()
    if path.suffix.lower() != ".txt" or not path.is_file():
        return False
    try:
        return is_recognised(path, read_csv_head(path))
    except SchemaError:
        return False


def _without_empty_rows(rows: FileRows) -> tuple[FileRows, tuple[Note, ...]]:
    """Leave out the rows that have a date and nothing else, as Yahoo's CSV has for some days."""
    frame = rows.frame
    has_bar = (
        frame.drop(columns=["dividend", "split", "capital_gain"], errors="ignore")
        .notna()
        .any(axis=1)
    )
    for column in ("dividend", "split", "capital_gain"):
        if column in frame:  # a dividend without a bar is not to be lost: it is refused
            has_bar |= frame[column].fillna(0.0) != 0.0
    is_bar = has_bar.to_numpy()
    if is_bar.all() or not is_bar.any():
        return rows, ()
    empty = sorted(day.date() for day in rows.days[~is_bar])
    return rows.select(is_bar), (RowsWithoutPrice(tuple(empty)),)


def _in_order(path: Path, rows: FileRows) -> FileRows:
    """Return rows from the oldest to the newest; anything but a plain reversal is refused."""
    days = rows.days
    earliest, latest = BELIEVABLE_DATES
    is_believable = np.asarray((days >= earliest) & (days <= latest))
    if not is_believable.all():
        row = int(np.flatnonzero(~is_believable)[0])
        raise SchemaError(
            path,
            Defect.ROW_WITHOUT_DATE,
            line=rows.line(row),
            row=row + 1,
            first_year=earliest.year,
            last_year=latest.year,
        )
    if days.has_duplicates:
        row = int(np.flatnonzero(days.duplicated())[0])
        first = rows.line(int(np.flatnonzero(days == days[row])[0]))
        session = days[row].date()
        if first is None:
            raise SchemaError(path, Defect.DUPLICATE_SESSION, session=session)
        raise SchemaError(
            path, Defect.DUPLICATE_ROW, line=rows.line(row), session=session, first=first
        )
    step = np.diff(days.asi8)
    if (step > 0).all():
        return rows
    if (step < 0).all():
        return rows.select(slice(None, None, -1))
    newest_first = int((step < 0).sum()) > len(step) / 2
    row = int(np.flatnonzero(step > 0 if newest_first else step < 0)[0]) + 1
    raise SchemaError(
        path,
        Defect.UNSORTED_ROWS,
        line=rows.line(row),
        session=days[row].date(),
        above=days[row - 1].date(),
    )


def _require_daily(path: Path, rows: FileRows) -> None:
    """Refuse bars of weekends and bars that are not daily."""
    days = rows.days
    weekend = calendar.weekend_days(days)
    if weekend.size:
        row = int(days.searchsorted(weekend[0]))
        raise SchemaError(
            path,
            Defect.WEEKEND_ROW,
            line=rows.line(row),
            session=weekend[0].date(),
        )
    if len(days) >= _FEWEST_ROWS:
        step = float(np.median(np.diff(days.to_numpy()) / np.timedelta64(1, "D")))
        if step > _LONGEST_STEP:
            raise SchemaError(path, Defect.NOT_DAILY, days=step)


def _column_notes(rows: FileRows, columns: Iterable[str]) -> tuple[Note, ...]:
    """Return what a reader should know of bars with these columns."""
    notes: list[Note] = []
    file_format = rows.file_format
    if file_format.adjustment is Adjustment.NOTHING and "split" not in columns:
        notes.append(SplitsUnknown(file_format.vendor))
    if not {"adj_close", "dividend"} & set(columns):
        notes.append(NoDividends(file_format.vendor))
    return tuple(notes)


def _differ(symbol: str, other: str) -> bool:
    """Return True if a file's rows name another symbol; indices have other names elsewhere."""
    return not is_index(symbol) and other.replace("-", ".") != symbol.replace("-", ".")
