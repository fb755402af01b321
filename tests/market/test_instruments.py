"""The configured instruments and the spelling of typed symbols."""

from __future__ import annotations

import pytest

from rut_dash.errors import InvalidInput
from rut_dash.market.instruments import (
    BENCHMARKS,
    FUNDS,
    INSTRUMENTS,
    foreign_listing,
    instrument,
    is_index,
    normalise_symbol,
    normalise_us_symbol,
)


def test_funds_and_benchmarks_are_the_lists_of_the_controls() -> None:
    assert FUNDS == ("IWM", "IWO", "IWN", "IJR", "^RUT")
    assert BENCHMARKS == ("SPY", "QQQ", "RSP", "IWB", "^GSPC")
    assert [i.symbol for i in INSTRUMENTS] == [*FUNDS, *BENCHMARKS]
    assert all(i.name and i.role for i in INSTRUMENTS)


def test_a_symbol_with_a_caret_is_an_index() -> None:
    assert [s for s in (*FUNDS, *BENCHMARKS) if is_index(s)] == ["^RUT", "^GSPC"]


def test_a_typed_symbol_has_its_own_name_and_a_wide_move_limit() -> None:
    typed = instrument("FUBO")
    assert (typed.symbol, typed.name, typed.role) == ("FUBO", "FUBO", None)
    # A stock may triple in a day (+200 %); a price times 100 (+9,900 %) must still be caught.
    assert 2.0 < typed.move_limit < 99.0
    assert instrument("IWM").move_limit == 0.25


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("iwm", "IWM"),
        (" spy ", "SPY"),
        ("^rut", "^RUT"),
        ("brk-b", "BRK-B"),
        ("BRK.B", "BRK.B"),
        ("eurusd=x", "EURUSD=X"),
        ("3690.HK", "3690.HK"),
    ],
)
def test_a_symbol_is_spelt_as_at_yahoo(typed: str, symbol: str) -> None:
    assert normalise_symbol(typed) == symbol


@pytest.mark.parametrize(
    "typed",
    ["", " ", "^", "IWM SPY", "../etc", "IWM/../x", "IWM?a=1", "A" * 17, "İWM", "-IWM"],
)
def test_an_impossible_symbol_is_refused_in_a_sentence(typed: str) -> None:
    refused = r"(symbol .* cannot be used|Symbol is missing): expected a ticker such as IWM"
    with pytest.raises(InvalidInput, match=refused):
        normalise_symbol(typed)


@pytest.mark.parametrize(
    ("typed", "clause"),
    [
        ("vod.l", "VOD.L is listed outside the US (London)"),
        ("VOD.UK", "VOD.UK is listed outside the US (London)"),
        ("RY.TO", "RY.TO is listed outside the US (Toronto)"),
        ("7203.T", "7203.T is listed outside the US (Tokyo)"),
        ("BTC-USD", "BTC-USD is a cryptocurrency"),
        ("EURUSD=X", "EURUSD=X is a pair of currencies"),
        ("ES=F", "ES=F is a future"),
        ("^N225", "^N225 is listed outside the US (Tokyo)"),
        ("^FTSE", "^FTSE is listed outside the US (London)"),
    ],
)
def test_a_symbol_of_no_us_exchange_is_refused_with_what_it_is(typed: str, clause: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise_us_symbol(typed)
    assert caught.value.expected == (
        f"a symbol of a US exchange, as IWM ({clause}; figures here are in US dollars, on the "
        "sessions of the NYSE)"
    )
    assert normalise_us_symbol("brk.b") == "BRK.B"


@pytest.mark.parametrize("symbol", [*FUNDS, *BENCHMARKS, "BRK.B", "BRK-B", "BF.A", "^VIX", "A"])
def test_a_symbol_of_a_us_exchange_is_not_taken_for_a_foreign_one(symbol: str) -> None:
    assert foreign_listing(symbol) is None
