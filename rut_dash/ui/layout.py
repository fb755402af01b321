"""The frame of a page: configuration, navigation, controls, header, notices, panels.

A page is ``page = open_page("relative")`` and then, for each panel, numbers, a figure and
`Page.chart` or `Page.table` inside ``with page.panel():``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd
import streamlit as st

from rut_dash.charts import Chart, Context, chart_config, standalone_html
from rut_dash.errors import RutDashError
from rut_dash.market.calendar import missing_sessions
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui import cache
from rut_dash.ui.cache import cached, cached_for_frame
from rut_dash.ui.header import draw_header
from rut_dash.ui.live_prices import (
    PageSnapshot,
    ensure_prices,
    find_price_selection,
    poll_for_changes,
    scope_of,
)
from rut_dash.ui.prefetch import prefetch
from rut_dash.ui.price_selection import PriceSelection
from rut_dash.ui.scope import Scope
from rut_dash.ui.text import csv_text, plain, slug
from rut_dash.ui.view import ViewState
from rut_dash.ui.view_state import current_view, set_view, set_widget
from rut_dash.ui.widgets import PAGES, navigation, share, sidebar, window_bar
from rut_dash.wording import MISSING, counted, day

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Column", "Page", "open_page"]

_BRAND: Final = """<style>
.rut-brand { line-height: 1.35; padding-bottom: 0.5rem; }
.rut-brand strong { font-size: 1.2rem; font-weight: 700; letter-spacing: -0.01em; }
.rut-brand span { font-size: 0.85rem; opacity: 0.8; }
.st-key-control_fund { margin-top: 0.75rem; }
</style><div class="rut-brand"><strong>rut_dash</strong><br>
<span>Russell 2000 against the S&amp;P 500</span></div>"""
_SHOWN: Final = "legs_shown"
# A longer table scrolls inside this many pixels.
_ROWS: Final = 16
_TALL: Final = 560
_NOTICE: Final = ":material/info:"

Kind = Literal["percent", "points", "number", "count", "date", "moment", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """How one column of a table is shown.

    Parameters
    ----------
    label
        Its heading.
    kind
        ``percent`` and ``points`` (percentage points) take fractions, ``number`` and ``count``
        numbers as they are; ``date``, ``moment`` and ``text`` are shown as such.
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


@functools.lru_cache(maxsize=512)
def _configured(column: Column) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    common: dict[str, Any] = {"help": column.help, "width": column.width}
    plus = "+" if column.sign else ""
    match column.kind:
        case "percent":
            number_format = f"%{plus}.{column.digits}f%%"
            return st.column_config.NumberColumn(column.label, format=number_format, **common)
        case "points":
            number_format = f"%{plus}.{column.digits}f pp"
            return st.column_config.NumberColumn(column.label, format=number_format, **common)
        case "number":
            number_format = f"%,.{column.digits}f"
            return st.column_config.NumberColumn(column.label, format=number_format, **common)
        case "count":
            return st.column_config.NumberColumn(column.label, format="%,d", **common)
        case "date":
            return st.column_config.DateColumn(column.label, format="YYYY-MM-DD", **common)
        case "moment":
            return st.column_config.DatetimeColumn(
                column.label, format="YYYY-MM-DD HH:mm z", timezone="UTC", **common
            )
        case "text":
            return st.column_config.TextColumn(column.label, **common)


def _displayed(frame: pd.DataFrame, columns: Mapping[str, Column]) -> pa.Table:
    """Return the columns shown, fractions as percent, in the form in which they are sent."""
    import pyarrow as pa

    shown = frame[list(columns)]
    percents = [name for name, column in columns.items() if column.kind in ("percent", "points")]
    return pa.Table.from_pandas(shown.assign(**{name: shown[name] * 100 for name in percents}))


@dataclass(slots=True)
class Page:
    """An open page: what it is about, and where its panels go.

    Parameters
    ----------
    view
        What is asked for.
    scope
        What is shown.
    state
        Which data they are.
    """

    view: ViewState
    scope: Scope
    state: PageSnapshot

    def beside(self, *symbols: str) -> tuple[PriceHistory, ...]:
        """Return the stored bars of further symbols; of those that there are, and are real.

        A file of them that is refused is told, and left out.
        """
        if self.scope.pair.simulated:
            return ()
        further = [symbol for symbol in symbols if symbol not in self.scope.symbols]
        found, refused = cache.histories(further, self.state.versions)
        _say(map(str, refused))
        return tuple(found.values())

    @contextmanager
    def panel(self, title: str = "") -> Iterator[None]:
        """Draw one panel: what it cannot show stands in its place, the others stay."""
        with st.container(border=True):
            if title:
                st.header(title)
            try:
                yield
            except RutDashError as error:
                st.error(plain(str(error)), icon=_NOTICE)

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
        st.plotly_chart(chart.sent, config=chart_config(chart), alt=chart.alt, key=f"chart_{key}")
        _download(
            "Chart as HTML",
            # Asked for again: holding the chart itself would keep it for as long as the session.
            lambda: standalone_html(cached(build, *args)).encode(),
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
        selected: object = None,
        on_pick: Callable[[Any], None] | None = None,
        about: Sequence[tuple[str, str]] = (),
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
        selected
            The label of the row that is shown as selected.
        on_pick
            Gets the label of the row that a reader selects; None for a table to read only.
        about
            The header of its file, where its figures are not of the pair alone.
        """
        key = f"table_{slug(name)}"
        picking: dict[str, Any] = {}
        if on_pick is not None:

            def on_widget_change() -> None:
                rows = st.session_state[key]["selection"]["rows"]
                if rows:
                    on_pick(frame.index[rows[0]])

            rows = [frame.index.get_loc(selected)] if selected in frame.index else []
            set_widget(key, {"selection": {"rows": rows, "columns": [], "cells": []}})
            picking = {"on_select": on_widget_change, "selection_mode": "single-row"}
        st.dataframe(
            cached_for_frame(frame, _displayed, columns),
            column_config={name: _configured(column).copy() for name, column in columns.items()},
            hide_index=True,
            height="content" if len(frame) <= _ROWS else _TALL,
            placeholder=MISSING,
            alt=alt,
            key=key,
            **picking,
        )
        context = self.scope.context if basis is None else self.scope.context_of(basis)
        _download(
            "Table as CSV",
            lambda: csv_text(frame, about or _about(name, context)).encode(),
            f"{slug(name)}-{context.fund}-{context.benchmark}-{context.as_of:%Y-%m-%d}.csv",
            "text/csv",
            f"csv_{slug(name)}",
        )


def _download(label: str, data: Callable[[], bytes], file: str, mime: str, key: str) -> None:
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


def open_page(
    key: str,
    *,
    compares: bool = True,
    windowed: bool = True,
    further: Sequence[str] = (),
    everything: bool = False,
) -> Page:
    """Draw the frame of a page and return it for its panels.

    A page never waits for the network: it shows the stored prices, or what stands in for
    them, and is drawn again when new ones are there.

    Parameters
    ----------
    key
        Of `PAGES`.
    compares
        False for a page that needs no basis that both legs have.
    windowed
        False for a page that shows nothing by window.
    further
        Symbols that the page needs besides the legs of the view: they are fetched too, and the
        page is drawn again when they are there.
    everything
        True for a page that shows all that is stored.
    """
    row = PAGES[key]
    st.set_page_config(page_title=f"{row.label} · rut_dash", page_icon="📈", layout="wide")
    events = cache.catalogue()
    view, notices = current_view({event.id for event in events})
    seen = ensure_prices(view.legs, further, everything=everything)
    shown = find_price_selection(view.legs, st.session_state.get(_SHOWN), seen.versions)
    if shown.unknown and shown.legs is not None:
        # A typed symbol that nobody knows: its sentence, and the view that was there before.
        view = view.with_(fund=shown.legs[0], benchmark=shown.legs[1])
        set_view(view)
        seen = ensure_prices(view.legs, further, everything=everything)
    if shown.pair is not None and not shown.pair.simulated:
        st.session_state[_SHOWN] = shown.legs

    with st.sidebar:
        st.html(_BRAND)
        navigation(view)
        sidebar(view, events)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(row.label)
        share(view)
    if shown.pair is None:
        _say([*notices, *shown.reasons])
        poll_for_changes(view.legs, seen, further, everything=everything)
        st.stop()

    scope = scope_of(view, shown.pair)
    prefetch(scope)
    _announce(view, shown)
    poll_for_changes(view.legs, seen, further, everything=everything)
    _say([*notices, *scope.notices])
    draw_header(scope)
    _footing(scope)
    if windowed:
        window_bar(scope)
    if compares and scope.lacks_basis is not None:
        st.error(plain(str(scope.lacks_basis)), icon=_NOTICE)
        st.stop()
    return Page(view, scope, seen)


def _say(sentences: Iterable[str]) -> None:
    """Show sentences in one block, each on its own line."""
    lines = [plain(sentence) for sentence in dict.fromkeys(sentences)]
    if lines:
        st.warning("  \n".join(lines), icon=_NOTICE)


def _announce(view: ViewState, shown: PriceSelection) -> None:
    """Say what stands in for the prices that were asked for, and why."""
    assert shown.pair is not None
    fund, benchmark = shown.pair.fund.symbol, shown.pair.benchmark.symbol
    asked = f"{view.fund} and {view.benchmark}"
    why = " ".join(shown.reasons)
    fetching = f"Prices of {' and '.join(shown.missing)} are being fetched."
    if shown.pair.simulated:
        notes = " ".join(shown.pair.fund.provenance.notes)
        text = f"{notes} They stand in until prices of {asked} are here. {why or fetching}"
        st.warning(
            plain(text), title="Simulated data, not market prices", icon=":material/science:"
        )
    elif shown.legs != view.legs:
        text = f"{why or fetching} Until they are here, {fund} against {benchmark} is shown."
        st.warning(plain(text), title=f"{plain(asked)} cannot be shown yet", icon=_NOTICE)
    elif why:
        st.warning(plain(why), icon=_NOTICE)


def _footing(scope: Scope) -> None:
    """Say as of when, on which basis and from where the figures are, and what is wrong there."""
    context = scope.context
    parts = (
        f"As of {context.as_of:%A} {day(context.as_of)}",
        f"{context.basis.label} basis",
        context.source,
        scope.anchor.sentence,
    )
    st.caption(plain(" · ".join(parts)))
    _say([*scope.pair.cut, *_dropped(scope.pair), *_stale(scope), *_quality(scope)])


def _dropped(pair: PricePair) -> Iterator[str]:
    """Say how many sessions only one leg has, so that comparisons leave them out."""
    if any(pair.dropped):
        parts = [
            f"{count:,} of {leg.symbol}"
            for count, leg in zip(pair.dropped, pair.legs, strict=True)
            if count
        ]
        yield f"Comparisons leave out the sessions that only one has: {' and '.join(parts)}."


def _stale(scope: Scope) -> Iterator[str]:
    """Say up to when there are prices where newer ones could not be fetched."""
    alike: dict[tuple[str, str], list[PriceHistory]] = {}
    for leg in scope.pair.legs:
        if leg.provenance.stale_because:
            # Each symbol has its own next try; the reason is the same.
            why = leg.provenance.stale_because.partition("; next try at ")[0]
            alike.setdefault((f"{leg.last_session:%Y-%m-%d}", why), []).append(leg)
    for (last, _), legs in alike.items():
        symbols = " and ".join(leg.symbol for leg in legs)
        first = min(leg.provenance.stale_because or "" for leg in legs)
        yield f"Prices of {symbols} end on {last}; newer ones could not be fetched: {first}."


def _quality(scope: Scope) -> Iterator[str]:
    """Say what a reader of the figures must know of the prices and of the events."""
    for leg in scope.pair.legs:
        provenance = leg.provenance
        if provenance.provisional:
            yield (
                f"The last bar of {leg.symbol} is of a session that was still open when it was "
                "fetched."
            )
        if provenance.incomplete_from and scope.basis_of(leg) is Basis.TOTAL:
            yield (
                f"Dividends of {leg.symbol} are unknown from {provenance.incomplete_from} on and "
                "count as none: its total return is too low from there if any was paid."
            )
        gaps = cached(_gaps, leg)
        if gaps:
            yield (
                f"{leg.symbol} lacks {counted(len(gaps), 'session')} of the NYSE, the last on "
                f"{gaps[-1]}: they are left out, not filled (see the page Data)."
            )
        if not provenance.simulated:  # the banner has those of the demo
            yield from provenance.notes
    yield from map(str, scope.catalogue.problems)
    yield from cache.market().notices


def _gaps(leg: PriceHistory) -> tuple[date, ...]:
    """Return the sessions that a history lacks between its first and its last."""
    if leg.provenance.simulated:
        return ()
    return tuple(session.date() for session in missing_sessions(leg.sessions))
