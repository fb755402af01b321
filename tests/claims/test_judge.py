"""The ledger: the answers worked by hand, the rules of verdicts, the laws, and files of claims."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rut_dash.claim_wording import (
    alternative_text,
    explanation_text,
    formula_text,
    stated_text,
    value_text,
)
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.claim_file import (
    claim_toml,
    claims_toml,
    load_claims,
    precision_of,
    read_claims,
)
from rut_dash.claims.judge import judge, judge_all
from rut_dash.claims.model import Claim, Judgement, Ledger, series_needed
from rut_dash.cli.commands.claims_command import judgement_json
from rut_dash.errors import RutDashError
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.validation import validate_bars

LEDGER = load_claims()
IDS = [claim.id for claim in LEDGER.claims]
CATALOGUE = load_catalogue(through=date(2026, 12, 31))
KEYS = [
    "id", "source", "verdict", "stated", "computed", "unit", "series", "basis", "as_of",
    "fits", "nearest", "today", "simulated", "explanation",
]  # fmt: skip

Load = Callable[[str], PriceHistory | None]


def by_id(judgements: list[Judgement]) -> dict[str, Judgement]:
    return {judgement.claim.id: judgement for judgement in judgements}


@cache
def folder_of(path: Path) -> dict[str, PriceHistory | None]:
    source = FolderSource(path)
    found: dict[str, PriceHistory | None] = {}
    for symbol in series_needed(LEDGER.claims):
        try:
            found[symbol] = source.fetch(symbol)
        except RutDashError:
            found[symbol] = None
    return found


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest) -> dict[str, Judgement]:
    """Return the verdicts on real bars; the tests that want them skip without."""
    path = request.getfixturevalue("market_data")
    return by_id(judge_all(LEDGER, folder_of(path).get, CATALOGUE))


# --- The answers worked by hand ------------------------------------------------------------


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return one == pytest.approx(other, abs=2e-6 * max(1.0, abs(other)))
    return one == other


def test_every_claim_has_an_answer_and_every_answer_a_claim() -> None:
    assert len(IDS) == len(set(IDS)) == 146
    assert set(IDS) == set(LEDGER.answers)
    assert LEDGER.problems == ()


@pytest.mark.parametrize("name", IDS)
def test_the_answer_by_hand(name: str, real: dict[str, Judgement]) -> None:
    answer, found = LEDGER.answers[name], real[name]
    assert found.verdict == answer.verdict
    assert same(found.computed, answer.computed)
    assert same(found.difference, answer.difference)
    assert found.as_of == answer.as_of
    assert found.today.verdict == answer.today.verdict
    assert same(found.today.value, answer.today.value)
    assert found.today.as_of == answer.today.as_of
    assert not found.simulated


@pytest.mark.parametrize("name", IDS)
def test_what_would_make_it_true(name: str, real: dict[str, Judgement]) -> None:
    """Every fit found was found by hand too, and the other way round; misses likewise."""
    answer, found = LEDGER.answers[name], real[name]
    by_hand = [fit.value for fit in answer.fits if not fit.beyond]
    fits = [one.value for one in found.fits]
    assert len(fits) == len(by_hand)
    for value in by_hand:
        assert any(same(one, value) for one in fits), (value, fits)
    if found.nearest:
        assert any(same(found.nearest[0].value, miss.value) for miss in answer.nearest)
    if found.verdict in (Verdict.OFF, Verdict.FALSE):
        assert fits or found.nearest
    else:
        assert not fits
        assert not found.nearest


def test_the_counts_of_verdicts(real: dict[str, Judgement]) -> None:
    verdicts = [judgement.verdict for judgement in real.values()]
    assert {one: verdicts.count(one) for one in Verdict} == {
        Verdict.CONFIRMED: 55,
        Verdict.OFF: 13,
        Verdict.FALSE: 17,
        Verdict.MIXED: 9,
        Verdict.NOT_COMPUTABLE: 48,
        Verdict.NOT_YET_KNOWN: 4,
    }


def test_what_comes_after_publication_is_marked(real: dict[str, Judgement]) -> None:
    for judgement in real.values():
        latest = max(judgement.claim.as_of, LEDGER.sources[judgement.claim.source].latest)
        for one in (*judgement.fits, *judgement.nearest):
            if one.as_of is not None:
                assert one.after_publication == (one.as_of > latest)
                assert one.after_publication == ("after publication" in alternative_text(one))
    fits = {one.as_of: one.after_publication for one in real["A0-2a"].fits}
    assert fits == {date(2025, 5, 16): False, date(2025, 5, 19): True, date(2025, 5, 20): True}


def test_the_formula_has_the_dates_and_closes(real: dict[str, Judgement]) -> None:
    assert formula_text(real["A0-1a"]) == (
        "^RUT: 2,092.20 (2025-05-12) / 2,023.07 (2025-05-09) \N{MINUS SIGN} 1 = +3.42%"
    )
    assert formula_text(real["A0-1a"]) in explanation_text(real["A0-1a"])
    assert "3.417% is outside 3.45 to 3.55" in explanation_text(real["A0-1a"])
    assert "“almost”" in explanation_text(real["A1-1b"])
    assert "\N{MINUS SIGN}21.5 to \N{MINUS SIGN}18.5" in explanation_text(real["A1-1b"])


def test_every_history_is_loaded_once_and_cut_once_at_each_close(
    market_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes the ledger quick: its claims and their alternatives share what they load."""
    loads: Counter[str] = Counter()
    cuts: Counter[tuple[str, object]] = Counter()
    cut = PriceHistory.as_of

    def counted_load(symbol: str) -> PriceHistory | None:
        loads[symbol] += 1
        return folder_of(market_data).get(symbol)

    def counted_cut(self: PriceHistory, day: date | None) -> PriceHistory:
        cuts[self.symbol, day] += 1
        return cut(self, day)

    monkeypatch.setattr(PriceHistory, "as_of", counted_cut)
    judge_all(LEDGER, counted_load, CATALOGUE)
    assert set(loads.values()) == {1}
    assert len(cuts) > 100
    assert set(cuts.values()) == {1}


# --- The ledger as it ships -----------------------------------------------------------------

LISTED = [
    *(f"A0-{n}" for n in range(1, 7)), *(f"A1-{n}" for n in range(1, 13)),
    *(f"A2-{n}" for n in range(1, 16)), *(f"A3-{n}" for n in range(1, 7)),
    *(f"A4-{n}" for n in range(1, 11)),
]  # fmt: skip


@pytest.mark.parametrize("listed", LISTED)
def test_every_listed_claim_is_in_the_ledger(listed: str) -> None:
    assert any(name == listed or name[:-1] == listed for name in IDS)


def test_every_kind_that_a_shipped_claim_uses_is_registered() -> None:
    assert {claim.check.kind for claim in LEDGER.claims} <= set(CHECKS)


def test_a_source_says_when_and_why() -> None:
    assert list(LEDGER.sources) == ["A0", "A1", "A2", "A3", "A4"]
    for source in LEDGER.sources.values():
        assert source.reason
        assert source.latest >= source.as_of
    for fact in LEDGER.facts.values():
        assert fact.source


def test_answers_keep_the_rules_of_rounding() -> None:
    claims = {claim.id: claim for claim in LEDGER.claims}
    for name, answer in LEDGER.answers.items():
        claim = claims[name]
        if not isinstance(claim.stated, float) or not isinstance(answer.computed, float):
            continue
        if claim.check.kind.startswith("forecast"):
            continue
        half = claim.precision * (1.5 if claim.hedge else 0.5)
        inside = claim.stated - half <= answer.computed < claim.stated + half
        assert (answer.verdict is Verdict.CONFIRMED) == inside, name


# --- Simulated prices -------------------------------------------------------------------------


def demo(symbol: str) -> PriceHistory | None:
    return DemoSource().fetch(symbol) if symbol in ("IWM", "SPY") else None


def test_on_the_demo_the_answers_by_hand_stand_in_and_say_so() -> None:
    for judgement in judge_all(LEDGER, demo, CATALOGUE):
        answer = LEDGER.answers[judgement.claim.id]
        assert judgement.simulated
        assert judgement.verdict == answer.verdict
        assert judgement.computed == answer.computed
        assert judgement.today.value == answer.today.value
        assert len(judgement.fits) == len(answer.fits)
        assert explanation_text(judgement).startswith("Worked out by hand from real bars")


def test_on_the_demo_nothing_is_recomputed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> pd.Series:
        raise AssertionError("a close was asked for")

    histories = {symbol: demo(symbol) for symbol in ("IWM", "SPY")}
    monkeypatch.setattr(PriceHistory, "close", refuse)
    assert len(judge_all(LEDGER, histories.get, CATALOGUE)) == len(IDS)


def test_on_the_demo_an_own_claim_waits_for_real_prices() -> None:
    own = claim_of('stated = 5\ncheck = { kind = "period_return", period = "ytd" }')
    found = judge(own, Ledger((own,)), demo, CATALOGUE)
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert found.simulated
    assert "simulated" in explanation_text(found)


# --- A world of made-up prices that does not say so --------------------------------------------


def history(symbol: str, bars: pd.DataFrame) -> PriceHistory:
    checked, _ = validate_bars(bars, "a test", symbol, move_limit=10.0)
    return PriceHistory(symbol, checked, Provenance("a test"))


@cache
def world() -> dict[str, PriceHistory]:
    """Return every symbol that the ledger asks for, on made-up prices."""
    found = {}
    prices = ["open", "high", "low", "close"]
    bases = {symbol: DemoSource().fetch(symbol).bars for symbol in ("IWM", "SPY")}
    for symbol, (base, drift) in {
        "IWM": ("IWM", 0.0), "SPY": ("SPY", 0.0), "^RUT": ("IWM", 0.0), "^GSPC": ("SPY", 0.0),
        "QQQ": ("SPY", 0.4), "KRE": ("IWM", -0.2), "XBI": ("IWM", 0.3), "IWO": ("IWM", 0.1),
        "IWN": ("IWM", -0.1),
    }.items():  # fmt: skip
        bars = bases[base].copy()
        tilt = np.exp(np.linspace(0.0, drift, len(bars)))
        scale = 10.0 if symbol.startswith("^") else 1.0
        bars[prices] = bars[prices].mul(tilt * scale, axis=0)
        bars["dividend"] = 0.0 if symbol.startswith("^") else bars["dividend"] * tilt
        bars["adj_close"] = np.nan
        found[symbol] = history(symbol, bars)
    return found


@cache
def made_up() -> dict[str, Judgement]:
    return by_id(judge_all(LEDGER, world().get, CATALOGUE))


def scaled(factor: float) -> dict[str, PriceHistory]:
    columns = ["open", "high", "low", "close", "dividend"]
    return {
        symbol: PriceHistory(
            symbol,
            one.bars.assign(**{c: one.bars[c] * factor for c in columns}),
            one.provenance,
        )
        for symbol, one in world().items()
    }


# What is stated in dollars or points moves with the prices, by its nature.
IN_PRICES = {"extreme", "level_at", "zone_touches"}


def in_prices(claim: Claim) -> bool:
    given = claim.check.params
    return claim.check.kind in IN_PRICES or "level" in given or "target" in given


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(factor=st.floats(min_value=0.02, max_value=50.0))
def test_law_a_factor_on_all_prices_changes_no_verdict_on_returns(factor: float) -> None:
    load = scaled(factor).get
    for name, found in by_id(judge_all(LEDGER, load, CATALOGUE)).items():
        if not in_prices(found.claim):
            assert found.verdict == made_up()[name].verdict, name
            assert found.today.verdict == made_up()[name].today.verdict, name


@pytest.mark.parametrize("source", list(LEDGER.sources))
def test_law_bars_after_publication_change_no_verdict_as_of_then(source: str) -> None:
    ledger = LEDGER.of_source(source)
    day = LEDGER.sources[source].as_of
    cut = {symbol: one.as_of(day) for symbol, one in world().items()}
    for found in judge_all(ledger, cut.get, CATALOGUE):
        whole = made_up()[found.claim.id]
        if not CHECKS[found.claim.check.kind].forecast:
            assert found.verdict == whole.verdict, found.claim.id
            assert same(found.computed, whole.computed)
        elif whole.verdict is not Verdict.NOT_COMPUTABLE:
            assert found.verdict is Verdict.NOT_YET_KNOWN, found.claim.id


@pytest.mark.parametrize("source", list(LEDGER.sources))
def test_law_on_real_bars(source: str, market_data: Path, real: dict[str, Judgement]) -> None:
    day = LEDGER.sources[source].as_of
    load = folder_of(market_data).get
    for found in judge_all(LEDGER.of_source(source), load, CATALOGUE, today=day):
        if CHECKS[found.claim.check.kind].forecast:
            assert found.verdict is Verdict.NOT_YET_KNOWN, found.claim.id
        else:
            assert found.verdict == real[found.claim.id].verdict, found.claim.id


def test_a_missing_series_is_named() -> None:
    without = {symbol: one for symbol, one in world().items() if symbol != "QQQ"}
    found = by_id(judge_all(LEDGER, without.get, CATALOGUE))
    assert found["A0-6"].verdict is Verdict.NOT_COMPUTABLE
    assert "There are no bars of QQQ." in explanation_text(found["A0-6"])
    assert found["A0-5a"].verdict is made_up()["A0-5a"].verdict


def test_bars_that_end_before_publication_are_no_use() -> None:
    cut = {symbol: one.as_of(date(2025, 3, 3)) for symbol, one in world().items()}
    for found in judge_all(LEDGER.of_source("A1"), cut.get, CATALOGUE):
        kind = CHECKS[found.claim.check.kind]
        if kind.needs_series and not kind.forecast:
            assert found.verdict is Verdict.NOT_COMPUTABLE, found.claim.id
    found = by_id(judge_all(LEDGER.of_source("A1"), cut.get, CATALOGUE))["A1-4"]
    assert "The bars of IWM end on 2025-03-03, before 2025-04-01" in explanation_text(found)


def test_without_any_bars_the_facts_remain() -> None:
    found = by_id(judge_all(LEDGER, lambda _: None, CATALOGUE))
    assert found["A0-1d"].verdict is Verdict.CONFIRMED
    assert found["A4-6e"].verdict is Verdict.OFF
    assert found["A0-1a"].verdict is Verdict.NOT_COMPUTABLE


# --- Verdicts on a series that can be worked in the head -----------------------------------------


def weekdays(closes: list[float], last: str = "2025-06-30", spread: float = 0.0) -> PriceHistory:
    index = pd.bdate_range(end=last, periods=len(closes), name="session").as_unit("s")
    close = pd.Series(closes, index=index, dtype=float)
    bars = pd.DataFrame(
        {"open": close, "high": close + spread, "low": close - spread, "close": close}
    )
    return history("IWM", bars.assign(volume=1.0, dividend=0.0, split=0.0, adj_close=np.nan))


def claim_of(rest: str, *, day: str = "2025-06-30", series: str = "IWM") -> Claim:
    head = f'[[claim]]\ntext = "a claim"\nseries = "{series}"\nas_of = {day}\n'
    found = read_claims(head + rest + "\n", "mine.toml")
    assert not found.problems, found.problems[0]
    return found.claims[0]


def verdict_of(rest: str, bars: PriceHistory, *, day: str = "2025-06-30") -> Judgement:
    claim = claim_of(rest, day=day)
    return judge(claim, Ledger((claim,)), {"IWM": bars}.get, CATALOGUE)


DAY = 'check = { kind = "period_return", period = "day" }'


@pytest.mark.parametrize(
    ("stated", "close", "verdict"),
    [
        ("stated = 20", 119.5, Verdict.CONFIRMED),
        ("stated = 20", 119.4999, Verdict.OFF),
        ("stated = 20", 120.4999, Verdict.CONFIRMED),
        ("stated = 20", 120.5, Verdict.OFF),
        ("stated = 3.5", 103.45, Verdict.CONFIRMED),
        ("stated = 3.5", 103.4499, Verdict.OFF),
        ("stated = 3.5", 103.5499, Verdict.CONFIRMED),
        ("stated = 3.5", 103.5501, Verdict.OFF),
        ('stated = 20\nhedge = "almost"', 118.5001, Verdict.CONFIRMED),
        ('stated = 20\nhedge = "almost"', 118.4999, Verdict.OFF),
        ('stated = 20\nhedge = "nearly"', 121.4999, Verdict.CONFIRMED),
        ("stated = 20\nprecision = 10", 115.1, Verdict.CONFIRMED),
        ("stated = 10.38", 110.37, Verdict.OFF),
        ("stated = 10.38", 110.3801, Verdict.CONFIRMED),
        ("stated = -19", 81.1, Verdict.CONFIRMED),
        ("stated = 20", 80.0, Verdict.FALSE),
        ("stated = -20", 120.0, Verdict.FALSE),
    ],
)
def test_rounding_is_judged_by_the_stated_precision(
    stated: str, close: float, verdict: Verdict
) -> None:
    assert verdict_of(f"{stated}\n{DAY}", weekdays([100.0, close])).verdict is verdict


def test_the_precision_of_a_number_is_that_of_its_digits() -> None:
    assert [precision_of(number) for number in (20.0, 3.5, 10.38, -0.125, 2000.0)] == [
        1.0, 0.1, 0.01, 0.001, 1.0,
    ]  # fmt: skip


def test_a_number_with_nothing_to_compare_it_with_is_no_verdict() -> None:
    found = verdict_of(DAY, weekdays([100.0, 101.0]))
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert "states no number" in explanation_text(found)
    assert found.computed == pytest.approx(1.0)


def test_a_day_without_a_session_is_judged_at_the_close_before() -> None:
    bars = weekdays([100.0, 101.0, 110.0], last="2025-06-27")
    found = verdict_of('stated = 110\ncheck = { kind = "level_at" }', bars, day="2025-06-29")
    assert found.as_of == date(2025, 6, 27)
    assert found.verdict is Verdict.CONFIRMED
    assert "has no session" in explanation_text(found)


@pytest.mark.parametrize(
    ("check", "closes", "value", "verdict"),
    [
        # Ten after nine is nine above: 9/10 of the way is 90 % of the high of 10.
        ('{ kind = "drawdown_at", at_most = -10 }', [8, 10, 9], -10.0, Verdict.CONFIRMED),
        ('{ kind = "drawdown_at", above = -10, at_most = 0 }', [8, 10, 9], -10.0,
         Verdict.FALSE),
        ('{ kind = "date_of_extreme", expect_from = 2025-06-27, expect_to = 2025-06-27 }',
         [8, 10, 9], "2025-06-27", Verdict.CONFIRMED),
        ('{ kind = "date_of_extreme", what = "lowest", expect_from = 2025-06-27 }',
         [8, 10, 9], "2025-06-26", Verdict.FALSE),
        ('{ kind = "level_at", relation = "above", level = 9 }', [8, 10, 9], 9.0, Verdict.FALSE),
        ('{ kind = "level_at", relation = "below", level = 9.5 }', [8, 10, 9], 9.0,
         Verdict.CONFIRMED),
        ('{ kind = "level_crossed", level = 9.5 }', [8, 10, 9, 11], "2025-06-30",
         Verdict.CONFIRMED),
        ('{ kind = "level_crossed", level = 9.5 }', [8, 10, 9, 9], "2025-06-26", Verdict.FALSE),
        ('{ kind = "level_crossed", level = 9.5, direction = "below" }', [8, 10, 9],
         "2025-06-30", Verdict.CONFIRMED),
        ('{ kind = "level_crossed", level = 10, expect = "never" }', [8, 10, 9], "never",
         Verdict.CONFIRMED),
        ('{ kind = "level_crossed", level = 9, expect = "never" }', [8, 10, 9], "2025-06-27",
         Verdict.FALSE),
        ('{ kind = "distance_to_level", level = 10, at_least = -15, below = 0 }', [8, 10, 9],
         -10.0, Verdict.CONFIRMED),
        ('{ kind = "return_between", start = 2025-06-26, at_least = 12 }', [8, 10, 9], 12.5,
         Verdict.CONFIRMED),
        ('{ kind = "period_return", period = "day", expect = "fall" }', [8, 10, 9], -10.0,
         Verdict.CONFIRMED),
        ('{ kind = "first_since", step = "day", length = 2, since = 2025-06-01 }',
         [8, 9, 10, 9, 10, 11], "2025-06-24..2025-06-25", Verdict.FALSE),
        ('{ kind = "first_since", step = "day", length = 3, since = 2025-06-01 }',
         [8, 9, 10, 9, 10, 11, 12], None, Verdict.CONFIRMED),
        ('{ kind = "first_since", step = "day", length = 3, since = 2025-06-01 }',
         [8, 9, 10, 9, 10, 11], None, Verdict.FALSE),
        ('{ kind = "cycle_study", expect = "rise", spans = ["2025-06-26..2025-06-27", '
         '"2025-06-27..2025-06-30"] }', [8, 10, 9], "1 of 2", Verdict.MIXED),
        ('{ kind = "cycle_study", expect = "rise", spans = ["2025-06-26..2026-06-27"] }',
         [8, 10, 9], None, Verdict.NOT_YET_KNOWN),
        ('{ kind = "indicator_state", indicator = "sma", length = 3, relation = "below" }',
         [8, 10, 9], 0.0, Verdict.FALSE),
        ('{ kind = "forecast_level", test = "close at or above", level = 11, sessions = 2 }',
         [8, 10, 9], None, Verdict.NOT_YET_KNOWN),
        ('{ kind = "cross", fast = "close", slow = "sma 3" }', [9, 9, 9, 8, 10], "2025-06-30",
         Verdict.CONFIRMED),
        ('{ kind = "cross", fast = "close", slow = "sma 3", direction = "down" }',
         [9, 9, 9, 8, 10], None, Verdict.FALSE),
    ],
)  # fmt: skip
def test_yes_or_no(check: str, closes: list[float], value: object, verdict: Verdict) -> None:
    found = verdict_of(f"check = {check}", weekdays(closes))
    assert found.verdict is verdict, explanation_text(found)
    assert same(found.computed, value), found.computed


def test_a_streak_counts_back_from_the_last_close() -> None:
    rest = 'stated = 2\nunit = "days"\ncheck = { kind = "streak", step = "day" }'
    assert verdict_of(rest, weekdays([8.0, 7.0, 8.0, 9.0])).verdict is Verdict.CONFIRMED
    assert verdict_of(rest, weekdays([7.0, 8.0, 9.0, 8.0])).computed == 0.0


def test_a_forecast_is_judged_by_what_followed() -> None:
    bars = weekdays([10.0, 10.0, 11.0, 12.0, 9.0])
    day = "2025-06-25"  # the second close
    test = 'check = {{ kind = "forecast_level", test = "{}", level = {}, sessions = {} }}'
    assert verdict_of(test.format("close at or above", 12, 2), bars, day=day).computed == (
        "2025-06-27"
    )
    missed = verdict_of(test.format("close at or above", 13, 2), bars, day=day)
    assert missed.verdict is Verdict.FALSE
    assert missed.computed == 12.0
    waiting = verdict_of(test.format("close at or above", 13, 9), bars, day=day)
    assert waiting.verdict is Verdict.NOT_YET_KNOWN
    late = verdict_of(test.format("close at or above", 12, 1), bars, day=day)
    assert late.verdict is Verdict.FALSE
    assert late.nearest[0].value == "2025-06-27"
    below = 'check = { kind = "forecast_level", test = "close at or below", sessions = 3 }'
    assert verdict_of(below, bars, day=day).computed == "2025-06-30"


def test_the_search_finds_the_session_and_the_intraday_price_that_fit() -> None:
    bars = weekdays([100.0, 104.0, 110.0], spread=1.0)
    off = verdict_of('stated = 104\ncheck = { kind = "level_at" }', bars)
    assert off.verdict is Verdict.OFF
    assert [(one.value, one.as_of) for one in off.fits] == [(104.0, date(2025, 6, 27))]
    high = verdict_of('stated = 111\ncheck = { kind = "extreme" }', bars)
    assert [one.value for one in high.fits] == [111.0]
    assert "intraday" in alternative_text(high.fits[0])
    far = verdict_of('stated = 150\ncheck = { kind = "level_at" }', bars)
    assert far.fits == ()
    assert far.nearest[0].value == 111.0


def test_arithmetic() -> None:
    rest = 'stated = 25\nunit = "%"\ncheck = {{ kind = "arithmetic", expression = "{}", {} }}'
    found = verdict_of(rest.format("discount", "a = 15, b = 20"), weekdays([1.0, 1.0]))
    assert found.verdict is Verdict.CONFIRMED
    assert found.computed == pytest.approx(25.0)
    swapped = verdict_of(rest.format("premium", "a = 15, b = 20"), weekdays([1.0, 1.0]))
    assert swapped.verdict is Verdict.OFF
    assert swapped.computed == pytest.approx(100 / 3)
    assert [one.value for one in swapped.fits] == [pytest.approx(25.0)]
    zero = verdict_of(rest.format("discount", "a = 15, b = 0"), weekdays([1.0, 1.0]))
    assert zero.verdict is Verdict.NOT_COMPUTABLE


# --- For programs and readers -----------------------------------------------------------------


def test_json_has_exactly_the_keys() -> None:
    for judgement in made_up().values():
        row = judgement_json(judgement)
        assert list(row) == KEYS
        assert row["verdict"] in {verdict.value for verdict in Verdict}
        assert isinstance(row["explanation"], str)
        assert row["explanation"]
        assert set(row["today"]) == {"as_of", "value", "verdict"}
        for one in (*row["fits"], *row["nearest"]):
            assert one["what"]


def test_values_as_readers_see_them() -> None:
    assert value_text(3.417084, "%") == "3.42%"
    assert value_text(-1.9, "$") == "\N{MINUS SIGN}$1.90"
    assert value_text(5.0, "months") == "5 months"
    assert value_text("2021-11-08") == "2021-11-08"
    claims = {claim.id: claim for claim in LEDGER.claims}
    assert stated_text(claims["A0-1a"]) == "3.5%"
    assert stated_text(claims["A1-1b"]) == "almost \N{MINUS SIGN}20%"
    assert stated_text(claims["A4-9"]) == "2,665 points"
    assert stated_text(claims["A2-2b"]) == "never"


# --- Files --------------------------------------------------------------------------------------

GOOD = """
[[claim]]
text = "IWM closed at 199"
stated = 199
series = "IWM"
as_of = 2025-04-01
check = { kind = "level_at" }
"""


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in read_claims(text, "mine.toml", LEDGER).problems]


LEVEL = 'series = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "level_at" }'


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (f"text = 5\n{LEVEL}", "the text must be one line of text in quotes, not 5"),
        (f'text = ""\n{LEVEL}', "the text must be one line of text in quotes"),
        (f'text = "{"x" * 401}"\n{LEVEL}', "the text has 401 characters; at most 400 fit"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01', "the claim has no check"),
        ('text = "x"\nseries = "IWM"\ncheck = { kind = "level_at" }', "the claim has no as_of"),
        ('text = "x"\nseries = "IWM"\nas_of = "2025-02-30"\ncheck = { kind = "level_at" }',
         "there is no day 2025-02-30"),
        ('text = "x"\nseries = "IWM"\nas_of = 1025-02-03\ncheck = { kind = "level_at" }',
         "the as_of must be a day alone"),
        ('text = "x"\nas_of = 2025-04-01\ncheck = { kind = "level_at" }',
         "a check of level_at needs a series"),
        ('text = "x"\nseries = "I W"\nas_of = 2025-04-01\ncheck = { kind = "level_at" }',
         "the series must be a ticker"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "guess" }',
         "the kind of check 'guess' is unknown"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { level = 3 }',
         "the kind of check None is unknown"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = "level_at"',
         "the check must be a table with its kind"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "level_at", x = 1 }',
         "a check of level_at has no 'x'"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "period_return" }',
         "a check of period_return needs 'period'"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\n'
         'check = { kind = "level_at", level = "high" }', "the level of the check must be"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\n'
         'check = { kind = "cycle_study", spans = ["2025-02-01..2025-01-01"] }', "is not before"),
        ('text = "x"\nsource = "A9"\nas_of = 2025-04-01\ncheck = { kind = "quoted" }',
         "the source 'A9' is unknown; allowed are A0, A1, A2, A3, A4, own"),
        ('id = "A0-1a"\ntext = "x"\nas_of = 2025-04-01\ncheck = { kind = "quoted" }',
         "the id 'A0-1a' is that of another claim"),
        ('id = "A 1"\ntext = "x"\nas_of = 2025-04-01\ncheck = { kind = "quoted" }',
         "the id must be letters and digits, such as A0-1a, not 'A 1'"),
        ('text = "x"\nstated = true\nas_of = 2025-04-01\ncheck = { kind = "quoted" }',
         "the stated must be a number or words, not True"),
        ('text = "x"\nstated = nan\nas_of = 2025-04-01\ncheck = { kind = "quoted" }',
         "the stated must be a number or words, not nan"),
        ('text = "x"\nstated = 1\nprecision = 0\nas_of = 2025-04-01\ncheck = { kind = "quoted" }',
         "the precision must be a number above 0"),
        ('text = "x"\nbasis = "net"\nseries = "IWM"\nas_of = 2025-04-01\n'
         'check = { kind = "level_at" }', "the basis 'net' is unknown; allowed are price, total"),
        ('text = "x"\nwhy = "y"\nas_of = 2025-04-01\ncheck = { kind = "quoted" }',
         "the key 'why' is unknown"),
        ("text = ", "this is not TOML"),
        ("as_of = 2025-02-30", "this is not TOML: invalid date"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_by_its_place_and_the_others_are_used(bad: str, reason: str) -> None:
    found = read_claims(f"{GOOD}\n[[claim]]\n{bad}\n{GOOD}", "mine.toml", LEDGER)
    assert [claim.text for claim in found.claims] == ["IWM closed at 199"] * 2
    assert len(found.problems) == 1
    assert str(found.problems[0]).startswith("mine.toml, the second [[claim]]")
    assert reason in str(found.problems[0])


FACT = 'date = 2025-03-01\nlabel = "A strike"\nsource = "the union"\n'


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (f'[[fact]]\nid = "car-tariffs"\n{FACT}', "the id 'car-tariffs' is that of another fact"),
        (f'[[fact]]\nid = "x"\nend = 2025-02-01\n{FACT}',
         "the end 2025-02-01 is before the date 2025-03-01"),
        (f"[[fact]]\n{FACT}", "the first [[fact]]: the fact has no id"),
        ('[source."A 0"]\npublisher = "x"\nas_of = 2025-03-01\n',
         "the id of a source must be letters and digits, such as A0"),
        ("[source.B1]\nas_of = 2025-03-01\n", "B1 of [source]: the source has no publisher"),
        ("[source]\nB1 = 3\n", "B1 of [source]: each source starts with"),
    ],
)  # fmt: skip
def test_a_bad_source_or_fact_is_refused_and_the_claims_are_used(bad: str, reason: str) -> None:
    found = read_claims(f"{bad}{GOOD}", "mine.toml", LEDGER)
    assert [claim.text for claim in found.claims] == ["IWM closed at 199"]
    assert len(found.problems) == 1
    assert reason in str(found.problems[0])


def test_a_file_of_another_kind_is_refused_in_one_sentence() -> None:
    assert len(problems_of("date,open,high\n2020-01-02,1,2\n2020-01-03,1,2\n")) == 1
    assert "'event' is unknown here" in problems_of("[[event]]\ndate = 2025-01-01\n")[0]


def test_a_claim_may_name_a_source_that_comes_after_it() -> None:
    text = """[[claim]]
source = "B1"
text = "x"
check = { kind = "quoted" }
[source.B1]
publisher = "A blog"
as_of = 2025-04-01
"""
    found = read_claims(text, "mine.toml")
    assert not found.problems
    assert found.claims[0].as_of == date(2025, 4, 1)


VALUES: dict[str, st.SearchStrategy[object]] = {
    "day": st.dates(date(1980, 1, 1), date(2030, 12, 31)),
    "month": st.sampled_from(["1980-01", "2020-02", "2025-07", "2030-12"]),
    "percent": st.floats(-200, 200, allow_subnormal=False).filter(lambda x: abs(x) > 1e-6),
    "number": st.floats(-1000, 1000, allow_subnormal=False).filter(lambda x: abs(x) > 1e-6),
    "count": st.integers(1, 400),
    "symbol": st.sampled_from(["IWM", "SPY", "^RUT", "ZZZ"]),
    "event": st.sampled_from(["low-2025-04-08", "liberation-day", "reconstitution-2030-06", "x"]),
    "text": st.sampled_from(["sma 50", "ema 20", "macd", "signal", "close", "zero", "car-tariffs"]),
    "days": st.lists(st.dates(date(1980, 1, 1), date(2030, 12, 31)), min_size=1, max_size=3),
    "spans": st.lists(
        st.sampled_from(
            ["2020-01-02..2020-02-03", "1980-01-01..2030-01-01", "2025-04-05..2025-04-06"]
        ),
        min_size=1, max_size=3,
    ),
}  # fmt: skip


@st.composite
def any_check(draw: st.DrawFn) -> dict[str, object]:
    row = draw(st.sampled_from(list(CHECKS.values())))
    given: dict[str, object] = {"kind": row.key}
    for param in row.params:
        if param.required or draw(st.booleans()):
            values = st.sampled_from(list(param.choices)) if param.choices else VALUES[param.type]
            given[param.name] = draw(values)
    return given


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    check=any_check(),
    stated=st.one_of(st.none(), st.integers(-300, 300)),
    series=st.sampled_from(["IWM", "^RUT", "ZZZ"]),
    basis=st.sampled_from(["price", "total"]),
    day=st.dates(date(1995, 1, 1), date(2027, 12, 31)),
)
def test_any_check_that_can_be_written_is_judged(
    check: dict[str, object], stated: int | None, series: str, basis: str, day: date
) -> None:
    fields = {"text": "x", "stated": stated, "series": series, "basis": basis, "as_of": day}
    read = read_claims(claim_toml(fields, check.pop("kind"), check), "mine.toml", LEDGER)
    assert not read.problems, read.problems[0]
    found = judge(read.claims[0], read, world().get, CATALOGUE)
    assert found.verdict in Verdict
    json.dumps(judgement_json(found), allow_nan=False)


def test_a_check_may_stand_in_a_table_of_its_own() -> None:
    text = GOOD.replace('check = { kind = "level_at" }', '[claim.check]\nkind = "level_at"')
    assert read_claims(text, "mine.toml").claims[0].check.kind == "level_at"


def test_an_own_source_and_an_own_fact() -> None:
    text = """
[source.B1]
publisher = "A blog"
date = "spring 2025"
as_of = 2025-04-01

[[fact]]
id = "strike"
date = 2025-03-01
end = 2025-03-05
label = "A strike"
source = "the union"

[[claim]]
source = "B1"
text = "The strike is over."
check = { kind = "event_date", fact = "strike", relation = "by the day of the claim" }
"""
    found = read_claims(text, "mine.toml")
    assert not found.problems
    assert found.claims[0].as_of == date(2025, 4, 1)
    judged = judge(found.claims[0], found, lambda _: None, CATALOGUE)
    assert judged.verdict is Verdict.CONFIRMED
    assert judged.computed == "2025-03-01..2025-03-05"


def bare(claim: Claim) -> Claim:
    return replace(claim, check=replace(claim.check, file_params={}))


def test_what_is_written_is_read_again() -> None:
    again = read_claims(claims_toml(LEDGER), "mine.toml")
    assert again.problems == ()
    assert [bare(claim) for claim in again.claims] == [bare(claim) for claim in LEDGER.claims]
    assert again.sources == LEDGER.sources
    assert again.facts == LEDGER.facts
    # Onto the ledger that ships, only what is one's own is written.
    assert "[source." not in claims_toml(LEDGER, LEDGER)


ONE_LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp", "Zs")), min_size=1,
    max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    text=ONE_LINE,
    stated=st.one_of(st.none(), st.integers(-9999, 9999), ONE_LINE, st.floats(-1e6, 1e6)),
    hedge=st.sampled_from(["", "about"]),
    level=st.floats(0.01, 1e6),
)
def test_any_own_claim_survives_its_file(
    text: str, stated: object, hedge: str, level: float
) -> None:
    claim = replace(
        claim_of(f'check = {{ kind = "level_at", relation = "above", level = {level!r} }}'),
        text=text,
        stated=float(stated) if isinstance(stated, int) else stated,  # type: ignore[arg-type]
        hedge=hedge,
        unit="$",
    )
    again = read_claims(claims_toml(Ledger((claim,))), "mine.toml")
    assert again.problems == ()
    assert bare(again.claims[0]) == bare(claim)
