"""Notes on bars: stored as values, trimmed with the bars, and each with a sentence."""

from __future__ import annotations

import json
from datetime import date

import pytest

from rut_dash.market.actions import remove_deferred_actions
from rut_dash.market.history import LaterSource, PriceHistory, Provenance
from rut_dash.market.notes import (
    AsTraded,
    BlankedValues,
    CapitalGain,
    ClosedDayRows,
    DateOrderDecided,
    DeferredAction,
    DividendsAddedBack,
    NoAdjustedCloses,
    NoDividends,
    Note,
    RowsWithoutPrice,
    SimulatedBetween,
    SplitsUnknown,
    TextNote,
    UnavailableSessions,
    UnreadColumns,
)
from rut_dash.market.validation import validate_bars
from rut_dash.market_wording import note_text, source_label
from tests.fake_yahoo import made_up_bars

DAY = date(2026, 5, 22)
NOTES = [
    DeferredAction(DAY, date(2026, 5, 26), 0.25, 2.0, "a vendor"),
    CapitalGain(DAY, 0.3, in_dividend=True),
    CapitalGain(DAY, 0.3, in_dividend=False),
    RowsWithoutPrice((DAY, date(2026, 5, 26))),
    RowsWithoutPrice((DAY,)),
    ClosedDayRows((DAY, date(2026, 5, 26))),
    BlankedValues("open", (DAY, date(2026, 5, 26)), (0.0, None)),
    BlankedValues("adj_close", (DAY,), (float("-inf"),)),
    UnavailableSessions((DAY,)),
    NoAdjustedCloses("a vendor"),
    UnreadColumns(("capital gains", "oi")),
    DateOrderDecided(is_day_first=True),
    DateOrderDecided(is_day_first=False),
    AsTraded((DAY, date(2026, 5, 26))),
    SplitsUnknown("a vendor"),
    DividendsAddedBack(),
    NoDividends("Nasdaq"),
    NoDividends(),
    SimulatedBetween(83),
    TextNote("A sentence."),
]


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.kind)
def test_a_note_comes_back_from_the_store_and_has_a_sentence(note: Note) -> None:
    assert Note.from_json(json.loads(json.dumps(note.to_json()))) == note
    assert note_text(note).endswith(".")


def test_every_kind_of_note_is_tested() -> None:
    assert {type(note) for note in NOTES} == set(Note.__subclasses__())


def test_a_note_of_another_version_is_read_as_text() -> None:
    note = Note.from_json({"kind": "of_a_newer_version", "colour": "red"})
    assert "of_a_newer_version" in note_text(note)


def test_a_deferred_action_is_a_sentence_about_its_own_source() -> None:
    assert note_text(NOTES[0]) == (
        "a vendor has no prices of 2026-05-22; its dividend of 0.25 and split of 2 is counted on "
        "2026-05-26."
    )


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.kind)
def test_as_of_trims_what_is_known_only_by_a_later_session(note: Note) -> None:
    """Every date that a note names lies on or before the as-of."""
    bars = validate_bars(made_up_bars("2025-01-02"), "made up", "IWM")
    provenance = Provenance("IWM.csv", notes=(note,))
    history = PriceHistory("IWM", bars.loc[:"2026-05-29"], provenance)  # type: ignore[misc]
    for as_of in (date(2026, 5, 21), DAY, date(2026, 5, 26)):
        trimmed = history.as_of(as_of).provenance.notes
        named = [day for text in map(note_text, trimmed) for day in days_in(text)]
        assert all(day <= as_of for day in named)
        assert (note in trimmed) is (date(2026, 5, 26) <= as_of or not days_in(note_text(note))
                                     or last_day(note) <= as_of)  # fmt: skip


def days_in(text: str) -> list[date]:
    words = (word.strip(".;()") for word in text.split())
    return [date.fromisoformat(word) for word in words if word[:2] == "20" and word.count("-") == 2]


def last_day(note: Note) -> date:
    if isinstance(note, RowsWithoutPrice | AsTraded | BlankedValues | UnavailableSessions):
        return max(note.sessions)
    if isinstance(note, DeferredAction):
        return note.counted_on
    if isinstance(note, ClosedDayRows):
        return max(note.days)
    assert isinstance(note, CapitalGain)
    return note.session


def test_as_of_counts_only_the_rows_without_a_price_up_to_it() -> None:
    assert RowsWithoutPrice((DAY, date(2026, 5, 26))).until(DAY) == RowsWithoutPrice((DAY,))


def test_as_of_leaves_out_the_sources_of_later_bars() -> None:
    later = (LaterSource("Yahoo Finance", DAY), LaterSource("a vendor", date(2026, 5, 26)))
    provenance = Provenance("IWM.csv", later_sources=later)
    assert source_label(provenance) == (
        "IWM.csv, since 2026-05-22 Yahoo Finance, since 2026-05-26 a vendor"
    )
    assert source_label(provenance.until(DAY)) == "IWM.csv, since 2026-05-22 Yahoo Finance"
    assert source_label(provenance.until(date(2026, 5, 21))) == "IWM.csv"


def test_deferred_actions_of_later_sessions_do_not_break_a_history_as_of_an_earlier_one() -> None:
    bars = validate_bars(made_up_bars("2025-01-02"), "made up", "IWM")
    action = DeferredAction(DAY, date(2026, 5, 26), 0.25, 0.0, "a vendor")
    history = PriceHistory("IWM", bars, Provenance("a vendor", notes=(action,)))
    earlier = history.as_of(date(2025, 6, 2))
    assert remove_deferred_actions(earlier).equals(earlier.bars)
