"""Read a chart back out of what is sent of it: typed arrays in base64, days in milliseconds."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pandas as pd


def numbers(array: Any) -> np.ndarray:
    """Return the values of an array as it is sent, a typed one or a plain list."""
    if isinstance(array, dict):
        return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).astype(float)
    return np.array([np.nan if value is None else value for value in array], dtype=float)


def series(trace: dict[str, Any], key: str = "y") -> pd.Series:
    """Return a trace's values by session."""
    return pd.Series(numbers(trace[key]), pd.to_datetime(numbers(trace["x"]), unit="ms"))


def day_lines(traces: list[dict[str, Any]]) -> list[tuple[pd.Timestamp, str]]:
    """Return each line that a chart has of a bar besides values, without its glyph."""
    return [
        (bar, re.sub(r"^<span[^>]*>.</span> ", "", line))
        for trace in traces
        if trace["name"] == "Days"
        for bar, text in zip(
            pd.to_datetime(numbers(trace["x"]), unit="ms"), trace["text"], strict=True
        )
        for line in filter(None, text.split("<br>"))
    ]
