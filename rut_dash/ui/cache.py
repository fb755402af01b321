"""The process's cache of computed results, its single objects, and the data that pages share.

A result is keyed by its function and by the values or versions of its arguments, never by a
frame. Results are shared between sessions without being copied: nobody may change them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, ParamSpec, Protocol, TypeVar, runtime_checkable

import cachetools
import pandas as pd

from rut_dash.charts.chart import Chart
from rut_dash.errors import SchemaError
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.market.history import PriceHistory
from rut_dash.market.market import Market
from rut_dash.market.settings import open_market

P = ParamSpec("P")
T = TypeVar("T")

# A chart holds as much memory as some eight tables or sentences. The limit has room for 256 charts,
# those of fifty readers with an anchor each: 15 MB of short windows, 150 MB of whole histories.
_CHART_WEIGHT: Final = 8
_LIMIT: Final = 2048
_BYTES_PER_WEIGHT: Final = 64_000


@runtime_checkable
class Versioned(Protocol):
    """An argument that can key a result: equal versions stand for equal content."""

    @property
    def version(self) -> str:
        """A digest of the content."""
        ...


# --- Computed results ------------------------------------------------------------------------


def _weight(result: object) -> int:
    if isinstance(result, pd.DataFrame):  # whole histories of bars and of indicators
        return 1 + int(result.memory_usage(index=False).sum()) // _BYTES_PER_WEIGHT
    if isinstance(result, str):  # a table as HTML may have 100,000 characters
        return 1 + len(result) // _BYTES_PER_WEIGHT
    return _CHART_WEIGHT if isinstance(result, Chart) else 1


_results: Final[cachetools.LRUCache[Hashable, Any]] = cachetools.LRUCache(_LIMIT, _weight)


# Streamlit's own caches look up who calls and with what at every call: 0.05 ms, forty times a run.
@cachetools.cached(_results, key=lambda key, _: key, condition=threading.Condition())
def _result(_key: Hashable, compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - of any function
    return compute()


def cached(build: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Return ``build(*args)``, computed once for all sessions and all pages.

    Sessions that ask at the same time wait for one computation. An exception is not cached: the
    next call computes again. The results used least recently are dropped first.

    Parameters
    ----------
    build
        A function at the top level of a module that closes over nothing: all that it needs are
        its arguments.
    args, kwargs
        Words, numbers, dates, functions, objects with a `Versioned` version, and tuples and
        dataclasses of them.

    Raises
    ------
    TypeError
        If an argument has no version (a frame): equal frames cannot be told from changed ones.
    """
    key = (*_keys((build, *args)), *((name, _key(value)) for name, value in sorted(kwargs.items())))
    result: T = _result(key, lambda: build(*args, **kwargs))
    return result


def clear_caches() -> None:
    """Clear all cached results and single objects: for another environment in this process."""
    _result.cache_clear()
    with _singletons_lock:
        _singletons.clear()


def _key(value: Any) -> Hashable:  # noqa: ANN401 - whatever a function takes
    """Return a key that differs wherever two arguments do."""
    if value is None or isinstance(value, str | int | float | date | Enum):
        return type(value), value
    if isinstance(value, tuple):
        return _keys(value)
    # Asking isinstance of a protocol takes five times as long, thirty times a run.
    version = getattr(value, "version", None)
    if isinstance(version, str):
        return type(value), version
    code = getattr(value, "__code__", None)
    if code is not None:
        if code.co_freevars:
            raise TypeError(f"{code.co_qualname} closes over {', '.join(code.co_freevars)}")
        owner = getattr(value, "__self__", None)
        return code, owner if owner is None or isinstance(owner, type) else _key(owner)
    if is_dataclass(value):
        return type(value), *(_key(getattr(value, field.name)) for field in fields(value))
    raise TypeError(f"a cache cannot be keyed by a {type(value).__name__}")


def _keys(values: Iterable[object]) -> tuple[Hashable, ...]:
    return tuple(map(_key, values))


# --- Single objects --------------------------------------------------------------------------

_singletons: Final[dict[Callable[[], Any], Any]] = {}
_singletons_lock: Final = threading.RLock()


def singleton(build: Callable[[], T]) -> T:
    """Return ``build()``, called once in the life of the process."""
    with _singletons_lock:
        if build not in _singletons:
            _singletons[build] = build()
        single: T = _singletons[build]
        return single


# --- Shared data -----------------------------------------------------------------------------


def market() -> Market:
    """Return the process's one market, as the environment describes it."""
    return singleton(open_market)


def histories(
    symbols: Iterable[str],
) -> tuple[dict[str, PriceHistory], tuple[SchemaError, ...]]:
    """Return the stored bars of those symbols that have any, and the errors of refused files."""
    found: dict[str, PriceHistory] = {}
    refused: list[SchemaError] = []
    for symbol in symbols:
        try:
            bars = market().stored(symbol)
        except SchemaError as error:
            refused.append(error)
        else:
            if bars is not None:
                found[symbol] = bars
    return found, tuple(refused)


def catalogue_version() -> tuple[str, int]:
    """Return a value that changes with the reader's own event file and with the calendar year.

    Events by rule are generated up to the end of the year.
    """
    path, written = _own_file("RUT_DASH_EVENTS")
    return f"{path} {datetime.now(UTC).year}", written


def claims_version() -> tuple[str, int]:
    """Return a value that changes with the reader's own claims file."""
    return _own_file("RUT_DASH_CLAIMS")


def own_files() -> tuple[tuple[str, int], ...]:
    """Return a value that changes with the reader's own files of events and of claims."""
    return catalogue_version(), claims_version()


def _own_file(setting: str) -> tuple[str, int]:
    path = os.environ.get(setting, "")
    try:
        return path, Path(path).stat().st_mtime_ns if path else 0
    except OSError:  # reported by the code that reads the file
        return path, 0


def catalogue(through: date | None = None) -> Catalogue:
    """Return the event catalogue, with events by rule up to a day or to the end of this year.

    It is read again when the reader's own file changes.
    """
    return cached(_catalogue, catalogue_version(), through)


def _catalogue(_version: tuple[str, int], through: date | None) -> Catalogue:
    return load_catalogue(through=through)
