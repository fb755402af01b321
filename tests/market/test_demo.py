"""The demo: through the published closes, like a market in between, and honest about it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import DataUnavailable
from rut_dash.market import calendar
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.market.notes import SimulatedBetween
from rut_dash.market.sources.base import SOURCES, SourceSettings
from rut_dash.market.sources.demo import DEMO_FILE, DemoSource
from rut_dash.market_wording import note_text
from tools import make_demo


@pytest.fixture(scope="module")
def iwm() -> PriceHistory:
    return DemoSource().fetch("IWM")


@pytest.fixture(scope="module")
def spy() -> PriceHistory:
    return DemoSource().fetch("SPY")


@pytest.fixture(scope="module")
def returns(iwm: PriceHistory, spy: PriceHistory) -> pd.DataFrame:
    closes = {"IWM": iwm.close(Basis.PRICE), "SPY": spy.close(Basis.PRICE)}
    return pd.DataFrame(closes).pct_change().iloc[1:]


def test_the_demo_has_every_published_close_exactly(iwm: PriceHistory, spy: PriceHistory) -> None:
    pins = make_demo.read_pins()
    assert list(pins.columns) == ["IWM", "SPY"]
    for history in (iwm, spy):
        at_pins = history.bars.loc[pins.index, "close"]
        np.testing.assert_array_equal(at_pins.to_numpy(), pins[history.symbol].to_numpy())
    # Three of them, read off the published record.
    assert iwm.bars.loc["2025-04-08", "close"] == 174.82
    assert spy.bars.loc["2025-05-12", "close"] == 582.99
    assert iwm.bars.loc["2021-11-08", "close"] == 242.56


def test_the_demo_has_every_session_and_no_other_day(iwm: PriceHistory, spy: PriceHistory) -> None:
    for history in (iwm, spy):
        assert history.first_session == pd.Timestamp("2000-05-26")
        assert history.last_session == pd.Timestamp("2026-05-29")
        assert calendar.missing_sessions(history.sessions).empty
        assert calendar.non_sessions(history.sessions).empty


def test_the_demo_is_marked_as_simulated(iwm: PriceHistory, spy: PriceHistory) -> None:
    assert DemoSource().simulated
    for history in (iwm, spy):
        about = history.provenance
        assert about.simulated
        assert about.source == "simulated demo"
        assert about.fetched_at is None
        assert not history.has_unknown_actions
        [note] = about.notes
        assert note == SimulatedBetween(82)
        assert "made up" in note_text(note)
    assert PricePair.align(iwm, spy).simulated


def test_the_shipped_file_is_what_the_generator_makes(tmp_path: Path) -> None:
    """Within the last binary digits, in which platforms may differ; rounding removes them."""
    made = make_demo.simulate_bars()
    assert tuple(made) == ("IWM", "SPY")
    for symbol, bars in made.items():
        shipped = DemoSource().fetch(symbol)
        columns = ["open", "high", "low", "close", "volume", "dividend"]
        pd.testing.assert_frame_equal(
            shipped.bars[columns], bars[columns], check_names=False, check_freq=False, rtol=1e-12
        )
        assert int(bars["published"].sum()) == len(make_demo.read_pins())
    again = tmp_path / "demo.parquet"
    make_demo.write_demo(again)
    pd.testing.assert_frame_equal(pd.read_parquet(again), pd.read_parquet(DEMO_FILE), rtol=1e-12)


def test_the_bars_are_those_of_earlier_releases(iwm: PriceHistory, spy: PriceHistory) -> None:
    """Links and claims that were made with the demo keep their figures."""
    # Written down once: closes are rounded to cents, so that no platform's last bit shows.
    assert iwm.bars.loc["2008-10-15", "close"] == 54.55
    assert spy.bars.loc["2020-03-16", "close"] == 289.89
    digests = {
        history.symbol: hashlib.sha256(history.bars.to_numpy().tobytes()).hexdigest()[:16]
        for history in (iwm, spy)
    }
    assert digests == {"IWM": "d4a978c8ec5ab7b3", "SPY": "96710f812bc70c4a"}


def test_two_fetches_give_equal_bars_of_their_own(iwm: PriceHistory) -> None:
    again = DemoSource().fetch("IWM")
    assert again.version == iwm.version
    again.bars["close"] = 1.0
    assert DemoSource().fetch("IWM").version == iwm.version


def test_lows_and_highs_of_the_record_are_lows_and_highs_here(
    iwm: PriceHistory, spy: PriceHistory
) -> None:
    """The events are dated by these: the low of April 2025, the highs before it."""
    small, large = iwm.bars["close"], spy.bars["close"]
    assert small[:"2025-04-08"].idxmax() == pd.Timestamp("2021-11-08")
    assert small["2024-10":"2025-01"].idxmax() == pd.Timestamp("2024-11-25")
    assert large[:"2025-04-08"].idxmax() == pd.Timestamp("2025-02-19")
    assert large[:"2022-12-31"].idxmax() == pd.Timestamp("2022-01-03")
    assert large[:"2009-12-31"].idxmax() == pd.Timestamp("2007-10-09")
    for close in (small, large):
        assert close.loc["2025"].idxmin() == pd.Timestamp("2025-04-08")
        assert close.loc["2020"].idxmin() == pd.Timestamp("2020-03-23")
        assert close.loc["2008":"2010"].idxmin() == pd.Timestamp("2009-03-09")
    assert small["2021":"2025-08"].max() == 242.56


def test_no_close_leaves_the_envelope_of_its_turning_points(iwm: PriceHistory) -> None:
    """By hand, the segment 2007-07-13 to 2007-10-09 (84.90 to 84.18).

    The turning points beside it are the high 84.90 (its start), the low 66.75 before
    (2006-07-21), the low 65.06 and the high 76.20 after (2008-03-17, 2008-06-05).
    """
    between = iwm.bars["close"]["2007-07-16":"2007-10-08"]
    assert between.max() < 84.90
    assert between.min() > 65.06


def test_daily_returns_have_the_statistics_of_a_market(returns: pd.DataFrame) -> None:
    deviation = returns.std()
    assert 0.014 < deviation["IWM"] < 0.017
    assert 0.011 < deviation["SPY"] < 0.014
    assert 1.1 < deviation["IWM"] / deviation["SPY"] < 1.35
    assert 0.84 < returns["IWM"].corr(returns["SPY"]) < 0.91
    assert returns.abs().to_numpy().max() < 0.15
    assert (returns.kurt() > 4).all()
    # Quiet and wild days cluster; the returns themselves do not predict each other.
    for symbol in returns:
        assert returns[symbol].abs().autocorr(1) > 0.2
        assert abs(returns[symbol].autocorr(1)) < 0.06
    yearly = returns.groupby(returns.index.year).std()
    for symbol in returns:
        assert set(yearly[symbol].nlargest(2).index) == {2008, 2020}
        assert yearly.loc[2017, symbol] < yearly.loc[2008, symbol] / 3


def test_bars_are_whole_and_consistent(iwm: PriceHistory, spy: PriceHistory) -> None:
    for history in (iwm, spy):
        bars = history.bars
        body = bars[["open", "close"]]
        assert (bars["high"] >= body.max(axis=1)).all()
        assert (bars["low"] <= body.min(axis=1)).all()
        assert (bars["low"] > 0).all()
        prices = bars[["open", "high", "low", "close"]].to_numpy()
        np.testing.assert_allclose(prices, prices.round(2), rtol=0, atol=1e-9)
        assert (bars["split"] == 0).all()
        assert bars["adj_close"].isna().all()
        spread = np.log(bars["high"] / bars["low"]).mean() / bars["close"].pct_change().abs().mean()
        assert 1.3 < spread < 2.0  # 1.63 in the real bars of both
        assert (bars["open"] == bars["close"].shift()).mean() < 0.02


def test_volume_follows_the_size_of_the_move(iwm: PriceHistory, spy: PriceHistory) -> None:
    for history, least, most in ((iwm, 1.5e7, 5e7), (spy, 4e7, 1.2e8)):
        volume = history.bars["volume"]
        assert (volume > 0).all()
        assert least < volume["2018":].median() < most
        recent = history.bars["2018":]
        size = recent["close"].pct_change().abs()
        assert np.log(recent["volume"]).corr(size.rank()) > 0.2


def test_dividends_come_each_quarter_at_a_realistic_yield(
    iwm: PriceHistory, spy: PriceHistory
) -> None:
    for history, least, most in ((iwm, 0.010, 0.014), (spy, 0.014, 0.021)):
        paid = history.bars["dividend"][history.bars["dividend"] > 0]
        assert len(paid) == 104  # four a year from June 2000 to March 2026
        assert set(paid.index.month) == {3, 6, 9, 12}
        assert paid.index.day.min() >= 14
        assert paid.index.day.max() <= 26
        yearly = paid.groupby(paid.index.year).sum()
        price = history.bars["close"].groupby(history.sessions.year).mean()
        rate = (yearly / price).loc[2001:2025]
        assert least < rate.mean() < most
        assert history.close(Basis.TOTAL).iloc[-1] == history.close(Basis.PRICE).iloc[-1]
        assert history.close(Basis.TOTAL).iloc[0] < history.close(Basis.PRICE).iloc[0]
    # SPY goes ex on the third Friday; 2008-03-21 was Good Friday: the Thursday before.
    assert spy.bars.loc["2025-06-20", "dividend"] > 0
    assert spy.bars.loc["2008-03-20", "dividend"] > 0


def test_other_symbols_are_not_simulated() -> None:
    with pytest.raises(DataUnavailable) as caught:
        SOURCES["demo"].factory(SourceSettings()).fetch("QQQ")
    assert str(caught.value) == (
        "No prices of QQQ from the simulated demo: it has only IWM and SPY. "
        "Fetch real prices, or choose one of these."
    )


def test_a_start_cuts_the_beginning(iwm: PriceHistory) -> None:
    late = DemoSource().fetch("IWM", date(2026, 5, 23))  # a Saturday; Monday is Memorial Day
    assert late.first_session == pd.Timestamp("2026-05-26")
    assert late.provenance == iwm.provenance
    with pytest.raises(DataUnavailable, match="it ends on 2026-05-29"):
        DemoSource().fetch("IWM", date(2026, 6, 1))


def test_a_bridge_without_room_is_clipped_to_its_bounds() -> None:
    random = np.random.Generator(np.random.PCG64(1))
    steps = np.full((50, 2), 0.05)
    low, high = np.array([-1e-4, -1e-4]), np.array([1e-4, 1e-4])
    path = make_demo._bridge(random, steps, np.array([0.02, 0.01]), low, high)
    assert path[-1].tolist() == [0.02, 0.01]
    assert np.abs(path[:-1]).max() <= 1e-4


def test_a_fetch_is_quick_and_imports_no_calendar() -> None:
    code = (
        "import sys, time; from rut_dash.market.sources.demo import DemoSource;"
        "started = time.process_time(); DemoSource().fetch('SPY');"
        "assert time.process_time() - started < 3;"  # 0.05 on an idle machine
        "print(*{'exchange_calendars', 'yfinance', 'streamlit', 'plotly'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_moves_between_pins_are_not_the_markets(market_data: Path, returns: pd.DataFrame) -> None:
    """Between the pins nothing real is shipped: the daily moves are not the market's."""
    for symbol in returns:
        real = pd.read_csv(market_data / f"{symbol}.csv", index_col="date", parse_dates=["date"])
        real_returns = real["close"].pct_change()
        both = pd.concat([real_returns, returns[symbol]], axis=1, join="inner").dropna()
        assert len(both) > 6_000
        assert both.iloc[:, 0].corr(both.iloc[:, 1]) < 0.35
