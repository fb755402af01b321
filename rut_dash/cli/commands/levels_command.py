"""Print the touches of price zones, beside those of random ones."""

from __future__ import annotations

import argparse
import math
from typing import Any, Final

import pandas as pd

from rut_dash.analysis.levels import Channel, TouchEnding
from rut_dash.cli.command import Command
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head, sample_record
from rut_dash.errors import InvalidInput
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.studies.level_touches import (
    LEVEL_SESSIONS,
    SEPARATION,
    LevelStudy,
    Zone,
    ZoneStudy,
    level_study,
)
from rut_dash.studies.sample import FEW_CASES
from rut_dash.study_wording import fraction_text
from rut_dash.wording import (
    counted,
    day,
    level_name,
    number,
    percent,
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "zones",
        nargs="*",
        metavar="LEVEL",
        help="a level such as 245, or a zone such as 240:245; those that are found where none is",
    )
    parser.add_argument(
        "--sessions",
        type=int,
        default=LEVEL_SESSIONS,
        help=f"how many of the last sessions are looked at, default {LEVEL_SESSIONS:,}",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print each zone with its touches."""
    zones = [_read_zone(text) for text in arguments.zones]
    notes: list[str] = []
    pair, data = load_study(arguments, notes)
    study = level_study(_bars(pair.fund, Basis(arguments.basis)), zones, arguments.sessions)
    print_notes(notes)
    if arguments.json:
        record = sample_record(data.sample, simulated=pair.simulated)
        print_json({**record, **_record(study)})
    else:
        print_study_head(arguments, pair)
        name = level_name(f"Levels of {data.sample.fund}", data.sample.basis)
        _print_study(study, name)
    return 0


def _read_zone(text: str) -> Zone:
    """Return the zone of an argument.

    Raises
    ------
    InvalidInput
        If the text is no level and no zone.
    """
    low, _, high = text.partition(":")
    try:
        edges = float(low), float(high or low)
    except ValueError:
        edges = (math.nan, math.nan)
    if not 0 < edges[0] <= edges[1] < math.inf:
        raise InvalidInput("level", text, "a price such as 245, or a zone such as 240:245")
    return Zone(*edges)


def _bars(history: PriceHistory, basis: Basis) -> pd.DataFrame:
    """Return high, low and close on a basis; the close for all of them where there is no more."""
    if history.has_ohlc:
        return history.ohlcv(basis)
    close = history.close(basis)
    return pd.DataFrame({"high": close, "low": close, "close": close})


def _record(study: LevelStudy) -> dict[str, Any]:
    """Return the study for JSON."""
    return {
        "heuristic": True,
        "window": {"from": iso_text(study.first), "to": iso_text(study.as_of)},
        "range": {"low": study.range_low, "high": study.range_high},
        "separation": SEPARATION,
        "tried": study.tested_count,
        "placebo": {"draws": study.draws, "seed": study.seed},
        "zones": [
            {
                "low": row.zone.low,
                "high": row.zone.high,
                "turns": row.zone.turns,
                **{ending.value: row.count(ending) for ending in TouchEnding},
                "touches": [
                    {
                        "side": touch.side.value,
                        "start": iso_text(touch.start),
                        "end": iso_text(touch.end),
                        "outcome": touch.ending.value,
                    }
                    for touch in row.touches
                ],
                "random": {
                    "mean_touches": row.random.mean,
                    "share_with_as_many": row.random.share_with_as_many,
                    "turned": row.random.turned,
                    "finished": row.random.finished,
                },
            }
            for row in study.zones
        ],
        "channel": study.channel and _channel_record(study.channel),
    }


def _channel_record(channel: Channel) -> dict[str, Any]:
    return {
        "from": iso_text(channel.middle.index[0]),
        "weeks": len(channel.middle),
        "lower": float(channel.lower.iloc[-1]),
        "middle": float(channel.middle.iloc[-1]),
        "upper": float(channel.upper.iloc[-1]),
        "growth_a_week": channel.slope,
    }


def _print_study(study: LevelStudy, name: str) -> None:
    """Print the zones, their touches, and the channel."""
    print()
    print(f"{name}, {day(study.first)} to {day(study.as_of)}: a heuristic, not a definition.")
    if study.tested_count is not None:
        print(
            f"{counted(len(study.zones), 'zone')} found where the price turned most often, of "
            f"{study.tested_count} such zones."
        )
    if study.zones:
        print()
        print_table(
            [
                ("Zone", "Touches", "Turned", "Broke", "Open", "Turned of ended",
                 "Random: mean touches", "as many or more", "turned of ended"),
                *map(_zone_cells, study.zones),
            ]
        )  # fmt: skip
    for row in study.zones:
        if row.touches:
            print()
            print_table(
                [
                    (_zone_text(row.zone), "From", "To", "Outcome"),
                    *(
                        (f"from {t.side.value}", day(t.start), day(t.end), t.ending.value)
                        for t in row.touches
                    ),
                ],
                left=4,
            )
    print()
    print(
        f"A touch: the price was {percent(SEPARATION, 0, sign=False)} away at a close, and reaches "
        f"the zone; it ends at the next close as far away, or beyond. Random: {study.draws} zones "
        f"as wide between {number(study.range_low)} and {number(study.range_high)}, seed "
        f"{study.seed}."
    )
    if study.channel is not None:
        channel = study.channel
        print(
            f"Regression channel of {len(channel.middle)} weeks: {number(channel.lower.iloc[-1])}, "
            f"{number(channel.middle.iloc[-1])}, {number(channel.upper.iloc[-1])}; "
            f"{percent(channel.slope, 2)} a week."
        )


def _zone_cells(row: ZoneStudy) -> tuple[str, ...]:
    turned, broke = row.count(TouchEnding.TURNED), row.count(TouchEnding.BROKE)
    ended = turned + broke
    random = row.random
    return (
        _zone_text(row.zone),
        str(len(row.touches)),
        str(turned),
        str(broke),
        str(row.count(TouchEnding.OPEN)),
        fraction_text(turned, ended, is_few=ended < FEW_CASES),
        number(random.mean, 1),
        percent(random.share_with_as_many, 0, sign=False),
        fraction_text(random.turned, random.finished, is_few=random.finished < FEW_CASES),
    )


def _zone_text(zone: Zone) -> str:
    if zone.low == zone.high:
        return number(zone.low)
    return f"{number(zone.low)} to {number(zone.high)}"


COMMAND: Final = Command(
    "levels", "Print touches of price zones, beside random ones.", _run, _add_arguments
)
