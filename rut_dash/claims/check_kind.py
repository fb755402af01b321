"""The row of the registry: a kind of check with everything about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_params import CheckParam, NeededParams, UsedWith
from rut_dash.claims.check_result import CheckResult
from rut_dash.claims.choices import Unit
from rut_dash.claims.formulas import NearMiss

Variation = Literal["series", "basis", "as_of"]

# What a fraction may be stated in.
PERCENT_UNITS: Final = (Unit.PERCENT, Unit.PERCENTAGE_POINTS)
ALL_VARIATIONS: Final[frozenset[Variation]] = frozenset({"series", "basis", "as_of"})


@dataclass(frozen=True, slots=True)
class ParamVariant:
    """Other values of a parameter that a figure may have been meant with."""

    param: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckKind:
    """One kind of check: a row of the registry.

    Parameters
    ----------
    key
        Its name in files.
    description
        What it answers, a sentence.
    run
        The check itself. It raises a RutDashError where the prices do not suffice.
    needs_series
        False where it has no series of its own.
    optional_series
        True where a series may be named although none is needed.
    series_used_with
        Beside what an optional series is used; None where it always is.
    price_only
        True where it works on prices as they are, so that there is no choice of a basis.
    percent
        True where a number it finds is a fraction that claims state in percent or points.
    unit
        Of what it finds, where a claim names none.
    forecast
        True where it judges by what followed the claim.
    vary
        What the search for near alternatives may change.
    param_variants
        Parameters with other values that the search tries.
    shift_param
        The parameter that a shift of the as-of moves; None for the as-of itself.
    pinned_by
        Parameters whose presence fixes the dates, so that nothing is shifted.
    extra_symbol_params
        The symbols that it needs beside its series, by their parameters.
    near_misses
        Yields alternatives of its own kind, such as the next session on which it holds.
    needed_params
        Parameters of which it needs one, beside those that are required.
    deciding_param
        The parameter whose value decides which others there are; empty for none.
    params_with
        Returns the parameters that there are with a value of that one; ``params`` then has
        those of all values.
    """

    key: str
    label: str
    description: str
    params: tuple[CheckParam, ...]
    run: Callable[[CheckInput], CheckResult]
    needs_series: bool = True
    optional_series: bool = False
    series_used_with: UsedWith | None = None
    price_only: bool = False
    percent: bool = False
    unit: str | None = None
    forecast: bool = False
    vary: frozenset[Variation] = frozenset()
    param_variants: tuple[ParamVariant, ...] = ()
    shift_param: str | None = None
    pinned_by: tuple[str, ...] = ()
    extra_symbol_params: tuple[str, ...] = ("other",)
    near_misses: Callable[[CheckInput], Iterable[NearMiss]] | None = None
    needed_params: tuple[NeededParams, ...] = ()
    deciding_param: str = ""
    params_with: Callable[[str], tuple[CheckParam, ...]] | None = None

    def finds(self, unit: str) -> bool:
        """Return True if a number that the check finds can be in a unit."""
        if self.percent:
            return unit == self.unit or unit in PERCENT_UNITS
        # What finds nothing has no unit of its own: a quoted figure may be in any.
        return self.unit is None or unit not in PERCENT_UNITS

    def param(self, name: str) -> CheckParam | None:
        """Return a parameter by its name."""
        return next((param for param in self.params if param.name == name), None)

    def params_of(self, values: Mapping[str, Any]) -> tuple[CheckParam, ...]:
        """Return the parameters that there are with the value of the deciding one."""
        decider = self.param(self.deciding_param)
        value = values.get(self.deciding_param)
        if decider is None or self.params_with is None:
            return self.params
        # A row of a file may have anything there, a list too.
        if not isinstance(value, str) or value not in decider.choices:
            return self.params
        return self.params_with(value)

    def is_met(self, condition: UsedWith | None, values: Mapping[str, Any]) -> bool:
        """Return True if what a condition names is given, or is the default."""
        if condition is None:
            return True
        other = next(param for param in self.params_of(values) if param.name == condition.param)
        value = values.get(condition.param, other.default) if self.is_used(other, values) else None
        return value is not None and (not condition.values or value in condition.values)

    def is_used(self, param: CheckParam, values: Mapping[str, Any]) -> bool:
        """Return True if the check uses a parameter where these values are given."""
        is_replaced = any(name in values for name in param.instead_of)
        return not is_replaced and self.is_met(param.used_with, values)

    def missing_params(self, values: Mapping[str, Any]) -> NeededParams | None:
        """Return the first parameters of which one is needed and none is given."""
        for group in self.needed_params:
            has_one = any(name in values for name in group.names)
            if self.is_met(group.used_with, values) and not has_one:
                return group
        return None

    def usable_params(self, values: Mapping[str, Any]) -> Iterator[CheckParam]:
        """Yield the parameters that the check uses where these values are given."""
        for name in dict.fromkeys(param.name for param in self.params):
            for param in self.params_of(values):
                if param.name == name and self.is_used(param, values):
                    yield param
