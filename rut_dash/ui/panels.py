"""Figures that more than one page shows."""

from __future__ import annotations

from rut_dash.analysis.indicators import sma
from rut_dash.analysis.performance import percentile_rank, ratio
from rut_dash.charts import Chart, ratio_chart
from rut_dash.ui.scope import Scope

__all__ = ["ratio_figure"]


def ratio_figure(scope: Scope) -> Chart:
    """Return the ratio of fund to benchmark, its 200-day average and its place in history."""
    values = ratio(scope.pair.closes(scope.common_basis))
    average = scope.cut(sma(values, 200).rename("200-day average"))
    return ratio_chart(
        scope.context,
        scope.cut(values),
        average if average.notna().any() else None,
        scope.marks(),
        log=scope.view.scale == "log",
        percentile=percentile_rank(values),
    )
