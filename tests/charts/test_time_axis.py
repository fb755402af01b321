"""The time axis: it cuts out the days on which the exchange was closed, and no others."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from rut_dash.charts.time_axis import TimeAxis, closed_days
from rut_dash.market import calendar


def sessions(first: str, last: str) -> pd.DatetimeIndex:
    return calendar.sessions(date.fromisoformat(first), date.fromisoformat(last))


def iso(days: pd.DatetimeIndex) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in days]


@pytest.mark.parametrize(
    ("first", "last", "closed"),
    [
        ("2024-12-20", "2025-01-10", ["2024-12-25", "2025-01-01", "2025-01-09"]),
        ("2001-09-04", "2001-09-21", [f"2001-09-{day}" for day in (11, 12, 13, 14)]),
        ("2012-10-22", "2012-11-05", ["2012-10-29", "2012-10-30"]),
        ("2025-05-01", "2025-05-23", []),
    ],
)
def test_the_days_on_which_the_exchange_was_closed_are_cut_out(
    first: str, last: str, closed: list[str]
) -> None:
    assert iso(closed_days(sessions(first, last))) == closed


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("first_missing", ["2025-05-06", "2025-05-20", "2025-06-18"])
def test_missing_sessions_are_never_cut_out(count: int, first_missing: str) -> None:
    """Also beside a weekend or a holiday: Memorial Day is May 26, Juneteenth is June 19."""
    days = sessions("2025-05-01", "2025-07-31")
    at = days.get_loc(pd.Timestamp(first_missing))
    missing = days[at : at + count]
    bars = days.drop(missing)
    closed = closed_days(bars)
    assert not set(missing) & set(closed)
    assert iso(closed) == ["2025-05-26", "2025-06-19", "2025-07-04"]
    places = TimeAxis(bars).fractions(bars)
    steps = np.diff(places) / np.diff(places)[0]
    assert steps.round(6).tolist() == [
        1.0 if a + 1 == b else count + 1.0
        for a, b in zip(days.get_indexer(bars)[:-1], days.get_indexer(bars)[1:], strict=True)
    ]


@pytest.mark.parametrize(("count", "is_cut"), [(1, True), (4, True), (5, False), (9, False)])
def test_before_the_calendar_begins_short_gaps_pass_for_closures(count: int, is_cut: bool) -> None:
    days = pd.bdate_range("1965-03-01", "1965-04-30")
    gap = days[10 : 10 + count]
    assert iso(closed_days(days.drop(gap))) == (iso(gap) if is_cut else [])


def test_a_window_across_the_calendars_first_year_follows_each_rule_on_its_side() -> None:
    days = pd.bdate_range("1969-12-15", "1970-01-16")
    lost = pd.DatetimeIndex(["1969-12-25", "1970-01-01", "1970-01-07"])
    assert iso(closed_days(days.drop(lost))) == ["1969-12-25", "1970-01-01"]


def test_all_bars_of_a_window_are_one_step_from_each_other() -> None:
    days = sessions("2024-06-03", "2025-05-30")
    places = TimeAxis(days).fractions(days)
    assert np.ptp(np.diff(places)) < 1e-9


def test_bars_of_weeks_and_of_decades_have_no_days_cut_out() -> None:
    weeks = pd.DatetimeIndex(["2025-05-02", "2025-05-09", "2025-05-16"])
    for axis in (TimeAxis(weeks, weekly=True), TimeAxis(sessions("2015-01-02", "2025-05-30"))):
        assert axis.closed.empty
        assert "rangebreaks" not in axis.layout("y")


def test_ticks_have_the_dates_of_texts_as_precisely_as_their_step() -> None:
    layout = TimeAxis(sessions("2025-05-01", "2025-05-23")).layout("y")
    formats = [(entry["dtickrange"], entry["value"]) for entry in layout["tickformatstops"]]
    assert formats == [
        ([None, "M1"], "%Y-%m-%d"), (["M1", "M6"], "%Y-%m"), (["M12", None], "%Y"),
    ]  # fmt: skip
