"""Which prices a page displays where the requested ones are missing: never mixed, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from rut_dash.errors import (
    CorruptFile,
    NotStored,
    RequestRefused,
    RutDashError,
    SourceUnreachable,
    UnknownSymbol,
)
from rut_dash.market.history import PriceHistory
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui.price_selection import PriceSelection, select_prices
from tests.oracles import as_history, candles, walk

OFFLINE = SourceUnreachable("QQQ", "Yahoo Finance")
NOT_KNOWN = UnknownSymbol("ZZZZ", "Yahoo Finance")


def bars(symbol: str) -> PriceHistory:
    return as_history(candles(walk(50, seed=len(symbol))), symbol)


@dataclass
class FakeReader:
    """A market of these histories, errors of reading, and reasons of missing symbols."""

    histories: Mapping[str, PriceHistory] = field(default_factory=dict)
    errors: Mapping[str, RutDashError] = field(default_factory=dict)
    problems: Mapping[str, RutDashError] = field(default_factory=dict)
    has_demo: bool = True

    def stored(self, symbol: str) -> PriceHistory | None:
        if symbol in self.errors:
            raise self.errors[symbol]
        return self.histories.get(symbol)

    def demo(self, symbol: str) -> PriceHistory:
        return DemoSource().fetch(symbol)

    def missing_reason(self, symbol: str) -> RutDashError | None:
        return self.problems.get(symbol)


def selection(
    legs: tuple[str, str],
    stored: tuple[str, ...] = (),
    previous: tuple[str, str] | None = None,
    problems: Mapping[str, RutDashError] | None = None,
) -> PriceSelection:
    histories = {symbol: bars(symbol) for symbol in stored}
    return select_prices(FakeReader(histories, problems=problems or {}), legs, previous)


def test_stored_prices_of_both_legs_are_displayed() -> None:
    chosen = selection(("IWM", "SPY"), ("IWM", "SPY", "QQQ"))
    assert chosen.legs == ("IWM", "SPY")
    assert not chosen.missing
    assert not chosen.reasons


@pytest.mark.parametrize("stored", [(), ("IWM",), ("SPY", "QQQ")])
def test_both_legs_are_simulated_until_both_are_stored(stored: tuple[str, ...]) -> None:
    chosen = selection(("IWM", "SPY"), stored)
    assert chosen.pair is not None
    assert chosen.pair.simulated
    assert all(leg.provenance.simulated for leg in chosen.pair.legs)
    assert chosen.legs == ("IWM", "SPY")


def test_the_demo_displays_the_default_legs_whatever_was_requested() -> None:
    chosen = selection(("IWO", "QQQ"))
    assert chosen.legs == ("IWM", "SPY")
    assert chosen.missing == ("IWO", "QQQ")


def test_the_previous_pair_stays_while_a_symbol_is_fetched() -> None:
    chosen = selection(("IWM", "QQQ"), ("IJR", "IWM", "SPY"), previous=("IJR", "SPY"))
    assert chosen.legs == ("IJR", "SPY")
    assert chosen.missing == ("QQQ",)
    assert not chosen.has_unknown_symbol
    assert not chosen.reasons


def test_the_default_pair_is_displayed_without_a_previous_one() -> None:
    assert selection(("IWM", "QQQ"), ("IWM", "SPY")).legs == ("IWM", "SPY")


def test_the_reason_for_a_missing_symbol_is_given() -> None:
    chosen = selection(("IWM", "QQQ"), ("IWM", "SPY"), problems={"QQQ": OFFLINE})
    assert chosen.reasons == (str(OFFLINE),)
    assert not chosen.has_unknown_symbol


def test_a_symbol_that_the_source_does_not_know_is_marked_as_unknown() -> None:
    chosen = selection(("ZZZZ", "SPY"), ("IWM", "SPY"), problems={"ZZZZ": NOT_KNOWN})
    assert chosen.has_unknown_symbol
    assert chosen.legs == ("IWM", "SPY")
    assert chosen.reasons == (str(NOT_KNOWN),)


def test_a_damaged_file_is_a_reason_and_no_failure() -> None:
    damaged = CorruptFile("QQQ.parquet", "it is cut short")
    histories = {"IWM": bars("IWM"), "SPY": bars("SPY")}
    reader = FakeReader(histories, errors={"QQQ": damaged})
    chosen = select_prices(reader, ("IWM", "QQQ"), None)
    assert chosen.legs == ("IWM", "SPY")
    assert "QQQ" in chosen.reasons[0]


def test_legs_without_a_common_session_are_a_reason() -> None:
    early = as_history(candles(walk(50, start="2001-01-02")), "IWM")
    histories = {"IWM": early, "QQQ": bars("QQQ"), "SPY": bars("SPY")}
    chosen = select_prices(FakeReader(histories), ("IWM", "QQQ"), None)
    assert "IWM against QQQ" in chosen.reasons[0]
    assert chosen.pair is not None
    assert chosen.pair.simulated


def test_nothing_is_displayed_without_prices_and_without_a_demo() -> None:
    problems = {symbol: NotStored(symbol, "a folder") for symbol in ("IWM", "SPY")}
    reader = FakeReader(problems=problems, has_demo=False)
    chosen = select_prices(reader, ("IWM", "SPY"), None)
    assert chosen.pair is None
    assert chosen.reasons == ("No prices of IWM and SPY from a folder: there are none yet.",)


def test_equal_reasons_are_joined_with_the_first_next_try() -> None:
    soon, late = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 1, 13, tzinfo=UTC)
    refused = {
        "IWM": RequestRefused("IWM", "Yahoo Finance", retry_at=late),
        "SPY": RequestRefused("SPY", "Yahoo Finance", retry_at=soon),
    }
    same = selection(("IWM", "SPY"), problems=refused)
    assert same.reasons == (
        "No prices of IWM and SPY from Yahoo Finance: it refuses the request. Next try at "
        "2026-06-01 12:00 UTC.",
    )
    mixed = selection(("IWM", "QQQ"), problems={"IWM": refused["IWM"], "QQQ": OFFLINE})
    assert len(mixed.reasons) == 2
