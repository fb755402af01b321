"""TOML files of rows, read so that a bad row is refused with its line and the rest is kept.

tomllib says nothing of the lines that its tables stood on, and refuses a whole file for one
date such as 2025-02-30. So a text is cut at its table headers, and each piece parsed alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Piece", "Unreadable", "not_among", "pieces", "read_text"]

_QUOTED_OR_COMMENT: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""+'
    r"|'''.*?'''+"
    r'|"(?:\\[^\n]|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*",
    re.DOTALL,
)
_TOML_PLACE: Final = re.compile(r"\s*\((?:at line (\d+), column \d+|at end of document)\)\s*$")


class Unreadable(Exception):
    """A file, or a piece of one, that cannot be read: a reason, and the line where known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Piece:
    """A table header and what follows it, or what stands before the first header.

    Parameters
    ----------
    line
        The header's line in the file, from 1.
    text
        As it stands there.
    """

    line: int
    text: str

    def line_of(self, key: str) -> int:
        """Return the line of a key; the header's where it is not found."""
        pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
        for number, line in _logical_lines(self.text, ()):
            if pattern.match(line):
                return self.line + number - 1
        return self.line

    def starts(self, row: str) -> bool:
        """Say whether this piece is a ``[[row]]``."""
        return bool(re.match(rf"\s*{_header(row)}", self.text))

    def parse(self) -> dict[str, object]:
        """Return what the piece says.

        Raises
        ------
        Unreadable
            If it is not TOML; with the line in the file.
        """
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            message = str(error)
            place = _TOML_PLACE.search(message)
            lines = self.text.rstrip().split("\n")
            number = int(place[1]) if place and place[1] else len(lines)
            reason = _TOML_PLACE.sub("", message)
            raise Unreadable(
                f"this is not TOML: {reason[:1].lower()}{reason[1:]}", self.line + number - 1
            ) from error


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    Unreadable
        If it is not there or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(f"the file cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise Unreadable("the file is not text in UTF-8") from error


def pieces(text: str, rows: Collection[str]) -> list[Piece]:
    """Cut a text at its table headers.

    Parameters
    ----------
    text
        Of a TOML file.
    rows
        The names of its arrays of tables, ``[[name]]``. A table inside one, ``[name.key]``,
        stays with its row.
    """
    inner = re.compile(rf"\s*\[\s*(?:{'|'.join(map(re.escape, rows))})\s*\.[^\[\]]*\]")
    found: list[tuple[int, list[str]]] = [(1, [])]
    for number, line in _logical_lines(text, rows):
        if line.lstrip().startswith("[") and not (inner.match(line) and len(found) > 1):
            found.append((number, []))
        found[-1][1].append(line)
    return [Piece(line, "\n".join(lines)) for line, lines in found]


def not_among(what: str, value: object, allowed: Iterable[str]) -> str:
    """Say that a value is none of those allowed."""
    return f"the {what} {value!r} is unknown; allowed are {', '.join(allowed)}"


def _header(row: str) -> str:
    return rf"\[\[\s*{re.escape(row)}\s*\]\]\s*"


def _logical_lines(text: str, rows: Collection[str]) -> list[tuple[int, str]]:
    """Return the lines, each with its number; a value over several lines is one line."""
    # Quoted text becomes blank at the same length, its line ends \0: positions stay, and
    # a header or a bracket inside a string deceives nobody.
    bare = _QUOTED_OR_COMMENT.sub(
        lambda match: re.sub(r"[^\n]", " ", match[0]).replace("\n", "\0"), text
    )
    header = re.compile(rf"\s*(?:{'|'.join(map(_header, rows))})") if rows else None
    lines: list[tuple[int, str]] = []
    start, number, depth = 0, 1, 0
    for part in bare.split("\n"):
        original = text[start : start + len(part)]
        if header is not None and header.fullmatch(part):
            depth = 0  # an array that was never closed spoils its own row, not those after it
        if depth:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]}\n{original}")
        else:
            lines.append((number, original))
        if depth or not part.lstrip().startswith("["):
            opened = part.count("[") + part.count("{") - part.count("]") - part.count("}")
            depth = max(0, depth + opened)
        start += len(part) + 1
        number += 1 + part.count("\0")
    return lines
