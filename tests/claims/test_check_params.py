"""Parameters of checks: what a file or a form may give, and what is refused with a reason."""

from __future__ import annotations

from datetime import date

import pytest

from rut_dash.claims.check_params import CheckParam, ParamError, ParamType, Span
from rut_dash.claims.checks import CHECKS
from rut_dash.events.kinds import KINDS


@pytest.mark.parametrize(
    ("kind", "value", "parsed"),
    [
        ("day", date(2025, 4, 8), date(2025, 4, 8)),
        ("day", "2025-04-08", date(2025, 4, 8)),
        ("month", "2025-07", "2025-07"),
        ("percent", -12.5, -0.125),
        ("number", 245, 245.0),
        ("count", 60, 60),
        ("symbol", "^rut", "^RUT"),
        ("event", " liberation-day ", "liberation-day"),
        ("days", ["2019-07-31", date(2024, 9, 18)], (date(2019, 7, 31), date(2024, 9, 18))),
        ("spans", ["2007-09-17..2008-09-18"], (Span(date(2007, 9, 17), date(2008, 9, 18)),)),
        ("spans", [{"start": "2007-09-17", "end": "2008-09-18", "label": "Crisis"}],
         (Span(date(2007, 9, 17), date(2008, 9, 18), "Crisis"),)),
    ],
)  # fmt: skip
def test_a_value_of_a_file_becomes_a_typed_value(
    kind: ParamType, value: object, parsed: object
) -> None:
    assert CheckParam("x", "X", kind).read(value) == parsed


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("day", "2025-02-30", "there is no 2025-02-30"),
        ("day", "8 April", "a day such as 2025-04-08"),
        ("day", date(2300, 1, 1), "a day such as 2025-04-08"),
        ("month", "2025-13", "a month such as '2025-07'"),
        ("percent", "ten", "a number"),
        ("number", True, "a number"),
        ("number", float("nan"), "a number of a believable size"),
        ("count", 0, "a whole number from 1 to 99,999"),
        ("count", 2.5, "a whole number from 1 to 99,999"),
        ("symbol", "I W M", "ticker"),
        ("text", "two\nlines", "one line of text in quotes"),
        ("days", [], "a list of days"),
        ("spans", ["2008-09-18..2007-09-17"], "is not before"),
        ("spans", ["2008-09-18"], "two days such as"),
    ],
)
def test_another_value_is_refused_with_what_would_do(
    kind: ParamType, value: object, reason: str
) -> None:
    with pytest.raises(ParamError, match=reason):
        CheckParam("x", "X", kind).read(value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("day", "2025-04-08", date(2025, 4, 8)),
        ("percent", "10", 10.0),
        ("count", "60", 60),
        ("days", "2019-07-31, 2024-09-18", [date(2019, 7, 31), date(2024, 9, 18)]),
        ("spans", "2007-09-17..2008-09-18", ["2007-09-17..2008-09-18"]),
        ("text", " sma 50 ", "sma 50"),
    ],
)
def test_a_text_of_a_form_becomes_a_value_of_a_file(
    kind: ParamType, text: str, value: object
) -> None:
    param = CheckParam("x", "X", kind)
    assert param.file_value(text) == value
    param.read(param.file_value(text))


def test_the_keys_of_a_registry_are_choices_those_added_later_too() -> None:
    param = CheckParam("x", "X", "choice", choices=KINDS)
    assert param.read("fed") == "fed"
    with pytest.raises(ParamError, match="one of 'tariff', 'fed'"):
        param.read("season")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("start", "end"),
        ("start", "until"),
        ("low", "high"),
        ("high_from", "high_to"),
        ("expect_from", "expect_to"),
        ("at_least", "at_most"),
    ],
)
def test_every_check_with_two_ends_refuses_them_the_wrong_way_round(
    first: str, second: str
) -> None:
    params = [
        param
        for kind in CHECKS.values()
        if {first, second} <= {p.name for p in kind.params}
        for param in kind.params
        if param.name == second
    ]
    assert {param.not_below for param in params} == {first}
