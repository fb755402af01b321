"""Sentences: what they say agrees with the values, in sign, number and day."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings

from rut_dash.errors import BasisUnavailable
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.narrative import overview_sentences
from tests import oracles

DAYS = pd.DatetimeIndex(["2024-12-30", "2024-12-31", "2025-01-02", "2025-01-03"])


def history(symbol: str, closes: list[float], days: pd.DatetimeIndex = DAYS) -> PriceHistory:
    bars = pd.DataFrame({"close": closes, "dividend": 0.0, "split": 0.0}, index=days)
    return oracles.as_history(bars, symbol)


def sentences(
    fund: list[float], benchmark: list[float], anchor: str | None = "2024-12-30", label: str = ""
) -> list[str]:
    pair = PricePair.align(history("IWM", fund), history("SPY", benchmark))
    session = None if anchor is None else pd.Timestamp(anchor)
    return [s.text for s in overview_sentences(pair, Basis.PRICE, session, label)]


def test_sentences_word_for_word() -> None:
    assert sentences([210, 200, 190, 199], [500, 520, 510, 527], label="the low") == [
        "On Friday 2025-01-03 IWM rose 4.7% to 199.00 and SPY rose 3.3% to 527.00 (price basis).",
        "Since the end of 2024 IWM is down 0.5% and SPY is up 1.3%: IWM is behind by 1.8 "
        "percentage points (price basis).",
        "In the 3 sessions since the close of 2024-12-30 (“the low”) IWM is down 5.2% and "
        "SPY is up 5.4%: IWM is behind by 10.6 percentage points (price basis).",
        "IWM is 5.2% below its highest close, 210.00 on 2024-12-30, 3 sessions earlier; "
        "SPY is at its highest close since its prices begin on 2024-12-30, 527.00 "
        "(price basis).",
    ]


def test_a_change_that_rounds_to_zero_is_a_change_all_the_same() -> None:
    day, year, since, high = sentences([200, 200, 200, 199.98], [500, 500, 500, 500.0])
    assert "IWM fell less than 0.1% to 199.98 while SPY was unchanged at 500.00" in day
    assert "IWM is down less than 0.1% and SPY is unchanged: IWM is behind by less than" in year
    assert "less than 0.1 percentage points (price basis)" in year
    assert "since the close of 2024-12-30 IWM is down less than 0.1%" in since
    assert "IWM is less than 0.1% below its highest close, 200.00 on 2024-12-30" in high
    assert "SPY is level with its highest close, 500.00 on 2024-12-30, 3 sessions" in high


def test_only_equal_closes_are_unchanged_and_level() -> None:
    day, year, *_ = sentences([200, 200, 200, 200], [500, 500, 500, 500.0])
    assert "IWM was unchanged at 200.00 and SPY was unchanged at 500.00" in day
    assert "IWM is unchanged and SPY is unchanged: the two are level" in year


def test_every_sentence_of_simulated_prices_says_so() -> None:
    legs = [history(symbol, [100.0, 101.0, 102.0, 103.0]) for symbol in ("IWM", "SPY")]
    simulated = [replace(h, provenance=replace(h.provenance, simulated=True)) for h in legs]
    texts = [s.text for s in overview_sentences(PricePair.align(*simulated), Basis.PRICE)]
    assert texts
    assert all(text.startswith("Simulated: ") for text in texts)


def test_one_session_is_singular() -> None:
    _, _, since, high = sentences([100, 110, 120, 118], [100, 110, 120, 118], "2025-01-02")
    assert since.startswith("In the 1 session since the close of 2025-01-02 IWM")
    assert "120.00 on 2025-01-02, 1 session earlier" in high


@pytest.mark.parametrize("anchor", [None, "2025-01-03", "2024-12-29"])
def test_an_anchor_outside_the_history_has_no_sentence(anchor: str | None) -> None:
    assert len(sentences([100, 110, 120, 118], [100, 110, 120, 118], anchor)) == 3


def test_short_histories_have_fewer_sentences() -> None:
    legs = [history(symbol, [100.0, 101.0], DAYS[2:]) for symbol in ("IWM", "SPY")]
    texts = [s.text for s in overview_sentences(PricePair.align(*legs), Basis.PRICE)]
    assert [text.split()[0] for text in texts] == ["On", "IWM"]
    legs = [history(symbol, [100.0], DAYS[3:]) for symbol in ("IWM", "SPY")]
    assert overview_sentences(PricePair.align(*legs), Basis.PRICE, DAYS[3]) == ()


def test_a_session_that_is_open_is_called_open() -> None:
    legs = [history(symbol, [100.0, 101.0, 102.0, 103.0]) for symbol in ("IWM", "SPY")]
    legs[0] = replace(legs[0], provenance=replace(legs[0].provenance, provisional=True))
    text = overview_sentences(PricePair.align(*legs), Basis.PRICE)[0].text
    assert text.startswith("On Friday 2025-01-03, with the session still open, IWM rose 1.0%")


def test_the_basis_is_named_and_must_exist() -> None:
    pair = PricePair.align(
        history("IWM", [100, 101, 103, 102]),
        oracles.as_history(pd.DataFrame({"close": [1.0, 2, 3, 3]}, index=DAYS) + 9, "^GSPC"),
    )
    for sentence in overview_sentences(pair, Basis.PRICE):
        assert sentence.text.endswith("(price basis).")
    with pytest.raises(BasisUnavailable):
        overview_sentences(pair, Basis.TOTAL)


def test_a_leg_with_adjusted_closes_only_has_no_price_in_its_sentence() -> None:
    adjusted = pd.DataFrame({"adj_close": [100.0, 101, 103, 102]}, index=DAYS)
    pair = PricePair.align(
        oracles.as_history(adjusted, "IWO"), history("SPY", [1.0, 1.1, 1.2, 1.2])
    )
    day, *_, high = (s.text for s in overview_sentences(pair, Basis.TOTAL))
    assert "IWO fell 1.0% while SPY was unchanged at 1.20 (total return basis)." in day
    assert "its highest adjusted close, 103.00" in high


def long_pair(last: float) -> PricePair:
    days = pd.bdate_range("2024-01-01", periods=400)
    flat = history("SPY", [100.0] * 400, days)
    return PricePair.align(history("IWM", [100 + i / 100 for i in range(399)] + [last], days), flat)


@pytest.mark.parametrize(
    ("last", "place"),
    [
        (99.0, "0.9900, is the lowest of the 400 sessions since 2024-01-01"),
        (100.0, "1.0000, is lower than on 99.5% of the 400 sessions"),  # 2 of 400 at or below
        (110.0, "1.1000, is the highest of the 400 sessions"),
        (103.0, "1.0300, is at or above its level on 75.5% of the 400 sessions"),  # 302 of 400
        (101.0, "1.0100, is lower than on 74.5% of the 400 sessions"),  # 102 of 400
    ],
)
def test_the_ratio_in_its_history(last: float, place: str) -> None:
    sentence = overview_sentences(long_pair(last), Basis.PRICE)[-1]
    assert f"The ratio of IWM to SPY, {place}" in sentence.text


@settings(max_examples=60, deadline=None)
@given(oracles.price_series(min_size=2, max_size=40))
def test_every_number_is_the_value_formatted(close: pd.Series) -> None:
    benchmark = pd.Series(oracles.walk(len(close)).to_numpy(), index=close.index)
    days = pd.DatetimeIndex(close.index)
    pair = PricePair.align(
        history("AAA", close.tolist(), days), history("SPY", benchmark.tolist(), days)
    )
    for sentence in overview_sentences(pair, Basis.PRICE, days[0], "start"):
        assert "nan" not in sentence.text
        assert re.search(r"(?<!\d)-\d", sentence.text) is None
        values = sentence.values
        for word, percent in re.findall(r"(rose|fell|up|down) ([\d,.]+)%", sentence.text):
            stated = float(percent.replace(",", "")) * (1 if word in ("rose", "up") else -1)
            assert stated != 0
            assert any(abs(stated - value * 100) < 0.0501 for value in values.values())
        for way, gap in re.findall(r"is (ahead|behind) by ([\d,.]+)", sentence.text):
            stated = float(gap.replace(",", "")) * (1 if way == "ahead" else -1)
            assert stated == pytest.approx(values["difference"] * 100, abs=0.0501)


def test_real_sentences(pair: PricePair) -> None:
    as_known = PricePair.align(*pair.legs, pd.Timestamp("2025-05-12"))
    day, year, since, high, ratio = overview_sentences(
        as_known, Basis.PRICE, pd.Timestamp("2025-04-08"), "April low"
    )
    # 207.869995 from 200.809998, 582.98999 from 564.340027: 3.5157 % and 3.3047 %.
    assert "Monday 2025-05-12 IWM rose 3.5% to 207.87 and SPY rose 3.3% to 582.99" in day.text
    # From 220.960007 and 586.080017: -5.924 % and -0.527 %, 5.397 points apart.
    assert "IWM is down 5.9% and SPY is down 0.5%: IWM is behind by 5.4 percen" in year.text
    # From 174.820007 and 496.480011: 18.905 % and 17.425 %, 1.480 points apart.
    assert "IWM is up 18.9% and SPY is up 17.4%: IWM is ahead by 1.5 percentage" in since.text
    assert "14.3% below its highest close, 242.56 on 2021-11-08" in high.text
    assert ratio.values["ratio"] == pytest.approx(207.869995 / 582.98999)
