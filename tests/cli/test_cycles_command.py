"""The command ``cycles``: its JSON and its table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rut_dash.cli.process import main


def test_the_json_is_a_list_of_cycles(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cycles", "--prices", str(market_data), "--json"]) == 0
    output = capsys.readouterr()
    answer = json.loads(output.out)
    assert [row["first_cut"] for row in answer] == [
        "2001-01-03", "2007-09-18", "2019-07-31", "2024-09-18",
    ]  # fmt: skip
    assert [row["recession"] for row in answer] == [True, True, True, False]
    assert set(answer[0]["months"]) == {"6", "12", "24"}
    assert answer[3]["months"]["24"] == {"fund": None, "benchmark": None, "excess": None}
    twelve = answer[3]["months"]["12"]
    assert twelve["excess"] == pytest.approx(twelve["fund"] - twelve["benchmark"])
    assert "complete up to 2025-12-10" in output.err
    assert "1989-06-06, 1995-07-06, 1998-09-29" in output.err


def test_the_table_counts_few_cycles_and_names_what_is_pending(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--first-cut", "after_pause", "--basis", "total"]
    assert main(["cycles", "--prices", str(market_data), *arguments]) == 0
    output = capsys.readouterr()
    assert "or after 6 months without a change: 7 cycles." in output.out
    assert "of 5" in output.out
    assert "pending" in output.out
    assert "not yet" in output.out
    assert "dividends" not in output.err
