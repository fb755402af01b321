"""Frames to figures: one builder for each chart of the dashboard.

A builder computes no statistic. Its frames are already cut to the window and hold fractions,
not percent; NaN is a gap in a line. Every builder returns a `Chart`
and raises InsufficientHistory where there is nothing at all to draw.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rut_dash.charts.canvas import DASHES, Canvas, numbers, value_format
from rut_dash.charts.chart import Chart, Context, file_stem
from rut_dash.charts.chart_frame import axis_layout, build_chart, build_heading, legend_height
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.medium import PAGE, SLIDE
from rut_dash.charts.panel import Panel, tick_formats
from rut_dash.charts.style import (
    GREY,
    RATIO,
    SERIES,
    describe_series,
    faint,
    pair_colours,
    price_unit,
)
from rut_dash.errors import InsufficientHistory
from rut_dash.wording import (
    capitalise,
    close_name,
    counted,
    level_name,
    percent,
    rank_text,
)

_MAIN: Final = 270
# Below a horizontal axis that has a title.
_TITLED_AXIS: Final = {"b": 50}


def price_chart(
    ctx: Context,
    price: pd.Series,
    averages: pd.DataFrame,
    marks: Sequence[EventMark],
    *,
    log: bool = False,
) -> Chart:
    """Return the fund's closes with averages and events.

    Parameters
    ----------
    price
        Closes of the fund on the context's basis, shape (n,).
    averages
        One column for each line, named as the legend shows it, on the same sessions; may
        have no columns.
    marks
        Events; those outside the window are dropped.
    """
    title = f"{ctx.fund} {close_name(ctx.basis)}"
    canvas = Canvas(ctx, title, f"{ctx.fund}-close", _sessions(price))
    panel = canvas.add_panel(_MAIN, price_unit(ctx.fund, ctx.basis), log=log)
    name = level_name(ctx.fund, ctx.basis)
    colour, _ = pair_colours(ctx.fund, ctx.benchmark)
    canvas.add_title_line(panel, price, name, colour, fmt=",.2f")
    canvas.add_lines(panel, averages, fmt=",.2f")
    alt = describe_series(f"Line chart of the {title}", price, ",.2f")
    return canvas.finish(alt, marks)


def ratio_chart(
    ctx: Context,
    ratio: pd.Series,
    average: pd.Series | None,
    marks: Sequence[EventMark],
    *,
    log: bool = False,
    percentile: float | None = None,
    count: int = 0,
) -> Chart:
    """Return the ratio of fund to benchmark, with its average and its place in history.

    Parameters
    ----------
    ratio
        Fund over benchmark, shape (n,).
    average
        Its moving average on the same sessions, its name the legend's entry; None for none.
    percentile
        Share (a fraction) of all common sessions with a ratio at or below the last one.
    count
        The number of those sessions.
    """
    pair = f"{ctx.fund}/{ctx.benchmark}"
    title = f"Ratio {pair}"
    canvas = Canvas(ctx, title, f"{ctx.fund}-{ctx.benchmark}-ratio", _sessions(ratio))
    panel = canvas.add_panel(_MAIN, level_name(f"{pair} ratio", ctx.basis), log=log)
    fmt = _ratio_format(ratio)
    canvas.add_title_line(panel, ratio, level_name(pair, ctx.basis), RATIO, fmt=fmt)
    if average is not None:
        canvas.add_lines(panel, average.to_frame(str(average.name or "Average")), fmt=fmt)
    alt = describe_series(f"Line chart of the ratio of {ctx.fund} to {ctx.benchmark}", ratio, fmt)
    if percentile is not None and np.isfinite(percentile):
        rank = rank_text(percentile, count, f"the {counted(count, 'session')} to date")
        text = capitalise(rank)
        if _has_more_room_above(panel, ratio.iloc[-len(ratio) // 4 :]):
            canvas.add_right_text(text, f"{panel.axis} domain", 1, "top")
        else:
            canvas.add_right_text(text, f"{panel.axis} domain", 0)
        alt += f" The last value is {rank}."
    return canvas.finish(alt, marks)


def rebased_chart(
    ctx: Context,
    rebased: pd.DataFrame,
    anchor: pd.Timestamp | None,
    marks: Sequence[EventMark],
    *,
    log: bool = False,
) -> Chart:
    """Return both legs rebased to 100.

    Parameters
    ----------
    rebased
        Columns ``fund`` and ``benchmark``, shape (n, 2).
    anchor
        The session whose close is 100; None where that is the window's first.
    """
    index = _sessions(rebased)
    title = f"{ctx.fund} and {ctx.benchmark} rebased"
    canvas = Canvas(ctx, title, f"{ctx.fund}-{ctx.benchmark}-rebased", index)
    start = anchor if anchor is not None else index[0]
    unit = f"{start:%Y-%m-%d} = 100"
    panel = canvas.add_panel(_MAIN, unit, log=log)
    _add_pair_lines(canvas, panel, rebased, fmt=",.1f")
    canvas.add_level(panel, 100.0, cover=True)
    return canvas.finish(_describe_pair(ctx, f"Line chart, {unit}", rebased, ",.1f"), marks)


def rolling_chart(
    ctx: Context,
    rolling: Mapping[str, pd.DataFrame],
    *,
    title: str,
    reference: float | None,
    weekly: bool = False,
) -> Chart:
    """Return rolling figures of the pair, such as beta and correlation, one above the other.

    Parameters
    ----------
    rolling
        Name of the figure to a frame with one column for each line, named as in the legend; all
        with the same sessions and columns.
    reference
        A value at which a line is drawn in each panel; None for none.
    weekly
        True where there is one value a week.
    """
    sessions = _sessions(next(iter(rolling.values())))
    canvas = Canvas(ctx, title, f"{ctx.fund}-{ctx.benchmark}-{title}", sessions, weekly=weekly)
    alt = f"Line chart: {title}."
    for place, (figure, series) in enumerate(rolling.items()):
        panel = canvas.add_panel(200, figure, title=figure if place else "")
        for number, name in enumerate(map(str, series.columns)):
            canvas.add_line(
                panel,
                series[name],
                name,
                SERIES[number % len(SERIES)],
                fmt=".2f",
                dash=DASHES[number % len(DASHES)],
                # A line has one colour in all panels: one legend entry is enough.
                more={
                    **value_format(".2f", f"{figure}, {name}"),
                    "legendgroup": name,
                    "showlegend": place == 0,
                },
            )
            alt += " " + describe_series(f"{figure}, {name}", series[name], ".2f")
        if reference is not None:
            canvas.add_level(panel, reference, cover=True)
    return canvas.finish(alt)


def underwater_chart(ctx: Context, underwater: pd.DataFrame, marks: Sequence[EventMark]) -> Chart:
    """Return both legs' drawdowns in one plot, with the lines of a correction and a bear market.

    Parameters
    ----------
    underwater
        Columns ``fund`` and ``benchmark``: fractions at or below 0, shape (n, 2).
    """
    title = f"{ctx.fund} and {ctx.benchmark} drawdowns"
    canvas = Canvas(ctx, title, f"{ctx.fund}-{ctx.benchmark}-drawdown", _sessions(underwater))
    panel = canvas.add_panel(_MAIN, "Below the high", percent=True)
    _add_pair_lines(canvas, panel, underwater, fmt=".1%", fill=True)
    deepest = panel.low
    canvas.add_level(panel, -0.10, "−10% correction")
    canvas.add_level(panel, -0.20, "−20% bear market")
    if not panel.empty:
        # The next line below the deepest point is in sight; the range fits the window else.
        next_line = next((level for level in (-0.10, -0.20) if level < deepest), deepest)
        panel.fixed_range = (min(deepest, next_line) * 1.08, max(0.005, -deepest * 0.03))
    alt = _describe_pair(ctx, "Area chart of the drawdowns", underwater, ".1%")
    return canvas.finish(alt, marks)


def event_paths_chart(ctx: Context, paths: pd.DataFrame, *, event: str) -> Chart:
    """Return what both legs did in the sessions around an event, or around a date.

    Parameters
    ----------
    paths
        Index of session offsets (0 is the anchor), columns ``fund`` and ``benchmark``:
        returns since the anchor, fractions.
    """
    title = f"Around: {event}"
    if paths[["fund", "benchmark"]].isna().all(axis=None):
        raise InsufficientHistory(f"The chart “{title}”", 1, 0)
    offsets = paths.index.to_numpy(dtype="float64")
    symbols, colours = (ctx.fund, ctx.benchmark), pair_colours(ctx.fund, ctx.benchmark)
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": html.escape(symbol, quote=False),
            "x": offsets,
            "y": numbers(paths[leg]),
            "line": {"color": colour, "width": 2},
            **value_format(",.2%"),
        }
        for leg, symbol, colour in zip(("fund", "benchmark"), symbols, colours, strict=True)
    ]
    head, slide_head = (
        build_heading(ctx, title, legend_height(traces, medium), medium=medium)
        for medium in (PAGE, SLIDE)
    )
    line = {"color": GREY, "width": 1, "dash": "dash"}
    values = paths[["fund", "benchmark"]].to_numpy(dtype="float64")
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    room = (highest - lowest) * 0.05 or 0.01
    layout: dict[str, Any] = {
        "height": head.margin["t"] + _TITLED_AXIS["b"] + _MAIN,
        "margin": head.margin | _TITLED_AXIS,
        "xaxis": {
            **axis_layout("Sessions from the anchor's close", grid=False, standoff=4),
            "range": [offsets[0] - 0.5, offsets[-1] + 0.5],
        },
        "yaxis": {
            **axis_layout("Return", grid=True),
            "range": [lowest - room, highest + room],
            "tickformatstops": tick_formats(percent=True),
        },
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line},
            {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0, "line": line},
        ],
        "uirevision": event,
    }
    returns = (
        (s, paths[leg].dropna()) for leg, s in zip(("fund", "benchmark"), symbols, strict=True)
    )
    ends = "; ".join(
        f"{symbol} {percent(path.iloc[-1])} at session {path.index[-1]}"
        for symbol, path in returns
        if len(path)
    )
    alt = f"Line chart of returns around “{event}”: {ends}."
    name = file_stem(ctx, f"around-{event}", ctx.fund, ctx.benchmark)
    slide = layout | {"height": SLIDE.height, "margin": slide_head.margin | _TITLED_AXIS}
    return build_chart(
        ctx, head, traces, layout, name, alt, slide=(slide_head, slide), fitted=("yaxis",)
    )


# ---- pieces -------------------------------------------------------------------------------


def _sessions(data: pd.Series | pd.DataFrame) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(data.index)


def _has_more_room_above(panel: Panel, values: pd.Series) -> bool:
    """Return True if values leave more of a panel free above them than below."""
    return bool(panel.high - values.max() > values.min() - panel.low)


def _ratio_format(ratio: pd.Series) -> str:
    """Return a format with four digits that matter, whatever the ratio's size."""
    size = float(ratio.abs().median()) if ratio.notna().any() else 1.0
    return ",.2f" if size >= 10 else ".4f" if size >= 0.1 else ".4g"


def _add_pair_lines(
    canvas: Canvas, panel: Panel, frame: pd.DataFrame, *, fmt: str, fill: bool = False
) -> None:
    """Add the fund's and the benchmark's line, the fund's in front."""
    ctx = canvas.ctx
    symbols, colours = (ctx.fund, ctx.benchmark), pair_colours(ctx.fund, ctx.benchmark)
    for leg, symbol, colour, front in zip(
        ("fund", "benchmark"), symbols, colours, (2, 1), strict=True
    ):
        area = {"fill": "tozeroy", "fillcolor": faint(colour)} if fill else {}
        canvas.add_line(
            panel, frame[leg], symbol, colour, fmt=fmt, width=1.8, more={"zorder": front, **area}
        )


def _describe_pair(ctx: Context, subject: str, frame: pd.DataFrame, fmt: str) -> str:
    legs = (("fund", ctx.fund), ("benchmark", ctx.benchmark))
    return f"{subject}. " + " ".join(
        describe_series(symbol, frame[leg], fmt) for leg, symbol in legs
    )
