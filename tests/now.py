"""Bars up to the present, for programs whose clock no test can set.

A command or an app in a process of its own looks at the wall clock, so that what it is served
must end with the last session whose bar is final by now, on a weekend as in mid-session, in
whatever year the tests run.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd

from rut_dash.market import calendar
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.sources.base import FINAL_AFTER
from rut_dash.market.store import Store
from tests.fake_yahoo import NEW_YORK, FakeYahoo, made_up_bars

# No test lasts longer; one that would see a session settle in its middle begins after that.
_MARGIN = timedelta(minutes=2)
# How far a store lags behind that was last filled a while ago, in sessions.
SESSIONS_AGO = 6
_TIMES = ("tried_at", "fetched_at", "retry_at", "rate_limited_until")
_STARTS = {"SPY": 450.0, "^RUT": 2000.0, "^GSPC": 5000.0}


def final_sessions(count: int) -> pd.DatetimeIndex:
    """Return the last sessions whose bars are final, now and for two minutes."""
    while True:
        now = datetime.now(UTC)
        last = calendar.last_closed_session(now - FINAL_AFTER)
        if calendar.last_closed_session(now + _MARGIN - FINAL_AFTER) == last:
            break
        time.sleep(1)
    return calendar.sessions(last - pd.Timedelta(days=2 * count + 10), last)[-count:]


@cache
def _bars(first: str, last: str, start: float) -> pd.DataFrame:
    seed = int(start) % 1000
    bars = made_up_bars(first, last, start=start, seed=seed)
    bars.loc[bars.index[100], "dividend"] = start / 200
    return bars


def recent_bars(symbol: str = "IWM", count: int = 320) -> pd.DataFrame:
    """Return so many bars, a dividend among them, that end with the last final session."""
    days = final_sessions(count)
    first, last = (f"{day:%Y-%m-%d}" for day in (days[0], days[-1]))
    return _bars(first, last, _STARTS.get(symbol, 200.0)).copy()


def evening(day: pd.Timestamp) -> datetime:
    """Return 20:00 in New York."""
    return datetime(day.year, day.month, day.day, 20, tzinfo=NEW_YORK)


def store_bars(store: Store, yahoo: FakeYahoo, symbol: str, sessions_ago: int = 0) -> None:
    """Store what one fetch of everything gave so many sessions ago."""
    before, days = yahoo.as_of, recent_bars(symbol).index
    yahoo.as_of = evening(days[-1 - sessions_ago])
    bars = yahoo.rows(symbol)
    if symbol.startswith("^"):
        bars["volume"] = float("nan")
    store.write(PriceHistory(symbol, bars, Provenance("Yahoo Finance", fetched_at=yahoo.as_of)))
    yahoo.as_of = before


def store_open_session(store: Store, yahoo: FakeYahoo, symbol: str) -> float:
    """Store what a fetch gave while the last session was open; return the close of that bar."""
    before, day = yahoo.as_of, recent_bars(symbol).index[-1]
    yahoo.as_of = datetime(day.year, day.month, day.day, 11, tzinfo=NEW_YORK)
    bars = yahoo.rows(symbol)
    provenance = Provenance("Yahoo Finance", fetched_at=yahoo.as_of, provisional=True)
    store.write(PriceHistory(symbol, bars, provenance))
    yahoo.as_of = before
    return float(bars["close"].iloc[-1])


def age_statuses(folder: Path, by: timedelta = timedelta(hours=25)) -> None:
    """Have all that a store remembers of its tries happen so much earlier.

    It is how a rate limit ends for a program whose clock cannot be set: nothing but the times
    in the store's status files is changed.
    """
    for path in folder.glob("*.status.json"):
        record = json.loads(path.read_text())
        for name in _TIMES:
            if record[name] is not None:
                record[name] = (datetime.fromisoformat(record[name]) - by).isoformat()
        path.write_text(json.dumps(record))
