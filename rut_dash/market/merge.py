"""How new bars are joined with stored ones: pure functions, which take or refuse a history whole.

Raw prices change in two ways only: a bar is added, or the past is restated (a split, a
correction). A dividend restates the adjusted closes, which are stored for comparison. So an
update fetches the sessions since `overlap_start`, and is joined only where every bar that both
have is the same; otherwise the whole history is fetched and replaces the stored one. Nothing is
ever filled, and no stored bar is lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from rut_dash.errors import BarsPlace, Defect, Remedy, SchemaError, SourceBars
from rut_dash.market import calendar
from rut_dash.market.actions import add_deferred_actions, remove_deferred_actions
from rut_dash.market.history import LaterSource, PriceHistory, Provenance
from rut_dash.market.notes import (
    BlankedValues,
    ClosedDayRows,
    DeferredAction,
    Note,
    UnavailableSessions,
)

_RANGE: Final = ("open", "high", "low")
# A source may have a session some days late.
_LATE_BARS: Final = timedelta(days=3)
# How many stored sessions an update asks for again.
OVERLAP: Final = 30
# Raw closes and actions are the same within this, relative.
TOLERANCE: Final = 1e-6
# Adjusted closes come rounded differently from call to call; a dividend moves them by more.
_ADJUSTED_TOLERANCE: Final = 1e-4
# A file of another vendor agrees where it rounds to the cent.
_CENT_TOLERANCE: Final = 0.0051
# A restated history may differ from the stored one by its new splits, and by this.
_SCALE_TOLERANCE: Final = 0.05
# Dividends, as parts of a close, that differ by less are the same as rounded.
_DIVIDEND_TOLERANCE: Final = 1e-4


def overlap_start(stored: PriceHistory) -> date | None:
    """Return the session from which an update asks; None where everything is asked for.

    Adjusted closes alone, closes without highs and lows, and blank dividends cannot be
    continued: a source that has more gives the whole history.
    """
    if not stored.has_ohlc or stored.has_unknown_actions:
        return None
    return stored.sessions[-min(OVERLAP + 1, len(stored.sessions))].date()


def continue_history(stored: PriceHistory, fresh: PriceHistory) -> PriceHistory | None:
    """Return stored bars continued by the answer to an update.

    For a session that both have, the answer's bar is taken: its volume may be the final one. A
    session that only the store has stays, and so does a provisional last bar until the answer
    has it or a later one.

    Returns
    -------
    PriceHistory or None
        None where the answer restates the past, has a new dividend or split, or has no final
        session in common: then the whole history is to be fetched.
    """
    old, new = remove_deferred_actions(stored), remove_deferred_actions(fresh)
    final = _final_bars(stored, old)
    common = final.index.intersection(new.index)
    new = _with_stored_values(new, final.loc[common])
    if common.empty or not _has_same_values(final.loc[common], new.loc[common]):
        return None
    added = new.loc[~new.index.isin(final.index)]
    if (added["dividend"] > 0).any() or _splits(added).any():
        return None
    if not _has_same_deferred(stored, final, fresh):
        return None
    only_stored = old.loc[~old.index.isin(new.index)]
    if stored.provenance.provisional and new.index[-1] > old.index[-1]:
        only_stored = only_stored.loc[only_stored.index.isin(final.index)]
    bars = pd.concat([only_stored, new]).sort_index()
    provisional = (
        fresh.provenance.provisional
        if bars.index[-1] == new.index[-1]
        else stored.provenance.provisional
    )
    provenance = replace(
        fresh.provenance,
        source=stored.provenance.source,
        file_format=stored.provenance.file_format,
        later_sources=_later_sources(stored, fresh, added),
        provisional=provisional,
        notes=_joined_notes(
            bars,
            _notes_of_others(stored, only_stored.index, fresh.first_session.date()),
            _other_notes(fresh),
        ),
    )
    actions = (*stored.provenance.deferred_actions, *fresh.provenance.deferred_actions)
    deferred = {action.session: action for action in actions}
    return _with_actions(stored.symbol, bars, provenance, deferred.values())


def replace_history(stored: PriceHistory | None, fresh: PriceHistory) -> PriceHistory:
    """Return a whole new history, which replaces the stored one.

    Sessions that only the store has stay where the two agree on all others; their adjusted
    closes, which belong to another adjustment, become blank.

    Raises
    ------
    SchemaError
        If the answer is scaled by what no new split explains, or lacks stored sessions
        (begins later, ends earlier, has gaps) and restates others.
    """
    if stored is None:
        return fresh
    where = SourceBars(fresh.symbol, fresh.provenance.source)
    final = _final_bars(stored, remove_deferred_actions(stored))
    new = remove_deferred_actions(fresh)
    only_stored = final.loc[~final.index.isin(new.index)]
    common = final.index.intersection(new.index)
    comparable = stored.has_price and fresh.has_price and not common.empty
    if comparable:
        final = _rescaled(final, _refuse_scaled(where, stored, final, fresh))
        only_stored = final.loc[only_stored.index]
        _refuse_dividends(where, final, new, common)
        new = _with_stored_values(new, final.loc[common])
    deferred = fresh.provenance.deferred_actions
    if only_stored.empty:
        provenance = replace(fresh.provenance, notes=_joined_notes(new, _other_notes(fresh)))
        whole = _with_actions(fresh.symbol, new, provenance, deferred)
        return _with_provisional(stored, fresh if has_same_content(whole, fresh) else whole)
    agree = comparable and _has_same_prices(final.loc[common], new.loc[common])
    if not agree:
        lacking = _dates(only_stored.index)
        raise SchemaError(where, Defect.RESTATED_AND_SHORTER, session=lacking[0], lacking=lacking)
    bars = pd.concat([only_stored.assign(adj_close=np.nan), new]).sort_index()
    provisional = fresh.provenance.provisional and bars.index[-1] == fresh.last_session
    blanked = [n for n in _notes_of_others(stored, only_stored.index) if _is_row_note(n)]
    notes = _joined_notes(bars, blanked, _other_notes(fresh))
    provenance = replace(fresh.provenance, provisional=provisional, notes=notes)
    return _with_provisional(stored, _with_actions(fresh.symbol, bars, provenance, deferred))


def merge_import(stored: PriceHistory | None, imported: PriceHistory) -> PriceHistory:
    """Return the stored bars joined with those of a file; no stored bar is lost.

    A file that has every stored session, and no less of any, replaces what is stored. Otherwise
    its further sessions are added where the closes of the common ones agree.

    Raises
    ------
    SchemaError
        If the file has fewer sessions or less about them, and disagrees.
    """
    if stored is None:
        return imported
    where = imported.provenance.source
    own = remove_deferred_actions(stored)
    final = _final_bars(stored, own)
    lacking = _dates(stored.sessions[~stored.sessions.isin(imported.sessions)])
    if not lacking and not _is_poorer(imported, stored):
        if stored.has_price and imported.has_price and not final.empty:
            _refuse_scaled(where, stored, final, imported, Remedy.CHANGE_STORE)
        return imported
    _refuse_unlike(where, stored, final, imported, lacking)
    provisional = stored.provenance.provisional and stored.last_session not in imported.sessions
    base = own if provisional else final
    added = imported.bars.loc[~imported.sessions.isin(base.index)].assign(adj_close=np.nan)
    bars = pd.concat([base, added]).sort_index()
    provenance = replace(
        stored.provenance,
        later_sources=_later_sources(stored, imported, added),
        provisional=provisional and base.index[-1] > imported.last_session,
        notes=_joined_notes(bars, _other_notes(stored), imported.provenance.notes),
    )
    return _with_actions(stored.symbol, bars, provenance, stored.provenance.deferred_actions)


def with_unavailable_sessions(
    stored: PriceHistory | None, fetched: PriceHistory, since: date, now: datetime
) -> PriceHistory:
    """Return fetched bars with a note on the sessions that the source lacked once more.

    Parameters
    ----------
    stored
        The bars before; None where there were none.
    fetched
        Those joined with the source's answer.
    since
        The first session that the source was asked for.
    now
        When it was asked: sessions of the days before may still come.
    """
    if stored is None:
        return fetched
    before, missing = (
        set(_dates(calendar.missing_sessions(history.sessions))) for history in (stored, fetched)
    )
    latest = (now - _LATE_BARS).date()
    noted = {session for note in _unavailable(stored) for session in note.sessions}
    confirmed = {session for session in before if since <= session <= latest}
    sessions = tuple(sorted(missing & (confirmed | noted)))
    notes = tuple(n for n in fetched.provenance.notes if not isinstance(n, UnavailableSessions))
    if sessions:
        notes = (*notes, UnavailableSessions(sessions))
    provenance = replace(fetched.provenance, notes=notes)
    return PriceHistory(fetched.symbol, fetched.bars, provenance)


def _unavailable(history: PriceHistory) -> list[UnavailableSessions]:
    return [note for note in history.provenance.notes if isinstance(note, UnavailableSessions)]


def has_same_bars(first: PriceHistory, second: PriceHistory) -> bool:
    """Return True if two histories have the same sessions and the same values."""
    return first.sessions.equals(second.sessions) and first.bars.equals(second.bars)


def has_same_content(first: PriceHistory, second: PriceHistory) -> bool:
    """Return True if storing one in the place of the other would change nothing but a time."""
    provenances = [
        replace(history.provenance, fetched_at=None, stale_because=None)
        for history in (first, second)
    ]
    return provenances[0] == provenances[1] and has_same_bars(first, second)


# ---------------------------------------------------------------------------------------


def _final_bars(stored: PriceHistory, bars: pd.DataFrame) -> pd.DataFrame:
    """Return a history's bars without a provisional last one, which may change or go."""
    return bars.iloc[:-1] if stored.provenance.provisional else bars


def _with_actions(
    symbol: str, bars: pd.DataFrame, provenance: Provenance, actions: Iterable[DeferredAction]
) -> PriceHistory:
    """Return a history in which actions of missing sessions are counted on the bars after them.

    An action whose session has a bar by now is counted on that.
    """
    deferred, own = [], []
    for action in actions:
        session = pd.Timestamp(action.session)
        later = bars.index[bars.index > session]
        if session in bars.index:
            if not bars.loc[session, ["dividend", "split"]].any():
                own.append(replace(action, counted_on=action.session))
        elif not later.empty:
            deferred.append(replace(action, counted_on=later[0].date()))
    bars = add_deferred_actions(bars, own) if own else bars
    provenance = replace(provenance, notes=(*provenance.notes, *deferred))
    return PriceHistory(
        symbol, add_deferred_actions(bars, deferred) if deferred else bars, provenance
    )


def _other_notes(history: PriceHistory) -> tuple[Note, ...]:
    """Return the notes of a history without its deferred actions."""
    notes = history.provenance.notes
    return tuple(note for note in notes if not isinstance(note, DeferredAction))


def _is_row_note(note: Note) -> bool:
    """Return True if a note is about rows or values that a source had wrong."""
    return isinstance(note, BlankedValues | ClosedDayRows)


def _notes_of_others(
    stored: PriceHistory, sessions: pd.Index, before: date = date.min
) -> Iterator[Note]:
    """Yield the notes of a stored history, those on rows for some sessions alone.

    Rows on closed days have no session: those before a day are taken.
    """
    days = set(_dates(sessions))
    for note in _other_notes(stored):
        left: Note | None = note
        if isinstance(note, BlankedValues):
            left = note.on(days)
        elif isinstance(note, ClosedDayRows):
            left = note.until(before - timedelta(days=1)) if before > date.min else None
        if left is not None:
            yield left


def _joined_notes(bars: pd.DataFrame, *groups: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes without repetition: one a column on values that are still blank in the bars."""
    notes = [note for group in groups for note in group]
    joined = list(dict.fromkeys(note for note in notes if not _is_row_note(note)))
    closed = {day for note in notes if isinstance(note, ClosedDayRows) for day in note.days}
    if closed:
        joined.append(ClosedDayRows(tuple(sorted(closed))))
    blanked: dict[str, dict[date, float | None]] = {}
    for note in notes:
        if isinstance(note, BlankedValues):
            values = blanked.setdefault(note.column, {})
            values.update(zip(note.sessions, note.source_values, strict=True))
    for column, values in blanked.items():
        blank = set(_dates(bars.index[bars[column].isna()]))
        sessions = tuple(sorted(blank & values.keys()))
        if sessions:
            source_values = tuple(values[session] for session in sessions)
            joined.append(BlankedValues(column, sessions, source_values))
    return tuple(joined)


def _has_same_deferred(stored: PriceHistory, final: pd.DataFrame, fresh: PriceHistory) -> bool:
    """Return True if an update's actions of missing sessions are those that are stored.

    The store may have them on the bars of their own sessions.
    """
    stored_actions = {action.session: action for action in stored.provenance.deferred_actions}
    deferred = {action.session: action for action in fresh.provenance.deferred_actions}
    for session, action in deferred.items():
        if pd.Timestamp(session) in final.index:
            stored_amounts = final.loc[pd.Timestamp(session), ["dividend", "split"]].to_numpy(
                dtype="float64"
            )
        elif session in stored_actions:
            stored_amounts = np.array(
                [stored_actions[session].dividend, stored_actions[session].split]
            )
        else:
            return False
        fresh_amounts = [action.dividend, action.split]
        if not np.allclose(stored_amounts, fresh_amounts, rtol=TOLERANCE, atol=1e-9):
            return False
    since = fresh.first_session.date()
    return all(session in deferred or session < since for session in stored_actions)


def _refuse_unlike(
    where: BarsPlace,
    stored: PriceHistory,
    final: pd.DataFrame,
    imported: PriceHistory,
    lacking: tuple[date, ...],
) -> None:
    """Refuse a shorter or poorer file whose closes are not those that are stored."""
    values: dict[str, Any] = {"symbol": stored.symbol, **({"lacking": lacking} if lacking else {})}
    common = final.index.intersection(imported.sessions)
    if common.empty or not (stored.has_price and imported.has_price):
        defect = Defect.SHORTER_NOT_COMPARABLE if lacking else Defect.POORER_NOT_COMPARABLE
        first, last = stored.first_session.date(), stored.last_session.date()
        raise SchemaError(where, defect, first=first, last=last, **values)
    stored_closes, file_closes = final.loc[common, "close"], imported.bars.loc[common, "close"]
    different = (stored_closes - file_closes).abs() > np.maximum(
        _CENT_TOLERANCE, stored_closes * TOLERANCE
    )
    if different.any():
        row = int(different.to_numpy().argmax())
        raise SchemaError(
            where,
            Defect.SHORTER_AND_DIFFERENT if lacking else Defect.POORER_AND_DIFFERENT,
            session=common[row].date(),
            close=float(file_closes.iloc[row]),
            stored=float(stored_closes.iloc[row]),
            **values,
        )


def _with_stored_values(new: pd.DataFrame, final: pd.DataFrame) -> pd.DataFrame:
    """Return new bars with stored values where they have none and all their prices are the same."""
    fresh = new.loc[final.index]
    is_same = np.isclose(fresh["close"], final["close"], rtol=TOLERANCE, atol=0.0)
    lacking = {"volume": ~(fresh["volume"] > 0) & (final["volume"] > 0) & is_same}
    is_unlike = np.zeros(len(final), dtype=bool)
    for name in _RANGE:
        is_unlike |= (fresh[name] - final[name]).abs() > TOLERANCE * final[name]
    for name in _RANGE:
        lacking[name] = fresh[name].isna() & final[name].notna() & is_same & ~is_unlike
    if not any(rows.any() for rows in lacking.values()):
        return new
    new = new.copy()
    for name, rows in lacking.items():
        sessions = final.index[rows]
        new.loc[sessions, name] = final.loc[sessions, name]
    return new


def _with_provisional(stored: PriceHistory, fresh: PriceHistory) -> PriceHistory:
    """Keep a stored provisional bar that is newer than the answer: it is the best there is."""
    if not stored.provenance.provisional or fresh.last_session >= stored.last_session:
        return fresh
    common = stored.sessions.intersection(fresh.sessions)
    if common.empty or not _has_same_prices(stored.bars.loc[common], fresh.bars.loc[common]):
        return fresh
    bars = pd.concat([fresh.bars, stored.bars.iloc[[-1]].assign(adj_close=np.nan)])
    return PriceHistory(fresh.symbol, bars, replace(fresh.provenance, provisional=True))


def _splits(bars: pd.DataFrame) -> pd.Series:
    """Return the splits of bars; a ratio of 1, as some write it, and a blank one are none."""
    return bars["split"].where(bars["split"] != 1.0, 0.0).fillna(0.0)


def _has_same_prices(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Return True if raw closes and actions are the same on one index; a blank action is none."""
    dividends, later_dividends = (bars["dividend"].fillna(0.0) for bars in (old, new))
    return bool(
        np.allclose(old["close"], new["close"], rtol=TOLERANCE, atol=0.0)
        and np.allclose(dividends, later_dividends, rtol=TOLERANCE, atol=1e-9)
        and np.allclose(_splits(old), _splits(new), rtol=TOLERANCE, atol=1e-9)
    )


def _has_same_values(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Return True if prices, actions and adjusted closes are the same on one index."""
    columns = {"open": TOLERANCE, "high": TOLERANCE, "low": TOLERANCE}
    return _has_same_prices(old, new) and all(
        np.allclose(old[name], new[name], rtol=within, atol=0.0, equal_nan=True)
        for name, within in {**columns, "adj_close": _ADJUSTED_TOLERANCE}.items()
    )


def _refuse_scaled(
    where: BarsPlace,
    stored: PriceHistory,
    final: pd.DataFrame,
    fresh: PriceHistory,
    remedy: Remedy | None = None,
) -> float:
    """Refuse closes that are all a multiple of the stored ones, but for new splits.

    A split after the last stored session must show in the closes. For an earlier one there are
    two possibilities: the stored closes had it already, and it was listed late or for another
    day; or they did not have it yet. Both ratios are accepted.

    Returns
    -------
    float
        What the stored closes are divided by to be on the scale of the new ones.
    """
    new = remove_deferred_actions(fresh)
    common = final.index.intersection(new.index)
    stored_splits = _listed_splits(final, stored)
    unknown = {
        day: ratio
        for day, ratio in _listed_splits(new, fresh).items()
        if not np.isclose(stored_splits.get(day, 0.0), ratio, rtol=TOLERANCE, atol=0.0)
    }
    after_stored = math.prod(
        ratio for session, ratio in unknown.items() if session > final.index[-1]
    )
    of_all = math.prod(unknown.values())
    ratio = float(np.median(new.loc[common, "close"] / final.loc[common, "close"]))
    divisors = {after_stored, of_all}
    if stored.has_unknown_actions:
        divisors.add(1.0)  # the splits of its file were blank: these are not new ones
    nearest = min(divisors, key=lambda divisor: abs(ratio * divisor - 1.0))
    if abs(ratio * nearest - 1.0) > _SCALE_TOLERANCE:
        if of_all == 1.0:
            raise SchemaError(where, Defect.SCALED, remedy_override=remedy, ratio=ratio)
        raise SchemaError(
            where,
            Defect.SCALED_BEYOND_SPLITS,
            remedy_override=remedy,
            ratio=ratio,
            explained=1 / of_all,
        )
    return nearest


def _rescaled(bars: pd.DataFrame, divisor: float) -> pd.DataFrame:
    """Return bars of before a split on the scale of after it."""
    if divisor == 1.0:
        return bars
    prices = ["open", "high", "low", "close", "adj_close", "dividend"]
    divided = {name: bars[name] / divisor for name in prices}
    return bars.assign(**divided, volume=bars["volume"] * divisor)


def _listed_splits(bars: pd.DataFrame, history: PriceHistory) -> dict[pd.Timestamp, float]:
    """Return the splits of bars, and those of sessions that have none, by their own day."""
    splits = _splits(bars)
    listed = {pd.Timestamp(str(day)): float(ratio) for day, ratio in splits[splits > 0].items()}
    deferred = history.provenance.deferred_actions
    listed.update(
        (pd.Timestamp(action.session), action.split) for action in deferred if action.split > 0
    )
    return listed


def _refuse_dividends(
    where: SourceBars, final: pd.DataFrame, new: pd.DataFrame, common: pd.Index
) -> None:
    """Refuse a stored dividend's change or loss that the answer's adjusted closes deny.

    An answer may come without its dividends, or with amounts a hundred times too large: its
    adjusted closes then still imply the true ones.
    """
    stored_yield = (final["dividend"] / final["close"].shift(1)).loc[common].fillna(0.0)
    fresh_yield = (new["dividend"] / new["close"].shift(1)).loc[common].fillna(0.0)
    factor = new["adj_close"] / new["close"]
    implied = (1.0 - factor.shift(1) / factor).loc[common]
    changed = (stored_yield - fresh_yield).abs() > _DIVIDEND_TOLERANCE
    confirmed = (implied - fresh_yield).abs() <= (implied - stored_yield).abs()
    denied = changed & np.where(implied.notna(), ~confirmed, stored_yield > 0)
    if denied.any():
        row = int(denied.to_numpy().argmax())
        raise SchemaError(
            where,
            Defect.DIVIDEND_DENIED,
            session=common[row].date(),
            dividend=float(new.loc[common, "dividend"].to_numpy()[row]),
            stored=float(final.loc[common, "dividend"].to_numpy()[row]),
        )


def _is_poorer(imported: PriceHistory, stored: PriceHistory) -> bool:
    """Return True if bars have less of a session than the stored ones."""
    return (
        (stored.has_price and not imported.has_price)
        or (stored.has_ohlc and not imported.has_ohlc)
        or (not stored.has_unknown_actions and imported.has_unknown_actions)
    )


def _later_sources(
    stored: PriceHistory, fresh: PriceHistory, added: pd.DataFrame
) -> tuple[LaterSource, ...]:
    """Return the later sources of a stored history that bars of another one were added to."""
    sources = stored.provenance.later_sources
    newest = sources[-1].name if sources else stored.provenance.source
    name = fresh.provenance.source
    if added.empty or name == newest:
        return sources
    return (*sources, LaterSource(name, added.index[0].date()))


def _dates(days: pd.Index) -> tuple[date, ...]:
    return tuple(day.date() for day in pd.DatetimeIndex(days))
