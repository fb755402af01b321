"""An indicator as a row: what it computes, and how it is drawn, named, set and crossed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from rut_dash.analysis.returns import require_count
from rut_dash.errors import InvalidParameter, MissingColumns

Frequency = Literal["D", "W"]
Dash = Literal["solid", "dot", "dash", "dashdot"]
Drawing = Literal["overlay", "band", "panel"]
Settings = Mapping[str, float]
Lines = Callable[[pd.DataFrame, Settings], tuple[pd.Series, "pd.Series | float"]]


@dataclass(frozen=True, slots=True)
class IndicatorParam:
    """A parameter of an indicator.

    Parameters
    ----------
    name
        Keyword of the indicator's ``compute``, and its key in a URL.
    default, minimum, maximum
        Whole numbers where ``default`` is an int.
    """

    name: str
    label: str
    default: float
    minimum: float
    maximum: float

    @property
    def whole(self) -> bool:
        """True for a number of bars."""
        return isinstance(self.default, int)


@dataclass(frozen=True, slots=True)
class IndicatorOutput:
    """A column of an indicator's values, and how it is drawn.

    Parameters
    ----------
    column
        Its name in the frame that ``compute`` returns.
    name
        For the legend and the line of values. An indicator with one output is named by its title
        there.
    colour
        ``#rrggbb``, at least 3:1 against white and near-black; None for the next of the palette.
    dash
        None for the next of the palette.
    form
        ``line``, or ``histogram`` for bars from zero.
    """

    column: str
    name: str
    colour: str | None = None
    dash: Dash | None = None
    form: Literal["line", "histogram"] = "line"


@dataclass(frozen=True, slots=True)
class ReferenceLevel:
    """A value at which a panel has a horizontal line, and what it means."""

    value: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Cross:
    """One line that crosses another, or a level.

    Parameters
    ----------
    key
        Its ``kind`` in the table of crosses; unique among all indicators.
    up, down
        Text for a cross to above, and to below, the other line.
    lines
        Bars and the indicator's settings to the line and the other (a series, or a level).
    frequencies
        The bars on which it is looked for.
    other_indicator
        The key of another indicator, where the other line is that one's; empty where it is not.
    """

    key: str
    up: str
    down: str
    lines: Lines
    frequencies: tuple[Frequency, ...] = ("D", "W")
    other_indicator: str = ""


@dataclass(frozen=True, slots=True)
class SummaryFigure:
    """A last value that the summary of a symbol lists.

    Parameters
    ----------
    key
        Its name in the JSON of the summary.
    column
        The output whose last value on daily bars it is, with the default settings.
    """

    key: str
    label: str
    column: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row of the registry of indicators.

    Parameters
    ----------
    key
        Its name in a URL.
    label
        For readers, without its parameters; see `title`.
    drawing
        ``overlay``: lines over the prices. ``band``: over the prices as well, with the space
        between the first and the last output tinted. ``panel``: in a panel of its own.
    outputs
        The columns of its values, in the order in which they are drawn.
    compute
        Bars (columns ``open, high, low, close, volume``, or ``close`` alone where that is all
        there is) and the parameters by name, to a frame of the outputs on the same index.
    warm_up
        The parameters by name to the number of leading rows that are NaN.
    inputs
        The columns of bars that it needs.
    scales_with_price
        True where outputs are in the unit of the prices: twice the prices, twice the values.
    unit
        Of its own panel where outputs are not in the unit of the prices.
    number_format
        Of its values, as d3 formats numbers.
    bounds
        The least and the greatest value that there can be; None where there are none.
    levels
        Reference lines of its own panel.
    summary
        Last values that it adds to the summary of a symbol.
    order
        Place among the indicators in controls, links and charts; rows with the same place are
        sorted by key.
    """

    key: str
    label: str
    drawing: Drawing
    outputs: tuple[IndicatorOutput, ...]
    compute: Callable[..., pd.DataFrame]
    warm_up: Callable[..., int]
    params: tuple[IndicatorParam, ...] = ()
    inputs: tuple[str, ...] = ("close",)
    scales_with_price: bool = True
    unit: str = ""
    number_format: str = ",.2f"
    bounds: tuple[float, float] | None = None
    levels: tuple[ReferenceLevel, ...] = ()
    crosses: tuple[Cross, ...] = ()
    summary: tuple[SummaryFigure, ...] = ()
    order: int = 100

    def __post_init__(self) -> None:
        """Refuse a band without two edges.

        Raises
        ------
        ValueError
            If it has fewer than two outputs.
        """
        if len(self.outputs) < (2 if self.drawing == "band" else 1):
            raise ValueError(f"the indicator {self.key!r} has too few outputs")

    def resolve(self, settings: Settings | None = None) -> dict[str, float]:
        """Return all parameters: those of the settings, and the defaults of the rest.

        Raises
        ------
        InvalidParameter
            If one is unknown, not whole where it has to be, or out of its bounds.
        """
        rest = dict(settings or {})
        resolved: dict[str, float] = {}
        for param in self.params:
            value = rest.pop(param.name, param.default)
            parameter = f"{param.label.lower()} of {self.label}"
            if param.whole:
                value = require_count(parameter, value)  # type: ignore[arg-type]
            elif not isinstance(value, (int, float)) or isinstance(value, bool):
                raise InvalidParameter(parameter, value, "a number")
            if not param.minimum <= value <= param.maximum:
                expected = f"from {param.minimum:g} to {param.maximum:g}"
                raise InvalidParameter(parameter, value, expected)
            resolved[param.name] = value
        if rest:
            names = ", ".join(param.name for param in self.params)
            raise InvalidParameter(f"a parameter of {self.label}", next(iter(rest)), names)
        return resolved

    def run(self, bars: pd.DataFrame, settings: Settings | None = None) -> pd.DataFrame:
        """Return ``compute`` of bars with the settings, and defaults for the rest.

        Raises
        ------
        InvalidParameter
            If a parameter cannot be used.
        MissingColumns
            If the bars lack a column that it needs.
        """
        parameters = self.resolve(settings)
        absent = [name for name in self.inputs if name not in bars]
        if absent:
            raise MissingColumns(self.title(settings), absent)
        return self.compute(bars, **parameters)

    def values(self, bars: pd.DataFrame, settings: Settings | None = None) -> IndicatorValues:
        """Return what `run` returns with the indicator and the settings, as charts take it."""
        return IndicatorValues(self, dict(settings or {}), self.run(bars, settings))

    def title(self, settings: Settings | None = None) -> str:
        """Return the label with the parameters, of whatever size: ``MACD 12/26/9``."""
        merged = {param.name: param.default for param in self.params} | dict(settings or {})
        values = "/".join(f"{value:g}" for value in merged.values())
        return f"{self.label} {values}" if values else self.label

    def missing_inputs(self, bars: pd.DataFrame) -> tuple[str, ...]:
        """Return the columns that it needs and the bars lack, or have without any value."""
        return tuple(
            name for name in self.inputs if name not in bars or not bars[name].notna().any()
        )


@dataclass(frozen=True, slots=True, eq=False)
class IndicatorValues:
    """An indicator with its settings and its values: what a chart draws.

    Parameters
    ----------
    settings
        Parameters that differ from the defaults.
    frame
        The outputs' columns on the sessions of the bars.
    """

    indicator: Indicator
    settings: Settings
    frame: pd.DataFrame

    @property
    def title(self) -> str:
        """The label with the parameters."""
        return self.indicator.title(self.settings)
