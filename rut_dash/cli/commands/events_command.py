"""Print the events, and what both legs did around them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from rut_dash.analysis.event_returns import EVENT_WINDOW, HORIZONS
from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.event_selection import add_event_arguments, events_of
from rut_dash.cli.pair_loading import behind_of, load_pair
from rut_dash.cli.printing import iso_text, print_head, print_json, print_notes, print_table
from rut_dash.errors import DataUnavailable, UnknownSymbol
from rut_dash.event_wording import extent_text, first_session_text, timing_text
from rut_dash.events.anchors import returns_around, returns_since_events
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import FirstSession, Timing
from rut_dash.events.kinds import KINDS
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.settings import prices_folder
from rut_dash.wording import MISSING, percent, points

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
    catalogue = events_of(catalogue, arguments.kind or list(KINDS), arguments.direction or ())
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
                "window": EVENT_WINDOW,
                "events": rows,
            }
        )
    else:
        if pair is not None:
            print_head(pair, basis, behind_of(arguments, pair))
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
        if prices_folder(arguments.prices) is not None:
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
        past = catalogue.up_to(pair.as_of)
        study = returns_around(past, pair.closes(basis)).to_dict("index")
        own_closes = {leg.symbol: leg.close(basis) for leg in pair.legs}
        since = returns_since_events(past, own_closes).cumulative.to_dict("index")
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
                "direction": event.direction,
                "label": event.label,
                "source": event.source,
                "known_from": event.known_from.isoformat(),
                "anchor": None if anchor is pd.NaT else iso_text(anchor),
                "first_session": row.get("first_session"),
                "since": {s: finite_or_none(returns.get(s, math.nan)) for s in symbols},
                "before": {str(n): _of_legs(row, f"before_{n}", symbols) for n in HORIZONS},
                "after": {str(n): _of_legs(row, f"after_{n}", symbols) for n in HORIZONS},
                "excess": {
                    **{str(n): _figure(row, f"excess_after_{n}") for n in HORIZONS},
                    "since": _figure(row, "excess_since"),
                },
                "max_loss": _of_legs(row, "max_loss", symbols),
                "max_drawdown": _of_legs(row, "max_drawdown", symbols),
                "sessions_after": row.get("sessions_after"),
            }
        )
    return rows


def _figure(row: Mapping[Any, Any], name: str) -> float | None:
    """Return one figure of an event study; None where it is unknown."""
    return finite_or_none(row.get(name, math.nan))


def _of_legs(row: Mapping[Any, Any], figure: str, symbols: Symbols) -> dict[str, float | None]:
    """Return one figure of an event study for both legs, by symbol."""
    legs = zip(symbols, ("fund", "benchmark"), strict=True)
    return {symbol: _figure(row, f"{leg}_{figure}") for symbol, leg in legs}


def _print_rows(rows: Sequence[Mapping[str, Any]], symbols: Symbols) -> None:
    """Print the table of the events, and what its columns mean."""
    windows = [str(n) for n in HORIZONS]
    of_leg = (*(f"+{n}" for n in windows), "since", "loss", "drawdown")
    print()
    print_table(
        [
            ("", "", "", "", *(cell for s in symbols for cell in (s, *[""] * (len(of_leg) - 1))),
             "Excess", *[""] * len(windows)),
            ("Date", "Timing", "Event", "+1 is", *of_leg * 2, *of_leg[: len(windows) + 1]),
            *(_printed_row(row, symbols) for row in rows),
        ],
        left=4,
    )  # fmt: skip
    print()
    print(
        f"+{windows[0]} to +{windows[-1]}: return in so many sessions after the last close before "
        "the news; since: cumulative, to the last close; "
        f"{first_session_text(FirstSession.OWN)}: +1 is the event's own; "
        f"excess: {symbols[0]} less {symbols[1]}, percentage points.\n"
        f"Loss: lowest close within {EVENT_WINDOW} sessions against the close that the event "
        "counts from; drawdown: against the highest close before it within the same sessions; *: "
        "not all of them are there yet."
    )


def _printed_row(row: Mapping[str, Any], symbols: Symbols) -> tuple[str, ...]:
    """Return the cells of one event."""
    first = row["first_session"]
    open_mark = "*" if (row["sessions_after"] or EVENT_WINDOW) < EVENT_WINDOW else ""
    of_legs = []
    for symbol in symbols:
        returns = [*(row["after"][str(n)][symbol] for n in HORIZONS), row["since"][symbol]]
        deepest = (row["max_loss"][symbol], row["max_drawdown"][symbol])
        of_legs += [percent(value, 1) for value in returns]
        of_legs += [f"{percent(value, 1)}{open_mark}" for value in deepest]
    return (
        row["date"],
        timing_text(Timing(row["timing"])),
        row["label"],
        first_session_text(FirstSession(first)) if first else MISSING,
        *of_legs,
        *(points(value, 1) for value in row["excess"].values()),
    )


def _print_kinds(catalogue: Catalogue) -> None:
    """Print what the catalogue holds of each kind, and up to when it is complete."""
    for row in catalogue.completeness():
        extent = extent_text(row.until, is_selection=row.kind.is_selection)
        print(f"{row.kind.label}: {row.kind.covers}; {extent}.")


COMMAND: Final = Command(
    "events", "Print the events, and what both did around them.", _run, add_event_arguments
)
