"""A kind of events added at run time is found wherever there are kinds of events.

The throw-away kind has a colour, a glyph, a file of two events and a rule that generates one a
year. It is off by default; a link turns it on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.charts.export_page import standalone_html
from rut_dash.claims.claim_file import read_claims
from rut_dash.cli.process import main
from rut_dash.events import kinds
from rut_dash.events.anchors import anchor_session
from rut_dash.events.catalogue import load_catalogue
from rut_dash.events.event import Direction, Event, EventKind, Lane, Timing
from rut_dash.events.event_file import read_event_file
from rut_dash.events.kinds import KINDS
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import cache, layout
from rut_dash.ui.figures import price_figure, study_table
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.tables import csv_text
from rut_dash.ui.view import DEFAULT_VIEW, default_view, parse_view, to_query
from tests import wire
from tests.elements import charts, tables

ROOT = Path(__file__).resolve().parent.parent
PAIR = PricePair.align(DemoSource().fetch("IWM"), DemoSource().fetch("SPY"))
FILE = """
[complete_until]
season = 2025-12-31

[[event]]
id = "first-results"
date = 2025-04-11
timing = "before_open"
kind = "season"
label = "First results of the first quarter"
short = "First results"
source = "The banks"

[[event]]
id = "last-results"
date = 2025-11-19
timing = "after_close"
kind = "season"
label = "Last large results of the third quarter"
short = "Last results"
source = "The chip maker"
headline = true
"""
QUERY = {"events": "season", "anchor": "first-results", "window": "2025-03-03..2026-03-03"}


def july_results(through: date) -> tuple[Event, ...]:
    """Return one event a year since 2024, in July."""
    return tuple(
        Event(
            f"results-{year}-07", date(year, 7, 15), Timing.IN_SESSION, "season",
            f"Results of the second quarter of {year}", "By rule", f"Results {year}",
        )
        for year in range(2024, through.year + 1)
        if date(year, 7, 15) <= through
    )  # fmt: skip


@pytest.fixture(autouse=True)
def row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventKind]:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    monkeypatch.setattr(layout, "prefetch_once", lambda scope: None)  # a thread outlives it
    file = tmp_path / "season.toml"
    file.write_text(FILE)
    cache.clear_caches()
    kind = EventKind(
        key="season",
        label="Earnings seasons",
        short_label="Earnings",
        event_label="Results",
        covers="three made-up days",
        lane=Lane("Earnings", "#A67C00", "star", "★", order=15),
        file=file,
        rule=july_results,
    )
    with KINDS.with_row(kind):
        yield kind
    cache.clear_caches()


def scope(**fields: object) -> Scope:
    view, problems = parse_view(QUERY)
    assert not problems
    return resolve_scope(
        view.with_(**fields), PAIR, lambda through: load_catalogue(through=through)
    )


def test_a_file_in_the_package_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "auctions.py").write_text(
        "from rut_dash.events.event import EventKind, Lane\n"
        "KIND = EventKind('auction', 'Auctions', 'Auctions', 'Auction', 'none yet',\n"
        "    Lane('Auction', '#A67C00'))\n"
    )
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    assert "auction" in {row.key for row in kinds._discover_rows()}
    del sys.modules["rut_dash.events.kinds.auctions"]


@pytest.mark.parametrize(("own_close", "session"), [(True, "2025-04-11"), (False, "2025-04-10")])
def test_the_row_decides_whether_since_counts_from_an_events_own_close(
    row: EventKind, own_close: bool, session: str
) -> None:
    with KINDS.with_row(replace(row, key="turn", own_close=own_close)):
        event = Event("x", date(2025, 4, 11), Timing.IN_SESSION, "turn", "A turn", "", "A turn")
        assert anchor_session(event, PAIR.sessions) == pd.Timestamp(session)


def test_a_file_may_give_the_directions_of_the_row_and_no_other(
    row: EventKind, tmp_path: Path
) -> None:
    up_or_down = (Direction.HIGH, Direction.LOW)
    file = tmp_path / "turns.toml"
    text = '[[event]]\ndate = 2025-06-02\nkind = "turn"\nlabel = "A turn"\n'
    needed = replace(row, key="turn", directions=up_or_down, direction_required=True)
    with KINDS.with_row(needed):
        file.write_text(f'{text}direction = "low"\n')
        assert read_event_file(file).events[0].direction is Direction.LOW
        for line in ("", 'direction = "cut"\n'):
            file.write_text(text + line)
            found = read_event_file(file)
            assert found.events == ()
            assert "high, low" in str(found.problems[0])


def test_its_events_are_those_of_its_file_and_of_its_rule() -> None:
    catalogue = load_catalogue(through=date(2025, 12, 31))
    assert catalogue.problems == ()
    assert [event.id for event in catalogue.of_kinds(["season"])] == [
        "results-2024-07", "first-results", "results-2025-07", "last-results",
    ]  # fmt: skip
    assert catalogue.complete_until["season"] == date(2025, 12, 31)


def test_the_kind_is_hidden_until_a_link_names_it() -> None:
    assert "season" not in default_view().kinds
    view, problems = parse_view(QUERY)
    assert not problems
    assert view.kinds == ("season",)
    assert to_query(view)["events"] == "season"
    assert parse_view(to_query(view))[0] == view


def test_without_the_row_the_link_is_refused_with_the_kinds_that_there_are(row: EventKind) -> None:
    del KINDS._rows[row.key]
    view, problems = parse_view({"events": "season"})
    KINDS.add(row)
    assert view == DEFAULT_VIEW
    assert "tariff" in str(problems[0])


def test_charts_have_its_lane_glyphs_labels_and_hover_texts() -> None:
    chart = json.loads(price_figure(scope()).figure.to_json())
    (lane,) = (trace for trace in chart["data"] if trace["name"] == "Earnings")
    assert lane["marker"]["color"] == "#A67C00"
    assert lane["marker"]["symbol"] == ["star"] * 3
    assert len(wire.numbers(lane["x"])) == 3
    lines = {line: f"{bar:%Y-%m-%d}" for bar, line in wire.day_lines(chart["data"])}
    assert lines == {
        "First results · Fri 2025-04-11, counted from the close of Thu 2025-04-10": "2025-04-10",
        "Results 2025 · Tue 2025-07-15": "2025-07-15",
        "Last results · Wed 2025-11-19": "2025-11-19",
    }
    (days,) = (trace for trace in chart["data"] if trace["name"] == "Days")
    assert all("#A67C00" in text and "★" in text for text in days["text"] if text)
    assert chart["layout"]["yaxis2"]["ticktext"] == ["Earnings"]
    labels = [a["text"] for a in chart["layout"]["annotations"] if a["name"] == "event"]
    assert len(labels) == 3
    assert all('<span style="color:#A67C00">★</span>' in label for label in labels)


def test_the_order_of_the_kind_places_its_lane() -> None:
    both = json.loads(price_figure(scope(kinds=("fed", "season", "tariff"))).figure.to_json())
    assert both["layout"]["yaxis2"]["ticktext"] == ["Tariff", "Earnings", "Fed"]


def test_a_saved_chart_shows_the_kind() -> None:
    page = standalone_html(price_figure(scope()))
    assert "Last results · Wed 2025-11-19" in page
    assert "Earnings" in page


def test_the_table_and_its_csv_list_its_events() -> None:
    table = study_table(PAIR, Basis.PRICE, scope().catalogue, ("season",))
    assert list(table.index) == sorted(table.index, key=table["date"].get, reverse=True)
    assert {"first-results", "last-results", "results-2025-07"} <= set(table.index)
    assert set(table["kind"]) == {"Earnings seasons"}
    assert "Last large results of the third quarter" in csv_text(table, [("table", "Events")])


@pytest.mark.parametrize("path", ["", "pages/events.py"])
def test_pages_offer_the_kind_and_draw_its_events(path: str) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    for name, value in QUERY.items():
        app.query_params[name] = value
    if path:
        app.switch_page(path)
    app.run()
    assert not app.exception
    assert not app.error
    pills = app.pills(key="control_kinds")
    assert "Earnings" in pills.options
    assert pills.value == ["season"]
    if path:
        assert "Last results" in set(tables(app)[0]["event"])
        text = "\n".join(part.value for part in app.markdown).replace("\\", "")
        assert "Earnings seasons: three made-up days; complete up to 2025-12-31." in text
    else:
        assert charts(app)
        assert all("#A67C00" in json.dumps(chart) for chart in charts(app))
    pills.set_value(["fed"]).run()
    assert app.query_params["events"] == "fed"


def test_the_command_line_lists_its_events(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "--offline", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    rows = {row["id"]: row for row in answer["events"] if row["kind"] == "season"}
    assert rows["first-results"]["anchor"] == "2025-04-10"
    assert rows["last-results"]["since"]["IWM"] is not None
    assert "results-2025-07" in rows
    assert answer["complete_until"]["season"] == "2025-12-31"
    assert main(["events", "--offline"]) == 0
    printed = capsys.readouterr().out
    assert "Last large results of the third quarter" in printed
    assert "Earnings seasons: three made-up days; complete up to 2025-12-31." in printed


def test_a_users_event_may_be_of_the_kind(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text('[[event]]\ndate = 2025-06-02\nkind = "season"\nlabel = "Late results"\n')
    catalogue = load_catalogue(own)
    assert catalogue.problems == ()
    assert catalogue.get("2025-06-02-late-results").kind == "season"


def test_a_claim_may_count_its_events() -> None:
    found = read_claims(
        '[[claim]]\ntext = "Results come four times a year"\nstated = 4\nas_of = 2025-12-31\n'
        'check = { kind = "events_per_year", event_kind = "season" }\n',
        "mine.toml",
    )
    assert found.problems == ()
