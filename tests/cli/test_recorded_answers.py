"""The answers of the command line are those recorded earlier, to the byte.

The answers on the demo are files beside this test. Of those on real prices, which are not part
of the repository, there are digests. An answer that changes on purpose is recorded anew in the
commit that changes it, which says why.
"""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Final

import pytest

from rut_dash.cli.process import main
from rut_dash.market.market import Market

RECORDED: Final = Path(__file__).with_name("recorded")
COMMANDS: Final = ("summary", "events", "claims")
DIGESTS: Final = {
    "summary": ("796397a666fff0cd220c827c2e0f6b3ceefaa61f00e69fd4f42ad2089117a2d1"),
    "events": ("fb2c703e7e48a4cf959f9758911d3d0070f93386dd7e9c68fa415a7c395b5709"),
    "claims": ("f2d81b9df701539280128eadce19f2f8a5fd0f7a4a47b333bcbffd7ed67de658"),
    "claims --source A1": ("5b0fedccd90f048f159f7d2ac09838ad13be9745a1eb6ecac996ad4280902f66"),
    "events --as-of 2025-05-12": (
        "8af7eb497c721acf48ff4be091125406d10906332a41cb82ed6cd80f1a14a8f3"
    ),
    "summary --as-of 2025-05-12 --basis total": (
        "b8323e2a856272411a297d2c6a02afee57b13035040b003575029de45e2a0309"
    ),
    "summary --as-of 2025-05-12 --basis price": (
        "a1d22cb0421038137f4881eaca7cb3316efe3bdfce41d36d4a9b79dd011c7e90"
    ),
    "summary --as-of 2020-03-23 --basis total": (
        "698d9d1828db31b65203e93a0a37fb786414278c4be991a1c59d26f9c6c5b0a2"
    ),
    "summary --as-of 2020-03-23 --basis price": (
        "99803c4c9e88662b8031097c36acf47d6374d78dbb631d3fd887f1f6d133ed52"
    ),
}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the real prices, which end on 2026-05-29, be five sessions behind."""
    monkeypatch.setattr(Market, "sessions_behind", lambda *_: 5)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_on_the_demo_is_the_recorded_one(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    assert main([command, "--json"]) == 0
    recorded = gzip.decompress((RECORDED / f"{command}.demo.json.gz").read_bytes()).decode()
    assert capsys.readouterr().out == recorded


@pytest.mark.parametrize("arguments", list(DIGESTS))
def test_an_answer_on_real_prices_is_the_recorded_one(
    arguments: str, market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--prices", str(market_data), *arguments.split(), "--json"]) == 0
    answer = capsys.readouterr().out
    assert hashlib.sha256(answer.encode()).hexdigest() == DIGESTS[arguments]
