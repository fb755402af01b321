"""Moving average convergence divergence.

Composed from its averages: TA-Lib seeds the two together and pandas-ta-classic does not.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import (
    Cross,
    Indicator,
    IndicatorOutput,
    IndicatorParam,
    ReferenceLevel,
    Settings,
)
from rut_dash.analysis.indicators.moving_averages import ema
from rut_dash.analysis.returns import require_count
from rut_dash.errors import InvalidParameter


def macd(close: pd.Series, fast: int = 12, slow: int = 26, signal: int = 9) -> pd.DataFrame:
    """Return moving average convergence divergence (Appel), seeded as TA-Lib seeds it.

    The fast EMA less the slow one. The fast one is seeded with the SMA of the bars
    ``slow - fast`` to ``slow - 1``, so that both start at bar ``slow - 1``; the signal is the
    EMA of the difference from there on, the histogram the difference less the signal.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,), in any unit.
    fast, slow, signal
        Numbers of bars: ``fast`` at least 2 and below ``slow``, ``signal`` at least 1.

    Returns
    -------
    DataFrame
        Columns ``macd, signal, histogram`` in the unit of ``close``; the first
        ``slow + signal - 2`` rows are NaN in all three, as in TA-Lib.

    Raises
    ------
    InvalidParameter
        If a length is no such number.
    """
    fast = require_count("the fast length of a MACD", fast, 2)
    slow = require_count("the slow length of a MACD", slow, 2)
    signal = require_count("the signal length of a MACD", signal)
    if fast >= slow:
        raise InvalidParameter(
            "the fast length of a MACD", fast, f"below its slow length, which is {slow}"
        )
    first = slow - 1  # the bar on which both averages start
    line = ema(close, slow)
    line.iloc[first:] = ema(close.iloc[slow - fast :], fast).iloc[fast - 1 :] - line.iloc[first:]
    average = ema(line.iloc[first:], signal).reindex(line.index)
    line = line.where(average.notna())
    return pd.DataFrame({"macd": line, "signal": average, "histogram": line - average})


def _macd_frame(bars: pd.DataFrame, fast: int, slow: int, signal: int) -> pd.DataFrame:
    return macd(bars["close"], fast, slow, signal)


def _macd_and_signal(bars: pd.DataFrame, settings: Settings) -> tuple[pd.Series, pd.Series]:
    frame = ROWS[0].run(bars, settings)
    return frame["macd"], frame["signal"]


ROWS: Final = (
    Indicator(
        key="macd",
        label="MACD",
        drawing="panel",
        outputs=(
            IndicatorOutput("macd", "MACD", "#C0589F", "solid"),
            IndicatorOutput("signal", "Signal", "#8F7A1E", "dash"),
            IndicatorOutput("histogram", "Histogram", form="histogram"),
        ),
        compute=_macd_frame,
        warm_up=lambda fast, slow, signal: slow + signal - 2,
        params=(
            IndicatorParam("fast", "Fast length", 12, 2, 100),
            IndicatorParam("slow", "Slow length", 26, 3, 200),
            IndicatorParam("signal", "Signal length", 9, 1, 100),
        ),
        number_format=",.3f",
        levels=(ReferenceLevel(0.0, "both averages are equal"),),
        crosses=(
            Cross(
                key="macd_signal",
                up="MACD rises above its signal",
                down="MACD falls below its signal",
                lines=_macd_and_signal,
            ),
        ),
        order=30,
    ),
)
