"""What is computed behind the first page is what the other pages show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.charts.chart import Chart
from rut_dash.market.history import PricePair
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import cache, layout
from rut_dash.ui.pages import PAGES, PageSpec
from rut_dash.ui.prefetch import prefetch, prefetch_once
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.view import DEFAULT_VIEW
from tests.elements import charts
from tests.oracles import as_history

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    cache.clear_caches()
    yield
    cache.clear_caches()


def demo_scope() -> Scope:
    pair = PricePair.align(cache.market().demo("IWM"), cache.market().demo("SPY"))
    return resolve_scope(DEFAULT_VIEW, pair, cache.catalogue)


def cached_figures() -> set[int]:
    return {id(value) for value in list(cache._results.values()) if isinstance(value, Chart)}


def cached_page_results() -> set[object]:
    """Return the keys of the cached charts, tables and texts of all rows of pages."""
    builds = {
        result.build.__code__ for spec in PAGES.values() for result in (*spec.charts, *spec.results)
    }
    return {key for key in cache._results if key[0][0] in builds}  # type: ignore[index]


@pytest.mark.parametrize("spec", PAGES.values(), ids=list(PAGES))
def test_a_page_computes_nothing_that_its_row_names_again(
    spec: PageSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "prefetch_once", lambda scope: None)
    prefetch(demo_scope())
    before = cached_page_results()
    assert len(before) >= sum(len(row.charts) + len(row.results) for row in PAGES.values()) - 1
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    (app.run() if not spec.address else app.switch_page(spec.path).run())
    assert not app.exception
    assert len(charts(app)) == len(spec.charts)
    assert cached_page_results() == before


def test_computing_in_advance_starts_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr("threading.Timer.start", lambda self: started.append(self))
    scope = demo_scope()
    prefetch_once(scope)
    prefetch_once(scope)
    assert len(started) == 1


def test_what_cannot_be_computed_is_left_to_its_page() -> None:
    """Twenty sessions have no rolling beta; what there is of the rest is computed."""
    bars = DemoSource().fetch("IWM").bars.iloc[-20:]
    pair = PricePair.align(as_history(bars, "IWM"), as_history(bars, "SPY"))
    prefetch(resolve_scope(DEFAULT_VIEW, pair, cache.catalogue))
    assert cached_figures()
