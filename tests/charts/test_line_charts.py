"""The specifications that the browser gets: values, axes, words, and what bad input gives."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rut_dash.charts.canvas import Canvas
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.line_charts import (
    event_paths_chart,
    price_chart,
    ratio_chart,
    rebased_chart,
    rolling_chart,
    underwater_chart,
)
from rut_dash.charts.panel import tick_formats
from rut_dash.charts.style import GREY, colour_of, pair_colours
from rut_dash.errors import InsufficientHistory
from rut_dash.events.event import Lane
from rut_dash.events.kinds import KINDS
from tests import wire
from tests.charts.test_style import HELVETICA

WINDOWS = {"1M": 21, "1Y": 252, "3Y": 756, "5Y": 1260, "MAX": 10**6}
NO_AVERAGES = pd.DataFrame()


def averages_of(close: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({f"SMA {n}": close.rolling(n).mean() for n in (50, 200)})


def pair_of(ohlcv: pd.DataFrame) -> pd.DataFrame:
    close = ohlcv["close"]
    return pd.DataFrame({"fund": close, "benchmark": close.iloc[::-1].to_numpy()}, close.index)


def every_time_chart(
    ctx: Context, ohlcv: pd.DataFrame, marks: list[EventMark], n: int
) -> list[Chart]:
    """Return one of each chart on a time axis, of the last ``n`` sessions."""
    close, both = ohlcv["close"].iloc[-n:], pair_of(ohlcv).iloc[-n:]
    under = both / both.cummax() - 1
    beta = pd.DataFrame({"252 sessions": close / close.iloc[0]})
    return [
        price_chart(ctx, close, averages_of(ohlcv["close"]).iloc[-n:], marks),
        price_chart(ctx, close, averages_of(close), marks, log=True),
        ratio_chart(ctx, both["fund"] / both["benchmark"], close.rename("Avg"), marks, log=True),
        rebased_chart(ctx, both / both.iloc[0] * 100, close.index[0], marks),
        rolling_chart(ctx, {"Beta": beta, "Correlation": beta}, title="Beta", reference=1.0),
        underwater_chart(ctx, under, marks),
    ]


def spec(chart: Chart) -> dict[str, Any]:
    return json.loads(chart.figure.to_json())


def trace(chart: Chart, name: str) -> dict[str, Any]:
    (found,) = (t for t in spec(chart)["data"] if t["name"] == name)
    return found


def decoded(array: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=array["dtype"].replace("f", "<f"))


def days_of(array: dict[str, str]) -> pd.DatetimeIndex:
    return pd.to_datetime(decoded(array), unit="ms").as_unit("s")


def annotations(chart: Chart, name: str) -> list[dict[str, Any]]:
    return [a for a in spec(chart)["layout"]["annotations"] if a.get("name") == name]


# ---- values -------------------------------------------------------------------------------


def test_values_are_sent_as_typed_arrays(ctx: Context, ohlcv: pd.DataFrame) -> None:
    close = ohlcv["close"].iloc[-500:]
    line = trace(price_chart(ctx, close, averages_of(close), []), "IWM")
    assert line["x"]["dtype"] == "f8"
    assert list(days_of(line["x"])) == list(close.index.as_unit("s"))
    np.testing.assert_allclose(decoded(line["y"]), close, rtol=1e-6)


def test_nan_is_a_gap_in_the_line(ctx: Context, ohlcv: pd.DataFrame) -> None:
    close = ohlcv["close"].iloc[-50:].copy()
    close.iloc[20:25] = np.nan
    line = trace(price_chart(ctx, close, NO_AVERAGES, []), "IWM")
    assert np.flatnonzero(np.isnan(decoded(line["y"]))).tolist() == [20, 21, 22, 23, 24]
    assert "connectgaps" not in line


def test_builders_do_not_change_their_input(ctx: Context, ohlcv: pd.DataFrame, marks: list) -> None:
    before = ohlcv.copy()
    every_time_chart(ctx, ohlcv, marks, 300)
    pd.testing.assert_frame_equal(ohlcv, before)


def test_fractions_are_shown_in_percent(ctx: Context) -> None:
    days = pd.bdate_range("2025-01-01", periods=3)
    under = pd.DataFrame({"fund": [0, -0.125, -0.05], "benchmark": [0, -0.02, 0]}, days)
    chart = underwater_chart(ctx, under, [])
    np.testing.assert_allclose(decoded(trace(chart, "IWM")["y"]), [0, -0.125, -0.05], rtol=1e-6)
    assert spec(chart)["layout"]["yaxis"]["tickformatstops"] == tick_formats(percent=True)
    assert trace(chart, "IWM")["yhoverformat"] == ".1%"
    assert "lowest −12.5% on Thu 2025-01-02" in chart.alt


def test_the_lines_of_a_correction_and_a_bear_market(ctx: Context) -> None:
    days = pd.bdate_range("2025-01-01", periods=3)
    under = pd.DataFrame({"fund": [0, -0.125, -0.05], "benchmark": [0, -0.02, 0]}, days)
    chart = underwater_chart(ctx, under, [])
    assert [s["y0"] for s in spec(chart)["layout"]["shapes"]] == [-0.10, -0.20]
    texts = [a["text"] for a in spec(chart)["layout"]["annotations"]]
    assert "−10% correction" in texts
    assert "−20% bear market" in texts
    low, high = spec(chart)["layout"]["yaxis"]["range"]
    # The next line below the deepest point is in sight, and nothing much further.
    assert -0.23 < low < -0.20
    assert 0 < high < 0.02
    calm = underwater_chart(ctx, under / 10, [])
    assert -0.12 < spec(calm)["layout"]["yaxis"]["range"][0] < -0.10


def test_event_paths(ctx: Context) -> None:
    paths = pd.DataFrame(
        {"fund": [-0.01, 0.0, 0.05], "benchmark": [0.02, 0.0, np.nan]}, index=[-1, 0, 1]
    )
    chart = event_paths_chart(ctx, paths, event="US-China truce")
    assert decoded(trace(chart, "IWM")["x"]).tolist() == [-1, 0, 1]
    assert spec(chart)["layout"]["yaxis"]["tickformatstops"] == tick_formats(percent=True)
    assert trace(chart, "IWM")["yhoverformat"] == ",.2%"
    assert "IWM +5.0% at session 1; SPY 0.0% at session 0" in chart.alt


# ---- axes ---------------------------------------------------------------------------------


def test_the_range_fits_all_that_is_drawn(ctx: Context) -> None:
    days = pd.bdate_range("2025-01-01", periods=3)
    close = pd.Series([100.0, 104.0, 102.0], days)
    far = pd.DataFrame({"SMA 200": [80.0, 81.0, 82.0]}, days)
    low, high = spec(price_chart(ctx, close, far, []))["layout"]["yaxis"]["range"]
    assert 76 < low < 80
    assert 104 < high < 108
    low, high = spec(price_chart(ctx, close, far, [], log=True))["layout"]["yaxis"]["range"]
    assert 76 < 10**low < 80
    assert 104 < 10**high < 108


def test_on_a_log_axis_a_text_is_at_its_line(ctx: Context) -> None:
    days = pd.bdate_range("2025-01-01", periods=2)
    canvas = Canvas(ctx, "Closes", "closes", days)
    panel = canvas.add_panel(200, "US dollars", log=True)
    canvas.add_line(panel, pd.Series([90.0, 99.0], days), "IWM", "#7C8694", fmt=",.2f")
    canvas.add_level(panel, 100.0, "High", cover=True)
    chart = canvas.finish("Closes.")
    (line,) = spec(chart)["layout"]["shapes"]
    (text,) = (a for a in spec(chart)["layout"]["annotations"] if a["text"] == "High")
    assert line["y0"] == 100
    assert text["y"] == pytest.approx(2)  # log10 of 100
    assert 10 ** spec(chart)["layout"]["yaxis"]["range"][1] > 100


@pytest.mark.parametrize(("low", "high"), [(100, 104), (0.34, 0.4), (30, 300), (15, 6000)])
def test_a_log_axis_has_round_ticks_enough(ctx: Context, low: float, high: float) -> None:
    close = pd.Series([low, high], pd.bdate_range("2025-01-01", periods=2), dtype=float)
    ticks = spec(price_chart(ctx, close, NO_AVERAGES, [], log=True))["layout"]["yaxis"]["tickvals"]
    assert 4 <= len(ticks) <= 16
    assert all(low * 0.7 <= tick <= high * 1.4 for tick in ticks)
    assert all(float(f"{tick:.3g}") == tick for tick in ticks)
    texts = spec(price_chart(ctx, close, NO_AVERAGES, [], log=True))["layout"]["yaxis"]["ticktext"]
    assert [float(text.replace(",", "")) for text in texts] == ticks
    assert len({len(text.partition(".")[2]) for text in texts}) == 1, "equal decimals"


@pytest.mark.parametrize(
    ("percent", "step", "fmt"),
    [
        (False, 50, ",.0f"), (False, 1, ",.0f"), (False, 0.5, ",.1f"), (False, 0.1, ",.1f"),
        (False, 0.02, ",.2f"), (False, 0.001, ",.3f"), (False, 0.00002, ",.4f"),
        (True, 0.05, ",.0%"), (True, 0.01, ",.0%"), (True, 0.005, ",.1%"), (True, 0.0002, ",.2%"),
    ],
)  # fmt: skip
def test_the_step_between_ticks_decides_their_decimals(
    percent: bool, step: float, fmt: str
) -> None:
    fitting = [
        stop["value"]
        for stop in tick_formats(percent=percent)
        if (stop["dtickrange"][0] or 0) <= step <= (stop["dtickrange"][1] or np.inf)
    ]
    assert fitting == [fmt]


def test_weekends_and_holidays_are_cut_out(ctx: Context) -> None:
    days = pd.bdate_range("2024-12-20", "2025-01-10").drop(["2024-12-25", "2025-01-01"])
    close = pd.Series(np.arange(len(days), dtype=float) + 50, days)
    breaks = spec(price_chart(ctx, close, NO_AVERAGES, []))["layout"]["xaxis"]["rangebreaks"]
    assert breaks == [{"bounds": ["sat", "mon"]}, {"values": ["2024-12-25", "2025-01-01"]}]


def test_missing_sessions_are_not_cut_out_as_holidays(ctx: Context) -> None:
    days = pd.bdate_range("2001-08-01", "2001-10-31")
    closed = days[(days >= "2001-09-11") & (days <= "2001-09-14")]  # the exchange was closed
    lost = days[(days >= "2001-10-08") & (days <= "2001-10-15")]  # six weekdays
    close = pd.Series(50.0, days.drop(closed).drop(lost))
    breaks = spec(price_chart(ctx, close, NO_AVERAGES, []))["layout"]["xaxis"]["rangebreaks"]
    assert breaks[1] == {"values": [f"{day:%Y-%m-%d}" for day in closed]}


def test_an_axis_of_decades_has_no_breaks(ctx: Context, ohlcv: pd.DataFrame) -> None:
    chart = price_chart(ctx, ohlcv["close"], NO_AVERAGES, [])
    assert "rangebreaks" not in spec(chart)["layout"]["xaxis"]


def test_sessions_on_saturdays_are_not_cut_out(ctx: Context) -> None:
    days = pd.date_range("1950-01-02", periods=30)
    close = pd.Series(17.0, days[days.dayofweek < 6])
    chart = price_chart(ctx, close, NO_AVERAGES, [])
    assert "rangebreaks" not in spec(chart)["layout"]["xaxis"]


@pytest.mark.parametrize("n", WINDOWS.values(), ids=WINDOWS)
def test_every_chart_has_title_caption_axes_and_text(
    ctx: Context, ohlcv: pd.DataFrame, marks: list, n: int
) -> None:
    for chart in every_time_chart(ctx, ohlcv, marks, n):
        layout = spec(chart)["layout"]
        assert {t["xaxis"] for t in spec(chart)["data"]} == {"x"}
        assert not chart.weekly
        assert layout["yaxis"]["title"]["text"]
        assert "layout" not in layout["template"]
        assert "uirevision" in layout
        assert 200 < layout["height"] < 560
        assert chart.title in re.sub(r"<[^>]+>", " ", layout["title"]["text"]).replace("━", "")
        assert "2025" in chart.alt
        assert re.fullmatch(r"[a-z0-9-]+", chart.name)
        (caption,) = annotations(chart, "caption")
        assert caption["text"].replace("<br>", " ") == ctx.caption
        text = chart.figure.to_json()
        assert '"paper_bgcolor"' not in text
        assert '"plot_bgcolor"' not in text


def test_text_and_pages_take_their_colours_from_the_theme(
    ctx: Context, ohlcv: pd.DataFrame, marks: list
) -> None:
    def fonts(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, list):
            return [found for item in node for found in fonts(item)]
        if not isinstance(node, dict):
            return []
        own = [node[key] for key in ("font", "tickfont", "textfont") if key in node]
        return own + [found for item in node.values() for found in fonts(item)]

    for chart in every_time_chart(ctx, ohlcv, marks, 252):
        found = fonts(spec(chart))
        assert found
        assert not any("color" in font for font in found)


def test_symbols_keep_their_colours(ctx: Context, ohlcv: pd.DataFrame) -> None:
    both = pair_of(ohlcv).iloc[-30:]
    for chart in (
        rebased_chart(ctx, both, None, []),
        underwater_chart(ctx, both / both.cummax() - 1, []),
    ):
        assert trace(chart, "IWM")["line"]["color"] == colour_of("IWM", "fund")
        assert trace(chart, "SPY")["line"]["color"] == colour_of("SPY", "benchmark")


def test_lines_differ_by_dashes(ctx: Context, ohlcv: pd.DataFrame) -> None:
    chart = price_chart(ctx, ohlcv["close"], averages_of(ohlcv["close"]), [])
    dashes = [trace(chart, name)["line"]["dash"] for name in ("SMA 50", "SMA 200")]
    assert len(set(dashes)) == 2


# ---- words --------------------------------------------------------------------------------


def test_the_text_for_a_reader_who_does_not_see_the_chart(ctx: Context) -> None:
    days = pd.bdate_range("2025-05-07", periods=4)
    close = pd.Series([197.0, 201.5, 200.25, 208.125], days)
    marks = [EventMark(days[3], "US-China truce", KINDS["tariff"].lane, counted_from=days[3])]
    assert price_chart(ctx, close, NO_AVERAGES, marks).alt == (
        "Line chart of the IWM close: from 197.00 on Wed 2025-05-07 to 208.12 on Mon 2025-05-12; "
        "lowest 197.00 on Wed 2025-05-07, highest 208.12 on Mon 2025-05-12. 1 event marked."
    )
    ratio = ratio_chart(ctx, close / 600, None, [], percentile=0.0912, count=1096)
    assert "The last value is lower than on 90.9% of the 1,096 sessions to date." in ratio.alt
    texts = [note["text"] for note in spec(ratio)["layout"]["annotations"]]
    assert "Lower than on 90.9% of the 1,096 sessions to date" in texts


@pytest.mark.parametrize(
    ("last", "edge"), [([9.0, 8.0, 8.5], "bottom"), ([1.5, 2.0, 1.8], "top")]
)  # fmt: skip
def test_the_place_of_a_ratio_is_written_where_its_last_values_leave_room(
    last: list[float], edge: str, ctx: Context
) -> None:
    days = pd.bdate_range("2025-05-01", periods=12)
    ratio = pd.Series([1.0, 9.5, 5.0, 4.0, 6.0, 3.0, 5.0, 4.0, 5.0, *last], days)
    chart = ratio_chart(ctx, ratio, None, [], percentile=0.5, count=12)
    (note,) = [n for n in spec(chart)["layout"]["annotations"] if "12 sessions" in n["text"]]
    assert (note["yref"], note["y"], note["yanchor"]) == ("y domain", float(edge == "top"), edge)


def test_a_chart_of_simulated_data_is_marked_everywhere(
    simulated: Context, ohlcv: pd.DataFrame, marks: list
) -> None:
    paths = pd.DataFrame({"fund": [0.1], "benchmark": [0.2]}, index=[0])
    charts = [
        *every_time_chart(simulated, ohlcv, marks, 252),
        event_paths_chart(simulated, paths, event="x"),
    ]
    for chart in charts:
        assert chart.title.startswith("SIMULATED")
        assert chart.name.endswith("-simulated")
        assert chart.caption.startswith("SIMULATED DATA")
        assert [a["text"] for a in annotations(chart, "simulated")] == ["SIMULATED DATA"]
        assert annotations(chart, "caption")[0]["text"].startswith("SIMULATED DATA")


def test_real_data_is_not_called_simulated(ctx: Context, ohlcv: pd.DataFrame, marks: list) -> None:
    for chart in every_time_chart(ctx, ohlcv, marks, 252):
        assert "simulated" not in chart.figure.to_json().lower()


# ---- events -------------------------------------------------------------------------------


def label_boxes(chart: Chart, width: float, sessions: pd.DatetimeIndex) -> list[tuple]:
    """Return left, right, row and line of each label as a browser places it.

    From the specification alone, with the widths of Helvetica and a place on the axis counted
    in sessions (the axis leaves out what is no session) or in days.
    """
    layout = spec(chart)["layout"]
    start, end = (pd.Timestamp(moment) for moment in layout["xaxis"]["range"])
    boxes = []
    for label in annotations(chart, "event"):
        day = pd.Timestamp(label["x"])
        if "rangebreaks" in layout["xaxis"]:
            share = (sessions.get_loc(day) + 0.5) / len(sessions)
        else:
            share = (day - start) / (end - start)
        text = re.sub(r"<[^>]+>", "", label["text"])
        # Bold is a tenth wider; the glyph takes most of an em.
        em = 0.8 + sum(HELVETICA.get(character, 600) for character in text[1:]) / 1000
        size = em * label["font"]["size"] * (1.1 if "<b>" in label["text"] else 1.0)
        left = share * width - {"left": 0.0, "center": 0.5, "right": 1.0}[label["xanchor"]] * size
        boxes.append((left, left + size, label["y"], share * width))
    return boxes


@pytest.mark.parametrize("width", [255, 640, 1210])
@pytest.mark.parametrize("n", WINDOWS.values(), ids=WINDOWS)
def test_labels_do_not_overlap(
    ctx: Context, ohlcv: pd.DataFrame, marks: list, n: int, width: float
) -> None:
    close = ohlcv["close"].iloc[-n:]
    chart = price_chart(ctx, close, NO_AVERAGES, marks)
    boxes = label_boxes(chart, width, close.index)
    assert len(boxes) == len(annotations(chart, "event")) <= 5
    for left, right, _, _ in boxes:
        assert left > -3
        assert right < width + 3
    for first, other in itertools.combinations(boxes, 2):
        lower, upper = sorted((first, other), key=lambda box: box[2])
        if lower[2] == upper[2]:
            assert first[1] < other[0] or other[1] < first[0]
        else:
            assert not lower[0] + 1 < upper[3] < lower[1] - 1


@pytest.mark.parametrize("n", WINDOWS.values(), ids=WINDOWS)
def test_every_event_of_the_window_is_on_the_strip(
    ctx: Context, ohlcv: pd.DataFrame, marks: list, n: int
) -> None:
    close = ohlcv["close"].iloc[-n:]
    chart = price_chart(ctx, close, NO_AVERAGES, marks)
    visible = [mark for mark in marks if mark.session >= close.index[0]]
    data = spec(chart)["data"]
    lanes = [t for t in data if t["mode"] == "markers" and t["name"] != "Days"]
    lines = {line for _, line in wire.day_lines(data)}
    assert lines == {mark.hover_text for mark in visible}
    assert f"{len(visible)} event" in chart.alt
    names = {m.lane.name for m in visible}
    assert {lane["name"] for lane in lanes} == names
    axis = spec(chart)["layout"]["yaxis2"]
    assert set(axis["ticktext"]) == names
    assert axis["domain"][0] == pytest.approx(spec(chart)["layout"]["yaxis"]["domain"][1])
    assert axis["domain"][1] == 1


def test_a_window_of_many_events_has_few_lines(
    ctx: Context, ohlcv: pd.DataFrame, marks: list
) -> None:
    chart = price_chart(ctx, ohlcv["close"], NO_AVERAGES, marks)
    lines = spec(chart)["layout"]["shapes"]
    assert len(lines) == len(annotations(chart, "event")) <= 5
    (anchor,) = (line for line in lines if line["name"] == "anchor")
    assert anchor["x0"] == anchor["x1"] == "2025-05-12"
    assert anchor["line"]["dash"] == "solid"


def test_an_anchor_that_is_a_plain_date(ctx: Context, ohlcv: pd.DataFrame) -> None:
    close = ohlcv["close"].iloc[-100:]
    day = close.index[50]
    chart = rebased_chart(
        ctx,
        pair_of(ohlcv).iloc[-100:],
        day,
        [EventMark(day, "2025-03-24", Lane("Since", GREY), counted_from=day)],
    )
    assert spec(chart)["layout"]["yaxis2"]["ticktext"] == ["Since"]
    assert "= 100" in spec(chart)["layout"]["yaxis"]["title"]["text"]


def test_without_events_there_is_no_strip(ctx: Context, ohlcv: pd.DataFrame) -> None:
    chart = price_chart(ctx, ohlcv["close"].iloc[-50:], NO_AVERAGES, [])
    assert "yaxis2" not in spec(chart)["layout"]
    assert spec(chart)["layout"]["yaxis"]["domain"] == [0, 1]


# ---- what there is little or nothing of -----------------------------------------------------

EMPTY = pd.DatetimeIndex([])
ONE = pd.DatetimeIndex(["2025-05-12"])


def builders(ctx: Context) -> dict[str, Callable[[pd.Series], Chart]]:
    return {
        "price": lambda s: price_chart(ctx, s, s.to_frame("SMA 50"), []),
        "price, log": lambda s: price_chart(ctx, s, NO_AVERAGES, [], log=True),
        "ratio": lambda s: ratio_chart(ctx, s, s, [], percentile=float("nan")),
        "rebased": lambda s: rebased_chart(
            ctx, pd.DataFrame({"fund": s, "benchmark": s}), None, []
        ),
        "rolling": lambda s: rolling_chart(
            ctx, {"Beta": s.to_frame("1 year")}, title="Beta", reference=None
        ),
        "underwater": lambda s: underwater_chart(
            ctx, pd.DataFrame({"fund": -s / 1000, "benchmark": -s / 1000}), []
        ),
    }


@pytest.mark.parametrize(
    "name", ["price", "price, log", "ratio", "rebased", "rolling", "underwater"]
)
def test_without_values_a_chart_is_refused_in_one_sentence(ctx: Context, name: str) -> None:
    build = builders(ctx)[name]
    days = pd.bdate_range("2025-05-12", periods=2)
    for nothing in (pd.Series([], EMPTY, dtype=float), pd.Series(np.nan, days)):
        with pytest.raises(InsufficientHistory) as caught:
            build(nothing)
        assert re.fullmatch(r"[^.]+ needs 1 session; there are 0\. [^.]+\.", str(caught.value))


@pytest.mark.parametrize(
    "name", ["price", "price, log", "ratio", "rebased", "rolling", "underwater"]
)
def test_a_single_session_is_drawn_as_a_dot(ctx: Context, name: str) -> None:
    chart = builders(ctx)[name](pd.Series([100.0], ONE))
    assert spec(chart)["data"][0]["mode"] == "lines+markers"
    low, high = spec(chart)["layout"]["yaxis"]["range"]
    assert low < high


def test_paths_without_any_value_are_refused(ctx: Context) -> None:
    nothing = pd.DataFrame({"fund": [np.nan], "benchmark": [np.nan]}, index=[0])
    with pytest.raises(InsufficientHistory):
        event_paths_chart(ctx, nothing, event="x")


def test_a_constant_price_has_an_axis_with_room(ctx: Context) -> None:
    days = pd.bdate_range("2025-01-01", periods=5)
    for log in (False, True):
        chart = price_chart(ctx, pd.Series(50.0, days), NO_AVERAGES, [], log=log)
        low, high = spec(chart)["layout"]["yaxis"]["range"]
        assert low < high


@pytest.mark.parametrize(("fund", "benchmark"), [("IWM", "SPY"), ("QQQ", "SPY"), ("IWM", "IWO")])
def test_a_symbol_has_one_colour_on_every_chart_of_a_pair(
    fund: str, benchmark: str, ctx: Context, ohlcv: pd.DataFrame
) -> None:
    """That of the header, which takes `pair_colours`."""
    pair = replace(ctx, fund=fund, benchmark=benchmark)
    close = ohlcv["close"].iloc[-60:]
    price = price_chart(pair, close, NO_AVERAGES, [])
    both = close.to_frame("fund").assign(benchmark=close)
    rebased = rebased_chart(pair, both, None, [])
    assert price.colour == pair_colours(fund, benchmark)[0]
    colours = [trace(rebased, symbol)["line"]["color"] for symbol in (fund, benchmark)]
    assert colours == list(pair_colours(fund, benchmark))
