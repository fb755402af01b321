"""Checks on dated facts, on arithmetic between stated values, and what no price can settle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.claims.chart_spec import ChartSpec
from rut_dash.claims.check_input import CheckInput
from rut_dash.claims.check_kind import CheckGroup, CheckKind, ParamVariant
from rut_dash.claims.check_params import CheckParam
from rut_dash.claims.check_result import (
    CheckResult,
    Verdict,
    day_text,
    highest,
    lowest,
    price_text,
    verdict_on,
)
from rut_dash.claims.checks.return_checks import both_returns, pair_chart_spec
from rut_dash.errors import InvalidParameter, NotComputable
from rut_dash.events.event import Direction, Event
from rut_dash.events.kinds import KINDS
from rut_dash.wording import counted, number, percent, points

__all__ = ["ROWS", "fed_actions"]

_ACTIONS: Final = {Direction.CUT: "cut", Direction.RAISE: "rise"}
_EXPECT: Final = (
    CheckParam("expect_from", "Expected from", "day"),
    CheckParam("expect_to", "Expected to", "day"),
)


def _held_before(inputs: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield the last day on which what lay behind was still ahead."""
    if inputs.get("relation") == "ahead of the day of the claim":
        start, *_ = _named_day(inputs)
        day = pd.Timestamp(start) - pd.Timedelta(days=1)
        if day <= inputs.data.published:
            yield f"it lay ahead up to {day_text(day)}", day_text(day)


def _chart_spec(day: date, end: date, label: str) -> ChartSpec:
    first, last = pd.Timestamp(day), pd.Timestamp(end)
    spans = ((first, last, label),) if last > first else ()
    return ChartSpec(start=first, end=last, days=((first, label),), spans=spans)


def _named_day(inputs: CheckInput) -> tuple[date, date, str, str, date | None]:
    """Return first and last day, label, source and day of announcement of what is named."""
    fact = inputs.data.facts.get(str(inputs.get("fact")))
    if fact is not None:
        return fact.start, fact.end, fact.label, fact.source, fact.announced
    if inputs.get("event") is None:
        raise InvalidParameter("the fact", inputs.get("fact"), "the id of a fact or of an event")
    event = inputs.data.event(str(inputs.get("event")))
    return event.date, event.date, event.label, event.source, None


def event_date(inputs: CheckInput) -> CheckResult:
    """When something happened, against when the claim puts it."""
    start, end, label, source, announced = _named_day(inputs)
    as_of = inputs.data.as_of.date()
    if inputs.get("counted_from", "when it took effect") == "when it was announced":
        if announced is None:
            raise InvalidParameter("the day of the announcement", label, "a fact that has one")
        start = end = announced
    relation = inputs.get("relation", "on the days expected")
    if relation == "by the day of the claim":
        holds = start <= as_of
    elif relation == "ahead of the day of the claim":
        holds = start > inputs.data.published.date()
    else:
        first, last = inputs.get("expect_from", start), inputs.get("expect_to", end)
        holds = first <= start and end <= last
    text = day_text(start) if start == end else f"{day_text(start)}..{day_text(end)}"
    return CheckResult(
        text,
        f"{label}: {text.replace('..', ' to ')} ({source})",
        verdict_on(holds),
        _chart_spec(start, end, label),
        "A fact, not a price.",
    )


def fed_actions(inputs: CheckInput, *, whole: bool = False) -> list[tuple[Event, str]]:
    """Return the changes of the Fed's target known by the as-of, each a cut or a rise."""
    catalogue = inputs.data.catalogue if whole else inputs.data.events
    return [
        (event, _ACTIONS[event.direction])
        for event in catalogue.of_kinds(("fed",))
        if event.direction is not None
    ]


def fed_cycle(inputs: CheckInput) -> CheckResult:
    """Where the Fed stood: the first cut of the cycle, its latest change, when it raised."""
    actions = fed_actions(inputs)
    if not actions:
        raise NotComputable("The catalogue knows no change of the Fed by then")
    what = inputs.get("what", "first cut after the last rise")
    first, last = inputs.day("expect_from"), inputs.day("expect_to")
    if what == "rises":
        inside = [
            event
            for event, action in actions
            if action == "rise"
            and (first is None or pd.Timestamp(event.date) >= first)
            and (last is None or pd.Timestamp(event.date) <= last)
        ]
        if not inside:
            return CheckResult(None, "no rise in that stretch", Verdict.FALSE)
        start, end = inside[0].date, inside[-1].date
        return CheckResult(
            f"{day_text(start)}..{day_text(end)}",
            f"{counted(len(inside), 'rise')} from {day_text(start)} to {day_text(end)}: the last, "
            f"{inside[-1].label}",
            Verdict.CONFIRMED,
            _chart_spec(start, end, "rises"),
            "A fact, not a price.",
        )
    if what == "latest change":
        until = inputs.data.catalogue.complete_until.get("fed")
        if until is None or pd.Timestamp(until) < inputs.data.as_of:
            raise NotComputable(
                f"The catalogue has the Fed's changes up to {until}, not to "
                f"{day_text(inputs.data.as_of)}",
                "Add later ones to it",
            )
        event, action = actions[-1]
        ago = (inputs.data.as_of - pd.Timestamp(event.date)).days
        holds = action == "cut" and ago <= int(inputs.get("within_days", 28))
    else:
        order = [action for _, action in actions]
        rises = [at for at, action in enumerate(order) if action == "rise"]
        after = rises[-1] + 1 if rises else 0
        if after >= len(actions):
            return CheckResult(None, f"no cut since {actions[-1][0].label}", Verdict.FALSE)
        event = actions[after][0]
        if what == "first cut after a pause":
            pause = pd.Timedelta(days=int(inputs.get("pause_days", 180)))
            days = [pd.Timestamp(e.date) for e, _ in actions]
            resumed = [
                at for at in range(max(after, 1), len(actions)) if days[at] - days[at - 1] >= pause
            ]
            event = actions[resumed[-1]][0] if resumed else event
        day = pd.Timestamp(event.date)
        holds = (first is None or day >= first) and (last is None or day <= last)
    return CheckResult(
        day_text(event.date),
        f"{what}: {event.label} ({day_text(event.date)})",
        verdict_on(holds),
        _chart_spec(event.date, event.date, event.label),
        "A fact, not a price.",
    )


def events_per_year(inputs: CheckInput) -> CheckResult:
    """How many events of a kind there are in the year of the claim."""
    kind = str(inputs.get("event_kind"))
    if kind not in KINDS:
        raise InvalidParameter("the kind of event", kind, f"one of {', '.join(KINDS)}")
    year = inputs.data.as_of.year
    rule = KINDS[kind].rule
    # What a rule generates is known ahead; of what is listed, only what lay behind.
    events = {event.id: event for event in inputs.data.events.of_kinds((kind,))}
    if rule is not None:
        events |= {event.id: event for event in rule(date(year, 12, 31))}
    days = sorted(event.date for event in events.values() if event.date.year == year)
    listed = ", ".join(map(day_text, days)) or "none"
    return CheckResult(
        float(len(days)),
        f"{KINDS[kind].label} of {year}: {listed}",
        None,
        ChartSpec(
            start=pd.Timestamp(days[0]) if days else None,
            end=pd.Timestamp(days[-1]) if days else None,
            days=tuple((pd.Timestamp(day), KINDS[kind].event_label) for day in days),
        ),
        "A fact, not a price.",
    )


# --- Arithmetic ----------------------------------------------------------------------------------


def arithmetic(inputs: CheckInput) -> CheckResult:
    """Compute what follows from values that the text states, or from one and a close."""
    how = str(inputs.get("expression"))
    if how == "target over close":
        if inputs.get("target") is None:
            raise InvalidParameter("the arithmetic", how, "given its target")
        target = float(inputs.get("target"))
        on = str(inputs.get("on", "close"))
        column = inputs.close if on == "close" else inputs.data.bars(inputs.symbol)[on]
        at, level = column.index[-1], float(column.iloc[-1])
        value = target / level - 1.0
        return CheckResult(
            value,
            f"{price_text(target)} / {on} of {inputs.symbol} {price_text(level)} ({day_text(at)}) "
            f"\N{MINUS SIGN} 1 = {percent(value, 2)}",
            None,
            ChartSpec(
                (inputs.symbol,),
                column.index[max(0, len(column) - 252)],
                at,
                levels=((target, f"target {price_text(target)}"), (level, price_text(level))),
                days=((at, on),),
            ),
        )
    a, b = inputs.get("a"), inputs.get("b")
    if a is None or b is None:
        raise InvalidParameter("the arithmetic", how, "given both values, a and b")
    a, b = float(a), float(b)
    texts: dict[str, tuple[Callable[[], float], str]] = {
        "discount": (lambda: 1.0 - a / b, "1 \N{MINUS SIGN} {a} / {b}"),
        "premium": (lambda: b / a - 1.0, "{b} / {a} \N{MINUS SIGN} 1"),
        "difference": (lambda: (a - b) / 100.0, "{a} \N{MINUS SIGN} {b}"),
        "ratio of growth": (
            lambda: (1.0 + a / 100.0) / (1.0 + b / 100.0) - 1.0,
            "(1 + {a}%) / (1 + {b}%) \N{MINUS SIGN} 1",
        ),
    }
    compute, text = texts[how]
    try:
        value = compute()
    except ZeroDivisionError:
        raise InvalidParameter("the arithmetic", how, "of values that are not 0") from None
    formula = text.format(a=f"{a:g}", b=f"{b:g}")
    return CheckResult(value, f"{formula} = {number(value * 100, 2)}", None)


# --- What followed -------------------------------------------------------------------------------


def _followed(inputs: CheckInput) -> tuple[pd.DataFrame, pd.Timestamp, bool]:
    """Return the bars within the horizon, the last of all sessions, and whether it is over."""
    whole = inputs.data.whole(inputs.symbol)
    index = whole.sessions
    begin = int(index.searchsorted(inputs.data.published, side="right"))
    after = whole.bars.iloc[begin:]
    last = whole.last_session
    if inputs.get("sessions"):
        horizon = int(inputs.get("sessions"))
        return after.iloc[:horizon], last, len(after) >= horizon
    until = inputs.day("until")
    if until is None and inputs.get("months"):
        until = inputs.data.published + pd.DateOffset(months=int(inputs.get("months")))
    if until is None:
        return after, last, False
    return after.loc[:until], last, last >= until


def forecast_level(inputs: CheckInput) -> CheckResult:
    """Whether a level was reached after the claim, within its horizon."""
    after, last, over = _followed(inputs)
    published = inputs.data.history(inputs.symbol)
    base = float(published.bars["close"].iloc[-1])
    level = float(inputs.get("level", base))
    test = str(inputs.get("test", "close at or above"))
    what, _, direction = test.partition(" at or ")
    column = after[{"close": "close", "high": "high", "low": "low"}[what]]
    up = direction == "above"
    test_words = f"at or {direction}" if inputs.get("level") is not None else direction
    reached = column >= level if up else column <= level
    if inputs.get("level") is None:
        reached = column > level if up else column < level
    hits = after.index[reached.to_numpy()]
    name = price_text(level) if inputs.get("level") is not None else (
        f"the close of the claim, {price_text(level)}"
    )  # fmt: skip
    shown = ChartSpec(
        (inputs.symbol,),
        published.sessions[max(0, len(published.sessions) - 120)],
        after.index[-1] if len(after) else last,
        levels=((level, name),),
        days=((published.last_session, "claim"), *(((hits[0], "reached"),) if len(hits) else ())),
    )
    verdict = Verdict.FALSE if over else Verdict.NOT_YET_KNOWN
    if column.empty:
        text = f"no session of {inputs.symbol} after {day_text(published.last_session)} yet"
        return CheckResult(None, text, Verdict.NOT_YET_KNOWN, shown)
    best, extreme = (highest if up else lowest)(column)
    far = (
        f"{'highest' if up else 'lowest'} {what} of {day_text(column.index[0])} to "
        f"{day_text(column.index[-1])}: {price_text(extreme)} ({day_text(best)})"
    )
    if len(hits) and inputs.get("at_end", "no") == "no":
        first = hits[0]
        text = (
            f"first {what} {test_words} {name} after {day_text(published.last_session)}: "
            f"{price_text(float(column.loc[first]))} ({day_text(first)}); {far}"
        )
        return CheckResult(day_text(first), text, Verdict.CONFIRMED, shown)
    if inputs.get("at_end", "no") == "yes":
        value = float(column.iloc[-1])
        text = f"{what} of {day_text(column.index[-1])}: {price_text(value)} against {name}; {far}"
        held = bool(reached.iloc[-1])
        return CheckResult(value, text, verdict_on(held) if over else Verdict.NOT_YET_KNOWN, shown)
    return CheckResult(extreme, f"{far}, against {name}", verdict, shown)


def _reached_later(inputs: CheckInput) -> Iterator[tuple[str, str]]:
    """Yield when the level was reached, where that was after the horizon."""
    if inputs.get("level") is None:
        return
    after, _, over = _followed(inputs)
    whole = inputs.data.whole(inputs.symbol)
    test = str(inputs.get("test", "close at or above"))
    what, _, direction = test.partition(" at or ")
    later = whole.bars.loc[after.index[-1] :].iloc[1:][what] if len(after) and over else None
    if later is None:
        return
    level = float(inputs.get("level"))
    hits = later.index[(later >= level if direction == "above" else later <= level).to_numpy()]
    if len(hits):
        sessions = int(sessions_of(later).searchsorted(hits[0])) + 1
        yield (
            f"first {test} {price_text(level)}: "
            f"{price_text(float(later.loc[hits[0]]))} ({day_text(hits[0])}), "
            f"{counted(sessions, 'session')} late",
            day_text(hits[0]),
        )


def forecast_relative(inputs: CheckInput) -> CheckResult:
    """Whether one series did better, or worse, than another after the claim."""
    other = inputs.other
    histories = [inputs.data.whole(symbol) for symbol in (inputs.symbol, other)]
    last = min(history.last_session for history in histories)
    data = inputs.data.at(last)
    later = CheckInput(data, inputs.symbol, inputs.basis, inputs.params)
    start = inputs.day("start") or inputs.data.published
    level = inputs.get("level")
    if level is not None:
        close = later.close.loc[inputs.data.published :].iloc[1:]
        broke = close.index[(close > float(level)).to_numpy()]
        if broke.empty:
            text = f"no close of {inputs.symbol} above {price_text(float(level))} yet"
            return CheckResult(None, text, Verdict.NOT_YET_KNOWN)
        start = broke[0]
    begin = later.session(start)
    until = inputs.day("until")
    if until is None and inputs.get("months"):
        until = start + pd.DateOffset(months=int(inputs.get("months")))
    if inputs.get("sessions"):
        index = sessions_of(later.close)
        place = int(index.searchsorted(begin)) + int(inputs.get("sessions"))
        over, end = place < len(index), index[min(place, len(index) - 1)]
    else:
        over = until is not None and last >= until
        end = later.session(last if until is None else min(until, last))
    if end <= begin:
        text = f"no session after {day_text(begin)} yet"
        return CheckResult(None, text, Verdict.NOT_YET_KNOWN)
    own, against, formula = both_returns(later, begin, end)
    lead = own - against
    expect = str(inputs.get("expect", "ahead"))
    holds = lead > 0 if expect == "ahead" else lead < 0
    horizon = f" to {day_text(until)}" if until is not None else ""
    return CheckResult(
        lead,
        f"{formula}; difference {points(lead, 2)}"
        f"{'' if over else f'; the stretch{horizon} is not over'}",
        verdict_on(holds) if over else Verdict.NOT_YET_KNOWN,
        pair_chart_spec(later, begin, end),
    )


def forecast_fed(inputs: CheckInput) -> CheckResult:
    """Whether the Fed cut, or raised, its target after the claim, by a day."""
    until = inputs.day("until")
    assert until is not None
    action = str(inputs.get("action", "cut"))
    actions = [
        event
        for event, kind in fed_actions(inputs, whole=True)
        if kind == action and inputs.data.published < pd.Timestamp(event.date) <= until
    ]
    if actions:
        first = actions[0]
        listed = ", ".join(day_text(event.date) for event in actions)
        return CheckResult(
            day_text(first.date),
            f"{first.label} ({day_text(first.date)}); by {day_text(until)}: {listed}",
            Verdict.CONFIRMED,
            _chart_spec(first.date, actions[-1].date, first.label),
            "A fact, not a price.",
        )
    complete = inputs.data.catalogue.complete_until.get("fed")
    over = complete is not None and pd.Timestamp(complete) >= until
    known = f"the catalogue is complete up to {complete}" if complete else "nothing is known"
    return CheckResult(
        None,
        f"no {action} after {day_text(inputs.data.published)}; {known}",
        Verdict.FALSE if over else Verdict.NOT_YET_KNOWN,
    )


# --- What prices cannot settle -------------------------------------------------------------------


def _not_from_prices(what: str) -> Callable[[CheckInput], CheckResult]:
    def run(inputs: CheckInput) -> CheckResult:
        needs = inputs.get("needs") or what
        raise NotComputable(f"Prices of funds and indices cannot settle this: it needs {needs}")

    return run


def pattern(inputs: CheckInput) -> CheckResult:
    """Refuse: a chart pattern is not looked for; its level is drawn."""
    raise NotComputable("A pattern is a matter of view: none is looked for, its level is drawn")


_NEEDS: Final = CheckParam("needs", "Needs", "text", help="the data that would settle it")
_TARGET: Final = (
    CheckParam("months", "Within months", "count"),
    CheckParam("sessions", "Within sessions", "count"),
    CheckParam("until", "By", "day"),
)


def _outside(key: str, label: str, what: str, *params: CheckParam) -> CheckKind:
    return CheckKind(
        key,
        label,
        f"Not computable from prices of funds and indices: it needs {what}.",
        (_NEEDS, *params),
        _not_from_prices(what),
        group=CheckGroup.OUTSIDE_PRICES,
        needs_series=False,
    )


_SYMBOLS: Final = CheckParam("symbols", "Stocks", "text", help="tickers, with commas")

ROWS: Final = (
    CheckKind(
        "event_date",
        "Date of an event",
        "When something happened, against when the claim puts it.",
        (
            CheckParam("event", "Event", "event", help="the id of an event of the catalogue"),
            CheckParam("fact", "Or a fact", "text", help="the id of a fact of the file of claims"),
            *_EXPECT,
            CheckParam("relation", "Happened", "choice",
                  choices=("on the days expected", "by the day of the claim",
                           "ahead of the day of the claim")),
            CheckParam("counted_from", "Counted from", "choice",
                  choices=("when it took effect", "when it was announced")),
        ),
        event_date,
        group=CheckGroup.FACTS,
        needs_series=False,
        near_misses=_held_before,
        param_variants=(
            ParamVariant("counted_from", ("when it took effect", "when it was announced")),
        ),
    ),
    CheckKind(
        "fed_cycle",
        "Where the Fed stood",
        "The first cut of the cycle, the latest change, or when the Fed raised.",
        (
            CheckParam("what", "Which", "choice",
                  choices=("first cut after the last rise", "first cut after a pause",
                           "latest change", "rises")),
            *_EXPECT,
            CheckParam("within_days", "A cut within days", "count"),
            CheckParam("pause_days", "A pause of days", "count"),
        ),
        fed_cycle,
        group=CheckGroup.FACTS,
        needs_series=False,
        param_variants=(
            ParamVariant("what", ("first cut after the last rise", "first cut after a pause")),
        ),
    ),
    CheckKind(
        "events_per_year",
        "Events in a year",
        "How many events of a kind there are in the year of the claim.",
        (CheckParam("event_kind", "Kind of event", "choice", required=True, choices=KINDS),),
        events_per_year,
        group=CheckGroup.FACTS,
        needs_series=False,
        unit="a year",
    ),
    CheckKind(
        "arithmetic",
        "Arithmetic",
        "What follows from values that the text states, or from one and a close.",
        (
            CheckParam("expression", "Expression", "choice", required=True,
                  choices=("target over close", "discount", "premium", "difference",
                           "ratio of growth")),
            CheckParam("a", "a", "number"),
            CheckParam("b", "b", "number"),
            CheckParam("target", "Target", "number"),
            CheckParam("on", "Over its", "choice", choices=("close", "high", "low")),
        ),
        arithmetic,
        group=CheckGroup.FACTS,
        needs_series=False,
        optional_series=True,
        percent=True,
        unit="%",
        vary=frozenset({"as_of"}),
        param_variants=(
            ParamVariant("on", ("close", "high", "low")),
            ParamVariant("expression", ("discount", "premium")),
            ParamVariant("expression", ("difference", "ratio of growth")),
        ),
        pinned_by=("a",),
    ),
    CheckKind(
        "forecast_level",
        "Forecast of a level",
        "Whether a level was reached after the claim, within its horizon.",
        (
            CheckParam("test", "Test", "choice",
                  choices=("close at or above", "close at or below", "high at or above",
                           "high at or below", "low at or above", "low at or below")),
            CheckParam(
                "level", "Level", "number", help="the close of the claim where empty: beyond it"
            ),
            CheckParam("at_end", "Judged at the end alone", "choice", choices=("no", "yes")),
            *_TARGET,
        ),
        forecast_level,
        group=CheckGroup.FORECASTS,
        forecast=True,
        unit="$",
        near_misses=_reached_later,
    ),
    CheckKind(
        "forecast_relative",
        "Forecast of a lead",
        "Whether one series did better than another after the claim.",
        (
            CheckParam("other", "Against", "symbol", required=True),
            CheckParam("expect", "Expected", "choice", choices=("ahead", "behind")),
            CheckParam("start", "From", "day", help="the day of the claim where empty"),
            CheckParam("level", "Or from the first close above", "number"),
            *_TARGET,
        ),
        forecast_relative,
        group=CheckGroup.FORECASTS,
        forecast=True,
        percent=True,
        unit="points",
    ),
    CheckKind(
        "forecast_fed",
        "Forecast of the Fed",
        "Whether the Fed cut, or raised, after the claim and by a day.",
        (
            CheckParam("action", "Action", "choice", choices=("cut", "rise")),
            CheckParam("until", "By", "day", required=True),
        ),
        forecast_fed,
        group=CheckGroup.FORECASTS,
        needs_series=False,
        forecast=True,
    ),
    _outside("quoted", "Quoted figure", "a source other than prices"),
    _outside("constituent_return", "Return of members", "prices of the index's members", _SYMBOLS),
    _outside("holdings", "Holdings", "the fund's holdings of that time"),
    _outside("breadth", "Breadth", "prices of all members of that time"),
    CheckKind(
        "pattern",
        "Chart pattern",
        "A pattern is not looked for; its level is drawn.",
        (_NEEDS, CheckParam("level", "Level", "number"), CheckParam("start", "From", "day")),
        pattern,
        group=CheckGroup.OUTSIDE_PRICES,
        needs_series=False,
        optional_series=True,
    ),
)  # fmt: skip
