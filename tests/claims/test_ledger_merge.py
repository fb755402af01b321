"""The merging of ledgers: nothing is lost, nothing is there twice, every id is of one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rut_dash.claims.checks import Fact
from rut_dash.claims.claim_file import read_claims
from rut_dash.claims.claim_writing import claims_toml
from rut_dash.claims.model import Check, Claim, Ledger, Source, free_id
from tests.claims.samples import LEDGER, claim_of

DAY = date(2025, 4, 1)
TEXTS = ("one", "two", "three")
CLAIM = claim_of('check = { kind = "not_computable" }')


def claim(claim_id: str, text: str, source: str, fact: str) -> Claim:
    params = {"fact": fact, "relation": "by the day of the claim"}
    check = Check("event_date", params, params)
    return replace(
        CLAIM, id=claim_id, text=text, source=source, series=None, basis=None, check=check
    )


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """Return a ledger of few ids and few texts, so that two of them clash often."""
    text = st.sampled_from(TEXTS)
    sources = {key: Source(key, draw(text), "", "spring", DAY, DAY) for key in ("B1", "B2")}
    facts = {key: Fact(key, DAY, DAY, draw(text), "a test") for key in ("strike", "strike-2")}
    source, fact = st.sampled_from(list(sources)), st.sampled_from(list(facts))
    ids = st.sets(st.sampled_from(["own-1", "own-2", "own-3", "B1-1"]), max_size=4)
    claims = [claim(key, draw(text), draw(source), draw(fact)) for key in draw(ids)]
    return Ledger(tuple(claims), sources, facts)


def contents(ledger: Ledger) -> set[tuple[str, str, str]]:
    """Return the claims with what their source and fact are, whatever the ids."""
    return {
        (
            claim.text,
            ledger.sources[claim.source].publisher,
            ledger.facts[claim.check.params["fact"]].label,
        )
        for claim in ledger.claims
    }


@given(first=ledgers(), second=ledgers())
def test_a_merged_ledger_holds_the_claims_of_both_under_ids_of_their_own(
    first: Ledger, second: Ledger
) -> None:
    merged = first.merge(second)
    assert merged.claims[: len(first.claims)] == first.claims
    assert contents(merged) == contents(first) | contents(second)
    assert len(merged.claims_by_id) == len(merged.claims)
    for rows in (merged.sources, merged.facts):
        assert all(key == row.id for key, row in rows.items())


@given(first=ledgers(), second=ledgers())
def test_merging_the_same_ledger_twice_changes_nothing(first: Ledger, second: Ledger) -> None:
    merged = first.merge(second)
    assert merged.merge(second) == merged
    assert merged.merge(first) == merged


@given(first=ledgers(), second=ledgers())
def test_a_merged_ledger_is_read_back_unchanged(first: Ledger, second: Ledger) -> None:
    merged = first.merge(second)
    again = read_claims(claims_toml(merged, LEDGER), "mine.toml", LEDGER)
    assert not again.problems
    assert again.claims == merged.claims
    assert contents(again) == contents(merged)


def test_a_free_id_counts_on_from_the_one_that_is_taken() -> None:
    assert free_id("own-1", {"own-1"}) == "own-2"
    assert free_id("own-1", {"own-1", "own-2"}) == "own-3"
    assert free_id("B1", {"B1"}) == "B1-2"
    assert len(free_id("x" * 40, {"x" * 40})) <= 40
