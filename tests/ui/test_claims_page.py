"""The page of the ledger under AppTest: filters, the open claim, one's own claims."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.claims.checks import CHECKS
from rut_dash.claims.claim_file import claims_toml, load_claims, read_claims
from rut_dash.claims.model import Ledger
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import cache, layout
from tests.claims.test_judge import CATALOGUE, claim_of, demo, judge

ROOT = Path(__file__).resolve().parent.parent.parent
LEDGER = load_claims()
COLUMNS = {"adj_close": "adjclose", "dividend": "dividends", "split": "splits"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return files of IWM, SPY and the indices, not marked as simulated; no others."""
    path = tmp_path_factory.mktemp("prices")
    for symbol, index in (("IWM", "_RUT"), ("SPY", "_GSPC")):
        bars = DemoSource().fetch(symbol).bars.rename(columns=COLUMNS).rename_axis("date")
        bars.to_csv(path / f"{symbol}.csv", date_format="%Y-%m-%d")
        nothing = {"dividends": np.nan, "splits": np.nan, "adjclose": np.nan}
        bars.assign(**nothing).to_csv(path / f"{index}.csv", date_format="%Y-%m-%d")
    return path


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    # Its thread would outlive the test.
    monkeypatch.setattr(layout, "prefetch_once", lambda scope: None)
    cache.clear_caches()
    yield
    cache.clear_caches()


def show(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/claims.py").run()


def form_open(app: AppTest) -> AppTest:
    """Open the form, which is not drawn before."""
    assert not app.text_input
    app.session_state["own_open"] = True
    return app.run()


def said(app: AppTest) -> str:
    parts = [*app.info, *app.warning, *app.error, *app.caption, *app.markdown]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def listed(app: AppTest) -> list[str]:
    return app.dataframe[0].value["id"].tolist() if app.dataframe else []


def headers(app: AppTest) -> list[str]:
    return [header.value for header in app.header]


@pytest.fixture
def prices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))


def test_all_claims_are_listed_and_the_first_is_open(prices: None) -> None:
    app = show()
    assert not app.exception
    assert listed(app) == [claim.id for claim in LEDGER.claims]
    assert "Claim A0-1a" in headers(app)
    assert "There are no bars of QQQ" in said(app)
    assert "146 claims" in said(app)


def test_a_link_carries_filters_and_the_open_claim(prices: None) -> None:
    app = show(sources="A1", check="drawdown_at", claim="A2-4")
    assert listed(app) == ["A1-1b"]
    assert "Claim A2-4" in headers(app)
    assert "Touches of 240.00 to 245.00" in said(app)
    app.pills(key="claims_sources").set_value(["A1", "A0"]).run()
    assert listed(app) == ["A0-3a", "A0-3b", "A0-3d", "A1-1b"]
    assert app.query_params["sources"] == "A0,A1"
    app.pills(key="claims_verdicts").set_value(["not yet known"]).run()
    assert listed(app) == []
    assert "No claim is left" in said(app)


def test_an_unknown_claim_in_a_link_opens_the_first(prices: None) -> None:
    app = show(claim="Z9")
    assert not app.exception
    assert "Claim A0-1a" in headers(app)


def test_on_the_demo_the_answers_by_hand_are_labelled() -> None:
    app = show(claim="A1-1b")
    assert not app.exception
    text = said(app)
    assert "worked out by hand from real bars" in text
    assert not app.get("plotly_chart")
    assert "146 claims, answered by hand" in text
    assert all(verdict.endswith("(by hand)") for verdict in app.dataframe[0].value["verdict"])


def test_the_form_of_every_kind_of_check_is_drawn(prices: None) -> None:
    app = form_open(show())
    for kind, row in CHECKS.items():
        app.selectbox(key="own_kind").set_value(kind).run()
        assert not app.exception, kind
        assert row.description in said(app)


def test_an_own_claim_is_judged_as_it_is_typed_and_joins_the_ledger(prices: None) -> None:
    app = form_open(show())
    app.selectbox(key="own_kind").set_value("level_at").run()
    close = DemoSource().fetch("IWM").bars["close"].iloc[-1]
    app.text_input(key="own_stated").set_value(f"{close:.2f}").run()
    app.text_input(key="own_text").set_value('IWM "closes" here').run()
    assert not app.exception
    assert "is within" in said(app)
    app.text_input(key="own_level_at_level").set_value("much").run()
    assert "Level must be: a number" in said(app)
    app.text_input(key="own_level_at_level").set_value("").run()
    app.button(key="own_add").click().run()
    assert not app.exception
    assert listed(app)[-1] == "own-1"
    assert "Claim own-1" in headers(app)
    assert app.query_params["claim"] == "own-1"
    own: Ledger = app.session_state["own_claims"]
    again = read_claims(claims_toml(own, LEDGER), "claims.toml", LEDGER)
    assert not again.problems
    assert again.claims == own.claims
    app.button(key="own_forget").click().run()
    assert "own-1" not in listed(app)


def test_an_own_claim_that_names_no_real_prices_says_so() -> None:
    claim = claim_of('stated = 5\ncheck = { kind = "level_at" }')
    assert judge(claim, Ledger((claim,)), demo, CATALOGUE).simulated
