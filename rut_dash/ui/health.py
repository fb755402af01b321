"""The state of the data: a table of every symbol, with what is wrong and a way to fetch again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rut_dash.analysis.wording import counted
from rut_dash.errors import RutDashError
from rut_dash.market.service import Health
from rut_dash.ui.cache import market
from rut_dash.ui.live import INDICES
from rut_dash.ui.page import Column, Page
from rut_dash.ui.session import notify
from rut_dash.ui.text import plain

__all__ = ["draw_health"]


def _symbols(page: Page) -> list[str]:
    legs = page.view.legs
    return list(dict.fromkeys((*legs, *INDICES, *sorted(market().symbols()))))


def _table(states: list[Health]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "symbol": [state.symbol for state in states],
            "source": [state.source for state in states],
            "fetched_at": [state.fetched_at for state in states],
            "first": pd.to_datetime([state.first for state in states]),
            "last": pd.to_datetime([state.last for state in states]),
            "rows": [state.rows for state in states],
            "missing": [len(state.missing) for state in states],
            "problem": [state.problem for state in states],
        }
    )


def draw_health(page: Page) -> None:
    """Draw the state of every symbol that is stored or asked for."""
    states = [market().health(symbol) for symbol in _symbols(page)]
    with page.panel("Prices at hand"):
        columns = {
            "symbol": Column("Symbol", "text"),
            "source": Column("Source", "text"),
            "fetched_at": Column("Fetched", "text"),
            "first": Column("First session", "date"),
            "last": Column("Last session", "date"),
            "rows": Column("Sessions", "count"),
            "missing": Column("Missing", "count", help="Sessions of the NYSE without a bar"),
            "problem": Column("Last problem", "text"),
        }
        page.table("Data health", _table(states), columns, alt="State of the data by symbol")
