"""The data that the commands of studies start from, and how they begin and end their tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from rut_dash.cli.options import market_of
from rut_dash.cli.pair_loading import behind_of, load_events, load_pair
from rut_dash.cli.printing import iso_text, print_head
from rut_dash.errors import DataUnavailable, OutOfRange
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.market.instruments import counterpart, is_index
from rut_dash.market.market import Market
from rut_dash.studies.sample import Sample, StudyData, dividend_effect, study_data
from rut_dash.study_wording import dividend_effect_text, dividends_text


def load_study(
    arguments: argparse.Namespace,
    notes: list[str],
    *,
    has_events: bool = False,
    others: Iterable[str] = (),
    optional: Iterable[str] = (),
) -> tuple[PricePair, StudyData]:
    """Return the prices and what a study is computed from.

    Parameters
    ----------
    notes
        Gets the sentences that a reader of the figures must know.
    has_events
        True where the study needs the events.
    others
        Further symbols that it cannot do without.
    optional
        Further symbols that it can do without: a note says which there are no prices of.

    Raises
    ------
    DataUnavailable
        If there are no prices of a symbol.
    BasisUnavailable
        If a leg cannot give the basis.
    """
    pair = load_pair(arguments, notes, may_be_one=True)
    catalogue = load_events(arguments, pair.as_of.date(), notes) if has_events else None
    market = market_of(arguments)
    closes = {symbol: market.load(symbol).close(Basis.PRICE) for symbol in others}
    for symbol in optional:
        try:
            closes[symbol] = market.load(symbol).close(Basis.PRICE)
        except DataUnavailable as error:
            notes.append(f"{error} The answer is without it.")
    data = study_data(pair, Basis(arguments.basis), catalogue, closes)
    if (missing := dividends_text(data.sample.symbols_without_dividends)) is not None:
        notes.append(missing)
        effect = dividend_effect(_paying_pair(pair, market))
        if effect is not None:
            notes.append(dividend_effect_text(effect))
    return pair, data


def _paying_pair(pair: PricePair, market: Market) -> PricePair:
    """Return a pair with dividends: of indices, the funds that track them where they are stored."""
    legs: list[PriceHistory] = []
    for leg in pair.legs:
        tracking = counterpart(leg.symbol) if is_index(leg.symbol) else None
        stored = None if tracking is None else market.stored(tracking)
        legs.append(leg if stored is None else stored)
    if legs[0].symbol == legs[1].symbol:
        return pair
    try:
        return PricePair.align(legs[0], legs[1], pair.as_of.date())
    except OutOfRange:  # the funds are younger than the as-of
        return pair


def print_study_head(arguments: argparse.Namespace, pair: PricePair) -> None:
    """Print which figures follow."""
    print_head(pair, Basis(arguments.basis), behind_of(arguments, pair))


def sample_record(sample: Sample, *, simulated: bool) -> dict[str, Any]:
    """Return what the figures of a study rest on, for JSON."""
    return {
        "symbol": sample.fund,
        "benchmark": sample.benchmark,
        "basis": sample.basis.value,
        "as_of": iso_text(sample.as_of),
        "first_session": iso_text(sample.first),
        "sessions": sample.sessions,
        "without_dividends": list(sample.symbols_without_dividends),
        "simulated": simulated,
    }
