"""Which prices a page displays, and why: the requested ones, the previous ones, or the demo.

Without Streamlit, so that every first run and every failure can be tested by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rut_dash.errors import DataUnavailable, RutDashError, UnknownSymbol
from rut_dash.market.history import PriceHistory, PricePair
from rut_dash.market.instruments import BENCHMARKS, FUNDS
from rut_dash.market.market import Market
from rut_dash.market.problems import error_of, problem_of
from rut_dash.ui.cache import cached

Legs = tuple[str, str]

DEFAULT_LEGS: Final[Legs] = (FUNDS[0], BENCHMARKS[0])


@dataclass(frozen=True, slots=True)
class PriceSelection:
    """The prices that a page displays for the legs of a view.

    Parameters
    ----------
    pair
        The prices; None where there is not even a substitute.
    missing
        The requested symbols that have no stored bars.
    has_unknown_symbol
        True where the source does not know a requested symbol: the previous view is kept.
    problems
        Why the requested prices are not displayed.
    """

    pair: PricePair | None
    missing: tuple[str, ...] = ()
    has_unknown_symbol: bool = False
    problems: tuple[RutDashError, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences on why the requested prices are not displayed, one for equal reasons."""
        alike: dict[object, list[RutDashError]] = {}
        for problem in self.problems:
            key: object = str(problem)
            if isinstance(problem, DataUnavailable):
                key = problem_of(problem)
            alike.setdefault(key, []).append(problem)
        return tuple(_sentence(problems) for problems in alike.values())

    @property
    def legs(self) -> Legs | None:
        """The displayed symbols."""
        return (self.pair.fund.symbol, self.pair.benchmark.symbol) if self.pair else None


def select_prices(market: Market, legs: Legs, previous: Legs | None) -> PriceSelection:
    """Return the prices that a page displays; no source is asked.

    The stored ones of the requested legs; else those of the previous legs, else those of the
    default legs, else the demo. Real and simulated bars are never in one pair.

    Parameters
    ----------
    legs
        The fund and the benchmark of the view.
    previous
        Those that the session displayed last; None on its first run.
    """
    problems: list[RutDashError] = []
    missing: list[str] = []
    found: list[PriceHistory] = []
    for symbol in legs:
        problem: RutDashError | None
        try:
            history = market.stored(symbol)
            if history is not None:
                found.append(history)
                continue
            problem = market.missing_reason(symbol)
        except RutDashError as error:  # one bad file is that symbol's own trouble
            problem = error
        missing.append(symbol)
        if problem is not None:
            problems.append(problem)
    pair: PricePair | None = None
    if not missing:
        try:
            fund, benchmark = found
            pair = cached(PricePair.align, fund, benchmark)
        except RutDashError as error:
            problems.append(error)
    for substitute in (previous, DEFAULT_LEGS):
        if pair is None and substitute is not None and substitute != legs:
            pair = _substitute(market, substitute)
    if pair is None and market.has_demo:
        fund, benchmark = (market.demo(symbol) for symbol in DEFAULT_LEGS)
        pair = cached(PricePair.align, fund, benchmark)
    unknown = any(isinstance(problem, UnknownSymbol) for problem in problems)
    return PriceSelection(pair, tuple(missing), unknown, tuple(problems))


def _substitute(market: Market, legs: Legs) -> PricePair | None:
    """Return a stored pair; None where it cannot be had, since only the request has reasons."""
    try:
        fund, benchmark = (market.stored(symbol) for symbol in legs)
        if fund is None or benchmark is None:
            return None
        return cached(PricePair.align, fund, benchmark)
    except RutDashError:
        return None


def _sentence(problems: list[RutDashError]) -> str:
    """Return one sentence for problems that differ in nothing but the symbol."""
    first = problems[0]
    if len(problems) == 1 or not isinstance(first, DataUnavailable):
        return str(first)
    of_all = [problem for problem in problems if isinstance(problem, DataUnavailable)]
    symbols = " and ".join(problem.symbol for problem in of_all)
    tries = [problem.retry_at for problem in of_all if problem.retry_at is not None]
    return str(error_of(problem_of(first), symbols, min(tries, default=None)))
