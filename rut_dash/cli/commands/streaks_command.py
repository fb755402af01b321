"""Print streaks: the one in force, its rank, and the longest."""

from __future__ import annotations

import argparse
from typing import Any, Final

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head, sample_record
from rut_dash.studies.sample import FEW_CASES
from rut_dash.studies.streaks import Streak, StreakOf, Streaks, StreakStep, streaks
from rut_dash.study_wording import fraction_text, next_step_text, sign_text
from rut_dash.wording import counted, day


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--of",
        choices=list(map(str, StreakOf)),
        default=StreakOf.FUND.value,
        help="of the fund (default), the benchmark, or the fund's lead over it",
    )
    parser.add_argument(
        "--step",
        choices=list(map(str, StreakStep)),
        default=StreakStep.SESSION.value,
        help="the periods that are counted; default session",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print the streak in force, its rank, the last longer one, and the longest."""
    notes: list[str] = []
    pair, data = load_study(arguments, notes)
    result = streaks(data, StreakOf(arguments.of), StreakStep(arguments.step))
    print_notes(notes)
    if arguments.json:
        print_json(_record(result, simulated=pair.simulated))
    else:
        print_study_head(arguments, pair)
        _print_streaks(result)
    return 0


def _record(result: Streaks, *, simulated: bool) -> dict[str, Any]:
    """Return the result for JSON."""
    return {
        **sample_record(result.sample, simulated=simulated),
        "of": result.of.value,
        "step": result.step.value,
        "since": iso_text(result.first_session),
        "now": _streak_record(result.current),
        "unfinished": result.is_unfinished,
        "rank": result.rank,
        "streaks": result.streaks_of_sign,
        "longest": [_streak_record(streak) for streak in result.longest],
        "last_longer": result.last_longer and _streak_record(result.last_longer),
        "last_as_long": result.last_as_long and _streak_record(result.last_as_long),
        "reached": result.as_long_count,
        "went_on": result.longer_count,
        "base": {"n": result.periods, "share": result.of_sign / result.periods},
        "level": finite_or_none(result.level),
    }


def _streak_record(streak: Streak) -> dict[str, Any]:
    return {
        "sign": streak.sign.value,
        "length": streak.length,
        "from": iso_text(streak.first),
        "to": iso_text(streak.last),
    }


def _print_streaks(result: Streaks) -> None:
    current, step = result.current, result.step.value
    way = sign_text(current.sign, result)
    print()
    print(
        f"{counted(current.length, step)} {way}, {day(current.first)} to {day(current.last)}"
        f"{', the last one not over' * result.is_unfinished}."
    )
    print(
        f"Rank {result.rank:,} of {counted(result.streaks_of_sign, 'streak')} "
        f"{way} since {day(result.first_session)}: there are no earlier prices."
    )
    for name, earlier in (
        ("Longer", result.last_longer),
        ("At least as long", result.last_as_long),
    ):
        when = f"{earlier.length} to {day(earlier.last)}" if earlier else "never in this history"
        print(f"{name}, last: {when}.")
    reached = result.as_long_count
    longer = fraction_text(result.longer_count, reached, is_few=reached < FEW_CASES)
    base = fraction_text(result.of_sign, result.periods, is_few=False)
    print(
        f"Earlier ones of this length that went on: {longer} (n {reached:,}); of all "
        f"{counted(result.periods, step)} {base} went this way."
    )
    print(next_step_text(result))
    print()
    print_table(
        [
            ("Longest", "Length", "From", "To"),
            *(
                (sign_text(row.sign, result), str(row.length), day(row.first), day(row.last))
                for row in result.longest
            ),
        ]
    )


COMMAND: Final = Command(
    "streaks", "Print streaks up and down, or ahead and behind.", _run, _add_arguments
)
