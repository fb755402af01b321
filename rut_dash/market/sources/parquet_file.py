"""Read Parquet price files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.sources.file_cells import (
    FileRows,
    find_columns,
    parse_dates,
    parse_numbers,
    shorten,
)

__all__ = ["read_parquet_columns", "read_parquet_rows"]


def read_parquet_columns(path: Path) -> dict[str, int]:
    """Return the position of each known column, from the file's schema alone.

    Raises
    ------
    SchemaError
        As `read_parquet_rows`.
    """
    return find_columns(path, _read_names(path))


def read_parquet_rows(path: Path) -> FileRows:
    """Return the rows of a file, which has no lines.

    Raises
    ------
    NotBars
        If its columns are not those of a price file.
    SchemaError
        If it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = _read_names(path)
    positions = find_columns(path, names)
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=[file.schema_arrow.names[i] for i in positions.values()])
        table.validate(full=True)
        columns = {
            column: table.column(i).to_pandas(date_as_object=False)
            for i, column in enumerate(positions)
        }
        dates = columns.pop("date")
        if isinstance(dates.dtype, pd.DatetimeTZDtype):
            dates = dates.dt.tz_localize(None)
        are_dates = pd.api.types.is_datetime64_dtype(dates.dtype)
        days = pd.DatetimeIndex(dates if are_dates else []).as_unit("us").normalize()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _refused(path, error) from error
    if dates.empty:
        raise SchemaError(path, Defect.NO_ROWS)
    if not are_dates:
        cells = [str(cell).strip() for cell in dates]
        days = parse_dates(path, cells, None, names[positions["date"]])
    values = {
        name: column.to_numpy(dtype=float, na_value=np.nan)
        if pd.api.types.is_numeric_dtype(column.dtype)
        else parse_numbers(path, _texts(column), None, names[positions[name]])
        for name, column in columns.items()
    }
    return FileRows(pd.DataFrame(values, index=days), None, tuple(names))


def _read_names(path: Path) -> list[str]:
    """Return a file's column names in lower case."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return [str(name).lower() for name in pq.read_schema(path).names]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _refused(path, error) from error


def _texts(column: pd.Series) -> list[str]:
    """Return the cells of a column as text, empty where they are blank."""
    return ["" if b else str(cell) for cell, b in zip(column, column.isna(), strict=True)]


def _refused(path: Path, error: Exception) -> SchemaError:
    """Return the refusal of a file that cannot be read as Parquet."""
    cause = shorten(str(error).strip().split("\n", 1)[0].rstrip("."))
    return SchemaError(path, Defect.NOT_PARQUET, cause=cause)
