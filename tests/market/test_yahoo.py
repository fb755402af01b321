"""The real yfinance, unmodified, in front of a fake Yahoo with every fault of the table."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import time
import warnings
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rut_dash.errors import (
    CertificateUntrusted,
    ConnectionCut,
    DataUnavailable,
    ForeignSymbol,
    MalformedAnswer,
    NoPrices,
    NotJson,
    RateLimited,
    RequestRefused,
    RutDashError,
    SchemaError,
    SourceError,
    SourceSilent,
    SourceUnreachable,
    UnknownSymbol,
)
from rut_dash.market.history import Basis, PriceHistory, adjustment_differences
from rut_dash.market.market import Market
from rut_dash.market.notes import CapitalGain, DeferredAction, NoAdjustedCloses
from rut_dash.market.sources.yahoo import YahooSource
from rut_dash.market.store import Store
from rut_dash.market.validation import BAR_COLUMNS
from rut_dash.market_wording import note_text
from tests.fake_yahoo import CRUMB, NEW_YORK, FakeFault, FakeYahoo, made_up_bars
from tests.oracles import first_unknown_action

ROOT = Path(__file__).resolve().parents[2]


def source(yahoo: FakeYahoo, **limits: float) -> YahooSource:
    """Return a source whose clock is the fake's, with time for a busy machine."""
    return YahooSource(
        clock=yahoo.time,
        deadline=limits.get("deadline", 60.0),
        request_timeout=limits.get("request_timeout", 30.0),
    )


def expect_bars(history: PriceHistory, bars: pd.DataFrame) -> None:
    """Expect the bars that were served, but for the adjusted closes, which the vendor computes."""
    columns = [column for column in BAR_COLUMNS if column != "adj_close"]
    pd.testing.assert_frame_equal(
        history.bars[columns], bars[columns], check_freq=False, check_names=False, rtol=1e-12
    )


# -- good answers -----------------------------------------------------------------------


def test_the_whole_history_is_returned_unchanged(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    history = source(yahoo).fetch("IWM")
    expect_bars(history, bars)
    assert history.sessions.tz is None
    assert history.sessions.unit == "us"
    assert history.sessions.name == "session"
    assert history.provenance.source == "Yahoo Finance"
    assert history.provenance.fetched_at == datetime(2026, 5, 30, 0, 0, tzinfo=UTC)
    assert not history.provenance.provisional
    assert not history.provenance.simulated
    assert first_unknown_action(history) is None


def test_yahoos_adjusted_closes_agree_with_our_total_return(yahoo: FakeYahoo) -> None:
    history = source(yahoo).fetch("IWM")
    assert adjustment_differences(history, tolerance=1e-9).empty
    ours = history.close(Basis.TOTAL)
    np.testing.assert_allclose(history.bars["adj_close"], ours, rtol=1e-9)


def test_closes_are_not_divided_by_a_split_again(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    history = source(yahoo).fetch("IWM")
    assert history.bars.loc["2025-06-09", "split"] == 2.0
    assert history.close(Basis.PRICE)["2025-06-06"] == bars.loc["2025-06-06", "close"]


def test_before_a_split_prices_are_not_divided_by_it(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    yahoo.as_of = datetime(2025, 6, 6, 20, tzinfo=NEW_YORK)
    history = source(yahoo).fetch("IWM")
    assert history.last_session == pd.Timestamp("2025-06-06")
    assert history.bars["close"].iloc[-1] == pytest.approx(2 * bars.loc["2025-06-06", "close"])
    assert (history.bars["split"] == 0).all()


def test_a_start_cuts_earlier_bars_off(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    history = source(yahoo).fetch("IWM", date(2026, 4, 2))
    expect_bars(history, bars.loc["2026-04-02":])


def test_a_start_that_is_not_a_session_means_the_next_session(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    history = source(yahoo).fetch("IWM", date(2026, 4, 3))  # Good Friday
    expect_bars(history, bars.loc["2026-04-06":])


def test_an_index_has_prices_and_no_volume(yahoo: FakeYahoo) -> None:
    history = source(yahoo).fetch("^RUT")
    assert history.bases == (Basis.PRICE,)
    assert history.bars["volume"].isna().all()
    assert yahoo.requests[-1].path == "/v8/finance/chart/^RUT"


def test_the_first_call_sends_three_requests_and_a_later_one_sends_one(yahoo: FakeYahoo) -> None:
    yahoo_source = source(yahoo)
    yahoo_source.fetch("IWM")
    assert [request.kind for request in yahoo.requests] == ["cookie", "crumb", "chart"]
    yahoo.requests.clear()
    yahoo_source.fetch("SPY")
    assert [request.kind for request in yahoo.requests] == ["chart"]
    assert yahoo.requests[0].query["crumb"] == [CRUMB]
    assert "A3=" in yahoo.requests[0].headers.get("Cookie", "")


def test_no_request_asks_for_a_span_that_ends_in_the_past(yahoo: FakeYahoo) -> None:
    """Answers to those are kept by yfinance for ever, the bad ones too."""
    before = time.time()
    yahoo_source = source(yahoo)
    yahoo_source.fetch("IWM")
    yahoo_source.fetch("IWM", date(2026, 4, 2))
    for request in yahoo.requests:
        if request.kind == "chart":
            assert int(request.query["period2"][0]) >= int(before)


def test_nothing_is_written_to_the_users_cache(
    yahoo: FakeYahoo, bars: pd.DataFrame, tmp_path: Path
) -> None:
    """In a process of its own, with a home of its own: yfinance's SQLite files stay away."""
    code = (
        "from rut_dash.market.sources.yahoo import YahooSource\n"
        "print(len(YahooSource().fetch('IWM').bars))"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(len(bars))
    assert done.stderr == ""
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# Prints how many files of yfinance's cache a process has tried to open, in whatever way; both
# events come before the attempt.
COUNT_CACHE_OPENINGS = """
import sys
opened = []
def note(event, arguments):
    if event in ("open", "sqlite3.connect") and "py-yfinance" in str(arguments[0]):
        opened.append(arguments[0])
sys.addaudithook(note)
{}
print(len(opened))
"""
FETCH = """
from rut_dash.market.sources.yahoo import YahooSource
source = YahooSource(deadline=120.0, request_timeout=60.0)
print(len(source.fetch('IWM').bars))
"""
# What yfinance does with its cache where nobody prevents it.
LOOK_UP = """
from yfinance import cache
from yfinance.exceptions import YFException
try:
    cache.get_tz_cache().lookup('IWM')
except YFException:
    pass
"""


def cache_files(home: Path) -> list[Path]:
    """Return the files of yfinance's cache under a home, in the places where it may look."""
    folders = [home / parent / "py-yfinance" for parent in ("cache", ".cache")]
    for folder in folders:
        folder.mkdir(parents=True)
    names = ("tkr-tz.db", "cookies.db", "isin-tkr.db")
    return [folder / name for folder in folders for name in names]


def run_in_home(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a home of its own."""
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", COUNT_CACHE_OPENINGS.format(code)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("state", ["damaged", "locked"])
def test_the_cache_of_yfinance_is_not_opened(
    yahoo: FakeYahoo, bars: pd.DataFrame, tmp_path: Path, state: str
) -> None:
    """Its SQLite files, corrupt or locked by another connection, would make calls empty or wait."""
    files = cache_files(tmp_path)
    with ExitStack() as stack:
        for file in files:
            if state == "damaged":
                file.write_bytes(b"SQLite format 3\0, and then nothing")
            else:
                other = stack.enter_context(closing(sqlite3.connect(file, isolation_level=None)))
                other.execute("create table rows (name)")
                other.execute("begin exclusive")
                with (
                    closing(sqlite3.connect(file, timeout=0)) as client,
                    pytest.raises(sqlite3.OperationalError, match="locked"),
                ):
                    client.execute("select * from rows")
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        done = run_in_home(tmp_path, FETCH)
        after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert (done.stdout.split(), done.stderr) == ([str(len(bars)), "0"], "")
    assert after == before


def test_the_count_of_openings_notices_a_yfinance_that_opens_its_cache(tmp_path: Path) -> None:
    cache_files(tmp_path)
    done = run_in_home(tmp_path, LOOK_UP)
    assert int(done.stdout) > 0, done.stderr


def test_a_host_name_that_does_not_resolve_is_an_unreachable_source(
    yahoo: FakeYahoo, bars: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curl_cffi.requests import exceptions

    from rut_dash.market.sources.yahoo_client import connection_error

    # The names of Yahoo's hosts are the proxy's to resolve; here it is the proxy's own name.
    with monkeypatch.context() as patch:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY"):
            patch.setenv(name, "http://no-such-proxy.invalid:1")
        with pytest.raises(DataUnavailable, match="cannot be reached from here") as caught:
            source(yahoo).fetch("IWM")
    assert type(caught.value) is SourceUnreachable
    unresolved = exceptions.DNSError("Could not resolve host")
    assert isinstance(connection_error(unresolved, "IWM", "Yahoo"), SourceUnreachable)
    expect_bars(source(yahoo).fetch("IWM"), bars)


def test_the_bundle_that_ssl_cert_file_names_at_the_start_is_trusted(yahoo: FakeYahoo) -> None:
    """In a process of its own: the variable is read when the client is imported."""
    code = (
        "from rut_dash.market.sources.yahoo import YahooSource\n"
        "print(len(YahooSource(deadline=60, request_timeout=30).fetch('IWM').bars))"
    )
    environment = {**os.environ, "SSL_CERT_FILE": os.environ["REQUESTS_CA_BUNDLE"]}
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        del environment[name]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "604\n", done.stderr


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_bundle_of_each_variable_that_is_named_is_trusted(
    yahoo: FakeYahoo, bars: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    bundle = yahoo.environment()["REQUESTS_CA_BUNDLE"]
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CertificateUntrusted) as caught:
        source(yahoo).fetch("IWM")
    assert all(name in str(caught.value) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"))
    monkeypatch.setenv(variable, bundle)
    expect_bars(source(yahoo).fetch("IWM"), bars)


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        ("VOD.L", "listed outside the US (London)"),
        ("RY.TO", "listed outside the US (Toronto)"),
        ("BTC-USD", "a cryptocurrency"),
        ("EURUSD=X", "a pair of currencies"),
        ("ES=F", "a future"),
    ],
)
def test_a_foreign_symbol_is_refused_by_its_form_without_a_request(
    yahoo: FakeYahoo, symbol: str, words: str
) -> None:
    with pytest.raises(ForeignSymbol) as caught:
        source(yahoo).fetch(symbol)
    assert str(caught.value) == (
        f"No prices of {symbol} from Yahoo Finance: it is {words}; figures here are in US dollars, "
        "on the sessions of the NYSE. Give a symbol of a US exchange, as IWM."
    )
    assert yahoo.requests == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"currency": "GBp"}, "listed outside the US (NYSEArca), quoted in GBp"),
        ({"exchangeTimezoneName": "Asia/Tokyo"}, "listed outside the US (NYSEArca)"),
        ({"instrumentType": "CRYPTOCURRENCY"}, "a cryptocurrency (NYSEArca)"),
        ({"instrumentType": "FUTURE"}, "a future (NYSEArca)"),
    ],
)
def test_a_foreign_symbol_is_refused_by_what_yahoo_says_of_it(
    yahoo: FakeYahoo, tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    """In one answer, and it is not asked for again for an hour."""
    yahoo.tamper = lambda result: result["meta"].update(changes)
    market = Market(Store(tmp_path), source(yahoo), clock=yahoo.time)
    for _ in range(2):
        with pytest.raises(ForeignSymbol) as caught:
            market.load("IWM")
        assert f"it is {words}; figures here" in str(caught.value)
        assert not market.is_due("IWM")
    assert yahoo.count() == 2  # of callers who wait, none behind a page


@pytest.mark.parametrize("zone", ["America/New_York", "America/Chicago"])
def test_an_index_of_a_us_exchange_is_no_foreign_symbol(yahoo: FakeYahoo, zone: str) -> None:
    yahoo.tamper = lambda result: result["meta"].update(exchangeTimezoneName=zone)
    assert len(source(yahoo).fetch("^RUT").bars) > 600


# -- the last bar -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "last", "provisional"),
    [
        (datetime(2026, 5, 28, 9, 0, tzinfo=NEW_YORK), "2026-05-27", False),
        (datetime(2026, 5, 28, 12, 0, tzinfo=NEW_YORK), "2026-05-28", True),
        (datetime(2026, 5, 28, 16, 5, tzinfo=NEW_YORK), "2026-05-28", True),
        (datetime(2026, 5, 28, 16, 20, tzinfo=NEW_YORK), "2026-05-28", False),
        (datetime(2025, 11, 28, 13, 21, tzinfo=NEW_YORK), "2025-11-28", False),  # early close
    ],
)
def test_the_last_bar_is_provisional_until_twenty_minutes_after_the_close(
    yahoo: FakeYahoo, bars: pd.DataFrame, moment: datetime, last: str, provisional: bool
) -> None:
    yahoo.as_of = moment
    history = source(yahoo).fetch("SPY")
    assert history.last_session == pd.Timestamp(last)
    assert history.provenance.provisional is provisional


def test_a_bar_of_a_session_under_way_is_not_the_final_one(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    yahoo.as_of = datetime(2026, 5, 28, 12, 0, tzinfo=NEW_YORK)
    partial = source(yahoo).fetch("IWM").bars["close"].iloc[-1]
    assert partial != bars.loc["2026-05-28", "close"]


def test_the_live_row_that_comes_twice_counts_once(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    yahoo.fail(FakeFault.DUPLICATE_LIVE_ROW)
    history = source(yahoo).fetch("IWM")
    assert len(history.bars) == len(bars)
    assert history.bars["close"].iloc[-1] == bars["close"].iloc[-1]


# -- rows that are not there --------------------------------------------------------------


@pytest.mark.parametrize("fault", [FakeFault.NULL_ROW, FakeFault.MISSING_SESSION])
def test_a_session_without_prices_is_missing(
    yahoo: FakeYahoo, bars: pd.DataFrame, fault: FakeFault
) -> None:
    yahoo.fail(fault)
    history = source(yahoo).fetch("IWM")
    assert set(bars.index) - set(history.sessions) == {bars.index[-5]}


def test_a_missing_sessions_dividend_counts_on_the_next(yahoo: FakeYahoo) -> None:
    bars = made_up_bars()
    bars.loc[bars.index[-5], "dividend"] = 1.0
    yahoo.serve("IWM", bars)
    yahoo.fail(FakeFault.NULL_ROW)
    history = source(yahoo).fetch("IWM")
    ex, after = bars.index[-5], bars.index[-4]
    assert history.bars.loc[after, "dividend"] == 1.0
    [note] = history.provenance.notes
    assert note == DeferredAction(ex.date(), after.date(), 1.0, 0.0, "Yahoo Finance")
    assert f"{ex:%Y-%m-%d}" in note_text(note)
    # Total return over the gap: (close + dividend's share) worked by the CRSP factor.
    previous, now = bars["close"].iloc[-6], bars["close"].iloc[-4]
    total = history.close(Basis.TOTAL)
    assert total[after] / total.iloc[-5] == pytest.approx(now / (previous * (1 - 1.0 / previous)))


def test_a_dividend_after_the_last_bar_is_not_counted_before_its_session(
    yahoo: FakeYahoo, bars: pd.DataFrame
) -> None:
    yahoo.fail(FakeFault.DIVIDEND_AHEAD)
    history = source(yahoo).fetch("IWM")
    expect_bars(history, bars)


def test_without_adjusted_closes_there_is_nothing_to_compare(yahoo: FakeYahoo) -> None:
    """Of itself yfinance would copy the closes, which would look like wrong dividends."""
    yahoo.fail(FakeFault.NO_ADJCLOSE)
    history = source(yahoo).fetch("IWM")
    assert history.bars["adj_close"].isna().all()
    assert adjustment_differences(history).empty
    [note] = history.provenance.notes
    assert note == NoAdjustedCloses("Yahoo Finance")
    assert "adjusted" in note_text(note)


# -- faults -------------------------------------------------------------------------------

# The error, words of its sentence, and how many requests for prices the source makes.
UNAVAILABLE = {
    FakeFault.RATE_LIMITED: (RateLimited, "429", 1),
    FakeFault.UNAUTHORIZED: (RequestRefused, "401", 2),
    FakeFault.FORBIDDEN: (RequestRefused, "403", 1),
    FakeFault.SERVER_ERROR: (SourceError, "500", 1),
    FakeFault.BAD_GATEWAY: (SourceError, "502", 1),
    FakeFault.CONSENT: (NotJson, "web page", 1),
    FakeFault.TRUNCATED: (NotJson, "cut short", 1),
    FakeFault.SILENT: (SourceSilent, "in time", 1),
    FakeFault.TRICKLE: (SourceSilent, "in time", 1),
    FakeFault.CUT: (ConnectionCut, "cut", 2),
    FakeFault.UNTRUSTED: (CertificateUntrusted, "not trusted here", 0),
    FakeFault.REFUSED: (SourceUnreachable, "cannot be reached", 0),
    FakeFault.EMPTY_RESULT: (NoPrices, "without any prices", 1),
    FakeFault.NULL_RESULT: (NoPrices, "without any prices", 1),
    FakeFault.EMPTY_LISTS: (NoPrices, "without any prices", 1),
    FakeFault.NO_TIMESTAMPS: (NoPrices, "without any prices", 1),
    FakeFault.LENGTH_MISMATCH: (MalformedAnswer, "could not be read", 1),
    FakeFault.NO_META: (MalformedAnswer, "lacks parts", 1),
    FakeFault.NO_TIMEZONE: (MalformedAnswer, "could not be read", 1),
    FakeFault.UNKNOWN_SYMBOL: (UnknownSymbol, "no such symbol", 1),
}
REJECTED = {
    FakeFault.TIMES_100: "moves by",
    FakeFault.FUTURE_BAR: "has not come yet",
    FakeFault.SHORT: "100 bars begin on",
    FakeFault.NEGATIVE_CLOSE: "not positive",
}


@pytest.mark.parametrize("is_second_call", [False, True], ids=["first call", "second call"])
@pytest.mark.parametrize("fault", UNAVAILABLE, ids=str)
def test_a_fault_is_raised_by_its_cause_and_the_next_call_succeeds(
    yahoo: FakeYahoo, bars: pd.DataFrame, fault: FakeFault, is_second_call: bool
) -> None:
    cause, words, charts = UNAVAILABLE[fault]
    yahoo_source = source(yahoo, deadline=600.0)
    if is_second_call:
        yahoo_source.fetch("IWM")
    yahoo.fail(fault)
    yahoo.requests.clear()
    if cause is SourceSilent:
        yahoo_source.client.request_timeout = 2.0
    with pytest.raises(DataUnavailable) as caught:
        yahoo_source.fetch("IWM")
    assert yahoo.overdue == 0
    yahoo_source.client.request_timeout = 30.0
    assert type(caught.value) is cause
    assert words in str(caught.value)
    assert isinstance(caught.value, UnknownSymbol) is (fault is FakeFault.UNKNOWN_SYMBOL)
    assert "delisted" not in str(caught.value)
    assert yahoo.count("chart") == charts
    yahoo.fail(None)
    expect_bars(yahoo_source.fetch("IWM"), bars)
    assert yahoo.requests[-1].query.get("crumb", [CRUMB]) == [CRUMB]


@pytest.mark.parametrize("fault", REJECTED, ids=str)
def test_bars_that_cannot_be_true_are_refused(
    yahoo: FakeYahoo, bars: pd.DataFrame, fault: FakeFault
) -> None:
    yahoo_source = source(yahoo)
    yahoo.fail(fault)
    with pytest.raises(SchemaError, match=REJECTED[fault]):
        yahoo_source.fetch("IWM")
    yahoo.fail(None)
    expect_bars(yahoo_source.fetch("IWM"), bars)


@pytest.mark.parametrize("fault", [FakeFault.RATE_LIMITED_CRUMB, FakeFault.CRUMB_TEXT], ids=str)
def test_prices_are_fetched_without_a_crumb(
    yahoo: FakeYahoo, bars: pd.DataFrame, fault: FakeFault
) -> None:
    yahoo.fail(fault)
    yahoo_source = source(yahoo)
    for _ in range(2):
        expect_bars(yahoo_source.fetch("IWM"), bars)
    crumbs = [r.query["crumb"] for r in yahoo.requests if "crumb" in r.query]
    assert all("Many" not in crumb[0] for crumb in crumbs)


def test_a_connection_that_is_cut_once_is_tried_again(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    yahoo.fail(FakeFault.CUT, times=1)
    expect_bars(source(yahoo).fetch("IWM"), bars)
    assert yahoo.count("chart") == 2


def test_one_unauthorized_answer_gets_a_new_crumb(yahoo: FakeYahoo, bars: pd.DataFrame) -> None:
    yahoo_source = source(yahoo)
    yahoo_source.fetch("IWM")
    yahoo.fail(FakeFault.UNAUTHORIZED, times=1)
    yahoo.requests.clear()
    expect_bars(yahoo_source.fetch("IWM"), bars)
    assert yahoo.count("crumb") == 1
    assert yahoo.count("chart") == 2


@pytest.mark.parametrize("fault", list(FakeFault), ids=str)
def test_every_fault_ends_in_bars_or_in_a_sentence(yahoo: FakeYahoo, fault: FakeFault) -> None:
    yahoo.fail(fault)
    is_silence = fault in (FakeFault.SILENT, FakeFault.TRICKLE)
    sentence = ""
    rows = 0
    try:
        rows = len(source(yahoo, request_timeout=2.0 if is_silence else 30.0).fetch("IWM").bars)
    except RutDashError as error:
        sentence = str(error)
    assert rows > 400 or (len(sentence) > 20 and sentence.endswith("."))


def test_a_symbol_that_yahoo_lacks_is_unknown(yahoo: FakeYahoo) -> None:
    with pytest.raises(UnknownSymbol, match="NOSUCH"):
        source(yahoo).fetch("NOSUCH")


def test_an_isin_is_refused_without_a_request(yahoo: FakeYahoo) -> None:
    with pytest.raises(UnknownSymbol, match="ISIN"):
        source(yahoo).fetch("US4642876555")
    assert yahoo.requests == []


def test_a_call_ends_at_its_deadline_even_within_a_request(yahoo: FakeYahoo) -> None:
    """A single request may take ten minutes, and so long the fake holds it."""
    yahoo.fail(FakeFault.SILENT)
    with pytest.raises(DataUnavailable) as caught:
        source(yahoo, deadline=1.0, request_timeout=600.0).fetch("IWM")
    assert yahoo.overdue == 0
    assert type(caught.value) is SourceSilent


def test_the_move_limit_can_be_raised(yahoo: FakeYahoo) -> None:
    yahoo.fail(FakeFault.TIMES_100)
    raised = YahooSource(clock=yahoo.time, move_limit=1000.0)
    assert raised.fetch("IWM").bars["close"].iloc[-5] > 5000


def test_the_refusal_of_a_large_move_names_the_setting_that_allows_it(yahoo: FakeYahoo) -> None:
    yahoo.fail(FakeFault.TIMES_100)
    with pytest.raises(SchemaError, match="RUT_DASH_MOVE_LIMIT"):
        source(yahoo).fetch("IWM")


def test_capital_gains_are_distributions_counted_once() -> None:
    from rut_dash.market.actions import with_capital_gains

    days = pd.to_datetime(["2025-12-18", "2025-12-19", "2025-12-22"])
    paid = pd.Series([0.5, 0.1, 0.0], index=days)
    gains = pd.Series([0.3, 0.4, 0.0], index=days)
    counted, notes = with_capital_gains(paid, gains)
    # A dividend of 0.5 may hold a gain of 0.3; one of 0.1 cannot hold a gain of 0.4.
    assert counted.tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert notes == [
        CapitalGain(date(2025, 12, 18), 0.3, in_dividend=True),
        CapitalGain(date(2025, 12, 19), 0.4, in_dividend=False),
    ]


def test_yfinance_writes_no_line_and_no_warning(
    yahoo: FakeYahoo, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither yfinance's own messages nor its warnings reach anybody."""
    caplog.set_level(logging.DEBUG)
    yahoo.fail(FakeFault.RATE_LIMITED)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(DataUnavailable):
            source(yahoo).fetch("IWM")
    assert [str(warning.message) for warning in caught] == []
    assert [r for r in caplog.records if r.name.startswith("yfinance") and r.levelno > 10] == []
    assert capfd.readouterr() == ("", "")
