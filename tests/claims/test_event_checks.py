"""Verdicts that rest on dated events: their direction, their completeness, and what was known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.claims.checks import Verdict
from rut_dash.claims.claim_file import Ledger, read_claims
from rut_dash.claims.judge import Judgement, judge
from rut_dash.errors import EventNotYetKnown
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.market.history import PriceHistory
from tests.oracles import as_history

THROUGH = date(2026, 12, 31)


def rising_bars(last: str = "2026-07-31") -> PriceHistory:
    """Return closes of IWM that rise by a dollar a session, with highs and lows 50 cents away."""
    index = pd.bdate_range("2025-01-02", last, name="session").as_unit("s")
    close = pd.Series(np.arange(100.0, 100.0 + len(index)), index=index)
    bars = pd.DataFrame(
        {"open": close, "high": close + 0.5, "low": close - 0.5, "close": close, "volume": 1.0}
    )
    return as_history(bars, "IWM")


def judged(rest: str, as_of: str, catalogue: Catalogue) -> Judgement:
    series = 'series = "IWM"\n' if "return_since" in rest else ""
    text = f'[[claim]]\ntext = "a claim"\n{series}as_of = {as_of}\n{rest}\n'
    found = read_claims(text, "mine.toml")
    assert not found.problems, found.problems
    return judge(found.claims[0], Ledger(found.claims), {"IWM": rising_bars()}.get, catalogue)


def catalogue_with(folder: Path, text: str) -> Catalogue:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path, THROUGH)


CUT_IN_MARCH = """
[[event]]
date = 2026-03-18
kind = "fed"
direction = "cut"
label = "FOMC lowers the target by 25 bp"

[complete_until]
fed = 2026-06-30
"""
TURN = '[[event]]\nid = "low-and-high"\ndate = 2025-01-03\nkind = "market"\nlabel = "Turn"\n'
INTRADAY = 'stated = 1\ncheck = { kind = "return_since", event = "low-and-high", on = "intraday" }'
FORECAST = 'check = { kind = "forecast_fed", action = "%s", until = 2026-06-30 }'


@pytest.mark.parametrize(
    ("action", "verdict"), [("cut", Verdict.CONFIRMED), ("rise", Verdict.FALSE)]
)
def test_a_users_own_fed_event_counts_by_its_direction_whatever_its_label(
    tmp_path: Path, action: str, verdict: Verdict
) -> None:
    catalogue = catalogue_with(tmp_path, CUT_IN_MARCH)
    assert judged(FORECAST % action, "2026-01-15", catalogue).verdict is verdict


@pytest.mark.parametrize(
    ("label", "direction"),
    [("Fed raises 25 bp, says the label", "cut"), ("Fed cuts 25 bp, says the label", "raise")],
)
def test_a_label_that_contradicts_the_direction_changes_no_verdict(
    tmp_path: Path, label: str, direction: str
) -> None:
    text = CUT_IN_MARCH.replace("FOMC lowers the target by 25 bp", label)
    text = text.replace('"cut"', f'"{direction}"')
    found = judged(FORECAST % "cut", "2026-01-15", catalogue_with(tmp_path, text))
    assert found.verdict is (Verdict.CONFIRMED if direction == "cut" else Verdict.FALSE)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("fed", 0),  # the cuts of September to December were still to come
        ("index", 1),  # the June reconstitution was announced by its rule
        ("market", 1),  # the low of April lay behind
    ],
)
def test_events_of_a_year_do_not_look_ahead_of_the_claim(kind: str, count: int) -> None:
    check = f'stated = 9\ncheck = {{ kind = "events_per_year", event_kind = "{kind}" }}'
    assert judged(check, "2025-06-01", load_catalogue(through=THROUGH)).computed == count


@pytest.mark.parametrize(
    ("as_of", "count"),
    [("2025-09-16", 0), ("2025-09-17", 1), ("2025-12-09", 2), ("2025-12-31", 3)],
)
def test_an_event_of_the_year_counts_from_its_own_day_on(as_of: str, count: int) -> None:
    check = 'stated = 9\ncheck = { kind = "events_per_year", event_kind = "fed" }'
    assert judged(check, as_of, load_catalogue(through=THROUGH)).computed == count


def test_a_users_event_is_added_to_those_of_a_rule(tmp_path: Path) -> None:
    catalogue = catalogue_with(
        tmp_path, '[[event]]\ndate = 2025-03-03\nkind = "index"\nlabel = "Our own rebalancing"\n'
    )
    check = 'stated = 9\ncheck = { kind = "events_per_year", event_kind = "index" }'
    assert judged(check, "2025-02-03", catalogue).computed == 1
    assert judged(check, "2025-03-03", catalogue).computed == 2


@pytest.mark.parametrize(
    ("direction", "start"),
    [("low", 99.5), ("high", 106.5)],  # of the five sessions on either side
)
def test_an_intraday_start_takes_the_low_of_a_low_and_the_high_of_a_high(
    tmp_path: Path, direction: str, start: float
) -> None:
    catalogue = catalogue_with(tmp_path, TURN + f'direction = "{direction}"\n')
    # The 22nd close, of 31 January, is 121.
    assert judged(INTRADAY, "2025-01-31", catalogue).computed == pytest.approx(
        100 * (121.0 / start - 1.0)
    )


@pytest.mark.parametrize("kind", ["market", "tariff"])
def test_an_intraday_start_needs_a_direction_not_a_word_in_the_id(
    tmp_path: Path, kind: str
) -> None:
    catalogue = catalogue_with(tmp_path, TURN.replace("market", kind))
    assert judged(INTRADAY, "2025-01-31", catalogue).verdict is Verdict.NOT_COMPUTABLE


@pytest.mark.parametrize(
    ("as_of", "verdict"),
    [("2025-05-15", Verdict.NOT_COMPUTABLE), ("2025-05-16", Verdict.CONFIRMED)],
)
@pytest.mark.parametrize(
    "check",
    [
        'kind = "return_since", event = "low-2025-04-08", at_least = 0',
        'kind = "event_date", event = "low-2025-04-08", expect_from = 2025-04-01',
    ],
)
def test_a_claim_about_a_low_is_computed_from_the_close_on_which_it_was_known(
    check: str, as_of: str, verdict: Verdict
) -> None:
    judgement = judged(f"check = {{ {check} }}", as_of, load_catalogue(through=THROUGH))
    assert judgement.verdict is verdict
    assert isinstance(judgement.error, EventNotYetKnown) is (verdict is Verdict.NOT_COMPUTABLE)
    if judgement.error:
        assert "known only from 2025-05-16, after 2025-05-15" in str(judgement.error)


@pytest.mark.parametrize(("as_of", "turns"), [("2025-05-15", 0), ("2025-05-16", 1)])
def test_highs_and_lows_of_a_year_are_counted_as_known_then(as_of: str, turns: int) -> None:
    check = 'stated = 1\ncheck = { kind = "events_per_year", event_kind = "market" }'
    assert judged(check, as_of, load_catalogue(through=THROUGH)).computed == turns
