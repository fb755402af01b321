"""What tests of claims share: the ledger, sample prices, and claims made of a few lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.claim_wording import value_json
from rut_dash.claims.claim_file import load_claims, read_claims
from rut_dash.claims.judge import judge, judge_all
from rut_dash.claims.model import Claim, Judgement, Ledger, series_needed
from rut_dash.errors import RutDashError
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.validation import validate_bars

LEDGER = load_claims()

IDS = [claim.id for claim in LEDGER.claims]

CATALOGUE = load_catalogue(through=date(2026, 12, 31))

Load = Callable[[str], PriceHistory | None]


def by_id(judgements: list[Judgement]) -> dict[str, Judgement]:
    return {judgement.claim.id: judgement for judgement in judgements}


@cache
def folder_histories(path: Path) -> dict[str, PriceHistory | None]:
    source = FolderSource(path)
    found: dict[str, PriceHistory | None] = {}
    for symbol in series_needed(LEDGER.claims):
        try:
            found[symbol] = source.fetch(symbol)
        except RutDashError:
            found[symbol] = None
    return found


def same(first: object, other: object) -> bool:
    if isinstance(first, float) and isinstance(other, int | float):
        return first == pytest.approx(other, abs=2e-6 * max(1.0, abs(other)))
    return first == other or value_json(first) == other  # type: ignore[arg-type]


def demo_history(symbol: str) -> PriceHistory | None:
    return DemoSource().fetch(symbol) if symbol in ("IWM", "SPY") else None


def history_of(symbol: str, bars: pd.DataFrame) -> PriceHistory:
    checked = validate_bars(bars, "a test", symbol, move_limit=10.0)
    return PriceHistory(symbol, checked, Provenance("a test"))


@cache
def sample_histories() -> dict[str, PriceHistory]:
    """Return every symbol that the ledger asks for, on made-up prices."""
    found = {}
    prices = ["open", "high", "low", "close"]
    bases = {symbol: DemoSource().fetch(symbol).bars for symbol in ("IWM", "SPY")}
    for symbol, (base, drift) in {
        "IWM": ("IWM", 0.0), "SPY": ("SPY", 0.0), "^RUT": ("IWM", 0.0), "^GSPC": ("SPY", 0.0),
        "QQQ": ("SPY", 0.4), "KRE": ("IWM", -0.2), "XBI": ("IWM", 0.3), "IWO": ("IWM", 0.1),
        "IWN": ("IWM", -0.1), "RSP": ("SPY", -0.1), "^VIX": ("SPY", -0.5),
    }.items():  # fmt: skip
        bars = bases[base].copy()
        tilt = np.exp(np.linspace(0.0, drift, len(bars)))
        scale = 10.0 if symbol.startswith("^") else 1.0
        bars[prices] = bars[prices].mul(tilt * scale, axis=0)
        bars["dividend"] = 0.0 if symbol.startswith("^") else bars["dividend"] * tilt
        bars["adj_close"] = np.nan
        found[symbol] = history_of(symbol, bars)
    return found


@cache
def sample_judgements() -> dict[str, Judgement]:
    return by_id(judge_all(LEDGER, sample_histories().get, CATALOGUE))


def weekday_history(
    closes: list[float], last: str = "2025-06-30", spread: float = 0.0
) -> PriceHistory:
    index = pd.bdate_range(end=last, periods=len(closes), name="session").as_unit("s")
    close = pd.Series(closes, index=index, dtype=float)
    bars = pd.DataFrame(
        {"open": close, "high": close + spread, "low": close - spread, "close": close}
    )
    return history_of("IWM", bars.assign(volume=1.0, dividend=0.0, split=0.0, adj_close=np.nan))


# Kinds that take no series, or only one of their expressions does.
_WITHOUT_SERIES = ("event_date", "events_per_year", "arithmetic", "fed_cycle", "forecast_fed")


def claim_of(rest: str, *, day: str = "2025-06-30", series: str = "IWM") -> Claim:
    kind = rest.split('kind = "')[1].split('"')[0]
    has_series = kind not in _WITHOUT_SERIES or "target over close" in rest
    head = f'[[claim]]\ntext = "a claim"\nas_of = {day}\n'
    head += f'series = "{series}"\n' if has_series else ""
    found = read_claims(head + rest + "\n", "mine.toml")
    assert not found.problems, found.problems[0]
    return found.claims[0]


def verdict_of(rest: str, bars: PriceHistory, *, day: str = "2025-06-30") -> Judgement:
    claim = claim_of(rest, day=day)
    return judge(claim, Ledger((claim,)), {"IWM": bars}.get, CATALOGUE)
