"""From which close each event counts, and the table of what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.events.anchors import (
    anchor_session,
    first_session_after,
    returns_around,
    returns_since_events,
)
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import Event, Timing


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(through=date(2026, 12, 31))


def event(day: str, timing: Timing, kind: str = "fed") -> Event:
    return Event("an-event", date.fromisoformat(day), timing, kind, "An event", "a test", "Event")


# Two weeks around Easter 2025 without Good Friday, April 18.
SESSIONS = pd.DatetimeIndex(
    ["2025-04-14", "2025-04-15", "2025-04-16", "2025-04-17", "2025-04-21", "2025-04-22"]
)


@pytest.mark.parametrize(
    ("day", "timing", "kind", "anchor", "first"),
    [
        ("2025-04-16", Timing.BEFORE_OPEN, "fed", "2025-04-15", "own"),
        ("2025-04-16", Timing.IN_SESSION, "fed", "2025-04-15", "own"),
        ("2025-04-16", Timing.AFTER_CLOSE, "fed", "2025-04-16", "next"),
        ("2025-04-16", Timing.IN_SESSION, "market", "2025-04-16", "next"),
        ("2025-04-18", Timing.BEFORE_OPEN, "fed", "2025-04-17", "next"),  # a holiday
        ("2025-04-18", Timing.IN_SESSION, "fed", "2025-04-17", "next"),
        ("2025-04-18", Timing.AFTER_CLOSE, "fed", "2025-04-17", "next"),
        ("2025-04-19", Timing.IN_SESSION, "market", "2025-04-17", "next"),
        ("2025-04-21", Timing.BEFORE_OPEN, "fed", "2025-04-17", "own"),
        ("2025-04-22", Timing.AFTER_CLOSE, "fed", "2025-04-22", "next"),  # the last session
        ("2025-04-14", Timing.AFTER_CLOSE, "fed", "2025-04-14", "next"),
        ("2025-04-14", Timing.IN_SESSION, "market", "2025-04-14", "next"),
        ("2025-04-14", Timing.IN_SESSION, "fed", None, None),
        ("2025-04-13", Timing.AFTER_CLOSE, "fed", None, None),
        ("1999-01-01", Timing.AFTER_CLOSE, "market", None, None),
    ],
)
def test_since_starts_from_the_last_close_before_the_news(
    day: str, timing: Timing, kind: str, anchor: str | None, first: str | None
) -> None:
    found = anchor_session(event(day, timing, kind), SESSIONS)
    assert found == (None if anchor is None else pd.Timestamp(anchor))
    assert first_session_after(event(day, timing, kind), SESSIONS) == first


def test_a_study_names_the_first_session_of_each_event() -> None:
    closes = pd.DataFrame({"fund": range(1, 7), "benchmark": range(2, 8)}, SESSIONS)
    events = [replace(event("2025-04-16", timing), id=timing.value) for timing in Timing] + [
        event("1999-01-01", Timing.IN_SESSION)
    ]
    study = returns_around(events, closes)
    assert study["first_session"].tolist() == ["own", "own", "next", None]
    # Own session: 16 April against 15 April, 3 against 2; next session: the 17th, 4 against 3.
    assert study["fund_after_1"].tolist()[:3] == pytest.approx([0.5, 0.5, 1 / 3])
    assert returns_around([], closes).empty


def test_an_empty_history_has_no_anchor() -> None:
    assert anchor_session(event("2025-04-16", Timing.IN_SESSION), SESSIONS[:0]) is None


@pytest.mark.parametrize(
    ("event_id", "anchor"),
    [
        ("fed-2020-03-15", "2020-03-13"),  # a Sunday
        ("tariff-truce", "2025-05-09"),
        ("liberation-day", "2025-04-02"),
        ("tariff-pause", "2025-04-08"),
        ("low-2025-04-08", "2025-04-08"),
        ("fed-2008-01-22", "2008-01-18"),  # after a Monday without a session
        ("fed-2001-09-17", "2001-09-10"),  # the exchange had been closed since the 11th
        ("canada-mexico-tariffs-2025", "2025-01-31"),  # a Saturday
        ("reconstitution-2025-06", "2025-06-27"),
    ],
)
def test_anchors_on_real_sessions(
    catalogue: Catalogue, market_data: Path, event_id: str, anchor: str
) -> None:
    sessions = pd.DatetimeIndex(
        pd.read_csv(market_data / "IWM.csv", usecols=["date"], parse_dates=["date"])["date"]
    )
    found = catalogue.get(event_id)
    assert found is not None
    assert anchor_session(found, sessions) == pd.Timestamp(anchor)


def test_the_table_since_each_event() -> None:
    """Worked by hand: 110/100 - 1 from the 15th, 110/125 - 1 from the 17th's own close."""
    full = pd.Series([90.0, 100.0, 120.0, 125.0, 115.0, 110.0], index=SESSIONS)
    short = pd.Series([50.0, 60.0], index=SESSIONS[-2:])
    events = [
        event("2025-04-16", Timing.IN_SESSION),
        event("2025-04-17", Timing.IN_SESSION, "market"),
        event("2025-04-22", Timing.AFTER_CLOSE),
    ]
    table, annualised = returns_since_events(events, {"IWM": full, "SPY": short})
    assert list(table.index) == [row.id for row in events]
    assert annualised.shape == (3, 2)
    assert annualised.isna().all(axis=None)  # all are of some days
    assert table["IWM"].tolist() == pytest.approx([0.10, -0.12, 0.0])
    assert table["SPY"].isna().tolist() == [True, True, False]
    assert table["SPY"].iloc[2] == 0.0
