"""The search for alternatives to a claim that would make it true.

An alternative has another basis, the index for the fund, another value of a parameter (intraday
for close) or another session. Those with the fewest changes are the result.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import pandas as pd

from rut_dash.analysis.returns import session_on_or_before
from rut_dash.claims.check_result import without_float_noise
from rut_dash.claims.checks import CheckInput, CheckKind, CheckResult, Verdict
from rut_dash.claims.choices import Unit
from rut_dash.claims.model import Alternative, Claim, Value
from rut_dash.errors import RutDashError
from rut_dash.market.history import Basis
from rut_dash.market.instruments import counterpart, is_index

_SHIFT_SESSIONS: Final = 10
_MISSES_LIMIT: Final = 3
_FITS_LIMIT: Final = 12


def value_in_unit(kind: CheckKind, value: Value) -> Value:
    """Return a value in the unit of the claim: fractions become percent or points."""
    if isinstance(value, float):
        scaled = value * 100.0 if kind.percent else value
        return scaled if math.isfinite(scaled) else None
    return value


def rounding_bounds(claim: Claim) -> tuple[float, float] | None:
    """Return from where up to, and without, where a value rounds to the stated number.

    None where no number is stated. A hedge allows one precision more on either side.
    """
    if not isinstance(claim.stated, float):
        return None
    half = Decimal(repr(claim.precision)) * (Decimal("1.5") if claim.hedge else Decimal("0.5"))
    stated = Decimal(repr(claim.stated))
    return float(stated - half), float(stated + half)


def verdict_of(claim: Claim, kind: CheckKind, result: CheckResult) -> Verdict:
    """Return the verdict of a result: the check's own, or by the rounding of the stated number."""
    if result.verdict is not None:
        return result.verdict
    computed, bounds = value_in_unit(kind, result.value), rounding_bounds(claim)
    if bounds is None or not isinstance(computed, float):
        return Verdict.NOT_COMPUTABLE
    assert isinstance(claim.stated, float)
    if bounds[0] <= without_float_noise(computed) < bounds[1]:
        return Verdict.CONFIRMED
    return Verdict.FALSE if computed * claim.stated < 0 else Verdict.OFF


# --- The search ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Combination:
    """A combination of options that differs from the claim's own, before it is computed."""

    symbol: str
    other: str | None
    basis: Basis
    params: dict[str, str]
    shift: _Shift | None

    def change_count(self, inputs: CheckInput) -> int:
        """Return in how many respects it differs from the claim, the session left out."""
        return (self.symbol != inputs.symbol) + (self.basis is not inputs.basis) + len(self.params)


@dataclass(frozen=True, slots=True)
class _Shift:
    """Another session: the day, how many days from the claim's, and the parameter it moves."""

    day: pd.Timestamp
    distance: int
    param: str | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An alternative that was computed."""

    alternative: Alternative
    verdict: Verdict
    change_count: int
    shift_days: int
    miss_distance: float


def find_alternatives(
    claim: Claim, kind: CheckKind, inputs: CheckInput, computed: Value, latest: pd.Timestamp
) -> tuple[tuple[Alternative, ...], tuple[Alternative, ...]]:
    """Return the alternatives that fit with the fewest changes, or else the nearest misses.

    Parameters
    ----------
    claim, kind, inputs
        The claim, its check, and what that was computed of.
    computed
        What it gave.
    latest
        The last day on which the claim may have been published.
    """
    candidates = list(_candidates(claim, kind, inputs, latest))
    fits = [candidate for candidate in candidates if candidate.verdict is Verdict.CONFIRMED]
    if fits:
        fewest = min(fit.change_count for fit in fits)
        closest = sorted(
            (f for f in fits if f.change_count == fewest), key=lambda fit: fit.shift_days
        )
        return tuple(_group_sessions(closest))[:_FITS_LIMIT], ()
    misses = [
        Alternative(miss.value, miss=miss.term, series=claim.series, basis=claim.basis)
        for miss in (kind.near_misses(inputs) if kind.near_misses else ())
    ]
    values = {_rounded(computed), None}
    candidates.sort(key=lambda miss: (miss.miss_distance, miss.change_count, miss.shift_days))
    for candidate in candidates:
        value = _rounded(candidate.alternative.value)
        if value not in values:
            values.add(value)
            misses.append(candidate.alternative)
    return (), tuple(misses[:_MISSES_LIMIT])


def _rounded(value: Value) -> Value:
    return round(value, 6) if isinstance(value, float) else value


def _group_sessions(fits: Sequence[_Candidate]) -> Iterator[Alternative]:
    """Yield the fits; those on several sessions with one value, such as a date, as one."""
    groups: dict[tuple[object, ...], list[Alternative]] = {}
    for fit in fits:
        alternative = fit.alternative
        if not isinstance(alternative.value, float | None) and alternative.as_of is not None:
            key = (
                alternative.value, alternative.series, alternative.basis,
                alternative.after_publication,
            )  # fmt: skip
            groups.setdefault(key, []).append(alternative)
        else:
            yield alternative
    for group in groups.values():
        sessions = sorted(fit.as_of for fit in group if fit.as_of is not None)
        yield replace(group[0], sessions=tuple(sessions) if len(sessions) > 1 else ())


def _candidates(
    claim: Claim, kind: CheckKind, inputs: CheckInput, latest: pd.Timestamp
) -> Iterator[_Candidate]:
    """Yield every alternative that can be computed."""
    has_number = isinstance(claim.stated, float)
    shifts = list(_shifts(claim, kind, inputs))
    for (symbol, other), basis, params in itertools.product(
        _series_options(claim, kind, inputs),
        _basis_options(kind, inputs),
        _param_options(kind, inputs),
    ):
        for shift in (None, *shifts):
            combination = _Combination(symbol, other, basis, params, shift)
            change_count = combination.change_count(inputs)
            if not change_count and shift is None:
                continue
            # A yes-or-no statement changes its session alone: else too many fit by chance.
            if change_count and shift is not None and not has_number:
                continue
            candidate = _compute(claim, kind, inputs, combination, latest)
            if candidate is not None:
                yield candidate


def _compute(
    claim: Claim,
    kind: CheckKind,
    inputs: CheckInput,
    combination: _Combination,
    latest: pd.Timestamp,
) -> _Candidate | None:
    """Return what an alternative gives; None where it cannot be computed."""
    shift = combination.shift
    params = {**inputs.params, **combination.params}
    if combination.other is not None:
        params["other"] = combination.other
    data = inputs.data
    if shift is not None:
        if shift.param is None or shift.day > data.as_of:
            data = data.at(shift.day)
        if shift.param is not None:
            params[shift.param] = shift.day.date()
    try:
        result = kind.run(CheckInput(data, combination.symbol, combination.basis, params))
    except RutDashError:
        return None  # its bars do not suffice
    value = value_in_unit(kind, result.value)
    alternative = Alternative(
        value,
        result.formula,
        series=combination.symbol or None,
        other=combination.other,
        basis=combination.basis if claim.basis else None,
        differing_basis=combination.basis if kind.vary & {"basis", "series"} else None,
        param_values=tuple(combination.params.values()),
        as_of=None if shift is None else shift.day.date(),
        after_publication=shift is not None and shift.day > latest,
    )
    return _Candidate(
        alternative,
        verdict_of(claim, kind, result),
        combination.change_count(inputs) + (shift is not None),
        0 if shift is None else shift.distance,
        _miss_distance(claim, value, result),
    )


def _miss_distance(claim: Claim, value: Value, result: CheckResult) -> float:
    if isinstance(value, float) and isinstance(claim.stated, float):
        return abs(value - claim.stated)
    return math.inf if result.distance is None else result.distance


def _series_options(
    claim: Claim, kind: CheckKind, inputs: CheckInput
) -> list[tuple[str, str | None]]:
    other = inputs.params.get("other") if "other" in kind.extra_symbol_params else None
    options = [(inputs.symbol, other)]
    if kind.unit == Unit.DOLLAR and isinstance(claim.stated, float):
        return options  # the price of a fund is never that of its index
    sibling = counterpart(inputs.symbol)
    if "series" in kind.vary and sibling is not None:
        if other is None:
            options.append((sibling, None))
        else:
            # Both symbols are funds, or both are indices.
            is_sibling_kind = is_index(other) == is_index(sibling)
            options.append((sibling, other if is_sibling_kind else counterpart(other) or other))
    return options


def _basis_options(kind: CheckKind, inputs: CheckInput) -> list[Basis]:
    if "basis" not in kind.vary:
        return [inputs.basis]
    return [inputs.basis, *(basis for basis in Basis if basis is not inputs.basis)]


def _param_options(kind: CheckKind, inputs: CheckInput) -> Iterator[dict[str, str]]:
    """Yield combinations of other values of parameters; the first changes none."""
    options: list[list[dict[str, str]]] = []
    for variant in kind.param_variants:
        param = kind.param(variant.param)
        default = None if param is None else next(iter(param.choices), None)
        current = inputs.params.get(variant.param, default)
        if current not in variant.options and len(variant.options) > 1:
            continue
        others = [{variant.param: value} for value in variant.options if value != current]
        options.append([{}, *others])
    for combination in itertools.product(*options):
        yield {name: value for params in combination for name, value in params.items()}


def _shifts(claim: Claim, kind: CheckKind, inputs: CheckInput) -> Iterator[_Shift]:
    """Yield the sessions around the as-of, and for a number the period ends up to publication."""
    params = claim.check.params
    if "as_of" not in kind.vary or any(name in params for name in kind.pinned_by):
        return
    if not claim.series or not inputs.data.covers_as_of(claim.series):
        return
    index = inputs.data.full_history(claim.series).sessions
    param = kind.shift_param if kind.shift_param in params else None
    base = inputs.data.as_of if param is None else pd.Timestamp(params[param])
    by_month = params.get("period") == "month"
    if by_month:
        param = "end"
        month = pd.Timestamp(f"{params.get('month', f'{base:%Y-%m}')}-01")
        base = min(month + pd.offsets.MonthEnd(0), inputs.data.as_of)
    position = int(index.searchsorted(base, side="right")) - 1
    if position < 0:
        return
    days = set(index[max(0, position - _SHIFT_SESSIONS) : position + _SHIFT_SESSIONS + 1])
    if isinstance(claim.stated, float) and not by_month:
        published = inputs.data.published
        month_ends = pd.date_range(base - pd.DateOffset(months=3), published, freq="ME")
        sessions = (session_on_or_before(index, end) for end in (*month_ends, published))
        days.update(session for session in sessions if session is not None)
    for day in sorted(days - {index[position]}):
        yield _Shift(day, abs((day - index[position]).days), param)
