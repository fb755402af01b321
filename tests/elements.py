"""What the elements of a page hold, as a reader sees them."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest


class _TableReader(HTMLParser):
    """Reads the cells of a table by the names of its columns, and the labels of its rows."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[str] = []
        self.labels: list[str | None] = []
        self.rows: list[list[str]] = []
        self._is_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if "data-column" in values:
            self.columns.append(values["data-column"] or "")
        elif tag == "tr" and self.columns:
            self.labels.append(values.get("data-row"))
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
            self._is_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self._is_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[-1][-1] += data


def read_table(markup: str) -> pd.DataFrame:
    """Return the texts of a table in HTML, its index the labels of rows that can be picked."""
    reader = _TableReader()
    reader.feed(markup)
    labels = reader.labels if any(reader.labels) else None
    return pd.DataFrame(reader.rows, index=labels, columns=reader.columns)


def markup_of_table(proto: Any) -> str | None:
    """Return the HTML of an element that is a table; None of another one."""
    if hasattr(proto, "component_name"):
        is_table = proto.component_name == "rut_dash_table"
        return str(json.loads(proto.bytes)["html"]) if is_table else None
    return str(proto.body) if '"rut-table' in proto.body else None


def tables(app: AppTest) -> list[pd.DataFrame]:
    """Return the tables of a page, those that can be picked from first."""
    elements = (*app.get("bidi_component"), *app.get("html"))
    markups = (markup_of_table(element.proto) for element in elements)
    return [read_table(markup) for markup in markups if markup is not None]


def chart_message(proto: Any) -> dict[str, Any] | None:
    """Return what is sent of an element that is a chart; None of another one."""
    if getattr(proto, "component_name", "") != "rut_dash_chart":
        return None
    message: dict[str, Any] = json.loads(proto.bytes)
    return message


def charts(app: AppTest) -> list[dict[str, Any]]:
    """Return what is sent of each chart of a page (`rut_dash.charts.chart.Chart.encoded`)."""
    messages = (chart_message(element.proto) for element in app.get("bidi_component"))
    return [message for message in messages if message is not None]
