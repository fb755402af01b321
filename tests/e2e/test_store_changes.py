"""A store that changes under the running app: no page goes on showing what was stored before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from rut_dash.market.history import PriceHistory
from rut_dash.market.store import Store
from rut_dash.ui.pages import PAGES
from tests import wire
from tests.e2e.conftest import App, Tab, running, stored
from tests.e2e.reader import Reader

pytestmark = pytest.mark.xdist_group("the app on a changing store")

SYMBOLS = {"IWM": "IWM", "SPY": "SPY", "^RUT": "IWM", "^GSPC": "SPY"}
OLD_DAY, NEW_DAY = pd.Timestamp("2026-05-29"), pd.Timestamp("2026-06-01")
CORRECTED = pd.Timestamp("2026-05-12")
# What a page looks for by itself, in seconds.
SELDOM = 15.0
EVENT = """
[[event]]
id = "{id}"
date = 2026-05-20
timing = "in_session"
kind = "market"
label = "{label}"
source = "a test"
"""
CLAIM = """
[[claim]]
id = "B1"
text = "{text}"
stated = 10
precision = 1
series = "IWM"
basis = "price"
as_of = 2026-05-29
check = {{ kind = "period_return", period = "ytd" }}
"""


def corrected(history: PriceHistory) -> PriceHistory:
    """Return a history with an earlier close corrected."""
    bars = history.bars.copy()
    bars.loc[CORRECTED, "close"] = bars.loc[CORRECTED, ["low", "high"]].mean()
    return PriceHistory(history.symbol, bars, history.provenance)


def continued(history: PriceHistory) -> PriceHistory:
    """Return a history with an earlier close corrected and one session more, 1 % higher."""
    bars = corrected(history).bars.copy()
    bars.loc[NEW_DAY] = bars.loc[OLD_DAY]
    bars.loc[NEW_DAY, ["open", "high", "low", "close", "adj_close"]] *= 1.01
    bars.loc[NEW_DAY, ["dividend", "split"]] = 0.0
    fetched = history.provenance.fetched_at
    assert fetched is not None
    later = replace(history.provenance, fetched_at=fetched + pd.Timedelta(days=3))
    return PriceHistory(history.symbol, bars, later)


def write(folder: Path, change: Callable[[PriceHistory], PriceHistory] = lambda same: same) -> None:
    """Write all symbols as another process does."""
    for symbol, source in SYMBOLS.items():
        Store(folder).write(change(stored(symbol, source)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changing")


def environment(folder: Path, store: str = "store") -> dict[str, str]:
    return {
        "RUT_DASH_STORE": str(folder / store),
        "RUT_DASH_OFFLINE": "1",
        "RUT_DASH_EVENTS": str(folder / "events.toml"),
        "RUT_DASH_CLAIMS": str(folder / "claims.toml"),
    }


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[App]:
    (folder / "events.toml").write_text(EVENT.format(id="own-before", label="Said before"))
    (folder / "claims.toml").write_text(CLAIM.format(text="Claimed before"))
    write(folder / "store")
    with running(environment(folder)) as started:
        yield started


@pytest.fixture(scope="module")
def afresh(app: App, folder: Path) -> Iterator[App]:
    """Start the app on the changed bars: it has never read the others."""
    write(folder / "changed", continued)
    with running(environment(folder, "changed")) as started:
        yield started


def lines_of_the_fund(reader: Reader) -> list[pd.Series]:
    """Return the lines of the fund's closes on the page, by session."""
    return [
        wire.series(trace, "close" if trace["type"] == "candlestick" else "y")
        for chart in reader.charts
        for trace in chart["data"]
        if trace["type"] == "candlestick" or trace.get("name") == "IWM"
    ]


@pytest.mark.parametrize("key", list(PAGES))
def test_every_page_is_drawn_again_when_the_store_changes(
    key: str, app: App, afresh: App, folder: Path
) -> None:
    """By itself and at the next run: to the last byte what a server shows that starts now."""
    write(folder / "store")
    before, after = stored("IWM").bars["close"], continued(stored("IWM")).bars["close"]
    old_close, new_close = f"IWM {before.iloc[-1]:,.2f}", f"IWM {after.iloc[-1]:,.2f}"
    assert old_close != new_close
    page = PAGES[key].address, "claim=B1" if key == "claims" else ""
    with (
        Reader(app.url, *page) as reader,
        Reader(app.url, *page) as clicking,
        Reader(afresh.url, *page) as other,
    ):
        reader.open()
        reader.wait("the old prices", lambda: old_close in reader.texts("html"))
        assert "As of Friday 2026-05-29" in reader.texts()
        assert reader.interval <= SELDOM
        yesterday = reader.sent()
        clicking.open()
        assert clicking.sent() == yesterday

        write(folder / "store", continued)
        clicking.open()  # whatever it was that was clicked
        reader.wait("the new prices", lambda: new_close in reader.texts("html"))
        other.open()
        for page in (clicking, reader):
            text = page.texts()
            assert "As of Monday 2026-06-01" in text
            assert "As of Friday 2026-05-29" not in text
            assert new_close in text
            assert old_close not in text
            for _, _, sent in page.sent():
                assert old_close.encode() not in sent
            assert len(page.charts) == PAGES[key].chart_count
            if key != "claims":  # a chart of what was known when the claim was made
                for chart in page.charts:
                    assert "2026-06-01" in str(chart["layout"])
                    assert "2026-05-29" not in str(chart["layout"])
            assert page.sent() == other.sent()

        pairs = zip(yesterday, reader.sent(), strict=True)
        changed = {new[0] for old, new in pairs if old != new}
        charts = {"chart"} if PAGES[key].chart_count else set()
        assert changed >= {"html"} | charts
        assert key == "drawdowns" or "table" in changed

        if key in ("overview", "technicals", "claims"):
            (line,) = lines_of_the_fund(reader)
            assert line.index[-1] == (OLD_DAY if key == "claims" else NEW_DAY)
            assert CORRECTED in line.index
            assert line.to_numpy() == pytest.approx(after[line.index].to_numpy(), rel=5e-7)
        if key == "overview":
            assert f"On Monday 2026-06-01 IWM rose 1.0% to {after.iloc[-1]:,.2f}" in reader.texts()
        if key == "claims":
            assert f"as of {NEW_DAY:%Y-%m-%d}" in reader.texts()
        if key == "data":
            assert reader.texts("table").count(f"{NEW_DAY:%Y-%m-%d}") >= len(SYMBOLS)
            assert f"{OLD_DAY:%Y-%m-%d}" not in reader.texts("table")


@pytest.mark.parametrize("key", ["overview", "technicals"])
def test_a_page_is_drawn_again_when_one_stored_close_is_corrected(
    key: str, app: App, folder: Path
) -> None:
    """No session is new, and the file is as long as it was."""
    write(folder / "store")
    right = corrected(stored("IWM")).bars["close"]
    with Reader(app.url, PAGES[key].address) as reader:

        def drawn_close() -> float:
            (line,) = lines_of_the_fund(reader)
            return float(line[CORRECTED])

        reader.open()
        wrong = stored("IWM").bars["close"][CORRECTED]
        reader.wait("the wrong close", lambda: drawn_close() == pytest.approx(wrong, rel=5e-7))
        write(folder / "store", corrected)
        reader.wait(
            "the right close", lambda: drawn_close() == pytest.approx(right[CORRECTED], rel=5e-7)
        )
        assert "As of Friday 2026-05-29" in reader.texts()


def longer(history: PriceHistory, by: int) -> PriceHistory:
    """Return a history with more sessions, as a file of recent bars brings them."""
    bars = history.bars.copy()
    for day in pd.bdate_range(NEW_DAY, periods=by):
        bars.loc[day] = bars.loc[OLD_DAY]
        bars.loc[day, ["dividend", "split"]] = 0.0
    return PriceHistory(history.symbol, bars, history.provenance)


def test_a_leg_with_a_later_last_session_is_reported_at_once(app: App, folder: Path) -> None:
    """What is compared stays the same: only the notice is new, and then another one."""
    write(folder / "store")
    with Reader(app.url, "") as reader:
        reader.open()
        assert "IWM has bars up to" not in reader.texts()
        for by, until in ((1, "2026-06-01"), (2, "2026-06-02")):
            Store(folder / "store").write(longer(stored("IWM", SYMBOLS["IWM"]), by))
            notice = f"IWM has bars up to {until}; both are shown as of 2026-05-29"
            reader.wait(notice, lambda notice=notice: notice in reader.texts())
        with Reader(app.url, "") as other:
            other.open()
            assert reader.sent() == other.sent()


def test_the_data_page_is_drawn_again_when_a_symbol_is_stored(app: App, folder: Path) -> None:
    write(folder / "store")
    with Reader(app.url, "data") as reader:
        reader.open()
        assert "KRE" not in reader.texts("table")
        Store(folder / "store").write(
            PriceHistory("KRE", stored("IWM").bars, stored("IWM").provenance)
        )
        reader.wait("the new symbol", lambda: "KRE" in reader.texts("table"))
    (folder / "store" / "KRE.parquet").unlink()


@pytest.mark.parametrize("key", ["events", "claims"])
def test_a_page_is_drawn_again_when_a_file_of_the_reader_changes(
    key: str, app: App, folder: Path
) -> None:
    def put(when: str) -> None:
        row = {
            "events": EVENT.format(id=f"own-{when}", label=f"Told {when}"),
            "claims": CLAIM.format(text=f"Told {when}"),
        }
        (folder / f"{key}.toml").write_text(row[key])

    put("before")
    with Reader(app.url, key) as reader, Reader(app.url, key) as clicking:
        for session in (reader, clicking):
            session.open()
            assert "Told before" in session.texts("table")
        put("afterwards")
        clicking.open()
        reader.wait("the new row", lambda: "Told afterwards" in reader.texts("table"))
        for session in (reader, clicking):
            assert "Told afterwards" in session.texts("table")
            assert "Told before" not in session.texts()
        assert reader.interval <= SELDOM


@pytest.mark.browser
def test_an_open_tab_is_drawn_again_without_a_click(
    app: App, folder: Path, open_tab: Callable[..., Tab]
) -> None:
    write(folder / "store")
    after = continued(stored("IWM")).bars["close"].iloc[-1]
    tab = open_tab(app)
    tab.open()
    expect(tab.page.get_by_text("As of Friday 2026-05-29").first).to_be_visible()
    tab.page.evaluate("() => { window.notReloaded = true }")
    write(folder / "store", continued)
    expect(tab.page.get_by_text("As of Monday 2026-06-01").first).to_be_visible()
    tab.wait_until_drawn()
    assert tab.metric("IWM close") == f"{after:,.2f}"
    last = tab.page.locator(".js-plotly-plot").first.evaluate(
        "e => e._fullData.find(t => t.name === 'IWM').y.at(-1)"
    )
    assert last == pytest.approx(after, rel=5e-7)
    assert tab.page.evaluate("() => window.notReloaded") is True
    tab.nothing_wrong()
