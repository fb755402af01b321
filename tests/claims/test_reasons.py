"""What decides a claim where some data are missing, and how exactly the reason is named."""

from __future__ import annotations

import pandas as pd
import pytest

from rut_dash.claim_wording import explanation_text, formula_text
from rut_dash.claims.checks import Verdict
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Claim, Judgement, Ledger
from rut_dash.market.history import PriceHistory
from tests.claims.samples import (
    CATALOGUE,
    LEDGER,
    claim_of,
    history_of,
    verdict_of,
    weekday_history,
)


def price_history(symbol: str, closes: list[float], last: str) -> PriceHistory:
    return history_of(symbol, weekday_history(closes, last=last).bars)


def judged(rest: str, *histories: PriceHistory, day: str = "2025-06-30") -> Judgement:
    claim = claim_of(rest, day=day)
    load = {history.symbol: history for history in histories}.get
    return judge(claim, Ledger((claim,)), load, CATALOGUE)


MULTIPLE = (
    'stated = 2\nunit = "times"\n'
    'check = { kind = "return_multiple", other = "IWN", start = 2025-06-26 }'
)


@pytest.mark.parametrize("closes", [[100, 101, 96], [100, 101, 100]])
@pytest.mark.parametrize("own_end", [None, "2024-10-31", "2025-06-30"])
def test_a_multiple_of_a_return_that_is_no_rise_is_false_whatever_the_first_series_did(
    closes: list[float], own_end: str | None
) -> None:
    own = [price_history("IWM", [50, 60, 70], own_end)] if own_end else []
    found = judged(MULTIPLE, price_history("IWN", closes, "2025-06-30"), *own)
    assert found.verdict is Verdict.FALSE
    assert found.as_of == pd.Timestamp("2025-06-30").date()
    assert "IWN did not rise" in explanation_text(found)
    assert "IWM:" not in formula_text(found)
    assert found.chart_spec.symbols == ("IWN",)
    assert not found.fits


def test_a_multiple_of_a_rise_needs_the_first_series() -> None:
    other = price_history("IWN", [100, 101, 110], "2025-06-30")
    found = judged(MULTIPLE, other)
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert "There are no bars of IWM" in explanation_text(found)
    found = judged(MULTIPLE, other, price_history("IWM", [50, 55, 60], "2025-06-30"))
    assert found.verdict is Verdict.CONFIRMED
    assert found.computed == pytest.approx(2.0)


LEAD = 'check = {{ kind = "forecast_relative", other = "SPY", {} }}'


@pytest.mark.parametrize("horizon", ["until = 2025-12-31", "months = 6", "sessions = 100"])
@pytest.mark.parametrize("short", ["IWM", "SPY"])
def test_a_lead_over_an_open_stretch_names_the_series_whose_prices_end_first(
    horizon: str, short: str
) -> None:
    closes = [100.0 + number for number in range(60)]
    ends = {"IWM": "2025-07-31", "SPY": "2025-07-31", short: "2025-07-10"}
    histories = [price_history(symbol, closes, last) for symbol, last in ends.items()]
    found = judged(LEAD.format(horizon), *histories)
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert isinstance(found.computed, float)
    reason = f"the prices of {short} end on 2025-07-10, before the end of the stretch"
    assert reason in formula_text(found)
    assert "not over" not in explanation_text(found)


def test_a_lead_over_an_open_stretch_is_not_yet_known_where_both_series_are_up_to_date() -> None:
    closes = [100.0 + number for number in range(60)]
    histories = [price_history(symbol, closes, "2025-07-31") for symbol in ("IWM", "SPY")]
    found = judged(LEAD.format("until = 2025-12-31"), *histories)
    assert found.verdict is Verdict.NOT_YET_KNOWN
    assert "end on 2025-07-31, before the end of the stretch on 2025-12-31" in formula_text(found)
    over = judged(LEAD.format("until = 2025-07-15"), *histories)
    assert over.verdict in (Verdict.CONFIRMED, Verdict.FALSE)
    assert "before the end" not in formula_text(over)


@pytest.mark.parametrize(("apart", "verdict"), [(4, Verdict.CONFIRMED), (5, Verdict.MIXED)])
def test_touches_close_together_are_one_move_to_the_zone(apart: int, verdict: Verdict) -> None:
    # Two touches of 100 from below, capped, four sessions apart.
    closes = [90, 100, 96, 90, 93, 100, 90]
    found = verdict_of(
        'check = { kind = "zone_touches", low = 99, high = 101, side = "below", '
        f"move_sessions = {apart} }}",
        weekday_history([float(close) for close in closes]),
    )
    assert found.verdict is verdict
    assert f"{2 if apart == 4 else 1} move" in formula_text(found)


def test_a_value_stated_elsewhere_is_held_against_the_claim() -> None:
    rest = 'stated = {}\nunit = "%"\ncheck = {{ kind = "arithmetic", {} }}'
    elsewhere = 'expression = "stated elsewhere"'
    bars = weekday_history([1.0, 1.0])
    for stated, verdict in ((10, "confirmed"), (11, "off"), (-10, "false")):
        found = verdict_of(rest.format(stated, f"{elsewhere}, a = 10"), bars)
        assert str(found.verdict) == verdict
        assert "the same text states 10.00% elsewhere" in formula_text(found)


@pytest.mark.parametrize("which", ["highest", "lowest"])
@pytest.mark.parametrize("answer", ["day", "price"])
def test_an_extreme_since_a_day_says_since_when(which: str, answer: str) -> None:
    check = f'kind = "extreme", what = "{which}", answer = "{answer}"'
    bars = weekday_history([5.0, 20.0, 9.0, 10.0, 9.5])
    rest = "stated = 10\ncheck = {{ {}{} }}"
    since = verdict_of(rest.format(check, ", start = 2025-06-26"), bars)
    assert f"{which} close of IWM from 2025-06-26 to 2025-06-30" in formula_text(since)
    ever = verdict_of(rest.format(check, ""), bars)
    assert f"{which} close of IWM to 2025-06-30" in formula_text(ever)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ('needs = "holdings", symbols = "IWM", days = [2025-04-01]',
         "the holdings file of IWM as of 2025-04-01"),
        ('needs = "holdings", symbols = "IWO, IWN", days = [2025-06-27, 2025-06-30]',
         "the holdings file of IWO and IWN as of 2025-06-27 and 2025-06-30"),
        ('needs = "members", symbols = "FUBO, ROOT, APPS"',
         "the daily closes of FUBO, ROOT and APPS"),
        ('needs = "members", symbols = "FUBO", days = [2024-12-31, 2025-04-01]',
         "the daily closes of FUBO on 2024-12-31 and 2025-04-01"),
        ('needs = "all members", symbols = "IWM", days = [2025-09-24]',
         "the daily closes of all members of IWM as of 2025-09-24"),
        ('needs = "fred series", symbols = "DGS10, DGS2"', "the FRED series DGS10 and DGS2"),
        ('needs = "fred series"', "a series of FRED"),
        ('needs = "holdings", data = "a list"', "a list"),
    ],
)  # fmt: skip
def test_data_that_are_missing_are_named(params: str, reason: str) -> None:
    claim = claim_of(f'check = {{ kind = "not_computable", {params} }}')
    found = judge(claim, Ledger((claim,)), lambda _: None, CATALOGUE)
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert explanation_text(found).endswith(f"it needs {reason}.")


NAMED = [
    claim
    for claim in LEDGER.claims
    if claim.check.params.get("needs") in ("holdings", "members", "all members", "fred series")
]


@pytest.mark.parametrize("claim", NAMED, ids=[claim.id for claim in NAMED])
def test_a_shipped_claim_that_needs_other_data_names_them_exactly(claim: Claim) -> None:
    params = claim.check.params
    text = explanation_text(judge(claim, LEDGER, lambda _: None, CATALOGUE))
    assert all(symbol in text for symbol in params["symbols"].split(", "))
    assert all(str(day) in text for day in params.get("days", ()))
    assert params.get("days") or params["needs"] in ("members", "fred series")


def test_breadth_of_the_market_is_computable_with_bars_of_rsp() -> None:
    claim = LEDGER.claims_by_id["A2-20"]
    spy = price_history("SPY", [100.0 + number for number in range(90)], "2025-09-24")
    without = judge(claim, LEDGER, {"SPY": spy}.get, CATALOGUE)
    assert without.verdict is Verdict.NOT_COMPUTABLE
    assert "There are no bars of RSP" in explanation_text(without)
    flat = price_history("RSP", [100.0] * 90, "2025-09-24")
    found = judge(claim, LEDGER, {"SPY": spy, "RSP": flat}.get, CATALOGUE)
    assert found.verdict is Verdict.FALSE
    start = float(spy.bars["close"].loc["2025-06-24"])
    assert found.computed == pytest.approx(-100 * (189 / start - 1))
