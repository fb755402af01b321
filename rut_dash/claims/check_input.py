"""What a check works with: prices and events as known at a close, and its parameters."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import pandas as pd

from rut_dash.analysis.returns import session_on_or_before, sessions_of
from rut_dash.claims.check_result import Verdict, verdict_on, without_float_noise
from rut_dash.claims.choices import PriceField
from rut_dash.errors import (
    EventNotYetKnown,
    InvalidParameter,
    MissingColumns,
    NotComputable,
    Obstacle,
    OutOfRange,
)
from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import Catalogue
from rut_dash.events.event import Event
from rut_dash.market.history import Basis, PriceHistory

Load = Callable[[str], PriceHistory | None]

# Bars that end so many days before the day asked for may lack a weekend and a holiday; more
# than that and they end before the claim was made.
END_TOLERANCE: Final = pd.Timedelta(days=5)
BOUNDS: Final = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something dated that does not follow from prices.

    Parameters
    ----------
    id
        Named by checks.
    start, end
        First and last day; equal for a fact of one day.
    label, source
        What happened, and who says so.
    announced
        The day of the announcement, where it differs from the start.
    """

    id: str
    start: date
    end: date
    label: str
    source: str
    announced: date | None = None


@dataclass(frozen=True, slots=True)
class PointInTimeData:
    """Prices, events and facts as known at a close.

    Parameters
    ----------
    load
        Returns the bars of a symbol, None where there are none.
    catalogue
        All events; `events` has those known by the as-of.
    facts
        Dated facts, by id.
    as_of
        The day of the close.
    published
        The day of the claim; differs from ``as_of`` where an alternative is tried.
    """

    load: Load
    catalogue: Catalogue
    facts: Mapping[str, Fact]
    as_of: pd.Timestamp
    published: pd.Timestamp
    _memo: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)

    def at(self, as_of: date) -> PointInTimeData:
        """Return the data as known at another close."""
        return replace(self, as_of=pd.Timestamp(as_of))

    def _cached(self, key: tuple[object, ...], compute: Callable[[], Any]) -> Any:  # noqa: ANN401
        if key not in self._memo:
            self._memo[key] = compute()
        return self._memo[key]

    def _loaded(self, symbol: str) -> PriceHistory | None:
        history: PriceHistory | None = self._cached(
            ("full_history", symbol), lambda: self.load(symbol)
        )
        return history

    def full_history(self, symbol: str) -> PriceHistory:
        """Return all bars of a symbol, those after the as-of too: for forecasts.

        Raises
        ------
        NotComputable
            If there are none.
        """
        history = self._loaded(symbol)
        if not symbol:
            raise NotComputable(Obstacle.NO_SERIES)
        if history is None:
            raise NotComputable(Obstacle.NO_BARS, symbol=symbol)
        return history

    def covers_as_of(self, symbol: str) -> bool:
        """Return True if there are bars of a symbol up to the as-of, and from before it."""
        history = self._loaded(symbol)
        return (
            history is not None
            and history.first_session <= self.as_of <= history.last_session + END_TOLERANCE
        )

    def history(self, symbol: str) -> PriceHistory:
        """Return the bars of a symbol up to the as-of.

        Raises
        ------
        NotComputable
            If there are none, or they end before the as-of.
        OutOfRange
            If they start after it.
        """

        def cut() -> PriceHistory:
            full = self.full_history(symbol)
            if full.last_session + END_TOLERANCE < self.as_of:
                raise NotComputable(
                    Obstacle.BARS_END_EARLY,
                    symbol=symbol,
                    last=full.last_session.date(),
                    day=self.as_of.date(),
                )
            return full.as_of(self.as_of)

        history: PriceHistory = self._cached(("history", symbol, self.as_of), cut)
        return history

    def close(self, symbol: str, basis: Basis) -> pd.Series:
        """Return the closes of a symbol up to the as-of.

        Raises
        ------
        BasisUnavailable
            If the bars cannot give that basis.
        """
        close: pd.Series = self._cached(
            ("close", symbol, basis, self.as_of), lambda: self.history(symbol).close(basis)
        )
        return close

    def bars(self, symbol: str) -> pd.DataFrame:
        """Return the bars of a symbol up to the as-of, with high and low.

        Raises
        ------
        MissingColumns
            If high and low are unknown.
        """
        history = self.history(symbol)
        if not history.has_ohlc:
            raise MissingColumns(f"{symbol}: an intraday figure")
        return history.bars

    def intraday(self, symbol: str, field: PriceField) -> pd.Series:
        """Return the highs or lows of a symbol up to the as-of, on the sessions that have one.

        Raises
        ------
        MissingColumns
            If there are none.
        """
        return self.bars(symbol)[field].dropna()

    @property
    def events(self) -> Catalogue:
        """The events known by the as-of."""
        events: Catalogue = self._cached(
            ("events", self.as_of), lambda: self.catalogue.up_to(self.as_of.date())
        )
        return events

    def event(self, name: str) -> Event:
        """Return an event of the catalogue; it may lie ahead.

        Raises
        ------
        InvalidParameter
            If there is none of that id.
        EventNotYetKnown
            If only days after the as-of showed that it was one.
        """
        event = self.catalogue.get(name)
        if event is None:
            raise InvalidParameter("the event", name, "the id of an event of the catalogue")
        if event.known_afterwards and event.known_from > self.as_of.date():
            raise EventNotYetKnown(event.label, event.date, event.known_from, self.as_of.date())
        return event


@dataclass(frozen=True, slots=True)
class CheckInput:
    """One run of a check: on a series, on a basis, with its parameters.

    Parameters
    ----------
    data
        Prices and events as known at the close.
    symbol
        The series; empty where the check has none.
    basis
        Of its returns.
    params
        As `CheckParam.read` returns them.
    """

    data: PointInTimeData
    symbol: str
    basis: Basis
    params: Mapping[str, Any]

    @property
    def close(self) -> pd.Series:
        """The closes of the series up to the as-of."""
        return self.data.close(self.symbol, self.basis)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """Return a parameter, or the default where it is not given."""
        return self.params.get(name, default)

    @property
    def other(self) -> str:
        """The series that this one is compared with: the parameter ``other``.

        Raises
        ------
        InvalidParameter
            If it is the series itself.
        """
        other = str(self.params.get("other"))
        if other == self.symbol:
            raise InvalidParameter("the other series", other, f"another than {self.symbol}")
        return other

    def day(self, name: str) -> pd.Timestamp | None:
        """Return a day, None where it is not given."""
        value = self.params.get(name)
        return None if value is None else pd.Timestamp(value)

    def end(self) -> pd.Timestamp:
        """Return the parameter ``end``, the as-of where it is not given."""
        return self.day("end") or self.data.as_of

    def session(self, day: date, symbol: str | None = None) -> pd.Timestamp:
        """Return the last session on or before a day.

        Raises
        ------
        OutOfRange
            If the history starts later, or the day lies after the as-of.
        """
        close = self.data.close(symbol or self.symbol, self.basis)
        index = sessions_of(close)
        if pd.Timestamp(day) > self.data.as_of:
            raise OutOfRange(
                "what was known",
                pd.Timestamp(day).date(),
                index[0].date(),
                self.data.as_of.date(),
                remedy="Choose a day on or before that of the claim",
            )
        session = session_on_or_before(index, day)
        if session is None:
            raise OutOfRange(
                symbol or self.symbol, pd.Timestamp(day).date(), index[0].date(), index[-1].date()
            )
        return session

    def start(self) -> pd.Timestamp | None:
        """Return the session from which an event counts, or the parameter ``start``.

        Raises
        ------
        OutOfRange
            If the event lies after the as-of, or before the first session.
        EventNotYetKnown
            If it was not yet known to be one.
        """
        name = self.get("event")
        if name is None:
            return self.day("start")
        event = self.data.event(name)
        index = sessions_of(self.close)
        if pd.Timestamp(event.date) > self.data.as_of:
            raise OutOfRange("what was known", event.date, index[0].date(), index[-1].date())
        anchor = anchor_session(event, index)
        if anchor is None:
            raise OutOfRange(self.symbol, event.date, index[0].date(), index[-1].date())
        return anchor

    def verdict_by_bounds(self, value: float) -> Verdict | None:
        """Return the verdict on a value by the parameters that bound it; None without any.

        The parameters are ``at_least``, ``above``, ``at_most`` and ``below``.
        """
        checks = [
            compare(without_float_noise(value), self.params[name])
            for name, compare in BOUNDS.items()
            if name in self.params
        ]
        return verdict_on(all(checks)) if checks else None
