"""The chart that shows a claim: its series with the levels, dates and stretches drawn in."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from rut_dash.charts.canvas import DASHES, OVER_DATA, Canvas
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.panel import Panel
from rut_dash.charts.style import (
    GREY,
    SERIES,
    colour_of,
    describe_series,
    faint,
    pair_colours,
)

__all__ = ["ClaimChartData", "claim_chart"]

_MAIN: Final = 280
_LOWER: Final = 110
# Stretches are told apart from zones by their colour; both are faint.
_SPAN: Final = faint("#8B6FE0")
_BAND: Final = faint(GREY)


@dataclass(frozen=True, slots=True)
class ClaimChartData:
    """What a chart of a claim shows; frames already cut to the window.

    Parameters
    ----------
    title
        Of the chart.
    name
        A word for its files.
    lines
        One column for each line on the sessions of the window, named as the legend shows it.
    symbols
        The columns that are symbols' own prices, drawn in their colours and in front.
    unit
        Of the axis.
    levels, bands
        Values, and zones of values, each with its name.
    spans
        Stretches of sessions.
    marks
        Dated points.
    lower
        Lines of a second panel; None for none.
    lower_title, lower_levels
        Of that panel.
    weekly
        True for weekly bars.
    alt
        What it is about, a sentence.
    """

    title: str
    name: str
    lines: pd.DataFrame
    symbols: tuple[str, ...]
    unit: str
    levels: tuple[tuple[float, str], ...] = ()
    bands: tuple[tuple[float, float, str], ...] = ()
    spans: tuple[tuple[pd.Timestamp, pd.Timestamp, str], ...] = ()
    marks: Sequence[EventMark] = ()
    lower: pd.DataFrame | None = None
    lower_title: str = ""
    lower_levels: tuple[float, ...] = ()
    weekly: bool = False
    alt: str = ""


def claim_chart(ctx: Context, exhibit: ClaimChartData) -> Chart:
    """Return the chart of a claim.

    Parameters
    ----------
    ctx
        What the chart is about: the series, their basis, the session it is judged at.
    exhibit
        What it shows.

    Raises
    ------
    InsufficientHistory
        If there is nothing to draw.
    """
    lines = exhibit.lines
    canvas = Canvas(
        ctx, exhibit.title, exhibit.name, pd.DatetimeIndex(lines.index), weekly=exhibit.weekly
    )
    panel = canvas.add_panel(_MAIN, exhibit.unit)
    for low, high, text in exhibit.bands:
        _band(canvas, panel, low, high, text)
    for start, end, _ in exhibit.spans:
        _span(canvas, panel, start, end)
    colours = _colours(exhibit.symbols)
    fmt = ",.2f" if float(lines.abs().max().max()) >= 2 else ".4f"
    others = lines.drop(columns=list(exhibit.symbols))
    for number, name in enumerate(others.columns):
        canvas.add_line(
            panel, others[name], str(name), SERIES[number % len(SERIES)], fmt=fmt, width=1.5,
            dash=DASHES[number % len(DASHES)],
        )  # fmt: skip
    alone = len(exhibit.symbols) == 1 and not len(others.columns)
    for symbol in exhibit.symbols:
        colour = colours[symbol]
        if alone:
            canvas.add_title_line(panel, lines[symbol], symbol, colour, fmt=fmt)
        else:
            front = {"zorder": 2}
            canvas.add_line(panel, lines[symbol], symbol, colour, fmt=fmt, width=2, more=front)
    for value, text in exhibit.levels:
        canvas.add_level(panel, value, html.escape(text, quote=False), cover=True)
    if exhibit.lower is not None:
        below = canvas.add_panel(_LOWER, "", title=exhibit.lower_title)
        if len(exhibit.lower.columns) == 1:
            # The panel's title is its legend.
            name = str(exhibit.lower.columns[0])
            hidden = {"showlegend": False}
            canvas.add_line(below, exhibit.lower[name], name, SERIES[0], fmt=",.2f", more=hidden)
        else:
            canvas.add_lines(below, exhibit.lower, fmt=",.2f")
        for value in exhibit.lower_levels:
            canvas.add_level(below, value, cover=True)
    subject = exhibit.symbols[0] if exhibit.symbols else str(lines.columns[0])
    alt = f"{exhibit.alt} {describe_series(subject, lines[subject], fmt)}"
    return canvas.finish(alt, exhibit.marks)


def _colours(symbols: tuple[str, ...]) -> dict[str, str]:
    if len(symbols) == 2:
        return dict(zip(symbols, pair_colours(*symbols), strict=True))
    return {symbol: colour_of(symbol, "fund") for symbol in symbols}


def _band(canvas: Canvas, panel: Panel, low: float, high: float, text: str) -> None:
    """Add a zone of values, with its name at the right end."""
    panel.cover([low, high])
    canvas.shapes.append(
        {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": panel.axis,
            "y0": low,
            "y1": high,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": _BAND,
        }
    )
    canvas.annotations.append(
        {
            "text": html.escape(text, quote=False),
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "yref": panel.axis,
            "y": math.log10(high) if panel.log else high,
            "yanchor": "bottom",
            "showarrow": False,
            "font": OVER_DATA,
        }
    )


def _span(canvas: Canvas, panel: Panel, start: pd.Timestamp, end: pd.Timestamp) -> None:
    """Add a stretch of sessions over the height of a panel."""
    canvas.shapes.append(
        {
            "type": "rect",
            "xref": "x",
            "x0": f"{start:%Y-%m-%d}",
            "x1": f"{end:%Y-%m-%d}",
            "yref": f"{panel.axis} domain",
            "y0": 0,
            "y1": 1,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": _SPAN,
        }
    )
