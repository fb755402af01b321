"""A run that changes nothing sends no chart and no table again, and little besides."""

from __future__ import annotations

import pytest

from bench.session import Reply, Session
from rut_dash.ui.pages import PAGES
from tests.e2e.conftest import App
from tests.own_thread import run_in_own_thread


@pytest.mark.parametrize("key", list(PAGES))
def test_unchanged_charts_and_tables_are_not_sent_again(key: str, app: App) -> None:
    async def runs() -> list[Reply]:
        query = "claim=A0-2a" if key == "claims" else ""
        session = Session(int(app.url.rpartition(":")[2]), PAGES[key].address, query)
        replies = [await session.open(), *[await session.rerun() for _ in range(3)]]
        await session.close()
        return replies

    first, *further = run_in_own_thread(runs)
    assert len(first.charts) == PAGES[key].chart_count
    assert sum(first.charts) < first.size <= 150_000
    for reply in further:
        assert reply.errors == ()
        assert reply.charts == ()
        assert reply.size <= 10_000
