"""Real disks that are full or cannot be written, and a store behind a URL that cannot be reached.

The disks are small ones in memory, which root may mount; elsewhere these tests are skipped, and
`test_store` and `test_market` have the same faults from a filesystem object.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.market.store import Store
from tests import now
from tests.fake_yahoo import FakeFault, FakeYahoo
from tests.faults import STORE_CASES
from tests.market.markets import (
    FRIDAY,
    LAST_WEEK,
    ROOT,
    Clock,
    evening,
    expect_bars,
    market_of,
    notices_of,
)

KIB = 1024


class Disk:
    """A small disk of its own, mounted from entry to exit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def mount(self, *options: str) -> None:
        self._do("mount", "-t", "tmpfs", "-o", ",".join(("size=1m", *options)), "tmpfs")

    def read_only(self, yes: bool) -> None:
        self._do("mount", "-o", f"remount,{'ro' if yes else 'rw'}")

    def unmount(self) -> None:
        self._do("umount", "-l")

    def fill(self, leave: int) -> None:
        """Fill the disk but for so many bytes."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4 * KIB))
            except OSError:
                file.truncate(max(0, file.tell() - leave))

    def free(self) -> None:
        self._filler.unlink()

    @property
    def files(self) -> set[str]:
        """The names of the files in the store that is on it."""
        return {path.name for path in (self.path / "store").iterdir() if path.is_file()}

    def _do(self, *command: str) -> None:
        done = subprocess.run([*command, str(self.path)], capture_output=True, text=True)
        if done.returncode:
            raise PermissionError(done.stderr.strip())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Mount a disk of a mebibyte; skip, saying so, where that is not permitted."""
    mounted = Disk(tmp_path / "disk")
    mounted.path.mkdir()
    try:
        mounted.mount()
    except OSError as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    yield mounted
    mounted.unmount()


@pytest.mark.parametrize("leave", [0, 12 * KIB], ids=["to the last byte", "but for a part"])
def test_a_full_disk_leaves_the_stored_file_and_new_prices_in_memory(
    yahoo: FakeYahoo, bars: pd.DataFrame, disk: Disk, leave: int
) -> None:
    store = Store(disk.path / "store")
    file = disk.path / "store" / "IWM.parquet"
    market = market_of(yahoo, store)
    yahoo.as_of = LAST_WEEK
    market.load("IWM")
    before, names = file.read_bytes(), disk.files
    assert len(before) > leave
    disk.fill(leave)
    yahoo.as_of = FRIDAY

    history = market.load("IWM")
    expect_bars(history, bars)
    assert history.provenance.stale_because is None
    (text,) = notices_of(market)
    assert STORE_CASES["full"].excerpt in text
    assert "new prices are in memory only" in text
    assert file.read_bytes() == before
    assert disk.files == names
    expect_bars(market_of(yahoo, Store(store.url)).stored("IWM"), bars.loc[:"2026-05-22"])

    disk.free()
    request_count = yahoo.count()
    assert market.is_due("IWM")
    assert market.refresh("IWM").status == "current"
    assert yahoo.count() == request_count  # what is in memory is stored, nothing is fetched again
    expect_bars(store.read("IWM"), bars)
    assert market.notices == ()
    assert disk.files == names


def test_a_replacement_without_room_for_a_backup_leaves_the_stored_file(
    yahoo: FakeYahoo, bars: pd.DataFrame, disk: Disk
) -> None:
    """A dividend has the whole history replaced: its backup fits, the new bars do not."""
    store = Store(disk.path / "store")
    file = disk.path / "store" / "IWM.parquet"
    market = market_of(yahoo, store)
    yahoo.as_of = evening("2026-03-16")
    market.load("IWM")
    before, names = file.read_bytes(), disk.files
    disk.fill(leave=len(before) + 8 * KIB)
    yahoo.as_of = evening("2026-03-18")

    expect_bars(market.load("IWM"), bars.loc[:"2026-03-18"])
    assert STORE_CASES["full"].excerpt in notices_of(market)[0]
    assert file.read_bytes() == before
    assert disk.files == names  # the backup is not left to fill the disk

    disk.free()
    assert market.refresh("IWM").status == "current"
    expect_bars(store.read("IWM"), bars.loc[:"2026-03-18"])
    assert disk.files == names


def test_prices_are_in_memory_on_a_disk_that_was_full_from_the_start(
    yahoo: FakeYahoo, bars: pd.DataFrame, disk: Disk
) -> None:
    disk.fill(leave=0)
    market = market_of(yahoo, Store(disk.path / "store"))
    expect_bars(market.load("IWM"), bars)
    assert any("memory only" in notice for notice in notices_of(market))
    yahoo.fail(FakeFault.RATE_LIMITED)  # of which the store cannot tell either
    until = market.refresh("SPY").retry_at
    assert market.refresh("IWM", force=True).status == "rate_limited"
    assert market.health("SPY").retry_at == until
    disk.free()
    yahoo.fail(None)
    assert market.refresh("IWM").status == "current"
    expect_bars(market_of(yahoo, Store(disk.path / "store")).stored("IWM"), bars)
    assert market.notices == ()


def test_a_disk_that_becomes_read_only_leaves_the_stored_file_and_new_prices_in_memory(
    yahoo: FakeYahoo, bars: pd.DataFrame, disk: Disk
) -> None:
    store = Store(disk.path / "store")
    file = disk.path / "store" / "IWM.parquet"
    market = market_of(yahoo, store)
    yahoo.as_of = LAST_WEEK
    market.load("IWM")
    before, names = file.read_bytes(), disk.files
    disk.read_only(True)
    yahoo.as_of = FRIDAY

    for each_market in (
        market,
        market_of(yahoo, Store(store.url)),
    ):  # before it, and on it from the start
        expect_bars(each_market.stored("IWM"), bars.loc[:"2026-05-22"])
        expect_bars(each_market.load("IWM"), bars)
        (text,) = notices_of(each_market)
        assert STORE_CASES["read-only"].excerpt in text
        assert "new prices are in memory only" in text
    yahoo.fail(FakeFault.SERVER_ERROR)
    assert market.refresh("IWM", force=True).status == "failed"
    expect_bars(market.stored("IWM"), bars)
    assert file.read_bytes() == before
    assert disk.files == names

    disk.read_only(False)
    yahoo.fail(None)
    assert market.refresh("IWM").status == "current"
    expect_bars(store.read("IWM"), bars)
    assert market.notices == ()
    assert disk.files == names


# -- a folder that a user may not write ---------------------------------------------------------


# What takes from root the right to write what is nobody's to write.
AS_A_USER = ("setpriv", "--bounding-set", "-dac_override", "--") if os.getuid() == 0 else ()


def test_a_command_works_on_a_folder_that_its_user_may_not_write(
    yahoo: FakeYahoo, tmp_path: Path
) -> None:
    """The command as a user who may read the store and no more."""
    if AS_A_USER and shutil.which(AS_A_USER[0]) is None:
        pytest.skip("root writes to any folder, and there is no setpriv to prevent it")
    folder = tmp_path / "store"
    for symbol in ("IWM", "SPY"):
        yahoo.serve(symbol, now.recent_bars(symbol))
        now.store_bars(Store(folder), yahoo, symbol, sessions_ago=now.SESSIONS_AGO)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    folder.chmod(0o555)
    command = [*AS_A_USER, sys.executable, "-m", "rut_dash", "summary"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "RUT_DASH_STORE": str(folder)},
    )  # fmt: skip
    folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    last = now.recent_bars("IWM").index[-1]
    assert f"as of {last:%Y-%m-%d}, price basis\nSource: Yahoo Finance\n" in done.stdout
    assert STORE_CASES["forbidden"].excerpt in done.stderr
    assert "new prices are in memory only" in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


# -- a URL that cannot be reached -----------------------------------------------------------------


@contextmanager
def silent_server() -> Iterator[int]:
    """Listen, and never answer."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for connection in taken:
            connection.close()
        thread.join(5)


@contextmanager
def closed_port() -> Iterator[int]:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield port


BUCKET = "s3://key:secret@prices/rut?scheme=http&region=us-east-1&endpoint_override=127.0.0.1:{}"
# Its patience is for the source and the store: on a busy machine the imports alone could use it up.
WARM_COMMAND = (
    "import pyarrow.fs, runpy, yfinance; runpy.run_module('rut_dash', run_name='__main__')"
)
UNREACHABLE = pytest.mark.parametrize("server", [silent_server, closed_port])


@UNREACHABLE
def test_a_bucket_that_cannot_be_reached_is_read_once(
    yahoo: FakeYahoo,
    bars: pd.DataFrame,
    server: Callable[[], Iterator[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The real client of S3; a page waits for it once, within the store's patience."""
    with server() as port:  # type: ignore[attr-defined]
        store = Store(BUCKET.format(port), patience=(0.5, 0.5))
        market = market_of(yahoo, store, check_every=60.0, monotonic=Clock())
        calls: list[str] = []
        call_store = store.files._call
        monkeypatch.setattr(
            store.files,
            "_call",
            lambda action, kind: calls.append(kind) or call_store(action, kind),
        )
        assert market.stored("IWM") is None
        assert len(calls) == 1
        for _ in range(50):  # a page that is drawn again
            assert market.stored("IWM") is None
        assert len(calls) == 1
        expect_bars(market.load("IWM"), bars)
        assert market.load("IWM").provenance.stale_because is None
        assert market.version("IWM")
    text = " ".join(notices_of(market))
    assert "The price store at s3://prices/rut cannot be" in text
    assert "secret" not in text


@UNREACHABLE
def test_a_command_prints_real_prices_where_its_bucket_cannot_be_reached(
    yahoo: FakeYahoo, server: Callable[[], Iterator[int]]
) -> None:
    """The real limits; and nobody who reads its output waits for its exit."""
    for symbol in ("IWM", "SPY"):
        yahoo.serve(symbol, now.recent_bars(symbol))
    with server() as port:  # type: ignore[attr-defined]
        environment = {**os.environ, "RUT_DASH_STORE": BUCKET.format(port)}
        with subprocess.Popen(
            [sys.executable, "-c", WARM_COMMAND, "summary"], cwd=ROOT, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as command:  # fmt: skip
            assert command.stdout is not None
            assert command.stderr is not None
            assert command.stdout.readline().startswith("IWM against SPY")
            assert command.stdout.readline() == "Source: Yahoo Finance\n"
            command.stdout.close()  # as head does
            text = command.stderr.read()
            # By itself the client of S3 gives up after a hundred seconds and more.
            assert command.wait(60) == 0
    assert f"The price store at s3://prices/rut {STORE_CASES['unreachable'].excerpt}" in text
    assert "secret" not in text
    assert "Traceback" not in text


def test_the_silent_server_never_answers_and_the_closed_port_refuses() -> None:
    with silent_server() as port, socket.create_connection(("127.0.0.1", port), 1) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    with closed_port() as port, pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)
