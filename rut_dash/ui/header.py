"""The header of every page: how both legs stand, in figures and sparklines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import quote

import numpy as np
import pandas as pd
import streamlit as st

from rut_dash.analysis.drawdown import distance_to_high, underwater
from rut_dash.analysis.performance import period_return, period_start, return_since
from rut_dash.analysis.wording import number, percent
from rut_dash.charts import pair_colours
from rut_dash.market.bars import Basis, PriceHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.scope import Anchor, Scope
from rut_dash.ui.text import plain

__all__ = ["Standing", "draw_header", "sparkline", "standing"]

_PLAIN_IN_URL: Final = " =:/,;'()"
_SPARK: Final = """
[class*="st-key-standing_"] [data-testid="stMetric"]::after {
  display: block; height: 2.4rem; margin-top: 0.25rem; background: 0 0 / 100% 100% no-repeat;
}
"""
# In the order in which they are drawn.
_SHOWN: Final = ("close", "ytd", "since", "drawdown")
_POINTS: Final = 48
_QUARTER: Final = 63
_YEAR: Final = 252


@dataclass(frozen=True, slots=True)
class Standing:
    """How one symbol stands on its own whole history; returns and drawdowns are fractions.

    Parameters
    ----------
    close
        The raw last close; the adjusted one where the file has nothing else.
    day, ytd, since, drawdown
        On the basis asked for; NaN where the history does not reach back.
    high, high_session
        The highest close on that basis.
    year_end
        The session from whose close the year to date counts; None where there is none.
    sparks
        For each of ``close, ytd, since, drawdown``, a small line that ends at the value.
    """

    close: float
    day: float
    ytd: float
    since: float
    drawdown: float
    high: float
    high_session: pd.Timestamp
    year_end: pd.Timestamp | None
    sparks: dict[str, str]


def standing(history: PriceHistory, basis: Basis, anchor: pd.Timestamp, colour: str) -> Standing:
    """Return how a symbol stands.

    Parameters
    ----------
    history
        Truncated to the as-of.
    basis
        Of all but the close.
    anchor
        The session from whose close "since" counts.
    colour
        Of the lines.
    """
    close = history.close(basis)
    top = distance_to_high(close)
    year_end = period_start(history.sessions, "YTD")
    raw = history.bars["close"] if history.has_price else close
    line = partial(_line, history.symbol, colour)
    return Standing(
        close=float(raw.iloc[-1]),
        day=period_return(close, "1D"),
        ytd=period_return(close, "YTD"),
        since=return_since(close, anchor),
        drawdown=top.drawdown,
        high=top.value,
        high_session=top.session,
        year_end=year_end,
        sparks={
            "close": line(close.iloc[-_QUARTER:], f"the last {_QUARTER} sessions"),
            "ytd": line(close.loc[year_end:] if year_end is not None else close[:0], "the year"),
            "since": line(close.loc[anchor:], f"the time since {anchor:%Y-%m-%d}"),
            "drawdown": line(underwater(close)[-_YEAR:], "drawdown over a year", area=True),
        },
    )


def _line(symbol: str, colour: str, values: pd.Series, what: str, *, area: bool = False) -> str:
    """Return a line through up to `_POINTS` of the values, the last always among them."""
    every = max(1, -(-len(values) // _POINTS))
    points = values.to_numpy(dtype=float)[::-1][::every][::-1].tolist()
    return sparkline(points, colour, f"{symbol}: {what}", area=area)


def sparkline(points: Sequence[float], colour: str, label: str, *, area: bool = False) -> str:
    """Return a small line as the style of a box that it fills; without two values, an empty one.

    Streamlit's own sparklines load a charting library and name their marks for nobody; images
    of their own would double the elements of the header, and with them its cost at every run.

    Parameters
    ----------
    points
        In any unit, evenly spaced.
    colour
        Of the line.
    label
        What it shows, for a reader who does not see it.
    area
        True hangs an area from the top: a drawdown.
    """
    low, high = min(points, default=0.0), max(points, default=0.0)
    if len(points) < 2 or not np.isfinite(high - low):
        return 'content: "";'
    scale = (high - low) or 1.0
    places = [
        f"{100 * n / (len(points) - 1):.1f},{29 - 28 * (point - low) / scale:.1f}"
        for n, point in enumerate(points)
    ]
    line = " ".join(places)
    shade = f'<polygon points="0,1 {line} 100,1" fill="{colour}" fill-opacity="0.18"/>' * area
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 30" '
        f'preserveAspectRatio="none">{shade}<polyline points="{line}" fill="none" '
        f'stroke="{colour}" stroke-width="1.75" vector-effect="non-scaling-stroke" '
        'stroke-linejoin="round"/></svg>'
    )
    source = f"data:image/svg+xml,{quote(drawing, safe=_PLAIN_IN_URL)}"
    return f'background-image: url("{source}"); content: "" / "{_css_text(label)}";'


def _css_text(text: str) -> str:
    """Return a text that ends neither a CSS string nor a style element."""
    return "".join(c if c.isalnum() or c in " :,.-^" else f"\\{ord(c):x} " for c in text)


def draw_header(scope: Scope) -> None:
    """Draw both legs' figures: last close, day, year to date, since the anchor, drawdown."""
    colours = pair_colours(*(leg.symbol for leg in scope.pair.legs))
    roles = ("fund", "benchmark")
    standings = [
        cached(standing, leg, scope.basis_of(leg), scope.anchor.session, colour)
        for leg, colour in zip(scope.pair.legs, colours, strict=True)
    ]
    rules = map(_rules, roles, standings, colours)
    st.html(f"<style>{_SPARK}{''.join(rules)}</style>")
    for role, leg, figures in zip(roles, scope.pair.legs, standings, strict=True):
        with (
            st.container(key=f"standing_{role}", border=True),
            st.grid(4, min_column_width=140, gap="small"),
        ):
            _draw(leg, figures, scope.anchor)


def _rules(role: str, figures: Standing, colour: str) -> str:
    """Return the border of a leg's box, and the line below each of its metrics."""
    box = f".st-key-standing_{role}"
    sparks = (
        f'{box} [data-testid="stGridCell"]:nth-child({place}) '
        f'[data-testid="stMetric"]::after {{ {figures.sparks[key]} }}\n'
        for place, key in enumerate(_SHOWN, 1)
    )
    return f"{box} {{ border-left: 3px solid {colour}; }}\n{''.join(sparks)}"


def _draw(leg: PriceHistory, figures: Standing, anchor: Anchor) -> None:
    # Streamlit takes the sign, and with it arrow and colour, from an ASCII minus only.
    today = percent(figures.day, 2).replace("\N{MINUS SIGN}", "-")
    top = f"{number(figures.high)} on {figures.high_session:%Y-%m-%d}"
    begins = f"from {figures.year_end:%Y-%m-%d}" if figures.year_end is not None else "–"
    since = f"from {anchor.session:%Y-%m-%d}"
    st.metric(
        f"{leg.symbol} close",
        number(figures.close),
        None if np.isnan(figures.day) else today,
        delta_description="on the day",
    )
    for label, value, start in (
        ("Year to date", percent(figures.ytd), begins),
        (f"Since {anchor.short}", percent(figures.since), since),
        ("From the high", percent(figures.drawdown), top),
    ):
        st.metric(plain(label), value, start, delta_color="off", delta_arrow="off")
