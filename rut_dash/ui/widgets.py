"""The controls that every page has: where to go, what to compare, since when, how to draw it.

Each is set from the view before it is drawn and changes the view in its callback
(:mod:`rut_dash.ui.view_state`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

import streamlit as st

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.errors import InvalidInput
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.kinds import KINDS
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.instruments import BENCHMARKS, FUNDS, instrument, normalise_symbol
from rut_dash.ui.cache import cached
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
    current,
    link,
    on_widget_change,
    replace_view,
    request_page_rerun,
    rerun_page_if_requested,
    set_widget,
)
from rut_dash.wording import day

__all__ = [
    "navigation",
    "share",
    "sidebar",
    "technical_controls",
    "window_bar",
]


_RANGE_KEYS: Final = ("control_from", "control_to")
_WINDOW_LABELS: Final = {"ANCHOR": "Since anchor", "MAX": "Max"}


def navigation(view: ViewState) -> None:
    """Draw the links to the pages; each carries the view."""
    query = to_query(view)
    for spec in PAGES.values():
        st.page_link(
            spec.path, label=spec.label, icon=spec.icon, query_params=query, width="stretch"
        )


def sidebar(view: ViewState, catalogue: Catalogue) -> None:
    """Draw the controls of the comparison."""
    _symbol("Fund", "fund", FUNDS, view)
    _symbol("Benchmark", "benchmark", BENCHMARKS, view)
    _anchor(view, catalogue)
    set_widget("control_basis", view.basis)
    st.segmented_control(
        "Returns",
        list(Basis),
        key="control_basis",
        format_func=lambda basis: {"price": "Price", "total": "Total return"}[basis],
        on_change=on_widget_change,
        args=("control_basis", lambda value: {"basis": value} if value else None),
        help="Price alone, or with dividends reinvested. Closes are always as traded.",
        width="stretch",
    )
    set_widget("control_kinds", list(view.kinds))
    st.pills(
        "Events shown",
        list(KINDS),
        selection_mode="multi",
        key="control_kinds",
        format_func=lambda kind: KINDS[kind].short_label,
        on_change=on_widget_change,
        args=("control_kinds", _take_kinds),
    )
    set_widget("control_scale", view.scale)
    st.segmented_control(
        "Price scale",
        ["linear", "log"],
        key="control_scale",
        format_func=str.capitalize,
        on_change=on_widget_change,
        args=("control_scale", lambda value: {"scale": value} if value else None),
        width="stretch",
    )


def _take_kinds(values: Sequence[str]) -> dict[str, Any]:
    return {"kinds": tuple(kind for kind in KINDS if kind in values)}


def _symbol(label: str, field: str, offered: Sequence[str], view: ViewState) -> None:
    current = getattr(view, field)
    other = view.benchmark if field == "fund" else view.fund
    options = list(offered) if current in offered else [current, *offered]
    key = f"control_{field}"
    set_widget(key, current)

    def take(value: str | None) -> dict[str, Any] | None:
        if not value:
            return None
        symbol = normalise_symbol(value)
        if symbol == other:
            raise InvalidInput(field, symbol, f"another symbol than {other}, the other leg")
        return {field: symbol}

    st.selectbox(
        label,
        options,
        key=key,
        format_func=_symbol_label,
        accept_new_options=True,
        on_change=on_widget_change,
        args=(key, take),
        help="Choose one, or type any ticker that Yahoo Finance knows.",
    )


def _symbol_label(symbol: str) -> str:
    name = instrument(symbol).name
    return symbol if name == symbol else f"{symbol} · {name}"


def _anchor(view: ViewState, catalogue: Catalogue) -> None:
    labels = cached(_anchor_labels, catalogue)
    options = list(labels) if view.anchor in labels else [view.anchor, *labels]
    set_widget("control_anchor", view.anchor)

    def take(value: str | None) -> dict[str, Any] | None:
        if not value:
            return None
        asked, problems = parse_view({"anchor": value}, labels.keys())
        if problems:
            raise problems[0]
        return {"anchor": asked.anchor}

    st.selectbox(
        "Since (anchor)",
        options,
        key="control_anchor",
        format_func=lambda name: labels.get(name, name),
        accept_new_options=True,
        on_change=on_widget_change,
        args=("control_anchor", take),
        help=(
            "The event from which every panel counts: from the last close before the news, a "
            "high or a low from its own close. Or type a date, such as 2024-02-29."
        ),
    )


def _anchor_labels(catalogue: Catalogue) -> dict[str, str]:
    """Return what each event is called, the newest first."""
    return {e.id: f"{e.date.isoformat()} · {e.short}" for e in reversed(catalogue.events)}


def window_bar(scope: Scope) -> None:
    """Draw the choice of the window: presets and a free range."""
    window = scope.view.window
    options = [*WINDOWS[-1:], *WINDOWS[:-1], *([window] if span_of(window) else [])]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        set_widget("control_window", window)
        st.segmented_control(
            "Window",
            options,
            key="control_window",
            format_func=_window_label,
            on_change=on_widget_change,
            args=("control_window", lambda value: {"window": value} if value else None),
            label_visibility="collapsed",
            wrap=True,
        )
        _free_range(scope)


def _window_label(window: str) -> str:
    span = span_of(window)
    if span:
        return f"{day(span[0])} – {day(span[1])}"
    return _WINDOW_LABELS.get(window, window)


# What opens on demand is a fragment: opening it runs nothing else. It is drawn when it is open: a
# widget that the browser has not shown yet would lose what it was set to.


@st.fragment
def _free_range(scope: Scope) -> None:
    rerun_page_if_requested()
    free = st.popover("Range", icon=":material/date_range:", key="control_range", on_change="rerun")
    if free.open:
        with free:
            _range(scope)


@st.fragment
def _open_settings(view: ViewState) -> None:
    rerun_page_if_requested()
    settings = st.popover(
        "Settings", icon=":material/tune:", key="control_settings", on_change="rerun"
    )
    if settings.open:
        with settings:
            _settings(view)


def share(view: ViewState) -> None:
    """Draw what copies a link to the page as it is, and what takes it back to its defaults."""
    with_link = st.popover("Share", icon=":material/link:", key="control_share", on_change="rerun")
    if with_link.open:
        with with_link:
            st.caption("This link opens the page as you see it.")
            st.code(link(view), language=None, wrap_lines=True)
            st.button(
                "Back to the default view",
                key="control_reset",
                on_click=replace_view,
                args=(default_view(),),
                disabled=view == default_view(),
            )


def _taken(update_view: Callable[..., None], *args: Any) -> None:  # noqa: ANN401 - whatever it takes
    """Change the view from a fragment: the whole page follows."""
    update_view(*args)
    request_page_rerun()


def _range(scope: Scope) -> None:
    """Draw the free range: two dates, each taken as soon as it is chosen."""
    sessions = scope.sessions
    shown = span_of(scope.view.window) or (scope.start.date(), scope.end.date())
    for key, label, value in zip(_RANGE_KEYS, ("First day", "Last day"), shown, strict=True):
        set_widget(key, value)
        st.date_input(
            label,
            key=key,
            min_value=min(value, sessions[0].date()),
            max_value=max(value, sessions[-1].date()),
            format="YYYY-MM-DD",
            on_change=_taken,
            args=(on_widget_change, key, _take_range),
        )


def _take_range(_: date) -> dict[str, Any]:
    start, end = (st.session_state[key] for key in _RANGE_KEYS)
    asked, problems = parse_view({"window": f"{start}..{end}"})
    if problems:
        raise problems[0]
    return {"window": asked.window}


def technical_controls(view: ViewState, pair: PricePair) -> None:
    """Draw the controls of the single-symbol panels: leg, bars, indicators and settings."""
    symbols = {"fund": pair.fund.symbol, "benchmark": pair.benchmark.symbol}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        set_widget("control_leg", view.leg)
        st.segmented_control(
            "Symbol",
            ["fund", "benchmark"],
            key="control_leg",
            format_func=symbols.__getitem__,
            on_change=on_widget_change,
            args=("control_leg", lambda value: {"leg": value} if value else None),
        )
        set_widget("control_frequency", view.frequency)
        st.segmented_control(
            "Bars",
            ["D", "W"],
            key="control_frequency",
            format_func={"D": "Daily", "W": "Weekly"}.__getitem__,
            on_change=on_widget_change,
            args=("control_frequency", lambda value: {"frequency": value} if value else None),
        )
        titles = _titles(view)
        set_widget("control_overlays", list(view.overlays))
        st.pills(
            "Indicators",
            list(INDICATORS),
            selection_mode="multi",
            key="control_overlays",
            format_func=titles.__getitem__,
            on_change=on_widget_change,
            args=("control_overlays", _take_overlays),
            wrap=True,
        )
        _open_settings(view)


def _titles(view: ViewState) -> dict[str, str]:
    settings = parameters_of(view)
    return {row.key: row.title(settings.get(row.key)) for row in INDICATORS.values()}


def _take_overlays(values: Sequence[str]) -> dict[str, Any]:
    return {"overlays": tuple(row.key for row in INDICATORS.values() if row.key in values)}


def _settings(view: ViewState) -> None:
    settings = parameters_of(view)
    for row in INDICATORS.values():
        values = row.resolve(settings.get(row.key))
        with st.container(horizontal=True):
            for param in row.params:
                key = f"control_set_{row.key}_{param.name}"
                kind = int if param.whole else float
                set_widget(key, kind(values[param.name]))
                st.number_input(
                    f"{row.title()}: {param.label.lower()}",
                    min_value=kind(param.minimum),
                    max_value=kind(param.maximum),
                    step=1 if param.whole else 0.5,
                    key=key,
                    on_change=_taken,
                    args=(on_widget_change, key, partial(_take_setting, row.key, param.name)),
                )


def _take_setting(key: str, name: str, value: float) -> dict[str, Any]:
    use = parameters_of(current())
    use.setdefault(key, {})[name] = value
    return {"parameters": changed_parameters(use)}
