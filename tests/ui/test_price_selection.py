"""Which prices a page shows where those asked for are not there: never mixed, always said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rut_dash.errors import CorruptFile, DataUnavailable, RutDashError, UnknownSymbol
from rut_dash.market.history import PriceHistory
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui.price_selection import PriceSelection, select_prices
from tests.oracles import as_history, candles, walk

OFFLINE = DataUnavailable("QQQ", "Yahoo Finance", "the connection was refused")
NOT_KNOWN = UnknownSymbol("ZZZZ", "Yahoo Finance", "it knows no such symbol")


def bars(symbol: str) -> PriceHistory:
    return as_history(candles(walk(50, seed=len(symbol))), symbol)


def ask(
    asked: tuple[str, str],
    stored: tuple[str, ...] = (),
    before: tuple[str, str] | None = None,
    problems: dict[str, RutDashError] | None = None,
) -> PriceSelection:
    histories = {symbol: bars(symbol) for symbol in stored}
    return select_prices(
        asked,
        before,
        stored=histories.get,
        demo=DemoSource().fetch,
        why_missing=(problems or {}).get,
    )


def test_stored_prices_are_shown() -> None:
    shown = ask(("IWM", "SPY"), ("IWM", "SPY", "QQQ"))
    assert shown.legs == ("IWM", "SPY")
    assert not shown.missing
    assert not shown.reasons


@pytest.mark.parametrize("stored", [(), ("IWM",), ("SPY", "QQQ")])
def test_until_both_legs_are_there_the_demo_stands_in_whole(stored: tuple[str, ...]) -> None:
    shown = ask(("IWM", "SPY"), stored)
    assert shown.pair is not None
    assert shown.pair.simulated
    assert all(leg.provenance.simulated for leg in shown.pair.legs)
    assert shown.legs == ("IWM", "SPY")


def test_the_demo_has_only_its_own_symbols() -> None:
    shown = ask(("IWO", "QQQ"))
    assert shown.legs == ("IWM", "SPY")
    assert shown.missing == ("IWO", "QQQ")


def test_while_a_symbol_is_fetched_the_last_pair_stays() -> None:
    shown = ask(("IWM", "QQQ"), ("IJR", "IWM", "SPY"), before=("IJR", "SPY"))
    assert shown.legs == ("IJR", "SPY")
    assert shown.missing == ("QQQ",)
    assert not shown.unknown
    assert not shown.reasons


def test_without_a_last_pair_the_default_one_stands_in() -> None:
    assert ask(("IWM", "QQQ"), ("IWM", "SPY")).legs == ("IWM", "SPY")


def test_why_a_symbol_is_not_there_is_said() -> None:
    shown = ask(("IWM", "QQQ"), ("IWM", "SPY"), problems={"QQQ": OFFLINE})
    assert shown.reasons == (str(OFFLINE),)
    assert not shown.unknown


def test_a_symbol_that_no_one_knows_is_told_apart() -> None:
    shown = ask(("ZZZZ", "SPY"), ("IWM", "SPY"), problems={"ZZZZ": NOT_KNOWN})
    assert shown.unknown
    assert shown.legs == ("IWM", "SPY")
    assert shown.reasons == (str(NOT_KNOWN),)


def test_a_corrupt_file_is_said_and_does_not_break_the_page() -> None:
    def stored(symbol: str) -> PriceHistory | None:
        if symbol == "QQQ":
            raise CorruptFile("store", "holds a file of QQQ that cannot be read")
        return bars(symbol)

    shown = select_prices(
        ("IWM", "QQQ"), None, stored=stored, demo=DemoSource().fetch, why_missing=lambda _: None
    )
    assert shown.legs == ("IWM", "SPY")
    assert "QQQ" in shown.reasons[0]


def test_legs_without_a_common_session_are_said() -> None:
    early = as_history(candles(walk(50, start="2001-01-02")), "IWM")
    histories = {"IWM": early, "QQQ": bars("QQQ"), "SPY": bars("SPY")}
    shown = select_prices(
        ("IWM", "QQQ"),
        None,
        stored=histories.get,
        demo=DemoSource().fetch,
        why_missing=lambda _: None,
    )
    assert "IWM against QQQ" in shown.reasons[0]
    assert shown.pair is not None
    assert shown.pair.simulated


def test_without_a_demo_there_may_be_nothing() -> None:
    shown = select_prices(
        ("IWM", "SPY"),
        None,
        stored=lambda _: None,
        demo=None,
        why_missing=lambda symbol: DataUnavailable(symbol, "a folder", "there is no such file"),
    )
    assert shown.pair is None
    assert shown.reasons == ("No prices of IWM and SPY from a folder: there is no such file.",)


def test_reasons_that_differ_are_all_said_and_the_next_try_is_the_first() -> None:
    soon, late = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 1, 13, tzinfo=UTC)
    refused = {
        "IWM": DataUnavailable("IWM", "Yahoo Finance", "it was refused", retry_at=late),
        "SPY": DataUnavailable("SPY", "Yahoo Finance", "it was refused", retry_at=soon),
    }
    same = ask(("IWM", "SPY"), problems=dict(refused))
    assert same.reasons == (
        "No prices of IWM and SPY from Yahoo Finance: it was refused. Next try at 2026-06-01 "
        "12:00 UTC.",
    )
    mixed = ask(("IWM", "QQQ"), problems={"IWM": refused["IWM"], "QQQ": OFFLINE})
    assert len(mixed.reasons) == 2
