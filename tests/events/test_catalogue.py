"""The catalogue of events: its dates, its anchors, and files that are wrong."""

from __future__ import annotations

import csv
import itertools
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.events.catalogue import (
    KINDS,
    Catalogue,
    Direction,
    Event,
    Timing,
    anchor_session,
    load_catalogue,
    reconstitutions,
    since_table,
)

THROUGH = date(2026, 12, 31)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(through=THROUGH)


def own_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def event(day: str, timing: Timing, kind: str = "fed") -> Event:
    return Event("an-event", date.fromisoformat(day), timing, kind, "An event", "a test", "Event")


def mine(catalogue: Catalogue) -> list[Event]:
    return [e for e in catalogue if e.source == "mine.toml"]


# --- What is shipped -----------------------------------------------------------------------


def test_the_shipped_file_has_no_problem(catalogue: Catalogue) -> None:
    assert catalogue.problems == ()
    assert set(catalogue.complete_until) == set(KINDS)
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
        assert e.date <= catalogue.complete_until[e.kind], e


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


# --- Reconstitutions -----------------------------------------------------------------------


def test_reconstitutions_fall_on_the_known_days() -> None:
    """From FTSE Russell's calendars: the last Friday of June, since 2007 the fourth."""
    days = {e.date for e in reconstitutions(THROUGH)}
    known = [
        "2000-06-30", "2006-06-30", "2007-06-22", "2010-06-25", "2017-06-23", "2018-06-22",
        "2024-06-28", "2025-06-27", "2026-06-26", "2026-11-13",
    ]  # fmt: skip
    assert {date.fromisoformat(day) for day in known} <= days
    assert len(days) == 27 + 1
    assert not {date(2007, 6, 29), date(2025, 11, 14), date(2018, 6, 29)} & days
    assert all(day.weekday() == 4 for day in days)


def test_reconstitutions_end_with_the_day_asked_for() -> None:
    assert reconstitutions(date(2026, 6, 25))[-1].date == date(2025, 6, 27)
    assert reconstitutions(date(2026, 6, 26))[-1].id == "reconstitution-2026-06"
    assert reconstitutions(date(1999, 12, 31)) == ()
    assert reconstitutions(date(2027, 12, 31))[-1].date == date(2027, 11, 12)
    assert {e.timing for e in reconstitutions(THROUGH)} == {Timing.AFTER_CLOSE}


# --- Anchors ---------------------------------------------------------------------------------

# Two weeks around Easter 2025 without Good Friday, April 18.
SESSIONS = pd.DatetimeIndex(
    ["2025-04-14", "2025-04-15", "2025-04-16", "2025-04-17", "2025-04-21", "2025-04-22"]
)


@pytest.mark.parametrize(
    ("day", "timing", "kind", "anchor"),
    [
        ("2025-04-16", Timing.BEFORE_OPEN, "fed", "2025-04-15"),
        ("2025-04-16", Timing.IN_SESSION, "fed", "2025-04-15"),
        ("2025-04-16", Timing.AFTER_CLOSE, "fed", "2025-04-16"),
        ("2025-04-16", Timing.IN_SESSION, "market", "2025-04-16"),
        ("2025-04-18", Timing.BEFORE_OPEN, "fed", "2025-04-17"),  # a holiday
        ("2025-04-18", Timing.IN_SESSION, "fed", "2025-04-17"),
        ("2025-04-18", Timing.AFTER_CLOSE, "fed", "2025-04-17"),
        ("2025-04-19", Timing.IN_SESSION, "market", "2025-04-17"),
        ("2025-04-21", Timing.BEFORE_OPEN, "fed", "2025-04-17"),
        ("2025-04-14", Timing.AFTER_CLOSE, "fed", "2025-04-14"),
        ("2025-04-14", Timing.IN_SESSION, "market", "2025-04-14"),
        ("2025-04-14", Timing.IN_SESSION, "fed", None),
        ("2025-04-13", Timing.AFTER_CLOSE, "fed", None),
        ("1999-01-01", Timing.AFTER_CLOSE, "market", None),
    ],
)
def test_since_starts_from_the_last_close_before_the_news(
    day: str, timing: Timing, kind: str, anchor: str | None
) -> None:
    found = anchor_session(event(day, timing, kind), SESSIONS)
    assert found == (None if anchor is None else pd.Timestamp(anchor))


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
    table = since_table(events, {"IWM": full, "SPY": short})
    assert list(table.columns) == ["date", "label", "IWM", "SPY"]
    assert table["IWM"].tolist() == pytest.approx([0.10, -0.12, 0.0])
    assert table["SPY"].isna().tolist() == [True, True, False]
    assert table["SPY"].iloc[2] == 0.0


# --- The catalogue ---------------------------------------------------------------------------


def test_the_catalogue_as_it_stood_on_a_day(catalogue: Catalogue) -> None:
    then = catalogue.up_to(date(2025, 4, 2))
    assert then.events[-1].id == "liberation-day"
    assert then.up_to(pd.Timestamp("2025-04-01")).events[-1].id == "car-tariffs-2025"
    assert then.complete_until == catalogue.complete_until
    assert {e.kind for e in catalogue.of_kinds({"fed", "index"})} == {"fed", "index"}
    assert catalogue.get("no-such-event") is None


def test_the_catalogue_reaches_to_the_end_of_this_year() -> None:
    today = date.today()  # noqa: DTZ011 - any zone's year will do for a test in it
    assert load_catalogue().complete_until["index"].year in {today.year, today.year + 1}


# --- A reader's own file ---------------------------------------------------------------------

GOOD = """
[[event]]
date = 2025-06-13
label = "My event"
kind = "market"
"""


def test_a_readers_own_events_join_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    path = own_file(
        tmp_path,
        GOOD
        + """
[[event]]
id = "mine-2"
date = "2025-06-14"      # in quotes, which is a day all the same
timing = "after_close"
kind = "fed"
direction = "cut"
label = "A label that is longer than a flag"
short = "Flag"
source = "me"
[complete_until]
fed = 2026-06-30
""",
    )
    merged = load_catalogue(path, THROUGH)
    assert merged.problems == ()
    assert len(merged) == len(catalogue) + 2
    first = merged.get("2025-06-13-my-event")
    assert first == Event(
        "2025-06-13-my-event", date(2025, 6, 13), Timing.IN_SESSION, "market",
        "My event", "mine.toml", "My event",
    )  # fmt: skip
    second = merged.get("mine-2")
    assert second is not None
    assert (second.date, second.short, second.source) == (date(2025, 6, 14), "Flag", "me")
    assert second.direction is Direction.CUT
    assert merged.complete_until == {**catalogue.complete_until, "fed": date(2026, 6, 30)}
    assert [e.date for e in merged] == sorted(e.date for e in merged)

    monkeypatch.setenv("RUT_DASH_EVENTS", str(path))
    assert load_catalogue(through=THROUGH) == merged


def test_a_long_label_is_shortened_for_the_flag(tmp_path: Path) -> None:
    text = GOOD.replace("My event", "A label much longer than any flag")
    (only,) = mine(load_catalogue(own_file(tmp_path, text), THROUGH))
    assert only.short == "A label much longer t…"
    assert len(only.short) == 22


def test_ids_are_made_apart(tmp_path: Path) -> None:
    found = mine(load_catalogue(own_file(tmp_path, GOOD * 2 + GOOD.replace("My event", "事件"))))
    assert [e.id for e in found] == [
        "2025-06-13-event", "2025-06-13-my-event", "2025-06-13-my-event-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "line", "reason"),
    [
        ('date = 2025-02-30\nlabel = "x"\nkind = "fed"', 4, "not TOML: invalid date"),
        ('date = "soon"\nlabel = "x"\nkind = "fed"', 4, "must be a day alone"),
        ('date = "2025-02-30"\nlabel = "x"\nkind = "fed"', 4, "there is no day 2025-02-30"),
        ('date = 2025-02-03T10:00:00\nlabel = "x"\nkind = "fed"', 4, "must be a day alone"),
        ('date = 20250203\nlabel = "x"\nkind = "fed"', 4, "must be a day alone"),
        ('label = "x"\nkind = "fed"', 3, "the event has no date"),
        ('date = 2025-02-03\nkind = "fed"', 3, "the event has no label"),
        ('date = 2025-02-03\nlabel = "x"', 3, "the event has no kind"),
        (
            'date = 2025-02-03\nlabel = "x"\n\nkind = "tarif"', 7,
            "the kind 'tarif' is unknown; allowed are tariff, fed, market, index",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "fed"\n"timing" = "noon"', 7,
            "the timing 'noon' is unknown; allowed are before_open, in_session, after_close",
        ),
        ('date = 2025-02-03\nlable = "x"\nkind = "fed"', 5, "the key 'lable' is unknown"),
        ('date = 2025-02-03\nlabel = "x"\nkind = ["fed"]', 6, "the kind ['fed'] is unknown"),
        ('date = 2025-02-03\nlabel = 3\nkind = "fed"', 5, "one line of text"),
        ('date = 2025-02-03\nlabel = "  "\nkind = "fed"', 5, "one line of text"),
        ('date = 2025-02-03\nlabel = """a\nb"""\nkind = "fed"', 5, "one line of text"),
        (f'date = 2025-02-03\nlabel = "{"x" * 81}"\nkind = "fed"', 5, "81 characters; at most 80"),
        (
            f'date = 2025-02-03\nlabel = "x"\nkind = "fed"\nshort = "{"x" * 23}"', 7,
            "23 characters; at most 22",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "fed"\nid = "liberation-day"', 7,
            "that of another event (Liberation Day",
        ),
        (
            'date = 2025-02-03\nlabel = "FOMC lowers its target"\nkind = "fed"', 6,
            "an event of kind 'fed' needs direction = \"cut\" or \"raise\"",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "fed"\ndirection = "low"', 7,
            "the direction 'low' is unknown; allowed are cut, raise",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "market"\ndirection = "cut"', 7,
            "the direction 'cut' is unknown; allowed are high, low",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "tariff"\ndirection = "cut"', 7,
            "an event of kind 'tariff' has no direction",
        ),
        ('date = 2025-02-03\nlabel = "x"\nkind = "fed"\nid = "A b"', 7, "lower-case letters"),
        ('date = 2025-02-03\nlabel = "x"\nkind = "fed"\nid = "2025-02-03"', 7, "no date"),
        ('date = 2025-02-03\nlabel = "x\nkind = "fed"', 5, "not TOML"),
        ("date = 2025-02-03\nlabel = [1,\n", 5, "not TOML"),
        ('date = 2025-02-03\nlabel = "x"\nkind = "fed"\nlabel = "y"', 7, "not TOML"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_with_its_line_and_the_rest_is_kept(
    tmp_path: Path, catalogue: Catalogue, row: str, line: int, reason: str
) -> None:
    path = own_file(tmp_path, f"# mine\n\n[[event]]\n{row}\n{GOOD}")
    merged = load_catalogue(path, THROUGH)
    (problem,) = merged.problems
    assert problem.line == line
    assert reason in problem.problem
    assert str(problem).startswith(f"{path}, line {line}: ")
    assert str(problem).endswith("Correct that row; the other rows are used.")
    assert [e.label for e in mine(merged)] == ["My event"]
    assert len(merged) == len(catalogue) + 1


def test_lines_are_not_deceived_by_headers_in_strings(tmp_path: Path) -> None:
    decoy = '''[[event]]
date = 2025-06-13
kind = "tariff"
label = "[[event]] # no header"   # [[event]]
source = """ \\
[[event]] \\
    kind = 'x' \\
"""
short = "\\"quoted\\" '''
    text = f'{decoy}"\n[["event"]]\ndate = 2025-06-14\nkind = "x"\nlabel = "y"\n'
    merged = load_catalogue(own_file(tmp_path, text), THROUGH)
    (problem,) = merged.problems
    assert problem.line == 12
    assert [e.label for e in merged if e.date == date(2025, 6, 13)] == ["[[event]] # no header"]


def test_every_bad_row_is_reported(tmp_path: Path) -> None:
    bad = '[[event]]\ndate = 2025-02-30\nkind = "fed"\nlabel = "x"\n'
    merged = load_catalogue(own_file(tmp_path, bad * 3), THROUGH)
    assert [p.line for p in merged.problems] == [2, 6, 10]


def test_rows_written_as_one_array_are_read_too(tmp_path: Path) -> None:
    text = 'event = [\n  {date = 2025-06-13, kind = "tariff", label = "a"},\n  {date = 3},\n]\n'
    merged = load_catalogue(own_file(tmp_path, text), THROUGH)
    assert [e.label for e in mine(merged)] == ["a"]
    assert len(merged.problems) == 1


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[[evnt]]\ndate = 2025-06-13\n", 1, "'evnt' is unknown here"),
        ("\nnote = 3\n", 2, "'note' is unknown here"),
        ("[event]\ndate = 2025-06-13\n", 1, "an event starts with [[event]]"),
        ("complete_until = 3\n", 1, "complete_until is a table"),
        ("[complete_until]\nfeds = 2025-06-13\n", 2, "the kind 'feds' is unknown"),
        ('[complete_until]\nfed = "never"\n', 2, "fed must be a day"),
    ],
)
def test_what_else_is_wrong_in_a_file(tmp_path: Path, text: str, line: int, reason: str) -> None:
    merged = load_catalogue(own_file(tmp_path, text + GOOD), THROUGH)
    (problem,) = merged.problems
    assert problem.line == line
    assert reason in problem.problem
    assert [e.label for e in mine(merged)] == ["My event"]


@pytest.mark.parametrize(
    "content",
    [
        b"date,label\n2025-06-13,My event\n2025-06-14,Another\n",
        b'[\n{"date": "2025-06-13"},\n[1, 2]\n]\n',
        b"<html>\n[[x]]\n<p>\n</html>\n",
        b"\x89PNG\r\n\x1a\n\xff\xfe",
    ],
)
def test_another_kind_of_file_is_one_problem(
    tmp_path: Path, content: bytes, catalogue: Catalogue
) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    merged = load_catalogue(path, THROUGH)
    (problem,) = merged.problems
    assert "only the shipped events are used" in str(problem)
    assert merged.events == catalogue.events


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path, catalogue: Catalogue) -> None:
    merged = load_catalogue(tmp_path / "none.toml", THROUGH)
    (problem,) = merged.problems
    assert "cannot be read" in str(problem)
    assert merged.events == catalogue.events


def test_windows_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    merged = load_catalogue(path, THROUGH)
    assert merged.problems == ()
    assert [e.label for e in mine(merged)] == ["My event"]


def test_headlines_are_few_and_named_first(catalogue: Catalogue) -> None:
    headlines = {event.id for event in catalogue if event.headline}
    assert {"low-2025-04-08", "tariff-truce", "liberation-day", "fed-2024-09-18"} <= headlines
    assert len(headlines) < 20


def test_a_headline_is_true_or_false(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[[event]]\ndate = 2025-06-02\nkind = "tariff"\nlabel = "Mine"\nheadline = "yes"\n'
    )
    (problem,) = load_catalogue(file).problems
    assert "line 5" in str(problem)
    assert "true or false" in str(problem)
