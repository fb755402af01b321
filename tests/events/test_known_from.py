"""Nothing later than a day changes the catalogue as of it: highs and lows are known afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import Direction, Event, Timing
from tests import oracles

THROUGH = date(2026, 12, 31)
CATALOGUE = load_catalogue(through=THROUGH)
DAYS = st.dates(date(2000, 1, 1), date(2027, 6, 30))

# A turn of the market: direction, its day, and the session on which it was known.
Turn = tuple[Direction, date, date]


def turns_of(closes: Sequence[tuple[date, float]]) -> tuple[list[Turn], date]:
    """Return every turn of 20% that closes show by their last, and the day of the open extreme.

    Written for the test: one pass over the closes, which never looks ahead.
    """
    turns: list[Turn] = []
    high = low = closes[0]
    upward: bool | None = None
    for bar in closes:
        high = bar if bar[1] > high[1] else high
        low = bar if bar[1] < low[1] else low
        if upward is not False and bar[1] / high[1] - 1 <= -0.2:
            turns.append((Direction.HIGH, high[0], bar[0]))
            upward, low = False, bar
        elif upward is not True and bar[1] / low[1] - 1 >= 0.2:
            turns.append((Direction.LOW, low[0], bar[0]))
            upward, high = True, bar
    return turns, (high if upward else low)[0]


@pytest.fixture(scope="module")
def iwm_closes(market_data: Path) -> list[tuple[date, float]]:
    close = oracles.real_bars(market_data, "IWM")["close"].loc[:"2026-05-29"]
    return [(session.date(), float(price)) for session, price in close.items()]


def market_turns(catalogue: Catalogue) -> list[Turn]:
    events = catalogue.of_kinds(["market"])
    return [(e.direction, e.date, e.known_from) for e in events if e.direction is not None]


def test_the_shipped_highs_and_lows_are_known_from_the_close_that_is_20_percent_away(
    iwm_closes: list[tuple[date, float]],
) -> None:
    turns, open_extreme = turns_of(iwm_closes)
    assert market_turns(CATALOGUE) == turns
    assert turns[-1] == (Direction.LOW, date(2025, 4, 8), date(2025, 5, 16))
    assert CATALOGUE.complete_until["market"] == open_extreme - timedelta(days=1)


def test_the_catalogue_of_any_session_is_the_one_that_closes_up_to_it_give(
    iwm_closes: list[tuple[date, float]],
) -> None:
    # Every session around each turn and its discovery, and every 20th of the others.
    turns, _ = turns_of(iwm_closes)
    near = {day + timedelta(days=n) for _, *days in turns for day in days for n in range(-2, 3)}
    for position, (session, _) in enumerate(iwm_closes):
        if position % 20 and session not in near:
            continue
        known, open_extreme = turns_of(iwm_closes[: position + 1])
        then = CATALOGUE.up_to(session)
        assert market_turns(then) == known, session
        promised = then.complete_until.get("market")
        assert promised is None or promised < open_extreme or not known, session
        assert promised == (known[-1][1] if known else None), session


@given(DAYS, DAYS)
def test_the_catalogue_of_a_day_does_not_depend_on_how_much_later_it_was_taken(
    day: date, other: date
) -> None:
    earlier, later = sorted((day, other))
    then = CATALOGUE.up_to(later).up_to(earlier)
    assert then == CATALOGUE.up_to(earlier)
    assert all(event.known_from <= earlier for event in then)
    assert all(until <= earlier for until in then.complete_until.values())
    assert set(then.events) <= set(CATALOGUE.up_to(later).events)


@pytest.mark.parametrize(
    ("day", "last", "complete_until"),
    [
        ("2025-04-08", "high-2024-11-25", "2024-11-25"),
        ("2025-05-15", "high-2024-11-25", "2024-11-25"),
        ("2025-05-16", "low-2025-04-08", "2025-04-08"),
        ("2026-05-27", "low-2025-04-08", "2025-04-08"),
        ("2026-05-28", "low-2025-04-08", "2026-05-27"),
        ("2026-11-27", "low-2025-04-08", "2026-05-27"),
    ],
)
def test_the_last_known_turn_and_the_promise_on_a_day(
    day: str, last: str, complete_until: str
) -> None:
    then = CATALOGUE.up_to(date.fromisoformat(day))
    assert then.of_kinds(["market"]).events[-1].id == last
    assert then.complete_until["market"] == date.fromisoformat(complete_until)


def test_before_the_first_turn_was_known_nothing_is_promised() -> None:
    assert "market" not in CATALOGUE.up_to(date(2001, 3, 20)).complete_until
    assert CATALOGUE.up_to(date(2001, 3, 21)).complete_until["market"] == date(2000, 7, 17)


def test_news_is_known_on_its_date_and_a_high_or_low_later_or_on_its_own_close() -> None:
    for event in CATALOGUE:
        assert event.known_from >= event.date
        assert event.known_afterwards <= (event.kind == "market")


def own_event(day: str, known_from: str = "") -> Event:
    known = date.fromisoformat(known_from or day)
    return Event(
        f"own-{day}", date.fromisoformat(day), Timing.IN_SESSION, "market", "Own", "a test", "Own",
        known_from=known,
    )  # fmt: skip


def test_a_turn_that_is_not_yet_known_ends_the_promise_the_day_before_it() -> None:
    events = (own_event("2025-01-02", "2025-02-03"), own_event("2025-01-15", "2025-06-02"))
    catalogue = Catalogue(events, {"market": date(2025, 12, 31)})
    assert catalogue.up_to(date(2025, 3, 3)).complete_until == {"market": date(2025, 1, 2)}
    overlapping = Catalogue(
        (own_event("2025-01-02", "2025-06-02"), own_event("2025-01-15", "2025-02-03")),
        {"market": date(2025, 12, 31)},
    )
    assert overlapping.up_to(date(2025, 3, 3)).complete_until == {"market": date(2025, 1, 1)}


def test_an_own_event_may_say_from_when_it_was_known(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    row = '[[event]]\nid = "peak"\ndate = 2025-06-13\nkind = "market"\nlabel = "Peak"\n'
    path.write_text(f"{row}known_from = 2025-07-01\n")
    catalogue = load_catalogue(path, THROUGH)
    assert catalogue.problems == ()
    assert catalogue.up_to(date(2025, 6, 30)).get("peak") is None
    peak = catalogue.up_to(date(2025, 7, 1)).get("peak")
    assert peak is not None
    assert peak.known_from == date(2025, 7, 1)
    path.write_text(row)
    known_at_once = load_catalogue(path, THROUGH).up_to(date(2025, 6, 13)).get("peak")
    assert known_at_once is not None
    assert not known_at_once.known_afterwards


def test_an_event_that_is_known_before_its_date_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[event]]\ndate = 2025-06-13\nkind = "market"\nlabel = "Peak"\nknown_from = 2025-06-12\n'
    )
    (problem,) = load_catalogue(path, THROUGH).problems
    assert "known_from 2025-06-12 is before the date 2025-06-13" in str(problem)
