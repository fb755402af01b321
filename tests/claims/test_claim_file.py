"""Files of claims: what is read, what is refused, and that what is written is read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rut_dash.claims.checks import Verdict
from rut_dash.claims.claim_file import precision_of, read_claims
from rut_dash.claims.claim_writing import claims_toml
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Claim, Ledger
from tests.claims.samples import CATALOGUE, LEDGER, claim_of, same

GOOD = """
[[claim]]
text = "IWM closed at 199"
stated = 199
series = "IWM"
as_of = 2025-04-01
check = { kind = "level_at" }
"""


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in read_claims(text, "mine.toml", LEDGER).problems]


LEVEL = 'series = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "level_at" }'


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (f"text = 5\n{LEVEL}", "the text must be one line of text in quotes, not 5"),
        (f'text = ""\n{LEVEL}', "the text must be one line of text in quotes"),
        (f'text = "{"x" * 401}"\n{LEVEL}', "the text has 401 characters; at most 400 fit"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01', "the claim has no check"),
        ('text = "x"\nseries = "IWM"\ncheck = { kind = "level_at" }', "the claim has no as_of"),
        ('text = "x"\nseries = "IWM"\nas_of = "2025-02-30"\ncheck = { kind = "level_at" }',
         "there is no day 2025-02-30"),
        ('text = "x"\nseries = "IWM"\nas_of = 1025-02-03\ncheck = { kind = "level_at" }',
         "the as_of must be a day alone"),
        ('text = "x"\nas_of = 2025-04-01\ncheck = { kind = "level_at" }',
         "a check of level_at needs a series"),
        ('text = "x"\nseries = "I W"\nas_of = 2025-04-01\ncheck = { kind = "level_at" }',
         "the series must be a ticker"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "guess" }',
         "the kind of check 'guess' is unknown"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { level = 3 }',
         "the check has no kind"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = "level_at"',
         "the check must be a table with its kind"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "level_at", x = 1 }',
         "a check of level_at has no 'x'"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = { kind = "period_return" }',
         "the check has no period (Period), which period_return needs"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\n'
         'check = { kind = "level_at", level = "high" }', "the level of the check must be"),
        ('text = "x"\nseries = "IWM"\nas_of = 2025-04-01\n'
         'check = { kind = "cycle_study", spans = ["2025-02-01..2025-01-01"] }', "is not before"),
        ('text = "x"\nsource = "A9"\nas_of = 2025-04-01\ncheck = { kind = "not_computable" }',
         "the source 'A9' is unknown; allowed are A0, A1, A2, A3, A4, own"),
        ('id = "A0-1a"\ntext = "x"\nas_of = 2025-04-01\ncheck = { kind = "not_computable" }',
         "the id 'A0-1a' is that of another claim"),
        ('id = "A 1"\ntext = "x"\nas_of = 2025-04-01\ncheck = { kind = "not_computable" }',
         "the id must be letters and digits, such as A0-1a, not 'A 1'"),
        ('text = "x"\nstated = true\nas_of = 2025-04-01\ncheck = { kind = "not_computable" }',
         "the stated must be a number or words, not true"),
        ('text = "x"\nstated = nan\nas_of = 2025-04-01\ncheck = { kind = "not_computable" }',
         "the stated must be a number or words, not nan"),
        ('text = "x"\nstated = 1\nprecision = 0\nas_of = 2025-04-01\n'
         'check = { kind = "not_computable" }',
         "the precision must be a number above 0"),
        ('text = "x"\nbasis = "net"\nseries = "IWM"\nas_of = 2025-04-01\n'
         'check = { kind = "level_at" }', "the basis 'net' is unknown; allowed are price, total"),
        ('text = "x"\nwhy = "y"\nas_of = 2025-04-01\ncheck = { kind = "not_computable" }',
         "the key 'why' is unknown"),
        ("text = ", "this is not TOML"),
        ("as_of = 2025-02-30", "this is not TOML: invalid date"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_by_its_place_and_the_others_are_used(bad: str, reason: str) -> None:
    found = read_claims(f"{GOOD}\n[[claim]]\n{bad}\n{GOOD}", "mine.toml", LEDGER)
    assert [claim.text for claim in found.claims] == ["IWM closed at 199"] * 2
    assert len(found.problems) == 1
    assert str(found.problems[0]).startswith("mine.toml, the second [[claim]]")
    assert reason in str(found.problems[0])


FACT = 'date = 2025-03-01\nlabel = "A strike"\nsource = "the union"\n'


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (f'[[fact]]\nid = "car-tariffs"\n{FACT}', "the id 'car-tariffs' is that of another fact"),
        (f'[[fact]]\nid = "x"\nend = 2025-02-01\n{FACT}',
         "the end 2025-02-01 is before the date 2025-03-01"),
        (f"[[fact]]\n{FACT}", "the first [[fact]]: the fact has no id"),
        ('[source."A 0"]\npublisher = "x"\nas_of = 2025-03-01\n',
         "the id of a source must be letters and digits, such as A0"),
        ("[source.B1]\nas_of = 2025-03-01\n", "B1 of [source]: the source has no publisher"),
        ("[source]\nB1 = 3\n", "B1 of [source]: each source starts with"),
    ],
)  # fmt: skip
def test_a_bad_source_or_fact_is_refused_and_the_claims_are_used(bad: str, reason: str) -> None:
    found = read_claims(f"{bad}{GOOD}", "mine.toml", LEDGER)
    assert [claim.text for claim in found.claims] == ["IWM closed at 199"]
    assert len(found.problems) == 1
    assert reason in str(found.problems[0])


def test_a_file_of_another_kind_is_refused_in_one_sentence() -> None:
    assert len(problems_of("date,open,high\n2020-01-02,1,2\n2020-01-03,1,2\n")) == 1
    assert "'event' is unknown here" in problems_of("[[event]]\ndate = 2025-01-01\n")[0]


def test_a_claim_may_name_a_source_that_comes_after_it() -> None:
    text = """[[claim]]
source = "B1"
text = "x"
check = { kind = "not_computable" }
[source.B1]
publisher = "A blog"
as_of = 2025-04-01
"""
    found = read_claims(text, "mine.toml")
    assert not found.problems
    assert found.claims[0].as_of == date(2025, 4, 1)


def test_the_precision_of_a_number_is_that_of_its_digits() -> None:
    assert [precision_of(number) for number in (20.0, 3.5, 10.38, -0.125, 2000.0)] == [
        1.0, 0.1, 0.01, 0.001, 1.0,
    ]  # fmt: skip


def test_a_check_may_be_a_table_of_its_own() -> None:
    text = GOOD.replace('check = { kind = "level_at" }', '[claim.check]\nkind = "level_at"')
    assert read_claims(text, "mine.toml").claims[0].check.kind == "level_at"


def test_an_own_source_and_an_own_fact() -> None:
    text = """
[source.B1]
publisher = "A blog"
date = "spring 2025"
as_of = 2025-04-01

[[fact]]
id = "strike"
date = 2025-03-01
end = 2025-03-05
label = "A strike"
source = "the union"

[[claim]]
source = "B1"
text = "The strike is over."
check = { kind = "event_date", fact = "strike", relation = "by the day of the claim" }
"""
    found = read_claims(text, "mine.toml")
    assert not found.problems
    assert found.claims[0].as_of == date(2025, 4, 1)
    judged = judge(found.claims[0], found, lambda _: None, CATALOGUE)
    assert judged.verdict is Verdict.CONFIRMED
    assert same(judged.computed, "2025-03-01..2025-03-05")


def without_file_params(claim: Claim) -> Claim:
    return replace(claim, check=replace(claim.check, file_params={}))


def test_a_written_file_is_read_back_unchanged() -> None:
    again = read_claims(claims_toml(LEDGER), "mine.toml")
    assert again.problems == ()
    assert [without_file_params(claim) for claim in again.claims] == [
        without_file_params(claim) for claim in LEDGER.claims
    ]
    assert again.sources == LEDGER.sources
    assert again.facts == LEDGER.facts
    # Onto the ledger that ships, only what is one's own is written.
    assert "[source." not in claims_toml(LEDGER, LEDGER)


ONE_LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp", "Zs")), min_size=1,
    max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    text=ONE_LINE,
    stated=st.one_of(st.none(), st.integers(-9999, 9999), ONE_LINE, st.floats(-1e6, 1e6)),
    hedge=st.sampled_from(["", "about"]),
    level=st.floats(0.01, 1e6),
)
def test_any_own_claim_is_read_back_unchanged(
    text: str, stated: object, hedge: str, level: float
) -> None:
    claim = replace(
        claim_of(f'check = {{ kind = "level_at", relation = "above", level = {level!r} }}'),
        text=text,
        stated=float(stated) if isinstance(stated, int) else stated,  # type: ignore[arg-type]
        hedge=hedge if isinstance(stated, int | float) else "",
        unit="$",
    )
    again = read_claims(claims_toml(Ledger((claim,))), "mine.toml")
    assert again.problems == ()
    assert without_file_params(again.claims[0]) == without_file_params(claim)


@pytest.mark.parametrize(
    ("unit", "check", "is_refused"),
    [
        ("furlongs", 'kind = "period_return", period = "ytd"', True),
        ("$", 'kind = "period_return", period = "ytd"', True),
        ("index points", 'kind = "relative_return", other = "SPY"', True),
        ("%", 'kind = "level_at"', True),
        ("percentage points", 'kind = "streak"', True),
        ("percentage points", 'kind = "relative_return", other = "SPY"', False),
        ("%", 'kind = "relative_return", other = "SPY"', False),
        ("index points", 'kind = "level_at"', False),
        ("%", 'kind = "not_computable"', False),
    ],
)
def test_a_unit_that_a_check_cannot_find_is_refused(
    unit: str, check: str, is_refused: bool
) -> None:
    head = f'[[claim]]\ntext = "x"\nstated = 3\nunit = "{unit}"\nseries = "IWM"'
    problems = problems_of(f"{head}\nas_of = 2025-04-01\ncheck = {{ {check} }}")
    assert bool(problems) is is_refused
    assert all(f"the unit {unit!r} does not suit" in problem for problem in problems)


@pytest.mark.parametrize(
    ("check", "first", "second"),
    [
        ('kind = "return_between", start = 2025-03-03, end = 2025-02-03', "start", "end"),
        ('kind = "zone_touches", low = 245, high = 240', "low", "high"),
        ('kind = "distance", high_from = 2025-03-03, high_to = 2025-02-03', "high_from", "high_to"),
        ('kind = "distance", at_least = -5, at_most = -10', "at_least", "at_most"),
        ('kind = "event_date", fact = "x", expect_from = 2025-03-03, expect_to = 2025-02-03',
         "expect_from", "expect_to"),
        ('kind = "forecast_relative", other = "SPY", start = 2025-03-03, until = 2025-02-03',
         "start", "until"),
    ],
)  # fmt: skip
def test_parameters_the_wrong_way_round_are_refused_by_name(
    check: str, first: str, second: str
) -> None:
    row = f'[[claim]]\ntext = "x"\nseries = "IWM"\nas_of = 2025-04-01\ncheck = {{ {check} }}'
    (problem,) = problems_of(row)
    assert "are the wrong way round" in problem
    assert f"the {first} " in problem
    assert f"the {second} " in problem


@pytest.mark.parametrize("text", ["", "\n\n", "# my claims\n"])
def test_a_file_without_rows_says_that_it_holds_no_claims(text: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith("mine.toml: the file holds no claims.")
