"""Laws that hold for every indicator and every core function, on drawn prices.

A row added to `INDICATORS` is tested here without a further line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rut_dash.analysis import crosses, drawdown, event_returns, resampling, returns, risk
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.average_true_range import atr
from rut_dash.analysis.indicators.bollinger_bands import bollinger
from rut_dash.analysis.indicators.indicator_row import Indicator
from rut_dash.analysis.indicators.relative_strength import rsi
from rut_dash.market.history import Basis, PriceHistory
from tests import oracles

pytestmark = pytest.mark.filterwarnings("error")
laws = settings(max_examples=30, deadline=None)
FACTORS = st.sampled_from([0.01, 0.5, 3.7, 100.0])
EXACT_FACTORS = st.sampled_from([0.25, 2.0, 1024.0])  # which round nothing


@dataclass(frozen=True)
class Law:
    """A function of closes to a series or frame on the same index, and what it must keep.

    Parameters
    ----------
    run
        Bars (with the columns of two legs too) to the answer.
    warm_up
        Number of leading rows that are NaN.
    scales
        True where the answer is in the unit of the prices, False where it has none.
    """

    run: Callable[[pd.DataFrame], pd.DataFrame]
    warm_up: int
    scales: bool


def small(row: Indicator) -> dict[str, float]:
    """Return parameters short enough for drawn histories: a seventh of the defaults."""
    return {
        p.name: max(int(p.minimum), int(p.default) // 7 + 1) if p.whole else p.default
        for p in row.params
    }


def of_indicator(row: Indicator) -> Law:
    params = small(row)
    return Law(lambda bars: row.run(bars, params), row.warm_up(**params), row.scales_with_price)


def legs(bars: pd.DataFrame) -> pd.DataFrame:
    return bars[["close", "benchmark"]].set_axis(["fund", "benchmark"], axis=1)


LAWS = {row.key: of_indicator(row) for row in INDICATORS.values()} | {
    "rebase": Law(lambda b: returns.rebase(legs(b), b.index[0]), 0, False),
    "ratio": Law(lambda b: returns.ratio(legs(b)).to_frame(), 0, False),
    "rolling_beta": Law(lambda b: risk.rolling_beta(legs(b), 5).to_frame(), 5, False),
    "rolling_correlation": Law(lambda b: risk.rolling_correlation(legs(b), 5).to_frame(), 5, False),
    "underwater": Law(lambda b: drawdown.underwater(b["close"]).to_frame(), 0, False),
}
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


@st.composite
def drawn_bars(draw: st.DrawFn, min_size: int = 1, max_size: int = 90) -> pd.DataFrame:
    """Draw bars and a benchmark's closes beside them, which never stand still."""
    close = draw(oracles.price_series(min_size=min_size, max_size=max_size))
    seed = draw(st.integers(0, 1000))
    benchmark = oracles.walk(len(close), seed=seed).to_numpy()
    return oracles.candles(close, seed=seed).assign(benchmark=benchmark)


def close_enough(found: pd.DataFrame, expected: pd.DataFrame, scale: float) -> None:
    pd.testing.assert_frame_equal(found, expected, check_freq=False, rtol=1e-9, atol=1e-9 * scale)


@every_law
@laws
@given(bars=drawn_bars())
def test_length_index_and_warm_up(law: Law, bars: pd.DataFrame) -> None:
    answer = law.run(bars)
    assert answer.index.equals(bars.index)
    expected = min(law.warm_up, len(bars))
    for name in answer:
        column = answer[name]
        assert column.iloc[:expected].isna().all(), name
        # A fund that stands still has no correlation; nothing else may be missing.
        if name != "correlation":
            assert column.iloc[expected:].notna().all(), name
        assert not np.isinf(column).any(), name


@every_law
@laws
@given(bars=drawn_bars())
def test_the_input_is_not_changed(law: Law, bars: pd.DataFrame) -> None:
    before = bars.copy(deep=True)
    answer = law.run(bars)
    pd.testing.assert_frame_equal(bars, before)
    if len(answer) and not answer.empty:
        answer.iloc[:, :] = -1.0  # nor through what was given back
        pd.testing.assert_frame_equal(bars, before)


@every_law
@laws
@given(bars=drawn_bars(min_size=2), data=st.data())
def test_removing_later_bars_changes_no_earlier_value(
    law: Law, bars: pd.DataFrame, data: st.DataObject
) -> None:
    keep = data.draw(st.integers(1, len(bars)))
    scale = float(bars["close"].max()) if law.scales else 1.0
    close_enough(law.run(bars.iloc[:keep]), law.run(bars).iloc[:keep], scale)


@every_law
@laws
@given(bars=drawn_bars(), factor=FACTORS)
def test_values_scale_with_prices_or_do_not_depend_on_their_scale(
    law: Law, bars: pd.DataFrame, factor: float
) -> None:
    prices = [column for column in bars.columns if column != "volume"]
    scaled = bars.assign(**{column: bars[column] * factor for column in prices})
    expected = law.run(bars) * (factor if law.scales else 1.0)
    scale = float(scaled["close"].max()) if law.scales else 1.0
    # RSI is a share of moves: it loses the digits that a price has beyond its daily move.
    close_enough(law.run(scaled), expected, scale * 100)


# --- Bounds ------------------------------------------------------------------------------


@laws
@given(bars=drawn_bars())
def test_values_are_within_their_bounds(bars: pd.DataFrame) -> None:
    assert rsi(bars["close"], 3).dropna().between(0, 100).all()
    bands = bollinger(bars["close"], 4).dropna()
    assert (bands["lower"] <= bands["upper"]).all()
    assert drawdown.underwater(bars["close"]).between(-1, 0).all()
    assert risk.rolling_correlation(legs(bars), 5).dropna().between(-1, 1).all()
    assert (atr(bars, 3).dropna() >= 0).all()


# --- Functions whose answer is not on the index ------------------------------------------


@laws
@given(bars=drawn_bars(), factor=EXACT_FACTORS)
def test_figures_do_not_depend_on_the_scale_and_do_not_change_their_input(
    bars: pd.DataFrame, factor: float
) -> None:
    before = bars.copy(deep=True)
    scaled = bars * factor
    figures: list[Callable[[pd.DataFrame], object]] = [
        lambda b: [returns.period_return(b["close"], p) for p in returns.PERIODS],
        lambda b: risk.annualised_volatility(b["close"], 5),
        lambda b: returns.percentile_rank(b["close"]),
        lambda b: risk.beta(legs(b), 5),
        lambda b: risk.correlation(legs(b), 5),
        lambda b: list(risk.capture(legs(b)))[:4],
    ]
    for figure in figures:
        np.testing.assert_allclose(figure(scaled), figure(bars), rtol=1e-9, atol=1e-12)
    for table in (
        lambda b: drawdown.episodes(b["close"]),
        lambda b: returns.period_table(legs(b)),
        lambda b: crosses.crosses(b["close"]).drop(columns="value"),
        lambda b: event_returns.event_returns(legs(b), {"a": b.index[len(b) // 2]}, (1, 5), 5),
    ):
        pd.testing.assert_frame_equal(table(scaled), table(bars))
    pd.testing.assert_frame_equal(
        resampling.weekly_bars(scaled), resampling.weekly_bars(bars) * factor, check_freq=False
    )
    pd.testing.assert_frame_equal(bars, before)


@laws
@given(bars=drawn_bars(min_size=2), data=st.data())
def test_later_bars_do_not_change_finished_rows(bars: pd.DataFrame, data: st.DataObject) -> None:
    keep = data.draw(st.integers(1, len(bars)))
    past = bars.iloc[:keep]
    last = past.index[-1]

    whole, cut = (drawdown.episodes(b["close"], 0.0) for b in (bars, past))
    over = whole[whole["recovery"] <= last]
    pd.testing.assert_frame_equal(cut[cut["recovery"].notna()], over)
    assert cut["recovery"].isna().sum() <= 1
    assert cut["peak"].tolist() == whole["peak"][whole["peak"] < last].tolist()

    whole, cut = (
        crosses.crosses(b["close"], kinds=["macd_signal", "rsi_30", "rsi_70"]) for b in (bars, past)
    )
    pd.testing.assert_frame_equal(cut, whole[whole["session"] <= last], rtol=1e-9)

    whole, cut = (resampling.weekly_bars(b) for b in (bars, past))
    pd.testing.assert_frame_equal(cut.iloc[:-1], whole.iloc[: len(cut) - 1])
    assert cut.index[-1] == last

    anchors = {"a": past.index[keep // 2]}
    whole, cut = (event_returns.event_returns(legs(b), anchors, (1, 3), 3) for b in (bars, past))
    finished = [name for name in cut if name.startswith(("fund_before", "benchmark_before"))]
    finished += [name for name in cut if "_after_" in name and cut[name].notna().all()]
    if cut["sessions_after"].iloc[0] == 3:
        finished += ["fund_max_loss", "benchmark_max_drawdown", "sessions_after"]
    pd.testing.assert_frame_equal(cut[finished], whole[finished])


# --- As-of -------------------------------------------------------------------------------


@st.composite
def paying_histories(draw: st.DrawFn) -> PriceHistory:
    """Draw a history of a fund that pays dividends."""
    close = draw(oracles.price_series(min_size=2, max_size=60))
    dividends = draw(
        st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.004]), min_size=len(close), max_size=len(close))
    )
    bars = oracles.candles(close).assign(dividend=np.array(dividends) * close, split=0.0)
    return oracles.as_history(bars, "TEST")


@laws
@given(history=paying_histories(), data=st.data())
def test_levels_on_the_total_basis_rescale_with_the_as_of_and_returns_do_not(
    history: PriceHistory, data: st.DataObject
) -> None:
    day = data.draw(st.sampled_from(list(history.sessions)))
    whole = history.close(Basis.TOTAL)
    truncated = history.as_of(day).close(Basis.TOTAL)
    assert truncated.iloc[-1] == history.bars.loc[day, "close"]
    rescaled = whole.loc[:day] * (truncated.iloc[-1] / whole.loc[day])
    pd.testing.assert_series_equal(truncated, rescaled, rtol=1e-12, check_freq=False)
    pd.testing.assert_series_equal(
        drawdown.underwater(truncated),
        drawdown.underwater(whole).loc[:day],
        atol=1e-12,
        check_freq=False,
    )
