"""From a judgement to the chart that shows it: frames of what a claim is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from rut_dash.analysis.indicators import ema, macd, rsi, sma
from rut_dash.analysis.levels import regression_channel
from rut_dash.analysis.resampling import weekly_ends
from rut_dash.analysis.returns import rebase, session_on_or_before, sessions_of
from rut_dash.charts import Chart, Context, EventMark
from rut_dash.charts.claim_chart import ClaimChartData, claim_chart
from rut_dash.charts.style import price_unit
from rut_dash.claims.checks import ChartSpec
from rut_dash.claims.model import Judgement
from rut_dash.errors import NotComputable
from rut_dash.events.event import Lane
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.wording import source_label

__all__ = ["build_claim_figure"]

Load = Callable[[str], PriceHistory | None]

# Where a fact has no series of its own, this one shows what prices did around it.
_BESIDE: Final = "IWM"
_LEAST: Final = 30
_SHARE: Final = 0.12
_AROUND_A_FACT: Final = 60
_LABEL: Final = 24
_LANE: Final = Lane("Claim", "#2B8CC9")


def build_claim_figure(judgement: Judgement, load: Load) -> Chart:
    """Return the chart of a claim, with its levels, dates and stretches.

    Prices end where the claim is judged, or where what it is about ends: a chart of what was
    known then.

    Raises
    ------
    NotComputable
        If there is nothing to draw: no price is meant, or its bars are not there.
    """
    claim, spec = judgement.claim, judgement.chart_spec
    if judgement.simulated:
        raise NotComputable(
            "The prices at hand are simulated, so there is no chart of them",
            "It is drawn when real prices are here",
        )
    if spec.end is None or spec.start is None:
        raise NotComputable("There is nothing to draw: no price or date settles this claim")
    beside = not spec.symbols
    symbols = spec.symbols or (_BESIDE,)
    basis = claim.basis or Basis.PRICE
    last = max(spec.end, pd.Timestamp(judgement.as_of))
    closes = {symbol: _close(symbol, basis, last, load) for symbol in symbols}
    first, last = _window(spec, closes[symbols[0]], last, beside=beside)
    lines, own, unit = _lines(spec, symbols, closes, basis)
    lower, lower_title, lower_levels = _lower(spec, closes[symbols[0]])
    made_on = session_on_or_before(sessions_of(closes[symbols[0]]), claim.as_of)
    context = Context(
        fund=symbols[0],
        benchmark=symbols[-1],
        basis=basis,
        as_of=sessions_of(closes[symbols[0]])[-1],
        source=" and ".join(dict.fromkeys(_source(symbol, load) for symbol in symbols)),
        simulated=False,
    )
    exhibit = ClaimChartData(
        title=f"{_what(symbols, spec, basis)} · {claim.id}",
        name=f"claim-{claim.id}",
        lines=lines.loc[first:last],
        symbols=own,
        unit=unit,
        levels=spec.levels,
        bands=spec.bands,
        spans=tuple((max(a, first), min(b, last), text) for a, b, text in spec.spans),
        marks=_marks(spec, made_on, lines.index),
        lower=None if lower is None else lower.loc[first:last],
        lower_title=lower_title,
        lower_levels=lower_levels,
        weekly=spec.frequency == "W",
        alt=f"Chart of the claim {claim.id}, {claim.text} Verdict: {judgement.verdict.value}.",
    )
    return claim_chart(context, exhibit)


def _source(symbol: str, load: Load) -> str:
    history = load(symbol)
    return "" if history is None else source_label(history.provenance)


def _close(symbol: str, basis: Basis, last: pd.Timestamp, load: Load) -> pd.Series:
    """Return the closes up to a day, as known then."""
    history = load(symbol)
    if history is None:
        raise NotComputable(f"There are no bars of {symbol} to draw", "Fetch or import them")
    return history.as_of(last).close(basis)


def _window(
    spec: ChartSpec, close: pd.Series, last: pd.Timestamp, *, beside: bool
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last session shown: the stretch with some room before it."""
    assert spec.start is not None
    index = sessions_of(close)
    begin = max(0, int(index.searchsorted(spec.start)))
    end = int(index.searchsorted(last, side="right"))
    room = max(_LEAST, int((end - begin) * _SHARE), _AROUND_A_FACT if beside else 0)
    return index[max(0, min(begin, len(index) - 1) - room)], index[max(0, end - 1)]


def _lines(
    spec: ChartSpec, symbols: tuple[str, ...], closes: dict[str, pd.Series], basis: Basis
) -> tuple[pd.DataFrame, tuple[str, ...], str]:
    """Return the lines, those that are symbols' own, and the unit of the axis."""
    if len(symbols) == 2:
        both = pd.concat(closes, axis=1, join="inner", sort=False)
        if spec.form == "ratio":
            name = f"{symbols[0]}/{symbols[1]}"
            return (both[symbols[0]] / both[symbols[1]]).to_frame(name), (), f"{name} ratio"
        assert spec.start is not None
        start = max(spec.start, both.index[0])
        return rebase(both, start), symbols, f"{start.day} {start:%b %Y} = 100"
    symbol = symbols[0]
    close = closes[symbol]
    if spec.frequency == "W":
        close = weekly_ends(close)
    lines = {symbol: close}
    week = "week" if spec.frequency == "W" else "day"
    for name, *given in spec.lines:
        if name in ("sma", "ema"):
            length = int(given[0])
            kind = "exponential average" if name == "ema" else "average"
            lines[f"{length}-{week} {kind}"] = (ema if name == "ema" else sma)(close, length)
        elif name == "channel":
            channel = regression_channel(close, int(given[0]), float(given[1]))
            lines["Lower edge"] = channel.lower
            lines["Regression line"] = channel.middle
            lines["Upper edge"] = channel.upper
    return pd.DataFrame(lines), (symbol,), price_unit(symbol, basis)


def _lower(spec: ChartSpec, close: pd.Series) -> tuple[pd.DataFrame | None, str, tuple[float, ...]]:
    """Return the lines of the panel below, its title and its levels; None for no panel."""
    if spec.frequency == "W":
        close = weekly_ends(close)
    for name, *given in spec.lines:
        if name == "macd":
            frame = macd(close)[["macd", "signal"]].set_axis(["MACD", "Signal"], axis=1)
            return frame, "MACD 12/26/9", (0.0,)
        if name == "rsi":
            length = int(given[0])
            return rsi(close, length).to_frame(f"RSI {length}"), f"RSI {length}", (30.0, 70.0)
    return None, "", ()


def _what(symbols: tuple[str, ...], spec: ChartSpec, basis: Basis) -> str:
    close = "total-return close" if basis is Basis.TOTAL else "close"
    if len(symbols) == 2:
        if spec.form == "ratio":
            return f"Ratio {symbols[0]}/{symbols[1]}"
        return f"{symbols[0]} and {symbols[1]} rebased"
    return f"{symbols[0]} weekly {close}" if spec.frequency == "W" else f"{symbols[0]} {close}"


def _marks(spec: ChartSpec, made_on: pd.Timestamp | None, index: pd.Index) -> list[EventMark]:
    """Return the days of a spec, and the day of the claim unless another is of that day."""
    days = [*spec.days]
    days += [(start, label) for start, _, label in spec.spans if label and len(spec.spans) > 1]
    marks = [EventMark(day, _short(label), _LANE) for day, label in days if label]
    if made_on is not None and made_on in index and all(day != made_on for day, _ in days):
        marks.append(EventMark(made_on, "Claim made", _LANE, counted_from=made_on))
    return marks


def _short(label: str) -> str:
    label = label[:1].upper() + label[1:]
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1].rstrip()}…"
