"""Highs and lows of the market; the events are in the file beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rut_dash.events.event import Direction, EventKind, Glyph, Lane

KIND: Final = EventKind(
    key="market",
    label="Market highs and lows",
    short_label="Highs & lows",
    event_label="Market high or low",
    covers="every turn of 20% or more in the closes of IWM, since its start in May 2000",
    lane=Lane(
        "Market",
        "#1B9270",
        "bowtie",
        "⋈",
        order=30,
        by_direction=(
            (Direction.LOW, Glyph("triangle-up", "▲")),
            (Direction.HIGH, Glyph("triangle-down", "▼")),
        ),
    ),
    file=Path(__file__).with_suffix(".toml"),
    own_close=True,
    retrospective=True,
    directions=(Direction.HIGH, Direction.LOW),
)
