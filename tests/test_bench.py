"""The bench counts right: bars, ratios and tables, and a session that does what a browser does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import __main__ as command
from bench.figures import Figure, markdown, plain_table, records
from bench.server import APP, EMPTY, started
from bench.session import Session
from bench.studies import study_times
from tests.own_thread import run_in_own_thread

SLOW = Figure("noop", "rerun", "ms", (20.0, 30.0, 25.0), (10.0, 5.0, 20.0), "ratio", 2.0, 4.0)


@pytest.mark.parametrize(
    ("figure", "judged", "met"),
    [
        (SLOW, 2.5, False),
        (Figure("a", "b", "ms", (20.0,), (10.0,), "ratio", 2.0), 2.0, True),
        (Figure("a", "b", "/s", (12.0,), (100.0,), "at least ratio", 0.12), 0.12, True),
        (Figure("a", "b", "/s", (11.0,), (100.0,), "at least ratio", 0.12), 0.11, False),
        (Figure("a", "b", "s", (1.5, 1.7), (0.5,), "above", 1.0), 1.1, False),
        (Figure("a", "b", "kB", (9.0,), (), "value", 10.0), 9.0, True),
        (Figure("a", "b", "kB", (9.0,)), 9.0, None),
    ],
)
def test_a_bar_is_met_or_not(figure: Figure, judged: float, met: bool | None) -> None:
    assert figure.judged == pytest.approx(judged)
    assert figure.met is met


def test_a_result_row_shows_by_how_much_a_limit_is_missed() -> None:
    assert SLOW.cells == (
        "rerun",
        "≤ 2 ×",
        "25 ms (20–30)",
        "2.5 × (10 ms)",
        "4.0 ms",
        "missed by 25%",
    )
    assert "| rerun | ≤ 2 × | 25 ms (20–30) |" in markdown([SLOW])
    head, row = plain_table([SLOW]).splitlines()
    assert head.index("bar") == row.index("≤")


def test_all_pages_are_in_one_row() -> None:
    fast = Figure("noop", "rerun: Data", "ms", (12.0,), (10.0,), "ratio", 2.0, 3.0)
    slow = Figure("noop", "rerun: Claims", "ms", (24.0,), (10.0,), "ratio", 2.0, 4.0)
    assert markdown([fast, slow]).splitlines()[2:] == [
        "| rerun: 2 of them | ≤ 2 × | 12 to 24 ms | 1.2 to 2.4 × (10 ms) | 3.0 to 4.0 ms "
        "| Claims missed by 20% |"
    ]


def test_all_samples_are_recorded() -> None:
    (record,) = json.loads(json.dumps(records([SLOW])))
    assert record["samples"] == [20.0, 30.0, 25.0]
    assert (record["median"], record["judged"], record["met"]) == (25.0, 2.5, False)


def test_groups_are_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = recorded_calls(monkeypatch, tmp_path)
    assert command.main(["--only", "noop", "zoom"]) == 1  # a bar is missed
    assert calls == [({"noop", "zoom"}, None)]
    (file,) = (tmp_path / "bench" / "results").iterdir()
    assert json.loads(file.read_text())["figures"][0]["name"] == "rerun"


def test_studies_are_measured_without_a_server() -> None:
    figures = list(study_times(quick=True))
    assert all(len(figure.samples) == 3 and min(figure.samples) > 0 for figure in figures)
    assert [figure.limit for figure in figures if figure.limit] == [0.3] * 4


def test_a_folder_is_measured_after_the_demo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = recorded_calls(monkeypatch, tmp_path)
    command.main(["--only", "noop", "--prices", str(tmp_path)])
    assert [prices for _, prices in calls] == [None, tmp_path]
    out = capsys.readouterr().out
    assert out.index("on the demo") < out.index("on a folder of real bars")


def test_the_table_in_markdown_can_be_pasted_as_it_is_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded_calls(monkeypatch, tmp_path)
    command.main(["--only", "noop", "--markdown"])
    sentence, _, *table = capsys.readouterr().out.rstrip().splitlines()
    assert sentence.startswith("Measured on ")
    assert table == markdown([SLOW]).splitlines()


def recorded_calls(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> list[tuple[set[str], Path | None]]:
    """Replace the measuring by a record of its calls; return that."""
    calls: list[tuple[set[str], Path | None]] = []

    def measured(groups: set[str], prices: Path | None, quick: bool) -> Iterator[Figure]:
        calls.append((groups, prices))
        return iter([SLOW])

    monkeypatch.setattr(command, "ROOT", folder)
    (folder / "bench").mkdir()
    monkeypatch.setattr(command, "_measured", measured)
    return calls


async def _as_a_browser(port: int) -> None:
    session = Session(port, "relative")
    first = await session.open()
    assert len(first.charts) == 3
    assert not first.errors
    same = await session.rerun()
    assert not same.charts  # it has them
    assert same.size < first.size / 5
    other = await session.pick("control_window", ["1Y"])
    assert len(other.charts) == 3
    assert "window=1Y" in session.query
    popover = await session.pick("control_range", True, fragment=True)
    assert not popover.charts
    assert popover.size < same.size
    await session.close()


def test_a_session_is_that_of_a_browser(tmp_path: Path) -> None:
    environment = {"RUT_DASH_STORE": str(tmp_path), "RUT_DASH_OFFLINE": "1"}
    with started(APP, environment) as app, started(EMPTY, {}) as empty:
        run_in_own_thread(lambda: _as_a_browser(app.port))
        assert app.cpu > 0
        assert app.memory > 50

        async def nothing() -> None:
            session = Session(empty.port)
            await session.open()
            assert (await session.rerun()).size < 2_000
            await session.close()

        run_in_own_thread(nothing)
