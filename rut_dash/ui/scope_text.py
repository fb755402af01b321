"""Sentences about a scope: from where it counts, and what of the view could not be had."""

from __future__ import annotations

from typing import Final

from rut_dash.errors import OutOfRange
from rut_dash.event_wording import direction_text, timing_text
from rut_dash.events.event import Event
from rut_dash.market_wording import behind_clause
from rut_dash.ui.figures import rebased_figure
from rut_dash.ui.pages import PageSpec
from rut_dash.ui.scope import (
    Anchor,
    AnchorNotYetKnown,
    AnchorReplaced,
    BasisReplaced,
    Scope,
    ScopeNotice,
)
from rut_dash.wording import basis_text, counted, day

# A view that names no anchor does not know a high or a low before the market did.
_DEFAULT_ANCHOR: Final = "The default anchor"


def anchor_text(anchor: Anchor) -> str:
    """Return from which close an anchor counts, and why from there."""
    if anchor.event is None:
        return f"Counted from the close of {day(anchor.session)}."
    if anchor.session.date() == anchor.event.date:
        return (
            f"{anchor.label}: counted from its own close, {day(anchor.session)}"
            f"{_known_clause(anchor.event)}."
        )
    return (
        f"{anchor.label} ({day(anchor.event.date)}, {timing_text(anchor.event.timing)}): "
        f"counted from the last close before it, {day(anchor.session)}"
        f"{_known_clause(anchor.event)}."
    )


def _known_clause(event: Event) -> str:
    """Return since when an event was known, a clause to append; empty where at once."""
    if not event.known_afterwards:
        return ""
    turn = f"a {direction_text(event.direction)}" if event.direction else "such an event"
    return f" ({turn} is known only afterwards: this one since {day(event.known_from)})"


def range_text(scope: Scope, page: PageSpec) -> str | None:
    """Return what of a page is as of the end of a range; None where it ends with the prices."""
    if scope.end == scope.sessions[-1]:
        return None
    later_anchor = ""
    if scope.anchor.session > scope.end and page.draws(rebased_figure):
        later_anchor = " (the rebased chart counts from the later close of the anchor)"
    return (
        f"{page.range_parts} as of the end of the range, {day(scope.end)}{later_anchor}; "
        f"{page.other_parts} as of {day(scope.pair.as_of)}."
    )


def old_prices_text(scope: Scope) -> str | None:
    """Return which prices end how many sessions ago; None where they are current."""
    if not scope.behind:
        return None
    # What is left out of the other leg has a sentence of its own.
    longer = {leg.symbol for leg in scope.pair.omitted}
    ending = [symbol for symbol in scope.symbols if symbol not in longer]
    subject = "Prices of" if ending else "The common sessions of"
    names = " and ".join(ending or scope.symbols)
    return f"{subject} {names} end on {day(scope.pair.as_of)}, {behind_clause(scope.behind)}."


def notice_text(notice: ScopeNotice) -> str:
    """Return what of the view could not be had, and what is in its place."""
    if isinstance(notice, OutOfRange):
        return str(notice)
    if isinstance(notice, BasisReplaced):
        because = f", because {notice.gap}" if notice.gap else ""
        has = "has" if len(notice.symbols) == 1 else "have"
        return (
            f"{' and '.join(notice.symbols)} {has} no {basis_text(notice.requested)} basis"
            f"{because}: "
            f"both are shown on the {basis_text(notice.basis)} basis."
        )
    if isinstance(notice, AnchorNotYetKnown):
        name = _DEFAULT_ANCHOR if notice.is_default else notice.event.label
        return (
            f"{name} ({notice.event.date}) was known only from "
            f"{notice.event.known_from}, after the last session, {notice.as_of:%Y-%m-%d}: counted "
            f"from the first common session, {notice.first:%Y-%m-%d}."
        )
    if isinstance(notice, AnchorReplaced):
        event = notice.event
        label = _DEFAULT_ANCHOR if event and notice.is_default else event and event.label
        name = f"{label} ({event.date})" if event else f"The anchor {notice.name}"
        return (
            f"{name} lies outside the common sessions, which run from {notice.first:%Y-%m-%d} to "
            f"{notice.last:%Y-%m-%d}: counted from the first of them."
        )
    return (
        f"The history is shorter than {notice.window}: all of its "
        f"{counted(notice.sessions, 'common session')} are shown, from {notice.first:%Y-%m-%d}."
    )
