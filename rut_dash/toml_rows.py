"""TOML files of rows: a row that cannot be used is refused by its place, the others are used.

A kind of row is a `msgspec.Struct`: the type of a field says what is allowed, and the
description in its `msgspec.Meta` says so to the author of a file.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_args, get_type_hints

import msgspec

from rut_dash.errors import RowDefect, RowFileError, RowPlace
from rut_dash.iso_dates import is_iso_date, parse_iso_date

# Prices and claims of other centuries are typing errors.
_FIRST_YEAR: Final = 1700
_LAST_YEAR: Final = 2200


def one_line(longest: int, *, empty: bool = False) -> msgspec.Meta:
    """Return what annotates a text of one line, at most so many characters."""
    return msgspec.Meta(
        min_length=0 if empty else 1, max_length=longest, description="one line of text in quotes"
    )


Line = Annotated[str, one_line(200)]
Flag = Annotated[bool, msgspec.Meta(description="true or false")]
Day = Annotated[date, msgspec.Meta(description="a day alone, such as 2025-04-02")]


class RowFields(msgspec.Struct, frozen=True):
    """Base of the kinds of row; each is declared with `frozen` and `kw_only`."""


Fields = TypeVar("Fields", bound=RowFields)


@dataclass(frozen=True, slots=True)
class TomlRow:
    """One row as it is in a file, not yet validated.

    Parameters
    ----------
    values
        A table by key; of a file that is wrong, anything that TOML has.
    """

    place: RowPlace
    values: object

    def error(self, defect: RowDefect, **values: object) -> RowFileError:
        """Return the error that refuses this row."""
        return RowFileError(self.place, defect, whole_file=False, **values)


# --- The rows of a text -------------------------------------------------------------------------


def read_text(path: Path, contents: str) -> str:
    """Return the text of a file.

    Raises
    ------
    RowFileError
        If it is not there or not UTF-8.
    """
    place = RowPlace(str(path), contents)
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RowFileError(
            place, RowDefect.UNREADABLE, whole_file=True, detail=error.strerror or str(error)
        ) from error
    except UnicodeDecodeError as error:
        raise RowFileError(place, RowDefect.NOT_UTF8, whole_file=True) from error


def parse_rows(
    text: str, file: str, contents: str, *, arrays: Collection[str], tables: Collection[str] = ()
) -> tuple[list[TomlRow], list[RowFileError]]:
    """Return the rows of a text, and what of it is refused.

    Parameters
    ----------
    text
        Of a TOML file.
    file, contents
        Its name and what it holds ("events"), for sentences.
    arrays
        The names of its arrays of tables, ``[[name]]``: each table is a row.
    tables
        The names of its tables, ``[name]``: each key is a row.
    """
    whole = RowPlace(file, contents)
    problems: list[RowFileError] = []
    ordinals: dict[str, list[int]] = {}
    has_rows = True
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        document, ordinals, problems = _parse_sections(text, whole, arrays)
        has_rows = bool(document) or any(problem.place.table for problem in problems)
    if problems and not has_rows:
        # Another kind of file: all after the first reason would be noise.
        return [], [RowFileError(whole, RowDefect.NOT_TOML, whole_file=True, **problems[0].values)]
    rows: list[TomlRow] = []
    for name, value in document.items():
        if name in arrays:
            items = value if isinstance(value, list) else [None]
            numbers = ordinals.get(name, [])
            if len(numbers) != len(items):
                numbers = list(range(1, len(items) + 1))
            for ordinal, item in zip(numbers, items, strict=True):
                row_id = item.get("id") if isinstance(item, dict) else None
                place = replace(
                    whole,
                    table=name,
                    ordinal=ordinal,
                    row_id=row_id if isinstance(row_id, str) else "",
                )
                rows.append(TomlRow(place, item))
        elif name in tables and isinstance(value, dict):
            for key, item in value.items():
                rows.append(TomlRow(replace(whole, table=name, row_id=key), item))
        elif name in tables:
            problems.append(RowFileError(whole, RowDefect.NOT_A_TABLE, key=name))
        else:
            allowed = (*(f"[[{key}]]" for key in arrays), *(f"[{key}]" for key in tables))
            problems.append(RowFileError(whole, RowDefect.UNKNOWN_TABLE, key=name, allowed=allowed))
    return rows, problems


def _parse_sections(
    text: str, whole: RowPlace, arrays: Collection[str]
) -> tuple[dict[str, Any], dict[str, list[int]], list[RowFileError]]:
    """Return the document of those sections that are TOML, and what is wrong with the others.

    The text is cut at the headers of its tables: one date such as 2025-02-30 makes all of it
    unreadable to `tomllib`. The second answer has the ordinals of the rows in the document.
    """
    names = "|".join(map(re.escape, arrays))
    # A table inside a row, [claim.check], belongs to the row.
    sections = re.split(rf"^(?=[ \t]*\[(?![ \t]*(?:{names})[ \t]*\.))", text, flags=re.MULTILINE)
    header = re.compile(rf"\s*\[\[\s*[\"']?({names})[\"']?\s*\]\]")
    counts: Counter[str] = Counter()
    ordinals: dict[str, list[int]] = {}
    problems: list[RowFileError] = []
    sound = ""
    line = 0
    for section in sections:
        place = whole
        if found := header.match(section):
            counts[found[1]] += 1
            place = replace(whole, table=found[1], ordinal=counts[found[1]])
        try:
            tomllib.loads("\n" * line + section)  # the line in the message is the file's
        except tomllib.TOMLDecodeError as error:
            problems.append(RowFileError(place, RowDefect.NOT_TOML, detail=_detail(error)))
        else:
            sound += section
            if found:
                ordinals.setdefault(found[1], []).append(counts[found[1]])
        line += section.count("\n")
    try:
        return tomllib.loads(sound), ordinals, problems
    except tomllib.TOMLDecodeError as error:  # each is TOML, but two have one name
        problems.append(
            RowFileError(whole, RowDefect.NOT_TOML, whole_file=True, detail=_detail(error))
        )
        return {}, {}, problems


def _detail(error: tomllib.TOMLDecodeError) -> str:
    # The parser names a table by a tuple of its keys.
    text = re.sub(r"\(('[^()]*'),?\)", lambda keys: keys[1].replace("', '", "."), str(error))
    return text[:1].lower() + text[1:]


# --- One row ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a kind of row, with what its type allows."""

    name: str
    required: bool
    type: Any
    expected: str
    longest: int | None
    is_day: bool
    choices: tuple[str, ...]


@cache  # constant: follows from the class
def _fields(row_type: type[RowFields]) -> dict[str, _Field]:
    """Return the fields of a kind of row by their keys; msgspec would look them up for each row."""
    hints = get_type_hints(row_type, include_extras=True)
    fields: dict[str, _Field] = {}
    for field in msgspec.structs.fields(row_type):
        type_ = hints[field.name]
        parts = list(_parts(type_))
        metas = [part for part in parts if isinstance(part, msgspec.Meta)]
        is_enum = isinstance(type_, type) and issubclass(type_, Enum)
        fields[field.encode_name] = _Field(
            field.name,
            field.required,
            type_,
            next((meta.description for meta in metas if meta.description), "another value"),
            next((meta.max_length for meta in metas if meta.max_length), None),
            date in parts,
            tuple(str(member.value) for member in type_) if is_enum else (),
        )
    return fields


def _parts(type_: object) -> Iterator[object]:
    """Yield a type and the types inside it, from the outside in."""
    yield type_
    for part in reversed(get_args(type_)):  # the annotation comes after what it annotates
        yield from _parts(part)


def read_row(row: TomlRow, row_type: type[Fields]) -> Fields:
    """Return a row validated by the types of its fields.

    Raises
    ------
    RowFileError
        For the first thing that is wrong with it.
    """
    if not isinstance(row.values, Mapping):
        raise row.error(RowDefect.NOT_A_ROW, key=row.place.table)
    fields = _fields(row_type)
    for key in row.values:
        if key not in fields:
            raise row.error(RowDefect.UNKNOWN_KEY, key=key, allowed=tuple(fields))
    values: dict[str, Any] = {}
    for key, field in fields.items():
        if key in row.values:
            values[field.name] = _read_value(row, row.values, key, field)
        elif field.required:
            raise row.error(RowDefect.MISSING_KEY, key=key, kind=row.place.table)
    return row_type(**values)


def _read_value(row: TomlRow, values: Mapping[str, Any], key: str, field: _Field) -> object:
    value = values[key]
    if isinstance(value, str):
        value = value.strip()
        if field.longest is not None and len(value) > field.longest:
            raise row.error(RowDefect.TOO_LONG, key=key, length=len(value), longest=field.longest)
        if field.is_day and is_iso_date(value):
            try:
                value = parse_iso_date(value)
            except ValueError as error:
                raise row.error(RowDefect.NO_SUCH_DAY, value=value) from error
    if field.choices and value not in field.choices:
        raise row.error(RowDefect.UNKNOWN_VALUE, key=key, value=value, allowed=field.choices)
    try:
        if isinstance(value, str) and not value.isprintable():
            raise msgspec.ValidationError("more than one line")
        if isinstance(value, date) and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise msgspec.ValidationError("a year out of range")
        return msgspec.convert(value, field.type)
    except msgspec.ValidationError as error:
        raise row.error(
            RowDefect.UNSUITABLE, key=key, value=value, expected=field.expected
        ) from error
