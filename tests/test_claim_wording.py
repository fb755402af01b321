"""Claims and judgements in words and as JSON."""

from __future__ import annotations

from rut_dash.claim_wording import alternative_value_text, stated_text, value_text
from rut_dash.claims.checks import Verdict
from rut_dash.claims.model import Alternative
from rut_dash.cli.commands.claims_command import judgement_json
from tests.claims.samples import LEDGER, sample_judgements

KEYS = [
    "id", "source", "verdict", "stated", "computed", "unit", "series", "basis", "as_of",
    "fits", "nearest", "today", "simulated", "explanation",
]  # fmt: skip


def test_json_has_exactly_the_keys() -> None:
    for judgement in sample_judgements().values():
        row = judgement_json(judgement)
        assert list(row) == KEYS
        assert row["verdict"] in {verdict.value for verdict in Verdict}
        assert isinstance(row["explanation"], str)
        assert row["explanation"]
        assert set(row["today"]) == {"as_of", "value", "verdict"}
        for alternative in (*row["fits"], *row["nearest"]):
            assert alternative["what"]


def test_a_value_has_its_unit_and_its_precision() -> None:
    assert value_text(3.417084, "%") == "3.42%"
    assert value_text(-1.9, "$") == "\N{MINUS SIGN}$1.90"
    assert value_text(5.0, "months") == "5 months"
    assert value_text(1204.0, "sessions") == "1,204 sessions"
    assert value_text(1.5, "a year") == "1.50 a year"
    assert value_text(2.0, "times") == "2.00 times"
    assert value_text(2.0) == "2.00"
    assert value_text(-0.001, "$") == "$0.00"
    assert value_text(None, "$") == "\N{EN DASH}"
    assert value_text("2021-11-08") == "2021-11-08"
    claims = {claim.id: claim for claim in LEDGER.claims}
    assert stated_text(claims["A0-1a"]) == "3.5%"
    assert stated_text(claims["A1-1b"]) == "almost \N{MINUS SIGN}20%"
    assert stated_text(claims["A4-9"]) == "2,665 index points"
    assert stated_text(claims["A2-2b"]) == "never"


def test_an_answer_worked_by_hand_has_its_value_whatever_words_its_text_has() -> None:
    claim = LEDGER.claims_by_id["A0-1a"]
    for text in ("IWM, price", "the touch of 2025-11-06 is still open"):
        alternative = Alternative("open", text=text)
        assert alternative_value_text(alternative, claim) == f"{text}: open"
