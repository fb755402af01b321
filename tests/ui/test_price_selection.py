"""Which prices a page displays where the requested ones are missing: never mixed, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

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
from rut_dash.market.sources.folder import FolderSource
from rut_dash.ui import cache
from rut_dash.ui.live_prices import ensure_prices
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
    selected = selection(("IWM", "SPY"), ("IWM", "SPY", "QQQ"))
    assert selected.legs == ("IWM", "SPY")
    assert not selected.missing
    assert not selected.reasons


def test_each_leg_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    stored = FakeReader.stored
    monkeypatch.setattr(
        FakeReader, "stored", lambda self, symbol: (read.append(symbol), stored(self, symbol))[1]
    )
    selection(("IWM", "SPY"), ("IWM", "SPY"))
    assert read == ["IWM", "SPY"]


def test_a_snapshot_asks_for_each_version_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(tmp_path))
    for symbol in ("IWM", "SPY", "QQQ"):
        bars(symbol).bars.to_csv(tmp_path / f"{symbol}.csv")
    asked: list[str] = []
    version = FolderSource.version
    monkeypatch.setattr(
        FolderSource,
        "version",
        lambda self, symbol: (asked.append(symbol), version(self, symbol))[1],
    )
    cache.clear_caches()
    snapshot = ensure_prices(("IWM", "SPY"), ("QQQ", "IWM"), all_symbols=True)
    cache.clear_caches()
    assert sorted(asked) == sorted(snapshot.versions)
    assert {symbol for symbol, found in snapshot.versions.items() if found} == {"IWM", "SPY", "QQQ"}


def test_a_page_is_drawn_again_once_a_session_is_final_that_its_prices_lack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of a folder that stays open over the close of 2025-05-12, a Monday, at 16:00."""
    monkeypatch.setenv("RUT_DASH_PRICES", str(tmp_path))
    cache.clear_caches()
    at = {
        hour: datetime(2025, 5, 12, *hour, tzinfo=ZoneInfo("America/New_York"))
        for hour in ((10, 0), (15, 0), (23, 0))
    }
    snapshots = {}
    for hour, moment in at.items():
        monkeypatch.setattr(cache.market(), "_clock", lambda moment=moment: moment)
        snapshots[hour] = ensure_prices(("IWM", "SPY"))
    cache.clear_caches()
    assert snapshots[10, 0] == snapshots[15, 0]
    assert snapshots[23, 0] == snapshots[15, 0]._replace(behind=snapshots[15, 0].behind + 1)


@pytest.mark.parametrize("stored", [(), ("IWM",), ("SPY", "QQQ")])
def test_both_legs_are_simulated_until_both_are_stored(stored: tuple[str, ...]) -> None:
    selected = selection(("IWM", "SPY"), stored)
    assert selected.pair is not None
    assert selected.pair.simulated
    assert all(leg.provenance.simulated for leg in selected.pair.legs)
    assert selected.legs == ("IWM", "SPY")


def test_the_demo_displays_the_default_legs_whatever_was_requested() -> None:
    selected = selection(("IWO", "QQQ"))
    assert selected.legs == ("IWM", "SPY")
    assert selected.missing == ("IWO", "QQQ")


def test_the_previous_pair_stays_while_a_symbol_is_fetched() -> None:
    selected = selection(("IWM", "QQQ"), ("IJR", "IWM", "SPY"), previous=("IJR", "SPY"))
    assert selected.legs == ("IJR", "SPY")
    assert selected.missing == ("QQQ",)
    assert not selected.has_unknown_symbol
    assert not selected.reasons


def test_the_default_pair_is_displayed_without_a_previous_one() -> None:
    assert selection(("IWM", "QQQ"), ("IWM", "SPY")).legs == ("IWM", "SPY")


def test_the_reason_for_a_missing_symbol_is_given() -> None:
    selected = selection(("IWM", "QQQ"), ("IWM", "SPY"), problems={"QQQ": OFFLINE})
    assert selected.reasons == (str(OFFLINE),)
    assert not selected.has_unknown_symbol


def test_a_symbol_that_the_source_does_not_know_is_marked_as_unknown() -> None:
    selected = selection(("ZZZZ", "SPY"), ("IWM", "SPY"), problems={"ZZZZ": NOT_KNOWN})
    assert selected.has_unknown_symbol
    assert selected.legs == ("IWM", "SPY")
    assert selected.reasons == (str(NOT_KNOWN),)


def test_a_damaged_file_is_a_reason_and_no_failure() -> None:
    damaged = CorruptFile("QQQ.parquet", "it is cut short")
    histories = {"IWM": bars("IWM"), "SPY": bars("SPY")}
    reader = FakeReader(histories, errors={"QQQ": damaged})
    selected = select_prices(reader, ("IWM", "QQQ"), None)
    assert selected.legs == ("IWM", "SPY")
    assert "QQQ" in selected.reasons[0]


def test_legs_without_a_common_session_are_a_reason() -> None:
    early = as_history(candles(walk(50, start="2001-01-02")), "IWM")
    histories = {"IWM": early, "QQQ": bars("QQQ"), "SPY": bars("SPY")}
    selected = select_prices(FakeReader(histories), ("IWM", "QQQ"), None)
    assert "IWM against QQQ" in selected.reasons[0]
    assert selected.pair is not None
    assert selected.pair.simulated


def test_nothing_is_displayed_without_prices_and_without_a_demo() -> None:
    problems = {symbol: NotStored(symbol, "a folder") for symbol in ("IWM", "SPY")}
    reader = FakeReader(problems=problems, has_demo=False)
    selected = select_prices(reader, ("IWM", "SPY"), None)
    assert selected.pair is None
    assert selected.reasons == ("No prices of IWM and SPY from a folder: there are none yet.",)


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
