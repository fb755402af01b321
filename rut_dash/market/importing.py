"""Files into the store: each is taken whole, skipped, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from rut_dash.errors import Defect, SchemaError, StoreError
from rut_dash.market import merge
from rut_dash.market.history import PriceHistory
from rut_dash.market.sources.folder import SUFFIXES, NotBars, price_files, read_file, symbol_of_file
from rut_dash.market.store_cache import StoreCache

__all__ = ["ImportResult", "import_path"]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of importing one file.

    Parameters
    ----------
    path
        The file.
    symbol
        Whose bars they are; None where that is not known.
    rows, first, last
        The file's bars.
    status
        "imported", "skipped" (no price file, or nothing new) or "refused".
    reason
        A sentence; empty where there is nothing to say.
    """

    path: Path
    symbol: str | None
    rows: int
    first: date | None
    last: date | None
    status: Literal["imported", "skipped", "refused"]
    reason: str = ""


def import_path(
    path: Path,
    kept: StoreCache,
    *,
    check: Callable[[PriceHistory, Path], PriceHistory],
    last_final: pd.Timestamp,
    move_limit: float | None,
) -> list[ImportResult]:
    """Store the bars of a file, or of every price file in a folder.

    Parameters
    ----------
    path
        The file or the folder.
    kept
        Where the bars go.
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

    def take(file: Path) -> ImportResult:
        try:
            given = read_file(file, move_limit=move_limit)
        except NotBars as error:
            return ImportResult(file, None, 0, None, None, "skipped", str(error))
        except SchemaError as error:
            return ImportResult(file, _symbol(file), 0, None, None, "refused", str(error))
        status: Literal["imported", "skipped", "refused"] = "refused"
        try:
            if given.last_session > last_final:
                provenance = replace(given.provenance, provisional=True)
                given = PriceHistory(given.symbol, given.bars, provenance)
            status, reason = _store(file, check(given, file), kept, check)
        except (SchemaError, StoreError) as error:
            reason = str(error)
        except TimeoutError as error:
            reason = f"{file}: {error}."
        first, last = given.first_session.date(), given.last_session.date()
        return ImportResult(file, given.symbol, len(given.bars), first, last, status, reason)

    if not path.exists():
        raise SchemaError(path, Defect.NO_SUCH_PATH)
    files = price_files(path)
    others = () if path.is_file() else sorted(path.iterdir())
    return [
        *map(take, files),
        *(
            ImportResult(
                file, None, 0, None, None, "skipped", f"{file}: it is no CSV or Parquet file."
            )
            for file in others
            if file.is_file() and file.suffix.lower() not in SUFFIXES
        ),
    ]


def _symbol(file: Path) -> str | None:
    """Return whose bars a file that was refused should have held."""
    try:
        return symbol_of_file(file)
    except SchemaError:
        return None


def _store(
    file: Path,
    given: PriceHistory,
    kept: StoreCache,
    check: Callable[[PriceHistory, Path], PriceHistory],
) -> tuple[Literal["imported", "skipped"], str]:
    """Store the bars of a file; return what was done, and a sentence about it."""

    def build(before: PriceHistory | None) -> PriceHistory:
        after = merge.merged_import(before, given)
        return after if after is given else check(after, file)

    before, after = kept.update(given.symbol, build)
    if before is not None and merge.has_same_bars(before, after):
        return "skipped", f"{file}: every bar of {given.symbol} in it is already stored."
    if before is None or after is given:
        return "imported", ""
    added = len(after.sessions.difference(before.sessions))
    return "imported", f"{file}: {added:,} of its sessions were added to the stored ones."
