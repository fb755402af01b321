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

from tools.make_module_docs import module_docs

ROOT = Path(__file__).resolve().parent.parent

# Who may import whom among our own rooms; the longest matching prefix decides.
MAY_IMPORT = {
    "rut_dash.errors": ("rut_dash.errors",),
    "rut_dash.wording": ("rut_dash.errors", "rut_dash.market.history"),
    "rut_dash.market_wording": ("rut_dash.errors", "rut_dash.market", "rut_dash.wording"),
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
        "rut_dash.market.calendar",
    ),
    "rut_dash.study_wording": (
        "rut_dash.market.instruments",
        "rut_dash.events",
        "rut_dash.event_wording",
        "rut_dash.studies",
        "rut_dash.wording",
        "rut_dash.market_wording",
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
    "rut_dash.event_wording": ("rut_dash.events", "rut_dash.wording"),
    "rut_dash.formula_wording": ("rut_dash.market.history", "rut_dash.claims", "rut_dash.wording"),
    "rut_dash.claim_wording": (
        "rut_dash.market.history",
        "rut_dash.claims",
        "rut_dash.wording",
        "rut_dash.market_wording",
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
        "rut_dash.market_wording",
        "rut_dash.formula_wording",
        "rut_dash.analysis",
    ),
    "rut_dash.ui": (
        "rut_dash.errors",
        "rut_dash.iso_dates",
        "rut_dash.registry",
        "rut_dash.wording",
        "rut_dash.market_wording",
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
        "rut_dash.market_wording",
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


def test_the_architecture_page_lists_every_module_with_what_it_is() -> None:
    """As ``python -m tools.make_module_docs`` writes it."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert module_docs(text) == text
    assert "market/sources/yahoo_client.py" in text


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


def test_no_two_modules_and_no_two_public_names_of_modules_are_the_same() -> None:
    """Who searches for a name finds one thing; a package and a module may share one."""
    homes: dict[str, list[str]] = {}
    for path in (ROOT / "rut_dash").rglob("*.py"):
        place = path.relative_to(ROOT).as_posix()
        names = [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body
                 if isinstance(node, ast.ClassDef | ast.FunctionDef)]  # fmt: skip
        for name in [path.name, *names]:
            if not name.startswith("_"):
                homes.setdefault(name, []).append(place)
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


# --- Docstrings ----------------------------------------------------------------------------------


def documented_names(docstring: str) -> set[str]:
    """Return the names in the numpydoc section on parameters."""
    _, _, section = docstring.partition("Parameters\n----------\n")
    section = re.split(r"\n\n[A-Z][a-z]+\n-+\n", section)[0]
    lines = [line for line in section.splitlines() if line and not line.startswith(" ")]
    return {name.strip(" *") for line in lines for name in line.split(":")[0].split(",")}


def parameter_names(node: ast.FunctionDef) -> set[str]:
    groups = (node.args.posonlyargs, node.args.args, node.args.kwonlyargs)
    others = filter(None, (node.args.vararg, node.args.kwarg))
    return {arg.arg for group in groups for arg in group} | {arg.arg for arg in others}


def field_names(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> set[str]:
    """Return the fields of a class and of the classes it is made of, and what makes it."""
    names: set[str] = set()
    for item in node.body:
        if isinstance(item, ast.AnnAssign):
            names.add(ast.unparse(item.target))
        elif isinstance(item, ast.Assign):
            names |= {ast.unparse(target) for target in item.targets}
        elif isinstance(item, ast.FunctionDef):
            names |= {item.name, *(parameter_names(item) if item.name == "__init__" else ())}
    for base in (ast.unparse(base).rpartition(".")[2] for base in node.bases):
        names |= field_names(classes[base], classes) if base in classes else set()
    return names


def test_docstrings_document_parameters_and_fields_that_there_are() -> None:
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES}
    nodes = [(name, node) for name, tree in trees.items() for node in ast.walk(tree)]
    classes = {node.name: node for _, node in nodes if isinstance(node, ast.ClassDef)}
    unknown = {}
    for name, node in nodes:
        if isinstance(node, ast.FunctionDef):
            names = parameter_names(node)
        elif isinstance(node, ast.ClassDef):
            names = field_names(node, classes)
        else:
            continue
        if missing := documented_names(ast.get_docstring(node) or "") - names:
            unknown[f"{name}.{node.name}"] = missing
    assert unknown == {}


# --- Facts are data below the edge ---------------------------------------------------------------

LOWER_LAYERS = ("market", "analysis", "events", "studies", "claims")

# Rows of registries carry their labels, descriptions and help texts: a row is all of its kind.
ROW_TYPES = {
    "CheckKind", "CheckParam", "ConditionKind", "Cross", "EventKind", "FileFormat",
    "Indicator", "IndicatorOutput", "IndicatorParam", "Instrument", "Lane", "SourceRow",
    "SummaryFigure",
}  # fmt: skip

# Lines of the log are for the people who run the program.
LOG_CALLS = {"debug", "info", "warning", "error", "log"}

# Names of parameters that a function puts into an error: the figure, what would do.
ERROR_PARTS = {"expected", "figure", "parameter"}

# Modules whose texts are somebody else's, or data.
TEXTS_ALLOWED = {
    "market/format_1.py": "the sentences that the store's first format held, to read them",
    "market/instruments.py": "names of funds and exchanges",
    "market/sources/csv_file.py": "vendors' refusals and rows of actions, as they write them",
    "market/sources/file_format.py": "vendors' names of columns",
    "market/sources/vendor_formats.py": "vendors' names of columns",
    "market/sources/yahoo_client.py": "answers of Yahoo and messages of curl",
    "events/kinds/reconstitutions.py": "labels of the events that its rule makes",
    "claims/claim_writing.py": "the comment at the head of a file that is written for people",
}

# Two words, or a word and a filled-in value, with a space between them.
PHRASE = re.compile(r"[A-Za-z]{2}[\w'%]*[,;:]? +[A-Za-z(\0]|\0[,;:]? +[A-Za-z(]{2}")


@cache
def error_names() -> frozenset[str]:
    """Return the classes of errors, and what else raises with the words it is given."""
    classes = {
        node.name
        for path in (ROOT / "rut_dash" / "errors").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    raising = {
        node.name
        for layer in LOWER_LAYERS
        for path in (ROOT / "rut_dash" / layer).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and ERROR_PARTS & {arg.arg for arg in node.args.args}
    }
    return frozenset(classes | raising)


def text_of(node: ast.expr) -> str:
    """Return a constant text, a formatted one with a zero for each value; empty for another."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
        return "".join(map(str, parts))
    return ""


class PhraseFinder(ast.NodeVisitor):
    """Collects phrases that a module compares, stores or passes on, by their lines."""

    def __init__(self, error_names: frozenset[str]) -> None:
        self.found: list[tuple[int, str]] = []
        self._allowed = error_names | ROW_TYPES | {"Meta", "Thread", "compile", *LOG_CALLS}
        self._raised: list[set[str]] = [set()]

    def visit_Raise(self, node: ast.Raise) -> None:
        """Pass over the words of an error."""

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Pass over members of enumerations: their values are spelled as in files and links."""
        if not any("Enum" in ast.unparse(base) for base in node.bases):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        raises = (part for part in ast.walk(node) if isinstance(part, ast.Raise))
        names = {n.id for part in raises for n in ast.walk(part) if isinstance(n, ast.Name)}
        self._raised.append(names)
        defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        if not ERROR_PARTS & {arg.arg for arg in node.args.args}:
            for default in defaults:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)
        self._raised.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        """Pass over what the same function puts into an error."""
        targets = {ast.unparse(target) for target in node.targets}
        if not targets <= self._raised[-1]:
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Pass over type expressions."""
        if node.value is not None:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        """Pass over the arguments of rows, errors and log lines."""
        if ast.unparse(node.func).rpartition(".")[2] in self._allowed:
            return
        # A measurement of a check has a name, as its row has a label.
        is_measurement = any(ast.unparse(arg) == "TermKind.MEASUREMENT" for arg in node.args)
        for part in (*node.args, *node.keywords):
            if not (is_measurement and isinstance(part, ast.keyword) and part.arg == "name"):
                self.visit(part)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Pass over docstrings."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self._look_at(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._look_at(node)

    def _look_at(self, node: ast.Constant | ast.JoinedStr) -> None:
        text = text_of(node)
        if PHRASE.search(text):
            self.found.append((node.lineno, text))


def phrases_of(source: str) -> list[str]:
    """Return the phrases of a module that are neither words of an error nor of a row."""
    finder = PhraseFinder(error_names())
    finder.visit(ast.parse(source))
    return [text for _, text in finder.found]


def is_source(path: Path) -> bool:
    """Return True if a module is a source of prices: it spells what its vendor spells."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    return any("PriceSource" in map(ast.unparse, node.bases) for node in classes)


LOWER_MODULES = [
    path.relative_to(ROOT / "rut_dash").as_posix()
    for layer in LOWER_LAYERS
    for path in sorted((ROOT / "rut_dash" / layer).rglob("*.py"))
    if not is_source(path)
]


@pytest.mark.parametrize("name", [name for name in LOWER_MODULES if name not in TEXTS_ALLOWED])
def test_no_module_below_the_edge_stores_compares_or_composes_a_phrase(name: str) -> None:
    """Facts are numbers, dates, enumerations and records there; the wording modules have words."""
    assert phrases_of((ROOT / "rut_dash" / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", TEXTS_ALLOWED)
def test_a_module_that_may_have_texts_has_some(name: str) -> None:
    assert phrases_of((ROOT / "rut_dash" / name).read_text(encoding="utf-8")) != []


@pytest.mark.parametrize(
    ("source", "phrases"),
    [
        ("label = 'last close'", ["last close"]),
        ("def f(x): return x == 'first above'", ["first above"]),
        ("def f(n): return f'{n} sessions'", ["\0 sessions"]),
        ("def f(a, b): return f'{a} from {b}'", ["\0 from \0"]),
        ("def f(a, b): return f'{a} {b}'", []),
        ("def f(x):\n    match x:\n        case 'the last':\n            return 1", ["the last"]),
        ("NAMES = {'all members': 1}", ["all members"]),
        ("def f(x='a whole return'): return x", ["a whole return"]),
        ("def f(figure='a whole return'): return figure", []),
        ("def f(): raise ValueError('it is not so')", []),
        ("def f(n):\n    where = f'{n} of many'\n    raise ValueError(where)", []),
        ("def f(n):\n    where = f'{n} of many'\n    return where", ["\0 of many"]),
        ("class Which(StrEnum):\n    LAST = 'last close'", []),
        ("ROW = EventKind('fed', 'Changes of the target')", []),
        ("TERM = Term.of(TermKind.MEASUREMENT, name='opening gap')", []),
        ("TERM = Term.of(TermKind.FED_MOVE, label='the cut')", ["the cut"]),
        ("KEY = 'last_close'", []),
        ("'''Return two words.'''", []),
    ],
)
def test_the_search_for_phrases_finds_them(source: str, phrases: list[str]) -> None:
    assert phrases_of(source) == phrases
