"""The answers of the command line are those recorded before the structure changed, to the byte.

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
    "summary": ("865fe370926072685927a8f7e5af89e0022b0ce6a86a0c37e6bf184278954a66"),
    "events": ("2f5b852c2d2108cd6cbecc303529f9be4f212a15649d92feec470220b44649bb"),
    "claims": ("91d5924be6453a1bf08c506498ddaf5f57cd582b9e44c58e9e6a592849f6a8a5"),
    "claims --source A1": ("46336d1d21cbd235e2ef0d6b7967ff58ba6b49e00dbde50efdaa820f8274dfc1"),
    "events --as-of 2025-05-12": (
        "5a7f294a65c31b22b4d80c808ea555ac5d6559da396294c3f559d03a4150c54c"
    ),
    "summary --as-of 2025-05-12 --basis total": (
        "2d33d0f2af9680b21051d97fa7b33ca9842e5549a5f10266cd26bfeb6fe9de5b"
    ),
    "summary --as-of 2025-05-12 --basis price": (
        "383227e45380e252f4bd95785e111872b3d6cf882b980733e50587d73cd41cf5"
    ),
    "summary --as-of 2020-03-23 --basis total": (
        "ea9d211e2e958ad48fa8678dc0680d86291f647b373aeafb1343c91aa0546caf"
    ),
    "summary --as-of 2020-03-23 --basis price": (
        "d747adb0382a4e8dfb853d7d2c879516af368450dc60a2653d8ad38220ad7fe6"
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
