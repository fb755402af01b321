"""Answers that nobody would think of: the chart's JSON, mutated, through the real client.

Each answer goes over the wire to yfinance and through the whole of `Market.load`. What comes
back is bars that satisfy the schema, by a reading of it that is this file's own, or one of our
errors with a sentence.
"""

from __future__ import annotations

import copy
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rut_dash.errors import RutDashError, SchemaError
from rut_dash.market import calendar
from rut_dash.market.market import Market
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.validation import BAR_COLUMNS
from tests.fake_yahoo import NEW_YORK, FakeYahoo, made_up_bars

FUZZ = settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NOW = datetime(2026, 5, 29, 20, tzinfo=NEW_YORK)
DAY = 86_400
Path = tuple[str | int, ...]


@pytest.fixture
def chart(yahoo: FakeYahoo) -> Any:
    """Return a good answer: two months of IWM with a dividend and a split."""
    bars = made_up_bars("2026-04-01", dividends={"2026-04-15": 0.6}, splits={"2026-05-11": 2.0})
    yahoo.serve("IWM", bars)
    yahoo.as_of = NOW
    return json.loads(json.dumps(yahoo.chart("IWM", {}, None)))


@pytest.fixture
def ask(yahoo: FakeYahoo) -> Iterator[Callable[[bytes], str]]:
    """Return a function that serves a body and returns what came of it: "bars" or "refused"."""
    source = YahooSource(clock=yahoo.time, deadline=60.0, request_timeout=30.0)

    def outcome_of(body: bytes) -> str:
        yahoo.body = body
        market = Market(None, source, clock=yahoo.time)
        try:
            bars = market.load("IWM").bars
        except RutDashError as error:
            expect_sentence(str(error))
            return "refused"
        expect_schema(bars)
        return "bars"

    yield outcome_of
    yahoo.body = None


def expect_sentence(sentence: str) -> None:
    assert sentence.startswith("No prices of IWM from Yahoo Finance: ")
    assert sentence.endswith((" UTC.", " EDT.", " EST."))  # the time of the next try
    assert "unexpected" not in sentence  # a bug that the market caught
    assert "Traceback" not in sentence
    assert not any(mark in sentence for mark in ("\n", "<class", "object at", "Error(", "{", "}"))
    assert len(sentence) < 500


@cache
def sessions_so_far() -> frozenset[pd.Timestamp]:
    return frozenset(calendar.sessions(calendar.FIRST_KNOWN, NOW.date()))


def expect_schema(bars: pd.DataFrame) -> None:
    """Expect what issue and docs promise of bars, row by row."""
    assert list(bars.columns) == list(BAR_COLUMNS)
    assert bars.index.tz is None  # type: ignore[attr-defined]
    sessions = sessions_so_far()
    before: tuple[pd.Timestamp, float] | None = None
    for day, row in bars.iterrows():
        assert isinstance(day, pd.Timestamp)
        # Of earlier days nobody knows here which were sessions.
        assert day in sessions or day.date() < calendar.FIRST_KNOWN, f"{day} is no session so far"
        opening, high, low, close = (float(row[name]) for name in ("open", "high", "low", "close"))
        assert 0 < close < math.inf
        slack = 1e-5 * close
        for price in (opening, high, low):  # a wrong one is blank
            assert math.isnan(price) or 0 < price < math.inf
            assert not low > price + slack
            assert not high < price - slack
        assert not low > close + slack
        assert not high < close - slack
        assert np.isnan(row["adj_close"]) or 0 < row["adj_close"] < math.inf
        assert np.isnan(row["volume"]) or 0 <= row["volume"] < math.inf
        assert 0 <= row["dividend"] < math.inf
        assert 0 <= row["split"] < math.inf
        if before is not None:
            assert before[0] < day
            assert abs(close / before[1] - 1) <= 0.25
            assert row["dividend"] < before[1]
        before = (day, close)
    assert before is not None


# -- mutations ----------------------------------------------------------------------------------


def paths(tree: Any, here: Path = ()) -> list[Path]:
    """Return the way to every node, the root left out."""
    if isinstance(tree, dict):
        below = [(key, value) for key, value in tree.items()]
    elif isinstance(tree, list):
        below = list(enumerate(tree))
    else:
        return []
    return [path for key, value in below for path in [(*here, key), *paths(value, (*here, key))]]


def at(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree[key]
    return tree


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.sampled_from([0, -1, 2**31, 2**63, 1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf]),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "NaN", "290.43", "2026-05-29", "1e5", "null"]),
    st.recursive(
        st.none() | st.integers(-5, 5) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=5,
    ),
)
OF_NUMBERS = ("times 100", "negated", "a day later", "years later", "as text", "nothing", "tiny")
OF_LISTS = ("shorter", "longer", "doubled", "reversed", "swapped", "emptied", "nulls", "junk in it")


def mutate(draw: Callable[[st.SearchStrategy[Any]], Any], chart: Any) -> None:
    """Change one node, a whole column or a name."""
    every = paths(chart)
    # The prices are what matters: an answer that is broken at its root says little about them.
    prices = [path for path in every if path[:2] == ("chart", "result") and len(path) > 4]
    regions = {
        "a price": [path for path in prices if not isinstance(at(chart, path), dict | list)],
        "a column": [path for path in prices if isinstance(at(chart, path), dict | list)],
        "a date": [path for path in every if path[3:4] == ("timestamp",)],
    }
    candidates = regions.get(draw(st.sampled_from([*regions, "anything"]))) or every
    path = candidates[draw(st.integers(0, len(candidates) - 1))]
    parent, key, node = at(chart, path[:-1]), path[-1], at(chart, path)
    mutations = ["dropped", "junk", "null"]
    if isinstance(node, int | float) and not isinstance(node, bool):
        mutations = ["junk", *OF_NUMBERS]
    if isinstance(node, list):
        mutations += OF_LISTS
    if isinstance(parent, dict):
        mutations += ["renamed"]
    match draw(st.sampled_from(mutations)):
        case "dropped":
            del parent[key]
        case "junk":
            parent[key] = draw(JUNK)
        case "null" | "nothing":
            parent[key] = None
        case "renamed":
            parent[f"{key}_"] = parent.pop(key)
        case "times 100":
            parent[key] = node * 100
        case "negated":
            parent[key] = -node
        case "a day later":
            parent[key] = node + draw(st.sampled_from([-7, -1, 1, 2, 7])) * DAY
        case "years later":
            parent[key] = node + draw(st.sampled_from([-60, 10, 300, 9000])) * 365 * DAY
        case "as text":
            parent[key] = str(node)
        case "tiny":
            parent[key] = 1e-300
        case "shorter":
            del node[draw(st.integers(0, max(0, len(node) - 1))) :]
        case "longer":
            node.append(draw(JUNK))
        case "doubled":
            node.extend(copy.deepcopy(node))
        case "reversed":
            node.reverse()
        case "swapped" if len(node) > 1:
            node[0], node[-1] = node[-1], node[0]
        case "emptied":
            node.clear()
        case "nulls":
            node[:] = [None] * len(node)
        case "junk in it" if node:
            node[draw(st.integers(0, len(node) - 1))] = draw(JUNK)


def test_a_good_answer_gives_bars(chart: Any, ask: Callable[[bytes], str]) -> None:
    assert ask(json.dumps(chart).encode()) == "bars"


def test_dates_out_of_order_or_twice_are_refused(chart: Any, yahoo: FakeYahoo) -> None:
    """Of itself yfinance sorts the rows and takes the first of two, each with the other's price."""
    stamps = chart["chart"]["result"][0]["timestamp"]
    source = YahooSource(clock=yahoo.time)
    for at_first, at_second, problem in (
        (3, 4, "the date of 2026-04-07 is not in order"),
        (0, -1, "the date of 2026-04-02 is not in order"),
    ):
        swapped = copy.deepcopy(chart)
        dates = swapped["chart"]["result"][0]["timestamp"]
        dates[at_first], dates[at_second] = stamps[at_second], stamps[at_first]
        yahoo.body = json.dumps(swapped).encode()
        with pytest.raises(SchemaError, match=problem):
            source.fetch("IWM")
    twice = copy.deepcopy(chart)
    twice["chart"]["result"][0]["timestamp"][4] = stamps[3] + 60
    yahoo.body = json.dumps(twice).encode()
    with pytest.raises(SchemaError, match="the date of 2026-04-07 occurs twice"):
        source.fetch("IWM")


def test_a_mutated_answer_gives_bars_or_a_sentence(chart: Any, ask: Callable[[bytes], str]) -> None:
    outcomes: Counter[str] = Counter()

    @FUZZ
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        mutated = copy.deepcopy(chart)
        for _ in range(data.draw(st.integers(1, 2))):
            if paths(mutated):
                mutate(data.draw, mutated)
        outcomes[ask(json.dumps(mutated).encode())] += 1

    run()
    assert min(outcomes["bars"], outcomes["refused"]) > 30, outcomes  # neither side is left out


def test_bytes_that_are_no_chart_give_a_sentence(chart: Any, ask: Callable[[bytes], str]) -> None:
    good = json.dumps(chart).encode()

    @settings(FUZZ, max_examples=100)
    @given(
        body=st.binary(min_size=1, max_size=40)
        | st.builds(
            lambda cut, put, rest: good[:cut] + put + good[cut + rest :],
            st.integers(0, len(good)),
            st.binary(min_size=1, max_size=6),
            st.integers(0, 30),
        )
        | JUNK.map(lambda junk: json.dumps(junk).encode()),
    )
    @example(body=b"{}")
    @example(body=b'{"chart": []}')
    @example(body=b"[" * 100_000)
    @example(body=b"\xef\xbb\xbf" + good)
    @example(body=b'{"chart": {"result": [' + b"9" * 5000 + b"]}}")
    def run(body: bytes) -> None:
        ask(body)

    run()
