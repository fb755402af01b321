"""The list of claims on the page: notices, filters and the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from rut_dash.claim_wording import alternative_value_text, explanation_text, stated_text, value_text
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.model import OWN_SOURCE, Judgement
from rut_dash.market_wording import source_label
from rut_dash.ui import cache
from rut_dash.ui.claim_context import ClaimContext, ClaimFilters, filtered_judgements
from rut_dash.ui.claim_detail import verdict_label
from rut_dash.ui.layout import Page
from rut_dash.ui.tables import Column
from rut_dash.ui.text import plain
from rut_dash.ui.view import ViewState
from rut_dash.ui.view_state import on_widget_change, set_widget, update_view
from rut_dash.wording import MISSING, basis_text, counted

_BY_HAND_WIDTH: Final = 190
_COLUMNS: Final = {
    "id": Column("Claim", "text", width=70),
    "verdict": Column("Verdict", "text", width=130),
    "claim": Column("What it says", "text", width=380),
    "stated": Column("Stated", "text", width=120),
    "computed": Column("Computed", "text", width=120),
    "today": Column("Today", "text", width=130, help="The same check by the last bars"),
    "series": Column("Series", "text", width=70),
    "as_of": Column("As of", "date", width=95),
    "kind": Column("Check", "text"),
    "source": Column("Source", "text"),
}


def draw_claim_notices(view: ViewState, context: ClaimContext) -> None:
    """Draw what is wrong with files and with the link, and which bars are missing."""
    sentences = [str(problem) for problem in (*context.ledger.problems, *context.errors)]
    if context.missing_symbols and not context.simulated:
        sentences.append(
            f"There are no bars of {', '.join(context.missing_symbols)}: claims that need them are "
            "not computable until they are fetched or imported."
        )
    if view.claim and view.claim not in context.ledger.claims_by_id:
        sentences.append(f"There is no claim {view.claim}: the first of the list is open.")
    if sentences:
        st.info(plain(" ".join(sentences)), icon=":material/info:")


def draw_filters(view: ViewState, context: ClaimContext) -> None:
    """Draw the filters by source, verdict and kind of check, as the view has them.

    A source of the view that no claim is of has a pill as well: the filter applies, so it can
    be seen and be removed.
    """
    used = context.used_sources
    sources = [name for name in (*context.ledger.sources, OWN_SOURCE) if name in used]
    sources += [name for name in view.claim_sources if name not in used]
    labels = {name: _source_pill(name, context, is_used=name in used) for name in sources}
    set_widget("claims_sources", list(view.claim_sources))
    st.pills(
        "Source",
        sources,
        selection_mode="multi",
        key="claims_sources",
        format_func=labels.__getitem__,
        on_change=on_widget_change,
        args=("claims_sources", lambda names: {"claim_sources": tuple(sorted(names))}),
    )
    set_widget("claims_verdicts", list(view.claim_verdicts))
    st.pills(
        "Verdict",
        [verdict.value for verdict in Verdict],
        selection_mode="multi",
        key="claims_verdicts",
        format_func=lambda verdict: verdict_label(Verdict(verdict)),
        on_change=on_widget_change,
        args=("claims_verdicts", _verdict_fields),
    )
    kinds = {claim.check.kind for claim in context.ledger.claims} | {view.claim_kind}
    set_widget("claims_kind", view.claim_kind)
    st.selectbox(
        "Kind of check",
        ["", *(key for key in CHECKS if key in kinds)],
        key="claims_kind",
        format_func=lambda key: CHECKS[key].label if key else "All kinds",
        on_change=on_widget_change,
        args=("claims_kind", lambda key: {"claim_kind": key or ""}),
    )


def _source_pill(source: str, context: ClaimContext, *, is_used: bool) -> str:
    if not is_used:
        return f"{'Your own' if source == OWN_SOURCE else source} · no claims"
    label = context.source_label(source)
    return label if source == OWN_SOURCE else f"{source} · {label}"


def _verdict_fields(values: Sequence[str]) -> dict[str, Any]:
    return {
        "claim_verdicts": tuple(verdict.value for verdict in Verdict if verdict.value in values)
    }


def open_claim_id(view: ViewState, context: ClaimContext, judgements: Sequence[Judgement]) -> str:
    """Return the id of the claim that is open: that of the view, else the first of the list."""
    if view.claim in context.ledger.claims_by_id:
        return view.claim
    return judgements[0].claim.id if judgements else ""


def draw_claim_list(page: Page, context: ClaimContext, open_id: str) -> None:
    """Draw the list of claims that pass the filters; a selected row opens its claim."""
    filters = ClaimFilters.of_view(page.view)
    judgements = filtered_judgements(context, filters)
    if not judgements:
        st.markdown("No claim is left by these filters.")
        return
    counts = Counter(judgement.verdict for judgement in judgements)
    count_texts = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    by_hand = ", answered by hand from real bars" if context.simulated else ""
    total = counted(len(judgements), "claim")
    st.caption(plain(f"{total}{by_hand}: {', '.join(count_texts)}."))
    columns = dict(_COLUMNS)
    if context.simulated:
        columns["verdict"] = Column("Verdict", "text", width=_BY_HAND_WIDTH)
    page.table(
        "Claims",
        claim_table,
        context,
        filters,
        columns=columns,
        alt=f"{total} with their verdicts",
        selected=open_id,
        on_pick=lambda claim_id: update_view(claim=claim_id),
        header=_file_header(context),
    )


def _file_header(context: ClaimContext) -> list[tuple[str, str]]:
    last = context.last_session
    behind = 0
    if last is not None and not context.simulated:
        behind = cache.market().sessions_behind(pd.Timestamp(last))
    sources = sorted({source_label(history.provenance) for history in context.histories.values()})
    simulated = "yes: answers worked by hand, nothing computed" if context.simulated else "no"
    return [
        ("table", "Claims checked against prices"),
        ("verdicts", "as of each claim's publication; today: by the last bars"),
        ("last bars", f"{last or MISSING}"),
        *([("sessions behind", str(behind))] if behind else ()),
        ("source of bars", "; ".join(sources) or MISSING),
        ("simulated", simulated),
        ("units", "stated, computed and difference in the unit of the claim"),
    ]


def claim_table(context: ClaimContext, filters: ClaimFilters) -> pd.DataFrame:
    """Return one row for each claim that passes the filters, by id."""
    rows = [_table_row(row, context) for row in filtered_judgements(context, filters)]
    return pd.DataFrame(rows).set_index("id", drop=False) if rows else pd.DataFrame()


def _table_row(judgement: Judgement, context: ClaimContext) -> dict[str, object]:
    claim, today = judgement.claim, judgement.today
    by_hand = " (by hand)" if judgement.simulated else ""
    return {
        "id": claim.id,
        "claim": claim.text,
        "verdict": f"{verdict_label(judgement.verdict)}{by_hand}",
        "stated": stated_text(claim),
        "computed": value_text(judgement.computed, claim.unit),
        "difference": judgement.difference,
        "unit": claim.unit,
        "today": verdict_label(today.verdict),
        "today_value": value_text(today.value, claim.unit),
        "today_as_of": today.as_of,
        "series": claim.series,
        "basis": None if claim.basis is None else basis_text(claim.basis),
        "as_of": pd.Timestamp(judgement.as_of),
        "kind": CHECKS[claim.check.kind].label,
        "source": context.source_label(claim.source),
        "fits": "; ".join(alternative_value_text(fit, claim) for fit in judgement.fits),
        "nearest": "; ".join(alternative_value_text(miss, claim) for miss in judgement.nearest),
        "simulated": judgement.simulated,
        "explanation": explanation_text(judgement),
    }
