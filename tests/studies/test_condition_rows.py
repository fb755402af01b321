"""A new condition is one row: list, text, command and study follow from it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.cli.process import main
from rut_dash.studies.condition_kind import (
    ConditionKind,
    ConditionParam,
    ConditionUnit,
    Occurrences,
    Values,
    occurrences_at,
)
from rut_dash.studies.conditions import CONDITIONS
from rut_dash.studies.sample import StudyData


def every_nth(_: StudyData, close: pd.Series, values: Values) -> Occurrences:
    return occurrences_at(close, pd.RangeIndex(0, len(close), values["count"]).to_numpy())


ROW = ConditionKind(
    "every",
    "every {count} sessions",
    every_nth,
    (ConditionParam("count", ConditionUnit.SESSIONS, 1, 100, 2),),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    days = ("2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07")
    for symbol in ("IWM", "SPY"):
        rows = "\n".join(f"{day},{10 + at}" for at, day in enumerate(days))
        (tmp_path / f"{symbol}.csv").write_text(f"date,close\n{rows}\n")
    return tmp_path


def test_a_row_is_listed_and_studied_on_each_series(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with CONDITIONS.with_row(ROW):
        assert main(["after"]) == 0
        assert "every[:COUNT=2]" in capsys.readouterr().out
        arguments = ["--prices", str(folder), "--cooldown", "0", "--horizon", "1"]
        assert main(["after", "every:3@ratio", *arguments, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["condition"] == "every:3@ratio"
        assert [case["session"] for case in answer["cases"]] == ["2025-01-02", "2025-01-07"]
        assert main(["after", "every", *arguments]) == 0
        assert "Every 2 sessions, IWM: 2 cases" in capsys.readouterr().out
    assert main(["after", "every", "--prices", str(folder)]) == 2
