"""Read Parquet price files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.sources.file_dates import parse_dates
from rut_dash.market.sources.file_format import FileHead
from rut_dash.market.sources.file_numbers import parse_numbers, require_dollars
from rut_dash.market.sources.file_rows import FileRows, shorten
from rut_dash.market.sources.recognition import known_columns, recognise, require_price_columns

__all__ = ["read_parquet_head", "read_parquet_rows"]

# Dates that have a type are recognised as the text that pandas writes of them.
_PLAIN_DATE: Final = "2000-01-03"
_ZONED_DATE: Final = "2000-01-03 00:00:00-05:00"


def read_parquet_head(path: Path) -> FileHead:
    """Return the names of a file's columns, from its schema alone.

    Raises
    ------
    SchemaError
        As `read_parquet_rows`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = [str(name) for name in pq.read_schema(path).names]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _refused(path, error) from error
    # An unnamed index that pandas wrote.
    names = ["date" if name == "__index_level_0__" else name for name in names]
    require_price_columns(path, [name.lower() for name in names])
    return FileHead(tuple(names))


def read_parquet_rows(path: Path) -> FileRows:
    """Return the rows of a file, which has no lines.

    Raises
    ------
    NotBars
        If its columns are not those of a price file.
    SchemaError
        If no format or several fit, or it cannot be read.
    """
    head = read_parquet_head(path)
    columns = _read_columns(path, head)
    dates = columns.get("date", pd.Series([""]))
    if dates.empty:
        raise SchemaError(path, Defect.NO_ROWS)
    is_zoned = isinstance(dates.dtype, pd.DatetimeTZDtype)
    are_dates = is_zoned or pd.api.types.is_datetime64_dtype(dates.dtype)
    cells = [] if are_dates else [str(cell).strip() for cell in dates]
    first = (_ZONED_DATE if is_zoned else _PLAIN_DATE) if are_dates else cells[0]
    head = replace(head, first_row=(first,) * len(head.spelling))
    file_format = recognise(path, head, line=None)
    note = None
    if are_dates:
        local = dates.dt.tz_localize(None) if is_zoned else dates
        days = pd.DatetimeIndex(local).as_unit("us").normalize()
    else:
        days, note = parse_dates(
            path,
            cells,
            None,
            head.spelling[file_format.positions(head)["date"]],
            file_format.dates,
            file_format.order,
        )
    if "currency" in columns:
        currencies = columns.pop("currency")
        blank = currencies.isna()
        texts = ["" if b else str(cell) for cell, b in zip(currencies, blank, strict=True)]
        require_dollars(path, texts, None)
    values = {
        name: _numbers(path, head.spelling[position], columns[name])
        for name, position in file_format.positions(head).items()
        if name in columns and name != "date"
    }
    notes = () if note is None else (note,)
    return FileRows(pd.DataFrame(values, index=days), None, file_format, notes=notes)


def _read_columns(path: Path, head: FileHead) -> dict[str, pd.Series]:
    """Return the known columns of a file by what they are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    meanings = known_columns()
    positions = {meanings[name]: i for i, name in enumerate(head.names) if name in meanings}
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=[file.schema_arrow.names[i] for i in positions.values()])
        table.validate(full=True)
        return {
            column: table.column(i).to_pandas(date_as_object=False)
            for i, column in enumerate(positions)
        }
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _refused(path, error) from error


def _numbers(path: Path, name: str, column: pd.Series) -> np.ndarray:
    """Return a column as numbers, NaN where it is blank."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=float, na_value=np.nan)
    texts = ["" if b else str(cell) for cell, b in zip(column, column.isna(), strict=True)]
    return parse_numbers(path, texts, None, name)


def _refused(path: Path, error: Exception) -> SchemaError:
    """Return the refusal of a file that cannot be read as Parquet."""
    cause = shorten(str(error).strip().split("\n", 1)[0].rstrip("."))
    return SchemaError(path, Defect.NOT_PARQUET, cause=cause)
