"""The sentences of the overview, every number formatted from the computed value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from rut_dash.analysis.drawdown import distance_to_high
from rut_dash.analysis.returns import (
    SESSIONS_PER_YEAR,
    percentile_rank,
    period_return,
    ratio,
    return_since,
    sessions_of,
)
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.wording import (
    basis_text,
    close_name,
    counted,
    day,
    is_zero,
    magnitude,
    number,
    percent,
    points,
    rank_text,
    share,
)

_DIGITS: Final = 1


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and its numbers.

    Parameters
    ----------
    values
        The computed values in it, unrounded, by name; fractions.
    lead
        Its number, to be read first.
    page
        The key of the page that shows it; empty for the overview itself.
    """

    text: str
    values: Mapping[str, float]
    lead: str
    page: str = ""


def overview_sentences(
    pair: PricePair,
    basis: Basis,
    anchor_session: pd.Timestamp | None = None,
    anchor_label: str = "",
) -> tuple[Sentence, ...]:
    """Return up to five sentences on what happened.

    They are on the day, the year to date, the time since the anchor, the distance to the high,
    and the ratio in its history. A sentence for which the history is too short is left out.

    Parameters
    ----------
    pair
        Both legs, truncated to the as-of.
    basis
        Of every figure; each sentence names it.
    anchor_session
        The session from whose close "since" counts; None leaves that sentence out.
    anchor_label
        The event of the anchor, quoted in the sentence.

    Raises
    ------
    BasisUnavailable
        If a leg cannot give that basis.
    """
    sentences = (
        _today(pair, basis),
        _year_to_date(pair, basis),
        _since_anchor(pair, basis, anchor_session, anchor_label),
        _high(pair, basis),
        _ratio(pair, basis),
    )
    found = (sentence for sentence in sentences if sentence is not None)
    if pair.simulated:
        found = (replace(each, text=f"Simulated: {each.text}") for each in found)
    return tuple(found)


def _change_words(value: float) -> str:
    """Return the change of a price in words: ``rose 3.4%``; unchanged only where it is zero."""
    if is_zero(value):
        return "was unchanged"
    return f"{'rose' if value > 0 else 'fell'} {magnitude(value, _DIGITS)}"


def _level_words(value: float) -> str:
    """Return the level of a price in words: ``up 3.4%``; unchanged only where it is zero."""
    if is_zero(value):
        return "unchanged"
    return f"{'up' if value > 0 else 'down'} {magnitude(value, _DIGITS)}"


def _comparison(fund: float, benchmark: float, pair: PricePair) -> str:
    """Return the levels of both legs in words, and which leads by how much."""
    gap = fund - benchmark
    if is_zero(gap):
        verdict = "the two are level"
    else:
        lead = "ahead" if gap > 0 else "behind"
        points = magnitude(gap, _DIGITS, " percentage points")
        verdict = f"{pair.fund.symbol} is {lead} by {points}"
    return (
        f"{pair.fund.symbol} is {_level_words(fund)} and {pair.benchmark.symbol} is "
        f"{_level_words(benchmark)}: {verdict}"
    )


def _today(pair: PricePair, basis: Basis) -> Sentence | None:
    fund, benchmark = (period_return(leg.close(basis), "1D") for leg in pair.legs)
    if np.isnan(fund) or np.isnan(benchmark):
        return None
    joint = "and" if (fund >= 0) == (benchmark >= 0) else "while"
    session = f"On {pair.as_of:%A} {day(pair.as_of)}"
    if any(leg.provenance.provisional for leg in pair.legs):
        session += ", with the session still open,"
    text = (
        f"{session} {_change_to_close(pair.fund, fund)} {joint} "
        f"{_change_to_close(pair.benchmark, benchmark)} ({basis_text(basis)} basis)."
    )
    return Sentence(text, {"fund": fund, "benchmark": benchmark}, percent(fund, 2), "technicals")


def _change_to_close(leg: PriceHistory, value: float) -> str:
    """Return a leg's change in words, with the raw close where its file has one."""
    if not leg.has_price:
        return f"{leg.symbol} {_change_words(value)}"
    joint = "at" if is_zero(value) else "to"
    return (
        f"{leg.symbol} {_change_words(value)} {joint} {number(float(leg.bars['close'].iloc[-1]))}"
    )


def _year_to_date(pair: PricePair, basis: Basis) -> Sentence | None:
    fund, benchmark = (period_return(leg.close(basis), "YTD") for leg in pair.legs)
    if np.isnan(fund) or np.isnan(benchmark):
        return None
    text = (
        f"Since the end of {pair.as_of.year - 1} {_comparison(fund, benchmark, pair)} "
        f"({basis_text(basis)} basis)."
    )
    gap = fund - benchmark
    values = {"fund": fund, "benchmark": benchmark, "difference": gap}
    return Sentence(text, values, points(gap, _DIGITS), "relative")


def _since_anchor(
    pair: PricePair, basis: Basis, anchor: pd.Timestamp | None, label: str
) -> Sentence | None:
    if anchor is None or anchor >= pair.as_of:
        return None
    fund, benchmark = (return_since(leg.close(basis), anchor) for leg in pair.legs)
    if np.isnan(fund) or np.isnan(benchmark):
        return None
    sessions = int((pair.fund.sessions > anchor).sum())
    quoted = f" (“{label}”)" if label not in ("", day(anchor)) else ""
    text = (
        f"In the {counted(sessions, 'session')} since the close of {day(anchor)}{quoted} "
        f"{_comparison(fund, benchmark, pair)} ({basis_text(basis)} basis)."
    )
    values = {"fund": fund, "benchmark": benchmark, "difference": fund - benchmark}
    lead = points(fund - benchmark, _DIGITS)
    return Sentence(text, values | {"sessions": float(sessions)}, lead, "events")


def _high(pair: PricePair, basis: Basis) -> Sentence | None:
    if min(len(leg.close(basis)) for leg in pair.legs) < 2:
        return None
    values: dict[str, float] = {}
    clauses = []
    highest = f"highest {close_name(basis)}"
    origin = "its prices begin" if basis is Basis.PRICE else "its total return begins"
    for role, leg in zip(("fund", "benchmark"), pair.legs, strict=True):
        close = leg.close(basis)
        top = distance_to_high(close)
        values[role] = top.drawdown
        height = f"{number(top.value)} on {day(top.session)}"
        ago = f"{counted(top.sessions, 'session')} earlier"
        if top.sessions == 0:
            first = day(sessions_of(close)[0])
            clauses.append(
                f"{leg.symbol} is at its {highest} since {origin} on {first}, {number(top.value)}"
            )
        elif is_zero(top.drawdown):
            clauses.append(f"{leg.symbol} is level with its {highest}, {height}, {ago}")
        else:
            below = share(-top.drawdown, _DIGITS)
            clauses.append(f"{leg.symbol} is {below} below its {highest}, {height}, {ago}")
    lead = percent(values["fund"], _DIGITS)
    return Sentence(
        f"{clauses[0]}; {clauses[1]} ({basis_text(basis)} basis).", values, lead, "drawdowns"
    )


def _ratio(pair: PricePair, basis: Basis) -> Sentence | None:
    values = ratio(pair.closes(basis))
    if len(values) <= SESSIONS_PER_YEAR:
        return None
    now, rank = float(values.iloc[-1]), percentile_rank(values)
    since = f"the {counted(len(values), 'session')} since {day(values.index[0])}"
    adjusted = " in adjusted closes" if basis is Basis.TOTAL else ""
    text = (
        f"The ratio of {pair.fund.symbol} to {pair.benchmark.symbol}{adjusted}, "
        f"{number(now, 4)}, is "
        f"{rank_text(rank, len(values), since)} ({basis_text(basis)} basis)."
    )
    return Sentence(text, {"ratio": now, "percentile": rank}, number(now, 4), "relative")
