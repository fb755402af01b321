"""What is measured: samples, what they are held against, the bar, and how a table shows them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Bar = Literal["ratio", "at least ratio", "above", "value", "largest", "none"]

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
        below), their difference, the median itself, or the largest of all.
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
        return max(self.samples) if self.bar == "largest" else self.median

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
            "largest": f"all ≤ {limit} {self.unit}",
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
    """Return the table for docs/speed.md: one row for all pages of a figure."""
    alike: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        stem = figure.name.partition(": ")[0]
        alike.setdefault((stem, figure.note if ": " in figure.name else ""), []).append(figure)
    lines = [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}"]
    for (stem, note), group in alike.items():
        cells = group[0].cells if len(group) == 1 else _together(stem, note, group)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _together(stem: str, note: str, group: Sequence[Figure]) -> tuple[str, ...]:
    """Return one row for the same figure of several pages: from the least to the largest."""
    first = group[0]
    medians = sorted(figure.median for figure in group)
    judged = sorted(figure.judged for figure in group)
    name = f"{stem}{f', {note}' if note else ''}: {len(group)} of them"
    samples = [sample for figure in group for sample in figure.samples]
    spread = (
        f" ({_number(min(samples))}–{_number(max(samples))})" if len(samples) > len(group) else ""
    )
    measured = f"{_number(medians[0])} to {_number(medians[-1])} {first.unit}{spread}"
    against = ""
    if first.reference:
        base = statistics.median([sample for f in group for sample in f.reference])
        against = f"{_number(judged[0])} to {_number(judged[-1])} × ({_number(base)} {first.unit})"
    cpu_times = [figure.cpu for figure in group if figure.cpu is not None]
    cpu = f"{min(cpu_times):.1f} to {max(cpu_times):.1f} ms" if cpu_times else ""
    missed = [f"{figure.name.partition(': ')[2]} {figure.cells[-1]}" for figure in group
              if figure.met is False]  # fmt: skip
    return name, first.cells[1], measured, against, cpu, "; ".join(missed) or "met"


def records(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return all that is known of the figures, for a file."""
    return [
        {**asdict(figure), "median": figure.median, "judged": figure.judged, "met": figure.met}
        for figure in figures
    ]
