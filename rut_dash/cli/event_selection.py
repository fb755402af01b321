"""Events by kind and direction, as arguments name them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rut_dash.errors import InvalidInput
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.kinds import KINDS, directions_of


def add_event_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name kinds and directions of events."""
    parser.add_argument(
        "--kind", action="append", choices=list(KINDS), help="events of this kind; may be repeated"
    )
    parser.add_argument(
        "--direction",
        action="append",
        choices=list(map(str, directions_of(KINDS))),
        help="events of this direction, of kinds that have it; may be repeated",
    )


def events_of(catalogue: Catalogue, kinds: list[str], directions: Sequence[str]) -> Catalogue:
    """Return the events of some kinds and directions.

    Raises
    ------
    InvalidInput
        If none of the kinds has a direction.
    """
    allowed = directions_of(kinds)
    for direction in directions:
        if direction not in allowed:
            expected = f"one of {', '.join(allowed)}" if allowed else "no direction"
            raise InvalidInput("direction", direction, f"{expected}, as the kinds listed have")
    return catalogue.of_kinds(kinds, [way for way in allowed if way in directions])
