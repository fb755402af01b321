"""Run a coroutine in a thread of its own: Playwright keeps a loop running in the tests' own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_own_thread(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return what a coroutine returns that is made, run and ended in another thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(start())).result()
