"""Kinds of check by their earlier names: files and links that have them mean what they meant.

The values, verdicts and texts are those that the earlier kinds gave, each worked by hand.
"""

from __future__ import annotations

import pytest

from rut_dash.claim_wording import explanation_text
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.claim_file import read_claims
from rut_dash.claims.claim_writing import claims_toml
from rut_dash.claims.judge import judge
from rut_dash.claims.kind_aliases import KIND_ALIASES
from rut_dash.claims.model import Ledger
from rut_dash.ui.view import parse_view, to_query
from tests.claims.samples import CATALOGUE, claim_of, same, weekday_history

MINUS = "\N{MINUS SIGN}"
NEEDS = "Prices of funds and indices cannot settle this: it needs"
NONE, NOT_COMPUTABLE = None, Verdict.NOT_COMPUTABLE
ROWS = [
    ('kind = "drawdown_at", at_most = -10', [8, 10, 9], -10.0, Verdict.CONFIRMED,
     f"IWM: 9.00 (2025-06-30) / highest close 10.00 (2025-06-27) {MINUS} 1 = {MINUS}10.00%."),
    ('kind = "drawdown_at", on = "low against the intraday high", above = -20', [8, 10, 9],
     100 * (8.5 / 10.5 - 1), Verdict.CONFIRMED,
     f"IWM: low 8.50 (2025-06-30) / intraday high 10.50 (2025-06-27) {MINUS} 1 = {MINUS}19.05%."),
    ('kind = "distance_to_level", level = 10, at_least = -5', [8, 10, 9], -10.0, Verdict.FALSE,
     f"IWM: 9.00 (2025-06-30) / 10.00 {MINUS} 1 = {MINUS}10.00%."),
    ('kind = "distance_to_level", high_from = 2025-06-26, on = "intraday", below = 0', [8, 10, 9],
     100 * (9 / 10.5 - 1), Verdict.CONFIRMED,
     f"IWM: 9.00 (2025-06-30) / intraday high 10.50 of 2025-06-27 {MINUS} 1 = {MINUS}14.29%."),
    ('kind = "date_of_extreme", expect_to = 2025-06-26', [8, 10, 9], "2025-06-27", Verdict.FALSE,
     "Highest close of IWM to 2025-06-30: 10.00 (2025-06-27); "
     "from 2025-06-26 to 2025-06-26: 8.00 (2025-06-26)."),
    ('kind = "date_of_extreme", what = "lowest", on = "intraday"', [8, 10, 9], "2025-06-26",
     Verdict.CONFIRMED, "Lowest intraday low of IWM to 2025-06-30: 7.50 (2025-06-26)."),
    ('kind = "first_since", step = "day", length = 2, since = 2025-06-01',
     [8, 9, 10, 9, 10, 11], "2025-06-24..2025-06-25", Verdict.FALSE,
     "Runs of 2 days or more on IWM since 2025-06-01: 2025-06-24 to 2025-06-25 (2); "
     "2025-06-27 to 2025-06-30 (2)."),
    ('kind = "quoted", needs = "short interest"', [8, 9], NONE, NOT_COMPUTABLE,
     f"{NEEDS} short interest."),
    ('kind = "quoted"', [8, 9], NONE, NOT_COMPUTABLE, f"{NEEDS} a source other than prices."),
    ('kind = "constituent_return", symbols = "FUBO"', [8, 9], NONE, NOT_COMPUTABLE,
     "Prices of funds cannot settle this: it needs the daily closes of FUBO."),
    ('kind = "constituent_return"', [8, 9], NONE, NOT_COMPUTABLE,
     f"{NEEDS} prices of the index's members."),
    ('kind = "holdings"', [8, 9], NONE, NOT_COMPUTABLE,
     f"{NEEDS} the fund's holdings of that time."),
    ('kind = "breadth"', [8, 9], NONE, NOT_COMPUTABLE,
     f"{NEEDS} prices of all members of that time."),
    ('kind = "pattern", needs = "a reader of charts", level = 9', [8, 9], NONE, NOT_COMPUTABLE,
     "A pattern is a matter of view: none is looked for, its level is drawn."),
]  # fmt: skip


@pytest.mark.parametrize(("check", "closes", "value", "verdict", "text"), ROWS)
def test_a_claim_of_an_earlier_kind_has_its_verdict_value_and_formula_and_is_written_anew(
    check: str, closes: list[float], value: object, verdict: Verdict, text: str
) -> None:
    claim = claim_of(f"check = {{ {check} }}")
    bars = weekday_history(closes, spread=0.5)
    judgement = judge(claim, Ledger((claim,)), {"IWM": bars}.get, CATALOGUE)
    assert judgement.verdict is verdict
    assert same(judgement.computed, value)
    assert explanation_text(judgement) == text
    earlier = check.split('"')[1]
    written = claims_toml(Ledger((claim,)))
    assert f'kind = "{KIND_ALIASES[earlier].kind}"' in written
    again = read_claims(written, "mine.toml")
    assert again.claims == (claim,)


def test_every_earlier_kind_has_an_example_above() -> None:
    assert {row[0].split('"')[1] for row in ROWS} == set(KIND_ALIASES)


@pytest.mark.parametrize("earlier", list(KIND_ALIASES))
def test_a_link_with_an_earlier_kind_filters_by_the_kind_of_today(earlier: str) -> None:
    view, problems = parse_view({"check": earlier})
    assert not problems
    assert earlier not in CHECKS
    assert view.claim_kind == KIND_ALIASES[earlier].kind
    assert to_query(view)["check"] == view.claim_kind


def test_a_streak_is_the_first_of_its_own_length_where_none_is_named() -> None:
    claim = claim_of('check = { kind = "streak", step = "day", since = 2025-06-01 }')
    for closes, verdict in (
        ([8, 9, 10, 9, 10, 11, 12], Verdict.CONFIRMED),
        ([8, 9, 10, 9, 10, 11], Verdict.FALSE),
    ):
        bars = weekday_history(closes)
        judgement = judge(claim, Ledger((claim,)), {"IWM": bars}.get, CATALOGUE)
        assert judgement.verdict is verdict


def test_the_last_price_is_not_asked_for_by_its_day() -> None:
    claim = claim_of('check = { kind = "extreme", what = "last close", answer = "day" }')
    bars = weekday_history([8, 9])
    judgement = judge(claim, Ledger((claim,)), {"IWM": bars}.get, CATALOGUE)
    assert judgement.verdict is NOT_COMPUTABLE
    assert "The answer cannot be 'day': it must be the price" in explanation_text(judgement)
