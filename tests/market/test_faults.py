"""The fault matrix on `Market.load`, with the real client, and the table of the docs."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from rut_dash import errors
from rut_dash.errors import (
    DataUnavailable,
    EndsBefore,
    FetchedElsewhere,
    FolderUnreadable,
    ForeignSymbol,
    NoFile,
    NotSimulated,
    NotStored,
    Offline,
    RateLimited,
    SilentForOther,
    UnexpectedError,
    UnknownSymbol,
    WaitEnded,
    error_classes,
)
from rut_dash.market.market import Market
from rut_dash.market.sources.base import FINAL_AFTER
from rut_dash.market.sources.yahoo import DEADLINE, REQUEST_TIMEOUT, YahooSource
from rut_dash.market.store import Store
from rut_dash.market_wording import problem_text
from rut_dash.ui.data_page import left_out_table
from tests.fake_yahoo import NEW_YORK, FakeFault, FakeYahoo
from tests.faults import CASES, Display, FaultCase, store_table, table
from tests.market.markets import expect_bars, impatient_market_of, is_sound, market_of

DOC = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
LAST_WEEK = datetime(2026, 5, 21, 20, tzinfo=NEW_YORK)
# The last closed session is Friday's; a Sunday is late enough for every bar to be final.
SUNDAY = datetime(2026, 5, 31, 12, tzinfo=NEW_YORK)
# What the program, the store, a folder or the demo say, and the causes that name no fault.
NOT_OF_A_REMOTE_SOURCE = {
    DataUnavailable,
    EndsBefore,
    FetchedElsewhere,
    FolderUnreadable,
    NoFile,
    NotSimulated,
    NotStored,
    Offline,
    SilentForOther,
    UnexpectedError,
    WaitEnded,
}


def test_every_fault_is_in_the_matrix() -> None:
    assert [fault_case.fault for fault_case in CASES] == sorted(
        FakeFault, key=[fault_case.fault for fault_case in CASES].index
    )
    causes = {error for error in error_classes().values() if error.__module__ == errors.__name__}
    assert {fault_case.error for fault_case in CASES} >= causes - NOT_OF_A_REMOTE_SOURCE


def test_the_docs_show_both_tables() -> None:
    for part in (table(), store_table()):
        assert part in DOC.read_text(), f"docs/faults.md should hold this:\n\n{part}"


@pytest.mark.parametrize("is_stored", [False, True], ids=["cold", "is_stored"])
@pytest.mark.parametrize("fault_case", CASES, ids=str)
def test_a_fault_leaves_stored_prices_and_ends_with_the_fault(
    yahoo: FakeYahoo,
    bars: pd.DataFrame,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fault_case: FaultCase,
    is_stored: bool,
) -> None:
    """What is display, within which time, what becomes of the file, and the call after it."""
    store = Store(tmp_path / "store")
    market = impatient_market_of(yahoo, store) if fault_case.silent else market_of(yahoo, store)
    file = tmp_path / "store" / "IWM.parquet"
    yahoo.as_of = LAST_WEEK
    if is_stored:
        market_of(yahoo, store).load("IWM")
    before = file.read_bytes() if is_stored else None
    yahoo.as_of = SUNDAY
    caplog.set_level(logging.INFO, logger="rut_dash")
    caplog.clear()

    fault_case.start(yahoo)
    display = fault_case.display(is_stored)
    if display in (Display.DEMO, Display.PREVIOUS_VIEW):
        with pytest.raises(DataUnavailable) as caught:
            market.load("IWM")
        assert isinstance(caught.value, UnknownSymbol) is (display is Display.PREVIOUS_VIEW)
        assert not file.exists()
        history = None
    else:
        history = market.load("IWM")
    assert yahoo.overdue == 0

    if display in (Display.STORED, Display.DEMO, Display.PREVIOUS_VIEW):
        assert (file.read_bytes() if is_stored else None) == before
        expect_failure(market, fault_case)
    else:
        assert market.last_problem("IWM") is None
    if history is not None:
        expect_shown(market, history.bars, bars, display)
        if display is Display.STORED:
            stale_because = history.provenance.stale_because
            assert stale_because is not None
            assert fault_case.excerpt in problem_text(stale_because.problem)
    (line,) = [m for m in caplog.messages if m.startswith("fetch ")]
    assert "symbol=IWM source='Yahoo Finance' mode=" in line
    outcome = "fetched"
    if display in (Display.STORED, Display.DEMO, Display.PREVIOUS_VIEW):
        assert fault_case.error is not None
        outcome = fault_case.error.code
    assert line.endswith(f"outcome={outcome}")
    assert "?" not in line
    assert "crumb" not in line

    yahoo.fail(None)
    retry_at = market.health("IWM").retry_at
    if fault_case.error is RateLimited or display is Display.NEW_WITH_GAP:
        assert retry_at is not None
        yahoo.as_of = retry_at  # the only ones that make the next caller wait
    market = market_of(yahoo, store)
    healed = market.load("IWM")
    if display is Display.WRONG:
        assert market.refresh("IWM", force=True).status == "failed"  # and says which file to remove
        assert "remove their file" in str(market.last_problem("IWM"))
        return
    if display in (Display.NEW, Display.NEW_WITH_BLANK):  # nothing is due
        assert market.refresh("IWM", force=True).error is None
        healed = market.load("IWM")
    expect_bars(healed, bars)
    assert is_sound(market.health("IWM"))
    assert market.last_problem("IWM") is None


def expect_failure(market: Market, fault_case: FaultCase) -> None:
    """Expect the reason and the time of the next try, in every place that shows them."""
    problem, health = market.last_problem("IWM"), market.health("IWM")
    assert isinstance(problem, DataUnavailable)
    assert type(problem) is fault_case.error
    assert fault_case.excerpt in str(problem)
    assert "Next try at 2026-05-31" in str(problem)
    assert "delisted" not in str(problem)
    assert health.problem is not None
    assert fault_case.excerpt in problem_text(health.problem)
    assert health.retry_at == problem.retry_at
    assert not market.is_due("IWM")
    pauses = {RateLimited: 15, UnknownSymbol: 60, ForeignSymbol: 60}
    least = timedelta(minutes=pauses.get(fault_case.error, 1))
    assert problem.retry_at is not None
    assert least <= problem.retry_at - SUNDAY <= 1.25 * least


def expect_shown(market: Market, got: pd.DataFrame, bars: pd.DataFrame, display: Display) -> None:
    closes = bars["close"]
    missing = bars.index[-5]
    expected = {
        Display.STORED: closes.loc[:"2026-05-21"],
        Display.NEW: closes,
        Display.NEW_WITH_BLANK: closes,
        Display.NEW_WITH_GAP: closes.drop(missing),
        Display.WRONG: closes * 100,
    }[display]
    pd.testing.assert_series_equal(got["close"], expected, check_freq=False, check_names=False)
    left_out = left_out_table([market.health("IWM")])
    assert len(left_out) == (display is Display.NEW_WITH_BLANK)
    gaps = (missing.date(),) if display is Display.NEW_WITH_GAP else ()
    assert market.health("IWM").missing == gaps


@pytest.mark.slow
def test_a_silent_source_is_waited_for_until_the_limit_of_a_request(yahoo: FakeYahoo) -> None:
    """The real limits, once; the matrix has them shortened."""
    yahoo.fail(FakeFault.SILENT)
    with pytest.raises(DataUnavailable):
        YahooSource(deadline=DEADLINE, request_timeout=REQUEST_TIMEOUT).fetch("IWM")
    # Without a limit the fake would hold the request for ten minutes, and then give up.
    assert yahoo.overdue == 0
    assert REQUEST_TIMEOUT < DEADLINE < 20


def test_a_fault_of_one_symbol_leaves_the_others_alone(
    yahoo: FakeYahoo, bars: pd.DataFrame, tmp_path: Path
) -> None:
    market = market_of(yahoo, Store(tmp_path / "store"))
    yahoo.fail(FakeFault.SERVER_ERROR, only="SPY")
    expect_bars(market.load("IWM"), bars)
    with pytest.raises(DataUnavailable, match="HTTP 500"):
        market.load("SPY")
    assert market.load("^RUT").last_session == bars.index[-1]


def test_a_bar_is_final_some_minutes_after_the_close() -> None:
    assert timedelta(minutes=10) <= FINAL_AFTER <= timedelta(hours=1)
