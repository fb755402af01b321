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

RECORDED: Final = Path(__file__).with_name("recorded")
COMMANDS: Final = ("summary", "events", "claims")
DIGESTS: Final = {
    "summary": ("ee56d0e6bfb2de3a93a73936a9a81f64cb88ee719fd3100cd4d12c3cc0e255af"),
    "events": ("fb2c703e7e48a4cf959f9758911d3d0070f93386dd7e9c68fa415a7c395b5709"),
    "claims": ("b923c024d73d6c673a3812c568ce0b6a54d7c449a57eb0add06bf55427cb4f68"),
    "claims --source A1": ("38811033a902f87a2af997eaccbefd31aebf7708623fdbac54c056afc1a865ce"),
    "events --as-of 2025-05-12": (
        "8af7eb497c721acf48ff4be091125406d10906332a41cb82ed6cd80f1a14a8f3"
    ),
    "summary --as-of 2025-05-12 --basis total": (
        "11d75d00119fc46c57b8421d51b3848f27d41f0275d1510eeea5414511628ae1"
    ),
    "summary --as-of 2025-05-12 --basis price": (
        "04536bfd67bd45a09dcd954783eb616fdfdee863f83b50b68d9c851b00f87dd3"
    ),
    "summary --as-of 2020-03-23 --basis total": (
        "597094f896e32b9563918bee52dc8e32a6922158b9a7d0f5389d0e41637202eb"
    ),
    "summary --as-of 2020-03-23 --basis price": (
        "cd8d1492b2a0183834040070d8433d2918e0288d6949d6a95fa4a7ea4defc3d4"
    ),
}


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
