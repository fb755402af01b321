"""A user's own file of events: what joins the catalogue, what is refused, and by which sentence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rut_dash.errors import RowDefect
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import Direction, Event, Timing
from rut_dash.events.kinds import KINDS

THROUGH = date(2026, 12, 31)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(through=THROUGH)


def own_file(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def own_events(catalogue: Catalogue) -> list[Event]:
    return [e for e in catalogue if e.source == "mine.toml"]


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
    (only,) = own_events(load_catalogue(own_file(tmp_path, text), THROUGH))
    assert only.short == "A label much longer t…"
    assert len(only.short) == 22


def test_ids_made_from_equal_labels_differ(tmp_path: Path) -> None:
    found = own_events(
        load_catalogue(own_file(tmp_path, GOOD * 2 + GOOD.replace("My event", "事件")))
    )
    assert [e.id for e in found] == [
        "2025-06-13-event", "2025-06-13-my-event", "2025-06-13-my-event-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('date = 2025-02-30\nlabel = "x"\nkind = "fed"', "not TOML: invalid date"),
        ('date = "soon"\nlabel = "x"\nkind = "fed"', "must be a day alone"),
        ('date = "2025-02-30"\nlabel = "x"\nkind = "fed"', "there is no day 2025-02-30"),
        ('date = 2025-02-03T10:00:00\nlabel = "x"\nkind = "fed"', "must be a day alone"),
        ('date = 20250203\nlabel = "x"\nkind = "fed"', "must be a day alone"),
        ('label = "x"\nkind = "fed"', "the event has no date"),
        ('date = 2025-02-03\nkind = "fed"', "the event has no label"),
        ('date = 2025-02-03\nlabel = "x"', "the event has no kind"),
        (
            'date = 2025-02-03\nlabel = "x"\n\nkind = "tarif"',
            f"the kind 'tarif' is unknown; allowed are {', '.join(KINDS)}",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "fed"\n"timing" = "noon"',
            "the timing 'noon' is unknown; allowed are before_open, in_session, after_close",
        ),
        ('date = 2025-02-03\nlable = "x"\nkind = "fed"', "the key 'lable' is unknown"),
        ('date = 2025-02-03\nlabel = "x"\nkind = ["fed"]', "the kind must be one line of text"),
        ('date = 2025-02-03\nlabel = 3\nkind = "fed"', "one line of text"),
        ('date = 2025-02-03\nlabel = "  "\nkind = "fed"', "one line of text"),
        ('date = 2025-02-03\nlabel = """a\nb"""\nkind = "fed"', "one line of text"),
        (f'date = 2025-02-03\nlabel = "{"x" * 81}"\nkind = "fed"', "81 characters; at most 80"),
        (
            f'date = 2025-02-03\nlabel = "x"\nkind = "fed"\nshort = "{"x" * 23}"',
            "23 characters; at most 22",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "fed"\nid = "liberation-day"',
            "the id 'liberation-day' is that of another event",
        ),
        (
            'date = 2025-02-03\nlabel = "FOMC lowers its target"\nkind = "fed"',
            "an event of kind 'fed' needs its direction, one of cut, raise",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "fed"\ndirection = "low"',
            "the direction 'low' is unknown; allowed are cut, raise",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "fed"\ndirection = 3',
            "the direction must be one line of text in quotes, not 3",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "market"\ndirection = "cut"',
            "the direction 'cut' is unknown; allowed are high, low",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "tariff"\ndirection = "cut"',
            "an event of kind 'tariff' has no direction",
        ),
        (
            'date = 2025-02-03\nlabel = "x"\nkind = "tariff"\nheadline = "yes"',
            "the headline must be true or false, not 'yes'",
        ),
        ('date = 2025-02-03\nlabel = "x"\nkind = "fed"\nid = "A b"', "lower-case letters"),
        ('date = 2025-02-03\nlabel = "x"\nkind = "fed"\nid = "2025-02-03"', "no date"),
        ('date = 2025-02-03\nlabel = "x\nkind = "fed"', "not TOML"),
        ("date = 2025-02-03\nlabel = [1,\n", "not TOML"),
        ('date = 2025-02-03\nlabel = "x"\nkind = "fed"\nlabel = "y"', "not TOML"),
    ],
)
def test_a_bad_row_is_refused_by_its_place_and_the_others_are_used(
    tmp_path: Path, catalogue: Catalogue, row: str, reason: str
) -> None:
    path = own_file(tmp_path, f"# mine\n\n{GOOD}[[event]]\n{row}\n{GOOD}")
    merged = load_catalogue(path, THROUGH)
    (problem,) = merged.problems
    assert (problem.place.table, problem.place.ordinal) == ("event", 2)
    assert reason in problem.problem
    assert str(problem).startswith(f"{path}, the second [[event]]")
    assert str(problem).endswith("Correct that row; the other rows are used.")
    assert [e.label for e in own_events(merged)] == ["My event", "My event"]
    assert len(merged) == len(catalogue) + 2


def test_headers_inside_texts_are_no_rows(tmp_path: Path) -> None:
    text = '''[[event]]
date = 2025-06-13
kind = "tariff"
label = "[[event]] # no header"   # [[event]]
source = """ \\
[[event]] \\
    kind = 'x' \\
"""
short = "\\"quoted\\" "
[["event"]]
date = 2025-06-14
kind = "x"
label = "y"
'''
    merged = load_catalogue(own_file(tmp_path, text), THROUGH)
    (problem,) = merged.problems
    assert problem.place.ordinal == 2
    assert [e.label for e in merged if e.date == date(2025, 6, 13)] == ["[[event]] # no header"]


def test_every_bad_row_is_reported(tmp_path: Path) -> None:
    bad = '[[event]]\ndate = 2025-02-30\nkind = "fed"\nlabel = "x"\n'
    merged = load_catalogue(own_file(tmp_path, bad * 3), THROUGH)
    assert [p.place.ordinal for p in merged.problems] == [1, 2, 3]


def test_rows_written_as_one_array_are_read_too(tmp_path: Path) -> None:
    text = 'event = [\n  {date = 2025-06-13, kind = "tariff", label = "a"},\n  {date = 3},\n]\n'
    merged = load_catalogue(own_file(tmp_path, text), THROUGH)
    assert [e.label for e in own_events(merged)] == ["a"]
    assert len(merged.problems) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[evnt]]\ndate = 2025-06-13\n", "'evnt' is unknown here"),
        ("\nnote = 3\n", "'note' is unknown here"),
        ("complete_until = 3\n", "complete_until is a table"),
        ("[complete_until]\nfeds = 2025-06-13\n", "the kind 'feds' is unknown"),
        ('[complete_until]\nfed = "never"\n', "must be a day alone"),
    ],
)
def test_a_bad_table_is_refused_and_the_events_are_used(
    tmp_path: Path, text: str, reason: str
) -> None:
    merged = load_catalogue(own_file(tmp_path, text + GOOD), THROUGH)
    (problem,) = merged.problems
    assert reason in problem.problem
    assert [e.label for e in own_events(merged)] == ["My event"]


def test_an_event_in_single_brackets_is_refused(tmp_path: Path) -> None:
    merged = load_catalogue(own_file(tmp_path, "[event]\ndate = 2025-06-13\n"), THROUGH)
    (problem,) = merged.problems
    assert "each event starts with [[event]]" in problem.problem


COMPLETE = "[complete_until]\nfed = 2026-06-30\nmarket = 2026-06-30\n"


@pytest.mark.parametrize(
    ("row", "not_extended"),
    [
        ('date = 2026-03-18\nkind = "fed"\nlabel = "Lower"', {"fed"}),
        ('date = 2026-03-18\nkind = "market"\nlabel = "A"\ndirection = "up"', {"market"}),
        ('date = 2026-03-18\nkind = "Fed"\nlabel = "Lower"', {"fed", "market"}),
        ('date = 2026-03-18\nlabel = "Lower"', {"fed", "market"}),
        ('date = 2026-02-30\nkind = "fed"\nlabel = "Lower"', {"fed", "market"}),
        ('date = 2026-03-18\nkind = "tariff"\nlabel = 3', set()),
    ],
)
def test_a_kind_with_a_refused_event_is_not_extended(
    tmp_path: Path, catalogue: Catalogue, row: str, not_extended: set[str]
) -> None:
    merged = load_catalogue(own_file(tmp_path, f"[[event]]\n{row}\n{COMPLETE}"), THROUGH)
    for kind in ("fed", "market"):
        expected = catalogue.complete_until[kind] if kind in not_extended else date(2026, 6, 30)
        assert merged.complete_until[kind] == expected
    named = {p.place.row_id for p in merged.problems if p.defect is RowDefect.NOT_COMPLETE}
    assert named == not_extended


def test_a_refused_event_does_not_shorten_the_completeness_of_its_kind(
    tmp_path: Path,
) -> None:
    text = '[[event]]\nkind = "fed"\nlabel = "Lower"\n[complete_until]\nfed = 2020-01-01\n'
    merged = load_catalogue(own_file(tmp_path, text), THROUGH)
    assert merged.complete_until["fed"] == date(2020, 1, 1)
    assert len(merged.problems) == 1


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
    assert [e.label for e in own_events(merged)] == ["My event"]
