"""Print the returns of months by year, their figures by month, and of a window of the year."""

from __future__ import annotations

import argparse
import re
from calendar import month_abbr
from typing import Any, Final

import pandas as pd

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head, sample_record
from rut_dash.errors import InvalidInput
from rut_dash.studies.seasonality import (
    MONTHS_TRIED,
    DayOfYear,
    ExtremeMonth,
    Seasonality,
    SeasonFigures,
    SeasonWindow,
    season_window,
    seasonality,
)
from rut_dash.studies.streaks import Streak
from rut_dash.study_wording import extreme_month_text, fraction_text, sign_text
from rut_dash.wording import (
    counted,
    day,
    percent,
    points,
)

_WINDOW: Final = re.compile(r"(\d\d)-(\d\d):(\d\d)-(\d\d)")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--window",
        metavar="MM-DD:MM-DD",
        help="a window of the year too, such as 11-01:04-30; both days belong to it",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print the months, and a window of the year where one is named."""
    days = None if arguments.window is None else _read_window(arguments.window)
    notes: list[str] = []
    pair, data = load_study(arguments, notes)
    result = seasonality(data)
    window = None if days is None else season_window(data, *days)
    print_notes(notes)
    if arguments.json:
        print_json(_record(result, window, simulated=pair.simulated))
    else:
        print_study_head(arguments, pair)
        _print_months(result)
        if window is not None:
            _print_window(window)
    return 0


def _read_window(text: str) -> tuple[DayOfYear, DayOfYear]:
    """Return the days of a window.

    Raises
    ------
    InvalidInput
        If the text is no window.
    """
    match = _WINDOW.fullmatch(text)
    if match is not None:
        numbers = list(map(int, match.groups()))
        days = DayOfYear(*numbers[:2]), DayOfYear(*numbers[2:])
        if all(_is_day(moment) for moment in days):
            return days
    raise InvalidInput("window", text, "two days of the year such as 11-01:04-30")


def _is_day(moment: DayOfYear) -> bool:
    """Return True if a leap year has the day."""
    try:
        pd.Timestamp(2000, moment.month, moment.day)
    except ValueError:
        return False
    return True


def _record(result: Seasonality, window: SeasonWindow | None, *, simulated: bool) -> dict[str, Any]:
    """Return the result for JSON."""
    record: dict[str, Any] = {
        **sample_record(result.sample, simulated=simulated),
        "months": _month_values(result.months["fund"]),
        "excess": _month_values(result.months["excess"]),
        "running": result.running and f"{result.running:%Y-%m}",
        "by_month": {
            str(month): _figures_record(figures) for month, figures in result.by_month.items()
        },
        "base": _figures_record(result.base),
        "best": _extreme_record(result.best),
        "worst": _extreme_record(result.worst),
        "placebo": {"tried": result.tested_count, "draws": result.draws, "seed": result.seed},
        "streak": {
            **_streak_record(result.streak.current),
            "sign": result.streak.current.sign.value,
            "last_longer": result.streak.last_longer and _streak_record(result.streak.last_longer),
        },
    }
    if window is not None:
        record["window"] = {
            **_figures_record(window.figures),
            "base": _figures_record(window.base),
            "years": [
                {
                    "year": row.year,
                    "start": iso_text(row.start),
                    "end": iso_text(row.end),
                    "fund": finite_or_none(row.fund),
                    "benchmark": finite_or_none(row.benchmark),
                }
                for row in window.years
            ],
        }
    return record


def _month_values(values: pd.Series) -> dict[str, float | None]:
    index = pd.DatetimeIndex(values.index)
    return {
        f"{month:%Y-%m}": finite_or_none(value)
        for month, value in zip(index, values.tolist(), strict=True)
    }


def _figures_record(figures: SeasonFigures) -> dict[str, float | int | None]:
    return {
        "n": figures.n,
        "mean": finite_or_none(figures.mean),
        "median": finite_or_none(figures.median),
        "up": figures.up_count,
        "share_up": finite_or_none(figures.share_up),
        "mean_excess": finite_or_none(figures.mean_excess),
        "excess_n": figures.excess_n,
    }


def _extreme_record(extreme: ExtremeMonth | None) -> dict[str, float | int] | None:
    if extreme is None:
        return None
    return {
        "month": extreme.month,
        "mean": extreme.mean,
        "shuffled_share": extreme.shuffled_share,
    }


def _streak_record(streak: Streak) -> dict[str, Any]:
    return {
        "from": f"{streak.first:%Y-%m}",
        "to": f"{streak.last:%Y-%m}",
        "length": streak.length,
    }


def _print_months(result: Seasonality) -> None:
    """Print the months by year, the figures by month, and what chance alone gives."""
    names = [month_abbr[month] for month in range(1, MONTHS_TRIED + 1)]
    index = pd.DatetimeIndex(result.months.index)
    cells = {
        (month.year, month.month): percent(value) + "*" * (month == result.running)
        for month, value in zip(index, result.months["fund"].tolist(), strict=True)
    }
    print()
    print_table(
        [
            (result.sample.fund, *names),
            *(
                (str(year), *(cells.get((year, m), "") for m in range(1, MONTHS_TRIED + 1)))
                for year in range(index[0].year, index[-1].year + 1)
            ),
        ]
    )
    print()
    print_table(
        [
            _HEAD,
            *(
                (names[month - 1], *_figure_cells(figures))
                for month, figures in result.by_month.items()
            ),
            ("All", *_figure_cells(result.base)),
        ]
    )
    print()
    for extreme, is_best in ((result.best, True), (result.worst, False)):
        if extreme is not None:
            print(extreme_month_text(extreme, result, is_best=is_best))
    current = result.streak.current
    print(
        f"{counted(current.length, 'month')} {sign_text(current.sign, result.streak)}, "
        f"{current.first:%Y-%m} to {current.last:%Y-%m}."
    )
    if result.running is not None:
        print(f"*: {result.running:%Y-%m} is not over; it is in no figure by month.")


_HEAD: Final = ("", "n", "Mean", "Median", "Up", "Mean difference", "its n")


def _figure_cells(figures: SeasonFigures) -> tuple[str, ...]:
    return (
        f"{figures.n:,}",
        percent(figures.mean, 2),
        percent(figures.median, 2),
        fraction_text(figures.up_count, figures.n, is_few=figures.is_few),
        points(figures.mean_excess, 2),
        f"{figures.excess_n:,}",
    )


def _print_window(window: SeasonWindow) -> None:
    """Print a window of the year: its figures, those of all windows as long, and each year."""
    print()
    span = f"{window.first.month:02d}-{window.first.day:02d} to "
    span += f"{window.last.month:02d}-{window.last.day:02d}"
    print_table(
        [
            (span, *_HEAD[1:]),
            ("every year", *_figure_cells(window.figures)),
            ("from every session", *_figure_cells(window.base)),
        ]
    )
    print()
    print_table(
        [
            ("Year", "From the close of", "To", "Fund", "Benchmark", "Difference"),
            *(
                (
                    str(row.year),
                    day(row.start),
                    day(row.end),
                    percent(row.fund),
                    percent(row.benchmark),
                    points(row.fund - row.benchmark),
                )
                for row in window.years
            ),
        ]
    )


COMMAND: Final = Command(
    "seasonality", "Print returns of months, and how far chance goes.", _run, _add_arguments
)
