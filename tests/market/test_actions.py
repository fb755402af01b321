"""Dividends, splits and single prices that an answer has wrong, lacks for a while, or moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rut_dash.market import calendar
from rut_dash.market.actions import total_return_factor
from rut_dash.market.market import Market
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
from rut_dash.market_wording import import_remark
from tests.fake_yahoo import NEW_YORK, FakeYahoo, made_up_bars
from tests.market.markets import evening, market_of
from tests.oracles import note_texts

EX_DATE = "2026-03-17"
SPLIT = "2025-06-09"
PAID = {"2024-06-11": 0.7, "2025-12-16": 0.9, EX_DATE: 0.6}
COLUMNS = ["open", "high", "low", "close", "volume", "dividend", "split"]

Tamper = Callable[[dict[str, Any]], None]


@pytest.fixture
def bars() -> pd.DataFrame:
    return made_up_bars(dividends=PAID, splits={SPLIT: 2.0})


@pytest.fixture
def market(yahoo: FakeYahoo, tmp_path: Path) -> Market:
    return market_of(yahoo, Store(tmp_path / "store"))


def day_of(stamp: int) -> pd.Timestamp:
    return pd.Timestamp(datetime.fromtimestamp(stamp, NEW_YORK).date())


def without_prices(days: Iterable[str]) -> Tamper:
    """Return what blanks the rows of some sessions, their dividends and splits staying."""
    gone = {pd.Timestamp(day) for day in days}

    def blank(result: dict[str, Any]) -> None:
        quote = result["indicators"]["quote"][0]
        for place, stamp in enumerate(result["timestamp"]):
            if day_of(stamp) in gone:
                for column in quote.values():
                    column[place] = None

    return blank


def without_events(result: dict[str, Any]) -> None:
    result.pop("events")


def replay(market: Market, yahoo: FakeYahoo, days: Mapping[str, Tamper | None]) -> list[str]:
    """Refresh on the evenings of some days, and return what was said of those that failed."""
    problems = []
    for day, tamper in days.items():
        yahoo.as_of, yahoo.tamper = evening(day), tamper
        outcome = market.refresh("IWM", force=True)
        problems += [str(outcome.error)] if outcome.status != "fetched" else []
    yahoo.tamper = None
    return problems


def same_as_one_fetch(market: Market, yahoo: FakeYahoo) -> bool:
    stored = market.stored("IWM")
    whole = YahooSource(clock=yahoo.time).fetch("IWM")
    assert stored is not None
    assert not stored.provenance.deferred_actions
    return stored.sessions.equals(whole.sessions) and np.allclose(
        stored.bars[COLUMNS], whole.bars[COLUMNS], rtol=1e-9, atol=1e-9
    )


def test_an_answer_without_its_events_loses_no_dividend(market: Market, yahoo: FakeYahoo) -> None:
    problems = replay(market, yahoo, {"2026-03-30": None, "2026-03-31": without_events})
    assert len(problems) == 1
    assert "the dividend of 2024-06-11 is 0, where 0.7 is stored" in problems[0]
    assert replay(market, yahoo, {"2026-05-22": None}) == []
    # With no dividend among the sessions that an update asks for, nothing is missed.
    assert replay(market, yahoo, {"2026-05-26": without_events, "2026-05-29": None}) == []
    assert same_as_one_fetch(market, yahoo)


def test_dividends_that_come_later_are_added(market: Market, yahoo: FakeYahoo) -> None:
    days = {"2026-03-10": without_events, "2026-03-11": None, EX_DATE: None, "2026-05-29": None}
    assert replay(market, yahoo, days) == []
    assert same_as_one_fetch(market, yahoo)


@pytest.mark.parametrize("by", [100.0, 10.0, 0.01])
def test_amounts_that_the_adjusted_closes_deny_are_refused(
    by: float, market: Market, yahoo: FakeYahoo
) -> None:
    def misplaced(result: dict[str, Any]) -> None:
        for paid in result["events"]["dividends"].values():
            paid["amount"] *= by

    problems = replay(market, yahoo, {"2026-03-30": None, "2026-04-02": misplaced})
    assert len(problems) == 1
    history = market.stored("IWM")
    assert history is not None
    assert history.bars["dividend"].sum() == pytest.approx(2.2)
    assert replay(market, yahoo, {"2026-05-29": None}) == []
    assert same_as_one_fetch(market, yahoo)


def test_a_dividend_corrected_with_its_adjusted_closes_replaces_the_stored_one(
    market: Market, yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    replay(market, yahoo, {"2026-03-30": None})
    right = bars.copy()
    right.loc[pd.Timestamp(EX_DATE), "dividend"] = 0.0
    right.loc[pd.Timestamp("2026-03-18"), "dividend"] = 0.65
    yahoo.serve("IWM", right)
    assert replay(market, yahoo, {"2026-04-02": None}) == []
    assert same_as_one_fetch(market, yahoo)


@pytest.mark.parametrize("blank_for", [1, 2, 40])
@pytest.mark.parametrize("stored_before", [True, False])
@pytest.mark.parametrize("day", [EX_DATE, SPLIT])
def test_actions_of_a_session_missing_for_a_while_count_once(
    day: str, stored_before: bool, blank_for: int, market: Market, yahoo: FakeYahoo
) -> None:
    sessions = list(calendar.sessions(date(2025, 5, 1), date(2026, 5, 29)))
    at = sessions.index(pd.Timestamp(day))
    names = [f"{session:%Y-%m-%d}" for session in sessions]
    days: dict[str, Tamper | None] = {names[at - 1]: None}
    if stored_before:
        days[names[at]] = None
    days |= dict.fromkeys(names[at + 1 : at + 1 + blank_for], without_prices([day]))
    assert replay(market, yahoo, days) == []
    meanwhile = market.stored("IWM")
    assert meanwhile is not None
    listed = [paid for ex_date, paid in PAID.items() if ex_date <= names[at]]
    assert meanwhile.bars["dividend"].sum() == pytest.approx(sum(listed))
    deferred = [f"{action.session}" for action in meanwhile.provenance.deferred_actions]
    assert deferred == ([] if stored_before else [day])
    assert any("is counted on" in text for text in note_texts(meanwhile)) != stored_before
    assert replay(market, yahoo, {names[at + 1 + blank_for]: None, "2026-05-29": None}) == []
    assert same_as_one_fetch(market, yahoo)
    healed = market.stored("IWM")
    assert healed is not None
    assert not any("is counted on" in text for text in note_texts(healed))


def test_a_split_dated_wrongly_and_then_corrected_counts_once(
    market: Market, yahoo: FakeYahoo
) -> None:
    def late(result: dict[str, Any]) -> None:
        splits = result["events"]["splits"]
        for key in list(splits):
            split = splits.pop(key)
            split["date"] += 86_400
            splits[str(split["date"])] = split

    days = {"2025-06-06": None, "2025-06-11": late, "2025-06-12": None}
    assert replay(market, yahoo, days) == []
    assert same_as_one_fetch(market, yahoo)


@pytest.mark.parametrize("seed", [0, 1, 3, 7])
def test_a_year_with_sessions_missing_for_a_while_equals_one_fetch(
    seed: int, yahoo: FakeYahoo, tmp_path: Path
) -> None:
    """Also those of dividends and of a split, from the start or after they were stored."""
    chance = random.Random(seed)
    events = ["2025-06-16", "2025-09-16", "2025-12-16", "2026-03-17", "2025-10-09"]
    yahoo.serve(
        "IWM",
        made_up_bars(
            dividends=dict(zip(events, (0.7, 0.6, 0.9, 0.6), strict=False)),
            splits={events[-1]: 2.0},
        ),
    )
    days = list(calendar.sessions(date(2025, 5, 30), date(2026, 5, 29)))
    away: dict[str, tuple[pd.Timestamp, pd.Timestamp]] = {}
    places = [days.index(pd.Timestamp(day)) for day in events if chance.random() < 0.7]
    places += [chance.randrange(5, len(days) - 60) for _ in range(3)]
    for place in places:
        since = place + chance.choice((0, 1, 2))
        until = min(len(days) - 2, since + chance.choice((1, 3, 20, 45)))
        away[f"{days[place]:%Y-%m-%d}"] = (days[since], days[until])
    market = market_of(yahoo, Store(tmp_path / "store"))
    problems = []
    for now in days:
        gone = [day for day, (since, until) in away.items() if since <= now < until]
        problems += replay(market, yahoo, {f"{now:%Y-%m-%d}": without_prices(gone)})
    # Only a split whose own session is the last one, and blank, may be taken for an error.
    assert len(problems) <= 1
    assert same_as_one_fetch(market, yahoo)
    assert market.health("IWM").missing == ()


@pytest.mark.parametrize(
    ("column", "price"), [("low", 0.01), ("high", 18_024.0), ("open", 1.0), ("high", 1e9)]
)
def test_an_unbelievable_price_within_the_day_is_left_blank(
    column: str, price: float, market: Market, yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    def spoil(result: dict[str, Any]) -> None:
        quote = result["indicators"]["quote"][0]
        quote[column][-10] = price
        quote["low"][-10] = min(quote["low"][-10], price)

    assert replay(market, yahoo, {"2026-05-29": spoil}) == []
    history = market.stored("IWM")
    assert history is not None
    session = history.sessions[-10]
    for name in ("open", "high", "low", "close"):
        is_wrong = name == column or (column == "open" and name == "low")
        assert np.isnan(history.bars.loc[session, name]) == is_wrong
        got, good = (frame[name].drop(session) for frame in (history.bars, bars))
        pd.testing.assert_series_equal(got, good, check_freq=False, check_names=False)


def test_an_answer_without_volume_keeps_the_stored_volume(market: Market, yahoo: FakeYahoo) -> None:
    def blank(result: dict[str, Any]) -> None:
        volume = result["indicators"]["quote"][0]["volume"]
        volume[:] = [None] * len(volume)

    replay(market, yahoo, {"2026-05-22": None})
    before = market.stored("IWM")
    assert replay(market, yahoo, {"2026-05-29": blank}) == []
    after = market.stored("IWM")
    assert before is not None
    assert after is not None
    pd.testing.assert_series_equal(
        after.bars["volume"].reindex(before.sessions), before.bars["volume"], check_freq=False
    )


def test_total_return_is_that_of_one_fetch_while_a_session_is_missing(
    market: Market, yahoo: FakeYahoo
) -> None:
    """Counted on the next session, a dividend is worth what it was, but for that day's move."""
    days = {"2026-03-16": None, "2026-03-18": without_prices([EX_DATE])}
    assert replay(market, yahoo, days) == []
    history = market.stored("IWM")
    assert history is not None
    while_missing = total_return_factor(history.bars["close"], history.bars["dividend"])
    whole = YahooSource(clock=yahoo.time).fetch("IWM").bars
    true = total_return_factor(whole["close"], whole["dividend"])
    assert while_missing.iloc[0] == pytest.approx(true.iloc[0], rel=1e-12)


@pytest.mark.parametrize("has_dividends", [True, False], ids=["with dividends", "without"])
def test_a_file_with_the_missing_session_moves_its_dividend_back(
    has_dividends: bool, market: Market, yahoo: FakeYahoo, bars: pd.DataFrame, tmp_path: Path
) -> None:
    replay(market, yahoo, {"2026-03-16": None, "2026-03-18": without_prices([EX_DATE])})
    rows = bars.loc["2026-02-02":"2026-03-18"].drop(columns="adj_close").rename_axis("date")
    path = tmp_path / "IWM.csv"
    (rows if has_dividends else rows.drop(columns=["dividend", "split"])).to_csv(path)
    (result,) = market.import_path(path)
    assert result.status == "imported", import_remark(result)
    history = market.stored("IWM")
    assert history is not None
    assert history.bars["dividend"].sum() == pytest.approx(sum(PAID.values()))
    assert history.bars["dividend"][EX_DATE] == pytest.approx(0.6)
    assert history.provenance.deferred_actions == ()
    assert not any("is counted on" in text for text in note_texts(history))
