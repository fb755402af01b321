"""What a format of price files is: how it is recognised, and what its columns mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Final

from rut_dash.market.sources.date_forms import DateForm, DateOrder

__all__ = ["COLUMNS", "Adjustment", "FileFormat", "FileHead"]

# What columns are called, in lower case. A name that is neither here nor among the `meanings` of
# a format is not read.
COLUMNS: Final = {
    "date": "date",
    "<date>": "date",
    "session": "date",
    "time": "date",
    "timestamp": "date",
    "open": "open",
    "<open>": "open",
    "high": "high",
    "<high>": "high",
    "low": "low",
    "<low>": "low",
    "close": "close",
    "<close>": "close",
    "close/last": "close",
    "last": "close",
    "latest": "close",
    "price": "close",
    "adjclose": "adj_close",
    "adj close": "adj_close",
    "adj_close": "adj_close",
    "adjusted close": "adj_close",
    "adjusted_close": "adj_close",
    "volume": "volume",
    "<vol>": "volume",
    "vol.": "volume",
    "dividends": "dividend",
    "dividend": "dividend",
    "dividend_amount": "dividend",
    "divcash": "dividend",
    "splits": "split",
    "split": "split",
    "stock splits": "split",
    "stock_splits": "split",
    "split_coefficient": "split",
    "splitfactor": "split",
    "capital gains": "capital_gain",
    "capital_gains": "capital_gain",
    "<ticker>": "symbol",
    "currency": "currency",
    "<per>": "period",
}


class Adjustment(Enum):
    """For what a format's prices are adjusted; nothing for those as traded."""

    SPLITS = auto()
    NOTHING = auto()
    DIVIDENDS = auto()
    UNCERTAIN = auto()


@dataclass(frozen=True, slots=True)
class FileHead:
    """The names above a file's rows.

    Parameters
    ----------
    spelling
        The column names as the file spells them.
    line
        The last line that belongs to the names, counted from 1.
    symbol
        The symbol in a line of its own, as yfinance writes it; empty where there is none.
    first_row
        The cells of the first row below them; empty where they are not known.
    """

    spelling: tuple[str, ...]
    line: int = 0
    symbol: str = ""
    first_row: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in lower case."""
        return tuple(name.lower() for name in self.spelling)


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """One format of price files.

    Parameters
    ----------
    key
        The name by which the store knows it.
    name
        Whose files these are, in words.
    header
        The line of names as the vendor writes it. What `COLUMNS` does not have is known and not
        needed.
    needed
        Names that a file must have; of names joined by ``|`` one of them.
    aliases
        Other names for its columns, in lower case.
    meanings
        What columns are that no other format calls so: pairs of a name in lower case and a key of
        `COLUMNS`' values.
    paired
        Names of which a file has all or none; of names joined by ``|`` one of them.
    dates
        The forms that its dates may have.
    adjustment
        For what its prices are adjusted.
    order
        Which of day and month comes first in its dates, where that can be told.
    is_spelled
        True where the names must stand as in ``header``: in its order, with its capitals.
    symbol_line
        Whether a line below the names holds the symbol, as in yfinance's downloads; None where
        one may.
    allows_columns
        True where a file may have further columns.
    is_fallback
        True where every other format that fits comes before it.
    has_suffixes
        True where volumes are written as 37.05M.
    has_action_rows
        True where dividends and splits have rows of their own.
    vendor
        Whose files have no dividends, in a note; empty where nothing is known.
    footer
        What the lines below the rows begin with; empty where there are none.
    file_names
        Patterns of file names without their suffix; the group ``symbol`` is the symbol's, and
        ``market`` that of an exchange outside the US, with which it is written.
    suffixes
        The suffixes of its files.
    """

    key: str
    name: str
    header: str
    needed: tuple[str, ...]
    dates: tuple[DateForm, ...]
    adjustment: Adjustment
    aliases: tuple[str, ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()
    paired: tuple[str, ...] = ()
    order: DateOrder = DateOrder.UNKNOWN
    is_spelled: bool = False
    symbol_line: bool | None = False
    allows_columns: bool = False
    is_fallback: bool = False
    has_suffixes: bool = False
    has_action_rows: bool = False
    vendor: str = ""
    footer: str = ""
    file_names: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = (".csv",)

    @cached_property
    def spelling(self) -> tuple[str, ...]:
        """The names of all its columns, as the vendor spells them."""
        return tuple(name.strip() for name in self.header.split(","))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all its columns, in lower case."""
        return frozenset((*(name.lower() for name in self.spelling), *self.aliases))

    @cached_property
    def columns(self) -> dict[str, str]:
        """What each name is that is read."""
        common = {name: COLUMNS[name] for name in self.names if name in COLUMNS}
        return common | dict(self.meanings)

    def lacking(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the needed names that a file does not have."""
        lacking = [needed for needed in self.needed if not _has_one(names, needed)]
        unpaired = [name for name in self.paired if not _has_one(names, name)]
        if len(unpaired) < len(self.paired):
            lacking += unpaired
        return tuple(needed.split("|")[0] for needed in lacking)

    def unknown(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of a file that the format does not have."""
        return tuple(name for name in names if name and name.lower() not in self.names)

    def fits(self, head: FileHead) -> bool:
        """Return True if a file's names are those of this format."""
        names = head.names
        if self.lacking(names) or (self.unknown(names) and not self.allows_columns):
            return False
        if self.symbol_line not in (None, bool(head.symbol)):
            return False
        if not self.is_spelled:
            return True
        own = iter(self.spelling)
        # In the same order; pandas writes the numbers of rows under an empty name.
        return all(name in own for name in head.spelling if name)

    def positions(self, head: FileHead) -> dict[str, int]:
        """Return the position of each column that is read."""
        return {
            self.columns[name]: position
            for position, name in enumerate(head.names)
            if name in self.columns
        }

    def first_date(self, head: FileHead) -> str:
        """Return the first date of a file; empty where the first row has none."""
        position = self.positions(head).get("date", len(head.first_row))
        return head.first_row[position] if position < len(head.first_row) else ""

    def difference(self, names: Sequence[str]) -> tuple[int, int, bool]:
        """Return how far a file's names are from the format's, by which formats sort."""
        unfit = len(self.lacking(names)) + len(self.unknown(names))
        return unfit, -len(self.names & set(names)), not self.is_fallback

    def symbol_in(self, stem: str) -> str | None:
        """Return the symbol in a file's name; empty where it holds none; None for another name."""
        for pattern in self.file_names:
            match = re.fullmatch(pattern, stem, re.IGNORECASE)
            if match is not None:
                groups = match.groupdict()
                market = f".{groups['market']}" if groups.get("market") else ""
                return groups.get("symbol", "") + market
        return None


def _has_one(names: Sequence[str], alternatives: str) -> bool:
    """Return True if one of the names joined by ``|`` is there."""
    return any(name.lower() in names for name in alternatives.split("|"))
