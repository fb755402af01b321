"""The root of the tree of errors, and how an error builds its sentence."""

from __future__ import annotations

from datetime import date, time
from typing import Final

_UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"


class RutDashError(Exception):
    """Base of every error that rut_dash raises on purpose.

    Its values are its attributes, from which a copy is made.
    """

    def __reduce__(self) -> tuple[object, ...]:
        """Return what a copy is made of."""
        return (_restored, (type(self), vars(self)))


def _restored(cls: type[RutDashError], values: dict[str, object]) -> RutDashError:
    error = cls.__new__(cls)
    vars(error).update(values)
    return error


def sentence(*parts: str) -> str:
    """Join non-empty parts into sentences that each end with a full stop."""
    return " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 session``, ``1,204 sessions``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def capitalise(text: str) -> str:
    """Return a text with a capital first letter, its other letters as they are."""
    return text[:1].upper() + text[1:]


def printable(text: str) -> str:
    """Return a text with a replacement character for each that cannot be printed."""
    return "".join(c if c.isprintable() else _UNPRINTABLE for c in text)


def quoted(value: object) -> str:
    """Return what a user wrote, as it can be written: a text in quotes, ``true``, ``[1, 'a']``.

    A table is called one.
    """
    match value:
        case str():
            return f"'{printable(value)}'"
        case bool():
            return str(value).lower()
        case date() | time():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(map(quoted, value))}]"
        case dict():
            return "a table"
        case _:
            return str(value)


def shortened(text: str, longest: int) -> str:
    """Return a text of at most so many characters; one that is cut ends with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
