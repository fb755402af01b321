"""The judging of claims on sample prices: rounding, verdicts, alternatives, and the laws."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rut_dash.claim_wording import alternative_text, explanation_text
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.claim_file import read_claims
from rut_dash.claims.claim_writing import claim_toml
from rut_dash.claims.judge import judge, judge_all
from rut_dash.claims.model import Claim
from rut_dash.cli.commands.claims_command import judgement_json
from rut_dash.market.history import PriceHistory
from tests.claims.samples import (
    CATALOGUE,
    LEDGER,
    by_id,
    same,
    sample_histories,
    sample_judgements,
    verdict_of,
    weekday_history,
)


def scaled_histories(factor: float) -> dict[str, PriceHistory]:
    columns = ["open", "high", "low", "close", "dividend"]
    return {
        symbol: PriceHistory(
            symbol,
            history.bars.assign(**{c: history.bars[c] * factor for c in columns}),
            history.provenance,
        )
        for symbol, history in sample_histories().items()
    }


# What is stated in dollars or points moves with the prices, by its nature.
IN_PRICES = {"extreme", "level_at", "zone_touches"}


def in_prices(claim: Claim) -> bool:
    params = claim.check.params
    return claim.check.kind in IN_PRICES or "level" in params or "target" in params


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(factor=st.floats(min_value=0.02, max_value=50.0))
def test_a_factor_on_all_prices_changes_no_verdict_on_returns(factor: float) -> None:
    load = scaled_histories(factor).get
    for name, found in by_id(judge_all(LEDGER, load, CATALOGUE)).items():
        if not in_prices(found.claim):
            assert found.verdict == sample_judgements()[name].verdict, name
            assert found.today.verdict == sample_judgements()[name].today.verdict, name


@pytest.mark.parametrize("source", list(LEDGER.sources))
def test_bars_after_publication_change_no_verdict(source: str) -> None:
    ledger = LEDGER.of_source(source)
    day = LEDGER.sources[source].as_of
    cut = {symbol: history.as_of(day) for symbol, history in sample_histories().items()}
    for found in judge_all(ledger, cut.get, CATALOGUE):
        whole = sample_judgements()[found.claim.id]
        if not CHECKS[found.claim.check.kind].forecast:
            assert found.verdict == whole.verdict, found.claim.id
            assert same(found.computed, whole.computed)
        elif whole.verdict is not Verdict.NOT_COMPUTABLE:
            assert found.verdict is Verdict.NOT_YET_KNOWN, found.claim.id


def test_a_claim_on_a_missing_series_names_it() -> None:
    without = {symbol: history for symbol, history in sample_histories().items() if symbol != "QQQ"}
    found = by_id(judge_all(LEDGER, without.get, CATALOGUE))
    assert found["A0-6"].verdict is Verdict.NOT_COMPUTABLE
    assert "There are no bars of QQQ." in explanation_text(found["A0-6"])
    assert found["A0-5a"].verdict is sample_judgements()["A0-5a"].verdict


def test_a_claim_is_not_computable_on_bars_that_end_before_it() -> None:
    cut = {
        symbol: history.as_of(date(2025, 3, 3)) for symbol, history in sample_histories().items()
    }
    for found in judge_all(LEDGER.of_source("A1"), cut.get, CATALOGUE):
        kind = CHECKS[found.claim.check.kind]
        if kind.needs_series and not kind.forecast:
            assert found.verdict is Verdict.NOT_COMPUTABLE, found.claim.id
    found = by_id(judge_all(LEDGER.of_source("A1"), cut.get, CATALOGUE))["A1-4"]
    assert "The bars of IWM end on 2025-03-03, before 2025-04-01" in explanation_text(found)


def test_facts_are_judged_without_any_bars() -> None:
    found = by_id(judge_all(LEDGER, lambda _: None, CATALOGUE))
    assert found["A0-1d"].verdict is Verdict.CONFIRMED
    assert found["A4-6e"].verdict is Verdict.OFF
    assert found["A0-1a"].verdict is Verdict.NOT_COMPUTABLE


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
def test_a_number_is_confirmed_within_its_stated_precision(
    stated: str, close: float, verdict: Verdict
) -> None:
    assert verdict_of(f"{stated}\n{DAY}", weekday_history([100.0, close])).verdict is verdict


def test_a_claim_that_states_no_number_is_not_computable_by_one() -> None:
    found = verdict_of(DAY, weekday_history([100.0, 101.0]))
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert "states no number" in explanation_text(found)
    assert found.computed == pytest.approx(1.0)


def test_a_day_without_a_session_is_judged_at_the_close_before() -> None:
    bars = weekday_history([100.0, 101.0, 110.0], last="2025-06-27")
    found = verdict_of('stated = 110\ncheck = { kind = "level_at" }', bars, day="2025-06-29")
    assert found.as_of == date(2025, 6, 27)
    assert found.verdict is Verdict.CONFIRMED
    assert "has no session" in explanation_text(found)


@pytest.mark.parametrize(
    ("check", "closes", "value", "verdict"),
    [
        # Ten after nine is nine above: 9/10 of the way is 90 % of the high of 10.
        ('{ kind = "distance", at_most = -10 }', [8, 10, 9], -10.0, Verdict.CONFIRMED),
        ('{ kind = "distance", above = -10, at_most = 0 }', [8, 10, 9], -10.0,
         Verdict.FALSE),
        ('{ kind = "extreme", answer = "day", expect_from = 2025-06-27, expect_to = 2025-06-27 }',
         [8, 10, 9], "2025-06-27", Verdict.CONFIRMED),
        ('{ kind = "extreme", answer = "day", what = "lowest", expect_from = 2025-06-27 }',
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
        ('{ kind = "distance", level = 10, at_least = -15, below = 0 }', [8, 10, 9],
         -10.0, Verdict.CONFIRMED),
        ('{ kind = "return_between", start = 2025-06-26, at_least = 12 }', [8, 10, 9], 12.5,
         Verdict.CONFIRMED),
        ('{ kind = "period_return", period = "day", expect = "fall" }', [8, 10, 9], -10.0,
         Verdict.CONFIRMED),
        ('{ kind = "streak", step = "day", length = 2, since = 2025-06-01 }',
         [8, 9, 10, 9, 10, 11], "2025-06-24..2025-06-25", Verdict.FALSE),
        ('{ kind = "streak", step = "day", length = 3, since = 2025-06-01 }',
         [8, 9, 10, 9, 10, 11, 12], None, Verdict.CONFIRMED),
        ('{ kind = "streak", step = "day", length = 3, since = 2025-06-01 }',
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
def test_a_yes_or_no_statement_is_confirmed_or_false(
    check: str, closes: list[float], value: object, verdict: Verdict
) -> None:
    found = verdict_of(f"check = {check}", weekday_history(closes))
    assert found.verdict is verdict, explanation_text(found)
    assert same(found.computed, value), found.computed


def test_a_streak_counts_back_from_the_last_close() -> None:
    rest = 'stated = 2\nunit = "days"\ncheck = { kind = "streak", step = "day" }'
    assert verdict_of(rest, weekday_history([8.0, 7.0, 8.0, 9.0])).verdict is Verdict.CONFIRMED
    assert verdict_of(rest, weekday_history([7.0, 8.0, 9.0, 8.0])).computed == 0.0


def test_a_forecast_is_judged_by_what_followed() -> None:
    bars = weekday_history([10.0, 10.0, 11.0, 12.0, 9.0])
    day = "2025-06-25"  # the second close
    test = 'check = {{ kind = "forecast_level", test = "{}", level = {}, sessions = {} }}'
    reached = verdict_of(test.format("close at or above", 12, 2), bars, day=day)
    assert same(reached.computed, "2025-06-27")
    missed = verdict_of(test.format("close at or above", 13, 2), bars, day=day)
    assert missed.verdict is Verdict.FALSE
    assert missed.computed == 12.0
    waiting = verdict_of(test.format("close at or above", 13, 9), bars, day=day)
    assert waiting.verdict is Verdict.NOT_YET_KNOWN
    late = verdict_of(test.format("close at or above", 12, 1), bars, day=day)
    assert late.verdict is Verdict.FALSE
    assert same(late.nearest[0].value, "2025-06-27")
    below = 'check = { kind = "forecast_level", test = "close at or below", sessions = 3 }'
    assert same(verdict_of(below, bars, day=day).computed, "2025-06-30")


def test_the_search_finds_the_session_and_the_intraday_price_that_fit() -> None:
    bars = weekday_history([100.0, 104.0, 110.0], spread=1.0)
    off = verdict_of('stated = 104\ncheck = { kind = "level_at" }', bars)
    assert off.verdict is Verdict.OFF
    assert [(fit.value, fit.as_of) for fit in off.fits] == [(104.0, date(2025, 6, 27))]
    high = verdict_of('stated = 111\ncheck = { kind = "extreme" }', bars)
    assert [fit.value for fit in high.fits] == [111.0]
    assert "intraday" in alternative_text(high.fits[0])
    far = verdict_of('stated = 150\ncheck = { kind = "level_at" }', bars)
    assert far.fits == ()
    assert far.nearest[0].value == 111.0


def test_arithmetic_on_stated_values_is_judged_by_its_result() -> None:
    rest = 'stated = 25\nunit = "%"\ncheck = {{ kind = "arithmetic", expression = "{}", {} }}'
    found = verdict_of(rest.format("discount", "a = 15, b = 20"), weekday_history([1.0, 1.0]))
    assert found.verdict is Verdict.CONFIRMED
    assert found.computed == pytest.approx(25.0)
    swapped = verdict_of(rest.format("premium", "a = 15, b = 20"), weekday_history([1.0, 1.0]))
    assert swapped.verdict is Verdict.OFF
    assert swapped.computed == pytest.approx(100 / 3)
    assert [fit.value for fit in swapped.fits] == [pytest.approx(25.0)]
    zero = verdict_of(rest.format("discount", "a = 15, b = 0"), weekday_history([1.0, 1.0]))
    assert zero.verdict is Verdict.NOT_COMPUTABLE


LINES = ["sma 50", "ema 20", "macd", "signal", "close", "zero"]
VALUES: dict[str, st.SearchStrategy[object]] = {
    "day": st.dates(date(1980, 1, 1), date(2030, 12, 31)),
    "month": st.sampled_from(["1980-01", "2020-02", "2025-07", "2030-12"]),
    "percent": st.floats(-200, 200, allow_subnormal=False).filter(lambda x: abs(x) > 1e-6),
    "number": st.floats(-1000, 1000, allow_subnormal=False).filter(lambda x: abs(x) > 1e-6),
    "count": st.integers(1, 400),
    "symbol": st.sampled_from(["IWM", "SPY", "^RUT", "ZZZ"]),
    "event": st.sampled_from(["low-2025-04-08", "liberation-day", "reconstitution-2030-06", "x"]),
    "text": st.sampled_from(["car-tariffs", "IWM, SPY"]),
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
    params: dict[str, object] = {"kind": row.key}
    for param in row.usable_params(params):
        if param.required or draw(st.booleans()):
            values = (
                st.sampled_from(list(map(str, param.choices)))
                if param.choices
                else VALUES[param.type]
            )
            params[param.name] = draw(st.sampled_from(LINES) if param.pattern else values)
    while (group := row.missing_params(params)) is not None:
        param_row = row.param(group.names[0])
        assert param_row is not None
        params[param_row.name] = draw(VALUES[param_row.type])
    for param in row.params:
        first, second = param.not_below, param.name
        if first in params and second in params:
            params[first], params[second] = sorted([params[first], params[second]])  # type: ignore[type-var]
    return params


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
    key = str(check.pop("kind"))
    kind, fields = CHECKS[key], {"text": "x", "stated": stated, "as_of": day}
    if kind.needs_series or (kind.optional_series and kind.is_met(kind.series_used_with, check)):
        fields |= {"series": series, "basis": "price" if kind.price_only else basis}
    read = read_claims(claim_toml(fields, key, check), "mine.toml", LEDGER)
    assert not read.problems, read.problems[0]
    found = judge(read.claims[0], read, sample_histories().get, CATALOGUE)
    assert found.verdict in Verdict
    json.dumps(judgement_json(found), allow_nan=False)
