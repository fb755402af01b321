"""The view of a session, read from the URL and written to it.

The view is read from the URL when a page is loaded, a link is followed or the browser goes back.
A widget never sets the view by its return value: its callback calls `update_view`, which writes
the URL, and the widget's own state is set from the view before it is drawn. So each change is
one run and one entry of the browser's history.
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

# Fields of the view to change; None changes nothing.
ViewFields = dict[str, Any] | None

_VIEW: Final = "view"
_SET_BY_CALLBACK: Final = "view_changed"
_NOTICES: Final = "view_notices"
_PAGE_RERUN: Final = "page_rerun_requested"


def current_view(anchors: Collection[str]) -> tuple[ViewState, list[str]]:
    """Return the session's view, and sentences about the parts of its link that are ignored.

    Parameters
    ----------
    anchors
        The ids of the events there are.
    """
    notices: list[str] = st.session_state.pop(_NOTICES, [])
    if not st.session_state.pop(_SET_BY_CALLBACK, False):
        query = {key: st.query_params.get_all(key) for key in st.query_params}
        view, problems = parse_view(query, anchors)
        notices = [*notices, *map(str, problems)]
        if problems or VERSION_KEY in query.keys() - to_query(view).keys():
            set_view(view)
        st.session_state[_VIEW] = view
    return current(), notices


def current() -> ViewState:
    """Return the view of this run, with the changes of its callbacks."""
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
    st.session_state[_SET_BY_CALLBACK] = True


def notify(sentence: str) -> None:
    """Add a sentence to the notices of the next run."""
    st.session_state.setdefault(_NOTICES, []).append(sentence)


def set_widget(key: str, value: Any) -> None:  # noqa: ANN401 - whatever the widget holds
    """Set the value of a widget from the view, before it is drawn.

    On every run, also where it is equal: if prices arrive during the first run, the next one
    starts before the browser has drawn the widget, and it would draw the widget's default.
    """
    st.session_state[key] = value


def on_widget_change(key: str, fields_of: Callable[[Any], ViewFields]) -> None:
    """Change the view by a widget's new value: the callback of every control.

    Parameters
    ----------
    key
        The widget's; one that is gone is ignored.
    fields_of
        Returns the fields of the view to change. A RutDashError becomes a notice.
    """
    if key not in st.session_state:
        return
    try:
        fields = fields_of(st.session_state[key])
    except RutDashError as error:
        notify(str(error))
        return
    if fields:
        update_view(**fields)


def link(view: ViewState) -> str:
    """Return the whole link to the current page, with the view in it."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(shared_query(view), safe=',:^')}"


def request_page_rerun() -> None:
    """Request a run of the whole page in the callback of a fragment's widget."""
    st.session_state[_PAGE_RERUN] = True


def rerun_page_if_requested() -> None:
    """Rerun the whole page if its fragment requested it; the first call of a fragment."""
    if st.session_state.pop(_PAGE_RERUN, False):
        st.rerun()
