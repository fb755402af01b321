"""Texts of the formulas of claims and of the names on their charts, for readers and for JSON.

A term of a formula becomes one clause or several; `render_formula` joins those of all terms.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from rut_dash.claims import check_values, formulas
from rut_dash.claims.chart_spec import ChartLabel, ChartSubject, LabelSubject
from rut_dash.claims.choices import Expression, Extreme, PriceField, Step
from rut_dash.claims.formulas import (
    Formula,
    LevelOrigin,
    Part,
    PriceLevel,
    PricePoint,
    Remark,
    Term,
    TermKind,
)
from rut_dash.market.history import Basis
from rut_dash.wording import (
    MINUS,
    close_name,
    counted,
    number,
    percent,
    points,
)

_Clauses = str | tuple[str, ...]

# Names of lines that are written in capitals.
_ABBREVIATIONS: Final = frozenset({"sma", "ema", "macd"})
_LESS_1: Final = f"{MINUS} 1 = {{value:%}}"
_OSCILLATOR: Final = "{symbol}: {name}({settings}) on {frequency:bars} closes at {day}: {value}"
_INDICATOR: Final = (
    "{symbol}: {title}{line:?, }{line:,|} on {frequency:bars} bars at {close.day}: {value}"
)
_REMARKS: Final = {
    Remark.FACT: "A fact, not a price.",
    Remark.CHANNEL_HEURISTIC: "A heuristic: it depends on where the channel is made to start.",
    Remark.UNFINISHED_STEP: "The last one is counted as it stood on the day of the claim.",
    Remark.NO_CURRENT_RUN: "There is no such run at the close of the claim.",
    Remark.OTHER_DID_NOT_RISE: (
        "{other} did not rise, so that no multiple of its return means anything."
    ),
}
_SUBJECTS: Final = {
    ChartSubject.START: "from",
    ChartSubject.END: "to",
    ChartSubject.HIGHEST_CLOSE: "highest close",
    ChartSubject.INTRADAY_HIGH: "intraday high",
    ChartSubject.HIGH: "high",
    ChartSubject.FIRST_ABOVE: "first above",
    ChartSubject.FIRST_BELOW: "first below",
    ChartSubject.STATED_DAYS: "as stated",
    ChartSubject.CLAIM: "claim",
    ChartSubject.REACHED: "reached",
    ChartSubject.TARGET: "target",
    ChartSubject.CROSS: "cross",
    ChartSubject.RISES: "rises",
}
_EXPRESSIONS: Final = {
    Expression.DISCOUNT: f"1 {MINUS} {{a:g}} / {{b:g}}",
    Expression.PREMIUM: f"{{b:g}} / {{a:g}} {MINUS} 1",
    Expression.DIFFERENCE: f"{{a:g}}% {MINUS} {{b:g}}%",
    Expression.RATIO_OF_GROWTH: f"(1 + {{a:g}}%) / (1 + {{b:g}}%) {MINUS} 1",
}


def render_formula(formula: Formula) -> str:
    """Return a formula as one text; empty for none."""
    return "; ".join(formula_clauses(formula))


def formula_clauses(formula: Formula) -> tuple[str, ...]:
    """Return the clauses of a formula, in reading order."""
    return tuple(clause for term in formula for clause in _clauses(term))


def _clauses(term: Term) -> tuple[str, ...]:
    text = TERM_TEXTS[term.kind]
    if callable(text):
        text = text(**term.operands)
        return (text,) if isinstance(text, str) else text
    templates = (text,) if isinstance(text, str) else text
    return tuple(_FORMATTER.vformat(template, (), term.operands) for template in templates)


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


def label_text(label: ChartLabel | PriceLevel, basis: Basis = Basis.PRICE) -> str:
    """Return the name of something on a chart on a basis; empty for none."""
    if isinstance(label, PriceLevel):
        return _level(label, basis)
    parts = [
        "" if label.subject is None else _subject(label.subject),
        "" if label.price is None else number(label.price, 2),
        "" if label.change is None else percent(label.change, 1),
        "" if label.day is None else _day(label.day),
        label.text,
    ]
    if label.count is not None:
        unit = label.counted
        parts.append(counted(label.count, unit) if unit else f"{label.count} in a row")
    return " ".join(filter(None, parts))


def _subject(subject: LabelSubject) -> str:
    return _SUBJECTS[subject] if isinstance(subject, ChartSubject) else str(subject)


# --- Operands ------------------------------------------------------------------------------------


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def _step(day: date, step: Step) -> str:
    return f"{day:%Y-%m}" if step is Step.MONTH else _day(day)


def _level(level: PriceLevel, basis: Basis = Basis.PRICE) -> str:
    price = number(level.price, 2)
    match level.origin:
        case LevelOrigin.HIGHEST_CLOSE if level.day is not None:
            return f"highest {close_name(basis)} {price} of {_day(level.day)}"
        case LevelOrigin.INTRADAY_HIGH if level.day is not None:
            return f"intraday high {price} of {_day(level.day)}"
        case LevelOrigin.CLOSE_OF_CLAIM:
            return f"the close of the claim, {price}"
    return price


def _extreme(extreme: Extreme, field: str) -> str:
    if extreme is Extreme.LAST_CLOSE:
        return str(extreme)
    return f"{extreme} close" if field == PriceField.CLOSE else f"{extreme} intraday {field}"


def _operand(value: object) -> str:
    """Return an operand as its type is written."""
    match value:
        case PricePoint(price, day):
            return f"{number(price, 2)} ({_day(day)})"
        case PriceLevel():
            return _level(value)
        case date() | Part():
            return check_value_text(value)
        case tuple():
            return ", ".join(map(_operand, value)) or "none"
        case float():
            return number(value, 2)
    return str(value)


# Formats of operands that are not written as their type is.
_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "0": lambda value: number(value, 0),
    "1": lambda value: number(value, 1),
    "3": lambda value: number(value, 3),
    "%": lambda value: percent(value, 2),
    "share 1": lambda value: percent(value, 1, sign=False),
    "share 2": lambda value: percent(value, 2, sign=False),
    "points": lambda value: points(value, 2),
    "x 100": lambda value: number(value * 100, 2),
    "bars": {"D": "daily", "W": "weekly"}.__getitem__,
}


class _Formatter(string.Formatter):
    """Python's format strings, with the formats of operands.

    ``n session`` counts with a noun, ``of close`` names an extreme, ``?yes |no`` writes ``yes``
    before an operand or ``no`` where there is none, and ``true|false`` chooses by a condition.
    """

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 (any operand)
        word, _, rest = format_spec.partition(" ")
        if format_spec in _FORMATS:
            return _FORMATS[format_spec](value)
        if word == "n":
            return counted(value, rest)
        if word == "of":
            return _extreme(value, rest)
        yes, _, no = format_spec.removeprefix("?").partition("|")
        if format_spec.startswith("?"):
            return no if value is None else yes + _operand(value)
        if "|" in format_spec:
            return yes if value else no
        return str(super().format_field(value, format_spec)) if format_spec else _operand(value)


_FORMATTER: Final = _Formatter()


# --- Terms whose words depend on their operands --------------------------------------------------


def _measurement(
    symbol: str, name: str, value: float, unit: str = "number", day: date | None = None
) -> str:
    text = {"percent": percent, "points": points}.get(unit, number)(value, 2)
    subject = f"{symbol}: {name}" if symbol else name
    return f"{subject} {text}" + (f" ({_day(day)})" if day else "")


def _price_change(change: formulas.PriceChange) -> str:
    start = _operand(change.start)
    if change.start_field is not PriceField.CLOSE:
        low = f"intraday {change.start_field} of {_day(change.start.day)}"
        start = f"{number(change.start.price, 2)} ({low})"
    name = f"{change.symbol}, dividends reinvested" if change.reinvested else change.symbol
    gain = percent(change.value, 2)
    return f"{name}: {_operand(change.end)} / {start} {MINUS} 1 = {gain}"


def _price_on_day(
    symbol: str, field: str, point: PricePoint, level: PriceLevel | None = None
) -> str:
    text = f"{field} of {symbol} on {_day(point.day)}: {number(point.price, 2)}"
    if level is None:
        return text
    sign = ">" if point.price > level.price else "<" if point.price < level.price else "="
    return f"{text} {sign} {_level(level)}"


def _runs(
    symbol: str, length: int, step: Step, since: date, runs: tuple[formulas.StreakRun, ...]
) -> tuple[str, ...]:
    texts = [f"{_step(run.start, step)} to {_step(run.end, step)} ({run.length})" for run in runs]
    head = f"runs of {length} {step}s or more on {symbol} since {_day(since)}: "
    return _listed(head, texts)


def _touches(
    low: float, high: float, side: str, arming_level: float, touches: tuple[formulas.ZoneTouch, ...]
) -> tuple[str, ...]:
    head = (
        f"touches of {number(low, 2)} to {number(high, 2)} from {side}, after a close {side} "
        f"{number(arming_level, 2)}: "
    )
    return _listed(head, [f"{_day(touch.day)} {touch.outcome}" for touch in touches])


def _listed(head: str, texts: list[str]) -> tuple[str, ...]:
    first, *others = texts or ["none"]
    return (head + first, *others)


def _line_name(name: str) -> str:
    word, _, length = name.partition(" ")
    return f"{word.upper() if word in _ABBREVIATIONS else word} {length}".rstrip()


def _line_cross(
    symbol: str,
    names: tuple[str, str],
    upward: bool,
    last: formulas.LinePair,
    after: formulas.LinePair | None = None,
    before: formulas.LinePair | None = None,
    bars_ago: int = 0,
) -> tuple[str, ...]:
    """Return the clauses of a cross: None after for no cross, None before for one at the start."""
    first, second = map(_line_name, names)
    end = f"{first} {number(last.first, 2)}, {second} {number(last.second, 2)} ({_day(last.day)})"
    if after is None:
        return (f"{symbol}: no such cross", end)
    sign, sign_after = ("<", ">") if upward else (">", "<")
    clauses = [
        f"{_day(after.day)}: {number(after.first, 2)} {sign_after} {number(after.second, 2)}, "
        f"{counted(bars_ago, 'bar')} before {_day(last.day)}",
        f"then {end}",
    ]
    if before is not None:
        values = f"{number(before.first, 2)} {sign} {second} {number(before.second, 2)}"
        clauses.insert(0, f"{_day(before.day)}: {first} {values}")
    return (f"{symbol}: {clauses[0]}", *clauses[1:])


def _arithmetic(expression: Expression, a: float, b: float | None, value: float) -> str:
    if expression is Expression.STATED_ELSEWHERE:
        return f"the same text states {number(a, 2)}% elsewhere"
    text = points if expression is Expression.DIFFERENCE else percent
    return f"{_EXPRESSIONS[expression].format(a=a, b=b)} = {text(value, 2)}"


# The text of each kind of term: templates of its clauses, or what writes them.
TERM_TEXTS: Final[Mapping[TermKind, str | tuple[str, ...] | Callable[..., _Clauses]]] = {
    TermKind.MEASUREMENT: _measurement,
    TermKind.PRICE_CHANGE: _price_change,
    TermKind.RETURN_DIFFERENCE: "difference {value:points}",
    TermKind.RETURN_QUOTIENT: "{own:x 100} / {other:x 100} = {value}",
    TermKind.OPEN_HORIZON: (
        "the prices of {symbol} end on {last}, before the end of the stretch{until:? on }"
    ),
    TermKind.OPEN_SPAN: "{span} is not over",
    TermKind.SHARE_OF_PERIODS: (
        "{symbol} {relation} {other} on {count} of {total:n {step}} from {start} to {end}: "
        "{share:share 1}"
    ),
    TermKind.VOLATILITY_RATIO: (
        "{symbol} {own:share 2} / {other} {others:share 2} = {value:3}: standard deviation of "
        "{returns:,} daily returns to {end}, times the square root of 252"
    ),
    TermKind.DRAWDOWN: (
        "{symbol}{reinvested: with dividends|}: {is_low:low |}{last} / "
        f"{{is_close:highest close|intraday high}} {{high}} {_LESS_1}"
    ),
    TermKind.EXTREME_PRICE: "{extreme:of {field}} of {symbol}{start:? from } to {end}: {point}",
    TermKind.EXTREME_WITHIN: "from {start} to {end}: {point}",
    TermKind.PRICE_ON_DAY: _price_on_day,
    TermKind.LEVEL_DISTANCE: f"{{symbol}}: {{is_low:low |}}{{point}} / {{level}} {_LESS_1}",
    TermKind.LEVEL_NEVER_PASSED: ("no {on} {side} {level} up to {end}{nearest:?: the nearest is }"),
    TermKind.LEVEL_PASSED: (
        "first {on} {side} {level}: {point}",
        "{sessions:n session} in all to {end}",
    ),
    TermKind.NO_LEVEL_CROSSING: "no {on} passed {level} in this stretch",
    TermKind.LEVEL_CROSSING: (
        "{before}, then {after} {side} {level.price}",
        "{last}, {sessions_ago:n session} later",
    ),
    TermKind.STREAK_CLOSES: "closes of {symbol}: {points}",
    TermKind.STREAK_RUNS: _runs,
    TermKind.ZONE_TOUCHES: _touches,
    TermKind.ZONE_MOVES: (
        "touches less than {sessions:n session} apart are of one move to the zone: "
        "{move_count:n move}"
    ),
    TermKind.AVERAGE_DISTANCE: (
        f"{{symbol}}: close {{point}} {MINUS} average of {{length}} {{frequency:bars}} closes "
        "{average} = {value}"
    ),
    TermKind.OSCILLATOR_VALUE: _OSCILLATOR,
    TermKind.OSCILLATOR_AGAINST_LEVEL: _OSCILLATOR + ", against {level:0}",
    TermKind.OSCILLATOR_NEARING: (
        _OSCILLATOR + ", between {level:0} and {edge:0}, from {earlier} {bars} bars before"
    ),
    TermKind.INDICATOR_AGAINST_CLOSE: _INDICATOR + " against the close {close.price}",
    TermKind.INDICATOR_AGAINST_LEVEL: _INDICATOR + ", against {level:g}",
    TermKind.CHANNEL_DISTANCE: (
        f"{{symbol}}: close {{point}} {MINUS} lower edge {{lower}} = {{value}}",
        "the line through the logs of the last {window} {frequency:bars} closes "
        "{rising:rises|falls}, its edges are {deviations:1} standard deviations away",
    ),
    TermKind.LINE_CROSS: _line_cross,
    TermKind.DATED_FACT: "{label}: {start}{end:? to } ({source})",
    TermKind.FED_MOVE: "{question}: {label} ({day})",
    TermKind.FED_RISES: ("{count:n rise} from {first} to {last}: the last, {label}"),
    TermKind.NO_FED_RISE: "no rise in that stretch",
    TermKind.NO_CUT_SINCE: "no cut since {label}",
    TermKind.EVENTS_OF_YEAR: "{kind_label} of {year}: {days}",
    TermKind.ARITHMETIC: _arithmetic,
    TermKind.TARGET_DISTANCE: f"{{target}} / {{field}} of {{symbol}} {{point}} {_LESS_1}",
    TermKind.NO_SESSION_AFTER: "no session{symbol:? of } after {day} yet",
    # Beyond the close of the claim itself: reaching it is not enough.
    TermKind.FIRST_REACHED: (
        "first {test.field} {beyond:|at or }{test.side} {level} after {after}: {point}"
    ),
    TermKind.EXTREME_AFTER_CLAIM: (
        "{extreme} {field} of {start} to {end}: {point}{missed:?, against }"
    ),
    TermKind.PRICE_AT_END: "{field} of {point.day}: {point.price} against {level}",
    TermKind.NO_CLOSE_ABOVE: "no close of {symbol} above {level} yet",
    TermKind.FED_FORECAST: ("{label} ({days[0]})", "by {until}: {days}"),
    TermKind.NO_FED_MOVE: (
        "no {action} after {after}",
        "{complete_until:?the catalogue is complete up to |nothing is known}",
    ),
    TermKind.AHEAD_UNTIL: "it lay ahead up to {day}",
    TermKind.HELD_UNTIL: "it held as of {day}, {sessions:n session} earlier",
    TermKind.FIRST_SINCE_RUN: "it is the first since the run that ended in {end}",
    TermKind.OTHER_SIDE_TOUCH: "from {side} it {touch.outcome} on {touch.day}",
    TermKind.NEXT_CROSS: "the next such cross, {bars:n bar} after the as-of: {day}",
    TermKind.REACHED_LATE: (
        "first {test.field} at or {test.side} {level}: {point}, {sessions:n session} late"
    ),
}
