"""What a page shows in answer to a view: basis, anchor, window, and the sentences about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from rut_dash.errors import BasisUnavailable
from rut_dash.events.catalogue import Catalogue, load_catalogue
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.scope import LEAD_SESSIONS, Scope, resolve_scope
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


def test_the_default_view_starts_a_month_before_the_low_of_april_2025() -> None:
    shown = scope()
    assert shown.anchor.session == pd.Timestamp("2025-04-08")
    assert shown.anchor.event is not None
    assert (shown.anchor.session >= SESSIONS).sum() - (shown.start >= SESSIONS).sum() == (
        LEAD_SESSIONS
    )
    assert shown.end == SESSIONS[-1]
    assert shown.notices == ()


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
    shown = scope(anchor=anchor)
    assert shown.anchor.session == pd.Timestamp(session)
    assert day(pd.Timestamp(session)) in shown.anchor.sentence
    assert shown.notices == ()


@pytest.mark.parametrize("anchor", ["high-2000-07-17", "2018-12-31", "2030-01-01", "no-such-id"])
def test_an_anchor_outside_the_history_is_said_and_replaced(anchor: str) -> None:
    shown = scope(anchor=anchor)
    assert shown.anchor.session == SESSIONS[0]
    (notice,) = shown.notices
    assert "outside the common sessions" in notice


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
    shown = scope(window=window)
    assert shown.start == pd.Timestamp(start)
    assert shown.notices == ()


def test_a_range_ends_on_the_last_session_inside_it() -> None:
    assert scope(window="2024-02-24..2024-03-02").end == pd.Timestamp("2024-03-01")


def test_a_window_longer_than_the_history_shows_all_and_says_so() -> None:
    shown = scope(window="10Y")
    assert shown.start == SESSIONS[0]
    assert "shorter than 10Y" in shown.notices[0]


@pytest.mark.parametrize("window", ["1950-01-01..1960-01-01", "2031-01-01..2031-02-01"])
def test_a_range_without_sessions_is_said_and_replaced(window: str) -> None:
    shown = scope(window=window)
    assert shown.start == scope().start
    assert "out of range" in shown.notices[0]
    assert window[:4] in shown.notices[0]


def test_an_index_has_the_price_basis_only_and_the_other_leg_follows() -> None:
    shown = scope(PricePair.align(PAIR.fund, bars("^GSPC", 2000, seed=3)), basis=Basis.TOTAL)
    assert shown.basis is Basis.PRICE
    (notice,) = shown.notices
    assert notice.startswith("^GSPC has no total return basis")


def test_adjusted_closes_alone_have_the_total_basis_only() -> None:
    shown = scope(PricePair.align(adjusted_only("IWO"), bars("SPY", seed=2)))
    assert shown.basis is Basis.TOTAL
    assert "IWO has no price basis" in shown.notices[0]


def test_without_a_common_basis_there_is_no_comparison_but_each_leg() -> None:
    pair = PricePair.align(adjusted_only("IWO"), bars("^GSPC", seed=2))
    shown = scope(pair)
    assert shown.basis is None
    with pytest.raises(BasisUnavailable, match="IWO against"):
        _ = shown.common_basis
    assert shown.basis_of(pair.fund) is Basis.TOTAL
    assert shown.basis_of(pair.benchmark) is Basis.PRICE


def test_marks_are_the_events_of_the_kinds_shown_inside_the_window() -> None:
    shown = scope(kinds=("fed",), window="1Y")
    labels = [mark.label for mark in shown.marks]
    assert len(labels) == 3  # the cuts of September, October and December 2025
    assert all(mark.kind == "fed" for mark in shown.marks)
    assert [m.anchor for m in scope(kinds=()).marks] == [True]


def test_the_anchor_is_marked_once_where_since_begins() -> None:
    marks = scope(anchor="tariff-truce").marks
    anchors = [mark for mark in marks if mark.anchor]
    assert [mark.session for mark in anchors] == [pd.Timestamp("2025-05-09")]
    assert [m.label for m in marks].count(anchors[0].label) == 1


def test_equal_scopes_have_equal_versions_and_any_change_another() -> None:
    assert scope().version == scope().version
    changes: list[dict[str, object]] = [
        {"window": "1Y"},
        {"basis": Basis.TOTAL},
        {"anchor": "tariff-truce"},
        {"kinds": ()},
        {"scale": "log"},
        {"overlays": ()},
        {"parameters": (("rsi", "length", 21),)},
    ]
    versions = {scope(**update_view).version for update_view in changes}
    newer = PricePair.align(bars("IWM", 2001), bars("SPY", 2001, seed=2))
    versions |= {scope().version, scope(newer).version}
    assert len(versions) == len(changes) + 2


def test_numbers_are_cut_after_they_are_computed() -> None:
    shown = scope(window="1M")
    average = PAIR.fund.close(Basis.PRICE).rolling(200).mean()
    assert shown.cut(average).notna().all()


def test_the_view_is_not_changed() -> None:
    asked: ViewState = replace(DEFAULT_VIEW, window="1950-01-01..1960-01-01", anchor="no-such-id")
    assert resolve_scope(asked, PAIR, catalogue).view == asked
