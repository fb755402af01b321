"""The frame of a page: configuration, navigation, controls, header, notices, panels.

A page is ``page = open_page("relative")`` and then, for each panel, numbers, a figure and
`Page.chart` or `Page.table` inside ``with page.panel():``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st

from rut_dash.analysis.wording import MISSING, day
from rut_dash.charts import Chart, Context, chart_config, standalone_html
from rut_dash.errors import RutDashError
from rut_dash.market.bars import Basis
from rut_dash.ui import cache
from rut_dash.ui.cache import cached
from rut_dash.ui.controls import PAGES, navigation, share, sidebar, window_bar
from rut_dash.ui.header import draw_header
from rut_dash.ui.live import find_prices, watch
from rut_dash.ui.prices import Shown
from rut_dash.ui.scope import Scope, decide
from rut_dash.ui.session import current_view, follow, replace_view
from rut_dash.ui.text import csv_text, plain, slug
from rut_dash.ui.view import ViewState

__all__ = ["Column", "Page", "open_page"]

# Small enough to read at once, and the only styling that the theme's own settings cannot give.
_STYLE: Final = """<style>
.st-key-brand p { font-weight: 700; font-size: 1.15rem; letter-spacing: -0.01em; }
.st-key-standing_fund, .st-key-standing_benchmark { padding-block: 0.6rem; }
.st-key-standing_fund { border-left: 3px solid #E0650B; }
.st-key-standing_benchmark { border-left: 3px solid #3B7DD8; }
</style>"""
_SHOWN: Final = "legs_shown"

Kind = Literal["percent", "number", "count", "date", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """How one column of a table is shown.

    Parameters
    ----------
    label
        Its heading.
    kind
        ``percent`` takes fractions, ``number`` and ``count`` numbers as they are, ``date`` and
        ``text`` what they say.
    digits
        Behind the point.
    sign
        True shows a plus too.
    help
        What it means, for readers.
    width
        In pixels; None fits the content.
    """

    label: str
    kind: Kind = "percent"
    digits: int = 1
    sign: bool = True
    help: str | None = None
    width: int | None = None


def _configured(column: Column) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    common: dict[str, Any] = {"help": column.help, "width": column.width}
    plus = "+" if column.sign else ""
    match column.kind:
        case "percent":
            number_format = f"%{plus}.{column.digits}f%%"
            return st.column_config.NumberColumn(column.label, format=number_format, **common)
        case "number":
            number_format = f"%,.{column.digits}f"
            return st.column_config.NumberColumn(column.label, format=number_format, **common)
        case "count":
            return st.column_config.NumberColumn(column.label, format="%,d", **common)
        case "date":
            return st.column_config.DateColumn(column.label, format="YYYY-MM-DD", **common)
        case "text":
            return st.column_config.TextColumn(column.label, **common)


def _displayed(frame: pd.DataFrame, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return the columns shown, fractions as percent."""
    shown = frame[list(columns)]
    percents = [name for name, column in columns.items() if column.kind == "percent"]
    return shown.assign(**{name: shown[name] * 100 for name in percents})


@dataclass(slots=True)
class Page:
    """An open page: what it is about, and where its panels go.

    Parameters
    ----------
    view
        What is asked for.
    scope
        What is shown.
    """

    view: ViewState
    scope: Scope

    @contextmanager
    def panel(self, title: str = "") -> Iterator[None]:
        """Draw one panel: what it cannot show stands in its place, the others stay."""
        with st.container(border=True):
            if title:
                st.header(title)
            try:
                yield
            except RutDashError as error:
                st.error(plain(str(error)), icon=":material/info:")

    def chart(self, build: Callable[..., Chart], *args: Any) -> None:  # noqa: ANN401
        """Draw a chart that is built once for all sessions, with its download.

        Parameters
        ----------
        build
            Takes ``args`` and returns the chart; see :func:`rut_dash.ui.cache.cached`.
        args
            What it is about, usually the scope.
        """
        chart = cached(build, *args)
        key = "_".join([build.__name__, *(slug(arg) for arg in args if isinstance(arg, str))])
        st.plotly_chart(
            chart.figure, config=chart_config(chart), alt=chart.alt, key=f"chart_{key}"
        )
        _download(
            "Chart as HTML",
            lambda: standalone_html(chart).encode(),
            f"{chart.name}.html",
            "text/html",
            f"html_{key}",
        )

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        columns: Mapping[str, Column],
        *,
        alt: str,
        basis: Basis | None = None,
        height: int | Literal["content"] = "content",
        selected: object = None,
        on_pick: Callable[[Any], None] | None = None,
    ) -> None:
        """Draw a table with its download.

        Parameters
        ----------
        name
            In words: for the file and for its header.
        frame
            Fractions and dates; the file has all of it unrounded, the page the columns named.
        columns
            How each column is shown, in this order.
        alt
            What it holds, for a reader who does not see it.
        basis
            Of its figures; that of the page where None.
        height
            In pixels where it would be too long.
        selected
            The label of the row that is shown as selected.
        on_pick
            Gets the label of the row that a reader selects; None for a table to read only.
        """
        key = f"table_{slug(name)}"
        picking: dict[str, Any] = {}
        if on_pick is not None:

            def picked() -> None:
                rows = st.session_state[key]["selection"]["rows"]
                if rows:
                    on_pick(frame.index[rows[0]])

            rows = [frame.index.get_loc(selected)] if selected in frame.index else []
            follow(key, {"selection": {"rows": rows, "columns": [], "cells": []}})
            picking = {"on_select": picked, "selection_mode": "single-row"}
        st.dataframe(
            _displayed(frame, columns),
            column_config={name: _configured(column) for name, column in columns.items()},
            hide_index=True,
            height=height,
            placeholder=MISSING,
            alt=alt,
            key=key,
            **picking,
        )
        context = self.scope.context if basis is None else self.scope.context_of(basis)
        _download(
            "Table as CSV",
            lambda: csv_text(frame, _about(name, context)).encode(),
            f"{slug(name)}-{context.fund}-{context.benchmark}-{context.as_of:%Y-%m-%d}.csv",
            "text/csv",
            f"csv_{slug(name)}",
        )


def _download(label: str, data: Callable[[], bytes], file: str, mime: str, key: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
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


def _about(name: str, context: Context) -> list[tuple[str, str]]:
    """Return the header of a table's file."""
    return [
        ("table", name),
        ("symbols", f"{context.fund}, {context.benchmark}"),
        ("as of", f"{context.as_of:%Y-%m-%d}"),
        ("basis", context.basis.label),
        ("source", context.source),
        ("simulated", "yes: not market prices" if context.simulated else "no"),
        ("units", "returns and drawdowns are fractions, dates are New York sessions"),
    ]


def open_page(key: str, *, compares: bool = True) -> Page:
    """Draw the frame of a page and return it for its panels.

    A page never waits for the network: it shows the stored prices, or what stands in for
    them, and is drawn again when new ones are there.

    Parameters
    ----------
    key
        Of `PAGES`.
    compares
        False for a page that needs no basis that both legs have.
    """
    row = PAGES[key]
    st.set_page_config(
        page_title=f"{row.label} · rut_dash", page_icon="📈", layout="wide"
    )
    st.html(_STYLE)
    events = cache.catalogue()
    view, notices = current_view({event.id for event in events})
    shown = find_prices(view.legs, st.session_state.get(_SHOWN))
    if shown.unknown and shown.legs is not None:
        # A typed symbol that no one knows: its sentence, and the view that was there before.
        view = view.with_(fund=shown.legs[0], benchmark=shown.legs[1])
        replace_view(view)
        current_view(())
    if shown.pair is not None and not shown.pair.simulated:
        st.session_state[_SHOWN] = shown.legs

    with st.sidebar:
        st.markdown("rut_dash", help=None)
        navigation(view)
        st.space("small")
        sidebar(view, events)

    if shown.pair is None:
        st.title(row.label)
        _say(notices)
        _say(shown.reasons)
        watch(view.legs)
        st.stop()

    scope = decide(view, shown.pair, cache.catalogue)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(row.label)
        st.space("stretch")
        share(view)
    _say([*notices, *scope.notices])
    _announce(view, shown)
    watch(view.legs)
    draw_header(scope)
    _footing(scope)
    window_bar(scope)
    if compares and scope.basis is None:
        try:
            scope.common_basis
        except RutDashError as error:
            st.error(plain(str(error)))
        st.stop()
    return Page(view, scope)


def _say(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        st.warning(plain(sentence), icon=":material/info:")


def _announce(view: ViewState, shown: Shown) -> None:
    """Say what stands in for the prices that were asked for, and why."""
    assert shown.pair is not None
    fund, benchmark = shown.pair.fund.symbol, shown.pair.benchmark.symbol
    why = " ".join(shown.reasons)
    if shown.pair.simulated:
        fetching = "" if why else "Prices are being fetched."
        st.warning(
            plain(f"These are made-up bars of {fund} and {benchmark}. {fetching} {why}"),
            title="Simulated data",
            icon=":material/science:",
        )
    elif shown.legs != view.legs:
        missing = " and ".join(shown.missing)
        fetching = "" if why else f"Prices of {missing} are being fetched."
        st.warning(plain(f"{fetching} {why} Until then {fund} against {benchmark} is shown."))
    elif why:
        st.warning(plain(why))


def _footing(scope: Scope) -> None:
    """Say as of when, on which basis and from where the figures are."""
    pair = scope.pair
    parts = [
        f"As of **{plain(f'{pair.as_of:%A} {day(pair.as_of)}')}**",
        f"{(scope.basis or view_basis(scope)).label} basis",
        plain(scope.context.source),
    ]
    st.caption(" · ".join(parts) + f"  \n{plain(scope.anchor.sentence)}")
    _say([*pair.cut, *_quality(scope)])


def view_basis(scope: Scope) -> Basis:
    """Return the basis asked for."""
    return scope.view.basis


def _quality(scope: Scope) -> list[str]:
    """Return sentences about the prices that a reader of the figures must know."""
    sentences: list[str] = []
    for leg in scope.pair.legs:
        provenance = leg.provenance
        if provenance.stale_because:
            sentences.append(
                f"Prices of {leg.symbol} end on {leg.last_session:%Y-%m-%d}; newer ones could not "
                f"be fetched: {provenance.stale_because}."
            )
        if provenance.provisional:
            sentences.append(
                f"The last bar of {leg.symbol} is of a session that was still open when it was "
                "fetched."
            )
        if provenance.incomplete_from and scope.basis_of(leg) is Basis.TOTAL:
            sentences.append(
                f"Dividends of {leg.symbol} are unknown from {provenance.incomplete_from} on and "
                "count as none: its total return may be too low from there."
            )
        sentences.extend(provenance.notes)
    sentences.extend(str(problem) for problem in scope.catalogue.problems)
    return sentences
