"""The chart that shows a claim: its series with the levels, dates and stretches drawn in."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Final

import pandas as pd

from rut_dash.analysis.indicators.indicator_row import IndicatorValues
from rut_dash.charts.canvas import DASHES, OVER_DATA, Canvas
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.indicator_lines import draw_bands, draw_overlays, draw_panels
from rut_dash.charts.panel import Panel
from rut_dash.charts.style import (
    GREY,
    RATIO,
    SERIES,
    colour_of,
    describe_series,
    faint,
    pair_colours,
    price_unit,
)
from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.errors.base_error import shortened
from rut_dash.events.event import Lane
from rut_dash.formula_wording import label_text
from rut_dash.wording import close_name, level_name

_MAIN: Final = 280
# Stretches and zones differ in colour; both are faint.
_SPAN: Final = faint("#8B6FE0")
_BAND: Final = faint(GREY)
_LANE: Final = Lane("Claim", "#2B8CC9")
# Longer labels would cover their neighbours.
_LABEL_LIMIT: Final = 24


def claim_chart(
    ctx: Context,
    spec: ChartSpec,
    claim_id: str,
    lines: pd.DataFrame,
    indicators: Sequence[IndicatorValues] = (),
    *,
    claim_day: pd.Timestamp | None = None,
    alt: str = "",
) -> Chart:
    """Return the chart of a claim.

    Parameters
    ----------
    ctx
        What the chart is about: the series, their basis, the session it is judged at.
    lines
        One column for each line on the sessions of the window, named as the legend shows it;
        those named like a series of ``ctx`` are drawn in its colour and in front.
    indicators
        Over the prices, or in panels of their own.
    claim_day
        The session of the claim; marked unless the spec marks it. None where it has none.

    Raises
    ------
    InsufficientHistory
        If there is nothing to draw.
    """
    symbols = [name for name in dict.fromkeys((ctx.fund, ctx.benchmark)) if name in lines.columns]
    index = pd.DatetimeIndex(lines.index)
    title = f"{_subject(ctx, spec)} · {claim_id}"
    canvas = Canvas(ctx, title, f"claim-{claim_id}", index, weekly=spec.frequency == "W")
    panel = canvas.add_panel(_MAIN, _unit(ctx, spec, lines))
    for band in spec.bands:
        _draw_band(canvas, panel, band.low, band.high)
    for span in spec.spans:
        _draw_span(canvas, panel, max(span.start, index[0]), min(span.end, index[-1]))
    draw_bands(canvas, panel, indicators)
    draw_overlays(canvas, panel, indicators)
    fmt = ",.2f" if float(lines.abs().max().max()) >= 2 else ".4f"
    others = lines.drop(columns=symbols)
    colours = (RATIO, *SERIES) if spec.form == "ratio" else SERIES
    for number, name in enumerate(others.columns):
        canvas.add_line(
            panel, others[name], str(name), colours[number % len(colours)], fmt=fmt, width=1.5,
            dash=DASHES[number % len(DASHES)],
        )  # fmt: skip
    over_prices = any(values.indicator.drawing != "panel" for values in indicators)
    _draw_symbols(canvas, panel, lines[symbols], fmt, alone=others.empty and not over_prices)
    for level in spec.levels:
        text = html.escape(label_text(level.label, ctx.basis), quote=False)
        canvas.add_level(panel, level.price, text, cover=True)
    draw_panels(canvas, indicators, ctx.fund)
    subject = str(symbols[0] if symbols else lines.columns[0])
    description = describe_series(subject, lines[subject], fmt)
    return canvas.finish(f"{alt} {description}", _marks(spec, claim_day, index))


def _subject(ctx: Context, spec: ChartSpec) -> str:
    if spec.form == "ratio":
        return f"Ratio {ctx.fund}/{ctx.benchmark}"
    if spec.form == "rebased":
        return f"{ctx.fund} and {ctx.benchmark} rebased"
    close = close_name(ctx.basis)
    return f"{ctx.fund} weekly {close}" if spec.frequency == "W" else f"{ctx.fund} {close}"


def _unit(ctx: Context, spec: ChartSpec, lines: pd.DataFrame) -> str:
    if spec.form == "ratio":
        return level_name(f"{lines.columns[0]} ratio", ctx.basis)
    if spec.form == "rebased" and spec.start is not None:
        return f"{spec.start:%Y-%m-%d} = 100"
    return price_unit(ctx.fund, ctx.basis)


def _draw_symbols(
    canvas: Canvas, panel: Panel, lines: pd.DataFrame, fmt: str, *, alone: bool
) -> None:
    """Draw the series of the claim over the other lines; one alone is named by the title."""
    colours = [colour_of(symbol, "fund") for symbol in lines.columns]
    if len(colours) == 2:
        colours = list(pair_colours(*lines.columns))
    for symbol, colour in zip(lines.columns, colours, strict=True):
        if alone and len(lines.columns) == 1:
            canvas.add_title_line(panel, lines[symbol], symbol, colour, fmt=fmt)
        else:
            front = {"zorder": 2}
            canvas.add_line(panel, lines[symbol], symbol, colour, fmt=fmt, width=2, more=front)


def _draw_band(canvas: Canvas, panel: Panel, low: float, high: float) -> None:
    """Draw a zone of prices, named at the right end."""
    panel.cover([low, high])
    canvas.shapes.append(
        _rectangle(x=(0, 1), y=(low, high), colour=_BAND, xref="paper", yref=panel.axis)
    )
    canvas.annotations.append(
        {
            "text": f"{low:,.2f} to {high:,.2f}",
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "yref": panel.axis,
            "y": math.log10(high) if panel.log else high,
            "yanchor": "bottom",
            "showarrow": False,
            "font": OVER_DATA,
        }
    )


def _draw_span(canvas: Canvas, panel: Panel, start: pd.Timestamp, end: pd.Timestamp) -> None:
    """Draw a stretch of sessions over the height of a panel."""
    days = (f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}")
    canvas.shapes.append(
        _rectangle(x=days, y=(0, 1), colour=_SPAN, xref="x", yref=f"{panel.axis} domain")
    )


def _rectangle(
    *, x: tuple[object, object], y: tuple[float, float], colour: str, xref: str, yref: str
) -> dict[str, object]:
    return {
        "type": "rect",
        "xref": xref,
        "x0": x[0],
        "x1": x[1],
        "yref": yref,
        "y0": y[0],
        "y1": y[1],
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": colour,
    }


def _marks(
    spec: ChartSpec, claim_day: pd.Timestamp | None, index: pd.DatetimeIndex
) -> list[EventMark]:
    """Return the marked days, several stretches by their starts, and the day of the claim."""
    days = [(day.day, day.label) for day in spec.days]
    if len(spec.spans) > 1:
        days += [(span.start, span.label) for span in spec.spans if span.label is not None]
    marks = [
        EventMark(day, shortened(label_text(label), _LABEL_LIMIT), _LANE)
        for day, label in days
        if label is not None
    ]
    if claim_day is not None and claim_day in index and all(day != claim_day for day, _ in days):
        marks.append(EventMark(claim_day, "Claim made", _LANE, counted_from=claim_day))
    return marks
