"""The command ``after``: its JSON, its table, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rut_dash.cli.process import main

# The fund falls by a tenth on the second and on the fourth session.
FUND = (100.0, 90.0, 99.0, 81.0, 90.0)
BENCHMARK = (50.0, 50.0, 55.0, 55.0, 55.0)
DAYS = ("2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07", "2025-01-08")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for symbol, prices in (("IWM", FUND), ("SPY", BENCHMARK)):
        rows = "\n".join(f"{day},{price}" for day, price in zip(DAYS, prices, strict=True))
        (tmp_path / f"{symbol}.csv").write_text(f"date,close\n{rows}\n")
    return tmp_path


def test_the_json_has_cases_horizons_base_and_rank(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prices", str(folder), "--cooldown", "0", "--horizon", "1", "--horizon", "2"]
    assert main(["after", "drawdown:0.1", *arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["condition"], answer["symbol"], answer["benchmark"]) == (
        "drawdown:0.1",
        "IWM",
        "SPY",
    )
    assert (answer["n"], answer["n_without_overlap"]) == (2, 2)
    assert (answer["as_of"], answer["basis"]) == ("2025-01-08", "price")
    first, second = answer["cases"]
    assert (first["session"], second["session"]) == ("2025-01-03", "2025-01-07")
    assert first["forward"]["1"] == {
        "fund": pytest.approx(0.1),
        "benchmark": pytest.approx(0.1),
        "difference": pytest.approx(0.0),
    }
    assert second["forward"]["2"] == {"fund": None, "benchmark": None, "difference": None}
    row = answer["horizons"]["1"]
    assert set(row) == {"fund", "benchmark", "difference", "base", "placebo_rank"}
    assert row["fund"]["n"] == 2
    assert row["fund"]["mean"] == pytest.approx((0.1 + 1 / 9) / 2)
    assert row["fund"]["share_up"] == 1.0
    assert row["base"]["fund"]["n"] == 4
    assert row["base"]["fund"]["mean"] == pytest.approx((-0.1 + 0.1 - 2 / 11 + 1 / 9) / 4)
    assert 0 <= row["placebo_rank"]["fund"] <= 1


def test_an_earlier_as_of_leaves_later_cases_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prices", str(folder), "--as-of", "2025-01-06", "--json"]
    assert main(["after", "drawdown:0.1", *arguments]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [case["session"] for case in answer["cases"]] == ["2025-01-03"]
    assert answer["horizons"]["5"]["fund"]["mean"] is None


def test_the_table_counts_few_cases_and_names_what_is_pending(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prices", str(folder), "--cooldown", "0", "--horizon", "2"]
    assert main(["after", "drawdown:0.1", *arguments]) == 0
    output = capsys.readouterr()
    assert "Drawdown reaches 10%, IWM: 2 cases since 2025-01-02" in output.out
    assert "0 of 1" in output.out
    assert "pending" in output.out
    assert "leave dividends out" in output.err


def test_a_symbol_may_be_asked_for_without_any_benchmark_but_itself(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prices", str(folder), "--symbol", "SPY", "--horizon", "1"]
    assert main(["after", "move:0.05:1", *arguments, "--json"]) == 0
    output = capsys.readouterr()
    answer = json.loads(output.out)
    assert (answer["symbol"], answer["n"]) == ("SPY", 1)
    assert answer["cases"][0]["forward"]["1"]["difference"] == 0.0
    assert "every difference is 0" in output.err


def test_without_a_condition_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["after"]) == 0
    listing = capsys.readouterr().out
    assert "drawdown:DEPTH" in listing
    assert "death_cross[:SHORT=50][:LONG=200]" in listing


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["crash"], "expected one of below_after_above"),
        (["drawdown:0.1", "--horizon", "0"], "A horizon cannot be 0"),
        (["drawdown:0.1", "--cooldown", "-1"], "The cool-down cannot be -1"),
        (["vix_above:30"], "No prices of ^VIX"),
        (["--json"], "without --json they are listed"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence_and_code_2(
    folder: Path, arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["after", "--prices", str(folder), *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert reason in output.err


@pytest.mark.parametrize("symbols", [("IWM", "SPY"), ("^RUT", "^GSPC")])
def test_on_the_price_basis_the_missing_dividends_have_a_size(
    symbols: tuple[str, str], market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fund, benchmark = symbols
    arguments = ["--prices", str(market_data), "--symbol", fund, "--benchmark", benchmark]
    assert main(["after", "death_cross", *arguments]) == 0
    errors = capsys.readouterr().err
    assert f"Returns of {fund} and {benchmark} leave dividends out" in errors
    effect = "+0.61 pp a year without dividends, +0.09 pp with them"
    assert f"IWM less SPY since 2000-05-26: {effect}" in errors
