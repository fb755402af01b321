"""The figures that the command line prints: keys, as-of, and nothing that is not JSON."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
import talib

from rut_dash.analysis.summary import relative_summary, symbol_summary
from rut_dash.errors import BasisUnavailable
from rut_dash.market.history import Basis, PriceHistory, PricePair
from tests import oracles

SYMBOL_KEYS = [
    "close", "day_return", "ytd_return", "return_1y", "drawdown", "high", "high_date",
    "volatility_1y", "sma_50", "sma_200", "rsi_14", "macd", "macd_signal", "macd_hist", "weekly",
]  # fmt: skip
WEEKLY_KEYS = ["sma_50", "rsi_14", "macd", "macd_signal", "macd_hist"]
RELATIVE_KEYS = ["ratio", "ratio_percentile", "excess_ytd", "beta_1y", "correlation_1y"]


def fund(sessions: int = 700, seed: int = 1, symbol: str = "IWM") -> PriceHistory:
    """Return a fund that pays 0.5 every 63rd session."""
    bars = oracles.candles(oracles.walk(sessions, seed=seed))
    pays = (np.arange(sessions) % 63 == 40) * 0.5
    return oracles.as_history(bars.assign(dividend=pays, split=0.0), symbol)


@pytest.mark.parametrize("basis", list(Basis))
def test_keys_are_those_of_the_contract_and_values_are_json(basis: Basis) -> None:
    pair = PricePair.align(fund(), fund(seed=2, symbol="SPY"))
    for leg in pair.legs:
        figures = symbol_summary(leg, basis)
        assert list(figures) == SYMBOL_KEYS
        assert list(figures["weekly"]) == WEEKLY_KEYS
        assert all(type(figures[key]) is float for key in SYMBOL_KEYS[:-1] if key != "high_date")
        assert all(type(value) is float for value in figures["weekly"].values())
        assert dt.date.fromisoformat(figures["high_date"]) in leg.sessions.date
        json.dumps(figures, allow_nan=False)
    relative = relative_summary(pair, basis)
    assert list(relative) == RELATIVE_KEYS
    assert all(type(value) is float for value in relative.values())
    json.dumps(relative, allow_nan=False)


@pytest.mark.parametrize("basis", list(Basis))
def test_figures_by_plain_arithmetic(basis: Basis) -> None:
    history = fund()
    raw = history.bars["close"].tolist()
    paid = history.bars["dividend"].tolist()
    close = list(raw)
    if basis is Basis.TOTAL:
        factor = 1.0
        for i in range(len(raw) - 2, -1, -1):
            factor *= 1 - paid[i + 1] / raw[i]
            close[i] = raw[i] * factor
    days = [stamp.date() for stamp in history.sessions]
    last = days[-1]

    def at(day: dt.date) -> float:
        return [c for d, c in zip(days, close, strict=True) if d <= day][-1]

    values = np.array(close)
    returns = values[-252:] / values[-253:-1] - 1
    line, signal, hist = (part[-1] for part in talib.MACD(values, 12, 26, 9))
    weekly = np.array(
        list({oracles.friday_of(d): c for d, c in zip(days, close, strict=True)}.values())
    )
    of_weeks = [part[-1] for part in talib.MACD(weekly, 12, 26, 9)]
    expected = {
        "close": raw[-1],
        "day_return": close[-1] / close[-2] - 1,
        "ytd_return": close[-1] / at(dt.date(last.year - 1, 12, 31)) - 1,
        "return_1y": close[-1] / at(oracles.months_back(last, 12)) - 1,
        "drawdown": close[-1] / max(close) - 1,
        "high": max(close),
        "volatility_1y": np.std(returns, ddof=1) * 252**0.5,
        "sma_50": sum(close[-50:]) / 50,
        "sma_200": sum(close[-200:]) / 200,
        "rsi_14": talib.RSI(values, 14)[-1],
        "macd": line,
        "macd_signal": signal,
        "macd_hist": hist,
    }
    figures = symbol_summary(history, basis)
    for key, value in expected.items():
        assert figures[key] == pytest.approx(value, rel=1e-9, abs=1e-9), key
    assert figures["high_date"] == days[close.index(max(close))].isoformat()
    assert list(figures["weekly"].values()) == pytest.approx(
        [sum(weekly[-50:]) / 50, talib.RSI(weekly, 14)[-1], *of_weeks], rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("basis", list(Basis))
def test_a_summary_as_of_a_day_ignores_later_bars(basis: Basis) -> None:
    history = fund()
    bars = history.bars
    pays = np.flatnonzero(bars["dividend"])
    cuts = [300, 555, 699, int(pays[-1]), int(pays[-1]) - 1, int(pays[-2]) + 1, 0, 1, 20]
    for cut in cuts:
        day = bars.index[cut]
        never_seen = oracles.as_history(bars.iloc[: cut + 1], "IWM")
        truncated = symbol_summary(history.as_of(day), basis)
        assert truncated == symbol_summary(never_seen, basis)
        assert truncated["close"] == bars["close"].iloc[cut]
    weekend = bars.index[555] + pd.offsets.Week(weekday=6)
    before = bars.index[bars.index <= weekend][-1]
    assert symbol_summary(history.as_of(weekend), basis) == symbol_summary(
        history.as_of(before), basis
    )


def test_on_the_total_basis_levels_are_those_of_the_as_of() -> None:
    history = fund()
    day = history.sessions[400]  # dividends follow
    later = history.close(Basis.TOTAL).loc[:day].max()
    truncated = symbol_summary(history.as_of(day), Basis.TOTAL)
    assert truncated["high"] > later * 1.001
    assert truncated["close"] == history.bars.loc[day, "close"]


IN_ORDER = [
    "close", "drawdown", "high", "high_date", "day_return", "rsi_14", "macd", "macd_signal",
    "macd_hist", "sma_50", "sma_200", "volatility_1y", "ytd_return", "return_1y",
]  # fmt: skip


@pytest.mark.parametrize(
    ("sessions", "newest"),
    [
        (1, "high_date"),
        (2, "day_return"),
        (14, "day_return"),
        (15, "rsi_14"),
        (33, "rsi_14"),
        (34, "macd_hist"),
        (49, "macd_hist"),
        (50, "sma_50"),
        (199, "sma_50"),
        (200, "sma_200"),
        (252, "sma_200"),
        (253, "volatility_1y"),
        (260, "volatility_1y"),  # 2019-01-02 to 2019-12-31
        (261, "ytd_return"),
        (262, "return_1y"),  # 2020-01-02
    ],
)
def test_a_figure_without_enough_history_is_none(sessions: int, newest: str) -> None:
    figures = symbol_summary(fund(sessions), Basis.PRICE)
    computed_keys = [key for key in IN_ORDER if figures[key] is not None]
    assert computed_keys == IN_ORDER[: IN_ORDER.index(newest) + 1]
    if sessions <= 50:  # ten weeks
        assert set(figures["weekly"].values()) == {None}


def test_a_relative_figure_without_enough_history_is_none() -> None:
    pair = PricePair.align(fund(252), fund(252, seed=2, symbol="SPY"))
    figures = relative_summary(pair, Basis.PRICE)
    assert figures["beta_1y"] is None
    assert figures["correlation_1y"] is None
    assert figures["excess_ytd"] is None
    assert figures["ratio"] is not None
    pair = PricePair.align(fund(253), fund(253, seed=2, symbol="SPY"))
    assert relative_summary(pair, Basis.PRICE)["beta_1y"] is not None


def test_relative_figures_use_common_sessions_only() -> None:
    iwm, spy = fund(600), fund(600, seed=2, symbol="SPY")
    holes = spy.bars.drop(spy.sessions[[50, 450, 580]])
    pair = PricePair.align(iwm, oracles.as_history(holes, "SPY"))
    common = holes.index
    a, b = iwm.bars["close"].loc[common], holes["close"]
    ratio = (a / b).tolist()
    x, y = b.pct_change().iloc[-252:], a.pct_change().iloc[-252:]
    figures = relative_summary(pair, Basis.PRICE)
    assert figures["ratio"] == ratio[-1]
    assert figures["ratio_percentile"] == sum(r <= ratio[-1] for r in ratio) / len(ratio)
    assert figures["beta_1y"] == pytest.approx(np.cov(x, y)[0, 1] / np.var(x, ddof=1))
    assert figures["correlation_1y"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    ytds = [symbol_summary(leg, Basis.PRICE)["ytd_return"] for leg in pair.legs]
    assert figures["excess_ytd"] == pytest.approx(ytds[0] - ytds[1])


def test_a_history_of_adjusted_closes_has_no_close() -> None:
    closes = oracles.walk(300).to_frame("adj_close")
    history = oracles.as_history(closes, "IWO")
    figures = symbol_summary(history, Basis.TOTAL)
    assert figures["close"] is None
    assert figures["high"] == closes["adj_close"].max()
    with pytest.raises(BasisUnavailable, match="IWO has no price basis"):
        symbol_summary(history, Basis.PRICE)
    pair = PricePair.align(history, fund(300, symbol="SPY"))
    with pytest.raises(BasisUnavailable):
        relative_summary(pair, Basis.PRICE)


def test_figures_before_the_first_known_dividend_are_none_and_the_summary_says_from_when() -> None:
    bars = oracles.walk(600).to_frame().assign(dividend=0.0)
    bars.iloc[:400, bars.columns.get_loc("dividend")] = np.nan
    history = oracles.as_history(bars, "IWB")
    figures = symbol_summary(history, Basis.TOTAL)
    assert figures["total_return_from"] == f"{bars.index[400]:%Y-%m-%d}"
    assert figures["return_1y"] is figures["volatility_1y"] is None
    assert figures["sma_50"] == pytest.approx(bars["close"].iloc[-50:].mean())
    assert figures["high"] == bars["close"].iloc[400:].max()
    price = symbol_summary(history, Basis.PRICE)
    assert price["return_1y"] is not None
    assert "total_return_from" not in price
    assert "total_return_from" not in symbol_summary(fund(300), Basis.TOTAL)


def test_an_index_has_the_price_basis_only() -> None:
    index = oracles.as_history(oracles.walk(300).to_frame(), "^RUT")
    assert symbol_summary(index, Basis.PRICE)["close"] == index.bars["close"].iloc[-1]
    with pytest.raises(BasisUnavailable, match=r"\^RUT has no total return basis"):
        symbol_summary(index, Basis.TOTAL)


def test_real_figures_worked_by_hand(pair: PricePair) -> None:
    truncated = PricePair.align(*pair.legs, dt.date(2025, 4, 8))
    iwm = symbol_summary(truncated.fund, Basis.PRICE)
    # 174.820007 on the day, 179.550003 before, 220.960007 on 2024-12-31, 205.570007 on
    # 2024-04-08, and 242.559998 on 2021-11-08, the highest close.
    assert iwm["close"] == 174.820007
    assert iwm["day_return"] == pytest.approx(-4.729996 / 179.550003, abs=1e-12)
    assert iwm["ytd_return"] == pytest.approx(-46.14 / 220.960007, abs=1e-12)
    assert iwm["return_1y"] == pytest.approx(-30.75 / 205.570007, abs=1e-12)
    assert iwm["drawdown"] == pytest.approx(-67.739991 / 242.559998, abs=1e-12)
    assert iwm["high_date"] == "2021-11-08"
    relative = relative_summary(truncated, Basis.PRICE)
    assert relative["ratio"] == pytest.approx(174.820007 / 496.480011, abs=1e-15)
    # SPY: 496.480011 from 586.080017.
    assert relative["excess_ytd"] == pytest.approx(
        -46.14 / 220.960007 + 89.600006 / 586.080017, abs=1e-12
    )
