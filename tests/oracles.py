"""Second opinions: slow, plain readings of the definitions, and bars to try them on.

Nothing here imports rut_dash.analysis or repeats how it computes: loops over sessions, the
standard library's calendar, and (in the tests) TA-Lib and empyrical.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.validation import validate_bars
from rut_dash.market_wording import note_text


def real_bars(folder: Path, symbol: str) -> pd.DataFrame:
    """Return a file of real bars as it stands, under the names of `BAR_COLUMNS`."""
    frame = pd.read_csv(folder / f"{symbol}.csv", parse_dates=["date"], index_col="date")
    return frame.rename(
        columns={"adjclose": "adj_close", "dividends": "dividend", "splits": "split"}
    )


def as_history(bars: pd.DataFrame, symbol: str) -> PriceHistory:
    """Return bars as a validated history, without dividends and splits where they name none."""
    bars = bars.assign(**{name: 0.0 for name in ("dividend", "split") if name not in bars})
    return PriceHistory(symbol, validate_bars(bars, "test bars", symbol), Provenance("test bars"))


def first_unknown_action(history: PriceHistory) -> dt.date | None:
    """Return the first session whose dividend or split is not known; None where all are."""
    for session, row in history.bars[["dividend", "split"]].iterrows():
        if row.isna().any():
            return pd.Timestamp(str(session)).date()
    return None


def note_texts(history: PriceHistory) -> tuple[str, ...]:
    """Return the sentences about the bars of a history."""
    return tuple(map(note_text, history.provenance.notes))


def walk(sessions: int, seed: int = 1, start: str = "2019-01-02", drift: float = 0.0) -> pd.Series:
    """Return a random walk of closes on weekdays."""
    steps = np.random.default_rng(seed).normal(drift, 0.013, sessions)
    index = pd.bdate_range(start, periods=sessions, name="session")
    return pd.Series(100.0 * np.exp(np.cumsum(steps)), index=index, name="close")


def candles(close: pd.Series, seed: int = 2) -> pd.DataFrame:
    """Return bars around closes: open, high, low and a volume of whole shares."""
    rng = np.random.default_rng(seed)
    opens = close.shift(fill_value=close.iloc[0]) * (1 + rng.normal(0, 0.004, len(close)))
    top = np.maximum(opens, close) * (1 + rng.uniform(0, 0.01, len(close)))
    bottom = np.minimum(opens, close) * (1 - rng.uniform(0, 0.01, len(close)))
    volume = rng.integers(1_000, 1_000_000, len(close)).astype(float)
    return pd.DataFrame(
        {"open": opens, "high": top, "low": bottom, "close": close, "volume": volume}
    )


@st.composite
def price_series(draw: st.DrawFn, min_size: int = 1, max_size: int = 120) -> pd.Series:
    """Draw closes on days with gaps: rising, falling, standing still, coming back to a level."""
    size = draw(st.integers(min_size, max_size))
    # Whole basis points, and prices in ten-thousandths: two that differ, differ visibly.
    move = st.one_of(st.just(0), st.integers(-2000, 2000))
    steps = np.array(draw(st.lists(move, min_size=size, max_size=size)), dtype=float) / 10_000
    base = draw(st.integers(5, 5000))
    gaps = draw(st.lists(st.integers(1, 4), min_size=size, max_size=size))
    start = draw(st.dates(dt.date(1990, 1, 1), dt.date(2025, 1, 1)))
    index = pd.DatetimeIndex(
        pd.Timestamp(start) + pd.to_timedelta(np.cumsum(gaps), unit="D"), name="session"
    )
    levels = base * np.exp(np.clip(np.cumsum(np.log1p(steps)), -3.0, 3.0))
    return pd.Series(np.round(levels, 4), index=index, name="close")


@dataclass(frozen=True)
class Fall:
    """An episode, by positions."""

    peak: int
    trough: int
    recovery: int | None
    depth: float


def falls(prices: list[float], min_depth: float) -> list[Fall]:
    """Return drawdown episodes by looking at every pair of sessions."""
    found = []
    for i in range(len(prices) - 1):
        at_high = all(prices[j] <= prices[i] for j in range(i + 1))
        if not (at_high and prices[i + 1] < prices[i]):
            continue
        back = [j for j in range(i + 1, len(prices)) if prices[j] >= prices[i]]
        end = back[0] if back else len(prices)
        trough = min(range(i + 1, end), key=lambda j: prices[j])
        depth = prices[trough] / prices[i] - 1
        if depth <= -min_depth:
            found.append(Fall(i, trough, back[0] if back else None, depth))
    return found


def friday_of(day: dt.date) -> dt.date:
    """Return the Friday that a day's week ends on; Saturday and Sunday belong to the next."""
    return day + dt.timedelta(days=(4 - day.weekday()) % 7)


def weeks(bars: pd.DataFrame) -> list[dict[str, float | dt.date]]:
    """Return weekly bars by going through the days one by one."""
    found: dict[dt.date, dict[str, float | dt.date]] = {}
    for row in bars.itertuples():
        day = row.Index.date()
        week = found.get(friday_of(day))
        if week is None:
            found[friday_of(day)] = {
                "session": day,
                "open": row.open,
                "high": row.high,
                "low": row.low,
                "close": row.close,
                "volume": row.volume,
            }
            continue
        week["session"] = day
        week["high"] = max(week["high"], row.high)
        week["low"] = min(week["low"], row.low)
        week["close"] = row.close
        if not math.isnan(row.volume):
            so_far = week["volume"]
            week["volume"] = row.volume + (0.0 if math.isnan(so_far) else so_far)
    return list(found.values())


def months_back(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months earlier, or that month's last where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(number, day.day))
        except ValueError:
            continue
    raise AssertionError


def crossings(line: list[float], other: list[float]) -> list[tuple[int, str]]:
    """Return where a line has come out on the other side of another, bar by bar."""
    found, side = [], ""
    for i, (a, b) in enumerate(zip(line, other, strict=True)):
        if math.isnan(a) or math.isnan(b) or a == b:
            continue
        now = "up" if a > b else "down"
        if side and now != side:
            found.append((i, now))
        side = now
    return found
