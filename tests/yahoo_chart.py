"""What the fake Yahoo serves: made-up bars, and the chart object of an answer with its faults.

Bars are the frames of :mod:`rut_dash.market.history`: prices adjusted for every split in them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from rut_dash.market import calendar

NEW_YORK = ZoneInfo("America/New_York")


class FakeFault(StrEnum):
    """What the fake can do wrong."""

    RATE_LIMITED = "rate_limited"  # 429 everywhere
    RATE_LIMITED_CRUMB = "rate_limited_crumb"  # 429 on the crumb, prices are served
    CRUMB_TEXT = "crumb_text"  # the crumb is the text "Too Many Requests", with status 200
    UNAUTHORIZED = "unauthorized"  # 401 JSON, as for an invalid crumb
    FORBIDDEN = "forbidden"  # 403 HTML
    SERVER_ERROR = "server_error"  # 500
    BAD_GATEWAY = "bad_gateway"  # 502 HTML
    CONSENT = "consent"  # 200, a consent page
    TRUNCATED = "truncated"  # 200, JSON that ends in the middle
    SILENT = "silent"  # takes the request and never answers
    TRICKLE = "trickle"  # sends a byte now and then, for ever
    CUT = "cut"  # closes the connection in the middle of the body
    REFUSED = "refused"  # nothing listens
    UNTRUSTED = "untrusted"  # a certificate that is signed by another authority
    EMPTY_RESULT = "empty_result"  # {"chart": {"result": [], "error": null}}
    NULL_RESULT = "null_result"
    EMPTY_LISTS = "empty_lists"  # "quote": [{}], no timestamps
    NO_TIMESTAMPS = "no_timestamps"
    LENGTH_MISMATCH = "length_mismatch"
    NO_META = "no_meta"
    NO_TIMEZONE = "no_timezone"
    NULL_ROW = "null_row"  # one recent session has only nulls
    MISSING_SESSION = "missing_session"  # one recent session is not there
    DUPLICATE_LIVE_ROW = "duplicate_live_row"  # the last session twice
    NO_ADJCLOSE = "no_adjclose"
    TIMES_100 = "times_100"  # one recent price a hundredfold
    ALL_TIMES_100 = "all_times_100"  # every price a hundredfold
    WEEKEND_BAR = "weekend_bar"  # a bar of the last Saturday
    FUTURE_BAR = "future_bar"
    SHORT = "short"  # a hundred rows whatever was asked
    NEGATIVE = "negative"  # a negative low
    NEGATIVE_CLOSE = "negative_close"
    OTHER_CURRENCY = "other_currency"  # quoted in pence
    UNKNOWN_SYMBOL = "unknown_symbol"  # 404, as for a symbol that is not served
    DIVIDEND_AHEAD = "dividend_ahead"  # a dividend dated after the last bar


def made_up_bars(
    first: str = "2024-01-02",
    last: str = "2026-05-29",
    *,
    start: float = 200.0,
    seed: int = 1,
    dividends: dict[str, float] | None = None,
    splits: dict[str, float] | None = None,
) -> pd.DataFrame:
    """Return believable bars on real NYSE sessions, `BAR_COLUMNS` without adjusted closes."""
    index = calendar.sessions(date.fromisoformat(first), date.fromisoformat(last))
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0003, 0.012, len(index))
    close = np.round(start * np.exp(np.cumsum(steps)), 4)
    opening = np.round(close * np.exp(rng.normal(0, 0.004, len(index))), 4)
    high = np.round(np.maximum(close, opening) * (1 + rng.uniform(0, 0.008, len(index))), 4)
    low = np.round(np.minimum(close, opening) * (1 - rng.uniform(0, 0.008, len(index))), 4)
    bars = pd.DataFrame(
        {
            "open": opening,
            "high": high,
            "low": low,
            "close": close,
            "adj_close": np.nan,
            "volume": rng.integers(10_000_000, 60_000_000, len(index)).astype(float),
            "dividend": 0.0,
            "split": 0.0,
        },
        index=index,
    )
    for column, values in (("dividend", dividends), ("split", splits)):
        for day, value in (values or {}).items():
            bars.loc[pd.Timestamp(day), column] = value
    return bars


def chart_result(
    bars: pd.DataFrame,
    query: dict[str, list[str]],
    fault: FakeFault | None,
    *,
    now: datetime,
    meta: dict[str, Any],
) -> dict[str, Any]:
    """Return the result of a chart: the rows that a query asks for, some of them damaged."""
    stamps = [opening_time(day) for day in bars.index]
    if fault is FakeFault.SHORT:
        bars, stamps = bars.iloc[-100:], stamps[-100:]
    first = int(query.get("period1", ["-99999999999"])[0])
    last = int(query.get("period2", ["99999999999"])[0])
    table = bars.assign(stamp=stamps)
    table = table[[first <= stamp + 34_200 and stamp <= last for stamp in stamps]]
    table = _damage(table, fault, now)
    prices = table[["open", "high", "low", "close", "volume"]]
    quote = {name: _json_list(column) for name, column in prices.items()}
    dividends, splits = _events(table)
    if fault is FakeFault.DIVIDEND_AHEAD:
        ahead = opening_time(pd.Timestamp(now.date()) + pd.Timedelta(days=3))
        dividends[str(ahead)] = {"amount": 0.25, "date": ahead}
    return {
        "meta": meta,
        "timestamp": [int(stamp) for stamp in table["stamp"]],
        "events": {"dividends": dividends, "splits": splits},
        "indicators": {
            "quote": [quote],
            "adjclose": [{"adjclose": _json_list(table["adj_close"])}],
        },
    }


def partial_bar(bar: pd.Series) -> pd.Series:
    """Return a bar as it stands in mid-session: a close that will not be the final one."""
    partial = bar.copy()
    partial["close"] = round((bar["open"] + bar["low"]) / 2, 4)
    partial["high"] = max(bar["open"], partial["close"])
    partial["low"] = min(bar["low"], partial["close"])
    partial["volume"] = np.floor(bar["volume"] / 2)
    return partial


def adjustment_factor(bars: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Yahoo's adjustment: back in time, times ``1 - D / previous close`` at each ex-date."""
    factor = np.ones(len(bars))
    close = bars["close"].to_numpy()
    paid = bars["dividend"].to_numpy()
    running = 1.0
    for at in range(len(bars) - 1, 0, -1):
        factor[at] = running
        if paid[at] > 0:
            running *= 1.0 - paid[at] / close[at - 1]
    if len(bars):
        factor[0] = running
    return factor


@cache
def opening_time(day: pd.Timestamp) -> int:
    return int(datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK).timestamp())


def _json_list(column: pd.Series) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in column]


def _events(table: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    dividends: dict[str, Any] = {}
    splits: dict[str, Any] = {}
    for stamp, paid, split in zip(table["stamp"], table["dividend"], table["split"], strict=True):
        if paid > 0:
            dividends[str(int(stamp))] = {"amount": float(paid), "date": int(stamp)}
        if split > 0 and split != 1:
            splits[str(int(stamp))] = {
                "date": int(stamp),
                "numerator": float(split),
                "denominator": 1.0,
                "splitRatio": f"{split:g}:1",
            }
    return dividends, splits


def _damage(table: pd.DataFrame, fault: FakeFault | None, now: datetime) -> pd.DataFrame:
    """Damage single rows: always the fifth from the end."""
    if len(table) < 6:
        return table
    table = table.copy()
    day = table.index[-5]
    if fault is FakeFault.NULL_ROW:
        table.loc[day, ["open", "high", "low", "close", "adj_close", "volume"]] = np.nan
    elif fault is FakeFault.MISSING_SESSION:
        table = table.drop(index=day)
    elif fault is FakeFault.TIMES_100:
        table.loc[day, ["open", "high", "low", "close", "adj_close"]] *= 100
    elif fault is FakeFault.ALL_TIMES_100:
        table[["open", "high", "low", "close", "adj_close"]] *= 100
    elif fault is FakeFault.NEGATIVE:
        table.loc[day, "low"] = -1.0
    elif fault is FakeFault.NEGATIVE_CLOSE:
        table.loc[day, "close"] = -1.0
    elif fault is FakeFault.DUPLICATE_LIVE_ROW:
        extra = table.iloc[[-1]].copy()
        # The time of the last trade: now, or the bell.
        bell = opening_time(extra.index[0]) + 23_400
        extra["stamp"] = min(int(now.timestamp()), bell)
        extra["volume"] = extra["volume"] + 1
        table = pd.concat([table, extra])
    elif fault in (FakeFault.WEEKEND_BAR, FakeFault.FUTURE_BAR):
        extra = table.iloc[[-1]].copy()
        extra_day = extra.index[0] - pd.offsets.Week(weekday=5)
        if fault is FakeFault.FUTURE_BAR:
            extra_day = pd.Timestamp(now.date() + timedelta(days=10))
        extra["stamp"] = opening_time(extra_day)
        extra[["dividend", "split"]] = 0.0
        table = pd.concat([table, extra]).sort_values("stamp")
    return table


def chart_object(result: dict[str, Any], fault: FakeFault | None) -> Any:
    """Return the answer that holds a result, broken where the fault is one of its form."""
    if fault is FakeFault.EMPTY_RESULT:
        return {"chart": {"result": [], "error": None}}
    if fault is FakeFault.NULL_RESULT:
        return {"chart": {"result": None, "error": None}}
    if fault is FakeFault.EMPTY_LISTS:
        result["indicators"] = {"quote": [{}], "adjclose": [{}]}
        del result["timestamp"]
    elif fault is FakeFault.NO_TIMESTAMPS:
        del result["timestamp"]
    elif fault is FakeFault.LENGTH_MISMATCH:
        result["indicators"]["quote"][0]["close"].pop()
    elif fault is FakeFault.NO_META:
        del result["meta"]
    elif fault is FakeFault.NO_ADJCLOSE:
        del result["indicators"]["adjclose"]
    return {"chart": {"result": [result], "error": None}}
