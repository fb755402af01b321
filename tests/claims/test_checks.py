"""The registry of check kinds, what the docs say of them, and the texts of their formulas."""

from __future__ import annotations

import ast
import re
from datetime import date
from inspect import signature
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rut_dash import formula_wording
from rut_dash.analysis.levels import Side
from rut_dash.claims import check_values, checks
from rut_dash.claims.chart_spec import ChartLabel, ChartSubject
from rut_dash.claims.check_result import Verdict
from rut_dash.claims.checks import CHECKS
from rut_dash.claims.choices import Extreme, Step
from rut_dash.claims.formulas import (
    LevelOrigin,
    Part,
    PriceLevel,
    Remark,
    Term,
    TermKind,
    TouchOutcome,
)
from rut_dash.market.history import PriceHistory
from tests.claims.samples import verdict_of, weekday_history
from tools.make_claim_docs import check_kind_row, claim_docs

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")
DOCUMENTED = [line for line in DOCS.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("row", DOCUMENTED, ids=[row.split("`")[1] for row in DOCUMENTED])
def test_a_documented_kind_has_its_description_and_parameters_in_the_docs(row: str) -> None:
    key, description, params = check_kind_row(CHECKS[row.split("`")[1]])
    assert row == f"| `{key}` | {description} | {params} |"


def test_the_docs_command_writes_a_row_for_every_kind() -> None:
    rows = [line for line in claim_docs(DOCS).splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(CHECKS)


def matched_classes(module: str) -> set[str]:
    """Return the classes of a module that the wording has a case for."""
    source = Path(formula_wording.__file__).read_text(encoding="utf-8")
    patterns = (
        node.cls for node in ast.walk(ast.parse(source)) if isinstance(node, ast.MatchClass)
    )
    return {
        cls.attr
        for cls in patterns
        if isinstance(cls, ast.Attribute) and ast.unparse(cls.value) == module
    }


def test_every_value_that_is_no_number_has_a_text() -> None:
    values = {
        cls.__name__ for cls in Part.__subclasses__() if cls.__module__ == check_values.__name__
    }
    assert values == matched_classes("check_values")


def test_every_term_of_a_formula_has_a_text() -> None:
    assert set(formula_wording.TERM_TEXTS) == set(TermKind)


def template_names(template: str) -> set[str]:
    """Return the operands that a template names, those in its formats too."""
    names: set[str] = set()
    for _, name, spec, _ in Formatter().parse(template):
        if name:
            names |= {re.split(r"[.\[]", name)[0], *template_names(spec or "")}
    return names


def operands_of(kind: TermKind) -> tuple[set[str], set[str]]:
    """Return the operands that the text of a kind needs, and those that it can use."""
    text = formula_wording.TERM_TEXTS[kind]
    if not callable(text):
        names = template_names(text if isinstance(text, str) else " ".join(text))
        return names, names
    params = signature(text).parameters.values()
    return {p.name for p in params if p.default is p.empty}, {p.name for p in params}


def test_every_term_is_made_with_the_operands_that_its_text_names() -> None:
    made = set()
    for path in Path(checks.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Term.of":
                kind = TermKind[ast.unparse(node.args[0]).removeprefix("TermKind.")]
                operands = {str(keyword.arg) for keyword in node.keywords}
                needed, usable = operands_of(kind)
                assert needed <= operands <= usable, kind
                made.add(kind)
    assert made | {TermKind.MEASUREMENT} == set(TermKind)  # that one is for checks to come


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2025, 4, 8), "2025-04-08"),
        (check_values.DayRange(date(2025, 3, 1), date(2025, 3, 5)), "2025-03-01..2025-03-05"),
        (check_values.StepEnd(date(2025, 9, 30), Step.MONTH), "2025-09"),
        (check_values.StepRange(date(2025, 5, 30), date(2025, 9, 30), Step.MONTH),
         "2025-05..2025-09"),
        (check_values.CaseCount(2, 3), "2 of 3"),
        (check_values.TouchCounts(TouchOutcome.CAPPED, 2, 0, 1), "2 capped, 0 broke, 1 open"),
        (check_values.TouchCounts(TouchOutcome.HELD, 2, 1, 0), "2 held, 1 broke"),
        (check_values.TouchEnd(TouchOutcome.BROKE, date(2025, 4, 8)), "broke 2025-04-08"),
        (check_values.TouchEnd(TouchOutcome.OPEN), "open"),
        (check_values.NeverPassed(), "never"),
    ],
)  # fmt: skip
def test_values_that_are_no_numbers_as_files_have_them(value: Any, text: str) -> None:
    assert formula_wording.check_value_text(value) == text


def test_every_remark_has_a_sentence() -> None:
    sentences = [formula_wording.remark_text(remark, other="SPY") for remark in Remark]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert len(set(sentences)) == len(sentences)
    assert formula_wording.remark_text(None) == ""


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("price", "IWM: opening gap 0.02 (2025-06-30)"),
        ("percent", "IWM: opening gap +2.00% (2025-06-30)"),
        ("points", "IWM: opening gap +2.00 pp (2025-06-30)"),
        ("number", "IWM: opening gap 0.02 (2025-06-30)"),
    ],
)
def test_a_measurement_is_written_in_its_unit(unit: Any, text: str) -> None:
    term = Term.of(
        TermKind.MEASUREMENT, symbol="IWM", name="opening gap", value=0.02, unit=unit,
        day=pd.Timestamp("2025-06-30"),
    )  # fmt: skip
    assert formula_wording.render_formula((term,)) == text


def test_every_subject_of_a_chart_has_a_text_of_its_own() -> None:
    texts = [formula_wording.label_text(ChartLabel(subject)) for subject in ChartSubject]
    assert all(texts)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (PriceLevel(2110.0), "2,110.00"),
        (PriceLevel(245.0, LevelOrigin.HIGHEST_CLOSE, pd.Timestamp("2024-11-25")),
         "highest close 245.00 of 2024-11-25"),
        (ChartLabel(ChartSubject.START, price=200.0), "from 200.00"),
        (ChartLabel(ChartSubject.HIGHEST_CLOSE, price=245.0), "highest close 245.00"),
        (ChartLabel(Extreme.LAST_CLOSE), "last close"),
        (ChartLabel(Side.ABOVE, price=2110.0), "above 2,110.00"),
        (ChartLabel(TouchOutcome.CAPPED), "capped"),
        (ChartLabel(change=-0.125), "\N{MINUS SIGN}12.5%"),
        (ChartLabel(count=5), "5 in a row"),
        (ChartLabel(count=1, counted=Step.MONTH), "1 month"),
        (ChartLabel(ChartSubject.START, day=date(2001, 1, 3)), "from 2001-01-03"),
        (ChartLabel(text="Liberation Day"), "Liberation Day"),
        (ChartLabel(), ""),
    ],
)  # fmt: skip
def test_labels_of_charts(label: ChartLabel | PriceLevel, text: str) -> None:
    assert formula_wording.label_text(label) == text


def test_a_session_without_a_high_decides_no_claim_on_it_and_counts_in_no_extreme() -> None:
    whole = weekday_history([100.0, 102.0, 101.0, 99.0, 100.0], spread=2.0)
    bars = whole.bars.copy()
    bars.loc[bars.index[1], "high"] = np.nan
    history = PriceHistory("IWM", bars, whole.provenance)
    blank = bars.index[1].date()
    found = verdict_of(f'check = {{ kind = "level_at", date = {blank}, on = "high" }}', history)
    assert found.verdict is Verdict.NOT_COMPUTABLE
    assert f"The high of IWM on {blank} is not known" in str(found.error)
