"""The header's figures against ones worked by hand, and its lines."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest

from rut_dash.market.history import Basis
from rut_dash.ui.header import leg_figures, leg_markup, sparkline
from tests.header_figures import header_figures
from tests.oracles import as_history


def test_a_card_says_how_old_its_close_is_and_that_it_is_simulated() -> None:
    days = pd.bdate_range("2024-12-30", periods=4)
    bars = pd.DataFrame({"close": [100.0, 80.0, 120.0, 90.0], "dividend": 0.0, "split": 0.0}, days)
    history = as_history(bars, "ABC")
    current = leg_markup(history, Basis.PRICE, days[0], "x", "#E0650B")
    assert "behind" not in current
    assert "simulated" not in current
    old = leg_markup(history, Basis.PRICE, days[0], "x", "#E0650B", 1)
    assert "2025-01-02, 1 session behind" in old
    simulated = replace(history, provenance=replace(history.provenance, simulated=True))
    markup = leg_markup(simulated, Basis.PRICE, days[0], "x", "#E0650B")
    assert markup.count(" · simulated</dt>") == markup.count("<dt>") == 4


def test_figures_of_a_history_worked_by_hand() -> None:
    days = pd.DatetimeIndex(["2024-12-30", "2024-12-31", "2025-01-02", "2025-01-03"])
    bars = pd.DataFrame({"close": [100.0, 80.0, 120.0, 90.0], "dividend": [0, 0, 12.0, 0]}, days)
    history = as_history(bars.assign(split=0.0), "ABC")
    price = leg_figures(history, Basis.PRICE, days[0], "#E0650B")
    assert price.close == 90.0
    assert price.day == pytest.approx(-0.25)  # 90 / 120 - 1
    assert price.ytd == pytest.approx(0.125)  # 90 / 80 - 1
    assert price.since == pytest.approx(-0.10)  # 90 / 100 - 1
    assert price.drawdown == pytest.approx(-0.25)
    assert (price.high, price.high_session) == (120.0, days[2])
    assert price.year_end == days[1]
    total = leg_figures(history, Basis.TOTAL, days[0], "#E0650B")
    # Before the ex-date closes are lowered by 12 / 80: 85, 68, 120, 90.
    assert total.close == 90.0
    assert total.ytd == pytest.approx(90 / 68 - 1)
    assert total.since == pytest.approx(90 / 85 - 1)


def test_figures_beyond_a_short_history_are_missing() -> None:
    days = pd.DatetimeIndex(["2025-05-12"])
    history = as_history(pd.DataFrame({"close": [100.0]}, days), "^RUT")
    figures = leg_figures(history, Basis.PRICE, days[0], "#E0650B")
    assert np.isnan(figures.day)
    assert np.isnan(figures.ytd)
    assert figures.year_end is None
    assert figures.drawdown == 0.0
    assert figures.sparklines["close"] == ""


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
    days = pd.DatetimeIndex(["2025-01-02", "2025-01-03"])
    history = as_history(pd.DataFrame({"close": closes}, days), "^RUT")
    figure = header_figures(leg_markup(history, Basis.PRICE, days[0], "then", "#000"))[0]
    assert (figure.label, figure.value) == ("^RUT close", value)
    assert figure.note == f"{day} on the day"


def test_markup_in_a_name_is_escaped() -> None:
    days = pd.DatetimeIndex(["2025-01-02", "2025-01-03"])
    history = as_history(pd.DataFrame({"close": [1.0, 1.1]}, days), "^RUT")
    markup = leg_markup(history, Basis.PRICE, days[0], "<b>low</b>", "#000")
    assert "<b>" not in markup
    assert header_figures(markup)[2].label == "Since <b>low</b>"
