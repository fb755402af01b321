"""The import rules of the rooms, held by walking the imports of every file."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Who may import whom among our own rooms; the longest matching prefix decides.
MAY_IMPORT = {
    "rut_dash.errors": ("rut_dash.errors",),
    "rut_dash.wording": ("rut_dash.errors", "rut_dash.market"),
    "rut_dash.toml_rows": ("rut_dash.errors", "rut_dash.iso_dates"),
    "rut_dash.iso_dates": (),
    "rut_dash.registry": (),
    "rut_dash.market.instruments": ("rut_dash.errors",),
    "rut_dash.market": ("rut_dash.errors", "rut_dash.registry", "rut_dash.market"),
    "rut_dash.analysis": (
        "rut_dash.errors",
        "rut_dash.registry",
        "rut_dash.analysis",
        "rut_dash.market.history",
        "rut_dash.market.calendar",
        "rut_dash.market.instruments",
    ),
    "rut_dash.events": (
        "rut_dash.errors",
        "rut_dash.registry",
        "rut_dash.toml_rows",
        "rut_dash.events",
        "rut_dash.analysis",
        "rut_dash.market.history",
    ),
    "rut_dash.studies": (
        "rut_dash.errors",
        "rut_dash.registry",
        "rut_dash.studies",
        "rut_dash.events",
        "rut_dash.analysis",
        "rut_dash.market.history",
    ),
    "rut_dash.study_wording": (
        "rut_dash.market.instruments",
        "rut_dash.events",
        "rut_dash.event_wording",
        "rut_dash.studies",
        "rut_dash.wording",
    ),
    "rut_dash.claims": (
        "rut_dash.errors",
        "rut_dash.iso_dates",
        "rut_dash.registry",
        "rut_dash.toml_rows",
        "rut_dash.claims",
        "rut_dash.events",
        "rut_dash.analysis",
        "rut_dash.market.history",
        "rut_dash.market.instruments",
    ),
    "rut_dash.event_wording": ("rut_dash.events",),
    "rut_dash.formula_wording": ("rut_dash.market.history", "rut_dash.claims", "rut_dash.wording"),
    "rut_dash.claim_wording": (
        "rut_dash.market.history",
        "rut_dash.claims",
        "rut_dash.wording",
        "rut_dash.formula_wording",
    ),
    "rut_dash.charts": (
        "rut_dash.errors",
        "rut_dash.registry",
        "rut_dash.charts",
        "rut_dash.market.history",
        "rut_dash.market.instruments",
        "rut_dash.market.calendar",
        "rut_dash.events",
        "rut_dash.claims.chart_spec",
        "rut_dash.wording",
        "rut_dash.formula_wording",
        "rut_dash.analysis",
    ),
    "rut_dash.ui": (
        "rut_dash.errors",
        "rut_dash.iso_dates",
        "rut_dash.registry",
        "rut_dash.wording",
        "rut_dash.claim_wording",
        "rut_dash.event_wording",
        "rut_dash.formula_wording",
        "rut_dash.ui",
        "rut_dash.market",
        "rut_dash.events",
        "rut_dash.claims",
        "rut_dash.charts",
        "rut_dash.analysis",
    ),
    "rut_dash.cli": (
        "rut_dash.errors",
        "rut_dash.iso_dates",
        "rut_dash.registry",
        "rut_dash.wording",
        "rut_dash.claim_wording",
        "rut_dash.event_wording",
        "rut_dash.formula_wording",
        "rut_dash.study_wording",
        "rut_dash.cli",
        "rut_dash.events",
        "rut_dash.studies",
        "rut_dash.claims",
        "rut_dash.analysis",
        "rut_dash.market",
    ),
    "rut_dash.__main__": ("rut_dash.cli",),
    "app": ("rut_dash",),
    "pages": ("rut_dash",),
}

# The one place of each outside package that is kept in one place.
# Of rut_dash.ui, only these modules draw or read a session; the others can be tested without.
ONLY_IN = {
    "streamlit": (
        "app",
        "pages",
        "rut_dash.ui.claim_detail",
        "rut_dash.ui.claim_form",
        "rut_dash.ui.claim_ledger",
        "rut_dash.ui.claim_list",
        "rut_dash.ui.components",
        "rut_dash.ui.data_page",
        "rut_dash.ui.header",
        "rut_dash.ui.layout",
        "rut_dash.ui.live_prices",
        "rut_dash.ui.notices",
        "rut_dash.ui.own_claims",
        "rut_dash.ui.server",
        "rut_dash.ui.view_state",
        "rut_dash.ui.widgets",
    ),
    "starlette": ("rut_dash.ui.server",),
    "plotly": ("rut_dash.charts",),
    "yfinance": ("rut_dash.market.sources.yahoo_client",),
    "curl_cffi": ("rut_dash.market.sources.yahoo_client",),
    "pandas_ta_classic": ("rut_dash.analysis.indicators.pandas_ta",),
    "exchange_calendars": ("rut_dash.market.calendar",),
    "filelock": ("rut_dash.market.store",),
    "platformdirs": ("rut_dash.market.store",),
}


@cache
def modules() -> list[tuple[str, Path]]:
    """Return every module of the product with its file."""
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "rut_dash").rglob("*.py")]
    named = []
    for path in files:
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        named.append((".".join(parts), path))
    return named


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything a file imports, functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert "*" not in {alias.name for alias in node.names}, f"{path} imports a star"
            assert node.module is not None
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            module_names = {name for name, _ in modules()}
            yield from (name if name in module_names else node.module for name in names)


def is_in_room(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


MODULES = modules()


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_rooms_import_only_what_they_may(name: str, path: Path) -> None:
    rooms = [room for room in MAY_IMPORT if is_in_room(name, room)]
    allowed = MAY_IMPORT[max(rooms, key=len)] if rooms else ()
    for imported in imports(path):
        if is_in_room(imported, "rut_dash"):
            assert any(is_in_room(imported, room) for room in allowed), f"{name} imports {imported}"
        top = imported.split(".")[0]
        if top in ONLY_IN:
            assert any(is_in_room(name, room) for room in ONLY_IN[top]), (
                f"{name} imports {imported}"
            )
        assert top not in {"tests", "bench"}, f"{name} imports {imported}"


def test_every_module_that_may_import_streamlit_does() -> None:
    importing = {
        name
        for name, path in MODULES
        if any(imported.split(".")[0] == "streamlit" for imported in imports(path))
    }
    for room in ONLY_IN["streamlit"]:
        assert any(is_in_room(name, room) for name in importing), f"{room} needs no streamlit"


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_no_module_asks_whether_it_is_a_test(name: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "PYTEST_CURRENT_TEST" not in text
    assert '"pytest"' not in text
    assert path.name != "utils.py"


def test_the_numbers_import_no_slow_package() -> None:
    """The command line answers before a calendar, a browser kit or Yahoo could be imported."""
    code = (
        "import sys; from rut_dash.cli.command import command_names, load_command;"
        "[load_command(name) for name in command_names()];"
        "slow = {'streamlit', 'plotly', 'yfinance', 'exchange_calendars', 'curl_cffi', 'scipy'};"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_the_architecture_page_lists_every_module() -> None:
    """`docs/architecture.md` has one line for each module, and none for a module that is gone."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = text[text.index("## The modules") :]
    names = (line.split()[0] for line in tree.splitlines() if line.strip())
    listed = {name for name in names if name.endswith(".py")}
    package = ROOT / "rut_dash"
    modules = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert modules == listed


def definitions(path: Path) -> set[str]:
    """Return the functions and classes of a module, and the methods both alone and by class."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
            names |= methods | {f"{node.name}.{method}" for method in methods}
    return names


def test_the_way_of_a_close_names_functions_of_the_modules_that_it_names() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    way = text[text.index("## From Yahoo") : text.index("Threads:")]
    everywhere = set().union(*map(definitions, (ROOT / "rut_dash").rglob("*.py")))
    module: Path | None = None
    named = 0
    for word in re.findall(r"`([^`]+)`", way):
        name = re.sub(r"\(.*\)$", "", word)
        if name.endswith(".py"):
            module = ROOT / "rut_dash" / name
            assert module.exists(), name
        elif not name.startswith("st."):
            assert module is not None
            assert name in definitions(module) | everywhere, word
            named += name in definitions(module)
    assert named > 15
