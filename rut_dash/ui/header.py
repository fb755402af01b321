"""The header of every page: the figures of both legs in a table of two rows."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

import numpy as np
import pandas as pd
import streamlit as st

from rut_dash.analysis.drawdown import distance_to_high
from rut_dash.analysis.returns import period_return, period_start, return_since, sessions_of
from rut_dash.charts.style import pair_colours
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.cache import cached
from rut_dash.ui.scope import Scope
from rut_dash.ui.scope_text import old_prices_text
from rut_dash.wording import close_name, counted, number, percent

_SAFE_IN_URL: Final = " =:/,;'()"
_POINTS: Final = 60
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
    """

    close: float
    day: float
    ytd: float
    since: float
    drawdown: float
    high: float
    high_session: pd.Timestamp
    year_end: pd.Timestamp | None


def leg_figures(history: PriceHistory, basis: Basis, anchor: pd.Timestamp) -> LegFigures:
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
    figures = cached(_figures_without_anchor, history, basis)
    return replace(figures, since=return_since(history.close(basis), anchor))


def _figures_without_anchor(history: PriceHistory, basis: Basis) -> LegFigures:
    """Return the figures of a symbol, with NaN for the time since the anchor."""
    close = history.close(basis)
    top = distance_to_high(close)
    raw = history.bars["close"] if history.has_price else close
    return LegFigures(
        close=float(raw.iloc[-1]),
        day=period_return(close, "1D"),
        ytd=period_return(close, "YTD"),
        since=float("nan"),
        drawdown=top.drawdown,
        high=top.value,
        high_session=top.session,
        year_end=period_start(sessions_of(close), "YTD"),
    )


def _year_line(history: PriceHistory, basis: Basis, colour: str) -> str:
    """Return a sparkline of the closes of a year, up to `_POINTS` with the last among them."""
    values = history.close(basis).iloc[-_YEAR:]
    step = max(1, -(-len(values) // _POINTS))
    points = values.to_numpy(dtype=float)[::-1][::step][::-1].tolist()
    period = f"{close_name(basis)}s of the last {counted(len(values), 'session')}"
    return sparkline(points, colour, f"{history.symbol}: {period}")


def sparkline(points: Sequence[float], colour: str, label: str) -> str:
    """Return a small line as an image that fills its box; without two values, nothing.

    Parameters
    ----------
    points
        In any unit, evenly spaced.
    """
    low, high = min(points, default=0.0), max(points, default=0.0)
    if len(points) < 2 or not np.isfinite(high - low):
        return ""
    scale = (high - low) or 1.0
    line = " ".join(
        f"{100 * n / (len(points) - 1):.1f},{29 - 28 * (point - low) / scale:.1f}"
        for n, point in enumerate(points)
    )
    image = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 30" '
        f'preserveAspectRatio="none"><polyline points="{line}" fill="none" '
        f'stroke="{colour}" stroke-width="1.75" vector-effect="non-scaling-stroke" '
        'stroke-linejoin="round"/></svg>'
    )
    # Streamlit removes SVG from HTML, but not images.
    source = f"data:image/svg+xml,{quote(image, safe=_SAFE_IN_URL)}"
    return f'<img alt="{html.escape(label)}" src="{source}">'


def draw_header(scope: Scope, *, is_brief: bool) -> None:
    """Draw both legs' figures: last close, day, year to date, since the anchor, from the high.

    One element of HTML: Streamlit's metrics and their grids would be thirteen, and each takes a
    tenth of a millisecond at every run of every session.

    Parameters
    ----------
    is_brief
        True for one line of closes and days, on a page that does not speak of the pair.
    """
    bases = tuple(map(scope.basis_of, scope.pair.legs))
    simulated = "Simulated, not market prices" if scope.pair.simulated else None
    state = tuple(filter(None, (simulated, old_prices_text(scope))))
    if is_brief:
        markup = cached(line_markup, scope.pair, bases, state)
    else:
        anchor = scope.anchor
        markup = cached(header_markup, scope.pair, bases, anchor.session, anchor.short, state)
    # For the foot of a sheet of paper.
    st.html(f'{markup}<p class="rut-footing" hidden>{html.escape(scope.context.caption)}</p>')


def line_markup(pair: PricePair, bases: tuple[Basis, ...], state: tuple[str, ...] = ()) -> str:
    """Return the last closes of a pair and their days, as one line of HTML.

    Parameters
    ----------
    bases, state
        As for `header_markup`.
    """
    legs = " ".join(
        f'<span class="rut-leg"><b style="--leg: {colour}">{html.escape(leg.symbol)}</b> '
        f"{_close_of(leg, basis)} {_day_cell(leg, basis)}</span>"
        for leg, basis, colour in zip(
            pair.legs, bases, pair_colours(pair.fund.symbol, pair.benchmark.symbol), strict=True
        )
    )
    notes = " ".join(f"<small>{html.escape(text)}</small>" for text in state)
    return f'<p class="rut-legs-line">{legs} {notes}</p>'


def _close_of(leg: PriceHistory, basis: Basis) -> str:
    figures = cached(_figures_without_anchor, leg, basis)
    return f"{number(figures.close)}{'' if leg.has_price else ' adjusted'}"


def _day_cell(leg: PriceHistory, basis: Basis) -> str:
    return _day_markup(cached(_figures_without_anchor, leg, basis).day)


def header_markup(
    pair: PricePair,
    bases: tuple[Basis, ...],
    anchor: pd.Timestamp,
    since: str,
    state: tuple[str, ...] = (),
) -> str:
    """Return the figures of both legs as a table.

    Parameters
    ----------
    bases
        That of each leg.
    anchor
        The session from whose close "since" counts.
    since
        The anchor's short name.
    state
        What a reader must know of every figure: that it is simulated, or old.
    """
    close = "Close" if any(leg.has_price for leg in pair.legs) else "Adjusted close"
    headings = (close, "Day", "Year to date", f"Since {since}", "From the high")
    head = "".join(f'<th scope="col">{html.escape(heading)}</th>' for heading in headings)
    colours = pair_colours(pair.fund.symbol, pair.benchmark.symbol)
    rows = "".join(
        _leg_row(leg, basis, anchor, colour, close)
        for leg, basis, colour in zip(pair.legs, bases, colours, strict=True)
    )
    notes = " · ".join(map(html.escape, state))
    caption = f"<caption>{notes}</caption>" if notes else ""
    return (
        f'<table class="rut-legs">{caption}<thead><tr><th scope="col">Symbol</th>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _leg_row(leg: PriceHistory, basis: Basis, anchor: pd.Timestamp, colour: str, close: str) -> str:
    figures = leg_figures(leg, basis, anchor)
    line = cached(_year_line, leg, basis, colour)
    simulated = "<small>simulated</small>" if leg.provenance.simulated else ""
    adjusted = "adjusted " if basis is Basis.TOTAL else ""
    top = f"{adjusted}{number(figures.high)} on {figures.high_session:%Y-%m-%d}"
    year = f"from {figures.year_end:%Y-%m-%d}" if figures.year_end is not None else ""
    is_other_close = close == "Close" and not leg.has_price
    cells = (
        _cell(number(figures.close), "adjusted" if is_other_close else ""),
        f"<td>{_day_markup(figures.day)}</td>",
        _cell(percent(figures.ytd), year),
        _cell(percent(figures.since), f"from {anchor:%Y-%m-%d}"),
        _cell(percent(figures.drawdown), top),
    )
    return (
        f'<tr style="--leg: {colour}"><th scope="row"><b>{html.escape(leg.symbol)}</b>{simulated}'
        f"{line}</th>{''.join(cells)}</tr>"
    )


def _cell(value: str, note: str) -> str:
    return f"<td><strong>{value}</strong>{f' <small>{note}</small>' if note else ''}</td>"


def _day_markup(day_return: float) -> str:
    """Return the day's return; colour and arrow repeat the sign of what is displayed."""
    displayed = round(day_return * 100, _DAY_DIGITS)
    css_class, arrow = "", ""
    if displayed > 0:
        css_class, arrow = "rut-up", '<i aria-hidden="true">↑ </i>'
    elif displayed < 0:
        css_class, arrow = "rut-down", '<i aria-hidden="true">↓ </i>'
    return f'<strong class="{css_class}">{arrow}{percent(day_return, _DAY_DIGITS)}</strong>'
