"""The registry of technical indicators: a file here holds the rows of a family of them.

To add an indicator, add a file with its function and ``ROWS``, a tuple of `Indicator`. It is
found by itself: controls, links, charts, the table of crosses and the tests follow from the row.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final

from rut_dash.analysis.indicators.indicator_row import Indicator
from rut_dash.registry import Registry


def _discover_rows() -> Iterator[Indicator]:
    """Yield the rows of every module of this package."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield from getattr(importlib.import_module(module.name), "ROWS", ())


INDICATORS: Final[Registry[Indicator]] = Registry(
    sorted(_discover_rows(), key=lambda row: (row.order, row.key))
)
