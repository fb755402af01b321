"""Where bars come from: one protocol, and one registry row for each source.

A source is added in one place: a module beside this one with a class that satisfies
`PriceSource`, and a row in `SOURCES` whose factory imports that module when it is called
(importing every source costs more start-up time than the command line has). ``docs/sources.md``
works an example.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Protocol

from rut_dash.errors import InvalidInput
from rut_dash.market.history import PriceHistory

__all__ = [
    "DEFAULT",
    "FINAL_AFTER",
    "PATIENCE",
    "SOURCES",
    "PriceSource",
    "Request",
    "SourceRow",
    "source",
]

# The source that is asked where nobody names one.
DEFAULT: Final = "yahoo"
# How long a caller waits for prices, whatever happens, in seconds.
PATIENCE: Final = 20.0
# The closing auction's price reaches a vendor's daily bar some minutes after the bell.
FINAL_AFTER: Final = timedelta(minutes=20)


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
class Request:
    """What a source is made for: the settings that any of them may need.

    Parameters
    ----------
    path
        The folder that the reader named; None where none was.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    patience
        How long its caller waits, in seconds: `PriceSource.fetch` returns or raises by then.
    """

    path: Path | None = None
    move_limit: float | None = None
    patience: float = PATIENCE


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
        Makes the source.
    """

    name: str
    description: str
    factory: Callable[[Request], PriceSource]


def _yahoo(request: Request) -> PriceSource:
    from rut_dash.market.sources.yahoo import YahooSource

    # The rest of the patience is for validation and storing.
    return YahooSource(
        deadline=0.9 * request.patience,
        request_timeout=0.4 * request.patience,
        move_limit=request.move_limit,
    )


def _folder(request: Request) -> PriceSource:
    from rut_dash.market.sources.folder import FolderSource

    if request.path is None:
        raise InvalidInput("RUT_DASH_SOURCE", "folder", "a folder beside it, in RUT_DASH_PRICES")
    return FolderSource(request.path, move_limit=request.move_limit)


def _demo(_request: Request) -> PriceSource:
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


def source(name: str, request: Request) -> PriceSource:
    """Return the source of a registry row.

    Raises
    ------
    ViewError
        If there is no such row, or it needs what the request does not have.
    """
    row = SOURCES.get(name)
    if row is None:
        raise InvalidInput("RUT_DASH_SOURCE", name, f"one of {', '.join(sorted(SOURCES))}")
    return row.factory(request)
