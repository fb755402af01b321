"""What bars must satisfy: each defect by itself, and what may be stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import SchemaError
from rut_dash.market.validation import BAR_COLUMNS, validate_bars, validate_history
from tests.market.test_history import DAYS, cell, frame
from tests.market.test_merge import FULL, TODAY
from tests.market.test_merge import history as stored_history

REFUSED: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str, str | None]] = {
    "no dates": (lambda b: b.reset_index(drop=True), "not labelled by dates", None),
    "no rows": (lambda b: b.iloc[:0], "there are no rows", None),
    "a time zone": (lambda b: b.tz_localize("America/New_York"), "carry a time zone", None),
    "a blank date": (lambda b: b.set_axis(b.index.where(b.index != b.index[2])), "is blank", None),
    "a year that is none": (
        lambda b: b.set_axis(b.index[:4].append(pd.DatetimeIndex(["9999-12-31"]))),
        "a date lies outside the years 1700 to 2200",
        None,
    ),
    "a date twice": (
        lambda b: b.set_axis(b.index.where(b.index != b.index[2], b.index[1])),
        "2025-04-08 occurs twice",
        "2025-04-08",
    ),
    "two times of one date": (
        lambda b: b.set_axis(b.index.where(b.index != b.index[2], b.index[1] + pd.Timedelta("1h"))),
        "2025-04-08 occurs twice",
        "2025-04-08",
    ),
    "no order": (lambda b: b.iloc[[0, 2, 1, 3, 4]], "not in order at 2025-04-08", "2025-04-08"),
    "newest first": (lambda b: b.iloc[::-1], "not in order at 2025-04-10", "2025-04-10"),
    "a word": (lambda b: b.assign(close=["1", "2", "x", "4", "5"]), "not a number", None),
    "no close": (lambda b: b.drop(columns=["close"]), "no close", None),
    "no close at all": (lambda b: b[["volume"]], "there is no close column", None),
    "blank close": (cell("close", 2, np.nan), "the close is missing on 2025-04-09", "2025-04-09"),
    "zero price": (cell("close", 3, 0.0), "the close is not positive on 2025-04-10", "2025-04-10"),
    "negative price": (cell("open", 3, -1.0), "the open is not positive on 2025-04-10", None),
    "infinite price": (cell("high", 0, np.inf), "the high is infinite on 2025-04-07", "2025-04-07"),
    "negative adjusted": (cell("adj_close", 3, -1.0), "the adj_close is not positive", None),
    "low above close": (cell("low", 2, 100.5), "the low is above the open or the close on", None),
    "high below open": (cell("high", 2, 98.5), "the high is below the open or the close on", None),
    "negative volume": (cell("volume", 2, -1.0), "the volume is negative on 2025-04-09", None),
    "infinite volume": (cell("volume", 2, np.inf), "the volume is infinite", None),
    "negative dividend": (cell("dividend", 2, -0.1), "the dividend is negative or infinite", None),
    "infinite split": (cell("split", 2, np.inf), "the split is negative or infinite", None),
    "dividend above the close": (
        cell("dividend", 2, 102.0),
        "the dividend of 102 on 2025-04-09 is not smaller than the close before it (102)",
        "2025-04-09",
    ),
    "price times a hundred": (
        lambda b: b.assign(**{c: b[c].where(b.index != DAYS[2], b[c] * 100) for c in
                              ("open", "high", "low", "close")}),
        "IWM moves by +9,703.9% on 2025-04-09, beyond the believable 25%",
        "2025-04-09",
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect_name", REFUSED)
def test_bad_bars_are_refused_whole_in_one_sentence(defect_name: str) -> None:
    spoil, problem, session = REFUSED[defect_name]
    with pytest.raises(SchemaError) as caught:
        validate_bars(spoil(frame()), "IWM.csv", "IWM")
    assert problem in caught.value.problem
    assert str(caught.value).startswith("IWM.csv: ")
    assert str(caught.value).endswith(".")
    if session:
        assert caught.value.session == date.fromisoformat(session)


def test_the_error_counts_the_other_rows_with_the_defect() -> None:
    with pytest.raises(SchemaError, match=r"not positive on 2025-04-07 \(and on 4 more\)"):
        validate_bars(frame(close=0.0), "IWM.csv", "IWM")


def test_valid_bars_are_returned_unchanged_with_every_column() -> None:
    raw = frame()
    before = raw.copy()
    bars = validate_bars(raw, "test", "IWM")
    assert tuple(bars.columns) == BAR_COLUMNS
    assert bars.index.name == "session"
    pd.testing.assert_frame_equal(bars, before, check_names=False, check_freq=False)
    pd.testing.assert_frame_equal(raw, before)


def test_a_vendor_may_round_a_low_one_step_above_the_close() -> None:
    bars = validate_bars(cell("low", 2, 99.0009)(frame()), "test", "IWM")
    assert bars["low"].iloc[2] == 99.0009


def test_a_blank_open_high_or_low_is_no_defect_because_no_return_depends_on_it() -> None:
    for name in ("open", "high", "low"):
        blank = cell(name, 1, np.nan)(frame())
        assert validate_bars(blank, "test", "IWM")[name].isna().tolist() == [
            False, True, False, False, False
        ]  # fmt: skip


def test_the_move_limit_is_the_instruments_own_or_the_callers() -> None:
    jump = frame(close=[101.0, 102.0, 100.0, 140.0, 141.0], high=200.0)
    with pytest.raises(SchemaError, match=r"\+40.0% on 2025-04-10"):
        validate_bars(jump, "test", "IWM")
    validate_bars(jump, "test", "FUBO")
    validate_bars(jump, "test", "IWM", move_limit=0.5)
    with pytest.raises(SchemaError, match="RUT_DASH_MOVE_LIMIT"):
        validate_bars(jump, "test", "FUBO", move_limit=0.1)


def test_a_blank_dividend_or_split_stays_unknown_but_of_an_index_which_has_none() -> None:
    blank = frame(dividend=[0.0, 0.5, np.nan, np.nan, 0.2])
    np.testing.assert_array_equal(
        validate_bars(blank, "test", "IWM")["dividend"], [0.0, 0.5, np.nan, np.nan, 0.2]
    )
    without = frame().drop(columns=["dividend", "split"])
    assert validate_bars(without, "test", "IWM")[["dividend", "split"]].isna().all(axis=None)
    assert (validate_bars(without, "test", "^RUT")[["dividend", "split"]] == 0).all(axis=None)


def test_missing_volume_stays_unknown() -> None:
    bars = validate_bars(frame().drop(columns=["volume"]), "test", "^RUT")
    assert bars["volume"].isna().all()


# -- what may be stored -----------------------------------------------------------------------


def test_rows_on_days_without_a_session_are_refused_with_their_dates() -> None:
    odd = FULL.copy()
    extra = pd.DatetimeIndex(["2026-05-25", "2026-04-03"])  # Memorial Day, Good Friday
    rows = FULL.iloc[[-5, -5]].set_axis(extra, axis=0)
    odd = pd.concat([odd, rows]).sort_index()
    with pytest.raises(SchemaError, match="2 rows on 2026-04-03, 2026-05-25"):
        validate_history(stored_history(odd), "VIX.csv", today=TODAY)


def test_a_bar_of_tomorrow_is_refused() -> None:
    with pytest.raises(SchemaError, match="has not come yet"):
        validate_history(stored_history(FULL), "IWM.csv", today=date(2026, 5, 28))


def test_a_move_between_the_last_stored_and_the_first_new_bar_is_validated() -> None:
    bars = FULL.copy()
    bars.loc["2026-05-21":, ["open", "high", "low", "close"]] *= 1.4
    with pytest.raises(SchemaError, match="2026-05-21"):
        validate_history(stored_history(bars), "IWM from Yahoo", today=TODAY)
    assert (
        validate_history(stored_history(bars), "IWM", today=TODAY, move_limit=0.6).symbol == "IWM"
    )
