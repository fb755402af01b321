"""Labels of events never meet, at any width of the plot."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rut_dash.charts.event_strip import (
    EventLabel,
    EventMark,
    EventStrip,
    MarkPosition,
    cluster_marks,
    layout_labels,
    locate_marks,
    unlisted_text,
)
from rut_dash.charts.medium import PAGE, SLIDE
from rut_dash.events.event import Direction, Lane
from rut_dash.events.kinds import KINDS

FED, TARIFF = KINDS["fed"].lane, KINDS["tariff"].lane
DAYS = pd.bdate_range("2024-01-01", periods=500)
WIDTHS = (PAGE.plot, 300.0, 700.0, 1210.0, 3000.0)
TEXTS = ("Fed cut 25 bp", "US-China truce", "April 2025 low", "x", "A label that is far too long")


def spread(sessions: pd.DatetimeIndex) -> NDArray[np.float64]:
    return np.asarray((sessions - DAYS[0]) / (DAYS[-1] - DAYS[0]))


@st.composite
def many_marks(draw: st.DrawFn) -> list[EventMark]:
    count = draw(st.integers(0, 60))
    around = draw(st.integers(0, len(DAYS) - 1))
    reach = draw(st.sampled_from([3, 40, 1000]))
    marks = []
    for number in range(count):
        at = draw(st.integers(max(0, around - reach), min(len(DAYS) - 1, around + reach)))
        text = draw(st.sampled_from(TEXTS))
        lane = draw(st.sampled_from([kind.lane for kind in KINDS.values()]))
        unique = f"{text} {number}" if draw(st.booleans()) else text
        is_anchor = number == 0 and draw(st.booleans())
        marks.append(
            EventMark(DAYS[at], unique, lane, counted_from=DAYS[at] if is_anchor else None)
        )
    return marks


def box(label: EventLabel, width: float) -> tuple[float, float]:
    """Return a label's ends, from its own fields and not from its methods."""
    at = label.position.fraction * width
    left = {"left": at, "center": at - label.width / 2, "right": at - label.width}[label.align]
    return left, left + label.width


@settings(max_examples=200, deadline=None)
@given(many_marks())
def test_no_label_overlaps_another_or_its_line_at_any_width(marks: list[EventMark]) -> None:
    labels = layout_labels(locate_marks(marks, DAYS, spread))
    for width in WIDTHS:
        for label in labels:
            left, right = box(label, width)
            assert left >= -1e-6
            assert right <= width + 1e-6
        for a_label, other in itertools.combinations(labels, 2):
            a, b = box(a_label, width), box(other, width)
            if a_label.row == other.row:
                assert a[1] < b[0] or b[1] < a[0]
            else:
                lower, upper = sorted((a_label, other), key=lambda label: label.row)
                left, right = box(lower, width)
                assert not left < upper.position.fraction * width < right


@settings(max_examples=100, deadline=None)
@given(many_marks())
def test_an_anchor_in_the_window_is_labelled(marks: list[EventMark]) -> None:
    labels = layout_labels(locate_marks(marks, DAYS, spread))
    assert {m for m in marks if m.is_anchor} <= {label.position.mark for label in labels}


@settings(max_examples=100, deadline=None)
@given(many_marks(), st.randoms())
def test_the_order_of_the_marks_does_not_change_the_labels(
    marks: list[EventMark], random: object
) -> None:
    shuffled = list(marks)
    random.shuffle(shuffled)
    expected = layout_labels(locate_marks(marks, DAYS, spread))
    assert layout_labels(locate_marks(shuffled, DAYS, spread)) == expected


@settings(max_examples=100, deadline=None)
@given(many_marks())
def test_every_event_is_in_one_glyph_and_glyphs_keep_a_distance(marks: list[EventMark]) -> None:
    located = locate_marks(marks, DAYS, spread)
    clusters = cluster_marks(located)
    assert sum(glyph.count for glyph in clusters) == len(located) == len(set(marks))
    starts: dict[str, list[float]] = {}
    for glyph in clusters:
        if not glyph.is_anchor:
            starts.setdefault(glyph.lane.name, []).append(spread(glyph.session))
    for places in starts.values():
        assert places == sorted(places)
        # A glyph stands at the middle one of its cluster, which is 1/75 of the width long.
        assert all(b > a for a, b in itertools.pairwise(places))
        assert len(places) <= 76


def test_marks_outside_the_window_are_dropped() -> None:
    window = DAYS[100:200]
    outside = [EventMark(DAYS[99], "before", FED), EventMark(DAYS[200], "after", FED)]
    visible = [EventMark(DAYS[100], "first", FED), EventMark(DAYS[199], "last", FED)]
    assert [p.mark.label for p in locate_marks(outside + visible, window, spread)] == [
        "first",
        "last",
    ]


def test_a_day_without_a_bar_belongs_to_the_close_before_it() -> None:
    window = pd.DatetimeIndex(["2025-04-17", "2025-04-21"])  # Good Friday and Easter between
    marks = locate_marks([EventMark(pd.Timestamp("2025-04-19"), "Easter", FED)], window, spread)
    assert marks[0].session == pd.Timestamp("2025-04-17")


def test_on_weekly_bars_a_day_belongs_to_its_week() -> None:
    weeks = pd.DatetimeIndex(["2025-05-02", "2025-05-09", "2025-05-16"])
    marks = locate_marks(
        [EventMark(pd.Timestamp("2025-05-12"), "truce", TARIFF)], weeks, spread, weekly=True
    )
    assert marks[0].session == pd.Timestamp("2025-05-16")
    at_end = locate_marks([EventMark(weeks[1], "on its day", FED)], weeks, spread, weekly=True)
    assert at_end[0].session == weeks[1]


def test_a_label_that_would_repeat_often_is_left_out() -> None:
    fed = [EventMark(DAYS[at], "Fed cut 25 bp", FED) for at in range(0, 500, 50)]
    truce = EventMark(DAYS[250], "US-China truce", TARIFF)
    labels = layout_labels(locate_marks([*fed, truce], DAYS, spread))
    assert [label.text for label in labels] == ["US-China truce"]


def test_a_long_label_is_cut_and_its_hover_text_is_whole() -> None:
    mark = EventMark(DAYS[250], "A label that goes on and on without an end", FED)
    located = locate_marks([mark], DAYS, spread)
    assert layout_labels(located)[0].text == "A label that goes on an…"
    assert mark.hover_text == f"{mark.label} · Mon 2024-12-16"


def test_events_of_a_day_are_one_glyph_that_counts_them() -> None:
    marks = [EventMark(DAYS[250], f"event {n}", FED) for n in range(9)]
    (glyph,) = cluster_marks(locate_marks(marks, DAYS, spread))
    assert glyph.count == 9


def test_the_hover_text_of_an_anchor_names_the_close_it_counts_from() -> None:
    mark = EventMark(DAYS[250], "Truce", TARIFF, counted_from=DAYS[250])
    assert mark.hover_text == "Truce · counted from the close of Mon 2024-12-16"


def test_a_users_label_cannot_carry_markup() -> None:
    assert "<a" not in EventMark(DAYS[250], '<a href="//x">y</a>', FED).hover_text


@pytest.mark.parametrize("plot", [60.0, 10.0])
def test_a_plot_too_narrow_for_a_label_has_none(plot: float) -> None:
    located = [
        MarkPosition(
            EventMark(DAYS[9], "US-China truce", TARIFF, counted_from=DAYS[9]), DAYS[9], 0.5
        )
    ]
    assert layout_labels(located, plot) == []


def test_a_headline_is_named_before_the_others() -> None:
    many = [EventMark(DAYS[at], f"Steel tariffs, part {at}", TARIFF) for at in range(100, 400, 20)]
    truce = EventMark(DAYS[250], "US-China truce", TARIFF, headline=True)
    labels = layout_labels(locate_marks([*many, truce], DAYS, spread))
    assert "US-China truce" in {label.text for label in labels}
    assert "US-China truce" not in {
        label.text
        for label in layout_labels(
            locate_marks([*many, EventMark(DAYS[250], "US-China truce", TARIFF)], DAYS, spread)
        )
    }


def test_a_note_says_up_to_when_events_are_listed() -> None:
    note = unlisted_text([("Tariff", date(2025, 10, 30)), ("Fed", date(2025, 12, 10))])
    read = note.replace("\N{NO-BREAK SPACE}", " ")
    assert read == "Events are listed: Tariff to 2025-10-30, Fed to 2025-12-10"
    assert unlisted_text([]) == ""


def test_a_strip_without_events_has_no_height() -> None:
    assert EventStrip([], "y2").height == 0


@pytest.mark.parametrize("lanes", [1, 2, 3, 4])
def test_the_strip_of_a_slide_takes_a_sixth_at_most(lanes: int) -> None:
    assert SLIDE.most_strip is not None
    assert SLIDE.height is not None
    marks = [
        EventMark(DAYS[at], f"Event {at}", Lane(f"Lane {at % lanes}", "#123456"), headline=True)
        for at in range(100, 400, 12)
    ]
    strip = EventStrip(locate_marks(marks, DAYS, spread), "y2", SLIDE)
    assert strip.height <= SLIDE.most_strip <= SLIDE.height / 6
    assert len(strip.annotations()) > 0


def test_a_high_and_a_low_differ_in_their_mark_and_a_cluster_of_both_has_that_of_the_lane() -> None:
    lane = KINDS["market"].lane
    high, low = (
        EventMark(DAYS[at], "turn", lane, direction=direction)
        for at, direction in ((100, Direction.HIGH), (300, Direction.LOW))
    )
    strip = EventStrip(locate_marks([high, low], DAYS, spread), "y2")
    (trace,) = strip.traces()
    assert trace["marker"]["symbol"] == ["triangle-down", "triangle-up"]
    texts = [annotation["text"] for annotation in strip.annotations()]
    assert [text.split(">")[1][0] for text in texts] == ["▼", "▲"]
    both = [high, replace(low, day=DAYS[101])]
    (glyph,) = cluster_marks(locate_marks(both, DAYS, spread))
    assert glyph.symbol == lane.symbol == "bowtie"
