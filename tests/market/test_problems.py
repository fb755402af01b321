"""A failed fetch as a value: what comes back from the store is the error that went in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from rut_dash.errors import (
    BarsRejected,
    ConnectionCut,
    CorruptFile,
    DataUnavailable,
    Defect,
    EndsBefore,
    MalformedAnswer,
    NoFile,
    NoPrices,
    NotJson,
    NotStored,
    RateLimited,
    Remedy,
    RequestRefused,
    SchemaError,
    SilentForOther,
    SourceBars,
    SourceSilent,
    UnexpectedError,
    UnknownSymbol,
)
from rut_dash.market.problems import Problem, error_of, problem_of
from rut_dash.market_wording import problem_clause

RETRY_AT = datetime(2026, 5, 31, 12, 30, tzinfo=UTC)
MOVE = SchemaError(
    "IWM from a vendor",
    Defect.MOVE_BEYOND_LIMIT,
    session=date(2026, 5, 22),
    symbol="IWM",
    move=99.0,
    limit=0.25,
)
CLOSED = SchemaError(
    "IWM from a vendor",
    Defect.CLOSED_SESSIONS,
    session=date(2026, 5, 23),
    remedy_override=Remedy.ASK_AGAIN,
    days=(date(2026, 5, 23), date(2026, 5, 24)),
    count=2,
)
FUTURE = SchemaError(SourceBars("IWM", "a vendor"), Defect.FUTURE_STAMP, day=date(2030, 1, 2))
ENDLESS = SchemaError(SourceBars("IWM", "a vendor"), Defect.FUTURE_STAMP, day=None)
ERRORS = [
    RateLimited("IWM", "a vendor"),
    SourceSilent("IWM", "a vendor"),
    SourceSilent("IWM", "a vendor", seconds=18.0),
    SilentForOther("IWM", "a vendor", other="SPY"),
    ConnectionCut("IWM", "a vendor"),
    RequestRefused("IWM", "a vendor", status=403),
    NotJson("IWM", "a vendor", answer="page"),
    NoPrices("IWM", "a vendor", since=date(2026, 4, 1)),
    EndsBefore("IWM", "a folder", since=date(2026, 4, 1), last=date(2026, 3, 31), file="IWM.csv"),
    MalformedAnswer("IWM", "a vendor", flaw="unreadable", value="KeyError"),
    UnknownSymbol("IWM", "a vendor", isin=True),
    NoFile("IWM", "a folder", symbols=("QQQ", "SPY")),
    NotStored("IWM", fetching=True),
    UnexpectedError("IWM", exception="ZeroDivisionError"),
    BarsRejected("IWM", "a vendor", refusal=MOVE),
    BarsRejected("IWM", "a vendor", refusal=CLOSED),
    BarsRejected("IWM", "a vendor", refusal=SchemaError("IWM", Defect.NO_CLOSE)),
    BarsRejected("IWM", "a vendor", refusal=FUTURE),
    BarsRejected("IWM", "a vendor", refusal=ENDLESS),
]


def stored(problem: Problem) -> Problem:
    """Return a problem as it comes back from a file."""
    return Problem.from_json(json.loads(json.dumps(problem.to_json())))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.code} {error.reason}"[:60])
def test_a_problem_comes_back_from_the_store_as_the_same_error(error: DataUnavailable) -> None:
    problem = problem_of(error)
    again = error_of(stored(problem), "IWM", RETRY_AT)
    assert stored(problem) == problem
    assert hash(stored(problem)) == hash(problem)
    assert type(again) is type(error)
    assert str(again) == f"{error} Next try at 2026-05-31 12:30 UTC."
    assert problem_clause(problem) == error.clause


def test_problems_are_equal_whatever_the_symbol_and_the_next_try() -> None:
    first = RequestRefused("IWM", "a vendor", status=403, retry_at=RETRY_AT)
    other = RequestRefused("SPY", "a vendor", status=403)
    assert problem_of(first) == problem_of(other)
    assert problem_of(first) != problem_of(RequestRefused("SPY", "a vendor", status=401))


def test_refused_bars_are_a_problem_of_the_source_that_gave_them() -> None:
    error = error_of(problem_of(MOVE, "a vendor"), "IWM")
    assert str(error) == (
        "No prices of IWM from a vendor: its bars were refused (IWM from a vendor: IWM moves by "
        "+9,900.0% on 2026-05-22, beyond the believable 25% of one day; check for a split that "
        "was not applied or a wrong price; the limit can be raised with RUT_DASH_MOVE_LIMIT)."
    )
    assert isinstance(error, BarsRejected)
    assert error.refusal is not None
    assert error.refusal.defect is Defect.MOVE_BEYOND_LIMIT


@pytest.mark.parametrize(
    ("refusal", "day", "stored_day"),
    [(FUTURE, "2030-01-02", "2030-01-02"), (ENDLESS, "a time that cannot be", None)],
)
def test_a_refusal_is_stored_as_values_and_one_stored_as_words_is_still_read(
    refusal: SchemaError, day: str, stored_day: str | None
) -> None:
    record = problem_of(refusal, "a vendor").to_json()
    details = record["details"]
    assert isinstance(details, dict)
    assert details["where"] == ["IWM", "a vendor"]
    assert dict(details["values"])["day"] == (stored_day and {"date": stored_day})
    as_words = {**details, "where": "IWM from a vendor", "values": [["day", day]]}
    earlier = Problem.from_json({**record, "details": as_words})
    assert str(error_of(earlier, "IWM")) == str(error_of(problem_of(refusal, "a vendor"), "IWM"))
    assert f"IWM from a vendor: there is a bar of {day}, which has" in str(refusal)


def test_an_error_that_is_no_cause_of_a_fetch_is_an_unexpected_one() -> None:
    problem = problem_of(CorruptFile("IWM.parquet", "cut off"))
    assert problem_clause(problem) == "the program: an unexpected error came up (CorruptFile)"


@pytest.mark.parametrize(
    "problem",
    [
        Problem("of_a_newer_version", "a vendor", (("colour", "red"),)),
        Problem("refused", "a vendor", (("colour", "red"),)),
        Problem("rejected", "a vendor", (("defect", "OF_A_NEWER_VERSION"), ("where", "IWM"))),
        Problem("rejected", "a vendor", (("defect", "NO_CLOSE"), ("values", 3), ("where", "IWM"))),
        Problem("rejected", "a vendor", (("defect", "NOT_POSITIVE"), ("where", "IWM"))),
        Problem("malformed", "a vendor", (("flaw", "of a newer version"),)),
        Problem("silent", "a vendor", (("seconds", "many"),)),
    ],
)
def test_a_problem_of_another_version_still_has_a_sentence(problem: Problem) -> None:
    assert str(error_of(problem, "IWM")).startswith("No prices of IWM from a vendor: ")


class OutOfQuota(DataUnavailable):
    """A cause that a source added later has of its own."""

    code = "out_of_quota"
    reason_template = "its quota of today is used up"


def test_a_cause_of_a_source_of_ones_own_comes_back_too() -> None:
    error = error_of(stored(problem_of(OutOfQuota("IWM", "a vendor"))), "SPY")
    assert type(error) is OutOfQuota
    assert str(error) == "No prices of SPY from a vendor: its quota of today is used up."
