"""Kinds of check as earlier files and links name them: each with what it is called now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rut_dash.claims.choices import DistancePrices, ExtremeAnswer, NeededData


@dataclass(frozen=True, slots=True)
class KindAlias:
    """An earlier kind of check as parameters of a kind of today.

    Parameters
    ----------
    kind
        A key of :data:`rut_dash.claims.checks.CHECKS`.
    params
        Parameters that make that kind what the earlier one was.
    renamed
        Parameters by their earlier names.
    values
        Values by their earlier names, of a parameter by its name of today.
    unused
        Parameters that it took and did not use, by their earlier names.
    """

    kind: str
    params: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unused: frozenset[str] = frozenset()

    def current_params(self, earlier: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of a file as they are written today."""
        params: dict[str, Any] = dict(self.params)
        for name, value in earlier.items():
            if name in self.unused:
                continue
            name_today = self.renamed.get(name, name)
            values = self.values.get(name_today, {})
            params[name_today] = values.get(value, value) if isinstance(value, str) else value
        return params


def _not_computable(needs: NeededData) -> KindAlias:
    return KindAlias("not_computable", {"needs": needs.value}, renamed={"needs": "data"})


KIND_ALIASES: Final[Mapping[str, KindAlias]] = {
    "drawdown_at": KindAlias("distance"),
    "distance_to_level": KindAlias(
        "distance", values={"on": {"intraday": DistancePrices.CLOSE_AND_INTRADAY_HIGH.value}}
    ),
    "date_of_extreme": KindAlias("extreme", {"answer": ExtremeAnswer.DAY.value}),
    "first_since": KindAlias("streak"),
    "quoted": _not_computable(NeededData.ANOTHER_SOURCE),
    "constituent_return": _not_computable(NeededData.MEMBERS),
    "breadth": _not_computable(NeededData.ALL_MEMBERS),
    "holdings": _not_computable(NeededData.HOLDINGS),
    "pattern": KindAlias(
        "not_computable", {"needs": NeededData.PATTERN.value}, unused=frozenset({"needs"})
    ),
}
