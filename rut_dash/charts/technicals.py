"""Candles, volume and indicators of one symbol on one time axis."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rut_dash.analysis.indicators import INDICATORS, Indicator
from rut_dash.charts.canvas import DASHES, Canvas, Panel, milliseconds, numbers
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.style import (
    DOWN,
    GREY,
    SERIES,
    UP,
    Chart,
    Context,
    colour_of,
    day_text,
    described,
    faint,
    price_unit,
)
from rut_dash.market.instruments import Role

__all__ = ["technicals_chart"]

# Thousands of bars are slow to draw and narrower than a pixel: their volume becomes an area.
_MOST_VOLUME_BARS: Final = 800


def technicals_chart(
    ctx: Context,
    symbol: str,
    ohlcv: pd.DataFrame,
    overlays: pd.DataFrame,
    bands: pd.DataFrame | None,
    panels: Mapping[str, pd.DataFrame],
    crosses: pd.DataFrame,
    marks: Sequence[EventMark],
    *,
    log: bool = False,
    frequency: str = "D",
    candles: bool = True,
) -> Chart:
    """Return candles with volume, lines over them and indicator panels on one time axis.

    Parameters
    ----------
    ctx
        What the chart is about.
    symbol
        The symbol of the bars: the fund or the benchmark.
    ohlcv
        Columns ``open, high, low, close, volume``; ``close`` alone will do without candles.
        Volume that is NaN throughout has no panel.
    overlays
        Lines over the prices, columns named as the legend shows them.
    bands
        Columns ``lower``, ``middle``, ``upper``; None for none.
    panels
        Title to frame, from top to bottom. A title starts with a label of `INDICATORS`
        (``MACD 12/26/9``), which gives the reference lines; a column ``hist`` or
        ``histogram`` becomes bars.
    crosses
        As :func:`rut_dash.analysis.indicators.crosses` returns them; those outside the
        window are dropped.
    marks
        Events.
    log
        A logarithmic price scale.
    frequency
        ``"D"`` or ``"W"``: what a bar is.
    candles
        False for a line of closes.
    """
    weekly = frequency == "W"
    every = "weekly" if weekly else "daily"
    candles = candles and {"open", "high", "low"}.issubset(ohlcv.columns)
    title = f"{symbol} {every} {'candles' if candles else 'closes'}"
    canvas = Canvas(
        ctx, title, f"{symbol}-technicals-{every}", pd.DatetimeIndex(ohlcv.index), weekly=weekly
    )
    price = canvas.panel(300, price_unit(symbol, ctx.basis), log=log)
    role: Role = "benchmark" if symbol == ctx.benchmark else "fund"
    if bands is not None:
        _bands(canvas, price, bands)
    if candles:
        _candles(canvas, price, ohlcv, symbol)
    else:
        canvas.titled(price, ohlcv["close"], symbol, colour_of(symbol, role), fmt=",.2f")
    canvas.lines(price, overlays, fmt=",.2f")
    where = {"": price}
    if "volume" in ohlcv.columns and ohlcv["volume"].notna().any():
        _volume(canvas, ohlcv["volume"])
    for name, frame in panels.items():
        row = _indicator(name)
        where[row.key if row else name] = _indicator_panel(canvas, name, frame, row, symbol)
    _crosses(canvas, crosses, where)
    kind = "Candles" if candles else "Closes"
    alt = described(f"{kind} of {symbol}, {every}", ohlcv["close"], ",.2f")
    if panels:
        alt += f" Panels below: {', '.join(panels)}."
    return canvas.finish(alt, marks)


def _candles(canvas: Canvas, panel: Panel, ohlcv: pd.DataFrame, symbol: str) -> None:
    """Add candles: rising ones hollow, falling ones filled."""
    for column in ("low", "high"):
        panel.cover(ohlcv[column].to_numpy(dtype="float64"))
    canvas.add(
        panel,
        {
            "type": "candlestick",
            "name": html.escape(symbol, quote=False),
            "showlegend": False,
            **{column: numbers(ohlcv[column]) for column in ("open", "high", "low", "close")},
            "increasing": {"line": {"color": UP, "width": 1}, "fillcolor": "rgba(0,0,0,0)"},
            "decreasing": {"line": {"color": DOWN, "width": 1}, "fillcolor": DOWN},
            "hovertemplate": (
                "open %{open:,.2f} · high %{high:,.2f}<br>low %{low:,.2f} · close %{close:,.2f}"
            ),
        },
    )


def _bands(canvas: Canvas, panel: Panel, bands: pd.DataFrame) -> None:
    """Add bands: the space between the outer two is tinted."""
    for column, name in (("lower", "Lower band"), ("upper", "Upper band")):
        area = {"fill": "tonexty", "fillcolor": faint(GREY)} if column == "upper" else {}
        canvas.line(
            panel,
            bands[column],
            name,
            GREY,
            fmt=",.2f",
            width=1,
            more={"showlegend": False, **area},
        )
    canvas.line(
        panel,
        bands["middle"],
        "Band",
        GREY,
        fmt=",.2f",
        width=1,
        dash="dash",
        more={"hovertemplate": "%{y:,.2f}<extra>Middle band</extra>"},
    )


def _volume(canvas: Canvas, volume: pd.Series) -> None:
    panel = canvas.panel(56, "Shares", title="Volume", tickformat=".2~s")
    panel.cover(volume.to_numpy(dtype="float64"))
    panel.fixed = (0.0, panel.high * 1.08 or 1.0)
    look: dict[str, Any]
    if len(volume) <= _MOST_VOLUME_BARS:
        look = {"type": "bar", "marker": {"color": GREY, "line": {"width": 0}}}
    else:
        look = {
            "type": "scatter",
            "mode": "lines",
            "line": {"color": GREY, "width": 0.5},
            "fill": "tozeroy",
            "fillcolor": GREY,
        }
    canvas.add(
        panel,
        {
            "name": "Volume",
            "showlegend": False,
            "y": numbers(volume, rounded=True),
            "hovertemplate": "%{y:.4s}",
            **look,
        },
    )


def _indicator(title: str) -> Indicator | None:
    """Return the registry's row that a panel's title names."""
    return next((row for row in INDICATORS if title.split(" ")[0].lower() == row.key), None)


def _indicator_panel(
    canvas: Canvas, title: str, frame: pd.DataFrame, row: Indicator | None, symbol: str
) -> Panel:
    frame = frame.reindex(canvas.index)
    points = row is not None and row.unit == "points"
    unit = "" if row is None else "Points" if points else price_unit(symbol)
    panel = canvas.panel(104, unit, title=title)
    bars = [column for column in frame.columns if str(column) in ("hist", "histogram")]
    for column in bars:
        _histogram(canvas, panel, frame[column])
    colours = (SERIES[0], SERIES[3], SERIES[4])
    lines = [column for column in frame.columns if column not in bars]
    for number, column in enumerate(lines):
        name = title if len(lines) == 1 else str(column).replace("macd", "MACD").capitalize()
        name = "MACD" if str(column).lower() == "macd" else name
        canvas.line(
            panel,
            frame[column],
            name,
            colours[number % len(colours)],
            fmt=",.1f" if points else ",.3f",
            width=1.5,
            dash=DASHES[number % len(DASHES)],
            more={"showlegend": False},
        )
    for level in row.levels if row else ():
        canvas.level(panel, level, cover=True)
    if points:
        low, high = (0.0, 100.0) if panel.empty else (panel.low - 5, panel.high + 5)
        panel.fixed = (max(0.0, low), min(100.0, high))
        panel.ticks = row.levels if row and row.levels else None
    return panel


def _histogram(canvas: Canvas, panel: Panel, values: pd.Series) -> None:
    panel.cover(values.to_numpy(dtype="float64"))
    for name, part, colour in (
        ("Histogram, rising", values.where(values >= 0), UP),
        ("Histogram, falling", values.where(values < 0), DOWN),
    ):
        canvas.add(
            panel,
            {
                "type": "bar",
                "name": name,
                "showlegend": False,
                "y": numbers(part),
                "marker": {"color": colour, "line": {"width": 0}},
                "hovertemplate": "%{y:,.3f}<extra>Histogram</extra>",
            },
        )


def _crosses(canvas: Canvas, crosses: pd.DataFrame, where: Mapping[str, Panel]) -> None:
    """Mark dated crosses on the panel of their line: upward and downward triangles."""
    inside = crosses[crosses["session"].isin(canvas.index)]
    panels = {kind: _panel_of(kind, where) for kind in inside["kind"].unique()}
    # Lists: a frame for each panel and direction takes ten times as long.
    found: dict[tuple[str, str], list[tuple[pd.Timestamp, float, str]]] = {}
    columns = (inside[name].tolist() for name in ("direction", "kind", "session", "value", "label"))
    for direction, kind, session, value, label in zip(*columns, strict=True):
        found.setdefault((direction, panels[kind]), []).append((session, value, label))
    for direction, symbol, colour in (
        ("up", "triangle-up", UP),
        ("down", "triangle-down", DOWN),
    ):
        for key in sorted(key for way, key in found if way == direction):
            panel = where[key]
            sessions, values, labels = zip(*found[direction, key], strict=True)
            # The decades' hundreds of crosses would otherwise cover the line they are on.
            size = 9 if len(values) <= 30 else 6 if len(values) <= 100 else 4
            panel.cover(values)
            canvas.add(
                panel,
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": f"Crosses, {direction}",
                    "showlegend": False,
                    "x": milliseconds(pd.DatetimeIndex(sessions)),
                    "y": np.array(values, dtype="float32"),
                    "text": [
                        f"{html.escape(label, quote=False)} · {day_text(session)}"
                        for label, session in zip(labels, sessions, strict=True)
                    ],
                    "marker": {
                        "symbol": symbol,
                        "color": colour,
                        "size": size,
                        "line": {"width": 0},
                    },
                    "hovertemplate": "%{text}<extra></extra>",
                    "zorder": 3,
                },
            )


def _panel_of(kind: str, where: Mapping[str, Panel]) -> str:
    """Return the key of the panel that a kind of cross belongs to; the prices' is empty."""
    return next((key for key in where if key and kind.split("_")[0] == key), "")
