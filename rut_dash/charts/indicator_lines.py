"""Indicators on a canvas: lines and bands over the prices, panels of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import IndicatorOutput, IndicatorValues
from rut_dash.charts.canvas import DASHES, Canvas, numbers, value_format
from rut_dash.charts.panel import Panel
from rut_dash.charts.style import DOWN, GREY, SERIES, UP, faint, price_unit

_PANEL_HEIGHT: Final = 104
# A band is in the background: grey first, so that the lines over it have the palette.
_BAND_COLOURS: Final = (GREY, SERIES[4], SERIES[3], SERIES[2])


def draw_bands(canvas: Canvas, panel: Panel, bands: Sequence[IndicatorValues]) -> None:
    """Draw the bands among some indicators: the space between the outer lines is tinted.

    Each has one entry in the legend, its title.
    """
    bands = [values for values in bands if values.indicator.drawing == "band"]
    for place, values in enumerate(bands):
        outputs = values.indicator.outputs
        colour = outputs[-1].colour or _BAND_COLOURS[place % len(_BAND_COLOURS)]
        edges = (outputs[0], outputs[-1])
        # The tint reaches to the line drawn before: the two edges follow each other.
        for output in (*edges, *outputs[1:-1]):
            # The legend names the line in the middle, or the upper edge where there is none.
            named = output is (outputs[1] if len(outputs) > 2 else outputs[-1])
            more: dict[str, Any] = {"showlegend": named, "legendgroup": values.indicator.key}
            if output is outputs[-1]:
                more |= {"fill": "tonexty", "fillcolor": faint(colour)}
            canvas.add_line(
                panel,
                values.frame[output.column],
                values.title if named else output.name,
                output.colour or colour,
                fmt=values.indicator.number_format,
                width=1,
                dash=output.dash or ("solid" if output in edges else "dash"),
                more=more | value_format(values.indicator.number_format, output.name),
            )


def draw_overlays(canvas: Canvas, panel: Panel, overlays: Sequence[IndicatorValues]) -> None:
    """Draw the overlays among some indicators: lines over the prices."""
    place = 0
    for values in overlays:
        if values.indicator.drawing != "overlay":
            continue
        for output in values.indicator.outputs:
            canvas.add_line(
                panel,
                values.frame[output.column],
                _name(values, output),
                output.colour or SERIES[place % len(SERIES)],
                fmt=values.indicator.number_format,
                width=1.5,
                dash=output.dash or DASHES[place % len(DASHES)],
            )
            place += 1


def draw_panels(
    canvas: Canvas, indicators: Sequence[IndicatorValues], symbol: str
) -> dict[str, Panel]:
    """Draw the indicators that have a panel of their own, from top to bottom.

    Returns
    -------
    dict
        The panels by key of indicator.
    """
    return {
        values.indicator.key: _draw_panel(canvas, values, symbol)
        for values in indicators
        if values.indicator.drawing == "panel"
    }


def _draw_panel(canvas: Canvas, values: IndicatorValues, symbol: str) -> Panel:
    indicator = values.indicator
    unit = price_unit(symbol, canvas.ctx.basis) if indicator.scales_with_price else indicator.unit
    panel = canvas.add_panel(_PANEL_HEIGHT, unit, title=values.title)
    for output in indicator.outputs:
        if output.form == "histogram":
            _draw_histogram(canvas, panel, values, output)
    lines = [output for output in indicator.outputs if output.form == "line"]
    for place, output in enumerate(lines):
        canvas.add_line(
            panel,
            values.frame[output.column],
            _name(values, output),
            output.colour or (_unused_colour(canvas, place) if len(lines) > 1 else SERIES[0]),
            fmt=indicator.number_format,
            width=1.5,
            dash=output.dash or DASHES[place % len(DASHES)],
            # The panel's title names a single line.
            more={"showlegend": len(lines) > 1},
        )
    for level in indicator.levels:
        canvas.add_level(panel, level.value, cover=True)
    if indicator.bounds is not None:
        least, greatest = indicator.bounds
        room = 0.05 * (greatest - least)
        low, high = (least, greatest) if panel.empty else (panel.low - room, panel.high + room)
        panel.fixed_range = (max(least, low), min(greatest, high))
        panel.ticks = tuple(level.value for level in indicator.levels) or None
    return panel


def _unused_colour(canvas: Canvas, place: int) -> str:
    """Return a colour of the palette that no line in the legend has, as far as there is one."""
    used = {t["line"]["color"] for t in canvas.traces if t.get("showlegend", True) and "line" in t}
    return next((colour for colour in SERIES if colour not in used), SERIES[place % len(SERIES)])


def _draw_histogram(
    canvas: Canvas, panel: Panel, values: IndicatorValues, output: IndicatorOutput
) -> None:
    """Draw bars from zero, those above it in another colour than those below."""
    heights: pd.Series = values.frame[output.column].reindex(canvas.index)
    panel.cover(heights.to_numpy(dtype="float64"))
    for name, part, colour in (
        (f"{output.name}, rising", heights.where(heights >= 0), UP),
        (f"{output.name}, falling", heights.where(heights < 0), DOWN),
    ):
        canvas.add_trace(
            panel,
            {
                "type": "bar",
                "name": name,
                "showlegend": False,
                "y": numbers(part),
                "marker": {"color": output.colour or colour, "line": {"width": 0}},
                **value_format(values.indicator.number_format, output.name),
            },
        )


def _name(values: IndicatorValues, output: IndicatorOutput) -> str:
    return values.title if len(values.indicator.outputs) == 1 else output.name
