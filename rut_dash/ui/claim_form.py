"""The form for a claim of the reader's own, judged as it is typed."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from rut_dash.claims.checks import CHECKS, CheckKind, CheckParam, ParamError
from rut_dash.claims.claim_file import read_claims
from rut_dash.claims.claim_writing import claim_toml
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Judgement, Ledger
from rut_dash.market.history import Basis
from rut_dash.ui.cache import cached
from rut_dash.ui.claim_context import ClaimContext
from rut_dash.ui.claim_detail import draw_explanation, draw_verdict
from rut_dash.ui.claim_ledger import add_own_claims
from rut_dash.ui.own_claims import draw_own_claims
from rut_dash.ui.text import plain
from rut_dash.ui.view_state import rerun_page_if_requested, update_view
from rut_dash.wording import MISSING, basis_text


@st.fragment
def draw_claim_form(context: ClaimContext) -> None:
    """Draw the form and the files of one's own claims; folded until a reader opens it."""
    rerun_page_if_requested()
    expander = st.expander(
        "A claim of your own", icon=":material/edit_note:", key="own_open", on_change="rerun"
    )
    if expander.open:
        with expander:
            _draw_form(context)
            draw_own_claims()


def _draw_form(context: ClaimContext) -> None:
    st.caption(
        "Choose a check and its parameters: the claim is judged as you type. Add it to the "
        "ledger, download it, load it again."
    )
    key = st.selectbox(
        "Kind of check", list(CHECKS), format_func=lambda key: CHECKS[key].label, key="own_kind"
    )
    kind = CHECKS[key]
    st.caption(plain(kind.description))
    fields = {"text": _text_input()}
    with st.grid(4, min_column_width=180, gap="small"):
        fields |= _claim_inputs(context.last_session)
        if kind.needs_series:
            fields |= _series_inputs(kind)
        params, problems = _param_inputs(kind, context.last_session)
        if kind.optional_series and kind.is_met(kind.series_used_with, params):
            fields |= _series_inputs(kind)
    empty = {"What it claims": fields["text"]}
    if kind.needs_series:
        empty["Series"] = fields["series"]
    problems = (*(f"{name} is empty" for name, value in empty.items() if not value), *problems)
    judgement: Judgement | None = None
    if not problems:
        row = claim_toml(fields, kind.key, params)
        judgement, problems = cached(_read_and_judge, context, row)
    if judgement is None:
        st.caption(plain(f"Not yet a claim: {'; '.join(problems)}."))
        return
    with st.container(border=True):
        draw_verdict(judgement, "Your own")
        draw_explanation(judgement)
    if st.button("Add to the ledger", icon=":material/add:", key="own_add"):
        add_own_claims(Ledger((judgement.claim,)))
        update_view(claim=judgement.claim.id)
        st.rerun()


def _read_and_judge(context: ClaimContext, row: str) -> tuple[Judgement | None, tuple[str, ...]]:
    """Return the verdict on the claim of a row in TOML, and what is wrong with the row."""
    ledger = read_claims(row, "your claim", context.ledger)
    problems = tuple(problem.problem for problem in ledger.problems)
    if not ledger.claims:
        return None, problems
    claim = ledger.claims[0]
    return judge(claim, ledger, context.histories.get, context.catalogue), problems


def _text_input() -> str:
    text = st.text_input(
        "What it claims, in your words", "IWM is up 10% for the year", key="own_text"
    )
    return " ".join(text.split())


def _claim_inputs(last_session: date | None) -> dict[str, Any]:
    """Draw the inputs of every claim; return its fields as in a file."""
    stated_text = st.text_input(
        "Stated", "10", key="own_stated", help="A number at the precision it is stated, or words"
    ).strip()
    stated = _number_or_text(stated_text)
    fields: dict[str, Any] = {"stated": stated}
    if isinstance(stated, int | float):
        fields["precision"] = _typed_precision(stated_text)
        hedge = st.text_input(
            "Hedge", key="own_hedge", help="A word such as almost: it allows one unit more"
        )
        fields["hedge"] = hedge.strip() or None
    fields["as_of"] = st.date_input(
        "Day of the claim", last_session or "today", format="YYYY-MM-DD", key="own_as_of"
    )
    return fields


def _series_inputs(kind: CheckKind) -> dict[str, Any]:
    """Draw the inputs of the series and, where there is a choice, of its basis."""
    series = st.text_input("Series", "IWM", key="own_series").strip() or None
    if kind.price_only or series is None:
        return {"series": series}
    basis = st.selectbox(
        "Basis",
        [basis.value for basis in Basis],
        key="own_basis",
        format_func=lambda value: basis_text(Basis(value)),
    )
    return {"series": series, "basis": basis}


def _param_inputs(
    kind: CheckKind, last_session: date | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Draw the inputs of a check; return its parameters as in a file, and what is wrong."""
    params: dict[str, Any] = {}
    problems: list[str] = []
    for param in kind.usable_params(params):
        try:
            value = _param_input(kind, param, last_session)
        except ParamError as error:
            problems.append(f"{param.label} must be {error}")
            continue
        if value is None and param.required:
            problems.append(f"{param.label} is empty")
        elif value is not None:
            params[param.name] = value
    return params, tuple(problems)


def _param_input(kind: CheckKind, param: CheckParam, last_session: date | None) -> object:
    """Draw the input of one parameter; return its value as in a file, None where it is empty.

    Raises
    ------
    ParamError
        If the text is no such value.
    """
    key = f"own_{kind.key}_{param.name}"
    label = param.label if param.required else f"{param.label} (optional)"
    note = param.help or None
    if param.type == "choice":
        choice = st.selectbox(
            param.label,
            [*([""] if param.blank else []), *map(str, param.choices)],
            key=key,
            help=note,
            format_func=lambda choice: choice or MISSING,
        )
        return choice or None
    if param.type == "day":
        return st.date_input(
            label,
            last_session if param.required else None,
            format="YYYY-MM-DD",
            key=key,
            help=note,
            min_value=date(1900, 1, 1),
        )
    text = st.text_input(label, key=key, help=note).strip()
    return param.file_value(text) if text else None


def _number_or_text(text: str) -> float | int | str | None:
    """Return the number that a text is, else the text; None for an empty one."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return text or None
    if not abs(value) < 1e12:  # "nan" and "inf" are words
        return text
    return int(value) if value == int(value) else value


def _typed_precision(number: str) -> float:
    """Return the precision of a number as it was typed: 0.1 for 20.0."""
    decimals = number.partition(".")[2]
    return float(f"1e-{len(decimals)}") if decimals.isdigit() else 1.0
