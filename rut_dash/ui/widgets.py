"""The controls of the pages: navigation, comparison, window, link, and those of indicators.

Each is set from the view before it is drawn and changes the view in its callback
(:mod:`rut_dash.ui.view_state`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.errors import InvalidInput
from rut_dash.event_wording import direction_text
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.kinds import KINDS, directions_of
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.instruments import BENCHMARKS, FUNDS, instrument, normalise_us_symbol
from rut_dash.ui.cache import cached, market
from rut_dash.ui.pages import PAGES
from rut_dash.ui.scope import Scope
from rut_dash.ui.view import (
    WINDOWS,
    ViewState,
    changed_parameters,
    default_view,
    parameters_of,
    parse_view,
    span_of,
    to_query,
)
from rut_dash.ui.view_state import (
    ViewFields,
    current,
    link,
    on_widget_change,
    replace_view,
    request_page_rerun,
    rerun_page_if_requested,
    set_widget,
    update_view,
)
from rut_dash.wording import day

_RANGE_KEYS: Final = ("control_from", "control_to")
_WINDOW_LABELS: Final = {"ANCHOR": "Since anchor", "MAX": "Max"}


def draw_navigation(view: ViewState) -> None:
    """Draw the links to the pages; each carries the view."""
    query = to_query(view)
    run = get_script_run_ctx()
    app = "" if run is None else run.main_script_path
    for spec in PAGES.values():
        st.page_link(
            cached(_linked_page, app, spec.path),
            label=spec.label,
            icon=spec.icon,
            query_params=query,
            width="stretch",
        )


def _linked_page(_app: str, path: str) -> st.Page:
    """Return a page of an app, whose file Streamlit would look for at every run otherwise."""
    return st.Page(path, default="/" not in path)


def draw_sidebar(view: ViewState, catalogue: Catalogue, scope: Scope | None) -> None:
    """Draw the controls of the comparison.

    Parameters
    ----------
    catalogue
        The events that are anchors to choose from.
    scope
        That of the figures: its basis is the one where the legs lack that of the view. None where
        there are no figures.
    """
    basis = None if scope is None else scope.basis
    _draw_symbol("Fund", "fund", FUNDS, view)
    _draw_symbol("Benchmark", "benchmark", BENCHMARKS, view)
    _draw_anchor(view, catalogue, scope)
    _draw_segments(
        "Returns",
        "basis",
        {Basis.PRICE: "Price", Basis.TOTAL: "Total return"},
        view if basis is None else view.with_(basis=basis),
        help="Price alone, or with dividends reinvested. Levels on total return are adjusted for "
        "dividends and named so; a last close is as traded.",
        width="stretch",
    )
    _draw_pills(
        "Events shown", "kinds", {key: kind.short_label for key, kind in KINDS.items()}, view
    )
    _draw_segments(
        "Price scale", "scale", {"linear": "Linear", "log": "Log"}, view, width="stretch"
    )


def _draw_segments(
    label: str,
    field: str,
    labels: Mapping[Any, str],
    view: ViewState,
    **options: Any,  # noqa: ANN401 - Streamlit's own
) -> None:
    """Draw the choice of one value of a field of the view."""
    key = f"control_{field}"
    set_widget(key, getattr(view, field))
    st.segmented_control(
        label,
        list(labels),
        key=key,
        format_func=labels.__getitem__,
        on_change=on_widget_change,
        args=(key, lambda value: {field: value} if value else None),
        **options,
    )


def _draw_pills(
    label: str,
    field: str,
    labels: Mapping[str, str],
    view: ViewState,
    **options: Any,  # noqa: ANN401 - Streamlit's own
) -> None:
    """Draw the choice of several values of a field of the view, in the order of their labels."""
    key = f"control_{field}"
    set_widget(key, [name for name in getattr(view, field) if name in labels])
    st.pills(
        label,
        list(labels),
        selection_mode="multi",
        key=key,
        format_func=labels.__getitem__,
        on_change=on_widget_change,
        args=(key, lambda values: {field: tuple(name for name in labels if name in values)}),
        **options,
    )


def _draw_symbol(label: str, field: str, symbols: Sequence[str], view: ViewState) -> None:
    symbol = getattr(view, field)
    other = view.benchmark if field == "fund" else view.fund
    key = f"control_{field}"

    def fields_of(text: str | None) -> ViewFields:
        if not text:
            return None
        typed = normalise_us_symbol(text)
        if typed == other:
            raise InvalidInput(field, typed, f"another symbol than {other}, the other leg")
        return {field: typed}

    set_widget(key, symbol)
    st.selectbox(
        label,
        _with_current(symbol, symbols),
        key=key,
        format_func=_symbol_label,
        accept_new_options=True,
        on_change=on_widget_change,
        args=(key, fields_of),
        help=f"Choose one, or type {_accepted_symbols()}.",
    )


def _accepted_symbols() -> str:
    """Return what can be typed as a symbol, a noun phrase."""
    row = market().source_row
    return "a symbol whose prices are stored" if row is None else row.symbols


def _with_current(current: str, options: Iterable[str]) -> list[str]:
    """Return options with the current one, which may be typed, first where it is not among them."""
    offered = list(options)
    return offered if current in offered else [current, *offered]


def _symbol_label(symbol: str) -> str:
    name = instrument(symbol).name
    return symbol if name == symbol else f"{symbol} · {name}"


def _draw_anchor(view: ViewState, catalogue: Catalogue, scope: Scope | None) -> None:
    labels = cached(_anchor_labels, catalogue)
    if scope is not None and scope.hides_anchor_event:
        labels = {**labels, view.anchor: scope.anchor.short}
    set_widget("control_anchor", view.anchor)
    st.selectbox(
        "Since (anchor)",
        _with_current(view.anchor, labels),
        key="control_anchor",
        format_func=lambda name: labels.get(name, name),
        accept_new_options=True,
        on_change=on_widget_change,
        args=(
            "control_anchor",
            lambda text: _parsed_field("anchor", text, labels) if text else None,
        ),
        help=(
            "The event from which every page counts: from the last close before the news, a "
            "high or a low from its own close. Or type a date, such as 2024-02-29."
        ),
    )


def _anchor_labels(catalogue: Catalogue) -> dict[str, str]:
    """Return a label of each event by its id, the newest first."""
    return {e.id: f"{e.date.isoformat()} · {e.short}" for e in reversed(catalogue.events)}


def _parsed_field(field: str, text: str, anchors: Iterable[str] | None = None) -> ViewFields:
    """Return a field of the view from a text that a link may hold too.

    Raises
    ------
    InvalidInput
        If a link with this text would not be accepted.
    """
    view, problems = parse_view({field: text}, None if anchors is None else set(anchors))
    if problems:
        raise problems[0]
    return {field: getattr(view, field)}


def draw_window_bar(scope: Scope) -> None:
    """Draw the choice of the window: presets and a free range."""
    window = scope.view.window
    windows = [*WINDOWS[-1:], *WINDOWS[:-1], *([window] if span_of(window) else [])]
    labels = {name: _window_label(name) for name in windows}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="window_bar"):
        _draw_segments(
            "Window", "window", labels, scope.view, label_visibility="collapsed", wrap=True
        )
        _draw_popover("Range", ":material/date_range:", "control_range", _draw_range, scope)


def _window_label(window: str) -> str:
    span = span_of(window)
    if span:
        return f"{day(span[0])} – {day(span[1])}"
    return _WINDOW_LABELS.get(window, window)


# A popover is a fragment: opening it runs nothing else. Its widgets are drawn once it is open: a
# widget that the browser has not drawn yet would lose the value that it was set to.


@st.fragment
def _draw_popover(
    label: str,
    icon: str,
    key: str,
    draw: Callable[..., None],
    *args: Any,  # noqa: ANN401 - those of ``draw``
) -> None:
    rerun_page_if_requested()
    popover = st.popover(label, icon=icon, key=key, on_change="rerun")
    if popover.open:
        with popover:
            draw(*args)


def draw_share(view: ViewState) -> None:
    """Draw a popover with a link to the page as it is, and with the way back to the defaults."""
    popover = st.popover("Share", icon=":material/link:", key="control_share", on_change="rerun")
    if popover.open:
        with popover:
            st.caption("This link opens the page as you see it.")
            st.code(link(view), language=None, wrap_lines=True)
            st.button(
                "Back to the default view",
                key="control_reset",
                on_click=replace_view,
                args=(default_view(),),
                disabled=view == default_view(),
            )


def _on_fragment_widget_change(key: str, fields_of: Callable[[Any], ViewFields]) -> None:
    """Change the view in the callback of a fragment's widget, and have the whole page rerun."""
    on_widget_change(key, fields_of)
    request_page_rerun()


def _draw_range(scope: Scope) -> None:
    """Draw the free range: two dates, each used as soon as it is chosen."""
    sessions = scope.sessions
    span = span_of(scope.view.window) or (scope.start.date(), scope.end.date())
    for key, label, value in zip(_RANGE_KEYS, ("First day", "Last day"), span, strict=True):
        set_widget(key, value)
        st.date_input(
            label,
            key=key,
            min_value=min(value, sessions[0].date()),
            max_value=max(value, sessions[-1].date()),
            format="YYYY-MM-DD",
            on_change=_on_fragment_widget_change,
            args=(key, _range_field),
        )


def _range_field(_: date) -> ViewFields:
    start, end = (st.session_state[key] for key in _RANGE_KEYS)
    return _parsed_field("window", f"{start}..{end}")


def set_range(start: str, end: str) -> None:
    """Have the view show a range of days, as a link may name it; another one changes nothing."""
    view, problems = parse_view({"window": f"{start}..{end}"})
    if not problems:
        update_view(window=view.window)


def draw_technical_controls(view: ViewState, pair: PricePair) -> None:
    """Draw the controls of the single-symbol charts: leg, bars, indicators and settings."""
    settings = parameters_of(view)
    titles = {key: row.title(settings.get(key)) for key, row in INDICATORS.items()}
    symbols = {"fund": pair.fund.symbol, "benchmark": pair.benchmark.symbol}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _draw_segments("Symbol", "leg", symbols, view)
        _draw_segments("Bars", "frequency", {"D": "Daily", "W": "Weekly"}, view)
        _draw_pills("Indicators", "indicators", titles, view, wrap=True)
        _draw_popover("Settings", ":material/tune:", "control_settings", _draw_settings, view)


def draw_study_controls(view: ViewState, pair: PricePair) -> None:
    """Draw the controls of the table of events: whose figures, and events of which direction."""
    columns = {
        "comparison": "Both",
        "fund": pair.fund.symbol,
        "benchmark": pair.benchmark.symbol,
    }
    directions = {way.value: direction_text(way).capitalize() for way in directions_of(view.kinds)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _draw_segments("Figures of", "study_columns", columns, view)
        if directions:
            help_text = "Only events of these directions; of none selected, all events."
            _draw_pills("Direction", "directions", directions, view, help=help_text)


def _draw_settings(view: ViewState) -> None:
    settings = parameters_of(view)
    for row in INDICATORS.values():
        values = row.resolve(settings.get(row.key))
        with st.container(horizontal=True):
            for param in row.params:
                key = f"control_set_{row.key}_{param.name}"
                number = int if param.whole else float
                set_widget(key, number(values[param.name]))
                st.number_input(
                    f"{row.title()}: {param.label.lower()}",
                    min_value=number(param.minimum),
                    max_value=number(param.maximum),
                    step=1 if param.whole else 0.5,
                    key=key,
                    on_change=_on_fragment_widget_change,
                    args=(key, partial(_setting_field, row.key, param.name)),
                )


def _setting_field(key: str, name: str, value: float) -> ViewFields:
    settings = parameters_of(current())
    settings.setdefault(key, {})[name] = value
    return {"parameters": changed_parameters(settings)}
