"""A row added to the indicators at run time is found wherever there are indicators.

Three throw-away rows: a panel of two lines with levels, crosses and a summary figure, whose
label and crosses do not begin with its key; an overlay without parameters; a second band.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.analysis import indicators
from rut_dash.analysis.crosses import cross_kinds
from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import (
    Cross,
    Indicator,
    IndicatorOutput,
    IndicatorParam,
    ReferenceLevel,
    Settings,
    SummaryFigure,
)
from rut_dash.analysis.indicators.moving_averages import sma
from rut_dash.analysis.returns import require_count
from rut_dash.charts.export_page import standalone_html
from rut_dash.cli.process import main
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import cache, figures, layout
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.tables import csv_text
from rut_dash.ui.view import DEFAULT_VIEW, parse_view, to_query
from tests import wire
from tests.elements import charts, tables

ROOT = Path(__file__).resolve().parent.parent
LENGTH = (IndicatorParam("length", "Length", 14, 2, 100),)


def stochastic(bars: pd.DataFrame, length: int) -> pd.DataFrame:
    length = require_count("the length of a stochastic", length, 2)
    low, high = bars["low"].rolling(length).min(), bars["high"].rolling(length).max()
    percent_k = 100.0 * (bars["close"] - low) / (high - low)
    return pd.DataFrame({"percent_k": percent_k, "percent_d": percent_k.rolling(3).mean()})


def stochastic_lines(bars: pd.DataFrame, settings: Settings) -> tuple[pd.Series, pd.Series]:
    frame = SLOW_STOCHASTIC.run(bars, settings)
    return frame["percent_k"], frame["percent_d"]


SLOW_STOCHASTIC = Indicator(
    key="stoch",
    label="Slow stochastic",
    drawing="panel",
    outputs=(IndicatorOutput("percent_k", "%K"), IndicatorOutput("percent_d", "%D", dash="dot")),
    compute=stochastic,
    warm_up=lambda length: length + 1,
    params=LENGTH,
    inputs=("high", "low", "close"),
    scales_with_price=False,
    unit="Share of the range",
    number_format=".0f",
    bounds=(0.0, 100.0),
    levels=(ReferenceLevel(20.0, "oversold"), ReferenceLevel(80.0, "overbought")),
    crosses=(Cross("k_over_d", "%K rises above %D", "%K falls below %D", stochastic_lines),),
    summary=(SummaryFigure("stochastic_k", "Stochastic %K", "percent_k"),),
)
TYPICAL = Indicator(
    key="typical",
    label="Typical price",
    drawing="overlay",
    outputs=(IndicatorOutput("typical", "Typical price", "#C0589F"),),
    compute=lambda bars: bars[["high", "low", "close"]].mean(axis=1).to_frame("typical"),
    warm_up=lambda: 0,
    inputs=("high", "low", "close"),
    number_format=",.1f",
)
KELTNER = Indicator(
    key="keltner",
    label="Keltner",
    drawing="band",
    outputs=(IndicatorOutput("floor", "Keltner floor"), IndicatorOutput("roof", "Keltner roof")),
    compute=lambda bars, length: pd.DataFrame(
        {"floor": sma(bars["close"], length) * 0.97, "roof": sma(bars["close"], length) * 1.03}
    ),
    warm_up=lambda length: length - 1,
    params=(IndicatorParam("length", "Length", 20, 2, 100),),
)
ROWS = (SLOW_STOCHASTIC, TYPICAL, KELTNER)
QUERY = {"show": "sma,bollinger,stoch,typical,keltner", "set": "stoch.length:9", "window": "1Y"}
PAIR = PricePair.align(DemoSource().fetch("IWM"), DemoSource().fetch("SPY"))


@pytest.fixture(autouse=True)
def _rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    monkeypatch.setattr(layout, "prefetch_once", lambda scope: None)  # a thread outlives it
    cache.clear_caches()
    with ExitStack() as stack:
        for row in ROWS:
            stack.enter_context(INDICATORS.with_row(row))
        yield
    cache.clear_caches()


def scope(**fields: object) -> Scope:
    view, problems = parse_view(QUERY)
    assert not problems
    return resolve_scope(
        view.with_(**fields), PAIR, lambda through: load_catalogue(through=through)
    )


def figure(page_scope: Scope) -> dict:
    return json.loads(figures.technicals_figure(page_scope).figure.to_json())


def named(spec: dict, name: str) -> dict:
    (trace,) = (trace for trace in spec["data"] if trace["name"] == name)
    return trace


def legend(spec: dict) -> list[str]:
    return [t["name"] for t in spec["data"] if t.get("showlegend", True)]


def test_a_file_in_the_package_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "midpoint.py").write_text(
        "from rut_dash.analysis.indicators.indicator_row import Indicator, IndicatorOutput\n"
        "ROWS = (Indicator(key='midpoint', label='Midpoint', drawing='overlay',\n"
        "    outputs=(IndicatorOutput('middle', 'Midpoint'),),\n"
        "    compute=lambda bars: bars[['close']].set_axis(['middle'], axis=1),\n"
        "    warm_up=lambda: 0),)\n"
    )
    monkeypatch.setattr(indicators, "__path__", [*indicators.__path__, str(tmp_path)])
    assert "midpoint" in {row.key for row in indicators._discover_rows()}


def test_a_link_carries_the_rows_and_their_settings() -> None:
    view, problems = parse_view(QUERY)
    assert not problems
    assert set(view.indicators) == {"sma", "bollinger", "stoch", "typical", "keltner"}
    again, _ = parse_view(to_query(view))
    assert again == view
    refused, problems = parse_view({"set": "stoch.length:1000"})
    assert len(problems) == 1
    assert refused == DEFAULT_VIEW


def test_the_legend_names_every_line_once_and_lines_of_a_panel_differ() -> None:
    spec = figure(scope())
    names = legend(spec)
    assert {"SMA 50", "Typical price", "Bollinger 20/2", "Keltner 20", "%K", "%D"} <= set(names)
    assert len(names) == len(set(names))
    k, d = named(spec, "%K"), named(spec, "%D")
    assert (k["line"]["color"], k["line"]["dash"]) != (d["line"]["color"], d["line"]["dash"])
    assert d["line"]["dash"] == "dot"
    looks = [(t["line"]["color"], t["line"]["dash"]) for t in spec["data"] if t["name"] in names]
    assert len(looks) == len(set(looks)) == len(names)
    assert named(spec, "Typical price")["line"]["color"] == "#C0589F"
    assert k["yhoverformat"] == ".0f"
    assert named(spec, "Typical price")["yhoverformat"] == ",.1f"


def test_a_panel_has_its_title_unit_and_levels_whatever_its_label_begins_with() -> None:
    spec = figure(scope())
    axis = named(spec, "%K")["yaxis"]
    layout_axis = spec["layout"][f"yaxis{axis[1:]}"]
    assert layout_axis["title"]["text"] == "Share of the range"
    assert layout_axis["tickvals"] == [20.0, 80.0]
    assert layout_axis["range"] == [0.0, 100.0]  # no room beyond the bounds of the row
    levels = {s["y0"] for s in spec["layout"]["shapes"] if s["yref"] == axis}
    assert levels == {20.0, 80.0}
    assert "<b>Slow stochastic 9</b>" in [a["text"] for a in spec["layout"]["annotations"]]
    alt = figures.technicals_figure(scope()).alt
    assert "Panels below: Slow stochastic 9." in alt
    assert "20 (oversold), 80 (overbought)" in alt


def test_two_bands_are_drawn_each_with_its_own_lines_and_tint() -> None:
    spec = figure(scope())
    tinted = [t for t in spec["data"] if t.get("fill") == "tonexty"]
    assert len(tinted) == 2
    assert len({t["fillcolor"] for t in tinted}) == 2
    places = [spec["data"].index(t) for t in tinted]
    lower = [spec["data"][place - 1] for place in places]
    close = PAIR.fund.close(Basis.PRICE)
    page_scope = scope()
    middle = sma(close, 20).loc[page_scope.start : page_scope.end]
    deviation = close.rolling(20).std(ddof=0).loc[page_scope.start : page_scope.end]
    edges = (
        (lower[0], middle - 2 * deviation),
        (tinted[0], middle + 2 * deviation),
        (lower[1], middle * 0.97),
        (tinted[1], middle * 1.03),
    )
    for trace, expected in edges:
        np.testing.assert_allclose(wire.numbers(trace["y"]), expected, rtol=1e-6)
    assert [t["meta"]["label"] for t in (*lower, *tinted)] == [
        "Lower band", "Keltner floor", "Upper band", "Keltner roof",
    ]  # fmt: skip


def test_two_rows_of_the_same_length_are_two_lines() -> None:
    page_scope = scope(
        indicators=("sma", "sma_long"),
        parameters=parse_view({"set": "sma.length:200"})[0].parameters,
    )
    lines = [t for t in figure(page_scope)["data"] if t["name"] == "SMA 200"]
    assert len(lines) == 2
    assert lines[0]["line"] != lines[1]["line"]


def test_crosses_of_a_row_are_listed_exported_and_drawn_on_its_panel() -> None:
    page_scope = scope()
    kinds = {kind: indicator.key for kind, (indicator, _) in cross_kinds().items()}
    assert kinds["k_over_d"] == "stoch"
    table = figures.crosses_in_window(page_scope)
    own = table[table["kind"] == "k_over_d"]
    assert len(own) > 10
    assert set(own["label"]) == {"%K rises above %D", "%K falls below %D"}
    assert "%K rises above %D" in csv_text(table, [("table", "Crosses")])
    spec = figure(page_scope)
    axis = named(spec, "%K")["yaxis"]
    marks = [t for t in spec["data"] if t["name"].startswith("Crosses") and t["yaxis"] == axis]
    assert sum(len(wire.numbers(t["x"])) for t in marks) == len(own)
    lines = [line for _, line in wire.day_lines(spec["data"]) if line.startswith("%K ")]
    assert len(lines) == len(own)
    without = figure(scope(indicators=("sma",)))
    assert not any("%K" in line for _, line in wire.day_lines(without["data"]))
    assert "k_over_d" not in set(figures.crosses_in_window(scope(indicators=("sma",)))["kind"])


def test_the_exported_page_shows_the_rows() -> None:
    page = standalone_html(figures.technicals_figure(scope()))
    for text in ("Slow stochastic 9", "Typical price", "Keltner 20", "%K rises above %D"):
        assert text in page


def test_the_page_offers_the_rows_and_draws_them(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    for name, value in QUERY.items():
        app.query_params[name] = value
    app.switch_page("pages/technicals.py")
    app.run()
    assert not app.exception
    assert not app.error
    pills = app.pills(key="control_indicators")
    assert {"Slow stochastic 9", "Typical price", "Keltner 20"} <= set(pills.options)
    assert {"stoch", "typical", "keltner"} <= set(pills.value)
    (chart,) = charts(app)
    for text in ("Slow stochastic 9", "Typical price", "Keltner 20", "%K", "%D"):
        assert text in json.dumps(chart)
    assert "%K rises above %D" in set(tables(app)[0]["label"])
    app.session_state["control_settings"] = True
    app.run()
    assert app.number_input(key="control_set_stoch_length").value == 9
    app.number_input(key="control_set_keltner_length").set_value(30).run()
    assert "keltner.length:30" in app.query_params["set"]
    app.pills(key="control_indicators").set_value(["keltner"]).run()
    assert app.query_params["show"] == "keltner"


def test_the_command_line_prints_the_summary_figure_of_a_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["summary", "--offline", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    bars = PAIR.fund.ohlcv(Basis.PRICE)
    expected = stochastic(bars, 14)["percent_k"].iloc[-1]
    assert summary["symbols"]["IWM"]["indicators"] == {"stochastic_k": pytest.approx(expected)}
    assert main(["summary", "--offline"]) == 0
    (line,) = (row for row in capsys.readouterr().out.splitlines() if "Stochastic %K" in row)
    assert f"{expected:,.2f}" in line
