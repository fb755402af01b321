"""The header of every page: how both legs stand, in figures and sparklines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
import streamlit as st

from rut_dash.analysis.drawdown import distance_to_high, underwater
from rut_dash.analysis.performance import period_return, period_start, return_since
from rut_dash.analysis.wording import number, percent
from rut_dash.market.bars import Basis, PriceHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.scope import Anchor, Scope

__all__ = ["Standing", "draw_header", "standing"]

Colour = Literal["orange", "blue"]

# The palette's names for the colours that the charts give to a fund and to a benchmark.
_COLOURS: Final[dict[str, Colour]] = {"fund": "orange", "benchmark": "blue"}
_ROLES: Final = ("fund", "benchmark")
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
        For each of ``close, ytd, since, drawdown``, a few dozen points that end at the value.
    """

    close: float
    day: float
    ytd: float
    since: float
    drawdown: float
    high: float
    high_session: pd.Timestamp
    year_end: pd.Timestamp | None
    sparks: dict[str, list[float]]


def standing(history: PriceHistory, basis: Basis, anchor: pd.Timestamp) -> Standing:
    """Return how a symbol stands.

    Parameters
    ----------
    history
        Truncated to the as-of.
    basis
        Of all but the close.
    anchor
        The session from whose close "since" counts.
    """
    close = history.close(basis)
    top = distance_to_high(close)
    year_end = period_start(history.sessions, "YTD")
    raw = history.bars["close"] if history.has_price else close
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
            "close": _spark(close.iloc[-_QUARTER:]),
            "ytd": _spark(close.loc[year_end:] if year_end is not None else close.iloc[:0]),
            "since": _spark(close.loc[anchor:]),
            "drawdown": _spark(underwater(close).iloc[-_YEAR:]),
        },
    )


def _spark(values: pd.Series) -> list[float]:
    """Return up to `_POINTS` of the values, the last always among them."""
    every = max(1, -(-len(values) // _POINTS))
    points = values.to_numpy(dtype=float)[::-1][::every][::-1]
    return [float(f"{point:.5g}") for point in points if np.isfinite(point)]


def draw_header(scope: Scope) -> None:
    """Draw both legs' figures: last close, day, year to date, since the anchor, drawdown."""
    for role, leg in zip(_ROLES, scope.pair.legs, strict=True):
        figures = cached(standing, leg, scope.basis_of(leg), scope.anchor.session)
        with st.container(key=f"standing_{role}", border=True):
            _draw(leg, figures, scope.anchor, _COLOURS[role])


def _draw(leg: PriceHistory, figures: Standing, anchor: Anchor, colour: Colour) -> None:
    # Streamlit takes the sign, and with it arrow and colour, from an ASCII minus only.
    today = percent(figures.day, 2).replace("\N{MINUS SIGN}", "-")
    top = f"{number(figures.high)} on {figures.high_session:%Y-%m-%d}"
    begins = f"{figures.year_end:%Y-%m-%d}" if figures.year_end is not None else None
    rows = (
        ("ytd", "Year to date", figures.ytd, begins),
        ("since", f"Since {anchor.short}", figures.since, f"{anchor.session:%Y-%m-%d}"),
        ("drawdown", "From the high", figures.drawdown, top),
    )
    with st.grid(4, min_column_width=140, gap="small"):
        st.metric(
            f"{leg.symbol} close",
            number(figures.close),
            None if np.isnan(figures.day) else today,
            delta_description="on the day",
            chart_data=figures.sparks["close"] or None,
        )
        for key, label, value, from_where in rows:
            st.metric(
                label,
                percent(value),
                from_where,
                delta_color=colour,
                delta_arrow="off",
                chart_data=figures.sparks[key] or None,
                chart_type="area" if key == "drawdown" else "line",
            )
