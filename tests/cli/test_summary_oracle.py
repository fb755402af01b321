"""The command line's summary against a second reading of the same files.

The oracle reads the CSV with the standard library, computes with plain NumPy loops and
TA-Lib, and shares no line with rut_dash. It is run on real bars over as-of dates that
stand for the awkward cases: a weekend, an ex-date, the day before a split, a year's first
session, a leap day, the first months of a fund.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import talib

from tests.command import Commands, commands

DATES = [
    "2000-06-15", "2000-12-29", "2001-01-02", "2003-07-04", "2005-06-08", "2008-02-29",
    "2008-11-20", "2012-02-29", "2016-02-11", "2020-03-18", "2021-11-08", "2024-12-31",
    "2025-01-02", "2025-04-01", "2025-04-08", "2025-05-12", "2025-09-24", "2025-11-26",
    "2026-03-17", "2026-05-29", "2026-05-31",
]  # fmt: skip


class Leg:
    """One symbol's bars up to a day, read and computed without rut_dash or pandas."""

    def __init__(self, path: Path, until: dt.date, basis: str) -> None:
        with path.open(newline="") as handle:
            rows = [r for r in csv.DictReader(handle) if dt.date.fromisoformat(r["date"]) <= until]
        self.days = [dt.date.fromisoformat(r["date"]) for r in rows]
        self.raw = [float(r["close"]) for r in rows]
        self.close = list(self.raw)
        if basis == "total":
            factor = 1.0
            for i in range(len(rows) - 1, 0, -1):
                self.close[i] = self.raw[i] * factor
                factor *= 1 - float(rows[i]["dividends"] or 0) / self.raw[i - 1]
            self.close[0] = self.raw[0] * factor

    def at(self, day: dt.date) -> float | None:
        """Return the close of the last session on or before a day."""
        found = [c for d, c in zip(self.days, self.close, strict=True) if d <= day]
        return found[-1] if found else None

    def before(self, day: dt.date) -> float | None:
        return self.at(day - dt.timedelta(days=1))

    def since(self, start: float | None) -> float | None:
        return None if start is None else self.close[-1] / start - 1

    def weekly(self) -> list[float]:
        weeks: dict[tuple[int, int], float] = {}
        for day, close in zip(self.days, self.close, strict=True):
            weeks[day.isocalendar()[:2]] = close
        return list(weeks.values())


def year_earlier(day: dt.date) -> dt.date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def last(values: np.ndarray) -> float | None:
    return None if math.isnan(values[-1]) else float(values[-1])


def indicators(closes: list[float], *, long: bool) -> dict[str, float | None]:
    values = np.array(closes)
    line, signal, hist = talib.MACD(values, 12, 26, 9)
    figures = {
        "sma_50": last(talib.SMA(values, 50)),
        "rsi_14": last(talib.RSI(values, 14)),
        "macd": last(line),
        "macd_signal": last(signal),
        "macd_hist": last(hist),
    }
    return figures | ({"sma_200": last(talib.SMA(values, 200))} if long else {})


def returns(closes: list[float]) -> list[float]:
    return [b / a - 1 for a, b in itertools.pairwise(closes)]


def figures_of(leg: Leg) -> dict[str, object]:
    day = leg.days[-1]
    peak = max(leg.close)
    daily = returns(leg.close)[-252:]
    mean = sum(daily) / len(daily)
    spread = math.sqrt(sum((r - mean) ** 2 for r in daily) / (len(daily) - 1))
    return {
        "close": leg.raw[-1],
        "day_return": leg.close[-1] / leg.close[-2] - 1,
        "ytd_return": leg.since(leg.at(dt.date(day.year - 1, 12, 31))),
        "return_1y": leg.since(leg.at(year_earlier(day))),
        "drawdown": leg.close[-1] / peak - 1,
        "high": peak,
        "high_date": leg.days[leg.close.index(peak)].isoformat(),
        "volatility_1y": spread * math.sqrt(252) if len(daily) == 252 else None,
        **indicators(leg.close, long=True),
        "weekly": indicators(leg.weekly(), long=False),
    }


def agree(ours: object, theirs: object, where: str) -> None:
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), where
        assert set(ours) == set(theirs), where
        for key, value in theirs.items():
            agree(ours[key], value, f"{where}.{key}")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-6), where
    else:
        assert ours == theirs, where


@pytest.fixture(scope="module")
def shell() -> Iterator[Commands]:
    with commands({}) as started:
        yield started


def summary(shell: Commands, folder: Path, *options: str) -> dict:
    done = shell.run("summary", "--prices", str(folder), "--json", *options)
    assert done.code == 0, done.err
    return json.loads(done.out, parse_constant=lambda word: pytest.fail(f"JSON holds {word}"))


@pytest.mark.parametrize("basis", ["price", "total"])
@pytest.mark.parametrize("requested", DATES)
def test_summary_agrees_with_a_second_reading(
    shell: Commands, market_data: Path, requested: str, basis: str
) -> None:
    day = dt.date.fromisoformat(requested)
    answer = summary(shell, market_data, "--as-of", requested, "--basis", basis)
    legs = {s: Leg(market_data / f"{s}.csv", day, basis) for s in ("IWM", "SPY")}
    iwm, spy = legs.values()

    assert answer["as_of"] == iwm.days[-1].isoformat()
    assert answer["basis"] == basis
    assert answer["simulated"] is False
    for symbol, leg in legs.items():
        agree(answer["symbols"][symbol], figures_of(leg), symbol)

    shared = sorted(set(iwm.days) & set(spy.days))
    of_day = [dict(zip(leg.days, leg.close, strict=True)) for leg in (iwm, spy)]
    fund, bench = ([closes[d] for d in shared] for closes in of_day)
    ratio = [a / b for a, b in zip(fund, bench, strict=True)]
    x, y = returns(bench)[-252:], returns(fund)[-252:]
    long = len(x) == 252
    ytd = [figures_of(leg)["ytd_return"] for leg in (iwm, spy)]
    if shared[0] > dt.date(shared[-1].year - 1, 12, 31):
        ytd = [None, None]
    cov = np.cov(y, x, ddof=1) if long else None
    agree(
        answer["relative"],
        {
            "ratio": ratio[-1],
            "ratio_percentile": sum(r <= ratio[-1] for r in ratio) / len(ratio),
            "excess_ytd": None if None in ytd else ytd[0] - ytd[1],
            "beta_1y": float(cov[0, 1] / cov[1, 1]) if long else None,
            "correlation_1y": float(np.corrcoef(y, x)[0, 1]) if long else None,
        },
        "relative",
    )


# Anchors worked by hand: the close that "since" starts from.
ANCHORS = {
    "2025-04-02": "2025-04-02",  # after the close: that day's own close
    "2025-04-08": "2025-04-08",  # a low counts from its own close
    "2025-04-09": "2025-04-08",  # in the session: the close before
    "2025-05-12": "2025-05-09",  # before Monday's open: Friday's close
    "2020-03-15": "2020-03-13",  # a Sunday
    "2008-01-22": "2008-01-18",  # before the open, after a holiday Monday
    "2001-09-17": "2001-09-10",  # before the first open after the attacks
    "2025-06-27": "2025-06-27",  # reconstitution after the close
    "2024-09-18": "2024-09-17",
    "2021-11-08": "2021-11-08",
    "2024-11-25": "2024-11-25",
}


@pytest.mark.parametrize("basis", ["price", "total"])
def test_since_starts_at_the_last_close_before_the_news(
    shell: Commands, market_data: Path, basis: str
) -> None:
    day = dt.date(2025, 9, 30)
    since = summary(shell, market_data, "--as-of", day.isoformat(), "--basis", basis)["since"]
    legs = {s: Leg(market_data / f"{s}.csv", day, basis) for s in ("IWM", "SPY")}
    dates = [row["date"] for row in since]
    assert dates == sorted(dates)
    assert max(dates) <= day.isoformat()
    for date, anchor in ANCHORS.items():
        rows = [row for row in since if row["date"] == date]
        assert rows, date
        for symbol, leg in legs.items():
            expected = leg.since(leg.at(dt.date.fromisoformat(anchor)))
            assert any(row[symbol] == pytest.approx(expected, abs=1e-12) for row in rows), date
