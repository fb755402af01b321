"""Files into the store: each is taken whole, skipped, or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from rut_dash.errors import Defect, RutDashError, SchemaError, StoreError, SymbolLocked
from rut_dash.market import merge
from rut_dash.market.history import PriceHistory
from rut_dash.market.notes import BlankedValues, ClosedDayRows, Note, RowsWithoutPrice
from rut_dash.market.sources.bars_file import recognised_format
from rut_dash.market.sources.folder import NotBars, price_files, read_file, symbol_of_file
from rut_dash.market.store_cache import StoreCache


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of importing one file.

    Parameters
    ----------
    status
        "imported", "skipped" (no price file, or nothing new) or "refused".
    symbol
        Whose bars they are; None where that is not known.
    error
        Why the file was refused, or is no price file; None where it is one that was read.
    added
        Number of sessions that were added to stored ones; None where the file was taken whole.
    file_format
        The key of its format; empty where it was not recognised.
    left_out
        What of it is not used: its rows and values that no bar can have.
    """

    path: Path
    status: Literal["imported", "skipped", "refused"]
    symbol: str | None = None
    rows: int = 0
    first: date | None = None
    last: date | None = None
    error: RutDashError | None = None
    added: int | None = None
    file_format: str = ""
    left_out: tuple[Note, ...] = ()


def import_path(
    path: Path,
    cache: StoreCache,
    *,
    check: Callable[[PriceHistory, Path], PriceHistory],
    last_final: pd.Timestamp,
    move_limit: float | None,
) -> list[ImportResult]:
    """Store the bars of a file, or of every price file in a folder.

    Parameters
    ----------
    check
        Returns a history that may be stored, or raises SchemaError.
    last_final
        The last session whose bar is final: a later one is provisional.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.

    Raises
    ------
    SchemaError
        If there is nothing at ``path``, or the folder cannot be read.
    """
    if not path.exists():
        raise SchemaError(path, Defect.NO_SUCH_PATH)
    results = []
    files = price_files(path)
    for file in files:
        try:
            history = read_file(file, move_limit=move_limit)
        except NotBars as error:
            results.append(ImportResult(file, "skipped", error=error))
        except SchemaError as error:
            symbol, file_format = _symbol_or_none(file), recognised_format(file)
            results.append(
                ImportResult(file, "refused", symbol, error=error, file_format=file_format)
            )
        else:
            if history.last_session > last_final:
                provenance = replace(history.provenance, provisional=True)
                history = PriceHistory(history.symbol, history.bars, provenance)
            results.append(_import_history(file, history, cache, check))
    others = () if path.is_file() else sorted(path.iterdir())
    for file in others:
        if file.is_file() and file not in files:
            refusal = SchemaError(file, Defect.OTHER_SUFFIX)
            results.append(ImportResult(file, "skipped", error=refusal))
    return results


def _symbol_or_none(file: Path) -> str | None:
    """Return the symbol that a refused file is named after; None where it names none."""
    try:
        return symbol_of_file(file)
    except SchemaError:
        return None


def _import_history(
    file: Path,
    history: PriceHistory,
    cache: StoreCache,
    check: Callable[[PriceHistory, Path], PriceHistory],
) -> ImportResult:
    """Store the bars of a file that could be read."""

    def merged(before: PriceHistory | None) -> PriceHistory:
        after = merge.merge_import(before, checked)
        return after if after is checked else check(after, file)

    result = ImportResult(
        file,
        "refused",
        history.symbol,
        len(history.bars),
        history.first_session.date(),
        history.last_session.date(),
        file_format=history.provenance.file_format,
        left_out=tuple(
            note
            for note in history.provenance.notes
            if isinstance(note, BlankedValues | ClosedDayRows | RowsWithoutPrice)
        ),
    )
    try:
        checked = check(history, file)
        before, after = cache.update(history.symbol, merged)
    except (SchemaError, StoreError) as error:
        return replace(result, error=error)
    except TimeoutError:
        return replace(result, error=SymbolLocked(str(file), history.symbol))
    if before is not None and merge.has_same_bars(before, after):
        return replace(result, status="skipped", added=0)
    if before is None or after is checked:
        return replace(result, status="imported")
    added = len(after.sessions.difference(before.sessions))
    return replace(result, status="imported", added=added)
