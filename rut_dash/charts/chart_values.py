"""The values of a chart as a table: what is drawn, by session."""

from __future__ import annotations

import html
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rut_dash.charts.chart import Chart

_CANDLE: Final = ("open", "high", "low", "close")


def chart_values(chart: Chart) -> pd.DataFrame:
    """Return the values that a chart draws.

    Returns
    -------
    DataFrame
        Of a heatmap, its cells. Of lines, index ``session``, or ``offset`` in sessions from the
        anchor, and a column for each line, named as beside the chart. Values have the
        seven significant digits that are drawn: prices and index points as they are, returns and
        drawdowns as fractions. NaN where a line has none.
    """
    is_dated = chart.spec["layout"].get("xaxis", {}).get("type") == "date"
    columns: dict[str, pd.Series] = {}
    for trace in chart.spec["data"]:
        if trace["type"] == "heatmap":
            cells = _as_written(trace["z"])
            return pd.DataFrame(cells, trace["y"], trace["x"]).rename_axis("row")
        if trace.get("hoverinfo") == "skip" or trace.get("meta", {}).get("days"):
            continue
        index = pd.Index(trace["x"])
        if is_dated:
            index = pd.to_datetime(index, unit="ms")
        for name, values in _columns_of(trace):
            series = pd.Series(_as_written(values), index)
            # A rising and a falling part of one histogram are one column.
            columns[name] = columns[name].fillna(series) if name in columns else series
    frame = pd.DataFrame(columns)
    frame.index.name = "session" if is_dated else "offset"
    return frame


def _as_written(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return values with the digits that they are written with: 290.43, not 290.42999267578125."""
    return values.astype(str).astype("float64")


def _columns_of(trace: dict[str, Any]) -> list[tuple[str, Any]]:
    name = html.unescape(trace.get("meta", {}).get("label") or trace["name"])
    if trace["type"] == "candlestick":
        return [(f"{name} {column}", trace[column]) for column in _CANDLE]
    return [(name, trace["y"])]
