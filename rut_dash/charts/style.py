"""What every chart shares: its context, colours, wording, configuration and exports.

Streamlit's theme toggle does not rerun the script, so nothing here depends on the theme: every
explicit colour stands out against a white and against a near-black page (at least 3:1, WCAG
1.4.11), and text and backgrounds carry no colour, so that the page's theme gives them.
"""

from __future__ import annotations

import base64
import copy
import functools
import html
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rut_dash.market.history import Basis
from rut_dash.market.instruments import Role, instrument, is_index

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "COLOURS",
    "DOWN",
    "GREY",
    "GRID",
    "MARGIN",
    "RATIO",
    "SERIES",
    "UP",
    "Chart",
    "Context",
    "chart_config",
    "colour_of",
    "day_text",
    "kind_colour",
    "pair_colours",
    "standalone_html",
    "text_width",
]

# Funds are warm and benchmarks are blue: every such pair stays apart for readers who see
# no red, no green or no blue (tests/charts/test_style.py measures it).
_SYMBOL_COLOURS: Final = {
    "IWM": "#E0650B",
    "IWO": "#C9482B",
    "IWN": "#A67C00",
    "IJR": "#9C5A2E",
    "^RUT": "#D9475F",
    "SPY": "#3B7DD8",
    "QQQ": "#5B63E0",
    "RSP": "#7D5FD9",
    "IWB": "#2B8CC9",
    "^GSPC": "#5B78B8",
}
_ROLE_COLOURS: Final[dict[Role, str]] = {"fund": "#B8722C", "benchmark": "#8A63D2"}
_KIND_COLOURS: Final = {
    "tariff": "#D0453F",
    "fed": "#8B6FE0",
    "market": "#1B9270",
    "index": "#7C8694",
}
# Kinds that the table does not know take one of these by their place in the alphabet.
_OTHER_KINDS: Final = ("#A67C00", "#C0589F", "#2B8CC9")

UP: Final = "#1489A6"
DOWN: Final = "#D0453F"
GREY: Final = "#7C8694"
# The ratio is neither leg.
RATIO: Final = "#1B9270"
# Averages, bands and indicator lines, in this order; dashes tell them apart as well.
SERIES: Final = ("#8B6FE0", "#4E9440", "#C0589F", "#8F7A1E", "#2E93A8")
# A grid is decoration: it may be faint.
GRID: Final = "rgba(124,134,148,0.22)"

COLOURS: Final = tuple(
    dict.fromkeys(
        (
            *_SYMBOL_COLOURS.values(),
            *_ROLE_COLOURS.values(),
            *_KIND_COLOURS.values(),
            *_OTHER_KINDS,
            *SERIES,
            UP,
            DOWN,
            GREY,
            RATIO,
        )
    )
)

# Widths of characters in em, after Arial's; other characters take 0.57.
_WIDTHS: Final = (
    ("ijl|'", 0.23),
    (" .,:;!/ftI()[]·-r", 0.33),
    ("ckszvxyJ", 0.5),
    ("FTZL", 0.62),
    ("ABEKPSVXY&", 0.68),
    ("CDHNRUGOQw", 0.76),
    ("mMW@%—…■◆●▲", 0.92),
)
MARGIN: Final = {"l": 62, "r": 10, "b": 44}
_PADDING: Final = 8
_TITLE_LINE: Final = 22
_CAPTION_LINE: Final = 15
# What a page of 390 px shows beside the buttons, and under them.
_TITLE_CHARACTERS: Final = 28
_CAPTION_CHARACTERS: Final = 58
_SIMULATED: Final = "SIMULATED DATA"


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over a plot: title and annotations as in a layout, and the margins."""

    title: str
    spec: dict[str, Any]
    annotations: list[dict[str, Any]]
    margin: dict[str, int]


@functools.lru_cache(maxsize=8192)
def day_text(day: pd.Timestamp) -> str:
    """Return a day as readers of a chart see it: ``Mon 12 May 2025``."""
    return f"{day:%a} {day.day} {day:%b %Y}"


@dataclass(frozen=True, slots=True)
class Context:
    """What a chart is about, and where its numbers come from.

    Parameters
    ----------
    fund, benchmark
        Symbols.
    basis
        What returns count.
    as_of
        The last session behind the numbers.
    source
        In words.
    simulated
        True for the bundled demo: the chart then says so, in its title and across it.
    """

    fund: str
    benchmark: str
    basis: Basis
    as_of: pd.Timestamp
    source: str
    simulated: bool

    @property
    def caption(self) -> str:
        """As-of, basis and source in one line, led by the warning where they are simulated."""
        parts = [f"As of {day_text(self.as_of)}", f"{self.basis.label} basis", self.source]
        return " · ".join([_SIMULATED, *parts] if self.simulated else parts)


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A finished figure with what must travel with it.

    Parameters
    ----------
    spec
        The figure as plain dictionaries and arrays; its theme is the page's.
    name
        Stem of the names of its files.
    title
        As it stands in the figure.
    alt
        One to three sentences for a reader who does not see it, from the data shown.
    caption
        As-of, basis and source, as they stand in the figure.
    """

    spec: dict[str, Any]
    name: str
    title: str
    alt: str
    caption: str = ""
    _sent: Any = field(default=None, init=False, repr=False)

    @property
    def figure(self) -> go.Figure:
        """The figure as Plotly's own object, which takes some 10 ms to check it."""
        import plotly.graph_objects as go

        # A copy: Plotly takes the types out of the traces for a moment, and others read them.
        return go.Figure(copy.deepcopy(self.spec))

    @property
    def sent(self) -> go.Figure:
        """The figure for ``st.plotly_chart`` alone: encoded once, however often it is drawn."""
        if self._sent is None:
            object.__setattr__(self, "_sent", _encoded_type()(self.spec))
        return self._sent


@functools.cache
def _encoded_type() -> type[Any]:
    """Return the class of figures that are encoded once.

    Streamlit asks a figure for its dictionaries and Plotly for their JSON at every rerun, for
    every session; these answer with the JSON that they have.
    """
    import orjson
    from plotly.basedatatypes import BaseFigure

    class Specification(dict[str, Any]):
        """What Streamlit looks at (the height), and the JSON of all for Plotly's encoder."""

        __slots__ = ("_json",)

        def __init__(self, spec: dict[str, Any]) -> None:
            super().__init__(data=[], layout={"height": spec["layout"].get("height")})
            options = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
            self._json = orjson.Fragment(orjson.dumps(_typed(spec), option=options))

        def to_plotly_json(self) -> Any:  # noqa: ANN401 - orjson has no stub for it
            return self._json

    class Encoded(BaseFigure):  # type: ignore[misc]
        """A figure that nothing is asked of but its dictionaries."""

        def __init__(self, spec: dict[str, Any]) -> None:
            self._specification = Specification(spec)

        def to_dict(self) -> dict[str, Any]:
            return self._specification

    return Encoded


def _typed(value: Any) -> Any:  # noqa: ANN401 - any part of a specification
    """Return a part of a specification with its arrays as plotly.js takes them fastest."""
    if isinstance(value, np.ndarray):
        packed = base64.b64encode(value.tobytes()).decode("ascii")
        return {"dtype": f"{value.dtype.kind}{value.dtype.itemsize}", "bdata": packed}
    if isinstance(value, dict):
        return {key: _typed(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_typed(part) for part in value]
    return value


def colour_of(symbol: str, role: Role) -> str:
    """Return a symbol's colour, the same everywhere; a typed one has its role's."""
    return _SYMBOL_COLOURS.get(symbol, _ROLE_COLOURS[role])


def pair_colours(fund: str, benchmark: str) -> tuple[str, str]:
    """Return the colours of two symbols shown together.

    A benchmark out of the funds' warm family beside a fund of it, or the reverse, would be
    hard to tell apart: it then takes its role's colour.
    """
    colours = (colour_of(fund, "fund"), colour_of(benchmark, "benchmark"))
    families = (instrument(fund).role or "fund", instrument(benchmark).role or "benchmark")
    if families == ("fund", "fund"):
        return colours[0], _ROLE_COLOURS["benchmark"]
    if families == ("benchmark", "benchmark"):
        return _ROLE_COLOURS["fund"], colours[1]
    return colours


def kind_colour(kind: str) -> str:
    """Return the colour of a kind of event; a plain date, of no kind, is grey."""
    if not kind:
        return GREY
    known = _KIND_COLOURS.get(kind)
    return known or _OTHER_KINDS[sum(kind.encode()) % len(_OTHER_KINDS)]


def faint(colour: str) -> str:
    """Return a colour for an area: the line at its edge carries the contrast."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def price_unit(symbol: str, basis: Basis = Basis.PRICE) -> str:
    """Return the unit of a symbol's prices; another exchange's (``VOD.L``) is not known here."""
    unit = "Index points" if is_index(symbol) else "Price" if "." in symbol else "US dollars"
    return f"{unit}, dividends reinvested" if basis is Basis.TOTAL else unit


def described(what: str, values: pd.Series, fmt: str) -> str:
    """Return a sentence on a series: its window, first and last values, and extremes."""
    known = values.dropna()
    if known.empty:
        return f"{what}: no values in this window."
    days = pd.DatetimeIndex(known.index)
    numbers = known.to_numpy(dtype="float64")

    def at(place: int) -> str:
        return f"{numbers[place]:{fmt}} on {day_text(days[place])}"

    low, high = int(numbers.argmin()), int(numbers.argmax())
    return f"{what}: from {at(0)} to {at(-1)}; lowest {at(low)}, highest {at(high)}."


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """Return about how many pixels a text takes in a wide sans-serif font (on the safe side)."""
    em = sum(
        next((width for characters, width in _WIDTHS if character in characters), 0.57)
        for character in text
    )
    return em * size


def heading(ctx: Context, title: str, below: int, colour: str | None = None) -> Heading:
    """Return a figure's title and caption, broken into lines that a phone can show.

    Parameters
    ----------
    ctx
        What the chart is about.
    title
        The title, without the warning of simulated data.
    below
        Pixels between the caption and the plot.
    colour
        Of the line that the title names, shown before it.
    """
    plain = f"SIMULATED · {title}" if ctx.simulated else title
    titles = textwrap.wrap(plain, _TITLE_CHARACTERS)
    captions = textwrap.wrap(ctx.caption, _CAPTION_CHARACTERS)
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
        "xshift": 4 - MARGIN["l"],
        "yref": "paper",
        "y": 1,
        "yanchor": "top",
        "yshift": top - over,
        "borderpad": 0,
        "showarrow": False,
        "font": {"size": 11},
    }
    return Heading(plain, spec, [caption, *_watermark(ctx)], {**MARGIN, "t": top})


def _lines_of(lines: Sequence[str]) -> str:
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def _watermark(ctx: Context) -> list[dict[str, Any]]:
    """Return the annotation that says across a figure that its data are simulated."""
    if not ctx.simulated:
        return []
    return [
        {
            "name": "simulated",
            "text": _SIMULATED,
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


def file_stem(ctx: Context, what: str, *symbols: str) -> str:
    """Return a stem for files: lower-case letters, digits and hyphens."""
    simulated = "simulated" if ctx.simulated else ""
    words = (*symbols, what, ctx.basis.value, f"{ctx.as_of:%Y-%m-%d}", simulated)
    return "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", w.lower()).strip("-") for w in words)))


def chart_config(chart: Chart) -> dict[str, Any]:
    """Return Plotly's configuration for a chart.

    The camera saves a PNG for a slide of 16 by 9 (1600 by 900 pixels, doubled). What sends
    data away is removed, and so is what has no use here.
    """
    return {
        "displaylogo": False,
        "modeBarButtonsToRemove": [
            "sendChartToCloud",
            "lasso2d",
            "select2d",
            "autoScale2d",
            "zoomIn2d",
            "zoomOut2d",
            # Dragging zooms, shift and dragging pans: two buttons less beside the title.
            "zoom2d",
            "pan2d",
        ],
        "toImageButtonOptions": {
            "format": "png",
            "filename": chart.name,
            "width": 1600,
            "height": 900,
            "scale": 2,
        },
    }


_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {caption}</title>
<style>
body {{ margin: 0 auto; max-width: 1200px; padding: 1rem; background: #fff; color: #16202e;
       font-family: system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }}
figure {{ margin: 0; }}
figcaption {{ margin-top: .75rem; font-size: .9rem; line-height: 1.5; color: #45505f; }}
.simulated {{ margin: 0 0 .75rem; padding: .6rem .9rem; border: 2px solid #b4540a;
             color: #7a3806; font-weight: 600; }}
</style>
</head>
<body>
{warning}<figure role="group" aria-label="{alt}">
{plot}
<figcaption>{caption}<br>{alt}</figcaption>
</figure>
</body>
</html>
"""


def standalone_html(chart: Chart) -> str:
    """Return a whole page that shows a chart without a network: Plotly is in it.

    The page is light whatever the dashboard's theme, and states as-of, basis and source in its
    title and under the chart.
    """
    import plotly.io

    figure = chart.figure
    figure.update_layout(
        template={
            "layout": {
                "font": {
                    "family": 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif',
                    "size": 12,
                    "color": "#16202e",
                },
                "paper_bgcolor": "#ffffff",
                "plot_bgcolor": "#ffffff",
                "title": {"font": {"weight": 600}},
                "hoverlabel": {"bordercolor": "#dbe1ea"},
                "xaxis": {"showgrid": False, "zeroline": False},
                "yaxis": {"zeroline": False},
            }
        },
        autosize=True,
    )
    plot = plotly.io.to_html(
        figure,
        config={**chart_config(chart), "responsive": True},
        include_plotlyjs=True,
        full_html=False,
        default_width="100%",
        default_height=f"{figure.layout.height:.0f}px",
    )
    simulated = chart.caption.startswith(_SIMULATED)
    warning = (
        '<p class="simulated" role="note">Simulated data, not market prices.</p>\n'
        if simulated
        else ""
    )
    return _PAGE.format(
        title=html.escape(chart.title),
        caption=html.escape(chart.caption),
        alt=html.escape(chart.alt),
        warning=warning,
        plot=plot,
    )
