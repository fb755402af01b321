"""Claims: what market commentary says, held against prices, with what would make it true."""

from __future__ import annotations

import streamlit as st

from rut_dash.ui.claims_page import (
    chosen,
    claim_list,
    filters,
    load_claim_context,
    opened,
    own_claims,
    tell,
)
from rut_dash.ui.layout import open_page

page = open_page("claims")
book = load_claim_context(page)

tell(book)
with page.panel("The ledger"):
    filters(page, book)
    listed = chosen(page, book)
    names = [one.claim.id for one in listed]
    shown = page.view.claim if page.view.claim in book.ids else next(iter(names), "")
    if listed:
        claim_list(page, book, listed, shown)
    else:
        st.markdown("No claim is left by these filters.")
if shown:
    with page.panel(f"Claim {shown}"):
        opened(page, book, shown)
own_claims(book)
