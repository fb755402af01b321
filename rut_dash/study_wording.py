"""Studies in words: conditions, samples and statistics, for the pages and the command line."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Sequence
from typing import Any, Final

from rut_dash.event_wording import direction_text
from rut_dash.events.event import Direction
from rut_dash.events.kinds import KINDS
from rut_dash.market.instruments import is_index
from rut_dash.studies.condition import Condition
from rut_dash.studies.condition_kind import ConditionKind, ConditionUnit, StudySeries
from rut_dash.studies.conditions import CONDITIONS
from rut_dash.studies.event_study import (
    ESTIMATION_START,
    LEAST_MOVES,
    SESSIONS_AFTER,
    EventStudy,
    ExcludedEvent,
    ExclusionReason,
    NoBandReason,
)
from rut_dash.studies.rate_cycles import PAUSE_MONTHS, FirstCut
from rut_dash.studies.regimes import (
    AVERAGE_SESSIONS,
    DRAWDOWN_STEPS,
    VOLATILITY_SESSIONS,
    RegimeKind,
    RegimeState,
)
from rut_dash.studies.sample import FEW_CASES, VIX, DividendEffect, Sample
from rut_dash.studies.seasonality import ExtremeMonth, Seasonality
from rut_dash.studies.streaks import StreakOf, Streaks, StreakSign
from rut_dash.studies.unusual import MeasuredSeries
from rut_dash.wording import (
    MISSING,
    capitalise,
    day,
    number,
    percent,
    points,
    share,
)

# In the place of a figure whose horizon is not over.
PENDING: Final = "pending"

_UNIT_NAMES: Final = {
    ConditionUnit.SHARE: "a fraction",
    ConditionUnit.POINTS: "a fraction",
    ConditionUnit.SESSIONS: "sessions",
    ConditionUnit.LEVEL: "a level",
    ConditionUnit.MONTH: "1 to 12",
    ConditionUnit.EVENT_KIND: "a kind of event",
    ConditionUnit.DIRECTION: "a direction",
}


def condition_text(condition: Condition, sample: Sample) -> str:
    """Return a condition in words, with the symbol that it is about."""
    values = {
        param.name: _value_text(param.unit, condition.values.get(param.name))
        for param in condition.kind.params
    }
    phrase = condition.kind.phrase.format(**values)
    subject = _subject(condition.series, sample)
    return capitalise(f"{phrase}, {subject}" if subject else phrase)


def condition_forms() -> list[tuple[str, str]]:
    """Return the form of each condition's text with its meaning."""
    return [(_form(kind), kind.phrase) for kind in CONDITIONS.values()]


def _form(kind: ConditionKind) -> str:
    """Return how a condition is written: its parameters in capitals, the optional ones marked."""
    parts = [kind.key]
    for param in kind.params:
        name = param.name.upper()
        is_optional = param.default is not None or param.optional
        assignment = name if param.default is None else f"{name}={param.default:g}"
        parts.append(f"[:{assignment}]" if is_optional else f":{assignment}")
    return "".join(parts)


def _value_text(unit: ConditionUnit, value: Any) -> str:  # noqa: ANN401
    """Return a parameter of a condition with its unit."""
    if unit is ConditionUnit.EVENT_KIND:
        return KINDS[value].event_label
    if unit is ConditionUnit.DIRECTION:
        return f", {direction_text(Direction(value))}" if value else ""
    if unit is ConditionUnit.SHARE:
        return percent(value, 1, sign=False).replace(".0%", "%")
    if unit is ConditionUnit.POINTS:
        return f"{percent(value, 1, sign=False)[:-1].removesuffix('.0')} points"
    if unit is ConditionUnit.MONTH:
        return str(month_name[value])
    return f"{value:,g}"


def _subject(series: StudySeries | None, sample: Sample) -> str:
    """Return what a condition is about; empty where it is about no series."""
    if series is None:
        return ""
    if series is StudySeries.RATIO:
        return f"{sample.fund} over {sample.benchmark}"
    return sample.fund if series is StudySeries.FUND else sample.benchmark


def dividends_text(symbols: Sequence[str]) -> str | None:
    """Return that the returns of symbols leave dividends out; None where there are none."""
    if not symbols:
        return None
    indices = [symbol for symbol in symbols if is_index(symbol)]
    text = f"Returns of {_listed(symbols)} leave dividends out"
    if indices:
        are = "is a price index" if len(indices) == 1 else "are price indices"
        return f"{text}: {_listed(indices)} {are}."
    return f"{text}; those on the total return basis count them."


def dividend_effect_text(effect: DividendEffect) -> str:
    """Return what dividends do to the difference of two legs."""
    difference = f"{effect.fund} less {effect.benchmark} since {day(effect.first_session)}"
    without, with_them = points(effect.price, 2), points(effect.total, 2)
    return f"{difference}: {without} a year without dividends, {with_them} with them."


def _listed(names: Sequence[str]) -> str:
    """Return names in a row, the last one after "and"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def fraction_text(count: int, n: int, *, is_few: bool) -> str:
    """Return a share of cases: in percent, or as a count where there are few; missing of none."""
    if n == 0:
        return MISSING
    return f"{count} of {n}" if is_few else share(count / n, 0)


def exclusion_text(row: ExcludedEvent) -> str:
    """Return why an event is not counted."""
    match row.reason:
        case ExclusionReason.BEFORE_HISTORY:
            return "the common history begins later"
        case ExclusionReason.FEW_BEFORE:
            return f"{row.available:,} of the {ESTIMATION_START} sessions before it"
        case ExclusionReason.FEW_AFTER:
            return f"pending: {row.available:,} of the {SESSIONS_AFTER} sessions after it"


def no_band_text(study: EventStudy) -> str:
    """Return why a study has no placebo band."""
    if study.no_band_reason is NoBandReason.FEW_EVENTS:
        return f"No band with fewer than {FEW_CASES} events: each is listed."
    usable = f"only {study.free_moves:,} are" if study.free_moves else "none is"
    return (
        "No placebo band: of the moves of these sessions "
        f"{usable} such that no window touches an event, and a band takes {LEAST_MOVES}."
    )


def first_cut_text(definition: FirstCut) -> str:
    """Return which cuts begin a cycle."""
    match definition:
        case FirstCut.AFTER_RISE:
            return "First cut after the last rise"
        case FirstCut.AFTER_PAUSE:
            return f"First cut after a rise, or after {PAUSE_MONTHS} months without a change"
        case FirstCut.EVERY:
            return "Every cut since 2000"


def sign_text(sign: StreakSign, result: Streaks) -> str:
    """Return which way the periods of a streak went."""
    if sign is StreakSign.FLAT:
        return "unchanged"
    if result.of is StreakOf.LEAD:
        where = "ahead of" if sign is StreakSign.UP else "behind"
        return f"{where} {result.sample.benchmark}"
    return sign.value


def next_step_text(result: Streaks) -> str:
    """Return what the next period must do for the streak to go on."""
    period = f"{'This' if result.is_unfinished else 'The next'} {result.step}"
    if result.current.sign is StreakSign.FLAT:
        return f"{period} goes on with it only if it ends unchanged."
    is_up = result.current.sign is StreakSign.UP
    if result.of is StreakOf.LEAD:
        returns = f"{result.sample.fund} returns {'more' if is_up else 'less'}"
        return (
            f"{period} goes on with it if {returns} than {result.sample.benchmark}; "
            "an equal return ends it."
        )
    side = "above" if is_up else "below"
    return (
        f"{period} goes on with it if it closes {side} {number(result.level)}; "
        "an unchanged one ends it."
    )


def extreme_month_text(extreme: ExtremeMonth, result: Seasonality, *, is_best: bool) -> str:
    """Return the best or the worst month, and how often shuffled months have one like it."""
    kind, like = ("Best", "as good") if is_best else ("Worst", "as bad")
    return (
        f"{kind} of {result.tested_count}: {month_name[extreme.month]}, "
        f"mean {percent(extreme.mean, 2)}. "
        f"With months shuffled within years, {percent(extreme.shuffled_share, 0, sign=False)} of "
        f"{result.draws:,} shuffles have one at least {like} (seed {result.seed})."
    )


def series_name(series: MeasuredSeries, sample: Sample) -> str:
    """Return what is measured, by its symbols."""
    match series:
        case MeasuredSeries.FUND:
            return sample.fund
        case MeasuredSeries.BENCHMARK:
            return sample.benchmark
        case MeasuredSeries.LEAD:
            return f"{sample.fund} less {sample.benchmark}"
        case MeasuredSeries.RATIO:
            return f"{sample.fund} over {sample.benchmark}"


def regime_text(kind: RegimeKind, sample: Sample) -> str:
    """Return what divides sessions into states."""
    match kind:
        case RegimeKind.AVERAGE:
            return f"{sample.fund} and its average of {AVERAGE_SESSIONS} days"
        case RegimeKind.VOLATILITY:
            return f"Volatility of {sample.fund} over {VOLATILITY_SESSIONS} sessions, to date"
        case RegimeKind.VIX:
            return f"{VIX}, to date"
        case RegimeKind.DRAWDOWN:
            return f"Drawdown of {sample.fund}"
        case RegimeKind.RATIO_TREND:
            ratio = f"{sample.fund} over {sample.benchmark}"
            return f"{ratio} and its average of {AVERAGE_SESSIONS} days"


def state_text(kind: RegimeKind, state: RegimeState) -> str:
    """Return a state in words."""
    if state is RegimeState.UNKNOWN:
        return "not known yet"
    if kind in (RegimeKind.VOLATILITY, RegimeKind.VIX):
        return f"{state.value} third"
    if kind is RegimeKind.DRAWDOWN:
        first, second, third = (percent(step, 0, sign=False) for step in DRAWDOWN_STEPS)
        return {
            RegimeState.SHALLOW: f"less than {first}",
            RegimeState.MODERATE: f"{first} to {second}",
            RegimeState.DEEP: f"{second} to {third}",
            RegimeState.SEVERE: f"{third} or more",
        }[state]
    return state.value
