"""Rate cycles: which cuts begin one, and what followed, by hand and on the real bars."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.event import Direction, Event, Timing
from rut_dash.market.history import Basis, PricePair
from rut_dash.studies.rate_cycles import RECESSIONS, FirstCut, first_cuts, rate_cycles
from rut_dash.studies.sample import StudyData, study_data
from tests.oracles import as_history, real_bars
from tests.studies.samples import data_of

EARLIER = (date(1989, 6, 6), date(1995, 7, 6), date(1998, 9, 29))


def change(day: str, way: Direction) -> Event:
    moment = date.fromisoformat(day)
    return Event(f"fed-{day}", moment, Timing.IN_SESSION, "fed", "A", "test", "A", direction=way)


CHANGES = tuple(
    change(day, way)
    for day, way in [
        ("2020-01-15", Direction.RAISE),
        ("2020-03-17", Direction.CUT),
        ("2020-05-05", Direction.CUT),
        ("2020-11-05", Direction.CUT),
        ("2021-05-04", Direction.CUT),
    ]
)


def test_a_cycle_begins_with_the_first_cut_after_a_rise() -> None:
    assert first_cuts(CHANGES, FirstCut.AFTER_RISE) == (*EARLIER, date(2020, 3, 17))


def test_a_pause_is_six_months_without_a_change() -> None:
    # From 5 May to 5 November are six months, from 5 November to 4 May a day less.
    assert first_cuts(CHANGES, FirstCut.AFTER_PAUSE) == (
        *EARLIER,
        date(2020, 3, 17),
        date(2020, 11, 5),
    )


def test_every_cut_is_that_of_the_catalogue_alone() -> None:
    assert len(first_cuts(CHANGES, FirstCut.EVERY)) == 4


def test_a_cut_without_a_change_before_it_may_be_no_first_cut() -> None:
    assert first_cuts(CHANGES[1:2], FirstCut.AFTER_PAUSE) == EARLIER


def test_the_shipped_cycles_begin_on_the_published_days() -> None:
    changes = [event for event in load_catalogue() if event.kind == "fed"]
    days = (date(2001, 1, 3), date(2007, 9, 18), date(2019, 7, 31), date(2024, 9, 18))
    assert first_cuts(changes, FirstCut.AFTER_RISE) == (*EARLIER, *days)
    after_pause = set(first_cuts(changes, FirstCut.AFTER_PAUSE))
    # The cuts of 2002 and 2003 came after eleven and after seven months without a change.
    added = {date(2002, 11, 6), date(2003, 6, 25), date(2025, 9, 17)}
    assert after_pause - {*EARLIER, *days} == added


def steps_data(last: str) -> StudyData:
    """Return a fund that gains 1 a session from 100, and a benchmark that stays."""
    index = pd.bdate_range("2020-03-02", last, name="session")
    fund = pd.Series(np.arange(100.0, 100.0 + len(index)), index, name="close")
    return data_of(fund, fund * 0 + 50.0, Catalogue(CHANGES, {"fed": date(2021, 12, 31)}))


def test_returns_count_from_the_close_before_to_the_last_on_or_before_so_many_months() -> None:
    data = steps_data("2020-11-30")
    (cycle,) = rate_cycles(data, months=(2, 6, 24)).cycles
    assert cycle.start == pd.Timestamp("2020-03-16")
    fund = data.fund
    # 17 May 2020 is a Sunday: the last session before it is Friday, the 15th.
    assert cycle.months[2].fund == pytest.approx(fund["2020-05-15"] / fund["2020-03-16"] - 1)
    assert cycle.months[2].benchmark == 0.0
    assert cycle.months[2].excess == cycle.months[2].fund
    assert cycle.months[6].fund == pytest.approx(fund["2020-09-17"] / fund["2020-03-16"] - 1)
    assert np.isnan(cycle.months[24].fund)
    assert not cycle.is_over
    assert cycle.to_date.fund == pytest.approx(fund.iloc[-1] / fund["2020-03-16"] - 1)


def test_a_period_is_over_on_its_last_day_and_not_before() -> None:
    over, not_over = (
        rate_cycles(steps_data(day), months=(6,)) for day in ("2020-09-17", "2020-09-16")
    )
    assert not np.isnan(over.cycles[0].months[6].fund)
    assert np.isnan(not_over.cycles[0].months[6].fund)
    assert (over.figures[6].n, not_over.figures[6].n) == (1, 0)


def test_a_first_cut_after_the_as_of_is_no_cycle() -> None:
    result = rate_cycles(steps_data("2020-03-13"))
    assert result.cycles == ()
    assert result.before_history == EARLIER
    assert result.figures[6].n == 0
    assert np.isnan(result.figures[6].mean)


def test_the_base_is_a_cut_on_every_session() -> None:
    data = steps_data("2020-05-29")
    figures = rate_cycles(data, months=(1,)).figures[1]
    fund, expected = data.fund, []
    for before, day in zip(fund.index[:-1], fund.index[1:], strict=True):
        end = day + pd.DateOffset(months=1)
        if end <= fund.index[-1]:
            expected.append(fund[fund.index <= end].iloc[-1] / fund[before] - 1)
    assert figures.base_n == len(expected)
    assert figures.base_mean == pytest.approx(np.mean(expected))
    assert figures.base_ahead_count == len(expected)


def test_cycles_that_overlap_are_counted_once_without_overlap() -> None:
    result = rate_cycles(steps_data("2022-03-31"), FirstCut.EVERY, months=(3,))
    # Cuts of 17 March, 5 May (within three months), 5 November and 4 May.
    assert (result.figures[3].n, result.figures[3].n_without_overlap) == (4, 3)
    assert result.figures[3].is_few


@pytest.fixture(scope="module")
def indices(market_data: Path) -> PricePair:
    return PricePair.align(
        *(as_history(real_bars(market_data, f"_{name}"), f"^{name}") for name in ("RUT", "GSPC"))
    )


def test_the_cycles_of_the_indices_are_those_of_a_plain_reading_of_the_files(
    indices: PricePair, market_data: Path
) -> None:
    result = rate_cycles(study_data(indices, Basis.PRICE, load_catalogue()))
    closes = []
    for name in ("_RUT", "_GSPC"):
        with (market_data / f"{name}.csv").open() as file:
            closes.append({row["date"]: float(row["close"]) for row in csv.DictReader(file)})
    fund, benchmark = closes
    assert [cycle.first_cut.year for cycle in result.cycles] == [
        1989, 1995, 1998, 2001, 2007, 2019, 2024,
    ]  # fmt: skip
    for cycle in result.cycles:
        cut = cycle.first_cut
        start = max(day for day in fund if day < cut.isoformat())
        for months, returns in cycle.months.items():
            year, month = divmod(cut.year * 12 + cut.month - 1 + months, 12)
            end = f"{year}-{month + 1:02d}-{cut.day:02d}"
            if end > "2026-05-29":
                assert np.isnan(returns.fund)
                continue
            stop = max(day for day in fund if day <= end)
            assert returns.fund == pytest.approx(fund[stop] / fund[start] - 1, abs=1e-12)
            assert returns.benchmark == pytest.approx(
                benchmark[stop] / benchmark[start] - 1, abs=1e-12
            )


@pytest.mark.parametrize(
    ("as_of", "tags"),
    [
        # Announced on 1 December 2008 and on 8 June 2020; that of 1990 on 25 April 1991.
        ("2008-11-28", [True, False, False, True, False]),
        ("2008-12-01", [True, False, False, True, True]),
        ("2020-06-05", [True, False, False, True, True, False]),
        ("2020-06-08", [True, False, False, True, True, True]),
        ("1991-04-24", [False]),
    ],
)
def test_a_recession_tags_a_cycle_once_it_was_known(
    indices: PricePair, as_of: str, tags: list[bool]
) -> None:
    pair = PricePair.align(indices.fund, indices.benchmark, date.fromisoformat(as_of))
    result = rate_cycles(study_data(pair, Basis.PRICE, load_catalogue()))
    assert [cycle.recession for cycle in result.cycles] == tags


def test_recession_months_are_those_of_the_stored_series(market_data: Path) -> None:
    with (market_data / "FRED_USREC.csv").open() as file:
        rows = {row["date"]: float(row["value"]) for row in csv.DictReader(file)}
    for day, value in rows.items():
        if day >= "1985-01-01":
            inside = any(r.first <= date.fromisoformat(day) <= r.last for r in RECESSIONS)
            assert inside == (value == 1.0), day
