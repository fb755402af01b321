"""Histories and pairs of them: total return worked by hand and against a vendor's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import BasisGap, BasisUnavailable, MissingColumns, OutOfRange, SchemaError
from rut_dash.market.actions import total_return_factor
from rut_dash.market.health import UnknownActions, health_of, unknown_actions
from rut_dash.market.history import (
    Basis,
    PriceHistory,
    PricePair,
    Provenance,
    adjustment_differences,
)
from rut_dash.market.problems import Problem, Staleness
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.status import Status
from rut_dash.market.validation import validate_bars
from rut_dash.market_wording import omission_texts, total_return_text, uncounted_dividends_text
from rut_dash.ui.data_page import unknown_actions_table
from tests.oracles import first_unknown_action

DAYS = pd.DatetimeIndex(["2025-04-07", "2025-04-08", "2025-04-09", "2025-04-10", "2025-04-11"])


def frame(**columns: Any) -> pd.DataFrame:
    """Return five good bars, with some columns replaced."""
    good = {
        "open": [100.0, 101.0, 99.0, 102.0, 103.0],
        "high": [102.0, 103.0, 101.0, 104.0, 105.0],
        "low": [99.0, 100.0, 98.0, 101.0, 102.0],
        "close": [101.0, 102.0, 100.0, 103.0, 104.0],
        "adj_close": [100.0, 101.0, 99.5, 103.0, 104.0],
        "volume": [1e6, 2e6, 3e6, 4e6, 5e6],
        "dividend": [0.0, 0.0, 0.0, 0.0, 0.0],
        "split": [0.0, 0.0, 0.0, 0.0, 0.0],
    }
    return pd.DataFrame({**good, **columns}, index=DAYS)


def history(bars: pd.DataFrame, symbol: str = "IWM", **provenance: Any) -> PriceHistory:
    about = {"source": "test", **provenance}
    return PriceHistory(symbol, validate_bars(bars, "test", symbol), Provenance(**about))


def cell(column: str, row: int, value: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(bars: pd.DataFrame) -> pd.DataFrame:
        changed = bars.copy()
        changed.iloc[row, changed.columns.get_loc(column)] = value
        return changed

    return change


# --------------------------------------------------------------------------------------
# Bases


def test_total_return_factor_worked_by_hand() -> None:
    """Ex-dates on the 2nd and the 4th bar.

    2nd: 1 - 2 / 100 = 0.98; 4th: 1 - 1 / 125 = 0.992.
    Back in time: 4th and 5th 1; 2nd and 3rd 0.992; 1st 0.992 * 0.98 = 0.97216.
    """
    close = pd.Series([100.0, 102.0, 125.0, 120.0, 121.0], index=DAYS)
    dividend = pd.Series([9.0, 2.0, 0.0, 1.0, 0.0], index=DAYS)  # the first bar's changes nothing
    factor = total_return_factor(close, dividend)
    np.testing.assert_allclose(factor, [0.97216, 0.992, 0.992, 1.0, 1.0], rtol=1e-15)
    # On the ex-date the holder gains (102 + 2) / 100 in the CRSP sense: 102 / (100 - 2).
    total = close * factor
    assert total.iloc[1] / total.iloc[0] == pytest.approx(102.0 / 98.0, rel=1e-15)


def test_one_bar_has_a_factor_of_one() -> None:
    close = pd.Series([100.0], index=DAYS[:1])
    assert list(total_return_factor(close, close * 0.01)) == [1.0]


def test_closes_on_both_bases() -> None:
    bars = frame(close=[100.0, 102.0, 125.0, 120.0, 121.0], high=200.0, low=90.0,
                 dividend=[0.0, 2.0, 0.0, 1.0, 0.0])  # fmt: skip
    prices = history(bars)
    assert prices.bases == (Basis.PRICE, Basis.TOTAL)
    assert list(prices.close(Basis.PRICE)) == [100.0, 102.0, 125.0, 120.0, 121.0]
    np.testing.assert_allclose(
        prices.close(Basis.TOTAL), [97.216, 101.184, 124.0, 120.0, 121.0], rtol=1e-14
    )
    candles = prices.ohlcv(Basis.TOTAL)
    np.testing.assert_allclose(candles["high"].iloc[:2], [200 * 0.97216, 200 * 0.992], rtol=1e-14)
    assert list(candles["volume"]) == [1e6, 2e6, 3e6, 4e6, 5e6]
    pd.testing.assert_series_equal(candles["close"], prices.close(Basis.TOTAL), check_names=False)


def test_as_of_is_as_if_later_bars_did_not_exist() -> None:
    bars = frame(close=[100.0, 102.0, 125.0, 120.0, 121.0], high=200.0, low=90.0,
                 dividend=[0.0, 2.0, 0.0, 1.0, 0.0])  # fmt: skip
    whole = history(bars, provisional=True, stale_because=Staleness(Problem("cut", "test")))
    cut = whole.as_of(date(2025, 4, 9))
    # The dividend of the 10th is not known yet: the last total close is the raw one again.
    np.testing.assert_allclose(cut.close(Basis.TOTAL), [98.0, 102.0, 125.0], rtol=1e-14)
    assert cut.last_session == pd.Timestamp("2025-04-09")
    assert not cut.provenance.provisional
    assert cut.provenance.stale_because is None
    alone = history(bars.iloc[:3])
    pd.testing.assert_frame_equal(cut.bars, alone.bars)


def test_as_of_moves_to_the_last_session_before() -> None:
    prices = history(frame())
    assert prices.as_of(date(2025, 4, 13)) is prices
    assert prices.as_of(None) is prices
    gap = history(frame().drop(index=[DAYS[2]]))
    assert gap.as_of(date(2025, 4, 9)).last_session == pd.Timestamp("2025-04-08")
    with pytest.raises(OutOfRange, match="2025-04-04 is out of range: IWM has sessions from"):
        prices.as_of(date(2025, 4, 4))


def test_as_of_before_the_first_blank_dividend_is_complete() -> None:
    prices = history(frame(dividend=[0.0, 0.0, 0.0, np.nan, np.nan]))
    assert first_unknown_action(prices) == date(2025, 4, 10)
    assert first_unknown_action(prices.as_of(date(2025, 4, 9))) is None
    assert first_unknown_action(prices.as_of(date(2025, 4, 10))) == date(2025, 4, 10)


def test_an_index_has_the_price_basis_only() -> None:
    prices = history(frame(), "^RUT")
    assert prices.bases == (Basis.PRICE,)
    with pytest.raises(BasisUnavailable, match="no total return basis, because a price index"):
        prices.close(Basis.TOTAL)


def test_adjusted_closes_alone_give_the_total_basis_only() -> None:
    only = frame(open=np.nan, high=np.nan, low=np.nan, close=np.nan)
    prices = history(only, "IWO")
    assert prices.bases == (Basis.TOTAL,)
    assert not prices.has_price
    assert not prices.has_ohlc
    assert list(prices.close(Basis.TOTAL)) == [100.0, 101.0, 99.5, 103.0, 104.0]
    with pytest.raises(BasisUnavailable, match=r"no price basis.*only adjusted closes"):
        prices.close(Basis.PRICE)
    with pytest.raises(MissingColumns, match="sessions with high and low"):
        prices.ohlcv(Basis.TOTAL)


PAID = {"close": [100.0, 102.0, 125.0, 120.0, 121.0], "high": 200.0, "low": 90.0}


def test_where_no_dividend_is_known_there_is_no_total_return() -> None:
    held = history(frame(dividend=np.nan), "IWN")
    assert held.bases == (Basis.PRICE,)
    assert held.total_from is None
    assert total_return_text(held) == "Dividends of IWN are not known: it has no total return."
    for use in (held.close, held.ohlcv):
        with pytest.raises(BasisUnavailable, match="because its dividends are not known") as caught:
            use(Basis.TOTAL)
        assert caught.value.gap is BasisGap.NO_DIVIDENDS


def test_dividends_that_are_known_to_be_none_give_a_total_return() -> None:
    held = history(frame(dividend=0.0))
    assert held.bases == (Basis.PRICE, Basis.TOTAL)
    assert held.total_from == DAYS[0]
    assert total_return_text(held) is None
    assert list(held.close(Basis.TOTAL)) == list(held.close(Basis.PRICE))


def test_total_return_begins_with_the_first_known_dividend() -> None:
    """A dividend of 1 after a close of 125: 125 * (1 - 1 / 125) = 124, then the raw closes."""
    held = history(frame(**PAID, dividend=[np.nan, np.nan, 0.0, 1.0, 0.0]), "IWB")
    assert held.bases == (Basis.PRICE, Basis.TOTAL)
    assert held.total_from == DAYS[2]
    total = held.close(Basis.TOTAL)
    assert list(total.index) == list(DAYS[2:])
    np.testing.assert_allclose(total, [124.0, 120.0, 121.0], rtol=1e-15)
    candles = held.ohlcv(Basis.TOTAL)
    assert list(candles.index) == list(DAYS[2:])
    np.testing.assert_allclose(candles["high"], [200 * 0.992, 200.0, 200.0], rtol=1e-15)
    assert len(held.close(Basis.PRICE)) == len(held.ohlcv(Basis.PRICE)) == 5
    assert held.uncounted_dividends.empty
    assert uncounted_dividends_text(held) is None
    assert total_return_text(held) == (
        "Dividends of IWB are known from 2025-04-09 on: its total return begins there."
    )
    assert held.as_of(date(2025, 4, 8)).bases == (Basis.PRICE,)
    pair = PricePair.align(held, history(frame(), "SPY"))
    assert list(pair.closes(Basis.TOTAL).index) == list(DAYS[2:])
    assert list(pair.closes(Basis.PRICE).index) == list(DAYS)


def test_unknown_dividends_after_known_ones_count_as_none_and_are_named() -> None:
    held = history(frame(**PAID, dividend=[0.0, 2.0, 0.0, np.nan, np.nan]))
    np.testing.assert_allclose(
        held.close(Basis.TOTAL), [98.0, 102.0, 125.0, 120.0, 121.0], rtol=1e-14
    )
    assert list(held.uncounted_dividends) == list(DAYS[3:])
    assert uncounted_dividends_text(held) == (
        "Dividends of IWM are not known on 2 sessions from 2025-04-10 to 2025-04-11 and count as "
        "none: its total return is too low there if any was paid."
    )
    assert held.as_of(date(2025, 4, 9)).uncounted_dividends.empty


def test_the_data_page_has_a_row_for_unknown_dividends_and_one_for_unknown_splits() -> None:
    late = history(frame(dividend=[np.nan, np.nan, 0.0, 0.0, 0.0]), "IWB")
    none = history(frame(dividend=np.nan), "IWN")
    blank = history(frame(dividend=[0.0, 0.0, 0.0, 0.0, np.nan], split=np.nan), "KRE")
    whole = (history(frame()), history(frame().drop(columns=["dividend", "split"]), "^RUT"))
    last = late.last_session
    healths = [health_of(h.symbol, h, Status(), last) for h in (late, none, blank, *whole)]
    rows = unknown_actions_table(healths).itertuples(index=False)
    assert [(*row[:2], f"{row[2]:%m-%d}", f"{row[3]:%m-%d}", *row[4:]) for row in rows] == [
        ("IWB", "Dividends", "04-07", "04-08", 2,
         "The total return begins on 2025-04-09"),
        ("IWN", "Dividends", "04-07", "04-11", 5, "There is no total return"),
        ("KRE", "Dividends", "04-11", "04-11", 1,
         "From 2025-04-11 on they count as none in the total return"),
        ("KRE", "Splits", "04-07", "04-11", 5,
         "No effect: closes are taken to be adjusted for splits"),
    ]  # fmt: skip


def test_blank_splits_say_nothing_about_dividends() -> None:
    held = history(frame(split=np.nan))
    assert held.has_unknown_actions
    assert held.total_from == DAYS[0]
    assert (total_return_text(held), uncounted_dividends_text(held)) == (None, None)
    assert unknown_actions(held, "dividend") is None
    assert unknown_actions(held, "split") == UnknownActions(DAYS[0].date(), DAYS[-1].date(), 5)


@pytest.mark.parametrize("symbol", ["^RUT", "IWO"])
def test_an_index_and_adjusted_closes_alone_have_no_unknown_dividends(symbol: str) -> None:
    alone = frame(open=np.nan, high=np.nan, low=np.nan, close=np.nan)
    bars = (frame() if symbol == "^RUT" else alone).drop(columns=["dividend", "split"])
    held = history(bars, symbol)
    assert not held.has_unknown_actions
    assert (total_return_text(held), uncounted_dividends_text(held)) == (None, None)


def test_real_files_have_the_total_return_that_their_dividends_allow(market_data: Path) -> None:
    """Counted in the files: blank cells of the columns dividends and splits."""
    source = FolderSource(market_data)
    begins = {
        symbol: source.fetch(symbol).total_from
        for symbol in ("IWM", "SPY", "QQQ", "IWB", "IJR", "KRE", "XBI", "VBK", "VBR", "IWN")
    }
    assert begins.pop("IWN") is None
    assert begins.pop("IWB") == pd.Timestamp("2005-01-03")
    assert begins == {symbol: source.fetch(symbol).first_session for symbol in begins}
    for symbol in ("KRE", "IJR", "XBI"):
        assert unknown_actions(source.fetch(symbol), "dividend") is None
        assert unknown_actions(source.fetch(symbol), "split") is not None


def test_closes_without_highs_and_lows_have_no_candles() -> None:
    prices = history(frame().drop(columns=["open", "high", "low"]))
    assert prices.has_price
    assert not prices.has_ohlc
    with pytest.raises(MissingColumns):
        prices.ohlcv(Basis.PRICE)


def test_equal_versions_mean_equal_bars() -> None:
    first, again = history(frame()), history(frame())
    assert first.version == again.version
    assert history(frame(), "SPY").version != first.version
    assert history(cell("close", 2, 100.5)(frame())).version != first.version
    assert (
        history(frame(), stale_because=Staleness(Problem("cut", "test"))).version != first.version
    )
    assert first.as_of(date(2025, 4, 10)).version != first.version


# --------------------------------------------------------------------------------------
# Pairs


def test_a_pair_ends_on_the_last_session_that_both_have() -> None:
    fund = history(frame())
    benchmark = history(frame().iloc[:4].drop(index=[DAYS[1]]), "SPY")
    pair = PricePair.align(fund, benchmark)
    assert pair.as_of == pd.Timestamp("2025-04-10")
    assert pair.dropped == (1, 0)
    assert omission_texts(pair) == (
        "IWM has bars up to 2025-04-11; both are shown as of 2025-04-10, the last session that "
        "IWM and SPY share.",
    )
    closes = pair.closes(Basis.PRICE)
    assert list(closes.columns) == ["fund", "benchmark"]
    assert list(closes.index) == [DAYS[0], DAYS[2], DAYS[3]]
    assert len(pair.fund.bars) == 4
    # The same bars are compared, and others are left out.
    longer = history(frame().iloc[:4])
    assert pair.version != PricePair.align(longer, benchmark).version
    assert pair.bases == (Basis.PRICE, Basis.TOTAL)
    assert not pair.simulated


def test_a_pair_is_cut_at_the_as_of() -> None:
    pair = PricePair.align(history(frame()), history(frame(), "SPY"), date(2025, 4, 9))
    assert pair.as_of == pd.Timestamp("2025-04-09")
    assert pair.dropped == (0, 0)
    assert pair.omitted == ()
    assert pair.version == f"{pair.fund.version}-{pair.benchmark.version}"


def test_sessions_before_the_first_common_one_are_not_counted_as_dropped() -> None:
    pair = PricePair.align(history(frame()), history(frame().iloc[2:], "SPY"))
    assert pair.dropped == (0, 0)
    assert len(pair.closes(Basis.PRICE)) == 3


def test_a_pair_of_one_symbol_or_of_simulated_and_real_bars_is_refused() -> None:
    real = history(frame())
    with pytest.raises(SchemaError, match="a fund cannot be compared with itself"):
        PricePair.align(real, history(frame()))
    with pytest.raises(SchemaError, match="simulated bars cannot be compared with real ones"):
        PricePair.align(real, history(frame(), "SPY", simulated=True))
    later = frame().set_axis(DAYS + pd.Timedelta(days=365))
    with pytest.raises(OutOfRange):
        PricePair.align(real, history(later, "SPY"))


def test_a_pair_has_only_the_bases_of_both() -> None:
    only = history(frame(open=np.nan, high=np.nan, low=np.nan, close=np.nan), "IWO")
    assert PricePair.align(only, history(frame(), "SPY")).bases == (Basis.TOTAL,)
    assert PricePair.align(only, history(frame(), "^GSPC")).bases == ()


# --------------------------------------------------------------------------------------
# Against a vendor's adjusted closes


def test_a_vendors_adjusted_closes_are_compared_by_return() -> None:
    close = [100.0, 102.0, 125.0, 120.0, 121.0]
    truth = np.array([97.216, 101.184, 124.0, 120.0, 121.0])
    bars = frame(close=close, high=200.0, low=90.0, dividend=[0.0, 2.0, 0.0, 1.0, 0.0])
    # Another level, as after a later dividend, is no difference.
    assert adjustment_differences(history(bars.assign(adj_close=truth * 0.9))).empty
    # Unadjusted closes are one, on the ex-dates: 0.02 - (101.184 / 97.216 - 1), -0.04 - ...
    differs = adjustment_differences(history(bars.assign(adj_close=close)))
    assert list(differs.index) == [DAYS[1], DAYS[3]]
    np.testing.assert_allclose(
        differs, [0.02 - (101.184 / 97.216 - 1), -0.04 - (120 / 124 - 1)], atol=1e-15
    )
    assert adjustment_differences(history(bars.assign(adj_close=np.nan))).empty
    assert adjustment_differences(history(bars, "^RUT")).empty
    alone = frame(open=np.nan, high=np.nan, low=np.nan, close=np.nan)
    assert adjustment_differences(history(alone, "IWO")).empty


@pytest.mark.parametrize("symbol", ["IWM", "SPY"])
def test_total_return_agrees_with_the_adjusted_closes_of_real_bars(
    market_data: Path, symbol: str
) -> None:
    """The file's adjusted closes are Yahoo's own: an oracle that this project does not compute."""
    raw = pd.read_csv(market_data / f"{symbol}.csv", index_col="date", parse_dates=["date"])
    names = {"adjclose": "adj_close", "dividends": "dividend", "splits": "split"}
    prices = history(raw.rename(columns=names), symbol, fetched_at=datetime(2026, 6, 1, tzinfo=UTC))
    ours = prices.close(Basis.TOTAL).pct_change().iloc[1:]
    theirs = raw["adjclose"].pct_change(fill_method=None).iloc[1:]
    assert len(ours) > 6_000
    assert (ours - theirs).abs().max() < 2e-5
    assert adjustment_differences(prices, tolerance=2e-5).empty
