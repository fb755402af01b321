"""Traps met in real files and answers: what became of each of them here.

Those that are met elsewhere in `tests/market` too (blank tails, holidays, missing sessions,
holdings) are proven there; these are the ones that take real bars, or two sources.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.errors import DataUnavailable, SchemaError
from rut_dash.market.folder_market import FolderMarket
from rut_dash.market.history import Basis, PriceHistory, adjustment_differences
from rut_dash.market.market import Market
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
from rut_dash.market_wording import import_remark, source_label
from tests.fake_yahoo import FakeYahoo, made_up_bars
from tests.market.markets import evening, market_of, write_csv

LATE = datetime(2026, 5, 30, 12, tzinfo=UTC)


@pytest.fixture
def iwm(market_data: Path) -> PriceHistory:
    return FolderSource(market_data).fetch("IWM")


def test_total_return_is_right_where_stitched_adjusted_prices_are_wrong(
    yahoo: FakeYahoo, iwm: PriceHistory, tmp_path: Path
) -> None:
    """Trap 1. IWM on 2026-03-17, an ex-date: +0.63 % in truth.

    An archive that appends auto-adjusted rows to old ones, and an updater that does so, make it
    +0.45 % or +0.39 %. Yahoo's own adjusted closes give 0.632654 %.
    """
    bars = iwm.bars.loc["2024-01-02":]  # type: ignore[misc]
    yahoo.serve("IWM", bars)
    store = Store(tmp_path / "store")
    market = market_of(yahoo, store)
    for day in ("2026-03-13", "2026-03-16", "2026-03-17", "2026-03-18"):
        yahoo.as_of = evening(day)
        history = market.load("IWM")
        assert market.refresh("IWM", force=True).error is None
    total = history.close(Basis.TOTAL).pct_change()
    assert total["2026-03-17"] == pytest.approx(0.00632654, abs=2e-6)
    assert history.close(Basis.PRICE).pct_change()["2026-03-17"] == pytest.approx(0.00453963)
    assert adjustment_differences(history).empty
    # The adjusted closes of such an archive are reported by session and size.
    stitched = history.bars.copy()
    earlier = stitched.index < "2026-03-17"
    stitched.loc[earlier, "adj_close"] = stitched.loc[earlier, "close"]
    differences = adjustment_differences(PriceHistory("IWM", stitched, history.provenance))
    assert differences["2026-03-17"] == pytest.approx(0.00453963 - 0.00632654, abs=2e-6)


def test_prices_before_a_split_that_was_not_applied_are_refused(
    iwm: PriceHistory, tmp_path: Path
) -> None:
    """Trap 3. A vendor's IWM is twice Yahoo's before the split of 2005-06-09."""
    raw = iwm.bars.copy()
    raw.loc[raw.index < "2005-06-09", ["open", "high", "low", "close"]] *= 2
    folder = tmp_path / "prices"
    folder.mkdir()
    write_csv(folder / "IWM.csv", raw.assign(adj_close=float("nan")))
    with pytest.raises(SchemaError, match="2005-06-09") as caught:
        FolderSource(folder).fetch("IWM")
    assert "a split that was not applied" in str(caught.value)
    market = Market(Store(tmp_path / "store"), None, clock=lambda: LATE)
    (result,) = market.import_path(folder / "IWM.csv")
    assert result.status == "refused"


def test_an_import_that_disagrees_with_stored_closes_is_refused(
    iwm: PriceHistory, tmp_path: Path
) -> None:
    """Trap 13. IWM's close of 2007-07-09 is 84.72 with one and 85.74 with the other."""
    market = Market(Store(tmp_path / "store"), None, clock=lambda: LATE)
    first, second = tmp_path / "IWM.csv", tmp_path / "other" / "IWM.csv"
    second.parent.mkdir()
    write_csv(first, iwm.bars.iloc[:-1])
    market.import_path(first)
    before = (tmp_path / "store" / "IWM.parquet").read_bytes()
    other = iwm.bars.loc["2007-01-03":].copy()  # type: ignore[misc]
    other.loc[pd.Timestamp("2007-07-09"), "close"] = 85.74
    other.loc[pd.Timestamp("2007-07-09"), "high"] = 85.80
    write_csv(second, other.assign(adj_close=float("nan")))
    (result,) = market.import_path(second)
    assert result.status == "refused"
    assert "first on 2007-07-09 (85.74, where 84.72 is stored)" in import_remark(result)
    assert (tmp_path / "store" / "IWM.parquet").read_bytes() == before


def test_prices_with_a_reverse_split_half_applied_are_refused(yahoo: FakeYahoo) -> None:
    """Trap 10. A constituent's prices jump between 9.4 and 0.27, a reverse split half applied."""
    bars = made_up_bars(start=9.4)
    for at in (100, 200, 300):
        bars.iloc[at : at + 20, bars.columns.get_indexer(["open", "high", "low", "close"])] *= (
            0.27 / 9.4
        )
    yahoo.serve("DAVE", bars)
    with pytest.raises(SchemaError, match="beyond the believable 400%"):
        YahooSource(clock=yahoo.time).fetch("DAVE")


def test_a_partial_bar_that_was_stored_as_final_is_corrected(
    yahoo: FakeYahoo, bars: pd.DataFrame, tmp_path: Path
) -> None:
    """Trap 2. A store that another program filled in the afternoon: 285.33, 282.05 in the end."""
    yahoo.as_of = evening("2026-05-28")
    store = Store(tmp_path / "store")
    market = market_of(yahoo, store)
    history = market.load("IWM")
    wrong = history.bars.copy()
    columns = ["open", "high", "low", "close"]
    wrong.iloc[-1, wrong.columns.get_indexer(columns)] *= 285.33 / 282.05
    store.write(PriceHistory("IWM", wrong, history.provenance))
    yahoo.as_of = evening("2026-05-29")
    corrected = market.load("IWM")
    assert corrected.bars["close"].tolist() == bars["close"].tolist()


def test_a_believable_but_made_up_file_is_named_as_the_source(tmp_path: Path) -> None:
    """Trap 11. A fabricated file of round numbers is believable; it is named as the source."""
    folder = tmp_path / "prices"
    folder.mkdir()
    days = pd.bdate_range("2026-05-18", "2026-05-22")
    round_numbers = pd.DataFrame({"close": [200.0, 210.0, 220.0, 210.0, 200.0]}, index=days)
    write_csv(folder / "IWM.csv", round_numbers)
    market = FolderMarket(FolderSource(folder))
    assert market.load("IWM").provenance.source == "IWM.csv"
    provenance = market.health("IWM").provenance
    assert provenance is not None
    assert source_label(provenance) == "IWM.csv"
    with pytest.raises(DataUnavailable):
        market.demo("IWM")
    assert market.health("IWM").first == date(2026, 5, 18)
