"""Check what market commentary claims against prices."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import Final

from rut_dash.claims.claim_file import load_claims
from rut_dash.claims.judge import as_json, judge_all, report, series_needed
from rut_dash.cli.command import Command
from rut_dash.cli.options import market_of
from rut_dash.cli.pair_loading import load_events
from rut_dash.cli.printing import print_json, print_notes, print_table
from rut_dash.errors import DataUnavailable, RutDashError
from rut_dash.market.history import PriceHistory
from rut_dash.market.instruments import BENCHMARKS, FUNDS
from rut_dash.market.market import Market
from rut_dash.wording import store_notice

__all__ = ["COMMAND"]


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", metavar="ID", help="the claims of one source, such as A1")


def _run(arguments: argparse.Namespace) -> int:
    """Print the verdicts."""
    notes: list[str] = []
    ledger = load_claims()
    notes.extend(map(str, ledger.problems))
    if arguments.source is not None:
        ledger = ledger.of_source(arguments.source)
    market = market_of(arguments)
    histories = {
        symbol: _load_history(market, symbol, notes) for symbol in series_needed(ledger.claims)
    }
    if not any(histories.values()):
        with suppress(DataUnavailable):  # a folder of prices has no simulated ones beside it
            histories |= {symbol: market.demo(symbol) for symbol in (FUNDS[0], BENCHMARKS[0])}
            notes.append("What follows was worked out by hand: the prices at hand are simulated.")
    notes.extend(map(store_notice, market.notices))
    events = load_events(arguments, None, notes)
    judgements = judge_all(ledger, histories.get, events, today=arguments.as_of)
    print_notes(dict.fromkeys(notes))
    if arguments.json:
        print_json([as_json(judgement) for judgement in judgements])
    else:
        print_table(report(judgements), left=6)
    return 0


def _load_history(market: Market, symbol: str, notes: list[str]) -> PriceHistory | None:
    """Return the bars of a symbol; None with a note where there are none or they are refused."""
    try:
        return market.load(symbol)
    except RutDashError as error:  # of one symbol: the claims on others are judged all the same
        notes.append(str(error))
        return None


COMMAND: Final = Command(
    "claims", "Check what market commentary claims against prices.", _run, _add_arguments
)
