"""Where bars come from: one protocol, and one registry row for each source.

A source is added in one place: a module beside this one with a class that satisfies
`PriceSource`, and a row in `SOURCES` whose factory imports that module when it is called
(importing every source costs more start-up time than the command line has).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from rut_dash.market.bars import PriceHistory

__all__ = ["SOURCES", "PriceSource", "SourceRow"]


class PriceSource(Protocol):
    """What every source of daily bars offers.

    Attributes
    ----------
    name
        In words, for provenance and for sentences ("Yahoo Finance", a folder).
    simulated
        True where its bars are made up: they are never stored and never mixed with real ones.
    """

    @property
    def name(self) -> str:
        """The source in words."""
        ...

    @property
    def simulated(self) -> bool:
        """True where its bars are made up."""
        ...

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        """Return validated bars of one symbol.

        Parameters
        ----------
        symbol
            Yahoo's spelling (``^`` starts an index).
        start
            The first session wanted; the whole history where None.

        Raises
        ------
        UnknownSymbol
            If the source answered, and knows no such symbol.
        DataUnavailable
            If the source could not be had, or has no bars from ``start`` on.
        SchemaError
            If its bars break the schema.
        """
        ...


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source that can be chosen.

    Parameters
    ----------
    name
        The key by which it is chosen.
    description
        One line for a reader.
    factory
        Makes the source; it gets the folder (or None) that the reader named.
    """

    name: str
    description: str
    factory: Callable[[Path | None], PriceSource]


def _yahoo(_path: Path | None) -> PriceSource:
    from rut_dash.market.sources.yahoo import YahooSource

    return YahooSource()


def _folder(path: Path | None) -> PriceSource:
    from rut_dash.market.sources.folder import FolderSource

    return FolderSource(path or Path())


def _demo(_path: Path | None) -> PriceSource:
    from rut_dash.market.sources.demo import DemoSource

    return DemoSource()


SOURCES: Final[dict[str, SourceRow]] = {
    row.name: row
    for row in (
        SourceRow("yahoo", "Yahoo Finance, through yfinance: any symbol it knows.", _yahoo),
        SourceRow("folder", "A folder of CSV or Parquet files, one file a symbol.", _folder),
        SourceRow("demo", "The bundled demo: simulated bars of IWM and SPY.", _demo),
    )
}
