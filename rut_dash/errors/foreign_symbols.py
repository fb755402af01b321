"""Symbols of no US exchange: what they are, in words."""

from __future__ import annotations

from typing import Final, Literal

ForeignKind = Literal["listing", "currency_pair", "cryptocurrency", "future"]

_KINDS: Final[dict[ForeignKind, str]] = {
    "listing": "listed outside the US",
    "currency_pair": "a pair of currencies",
    "cryptocurrency": "a cryptocurrency",
    "future": "a future",
}
US_SYMBOL: Final = "a symbol of a US exchange, as IWM"


def foreign_clause(kind: ForeignKind, place: str = "", currency: str = "") -> str:
    """Return what a symbol is, and why no figures are computed of it: "listed outside ...".

    Parameters
    ----------
    place, currency
        Where it is listed and what it is quoted in; empty where not known.
    """
    at = f" ({place})" if place else ""
    quoted = f", quoted in {currency}" if currency else ""
    return (
        f"{_KINDS[kind]}{at}{quoted}; figures here are in US dollars, on the sessions of the NYSE"
    )
