"""The root of the tree of errors, and how an error builds its sentence."""

from __future__ import annotations

__all__ = ["RutDashError", "counted_noun", "sentence"]


class RutDashError(Exception):
    """Base of every error that rut_dash raises on purpose."""


def sentence(*parts: str) -> str:
    """Join non-empty parts into sentences that each end with a full stop."""
    return " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part
    )


def counted_noun(count: int, noun: str) -> str:
    """Return a count with its noun, in the singular for one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
