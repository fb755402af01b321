"""The tree of errors: a code and a sentence for each cause, and values that fill each template."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rut_dash import errors
from rut_dash.errors import (
    BarsRejected,
    DataUnavailable,
    Defect,
    IgnoredInput,
    InsufficientHistory,
    InvalidInput,
    MissingColumns,
    Remedy,
    SchemaError,
    error_classes,
)

ROOT = Path(__file__).resolve().parents[1]
RETRY_AT = datetime(2026, 5, 31, 12, 30, tzinfo=UTC)
# A value of every type that a template formats, by the name of the field where that is needed.
SAMPLES: dict[str, object] = {
    "days": (date(2026, 5, 22), date(2026, 5, 25)),
    "lacking": (date(2026, 5, 22), date(2026, 5, 26), date(2026, 5, 27)),
    "files": ("IWM.csv", "iwm.us.csv"),
    "forms": ("YYYY-MM-DD", "MM/DD/YYYY"),
    "formats": ("Stooq", "Nasdaq"),
    "symbols": ("IWM", "SPY"),
    "missing": ("close",),
    "unknown": ("vwap",),
    "second": date(2000, 6, 5),
    "names": ("open", "high"),
    "first": date(2000, 5, 26),
    "last": date(2026, 5, 29),
    "traded": date(2000, 5, 26),
    "above": date(2026, 5, 29),
    **dict.fromkeys(("symbol", "column", "cause", "day", "cell"), "abc"),
}


def sample(defect: Defect, name: str) -> object:
    if name == "first" and defect is Defect.DUPLICATE_ROW:
        return 7
    if name == "names" and defect is Defect.CELL_COUNT:
        return 9
    if name == "days" and defect is Defect.NOT_DAILY:
        return 7.0
    return SAMPLES.get(name, 3)


def refusal(defect: Defect) -> SchemaError:
    values = {name: sample(defect, name) for name in defect.fields - {"session", "line"}}
    return SchemaError("IWM.csv", defect, line=4, session=date(2026, 5, 22), **values)  # type: ignore[arg-type]


def causes() -> list[type[DataUnavailable]]:
    return [cls for cls in error_classes().values() if cls.__module__.startswith(errors.__name__)]


# -- causes of a failed fetch -----------------------------------------------------------------


def test_every_cause_has_a_code_of_its_own() -> None:
    def count(cls: type[DataUnavailable]) -> int:
        return 1 + sum(count(child) for child in cls.__subclasses__())

    assert len(error_classes()) == count(DataUnavailable)


@pytest.mark.parametrize("cause", causes(), ids=lambda cls: cls.code)
def test_a_cause_without_details_has_a_sentence(cause: type[DataUnavailable]) -> None:
    error = cause("IWM", "a vendor", retry_at=RETRY_AT)
    text = str(error)
    assert text.startswith("No prices of IWM from a vendor: ")
    assert text.endswith(". Next try at 2026-05-31 12:30 UTC.")
    assert "None" not in text
    assert error.clause.startswith("a vendor: ")


@pytest.mark.parametrize("cause", causes(), ids=lambda cls: cls.code)
def test_a_cause_can_be_copied(cause: type[DataUnavailable]) -> None:
    error = cause("IWM", "a vendor", retry_at=RETRY_AT)
    assert str(copy.copy(error)) == str(pickle.loads(pickle.dumps(error))) == str(error)


# -- refused bars -----------------------------------------------------------------------------


@pytest.mark.parametrize("defect", Defect, ids=lambda defect: defect.name)
def test_a_defect_fills_both_templates(defect: Defect) -> None:
    error = refusal(defect)
    assert str(error).startswith(f"IWM.csv, line 4: {error.problem}")
    assert not re.search(r"[{}]|None", str(error))
    again = pickle.loads(pickle.dumps(error))
    assert (again.defect, str(again)) == (defect, str(error))


def test_a_defect_refuses_values_that_its_templates_do_not_name() -> None:
    with pytest.raises(TypeError, match="MISSING_PRICE"):
        SchemaError("IWM.csv", Defect.MISSING_PRICE, column="close", more=0)  # no session
    with pytest.raises(TypeError, match="NO_CLOSE"):
        SchemaError("IWM.csv", Defect.NO_CLOSE, column="close")


def test_a_remedy_of_the_caller_replaces_that_of_the_defect() -> None:
    error = refusal(Defect.NOT_POSITIVE).located("IWM", remedy_override=Remedy.ASK_AGAIN)
    assert error.where == "IWM"
    assert error.session == date(2026, 5, 22)
    assert str(error).endswith("These bars are not stored; the source is asked again later.")
    assert BarsRejected("IWM", "a vendor", refusal=error).clause.endswith("asked again later")


def raises_of_schema_errors() -> Iterator[tuple[str, Defect, set[str]]]:
    """Yield each ``SchemaError(where, Defect.X, ...)`` of the product with its keywords."""
    for path in (ROOT / "rut_dash").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) == 2:
                defect = node.args[1]
                if isinstance(defect, ast.Attribute) and ast.unparse(defect.value) == "Defect":
                    keywords = {keyword.arg for keyword in node.keywords}
                    if None not in keywords:
                        place = f"{path.relative_to(ROOT)}:{node.lineno}"
                        yield place, Defect[defect.attr], {str(name) for name in keywords}


def test_every_raise_gives_a_defect_the_values_that_it_needs() -> None:
    found = list(raises_of_schema_errors())
    assert len(found) > 40
    options = {"line", "session", "remedy_override"}
    for place, defect, keywords in found:
        assert keywords - options == defect.fields - options, place
        assert defect.fields & {"session"} <= keywords, place
    product = "".join(path.read_text() for path in (ROOT / "rut_dash").rglob("*.py"))
    unused = [defect.name for defect in Defect if f"Defect.{defect.name}" not in product]
    assert unused == []


# -- figures and input ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needed", "available", "unit", "text"),
    [
        (1, 0, "session", "needs 1 session; there are 0"),
        (2, 1, "session", "needs 2 sessions; there is 1"),
        (1, 0, "bar", "needs 1 bar; there are 0"),
        (1_260, 1_000, "bar", "needs 1,260 bars; there are 1,000"),
    ],
)
def test_a_history_that_is_too_short_counts_in_singular_and_plural(
    needed: int, available: int, unit: str, text: str
) -> None:
    assert f"A figure {text}." in str(InsufficientHistory("A figure", needed, available, unit))


def test_missing_columns_are_named() -> None:
    assert str(MissingColumns("A candle")) == (
        "A candle needs sessions with high and low; there are none. Load bars that have these "
        "columns."
    )


def test_an_input_of_a_link_is_ignored_and_any_other_cannot_be_used() -> None:
    assert "window '2Y' is ignored: expected" in str(IgnoredInput("window", "2Y", "a window"))
    setting = str(InvalidInput("RUT_DASH_PATIENCE", "x" * 60, "seconds"))
    assert setting == f"RUT_DASH_PATIENCE '{'x' * 39}…' cannot be used: expected seconds."
    missing = str(InvalidInput("condition", "", "a condition of those listed"))
    assert missing == "Condition is missing: expected a condition of those listed."


REASONS = {
    "unavailable": "it gave no prices",
    "rate_limited": "it limits the rate of requests from this address (HTTP 429)",
    "silent": "it did not answer in time",
    "wait_ended": "no answer came in time",
    "silent_for_other": "it did not answer when asked for another symbol",
    "fetched_elsewhere": "another process is still waiting for its answer",
    "unreachable": "it cannot be reached from here",
    "certificate": (
        "the certificate of its server, or of a proxy in front of it, is not trusted here"
    ),
    "cut": "the connection was cut",
    "refused": "it refuses the request",
    "server_error": "it has a fault of its own",
    "not_json": "its answer is cut short or is no JSON",
    "empty": "it answered without any prices",
    "ends_before": "it ends",
    "malformed": "its answer lacks parts that belong to it",
    "rejected": "its bars were refused",
    "folder_unreadable": "it cannot be read",
    "unknown_symbol": "it knows no such symbol",
    "foreign_symbol": (
        "it is listed outside the US; figures here are in US dollars, on the sessions of the NYSE"
    ),
    "no_file": "no file is named after it",
    "unexpected": "an unexpected error came up (Exception)",
    "offline": "the network is switched off, and only what is stored is shown",
    "not_stored": "there are none yet",
    "not_simulated": "it does not stand in here",
}


def test_each_cause_says_what_happened() -> None:
    assert {cause.code: cause("IWM", "a vendor").reason for cause in causes()} == REASONS


OTHERS = [
    InsufficientHistory("A figure", 2, 1),
    MissingColumns("A candle"),
    errors.InvalidParameter("the length", 0, "1 or more"),
    errors.BasisUnavailable("^RUT", "total", ("price",), errors.BasisGap.INDEX),
    errors.NoCommonBasis((("^RUT", ("price",)), ("FUND", ("total",)))),
    errors.OutOfRange("IWM", date(1999, 1, 1), None, None, remedy="Load prices"),
    errors.EventNotYetKnown("A low", date(2025, 4, 8), date(2025, 5, 16), date(2025, 5, 13)),
    InvalidInput("fund", "?", "a ticker"),
    errors.StoreAccessError("a store", "read", "it is gone"),
    errors.NoStore(),
    errors.StoreNotInUse("IWM.csv"),
    errors.SymbolLocked("IWM.csv", "IWM"),
    errors.CorruptFile("IWM.parquet", "cut off"),
    errors.NotAFile("IWM.parquet", "it is a folder"),
]


@pytest.mark.parametrize("error", OTHERS, ids=lambda error: type(error).__name__)
def test_any_error_can_be_copied_with_its_values(error: errors.RutDashError) -> None:
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
