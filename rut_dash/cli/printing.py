"""How the command line prints: tables, JSON, and sentences on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from rut_dash.market.history import Basis, PricePair
from rut_dash.market_wording import behind_clause, source_label
from rut_dash.wording import basis_text


def iso_text(moment: date | None) -> str | None:
    """Return a day, or a time with its zone, as ISO text; a session without its midnight."""
    if moment is None:
        return None
    return (moment.date() if isinstance(moment, pd.Timestamp) else moment).isoformat()


def print_notes(notes: Iterable[object]) -> None:
    """Print sentences on standard error, each on a line of its own."""
    for note in notes:
        print(f"rut_dash: {note}", file=sys.stderr)


def print_json(value: object) -> None:
    """Print a value as JSON.

    Raises
    ------
    ValueError
        If it holds NaN or infinity.
    """
    print(json.dumps(value, indent=2, allow_nan=False))


def print_table(rows: Sequence[Sequence[str]], left: int = 1) -> None:
    """Print rows in columns.

    Parameters
    ----------
    rows
        Texts; every row has as many as the first.
    left
        Number of columns that are flush left; the others are flush right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def print_head(pair: PricePair, basis: Basis, behind: int | None = None) -> None:
    """Print which figures follow: symbols, as-of, how far it is behind, basis and source."""
    fund, benchmark = pair.legs
    print(
        f"{fund.symbol} against {benchmark.symbol}, as of {pair.as_of:%Y-%m-%d}, "
        f"{basis_text(basis)} basis"
    )
    sources = dict.fromkeys(source_label(leg.provenance) for leg in pair.legs)
    print(f"Source: {', '.join(sources)}{' (SIMULATED, not real prices)' * pair.simulated}")
    if behind:
        print(f"Prices are {behind_clause(behind)}.")
