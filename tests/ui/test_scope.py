"""What a page shows in answer to a view: basis, anchor, window, and what could not be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from rut_dash.analysis.returns import period_return
from rut_dash.errors import BasisGap, NoCommonBasis, OutOfRange
from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.events.kinds import KINDS
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.figures import period_returns
from rut_dash.ui.scope import (
    LEAD_SESSIONS,
    AnchorNotYetKnown,
    AnchorReplaced,
    BasisReplaced,
    Scope,
    WindowShortened,
    resolve_scope,
)
from rut_dash.ui.scope_text import anchor_text, notice_text
from rut_dash.ui.view import DEFAULT_VIEW, ViewState
from rut_dash.wording import day
from tests.oracles import as_history, candles, walk


def bars(
    symbol: str, sessions: int = 1600, start: str = "2019-01-02", seed: int = 1
) -> PriceHistory:
    return as_history(candles(walk(sessions, seed, start)), symbol)


def adjusted_only(symbol: str) -> PriceHistory:
    return as_history(walk(1600).to_frame("adj_close"), symbol)


def catalogue(through: date) -> Catalogue:
    return load_catalogue(through=through)


# 2019-01-02 and 1,600 weekdays on: Tuesday 2025-02-18; 2,000 weekdays: Tuesday 2026-09-01.
PAIR = PricePair.align(bars("IWM", 2000), bars("SPY", 2000, seed=2))
SESSIONS = PAIR.fund.sessions


def scope(pair: PricePair = PAIR, **fields: object) -> Scope:
    return resolve_scope(DEFAULT_VIEW.with_(**fields), pair, catalogue)


def test_the_default_view_starts_a_month_before_its_anchor() -> None:
    scoped = scope(window="ANCHOR")
    event = catalogue(SESSIONS[-1].date()).get(DEFAULT_VIEW.anchor)
    assert event is not None
    assert scoped.anchor.event == event
    assert scoped.anchor.session == anchor_session(event, SESSIONS)
    assert (scoped.anchor.session >= SESSIONS).sum() - (scoped.start >= SESSIONS).sum() == (
        LEAD_SESSIONS
    )
    assert scoped.end == SESSIONS[-1]
    assert scoped.notices == ()


@pytest.mark.parametrize(
    ("anchor", "session"),
    [
        ("low-2025-04-08", "2025-04-08"),  # a low counts from its own close
        ("tariff-truce", "2025-05-09"),  # Monday before the open: from Friday's close
        ("liberation-day", "2025-04-02"),  # after the close: from that close
        ("2024-02-25", "2024-02-23"),  # a Sunday: a plain date takes the last session before
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_since_begins_at_the_last_close_before_the_news(anchor: str, session: str) -> None:
    scoped = scope(anchor=anchor)
    assert scoped.anchor.session == pd.Timestamp(session)
    assert day(pd.Timestamp(session)) in anchor_text(scoped.anchor)
    assert scoped.notices == ()


@pytest.mark.parametrize("anchor", ["high-2000-07-17", "2018-12-31", "2030-01-01", "no-such-id"])
def test_an_anchor_outside_the_history_is_replaced_by_its_first_session(anchor: str) -> None:
    scoped = scope(anchor=anchor)
    assert scoped.anchor.session == SESSIONS[0]
    (notice,) = scoped.notices
    assert isinstance(notice, AnchorReplaced)
    assert (notice.name, notice.first, notice.last) == (anchor, SESSIONS[0], SESSIONS[-1])
    assert "outside the common sessions" in notice_text(notice)


@pytest.mark.parametrize("last", ["2025-04-08", "2025-04-30", "2025-05-15"])
def test_a_low_that_nobody_knew_yet_is_no_anchor_mark_or_event(last: str) -> None:
    scoped = scope(PricePair.align(PAIR.fund, PAIR.benchmark, date.fromisoformat(last)))
    (notice,) = scoped.notices
    assert isinstance(notice, AnchorNotYetKnown)
    assert (notice.event.id, notice.first) == (DEFAULT_VIEW.anchor, SESSIONS[0])
    assert notice_text(notice) == (
        "The default anchor (2025-04-08) was known only from 2025-05-16, after the last session, "
        f"{last}: counted from the first common session, 2019-01-02."
    )
    assert scoped.anchor.event is None
    assert scoped.catalogue.get(DEFAULT_VIEW.anchor) is None
    assert not any("April 2025 low" in mark.label for mark in scope(scoped.pair).marks)
    assert scoped.catalogue.complete_until["market"] == date(2024, 11, 25)


def test_an_anchor_that_a_reader_chose_is_named_where_nobody_knew_it_yet() -> None:
    early = PricePair.align(PAIR.fund, PAIR.benchmark, date(2022, 6, 30))
    (notice,) = scope(early, anchor="low-2022-06-16").notices
    assert isinstance(notice, AnchorNotYetKnown)
    assert notice_text(notice).startswith("Low of June 2022 (close of IWM) (2022-06-16) was known")


def test_the_default_anchor_outside_the_sessions_goes_by_its_date() -> None:
    early = PricePair.align(PAIR.fund, PAIR.benchmark, date(2025, 4, 7))
    (notice,) = scope(early).notices
    assert notice_text(notice).startswith("The default anchor (2025-04-08) lies outside")


def test_from_the_session_on_which_it_was_known_a_low_is_an_anchor_that_says_so() -> None:
    scoped = scope(PricePair.align(PAIR.fund, PAIR.benchmark, date(2025, 5, 16)))
    assert scoped.notices == ()
    assert anchor_text(scoped.anchor) == (
        "Low of April 2025 (close of IWM): counted from its own close, 2025-04-08 (a low is "
        "known only afterwards: this one since 2025-05-16)."
    )


@pytest.mark.parametrize(
    ("window", "start"),
    [
        ("1M", "2026-07-31"),  # 2026-08-01 is a Saturday
        ("YTD", "2025-12-31"),
        ("1Y", "2025-09-01"),
        ("MAX", "2019-01-02"),
        ("2024-02-24..2024-03-02", "2024-02-26"),
    ],
)
def test_a_window_starts_at_the_session_its_return_counts_from(window: str, start: str) -> None:
    scoped = scope(window=window)
    assert scoped.start == pd.Timestamp(start)
    assert scoped.notices == ()


def test_a_range_ends_on_the_last_session_inside_it() -> None:
    assert scope(window="2024-02-24..2024-03-02").end == pd.Timestamp("2024-03-01")


def test_a_window_longer_than_the_history_has_all_of_it_and_a_notice() -> None:
    scoped = scope(window="10Y")
    assert scoped.start == SESSIONS[0]
    (notice,) = scoped.notices
    assert notice == WindowShortened("10Y", len(SESSIONS), SESSIONS[0])
    assert "shorter than 10Y" in notice_text(notice)


@pytest.mark.parametrize("window", ["1950-01-01..1960-01-01", "2031-01-01..2031-02-01"])
def test_a_range_without_sessions_is_replaced_by_the_window_around_the_anchor(window: str) -> None:
    scoped = scope(window=window)
    assert scoped.start == scope(window="ANCHOR").start
    (notice,) = scoped.notices
    assert isinstance(notice, OutOfRange)
    assert "out of range" in notice_text(notice)
    assert window[:4] in notice_text(notice)


def test_an_index_has_the_price_basis_only_and_the_other_leg_follows() -> None:
    scoped = scope(PricePair.align(PAIR.fund, bars("^GSPC", 2000, seed=3)), basis=Basis.TOTAL)
    assert scoped.basis is Basis.PRICE
    (notice,) = scoped.notices
    assert isinstance(notice, BasisReplaced)
    assert (notice.requested, notice.basis) == (Basis.TOTAL, Basis.PRICE)
    assert notice_text(notice).startswith("^GSPC has no total return basis")


def with_dividends_from(first: str | None, symbol: str) -> PriceHistory:
    """Return bars whose dividends are known from a day on; never, where it is None."""
    frame = candles(walk(2000, 4)).assign(dividend=0.0)
    frame.loc[: pd.Timestamp(first) - pd.Timedelta(days=1) if first else None, "dividend"] = np.nan
    return as_history(frame, symbol)


def test_a_fund_without_known_dividends_has_the_price_basis_only_like_an_index() -> None:
    scoped = scope(
        PricePair.align(with_dividends_from(None, "IWN"), PAIR.benchmark), basis=Basis.TOTAL
    )
    assert scoped.basis is Basis.PRICE
    assert scoped.notices == (
        BasisReplaced(("IWN",), Basis.TOTAL, Basis.PRICE, BasisGap.NO_DIVIDENDS),
    )
    assert notice_text(scoped.notices[0]) == (
        "IWN has no total return basis, because its dividends are not known: both are shown on "
        "the price basis."
    )


def test_every_leg_that_lacks_the_basis_is_named() -> None:
    pair = PricePair.align(with_dividends_from(None, "IWN"), bars("^GSPC", 2000, seed=3))
    notices = scope(pair, basis=Basis.TOTAL).notices
    assert [notice_text(notice).split(" has no")[0] for notice in notices] == ["IWN", "^GSPC"]
    both = PricePair.align(bars("^RUT", 2000, seed=4), bars("^GSPC", 2000, seed=3))
    assert [notice_text(notice) for notice in scope(both, basis=Basis.TOTAL).notices] == [
        "^RUT and ^GSPC have no total return basis, because a price index leaves dividends out: "
        "both are shown on the price basis."
    ]


def test_where_dividends_begin_late_the_sessions_of_the_total_basis_begin_with_them() -> None:
    pair = PricePair.align(with_dividends_from("2022-01-03", "IWB"), PAIR.benchmark)
    begin = pd.Timestamp("2022-01-03")
    total = scope(pair, basis=Basis.TOTAL, window="MAX")
    assert (total.basis, total.sessions[0], total.start) == (Basis.TOTAL, begin, begin)
    assert scope(pair, window="MAX").start == SESSIONS[0]
    (notice,) = scope(pair, basis=Basis.TOTAL, window="5Y").notices
    assert notice == WindowShortened("5Y", len(total.sessions), begin)
    (notice,) = scope(pair, basis=Basis.TOTAL, anchor="2020-03-23").notices
    assert isinstance(notice, AnchorReplaced)
    assert notice.first == begin
    periods = period_returns(total, ()).set_index("period")
    assert periods.loc["3Y", "fund"] == pytest.approx(
        period_return(pair.fund.close(Basis.PRICE), "3Y")
    )
    assert periods.loc[["5Y", "10Y"], ["fund", "benchmark"]].isna().all(axis=None)
    assert periods.loc["MAX", "start"] == begin


def test_adjusted_closes_alone_have_the_total_basis_only() -> None:
    scoped = scope(PricePair.align(adjusted_only("IWO"), bars("SPY", seed=2)))
    assert scoped.basis is Basis.TOTAL
    assert "IWO has no price basis" in notice_text(scoped.notices[0])


def test_without_a_common_basis_each_leg_is_shown_without_comparison() -> None:
    pair = PricePair.align(adjusted_only("IWO"), bars("^GSPC", seed=2))
    scoped = scope(pair)
    assert scoped.basis is None
    with pytest.raises(NoCommonBasis, match="IWO against"):
        _ = scoped.common_basis
    assert scoped.basis_of(pair.fund) is Basis.TOTAL
    assert scoped.basis_of(pair.benchmark) is Basis.PRICE


def test_marks_are_the_events_of_the_kinds_scoped_inside_the_window() -> None:
    scoped = scope(kinds=("fed",), window="1Y", anchor="2024-02-29")
    labels = [mark.label for mark in scoped.marks]
    assert len(labels) == 3  # the cuts of September, October and December 2025
    assert all(mark.lane is KINDS["fed"].lane for mark in scoped.marks)
    assert [m.is_anchor for m in scope(kinds=()).marks] == [True]


def test_the_anchor_is_marked_once_where_since_begins_and_dated_by_its_own_day() -> None:
    marks = scope(anchor="tariff-truce").marks
    anchors = [mark for mark in marks if mark.is_anchor]
    assert [mark.session for mark in anchors] == [pd.Timestamp("2025-05-09")]
    assert [mark.day for mark in anchors] == [pd.Timestamp("2025-05-12")]
    assert [m.label for m in marks].count(anchors[0].label) == 1
    assert anchors[0].hover_text == (
        "US-China truce · Mon 2025-05-12, counted from the close of Fri 2025-05-09"
    )


def test_an_anchor_before_the_window_is_marked_as_an_event_where_its_own_day_is_in_it() -> None:
    marks = scope(anchor="tariff-truce", window="2025-05-12..2025-06-12").marks
    assert [m.day for m in marks if m.label == "US-China truce"] == [pd.Timestamp("2025-05-12")]
    assert not any(mark.is_anchor for mark in marks)


def test_equal_scopes_have_equal_versions_and_any_change_another() -> None:
    assert scope().version == scope().version
    other_fields: list[dict[str, object]] = [
        {"window": "2024-02-24..2025-03-02"},
        {"basis": Basis.TOTAL},
        {"anchor": "2024-02-29"},
        {"kinds": ()},
        {"scale": "log"},
        {"indicators": ()},
        {"parameters": (("rsi", "length", 21),)},
    ]
    versions = {scope(**fields).version for fields in other_fields}
    newer = PricePair.align(bars("IWM", 2001), bars("SPY", 2001, seed=2))
    versions |= {scope().version, scope(newer).version}
    assert len(versions) == len(other_fields) + 2


def test_numbers_are_cut_after_they_are_computed() -> None:
    scoped = scope(window="1M")
    average = PAIR.fund.close(Basis.PRICE).rolling(200).mean()
    assert scoped.cut(average).notna().all()


def test_the_view_is_not_changed() -> None:
    view: ViewState = replace(DEFAULT_VIEW, window="1950-01-01..1960-01-01", anchor="no-such-id")
    assert resolve_scope(view, PAIR, catalogue).view == view


def test_scopes_of_equal_catalogues_share_one_up_to_the_as_of() -> None:
    # Its version is a digest of all its events: a new one for each scope would cost more than all
    # else in resolving it.
    first, second = scope(anchor="2020-03-23"), scope(anchor="2022-06-16", window="1Y")
    assert first.catalogue is second.catalogue
    assert all(event.date <= SESSIONS[-1].date() for event in first.catalogue)


def test_kinds_of_events_that_a_chart_goes_beyond_are_named_with_their_last_day() -> None:
    """The prices end on 2026-09-01; a rule lists the reconstitutions up to any day."""
    assert scope().context.unlisted == (
        ("Tariff", date(2025, 10, 30)), ("Fed", date(2025, 12, 10)), ("Market", date(2026, 5, 27)),
    )  # fmt: skip
    assert scope(kinds=("fed",)).context.unlisted == (("Fed", date(2025, 12, 10)),)
    assert scope(kinds=("reconstitution",)).context.unlisted == ()
    ends_earlier = scope(kinds=("fed", "tariff"), window="2024-01-02..2025-11-28")
    assert ends_earlier.window_context.unlisted == (("Tariff", date(2025, 10, 30)),)
    listed_whole = scope(kinds=("fed", "tariff"), window="2024-01-02..2025-06-30")
    assert listed_whole.window_context.unlisted == ()
