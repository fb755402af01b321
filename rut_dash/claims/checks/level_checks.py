"""Checks on levels: drawdowns, highs and lows, levels at a date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NoReturn

import pandas as pd

from rut_dash.analysis.levels import Side
from rut_dash.analysis.returns import sessions_of
from rut_dash.claims import formulas
from rut_dash.claims.chart_spec import (
    ChartDay,
    ChartLabel,
    ChartLevel,
    ChartSpan,
    ChartSpec,
    ChartSubject,
)
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import ALL_VARIATIONS, CheckKind, ParamVariant, Variation
from rut_dash.claims.check_params import EXPECTED_DAYS, CheckParam, NeededParams, UsedWith
from rut_dash.claims.check_result import (
    CheckResult,
    highest,
    lowest,
    point_at,
    point_on,
    verdict_on,
)
from rut_dash.claims.checks.return_checks import AT_LEAST, AT_MOST
from rut_dash.claims.choices import (
    DistancePrices,
    Extreme,
    ExtremeAnswer,
    PriceField,
    SessionPrice,
    Unit,
)
from rut_dash.claims.formulas import LevelOrigin, PricePoint, Term, TermKind
from rut_dash.errors import InvalidParameter, NotComputable, Obstacle, OutOfRange
from rut_dash.market.history import Basis

_SESSIONS_A_YEAR: Final = 252
# How a distance can be read off a chart: the fields of the last price and of the high.
_DISTANCE_FIELDS: Final[dict[DistancePrices, tuple[PriceField, PriceField]]] = {
    DistancePrices.CLOSE: (PriceField.CLOSE, PriceField.CLOSE),
    DistancePrices.CLOSE_AND_INTRADAY_HIGH: (PriceField.CLOSE, PriceField.HIGH),
    DistancePrices.LOW_AND_INTRADAY_HIGH: (PriceField.LOW, PriceField.HIGH),
}
_FINDERS: Final[dict[Extreme, Callable[[pd.Series], PricePoint]]] = {
    Extreme.HIGHEST: highest,
    Extreme.LOWEST: lowest,
    Extreme.LAST_CLOSE: point_at,
}
SESSION_PRICE: Final = CheckParam("on", "On", "choice", choices=tuple(SessionPrice))
START: Final = CheckParam("start", "From", "day")
HIGH_PARAMS: Final = (
    CheckParam(
        "high_from",
        "High of the days from",
        "day",
        help="the highest close from there",
        instead_of=("level",),
    ),
    CheckParam(
        "high_to",
        "High of the days to",
        "day",
        help="the highest close up to there",
        not_below="high_from",
        instead_of=("level",),
    ),
)


def field_prices(inputs: CheckInput, field: PriceField) -> pd.Series:
    """Return closes, or intraday highs or lows on the price basis."""
    if field is PriceField.CLOSE:
        return inputs.close
    if inputs.basis is Basis.TOTAL:
        raise InvalidParameter("an intraday figure", "total return", "on the price basis")
    return inputs.data.intraday(inputs.symbol, field)


def counted_field(on: SessionPrice, intraday: PriceField) -> PriceField:
    """Return the close, or another field where intraday prices count."""
    return PriceField.CLOSE if on is SessionPrice.CLOSE else intraday


def year_before(index: pd.DatetimeIndex, session: pd.Timestamp) -> pd.Timestamp:
    """Return the session a year before another, or the first: where a chart starts."""
    return index[max(0, int(index.searchsorted(session)) - _SESSIONS_A_YEAR)]


def refuse_day(inputs: CheckInput, day: pd.Timestamp) -> NoReturn:
    """Refuse a day after which there are no prices yet.

    Raises
    ------
    OutOfRange
        Always.
    """
    index = inputs.data.history(inputs.symbol).sessions
    raise OutOfRange(inputs.symbol, day.date(), index[0].date(), index[-1].date())


def _extreme_values(inputs: CheckInput, field: PriceField) -> pd.Series:
    """Return prices from the parameter ``start`` on.

    Raises
    ------
    OutOfRange
        If there are none.
    """
    start = inputs.day("start")
    values = field_prices(inputs, field)
    if start is not None:
        values = values.loc[start:]
    if values.empty:
        refuse_day(inputs, start or inputs.data.as_of)
    return values


def extreme(inputs: CheckInput) -> CheckResult:
    """Return the highest, the lowest or the last price to date, or its day: the first on ties.

    Raises
    ------
    InvalidParameter
        If the last is asked for intraday, or by its day.
    """
    which: Extreme = inputs.get("what", Extreme.HIGHEST)
    on: SessionPrice = inputs.get("on", SessionPrice.CLOSE)
    by_day = inputs.get("answer", ExtremeAnswer.PRICE) is ExtremeAnswer.DAY
    if which is Extreme.LAST_CLOSE and on is SessionPrice.INTRADAY:
        raise InvalidParameter("the last", "intraday", "a close")
    if which is Extreme.LAST_CLOSE and by_day:
        raise InvalidParameter("the answer", "day", "the price where the last close is meant")
    field = counted_field(on, PriceField.LOW if which is Extreme.LOWEST else PriceField.HIGH)
    values = _extreme_values(inputs, field)
    if by_day:
        return _day_of_extreme(inputs, which, field, values)
    point = _FINDERS[which](values)
    index, start = sessions_of(values), inputs.day("start")
    term = Term.of(
        TermKind.EXTREME_PRICE, extreme=which, field=field, symbol=inputs.symbol,
        start=index[0] if start is not None else None, end=index[-1], point=point,
    )  # fmt: skip
    spec = ChartSpec(
        (inputs.symbol,),
        min(point.day, start or point.day, year_before(index, index[-1])),
        index[-1],
        levels=(ChartLevel(point.price, ChartLabel(which, price=point.price)),),
        days=(ChartDay(point.day, ChartLabel(which)),),
    )
    return CheckResult(point.price, (term,), None, spec)


def _day_of_extreme(
    inputs: CheckInput, which: Extreme, field: PriceField, values: pd.Series
) -> CheckResult:
    """Return the day of the highest or the lowest price, confirmed within the days expected."""
    index = sessions_of(values)
    find = _FINDERS[which]
    point = find(values)
    first = inputs.day("expect_from") or index[0]
    last = inputs.day("expect_to") or index[-1]
    holds = first <= point.day <= last
    formula: formulas.Formula = (
        Term.of(
            TermKind.EXTREME_PRICE, extreme=which, field=field, symbol=inputs.symbol,
            start=index[0] if inputs.day("start") is not None else None, end=index[-1],
            point=point,
        ),
    )  # fmt: skip
    expected = values.loc[first:last]
    if not holds and not expected.empty:
        days = sessions_of(expected)
        within = find(expected)
        formula += (Term.of(TermKind.EXTREME_WITHIN, start=days[0], end=days[-1], point=within),)
    as_stated = ChartSpan(first, min(last, index[-1]), ChartLabel(ChartSubject.STATED_DAYS))
    spec = ChartSpec(
        (inputs.symbol,),
        min(point.day, first, year_before(index, index[-1])),
        index[-1],
        levels=(ChartLevel(point.price, ChartLabel(which, price=point.price)),),
        days=(ChartDay(point.day, ChartLabel(which)),),
        spans=(as_stated,) if inputs.get("expect_from") else (),
    )
    days_away = abs(min((point.day - first).days, (last - point.day).days))
    return CheckResult(
        point.day,
        formula,
        verdict_on(holds),
        spec,
        distance=0.0 if holds else float(days_away),
    )


def reference_level(inputs: CheckInput, high_field: PriceField) -> formulas.PriceLevel:
    """Return the level that a check is about: a number, or the high of some days, of a field."""
    level = inputs.get("level")
    if level is not None:
        if not level > 0:
            raise InvalidParameter("the level", level, "above 0")
        return formulas.PriceLevel(float(level))
    first, last = inputs.day("high_from"), inputs.day("high_to")
    values = field_prices(inputs, high_field).loc[first:last]
    if values.empty or (first is None and last is None):
        raise InvalidParameter("the level", None, "a number, or days whose high is meant")
    high = highest(values)
    is_close = high_field is PriceField.CLOSE
    origin = LevelOrigin.HIGHEST_CLOSE if is_close else LevelOrigin.INTRADAY_HIGH
    return formulas.PriceLevel(high.price, origin, high.day)


def level_at(inputs: CheckInput) -> CheckResult:
    """Return the price of a day, and on which side of a level it is."""
    at = inputs.session(inputs.day("date") or inputs.data.as_of)
    field: PriceField = inputs.get("on", PriceField.CLOSE)
    prices = field_prices(inputs, field)
    if at not in prices.index:
        raise NotComputable(Obstacle.NO_INTRADAY, symbol=inputs.symbol, field=field, day=at.date())
    point = point_on(prices, at)
    relation, lead = inputs.get("relation"), year_before(sessions_of(inputs.close), at)
    if relation is None:
        level = formulas.PriceLevel(point.price)
        days = (ChartDay(at, ChartLabel(field)),)
        spec = ChartSpec((inputs.symbol,), lead, at, levels=(ChartLevel.of(level),), days=days)
        term = Term.of(TermKind.PRICE_ON_DAY, symbol=inputs.symbol, field=field, point=point)
        return CheckResult(point.price, (term,), None, spec)
    level = reference_level(
        inputs, PriceField.CLOSE if field is PriceField.CLOSE else PriceField.HIGH
    )
    difference = point.price - level.price
    term = Term.of(
        TermKind.PRICE_ON_DAY, symbol=inputs.symbol, field=field, point=point, level=level
    )
    return CheckResult(
        point.price,
        (term,),
        verdict_on(difference > 0 if relation is Side.ABOVE else difference < 0),
        ChartSpec(
            (inputs.symbol,),
            lead,
            at,
            levels=(ChartLevel.of(level),),
            days=(ChartDay(at, None),),
        ),
        distance=abs(difference),
    )


def distance(inputs: CheckInput) -> CheckResult:
    """Return a price over the highest to date, or over a level or the high of some days, less 1."""
    at = inputs.session(inputs.day("date") or inputs.data.as_of)
    last_field, high_field = _DISTANCE_FIELDS[inputs.get("on", DistancePrices.CLOSE)]
    last = point_at(field_prices(inputs, last_field).loc[:at])
    if any(name in inputs.params for name in ("level", *(param.name for param in HIGH_PARAMS))):
        return _distance_to_level(inputs, last, last_field, high_field)
    high = highest(field_prices(inputs, high_field).loc[:at])
    value = last.price / high.price - 1.0
    is_close = high_field is PriceField.CLOSE
    subject = ChartSubject.HIGHEST_CLOSE if is_close else ChartSubject.INTRADAY_HIGH
    spec = ChartSpec(
        (inputs.symbol,),
        high.day,
        max(at, inputs.close.index[-1]),
        levels=(ChartLevel(high.price, ChartLabel(subject, price=high.price)),),
        days=(
            ChartDay(high.day, ChartLabel(ChartSubject.HIGH)),
            ChartDay(at, ChartLabel(change=value)),
        ),
    )
    term = Term.of(
        TermKind.DRAWDOWN, symbol=inputs.symbol, reinvested=inputs.basis is Basis.TOTAL,
        is_low=last_field is PriceField.LOW, last=last, is_close=is_close, high=high,
        value=value,
    )  # fmt: skip
    return CheckResult(value, (term,), inputs.verdict_by_bounds(value), spec)


def _distance_to_level(
    inputs: CheckInput, last: PricePoint, field: PriceField, high_field: PriceField
) -> CheckResult:
    """Return a price over a level, or over the high of some days, less 1."""
    level = reference_level(inputs, high_field)
    value = last.price / level.price - 1.0
    lead = year_before(sessions_of(inputs.close), last.day)
    spec = ChartSpec(
        (inputs.symbol,),
        min(inputs.day("high_from") or last.day, lead),
        last.day,
        levels=(ChartLevel.of(level),),
        days=(ChartDay(last.day, ChartLabel(change=value)),),
    )
    term = Term.of(
        TermKind.LEVEL_DISTANCE, symbol=inputs.symbol, is_low=field is PriceField.LOW, point=last,
        level=level, value=value,
    )  # fmt: skip
    return CheckResult(value, (term,), inputs.verdict_by_bounds(value), spec, distance=abs(value))


AS_OF: Final[frozenset[Variation]] = frozenset({"as_of"})
_INTRADAY: Final = (ParamVariant("on", tuple(SessionPrice)),)

LEVEL_NAMES: Final = ("level", *(param.name for param in HIGH_PARAMS))

ORDER: Final = 30
ROWS: Final = (
    CheckKind(
        "distance",
        "Distance to a high or a level",
        "How far a price was below the highest to date, or from a level or the high of some days.",
        (
            CheckParam("date", "On", "day", help="the day of the claim where empty"),
            CheckParam("on", "Measured on", "choice", choices=tuple(_DISTANCE_FIELDS),
                       help="intraday high: the close against it; intraday: the low against it"),
            CheckParam("level", "Level", "number", help="the highest to date where empty"),
            *HIGH_PARAMS,
            AT_LEAST,
            CheckParam("above", "Above, %", "percent"),
            AT_MOST,
            CheckParam("below", "Below, %", "percent"),
        ),
        distance,
        percent=True,
        unit=Unit.PERCENT,
        vary=ALL_VARIATIONS,
        param_variants=(ParamVariant("on", tuple(_DISTANCE_FIELDS)),),
        pinned_by=("date",),
    ),
    CheckKind(
        "extreme",
        "Highest or lowest price",
        "What the highest or the lowest close, or intraday price, to date was, or when.",
        (
            CheckParam("what", "Which", "choice", choices=tuple(Extreme)),
            CheckParam("answer", "Judged by", "choice", choices=tuple(ExtremeAnswer),
                       help="the price against the number stated, or the day against the days "
                       "expected"),
            SESSION_PRICE,
            START,
            *(replace(param, used_with=UsedWith("answer", (ExtremeAnswer.DAY,)))
              for param in EXPECTED_DAYS),
        ),
        extreme,
        unit=Unit.DOLLAR,
        vary=ALL_VARIATIONS,
        param_variants=(*_INTRADAY, ParamVariant("what", (Extreme.LAST_CLOSE,))),
    ),
    CheckKind(
        "level_at",
        "Level at a date",
        "Where the price stood, or on which side of a level.",
        (
            CheckParam("date", "On", "day", help="the day of the claim where empty"),
            CheckParam("on", "On its", "choice", choices=tuple(PriceField)),
            CheckParam("relation", "Stands", "choice", choices=tuple(Side), blank=True),
            CheckParam("level", "Level", "number", used_with=UsedWith("relation")),
            *(replace(param, used_with=UsedWith("relation")) for param in HIGH_PARAMS),
        ),
        level_at,
        needed_params=(NeededParams(LEVEL_NAMES, UsedWith("relation")),),
        unit=Unit.DOLLAR,
        vary=AS_OF,
        param_variants=(ParamVariant("on", tuple(PriceField)),),
        pinned_by=("date",),
    ),
)  # fmt: skip
