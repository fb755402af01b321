"""Check what market commentary claims against prices."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from rut_dash.claim_wording import (
    alternative_text,
    explanation_text,
    stated_text,
    value_json,
    value_text,
)
from rut_dash.claims.claim_file import load_claims
from rut_dash.claims.judge import judge_all
from rut_dash.claims.model import Alternative, Judgement, series_needed
from rut_dash.cli.command import Command
from rut_dash.cli.options import market_of
from rut_dash.cli.pair_loading import load_events
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.errors import DataUnavailable, RutDashError
from rut_dash.formula_wording import render_formula
from rut_dash.market.history import PriceHistory
from rut_dash.market.instruments import BENCHMARKS, FUNDS
from rut_dash.market.market import Market
from rut_dash.market_wording import behind_clause, store_notice
from rut_dash.wording import day


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", metavar="ID", help="the claims of one source, such as A1")


def _run(arguments: argparse.Namespace) -> int:
    """Print the verdicts; return 0 also where bars of a symbol are missing or refused.

    Such a symbol is a note on standard error, and its claims are not computable: `doctor` is
    the command that fails on it.
    """
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
        print_json([judgement_json(judgement) for judgement in judgements])
    else:
        bars = [history for history in histories.values() if history is not None]
        print(_head(bars, market, arguments.as_of))
        print()
        print_table(judgement_rows(judgements), left=6)
    return 0


def _head(bars: Sequence[PriceHistory], market: Market, as_of: date | None) -> str:
    """Return of when the verdicts are, and how old the bars are behind those of today."""
    head = "Verdicts are as of each claim's publication"
    if not bars:
        return f"{head}; there are no bars."
    if bars[0].provenance.simulated:
        return f"{head}, worked out by hand from real bars."
    if as_of is not None:
        return f"{head}, those of today as of {day(as_of)}."
    last = max(history.last_session for history in bars)
    behind = market.sessions_behind(last)
    clause = f", {behind_clause(behind)}" if behind else ""
    return f"{head}, those of today by the last bars, {day(last)}{clause}."


def _load_history(market: Market, symbol: str, notes: list[str]) -> PriceHistory | None:
    """Return the bars of a symbol; None with a note where there are none or they are refused."""
    try:
        return market.load(symbol)
    except RutDashError as error:  # of one symbol: the claims on others are judged all the same
        notes.append(str(error))
        return None


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """Return a judgement as plain values; numbers unrounded, in the unit of the claim."""
    claim = judgement.claim
    return {
        "id": claim.id,
        "source": claim.source,
        "verdict": judgement.verdict.value,
        "stated": claim.stated,
        "computed": value_json(judgement.computed),
        "unit": claim.unit,
        "series": claim.series,
        "basis": None if claim.basis is None else claim.basis.value,
        "as_of": judgement.as_of.isoformat(),
        "fits": [_alternative_json(fit) for fit in judgement.fits],
        "nearest": [_alternative_json(miss) for miss in judgement.nearest],
        "today": {
            "as_of": iso_text(judgement.today.as_of),
            "value": value_json(judgement.today.value),
            "verdict": judgement.today.verdict.value,
        },
        "simulated": judgement.simulated,
        "explanation": explanation_text(judgement),
    }


def _alternative_json(alternative: Alternative) -> dict[str, Any]:
    return {
        "what": alternative_text(alternative),
        "value": value_json(alternative.value),
        "series": alternative.series,
        "basis": None if alternative.basis is None else alternative.basis.value,
        "as_of": iso_text(alternative.as_of),
        "formula": render_formula(alternative.formula),
        "after_publication": alternative.after_publication,
    }


def judgement_rows(judgements: Iterable[Judgement]) -> list[tuple[str, ...]]:
    """Return judgements as rows of texts under a heading."""
    heading = ("Claim", "Verdict", "Stated", "Computed", "Today", "What it says")
    return [
        heading,
        *(
            (
                judgement.claim.id,
                judgement.verdict.value + (" (by hand)" if judgement.simulated else ""),
                stated_text(judgement.claim),
                value_text(judgement.computed, judgement.claim.unit),
                judgement.today.verdict.value,
                judgement.claim.text,
            )
            for judgement in judgements
        ),
    ]


COMMAND: Final = Command(
    "claims", "Check what market commentary claims against prices.", _run, _add_arguments
)
