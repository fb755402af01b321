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
    "events": ("3372bda4bbcc0e656c545c2fd6e7cc403c0087f8229f1d49e01d98fc94a946ba"),
    "claims": ("91d5924be6453a1bf08c506498ddaf5f57cd582b9e44c58e9e6a592849f6a8a5"),
    "claims --source A1": ("46336d1d21cbd235e2ef0d6b7967ff58ba6b49e00dbde50efdaa820f8274dfc1"),
    "events --as-of 2025-05-12": (
        "6be91632b6b5ff7c34ff5cf912b56e5d62ecebd56fe59e15f701755b20e1a3b8"
    ),
    "summary --as-of 2025-05-12 --basis total": (
        "7cbbf94217262ef579ace82bc9e32b4ef760e2454972f68ca72265129419c8d0"
    ),
    "summary --as-of 2025-05-12 --basis price": (
        "f9f44c57df3f5d067179b690484ed21f0c9c7025cedd6433f4c5298d0148cf86"
    ),
    "summary --as-of 2020-03-23 --basis total": (
        "f1e43676442037a6b6ffd9c14c1f71c02e39c443b7ec67c14868427e2a16e2f5"
    ),
    "summary --as-of 2020-03-23 --basis price": (
        "f59ce0ed9de9e730780ddb2f89e9217c4b4ba8e3dfdae47252cf34fa0287f28f"
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
