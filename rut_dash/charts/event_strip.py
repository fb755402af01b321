"""Where dated events stand on a chart, so that no label meets another at any width.

The width of a chart is not known when it is built: the same figure is drawn on a phone and on
a wall. Three parts make it legible at all of them:

- a strip above the plot with one lane for each kind of event and one glyph for each event, or
  for a cluster of events too close to be told apart; what it is stands in the hover box;
- a label for the anchor and for a few more, in rows above the strip;
- a thin line down through the plot for each labelled event, and for all where they are few.

Labels are laid out for the narrowest plot, `NARROWEST`. A label's width is fixed and its
event's place is a share of the plot's width, so of two labels the one whose event is further
right only moves away as the plot grows: what is clear at the narrowest is clear at every width.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rut_dash.charts.style import day_text, text_width

__all__ = [
    "LABEL_SIZE",
    "NARROWEST",
    "EventMark",
    "Glyph",
    "Label",
    "PlacedMark",
    "glyphs",
    "labels",
    "placed",
]  # fmt: skip

# What a page of 390 px leaves between the margins of a chart in a bordered container.
NARROWEST: Final = 252.0
LABEL_SIZE: Final = 11
_LABEL_CHARACTERS: Final = 24
_GAP: Final = 6.0
_ROWS: Final = 3
_MOST: Final = 5
_REPEATED: Final = 3
# How many events are considered for a label.
_CANDIDATES: Final = 40
# Events closer than this share of the width become one glyph.
_CLUSTER: Final = 1 / 75
_LISTED: Final = 6

Align = Literal["left", "center", "right"]
_ALIGNS: Final[tuple[Align, ...]] = ("center", "left", "right")
_BEFORE: Final[dict[Align, float]] = {"left": 0.0, "center": 0.5, "right": 1.0}


@dataclass(frozen=True, slots=True)
class EventMark:
    """A dated event to be marked on charts.

    Parameters
    ----------
    session
        The session it is drawn at; one that has no bar moves to the bar that holds it.
    label
        Short, for readers.
    kind
        A key of :data:`rut_dash.events.catalogue.KINDS`; empty for a plain date.
    anchor
        True for what the view is anchored to, at the session from whose close it counts:
        always labelled.
    headline
        True for what is named before the others where there is not room for all.
    """

    session: pd.Timestamp
    label: str
    kind: str
    anchor: bool = False
    headline: bool = False


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark inside the window: the bar it stands at and that bar's share of the width."""

    mark: EventMark
    session: pd.Timestamp
    fraction: float


@dataclass(frozen=True, slots=True)
class Label:
    """A mark's label: its row, 0 next to the strip, and which side of it is at the mark.

    ``align`` is ``"left"`` where the text starts at the mark, ``"right"`` where it ends there.
    """

    placed: PlacedMark
    text: str
    width: float
    row: int
    align: Align

    def span(self, plot: float) -> tuple[float, float]:
        """Return where the text starts and ends, in pixels from the left of a plot."""
        start = self.placed.fraction * plot - _BEFORE[self.align] * self.width
        return start, start + self.width


@dataclass(frozen=True, slots=True)
class Glyph:
    """One symbol in a lane of the strip: an event, or a cluster of them."""

    session: pd.Timestamp
    kind: str
    text: str
    count: int
    anchor: bool


def placed(
    marks: Sequence[EventMark],
    index: pd.DatetimeIndex,
    fractions: Callable[[pd.DatetimeIndex], NDArray[np.float64]],
    *,
    weekly: bool = False,
) -> list[PlacedMark]:
    """Return the marks inside a window, oldest first; the others are dropped.

    A daily bar holds the days without a bar that follow it (the close before them counts), a
    weekly bar, labelled by its last session, the days before it.
    """
    inside = [mark for mark in dict.fromkeys(marks) if index[0] <= mark.session <= index[-1]]
    side: Literal["left", "right"] = "left" if weekly else "right"
    at = index.searchsorted(pd.DatetimeIndex([mark.session for mark in inside]), side=side)
    bars = index[at if weekly else at - 1]
    spots = map(PlacedMark, inside, bars, fractions(bars).tolist())
    return sorted(spots, key=lambda p: (p.session, p.mark.kind, p.mark.label))


def labels(
    marks: Sequence[PlacedMark],
    plot: float = NARROWEST,
    rows: int = _ROWS,
    most: int = _MOST,
) -> list[Label]:
    """Return labels that stay clear of each other, and of each other's lines, from a width on.

    The anchor comes first, then headlines, then labels that stand for one event in the window
    before those that stand for several, kinds with few events before kinds with many, later
    before earlier. A label that finds no place is left out, and so is one, no headline, that
    would stand for more than `_REPEATED` events: it says nothing that the lane does not.

    Parameters
    ----------
    marks
        As `placed` returns them.
    plot
        The narrowest plot, in pixels.
    rows, most
        Largest numbers of rows and of labels.

    Returns
    -------
    list of Label
        From left to right.
    """
    kinds = Counter(p.mark.kind for p in marks)
    texts = Counter(p.mark.label for p in marks)
    order = sorted(
        (p for p in marks if p.mark.anchor or p.mark.headline or texts[p.mark.label] <= _REPEATED),
        key=lambda p: (
            not p.mark.anchor,
            not p.mark.headline,
            texts[p.mark.label],
            kinds[p.mark.kind],
            -p.session.value,
            p.mark.label,
        ),
    )
    return list(_laid_out(tuple(order[:_CANDIDATES]), plot, rows, most))


@lru_cache(maxsize=64)
def _laid_out(
    candidates: tuple[PlacedMark, ...], plot: float, rows: int, most: int
) -> tuple[Label, ...]:
    """Return the labels of the first candidates that find a place, from left to right.

    Kept, since the charts of a page have the same events on the same window.
    """
    options = [
        option
        for candidate in candidates
        for option in _options(candidate, rows)
        if _fits(option, plot)
    ]
    # Sets of options as the bits of a number: every one that is clear of another is looked up.
    clear = _clear(options, plot)
    own: dict[PlacedMark, int] = {}
    low: list[int] = [0] * rows  # in the lowest so many rows
    for bit, option in enumerate(options):
        own[option.placed] = own.get(option.placed, 0) | 1 << bit
        for row in range(option.row, rows):
            low[row] |= 1 << bit
    chosen: list[PlacedMark] = []
    arranged: list[int] = []
    for candidate in candidates:
        if len(chosen) == most:
            break
        wanted = [own.get(one, 0) for one in (*chosen, candidate)]
        found = next(filter(None, (_arranged(wanted, clear, allowed) for allowed in low)), None)
        if found:
            chosen.append(candidate)
            arranged = found
    return tuple(sorted((options[bit] for bit in arranged), key=_place))


def _place(label: Label) -> tuple[float, int]:
    return label.placed.fraction, label.row


def _arranged(wanted: Sequence[int], clear: Sequence[int], allowed: int) -> list[int] | None:
    """Return one of each set of options, all clear of each other; None if there are none.

    The first of a set is preferred; ``allowed`` are those clear of what is chosen already.
    """
    if not wanted:
        return []
    if not all(options & allowed for options in wanted):
        return None
    left = wanted[0] & allowed
    while left:
        bit = (left & -left).bit_length() - 1
        left &= left - 1
        found = _arranged(wanted[1:], clear, allowed & clear[bit])
        if found is not None:
            return [bit, *found]
    return None


def _options(placed_mark: PlacedMark, rows: int) -> list[Label]:
    """Return the places that a mark's label could have, the best first."""
    text = placed_mark.mark.label
    if len(text) > _LABEL_CHARACTERS:
        text = text[: _LABEL_CHARACTERS - 1].rstrip() + "…"
    # The glyph that leads the text takes about one character.
    width = text_width(f"■ {text}", LABEL_SIZE)
    return [Label(placed_mark, text, width, row, align) for row in range(rows) for align in _ALIGNS]


def _fits(label: Label, plot: float) -> bool:
    start, end = label.span(plot)
    return start >= 0 and end <= plot


def _clear(options: Sequence[Label], plot: float) -> list[int]:
    """Return for each label, as bits, those that are clear of it and of its line from a width on.

    The line of an upper label passes through the rows below it; two labels of one place never
    are clear of each other.
    """
    spans = np.array([option.span(plot) for option in options]).reshape(-1, 2)
    start, end = spans[:, 0], spans[:, 1]
    line = np.array([option.placed.fraction for option in options]) * plot
    row = np.array([option.row for option in options])
    # [i, j]: i is left of j, at the height that matters for the two.
    before = line[:, None] < line[None, :]
    ends_before_text = end[:, None] + _GAP <= start[None, :]
    ends_before_line = end[:, None] + _GAP / 2 <= line[None, :]
    line_before_text = line[:, None] + _GAP / 2 <= start[None, :]
    below = row[:, None] < row[None, :]
    same = row[:, None] == row[None, :]
    apart = np.where(below, ends_before_line, line_before_text)
    left_of = before & np.where(same, ends_before_text, apart)
    packed = np.packbits(left_of | left_of.T, axis=1, bitorder="little")
    return [int.from_bytes(bits.tobytes(), "little") for bits in packed]


def glyphs(marks: Sequence[PlacedMark]) -> list[Glyph]:
    """Return the glyphs of a strip: events of a kind that stand too close become one."""
    clusters: list[list[PlacedMark]] = []
    for mark in sorted(marks, key=lambda p: (p.mark.kind, p.mark.anchor, p.fraction)):
        last = clusters[-1] if clusters else None
        if (
            last is not None
            and not mark.mark.anchor
            and last[0].mark.kind == mark.mark.kind
            and mark.fraction - last[0].fraction < _CLUSTER
        ):
            last.append(mark)
        else:
            clusters.append([mark])
    return [
        Glyph(
            cluster[len(cluster) // 2].session,
            cluster[0].mark.kind,
            _hover(cluster),
            len(cluster),
            cluster[0].mark.anchor,
        )
        for cluster in clusters
    ]


def _hover(cluster: Sequence[PlacedMark]) -> str:
    """Return what a glyph's hover box says: each event with its date."""
    lines = [
        f"{html.escape(p.mark.label, quote=False)} · "
        f"{'counted from the close of ' if p.mark.anchor else ''}{day_text(p.mark.session)}"
        for p in cluster
    ]
    if len(lines) > _LISTED:
        lines = [*lines[:_LISTED], f"and {len(lines) - _LISTED} more"]
    return "<br>".join(lines)
