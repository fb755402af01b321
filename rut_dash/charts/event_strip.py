"""The strip of dated events above a chart, so that no label meets another at any width.

The width of a chart is not known when it is built: the same figure is drawn on a phone and on
a wall. Three parts make the events legible at all widths:

- one lane for each kind of event, with a glyph for each event or for a cluster of events that
  are close together; the hover box of a day names its events with their dates;
- a label for the anchor and for a few events more, in rows above the lanes;
- a thin line down through the plot for each labelled event, and for all where they are few.

Labels are laid out for the narrowest plot of the medium. A label's width is constant and its
event's place is a share of the plot's width, so of two labels the one whose event is further
right only moves away as the plot grows: what is clear at the narrowest is clear at every width.
"""

from __future__ import annotations

import html
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rut_dash.charts.medium import PAGE, Medium
from rut_dash.charts.style import GRID, day_text, text_width
from rut_dash.charts.time_axis import milliseconds
from rut_dash.errors.base_error import shortened
from rut_dash.events.event import Direction, Glyph, Lane
from rut_dash.wording import day

LABEL_SIZE: Final = 11
_LABEL_CHARACTERS: Final = 24
_LABEL_ROWS: Final = 3
_LABEL_LIMIT: Final = 5
# Between two labels of a row, in px; half of it between a label and another's line.
_GAP: Final = 6.0
# A label that would stand for more events than this says nothing that its lane does not.
_REPEATED: Final = 3
# Events considered for a label: the search stays short where hundreds are in the window.
_CANDIDATES: Final = 40
# Events closer than this share of the width become one glyph.
_CLUSTER: Final = 1 / 75
# With more events than this only the labelled ones have a line through the plot.
_FEW_EVENTS: Final = 12
_LANE_HEIGHT: Final = 15
_LABEL_HEIGHT: Final = 16
# Between the lowest lane and the first panel, whose uppermost value is half above it.
_BELOW_LANES: Final = 9

Align = Literal["left", "center", "right"]
# The share of a label's width that is left of its event.
_SHARE_BEFORE: Final[dict[Align, float]] = {"center": 0.5, "left": 0.0, "right": 1.0}


@dataclass(frozen=True, slots=True)
class EventMark:
    """A dated event to be drawn on a chart.

    Parameters
    ----------
    day
        The event's own day; where it has no bar, the bar that holds it is marked.
    headline
        True for an event that is labelled before the others.
    counted_from
        Of the event to which the view is anchored: the session from whose close it counts. The
        event is marked there, and always labelled. None for all others.
    direction
        Which way the event went; None for events without one.
    """

    day: pd.Timestamp
    label: str
    lane: Lane
    headline: bool = False
    counted_from: pd.Timestamp | None = None
    direction: Direction | None = None

    @property
    def glyph(self) -> Glyph:
        """How it is marked."""
        return self.lane.glyph(self.direction)

    @property
    def is_anchor(self) -> bool:
        """True for the event to which the view is anchored."""
        return self.counted_from is not None

    @property
    def session(self) -> pd.Timestamp:
        """The day to be marked."""
        return self.day if self.counted_from is None else self.counted_from

    @property
    def hover_text(self) -> str:
        """The event with its own day, as one line of a hover box."""
        name = html.escape(self.label, quote=False)
        if self.counted_from is None:
            return f"{name} · {day_text(self.day)}"
        own_day = "" if self.day == self.counted_from else f"{day_text(self.day)}, "
        return f"{name} · {own_day}counted from the close of {day_text(self.counted_from)}"


@dataclass(frozen=True, slots=True)
class MarkPosition:
    """A mark in the window: the bar that holds it, and that bar's share of the plot's width."""

    mark: EventMark
    session: pd.Timestamp
    fraction: float


@dataclass(frozen=True, slots=True)
class EventLabel:
    """The label of a mark.

    Parameters
    ----------
    text
        At most `_LABEL_CHARACTERS` long.
    width
        Of the text with its glyph, in px.
    row
        0 next to the lanes.
    align
        ``left`` where the text starts at the mark, ``right`` where it ends there.
    """

    position: MarkPosition
    text: str
    width: float
    row: int
    align: Align

    def span(self, plot: float) -> tuple[float, float]:
        """Return where the text starts and ends, in px from the left of a plot."""
        start = self.position.fraction * plot - _SHARE_BEFORE[self.align] * self.width
        return start, start + self.width


@dataclass(frozen=True, slots=True)
class StripGlyph:
    """One glyph in a lane: an event, or a cluster of events.

    Parameters
    ----------
    symbol
        Plotly's name of the marker: that of the lane where events of a cluster differ.
    """

    session: pd.Timestamp
    lane: Lane
    count: int
    is_anchor: bool
    symbol: str


def locate_marks(
    marks: Sequence[EventMark],
    index: pd.DatetimeIndex,
    fractions: Callable[[pd.DatetimeIndex], NDArray[np.float64]],
    *,
    weekly: bool = False,
) -> list[MarkPosition]:
    """Return the positions of the marks in a window, oldest first; other marks are dropped.

    A daily bar holds the days without a bar that follow it, because the close before them
    counts. A weekly bar, dated by its last session, holds the days of its week before it.

    Parameters
    ----------
    marks
        In any order.
    index
        The bars of the window, not empty.
    fractions
        Returns the shares of the plot's width at which bars are.
    """
    first = index[0] - pd.Timedelta(days=index[0].dayofweek) if weekly else index[0]
    visible = [mark for mark in dict.fromkeys(marks) if first <= mark.session <= index[-1]]
    side: Literal["left", "right"] = "left" if weekly else "right"
    found = index.searchsorted(pd.DatetimeIndex([mark.session for mark in visible]), side=side)
    bars = index[found if weekly else found - 1]
    positions = map(MarkPosition, visible, bars, fractions(bars).tolist())
    return sorted(positions, key=lambda p: (p.session, p.mark.lane.name, p.mark.label, p.mark.day))


def layout_labels(
    positions: Sequence[MarkPosition],
    plot: float = PAGE.plot,
    rows: int = _LABEL_ROWS,
    limit: int = _LABEL_LIMIT,
) -> list[EventLabel]:
    """Return labels that are clear of each other, and of each other's lines, from a width on.

    The anchor comes first, then headlines, then labels of one event in the window before those
    of several, lanes with few events before lanes with many, later before earlier. A label that
    finds no place beside those before it, wherever they are put, is left out.

    Parameters
    ----------
    positions
        As `locate_marks` returns them.
    plot
        The narrowest plot, in px.
    rows, limit
        Largest numbers of rows and of labels.

    Returns
    -------
    list of EventLabel
        From left to right.
    """
    candidates = _by_priority(positions)[:_CANDIDATES]
    possible = [list(_possible_labels(candidate, plot, rows)) for candidate in candidates]
    labels = list(itertools.chain.from_iterable(possible))
    is_clear = _clear_pairs(labels, plot)
    owners = np.repeat(np.arange(len(possible)), list(map(len, possible)))
    options: list[NDArray[np.intp]] = []
    places: list[int] = []
    for number in range(len(candidates)):
        if len(places) == limit:
            break
        with_candidate = [*options, np.flatnonzero(owners == number)]
        arranged = _arrange(with_candidate, is_clear)
        if arranged:
            options, places = with_candidate, arranged
    return sorted(
        (labels[place] for place in places), key=lambda label: (label.position.fraction, label.row)
    )


def _arrange(options: Sequence[NDArray[np.intp]], is_clear: NDArray[np.bool_]) -> list[int]:
    """Return one place from each mark's options, all clear of each other; [] if there are none.

    The first of a mark's places is preferred, and marks before those that follow.
    """
    for place in options[0].tolist():
        if len(options) == 1:
            return [place]
        rest = [others[is_clear[place, others]] for others in options[1:]]
        if all(map(len, rest)):
            arranged = _arrange(rest, is_clear)
            if arranged:
                return [place, *arranged]
    return []


def _by_priority(positions: Sequence[MarkPosition]) -> list[MarkPosition]:
    """Return the marks that may be labelled, the most important first."""
    lanes = Counter(p.mark.lane for p in positions)
    texts = Counter(p.mark.label for p in positions)
    return sorted(
        (
            p
            for p in positions
            if p.mark.is_anchor or p.mark.headline or texts[p.mark.label] <= _REPEATED
        ),
        key=lambda p: (
            not p.mark.is_anchor,
            not p.mark.headline,
            texts[p.mark.label],
            lanes[p.mark.lane],
            -p.session.value,
            p.mark.label,
        ),
    )


def _possible_labels(position: MarkPosition, plot: float, rows: int) -> Iterator[EventLabel]:
    """Yield the labels of a mark that are inside a plot, the best first."""
    text = shortened(position.mark.label, _LABEL_CHARACTERS)
    # The glyph that leads the text takes about one character.
    width = text_width(f"■ {text}", LABEL_SIZE)
    for row in range(rows):
        for align in _SHARE_BEFORE:
            label = EventLabel(position, text, width, row, align)
            start, end = label.span(plot)
            if start >= 0 and end <= plot:
                yield label


def _clear_pairs(labels: Sequence[EventLabel], plot: float) -> NDArray[np.bool_]:
    """Return which labels are clear of which, and of their lines, from a width on; shape (n, n).

    The line of an upper label passes through the rows below it. Two labels of one place never
    are clear of each other.
    """
    start, end = np.array([label.span(plot) for label in labels]).reshape(-1, 2).T
    line = np.array([label.position.fraction for label in labels]) * plot
    row = np.array([label.row for label in labels])
    # [i, j]: i is left of j, and clear of it at the height that matters for the two.
    is_left = line[:, None] < line
    same_row = end[:, None] + _GAP <= start
    lower_row = end[:, None] + _GAP / 2 <= line
    upper_row = line[:, None] + _GAP / 2 <= start
    of_rows = [row[:, None] == row, row[:, None] < row]
    is_clear = is_left & np.select(of_rows, [same_row, lower_row], upper_row)
    return np.asarray(is_clear | is_clear.T)


def cluster_marks(positions: Sequence[MarkPosition]) -> list[StripGlyph]:
    """Return the glyphs of a strip: events of a lane that are too close become one."""
    clusters: list[list[MarkPosition]] = []
    in_lanes = sorted(
        positions, key=lambda p: (*_lane_order(p.mark.lane), p.mark.is_anchor, p.fraction)
    )
    for position in in_lanes:
        last = clusters[-1] if clusters else None
        if (
            last is not None
            and not position.mark.is_anchor
            and last[0].mark.lane == position.mark.lane
            and position.fraction - last[0].fraction < _CLUSTER
        ):
            last.append(position)
        else:
            clusters.append([position])
    return [
        StripGlyph(
            cluster[len(cluster) // 2].session,
            cluster[0].mark.lane,
            len(cluster),
            cluster[0].mark.is_anchor,
            _common_symbol([position.mark for position in cluster]),
        )
        for cluster in clusters
    ]


def _common_symbol(marks: Sequence[EventMark]) -> str:
    symbols = {mark.glyph.symbol for mark in marks}
    return symbols.pop() if len(symbols) == 1 else marks[0].lane.symbol


def _lane_order(lane: Lane) -> tuple[int, str, str]:
    return lane.order, lane.name, lane.colour


def unlisted_text(unlisted: Iterable[tuple[str, date]]) -> str:
    """Return up to when the events of some kinds are listed; empty without any.

    Parameters
    ----------
    unlisted
        By the name of a lane, the last day.
    """
    # A line ends between two kinds, not inside of one.
    kinds = ", ".join(
        f"{lane} to {day(until)}".replace(" ", "\N{NO-BREAK SPACE}") for lane, until in unlisted
    )
    return f"Events are listed: {kinds}" if kinds else ""


class EventStrip:
    """The strip of a chart, as parts of its layout.

    Parameters
    ----------
    positions
        As `locate_marks` returns them.
    axis
        The name of the strip's y axis.
    medium
        What it is laid out for: labels that would make it higher than that has room are left out.

    Attributes
    ----------
    height
        In px; 0 without events.
    """

    def __init__(
        self,
        positions: Sequence[MarkPosition],
        axis: str,
        medium: Medium = PAGE,
    ) -> None:
        self._positions = positions
        self._axis = axis
        self._glyphs = cluster_marks(positions)
        lanes = {glyph.lane for glyph in self._glyphs}
        self._lanes = sorted(lanes, key=_lane_order)
        self._lanes_height = _BELOW_LANES + _LANE_HEIGHT * len(self._lanes) if self._lanes else 0
        rows = _LABEL_ROWS
        if medium.most_strip is not None:
            rows = min(rows, max(0, medium.most_strip - self._lanes_height) // _LABEL_HEIGHT)
        self._labels = layout_labels(positions, medium.plot, rows)
        self._rows = 1 + max((label.row for label in self._labels), default=-1)
        self.height = self._lanes_height + _LABEL_HEIGHT * self._rows

    def _lane_y(self, lane: Lane) -> int:
        return len(self._lanes) - 1 - self._lanes.index(lane)

    @property
    def _top(self) -> float:
        """The y of the upper edge."""
        return self._label_y(self._rows)

    def _label_y(self, rows: float) -> float:
        """Return the y of so many rows of labels above the lanes."""
        return len(self._lanes) - 0.5 + rows * _LABEL_HEIGHT / _LANE_HEIGHT

    def layout(self, share: float) -> dict[str, Any]:
        """Return the strip's y axis, on the uppermost share of the plot's height."""
        return {
            "domain": [1 - share, 1],
            "anchor": "x",
            "range": [-0.5 - _BELOW_LANES / _LANE_HEIGHT, self._top],
            "tickmode": "array",
            "tickvals": [self._lane_y(lane) for lane in self._lanes],
            "ticktext": [html.escape(lane.name, quote=False) for lane in self._lanes],
            "tickfont": {"size": LABEL_SIZE},
            "showgrid": True,
            "gridcolor": GRID,
            "zeroline": False,
            "fixedrange": True,
            "automargin": False,
        }

    def traces(self) -> list[dict[str, Any]]:
        """Return the glyphs, a trace for each lane."""
        return [self._lane_trace(lane) for lane in self._lanes]

    def _lane_trace(self, lane: Lane) -> dict[str, Any]:
        glyphs = [glyph for glyph in self._glyphs if glyph.lane == lane]
        return {
            "type": "scatter",
            "mode": "markers",
            "name": html.escape(lane.name, quote=False),
            "showlegend": False,
            "x": milliseconds(pd.DatetimeIndex([glyph.session for glyph in glyphs])),
            "y": np.full(len(glyphs), float(self._lane_y(lane)), dtype="float32"),
            "xaxis": "x",
            "yaxis": self._axis,
            "marker": {
                "symbol": [glyph.symbol for glyph in glyphs],
                "color": lane.colour,
                "size": [12 if g.is_anchor else 9 if g.count > 1 else 8 for g in glyphs],
                "line": {"width": 0},
                "opacity": 1,
            },
            "hoverinfo": "skip",  # the day's texts have them
        }

    def annotations(self) -> list[dict[str, Any]]:
        """Return the labels."""
        return [self._annotation(label) for label in self._labels]

    def _annotation(self, label: EventLabel) -> dict[str, Any]:
        mark = label.position.mark
        text = html.escape(label.text, quote=False)
        text = f"<b>{text}</b>" if mark.is_anchor else text
        return {
            "name": "event",
            "text": f'<span style="color:{mark.lane.colour}">{mark.glyph.character}</span> {text}',
            "xref": "x",
            "x": f"{label.position.session:%Y-%m-%d}",
            "xanchor": label.align,
            "yref": self._axis,
            "y": self._label_y(label.row + 0.5),
            "yanchor": "middle",
            "showarrow": False,
            "borderpad": 0,
            "font": {"size": LABEL_SIZE},
        }

    def lines(self, plot_height: int) -> list[dict[str, Any]]:
        """Return a thin line for each labelled event, up to its label.

        Where events are few the others have one too, up to the top of the panels.

        Parameters
        ----------
        plot_height
            Of the panels with the strip, in px.
        """
        top = 1 - self.height / plot_height
        is_few = len(self._positions) <= _FEW_EVENTS
        heights = dict.fromkeys(self._positions, top) if is_few else {}
        for label in self._labels:
            above = self._lanes_height + _LABEL_HEIGHT * label.row
            heights[label.position] = top + above / plot_height
        return [_line(position, height) for position, height in heights.items()]


def _line(position: MarkPosition, height: float) -> dict[str, Any]:
    """Return the line of an event from the bottom of the plot up to a share of its height."""
    is_anchor = position.mark.is_anchor
    day = f"{position.session:%Y-%m-%d}"
    return {
        "name": "anchor" if is_anchor else "event",
        "type": "line",
        "xref": "x",
        "x0": day,
        "x1": day,
        "yref": "paper",
        "y0": 0,
        "y1": height,
        "layer": "below",
        "opacity": 1 if is_anchor else 0.55,
        "line": {
            "color": position.mark.lane.colour,
            "width": 1.5 if is_anchor else 1,
            "dash": "solid" if is_anchor else "dot",
        },
    }
