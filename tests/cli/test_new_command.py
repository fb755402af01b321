"""A new command is one row, or one file: help, arguments and exit code follow from it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from rut_dash.cli import commands
from rut_dash.cli.command import COMMANDS, Command, command_names
from rut_dash.cli.options import market_of
from rut_dash.cli.printing import print_json
from rut_dash.cli.process import main
from rut_dash.errors import NoPrices

FILE = """
from rut_dash.cli.command import Command

COMMAND = Command("greet", "Print a greeting.", lambda arguments: print("hello") or 0)
"""


def count_symbols(arguments: argparse.Namespace) -> int:
    symbols = market_of(arguments).symbols()
    print_json({"symbols": len(symbols), "limit": arguments.limit})
    return 0 if len(symbols) <= arguments.limit else 1


ROW = Command(
    "count",
    "Print how many symbols there are.",
    count_symbols,
    lambda parser: parser.add_argument("--limit", type=int, default=1) and None,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "prices"
    path.mkdir()
    for symbol in ("IWM", "SPY"):
        (path / f"{symbol}.csv").write_text("date,close\n2025-01-02,10\n2025-01-03,11\n")
    return path


def test_a_row_runs_with_the_common_options_and_its_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with COMMANDS.with_row(ROW):
        assert main(["count", "--prices", str(folder), "--limit", "2"]) == 0
        assert json.loads(capsys.readouterr().out) == {"symbols": 2, "limit": 2}
        assert main(["--prices", str(folder), "count"]) == 1
    assert "count" not in command_names()


def test_a_row_is_in_the_help_and_has_help_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with COMMANDS.with_row(ROW):
        with pytest.raises(SystemExit) as stop:
            main(["--help"])
        assert stop.value.code == 0
        listing = capsys.readouterr().out
        assert "count" in listing
        assert "Print how many symbols there are." in listing
        assert "summary" in listing
        with pytest.raises(SystemExit):
            main(["count", "--help"])
        own = capsys.readouterr().out
        assert "--limit" in own
        assert "--as-of" in own


def test_errors_of_a_row_become_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: argparse.Namespace) -> int:
        raise NoPrices("IWM", "the test")

    with COMMANDS.with_row(Command("fail", "Fail.", fail)):
        assert main(["fail"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    answer = "it answered without any prices"
    assert output.err == f"rut_dash: No prices of IWM from the test: {answer}.\n"


def test_a_file_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "greet_command.py").write_text(FILE)
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    assert "greet" in command_names()
    assert main(["greet"]) == 0
    assert capsys.readouterr().out == "hello\n"
    monkeypatch.delitem(COMMANDS._rows, "greet")


def test_a_misspelt_command_is_refused_with_all_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["sumary"])
    assert stop.value.code == 2
    sentence = capsys.readouterr().err
    assert all(name in sentence for name in command_names())
