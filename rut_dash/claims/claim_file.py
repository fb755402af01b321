"""Claims of TOML files: the shipped ledger, and a user's own.

A file holds ``[source.ID]`` tables, ``[[fact]]`` rows and ``[[claim]]`` rows. A row that cannot
be used is refused by its place; the others are used.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from rut_dash.claims.check_kind import PERCENT_UNITS
from rut_dash.claims.checks import CHECKS, CheckKind, Fact, ParamError
from rut_dash.claims.choices import Unit
from rut_dash.claims.kind_aliases import KIND_ALIASES
from rut_dash.claims.model import OWN_SOURCE, Answer, Check, Claim, Ledger, Source, free_id
from rut_dash.errors import InvalidInput, RowDefect, RowFileError, RowPlace
from rut_dash.errors.base_error import quoted
from rut_dash.market.history import Basis
from rut_dash.market.instruments import is_index, normalise_us_symbol
from rut_dash.toml_rows import (
    Day,
    Line,
    RowFields,
    TomlRow,
    one_line,
    parse_rows,
    read_row,
    read_text,
)

_SHIPPED: Final = Path(__file__).with_name("claims.toml")
_ANSWERS: Final = Path(__file__).with_name("answers.toml")
_CONTENTS: Final = "claims"

_Id = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*\Z",
        max_length=40,
        description="letters and digits, such as A0-1a",
    ),
]
_Claimed = Annotated[str, one_line(400)]
_Remark = Annotated[str, one_line(800, empty=True)]
_OptionalLine = Annotated[str, one_line(200, empty=True)]
_Number = Annotated[float, msgspec.Meta(gt=-1e12, lt=1e12)]
_Step = Annotated[float, msgspec.Meta(gt=0, lt=1e12, description="a number above 0")]
_Stated = Annotated[_Number | Line | None, msgspec.Meta(description="a number or words")]
_Table = Annotated[
    dict[str, Any],
    msgspec.Meta(description='a table with its kind: check = { kind = "level_at", ... }'),
]


class _SourceRow(RowFields, frozen=True, kw_only=True):
    publisher: Line
    headline: _OptionalLine = ""
    date: _OptionalLine = ""
    as_of: Day
    latest: Day | None = None
    reason: _Remark = msgspec.field(name="why", default="")


class _FactRow(RowFields, frozen=True, kw_only=True):
    id: Line
    date: Day
    end: Day | None = None
    announced: Day | None = None
    label: Line
    source: Line


class _ClaimRow(RowFields, frozen=True, kw_only=True):
    id: _Id | None = None
    source: Line = OWN_SOURCE
    text: _Claimed
    stated: _Stated = None
    unit: Line | None = None
    precision: _Step | None = None
    hedge: _OptionalLine = ""
    series: Line | None = None
    basis: Basis = Basis.PRICE
    as_of: Day | None = None
    note: _Remark = ""
    check: _Table


# --- Reading ------------------------------------------------------------------------------------


def load_claims(extra: Path | None = None) -> Ledger:
    """Return the shipped ledger with the answers worked by hand, and a user's own claims.

    Parameters
    ----------
    extra
        A file of the same form; that of the environment variable ``RUT_DASH_CLAIMS`` where
        None. What is wrong with it is in ``problems``; the rest is used.
    """
    shipped = _load_shipped()
    setting = os.environ.get("RUT_DASH_CLAIMS")
    path = extra or (Path(setting) if setting else None)
    if path is None:
        return shipped
    try:
        return shipped.merge(read_claims(read_text(path, _CONTENTS), path, shipped))
    except RowFileError as error:
        return replace(shipped, problems=(*shipped.problems, error))


@cache  # constant: files of the package
def _load_shipped() -> Ledger:
    ledger = read_claims(read_text(_SHIPPED, _CONTENTS), _SHIPPED)
    rows = tomllib.loads(read_text(_ANSWERS, _CONTENTS))["answer"]
    answers = msgspec.convert(rows, list[Answer])
    return replace(ledger, answers={answer.id: answer for answer in answers})


def read_claims(text: str, file: str | Path, onto: Ledger | None = None) -> Ledger:
    """Read a file of claims.

    Parameters
    ----------
    text
        Its content.
    file
        Its name, for sentences.
    onto
        A ledger whose sources and facts may be named, and whose ids must not be repeated; its
        claims are not in the answer.

    Returns
    -------
    Ledger
        What could be read; the rest is in ``problems``.
    """
    onto = onto or Ledger()
    rows, problems = parse_rows(
        text, str(file), _CONTENTS, arrays=("claim", "fact"), tables=("source",)
    )
    claims: dict[str, Claim] = {}
    sources, facts = dict(onto.sources), dict(onto.facts)
    order = ("source", "fact", "claim")  # a row may name one of a table before its own
    for row in sorted(rows, key=lambda row: order.index(row.place.table)):
        try:
            match row.place.table:
                case "source":
                    source = _source(row)
                    sources[source.id] = source
                case "fact":
                    fact = _fact(row, facts)
                    facts[fact.id] = fact
                case _:
                    claim = _claim(row, sources, {**onto.claims_by_id, **claims})
                    claims[claim.id] = claim
        except RowFileError as error:
            problems.append(error)
    if not rows and not problems:
        place = RowPlace(str(file), _CONTENTS)
        problems.append(RowFileError(place, RowDefect.NO_ROWS, whole_file=True, contents=_CONTENTS))
    return Ledger(tuple(claims.values()), sources, facts, {}, tuple(problems))


def _source(row: TomlRow) -> Source:
    fields = read_row(row, _SourceRow)
    try:
        source_id = msgspec.convert(row.place.row_id, _Id)
    except msgspec.ValidationError as error:
        raise row.error(
            RowDefect.UNSUITABLE, key="id of a source", value=row.place.row_id,
            expected="letters and digits, such as A0",
        ) from error  # fmt: skip
    return Source(
        source_id,
        fields.publisher,
        fields.headline,
        fields.date or f"{fields.as_of}",
        fields.as_of,
        fields.latest or fields.as_of,
        fields.reason,
    )


def _fact(row: TomlRow, facts: Mapping[str, Fact]) -> Fact:
    fields = read_row(row, _FactRow)
    if fields.id in facts:
        raise row.error(RowDefect.TAKEN_ID, value=fields.id, kind="fact")
    end = fields.end or fields.date
    if end < fields.date:
        raise row.error(RowDefect.ENDS_BEFORE_START, end=end, start=fields.date)
    return Fact(fields.id, fields.date, end, fields.label, fields.source, fields.announced)


def _claim(row: TomlRow, sources: Mapping[str, Source], taken: Mapping[str, Claim]) -> Claim:
    fields = read_row(row, _ClaimRow)
    claim_id = fields.id or f"{OWN_SOURCE}-1"
    if claim_id in taken:
        if fields.id:
            raise row.error(RowDefect.TAKEN_ID, value=claim_id, kind="claim")
        claim_id = free_id(claim_id, taken)
    if fields.source != OWN_SOURCE and fields.source not in sources:
        allowed = (*sources, OWN_SOURCE)
        raise row.error(RowDefect.UNKNOWN_VALUE, key="source", value=fields.source, allowed=allowed)
    check = _check(row, fields.check)
    kind = CHECKS[check.kind]
    series = _symbol(row, fields.series)
    _require_used_keys(row, kind, check, fields)
    needs_series = kind.needs_series or (
        kind.series_used_with is not None and kind.is_met(kind.series_used_with, check.params)
    )
    if needs_series and series is None:
        raise row.error(RowDefect.NEEDS_SERIES, kind=kind.key)
    as_of = fields.as_of
    if as_of is None:
        if fields.source not in sources:
            raise row.error(RowDefect.MISSING_KEY, key="as_of", kind="claim")
        as_of = sources[fields.source].as_of
    stated = fields.stated
    unit = fields.unit
    if unit is not None and not kind.finds(unit):
        found = " or ".join(PERCENT_UNITS) if kind.percent else kind.unit
        raise row.error(RowDefect.OTHER_UNIT, value=unit, kind=kind.key, found=found)
    if unit is None and (isinstance(stated, float) or kind.percent):
        unit = kind.unit
        if unit == Unit.DOLLAR and series is not None and is_index(series):
            unit = Unit.INDEX_POINTS
    return Claim(
        claim_id,
        fields.source,
        fields.text,
        stated,
        unit,
        fields.precision or (precision_of(stated) if isinstance(stated, float) else 1.0),
        fields.hedge,
        series,
        None if series is None else fields.basis,
        as_of,
        fields.note,
        check,
    )


def _require_used_keys(row: TomlRow, kind: CheckKind, check: Check, fields: _ClaimRow) -> None:
    """Refuse keys of a claim that its check does not use.

    Raises
    ------
    RowFileError
        For the first of them.
    """
    if fields.series is not None and not kind.needs_series:
        condition = kind.series_used_with
        if not kind.optional_series:
            raise row.error(RowDefect.UNUSED_KEY, kind=kind.key, key="series")
        if not kind.is_met(condition, check.params):
            assert condition is not None
            used = f"{kind.key} with {condition.param} {quoted(str(check.params[condition.param]))}"
            raise row.error(RowDefect.UNUSED_KEY, kind=used, key="series")
    assert isinstance(row.values, Mapping)
    if "basis" in row.values and fields.series is None and not kind.needs_series:
        raise row.error(RowDefect.UNUSED_KEY, kind=kind.key, key="basis")
    if fields.basis is not Basis.PRICE and kind.price_only:
        raise row.error(RowDefect.UNUSED_BASIS, kind=kind.key)
    if not isinstance(fields.stated, float):
        for key, value in (("precision", fields.precision), ("hedge", fields.hedge)):
            if value:
                raise row.error(RowDefect.NEEDS_NUMBER, key=key)


def _symbol(row: TomlRow, symbol: str | None) -> str | None:
    if symbol is None:
        return None
    try:
        return normalise_us_symbol(symbol)
    except InvalidInput as error:
        raise row.error(
            RowDefect.UNSUITABLE, key="series", value=symbol, expected=error.expected
        ) from error


def _check(row: TomlRow, table: Mapping[str, Any]) -> Check:
    """Return the check of a table, or refuse the row for the first thing wrong with it."""
    file_params = dict(table)
    key = file_params.pop("kind", None)
    if isinstance(key, str) and key in KIND_ALIASES:
        alias = KIND_ALIASES[key]
        key, file_params = alias.kind, alias.current_params(file_params)
    if key is None:
        raise row.error(RowDefect.MISSING_KEY, kind="check", key="kind")
    if not isinstance(key, str) or key not in CHECKS:
        raise row.error(
            RowDefect.UNKNOWN_VALUE, key="kind of check", value=key, allowed=tuple(CHECKS)
        )
    kind = CHECKS[key]
    params: dict[str, Any] = {}
    param_rows = {param.name: param for param in kind.params_of(file_params)}
    for name, value in file_params.items():
        param = param_rows.get(name)
        if param is None and kind.param(name) is not None:
            raise row.error(
                RowDefect.UNUSED_WITH, key=name, other_key=kind.deciding_param,
                value=file_params[kind.deciding_param], allowed=_used_names(kind, file_params),
            )  # fmt: skip
        if param is None:
            allowed = tuple(param_rows) or ("none",)
            raise row.error(RowDefect.UNKNOWN_PARAM, kind=key, key=name, allowed=allowed)
        try:
            params[name] = param.read(value)
        except ParamError as error:
            raise row.error(
                RowDefect.UNSUITABLE, key=f"{name} of the check", value=value,
                expected=str(error),
            ) from error  # fmt: skip
    for param in kind.params:
        if param.required and param.name not in params:
            raise row.error(RowDefect.MISSING_PARAM, kind=key, key=param.name, label=param.label)
    _require_used_params(row, kind, params)
    _require_needed_params(row, kind, params)
    for param in kind.params:
        first, second = params.get(param.not_below), params.get(param.name)
        if first is not None and second is not None and second < first:
            raise row.error(
                RowDefect.NOT_IN_ORDER, first_key=param.not_below, second_key=param.name,
                first=file_params[param.not_below], second=file_params[param.name],
            )  # fmt: skip
    return Check(key, file_params, params)


def _used_names(kind: CheckKind, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(param.name for param in kind.usable_params(values))


def _require_used_params(row: TomlRow, kind: CheckKind, values: Mapping[str, Any]) -> None:
    """Refuse parameters that the check does not use where the others are given.

    Raises
    ------
    RowFileError
        For the first of them.
    """
    for param in kind.params_of(values):
        if param.name not in values:
            continue
        condition = param.used_with
        if condition is not None and not kind.is_met(condition, values):
            other = next(p for p in kind.params_of(values) if p.name == condition.param)
            value = values.get(condition.param, other.default)
            raise row.error(
                RowDefect.UNUSED_WITHOUT if value is None else RowDefect.UNUSED_WITH,
                key=param.name, other_key=condition.param, value=str(value),
                allowed=_used_names(kind, values),
            )  # fmt: skip
        for name in param.instead_of:
            if name in values:
                raise row.error(RowDefect.UNUSED_BESIDE, key=param.name, other_key=name)


def _require_needed_params(row: TomlRow, kind: CheckKind, values: Mapping[str, Any]) -> None:
    """Refuse a check that lacks a parameter which it needs beside the others.

    Raises
    ------
    RowFileError
        For the first of them.
    """
    group = kind.missing_params(values)
    if group is None:
        return
    names = " or ".join(group.names)
    other = None if group.used_with is None else kind.param(group.used_with.param)
    if other is None:
        raise row.error(RowDefect.NEEDS_ONE_OF, kind=kind.key, names=names)
    if not other.choices:
        raise row.error(
            RowDefect.NEEDS_ONE_BESIDE, kind=kind.key, other_key=other.name, names=names
        )
    value = str(values.get(other.name, other.default))
    raise row.error(
        RowDefect.NEEDS_ONE_WITH, kind=kind.key, other_key=other.name, value=value, names=names
    )


def precision_of(stated: float) -> float:
    """Return the precision of a number as it is written: 1 for 20, 0.01 for 10.38."""
    exponent = Decimal(repr(stated)).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return float(Decimal(1).scaleb(min(exponent, 0)))
