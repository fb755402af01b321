"""Announcements of US tariffs; the events are in the file beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rut_dash.events.event import EventKind, Lane

KIND: Final = EventKind(
    key="tariff",
    label="Tariffs",
    short_label="Tariffs",
    event_label="Tariff announcement",
    covers="a selection of the US tariff announcements of 2018, 2019 and 2025",
    lane=Lane("Tariff", "#D0453F", "diamond", "◆", order=10),
    file=Path(__file__).with_suffix(".toml"),
    is_selection=True,
)
