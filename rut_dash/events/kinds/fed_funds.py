"""Changes of the Fed's target for the federal funds rate; the events are in the file beside."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rut_dash.events.event import Direction, EventKind, Glyph, Lane

KIND: Final = EventKind(
    key="fed",
    label="Fed funds target",
    short_label="Fed",
    event_label="Change of the Fed funds target",
    covers="every change of the target since 2000",
    lane=Lane(
        "Fed",
        "#8B6FE0",
        "circle",
        "●",
        order=20,
        by_direction=((Direction.RAISE, Glyph("circle-open", "○")),),
    ),
    file=Path(__file__).with_suffix(".toml"),
    directions=(Direction.CUT, Direction.RAISE),
    direction_required=True,
)
