"""What is prepared behind the first page is what the other pages ask for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.charts import Chart
from rut_dash.market.history import PricePair
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import cache, layout
from rut_dash.ui.prefetch import prefetch, prepare
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.view import DEFAULT_VIEW
from rut_dash.ui.widgets import PAGES
from tests.oracles import as_history

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    cache.clear_caches()
    yield
    cache.clear_caches()
    gc.unfreeze()


def demo_scope() -> Scope:
    pair = PricePair.align(cache.demo("IWM"), cache.demo("SPY"))
    return resolve_scope(DEFAULT_VIEW, pair, cache.catalogue)


def charts_kept() -> set[int]:
    return {id(e.value) for e in cache._charts._entries.values() if isinstance(e.value, Chart)}


@pytest.mark.parametrize("key", [key for key in PAGES if key not in ("claims", "data")])
def test_no_page_builds_a_figure_that_was_prepared(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "prefetch", lambda scope: None)
    prepare(demo_scope())
    before = charts_kept()
    assert before
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    (app.run() if key == "overview" else app.switch_page(PAGES[key].path).run())
    assert not app.exception
    assert len(app.get("plotly_chart")) > 0
    assert charts_kept() == before


def test_it_is_started_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr("threading.Timer.start", lambda self: started.append(self))
    scope = demo_scope()
    prefetch(scope)
    prefetch(scope)
    assert len(started) == 1


def test_what_cannot_be_shown_is_left_to_its_page() -> None:
    """Twenty sessions have no rolling beta; what there is of the rest is prepared."""
    bars = DemoSource().fetch("IWM").bars.iloc[-20:]
    pair = PricePair.align(as_history(bars, "IWM"), as_history(bars, "SPY"))
    prepare(resolve_scope(DEFAULT_VIEW, pair, cache.catalogue))
    assert charts_kept()
