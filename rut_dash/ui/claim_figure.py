"""From a judgement to its chart: the closes and indicators of the stretch that it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pandas as pd

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.analysis.indicators.indicator_row import IndicatorValues
from rut_dash.analysis.levels import regression_channel
from rut_dash.analysis.resampling import weekly_bars, weekly_ends
from rut_dash.analysis.returns import rebase, session_on_or_before, sessions_of
from rut_dash.charts.chart import Chart, Context
from rut_dash.charts.claim_chart import claim_chart
from rut_dash.claims.checks import ChartSpec
from rut_dash.claims.model import Judgement
from rut_dash.errors import NotComputable, Obstacle
from rut_dash.market.history import Basis, PriceHistory
from rut_dash.market_wording import source_label

Load = Callable[[str], PriceHistory | None]

# A fact has no series of its own: this one shows what prices did around it.
_FACT_SYMBOL: Final = "IWM"
# Sessions before a stretch: at least so many, and a share of its length.
_LEAD: Final = 30
_LEAD_OF_FACT: Final = 60
_LEAD_SHARE: Final = 0.12


def build_claim_figure(judgement: Judgement, load: Load) -> Chart:
    """Return the chart of a claim, with its levels, dates and stretches.

    Prices end where the claim is judged, or where its stretch ends: only what was known then
    is drawn.

    Parameters
    ----------
    load
        Returns the bars of a symbol, None where there are none.

    Raises
    ------
    NotComputable
        If there is nothing to draw: no price is meant, or its bars are not there.
    """
    claim, spec = judgement.claim, judgement.chart_spec
    if judgement.simulated:
        raise NotComputable(Obstacle.SIMULATED_PRICES)
    if spec.end is None or spec.start is None:
        raise NotComputable(Obstacle.NOTHING_TO_DRAW)
    symbols = spec.symbols or (_FACT_SYMBOL,)
    basis = claim.basis or Basis.PRICE
    last = max(spec.end, pd.Timestamp(judgement.as_of))
    histories = {symbol: _history(symbol, last, load) for symbol in symbols}
    closes = {symbol: history.close(basis) for symbol, history in histories.items()}
    sessions = sessions_of(closes[symbols[0]])
    context = Context(
        fund=symbols[0],
        benchmark=symbols[-1],
        basis=basis,
        as_of=sessions[-1],
        source=" and ".join(dict.fromkeys(source_label(h.provenance) for h in histories.values())),
        simulated=False,
    )
    lines, spec = _lines(spec, closes)
    window = _window(spec, sessions, last)
    return claim_chart(
        context,
        spec,
        claim.id,
        lines.loc[window],
        [
            replace(values, frame=values.frame.loc[window])
            for values in _indicators(spec, histories[symbols[0]], closes[symbols[0]])
        ],
        claim_day=session_on_or_before(sessions, claim.as_of),
        alt=f"Chart of the claim {claim.id}, {claim.text} Verdict: {judgement.verdict.value}.",
    )


def _history(symbol: str, last: pd.Timestamp, load: Load) -> PriceHistory:
    """Return the bars up to a day, as known then."""
    history = load(symbol)
    if history is None:
        raise NotComputable(Obstacle.NO_BARS_TO_DRAW, symbol=symbol)
    return history.as_of(last)


def _window(spec: ChartSpec, index: pd.DatetimeIndex, last: pd.Timestamp) -> slice:
    """Return the first and the last session drawn: the stretch with some sessions before it."""
    assert spec.start is not None
    first = int(index.searchsorted(spec.start))
    end = int(index.searchsorted(last, side="right"))
    least = _LEAD if spec.symbols else _LEAD_OF_FACT
    lead = max(least, int((end - first) * _LEAD_SHARE))
    return slice(index[max(0, min(first, len(index) - 1) - lead)], index[max(0, end - 1)])


def _lines(spec: ChartSpec, closes: dict[str, pd.Series]) -> tuple[pd.DataFrame, ChartSpec]:
    """Return the lines of a chart, and the spec with the session from which they are rebased."""
    symbols = tuple(closes)
    if len(symbols) == 2:
        both = pd.concat(closes, axis=1, join="inner", sort=False)
        if spec.form == "ratio":
            ratio = both[symbols[0]] / both[symbols[1]]
            return ratio.to_frame(f"{symbols[0]}/{symbols[1]}"), spec
        assert spec.start is not None
        start = max(spec.start, both.index[0])
        return rebase(both, start), replace(spec, start=start, form="rebased")
    close = closes[symbols[0]]
    if spec.frequency == "W":
        close = weekly_ends(close)
    lines = {symbols[0]: close}
    if spec.channel is not None:
        channel = regression_channel(close, spec.channel.window, spec.channel.deviations)
        lines["Lower edge"] = channel.lower
        lines["Regression line"] = channel.middle
        lines["Upper edge"] = channel.upper
    return pd.DataFrame(lines), spec


def _indicators(spec: ChartSpec, history: PriceHistory, close: pd.Series) -> list[IndicatorValues]:
    """Return the indicators of a spec with their values on its bars."""
    found = []
    for line in spec.lines:
        indicator = INDICATORS[line.indicator]
        bars = close.to_frame("close")
        if not set(indicator.inputs) <= {"close"}:
            bars = history.bars
        if spec.frequency == "W":
            bars = weekly_bars(bars)
        defaults = {param.name: param.default for param in indicator.params}
        # A claim may name a length beyond the bounds of the controls.
        frame = indicator.compute(bars, **{**defaults, **line.settings})
        found.append(IndicatorValues(indicator, line.settings, frame))
    return found
