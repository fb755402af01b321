"""The pages: one row each, from which navigation, prefetch, tests and the bench follow.

To add a page, write its file in ``pages/`` and add its row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from rut_dash.market.history import Basis, PriceHistory
from rut_dash.registry import Registry
from rut_dash.ui import figures
from rut_dash.ui.claim_context import claim_symbols
from rut_dash.ui.narrative import overview_sentences
from rut_dash.ui.scope import Scope

Arguments = tuple[Any, ...]


def _scope(scope: Scope) -> Iterable[Arguments]:
    return [(scope,)]


def _comparison(scope: Scope) -> Iterable[Arguments]:
    return [(scope.pair, scope.common_basis)]


def _legs(scope: Scope) -> Iterable[tuple[PriceHistory, Basis]]:
    return [(leg, scope.common_basis) for leg in scope.pair.legs]


def _since_anchor(scope: Scope) -> Iterable[Arguments]:
    anchor = scope.anchor
    return [(scope.pair, scope.common_basis, anchor.session, anchor.label)]


def _events(scope: Scope) -> Iterable[Arguments]:
    return [(scope.pair, scope.common_basis, scope.catalogue, scope.view.kinds, ())]


@dataclass(frozen=True, slots=True)
class PageResult:
    """A chart, table or text that a page draws from the cache, and that is computed in advance.

    Parameters
    ----------
    build
        What the page hands to `Page.chart`, `Page.table` or `cached`.
    arguments
        Returns from the scope the arguments of each call of ``build``.
    """

    build: Callable[..., Any]
    arguments: Callable[[Scope], Iterable[Arguments]] = _scope


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One page.

    Parameters
    ----------
    key
        Its name in the code, and its address (that of the first page is the root).
    label
        Its title, and its name in the navigation.
    icon
        Of the navigation: a Material symbol in Streamlit's spelling.
    path
        Its file, from the folder of ``app.py``.
    charts
        Its charts that follow from the scope.
    results
        Its tables and texts that follow from the scope.
    further_charts
        The number of charts that follow from more than the scope (the claim that is open).
    symbols
        Returns the symbols that the page needs besides the legs of the view.
    needs_common_basis
        True for a page that needs a basis that both legs have.
    has_window
        True for a page that shows something by window.
    shows_all_symbols
        True for a page that shows all that is stored.
    compares_pair
        True for a page about the two legs: its header has all their figures, else one line.
    range_parts, other_parts
        What of the page ends with a chosen range, and what with the prices: subject and verb.
    """

    key: str
    label: str
    icon: str
    path: str
    charts: tuple[PageResult, ...] = ()
    results: tuple[PageResult, ...] = ()
    further_charts: int = 0
    symbols: Callable[[], Sequence[str]] = tuple
    needs_common_basis: bool = True
    has_window: bool = True
    shows_all_symbols: bool = False
    compares_pair: bool = True
    range_parts: str = "Charts are"
    other_parts: str = "header, sentences and tables are"

    @property
    def address(self) -> str:
        """The page's path in the URL; empty for the first page."""
        return PurePosixPath(self.path).stem if "/" in self.path else ""

    @property
    def chart_count(self) -> int:
        """The number of charts on the page, where prices suffice for all."""
        return len(self.charts) + self.further_charts

    def draws(self, build: Callable[..., Any]) -> bool:
        """Return True if a chart of the page is of a builder."""
        return any(chart.build is build for chart in self.charts)


PAGES: Final[Registry[PageSpec]] = Registry(
    (
        PageSpec(
            "overview",
            "Overview",
            ":material/monitoring:",
            "app.py",
            charts=(PageResult(figures.price_figure), PageResult(figures.ratio_figure)),
            results=(PageResult(overview_sentences, _since_anchor),),
            range_parts="Charts, and the row “Window shown” of the table, are",
            other_parts="header, sentences and the other rows are",
        ),
        PageSpec(
            "relative",
            "Relative performance",
            ":material/compare_arrows:",
            "pages/relative.py",
            charts=(
                PageResult(figures.rebased_figure),
                PageResult(figures.ratio_figure),
                PageResult(figures.rolling_figure),
            ),
            results=(
                PageResult(figures.risk_table, _comparison),
                PageResult(figures.capture_table, _comparison),
            ),
            other_parts="header and tables are",
        ),
        PageSpec(
            "drawdowns",
            "Drawdowns",
            ":material/trending_down:",
            "pages/drawdowns.py",
            charts=(PageResult(figures.underwater_figure),),
            results=(
                PageResult(figures.distance_sentence, _legs),
                PageResult(figures.episode_table, _legs),
            ),
            range_parts="The chart is",
        ),
        PageSpec(
            "technicals",
            "Technicals",
            ":material/candlestick_chart:",
            "pages/technicals.py",
            charts=(PageResult(figures.technicals_figure),),
            results=(PageResult(figures.crosses_in_window),),
            needs_common_basis=False,
            range_parts="Chart and crosses are",
            other_parts="the header is",
        ),
        PageSpec(
            "events",
            "Events",
            ":material/event:",
            "pages/events.py",
            charts=(PageResult(figures.paths_figure),),
            results=(PageResult(figures.study_table, _events),),
            has_window=False,
        ),
        PageSpec(
            "claims",
            "Claims",
            ":material/fact_check:",
            "pages/claims.py",
            further_charts=1,
            symbols=claim_symbols,
            needs_common_basis=False,
            has_window=False,
            compares_pair=False,
        ),
        PageSpec(
            "data",
            "Data",
            ":material/database:",
            "pages/data.py",
            needs_common_basis=False,
            has_window=False,
            shows_all_symbols=True,
            compares_pair=False,
        ),
    )
)
