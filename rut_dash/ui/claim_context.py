"""The claims of a page with the prices and events that they are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rut_dash.claim_wording import publication_text
from rut_dash.claims.judge import judge_all
from rut_dash.claims.model import Judgement, Ledger, series_needed
from rut_dash.errors import SchemaError
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import PriceHistory
from rut_dash.ui import cache
from rut_dash.ui.cache import Versioned, cached
from rut_dash.ui.claim_ledger import page_ledger
from rut_dash.ui.scope import Scope
from rut_dash.ui.view import ViewState


@dataclass(frozen=True, slots=True, eq=False)
class ClaimContext:
    """The ledger with the prices that it is judged by.

    Parameters
    ----------
    ledger
        The shipped claims and a reader's own.
    histories
        By symbol; those that have bars.
    version
        A digest of all of it.
    errors
        The errors of refused files of bars.
    """

    ledger: Ledger
    histories: Mapping[str, PriceHistory]
    catalogue: Catalogue
    version: str
    errors: tuple[SchemaError, ...] = ()

    @property
    def missing_symbols(self) -> tuple[str, ...]:
        """The symbols that claims need and that have no bars."""
        return tuple(s for s in cached(_symbols, self.ledger) if s not in self.histories)

    @property
    def used_sources(self) -> frozenset[str]:
        """The ids of the sources that claims are of."""
        return frozenset(claim.source for claim in self.ledger.claims)

    @property
    def simulated(self) -> bool:
        """True where the prices are simulated."""
        return any(history.provenance.simulated for history in self.histories.values())

    @property
    def last_session(self) -> date | None:
        """The last session of any of the bars; None without bars."""
        return max((h.last_session.date() for h in self.histories.values()), default=None)

    def source_label(self, source: str) -> str:
        """Return the name of a source for readers."""
        row = self.ledger.sources.get(source)
        return publication_text(row) if row else "Your own"


@dataclass(frozen=True, slots=True)
class ClaimFilters:
    """The filters of a list of claims; an empty one lets all through."""

    sources: tuple[str, ...]
    verdicts: tuple[str, ...]
    kind: str

    @classmethod
    def of_view(cls, view: ViewState) -> ClaimFilters:
        """Return the filters of a view."""
        return cls(view.claim_sources, view.claim_verdicts, view.claim_kind)

    def accept(self, judgement: Judgement) -> bool:
        """Return True if a judgement passes all filters."""
        claim = judgement.claim
        return (
            (not self.sources or claim.source in self.sources)
            and (not self.verdicts or judgement.verdict.value in self.verdicts)
            and (not self.kind or claim.check.kind == self.kind)
        )


def claim_symbols() -> tuple[str, ...]:
    """Return the symbols whose bars the claims of the session need."""
    return cached(_symbols, page_ledger())


def _symbols(ledger: Ledger) -> tuple[str, ...]:
    return series_needed(ledger.claims)


def load_claim_context(scope: Scope) -> ClaimContext:
    """Return the ledger with the stored bars that its claims need.

    Parameters
    ----------
    scope
        Of the page; on simulated prices its legs are all the bars there are.
    """
    ledger = page_ledger()
    errors: tuple[SchemaError, ...] = ()
    if scope.pair.simulated:
        histories = {leg.symbol: leg for leg in scope.pair.legs}
    else:
        histories, errors = cache.histories(cached(_symbols, ledger))
    catalogue = cache.catalogue()
    parts: tuple[Versioned, ...] = (ledger, catalogue, *histories.values())
    version = "-".join(part.version for part in parts)
    return ClaimContext(ledger, histories, catalogue, version, errors)


def judgements_by_id(context: ClaimContext) -> dict[str, Judgement]:
    """Return the verdict on every claim, by id; computed once per data version."""
    return cached(_judge_all, context)


def _judge_all(context: ClaimContext) -> dict[str, Judgement]:
    judgements = judge_all(context.ledger, context.histories.get, context.catalogue)
    return {judgement.claim.id: judgement for judgement in judgements}


def filtered_judgements(context: ClaimContext, filters: ClaimFilters) -> tuple[Judgement, ...]:
    """Return the judgements that pass the filters, in the order of the ledger."""
    return cached(_filter_judgements, context, filters)


def _filter_judgements(context: ClaimContext, filters: ClaimFilters) -> tuple[Judgement, ...]:
    return tuple(filter(filters.accept, judgements_by_id(context).values()))
