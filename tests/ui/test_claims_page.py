"""The page of the ledger under AppTest: filters, the open claim, one's own claims."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.claims.checks import CHECKS
from rut_dash.claims.claim_file import load_claims, read_claims
from rut_dash.claims.claim_writing import claims_toml
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Ledger
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import cache, claim_ledger, layout, own_claims
from tests.claims.samples import CATALOGUE, IDS, claim_of, demo_history
from tests.elements import charts, tables

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


def open_claims(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/claims.py").run()


def open_form(app: AppTest) -> AppTest:
    """Open the form, which is not drawn before."""
    assert not app.text_input
    app.session_state["own_open"] = True
    return app.run()


def page_text(app: AppTest) -> str:
    parts = [*app.info, *app.warning, *app.error, *app.caption, *app.markdown]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def listed_ids(app: AppTest) -> list[str]:
    return tables(app)[0]["id"].tolist() if tables(app) else []


def header_texts(app: AppTest) -> list[str]:
    return [header.value for header in app.header]


@pytest.fixture
def prices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))


def test_all_claims_are_listed_and_the_first_is_open(prices: None) -> None:
    app = open_claims()
    assert not app.exception
    assert listed_ids(app) == [claim.id for claim in LEDGER.claims]
    assert "Claim A0-1a" in header_texts(app)
    assert "There are no bars of QQQ" in page_text(app)
    assert f"{len(IDS)} claims" in page_text(app)


def test_a_link_holds_the_filters_and_the_open_claim(prices: None) -> None:
    app = open_claims(sources="A1", check="distance", claim="A2-4")
    assert listed_ids(app) == ["A1-1b"]
    assert "Claim A2-4" in header_texts(app)
    assert "Touches of 240.00 to 245.00" in page_text(app)
    app.pills(key="claims_sources").set_value(["A1", "A0"]).run()
    assert listed_ids(app) == ["A0-3a", "A0-3b", "A0-3d", "A1-1b"]
    assert app.query_params["sources"] == "A0,A1"
    app.pills(key="claims_verdicts").set_value(["not yet known"]).run()
    assert listed_ids(app) == []
    assert "No claim is left" in page_text(app)


def test_an_unknown_claim_in_a_link_opens_the_first_and_says_so(prices: None) -> None:
    app = open_claims(claim="Z9")
    assert not app.exception
    assert "Claim A0-1a" in header_texts(app)
    assert "There is no claim Z9: the first of the list is open." in page_text(app)
    assert "There is no claim" not in page_text(open_claims(claim="A1-1b"))


@pytest.mark.parametrize(
    ("sources", "pills", "count"),
    [
        ("A9", {"A9": "A9 · no claims"}, 0),
        ("own", {"own": "Your own · no claims"}, 0),
        ("A1,A9,own", {"A9": "A9 · no claims", "own": "Your own · no claims"}, 31),
    ],
)
def test_a_filter_by_a_source_without_claims_is_seen_and_can_be_removed(
    prices: None, sources: str, pills: dict[str, str], count: int
) -> None:
    app = open_claims(sources=sources)
    assert not app.exception
    widget = app.pills(key="claims_sources")
    assert sorted(widget.value) == sources.split(",")
    assert set(pills.values()) <= set(widget.options)
    assert len(listed_ids(app)) == count
    assert count or "No claim is left by these filters" in page_text(app)
    widget.set_value([name for name in sources.split(",") if name not in pills]).run()
    assert not app.exception
    assert len(listed_ids(app)) == (count or len(LEDGER.claims))
    assert not set(pills.values()) & set(app.pills(key="claims_sources").options)


@pytest.mark.parametrize("verdict", ["mixed", "confirmed"])
def test_a_filter_by_a_verdict_or_kind_without_claims_is_seen_and_can_be_removed(
    prices: None, verdict: str
) -> None:
    app = open_claims(verdicts=verdict, check="not_computable")
    assert listed_ids(app) == []
    assert app.pills(key="claims_verdicts").value == [verdict]
    assert app.selectbox(key="claims_kind").value == "not_computable"
    app.pills(key="claims_verdicts").set_value([]).run()
    app.selectbox(key="claims_kind").set_value("").run()
    assert listed_ids(app) == [claim.id for claim in LEDGER.claims]


def test_on_the_demo_the_answers_by_hand_are_labelled() -> None:
    app = open_claims(claim="A1-1b")
    assert not app.exception
    text = page_text(app)
    assert "worked out by hand from real bars" in text
    assert not charts(app)
    assert f"{len(IDS)} claims, answered by hand" in text
    assert all(verdict.endswith("(by hand)") for verdict in tables(app)[0]["verdict"])


def test_the_form_of_every_kind_of_check_is_drawn(prices: None) -> None:
    app = open_form(open_claims())
    for kind, row in CHECKS.items():
        app.selectbox(key="own_kind").set_value(kind).run()
        assert not app.exception, kind
        assert row.description in page_text(app)


def form_labels(app: AppTest) -> set[str]:
    fields = (*app.selectbox, *app.text_input, *app.date_input)
    return {str(field.label) for field in fields if str(field.key).startswith("own_indicator")}


def test_the_form_offers_what_the_chosen_indicator_uses_and_no_more(prices: None) -> None:
    app = open_form(open_claims())
    app.selectbox(key="own_kind").set_value("indicator_state").run()
    assert form_labels(app) == {"Indicator", "Bars", "Stands", "Length (optional)"}
    app.selectbox(key="own_indicator_state_indicator").set_value("rsi").run()
    app.selectbox(key="own_indicator_state_relation").set_value("nearing").run()
    assert form_labels(app) == {
        "Indicator", "Bars", "Stands", "Length (optional)", "Level (optional)",
        "Nearing over bars (optional)",
    }  # fmt: skip
    app.text_input(key="own_indicator_state_falling_over").set_value("3").run()
    app.selectbox(key="own_indicator_state_indicator").set_value("bollinger").run()
    assert not app.exception
    assert form_labels(app) == {
        "Indicator", "Bars", "Stands", "Length (optional)", "Deviations (optional)", "Line",
    }  # fmt: skip
    assert "Not yet a claim" not in page_text(app)


def test_the_form_takes_one_of_two_starts(prices: None) -> None:
    app = open_form(open_claims())
    app.selectbox(key="own_kind").set_value("return_multiple").run()
    assert [field for field in app.date_input if field.key == "own_return_multiple_start"]
    app.text_input(key="own_return_multiple_event").set_value("liberation-day").run()
    assert not [field for field in app.date_input if field.key == "own_return_multiple_start"]


def test_an_own_claim_is_judged_as_it_is_typed_and_joins_the_ledger(prices: None) -> None:
    app = open_form(open_claims())
    app.selectbox(key="own_kind").set_value("level_at").run()
    close = DemoSource().fetch("IWM").bars["close"].iloc[-1]
    app.text_input(key="own_stated").set_value(f"{close:.2f}").run()
    app.text_input(key="own_text").set_value('IWM "closes" here').run()
    assert not app.exception
    assert "is within" in page_text(app)
    app.selectbox(key="own_level_at_relation").set_value("above").run()
    app.text_input(key="own_level_at_level").set_value("much").run()
    assert "Level must be a number" in page_text(app)
    app.selectbox(key="own_level_at_relation").set_value("").run()
    assert not [field for field in app.text_input if field.key == "own_level_at_level"]
    app.button(key="own_add").click().run()
    assert not app.exception
    assert listed_ids(app)[-1] == "own-1"
    assert "Claim own-1" in header_texts(app)
    assert app.query_params["claim"] == "own-1"
    own: Ledger = app.session_state["own_claims"]
    again = read_claims(claims_toml(own, LEDGER), "claims.toml", LEDGER)
    assert not again.problems
    assert again.claims == own.claims
    app.button(key="own_remove").click().run()
    assert "own-1" not in listed_ids(app)


def test_an_own_claim_is_not_judged_on_simulated_prices() -> None:
    claim = claim_of('stated = 5\ncheck = { kind = "level_at" }')
    assert judge(claim, Ledger((claim,)), demo_history, CATALOGUE).simulated


# --- One's own claims in a session ----------------------------------------------------------------


def claims_upload(*texts: str) -> Upload:
    """Return a file of claims with these texts, as the uploader holds it."""
    rows = [
        f'[[claim]]\nid = "own-{number}"\ntext = "{text}"\nstated = 5\nseries = "IWM"\n'
        f'as_of = 2025-04-01\ncheck = {{ kind = "level_at" }}\n'
        for number, text in enumerate(texts, 1)
    ]
    return Upload("mine.toml", "\n".join(rows).encode())


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


@pytest.fixture
def session_state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the state of a session, without a page."""
    state: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", state)
    monkeypatch.setattr(own_claims, "request_page_rerun", lambda: None)
    return state


def load_upload(session_state: dict[str, Any], upload: Upload) -> None:
    session_state["own_file"] = upload
    own_claims._on_load()


def own_texts() -> list[str]:
    return [claim.text for claim in claim_ledger.page_ledger().claims[len(LEDGER.claims) :]]


def own_ids() -> list[str]:
    return [claim.id for claim in claim_ledger.own_ledger().claims]


def test_loading_a_file_keeps_the_claims_that_were_typed(session_state: dict[str, Any]) -> None:
    typed = claim_of('stated = 5\ncheck = { kind = "level_at" }')
    claim_ledger.add_own_claims(Ledger((typed,)))
    assert own_ids() == ["own-1"]
    load_upload(session_state, claims_upload("first", "second"))
    assert own_texts() == ["a claim", "first", "second"]
    assert len(set(own_ids())) == 3
    # The same file once more, and one that has grown: nothing twice, nothing lost.
    load_upload(session_state, claims_upload("first", "second"))
    assert sorted(own_texts()) == ["a claim", "first", "second"]
    load_upload(session_state, claims_upload("third", "second", "first"))
    assert sorted(own_texts()) == ["a claim", "first", "second", "third"]
    assert len(set(own_ids())) == 4


def test_sources_and_facts_of_two_files_are_not_mixed(session_state: dict[str, Any]) -> None:
    text = """
[source.B1]
publisher = "{0}"
as_of = 2025-04-01
[[fact]]
id = "strike"
date = {1}
label = "A strike"
source = "{0}"
[[claim]]
source = "B1"
text = "{0}"
check = {{ kind = "event_date", fact = "strike", relation = "by the day of the claim" }}
"""
    for publisher, day in (("One", "2025-03-01"), ("Two", "2025-03-02"), ("Two", "2025-03-02")):
        load_upload(session_state, Upload("mine.toml", text.format(publisher, day).encode()))
    own = claim_ledger.own_ledger()
    assert [claim.text for claim in own.claims] == ["One", "Two"]
    assert [own.sources[claim.source].publisher for claim in own.claims] == ["One", "Two"]
    facts = [own.facts[claim.check.params["fact"]] for claim in own.claims]
    assert [fact.start for fact in facts] == [date(2025, 3, 1), date(2025, 3, 2)]
    again = read_claims(claims_toml(own, LEDGER), "claims.toml", LEDGER)
    assert not again.problems
    assert again.claims == own.claims


@pytest.mark.parametrize("content", [b"\xff\xfe", b"text", b"[[claim]]\ntext = 5\n"])
def test_a_file_that_cannot_be_used_changes_no_claims(
    session_state: dict[str, Any], content: bytes
) -> None:
    load_upload(session_state, claims_upload("first"))
    load_upload(session_state, Upload("mine.toml", content))
    assert own_texts() == ["first"]
    assert len(session_state["own_claims_problems"]) == 1
    assert session_state["own_claims_problems"][0].startswith("mine.toml")


def test_removed_claims_can_be_brought_back(session_state: dict[str, Any]) -> None:
    load_upload(session_state, claims_upload("first", "second"))
    own_claims._on_remove()
    assert own_texts() == []
    load_upload(session_state, claims_upload("third"))
    own_claims._on_remove()
    assert own_texts() == []
    own_claims._on_restore()
    assert sorted(own_texts()) == ["first", "second", "third"]
    assert not claim_ledger.removed_ledger().claims


def test_own_claims_of_a_session_and_of_the_users_file_have_ids_of_their_own(
    session_state: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_upload(session_state, claims_upload("first"))
    path = tmp_path / "mine.toml"
    path.write_bytes(claims_upload("of the file").content)
    monkeypatch.setenv("RUT_DASH_CLAIMS", str(path))
    assert own_texts() == ["of the file", "first"]
    assert len(claim_ledger.page_ledger().claims_by_id) == len(LEDGER.claims) + 2


def test_the_users_file_is_read_once_and_again_when_it_changes(
    prices: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(claims_upload("first").content)
    monkeypatch.setenv("RUT_DASH_CLAIMS", str(path))
    reads: list[Path | None] = []

    def counted_load(extra: Path | None = None) -> Ledger:
        reads.append(extra)
        return load_claims(extra)

    monkeypatch.setattr(claim_ledger, "load_claims", counted_load)
    app = open_claims()
    app.run()
    app.pills(key="claims_sources").set_value(["own"]).run()
    assert listed_ids(app) == ["own-1"]
    assert len(reads) == 1
    path.write_bytes(claims_upload("first", "second").content)
    os.utime(path, ns=(1, 1))
    app.run()
    assert listed_ids(app) == ["own-1", "own-2"]
    assert len(reads) == 2


def test_own_claims_are_removed_and_brought_back_on_the_page(prices: None) -> None:
    app = open_form(open_claims(sources="own"))
    app.button(key="own_add").click().run()
    assert listed_ids(app) == ["own-1"]
    app.button(key="own_remove").click().run()
    assert not app.exception
    assert "Your own · no claims" in app.pills(key="claims_sources").options
    assert "There is no claim own-1" not in page_text(app)
    app.button(key="own_restore").click().run()
    assert listed_ids(app) == ["own-1"]
