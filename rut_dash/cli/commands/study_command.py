"""Print an event study: the paths around events, and what ordinary days did."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.event_selection import add_event_arguments, events_of
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.cli.study_loading import load_study, print_study_head, sample_record
from rut_dash.errors import InvalidInput
from rut_dash.events.catalogue import Catalogue
from rut_dash.iso_dates import parse_iso_date
from rut_dash.studies.event_study import (
    SESSIONS_AFTER,
    SESSIONS_BEFORE,
    EventPaths,
    EventStudy,
    PathSeries,
    StudyEvent,
    event_of_day,
    event_study,
    study_events,
)
from rut_dash.studies.sample import StudyData
from rut_dash.study_wording import exclusion_text, no_band_text
from rut_dash.wording import counted, day, percent

# The offsets that the printed table has; the JSON has all of them.
_PRINTED_OFFSETS: Final = (-20, -10, -5, -1, 0, 1, 2, 5, 10, 20, 40, 60)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_event_arguments(parser)
    parser.add_argument(
        "--event",
        action="append",
        metavar="EVENT",
        help="the id of an event, or a date, which is news in that session; may be repeated",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print the study of the events that the arguments name.

    Raises
    ------
    InvalidInput
        If they name none, or an event that there is not.
    """
    if not arguments.event and not arguments.kind:
        raise InvalidInput("kind", "", "a kind with --kind, or an event with --event")
    notes: list[str] = []
    pair, data = load_study(arguments, notes, has_events=True)
    assert data.catalogue is not None
    events: list[StudyEvent] = []
    if arguments.kind:
        kinds = events_of(data.catalogue, arguments.kind, arguments.direction or ())
        events += study_events(list(kinds), data)
    elif arguments.direction:
        raise InvalidInput("direction", arguments.direction[0], "a kind with --kind")
    for text in arguments.event or ():
        event = _event_of(text, data, data.catalogue)
        if event not in events:
            events.append(event)
    study = event_study(data, events)
    print_notes(notes)
    if arguments.json:
        print_json(_record(study, simulated=pair.simulated))
    else:
        print_study_head(arguments, pair)
        _print_study(study)
    return 0


def _event_of(text: str, data: StudyData, catalogue: Catalogue) -> StudyEvent:
    """Return the event of an id or a date.

    Raises
    ------
    InvalidInput
        If there is no such event up to the as-of.
    """
    last = data.sample.as_of.date()
    try:
        named = parse_iso_date(text)
    except ValueError:
        event = catalogue.get(text)
        if event is None:
            expected = f"a date, or the id of an event known by {day(last)}"
            raise InvalidInput("event", text, expected) from None
        return study_events([event], data)[0]
    _require_not_later(named, last, text)
    return event_of_day(named, data)


def _require_not_later(named: date, last: date, text: str) -> None:
    if named > last:
        raise InvalidInput("event", text, f"a date up to {day(last)}")


def _record(study: EventStudy, *, simulated: bool) -> dict[str, Any]:
    """Return the study for JSON."""
    return {
        **sample_record(study.sample, simulated=simulated),
        "events": [_event_record(event) for event in study.events],
        "left_out": [
            {
                "id": row.event.id,
                "date": row.event.date.isoformat(),
                "reason": exclusion_text(row),
            }
            for row in study.excluded
        ],
        "n": study.n,
        "n_without_overlap": len(study.without_overlap),
        "without_overlap": [event.id for event in study.without_overlap],
        "offsets": list(study.offsets),
        **{
            name.value: {
                "mean": _list(paths.mean),
                "median": _list(paths.median),
                "mean_without_overlap": _list(paths.mean_without_overlap),
                # Few events are listed one by one; of many there are the figures.
                **({"paths": [_list(row) for row in paths.paths]} if study.is_few else {}),
            }
            for name, paths in study.series.items()
        },
        "base": {
            "n": study.base_sessions,
            **{name.value: {"mean": _list(paths.base)} for name, paths in study.series.items()},
        },
        "placebo": {
            "draws": study.draws,
            "seed": study.seed,
            "free_moves": study.free_moves,
            **{
                name.value: {"low": _list(paths.low), "high": _list(paths.high)}
                for name, paths in study.series.items()
            },
        },
    }


def _event_record(event: StudyEvent) -> dict[str, str | None]:
    return {"id": event.id, "date": event.date.isoformat(), "session": iso_text(event.anchor)}


def _list(values: np.ndarray) -> list[float | None]:
    return [finite_or_none(value) for value in values.tolist()]


def _print_study(study: EventStudy) -> None:
    """Print the paths at some offsets, every event where they are few, and those left out."""
    sample = study.sample
    titles = {
        PathSeries.FUND: sample.fund,
        PathSeries.BENCHMARK: sample.benchmark,
        PathSeries.RATIO: "Ratio",
        PathSeries.ABNORMAL: "Abnormal",
    }
    columns = [study.offsets.index(offset) for offset in _PRINTED_OFFSETS]
    print()
    print(
        f"{counted(study.n, 'event')}, {len(study.without_overlap)} without overlap of their "
        f"windows from −{SESSIONS_BEFORE} to +{SESSIONS_AFTER} sessions."
    )
    if study.n:
        rows: list[tuple[str, ...]] = [("", "", *(_offset_text(o) for o in _PRINTED_OFFSETS))]
        for name, title in titles.items():
            for figure, values in _printed_figures(study, study.series[name]):
                rows.append((title, figure, *(percent(values[c]) for c in columns)))
                title = ""
        print()
        print_table(rows, left=2)
    if study.events:
        print()
        print(f"Events: {', '.join(event.id for event in study.events)}")
    if study.excluded:
        print()
        print_table(
            [
                ("Left out", "Date", "Reason"),
                *(
                    (row.event.id, day(row.event.date), exclusion_text(row))
                    for row in study.excluded
                ),
            ],
            left=3,
        )
    print()
    print(
        "Each path counts from the last close before the news. Abnormal: fund less beta times "
        "benchmark, summed, percentage points; base: the mean of "
        f"{counted(study.base_sessions, 'session')} that could be an anchor. {_band_text(study)}"
    )


def _printed_figures(study: EventStudy, paths: EventPaths) -> Sequence[tuple[str, np.ndarray]]:
    """Return the rows of one series: its figures, and each event where they are few."""
    rows = [
        ("mean", paths.mean),
        ("median", paths.median),
        ("mean without overlap", paths.mean_without_overlap),
        ("base", paths.base),
    ]
    if study.is_few:
        events = zip(study.events, paths.paths, strict=True)
        return [*rows, *((event.id, values) for event, values in events)]
    if study.no_band_reason is not None:
        return rows
    return [*rows, ("placebo 5%", paths.low), ("placebo 95%", paths.high)]


def _band_text(study: EventStudy) -> str:
    """Return what the placebo band is, or why there is none."""
    if study.no_band_reason is not None:
        return no_band_text(study)
    return (
        f"Placebo: {study.draws:,} of {counted(study.free_moves, 'possible move')} of the same "
        f"sessions, seed {study.seed}."
    )


def _offset_text(offset: int) -> str:
    return f"{offset:+d}".replace("-", "−") if offset else "0"


COMMAND: Final = Command(
    "study", "Print what both did around events, beside ordinary days.", _run, _add_arguments
)
