"""Checks on the Fed's moves: its cycle, and forecasts of cuts and rises."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd

from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import ChartLabel, ChartSubject
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckKind, ParamVariant
from rut_dash.claims.check_params import EXPECTED_DAYS, CheckParam, UsedWith
from rut_dash.claims.check_result import CheckResult, Verdict, verdict_on
from rut_dash.claims.check_values import DayRange
from rut_dash.claims.checks.fact_checks import chart_of_days
from rut_dash.claims.choices import FedAction, FedQuestion
from rut_dash.claims.formulas import Term, TermKind
from rut_dash.errors import NotComputable, Obstacle
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.event import Direction, Event

_WITHIN_DAYS: Final = 28
_PAUSE_DAYS: Final = 180
_ACTIONS: Final = {FedAction.CUT: Direction.CUT, FedAction.RISE: Direction.RAISE}


def _fed_moves(catalogue: Catalogue) -> list[Event]:
    """Return the changes of the Fed's target, oldest first."""
    return [event for event in catalogue.of_kinds(("fed",)) if event.direction is not None]


def fed_cycle(inputs: CheckInput) -> CheckResult:
    """Return the first cut of the cycle, the latest change, or the rises of a stretch."""
    fed_moves = _fed_moves(inputs.data.events)
    if not fed_moves:
        raise NotComputable(Obstacle.NO_FED_MOVE)
    question: FedQuestion = inputs.get("what", FedQuestion.FIRST_CUT)
    match question:
        case FedQuestion.RISES:
            return _rises(inputs, fed_moves)
        case FedQuestion.LATEST_CHANGE:
            return _latest_change(inputs, fed_moves)
        case _:
            return _first_cut(inputs, fed_moves, question)


def _is_expected(inputs: CheckInput, event: Event) -> bool:
    """Return True if an event is within the expected days."""
    day, first, last = pd.Timestamp(event.date), inputs.day("expect_from"), inputs.day("expect_to")
    return (first is None or day >= first) and (last is None or day <= last)


def _rises(inputs: CheckInput, fed_moves: list[Event]) -> CheckResult:
    """Return the first and the last rise within the expected days."""
    rises = [
        move
        for move in fed_moves
        if move.direction is Direction.RAISE and _is_expected(inputs, move)
    ]
    if not rises:
        return CheckResult(None, (Term.of(TermKind.NO_FED_RISE),), Verdict.FALSE)
    first, last = rises[0].date, rises[-1].date
    term = Term.of(
        TermKind.FED_RISES, count=len(rises), first=first, last=last, label=rises[-1].label
    )
    return CheckResult(
        DayRange(first, last),
        (term,),
        Verdict.CONFIRMED,
        chart_of_days(first, last, ChartLabel(ChartSubject.RISES)),
        formulas.Remark.FACT,
    )


def _answer(question: FedQuestion, move: Event, *, holds: bool) -> CheckResult:
    return CheckResult(
        move.date,
        (Term.of(TermKind.FED_MOVE, question=question, label=move.label, day=move.date),),
        verdict_on(holds),
        chart_of_days(move.date, move.date, ChartLabel(text=move.label)),
        formulas.Remark.FACT,
    )


def _latest_change(inputs: CheckInput, fed_moves: list[Event]) -> CheckResult:
    """Return the latest move; confirmed where it is a recent cut.

    Raises
    ------
    NotComputable
        If the catalogue is not complete up to the as-of.
    """
    until = inputs.data.catalogue.complete_until.get("fed")
    if until is None or pd.Timestamp(until) < inputs.data.as_of:
        raise NotComputable(
            Obstacle.FED_MOVES_END_EARLY, complete_until=until, day=inputs.data.as_of.date()
        )
    latest = fed_moves[-1]
    days_ago = (inputs.data.as_of - pd.Timestamp(latest.date)).days
    recent = days_ago <= int(inputs.get("within_days", _WITHIN_DAYS))
    holds = latest.direction is Direction.CUT and recent
    return _answer(FedQuestion.LATEST_CHANGE, latest, holds=holds)


def _first_cut(inputs: CheckInput, fed_moves: list[Event], question: FedQuestion) -> CheckResult:
    """Return the first cut after the last rise, or the last one that followed a pause."""
    rises = [at for at, move in enumerate(fed_moves) if move.direction is Direction.RAISE]
    first = rises[-1] + 1 if rises else 0
    if first >= len(fed_moves):
        term = Term.of(TermKind.NO_CUT_SINCE, label=fed_moves[-1].label)
        return CheckResult(None, (term,), Verdict.FALSE)
    cut = fed_moves[first]
    if question is FedQuestion.FIRST_CUT_AFTER_PAUSE:
        pause = pd.Timedelta(days=int(inputs.get("pause_days", _PAUSE_DAYS)))
        days = [pd.Timestamp(move.date) for move in fed_moves]
        resumed = [
            at for at in range(max(first, 1), len(fed_moves)) if days[at] - days[at - 1] >= pause
        ]
        cut = fed_moves[resumed[-1]] if resumed else cut
    return _answer(question, cut, holds=_is_expected(inputs, cut))


def forecast_fed(inputs: CheckInput) -> CheckResult:
    """Return the first cut, or rise, after the claim and by a day."""
    until = inputs.day("until")
    assert until is not None
    action: FedAction = inputs.get("action", FedAction.CUT)
    published = inputs.data.published
    fed_moves = [
        move
        for move in _fed_moves(inputs.data.catalogue)
        if move.direction is _ACTIONS[action] and published < pd.Timestamp(move.date) <= until
    ]
    if fed_moves:
        days = tuple(move.date for move in fed_moves)
        label = fed_moves[0].label
        return CheckResult(
            days[0],
            (Term.of(TermKind.FED_FORECAST, label=label, until=until, days=days),),
            Verdict.CONFIRMED,
            chart_of_days(days[0], days[-1], ChartLabel(text=label)),
            formulas.Remark.FACT,
        )
    complete_until = inputs.data.catalogue.complete_until.get("fed")
    over = complete_until is not None and pd.Timestamp(complete_until) >= until
    term = Term.of(
        TermKind.NO_FED_MOVE, action=action, after=published, complete_until=complete_until
    )
    return CheckResult(None, (term,), Verdict.FALSE if over else Verdict.NOT_YET_KNOWN)


_WITH_EXPECTED_DAYS: Final = tuple(
    question for question in FedQuestion if question is not FedQuestion.LATEST_CHANGE
)

ORDER: Final = 80
ROWS: Final = (
    CheckKind(
        "fed_cycle",
        "Where the Fed stood",
        "The first cut of the cycle, the latest change, or when the Fed raised.",
        (
            CheckParam("what", "Which", "choice", choices=tuple(FedQuestion)),
            *(replace(param, used_with=UsedWith("what", _WITH_EXPECTED_DAYS))
              for param in EXPECTED_DAYS),
            CheckParam("within_days", "A cut within days", "count",
                       used_with=UsedWith("what", (FedQuestion.LATEST_CHANGE,))),
            CheckParam("pause_days", "A pause of days", "count",
                       used_with=UsedWith("what", (FedQuestion.FIRST_CUT_AFTER_PAUSE,))),
        ),
        fed_cycle,
        needs_series=False,
        param_variants=(
            ParamVariant("what", (FedQuestion.FIRST_CUT, FedQuestion.FIRST_CUT_AFTER_PAUSE)),
        ),
    ),
    CheckKind(
        "forecast_fed",
        "Forecast of the Fed",
        "Whether the Fed cut, or raised, after the claim and by a day.",
        (
            CheckParam("action", "Action", "choice", choices=tuple(FedAction)),
            CheckParam("until", "By", "day", required=True, not_below="start"),
        ),
        forecast_fed,
        needs_series=False,
        forecast=True,
    ),
)  # fmt: skip
