"""Colours, widths and words that all charts share.

Streamlit's theme toggle does not rerun the script, so nothing here depends on the theme: every
explicit colour stands out against a white and against a near-black page (at least 3:1, WCAG
1.4.11), and text and backgrounds carry no colour, so that the page's theme gives them.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from rut_dash.market.history import Basis
from rut_dash.market.instruments import Role, foreign_listing, instrument, is_index
from rut_dash.wording import formatted, level_name

# Funds are warm and benchmarks are blue: every such pair can be distinguished by readers who see
# no red, no green or no blue (tests/charts/test_style.py measures it).
_SYMBOL_COLOURS: Final = {
    "IWM": "#E0650B",
    "IWO": "#C9482B",
    "IWN": "#A67C00",
    "IJR": "#9C5A2E",
    "^RUT": "#D9475F",
    "SPY": "#3B7DD8",
    "QQQ": "#5B63E0",
    "RSP": "#7D5FD9",
    "IWB": "#2B8CC9",
    "^GSPC": "#5B78B8",
}
_ROLE_COLOURS: Final[dict[Role, str]] = {"fund": "#B8722C", "benchmark": "#8A63D2"}

UP: Final = "#1489A6"
DOWN: Final = "#D0453F"
GREY: Final = "#7C8694"
# The ratio is neither leg.
RATIO: Final = "#1B9270"
# Averages, bands and indicator lines, in this order; they differ by dashes as well.
SERIES: Final = ("#8B6FE0", "#4E9440", "#C0589F", "#8F7A1E", "#2E93A8")
# A grid is decoration: it may be faint.
GRID: Final = "rgba(124,134,148,0.22)"

COLOURS: Final = tuple(
    dict.fromkeys(
        (
            *_SYMBOL_COLOURS.values(),
            *_ROLE_COLOURS.values(),
            *SERIES,
            UP,
            DOWN,
            GREY,
            RATIO,
        )
    )
)

# Widths of characters in em, after Arial's; other characters take 0.57.
_WIDTHS: Final = {
    character: width
    for characters, width in (
        ("ijl|'", 0.23),
        (" .,:;!/ftI()[]·-r", 0.33),
        ("ckszvxyJ", 0.5),
        ("FTZL", 0.62),
        ("ABEKPSVXY&", 0.68),
        ("CDHNRUGOQw", 0.76),
        ("mMW@%—…■◆●▲", 0.92),
    )
    for character in characters
}
# Formatting days by strftime would take a third of the time of a chart of candles.
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_text(day: pd.Timestamp) -> str:
    """Return a day as readers of a chart see it: ``Mon 2025-05-12``."""
    return f"{_WEEKDAYS[day.weekday()]} {day.year}-{day.month:02}-{day.day:02}"


def colour_of(symbol: str, role: Role) -> str:
    """Return a symbol's colour, the same everywhere; a typed one has its role's."""
    return _SYMBOL_COLOURS.get(symbol, _ROLE_COLOURS[role])


def pair_colours(fund: str, benchmark: str) -> tuple[str, str]:
    """Return the colours of two symbols in one chart.

    Two funds, or two benchmarks, have colours that are hard to distinguish: the symbol that is
    in the other's role then has the colour of the role.
    """
    colours = (colour_of(fund, "fund"), colour_of(benchmark, "benchmark"))
    families = (instrument(fund).role or "fund", instrument(benchmark).role or "benchmark")
    if families == ("fund", "fund"):
        return colours[0], _ROLE_COLOURS["benchmark"]
    if families == ("benchmark", "benchmark"):
        return _ROLE_COLOURS["fund"], colours[1]
    return colours


def faint(colour: str) -> str:
    """Return a colour for an area: the line at its edge carries the contrast."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def price_unit(symbol: str, basis: Basis = Basis.PRICE) -> str:
    """Return the unit of a symbol's prices; that outside the US (``VOD.L``) is not known here."""
    is_foreign = foreign_listing(symbol) is not None
    unit = "Index points" if is_index(symbol) else "Price" if is_foreign else "US dollars"
    return level_name(unit, basis)


def describe_series(subject: str, values: pd.Series, fmt: str) -> str:
    """Return a sentence on a series: its window, first and last values, and extremes."""
    present = values.dropna()
    if present.empty:
        return f"{subject}: no values in this window."
    days = pd.DatetimeIndex(present.index)
    numbers = present.to_numpy(dtype="float64")

    def at(place: int) -> str:
        return f"{formatted(numbers[place], fmt)} on {day_text(days[place])}"

    low, high = int(numbers.argmin()), int(numbers.argmax())
    return f"{subject}: from {at(0)} to {at(-1)}; lowest {at(low)}, highest {at(high)}."


def text_width(text: str, size: float) -> float:
    """Return about how many pixels a text takes in a wide sans-serif font (on the safe side)."""
    return size * sum(_WIDTHS.get(character, 0.57) for character in text)
