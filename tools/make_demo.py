"""Make ``rut_dash/market/sources/demo.parquet``: simulated bars of IWM and SPY.

Run ``python -m tools.make_demo`` from the root of the repository. Between the published closes
of ``demo_pins.csv`` everything is made up by one seeded generator:

- log closes of both symbols follow a Brownian bridge from pin to pin over the NYSE's sessions,
  in a time that runs with the variance of each day;
- that variance is a coarse picture of the market's history (`VOLATILITY`) times a slowly
  changing noise, so that quiet and wild days cluster;
- a bridge is drawn again until it stays inside the envelope of the pins: never above the
  highest, nor below the lowest, of the turning points on its two sides. A pin that was a record
  or a low in truth is one here as well, as the events that are dated by it require.

Dividends, volume, open, high and low are drawn from the rules of thumb given below.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rut_dash.market.calendar import sessions
from rut_dash.market.sources.demo import DEMO_FILE

PINS_FILE: Final = Path(__file__).with_name("demo_pins.csv")

_Floats = npt.NDArray[np.float64]

_SEED: Final = 20260529
_YEAR: Final = 252

# The benchmark's annualised volatility, drawn as straight lines (in logs) between these days.
_VOLATILITY: Final = (
    ("2000-05-26", 0.20),
    ("2001-02-01", 0.25),
    ("2001-06-01", 0.20),
    ("2001-09-20", 0.32),
    ("2002-03-15", 0.16),
    ("2002-08-01", 0.34),
    ("2002-10-15", 0.34),
    ("2003-06-01", 0.17),
    ("2004-03-01", 0.12),
    ("2006-12-01", 0.08),
    ("2007-07-01", 0.11),
    ("2007-08-15", 0.20),
    ("2008-07-01", 0.20),
    ("2008-10-15", 0.72),
    ("2009-03-10", 0.36),
    ("2009-10-01", 0.15),
    ("2010-04-01", 0.11),
    ("2010-05-20", 0.28),
    ("2010-11-01", 0.13),
    ("2011-07-01", 0.13),
    ("2011-08-15", 0.40),
    ("2012-03-01", 0.12),
    ("2014-06-01", 0.09),
    ("2015-07-15", 0.12),
    ("2015-08-25", 0.28),
    ("2016-01-20", 0.20),
    ("2016-07-15", 0.10),
    ("2017-10-01", 0.06),
    ("2018-02-08", 0.24),
    ("2018-07-15", 0.09),
    ("2018-12-20", 0.28),
    ("2019-04-01", 0.11),
    ("2020-02-10", 0.10),
    ("2020-03-16", 0.90),
    ("2020-04-15", 0.42),
    ("2020-08-01", 0.18),
    ("2021-07-01", 0.11),
    ("2022-05-15", 0.27),
    ("2022-11-01", 0.24),
    ("2023-07-01", 0.11),
    ("2024-06-01", 0.09),
    ("2024-08-06", 0.22),
    ("2024-11-01", 0.12),
    ("2025-03-01", 0.17),
    ("2025-04-07", 0.55),
    ("2025-05-15", 0.20),
    ("2025-08-01", 0.10),
    ("2026-05-29", 0.13),
)
_CLUSTER_PERSISTENCE: Final = 0.95  # of the noise in log volatility, from day to day
_CLUSTER_SIZE: Final = 0.30  # its standard deviation
_CORRELATION: Final = 0.87
_RELATIVE_VOLATILITY: Final = {"IWM": 1.25, "SPY": 1.0}
_LARGEST_STEP: Final = 0.13  # of a day's log price

_DIVIDEND_YIELD: Final = {"IWM": 0.0125, "SPY": 0.0175}  # a year
_EX_DATE_DELAY: Final = {"IWM": 2, "SPY": 0}  # sessions after the third Friday of a quarter

# Millions of shares a day, straight lines (in logs) between these years.
_VOLUME: Final[Mapping[str, Mapping[int, float]]] = {
    "IWM": {2000: 0.2, 2002: 1.5, 2004: 8, 2006: 35, 2008: 85, 2010: 58, 2014: 35, 2018: 23},
    "SPY": {2000: 6, 2002: 20, 2004: 40, 2006: 65, 2008: 210, 2010: 200, 2014: 105, 2018: 72},
}

# Draws of a bridge in one batch, and batches before one is pressed into its envelope.
_BATCH: Final = 32
_MOST_BATCHES: Final = 400


def read_pins() -> pd.DataFrame:
    """Return the published closes: one row for each pinned session, one column a symbol."""
    return pd.read_csv(PINS_FILE, index_col="date", parse_dates=["date"])


def simulate_bars() -> dict[str, pd.DataFrame]:
    """Return the simulated bars of each symbol.

    Returns
    -------
    dict
        Frames with the columns ``open, high, low, close, volume, dividend`` (float64) and
        ``published`` (True where the close is a published one), indexed by session.
    """
    pins = read_pins()
    days = sessions(pins.index[0], pins.index[-1])
    daily = _daily_volatility(days, _generator(0))
    closes = _closes(days, daily, pins)
    return {
        symbol: _bars(symbol, closes[symbol], daily, _generator(-1 - number)).assign(
            published=days.isin(pins.index)
        )
        for number, symbol in enumerate(pins.columns)
    }


def write_demo(path: Path = DEMO_FILE) -> None:
    """Write the simulated bars of all symbols to a Parquet file."""
    rows = pd.concat(
        [
            bars.assign(symbol=symbol).rename_axis("session").reset_index()
            for symbol, bars in simulate_bars().items()
        ]
    )
    table = pa.Table.from_pandas(
        rows.assign(session=rows["session"].dt.date), preserve_index=False
    ).replace_schema_metadata()
    # Prices hardly repeat: a dictionary of them would make the file larger.
    pq.write_table(table, path, compression="zstd", compression_level=9, use_dictionary=["symbol"])


def _generator(stream: int) -> np.random.Generator:
    """Return one of the independent streams of random numbers."""
    return np.random.Generator(np.random.PCG64([_SEED, stream % 2**32]))


def _between(days: pd.DatetimeIndex, knots: Mapping[str, float]) -> _Floats:
    """Return values on straight lines, in logs, between dated knots."""
    at = np.array([np.datetime64(day, "D") for day in knots]).astype("int64")
    x = days.to_numpy().astype("datetime64[D]").astype("int64")
    return np.asarray(np.exp(np.interp(x, at, np.log(list(knots.values())))))


def _daily_volatility(days: pd.DatetimeIndex, random: np.random.Generator) -> _Floats:
    """Return the benchmark's standard deviation of each day's log return, shape (n,)."""
    shocks = random.standard_normal(len(days)) * np.sqrt(1.0 - _CLUSTER_PERSISTENCE**2)
    noise = np.empty(len(days))
    last = 0.0
    for i, shock in enumerate(shocks):
        last = noise[i] = _CLUSTER_PERSISTENCE * last + shock
    # Less half the variance, so that the noise leaves the mean of the volatility as it is.
    factor = np.exp(_CLUSTER_SIZE * noise - _CLUSTER_SIZE**2 / 2.0)
    return np.asarray(_between(days, dict(_VOLATILITY)) / np.sqrt(_YEAR) * factor)


def _closes(days: pd.DatetimeIndex, daily: _Floats, pins: pd.DataFrame) -> pd.DataFrame:
    """Return the simulated closes, in cents, one column for each symbol."""
    at = days.get_indexer(pins.index)
    if (at < 0).any():
        raise ValueError(f"a pin is no session: {pins.index[at < 0].tolist()}")
    levels = pins.to_numpy(dtype=float)
    low, high = np.stack([_envelope(levels[:, leg]) for leg in range(levels.shape[1])], axis=2)
    scale = np.array([_RELATIVE_VOLATILITY[symbol] for symbol in pins.columns])
    closes = np.empty((len(days), len(scale)))
    closes[0] = levels[0]
    for i, (first, last) in enumerate(pairwise(at)):
        steps = daily[first + 1 : last + 1, None] * scale
        # Inside by more than half a cent: then rounding cannot tie with a turning point.
        room = np.log(np.stack([low[i] + 0.006, high[i] - 0.006]) / levels[i])
        path = _bridge(_generator(i + 1), steps, np.log(levels[i + 1] / levels[i]), *room)
        closes[first + 1 : last + 1] = levels[i] * np.exp(path)
        closes[last] = levels[i + 1]
    return pd.DataFrame(closes.round(2), index=days, columns=pins.columns)


def _envelope(levels: _Floats) -> tuple[_Floats, _Floats]:
    """Return the lowest and the highest price of each segment between pins, shape (n - 1,).

    A turning point is a pin above (below) both its neighbours, or above (below) its only
    one. A segment's bounds are the extremes of the turning points nearest on both sides,
    its own ends included.
    """
    rising = np.diff(levels) > 0
    peak = np.insert(rising, 0, True) & np.append(~rising, True)
    trough = np.insert(~rising, 0, True) & np.append(rising, True)
    peaks = pd.Series(np.where(peak, levels, np.nan))
    troughs = pd.Series(np.where(trough, levels, np.nan))
    low = np.fmin(troughs.ffill().to_numpy()[:-1], troughs.bfill().to_numpy()[1:])
    high = np.fmax(peaks.ffill().to_numpy()[:-1], peaks.bfill().to_numpy()[1:])
    return low, high


def _bridge(
    random: np.random.Generator, steps: _Floats, target: _Floats, low: _Floats, high: _Floats
) -> _Floats:
    """Return a random path of both legs that ends on ``target`` and stays inside its bounds.

    Parameters
    ----------
    random
        Where the draws come from.
    steps
        Standard deviations of the log returns, shape (n, 2): the fund, then the benchmark.
    target
        Log price at the end, the start being 0; shape (2,).
    low, high
        Bounds of the log price before the end, shape (2,).

    Returns
    -------
    ndarray
        Log prices, shape (n, 2), the start left out.
    """
    share = (np.cumsum(steps**2, axis=0) / np.sum(steps**2, axis=0))[None]
    for _ in range(_MOST_BATCHES):
        shocks = random.standard_normal((_BATCH, *steps.shape))
        own = np.sqrt(1.0 - _CORRELATION**2)
        shocks[..., 0] = _CORRELATION * shocks[..., 1] + own * shocks[..., 0]
        paths = np.cumsum(shocks * steps, axis=1)
        paths += (target - paths[:, -1:]) * share
        before = paths[:, :-1]
        path_steps = np.diff(paths, axis=1, prepend=0.0)
        is_within = ((before >= low) & (before <= high)).all(axis=(1, 2))
        is_within &= (np.abs(path_steps) <= _LARGEST_STEP).all(axis=(1, 2))
        if is_within.any():
            return np.asarray(paths[is_within.argmax()])
    pressed = np.array(np.clip(paths[0], low, high))
    pressed[-1] = target
    return pressed


def _bars(
    symbol: str, close: pd.Series, daily: _Floats, random: np.random.Generator
) -> pd.DataFrame:
    """Return whole bars around simulated closes."""
    days = pd.DatetimeIndex(close.index)
    prices = close.to_numpy(dtype=float)
    usual = daily * _RELATIVE_VOLATILITY[symbol]
    previous = np.append(prices[0], prices[:-1])
    moved = np.log(prices / previous)
    size = len(prices)

    # A third of a day's move happens overnight; the rest of the gap is undone in the session.
    gap = 0.33 * moved + 0.45 * usual * random.standard_normal(size)
    opening = (previous * np.exp(gap)).round(2)
    above = np.exp(0.31 * usual * np.abs(random.standard_normal(size)))
    below = np.exp(-0.31 * usual * np.abs(random.standard_normal(size)))
    top = np.maximum(opening, prices)
    bottom = np.minimum(opening, prices)

    noise = 0.35 * random.standard_normal(size) + 0.25 * (np.abs(moved) / usual - 0.8)
    trend = _between(days, {f"{year}-07-01": shares for year, shares in _VOLUME[symbol].items()})
    return pd.DataFrame(
        {
            "open": opening,
            "high": np.maximum((top * above).round(2), top),
            "low": np.minimum((bottom * below).round(2), bottom),
            "close": prices,
            "volume": (trend * 1e4 * np.exp(noise)).round() * 100.0,
            "dividend": _dividends(symbol, days, previous, random),
        },
        index=days,
    )


def _dividends(
    symbol: str, days: pd.DatetimeIndex, previous: _Floats, random: np.random.Generator
) -> _Floats:
    """Return the dividend of each session: one a quarter, around its third Friday."""
    fridays = pd.date_range(days[0], days[-1], freq="WOM-3FRI")
    fridays = fridays[fridays.month % 3 == 0]
    at = days.searchsorted(fridays, side="right") - 1 + _EX_DATE_DELAY[symbol]
    at = at[(at > 0) & (at < len(days))]
    paid = np.zeros(len(days))
    size = np.exp(0.1 * random.standard_normal(len(at)))
    paid[at] = (previous[at] * _DIVIDEND_YIELD[symbol] / 4.0 * size).round(3)
    return paid


if __name__ == "__main__":
    write_demo()
