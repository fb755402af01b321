"""Write the table of check kinds in docs/claims.md from the registry.

Run it after a kind of check has changed: ``python -m tools.make_claim_docs``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rut_dash.claims.checks import CHECKS
from rut_dash.formula_wording import check_kind_row

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs" / "claims.md"
_HEADER: Final = "| kind | what it answers | parameters |\n|---|---|---|\n"


def claim_docs(text: str) -> str:
    """Return the text of docs/claims.md with the rows of all kinds."""
    rows = [
        " | ".join(("", f"`{key}`", *check_kind_row(kind)[1:], "")) for key, kind in CHECKS.items()
    ]
    table = _HEADER + "".join(f"{row.strip()}\n" for row in rows)
    return re.sub(rf"{re.escape(_HEADER)}(\|[^\n]*\n)*", lambda _: table, text)


if __name__ == "__main__":
    _DOCS.write_text(claim_docs(_DOCS.read_text(encoding="utf-8")), encoding="utf-8")
