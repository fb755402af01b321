"""Claims and judgements in words, for the pages and the command line."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from rut_dash.claims.alternatives import rounding_bounds
from rut_dash.claims.checks import Verdict
from rut_dash.claims.choices import Unit
from rut_dash.claims.formulas import TermKind
from rut_dash.claims.model import Alternative, Claim, Judgement, Source, Value
from rut_dash.formula_wording import check_value_text, formula_clauses, remark_text, render_formula
from rut_dash.market.history import Basis
from rut_dash.wording import (
    MINUS,
    MISSING,
    basis_text,
    capitalise,
    number,
)

_BY_HAND: Final = "Worked out by hand from real bars; on simulated prices nothing is recomputed."
_NEEDS_REAL: Final = "The prices at hand are simulated; it takes real ones to judge this claim."
_NO_NUMBER: Final = "The claim states no number to hold this against"
# Terms whose text says that dividends are counted.
_NAMES_BASIS: Final = frozenset({TermKind.PRICE_CHANGE, TermKind.DRAWDOWN})
# A whole number in any other unit (months, companies) is a count and has no decimals.
_MEASURE_UNITS: Final = (
    None, Unit.DOLLAR, Unit.PERCENT, Unit.POINTS, Unit.INDEX_POINTS, Unit.PERCENTAGE_POINTS,
    Unit.TIMES, Unit.X, Unit.RATIO,
)  # fmt: skip


def publication_text(source: Source) -> str:
    """Return publisher and date of a source in one line."""
    return f"{source.publisher}, {source.published}"


def value_text(value: Value, unit: str | None = None, digits: int = 2) -> str:
    """Return a value with its unit; a text as it is, `MISSING` for None."""
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float):
        return check_value_text(value)
    is_count = value == int(value) and unit not in _MEASURE_UNITS
    text = number(value, 0 if is_count else digits)
    if unit == Unit.DOLLAR:
        # A value that rounds to zero has no sign.
        sign = MINUS if round(value, digits) < 0 else ""
        return f"{sign}${number(abs(value), digits)}"
    if unit == Unit.PERCENT:
        return f"{text}%"
    if unit == Unit.PERCENTAGE_POINTS:
        return f"{text} pp"
    return f"{text} {unit}" if unit else text


def value_json(value: Value) -> float | str | None:
    """Return a number unrounded, another value as a text, None for none."""
    if value is None or isinstance(value, int | float | str):
        return value
    return check_value_text(value)


def stated_text(claim: Claim) -> str:
    """Return what a claim states, at the precision it states it."""
    if not isinstance(claim.stated, float):
        return claim.stated or MISSING
    text = value_text(claim.stated, claim.unit, max(0, _decimals(claim)))
    return f"{claim.hedge} {text}" if claim.hedge else text


def precision_text(claim: Claim) -> str:
    """Return the precision of a stated number, and what a hedge adds to it."""
    if not isinstance(claim.stated, float):
        return ""
    unit = claim.unit if claim.unit == Unit.PERCENT else f" {claim.unit or ''}"
    text = f"to {claim.precision:g}{unit}".strip()
    return f"{text}, one more for “{claim.hedge}”" if claim.hedge else text


def _decimals(claim: Claim) -> int:
    """Return the decimals of a claim's precision: 1 for 0.1, -1 for 10."""
    return -int(Decimal(repr(claim.precision)).adjusted())


# --- A judgement --------------------------------------------------------------------------------


def formula_texts(judgement: Judgement) -> tuple[str, ...]:
    """Return how the value comes about, in clauses; none where it was not computed."""
    if judgement.answer is not None:
        formula = judgement.answer.formula
        return (formula,) if isinstance(formula, str) else formula
    if judgement.result is None:
        return ()
    terms = judgement.result.formula
    clauses = formula_clauses(terms)
    says_so = any(term.kind in _NAMES_BASIS for term in terms)
    if judgement.claim.basis is not Basis.TOTAL or says_so:
        return clauses
    return (*clauses, "closes are adjusted for dividends")


def formula_text(judgement: Judgement) -> str:
    """Return how the value comes about; empty where it was not computed."""
    return "; ".join(formula_texts(judgement))


def remarks_text(judgement: Judgement) -> str:
    """Return the rounding, how words are interpreted, and why there is no result."""
    claim, answer = judgement.claim, judgement.answer
    if answer is not None:
        return _join(answer.explanation, answer.remark)
    if judgement.simulated:
        return _NEEDS_REAL
    if judgement.result is None:
        return _join(str(judgement.error), claim.note)
    moved = ""
    if judgement.as_of != claim.as_of:
        moved = f"{claim.as_of} has no session: judged at the close of {judgement.as_of}"
    remark = remark_text(judgement.result.remark, claim.check.params.get("other"))
    return _join(_rounding_text(judgement), remark, claim.note, moved)


def explanation_text(judgement: Judgement) -> str:
    """Return the formula and the remarks as sentences."""
    formula = formula_text(judgement)
    by_hand = _BY_HAND if judgement.answer is not None else ""
    return _join(by_hand, capitalise(formula), remarks_text(judgement))


def _rounding_text(judgement: Judgement) -> str:
    """Return the interval that rounds to the stated number, and where the computed one is."""
    claim, computed = judgement.claim, judgement.computed
    if judgement.result is None or judgement.result.verdict is not None:
        return ""
    bounds = rounding_bounds(claim)
    if bounds is None:
        return _NO_NUMBER
    if not isinstance(computed, float):
        return ""
    digits = max(0, 1 + _decimals(claim))
    low, high = (number(bound, digits) for bound in bounds)
    hedge = (
        f", with {number(claim.precision, max(0, _decimals(claim)))} more on either side "
        f"for the “{claim.hedge}”"
        if claim.hedge
        else ""
    )
    side = "within" if judgement.verdict is Verdict.CONFIRMED else "outside"
    return (
        f"{value_text(computed, claim.unit, digits + 1)} is {side} {low} to {high}, "
        f"which is what {stated_text(claim)} can stand for{hedge}"
    )


def _join(*sentences: str) -> str:
    """Join those that are not empty, each with a full stop."""
    return " ".join(
        text if text.endswith((".", "!", "?")) else f"{text}."
        for text in (sentence.strip() for sentence in sentences)
        if text
    )


# --- Alternatives -------------------------------------------------------------------------------


def alternative_text(alternative: Alternative) -> str:
    """Return how an alternative differs from the claim."""
    if alternative.text:
        return alternative.text
    if alternative.miss is not None:
        return render_formula((alternative.miss,))
    parts = []
    if alternative.series is not None:
        other = f" against {alternative.other}" if alternative.other else ""
        parts.append(f"{alternative.series}{other}")
    if alternative.differing_basis is not None:
        parts.append(basis_text(alternative.differing_basis))
    parts += alternative.param_values
    if alternative.sessions:
        first, last = alternative.sessions[0], alternative.sessions[-1]
        parts.append(f"as of {first} to {last} ({len(alternative.sessions)} sessions)")
    elif alternative.as_of is not None:
        parts.append(f"as of {alternative.as_of}")
    late = " (after publication)" if alternative.after_publication else ""
    return ", ".join(parts) + late


def alternative_value_text(alternative: Alternative, claim: Claim) -> str:
    """Return how an alternative differs from the claim, what it gives, and how."""
    text = alternative_text(alternative)
    unit = claim.unit if isinstance(alternative.value, float) else None
    value = value_text(alternative.value, unit, 3)
    if alternative.miss is None:  # the term of a miss names the value itself
        text = f"{text}: {value}"
    formula = render_formula(alternative.formula)
    return f"{text} ({formula})" if formula else text
