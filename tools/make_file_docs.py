"""Write the table of formats in docs/files.md from the registry.

Run it after a format has changed: ``python -m tools.make_file_docs``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rut_dash.market.sources.file_format import COLUMNS, Adjustment, FileFormat
from rut_dash.market.sources.vendor_formats import FORMATS

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs" / "files.md"
_ADJUSTMENTS: Final = {
    Adjustment.SPLITS: "splits",
    Adjustment.NOTHING: "nothing: as traded",
    Adjustment.DIVIDENDS: "splits and dividends",
    Adjustment.UNCERTAIN: "splits, perhaps dividends",
}
_HEADER: Final = (
    "| format | first line | dates | prices are adjusted for | dividends and splits |\n"
    "|---|---|---|---|---|\n"
)


def file_docs(text: str) -> str:
    """Return the text of docs/files.md with the rows of all formats."""
    table = _HEADER + "".join(map(_row, FORMATS.values()))
    return re.sub(rf"{re.escape(_HEADER)}(\|[^\n]*\n)*", lambda _: table, text)


def _row(row: FileFormat) -> str:
    header = f"`{row.header}`"
    if row.symbol_line:
        header += " below it a line of the symbol"
    dates = ", ".join(form.label() for form in row.dates)
    return (
        f"| {row.name} | {header} | {dates} | {_ADJUSTMENTS[row.adjustment]} | {_actions(row)} |\n"
    )


def _actions(row: FileFormat) -> str:
    """Return where the dividends and splits of a format stand."""
    names = [n for n in row.spelling if COLUMNS.get(n.lower()) in ("dividend", "split")]
    if names:
        return " and ".join(f"`{name}`" for name in names)
    return "rows of their own on the page, none in the CSV" if row.has_action_rows else "none"


if __name__ == "__main__":
    _DOCS.write_text(file_docs(_DOCS.read_text(encoding="utf-8")), encoding="utf-8")
