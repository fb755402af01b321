"""Touches of price zones, beside touches of random ones: a heuristic, and labelled as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.levels import (
    Channel,
    Side,
    TouchEnding,
    regression_channel,
    touch_positions,
    zone_touches,
)
from rut_dash.analysis.resampling import weekly_ends
from rut_dash.analysis.returns import require_count, sessions_of
from rut_dash.studies.placebo import SEED

RANDOM_LEVELS: Final = 200
LEVEL_SESSIONS: Final = 1260
SEPARATION: Final = 0.03
CHANNEL_WEEKS: Final = 104
# A turn is the highest high or the lowest low of the sessions on both sides of it.
_TURN_SESSIONS: Final = 20
# Turns this close to each other make one zone.
_ZONE_WIDTH: Final = 0.015
_FOUND: Final = 5


@dataclass(frozen=True, slots=True)
class Zone:
    """A price zone.

    Attributes
    ----------
    low, high
        In the unit of the prices; equal for a single level.
    turns
        Turns of the price in it, where the program found it; None where a reader named it.
    """

    low: float
    high: float
    turns: int | None = None


@dataclass(frozen=True, slots=True)
class LevelTouch:
    """A touch of a zone.

    Attributes
    ----------
    side
        Where the price came from.
    start, end
        Sessions; no end while it is open.
    """

    side: Side
    start: pd.Timestamp
    end: pd.Timestamp | None
    ending: TouchEnding


@dataclass(frozen=True, slots=True)
class RandomTouches:
    """The touches of random zones as wide as a zone.

    Attributes
    ----------
    mean
        Touches of a random zone.
    share_with_as_many
        The share of random zones with at least as many touches.
    turned, finished
        Of all their touches that ended, how many turned, and how many there were.
    """

    mean: float
    share_with_as_many: float
    turned: int
    finished: int


@dataclass(frozen=True, slots=True)
class ZoneStudy:
    """A zone, its touches, and those of random zones as wide."""

    zone: Zone
    touches: tuple[LevelTouch, ...]
    random: RandomTouches

    def count(self, ending: TouchEnding) -> int:
        """Return how many touches ended so."""
        return sum(touch.ending is ending for touch in self.touches)


@dataclass(frozen=True)
class LevelStudy:
    """Zones of a symbol, and its regression channel.

    Attributes
    ----------
    first, as_of
        The sessions that were looked at.
    range_low, range_high
        The lowest low and the highest high of them: random zones lie between.
    tested_count
        Among how many zones those found were chosen; None where a reader named them.
    draws, seed
        Of the random zones.
    channel
        Of the last 104 weekly closes; None where there are fewer.
    """

    first: pd.Timestamp
    as_of: pd.Timestamp
    range_low: float
    range_high: float
    zones: tuple[ZoneStudy, ...]
    tested_count: int | None
    draws: int
    seed: int
    channel: Channel | None


def level_study(
    bars: pd.DataFrame,
    zones: Sequence[Zone] = (),
    sessions: int = LEVEL_SESSIONS,
    draws: int = RANDOM_LEVELS,
    seed: int = SEED,
) -> LevelStudy:
    """Return the touches of zones and of random zones over the last sessions.

    Parameters
    ----------
    bars
        Columns ``high, low, close`` up to the as-of; for a blank high or low the close counts.
    zones
        The reader's; where there are none, those that the program finds.
    sessions
        How many of the last sessions are looked at, at least 2; fewer where there are fewer.
    draws, seed
        Of the random zones.

    Raises
    ------
    InvalidParameter
        If a zone or the number of sessions cannot be used.
    """
    sessions = require_count("the sessions of levels", sessions, 2)
    recent = bars.iloc[-sessions:]
    index, close = sessions_of(recent), recent["close"].to_numpy(dtype=float)
    highs = np.fmax(recent["high"].to_numpy(dtype=float), close)
    lows = np.fmin(recent["low"].to_numpy(dtype=float), close)
    prices = (highs, lows, close)
    candidates = found_zones(highs, lows) if not zones else ()
    selected = tuple(zones) or tuple(sorted(candidates[:_FOUND], key=lambda zone: zone.low))
    centres = np.random.default_rng(seed).uniform(lows.min(), highs.max(), draws)
    weekly = weekly_ends(bars["close"])
    return LevelStudy(
        first=index[0],
        as_of=index[-1],
        range_low=float(lows.min()),
        range_high=float(highs.max()),
        zones=tuple(_zone_study(recent, prices, zone, centres) for zone in selected),
        tested_count=None if zones else len(candidates),
        draws=draws,
        seed=seed,
        channel=regression_channel(weekly, CHANNEL_WEEKS) if len(weekly) >= CHANNEL_WEEKS else None,
    )


def found_zones(highs: np.ndarray, lows: np.ndarray) -> tuple[Zone, ...]:
    """Return zones in which the price turned, those with the most turns first.

    A turn is a high (low) that none of the 20 sessions before it and after it exceeds. Turns from
    the lowest up make one zone while they are within 1.5% of the lowest of it.

    Parameters
    ----------
    highs, lows
        Of sessions, shape (n,), without NaN.
    """
    width = 2 * _TURN_SESSIONS + 1
    if len(highs) < width:
        return ()
    inner = slice(_TURN_SESSIONS, len(highs) - _TURN_SESSIONS)
    windows = [np.lib.stride_tricks.sliding_window_view(values, width) for values in (highs, lows)]
    tops = highs[inner][highs[inner] >= windows[0].max(axis=1)]
    bottoms = lows[inner][lows[inner] <= windows[1].min(axis=1)]
    zones: list[list[float]] = []
    for price in np.sort(np.concatenate([tops, bottoms])).tolist():
        if zones and price <= zones[-1][0] * (1.0 + _ZONE_WIDTH):
            zones[-1].append(price)
        else:
            zones.append([price])
    found = [Zone(turns[0], turns[-1], len(turns)) for turns in zones]
    return tuple(sorted(found, key=lambda zone: -(zone.turns or 0)))


def _zone_study(
    bars: pd.DataFrame,
    prices: tuple[np.ndarray, np.ndarray, np.ndarray],
    zone: Zone,
    centres: np.ndarray,
) -> ZoneStudy:
    """Return the touches of a zone from both sides, and those of random zones as wide."""
    touches: list[LevelTouch] = []
    for side in Side:
        frame = zone_touches(bars, zone.low, zone.high, side, SEPARATION)
        touches += [
            LevelTouch(side, start, None if pd.isna(end) else end, TouchEnding(outcome))
            for start, end, outcome in zip(
                pd.DatetimeIndex(frame["start"]),
                pd.DatetimeIndex(frame["end"]),
                frame["outcome"].tolist(),
                strict=True,
            )
        ]
    return ZoneStudy(
        zone,
        tuple(sorted(touches, key=lambda touch: touch.start)),
        _random_touches(prices, zone, centres, len(touches)),
    )


def _random_touches(
    prices: tuple[np.ndarray, np.ndarray, np.ndarray], zone: Zone, centres: np.ndarray, count: int
) -> RandomTouches:
    """Return the touches of zones around random prices, as wide in proportion as a zone."""
    half = (zone.high - zone.low) / (zone.high + zone.low)
    counts: list[int] = []
    endings: list[TouchEnding] = []
    for centre in centres.tolist():
        low, high = centre * (1.0 - half), centre * (1.0 + half)
        found = [
            ending
            for side in Side
            for _, _, ending in touch_positions(*prices, low, high, side, SEPARATION)
        ]
        counts.append(len(found))
        endings += found
    turned = endings.count(TouchEnding.TURNED)
    return RandomTouches(
        mean=float(np.mean(counts)),
        share_with_as_many=float(np.mean(np.array(counts) >= count)),
        turned=turned,
        finished=turned + endings.count(TouchEnding.BROKE),
    )
