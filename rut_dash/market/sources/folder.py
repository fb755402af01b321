"""Bars from a folder of price files, one file a symbol."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Final

from rut_dash.errors import Defect, FolderUnreadable, InvalidInput, NoFile, SchemaError
from rut_dash.market.history import PriceHistory
from rut_dash.market.instruments import normalise_symbol
from rut_dash.market.sources.bars_file import has_price_columns, is_price_file, read_bars_file
from rut_dash.market.sources.base import PriceSource, RawBars, build_history, utc_now
from rut_dash.market.sources.file_rows import NotBars, unreadable
from rut_dash.market.sources.vendor_formats import FORMATS

__all__ = ["FolderSource", "NotBars", "price_files", "read_file", "symbol_of_file"]

_BROWSER_COPY: Final = re.compile(r" \(\d+\)$")

# A folder that changed within these nanoseconds may change again with the same time of change.
_CLOCK_RESOLUTION: Final = 2_000_000_000


class FolderSource(PriceSource):
    """Bars from the files of one folder; its subfolders are not searched.

    A file is read once until it changes. A file is taken whole or refused whole.

    Parameters
    ----------
    path
        The folder, or one file.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    clock
        Returns the time, timezone-aware.
    """

    key = "folder"

    def __init__(
        self,
        path: Path,
        *,
        move_limit: float | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(move_limit=move_limit, clock=clock)
        self.path = Path(path)
        self._histories: dict[str, tuple[str, PriceHistory]] = {}
        self._checked: dict[Path, tuple[tuple[int, int], bool]] = {}
        self._listing: tuple[int, dict[str, list[Path]]] = (-1, {})

    @property
    def name(self) -> str:
        """The source in words."""
        return f"the folder {self.path}"

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols of the files that have the columns of a price file, sorted.

        Only the beginning of each file is read: a file that is listed can still be refused.

        Raises
        ------
        SchemaError
            If the folder cannot be read.
        """
        found = set()
        for symbol, paths in self._files().items():
            for path in paths:
                with suppress(OSError):
                    if self._has_price_columns(path):
                        found.add(symbol)
        return tuple(sorted(found))

    def _has_price_columns(self, path: Path) -> bool:
        """Return `has_price_columns`, read again when the file changes."""
        state = path.stat()
        signature = (state.st_size, state.st_mtime_ns)
        checked = self._checked.get(path)
        if checked is None or checked[0] != signature:
            checked = self._checked[path] = (signature, has_price_columns(path))
        return checked[1]

    def version(self, symbol: str) -> str:
        """Return a text that changes whenever a symbol's file does; empty where it has none."""
        with suppress(SchemaError, OSError):
            paths = self._files().get(symbol)
            if paths:
                state = paths[0].stat()
                return f"{state.st_size:x}-{state.st_mtime_ns:x}"
        return ""

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        """Return the bars of a symbol, read once until its file changes.

        Parameters
        ----------
        symbol
            The symbol that the file is named after.
        start
            The first session of the result; the whole file where None.

        Raises
        ------
        NoFile
            If no file is named after the symbol.
        DataUnavailable
            If the folder cannot be read, or the file ends before ``start``.
        SchemaError
            If the file breaks the schema, or two files are named after the symbol.
        """
        if start is not None:
            return super().fetch(symbol, start)
        version = self.version(symbol)
        read = self._histories.get(symbol)
        is_read = version and read is not None and read[0] == version
        # A provisional bar becomes final though no file changes.
        if is_read and read is not None and not read[1].provenance.provisional:
            return read[1]
        history = super().fetch(symbol)
        self._histories[symbol] = (version, history)
        return history

    def fetch_raw(self, symbol: str, start: date | None) -> RawBars:
        """Return the bars of the one file that is named after a symbol."""
        try:
            paths = self._files().get(symbol, [])
        except SchemaError as error:
            raise FolderUnreadable(symbol, self.name, refusal=error) from error
        if not paths:
            raise NoFile(symbol, self.name, symbols=self.symbols())
        if len(paths) > 1:
            names = tuple(path.name for path in paths)
            raise SchemaError(self.path, Defect.SEVERAL_FILES, files=names, symbol=symbol)
        return read_bars_file(paths[0], symbol)

    def _files(self) -> dict[str, list[Path]]:
        """Return the files of each symbol, listed again when a file came or went."""
        try:
            changed = self.path.stat().st_mtime_ns
        except OSError as error:
            raise unreadable(self.path, error) from error
        if self._listing[0] != changed:
            files: dict[str, list[Path]] = {}
            for path in price_files(self.path):
                symbol = _symbol_in(path)
                if symbol is not None:
                    files.setdefault(symbol, []).append(path)
            is_final = time.time_ns() - changed > _CLOCK_RESOLUTION
            self._listing = (changed if is_final else -1, files)
        return self._listing[1]


def price_files(path: Path) -> tuple[Path, ...]:
    """Return a folder's price files, sorted; of a file, the file itself.

    CSV and Parquet files, and text files whose names are those of a vendor's format.

    Raises
    ------
    SchemaError
        If there is nothing at ``path``, or it cannot be read.
    """
    path = Path(path)
    if path.is_file():
        return (path,)
    try:
        return tuple(sorted(filter(is_price_file, path.iterdir())))
    except OSError as error:
        raise unreadable(path, error) from error


def symbol_of_file(path: Path) -> str:
    """Return the symbol that a file is named after.

    ``IWM.csv``, ``_RUT.csv`` and ``^RUT.csv`` (the index), a vendor's own name as
    ``iwm_us_d.csv`` (`FORMATS`), ``IWM (1).csv`` (a browser's second copy).

    Raises
    ------
    SchemaError
        If the name is no symbol, as Nasdaq's ``HistoricalData_1234567890123.csv``.
    """
    symbol = _symbol_in(Path(path))
    if symbol is None:
        raise SchemaError(path, Defect.NAME_WITHOUT_SYMBOL)
    return symbol


def read_file(
    path: Path, symbol: str | None = None, *, move_limit: float | None = None
) -> PriceHistory:
    """Return the bars of one file, validated.

    Parameters
    ----------
    path
        A CSV or a Parquet file.
    symbol
        Whose bars these are; read from the file's name, then from its rows, where None.
    move_limit
        Largest believable one-day move as a fraction; the instrument's own by default.

    Returns
    -------
    PriceHistory
        Its provenance names the file and when that was last written.

    Raises
    ------
    NotBars
        If it is no price file at all.
    SchemaError
        If it cannot be read or breaks the schema; with the line at fault where there is one.
    """
    path = Path(path)
    symbol = symbol or _symbol_in(path)
    raw = read_bars_file(path, symbol)
    if symbol is None and raw.file is not None and raw.file.symbol:
        symbol = normalise_symbol(raw.file.symbol)
    return build_history(symbol or symbol_of_file(path), raw, move_limit=move_limit)


def _symbol_in(path: Path) -> str | None:
    """Return the symbol that a file's name holds; None where it holds none."""
    stem = _BROWSER_COPY.sub("", path.stem)
    names = (row.symbol_in(stem) for row in FORMATS.values())
    stem = next((name for name in names if name is not None), stem)
    if stem.startswith("_"):
        stem = f"^{stem[1:]}"
    try:
        return normalise_symbol(stem)
    except InvalidInput:
        return None
