"""Write the days on which the NYSE is closed, so that bars are checked without its calendar.

Run it after an update of exchange_calendars: ``python -m tools.make_holidays``.
"""

from __future__ import annotations

from itertools import groupby

import pandas as pd

from rut_dash.market.calendar import FIRST_KNOWN, HOLIDAYS_FILE, LAST_KNOWN, sessions


def holiday_lines() -> str:
    """Return a line for each year: the weekdays that are no sessions, as months and days."""
    weekdays = pd.bdate_range(FIRST_KNOWN, LAST_KNOWN)
    closed = weekdays.difference(sessions(FIRST_KNOWN, LAST_KNOWN))
    return "".join(
        f"{year} {' '.join(f'{day:%m-%d}' for day in days)}\n"
        for year, days in groupby(closed, key=lambda day: day.year)
    )


if __name__ == "__main__":
    HOLIDAYS_FILE.write_text(holiday_lines(), encoding="utf-8")
