"""The command line: what it prints, where, and with which exit code.

The figures of the small files below are worked by hand. `tests/cli/test_summary_oracle.py`
compares whole summaries of real bars with a second reading of the same files.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from rut_dash.cli import options, process
from rut_dash.errors import SourceUnreachable, UnknownSymbol
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.history import PriceHistory
from rut_dash.market.market import Market
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.store import Store
from tests.fake_yahoo import FakeYahoo

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = "date,open,high,low,close,adjclose,volume,dividends,splits\n"
# Four sessions in a row, New Year's Day between them.
IWM = (
    HEADER
    + "2024-12-30,100,100,100,100,,10,0,0\n"
    + "2024-12-31,80,80,80,80,,10,0,0\n"
    + "2025-01-02,84,84,84,84,,10,0,0\n"
    + "2025-01-03,88,88,88,88,,10,0.84,0\n"
)
SPY = (
    HEADER
    + "2024-12-30,500,500,500,500,,10,0,0\n"
    + "2024-12-31,400,400,400,400,,10,0,0\n"
    + "2025-01-02,440,440,440,440,,10,0,0\n"
    + "2025-01-03,418,418,418,418,,10,0,0\n"
)
EVENTS = """
[[event]]
id = "in-session"
date = 2025-01-02
kind = "tariff"
label = "Counts from the last close of 2024"

[[event]]
id = "holiday"
date = 2025-01-01
timing = "after_close"
kind = "fed"
direction = "raise"
label = "So does this"

[[event]]
id = "a-low"
date = 2025-01-02
kind = "market"
label = "Counts from its own close"
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "prices"
    path.mkdir()
    (path / "IWM.csv").write_text(IWM)
    (path / "SPY.csv").write_text(SPY)
    return path


@pytest.fixture
def own_events(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(EVENTS)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs one command in this process: exit code, output, complaints."""

    def runner(*arguments: object) -> tuple[int, str, str]:
        try:
            code = process.main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse leaves this way
            code = int(str(stop.code))
        output = capsys.readouterr()
        return code, output.out, output.err

    return runner


def parsed(text: str) -> Any:
    """Return printed JSON; NaN and Infinity are none."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"JSON holds {word}"))


def use(monkeypatch: pytest.MonkeyPatch, market: Market) -> None:
    monkeypatch.setattr(options, "open_market", lambda *_, **__: market)


# --- summary -------------------------------------------------------------------------------


def test_a_summary_of_a_folder_says_what_its_prices_lack(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the pages do: the session that one leg lacks, a row left out, and how old they are."""
    (folder / "IWM.csv").write_text(
        IWM.replace("2025-01-02,84,84,84,84,,10,0,0", "2025-01-02,,,,,,,,")
    )
    monkeypatch.setattr(Market, "sessions_behind", lambda *_: 38)
    code, out, err = run("summary", "--prices", folder)
    assert code == 0, err
    assert "Prices are 38 sessions behind the NYSE's last close." in out
    assert err.splitlines() == [
        "rut_dash: Comparisons leave out the sessions that only one has: 1 of SPY.",
        "rut_dash: IWM lacks 1 session of the NYSE, left out and not filled: 2025-01-02.",
        "rut_dash: IWM: 1 row without a price left out (the first: 2025-01-02).",
    ]


def test_summary_prints_the_promised_object(run: Run, folder: Path, own_events: Path) -> None:
    """88/84-1, 88/80-1, 88/100-1, 418/440-1, ...: each from the four closes above."""
    code, out, err = run("summary", "--prices", folder, "--events", own_events, "--json")
    assert (code, err) == (0, "")
    answer = parsed(out)
    nothing = dict.fromkeys(["sma_50", "rsi_14", "macd", "macd_signal", "macd_hist"])
    iwm = answer["symbols"]["IWM"]
    names = ["as_of", "basis", "simulated", "sessions_behind", "symbols", "relative", "since"]
    assert list(answer) == names
    assert answer["sessions_behind"] > 300, "the bars end in January 2025"
    assert list(answer["symbols"]) == ["IWM", "SPY"]
    assert list(iwm) == [
        "close", "day_return", "ytd_return", "return_1y", "drawdown", "high", "high_date",
        "volatility_1y", "sma_50", "sma_200", "rsi_14", "macd", "macd_signal", "macd_hist",
        "weekly",
    ]  # fmt: skip
    assert (answer["as_of"], answer["basis"], answer["simulated"]) == ("2025-01-03", "price", False)
    assert iwm["close"] == 88
    assert iwm["day_return"] == pytest.approx(1 / 21)
    assert iwm["ytd_return"] == pytest.approx(0.10)
    assert iwm["return_1y"] is None
    assert iwm["drawdown"] == pytest.approx(-0.12)
    assert (iwm["high"], iwm["high_date"]) == (100, "2024-12-30")
    assert iwm["weekly"] == nothing
    assert answer["symbols"]["SPY"]["day_return"] == pytest.approx(-0.05)
    assert answer["symbols"]["SPY"]["ytd_return"] == pytest.approx(0.045)
    assert answer["relative"] == {
        "ratio": pytest.approx(88 / 418),
        "ratio_percentile": 1.0,
        "excess_ytd": pytest.approx(0.055),
        "beta_1y": None,
        "correlation_1y": None,
    }
    since = answer["since"]
    assert [row["date"] for row in since] == sorted(row["date"] for row in since)
    assert since[-3:] == [
        {
            "date": "2025-01-01",
            "label": "So does this",
            "IWM": pytest.approx(0.10),
            "SPY": pytest.approx(0.045),
        },
        {
            "date": "2025-01-02",
            "label": "Counts from its own close",
            "IWM": pytest.approx(1 / 21),
            "SPY": pytest.approx(-0.05),
        },
        {
            "date": "2025-01-02",
            "label": "Counts from the last close of 2024",
            "IWM": pytest.approx(0.10),
            "SPY": pytest.approx(0.045),
        },
    ]
    earlier = since[:-3]
    assert earlier[0]["date"] == f"{load_catalogue().events[0].date}"
    assert {(row["IWM"], row["SPY"]) for row in earlier} == {(None, None)}


def test_summary_on_total_return(run: Run, folder: Path) -> None:
    """The dividend takes 0.84/84 off every close before its ex-date: 99, 79.20, 83.16."""
    code, out, _ = run("--basis", "total", "summary", "--prices", folder, "--json")
    iwm = parsed(out)["symbols"]["IWM"]
    assert code == 0
    assert iwm["close"] == 88
    assert iwm["day_return"] == pytest.approx(88 / 83.16 - 1)
    assert iwm["ytd_return"] == pytest.approx(1 / 9)
    assert iwm["high"] == pytest.approx(99)


def test_as_of_ignores_later_bars_and_events(run: Run, folder: Path, own_events: Path) -> None:
    """On the holiday the last close counts; the dividend of January 3 has not been paid."""
    code, out, _ = run(
        "summary", "--prices", folder, "--as-of", "2025-01-01", "--basis", "total",
        "--events", own_events, "--json",
    )  # fmt: skip
    answer = parsed(out)
    assert code == 0
    assert answer["as_of"] == "2024-12-31"
    assert answer["symbols"]["IWM"]["high"] == 100
    assert answer["symbols"]["IWM"]["day_return"] == pytest.approx(-0.2)
    assert max(row["date"] for row in answer["since"]) <= "2024-12-31"


def test_the_legs_end_on_the_last_session_that_both_have(run: Run, folder: Path) -> None:
    (folder / "SPY.csv").write_text(SPY[: SPY.index("2025-01-03")])
    code, out, err = run("summary", "--prices", folder, "--json")
    assert code == 0
    assert parsed(out)["as_of"] == "2025-01-02"
    assert "IWM has bars up to 2025-01-03" in err


def test_options_are_accepted_before_and_after_the_command(run: Run, folder: Path) -> None:
    after = run("summary", "--prices", folder, "--json", "--as-of", "2025-01-02")
    before = run("--prices", folder, "--json", "--as-of", "2025-01-02", "summary")
    assert before == after
    assert parsed(before[1])["as_of"] == "2025-01-02"


def test_another_pair(run: Run, folder: Path) -> None:
    (folder / "_RUT.csv").write_text(IWM)
    code, out, _ = run("summary", "--prices", folder, "--fund", "^rut", "--json")
    answer = parsed(out)
    assert code == 0
    assert list(answer["symbols"]) == ["^RUT", "SPY"]
    assert list(answer["since"][0]) == ["date", "label", "^RUT", "SPY"]


def test_summary_as_text(run: Run, folder: Path, own_events: Path) -> None:
    code, out, err = run("summary", "--prices", folder, "--events", own_events)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "IWM against SPY, as of 2025-01-03, price basis"
    assert lines[1] == "Source: IWM.csv, SPY.csv"
    assert re.fullmatch(r"Prices are \d{3,} sessions behind the NYSE's last close\.", lines.pop(2))
    cells = [line.split() for line in lines]
    assert ["Close", "88.00", "418.00"] in cells
    assert ["Day", "+4.76%", "−5.00%"] in cells
    assert ["Year", "to", "date", "+10.00%", "+4.50%"] in cells
    assert ["One", "year", "–", "–"] in cells
    assert ["2025-01-01", "So", "does", "this", "+10.00%", "+4.50%", "–", "–"] in cells
    assert len({len(line) for line in lines[3:23]}) == 1, "the columns are aligned"
    assert "nan" not in out.lower()
    assert "None" not in out


def test_a_bad_event_row_is_reported_and_the_summary_printed(
    run: Run, folder: Path, own_events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_events.write_text(EVENTS.replace('kind = "fed"', 'kind = "feds"'))
    monkeypatch.setenv("RUT_DASH_EVENTS", str(own_events))
    code, out, err = run("summary", "--prices", folder, "--json")
    assert code == 0
    assert f"{own_events}, the second [[event]], 'holiday': the kind 'feds' is unknown" in err
    assert [row["date"] for row in parsed(out)["since"][-2:]] == ["2025-01-02"] * 2


def test_without_prices_the_demo_is_used_and_labelled(run: Run) -> None:
    code, out, err = run("summary", "--offline", "--json")
    assert code == 0
    assert parsed(out)["simulated"] is True
    assert "What follows is simulated." in err
    code, out, err = run("summary", "--offline")
    assert code == 0
    assert "SIMULATED" in out


def test_the_demo_replaces_its_own_symbols_only(run: Run) -> None:
    code, out, err = run("summary", "--offline", "--fund", "IWO", "--json")
    assert (code, out) == (2, "")
    assert err.startswith("rut_dash: No prices of IWO from the store: ")
    assert err.count("\n") == 1


def test_the_store_answers_offline(run: Run, folder: Path) -> None:
    assert run("import", folder)[0] == 0
    code, out, err = run("summary", "--offline", "--json")
    assert (code, err) == (0, "")
    assert parsed(out)["symbols"]["IWM"]["ytd_return"] == pytest.approx(0.10)
    assert parsed(out)["simulated"] is False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["summary", "--as-of", "2025-02-30"], "'2025-02-30' is no date such as 2025-05-12"),
        (["summary", "--as-of", "20250212"], "'20250212' is no date"),
        (["summary", "--as-of", "1999-01-04"], "1999-01-04 is out of range"),
        (["summary", "--fund", "KRE"], "No prices of KRE from the folder"),
        (["summary", "--fund", "../etc"], "'../etc' is not a ticker such as IWM"),
        (["summary", "--fund", "SPY"], "a fund cannot be compared with itself"),
        (["summary", "--basis", "nominal"], "invalid choice: 'nominal'"),
        (["summary", "--fund", "^RUT", "--basis", "total"], "^RUT has no total return basis"),
        (["summary", "--events", "none.toml"], "there is no file 'none.toml'"),
        (["summary", "--jso"], "unrecognized arguments: --jso"),
        (["summary", "--prices", "no-such-folder"], "there is no folder 'no-such-folder'"),
        (["summarise"], "invalid choice: 'summarise'"),
        (["events", "--as-of", "1999-01-04"], "1999-01-04 is out of range"),
        (["events", "--fund", "KRE"], "No prices of KRE from the folder"),
        (["fetch"], "fetch needs the network and the store"),
        (["import", "no-such-file.csv"], "is not in use: prices are read from a folder"),
        ([], "required: COMMAND"),
    ],
)
def test_a_question_without_an_answer_is_refused_in_one_sentence(
    run: Run, folder: Path, arguments: list[str], sentence: str
) -> None:
    (folder / "_RUT.csv").write_text(IWM)
    code, out, err = run("--prices", folder, *arguments)
    assert code == 2
    assert out == ""
    assert sentence in err
    assert err.startswith("rut_dash: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize("symbol", ["VOD.L", "RY.TO", "BTC-USD", "EURUSD=X", "^N225"])
@pytest.mark.parametrize("command", ["summary", "events", "claims", "doctor", "fetch"])
@pytest.mark.parametrize("where", ["", "--offline", "--prices"])
def test_a_symbol_of_another_exchange_is_refused_in_one_sentence_before_any_request(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, symbol: str, command: str,
    where: str,
) -> None:  # fmt: skip
    options = {"": [], "--offline": ["--offline"], "--prices": ["--prices", folder]}[where]
    arguments = [symbol] if command == "fetch" else [f"--fund={symbol}"]
    with FakeYahoo() as yahoo:
        for name, value in yahoo.environment().items():
            monkeypatch.setenv(name, value)
        code, out, err = run(command, *arguments, *options)
        assert yahoo.requests == []
    assert (code, out) == (2, "")
    assert f"{symbol!r} is not a symbol of a US exchange, as IWM ({symbol} is " in err
    assert "figures here are in US dollars, on the sessions of the NYSE)" in err
    assert err.count("\n") == 1


def test_a_file_with_a_bad_row_is_refused_with_its_line(run: Run, folder: Path) -> None:
    (folder / "SPY.csv").write_text(
        SPY.replace("2025-01-02,440,440,440,440", "2025-01-02,440,440,440,-440")
    )
    code, out, err = run("summary", "--prices", folder)
    assert (code, out) == (2, "")
    assert "SPY.csv, line 4: " in err


# --- events --------------------------------------------------------------------------------


def test_events_are_listed_with_what_both_did(run: Run, folder: Path, own_events: Path) -> None:
    code, out, err = run("events", "--prices", folder, "--events", own_events, "--json")
    answer = parsed(out)
    assert (code, err) == (0, "")
    assert list(answer) == [
        "as_of", "basis", "simulated", "complete_until", "problems", "window", "events",
    ]  # fmt: skip
    assert answer["window"] == 60
    assert answer["as_of"] == "2025-01-03"
    assert set(answer["complete_until"]) == set(load_catalogue().complete_until)
    assert answer["problems"] == []
    rows = {row["id"]: row for row in answer["events"]}
    assert rows["in-session"] == {
        "id": "in-session",
        "date": "2025-01-02",
        "timing": "in_session",
        "kind": "tariff",
        "direction": None,
        "label": "Counts from the last close of 2024",
        "source": "mine.toml",
        "known_from": "2025-01-02",
        "anchor": "2024-12-31",
        "first_session": "own",
        "since": {"IWM": pytest.approx(0.10), "SPY": pytest.approx(0.045)},
        "before": {
            "1": {"IWM": pytest.approx(-0.2), "SPY": pytest.approx(-0.2)},
            **{str(n): {"IWM": None, "SPY": None} for n in (5, 20, 60)},
        },
        "after": {
            "1": {"IWM": pytest.approx(0.05), "SPY": pytest.approx(0.10)},
            **{str(n): {"IWM": None, "SPY": None} for n in (5, 20, 60)},
        },
        "excess": {
            "1": pytest.approx(-0.05),
            "5": None,
            "20": None,
            "60": None,
            "since": pytest.approx(0.055),
        },
        "max_loss": {"IWM": 0.0, "SPY": 0.0},
        "max_drawdown": {"IWM": 0.0, "SPY": pytest.approx(-0.05)},
        "sessions_after": 2,
    }
    early = rows["fed-2000-02-02"]
    assert early["anchor"] is None
    assert early["since"] == {"IWM": None, "SPY": None}


def test_events_to_come_are_listed_without_figures(run: Run, folder: Path) -> None:
    later = parsed(run("events", "--prices", folder, "--json")[1])["events"][-1]
    assert later["date"] > "2025-01-03"
    assert later["anchor"] is None
    assert later["since"] == {"IWM": None, "SPY": None}
    then = parsed(run("events", "--prices", folder, "--as-of", "2025-01-02", "--json")[1])
    assert max(row["date"] for row in then["events"]) <= "2025-01-02"
    assert then["complete_until"]["index"] == "2025-01-02"


def test_events_are_narrowed_by_kind_and_direction(run: Run, folder: Path) -> None:
    def listed(*options: str) -> set[tuple[str, str | None]]:
        answer = parsed(run("events", "--prices", folder, "--json", *options)[1])
        return {(row["kind"], row["direction"]) for row in answer["events"]}

    assert listed("--kind", "fed") == {("fed", "cut"), ("fed", "raise")}
    assert listed("--direction", "low") == {("market", "low")}
    assert listed("--kind", "fed", "--kind", "market", "--direction", "cut") == {("fed", "cut")}
    assert listed("--direction", "high", "--direction", "raise") == {
        ("market", "high"), ("fed", "raise"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--kind", "tariff", "--direction", "cut"], "expected no direction"),
        (["--kind", "fed", "--direction", "low"], "expected one of cut, raise"),
        (["--kind", "fee"], "invalid choice: 'fee'"),
    ],
)
def test_a_direction_that_no_kind_listed_has_is_refused(
    run: Run, folder: Path, options: list[str], sentence: str
) -> None:
    code, out, err = run("events", "--prices", folder, *options)
    assert (code, out) == (2, "")
    assert sentence in err


def test_events_exit_with_1_where_a_row_is_bad(run: Run, folder: Path, own_events: Path) -> None:
    own_events.write_text(EVENTS.replace("2025-01-01", '"New Year"'))
    code, out, err = run("events", "--prices", folder, "--events", own_events, "--json")
    answer = parsed(out)
    assert code == 1
    assert len(answer["problems"]) == 1
    assert "the second [[event]], 'holiday': the date must be a day alone" in err
    assert {"in-session", "a-low", "liberation-day"} <= {row["id"] for row in answer["events"]}


def test_events_are_listed_without_any_prices(run: Run) -> None:
    code, out, err = run("events", "--offline", "--fund", "IWO", "--json")
    answer = parsed(out)
    assert code == 0
    assert answer["as_of"] is None
    assert "listed without figures" in err
    assert len(answer["events"]) > 100
    assert answer["events"][0]["since"] == {"IWO": None, "SPY": None}


@pytest.mark.parametrize("by", ["argument", "setting"])
def test_events_of_a_folder_that_lacks_a_symbol_are_refused(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    arguments = ("--prices", folder) if by == "argument" else ()
    if by == "setting":
        monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    code, out, err = run("events", "--fund", "IWO", *arguments)
    assert (code, out) == (2, "")
    assert "No prices of IWO" in err


def test_events_as_text(run: Run, folder: Path, own_events: Path) -> None:
    code, out, _ = run("events", "--prices", folder, "--events", own_events)
    assert code == 0
    (line,) = [line for line in out.splitlines() if "last close of 2024" in line]
    assert line.split("own session")[1].split() == [
        "+5.0%", "–", "–", "–", "+10.0%", "0.0%*", "0.0%*",
        "+10.0%", "–", "–", "–", "+4.5%", "0.0%*", "−5.0%*",
        "−5.0", "pp", "–", "–", "–", "+5.5", "pp",
    ]  # fmt: skip
    assert "Fed funds target: every change of the target since 2000; complete up to" in out


# --- fetch, import -------------------------------------------------------------------------


class Source:
    """A source that knows IWM and SPY, as the hand-made files have them."""

    name = "a test source"
    simulated = False

    def __init__(self, folder: Path) -> None:
        self.folder = FolderSource(folder)

    def fetch(self, symbol: str, start: date | None = None) -> PriceHistory:
        if symbol == "NOPE":
            raise UnknownSymbol(symbol, self.name)
        if symbol == "DOWN":
            raise SourceUnreachable(symbol, self.name)
        return self.folder.fetch(symbol, start)


def fetching(folder: Path, tmp_path: Path) -> Market:
    closed = datetime(2025, 1, 4, 12, tzinfo=UTC)  # the Saturday after the last bar
    return Market(Store(str(tmp_path / "store")), Source(folder), clock=lambda: closed)


def test_fetch_stores_what_a_source_gives(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, fetching(folder, tmp_path))
    code, out, err = run("fetch", "iwm", "SPY", "IWM")
    assert code == 0
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["IWM", "fetched", "4", "4", "2025-01-03"],
        ["SPY", "fetched", "4", "4", "2025-01-03"],
    ]
    assert "2/2" in err, "the progress bar"
    assert run("fetch", "IWM", "--json")[:2] == (
        0,
        json.dumps(
            {
                "results": [
                    {
                        "symbol": "IWM", "status": "current", "rows_added": 0, "rows": 4,
                        "last_session": "2025-01-03", "problem": None, "retry_at": None,
                    }
                ]
            },
            indent=2,
        )
        + "\n",
    )  # fmt: skip


def test_fetch_reports_failures_and_stores_the_rest(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, fetching(folder, tmp_path))
    code, out, err = run("fetch", "NOPE", "DOWN", "IWM", "--json")
    assert code == 1
    assert [row["status"] for row in parsed(out)["results"]] == ["failed", "failed", "fetched"]
    sentences = err.splitlines()
    assert len(sentences) == 2
    assert "it knows no such symbol" in sentences[0]
    assert "it cannot be reached from here" in sentences[1]


def test_an_unknown_symbol_is_no_reason_for_the_demo(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, fetching(folder, tmp_path))
    code, out, err = run("summary", "--fund", "NOPE", "--json")
    assert (code, out) == (2, "")
    assert "it knows no such symbol" in err


def test_import_lists_imported_and_refused_files(run: Run, folder: Path) -> None:
    (folder / "QQQ.csv").write_text(SPY.replace("440", "-440"))
    (folder / "notes.csv").write_text("a,b\n1,2\n")
    code, out, err = run("import", folder)
    assert code == 0
    table = {line.split()[0]: line.split()[1:3] for line in out.splitlines()[1:5]}
    assert table == {
        "IWM.csv": ["IWM", "imported"],
        "QQQ.csv": ["QQQ", "refused"],
        "SPY.csv": ["SPY", "imported"],
        "notes.csv": ["–", "skipped"],
    }
    assert "QQQ.csv, line 4: " in err
    assert "notes.csv" in out.splitlines()[-1]
    assert len(err.splitlines()) == 1


def test_import_exits_with_1_where_nothing_was_imported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "IWM.csv"
    path.write_text(HEADER)
    code, out, err = run("import", path, "--json")
    assert code == 1
    assert parsed(out)["results"][0]["status"] == "refused"
    assert "there are no rows" in err
    code, out, err = run("import", tmp_path / "none.csv")
    assert (code, out) == (2, "")
    assert "there is no such file" in err


# --- doctor --------------------------------------------------------------------------------


def test_doctor_finds_nothing_wrong_with_sound_files(run: Run, folder: Path) -> None:
    code, out, _ = run("doctor", "--prices", folder)
    assert code == 0
    assert out.splitlines()[-1] == "Nothing is wrong."
    answer = parsed(run("doctor", "--prices", folder, "--json")[1])
    assert answer["ok"] is True
    assert [row["symbol"] for row in answer["symbols"]] == ["IWM", "SPY"]
    assert answer["symbols"][0]["rows"] == 4
    assert answer["symbols"][0]["first_session"] == "2024-12-30"


def gap(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if "2025-01-02" not in line)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("IWM.csv", gap(IWM), "IWM: 1 session missing: 2025-01-02."),
        (
            "IWM.csv", IWM.replace("2025-01-02", "2025-01-01"),
            "there is a row on 2025-01-01, when the NYSE was closed",
        ),
        (
            "IWM.csv", IWM.replace(",0.84,", ",,"),
            "IWM: Dividends of IWM are not known on 2025-01-03 and count as none",
        ),
        (
            "IWM.csv",
            IWM.replace("80,,", "80,80,").replace("84,,", "84,84,").replace("88,,", "88,88,"),
            "disagree with the dividends on 1 session: 2025-01-03.",
        ),
        ("IWM.csv", IWM.replace("84,84,84,84", "84,84,84,-84"), "IWM: "),
        ("KRE.csv", HEADER, "KRE: "),
    ],
)  # fmt: skip
def test_doctor_exits_with_1_and_names_each_problem(
    run: Run, folder: Path, name: str, text: str, sentence: str
) -> None:
    (folder / name).write_text(text)
    code, out, _ = run("doctor", "--prices", folder)
    assert code == 1
    assert "\nProblems\n" in out
    assert sentence in out
    assert parsed(run("doctor", "--prices", folder, "--json")[1])["ok"] is False


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (IWM.replace("2025-01-02,84,", "2025-01-02,0,"), "open"),
        (IWM + "2025-01-09,242,242,242,242,242,0,0,0\n", "NYSE was closed"),
    ],
    ids=["a bad open is blank", "a row of a holiday is left out"],
)
def test_doctor_exits_with_0_where_every_return_is_intact(
    run: Run, folder: Path, text: str, remark: str
) -> None:
    sound = parsed(run("summary", "--prices", folder, "--json")[1])["symbols"]["IWM"]
    assert text != IWM
    (folder / "IWM.csv").write_text(text)
    code, out, _ = run("doctor", "--prices", folder)
    assert code == 0
    assert out.endswith("Nothing is wrong.\n")
    remarks = out.partition("\nRemarks\n")[2]
    assert "  IWM: " in remarks
    assert remark in remarks
    again = parsed(run("summary", "--prices", folder, "--json")[1])["symbols"]["IWM"]
    assert again["ytd_return"] == sound["ytd_return"]


def test_doctor_exits_with_1_where_a_close_is_refused(run: Run, folder: Path) -> None:
    (folder / "IWM.csv").write_text(IWM.replace("84,84,84,84", "84,84,84,0"))
    code, out, _ = run("doctor", "--prices", folder)
    assert code == 1
    assert "the close is not positive on 2025-01-02" in out.partition("\nProblems\n")[2]


def test_doctor_exits_with_0_on_remarks_alone(run: Run, folder: Path) -> None:
    (folder / "FRED_X.csv").write_text("observation_date,X\n2025-01-02,1\n")
    adjusted = "date,adjclose\n2025-01-02,84\n2025-01-03,88\n"
    (folder / "IWO.csv").write_text(adjusted)
    code, out, _ = run("doctor", "--prices", folder)
    assert code == 0
    assert "FRED_X.csv: it is not a price file" in out
    assert "IWO: Adjusted closes only" in out


def test_doctor_of_an_empty_store_lists_both_legs_as_missing(run: Run) -> None:
    code, out, _ = run("doctor", "--offline", "--json")
    answer = parsed(out)
    assert code == 1
    assert [row["symbol"] for row in answer["symbols"]] == ["IWM", "SPY"]
    assert answer["symbols"][0]["problems"] == ["There are no bars; fetch or import them."]


def test_doctor_of_a_fresh_store_and_of_a_stale_one(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, fetching(folder, tmp_path))
    assert run("fetch", "IWM", "SPY")[0] == 0
    assert run("doctor")[0] == 0
    later = datetime(2025, 1, 8, 12, tzinfo=UTC)  # Monday's and Tuesday's sessions have closed
    stale = Market(Store(str(tmp_path / "store")), None, clock=lambda: later)
    use(monkeypatch, stale)
    code, out, _ = run("doctor")
    assert code == 1
    assert "IWM: 2 closed sessions behind since 2025-01-03: fetch again." in out
    assert run("doctor", "--as-of", "2025-01-02")[0] == 0


def test_doctor_prints_the_last_failure(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, fetching(folder, tmp_path))
    assert run("fetch", "IWM", "SPY", "DOWN")[0] == 1
    code, out, _ = run("doctor", "--fund", "DOWN")
    assert code == 1
    assert "DOWN: Last try: " in out
    assert "it cannot be reached from here" in out


def test_doctor_of_a_damaged_store(run: Run, folder: Path, tmp_path: Path) -> None:
    assert run("import", folder)[0] == 0
    (stored,) = [path for path in (tmp_path / "store").iterdir() if path.name == "IWM.parquet"]
    stored.write_bytes(b"no Parquet")
    code, out, _ = run("doctor", "--offline")
    assert code == 1
    assert "IWM.parquet" in out


def test_doctor_reads_the_event_file(run: Run, folder: Path, own_events: Path) -> None:
    own_events.write_text("this is not TOML")
    code, out, _ = run("doctor", "--prices", folder, "--events", own_events)
    assert code == 1
    assert "only the shipped events are used" in out


# --- The process ---------------------------------------------------------------------------


def run_interpreter(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rut_dash", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_process_answers_and_exits(folder: Path) -> None:
    done = run_interpreter("summary", "--prices", folder, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert parsed(done.stdout)["as_of"] == "2025-01-03"
    done = run_interpreter("summary", "--prices", folder, "--as-of", "yesterday")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert run_interpreter("--help").stdout.startswith("usage: python -m rut_dash")


def test_a_closed_output_pipe_is_not_an_error(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "rut_dash", "events", "--prices", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    ) as reader:  # fmt: skip
        assert reader.stdout is not None
        assert reader.stderr is not None
        reader.stdout.close()
        assert reader.stderr.read() == b""
        assert reader.wait() == 0


def test_a_console_without_a_minus_sign(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rut_dash", "summary", "--prices", str(folder)],
        capture_output=True, cwd=ROOT, check=False,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == 0
    assert b"?5.00%" in done.stdout
    assert done.stderr == b""


# --- Real bars -----------------------------------------------------------------------------


def test_the_truce_on_real_bars(run: Run, market_data: Path) -> None:
    """Closes of the files: IWM 200.81 and 207.87, SPY 564.34 and 582.99; 174.82 and 496.48."""
    code, out, _ = run("summary", "--prices", market_data, "--as-of", "2025-05-12", "--json")
    answer = parsed(out)
    assert code == 0
    assert answer["as_of"] == "2025-05-12"
    since = {row["label"]: row for row in answer["since"]}
    truce = since["US-China tariff truce of 90 days (Geneva)"]
    assert truce["IWM"] == pytest.approx(207.869995 / 200.809998 - 1, abs=1e-9)
    assert truce["SPY"] == pytest.approx(582.98999 / 564.340027 - 1, abs=1e-9)
    pause = since["Reciprocal tariffs paused for 90 days, China excepted"]  # from 2025-04-08
    assert pause["IWM"] == pytest.approx(207.869995 / 174.820007 - 1, abs=1e-9)
    assert pause["SPY"] == pytest.approx(582.98999 / 496.480011 - 1, abs=1e-9)
    assert "Low of April 2025 (close of IWM)" not in since, "nobody knew it before 2025-05-16"
    assert since["Fed raises 25 bp to 5.75%"]["IWM"] is None, "the fund began in May 2000"
    assert since["Fed raises 25 bp to 5.75%"]["SPY"] is not None


@pytest.mark.parametrize("command", ["summary", "events"])
def test_the_april_low_is_listed_from_the_session_on_which_it_was_known(
    run: Run, market_data: Path, command: str
) -> None:
    """A fifth above 174.82 is 209.78. IWM closed at 208.13, then at 209.85."""
    for as_of, known in (("2025-05-15", False), ("2025-05-16", True)):
        answer = parsed(run(command, "--prices", market_data, "--as-of", as_of, "--json")[1])
        labels = {row["label"] for row in answer["since" if command == "summary" else "events"]}
        assert ("Low of April 2025 (close of IWM)" in labels) is known
        if command == "events":
            assert answer["complete_until"]["market"] == ("2025-04-08" if known else "2024-11-25")


def test_doctor_distinguishes_price_files_from_other_files(run: Run, market_data: Path) -> None:
    code, out, _ = run("doctor", "--prices", market_data, "--json")
    answer = parsed(out)
    by_symbol = {row["symbol"]: row for row in answer["symbols"]}
    assert code == 1, "^IRX has closes that are not positive"
    assert by_symbol["IWM"]["problems"] == []
    assert by_symbol["SPY"]["problems"] == []
    assert by_symbol["^GSPC"]["missing"] == []
    assert by_symbol["^VIX"]["problems"] == []
    assert any("2026-05-25" in remark for remark in by_symbol["^VIX"]["remarks"])
    assert {row["file"] for row in answer["files"]} >= {"fed_funds_target.csv", "FRED_DGS10.csv"}
    assert not any(row["problems"] for row in answer["files"])


def test_a_summary_imports_only_what_it_needs(folder: Path) -> None:
    """`python -m bench` has its time; what makes it long is what it imports."""
    code = (
        "import sys; from rut_dash.cli.process import main;"
        f"main(['summary', '--prices', {str(folder)!r}, '--json']);"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    imported = set(done.stderr.split())
    assert "rut_dash.analysis.summary" in imported
    slow = {"streamlit", "plotly", "yfinance", "exchange_calendars", "curl_cffi", "scipy", "tqdm"}
    assert not imported & slow
    assert not {name for name in imported if name.startswith(("rut_dash.claims", "rut_dash.ui"))}
