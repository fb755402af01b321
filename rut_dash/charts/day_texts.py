"""What a chart says of a day besides values: its events and crosses, and no other day's."""

from __future__ import annotations

import html
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from rut_dash.charts.time_axis import milliseconds

__all__ = ["DayTexts"]

# A plot of the widest page has about so many pixels: with more bars, some bars are between two
# pixels, and a pointer could never reach their texts.
_BARS_WITH_A_PIXEL: Final = 800


@dataclass(slots=True)
class DayTexts:
    """Texts by bar, and the trace that brings them to the browser.

    Where bars are narrower than a pixel, the bars of a pixel have the texts of one of them: a
    pointer could not reach it otherwise.

    Parameters
    ----------
    index
        The bars of the window.
    """

    index: pd.DatetimeIndex
    _lines: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list), init=False)

    def add(self, bar: pd.Timestamp, text: str, character: str, colour: str) -> None:
        """Add a line to those of a bar.

        Parameters
        ----------
        bar
            One of the index.
        text
            As Plotly takes it: HTML characters are escaped.
        character, colour
            The glyph before it.
        """
        mark = html.escape(character, quote=False)
        line = f'<span style="color:{colour}">{mark}</span> {text}'
        self._lines[int(self.index.searchsorted(bar))].append(line)

    def trace(self, axis: str, height: float) -> dict[str, Any] | None:
        """Return the trace, which is not visible; None without texts.

        Parameters
        ----------
        axis
            A y axis.
        height
            A value on it, of every point.
        """
        if not self._lines:
            return None
        owners = self._owners()
        bars = sorted(owners)
        texts = ["<br>".join(self._lines[owners[bar]]) for bar in bars]
        return {
            "type": "scatter",
            "mode": "markers",
            "name": "Days",
            "showlegend": False,
            "x": milliseconds(self.index[bars]),
            "y": np.full(len(bars), height, dtype="float32"),
            "xaxis": "x",
            "yaxis": axis,
            "text": texts,
            "meta": {"days": True},
            "marker": {"opacity": 0, "size": 1},
        }

    def _owners(self) -> dict[int, int]:
        """Return by bar the bar whose texts it has: its own, or those of one within a pixel."""
        reach = len(self.index) // _BARS_WITH_A_PIXEL
        owners = {bar: bar for bar in self._lines}
        for distance in range(1, reach + 1):
            for bar in self._lines:
                for neighbour in (bar - distance, bar + distance):
                    if 0 <= neighbour < len(self.index):
                        owners.setdefault(neighbour, bar)
        return owners
