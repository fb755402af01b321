"""The registry of check kinds, and what the docs say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rut_dash.claims.checks import CHECKS
from rut_dash.formula_wording import check_kind_row
from tools.make_claim_docs import claim_docs

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")
DOCUMENTED = [line for line in DOCS.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("row", DOCUMENTED, ids=[row.split("`")[1] for row in DOCUMENTED])
def test_a_documented_kind_has_its_description_and_parameters_in_the_docs(row: str) -> None:
    key, description, params = check_kind_row(CHECKS[row.split("`")[1]])
    assert row == f"| `{key}` | {description} | {params} |"


def test_the_docs_command_writes_a_row_for_every_kind() -> None:
    rows = [line for line in claim_docs(DOCS).splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(CHECKS)
