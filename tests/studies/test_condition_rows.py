"""A condition added as one file is in the list, the table and the JSON of the command ``after``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rut_dash.cli.process import main
from rut_dash.studies import conditions
from rut_dash.studies.condition_kind import ConditionKind
from rut_dash.studies.conditions import CONDITIONS

ROOT = Path(__file__).resolve().parents[2]
MODULE = '''
"""A close that ends in a whole number."""

import numpy as np

from rut_dash.studies.condition_kind import (
    ConditionKind, ConditionParam, ConditionUnit, occurrences_at,
)


def _multiples(data, close, values):
    """Return the sessions whose close is a multiple of a number."""
    return occurrences_at(close, np.flatnonzero(close.to_numpy() % values["of"] == 0))


ROWS = (
    ConditionKind(
        "multiple", "close is a multiple of {of}", _multiples,
        (ConditionParam("of", ConditionUnit.LEVEL, 1, 1000, default=10.0),),
    ),
)
'''
# Multiples of 10 are the closes of January 2 and 7, of the benchmark that of January 3; of 1.8
# the ratio of January 6 alone: 99 / 55.
FUND = (100.0, 99.0, 99.0, 90.0, 91.0)
BENCHMARK = (51.0, 50.0, 55.0, 55.0, 55.0)
DAYS = ("2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07", "2025-01-08")


@pytest.fixture(autouse=True)
def row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConditionKind]:
    """Return the row of a file beside those of the package, found as those are."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "whole_numbers.py").write_text(MODULE)
    monkeypatch.setattr(conditions, "__path__", [*conditions.__path__, str(folder)])
    [added] = [row for row in conditions._discover_rows() if row.key not in CONDITIONS]
    with CONDITIONS.with_row(added):
        yield added
    del sys.modules["rut_dash.studies.conditions.whole_numbers"]


@pytest.fixture
def prices(tmp_path: Path) -> str:
    for symbol, closes in (("IWM", FUND), ("SPY", BENCHMARK)):
        rows = "\n".join(f"{day},{close}" for day, close in zip(DAYS, closes, strict=True))
        (tmp_path / f"{symbol}.csv").write_text(f"date,close\n{rows}\n")
    return str(tmp_path)


def test_no_file_of_the_product_names_it() -> None:
    shipped = (ROOT / "rut_dash").rglob("*.py")
    assert not any("whole_numbers" in path.read_text(encoding="utf-8") for path in shipped)


def test_it_is_in_the_list_with_its_parameter_and_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["after"]) == 0
    [line] = [row for row in capsys.readouterr().out.splitlines() if row.startswith("multiple")]
    assert line.split()[0] == "multiple[:OF=10]"
    assert "close is a multiple of {of}" in line


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("multiple", ["2025-01-02", "2025-01-07"]),
        ("multiple:100", ["2025-01-02"]),
        ("multiple@benchmark", ["2025-01-03"]),
        ("multiple:1.8@ratio", ["2025-01-06"]),
    ],
)
def test_its_cases_are_in_the_json(
    condition: str, days: list[str], prices: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prices", prices, "--cooldown", "0", "--horizon", "1", "--json"]
    assert main(["after", condition, *arguments]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [case["session"] for case in answer["cases"]] == days
    first = answer["cases"][0]["forward"]["1"]["fund"]
    start = DAYS.index(days[0])
    assert first == pytest.approx(FUND[start + 1] / FUND[start] - 1)


def test_the_table_has_its_phrase_with_the_value(
    prices: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["after", "multiple", "--prices", prices, "--cooldown", "0"]) == 0
    assert "Close is a multiple of 10, IWM: 2 cases" in capsys.readouterr().out


def test_without_the_file_the_condition_is_refused(
    row: ConditionKind, capsys: pytest.CaptureFixture[str]
) -> None:
    del CONDITIONS._rows[row.key]
    assert main(["after", "multiple"]) == 2
    CONDITIONS.add(row)
    assert "multiple" in capsys.readouterr().err


def test_a_value_beyond_its_bounds_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["after", "multiple:0"]) == 2
    assert "expected of as a number from 1 to 1000" in capsys.readouterr().err
