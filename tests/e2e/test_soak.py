"""Two thousand reruns over two hundred sessions: memory ends where it was after the first ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.server import APP, Server, started
from bench.session import Reply, Session
from rut_dash.ui import pages
from tests.own_thread import run_in_own_thread

SESSIONS = 200
ROUNDS = 10
PAGES = [spec.address for spec in pages.PAGES.values() if spec.charts]
WINDOWS = ("6M", "1Y", "3M", "YTD", "3Y")
BASES = ("Price", "Total return")


async def rerun(session: Session, number: int, turn: int) -> Reply:
    """Rerun a page as a reader does: every second time with another view."""
    match turn % 6:
        case 1:
            return await session.pick("control_window", [WINDOWS[(number + turn) % len(WINDOWS)]])
        case 3:
            anchors = session.options["control_anchor"]
            return await session.pick("control_anchor", anchors[(number + turn) % 8])
        case 5:
            return await session.pick("control_basis", [BASES[(number + turn // 6) % 2]])
        case _:
            return await session.rerun()


async def soak(server: Server) -> tuple[float, float]:
    """Return the server's memory in MB after the first run of every session, and at the end."""
    for number, page in enumerate(PAGES):  # loads and caches what is loaded once
        session = Session(server.port, page)
        await session.open()
        for turn in range(1, 2 * ROUNDS):
            await rerun(session, number, turn)
        await session.close()
    sessions = [Session(server.port, PAGES[n % len(PAGES)]) for n in range(SESSIONS)]
    replies = [await session.open() for session in sessions]
    first = server.memory
    for turn in range(1, ROUNDS):
        replies += [await rerun(session, n, turn) for n, session in enumerate(sessions)]
    last = server.memory
    for session in sessions:
        await session.close()
    assert len(replies) == SESSIONS * ROUNDS
    assert not any(reply.errors for reply in replies)
    return first, last


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_memory_does_not_grow_with_reruns(tmp_path: Path) -> None:
    environment = {"RUT_DASH_STORE": str(tmp_path), "RUT_DASH_OFFLINE": "1"}
    with started(APP, environment) as server:
        if not server.memory > 0:
            pytest.skip("the platform does not say how much memory a process has")
        first, last = run_in_own_thread(lambda: soak(server))
    assert last <= 1.10 * first, f"{first:.0f} MB after {SESSIONS} reruns, {last:.0f} MB at the end"
