"""Print the states that the market is in, and what the sessions in each of them brought."""

from __future__ import annotations

import argparse
from typing import Any, Final

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head, sample_record
from rut_dash.studies.regimes import Regime, Regimes, StateFigures, regimes
from rut_dash.studies.sample import VIX
from rut_dash.study_wording import regime_text, state_text
from rut_dash.wording import (
    MISSING,
    counted,
    day,
    number,
    percent,
    points,
    share,
)


def _run(arguments: argparse.Namespace) -> int:
    """Print each regime: the spell in force with its rank, and the figures of each state."""
    notes: list[str] = []
    pair, data = load_study(arguments, notes, optional=(VIX,))
    result = regimes(data)
    print_notes(notes)
    if arguments.json:
        print_json(_record(result, simulated=pair.simulated))
    else:
        print_study_head(arguments, pair)
        for regime in result.regimes:
            _print_regime(regime, result)
        print()
        print(
            "The state of a close counts for the next session. Annualised: from a year of sessions "
            "on; excess: less the benchmark, on common sessions; 1 grew to: compounded, without "
            "the sessions of other states."
        )
    return 0


def _record(result: Regimes, *, simulated: bool) -> dict[str, Any]:
    """Return the result for JSON."""
    return {
        **sample_record(result.sample, simulated=simulated),
        "tried": len(result.regimes),
        "base": _figures_record(result.base),
        "regimes": {
            regime.kind.value: {
                "now": {
                    "state": regime.current.state.value,
                    "length": regime.current.length,
                    "from": iso_text(regime.current.first),
                    "to": iso_text(regime.current.last),
                },
                "rank": regime.rank,
                "spells_of_state": regime.of_state,
                "states": {
                    state.value: _figures_record(figures)
                    for state, figures in regime.figures.items()
                },
                "spells": [
                    {
                        "state": spell.state.value,
                        "length": spell.length,
                        "from": iso_text(spell.first),
                        "to": iso_text(spell.last),
                    }
                    for spell in regime.spells
                ],
            }
            for regime in result.regimes
        },
    }


def _figures_record(figures: StateFigures) -> dict[str, float | int | None]:
    return {
        "n": figures.n,
        "spells": figures.spells,
        "growth": figures.growth,
        "annualised": finite_or_none(figures.annualised),
        "volatility": finite_or_none(figures.volatility),
        "excess": finite_or_none(figures.excess),
        "excess_n": figures.excess_n,
    }


def _print_regime(regime: Regime, result: Regimes) -> None:
    """Print the spell in force, and the figures of each state with those of all sessions."""
    current = regime.current
    print()
    print(
        f"{regime_text(regime.kind, result.sample)}: {state_text(regime.kind, current.state)} for "
        f"{counted(current.length, 'session')} since {day(current.first)}, rank {regime.rank:,} of "
        f"{counted(regime.of_state, 'spell')}."
    )
    sessions = max(result.base.n, 1)
    print_table(
        [
            ("", "Sessions", "Share", "Spells", "1 grew to", "Annualised", "Volatility", "Excess",
             "its n"),
            *(
                (state_text(regime.kind, state), *_cells(figures, sessions))
                for state, figures in regime.figures.items()
            ),
            ("all sessions", *_cells(result.base, sessions)),
        ]
    )  # fmt: skip


def _cells(figures: StateFigures, sessions: int) -> tuple[str, ...]:
    return (
        f"{figures.n:,}",
        share(figures.n / sessions) if figures.n else MISSING,
        f"{figures.spells:,}",
        number(figures.growth),
        percent(figures.annualised),
        percent(figures.volatility, sign=False),
        points(figures.excess),
        f"{figures.excess_n:,}",
    )


COMMAND: Final = Command("regimes", "Print the states of the market and their returns.", _run)
