"""The claim ledger on a page: the list, one claim opened, and a form for one's own."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st

from rut_dash.charts import Chart
from rut_dash.claim_wording import (
    alternative_text,
    explanation_text,
    formula_text,
    remarks_text,
    stated_text,
    value_text,
)
from rut_dash.claims.checks import CHECKS, CheckKind, CheckParam, ParamError, Verdict
from rut_dash.claims.claim_file import claim_toml, claims_toml, load_claims, read_claims
from rut_dash.claims.judge import judge, judge_all
from rut_dash.claims.model import (
    OWN_SOURCE,
    Alternative,
    Claim,
    Judgement,
    Ledger,
    series_needed,
)
from rut_dash.errors import NotComputable, RowDefect, RowFileError, RowPlace, SchemaError
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.ui import cache
from rut_dash.ui.cache import Versioned, cached
from rut_dash.ui.claim_figure import build_claim_figure
from rut_dash.ui.layout import Page
from rut_dash.ui.tables import Column
from rut_dash.ui.text import plain, slug
from rut_dash.ui.view import ViewState
from rut_dash.ui.view_state import (
    on_widget_change,
    request_page_rerun,
    rerun_page_if_requested,
    set_widget,
    update_view,
)
from rut_dash.wording import MISSING, counted, day

__all__ = [
    "ClaimContext",
    "chosen",
    "claim_list",
    "filters",
    "load_claim_context",
    "opened",
    "own_claims",
    "symbols_needed",
    "tell",
]

Colour = Literal["green", "orange", "red", "violet", "gray", "blue"]

_OWN: Final = "own_claims"
_OWN_PROBLEMS: Final = "own_claims_problems"
# A sign and a colour: neither says it alone.
_SIGNS: Final[Mapping[Verdict, tuple[str, Colour]]] = {
    Verdict.CONFIRMED: ("✓", "green"),
    Verdict.OFF: ("≈", "orange"),
    Verdict.FALSE: ("✗", "red"),
    Verdict.MIXED: ("◐", "violet"),
    Verdict.NOT_COMPUTABLE: ("∅", "gray"),
    Verdict.NOT_YET_KNOWN: ("…", "blue"),
}
# A formula of more pieces is shown as a list.
_LISTED: Final = 3
_STYLE: Final = """<style>
.rut-claim { font-size: 1.15rem; line-height: 1.45; margin: 0 0 .5rem; }
.rut-figures { display: flex; flex-wrap: wrap; gap: .6rem 1.25rem; margin: 0 0 .5rem; }
.rut-figure { flex: 1 1 150px; border-left: 3px solid #7C8694; padding-left: .6rem; }
.rut-figure span, .rut-figure small { display: block; font-size: .85rem; opacity: .8; }
.rut-figure strong { display: block; font-size: 1.25rem; line-height: 1.35; }
</style>"""


@dataclass(frozen=True, slots=True, eq=False)
class ClaimContext:
    """The ledger with the prices that it is judged by.

    Parameters
    ----------
    ledger
        The shipped claims and a reader's own.
    histories
        By symbol; only what there is.
    catalogue
        The events.
    version
        A digest of all of it.
    refused
        What is wrong with files of further bars.
    """

    ledger: Ledger
    histories: Mapping[str, PriceHistory]
    catalogue: Catalogue
    version: str
    refused: tuple[SchemaError, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The symbols that claims need and that have no bars."""
        return tuple(s for s in series_needed(self.ledger.claims) if s not in self.histories)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all claims."""
        return frozenset(claim.id for claim in self.ledger.claims)

    @property
    def simulated(self) -> bool:
        """True where the prices are the demo's."""
        return any(history.provenance.simulated for history in self.histories.values())

    @property
    def last(self) -> date | None:
        """The last session of any of the bars."""
        return max((h.last_session.date() for h in self.histories.values()), default=None)


def _own() -> Ledger:
    own: Ledger = st.session_state.get(_OWN, Ledger())
    return own


def _ledger() -> Ledger:
    """Return the claims that ship, those of the file that the environment names, and one's own."""
    shipped, own = load_claims(), _own()
    return shipped.merge(own) if own.claims else shipped


def symbols_needed() -> tuple[str, ...]:
    """Return the symbols whose bars the claims need."""
    return series_needed(_ledger().claims)


def load_claim_context(page: Page) -> ClaimContext:
    """Return the ledger with those of the bars that its claims need which there are."""
    ledger = _ledger()
    refused: tuple[SchemaError, ...] = ()
    if page.scope.pair.simulated:
        histories = {leg.symbol: leg for leg in page.scope.pair.legs}
    else:
        histories, refused = cache.histories(series_needed(ledger.claims), page.state.versions)
    catalogue = cache.catalogue()
    parts: tuple[Versioned, ...] = (ledger, catalogue, *histories.values())
    version = "-".join(part.version for part in parts)
    return ClaimContext(ledger, histories, catalogue, version, refused)


def tell(book: ClaimContext) -> None:
    """Say what is wrong with the ledger, and what is missing of the bars."""
    sentences = [str(problem) for problem in (*book.ledger.problems, *book.refused)]
    if book.missing and not book.simulated:
        sentences.append(
            f"There are no bars of {', '.join(book.missing)}: claims that need them are not "
            "computable until they are fetched or imported."
        )
    if sentences:
        st.info(plain(" ".join(sentences)), icon=":material/info:")


def _judged(book: ClaimContext) -> dict[str, Judgement]:
    """Return the verdict on every claim, by id."""
    found = judge_all(book.ledger, book.histories.get, book.catalogue)
    return {judgement.claim.id: judgement for judgement in found}


def judged(book: ClaimContext) -> dict[str, Judgement]:
    """Return the verdict on every claim, by id; computed once per data version."""
    return cached(_judged, book)


def claim_figure(book: ClaimContext, claim_id: str) -> Chart:
    """Return the chart of a claim."""
    return build_claim_figure(judged(book)[claim_id], book.histories.get)


# --- The list -----------------------------------------------------------------------------------


def filters(page: Page, book: ClaimContext) -> None:
    """Draw the choices of source, verdict and kind of check."""
    view = page.view
    sources = {
        **{name: one.label for name, one in book.ledger.sources.items()},
        OWN_SOURCE: "Your own",
    }
    used = {claim.source for claim in book.ledger.claims}
    set_widget("claims_sources", [name for name in view.claim_sources if name in used])
    st.pills(
        "Source",
        [name for name in sources if name in used],
        selection_mode="multi",
        key="claims_sources",
        format_func=lambda name: (
            sources[name] if name == OWN_SOURCE else f"{name} · {sources[name]}"
        ),
        on_change=on_widget_change,
        args=("claims_sources", lambda names: {"claim_sources": tuple(sorted(names))}),
    )
    set_widget("claims_verdicts", list(view.claim_verdicts))
    st.pills(
        "Verdict",
        [verdict.value for verdict in Verdict],
        selection_mode="multi",
        key="claims_verdicts",
        format_func=lambda verdict: f"{_SIGNS[Verdict(verdict)][0]} {verdict}",
        on_change=on_widget_change,
        args=("claims_verdicts", _take_verdicts),
    )
    kinds = {claim.check.kind for claim in book.ledger.claims}
    options = ["", *(key for key in CHECKS if key in kinds or key == view.claim_kind)]
    set_widget("claims_kind", view.claim_kind)
    st.selectbox(
        "Kind of check",
        options,
        key="claims_kind",
        format_func=lambda key: CHECKS[key].label if key else "All kinds",
        on_change=on_widget_change,
        args=("claims_kind", lambda key: {"claim_kind": key or ""}),
    )


def _take_verdicts(values: Sequence[str]) -> dict[str, Any]:
    return {"claim_verdicts": tuple(one.value for one in Verdict if one.value in values)}


def chosen(page: Page, book: ClaimContext) -> tuple[Judgement, ...]:
    """Return the claims that the filters let through."""
    return cached(_chosen, book, *_filters(page.view))


def _filters(view: ViewState) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    return view.claim_sources, view.claim_verdicts, view.claim_kind


def _chosen(
    book: ClaimContext, sources: tuple[str, ...], verdicts: tuple[str, ...], kind: str
) -> tuple[Judgement, ...]:
    return tuple(
        judgement
        for judgement in judged(book).values()
        if (not sources or judgement.claim.source in sources)
        and (not verdicts or judgement.verdict.value in verdicts)
        and (not kind or judgement.claim.check.kind == kind)
    )


def _sign(verdict: Verdict) -> str:
    return f"{_SIGNS[verdict][0]} {verdict.value}"


def _table(
    book: ClaimContext, sources: tuple[str, ...], verdicts: tuple[str, ...], kind: str
) -> pd.DataFrame:
    """Return one row for each claim that the filters let through."""
    rows = []
    for one in _chosen(book, sources, verdicts, kind):
        claim = one.claim
        source = book.ledger.sources.get(claim.source)
        rows.append(
            {
                "id": claim.id,
                "claim": claim.text,
                "verdict": f"{_sign(one.verdict)}{' (by hand)' if one.simulated else ''}",
                "stated": stated_text(claim),
                "computed": value_text(one.computed, claim.unit),
                "difference": one.difference,
                "unit": claim.unit,
                "today": _sign(one.today.verdict),
                "today_value": value_text(one.today.value, claim.unit),
                "today_as_of": one.today.as_of,
                "series": claim.series,
                "basis": None if claim.basis is None else claim.basis.label,
                "as_of": pd.Timestamp(one.as_of),
                "kind": CHECKS[claim.check.kind].label,
                "source": source.label if source else "Your own",
                "fits": "; ".join(_alternative(a, claim) for a in one.fits),
                "nearest": "; ".join(_alternative(a, claim) for a in one.nearest),
                "simulated": one.simulated,
                "explanation": explanation_text(one),
            }
        )
    return pd.DataFrame(rows).set_index("id", drop=False) if rows else pd.DataFrame()


def _alternative(one: Alternative, claim: Claim) -> str:
    """Return how a reading differs, what it gives, and how."""
    value = value_text(one.value, claim.unit if isinstance(one.value, float) else None, 3)
    what = alternative_text(one)
    text = what if value in what else f"{what}: {value}"
    return f"{text} ({one.formula})" if one.formula else text


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


def claim_list(
    page: Page, book: ClaimContext, judgements: Sequence[Judgement], selected: str
) -> None:
    """Draw the list of claims; a selected row opens its claim."""
    counts = [
        f"{sum(one.verdict is verdict for one in judgements)} {verdict.value}"
        for verdict in Verdict
        if any(one.verdict is verdict for one in judgements)
    ]
    by_hand = ", answered by hand from real bars" if book.simulated else ""
    st.caption(plain(f"{counted(len(judgements), 'claim')}{by_hand}: {', '.join(counts)}."))
    header = (
        ("table", "Claims checked against prices"),
        ("verdicts", "as of each claim's publication; today: by the last bars"),
        ("last bars", f"{book.last or MISSING}"),
        ("source of bars", "; ".join(sorted({h.provenance.source for h in book.histories.values()}))
         or MISSING),
        ("simulated", "yes: answers worked by hand, nothing computed" if book.simulated else "no"),
        ("units", "stated, computed and difference in the unit of the claim"),
    )  # fmt: skip
    page.table(
        "Claims",
        _table,
        book,
        *_filters(page.view),
        columns={**_COLUMNS, "verdict": Column("Verdict", "text", width=190)}
        if book.simulated
        else _COLUMNS,
        alt=f"{counted(len(judgements), 'claim')} with their verdicts",
        selected=selected,
        on_pick=lambda claim_id: update_view(claim=claim_id),
        header=header,
    )


# --- One claim ----------------------------------------------------------------------------------


def opened(page: Page, book: ClaimContext, claim_id: str) -> None:
    """Draw a claim with its verdict, figures, explanation and chart."""
    one = judged(book)[claim_id]
    source = book.ledger.sources.get(one.claim.source)
    _verdict(one, source.label if source else "Your own")
    if one.simulated:
        st.info(
            "Simulated prices: the answer below was worked out by hand from real bars, and "
            "nothing was computed.",
            icon=":material/science:",
        )
    try:
        page.chart(claim_figure, book, claim_id)
    except NotComputable as error:
        st.caption(plain(str(error)))
    _reasons(one)
    if source is not None:
        headline = f"“{source.headline}”, " if source.headline else ""
        st.caption(
            plain(
                f"Source: {source.publisher}, {headline}{source.published}. Judged at the close "
                f"of {day(source.as_of)}: {source.why}"
            )
        )


def _reasons(one: Judgement) -> None:
    """Draw how a verdict comes about, and what would make the statement true."""
    pieces = formula_text(one).split("; ")
    if len(pieces) > _LISTED:
        st.markdown("\n".join(f"- {plain(piece)}" for piece in pieces))
        st.markdown(plain(remarks_text(one)))
    else:
        st.markdown(plain(explanation_text(one)))
    _others("What the statement is true of", one.fits, one.claim)
    _others("Nothing near fits; the closest are", one.nearest, one.claim)


def _verdict(one: Judgement, source: str) -> None:
    """Draw the claim, its verdict and its figures."""
    claim = one.claim
    sign, colour = _SIGNS[one.verdict]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(f"{sign} {one.verdict.value}", color=colour)
        st.caption(plain(f"{claim.id} · {source} · {CHECKS[claim.check.kind].label}"))
    judged_at = f"at the close of {one.as_of}" if claim.series else f"as of {one.as_of}"
    on = f"{claim.series}, {claim.basis.label}, " if claim.series and claim.basis else ""
    today = one.today
    figures = [("Stated", stated_text(claim), _precision(claim))]
    figures.append(("Computed", value_text(one.computed, claim.unit), f"{on}{judged_at}"))
    if one.difference is not None:
        unit = "points" if claim.unit == "%" else claim.unit
        figures.append(("Difference", value_text(one.difference, unit), "computed less stated"))
    figures.append(
        (
            f"Today: {today.verdict.value}",
            value_text(today.value, claim.unit),
            f"as of {today.as_of}" if today.as_of else "",
        )
    )
    cells = "".join(
        f'<div class="rut-figure"><span>{html.escape(name)}</span>'
        f"<strong>{html.escape(value)}</strong><small>{html.escape(more)}</small></div>"
        for name, value, more in figures
    )
    st.html(
        f'{_STYLE}<p class="rut-claim">{html.escape(claim.text)}</p>'
        f'<div class="rut-figures">{cells}</div>'
    )


def _precision(claim: Claim) -> str:
    if not isinstance(claim.stated, float):
        return ""
    unit = claim.unit if claim.unit == "%" else f" {claim.unit or ''}"
    text = f"to {claim.precision:g}{unit}".strip()
    return f"{text}, one more for “{claim.hedge}”" if claim.hedge else text


def _others(title: str, alternatives: Sequence[Alternative], claim: Claim) -> None:
    if alternatives:
        lines = [f"- {plain(_alternative(one, claim))}" for one in alternatives]
        st.markdown("\n".join([f"**{title}**", "", *lines]))


# --- One's own ------------------------------------------------------------------------------------


@st.fragment
def own_claims(book: ClaimContext) -> None:
    """Draw the form for a claim of one's own, and the file of those there are, when opened."""
    rerun_page_if_requested()
    form = st.expander(
        "A claim of your own", icon=":material/edit_note:", key="own_open", on_change="rerun"
    )
    if form.open:
        with form:
            _form(book)


def _form(book: ClaimContext) -> None:
    st.caption(
        "Choose a check and its parameters: the claim is judged as you type. Add it to the "
        "ledger, download it, load it again."
    )
    key = st.selectbox(
        "Kind of check",
        list(CHECKS),
        format_func=lambda name: CHECKS[name].label,
        key="own_kind",
    )
    row = CHECKS[key]
    st.caption(plain(row.description))
    fields, given, misfits = _fields(row, book.last)
    problems = [f"{name}: {misfit}." for name, misfit in misfits]
    judgement: Judgement | None = None
    if not problems:
        text = claim_toml(fields, row.key, given)
        judgement, refused = cached(_read_and_judged, book, text)
        problems += refused
    if judgement is None:
        st.caption(plain(f"Not yet a claim: {'; '.join(problems)}"))
    else:
        with st.container(border=True):
            _verdict(judgement, "Your own")
            _reasons(judgement)
        if st.button("Add to the ledger", icon=":material/add:", key="own_add"):
            _keep(_own().merge(Ledger((judgement.claim,))))
            update_view(claim=judgement.claim.id)
            st.rerun()
    _files(book)


def _read_and_judged(book: ClaimContext, text: str) -> tuple[Judgement | None, tuple[str, ...]]:
    """Return the verdict on the claim that a text in TOML makes, and what is wrong with it."""
    read = read_claims(text, "your claim", book.ledger)
    problems = tuple(problem.problem for problem in read.problems)
    if not read.claims:
        return None, problems
    claim = read.claims[0]
    ledger = Ledger((claim,), book.ledger.sources, book.ledger.facts)
    return judge(claim, ledger, book.histories.get, book.catalogue), problems


def _fields(
    row: CheckKind, last: date | None
) -> tuple[dict[str, Any], dict[str, Any], list[tuple[str, ParamError]]]:
    """Draw the inputs; return the claim's fields, the check's parameters, and what is wrong."""
    misfits: list[tuple[str, ParamError]] = []
    text = st.text_input(
        "What it claims, in your words", "IWM is up 10% for the year", key="own_text"
    )
    fields: dict[str, Any] = {"text": " ".join(text.split())}
    with st.grid(4, min_column_width=180, gap="small"):
        stated = st.text_input(
            "Stated",
            "10",
            key="own_stated",
            help="A number at the precision it is stated, or words",
        ).strip()
        fields["stated"] = _number_or_words(stated)
        if isinstance(fields["stated"], int | float):
            fields["precision"] = _written_step(stated)
        fields["hedge"] = (
            st.text_input(
                "Hedge", key="own_hedge", help="A word such as almost: it allows one unit more"
            ).strip()
            or None
        )
        if row.needs_series or row.optional_series:
            series = st.text_input("Series", "IWM", key="own_series")
            fields["series"] = series.strip() or None
            fields["basis"] = st.selectbox(
                "Basis", [basis.value for basis in Basis], key="own_basis",
                format_func=lambda value: Basis(value).label,
            )  # fmt: skip
        fields["as_of"] = st.date_input(
            "Day of the claim", last or "today", format="YYYY-MM-DD", key="own_as_of"
        )
        given: dict[str, Any] = {}
        for param in row.params:
            try:
                value = _param(row, param, last)
            except ParamError as misfit:
                misfits.append((f"{param.label} must be", misfit))
                continue
            if value is not None:
                given[param.name] = value
    return fields, given, misfits  # fmt: skip


def _param(row: CheckKind, param: CheckParam, last: date | None) -> object:
    """Draw one parameter; return its value as it would stand in a file, None where empty."""
    key = f"own_{row.key}_{param.name}"
    label = param.label if param.required else f"{param.label} (optional)"
    if param.type == "choice":
        options = ("", *param.choices) if param.blank else param.choices
        value = st.selectbox(
            param.label,
            options,
            key=key,
            help=param.help or None,
            format_func=lambda choice: choice or MISSING,
        )
        return value or None
    if param.type == "day":
        return st.date_input(
            label, last if param.required else None, format="YYYY-MM-DD", key=key,
            help=param.help or None, min_value=date(1900, 1, 1),
        )  # fmt: skip
    text = st.text_input(label, key=key, help=param.help or None).strip()
    return param.typed(text) if text else None


def _number_or_words(text: str) -> float | int | str | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return text or None
    if not abs(value) < 1e12:  # "nan" and "inf" are words
        return text
    return int(value) if value == int(value) else value


def _written_step(text: str) -> float:
    """Return the precision of a number as it was typed: 0.1 for 20.0."""
    decimals = text.partition(".")[2]
    return float(f"1e-{len(decimals)}") if decimals.isdigit() else 1.0


def _keep(own: Ledger) -> None:
    st.session_state[_OWN] = own


def _files(book: ClaimContext) -> None:
    """Draw the download of one's own claims, and the way to load them again."""
    own = _own()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if own.claims:
            st.download_button(
                f"Download {counted(len(own.claims), 'claim')} as TOML",
                data=lambda: claims_toml(own, load_claims()).encode(),
                file_name="claims.toml",
                mime="application/toml",
                on_click="ignore",
                icon=":material/download:",
                key="own_download",
            )
            st.button("Remove them", on_click=_forget, key="own_forget", icon=":material/delete:")
    st.file_uploader(
        "Load claims from a TOML file",
        type="toml",
        key="own_file",
        on_change=_load,
        help="As downloaded here, or written by hand",
    )
    for problem in st.session_state.get(_OWN_PROBLEMS, ()):
        st.error(plain(problem), icon=":material/info:")


def _forget() -> None:
    _keep(Ledger())
    st.session_state.pop(_OWN_PROBLEMS, None)
    request_page_rerun()


def _load() -> None:
    """Take the claims of the file that was dropped; what is wrong with it is shown."""
    file = st.session_state.get("own_file")
    if file is None:
        return
    name = f"{slug(file.name.removesuffix('.toml'))}.toml"
    try:
        text = file.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = RowFileError(RowPlace(name, "claims"), RowDefect.NOT_UTF8, whole_file=True)
        st.session_state[_OWN_PROBLEMS] = (str(problem),)
        return
    shipped = load_claims()
    read = read_claims(text, name, shipped)
    st.session_state[_OWN_PROBLEMS] = tuple(map(str, read.problems))
    if read.claims:
        own = Ledger(
            read.claims,
            {k: v for k, v in read.sources.items() if k not in shipped.sources},
            {k: v for k, v in read.facts.items() if k not in shipped.facts},
        )
        _keep(own)
        request_page_rerun()
