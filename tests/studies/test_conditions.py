"""Conditions on small frames, worked by hand, and their texts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from rut_dash.errors import InsufficientHistory, InvalidInput
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.event import Direction, Event, Timing
from rut_dash.events.kinds import KINDS
from rut_dash.studies.condition import parse_condition
from rut_dash.studies.conditions import CONDITIONS
from rut_dash.studies.sample import VIX, StudyData
from tests.studies.samples import data_of, drawn_data, laws, series_of, two_legs

EVENTS = Catalogue(
    tuple(
        Event(f"e-{day}", day, timing, kind, "A label", "test", "Short", direction=way, **known)
        for day, timing, kind, way, known in [
            (date(2024, 1, 4), Timing.IN_SESSION, "fed", Direction.CUT, {}),
            (date(2024, 1, 5), Timing.AFTER_CLOSE, "fed", Direction.RAISE, {}),
            # A Saturday.
            (date(2024, 1, 13), Timing.AFTER_CLOSE, "fed", Direction.CUT, {}),
            (date(2024, 1, 5), Timing.IN_SESSION, "market", Direction.LOW,
             {"known_from": date(2024, 1, 10)}),
        ]
    ),
    {},
)  # fmt: skip
# An example of each row that can be evaluated on any frame.
EXAMPLES = {
    "golden_cross": "golden_cross:2:5",
    "death_cross": "death_cross:2:5",
    "cross_above": "cross_above:5",
    "cross_below": "cross_below:5",
    "below_after_above": "below_after_above:3:4",
    "drawdown": "drawdown:0.05",
    "move": "move:-0.02:3",
    "move_percentile": "move_percentile:0.1:3",
    "lead": "lead:0.01:3",
    "rsi_below": "rsi_below:40:5",
    "rsi_above": "rsi_above:60:5",
    "lowest": "lowest:0.2",
    "highest": "highest:0.2",
    "new_high": "new_high:10",
    "new_low": "new_low:10",
    "up_streak": "up_streak:3",
    "down_streak": "down_streak:3",
    "vix_above": "vix_above:20",
    "event": "event:fed",
    "month": "month:2",
}


def days(text: str, data: StudyData) -> list[str]:
    """Return the sessions on which a condition occurs."""
    return [f"{d:%m-%d}" for d in parse_condition(text).occurrences(data).sessions]


def test_every_condition_has_an_example() -> None:
    assert set(EXAMPLES) == set(CONDITIONS)


# Sessions:  01-02 01-03 01-04 01-05 01-08 01-09 01-10 01-11
PRICES = [10.0, 9.0, 8.0, 11.0, 12.0, 12.0, 7.0, 6.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Averages of 2: 9.5 8.5 9.5 11.5 12 9.5 6.5 from 01-03 on; of 3: 9 9.33 10.33 11.67 10.33
        # 8.33 from 01-04 on. Below on 01-04, above from 01-05 on, below again on 01-10.
        ("golden_cross:2:3", ["01-05"]),
        ("death_cross:2:3", ["01-10"]),
        # The price against its average of 3: 8 < 9, 11 > 9.33, 12, 12, 7 < 10.33, 6 < 8.33.
        ("cross_above:3", ["01-05"]),
        ("cross_below:3", ["01-10"]),
        # Three sessions above it (01-05, 01-08, 01-09) before 01-10, and not four.
        ("below_after_above:3:3", ["01-10"]),
        ("below_after_above:4:3", []),
        # 9 is 10% below 10; the fall of 42% from 12 is the next spell.
        ("drawdown:0.1", ["01-03", "01-10"]),
        ("drawdown:0.2", ["01-04", "01-10"]),
        ("drawdown:0.5", ["01-11"]),
        # Over 2 sessions, from 01-04 on: -20%, +22%, +50%, +9%, -42%, -50%.
        ("move:-0.4:2", ["01-10"]),
        ("move:0.2:2", ["01-05"]),
        # It holds on the first session on which it is known: when it began is unknown.
        ("move:-0.1:2", ["01-10"]),
        # Above the two closes before: 11 above 9 and 8; then 12, and the equal 12 is none.
        ("new_high:3", ["01-05"]),
        # The first session with three closes before it is one already: no start.
        ("new_high:4", []),
        # Below the two closes before: 8 on the first session that has two, so no start; then 7.
        ("new_low:3", ["01-10"]),
        ("up_streak:2", ["01-08"]),
        ("up_streak:3", []),
        ("down_streak:1", ["01-03", "01-10"]),
        ("down_streak:2", ["01-04", "01-11"]),
    ],
)
def test_conditions_on_closes_by_hand(text: str, expected: list[str]) -> None:
    assert days(text, data_of(series_of(PRICES))) == expected


def test_a_condition_may_be_about_the_benchmark_or_the_ratio() -> None:
    fund, benchmark = series_of([10, 10, 10, 10]), series_of([10, 20, 8, 5])
    data = data_of(fund, benchmark)
    assert days("drawdown:0.1", data) == []
    assert days("drawdown:0.1@benchmark", data) == ["01-04"]
    assert days("drawdown:0.1@ratio", data) == ["01-03"]


def test_the_lead_is_the_difference_of_the_returns() -> None:
    # Fund +10%, +10%; benchmark +8%, +3%: leads of 2 and of 7 points.
    data = data_of(series_of([100, 110, 121]), series_of([100, 108, 111.24]))
    assert days("lead:0.05:1", data) == ["01-04"]
    assert days("lead:0.08:1", data) == []
    assert days("lead:-0.01:1", data) == []


def test_the_ratio_counts_on_common_sessions_alone() -> None:
    fund, benchmark = series_of([10.0] * 6), series_of([10, 10, 10, 10, 20, 20]).iloc[2:]
    found = parse_condition("drawdown:0.1@ratio").occurrences(data_of(fund, benchmark))
    assert [f"{d:%m-%d}" for d in found.sessions] == ["01-08"]
    assert found.first_session == pd.Timestamp("2024-01-04")


def test_a_place_in_the_history_to_date_needs_a_year_of_it() -> None:
    rising = series_of(np.arange(100.0, 500.0).tolist())
    fall = rising.copy()
    fall.iloc[300] = 104.5
    # Among 301 values 5 are lower: it is the sixth, and 6 / 301 is 2%.
    assert days("lowest:0.02@fund", data_of(fall)) == [f"{rising.index[300]:%m-%d}"]
    assert days("lowest:0.019@fund", data_of(fall)) == []
    fall = rising.copy()
    fall.iloc[200] = 104.5
    assert days("lowest:0.5@fund", data_of(fall)) == []
    # All that are known are the highest to date, so that no spell begins but after the fall.
    low = rising.copy()
    low.iloc[300] = 104.5
    assert days("highest:0.1@fund", data_of(low)) == [f"{rising.index[301]:%m-%d}"]


def test_a_move_is_rare_by_its_place_among_the_moves_to_date() -> None:
    # Moves that grow and shrink in turn by other amounts, so that no two are equal, but for one
    # fall and one rise that are far larger than all before.
    steps = [1 + (-1) ** i * (0.001 + 0.00001 * (i * 7 % 400)) for i in range(400)]
    steps[300], steps[350] = 0.9, 1.15
    close = series_of(np.cumprod([100.0, *steps]).tolist())
    assert days("move_percentile:0.0034:1", data_of(close)) == [f"{close.index[301]:%m-%d}"]
    assert f"{close.index[351]:%m-%d}" in days("move_percentile:0.999:1", data_of(close))


def test_rsi_falls_below_a_level() -> None:
    # RSI of 2 on changes +1 +1 -4 +4: 100 when seeded; then a gain of 0.5 and a loss of 2: 20; then
    # 2.25 and 1: 69.
    data = data_of(series_of([10, 11, 12, 8, 12]))
    assert days("rsi_below:30:2", data) == ["01-05"]
    assert days("rsi_above:60:2", data) == ["01-08"]
    assert days("rsi_below:19:2", data) == []


def test_rows_of_the_vix_on_holidays_are_no_sessions() -> None:
    close = series_of([10.0] * 5)
    vix = pd.Series(
        [20.0, 40.0, 20.0, 40.0, 40.0, 50.0],
        pd.DatetimeIndex(
            ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-06", "2024-01-08", "2024-01-20"]
        ),
    )
    data = data_of(close, others={VIX: vix})
    assert days("vix_above:30", data) == ["01-03", "01-08"]


def test_a_vix_that_begins_after_the_last_session_is_too_short() -> None:
    vix = pd.Series([20.0], pd.DatetimeIndex(["2030-01-02"]))
    data = data_of(series_of([10.0] * 5), others={VIX: vix})
    with pytest.raises(InsufficientHistory):
        parse_condition("vix_above:30").occurrences(data)


def test_an_event_counts_from_the_first_close_that_knows_of_it() -> None:
    data = data_of(series_of([10.0] * 15), catalogue=EVENTS)
    # In the session: its own close. After the close: the next one; on a Saturday, that of Monday.
    assert days("event:fed", data) == ["01-04", "01-08", "01-15"]
    assert days("event:fed:cut", data) == ["01-04", "01-15"]
    assert days("event:fed:raise", data) == ["01-08"]
    # A low counts from when it was known to be one.
    assert days("event:market:low", data) == ["01-10"]
    assert days("event:tariff", data) == []
    assert parse_condition("event:fed").occurrences(data).first_session == pd.Timestamp(
        "2024-01-04"
    )


def test_an_event_after_the_last_close_has_not_been_followed() -> None:
    data = data_of(series_of([10.0] * 4), catalogue=EVENTS)
    assert days("event:fed", data) == ["01-04"]
    assert days("event:market", data) == []


def test_a_month_begins_at_its_first_session_unless_the_history_does() -> None:
    data = data_of(series_of([10.0] * 300))
    assert days("month:1", data) == ["01-01"]
    assert days("month:2", data) == ["02-01", "02-03"]


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("death_cross", "death_cross"),
        ("death_cross:50:200", "death_cross"),
        ("death_cross:20", "death_cross:20"),
        ("death_cross::100", "death_cross:50:100"),
        ("drawdown:0.10", "drawdown:0.1"),
        ("drawdown:0.1@fund", "drawdown:0.1"),
        ("drawdown:0.1@ratio", "drawdown:0.1@ratio"),
        ("lowest:0.1@ratio", "lowest:0.1"),
        ("lowest:0.1@fund", "lowest:0.1@fund"),
        ("event:fed:cut", "event:fed:cut"),
        ("event:fed:", "event:fed"),
        ("move:-0.1:21", "move:-0.1"),
    ],
)
def test_a_text_is_read_and_written(text: str, shortest: str) -> None:
    condition = parse_condition(text)
    assert condition.text == shortest
    assert parse_condition(shortest).values == condition.values


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cross", "expected one of below_after_above"),
        ("", "expected one of"),
        ("drawdown", "depth as a number from 0.001 to 0.99"),
        ("drawdown:10", "depth as a number"),
        ("drawdown:nan", "depth as a number"),
        ("drawdown:-0.1", "depth as a number"),
        ("drawdown:0.1:5", "the form drawdown:depth"),
        ("drawdown:0.1@vix", "one of fund, benchmark, ratio after @"),
        ("drawdown:0.1@", "after @"),
        ("month:2@ratio", "no series after @"),
        ("move:0", "other than 0"),
        ("move:0.1:2.5", "sessions as a whole number"),
        ("event:fde", f"one of {', '.join(KINDS)} as kind"),
        ("event:fed:up", "one of cut, raise as direction"),
        ("event:tariff:cut", "nothing as direction"),
    ],
)
def test_a_text_that_is_no_condition_is_refused_with_what_would_do(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_condition(text)
    assert reason in str(refused.value)


def test_a_short_average_that_is_not_shorter_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a short average below the long one"):
        parse_condition("death_cross:200:50").occurrences(data_of(series_of([1.0, 2.0])))


@pytest.mark.parametrize("sessions", [1, 2])
@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_history_of_a_session_or_two_has_no_occurrence(text: str, sessions: int) -> None:
    close = series_of([10.0] * sessions)
    assert (
        days(text, data_of(close, catalogue=EVENTS.up_to(date(2024, 1, 3)), others={VIX: close}))
        == []
    )


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES.keys())
@laws
@given(legs=two_legs(3, 90))
def test_later_bars_change_no_earlier_occurrence(text: str, legs: pd.DataFrame) -> None:
    vix = pd.Series(20 + 5 * np.sin(np.arange(len(legs))), legs.index)
    cut = len(legs) * 2 // 3 + 1

    def found(closes: pd.DataFrame) -> list[pd.Timestamp]:
        whole = drawn_data(closes)
        catalogue = EVENTS.up_to(closes.index[-1])
        data = StudyData(
            whole.sample, whole.fund, whole.benchmark, whole.closes, catalogue, {VIX: vix}
        )
        return list(parse_condition(text).occurrences(data).sessions)

    last = legs.index[cut - 1]
    assert found(legs.iloc[:cut]) == [day for day in found(legs) if day <= last]
