"""No message that a reader can see shows the inside of the program.

Every message here answers something that a reader may write: a link, an event file, a claim
file, an option of the command line, a price file. What the reader wrote may be quoted; nothing
else may look like Python: no ``None``, no class, no escape, no braces of a template.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.checks import CHECKS
from rut_dash.claims.claim_file import load_claims, read_claims
from rut_dash.cli import process
from rut_dash.cli.command import command_names
from rut_dash.errors import RutDashError
from rut_dash.errors.base_error import quoted
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.sources.folder import read_file
from rut_dash.ui.view import PARAMS, VERSION_KEY, parse_view
from tests.price_files import NASDAQ, OURS, STOOQ, YAHOO

INTERNALS = re.compile(
    r"\b(?:None|True|False|NaN|NaT|nan|dtype|lambda|self|Traceback)\b"
    r"|\b[A-Z]\w*(?:Error|Exception|Warning)\b"
    r"|\b(?:datetime|np|pd)\.|Timestamp\(|object at 0x|<class|__"
    # escapes, the fields of a template, and dictionaries and tuples of texts
    r"|\\[xunr'\"]|\{\w+[!:]\w+\}|\{'\w+':|\('\w+'[,)]"
)

# Texts of links, options and cells.
TEXTS = (
    "", " ", "None", "nan", "-1", "1e400", "a_b", "<b>", "'", '"', "it's", "{x}", "{0}", "%s",
    "\t", "\u2028", "é💣", "../../etc/passwd", "x" * 200, "2025-02-30", "[]", "{}", "0x10", "\\x00",
)  # fmt: skip
# Values of every type that TOML has.
TOML_VALUES = (
    "1", "-1", "1.5", "nan", "-inf", "1e308", "true", "false", '""', '"it\'s"', '"a\\nb"',
    '"\\u0000"', '"2025-02-30"', f'"{"x" * 300}"', "2025-01-01", "0001-01-01", "10:00:00",
    "2025-01-01T10:00:00", "2025-01-01T10:00:00Z", "[]", '[1, "a", true]', "[2025-01-01]", "{}",
    "{ a = 1 }",
)  # fmt: skip


def require_words(message: str, *written: str) -> None:
    """Require a message without internals and in characters that can be printed.

    Parameters
    ----------
    written
        What the reader wrote: it may be in the message, as it is or cut off.
    """
    assert message.isprintable(), message
    found = INTERNALS.search(message)
    assert found is None or any(found[0] in f"'{text}'" for text in written), message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", "'it's'"),
        ("a\0b\n", "'a\ufffdb\ufffd'"),
        (True, "true"),
        (1.5, "1.5"),
        ([1, "a", False], "[1, 'a', false]"),
        ({"a": 1}, "a table"),
    ],
)
def test_what_a_reader_wrote_is_quoted_as_it_can_be_written(value: object, text: str) -> None:
    assert quoted(value) == text


@settings(max_examples=300, deadline=None)
@given(
    key=st.one_of(st.sampled_from([*(row.key for row in PARAMS), VERSION_KEY]), st.text()),
    values=st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=60)), min_size=1),
)
def test_a_link(key: str, values: list[str]) -> None:
    _, problems = parse_view({key: values[0] if len(values) == 1 else values}, {"a-low"})
    for problem in problems:
        require_words(str(problem), key, *values)


EVENT = {
    "id": '"x"', "date": "2025-01-02", "kind": '"fed"', "direction": '"cut"', "label": '"L"',
    "short": '"S"', "timing": '"before_open"', "headline": "true", "known_from": "2025-01-03",
    "source": '"me"',
}  # fmt: skip


@pytest.mark.parametrize("key", [*EVENT, "mood", '""'])
def test_a_row_of_an_event_file(key: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    messages = []
    for value in TOML_VALUES:
        rows = EVENT | {key: value}
        file.write_text("[[event]]\n" + "\n".join(f"{k} = {v}" for k, v in rows.items()))
        problems = load_catalogue(file).problems
        messages += [(value, str(each).replace(str(file), file.name)) for each in problems]
    assert messages
    for value, message in messages:
        require_words(message, value)


@pytest.mark.parametrize(
    "text",
    [
        "x", "[event]\na = 1", "event = [1]", "complete_until = 1", "[complete_until]\nfed = []",
        "[[event]]\n[event.x]\na = 1\n[event.x]\nb = 1", "a.b = 1\n[a]\nb = 2", "\0",
        "a = { b = 1 }\n[a.c]", "[[event]]\nlabel = '''", '[[event]]\nlabel = "\\q"', "[a]\n[[a]]",
    ],
)  # fmt: skip
def test_an_event_file_that_is_no_toml_or_of_another_kind(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    problems = load_catalogue(file).problems
    assert problems
    for problem in problems:
        # The parser of TOML names a character by its escape; it has no other name.
        require_words(str(problem).replace(str(file), file.name), r"\x", "\\'")


LEDGER = load_claims()


def shipped_check(kind: CheckKind) -> dict[str, str]:
    """Return the parameters of a shipped claim of a kind, as TOML; a kind without any has none."""
    for claim in LEDGER.claims:
        if claim.check.kind == kind.key:
            given = claim.check.file_params.items()
            return {name: f'"{v}"' if isinstance(v, str) else str(v) for name, v in given}
    return {}


@pytest.mark.parametrize("key", list(CHECKS))
def test_a_check_of_a_claim_file(key: str) -> None:
    kind = CHECKS[key]
    given = shipped_check(kind)
    refused = 0
    for name, value in itertools.product([*(p.name for p in kind.params), "mood"], TOML_VALUES):
        params = {"kind": f'"{key}"', **given, name: value}
        check = ", ".join(f"{k} = {v}" for k, v in params.items())
        row = f'[[claim]]\ntext = "t"\nas_of = 2025-05-13\nseries = "IWM"\ncheck = {{ {check} }}'
        for problem in read_claims(row, "mine.toml", LEDGER).problems:
            refused += 1
            require_words(str(problem), value)
    assert refused


@pytest.mark.parametrize(
    "key", ["id", "source", "text", "stated", "unit", "precision", "series", "basis", "as_of",
            "hedge", "note", "check", "mood"]
)  # fmt: skip
def test_a_row_of_a_claim_file(key: str) -> None:
    row = {"text": '"t"', "as_of": "2025-05-13", "series": '"IWM"',
           "check": '{ kind = "level_at" }'}  # fmt: skip
    refused = 0
    for value in TOML_VALUES:
        text = "[[claim]]\n" + "\n".join(f"{k} = {v}" for k, v in (row | {key: value}).items())
        for problem in read_claims(text, "mine.toml", LEDGER).problems:
            refused += 1
            require_words(str(problem), value)
    assert refused


@pytest.mark.parametrize("command", command_names())
@pytest.mark.parametrize(
    "option",
    ["--as-of", "--basis", "--fund", "--benchmark", "--events", "--prices", "--kind", "--source",
     "--nonsense"],
)  # fmt: skip
def test_an_option_of_the_command_line(
    command: str,
    option: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    for text in (*TEXTS, "x" * 5000):
        try:
            code = process.main([command, option, text])
        except SystemExit as stop:  # argparse leaves this way
            code = int(str(stop.code))
        err = capsys.readouterr().err
        assert code in (0, 1, 2)
        assert code != 2 or err
        for line in err.split("\n"):
            # Texts that cannot be printed are the reader's own: argparse repeats them.
            found = INTERNALS.search(line)
            assert found is None or found[0] in text or found[0] in repr(text), line


CELLS = st.sampled_from([text for text in TEXTS if text != "\\x00"] + ["1:0 Stock Splits", "\0"])


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(form=st.sampled_from((OURS, NASDAQ, STOOQ, YAHOO)), data=st.data())
def test_a_price_file(tmp_path: Path, form: str, data: st.DataObject) -> None:
    text = form
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 3, 10, 60]))
        text = text[:start] + data.draw(CELLS) + text[start + length :]
    file = tmp_path / "IWM.csv"
    file.write_text(text)
    try:
        read_file(file, "IWM")
    except RutDashError as error:
        require_words(str(error).replace(str(file), "IWM.csv"), text)
