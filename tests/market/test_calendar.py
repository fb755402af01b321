"""NYSE sessions against dates that the exchange announced, and against real bars."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from rut_dash.errors import OutOfRange
from rut_dash.market import calendar
from rut_dash.market.calendar import (
    last_closed_session,
    missing_sessions,
    non_sessions,
    sessions,
    sessions_between,
)
from tools.make_holidays import holiday_lines

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """Return a time in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


# Announced by the exchange; none is a rule's ordinary holiday but the last six.
CLOSED = {
    "1977-07-14": "blackout in New York",
    "1985-09-27": "hurricane Gloria",
    "1994-04-27": "funeral of Nixon",
    "2001-09-11": "attacks",
    "2001-09-12": "attacks",
    "2001-09-13": "attacks",
    "2001-09-14": "attacks",
    "2004-06-11": "funeral of Reagan",
    "2007-01-02": "funeral of Ford",
    "2012-10-29": "hurricane Sandy",
    "2012-10-30": "hurricane Sandy",
    "2018-12-05": "funeral of the elder Bush",
    "2025-01-09": "funeral of Carter",
    "2025-04-18": "Good Friday",
    "2000-04-21": "Good Friday",
    "2022-06-20": "Juneteenth, observed on Monday",
    "2021-12-24": "Christmas, observed on Friday",
    "2025-05-26": "Memorial Day",
    "2025-04-05": "a Saturday",
}
OPEN = {
    "2001-09-17": "the reopening",
    "2021-06-18": "before Juneteenth was a holiday of the exchange",
    "2021-12-31": "New Year's Day on a Saturday is not observed",
    "2024-11-29": "the day after Thanksgiving",
    "2025-04-08": "the low",
    "2025-05-12": "the truce",
}


def has_session(day: date) -> bool:
    return not sessions(day, day).empty


@pytest.mark.parametrize("day", CLOSED, ids=CLOSED.values())
def test_days_on_which_the_exchange_was_closed(day: str) -> None:
    assert not has_session(date.fromisoformat(day))


@pytest.mark.parametrize("day", OPEN, ids=OPEN.values())
def test_days_on_which_the_exchange_was_open(day: str) -> None:
    assert has_session(date.fromisoformat(day))


# The exchange's own counts of trading days.
@pytest.mark.parametrize(
    ("year", "count"),
    [(2000, 252), (2001, 248), (2008, 253), (2012, 250), (2020, 253), (2024, 252), (2025, 250)],
)
def test_sessions_in_a_year(year: int, count: int) -> None:
    index = sessions(date(year, 1, 1), date(year, 12, 31))
    assert len(index) == count
    assert index.tz is None
    assert index.is_monotonic_increasing
    assert index.is_unique


@pytest.mark.parametrize(
    ("last", "end", "count"),
    [
        ("2025-04-16", "2025-04-21", 2),  # 17 April and, after Good Friday and Easter, the 21st
        ("2025-04-17", "2025-04-20", 0),
        ("2026-05-29", "2026-05-29", 0),
        ("2026-06-02", "2026-05-29", 0),
        ("2025-12-23", "2025-12-26", 2),  # Christmas is closed
    ],
)
def test_sessions_after_a_day_are_counted(last: str, end: str, count: int) -> None:
    assert sessions_between(pd.Timestamp(last), pd.Timestamp(end)) == count


def test_sessions_are_counted_as_the_calendar_has_them() -> None:
    first, end = date(2000, 1, 3), date(2026, 11, 27)
    assert sessions_between(first, end) == len(sessions(first, end)) - 1


def test_both_ends_are_included_and_need_not_be_sessions() -> None:
    assert list(sessions(date(2025, 4, 17), date(2025, 4, 21))) == [
        pd.Timestamp("2025-04-17"),
        pd.Timestamp("2025-04-21"),
    ]
    assert list(sessions(date(2025, 4, 18), date(2025, 4, 20))) == []
    assert list(sessions(date(2025, 4, 21), date(2025, 4, 17))) == []


@pytest.mark.parametrize(
    ("now", "session"),
    [
        ("2025-04-08T15:59:59", "2025-04-07"),
        ("2025-04-08T16:00:00", "2025-04-08"),
        ("2025-04-09T09:29:00", "2025-04-08"),
        ("2025-04-12T12:00:00", "2025-04-11"),  # a Saturday
        ("2025-04-18T23:00:00", "2025-04-17"),  # Good Friday
        ("2024-11-29T12:59:59", "2024-11-27"),  # closes at 13:00 that day
        ("2024-11-29T13:00:00", "2024-11-29"),
        ("2025-01-09T18:00:00", "2025-01-08"),
    ],
)
def test_last_closed_session(now: str, session: str) -> None:
    assert last_closed_session(at(now)) == pd.Timestamp(session)


def test_the_zone_of_the_clock_does_not_matter() -> None:
    # 16:00 in New York is 21:00 UTC in winter and 20:00 UTC from 2025-03-09 on.
    assert last_closed_session(datetime(2025, 3, 7, 20, 59, tzinfo=UTC)) == pd.Timestamp(2025, 3, 6)
    assert last_closed_session(datetime(2025, 3, 7, 21, 0, tzinfo=UTC)) == pd.Timestamp(2025, 3, 7)
    assert last_closed_session(datetime(2025, 3, 10, 20, 0, tzinfo=UTC)) == pd.Timestamp(
        2025, 3, 10
    )
    tokyo = ZoneInfo("Asia/Tokyo")
    assert last_closed_session(datetime(2025, 3, 11, 4, 59, tzinfo=tokyo)) == pd.Timestamp(
        2025, 3, 7
    )
    assert last_closed_session(datetime(2025, 3, 11, 5, 0, tzinfo=tokyo)) == pd.Timestamp(
        2025, 3, 10
    )


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a time needs a time zone"):
        last_closed_session(datetime(2025, 4, 8, 12, 0))  # noqa: DTZ001 (that is what is tested)


@pytest.mark.parametrize("day", [date(1969, 12, 25), date(2061, 1, 3)])
def test_what_the_calendar_does_not_know_is_out_of_range(day: date) -> None:
    with pytest.raises(OutOfRange, match="the NYSE calendar has sessions from 1970-01-01"):
        sessions(day, day)
    with pytest.raises(OutOfRange):
        last_closed_session(datetime(day.year, day.month, day.day, tzinfo=UTC))


def test_the_edges_of_what_is_known() -> None:
    with pytest.raises(OutOfRange):  # 1970-01-01 was a holiday: nothing had closed
        last_closed_session(datetime(1970, 1, 1, 12, tzinfo=UTC))
    with pytest.raises(ValueError, match="no time zone"):
        sessions(pd.Timestamp("2025-04-08", tz="UTC"), date(2025, 4, 9))


def test_missing_sessions_are_named() -> None:
    index = pd.DatetimeIndex(["2025-04-16", "2025-04-21", "2025-04-22"])
    assert list(missing_sessions(index)) == [pd.Timestamp("2025-04-17")]
    through = missing_sessions(index, pd.Timestamp("2025-04-24"))
    assert [f"{d:%m-%d}" for d in through] == ["04-17", "04-23", "04-24"]
    assert missing_sessions(index[:0]).empty
    assert missing_sessions(index, pd.Timestamp("2025-04-01")).empty
    assert list(index) == [pd.Timestamp(d) for d in ("2025-04-16", "2025-04-21", "2025-04-22")]


def test_gaps_before_1970_are_not_judged() -> None:
    early = pd.DatetimeIndex(["1927-12-30", "1969-12-31", "1970-01-02", "1970-01-06"])
    assert list(missing_sessions(early)) == [pd.Timestamp("1970-01-05")]
    assert non_sessions(early).empty
    assert missing_sessions(early[:2]).empty


def test_bars_of_days_without_a_session_are_named() -> None:
    index = pd.DatetimeIndex(["2026-05-22", "2026-05-25", "2026-05-26", "2026-05-30"])
    assert list(non_sessions(index)) == [pd.Timestamp("2026-05-25"), pd.Timestamp("2026-05-30")]


def test_the_unit_of_an_index_does_not_matter() -> None:
    index = pd.DatetimeIndex(["2025-04-16", "2025-04-21"]).as_unit("ns")
    assert list(missing_sessions(index)) == [pd.Timestamp("2025-04-17")]
    assert non_sessions(index).empty


def test_the_calendar_is_built_quietly_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar._build.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert has_session(date(2025, 4, 8))
    built = calendar._build.cache_info().misses
    sessions(date(2000, 1, 1), date(2025, 1, 1))
    assert calendar._build.cache_info().misses == built == 1


@pytest.mark.parametrize("name", ["IWM", "SPY", "QQQ", "_RUT", "_GSPC"])
def test_real_bars_are_exactly_the_sessions(market_data: Path, name: str) -> None:
    dates = pd.read_csv(market_data / f"{name}.csv", usecols=["date"], parse_dates=["date"])
    index = pd.DatetimeIndex(dates["date"])
    assert missing_sessions(index).empty
    assert non_sessions(index).empty


def test_a_real_row_on_a_holiday_is_found(market_data: Path) -> None:
    dates = pd.read_csv(market_data / "_VIX.csv", usecols=["date"], parse_dates=["date"])
    assert list(non_sessions(pd.DatetimeIndex(dates["date"]))) == [pd.Timestamp("2026-05-25")]


def test_the_file_of_holidays_is_that_of_the_calendar() -> None:
    assert calendar.HOLIDAYS_FILE.read_text(encoding="utf-8") == holiday_lines()
