"""The store: what it gives back, what it refuses to, and what a crash leaves of it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from rut_dash.errors import CorruptFile, RequestRefused, SchemaError, StoreError
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.notes import TextNote
from rut_dash.market.problems import problem_of
from rut_dash.market.status import Status
from rut_dash.market.store import Store, default_url
from rut_dash.market.validation import validate_bars
from tests.fake_yahoo import made_up_bars
from tests.market.failing import failing, full_disk, unreachable

ROOT = Path(__file__).resolve().parents[2]
BARS = validate_bars(made_up_bars("2025-01-02"), "made up", "IWM")
PROVENANCE = Provenance(
    "Yahoo Finance",
    fetched_at=datetime(2026, 5, 29, 21, 4, 5, 678, tzinfo=UTC),
    provisional=True,
    notes=(TextNote("One note."), TextNote("Another – with a dash.")),
)
HISTORY = PriceHistory("IWM", BARS, PROVENANCE)


def stores(tmp_path: Path) -> dict[str, Store]:
    (tmp_path / "tree").mkdir()
    tree = pafs.SubTreeFileSystem(str(tmp_path / "tree"), pafs.LocalFileSystem())
    return {
        "folder": Store(tmp_path / "folder"),
        "file URL": Store((tmp_path / "url").as_uri()),
        "subtree": Store("deep/er", filesystem=tree),
        "memory": Store("bucket/prices", filesystem=pafs._MockFileSystem()),
        "python": Store("bucket/prices", filesystem=failing()[1]),
    }


KINDS = ("folder", "file URL", "subtree", "memory", "python")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return stores(tmp_path)[request.param]


# -- bars ---------------------------------------------------------------------------------


def test_written_bars_are_read_back_unchanged(store: Store) -> None:
    store.write(HISTORY)
    back = store.read("IWM")
    assert back is not None
    pd.testing.assert_frame_equal(back.bars, BARS, check_freq=False, check_exact=True)
    assert back.provenance == PROVENANCE
    assert back.version == HISTORY.version


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.read("IWM") is None
    assert store.version("IWM") == ""
    assert store.symbols() == ()
    assert store.status("IWM") == Status()
    assert store.backup("IWM") is None
    store.drop_backup("IWM")


@pytest.mark.parametrize("symbol", ["^RUT", "BRK-B", "EURUSD=X", "BF.B", "A"])
def test_a_file_name_gives_its_symbol_back(store: Store, symbol: str) -> None:
    store.write(PriceHistory(symbol, BARS, PROVENANCE))
    store.write_status(symbol, Status(attempts=1))
    store.back_up(symbol)
    assert store.symbols() == (symbol,)
    back = store.read(symbol)
    assert back is not None
    assert back.symbol == symbol


def test_only_adjusted_closes_can_be_stored(store: Store) -> None:
    adjusted = pd.DataFrame({"adj_close": BARS["close"]})
    bars = validate_bars(adjusted, "made up", "IWO")
    store.write(PriceHistory("IWO", bars, PROVENANCE))
    back = store.read("IWO")
    assert back is not None
    assert not back.has_price
    pd.testing.assert_frame_equal(back.bars, bars, check_freq=False, check_exact=True)


def test_the_version_changes_with_the_bars(tmp_path: Path) -> None:
    store = Store(tmp_path)
    versions = set()
    for rows in range(100, 110):
        store.write(PriceHistory("IWM", BARS.iloc[:rows], PROVENANCE))
        versions.add(store.version("IWM"))
    store.write(PriceHistory("IWM", BARS.iloc[:105], PROVENANCE))
    versions.add(store.version("IWM"))
    assert len(versions) == 11


def test_simulated_bars_are_never_stored(store: Store) -> None:
    simulated = PriceHistory("IWM", BARS, replace(PROVENANCE, simulated=True))
    with pytest.raises(SchemaError, match="never stored"):
        store.write(simulated)
    assert store.read("IWM") is None


def test_bars_stored_with_a_wider_move_limit_are_read_back(store: Store) -> None:
    bars = BARS.copy()
    bars.iloc[50:, :5] *= 40
    store.write(PriceHistory("IWM", bars, PROVENANCE))
    assert store.read("IWM") is not None


def test_a_restored_backup_replaces_the_file(store: Store) -> None:
    store.write(HISTORY)
    store.back_up("IWM")
    store.write(PriceHistory("IWM", BARS.iloc[:100], PROVENANCE))
    backup = store.backup("IWM")
    assert backup is not None
    assert len(backup.bars) == len(BARS)
    store.restore("IWM")
    back = store.read("IWM")
    assert back is not None
    assert len(back.bars) == len(BARS)
    assert store.backup("IWM") is None


def test_the_environment_sets_the_default_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path / "mine"))
    assert Store().url == str(tmp_path / "mine")
    monkeypatch.delenv("RUT_DASH_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert default_url().endswith("rut_dash")


@pytest.mark.parametrize("secret", ["secret", "sec/ret+x", "sec ret", "sec@ret"])
def test_a_url_is_shown_without_credentials(secret: str) -> None:
    store = Store(f"s3://key:{secret}@bucket/prices?region=us-east-1&secret_key={secret}")
    assert store.url == "s3://bucket/prices"
    with pytest.raises(StoreError) as failure:
        Store(f"nonsense://key:{secret}@bucket/prices?secret_key={secret}").read("IWM")
    assert "ret" not in str(failure.value)
    assert store.place("^RUT") == "s3://bucket/prices/%5ERUT.parquet"


# -- files that are not ours ----------------------------------------------------------------


def packed(tmp_path: Path, history: PriceHistory = HISTORY) -> bytes:
    Store(tmp_path / "pack").write(history)
    return (tmp_path / "pack" / "IWM.parquet").read_bytes()


def other_parquet(metadata: dict[bytes, bytes] | None = None) -> bytes:
    table = pa.table({"session": pa.array([date(2026, 5, 29)]), "close": pa.array([1.0])})
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def damaged(tmp_path: Path) -> dict[str, bytes]:
    good = packed(tmp_path)
    middle = len(good) // 2
    metadata = (pq.read_schema(pa.BufferReader(good)).metadata or {})[b"rut_dash"]
    return {
        "empty": b"",
        "one byte": good[:1],
        "half": good[:middle],
        "all but a byte": good[:-1],
        "flipped": good[:middle] + bytes([good[middle] ^ 255]) + good[middle + 1 :],
        "text": b"date,close\n2026-05-29,290.43\n",
        "page": b"<!DOCTYPE html><html></html>",
        "foreign": other_parquet(),
        "foreign metadata": other_parquet({b"rut_dash": b"{}"}),
        "not JSON": other_parquet({b"rut_dash": b"["}),
        "wrong columns": other_parquet({b"rut_dash": metadata}),
        "zeros": bytes(len(good)),
    }


DAMAGES = (
    "empty", "one byte", "half", "all but a byte", "flipped", "text", "page", "foreign",
    "foreign metadata", "not JSON", "wrong columns", "zeros",
)  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_a_damaged_file_is_named_and_not_read(tmp_path: Path, name: str, kind: str) -> None:
    data = damaged(tmp_path)[name]
    store = stores(tmp_path)[kind]
    store.write(HISTORY)
    store.files.write("IWM.parquet", data)
    with pytest.raises(CorruptFile, match=r"IWM\.parquet") as caught:
        store.read("IWM")
    assert ".)" not in str(caught.value)
    assert store.quarantine("IWM") == "IWM.parquet.bad"
    assert store.read("IWM") is None
    assert store.symbols() == ()
    assert store.files.read("IWM.parquet.bad") == data
    store.write(HISTORY)
    assert store.read("IWM") is not None


def test_no_flipped_bit_makes_a_file_of_fewer_bars(tmp_path: Path) -> None:
    """Pages have their own checksums; the footer, which counts rows and pages, has none."""
    data = packed(tmp_path)
    footer = int.from_bytes(data[-8:-4], "little") + 8
    path = tmp_path / "flipped" / "IWM.parquet"
    path.parent.mkdir()
    chance = random.Random(5)
    refused = 0
    for place in chance.sample(range(len(data) - footer, len(data)), 200):
        path.write_bytes(
            data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]
        )
        try:
            history = Store(path.parent).read("IWM")
        except CorruptFile:
            refused += 1
        else:
            assert history is not None
            pd.testing.assert_frame_equal(history.bars, HISTORY.bars, check_freq=False)
            assert history.provenance == HISTORY.provenance
    assert refused > 50


def test_a_file_of_fewer_bars_than_were_written_is_damaged(tmp_path: Path) -> None:
    whole = pq.read_table(pa.BufferReader(packed(tmp_path)))
    for part in (whole.slice(0, 28), whole.slice(1)):
        sink = pa.BufferOutputStream()
        pq.write_table(part, sink)
        (tmp_path / "IWM.parquet").write_bytes(sink.getvalue().to_pybytes())
        with pytest.raises(CorruptFile, match="does not hold what was written"):
            Store(tmp_path).read("IWM")


def test_a_file_of_another_symbol_is_not_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(HISTORY)
    (tmp_path / "IWM.parquet").rename(tmp_path / "SPY.parquet")
    with pytest.raises(CorruptFile, match="it holds IWM"):
        store.read("SPY")


def test_a_file_of_a_later_format_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    monkeypatch.setattr("rut_dash.market.packing._FORMAT", 3)
    store.write(HISTORY)
    monkeypatch.undo()
    with pytest.raises(CorruptFile, match="format is 3"):
        store.read("IWM")


def test_bars_that_break_the_schema_are_not_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    bars = BARS.copy()
    bars.iloc[10, bars.columns.get_loc("low")] = -1.0
    store.write(PriceHistory("IWM", bars, PROVENANCE))
    with pytest.raises(CorruptFile, match="not positive"):
        store.read("IWM")


# -- status ---------------------------------------------------------------------------------


def test_a_written_status_is_read_back_unchanged(store: Store) -> None:
    status = Status(
        attempts=7,
        tried_at=datetime(2026, 5, 29, 21, 0, 0, 5, tzinfo=UTC),
        fetched_at=datetime(2026, 5, 28, 21, 0, tzinfo=UTC),
        source="Yahoo Finance",
        problem=problem_of(RequestRefused("^RUT", "Yahoo Finance", status=403)),
        failures=3,
        empty_polls=1,
        retry_at=datetime(2026, 5, 29, 22, 0, tzinfo=UTC),
        rate_limited_until=datetime(2026, 5, 29, 22, 0, tzinfo=UTC),
        expected_session=date(2026, 5, 29),
    )
    store.write_status("^RUT", status)
    assert store.status("^RUT") == status
    store.write_status("^RUT", Status())
    assert store.status("^RUT") == Status()
    assert store.symbols() == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"attempts": "many"}',
        b'{"tried_at": 3}',
        b'{"kind": "odd"}',
        b'{"cooldown_until": "2026-05-29T20:00:00"}',  # of no time zone: it compares with nothing
        b'{"attempts": Infinity}',
        b'{"attempts": ' + b"[" * 100_000,
        b'{"format": 2, "problem": []}',
        b'{"format": 2, "problem": {"code": "silent", "source": "Yahoo Finance"}}',
        b'{"format": 2, "problem": {"code": "silent", "source": "", "details": []}}',
        b'{"format": 2, "problem": {"code": "cut", "source": "", "details": {"date": "a day"}}}',
    ],
)
def test_a_damaged_status_reads_as_an_empty_one(store: Store, data: bytes) -> None:
    store.write_status("IWM", Status(attempts=1))
    store.files.write("IWM.status.json", data)
    assert store.status("IWM") == Status()


# -- stores that fail -------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_raises_store_errors(tmp_path: Path) -> None:
    """A file stands where the folder would be: even root cannot write there."""
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "store")
    for action in (
        lambda: store.write(HISTORY),
        lambda: store.write_status("IWM", Status()),
        lambda: store.read("IWM"),
        lambda: store.version("IWM"),
        lambda: store.back_up("IWM"),
    ):
        with pytest.raises(StoreError, match="file"):
            action()
    with store.lock("IWM"):
        pass


def test_a_url_of_an_unknown_filesystem_raises_a_store_error() -> None:
    store = Store("nonsense://bucket/prices")
    with pytest.raises(StoreError, match="nonsense://bucket/prices"):
        store.read("IWM")


def test_a_full_disk_leaves_the_old_file() -> None:
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem)
    store.write(HISTORY)
    handler.write_error = full_disk()
    with pytest.raises(StoreError, match="No space left"):
        store.write(PriceHistory("IWM", BARS.iloc[:100], PROVENANCE))
    back = store.read("IWM")
    assert back is not None
    assert len(back.bars) == len(BARS)


def test_a_local_disk_that_fills_up_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.write(HISTORY)
    before = (tmp_path / "IWM.parquet").read_bytes()

    def no_space(_handle: int) -> None:
        raise full_disk()

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StoreError, match="No space left"):
        store.write(PriceHistory("IWM", BARS.iloc[:100], PROVENANCE))
    assert (tmp_path / "IWM.parquet").read_bytes() == before
    assert list(tmp_path.glob(".*.tmp")) == []


def test_an_unreachable_store_raises_errors_and_does_not_look_empty() -> None:
    handler, filesystem = failing()
    store = Store("bucket", filesystem=filesystem)
    store.write(HISTORY)
    handler.read_error = unreachable()
    for action in (store.read, store.version, store.status, store.backup):
        with pytest.raises(StoreError) as caught:
            action("IWM")
        assert not isinstance(caught.value, CorruptFile)
    with pytest.raises(StoreError):
        store.symbols()


# -- crashes ----------------------------------------------------------------------------------

# A warm parent that forks a writer at each line it reads: 200 interpreters would take minutes.
NURSERY = """
import os, sys
from rut_dash.market.history import PriceHistory, Provenance
from rut_dash.market.validation import validate_bars
from rut_dash.market.store import Store
from tests.fake_yahoo import made_up_bars
bars = validate_bars(made_up_bars("2025-01-02"), "made up", "IWM")
store = Store(sys.argv[1])
print("ready", flush=True)
for born, _ in enumerate(sys.stdin):
    child = os.fork()
    if child == 0:
        for turn in range(10**6):
            count = 100 + (born + turn) % 100
            store.write(PriceHistory("IWM", bars.iloc[:count], Provenance("turn")))
            print(os.getpid(), flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
KILLS = 200


def test_a_writer_killed_at_any_point_leaves_a_file_that_loads(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(PriceHistory("IWM", BARS.iloc[:50], Provenance("before")))
    draws = random.Random(5)
    lengths = set()
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as nursery:  # fmt: skip
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        assert nursery.stdout.readline() == "ready\n"
        for _ in range(KILLS):
            nursery.stdin.write("\n")
            nursery.stdin.flush()
            for _ in range(draws.randint(1, 6)):  # so many writes are whole
                writer = int(nursery.stdout.readline())
            for _ in range(draws.randint(0, 200_000)):  # and then a moment of no length on a clock
                pass
            os.kill(writer, signal.SIGKILL)
            while nursery.stdout.readline() != "gone\n":
                pass
            back = store.read("IWM")
            assert back is not None
            pd.testing.assert_frame_equal(back.bars, BARS.iloc[: len(back.bars)], check_freq=False)
            lengths.add(len(back.bars))
    assert len(lengths) > KILLS / 10
    # What the killed ones left is removed once nobody can still be writing it.
    leftovers = list(tmp_path.glob(".*.tmp"))
    assert leftovers, "no writer was killed in the middle of writing"
    for leftover in leftovers:
        os.utime(leftover, (0, 0))
    store.write(HISTORY)
    assert list(tmp_path.glob(".*.tmp")) == []


# -- locks ------------------------------------------------------------------------------------

HOLDER = """
import signal, sys
from rut_dash.market.store import Store
with Store(sys.argv[1]).lock("IWM"):
    print("held", flush=True)
    signal.pause()
"""


def test_a_lock_excludes_other_threads(store: Store) -> None:
    def is_free() -> bool:
        try:
            with store.lock("IWM", timeout=0.0):
                return True
        except TimeoutError:
            return False

    with ThreadPoolExecutor(1) as other:
        with store.lock("IWM"):
            assert not other.submit(is_free).result()
        assert other.submit(is_free).result()


def test_threads_that_wait_for_a_lock_have_it_one_after_the_other(store: Store) -> None:
    holders: list[int] = []
    most: list[int] = []
    waiting = threading.Barrier(9)

    def enter(turn: int) -> None:
        waiting.wait()
        with store.lock("IWM"):
            holders.append(turn)
            most.append(len(holders))
            holders.remove(turn)

    threads = [threading.Thread(target=enter, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    with store.lock("IWM"):
        waiting.wait()
        assert most == []
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_the_lock_of_one_symbol_leaves_another_free(store: Store) -> None:
    with store.lock("IWM"), store.lock("SPY", timeout=30.0):
        pass


def test_waiting_for_a_lock_ends_after_its_timeout(store: Store) -> None:
    with store.lock("IWM"), pytest.raises(TimeoutError), store.lock("IWM", timeout=0.05):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TimeoutError), store.lock("IWM", timeout=0.1):
            pass
        holder.send_signal(signal.SIGKILL)
    with store.lock("IWM", timeout=30.0):
        pass


def test_a_lock_is_released_when_its_holder_fails(store: Store) -> None:
    with contextlib.suppress(ValueError), store.lock("IWM"):
        raise ValueError
    with store.lock("IWM", timeout=30.0):
        pass


def test_files_without_bars_are_not_listed_as_symbols(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(HISTORY)
    store.back_up("IWM")
    with store.lock("IWM"):
        assert store.symbols() == ("IWM",)
    assert np.all([name.startswith(("IWM", ".locks")) for name in os.listdir(tmp_path)])


# -- what is no file ------------------------------------------------------------------------


def _folder(path: Path) -> None:
    path.mkdir()


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("put", [_folder, _link_to_itself])
@pytest.mark.parametrize("name", ["IWM.parquet", "IWM.status.json"])
def test_a_folder_or_link_in_the_place_of_a_file_affects_that_symbol_only(
    name: str, put: Callable[[Path], None], tmp_path: Path
) -> None:
    store = Store(tmp_path)
    store.write(PriceHistory("SPY", HISTORY.bars, HISTORY.provenance))
    if name == "IWM.status.json":
        store.write(HISTORY)
    put(tmp_path / name)
    assert store.read("SPY") is not None
    assert store.status("IWM") == Status()
    if name == "IWM.status.json":
        assert store.read("IWM") is not None
        return
    with pytest.raises(CorruptFile, match="is no file"):
        store.read("IWM")
    put(tmp_path / "IWM.parquet.bad")  # and what was put aside before stays
    assert store.quarantine("IWM") == "IWM.parquet.2.bad"
    assert store.read("IWM") is None
    store.write(HISTORY)
    assert store.read("IWM") is not None
