"""Returns and relations of two legs, by hand, by loops and against empyrical."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rut_dash.analysis import returns
from rut_dash.analysis.returns import PERIODS, period_return, period_start
from rut_dash.errors import InvalidParameter, OutOfRange
from rut_dash.market.history import Basis, PriceHistory
from tests import oracles


def sessions(*days: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days)


def series(**closes: float) -> pd.Series:
    """Return closes by ISO day, written with underscores (d2024_12_31=1.0)."""
    index = pd.DatetimeIndex([day[1:].replace("_", "-") for day in closes])
    return pd.Series(list(closes.values()), index=index, name="close")


# --- Where a period starts: worked by hand on the calendar -------------------------------

TWO_YEARS = pd.bdate_range("2023-01-02", "2025-03-31").drop(["2024-03-29", "2024-12-25"])


@pytest.mark.parametrize(
    ("last", "period", "start"),
    [
        ("2025-03-31", "1D", "2025-03-28"),
        ("2025-03-31", "1W", "2025-03-24"),
        ("2025-03-31", "1M", "2025-02-28"),  # no 31 February
        ("2025-03-31", "3M", "2024-12-31"),
        ("2025-03-31", "6M", "2024-09-30"),
        ("2025-03-31", "YTD", "2024-12-31"),
        ("2025-03-31", "1Y", "2024-03-28"),  # 31 March 2024 is a Sunday, 29 March Good Friday
        ("2024-02-29", "1Y", "2023-02-28"),  # no 29 February 2023
        ("2025-02-28", "1Y", "2024-02-28"),
        ("2024-12-26", "1D", "2024-12-24"),
        ("2025-01-02", "YTD", "2024-12-31"),
        ("2024-12-31", "YTD", "2023-12-29"),  # the year's last session, not the day itself
        ("2025-03-31", "MAX", "2023-01-02"),
        ("2025-03-31", "3Y", None),
        ("2023-01-02", "MAX", None),
        ("2023-01-02", "1D", None),
        ("2023-05-01", "YTD", None),
    ],
)
def test_period_start(last: str, period: str, start: str | None) -> None:
    index = TWO_YEARS[last >= TWO_YEARS]
    expected = None if start is None else pd.Timestamp(start)
    assert period_start(index, period) == expected


@given(oracles.price_series(min_size=2))
def test_period_start_is_the_last_session_on_or_before(close: pd.Series) -> None:
    days = [stamp.date() for stamp in close.index]
    last = days[-1]
    reach = {"1W": last - dt.timedelta(days=7), "YTD": dt.date(last.year - 1, 12, 31)}
    for name, months in {"1M": 1, "3M": 3, "6M": 6, "1Y": 12, "3Y": 36}.items():
        reach[name] = oracles.months_back(last, months)
    for period, day in reach.items():
        before = [d for d in days if d <= day]
        found = period_start(close.index, period)
        assert (found.date() if found is not None else None) == (before[-1] if before else None)


def test_a_period_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="A period cannot be '2Y': it must be one of 1D"):
        period_start(TWO_YEARS, "2Y")


def test_session_on_or_before() -> None:
    index = sessions("2025-01-02", "2025-01-03")
    find = returns.session_on_or_before
    assert find(index, dt.date(2025, 1, 5)) == index[1]
    assert find(index, pd.Timestamp("2025-01-03")) == index[1]
    assert find(index, dt.date(2025, 1, 1)) is None
    assert find(index[:0], dt.date(2025, 1, 1)) is None


# --- Returns, worked by hand -------------------------------------------------------------


def test_returns_of_iwm_and_spy_worked_by_hand(iwm: PriceHistory, spy: PriceHistory) -> None:
    day = dt.date(2025, 4, 8)
    fund, benchmark = (leg.as_of(day).close(Basis.PRICE) for leg in (iwm, spy))
    # Closes of IWM: 2025-04-08 174.820007, 04-07 179.550003, 2024-12-31 220.960007,
    # 2024-04-08 205.570007, 2025-03-07 205.949997 (the 8th is a Saturday);
    # of SPY: 496.480011, 504.380005, 586.080017, 518.719971, 575.919983.
    worked = {
        "1D": (174.820007 / 179.550003 - 1, 496.480011 / 504.380005 - 1),
        "1W": (174.820007 / 199.509995 - 1, 496.480011 / 560.969971 - 1),
        "1M": (174.820007 / 205.949997 - 1, 496.480011 / 575.919983 - 1),
        "YTD": (174.820007 / 220.960007 - 1, 496.480011 / 586.080017 - 1),
        "1Y": (174.820007 / 205.570007 - 1, 496.480011 / 518.719971 - 1),
    }
    for period, (of_fund, of_benchmark) in worked.items():
        assert period_return(fund, period) == pytest.approx(of_fund, abs=1e-12)
        assert period_return(benchmark, period) == pytest.approx(of_benchmark, abs=1e-12)
    assert period_return(fund, "YTD") == pytest.approx(-0.208816, abs=1e-6)


def test_total_return_counts_the_dividends_in_between(iwm: PriceHistory) -> None:
    # One ex-date from 2024-12-31 to 2025-04-08: 0.46 on 2025-03-18, after a close of 205.449997.
    # 220.960007 * (1 - 0.46 / 205.449997) = 220.465278; 174.820007 / 220.465278 - 1 = -0.207041.
    close = iwm.as_of(dt.date(2025, 4, 8)).close(Basis.TOTAL)
    assert close.iloc[-1] == 174.820007
    start = 220.960007 * (1 - 0.46 / 205.449997)
    assert period_return(close, "YTD") == pytest.approx(174.820007 / start - 1, abs=1e-12)
    assert period_return(close, "YTD") == pytest.approx(-0.207041, abs=1e-6)


def test_return_since() -> None:
    close = series(d2025_01_03=100.0, d2025_01_06=110.0, d2025_01_10=99.0)
    since = returns.return_since
    assert since(close, pd.Timestamp("2025-01-06")) == pytest.approx(-0.1)
    assert since(close, pd.Timestamp("2025-01-07")) == pytest.approx(-0.1)
    assert since(close, pd.Timestamp("2025-01-10")) == 0.0
    assert math.isnan(since(close, pd.Timestamp("2025-01-02")))
    assert math.isnan(since(close, None))


def test_rebase() -> None:
    closes = pd.DataFrame(
        {"fund": [50.0, 60.0, 75.0], "benchmark": [10.0, 20.0, 10.0]},
        index=sessions("2025-01-03", "2025-01-06", "2025-01-10"),
    )
    rebased = returns.rebase(closes, dt.date(2025, 1, 8))  # the 6th is the last on or before
    assert rebased["fund"].tolist() == pytest.approx([50 / 60 * 100, 100.0, 125.0])
    assert rebased["benchmark"].tolist() == pytest.approx([50.0, 100.0, 50.0])
    from_one = returns.rebase(closes["fund"], dt.date(2025, 1, 3), base=1.0)
    assert from_one.tolist() == pytest.approx([1.0, 1.2, 1.5])
    with pytest.raises(OutOfRange):
        returns.rebase(closes, dt.date(2025, 1, 2))
    with pytest.raises(OutOfRange):
        returns.rebase(closes, dt.date(2025, 1, 11))


# --- Annualised returns ------------------------------------------------------------------


def test_annualised_return_by_hand() -> None:
    # 1,461 days are four years of 365.25: 1.1 to the fourth is 1.4641.
    start, end = dt.date(2020, 1, 1), dt.date(2024, 1, 1)
    assert returns.annualised_return(0.4641, start, end) == pytest.approx(0.10, abs=1e-12)
    # From 174.82 to 290.43 in 416 days: 1.66131 to the power 365.25/416, or 0.87800.
    april, may = dt.date(2025, 4, 8), dt.date(2026, 5, 29)
    found = returns.annualised_return(290.429993 / 174.820007 - 1, april, may)
    assert found == pytest.approx(math.exp(0.877_999 * math.log(1.661_308_7)) - 1, abs=1e-5)


@pytest.mark.parametrize(
    ("start", "end", "annualised"),
    [
        ("2024-12-31", "2025-12-31", False),
        ("2024-05-31", "2025-05-31", False),
        ("2020-05-28", "2021-05-31", False),  # a year whose start moved back over a holiday
        ("2020-05-22", "2021-05-31", True),  # 374 days
        ("2025-05-30", "2025-06-02", False),
    ],
)
def test_a_return_over_a_year_or_less_is_not_annualised(
    start: str, end: str, annualised: bool
) -> None:
    found = returns.annualised_return(0.2, pd.Timestamp(start), pd.Timestamp(end))
    assert math.isnan(found) is not annualised
    assert math.isnan(returns.annualised_return(0.2, None, pd.Timestamp(end)))


@given(st.floats(-0.99, 50), st.integers(374, 12_000))
def test_an_annualised_return_compounds_to_the_cumulative_one(total: float, days: int) -> None:
    start = pd.Timestamp("1993-01-29")
    a_year = returns.annualised_return(total, start, start + pd.Timedelta(days=days))
    assert (1 + a_year) ** (days / 365.25) == pytest.approx(1 + total, rel=1e-9)
    assert abs(a_year) <= abs(total) + 1e-12


# --- The table by period -----------------------------------------------------------------


def test_period_table_agrees_with_single_returns(closes: pd.DataFrame) -> None:
    table = returns.period_table(closes)
    assert tuple(table.index) == PERIODS
    assert list(table) == [
        "start", "end", "fund", "benchmark", "ratio", "difference",
        "fund_annualised", "benchmark_annualised",
    ]  # fmt: skip
    annualised = table["fund_annualised"]
    assert annualised[annualised.notna()].index.tolist() == ["3Y", "5Y", "10Y", "MAX"]
    for leg in ("fund", "benchmark"):
        years = (table["end"] - table["start"]).dt.days / 365.25
        compounded = (1 + table[f"{leg}_annualised"]) ** years - 1
        assert compounded["3Y":].tolist() == pytest.approx(table.loc["3Y":, leg].tolist())
    for period, row in table.iterrows():
        start, end = closes.loc[row["start"]], closes.loc[row["end"]]
        assert row["fund"] == pytest.approx(end["fund"] / start["fund"] - 1, abs=1e-12), period
        assert row["benchmark"] == pytest.approx(end["benchmark"] / start["benchmark"] - 1)
        ratio = (end["fund"] / end["benchmark"]) / (start["fund"] / start["benchmark"]) - 1
        assert row["ratio"] == pytest.approx(ratio, abs=1e-12), period
        assert row["difference"] == row["fund"] - row["benchmark"]


def test_period_table_of_a_short_history_keeps_its_types(synthetic: pd.DataFrame) -> None:
    whole = returns.period_table(synthetic)
    for size in (0, 1, 2):
        table = returns.period_table(synthetic.iloc[:size])
        assert table.dtypes.equals(whole.dtypes)
        assert table["fund"].notna().tolist() == [size == 2 and p in ("1D", "MAX") for p in PERIODS]
        assert table["start"].notna().equals(table["end"].notna())


def test_period_table_measures_others_between_the_same_sessions(synthetic: pd.DataFrame) -> None:
    index = synthetic["benchmark"] * 10
    others = {
        "same": index,
        "longer": pd.concat([index, series(d2030_01_02=1e6)]),
        "young": index.iloc[-100:],
    }
    table = returns.period_table(synthetic, ["1M", "1Y"], others)
    assert table["same"].tolist() == pytest.approx(table["benchmark"].tolist())
    assert table["longer"].tolist() == pytest.approx(table["benchmark"].tolist())
    assert table["young"].tolist() == pytest.approx(
        [table["benchmark"].iloc[0], np.nan], nan_ok=True
    )


def test_another_series_that_ends_earlier_has_its_periods_up_to_its_own_end() -> None:
    sessions = pd.DatetimeIndex(["2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07"])
    closes = pd.DataFrame({"fund": [1.0, 2, 3, 4], "benchmark": [1.0, 2, 3, 4]}, sessions)
    index = pd.Series([8.0, 10.0, 12.0], sessions[:3])
    spans = {
        "since": (dt.date(2025, 1, 3), dt.date(2025, 1, 7)),
        "before its end": (dt.date(2025, 1, 2), dt.date(2025, 1, 3)),
        "after its end": (dt.date(2025, 1, 6), dt.date(2025, 1, 7)),
    }
    table = returns.period_table(closes, ["1D", "1W", "MAX"], {"index": index}, spans)
    assert table.loc["1D", "index"] == pytest.approx(0.2)  # 12 / 10, its own last session
    assert np.isnan(table.loc["1W", "index"])
    assert table.loc["MAX", "index"] == pytest.approx(0.5)  # 12 / 8
    assert table.loc["since", "index"] == pytest.approx(0.2)  # 12 / 10
    assert table.loc["before its end", "index"] == pytest.approx(0.25)  # 10 / 8
    assert np.isnan(table.loc["after its end", "index"])
    assert (table["end"].dropna() == [*[sessions[3]] * 3, sessions[1], sessions[3]]).all()


# --- Percentiles -------------------------------------------------------------------------


def test_percentile_rank_by_hand() -> None:
    rank = returns.percentile_rank
    assert rank(pd.Series([1.0, 2.0, 3.0, 4.0, 2.0])) == 3 / 5  # 1, 2 and today's 2
    assert rank(pd.Series([1.0, 2.0])) == 1.0
    assert rank(pd.Series([2.0, 3.0, 1.0, 9.0, 1.0])) == 2 / 5
    assert rank(pd.Series([np.nan, 2.0, 1.0])) == 1 / 2
    assert math.isnan(rank(pd.Series(dtype=float)))
    assert math.isnan(rank(pd.Series([1.0, np.nan])))


@given(oracles.price_series(max_size=60))
def test_percentile_rank_is_a_share_counted_at_each_session(close: pd.Series) -> None:
    prices = close.tolist()
    for i in range(len(prices)):
        share = sum(p <= prices[i] for p in prices[: i + 1]) / (i + 1)
        assert returns.percentile_rank(close.iloc[: i + 1]) == pytest.approx(share, abs=1e-12)


def test_ratio_percentile_of_real_closes_by_counting(closes: pd.DataFrame) -> None:
    ratio = returns.ratio(closes)
    today = closes["fund"].iloc[-1] / closes["benchmark"].iloc[-1]
    count = sum(a / b <= today for a, b in zip(closes["fund"], closes["benchmark"], strict=True))
    assert returns.percentile_rank(ratio) == count / len(closes)


def test_prices_must_be_labelled_by_sessions() -> None:
    with pytest.raises(InvalidParameter, match="it must be sessions"):
        period_return(pd.Series([1.0, 2.0]), "1D")


def test_spans_run_between_the_sessions_on_or_before_their_days() -> None:
    sessions = pd.DatetimeIndex(["2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07"])
    closes = pd.DataFrame(
        {"fund": [100.0, 110.0, 99.0, 120.0], "benchmark": [50.0, 50.0, 55.0, 60.0]}, sessions
    )
    other = pd.Series([10.0, 12.0, 15.0], sessions[1:])
    spans = {
        "weekend": (dt.date(2025, 1, 4), dt.date(2025, 1, 6)),  # from Friday 3 January
        "too early": (dt.date(2025, 1, 1), dt.date(2025, 1, 6)),
        "to the last": (dt.date(2025, 1, 2), dt.date(2025, 2, 1)),
    }
    table = returns.period_table(closes, ["1D"], {"other": other}, spans)
    assert list(table.index) == ["1D", "weekend", "too early", "to the last"]
    row = table.loc["weekend"]
    assert row["start"] == pd.Timestamp("2025-01-03")
    assert row["end"] == pd.Timestamp("2025-01-06")
    assert row["fund"] == pytest.approx(-0.1)  # 99 / 110
    assert row["benchmark"] == pytest.approx(0.1)  # 55 / 50
    assert row["difference"] == pytest.approx(-0.2)
    assert row["ratio"] == pytest.approx(0.9 / 1.1 - 1)
    assert row["other"] == pytest.approx(0.2)  # 12 / 10
    assert table.loc["too early"].isna().all()
    assert table.loc["to the last", "end"] == sessions[-1]
    assert table.loc["to the last", "fund"] == pytest.approx(0.2)
    assert np.isnan(table.loc["to the last", "other"]), "it has no close at the row's start"
