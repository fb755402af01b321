"""The export of a chart: a page that shows it without a network."""

from __future__ import annotations

import html
from typing import Final

from rut_dash.charts.browser_assets import CHART_SCRIPT, CHART_STYLE, PLOTLY_SCRIPT, chart_asset
from rut_dash.charts.chart import Chart

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {caption}</title>
<style>
:root {{ color-scheme: light; }}
body {{ margin: 0 auto; max-width: 1200px; padding: 1rem; background: #fff; color: #16202e;
       font-family: system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }}
.description {{ margin-top: .75rem; font-size: .9rem; line-height: 1.5; color: #45505f; }}
.simulated {{ margin: 0 0 .75rem; padding: .6rem .9rem; border: 2px solid #b4540a;
             color: #7a3806; font-weight: 600; }}
{style}</style>
</head>
<body>
{warning}<figure class="rut-part rut-chart"></figure>
<p class="description">{caption}<br>{alt}</p>
<script>{plotly}</script>
<script type="application/json" id="message">{message}</script>
<script type="module">
{script}
drawChart(document.querySelector("figure"), document.getElementById("message").textContent);
</script>
</body>
</html>
"""

_WARNING: Final = '<p class="simulated" role="note">Simulated data, not market prices.</p>\n'


def standalone_html(chart: Chart) -> str:
    """Return a whole page that shows a chart without a network: all scripts are in it.

    The page is light whatever the dashboard's theme, as wide as its window, and states as-of,
    basis and source in its title and with the chart.
    """
    return _PAGE.format(
        title=html.escape(chart.title),
        caption=html.escape(chart.caption),
        alt=html.escape(chart.alt),
        warning=_WARNING if chart.simulated else "",
        style=chart_asset(CHART_STYLE),
        plotly=chart_asset(PLOTLY_SCRIPT),
        # No text can end the element: JSON has other ways to write these characters.
        message=chart.encoded.decode().replace("<", "\\u003c").replace("&", "\\u0026"),
        script=chart_asset(CHART_SCRIPT),
    )
