"""The header's figures against ones worked by hand, and its lines."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest

from rut_dash.market.history import Basis, PricePair
from rut_dash.ui.header import header_markup, leg_figures, line_markup, sparkline
from tests.header_figures import header_caption, header_figures
from tests.oracles import as_history


def pair_of(*closes: list[float], symbols: tuple[str, str] = ("ABC", "DEF")) -> PricePair:
    """Return two histories of a few sessions from the end of 2024 on."""
    days = pd.bdate_range("2024-12-30", periods=len(closes[0]))
    legs = (
        as_history(pd.DataFrame({"close": values, "dividend": 0.0, "split": 0.0}, days), symbol)
        for values, symbol in zip(closes, symbols, strict=True)
    )
    return PricePair.align(*legs)


PRICES = (Basis.PRICE, Basis.PRICE)


def test_the_header_says_what_a_reader_must_know_of_its_figures() -> None:
    pair = pair_of([100.0, 80.0, 120.0, 90.0], [1.0, 2.0, 3.0, 4.0])
    first = pair.fund.sessions[0]
    assert header_caption(header_markup(pair, PRICES, first, "x")) == ""
    state = ("Simulated <i>", "Prices of ABC end")
    markup = header_markup(pair, PRICES, first, "x", state)
    assert header_caption(markup) == "Simulated <i> · Prices of ABC end"
    assert "<small>Prices of ABC end</small>" in line_markup(pair, PRICES, state)
    assert "<small>" not in line_markup(pair, PRICES)
    simulated = PricePair.align(
        *(replace(leg, provenance=replace(leg.provenance, simulated=True)) for leg in pair.legs)
    )
    markup = header_markup(simulated, PRICES, first, "x")
    assert markup.count("<small>simulated</small>") == 2


def test_figures_of_a_history_worked_by_hand() -> None:
    days = pd.DatetimeIndex(["2024-12-30", "2024-12-31", "2025-01-02", "2025-01-03"])
    bars = pd.DataFrame({"close": [100.0, 80.0, 120.0, 90.0], "dividend": [0, 0, 12.0, 0]}, days)
    history = as_history(bars.assign(split=0.0), "ABC")
    price = leg_figures(history, Basis.PRICE, days[0])
    assert price.close == 90.0
    assert price.day == pytest.approx(-0.25)  # 90 / 120 - 1
    assert price.ytd == pytest.approx(0.125)  # 90 / 80 - 1
    assert price.since == pytest.approx(-0.10)  # 90 / 100 - 1
    assert price.drawdown == pytest.approx(-0.25)
    assert (price.high, price.high_session) == (120.0, days[2])
    assert price.year_end == days[1]
    total = leg_figures(history, Basis.TOTAL, days[0])
    # Before the ex-date closes are lowered by 12 / 80: 85, 68, 120, 90.
    assert total.close == 90.0
    assert total.ytd == pytest.approx(90 / 68 - 1)
    assert total.since == pytest.approx(90 / 85 - 1)


def test_figures_beyond_a_short_history_are_missing() -> None:
    days = pd.DatetimeIndex(["2025-05-12"])
    history = as_history(pd.DataFrame({"close": [100.0]}, days), "^RUT")
    figures = leg_figures(history, Basis.PRICE, days[0])
    assert np.isnan(figures.day)
    assert np.isnan(figures.ytd)
    assert figures.year_end is None
    assert figures.drawdown == 0.0
    pair = PricePair.align(history, replace(history, symbol="^GSPC"))
    assert "<img" not in header_markup(pair, PRICES, days[0], "x")


def test_a_line_runs_from_left_to_right_and_up_is_up() -> None:
    markup = unquote(sparkline([1.0, 3.0, 2.0], "#E0650B", 'a "line" & <more>'))
    assert 'points="0.0,29.0 50.0,1.0 100.0,15.0"' in markup
    assert 'stroke="#E0650B"' in markup
    assert 'alt="a &quot;line&quot; &amp; &lt;more&gt;"' in markup


def test_a_flat_line_is_drawn() -> None:
    assert 'points="0.0,29.0 100.0,29.0"' in unquote(sparkline([5.0, 5.0], "#000", "flat"))


@pytest.mark.parametrize(
    ("closes", "value", "day"),
    [
        ([100.0, 90.0], "90.00", "↓ −10.00%"),
        ([100.0, 112.5], "112.50", "↑ +12.50%"),
        ([100.0, 100.0], "100.00", "0.00%"),
        ([100.0, 100.001], "100.00", "0.00%"),  # nothing at this precision: no arrow
    ],
)
def test_the_day_has_the_arrow_of_its_sign(closes: list[float], value: str, day: str) -> None:
    pair = pair_of(closes, [1.0, 1.0], symbols=("^RUT", "^GSPC"))
    figures = header_figures(header_markup(pair, PRICES, pair.fund.sessions[0], "then"))
    found = {(figure.symbol, figure.heading): figure.value for figure in figures}
    assert found["^RUT", "Close"] == value
    assert found["^RUT", "Day"] == day
    assert f"<strong>{value}</strong>" not in line_markup(pair, PRICES)
    assert day.lstrip("↑↓ ") in line_markup(pair, PRICES)


def test_markup_in_a_name_is_escaped() -> None:
    pair = pair_of([1.0, 1.1], [1.0, 1.1], symbols=("^RUT", "^GSPC"))
    markup = header_markup(pair, PRICES, pair.fund.sessions[0], "<b>low</b>")
    assert "<b>low" not in markup
    assert "Since <b>low</b>" in [figure.heading for figure in header_figures(markup)]
