"""How new bars join stored ones: pure functions, which keep or refuse a history whole.

Yahoo's raw prices change in two ways only: a bar is added, or the past is restated (a split,
a correction). A dividend restates the adjusted closes that are kept for comparison. So an
update asks for the sessions since `overlap_start`, and joins what it gets only where every
bar that both have is the same; otherwise the whole history is asked for and takes the place
of the stored one. Nothing is ever filled, and no stored bar is lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import PurePath
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.errors import SchemaError
from rut_dash.market import calendar
from rut_dash.market.actions import DeferredAction, add_deferred_actions, remove_deferred_actions
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.validation import validate_bars

__all__ = [
    "check",
    "extended",
    "has_same_bars",
    "has_same_content",
    "merged_import",
    "overlap_start",
    "replaced",
]

# How many stored sessions an update asks for again.
OVERLAP: Final = 30
# Raw closes and actions are the same within this, relative.
AGREEMENT: Final = 1e-6
# Adjusted closes come rounded differently from call to call; a dividend moves them by more.
_ADJUSTED_AGREEMENT: Final = 1e-4
# A file of another vendor agrees where it rounds to the cent.
_CENT: Final = 0.0051
# A restated history may differ from the stored one by its new splits, and by this.
_RESTATEMENT: Final = 0.05
# Dividends, as parts of a close, that differ by less are the same as rounded.
_PAYMENT: Final = 1e-4
_NAMED: Final = 5
_TAKE_OUT: Final = "The stored bars are kept; remove them from the store to take the file's instead"
_WRONG_ONES: Final = (
    "The stored bars are kept, and it is asked again later; if those are the wrong ones, "
    "remove their file from the store"
)


def overlap_start(stored: PriceHistory) -> date | None:
    """Return the session from which an update asks; None where everything is asked for.

    Adjusted closes alone, closes without highs and lows, and blank dividends cannot be
    continued: a source that has more gives the whole history.
    """
    if not stored.has_ohlc or stored.provenance.incomplete_from is not None:
        return None
    return stored.sessions[-min(OVERLAP + 1, len(stored.sessions))].date()


def extended(stored: PriceHistory, fresh: PriceHistory) -> PriceHistory | None:
    """Return stored bars continued by the answer to an update.

    Of the sessions that both have the answer's bars are taken, whose volume may have
    settled. A session that only the store has is kept, and so is a provisional last bar until
    the answer has it or a later one.

    Returns
    -------
    PriceHistory or None
        None where the answer restates the past, has a new dividend or split, or has no
        settled session in common: then the whole history is to be fetched.
    """
    old, new = remove_deferred_actions(stored), remove_deferred_actions(fresh)
    settled = _settled(stored, old)
    common = settled.index.intersection(new.index)
    if common.empty or not _same(settled.loc[common], new.loc[common]):
        return None
    added = new.loc[~new.index.isin(settled.index)]
    if (added["dividend"] > 0).any() or _splits(added).any():
        return None
    if not _same_carried(stored, settled, fresh):
        return None
    only_stored = old.loc[~old.index.isin(new.index)]
    if stored.provenance.provisional and new.index[-1] > old.index[-1]:
        only_stored = only_stored.loc[only_stored.index.isin(settled.index)]
    bars = pd.concat([only_stored, _with_volumes(new, settled.loc[common])]).sort_index()
    provisional = (
        fresh.provenance.provisional
        if bars.index[-1] == new.index[-1]
        else stored.provenance.provisional
    )
    provenance = replace(
        fresh.provenance,
        source=_sources(stored, fresh, added),
        provisional=provisional,
        notes=tuple(dict.fromkeys((*_other_notes(stored), *_other_notes(fresh)))),
    )
    told = {one.day: one for one in (*stored.provenance.carried, *fresh.provenance.carried)}
    return _joined(stored.symbol, bars, provenance, told.values())


def replaced(stored: PriceHistory | None, fresh: PriceHistory) -> PriceHistory:
    """Return a whole new history, which takes the place of the stored one.

    Sessions that only the store has are kept where the two agree on all others; their
    adjusted closes, which belong to another adjustment, are left blank.

    Raises
    ------
    SchemaError
        If the answer is scaled by what no new split explains, or lacks stored sessions
        (begins later, ends earlier, has gaps) and restates others.
    """
    if stored is None:
        return fresh
    where = f"{fresh.symbol} from {fresh.provenance.source}"
    settled, new = _settled(stored, remove_deferred_actions(stored)), remove_deferred_actions(fresh)
    lost = settled.loc[~settled.index.isin(new.index)]
    common = settled.index.intersection(new.index)
    comparable = stored.has_price and fresh.has_price and not common.empty
    if comparable:
        settled = _rescaled(settled, _refuse_scaled(where, stored, settled, fresh))
        lost = settled.loc[lost.index]
        _refuse_payments(where, settled, new, common)
        new = _with_volumes(new, settled.loc[common])
    if lost.empty:
        provenance = replace(fresh.provenance, notes=_other_notes(fresh))
        whole = _joined(fresh.symbol, new, provenance, fresh.provenance.carried)
        return _with_provisional(stored, fresh if has_same_content(whole, fresh) else whole)
    agree = comparable and _same_prices(settled.loc[common], new.loc[common])
    if not agree:
        raise SchemaError(
            where,
            f"the new bars lack stored ones ({_counted(lost.index)}) and restate others",
            "The stored bars are kept, and it is asked again later",
            session=lost.index[0].date(),
        )
    kept = lost.assign(adj_close=np.nan)
    bars = pd.concat([kept, new]).sort_index()
    provisional = fresh.provenance.provisional and bars.index[-1] == fresh.last_session
    provenance = replace(fresh.provenance, provisional=provisional, notes=_other_notes(fresh))
    whole = _joined(fresh.symbol, bars, provenance, fresh.provenance.carried)
    return _with_provisional(stored, whole)


def merged_import(stored: PriceHistory | None, given: PriceHistory) -> PriceHistory:
    """Return what is to be stored of a file's bars; nothing that is stored is lost.

    A file that has every stored session, and is no poorer, takes the place of what is stored.
    Otherwise its further sessions are added where the closes of the common ones agree.

    Raises
    ------
    SchemaError
        If the file has fewer sessions or less about them, and disagrees.
    """
    if stored is None:
        return given
    where = given.provenance.source
    own = remove_deferred_actions(stored)
    settled = _settled(stored, own)
    lost = stored.bars.loc[~stored.sessions.isin(given.sessions)]
    if lost.empty and not _poorer(given, stored):
        if stored.has_price and given.has_price and not settled.empty:
            _refuse_scaled(where, stored, settled, given, _TAKE_OUT)
        return given
    if lost.empty:
        lacks = f"it knows less about the sessions of {stored.symbol} than is stored"
    else:
        lacks = f"it lacks {_counted(lost.index)} of the stored bars of {stored.symbol}"
    common = settled.index.intersection(given.sessions)
    if common.empty or not (stored.has_price and given.has_price):
        raise SchemaError(
            where,
            f"{lacks} ({_span(stored)}), and has no closes that could be compared with them",
            "The stored bars are kept; import a file that overlaps them",
        )
    ours, theirs = settled.loc[common, "close"], given.bars.loc[common, "close"]
    apart = (ours - theirs).abs() > np.maximum(_CENT, ours * AGREEMENT)
    if apart.any():
        day = common[int(apart.to_numpy().argmax())]
        raise SchemaError(
            where,
            f"{lacks}, and its closes disagree with them, first on {day:%Y-%m-%d} "
            f"({theirs[day]:g}, where {ours[day]:g} is stored)",
            _TAKE_OUT,
            session=day.date(),
        )
    provisional = stored.provenance.provisional and stored.last_session not in given.sessions
    base = own if provisional else settled
    added = given.bars.loc[~given.sessions.isin(base.index)].assign(adj_close=np.nan)
    starts = [stored.provenance.incomplete_from]
    blank = given.provenance.incomplete_from
    if blank is not None:
        starts += [day.date() for day in added.index if day >= pd.Timestamp(blank)][:1]
    provenance = replace(
        stored.provenance,
        source=_sources(stored, given, added),
        provisional=provisional and base.index[-1] > given.last_session,
        incomplete_from=min((start for start in starts if start is not None), default=None),
        notes=tuple(dict.fromkeys((*_other_notes(stored), *given.provenance.notes))),
    )
    bars = pd.concat([base, added]).sort_index()
    return _joined(stored.symbol, bars, provenance, stored.provenance.carried)


def check(
    history: PriceHistory,
    where: str | PurePath,
    *,
    today: date,
    move_limit: float | None = None,
) -> PriceHistory:
    """Return a history that may be stored: validated whole, on past sessions of the NYSE only.

    Parameters
    ----------
    history
        Bars from anywhere.
    where
        The file or the source, for the sentence.
    today
        The date in New York.
    move_limit
        Largest believable one-day move as a fraction; the instrument's own by default.

    Raises
    ------
    SchemaError
        With the first offending sessions.
    """
    bars, _ = validate_bars(history.bars, where, history.symbol, move_limit=move_limit)
    odd = calendar.non_sessions(history.sessions)
    if not odd.empty:
        raise SchemaError(
            where,
            f"there {'is a row' if len(odd) == 1 else f'are {len(odd):,} rows'} on "
            f"{_named(odd)}, when the NYSE was closed",
            "Only bars of NYSE sessions are stored",
            session=odd[0].date(),
        )
    if history.last_session > pd.Timestamp(today):
        raise SchemaError(
            where,
            f"there is a bar of {history.last_session:%Y-%m-%d}, which has not come yet",
            "Check the clock of this machine",
            session=history.last_session.date(),
        )
    return PriceHistory(history.symbol, bars, history.provenance)


def has_same_bars(one: PriceHistory, other: PriceHistory) -> bool:
    """Say whether two histories have the same sessions and the same values."""
    return one.sessions.equals(other.sessions) and one.bars.equals(other.bars)


def has_same_content(one: PriceHistory, other: PriceHistory) -> bool:
    """Say whether storing one in the place of the other would change anything but a time."""
    mine, theirs = (
        replace(history.provenance, fetched_at=None, stale_because=None) for history in (one, other)
    )
    return mine == theirs and has_same_bars(one, other)


# ---------------------------------------------------------------------------------------


def _settled(stored: PriceHistory, bars: pd.DataFrame) -> pd.DataFrame:
    """Return a history's bars without a provisional last one, which may change or go."""
    return bars.iloc[:-1] if stored.provenance.provisional else bars


def _joined(
    symbol: str, bars: pd.DataFrame, provenance: Provenance, told: Iterable[DeferredAction]
) -> PriceHistory:
    """Return a history whose actions of missing sessions stand on the bars after them.

    An action whose session has come, or was there all the time, stands on its own bar.
    """
    carried, own = [], []
    for one in told:
        day = pd.Timestamp(one.day)
        later = bars.index[bars.index > day]
        if day in bars.index:
            if not bars.loc[day, ["dividend", "split"]].any():
                own.append(replace(one, to=one.day))
        elif not later.empty:
            carried.append(replace(one, to=later[0].date()))
    bars = add_deferred_actions(bars, own) if own else bars
    notes = [one.sentence(provenance.source) for one in carried]
    provenance = replace(provenance, carried=tuple(carried), notes=(*provenance.notes, *notes))
    return PriceHistory(
        symbol, add_deferred_actions(bars, carried) if carried else bars, provenance
    )


def _other_notes(history: PriceHistory) -> tuple[str, ...]:
    """Return the notes of a history without those on what was carried."""
    source = history.provenance.source
    told = {one.sentence(source) for one in history.provenance.carried}
    return tuple(note for note in history.provenance.notes if note not in told)


def _same_carried(stored: PriceHistory, settled: pd.DataFrame, fresh: PriceHistory) -> bool:
    """Say whether an update's actions of missing sessions are those that are stored.

    They may stand on the bars of their own sessions, where the store has those.
    """
    known = {one.day: one for one in stored.provenance.carried}
    for one in fresh.provenance.carried:
        day = pd.Timestamp(one.day)
        if day in settled.index:
            mine = settled.loc[day, ["dividend", "split"]].to_numpy(dtype="float64")
        elif one.day in known:
            mine = np.array([known[one.day].dividend, known[one.day].split])
        else:
            return False
        if not np.allclose(mine, [one.dividend, one.split], rtol=AGREEMENT, atol=1e-9):
            return False
    told = {one.day for one in fresh.provenance.carried}
    since = fresh.first_session.date()
    return all(day in told or day < since for day in known)


def _with_volumes(new: pd.DataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    """Return new bars with stored volumes where they have none; closes must be the same."""
    theirs = new.loc[settled.index, ["close", "volume"]]
    lacking = ~(theirs["volume"] > 0) & (settled["volume"] > 0)
    lacking &= np.isclose(theirs["close"], settled["close"], rtol=AGREEMENT, atol=0.0)
    if not lacking.any():
        return new
    new = new.copy()
    days = settled.index[lacking]
    new.loc[days, "volume"] = settled.loc[days, "volume"]
    return new


def _with_provisional(stored: PriceHistory, fresh: PriceHistory) -> PriceHistory:
    """Keep a stored provisional bar that is newer than the answer: it is the best there is."""
    if not stored.provenance.provisional or fresh.last_session >= stored.last_session:
        return fresh
    common = stored.sessions.intersection(fresh.sessions)
    if common.empty or not _same_prices(stored.bars.loc[common], fresh.bars.loc[common]):
        return fresh
    bars = pd.concat([fresh.bars, stored.bars.iloc[[-1]].assign(adj_close=np.nan)])
    return PriceHistory(fresh.symbol, bars, replace(fresh.provenance, provisional=True))


def _splits(bars: pd.DataFrame) -> pd.Series:
    """Return the splits of bars; a ratio of 1, as some write it, is none."""
    return bars["split"].where(bars["split"] != 1.0, 0.0)


def _same_prices(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Say whether raw closes and actions are the same on one index."""
    return bool(
        np.allclose(old["close"], new["close"], rtol=AGREEMENT, atol=0.0)
        and np.allclose(old["dividend"], new["dividend"], rtol=AGREEMENT, atol=1e-9)
        and np.allclose(_splits(old), _splits(new), rtol=AGREEMENT, atol=1e-9)
    )


def _same(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Say whether prices, actions and adjusted closes are the same on one index."""
    columns = {"open": AGREEMENT, "high": AGREEMENT, "low": AGREEMENT}
    return _same_prices(old, new) and all(
        np.allclose(old[name], new[name], rtol=within, atol=0.0, equal_nan=True)
        for name, within in {**columns, "adj_close": _ADJUSTED_AGREEMENT}.items()
    )


def _refuse_scaled(
    where: str,
    stored: PriceHistory,
    settled: pd.DataFrame,
    fresh: PriceHistory,
    remedy: str = _WRONG_ONES,
) -> float:
    """Refuse closes that are all a multiple of the stored ones, but for new splits.

    A split since the last stored session must show in the closes. One before it may have been
    listed late, or for another day, when the stored closes had it already. Returns what the
    stored closes are divided by to be on the scale of the new ones.
    """
    new = remove_deferred_actions(fresh)
    common = settled.index.intersection(new.index)
    known = _listed_splits(settled, stored)
    unknown = {
        day: ratio
        for day, ratio in _listed_splits(new, fresh).items()
        if not np.isclose(known.get(day, 0.0), ratio, rtol=AGREEMENT, atol=0.0)
    }
    since = math.prod(ratio for day, ratio in unknown.items() if day > settled.index[-1])
    every = math.prod(unknown.values())
    ratio = float(np.median(new.loc[common, "close"] / settled.loc[common, "close"]))
    explained = {since, every}
    if stored.provenance.incomplete_from is not None:
        explained.add(1.0)  # the splits of its file were blank: these are not new ones
    nearest = min(explained, key=lambda by: abs(ratio * by - 1.0))
    if abs(ratio * nearest - 1.0) > _RESTATEMENT:
        by = f"new splits explain {1 / every:g}" if every != 1.0 else "no new split explains it"
        raise SchemaError(
            where, f"the closes are about {ratio:.4g} times the stored ones, and {by}", remedy
        )
    return nearest


def _rescaled(bars: pd.DataFrame, by: float) -> pd.DataFrame:
    """Return bars of before a split on the scale of after it."""
    if by == 1.0:
        return bars
    prices = ["open", "high", "low", "close", "adj_close", "dividend"]
    return bars.assign(**{name: bars[name] / by for name in prices}, volume=bars["volume"] * by)


def _listed_splits(bars: pd.DataFrame, history: PriceHistory) -> dict[pd.Timestamp, float]:
    """Return the splits of bars, and those of sessions that have none, by their own day."""
    splits = _splits(bars)
    listed = {pd.Timestamp(str(day)): float(r) for day, r in splits[splits > 0].items()}
    listed.update(
        (pd.Timestamp(one.day), one.split) for one in history.provenance.carried if one.split > 0
    )
    return listed


def _refuse_payments(
    where: str, settled: pd.DataFrame, new: pd.DataFrame, common: pd.Index
) -> None:
    """Refuse a stored dividend's change or loss that the answer's adjusted closes deny.

    An answer may come without its events, or with amounts that are a hundred times too large:
    its adjusted closes then still hold the true ones.
    """
    mine = (settled["dividend"] / settled["close"].shift(1)).loc[common].fillna(0.0)
    theirs = (new["dividend"] / new["close"].shift(1)).loc[common].fillna(0.0)
    factor = new["adj_close"] / new["close"]
    held = (1.0 - factor.shift(1) / factor).loc[common]
    changed = (mine - theirs).abs() > _PAYMENT
    borne_out = (held - theirs).abs() <= (held - mine).abs()
    denied = changed & np.where(held.notna(), ~borne_out, mine > 0)
    if denied.any():
        place = int(denied.to_numpy().argmax())
        day = common[place]
        told, kept = (bars.loc[common, "dividend"].to_numpy()[place] for bars in (new, settled))
        raise SchemaError(
            where,
            f"the dividend of {day:%Y-%m-%d} is {told:g}, where {kept:g} is stored, and its "
            "adjusted closes do not bear it out",
            _WRONG_ONES,
            session=day.date(),
        )


def _poorer(given: PriceHistory, stored: PriceHistory) -> bool:
    """Say whether bars tell less about a session than the stored ones."""
    return (
        (stored.has_price and not given.has_price)
        or (stored.has_ohlc and not given.has_ohlc)
        or (
            stored.provenance.incomplete_from is None
            and given.provenance.incomplete_from is not None
        )
    )


def _sources(stored: PriceHistory, fresh: PriceHistory, added: pd.DataFrame) -> str:
    """Name both sources of a joined history."""
    before, after = stored.provenance.source, fresh.provenance.source
    if added.empty or before == after or before.endswith(f" {after}"):
        return before
    return f"{before}, since {added.index[0]:%Y-%m-%d} {after}"


def _counted(days: pd.Index) -> str:
    more = f" and {len(days) - 1:,} more" if len(days) > 1 else ""
    return f"{days[0]:%Y-%m-%d}{more}"


def _named(days: pd.DatetimeIndex) -> str:
    """Name the first days of several."""
    named = ", ".join(f"{day:%Y-%m-%d}" for day in days[:_NAMED])
    return f"{named} and {len(days) - _NAMED:,} more days" if len(days) > _NAMED else named


def _span(history: PriceHistory) -> str:
    return f"{history.first_session:%Y-%m-%d} to {history.last_session:%Y-%m-%d}"
