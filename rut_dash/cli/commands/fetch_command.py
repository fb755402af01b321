"""Fetch prices into the store."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from rut_dash.cli.command import Command
from rut_dash.cli.options import market_of, read_symbol
from rut_dash.cli.pair_loading import missing_sessions_note
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.market.fetcher import Outcome
from rut_dash.market.health import coverage_of, probable_non_sessions
from rut_dash.market.history import PriceHistory
from rut_dash.market.instruments import BENCHMARKS, FUNDS, INDICES
from rut_dash.market.market import Market
from rut_dash.market_wording import probable_non_sessions_text, store_notice
from rut_dash.wording import MISSING

_DEFAULT_SYMBOLS: Final = (FUNDS[0], BENCHMARKS[0], *INDICES)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "symbols",
        nargs="*",
        metavar="SYMBOL",
        type=read_symbol,
        help=f"default {' '.join(_DEFAULT_SYMBOLS)}",
    )
    parser.add_argument("--force", action="store_true", help="ask again where nothing is due")
    parser.add_argument(
        "--log", action="store_true", help="a line for each request, on standard error, for cron"
    )


def _run(arguments: argparse.Namespace) -> int:
    """Refresh each symbol; return 1 where one failed or the store did."""
    if arguments.log:
        logging.getLogger("rut_dash").setLevel(logging.NOTSET)  # `open_market` sets up the log
    market = market_of(arguments)
    if not market.can_fetch:
        print_notes(
            [
                "fetch needs the network and the store: leave out --prices and --offline, and "
                "unset RUT_DASH_PRICES and RUT_DASH_OFFLINE."
            ]
        )
        return 2
    symbols = list(dict.fromkeys(arguments.symbols or _DEFAULT_SYMBOLS))
    outcomes = _refresh(
        market, symbols, force=arguments.force, progress=not (arguments.json or arguments.log)
    )
    problems = [str(outcome.error) for outcome in outcomes if outcome.error is not None]
    problems += map(store_notice, market.notices)
    print_notes(problems)
    histories = {outcome.symbol: market.stored(outcome.symbol) for outcome in outcomes}
    _print_missing_sessions(market, outcomes, histories)
    rows = [_row(outcome, histories) for outcome in outcomes]
    if arguments.json:
        print_json({"results": rows})
    else:
        _print_rows(rows)
    return 1 if problems else 0


def _refresh(
    market: Market, symbols: Sequence[str], *, force: bool, progress: bool
) -> list[Outcome]:
    """Refresh symbols one after the other, with a progress bar on standard error."""
    from tqdm import tqdm

    outcomes = []
    with tqdm(symbols, unit="symbol", file=sys.stderr, disable=not progress) as bar:
        for symbol in bar:
            bar.set_description(symbol)
            outcomes.append(market.refresh(symbol, force=force))
    return outcomes


def _print_missing_sessions(
    market: Market, outcomes: Sequence[Outcome], histories: Mapping[str, PriceHistory | None]
) -> None:
    """Print which sessions have no bar, those that were probably none once for all symbols."""
    fetched = [
        (history, outcome.retry_at)
        for outcome in outcomes
        if outcome.error is None and (history := histories[outcome.symbol]) is not None
    ]
    missing = frozenset[date]().union(*(coverage_of(history).missing for history, _ in fetched))
    if not missing:
        return
    coverages = (market.health(symbol).coverage for symbol in market.symbols())
    expected = probable_non_sessions(filter(None, coverages))
    notes = (missing_sessions_note(history, retry, expected) for history, retry in fetched)
    print_notes(filter(None, notes))
    if none := sorted(missing & expected):
        print_notes([probable_non_sessions_text(none)])


def _row(outcome: Outcome, histories: Mapping[str, PriceHistory | None]) -> dict[str, Any]:
    """Return what became of one symbol."""
    history = histories[outcome.symbol]
    return {
        "symbol": outcome.symbol,
        "status": outcome.status,
        "rows_added": outcome.rows_added,
        "rows": 0 if history is None else len(history.bars),
        "last_session": None if history is None else iso_text(history.last_session),
        "problem": None if outcome.error is None else str(outcome.error),
        "retry_at": iso_text(outcome.retry_at),
    }


def _print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    print_table(
        [
            ("Symbol", "Result", "New", "Sessions", "Last"),
            *(
                (
                    row["symbol"],
                    row["status"],
                    f"{row['rows_added']:,}",
                    f"{row['rows']:,}",
                    row["last_session"] or MISSING,
                )
                for row in rows
            ),
        ],
        left=2,
    )


COMMAND: Final = Command("fetch", "Fetch prices into the store.", _run, _add_arguments)
