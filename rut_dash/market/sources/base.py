"""Where bars come from: what a source is, and one registry row for each.

A source is one module beside this one, with a subclass of `PriceSource`, and one row of
`SOURCES`. The row's factory imports the module when it is called: importing every source costs
more start-up time than the command line has. ``docs/sources.md`` works an example.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import (
    Defect,
    EndsBefore,
    ForeignSymbol,
    InvalidInput,
    MalformedAnswer,
    NoPrices,
    Remedy,
    SchemaError,
    SourceBars,
)
from rut_dash.market import calendar
from rut_dash.market.actions import add_deferred_actions
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.instruments import foreign_listing, instrument, is_index
from rut_dash.market.notes import (
    ClosedDayRows,
    DeferredAction,
    NoAdjustedCloses,
    NoDividends,
    Note,
)
from rut_dash.market.row_screening import blank_invalid_values
from rut_dash.market.validation import (
    drop_closed_days,
    require_past,
    validate_bars,
    validated_index,
)
from rut_dash.registry import Registry

# The key of the source that is asked where nobody names one.
DEFAULT_SOURCE: Final = "yahoo"
# How long a caller waits for prices, whatever happens, in seconds.
PATIENCE: Final = 20.0
# The parts of it that one call and one request have; the rest is for validation and storing.
CALL_SHARE: Final = 0.9
REQUEST_SHARE: Final = 0.4
# The closing auction's price reaches a vendor's daily bar some minutes after the bell.
FINAL_AFTER: Final = timedelta(minutes=20)

_NEW_YORK: Final = ZoneInfo("America/New_York")


def utc_now() -> datetime:
    """Return the time, timezone-aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class BarsFile:
    """The file that bars were read from.

    Parameters
    ----------
    written_at
        When it was last written, timezone-aware.
    lines
        The file's line of each row of the bars, shape (n,); None where a file has no lines.
    file_format
        The key of the format that was recognised.
    symbol
        The symbol that the file's rows name; empty where they name none.
    """

    path: Path
    written_at: datetime
    lines: npt.NDArray[np.int64] | None
    file_format: str = ""
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class RawBars:
    """Bars as a source has them, not validated.

    Parameters
    ----------
    frame
        Any subset of `BAR_COLUMNS` with at least ``close`` or ``adj_close``, on a DatetimeIndex
        of sessions. Prices are split-adjusted and not dividend-adjusted. A session without
        prices is left out. NaN in ``dividend`` or ``split`` means that the source does not know.
    notes
        What a reader should know of the bars. A `DeferredAction` is a dividend or split of a
        session without a bar; it is not in ``frame`` yet.
    file
        The file that they were read from; None where a source was asked.
    """

    frame: pd.DataFrame
    notes: tuple[Note, ...] = ()
    file: BarsFile | None = None

    def since(self, start: date) -> RawBars:
        """Return the bars from a session on."""
        rows = np.asarray(self.frame.index >= pd.Timestamp(start))
        file = self.file
        if file is not None and file.lines is not None:
            file = replace(file, lines=file.lines[rows])
        notes = tuple(
            note
            for note in self.notes
            if not (isinstance(note, DeferredAction) and note.counted_on < start)
        )
        return RawBars(self.frame[rows], notes, file)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """The settings that a source may need.

    Parameters
    ----------
    path
        The folder that the reader named; None where none was.
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    patience
        How long its caller waits, in seconds: `PriceSource.fetch_raw` returns or raises by then.
    """

    path: Path | None = None
    move_limit: float | None = None
    patience: float = PATIENCE


class PriceSource(ABC):
    """A source of daily bars.

    A subclass names the row of `SOURCES` that it belongs to and says in `fetch_raw` what one
    vendor's answer means. What is the same for every source is here: bars are validated once,
    the last one is provisional until `FINAL_AFTER` after its close, and the provenance says
    where the bars are from.

    Parameters
    ----------
    move_limit
        Largest believable one-day move as a fraction; each instrument's own by default.
    clock
        Returns the time, timezone-aware.
    """

    key: ClassVar[str]

    def __init__(
        self, *, move_limit: float | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.row = SOURCES[self.key]
        self.move_limit = move_limit
        self.clock = clock

    @property
    def name(self) -> str:
        """The source in words: in provenance, errors, log lines and exports."""
        return self.row.name

    @property
    def simulated(self) -> bool:
        """True where the bars are made up: they are never stored nor mixed with real ones."""
        return self.row.simulated

    @abstractmethod
    def fetch_raw(self, symbol: str, start: date | None) -> RawBars:
        """Return the bars of one symbol as the source has them.

        Parameters
        ----------
        symbol
            The symbol as the program writes it: upper case, ``^`` before an index. If the vendor
            spells it otherwise, this method translates it.
        start
            The first session that is needed, so that a vendor need not send the rest; None for
            all. Earlier bars do no harm: they are cut off.

        Raises
        ------
        UnknownSymbol
            If the source answered, and knows no such symbol.
        DataUnavailable
            If the source gave no bars; a subclass names the cause.
        """

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        """Return validated bars of one symbol.

        Parameters
        ----------
        symbol
            As in `fetch_raw`.
        start
            The first session of the result; the whole history where None.

        Raises
        ------
        UnknownSymbol
            If the source answered, and knows no such symbol, or the symbol's form shows that it
            is not of a US exchange: then the source is not asked.
        DataUnavailable
            If the source gave no bars, or has none from ``start`` on.
        SchemaError
            If its bars break the schema.
        """
        foreign = foreign_listing(symbol)
        if foreign is not None:
            raise ForeignSymbol(symbol, self.name, kind=foreign.kind, place=foreign.place)
        try:
            raw = self.fetch_raw(symbol, start)
            return build_history(
                symbol,
                _from_start(symbol, self.name, raw, start),
                source=self.name,
                simulated=self.simulated,
                fetched_at=None if self.simulated else self.clock(),
                move_limit=self.move_limit,
            )
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise MalformedAnswer(
                symbol, self.name, flaw="unreadable", value=type(error).__name__
            ) from error


def _from_start(symbol: str, source: str, raw: RawBars, start: date | None) -> RawBars:
    """Return the bars from a session on; refuse an answer that has none."""
    if raw.frame.empty:
        raise NoPrices(symbol, source, since=start)
    if start is None:
        return raw
    bars = raw.since(start)
    if bars.frame.empty:
        last = pd.Timestamp(raw.frame.index[-1]).date()
        file = "" if raw.file is None else raw.file.path.name
        raise EndsBefore(symbol, source, since=start, last=last, file=file)
    return bars


def build_history(
    symbol: str,
    raw: RawBars,
    *,
    source: str = "",
    simulated: bool = False,
    fetched_at: datetime | None = None,
    move_limit: float | None = None,
) -> PriceHistory:
    """Validate raw bars and record where they come from.

    Parameters
    ----------
    source
        The source in words; where there is a file its name takes this place.
    simulated
        True for made-up bars.
    fetched_at
        When the source was asked or the file was read, timezone-aware; None where it does not
        matter. The provenance of a file says when that was last written.
    move_limit
        Largest believable one-day move as a fraction; the instrument's own by default.

    Returns
    -------
    PriceHistory
        Provisional where the last session had not been closed for `FINAL_AFTER` when the source
        was asked, or the file was read. Rows on days without a session are left out where that
        changes no return; values that no bar can have and no return depends on are left blank.

    Raises
    ------
    SchemaError
        If the bars break the schema; with the line of the file where there is one.
    """
    notes = raw.notes
    if is_index(symbol):  # which leaves dividends out
        notes = tuple(n for n in notes if not isinstance(n, NoAdjustedCloses | NoDividends))
    deferred = [note for note in notes if isinstance(note, DeferredAction)]
    frame = add_deferred_actions(raw.frame, deferred) if deferred else raw.frame
    file = raw.file
    where = SourceBars(symbol, source) if file is None else file.path
    if foreign_listing(symbol) is not None:
        raise SchemaError(where, Defect.FOREIGN_SYMBOL, symbol=symbol)
    limit = instrument(symbol).move_limit if move_limit is None else move_limit
    try:
        frame = frame.set_axis(validated_index(frame, where), axis=0)
        frame, closed = drop_closed_days(frame, where, symbol, from_file=file is not None)
        if closed:
            notes = (*notes, ClosedDayRows(closed))
        frame, blanked = blank_invalid_values(frame, where, limit)
        notes = (*notes, *blanked)
        bars = validate_bars(frame, where, symbol, move_limit=move_limit)
        last = bars.index[-1]
        if file is not None and fetched_at is not None:
            require_past(bars.index, where, fetched_at.astimezone(_NEW_YORK).date())
    except SchemaError as error:
        raise _located(error, raw) from error
    provisional = False
    # Whether a session of an earlier day has closed needs no calendar, which takes long to build.
    if fetched_at is not None and last.date() >= fetched_at.astimezone(_NEW_YORK).date():
        provisional = bool(last > calendar.last_closed_session(fetched_at - FINAL_AFTER))
    if fetched_at is not None:
        fetched_at = fetched_at.astimezone(UTC)
    provenance = Provenance(
        source if file is None else file.path.name,
        fetched_at=fetched_at if file is None else file.written_at,
        simulated=simulated,
        provisional=provisional,
        notes=notes,
        file_format="" if file is None else file.file_format,
    )
    return PriceHistory(symbol, bars, provenance)


def _located(error: SchemaError, raw: RawBars) -> SchemaError:
    """Return the refusal of bars with what is to be done about it, and the line of a file."""
    line: int | None = None
    remedy: Remedy | None = None
    if raw.file is None:
        remedy = None if error.defect.is_beyond_limit else Remedy.ASK_AGAIN
    elif raw.file.lines is not None and error.session is not None:
        row = int(raw.frame.index.searchsorted(pd.Timestamp(error.session)))
        line = int(raw.file.lines[row])
    return error.located(line=line, remedy_override=remedy)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source that can be chosen.

    Parameters
    ----------
    key
        What RUT_DASH_SOURCE says to choose it.
    name
        The source in words ("Yahoo Finance").
    symbols
        What can be typed as a symbol, a noun phrase ("any ticker that Yahoo Finance knows").
    simulated
        True where its bars are made up.
    """

    key: str
    name: str
    symbols: str
    factory: Callable[[SourceSettings], PriceSource]
    simulated: bool = False


def open_source(key: str, settings: SourceSettings) -> PriceSource:
    """Return the source of a registry row.

    Raises
    ------
    InvalidInput
        If there is no such row, or it needs what the settings do not have.
    """
    row = SOURCES.get(key)
    if row is None:
        raise InvalidInput("RUT_DASH_SOURCE", key, f"one of {', '.join(sorted(SOURCES))}")
    return row.factory(settings)


def _yahoo(settings: SourceSettings) -> PriceSource:
    from rut_dash.market.sources.yahoo import YahooSource

    return YahooSource(
        deadline=CALL_SHARE * settings.patience,
        request_timeout=REQUEST_SHARE * settings.patience,
        move_limit=settings.move_limit,
    )


def _folder(settings: SourceSettings) -> PriceSource:
    from rut_dash.market.sources.folder import FolderSource

    if settings.path is None:
        raise InvalidInput("RUT_DASH_SOURCE", "folder", "a folder beside it, in RUT_DASH_PRICES")
    return FolderSource(settings.path, move_limit=settings.move_limit)


def _demo(_settings: SourceSettings) -> PriceSource:
    from rut_dash.market.sources.demo import DemoSource

    return DemoSource()


SOURCES: Final = Registry(
    (
        SourceRow("yahoo", "Yahoo Finance", "any ticker that Yahoo Finance knows", _yahoo),
        SourceRow(
            "folder", "a folder of price files", "a symbol that has a file in the folder", _folder
        ),
        SourceRow("demo", "simulated demo", "IWM or SPY", _demo, simulated=True),
    )
)
