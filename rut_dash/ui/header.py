"""The header of every page: how both legs stand, in figures and sparklines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from rut_dash.analysis.drawdown import distance_to_high, underwater
from rut_dash.analysis.performance import period_return, period_start, return_since
from rut_dash.analysis.wording import day, number, percent
from rut_dash.market.bars import Basis, PriceHistory
from rut_dash.ui.cache import cached
from rut_dash.ui.scope import Scope

__all__ = ["Standing", "draw_header", "standing"]

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
    roles = ("fund", "benchmark")
    for role, leg in zip(roles, scope.pair.legs, strict=True):
        basis = scope.basis_of(leg)
        figures = cached(standing, leg, basis, scope.anchor.session)
        with st.container(key=f"standing_{role}", border=True):
            _draw(leg, figures, scope)


def _draw(leg: PriceHistory, figures: Standing, scope: Scope) -> None:
    colour = "orange" if leg is scope.pair.fund else "blue"
    with st.grid(4, min_column_width=140, gap="small"):
        st.metric(
            f"{leg.symbol} close",
            number(figures.close),
            f"{percent(figures.day, 2)}" if figures.day == figures.day else None,
            delta_description="on the day",
            chart_data=figures.sparks["close"],
            delta_color="normal",
        )
        for name, label, value, extra in (
            ("ytd", "Year to date", percent(figures.ytd), ""),
            ("since", f"Since {scope.anchor.short}", percent(figures.since), ""),
            (
                "drawdown",
                "From the high",
                percent(figures.drawdown),
                f"{number(figures.high)} on {day(figures.high_session)}",
            ),
        ):
            st.metric(
                label,
                value,
                chart_data=figures.sparks[name],
                chart_type="area" if name == "drawdown" else "line",
                delta_color=colour,
                help=extra or None,
            )
