"""A view goes into a link and comes out the same; nothing a link says can break a page."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import load_catalogue
from rut_dash.events.event import Direction
from rut_dash.events.kinds import KINDS
from rut_dash.market.history import Basis
from rut_dash.market.instruments import BENCHMARKS, FUNDS
from rut_dash.ui.view import (
    DEFAULT_VIEW,
    DEFAULTS,
    PARAMS,
    VERSION_KEY,
    WINDOWS,
    IndicatorSetting,
    ViewState,
    changed_parameters,
    default_view,
    parameters_of,
    parse_view,
    shared_query,
    span_of,
    to_query,
)
from tests.links import LINK_VERSION, NEWEST

DAYS = pd.bdate_range("2000-05-26", "2026-05-29")
DATES = st.dates(date(1993, 1, 29), date(2030, 12, 31))


@st.composite
def ranges(draw: st.DrawFn) -> str:
    start, end = sorted(draw(st.tuples(DATES, DATES).filter(lambda pair: pair[0] != pair[1])))
    return f"{start}..{end}"


def subsets(options: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(options)).map(
        lambda words: tuple(option for option in options if option in words)
    )


@st.composite
def parameters(draw: st.DrawFn) -> tuple[IndicatorSetting, ...]:
    use: dict[str, dict[str, float]] = {}
    for row in draw(st.sets(st.sampled_from(list(INDICATORS.values())), max_size=3)):
        for param in row.params:
            whole = st.integers(int(param.minimum), int(param.maximum))
            fractions = st.decimals(str(param.minimum), str(param.maximum), places=8).map(float)
            use.setdefault(row.key, {})[param.name] = draw(whole if param.whole else fractions)
    return changed_parameters(use)


VIEWS = st.builds(
    ViewState,
    fund=st.sampled_from([*FUNDS, "BRK-B", "BF.A"]),
    benchmark=st.sampled_from([*BENCHMARKS, "VTI"]),
    window=st.one_of(st.sampled_from(WINDOWS), ranges()),
    basis=st.sampled_from(Basis),
    anchor=st.one_of(st.sampled_from(["liberation-day", "fed-2024-09-18"]), DATES.map(str)),
    kinds=subsets(list(KINDS)),
    frequency=st.sampled_from(["D", "W"]),
    scale=st.sampled_from(["linear", "log"]),
    leg=st.sampled_from(["fund", "benchmark"]),
    indicators=subsets(list(INDICATORS)),
    parameters=parameters(),
    directions=subsets([direction.value for direction in Direction]),
    study_columns=st.sampled_from(["comparison", "fund", "benchmark"]),
    claim=st.sampled_from(["", "A0-1a", "own-1"]),
    claim_sources=subsets(["A0", "A1", "own"]),
    claim_verdicts=subsets([verdict.value for verdict in Verdict]),
    claim_kind=st.sampled_from(["", *CHECKS]),
)


@given(VIEWS)
def test_a_link_restores_the_view(view: ViewState) -> None:
    restored, problems = parse_view(to_query(view))
    assert restored == view
    assert not problems


@given(VIEWS)
def test_equal_views_have_equal_links(view: ViewState) -> None:
    again, _ = parse_view(to_query(view))
    assert to_query(again) == to_query(view)


def test_the_default_view_has_an_empty_link() -> None:
    assert to_query(DEFAULT_VIEW) == {}
    assert parse_view({}) == (DEFAULT_VIEW, [])


def test_the_default_anchor_is_an_event_of_the_catalogue() -> None:
    event = load_catalogue().get(DEFAULT_VIEW.anchor)
    assert event is not None
    assert anchor_session(event, DAYS) is not None


TEXTS = st.text(max_size=400)


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (5, "'x4' in this link is ignored: no page has such a setting."),
        (6, "1 more value of this link is ignored. Copy a link from this page."),
        (1205, "1,200 more values of this link are ignored. Copy a link from this page."),
    ],
)
def test_of_many_ignored_values_five_are_named_and_the_rest_are_counted(
    count: int, last: str
) -> None:
    _, problems = parse_view({f"x{number}": "1" for number in range(count)})
    assert len(problems) == min(count, 6)
    assert str(problems[-1]) == last


@given(
    st.dictionaries(
        st.one_of(st.sampled_from([*(row.key for row in PARAMS), VERSION_KEY]), TEXTS),
        st.one_of(TEXTS, st.lists(TEXTS, max_size=4)),
        max_size=40,
    )
)
def test_nothing_in_a_link_breaks_it(query: dict[str, str | list[str]]) -> None:
    view, problems = parse_view(query)
    assert parse_view(to_query(view)) == (view, [])
    assert len(problems) <= 6
    assert all(len(str(problem)) < 700 for problem in problems)
    assert view.fund != view.benchmark


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fund", "<script>alert(1)</script>"),
        ("fund", ""),
        ("fund", "../../etc/passwd"),
        ("benchmark", "A" * 100_000),
        ("window", "2Y"),
        ("window", "2025-01-01..2024-01-01"),
        ("window", "2025-02-30..2025-03-01"),
        ("window", "2025-01-01..2025-01-01"),
        ("window", "2025-W01-1..2025-W03-1"),
        ("basis", "net"),
        ("anchor", "2025-13-01"),
        ("anchor", "٢٠٢٥-٠٤-٠٨"),
        ("anchor", "Low 2025"),
        ("events", "fed,fed funds"),
        ("bars", "M"),
        ("directions", "down"),
        ("columns", "all"),
        ("scale", "cubic"),
        ("leg", "both"),
        ("show", "sma;drop"),
        ("set", "rsi.length:1e9"),
        ("set", "rsi.length:500"),
        ("set", "rsi.length:14.5"),
        ("set", "rsi.period:14"),
        ("set", "vwap.length:14"),
        ("set", "rsi.length"),
    ],
)
def test_a_bad_value_is_ignored_and_named(key: str, value: str) -> None:
    other = {"claim": "A0-1a"}
    view, problems = parse_view({key: value} | other | LINK_VERSION)
    assert view == DEFAULT_VIEW.with_(**other)
    (problem,) = problems
    assert problem.parameter == key
    assert str(problem).startswith(f"{key} '")


def test_a_repeated_parameter_is_ignored() -> None:
    view, problems = parse_view({"window": ["1Y", "5Y"], **LINK_VERSION})
    assert view == DEFAULT_VIEW
    assert [problem.parameter for problem in problems] == ["window"]


def test_an_unknown_parameter_is_named_but_not_those_of_the_platform() -> None:
    view, problems = parse_view({"windw": "1Y", "embed": "true", "embed_options": "dark_theme"})
    assert view == DEFAULT_VIEW
    assert [problem.parameter for problem in problems] == ["windw"]


def test_an_anchor_must_be_an_event_there_is_or_a_date() -> None:
    assert parse_view({"anchor": "no-such-event"}, anchors=["tariff-truce"])[1]
    assert not parse_view({"anchor": "tariff-truce"}, anchors=["tariff-truce"])[1]
    assert parse_view({"anchor": "2024-02-29"}, anchors=[])[0].anchor == "2024-02-29"


@pytest.mark.parametrize(
    ("query", "benchmark"),
    [
        ({"fund": "QQQ", "benchmark": "qqq"}, "SPY"),
        ({"fund": "SPY"}, "QQQ"),
        ({"benchmark": "IWM"}, "SPY"),
    ],
)
def test_a_symbol_is_not_compared_with_itself(query: dict[str, str], benchmark: str) -> None:
    view, problems = parse_view(query)
    assert view.benchmark == benchmark
    assert len(problems) == 1


def test_words_are_taken_in_any_case_and_written_in_one() -> None:
    view, problems = parse_view({"fund": " iwo ", "window": "3y", "bars": "w"})
    assert not problems
    assert (view.fund, view.window, view.frequency) == ("IWO", "3Y", "W")
    assert (
        to_query(view.with_(benchmark="QQQ")).items() >= {"fund": "IWO", "benchmark": "QQQ"}.items()
    )


def test_none_shows_nothing() -> None:
    view, problems = parse_view({"events": "none", "show": "none"})
    assert not problems
    assert view.kinds == ()
    assert view.indicators == ()
    assert to_query(view) == {"events": "none", "show": "none", **LINK_VERSION}


def test_settings_at_their_default_are_left_out() -> None:
    view, problems = parse_view({"set": "rsi.length:14,sma.length:40,bollinger.deviations:2.5"})
    assert not problems
    assert view.parameters == (("bollinger", "deviations", 2.5), ("sma", "length", 40))
    assert parameters_of(view) == {"bollinger": {"deviations": 2.5}, "sma": {"length": 40}}


def test_a_setting_keeps_all_its_digits() -> None:
    view, problems = parse_view({"set": "bollinger.deviations:2.3456789"})
    assert not problems
    assert to_query(view)["set"] == "bollinger.deviations:2.3456789"
    assert to_query(parse_view({"set": "rsi.length:20"})[0])["set"] == "rsi.length:20"


def test_the_settings_of_many_more_indicators_fit_into_a_link() -> None:
    with ExitStack() as stack:
        for number in range(20):
            row = replace(INDICATORS["macd"], key=f"another_macd_{number}", crosses=(), summary=())
            stack.enter_context(INDICATORS.with_row(row))
        largest = {
            row.key: {p.name: p.maximum - (0 if p.whole else 1 / 3) for p in row.params}
            for row in INDICATORS.values()
        }
        view = DEFAULT_VIEW.with_(
            indicators=tuple(INDICATORS), parameters=changed_parameters(largest)
        )
        assert parse_view(to_query(view)) == (view, [])


def test_a_range_is_two_dates() -> None:
    assert span_of("1Y") is None
    assert span_of("2024-01-02..2025-04-08") == (date(2024, 1, 2), date(2025, 4, 8))


# --- Versions of the defaults ------------------------------------------------------------------

OLD_LINKS: list[dict[str, str]] = [
    {"window": "3Y"},
    {"anchor": "tariff-truce", "events": "fed"},
    {"set": "rsi.length:21"},
    {"show": "none", "scale": "log"},
    {"v": "1"},
    {"v": "1", "basis": "total"},
]
CHANGED: dict[str, object] = {
    "fund": "IWO",
    "benchmark": "QQQ",
    "window": "5Y",
    "basis": Basis.TOTAL,
    "anchor": "liberation-day",
    "kinds": ("fed",),
    "frequency": "W",
    "scale": "log",
    "leg": "benchmark",
    "indicators": ("rsi",),
}


@pytest.mark.parametrize("query", OLD_LINKS)
def test_a_link_means_the_same_after_the_defaults_have_changed(
    query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, problems = parse_view(query)
    assert not problems
    monkeypatch.setitem(DEFAULTS, NEWEST + 1, CHANGED)
    assert parse_view(query) == (before, [])
    again = shared_query(before)
    assert again["v"] == str(NEWEST + 1)
    assert parse_view(again) == (before, [])


def test_a_bare_address_shows_the_newest_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEFAULTS, NEWEST + 1, CHANGED)
    view, problems = parse_view({"embed": "true"})
    assert (view, problems) == (default_view(), [])
    assert {field: getattr(view, field) for field in CHANGED} == CHANGED
    assert to_query(view) == {}
    assert to_query(view.with_(window="1Y")) == {"window": "1Y", "v": str(NEWEST + 1)}


@given(VIEWS)
def test_a_link_of_new_defaults_restores_the_view(view: ViewState) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DEFAULTS, NEWEST + 1, CHANGED)
        assert parse_view(to_query(view) or shared_query(view)) == (view, [])


def test_links_of_an_older_version_keep_the_settings_of_their_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The row says 14 today; links of version 1 were written when it was 21."""
    old = (("rsi", "length", 21),)
    monkeypatch.setitem(DEFAULTS, 1, {**DEFAULTS[1], "parameters": old})
    for version in range(2, NEWEST + 2):
        monkeypatch.setitem(DEFAULTS, version, {"parameters": ()})
    assert parse_view({"show": "rsi"})[0].parameters == old
    assert parse_view({"show": "rsi", "set": "rsi.length:14"})[0].parameters == ()
    assert parse_view({"show": "rsi", "set": "sma.length:40"})[0].parameters == (
        *old,
        ("sma", "length", 40),
    )
    assert parse_view({"show": "rsi", "v": str(NEWEST + 1)})[0].parameters == ()


@pytest.mark.parametrize("version", ["0", str(NEWEST + 1), "1.0", "-1", "²", "", ["1", "2"]])
def test_a_version_that_there_is_not_is_named(version: str | list[str]) -> None:
    view, problems = parse_view({"v": version, "claim": "A0-1a"})
    assert view == DEFAULT_VIEW.with_(claim="A0-1a")
    assert [problem.parameter for problem in problems] == ["v"]


def test_a_shared_link_says_what_it_rests_on() -> None:
    version = {"v": str(NEWEST)}
    assert shared_query(DEFAULT_VIEW) == version
    assert shared_query(DEFAULT_VIEW.with_(claim="A0-1a")) == {"claim": "A0-1a", **version}
