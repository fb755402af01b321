"""A figure on one time axis: panels from top to bottom, a strip of events above them.

Every panel shares the axis ``x``, so that a day and a zoom are those of all panels. Heights are
given in pixels; a specification is built as plain dictionaries and becomes a figure once, with all
shapes and annotations in one layout.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rut_dash.analysis.indicators.indicator_row import Dash
from rut_dash.charts.chart import Chart, Context, file_stem
from rut_dash.charts.chart_frame import Heading, build_chart, build_heading, legend_height
from rut_dash.charts.day_texts import DayTexts
from rut_dash.charts.event_strip import (
    LABEL_SIZE,
    EventMark,
    EventStrip,
    locate_marks,
    unlisted_text,
)
from rut_dash.charts.medium import PAGE, SLIDE, Medium
from rut_dash.charts.panel import Panel
from rut_dash.charts.style import GREY, SERIES
from rut_dash.charts.time_axis import TimeAxis
from rut_dash.errors import InsufficientHistory
from rut_dash.errors.base_error import counted

DASHES: Final[tuple[Dash, ...]] = ("solid", "dash", "dot", "dashdot")
# Text over lines: the shadow is of the page's colour, whichever that is.
OVER_DATA: Final = {"size": LABEL_SIZE, "shadow": "auto"}
# Between panels: room for the lower one's title.
_BETWEEN: Final = 26
_SINGLE_UP_TO: Final = 1e5


def numbers(values: pd.Series, *, rounded: bool = False) -> NDArray[np.floating[Any]]:
    """Return values in single precision: seven digits, half the bytes.

    Prices of 100,000 and more have their cents beyond that: they keep double precision unless
    they are ``rounded``.
    """
    whole = values.to_numpy(dtype="float64")
    exact = not rounded and bool((np.abs(whole) >= _SINGLE_UP_TO).any())
    return whole if exact else whole.astype("float32")


def value_format(fmt: str, label: str = "") -> dict[str, Any]:
    """Return the entries of a trace that say how its values are written beside the chart.

    Parameters
    ----------
    fmt
        As d3 formats numbers.
    label
        What the values are called where the trace's name does not say it.
    """
    entries: dict[str, Any] = {"yhoverformat": fmt}
    return {**entries, "meta": {"label": html.escape(label, quote=False)}} if label else entries


@dataclass(slots=True)
class Canvas:
    """A chart on a time axis while it is built.

    Parameters
    ----------
    title
        Its title, without the warning of simulated data.
    stem
        A word for its files' names.
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
    day_texts: DayTexts = field(init=False)
    _titled: str | None = field(default=None, init=False)
    _axis: TimeAxis = field(init=False)

    def __post_init__(self) -> None:
        if self.index.empty:
            raise InsufficientHistory(f"The chart “{self.title}”", 1, 0)
        self._axis = TimeAxis(self.index, weekly=self.weekly)
        self.day_texts = DayTexts(self.index)

    def add_panel(
        self,
        height: int,
        unit: str,
        *,
        title: str = "",
        log: bool = False,
        percent: bool = False,
    ) -> Panel:
        """Add a panel below the others."""
        axis = f"y{len(self.panels) + 1}" if self.panels else "y"
        panel = Panel(axis, height, unit, title, log, percent)
        self.panels.append(panel)
        return panel

    def add_trace(self, panel: Panel, trace: dict[str, Any]) -> None:
        """Add a trace on all sessions of the window; ``x`` and axes are filled in."""
        self.traces.append({"x": self._axis.x, "xaxis": "x", "yaxis": panel.axis, **trace})

    def add_line(
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
        """Add a line, or a dot where there is a single value.

        Parameters
        ----------
        values
            On any sessions; those outside the chart's are left out, NaN is a gap.
        fmt
            Of the values beside the chart, as d3 formats numbers.
        """
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
            **value_format(fmt),
            **(more or {}),
        }
        if lone:
            trace["marker"] = {"color": colour, "size": 7}
        self.add_trace(panel, trace)

    def add_title_line(
        self, panel: Panel, values: pd.Series, name: str, colour: str, *, fmt: str
    ) -> None:
        """Add the line that the title names, over the others: the title is its legend."""
        self._titled = colour
        more = {"zorder": 2, "showlegend": False}
        self.add_line(panel, values, name, colour, fmt=fmt, width=2, more=more)

    def add_lines(self, panel: Panel, frame: pd.DataFrame, *, fmt: str) -> None:
        """Add a line for each column; they differ by colour and by dashes."""
        for number, name in enumerate(frame.columns):
            self.add_line(
                panel,
                frame[name],
                str(name),
                SERIES[number % len(SERIES)],
                fmt=fmt,
                width=1.5,
                dash=DASHES[number % len(DASHES)],
            )

    def add_level(self, panel: Panel, value: float, text: str = "", *, cover: bool = False) -> None:
        """Add a horizontal line at a value, with a text at its right end.

        ``cover`` extends the panel's range to the value.
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
            # A log axis takes an annotation's place in log10, a shape's as it is.
            self.add_right_text(text, panel.axis, math.log10(value) if panel.log else value)

    def add_right_text(
        self, text: str, yref: str, y: float, yanchor: Literal["bottom", "top"] = "bottom"
    ) -> None:
        """Add a text at the right end of the plot, over the lines.

        Parameters
        ----------
        text
            As Plotly takes it: HTML characters are escaped.
        yref
            The axis of ``y``, or its ``domain``, from 0 to 1.
        y
            In log10 on a log axis.
        yanchor
            The edge of the text that is at ``y``.
        """
        self.annotations.append(
            {
                "text": text,
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "yref": yref,
                "y": y,
                "yanchor": yanchor,
                "showarrow": False,
                "font": OVER_DATA,
            }
        )

    # ---- putting it together ------------------------------------------------------------

    def finish(self, alt: str, marks: Sequence[EventMark] | None = None) -> Chart:
        """Return the chart.

        Parameters
        ----------
        alt
            What it shows, for a reader who does not see it.
        marks
            The events of its strip; None for a chart that shows none.

        Raises
        ------
        InsufficientHistory
            If nothing finite was drawn.
        """
        if all(panel.empty for panel in self.panels):
            raise InsufficientHistory(f"The chart “{self.title}”", 1, 0)
        fractions = self._axis.fractions
        positions = locate_marks(marks or (), self.index, fractions, weekly=self.weekly)
        unlisted = () if marks is None else self.ctx.unlisted
        note = unlisted_text(unlisted)
        axis = f"y{len(self.panels) + 1}"
        strip = EventStrip(positions, axis)
        if strip.height:
            self.traces += strip.traces()
        for position in positions:
            mark = position.mark
            character = mark.glyph.character
            self.day_texts.add(position.session, mark.hover_text, character, mark.lane.colour)
        day_trace = self.day_texts.trace(self.panels[0].axis, self.panels[0].low)
        self.traces += [] if day_trace is None else [day_trace]
        name = file_stem(self.ctx, self.stem)
        window = f"{self.index[0]:%Y%m%d}-{self.index[-1]:%Y%m%d}"
        events = f" {counted(len(positions), 'event')} marked." if positions else ""
        if note:
            events += f" {note}."
        head, layout = self._arranged(strip, PAGE, note)
        layout["uirevision"] = f"{name}-{window}-{self.panels[0].log}"
        return build_chart(
            self.ctx,
            head,
            self.traces,
            layout,
            name,
            alt + events,
            slide=self._arranged(EventStrip(positions, axis, SLIDE), SLIDE, note),
            note=note,
            colour=self._titled,
            fitted=[panel.key for panel in self.panels if panel.fits],
            weekly=self.weekly,
        )

    def _arranged(
        self, strip: EventStrip, medium: Medium, note: str
    ) -> tuple[Heading, dict[str, Any]]:
        """Return the heading and the layout of the panels, with a strip, for a medium."""
        legend = legend_height(self.traces, medium)
        head = build_heading(self.ctx, self.title, legend, self._titled, medium=medium, note=note)
        around = head.margin["t"] + head.margin["b"]
        between = _BETWEEN * (len(self.panels) - 1)
        panels = sum(p.height for p in self.panels)
        inner = panels + between + strip.height
        if medium.height is not None:
            inner = medium.height - around
        scale = (inner - between - strip.height) / panels
        layout, titles = self._axes(inner, strip.height, scale)
        shapes, annotations = list(self.shapes), [*self.annotations, *titles]
        if strip.height:
            layout[f"yaxis{len(self.panels) + 1}"] = strip.layout(strip.height / inner)
            annotations += strip.annotations()
            shapes += strip.lines(inner)
        layout |= {"height": inner + around, "shapes": shapes, "annotations": annotations}
        return head, layout

    def _axes(
        self, inner: float, strip: int, scale: float
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return a layout with the panels' axes, and the panels' titles as annotations."""
        layout: dict[str, Any] = {}
        titles: list[dict[str, Any]] = []
        top = 1 - strip / inner
        for number, panel in enumerate(self.panels):
            height = panel.height * scale
            bottom = max(0.0, top - height / inner)
            layout[panel.key] = panel.layout((bottom, top), "x", height)
            if number and panel.title:
                titles.append(_panel_title(panel.title, top))
            top = bottom - _BETWEEN / inner
        layout["xaxis"] = self._axis.layout(self.panels[-1].axis)
        return layout, titles


def _panel_title(title: str, top: float) -> dict[str, Any]:
    """Return the title of a panel, over its upper edge, as an annotation."""
    return {
        "text": f"<b>{html.escape(title, quote=False)}</b>",
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "yref": "paper",
        "y": top,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12},
    }
