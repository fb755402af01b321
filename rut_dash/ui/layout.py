"""The frame of a page: configuration, navigation, controls, header, notices, sections.

A page is ``page = open_page("relative")`` and then, for each section, `Page.chart` or `Page.table`
inside ``with page.section():``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rut_dash.charts.browser_assets import CHART_STYLE
from rut_dash.charts.chart import Chart
from rut_dash.charts.chart_values import chart_values
from rut_dash.charts.export_page import standalone_html
from rut_dash.errors import RutDashError
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui import cache
from rut_dash.ui.browser_files import browser_file
from rut_dash.ui.cache import cached
from rut_dash.ui.components import draw_chart, draw_pickable_table, table_message
from rut_dash.ui.header import draw_header
from rut_dash.ui.live_prices import ensure_prices, poll_for_changes, scope_of
from rut_dash.ui.narrative import Sentence
from rut_dash.ui.notices import (
    NOTICE_ICON,
    draw_footing,
    draw_notices,
    draw_substitute_notice,
)
from rut_dash.ui.pages import PAGES, PageSpec
from rut_dash.ui.prefetch import prefetch_once
from rut_dash.ui.price_selection import PriceSelection, select_prices
from rut_dash.ui.scope import Scope
from rut_dash.ui.scope_text import notice_text, range_text
from rut_dash.ui.sentence_markup import sentence_markup
from rut_dash.ui.table_markup import table_markup
from rut_dash.ui.tables import Column, csv_bytes, file_header, name_legs
from rut_dash.ui.text import plain, slug
from rut_dash.ui.view import ViewState, to_query
from rut_dash.ui.view_state import current, current_view, set_view
from rut_dash.ui.widgets import (
    draw_navigation,
    draw_share,
    draw_sidebar,
    draw_window_bar,
    set_range,
)

_BRAND: Final = """<div class="rut-brand"><strong>rut_dash</strong><br>
<span>Russell 2000 against the S&amp;P 500</span></div>"""
_STYLE: Final = (
    f"<style>{browser_file('style.css').decode()}{browser_file(CHART_STYLE).decode()}</style>"
)
_LAST_LEGS: Final = "legs_shown"
# The session that stands in for an anchor, and that anchor.
_REPLACED_ANCHOR: Final = "replaced_anchor"


@dataclass(slots=True)
class Page:
    """An open page."""

    view: ViewState
    scope: Scope

    def stored_histories(self, *symbols: str) -> tuple[PriceHistory, ...]:
        """Return the stored bars of further symbols; none while the page shows simulated ones.

        A refused file of them gives a notice, and is left out.
        """
        if self.scope.pair.simulated:
            return ()
        further = [symbol for symbol in symbols if symbol not in self.scope.symbols]
        found, refused = cache.histories(further)
        draw_notices(map(str, refused))
        return tuple(found.values())

    @contextmanager
    def section(self, title: str = "") -> Iterator[None]:
        """Draw one section: an error is shown in its place, and the other sections are drawn."""
        with st.container(border=True):
            if title:
                st.header(title)
            try:
                yield
            except RutDashError as error:
                st.error(plain(str(error)), icon=NOTICE_ICON)

    def columns(self) -> tuple[DeltaGenerator, DeltaGenerator]:
        """Return a wide and a narrow column beside it; on a phone the second is below."""
        wide, narrow = st.columns((5, 3), gap="small")
        return wide, narrow

    def sentences(self, build: Callable[..., Sequence[Sentence]], *args: Any) -> None:  # noqa: ANN401
        """Draw sentences, each with its number first and a link to the page that shows it."""
        st.html(cached(_sentence_list, build, args, tuple(to_query(self.view).items())))

    def chart(self, build: Callable[..., Chart], *args: Any) -> None:  # noqa: ANN401
        """Draw a chart that is built once for all sessions, with its download.

        Parameters
        ----------
        build
            Takes ``args`` and returns the chart; see :func:`rut_dash.ui.cache.cached`.
        """
        chart = cached(build, *args)
        key = "_".join([build.__name__, *(slug(arg) for arg in args if isinstance(arg, str))])
        draw_chart(f"chart_{key}", chart.encoded, set_range)
        # Cached again at the click: a reference to the chart would hold it for the session.
        with st.container(horizontal=True, horizontal_alignment="right"):
            _draw_download(
                "Chart as HTML",
                lambda: standalone_html(cached(build, *args)).encode(),
                f"{chart.name}.html",
                "text/html",
                f"html_{key}",
            )
            _draw_download(
                "Values as CSV",
                lambda: _values_as_csv(cached(build, *args)),
                f"{chart.name}.csv",
                "text/csv",
                f"values_{key}",
            )

    def table(
        self,
        name: str,
        build: Callable[..., pd.DataFrame],
        *args: Any,  # noqa: ANN401
        columns: Mapping[str, Column],
        alt: str,
        histories: Sequence[PriceHistory] | None = None,
        basis: Basis | None = None,
        as_of: pd.Timestamp | None = None,
        selected: object = None,
        on_pick: Callable[[Any], None] | None = None,
        header: Sequence[tuple[str, str]] | None = None,
    ) -> None:
        """Draw a table that is computed once for all sessions, with its download.

        Parameters
        ----------
        name
            The table's title in its file, and the file's name.
        build
            Takes ``args`` and returns the frame, with fractions and dates. The file has all of
            it unrounded, the page the columns named.
        columns
            How each column is displayed, in this order.
        alt
            What it holds, for a reader who does not see it.
        histories
            The bars that its figures are of; both legs where None.
        basis
            Of its figures; that of the page where None.
        as_of
            The last session behind its figures; that of the page where None.
        on_pick
            Takes the label of the row that a reader selects; None for a table to read only.
        header
            The head of its file, where its figures are not of prices alone.
        """
        source = (build, args, tuple(columns.items()), alt)
        if on_pick is None:
            st.html(cached(_table_markup, *source))
        else:
            # Not cached: a message for each row that is selected would fill the cache.
            draw_pickable_table(
                f"table_{slug(name)}",
                table_message(
                    cached(_markup_to_pick, *source), None if selected is None else str(selected)
                ),
                partial(_pick_row, build, args, on_pick),
            )
        context = self.scope.context_of(basis or self.scope.context.basis, as_of)
        about = self.scope.pair.legs if histories is None else histories
        symbols = [leg.symbol for leg in self.scope.pair.legs if leg in about]
        _draw_download(
            "Table as CSV",
            lambda: csv_bytes(
                name_legs(cached(build, *args), *self.scope.symbols),
                header or file_header(name, about, context),
            ),
            f"{'-'.join((slug(name), *symbols))}-{context.as_of:%Y-%m-%d}.csv",
            "text/csv",
            f"csv_{slug(name)}",
        )


def _sentence_list(
    build: Callable[..., Sequence[Sentence]],
    args: tuple[Any, ...],
    query: tuple[tuple[str, str], ...],
) -> str:
    return sentence_markup(cached(build, *args), dict(query))


def _table_markup(
    build: Callable[..., pd.DataFrame],
    args: tuple[Any, ...],
    columns: tuple[tuple[str, Column], ...],
    alt: str,
) -> str:
    return table_markup(cached(build, *args), columns, alt)


def _markup_to_pick(
    build: Callable[..., pd.DataFrame],
    args: tuple[Any, ...],
    columns: tuple[tuple[str, Column], ...],
    alt: str,
) -> str:
    return table_markup(cached(build, *args), columns, alt, can_pick=True)


def _pick_row(
    build: Callable[..., pd.DataFrame],
    args: tuple[Any, ...],
    on_pick: Callable[[Any], None],
    label: str,
) -> None:
    """Pass on the label of a row that a reader picked, if the table has such a row."""
    labels = {str(row): row for row in cached(build, *args).index}
    if label in labels:
        on_pick(labels[label])


def _values_as_csv(chart: Chart) -> bytes:
    """Return the values of a chart as a CSV file, under lines that say what they are."""
    header = [("chart", chart.title), ("about", chart.caption)]
    return csv_bytes(chart_values(chart), header)


def _draw_download(label: str, data: Callable[[], bytes], file: str, mime: str, key: str) -> None:
    st.download_button(
        label,
        data=data,
        file_name=file,
        mime=mime,
        key=key,
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def open_page(key: str) -> Page:
    """Draw the frame of a page and return it for its sections.

    A page never waits for the network: it shows the stored prices, or a substitute for them,
    and is drawn again when new ones are stored. A page that cannot show anything stops here.

    Parameters
    ----------
    key
        Of `PAGES`.
    """
    spec = PAGES[key]
    st.set_page_config(page_title=f"{spec.label} · rut_dash", page_icon="📈", layout="wide")
    events = cache.catalogue()
    view, notices = current_view({event.id for event in events})
    view, selection, poll = _select_view_prices(spec, view)
    scope: Scope | None = None
    if selection.pair is not None:
        view, scope = _resolve_anchor(view, selection, selection.pair)
    with st.sidebar:
        st.html(_STYLE + _BRAND)
        draw_navigation(view)
        pair = selection.pair
        if pair is not None:
            events = cached(Catalogue.up_to, events, pair.as_of.date())
        draw_sidebar(view, events, scope)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(spec.label)
        draw_share(view)
    if scope is None:
        draw_notices([*notices, *selection.reasons])
        poll()
        st.stop()

    prefetch_once(scope)
    draw_substitute_notice(view, selection)
    poll()
    draw_notices([*notices, *map(notice_text, scope.notices)])
    draw_header(scope, is_brief=not spec.compares_pair)
    draw_footing(scope)
    if spec.has_window:
        draw_window_bar(scope)
        if (text := range_text(scope, spec)) is not None:
            st.caption(plain(text))
    if spec.needs_common_basis and scope.lacks_basis is not None:
        st.error(plain(str(scope.lacks_basis)), icon=NOTICE_ICON)
        st.stop()
    return Page(view, scope)


def _resolve_anchor(
    view: ViewState, selection: PriceSelection, pair: PricePair
) -> tuple[ViewState, Scope]:
    """Return the view with the anchor that the figures count from, and the scope.

    Where the anchor of the view cannot be had, controls, links and the address have the session
    that stands in for it. The anchor itself is remembered, and is back where prices have it.
    """
    session, requested = st.session_state.get(_REPLACED_ANCHOR, ("", ""))
    if view.anchor == session:
        view = view.with_(anchor=requested)
    scope = scope_of(view, pair)
    requested, session = view.anchor, f"{scope.anchor.session:%Y-%m-%d}"
    if scope.replaces_anchor:
        view = view.with_(anchor=session)
        st.session_state[_REPLACED_ANCHOR] = (session, requested)
    else:
        st.session_state.pop(_REPLACED_ANCHOR, None)
    # Prices that only stand in for others do not change the address.
    if selection.legs == view.legs and not pair.simulated and view != current():
        set_view(view)
    return view, scope


def _select_view_prices(
    spec: PageSpec, view: ViewState
) -> tuple[ViewState, PriceSelection, Callable[[], None]]:
    """Return the view with prices for it, and what draws the page again when they change.

    The view is the one before where the new one names a symbol that no source knows.
    """
    symbols = spec.symbols()
    snapshot = ensure_prices(view.legs, symbols, all_symbols=spec.shows_all_symbols)
    selection = select_prices(cache.market(), view.legs, st.session_state.get(_LAST_LEGS))
    if selection.has_unknown_symbol and selection.legs is not None:
        view = view.with_(fund=selection.legs[0], benchmark=selection.legs[1])
        set_view(view)
        snapshot = ensure_prices(view.legs, symbols, all_symbols=spec.shows_all_symbols)
    if selection.pair is not None and not selection.pair.simulated:
        st.session_state[_LAST_LEGS] = selection.legs
    poll = partial(
        poll_for_changes, view.legs, snapshot, symbols, all_symbols=spec.shows_all_symbols
    )
    return view, selection, poll
