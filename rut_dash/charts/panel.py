"""A panel of a canvas: its axis, and the range of what is drawn on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rut_dash.charts.chart_frame import axis_layout
from rut_dash.wording import number


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
    percent
        True where values are fractions and labels percent.
    fixed_range
        The y-range, whatever is drawn; None for one that fits it.
    ticks
        Values that are labelled; None for Plotly's choice.
    tick_texts
        Their labels; None for the values themselves.
    low, high
        The least and the greatest value that is drawn.
    """

    axis: str
    height: int
    unit: str
    title: str
    log: bool
    percent: bool = False
    fixed_range: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None
    tick_texts: tuple[str, ...] | None = None
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

    @property
    def fits(self) -> bool:
        """True where the y-range follows what is seen of its values after a zoom."""
        return self.fixed_range is None and self.ticks is None

    def layout(self, domain: tuple[float, float], anchor: str, height: float) -> dict[str, Any]:
        """Return the axis of a layout, on a share of its height and with so many px."""
        low, high = self.range()
        unit = f"{self.unit}, log scale" if self.log else self.unit
        axis: dict[str, Any] = {
            "domain": list(domain),
            "anchor": anchor,
            "range": [low, high],
            "type": "log" if self.log else "linear",
            **axis_layout(unit, grid=True),
            "nticks": max(3, int(height) // 26),
        }
        ticks = list(self.ticks or ())
        if self.ticks is None and self.log and not self.empty:
            ticks = _log_ticks(10**low, 10**high)
        if ticks:
            texts = list(self.tick_texts or tick_texts(ticks))
            axis.update(tickmode="array", tickvals=ticks, ticktext=texts)
        else:
            axis["tickformatstops"] = tick_formats(percent=self.percent)
        return axis


def tick_formats(*, percent: bool) -> list[dict[str, Any]]:
    """Return the formats of an axis by the step between its ticks: equal decimals at every zoom.

    By itself Plotly writes 0.5 beside 1, and no minus sign of its own where a format has a plus.
    """
    per_cent = 0.01 if percent else 1.0
    letter = "%" if percent else "f"
    formats: list[dict[str, Any]] = []
    above = None
    for decimals in range(5):
        # Steps are 1, 2 or 5 times a power of ten: a little less than that power divides them.
        least = 0.99 * per_cent * 10.0**-decimals if decimals < 4 else None
        formats.append({"dtickrange": [least, above], "value": f",.{decimals}{letter}"})
        above = least
    return formats


def tick_texts(values: Sequence[float]) -> tuple[str, ...]:
    """Return the labels of ticks, with as many decimals for each as one of them needs."""
    decimals = next((n for n in range(4) if all(round(v, n) == v for v in values)), 4)
    return tuple(number(value, decimals) for value in values)


def round_ticks(highest: float, most: int = 3) -> tuple[float, ...]:
    """Return round values from zero up to a positive value, and at most so many steps."""
    raw = highest / most
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(n * size for n in (1, 2, 5, 10) if n * size >= raw)
    return tuple(step * n for n in range(math.floor(highest / step) + 1))


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
