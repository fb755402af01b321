"""Sessions of the calendar that no symbol has: said once, and no fault of the bars."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from rut_dash.market.health import SessionCoverage, probable_non_sessions
from rut_dash.market.history import PricePair
from rut_dash.market.market import Market
from rut_dash.market.notes import UnavailableSessions
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
from rut_dash.ui.data_page import missing_table
from rut_dash.ui.notices import unexplained_gaps
from tests.fake_yahoo import NEW_YORK, FakeYahoo

DAY = "2026-05-13"
EVENING = datetime(2026, 5, 14, 20, tzinfo=NEW_YORK)  # the day after
LATER = datetime(2026, 5, 21, 20, tzinfo=NEW_YORK)
LATEST = datetime(2026, 5, 28, 20, tzinfo=NEW_YORK)


def fetched(yahoo: FakeYahoo, folder: Path, *times: datetime) -> Market:
    """Return a market that has fetched both legs at each of these times."""
    source = YahooSource(clock=yahoo.time, deadline=60.0, request_timeout=30.0)
    market = Market(Store(folder), source, clock=yahoo.time)
    for moment in times:
        yahoo.as_of = moment
        for symbol in ("IWM", "SPY"):
            assert market.refresh(symbol, force=True).error is None
    return market


def remarks(market: Market) -> list[bool]:
    table = missing_table([market.health(symbol) for symbol in ("IWM", "SPY")])
    return [remark.startswith("Probably no session") for remark in table["remark"]]


def said_outside_the_page_data(market: Market) -> list[date]:
    legs = [market.stored(symbol) for symbol in ("IWM", "SPY")]
    pair = PricePair.align(*[leg for leg in legs if leg is not None])
    return [day for leg in pair.legs for day in unexplained_gaps(leg, pair)]


def unavailable(market: Market, symbol: str) -> list[tuple[date, ...]]:
    history = market.stored(symbol)
    assert history is not None
    notes = history.provenance.notes
    return [note.sessions for note in notes if isinstance(note, UnavailableSessions)]


def test_a_session_that_both_legs_lack_twice_is_probably_none(
    yahoo: FakeYahoo, tmp_path: Path
) -> None:
    for symbol in ("IWM", "SPY"):
        yahoo.withhold(symbol, DAY)
    market = fetched(yahoo, tmp_path, EVENING)
    assert remarks(market) == [False, False]  # it may be late
    market = fetched(yahoo, tmp_path, EVENING, LATER)
    assert remarks(market) == [True, True]
    assert unavailable(market, "IWM") == [(date(2026, 5, 13),)]
    history = market.stored("IWM")
    assert history is not None
    assert not any(
        isinstance(note, UnavailableSessions)
        for note in history.as_of(date(2026, 5, 12)).provenance.notes
    )
    assert remarks(fetched(yahoo, tmp_path, LATEST)) == [True, True]  # it stays so
    said = said_outside_the_page_data(market)
    assert said == []
    yahoo.withhold("SPY")
    market = fetched(yahoo, tmp_path, LATEST)
    assert said_outside_the_page_data(market) == [date(2026, 5, 13)]
    assert remarks(market) == [False]  # SPY has it by now, so that IWM lacks a session
    assert unavailable(market, "SPY") == []


def test_a_session_that_comes_a_week_late_is_no_longer_missing(
    yahoo: FakeYahoo, tmp_path: Path
) -> None:
    for symbol in ("IWM", "SPY"):
        yahoo.withhold(symbol, DAY)
    fetched(yahoo, tmp_path, EVENING, LATER)
    for symbol in ("IWM", "SPY"):
        yahoo.withhold(symbol)
    market = fetched(yahoo, tmp_path, LATEST)
    assert remarks(market) == []
    assert unavailable(market, "IWM") == []


@pytest.mark.parametrize(
    ("second", "third", "expected"),
    [
        ((True, True), None, True),
        ((True, False), None, False),  # the other was not asked twice
        ((False, False), None, False),  # the other has it
        ((True, True), (False, False), False),  # a third has it
        ((True, True), (True, False), True),
    ],
)
def test_no_session_needs_two_symbols_that_lack_it_and_none_that_has_it(
    second: tuple[bool, bool], third: tuple[bool, bool] | None, expected: bool
) -> None:
    day = date(2026, 5, 13)

    def coverage(lacks: bool, was_asked_again: bool) -> SessionCoverage:
        missing = frozenset({day} if lacks else ())
        again = frozenset({day} if was_asked_again else ())
        return SessionCoverage(date(2026, 5, 1), date(2026, 5, 29), missing, again)

    rows = [coverage(True, True), coverage(*second)]
    rows += [coverage(*third)] if third is not None else []
    rows.append(SessionCoverage(date(2026, 5, 20), date(2026, 5, 29), frozenset(), frozenset()))
    assert (day in probable_non_sessions(rows)) is expected
