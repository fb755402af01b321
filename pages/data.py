"""Data: where each symbol's bars come from, how far they go, and what is wrong with them."""

from __future__ import annotations

from rut_dash.ui.health import draw_health
from rut_dash.ui.page import open_page

page = open_page("data", compares=False)
draw_health(page)
