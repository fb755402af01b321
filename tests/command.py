"""The command line as a user runs it, many times over, without many starts of Python.

A process that has imported what a command imports, and has done nothing else, is forked for
each command: every one has a process, an environment, a standard output and an exit code of
its own, and runs ``python -m rut_dash`` as ``runpy`` does; only the second and a half of its
imports is saved. `tests/cli/test_main.py` and the slow tests start whole interpreters.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rut_dash.market.sources.base import REQUEST_SHARE

ROOT = Path(__file__).resolve().parent.parent

_PARENT = """
import json, os, runpy, sys, warnings
import curl_cffi.requests, filelock, pyarrow.parquet, tqdm, yfinance
from rut_dash.cli import process
from rut_dash.cli.command import command_names, load_command
from rut_dash.market.sources import base
for name in command_names():
    load_command(name)
from datetime import date
from rut_dash.market import calendar
calendar.sessions(date(2024, 1, 2), date(2024, 1, 3))
assert len(os.listdir("/proc/self/task")) <= 1 + int(sys.argv[1]), os.listdir("/proc/self/task")
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        for number, path in ((1, asked["out"]), (2, asked["err"])):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.environ.update(asked["environment"])
        base.REQUEST_SHARE = asked["request_share"]
        sys.argv = ["rut_dash", *asked["arguments"]]
        runpy.run_module("rut_dash", run_name="__main__", alter_sys=True)
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


class Commands:
    """Runs commands one after the other; see `commands`."""

    def __init__(self, parent: subprocess.Popen[str], folder: Path) -> None:
        self._parent = parent
        self._out, self._err = folder / "out", folder / "err"

    def run(
        self, *arguments: str, request_share: float = REQUEST_SHARE, **environment: str
    ) -> Done:
        """Run one command in an environment, and return what came of it.

        A request to a source lasts ``request_share`` of the patience at most.
        """
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        request = {
            "arguments": arguments,
            "environment": environment,
            "request_share": request_share,
            "out": str(self._out),
            "err": str(self._err),
        }
        self._parent.stdin.write(json.dumps(request) + "\n")
        self._parent.stdin.flush()
        code = int(self._parent.stdout.readline())
        return Done(code, self._out.read_text(), self._err.read_text())


@contextmanager
def commands(environment: dict[str, str]) -> Iterator[Commands]:
    """Start the process that is forked for each command."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RUT_DASH_")}
    with (
        tempfile.TemporaryDirectory(prefix="command-") as folder,
        subprocess.Popen(
            [sys.executable, "-c", _PARENT, "99"],
            cwd=ROOT,
            env=clean | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as parent,
    ):
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        try:
            yield Commands(parent, Path(folder))
        finally:
            parent.stdin.close()
            parent.wait(30)
