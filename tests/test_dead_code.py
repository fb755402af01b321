"""Nothing of the product is there for its tests alone, or for nobody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent

# What is used in a way that cannot be seen in the product's own code, each with its reason.
USED_ELSEWHERE: Final = {
    "app": "Streamlit's server imports it from app.py",
    "warm_up": "tests hold every indicator to it",
    "with_row": "tests add rows to registries",
    "address": "tests and the bench open pages by it",
    "chart_count": "tests and the bench hold pages to it",
    "DEFAULT_VIEW": "tests compute their expectations from it",
    "clear_caches": "tests begin as a new process does",
    "COLOURS": "a test holds every colour to its contrast",
    "fetch_json": "for sources that answer in JSON; docs/sources.md has one, which a test runs",
    "up_months": "a column of the table of capture, by its name",
    "down_months": "a column of the table of capture, by its name",
    "exception": "a field of an error, filled into its sentence by name",
    "versions": "a field of a snapshot, which is compared as a whole",
    "daemon": "threading reads it",
    "lookup": "yfinance calls it",
    "_tz": "yfinance reads it",
    "hide_exceptions": "yfinance reads it",
    "_Cookie_cache": "yfinance reads it",
    "_tz_cache": "yfinance reads it",
    "__cause__": "Python prints it",
}
_EXPORTS: Final = re.compile(r"^__all__ = [\[(].*?[\])]\n", re.DOTALL | re.MULTILINE)


def unused_code() -> list[str]:
    """Return what the product defines and never uses; a name in ``__all__`` is no use of it."""
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "rut_dash").rglob("*.py")]
    vulture = Vulture()
    for file in files:
        code = _EXPORTS.sub(lambda match: "\n" * match[0].count("\n"), file.read_text())
        vulture.scan(code, filename=file)
    typed_dicts = ROOT / "rut_dash" / "analysis" / "summary.py"
    return [
        f"{item.filename.relative_to(ROOT)}:{item.first_lineno} {item.typ} {item.name}"
        for item in vulture.get_unused_code(min_confidence=60)
        # The keys of a TypedDict are used as texts.
        if item.name not in USED_ELSEWHERE and item.filename != typed_dicts
    ]


def test_everything_is_used_by_the_product() -> None:
    assert unused_code() == []


def test_the_exceptions_are_still_needed() -> None:
    files = [ROOT / "app.py", *(ROOT / "rut_dash").rglob("*.py")]
    code = "\n".join(file.read_text() for file in files)
    assert [name for name in USED_ELSEWHERE if not re.search(rf"\b{name}\b", code)] == []
