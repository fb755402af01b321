"""Sentences about a scope: from where it counts, and what of the view could not be had."""

from __future__ import annotations

from rut_dash.errors import OutOfRange
from rut_dash.ui.scope import Anchor, AnchorReplaced, BasisReplaced, ScopeNotice
from rut_dash.wording import counted, day


def anchor_text(anchor: Anchor) -> str:
    """Return from which close an anchor counts, and why from there."""
    if anchor.event is None:
        return f"Counted from the close of {day(anchor.session)}."
    if anchor.session.date() == anchor.event.date:
        return f"{anchor.label}: counted from its own close, {day(anchor.session)}."
    return (
        f"{anchor.label} ({day(anchor.event.date)}, {anchor.event.timing.label}): counted from the "
        f"last close before it, {day(anchor.session)}."
    )


def notice_text(notice: ScopeNotice) -> str:
    """Return what of the view could not be had, and what is in its place."""
    if isinstance(notice, OutOfRange):
        return str(notice)
    if isinstance(notice, BasisReplaced):
        because = f", because {notice.gap}" if notice.gap else ""
        return (
            f"{notice.symbol} has no {notice.requested.label} basis{because}: both are shown on "
            f"the {notice.basis.label} basis."
        )
    if isinstance(notice, AnchorReplaced):
        event = notice.event
        name = f"{event.label} ({event.date})" if event else f"The anchor {notice.name}"
        return (
            f"{name} lies outside the common sessions, which run from {notice.first:%Y-%m-%d} to "
            f"{notice.last:%Y-%m-%d}: counted from the first of them."
        )
    return (
        f"The history is shorter than {notice.window}: all of its "
        f"{counted(notice.sessions, 'common session')} are shown, from {notice.first:%Y-%m-%d}."
    )
