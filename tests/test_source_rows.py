"""A price source added at run time is found wherever prices and their source are named.

The throw-away source spells indices with a dollar sign and says what it takes as symbols.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.charts.export_page import standalone_html
from rut_dash.cli.process import main
from rut_dash.errors import UnknownSymbol
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.settings import open_market
from rut_dash.market.sources.base import SOURCES, PriceSource, RawBars, SourceRow
from rut_dash.market.store import Store
from rut_dash.ui import cache, layout
from rut_dash.ui.figures import price_figure
from rut_dash.ui.pages import PAGES
from rut_dash.ui.scope import resolve_scope
from rut_dash.ui.tables import file_header
from rut_dash.ui.view import DEFAULT_VIEW
from tests import now
from tests.elements import tables

ROOT = Path(__file__).resolve().parent.parent
SPELLINGS = {"IWM": "IWM", "SPY": "SPY", "$RUT": "^RUT", "$GSPC": "^GSPC"}


class AlmanacSource(PriceSource):
    """Bars up to the last final session, of four symbols."""

    key = "almanac"

    def fetch_raw(self, symbol: str, start: date | None) -> RawBars:
        spelling = symbol.replace("^", "$")
        if spelling not in SPELLINGS:
            raise UnknownSymbol(symbol, self.name)
        bars = now.recent_bars(SPELLINGS[spelling])
        return RawBars(bars.assign(volume=float("nan")) if "$" in spelling else bars)


ROW = SourceRow(
    "almanac", "The Almanac", "any ticker of The Almanac", lambda settings: AlmanacSource()
)


@pytest.fixture(autouse=True)
def _almanac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("RUT_DASH_SOURCE", "almanac")
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(layout, "prefetch_once", lambda scope: None)  # a thread outlives it
    cache.clear_caches()
    with SOURCES.with_row(ROW):
        yield
    cache.clear_caches()


@pytest.fixture
def filled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch"]) == 0
    capsys.readouterr()


def open_page(key: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    if key != "overview":
        app.switch_page(PAGES[key].path)
    return app.run()


def page_text(app: AppTest) -> str:
    parts = [*app.warning, *app.error, *app.caption, *app.markdown]
    return "\n".join(part.value for part in parts).replace("\\", "")


def test_fetch_stores_its_bars_under_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", "--json"]) == 0
    assert "Yahoo" not in capsys.readouterr().out
    store = Store(tmp_path / "store")
    assert set(store.symbols()) == set(SPELLINGS.values())
    for symbol in SPELLINGS.values():
        history = store.read(symbol)
        assert history is not None
        assert history.provenance.source == "The Almanac"
        assert history.provenance.fetched_at is not None
        assert history.bars["close"].tolist() == now.recent_bars(symbol)["close"].tolist()


def test_the_error_of_an_unknown_symbol_names_the_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fetch", "NOSUCH"]) == 1
    assert (
        "No prices of NOSUCH from The Almanac: it knows no such symbol" in capsys.readouterr().err
    )


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("command", ["doctor", "summary"])
def test_the_command_line_names_the_source(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main([command])
    printed = capsys.readouterr().out
    assert "The Almanac" in printed
    assert "Yahoo" not in printed


@pytest.mark.usefixtures("filled")
def test_the_doctor_names_the_source_of_each_symbol(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])
    reports = json.loads(capsys.readouterr().out)["symbols"]
    assert {report["symbol"]: report["source"] for report in reports} == dict.fromkeys(
        SPELLINGS.values(), "The Almanac"
    )


@pytest.mark.usefixtures("filled")
def test_the_data_page_names_the_source() -> None:
    app = open_page("data")
    assert not app.exception
    table = tables(app)[0]
    assert set(table["source"]) == {"The Almanac"}
    assert "Yahoo" not in page_text(app)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("key", PAGES)
def test_the_help_of_the_symbol_boxes_lists_the_symbols_of_the_source(key: str) -> None:
    app = open_page(key)
    for box in ("control_fund", "control_benchmark"):
        assert app.selectbox(key=box).help == "Choose one, or type any ticker of The Almanac."
    assert "Yahoo" not in page_text(app)


@pytest.mark.usefixtures("filled")
def test_saved_charts_and_tables_name_the_source() -> None:
    market = open_market()
    fund, benchmark = (market.load(symbol) for symbol in ("IWM", "SPY"))
    pair = PricePair.align(fund, benchmark)
    scope = resolve_scope(
        DEFAULT_VIEW.with_(basis=Basis.PRICE), pair, lambda through: load_catalogue(through=through)
    )
    assert "The Almanac" in standalone_html(price_figure(scope))
    header = dict(file_header("Prices", pair.legs, scope.context))
    assert header["source"] == "The Almanac"


def test_an_unregistered_source_is_refused_with_the_registered_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = SOURCES._rows.pop("almanac")
    assert main(["summary"]) == 2
    SOURCES.add(row)
    assert "RUT_DASH_SOURCE 'almanac'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "value", "symbols"),
    [
        ("RUT_DASH_SOURCE", "yahoo", "any ticker that Yahoo Finance knows"),
        ("RUT_DASH_SOURCE", "demo", "IWM or SPY"),
        ("RUT_DASH_OFFLINE", "1", "a symbol whose prices are stored"),
        ("RUT_DASH_PRICES", "{folder}", "a symbol that has a file in the folder"),
    ],
)
def test_the_help_is_that_of_the_source_in_use(
    setting: str, value: str, symbols: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for symbol in ("IWM", "SPY"):
        bars = now.recent_bars(symbol).rename_axis("date")
        bars.drop(columns="adj_close").to_csv(tmp_path / f"{symbol}.csv")
    monkeypatch.setenv("RUT_DASH_PATIENCE", "0.1")
    monkeypatch.setenv(setting, value.format(folder=tmp_path))
    app = open_page("data")
    assert app.selectbox(key="control_fund").help == f"Choose one, or type {symbols}."
