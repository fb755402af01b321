"""Which prices a page shows, and why: those asked for, the last that could be shown, the demo.

Pure of Streamlit, so that every first run and every failure can be tested by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rut_dash.errors import DataUnavailable, RutDashError, UnknownSymbol
from rut_dash.market.history import PriceHistory, PricePair
from rut_dash.market.instruments import BENCHMARKS, FUNDS

__all__ = ["DEFAULT_LEGS", "PriceSelection", "select_prices"]

Legs = tuple[str, str]

DEFAULT_LEGS: Final[Legs] = (FUNDS[0], BENCHMARKS[0])


@dataclass(frozen=True, slots=True)
class PriceSelection:
    """What a page shows in answer to the legs that a view asks for.

    Parameters
    ----------
    pair
        The prices shown; None where not even a substitute can be had.
    missing
        The symbols asked for that have no stored bars.
    unknown
        True where a symbol asked for is one that its source does not know: the view that was
        shown before is to be kept.
    problems
        Why what was asked for is not shown.
    """

    pair: PricePair | None
    missing: tuple[str, ...] = ()
    unknown: bool = False
    problems: tuple[RutDashError, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences that say why what was asked for is not shown, one for equal reasons."""
        alike: dict[object, list[RutDashError]] = {}
        for problem in self.problems:
            key: object = str(problem)
            if isinstance(problem, DataUnavailable):
                key = (type(problem), problem.source, problem.reason)
            alike.setdefault(key, []).append(problem)
        return tuple(_sentence(problems) for problems in alike.values())

    @property
    def legs(self) -> Legs | None:
        """The symbols shown."""
        return (self.pair.fund.symbol, self.pair.benchmark.symbol) if self.pair else None


def select_prices(
    asked: Legs,
    before: Legs | None,
    *,
    stored: Callable[[str], PriceHistory | None],
    demo: Callable[[str], PriceHistory] | None,
    why_missing: Callable[[str], RutDashError | None],
    align: Callable[[PriceHistory, PriceHistory], PricePair] = PricePair.align,
) -> PriceSelection:
    """Return the prices that a page shows.

    Parameters
    ----------
    asked
        The fund and the benchmark of the view.
    before
        Those that the session showed last; None on its first run.
    stored
        Returns a symbol's stored bars, None where there are none. Never asks a source.
    demo
        Returns the bundled simulated bars; None where there is no demo.
    why_missing
        Returns why a symbol has no stored bars: an error of the last attempt, or None while
        it is being fetched or has not been tried.
    align
        Makes a pair.
    """
    problems: list[RutDashError] = []
    missing: list[str] = []
    unknown = False
    for symbol in asked:
        try:
            history = stored(symbol)
        except RutDashError as error:
            problems.append(error)
            missing.append(symbol)
            continue
        if history is None:
            missing.append(symbol)
            problem = why_missing(symbol)
            unknown = unknown or isinstance(problem, UnknownSymbol)
            if problem is not None:
                problems.append(problem)
    if not missing:
        try:
            return PriceSelection(_stored_pair(asked, stored, align))
        except RutDashError as error:
            problems.append(error)
    for legs in dict.fromkeys(filter(None, (before, DEFAULT_LEGS))):
        if legs != asked:
            try:
                pair = _stored_pair(legs, stored, align)
            except RutDashError:
                continue  # no substitute either; the problems are those of what was asked
            return PriceSelection(pair, tuple(missing), unknown, tuple(problems))
    if demo is None:
        return PriceSelection(None, tuple(missing), unknown, tuple(problems))
    legs = asked if asked == DEFAULT_LEGS else DEFAULT_LEGS
    pair = align(demo(legs[0]), demo(legs[1]))
    return PriceSelection(pair, tuple(missing), unknown, tuple(problems))


def _sentence(problems: list[RutDashError]) -> str:
    """Return one sentence for problems that differ in nothing but the symbol."""
    first = problems[0]
    if len(problems) == 1 or not isinstance(first, DataUnavailable):
        return str(first)
    of_all = [problem for problem in problems if isinstance(problem, DataUnavailable)]
    symbols = " and ".join(problem.symbol for problem in of_all)
    tries = [problem.retry_at for problem in of_all if problem.retry_at is not None]
    return str(
        DataUnavailable(
            symbols, first.source, first.reason, first.remedy, retry_at=min(tries, default=None)
        )
    )


def _stored_pair(
    legs: Legs,
    stored: Callable[[str], PriceHistory | None],
    align: Callable[[PriceHistory, PriceHistory], PricePair],
) -> PricePair:
    fund, benchmark = (_required(symbol, stored) for symbol in legs)
    return align(fund, benchmark)


def _required(symbol: str, stored: Callable[[str], PriceHistory | None]) -> PriceHistory:
    history = stored(symbol)
    if history is None:
        raise DataUnavailable(symbol, "the store", "there are none yet")
    return history
