"""The prices and the events that several commands start from, and what to know of them."""

from __future__ import annotations

import argparse
from datetime import date, datetime

from rut_dash.cli.options import market_of
from rut_dash.errors import DataUnavailable, UnknownSymbol
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.market.health import coverage_of, unexplained_gaps
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.market_wording import (
    bars_texts,
    dropped_sessions_texts,
    missing_sessions_text,
    notes_texts,
    omission_texts,
    stale_text,
    store_notice,
)


def load_pair(
    arguments: argparse.Namespace, notes: list[str], *, may_be_one: bool = False
) -> PricePair:
    """Return both legs up to the as-of: real prices, or else the simulated ones, with a note.

    Parameters
    ----------
    notes
        Gets the sentences that a reader of the figures must know.
    may_be_one
        True where the fund may be its own benchmark.

    Raises
    ------
    UnknownSymbol
        If the source knows no such symbol.
    DataUnavailable
        If there are no prices and no simulated ones either.
    """
    symbols = (arguments.fund, arguments.benchmark)
    market = market_of(arguments)
    try:
        fund, benchmark = (market.load(symbol) for symbol in symbols)
    except UnknownSymbol:
        raise
    except DataUnavailable as error:
        try:
            fund, benchmark = (market.demo(symbol) for symbol in symbols)
        except DataUnavailable:
            raise error from None
        notes.append(f"{error} What follows is simulated.")
    notes.extend(map(store_notice, market.notices))
    if may_be_one and fund.symbol == benchmark.symbol:
        pair = PricePair.of_one(fund, arguments.as_of)
        notes.append(f"{fund.symbol} has no --benchmark but itself: every difference is 0.")
    else:
        pair = PricePair.align(fund, benchmark, arguments.as_of)
    notes.extend(omission_texts(pair))
    notes.extend(dropped_sessions_texts(pair))
    for leg in dict.fromkeys(pair.legs):
        if (stale := leg.provenance.stale_because) is not None:
            notes.append(stale_text([leg.symbol], leg.last_session, stale))
        notes.extend(bars_texts(leg, Basis(arguments.basis)))
        if gaps := unexplained_gaps(leg, pair):
            notes.append(missing_sessions_text(leg.symbol, gaps))
        notes.extend(text for text in notes_texts(leg) if text not in notes)
    return pair


def behind_of(arguments: argparse.Namespace, pair: PricePair) -> int | None:
    """Return how many final sessions prices are behind; None as of a named day or if simulated."""
    if arguments.as_of is not None or pair.simulated:
        return None
    return market_of(arguments).sessions_behind(pair.as_of)


def missing_sessions_note(
    leg: PriceHistory, retry_at: datetime | None = None, ignored: frozenset[date] = frozenset()
) -> str | None:
    """Return a sentence about the sessions without a bar; None where there are none.

    Parameters
    ----------
    retry_at
        When the source is asked for them again; None where unknown.
    ignored
        Sessions that were probably none.
    """
    if leg.provenance.simulated:
        return None
    missing = sorted(coverage_of(leg).missing - ignored)
    if not missing:
        return None
    return missing_sessions_text(leg.symbol, missing) + next_try_text(retry_at)


def next_try_text(moment: datetime | None) -> str:
    """Return when a source is asked again, as a sentence to append; empty where unknown."""
    return f" Next try at {moment:%Y-%m-%d %H:%M %Z}." if moment else ""


def load_events(arguments: argparse.Namespace, as_of: date | None, notes: list[str]) -> Catalogue:
    """Return the events up to the as-of; those of the current year where it is None."""
    catalogue = load_catalogue(arguments.events, as_of)
    notes.extend(str(problem) for problem in catalogue.problems)
    return catalogue if as_of is None else catalogue.up_to(as_of)
