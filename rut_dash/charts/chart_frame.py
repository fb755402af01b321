"""The surroundings of a plot: title, caption, legend, margins; the chart assembled."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rut_dash.charts.chart import SIMULATED, Chart, Context
from rut_dash.charts.medium import PAGE, Medium
from rut_dash.charts.style import GRID, text_width

_MARGIN: Final = {"l": 62, "r": 10, "b": 28}
_PADDING: Final = 8
_TITLE_LINE: Final = 22
_CAPTION_LINE: Final = 15
_LEGEND_ROW: Final = 20
_LEGEND_SIZE: Final = 11
# What Plotly adds to an entry's text, and puts between entries.
_LEGEND_SYMBOL: Final = 40
_LEGEND_GAP: Final = 5


@dataclass(frozen=True, slots=True)
class Heading:
    """Title and caption above a plot, as entries of a layout, and the margins that they need."""

    title: str
    spec: dict[str, Any]
    annotations: list[dict[str, Any]]
    margin: dict[str, int]


def build_heading(
    ctx: Context,
    title: str,
    below: int,
    colour: str | None = None,
    *,
    medium: Medium = PAGE,
    note: str = "",
) -> Heading:
    """Return a figure's title and caption, broken into lines that the medium can show.

    Parameters
    ----------
    title
        The title, without the warning of simulated data.
    below
        Pixels between the caption and the plot.
    colour
        Of the line that the title names; None where it names none.
    note
        A sentence at the end of the caption; empty for none.
    """
    plain = f"SIMULATED · {title}" if ctx.simulated else title
    titles = textwrap.wrap(plain, medium.title_characters)
    caption_text = f"{ctx.caption} · {note}" if note else ctx.caption
    captions = textwrap.wrap(caption_text, medium.caption_characters)
    over = _PADDING + _TITLE_LINE * len(titles)
    top = over + _CAPTION_LINE * len(captions) + below
    spec = {
        "text": (f'<span style="color:{colour}">━</span> ' if colour else "") + _lines_of(titles),
        "font": {"size": 16},
        "x": 0,
        "xref": "container",
        "xanchor": "left",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        # Plotly centres the lines of a title on the place of the first.
        "pad": {"t": _PADDING + _TITLE_LINE * (len(titles) - 1) // 2, "l": 4},
    }
    # Placed in pixels from the plot's corner: the camera's file has another height.
    caption = {
        "name": "caption",
        "text": _lines_of(captions),
        "align": "left",
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "xshift": 4 - _MARGIN["l"],
        "yref": "paper",
        "y": 1,
        "yanchor": "top",
        "yshift": top - over,
        "borderpad": 0,
        "showarrow": False,
        "font": {"size": 11},
    }
    return Heading(plain, spec, [caption, *_watermark(ctx)], {**_MARGIN, "t": top})


def _lines_of(lines: Sequence[str]) -> str:
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def _watermark(ctx: Context) -> list[dict[str, Any]]:
    """Return the annotation across a figure of simulated data."""
    if not ctx.simulated:
        return []
    return [
        {
            "name": "simulated",
            "text": SIMULATED,
            "x": 0.5,
            "y": 0.45,
            "xref": "paper",
            "yref": "paper",
            "showarrow": False,
            "textangle": -12,
            "opacity": 0.2,
            "font": {"size": 30},
        }
    ]


def axis_layout(title: str, *, grid: bool, standoff: int = 6) -> dict[str, Any]:
    """Return the entries of a layout's axis that all axes with a title share."""
    return {
        "title": {"text": title, "standoff": standoff, "font": {"size": 12}},
        "tickfont": {"size": 11},
        "zeroline": False,
        "automargin": False,
        **({"gridcolor": GRID} if grid else {"showgrid": False}),
    }


def _legend_traces(traces: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the traces that a legend names."""
    return [trace for trace in traces if trace.get("showlegend", True)]


def legend_height(traces: Iterable[dict[str, Any]], medium: Medium = PAGE) -> int:
    """Return the room, in px, that a legend takes, which breaks where the medium is narrow."""
    widths = [_LEGEND_SYMBOL + _legend_width(trace) for trace in _legend_traces(traces)]
    if not widths:
        return 6
    gaps = _LEGEND_GAP * (len(widths) - 1)
    room = medium.plot - 2
    # Entries that do not fit into one row are laid out in columns of one width.
    columns = max(1, int(room / (max(widths) + _LEGEND_GAP)))
    rows = 1 if sum(widths) + gaps < room else math.ceil(len(widths) / columns)
    return 6 + _LEGEND_ROW * rows


def _legend_width(trace: dict[str, Any]) -> int:
    return math.ceil(text_width(trace["name"], _LEGEND_SIZE))


def build_chart(
    ctx: Context,
    head: Heading,
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    name: str,
    alt: str,
    *,
    slide: tuple[Heading, dict[str, Any]],
    note: str = "",
    colour: str | None = None,
    fitted: Sequence[str] = (),
    weekly: bool = False,
) -> Chart:
    """Return a chart of a specification, with what all charts share.

    Parameters
    ----------
    slide
        The heading and the layout of an image of the size of a slide.
    note, colour, fitted, weekly
        See `Chart`.
    """
    for trace in _legend_traces(traces):
        # The camera's file has another font: the width measured in the browser would clip it.
        trace["legendwidth"] = _legend_width(trace)
    layout = {
        # Without one of its own a figure takes the process's default, which Streamlit sets.
        "template": {},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "bottom",
            "font": {"size": _LEGEND_SIZE},
            "traceorder": "normal",
        },
        "showlegend": bool(_legend_traces(traces)),
        "bargap": 0.2,
        **_headed(head, layout),
    }
    spec = {"data": traces, "layout": layout}
    return Chart(
        spec,
        name,
        head.title,
        alt,
        ctx.caption,
        ctx.simulated,
        slide=_headed(*slide),
        note=note,
        colour=colour,
        fitted=tuple(fitted),
        weekly=weekly,
    )


def _headed(head: Heading, layout: dict[str, Any]) -> dict[str, Any]:
    """Return a layout with a heading."""
    return {
        "title": head.spec,
        "margin": head.margin,
        **layout,
        "annotations": [*head.annotations, *layout.get("annotations", ())],
    }
