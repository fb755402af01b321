"""Why a claim cannot be computed or drawn: each reason with its words."""

from __future__ import annotations

from enum import Enum


class Obstacle(Enum):
    """Why a claim cannot be computed or drawn: the template of the sentence, and the remedy."""

    NO_SERIES = ("The claim names no series", "")
    NO_BARS = ("There are no bars of {symbol}", "Fetch or import them")
    BARS_END_EARLY = ("The bars of {symbol} end on {last}, before {day}", "It takes newer ones")
    NO_INTRADAY = ("The {field} of {symbol} on {day} is not known", "")
    NO_FED_MOVE = ("The catalogue knows no change of the Fed by then", "")
    FED_MOVES_END_EARLY = (
        "The catalogue has the Fed's changes up to {complete_until}, not to {day}",
        "Add later ones to it",
    )
    NEEDS_OTHER_DATA = ("Prices of funds and indices cannot settle this: it needs {data}", "")
    NEEDS_ANOTHER_SOURCE = (
        "Prices of funds and indices cannot settle this: it needs a source other than prices",
        "",
    )
    NEEDS_SOME_MEMBERS = (
        "Prices of funds and indices cannot settle this: it needs prices of the index's members",
        "",
    )
    NEEDS_MEMBERS_OF_THAT_TIME = (
        "Prices of funds and indices cannot settle this: it needs prices of all members of that "
        "time",
        "",
    )
    NEEDS_SOME_HOLDINGS = (
        "Prices of funds and indices cannot settle this: it needs the fund's holdings of that time",
        "",
    )
    NEEDS_SOME_FRED_SERIES = (
        "Prices of funds and indices cannot settle this: it needs a series of FRED",
        "",
    )
    NEEDS_HOLDINGS = (
        "Prices cannot settle this: it needs the holdings file of {symbols:all}{days:as_of}",
        "",
    )
    NEEDS_MEMBERS = (
        "Prices of funds cannot settle this: it needs the daily closes of {symbols:all}{days:on}",
        "",
    )
    NEEDS_ALL_MEMBERS = (
        "Prices of funds cannot settle this: it needs the daily closes of all members of "
        "{symbols:all}{days:as_of}",
        "",
    )
    NEEDS_FRED_SERIES = (
        "Prices of funds and indices cannot settle this: it needs the FRED series {symbols:all}"
        "{days:on}",
        "",
    )
    PATTERN = ("A pattern is a matter of view: none is looked for, its level is drawn", "")
    NOTHING_TO_DRAW = ("There is nothing to draw: no price or date settles this claim", "")
    NO_BARS_TO_DRAW = ("There are no bars of {symbol} to draw", "Fetch or import them")
    SIMULATED_PRICES = (
        "The prices at hand are simulated, so there is no chart of them",
        "It is drawn when real prices are here",
    )
