"""The state of the data: every symbol's bars, what is wrong with them, a way to fetch again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from rut_dash.market.market import Health
from rut_dash.ui.cache import cached, market
from rut_dash.ui.live_prices import refreshes, symbols_to_poll
from rut_dash.ui.text import plain, public
from rut_dash.ui.view import ViewState

__all__ = [
    "differences_table",
    "health_header",
    "health_table",
    "missing_table",
    "problem_lines",
    "refresh_controls",
    "states",
]


def states(view: ViewState) -> tuple[Health, ...]:
    """Return the state of every symbol that is stored or followed, the view's own first."""
    symbols = dict.fromkeys((*symbols_to_poll(view.legs), *market().symbols()))
    return tuple(_state(symbol) for symbol in symbols)


def _state(symbol: str) -> Health:
    version = market().version(symbol)
    if not version:
        return market().health(symbol)
    return cached(_checked, symbol, version, market().settled.date())


def _checked(symbol: str, version: str, settled: date) -> Health:
    """Return the state of a symbol's bars: it follows from their version and the last session."""
    return market().health(symbol)


def health_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return one row a symbol: where its bars are from, how far they go, what went wrong."""
    return pd.DataFrame(
        {
            "symbol": [health.symbol for health in healths],
            "source": [health.source for health in healths],
            "fetched_at": _times([health.fetched_at for health in healths], utc=True),
            "first": _times([health.first for health in healths]),
            "last": _times([health.last for health in healths]),
            "rows": [health.rows for health in healths],
            "missing": [len(health.missing) for health in healths],
            "behind": [health.behind for health in healths],
            "problem": [h.problem and public(h.problem) for h in healths],
            "retry_at": _times([health.retry_at for health in healths], utc=True),
            "incomplete_from": _times([health.incomplete_from for health in healths]),
        }
    )


def _times(values: list[Any], *, utc: bool = False) -> pd.Series:
    """Return dates or moments, None becoming NaT."""
    return pd.to_datetime(pd.Series(values, dtype="object"), utc=utc)


def missing_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return the NYSE sessions that have no bar, newest first."""
    rows = [(health.symbol, session) for health in healths for session in health.missing]
    frame = pd.DataFrame(rows, columns=["symbol", "session"])
    frame["session"] = pd.to_datetime(frame["session"])
    return frame.sort_values(["session", "symbol"], ascending=[False, True], ignore_index=True)


def differences_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return by symbol how often a vendor's adjusted daily return disagrees, and the worst."""
    rows = []
    for health in healths:
        if health.adjustment_differences:
            session, worst = max(health.adjustment_differences, key=lambda row: abs(row[1]))
            rows.append((health.symbol, len(health.adjustment_differences), worst, session))
    frame = pd.DataFrame(rows, columns=["symbol", "sessions", "largest", "session"])
    frame["session"] = pd.to_datetime(frame["session"])
    return frame


def health_header(name: str, healths: Sequence[Health]) -> list[tuple[str, str]]:
    """Return the head of a table's file: its name, and the symbols whose bars it is about."""
    return [("table", name), ("symbols", ", ".join(health.symbol for health in healths))]


def problem_lines(healths: Sequence[Health]) -> list[str]:
    """Return what went wrong last, one line for the symbols that share it."""
    alike: dict[str, list[str]] = {}
    for health in healths:
        if health.problem:
            alike.setdefault(health.problem, []).append(health.symbol)
    return [f"{', '.join(symbols)}: {problem}." for problem, symbols in alike.items()]


def refresh_controls(healths: Sequence[Health]) -> None:
    """Draw a button that fetches again for each symbol, and what came of the last ones."""
    if not market().can_fetch:
        st.caption(
            "Nothing is fetched: prices come from a folder of files, or the network is switched "
            "off."
        )
        return
    symbols = [health.symbol for health in healths]
    record = refreshes()
    with st.container(horizontal=True, gap="small"):
        for label, chosen in (("All", symbols), *((symbol, [symbol]) for symbol in symbols)):
            st.button(
                plain(label),
                key=f"refresh_{label}",
                icon=":material/refresh:",
                on_click=record.ask,
                args=(market(), chosen),
                disabled=all(symbol in record.waiting for symbol in chosen),
                help=f"Fetch {plain(' and '.join(chosen))} again",
            )
    if record.waiting:
        st.caption(plain(f"Fetching {', '.join(record.waiting)} behind this page."))
    for symbol, outcome in record.outcomes.items():
        if symbol in symbols and symbol not in record.waiting:
            st.caption(plain(_said(symbol, outcome.status, outcome.rows_added, outcome.problem)))


def _said(symbol: str, status: str, added: int, problem: str | None) -> str:
    if problem is not None:
        return problem
    if status == "fetched" and added:
        return f"{symbol}: fetched, {added:,} sessions added."
    return f"{symbol}: the source was asked and has nothing newer."
