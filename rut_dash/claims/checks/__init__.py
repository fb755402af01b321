"""The kinds of check that a claim can be held against.

Every file of this package is read for its ``ROWS``. A new kind is one file with a function that
takes a `CheckInput` and returns a `CheckResult`, and the row. Files of claims, the form, the
filter, the search for alternatives, the charts and the command line follow from the row.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Final

from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.claims.check_input import CheckInput, Fact, Load, PointInTimeData
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam, ParamError
from rut_dash.claims.check_result import CheckResult, Verdict
from rut_dash.registry import Registry

__all__ = [
    "CHECKS",
    "ChartSpec",
    "CheckInput",
    "CheckKind",
    "CheckParam",
    "CheckResult",
    "Fact",
    "Load",
    "ParamError",
    "PointInTimeData",
    "Verdict",
]


# The place of a file without an ORDER of its own.
_LAST: Final = 1000


def _discover_rows() -> list[CheckKind]:
    """Return the rows of every module of this package, ordered by the modules' ``ORDER``."""
    modules = [import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    modules.sort(key=lambda module: getattr(module, "ORDER", _LAST))
    return [row for module in modules for row in getattr(module, "ROWS", ())]


CHECKS: Final[Registry[CheckKind]] = Registry(_discover_rows())
