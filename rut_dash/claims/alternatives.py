"""What would make a claim true: rounding, and the search among the near alternatives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import pandas as pd

from rut_dash.analysis.returns import session_on_or_before
from rut_dash.claims.check_result import without_float_noise
from rut_dash.claims.checks import CheckInput, CheckKind, CheckResult, Verdict
from rut_dash.claims.claim_file import Claim
from rut_dash.errors import RutDashError
from rut_dash.market.history import Basis

__all__ = ["Alternative", "Value", "bounds_of", "computed_of", "search", "verdict_of"]

_SIBLINGS: Final = {"IWM": "^RUT", "^RUT": "IWM", "SPY": "^GSPC", "^GSPC": "SPY"}
_SHIFT: Final = 10
_NEAREST: Final = 3
_MOST_FITS: Final = 12

Value = float | str | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of a claim, with what it gives.

    Parameters
    ----------
    what
        How it differs, with its date.
    value
        In the unit of the claim, or a text.
    series, basis, as_of
        Of this reading; None where it has none.
    formula
        With dates and closes.
    after_publication
        True where it uses closes that the author cannot have known.
    """

    what: str
    value: Value
    series: str | None = None
    basis: Basis | None = None
    as_of: date | None = None
    formula: str = ""
    after_publication: bool = False


def computed_of(row: CheckKind, claim: Claim, value: Value) -> Value:
    """Return a value in the unit of the claim: fractions become percent or points."""
    if isinstance(value, float):
        scaled = value * 100.0 if row.percent else value
        return scaled if math.isfinite(scaled) else None
    return value


def bounds_of(claim: Claim) -> tuple[float, float] | None:
    """Return what a stated number can stand for: from, and to but for the end itself."""
    if not isinstance(claim.stated, float):
        return None
    half = Decimal(repr(claim.precision)) * (Decimal("1.5") if claim.hedge else Decimal("0.5"))
    stated = Decimal(repr(claim.stated))
    return float(stated - half), float(stated + half)


def verdict_of(claim: Claim, row: CheckKind, result: CheckResult) -> Verdict:
    """Return what a result says of a claim."""
    if result.verdict is not None:
        return result.verdict
    computed, bounds = computed_of(row, claim, result.value), bounds_of(claim)
    if bounds is None or not isinstance(computed, float):
        return Verdict.NOT_COMPUTABLE
    assert isinstance(claim.stated, float)
    if bounds[0] <= without_float_noise(computed) < bounds[1]:
        return Verdict.CONFIRMED
    opposite = computed * claim.stated < 0
    return Verdict.FALSE if opposite else Verdict.OFF


# --- The search for what would make it true -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tried:
    """One alternative that was run."""

    changes: int
    alternative: Alternative
    result: CheckResult
    verdict: Verdict
    days: int


def search(
    claim: Claim, row: CheckKind, inputs: CheckInput, computed: Value, latest: pd.Timestamp
) -> tuple[tuple[Alternative, ...], tuple[Alternative, ...]]:
    """Return the alternatives that fit with the fewest changes, or else the nearest misses."""
    tried = list(_alternatives(claim, row, inputs, latest))
    fits = [one for one in tried if one.verdict is Verdict.CONFIRMED]
    if fits:
        fewest = min(one.changes for one in fits)
        chosen = [one for one in fits if one.changes == fewest]
        chosen.sort(key=lambda one: one.days)
        return tuple(one.alternative for one in _grouped(chosen))[:_MOST_FITS], ()
    misses = [
        Alternative(what, value, claim.series, claim.basis)
        for what, value in (row.near_misses(inputs) if row.near_misses else ())
    ]
    seen = {_key(computed)}
    for one in sorted(tried, key=lambda one: _remoteness(claim, one)):
        key = _key(one.alternative.value)
        if key not in seen and one.alternative.value is not None:
            seen.add(key)
            misses.append(one.alternative)
    return (), tuple(misses[:_NEAREST])


def _key(value: Value) -> object:
    return round(value, 6) if isinstance(value, float) else value


def _remoteness(claim: Claim, one: _Tried) -> tuple[float, int, int]:
    value = one.alternative.value
    if isinstance(value, float) and isinstance(claim.stated, float):
        return (abs(value - claim.stated), one.changes, one.days)
    distance = one.result.distance
    return (math.inf if distance is None else distance, one.changes, one.days)


def _grouped(chosen: Sequence[_Tried]) -> list[_Tried]:
    """Return alternatives with those of neighbouring sessions and one value as one."""
    rest: list[_Tried] = []
    runs: dict[tuple[object, ...], list[_Tried]] = {}
    for one in chosen:
        alternative = one.alternative
        if isinstance(alternative.value, str) and alternative.as_of is not None:
            key = (alternative.value, alternative.series, alternative.basis,
                   alternative.after_publication)  # fmt: skip
            runs.setdefault(key, []).append(one)
        else:
            rest.append(one)
    for run in runs.values():
        days = sorted(one.alternative.as_of for one in run if one.alternative.as_of is not None)
        nearest = min(run, key=lambda one: one.days)
        if len(days) > 1:
            was = nearest.alternative
            what = was.what.replace(
                f"as of {was.as_of}", f"as of {days[0]} to {days[-1]} ({len(days)} sessions)"
            )
            kept = Alternative(
                what, was.value, was.series, was.basis, was.as_of, was.formula,
                was.after_publication,
            )  # fmt: skip
            nearest = _Tried(nearest.changes, kept, nearest.result, nearest.verdict, nearest.days)
        rest.append(nearest)
    return rest


def _alternatives(
    claim: Claim, row: CheckKind, inputs: CheckInput, latest: pd.Timestamp
) -> Iterator[_Tried]:
    """Yield every near alternative that can be computed."""
    exact = isinstance(claim.stated, float)
    shifts = list(_shifts(claim, row, inputs, exact=exact))
    for legs, basis, reading in itertools.product(
        _series_options(row, inputs), _basis_options(row, inputs), _reading_options(row, inputs)
    ):
        changed = (legs[0] != inputs.symbol) + (basis is not inputs.basis)
        changed += len(reading)
        for shift in (None, *shifts):
            # A yes-or-no statement is shifted by itself: there are too many ways else to be right.
            if not changed and shift is None:
                continue
            if changed and shift is not None and not exact:
                continue
            tried = _try(claim, row, inputs, legs, basis, reading, shift, latest)
            if tried is not None:
                yield tried


@dataclass(frozen=True, slots=True)
class _Shift:
    """Another as-of: the day, and how many days from the one stated."""

    day: pd.Timestamp
    days: int
    param: str | None


def _try(
    claim: Claim,
    row: CheckKind,
    inputs: CheckInput,
    legs: tuple[str, str | None],
    basis: Basis,
    reading: Mapping[str, str],
    shift: _Shift | None,
    latest: pd.Timestamp,
) -> _Tried | None:
    """Return what an alternative gives; None where it cannot be computed."""
    params = {**inputs.params, **reading}
    if legs[1] is not None:
        params["other"] = legs[1]
    data = inputs.data
    if shift is not None:
        if shift.param is None or shift.day > data.as_of:
            data = data.at(shift.day)
        if shift.param is not None:
            params[shift.param] = shift.day.date()
    try:
        result = row.run(CheckInput(data, legs[0], basis, params))
    except RutDashError:
        return None
    verdict = verdict_of(claim, row, result)
    symbols = f"{legs[0]} against {legs[1]}" if legs[1] else legs[0]
    parts = [symbols] if symbols else []
    if row.vary & {"basis", "series"}:
        parts.append(basis.label)
    parts += reading.values()
    as_of = None
    if shift is not None:
        as_of = shift.day.date()
        parts.append(f"as of {as_of}")
    after = shift is not None and shift.day > latest
    what = ", ".join(parts) + (" (after publication)" if after else "")
    alternative = Alternative(
        what,
        computed_of(row, claim, result.value),
        legs[0] or None,
        basis if claim.basis else None,
        as_of,
        result.formula,
        after,
    )
    changes = (legs[0] != inputs.symbol) + (basis is not inputs.basis) + len(reading)
    changes += shift is not None
    return _Tried(changes, alternative, result, verdict, shift.days if shift else 0)


def _series_options(row: CheckKind, inputs: CheckInput) -> list[tuple[str, str | None]]:
    other = inputs.params.get("other") if "other" in row.extra_symbol_params else None
    options = [(inputs.symbol, other)]
    if "series" in row.vary and inputs.symbol in _SIBLINGS:
        sibling = _SIBLINGS[inputs.symbol]
        if other is None:
            options.append((sibling, None))
        else:
            # Both legs funds, or both indices.
            wanted = sibling.startswith("^")
            twin = other if other.startswith("^") == wanted else _SIBLINGS.get(other, other)
            options.append((sibling, twin))
    return options


def _basis_options(row: CheckKind, inputs: CheckInput) -> list[Basis]:
    if "basis" not in row.vary:
        return [inputs.basis]
    return [inputs.basis, *(basis for basis in Basis if basis is not inputs.basis)]


def _reading_options(row: CheckKind, inputs: CheckInput) -> list[dict[str, str]]:
    """Return combinations of other readings of parameters; the first changes none."""
    options: list[list[dict[str, str]]] = []
    for reading in row.param_variants:
        param = row.param(reading.param)
        default = param.choices[0] if param is not None and param.choices else None
        current = inputs.params.get(reading.param, default)
        if current not in reading.options and len(reading.options) > 1:
            continue
        others = [{reading.param: value} for value in reading.options if value != current]
        options.append([{}, *others])
    merged = [dict(itertools.chain(*(one.items() for one in combination)))
              for combination in itertools.product(*options)]  # fmt: skip
    return merged or [{}]


def _shifts(claim: Claim, row: CheckKind, inputs: CheckInput, *, exact: bool) -> Iterator[_Shift]:
    """Yield the sessions around the as-of, and for a number the period ends up to publication."""
    if "as_of" not in row.vary or any(name in claim.check.params for name in row.pinned_by):
        return
    if not claim.series:
        return
    whole = inputs.data.whole(claim.series)
    index = whole.sessions
    param = row.shift_param if row.shift_param in claim.check.params else None
    base = inputs.data.as_of if param is None else pd.Timestamp(claim.check.params[param])
    if claim.check.params.get("period") == "month":
        param = "end"
        month = pd.Timestamp(f"{claim.check.params.get('month', f'{base:%Y-%m}')}-01")
        base = min(month + pd.offsets.MonthEnd(0), inputs.data.as_of)
    place = int(index.searchsorted(base, side="right")) - 1
    if place < 0:
        return
    days = list(index[max(0, place - _SHIFT) : place + _SHIFT + 1])
    if exact and claim.check.params.get("period") != "month":
        ends = pd.date_range(base - pd.DateOffset(months=3), inputs.data.published, freq="ME")
        for end in (*ends, inputs.data.published):
            session = session_on_or_before(index, end)
            if session is not None:
                days.append(session)
    for day in sorted(set(days)):
        if day != index[place]:
            yield _Shift(day, abs((day - index[place]).days), param)
