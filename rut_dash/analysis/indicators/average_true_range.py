"""Average true range."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import Indicator, IndicatorOutput, IndicatorParam
from rut_dash.analysis.indicators.pandas_ta import run_pandas_ta
from rut_dash.analysis.returns import require_count
from rut_dash.errors import MissingColumns


def atr(bars: pd.DataFrame, length: int = 14) -> pd.Series:
    """Return the average true range (Wilder).

    The true range is the largest of high less low and of the distances of both from the
    previous close. The first average is a plain mean of ``length`` of them, the weight of a
    new one is ``1 / length``.

    Parameters
    ----------
    bars
        Columns ``high, low, close`` on a session index.
    length
        Number of true ranges, at least 1.

    Returns
    -------
    Series
        Named ``atr``, in the unit of the prices; the first ``length`` are NaN (the first bar has
        no true range), all of them where there are fewer bars. A bar whose high or low is blank
        has no true range either: it is NaN and changes no other.

    Raises
    ------
    InvalidParameter
        If the length is no whole number of at least 1.
    MissingColumns
        If the bars have no high and low.
    """
    length = require_count("the length of an ATR", length)
    if not {"high", "low"} <= set(bars.columns):
        raise MissingColumns("An average true range")
    high, low, close = (bars[name] for name in ("high", "low", "close"))
    if not bars[["high", "low"]].isna().any(axis=None):
        return run_pandas_ta("atr", length + 1, high, low, close, length=length)[0].rename("atr")
    # The package takes what is left of a range with a blank high or low for the whole of it.
    before = close.shift(1)
    ranges = high.where(high >= before, before) - low.where(low <= before, before)
    ranges = ranges.where(high.notna() & low.notna() & before.notna())
    has_range = ranges.notna()
    has_range.iloc[:1] = True  # the package leaves out the range of the first bar it gets
    ranges = ranges[has_range].fillna(0.0)
    zero = ranges * 0.0
    answer = run_pandas_ta("atr", length + 1, ranges, zero, zero, length=length)
    return answer[0].rename("atr").reindex(bars.index)


ROWS: Final = (
    Indicator(
        key="atr",
        label="ATR",
        drawing="panel",
        outputs=(IndicatorOutput("atr", "ATR"),),
        compute=lambda bars, length: atr(bars, length).to_frame(),
        warm_up=lambda length: length,
        params=(IndicatorParam("length", "Length", 14, 2, 100),),
        inputs=("high", "low", "close"),
        number_format=",.3f",
        order=32,
    ),
)
