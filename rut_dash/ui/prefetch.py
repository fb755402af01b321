"""Compute what pages will show, when the server starts and after the first page is drawn."""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import Final

from rut_dash.charts.chart import Chart
from rut_dash.errors import RutDashError
from rut_dash.ui.cache import cached, market, singleton
from rut_dash.ui.live_prices import scope_of
from rut_dash.ui.pages import PAGES, PageResult
from rut_dash.ui.price_selection import select_prices
from rut_dash.ui.scope import Scope
from rut_dash.ui.view import default_view

_LOG: Final = logging.getLogger(__name__)

# Seconds before the pages are computed: until then the first page has the processor for itself.
_DELAY: Final = 1.5


def prefetch_once(scope: Scope) -> None:
    """Start to compute what the pages show of a scope, once in a process; return at once."""
    if singleton(_start_lock).acquire(blocking=False):  # never released
        timer = threading.Timer(_DELAY, partial(prefetch, scope))
        timer.daemon = True
        timer.start()


def _start_lock() -> threading.Lock:
    """Return a lock that the first call of `prefetch_once` in a process takes."""
    return threading.Lock()


def prefetch_default_view() -> None:
    """Load what the first page needs (code, prices, scope), and start to compute the pages.

    No source is asked for prices: the pages are those of the stored prices, or of the demo.

    Raises
    ------
    RutDashError
        If there is nothing to show; the page says why.
    """
    view = default_view()
    selection = select_prices(market(), view.legs, None)
    if selection.pair is not None:
        prefetch_once(scope_of(view, selection.pair))


def prefetch(scope: Scope) -> None:
    """Compute and cache what the pages of the registry show of a scope.

    What cannot be computed is left to its page, which shows the error.
    """
    for spec in PAGES.values():
        for result in (*spec.charts, *spec.results):
            try:
                _compute(result, scope)
            except RutDashError as error:
                _LOG.info("not computed in advance: %s", error)


def _compute(result: PageResult, scope: Scope) -> None:
    for args in result.arguments(scope):
        value = cached(result.build, *args)
        if isinstance(value, Chart):
            _ = value.encoded  # encoded once, at the first use
