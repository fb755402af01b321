"""A page that is not shipped: a file, a row and what it draws, for tests of what follows from them.

Its heatmap has an array of two dimensions; its table has a text that a spreadsheet would run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from rut_dash.charts.chart import Chart
from rut_dash.ui.pages import PAGES, PageResult, PageSpec
from rut_dash.ui.scope import Scope

ROOT = Path(__file__).resolve().parent.parent
FILE = '''
"""Months: the fund's returns by year and month."""

from rut_dash.ui.layout import open_page
from rut_dash.ui.tables import Column
from tests.added_page import month_figure, month_table

page = open_page("months")
with page.section("Months"):
    page.chart(month_figure, page.scope)
    columns = {"note": Column("Note", "text"), "1": Column("January")}
    page.table("Months", month_table, page.scope, columns=columns, alt="Returns by month",
               histories=(page.scope.pair.fund,))
'''


# The scopes that something was computed of.
CALLS: list[Scope] = []


def month_table(scope: Scope) -> pd.DataFrame:
    """Return the fund's returns, a row a year, a column a month."""
    CALLS.append(scope)
    close = scope.close_of(scope.pair.fund)
    returns = close.groupby([close.index.year, close.index.month]).last().pct_change()
    table = returns.unstack().reindex(columns=range(1, 13)).rename(columns=str)  # noqa: PD010
    return table.assign(note="=1+1").rename_axis("year")


def month_figure(scope: Scope) -> Chart:
    """Return the returns as a heatmap."""
    table = month_table(scope).drop(columns="note")
    z = table.to_numpy(np.float32)
    spec = {
        "data": [{"type": "heatmap", "x": list(table), "y": list(table.index), "z": z}],
        "layout": {"height": 400, "title": {"text": f"Months · {scope.context.caption}"}},
    }
    return Chart(spec, "months", "Months", "Returns by month", scope.context.caption)


ROW = PageSpec(
    "months",
    "Months",
    ":material/calendar_month:",
    "pages/months.py",
    charts=(PageResult(month_figure),),
    results=(PageResult(month_table),),
    has_window=False,
)


@contextmanager
def app_with_added_page(folder: Path) -> Iterator[Path]:
    """Add the row for the time of a with-block, and return an app's folder with the page's file."""
    shutil.copy(ROOT / "app.py", folder)
    shutil.copytree(ROOT / "pages", folder / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ROW.path).write_text(FILE)
    with PAGES.with_row(ROW):
        yield folder
