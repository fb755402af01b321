"""Recognise the format of a price file by its names and its first date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rut_dash.errors import Defect, SchemaError
from rut_dash.market.sources.date_forms import date_form_of, has_time
from rut_dash.market.sources.file_format import COLUMNS, FileFormat, FileHead
from rut_dash.market.sources.file_numbers import PRICES
from rut_dash.market.sources.file_rows import NotBars, shorten
from rut_dash.market.sources.vendor_formats import FORMATS

__all__ = ["is_recognised", "known_columns", "recognise", "require_price_columns"]


def known_columns() -> dict[str, str]:
    """Return what each name is that a format reads."""
    return COLUMNS | {
        name: column for row in FORMATS.values() for name, column in row.columns.items()
    }


def require_price_columns(path: Path, names: Sequence[str]) -> None:
    """Refuse names that are not those of prices, and names of which two mean the same.

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
        If they are, but two are the same column.
    """
    meanings = known_columns()
    columns = [meanings[name] for name in names if name in meanings]
    has_close = "close" in columns or "adj_close" in columns
    prices = len(set(PRICES) & set(columns))
    if prices < 3 and not (has_close and "date" in columns):
        named = tuple(name for name in names[:6] if name)
        raise NotBars(path, Defect.NO_PRICE_COLUMNS, names=named)
    for column in columns:
        if columns.count(column) > 1:
            raise SchemaError(path, Defect.DUPLICATE_COLUMN, column=column)


def recognise(path: Path, head: FileHead, *, line: int | None) -> FileFormat:
    """Return the one format that a file has.

    Parameters
    ----------
    path
        The file: its suffix limits the formats.
    head
        Its names and its first row.
    line
        The line of the first date, for errors; None where a file has no lines.

    Raises
    ------
    SchemaError
        If no format fits, with the one that the file resembles most; or if several do.
    """
    fitting = _fitting(path, head)
    dated = [row for row in fitting if date_form_of(row.first_date(head), row.dates)]
    formats = [row for row in dated if not row.is_fallback] or dated
    if len(formats) == 1:
        return formats[0]
    if formats:
        names = tuple(row.name for row in formats)
        raise SchemaError(path, Defect.AMBIGUOUS_FORMAT, formats=names)
    if fitting:
        first_date = fitting[-1].first_date(head)
        if has_time(first_date):
            raise SchemaError(path, Defect.TIME_OF_DAY, line=line, cell=shorten(first_date))
        forms = dict.fromkeys(form.label() for row in fitting[::-1] for form in row.dates)
        raise SchemaError(
            path,
            Defect.BAD_DATE,
            line=line,
            cell=shorten(first_date),
            column=head.spelling[fitting[-1].positions(head)["date"]],
            row=1 if line is None else 0,
            forms=tuple(forms)[:2],
        )
    likest = min(FORMATS.values(), key=lambda row: row.difference(head.names))
    raise SchemaError(
        path,
        Defect.UNKNOWN_FORMAT,
        format=likest.name,
        missing=likest.lacking(head.names),
        unknown=likest.unknown(head.spelling),
    )


def is_recognised(path: Path, head: FileHead) -> bool:
    """Return True if a format fits a file's names, whatever its dates."""
    return bool(_fitting(path, head))


def _fitting(path: Path, head: FileHead) -> list[FileFormat]:
    """Return the formats that fit a file's suffix and names."""
    suffix = path.suffix.lower()
    return [row for row in FORMATS.values() if suffix in row.suffixes and row.fits(head)]
