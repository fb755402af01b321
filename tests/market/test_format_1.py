"""Files that a version before typed values wrote: nothing of them is lost.

The files beside this module were written by that version.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.errors import RateLimited, RequestRefused
from rut_dash.market.history import LaterSource
from rut_dash.market.notes import CapitalGain, DeferredAction, NoAdjustedCloses, TextNote
from rut_dash.market.problems import Problem, error_of
from rut_dash.market.status import Status
from rut_dash.market.store import Store
from rut_dash.market_wording import note_text, source_label

FILES = Path(__file__).with_name("format_1")
SENTENCES = (
    "Columns not read: capital gains.",
    "A capital gain of 0.3 on 2026-05-22 is counted as part of that day's dividend.",
    "A capital gain of 0.4 on 2026-05-26 is counted as a dividend.",
    "Yahoo Finance gave no adjusted closes, so that there is nothing to compare with.",
    "Yahoo Finance has no prices of 2026-05-27; its dividend of 0.25 is counted on 2026-05-28.",
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    shutil.copytree(FILES, tmp_path / "store")
    return Store(tmp_path / "store")


def test_bars_and_provenance_of_the_first_format_are_read(store: Store) -> None:
    history = store.read("IWM")
    assert history is not None
    assert [f"{day:%m-%d}" for day in history.sessions] == [
        "05-21", "05-22", "05-26", "05-28", "05-29",
    ]  # fmt: skip
    assert history.bars["close"].tolist() == [100.5, 101.5, 102.5, 103.5, 104.5]
    assert history.bars["dividend"].tolist() == [0.0, 0.4, 0.0, 0.25, 0.0]
    provenance = history.provenance
    assert provenance.source == "IWM.csv"
    assert provenance.later_sources == (LaterSource("Yahoo Finance", date(2026, 5, 26)),)
    assert source_label(provenance) == "IWM.csv, since 2026-05-26 Yahoo Finance"
    assert provenance.fetched_at == datetime(2026, 5, 29, 21, 4, 5, tzinfo=UTC)
    assert provenance.provisional
    # "Incomplete from 05-22" is read as splits unknown from there: a dividend of that day is known.
    assert history.bars["split"].isna().tolist() == [False, True, True, True, True]


def test_sentences_of_the_first_format_become_notes_that_say_the_same(store: Store) -> None:
    history = store.read("IWM")
    assert history is not None
    assert history.provenance.notes == (
        TextNote("Columns not read: capital gains."),
        CapitalGain(date(2026, 5, 22), 0.3, in_dividend=True),
        CapitalGain(date(2026, 5, 26), 0.4, in_dividend=False),
        NoAdjustedCloses("Yahoo Finance"),
        DeferredAction(date(2026, 5, 27), date(2026, 5, 28), 0.25, 0.0, "Yahoo Finance"),
    )
    assert tuple(map(note_text, history.provenance.notes)) == SENTENCES


def test_a_file_of_the_first_format_is_written_anew_without_loss(store: Store) -> None:
    history = store.read("IWM")
    assert history is not None
    store.write(history)
    again = store.read("IWM")
    assert again is not None
    assert again.provenance == history.provenance
    pd.testing.assert_frame_equal(again.bars, history.bars)


def test_a_status_of_the_first_format_keeps_its_times_and_the_cause(store: Store) -> None:
    status = store.status("IWM")
    assert status == Status(
        attempts=7,
        tried_at=datetime(2026, 5, 29, 21, tzinfo=UTC),
        fetched_at=datetime(2026, 5, 28, 21, tzinfo=UTC),
        source="Yahoo Finance",
        tried_source="Yahoo Finance",
        problem=Problem("refused", "Yahoo Finance"),
        failures=3,
        empty_polls=1,
        retry_at=datetime(2026, 5, 29, 22, tzinfo=UTC),
        expected_session=date(2026, 5, 29),
    )
    assert status.problem is not None
    assert isinstance(error_of(status.problem, "IWM"), RequestRefused)
    store.write_status("IWM", status)
    assert store.status("IWM") == status


def test_a_rate_limit_of_the_first_format_still_holds(store: Store) -> None:
    limit = store.status("@Yahoo Finance")
    assert limit.rate_limited_until == datetime(2026, 5, 29, 22, tzinfo=UTC)
    assert limit.problem is not None
    assert isinstance(error_of(limit.problem, "IWM"), RateLimited)


def test_no_sentence_is_stored_but_those_of_the_first_format(store: Store) -> None:
    status = store.status("IWM")
    store.write_status("IWM", status)
    record = json.loads(store.files.read("IWM.status.json") or b"")
    assert record["format"] == 2
    assert record["problem"] == {"code": "refused", "source": "Yahoo Finance", "details": {}}
