"""Claims as files: the ledger that ships, a user's own, and how they are written.

A file holds ``[source.ID]`` tables, ``[[fact]]`` rows and ``[[claim]]`` rows. A row that cannot
be read is refused with its line and the reason; the others are used.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.checks import CHECKS, Fact, ParamError, Verdict
from rut_dash.errors import ClaimFileError, InvalidParameter
from rut_dash.market.history import Basis
from rut_dash.market.instruments import is_index
from rut_dash.toml_rows import Piece, Unreadable, not_among, pieces, read_file_text

__all__ = [
    "OWN",
    "Answer",
    "Check",
    "Claim",
    "Ledger",
    "Source",
    "check_of",
    "load_claims",
    "read_claims",
    "row_of",
    "step_of",
    "written",
]

OWN: Final = "own"
_SHIPPED: Final = Path(__file__).with_name("claims.toml")
_ANSWERS: Final = Path(__file__).with_name("answers.toml")
_TEXT_LIMIT: Final = 400
_ID: Final = re.compile(r"[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*")
_CLAIM_KEYS: Final = (
    "id", "source", "text", "stated", "unit", "precision", "hedge", "series", "basis", "as_of",
    "note", "check",
)  # fmt: skip
_SOURCE_KEYS: Final = ("publisher", "headline", "date", "as_of", "latest", "why")
_FACT_KEYS: Final = ("id", "date", "end", "announced", "label", "source")
_SHIPPED_ONLY: Final = "Correct the file; without it only the shipped claims are used"


@dataclass(frozen=True, slots=True)
class Source:
    """Where claims come from.

    Parameters
    ----------
    id
        Named by claims.
    publisher, headline, published
        As a reader would look it up; the date in words.
    as_of
        The close at which its claims are judged.
    latest
        The last day on which it may have been published, where that is not known exactly.
    why
        Why that one.
    """

    id: str
    publisher: str
    headline: str
    published: str
    as_of: date
    latest: date
    why: str = ""

    @property
    def label(self) -> str:
        """Publisher and date in one line."""
        return f"{self.publisher}, {self.published}"


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of check with its parameters.

    Parameters
    ----------
    kind
        A key of :data:`rut_dash.claims.checks.CHECKS`.
    given
        The parameters as they stand in the file.
    params
        The same as the check works with.
    """

    kind: str
    given: Mapping[str, Any]
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """One assertion.

    Parameters
    ----------
    id
        Short and stable.
    source
        A key of the ledger's sources.
    text
        In our own words.
    stated
        The number that it states, or in words what is stated; None for a plain statement.
    unit
        Of the number.
    precision
        The step at which the number is stated: 20% is stated to 1, 3.5% to 0.1.
    hedge
        A word such as "almost" that stands by the number; empty for none.
    series
        The symbol that the text names; None where no price is meant.
    basis
        Of its returns; None where no price is meant.
    as_of
        The close at which it is judged.
    note
        What a word was taken to mean, or why this series.
    check
        How it is checked.
    """

    id: str
    source: str
    text: str
    stated: float | str | None
    unit: str | None
    precision: float
    hedge: str
    series: str | None
    basis: Basis | None
    as_of: date
    note: str
    check: Check

    @property
    def symbols(self) -> tuple[str, ...]:
        """The series that it is checked with."""
        row = CHECKS[self.check.kind]
        named = (self.check.params.get(name) for name in row.extra_symbol_params)
        return tuple(dict.fromkeys(filter(None, (self.series, *named))))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was worked out by hand from real bars for a claim of the shipped ledger.

    Of each reading in ``fits`` and ``nearest``: how it differs, what it gives, and whether it
    lies beyond the ledger's own search.
    """

    id: str
    verdict: Verdict
    computed: float | str | None
    difference: float | None
    formula: str
    as_of: date
    fits: tuple[tuple[str, float | str | None, bool], ...]
    nearest: tuple[tuple[str, float | str | None, bool], ...]
    today_as_of: date
    today_value: float | str | None
    today_verdict: Verdict
    today_note: str
    explanation: str
    remark: str


@dataclass(frozen=True)
class Ledger:
    """Claims with what they refer to.

    Parameters
    ----------
    claims
        In the order of their files.
    sources, facts, answers
        By id.
    problems
        What was refused.
    """

    claims: tuple[Claim, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    problems: tuple[ClaimFileError, ...] = ()

    @cached_property
    def version(self) -> str:
        """A digest: ledgers of equal versions hold the same."""
        parts = (self.claims, self.sources, self.facts, self.answers)
        text = repr((*parts, tuple(map(str, self.problems))))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    def of_source(self, source: str) -> Ledger:
        """Return the claims of a source alone.

        Raises
        ------
        InvalidParameter
            If no claim is of it.
        """
        known = dict.fromkeys(claim.source for claim in self.claims)
        if source not in known:
            raise InvalidParameter("the source", source, f"one of {', '.join(known)}")
        return replace(self, claims=tuple(c for c in self.claims if c.source == source))

    def joined(self, other: Ledger) -> Ledger:
        """Return this ledger with the claims of another after its own."""
        return Ledger(
            (*self.claims, *other.claims),
            {**self.sources, **other.sources},
            {**self.facts, **other.facts},
            {**self.answers, **other.answers},
            (*self.problems, *other.problems),
        )


def load_claims(extra: Path | None = None) -> Ledger:
    """Return the ledger that ships, with the answers worked by hand, and a user's own claims.

    Parameters
    ----------
    extra
        A file of the same form; that of the environment variable ``RUT_DASH_CLAIMS`` where
        None. What is wrong in it stands in ``problems``; the rest is used.
    """
    shipped = _shipped()
    named = os.environ.get("RUT_DASH_CLAIMS")
    own = extra or (Path(named) if named else None)
    if own is None:
        return shipped
    try:
        return shipped.joined(read_claims(read_file_text(own), own, shipped))
    except Unreadable as error:
        problem = ClaimFileError(own, None, error.reason, _SHIPPED_ONLY)
        return replace(shipped, problems=(*shipped.problems, problem))


@cache
def _shipped() -> Ledger:
    ledger = read_claims(read_file_text(_SHIPPED), _SHIPPED)
    return replace(ledger, answers=_answers(_ANSWERS))


def read_claims(text: str, where: str | Path, onto: Ledger | None = None) -> Ledger:
    """Read a file of claims.

    Parameters
    ----------
    text
        Its content.
    where
        Its name, for sentences.
    onto
        A ledger whose sources and facts may be named, and whose ids must not be repeated; its
        claims are not in the answer.

    Returns
    -------
    Ledger
        What could be read; the rest stands in ``problems`` with its line.
    """
    reader = _Reader(Path(where), onto or Ledger(()))
    meant = False
    for piece in pieces(text, ("claim", "fact")):
        meant = meant or piece.starts("claim") or piece.starts("fact")
        try:
            document = piece.parse()
        except Unreadable as error:
            reader.problems.append(ClaimFileError(where, error.line, error.reason))
            continue
        meant = meant or bool(document)
        for key, value in document.items():
            try:
                reader.take(key, value, piece)
            except ClaimFileError as error:
                reader.problems.append(error)
    problems = reader.problems
    if problems and not meant:
        first = problems[0]
        problems = [ClaimFileError(where, first.line, first.problem, _SHIPPED_ONLY)]
    return Ledger(tuple(reader.claims.values()), reader.sources, reader.facts, {}, tuple(problems))


def step_of(stated: float) -> float:
    """Return the precision of a number as it is written: 1 for 20, 0.01 for 10.38."""
    exponent = Decimal(repr(stated)).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return float(Decimal(1).scaleb(min(exponent, 0)))


def check_of(given: object) -> Check:
    """Return a check of a table as it stands in a file.

    Raises
    ------
    Misfit
        For the first thing that is wrong with it.
    """
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        raise ParamError('the check is a table with its kind: check = { kind = "level_at", ... }')
    kind = given["kind"]
    row = CHECKS.get(kind)
    if row is None:
        raise ParamError(not_among("kind of check", kind, CHECKS))
    params: dict[str, Any] = {}
    for name, value in given.items():
        if name == "kind":
            continue
        param = row.param(name)
        if param is None:
            known = ", ".join(one.name for one in row.params) or "none"
            raise ParamError(f"a check of {kind} has no {name!r}; it takes {known}")
        try:
            params[name] = param.read(value)
        except ParamError as error:
            raise ParamError(f"the {name} of the check must be {error}, not {value!r}") from error
    for param in row.params:
        if param.required and param.name not in params:
            raise ParamError(f"a check of {kind} needs {param.name!r}")
    rest = {name: value for name, value in given.items() if name != "kind"}
    return Check(kind, rest, params)


class _Reader:
    """What has been read of a file so far."""

    def __init__(self, path: Path, onto: Ledger) -> None:
        self.path = path
        self.taken = {claim.id for claim in onto.claims}
        self.sources = dict(onto.sources)
        self.facts = dict(onto.facts)
        self.claims: dict[str, Claim] = {}
        self.problems: list[ClaimFileError] = []

    def take(self, key: str, value: object, piece: Piece) -> None:
        """Read what a piece says; refuse its first mistake."""
        match key:
            case "source":
                tables = value if isinstance(value, dict) else {}
                for name, table in tables.items():
                    if not _ID.fullmatch(name) or len(name) > 40:
                        raise ClaimFileError(
                            self.path,
                            piece.line,
                            f"the source {name!r} must be letters and digits, such as A0",
                        )
                    row = _Row(table, piece, self.path, _SOURCE_KEYS, "source")
                    self.sources[name] = self._source(name, row)
            case "fact":
                for table in value if isinstance(value, list) else [None]:
                    fact = self._fact(_Row(table, piece, self.path, _FACT_KEYS, "fact"))
                    self.facts[fact.id] = fact
            case "claim":
                for table in value if isinstance(value, list) else [None]:
                    claim = self._claim(_Row(table, piece, self.path, _CLAIM_KEYS, "claim"))
                    self.claims[claim.id] = claim
            case _:
                raise ClaimFileError(
                    self.path,
                    piece.line_of(key),
                    f"{key!r} is unknown here; a file holds [[claim]], [[fact]] and [source.ID]",
                )

    def _source(self, name: str, row: _Row) -> Source:
        return Source(
            name,
            row.text("publisher"),
            row.text("headline", default=""),
            row.text("date", default=f"{row.day('as_of')}"),
            row.day("as_of"),
            row.day("latest", default=row.day("as_of")),
            row.text("why", default="", limit=2 * _TEXT_LIMIT),
        )

    def _fact(self, row: _Row) -> Fact:
        name = row.text("id")
        if name in self.facts:
            raise row.refuse("id", f"the id {name!r} is that of another fact")
        start = row.day("date")
        end = row.day("end", default=start)
        if end < start:
            raise row.refuse("end", f"the end {end} is before the date {start}")
        announced = row.day("announced") if "announced" in row.table else None
        return Fact(name, start, end, row.text("label"), row.text("source"), announced)

    def _claim(self, row: _Row) -> Claim:
        text = row.text("text", limit=_TEXT_LIMIT)
        name = row.text("id") if "id" in row.table else self._next_id()
        if not _ID.fullmatch(name) or len(name) > 40:
            raise row.refuse("id", f"the id {name!r} must be letters and digits, such as A0-1a")
        if name in self.taken or name in self.claims:
            raise row.refuse("id", f"the id {name!r} is that of another claim")
        source = row.text("source", default=OWN)
        if source != OWN and source not in self.sources:
            raise row.refuse("source", not_among("source", source, [*self.sources, OWN]))
        try:
            check = check_of(row.require("check"))
        except ParamError as error:
            raise row.refuse("check", str(error)) from error
        kind = CHECKS[check.kind]
        stated = row.table.get("stated")
        if isinstance(stated, bool) or not isinstance(stated, int | float | str | None):
            raise row.refuse("stated", f"what is stated must be a number or words, not {stated!r}")
        if isinstance(stated, str):
            stated = row.text("stated")
        number = None if stated is None or isinstance(stated, str) else row.number("stated")
        written_as = step_of(number) if number is not None else 1.0
        precision = row.number("precision") if "precision" in row.table else written_as
        if not precision > 0:
            raise row.refuse("precision", f"the precision must be above 0, not {precision:g}")
        series = row.symbol("series") if "series" in row.table else None
        if kind.needs_series and series is None:
            raise row.refuse("series", f"a check of {check.kind} needs a series, such as IWM")
        basis = row.basis() if series is not None else None
        if "unit" in row.table:
            unit: str | None = row.text("unit")
        else:
            unit = kind.unit if number is not None or kind.percent else None
            if unit == "$" and series is not None and is_index(series):
                unit = "points"
        as_of = row.table.get("as_of")
        if as_of is None and source in self.sources:
            day = self.sources[source].as_of
        else:
            day = row.day("as_of")
        return Claim(
            name, source, text, number if number is not None else stated, unit, precision,
            row.text("hedge", default=""), series, basis, day,
            row.text("note", default="", limit=2 * _TEXT_LIMIT), check,
        )  # fmt: skip

    def _next_id(self) -> str:
        count = 1
        while f"{OWN}-{count}" in self.claims or f"{OWN}-{count}" in self.taken:
            count += 1
        return f"{OWN}-{count}"


class _Row:
    """A table of a file, read key by key; what is wrong is refused with its line."""

    def __init__(
        self, table: object, piece: Piece, path: Path, allowed: Iterable[str], what: str
    ) -> None:
        self._piece, self._path, self._what = piece, path, what
        if not isinstance(table, dict):
            raise ClaimFileError(path, piece.line, f"a {what} starts with [[{what}]]")
        self.table: dict[str, object] = table
        for key in table:
            if key not in allowed:
                raise self.refuse(key, not_among("key", key, allowed))

    def refuse(self, key: str, problem: str) -> ClaimFileError:
        return ClaimFileError(self._path, self._piece.line_of(key), problem)

    def require(self, key: str) -> object:
        if key not in self.table:
            raise self.refuse(key, f"the {self._what} has no {key}")
        return self.table[key]

    def text(self, key: str, default: str | None = None, limit: int = 200) -> str:
        if key not in self.table and default is not None:
            return default
        value = self.require(key)
        if not isinstance(value, str) or not value.isprintable():
            raise self.refuse(key, f"the {key} must be one line of text in quotes")
        if default is None and not value.strip():
            raise self.refuse(key, f"the {key} is empty")
        if len(value) > limit:
            raise self.refuse(key, f"the {key} has {len(value)} characters; at most {limit} fit")
        return value.strip()

    def day(self, key: str, default: date | None = None) -> date:
        if key not in self.table and default is not None:
            return default
        value = self.require(key)
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            try:
                value = date.fromisoformat(value)
            except ValueError as error:
                raise self.refuse(key, f"there is no day {value}") from error
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.refuse(key, f"the {key} must be a day such as 2025-04-08, not {value!r}")
        if not 1700 <= value.year <= 2200:
            raise self.refuse(key, f"the {key} {value} is beyond belief")
        return value

    def number(self, key: str) -> float:
        value = self.require(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            raise self.refuse(key, f"the {key} must be a number, not {value!r}")
        return float(value)

    def symbol(self, key: str) -> str:

        try:
            symbol: str = CheckParam(key, key, "symbol").read(self.require(key))
        except ParamError as error:
            raise self.refuse(key, f"the {key} must be {error}") from error
        return symbol

    def basis(self) -> Basis:
        value = self.table.get("basis", Basis.PRICE.value)
        if value not in list(Basis):
            raise self.refuse("basis", not_among("basis", value, Basis))
        return Basis(str(value))


# --- Answers ------------------------------------------------------------------------------------


def _answers(path: Path) -> dict[str, Answer]:
    """Read the answers worked by hand; the file ships, and its form is held by a test."""
    import tomllib

    rows: list[dict[str, Any]] = tomllib.loads(read_file_text(path))["answer"]
    return {row["id"]: _answer(row) for row in rows}


def _answer(row: Mapping[str, Any]) -> Answer:
    today = row["today"]
    return Answer(
        row["id"],
        Verdict(row["verdict"]),
        row.get("computed"),
        row.get("difference"),
        row.get("formula", ""),
        row["as_of"],
        _readings(row.get("fits", ())),
        _readings(row.get("nearest", ())),
        today["as_of"],
        today.get("value"),
        Verdict(today["verdict"]),
        today.get("note", ""),
        row["explanation"],
        row.get("remark", ""),
    )


def _readings(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, Any, bool], ...]:
    return tuple((row["what"], row.get("value"), row.get("beyond", False)) for row in rows)


# --- Writing ------------------------------------------------------------------------------------


def written(ledger: Ledger, onto: Ledger | None = None) -> str:
    """Return claims as a file that `read_claims` reads again.

    Parameters
    ----------
    ledger
        The claims, with the sources and facts that they name.
    onto
        A ledger whose sources and facts need not be written: the one that ships.
    """
    known = onto or Ledger(())
    rows = ["# Claims, as rut_dash reads them: one assertion a row.\n"]
    for name, source in ledger.sources.items():
        if name not in known.sources:
            rows.append(_source_row(source))
    for name, fact in ledger.facts.items():
        if name not in known.facts:
            rows.append(_fact_row(fact))
    for claim in ledger.claims:
        fields: dict[str, Any] = {"id": claim.id}
        if claim.source != OWN:
            fields["source"] = claim.source
        fields |= {"text": claim.text, "stated": claim.stated}
        if isinstance(claim.stated, float):
            fields["precision"] = claim.precision
        fields |= {"unit": claim.unit, "hedge": claim.hedge or None, "series": claim.series}
        fields["basis"] = None if claim.basis is None else claim.basis.value
        fields |= {"as_of": claim.as_of, "note": claim.note or None}
        rows.append(row_of(fields, {"kind": claim.check.kind, **claim.check.given}))
    return "\n".join(rows)


def _source_row(source: Source) -> str:
    fields = {
        "publisher": source.publisher,
        "headline": source.headline,
        "date": source.published,
        "as_of": source.as_of,
        "latest": source.latest,
        "why": source.why,
    }
    return "\n".join([f"[source.{source.id}]", *_assignments(fields)]) + "\n"


def _fact_row(fact: Fact) -> str:
    fields = {
        "id": fact.id,
        "date": fact.start,
        "end": fact.end,
        "announced": fact.announced,
        "label": fact.label,
        "source": fact.source,
    }
    return "\n".join(["[[fact]]", *_assignments(fields)]) + "\n"


def _assignments(fields: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in fields.items() if value is not None]


def row_of(fields: Mapping[str, Any], check: Mapping[str, Any]) -> str:
    """Return a claim's row as it stands in a file.

    Parameters
    ----------
    fields
        By key; what is None is left out.
    check
        The check's kind and parameters.
    """
    return "\n".join(["[[claim]]", *_assignments(fields), f"check = {_value(dict(check))}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value(value: object) -> str:
    """Return a value as TOML has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{int(value)}" if value == int(value) and abs(value) < 1e12 else repr(value)
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case str():
            return _quoted(value)
        case dict():
            pairs = ", ".join(f"{key} = {_value(one)}" for key, one in value.items())
            return f"{{ {pairs} }}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
    raise TypeError(type(value).__name__)
