"""Elements of a page that have a script of their own in the browser."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import orjson
import streamlit as st

from rut_dash.ui.browser_files import browser_path

# The page's document names the address of the app (`rut_dash.ui.server.page_document`).
_LOAD: Final = """
const base = window.__streamlit?.BACKEND_BASE_URL ?? new URL(".", location.href).href;
const script = import(new URL("{path}", base).href);
export default async (component) => (await script).default(component);
"""


@functools.cache  # constant: a registration in Streamlit, whose scripts are files of the program
def _component(name: str) -> Callable[..., Any]:
    """Return the command that draws an element whose script is ``<name>.js``."""
    script = _LOAD.replace("{path}", browser_path(f"{name}.js"))
    component: Callable[..., Any] = st.components.v2.component(
        f"rut_dash_{name}", js=script, isolate_styles=False
    )
    return component


def table_message(markup: str, selected: str | None) -> bytes:
    """Return what the script of a table takes.

    Parameters
    ----------
    selected
        The label of a row; None for none.
    """
    return orjson.dumps({"html": markup, "selected": selected})


def draw_pickable_table(key: str, message: bytes, on_pick: Callable[[str], None]) -> None:
    """Draw a table of which a reader picks a row.

    Parameters
    ----------
    message
        See `table_message`.
    on_pick
        Takes the label that the browser sends, which may be any text.
    """

    def pass_label() -> None:
        label = st.session_state[key]["picked"]
        if isinstance(label, str):
            on_pick(label)

    _component("table")(key=key, data=message, on_picked_change=pass_label)


def draw_chart(key: str, message: bytes, on_range: Callable[[str, str], None]) -> None:
    """Draw a chart.

    Parameters
    ----------
    message
        See `rut_dash.charts.chart.Chart.encoded`.
    on_range
        Takes the first and the last day, as ``YYYY-MM-DD``, of the part that a reader wants to
        have as the range of every figure: whatever somebody makes the browser send.
    """

    def pass_days() -> None:
        days = st.session_state[key]["range"]
        if isinstance(days, list) and len(days) == 2 and all(isinstance(d, str) for d in days):
            on_range(*days)

    _component("chart")(key=key, data=message, on_range_change=pass_days)
