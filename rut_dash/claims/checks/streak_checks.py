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
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import CheckResult, point_at, verdict_on
from rut_dash.claims.check_values import StepEnd, StepRange
from rut_dash.claims.formulas import Term, TermKind

__all__ = ["ORDER", "ROWS"]

_STEP: Final = CheckParam("step", "Counted in", "choice", choices=("month", "week", "day"))
_SIGN: Final = CheckParam("sign", "Direction", "choice", choices=("up", "down"))
# Steps before a streak that its chart shows.
_LEAD: Final = 4


def _step_of(inputs: CheckInput) -> formulas.Step:
    step: formulas.Step = inputs.get("step", "month")
    return step


def _step_closes(inputs: CheckInput) -> pd.Series:
    """Return the last close of each month, week or day; of an unfinished one, the latest."""
    close, step = inputs.close, _step_of(inputs)
    if step == "day":
        return close
    if step == "week":
        return weekly_ends(close)
    return monthly_ends(close)


def _runs(inputs: CheckInput) -> tuple[pd.Series, list[tuple[int, int]]]:
    """Return the closes of the steps, and the first and last position of each run."""
    closes = _step_closes(inputs)
    steps = np.diff(closes.to_numpy(dtype=float))
    in_direction = steps > 0 if inputs.get("sign", "up") == "up" else steps < 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], in_direction, [False]])))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return closes, [(int(first) + 1, int(last)) for first, last in runs]


def streak(inputs: CheckInput) -> CheckResult:
    """Return the number of steps in a row in one direction up to the last close."""
    closes, runs = _runs(inputs)
    current = runs[-1] if runs and runs[-1][1] == len(closes) - 1 else None
    length = current[1] - current[0] + 1 if current else 0
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


def first_since(inputs: CheckInput) -> CheckResult:
    """Return the last run of a length before the current one; confirmed where there is none."""
    closes, positions = _runs(inputs)
    step, length, since = _step_of(inputs), int(inputs.get("length")), inputs.day("since")
    assert since is not None
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
    closes, runs = _runs(inputs)
    long = [(first, last) for first, last in runs if last - first + 1 >= int(inputs.get("length"))]
    if len(long) > 1 and long[-1][1] == len(closes) - 1:
        end = StepEnd(sessions_of(closes)[long[-2][1]], _step_of(inputs))
        yield formulas.NearMiss(Term.of(TermKind.FIRST_SINCE_RUN, end=end), end)


ORDER: Final = 40
ROWS: Final = (
    CheckKind(
        "streak",
        "Length of a streak",
        "How many months, weeks or days in a row the price has gone one way.",
        (_STEP, _SIGN),
        streak,
        unit="months",
        vary=ALL_VARIATIONS,
    ),
    CheckKind(
        "first_since",
        "First streak since",
        "Whether the current streak is the first of its length since a day.",
        (
            _STEP,
            _SIGN,
            CheckParam("length", "Length", "count", required=True),
            CheckParam("since", "Since", "day", required=True),
        ),
        first_since,
        vary=ALL_VARIATIONS - {"as_of"},
        near_misses=_previous_run,
    ),
)  # fmt: skip
