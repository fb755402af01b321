"""The claims of a session: those of files, and the reader's own in the session's state."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from rut_dash.claims.claim_file import load_claims
from rut_dash.claims.model import Ledger
from rut_dash.ui import cache
from rut_dash.ui.cache import cached

_OWN: Final = "own_claims"
_REMOVED: Final = "removed_claims"


def file_ledger() -> Ledger:
    """Return the shipped claims and those of the file that the environment names.

    Read once for all sessions, and again when that file changes.
    """
    return cached(_load_claims, cache.claims_version())


def _load_claims(_version: tuple[str, int]) -> Ledger:
    return load_claims()


def own_ledger() -> Ledger:
    """Return the claims of the session's own."""
    own: Ledger = st.session_state.get(_OWN, Ledger())
    return own


def page_ledger() -> Ledger:
    """Return the claims of files and the session's own."""
    own = own_ledger()
    return cached(Ledger.merge, file_ledger(), own) if own.claims else file_ledger()


def add_own_claims(ledger: Ledger) -> None:
    """Add claims to the session's own, which all remain: a taken id gets another number."""
    st.session_state[_OWN] = own_ledger().merge(replace(ledger, problems=()))


def remove_own_claims() -> None:
    """Remove the session's own claims; `restore_own_claims` brings them back."""
    st.session_state[_REMOVED] = removed_ledger().merge(own_ledger())
    st.session_state[_OWN] = Ledger()


def removed_ledger() -> Ledger:
    """Return the claims that were removed in this session and not restored."""
    removed: Ledger = st.session_state.get(_REMOVED, Ledger())
    return removed


def restore_own_claims() -> None:
    """Add the removed claims again."""
    add_own_claims(removed_ledger())
    st.session_state[_REMOVED] = Ledger()
