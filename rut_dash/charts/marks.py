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
from typing import Final, Literal

import pandas as pd

from rut_dash.charts.style import day_text, text_width

__all__ = ["LABEL_SIZE", "NARROWEST", "Glyph", "Label", "Mark", "Placed", "glyphs", "labels",
           "placed"]  # fmt: skip

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
class Mark:
    """A dated event to be marked on charts.

    Parameters
    ----------
    session
        The session it is drawn at; one that has no bar moves to the bar that holds it.
    label
        Short, for readers.
    kind
        A key of :data:`rut_dash.facts.events.KINDS`; empty for a plain date.
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
class Placed:
    """A mark inside the window: the bar it stands at and that bar's share of the width."""

    mark: Mark
    session: pd.Timestamp
    fraction: float


@dataclass(frozen=True, slots=True)
class Label:
    """A mark's label: its row, 0 next to the strip, and which side of it is at the mark.

    ``align`` is ``"left"`` where the text starts at the mark, ``"right"`` where it ends there.
    """

    placed: Placed
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
    marks: Sequence[Mark],
    index: pd.DatetimeIndex,
    fraction: Callable[[pd.Timestamp], float],
    *,
    weekly: bool = False,
) -> list[Placed]:
    """Return the marks inside a window, oldest first; the others are dropped.

    A daily bar holds the days without a bar that follow it (the close before them counts), a
    weekly bar, labelled by its last session, the days before it.
    """
    inside = []
    for mark in dict.fromkeys(marks):
        if not index[0] <= mark.session <= index[-1]:
            continue
        side: Literal["left", "right"] = "left" if weekly else "right"
        at = int(index.searchsorted(mark.session, side=side)) - (0 if weekly else 1)
        inside.append(Placed(mark, index[at], fraction(index[at])))
    return sorted(inside, key=lambda p: (p.session, p.mark.kind, p.mark.label))


def labels(
    marks: Sequence[Placed],
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
    chosen: list[Label] = []
    for candidate in order[:_CANDIDATES]:
        if len(chosen) == most:
            break
        wanted = [*(label.placed for label in chosen), candidate]
        arranged = next(filter(None, (_arranged(wanted, plot, r + 1) for r in range(rows))), None)
        chosen = arranged or chosen
    return sorted(chosen, key=lambda c: (c.placed.fraction, c.row))


def _arranged(
    wanted: Sequence[Placed], plot: float, rows: int, so_far: tuple[Label, ...] = ()
) -> list[Label] | None:
    """Return a label for each mark, all clear of each other in so many rows; None if none is."""
    if len(so_far) == len(wanted):
        return list(so_far)
    for option in _options(wanted[len(so_far)], rows):
        if _fits(option, plot) and all(_clear(option, other, plot) for other in so_far):
            found = _arranged(wanted, plot, rows, (*so_far, option))
            if found is not None:
                return found
    return None


def _options(placed_mark: Placed, rows: int) -> list[Label]:
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


def _clear(one: Label, other: Label, plot: float) -> bool:
    """Say whether two labels and their lines are clear of each other, from a width on."""
    left, right = sorted((one, other), key=lambda c: c.placed.fraction)
    if one.row == other.row:
        return left.span(plot)[1] + _GAP <= right.span(plot)[0]
    lower, upper = sorted((one, other), key=lambda c: c.row)
    # The line of the upper one passes through the lower one's row.
    line = upper.placed.fraction * plot
    if upper is right:
        return lower.span(plot)[1] + _GAP / 2 <= line
    return line + _GAP / 2 <= lower.span(plot)[0]


def glyphs(marks: Sequence[Placed]) -> list[Glyph]:
    """Return the glyphs of a strip: events of a kind that stand too close become one."""
    clusters: list[list[Placed]] = []
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


def _hover(cluster: Sequence[Placed]) -> str:
    """Return what a glyph's hover box says: each event with its date."""
    lines = [
        f"{html.escape(p.mark.label, quote=False)} · "
        f"{'counted from the close of ' if p.mark.anchor else ''}{day_text(p.mark.session)}"
        for p in cluster
    ]
    if len(lines) > _LISTED:
        lines = [*lines[:_LISTED], f"and {len(lines) - _LISTED} more"]
    return "<br>".join(lines)
