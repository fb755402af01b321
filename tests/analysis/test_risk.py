"""Volatility, beta, correlation and capture against empyrical and by hand."""

from __future__ import annotations

import math

import empyrical
import numpy as np
import pandas as pd
import pytest

from rut_dash.analysis import risk
from rut_dash.errors import InvalidParameter


def sessions(*days: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days)


def series(**closes: float) -> pd.Series:
    """Return closes by ISO day, written with underscores (d2024_12_31=1.0)."""
    index = pd.DatetimeIndex([day[1:].replace("_", "-") for day in closes])
    return pd.Series(list(closes.values()), index=index, name="close")


@pytest.mark.parametrize("window", [20, 252])
def test_against_empyrical_on_walks(synthetic: pd.DataFrame, window: int) -> None:
    check_against_empyrical(synthetic, window)


def test_against_empyrical_on_real_bars(closes: pd.DataFrame) -> None:
    check_against_empyrical(closes, 252)
    check_against_empyrical(closes.loc[:"2020-03-23"], 252)


def check_against_empyrical(closes: pd.DataFrame, window: int) -> None:
    # The last `window` returns; empyrical annualises daily ones by 252 too.
    daily = closes.pct_change().iloc[-window:]
    fund, benchmark = daily["fund"], daily["benchmark"]
    volatility = risk.annualised_volatility(closes["fund"], window)
    assert volatility == pytest.approx(empyrical.annual_volatility(fund), rel=1e-9)
    beta = risk.beta(closes, window)
    assert beta == pytest.approx(empyrical.beta(fund, benchmark), rel=1e-9)
    correlation = risk.correlation(closes, window)
    assert correlation == pytest.approx(np.corrcoef(fund, benchmark)[0, 1], rel=1e-9)

    betas = risk.rolling_beta(closes, window)
    correlations = risk.rolling_correlation(closes, window)
    for rolling in (betas, correlations):
        assert rolling.isna().sum() == window
        assert rolling.iloc[:window].isna().all()
    returns = closes.pct_change()
    for at in (window, window + 1, len(closes) // 2, len(closes) - 1):
        part = returns.iloc[at - window + 1 : at + 1]
        covariance = np.cov(part["fund"], part["benchmark"], ddof=1)
        assert betas.iloc[at] == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-9)
        assert correlations.iloc[at] == pytest.approx(
            np.corrcoef(part["fund"], part["benchmark"])[0, 1], rel=1e-9
        )


def test_a_window_of_returns_needs_one_close_more(synthetic: pd.DataFrame) -> None:
    short, enough = synthetic.iloc[:252], synthetic.iloc[:253]
    for figure in (risk.beta, risk.correlation):
        assert math.isnan(figure(short))
        assert math.isfinite(figure(enough))
    assert math.isnan(risk.annualised_volatility(short["fund"]))
    assert math.isfinite(risk.annualised_volatility(enough["fund"]))


def test_a_constant_benchmark_has_no_beta(synthetic: pd.DataFrame) -> None:
    still = synthetic.assign(benchmark=100.0)
    assert math.isnan(risk.beta(still))
    assert math.isnan(risk.correlation(still))
    assert risk.rolling_beta(still).isna().all()
    assert risk.rolling_correlation(still).isna().all()


def test_a_fund_that_moves_as_its_benchmark_has_beta_one(synthetic: pd.DataFrame) -> None:
    twin = synthetic.assign(fund=synthetic["benchmark"] * 3)
    assert risk.beta(twin) == pytest.approx(1.0)
    assert risk.correlation(twin) == pytest.approx(1.0)
    assert risk.correlation(twin) <= 1.0
    assert risk.rolling_correlation(twin).max() <= 1.0
    assert risk.capture(twin)[:2] == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("window", [1, 0, -5, 20.0, True])
def test_a_window_below_two_or_not_whole_is_refused(synthetic: pd.DataFrame, window: int) -> None:
    for figure in (
        risk.beta,
        risk.correlation,
        risk.rolling_beta,
        risk.rolling_correlation,
    ):
        with pytest.raises(InvalidParameter, match="whole number of at least 2"):
            figure(synthetic, window)
    with pytest.raises(InvalidParameter, match="whole number of at least 2"):
        risk.annualised_volatility(synthetic["fund"], window)


def whole_months(closes: pd.DataFrame) -> pd.DataFrame:
    """Return returns by month, of the months after the first."""
    ends = closes.groupby([closes.index.year, closes.index.month]).last()
    return ends.pct_change().iloc[1:]


def test_capture_against_empyrical(closes: pd.DataFrame, synthetic: pd.DataFrame) -> None:
    # The real bars end on 2026-05-29, a Friday with only a weekend left in May.
    for frame in (closes, closes.loc[:"2019-02-28"], synthetic.loc[:"2022-04-29"]):
        months = whole_months(frame)
        fund, benchmark = months["fund"], months["benchmark"]
        up, down, up_months, down_months = risk.capture(frame)[:4]
        assert up == pytest.approx(
            empyrical.up_capture(fund, benchmark, period="monthly"), rel=1e-9
        )
        assert down == pytest.approx(
            empyrical.down_capture(fund, benchmark, period="monthly"), rel=1e-9
        )
        assert (up_months, down_months) == ((benchmark > 0).sum(), (benchmark < 0).sum())


def test_capture_by_hand() -> None:
    # Month-end closes; the fund: 100, 110, 104.5; the benchmark: 100, 105, 99.75.
    # Up month: 1.10^12 - 1 over 1.05^12 - 1; down month: 0.95^12 - 1 over 0.95^12 - 1.
    closes = pd.DataFrame(
        {"fund": [90.0, 100.0, 110.0, 104.5], "benchmark": [99.0, 100.0, 105.0, 99.75]},
        index=sessions("2025-01-15", "2025-01-31", "2025-02-28", "2025-03-31"),
    )
    up, down, up_months, down_months, start, end = risk.capture(closes)
    assert up == pytest.approx((1.1**12 - 1) / (1.05**12 - 1))
    assert down == pytest.approx(1.0)
    assert (up_months, down_months) == (1, 1)
    assert (start, end) == (pd.Timestamp("2025-01-31"), pd.Timestamp("2025-03-31"))


@pytest.mark.parametrize(
    ("last", "over"),
    [
        ("2025-05-30", True),  # a Friday; the 31st is a Saturday
        ("2025-05-29", False),
        ("2024-03-28", True),  # Good Friday is left
        ("2018-03-29", True),
        ("2018-03-28", False),
        ("2021-05-28", True),  # Memorial Day is left
        ("2010-05-28", True),
        ("2025-06-30", True),
        ("2024-11-29", True),
        ("2024-12-30", False),
    ],
)
def test_capture_leaves_out_an_unfinished_month(last: str, over: bool) -> None:
    end = pd.Timestamp(last)
    before = [end - pd.offsets.MonthEnd(n) for n in (2, 1)]
    closes = pd.DataFrame(
        {"fund": [1.0, 2.0, 3.0], "benchmark": [1.0, 2.0, 3.0]},
        index=pd.DatetimeIndex([*before, end]),
    )
    assert risk.capture(closes).up_months == (2 if over else 1)


def test_capture_without_months(synthetic: pd.DataFrame) -> None:
    for size in (0, 1, 10):
        found = risk.capture(synthetic.iloc[:size])
        assert math.isnan(found.up)
        assert math.isnan(found.down)
        assert found[2:] == (0, 0, None, None)


@pytest.mark.parametrize("months", [1, 12, 36, 60, 120])
def test_capture_of_the_last_whole_months_is_that_of_those_months_alone(
    closes: pd.DataFrame, months: int
) -> None:
    # The last of these is in the middle of a month: it is not over and does not count.
    for last in ("2026-05-29", "2026-05-14", "2020-03-23"):
        frame = closes.loc[:last]
        whole = whole_months(frame).iloc[: None if last == "2026-05-29" else -1].iloc[-months:]
        found = risk.capture(frame, months)
        assert len(whole) == months
        assert found.up_months == (whole["benchmark"] > 0).sum()
        assert found.down_months == (whole["benchmark"] < 0).sum()
        year, month = whole.index[0]
        assert found.start == frame.index[frame.index < pd.Timestamp(year, month, 1)][-1]
        if found.up_months:
            assert found.up == pytest.approx(
                empyrical.up_capture(whole["fund"], whole["benchmark"], period="monthly")
            )
        if found.down_months:
            assert found.down == pytest.approx(
                empyrical.down_capture(whole["fund"], whole["benchmark"], period="monthly")
            )


def test_capture_needs_as_many_whole_months_as_are_asked_for(closes: pd.DataFrame) -> None:
    frame = closes.loc["2023-05-15":"2026-05-29"]  # May 2023 to April 2026: 36 month ends and May
    assert risk.capture(frame, 36).start == pd.Timestamp("2023-05-31")
    assert risk.capture(frame, 37)[2:] == (0, 0, None, None)
    with pytest.raises(InvalidParameter, match="The months of a capture"):
        risk.capture(frame, 0)


@pytest.mark.parametrize(
    ("last", "over"),
    [
        ("2018-03-29", True),  # Good Friday is the month's last weekday
        ("2021-05-28", True),  # Memorial Day is
        ("2001-08-31", True),
        ("2025-05-29", False),
        ("2012-10-26", False),  # the storm closed the 29th and the 30th; the 31st was a session
        ("1965-05-28", False),  # before the calendar's years weekdays count as sessions
        ("1965-05-31", True),
    ],
)
def test_the_last_month_counts_once_the_exchange_has_no_session_left_in_it(
    last: str, over: bool
) -> None:
    ends = pd.bdate_range(end=pd.Timestamp(last) - pd.offsets.MonthBegin(1), periods=60)
    index = ends.append(pd.DatetimeIndex([last])).rename("session")
    closes = pd.DataFrame(
        {"fund": np.linspace(90, 100, len(index)), "benchmark": np.linspace(50, 60, len(index))},
        index=index,
    )
    months = len(whole_months(closes))
    up_months, down_months = risk.capture(closes)[2:4]
    assert up_months + down_months == months - (0 if over else 1)
