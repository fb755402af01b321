"""Write the tree of modules in docs/architecture.md from the first lines of their docstrings.

Run it after a module is added, renamed or removed: ``python -m tools.make_module_docs``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
_DOCS: Final = _ROOT / "docs" / "architecture.md"
_PACKAGE: Final = _ROOT / "rut_dash"
# From what everything uses to what uses everything; one that is not named comes last.
_PACKAGES: Final = ("errors", "market", "analysis", "events", "studies", "claims", "charts", "ui")
_WIDTH: Final = 53
_TREE: Final = re.compile(r"(## The modules\n\n```\n).*?(```)", re.DOTALL)


def module_docs(text: str) -> str:
    """Return the text of docs/architecture.md with a line for each module and package."""
    tree = "".join(f"{name:{_WIDTH}}{line}\n" for name, line in _modules())
    return _TREE.sub(lambda match: f"{match[1]}{tree}{match[2]}", text)


def _modules() -> Iterator[tuple[str, str]]:
    """Yield the modules of each package below its own line, with what they are."""
    yield from _files_of(_PACKAGE)
    names = [path.parent.name for path in _PACKAGE.glob("*/__init__.py")]
    order = {name: place for place, name in enumerate(_PACKAGES)}
    for name in sorted(names, key=lambda name: (order.get(name, len(order)), name)):
        yield from _lines_of(_PACKAGE / name)


def _lines_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the line of a package, of its modules, and of the packages in it."""
    yield f"{folder.relative_to(_PACKAGE).as_posix()}/", _first_line(folder / "__init__.py")
    yield from _files_of(folder)
    for inner in sorted(path.parent for path in folder.glob("*/__init__.py")):
        yield from _lines_of(inner)


def _files_of(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield path.relative_to(_PACKAGE).as_posix(), _first_line(path)


def _first_line(path: Path) -> str:
    """Return the first line of a module's docstring without its full stop."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    _DOCS.write_text(module_docs(_DOCS.read_text(encoding="utf-8")), encoding="utf-8")
