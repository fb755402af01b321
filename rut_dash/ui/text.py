"""Texts at the edge: escaped for Markdown, without the server's folders, fit for file names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

__all__ = ["bullets", "plain", "public", "slug"]

_PLACES: Final = ("RUT_DASH_PRICES", "RUT_DASH_STORE", "RUT_DASH_EVENTS", "RUT_DASH_CLAIMS")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is: it may have come from a link or from a file.

    Where the server keeps its files is left out (`public`).
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(public(text).split()))


def public(text: str) -> str:
    """Return a text without the folders that lead to the server's files: only their names stay."""
    if os.sep not in text:
        return text
    for setting in _PLACES:
        for folder in _folders(os.environ.get(setting, "")):
            text = text.replace(f"file://{folder}{os.sep}", "").replace(f"{folder}{os.sep}", "")
    return text.replace(f"{Path.home()}{os.sep}", f"~{os.sep}")


def _folders(setting: str) -> list[Path]:
    """Return the place on the server's disk that a setting names, and the folder it is in."""
    if setting.startswith("file:"):
        setting = unquote(urlsplit(setting).path)
    if not setting or "://" in setting:
        return []
    place = Path(setting).expanduser().absolute()
    return [folder for folder in (place, place.parent) if folder.parent != folder]


def bullets(lines: Iterable[str]) -> str:
    """Return a Markdown list of texts that are shown as they are."""
    return "\n".join(f"- {plain(line)}" for line in lines)


def slug(text: str) -> str:
    """Return a text fit for a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "table"
