"""Tables: how a column is displayed, and a table as a CSV file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from rut_dash.charts.chart import Context
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.market_wording import source_label, total_return_text, uncounted_dividends_text
from rut_dash.wording import basis_text

# The last four are the wide forms of Chinese and Japanese keyboards, which Excel takes alike.
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_FORMULA_SIGNS: Final = ("=", "+", "@", "-", "\t", "\n", "＝", "＋", "＠", "－")
# Where a spreadsheet may begin a cell within a text: at a comma of the head, and, where its lists
# have semicolons, at those and at line ends, whatever the quotation marks.
_HEAD_PARTS: Final = re.compile(r"([,;] *)([^,;]*)")
_CELL_PARTS: Final = re.compile(r"([;\n] *)([^;\n]*)")

ColumnKind = Literal["percent", "points", "number", "count", "date", "moment", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """How one column of a table is displayed.

    Parameters
    ----------
    kind
        ``percent`` and ``points`` (percentage points) take fractions, ``number`` and ``count``
        plain numbers; ``date``, ``moment`` (with time and zone) and ``text`` their own types.
    help
        What it means, for readers.
    width
        In pixels; None fits the content.
    unit
        False where the heading has the unit, and the cells of a narrow column leave it out.
    """

    label: str
    kind: ColumnKind = "percent"
    digits: int = 1
    help: str | None = None
    width: int | None = None
    unit: bool = True


def file_header(
    name: str, histories: Iterable[PriceHistory], context: Context
) -> list[tuple[str, str]]:
    """Return the names and values at the head of a table's file.

    Parameters
    ----------
    context
        As-of and basis of the figures.
    """
    bars = list(histories)
    simulated = any(history.provenance.simulated for history in bars)
    return [
        ("table", name),
        ("symbols", ", ".join(history.symbol for history in bars)),
        ("as of", f"{context.as_of:%Y-%m-%d}"),
        *([("sessions behind", str(context.behind))] if context.behind else ()),
        ("basis", basis_text(context.basis)),
        *(_dividend_lines(bars) if context.basis is Basis.TOTAL else ()),
        ("source", " and ".join(dict.fromkeys(source_label(bar.provenance) for bar in bars))),
        ("simulated", "yes: not market prices" if simulated else "no"),
        (
            "units",
            "returns and drawdowns are fractions, returns cumulative unless annualised in their "
            "name, dates are New York sessions",
        ),
    ]


def _dividend_lines(histories: Iterable[PriceHistory]) -> Iterator[tuple[str, str]]:
    """Yield what a reader of total returns must know, as lines of the head of a file."""
    yield "levels", "adjusted for dividends"
    for history in histories:
        for text in (total_return_text(history), uncounted_dividends_text(history)):
            if text is not None:
                yield "dividends", text


def csv_text(frame: pd.DataFrame, header: Iterable[tuple[str, str]]) -> str:
    """Return a frame as CSV under comment lines that say what it is.

    Parameters
    ----------
    frame
        Values are written unrounded: fractions stay fractions, dates are ISO, and of a missing
        value the cell is empty. An index that only counts the rows, or repeats a column, is left
        out.
    header
        Names and values, each becoming a line ``# name: value``.
    """
    out = io.StringIO()
    for name, value in header:
        # A comment has no quotation marks around it, so that one within would begin a cell.
        line = f"# {name}: {' '.join(str(value).split())}".replace('"', "'")
        out.write(f"{_HEAD_PARTS.sub(_safe_part, line)}\n")
    if not isinstance(frame.index, pd.RangeIndex) and frame.index.name not in frame.columns:
        frame = frame.reset_index(names=None if frame.index.name else "id")
    frame.map(_spreadsheet_safe).rename(columns=_spreadsheet_safe).to_csv(
        out, index=False, date_format="%Y-%m-%d", lineterminator="\n", quoting=csv.QUOTE_MINIMAL
    )
    return out.getvalue()


def csv_bytes(frame: pd.DataFrame, header: Iterable[tuple[str, str]]) -> bytes:
    """Return a frame as a CSV file: with the mark by which Excel knows that it is UTF-8."""
    return csv_text(frame, header).encode("utf-8-sig")


def name_legs(frame: pd.DataFrame, fund: str, benchmark: str) -> pd.DataFrame:
    """Return a frame whose columns name the symbols: ``IWM_since`` for ``fund_since``."""
    words = {"fund": fund, "benchmark": benchmark}
    return frame.rename(
        columns=lambda name: "_".join(words.get(word, word) for word in str(name).split("_"))
    )


def _spreadsheet_safe(value: object) -> object:
    """Return a value, quoted where a spreadsheet would run it as a formula.

    A text may come from a user's file, and begin with a sign of a formula. A moment has its time
    and zone, as on the page.
    """
    if isinstance(value, pd.Timestamp) and value.tzinfo is not None:
        return f"{value.tz_convert('UTC'):%Y-%m-%d %H:%M} UTC"
    if not isinstance(value, str):
        return value
    # A carriage return alone is not quoted, and what follows it would be a row of its own.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return _CELL_PARTS.sub(_safe_part, text if _is_number(text) else _quote_formula(text))


def _safe_part(match: re.Match[str]) -> str:
    """Return a separator and what follows it, quoted where a cell of its own must not begin so.

    A number is quoted too, for the cells after it would belong to it; so is a quotation mark,
    which would take in the lines below.
    """
    text = match[2]
    return match[1] + (f"'{text}" if text.startswith('"') else _quote_formula(text))


def _quote_formula(text: str) -> str:
    """Return a text, with an apostrophe before it where a spreadsheet would run it."""
    # A quotation mark at the beginning of a cell is not part of it.
    return f"'{text}" if text.lstrip(' "').startswith(_FORMULA_SIGNS) else text


def _is_number(text: str) -> bool:
    """Return True if a spreadsheet reads a text as a number: it may name a cell ``NAN``."""
    return _NUMBER.fullmatch(text) is not None
