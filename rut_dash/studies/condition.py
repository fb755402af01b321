"""Conditions and their texts: ``KEY:VALUE:VALUE@SERIES``, such as ``drawdown:0.1@ratio``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rut_dash.errors import InvalidInput
from rut_dash.studies.condition_kind import ConditionKind, ConditionParam, Occurrences, StudySeries
from rut_dash.studies.conditions import CONDITIONS
from rut_dash.studies.sample import StudyData


@dataclass(frozen=True)
class Condition:
    """A kind of condition with its parameters.

    Parameters
    ----------
    values
        By the names of the kind's parameters; an optional one may be absent.
    series
        What it is about; None where the kind is about no series.
    """

    kind: ConditionKind
    values: Mapping[str, Any]
    series: StudySeries | None

    @property
    def text(self) -> str:
        """The shortest text that means this condition."""
        parts: list[str] = []
        trailing = True
        for param in reversed(self.kind.params):
            value = self.values.get(param.name)
            if trailing and (value is None or value == param.default):
                continue
            trailing = False
            parts.append(value if isinstance(value, str) else f"{value:.12g}")
        series = ""
        if self.series is not None and self.series is not self.kind.series[0]:
            series = f"@{self.series}"
        return ":".join([self.kind.key, *reversed(parts)]) + series

    def occurrences(self, data: StudyData) -> Occurrences:
        """Return the sessions on which it occurs.

        Raises
        ------
        InvalidInput
            If its parameters do not fit each other.
        """
        closes = {
            StudySeries.BENCHMARK: data.closes["benchmark"],
            StudySeries.RATIO: data.ratio,
        }
        close = data.fund if self.series is None else closes.get(self.series, data.fund)
        return self.kind.find(data, close, self.values)


def parse_condition(text: str) -> Condition:
    """Return the condition of a text.

    Parameters
    ----------
    text
        The key of a kind, then its parameters in their order, each after a colon; the last ones
        may be left out where they have defaults. ``@benchmark`` or ``@ratio`` says what it is
        about.

    Raises
    ------
    InvalidInput
        If there is no such kind, or a parameter cannot be used.
    """
    body, _, series_text = text.partition("@")
    key, *parts = body.split(":")
    if key not in CONDITIONS:
        raise InvalidInput("condition", text, f"one of {', '.join(CONDITIONS)}")
    kind = CONDITIONS[key]
    if len(parts) > len(kind.params):
        names = ":".join([key, *(param.name for param in kind.params)])
        raise InvalidInput("condition", text, f"the form {names}")
    values: dict[str, Any] = {}
    for at, param in enumerate(kind.params):
        value = _value(text, param, parts[at] if at < len(parts) else "", values)
        if value is not None:
            values[param.name] = value
    return Condition(kind, values, _series(text, kind, series_text))


def _series(text: str, kind: ConditionKind, name: str) -> StudySeries | None:
    """Return the series that the end of a text names, or the default one."""
    if not name and not text.endswith("@"):
        return kind.series[0] if kind.series else None
    if name not in kind.series:
        expected = f"one of {', '.join(kind.series)}" if kind.series else "no series"
        raise InvalidInput("condition", text, f"{expected} after @")
    return StudySeries(name)


def _value(
    text: str, param: ConditionParam, part: str, values: Mapping[str, Any]
) -> float | str | None:
    """Return the value of a parameter; None where it is optional and absent."""
    if param.choices is not None:
        choices = param.choices(values)
        if part in choices:
            return part
        if not part and param.optional:
            return None
        expected = f"one of {', '.join(choices)}" if choices else "nothing"
        raise InvalidInput("condition", text, f"{expected} as {param.name}")
    if not part and param.default is not None:
        return int(param.default) if param.is_whole else param.default
    try:
        value = int(part) if param.is_whole else float(part)
    except ValueError:
        value = math.nan
    if not param.minimum <= value <= param.maximum or (param.nonzero and value == 0):
        number = "a whole number" if param.is_whole else "a number"
        other = " other than 0" if param.nonzero else ""
        span = f"from {param.minimum:g} to {param.maximum:g}"
        raise InvalidInput("condition", text, f"{param.name} as {number} {span}{other}")
    return value
