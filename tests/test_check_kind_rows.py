"""A kind of check added as one file is usable wherever there are kinds of checks.

The throw-away kind measures the opening gap of a session. No shipped claim uses it, and no file
of the product names it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from rut_dash.charts.export_page import standalone_html
from rut_dash.claim_wording import explanation_text
from rut_dash.claims import checks
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.claim_file import load_claims, read_claims
from rut_dash.claims.claim_writing import claims_toml
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Judgement, Ledger
from rut_dash.cli.process import main
from rut_dash.events.catalogue import Catalogue
from rut_dash.market.history import PriceHistory
from rut_dash.market.sources.demo import DemoSource
from rut_dash.ui import cache, layout
from rut_dash.ui.claim_context import ClaimContext, ClaimFilters
from rut_dash.ui.claim_figure import build_claim_figure
from rut_dash.ui.claim_list import claim_table
from rut_dash.ui.tables import csv_text
from rut_dash.ui.view import parse_view, to_query
from tests.claims.samples import IDS
from tests.elements import charts, tables
from tests.oracles import as_history

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = {"adj_close": "adjclose", "dividend": "dividends", "split": "splits"}
MODULE = '''
"""The check on the opening gap of a session."""

from rut_dash.claims.chart_spec import ChartDay, ChartLabel, ChartLevel, ChartLine, ChartSpec
from rut_dash.claims.check_kind import CheckKind, ParamVariant
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import CheckResult, point_at, verdict_on
from rut_dash.claims.formulas import PriceLevel, Term, TermKind


def opening_gap(inputs):
    """Return the open of the last session over the close before it less 1."""
    bars = inputs.data.bars(inputs.symbol)
    before, session = point_at(bars["close"], -2), bars.index[-1]
    gap = float(bars["open"].iloc[-1]) / before.price - 1.0
    spec = ChartSpec(
        (inputs.symbol,),
        before.day,
        session,
        levels=(ChartLevel.of(PriceLevel(before.price)),),
        days=(ChartDay(session, ChartLabel(change=gap)),),
        lines=(ChartLine("bollinger", {"length": 10}),),
    )
    term = Term.of(
        TermKind.MEASUREMENT, symbol=inputs.symbol, name="opening gap", value=gap, unit="percent",
        day=session,
    )
    expected = inputs.get("expect")
    verdict = None if expected is None else verdict_on((gap > 0) == (expected == "up"))
    return CheckResult(gap, (term,), verdict, spec)


ROWS = (
    CheckKind(
        "opening_gap",
        "Opening gap",
        "How far a session opened from the close before.",
        (CheckParam("expect", "Expected", "choice", choices=("up", "down"), blank=True),),
        opening_gap,
        percent=True,
        unit="%",
        vary=frozenset({"as_of"}),
    ),
)
'''
CLAIM = """
[[claim]]
id = "gap-1"
text = "IWM opened 2% higher"
stated = 2
series = "IWM"
as_of = 2025-06-30
check = { kind = "opening_gap" }
"""


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CheckKind]:
    """Return the kind of a file beside those of the package, found as those are."""
    (tmp_path / "opening_gap_check.py").write_text(MODULE)
    monkeypatch.setattr(checks, "__path__", [*checks.__path__, str(tmp_path)])
    [row] = [row for row in checks._discover_rows() if row.key not in CHECKS]
    with CHECKS.with_row(row):
        yield row
    del sys.modules["rut_dash.claims.checks.opening_gap_check"]


def bars_of(opens: list[float], closes: list[float]) -> PriceHistory:
    index = pd.bdate_range(end="2025-06-30", periods=len(closes), name="session").as_unit("s")
    frame = pd.DataFrame({"open": opens, "close": closes}, index=index, dtype=float)
    frame["high"], frame["low"] = frame.max(axis=1), frame.min(axis=1)
    return as_history(frame.assign(volume=1.0), "IWM")


HISTORY = bars_of([100.0] * 28 + [101.0, 102.0], [100.0] * 29 + [103.0])


def judged() -> Judgement:
    found = read_claims(CLAIM, "mine.toml")
    assert found.problems == ()
    return judge(found.claims[0], found, {"IWM": HISTORY}.get, Catalogue((), {}, ()))


def test_the_kind_comes_from_its_file_alone(kind: CheckKind) -> None:
    assert kind.key == "opening_gap"
    assert list(CHECKS)[-1] == "opening_gap"
    shipped = [path for path in (ROOT / "rut_dash").rglob("*") if path.suffix in {".py", ".toml"}]
    assert not any("opening_gap" in path.read_text(encoding="utf-8") for path in shipped)


def test_a_claim_of_the_kind_is_read_judged_and_written(kind: CheckKind) -> None:
    judgement = judged()
    assert judgement.verdict is Verdict.CONFIRMED
    assert judgement.computed == pytest.approx(2.0)
    text = explanation_text(judgement)
    assert text.startswith("IWM: opening gap +2.00% (2025-06-30).")
    again = read_claims(claims_toml(Ledger((judgement.claim,))), "mine.toml")
    assert again.claims == (judgement.claim,)


def test_other_sessions_are_searched_where_the_claim_is_off(kind: CheckKind) -> None:
    found = read_claims(CLAIM.replace("stated = 2", "stated = 1"), "mine.toml")
    judgement = judge(found.claims[0], found, {"IWM": HISTORY}.get, Catalogue((), {}, ()))
    assert judgement.verdict is Verdict.OFF
    [fit] = judgement.fits
    assert fit.as_of is not None
    assert fit.as_of.isoformat() == "2025-06-27"


def test_its_chart_has_its_level_its_day_and_its_indicator(kind: CheckKind) -> None:
    chart = build_claim_figure(judged(), {"IWM": HISTORY}.get)
    levels = [shape.y0 for shape in chart.figure.layout.shapes if shape.type == "line"]
    assert 100.0 in levels
    assert "Bollinger 10/2" in {trace.name for trace in chart.figure.data}
    page = standalone_html(chart)
    assert "IWM close · gap-1" in page
    assert "+2.0%" in page


def test_the_table_for_download_names_the_kind(kind: CheckKind) -> None:
    found = read_claims(CLAIM, "mine.toml")
    context = ClaimContext(found, {"IWM": HISTORY}, Catalogue((), {}, ()), "a test")
    text = csv_text(claim_table(context, ClaimFilters((), (), "opening_gap")), [])
    assert "Opening gap" in text
    assert "opening gap +2.00% (2025-06-30)" in text
    assert claim_table(context, ClaimFilters((), (), "level_at")).empty


def test_a_link_may_filter_by_the_kind(kind: CheckKind) -> None:
    view, problems = parse_view({"check": "opening_gap"})
    assert not problems
    assert view.claim_kind == "opening_gap"
    assert to_query(view)["check"] == "opening_gap"


@pytest.fixture
def prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a folder of prices, and a file with a claim of the kind."""
    folder, claims = tmp_path / "prices", tmp_path / "claims.toml"
    folder.mkdir()
    for symbol in ("IWM", "SPY"):
        bars = DemoSource().fetch(symbol).bars.rename(columns=COLUMNS).rename_axis("date")
        bars = bars.assign(adjclose=np.nan)
        bars.to_csv(folder / f"{symbol}.csv", date_format="%Y-%m-%d")
    claims.write_text(CLAIM)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("RUT_DASH_PRICES", str(folder))
    monkeypatch.setenv("RUT_DASH_CLAIMS", str(claims))
    return folder


def test_the_page_lists_opens_and_filters_the_claim_and_offers_the_kind(
    kind: CheckKind, prices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "prefetch_once", lambda scope: None)  # its thread outlives the test
    cache.clear_caches()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    app.query_params["check"] = "opening_gap"
    app.query_params["claim"] = "gap-1"
    app.switch_page("pages/claims.py").run()
    assert not app.exception
    assert app.selectbox(key="claims_kind").value == "opening_gap"
    assert "Opening gap" in app.selectbox(key="claims_kind").options
    assert tables(app)[0]["id"].tolist() == ["gap-1"]
    assert "Claim gap-1" in [header.value for header in app.header]
    assert any("Opening gap" in caption.value for caption in app.caption)
    assert any("gap-1" in chart["title"] for chart in charts(app))
    app.session_state["own_open"] = True
    app.run()
    app.selectbox(key="own_kind").set_value("opening_gap").run()
    assert not app.exception
    text = "\n".join(part.value for part in (*app.caption, *app.markdown)).replace("\\", "")
    assert kind.description in text
    assert "IWM: opening gap" in text
    assert list(app.selectbox(key="own_opening_gap_expect").options) == ["–", "up", "down"]
    cache.clear_caches()


def test_the_command_line_prints_the_verdict(
    kind: CheckKind, prices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["claims", "--json", "--prices", str(prices)]) == 0
    row = json.loads(capsys.readouterr().out)[-1]
    assert row["id"] == "gap-1"
    assert row["unit"] == "%"
    assert "opening gap" in row["explanation"]
    assert main(["claims", "--prices", str(prices)]) == 0
    assert "IWM opened 2% higher" in capsys.readouterr().out


def test_without_the_file_a_claim_of_the_kind_is_refused_and_the_rest_is_used(
    prices: Path,
) -> None:
    ledger = load_claims()
    assert [problem.place.row_id for problem in ledger.problems] == ["gap-1"]
    assert tuple(claim.id for claim in ledger.claims) == tuple(IDS)


def test_the_example_of_the_docs_is_a_kind_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", docs, flags=re.DOTALL)
    (tmp_path / "gap_check_of_the_docs.py").write_text(example)
    monkeypatch.setattr(checks, "__path__", [*checks.__path__, str(tmp_path)])
    [row] = [row for row in checks._discover_rows() if row.key not in CHECKS]
    with CHECKS.with_row(row):
        assert explanation_text(judged()).startswith("IWM: opening gap +2.00% (2025-06-30).")
    del sys.modules["rut_dash.claims.checks.gap_check_of_the_docs"]
