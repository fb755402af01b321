"""Bars and events that the tests of charts draw, as plain functions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rut_dash.charts.chart import Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.events.catalogue import load_catalogue
from rut_dash.events.kinds import KINDS
from rut_dash.market.history import Basis

AS_OF = pd.Timestamp("2025-05-30")


def real_context() -> Context:
    return Context("IWM", "SPY", Basis.PRICE, AS_OF, "Yahoo Finance", False)


def simulated_context() -> Context:
    return Context("IWM", "SPY", Basis.TOTAL, AS_OF, "simulated demo", True)


def made_up_bars() -> pd.DataFrame:
    """Return 25 years of made-up bars on weekdays, without New Year's Day and Christmas."""
    days = pd.bdate_range("2000-05-26", AS_OF)
    closed = ((days.month == 1) & (days.day == 1)) | ((days.month == 12) & (days.day == 25))
    days = days[~closed]
    rng = np.random.default_rng(7)
    close = 50 * np.exp(np.cumsum(rng.normal(0.0002, 0.012, len(days))))
    opens = close * np.exp(rng.normal(0, 0.004, len(days)))
    spread = np.abs(rng.normal(0, 0.006, len(days)))
    return pd.DataFrame(
        {
            "open": opens,
            "high": np.maximum(opens, close) * (1 + spread),
            "low": np.minimum(opens, close) * (1 - spread),
            "close": close,
            "volume": rng.integers(1_000_000, 90_000_000, len(days)).astype(float),
        },
        index=days.rename("session"),
    )


def every_mark(sessions: pd.DatetimeIndex) -> list[EventMark]:
    """Return every shipped event of the sessions on its own day, the truce as the anchor."""
    marks = []
    for event in load_catalogue(through=AS_OF.date()).events:
        day = pd.Timestamp(event.date)
        if sessions[0] <= day <= sessions[-1]:
            counted_from = day if event.id == "tariff-truce" else None
            lane = KINDS[event.kind].lane
            marks.append(EventMark(day, event.short, lane, counted_from=counted_from))
    assert sum(mark.is_anchor for mark in marks) == 1
    return marks
