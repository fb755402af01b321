"""Bollinger bands."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import Indicator, IndicatorOutput, IndicatorParam
from rut_dash.analysis.indicators.pandas_ta import run_pandas_ta
from rut_dash.analysis.returns import require_count
from rut_dash.errors import InvalidParameter

_GREY: Final = "#7C8694"


def bollinger(close: pd.Series, length: int = 20, deviations: float = 2.0) -> pd.DataFrame:
    """Return Bollinger bands: a simple average and a multiple of the standard deviation.

    Parameters
    ----------
    close
        Closes on a session index, shape (n,), in any unit.
    length
        Number of bars, at least 2.
    deviations
        How many population standard deviations (ddof 0, Bollinger's own and TA-Lib's) the
        bands are away from the average; positive.

    Returns
    -------
    DataFrame
        Columns ``lower, middle, upper`` in the unit of ``close``; the first ``length - 1`` rows
        are NaN, all of them where there are fewer bars.

    Raises
    ------
    InvalidParameter
        If a parameter is no such number.
    """
    length = require_count("the length of Bollinger bands", length, 2)
    if not (deviations > 0 and math.isfinite(deviations)):
        raise InvalidParameter("the width of Bollinger bands", deviations, "a positive number")
    options = {"length": length, "std": float(deviations), "ddof": 0, "mamode": "sma"}
    bands = run_pandas_ta("bbands", length, close, **options)  # then bandwidth and %B
    return bands[[0, 1, 2]].set_axis(["lower", "middle", "upper"], axis=1)


ROWS: Final = (
    Indicator(
        key="bollinger",
        label="Bollinger",
        drawing="band",
        outputs=(
            IndicatorOutput("lower", "Lower band", _GREY, "solid"),
            IndicatorOutput("middle", "Middle band", _GREY, "dash"),
            IndicatorOutput("upper", "Upper band", _GREY, "solid"),
        ),
        compute=lambda bars, length, deviations: bollinger(bars["close"], length, deviations),
        warm_up=lambda length, deviations: length - 1,
        params=(
            IndicatorParam("length", "Length", 20, 2, 400),
            IndicatorParam("deviations", "Deviations", 2.0, 0.5, 5.0),
        ),
        order=20,
    ),
)
