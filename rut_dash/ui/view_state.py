"""The view of a session: the URL is the truth, and widgets write it from callbacks.

On load, on a followed link and on the browser's back button the view is read from the URL.
A widget never sets the view by its return value: its callback calls `update_view`, which writes
the URL, and the widget's own state is set from the view before it is drawn. That gives one
run and one history entry per change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.parse import urlencode

import streamlit as st

from rut_dash.errors import RutDashError
from rut_dash.ui.view import (
    VERSION_KEY,
    ViewState,
    default_view,
    parse_view,
    shared_query,
    to_query,
)

__all__ = [
    "current",
    "current_view",
    "link",
    "notify",
    "on_widget_change",
    "replace_view",
    "request_page_rerun",
    "rerun_page_if_requested",
    "set_widget",
    "update_view",
]

_VIEW: Final = "view"
_DIRTY: Final = "view_changed"
_NOTICES: Final = "view_notices"
_PAGE_FOLLOWS: Final = "page_follows_fragment"


def current_view(anchors: Collection[str]) -> tuple[ViewState, list[str]]:
    """Return the session's view and the sentences about what it could not use.

    Parameters
    ----------
    anchors
        The ids of the events there are.
    """
    notices: list[str] = st.session_state.pop(_NOTICES, [])
    if not st.session_state.pop(_DIRTY, False):
        query = {key: st.query_params.get_all(key) for key in st.query_params}
        view, problems = parse_view(query, anchors)
        notices = [*notices, *map(str, problems)]
        if problems or VERSION_KEY in query.keys() - to_query(view).keys():
            set_view(view)
        st.session_state[_VIEW] = view
    return current(), notices


def current() -> ViewState:
    """Return the view as the callbacks before have left it."""
    view: ViewState | None = st.session_state.get(_VIEW)
    return default_view() if view is None else view


def update_view(**fields: Any) -> None:  # noqa: ANN401 - fields have many types
    """Change fields of the view, and the URL with it; from callbacks only."""
    replace_view(current().with_(**fields))


def set_view(view: ViewState) -> None:
    """Set the view of this run, and the URL with it, without another run."""
    st.session_state[_VIEW] = view
    st.query_params.from_dict(to_query(view))


def replace_view(view: ViewState) -> None:
    """Set the whole view, and the URL with it."""
    set_view(view)
    st.session_state[_DIRTY] = True


def notify(sentence: str) -> None:
    """Show a sentence at the top of the next run."""
    st.session_state.setdefault(_NOTICES, []).append(sentence)


def set_widget(key: str, value: Any) -> None:  # noqa: ANN401 - whatever the widget holds
    """Set a widget to what the view says, before it is drawn.

    On every run, equal or not: a browser that has not drawn a run yet when the next one
    comes (prices that arrive during the first) would otherwise draw the widget's default.
    """
    st.session_state[key] = value


def on_widget_change(key: str, take: Callable[[Any], dict[str, Any] | None]) -> None:
    """Pass a widget's new value on to the view: the callback of every control.

    Parameters
    ----------
    key
        The widget's; one that is gone is ignored.
    take
        Turns the value into the fields to change; None changes nothing.
    """
    if key not in st.session_state:
        return
    try:
        fields = take(st.session_state[key])
    except RutDashError as error:
        notify(str(error))
        return
    if fields:
        update_view(**fields)


def link(view: ViewState) -> str:
    """Return the whole link to the page being shown, with the view in it."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(shared_query(view), safe=',:^')}"


def request_page_rerun() -> None:
    """Say, in the callback of a fragment's widget, that more than the fragment has changed."""
    st.session_state[_PAGE_FOLLOWS] = True


def rerun_page_if_requested() -> None:
    """Run the whole page where `request_page_rerun` was just said: a fragment begins with it."""
    if st.session_state.pop(_PAGE_FOLLOWS, False):
        st.rerun()
