"""The one place where things are kept between reruns and shared between sessions.

Everything is keyed by symbol and data version, never by a frame, and shared without being
copied: what comes out of here is read-only.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, ParamSpec, Protocol, TypeVar, runtime_checkable

import pandas as pd

from rut_dash.charts import Chart
from rut_dash.errors import SchemaError
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.market.history import PriceHistory
from rut_dash.market.market import Market, open_market
from rut_dash.market.sources.demo import DemoSource

__all__ = [
    "Versioned",
    "cached",
    "cached_for_frame",
    "catalogue",
    "catalogue_version",
    "clear_caches",
    "demo",
    "histories",
    "history",
    "market",
    "own_files",
    "singleton",
]

P = ParamSpec("P")
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


@runtime_checkable
class Versioned(Protocol):
    """What may key a cache: equal versions stand for equal content."""

    @property
    def version(self) -> str:
        """A digest of the content."""
        ...


def market() -> Market:
    """Return the process's one market, as the environment describes it."""
    return singleton(open_market)


def history(symbol: str, version: str | None = None) -> PriceHistory | None:
    """Return the stored bars of a symbol, None where there are none; never asks a source.

    Parameters
    ----------
    symbol
        Yahoo's spelling.
    version
        What :meth:`Market.version` just returned for it, where that is known.
    """
    source = market()
    version = source.version(symbol) if version is None else version
    if not version:
        return None
    key = f"{symbol} {version}"
    stored: PriceHistory | None = _histories.get(key, lambda: source.stored(symbol))
    if stored is None:
        _histories.drop(key)  # they are there, and could not be read a moment ago
    return stored


def histories(
    symbols: Iterable[str], versions: Mapping[str, str]
) -> tuple[dict[str, PriceHistory], tuple[SchemaError, ...]]:
    """Return the stored bars of those symbols that have any, and what is wrong with others'.

    Parameters
    ----------
    symbols
        Yahoo's spelling.
    versions
        As for `history`, by symbol; of those for which they are known.
    """
    found: dict[str, PriceHistory] = {}
    refused: list[SchemaError] = []
    for symbol in symbols:
        try:
            one = history(symbol, versions.get(symbol))
        except SchemaError as error:
            refused.append(error)
            continue
        if one is not None:
            found[symbol] = one
    return found, tuple(refused)


def demo(symbol: str) -> PriceHistory:
    """Return the bundled simulated bars of a symbol.

    Raises
    ------
    DataUnavailable
        If the demo has no such symbol.
    """
    simulated: PriceHistory = _histories.get(f"demo {symbol}", lambda: DemoSource().fetch(symbol))
    return simulated


def catalogue_version() -> tuple[str, int]:
    """Return what changes when the reader's own event file does, or the year that rules end in."""
    own, written = _own_file("RUT_DASH_EVENTS")
    return f"{own} {datetime.now(UTC).year}", written


def own_files() -> tuple[tuple[str, int], ...]:
    """Return what changes when a file of the reader's own does, of events or of claims."""
    return catalogue_version(), _own_file("RUT_DASH_CLAIMS")


def _own_file(setting: str) -> tuple[str, int]:
    own = os.environ.get(setting, "")
    try:
        return own, Path(own).stat().st_mtime_ns if own else 0
    except OSError:  # what is wrong with it is said where it is read
        return own, 0


def catalogue(through: date | None = None) -> Catalogue:
    """Return the event catalogue, by rule up to a day or to the end of this year.

    It is read again when the reader's own file changes.
    """
    key = f"{catalogue_version()} {through}"
    known: Catalogue = _catalogues.get(key, lambda: load_catalogue(through=through))
    return known


def singleton(build: Callable[[], T]) -> T:
    """Return ``build()``, called once in the life of the process."""
    built: T = _process.get(f"{build.__module__}.{build.__qualname__}", build)
    return built


def clear_caches() -> None:
    """Forget everything that is kept: for another environment in the same process."""
    for kept in (_process, _histories, _catalogues, _charts, _results):
        kept.clear()


def cached(build: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return ``build(*args)``, computed once for all sessions and all pages.

    The key is the function's own code and its arguments, so that nothing can be left out of
    it: ``build`` must take all it needs as arguments and close over nothing.

    Parameters
    ----------
    build
        A function at the top level of a module or of a page.
    args, kwargs
        Words, numbers, dates, tuples of them, or things that have a `Versioned` version.

    Raises
    ------
    TypeError
        If an argument has no version (a frame): equal frames cannot be told from changed ones.
    """
    code = build.__code__
    if code.co_freevars:
        raise TypeError(f"{code.co_qualname} closes over {', '.join(code.co_freevars)}")
    key = hashlib.blake2b(digest_size=16)
    for part in (code.co_filename, code.co_qualname, str(hash(code))):
        key.update(part.encode() + b"\0")
    for name, value in (*enumerate(args), *sorted(kwargs.items())):
        key.update(f"{name}={_token(value)}\0".encode())
    kept = _charts if build.__annotations__.get("return") in _CHART else _results
    result: T = kept.get(key.hexdigest(), lambda: build(*args, **kwargs))
    return result


class _Results:
    """The results asked for last, at most so many of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, _Result] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: str, compute: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what there is, or work it out while other sessions that ask wait for it.

        What fails is not kept: the next one who asks tries again.
        """
        with self._guard:
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = _Result()
                if len(self._entries) > self._limit:
                    self._entries.popitem(last=False)
            else:
                self._entries.move_to_end(key)
        if not entry.ready:
            with entry.lock:
                if not entry.ready:
                    entry.value = compute()
                    entry.ready = True
        return entry.value

    def drop(self, key: str) -> None:
        """Forget one result."""
        with self._guard:
            self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget all results."""
        with self._guard:
            self._entries.clear()


class _Result:
    """One result, or its place while it is worked out."""

    __slots__ = ("lock", "ready", "value")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ready = False
        self.value: Any = None


# Streamlit's own caches look up who calls and with what at every call: 0.05 ms, forty times a run.
_process: Final = _Results(limit=64)
_histories: Final = _Results(limit=64)
_catalogues: Final = _Results(limit=8)
# Fifty readers with an anchor each: charts are large, what else a page shows is small.
_CHART: Final = ("Chart", Chart)
_charts: Final = _Results(limit=192)
_results: Final = _Results(limit=1024)


_beside: dict[int, tuple[weakref.ref[Any], dict[Any, Any]]] = {}


def cached_for_frame(
    frame: pd.DataFrame, build: Callable[[pd.DataFrame, Mapping[K, V]], T], by: Mapping[K, V]
) -> T:
    """Return ``build(frame, by)``, computed once for as long as this very frame lives.

    For what follows from a frame that is itself kept (`cached`) and never written to.

    Parameters
    ----------
    frame
        The object itself is the key, not its content.
    build
        A function at the top level of a module.
    by
        Hashable on both sides; the order counts.
    """
    place = id(frame)
    known = _beside.get(place)
    if known is None or known[0]() is not frame:
        gone = weakref.ref(frame, lambda _: _beside.pop(place, None))
        known = _beside[place] = (gone, {})
    key = (build, tuple(by.items()))
    if key not in known[1]:
        known[1][key] = build(frame, by)
    result: T = known[1][key]
    return result


def _token(value: object) -> str:
    """Return a text that differs wherever two arguments do."""
    if value is None or isinstance(value, str | int | float | date | Enum):
        return repr(value)
    if isinstance(value, tuple):
        return f"({','.join(map(_token, value))})"
    # Asking isinstance of a protocol takes five times as long, thirty times a run.
    version = getattr(value, "version", None)
    if isinstance(version, str):
        return f"{type(value).__name__}:{version}"
    raise TypeError(f"a cache cannot be keyed by a {type(value).__name__}")
