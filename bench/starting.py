"""How long it takes until there is something: the server, the first page, the command line."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from bench.server import APP, EMPTY, ROOT, started
from bench.session import Session
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.sources.demo import DemoSource
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.store import Store


def filled_store(path: Path, prices: Path | None) -> Path:
    """Return a store with IWM and SPY: of a folder, or the demo's in the shape of real bars."""
    store = Store(str(path))
    for symbol in ("IWM", "SPY"):
        if prices is not None:
            store.write(FolderSource(prices).fetch(symbol))
            continue
        bars = DemoSource().fetch(symbol).bars
        store.write(PriceHistory(symbol, bars, Provenance("bench", datetime.now(UTC))))
    return path


def cold_starts(store: Path, *, quick: bool) -> Iterator[Figure]:
    """Start the server several times, in turn with that of the empty page."""
    conditions = {
        "with a filled store": {"RUT_DASH_STORE": str(store), "RUT_DASH_OFFLINE": "1"},
        "with no network and no store": {"HTTPS_PROXY": "http://127.0.0.1:9"},
    }
    for condition, environment in conditions.items():
        healthy: list[float] = []
        first: list[float] = []
        healthy_empty: list[float] = []
        first_empty: list[float] = []
        for _ in range(2 if quick else 7):
            with tempfile.TemporaryDirectory() as empty_store:
                settings = {"RUT_DASH_STORE": empty_store, **environment}
                for script, to_healthy, to_first in (
                    (EMPTY, healthy_empty, first_empty),
                    (APP, healthy, first),
                ):
                    with started(script, settings) as server:
                        asyncio.run(_first_page(server.port))
                        to_first.append(time.perf_counter() - server.spawned)
                        to_healthy.append(server.healthy_after)
        if condition == "with a filled store":
            yield Figure(
                "start", "cold start to healthy", "s", tuple(healthy), tuple(healthy_empty),
                "above", 0.5,
            )  # fmt: skip
        yield Figure(
            "start", f"cold start to the first page, {condition}", "s", tuple(first),
            tuple(first_empty), "above", 1.5,
        )  # fmt: skip


async def _first_page(port: int) -> None:
    session = Session(port)
    reply = await session.open()
    await session.close()
    if reply.errors:
        raise RuntimeError(f"the first page shows an error: {reply.errors[0]}")


def summary(store: Path, *, quick: bool) -> Iterator[Figure]:
    """Run the summary of two symbols on the command line, and two imports in turn."""
    samples: list[float] = []
    reference: list[float] = []
    cpu = 0.0
    runs = 4 if quick else 12
    environment = {"RUT_DASH_STORE": str(store), "RUT_DASH_OFFLINE": "1"}
    for run in range(runs + 1):
        imports, _ = _run(["-c", "import pandas, pyarrow"], environment)
        seconds, cpu_seconds = _run(["-m", "rut_dash", "summary"], environment)
        if run:  # the first fills the caches of the disk
            reference.append(imports)
            samples.append(seconds)
            cpu += cpu_seconds
    yield Figure(
        "summary", "`summary` on the command line, all years of two symbols", "s", tuple(samples),
        tuple(reference), "ratio", 1.5, 1e3 * cpu / runs, "against `import pandas, pyarrow`",
    )  # fmt: skip


def _run(arguments: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds that a Python takes, and those of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
