"""Any bytes at all as a price file: bars that satisfy the schema, or an error with a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rut_dash.errors import RutDashError
from rut_dash.market.history import PriceHistory
from rut_dash.market.sources.folder import read_file
from rut_dash.market.validation import BAR_COLUMNS
from tests.price_files import NASDAQ, NASDAQ_INDEX, OURS, STOOQ, YAHOO, YAHOO_PAGE, write


def require_schema(history: PriceHistory) -> None:
    """Assert what a frame of bars promises, read off the contract and not off the code."""
    bars = history.bars
    assert tuple(bars.columns) == BAR_COLUMNS
    assert len(bars) > 0
    assert history.sessions.tz is None
    assert list(history.sessions) == sorted(set(history.sessions))
    price = bars["close"] if history.has_price else bars["adj_close"]
    assert np.isfinite(price).all()
    assert (price > 0).all()
    for column in ("open", "high", "low", "adj_close", "volume", "dividend", "split"):
        values = bars[column].dropna()
        assert np.isfinite(values).all()
        assert (values >= 0).all()
    for basis in history.bases:
        assert history.close(basis).notna().all()
    assert history.version


def read_or_refuse(path: Path, symbol: str = "IWM") -> None:
    try:
        history = read_file(path, symbol)
    except RutDashError as error:
        sentence = str(error)
        assert sentence.endswith((".", "?", "!"))
        assert "\n" not in sentence
        assert len(sentence) < 400 + len(str(path))
    else:
        require_schema(history)


FUZZ = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FORMS = (OURS, YAHOO, STOOQ, NASDAQ, NASDAQ_INDEX, YAHOO_PAGE)
TOKENS = st.sampled_from(
    ["", " ", "nan", "inf", "-inf", "1e400", "1e-320", "-0", "1e308", "0x10", "1_0", "null", "now",
     "NaT", "today", "99991231", "0001-01-01", "9999-12-31", "2025-02-30", "12/31/9999", '"', "'",
     ",", ";", "\t", "\r", "\n", "\0", "\ufeff", "\u2028", "١", "½", "$", "$$1", "--", "(1)", "1,2",
     "2:1 Stock Splits", "1:0 Stock Splits", "0.5 Dividend", ". Dividend", "9" * 400,
     "2025-04-07 00:00:00+99:99", "2025-04-07T00:00:00Z", "Close", "date"]
)  # fmt: skip


@FUZZ
@given(data=st.binary(max_size=400))
def test_any_bytes_are_bars_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    read_or_refuse(write(tmp_path, data))


@FUZZ
@given(data=st.binary(max_size=400))
def test_any_bytes_below_good_names_are_bars_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    read_or_refuse(write(tmp_path, b"date,open,high,low,close\n" + data))


@FUZZ
@given(form=st.sampled_from(FORMS), data=st.data())
def test_any_change_of_a_good_file_gives_bars_or_a_sentence(
    tmp_path: Path, form: str, data: st.DataObject
) -> None:
    text = form
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 0, 1, 3, 10, 60]))
        put = data.draw(st.one_of(TOKENS, st.text(max_size=5)))
        text = text[:start] + put + text[start + length :]
    read_or_refuse(write(tmp_path, text.encode("utf-8", "surrogatepass")))


@FUZZ
@given(form=st.sampled_from(FORMS), data=st.data())
def test_any_cell_gives_bars_or_a_sentence(tmp_path: Path, form: str, data: st.DataObject) -> None:
    rows = [line.split(",") for line in form.splitlines()]
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.integers(0, len(rows) - 1))
        cell = data.draw(st.integers(0, len(rows[row]) - 1))
        rows[row][cell] = data.draw(TOKENS)
    order = data.draw(st.permutations(range(1, len(rows))))
    lines = [rows[0], *(rows[i] for i in order)] if data.draw(st.booleans()) else rows
    read_or_refuse(write(tmp_path, "\n".join(map(",".join, lines))), "^RUT")


@FUZZ
@given(data=st.data())
def test_any_change_of_a_parquet_file_gives_bars_or_a_sentence(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "IWM.parquet"
    dates = pd.Series(["2025-04-07", "2025-04-08"])
    if data.draw(st.booleans()):
        dates = pd.to_datetime(dates)
    pd.DataFrame({"date": dates, "close": [179.52, 174.82]}).to_parquet(path)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(write(tmp_path, bytes(raw[: data.draw(st.integers(0, len(raw)))]), path.name))


@FUZZ
@given(
    values=st.lists(
        st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=6, max_size=6),
        min_size=1,
        max_size=8,
    )
)
def test_any_numbers_give_bars_or_a_sentence(tmp_path: Path, values: list[list[float]]) -> None:
    days = pd.bdate_range("2025-04-07", periods=len(values))
    rows = [
        f"{day:%Y-%m-%d}," + ",".join(map(repr, row)) for day, row in zip(days, values, strict=True)
    ]
    header = "date,open,high,low,close,adjclose,dividends"
    read_or_refuse(write(tmp_path, "\n".join([header, *rows])))
