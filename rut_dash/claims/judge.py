"""The judging of claims by prices, as of their publication and by the last bars.

A claim is judged with what was known at the close of its publication. Where a stated value is
off, alternatives are searched (:mod:`rut_dash.claims.alternatives`). On simulated prices nothing
is computed: the answers worked by hand from real bars take the place of a result.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from rut_dash.analysis.returns import session_on_or_before
from rut_dash.claims.alternatives import find_alternatives, value_in_unit, verdict_of
from rut_dash.claims.chart_spec import ChartLevel
from rut_dash.claims.checks import (
    CHECKS,
    ChartSpec,
    CheckInput,
    CheckKind,
    Load,
    PointInTimeData,
    Verdict,
)
from rut_dash.claims.formulas import PriceLevel
from rut_dash.claims.model import (
    Alternative,
    Answer,
    Claim,
    HandAlternative,
    Judgement,
    Ledger,
    Today,
    Value,
    series_needed,
)
from rut_dash.errors import OutOfRange, RutDashError
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis, PriceHistory


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
        Returns the bars of a symbol, None where there are none. Called once a symbol.
    today
        As if later bars and events did not exist; None for all that there are.

    Returns
    -------
    list of Judgement
        In the order of the ledger. Where any of the bars are simulated nothing is computed.
    """
    loaded = {s: _load_up_to(s, load, today) for s in series_needed(ledger.claims)}

    def load_once(symbol: str) -> PriceHistory | None:
        # Further symbols, of alternatives, are cached in the data that all claims share.
        return loaded[symbol] if symbol in loaded else _load_up_to(symbol, load, today)

    present = [history for history in loaded.values() if history is not None]
    if any(history.provenance.simulated for history in present):
        return [_judge_by_hand(claim, ledger.answers.get(claim.id)) for claim in ledger.claims]
    last = max((history.last_session for history in present), default=None)
    if today is not None:
        last = pd.Timestamp(today)
    if last is not None:
        catalogue = catalogue.up_to(last.date())
    judge_data = _JudgeData(load_once, catalogue, ledger, last)
    return [_judge(claim, judge_data) for claim in ledger.claims]


def judge(claim: Claim, ledger: Ledger, load: Load, catalogue: Catalogue) -> Judgement:
    """Return the verdict on one claim; see `judge_all`."""
    alone = Ledger((claim,), ledger.sources, ledger.facts, ledger.answers)
    return judge_all(alone, load, catalogue)[0]


def _load_up_to(symbol: str, load: Load, today: date | None) -> PriceHistory | None:
    history = load(symbol)
    try:
        return history if history is None else history.as_of(today)
    except OutOfRange:
        return None  # it starts later: as if there were none


@dataclass(slots=True)
class _JudgeData:
    """The prices and events that all claims of a ledger are judged with."""

    load: Load
    catalogue: Catalogue
    ledger: Ledger
    last: pd.Timestamp | None
    memo: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def at(self, day: date) -> PointInTimeData:
        """Return what was known at the close of a day; what one claim loads, others share."""
        close = pd.Timestamp(day)
        return PointInTimeData(
            self.load, self.catalogue, self.ledger.facts, close, close, self.memo
        )

    def latest_publication(self, claim: Claim) -> pd.Timestamp:
        """Return the last day on which a claim may have been published."""
        source = self.ledger.sources.get(claim.source)
        latest = claim.as_of if source is None else max(claim.as_of, source.latest)
        return pd.Timestamp(latest)

    def last_session(self, claim: Claim) -> pd.Timestamp | None:
        """Return the last session that all series of a claim have; None without any bars."""
        histories = [self.load(symbol) for symbol in claim.symbols]
        lasts = [history.last_session for history in histories if history is not None]
        # Bars that end before the claim was made say nothing of today either.
        as_of = pd.Timestamp(claim.as_of)
        return min((last for last in lasts if last >= as_of), default=self.last)


# --- One claim ----------------------------------------------------------------------------------


def _judge(claim: Claim, judge_data: _JudgeData) -> Judgement:
    kind = CHECKS[claim.check.kind]
    data = judge_data.at(claim.as_of)
    inputs = _check_input(claim, data)
    today = _today(claim, kind, data, judge_data.last_session(claim))
    try:
        as_of = _as_of(claim, data)
        result = kind.run(inputs)
    except RutDashError as error:
        return Judgement(
            claim,
            Verdict.NOT_COMPUTABLE,
            claim.as_of,
            today,
            error=error,
            chart_spec=_level_chart_spec(claim),
        )
    verdict = verdict_of(claim, kind, result)
    computed = value_in_unit(kind, result.value)
    fits: tuple[Alternative, ...] = ()
    nearest: tuple[Alternative, ...] = ()
    if verdict in (Verdict.OFF, Verdict.FALSE):
        latest = judge_data.latest_publication(claim)
        fits, nearest = find_alternatives(claim, kind, inputs, computed, latest)
    return Judgement(
        claim,
        verdict,
        as_of,
        today,
        computed=computed,
        difference=_difference(claim, computed),
        fits=fits,
        nearest=nearest,
        result=result,
        chart_spec=result.chart_spec,
    )


def _check_input(claim: Claim, data: PointInTimeData) -> CheckInput:
    return CheckInput(data, claim.series or "", claim.basis or Basis.PRICE, claim.check.params)


def _as_of(claim: Claim, data: PointInTimeData) -> date:
    """Return the session at whose close a claim is judged; without a series the day itself."""
    # One series may suffice where the bars of the other do not reach the claim.
    covered = (symbol for symbol in claim.symbols if data.covers_as_of(symbol))
    symbol = next(covered, None)
    if symbol is None:
        return claim.as_of
    session = session_on_or_before(data.history(symbol).sessions, claim.as_of)
    return claim.as_of if session is None else session.date()


def _level_chart_spec(claim: Claim) -> ChartSpec:
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
        levels=(ChartLevel.of(PriceLevel(float(level))),),
    )


def _today(
    claim: Claim, kind: CheckKind, data: PointInTimeData, last: pd.Timestamp | None
) -> Today:
    """Return what the same check gives by the last bars."""
    if last is None:
        return Today()
    later = data if kind.forecast else data.at(max(last, data.as_of))
    try:
        result = kind.run(_check_input(claim, later))
    except RutDashError:
        return Today(last.date())  # not computable; why is in the judgement
    return Today(last.date(), value_in_unit(kind, result.value), verdict_of(claim, kind, result))


def _difference(claim: Claim, computed: Value) -> float | None:
    if isinstance(computed, float) and isinstance(claim.stated, float):
        return computed - claim.stated
    return None


# --- Answers worked by hand ---------------------------------------------------------------------


def _judge_by_hand(claim: Claim, answer: Answer | None) -> Judgement:
    """Return the answer worked by hand as a judgement; nothing is computed."""
    if answer is None:
        return Judgement(claim, Verdict.NOT_COMPUTABLE, claim.as_of, Today(), simulated=True)
    return Judgement(
        claim,
        answer.verdict,
        answer.as_of,
        Today(answer.today.as_of, answer.today.value, answer.today.verdict),
        computed=answer.computed,
        difference=answer.difference,
        fits=tuple(map(_alternative_by_hand, answer.fits)),
        nearest=tuple(map(_alternative_by_hand, answer.nearest)),
        answer=answer,
        simulated=True,
    )


def _alternative_by_hand(by_hand: HandAlternative) -> Alternative:
    return Alternative(by_hand.value, text=by_hand.difference)
