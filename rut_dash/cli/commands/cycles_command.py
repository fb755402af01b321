"""Print what fund and benchmark did after the first cut of each easing."""

from __future__ import annotations

import argparse
import math
from typing import Any, Final

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head
from rut_dash.studies.rate_cycles import (
    CYCLE_MONTHS,
    FirstCut,
    LegReturns,
    RateCycle,
    RateCycles,
    rate_cycles,
)
from rut_dash.study_wording import PENDING, first_cut_text, fraction_text
from rut_dash.wording import (
    counted,
    day,
    percent,
    points,
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--first-cut",
        choices=list(map(str, FirstCut)),
        default=FirstCut.AFTER_RISE.value,
        help="which cuts begin a cycle; default the first after the last rise",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print each cycle, and how often the fund was ahead."""
    notes: list[str] = []
    pair, data = load_study(arguments, notes, has_events=True)
    result = rate_cycles(data, FirstCut(arguments.first_cut))
    until = result.complete_until
    if until is None or until < result.sample.as_of.date():
        notes.append(f"The Fed's changes are complete up to {day(until)}: a later cut is not here.")
    if result.before_history:
        missing = ", ".join(map(day, result.before_history))
        notes.append(f"Before the first common session: the first cuts of {missing}.")
    print_notes(notes)
    if arguments.json:
        print_json([_record(cycle) for cycle in result.cycles])
    else:
        print_study_head(arguments, pair)
        _print_cycles(result)
    return 0


def _record(cycle: RateCycle) -> dict[str, Any]:
    """Return a cycle for JSON."""
    return {
        "first_cut": cycle.first_cut.isoformat(),
        "start": iso_text(cycle.start),
        "recession": cycle.recession,
        "months": {
            str(months): _returns_record(returns) for months, returns in cycle.months.items()
        },
        "to_date": _returns_record(cycle.to_date),
    }


def _returns_record(returns: LegReturns) -> dict[str, float | None]:
    return {
        "fund": finite_or_none(returns.fund),
        "benchmark": finite_or_none(returns.benchmark),
        "excess": finite_or_none(returns.excess),
    }


def _print_cycles(result: RateCycles) -> None:
    sample = result.sample
    print()
    print(f"{first_cut_text(result.definition)}: {counted(len(result.cycles), 'cycle')}.")
    periods = [f"{months} months" for months in CYCLE_MONTHS]
    empty = [""] * (len(periods))
    rows: list[tuple[str, ...]] = [
        ("First cut", "Recession", sample.fund, *empty, sample.benchmark, *empty, "Excess", *empty),
        ("", "", *[*periods, "to date"] * 3),
    ]
    for cycle in result.cycles:
        returns = [*cycle.months.values(), cycle.to_date]
        rows.append(
            (
                day(cycle.first_cut),
                "yes" if cycle.recession else "no" if cycle.is_over else "not yet",
                *(_cell(r, percent(r.fund)) for r in returns),
                *(_cell(r, percent(r.benchmark)) for r in returns),
                *(_cell(r, points(r.excess)) for r in returns),
            )
        )
    print()
    print_table(rows, left=2)
    print()
    print_table(
        [
            ("Excess", "n", "Without overlap", "Mean", "Median", "Ahead",
             "Base n", "Base mean", "Base ahead"),
            *(
                (
                    f"{months} months",
                    str(row.n),
                    str(row.n_without_overlap),
                    points(row.mean),
                    points(row.median),
                    fraction_text(row.ahead_count, row.n, is_few=row.is_few),
                    f"{row.base_n:,}",
                    points(row.base_mean),
                    fraction_text(row.base_ahead_count, row.base_n, is_few=False),
                )
                for months, row in result.figures.items()
            ),
        ]
    )  # fmt: skip
    print()
    print(
        "From the last close before the day of the cut to the last on or before that day so many "
        f"months later; to date: {max(CYCLE_MONTHS)} months at most. Recession: one that was known "
        f"by {day(sample.as_of)} lies within {max(CYCLE_MONTHS)} months. Base: a cut on every "
        f"session since {day(sample.first)}."
    )


def _cell(returns: LegReturns, text: str) -> str:
    """Return a cell: a period that is not over is pending."""
    return PENDING if math.isnan(returns.fund) else text


COMMAND: Final = Command(
    "cycles", "Print what both did after the first cut of each easing.", _run, _add_arguments
)
