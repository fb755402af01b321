"""Print the events, and what both legs did around them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.analysis.studies import HORIZONS, event_study
from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.pair_loading import load_pair
from rut_dash.cli.printing import iso_text, print_head, print_json, print_notes, print_table
from rut_dash.errors import DataUnavailable, UnknownSymbol
from rut_dash.events.anchors import anchor_session, since_table
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import Timing
from rut_dash.market.history import Basis, PricePair
from rut_dash.wording import percent

Symbols = tuple[str, str]


def _run(arguments: argparse.Namespace) -> int:
    """Print the events; return 1 where a row of an event file cannot be read."""
    notes: list[str] = []
    basis = Basis(arguments.basis)
    pair = _pair_or_none(arguments, notes)
    as_of = pair.as_of.date() if pair else arguments.as_of
    catalogue = load_catalogue(arguments.events, _last_generated_day(arguments, as_of))
    if arguments.as_of is not None:
        catalogue = catalogue.up_to(as_of)
    symbols = (arguments.fund, arguments.benchmark)
    rows = _event_rows(catalogue, pair, basis, symbols)
    print_notes([*notes, *catalogue.problems])
    if arguments.json:
        print_json(
            {
                "as_of": as_of.isoformat() if as_of else None,
                "basis": basis.value,
                "simulated": pair is not None and pair.simulated,
                "complete_until": {
                    kind: day.isoformat() for kind, day in catalogue.complete_until.items()
                },
                "problems": [str(problem) for problem in catalogue.problems],
                "events": rows,
            }
        )
    else:
        if pair is not None:
            print_head(pair, basis)
        _print_rows(rows, symbols)
        _print_kinds(catalogue)
    return 1 if catalogue.problems else 0


def _pair_or_none(arguments: argparse.Namespace, notes: list[str]) -> PricePair | None:
    """Return the prices; None where there are none, so that the events have no figures.

    Raises
    ------
    DataUnavailable
        If a folder was named and lacks a symbol: then the question cannot be answered.
    """
    try:
        return load_pair(arguments, notes)
    except UnknownSymbol:
        raise
    except DataUnavailable as error:
        if arguments.prices is not None:
            raise
        notes.append(f"{error} The events are listed without figures.")
        return None


def _last_generated_day(arguments: argparse.Namespace, as_of: date | None) -> date | None:
    """Return up to when rules generate events: the as-of that was named, or its year's end."""
    if as_of is None or arguments.as_of is not None:
        return as_of
    return date(as_of.year, 12, 31)


def _event_rows(
    catalogue: Catalogue, pair: PricePair | None, basis: Basis, symbols: Symbols
) -> list[dict[str, Any]]:
    """Return each event with what both legs did around it; None where that is unknown."""
    study: Mapping[Any, Mapping[Any, Any]] = {}
    since: Mapping[Any, Mapping[Any, Any]] = {}
    if pair is not None:
        closes = pair.closes(basis)
        past = catalogue.up_to(pair.as_of)
        anchors = {event.id: anchor_session(event, sessions_of(closes)) for event in past}
        study = event_study(closes, anchors).to_dict("index")
        own_closes = {leg.symbol: leg.close(basis) for leg in pair.legs}
        since = since_table(past, own_closes).to_dict("index")
    rows = []
    for event in catalogue:
        row = study.get(event.id, {})
        anchor = row.get("anchor", pd.NaT)
        returns = since.get(event.id, {})
        rows.append(
            {
                "id": event.id,
                "date": event.date.isoformat(),
                "timing": event.timing.value,
                "kind": event.kind,
                "label": event.label,
                "source": event.source,
                "anchor": None if anchor is pd.NaT else iso_text(anchor),
                "since": {s: finite_or_none(returns.get(s, math.nan)) for s in symbols},
                "before": {str(n): _of_legs(row, f"before_{n}", symbols) for n in HORIZONS},
                "after": {str(n): _of_legs(row, f"after_{n}", symbols) for n in HORIZONS},
                "worst": _of_legs(row, "worst", symbols),
                "sessions_after": row.get("sessions_after"),
            }
        )
    return rows


def _of_legs(row: Mapping[Any, Any], figure: str, symbols: Symbols) -> dict[str, float | None]:
    """Return one figure of an event study for both legs, by symbol."""
    legs = zip(symbols, ("fund", "benchmark"), strict=True)
    return {symbol: finite_or_none(row.get(f"{leg}_{figure}", math.nan)) for symbol, leg in legs}


def _print_rows(rows: Sequence[Mapping[str, Any]], symbols: Symbols) -> None:
    windows = [str(n) for n in HORIZONS]
    print()
    print_table(
        [
            ("", "", "", *(cell for s in symbols for cell in (s, *[""] * (len(windows) + 1)))),
            ("Date", "Timing", "Event", *[*(f"+{n}" for n in windows), "since", "worst"] * 2),
            *(
                (
                    row["date"],
                    Timing(row["timing"]).label,
                    row["label"],
                    *(
                        percent(value, 1)
                        for s in symbols
                        for value in (
                            *(row["after"][n][s] for n in windows),
                            row["since"][s],
                            row["worst"][s],
                        )
                    ),
                )
                for row in rows
            ),
        ],
        left=3,
    )
    print()
    print(
        f"+{windows[0]} to +{windows[-1]}: return in so many sessions after the last close before "
        f"the news; worst: deepest drawdown within 60 sessions."
    )


def _print_kinds(catalogue: Catalogue) -> None:
    """Print what the catalogue holds of each kind, and up to when it is complete."""
    for row in catalogue.completeness():
        extent = f"complete up to {row.until}" if row.until else "no promise of completeness"
        print(f"{row.kind.label}: {row.kind.covers}; {extent}.")


COMMAND: Final = Command("events", "Print the events, and what both did around them.", _run)
