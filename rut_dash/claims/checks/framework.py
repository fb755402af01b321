"""What every kind of check is made of: its parameters, the prices it may see, its finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Literal

import pandas as pd

from rut_dash.analysis.returns import session_on_or_before, sessions_of
from rut_dash.errors import (
    InsufficientHistory,
    InvalidInput,
    InvalidParameter,
    NotComputable,
    OutOfRange,
)
from rut_dash.events.catalogue import Catalogue, Event, anchor_session
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.market.instruments import normalise_symbol
from rut_dash.wording import number, percent

__all__ = [
    "Change",
    "ChartSpec",
    "CheckInput",
    "CheckKind",
    "CheckParam",
    "CheckResult",
    "Fact",
    "Load",
    "ParamError",
    "ParamVariant",
    "PointInTimeData",
    "Span",
    "Verdict",
    "change_text",
    "counted_cases",
    "day_text",
    "highest",
    "lowest",
    "place_of",
    "price_text",
    "settled",
    "yes_or_no",
]

Load = Callable[[str], PriceHistory | None]

# Bars that end so many days before the day asked for may lack a weekend and a holiday; more
# than that and they end before the claim was made.
_REACH: Final = pd.Timedelta(days=5)
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Verdict(StrEnum):
    """What prices say of a claim."""

    CONFIRMED = "confirmed"
    OFF = "off"
    FALSE = "false"
    MIXED = "mixed"
    NOT_COMPUTABLE = "not computable"
    NOT_YET_KNOWN = "not yet known"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something dated that no price tells.

    Parameters
    ----------
    id
        Named by checks.
    start, end
        Its first and last day; the same where it is of one day.
    label, source
        What happened, and who says so.
    announced
        The day on which it was ordered, where that is another one.
    """

    id: str
    start: date
    end: date
    label: str
    source: str
    announced: date | None = None


# --- Parameters ------------------------------------------------------------------------------

ParamType = Literal[
    "day",
    "month",
    "percent",
    "number",
    "count",
    "choice",
    "symbol",
    "event",
    "text",
    "days",
    "spans",
]


class ParamError(Exception):
    """A value that a parameter cannot take, with the reason as a clause."""


@dataclass(frozen=True, slots=True)
class Span:
    """Two days, and what lies between them."""

    start: date
    end: date
    label: str = ""

    def __str__(self) -> str:
        """Return it as it is typed."""
        return f"{self.start:%Y-%m-%d}..{self.end:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class CheckParam:
    """A parameter of a kind of check.

    Parameters
    ----------
    name
        Its key in a file.
    label
        For readers.
    type
        ``percent`` is written in percent and read as a fraction; ``days`` and ``spans`` are
        lists, in a form as texts with commas.
    required
        False where the check does without.
    choices
        Of a ``choice``; the first is meant where nothing is given, unless ``blank``.
    help
        What it does.
    blank
        True for a ``choice`` where nothing given is a choice of its own.
    """

    name: str
    label: str
    type: ParamType
    required: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""
    blank: bool = False

    def read(self, value: object) -> Any:  # noqa: ANN401 - parameters have many types
        """Return the value that a check works with, of one as it stands in a file.

        Raises
        ------
        Misfit
            If it cannot be used.
        """
        match self.type:
            case "day":
                return _day(value)
            case "month":
                return _matching(value, _MONTH, "a month such as '2025-07'")
            case "percent":
                return _number(value) / 100.0
            case "number":
                return _number(value)
            case "count":
                return _count(value)
            case "choice":
                if value not in self.choices:
                    raise ParamError(f"one of {', '.join(map(repr, self.choices))}")
                return value
            case "symbol":
                return _symbol(value)
            case "event" | "text":
                if not isinstance(value, str) or not value.strip() or not value.isprintable():
                    raise ParamError("one line of text in quotes")
                return value.strip()
            case "days":
                if not isinstance(value, list) or not value:
                    raise ParamError("a list of days such as [2019-07-31, 2024-09-18]")
                return tuple(_day(one) for one in value)
            case "spans":
                if not isinstance(value, list) or not value:
                    raise ParamError('a list such as ["2007-09-17..2008-09-18"]')
                return tuple(_span(one) for one in value)

    def typed(self, text: str) -> object:
        """Return a value as it would stand in a file, of a text typed into a form.

        Raises
        ------
        Misfit
            If the text is no such value.
        """
        text = text.strip()
        match self.type:
            case "day":
                return _day(text)
            case "percent" | "number" | "count":
                try:
                    value = float(text)
                except ValueError:
                    raise ParamError("a number") from None
                return int(value) if self.type == "count" and value == int(value) else value
            case "days":
                return [_day(part.strip()) for part in text.split(",") if part.strip()]
            case "spans":
                return [part.strip() for part in text.split(",") if part.strip()]
            case _:
                return text


def _day(value: object) -> date:
    if isinstance(value, str) and _ISO.fullmatch(value):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ParamError(f"a day that exists; there is no {value}") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ParamError("a day such as 2025-04-08")
    if not pd.Timestamp("1700-01-01") <= pd.Timestamp(value) <= pd.Timestamp("2200-12-31"):
        raise ParamError("a day such as 2025-04-08")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParamError("a number")
    if not (value == 0 or 1e-9 < abs(value) < 1e12):  # NaN and infinity too
        raise ParamError("a number of a believable size")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 100_000:
        raise ParamError("a whole number of at least 1")
    return value


def _matching(value: object, pattern: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ParamError(what)
    return value


def _symbol(value: object) -> str:
    try:
        return normalise_symbol(value if isinstance(value, str) else "")
    except InvalidInput as error:
        raise ParamError(error.expected) from error


def _span(value: object) -> Span:
    label = ""
    if isinstance(value, dict) and {"start", "end"} <= value.keys() <= {"start", "end", "label"}:
        start, end = _day(value["start"]), _day(value["end"])
        label = str(value.get("label", ""))
    elif isinstance(value, str) and value.count("..") == 1:
        start, end = (_day(part.strip()) for part in value.split(".."))
    else:
        raise ParamError("two days such as '2007-09-17..2008-09-18'")
    if start >= end:
        raise ParamError(f"two days in order; {start} is not before {end}")
    return Span(start, end, label)


# --- What a check may see --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PointInTimeData:
    """The prices and the facts that a check works with, as known at a close.

    Parameters
    ----------
    load
        Returns the bars of a symbol, None where there are none.
    catalogue
        All events; `events` has those known by the as-of.
    facts
        Dated facts that no price tells, by id.
    as_of
        The day of the close.
    published
        The day of the claim; the same but for alternatives.
    """

    load: Load
    catalogue: Catalogue
    facts: Mapping[str, Fact]
    as_of: pd.Timestamp
    published: pd.Timestamp
    _kept: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)

    def at(self, as_of: date) -> PointInTimeData:
        """Return the same as known at another close."""
        return replace(self, as_of=pd.Timestamp(as_of))

    def _keep(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:  # noqa: ANN401
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def whole(self, symbol: str) -> PriceHistory:
        """Return all bars of a symbol, later ones too: for what followed.

        Raises
        ------
        NotComputable
            If there are none.
        """
        history: PriceHistory | None = self._keep(("whole", symbol), lambda: self.load(symbol))
        if not symbol:
            raise NotComputable("The claim names no series")
        if history is None:
            raise NotComputable(f"There are no bars of {symbol}", "Fetch or import them")
        return history

    def history(self, symbol: str) -> PriceHistory:
        """Return the bars of a symbol up to the as-of.

        Raises
        ------
        NotComputable
            If there are none, or they end before the as-of.
        OutOfRange
            If they start after it.
        """

        def make() -> PriceHistory:
            whole = self.whole(symbol)
            if whole.last_session + _REACH < self.as_of:
                raise NotComputable(
                    f"The bars of {symbol} end on {whole.last_session:%Y-%m-%d}, before "
                    f"{self.as_of:%Y-%m-%d}",
                    "Fetch newer ones",
                )
            return whole.as_of(self.as_of)

        history: PriceHistory = self._keep(("history", symbol, self.as_of), make)
        return history

    def close(self, symbol: str, basis: Basis) -> pd.Series:
        """Return the closes of a symbol up to the as-of.

        Raises
        ------
        BasisUnavailable
            If the bars cannot give that basis.
        """
        close: pd.Series = self._keep(
            ("close", symbol, basis, self.as_of), lambda: self.history(symbol).close(basis)
        )
        return close

    def bars(self, symbol: str) -> pd.DataFrame:
        """Return the bars of a symbol up to the as-of, with high and low.

        Raises
        ------
        InsufficientHistory
            If high and low are unknown.
        """
        history = self.history(symbol)
        if not history.has_ohlc:
            raise InsufficientHistory(
                f"{symbol}: an intraday figure", 1, 0, "sessions with high and low"
            )
        return history.bars

    @property
    def events(self) -> Catalogue:
        """The events known by the as-of."""
        return self.catalogue.up_to(self.as_of.date())

    def event(self, name: str) -> Event:
        """Return an event of the catalogue.

        Raises
        ------
        InvalidParameter
            If there is none of that id.
        """
        event = self.catalogue.get(name)
        if event is None:
            raise InvalidParameter("the event", name, "the id of an event of the catalogue")
        return event


@dataclass(frozen=True, slots=True)
class CheckInput:
    """One run of a check: on a series, on a basis, with its parameters.

    Parameters
    ----------
    desk
        What is known.
    symbol
        The series; empty where the check has none.
    basis
        Of its returns.
    params
        As `CheckParam.read` returns them.
    """

    desk: PointInTimeData
    symbol: str
    basis: Basis
    params: Mapping[str, Any]

    @property
    def close(self) -> pd.Series:
        """The closes of the series up to the as-of."""
        return self.desk.close(self.symbol, self.basis)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """Return a parameter, or the default where it is not given."""
        return self.params.get(name, default)

    @property
    def other(self) -> str:
        """The series that this one is held against.

        Raises
        ------
        InvalidParameter
            If it is the same.
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
        """Return the end of the stretch: the parameter ``end``, else the as-of.

        Raises
        ------
        OutOfRange
            If the end lies after the as-of: that was not known then.
        """
        end = self.day("end")
        if end is None:
            return self.desk.as_of
        if end > self.desk.as_of:
            raise OutOfRange(
                "what was known",
                end.date(),
                sessions_of(self.close)[0].date(),
                self.desk.as_of.date(),
                remedy="Choose an end on or before the day of the claim",
            )
        return end

    def session(self, day: date, symbol: str | None = None) -> pd.Timestamp:
        """Return the last session on or before a day.

        Raises
        ------
        OutOfRange
            If the history starts later.
        """
        close = self.desk.close(symbol or self.symbol, self.basis)
        index = sessions_of(close)
        session = session_on_or_before(index, day)
        if session is None:
            raise OutOfRange(
                symbol or self.symbol, pd.Timestamp(day).date(), index[0].date(), index[-1].date()
            )
        return session

    def start(self) -> pd.Timestamp | None:
        """Return the start of the stretch: of the event, or the parameter ``start``."""
        name = self.get("event")
        if name is None:
            return self.day("start")
        event = self.desk.event(name)
        index = sessions_of(self.close)
        if pd.Timestamp(event.date) > self.desk.as_of:
            raise OutOfRange("what was known", event.date, index[0].date(), index[-1].date())
        anchor = anchor_session(event, index)
        if anchor is None:
            raise OutOfRange(self.symbol, event.date, index[0].date(), index[-1].date())
        return anchor


# --- What a check finds ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """What a chart must show of a finding.

    Parameters
    ----------
    symbols
        One series, or two that are compared.
    start, end
        The stretch that the finding is about.
    levels
        Values in the unit of the first series, each with its name.
    days
        Sessions, each with what happened.
    spans
        Stretches, each with its name.
    bands
        Zones of values: low, high, name.
    lines
        Indicators drawn with the closes, such as ``("sma", 50)``.
    frequency
        ``D`` or ``W``.
    form
        ``close``: as it is; ``rebased``: both at 100 at the start; ``ratio``: the first series
        over the second.
    """

    symbols: tuple[str, ...] = ()
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    levels: tuple[tuple[float, str], ...] = ()
    days: tuple[tuple[pd.Timestamp, str], ...] = ()
    spans: tuple[tuple[pd.Timestamp, pd.Timestamp, str], ...] = ()
    bands: tuple[tuple[float, float, str], ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    frequency: Literal["D", "W"] = "D"
    form: Literal["close", "rebased", "ratio"] = "close"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Parameters
    ----------
    value
        The quantity that decides: a number (a return as a fraction), or a text such as a
        date or ``2 of 3``.
    formula
        How it comes about, with dates and closes.
    verdict
        None where it is to be held against the number that the claim states.
    sketch
        For the chart.
    remark
        What a reader should know of it; empty for nothing.
    distance
        How far a verdict is from the other side, in any unit: orders the nearest misses.
    """

    value: float | str | None
    formula: str
    verdict: Verdict | None = None
    sketch: ChartSpec = field(default_factory=ChartSpec)
    remark: str = ""
    distance: float | None = None


def highest(values: pd.Series) -> tuple[pd.Timestamp, float]:
    """Return the session of the highest value, the first on ties, and the value."""
    place = int(values.to_numpy(dtype=float).argmax())
    return sessions_of(values)[place], float(values.iloc[place])


def lowest(values: pd.Series) -> tuple[pd.Timestamp, float]:
    """Return the session of the lowest value, the first on ties, and the value."""
    place = int(values.to_numpy(dtype=float).argmin())
    return sessions_of(values)[place], float(values.iloc[place])


def place_of(index: pd.DatetimeIndex, session: pd.Timestamp) -> int:
    """Return where a session stands in an index that has it."""
    return int(index.searchsorted(session))


def settled(value: float) -> float:
    """Return a value without the last digits, where arithmetic with floats leaves its dust."""
    return round(value, 12)


def yes_or_no(holds: bool) -> Verdict:
    """Return confirmed or false."""
    return Verdict.CONFIRMED if holds else Verdict.FALSE


def counted_cases(held: int, total: int) -> Verdict:
    """Return the verdict on a statement about several cases."""
    if total == 0:
        return Verdict.NOT_YET_KNOWN
    return Verdict.CONFIRMED if held == total else Verdict.FALSE if held == 0 else Verdict.MIXED


def day_text(day: date) -> str:
    """Return a day as formulas have it."""
    return f"{day:%Y-%m-%d}"


def price_text(value: float) -> str:
    """Return a price or a level as formulas have it."""
    return number(value, 2)


def change_text(symbol: str, basis: Basis, close: pd.Series, start: date, end: date) -> str:
    """Return the formula of a return between two sessions."""
    first, last = float(close.loc[start]), float(close.loc[end])
    name = f"{symbol}, dividends reinvested" if basis is Basis.TOTAL else symbol
    return (
        f"{name}: {price_text(last)} ({day_text(end)}) / {price_text(first)} ({day_text(start)}) "
        f"\N{MINUS SIGN} 1 = {percent(last / first - 1, 2)}"
    )


# --- The row of the registry -----------------------------------------------------------------

Change = Literal["series", "basis", "as_of"]


@dataclass(frozen=True, slots=True)
class ParamVariant:
    """Other values of a parameter that a figure may have been meant with."""

    param: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckKind:
    """One kind of check: a row of the registry.

    Parameters
    ----------
    key
        As it stands in files.
    label
        For readers.
    what
        What it answers, a sentence.
    params
        Its parameters.
    run
        The check itself. It raises a RutDashError where the prices do not suffice.
    needs_series
        False where it has no series of its own.
    percent
        True where a number it finds is a fraction that claims state in percent or points.
    unit
        Of what it finds, where a claim names none.
    forecast
        True where it looks at what followed.
    changes
        What the search for near alternatives may change.
    readings
        Parameters that the search may read otherwise.
    moves
        The parameter that a shift of the as-of moves; None for the as-of itself.
    fixed
        Parameters whose presence fixes the dates, so that nothing is shifted.
    others
        The symbols that it needs beside its series, by their parameters.
    misses
        Alternatives of its own kind, each a text and a value.
    """

    key: str
    label: str
    what: str
    params: tuple[CheckParam, ...]
    run: Callable[[CheckInput], CheckResult]
    needs_series: bool = True
    percent: bool = False
    unit: str | None = None
    forecast: bool = False
    changes: frozenset[Change] = frozenset()
    readings: tuple[ParamVariant, ...] = ()
    moves: str | None = None
    fixed: tuple[str, ...] = ()
    others: tuple[str, ...] = ("other",)
    misses: Callable[[CheckInput], Iterable[tuple[str, str]]] | None = None

    def param(self, name: str) -> CheckParam | None:
        """Return a parameter by its name."""
        return next((param for param in self.params if param.name == name), None)
