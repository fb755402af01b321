"""The header of every page: the figures of both legs with sparklines."""

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
from rut_dash.analysis.returns import period_return, period_start, return_since, sessions_of
from rut_dash.charts.style import pair_colours
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.cache import cached
from rut_dash.ui.scope import Scope
from rut_dash.wording import (
    MISSING,
    close_name,
    counted,
    number,
    percent,
)

_SAFE_IN_URL: Final = " =:/,;'()"
_POINTS: Final = 48
_QUARTER: Final = 63
_YEAR: Final = 252
_DAY_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class LegFigures:
    """The figures of one symbol on its own whole history; returns and drawdowns are fractions.

    Parameters
    ----------
    close
        The raw last close; the adjusted one where the file has no raw ones.
    day, ytd, since, drawdown
        On the basis of the page; NaN where the history does not reach back.
    high, high_session
        The highest close on that basis.
    year_end
        The session from whose close the year to date counts; None where there is none.
    sparklines
        For each of ``close, ytd, since, drawdown``, an image of a line that ends at the value.
    """

    close: float
    day: float
    ytd: float
    since: float
    drawdown: float
    high: float
    high_session: pd.Timestamp
    year_end: pd.Timestamp | None
    sparklines: dict[str, str]


def leg_figures(
    history: PriceHistory, basis: Basis, anchor: pd.Timestamp, colour: str
) -> LegFigures:
    """Return the figures of a symbol.

    Parameters
    ----------
    history
        Truncated to the as-of.
    basis
        Of all but the close.
    anchor
        The session from whose close "since" counts.
    """
    figures = cached(_figures_without_anchor, history, basis, colour)
    close = history.close(basis)
    period = f"the time since {anchor:%Y-%m-%d}"
    line = _line(history.symbol, colour, close.loc[anchor:], period)
    return replace(
        figures,
        since=return_since(close, anchor),
        sparklines={**figures.sparklines, "since": line},
    )


def _figures_without_anchor(history: PriceHistory, basis: Basis, colour: str) -> LegFigures:
    """Return the figures of a symbol, with NaN for the time since the anchor."""
    close = history.close(basis)
    top = distance_to_high(close)
    year_end = period_start(sessions_of(close), "YTD")
    raw = history.bars["close"] if history.has_price else close
    line = partial(_line, history.symbol, colour)
    return LegFigures(
        close=float(raw.iloc[-1]),
        day=period_return(close, "1D"),
        ytd=period_return(close, "YTD"),
        since=float("nan"),
        drawdown=top.drawdown,
        high=top.value,
        high_session=top.session,
        year_end=year_end,
        sparklines={
            "close": line(
                close.iloc[-_QUARTER:], f"{close_name(basis)}s of the last {_QUARTER} sessions"
            ),
            "ytd": line(close.loc[year_end:] if year_end is not None else close[:0], "the year"),
            "drawdown": line(underwater(close)[-_YEAR:], "drawdown over a year", area=True),
        },
    )


def _line(symbol: str, colour: str, values: pd.Series, period: str, *, area: bool = False) -> str:
    """Return a sparkline through up to `_POINTS` of the values, the last always among them."""
    step = max(1, -(-len(values) // _POINTS))
    points = values.to_numpy(dtype=float)[::-1][::step][::-1].tolist()
    return sparkline(points, colour, f"{symbol}: {period}", area=area)


def sparkline(points: Sequence[float], colour: str, label: str, *, area: bool = False) -> str:
    """Return a small line as an image that fills its box; without two values, nothing.

    Parameters
    ----------
    points
        In any unit, evenly spaced.
    area
        True fills the area above the line: a drawdown.
    """
    low, high = min(points, default=0.0), max(points, default=0.0)
    if len(points) < 2 or not np.isfinite(high - low):
        return ""
    scale = (high - low) or 1.0
    corners = [
        f"{100 * n / (len(points) - 1):.1f},{29 - 28 * (point - low) / scale:.1f}"
        for n, point in enumerate(points)
    ]
    line = " ".join(corners)
    shade = f'<polygon points="0,1 {line} 100,1" fill="{colour}" fill-opacity="0.18"/>' * area
    image = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 30" '
        f'preserveAspectRatio="none">{shade}<polyline points="{line}" fill="none" '
        f'stroke="{colour}" stroke-width="1.75" vector-effect="non-scaling-stroke" '
        'stroke-linejoin="round"/></svg>'
    )
    # Streamlit removes SVG from HTML, but not images.
    source = f"data:image/svg+xml,{quote(image, safe=_SAFE_IN_URL)}"
    return f'<img alt="{html.escape(label)}" src="{source}">'


def draw_header(scope: Scope, behind: int) -> None:
    """Draw both legs' figures: last close, day, year to date, since the anchor, drawdown.

    ``behind`` is how many final sessions the prices are behind.

    One element of HTML: Streamlit's metrics and their grids would be thirteen, and each takes a
    tenth of a millisecond at every run of every session.
    """
    bases = tuple(map(scope.basis_of, scope.pair.legs))
    anchor = scope.anchor
    st.html(cached(_header_markup, scope.pair, bases, anchor.session, anchor.short, behind))


def _header_markup(
    pair: PricePair, bases: tuple[Basis, ...], anchor: pd.Timestamp, since: str, behind: int
) -> str:
    colours = pair_colours(pair.fund.symbol, pair.benchmark.symbol)
    legs = zip(pair.legs, bases, colours, strict=True)
    return "".join(
        leg_markup(leg, basis, anchor, since, colour, behind) for leg, basis, colour in legs
    )


def leg_markup(
    leg: PriceHistory,
    basis: Basis,
    anchor: pd.Timestamp,
    since: str,
    colour: str,
    behind: int = 0,
) -> str:
    """Return one leg's figures and small lines as HTML.

    Parameters
    ----------
    leg, basis, anchor, colour
        As for `leg_figures`.
    since
        The anchor's short name.
    behind
        How many final sessions the prices are behind: the close then has its day.
    """
    figures = leg_figures(leg, basis, anchor, colour)
    year = f"from {figures.year_end:%Y-%m-%d}" if figures.year_end is not None else MISSING
    adjusted = "adjusted " if basis is Basis.TOTAL else ""
    top = f"{adjusted}{number(figures.high)} on {figures.high_session:%Y-%m-%d}"
    last = Basis.PRICE if leg.has_price else basis
    on_day = _day_note(figures.day)
    if behind:
        sessions = counted(behind, "session")
        on_day += f" {_note(f'{leg.last_session:%Y-%m-%d}, {sessions} behind')}"
    mark = " · simulated" if leg.provenance.simulated else ""
    metrics = (
        ("close", f"{leg.symbol} {close_name(last)}", number(figures.close), on_day),
        ("ytd", "Year to date", percent(figures.ytd), _note(year)),
        ("since", f"Since {since}", percent(figures.since), _note(f"from {anchor:%Y-%m-%d}")),
        ("drawdown", "From the high", percent(figures.drawdown), _note(top)),
    )
    cells = "".join(
        f'<div class="rut-metric"><dt>{html.escape(label + mark)}</dt>'
        f"<dd><strong>{value}</strong>{note}{figures.sparklines[key]}</dd></div>"
        for key, label, value, note in metrics
    )
    return f'<dl class="rut-leg" style="--leg: {colour}">{cells}</dl>'


def _note(text: str, css_class: str = "", arrow: str = "") -> str:
    prefix = f'<i aria-hidden="true">{arrow} </i>' if arrow else ""
    return f'<small class="{css_class}">{prefix}{text}</small>'


def _day_note(day_return: float) -> str:
    """Return the day's return; colour and arrow repeat the sign of what is displayed."""
    displayed = round(day_return * 100, _DAY_DIGITS)
    css_class, arrow = "", ""
    if displayed > 0:
        css_class, arrow = "rut-up", "↑"
    elif displayed < 0:
        css_class, arrow = "rut-down", "↓"
    return f"{_note(percent(day_return, _DAY_DIGITS), css_class, arrow)} <span>on the day</span>"
