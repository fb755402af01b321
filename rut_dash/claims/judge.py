"""The claim ledger: what market commentary says, held against prices.

A claim is one assertion, in our own words, with its source and a typed check
(:mod:`rut_dash.claims.checks`). It is judged as of its publication, with what was known at that
close; a second verdict says what holds today. Where a stated value is off, the near
alternatives are searched: another basis, the index for the fund, intraday for close, another
session. On simulated prices nothing is computed: the answers that were worked out by hand from
real bars stand in, and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from rut_dash.analysis.returns import session_on_or_before
from rut_dash.claims.alternatives import (
    Alternative,
    Value,
    bounds_of,
    computed_of,
    search,
    verdict_of,
)
from rut_dash.claims.checks import (
    CHECKS,
    ChartSpec,
    CheckInput,
    CheckKind,
    CheckResult,
    Load,
    PointInTimeData,
    Verdict,
)
from rut_dash.claims.claim_file import Answer, Claim, Ledger
from rut_dash.errors import OutOfRange, RutDashError
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.wording import MISSING, number

__all__ = [
    "Alternative",
    "Judgement",
    "Today",
    "as_json",
    "judge",
    "judge_all",
    "report",
    "series_needed",
    "stated_text",
    "value_text",
]

_HAND: Final = "Worked out by hand from real bars; on simulated prices nothing is recomputed."
_FIXED: Final = "The dates are fixed by the claim: later bars change nothing."


@dataclass(frozen=True, slots=True)
class Today:
    """What holds by the last bars, of the same check."""

    as_of: date | None
    value: Value
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a claim, and how it comes about.

    Parameters
    ----------
    claim
        What is judged.
    verdict
        As of its publication.
    computed
        The value that decides, in the unit of the claim; None where there is none.
    difference
        Computed less stated; None where one of them is no number.
    formula
        With dates and closes.
    as_of
        The session whose close it is judged at.
    fits, nearest
        Near alternatives that the statement is true of; the closest misses where there is none.
    today
        The verdict by the last bars.
    simulated
        True where prices are simulated and the answer was worked by hand.
    remarks
        In sentences: the rounding, what a word was taken to mean, why there is no answer.
    chart_spec
        What a chart of it must show.
    """

    claim: Claim
    verdict: Verdict
    computed: Value
    difference: float | None
    formula: str
    as_of: date
    fits: tuple[Alternative, ...]
    nearest: tuple[Alternative, ...]
    today: Today
    simulated: bool
    remarks: str
    chart_spec: ChartSpec = field(default_factory=ChartSpec)

    @property
    def explanation(self) -> str:
        """The formula and the remarks, in sentences."""
        formula = self.formula[:1].upper() + self.formula[1:]
        by_hand = self.simulated and self.today.as_of is not None
        return _joined(_HAND if by_hand else "", formula, self.remarks)


def series_needed(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return the symbols that claims are checked with, those of most claims first."""
    counts: dict[str, int] = {}
    for claim in claims:
        for symbol in claim.symbols:
            counts[symbol] = counts.get(symbol, 0) + 1
    return tuple(sorted(counts, key=lambda symbol: (-counts[symbol], symbol)))


def judge_all(
    ledger: Ledger,
    load: Load,
    catalogue: Catalogue,
    *,
    today: date | None = None,
) -> list[Judgement]:
    """Return the verdict on every claim of a ledger.

    Parameters
    ----------
    ledger
        As :func:`rut_dash.claims.claim_file.load_claims` returns it.
    load
        Returns the bars of a symbol, None where there are none. Nothing else is asked.
    catalogue
        The events.
    today
        As if later bars and events did not exist; None for all that there are.

    Returns
    -------
    list of Judgement
        In the order of the ledger. Where any of the bars are simulated nothing is computed.
    """
    kept: dict[str, PriceHistory | None] = {}

    def get(symbol: str) -> PriceHistory | None:
        if symbol not in kept:
            history = load(symbol)
            try:
                kept[symbol] = history if history is None else history.as_of(today)
            except OutOfRange:
                kept[symbol] = None  # it starts later: as if there were none
        return kept[symbol]

    histories = [h for h in map(get, series_needed(ledger.claims)) if h is not None]
    if any(history.provenance.simulated for history in histories):
        return [_by_hand(claim, ledger.answers.get(claim.id)) for claim in ledger.claims]
    last = max((history.last_session for history in histories), default=None)
    known = pd.Timestamp(today) if today is not None else last
    if known is not None:
        catalogue = _up_to(catalogue, known)
    desks = _Desks(get, catalogue, ledger, known)
    return [_judged(claim, desks) for claim in ledger.claims]


def judge(claim: Claim, ledger: Ledger, load: Load, catalogue: Catalogue) -> Judgement:
    """Return the verdict on one claim; see `judge_all`."""
    alone = Ledger((claim,), ledger.sources, ledger.facts, ledger.answers)
    return judge_all(alone, load, catalogue)[0]


def _up_to(catalogue: Catalogue, day: pd.Timestamp) -> Catalogue:
    """Return a catalogue as if later events did not exist."""
    cut = catalogue.up_to(day.date())
    until = {kind: min(end, day.date()) for kind, end in catalogue.complete_until.items()}
    return Catalogue(cut.events, until, cut.problems)


@dataclass(slots=True)
class _Desks:
    """Desks that share what they have read."""

    load: Load
    catalogue: Catalogue
    ledger: Ledger
    last: pd.Timestamp | None
    _kept: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def at(self, published: date) -> PointInTimeData:
        moment = pd.Timestamp(published)
        return PointInTimeData(
            self.load, self.catalogue, self.ledger.facts, moment, moment, self._kept
        )

    def latest(self, claim: Claim) -> pd.Timestamp:
        """Return the last day on which a claim may have been published."""
        source = self.ledger.sources.get(claim.source)
        latest = claim.as_of if source is None else max(claim.as_of, source.latest)
        return pd.Timestamp(latest)

    def last_of(self, claim: Claim) -> pd.Timestamp | None:
        """Return the last session that all series of a claim have."""
        histories = [self.load(symbol) for symbol in claim.symbols]
        known = [history.last_session for history in histories if history is not None]
        last = min(known, default=self.last)
        # Bars that end before the claim was made say nothing of today either.
        return self.last if last is None or last < pd.Timestamp(claim.as_of) else last


# --- One claim ----------------------------------------------------------------------------------


def _check_input(claim: Claim, data: PointInTimeData) -> CheckInput:
    return CheckInput(data, claim.series or "", claim.basis or Basis.PRICE, claim.check.params)


def _judged(claim: Claim, desks: _Desks) -> Judgement:
    row = CHECKS[claim.check.kind]
    data = desks.at(claim.as_of)
    last = desks.last_of(claim)
    inputs = _check_input(claim, data)
    today = _today(claim, row, data, last)
    try:
        as_of = _as_of(claim, data)
        result = row.run(inputs)
    except RutDashError as error:
        return _refused(claim, str(error), today)
    verdict = verdict_of(claim, row, result)
    computed = computed_of(row, claim, result.value)
    fits: tuple[Alternative, ...] = ()
    nearest: tuple[Alternative, ...] = ()
    if verdict in (Verdict.OFF, Verdict.FALSE):
        fits, nearest = search(claim, row, inputs, computed, desks.latest(claim))
    return Judgement(
        claim,
        verdict,
        computed,
        _difference(claim, computed),
        result.formula,
        as_of,
        fits,
        nearest,
        today,
        simulated=False,
        remarks=_remarks(claim, row, result, verdict, computed, as_of),
        chart_spec=result.chart_spec,
    )


def _as_of(claim: Claim, data: PointInTimeData) -> date:
    """Return the session whose close a claim is judged at: the day itself without a series."""
    if not claim.series:
        return claim.as_of
    sessions = data.history(claim.series).sessions
    session = session_on_or_before(sessions, claim.as_of)
    return claim.as_of if session is None else session.date()


def _refused(claim: Claim, reason: str, today: Today) -> Judgement:
    return Judgement(
        claim,
        Verdict.NOT_COMPUTABLE,
        None,
        None,
        "",
        claim.as_of,
        (),
        (),
        today,
        simulated=False,
        remarks=_joined(reason, claim.note),
        chart_spec=_outline(claim),
    )


def _outline(claim: Claim) -> ChartSpec:
    """Return what can be drawn of a claim that was not computed: its level."""
    level = claim.check.params.get("level")
    if level is None or not claim.series:
        return ChartSpec()
    start = claim.check.params.get("start")
    end = pd.Timestamp(claim.as_of)
    return ChartSpec(
        (claim.series,),
        pd.Timestamp(start) if start else end - pd.DateOffset(years=1),
        end,
        levels=((float(level), number(float(level))),),
    )


def _today(claim: Claim, row: CheckKind, data: PointInTimeData, last: pd.Timestamp | None) -> Today:
    """Return what the same check gives by the last bars."""
    if last is None:
        return Today(None, None, Verdict.NOT_COMPUTABLE)
    later = data if row.forecast else data.at(max(last, data.as_of))
    try:
        result = row.run(_check_input(claim, later))
    except RutDashError as error:
        return Today(last.date(), None, Verdict.NOT_COMPUTABLE, str(error))
    fixed = any(name in claim.check.params for name in row.pinned_by)
    note = _FIXED if fixed and not row.forecast else ""
    return Today(
        last.date(), computed_of(row, claim, result.value), verdict_of(claim, row, result), note
    )


def _difference(claim: Claim, computed: Value) -> float | None:
    if isinstance(computed, float) and isinstance(claim.stated, float):
        return computed - claim.stated
    return None


# --- In words -----------------------------------------------------------------------------------


def value_text(value: Value, unit: str | None = None, digits: int = 2) -> str:
    """Return a computed value as readers see it."""
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    whole = value == int(value) and abs(value) < 1e6 and unit in ("months", "a year", "companies")
    text = number(value, 0 if whole else digits)
    if unit == "$":
        return f"\N{MINUS SIGN}${text[1:]}" if text.startswith("\N{MINUS SIGN}") else f"${text}"
    if unit == "%":
        return f"{text}%"
    return f"{text} {unit}" if unit else text


def stated_text(claim: Claim) -> str:
    """Return what a claim states, at the precision it states it."""
    if not isinstance(claim.stated, float):
        return claim.stated or MISSING
    digits = max(0, -int(Decimal(repr(claim.precision)).adjusted()))
    text = value_text(claim.stated, claim.unit, digits)
    return f"{claim.hedge} {text}" if claim.hedge else text


def _joined(*sentences: str) -> str:
    return " ".join(
        text if text.endswith((".", "!", "?")) else f"{text}."
        for text in (sentence.strip() for sentence in sentences)
        if text
    )


def _rounding(claim: Claim, computed: Value, verdict: Verdict) -> str:
    """Say what a stated number can stand for, and where the computed one lies."""
    bounds = bounds_of(claim)
    if bounds is None or not isinstance(computed, float):
        return ""
    digits = max(0, 1 - int(Decimal(repr(claim.precision)).adjusted()))
    low, high = (number(bound, digits) for bound in bounds)
    hedge = (
        f", the “{claim.hedge}” included, which allows one unit more on either side"
        if claim.hedge
        else ""
    )
    where = "within" if verdict is Verdict.CONFIRMED else "outside"
    shown = value_text(computed, claim.unit, digits + 1)
    meant = stated_text(claim)
    return f"{shown} is {where} {low} to {high}, which is what {meant} can stand for{hedge}"


def _remarks(
    claim: Claim,
    row: CheckKind,
    result: CheckResult,
    verdict: Verdict,
    computed: Value,
    as_of: date,
) -> str:
    rounding = _rounding(claim, computed, verdict) if result.verdict is None else ""
    if result.verdict is None and not isinstance(claim.stated, float):
        rounding = "The claim states no number to hold this against"
    moved = (
        f"{claim.as_of} has no session: judged at the close of {as_of}"
        if as_of != claim.as_of
        else ""
    )
    return _joined(rounding, result.remark, claim.note, moved)


# --- By hand ------------------------------------------------------------------------------------


def _by_hand(claim: Claim, answer: Answer | None) -> Judgement:
    """Return the answer that was worked by hand, labelled as such; nothing is computed."""
    if answer is None:
        return Judgement(
            claim,
            Verdict.NOT_COMPUTABLE,
            None,
            None,
            "",
            claim.as_of,
            (),
            (),
            Today(None, None, Verdict.NOT_COMPUTABLE),
            simulated=True,
            remarks="The prices at hand are simulated; it takes real ones to judge this claim.",
        )
    return Judgement(
        claim,
        answer.verdict,
        answer.computed,
        answer.difference,
        answer.formula,
        answer.as_of,
        tuple(Alternative(what, value) for what, value, _ in answer.fits),
        tuple(Alternative(what, value) for what, value, _ in answer.nearest),
        Today(answer.today_as_of, answer.today_value, answer.today_verdict, answer.today_note),
        simulated=True,
        remarks=_joined(answer.explanation, answer.remark),
    )


# --- For programs -------------------------------------------------------------------------------


def as_json(judgement: Judgement) -> dict[str, Any]:
    """Return a judgement as plain values; numbers unrounded, in the unit of the claim."""
    claim = judgement.claim
    return {
        "id": claim.id,
        "source": claim.source,
        "verdict": judgement.verdict.value,
        "stated": claim.stated,
        "computed": judgement.computed,
        "unit": claim.unit,
        "series": claim.series,
        "basis": None if claim.basis is None else claim.basis.value,
        "as_of": judgement.as_of.isoformat(),
        "fits": [_plain(one) for one in judgement.fits],
        "nearest": [_plain(one) for one in judgement.nearest],
        "today": {
            "as_of": _iso(judgement.today.as_of),
            "value": judgement.today.value,
            "verdict": judgement.today.verdict.value,
        },
        "simulated": judgement.simulated,
        "explanation": judgement.explanation,
    }


def report(judgements: Sequence[Judgement]) -> list[tuple[str, ...]]:
    """Return judgements as rows of texts under a heading."""
    rows: list[tuple[str, ...]] = [
        ("Claim", "Verdict", "Stated", "Computed", "Today", "What it says")
    ]
    for one in judgements:
        claim = one.claim
        rows.append(
            (
                claim.id,
                one.verdict.value + (" (by hand)" if one.simulated else ""),
                stated_text(claim),
                value_text(one.computed, claim.unit),
                one.today.verdict.value,
                claim.text,
            )
        )
    return rows


def _plain(one: Alternative) -> dict[str, Any]:
    return {
        "what": one.what,
        "value": one.value,
        "series": one.series,
        "basis": None if one.basis is None else one.basis.value,
        "as_of": _iso(one.as_of),
        "formula": one.formula,
        "after_publication": one.after_publication,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
