"""Texts of the formulas of claims and of the names on their charts, for readers and for JSON.

A term of a formula becomes one clause or several; `render_formula` joins those of all terms.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from rut_dash.claims import check_values, formulas
from rut_dash.claims.chart_spec import ChartLabel
from rut_dash.claims.check_kind import CheckKind
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.formulas import (
    Expression,
    Formula,
    LevelOrigin,
    Part,
    PriceLevel,
    Remark,
    Term,
)
from rut_dash.market.history import Basis
from rut_dash.wording import counted, number, percent, points

__all__ = [
    "check_kind_row",
    "check_value_text",
    "formula_clauses",
    "label_text",
    "remark_text",
    "render_formula",
]

_Clauses = str | tuple[str, ...]

_MINUS: Final = "\N{MINUS SIGN}"
_BARS: Final = {"D": "daily", "W": "weekly"}
_REMARKS: Final = {
    Remark.FACT: "A fact, not a price.",
    Remark.CHANNEL_HEURISTIC: "A heuristic: it depends on where the channel is made to start.",
    Remark.UNFINISHED_STEP: "The last one is counted as it stood on the day of the claim.",
    Remark.NO_CURRENT_RUN: "There is no such run at the close of the claim.",
    Remark.OTHER_DID_NOT_RISE: (
        "{other} did not rise, so that no multiple of its return means anything."
    ),
}
_EXPRESSIONS: Final = {
    Expression.DISCOUNT: f"1 {_MINUS} {{a:g}} / {{b:g}}",
    Expression.PREMIUM: f"{{b:g}} / {{a:g}} {_MINUS} 1",
    Expression.DIFFERENCE: f"{{a:g}} {_MINUS} {{b:g}}",
    Expression.RATIO_OF_GROWTH: f"(1 + {{a:g}}%) / (1 + {{b:g}}%) {_MINUS} 1",
}


def render_formula(formula: Formula) -> str:
    """Return a formula as one text; empty for none."""
    return "; ".join(formula_clauses(formula))


def formula_clauses(formula: Formula) -> tuple[str, ...]:
    """Return the clauses of a formula, in reading order."""
    return tuple(clause for term in formula for clause in _clauses(term))


def check_value_text(value: date | Part) -> str:
    """Return a value that is no number, as files, tables and JSON have it."""
    match value:
        case date():
            return _day(value)
        case check_values.DayRange(start, end):
            return f"{_day(start)}..{_day(end)}"
        case check_values.StepEnd(day, step):
            return _step(day, step)
        case check_values.StepRange(start, end, step):
            return f"{_step(start, step)}..{_step(end, step)}"
        case check_values.CaseCount(count, total):
            return f"{count} of {total}"
        case check_values.TouchCounts(outcome, turned, broke, pending):
            text = f"{turned} {outcome}, {broke} broke"
            return f"{text}, {pending} open" if pending else text
        case check_values.TouchEnd(outcome, day):
            return f"{outcome} {_day(day)}" if day else str(outcome)
        case check_values.NeverPassed():
            return "never"
    raise TypeError(type(value).__name__)


def remark_text(remark: Remark | None, other: object = None) -> str:
    """Return a remark as a sentence; empty for none.

    Parameters
    ----------
    remark
        What to say.
    other
        The symbol that the series of the claim is compared with.
    """
    return "" if remark is None else _REMARKS[remark].format(other=other)


def _clauses(term: Term) -> tuple[str, ...]:
    """Return the clauses of a term, of the family that has a text for it.

    Raises
    ------
    TypeError
        If none has.
    """
    for family in (_general, _returns, _levels, _streaks, _indicators, _facts, _forecasts, _misses):
        clauses = family(term)
        if clauses:
            return (clauses,) if isinstance(clauses, str) else clauses
    raise TypeError(type(term).__name__)


# --- Parts of clauses ----------------------------------------------------------------------------


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def _price(price: float) -> str:
    return number(price, 2)


def _point(point: formulas.PricePoint) -> str:
    return f"{_price(point.price)} ({_day(point.day)})"


def _level(level: formulas.PriceLevel, basis: Basis = Basis.PRICE) -> str:
    price = _price(level.price)
    match level.origin:
        case LevelOrigin.HIGHEST_CLOSE if level.day is not None:
            return f"highest {basis.close_name} {price} of {_day(level.day)}"
        case LevelOrigin.INTRADAY_HIGH if level.day is not None:
            return f"intraday high {price} of {_day(level.day)}"
        case LevelOrigin.CLOSE_OF_CLAIM:
            return f"the close of the claim, {price}"
    return price


def _change(last: float, first: float) -> str:
    return f"{_MINUS} 1 = {percent(last / first - 1, 2)}"


def _extreme(extreme: formulas.Extreme, field: formulas.PriceField) -> str:
    if extreme == "last close":
        return extreme
    return f"{extreme} close" if field == "close" else f"{extreme} intraday {field}"


def label_text(label: ChartLabel | PriceLevel, basis: Basis = Basis.PRICE) -> str:
    """Return the name of something on a chart on a basis; empty for none."""
    if isinstance(label, PriceLevel):
        return _level(label, basis)
    parts = [
        label.word or "",
        "" if label.price is None else _price(label.price),
        "" if label.change is None else percent(label.change, 1),
        "" if label.day is None else _day(label.day),
        label.text,
    ]
    if label.count is not None:
        unit = label.counted
        parts.append(counted(label.count, unit) if unit else f"{label.count} in a row")
    return " ".join(filter(None, parts))


# --- Terms by family -----------------------------------------------------------------------------


def _general(term: Term) -> _Clauses:
    match term:
        case formulas.Measurement(symbol, name, value, unit, day):
            text = {
                "percent": lambda: percent(value, 2),
                "points": lambda: points(value, 2),
            }.get(unit, lambda: _price(value))()
            subject = f"{symbol}: {name}" if symbol else name
            return f"{subject} {text}" + (f" ({_day(day)})" if day else "")
    return ()


def _returns(term: Term) -> _Clauses:
    match term:
        case formulas.PriceChange(symbol, start, end, reinvested, field):
            name = f"{symbol}, dividends reinvested" if reinvested else symbol
            base = _point(start)
            if field != "close":
                base = f"{_price(start.price)} (intraday {field} of {_day(start.day)})"
            return f"{name}: {_point(end)} / {base} {_change(end.price, start.price)}"
        case formulas.ReturnDifference(value):
            return f"difference {points(value, 2)}"
        case formulas.ReturnQuotient(own, other):
            return f"{number(own * 100, 2)} / {number(other * 100, 2)} = {number(own / other, 2)}"
        case formulas.OpenHorizon(until):
            return f"the stretch{f' to {_day(until)}' if until else ''} is not over"
        case formulas.OpenSpan(span):
            return f"{span} is not over"
        case formulas.ShareOfPeriods(symbol, other, relation, count, total, step, start, end):
            share = percent(count / total, 1, sign=False)
            return (
                f"{symbol} {relation} {other} on {count} of {counted(total, step)} from "
                f"{_day(start)} to {_day(end)}: {share}"
            )
        case formulas.VolatilityRatio(symbol, other, own, others, returns, end):
            return (
                f"{symbol} {percent(own, 2, sign=False)} / {other} "
                f"{percent(others, 2, sign=False)} = {number(own / others, 3)}: standard "
                f"deviation of {returns:,} daily returns to {_day(end)}, times the square root "
                "of 252"
            )
    return ()


def _levels(term: Term) -> _Clauses:
    match term:
        case formulas.Drawdown(symbol, last, last_field, high, high_field, reinvested):
            name = f"{symbol} with dividends" if reinvested else symbol
            low = "low " if last_field == "low" else ""
            top = "highest close" if high_field == "close" else "intraday high"
            change = _change(last.price, high.price)
            return f"{name}: {low}{_point(last)} / {top} {_point(high)} {change}"
        case formulas.ExtremePrice(symbol, extreme, field, point, end, start):
            since = f" from {_day(start)}" if start else ""
            name = _extreme(extreme, field)
            return f"{name} of {symbol}{since} to {_day(end)}: {_point(point)}"
        case formulas.ExtremeWithin(point, start, end):
            return f"from {_day(start)} to {_day(end)}: {_point(point)}"
        case formulas.PriceOnDay(symbol, field, point, level):
            text = f"{field} of {symbol} on {_day(point.day)}: {_price(point.price)}"
            if level is None:
                return text
            price = point.price
            sign = ">" if price > level.price else "<" if price < level.price else "="
            return f"{text} {sign} {_level(level)}"
        case formulas.LevelDistance(symbol, point, level):
            change = _change(point.price, level.price)
            return f"{symbol}: {_point(point)} / {_level(level)} {change}"
        case formulas.LevelNeverPassed(on, side, level, end, nearest):
            text = f"no {on} {side} {_level(level)} up to {_day(end)}"
            return f"{text}: the nearest is {_point(nearest)}" if nearest else text
        case formulas.LevelPassed(on, side, level, point, sessions, end):
            return (
                f"first {on} {side} {_level(level)}: {_point(point)}",
                f"{counted(sessions, 'session')} in all to {_day(end)}",
            )
        case formulas.NoLevelCrossing(on, level):
            return f"no {on} passed {_level(level)} in this stretch"
        case formulas.LevelCrossing(side, level, before, after, last, ago):
            return (
                f"{_point(before)}, then {_point(after)} {side} {_price(level.price)}",
                f"{_point(last)}, {counted(ago, 'session')} later",
            )
    return ()


def _streaks(term: Term) -> _Clauses:
    match term:
        case formulas.StreakCloses(symbol, closes):
            return f"closes of {symbol}: {', '.join(map(_point, closes))}"
        case formulas.StreakRuns(symbol, length, step, since, runs):
            head = f"runs of {length} {step}s or more on {symbol} since {_day(since)}: "
            texts = [
                f"{_step(run.start, step)} to {_step(run.end, step)} ({run.length})" for run in runs
            ] or ["none"]
            return (head + texts[0], *texts[1:])
        case formulas.ZoneTouches(low, high, side, arming_level, touches):
            head = (
                f"touches of {_price(low)} to {_price(high)} from {side}, after a close {side} "
                f"{_price(arming_level)}: "
            )
            texts = [f"{_day(touch.day)} {touch.outcome}" for touch in touches] or ["none"]
            return (head + texts[0], *texts[1:])
    return ()


def _step(day: date, step: formulas.Step) -> str:
    return f"{day:%Y-%m}" if step == "month" else _day(day)


def _indicators(term: Term) -> _Clauses:
    match term:
        case formulas.AverageDistance(symbol, point, average, length, frequency):
            return (
                f"{symbol}: close {_point(point)} {_MINUS} average of {length} "
                f"{_BARS[frequency]} closes {_price(average)} = {number(point.price - average, 2)}"
            )
        case formulas.OscillatorValue(symbol, name, settings, frequency, day, value):
            text = (
                f"{symbol}: {name}({', '.join(map(str, settings))}) on {_BARS[frequency]} closes "
                f"at {_day(day)}: {number(value, 2)}"
            )
            return f"{text}, {_rule(term)}" if term.level is not None else text
        case formulas.IndicatorValue(symbol, title, line, frequency, close, value, level):
            name = f"{title}, {line}," if line else title
            text = f"{symbol}: {name} on {_BARS[frequency]} bars at {_day(close.day)}:"
            if level is None:
                return f"{text} {number(value, 2)} against the close {_price(close.price)}"
            return f"{text} {number(value, 2)}, against {level:g}"
        case formulas.ChannelDistance(symbol, point, lower, window, frequency, rising, deviations):
            return (
                f"{symbol}: close {_point(point)} {_MINUS} lower edge {_price(lower)} = "
                f"{number(point.price - lower, 2)}",
                f"the line through the logs of the last {window} {_BARS[frequency]} closes "
                f"{'rises' if rising else 'falls'}, its edges are {number(deviations, 1)} "
                "standard deviations away",
            )
        case formulas.LineCross():
            return _line_cross(term)
    return ()


def _rule(term: formulas.OscillatorValue) -> str:
    if term.nearing is None:
        return f"against {number(term.level, 0)}"
    return (
        f"between {number(term.level, 0)} and {number(term.nearing.edge, 0)}, from "
        f"{number(term.nearing.earlier_value, 2)} {term.nearing.bars} bars before"
    )


def _line_cross(term: formulas.LineCross) -> _Clauses:
    first, second = term.names
    last = (
        f"{first} {number(term.last.first, 2)}, {second} {number(term.last.second, 2)} "
        f"({_day(term.last.day)})"
    )
    if term.after is None:
        return (f"{term.symbol}: no such cross", last)
    sign, sign_after = ("<", ">") if term.upward else (">", "<")
    before = []
    if term.before is not None:
        before = [
            f"{_day(term.before.day)}: {first} {number(term.before.first, 2)} {sign} {second} "
            f"{number(term.before.second, 2)}"
        ]
    after = (
        f"{_day(term.after.day)}: {number(term.after.first, 2)} {sign_after} "
        f"{number(term.after.second, 2)}, {counted(term.bars_ago, 'bar')} before "
        f"{_day(term.last.day)}"
    )
    clauses = [*before, after, f"then {last}"]
    return (f"{term.symbol}: {clauses[0]}", *clauses[1:])


def _facts(term: Term) -> _Clauses:
    match term:
        case formulas.DatedFact(label, start, end, source):
            days = _day(start) if start == end else f"{_day(start)} to {_day(end)}"
            return f"{label}: {days} ({source})"
        case formulas.FedMove(question, label, day):
            return f"{question}: {label} ({_day(day)})"
        case formulas.FedRises(days, label) if days:
            return (
                f"{counted(len(days), 'rise')} from {_day(days[0])} to {_day(days[-1])}: the "
                f"last, {label}"
            )
        case formulas.FedRises():
            return "no rise in that stretch"
        case formulas.NoCutSince(label):
            return f"no cut since {label}"
        case formulas.EventsOfYear(kind_label, year, days):
            return f"{kind_label} of {year}: {', '.join(map(_day, days)) or 'none'}"
        case formulas.Arithmetic(expression, a, b, value):
            return f"{_EXPRESSIONS[expression].format(a=a, b=b)} = {number(value * 100, 2)}"
        case formulas.TargetDistance(symbol, target, field, point):
            change = _change(target, point.price)
            return f"{_price(target)} / {field} of {symbol} {_point(point)} {change}"
    return ()


def _forecasts(term: Term) -> _Clauses:
    match term:
        case formulas.NoSessionAfter(day, symbol):
            return f"no session{f' of {symbol}' if symbol else ''} after {_day(day)} yet"
        case formulas.FirstReached(test, level, after, point):
            # Beyond the close of the claim itself: reaching it is not enough.
            at_or = "" if level.origin is LevelOrigin.CLOSE_OF_CLAIM else "at or "
            return (
                f"first {test.field} {at_or}{test.side} {_level(level)} after {_day(after)}: "
                f"{_point(point)}"
            )
        case formulas.ExtremeAfterClaim(extreme, field, start, end, point, missed):
            text = f"{extreme} {field} of {_day(start)} to {_day(end)}: {_point(point)}"
            return f"{text}, against {_level(missed)}" if missed else text
        case formulas.PriceAtEnd(field, point, level):
            price = _price(point.price)
            return f"{field} of {_day(point.day)}: {price} against {_level(level)}"
        case formulas.NoCloseAbove(symbol, level):
            return f"no close of {symbol} above {_price(level)} yet"
        case formulas.FedForecast(label, until, days):
            listed = ", ".join(map(_day, days))
            return (f"{label} ({_day(days[0])})", f"by {_day(until)}: {listed}")
        case formulas.NoFedMove(action, after, complete_until):
            extent = (
                f"the catalogue is complete up to {complete_until}"
                if complete_until
                else "nothing is known"
            )
            return (f"no {action} after {_day(after)}", extent)
    return ()


def _misses(term: Term) -> _Clauses:
    match term:
        case formulas.AheadUntil(day):
            return f"it lay ahead up to {_day(day)}"
        case formulas.HeldUntil(day, sessions):
            return f"it held as of {_day(day)}, {counted(sessions, 'session')} earlier"
        case formulas.FirstSinceRun(end, step):
            return f"it is the first since the run that ended in {_step(end, step)}"
        case formulas.OtherSideTouch(side, touch):
            return f"from {side} it {touch.outcome} on {_day(touch.day)}"
        case formulas.NextCross(day, bars):
            return f"the next such cross, {counted(bars, 'bar')} after the as-of: {_day(day)}"
        case formulas.ReachedLate(test, level, point, sessions):
            return (
                f"first {test.field} at or {test.side} {_price(level)}: {_point(point)}, "
                f"{counted(sessions, 'session')} late"
            )
    return ()


# --- Kinds of check ------------------------------------------------------------------------------


def check_kind_row(kind: CheckKind) -> tuple[str, str, str]:
    """Return the key of a kind, what it answers, and its parameters with their choices."""
    return kind.key, kind.description, ", ".join(map(_param_text, kind.params)) or "none"


def _param_text(param: CheckParam) -> str:
    choices = " / ".join(f'"{choice}"' for choice in param.choices)
    needed = ", needed" if param.required else ""
    return f"`{param.name}` ({choices or param.type}{needed})"
