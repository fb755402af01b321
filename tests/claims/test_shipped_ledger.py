"""The shipped ledger: its claims, and the answers worked by hand on real bars and without."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.claim_wording import alternative_text, explanation_text, formula_text
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.judge import judge, judge_all
from rut_dash.claims.model import Judgement, Ledger
from rut_dash.market.history import PriceHistory
from tests.claims.samples import (
    CATALOGUE,
    IDS,
    LEDGER,
    by_id,
    claim_of,
    demo_history,
    folder_histories,
    same,
)

# False on every reading: value did not rise, and a text contradicts itself.
NO_OTHER_READING = {"A3-4", "A4-7g"}


@pytest.fixture(scope="module")
def real_judgements(request: pytest.FixtureRequest) -> dict[str, Judgement]:
    """Return the verdicts on real bars; a test that uses them is skipped where there are none."""
    path = request.getfixturevalue("market_data")
    return by_id(judge_all(LEDGER, folder_histories(path).get, CATALOGUE))


def test_every_claim_has_an_answer_and_every_answer_a_claim() -> None:
    assert len(IDS) == len(set(IDS)) == 152
    assert set(IDS) == set(LEDGER.answers)
    assert LEDGER.problems == ()


@pytest.mark.parametrize("name", IDS)
def test_the_verdict_is_that_of_the_answer_worked_by_hand(
    name: str, real_judgements: dict[str, Judgement]
) -> None:
    answer, found = LEDGER.answers[name], real_judgements[name]
    assert found.verdict == answer.verdict
    assert same(found.computed, answer.computed)
    assert same(found.difference, answer.difference)
    assert found.as_of == answer.as_of
    assert found.today.verdict == answer.today.verdict
    assert same(found.today.value, answer.today.value)
    assert found.today.as_of == answer.today.as_of
    assert not found.simulated


@pytest.mark.parametrize("name", IDS)
def test_the_alternatives_are_those_found_by_hand(
    name: str, real_judgements: dict[str, Judgement]
) -> None:
    """Every fit found was found by hand too, and the other way round; misses likewise."""
    answer, found = LEDGER.answers[name], real_judgements[name]
    by_hand = [fit.value for fit in answer.fits if not fit.beyond]
    fits = [fit.value for fit in found.fits]
    assert len(fits) == len(by_hand)
    for value in by_hand:
        assert any(same(fit, value) for fit in fits), (value, fits)
    if found.nearest:
        assert any(same(found.nearest[0].value, miss.value) for miss in answer.nearest)
    if found.verdict in (Verdict.OFF, Verdict.FALSE):
        assert fits or found.nearest or name in NO_OTHER_READING
    else:
        assert not fits
        assert not found.nearest


def test_the_ledger_has_so_many_claims_of_each_verdict(
    real_judgements: dict[str, Judgement],
) -> None:
    verdicts = [judgement.verdict for judgement in real_judgements.values()]
    assert {verdict: verdicts.count(verdict) for verdict in Verdict} == {
        Verdict.CONFIRMED: 57,
        Verdict.OFF: 14,
        Verdict.FALSE: 20,
        Verdict.MIXED: 9,
        Verdict.NOT_COMPUTABLE: 50,
        Verdict.NOT_YET_KNOWN: 2,
    }


def test_an_alternative_after_publication_is_marked(real_judgements: dict[str, Judgement]) -> None:
    for judgement in real_judgements.values():
        latest = max(judgement.claim.as_of, LEDGER.sources[judgement.claim.source].latest)
        for alternative in (*judgement.fits, *judgement.nearest):
            if alternative.as_of is not None:
                assert alternative.after_publication == (alternative.as_of > latest)
                assert alternative.after_publication == (
                    "after publication" in alternative_text(alternative)
                )
    fits = {
        alternative.as_of: alternative.after_publication
        for alternative in real_judgements["A0-2a"].fits
    }
    assert fits == {date(2025, 5, 16): False, date(2025, 5, 19): True, date(2025, 5, 20): True}


def test_the_explanation_has_formula_dates_closes_and_rounding(
    real_judgements: dict[str, Judgement],
) -> None:
    assert formula_text(real_judgements["A0-1a"]) == (
        "^RUT: 2,092.20 (2025-05-12) / 2,023.07 (2025-05-09) \N{MINUS SIGN} 1 = +3.42%"
    )
    assert formula_text(real_judgements["A0-1a"]) in explanation_text(real_judgements["A0-1a"])
    assert "3.417% is outside 3.45 to 3.55" in explanation_text(real_judgements["A0-1a"])
    assert "“almost”" in explanation_text(real_judgements["A1-1b"])
    assert "\N{MINUS SIGN}21.5 to \N{MINUS SIGN}18.5" in explanation_text(real_judgements["A1-1b"])


def test_every_history_is_loaded_once_and_cut_once_at_each_close(
    market_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes the ledger quick: its claims and their alternatives share what they load."""
    loads: Counter[str] = Counter()
    cuts: Counter[tuple[str, object]] = Counter()
    cut = PriceHistory.as_of

    def counted_load(symbol: str) -> PriceHistory | None:
        loads[symbol] += 1
        return folder_histories(market_data).get(symbol)

    def counted_cut(self: PriceHistory, day: date | None) -> PriceHistory:
        cuts[self.symbol, day] += 1
        return cut(self, day)

    monkeypatch.setattr(PriceHistory, "as_of", counted_cut)
    judge_all(LEDGER, counted_load, CATALOGUE)
    assert set(loads.values()) == {1}
    assert len(cuts) > 100
    assert set(cuts.values()) == {1}


@pytest.mark.parametrize("source", list(LEDGER.sources))
def test_bars_after_publication_change_no_verdict_on_real_bars(
    source: str, market_data: Path, real_judgements: dict[str, Judgement]
) -> None:
    day = LEDGER.sources[source].as_of
    load = folder_histories(market_data).get
    for found in judge_all(LEDGER.of_source(source), load, CATALOGUE, today=day):
        if CHECKS[found.claim.check.kind].forecast:
            assert found.verdict is Verdict.NOT_YET_KNOWN, found.claim.id
        else:
            assert found.verdict == real_judgements[found.claim.id].verdict, found.claim.id


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


def test_a_source_has_its_dates_and_the_reason_for_its_close() -> None:
    assert list(LEDGER.sources) == ["A0", "A1", "A2", "A3", "A4"]
    for source in LEDGER.sources.values():
        assert source.reason
        assert source.latest >= source.as_of
    for fact in LEDGER.facts.values():
        assert fact.source


def test_a_value_within_the_rounding_is_confirmed_in_the_answers() -> None:
    claims = {claim.id: claim for claim in LEDGER.claims}
    for name, answer in LEDGER.answers.items():
        claim = claims[name]
        if not isinstance(claim.stated, float) or not isinstance(answer.computed, float):
            continue
        if claim.check.kind.startswith("forecast"):
            continue
        half = claim.precision * (1.5 if claim.hedge else 0.5)
        is_within = claim.stated - half <= answer.computed < claim.stated + half
        assert (answer.verdict is Verdict.CONFIRMED) == is_within, name


def test_numbers_worked_by_hand_are_written_as_computed_ones_are() -> None:
    """With a true minus, and with separators between thousands where there are decimals."""
    for claim in LEDGER.claims:
        if isinstance(claim.stated, str):
            assert not re.search(r"(?<![\w-])-\d", claim.stated), claim.id
    for answer in LEDGER.answers.values():
        formulas = answer.formula if isinstance(answer.formula, tuple) else (answer.formula,)
        alternatives = [each.difference for each in (*answer.fits, *answer.nearest)]
        for text in (*formulas, *alternatives, answer.explanation, answer.remark):
            assert not re.search(r"(?<![\w-])-\d|[\d)] - [\d(]", text), text
            assert not re.search(r"(?<![\d.,])\d{4,}\.\d", text), text


def test_simulated_prices_give_the_answers_worked_by_hand_and_say_so() -> None:
    for judgement in judge_all(LEDGER, demo_history, CATALOGUE):
        answer = LEDGER.answers[judgement.claim.id]
        assert judgement.simulated
        assert judgement.verdict == answer.verdict
        assert judgement.computed == answer.computed
        assert judgement.today.value == answer.today.value
        assert len(judgement.fits) == len(answer.fits)
        assert explanation_text(judgement).startswith("Worked out by hand from real bars")


def test_simulated_prices_are_not_computed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> pd.Series:
        raise AssertionError("a close was asked for")

    histories = {symbol: demo_history(symbol) for symbol in ("IWM", "SPY")}
    monkeypatch.setattr(PriceHistory, "close", refuse)
    assert len(judge_all(LEDGER, histories.get, CATALOGUE)) == len(IDS)


def test_an_own_claim_is_not_computable_on_simulated_prices() -> None:
    own = claim_of('stated = 5\ncheck = { kind = "period_return", period = "ytd" }')
    found = judge(own, Ledger((own,)), demo_history, CATALOGUE)
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert found.simulated
    assert "simulated" in explanation_text(found)
