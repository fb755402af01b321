"""The two costs of the platform that the README's run line is free of, seen from inside.

Without uvloop every rerun waits 40 ms for an acknowledgement; with Streamlit's collection after
every run it takes 60 to 90 ms more.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT
from tests.e2e.reader import Reader

RERUNS = 12
# Put before the app's own modules: it looks, and changes nothing.
WITNESS = """
import asyncio, atexit, gc, json, os, signal, sys

seen = {"loop": "", "whole": 0, "asked": 0}

def note(phase, info):
    if phase == "start" and info["generation"] == 2:
        seen["whole"] += 1
        caller = sys._getframe(1)
        seen["asked"] += "script_runner" in caller.f_code.co_filename
    if phase == "start" and not seen["loop"]:
        for task_loop in (asyncio._get_running_loop(),):
            if task_loop is not None:
                seen["loop"] = type(task_loop).__module__

gc.callbacks.append(note)

def save():
    with open(os.environ["WITNESS"], "w") as file:
        json.dump(seen, file)

atexit.register(save)
# The server ends as it was told to: by the signal, which leaves no time for the above.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
"""


def run_line() -> list[str]:
    """Return the command that the README's run line ends with."""
    (line,) = re.findall(r"&& (\.venv/bin/streamlit run app\.py.*)$", README, re.MULTILINE)
    program, *arguments = line.split()
    # The same program of the environment that the tests run in.
    return [str(Path(sys.executable).parent / Path(program).name), *arguments]


README = (ROOT / "README.md").read_text(encoding="utf-8")


def facts_of_a_rerun(tmp_path: Path, **settings: str) -> dict[str, object]:
    """Run the app as the README says, rerun a page, and return what a witness in it recorded."""
    (tmp_path / "sitecustomize.py").write_text(WITNESS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RUT_DASH_")}
    environment = {
        "RUT_DASH_STORE": str(tmp_path / "store"),
        "RUT_DASH_OFFLINE": "1",
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_HEADLESS": "true",
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
        "PYTHONPATH": str(tmp_path),
        "WITNESS": str(tmp_path / "seen.json"),
        **settings,
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            run_line(), cwd=ROOT, env=clean | environment, stdout=log, stderr=log
        )
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", process, tmp_path / "log")
            with Reader(f"http://127.0.0.1:{port}") as reader:
                for _ in range(RERUNS):
                    reader.open()
        finally:
            process.terminate()
            process.wait(120)
    facts: dict[str, object] = json.loads((tmp_path / "seen.json").read_text())
    return facts


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=10):
            return
        time.sleep(0.1)
    pytest.fail(f"the app did not start:\n{log.read_text()}")


def test_the_readmes_run_line_uses_uvloop_and_no_collection_after_runs(tmp_path: Path) -> None:
    facts = facts_of_a_rerun(tmp_path)
    if sys.platform != "win32":
        assert str(facts["loop"]).startswith("uvloop")
    assert facts["asked"] == 0


def test_collections_are_counted_where_they_are_switched_on(tmp_path: Path) -> None:
    facts = facts_of_a_rerun(tmp_path, STREAMLIT_RUNNER_POST_SCRIPT_GC="true")
    assert int(str(facts["asked"])) >= RERUNS - 1


def test_the_plain_loop_is_recognised_where_uvloop_is_missing(tmp_path: Path) -> None:
    plain = ROOT / "bench" / "apps" / "plain"  # a uvloop that cannot be imported
    path = f"{tmp_path}{os.pathsep}{plain}"
    facts = facts_of_a_rerun(tmp_path, PYTHONPATH=path)
    assert str(facts["loop"]).startswith("asyncio")


def test_the_reason_for_each_setting_is_beside_it() -> None:
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(r"^# .*acknowledgement.*\n(# .*\n)*uvloop==", requirements, re.MULTILINE)
    config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert re.search(r"^# .*collects garbage.*\npostScriptGC = false", config, re.MULTILINE)
