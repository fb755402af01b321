"""Published statements, recomputed on the real bars, and what is wrong with some of them."""

from __future__ import annotations

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.market.history import Basis, PricePair
from rut_dash.studies.condition import parse_condition
from rut_dash.studies.sample import StudyData, study_data
from rut_dash.studies.seasonality import seasonality
from rut_dash.studies.streaks import StreakOf, StreakSign, streaks
from rut_dash.studies.what_followed import what_followed
from tests.oracles import as_history, real_bars


def real_data(folder: Path, fund: str, benchmark: str) -> StudyData:
    """Return the data of a study on price closes of two files."""
    legs = [
        as_history(real_bars(folder, symbol.replace("^", "_")), symbol)
        for symbol in (fund, benchmark)
    ]
    return study_data(PricePair.align(*legs), Basis.PRICE)


@pytest.fixture(scope="module")
def spy(market_data: Path) -> StudyData:
    return real_data(market_data, "SPY", "^GSPC")


def golden_crosses(prices: list[float], apart: int) -> list[int]:
    """Return the golden crosses of 50 and 200 sessions by a plain loop."""
    found: list[int] = []
    was_above: bool | None = None
    for i in range(199, len(prices)):
        above = sum(prices[i - 49 : i + 1]) / 50 > sum(prices[i - 199 : i + 1]) / 200
        if was_above is False and above and (not found or i - found[-1] >= apart):
            found.append(i)
        was_above = above
    return found


def test_o1_golden_crosses_of_spy_are_fifteen_and_all_are_up_after_126_sessions(
    spy: StudyData,
) -> None:
    horizons = (5, 21, 63, 126, 189, 252)
    result = what_followed(spy, parse_condition("golden_cross"), horizons, cooldown=20)
    prices = spy.fund.tolist()
    cases = golden_crosses(prices, 20)
    assert result.n == len(cases) == 15
    assert [case.session for case in result.cases] == list(spy.sessions[cases])
    for horizon in horizons:
        returns = [prices[i + horizon] / prices[i] - 1 for i in cases if i + horizon < len(prices)]
        fund = result.horizons[horizon].cases.fund
        assert (fund.n, fund.up_count) == (len(returns), sum(value > 0 for value in returns))
        assert fund.mean == pytest.approx(sum(returns) / len(returns), abs=1e-12)
    assert result.horizons[126].cases.fund.share_up == 1.0


@pytest.fixture(scope="module")
def rut(market_data: Path) -> StudyData:
    return real_data(market_data, "^RUT", "^GSPC")


def cut(folder: Path, as_of: str) -> StudyData:
    """Return ^RUT against ^GSPC up to a day."""
    legs = [as_history(real_bars(folder, f"_{name}"), f"^{name}") for name in ("RUT", "GSPC")]
    return study_data(PricePair.align(*legs, date.fromisoformat(as_of)), Basis.PRICE)


def test_o5_the_russell_was_ahead_on_fourteen_sessions_as_not_since_1996(
    market_data: Path,
) -> None:
    result = streaks(cut(market_data, "2026-01-22"), StreakOf.LEAD)
    assert (result.current.sign, result.current.length) == (StreakSign.UP, 14)
    assert (result.current.first, result.current.last) == (
        pd.Timestamp("2026-01-02"),
        pd.Timestamp("2026-01-22"),
    )
    assert result.last_longer is not None
    assert (result.last_longer.length, result.last_longer.last) == (16, pd.Timestamp("1996-05-07"))
    assert result.last_longer.first.month == 4


def test_o7_thirteen_sessions_tie_2008_but_the_record_is_sixteen(market_data: Path) -> None:
    result = streaks(cut(market_data, "2026-01-21"), StreakOf.LEAD)
    assert result.current.length == 13
    assert result.last_as_long is not None
    assert (result.last_as_long.length, result.last_as_long.last) == (
        13,
        pd.Timestamp("2008-06-06"),
    )
    assert result.rank == 2
    assert result.longest[0].length == 16


def test_o9_the_longest_run_of_up_days_is_twenty_one_in_1988(rut: StudyData) -> None:
    longest = next(row for row in streaks(rut).longest if row.sign is StreakSign.UP)
    assert (longest.length, longest.last) == (21, pd.Timestamp("1988-03-09"))


def monthly_closes(path: Path, first: str, last: str) -> dict[str, float]:
    """Return the last close of each month, by a plain reading of the file."""
    with path.open() as file:
        rows = [(row["date"], float(row["close"])) for row in csv.DictReader(file)]
    return {day[:7]: close for day, close in rows if first <= day[:7] <= last}


def test_o3_mean_returns_by_month_from_october_1987_to_2013(market_data: Path) -> None:
    result = seasonality(cut(market_data, "2013-12-31"))
    assert f"{result.months.index[0]:%Y-%m}" == "1987-10"
    assert (result.by_month[9].n, result.by_month[10].n) == (26, 27)
    means = {}
    for name in ("_RUT", "_GSPC"):
        closes = monthly_closes(market_data / f"{name}.csv", "1987-09", "2013-12")
        months = list(closes)
        returns: dict[int, list[float]] = {month: [] for month in range(1, 13)}
        for before, month in pairwise(months):
            returns[int(month[5:])].append(closes[month] / closes[before] - 1)
        means[name] = {month: sum(row) / len(row) for month, row in returns.items()}
    for month, figures in result.by_month.items():
        assert figures.mean == pytest.approx(means["_RUT"][month], abs=1e-12)
        difference = means["_RUT"][month] - means["_GSPC"][month]
        assert figures.mean_excess == pytest.approx(difference, abs=1e-12)


def test_o11_january_was_up_in_nine_of_sixteen_years_not_in_81_percent(rut: StudyData) -> None:
    months = seasonality(rut).months["fund"]
    days = pd.DatetimeIndex(months.index)
    january = months[(days.month == 1) & (days.year >= 1992) & (days.year <= 2007)]
    assert len(january) == 16
    assert int((january > 0).sum()) == 9
    assert january.mean() == pytest.approx(0.0152, abs=0.00005)
