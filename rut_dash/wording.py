"""The one module that turns values into text: numbers, dates, problems and notes.

A text is formatted from the computed value, so that the two cannot disagree, and a value
that rounds to zero has no sign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date
from typing import Final

import pandas as pd

from rut_dash.errors.base_error import capitalise as capitalise
from rut_dash.errors.base_error import counted as counted
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

MISSING: Final = "–"
# A sign that a screen reader says and that is as wide as the plus.
_MINUS: Final = "\N{MINUS SIGN}"


def _signed(value: float, digits: int, *, sign: bool) -> str:
    rounded = round(value, digits)
    text = f"{abs(rounded):,.{digits}f}"
    if rounded < 0:
        return f"{_MINUS}{text}"
    return f"+{text}" if sign and rounded > 0 else text


def percent(value: float | None, digits: int = 1, *, sign: bool = True) -> str:
    """Return a fraction as percent, ``+3.4%``; `MISSING` where it is NaN or None."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{_signed(value * 100, digits, sign=sign)}%"


def points(value: float | None, digits: int = 1, *, sign: bool = True) -> str:
    """Return a difference of two fractions in percentage points, ``+1.5 pp``."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{_signed(value * 100, digits, sign=sign)} pp"


def is_zero(value: float) -> bool:
    """Return True if a return is zero: of equal closes, as exactly as they are multiplied."""
    return abs(value) < 1e-12


def magnitude(value: float, digits: int = 1, unit: str = "%") -> str:
    """Return how large a fraction is, in percent and without its sign: zero for zero alone."""
    if not is_zero(value) and round(value * 100, digits) == 0:
        return f"less than {10.0**-digits:.{digits}f}{unit}"
    return f"{number(abs(value) * 100, digits)}{unit}"


def share(value: float, digits: int = 1) -> str:
    """Return a share of a whole as percent that says all or none only where that is so."""
    if value < 1 and round(value * 100, digits) == 100:
        return f"more than {100 - 10.0**-digits:.{digits}f}%"
    return magnitude(value, digits)


def rank_text(percentile: float, count: int, sessions: str) -> str:
    """Return where a last value is among all values to date, a predicate.

    Parameters
    ----------
    percentile
        Share (a fraction) of the values that are at or below the last one, itself among them.
    count
        The number of values.
    sessions
        In words, what they are of: ``the 400 sessions since 2024-01-02``.
    """
    if percentile == 1:
        return f"the highest of {sessions}"
    if round(percentile * count) == 1:
        return f"the lowest of {sessions}"
    if percentile < 0.5:
        return f"lower than on {share(1 - percentile)} of {sessions}"
    return f"at or above its level on {share(percentile)} of {sessions}"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with thousands separators; `MISSING` where it is NaN or None."""
    if value is None or math.isnan(value):
        return MISSING
    return _signed(value, digits, sign=False)


def formatted(value: float, spec: str) -> str:
    """Return a number by a format that Python and d3 share, with a true minus and no minus zero."""
    text = format(value, spec)
    if not text.strip("-+0.,%"):
        text = text.lstrip("-+")
    return text.replace("-", _MINUS)


def compact(value: float, largest: float | None = None) -> str:
    """Return a count in thousands, millions or billions: ``74.1M``, ``1.0B``.

    Parameters
    ----------
    largest
        The number that decides the unit, on an axis of several; the value itself where None.
    """
    if math.isnan(value):
        return MISSING
    if value == 0:
        return "0"
    sizes = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
    deciding = abs(value if largest is None else largest)
    # What rounds to a thousand of a unit is one of the next.
    unit, letter = next(((u, c) for u, c in sizes if deciding >= 0.99995 * u), (1.0, ""))
    return f"{number(value / unit, 1 if letter else 0)}{letter}"


def day(value: date | None) -> str:
    """Return a date as ``2025-05-12``, as tables and files have it; `MISSING` for none."""
    if value is None or pd.isna(value):
        return MISSING
    return f"{value:%Y-%m-%d}"


def basis_text(basis: Basis) -> str:
    """Return a basis in a reader's words."""
    return "price" if basis is Basis.PRICE else "total return"


def close_name(basis: Basis) -> str:
    """Return the name of a close on a basis; one of total return is lowered by later dividends."""
    return "close" if basis is Basis.PRICE else "adjusted close"


def level_name(name: str, basis: Basis) -> str:
    """Return the name of a level in the unit of the closes: a price, an average, a ratio."""
    return name if basis is Basis.PRICE else f"{name}, adjusted"


def extent_text(until: date | None, *, is_selection: bool) -> str:
    """Return up to when a catalogue has the events of a kind, a clause."""
    if until is None:
        return "with no promise of completeness"
    return f"{'listed' if is_selection else 'complete'} up to {day(until)}"


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
    return f"{value:,g}".replace("-", _MINUS)


def _deferred_action_text(note: DeferredAction) -> str:
    actions = [f"dividend of {note.dividend:g}"] if note.dividend > 0 else []
    actions += [f"split of {note.split:g}"] if note.split > 0 else []
    return (
        f"{note.source} has no prices of {note.session:%Y-%m-%d}; its {' and '.join(actions)} "
        f"is counted on {note.counted_on:%Y-%m-%d}."
    )
