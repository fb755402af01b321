"""The one place that calls pandas-ta-classic, with its own arithmetic.

Its averages, RSI, ATR and Bollinger bands (``talib=False``) agree with TA-Lib from the first bar.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from rut_dash.analysis.returns import sessions_of


@functools.cache  # constant: a function of an installed package
def _package_function(name: str) -> Callable[..., Any]:
    """Import a function when it is first needed: the package costs start-up time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports raise deprecation and syntax warnings
        import pandas_ta_classic

        function: Callable[..., Any] = getattr(pandas_ta_classic, name)
    return function


def run_pandas_ta(
    function: str, needed: int, *inputs: pd.Series, **options: object
) -> pd.DataFrame:
    """Return what a function of the package computes, by position of its columns.

    Parameters
    ----------
    needed
        Number of bars for a first value. With fewer the package returns None and logs a
        warning; here all values are NaN.
    inputs
        Series on one session index, shape (n,).

    Returns
    -------
    DataFrame
        Columns 0, 1, ... on the index of the inputs.
    """
    index = sessions_of(inputs[0])
    answer = None
    if len(index) >= needed:
        floats = [series.astype("float64") for series in inputs]
        answer = _package_function(function)(*floats, talib=False, **options)
    if answer is None:
        return pd.DataFrame(np.nan, index=index, columns=range(5))
    values = answer.to_numpy(dtype=float)
    return pd.DataFrame(values.reshape(len(index), -1), index=index)
