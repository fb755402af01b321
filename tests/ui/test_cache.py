"""Results shared between sessions are keyed by all that they depend on, or refused."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.charts.chart import Chart
from rut_dash.errors import StoreAccessError
from rut_dash.market.history import Basis, PriceHistory, Provenance
from rut_dash.market.store import Store
from rut_dash.market.store_files import StoreFiles
from rut_dash.ui import cache
from rut_dash.ui.cache import cached, catalogue
from tests.fake_yahoo import made_up_bars


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cache.clear_caches()
    yield
    cache.clear_caches()


@dataclass(frozen=True)
class Value:
    version: str


CALLS: list[object] = []


def value_of(
    value: Value, basis: Basis, anchor: pd.Timestamp, words: tuple[str, ...] = ()
) -> object:
    CALLS.append(value)
    return object()


def other(value: Value, basis: Basis, anchor: pd.Timestamp) -> object:
    return object()


DAY = pd.Timestamp("2025-04-08")


def test_equal_arguments_are_computed_once() -> None:
    CALLS.clear()
    first = cached(value_of, Value("a"), Basis.PRICE, DAY)
    assert cached(value_of, Value("a"), Basis.PRICE, DAY) is first
    assert len(CALLS) == 1


def test_any_other_argument_or_function_is_another_entry() -> None:
    first = cached(value_of, Value("a"), Basis.PRICE, DAY)
    others = [
        cached(value_of, Value("b"), Basis.PRICE, DAY),
        cached(value_of, Value("a"), Basis.TOTAL, DAY),
        cached(value_of, Value("a"), Basis.PRICE, DAY + pd.Timedelta(days=1)),
        cached(value_of, Value("a"), Basis.PRICE, DAY, ("x", "y")),
        cached(value_of, Value("a"), Basis.PRICE, DAY, ("x,y",)),
        cached(other, Value("a"), Basis.PRICE, DAY),
    ]
    assert len({id(value) for value in (first, *others)}) == 7
    assert cached(value_of, Value("a"), Basis.PRICE, DAY) is first


def test_a_frame_as_a_key_is_refused() -> None:
    with pytest.raises(TypeError, match="DataFrame"):
        cached(other, pd.DataFrame(), Basis.PRICE, DAY)  # type: ignore[arg-type]


def test_a_function_that_closes_over_a_variable_is_refused() -> None:
    hidden = 3

    def closes_over(value: Value) -> int:
        return hidden

    with pytest.raises(TypeError, match="hidden"):
        cached(closes_over, Value("a"))


def test_an_exception_is_not_cached() -> None:
    outcomes = iter([ValueError("first"), None])
    OUTCOMES.clear()
    OUTCOMES.extend(outcomes)
    with pytest.raises(ValueError, match="first"):
        cached(fails_once, Value("a"))
    assert cached(fails_once, Value("a")) == "second"


OUTCOMES: list[ValueError | None] = []


def fails_once(value: Value) -> str:
    problem = OUTCOMES.pop(0)
    if problem is not None:
        raise problem
    return "second"


def test_the_catalogue_is_read_once() -> None:
    assert catalogue(DAY.date()) is catalogue(DAY.date())


def failing(value: Value) -> object:
    CALLS.append(value)
    raise ValueError(value.version)


def slow(value: Value) -> object:
    CALLS.append(value)
    for _ in range(SESSIONS if len(CALLS) == 1 else 0):  # until every session asks
        assert WAITING.acquire(timeout=60)
    return object()


SESSIONS = 8
WAITING = threading.Semaphore(0)


def ask_for_slow(_: int) -> object:
    WAITING.release()
    return cached(slow, Value("a"))


def test_a_function_that_raises_is_called_again() -> None:
    CALLS.clear()
    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            cached(failing, Value("a"))
    assert len(CALLS) == 2


def test_calls_at_the_same_time_wait_for_one_computation() -> None:
    CALLS.clear()
    with ThreadPoolExecutor(SESSIONS) as sessions:
        answers = list(sessions.map(ask_for_slow, range(SESSIONS)))
    assert len(CALLS) == 1
    assert len({id(answer) for answer in answers}) == 1


def test_the_number_of_cached_results_is_bounded() -> None:
    first = cached(other, Value("a"), Basis.PRICE, DAY)
    for n in range(2100):
        cached(other, Value(f"{n}"), Basis.PRICE, DAY)
    assert cached(other, Value("a"), Basis.PRICE, DAY) is not first


def chart(value: Value) -> Chart:
    return Chart(**{field.name: None for field in fields(Chart) if field.init})


def test_charts_take_the_room_of_several_tables() -> None:
    first = cached(other, Value("a"), Basis.PRICE, DAY)
    for n in range(300):
        cached(chart, Value(f"{n}"))
    assert cached(other, Value("a"), Basis.PRICE, DAY) is not first
    assert len(cache._results) < 300


def test_results_used_last_stay() -> None:
    first = cached(other, Value("a"), Basis.PRICE, DAY)
    for n in range(5000):
        cached(other, Value(f"{n}"), Basis.PRICE, DAY)
        assert cached(other, Value("a"), Basis.PRICE, DAY) is first


@dataclass(frozen=True)
class Settings:
    value: Value
    number: float


def of_settings(settings: Settings, build: object = None) -> object:
    return object()


def test_a_dataclass_is_keyed_by_its_fields() -> None:
    first = cached(of_settings, Settings(Value("a"), 1))
    assert cached(of_settings, Settings(Value("a"), 1)) is first
    others = [
        cached(of_settings, Settings(Value("b"), 1)),
        cached(of_settings, Settings(Value("a"), 1.0)),
        cached(of_settings, Settings(Value("a"), True)),
        cached(of_settings, Settings(Value("a"), 1), of_settings),
        cached(of_settings, Settings(Value("a"), 1), other),
        cached(of_settings, Settings(Value("a"), 1), build=other),
    ]
    assert len({id(value) for value in (first, *others)}) == 7
    with pytest.raises(TypeError, match="DataFrame"):
        cached(of_settings, Settings(pd.DataFrame(), 1))  # type: ignore[arg-type]


def test_clearing_the_caches_removes_every_result_and_singleton() -> None:
    first = (
        cached(other, Value("a"), Basis.PRICE, DAY),
        cache.market().demo("IWM"),
        cache.catalogue(),
        cache.market(),
        cache.singleton(object),
    )
    cache.clear_caches()
    assert not cache._results
    again = (
        cached(other, Value("a"), Basis.PRICE, DAY),
        cache.market().demo("IWM"),
        cache.catalogue(),
        cache.market(),
        cache.singleton(object),
    )
    assert all(old is not new for old, new in zip(first, again, strict=True))


def test_every_cache_outside_the_one_holds_constants() -> None:
    # What follows from a reader's data, or from the environment, is in the one cache.
    constants = {
        "toml_rows._fields",
        "events.catalogue._read_shipped",
        "claims.claim_file._load_shipped",
        "analysis.indicators.pandas_ta._package_function",
        "market.calendar._build",
        "market.calendar._holidays",
        "market.sources.demo._demo_frames",
        "market.sources.yahoo_client._configured_yfinance",
        "market.sources.yahoo_client._guarded_session_class",
        "charts.browser_assets.chart_asset",
        "ui.browser_files.browser_file",
        "ui.browser_files.browser_path",
        "ui.components._component",
    }
    root = Path(cache.__file__).parent.parent
    found: set[str] = set()
    for path in (*root.rglob("*.py"), *root.parent.glob("pages/*.py"), root.parent / "app.py"):
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(root.parent)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if ast.unparse(decorator) in ("cache", "functools.cache"):
                        found.add(".".join((*place.with_suffix("").parts[1:], node.name)))
                        assert "# constant: " in text.splitlines()[decorator.lineno - 1], place
            names = {getattr(node, name, "") for name in ("id", "attr", "name", "module")}
            caches = {"lru_cache", "cache_data", "cache_resource", "weakref", "cachetools"}
            assert not names & caches or path == Path(cache.__file__), place
    assert found == constants


def test_bars_that_failed_to_be_read_are_read_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file and its version have not changed: a failure to read is not cached."""
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path))
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    cache.clear_caches()
    bars = made_up_bars()
    Store(tmp_path).write(PriceHistory("IWM", bars, Provenance("Yahoo Finance")))
    get, failures = StoreFiles.read, [OSError("for a moment")]

    def failing_once(self: StoreFiles, name: str) -> bytes | None:
        if failures and name == "IWM.parquet":
            raise StoreAccessError(self.url, "read", str(failures.pop()))
        return get(self, name)

    monkeypatch.setattr(StoreFiles, "read", failing_once)
    monkeypatch.setattr("rut_dash.market.market._CHECK_EVERY", 0.0)
    market = cache.market()
    assert market.stored("IWM") is None
    market._cache._rests_until = 0.0
    again = market.stored("IWM")
    assert again is not None
    assert again.last_session == bars.index[-1]
    cache.clear_caches()


def test_the_catalogue_ends_with_the_current_year(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(2027, 7, 1, tzinfo=tz)

    this_year = cache.catalogue()
    assert cache.catalogue() is this_year
    before = cache.catalogue_version()
    monkeypatch.setattr("rut_dash.ui.cache.datetime", Later)
    monkeypatch.setattr("rut_dash.events.catalogue.datetime", Later)
    assert cache.catalogue_version() != before
    assert max(event.date for event in cache.catalogue().events).year == 2027


def test_a_large_frame_takes_the_place_of_several_small_results() -> None:
    small, large = pd.DataFrame({"a": [1.0]}), pd.DataFrame(np.zeros((8000, 10)))
    assert cache._weight(small) == cache._weight("a sentence") == 1
    assert cache._weight(large) == 1 + large.to_numpy().nbytes // 64_000
