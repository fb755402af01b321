"""What pages will ask for, worked out when the server starts and behind the first page drawn."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from rut_dash.charts import Chart
from rut_dash.errors import RutDashError
from rut_dash.ui import figures
from rut_dash.ui.cache import cached, singleton
from rut_dash.ui.live_prices import find_price_selection, scope_of
from rut_dash.ui.scope import Scope
from rut_dash.ui.view import DEFAULT_VIEW

__all__ = ["begin", "prefetch", "prepare"]

_LOG: Final = logging.getLogger(__name__)

# Seconds after which the first page is drawn: until then it has the processor for itself.
_AFTER: Final = 1.5


class _Started:
    """Says that it was started, once in a process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._started = False

    def first(self) -> bool:
        """Return True to the first who asks."""
        with self._guard:
            first, self._started = not self._started, True
            return first


def prefetch(scope: Scope) -> None:
    """Have what the other pages show of a scope worked out, once in a process; returns at once."""
    if singleton(_Started).first():
        later = threading.Timer(_AFTER, partial(prepare, scope))
        later.daemon = True
        later.start()


def begin() -> None:
    """Load what the first page needs, before a reader comes: the code, the prices, its scope.

    Nobody is asked for prices. What can be shown of what is stored, or of the demo, is then
    worked out too.

    Raises
    ------
    RutDashError
        If there is nothing to show; the page says why.
    """
    shown = find_price_selection(DEFAULT_VIEW.legs, None, {})
    if shown.pair is not None:
        prefetch(scope_of(DEFAULT_VIEW, shown.pair))


def prepare(scope: Scope) -> None:
    """Work out and keep what the pages show of a scope.

    What cannot be shown of it is left to the page, which says why.
    """
    for build, args in _asked(scope):
        try:
            kept = cached(build, *args)
        except RutDashError as error:
            _LOG.info("not prepared: %s", error)
        else:
            if isinstance(kept, Chart):
                _ = kept.sent
    # What is loaded by now stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()


def _asked(scope: Scope) -> Iterator[tuple[Callable[..., Any], tuple[Any, ...]]]:
    """Yield what the pages ask `cached` for."""
    yield figures.technicals_figure, (scope,)
    yield figures.crosses_in_window, (scope,)
    if scope.basis is None:
        return
    anchor = scope.anchor
    comparison = (scope.pair, scope.basis)
    yield figures.sentences, (*comparison, anchor.session, anchor.label)
    for figure in (
        figures.price_figure,
        figures.ratio_figure,
        figures.rebased_figure,
        figures.rolling_figure,
        figures.underwater_figure,
        figures.paths_figure,
    ):
        yield figure, (scope,)
    yield figures.risk_table, comparison
    yield figures.capture_table, comparison
    yield figures.study_table, (*comparison, scope.catalogue, scope.view.kinds)
    for leg in scope.pair.legs:
        yield figures.episode_table, (leg, scope.basis)
        yield figures.distance_sentence, (leg, scope.basis)
