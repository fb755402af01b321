"""One claim on the page: its verdict, figures, chart, explanation and source."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final, Literal

import streamlit as st

from rut_dash.charts.chart import Chart
from rut_dash.claim_wording import (
    alternative_value_text,
    explanation_text,
    formula_texts,
    precision_text,
    remarks_text,
    stated_text,
    value_text,
)
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.model import Alternative, Claim, Judgement, Source
from rut_dash.errors import NotComputable
from rut_dash.ui.claim_context import ClaimContext, judgements_by_id
from rut_dash.ui.claim_figure import build_claim_figure
from rut_dash.ui.layout import Page
from rut_dash.ui.text import bullets, plain
from rut_dash.wording import basis_text, day

Colour = Literal["green", "orange", "red", "violet", "gray", "blue"]

# A sign and a colour: a reader may be unable to see one of them.
_VERDICT_STYLES: Final[dict[Verdict, tuple[str, Colour]]] = {
    Verdict.CONFIRMED: ("✓", "green"),
    Verdict.OFF: ("≈", "orange"),
    Verdict.FALSE: ("✗", "red"),
    Verdict.MIXED: ("◐", "violet"),
    Verdict.NOT_COMPUTABLE: ("∅", "gray"),
    Verdict.NOT_YET_KNOWN: ("…", "blue"),
}
# A formula of more terms is easier to read as a list.
_TERMS_IN_A_LINE: Final = 3


def verdict_label(verdict: Verdict) -> str:
    """Return a verdict with its sign."""
    return f"{_VERDICT_STYLES[verdict][0]} {verdict.value}"


def claim_figure(context: ClaimContext, claim_id: str) -> Chart:
    """Return the chart of a claim."""
    return build_claim_figure(judgements_by_id(context)[claim_id], context.histories.get)


def draw_claim(page: Page, context: ClaimContext, claim_id: str) -> None:
    """Draw a claim with its verdict, figures, chart, explanation and source."""
    judgement = judgements_by_id(context)[claim_id]
    claim = judgement.claim
    draw_verdict(judgement, context.source_label(claim.source))
    if judgement.simulated:
        st.info(
            "Simulated prices: the answer below was worked out by hand from real bars, and "
            "nothing was computed.",
            icon=":material/science:",
        )
    try:
        page.chart(claim_figure, context, claim_id)
    except NotComputable as error:
        st.caption(plain(str(error)))
    draw_explanation(judgement)
    source = context.ledger.sources.get(claim.source)
    if source is not None:
        st.caption(plain(_source_text(source)))


def _source_text(source: Source) -> str:
    headline = f"“{source.headline}”, " if source.headline else ""
    return (
        f"Source: {source.publisher}, {headline}{source.published}. Judged at the close of "
        f"{day(source.as_of)}: {source.reason}"
    )


def draw_verdict(judgement: Judgement, source: str) -> None:
    """Draw the claim, its verdict and its figures."""
    claim = judgement.claim
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(verdict_label(judgement.verdict), color=_VERDICT_STYLES[judgement.verdict][1])
        st.caption(plain(f"{claim.id} · {source} · {CHECKS[claim.check.kind].label}"))
    cells = "".join(
        f'<div class="rut-figure"><span>{html.escape(name)}</span>'
        f"<strong>{html.escape(value)}</strong><small>{html.escape(note)}</small></div>"
        for name, value, note in _figures(judgement)
    )
    st.html(
        f'<p class="rut-claim">{html.escape(claim.text)}</p><div class="rut-figures">{cells}</div>'
    )


def _figures(judgement: Judgement) -> list[tuple[str, str, str]]:
    """Return the name, value and note of each figure of a claim."""
    claim, today = judgement.claim, judgement.today
    close = f"at the close of {judgement.as_of}" if claim.series else f"as of {judgement.as_of}"
    series = f"{claim.series}, {basis_text(claim.basis)}, " if claim.series and claim.basis else ""
    figures = [
        ("Stated", stated_text(claim), precision_text(claim)),
        ("Computed", value_text(judgement.computed, claim.unit), f"{series}{close}"),
    ]
    if judgement.difference is not None:
        unit = "percentage points" if claim.unit == "%" else claim.unit
        difference = value_text(judgement.difference, unit)
        figures.append(("Difference", difference, "computed less stated"))
    as_of = f"as of {today.as_of}" if today.as_of else ""
    figures.append((f"Today: {today.verdict.value}", value_text(today.value, claim.unit), as_of))
    return figures


def draw_explanation(judgement: Judgement) -> None:
    """Draw how a verdict comes about, and what would make the statement true."""
    terms = formula_texts(judgement)
    if len(terms) > _TERMS_IN_A_LINE:
        st.markdown(bullets(terms))
        st.markdown(plain(remarks_text(judgement)))
    else:
        st.markdown(plain(explanation_text(judgement)))
    _draw_alternatives("What the statement is true of", judgement.fits, judgement.claim)
    _draw_alternatives("Nothing near fits; the closest are", judgement.nearest, judgement.claim)


def _draw_alternatives(title: str, alternatives: Sequence[Alternative], claim: Claim) -> None:
    if alternatives:
        lines = [alternative_value_text(alternative, claim) for alternative in alternatives]
        st.markdown(f"**{title}**\n\n{bullets(lines)}")
