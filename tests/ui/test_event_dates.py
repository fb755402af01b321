"""An event has its own day on charts as in tables, and is drawn at the bar that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest

from rut_dash.charts.chart import Chart
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import Event, Timing
from rut_dash.events.kinds import KINDS
from rut_dash.market import calendar
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.figures import price_figure, study_table, technicals_figure
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.view import DEFAULT_VIEW
from tests import wire
from tests.oracles import as_history, candles


def bars(symbol: str, first: str, last: str) -> PriceHistory:
    """Return bars on every session of the exchange from one day to another."""
    days = calendar.sessions(date.fromisoformat(first), date.fromisoformat(last))
    close = pd.Series([100.0 + n % 7 for n in range(len(days))], days, name="close")
    return as_history(candles(close), symbol)


def pair(first: str = "2025-01-02", last: str = "2025-06-30") -> PricePair:
    return PricePair.align(bars("IWM", first, last), bars("SPY", "2000-01-03", last))


def event(day: str, timing: Timing = Timing.IN_SESSION, kind: str = "tariff") -> Event:
    return Event("news", date.fromisoformat(day), timing, kind, "The news", "a test", "The news")


def scope_of(prices: PricePair, events: Sequence[Event], **fields: object) -> Scope:
    view = DEFAULT_VIEW.with_(**{"window": "MAX", "anchor": "2025-03-03", **fields})
    return resolve_scope(view, prices, lambda _: Catalogue(tuple(events), {}))


def chart_of(scope: Scope) -> Chart:
    return technicals_figure(scope) if scope.view.frequency == "W" else price_figure(scope)


def glyphs(chart: Chart, lane: str) -> list[tuple[str, str]]:
    """Return the bar and the hover text of each event, where a lane has its glyph."""
    lines = [
        (f"{bar:%Y-%m-%d}", text)
        for bar, text in wire.day_lines(chart.spec["data"])
        if text.startswith("The news")
    ]
    drawn = [
        f"{pd.Timestamp(x, unit='ms'):%Y-%m-%d}"
        for trace in chart.spec["data"]
        if trace["name"] == lane
        for x in trace["x"].tolist()
    ]
    assert drawn == [bar for bar, _ in lines]
    return lines


@pytest.mark.parametrize(
    ("day", "bar", "hover"),
    [
        ("2025-05-14", "2025-05-14", "Wed 2025-05-14"),
        ("2025-05-17", "2025-05-16", "Sat 2025-05-17"),
        ("2025-05-18", "2025-05-16", "Sun 2025-05-18"),
        ("2025-05-26", "2025-05-23", "Mon 2025-05-26"),  # Memorial Day
        ("2025-04-18", "2025-04-17", "Fri 2025-04-18"),  # Good Friday
        ("2025-01-02", "2025-01-02", "Thu 2025-01-02"),  # the first bar
        ("2025-06-30", "2025-06-30", "Mon 2025-06-30"),  # the last bar
    ],
)
@pytest.mark.parametrize("timing", list(Timing))
def test_a_daily_chart_draws_an_event_at_its_bar_with_its_own_date(
    day: str, bar: str, hover: str, timing: Timing
) -> None:
    scope = scope_of(pair(), [event(day, timing)])
    assert glyphs(chart_of(scope), "Tariff") == [(bar, f"The news · {hover}")]
    table = study_table(scope.pair, Basis.PRICE, scope.catalogue, ("tariff",))
    assert table["date"].tolist() == [pd.Timestamp(day)]


@pytest.mark.parametrize(
    ("day", "bar"),
    [
        ("2025-05-12", "2025-05-16"),  # a Monday is in the week to Friday
        ("2025-05-16", "2025-05-16"),
        ("2025-05-17", "2025-05-23"),  # news of a weekend moves the week after it
        ("2025-04-17", "2025-04-17"),  # the week of Good Friday ends on Thursday
        ("2025-04-18", "2025-04-25"),
        ("2025-01-02", "2025-01-03"),  # the first week, of two bars
    ],
)
def test_a_weekly_chart_draws_an_event_at_its_week(day: str, bar: str) -> None:
    found = glyphs(chart_of(scope_of(pair(), [event(day)], frequency="W")), "Tariff")
    hover = f"{pd.Timestamp(day):%a %Y-%m-%d}"
    assert found == [(bar, f"The news · {hover}")]


@pytest.mark.parametrize("frequency", ["D", "W"])
@pytest.mark.parametrize("day", ["1999-12-31", "2010-06-01", "2011-05-08", "2011-05-11"])
def test_an_event_before_the_first_bar_is_not_drawn(day: str, frequency: str) -> None:
    listed_in_2011 = pair("2011-05-12", "2013-06-28")
    scope = scope_of(listed_in_2011, [event(day)], anchor="2012-06-01", frequency=frequency)
    assert glyphs(chart_of(scope), "Tariff") == []


@pytest.mark.parametrize("first", ["2000-05-26", "2011-05-12", "2024-01-02"])
def test_no_shipped_event_is_drawn_at_the_first_bar_but_those_of_its_own_days(first: str) -> None:
    prices = pair(first)
    scope = resolve_scope(
        DEFAULT_VIEW.with_(window="MAX", kinds=tuple(KINDS)),
        prices,
        lambda day: load_catalogue(through=day),
    )
    second = prices.sessions[1]
    at_first_bar = [m for m in scope.marks if m.session < second]
    assert all(m.day >= prices.sessions[0] for m in at_first_bar)
    expected = [
        e for e in load_catalogue() if prices.sessions[0] <= pd.Timestamp(e.date) <= scope.end
    ]
    assert len(scope.marks) == len(expected)


@pytest.mark.parametrize(
    ("window", "is_drawn"),
    [
        ("2025-05-12..2025-06-13", True),
        ("2025-05-19..2025-06-13", False),  # the bar that holds it is not in the window
        ("2025-05-01..2025-05-16", False),  # its own day is not
    ],
)
def test_a_weekend_event_at_the_edge_of_a_window(window: str, is_drawn: bool) -> None:
    found = glyphs(chart_of(scope_of(pair(), [event("2025-05-17")], window=window)), "Tariff")
    assert [bar for bar, _ in found] == (["2025-05-16"] if is_drawn else [])


@pytest.mark.parametrize(
    ("as_of", "is_drawn"), [("2025-05-13", False), ("2025-05-14", True), ("2025-05-15", True)]
)
def test_an_event_after_the_as_of_is_not_drawn(as_of: str, is_drawn: bool) -> None:
    prices = pair()
    cut = PricePair.align(*(leg.as_of(pd.Timestamp(as_of)) for leg in prices.legs))
    found = glyphs(chart_of(scope_of(cut, [event("2025-05-14", Timing.AFTER_CLOSE)])), "Tariff")
    assert bool(found) is is_drawn


@pytest.mark.parametrize(
    ("day", "timing", "kind", "bar", "hover"),
    [
        ("2025-05-12", Timing.BEFORE_OPEN, "tariff", "2025-05-09",
         "Mon 2025-05-12, counted from the close of Fri 2025-05-09"),
        ("2025-05-17", Timing.AFTER_CLOSE, "tariff", "2025-05-16",
         "Sat 2025-05-17, counted from the close of Fri 2025-05-16"),
        ("2025-05-14", Timing.AFTER_CLOSE, "tariff", "2025-05-14",
         "counted from the close of Wed 2025-05-14"),
        ("2025-05-14", Timing.IN_SESSION, "market", "2025-05-14",
         "counted from the close of Wed 2025-05-14"),
    ],
)  # fmt: skip
def test_the_anchor_is_drawn_where_since_begins_and_dated_by_its_own_day(
    day: str, timing: Timing, kind: str, bar: str, hover: str
) -> None:
    scope = scope_of(pair(), [event(day, timing, kind)], anchor="news")
    assert glyphs(chart_of(scope), KINDS[kind].lane.name) == [(bar, f"The news · {hover}")]
