"""Which sessions are cases: the first of each spell, at a distance from each other."""

from __future__ import annotations

from typing import Final

import numpy as np

# Rounding: a fall from 10 to 9 is one of a tenth.
_ROUNDING: Final = 1e-12


def at_or_beyond(values: np.ndarray, limit: float) -> np.ndarray:
    """Return where values are at a limit or beyond it, away from zero; never where NaN.

    Parameters
    ----------
    limit
        Of negative ones, values at or below it; of others, those at or above it.
    """
    result: np.ndarray = values <= limit + _ROUNDING if limit < 0 else values >= limit - _ROUNDING
    return result


def spell_starts(state: np.ndarray, defined: np.ndarray | None = None) -> np.ndarray:
    """Return the positions at which a state begins.

    A state that holds on the first session on which it is defined began at an unknown time: that
    spell has no start.

    Parameters
    ----------
    state
        True where it holds, shape (n,).
    defined
        False where it is not known; everywhere True where None.
    """
    holds = state if defined is None else state & defined
    before = np.concatenate(
        [[False], ~state[:-1] if defined is None else ~state[:-1] & defined[:-1]]
    )
    return np.flatnonzero(holds & before[: len(state)])


def spaced_positions(positions: np.ndarray, gap: int) -> np.ndarray:
    """Return the positions that are at least ``gap`` after the last one returned.

    Parameters
    ----------
    positions
        Sorted. The first is always returned; those within the gap are left out for good.
    gap
        Sessions; 0 or 1 leaves none out.
    """
    separate: list[int] = []
    for position in positions.tolist():
        if not separate or position - separate[-1] >= gap:
            separate.append(position)
    return np.array(separate, dtype=np.int64)


def run_bounds(values: np.ndarray) -> list[tuple[int, int]]:
    """Return the first position of each run of equal values, and the one after its last.

    Parameters
    ----------
    values
        Whole numbers, at least one.
    """
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1)).tolist()
    return list(zip(starts, [*starts[1:], len(values)], strict=True))


def row_lengths(holds: np.ndarray) -> np.ndarray:
    """Return at each position for how many positions in a row, itself the last, a state holds."""
    positions = np.arange(len(holds))
    lengths: np.ndarray = positions - np.maximum.accumulate(np.where(holds, -1, positions))
    return lengths
