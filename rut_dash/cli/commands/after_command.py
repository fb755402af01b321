"""Print what followed a condition, beside what followed ordinary days."""

from __future__ import annotations

import argparse
import math
from typing import Any, Final

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head, sample_record
from rut_dash.errors import InvalidInput
from rut_dash.studies.condition import parse_condition
from rut_dash.studies.what_followed import (
    COOLDOWN,
    FORWARD_HORIZONS,
    Case,
    ForwardStatistic,
    HorizonResult,
    WhatFollowed,
    what_followed,
)
from rut_dash.study_wording import PENDING, condition_forms, condition_text, fraction_text
from rut_dash.wording import (
    MISSING,
    counted,
    day,
    percent,
    share,
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "condition", nargs="?", help="such as death_cross or drawdown:0.1@ratio; none lists them"
    )
    parser.add_argument(
        "--cooldown",
        metavar="SESSIONS",
        type=int,
        default=COOLDOWN,
        help=f"sessions after a case before the next, default {COOLDOWN}",
    )
    parser.add_argument(
        "--horizon",
        metavar="SESSIONS",
        type=int,
        action="append",
        help=f"may be repeated; default {', '.join(map(str, FORWARD_HORIZONS))}",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print what followed the condition; the list of conditions where none is named."""
    if arguments.condition is None:
        if arguments.json:
            raise InvalidInput("condition", "", "a condition; without --json they are listed")
        print_table([("Condition", "Meaning"), *condition_forms()], left=2)
        print("\n@benchmark or @ratio after a condition says that it is about that series.")
        return 0
    condition = parse_condition(arguments.condition)
    notes: list[str] = []
    pair, data = load_study(
        arguments, notes, has_events=condition.kind.key == "event", others=condition.kind.others
    )
    result = what_followed(
        data, condition, arguments.horizon or FORWARD_HORIZONS, arguments.cooldown
    )
    print_notes(notes)
    if arguments.json:
        print_json(_record(result, simulated=pair.simulated))
    else:
        print_study_head(arguments, pair)
        _print_result(result)
    return 0


def _record(result: WhatFollowed, *, simulated: bool) -> dict[str, Any]:
    """Return the result for JSON."""
    return {
        "condition": result.condition.text,
        **sample_record(result.sample, simulated=simulated),
        "since": iso_text(result.first_session),
        "cooldown": result.cooldown,
        "placebo": {"draws": result.draws, "seed": result.seed},
        "n": result.n,
        "n_without_overlap": result.n_without_overlap,
        "cases": [
            {
                "session": iso_text(case.session),
                "forward": {
                    str(span): {leg: finite_or_none(value) for leg, value in returns.items()}
                    for span, returns in case.forward.items()
                },
            }
            for case in result.cases
        ],
        "horizons": {
            str(span): {
                **{leg: _statistic_record(value) for leg, value in row.cases.items()},
                "base": {leg: _statistic_record(value) for leg, value in row.base.items()},
                "placebo_rank": {
                    leg: finite_or_none(value) for leg, value in row.placebo_rank.items()
                },
            }
            for span, row in result.horizons.items()
        },
    }


def _statistic_record(statistic: ForwardStatistic) -> dict[str, float | int | None]:
    return {
        "n": statistic.n,
        "n_without_overlap": statistic.n_without_overlap,
        "mean": finite_or_none(statistic.mean),
        "median": finite_or_none(statistic.median),
        "up": statistic.up_count,
        "share_up": finite_or_none(statistic.share_up),
        "worst": finite_or_none(statistic.worst),
        "best": finite_or_none(statistic.best),
        "worst_fall": finite_or_none(statistic.worst_fall),
    }


def _print_result(result: WhatFollowed) -> None:
    """Print the statistics of each leg by horizon, the cases, and what the columns mean."""
    sample = result.sample
    longest = max(result.horizons)
    print()
    print(
        f"{condition_text(result.condition, sample)}: {counted(result.n, 'case')} since "
        f"{day(result.first_session)}, {result.n_without_overlap:,} without overlap over {longest} "
        f"sessions, at least {counted(result.cooldown, 'session')} apart."
    )
    titles = {"fund": sample.fund, "benchmark": sample.benchmark, "difference": "Difference"}
    rows: list[tuple[str, ...]] = [
        ("", "Sessions", "n", "Without overlap", "Mean", "Median", "Up", "Worst", "Best",
         "Worst fall", "Base n", "Base mean", "Base median", "Base up", "Placebo rank"),
    ]  # fmt: skip
    for leg, title in list(titles.items())[: 1 if sample.fund == sample.benchmark else None]:
        for span, row in result.horizons.items():
            rows.append((title, f"+{span}", *_cells(row, leg)))
            title = ""
    print()
    print_table(rows)
    if result.cases:
        print()
        _print_cases(result)
    print()
    print(
        "Up: share above 0; worst fall: lowest close on the way against the first; base: all "
        f"sessions since {day(result.first_session)}; placebo rank: share of {result.draws:,} "
        f"moved sets of the same dates with a lower mean (seed {result.seed})."
    )


def _cells(row: HorizonResult, leg: str) -> tuple[str, ...]:
    """Return the cells of one leg over one horizon."""
    cases, base = dict(row.cases.items())[leg], dict(row.base.items())[leg]
    rank = dict(row.placebo_rank.items())[leg]
    return (
        f"{cases.n:,}",
        f"{cases.n_without_overlap:,}",
        percent(cases.mean),
        percent(cases.median),
        fraction_text(cases.up_count, cases.n, is_few=cases.is_few),
        percent(cases.worst),
        percent(cases.best),
        percent(cases.worst_fall),
        f"{base.n:,}",
        percent(base.mean),
        percent(base.median),
        fraction_text(base.up_count, base.n, is_few=base.is_few),
        MISSING if math.isnan(rank) else share(rank),
    )


def _print_cases(result: WhatFollowed) -> None:
    """Print each case with its returns, fund and difference."""
    spans = list(result.horizons)
    sample = result.sample
    print_table(
        [
            ("Case", *(f"{sample.fund} +{span}" for span in spans),
             *(f"Difference +{span}" for span in spans)),
            *(_case_cells(case) for case in result.cases),
        ]
    )  # fmt: skip


def _case_cells(case: Case) -> tuple[str, ...]:
    """Return the cells of a case: a horizon that is not over is pending."""
    returns = case.forward.values()
    return (
        day(case.session),
        *(PENDING if math.isnan(each.fund) else percent(each.fund) for each in returns),
        *(PENDING if math.isnan(each.fund) else percent(each.difference) for each in returns),
    )


COMMAND: Final = Command(
    "after", "Print what followed a condition, and what ordinary days did.", _run, _add_arguments
)
