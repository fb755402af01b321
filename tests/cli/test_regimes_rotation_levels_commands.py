"""The commands ``regimes``, ``rotation`` and ``levels``: their JSON, tables and refusals."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from rut_dash.cli.process import main

DAYS = ("2025-01-02", "2025-01-03", "2025-01-06")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    for symbol in ("IWM", "SPY"):
        rows = "\n".join(f"{day},{10 + at}" for at, day in enumerate(DAYS))
        (tmp_path / f"{symbol}.csv").write_text(f"date,close\n{rows}\n")
    return tmp_path


@pytest.fixture
def answer(market_data: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> Any:
        assert main([*arguments, "--prices", str(market_data), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def test_regimes_have_the_spell_in_force_and_figures_of_each_state(answer: Any) -> None:
    result = answer("regimes")
    assert set(result["regimes"]) == {"average", "volatility", "vix", "drawdown", "ratio_trend"}
    average = result["regimes"]["average"]
    assert average["now"]["state"] == "above"
    assert average["now"]["to"] == "2026-05-29"
    growth = math.prod(state["growth"] for state in average["states"].values())
    assert growth == pytest.approx(result["base"]["growth"])
    assert sum(spell["length"] for spell in average["spells"]) == result["sessions"]


def test_regimes_without_the_vix_say_so(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regimes", "--prices", str(small)]) == 0
    output = capsys.readouterr()
    assert "^VIX" in output.err
    assert "The answer is without it." in output.err
    assert "not known yet" in output.out


def test_rotation_places_the_symbols_that_it_has(answer: Any) -> None:
    result = answer("rotation", "QQQ", "KRE", "PSCT")
    assert list(result["symbols"]) == ["IWM", "QQQ", "KRE"]
    assert result["missing"] == ["PSCT"]
    assert result["symbols"]["KRE"]["as_of"] == "2026-05-01"
    qqq = result["symbols"]["QQQ"]
    assert qqq["quadrant"] == "above and rising"
    assert len(qqq["tail"]) == 12
    assert qqq["tail"][-1] == {"week": "2026-05-29", "x": qqq["x"], "y": qqq["y"]}


def test_rotation_names_what_is_not_on_the_map_in_one_sentence(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rotation", "--prices", str(market_data)]) == 0
    output = capsys.readouterr()
    assert "Not on the map: IWO, RSP, PSCC" in output.err
    assert "Prices of KRE end on 2026-05-01: it is placed there." in output.err
    assert "leave dividends out" in output.err
    assert "benchmark" in output.out


def test_rotation_on_total_return_has_the_file_of_adjusted_closes(answer: Any) -> None:
    result = answer("rotation", "IWO", "--basis", "total")
    assert "IWO" in result["symbols"]
    assert result["without_dividends"] == []


def test_rotation_of_symbols_without_prices_is_refused(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rotation", "QQQ", "--prices", str(small)]) == 2
    assert "No prices of QQQ" in capsys.readouterr().err


def test_rotation_of_a_short_history_has_no_place(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rotation", "IWM", "--prices", str(small), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["symbols"]["IWM"]
    assert (row["x"], row["quadrant"], row["tail"], row["share_of_weeks"]) == (None, None, [], None)


def test_levels_that_are_named_have_touches_beside_random_ones(answer: Any) -> None:
    result = answer("levels", "240:245", "200")
    assert [(zone["low"], zone["high"]) for zone in result["zones"]] == [(240, 245), (200, 200)]
    assert (result["heuristic"], result["tried"]) == (True, None)
    zone = result["zones"][0]
    assert len(zone["touches"]) == zone["turned"] + zone["broke"] + zone["open"]
    assert result["placebo"] == {"draws": 200, "seed": 0}
    assert 0 <= zone["random"]["share_with_as_many"] <= 1
    assert result["channel"]["lower"] < result["channel"]["middle"] < result["channel"]["upper"]


def test_levels_that_are_found_name_how_many_were_tried(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["levels", "--prices", str(market_data)]) == 0
    out = capsys.readouterr().out
    assert "a heuristic, not a definition" in out
    assert "5 zones found where the price turned most often, of " in out


def test_levels_of_closes_alone_are_those_of_the_closes(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["levels", "11", "--prices", str(small), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [touch["start"] for touch in result["zones"][0]["touches"]] == ["2025-01-03"]
    assert result["channel"] is None


@pytest.mark.parametrize("level", ["high", "245:240", "0", "nan", "1:2:3"])
def test_a_level_that_is_none_is_refused(
    level: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["levels", "--prices", str(small), "--", level]) == 2
    assert "a price such as 245, or a zone such as 240:245" in capsys.readouterr().err
