"""Print how unusual today's moves, volatility, excess and drawdowns are."""

from __future__ import annotations

import argparse
from typing import Any, Final

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head, sample_record
from rut_dash.studies.unusual import FALL_DEPTH, Falls, MeasuredSeries, Placement, Unusual, unusual
from rut_dash.study_wording import series_name
from rut_dash.wording import (
    MISSING,
    counted,
    day,
    number,
    percent,
    points,
    share,
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fall",
        metavar="FRACTION",
        type=float,
        default=FALL_DEPTH,
        help=f"falls of this depth or more, default {FALL_DEPTH:g}",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print where today is among all sessions to date."""
    notes: list[str] = []
    pair, data = load_study(arguments, notes)
    result = unusual(data, depth=arguments.fall)
    print_notes(notes)
    if arguments.json:
        print_json(_record(result, simulated=pair.simulated))
    else:
        print_study_head(arguments, pair)
        _print_placements(result)
        for falls in result.falls:
            _print_falls(falls, result)
    return 0


def _record(result: Unusual, *, simulated: bool) -> dict[str, Any]:
    """Return the result for JSON."""
    return {
        **sample_record(result.sample, simulated=simulated),
        "tried": result.tested_count,
        "moves": [
            {
                "series": row.series.value,
                "sessions": row.sessions,
                **_placement_record(row.placement),
                "alike": [
                    {"session": iso_text(move.session), "value": move.value}
                    for move in row.similar_moves
                ],
            }
            for row in result.moves
        ],
        "volatility": [
            {
                "series": row.series.value,
                "sessions": row.sessions,
                **_placement_record(row.placement),
            }
            for row in result.volatilities
        ],
        "excess": [
            {"years": row.years, **_placement_record(row.placement)} for row in result.excesses
        ],
        "falls": [_falls_record(falls) for falls in result.falls],
    }


def _placement_record(placement: Placement) -> dict[str, Any]:
    return {
        "value": finite_or_none(placement.value),
        "n": placement.n,
        "n_without_overlap": placement.n_without_overlap,
        "percentile": finite_or_none(placement.percentile),
        "rank": placement.rank or None,
        "mean": finite_or_none(placement.mean),
        "median": finite_or_none(placement.median),
        "since": iso_text(placement.first_session),
    }


def _falls_record(falls: Falls) -> dict[str, Any]:
    return {
        "series": falls.series.value,
        "depth": falls.depth,
        "today": {**_placement_record(falls.placement), "value": falls.today},
        "n": len(falls.rows),
        "open": falls.open,
        "median_further": finite_or_none(falls.median_further_fall),
        "worst_further": finite_or_none(falls.worst_further_fall),
        "median_to_trough": finite_or_none(falls.median_to_trough),
        "median_to_recovery": finite_or_none(falls.median_to_recovery),
        "episodes": [
            {
                "peak": iso_text(row.peak),
                "reached": iso_text(row.depth_session),
                "trough": iso_text(row.trough),
                "recovery": iso_text(row.recovery),
                "depth": row.depth,
                "further": row.further_fall,
                "sessions_to_trough": row.sessions_to_trough,
                "sessions_to_recovery": row.sessions_to_recovery,
            }
            for row in falls.rows
        ],
    }


def _print_placements(result: Unusual) -> None:
    """Print the moves, the volatilities and the excess with their places in the history."""
    sample = result.sample
    rows: list[tuple[str, ...]] = [
        ("", "", "Today", "Percentile", "Rank", "n", "Without overlap", "Mean", "Median",
         "Most alike"),
    ]  # fmt: skip
    for move in result.moves:
        as_text = points if move.series is MeasuredSeries.LEAD else percent
        alike = ", ".join(
            f"{day(row.session)} {as_text(row.value)}" for row in move.similar_moves[:3]
        )
        place = _placement_cells(move.placement, is_lead=move.series is MeasuredSeries.LEAD)
        name = series_name(move.series, sample)
        rows.append((name, counted(move.sessions, "session"), *place, alike))
    for row in result.volatilities:
        cells = _placement_cells(row.placement, is_lead=False)
        name = f"{series_name(row.series, sample)}, volatility"
        rows.append((name, counted(row.sessions, "session"), *cells, ""))
    for excess in result.excesses:
        cells = _placement_cells(excess.placement, is_lead=True)
        rows.append(("Excess, annualised", counted(excess.years, "year"), *cells, ""))
    print()
    print_table(rows, left=2)
    print()
    print(
        f"Percentile: share of all sessions to date at or below today's, today included; "
        f"{result.tested_count} values are placed, of which about one in ten is beyond its 5th or "
        "95th percentile by chance."
    )


def _placement_cells(placement: Placement, *, is_lead: bool) -> tuple[str, ...]:
    as_text = points if is_lead else percent
    if placement.first_session is None:
        return (MISSING, MISSING, MISSING, f"{placement.n:,}", MISSING, MISSING, MISSING)
    return (
        as_text(placement.value),
        share(placement.percentile),
        f"{placement.rank:,}",
        f"{placement.n:,}",
        f"{placement.n_without_overlap:,}",
        as_text(placement.mean),
        as_text(placement.median),
    )


def _print_falls(falls: Falls, result: Unusual) -> None:
    """Print the falls of a series: how much further, and how long."""
    depth = percent(falls.depth, 1, sign=False)
    print()
    print(
        f"{series_name(falls.series, result.sample)}: drawdown {percent(falls.today)} today; "
        f"{counted(len(falls.rows), 'fall')} of {depth} or more, of which {falls.open} not over."
    )
    if not falls.rows:
        return
    print(
        f"After {depth}: median {percent(falls.median_further_fall)} further, at worst "
        f"{percent(falls.worst_further_fall)}; of those that are over, median "
        f"{number(falls.median_to_trough, 0)} sessions to the trough and "
        f"{number(falls.median_to_recovery, 0)} to the recovery."
    )
    print_table(
        [
            ("Peak", "Reached", "Trough", "Recovery", "Depth", "Further", "To trough",
             "To recovery"),
            *(
                (
                    day(row.peak),
                    day(row.depth_session),
                    day(row.trough),
                    day(row.recovery),
                    percent(row.depth),
                    percent(row.further_fall),
                    f"{row.sessions_to_trough:,}",
                    MISSING if row.sessions_to_recovery is None
                    else f"{row.sessions_to_recovery:,}",
                )
                for row in falls.rows
            ),
        ],
        left=4,
    )  # fmt: skip


COMMAND: Final = Command(
    "unusual", "Print how unusual today is among all sessions to date.", _run, _add_arguments
)
