"""A store that changes under the running app: no page goes on showing what was stored before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.market.bars import PriceHistory
from rut_dash.market.store import Store
from rut_dash.ui.controls import PAGES
from tests import wire
from tests.e2e.conftest import App, running, stored
from tests.e2e.reader import Reader

SYMBOLS = {"IWM": "IWM", "SPY": "SPY", "^RUT": "IWM", "^GSPC": "SPY"}
ADDRESSES = {key: "" if key == "overview" else key for key in PAGES}
OLD_DAY, NEW_DAY = pd.Timestamp("2026-05-29"), pd.Timestamp("2026-06-01")
CORRECTED = pd.Timestamp("2026-05-12")
OWN = """
[[event]]
id = "{id}"
date = 2026-05-20
timing = "in_session"
kind = "market"
label = "{label}"
source = "a test"
"""


def corrected(history: PriceHistory) -> PriceHistory:
    """Return a history with one session more, 1 % higher, and an earlier close corrected."""
    bars = history.bars.copy()
    bars.loc[NEW_DAY] = bars.loc[OLD_DAY]
    prices = ["open", "high", "low", "close", "adj_close"]
    bars.loc[NEW_DAY, prices] *= 1.01
    bars.loc[NEW_DAY, ["dividend", "split"]] = 0.0
    bars.loc[CORRECTED, "close"] = bars.loc[CORRECTED, ["low", "high"]].mean()
    fetched = history.provenance.fetched_at
    assert fetched is not None
    later = replace(history.provenance, fetched_at=fetched + pd.Timedelta(days=3))
    return PriceHistory(history.symbol, bars, later)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changing")


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[App]:
    environment = {
        "RUT_DASH_STORE": str(folder / "store"),
        "RUT_DASH_OFFLINE": "1",
        "RUT_DASH_EVENTS": str(folder / "events.toml"),
    }
    (folder / "events.toml").write_text(OWN.format(id="own-before", label="Said before"))
    write(folder, changed=False)
    with running(environment) as started:
        yield started


def write(folder: Path, *, changed: bool) -> None:
    for symbol, source in SYMBOLS.items():
        history = stored(symbol, source)
        Store(folder / "store").write(corrected(history) if changed else history)


def closes_drawn(reader: Reader) -> list[pd.Series]:
    """Return the lines of closes on the page, by session."""
    lines = []
    for chart in reader.charts:
        for trace in chart["data"]:
            own = trace.get("name", "").startswith("IWM") and "/" not in trace["name"]
            if own or trace["type"] == "candlestick":
                key = "close" if trace["type"] == "candlestick" else "y"
                if key in trace:
                    lines.append(wire.series(trace, key))
    return lines


@pytest.mark.parametrize("key", list(PAGES))
def test_every_page_follows(key: str, app: App, folder: Path) -> None:
    """By itself, with the new session, the new closes and the correction in every place."""
    write(folder, changed=False)
    before, after = stored("IWM").bars["close"], corrected(stored("IWM")).bars["close"]
    old_close, new_close = f"{before.iloc[-1]:,.2f}", f"{after.iloc[-1]:,.2f}"
    assert old_close != new_close
    with Reader(app.url, ADDRESSES[key]) as reader:
        reader.open()
        reader.wait("the old prices", lambda: f"IWM close {old_close}" in reader.texts("html"))
        assert "As of Friday 29 May 2026" in reader.texts()
        write(folder, changed=True)
        reader.wait("the new prices", lambda: f"IWM close {new_close}" in reader.texts("html"))
        shown = reader.texts()
        assert "As of Monday 1 June 2026" in shown
        assert f"IWM close {old_close}" not in shown
        assert "29 May 2026" not in shown.replace("1 June 2026", "")
        if key in ("overview", "technicals"):
            (line,) = closes_drawn(reader)
            assert line.index[-1] == NEW_DAY
            assert CORRECTED in line.index
            assert line.to_numpy() == pytest.approx(after[line.index].to_numpy(), rel=5e-7)
        for chart in reader.charts:
            if key != "claims":  # a chart of what was known when the claim was made
                assert "29 May 2026" not in str(chart["layout"])
                assert "1 Jun 2026" in str(chart["layout"])
        if key == "overview":
            assert f"{NEW_DAY:%Y-%m-%d}" in reader.texts("dataframe")
            assert f"On Monday 1 June 2026 IWM rose 1.0% to {new_close}" in shown
        if key == "data":
            assert reader.texts("dataframe").count(f"{NEW_DAY:%Y-%m-%d}") >= 4
            assert f"{OLD_DAY:%Y-%m-%d}" not in reader.texts("dataframe")
        if key == "claims":
            assert f"as of {NEW_DAY:%Y-%m-%d}" in shown


def test_a_further_run_follows_too(app: App, folder: Path) -> None:
    write(folder, changed=False)
    with Reader(app.url, "relative") as reader:
        reader.open()
        reader.wait("the old prices", lambda: "As of Friday 29 May" in reader.texts())
        write(folder, changed=True)
        reader.open()  # a click on anything
        assert "As of Monday 1 June 2026" in reader.texts()
        assert all("29 May 2026" not in str(chart["layout"]) for chart in reader.charts)


def test_own_events_follow(app: App, folder: Path) -> None:
    with Reader(app.url, "events") as reader:
        reader.open()
        assert "Said before" in reader.texts("dataframe")
        (folder / "events.toml").write_text(OWN.format(id="own-after", label="Said afterwards"))
        reader.open()
        assert "Said afterwards" in reader.texts("dataframe")
        assert "Said before" not in reader.texts("dataframe")
