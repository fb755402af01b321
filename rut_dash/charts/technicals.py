"""Candles, volume and indicators of one symbol on one time axis."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rut_dash.analysis.crosses import cross_kinds
from rut_dash.analysis.indicators.indicator_row import Frequency, IndicatorValues
from rut_dash.charts.canvas import Canvas, numbers, value_format
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.indicator_lines import draw_bands, draw_overlays, draw_panels
from rut_dash.charts.panel import Panel, round_ticks
from rut_dash.charts.style import (
    DOWN,
    GREY,
    UP,
    day_text,
    describe_series,
    pair_colours,
    price_unit,
)
from rut_dash.charts.time_axis import milliseconds
from rut_dash.wording import (
    compact,
    counted,
    formatted,
    level_name,
)

# Thousands of bars are slow to draw and narrower than a pixel: their volume becomes an area.
_MOST_VOLUME_BARS: Final = 800
# By direction of a cross: its character in a text, and its colour.
_CROSS_GLYPHS: Final = {"up": ("▲", UP), "down": ("▼", DOWN)}


def technicals_chart(
    ctx: Context,
    symbol: str,
    ohlcv: pd.DataFrame,
    indicators: Sequence[IndicatorValues],
    crosses: pd.DataFrame,
    marks: Sequence[EventMark],
    *,
    log: bool = False,
    frequency: Frequency = "D",
    candles: bool = True,
) -> Chart:
    """Return candles with volume, and indicators over them and below, on one time axis.

    Parameters
    ----------
    symbol
        The symbol of the bars: the fund or the benchmark.
    ohlcv
        Columns ``open, high, low, close, volume``, shape (n, 5); ``close`` alone is enough
        without candles. Volume that is NaN throughout has no panel.
    indicators
        Those to draw, in this order; values outside the sessions of the bars are left out.
    crosses
        As :func:`rut_dash.analysis.crosses.crosses` returns them. Those outside the window
        are left out, and those of an indicator whose own panel is not drawn.
    frequency
        ``"D"`` or ``"W"``: what a bar is.
    candles
        False for a line of closes.

    Raises
    ------
    InsufficientHistory
        If there is no bar.
    """
    weekly = frequency == "W"
    every = "weekly" if weekly else "daily"
    # In old history a vendor may have no opens: a window without any candle is one of closes.
    candles = candles and bool(_has_candle(ohlcv).any())
    title = level_name(f"{symbol} {every} {'candles' if candles else 'closes'}", ctx.basis)
    canvas = Canvas(
        ctx, title, f"{symbol}-technicals-{every}", pd.DatetimeIndex(ohlcv.index), weekly=weekly
    )
    price = canvas.add_panel(300, price_unit(symbol, ctx.basis), log=log)
    colours = pair_colours(ctx.fund, ctx.benchmark)
    draw_bands(canvas, price, indicators)
    if candles:
        _draw_candles(canvas, price, ohlcv, symbol)
    else:
        name = level_name(symbol, ctx.basis)
        canvas.add_title_line(
            price, ohlcv["close"], name, colours[symbol == ctx.benchmark], fmt=",.2f"
        )
    draw_overlays(canvas, price, indicators)
    if "volume" in ohlcv.columns and ohlcv["volume"].notna().any():
        _draw_volume(canvas, ohlcv["volume"])
    own_panels = draw_panels(canvas, indicators, symbol)
    _draw_crosses(canvas, crosses, price, own_panels)
    kind = "Candles" if candles else "Closes"
    subject = level_name(f"{kind} of {symbol}, {every}", ctx.basis)
    alt = describe_series(subject, ohlcv["close"], ",.2f")
    if candles and (blank := int((~_has_candle(ohlcv)).sum())):
        alt += f" {counted(blank, 'bar')} without a candle: open, high or low is not known."
    return canvas.finish(alt + _describe_panels(indicators), marks)


def _describe_panels(indicators: Sequence[IndicatorValues]) -> str:
    """Return the part of the text for a reader who does not see the panels below."""
    below = [values for values in indicators if values.indicator.drawing == "panel"]
    if not below:
        return ""
    text = f" Panels below: {', '.join(values.title for values in below)}."
    for values in below:
        levels = [f"{formatted(lv.value, 'g')} ({lv.meaning})" for lv in values.indicator.levels]
        if levels:
            text += f" Reference lines of {values.title}: {', '.join(levels)}."
    return text


def _has_candle(ohlcv: pd.DataFrame) -> pd.Series:
    """Return True for the bars of which open, high and low are known."""
    return ohlcv.reindex(columns=["open", "high", "low"]).notna().all(axis=1)


def _draw_candles(canvas: Canvas, panel: Panel, ohlcv: pd.DataFrame, symbol: str) -> None:
    """Add candles: rising ones hollow, falling ones filled."""
    for column in ("low", "high"):
        panel.cover(ohlcv[column].to_numpy(dtype="float64"))
    canvas.add_trace(
        panel,
        {
            "type": "candlestick",
            "name": html.escape(level_name(symbol, canvas.ctx.basis), quote=False),
            "showlegend": False,
            **{column: numbers(ohlcv[column]) for column in ("open", "high", "low", "close")},
            "increasing": {"line": {"color": UP, "width": 1}, "fillcolor": "rgba(0,0,0,0)"},
            "decreasing": {"line": {"color": DOWN, "width": 1}, "fillcolor": DOWN},
            **value_format(",.2f"),
        },
    )
    has_candle = _has_candle(ohlcv)
    if has_candle.all():
        return
    closes = ohlcv["close"].where(~has_candle)
    panel.cover(closes.to_numpy(dtype="float64"))
    canvas.add_trace(
        panel,
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Close without a candle",
            "showlegend": False,
            "y": numbers(closes),
            "marker": {"symbol": "line-ew", "size": 6, "line": {"width": 1.5, "color": GREY}},
            **value_format(",.2f"),
        },
    )


def _draw_volume(canvas: Canvas, volume: pd.Series) -> None:
    panel = canvas.add_panel(56, "Shares", title="Volume")
    panel.cover(volume.to_numpy(dtype="float64"))
    panel.fixed_range = (0.0, panel.high * 1.08 or 1.0)
    if panel.high > 0:
        panel.ticks = round_ticks(panel.high)
        panel.tick_texts = tuple(compact(tick, panel.ticks[-1]) for tick in panel.ticks)
    form: dict[str, Any]
    if len(volume) <= _MOST_VOLUME_BARS:
        # The texts are those of the line of values.
        marker = {"color": GREY, "line": {"width": 0}}
        form = {"type": "bar", "textposition": "none", "marker": marker}
    else:
        form = {
            "type": "scatter",
            "mode": "lines",
            "line": {"color": GREY, "width": 0.5},
            "fill": "tozeroy",
            "fillcolor": GREY,
        }
    canvas.add_trace(
        panel,
        {
            "name": "Volume",
            "showlegend": False,
            "y": numbers(volume, rounded=True),
            "text": [compact(value) for value in volume.tolist()],
            **form,
        },
    )


def _draw_crosses(
    canvas: Canvas, crosses: pd.DataFrame, price: Panel, own_panels: Mapping[str, Panel]
) -> None:
    """Mark dated crosses on the panel of their line: upward and downward triangles."""
    panels = {}
    for kind, (indicator, _) in cross_kinds().items():
        panel = own_panels.get(indicator.key) if indicator.drawing == "panel" else price
        if panel is not None:
            panels[kind] = panel
    visible = crosses[crosses["session"].isin(canvas.index) & crosses["kind"].isin(panels)]
    by_axis = {panel.axis: panel for panel in panels.values()}
    # Lists: a frame for each panel and direction takes ten times as long.
    points: dict[tuple[str, str], list[tuple[pd.Timestamp, float]]] = {}
    columns = (
        visible[name].tolist() for name in ("direction", "kind", "session", "value", "label")
    )
    for direction, kind, session, value, label in zip(*columns, strict=True):
        points.setdefault((direction, panels[kind].axis), []).append((session, value))
        text = f"{html.escape(label, quote=False)} · {day_text(session)}"
        canvas.day_texts.add(session, text, *_CROSS_GLYPHS[direction])
    for direction, (_, colour) in _CROSS_GLYPHS.items():
        for axis, panel in by_axis.items():
            if (direction, axis) in points:
                trace = _cross_trace(points[direction, axis], direction, colour)
                panel.cover(trace["y"])
                canvas.add_trace(panel, trace)


def _cross_trace(
    points: Sequence[tuple[pd.Timestamp, float]], direction: str, colour: str
) -> dict[str, Any]:
    sessions, values = zip(*points, strict=True)
    # The decades' hundreds of crosses would otherwise cover the line they are on.
    size = 9 if len(values) <= 30 else 6 if len(values) <= 100 else 4
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"Crosses, {direction}",
        "showlegend": False,
        "x": milliseconds(pd.DatetimeIndex(sessions)),
        "y": np.array(values, dtype="float32"),
        "marker": {
            "symbol": f"triangle-{direction}",
            "color": colour,
            "size": size,
            "line": {"width": 0},
        },
        "hoverinfo": "skip",  # the day's texts have it
        "zorder": 3,
    }
