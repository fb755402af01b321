"""Tables as HTML: the cells as texts, a head that stays in view, the meaning of each column."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from rut_dash.charts.style import text_width
from rut_dash.ui.tables import Column, ColumnKind
from rut_dash.wording import (
    MISSING,
    day,
    number,
    percent,
    points,
)

# A table of more rows scrolls inside its frame.
_MOST_ROWS: Final = 16
_TEXT_SIZE: Final = 13.0
_PADDING: Final = 16.0
# In pixels: what a phone shows of a table.
_NARROW: Final = 330.0
# By kind of column; others are text.
_CLASSES: Final[Mapping[ColumnKind, str]] = {
    "percent": "rut-number",
    "points": "rut-number",
    "number": "rut-number",
    "count": "rut-number",
    "date": "rut-date",
    "moment": "rut-date",
}


def cell_texts(values: pd.Series, column: Column) -> list[str]:
    """Return the values of a column as a reader sees them; `MISSING` for those that lack.

    A number that rounds to zero has no sign, and a change has no plus.

    Parameters
    ----------
    values
        Fractions for ``percent`` and ``points``, shape (n,).
    """
    text = _formatter(column)
    return [MISSING if value is None or pd.isna(value) else text(value) for value in values]


def _formatter(column: Column) -> Callable[[Any], str]:
    digits = column.digits
    match column.kind:
        case "percent" if column.unit:
            return lambda value: percent(value, digits, sign=False)
        case "points" if column.unit:
            return lambda value: points(value, digits, sign=False)
        case "percent" | "points":
            return lambda value: number(value * 100, digits)
        case "number":
            return lambda value: number(value, digits)
        case "count":
            return lambda value: number(float(value), 0)
        case "date":
            return day
        case "moment":
            return lambda value: f"{value:%Y-%m-%d %H:%M} UTC"
        case "text":
            return str


def table_markup(
    frame: pd.DataFrame,
    columns: Sequence[tuple[str, Column]],
    alt: str,
    *,
    can_pick: bool = False,
) -> str:
    """Return a table as HTML.

    Parameters
    ----------
    frame
        Fractions and dates; the index has the labels of rows.
    columns
        Names of columns, and how each is displayed, in this order. The first is the heading of
        its row, and stays in view where the others scroll sideways.
    alt
        What the table holds, for a reader who does not see it.
    can_pick
        True for a table of which a reader picks a row: the heading of a row is then a button.
    """
    texts = [cell_texts(frame[name], column) for name, column in columns]
    heads = "".join(_head(name, column) for name, column in columns)
    labels = map(str, frame.index) if can_pick else [None] * len(frame)
    classes = [_CLASSES.get(column.kind, "") for _, column in columns]
    rows = "".join(
        _row(label, cells, classes)
        for label, cells in zip(labels, zip(*texts, strict=True), strict=True)
    )
    tall = " rut-tall" if len(frame) > _MOST_ROWS else ""
    hint = ". Arrow keys move from row to row, Enter picks one" if can_pick else ""
    return (
        f'<div class="rut-part"><div class="rut-table{tall}" role="region" tabindex="0" '
        f'aria-label="{html.escape(alt + hint)}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"{_further_columns(columns, texts)}{_meanings(column for _, column in columns)}</div>"
    )


def _head(name: str, column: Column) -> str:
    css_class = _CLASSES.get(column.kind, "")
    width = f' style="min-width: {column.width}px"' if column.width else ""
    return (
        f'<th scope="col" class="{css_class}" data-column="{html.escape(name)}"{width}>'
        f'<button type="button">{html.escape(column.label)}</button></th>'
    )


def _row(label: str | None, cells: Sequence[str], classes: Sequence[str]) -> str:
    first, *others = map(html.escape, cells)
    row_label = "" if label is None else f' data-row="{html.escape(label)}"'
    heading = first if label is None else f'<button type="button" tabindex="-1">{first}</button>'
    further = "".join(
        f'<td class="{css_class}">{text}</td>' if css_class else f"<td>{text}</td>"
        for text, css_class in zip(others, classes[1:], strict=True)
    )
    return f'<tr{row_label}><th scope="row" class="{classes[0]}">{heading}</th>{further}</tr>'


def _further_columns(columns: Sequence[tuple[str, Column]], texts: Sequence[Sequence[str]]) -> str:
    """Return the columns that a phone shows only after scrolling, as a line for a phone."""
    widths = (
        max(column.width or 0, _PADDING + max(_longest(column.label.split()), _longest(cells)))
        for (_, column), cells in zip(columns, texts, strict=True)
    )
    ends = itertools.accumulate(widths)
    further = [c.label for (_, c), end in zip(columns, ends, strict=True) if end > _NARROW]
    if not further:
        return ""
    return f'<p class="rut-more">Further right: {html.escape(", ".join(further))}</p>'


def _longest(texts: Iterable[str]) -> float:
    return text_width(max(texts, key=len, default=""), _TEXT_SIZE)


def _meanings(columns: Iterable[Column]) -> str:
    """Return what the columns mean, closed until a reader opens it; nothing where none says."""
    entries = "".join(_meaning_entries(columns))
    if not entries:
        return ""
    return (
        '<details class="rut-meanings"><summary>What the columns mean</summary>'
        f"<dl>{entries}</dl></details>"
    )


def _meaning_entries(columns: Iterable[Column]) -> Iterator[str]:
    for column in columns:
        if column.help:
            yield f"<dt>{html.escape(column.label)}</dt><dd>{html.escape(column.help)}</dd>"
