"""The command ``unusual``: its JSON and its table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rut_dash.cli.process import main


def test_the_json_has_moves_volatility_excess_and_falls(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["unusual", "--prices", str(market_data), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["tried"] == len(answer["moves"]) + len(answer["volatility"]) + 3
    ratio = answer["falls"][2]
    assert ratio["series"] == "ratio"
    # The ratio of the prices has been below its high of April 2011 ever since.
    assert (ratio["open"], ratio["episodes"][-1]["peak"]) == (1, "2011-04-05")
    assert ratio["episodes"][-1]["recovery"] is None
    year = next(m for m in answer["moves"] if (m["series"], m["sessions"]) == ("fund", 252))
    assert 0 < year["percentile"] < 1
    assert len(year["alike"]) == 5


def test_the_table_says_how_many_values_are_placed(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--fall", "0.2", "--basis", "total"]
    assert main(["unusual", "--prices", str(market_data), *arguments]) == 0
    out = capsys.readouterr().out
    assert "27 values are placed" in out
    assert "falls of 20.0% or more" in out


def test_a_depth_that_is_none_is_refused(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["unusual", "--prices", str(market_data), "--fall", "2"]) == 2
    assert "The least depth of an episode cannot be 2.0" in capsys.readouterr().err
