"""Texts at the edge: escaped for Markdown, without the server's folders, fit for file names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_PATH_SETTINGS: Final = ("RUT_DASH_PRICES", "RUT_DASH_STORE", "RUT_DASH_EVENTS", "RUT_DASH_CLAIMS")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def plain(text: str) -> str:
    """Return a text escaped for Markdown: it may have come from a link or from a file.

    The server's folders are left out (`hide_folders`).
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(hide_folders(text).split()))


def hide_folders(text: str) -> str:
    """Return a text without the folders of the server's files: their names remain."""
    if os.sep not in text:
        return text
    for setting in _PATH_SETTINGS:
        for folder in _folders(os.environ.get(setting, "")):
            text = text.replace(f"file://{folder}{os.sep}", "").replace(f"{folder}{os.sep}", "")
    return text.replace(f"{Path.home()}{os.sep}", f"~{os.sep}")


def _folders(setting: str) -> list[Path]:
    """Return the path that a setting names on the server's disk, and its parent folder."""
    if setting.startswith("file:"):
        setting = unquote(urlsplit(setting).path)
    if not setting or "://" in setting:
        return []
    place = Path(setting).expanduser().absolute()
    return [folder for folder in (place, place.parent) if folder.parent != folder]


def bullets(lines: Iterable[str]) -> str:
    """Return a Markdown list of texts, each escaped."""
    return "\n".join(f"- {plain(line)}" for line in lines)


def slug(text: str) -> str:
    """Return a text for the name of a file: lower case, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "table"
