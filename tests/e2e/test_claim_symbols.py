"""The page Claims fetches what only its ledger needs, and is drawn again when that is there."""

from __future__ import annotations

from pathlib import Path

from rut_dash.claims.claim_file import load_claims
from rut_dash.claims.model import series_needed
from rut_dash.market.store import Store
from tests import now
from tests.e2e.conftest import UNHURRIED_SOURCE, running
from tests.e2e.reader import Reader
from tests.fake_yahoo import FakeFault, FakeYahoo

STORED = ("IWM", "SPY", "^RUT", "^GSPC")


def test_symbols_that_only_claims_need_are_fetched_without_a_click(tmp_path: Path) -> None:
    needed = series_needed(load_claims().claims)
    further = [symbol for symbol in needed if symbol not in STORED]
    assert "QQQ" in further
    with FakeYahoo() as yahoo:
        for symbol in (*STORED, *further):
            yahoo.serve(symbol, now.recent_bars(symbol))
        for symbol in STORED:
            now.store_bars(Store(tmp_path), yahoo, symbol)
        environment = {"RUT_DASH_STORE": str(tmp_path), **yahoo.environment()}
        yahoo.fail(FakeFault.SILENT, only="QQQ")  # until the page is drawn without it
        with running(environment, code=UNHURRIED_SOURCE) as app, Reader(app.url) as reader:
            reader.open("claims")
            assert "There are no bars of" in reader.texts()
            runs = reader.runs
            yahoo.fail(None)
            reader.wait("the bars", lambda: "There are no bars of" not in reader.texts())
            assert reader.runs > runs  # nobody asked for that run
        assert set(Store(tmp_path).symbols()) >= set(further)
