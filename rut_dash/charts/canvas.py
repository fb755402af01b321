"""A figure on one time axis: panels from top to bottom, a strip of events above them.

Every panel shares the axis ``x``, because Plotly shows one hover box for several panels only
where all traces have the same x axis. Heights are given in pixels; a specification is built as
plain dictionaries and becomes a figure once, with all shapes and annotations in one layout.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rut_dash.analysis.indicators import Dash
from rut_dash.charts.chart import Chart, Context, file_stem
from rut_dash.charts.chart_frame import build_chart, build_heading, legend_height
from rut_dash.charts.event_strip import (
    LABEL_SIZE,
    EventMark,
    Glyph,
    Label,
    PlacedMark,
    glyphs,
    labels,
    placed,
)
from rut_dash.charts.panel import Panel
from rut_dash.charts.style import GREY, GRID, SERIES, kind_colour
from rut_dash.errors import InsufficientHistory

__all__ = ["DASHES", "OVER_DATA", "Canvas", "milliseconds", "numbers"]

DASHES: Final[tuple[Dash, ...]] = ("solid", "dash", "dot", "dashdot")
# Text over lines: the shadow is of the page's colour, whichever that is.
OVER_DATA: Final = {"size": LABEL_SIZE, "shadow": "auto"}
_LANE: Final = 15
# Between the lowest lane and the first panel, whose uppermost value stands half above it.
_STRIP_GAP: Final = 9
_LABEL_ROW: Final = 16
# Between panels: room for the lower one's title.
_BETWEEN: Final = 26
# Up to five years the weekends and holidays are cut out of a daily axis; beyond, a weekend is
# narrower than half a pixel and cutting out decades of them costs the browser seconds.
_BREAKS_UP_TO: Final = 1300
# The longest that the exchange was closed in a row is four weekdays (September 2001): a longer
# gap is missing data, and stays visible.
_LONGEST_CLOSURE: Final = 4
_FEW_MARKS: Final = 12
_DAY: Final = 86_400_000
_SINGLE_UP_TO: Final = 1e5
_GLYPHS: Final = {
    "tariff": "diamond",
    "fed": "circle",
    "market": "triangle-up",
    "index": "square",
}
_TEXT_GLYPHS: Final = {"diamond": "◆", "circle": "●", "triangle-up": "▲", "square": "■"}


def milliseconds(index: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return sessions as Plotly takes them fastest: milliseconds since 1970, a typed array."""
    return index.as_unit("ms").asi8.astype("float64")


def numbers(values: pd.Series, *, rounded: bool = False) -> NDArray[np.floating[Any]]:
    """Return values in single precision: seven digits, half the bytes.

    Prices of 100,000 and more, which have their cents beyond that, stay as they are unless they
    are ``rounded``.
    """
    whole = values.to_numpy(dtype="float64")
    exact = not rounded and bool((np.abs(whole) >= _SINGLE_UP_TO).any())
    return whole if exact else whole.astype("float32")


@dataclass(slots=True)
class Canvas:
    """A figure under construction.

    Parameters
    ----------
    ctx
        What it is about.
    title
        Its title, without the warning of simulated data.
    stem
        A word for its files' names.
    index
        The sessions of the window.
    weekly
        True where bars are of weeks.
    """

    ctx: Context
    title: str
    stem: str
    index: pd.DatetimeIndex
    weekly: bool = False
    panels: list[Panel] = field(default_factory=list)
    traces: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    _titled: str | None = field(default=None, init=False)
    _x: NDArray[np.float64] = field(init=False)
    _breaks: bool = field(init=False)
    _closed: pd.DatetimeIndex = field(init=False)

    def __post_init__(self) -> None:
        if self.index.empty:
            raise InsufficientHistory(f"The chart “{self.title}”", 1, 0)
        self._x = milliseconds(self.index)
        # Weekends and holidays are cut out (in 1952 Saturdays had sessions).
        daily = not self.weekly and 1 < len(self.index) <= _BREAKS_UP_TO
        self._breaks = daily and not bool((self.index.dayofweek >= 5).any())
        self._closed = self._closures()

    def panel(
        self,
        height: int,
        unit: str,
        *,
        title: str = "",
        log: bool = False,
        tickformat: str | None = None,
        fixed_range: tuple[float, float] | None = None,
        ticks: tuple[float, ...] | None = None,
    ) -> Panel:
        """Add a panel below the others."""
        axis = f"y{len(self.panels) + 1}" if self.panels else "y"
        panel = Panel(axis, height, unit, title, log, tickformat, fixed_range, ticks)
        self.panels.append(panel)
        return panel

    def add(self, panel: Panel, trace: dict[str, Any]) -> None:
        """Add a trace on all sessions of the window; ``x`` and axes are filled in."""
        self.traces.append({"x": self._x, "xaxis": "x", "yaxis": panel.axis, **trace})

    def line(
        self,
        panel: Panel,
        values: pd.Series,
        name: str,
        colour: str,
        *,
        fmt: str,
        width: float = 1.8,
        dash: Dash = "solid",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a line; a lone bar, which has no line, is shown as a dot."""
        values = values.reindex(self.index)
        if panel.log:
            values = values.where(values > 0)
        panel.cover(values.to_numpy(dtype="float64"))
        lone = int(values.notna().sum()) == 1
        trace = {
            "type": "scatter",
            "mode": "lines+markers" if lone else "lines",
            "name": html.escape(name, quote=False),
            "y": numbers(values),
            "line": {"color": colour, "width": width, "dash": dash},
            "hovertemplate": f"%{{y:{fmt}}}",
            **(more or {}),
        }
        if lone:
            trace["marker"] = {"color": colour, "size": 7}
        self.add(panel, trace)

    def title_line(
        self, panel: Panel, values: pd.Series, name: str, colour: str, *, fmt: str
    ) -> None:
        """Add the line that the title names, over the others: the title is its legend."""
        self._titled = colour
        more = {"zorder": 2, "showlegend": False}
        self.line(panel, values, name, colour, fmt=fmt, width=2, more=more)

    def lines(self, panel: Panel, frame: pd.DataFrame, *, fmt: str) -> None:
        """Add a line for each column, told apart by colour and by dashes."""
        for number, name in enumerate(frame.columns):
            self.line(
                panel,
                frame[name],
                str(name),
                SERIES[number % len(SERIES)],
                fmt=fmt,
                width=1.5,
                dash=DASHES[number % len(DASHES)],
            )

    def level(self, panel: Panel, value: float, text: str = "", *, cover: bool = False) -> None:
        """Add a horizontal line at a value, with a text at its right end.

        ``cover`` brings it into the range of what is drawn already.
        """
        if cover and not panel.empty:
            panel.cover([value])
        self.shapes.append(
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "yref": panel.axis,
                "y0": value,
                "y1": value,
                "layer": "below",
                "line": {"color": GREY, "width": 1, "dash": "dash"},
            }
        )
        if text:
            self.annotations.append(
                {
                    "text": text,
                    "xref": "paper",
                    "x": 1,
                    "xanchor": "right",
                    "yref": panel.axis,
                    # A log axis takes an annotation's place in log10, a shape's as it is.
                    "y": math.log10(value) if panel.log else value,
                    "yanchor": "bottom",
                    "showarrow": False,
                    "font": OVER_DATA,
                }
            )

    # ---- the time axis ------------------------------------------------------------------

    def _closures(self) -> pd.DatetimeIndex:
        """Return the weekdays without a bar that the axis cuts out."""
        if not self._breaks:
            return pd.DatetimeIndex([])
        days = pd.bdate_range(self.index[0], self.index[-1])
        missing = days.difference(self.index)
        if missing.empty:
            return missing
        place = days.get_indexer(missing)
        run = np.cumsum(np.diff(place, prepend=place[0]) != 1)
        lengths = np.bincount(run)[run]
        return pd.DatetimeIndex(missing[lengths <= _LONGEST_CLOSURE])

    @property
    def _step(self) -> int:
        """The distance between bars, in milliseconds."""
        if len(self.index) < 2:
            return _DAY
        return _DAY if not self.weekly else int(np.median(np.diff(self._x)))

    def _x_range(self) -> tuple[float, float]:
        """Return the axis's ends: room for half a bar, and for the last value."""
        span = self._x[-1] - self._x[0]
        left = self._step / 2
        return float(self._x[0] - left), float(self._x[-1] + max(left, span * 0.006))

    def fractions(self, sessions: pd.DatetimeIndex) -> NDArray[np.float64]:
        """Return the sessions' shares of the plot's width, 0 at the left."""
        low, high = self._x_range()
        at = milliseconds(sessions)
        if not self._breaks:
            return (at - low) / (high - low)
        closed = milliseconds(self._closed)

        # Day 2 of 1970 was a Saturday: shifted by it, weeks start with their weekend.
        moments = np.array([low, high, *at])
        weeks, rest = np.divmod(moments - 2 * _DAY, 7 * _DAY)
        weekdays = weeks * 5 * _DAY + np.maximum(0.0, rest - 2 * _DAY)
        # The milliseconds of the axis that are not cut out, up to each moment.
        shown = weekdays - np.clip(moments[:, None] - closed[None, :], 0, _DAY).sum(axis=1)
        return np.asarray((shown[2:] - shown[0]) / (shown[1] - shown[0]))

    # ---- putting it together ------------------------------------------------------------

    def finish(self, alt: str, marks: Sequence[EventMark] = ()) -> Chart:
        """Return the chart.

        Raises
        ------
        InsufficientHistory
            If nothing finite was drawn.
        """
        if all(panel.empty for panel in self.panels):
            raise InsufficientHistory(f"The chart “{self.title}”", 1, 0)
        spots = placed(marks, self.index, self.fractions, weekly=self.weekly)
        flags, symbols = labels(spots), glyphs(spots)
        kinds = list(dict.fromkeys(g.kind for g in sorted(symbols, key=_kind_order)))
        rows = 1 + max((flag.row for flag in flags), default=-1)
        strip = (_STRIP_GAP + _LANE * len(kinds) + _LABEL_ROW * rows) if kinds else 0

        head = build_heading(self.ctx, self.title, legend_height(self.traces), self._titled)
        inner = sum(p.height for p in self.panels) + _BETWEEN * (len(self.panels) - 1) + strip
        layout = self._axes(inner, strip)
        self._strip(layout, symbols, flags, kinds, rows, strip / inner)
        self._lines(spots, flags, 1 - strip / inner, len(kinds), inner)
        layout.update(
            hoverdistance=self._reach(),
            height=inner + head.margin["t"] + head.margin["b"],
            hovermode="x unified",
        )
        window = f"{self.index[0]:%Y%m%d}-{self.index[-1]:%Y%m%d}"
        layout["uirevision"] = f"{file_stem(self.ctx, self.stem)}-{window}-{self.panels[0].log}"
        layout["shapes"] = self.shapes
        layout["annotations"] = self.annotations
        name = file_stem(self.ctx, self.stem)
        events = f" {_count(len(spots), 'event')} marked." if spots else ""
        return build_chart(self.ctx, head, self.traces, layout, name, alt + events)

    def _reach(self) -> int:
        """Return from how far, in px, a point joins the hover box: about half a bar.

        With more, the box of one session would name events of sessions beside it.
        """
        return 30 if len(self.index) < 60 else 12 if len(self.index) < 300 else 6

    def _axes(self, inner: int, strip: int) -> dict[str, Any]:
        """Return a layout with the panels' axes, and put their titles between them."""
        layout: dict[str, Any] = {}
        top = 1 - strip / inner
        for number, panel in enumerate(self.panels):
            bottom = max(0.0, top - panel.height / inner)
            layout[panel.key] = panel.layout((bottom, top), "x")
            if number and panel.title:
                self.annotations.append(
                    {
                        "text": f"<b>{html.escape(panel.title, quote=False)}</b>",
                        "xref": "paper",
                        "x": 0,
                        "xanchor": "left",
                        "yref": "paper",
                        "y": top,
                        "yanchor": "bottom",
                        "showarrow": False,
                        "font": {"size": 12},
                    }
                )
            top = bottom - _BETWEEN / inner
        low, high = self._x_range()
        layout["xaxis"] = {
            "type": "date",
            "anchor": self.panels[-1].axis,
            "range": [_moment(low), _moment(high)],
            "hoverformat": ("Week to " if self.weekly else "") + "%a %-d %b %Y",
            "showgrid": False,
            "zeroline": False,
            "automargin": False,
            "tickfont": {"size": 11},
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": GREY,
            "rangeslider": {"visible": False},
            "showspikes": True,
            "spikemode": "across",
            "spikesnap": "hovered data",
            "spikethickness": 1,
            "spikedash": "dot",
            "spikecolor": GREY,
        }
        if self._breaks:
            breaks: list[dict[str, Any]] = [{"bounds": ["sat", "mon"]}]
            if len(self._closed):
                breaks.append({"values": self._closed.strftime("%Y-%m-%d").tolist()})
            layout["xaxis"]["rangebreaks"] = breaks
        return layout

    def _strip(
        self,
        layout: dict[str, Any],
        symbols: Sequence[Glyph],
        flags: Sequence[Label],
        kinds: Sequence[str],
        rows: int,
        share: float,
    ) -> None:
        """Add the lanes of events above the panels, and the labels above the lanes."""
        if not kinds:
            return
        axis = f"y{len(self.panels) + 1}"
        unit = _LABEL_ROW / _LANE
        lanes = {kind: len(kinds) - 1 - lane for lane, kind in enumerate(kinds)}
        layout[f"yaxis{axis[1:]}"] = {
            "domain": [1 - share, 1],
            "anchor": "x",
            "range": [-0.5 - _STRIP_GAP / _LANE, len(kinds) - 0.5 + rows * unit],
            "tickmode": "array",
            "tickvals": list(lanes.values()),
            "ticktext": [html.escape(_kind_name(kind), quote=False) for kind in kinds],
            "tickfont": {"size": LABEL_SIZE},
            "showgrid": True,
            "gridcolor": GRID,
            "zeroline": False,
            "fixedrange": True,
            "automargin": False,
        }
        for kind in kinds:
            own = [s for s in symbols if s.kind == kind]
            self.traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": html.escape(_kind_name(kind), quote=False),
                    "showlegend": False,
                    "x": milliseconds(pd.DatetimeIndex([s.session for s in own])),
                    "y": np.full(len(own), float(lanes[kind]), dtype="float32"),
                    "xaxis": "x",
                    "yaxis": axis,
                    "text": [s.text for s in own],
                    "marker": {
                        "symbol": _GLYPHS.get(kind, "hexagon"),
                        "color": kind_colour(kind),
                        "size": [12 if s.anchor else 9 if s.count > 1 else 8 for s in own],
                        "line": {"width": 0},
                        "opacity": 1,
                    },
                    "hovertemplate": "%{text}<extra></extra>",
                }
            )
        for flag in flags:
            kind = flag.placed.mark.kind
            glyph = _TEXT_GLYPHS.get(_GLYPHS.get(kind, ""), "●")
            text = html.escape(flag.text, quote=False)
            text = f"<b>{text}</b>" if flag.placed.mark.anchor else text
            self.annotations.append(
                {
                    "name": "event",
                    "text": f'<span style="color:{kind_colour(kind)}">{glyph}</span> {text}',
                    "xref": "x",
                    "x": f"{flag.placed.session:%Y-%m-%d}",
                    "xanchor": flag.align,
                    "yref": axis,
                    "y": len(kinds) - 0.5 + (flag.row + 0.5) * unit,
                    "yanchor": "middle",
                    "showarrow": False,
                    "borderpad": 0,
                    "font": {"size": LABEL_SIZE},
                }
            )

    def _lines(
        self,
        spots: Sequence[PlacedMark],
        flags: Sequence[Label],
        top: float,
        lanes: int,
        inner: int,
    ) -> None:
        """Add a thin vertical line for each labelled event, up to its label.

        Where events are few the others have one too, up to the top of the panels.
        """
        heights = {} if len(spots) > _FEW_MARKS else dict.fromkeys(spots, top)
        below = _STRIP_GAP + _LANE * lanes
        heights |= {flag.placed: top + (below + _LABEL_ROW * flag.row) / inner for flag in flags}
        for spot, height in heights.items():
            anchor = spot.mark.anchor
            at = f"{spot.session:%Y-%m-%d}"
            self.shapes.append(
                {
                    "name": "anchor" if anchor else "event",
                    "type": "line",
                    "xref": "x",
                    "x0": at,
                    "x1": at,
                    "yref": "paper",
                    "y0": 0,
                    "y1": height,
                    "layer": "below",
                    "opacity": 1 if anchor else 0.55,
                    "line": {
                        "color": kind_colour(spot.mark.kind),
                        "width": 1.5 if anchor else 1,
                        "dash": "solid" if anchor else "dot",
                    },
                }
            )


def _kind_name(kind: str) -> str:
    """Return a kind's name for its lane: nine characters fit beside it."""
    return kind.capitalize()[:9] or "Since"


def _kind_order(glyph: Glyph) -> tuple[int, str]:
    order = list(_GLYPHS)
    return (order.index(glyph.kind) if glyph.kind in order else len(order), glyph.kind)


def _moment(at: float) -> str:
    """Return milliseconds since 1970 as Plotly writes a moment."""
    return f"{pd.Timestamp(int(at), unit='ms'):%Y-%m-%d %H:%M}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
