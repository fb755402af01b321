"""The line of a day lists the events and crosses of that day, and of no other."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.charts.day_texts import DayTexts


def texts_at(days: list[int], bars: int) -> DayTexts:
    texts = DayTexts(pd.bdate_range("2015-01-01", periods=bars))
    for day in days:
        texts.add(texts.index[day], f"event of {day}", "●", "#000000")
    return texts


def hovered(texts: DayTexts, bar: int) -> str:
    """Return what the line of a bar lists; empty where there is no point of it."""
    trace = texts.trace("y", 1.0)
    assert trace is not None
    x = texts.index[bar].value / 1e6
    assert trace["meta"] == {"days": True}
    return dict(zip(trace["x"].tolist(), trace["text"], strict=True)).get(x, "")


@given(st.sets(st.integers(0, 299), min_size=1, max_size=40), st.integers(0, 299))
def test_a_bar_has_its_own_texts_and_no_other(days: set[int], bar: int) -> None:
    text = hovered(texts_at(sorted(days), 300), bar)
    assert text.count("event of") == (bar in days)
    assert not text or text.endswith(f"event of {bar}")


def test_several_texts_of_a_day_are_all_listed() -> None:
    lines = hovered(texts_at([7, 7, 7], 20), 7).split("<br>")
    assert lines == ['<span style="color:#000000">●</span> event of 7'] * 3


@pytest.mark.parametrize(("bars", "reach"), [(799, 0), (800, 1), (1700, 2)])
def test_where_bars_are_narrower_than_a_pixel_a_text_reaches_the_bars_of_its_pixel(
    bars: int, reach: int
) -> None:
    texts = texts_at([100, 102], bars)
    has_text = [bar for bar in range(90, 115) if hovered(texts, bar)]
    assert has_text == sorted({*range(100 - reach, 101 + reach), *range(102 - reach, 103 + reach)})
    assert hovered(texts, 102).endswith("event of 102")


def test_without_texts_there_is_no_trace() -> None:
    assert texts_at([], 20).trace("y", 1.0) is None
