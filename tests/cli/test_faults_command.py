"""The fault matrix on the command line: what is printed, within which time, and what is stored.

The bulk runs each command in a process of its own that is forked from one that has imported
everything (`tests.command`); a few of the faults are met by whole interpreters below. The
clock is the wall clock, and what Yahoo serves ends with the last session whose bar is final.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from rut_dash.errors import ForeignSymbol, RateLimited, UnknownSymbol
from rut_dash.market.sources.base import REQUEST_SHARE
from rut_dash.market.sources.yahoo import DEADLINE
from rut_dash.market.store import Store
from tests import now
from tests.command import ROOT, Commands, Done, commands
from tests.fake_yahoo import FakeFault, FakeYahoo
from tests.faults import CASES, Display, FaultCase
from tests.market.markets import expect_bars

# Of the patience: a request to a silent source ends after a second and not after eight. The
# patience is that of users: no other limit is shorter on a busy machine.
SHORT_REQUEST = 0.05
LEGS = ("IWM", "SPY")
FAILED = (Display.STORED, Display.DEMO, Display.PREVIOUS_VIEW)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeYahoo]:
    with FakeYahoo() as fake:
        yield fake


@pytest.fixture(scope="module")
def shell(server: FakeYahoo) -> Iterator[Commands]:
    with commands(server.environment()) as started:
        yield started


@pytest.fixture
def yahoo(server: FakeYahoo) -> Iterator[FakeYahoo]:
    """Serve bars up to the last final session, nothing wrong."""
    for symbol in LEGS:
        server.serve(symbol, now.recent_bars(symbol))
    yield server
    server.fail(None)


@pytest.mark.parametrize("is_stored", [False, True], ids=["cold", "is_stored"])
@pytest.mark.parametrize("fault_case", CASES, ids=str)
def test_a_fault_is_reported_by_every_command_and_ends_with_the_fault(
    yahoo: FakeYahoo, shell: Commands, tmp_path: Path, fault_case: FaultCase, is_stored: bool
) -> None:
    """``fetch``, ``summary`` and ``doctor`` while it lasts; ``summary`` once it is over."""
    folder = tmp_path / "store"
    store, file = Store(folder), folder / "IWM.parquet"
    environment = {"RUT_DASH_STORE": str(folder)}
    request_share = SHORT_REQUEST if fault_case.silent else REQUEST_SHARE

    def run(*arguments: str) -> Done:
        done = shell.run(*arguments, request_share=request_share, **environment)
        assert yahoo.overdue == 0
        assert "Traceback" not in done.err + done.out
        assert "delisted" not in done.err
        return done

    if is_stored:
        for symbol in LEGS:
            now.store_bars(store, yahoo, symbol, sessions_ago=now.SESSIONS_AGO)
    before = file.read_bytes() if is_stored else None
    fault_case.start(yahoo)
    display = fault_case.display(is_stored)
    started = datetime.now(UTC)
    fetched, summary, doctor = run("fetch", "IWM"), run("summary"), run("doctor")
    if display in FAILED:
        assert (file.read_bytes() if is_stored else None) == before
        expect_failure(fault_case, display, started, fetched, summary, doctor)
    else:
        expect_prices(fault_case, display, started, fetched, summary, doctor)

    yahoo.fail(None)
    request_share = REQUEST_SHARE
    if fault_case.error is RateLimited:
        yahoo.requests.clear()
        assert fault_case.excerpt in run("fetch", "IWM", "--force").err
        assert yahoo.requests == []
    if fault_case.error is RateLimited or display is Display.NEW_WITH_GAP:
        now.age_statuses(folder)
    if display is Display.WRONG:
        assert "remove their file from the store" in run("fetch", "IWM", "--force").err
        for path in folder.glob("*.parquet"):
            path.unlink()
    after = run("summary", "--json")
    assert after.code == 0
    assert after.err == "" or fault_case.fault == FakeFault.NO_ADJCLOSE
    answer = json.loads(after.out)
    bars = now.recent_bars("IWM")
    assert answer["simulated"] is False
    assert answer["as_of"] == f"{bars.index[-1]:%Y-%m-%d}"
    assert answer["symbols"]["IWM"]["close"] == bars["close"].iloc[-1]
    if display in (Display.NEW, Display.NEW_WITH_BLANK):
        assert run("fetch", "IWM", "--force").code == 0
    expect_bars(store.read("IWM"), bars)


def test_a_session_that_both_legs_lack_twice_is_a_remark_of_fetch_and_doctor(
    yahoo: FakeYahoo, shell: Commands, tmp_path: Path
) -> None:
    day = now.recent_bars("IWM").index[-20]
    for symbol in LEGS:
        yahoo.withhold(symbol, f"{day:%Y-%m-%d}")
    try:
        store = {"RUT_DASH_STORE": str(tmp_path / "store")}
        assert "lacks 1 session" in shell.run("fetch", *LEGS, **store).err
        assert shell.run("doctor", **store).code == 1
        fetched = shell.run("fetch", *LEGS, "--force", **store)
        assert fetched.code == 0
        doctor = shell.run("doctor", **store)
        said = f"Probably no session, since no symbol has it: {day:%Y-%m-%d}."
        assert fetched.err.count(said) == 1
        assert "lacks" not in fetched.err
        assert doctor.out.count(said) == len(LEGS)
        assert doctor.code == 0
        assert shell.run("summary", **store).err == ""
    finally:
        for symbol in LEGS:
            yahoo.withhold(symbol)


def next_try(text: str) -> datetime:
    """Return the time of the next try that a sentence names, to the minute."""
    (moment,) = re.findall(r"[Nn]ext try at (\d{4}-\d\d-\d\d \d\d:\d\d) UTC", text)[:1]
    return datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def expect_pause(text: str, started: datetime, least: timedelta) -> None:
    """Expect a next try after a pause of at least so long, with a fourth of it added by chance.

    The pause began between ``started`` and now; sentences cut its end to the minute.
    """
    minute = timedelta(minutes=1)
    assert started + least - minute < next_try(text) <= datetime.now(UTC) + 1.25 * least


def expect_failure(
    fault_case: FaultCase,
    display: Display,
    started: datetime,
    fetched: Done,
    summary: Done,
    doctor: Done,
) -> None:
    """Expect the reason and the next try from every command, and what stands in."""
    assert fetched.code == 1
    assert fault_case.excerpt in fetched.err
    assert re.search(r"^IWM +failed +0 ", fetched.out, re.MULTILINE)
    pauses = {RateLimited: 15, UnknownSymbol: 60, ForeignSymbol: 60}
    expect_pause(fetched.err, started, timedelta(minutes=pauses.get(fault_case.error, 1)))
    assert doctor.code == 1
    assert fault_case.excerpt in doctor.out
    assert "Next try at 2" in doctor.out
    if display is Display.PREVIOUS_VIEW:
        assert (summary.code, summary.out) == (2, "")
        assert summary.err.count("\n") == 1
        assert fault_case.excerpt in summary.err
        assert next_try(summary.err) > started
        return
    assert summary.code == 0
    assert fault_case.excerpt in summary.err
    next_try(summary.err)
    if display is Display.DEMO:
        assert "SIMULATED, not real prices" in summary.out
        assert "What follows is simulated." in summary.err
        assert summary.err.count("everything between them is made up.") == 1
    else:
        last = now.recent_bars("IWM").index[-1 - now.SESSIONS_AGO]
        assert f"as of {last:%Y-%m-%d}, price basis\nSource: Yahoo Finance\n" in summary.out
        why = "newer ones could not be fetched: (IWM from )?Yahoo Finance: "
        ends = rf"Prices of IWM end on {last:%Y-%m-%d}; {why}"
        assert re.search(ends, summary.err)


def expect_prices(
    fault_case: FaultCase,
    display: Display,
    started: datetime,
    fetched: Done,
    summary: Done,
    doctor: Done,
) -> None:
    """Expect the new prices, and the missing session by name where there is one."""
    bars = now.recent_bars("IWM")
    last, missing = bars.index[-1], bars.index[-5]
    rows = len(bars) - (display is Display.NEW_WITH_GAP)
    assert (fetched.code, summary.code) == (0, 0)
    assert re.search(rf"^IWM +fetched +\d+ +{rows} +{last:%Y-%m-%d}$", fetched.out, re.MULTILINE)
    assert f"as of {last:%Y-%m-%d}, price basis\nSource: Yahoo Finance\n" in summary.out
    close = bars["close"].iloc[-1] * (100 if display is Display.WRONG else 1)
    assert f" {close:,.2f} " in summary.out
    if display is not Display.NEW_WITH_GAP:
        no_adjclose = fault_case.fault == FakeFault.NO_ADJCLOSE
        assert ("Yahoo Finance gave no adjusted closes" in summary.err) is no_adjclose
        assert summary.err.count("\n") == 2 * no_adjclose  # of both legs
        # Wrong throughout, prices still disagree with what was paid of them.
        doubted = "adjusted closes disagree with the dividends" in doctor.out
        assert doctor.code == doubted == (display is Display.WRONG)
        return
    assert doctor.code == 1
    gap = "IWM lacks 1 session of the NYSE, left out and not filled"
    for text in (fetched.err, summary.err):
        assert f"{gap}: {missing:%Y-%m-%d}." in text
    assert f"IWM: 1 session missing: {missing:%Y-%m-%d}. Next try at 2" in doctor.out
    expect_pause(fetched.err, started, timedelta(minutes=10))


def test_the_limit_of_believable_moves_is_a_setting(
    yahoo: FakeYahoo, shell: Commands, tmp_path: Path
) -> None:
    environment = {"RUT_DASH_STORE": str(tmp_path / "store")}
    yahoo.fail(FakeFault.TIMES_100)
    refused = shell.run("fetch", "IWM", **environment)
    day = now.recent_bars("IWM").index[-5]
    assert refused.code == 1
    assert f"on {day:%Y-%m-%d}, beyond the believable 25% of one day" in refused.err
    assert "the limit can be raised with RUT_DASH_MOVE_LIMIT" in refused.err
    doctor = shell.run("doctor", **environment)
    assert "the limit can be raised with RUT_DASH_MOVE_LIMIT" in doctor.out
    for limit, code in (("50", 1), ("150", 0)):
        assert shell.run("fetch", "IWM", RUT_DASH_MOVE_LIMIT=limit, **environment).code == code
    before = (tmp_path / "store" / "IWM.parquet").read_bytes()
    assert shell.run("fetch", "IWM", "--force", **environment).code == 1
    # What came in by a wider limit is not lost by a narrower one.
    assert (tmp_path / "store" / "IWM.parquet").read_bytes() == before


def test_a_bar_of_an_open_session_is_labelled_and_replaced(
    yahoo: FakeYahoo, shell: Commands, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    partial = now.store_open_session(Store(folder), yahoo, "IWM")
    now.store_bars(Store(folder), yahoo, "SPY")
    yahoo.fail(FakeFault.SERVER_ERROR)
    summary = shell.run("summary", RUT_DASH_STORE=str(folder))
    label = "The last bar of IWM is of a session that was still open when it was fetched."
    assert label in summary.err
    assert f" {partial:,.2f} " in summary.out
    yahoo.fail(None)
    summary = shell.run("summary", RUT_DASH_STORE=str(folder))
    assert summary.err == ""
    assert f" {now.recent_bars('IWM')['close'].iloc[-1]:,.2f} " in summary.out


# -- whole interpreters -------------------------------------------------------------------------


def process(
    yahoo: FakeYahoo, store: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RUT_DASH_")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "rut_dash", *arguments],
        env=clean | yahoo.environment() | {"RUT_DASH_STORE": str(store)} | environment,
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("fault", ["rate_limited", "consent", "times_100", "null_row"])
def test_a_fault_is_reported_without_a_warning_by_a_whole_interpreter(
    yahoo: FakeYahoo, tmp_path: Path, fault: str
) -> None:
    """The four ways out: a rate limit, a failure, a refusal, prices; with warnings as errors."""
    (fault_case,) = [fault_case for fault_case in CASES if fault_case.fault == fault]
    fault_case.start(yahoo)
    done = process(yahoo, tmp_path, "summary")
    assert yahoo.overdue == 0
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert fault_case.excerpt in done.stderr
    assert ("SIMULATED" in done.stdout) is (fault_case.nothing is Display.DEMO)
    # The fault with the gap that it leaves, or with what the simulated prices are.
    assert len(done.stderr.splitlines()) == 2


def test_fetch_with_log_prints_one_line_for_each_request(
    yahoo: FakeYahoo, shell: Commands, tmp_path: Path
) -> None:
    environment = {"RUT_DASH_STORE": str(tmp_path)}
    quiet = shell.run("fetch", "IWM", **environment)
    assert "outcome=" not in quiet.err
    done = shell.run("fetch", "IWM", "SPY", "--force", "--log", **environment)
    lines = re.findall(
        r"^\S+ \S+ INFO rut_dash\.market fetch symbol=(\w+) source='Yahoo Finance' "
        r"mode=(\w+) rows=\d+ seconds=\d+\.\d\d outcome=fetched$",
        done.err,
        re.M,
    )
    assert lines == [("IWM", "update"), ("SPY", "whole")]


@pytest.mark.slow
def test_a_command_waits_for_a_silent_source_once_and_not_longer_than_its_limit(
    yahoo: FakeYahoo, tmp_path: Path
) -> None:
    """The real limits, once, for two symbols; the matrix has them shortened."""
    assert DEADLINE < 20
    yahoo.fail(FakeFault.SILENT)
    yahoo.requests.clear()
    done = process(yahoo, tmp_path, "summary")
    assert yahoo.count() == 1  # the second symbol is not waited for
    assert yahoo.overdue == 0
    assert done.returncode == 0
    assert "it did not answer" in done.stderr
    assert "SIMULATED" in done.stdout


def test_the_recent_bars_of_these_tests_are_valid() -> None:
    bars = now.recent_bars("IWM")
    assert (bars["dividend"] > 0).sum() == 1
    assert bars.index[-1] <= pd.Timestamp(datetime.now(UTC).date())
    assert len(bars) == 320
