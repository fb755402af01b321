"""Prices behind a page: what is stored at once, the rest fetched behind it, never waited for."""

from __future__ import annotations

from typing import Final

import streamlit as st

from rut_dash.analysis.wording import counted
from rut_dash.errors import DataUnavailable, RutDashError
from rut_dash.market.bars import PricePair
from rut_dash.ui.cache import cached, demo, history, market
from rut_dash.ui.prices import Legs, Shown, choose
from rut_dash.ui.text import plain

__all__ = ["INDICES", "find_prices", "watch"]

# The indices stand beside the funds in the period table where they are loaded.
INDICES: Final = ("^RUT", "^GSPC")

# Seconds between two looks: while prices are on their way, and while nothing is.
_SOON: Final = 1.5
_SELDOM: Final = 60.0


def find_prices(asked: Legs, before: Legs | None) -> Shown:
    """Return the prices to show now, and have what is missing or due fetched behind the page."""
    market().background(_wanted(asked))
    return choose(
        asked,
        before,
        stored=history,
        demo=demo,
        why_missing=_why_missing,
        align=lambda fund, benchmark: cached(PricePair.align, fund, benchmark),
    )


def _wanted(asked: Legs) -> list[str]:
    return list(dict.fromkeys((*asked, *INDICES)))


def _why_missing(symbol: str) -> RutDashError | None:
    return market().progress().problems.get(symbol)


def _state(symbols: Legs) -> tuple[object, ...]:
    """Return what a page must be drawn again for."""
    source = market()
    progress = source.progress()
    versions = tuple(source.version(symbol) for symbol in _wanted(symbols))
    return (*versions, progress.active, tuple(sorted(progress.problems)))


def watch(asked: Legs) -> None:
    """Look now and then whether the prices changed, and only then draw the page again."""
    active = market().progress().active
    seen = _state(asked)
    st.fragment(_look, run_every=_SOON if active else _SELDOM)(asked, seen)


def _look(asked: Legs, seen: tuple[object, ...]) -> None:
    market().background(_wanted(asked))
    if _state(asked) != seen:
        st.rerun()
    progress = market().progress()
    if progress.active and progress.total:
        what = f"Fetching {progress.current}" if progress.current else "Fetching prices"
        st.progress(
            progress.done / progress.total,
            text=f"{plain(what)}: {progress.done} of {counted(progress.total, 'symbol')} done",
        )
