"""Links of today: what tests add to a link so that no test depends on a default."""

from __future__ import annotations

from rut_dash.ui.view import DEFAULT_VIEW, DEFAULTS, VERSION_KEY, to_query

# The version that the address of a changed view carries; none while there is one version only.
LINK_VERSION = {
    key: value
    for key, value in to_query(DEFAULT_VIEW.with_(claim="A0-1a")).items()
    if key == VERSION_KEY
}
NEWEST = max(DEFAULTS)
