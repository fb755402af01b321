"""The reader's own claims: their download, the loading of a file, and their removal."""

from __future__ import annotations

from typing import Final

import streamlit as st

from rut_dash.claims.claim_file import read_claims
from rut_dash.claims.claim_writing import claims_toml
from rut_dash.errors import RowDefect, RowFileError, RowPlace
from rut_dash.ui.claim_ledger import (
    add_own_claims,
    file_ledger,
    own_ledger,
    remove_own_claims,
    removed_ledger,
    restore_own_claims,
)
from rut_dash.ui.text import plain, slug
from rut_dash.ui.view_state import current, request_page_rerun, update_view
from rut_dash.wording import counted

_PROBLEMS: Final = "own_claims_problems"


def draw_own_claims() -> None:
    """Draw the download and the removal of one's own claims, and the loading of a file."""
    own, removed = own_ledger(), removed_ledger()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if own.claims:
            st.download_button(
                f"Download {counted(len(own.claims), 'claim')} as TOML",
                data=lambda: claims_toml(own, file_ledger()).encode(),
                file_name="claims.toml",
                mime="application/toml",
                on_click="ignore",
                icon=":material/download:",
                key="own_download",
            )
            st.button(
                "Remove them", on_click=_on_remove, key="own_remove", icon=":material/delete:"
            )
        if removed.claims:
            st.button(
                f"Bring back {counted(len(removed.claims), 'removed claim')}",
                on_click=_on_restore,
                key="own_restore",
                icon=":material/undo:",
            )
    st.file_uploader(
        "Load claims from a TOML file",
        type="toml",
        key="own_file",
        on_change=_on_load,
        help="As downloaded here, or written by hand. Claims that are here already stay.",
    )
    for problem in st.session_state.get(_PROBLEMS, ()):
        st.error(plain(problem), icon=":material/info:")


def _on_remove() -> None:
    if current().claim in own_ledger().claims_by_id:
        update_view(claim="")
    remove_own_claims()
    st.session_state.pop(_PROBLEMS, None)
    request_page_rerun()


def _on_restore() -> None:
    restore_own_claims()
    request_page_rerun()


def _on_load() -> None:
    """Add the claims of the file that was dropped; what is wrong with it is drawn."""
    upload = st.session_state.get("own_file")
    if upload is None:
        return
    name = f"{slug(upload.name.removesuffix('.toml'))}.toml"
    try:
        text = upload.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = RowFileError(RowPlace(name, "claims"), RowDefect.NOT_UTF8, whole_file=True)
        st.session_state[_PROBLEMS] = (str(problem),)
        return
    ledger = read_claims(text, name, file_ledger())
    st.session_state[_PROBLEMS] = tuple(map(str, ledger.problems))
    if ledger.claims:
        add_own_claims(ledger)
        request_page_rerun()
