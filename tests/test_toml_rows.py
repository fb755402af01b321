"""Rows of TOML files: what is read, what is refused, and by which sentence."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from rut_dash.errors import RowDefect, RowFileError
from rut_dash.toml_rows import Day, Line, RowFields, one_line, parse_rows, read_row, read_text


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Ship(RowFields, frozen=True, kw_only=True):
    id: Line = ""
    built: Day
    sunk: Day | None = None
    name: Annotated[str, one_line(10)]
    size: Size = Size.SMALL
    tons: Annotated[float, msgspec.Meta(gt=0, description="a number above 0")] = 1.0


GOOD = '[[ship]]\nbuilt = 1912-04-10\nname = "Titanic"\n'


def read(text: str) -> tuple[list[Ship], list[RowFileError]]:
    """Return the ships of a text, and every problem."""
    rows, problems = parse_rows(
        text, "mine.toml", "ships", arrays=("ship", "port"), tables=("flags",)
    )
    ships = []
    for row in rows:
        try:
            ships.append(read_row(row, Ship))
        except RowFileError as error:
            problems.append(error)
    return ships, problems


def test_a_row_is_read_by_the_types_of_its_fields() -> None:
    text = GOOD + 'sunk = "1912-04-15"\nsize = "large"\ntons = 46328\nid = " t "\n'
    [ship], problems = read(text)
    assert not problems
    assert ship == Ship(
        id="t", built=date(1912, 4, 10), sunk=date(1912, 4, 15), name="Titanic",
        size=Size.LARGE, tons=46328.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "defect", "clause"),
    [
        ("name = 3", RowDefect.UNSUITABLE, "the name must be one line of text in quotes, not 3"),
        ('name = " "', RowDefect.UNSUITABLE, "the name must be one line of text in quotes, not ''"),
        ('name = """a\nb"""', RowDefect.UNSUITABLE, "one line of text in quotes, not 'a\ufffdb'"),
        ('name = "01234567890"', RowDefect.TOO_LONG, "has 11 characters; at most 10 fit"),
        ('nam = "x"', RowDefect.UNKNOWN_KEY, "the key 'nam' is unknown; allowed are id, built"),
        ("tons = true", RowDefect.UNSUITABLE, "the tons must be a number above 0, not true"),
        ("tons = 0", RowDefect.UNSUITABLE, "the tons must be a number above 0, not 0"),
        ("tons = nan", RowDefect.UNSUITABLE, "the tons must be a number above 0, not nan"),
        ('size = "huge"', RowDefect.UNKNOWN_VALUE, "the size 'huge' is unknown; allowed are small"),
        ("size = []", RowDefect.UNKNOWN_VALUE, "the size [] is unknown; allowed are small, large"),
        ('sunk = "1912-02-30"', RowDefect.NO_SUCH_DAY, "there is no day 1912-02-30"),
        ('sunk = "soon"', RowDefect.UNSUITABLE, "the sunk must be a day alone, such as 2025-04-02"),
        ("sunk = 1912-04-15T02:20:00", RowDefect.UNSUITABLE, "the sunk must be a day alone"),
        ("sunk = 1212-04-15", RowDefect.UNSUITABLE, "the sunk must be a day alone"),
        ("sunk = 1912-02-30", RowDefect.NOT_TOML, "not TOML: invalid date or datetime (at line 9"),
        ('id = "x\n', RowDefect.NOT_TOML, "this is not TOML: "),
        ("tons = [1,\n", RowDefect.NOT_TOML, "this is not TOML: "),
        ("tons = 1\ntons = 2", RowDefect.NOT_TOML, "this is not TOML: "),
    ],
)
def test_a_bad_row_is_refused_by_its_place_and_the_others_are_used(
    row: str, defect: RowDefect, clause: str
) -> None:
    name = "" if row.startswith("name") else 'name = "Lost"\n'
    ships, [problem] = read(f"{GOOD}\n[[ship]]\nbuilt = 1900-01-01\n{name}\n{row}\n{GOOD}")
    assert len(ships) == 2
    assert problem.defect is defect
    assert clause in str(problem)
    assert str(problem).startswith("mine.toml, the second [[ship]]: ")
    assert str(problem).endswith("Correct that row; the other rows are used.")


@pytest.mark.parametrize("key", ["built", "name"])
def test_a_row_that_lacks_a_key_is_refused(key: str) -> None:
    rest = {"built": "built = 1900-01-01\n", "name": 'name = "x"\n'}
    del rest[key]
    _, [problem] = read(f"[[ship]]\nid = 'lost'\n{''.join(rest.values())}")
    assert str(problem) == (
        f"mine.toml, the first [[ship]], 'lost': the ship has no {key}. "
        "Correct that row; the other rows are used."
    )


def test_rows_are_counted_with_those_that_are_no_toml() -> None:
    bad = '[[ship]]\nbuilt = 1912-02-30\nname = "x"\n'
    ships, problems = read(f"{bad}{GOOD}{bad}[[ship]]\nname = 3\nbuilt = 1900-01-01\n" + bad * 18)
    assert len(ships) == 1
    places = [str(problem.place) for problem in problems]
    assert places[:2] == ["mine.toml, the first [[ship]]", "mine.toml, the third [[ship]]"]
    assert "mine.toml, the fourth [[ship]]" in places
    for ordinal in ("11th", "12th", "13th", "20th", "21st", "22nd"):
        assert f"mine.toml, the {ordinal} [[ship]]" in places
    assert len(places) == 21


def test_a_table_of_keys_gives_a_row_for_each() -> None:
    rows, problems = parse_rows(
        "[flags]\nblue = 1\nred = 2\n", "mine.toml", "ships", arrays=("ship",), tables=("flags",)
    )
    assert not problems
    assert [(row.place.row_id, row.values) for row in rows] == [("blue", 1), ("red", 2)]
    assert str(rows[0].place) == "mine.toml, blue of [flags]"


def test_a_table_in_a_row_belongs_to_the_row_in_a_file_with_a_bad_row_too() -> None:
    text = "[[ship]]\nid = 1912-02-30\n[[ship]]\nid = 'a'\n[ship.crew]\nmaster = 'Smith'\n"
    rows, [_] = parse_rows(text, "mine.toml", "ships", arrays=("ship",))
    assert [row.values for row in rows] == [{"id": "a", "crew": {"master": "Smith"}}]
    assert rows[0].place.ordinal == 2


@pytest.mark.parametrize(
    ("text", "defect", "clause"),
    [
        ("[[shop]]\nname = 3\n", RowDefect.UNKNOWN_TABLE,
         "'shop' is unknown here; a file holds [[ship]], [[port]], [flags]"),
        ("note = 3\n", RowDefect.UNKNOWN_TABLE, "'note' is unknown here"),
        ("flags = 3\n", RowDefect.NOT_A_TABLE, "flags is a table: [flags]"),
        ("[ship]\nname = 3\n", RowDefect.NOT_A_ROW, "each ship starts with [[ship]]"),
        ("port = [3]\n", RowDefect.NOT_A_ROW, "each port starts with [[port]]"),
    ],
)  # fmt: skip
def test_an_entry_that_is_not_a_row_is_refused_and_the_rows_are_used(
    text: str, defect: RowDefect, clause: str
) -> None:
    ships, [problem] = read(text + ("" if text.startswith("[ship]") else GOOD))
    assert len(ships) == (0 if text.startswith("[ship]") else 1)
    assert problem.defect is defect
    assert clause in str(problem)


@pytest.mark.parametrize(
    "text",
    [
        "date,label\n2025-06-13,x\n2025-06-14,y\n",
        '[\n{"date": "2025-06-13"},\n[1, 2]\n]\n',
        "<html>\n[[x]]\n<p>\n</html>\n",
    ],
)
def test_another_kind_of_file_is_one_problem(text: str) -> None:
    ships, [problem] = read(text)
    assert not ships
    assert problem.whole_file
    assert "Correct the file; without it only the shipped ships are used." in str(problem)


def test_a_file_that_declares_a_table_twice_is_refused_with_its_line() -> None:
    ships, [problem] = read(f"[flags]\na = 1\n[flags]\nb = 2\n{GOOD}")
    assert not ships
    assert problem.whole_file
    assert "this is not TOML: cannot declare 'flags' twice (at line 3" in str(problem)


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(RowFileError, match="the file cannot be read") as missing:
        read_text(tmp_path / "none.toml", "ships")
    assert missing.value.defect is RowDefect.UNREADABLE
    path = tmp_path / "image.toml"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(RowFileError, match="the file is not text in UTF-8"):
        read_text(path, "ships")
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    ships, problems = read(read_text(path, "ships"))
    assert (len(ships), problems) == (1, [])


def test_a_long_value_is_cut_in_the_sentence() -> None:
    _, [problem] = read(f'[[ship]]\nname = "x"\nbuilt = "{"x" * 500}"\n')
    assert len(str(problem)) < 250
