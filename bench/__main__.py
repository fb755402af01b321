"""``python -m bench``: measure, print a table, write the samples to a file."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import in_browser, over_websocket, starting
from bench.figures import Figure, markdown, plain_table, records
from bench.server import APP, AS_SHIPPED, EMPTY, ROOT, USUAL, started
from bench.studies import study_times

GROUPS = (
    "noop",
    "fragment",
    "change",
    "throughput",
    "bytes",
    "memory",
    "navigation",
    "links",
    "window",
    "zoom",
    "start",
    "summary",
    "studies",
)
_IN_BROWSER = {"navigation", "links", "window", "zoom"}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the groups of the arguments; return 1 where a bar is missed."""
    arguments = _arguments(argv)
    groups = set(arguments.only or GROUPS)
    met = True
    for prices in (None, arguments.prices) if arguments.prices else (None,):
        figures: list[Figure] = []
        for figure in _measured(groups, prices, arguments.quick):
            figures.append(figure)
            print(" · ".join(cell for cell in figure.cells if cell), file=sys.stderr)
        met &= all(figure.met is not False for figure in figures)
        _report(figures, _about(prices, quick=arguments.quick), as_markdown=arguments.markdown)
    return int(not met)


def _report(figures: Sequence[Figure], about: dict[str, Any], *, as_markdown: bool) -> None:
    """Write the samples to a file and print the table."""
    path = ROOT / "bench" / "results" / f"{about['at'].replace(':', '')}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**about, "figures": records(figures)}, indent=1) + "\n")
    print(f"{_sentence(about)}\n")
    print(markdown(figures) if as_markdown else plain_table(figures), end="\n\n")
    # Not on the standard output: that can be pasted as it is.
    print(f"All samples are in {path.relative_to(ROOT)}.\n", file=sys.stderr)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument(
        "--prices", type=Path, help="a folder of real bars: measured after the demo"
    )
    parser.add_argument("--quick", action="store_true", help="fewer samples: about a minute")
    parser.add_argument("--only", nargs="+", choices=GROUPS, help="some groups of figures")
    parser.add_argument("--markdown", action="store_true", help="print the table of docs/speed.md")
    return parser.parse_args(argv)


def _measured(groups: set[str], prices: Path | None, quick: bool) -> Iterator[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        demo = {"RUT_DASH_STORE": str(folder / "none"), "RUT_DASH_OFFLINE": "1"}
        environment = {"RUT_DASH_PRICES": str(prices.resolve())} if prices else demo
        if groups - {"start", "summary", "studies"}:
            yield from _served(stack, groups, environment, quick)
        if groups & {"start", "summary"}:
            store = starting.filled_store(folder / "store", prices)
            if "start" in groups:
                yield from starting.cold_starts(store, quick=quick)
            if "summary" in groups:
                yield from starting.summary(store, quick=quick)
        if "studies" in groups:
            yield from study_times(quick=quick)


def _served(
    stack: ExitStack, groups: set[str], environment: dict[str, str], quick: bool
) -> Iterator[Figure]:
    """Measure what needs running servers, which are shared by all of it."""
    empty = stack.enter_context(started(EMPTY, {}))
    app = stack.enter_context(started(APP, environment))
    over_websocket.open_all_pages(app)
    measures: dict[str, Callable[[], Iterator[Figure]]] = {
        "noop": lambda: over_websocket.nothing_changed(app, empty, quick=quick),
        "fragment": lambda: over_websocket.fragments(app, empty, quick=quick),
        "change": lambda: over_websocket.view_changes(app, empty, quick=quick),
        "bytes": lambda: over_websocket.bytes_sent(app),
        "memory": lambda: over_websocket.memory(app, quick=quick),
    }
    for name, measure in measures.items():
        if name in groups:
            yield from measure()
    if groups & _IN_BROWSER:
        try:
            with in_browser.chromium() as browser:
                if "navigation" in groups:
                    yield from in_browser.navigation(browser, app, empty, quick=quick)
                if "links" in groups:
                    yield from in_browser.links(browser, app, empty, quick=quick)
                if "window" in groups:
                    yield from in_browser.window_change(browser, app, empty, quick=quick)
                if "zoom" in groups:
                    yield from in_browser.zoom(browser, app, quick=quick)
        except in_browser.NoBrowser as error:
            names = ", ".join(sorted(groups & _IN_BROWSER))
            print(f"{names}: not measured: {error}", file=sys.stderr)
    if "throughput" in groups:
        usual = stack.enter_context(started(USUAL, {**environment, **AS_SHIPPED}))
        yield from over_websocket.throughput(app, empty, usual, quick=quick)


def _about(prices: Path | None, *, quick: bool) -> dict[str, Any]:
    names = ("streamlit", "plotly", "pandas", "uvloop")
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "machine": f"{os.cpu_count()} processors ({_processor()}), {platform.system()}",
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in names},
        "prices": "a folder of real bars" if prices else "the demo",
        "quick": quick,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((li.partition(": ")[2] for li in lines if li.startswith("model name")), "unknown")


def _sentence(about: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"Measured on {about['at'][:10]} on {about['prices']}: {about['machine']}, Python "
        f"{about['python']}, {versions}."
    )


if __name__ == "__main__":
    # Ended by `timeout` or `kill`, it ends its servers too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main())
