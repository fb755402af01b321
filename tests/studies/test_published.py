"""Published statements, recomputed on the real bars, and what is wrong with some of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rut_dash.market.history import Basis, PricePair
from rut_dash.studies.condition import parse_condition
from rut_dash.studies.sample import StudyData, study_data
from rut_dash.studies.what_followed import what_followed
from tests.oracles import as_history, real_bars


def real_data(folder: Path, fund: str, benchmark: str) -> StudyData:
    """Return the data of a study on price closes of two files."""
    legs = [
        as_history(real_bars(folder, symbol.replace("^", "_")), symbol)
        for symbol in (fund, benchmark)
    ]
    return study_data(PricePair.align(*legs), Basis.PRICE)


@pytest.fixture(scope="module")
def spy(market_data: Path) -> StudyData:
    return real_data(market_data, "SPY", "^GSPC")


def golden_crosses(prices: list[float], apart: int) -> list[int]:
    """Return the golden crosses of 50 and 200 sessions by a plain loop."""
    found: list[int] = []
    was_above: bool | None = None
    for i in range(199, len(prices)):
        above = sum(prices[i - 49 : i + 1]) / 50 > sum(prices[i - 199 : i + 1]) / 200
        if was_above is False and above and (not found or i - found[-1] >= apart):
            found.append(i)
        was_above = above
    return found


def test_o1_golden_crosses_of_spy_are_fifteen_and_all_are_up_after_126_sessions(
    spy: StudyData,
) -> None:
    horizons = (5, 21, 63, 126, 189, 252)
    result = what_followed(spy, parse_condition("golden_cross"), horizons, cooldown=20)
    prices = spy.fund.tolist()
    cases = golden_crosses(prices, 20)
    assert result.n == len(cases) == 15
    assert [case.session for case in result.cases] == list(spy.sessions[cases])
    for horizon in horizons:
        returns = [prices[i + horizon] / prices[i] - 1 for i in cases if i + horizon < len(prices)]
        fund = result.horizons[horizon].cases.fund
        assert (fund.n, fund.up) == (len(returns), sum(value > 0 for value in returns))
        assert fund.mean == pytest.approx(sum(returns) / len(returns), abs=1e-12)
    assert result.horizons[126].cases.fund.share_up == 1.0
