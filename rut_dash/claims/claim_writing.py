"""How claims are written as TOML, with the sources and facts that they name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from rut_dash.claims.model import OWN_SOURCE, Ledger


def claims_toml(ledger: Ledger, shipped: Ledger | None = None) -> str:
    """Return claims as a file that `read_claims` reads again.

    Parameters
    ----------
    ledger
        The claims, with the sources and facts that they name.
    shipped
        A ledger whose sources and facts need not be written.
    """
    shipped = shipped or Ledger()
    rows = ["# Claims, as rut_dash reads them: one assertion a row.\n"]
    for source in ledger.sources.values():
        if source.id not in shipped.sources:
            fields = {
                "publisher": source.publisher,
                "headline": source.headline,
                "date": source.published,
                "as_of": source.as_of,
                "latest": source.latest,
                "why": source.reason,
            }
            rows.append(_row_toml(f"[source.{json.dumps(source.id)}]", fields))
    for fact in ledger.facts.values():
        if fact.id not in shipped.facts:
            fields = {
                "id": fact.id,
                "date": fact.start,
                "end": fact.end,
                "announced": fact.announced,
                "label": fact.label,
                "source": fact.source,
            }
            rows.append(_row_toml("[[fact]]", fields))
    for claim in ledger.claims:
        fields = {
            "id": claim.id,
            "source": None if claim.source == OWN_SOURCE else claim.source,
            "text": claim.text,
            "stated": claim.stated,
            "precision": claim.precision if isinstance(claim.stated, float) else None,
            "unit": claim.unit,
            "hedge": claim.hedge or None,
            "series": claim.series,
            "basis": claim.basis,
            "as_of": claim.as_of,
            "note": claim.note or None,
        }
        rows.append(claim_toml(fields, claim.check.kind, claim.check.file_params))
    return "\n".join(rows)


def claim_toml(fields: Mapping[str, Any], kind: str, params: Mapping[str, Any]) -> str:
    """Return a claim's row as it is written in a file.

    Parameters
    ----------
    fields
        By key; those that are None are left out.
    kind, params
        The check's kind and its parameters.
    """
    return _row_toml("[[claim]]", {**fields, "check": {"kind": kind, **params}})


def _row_toml(header: str, fields: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_value_toml(value)}" for key, value in fields.items() if value is not None]
    return "\n".join([header, *lines, ""])


def _value_toml(value: object) -> str:
    match value:
        case str() | bool():
            return json.dumps(value, ensure_ascii=False)
        case float() if value == int(value) and abs(value) < 1e12:
            return str(int(value))
        case int() | float():
            return repr(value)
        case date():
            return value.isoformat()
        case Mapping():
            pairs = ", ".join(f"{key} = {_value_toml(item)}" for key, item in value.items())
            return f"{{ {pairs} }}"
        case list() | tuple():
            return f"[{', '.join(map(_value_toml, value))}]"
    raise TypeError(type(value).__name__)
