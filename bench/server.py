"""A Streamlit server in a process of its own, and what it costs the machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
APP: Final = ROOT / "app.py"
EMPTY: Final = ROOT / "bench" / "apps" / "empty" / "app.py"
USUAL: Final = ROOT / "bench" / "apps" / "usual.py"
# What a page has that nobody tuned: the collection after each run, and Python's own loop.
AS_SHIPPED: Final = {
    "STREAMLIT_RUNNER_POST_SCRIPT_GC": "true",
    "STREAMLIT_GLOBAL_MIN_CACHED_MESSAGE_SIZE": "10000",
    "PYTHONPATH": f"{ROOT / 'bench' / 'apps' / 'plain'}{os.pathsep}{ROOT}",
}

_PATIENCE: Final = 60.0


@dataclass
class Server:
    """A running server.

    Parameters
    ----------
    port
        On the loopback interface.
    process
        Its only process.
    spawned
        When it was started, on the clock of `time.perf_counter`.
    healthy_after
        Seconds from there until it first said that it is healthy.
    """

    port: int
    process: subprocess.Popen[bytes]
    spawned: float
    healthy_after: float = float("nan")

    @property
    def url(self) -> str:
        """Return where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cpu(self) -> float:
        """Return the seconds of CPU it has used; NaN where the platform does not say."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Return its resident memory in MB; NaN where the platform does not say."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except OSError:
            return float("nan")
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def started(script: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Run a script as the README runs the app: same folder, same configuration, same flags.

    Parameters
    ----------
    script
        The app, the empty page or the usual page.
    environment
        Further settings; those of the app itself are not inherited.

    Raises
    ------
    RuntimeError
        If it does not come up; its log is in the message.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: text for name, text in os.environ.items() if not name.startswith("RUT_DASH_")}
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}"]
    with tempfile.TemporaryFile() as log:
        spawned = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean, "PYTHONPATH": str(ROOT), **environment},
            stdout=log,
            stderr=log,
        )
        server = Server(port, process, spawned)
        try:
            try:
                server.healthy_after = _healthy(server) - spawned
            except RuntimeError as error:
                log.seek(0)
                raise RuntimeError(
                    f"{script.name}: {error}\n{log.read().decode(errors='replace')[-4000:]}"
                ) from None
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _healthy(server: Server) -> float:
    while time.perf_counter() - server.spawned < _PATIENCE:
        if server.process.poll() is not None:
            raise RuntimeError("the server ended before it was healthy")
        with (
            suppress(OSError),
            urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return time.perf_counter()
        time.sleep(0.01)
    raise RuntimeError(f"the server was not healthy after {_PATIENCE:.0f} s")
