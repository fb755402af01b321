"""The days on which the Russell indices are reconstituted."""

from __future__ import annotations

from datetime import date

import pandas as pd

from rut_dash.events.event import Timing
from rut_dash.events.kinds.reconstitutions import reconstitutions
from rut_dash.market import calendar

THROUGH = date(2026, 12, 31)


def test_reconstitutions_fall_on_the_known_days() -> None:
    """The last session of June, from 2004 the last Friday of June, from 2007 the fourth."""
    days = {e.date for e in reconstitutions(THROUGH)}
    published = [
        "2000-06-30", "2001-06-29", "2002-06-28", "2003-06-30", "2004-06-25", "2005-06-24",
        "2006-06-30", "2007-06-22", "2010-06-25", "2017-06-23", "2018-06-22",
        "2024-06-28", "2025-06-27", "2026-06-26", "2026-11-13",
    ]  # fmt: skip
    assert {date.fromisoformat(day) for day in published} <= days
    assert len(days) == 27 + 1
    assert not {date(2003, 6, 27), date(2007, 6, 29), date(2025, 11, 14), date(2018, 6, 29)} & days
    assert all(day.weekday() == 4 for day in days if day.year > 2003)


def test_every_reconstitution_is_on_a_session_and_until_2003_on_the_last_of_june() -> None:
    for event in reconstitutions(THROUGH):
        june = calendar.sessions(date(event.date.year, 6, 1), date(event.date.year, 6, 30))
        if event.date.month == 6:
            assert pd.Timestamp(event.date) in june
            assert event.date.year > 2003 or pd.Timestamp(event.date) == june[-1]


def test_reconstitutions_end_with_the_day_asked_for() -> None:
    assert reconstitutions(date(2026, 6, 25))[-1].date == date(2025, 6, 27)
    assert reconstitutions(date(2026, 6, 26))[-1].id == "reconstitution-2026-06"
    assert reconstitutions(date(1999, 12, 31)) == ()
    assert reconstitutions(date(2027, 12, 31))[-1].date == date(2027, 11, 12)
    assert {e.timing for e in reconstitutions(THROUGH)} == {Timing.AFTER_CLOSE}
