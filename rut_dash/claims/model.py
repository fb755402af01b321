"""What a ledger of claims is made of: sources, claims, judgements, and answers worked by hand."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Final, TypeVar

import msgspec

from rut_dash.claims.check_values import CheckValue
from rut_dash.claims.checks import CHECKS, ChartSpec, CheckResult, Fact, Verdict
from rut_dash.claims.formulas import Formula, Term
from rut_dash.errors import InvalidParameter, RowFileError, RutDashError
from rut_dash.market.history import Basis
from rut_dash.market.instruments import FUNDS

OWN_SOURCE: Final = "own"
# An id in a file has at most 40 characters, a number of its own included.
_STEM_LIMIT: Final = 34

# A text only where an answer was worked by hand.
Value = CheckValue | str


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
    reason
        Why this close.
    """

    id: str
    publisher: str
    headline: str
    published: str
    as_of: date
    latest: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of check with its parameters.

    Parameters
    ----------
    kind
        A key of :data:`rut_dash.claims.checks.CHECKS`.
    file_params
        The parameters as written in a file.
    params
        The same as the check works with.
    """

    kind: str
    file_params: Mapping[str, Any]
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """One assertion.

    Parameters
    ----------
    id
        Short and stable.
    source
        A key of the ledger's sources, or `OWN_SOURCE`.
    text
        In our own words.
    stated
        The stated number, or in words what is stated; None for a plain statement.
    unit
        Of the number; None for none.
    precision
        The step at which the number is stated: 1 for 20%, 0.1 for 3.5%.
    hedge
        A word such as "almost" before the number; empty for none.
    series
        The symbol that the text names; None where no price is meant.
    basis
        Of its returns; None where no price is meant.
    as_of
        The close at which it is judged.
    note
        How a word is interpreted, or why this series.
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
        kind = CHECKS[self.check.kind]
        extra = (self.check.params.get(name) for name in kind.extra_symbol_params)
        return tuple(dict.fromkeys(filter(None, (self.series, *extra))))


def series_needed(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return the symbols that claims are checked with, those of most claims first.

    Where no claim has a series, the first fund: its last session says what is over.
    """
    counts: dict[str, int] = {}
    for claim in claims:
        for symbol in claim.symbols:
            counts[symbol] = counts.get(symbol, 0) + 1
    return tuple(sorted(counts, key=lambda symbol: (-counts[symbol], symbol))) or FUNDS[:1]


# --- Answers worked by hand ---------------------------------------------------------------------


class HandAlternative(msgspec.Struct, frozen=True):
    """An alternative to a claim, worked by hand.

    Parameters
    ----------
    difference
        How it differs from the claim, a text of the file.
    value
        What it gives, in the unit of the claim.
    beyond
        True where it lies beyond the ledger's own search.
    """

    difference: str = msgspec.field(name="what")
    value: int | float | str | None = None
    beyond: bool = False


class HandToday(msgspec.Struct, frozen=True):
    """What holds of a claim by the last bars, worked by hand."""

    as_of: date
    verdict: Verdict
    value: int | float | str | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """What the same check gives by the last bars.

    Parameters
    ----------
    as_of
        The last session; None where there are no bars.
    value
        In the unit of the claim.
    verdict
        By these bars.
    """

    as_of: date | None = None
    value: Value = None
    verdict: Verdict = Verdict.NOT_COMPUTABLE


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was worked out by hand from real bars for a claim of the shipped ledger."""

    id: str
    verdict: Verdict
    computed: int | float | str | None = None
    difference: float | None = None
    formula: str | tuple[str, ...] = ""
    as_of: date
    fits: tuple[HandAlternative, ...] = ()
    nearest: tuple[HandAlternative, ...] = ()
    today: HandToday
    explanation: str
    remark: str = ""


# --- The ledger ---------------------------------------------------------------------------------


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
        The rows and files that were refused.
    """

    claims: tuple[Claim, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    problems: tuple[RowFileError, ...] = ()

    @cached_property
    def version(self) -> str:
        """A digest: ledgers of equal versions hold the same."""
        parts = (self.claims, self.sources, self.facts, self.answers)
        text = repr((*parts, tuple(problem.args for problem in self.problems)))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

    @cached_property
    def claims_by_id(self) -> Mapping[str, Claim]:
        """The claims by id."""
        return {claim.id: claim for claim in self.claims}

    def of_source(self, source: str) -> Ledger:
        """Return the claims of one source.

        Raises
        ------
        InvalidParameter
            If there is no claim of that source.
        """
        sources = dict.fromkeys(claim.source for claim in self.claims)
        if source not in sources:
            raise InvalidParameter("the source", source, f"one of {', '.join(sources)}")
        return replace(self, claims=tuple(c for c in self.claims if c.source == source))

    def merge(self, other: Ledger) -> Ledger:
        """Return this ledger with the rows of another; no row of either is lost.

        Parameters
        ----------
        other
            Its claims come after those of this ledger. A claim, source or fact whose id is used
            here for another one gets a free id, unless the same is here under such an id.
        """
        sources, source_ids = _merge_rows(self.sources, other.sources)
        facts, fact_ids = _merge_rows(self.facts, other.facts)
        others = {
            claim.id: replace(
                claim,
                source=source_ids.get(claim.source, claim.source),
                check=_with_fact_ids(claim.check, fact_ids),
            )
            for claim in other.claims
        }
        claims, _ = _merge_rows(self.claims_by_id, others)
        return Ledger(
            tuple(claims.values()),
            sources,
            facts,
            {**self.answers, **other.answers},
            (*self.problems, *other.problems),
        )


Row = TypeVar("Row", Source, Fact, Claim)


def _merge_rows(
    rows: Mapping[str, Row], others: Mapping[str, Row]
) -> tuple[dict[str, Row], dict[str, str]]:
    """Return the rows of both by id, and the new ids of those whose id is used for another."""
    merged = dict(rows)
    new_ids: dict[str, str] = {}
    for row_id, row in others.items():
        if merged.get(row_id, row) == row:
            merged[row_id] = row
            continue
        alike = (other.id for other in merged.values() if replace(row, id=other.id) == other)
        new_id = next(alike, "") or free_id(row_id, merged)
        new_ids[row_id] = new_id
        merged[new_id] = replace(row, id=new_id)
    return merged, new_ids


def _with_fact_ids(check: Check, new_ids: Mapping[str, str]) -> Check:
    new_id = new_ids.get(str(check.params.get("fact")))
    if new_id is None:
        return check
    return Check(
        check.kind, {**check.file_params, "fact": new_id}, {**check.params, "fact": new_id}
    )


def free_id(row_id: str, taken: Container[str]) -> str:
    """Return an id with a number that is not taken: ``own-2`` for ``own-1``."""
    stem = re.sub(r"-[0-9]+$", "", row_id[:_STEM_LIMIT])
    return next(name for count in itertools.count(2) if (name := f"{stem}-{count}") not in taken)


# --- Judgements ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alternative:
    """A claim with something else in place of one of its own, and what that gives.

    Parameters
    ----------
    value
        In the unit of the claim, or a text.
    formula
        How it comes about.
    series, other
        Its symbol, and the one it is compared with; None for none.
    basis
        Its basis; None where no price is meant.
    differing_basis
        The same where alternatives of this check differ in it; else None.
    param_values
        The values of parameters that differ from the claim's.
    as_of
        Its close; None where that is the claim's.
    sessions
        The sessions with this value; empty where it is one.
    after_publication
        True where it uses closes that the author cannot have known.
    miss
        How it differs, where it is a near miss of the check's own kind.
    text
        How it differs, where it is an answer worked by hand.
    """

    value: Value
    formula: Formula = ()
    series: str | None = None
    other: str | None = None
    basis: Basis | None = None
    differing_basis: Basis | None = None
    param_values: tuple[str, ...] = ()
    as_of: date | None = None
    sessions: tuple[date, ...] = ()
    after_publication: bool = False
    miss: Term | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a claim, and how it comes about.

    Parameters
    ----------
    claim
        The claim.
    verdict
        As of its publication.
    as_of
        The session at whose close it is judged.
    today
        The verdict by the last bars.
    computed
        The value that decides, in the unit of the claim; None where there is none.
    difference
        Computed less stated; None where one of them is no number.
    fits, nearest
        Alternatives that the statement is true of; the closest misses where there is none.
    result
        What the check found; None where it could not be computed.
    error
        Why it could not be computed; None where it was.
    answer
        The answer worked by hand, on simulated prices.
    simulated
        True where prices are simulated, so that nothing is computed.
    chart_spec
        What a chart of it shows.
    """

    claim: Claim
    verdict: Verdict
    as_of: date
    today: Today
    computed: Value = None
    difference: float | None = None
    fits: tuple[Alternative, ...] = ()
    nearest: tuple[Alternative, ...] = ()
    result: CheckResult | None = None
    error: RutDashError | None = None
    answer: Answer | None = None
    simulated: bool = False
    chart_spec: ChartSpec = field(default_factory=ChartSpec)
