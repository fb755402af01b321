"""Files imported into the store, and continued by a source."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.cli.process import main
from rut_dash.errors import SchemaError
from rut_dash.market.folder_market import FolderMarket
from rut_dash.market.market import Market
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.store import Store
from rut_dash.market_wording import import_remark, source_label
from rut_dash.ui.data_page import left_out_table
from tests.fake_yahoo import NEW_YORK, FakeYahoo
from tests.market.markets import FRIDAY, expect_bars, is_sound, market_of, whole, write_csv
from tests.oracles import first_unknown_action, note_texts


def test_a_folder_is_imported_file_by_file(
    offline: Market, prices: Path, bars: pd.DataFrame
) -> None:
    (prices / "README.md").write_text("words")
    (prices / "FRED_DGS10.csv").write_text("observation_date,DGS10\n2026-05-29,4.5\n")
    (prices / "QQQ.csv").write_text("date,open,high,low,close\n2026-05-29,1,1,1,oops\n")
    results = {result.path.name: result for result in offline.import_path(prices)}
    assert {name: result.status for name, result in results.items()} == {
        "IWM.csv": "imported",
        "SPY.csv": "imported",
        "README.md": "skipped",
        "FRED_DGS10.csv": "skipped",
        "QQQ.csv": "refused",
    }
    iwm = results["IWM.csv"]
    assert (iwm.symbol, iwm.rows, iwm.first, iwm.last) == (
        "IWM", len(bars), date(2024, 1, 2), date(2026, 5, 29),
    )  # fmt: skip
    assert results["QQQ.csv"].symbol == "QQQ"
    assert all(import_remark(r) for r in results.values() if r.status != "imported")
    expect_bars(offline.load("IWM"), bars)
    again = offline.import_path(prices / "IWM.csv")
    assert [result.status for result in again] == ["skipped"]


def with_holiday(bars: pd.DataFrame, close: float) -> pd.DataFrame:
    """Return bars with a row on Memorial Day."""
    extra = bars.loc[["2026-05-22"]].set_axis(pd.DatetimeIndex(["2026-05-25"]), axis=0)
    extra[["open", "high", "low", "close"]] = close
    return pd.concat([bars, extra.assign(dividend=0.0)]).sort_index()


def test_a_row_on_a_holiday_is_left_out_of_folder_and_store_where_it_changes_no_return(
    offline: Market, prices: Path, bars: pd.DataFrame
) -> None:
    close = bars.loc["2026-05-22", "close"]
    write_csv(prices / "IWM.csv", with_holiday(bars, close))
    write_csv(prices / "_VIX.csv", with_holiday(bars, close * 1.01))
    for symbol, name in (("IWM", "IWM.csv"), ("^VIX", "_VIX.csv")):
        (result,) = offline.import_path(prices / name)
        assert result.status == "imported"
        folder = FolderMarket(FolderSource(prices)).load(symbol)
        for history in (folder, offline.load(symbol)):
            assert history.sessions.equals(bars.index)
            assert (
                "1 row on days on which the NYSE was closed left out (the first: 2026-05-25)"
                in (" ".join(note_texts(history)))
            )


def test_what_of_a_file_is_not_used_is_named_by_import_folder_and_doctor(
    offline: Market, prices: Path, bars: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    phantom = with_holiday(bars, bars.loc["2026-05-22", "close"] * 1.01)
    phantom.loc["2026-05-25", "volume"] = 0.0  # nobody traded
    phantom.loc["2026-05-21", "low"] = 0.0
    write_csv(prices / "IWM.csv", phantom)
    (result,) = offline.import_path(prices / "IWM.csv")
    assert result.status == "imported"
    main(["--prices", str(prices), "doctor"])
    for text in (import_remark(result), capsys.readouterr().out):
        assert "closed left out (the first: 2026-05-25)" in text
        assert "The low of 1 session cannot be right and is left blank" in text
        assert "0 on 2026-05-21" in text
    table = left_out_table([FolderMarket(FolderSource(prices)).health("IWM")])
    assert table["left_out"].tolist() == ["row", "low"]
    for history in (offline.load("IWM"), FolderMarket(FolderSource(prices)).load("IWM")):
        assert history.sessions.equals(bars.index)
        assert history.bars["low"].isna().sum() == 1


def test_a_row_on_a_holiday_that_changes_a_return_is_refused_by_name_in_folder_and_store(
    offline: Market, prices: Path, bars: pd.DataFrame
) -> None:
    write_csv(prices / "IWM.csv", with_holiday(bars, bars.loc["2026-05-22", "close"] * 1.01))
    (result,) = offline.import_path(prices / "IWM.csv")
    assert (result.status, result.symbol) == ("refused", "IWM")
    assert "2026-05-25" in import_remark(result)
    assert offline.stored("IWM") is None
    with pytest.raises(SchemaError, match="2026-05-25"):
        FolderMarket(FolderSource(prices)).load("IWM")


def test_a_bar_of_the_future_is_refused_in_folder_and_store(
    offline: Market, prices: Path, bars: pd.DataFrame
) -> None:
    write_csv(prices / "IWM.csv", bars.rename(index={bars.index[-1]: pd.Timestamp("2026-06-01")}))
    (result,) = offline.import_path(prices / "IWM.csv")
    assert "2026-06-01, which has not come yet" in import_remark(result)
    source = FolderSource(prices, clock=lambda: FRIDAY)
    with pytest.raises(SchemaError, match="2026-06-01, which has not come yet"):
        FolderMarket(source).load("IWM")


def test_the_bar_of_an_open_session_is_provisional_in_folder_and_store(
    tmp_path: Path, prices: Path
) -> None:
    times = {"open": datetime(2026, 5, 29, 15, 0, tzinfo=NEW_YORK), "closed": FRIDAY}
    source = FolderSource(prices)
    for state, now in times.items():
        source.clock = partial(lambda now: now, now)
        assert FolderMarket(source).load("IWM").provenance.provisional is (state == "open")
        market = Market(Store(tmp_path / state), None, clock=source.clock)
        market.import_path(prices / "IWM.csv")
        assert market.load("IWM").provenance.provisional is (state == "open")


def test_an_import_never_shrinks_what_is_stored(
    offline: Market, prices: Path, bars: pd.DataFrame, file: Path
) -> None:
    offline.import_path(prices / "IWM.csv")
    before = file.read_bytes()
    wrong = bars.iloc[-50:].copy()
    wrong[["open", "high", "low", "close"]] *= 2
    write_csv(prices / "IWM.csv", wrong)
    (result,) = offline.import_path(prices / "IWM.csv")
    assert result.status == "refused"
    assert "disagree" in import_remark(result)
    assert file.read_bytes() == before


def test_a_newer_part_is_added(offline: Market, prices: Path, bars: pd.DataFrame) -> None:
    write_csv(prices / "IWM.csv", bars.iloc[:-10])
    offline.import_path(prices / "IWM.csv")
    write_csv(prices / "IWM.csv", bars.iloc[-50:])
    (result,) = offline.import_path(prices / "IWM.csv")
    assert result.status == "imported"
    assert "10 of its sessions" in import_remark(result)
    expect_bars(offline.load("IWM"), bars)


def test_an_import_that_cannot_be_stored_is_refused(tmp_path: Path, prices: Path) -> None:
    (tmp_path / "blocked").write_text("")
    market = Market(Store(tmp_path / "blocked" / "store"), None, clock=lambda: FRIDAY)
    (result,) = market.import_path(prices / "IWM.csv")
    assert result.status == "refused"
    assert "blocked" in import_remark(result)


def test_a_folder_without_price_files_imports_nothing(offline: Market, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="no such"):
        offline.import_path(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert offline.import_path(tmp_path / "empty") == []


def test_imported_bars_are_continued_by_yahoo(
    yahoo: FakeYahoo, store: Store, prices: Path, bars: pd.DataFrame
) -> None:
    write_csv(prices / "IWM.csv", whole(yahoo).iloc[:-10])
    market = market_of(yahoo, store)
    yahoo.requests.clear()
    market.import_path(prices / "IWM.csv")
    history = market.load("IWM")
    expect_bars(history, bars)
    assert yahoo.count() == 1
    assert source_label(history.provenance).endswith("since 2026-05-15 Yahoo Finance")
    assert history.provenance.file_format == "own"


def test_imported_bars_without_dividends_are_completed_by_yahoo(
    yahoo: FakeYahoo, store: Store, prices: Path, bars: pd.DataFrame
) -> None:
    write_csv(prices / "IWM.csv", bars[["open", "high", "low", "close", "volume"]])
    market = market_of(yahoo, store)
    market.import_path(prices / "IWM.csv")
    stored = market.stored("IWM")
    assert stored is not None
    assert first_unknown_action(stored) == date(2024, 1, 2)
    history = market.load("IWM")
    expect_bars(history, bars)
    assert first_unknown_action(history) is None


def test_real_bars_are_imported(offline: Market, market_data: Path) -> None:
    results = {result.path.name: result for result in offline.import_path(market_data)}
    for name in ("IWM", "SPY", "QQQ", "IWO", "IWN", "IJR", "IWB", "_RUT", "_GSPC"):
        assert results[f"{name}.csv"].status == "imported", import_remark(results[f"{name}.csv"])
    assert results["_VIX.csv"].status == "imported"
    assert any("2026-05-25" in note for note in note_texts(offline.load("^VIX")))
    assert results["_IRX.csv"].status == "refused"
    assert results["fed_funds_target.csv"].status == "skipped"
    iwm = offline.load("IWM")
    assert (len(iwm.bars), iwm.last_session) == (6540, pd.Timestamp("2026-05-29"))
    assert is_sound(offline.health("IWM"))
    again = offline.import_path(market_data / "IWM.csv")
    assert again[0].status == "skipped"
