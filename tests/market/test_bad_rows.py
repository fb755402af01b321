"""A bad row of a source: it is left out or its value is blank, or the bars are refused by name."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import Defect, ForeignSymbol, SchemaError
from rut_dash.market import merge
from rut_dash.market.health import health_of
from rut_dash.market.history import PriceHistory
from rut_dash.market.notes import BlankedValues, ClosedDayRows
from rut_dash.market.packing import pack_history, unpack_history
from rut_dash.market.sources.base import RawBars, build_history
from rut_dash.market.sources.folder import FolderSource, read_file
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.status import Status
from rut_dash.market_wording import note_text
from rut_dash.ui.data_page import left_out_table
from tests.fake_yahoo import FakeYahoo, made_up_bars
from tests.market.test_history import cell, frame

COLUMNS = ["open", "high", "low", "close", "volume", "dividend", "split"]
BAD_VALUES: dict[str, Callable[[float], float | None]] = {
    "zero": lambda _: 0.0,
    "negative": lambda value: -value,
    "null": lambda _: None,
    "hundredfold": lambda value: value * 100,
    "hundredth": lambda value: value / 100,
}


def spoil(fields: list[str], row: int, bad: str) -> Callable[[dict[str, Any]], None]:
    """Return what writes a bad value into some fields of a row of Yahoo's answer."""

    def tamper(result: dict[str, Any]) -> None:
        (quote,) = result["indicators"]["quote"]
        (adjusted,) = result["indicators"]["adjclose"]
        for name in fields:
            column = adjusted["adjclose"] if name == "adj_close" else quote[name]
            column[row] = BAD_VALUES[bad](column[row])

    return tamper


@pytest.mark.parametrize("seed", range(40))
def test_a_bad_row_changes_no_other_number(yahoo: FakeYahoo, bars: pd.DataFrame, seed: int) -> None:
    """Exactly the good bars without that row or values of it, or a refusal that names the row."""
    draw = random.Random(seed)
    row, bad = draw.randrange(1, len(bars) - 1), draw.choice(list(BAD_VALUES))
    name = draw.choice(["open", "high", "low", "close", "volume", "adj_close", "prices"])
    if name == "volume":
        bad = "negative"  # any other one is possible
    fields = ["open", "high", "low", "close"] if name == "prices" else [name]
    session = bars.index[row]
    yahoo.tamper = spoil(fields, row, bad)
    source = YahooSource(clock=yahoo.time, deadline=60.0, request_timeout=30.0)
    if "close" in fields and bad not in ("zero", "null"):  # a return would be another
        with pytest.raises(SchemaError, match=f"{session:%Y-%m-%d}"):
            source.fetch("IWM")
        return
    history = source.fetch("IWM")
    got, good = history.bars[COLUMNS], bars[COLUMNS].astype("float64")
    if session not in got.index:
        assert "close" in fields
        good = good.drop(session)
    changed = (got != good).to_numpy()
    assert not changed[got.index != session].any()
    assert got.to_numpy()[changed].size == np.isnan(got.to_numpy()[changed]).sum()
    blank = {c for c in COLUMNS if session in got.index and np.isnan(got.loc[session, c])}
    notes = [n for n in history.provenance.notes if isinstance(n, BlankedValues)]
    assert blank == {note.column for note in notes} - {"adj_close"}
    assert all(note.sessions == (session.date(),) for note in notes)
    is_blank_adjusted = name == "adj_close" and bad in ("zero", "negative")
    assert bool(notes) == (session in got.index and (name != "adj_close" or is_blank_adjusted))


def test_a_row_of_a_holiday_is_left_out_and_named() -> None:
    good = made_up_bars("2025-06-02", "2025-07-31")
    phantom = good.loc[["2025-07-03"]].set_axis(pd.DatetimeIndex(["2025-07-04"]), axis=0)
    both = pd.concat([good, phantom.assign(volume=0.0, close=good["close"].iloc[3])]).sort_index()
    history = build_history("IWM", RawBars(both), source="test")
    pd.testing.assert_frame_equal(
        history.bars[COLUMNS], good[COLUMNS], check_freq=False, check_names=False
    )
    assert history.provenance.notes == (ClosedDayRows((date(2025, 7, 4),)),)
    with pytest.raises(SchemaError, match="2025-07-04"):  # a dividend would be lost
        build_history("IWM", RawBars(both.assign(dividend=(both.index == "2025-07-04") * 0.5)))


def test_bars_whose_dates_are_a_day_off_are_refused() -> None:
    good = made_up_bars("2025-06-02", "2025-07-31")
    with pytest.raises(SchemaError) as caught:
        build_history("IWM", RawBars(good.set_axis(good.index - pd.Timedelta("1D"))))
    assert caught.value.defect is Defect.CLOSED_SESSIONS


def test_zero_opens_of_the_first_half_are_blank_and_one_row_on_the_page() -> None:
    """As of ^GSPC, whose opens Yahoo has from 1982 on."""
    good = made_up_bars("2025-06-02", "2025-07-31")
    early = good.assign(open=good["open"].where(good.index >= "2025-07-01", 0.0))
    history = build_history("^GSPC", RawBars(early), source="test")
    assert history.has_ohlc
    assert history.bars["open"].isna().sum() == 20
    assert history.bars["open"].iloc[20:].equals(good["open"].iloc[20:])
    table = left_out_table([health_of("^GSPC", history, Status(), history.last_session)])
    assert table.drop(columns="reason").to_numpy().tolist() == [
        ["^GSPC", "open", pd.Timestamp("2025-06-02"), pd.Timestamp("2025-06-30"), 20, "0"]
    ]
    (note,) = history.provenance.notes
    assert note_text(note) == (
        "The open of 20 sessions cannot be right and is left blank (the first: 0 on 2025-06-02)."
    )


def test_columns_that_contradict_the_closes_throughout_are_refused() -> None:
    adjusted_range = frame(high=[98.0, 99.0, 97.0, 100.0, 101.0])
    with pytest.raises(SchemaError) as caught:
        build_history("IWM", RawBars(adjusted_range), source="test")
    assert caught.value.defect is Defect.HIGH_BELOW


def test_an_open_that_contradicts_a_low_leaves_both_blank() -> None:
    """Low 98 to close 100, open 97: either of low and open is wrong."""
    history = build_history("IWM", RawBars(cell("open", 2, 97.0)(frame())), source="test")
    assert list(history.bars.loc["2025-04-09"].isna()) == [
        name in ("open", "low") for name in history.bars.columns
    ]


def test_negative_amounts_are_refused_because_a_return_depends_on_them() -> None:
    for column in ("dividend", "split"):
        with pytest.raises(SchemaError, match="2025-04-09"):
            build_history("IWM", RawBars(cell(column, 2, -0.1)(frame())), source="test")


# -- what the store holds -------------------------------------------------------------------------


LONG = made_up_bars("2026-01-02", "2026-05-29")


def history_of(bars: pd.DataFrame, **provenance: Any) -> PriceHistory:
    history = build_history("IWM", RawBars(bars), source="test")
    return PriceHistory("IWM", history.bars, replace(history.provenance, **provenance))


def with_zero(bars: pd.DataFrame, day: str, column: str = "low") -> pd.DataFrame:
    changed = bars.copy()
    changed.loc[day, column] = 0.0
    return changed


def blanked(history: PriceHistory) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (note.column, tuple(map(str, note.sessions)))
        for note in history.provenance.notes
        if isinstance(note, BlankedValues)
    ]


def test_a_stored_history_with_blank_and_infinite_values_is_read_back_the_same() -> None:
    bars = with_zero(LONG, "2026-03-02")
    bars.loc["2026-03-03", "high"] = np.inf
    bars.loc["2026-03-04", "open"] = np.nan
    history = history_of(bars)
    again = unpack_history("IWM", pack_history(history))
    assert again.bars.equals(history.bars)
    assert again.provenance == history.provenance
    assert blanked(again) == [
        ("open", ("2026-03-04",)),
        ("high", ("2026-03-03",)),
        ("low", ("2026-03-02",)),
    ]


def test_notes_on_later_sessions_are_cut_with_them() -> None:
    history = history_of(with_zero(with_zero(LONG, "2026-03-02"), "2026-05-04"))
    assert blanked(history.as_of(date(2026, 5, 1))) == [("low", ("2026-03-02",))]
    assert blanked(history.as_of(date(2026, 2, 2))) == []


def test_an_update_keeps_older_notes_and_a_value_that_is_stored() -> None:
    stored = history_of(with_zero(LONG.loc[:"2026-05-22"], "2026-02-02"))
    fresh = history_of(with_zero(LONG.loc["2026-04-15":], "2026-05-05"))
    joined = merge.continue_history(stored, fresh)
    assert joined is not None
    assert blanked(joined) == [("low", ("2026-02-02",))]
    assert (
        joined.bars["low"]
        .drop(pd.Timestamp("2026-02-02"))
        .equals(LONG["low"].drop(pd.Timestamp("2026-02-02")))
    )


def test_a_value_that_the_source_has_right_by_now_is_no_longer_noted() -> None:
    stored = history_of(with_zero(LONG.loc[:"2026-05-22"], "2026-05-05"))
    assert merge.continue_history(stored, history_of(LONG.loc["2026-04-15":])) is None
    healed = merge.replace_history(stored, history_of(LONG))
    assert healed.bars["low"].equals(LONG["low"])
    assert blanked(healed) == []


def test_a_note_on_a_session_that_only_the_store_has_stays() -> None:
    stored = history_of(with_zero(LONG, "2026-01-05"))
    joined = merge.replace_history(stored, history_of(LONG.loc["2026-02-02":]))
    assert blanked(joined) == [("low", ("2026-01-05",))]


def test_a_row_of_a_holiday_that_the_source_no_longer_has_is_no_longer_noted() -> None:
    holiday = LONG.loc[["2026-05-22"]].set_axis(pd.DatetimeIndex(["2026-05-25"]), axis=0)
    stored = history_of(pd.concat([LONG.loc[:"2026-05-26"], holiday]).sort_index())
    assert ClosedDayRows((date(2026, 5, 25),)) in stored.provenance.notes
    joined = merge.continue_history(stored, history_of(LONG.loc["2026-04-15":]))
    assert joined is not None
    assert joined.provenance.notes == ()


@pytest.mark.parametrize("name", ["VOD.L.csv", "RY.TO.csv", "BTC-USD.csv"])
def test_a_file_of_a_foreign_symbol_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame().rename_axis("date").to_csv(path)
    with pytest.raises(SchemaError) as caught:
        read_file(path)
    assert caught.value.defect is Defect.FOREIGN_SYMBOL
    with pytest.raises(ForeignSymbol):
        FolderSource(tmp_path).fetch(path.stem)


def currency_frame(currency: str) -> pd.DataFrame:
    bars = frame().rename_axis("date").reset_index()
    bars["date"] = bars["date"].dt.strftime("%Y-%m-%d")
    return bars.assign(currency=[*["USD"] * (len(bars) - 1), currency])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("currency", ["GBp", "EUR", "CAD"])
def test_a_file_with_a_column_of_another_currency_is_refused(
    tmp_path: Path, suffix: str, currency: str
) -> None:
    path = tmp_path / f"VOD{suffix}"
    bars = currency_frame(currency)
    bars.to_csv(path, index=False) if suffix == ".csv" else bars.to_parquet(path)
    with pytest.raises(SchemaError) as caught:
        read_file(path)
    assert f"the prices of the row are in {currency}; figures here are in US dollars" in str(
        caught.value
    )
    assert caught.value.line == (len(bars) + 1 if suffix == ".csv" else None)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("currency", ["USD", "usd", ""])
def test_a_file_whose_column_of_currencies_has_us_dollars_is_read(
    tmp_path: Path, suffix: str, currency: str
) -> None:
    path = tmp_path / f"IWM{suffix}"
    bars = currency_frame(currency)
    bars.to_csv(path, index=False) if suffix == ".csv" else bars.to_parquet(path)
    assert len(read_file(path).bars) == len(bars)
