"""Frames to Plotly figures; no statistic is computed here."""

from rut_dash.charts.chart import Chart, Context, chart_config
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.export_page import standalone_html
from rut_dash.charts.line_charts import (
    event_paths_chart,
    price_chart,
    ratio_chart,
    rebased_chart,
    rolling_chart,
    underwater_chart,
)
from rut_dash.charts.style import colour_of, pair_colours
from rut_dash.charts.technicals import technicals_chart

__all__ = [
    "Chart",
    "Context",
    "EventMark",
    "chart_config",
    "colour_of",
    "event_paths_chart",
    "pair_colours",
    "price_chart",
    "ratio_chart",
    "rebased_chart",
    "rolling_chart",
    "standalone_html",
    "technicals_chart",
    "underwater_chart",
]
