"""Relative strength index."""

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
from rut_dash.analysis.indicators.pandas_ta import run_pandas_ta
from rut_dash.analysis.returns import require_count

_OVERSOLD: Final = 30.0
_OVERBOUGHT: Final = 70.0


def rsi(close: pd.Series, length: int = 14) -> pd.Series:
    """Return the relative strength index (Wilder).

    ``100 * gain / (gain + loss)`` of Wilder's averages of the rises and the falls from close
    to close: the first is a plain mean of ``length`` changes, the weight of a new one is
    ``1 / length``.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,).
    length
        Number of changes, at least 2.

    Returns
    -------
    Series
        Named ``rsi``, from 0 to 100; the first ``length`` are NaN, all of them where there are
        fewer bars. 0, as in TA-Lib, as long as the price has never moved.

    Raises
    ------
    InvalidParameter
        If the length is no whole number of at least 2.
    """
    length = require_count("the length of an RSI", length, 2)
    values = run_pandas_ta("rsi", length + 1, close, length=length)[0].rename("rsi")
    values.iloc[length:] = values.iloc[length:].fillna(0.0)
    return values.clip(0.0, 100.0)  # rounding


def _level_cross(level: float) -> Cross:
    def lines(bars: pd.DataFrame, settings: Settings) -> tuple[pd.Series, float]:
        return ROWS[0].run(bars, settings)["rsi"], level

    return Cross(
        key=f"rsi_{level:g}",
        up=f"RSI rises above {level:g}",
        down=f"RSI falls below {level:g}",
        lines=lines,
    )


ROWS: Final = (
    Indicator(
        key="rsi",
        label="RSI",
        drawing="panel",
        outputs=(IndicatorOutput("rsi", "RSI"),),
        compute=lambda bars, length: rsi(bars["close"], length).to_frame(),
        warm_up=lambda length: length,
        params=(IndicatorParam("length", "Length", 14, 2, 100),),
        scales_with_price=False,
        unit="Points",
        number_format=",.1f",
        bounds=(0.0, 100.0),
        levels=(ReferenceLevel(_OVERSOLD, "oversold"), ReferenceLevel(_OVERBOUGHT, "overbought")),
        crosses=(_level_cross(_OVERSOLD), _level_cross(_OVERBOUGHT)),
        order=31,
    ),
)
