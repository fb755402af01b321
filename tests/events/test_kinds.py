"""The rows of the registry of event kinds: complete, distinguishable, and as documented."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from rut_dash.events import kinds
from rut_dash.events.catalogue import load_catalogue
from rut_dash.events.event import EventKind, Lane
from rut_dash.events.kinds import KINDS
from tests.charts.test_style import PAGES, SIGHT, contrast, difference

ROWS = list(KINDS.values())
DOCS = Path(__file__).resolve().parents[2] / "docs" / "events.md"


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.key)
def test_a_row_is_complete(kind: EventKind) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.key)
    assert kind.label
    assert kind.event_label
    assert 0 < len(kind.short_label) <= 16
    assert kind.covers
    assert (kind.file is not None and kind.file.exists()) or kind.rule is not None
    assert kind.directions or not kind.direction_required
    assert len(kind.lane.character) == 1


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.key)
@pytest.mark.parametrize("page", PAGES)
def test_a_colour_is_visible_in_both_themes(kind: EventKind, page: str) -> None:
    assert contrast(kind.lane.colour, page) >= 3


@pytest.mark.parametrize(
    ("kind", "other"),
    list(itertools.combinations(ROWS, 2)),
    ids=lambda kind: kind.key,
)
def test_two_kinds_differ_in_name_glyph_and_colour(kind: EventKind, other: EventKind) -> None:
    assert kind.lane.name != other.lane.name
    assert kind.lane.symbol != other.lane.symbol
    assert kind.lane.character != other.lane.character
    assert difference(kind.lane.colour, other.lane.colour, "full") > 25
    # The glyphs differ as well: for other sights a hint of a difference is enough.
    for sight in SIGHT:
        assert difference(kind.lane.colour, other.lane.colour, sight) > 10, sight


@pytest.mark.parametrize("name", ["", "ten letters"])
def test_a_lane_whose_name_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the lane's name"):
        Lane(name, "#000000")


def test_every_event_is_of_a_kind_and_has_a_direction_that_it_allows() -> None:
    for event in load_catalogue():
        kind = KINDS[event.kind]
        assert event.direction is None or event.direction in kind.directions
        assert event.direction is not None or not kind.direction_required


def test_the_kinds_in_the_docs_are_those_of_the_registry() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*)\|$", DOCS.read_text(), re.MULTILINE)
    documented = {key: (label, text) for key, label, text in rows if key in KINDS}
    assert len(documented) >= 4
    for key, (label, directions) in documented.items():
        assert label == KINDS[key].label
        assert tuple(re.findall(r"`(\w+)`", directions)) == KINDS[key].directions
        assert ("needed" in directions) is KINDS[key].direction_required


FILE = """
from rut_dash.events.event import EventKind, Lane

KIND = EventKind("elections", "Elections", "Elections", "Election", "none", Lane("Vote", "#A67C00"))
"""


def test_a_file_is_a_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elections.py").write_text(FILE)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    assert "elections" in {row.key for row in kinds._discover_rows()}
