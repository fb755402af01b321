"""Frames to Plotly figures; no statistic is computed here."""

from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.line_charts import (
    event_paths_chart,
    period_bars,
    price_chart,
    ratio_chart,
    rebased_chart,
    rolling_chart,
    underwater_chart,
)
from rut_dash.charts.style import (
    Chart,
    Context,
    chart_config,
    colour_of,
    pair_colours,
    standalone_html,
)
from rut_dash.charts.technicals import technicals_chart

__all__ = [
    "Chart",
    "Context",
    "EventMark",
    "chart_config",
    "colour_of",
    "event_paths_chart",
    "pair_colours",
    "period_bars",
    "price_chart",
    "ratio_chart",
    "rebased_chart",
    "rolling_chart",
    "standalone_html",
    "technicals_chart",
    "underwater_chart",
]
