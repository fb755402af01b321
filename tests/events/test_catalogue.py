"""The shipped events: dates, directions, completeness, and the catalogue as of a day."""

from __future__ import annotations

import csv
import itertools
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import Direction, Timing
from rut_dash.events.kinds import KINDS

THROUGH = date(2026, 12, 31)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(through=THROUGH)


# --- What is shipped -----------------------------------------------------------------------


def test_the_shipped_files_have_no_problem(catalogue: Catalogue) -> None:
    assert catalogue.problems == ()
    assert {"tariff", "fed", "market", "index"} <= set(catalogue.complete_until) <= set(KINDS)
    assert catalogue.complete_until["index"] == THROUGH


def test_the_shipped_events_are_sorted_unique_and_fit(catalogue: Catalogue) -> None:
    assert [e.date for e in catalogue] == sorted(e.date for e in catalogue)
    assert len({e.id for e in catalogue}) == len(catalogue)
    for e in catalogue:
        assert len(e.short) <= 22, e
        assert len(e.label) <= 80, e
        assert re.fullmatch(r"[a-z0-9-]+", e.id), e
        assert e.source, e
        assert e.kind in KINDS, e


def test_nothing_is_shipped_after_the_day_up_to_which_its_kind_is_complete(
    catalogue: Catalogue,
) -> None:
    for e in catalogue:
        assert e.date <= catalogue.complete_until.get(e.kind, date.max), e


@pytest.mark.parametrize(
    ("event_id", "day", "timing", "kind"),
    [
        ("low-2025-04-08", "2025-04-08", None, "market"),
        ("tariff-truce", "2025-05-12", Timing.BEFORE_OPEN, "tariff"),
        ("liberation-day", "2025-04-02", Timing.AFTER_CLOSE, "tariff"),
        ("tariff-pause", "2025-04-09", Timing.IN_SESSION, "tariff"),
        ("high-2021-11-08", "2021-11-08", None, "market"),
        ("high-2024-11-25", "2024-11-25", None, "market"),
        ("fed-2001-01-03", "2001-01-03", Timing.IN_SESSION, "fed"),
        ("fed-2001-09-17", "2001-09-17", Timing.BEFORE_OPEN, "fed"),
        ("fed-2008-01-22", "2008-01-22", Timing.BEFORE_OPEN, "fed"),
        ("fed-2008-10-08", "2008-10-08", Timing.BEFORE_OPEN, "fed"),
        ("fed-2020-03-03", "2020-03-03", Timing.IN_SESSION, "fed"),
        ("fed-2025-09-17", "2025-09-17", Timing.IN_SESSION, "fed"),
    ],
)
def test_the_events_that_links_name(
    catalogue: Catalogue, event_id: str, day: str, timing: Timing | None, kind: str
) -> None:
    found = catalogue.get(event_id)
    assert found is not None
    assert found.date == date.fromisoformat(day)
    assert found.kind == kind
    assert timing is None or found.timing is timing


def test_every_change_of_the_fed_funds_target_is_there(
    catalogue: Catalogue, market_data: Path
) -> None:
    with (market_data / "fed_funds_target.csv").open(newline="") as handle:
        rows = {date.fromisoformat(row["announce_date"]): row for row in csv.DictReader(handle)}
    shipped = {e.date: e for e in catalogue.of_kinds(["fed"])}
    assert set(shipped) == set(rows)
    for day, row in rows.items():
        lower, upper = float(row["target_lower"]), float(row["target_upper"])
        size = abs(int(row["change_bp_upper"]))
        verb, noun = ("raises", "hike") if row["action"] == "hike" else ("cuts", "cut")
        target = f"{upper:.2f}%" if lower == upper else f"{lower:.2f}–{upper:.2f}%"
        assert shipped[day].label == f"Fed {verb} {size} bp to {target}"
        assert shipped[day].short == f"Fed {noun} {size} bp"


def test_the_highs_and_lows_are_every_turn_of_a_fifth(
    catalogue: Catalogue, market_data: Path
) -> None:
    """Between neighbours the close moves by 20 % and never turns back by as much.

    That defines the set: one turn left out would show as a counter-move within a leg, one
    too many as a leg that is too short.
    """
    frame = pd.read_csv(market_data / "IWM.csv", parse_dates=["date"], index_col="date")
    close = frame["close"]
    turns = [(pd.Timestamp(e.date), e.label.split()[0]) for e in catalogue.of_kinds(["market"])]
    kinds = [kind for _, kind in turns]
    assert set(kinds) == {"High", "Low"}
    assert all(a != b for a, b in itertools.pairwise(kinds))
    assert turns[-1] == (pd.Timestamp("2025-04-08"), "Low")

    def fall(leg: pd.Series) -> float:
        return float((leg / leg.cummax() - 1).min())

    def rise(leg: pd.Series) -> float:
        return float((leg / leg.cummin() - 1).max())

    starts = turns
    ends = [*turns[1:], (close.index[-1], "end")]
    for (start, kind), (end, next_kind) in zip(starts, ends, strict=True):
        leg = close[start:end]
        assert leg.index[0] == start
        turned = leg[(leg / leg.iloc[0] - 1).abs() >= 0.2].index[0]
        way = leg[:turned]
        assert leg.iloc[0] == (way.max() if kind == "High" else way.min()), start
        assert (fall(leg) if kind == "Low" else -rise(leg)) > -0.2, start
        if next_kind != "end":
            assert abs(leg.iloc[-1] / leg.iloc[0] - 1) >= 0.2, start
            assert leg.iloc[-1] == (leg.min() if kind == "High" else leg.max()), end
    before = close[: turns[0][0]]
    assert fall(before) > -0.2
    # The day up to which the file calls itself complete is the last that bars can tell.
    last = catalogue.complete_until["market"]
    assert pd.Timestamp(last) < close[turns[-1][0] : "2026-05-29"].idxmax()


def test_every_fed_event_is_a_cut_or_a_raise_and_every_turn_a_high_or_a_low(
    catalogue: Catalogue,
) -> None:
    for e in catalogue:
        if e.kind == "fed":
            assert e.direction is (Direction.CUT if "cuts" in e.label else Direction.RAISE), e
        elif e.kind == "market":
            assert e.direction is (Direction.LOW if "Low" in e.label else Direction.HIGH), e
        else:
            assert e.direction is None, e


# --- The catalogue ---------------------------------------------------------------------------


def test_the_catalogue_of_a_past_day_has_no_later_events(catalogue: Catalogue) -> None:
    then = catalogue.up_to(date(2025, 4, 2))
    assert then.events[-1].id == "liberation-day"
    assert then.up_to(pd.Timestamp("2025-04-01")).events[-1].id == "car-tariffs-2025"
    assert then.complete_until["fed"] == date(2025, 4, 2)
    assert {e.kind for e in catalogue.of_kinds({"fed", "index"})} == {"fed", "index"}
    assert catalogue.get("no-such-event") is None


def test_the_catalogue_reaches_to_the_end_of_this_year() -> None:
    today = date.today()  # noqa: DTZ011 - any zone's year will do for a test in it
    assert load_catalogue().complete_until["index"].year in {today.year, today.year + 1}


def test_headlines_are_few_and_named_first(catalogue: Catalogue) -> None:
    headlines = {event.id for event in catalogue if event.headline}
    assert {"low-2025-04-08", "tariff-truce", "liberation-day", "fed-2024-09-18"} <= headlines
    assert len(headlines) < 20
