"""What a reader should know of bars, as values; `rut_dash.market_wording` has the sentences."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import ClassVar

from rut_dash.market.problems import decoded, encoded


@dataclass(frozen=True)
class Note:
    """Something to know about the bars of a history; a subclass says what.

    ``kind`` names it in the store; a subclass's own fields are strings, numbers, dates and tuples
    of them. ``on_every_page`` is False for what changes no figure but a blank one: the page Data
    and the doctor say it.
    """

    kind: ClassVar[str]
    on_every_page: ClassVar[bool] = True

    def until(self, last: date) -> Note | None:
        """Return the note on the bars up to ``last``; None where it has nothing to do with them."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return the note as a record that JSON can hold."""
        values = {field.name: encoded(getattr(self, field.name)) for field in fields(self)}
        return {"kind": self.kind, **values}

    @staticmethod
    def from_json(record: Mapping[str, object]) -> Note:
        """Return the note that `to_json` wrote down.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is none.
        """
        kinds = {cls.kind: cls for cls in Note.__subclasses__()}
        values = {name: decoded(value) for name, value in record.items() if name != "kind"}
        if record["kind"] not in kinds:  # of a newer version, or of a source that is gone
            return TextNote(f"{record['kind']}: {values}")
        return kinds[str(record["kind"])](**values)


@dataclass(frozen=True)
class DeferredAction(Note):
    """A dividend or split whose own session has no bar, counted on the next one.

    Parameters
    ----------
    session
        Its own session.
    counted_on
        The session whose bar holds it meanwhile.
    dividend, split
        What it adds to that bar: per share, and as a ratio; 0 where there is none.
    source
        The source that has no bar of the session, in words.
    """

    kind = "deferred_action"

    session: date
    counted_on: date
    dividend: float
    split: float
    source: str

    def until(self, last: date) -> DeferredAction | None:
        """Return the action where its bar is there; None otherwise."""
        return self if self.counted_on <= last else None


@dataclass(frozen=True)
class CapitalGain(Note):
    """A distributed capital gain is counted as a dividend.

    Parameters
    ----------
    session
        Its ex-date.
    amount
        Per share.
    in_dividend
        True where the source's dividend of that session holds it already.
    """

    kind = "capital_gain"

    session: date
    amount: float
    in_dividend: bool

    def until(self, last: date) -> CapitalGain | None:
        """Return the note where the session is there; None otherwise."""
        return self if self.session <= last else None


@dataclass(frozen=True)
class RowsWithoutPrice(Note):
    """Rows of a file that have a date and nothing else were left out; ``sessions`` are theirs."""

    kind = "rows_without_price"

    sessions: tuple[date, ...]

    def until(self, last: date) -> RowsWithoutPrice | None:
        """Return the rows up to a session; None where there are none."""
        sessions = tuple(session for session in self.sessions if session <= last)
        return replace(self, sessions=sessions) if sessions else None


@dataclass(frozen=True)
class ClosedDayRows(Note):
    """Rows on days on which the NYSE was closed were left out; ``days`` are theirs."""

    kind = "closed_day_rows"
    on_every_page = False

    days: tuple[date, ...]

    def until(self, last: date) -> ClosedDayRows | None:
        """Return the rows up to a session; None where there are none."""
        days = tuple(day for day in self.days if day <= last)
        return replace(self, days=days) if days else None


@dataclass(frozen=True)
class BlankedValues(Note):
    """Values of one column that no bar can have were left blank.

    Parameters
    ----------
    column
        One of open, high, low, volume, adj_close.
    sessions
        Whose bars lack it.
    source_values
        What the source had for each session, perhaps infinite; None where it gave nothing.
    """

    kind = "blanked_values"
    on_every_page = False

    column: str
    sessions: tuple[date, ...]
    source_values: tuple[float | None, ...]

    def on(self, sessions: Container[date]) -> BlankedValues | None:
        """Return the values of some sessions; None where there are none."""
        left = [
            (session, value)
            for session, value in zip(self.sessions, self.source_values, strict=True)
            if session in sessions
        ]
        if not left:
            return None
        days, source_values = zip(*left, strict=True)
        return replace(self, sessions=days, source_values=source_values)

    def until(self, last: date) -> BlankedValues | None:
        """Return the values up to a session; None where there are none."""
        return self.on({session for session in self.sessions if session <= last})


@dataclass(frozen=True)
class UnavailableSessions(Note):
    """Sessions of the NYSE that a source lacked when it was asked for them once more."""

    kind = "unavailable_sessions"
    on_every_page = False

    sessions: tuple[date, ...]

    def until(self, last: date) -> UnavailableSessions | None:
        """Return the sessions up to one; None where there are none."""
        sessions = tuple(session for session in self.sessions if session <= last)
        return replace(self, sessions=sessions) if sessions else None


@dataclass(frozen=True)
class NoAdjustedCloses(Note):
    """The source gave no adjusted closes, with which dividends could be compared."""

    kind = "no_adjusted_closes"

    source: str


@dataclass(frozen=True)
class UnreadColumns(Note):
    """Columns of a file that nothing was read from; ``names`` as the file has them."""

    kind = "unread_columns"

    names: tuple[str, ...]


@dataclass(frozen=True)
class NoDividends(Note):
    """A file has neither dividends nor adjusted closes.

    ``vendor`` is whose files are known to be so; empty where that is not known.
    """

    kind = "no_dividends"

    vendor: str = ""


@dataclass(frozen=True)
class DateOrderDecided(Note):
    """Which of day and month comes first was decided by the dates of the file as a whole."""

    kind = "date_order"

    is_day_first: bool


@dataclass(frozen=True)
class AsTraded(Note):
    """A file's prices are as traded: those before the splits of ``sessions`` were divided."""

    kind = "as_traded"

    sessions: tuple[date, ...]

    def until(self, last: date) -> AsTraded | None:
        """Return the splits up to a session; None where there are none."""
        sessions = tuple(session for session in self.sessions if session <= last)
        return replace(self, sessions=sessions) if sessions else None


@dataclass(frozen=True)
class SplitsUnknown(Note):
    """The prices of a ``vendor``'s files are as traded, and the files list no splits."""

    kind = "splits_unknown"

    vendor: str


@dataclass(frozen=True)
class DividendsAddedBack(Note):
    """A file's prices are adjusted for dividends; those that it lists were added back."""

    kind = "dividends_added_back"


@dataclass(frozen=True)
class SimulatedBetween(Note):
    """Bars are simulated between the published closes of ``published`` sessions."""

    kind = "simulated_between"

    published: int


@dataclass(frozen=True)
class TextNote(Note):
    """A sentence as an older version stored it, or a remark that a source has of its own."""

    kind = "text"

    text: str


def notes_until(notes: Iterable[Note], last: date) -> tuple[Note, ...]:
    """Return the notes on the bars up to a day."""
    return tuple(left for note in notes if (left := note.until(last)) is not None)
