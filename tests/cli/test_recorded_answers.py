"""The answers of the command line are those recorded earlier, to the byte.

Of a fraction nine digits count: the last of its sixteen depend on the processor. The answers on
the demo are files beside this test. Of those on real prices, which are not part of the
repository, there are digests. An answer that changes on purpose is recorded anew in the commit
that changes it, which says why.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path
from typing import Final

import pytest

from rut_dash.cli.process import main
from rut_dash.market.market import Market

RECORDED: Final = Path(__file__).with_name("recorded")
COMMANDS: Final = (
    "summary",
    "events",
    "claims",
    "after drawdown:0.1",
    "study --kind fed --direction cut",
    "cycles",
    "seasonality --window 11-01:04-30",
    "streaks --of lead --step week",
    "unusual",
    "regimes",
    "rotation",
    "levels",
)
DIGESTS: Final = {
    "summary": ("a9c23b8f7abd8ec34baf3c8b2dff2a5f697f0fe349ee02e9899e55ec4db48525"),
    "events": ("de71540b6cde1cfd41e116633e04dffdb83b141b94f41110e0f0a95a48bdf36d"),
    "claims": ("8db0d0e1fe0355c3998476093d95da15968a19ebcef38039d7e2af82482603a2"),
    "claims --source A1": ("977105aff091e3bac945a4ff087c138fa410c6e413548a68211b07324fe49452"),
    "events --as-of 2025-05-12": (
        "f75cbe17ce4e06040d3f605a86783ae2284dd835a6c43bb08c0c13ef2c5c091c"
    ),
    "summary --as-of 2025-05-12 --basis total": (
        "a849e2119c340a281f3950dc0e5c70eb21c9cd2ca41fc7816ef61375c1f197d8"
    ),
    "summary --as-of 2025-05-12 --basis price": (
        "1490305b13e521cb335ca86617093fcee8af68cfe9969ad956ee435ac6a7edfe"
    ),
    "summary --as-of 2020-03-23 --basis total": (
        "ef805636c5450ce6a34cd27a70604b5e051b525bf5f460c2cf5890cfb6340ccd"
    ),
    "summary --as-of 2020-03-23 --basis price": (
        "af4040e40bb19fc618f01b542f2ecb56c84f6a1bb9b7486113a534aac19b07d7"
    ),
}


# A line of indented JSON whose value is a fraction.
FRACTION: Final = re.compile(
    r'^(?P<key> *(?:"[^"]*": )?)(?P<value>-?\d+\.\d+(?:e[-+]\d+)?)(?P<comma>,?)$', re.MULTILINE
)


def with_nine_digits(answer: str) -> str:
    """Return an answer with its fractions to nine significant digits."""
    return FRACTION.sub(
        lambda match: f"{match['key']}{float(match['value']):.9g}{match['comma']}", answer
    )


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the real prices, which end on 2026-05-29, be five sessions behind."""
    monkeypatch.setattr(Market, "sessions_behind", lambda *_: 5)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_on_the_demo_is_the_recorded_one(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    assert main([*command.split(), "--json"]) == 0
    name = command.replace(" ", "_").replace(":", "_")
    recorded = gzip.decompress((RECORDED / f"{name}.demo.json.gz").read_bytes()).decode()
    assert with_nine_digits(capsys.readouterr().out) == with_nine_digits(recorded)


@pytest.mark.parametrize("arguments", list(DIGESTS))
def test_an_answer_on_real_prices_is_the_recorded_one(
    arguments: str, market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--prices", str(market_data), *arguments.split(), "--json"]) == 0
    answer = with_nine_digits(capsys.readouterr().out)
    assert hashlib.sha256(answer.encode()).hexdigest() == DIGESTS[arguments]


def test_nine_digits_of_a_fraction_count_and_all_of_the_rest() -> None:
    answer = '{\n  "a": 0.88338581572238621,\n  "b": "1.23456789012 to 2",\n  "c": 12345678901\n}'
    rounded = '{\n  "a": 0.883385816,\n  "b": "1.23456789012 to 2",\n  "c": 12345678901\n}'
    assert with_nine_digits(answer) == rounded
    assert with_nine_digits(answer.replace("0.8833858", "0.8833859")) != rounded
