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

from rut_dash.analysis.returns import period_start, session_on_or_before, sessions_of
from rut_dash.charts.chart import Context
from rut_dash.charts.event_strip import EventMark
from rut_dash.charts.style import GREY
from rut_dash.errors import BasisGap, BasisUnavailable, NoCommonBasis, OutOfRange
from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.event import Event, Lane
from rut_dash.events.kinds import KINDS
from rut_dash.iso_dates import parse_iso_date
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.market_wording import source_label
from rut_dash.ui.cache import cached
from rut_dash.ui.view import ViewState, default_view, span_of

# About a month of the way into the anchor is shown before it.
LEAD_SESSIONS: Final = 21
# The lane of an anchor that is no event.
_PLAIN_DATE: Final = Lane("Since", GREY)

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


@dataclass(frozen=True, slots=True)
class BasisReplaced:
    """One or both legs lack the basis of the view: both have another one.

    Parameters
    ----------
    symbols
        The legs that lack it.
    requested, basis
        The basis of the view, and the one in its place.
    gap
        Why they lack it; None where that is unknown.
    """

    symbols: tuple[str, ...]
    requested: Basis
    basis: Basis
    gap: BasisGap | None


@dataclass(frozen=True, slots=True)
class AnchorReplaced:
    """The anchor of the view is outside the common sessions: the first of them is the anchor.

    Parameters
    ----------
    name
        As in the view: the id of an event or a date.
    event
        None where it is no event of the catalogue.
    first, last
        The common sessions.
    is_default
        True for the anchor of a view that names none.
    """

    name: str
    event: Event | None
    first: pd.Timestamp
    last: pd.Timestamp
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class AnchorNotYetKnown:
    """The event of the view was not yet known by the as-of: the first common session is the anchor.

    Parameters
    ----------
    event
        On or before the as-of, but known only later.
    as_of, first
        The last and the first common session.
    is_default
        True for the anchor of a view that names none.
    """

    event: Event
    as_of: pd.Timestamp
    first: pd.Timestamp
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class WindowShortened:
    """The history is shorter than the window of the view: all of it is in the window.

    Parameters
    ----------
    window
        As in the view.
    sessions
        How many common sessions there are.
    first
        The first of them.
    """

    window: str
    sessions: int
    first: pd.Timestamp


ScopeNotice = BasisReplaced | AnchorReplaced | AnchorNotYetKnown | WindowShortened | OutOfRange


@dataclass(frozen=True, eq=False)
class Scope:
    """One answer to a view: every figure of a page follows from it.

    Parameters
    ----------
    basis
        What both legs can give: the basis asked for where they can; None where they have none
        in common.
    catalogue
        The events known by the as-of.
    anchor
        Where "since" begins.
    start, end
        First and last session on the screen.
    notices
        What of the view could not be had, and what is in its place.
    behind
        How many final sessions the prices are behind; 0 for simulated ones.
    """

    view: ViewState
    pair: PricePair
    basis: Basis | None
    catalogue: Catalogue
    anchor: Anchor
    start: pd.Timestamp
    end: pd.Timestamp
    notices: tuple[ScopeNotice, ...] = ()
    behind: int = 0

    @cached_property
    def version(self) -> str:
        """A digest of all that a figure can depend on."""
        parts = (self.view, self.pair.version, self.basis, self.anchor, self.start, self.end)
        text = "\0".join(map(repr, (*parts, self.catalogue.version, self.behind)))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    @property
    def lacks_basis(self) -> NoCommonBasis | None:
        """Why the legs cannot be compared: they have no basis in common; None where they can."""
        if self.basis is not None:
            return None
        return NoCommonBasis(
            tuple((leg.symbol, tuple(basis.value for basis in leg.bases)) for leg in self.pair.legs)
        )

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
    def replaces_anchor(self) -> bool:
        """True where the anchor of the view cannot be had, and another one is in its place."""
        return any(isinstance(n, AnchorReplaced | AnchorNotYetKnown) for n in self.notices)

    @property
    def hides_anchor_event(self) -> bool:
        """True where the anchor of the view is an event that goes by its date alone."""
        is_event = self.catalogue.get(self.view.anchor) is not None
        return is_event and self.anchor.event is None and not self.replaces_anchor

    @property
    def symbols(self) -> tuple[str, str]:
        """The fund's symbol, then the benchmark's."""
        return (self.pair.fund.symbol, self.pair.benchmark.symbol)

    @property
    def sessions(self) -> pd.DatetimeIndex:
        """The sessions of every comparison: those that both legs have on the basis."""
        return _sessions(self.pair, self.basis)

    @property
    def leg(self) -> PriceHistory:
        """The leg that the single-symbol charts show."""
        return self.pair.fund if self.view.leg == "fund" else self.pair.benchmark

    @cached_property
    def window_pair(self) -> PricePair:
        """The prices as of the end of the window: what a chart that ends there is made of.

        Levels of total return then end at the raw close, and the percentile of the ratio counts
        nothing later.
        """
        if self.end == self.sessions[-1]:
            return self.pair
        return PricePair.align(*self.pair.legs, self.end.date())

    @property
    def window_leg(self) -> PriceHistory:
        """The leg that the single-symbol panels show, as of the end of the window."""
        fund, benchmark = self.window_pair.legs
        return fund if self.view.leg == "fund" else benchmark

    def basis_of(self, leg: PriceHistory) -> Basis:
        """Return the basis on which a leg is shown by itself."""
        basis = self.basis or self.view.basis
        return basis if basis in leg.bases else leg.bases[0]

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
        """What every figure up to the last session says about its prices, and every table."""
        return self.context_of(self.basis or self.view.basis)

    @property
    def window_context(self) -> Context:
        """What every chart of the window says about its prices: they are as of its end."""
        return self.context_of(self.basis or self.view.basis, self.end)

    def context_of(self, basis: Basis, as_of: pd.Timestamp | None = None) -> Context:
        """Return the context of a figure on a basis, as of the last session where None."""
        sources = dict.fromkeys(source_label(leg.provenance) for leg in self.pair.legs)
        return Context(
            fund=self.pair.fund.symbol,
            benchmark=self.pair.benchmark.symbol,
            basis=basis,
            as_of=as_of or self.pair.as_of,
            source=" and ".join(sources),
            simulated=self.pair.simulated,
            unlisted=self._unlisted(as_of or self.pair.as_of),
            # A range that ends earlier is of the past, however old the prices are.
            behind=self.behind if as_of in (None, self.pair.as_of) else 0,
        )

    def _unlisted(self, as_of: pd.Timestamp) -> tuple[tuple[str, date], ...]:
        """Return the kinds of the view whose events are not all listed up to a day."""
        listed = self._catalogue_as_of(as_of).complete_until
        return tuple(
            (KINDS[kind].lane.name, listed[kind])
            for kind in self.view.kinds
            if kind in listed and listed[kind] < as_of.date()
        )

    def _catalogue_as_of(self, as_of: pd.Timestamp) -> Catalogue:
        """Return the events known by the end of a window."""
        if as_of >= self.pair.as_of:
            return self.catalogue
        return cached(Catalogue.up_to, self.catalogue, as_of.date())

    @cached_property
    def marks(self) -> tuple[EventMark, ...]:
        """The events of the view's kinds in the window, each on its own day, and the anchor.

        Those that were known by its end, and one that the reader chose as the anchor.
        """
        anchor = self.anchor
        catalogue = self._catalogue_as_of(self.end)
        anchor_is_visible = self.start <= anchor.session <= self.end
        marks = [
            EventMark(
                day, event.short, KINDS[event.kind].lane, event.headline, direction=event.direction
            )
            for event in catalogue.of_kinds(self.view.kinds)
            if self.start <= (day := pd.Timestamp(event.date)) <= self.end
            and not (anchor_is_visible and event == anchor.event)
        ]
        if anchor_is_visible:
            event = anchor.event
            day = pd.Timestamp(event.date) if event else anchor.session
            lane = KINDS[event.kind].lane if event else _PLAIN_DATE
            direction = event.direction if event else None
            marks.append(
                EventMark(day, anchor.short, lane, counted_from=anchor.session, direction=direction)
            )
        return tuple(sorted(marks, key=lambda mark: mark.session))


def resolve_scope(
    view: ViewState, pair: PricePair, load: Callable[[date], Catalogue], behind: int = 0
) -> Scope:
    """Return what a page shows of a pair in answer to a view.

    What cannot be had is replaced, and `Scope.notices` has the fact: a basis that the pair
    lacks by one that it has, an anchor outside the history by its first session, a range
    without sessions by the window around the anchor.

    Parameters
    ----------
    load
        Returns the catalogue up to a day.
    behind
        As in `Scope`.
    """
    notices: list[ScopeNotice] = []
    whole_catalogue = load(pair.as_of.date())
    basis = _basis(view, pair, notices)
    sessions = _sessions(pair, basis)
    anchor = _anchor(view, whole_catalogue, sessions, notices)
    start, end = _window(view.window, anchor, sessions, notices)
    anchor = _without_hindsight(anchor, view, end)
    # Cached: its version, a part of that of every scope, is a digest of all its events.
    catalogue = cached(Catalogue.up_to, whole_catalogue, pair.as_of.date())
    return Scope(view, pair, basis, catalogue, anchor, start, end, tuple(notices), behind)


def _sessions(pair: PricePair, basis: Basis | None) -> pd.DatetimeIndex:
    """Return the sessions that both legs have on a basis; those of all prices where it is None."""
    return pair.sessions if basis is None else sessions_of(pair.closes(basis))


def _basis(view: ViewState, pair: PricePair, notices: list[ScopeNotice]) -> Basis | None:
    """Return the basis of the view, or another that both legs have; None where none is."""
    if view.basis in pair.bases:
        return view.basis
    if not pair.bases:
        return None
    basis = pair.bases[0]
    lacking: dict[BasisGap | None, tuple[str, ...]] = {}
    for leg in pair.legs:
        try:
            leg.close(view.basis)
        except BasisUnavailable as error:
            lacking[error.gap] = (*lacking.get(error.gap, ()), error.symbol)
    notices.extend(
        BasisReplaced(symbols, view.basis, basis, gap) for gap, symbols in lacking.items()
    )
    return basis


def _anchor(
    view: ViewState, catalogue: Catalogue, sessions: pd.DatetimeIndex, notices: list[ScopeNotice]
) -> Anchor:
    """Return the anchor of a view, or the first session where it is outside the sessions."""
    name, is_default = view.anchor, _has_default_anchor(view)
    event = catalogue.get(name)
    day = event.date if event else _date(name)
    first, last = sessions[0], sessions[-1]
    session: pd.Timestamp | None = None
    not_yet_known = event is not None and event.date <= last.date() < event.known_from
    if day is not None and pd.Timestamp(day) <= last and not not_yet_known:
        session = anchor_session(event, sessions) if event else session_on_or_before(sessions, day)
    if session is None:
        if event is not None and not_yet_known:
            notices.append(AnchorNotYetKnown(event, last, first, is_default))
        else:
            notices.append(AnchorReplaced(name, event, first, last, is_default))
        return Anchor(first, "First common session", f"{first:%Y-%m-%d}")
    if event:
        return Anchor(session, event.label, event.short, event)
    return Anchor(session, f"{session:%Y-%m-%d}", name)


def _has_default_anchor(view: ViewState) -> bool:
    """Return True if the anchor is that of a view that names none: no reader chose it."""
    return view.anchor == default_view().anchor


def _without_hindsight(anchor: Anchor, view: ViewState, end: pd.Timestamp) -> Anchor:
    """Return the default anchor without its event, where the window ends before it was known.

    An event that a reader chose is named in any window.
    """
    event = anchor.event
    if event is None or event.known_from <= end.date() or not _has_default_anchor(view):
        return anchor
    name = f"{anchor.session:%Y-%m-%d}"
    return Anchor(anchor.session, name, name)


def _date(name: str) -> date | None:
    try:
        return parse_iso_date(name)
    except ValueError:
        return None  # an event that the catalogue no longer has


def _window(
    window: str, anchor: Anchor, sessions: pd.DatetimeIndex, notices: list[ScopeNotice]
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last session of a window."""
    first, last = sessions[0], sessions[-1]
    span = span_of(window)
    if span is not None:
        start, end = pd.Timestamp(span[0]), pd.Timestamp(span[1])
        visible = sessions[(sessions >= start) & (sessions <= end)]
        if len(visible) > 1:
            return visible[0], visible[-1]
        missing = span[0] if start < first else span[1]
        notices.append(OutOfRange("the comparison", missing, first.date(), last.date()))
    elif window != "ANCHOR":
        start_of_period = period_start(sessions, window)
        if start_of_period is None:
            notices.append(WindowShortened(window, len(sessions), first))
        return start_of_period or first, last
    lead = max(0, int(sessions.searchsorted(anchor.session)) - LEAD_SESSIONS)
    return sessions[lead], last
