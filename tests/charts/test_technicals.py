"""Candles and indicators on one time axis."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from rut_dash.analysis.crosses import cross_kinds, crosses
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.bollinger_bands import bollinger
from rut_dash.analysis.indicators.indicator_row import IndicatorValues
from rut_dash.analysis.indicators.moving_average_convergence import macd
from rut_dash.analysis.resampling import weekly_bars
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.technicals import technicals_chart
from rut_dash.errors import InsufficientHistory
from rut_dash.events.kinds import KINDS
from tests import wire
from tests.charts.test_line_charts import days_of, decoded, spec, trace

DRAWN = ("sma", "bollinger", "macd", "rsi")


def values_of(
    bars: pd.DataFrame, *keys: str, **settings: dict[str, float]
) -> list[IndicatorValues]:
    return [INDICATORS[key].values(bars, settings.get(key)) for key in keys]


def chart_of(
    ctx: Context,
    ohlcv: pd.DataFrame,
    n: int = 252,
    marks: list[EventMark] | None = None,
    **options: object,
) -> Chart:
    """Return the chart of the last ``n`` bars, with everything on it."""
    return technicals_chart(
        ctx,
        "IWM",
        ohlcv.iloc[-n:],
        values_of(ohlcv, *DRAWN),
        crosses(ohlcv["close"], options.get("frequency", "D")),
        marks or [],
        **options,
    )


def axes(chart: Chart) -> dict[str, dict]:
    layout = spec(chart)["layout"]
    return {key: layout[key] for key in layout if key.startswith("yaxis")}


def test_one_time_axis_for_all_panels(ctx: Context, ohlcv: pd.DataFrame, marks: list) -> None:
    figure = spec(chart_of(ctx, ohlcv, marks=marks))
    assert {t["xaxis"] for t in figure["data"]} == {"x"}
    assert [key for key in figure["layout"] if key.startswith("xaxis")] == ["xaxis"]
    # Price, volume, MACD, RSI and the strip of events.
    assert len({t["yaxis"] for t in figure["data"]}) == 5
    assert figure["layout"]["xaxis"]["rangeslider"] == {"visible": False}


def test_panels_are_below_each_other_and_do_not_overlap(
    ctx: Context, ohlcv: pd.DataFrame, marks: list
) -> None:
    figure = list(axes(chart_of(ctx, ohlcv, marks=marks)).values())
    domains = sorted(axis["domain"] for axis in figure)
    assert domains[0][0] == pytest.approx(0)
    assert domains[-1][1] == pytest.approx(1)
    assert all(a[1] <= b[0] + 1e-9 for a, b in itertools.pairwise(domains))
    lowest = spec(chart_of(ctx, ohlcv))["layout"]["xaxis"]["anchor"]
    assert axes(chart_of(ctx, ohlcv))[f"yaxis{lowest[1:]}"]["domain"][0] == pytest.approx(0)


def test_panels_have_their_titles(ctx: Context, ohlcv: pd.DataFrame) -> None:
    texts = [a["text"] for a in spec(chart_of(ctx, ohlcv))["layout"]["annotations"]]
    assert {"<b>Volume</b>", "<b>MACD 12/26/9</b>", "<b>RSI 14</b>"} <= set(texts)
    assert "Panels below: MACD 12/26/9, RSI 14." in chart_of(ctx, ohlcv).alt


def test_every_panel_has_its_unit(ctx: Context, ohlcv: pd.DataFrame) -> None:
    units = [axis["title"]["text"] for axis in axes(chart_of(ctx, ohlcv)).values()]
    assert units == ["US dollars", "Shares", "US dollars", "Points"]


def test_candles_hold_the_bars_and_differ_by_fill(ctx: Context, ohlcv: pd.DataFrame) -> None:
    candles = trace(chart_of(ctx, ohlcv, 30), "IWM")
    assert candles["type"] == "candlestick"
    for column in ("open", "high", "low", "close"):
        np.testing.assert_allclose(decoded(candles[column]), ohlcv[column].iloc[-30:], rtol=1e-6)
    assert candles["increasing"]["fillcolor"] == "rgba(0,0,0,0)"
    assert candles["decreasing"]["fillcolor"] == candles["decreasing"]["line"]["color"]


def test_the_range_covers_wicks_and_bands(ctx: Context, ohlcv: pd.DataFrame) -> None:
    low, high = axes(chart_of(ctx, ohlcv, 60))["yaxis"]["range"]
    in_window, bands = ohlcv.iloc[-60:], bollinger(ohlcv["close"]).iloc[-60:]
    assert low < min(in_window["low"].min(), bands["lower"].min())
    assert high > max(in_window["high"].max(), bands["upper"].max())


def test_reference_lines_come_from_the_registry(ctx: Context, ohlcv: pd.DataFrame) -> None:
    figure = chart_of(ctx, ohlcv)
    levels = {(s["yref"], s["y0"]) for s in spec(figure)["layout"]["shapes"]}
    own = {trace(figure, "MACD")["yaxis"]: "macd", trace(figure, "RSI 14")["yaxis"]: "rsi"}
    for axis, key in own.items():
        assert {level for where, level in levels if where == axis} == {
            level.value for level in INDICATORS[key].levels
        }


def test_rising_and_falling_bars_together_are_the_histogram(
    ctx: Context, ohlcv: pd.DataFrame
) -> None:
    figure = chart_of(ctx, ohlcv)
    parts = [decoded(trace(figure, f"Histogram, {way}")["y"]) for way in ("rising", "falling")]
    assert ((parts[0] >= 0) | np.isnan(parts[0])).all()
    assert ((parts[1] < 0) | np.isnan(parts[1])).all()
    whole = np.where(np.isnan(parts[0]), parts[1], parts[0])
    np.testing.assert_allclose(whole, macd(ohlcv["close"])["histogram"].iloc[-252:], rtol=1e-6)


def test_crosses_are_on_the_panel_of_their_line(ctx: Context, ohlcv: pd.DataFrame) -> None:
    n = 504
    figure = chart_of(ctx, ohlcv, n)
    found = crosses(ohlcv["close"])
    found = found[found["session"] >= ohlcv.index[-n]]
    assert len(found) > 20
    where = {
        "sma": trace(figure, "IWM")["yaxis"],
        "sma_long": trace(figure, "IWM")["yaxis"],
        "macd": trace(figure, "MACD")["yaxis"],
        "rsi": trace(figure, "RSI 14")["yaxis"],
    }
    expected = {
        (where[cross_kinds()[row.kind][0].key], row.direction, row.session)
        for row in found.itertuples()
    }
    marked = set()
    for t in spec(figure)["data"]:
        if t["name"].startswith("Crosses"):
            direction = t["name"].removeprefix("Crosses, ")
            assert t["marker"]["symbol"] == f"triangle-{direction}"
            marked |= {(t["yaxis"], direction, day) for day in days_of(t["x"])}
    assert marked == expected
    lines = wire.day_lines(spec(figure)["data"])
    assert sorted(lines) == sorted(
        (row.session, f"{row.label} · {row.session:%a %Y-%m-%d}") for row in found.itertuples()
    )


def test_volume_of_nan_has_no_panel(ctx: Context, ohlcv: pd.DataFrame) -> None:
    index = dataclasses.replace(ctx, fund="^RUT")
    chart = chart_of(index, ohlcv.assign(volume=np.nan))
    assert not [t for t in spec(chart)["data"] if t["name"] == "Volume"]
    assert len(axes(chart)) == 3
    partly = ohlcv.assign(volume=ohlcv["volume"].where(ohlcv.index < ohlcv.index[-100]))
    assert trace(chart_of(index, partly), "Volume")["type"] == "bar"


def test_a_bar_without_a_low_or_an_open_is_a_close_and_the_text_says_so(
    ctx: Context, ohlcv: pd.DataFrame
) -> None:
    blank = ohlcv.copy()
    for row, column in ((-3, "low"), (-5, "open"), (-7, "high"), (-9, "volume")):
        blank.iloc[row, blank.columns.get_loc(column)] = np.nan
    chart = chart_of(ctx, blank, n=20)
    closes = decoded(trace(chart, "Close without a candle")["y"])
    expected = ohlcv["close"].iloc[-20:].to_numpy(copy=True)
    expected[[row for row in range(20) if row not in (13, 15, 17)]] = np.nan
    np.testing.assert_allclose(closes, expected, rtol=1e-6)
    assert "3 bars without a candle: open, high or low is not known." in chart.alt
    whole = chart_of(ctx, ohlcv, n=20)
    assert "without a candle" not in whole.alt
    assert "Close without a candle" not in [t["name"] for t in spec(whole)["data"]]


def test_a_window_without_any_open_is_one_of_closes(ctx: Context, ohlcv: pd.DataFrame) -> None:
    opens = ohlcv["open"].where(ohlcv.index < ohlcv.index[-100])
    chart = chart_of(ctx, ohlcv.assign(open=opens), n=50)
    assert "candlestick" not in {t["type"] for t in spec(chart)["data"]}
    assert np.isfinite(decoded(trace(chart, "IWM")["y"])).all()
    assert chart.alt.startswith("Closes of IWM, daily")


def test_volume_is_in_billions_on_its_axis_and_in_the_hover_box(
    ctx: Context, ohlcv: pd.DataFrame
) -> None:
    volume = pd.Series(np.linspace(9.6e8, 1.24e9, 20), ohlcv.index[-20:])
    chart = chart_of(ctx, ohlcv.assign(volume=volume), n=20)
    bars = trace(chart, "Volume")
    assert bars["textposition"] == "none"  # else wide bars would have them inside
    assert (bars["text"][0], bars["text"][-1]) == ("960.0M", "1.2B")
    axis = spec(chart)["layout"][f"yaxis{bars['yaxis'][1:]}"]
    assert axis["tickvals"] == [0, 5e8, 1e9]
    assert axis["ticktext"] == ["0", "0.5B", "1.0B"]


def test_volume_of_thousands_of_bars_is_an_area(ctx: Context, ohlcv: pd.DataFrame) -> None:
    chart = chart_of(ctx, ohlcv, len(ohlcv))
    volume = trace(chart, "Volume")
    assert volume["type"] == "scatter"
    assert volume["fill"] == "tozeroy"
    assert "rangebreaks" not in spec(chart)["layout"]["xaxis"]


def test_a_weekly_chart_is_named_so_and_has_no_breaks(ctx: Context, ohlcv: pd.DataFrame) -> None:
    weeks = weekly_bars(ohlcv)
    chart = chart_of(
        ctx, weeks, 100, [EventMark(ohlcv.index[-3], "mid-week", KINDS["fed"].lane)], frequency="W"
    )
    layout = spec(chart)["layout"]
    assert "rangebreaks" not in layout["xaxis"]
    assert chart.weekly
    assert "weekly" in chart.title
    assert "weekly" in chart.name
    assert list(days_of(trace(chart, "Fed")["x"])) == [weeks.index[-1]]


def test_bars_of_closes_are_drawn_as_a_line(ctx: Context, ohlcv: pd.DataFrame) -> None:
    for bars, candles in ((ohlcv[["close"]], True), (ohlcv, False)):
        figure = chart_of(ctx, bars, 60, candles=candles)
        assert trace(figure, "IWM")["type"] == "scatter"
        assert "candles" not in figure.title
        assert figure.alt.startswith("Closes of IWM")


def test_values_outside_the_bars_are_left_out(ctx: Context, ohlcv: pd.DataFrame) -> None:
    close = ohlcv["close"]
    indicators = values_of(ohlcv, *DRAWN)
    chart = technicals_chart(ctx, "IWM", ohlcv.iloc[-20:], indicators, crosses(close), [])
    lines = [t for t in spec(chart)["data"] if t.get("mode") != "markers"]
    assert {len(decoded(t["x"])) for t in lines} == {20}


def test_a_log_scale_applies_to_the_price_panel_only(ctx: Context, ohlcv: pd.DataFrame) -> None:
    types = [axis["type"] for axis in axes(chart_of(ctx, ohlcv, log=True)).values()]
    assert types == ["log", "linear", "linear", "linear"]


def test_a_history_of_three_bars_is_drawn(ctx: Context, ohlcv: pd.DataFrame) -> None:
    chart = chart_of(ctx, ohlcv.iloc[-3:], 3)
    assert len(decoded(trace(chart, "IWM")["close"])) == 3
    assert np.isnan(decoded(trace(chart, "RSI 14")["y"])).all()


def test_without_bars_the_chart_is_refused(ctx: Context, ohlcv: pd.DataFrame) -> None:
    nothing = ohlcv.iloc[:0]
    with pytest.raises(InsufficientHistory, match="needs 1 session; there are 0"):
        technicals_chart(ctx, "IWM", nothing, [], crosses(ohlcv["close"].iloc[:5]), [])
