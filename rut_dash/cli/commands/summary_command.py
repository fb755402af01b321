"""Print where fund and benchmark stand."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.summary import (
    RelativeSummary,
    SymbolSummary,
    finite_or_none,
    relative_summary,
    symbol_summary,
)
from rut_dash.cli.command import Command
from rut_dash.cli.pair_loading import behind_of, load_events, load_pair
from rut_dash.cli.printing import print_head, print_json, print_notes, print_table
from rut_dash.events.anchors import ReturnsSince, returns_since_events
from rut_dash.events.event import Event
from rut_dash.market.history import Basis
from rut_dash.wording import (
    MISSING,
    counted,
    level_name,
    number,
    percent,
    points,
)

_LATEST_EVENTS: Final = 12

Figure = tuple[str, Callable[[Any], str], Callable[[SymbolSummary], Any], bool]

_two_digits: Final = partial(percent, digits=2)
_one_digit: Final = partial(number, digits=1)

# Name, how it is printed, where it is in a summary, and whether it is a level, which total return
# adjusts.
_FIGURES: Final[tuple[Figure, ...]] = (
    ("Close", number, lambda s: s["close"], False),
    ("Day", _two_digits, lambda s: s["day_return"], False),
    ("Year to date", _two_digits, lambda s: s["ytd_return"], False),
    ("One year", _two_digits, lambda s: s["return_1y"], False),
    ("Drawdown", _two_digits, lambda s: s["drawdown"], False),
    ("Highest close", number, lambda s: s["high"], True),
    ("  on", lambda v: v or MISSING, lambda s: s["high_date"], False),
    ("Volatility, one year", partial(_two_digits, sign=False), lambda s: s["volatility_1y"], False),
    ("Average of 50 days", number, lambda s: s["sma_50"], True),
    ("Average of 200 days", number, lambda s: s["sma_200"], True),
    ("RSI 14", _one_digit, lambda s: s["rsi_14"], False),
    ("MACD 12/26", number, lambda s: s["macd"], True),
    ("  signal 9", number, lambda s: s["macd_signal"], False),
    ("  histogram", number, lambda s: s["macd_hist"], False),
    ("Average of 50 weeks", number, lambda s: s["weekly"]["sma_50"], True),
    ("RSI 14, weekly", _one_digit, lambda s: s["weekly"]["rsi_14"], False),
    ("MACD 12/26, weekly", number, lambda s: s["weekly"]["macd"], True),
    ("  signal 9", number, lambda s: s["weekly"]["macd_signal"], False),
    ("  histogram", number, lambda s: s["weekly"]["macd_hist"], False),
)


def _run(arguments: argparse.Namespace) -> int:
    """Print the summary of both legs, of one against the other, and since the events."""
    notes: list[str] = []
    basis = Basis(arguments.basis)
    pair = load_pair(arguments, notes)
    summaries = {leg.symbol: symbol_summary(leg, basis) for leg in pair.legs}
    relative = relative_summary(pair, basis)
    events = load_events(arguments, pair.as_of.date(), notes)
    since = returns_since_events(events, {leg.symbol: leg.close(basis) for leg in pair.legs})
    print_notes(notes)
    if arguments.json:
        totals: Mapping[Any, Mapping[Any, float]] = since.cumulative.to_dict("index")
        print_json(
            {
                "as_of": pair.as_of.date().isoformat(),
                "basis": basis.value,
                "simulated": pair.simulated,
                "sessions_behind": behind_of(arguments, pair),
                "symbols": summaries,
                "relative": relative,
                "since": [
                    {
                        "date": event.date.isoformat(),
                        "label": event.label,
                        **{
                            symbol: finite_or_none(totals[event.id][symbol]) for symbol in summaries
                        },
                    }
                    for event in events
                ],
            }
        )
    else:
        print_head(pair, basis, behind_of(arguments, pair))
        _print_figures(summaries, basis)
        _print_relative(relative, basis)
        _print_since(list(events), since, list(summaries))
    return 0


def _print_figures(summaries: Mapping[str, SymbolSummary], basis: Basis) -> None:
    print()
    print_table(
        [
            ("", *summaries),
            *(
                (
                    level_name(name, basis) if is_level else name,
                    *(as_text(value(summary)) for summary in summaries.values()),
                )
                for name, as_text, value, is_level in _FIGURES
            ),
            *(
                (
                    level_name(figure.label, basis) if row.scales_with_price else figure.label,
                    *(number(summary["indicators"][figure.key]) for summary in summaries.values()),
                )
                for row in INDICATORS.values()
                for figure in row.summary
            ),
        ]
    )


def _print_relative(relative: RelativeSummary, basis: Basis) -> None:
    print()
    print_table(
        [
            (level_name("Ratio", basis), number(relative["ratio"], 4)),
            ("  its percentile to date", percent(relative["ratio_percentile"], 1, sign=False)),
            ("Excess, year to date", points(relative["excess_ytd"], 2)),
            ("Beta, one year", number(relative["beta_1y"])),
            ("Correlation, one year", number(relative["correlation_1y"])),
        ]
    )


def _print_since(events: Sequence[Event], since: ReturnsSince, symbols: list[str]) -> None:
    latest = events[-_LATEST_EVENTS:]
    totals: Mapping[Any, Mapping[Any, float]] = since.cumulative.to_dict("index")
    yearly: Mapping[Any, Mapping[Any, float]] = since.annualised.to_dict("index")
    print()
    print_table(
        [
            ("", "", *symbols, *symbols),
            ("Since", "", *["cumulative"] * len(symbols), *["annualised"] * len(symbols)),
            *(
                (
                    event.date.isoformat(),
                    event.label,
                    *(percent(totals[event.id][symbol], 2) for symbol in symbols),
                    *(percent(yearly[event.id][symbol], 2) for symbol in symbols),
                )
                for event in latest
            ),
        ],
        left=2,
    )
    if len(latest) < len(events):
        print(f"The latest of {counted(len(events), 'event')}; the command events lists them all.")


COMMAND: Final = Command("summary", "Print where fund and benchmark stand.", _run)
