"""The command ``study``: its JSON, its table, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.cli.process import main
from rut_dash.market import calendar
from tests.oracles import walk

DAYS = calendar.sessions(pd.Timestamp("2019-01-02"), pd.Timestamp("2020-12-31"))


def closes(seed: int) -> pd.Series:
    """Return a random walk on the NYSE's sessions."""
    return walk(len(DAYS), seed=seed).set_axis(DAYS.rename("date"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prices")
    for symbol, seed in (("IWM", 1), ("SPY", 2)):
        closes(seed).to_csv(path / f"{symbol}.csv")
    return path


def session(position: int) -> str:
    return DAYS[position].date().isoformat()


def test_the_json_has_events_paths_and_placebo(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [session(position) for position in (10, 301, 380, -15)]
    events = [argument for day in days for argument in ("--event", day)]
    assert main(["study", "--prices", str(folder), *events, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [event["id"] for event in answer["events"]] == [days[1], days[2]]
    assert [event["session"] for event in answer["events"]] == [session(300), session(379)]
    assert [row["id"] for row in answer["left_out"]] == [days[0], days[3]]
    assert answer["left_out"][0]["reason"] == "9 of the 279 sessions before it"
    assert answer["left_out"][1]["reason"] == "pending: 15 of the 60 sessions after it"
    assert (answer["n"], answer["n_without_overlap"]) == (2, 1)
    assert answer["offsets"] == list(range(-20, 61))
    prices = closes(1).tolist()
    expected = sum(prices[a + 5] / prices[a] - 1 for a in (300, 379)) / 2
    assert answer["fund"]["mean"][25] == pytest.approx(expected)
    assert len(answer["abnormal"]["mean"]) == 81
    # Two events are few: each is in the answer, and there is no band.
    assert len(answer["fund"]["paths"]) == 2
    assert answer["placebo"]["draws"] == 0
    assert answer["placebo"]["fund"]["low"] == [None] * 81


def test_the_table_lists_each_of_few_events(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "--prices", str(folder), "--event", session(301)]) == 0
    out = capsys.readouterr().out
    assert "1 event, 1 without overlap" in out
    assert "No band with fewer than 8 events: each is listed." in out
    assert out.count(session(301)) == 5  # one a series, and the list of events


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "a kind with --kind, or an event with --event"),
        (["--event", "no-such"], "or the id of an event known by"),
        (["--event", "2030-01-02"], "expected a date up to"),
        (["--direction", "cut", "--event", "2020-01-02"], "a kind with --kind"),
        (["--kind", "tariff", "--direction", "cut"], "no direction, as the kinds listed have"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence_and_code_2(
    folder: Path, arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "--prices", str(folder), *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert reason in output.err
