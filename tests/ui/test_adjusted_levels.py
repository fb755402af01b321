"""Levels on the total return basis are called adjusted everywhere; those on prices nowhere.

SPY closes at 100, 80, 81, 82 and pays 8 on the third session, so that its first two adjusted closes
are 100 and 80 times 1 - 8 / 80 = 0.9: the highest is 90 where the highest close is 100.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from rut_dash.charts.chart import Chart, Context
from rut_dash.claim_wording import formula_texts
from rut_dash.claims.formulas import LevelOrigin, PriceLevel
from rut_dash.cli.process import main
from rut_dash.events.catalogue import load_catalogue
from rut_dash.formula_wording import label_text
from rut_dash.market.history import Basis, PricePair
from rut_dash.ui import figures
from rut_dash.ui.header import header_markup, line_markup
from rut_dash.ui.narrative import overview_sentences
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.tables import file_header
from rut_dash.ui.view import DEFAULT_VIEW
from rut_dash.wording import close_name
from tests.claims.samples import verdict_of
from tests.header_figures import header_figures
from tests.oracles import as_history, candles, walk

DAYS = pd.DatetimeIndex(["2024-12-30", "2024-12-31", "2025-01-02", "2025-01-03"])
FUND = as_history(
    pd.DataFrame({"close": [100.0, 90.0, 108.0, 97.2], "dividend": [0, 0, 1.0, 0]}, DAYS), "IWM"
)
FALLING = as_history(
    pd.DataFrame({"close": [100.0, 80.0, 81.0, 82.0], "dividend": [0, 0, 8.0, 0]}, DAYS), "SPY"
)
BOTH = pytest.mark.parametrize("basis", list(Basis))


def says_adjusted(text: str) -> bool:
    return "adjusted" in text.lower()


def scope(basis: Basis, *, has_ohlc: bool = True) -> Scope:
    bars = [candles(walk(300, seed, "2024-06-03")) for seed in (1, 2)]
    if not has_ohlc:
        bars = [frame[["close"]] for frame in bars]
    legs = (as_history(frame, name) for frame, name in zip(bars, ("IWM", "SPY"), strict=True))
    view = DEFAULT_VIEW.with_(basis=basis, window="MAX", indicators=("sma", "macd"))
    return resolve_scope(view, PricePair.align(*legs), lambda day: load_catalogue(through=day))


@BOTH
def test_the_card_of_the_high_says_adjusted_and_the_close_is_as_traded(basis: Basis) -> None:
    pair = PricePair.align(FUND, FALLING)
    figures = header_figures(header_markup(pair, (basis, basis), DAYS[0], "then"))
    row = {figure.heading: figure for figure in figures if figure.symbol == "SPY"}
    assert row["Close"].value == "82.00"
    high = {Basis.PRICE: "100.00", Basis.TOTAL: "adjusted 90.00"}[basis]
    assert row["From the high"].note == f"{high} on 2024-12-30"


def test_a_file_with_adjusted_closes_only_shows_no_close() -> None:
    only = as_history(pd.DataFrame({"adj_close": [90.0, 72.0, 81.0, 82.0]}, DAYS), "IWO")
    pair = PricePair.align(only, FALLING)
    bases = (Basis.TOTAL, Basis.TOTAL)
    figures = header_figures(header_markup(pair, bases, DAYS[0], "x"))
    closes = {figure.symbol: figure for figure in figures if figure.heading == "Close"}
    assert (closes["IWO"].note, closes["SPY"].note) == ("adjusted", "")
    assert "IWO</b> 82.00 adjusted" in line_markup(pair, bases)
    alone = PricePair.align(only, replace(only, symbol="IWN"))
    headings = {
        figure.heading for figure in header_figures(header_markup(alone, bases, DAYS[0], "x"))
    }
    assert "Adjusted close" in headings
    assert "Close" not in headings


@BOTH
def test_the_sentences_on_highs_and_on_the_ratio_say_adjusted(basis: Basis) -> None:
    pair = PricePair.align(FUND, FALLING)
    high = overview_sentences(pair, basis)[-1].text
    name = close_name(basis)
    assert f"IWM is 10.0% below its highest {name}, 108.00 on 2025-01-02" in high
    level = {Basis.PRICE: "100.00", Basis.TOTAL: "90.00"}[basis]
    assert f"below its highest {name}, {level} on 2024-12-30" in high
    assert says_adjusted(figures.distance_sentence(FALLING, basis)) is (basis is Basis.TOTAL)
    ratio = overview_sentences(scope(basis).pair, basis)[-1].text
    assert ratio.startswith("The ratio of IWM to SPY")
    assert says_adjusted(ratio) is (basis is Basis.TOTAL)


def axis_titles(chart: Chart) -> list[str]:
    layout = chart.spec["layout"]
    axes = [layout[key] for key in layout if re.fullmatch(r"yaxis\d*", key)]
    return [axis["title"]["text"] for axis in axes if "title" in axis]


@BOTH
@pytest.mark.parametrize("has_ohlc", [True, False], ids=["candles", "closes"])
def test_axes_titles_and_hover_of_charts_of_levels_say_adjusted(
    basis: Basis, has_ohlc: bool
) -> None:
    scoped = scope(basis, has_ohlc=has_ohlc)
    is_total = basis is Basis.TOTAL
    for build in (figures.price_figure, figures.ratio_figure, figures.technicals_figure):
        chart = build(scoped)
        prices = chart.spec["data"]
        line = next(t for t in prices if not t.get("showlegend", True) and "IWM" in t["name"])
        assert says_adjusted(line["name"]) is is_total, build
        titles = [title for title in axis_titles(chart) if "dollars" in title or "ratio" in title]
        assert titles
        assert all(says_adjusted(title) is is_total for title in titles), (build, titles)
    # Returns and drawdowns are no levels: they say total return in their caption.
    for build in (figures.rebased_figure, figures.underwater_figure):
        assert not says_adjusted(str(build(scoped).spec))


@BOTH
def test_a_level_of_a_claim_says_adjusted(basis: Basis) -> None:
    level = PriceLevel(90.0, LevelOrigin.HIGHEST_CLOSE, DAYS[0])
    assert label_text(level, basis) == f"highest {close_name(basis)} 90.00 of 2024-12-30"


@BOTH
def test_the_formula_of_a_claim_on_levels_says_adjusted_once(basis: Basis) -> None:
    check = '{ kind = "extreme", what = "highest" }'
    rest = f'basis = "{basis.value}"\nstated = 108\nunit = "$"\nprecision = 1\ncheck = {check}'
    texts = formula_texts(verdict_of(rest, FUND, day="2025-01-03"))
    assert sum(map(says_adjusted, texts)) == (basis is Basis.TOTAL), texts


@BOTH
def test_the_head_of_a_file_says_adjusted(basis: Basis) -> None:
    context = Context("IWM", "SPY", basis, DAYS[-1], "test", False)
    head = dict(file_header("Crosses", (FUND,), context))
    assert head.get("levels") == {Basis.PRICE: None, Basis.TOTAL: "adjusted for dividends"}[basis]
    assert "dividends" not in head


def test_the_head_of_a_file_says_where_total_return_begins() -> None:
    bars = FALLING.bars.assign(dividend=[float("nan"), 0.0, 8.0, float("nan")])
    context = Context("IWM", "SPY", Basis.TOTAL, DAYS[-1], "test", False)
    lines = [
        v for k, v in file_header("x", (as_history(bars, "SPY"),), context) if k == "dividends"
    ]
    assert lines == [
        "Dividends of SPY are known from 2024-12-31 on: its total return begins there.",
        "Dividends of SPY are not known on 2025-01-03 and count as none: its total return is too "
        "low there if any was paid.",
    ]


@BOTH
def test_the_command_line_calls_levels_adjusted(
    basis: Basis, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    assert main(["summary", "--basis", basis.value]) == 0
    names = [re.split(r"  +", line.strip())[0] for line in capsys.readouterr().out.splitlines()]
    suffix = {Basis.PRICE: "", Basis.TOTAL: ", adjusted"}[basis]
    for name in (
        "Highest close",
        "Average of 50 days",
        "Average of 50 weeks",
        "MACD 12/26",
        "Ratio",
    ):
        assert f"{name}{suffix}" in names
    assert {"Close", "Year to date", "Drawdown", "RSI 14"} <= set(names)
