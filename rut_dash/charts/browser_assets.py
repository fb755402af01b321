"""The files by which a browser draws charts: on a page of the dashboard, and in a file."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

CHART_FILES: Final = Path(__file__).with_name("browser")
CHART_SCRIPT: Final = "chart.js"
CHART_STYLE: Final = "chart.css"
# What of plotly.js the charts use, a quarter of the whole: `plotly_bundle/entry.js` has its recipe.
PLOTLY_SCRIPT: Final = "plotly-charts.min.js"


@functools.cache  # constant: files of the program
def chart_asset(name: str) -> str:
    """Return the text of a file."""
    return (CHART_FILES / name).read_text(encoding="utf-8")
