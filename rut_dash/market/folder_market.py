"""Prices of one folder: its files alone, with no store, no source and no freshness."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rut_dash.errors import DataUnavailable, RutDashError, StoreNotInUse
from rut_dash.market.fetcher import Outcome
from rut_dash.market.health import Health, health_of
from rut_dash.market.history import PriceHistory
from rut_dash.market.importing import ImportResult
from rut_dash.market.market import Market
from rut_dash.market.problems import problem_of
from rut_dash.market.sources.base import SourceRow
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.status import Status


class FolderMarket(Market):
    """The prices of a folder's files."""

    def __init__(self, source: FolderSource) -> None:
        super().__init__(None, None)
        self._folder = source

    @property
    def source_row(self) -> SourceRow:
        """The row of the folder source."""
        return self._folder.row

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that have a file, sorted."""
        return self._folder.symbols()

    def version(self, symbol: str) -> str:
        """Return what changes whenever a symbol's file does; empty where there is none."""
        return self._folder.version(symbol)

    def stored(self, symbol: str) -> PriceHistory | None:
        """Return a symbol's bars; None where no file is named after it."""
        with suppress(DataUnavailable):
            return self.load(symbol)
        return None

    def load(self, symbol: str) -> PriceHistory:
        """Return a symbol's bars, or raise why its file has none."""
        return self._folder.fetch(symbol)

    def last_problem(self, symbol: str) -> RutDashError | None:
        """Return what is wrong with a symbol's file; None where nothing is."""
        try:
            self.load(symbol)
        except RutDashError as error:
            return error
        return None

    def health(self, symbol: str) -> Health:
        """Return the state of a symbol's bars."""
        problem = self.last_problem(symbol)
        if problem is not None:
            status = Status(problem=problem_of(problem))
            return health_of(symbol, None, status, self.last_final_session)
        return health_of(symbol, self.load(symbol), Status(), self.last_final_session)

    def refresh(self, symbol: str, *, force: bool = False) -> Outcome:
        """Return that nothing is due."""
        return Outcome(symbol, "current")

    def import_path(self, path: Path) -> list[ImportResult]:
        """Refuse to import, since there is no store."""
        raise StoreNotInUse(str(path))
