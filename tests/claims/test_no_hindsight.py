"""No verdict uses what only days after the close of its claim have shown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rut_dash.claims.checks import CHECKS, CheckInput, PointInTimeData, Verdict
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Claim, Ledger
from rut_dash.errors import RutDashError
from rut_dash.formula_wording import render_formula
from rut_dash.market.history import Basis, PriceHistory
from tests.claims.samples import CATALOGUE, LEDGER, claim_of, sample_histories

DAYS = pd.date_range("2018-02-05", periods=20, freq="107B")
# A forecast is judged by what followed, and a dated fact is one whenever it is asked for.
PAST = [
    claim
    for claim in LEDGER.claims
    if not CHECKS[claim.check.kind].forecast and claim.check.kind != "event_date"
]


def _answers(data: PointInTimeData, claims: list[Claim]) -> list[tuple[Any, ...]]:
    answers: list[tuple[Any, ...]] = []
    for claim in claims:
        inputs = CheckInput(
            data, claim.series or "", claim.basis or Basis.PRICE, claim.check.params
        )
        try:
            result = CHECKS[claim.check.kind].run(inputs)
        except RutDashError:
            answers.append((claim.id, "refused"))
        else:
            text = render_formula(result.formula)
            answers.append((claim.id, result.value, result.verdict, text))
    return answers


@pytest.mark.parametrize("as_of", DAYS, ids=[f"{day:%Y-%m-%d}" for day in DAYS])
def test_a_check_finds_the_same_with_and_without_later_bars_and_events(as_of: pd.Timestamp) -> None:
    histories = sample_histories()

    def known_then(symbol: str) -> PriceHistory | None:
        history = histories.get(symbol)
        return None if history is None else history.as_of(as_of)

    later = PointInTimeData(histories.get, CATALOGUE, LEDGER.facts, as_of, as_of, {})
    events_then = CATALOGUE.up_to(as_of.date())
    then = PointInTimeData(known_then, events_then, LEDGER.facts, as_of, as_of, {})
    assert _answers(later, PAST) == _answers(then, PAST)


@pytest.mark.parametrize(
    "check",
    [
        'kind = "level_at", date = 2025-04-09',
        'kind = "level_at", date = 2025-04-09, relation = "above", level = 100',
        'kind = "distance", date = 2025-04-09',
        'kind = "period_return", period = "day", day = 2025-04-09',
        'kind = "period_return", period = "month", month = "2025-03", end = 2025-04-09',
        'kind = "period_return", period = "ytd", end = 2025-04-09',
        'kind = "return_between", start = 2025-01-02, end = 2025-04-09',
        'kind = "return_between", start = 2025-04-09',
        'kind = "relative_return", other = "SPY", start = 2025-04-09',
        'kind = "relative_return", other = "SPY", start = 2025-01-02, end = 2025-04-09',
        'kind = "relative_return", other = "SPY", spans = ["2025-01-02..2025-04-09"]',
        'kind = "return_multiple", other = "SPY", start = 2025-04-09',
        'kind = "volatility_ratio", other = "SPY", start = 2025-04-09',
        'kind = "cycle_study", other = "SPY", spans = ["2025-01-02..2025-04-09"]',
        'kind = "extreme", start = 2025-04-09',
        'kind = "zone_touches", low = 1, high = 2, start = 2025-04-09',
        'kind = "level_crossed", level = 100, start = 2025-04-09',
        'kind = "level_crossed", level = 100, start = 2025-04-09, expect = "never"',
    ],
)  # fmt: skip
def test_a_day_after_the_claim_is_refused_and_not_read_as_the_day_of_the_claim(check: str) -> None:
    claim = claim_of(f"check = {{ {check} }}", day="2025-04-08")
    found = judge(claim, Ledger((claim,)), sample_histories().get, CATALOGUE)
    assert found.verdict in (Verdict.NOT_COMPUTABLE, Verdict.NOT_YET_KNOWN), found
