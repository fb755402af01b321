"""Texts at the edge: what Markdown must not read as markup, and tables as files."""

from __future__ import annotations

import csv
import functools
import io
import os
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import pandas as pd

from rut_dash.wording import MISSING, day

__all__ = ["bullets", "csv_text", "moment", "plain", "public", "slug"]

_PLACES: Final = ("RUT_DASH_PRICES", "RUT_DASH_STORE", "RUT_DASH_EVENTS", "RUT_DASH_CLAIMS")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def moment(value: datetime | None) -> str:
    """Return a moment to the minute, with its time zone; `MISSING` where there is none."""
    return MISSING if value is None else f"{day(value)}, {value:%H:%M %Z}".rstrip()


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is: it may have come from a link or from a file.

    Where the server keeps its files is left out (`public`).
    """
    return _escaped(public(text))


@functools.lru_cache(maxsize=2048)
def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


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


def csv_text(frame: pd.DataFrame, header: Iterable[tuple[str, str]]) -> str:
    """Return a frame as CSV under comment lines that say what it is.

    Parameters
    ----------
    frame
        Any; values are written unrounded, fractions stay fractions, dates are ISO.
    header
        Names and values, each becoming a line ``# name: value``.
    """
    out = io.StringIO()
    for name, value in header:
        out.write(f"# {name}: {' '.join(str(value).split())}\n")
    frame.map(_safe_cell).to_csv(
        out, date_format="%Y-%m-%d", lineterminator="\n", quoting=csv.QUOTE_MINIMAL
    )
    return out.getvalue()


def _safe_cell(value: object) -> object:
    """Keep a spreadsheet from running a text that a user's event file holds."""
    if isinstance(value, str) and value[:1] in ("=", "+", "@", "\t", "\r"):
        return f"'{value}"
    return value
