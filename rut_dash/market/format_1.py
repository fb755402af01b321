"""The store's first format, which held sentences: read, never written.

A file of this format is written anew, typed, when its symbol is next fetched or imported. Until
then its sentences are read by the patterns with which the old version wrote them; they cannot
change any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from rut_dash.market.history import LaterSource
from rut_dash.market.notes import (
    CapitalGain,
    DeferredAction,
    NoAdjustedCloses,
    NoDividends,
    Note,
    TextNote,
)
from rut_dash.market.problems import Problem

_DAY: Final = r"(\d{4}-\d{2}-\d{2})"
_LATER: Final = re.compile(rf", since {_DAY} ")
_GAIN: Final = re.compile(
    rf"A capital gain of (\S+) on {_DAY} is counted as (a dividend|part of that day's dividend)\."
)
_NO_ADJUSTED: Final = re.compile(
    r"(.+) gave no adjusted closes, so that there is nothing to compare with\."
)
_NO_DIVIDENDS: Final = {
    "Nasdaq's files have no dividends: total return leaves them out.": NoDividends("Nasdaq"),
    "The file has neither dividends nor adjusted closes, as Stooq's have not: its prices may be "
    "adjusted for dividends already.": NoDividends(),
}
_RENAMED: Final = {
    "asked": "tried_source",
    "cooldown_until": "rate_limited_until",
    "wanted": "expected_session",
    "fruitless": "empty_polls",
}


def sources(text: str) -> tuple[str, tuple[LaterSource, ...]]:
    """Return the first source of ``A, since 2025-01-02 B``, and the later ones."""
    first, *rest = _LATER.split(text)
    later = zip(rest[::2], rest[1::2], strict=True)
    return first, tuple(LaterSource(name, date.fromisoformat(since)) for since, name in later)


def deferred_actions(rows: Iterable[Sequence[Any]], source: str) -> tuple[DeferredAction, ...]:
    """Return the dividends and splits of sessions that have no bar."""
    return tuple(
        DeferredAction(
            date.fromisoformat(session),
            date.fromisoformat(counted_on),
            float(dividend),
            float(split),
            source,
        )
        for session, counted_on, dividend, split in rows
    )


def notes(sentences: Iterable[str], deferred: Sequence[DeferredAction]) -> tuple[Note, ...]:
    """Return the notes of a file: its sentences, those on deferred actions by their values."""
    own = tuple(
        _note(sentence)
        for sentence in sentences
        if not any(_is_about(sentence, action) for action in deferred)
    )
    return (*own, *deferred)


def _is_about(sentence: str, action: DeferredAction) -> bool:
    """Return True if a sentence is the one that was written for a deferred action."""
    head = f" has no prices of {action.session:%Y-%m-%d}; its "
    return head in sentence and sentence.endswith(f" is counted on {action.counted_on:%Y-%m-%d}.")


def _note(sentence: str) -> Note:
    if gain := _GAIN.fullmatch(sentence):
        return CapitalGain(date.fromisoformat(gain[2]), float(gain[1]), gain[3] != "a dividend")
    if lacking := _NO_ADJUSTED.fullmatch(sentence):
        return NoAdjustedCloses(lacking[1])
    return _NO_DIVIDENDS.get(sentence, TextNote(sentence))


def status_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a status file's record under today's names; its problem keeps only the cause."""
    renamed = {_RENAMED.get(name, name): value for name, value in record.items()}
    if renamed.get("problem") is not None:
        source = renamed.get("tried_source") or renamed.get("source") or "the source"
        problem = Problem(str(renamed.get("kind") or "unavailable"), str(source))
        renamed["problem"] = problem.to_json()
    return renamed
