"""A chart: its context, its specification, and how it is sent to the browser."""

from __future__ import annotations

import base64
import copy
import functools
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pandas as pd

from rut_dash.charts.style import day_text
from rut_dash.market.history import Basis
from rut_dash.market_wording import behind_clause
from rut_dash.wording import basis_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

SIMULATED: Final = "SIMULATED DATA"
# The types of numbers that JavaScript has typed arrays of.
_TYPED_ARRAYS: Final = frozenset({"f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4"})


@dataclass(frozen=True, slots=True)
class Context:
    """The subject of a chart, and the origin of its numbers.

    Parameters
    ----------
    as_of
        The last session behind the numbers.
    source
        In words.
    simulated
        True for the bundled demo: the chart is then marked, in its title and across it.
    unlisted
        The kinds of events that a chart goes beyond, each by the name of its lane with the last
        day up to which its events are listed.
    behind
        How many final sessions the prices are behind; 0 where they are not, or need not be.
    """

    fund: str
    benchmark: str
    basis: Basis
    as_of: pd.Timestamp
    source: str
    simulated: bool
    unlisted: tuple[tuple[str, date], ...] = ()
    behind: int = 0

    @property
    def caption(self) -> str:
        """As-of, how far it is behind, basis and source; led by the warning of simulated ones."""
        parts = [f"As of {day_text(self.as_of)}", f"{basis_text(self.basis)} basis", self.source]
        if self.behind:
            parts.append(behind_clause(self.behind))
        return " · ".join([SIMULATED, *parts] if self.simulated else parts)


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure with what must travel with it.

    Parameters
    ----------
    spec
        The figure as plain dictionaries and arrays; its theme is the page's.
    name
        Stem of the names of its files.
    title
        As in the figure.
    alt
        One to three sentences for a reader who does not see it, from the data shown.
    caption
        As-of, basis and source, as in the figure.
    simulated
        True where the numbers are those of the bundled demo.
    note
        A sentence after the caption, on what its events go up to; empty for none.
    slide
        The entries of the layout that are others in an image of the size of a slide.
    colour
        Of the line that the title names; None where it names none.
    fitted
        The y axes, such as ``yaxis2``, that fit what is seen of their values after a zoom.
    weekly
        True where a bar is a week.
    """

    spec: dict[str, Any]
    name: str
    title: str
    alt: str
    caption: str = ""
    simulated: bool = False
    note: str = ""
    slide: dict[str, Any] = field(default_factory=dict)
    colour: str | None = None
    fitted: tuple[str, ...] = ()
    weekly: bool = False

    @property
    def figure(self) -> go.Figure:
        """The figure as Plotly's own object, which takes some 10 ms to check it."""
        import plotly.graph_objects as go

        # A copy: Plotly takes the types out of the traces for a moment, and others read them.
        return go.Figure(copy.deepcopy(self.spec))

    @functools.cached_property
    def encoded(self) -> bytes:
        """What the script of a chart takes, as JSON: encoded once, however often it is drawn."""
        message = {
            "figure": _encode_arrays(self.spec),
            "slide": _encode_arrays(self.slide),
            "title": self.title,
            "colour": self.colour,
            "caption": f"{self.caption} · {self.note}" if self.note else self.caption,
            "alt": self.alt,
            "name": self.name,
            "fitted": self.fitted,
            "weekly": self.weekly,
        }
        return orjson.dumps(message, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def _encode_arrays(value: Any) -> Any:  # noqa: ANN401 - any part of a specification
    """Return a part of a specification with its arrays as plotly.js decodes them fastest."""
    if isinstance(value, np.ndarray):
        dtype = f"{value.dtype.kind}{value.dtype.itemsize}"
        if dtype not in _TYPED_ARRAYS:
            return value.tolist()
        packed = base64.b64encode(value.tobytes()).decode("ascii")
        encoded = {"dtype": dtype, "bdata": packed}
        if value.ndim > 1:
            encoded["shape"] = ", ".join(map(str, value.shape))
        return encoded
    if isinstance(value, dict):
        return {key: _encode_arrays(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_encode_arrays(part) for part in value]
    return value


def file_stem(ctx: Context, subject: str, *symbols: str) -> str:
    """Return a stem for files: lower-case letters, digits and hyphens."""
    simulated = "simulated" if ctx.simulated else ""
    words = (*symbols, subject, ctx.basis.value, f"{ctx.as_of:%Y-%m-%d}", simulated)
    return "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", w.lower()).strip("-") for w in words)))
