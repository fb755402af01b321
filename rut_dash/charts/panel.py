"""A panel of a canvas: its axis, and the range of what is drawn on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rut_dash.charts.chart_frame import axis_layout


@dataclass(slots=True)
class Panel:
    """A panel: its y axis, and the range of what is drawn on it.

    Parameters
    ----------
    axis
        Name of the axis in traces: ``y``, ``y2``, ...
    height
        In pixels.
    unit
        Title of the axis.
    title
        Over the panel, unless it is the first.
    tickformat
        As d3 formats numbers; None for Plotly's choice.
    fixed_range
        The y-range, whatever is drawn; None for one that fits it.
    ticks
        Values that are labelled; None for Plotly's choice.
    low, high
        The least and the greatest value that is drawn.
    """

    axis: str
    height: int
    unit: str
    title: str
    log: bool
    tickformat: str | None
    fixed_range: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None
    low: float = math.inf
    high: float = -math.inf

    @property
    def key(self) -> str:
        """The name of its axis in a layout."""
        return f"yaxis{self.axis[1:]}"

    def cover(self, values: Iterable[float] | NDArray[np.floating[Any]]) -> None:
        """Extend the y-range to finite values (positive ones on a log scale)."""
        array = np.asarray(values, dtype="float64")
        array = array[np.isfinite(array) & ((array > 0) | (not self.log))]
        if array.size:
            self.low = min(self.low, float(array.min()))
            self.high = max(self.high, float(array.max()))

    @property
    def empty(self) -> bool:
        """True while nothing finite is drawn."""
        return self.low > self.high

    def range(self) -> tuple[float, float]:
        """Return the y-range, in log10 on a log scale, with room at both ends."""
        if self.fixed_range is not None:
            return self.fixed_range
        if self.empty:
            return (0.0, 1.0)
        low, high = self.low, self.high
        if self.log:
            low, high = math.log10(low), math.log10(high)
        room = (high - low) * 0.05 or (0.02 if self.log else abs(high) * 0.02 or 1.0)
        return (low - room, high + room)

    def layout(self, domain: tuple[float, float], anchor: str) -> dict[str, Any]:
        """Return the axis of a layout."""
        low, high = self.range()
        unit = f"{self.unit}, log scale" if self.log else self.unit
        axis: dict[str, Any] = {
            "domain": list(domain),
            "anchor": anchor,
            "range": [low, high],
            "type": "log" if self.log else "linear",
            **axis_layout(unit, grid=True),
            "nticks": max(3, self.height // 26),
        }
        if self.tickformat is not None:
            axis["tickformat"] = self.tickformat
        if self.ticks is not None:
            axis.update(tickmode="array", tickvals=list(self.ticks))
        elif self.log and not self.empty:
            axis.update(tickmode="array", tickvals=_log_ticks(10**low, 10**high))
        return axis


def _log_ticks(low: float, high: float) -> list[float]:
    """Return round values for a log axis, which by itself labels hardly any within a decade."""
    if high / low > 4:
        steps = (1, 2, 5) if high / low > 30 else (1, 1.5, 2, 3, 4, 6, 8)
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks = [step * 10.0**decade for decade in decades for step in steps]
    else:
        raw = (high - low) / 7
        size = 10.0 ** math.floor(math.log10(raw))
        step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw)
        ticks = [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return [float(f"{tick:.6g}") for tick in ticks if low <= tick <= high]
