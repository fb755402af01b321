"""Two thousand reruns over two hundred sessions: memory ends where it was after the first ones."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from bench.server import APP, Server, started
from bench.session import Session

SESSIONS = 200
RERUNS = 10
FIRST = 200
PAGES = ("", "relative", "drawdowns", "technicals", "events")
WINDOWS = ("6M", "1Y", "3M", "YTD", "3Y")
BASES = ("Price", "Total return")


async def visit(server: Server, number: int) -> int:
    """Come, look and leave: half of the reruns change the view; return how many there were."""
    session = Session(server.port, PAGES[number % len(PAGES)])
    replies = [await session.open()]
    anchors = session.options["control_anchor"]
    for turn in range(1, RERUNS):
        match turn % 6:
            case 1:
                reply = await session.pick("control_window", [WINDOWS[number % len(WINDOWS)]])
            case 3:
                reply = await session.pick("control_anchor", anchors[(number + turn) % 40])
            case 5:
                reply = await session.pick("control_basis", [BASES[number % 2]])
            case _:
                reply = await session.rerun()
        replies.append(reply)
    await session.close()
    assert not any(reply.errors for reply in replies)
    return len(replies)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_memory_stays_where_it_is(tmp_path: Path) -> None:
    environment = {"RUT_DASH_STORE": str(tmp_path), "RUT_DASH_OFFLINE": "1"}
    with started(APP, environment) as server:
        if not server.memory > 0:
            pytest.skip("the platform does not say how much memory a process has")
        done = 0
        after_first = 0.0
        for number in itertools.count():
            done += asyncio.run(visit(server, number))
            if not after_first and done >= FIRST:
                after_first = server.memory
            if number + 1 == SESSIONS:
                break
        assert done == SESSIONS * RERUNS
        assert server.memory <= 1.10 * after_first, f"{after_first:.0f} MB after {FIRST} reruns"
