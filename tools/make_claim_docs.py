"""Write the table of check kinds in docs/claims.md from the registry.

Run it after a kind of check has changed: ``python -m tools.make_claim_docs``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam, UsedWith
from rut_dash.claims.checks import CHECKS

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs" / "claims.md"
_HEADER: Final = "| kind | what it answers | parameters |\n|---|---|---|\n"


def claim_docs(text: str) -> str:
    """Return the text of docs/claims.md with the rows of all kinds."""
    rows = [
        " | ".join(("", f"`{key}`", *check_kind_row(kind)[1:], "")) for key, kind in CHECKS.items()
    ]
    table = _HEADER + "".join(f"{row.strip()}\n" for row in rows)
    return re.sub(rf"{re.escape(_HEADER)}(\|[^\n]*\n)*", lambda _: table, text)


def check_kind_row(kind: CheckKind) -> tuple[str, str, str]:
    """Return the key of a kind, what it answers, and its parameters with their choices."""
    texts = [_param_text(kind, param) for param in kind.params]
    text = "; ".join([", ".join(texts) or "none", *_needed_texts(kind)])
    return kind.key, kind.description, text


def _needed_texts(kind: CheckKind) -> Iterator[str]:
    """Yield of which parameters one is needed: ``needs `a` with `expression` "discount"``."""
    for group in kind.needed_params:
        names = " or ".join(f"`{name}`" for name in group.names)
        condition = f" {_condition_text(kind, group.used_with)}" if group.used_with else ""
        yield f"needs {names}{condition}"


def _param_text(kind: CheckKind, param: CheckParam) -> str:
    choices = " / ".join(f'"{choice}"' for choice in param.choices)
    needed = ", needed" if param.required else ""
    condition = param.used_with
    if condition is not None:
        needed += f", {_condition_text(kind, condition)}"
    if param.instead_of:
        needed += f", not beside {', '.join(f'`{name}`' for name in param.instead_of)}"
    return f"`{param.name}` ({choices or param.type}{needed})"


def _condition_text(kind: CheckKind, condition: UsedWith) -> str:
    """Return the values of another parameter that a parameter needs, or those that exclude it."""
    other = kind.param(condition.param)
    others = [value for value in (other.choices if other else ()) if value not in condition.values]
    is_short = not condition.values or len(condition.values) <= len(others)
    values = " or ".join(f'"{value}"' for value in (condition.values if is_short else others))
    text = f"{'with' if is_short else 'not with'} `{condition.param}`"
    return f"{text} {values}" if values else text


if __name__ == "__main__":
    _DOCS.write_text(claim_docs(_DOCS.read_text(encoding="utf-8")), encoding="utf-8")
