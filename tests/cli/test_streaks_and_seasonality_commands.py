"""The commands ``streaks`` and ``seasonality``: their JSON, their tables, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rut_dash.cli.process import main

INDICES = ("--symbol", "^RUT", "--benchmark", "^GSPC")


@pytest.fixture
def answer(market_data: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> Any:
        assert main([*arguments, "--prices", str(market_data), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_streaks_has_the_one_in_force_and_the_last_longer(answer: Any) -> None:
    result = answer("streaks", "--of", "lead", *INDICES, "--as-of", "2026-01-22")
    assert result["now"] == {
        "sign": "up",
        "length": 14,
        "from": "2026-01-02",
        "to": "2026-01-22",
    }
    assert result["rank"] == 2
    assert result["longest"][0]["length"] == result["last_longer"]["length"] == 16
    assert result["last_longer"]["to"] == "1996-05-07"
    assert result["since"] == "1987-09-10"
    assert result["level"] is None


def test_streaks_without_a_longer_one_has_null(answer: Any) -> None:
    result = answer("streaks", *INDICES, "--as-of", "1988-03-09")
    assert (result["now"]["length"], result["last_longer"], result["rank"]) == (21, None, 1)


def test_seasonality_has_months_and_marks_the_running_one(answer: Any) -> None:
    result = answer("seasonality", "--as-of", "2026-05-20")
    months = list(result["months"])
    assert (months[0], months[-1]) == ("2000-06", "2026-05")
    assert result["running"] == "2026-05"
    assert result["by_month"]["5"]["n"] == 25
    assert set(result["by_month"]) == {str(month) for month in range(1, 13)}
    assert {"n", "mean", "median", "share_up", "mean_excess"} <= set(result["by_month"]["1"])
    assert (result["streak"]["sign"], result["streak"]["length"]) == ("up", 2)
    assert (result["streak"]["from"], result["streak"]["to"]) == ("2026-04", "2026-05")
    assert set(result["streak"]["last_longer"]) == {"from", "to", "length"}
    assert result["placebo"] == {"tried": 12, "draws": 1000, "seed": 0}


def test_seasonality_of_whole_months_has_no_running_one(answer: Any) -> None:
    result = answer("seasonality", "--window", "11-01:04-30")
    assert (result["as_of"], result["running"]) == ("2026-05-29", None)
    assert result["window"]["n"] == 26
    assert result["window"]["years"][-1]["end"] == "2026-04-30"


@pytest.mark.parametrize("arguments", [("streaks", "--of", "lead"), ("seasonality",)])
def test_the_tables_name_what_they_rest_on(
    arguments: tuple[str, ...], market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    as_of = ("--as-of", "2026-05-20")
    assert main([*arguments, *INDICES, *as_of, "--prices", str(market_data)]) == 0
    output = capsys.readouterr()
    assert "^RUT against ^GSPC, as of 2026-05-20, price basis" in output.out
    assert "^RUT and ^GSPC are price indices" in output.err
    expected = {"streaks": "an equal return ends it", "seasonality": "2026-05 is not over"}
    assert expected[arguments[0]] in output.out


@pytest.mark.parametrize("window", ["11-01", "13-01:01-31", "02-30:03-01", "1-1:2-2"])
def test_a_window_that_is_none_is_refused(
    window: str, market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seasonality", "--window", window, "--prices", str(market_data)]) == 2
    assert "two days of the year such as 11-01:04-30" in capsys.readouterr().err
