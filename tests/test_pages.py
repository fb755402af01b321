"""Every page in four conditions: normal, source down, short history, hostile link.

Also a page that is added at run time: a file and a row are enough.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import Basis, PriceHistory, Provenance
from rut_dash.market.market import Market
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.store import Store
from rut_dash.ui import cache, layout
from rut_dash.ui.live_prices import scope_of
from rut_dash.ui.pages import PAGES
from rut_dash.ui.prefetch import prefetch
from rut_dash.ui.price_selection import select_prices
from rut_dash.ui.scope import Anchor
from rut_dash.ui.scope_text import anchor_text
from rut_dash.ui.text import slug
from rut_dash.ui.view import DEFAULT_VIEW, parse_view, to_query
from tests.added_page import CALLS, ROW, app_with_added_page, month_table
from tests.elements import charts, tables
from tests.header_figures import HeaderFigure, header_caption, header_figures
from tests.links import LINK_VERSION
from tests.market.markets import wait_for

ROOT = Path(__file__).resolve().parent.parent
KEYS = [*PAGES, ROW.key]
# Not what follows a digit, as in a date.
SIGNED_ZERO = re.compile(r"(?<![\w.,])[-+\N{MINUS SIGN}]0(?:\.0+)?(?![\d.,]*\d)")
COLUMNS = {"adj_close": "adjclose", "dividend": "dividends", "split": "splits"}


def write(folder: Path, symbol: str, bars: pd.DataFrame) -> None:
    named = bars.rename(columns=COLUMNS).rename_axis("date")
    named.to_csv(folder / f"{symbol.replace('^', '_')}.csv", date_format="%Y-%m-%d")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of files in the shape of real ones; not marked as simulated."""
    path = tmp_path_factory.mktemp("prices")
    for symbol in ("IWM", "SPY"):
        bars = DemoSource().fetch(symbol).bars
        write(path, symbol, bars)
        index = {"IWM": "^RUT", "SPY": "^GSPC"}[symbol]
        write(path, index, bars.assign(dividend=np.nan, split=np.nan, adj_close=np.nan))
    adjusted = DemoSource().fetch("IWM").bars["close"].to_frame("adjclose")
    write(path, "IWO", adjusted)
    return path


@pytest.fixture(scope="module", autouse=True)
def _added_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run the app from a folder that has one page more."""
    folder = tmp_path_factory.mktemp("app")
    with app_with_added_page(folder) as path, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.test_pages.ROOT", path)
        yield


@pytest.fixture
def short_folder(folder: Path, tmp_path: Path) -> Path:
    """Return files of fifteen sessions."""
    path = tmp_path / "short"
    path.mkdir()
    for file in folder.glob("*.csv"):
        lines = file.read_text().splitlines()
        (path / file.name).write_text("\n".join([lines[0], *lines[-15:]]))
    return path


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start every test as a new process would, on a day on which its prices are current.

    None reaches the network.
    """
    monkeypatch.setattr(Market, "sessions_behind", lambda *_: 0)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    # Its thread would outlive the test.
    monkeypatch.setattr(layout, "prefetch_once", lambda scope: None)
    cache.clear_caches()
    yield
    cache.clear_caches()


def show(key: str, query: dict[str, str | list[str]] | None = None) -> AppTest:
    """Return a page as a reader finds it who follows a link to it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    for name, value in (query or {}).items():
        app.query_params[name] = value
    if key != "overview":
        app.switch_page(PAGES[key].path)
    app.run()
    require_no_signed_zero(app)
    return app


def require_no_signed_zero(app: AppTest) -> None:
    """Require that no text and no cell of a page is a zero with a sign."""
    texts = [element.value for element in (*app.markdown, *app.caption, *app.warning, *app.error)]
    texts += [re.sub(r"<(style>.*?</style|img[^>]*)>", "", e.proto.body) for e in app.get("html")]
    for chart in charts(app):
        layout = chart["figure"]["layout"]
        texts += [chart["alt"], *(note["text"] for note in layout.get("annotations", ()))]
        texts += [
            text
            for name, axis in layout.items()
            if name.startswith("yaxis")
            for text in axis.get("ticktext", ())
        ]
    texts += [text for table in tables(app) for text in table.to_numpy().ravel()]
    for text in texts:
        assert SIGNED_ZERO.search(text.replace("\\", "")) is None, text


def notice_text(app: AppTest) -> str:
    """Return every notice of a page in one text, without Markdown's backslashes."""
    parts = [*app.warning, *app.error, *app.caption, *app.markdown]
    return "\n".join(part.value for part in parts).replace("\\", "")


@pytest.mark.parametrize("sessions", [1, 38])
@pytest.mark.parametrize("offline", [True, False])
def test_old_prices_are_called_old_on_every_page(
    sessions: int, offline: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From one session on, whether they are of a folder or stored and the network is off."""
    if offline:
        for symbol in ("IWM", "SPY"):
            bars = DemoSource().fetch(symbol).bars
            Store().write(PriceHistory(symbol, bars, Provenance("Yahoo Finance")))
        monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    else:
        monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    monkeypatch.setattr(Market, "sessions_behind", lambda *_: sessions)
    behind = "1 session behind" if sessions == 1 else "38 sessions behind"
    for key in ("overview", "drawdowns"):
        app = show(key)
        footing = next(c.value for c in app.caption if c.value.startswith("As of "))
        assert f"{behind} the NYSE's last close" in footing.replace("\\", "")
        old = f"Prices of IWM and SPY end on 2026-05-29, {behind} the NYSE's last close."
        assert header_caption(header_of(app)) == old
        for chart in charts(app):
            notes = chart["figure"]["layout"]["annotations"]
            (caption,) = [note["text"] for note in notes if note.get("name") == "caption"]
            assert f"{behind} the NYSE's last close" in caption.replace("<br>", " ")
            assert f"{behind} the NYSE's last close" in chart["caption"]
    assert html.escape(old) in header_of(show("data"))


@pytest.mark.parametrize(
    ("without", "ending"),
    [
        ({"IWM": ("2026-05-28", "2026-05-29")}, "Prices of IWM end on 2026-05-27"),
        (
            {"IWM": ("2026-05-28",), "SPY": ("2026-05-29",)},
            # The fund has the 29th alone, the benchmark the 28th.
            "The common sessions of IWM and SPY end on 2026-05-27",
        ),
    ],
)
def test_only_the_leg_that_ends_is_called_old(
    without: dict[str, tuple[str, ...]],
    ending: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for symbol in ("IWM", "SPY"):
        lines = (folder / f"{symbol}.csv").read_text().splitlines()
        left_out = without.get(symbol, ("no line",))
        kept_lines = [line for line in lines if not line.startswith(left_out)]
        (tmp_path / f"{symbol}.csv").write_text("\n".join(kept_lines))
    monkeypatch.setenv("RUT_DASH_PRICES", str(tmp_path))
    monkeypatch.setattr(Market, "sessions_behind", lambda *_: 3)
    app = show("overview")
    assert header_caption(header_of(app)) == f"{ending}, 3 sessions behind the NYSE's last close."
    assert " end on 2026" not in notice_text(app)


def test_simulated_prices_are_not_called_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    app = show("data")
    text = notice_text(app)
    assert text.count("No prices are stored") == 4
    assert set(tables(app)[0]["missing"]) == set(tables(app)[0]["behind"]) == {"–"}
    assert "is missing between" not in text
    assert "split is known" not in text
    assert "Every row" not in text
    assert "Simulated, not market prices" in header_of(app)
    header = header_of(show("overview"))
    assert header_caption(header) == "Simulated, not market prices"
    assert header.count("<small>simulated</small>") == 2


def expected(folder: Path, symbol: str) -> dict[str, float]:
    """Return the header's figures worked out from the file alone."""
    close = pd.read_csv(folder / f"{symbol}.csv", parse_dates=["date"], index_col="date")["close"]
    last = close.index[-1]
    year_end = close[close.index.year == last.year - 1].iloc[-1]
    return {
        "close": close.iloc[-1],
        "day": (close.iloc[-1] / close.iloc[-2] - 1) * 100,
        "ytd": (close.iloc[-1] / year_end - 1) * 100,
        "since": (close.iloc[-1] / close.loc[default_anchor(folder).session] - 1) * 100,
        "drawdown": (close.iloc[-1] / close.max() - 1) * 100,
    }


def default_anchor(folder: Path) -> Anchor:
    """Return the anchor of a link that names none."""
    event = load_catalogue().get(DEFAULT_VIEW.anchor)
    assert event is not None
    closes = pd.read_csv(folder / "IWM.csv", parse_dates=["date"], index_col="date")
    session = anchor_session(event, closes.index)
    assert session is not None
    return Anchor(session, event.label, event.short, event)


def wait_for_the_source() -> None:
    wait_for(lambda: not cache.market().progress().active)


def type_in(app: AppTest, key: str, text: str) -> AppTest:
    """Type a text into a box that takes new options; AppTest itself only picks offered ones."""
    box = app.selectbox(key=key)
    box.options.append(text)
    return box.set_value(text).run()


def header_of(app: AppTest) -> str:
    """Return the markup of the header."""
    (body,) = (e.proto.body for e in app.get("html") if '"rut-legs' in e.proto.body)
    return str(body)


def header(app: AppTest) -> dict[tuple[str, str], HeaderFigure]:
    """Return the figures of the header by symbol and the heading of the column."""
    return {(f.symbol, f.heading): f for f in header_figures(header_of(app))}


def legs_of(app: AppTest) -> list[str]:
    """Return the symbols that the header names."""
    return re.findall(r"<b[^>]*>([^<]*)</b>", header_of(app))


def since_heading(app: AppTest) -> str:
    """Return the heading of the header's column that counts from the anchor."""
    (heading,) = {heading for _, heading in header(app) if heading.startswith("Since ")}
    return heading


def read(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", "").rstrip("%"))


@pytest.mark.parametrize("key", KEYS)
def test_a_page_shows_the_figures_of_its_prices(
    key: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show(key)
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert app.title[0].value == PAGES[key].label
    for symbol in ("IWM", "SPY"):
        figures = expected(folder, symbol)
        if not PAGES[key].compares_pair:
            assert f"{symbol}</b> {figures['close']:,.2f} " in header_of(app)
            continue
        close, day, ytd, since, drawdown = (
            figure for (of, _), figure in header(app).items() if of == symbol
        )
        assert close.heading == "Close"
        assert read(close.value) == pytest.approx(figures["close"], abs=0.005)
        assert read(day.value.split()[-1]) == pytest.approx(figures["day"], abs=0.005)
        assert read(ytd.value) == pytest.approx(figures["ytd"], abs=0.05)
        assert read(since.value) == pytest.approx(figures["since"], abs=0.05)
        assert read(drawdown.value) == pytest.approx(figures["drawdown"], abs=0.05)
    text = notice_text(app)
    assert "As of Friday 2026-05-29 · price basis · IWM.csv and SPY.csv" in text
    assert anchor_text(default_anchor(folder)) in text
    assert len(charts(app)) == PAGES[key].chart_count
    assert len(tables(app)) >= 1
    titles = [slug(section.value) for section in app.header]
    ids = [button.proto.id for button in app.get("download_button")]
    files = [key.rpartition("-csv_")[2] for key in ids if "-csv_" in key]
    assert len(files) == len(tables(app))
    for file in files:  # a table's file has the name of its section
        assert any(title.startswith(file) or file.startswith(title) for title in titles), file


@pytest.mark.parametrize("key", KEYS)
def test_a_page_shows_the_demo_while_the_source_is_down_and_the_store_empty(key: str) -> None:
    app = show(key)
    assert not app.exception
    assert not app.error
    assert app.warning[0].proto.title == "Simulated data, not market prices"
    assert "Simulated, not market prices" in header_of(app)
    for chart in charts(app):
        assert "SIMULATED" in chart["figure"]["layout"]["title"]["text"]
    if key == "overview":
        (sentences,) = (h.proto.body for h in app.get("html") if '-sentences"' in h.proto.body)
        assert sentences.count("</strong> Simulated: ") == sentences.count("<li>") == 5
    if key == "drawdowns":
        (text,) = [text.value for text in app.markdown if "IWM" in text.value]
        assert all(line.startswith("- Simulated") for line in text.splitlines())
    wait_for_the_source()
    app.run()
    assert not app.exception
    text = app.warning[0].value.replace("\\", "")
    assert "No prices of IWM and SPY from Yahoo Finance" in text
    assert "Next try at" in text


@pytest.mark.parametrize("key", KEYS)
def test_a_page_of_a_short_history_shows_what_it_can(
    key: str, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(short_folder))
    app = show(key)
    assert not app.exception
    if PAGES[key].compares_pair:
        close, _, ytd, since, _ = list(header(app).values())[:5]
        assert read(close.value) > 0
        assert ytd.value == "–"
        assert since.value != "–"
    assert "outside the common sessions" in notice_text(app)
    if key == "relative":
        problems = [error.value.replace("\\", "") for error in app.error]
        assert len(problems) == 1  # beta and correlation; the other sections stay
        assert all("252" in problem or "history" in problem.lower() for problem in problems)
        assert len(charts(app)) == 2
    else:
        assert not app.error


@pytest.mark.parametrize("key", ["overview", "events"])
def test_before_it_was_known_a_low_is_no_anchor_and_no_event_and_the_page_says_so(
    key: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = tmp_path / "past"
    past.mkdir()
    for file in folder.glob("*.csv"):
        head, *lines = file.read_text().splitlines()
        (past / file.name).write_text("\n".join([head, *(x for x in lines if x < "2025-05-16")]))
    monkeypatch.setenv("RUT_DASH_PRICES", str(past))
    app = show(key)
    assert not app.exception
    assert "was known only from 2025-05-16, after the last session, 2025-05-15" in notice_text(app)
    anchors = app.selectbox(key="control_anchor").options
    assert not any("April 2025 low" in label for label in anchors)
    assert any("US-China truce" in label for label in anchors)
    if key == "events":
        assert "April 2025 low" not in set(tables(app)[0]["event"])


def test_no_page_of_a_range_that_ends_before_the_low_was_known_calls_it_a_low(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But the list of anchors to choose from has it, and so has it as of the last session."""
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    for key in (key for key, page in PAGES.items() if page.has_window):
        app = show(key, {"window": "2025-03-03..2025-05-15"})
        assert not app.exception
        assert since_heading(app) == "Since 2025-04-08"
        texts = [notice_text(app), json.dumps(charts(app)), *(h.value for h in app.get("html"))]
        texts += [str(table) for table in tables(app)]
        for text in texts:
            assert "April 2025 low" not in text, key
            assert "Low of April" not in text, key
        anchors = app.selectbox(key="control_anchor")
        assert anchors.value == DEFAULT_VIEW.anchor
        assert "2025-04-08" in anchors.options
        assert not any("April 2025 low" in label for label in anchors.options)
        app = show(key, {"window": "2025-03-03..2025-05-16"})
        assert since_heading(app) == "Since April 2025 low"


def test_the_table_of_events_is_narrowed_by_a_link_and_by_its_controls(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("events", {"events": "fed,market", "directions": "cut", "columns": "benchmark"})
    assert not app.exception
    assert not app.warning

    def labels() -> set[str]:
        return {label.split()[0] for label in tables(app)[0]["event"]}

    assert labels() == {"Fed"}
    assert list(tables(app)[0])[2:5] == [
        "benchmark_since", "first_session", "benchmark_after_1",
    ]  # fmt: skip
    directions = app.pills(key="control_directions")
    assert directions.options == ["Cut", "Rise", "High", "Low"]
    directions.set_value(["low"]).run()
    assert app.query_params["directions"] == "low"
    assert {label.split()[-1] for label in tables(app)[0]["event"]} == {"low"}
    app.segmented_control(key="control_study_columns").set_value("comparison").run()
    assert list(tables(app)[0])[5:] == [
        "first_session", *(f"excess_after_{n}" for n in (1, 5, 20, 60)),
        "fund_max_loss", "fund_max_drawdown", "window",
    ]  # fmt: skip
    # A direction that no kind on display has narrows nothing and is not offered.
    app.pills(key="control_kinds").set_value(["tariff"]).run()
    assert not app.exception
    assert len(tables(app)[0]) > 5
    assert "control_directions" not in {pills.key for pills in app.pills}


def test_control_link_and_figures_have_the_session_that_stands_in_for_an_anchor(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("overview", {"anchor": "2027-01-01"})
    first = "2000-05-26"
    assert "The anchor 2027-01-01 lies outside the common sessions" in notice_text(app)
    assert app.selectbox(key="control_anchor").value == first
    assert app.query_params["anchor"] == first
    links = [dict(parse_qsl(link.proto.query_string)) for link in app.get("page_link")]
    assert {link["anchor"] for link in links} == {first}
    assert since_heading(app) == f"Since {first}"
    assert f"Since {first}" in set(tables(app)[0]["period"])
    # The sentence stays for as long as the session stands in.
    app.segmented_control(key="control_scale").set_value("log").run()
    assert "The anchor 2027-01-01 lies outside the common sessions" in notice_text(app)


def test_an_anchor_is_back_where_prices_have_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in folder.glob("*.csv"):
        head, *lines = file.read_text().splitlines()
        last = "2024-10-31" if file.stem == "IWO" else "9999"
        (tmp_path / file.name).write_text("\n".join([head, *(x for x in lines if x <= last)]))
    monkeypatch.setenv("RUT_DASH_PRICES", str(tmp_path))
    app = show("overview", {"fund": "IWO"})
    assert app.selectbox(key="control_anchor").value == "2000-05-26"
    assert since_heading(app) == "Since 2000-05-26"
    app.selectbox(key="control_fund").set_value("IWM").run()
    assert app.selectbox(key="control_anchor").value == DEFAULT_VIEW.anchor
    assert "anchor" not in app.query_params
    assert since_heading(app) == f"Since {default_anchor(folder).short}"
    assert "outside the common sessions" not in notice_text(app)


def test_an_added_page_is_in_the_navigation_of_every_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("overview", {"window": "1Y"})
    links = {link.proto.label: link.proto for link in app.get("page_link")}
    assert list(links) == [spec.label for spec in PAGES.values()]
    assert links[ROW.label].page.endswith(ROW.key)
    assert links[ROW.label].icon == ROW.icon
    assert dict(parse_qsl(links[ROW.label].query_string)) == to_query(
        parse_view({"window": "1Y"})[0]
    )


def test_an_added_page_is_computed_in_advance(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    prefetch(scope_of(DEFAULT_VIEW, select_prices(cache.market(), DEFAULT_VIEW.legs, None).pair))
    computed = len(CALLS)
    assert computed
    app = show(ROW.key)
    assert not app.exception
    assert len(charts(app)) == 1
    assert len(CALLS) == computed
    assert app.title[0].value == ROW.label
    keys = {control.key for control in app.get("button_group")}
    assert "control_scale" in keys
    assert "control_window" not in keys  # as the row has it


def test_an_added_page_is_exported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its chart with all values in their two dimensions, its table about its one symbol."""
    files: dict[str, bytes] = {}
    monkeypatch.setattr(
        layout, "_draw_download", lambda label, data, file, *_: files.update({file: data()})
    )
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show(ROW.key)
    assert not app.exception
    z = charts(app)[0]["figure"]["data"][0]["z"]
    rows, months = map(int, z["shape"].split(","))
    assert months == 12
    values = np.frombuffer(base64.b64decode(z["bdata"]), z["dtype"]).reshape(rows, months)
    scope = scope_of(DEFAULT_VIEW, select_prices(cache.market(), DEFAULT_VIEW.legs, None).pair)
    table = month_table(scope)
    expected = table.drop(columns="note").to_numpy()
    assert values == pytest.approx(expected, rel=1e-6, nan_ok=True)

    assert sorted(files) == ["months-IWM-2026-05-29.csv", "months.csv", "months.html"]
    text, cells, page = (files[name].decode() for name in sorted(files))
    assert '"heatmap"' in page
    drawn = pd.read_csv(io.StringIO(cells), comment="#", index_col="row")
    assert drawn.to_numpy() == pytest.approx(expected, rel=1e-6, nan_ok=True)
    assert "# symbols: IWM\n" in text
    assert "# source: IWM.csv\n" in text
    back = pd.read_csv(io.StringIO(text), comment="#")
    assert list(back.columns) == ["year", *map(str, range(1, 13)), "note"]
    assert back["1"].to_numpy() == pytest.approx(table["1"].to_numpy(), rel=1e-12, nan_ok=True)
    assert set(back["note"]) == {"'=1+1"}


HOSTILE: dict[str, str | list[str]] = {
    "fund": "<script>alert(1)</script>",
    "benchmark": "![x](http://evil.test/x.png)",
    "window": ["1Y", "MAX"],
    "basis": "net" * 500,
    "anchor": "../../etc/passwd",
    "events": "fed,\x00,%F0%9F%92%A3",
    "bars": "M",
    "scale": "$\\infty$",
    "set": "rsi.length:99999999999999999999",
    "nonsense": "1",
    **LINK_VERSION,
}


@pytest.mark.parametrize("key", KEYS)
def test_a_hostile_link_is_ignored_and_reported(
    key: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show(key, HOSTILE)
    assert not app.exception
    assert not app.error
    notice = app.warning[0].value
    assert "is ignored" in notice
    assert "![" not in notice
    assert "<script>" not in notice
    assert len(notice) < 2000
    assert not app.query_params
    assert legs_of(app) == ["IWM", "SPY"]
    app.run()
    assert not app.warning


def test_a_link_sets_every_control(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    query: dict[str, str | list[str]] = {
        "fund": "^RUT",
        "benchmark": "^GSPC",
        "window": "3Y",
        "anchor": "tariff-truce",
        "events": "fed",
        "bars": "W",
        "scale": "log",
        "leg": "benchmark",
        "show": "sma,rsi",
        "set": "rsi.length:21",
    }
    app = show("technicals", query)
    assert not app.exception
    state = app.session_state
    assert state["control_fund"] == "^RUT"
    assert state["control_benchmark"] == "^GSPC"
    assert state["control_window"] == "3Y"
    assert state["control_anchor"] == "tariff-truce"
    assert state["control_kinds"] == ["fed"]
    assert state["control_frequency"] == "W"
    assert state["control_scale"] == "log"
    assert state["control_leg"] == "benchmark"
    assert state["control_indicators"] == ["sma", "rsi"]
    app.session_state["control_settings"] = True
    app.run()
    assert app.number_input(key="control_set_rsi_length").value == 21
    assert app.number_input(key="control_set_sma_long_length").value == 200
    assert "RSI 21" in json.dumps(charts(app)[0])
    assert dict(app.query_params) == query


def test_controls_write_the_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("overview")
    app.segmented_control(key="control_basis").set_value("total").run()
    app.selectbox(key="control_anchor").set_value("liberation-day").run()
    app.segmented_control(key="control_window").set_value("1Y").run()
    assert not app.exception
    changed = DEFAULT_VIEW.with_(basis=Basis.TOTAL, anchor="liberation-day", window="1Y")
    assert dict(app.query_params) == to_query(changed)
    assert "total return basis" in notice_text(app)
    assert since_heading(app).startswith("Since")
    app.session_state["control_share"] = True
    app.run()
    app.button(key="control_reset").click().run()
    assert not app.query_params


@pytest.mark.parametrize("symbol", ["VOD.L", "RY.TO", "BTC-USD", "EURUSD=X", "^N225"])
def test_a_symbol_of_another_exchange_is_refused_in_a_link_and_where_it_is_typed(
    symbol: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("overview", {"fund": symbol})
    texts = [app.warning[0].value.replace("\\", "")]
    assert legs_of(app)[0] == "IWM"
    app = show("overview")
    type_in(app, "control_benchmark", symbol)
    texts.append(notice_text(app).replace("\\", ""))
    assert legs_of(app)[0] == "IWM"
    for text in texts:
        assert f"expected a symbol of a US exchange, as IWM ({symbol} is " in text
        assert "figures here are in US dollars, on the sessions of the NYSE)" in text


def test_a_typed_date_becomes_the_anchor_and_other_text_is_ignored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("relative")
    type_in(app, "control_anchor", "2024-02-25")
    # The last session before that Sunday.
    assert "Counted from the close of 2024-02-23" in notice_text(app)
    type_in(app, "control_anchor", "last spring")
    assert "is ignored" in notice_text(app)
    assert dict(app.query_params) == to_query(DEFAULT_VIEW.with_(anchor="2024-02-25"))


@pytest.mark.parametrize("typed", ["ZZZZ", "no such thing"])
def test_a_symbol_without_prices_keeps_the_view(
    typed: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("overview", {"fund": "^RUT", **LINK_VERSION})
    type_in(app, "control_fund", typed)
    assert not app.exception
    assert len(app.warning) == 1
    assert legs_of(app)[0] == "^RUT"
    assert dict(app.query_params) == {"fund": "^RUT", **LINK_VERSION}


def test_two_legs_without_a_common_basis_give_one_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    query: dict[str, str | list[str]] = {"fund": "IWO", "benchmark": "^GSPC"}
    app = show("relative", query)
    assert not app.exception
    assert len(app.error) == 1
    assert "IWO has only total return" in app.error[0].value.replace("\\", "")
    assert not charts(app)
    assert len(header(app)) == 10
    assert len(charts(show("technicals", query))) == 1


def test_a_basis_that_a_leg_lacks_is_replaced_with_a_notice(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    app = show("overview", {"benchmark": "^GSPC", "basis": "total"})
    assert not app.exception
    assert "both are shown on the price basis" in notice_text(app)
    # The control shows the basis of the figures; the link keeps what was asked for.
    assert app.segmented_control(key="control_basis").value == "price"
    assert app.query_params["basis"] == "total"
    app.selectbox(key="control_benchmark").set_value("SPY").run()
    assert app.segmented_control(key="control_basis").value == "total"
    assert "total return basis" in notice_text(app)


def test_new_bars_are_shown_without_a_restart(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = tmp_path / "growing"
    growing.mkdir()
    lines = {name: (folder / name).read_text().splitlines() for name in ("IWM.csv", "SPY.csv")}
    for name, text in lines.items():
        (growing / name).write_text("\n".join(text[:-1]))
    monkeypatch.setenv("RUT_DASH_PRICES", str(growing))
    app = show("overview")
    assert "2026-05-28" in notice_text(app)
    for name, text in lines.items():
        (growing / name).write_text("\n".join(text))
    for key in KEYS:
        if key != "overview":
            app.switch_page(PAGES[key].path)
        app.run()
        assert "2026-05-29" in notice_text(app), key


def test_stored_prices_are_shown_with_the_reason_why_newer_ones_are_missing(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    for symbol in ("IWM", "SPY"):
        bars = DemoSource().fetch(symbol).bars
        store.write(PriceHistory(symbol, bars, Provenance("Test bars")))
    show("overview")
    wait_for_the_source()
    app = show("overview", {"benchmark": "QQQ"})
    wait_for_the_source()
    app.run()
    assert not app.exception
    assert legs_of(app) == ["IWM", "SPY"]
    text = notice_text(app)
    assert app.warning[0].proto.title.replace("\\", "") == "IWM and QQQ cannot be shown yet"
    assert "No prices of QQQ from Yahoo Finance" in text
    assert "Until they are here, IWM against SPY is shown" in text
    assert "Prices of IWM and SPY end on 2026-05-29; newer ones could not be fetched" in text
    assert "SIMULATED" not in json.dumps(charts(app))
    assert app.query_params["benchmark"] == "QQQ"


def test_the_data_page_reports_a_network_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    app = show("data")
    assert not app.exception
    assert "the network is switched off" in app.warning[0].value.replace("\\", "")
    assert not [button for button in app.button if button.key.startswith("refresh_")]


def test_a_refused_row_of_the_readers_events_is_reported(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[event]]\ndate = 2025-06-01\nkind = "weather"\nlabel = "Storm"\n')
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    monkeypatch.setenv("RUT_DASH_EVENTS", str(own))
    app = show("events")
    assert not app.exception
    assert "own.toml, the first" in notice_text(app)
    own.write_text('[[event]]\ndate = 2025-06-02\nkind = "tariff"\nlabel = "Storm"\n')
    app.run()
    assert "own.toml, the" not in notice_text(app)
    assert "Storm" in set(tables(app)[0]["event"])


@pytest.mark.parametrize("key", KEYS)
def test_no_page_names_the_folders_of_the_server(
    key: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused file, and wrong rows of the reader's own files, are told by their names alone."""
    place = tmp_path / "secret" / "prices"
    place.mkdir(parents=True)
    for file in folder.glob("*.csv"):
        (place / file.name).write_text(file.read_text())
    broken = place / "_RUT.csv"
    broken.write_text(f"{broken.read_text()}\n2026-06-01,-1,-1,-1,-1,,,,")
    (place.parent / "events.toml").write_text("[[event]]\nid = 5\n")
    (place.parent / "claims.toml").write_text("[[claim]]\ntext = 5\n")
    monkeypatch.setenv("RUT_DASH_PRICES", str(place))
    monkeypatch.setenv("RUT_DASH_EVENTS", str(place.parent / "events.toml"))
    monkeypatch.setenv("RUT_DASH_CLAIMS", str(place.parent / "claims.toml"))
    app = show(key)
    assert not app.exception
    sent_bytes = b"".join(
        element.proto.SerializeToString()
        for block in (app.main, app.sidebar)
        for element in block
        if element.proto is not None
    ).replace(b"\\", b"")
    assert b"events.toml, the first" in sent_bytes
    assert key not in ("overview", "claims", "data") or b"_RUT.csv" in sent_bytes
    assert key != "claims" or b"claims.toml, the first [[claim]]" in sent_bytes
    assert b"secret" not in sent_bytes


def test_a_refused_file_of_an_index_costs_only_its_column(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in folder.glob("*.csv"):
        (tmp_path / file.name).write_text(file.read_text())
    broken = tmp_path / "_RUT.csv"
    broken.write_text(f"{broken.read_text()}\n2026-06-01,-1,-1,-1,-1,,,,")
    monkeypatch.setenv("RUT_DASH_PRICES", str(tmp_path))
    app = show("overview")
    columns = list(tables(app)[0].columns)
    assert "^GSPC price" in columns
    assert not [column for column in columns if column.startswith("^RUT")]
    assert "_RUT.csv, line" in notice_text(app)
    assert not app.error
    app = show("claims", {"claim": "A1-1b"})
    assert len(tables(app)[0]) > 100
    assert len(charts(app)) == 1
    assert "_RUT.csv, line" in "\n".join(notice.value for notice in app.info).replace("\\", "")
