"""Prices in words: where they come from, what they lack, what went wrong with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date

from rut_dash.market.fetcher import Outcome
from rut_dash.market.history import Basis, PriceHistory, PricePair, Provenance
from rut_dash.market.importing import ImportResult
from rut_dash.market.instruments import is_index
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
from rut_dash.market.problems import Problem, Staleness, error_of
from rut_dash.market.store_cache import StoreNotice, StoreTrouble
from rut_dash.wording import (
    MINUS,
    counted,
    day,
)


def refresh_outcome(outcome: Outcome) -> str:
    """Return the result of a refresh as a sentence."""
    if outcome.error is not None:
        return str(outcome.error)
    if outcome.rows_added:
        return f"{outcome.symbol}: fetched, {counted(outcome.rows_added, 'session')} added."
    if outcome.rows_restated:
        restated = counted(outcome.rows_restated, "stored session")
        return f"{outcome.symbol}: fetched, {restated} restated, no session added."
    return f"{outcome.symbol}: the source was asked and has nothing newer."


def import_remark(result: ImportResult) -> str:
    """Return the sentences on an imported file; empty where it was simply taken whole."""
    if result.error is not None:
        return str(result.error)
    sentences = []
    if result.status == "skipped":
        sentences.append(f"every bar of {result.symbol} in it is already stored.")
    elif result.added is not None:
        were = "was" if result.added == 1 else "were"
        sentences.append(f"{result.added:,} of its sessions {were} added to the stored ones.")
    sentences += map(note_text, result.left_out)
    return f"{result.path}: {' '.join(sentences)}" if sentences else ""


def store_notice(notice: StoreNotice) -> str:
    """Return a trouble of the store as a sentence."""
    match notice.trouble:
        case StoreTrouble.UNREADABLE:
            return f"{notice.error} Until it can be read, nothing new of it is shown."
        case StoreTrouble.UNWRITABLE:
            return f"{notice.error} Until it can be written, new prices are in memory only."
        case StoreTrouble.FILE_REPLACED:
            return (
                f"The stored file of {notice.symbol} was damaged: it was put aside as "
                f"{notice.quarantined_as}, and good prices are stored in its place."
            )
        case StoreTrouble.FILE_DAMAGED if notice.quarantined_as:
            restored = "; the bars before it are back" if notice.is_restored else ""
            return f"{notice.error} It was put aside as {notice.quarantined_as}{restored}."
        case StoreTrouble.FILE_DAMAGED | StoreTrouble.FILE_UNREADABLE:
            return str(notice.error)


# --- Prices and where they come from ---------------------------------------------------------


def probable_non_sessions_text(days: Sequence[date]) -> str:
    """Return a sentence about sessions of the calendar that were probably none."""
    return f"Probably no session, since no symbol has it: {first_days(days)}."


def source_label(provenance: Provenance) -> str:
    """Return the sources of bars: ``IWM.csv, since 2025-01-02 Yahoo Finance``."""
    later = (f"since {part.since:%Y-%m-%d} {part.name}" for part in provenance.later_sources)
    return ", ".join((provenance.source, *later))


def problem_clause(problem: Problem) -> str:
    """Return what went wrong at which source, a clause without a full stop."""
    return error_of(problem, "").clause


def problem_text(problem: Problem) -> str:
    """Return what went wrong at which source, and what can be done, as sentences."""
    error = error_of(problem, "")
    return f"{error.clause}." + (f" {error.remedy.rstrip('.')}." if error.remedy else "")


def staleness_clause(staleness: Staleness) -> str:
    """Return why newer bars are not here and when they are tried again, without a full stop."""
    clause, retry_at = problem_clause(staleness.problem), staleness.retry_at
    if retry_at is None:
        return clause
    return f"{clause}; next try at {retry_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def behind_clause(sessions: int) -> str:
    """Return how far prices are behind, a clause: ``38 sessions behind the NYSE's last close``."""
    return f"{counted(sessions, 'session')} behind the NYSE's last close"


def stale_text(symbols: Sequence[str], last: date, staleness: Staleness) -> str:
    """Return that prices end on a day because newer ones could not be fetched, and why."""
    names = " and ".join(symbols)
    beginning = f"Prices of {names} end on {day(last)}; newer ones could not be fetched"
    if not error_of(staleness.problem, "").remedy:
        return f"{beginning}: {staleness_clause(staleness)}."
    text = f"{beginning}: {problem_text(staleness.problem)}"
    if staleness.retry_at is None:
        return text
    return f"{text} Next try at {staleness.retry_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


def first_days(days: Sequence[date]) -> str:
    """Return the first three of some days, and how many more there are."""
    text = ", ".join(map(day, days[:3]))
    return text if len(days) <= 3 else f"{text} and {len(days) - 3:,} more"


def missing_sessions_text(symbol: str, sessions: Sequence[date]) -> str:
    """Return which sessions of the NYSE a history lacks, as a sentence."""
    count = counted(len(sessions), "session")
    return f"{symbol} lacks {count} of the NYSE, left out and not filled: {first_days(sessions)}."


def bars_texts(history: PriceHistory, basis: Basis) -> tuple[str, ...]:
    """Return what a reader of figures on a basis must know of the bars of one symbol."""
    texts: list[str | None] = []
    if history.provenance.provisional:
        texts.append(
            f"The last bar of {history.symbol} is of a session that was still open when it was "
            "fetched."
        )
    if basis is Basis.TOTAL:
        texts += [total_return_text(history), uncounted_dividends_text(history)]
    return tuple(filter(None, texts))


def omission_texts(pair: PricePair) -> tuple[str, ...]:
    """Return a sentence about each leg that has bars after the as-of of a pair."""
    fund, benchmark = pair.legs
    return tuple(
        f"{leg.symbol} has bars up to {leg.last:%Y-%m-%d}; both are shown as of "
        f"{pair.as_of:%Y-%m-%d}, the last session that {fund.symbol} and {benchmark.symbol} share."
        for leg in pair.omitted
    )


def dropped_sessions_texts(pair: PricePair) -> tuple[str, ...]:
    """Return a sentence about the sessions that comparisons leave out; none where there are none.

    They leave out those that only one leg has.
    """
    parts = [
        f"{count:,} of {leg.symbol}"
        for count, leg in zip(pair.dropped, pair.legs, strict=True)
        if count
    ]
    if not parts:
        return ()
    return (f"Comparisons leave out the sessions that only one has: {' and '.join(parts)}.",)


def notes_texts(history: PriceHistory) -> tuple[str, ...]:
    """Return the sentences of the notes on bars that a reader of any figure must know.

    Each names the symbol; those of simulated bars are of all symbols.
    """
    subject = "" if history.provenance.simulated else f"{history.symbol}: "
    notes = (note for note in history.provenance.notes if note.on_every_page)
    return tuple(f"{subject}{note_text(note)}" for note in notes)


def total_return_text(history: PriceHistory) -> str | None:
    """Return how far the total return of a history goes; None for an index, and where it is whole.

    A total return needs dividends, which some files do not have of all sessions.
    """
    symbol, start = history.symbol, history.total_from
    if start is None:
        none = f"Dividends of {symbol} are not known: it has no total return."
        return None if is_index(symbol) else none
    if start == history.first_session:
        return None
    since = f"{start:%Y-%m-%d}"
    return f"Dividends of {symbol} are known from {since} on: its total return begins there."


def uncounted_dividends_text(history: PriceHistory) -> str | None:
    """Return which unknown dividends a total return counts as none; None where there are none."""
    blank = history.uncounted_dividends
    if blank.empty:
        return None
    when = f"{blank[0]:%Y-%m-%d}"
    if len(blank) > 1:
        when = f"{len(blank):,} sessions from {when} to {blank[-1]:%Y-%m-%d}"
    return (
        f"Dividends of {history.symbol} are not known on {when} and count as none: its total "
        "return is too low there if any was paid."
    )


def note_text(note: Note) -> str:
    """Return the sentence of a note on the bars of a history."""
    match note:
        case DeferredAction():
            return _deferred_action_text(note)
        case CapitalGain():
            counted_as = "part of that day's dividend" if note.in_dividend else "a dividend"
            gain = f"A capital gain of {note.amount:g} on {note.session:%Y-%m-%d}"
            return f"{gain} is counted as {counted_as}."
        case NoAdjustedCloses():
            return (
                f"{note.source} gave no adjusted closes, so that there is nothing to compare with."
            )
        case RowsWithoutPrice():
            rows = counted(len(note.sessions), "row")
            return f"{rows} without a price left out (the first: {min(note.sessions):%Y-%m-%d})."
        case ClosedDayRows():
            rows, first = counted(len(note.days), "row"), f"{min(note.days):%Y-%m-%d}"
            return f"{rows} on days on which the NYSE was closed left out (the first: {first})."
        case BlankedValues():
            return _blanked_values_text(note)
        case UnavailableSessions():
            return _unavailable_sessions_text(note)
        case UnreadColumns():
            return f"Columns not read: {', '.join(note.names)}."
        case DateOrderDecided():
            first, second = ("day", "month") if note.is_day_first else ("month", "day")
            return (
                f"The dates are read with the {first} before the {second}: the other order would "
                "give no daily bars of the NYSE."
            )
        case AsTraded():
            sessions = " and ".join(f"{session:%Y-%m-%d}" for session in note.sessions)
            return (
                "The prices of the file are as traded: prices and dividends before the split of "
                f"{sessions} are divided by it."
            )
        case SplitsUnknown():
            return (
                f"The prices of {note.vendor}'s files are as traded, and no split is listed: one "
                "between the first session and the last would look like a fall."
            )
        case DividendsAddedBack():
            return (
                "The prices of the file are adjusted for dividends; those that it lists were added "
                "back. If others were paid after its last session, all levels are too low by them."
            )
        case NoDividends() if note.vendor:
            return f"{note.vendor}'s files have no dividends: there is no total return."
        case NoDividends():
            return (
                "The file has neither dividends nor adjusted closes, as Stooq's have not: its "
                "prices may be adjusted for dividends already."
            )
        case SimulatedBetween():
            return (
                f"Simulated: the closes of {note.published} sessions are the published ones, "
                "everything between them is made up."
            )
        case TextNote():
            return note.text
    raise TypeError(f"there is no sentence for {note!r}")


def _unavailable_sessions_text(note: UnavailableSessions) -> str:
    sessions, first = counted(len(note.sessions), "session"), f"{note.sessions[0]:%Y-%m-%d}"
    return f"The source lacked {sessions} when asked once more (the first: {first})."


def _blanked_values_text(note: BlankedValues) -> str:
    sessions = counted(len(note.sessions), "session")
    first = f"{raw_value(note.source_values[0])} on {note.sessions[0]:%Y-%m-%d}"
    return (
        f"The {column_name(note.column)} of {sessions} cannot be right and is left blank "
        f"(the first: {first})."
    )


def column_name(column: str) -> str:
    """Return a column of bars in a reader's words."""
    return "adjusted close" if column == "adj_close" else column


def raw_value(value: float | None) -> str:
    """Return a value that a source gave and that no bar can have."""
    if value is None:
        return "none"
    if math.isinf(value):
        return "infinite"
    return f"{value:,g}".replace("-", MINUS)


def _deferred_action_text(note: DeferredAction) -> str:
    actions = [f"dividend of {note.dividend:g}"] if note.dividend > 0 else []
    actions += [f"split of {note.split:g}"] if note.split > 0 else []
    return (
        f"{note.source} has no prices of {note.session:%Y-%m-%d}; its {' and '.join(actions)} "
        f"is counted on {note.counted_on:%Y-%m-%d}."
    )
