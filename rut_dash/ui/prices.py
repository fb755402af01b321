"""Which prices a page shows, and why: those asked for, the last that could be shown, the demo.

Pure of Streamlit, so that every first run and every failure can be tested by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rut_dash.errors import DataUnavailable, RutDashError, UnknownSymbol
from rut_dash.market.bars import PriceHistory, PricePair
from rut_dash.market.instruments import BENCHMARKS, FUNDS

__all__ = ["DEFAULT_LEGS", "Shown", "choose"]

Legs = tuple[str, str]

DEFAULT_LEGS: Final[Legs] = (FUNDS[0], BENCHMARKS[0])


@dataclass(frozen=True, slots=True)
class Shown:
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
    reasons
        Sentences that say why what was asked for is not shown.
    """

    pair: PricePair | None
    missing: tuple[str, ...] = ()
    unknown: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def legs(self) -> Legs | None:
        """The symbols shown."""
        return (self.pair.fund.symbol, self.pair.benchmark.symbol) if self.pair else None


def choose(
    asked: Legs,
    before: Legs | None,
    *,
    stored: Callable[[str], PriceHistory | None],
    demo: Callable[[str], PriceHistory] | None,
    why_missing: Callable[[str], RutDashError | None],
    align: Callable[[PriceHistory, PriceHistory], PricePair] = PricePair.align,
) -> Shown:
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
    reasons: list[str] = []
    missing: list[str] = []
    unknown = False
    for symbol in asked:
        try:
            history = stored(symbol)
        except RutDashError as error:
            reasons.append(str(error))
            missing.append(symbol)
            continue
        if history is None:
            missing.append(symbol)
            problem = why_missing(symbol)
            unknown = unknown or isinstance(problem, UnknownSymbol)
            if problem is not None:
                reasons.append(str(problem))
    if not missing:
        try:
            return Shown(_stored_pair(asked, stored, align))
        except RutDashError as error:
            reasons.append(str(error))
    for legs in dict.fromkeys(filter(None, (before, DEFAULT_LEGS))):
        if legs != asked:
            try:
                pair = _stored_pair(legs, stored, align)
            except RutDashError:
                continue  # a substitute that is not there either; the reasons are of what was asked
            return Shown(pair, tuple(missing), unknown, tuple(reasons))
    if demo is None:
        return Shown(None, tuple(missing), unknown, tuple(reasons))
    legs = asked if asked == DEFAULT_LEGS else DEFAULT_LEGS
    pair = align(demo(legs[0]), demo(legs[1]))
    return Shown(pair, tuple(missing), unknown, tuple(reasons))


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
