"""The export of a chart: a page that shows it without a network."""

from __future__ import annotations

import html
from typing import Final

from rut_dash.charts.chart import Chart, chart_config

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {caption}</title>
<style>
body {{ margin: 0 auto; max-width: 1200px; padding: 1rem; background: #fff; color: #16202e;
       font-family: system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }}
figure {{ margin: 0; }}
figcaption {{ margin-top: .75rem; font-size: .9rem; line-height: 1.5; color: #45505f; }}
.simulated {{ margin: 0 0 .75rem; padding: .6rem .9rem; border: 2px solid #b4540a;
             color: #7a3806; font-weight: 600; }}
</style>
</head>
<body>
{warning}<figure role="group" aria-label="{alt}">
{plot}
<figcaption>{caption}<br>{alt}</figcaption>
</figure>
</body>
</html>
"""

_WARNING: Final = '<p class="simulated" role="note">Simulated data, not market prices.</p>\n'


def standalone_html(chart: Chart) -> str:
    """Return a whole page that shows a chart without a network: Plotly is in it.

    The page is light whatever the dashboard's theme, and states as-of, basis and source in its
    title and under the chart.
    """
    import plotly.io

    figure = chart.figure
    figure.update_layout(
        template={
            "layout": {
                "font": {
                    "family": 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif',
                    "size": 12,
                    "color": "#16202e",
                },
                "paper_bgcolor": "#ffffff",
                "plot_bgcolor": "#ffffff",
                "title": {"font": {"weight": 600}},
                "hoverlabel": {"bordercolor": "#dbe1ea"},
                "xaxis": {"showgrid": False, "zeroline": False},
                "yaxis": {"zeroline": False},
            }
        },
        autosize=True,
    )
    plot = plotly.io.to_html(
        figure,
        config={**chart_config(chart), "responsive": True},
        include_plotlyjs=True,
        full_html=False,
        default_width="100%",
        default_height=f"{figure.layout.height:.0f}px",
    )
    warning = _WARNING if chart.simulated else ""
    return _PAGE.format(
        title=html.escape(chart.title),
        caption=html.escape(chart.caption),
        alt=html.escape(chart.alt),
        warning=warning,
        plot=plot,
    )
