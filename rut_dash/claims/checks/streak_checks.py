"""Checks on streaks: months, weeks or days in a row in one direction."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.resampling import monthly_ends, weekly_ends
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import ChartDay, ChartLabel, ChartSpan, ChartSpec
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import ALL_VARIATIONS, CheckKind
from rut_dash.claims.check_params import CheckParam, UsedWith
from rut_dash.claims.check_result import CheckResult, point_at, verdict_on
from rut_dash.claims.check_values import StepEnd, StepRange
from rut_dash.claims.choices import Course, Step
from rut_dash.claims.formulas import Term, TermKind

# Steps before a streak that its chart shows.
_LEAD: Final = 4


def _step_of(inputs: CheckInput) -> Step:
    step: Step = inputs.get("step", Step.MONTH)
    return step


def _step_closes(inputs: CheckInput) -> pd.Series:
    """Return the last close of each month, week or day; of an unfinished one, the latest."""
    close, step = inputs.close, _step_of(inputs)
    if step is Step.DAY:
        return close
    if step is Step.WEEK:
        return weekly_ends(close)
    return monthly_ends(close)


def _runs(inputs: CheckInput) -> tuple[pd.Series, list[tuple[int, int]]]:
    """Return the closes of the steps, and the first and last position of each run."""
    closes = _step_closes(inputs)
    steps = np.diff(closes.to_numpy(dtype=float))
    in_direction = steps > 0 if inputs.get("sign", Course.UP) is Course.UP else steps < 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], in_direction, [False]])))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return closes, [(int(first) + 1, int(last)) for first, last in runs]


def streak(inputs: CheckInput) -> CheckResult:
    """Return the number of steps in a row in one direction up to the last close.

    With the parameter ``since`` the last streak of that length, or of another, before this one.
    """
    closes, runs = _runs(inputs)
    length = _current_length(closes, runs)
    since = inputs.day("since")
    if since is not None:
        return _first_since(inputs, closes, runs, since)
    index, first = sessions_of(closes), len(closes) - 1 - length
    points = tuple(point_at(closes, position) for position in range(first, len(closes)))
    spec = ChartSpec(
        (inputs.symbol,),
        index[max(0, len(closes) - length - _LEAD)],
        index[-1],
        spans=(ChartSpan(index[first], index[-1], ChartLabel(count=length)),) if length else (),
        days=tuple(
            ChartDay(pd.Timestamp(after.day), ChartLabel(change=after.price / before.price - 1))
            for before, after in pairwise(points)
        ),
    )
    term = Term.of(TermKind.STREAK_CLOSES, symbol=inputs.symbol, points=points)
    return CheckResult(float(length), (term,), None, spec, formulas.Remark.UNFINISHED_STEP)


def _current_length(closes: pd.Series, runs: list[tuple[int, int]]) -> int:
    """Return the steps of the run that ends at the last close; 0 for none."""
    return runs[-1][1] - runs[-1][0] + 1 if runs and runs[-1][1] == len(closes) - 1 else 0


def _length_of(inputs: CheckInput, closes: pd.Series, runs: list[tuple[int, int]]) -> int:
    """Return the length of streak that is asked for: that of the current one by default."""
    return int(inputs.get("length") or max(1, _current_length(closes, runs)))


def _first_since(
    inputs: CheckInput, closes: pd.Series, positions: list[tuple[int, int]], since: pd.Timestamp
) -> CheckResult:
    """Return the last run of a length before the current one; confirmed where there is none."""
    step, length = _step_of(inputs), _length_of(inputs, closes, positions)
    index = sessions_of(closes)
    runs = tuple(
        formulas.StreakRun(index[first], index[last], last - first + 1)
        for first, last in positions
        if last - first + 1 >= length and index[last] >= since
    )
    current = [run for run in runs if run.end == index[-1]]
    earlier = [run for run in runs if run.end != index[-1]]
    value = StepRange(earlier[-1].start, earlier[-1].end, step) if earlier else None
    spec = ChartSpec(
        (inputs.symbol,),
        since,
        index[-1],
        spans=tuple(
            ChartSpan(
                pd.Timestamp(run.start),
                pd.Timestamp(run.end),
                ChartLabel(count=run.length, counted=step),
            )
            for run in runs
        ),
    )
    term = Term.of(
        TermKind.STREAK_RUNS, symbol=inputs.symbol, length=length, step=step, since=since, runs=runs
    )
    return CheckResult(
        value,
        (term,),
        verdict_on(bool(current) and not earlier),
        spec,
        None if current else formulas.Remark.NO_CURRENT_RUN,
    )


def _previous_run(inputs: CheckInput) -> Iterator[formulas.NearMiss]:
    """Yield the end of the last run of the length before the current one."""
    if inputs.get("since") is None:
        return
    closes, runs = _runs(inputs)
    length = _length_of(inputs, closes, runs)
    long = [(first, last) for first, last in runs if last - first + 1 >= length]
    if len(long) > 1 and long[-1][1] == len(closes) - 1:
        end = StepEnd(sessions_of(closes)[long[-2][1]], _step_of(inputs))
        yield formulas.NearMiss(Term.of(TermKind.FIRST_SINCE_RUN, end=end), end)


ORDER: Final = 40
ROWS: Final = (
    CheckKind(
        "streak",
        "Length of a streak",
        "How many months, weeks or days in a row the price has gone one way, or whether that is "
        "the first such streak since a day.",
        (
            CheckParam("step", "Counted in", "choice", choices=(Step.MONTH, Step.WEEK, Step.DAY)),
            CheckParam("sign", "Direction", "choice", choices=tuple(Course)),
            CheckParam("since", "First since", "day"),
            CheckParam("length", "First of a length of", "count",
                       used_with=UsedWith("since"),
                       help="with First since; the length of the current streak where empty"),
        ),
        streak,
        unit="months",
        vary=ALL_VARIATIONS,
        pinned_by=("since",),
        near_misses=_previous_run,
    ),
)  # fmt: skip
