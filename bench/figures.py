"""What is measured: samples, what they are held against, the bar, and how a table shows them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

__all__ = ["Figure", "markdown", "plain_table", "records"]

Bar = Literal["ratio", "at least ratio", "above", "value", "none"]

_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.

    Parameters
    ----------
    group, name
        What is measured; the group is what ``--only`` chooses.
    unit
        Of the samples.
    samples
        Measured.
    reference
        Of the empty page or of another peer in the same run; empty where there is none.
    bar
        What `limit` bounds: the ratio of the medians to the reference's (from above or from
        below), their difference, or the median itself.
    limit
        The bar; None for a figure that is only reported.
    cpu
        Milliseconds of the server's CPU per rerun; None where that says nothing.
    note
        A few words more.
    """

    group: str
    name: str
    unit: str
    samples: tuple[float, ...]
    reference: tuple[float, ...] = ()
    bar: Bar = "none"
    limit: float | None = None
    cpu: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """Return the median of the samples."""
        return statistics.median(self.samples)

    @property
    def judged(self) -> float:
        """Return what the bar is about."""
        if self.bar in ("ratio", "at least ratio"):
            return self.median / statistics.median(self.reference)
        if self.bar == "above":
            return self.median - statistics.median(self.reference)
        return self.median

    @property
    def met(self) -> bool | None:
        """Return whether the bar is met; None where there is none."""
        if self.limit is None:
            return None
        if self.bar == "at least ratio":
            return self.judged >= self.limit
        return self.judged <= self.limit

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row: name, bar, measured, held against, server CPU, verdict."""
        spread = f" ({_number(min(self.samples))}–{_number(max(self.samples))})"
        measured = f"{_number(self.median)} {self.unit}{spread if len(self.samples) > 1 else ''}"
        against = ""
        if self.reference:
            times = self.bar != "above"
            against = f"{_number(self.judged)}{' ×' if times else f' {self.unit} more'} "
            against += f"({_number(statistics.median(self.reference))} {self.unit})"
        cpu = "" if self.cpu is None else f"{self.cpu:.1f} ms"
        name = f"{self.name}, {self.note}" if self.note else self.name
        return name, self._bar(), measured, against, cpu, self._verdict()

    def _bar(self) -> str:
        if self.limit is None:
            return "–"
        limit = _number(self.limit)
        return {
            "ratio": f"≤ {limit} ×",
            "at least ratio": f"≥ {limit} ×",
            "above": f"≤ {limit} {self.unit} more",
            "value": f"≤ {limit} {self.unit}",
        }[self.bar]

    def _verdict(self) -> str:
        if self.met is None or self.limit is None:
            return ""
        if self.met:
            return "met"
        return f"missed by {abs(self.judged / self.limit - 1):.0%}"


def _number(value: float) -> str:
    """Return three significant digits, without an exponent."""
    if value and abs(value) < 100:
        text = f"{value:.{_DIGITS}g}"
        return text if "e" not in text else f"{value:.5f}"
    return f"{value:,.0f}"


HEAD: Final = ("figure", "bar", "measured: median (min–max)", "held against", "CPU", "")


def plain_table(figures: Iterable[Figure]) -> str:
    """Return the table for a terminal."""
    rows = [HEAD, *(figure.cells for figure in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def markdown(figures: Iterable[Figure]) -> str:
    """Return the table for the README."""
    lines = [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}"]
    lines += [f"| {' | '.join(figure.cells)} |" for figure in figures]
    return "\n".join(lines)


def records(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return all that is known of the figures, for a file."""
    return [
        {**asdict(figure), "median": figure.median, "judged": figure.judged, "met": figure.met}
        for figure in figures
    ]
