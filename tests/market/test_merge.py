"""How new bars join stored ones, as pure functions; the bars are made up by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import SchemaError
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.merge import (
    continue_history,
    has_same_content,
    merge_import,
    overlap_start,
    replace_history,
)
from rut_dash.market.validation import validate_bars
from rut_dash.market_wording import source_label
from tests.fake_yahoo import made_up_bars
from tests.oracles import first_unknown_action

FULL = made_up_bars("2026-01-02", "2026-05-29")
FULL["adj_close"] = FULL["close"]
TODAY = date(2026, 5, 30)


def history(
    bars: pd.DataFrame, symbol: str = "IWM", source: str = "Yahoo Finance", **facts: object
) -> PriceHistory:
    valid = validate_bars(bars, "made up", symbol, move_limit=1000.0)
    return PriceHistory(symbol, valid, replace(Provenance(source), **facts))  # type: ignore[arg-type]


def changed(bars: pd.DataFrame, day: str, **values: float) -> pd.DataFrame:
    bars = bars.copy()
    for column, value in values.items():
        bars.loc[pd.Timestamp(day), column] = value
    return bars


STORED = history(FULL.loc[:"2026-05-20"])
FRESH = history(FULL.loc["2026-04-07":])


def expect(got: PriceHistory | None, bars: pd.DataFrame) -> None:
    assert got is not None
    pd.testing.assert_frame_equal(got.bars, bars, check_freq=False, check_names=False)


# -- where an update starts --------------------------------------------------------------------


def test_an_update_starts_thirty_sessions_before_the_last() -> None:
    # Six weeks before 2026-05-20, a Wednesday, with no holiday between.
    assert overlap_start(STORED) == date(2026, 4, 8)


def test_an_update_of_a_short_history_starts_at_its_first_session() -> None:
    assert overlap_start(history(FULL.iloc[:3])) == FULL.index[0].date()


def test_a_history_that_cannot_be_continued_is_fetched_whole() -> None:
    adjusted = FULL[["adj_close"]]
    closes = FULL[["close", "dividend", "split"]]
    assert overlap_start(history(adjusted)) is None
    assert overlap_start(history(closes)) is None
    assert overlap_start(history(FULL.assign(dividend=np.nan))) is None


# -- an update that agrees ---------------------------------------------------------------------


def test_bars_that_agree_are_joined() -> None:
    expect(continue_history(STORED, FRESH), FULL)


def test_the_newer_volume_of_common_sessions_is_stored() -> None:
    fresh = history(changed(FULL.loc["2026-04-07":], "2026-05-20", volume=1.0))
    joined = continue_history(STORED, fresh)
    assert joined is not None
    assert joined.bars.loc["2026-05-20", "volume"] == 1.0


def test_a_stored_session_that_the_answer_lacks_stays() -> None:
    fresh = history(FULL.loc["2026-04-07":].drop(pd.Timestamp("2026-05-01")))
    expect(continue_history(STORED, fresh), FULL)


def test_a_missing_session_that_the_answer_has_is_added() -> None:
    stored = history(FULL.loc[:"2026-05-20"].drop(pd.Timestamp("2026-05-01")))
    expect(continue_history(stored, FRESH), FULL)


def test_a_provisional_last_bar_is_replaced() -> None:
    partial = changed(FULL.loc[:"2026-05-20"], "2026-05-20", close=199.0, low=190.0, high=300.0)
    stored = history(partial, provisional=True)
    joined = continue_history(stored, FRESH)
    expect(joined, FULL)
    assert joined is not None
    assert not joined.provenance.provisional


def test_a_provisional_bar_stays_until_there_is_a_later_one() -> None:
    stored = history(FULL.loc[:"2026-05-20"], provisional=True)
    without = history(FULL.loc["2026-04-07":"2026-05-19"])
    joined = continue_history(stored, without)
    expect(joined, FULL.loc[:"2026-05-20"])
    assert joined is not None
    assert joined.provenance.provisional
    later = history(FULL.loc["2026-04-07":].drop(pd.Timestamp("2026-05-20")))
    expect(continue_history(stored, later), FULL.drop(pd.Timestamp("2026-05-20")))


def test_the_label_of_joined_bars_names_both_sources() -> None:
    stored = history(FULL.loc[:"2026-05-20"], source="IWM.csv")
    joined = continue_history(stored, FRESH)
    assert joined is not None
    assert source_label(joined.provenance) == "IWM.csv, since 2026-05-21 Yahoo Finance"
    again = continue_history(joined, FRESH)
    assert again is not None
    assert source_label(again.provenance) == source_label(joined.provenance)


# -- an update that does not --------------------------------------------------------------------


@pytest.mark.parametrize(
    "fresh",
    [
        changed(FULL.loc["2026-04-07":], "2026-05-01", close=FULL["close"]["2026-05-01"] * 1.00001),
        changed(FULL.loc["2026-04-07":], "2026-05-01", dividend=0.5),
        changed(FULL.loc["2026-04-07":], "2026-05-01", split=2.0),
        changed(FULL.loc["2026-04-07":], "2026-05-01", adj_close=199.0),
        changed(FULL.loc["2026-04-07":], "2026-05-22", dividend=0.5),
        changed(FULL.loc["2026-04-07":], "2026-05-22", split=2.0),
        FULL.loc["2026-05-21":],
    ],
    ids=[
        "close",
        "dividend",
        "split",
        "adjusted close",
        "new dividend",
        "new split",
        "no overlap",
    ],
)
def test_an_update_that_restates_the_past_is_not_joined(fresh: pd.DataFrame) -> None:
    assert continue_history(STORED, history(fresh)) is None


def test_rounding_is_not_a_restatement() -> None:
    fresh = FULL.loc["2026-04-07":].copy()
    fresh["close"] *= 1 + 5e-7
    fresh["adj_close"] *= 1 + 5e-5
    assert continue_history(STORED, history(fresh)) is not None


# -- a whole new history --------------------------------------------------------------------------


def test_a_first_history_is_stored_unchanged() -> None:
    assert replace_history(None, FRESH) is FRESH


def test_a_history_restated_by_a_split_replaces_the_stored_one() -> None:
    later = FULL.copy()
    later[["open", "high", "low", "close", "adj_close"]] /= 2
    later = changed(later, "2026-05-22", split=2.0)
    fresh = history(later)
    assert replace_history(STORED, fresh) is fresh


@pytest.mark.parametrize("factor", [100.0, 0.01, 2.0, 0.9])
def test_a_scale_that_no_split_explains_is_refused(factor: float) -> None:
    scaled = FULL.copy()
    scaled[["open", "high", "low", "close", "adj_close"]] *= factor
    with pytest.raises(SchemaError, match="no new split explains"):
        replace_history(STORED, history(scaled))


def test_a_split_without_its_prices_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"new splits explain 0\.5"):
        replace_history(STORED, history(changed(FULL, "2026-05-22", split=2.0)))


def test_a_history_with_corrections_replaces_the_stored_one() -> None:
    close = FULL["close"]["2026-03-04"] * 1.01
    fresh = history(changed(FULL, "2026-03-04", close=close, high=400.0))
    assert replace_history(STORED, fresh) is fresh


def test_sessions_that_the_answer_lacks_stay_where_all_others_agree() -> None:
    lost = [pd.Timestamp("2026-01-02"), pd.Timestamp("2026-03-04")]
    got = replace_history(STORED, history(FULL.drop(lost)))
    columns = [column for column in FULL if column != "adj_close"]
    pd.testing.assert_frame_equal(
        got.bars[columns], FULL[columns], check_freq=False, check_names=False
    )
    assert got.bars.loc[lost, "adj_close"].isna().all()


def test_an_answer_that_lacks_sessions_and_corrects_others_is_refused() -> None:
    fresh = changed(FULL, "2026-02-03", close=FULL["close"]["2026-02-03"] * 1.01, high=400.0)
    with pytest.raises(SchemaError, match="2026-01-02"):
        replace_history(STORED, history(fresh.iloc[1:]))


def test_stored_sessions_after_the_answers_last_stay() -> None:
    got = replace_history(STORED, history(FULL.loc[:"2026-05-18"]))
    assert got.last_session == STORED.last_session


def test_real_bars_replace_adjusted_closes_alone() -> None:
    stored = history(FULL.loc[:"2026-05-20", ["adj_close"]], "IWO")
    fresh = history(FULL, "IWO")
    assert replace_history(stored, fresh) is fresh
    with pytest.raises(SchemaError, match="lack stored ones"):
        replace_history(stored, history(FULL.iloc[5:], "IWO"))


# -- a file ----------------------------------------------------------------------------------


def imported(bars: pd.DataFrame, **facts: object) -> PriceHistory:
    return history(bars, source="IWM.csv", **facts)


def test_a_longer_file_replaces_what_is_stored() -> None:
    file = imported(changed(FULL, "2026-03-04", volume=1.0))
    assert merge_import(STORED, file) is file
    assert merge_import(None, file) is file


def test_a_shorter_file_that_agrees_adds_its_sessions() -> None:
    file = imported(FULL.loc["2026-05-01":])
    got = merge_import(STORED, file)
    columns = [column for column in FULL if column != "adj_close"]
    pd.testing.assert_frame_equal(
        got.bars[columns], FULL[columns], check_freq=False, check_names=False
    )
    assert source_label(got.provenance) == "Yahoo Finance, since 2026-05-21 IWM.csv"
    assert got.bars.loc["2026-05-21":, "adj_close"].isna().all()


def test_a_file_that_rounds_to_the_cent_agrees() -> None:
    file = FULL.loc["2026-05-01":].copy()
    file[["open", "close"]] = file[["open", "close"]].round(2)
    file["high"] += 0.01
    file["low"] -= 0.01
    got = merge_import(STORED, imported(file))
    assert got.bars.loc["2026-05-20", "close"] == FULL.loc["2026-05-20", "close"]
    assert got.bars.loc["2026-05-21", "close"] == round(FULL.loc["2026-05-21", "close"], 2)


def test_a_file_with_nothing_new_changes_nothing() -> None:
    got = merge_import(STORED, imported(FULL.loc["2026-02-02":"2026-04-07"]))
    assert has_same_content(got, replace_source(STORED, got))


def replace_source(first: PriceHistory, other: PriceHistory) -> PriceHistory:
    source = other.provenance.source
    return PriceHistory(first.symbol, first.bars, replace(first.provenance, source=source))


def test_a_shorter_file_that_disagrees_is_refused() -> None:
    file = FULL.loc["2026-05-01":].copy()
    file[["open", "high", "low", "close"]] *= 2
    with pytest.raises(SchemaError, match=r"lacks 2026-01-02 and .* more .*first on 2026-05-01"):
        merge_import(STORED, imported(file))


def test_a_file_without_a_common_session_is_refused() -> None:
    with pytest.raises(SchemaError, match="no closes that could be compared"):
        merge_import(STORED, imported(FULL.loc["2026-05-21":]))


def test_adjusted_closes_do_not_replace_real_ones() -> None:
    with pytest.raises(SchemaError, match="knows less"):
        merge_import(STORED, imported(FULL[["adj_close"]]))


def test_a_file_without_dividends_does_not_blank_those_that_are_stored() -> None:
    file = imported(FULL.assign(dividend=np.nan))
    got = merge_import(STORED, file)
    assert first_unknown_action(got) == date(2026, 5, 21)
    assert got.last_session == pd.Timestamp("2026-05-29")


def test_a_provisional_bar_after_the_files_last_stays() -> None:
    stored = history(FULL, provisional=True)
    got = merge_import(stored, imported(FULL.loc[:"2026-05-28"]))
    expect(got, FULL)
    assert got.provenance.provisional
