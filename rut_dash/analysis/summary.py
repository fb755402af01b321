"""The figures of one symbol, and of a fund against its benchmark, as plain values.

These are the objects that ``python -m rut_dash summary --json`` prints and that the header
of every page shows. Each value is a float, an ISO date, or None where the history does not
suffice: NaN never leaves. The definitions are in docs/definitions.md.
"""

from __future__ import annotations

import math
from typing import NotRequired, TypedDict

import pandas as pd

from rut_dash.analysis.drawdown import distance_to_high
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.moving_average_convergence import macd
from rut_dash.analysis.indicators.moving_averages import sma
from rut_dash.analysis.indicators.relative_strength import rsi
from rut_dash.analysis.resampling import weekly_ends
from rut_dash.analysis.returns import percentile_rank, period_return, ratio
from rut_dash.analysis.risk import annualised_volatility, beta, correlation
from rut_dash.market.history import Basis, PriceHistory, PricePair


class WeeklySummary(TypedDict):
    """Indicators on weekly bars, the unfinished week included."""

    sma_50: float | None
    rsi_14: float | None
    macd: float | None
    macd_signal: float | None
    macd_hist: float | None


class SymbolSummary(TypedDict):
    """The figures of one symbol as of its last session; fractions, not percent.

    ``indicators`` holds the figures that rows of indicators add, by their keys; it is absent
    where none adds any. ``total_return_from`` is the session with which the total return begins,
    absent on prices and where it begins with the bars.
    """

    close: float | None
    day_return: float | None
    ytd_return: float | None
    return_1y: float | None
    drawdown: float | None
    high: float | None
    high_date: str | None
    volatility_1y: float | None
    sma_50: float | None
    sma_200: float | None
    rsi_14: float | None
    macd: float | None
    macd_signal: float | None
    macd_hist: float | None
    weekly: WeeklySummary
    indicators: NotRequired[dict[str, float | None]]
    total_return_from: NotRequired[str]


class RelativeSummary(TypedDict):
    """The figures of a fund against its benchmark as of their last common session."""

    ratio: float | None
    ratio_percentile: float | None
    excess_ytd: float | None
    beta_1y: float | None
    correlation_1y: float | None


def finite_or_none(number: float) -> float | None:
    """Return a number that JSON can hold; None for NaN and infinity."""
    number = float(number)
    return number if math.isfinite(number) else None


def _indicator_figures(history: PriceHistory, basis: Basis) -> dict[str, float | None]:
    """Return the figures that rows of indicators add.

    Raises
    ------
    ValueError
        If two rows have a figure of one key.
    """
    figures: dict[str, float | None] = {}
    for row in INDICATORS.values():
        if row.summary:
            bars = history.ohlcv(basis) if history.has_ohlc else history.close(basis).to_frame()
            frame = None if row.missing_inputs(bars) else row.run(bars)
            for figure in row.summary:
                if figure.key in figures:
                    raise ValueError(f"two figures of a summary have the key {figure.key!r}")
                figures[figure.key] = None if frame is None else _last(frame[figure.column])
    return figures


def _last(values: pd.Series) -> float | None:
    return finite_or_none(values.iloc[-1])


def symbol_summary(history: PriceHistory, basis: Basis) -> SymbolSummary:
    """Return the figures of one symbol as of the last session of its history.

    Parameters
    ----------
    history
        Truncated to the as-of already; the whole of it counts.
    basis
        Of the returns, the high, the drawdown and the indicators.

    Returns
    -------
    SymbolSummary
        ``close`` is the raw close on both bases, None where the file has adjusted closes only.
        ``drawdown`` is the last close's, from the highest close to date. A figure is None where the
        history is too short; MACD and its signal where TA-Lib has a value of both.

    Raises
    ------
    BasisUnavailable
        If the bars cannot give that basis.
    """
    close = history.close(basis)
    top = distance_to_high(close)
    daily = macd(close)
    weekly = weekly_ends(close)
    weekly_macd = macd(weekly)
    summary = SymbolSummary(
        close=_last(history.bars["close"]),
        day_return=finite_or_none(period_return(close, "1D")),
        ytd_return=finite_or_none(period_return(close, "YTD")),
        return_1y=finite_or_none(period_return(close, "1Y")),
        drawdown=finite_or_none(top.drawdown),
        high=finite_or_none(top.value),
        high_date=top.session.date().isoformat(),
        volatility_1y=finite_or_none(annualised_volatility(close)),
        sma_50=_last(sma(close, 50)),
        sma_200=_last(sma(close, 200)),
        rsi_14=_last(rsi(close, 14)),
        macd=_last(daily["macd"]),
        macd_signal=_last(daily["signal"]),
        macd_hist=_last(daily["histogram"]),
        weekly=WeeklySummary(
            sma_50=_last(sma(weekly, 50)),
            rsi_14=_last(rsi(weekly, 14)),
            macd=_last(weekly_macd["macd"]),
            macd_signal=_last(weekly_macd["signal"]),
            macd_hist=_last(weekly_macd["histogram"]),
        ),
    )
    if added := _indicator_figures(history, basis):
        summary["indicators"] = added
    if basis is Basis.TOTAL and history.total_from not in (None, history.first_session):
        summary["total_return_from"] = close.index[0].date().isoformat()
    return summary


def relative_summary(pair: PricePair, basis: Basis) -> RelativeSummary:
    """Return the figures of a fund against its benchmark as of their last common session.

    Parameters
    ----------
    pair
        Both legs, truncated to the as-of.
    basis
        Of every figure.

    Returns
    -------
    RelativeSummary
        On the sessions that both have, but for ``excess_ytd``, which is the difference of the
        two ``ytd_return`` of `symbol_summary`, so that it agrees with them. None where the
        history does not suffice.

    Raises
    ------
    BasisUnavailable
        If a leg cannot give that basis.
    """
    closes = pair.closes(basis)
    fund_over_benchmark = ratio(closes)
    fund_ytd, benchmark_ytd = (period_return(leg.close(basis), "YTD") for leg in pair.legs)
    return RelativeSummary(
        ratio=_last(fund_over_benchmark),
        ratio_percentile=finite_or_none(percentile_rank(fund_over_benchmark)),
        excess_ytd=finite_or_none(fund_ytd - benchmark_ytd),
        beta_1y=finite_or_none(beta(closes)),
        correlation_1y=finite_or_none(correlation(closes)),
    )
