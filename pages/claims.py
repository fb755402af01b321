"""Claims: what market commentary says, held against prices, with what would make it true."""

from __future__ import annotations

from rut_dash.ui.claim_context import ClaimFilters, filtered_judgements, load_claim_context
from rut_dash.ui.claim_detail import draw_claim
from rut_dash.ui.claim_form import draw_claim_form
from rut_dash.ui.claim_list import (
    draw_claim_list,
    draw_claim_notices,
    draw_filters,
    open_claim_id,
)
from rut_dash.ui.layout import open_page

page = open_page("claims")
context = load_claim_context(page.scope)
judgements = filtered_judgements(context, ClaimFilters.of_view(page.view))
claim_id = open_claim_id(page.view, context, judgements)

draw_claim_notices(page.view, context)
with page.section("Claims"):
    draw_filters(page.view, context)
    draw_claim_list(page, context, claim_id)
if claim_id:
    with page.section(f"Claim {claim_id}"):
        draw_claim(page, context, claim_id)
draw_claim_form(context)
