"""Values that no bar can have: they become blank, and a note says what they were.

Only what no return depends on: open, high, low, volume and the vendor's adjusted close. A close,
a dividend or a split that cannot be right is refused by `rut_dash.market.validation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rut_dash.errors import BarsPlace
from rut_dash.market.notes import BlankedValues
from rut_dash.market.validation import contradictions, range_bounds, validated_index

_RANGE: Final = ("open", "high", "low")
_SCREENED: Final = (*_RANGE, "adj_close", "volume")
# Where more of an answer's days contradict themselves, its columns are not what they are called.
_MOST_CONTRADICTIONS: Final = 0.05
_FEW_CONTRADICTIONS: Final = 3

_Mask = npt.NDArray[np.bool_]


def blank_invalid_values(
    frame: pd.DataFrame, where: BarsPlace, move_limit: float
) -> tuple[pd.DataFrame, tuple[BlankedValues, ...]]:
    """Return bars in which values that no bar can have are NaN, and a note for each column.

    Parameters
    ----------
    frame
        As `validate_bars` takes it.
    where
        The file or the source, for the error.
    move_limit
        Largest believable one-day move as a fraction: bounds how far a high or a low may be
        from the closes.

    Returns
    -------
    tuple
        The bars, unchanged where nothing is wrong; the notes, in the order of the columns.

    Raises
    ------
    SchemaError
        If the rows are not dates in order, none twice.

    Notes
    -----
    An open, high or low is invalid where it is blank beside others of its column, not positive,
    infinite, or beyond the believable distance from the closes; a high or low also where it
    contradicts the close. Where the open contradicts a high or low that agrees with the close,
    either may be wrong: both become blank. Answers that contradict themselves on many days are
    left as they are, to be refused.
    """
    index = validated_index(frame, where)
    names = [name for name in (*_SCREENED, "close") if name in frame]
    try:
        values = {name: frame[name].to_numpy(dtype="float64", copy=True) for name in names}
    except (TypeError, ValueError):
        return frame, ()  # validation says which cell is no number
    unknown = np.full(len(frame), np.nan)
    close = values.get("close", unknown)
    if np.isnan(close).all():  # adjusted closes alone: returns depend on them
        values = {name: values[name] for name in ("volume",) if name in values}
    with np.errstate(all="ignore"):
        invalid = _invalid(values)
        columns = {
            name: np.where(invalid[name], np.nan, values[name]) if name in values else unknown
            for name in _RANGE
        }
        for name, rows in _out_of_place(columns, close, move_limit).items():
            if name in invalid:
                invalid[name] |= rows
    notes = tuple(
        BlankedValues(
            name,
            tuple(day.date() for day in index[rows]),
            tuple(None if np.isnan(value) else float(value) for value in values[name][rows]),
        )
        for name, rows in invalid.items()
        if rows.any()
    )
    if not notes:
        return frame, ()
    blanked = {name: np.where(rows, np.nan, values[name]) for name, rows in invalid.items()}
    return frame.assign(**blanked), notes


def _invalid(values: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, _Mask]:
    """Return by column the rows whose value no bar can have, without regard to other columns."""
    invalid: dict[str, _Mask] = {}
    for name in _SCREENED:
        if name not in values:
            continue
        column = values[name]
        invalid[name] = np.isinf(column) | (column < 0 if name == "volume" else column <= 0)
        if name in _RANGE and not np.isnan(column).all():
            invalid[name] |= np.isnan(column)
    return invalid


def _out_of_place(
    columns: Mapping[str, npt.NDArray[np.float64]],
    close: npt.NDArray[np.float64],
    move_limit: float,
) -> dict[str, _Mask]:
    """Return by column the rows whose value contradicts the day's others or its closes."""
    lowest, highest = range_bounds(close, move_limit)
    far = {name: (columns[name] < lowest) | (columns[name] > highest) for name in _RANGE}
    opening, high, low = (np.where(far[name], np.nan, columns[name]) for name in _RANGE)
    low_above_close, high_below_close = contradictions(close, low, high, close)
    low_above_open, high_below_open = contradictions(opening, low, high, close)
    # What contradicts the close is wrong by itself, and says nothing about the open.
    low_above_open &= ~low_above_close
    high_below_open &= ~high_below_close
    rows = {
        "open": low_above_open | high_below_open,
        "high": high_below_close | high_below_open,
        "low": low_above_close | low_above_open,
    }
    most = max(_FEW_CONTRADICTIONS, _MOST_CONTRADICTIONS * len(close))
    most = min(most, (len(close) + 1) // 2)  # columns of a short file may be exchanged, too
    if np.logical_or.reduce(list(rows.values())).sum() > most:
        return {}
    return {name: rows[name] | far[name] for name in _RANGE}
