"""A check uses all that a claim gives: what it would not use is refused by name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.checks import CHECKS, CheckInput, PointInTimeData, Verdict
from rut_dash.claims.claim_file import read_claims
from rut_dash.claims.claim_writing import claim_toml
from rut_dash.claims.judge import judge
from rut_dash.claims.model import Claim, Ledger
from rut_dash.errors import RutDashError
from rut_dash.market.history import Basis
from tests.claims.samples import CATALOGUE, LEDGER, sample_histories, verdict_of, weekday_history

DAY = date(2025, 6, 30)
# Two values of each type that every kind can read, in the spelling of files.
VALUES: dict[str, tuple[Any, ...]] = {
    "day": (date(2025, 3, 3), date(2025, 5, 1)),
    "month": ("2025-05",),
    "percent": (1.0,),
    "number": (200.0, 2.0),
    "count": (30, 5),
    "symbol": ("SPY",),
    "event": ("liberation-day",),
    "days": ([date(2019, 7, 31), date(2024, 9, 18)],),
    "spans": (["2019-07-31..2020-07-31"],),
    "text": ("car-tariffs",),
}


def values_of(param: CheckParam) -> tuple[Any, ...]:
    if param.type == "choice":
        return tuple(param.choices)
    if param.pattern:
        return ("sma 50", "close")
    return VALUES[param.type]


def row_of(kind: CheckKind, params: Mapping[str, Any]) -> str:
    condition = kind.series_used_with
    uses_series = kind.needs_series or kind.optional_series
    if condition is not None:
        uses_series = params.get(condition.param) in condition.values
    fields = {"text": "x", "stated": 1, "series": "IWM" if uses_series else None, "as_of": DAY}
    return claim_toml(fields, kind.key, params)


@cache
def least_params(key: str) -> tuple[dict[str, Any], ...]:
    """Return the parameters that a kind needs, once for each value of a choice among them."""
    needed = [param for param in CHECKS[key].params if param.required]
    return tuple(
        dict(zip((param.name for param in needed), values, strict=True))
        for values in itertools.product(*(values_of(param) for param in needed))
    )


def combinations(kind: CheckKind) -> Iterator[dict[str, Any]]:
    """Yield parameters of a check: the least, those of shipped claims, and one or two more."""
    extra = [
        (param.name, value)
        for param in kind.params
        if not param.required
        for value in values_of(param)
    ]
    shipped = [
        dict(claim.check.file_params) for claim in LEDGER.claims if claim.check.kind == kind.key
    ]
    for base in (*least_params(kind.key), *shipped):
        yield base
        for name, value in extra:
            yield {**base, name: value}
    for base in least_params(kind.key):
        for (first, one), (second, other) in itertools.combinations(extra, 2):
            if first != second:
                yield {**base, first: one, second: other}


class RecordedParams(dict[str, Any]):
    """Parameters that record which of them a check reads."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(params)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def read_names(claim: Claim, days: tuple[str, ...]) -> set[str] | None:
    """Return the parameters that a check reads as of any of some days; None where it refuses."""
    names: set[str] = set()
    finished = False
    for day in days:
        close = pd.Timestamp(day)
        data = PointInTimeData(sample_histories().get, CATALOGUE, LEDGER.facts, close, close)
        params = RecordedParams(claim.check.params)
        inputs = CheckInput(data, claim.series or "", Basis.PRICE, params)
        try:
            CHECKS[claim.check.kind].run(inputs)
            finished = True
        except RutDashError:
            pass
        names |= params.names
    return names if finished else None


@pytest.mark.parametrize("key", list(CHECKS))
def test_a_check_reads_every_parameter_of_a_claim_that_is_not_refused(key: str) -> None:
    kind = CHECKS[key]
    accepted = refused = 0
    read: set[str] = set()
    for params in combinations(kind):
        found = read_claims(row_of(kind, params), "mine.toml", LEDGER)
        if found.problems:
            refused += 1
            continue
        [claim] = found.claims
        # On some days a check answers before it needs all, as where no cross has been.
        names = read_names(claim, ("2025-06-30", "2024-02-05", "2022-10-03"))
        if names is not None:
            accepted += 1
            assert set(params) <= names, params
            read |= names & set(params)
    if key != "not_computable":  # it never finishes: see the test of its own below
        assert accepted
        assert {param.name for param in kind.params} - read == set()
    assert refused or not any(p.used_with or p.instead_of for p in kind.params)


@pytest.mark.parametrize("key", list(CHECKS))
def test_a_parameter_that_no_kind_has_is_refused_with_those_that_there_are(key: str) -> None:
    kind = CHECKS[key]
    for params in least_params(key):
        found = read_claims(row_of(kind, {**params, "colour": "red"}), "mine.toml", LEDGER)
        [problem] = found.problems
        allowed = ", ".join(param.name for param in kind.params_of(params)) or "none"
        assert f"a check of {key} has no 'colour'; it takes {allowed}." in str(problem)


def problem_of(check: str, head: str = 'series = "IWM"') -> str:
    row = f'[[claim]]\ntext = "x"\nas_of = 2025-04-01\n{head}\ncheck = {{ {check} }}'
    [problem] = read_claims(row, "mine.toml", LEDGER).problems
    assert str(problem).count(". ") == 1  # the reason, and that the other rows are used
    return str(problem).removeprefix("mine.toml, the first [[claim]]: ").split(". ")[0]


RSI = "used are indicator, frequency, relation, length, level"
PERIOD = 'kind = "relative_return", other = "SPY"'


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ('kind = "indicator_state", indicator = "rsi", output = "foo"',
         f"the output of the check is not used with indicator 'rsi'; {RSI}"),
        ('kind = "indicator_state", indicator = "rsi", output = "rsi"',
         f"the output of the check is not used with indicator 'rsi'; {RSI}"),
        ('kind = "indicator_state", indicator = "rsi", slow = 26',
         f"the slow of the check is not used with indicator 'rsi'; {RSI}"),
        ('kind = "indicator_state", indicator = "rsi", falling_over = 4',
         f"the falling_over of the check is not used with relation 'below'; {RSI}"),
        ('kind = "indicator_state", indicator = "sma", level = 200',
         "the level of the check is not used with indicator 'sma'; "
         "used are indicator, frequency, relation, length"),
        ('kind = "indicator_state", indicator = "macd", relation = "nearing"',
         "the relation of the check must be one of 'below', 'above', not 'nearing'"),
        ('kind = "indicator_state", indicator = "macd", output = "zero"',
         "the output of the check must be one of 'macd', 'signal', 'histogram', not 'zero'"),
        ('kind = "indicator_state", indicator = "bollinger", output = "edge"',
         "the output of the check must be one of 'lower', 'middle', 'upper', not 'edge'"),
        ('kind = "cross", fast = "sma 0", slow = "close"',
         "the fast of the check must be a line such as 'sma 50', 'ema 20', 'close', 'macd', "
         "'signal' or 'zero', not 'sma 0'"),
        ('kind = "period_return", period = "ytd", month = "2025-03"',
         "the month of the check is not used with period 'ytd'; used are period, end, expect"),
        ('kind = "period_return", period = "day", end = 2025-03-03',
         "the end of the check is not used with period 'day'; used are period, day, expect"),
        (f'{PERIOD}, event = "liberation-day", start = 2025-03-03',
         "the start of the check is not used beside event: give one of them"),
        (f'{PERIOD}, start = 2025-03-03, period = "1Y"',
         "the period of the check is not used beside start: give one of them"),
        (f'{PERIOD}, spans = ["2025-01-02..2025-02-03"], end = 2025-03-03',
         "the spans of the check is not used beside end: give one of them"),
        ('kind = "level_at", level = 200', "the level of the check is not used without relation; "
         "used are date, on, relation"),
        ('kind = "level_at", relation = "above", level = 200, high_from = 2025-01-02',
         "the high_from of the check is not used beside level: give one of them"),
        ('kind = "extreme", expect_from = 2025-01-02',
         "the expect_from of the check is not used with answer 'price'; "
         "used are what, answer, on, start"),
        ('kind = "streak", length = 3',
         "the length of the check is not used without since; used are step, sign, since"),
        ('kind = "zone_touches", low = 1, high = 2, judged = "the last", min_count = 3',
         "the min_count of the check is not used with judged 'the last'; "
         "used are low, high, side, separation, start, judged"),
        ('kind = "forecast_level", level = 200, months = 3, sessions = 20',
         "the sessions of the check is not used beside months: give one of them"),
        ('kind = "volatility_ratio", other = "SPY", start = 2025-01-02, window = 60',
         "the window of the check is not used beside start: give one of them"),
    ],
)  # fmt: skip
def test_a_parameter_without_an_effect_is_refused_with_those_that_have_one(
    check: str, reason: str
) -> None:
    assert problem_of(check) == reason


@pytest.mark.parametrize(
    ("head", "check", "reason"),
    [
        ('series = "IWM"', 'kind = "forecast_fed", until = 2025-12-31',
         "a check of forecast_fed does not use the series"),
        ('basis = "total"', 'kind = "forecast_fed", until = 2025-12-31',
         "a check of forecast_fed does not use the basis"),
        ('series = "IWM"', 'kind = "arithmetic", expression = "discount", a = 1, b = 2',
         "a check of arithmetic with expression 'discount' does not use the series"),
        ("", 'kind = "arithmetic", expression = "discount", a = 1, b = 2, target = 250',
         "the target of the check is not used with expression 'discount'; "
         "used are expression, a, b"),
        ("", 'kind = "event_date", event = "liberation-day", fact = "car-tariffs"',
         "the fact of the check is not used beside event: give one of them"),
        ("", 'kind = "event_date", event = "liberation-day", '
         'counted_from = "when it was announced"',
         "the counted_from of the check is not used without fact; "
         "used are event, relation, expect_from, expect_to"),
        ("", 'kind = "fed_cycle", pause_days = 90',
         "the pause_days of the check is not used with what 'first cut after the last rise'; "
         "used are what, expect_from, expect_to"),
        ("", 'kind = "not_computable", symbols = "FUBO"',
         "the symbols of the check is not used with needs 'another source'; "
         "used are needs, data, level, start"),
        ("", 'kind = "not_computable", needs = "members", days = [2025-04-01]',
         "the days of the check is not used without symbols; "
         "used are needs, data, symbols, level, start"),
        ('series = "IWM"\nbasis = "total"', 'kind = "zone_touches", low = 1, high = 2',
         "a check of zone_touches is on the price basis alone"),
        ('series = "IWM"\nbasis = "total"', 'kind = "forecast_level", level = 200',
         "a check of forecast_level is on the price basis alone"),
        ('series = "IWM"\nstated = "ten"\nprecision = 1', 'kind = "level_at"',
         "the precision is used only where a number is stated"),
        ('series = "IWM"\nhedge = "about"', 'kind = "level_at"',
         "the hedge is used only where a number is stated"),
    ],
)  # fmt: skip
def test_a_key_of_a_claim_that_its_check_does_not_use_is_refused(
    head: str, check: str, reason: str
) -> None:
    assert problem_of(check, head) == reason


@pytest.mark.parametrize(
    ("head", "check", "reason"),
    [
        ("", 'kind = "event_date", expect_from = 2025-01-02',
         "a check of event_date needs event or fact"),
        ("", 'kind = "arithmetic", expression = "discount", a = 1',
         "a check of arithmetic with expression 'discount' needs b"),
        ("", 'kind = "arithmetic", expression = "stated elsewhere"',
         "a check of arithmetic with expression 'stated elsewhere' needs a"),
        ("", 'kind = "arithmetic", expression = "target over close", target = 250',
         "a check of arithmetic needs a series, such as IWM"),
        ('series = "IWM"', 'kind = "level_at", relation = "above"',
         "a check of level_at with relation 'above' needs level or high_from or high_to"),
        ('series = "IWM"', 'kind = "level_crossed"',
         "a check of level_crossed needs level or high_from or high_to"),
        ('series = "IWM"', 'kind = "zone_touches", low = 1, high = 2, judged = "the year"',
         "a check of zone_touches with judged 'the year' needs last_year"),
        ('series = "IWM"', 'kind = "forecast_level", level = 200, at_end = "yes"',
         "a check of forecast_level with at_end 'yes' needs months or sessions or until"),
        ('series = "IWM"', 'kind = "cycle_study", expect = "rise"',
         "a check of cycle_study needs spans or cycles"),
        ('series = "IWM"', 'kind = "cycle_study", expect = "rise", cycles = [2024-09-18]',
         "a check of cycle_study with cycles needs months"),
        ('series = "IWM"', 'kind = "cycle_study", spans = ["2024-01-02..2024-02-02"]',
         "a check of cycle_study with expect 'ahead' needs other"),
    ],
)  # fmt: skip
def test_a_check_that_lacks_what_its_other_parameters_need_is_refused_with_what_that_is(
    head: str, check: str, reason: str
) -> None:
    assert problem_of(check, head).split(": ")[-1] == reason


@pytest.mark.parametrize("key", list(INDICATORS))
def test_the_lines_and_the_settings_of_every_indicator_may_be_claimed_and_no_others(
    key: str,
) -> None:
    row = INDICATORS[key]
    kind = CHECKS["indicator_state"]
    for param in row.params:
        params = {"indicator": key, param.name: param.default}
        assert not read_claims(row_of(kind, params), "mine.toml").problems
    columns = [output.column for output in row.outputs]
    accepted = [
        column
        for column in ("lower", "middle", "upper", "macd", "signal", "histogram", "sma", key)
        if not read_claims(row_of(kind, {"indicator": key, "output": column}), "mine.toml").problems
    ]
    assert sorted(set(accepted)) == (sorted(columns) if len(columns) > 1 else [])


def test_the_signal_line_of_the_macd_is_what_the_output_names() -> None:
    closes = [100.0 + day for day in range(60)]
    bars = weekday_history(closes)
    check = 'check = { kind = "indicator_state", indicator = "macd", relation = "above"'
    # Of closes that rise by one a day the averages of 12 and 26 are 5.5 and 12.5 behind: the MACD
    # is 7, its average 7 as well, and the difference nothing.
    for output, value in (("macd", 7.0), ("signal", 7.0), ("histogram", 0.0)):
        judgement = verdict_of(f'{check}, output = "{output}" }}', bars)
        assert judgement.computed == pytest.approx(value, abs=1e-6)
    assert judgement.verdict in (Verdict.CONFIRMED, Verdict.FALSE)


def test_a_level_on_the_intraday_high_is_not_computable_with_dividends() -> None:
    bars = weekday_history([100.0] * 30, spread=1.0)
    claim = verdict_of('basis = "total"\ncheck = { kind = "level_at", on = "high" }', bars).claim
    judgement = judge(claim, Ledger((claim,)), {"IWM": bars}.get, CATALOGUE)
    assert judgement.verdict is Verdict.NOT_COMPUTABLE
