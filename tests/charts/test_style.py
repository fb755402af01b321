"""Colours that hold on both themes, words that travel with a chart, and its exports."""

from __future__ import annotations

import dataclasses
import html
import itertools
import re

import numpy as np
import pandas as pd
import pytest

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import Indicator
from rut_dash.charts.chart import Context, file_stem
from rut_dash.charts.export_page import standalone_html
from rut_dash.charts.line_charts import price_chart
from rut_dash.charts.style import COLOURS, DOWN, UP, colour_of, pair_colours, price_unit, text_width
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis
from rut_dash.market.instruments import BENCHMARKS, FUNDS

# Pages that a chart may stand on: plain white, Streamlit's dark, and the theme's own.
PAGES = ("#ffffff", "#0e1117", "#0e141d", "#18212e", "#f3f5f9")

# How red, green and blue are seen without one kind of cone: Machado, Oliveira and Fernandes,
# "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
SIGHT = {
    "full": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}

# Adobe's metrics of Helvetica (AFM), in thousandths of an em.
HELVETICA = {
    **dict.fromkeys("abdeghnopqu0123456789$", 556),
    **dict.fromkeys("ckszvxyJ", 500),
    **dict.fromkeys("ijl", 222),
    **dict.fromkeys("ft ,.:;/I·", 278),
    **dict.fromkeys("r-()", 333),
    **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("FTZ", 611),
    "L": 556,
    "m": 833,
    "M": 833,
    "W": 944,
    "%": 889,
}


def linear(colour: str) -> np.ndarray:
    """Return linear sRGB."""
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(first: str, other: str) -> float:
    """Return WCAG 2.2's contrast ratio."""
    light = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) + 0.05 for c in (first, other))
    return light[1] / light[0]


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* (D65) of linear sRGB."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(first: str, other: str, sight: str) -> float:
    """Return how far two colours are apart (CIE76) for one kind of sight."""
    matrix = SIGHT[sight]
    return float(np.linalg.norm(lab(matrix @ linear(first)) - lab(matrix @ linear(other))))


def test_the_contrast_formula_gives_published_values() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's checker


@pytest.mark.parametrize("page", PAGES)
def test_every_colour_has_contrast_on_every_page(page: str) -> None:
    assert {c: round(contrast(c, page), 2) for c in COLOURS if contrast(c, page) < 3} == {}


@pytest.mark.parametrize("row", INDICATORS.values(), ids=lambda row: row.key)
def test_colours_of_an_indicator_have_contrast_on_every_page(row: Indicator) -> None:
    for output in row.outputs:
        for page in PAGES if output.colour else ():
            assert contrast(output.colour, page) >= 3, output.name


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_of_fund_and_benchmark_differ_for_every_colour_vision(sight: str) -> None:
    for fund, benchmark in itertools.product((*FUNDS, "TYPED"), (*BENCHMARKS, "TYPED2")):
        assert difference(*pair_colours(fund, benchmark), sight) > 30, (fund, benchmark)


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_of_rising_and_falling_differ_for_every_colour_vision(sight: str) -> None:
    assert difference(UP, DOWN, sight) > 40


def test_each_configured_symbol_has_its_own_colour() -> None:
    funds = [colour_of(symbol, "fund") for symbol in FUNDS]
    benchmarks = [colour_of(symbol, "benchmark") for symbol in BENCHMARKS]
    assert len({*funds, *benchmarks}) == len(FUNDS) + len(BENCHMARKS)
    assert colour_of("IWM", "benchmark") == colour_of("IWM", "fund")
    assert colour_of("XYZ", "fund") != colour_of("XYZ", "benchmark")


@pytest.mark.parametrize("pair", [("IWM", "IWN"), ("QQQ", "SPY"), ("SPY", "IWM"), ("A", "QQQ")])
def test_two_symbols_of_one_family_have_different_colours(pair: tuple[str, str]) -> None:
    for sight in SIGHT:
        assert difference(*pair_colours(*pair), sight) > 25


def test_swapped_legs_keep_their_colours() -> None:
    assert pair_colours("SPY", "IWM") == tuple(reversed(pair_colours("IWM", "SPY")))


def test_estimated_text_widths_are_not_below_those_of_helvetica(catalogue: Catalogue) -> None:
    for event in catalogue.events:
        width = sum(HELVETICA[character] for character in event.short) / 1000 * 11
        assert width <= text_width(event.short, 11) * 1.02, event.short


def test_the_unit_of_prices_depends_on_symbol_and_basis() -> None:
    assert price_unit("IWM") == "US dollars"
    assert price_unit("^RUT") == "Index points"
    assert price_unit("VOD.L") == price_unit("EURUSD=X") == "Price"
    assert price_unit("BRK.B") == "US dollars"
    assert price_unit("IWM", Basis.TOTAL) == "US dollars, adjusted"


def test_a_file_name_has_safe_characters_and_names_its_content(simulated: Context) -> None:
    name = file_stem(dataclasses.replace(simulated, fund="^RUT"), "^RUT-../ratio")
    assert name == "rut-ratio-total-2025-05-30-simulated"


@pytest.fixture(scope="module")
def real_page(ctx: Context, ohlcv: pd.DataFrame) -> str:
    close = ohlcv["close"].iloc[-60:]
    return standalone_html(price_chart(ctx, close, close.to_frame("SMA 1"), []))


def test_an_exported_page_has_title_caption_and_text(real_page: str) -> None:
    head = real_page[: real_page.index("<body>")]
    assert "<title>IWM close · As of Fri 2025-05-30 · price basis · Yahoo Finance</title>" in head
    assert '<p class="description">As of Fri 2025-05-30 · price basis · Yahoo' in real_page
    assert 'role="note"' not in real_page


def test_an_exported_page_uses_no_network(real_page: str) -> None:
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", real_page)
    assert real_page.count("window.Plotly=") == 1
    assert len(real_page) < 1_500_000


def test_an_exported_page_of_simulated_data_has_a_warning(
    simulated: Context, ohlcv: pd.DataFrame
) -> None:
    close = ohlcv["close"].iloc[-60:]
    page = standalone_html(price_chart(simulated, close, pd.DataFrame(index=close.index), []))
    title = page[page.index("<title>") : page.index("</title>")]
    assert "SIMULATED" in title
    assert "total return basis · simulated demo" in title
    assert "Simulated data, not market prices." in page[page.index("<body>") :]


def test_the_export_does_not_change_the_chart(ctx: Context, ohlcv: pd.DataFrame) -> None:
    close = ohlcv["close"].iloc[-60:]
    chart = price_chart(ctx, close, pd.DataFrame(index=close.index), [])
    before = chart.figure.to_json()
    standalone_html(chart)
    assert chart.figure.to_json() == before


def test_markup_in_names_is_escaped(ctx: Context, ohlcv: pd.DataFrame) -> None:
    hostile = '</title><script>alert("x")</script>'
    close = ohlcv["close"].iloc[-60:]
    chart = price_chart(
        dataclasses.replace(ctx, source=hostile), close, close.to_frame(hostile), []
    )
    page = standalone_html(chart)
    assert hostile not in page
    assert html.escape(hostile) in page
