"""The registry of event kinds: a file here holds the row of one kind.

To add a kind, add a file with ``KIND``, an `EventKind`, and beside it the rule or the TOML file
of its events. It is found by itself: controls, links, charts, tables, the command line and the
tests follow from the row.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Final

from rut_dash.events.event import Direction, EventKind
from rut_dash.registry import Registry


def _discover_rows() -> Iterator[EventKind]:
    """Yield the row of every module of this package."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield importlib.import_module(module.name).KIND


KINDS: Final[Registry[EventKind]] = Registry(
    sorted(_discover_rows(), key=lambda row: (row.lane.order, row.key))
)


def directions_of(kinds: Iterable[str]) -> tuple[Direction, ...]:
    """Return the directions that events of some kinds may have, in the order of the kinds."""
    return tuple(dict.fromkeys(way for key in kinds for way in KINDS[key].directions))
