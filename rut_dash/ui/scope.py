"""What the figures of a page are about: prices, basis, anchor and window, decided once.

Pure of Streamlit. Numbers are computed on the full history; `Scope.cut` leaves the window
for the screen afterwards, so that averages and peaks do not change with the zoom.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, TypeVar

import pandas as pd

from rut_dash.analysis.returns import period_start, session_on_or_before
from rut_dash.charts import Context, EventMark
from rut_dash.errors import BasisUnavailable, OutOfRange
from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.model import Event
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui.view import ViewState, span_of
from rut_dash.wording import day

__all__ = ["Anchor", "Scope", "resolve_scope"]

# About a month of the way into the anchor is shown before it.
LEAD_SESSIONS: Final = 21

SeriesOrFrame = TypeVar("SeriesOrFrame", pd.Series, pd.DataFrame)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where "since" begins.

    Parameters
    ----------
    session
        From this session's close.
    label
        In a reader's words: the event's label, or the date.
    short
        Fit for a column or a flag.
    event
        None for a plain date.
    """

    session: pd.Timestamp
    label: str
    short: str
    event: Event | None = None

    @property
    def sentence(self) -> str:
        """Say what is counted from where, and why from there."""
        if self.event is None:
            return f"Counted from the close of {day(self.session)}."
        if self.session.date() == self.event.date:
            return f"{self.label}: counted from its own close, {day(self.session)}."
        return (
            f"{self.label} ({day(self.event.date)}, {self.event.timing.label}): counted from the "
            f"last close before it, {day(self.session)}."
        )


@dataclass(frozen=True, eq=False)
class Scope:
    """One answer to a view: every figure of a page follows from it.

    Parameters
    ----------
    view
        What was asked for.
    pair
        The prices.
    basis
        What both legs can give: the basis asked for where they can; None where they have none
        in common.
    catalogue
        The events up to the as-of.
    anchor
        Where "since" begins.
    start, end
        First and last session on the screen.
    notices
        Sentences about what was asked and could not be.
    """

    view: ViewState
    pair: PricePair
    basis: Basis | None
    catalogue: Catalogue
    anchor: Anchor
    start: pd.Timestamp
    end: pd.Timestamp
    notices: tuple[str, ...] = ()

    @cached_property
    def version(self) -> str:
        """A digest of all that a figure can depend on."""
        parts = (self.view, self.pair.version, self.basis, self.anchor, self.start, self.end)
        text = "\0".join(map(repr, (*parts, self.catalogue.version)))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    @property
    def lacks_basis(self) -> BasisUnavailable | None:
        """Why the legs cannot be compared: they have no basis in common; None where they can."""
        if self.basis is not None:
            return None
        legs = self.pair.legs
        have = " and ".join(f"{leg.symbol} has only {leg.bases[0].label}" for leg in legs)
        return BasisUnavailable(f"{legs[0].symbol} against {legs[1].symbol}", "common", (), have)

    @property
    def common_basis(self) -> Basis:
        """The basis of every comparison.

        Raises
        ------
        BasisUnavailable
            If the legs have none in common.
        """
        if self.basis is None:
            error = self.lacks_basis
            assert error is not None
            raise error
        return self.basis

    @property
    def symbols(self) -> tuple[str, str]:
        """The fund's symbol, then the benchmark's."""
        return (self.pair.fund.symbol, self.pair.benchmark.symbol)

    @property
    def sessions(self) -> pd.DatetimeIndex:
        """The sessions that both legs have."""
        return self.pair.sessions

    @property
    def leg(self) -> PriceHistory:
        """The leg that the single-symbol panels show."""
        return self.pair.fund if self.view.leg == "fund" else self.pair.benchmark

    def basis_of(self, leg: PriceHistory) -> Basis:
        """Return the basis on which a leg is shown by itself."""
        wanted = self.basis or self.view.basis
        return wanted if wanted in leg.bases else leg.bases[0]

    def close_of(self, history: PriceHistory) -> pd.Series:
        """Return the closes of any history up to the as-of, on the basis of `basis_of`."""
        return history.close(self.basis_of(history)).loc[: self.pair.as_of]

    def cut(self, frame: SeriesOrFrame) -> SeriesOrFrame:
        """Return the rows of a frame that are on the screen."""
        return frame.loc[self.start : self.end]

    @property
    def log(self) -> bool:
        """True for a logarithmic price scale."""
        return self.view.scale == "log"

    @property
    def context(self) -> Context:
        """What every chart and every export says about its prices."""
        return self.context_of(self.basis or self.view.basis)

    def context_of(self, basis: Basis) -> Context:
        """Return the context of a figure on a basis."""
        sources = dict.fromkeys(leg.provenance.source for leg in self.pair.legs)
        return Context(
            fund=self.pair.fund.symbol,
            benchmark=self.pair.benchmark.symbol,
            basis=basis,
            as_of=self.pair.as_of,
            source=" and ".join(sources),
            simulated=self.pair.simulated,
        )

    @cached_property
    def marks(self) -> tuple[EventMark, ...]:
        """The events to be drawn: those of the kinds shown, and the anchor."""
        sessions = self.pair.fund.sessions
        events = self.catalogue.of_kinds(self.view.kinds).events
        places = sessions.searchsorted(pd.DatetimeIndex([event.date for event in events]))
        first, last = sessions.searchsorted([self.start, self.end])
        marks = [
            EventMark(sessions[at], event.short, event.kind, headline=event.headline)
            for event, at in zip(events, places.tolist(), strict=True)
            if first <= at <= last and event != self.anchor.event
        ]
        if self.start <= self.anchor.session <= self.end:
            kind = self.anchor.event.kind if self.anchor.event else ""
            marks.append(EventMark(self.anchor.session, self.anchor.short, kind, anchor=True))
        return tuple(sorted(marks, key=lambda mark: mark.session))


def resolve_scope(view: ViewState, pair: PricePair, load: Callable[[date], Catalogue]) -> Scope:
    """Return what a page shows of a pair in answer to a view.

    What cannot be had is replaced, and a sentence in `Scope.notices` says so: a basis that
    the pair lacks by one that it has, an anchor outside the history by its first session, a
    range without sessions by the window around the anchor.

    Parameters
    ----------
    view
        What is asked for.
    pair
        The prices.
    load
        Returns the catalogue up to a day.
    """
    notices: list[str] = []
    catalogue = load(pair.as_of.date()).up_to(pair.as_of.date())
    basis = _basis(view, pair, notices)
    sessions = pair.sessions
    anchor = _anchor(view.anchor, catalogue, load, sessions, notices)
    start, end = _window(view.window, anchor, sessions, notices)
    return Scope(view, pair, basis, catalogue, anchor, start, end, tuple(notices))


def _basis(view: ViewState, pair: PricePair, notices: list[str]) -> Basis | None:
    if view.basis in pair.bases:
        return view.basis
    for leg in pair.legs:
        try:
            leg.close(view.basis)
        except BasisUnavailable as error:
            lacking = error
            break
    if not pair.bases:
        return None
    basis = pair.bases[0]
    because = f", because {lacking.reason}" if lacking.reason else ""
    notices.append(
        f"{lacking.symbol} has no {view.basis.label} basis{because}: both are shown on the "
        f"{basis.label} basis."
    )
    return basis


def _anchor(
    name: str,
    catalogue: Catalogue,
    load: Callable[[date], Catalogue],
    sessions: pd.DatetimeIndex,
    notices: list[str],
) -> Anchor:
    first = Anchor(sessions[0], "First common session", f"{sessions[0]:%Y-%m-%d}")
    event = catalogue.get(name)
    session: pd.Timestamp | None = None
    if event is not None:
        session = anchor_session(event, sessions)
        what = f"{event.label} ({event.date:%Y-%m-%d})"
        anchor = Anchor(session or sessions[0], event.label, event.short, event)
    else:
        known = load(sessions[-1].date()).get(name)
        what = known.label if known else f"The anchor {name}"
        on = known.date if known else _date(name)
        if on is not None and pd.Timestamp(on) <= sessions[-1]:
            session = session_on_or_before(sessions, on)
        anchor = Anchor(session or sessions[0], f"{session or sessions[0]:%Y-%m-%d}", name)
    if session is None:
        notices.append(
            f"{what} lies outside the common sessions, which run from {sessions[0]:%Y-%m-%d} to "
            f"{sessions[-1]:%Y-%m-%d}: counted from the first of them."
        )
        return first
    return anchor


def _date(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None  # an event that the catalogue no longer has


def _window(
    window: str, anchor: Anchor, sessions: pd.DatetimeIndex, notices: list[str]
) -> tuple[pd.Timestamp, pd.Timestamp]:
    last = sessions[-1]
    span = span_of(window)
    if span is not None:
        start, end = pd.Timestamp(span[0]), pd.Timestamp(span[1])
        inside = sessions[(sessions >= start) & (sessions <= end)]
        if len(inside) > 1:
            return inside[0], inside[-1]
        notices.append(
            str(
                OutOfRange(
                    "the comparison",
                    span[0] if start < sessions[0] else span[1],
                    sessions[0].date(),
                    last.date(),
                )
            )
        )
    elif window != "ANCHOR":
        reached = period_start(sessions, window)
        if reached is None:
            notices.append(
                f"The history is shorter than {window}: all of its {len(sessions):,} common "
                f"sessions are shown, from {sessions[0]:%Y-%m-%d}."
            )
        return reached or sessions[0], last
    at = max(0, int(sessions.searchsorted(anchor.session)) - LEAD_SESSIONS)
    return sessions[at], last
