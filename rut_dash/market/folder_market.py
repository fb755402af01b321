"""Prices of one folder: its files alone, with no store, no source and no freshness."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from rut_dash.errors import DataUnavailable, RutDashError, SchemaError, StoreError
from rut_dash.market.health import Health, health_of
from rut_dash.market.history import PriceHistory
from rut_dash.market.importing import ImportResult
from rut_dash.market.market import Market
from rut_dash.market.problems import problem_of
from rut_dash.market.refresh import Outcome
from rut_dash.market.sources.folder import FolderSource, price_files, symbol_of_file
from rut_dash.market.status import Status

__all__ = ["FolderMarket"]

# Two changes of a folder within this time may have the same time of change, in nanoseconds.
_TIME_RESOLUTION: Final = 2_000_000_000


class FolderMarket(Market):
    """The prices of a folder's files, each read once until it changes.

    Parameters
    ----------
    source
        Reads the files.
    """

    def __init__(self, source: FolderSource) -> None:
        super().__init__(None, None)
        self._folder = source
        self._histories: dict[str, tuple[str, PriceHistory]] = {}
        self._files: tuple[int, dict[str, Path]] | None = None

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have a file, sorted."""
        return self._folder.symbols()

    def version(self, symbol: str) -> str:
        """Return what changes whenever a symbol's file does; empty where there is none."""
        with suppress(SchemaError, OSError):
            path = self._paths().get(symbol)
            if path is not None:
                found = path.stat()
                return f"{found.st_size:x}-{found.st_mtime_ns:x}"
        return ""

    def stored(self, symbol: str) -> PriceHistory | None:
        """Return a symbol's bars; None where no file is named after it.

        Raises
        ------
        SchemaError
            If its file breaks the schema.
        """
        with suppress(DataUnavailable):
            return self.load(symbol)
        return None

    def load(self, symbol: str) -> PriceHistory:
        """Return a symbol's bars.

        Raises
        ------
        DataUnavailable
            If no file is named after the symbol.
        SchemaError
            If its file breaks the schema.
        """
        version = self.version(symbol)
        known = self._histories.get(symbol)
        if version and known is not None and known[0] == version:
            return known[1]
        history = self._folder.fetch(symbol)
        self._histories[symbol] = (version, history)
        return history

    def last_problem(self, symbol: str) -> RutDashError | None:
        """Return what is wrong with a symbol's file; None where nothing is."""
        try:
            self.load(symbol)
        except RutDashError as error:
            return error
        return None

    def health(self, symbol: str) -> Health:
        """Return the state of a symbol's bars; freshness is not judged."""
        problem = self.last_problem(symbol)
        if problem is not None:
            return health_of(symbol, None, Status(problem=problem_of(problem)), None)
        return health_of(symbol, self.load(symbol), Status(), None)

    def refresh(self, symbol: str, *, force: bool = False) -> Outcome:
        """Return that nothing is due."""
        return Outcome(symbol, "current")

    def import_path(self, path: Path) -> list[ImportResult]:
        """Refuse to import, since there is no store.

        Raises
        ------
        StoreError
            Always.
        """
        raise StoreError(
            str(path),
            "is not in use: prices are read from a folder",
            "Import without --prices and RUT_DASH_PRICES",
        )

    def _paths(self) -> dict[str, Path]:
        """Return the first file of each symbol, listed again when a file came or went."""
        changed = self._folder.path.stat().st_mtime_ns
        if self._files is None or self._files[0] != changed:
            paths: dict[str, Path] = {}
            for path in price_files(self._folder.path):
                with suppress(SchemaError):
                    paths.setdefault(symbol_of_file(path), path)
            is_certain = time.time_ns() - changed > _TIME_RESOLUTION
            self._files = (changed if is_certain else -1, paths)
        return self._files[1]
