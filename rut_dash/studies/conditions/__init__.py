"""The registry of conditions: a file here holds the rows of a family of them.

To add a condition, add a file with ``ROWS``, a tuple of `ConditionKind`. It is found by itself:
the command line, its list of conditions and the laws in the tests follow from the row.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final

from rut_dash.registry import Registry
from rut_dash.studies.condition_kind import ConditionKind


def _discover_rows() -> Iterator[ConditionKind]:
    """Yield the rows of every module of this package."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield from importlib.import_module(module.name).ROWS


CONDITIONS: Final[Registry[ConditionKind]] = Registry(sorted(_discover_rows(), key=lambda r: r.key))
