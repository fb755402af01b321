"""``python -m rut_dash claims``: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rut_dash.cli.process import main
from rut_dash.market.market import Market
from rut_dash.market.sources.demo import DemoSource
from tests.claims.samples import IDS

KEYS = {
    "id", "source", "verdict", "stated", "computed", "unit", "series", "basis", "as_of",
    "fits", "nearest", "today", "simulated", "explanation",
}  # fmt: skip


def claims_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["claims", "--json", *arguments]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_without_prices_the_answers_worked_by_hand_are_printed_and_labelled(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["claims", "--offline"]) == 0
    out, err = capsys.readouterr()
    assert "worked out by hand" in err
    head = "Verdicts are as of each claim's publication, worked out by hand from real bars."
    assert out.splitlines()[:2] == [head, ""]
    assert len(out.splitlines()) == 3 + len(IDS)
    assert "off (by hand)" in out
    rows = claims_json(capsys, "--offline", "--source", "A4")
    assert all(row["simulated"] for row in rows)
    assert {row["source"] for row in rows} == {"A4"}


def test_on_real_prices_every_claim_is_judged_as_of_its_publication(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = claims_json(capsys, "--prices", str(market_data))
    assert len(rows) == len(IDS)
    assert all(set(row) == KEYS for row in rows)
    assert not any(row["simulated"] for row in rows)
    first = rows[0]
    assert (first["id"], first["verdict"], first["as_of"]) == ("A0-1a", "off", "2025-05-13")
    assert first["computed"] == pytest.approx(3.417084, abs=1e-6)
    assert [fit["series"] for fit in first["fits"]] == ["IWM"]
    arguments = ("--prices", str(market_data), "--source", "A2", "--as-of", "2025-09-24")
    then = claims_json(capsys, *arguments)
    assert {row["today"]["as_of"] for row in then} == {"2025-09-24"}


def test_the_head_of_the_verdicts_says_how_old_the_last_bars_are(
    market_data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Market, "sessions_behind", lambda *_: 38)
    arguments = ("claims", "--prices", str(market_data), "--source", "A4")
    head = "Verdicts are as of each claim's publication, those of today"
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith(
        f"{head} by the last bars, 2026-05-29, 38 sessions behind the NYSE's last close.\n\n"
    )
    assert main([*arguments, "--as-of", "2025-09-24"]) == 0
    assert capsys.readouterr().out.startswith(f"{head} as of 2025-09-24.\n\n")


def test_an_unknown_source_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "--source", "A9"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "it must be one of A0, A1, A2, A3, A4" in err


def test_claims_of_the_users_file_are_added_to_the_ledger(
    market_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[claim]]\nid = "B1"\ntext = "IWM closed at 199.51"\nstated = 199.51\nseries = "IWM"\n'
        'as_of = 2025-04-01\ncheck = { kind = "level_at" }\n\n'
        '[[claim]]\ntext = "no check"\nas_of = 2025-04-01\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("RUT_DASH_CLAIMS", str(path))
    assert main(["claims", "--json", "--prices", str(market_data), "--source", "own"]) == 0
    out, err = capsys.readouterr()
    assert [(row["id"], row["verdict"]) for row in json.loads(out)] == [("B1", "confirmed")]
    assert "mine.toml, the second [[claim]]: the claim has no check" in err


BARS = "date,open,high,low,close,volume\n2025-05-09,1,2,1,{close},5\n2025-05-12,1,2,1,2,5\n"


@pytest.mark.parametrize(
    "content",
    [
        BARS.format(close=-1),
        BARS.format(close="much"),
        BARS.format(close=1).replace("2025-05-12", "2025-02-30"),
        BARS.format(close=1).replace("2025-05-12", "2025-05-09"),
        "",
        "\x00\x01",
    ],
)
@pytest.mark.parametrize("bad", [("QQQ",), ("IWM", "QQQ", "^RUT")])
def test_a_bad_price_file_affects_only_the_claims_on_its_symbol(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, bad: tuple[str, ...]
) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    frame = DemoSource().fetch("SPY").bars.rename_axis("date")
    frame.to_csv(folder / "_GSPC.csv", date_format="%Y-%m-%d")
    for symbol in bad:
        (folder / f"{symbol.replace('^', '_')}.csv").write_text(content)
    assert main(["claims", "--json", "--prices", str(folder)]) == 0
    out, err = capsys.readouterr()
    verdicts = {row["id"]: row for row in json.loads(out)}
    assert len(verdicts) == len(IDS)
    for symbol in bad:
        assert sum(symbol.replace("^", "_") in line for line in err.splitlines()) >= 1
    judged = {row["series"] for row in verdicts.values() if row["computed"] is not None}
    assert "^GSPC" in judged
    assert not judged & set(bad)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'[[claim]]\ntext = "no check"\nas_of = 2025-04-01\n', "the claim has no check"),
        (b"[[claim]]\ntext = 2025-02-30\n", "this is not TOML"),
        (b"\xff\xfe", "the file is not text in UTF-8"),
        (None, "the file cannot be read"),
    ],
)
def test_the_doctor_examines_the_file_of_own_claims(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    sentence: str,
) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("RUT_DASH_CLAIMS", str(path))
    for symbol in ("IWM", "SPY"):
        frame = DemoSource().fetch(symbol).bars.rename_axis("date")
        frame.to_csv(tmp_path / f"{symbol}.csv", date_format="%Y-%m-%d")
    main(["doctor", "--json", "--prices", str(tmp_path)])
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    [problem] = [text for text in report["problems"] if "mine.toml" in text]
    assert sentence in problem


def test_a_claim_without_a_series_is_judged_alone_as_among_others(
    market_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The truce of 12 May 2025 is an event of the catalogue: no price is needed."""
    own = tmp_path / "own.toml"
    own.write_text(
        "[[claim]]\n"
        'id = "mine"\ntext = "The truce came on 12 May 2025."\nas_of = 2025-05-13\n'
        'check = { kind = "event_date", event = "tariff-truce", '
        "expect_from = 2025-05-12, expect_to = 2025-05-12 }\n"
    )
    monkeypatch.setenv("RUT_DASH_CLAIMS", str(own))
    (row,) = claims_json(capsys, "--prices", str(market_data), "--source", "own")
    assert row["verdict"] == "confirmed"
