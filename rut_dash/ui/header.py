"""The header of every page: how both legs stand, in figures and sparklines."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import quote

import numpy as np
import pandas as pd
import streamlit as st

from rut_dash.analysis.drawdown import distance_to_high, underwater
from rut_dash.analysis.returns import period_return, period_start, return_since
from rut_dash.charts import pair_colours
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.scope import Scope
from rut_dash.wording import MISSING, number, percent

__all__ = ["Standing", "draw_header", "leg_markup", "sparkline", "standing"]

# What the theme's settings cannot give: the boxes, and the downloads at the edge of a panel.
_STYLE: Final = """<style>
[class*="st-key-csv_"], [class*="st-key-html_"] { align-self: flex-end; }
[class*="st-key-csv_"] button, [class*="st-key-html_"] button {
  min-height: 1.75rem; padding-block: 0;
}
[class*="st-key-html_"] { margin-top: -1.5rem; }
dl.rut-leg {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 1rem;
  margin: 0 0 1rem; padding: 1rem; border: 1px solid light-dark(#dbe1ea, #2b3646);
  border-left: 3px solid var(--leg); border-radius: 0.5rem;
}
dl.rut-leg:last-child { margin: 0; }
.rut-metric { min-width: 0; }
.rut-metric dt { font-size: 0.875rem; }
.rut-metric dd { margin: 0; }
.rut-metric strong { display: block; font-size: 1.45rem; font-weight: 600; line-height: 1.4; }
.rut-metric small {
  display: inline-block; max-width: 100%; padding: 0.1rem 0.4rem; border-radius: 0.75rem;
  font-size: 0.875rem; background: light-dark(#eef1f5, #1d2633);
  color: light-dark(#4b5666, #aab6c6);
}
.rut-metric small.rut-up {
  background: light-dark(#e3f3ec, #12332a); color: light-dark(#0c6b4a, #51cf96);
}
.rut-metric small.rut-down {
  background: light-dark(#fbe7e9, #3b1d22); color: light-dark(#b02331, #ff9c9c);
}
.rut-metric span { font-size: 0.875rem; opacity: 0.8; }
.rut-metric img { display: block; width: 100%; height: 2.4rem; margin-top: 0.25rem; }
</style>"""
_PLAIN_IN_URL: Final = " =:/,;'()"
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
    still = cached(_without_anchor, history, basis, colour)
    close = history.close(basis)
    about = f"the time since {anchor:%Y-%m-%d}"
    line = _line(history.symbol, colour, close.loc[anchor:], about)
    return replace(still, since=return_since(close, anchor), sparks={**still.sparks, "since": line})


def _without_anchor(history: PriceHistory, basis: Basis, colour: str) -> Standing:
    """Return how a symbol stands but for what counts from the anchor."""
    close = history.close(basis)
    top = distance_to_high(close)
    year_end = period_start(history.sessions, "YTD")
    raw = history.bars["close"] if history.has_price else close
    line = partial(_line, history.symbol, colour)
    return Standing(
        close=float(raw.iloc[-1]),
        day=period_return(close, "1D"),
        ytd=period_return(close, "YTD"),
        since=float("nan"),
        drawdown=top.drawdown,
        high=top.value,
        high_session=top.session,
        year_end=year_end,
        sparks={
            "close": line(close.iloc[-_QUARTER:], f"the last {_QUARTER} sessions"),
            "ytd": line(close.loc[year_end:] if year_end is not None else close[:0], "the year"),
            "drawdown": line(underwater(close)[-_YEAR:], "drawdown over a year", area=True),
        },
    )


def _line(symbol: str, colour: str, values: pd.Series, what: str, *, area: bool = False) -> str:
    """Return a line through up to `_POINTS` of the values, the last always among them."""
    every = max(1, -(-len(values) // _POINTS))
    points = values.to_numpy(dtype=float)[::-1][::every][::-1].tolist()
    return sparkline(points, colour, f"{symbol}: {what}", area=area)


def sparkline(points: Sequence[float], colour: str, label: str, *, area: bool = False) -> str:
    """Return a small line as an image that fills its box; without two values, nothing.

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
        return ""
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
    # Streamlit takes drawings out of HTML, and leaves images.
    source = f"data:image/svg+xml,{quote(drawing, safe=_PLAIN_IN_URL)}"
    return f'<img alt="{html.escape(label)}" src="{source}">'


def draw_header(scope: Scope) -> None:
    """Draw both legs' figures: last close, day, year to date, since the anchor, drawdown.

    One element in the place of the thirteen that Streamlit's metrics and their grids take: each
    costs a tenth of a millisecond at every run of every session.
    """
    anchor = scope.anchor
    legs = (
        cached(leg_markup, leg, scope.basis_of(leg), anchor.session, anchor.short, colour)
        for leg, colour in zip(
            scope.pair.legs, pair_colours(*(leg.symbol for leg in scope.pair.legs)), strict=True
        )
    )
    st.html(_STYLE + "".join(legs))


def leg_markup(
    leg: PriceHistory, basis: Basis, anchor: pd.Timestamp, since: str, colour: str
) -> str:
    """Return one leg's figures and small lines as HTML.

    Parameters
    ----------
    leg, basis, anchor, colour
        As for `standing`.
    since
        What the anchor is called.
    """
    figures = standing(leg, basis, anchor, colour)
    begins = f"from {figures.year_end:%Y-%m-%d}" if figures.year_end is not None else MISSING
    top = f"{number(figures.high)} on {figures.high_session:%Y-%m-%d}"
    shown = (
        ("close", f"{leg.symbol} close", number(figures.close), _day(figures.day)),
        ("ytd", "Year to date", percent(figures.ytd), _note(begins)),
        ("since", f"Since {since}", percent(figures.since), _note(f"from {anchor:%Y-%m-%d}")),
        ("drawdown", "From the high", percent(figures.drawdown), _note(top)),
    )
    cells = "".join(
        f'<div class="rut-metric"><dt>{html.escape(label)}</dt>'
        f"<dd><strong>{value}</strong>{below}{figures.sparks[key]}</dd></div>"
        for key, label, value, below in shown
    )
    return f'<dl class="rut-leg" style="--leg: {colour}">{cells}</dl>'


def _note(text: str, kind: str = "", arrow: str = "") -> str:
    drawn = f'<i aria-hidden="true">{arrow} </i>' if arrow else ""
    return f'<small class="{kind}">{drawn}{text}</small>'


def _day(update_view: float) -> str:
    """Return the day's return; colour and arrow repeat its sign."""
    text = percent(update_view, 2)
    way = "rut-up" if text.startswith("+") else "rut-down" if text[0] == "\N{MINUS SIGN}" else ""
    arrow = {"rut-up": "↑", "rut-down": "↓", "": ""}[way]
    return f"{_note(text, way, arrow)} <span>on the day</span>"
