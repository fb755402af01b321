"""What a session costs on the wire and on the server, without a browser."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from bench.figures import Figure
from bench.server import Server
from bench.session import Reply, Session
from rut_dash.ui.pages import PAGES

_PRESETS: Final = ("6M", "1Y", "3M", "YTD")
_WARM: Final = 5


def page_addresses() -> dict[str, str]:
    """Return the address of each page by its label, in the order of the navigation."""
    return {spec.label: spec.address for spec in PAGES.values()}


def _in_turn(
    empty: Server,
    measure: Callable[[], list[float]],
    rounds: int,
    each: int,
) -> tuple[list[float], list[float]]:
    """Return an action's milliseconds and the empty page's, measured in turn."""
    samples: list[float] = []
    reference: list[float] = []
    for _ in range(rounds):
        reference += asyncio.run(_reruns(empty, "", each))
        samples += measure()
    return samples, reference


async def _reruns(server: Server, page: str, count: int) -> list[float]:
    session = Session(server.port, page)
    await session.open()
    for _ in range(_WARM):
        await session.rerun()
    replies = [await session.rerun() for _ in range(count)]
    await session.close()
    return [_ms(reply) for reply in replies]


def _ms(reply: Reply) -> float:
    if reply.errors:
        raise RuntimeError(f"the page shows an error: {reply.errors[0]}")
    return 1e3 * reply.seconds


def nothing_changed(app: Server, empty: Server, *, quick: bool) -> Iterator[Figure]:
    """Rerun each page with nothing changed, in turn with the empty page."""
    rounds, each = (2, 15) if quick else (5, 40)
    for name, page in page_addresses().items():
        cpu = 0.0

        def measure(page: str = page) -> list[float]:
            nonlocal cpu
            before = app.cpu
            times = asyncio.run(_reruns(app, page, each))
            cpu += app.cpu - before
            return times

        samples, reference = _in_turn(empty, measure, rounds, each)
        yield Figure(
            "noop",
            f"rerun, nothing changed: {name}",
            "ms",
            tuple(samples),
            tuple(reference),
            "ratio",
            2.5,
            1e3 * cpu / (rounds * (each + _WARM + 1)),
        )


def fragments(app: Server, empty: Server, *, quick: bool) -> Iterator[Figure]:
    """Open and close the controls in fragments."""
    rounds, each = (2, 15) if quick else (5, 40)
    for name, page, key in (
        ("the range of dates", "relative", "control_range"),
        ("the settings of indicators", "technicals", "control_settings"),
        ("the form for a claim", "claims", "own_open"),
    ):
        cpu = 0.0

        def measure(page: str = page, key: str = key) -> list[float]:
            nonlocal cpu
            times, more = asyncio.run(_toggled(app, page, key, each))
            cpu += more
            return times

        samples, reference = _in_turn(empty, measure, rounds, each)
        yield Figure(
            "fragment",
            f"a control in a fragment: {name}",
            "ms",
            tuple(samples),
            tuple(reference),
            "ratio",
            1.5,
            1e3 * cpu / (rounds * each),
        )


async def _toggled(app: Server, page: str, key: str, count: int) -> tuple[list[float], float]:
    session = Session(app.port, page)
    await session.open()
    for _ in range(2):  # their code is loaded once
        for state in (True, False):
            await session.pick(key, state, fragment=True)
    if not session.fragments.get(key):
        raise RuntimeError(f"{key} is in no fragment")
    before = app.cpu
    replies = [await session.pick(key, at % 2 == 0, fragment=True) for at in range(count)]
    cpu = app.cpu - before
    await session.close()
    return [_ms(reply) for reply in replies], cpu


def view_changes(app: Server, empty: Server, *, quick: bool) -> Iterator[Figure]:
    """Change window, anchor and basis on each page: asked for before, and never before."""
    dates = _anchors()
    for name, page in page_addresses().items():
        count = 12 if quick else 36
        reference = asyncio.run(_reruns(empty, "", count))
        fresh, again, cpu_fresh, cpu_again = asyncio.run(_changed(app, page, count, dates))
        reference += asyncio.run(_reruns(empty, "", count))
        for variant, times, cpu in (
            ("asked for before", again, cpu_again),
            ("never asked for before", fresh, cpu_fresh),
        ):
            yield Figure(
                "change",
                f"window, anchor or basis changed: {name}",
                "ms",
                tuple(times),
                tuple(reference),
                "ratio",
                4.0,
                1e3 * cpu / len(times),
                variant,
            )


def _anchors() -> Iterator[str]:
    """Yield days that nobody anchored to before."""
    day = date(2024, 5, 30)
    while True:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            yield f"{day}"


async def _changed(
    app: Server, page: str, count: int, anchors: Iterator[str]
) -> tuple[list[float], list[float], float, float]:
    session = Session(app.port, page)
    await session.open()
    await session.rerun()
    has_window = "control_window" in session.options
    bases = session.options["control_basis"]
    new_anchors = list(itertools.islice(anchors, 1 + count // 3))
    # A first round, in which code is loaded; then each third change is of another kind. With a
    # new anchor every window and basis after it is new as well.
    steps: list[tuple[str, str | list[str]]] = []
    for at, anchor in enumerate(new_anchors):
        window = _PRESETS[at % len(_PRESETS)]
        steps.append(("control_anchor", anchor))
        if has_window:
            steps.append(("control_window", [window]))
        steps.append(("control_basis", [bases[(at + 1) % 2]]))
    first = 3 if has_window else 2
    for key, value in steps[:first]:
        await session.pick(key, value)
    before = app.cpu
    fresh = [_ms(await session.pick(key, value)) for key, value in steps[first:]]
    between = app.cpu
    for key, value in steps[:first]:
        await session.pick(key, value)
    between_again = app.cpu
    again = [_ms(await session.pick(key, value)) for key, value in steps[first:]]
    after = app.cpu
    await session.close()
    return fresh, again, between - before, after - between_again


def bytes_sent(app: Server) -> Iterator[Figure]:
    """Count the bytes of each page: first paint, nothing changed, whole history."""
    for name, page in page_addresses().items():
        first, same, whole = asyncio.run(_sizes(app, page))
        yield Figure("bytes", f"bytes, nothing changed: {name}", "kB", (same,), (), "value", 10.0)
        yield Figure("bytes", f"bytes, first paint: {name}", "kB", (first,), (), "value", 150.0)
        if whole is not None:
            yield Figure(
                "bytes", f"bytes, whole history: {name}", "kB", (whole,), (), "value", 600.0
            )


async def _sizes(app: Server, page: str) -> tuple[float, float, float | None]:
    session = Session(app.port, page)
    first = await session.open()
    await session.rerun()
    same = await session.rerun()
    whole = None
    if "control_window" in session.options:
        whole = (
            await session.pick("control_window", [session.options["control_window"][-1]])
        ).size / 1e3
    await session.close()
    return first.size / 1e3, same.size / 1e3, whole


def throughput(
    app: Server, empty: Server, usual: Server | None, *, quick: bool
) -> Iterator[Figure]:
    """Load each server with 50 sessions without think time; half of the reruns change a view."""
    seconds = 4.0 if quick else 10.0
    sessions = 50
    base = asyncio.run(_loaded(empty, "", (), sessions, seconds))
    shared_anchors = asyncio.run(_loaded(app, "", _PRESETS, sessions, seconds))
    again = asyncio.run(_loaded(empty, "", (), sessions, seconds))
    own_anchors = asyncio.run(_loaded(app, "", _PRESETS, sessions, seconds, anchors=_anchors()))
    for variant, load in (
        ("half no-op, half change", shared_anchors),
        ("each with an anchor of its own", own_anchors),
    ):
        yield Figure(
            "throughput",
            f"{sessions} sessions, {variant}",
            "reruns/s",
            (load.rate,),
            (base.rate, again.rate),
            "at least ratio",
            0.12,
            load.cpu,
            f"p50 {load.p50:,.0f} ms, p95 {load.p95:,.0f} ms",
        )
    if usual is not None:
        # A rerun takes it a second: with 50 sessions the first answers come after a minute.
        peer = asyncio.run(_loaded(usual, "", ("1Y", "3Y"), 5, 4 * seconds, key="window"))
        yield Figure(
            "throughput",
            f"{sessions} sessions against the usual page",
            "reruns/s",
            (shared_anchors.rate,),
            (peer.rate,),
            "at least ratio",
            100.0,
            peer.cpu,
            f"which has p50 {peer.p50:,.0f} ms with 5 sessions; CPU is its own",
        )


class _Load:
    """The outcome of a load: reruns per second, latencies in ms, CPU per rerun in ms."""

    def __init__(self, times: Sequence[float], seconds: float, cpu: float) -> None:
        self.rate = len(times) / seconds
        self.p50 = statistics.median(times)
        self.p95 = statistics.quantiles(times, n=20)[-1]
        self.cpu = 1e3 * cpu / len(times)


async def _loaded(
    server: Server,
    page: str,
    choices: Sequence[str],
    count: int,
    seconds: float,
    key: str = "control_window",
    anchors: Iterator[str] | None = None,
) -> _Load:
    """Return the load of many sessions in a closed loop."""
    sessions = [Session(server.port, page) for _ in range(count)]
    for session in sessions:
        await session.open()
        if anchors is not None:
            await session.pick("control_anchor", next(anchors))
        for choice in choices if session is sessions[0] or anchors is not None else ():
            await session.pick(key, [choice])
    end = time.perf_counter() + seconds
    times: list[float] = []

    async def loop(session: Session, at: int) -> None:
        for turn in itertools.count(at):
            if time.perf_counter() > end:
                return
            change = bool(choices) and turn % 2 == 0
            reply = (
                await session.pick(key, [choices[turn // 2 % len(choices)]])
                if change
                else await session.rerun()
            )
            times.append(_ms(reply))

    started, cpu = time.perf_counter(), server.cpu
    await asyncio.gather(*(loop(session, at) for at, session in enumerate(sessions)))
    load = _Load(times, time.perf_counter() - started, server.cpu - cpu)
    for session in sessions:
        await session.close()
    return load


def memory(app: Server, *, quick: bool) -> Iterator[Figure]:
    """Open sessions and measure the memory that each adds to the server."""
    count = 20 if quick else 50
    per_session = asyncio.run(_grown(app, count))
    yield Figure(
        "memory",
        "memory per further session",
        "MB",
        (per_session,),
        (),
        "value",
        2.0,
        note=f"mean of {count}",
    )


async def _grown(app: Server, count: int) -> float:
    prefetch = [Session(app.port) for _ in range(10)]
    for session in prefetch:
        await session.open()
        await session.rerun()
    before = app.memory
    more = [Session(app.port) for _ in range(count)]
    for session in more:
        await session.open()
        await session.rerun()
    grown = (app.memory - before) / count
    for session in (*prefetch, *more):
        await session.close()
    return grown


def open_all_pages(app: Server) -> None:
    """Open every page once, and wait until the pages are computed in advance."""
    for page in page_addresses().values():
        asyncio.run(_reruns(app, page, 1))
    time.sleep(3.0)
