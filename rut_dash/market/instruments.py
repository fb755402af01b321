"""The configured instruments: which symbols are offered, and what is known of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from rut_dash.errors import US_SYMBOL, ForeignKind, InvalidInput, foreign_clause

Role = Literal["fund", "benchmark"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One symbol: its name, its role in the controls and its largest believable move.

    Parameters
    ----------
    symbol
        In upper case; ``^`` starts an index.
    role
        The control that offers it; None for a symbol that was typed.
    move_limit
        Largest believable one-day move as a fraction: bars with a larger one are refused.
    """

    symbol: str
    name: str
    role: Role | None = None
    move_limit: float = 0.25


INSTRUMENTS: Final[tuple[Instrument, ...]] = (
    Instrument("IWM", "iShares Russell 2000", "fund"),
    Instrument("IWO", "iShares Russell 2000 Growth", "fund"),
    Instrument("IWN", "iShares Russell 2000 Value", "fund"),
    Instrument("IJR", "iShares S&P SmallCap 600", "fund"),
    Instrument("^RUT", "Russell 2000 index", "fund"),
    Instrument("SPY", "SPDR S&P 500", "benchmark"),
    Instrument("QQQ", "Invesco Nasdaq 100", "benchmark"),
    Instrument("RSP", "Invesco S&P 500 Equal Weight", "benchmark"),
    Instrument("IWB", "iShares Russell 1000", "benchmark"),
    Instrument("^GSPC", "S&P 500 index", "benchmark"),
)
FUNDS: Final = tuple(i.symbol for i in INSTRUMENTS if i.role == "fund")
BENCHMARKS: Final = tuple(i.symbol for i in INSTRUMENTS if i.role == "benchmark")
# They are in the table of returns beside the funds, where they are stored.
INDICES: Final = tuple(i.symbol for i in INSTRUMENTS if i.symbol.startswith("^"))

_COUNTERPARTS: Final = {"IWM": "^RUT", "^RUT": "IWM", "SPY": "^GSPC", "^GSPC": "SPY"}

# A single stock can triple or lose four fifths in a day; a price times 100 must still be caught.
_TYPED_MOVE_LIMIT: Final = 4.0
_SYMBOL: Final = re.compile(r"\^?[A-Z0-9][A-Z0-9.\-=]{0,14}")
_BY_SYMBOL: Final = {i.symbol: i for i in INSTRUMENTS}


# Yahoo's suffixes of exchanges outside the US; a class of shares (BRK.B) has none of these.
_EXCHANGES: Final = {
    "AS": "Amsterdam", "AT": "Athens", "AX": "Sydney", "BA": "Buenos Aires", "BK": "Bangkok",
    "BO": "Bombay", "BR": "Brussels", "CN": "Canada", "CO": "Copenhagen", "DE": "Xetra",
    "F": "Frankfurt", "HE": "Helsinki", "HK": "Hong Kong", "IR": "Dublin", "IS": "Istanbul",
    "JK": "Jakarta", "JO": "Johannesburg", "KL": "Kuala Lumpur", "KQ": "Kosdaq", "KS": "Korea",
    "L": "London", "LS": "Lisbon", "MC": "Madrid", "MI": "Milan", "MX": "Mexico", "NE": "Canada",
    "NS": "India", "NZ": "New Zealand", "OL": "Oslo", "PA": "Paris", "SA": "Sao Paulo",
    "SI": "Singapore", "SN": "Santiago", "SS": "Shanghai", "ST": "Stockholm", "SW": "Zurich",
    "SZ": "Shenzhen", "T": "Tokyo", "TA": "Tel Aviv", "TO": "Toronto", "TW": "Taiwan",
    "TWO": "Taiwan", "V": "TSX Venture", "VI": "Vienna", "WA": "Warsaw",
    # Stooq's
    "HU": "Budapest", "JP": "Tokyo", "PL": "Warsaw", "UK": "London",
}  # fmt: skip
_CRYPTOCURRENCY: Final = re.compile(r"[A-Z0-9]{2,}-(USD|EUR|GBP|JPY|CAD|AUD|USDT|BTC|ETH)")

# Indices of exchanges outside the US, as Yahoo calls them.
_FOREIGN_INDICES: Final = {
    "^AEX": "Amsterdam", "^AORD": "Sydney", "^ATX": "Vienna", "^AXJO": "Sydney",
    "^BFX": "Brussels", "^BSESN": "Bombay", "^BVSP": "Sao Paulo", "^FCHI": "Paris",
    "^FTSE": "London", "^GDAXI": "Xetra", "^GSPTSE": "Toronto", "^HSI": "Hong Kong",
    "^IBEX": "Madrid", "^JKSE": "Jakarta", "^KLSE": "Kuala Lumpur", "^KS11": "Korea",
    "^MXX": "Mexico", "^N100": "Paris", "^N225": "Tokyo", "^NSEI": "India",
    "^NZ50": "New Zealand", "^OMX": "Stockholm", "^SSMI": "Zurich", "^STI": "Singapore",
    "^STOXX": "Zurich", "^STOXX50E": "Zurich", "^TWII": "Taiwan",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ForeignListing:
    """What a symbol is that no US exchange lists; ``place`` is empty where it has none."""

    kind: ForeignKind
    place: str = ""


def foreign_listing(symbol: str) -> ForeignListing | None:
    """Return what a symbol is whose form shows that no US exchange lists it; None for others."""
    if symbol.endswith("=X"):
        return ForeignListing("currency_pair")
    if symbol.endswith("=F"):
        return ForeignListing("future")
    if _CRYPTOCURRENCY.fullmatch(symbol):
        return ForeignListing("cryptocurrency")
    suffix = symbol.rpartition(".")[2] if "." in symbol else ""
    place = _EXCHANGES.get(suffix) or _FOREIGN_INDICES.get(symbol)
    return None if place is None else ForeignListing("listing", place)


def instrument(symbol: str) -> Instrument:
    """Return what is known of a symbol; a typed one gets its own symbol as a name."""
    return _BY_SYMBOL.get(symbol) or Instrument(symbol, symbol, None, _TYPED_MOVE_LIMIT)


def counterpart(symbol: str) -> str | None:
    """Return the index that a fund tracks, or the fund that tracks an index; None for others."""
    return _COUNTERPARTS.get(symbol)


def is_index(symbol: str) -> bool:
    """Return True if a symbol is an index (``^``): price basis only, volume may be missing."""
    return symbol.startswith("^")


def normalise_symbol(text: str) -> str:
    """Return a typed symbol as the program writes it: in upper case, without spaces around it.

    A source that spells symbols otherwise translates them.

    Raises
    ------
    InvalidInput
        If it cannot be a symbol: it would otherwise become part of a URL and of a file name.
    """
    symbol = text.strip().upper()
    if not _SYMBOL.fullmatch(symbol):
        raise InvalidInput("symbol", text, "a ticker such as IWM, BRK-B or ^RUT")
    return symbol


def normalise_us_symbol(text: str) -> str:
    """Return a typed symbol as `normalise_symbol` does, unless no US exchange lists it.

    Raises
    ------
    InvalidInput
        If it cannot be a symbol, or its form shows that no US exchange lists it.
    """
    symbol = normalise_symbol(text)
    foreign = foreign_listing(symbol)
    if foreign is not None:
        clause = foreign_clause(foreign.kind, foreign.place)
        raise InvalidInput("symbol", symbol, f"{US_SYMBOL} ({symbol} is {clause})")
    return symbol
