"""Nothing after the as-of changes a study: the answer is that of files that end there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rut_dash.cli.process import main
from rut_dash.market import calendar
from tests.oracles import candles, walk

DAYS = calendar.sessions(pd.Timestamp("2016-01-04"), pd.Timestamp("2020-12-31"))
AS_OF = "2020-08-12"
STUDIES = (
    "after death_cross:20:50",
    "after drawdown:0.05@ratio --cooldown 5",
    "after event:fed:cut",
    "after event:market",
    "after vix_above:110",
    "after lowest:0.1",
    "study --kind fed --direction raise",
    "study --kind market",
    "study --event 2019-08-01",
    "cycles",
    "cycles --first-cut every",
    "seasonality --window 11-01:04-30",
    "streaks --of lead",
    "streaks --step month",
    "unusual",
    "regimes",
    "rotation QQQ",
    "levels",
    "levels 100:102",
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a folder of whole files, and one of the same files up to the as-of."""
    whole, cut = (tmp_path_factory.mktemp(name) for name in ("whole", "cut"))
    for seed, symbol in enumerate(("IWM", "SPY", "QQQ", "_VIX")):
        close = walk(len(DAYS), seed=seed + 1).set_axis(DAYS.rename("date"))
        bars = candles(close, seed + 10)
        # A crash after the as-of, for whatever looks at it.
        bars.loc["2020-08-13":, ["open", "high", "low", "close"]] *= 0.8
        for folder, rows in ((whole, bars), (cut, bars.loc[:AS_OF])):
            rows.assign(dividends=0.0, splits=0.0).to_csv(folder / f"{symbol}.csv")
    return whole, cut


@pytest.mark.parametrize("basis", ["price", "total"])
@pytest.mark.parametrize("study", STUDIES)
def test_a_study_as_of_a_day_is_that_of_files_that_end_there(
    study: str, basis: str, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for folder in folders:
        common = ["--prices", str(folder), "--as-of", AS_OF, "--basis", basis, "--json"]
        assert main([*study.split(), *common]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
    assert '"as_of": "2020-08-12"' in answers[0] or study.startswith("cycles")
