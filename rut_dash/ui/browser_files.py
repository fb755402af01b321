"""Files that the browser loads: scripts and styles of our own, by an address with a digest.

The digest changes with the content, so that a browser may keep a file for ever.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Final

from rut_dash.charts.browser_assets import CHART_FILES

_FOLDERS: Final = (Path(__file__).with_name("browser"), CHART_FILES)
_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}


@functools.cache  # constant: files of the program
def browser_file(name: str) -> bytes:
    """Return the content of a file."""
    return _paths()[name].read_bytes()


@functools.cache  # constant: files of the program
def browser_path(name: str) -> str:
    """Return where the server has a file, from the address of the app."""
    return f"_rut_dash/{hashlib.sha256(browser_file(name)).hexdigest()[:12]}/{name}"


def browser_files() -> dict[str, str]:
    """Return the type of content of each file by its name."""
    return {name: _TYPES[path.suffix] for name, path in _paths().items()}


def _paths() -> dict[str, Path]:
    """Return where each file is by its name."""
    paths = sorted(path for folder in _FOLDERS for path in folder.iterdir())
    return {path.name: path for path in paths if path.suffix in _TYPES}
