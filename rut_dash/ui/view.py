"""The view of a reader and its link: one typed value, one table of URL parameters.

Pure of Streamlit. A field is added by a row of `PARAMS` and a value in `DEFAULTS`; reading a
link and writing one follow from them. What there is to choose from (indicators, kinds of event,
kinds of check) is read from the registries at every call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.claims.kind_aliases import KIND_ALIASES
from rut_dash.errors import (
    FurtherIgnoredInputs,
    IgnoredInput,
    InvalidInput,
    InvalidParameter,
    RutDashError,
    UnknownParameter,
)
from rut_dash.events.event import Direction
from rut_dash.events.kinds import KINDS
from rut_dash.iso_dates import is_iso_date, parse_iso_date
from rut_dash.market.history import Basis
from rut_dash.market.instruments import BENCHMARKS, FUNDS, normalise_us_symbol

# "ANCHOR" starts shortly before the anchor, so that the way into it is on the screen too.
WINDOWS: Final = ("1M", "3M", "6M", "YTD", "1Y", "3Y", "5Y", "10Y", "MAX", "ANCHOR")

# What a link means where it says nothing, by the version of the defaults that the link carries.
# A version lists what it changes of the one before. To change a default, add a version with the
# new value: links written before keep their meaning, new ones carry the new version.
# The default settings of an indicator are in its row: if one changes, write the old value under
# "parameters" of the versions before, and an empty tuple under that of the new version.
DEFAULTS: Final[dict[int, Mapping[str, Any]]] = {
    1: {
        "fund": FUNDS[0],
        "benchmark": BENCHMARKS[0],
        "window": "ANCHOR",
        "basis": Basis.PRICE,
        "anchor": "low-2025-04-08",
        "kinds": ("tariff", "fed", "market", "index"),
        "frequency": "D",
        "scale": "linear",
        "leg": "fund",
        "indicators": ("sma", "sma_long", "bollinger", "macd", "rsi"),
        "parameters": (),
        "directions": (),
        "study_columns": "comparison",
        "claim": "",
        "claim_sources": (),
        "claim_verdicts": (),
        "claim_kind": "",
    },
}

VERSION_KEY: Final = "v"
# A link without a version was written before there were versions.
_UNVERSIONED: Final = 1
_NONE: Final = "none"
# Characters of one value: there is room for all the settings of some eighty indicators.
_MAX_LENGTH: Final = 2000
# A link of thousands of unknown parameters must not become thousands of notices.
_MAX_PROBLEMS: Final = 5
_EVENT_ID: Final = re.compile(r"(?=.{1,60}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
_CLAIM_ID: Final = re.compile(r"(?=.{1,40}\Z)[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*")
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
# Streamlit's own parameters (embedding) belong to no view and are no mistake.
_PLATFORM: Final = ("embed", "embed_options")

# Fields that no chart depends on.
_OF_TABLES: Final = (
    "directions", "study_columns", "claim", "claim_sources", "claim_verdicts", "claim_kind",
)  # fmt: skip

# An indicator's key, the name of its parameter, and the value.
IndicatorSetting = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class ViewState:
    """One view, whole: equal views have equal links and equal figures.

    Parameters
    ----------
    fund, benchmark
        Symbols, never the same.
    window
        One of `WINDOWS`, or ``start..end`` with two ISO dates (see `span_of`).
    anchor
        An event's id, or an ISO date: where "since" begins.
    kinds
        Keys of the event kinds on the charts, in the order of `KINDS`.
    frequency
        ``D`` for daily bars, ``W`` for weekly ones.
    scale
        ``linear`` or ``log``.
    leg
        ``fund`` or ``benchmark``: the symbol of the single-symbol charts.
    indicators
        Keys of the indicators on the chart, in the order of `INDICATORS`.
    parameters
        Indicator settings that differ from their defaults, sorted.
    directions
        Names of `Direction`, of the events in the table of events; empty for all.
    study_columns
        What the table of events shows: ``comparison`` of both legs, or all of ``fund`` or
        ``benchmark``.
    claim
        The id of the claim that is open; empty for none.
    claim_sources, claim_verdicts, claim_kind
        Filters of the claims by source, verdict and kind of check; empty for all.
    """

    fund: str
    benchmark: str
    window: str
    basis: Basis
    anchor: str
    kinds: tuple[str, ...]
    frequency: str
    scale: str
    leg: str
    indicators: tuple[str, ...]
    parameters: tuple[IndicatorSetting, ...]
    directions: tuple[str, ...] = ()
    study_columns: str = "comparison"
    claim: str = ""
    claim_sources: tuple[str, ...] = ()
    claim_verdicts: tuple[str, ...] = ()
    claim_kind: str = ""

    def with_(self, **fields: Any) -> ViewState:  # noqa: ANN401 - fields have many types
        """Return the view with some fields changed."""
        return replace(self, **fields)

    @property
    def for_figures(self) -> ViewState:
        """The view with the defaults of what concerns the tables of events and claims alone."""
        defaults = default_view()
        return replace(self, **{name: getattr(defaults, name) for name in _OF_TABLES})

    @property
    def version(self) -> str:
        """A text that differs wherever two views do."""
        return repr(self)

    @property
    def legs(self) -> tuple[str, str]:
        """The fund's symbol, then the benchmark's."""
        return (self.fund, self.benchmark)


@dataclass(frozen=True, slots=True)
class UrlParam:
    """One field of a view and its parameter in a link.

    Parameters
    ----------
    key
        The parameter's name in the URL.
    parse
        Turns the text of a link into the value; raises ValueError or InvalidInput.
    expected
        What is accepted, for the notice about a bad value; ``{}`` stands for the options.
    format
        Turns the value into the text of a link; ``parse(format(value)) == value``.
    options
        The words that there are to choose from, read at every call: a registry may grow.
    """

    field: str
    key: str
    parse: Callable[[str], Any]
    expected: str
    format: Callable[[Any], str] = str
    options: Collection[str] = ()


def default_view(version: int | None = None) -> ViewState:
    """Return the view of a link that says nothing.

    Parameters
    ----------
    version
        A key of `DEFAULTS`; the newest where None.
    """
    newest = max(DEFAULTS) if version is None else version
    fields: dict[str, Any] = {}
    for number in sorted(DEFAULTS):
        if number <= newest:
            fields.update(DEFAULTS[number])
    return ViewState(**fields)


def _choice(
    field: str,
    key: str,
    options: Collection[str],
    expected: str,
    aliases: Mapping[str, str] | None = None,
) -> UrlParam:
    """Return the parameter of a choice of one word, in any case, or of an earlier name of one."""

    def parse(text: str) -> str:
        by_name = dict(aliases or {}) | {option.casefold(): option for option in options}
        try:
            return by_name[text.casefold()]
        except KeyError:
            raise ValueError(text) from None

    return UrlParam(field, key, parse, expected, options=options)


def _choices(field: str, key: str, options: Collection[str]) -> UrlParam:
    """Return the parameter of a choice of several words, in the order of the options."""

    def parse(text: str) -> tuple[str, ...]:
        if text == _NONE:
            return ()
        words = {part.strip() for part in text.split(",")}
        if not words <= set(options):
            raise ValueError(text)
        return tuple(option for option in options if option in words)

    return UrlParam(field, key, parse, f"some of {{}}, or {_NONE}", _joined, options)


def _joined(values: Sequence[str]) -> str:
    return ",".join(values) or _NONE


def span_of(window: str) -> tuple[date, date] | None:
    """Return the first and last date of a free range; None for a preset."""
    start, dots, end = window.partition("..")
    return (parse_iso_date(start), parse_iso_date(end)) if dots else None


def _parse_window(text: str) -> str:
    if ".." not in text:
        if text.upper() not in WINDOWS:
            raise ValueError(text)
        return text.upper()
    span = span_of(text)
    if span is None or span[0] >= span[1]:
        raise ValueError(text)
    return text


def _parse_anchor(text: str) -> str:
    if is_iso_date(text):
        return parse_iso_date(text).isoformat()
    if not _EVENT_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _format_parameters(settings: Sequence[IndicatorSetting]) -> str:
    # All digits of a number, without an exponent.
    return (
        ",".join(
            f"{key}.{name}:{Decimal(str(value)).normalize():f}" for key, name, value in settings
        )
        or _NONE
    )


def _parse_parameters(text: str) -> tuple[IndicatorSetting, ...]:
    """Parse ``rsi.length:21,macd.fast:10``."""
    if text == _NONE:
        return ()
    values: dict[str, dict[str, float]] = {}
    for part in text.split(","):
        name, colon, value = part.strip().partition(":")
        key, dot, param = name.partition(".")
        if not (colon and dot and _NUMBER.fullmatch(value)):
            raise ValueError(text)
        values.setdefault(key, {})[param] = float(value) if "." in value else int(value)
    if not values.keys() <= INDICATORS.keys():
        raise ValueError(text)
    try:
        resolved = {key: INDICATORS[key].resolve(of) for key, of in values.items()}
    except InvalidParameter as error:
        raise ValueError(text) from error
    return tuple((key, name, resolved[key][name]) for key, of in values.items() for name in of)


def changed_parameters(
    values: Mapping[str, Mapping[str, float]],
) -> tuple[IndicatorSetting, ...]:
    """Return the settings that differ from their defaults, in the form of a view.

    Parameters
    ----------
    values
        By key of the indicator, then by name of the parameter.
    """
    defaults = {(row.key, p.name): p.default for row in INDICATORS.values() for p in row.params}
    settings = ((key, name, value) for key, of in values.items() for name, value in of.items())
    return tuple(sorted(s for s in settings if s[2] != defaults[s[:2]]))


def parameters_of(view: ViewState) -> dict[str, dict[str, float]]:
    """Return the settings of a view by indicator; those at their default are left out."""
    return by_indicator(view.parameters)


def by_indicator(settings: Iterable[IndicatorSetting]) -> dict[str, dict[str, float]]:
    """Return settings by key of the indicator, then by name of the parameter."""
    values: dict[str, dict[str, float]] = {}
    for key, name, value in settings:
        values.setdefault(key, {})[name] = value
    return values


def _parse_id(text: str) -> str:
    if not _CLAIM_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _parse_ids(text: str) -> tuple[str, ...]:
    """Parse ids with commas; they are sorted, so that equal choices have equal links."""
    if text == _NONE:
        return ()
    return tuple(sorted({_parse_id(part.strip()) for part in text.split(",")}))


PARAMS: Final[tuple[UrlParam, ...]] = (
    UrlParam("fund", "fund", normalise_us_symbol, "a ticker such as IWM or ^RUT"),
    UrlParam("benchmark", "benchmark", normalise_us_symbol, "a ticker such as SPY or ^GSPC"),
    UrlParam(
        "window",
        "window",
        _parse_window,
        "one of {} or two dates such as 2024-01-02..2025-04-08",
        options=WINDOWS,
    ),
    UrlParam("basis", "basis", Basis, "price or total"),
    UrlParam("anchor", "anchor", _parse_anchor, "the id of an event or a date such as 2025-04-08"),
    _choices("kinds", "events", KINDS),
    _choice("frequency", "bars", ("D", "W"), "D or W"),
    _choice("scale", "scale", ("linear", "log"), "linear or log"),
    _choice("leg", "leg", ("fund", "benchmark"), "fund or benchmark"),
    _choices("indicators", "show", INDICATORS),
    UrlParam(
        "parameters",
        "set",
        _parse_parameters,
        "settings such as rsi.length:21,macd.fast:10",
        _format_parameters,
    ),
    _choices("directions", "directions", [direction.value for direction in Direction]),
    _choice(
        "study_columns",
        "columns",
        ("comparison", "fund", "benchmark"),
        "comparison, fund or benchmark",
    ),
    UrlParam("claim", "claim", _parse_id, "the id of a claim such as A0-1a"),
    UrlParam(
        "claim_sources", "sources", _parse_ids, f"ids of sources such as A0,A1, or {_NONE}", _joined
    ),
    _choices("claim_verdicts", "verdicts", [verdict.value for verdict in Verdict]),
    _choice(
        "claim_kind",
        "check",
        CHECKS,
        "a kind of check such as level_at",
        {key: alias.kind for key, alias in KIND_ALIASES.items()},
    ),
)
DEFAULT_VIEW: Final = default_view()


def parse_view(
    query: Mapping[str, str | Sequence[str]], anchors: Collection[str] | None = None
) -> tuple[ViewState, list[RutDashError]]:
    """Read a view from the parameters of a link.

    Parameters
    ----------
    query
        Text, or all the texts of a repeated parameter, by parameter.
    anchors
        The ids of the events there are; None accepts any that could be one.

    Returns
    -------
    view
        With the default of the link's version wherever the link says nothing or nothing usable.
    problems
        One for each value that is ignored, at most five and one that counts the rest.
    """
    problems: list[RutDashError] = []
    keys = {row.key for row in PARAMS} | {VERSION_KEY}
    for key in query:
        if key not in keys and key not in _PLATFORM:
            problems.append(UnknownParameter(key[:24]))
    defaults = default_view(_parse_version(query, keys, problems))
    values: dict[str, Any] = {}
    for row in PARAMS:
        if row.key not in query:
            continue
        text = _single_text(row.key, query[row.key], problems)
        if text is None:
            continue
        try:
            if len(text) > _MAX_LENGTH:
                raise ValueError(text)
            value = row.parse(text.strip())
            if row.field == "anchor" and anchors is not None and not _is_anchor(value, anchors):
                raise ValueError(text)
        except InvalidInput as error:
            problems.append(IgnoredInput(row.key, text, error.expected))
        except ValueError:
            expected = row.expected.format(", ".join(row.options))
            problems.append(IgnoredInput(row.key, text, expected))
        else:
            values[row.field] = value
    settings = by_indicator((*defaults.parameters, *values.get("parameters", ())))
    values["parameters"] = changed_parameters(settings)
    view = replace(defaults, **values)
    if view.fund == view.benchmark:
        other = other_benchmark(view.fund)
        problems.append(
            IgnoredInput("benchmark", view.benchmark, f"another symbol than {view.fund}")
        )
        view = view.with_(benchmark=other)
    if len(problems) > _MAX_PROBLEMS:
        problems[_MAX_PROBLEMS:] = [FurtherIgnoredInputs(len(problems) - _MAX_PROBLEMS)]
    return view, problems


def _parse_version(
    query: Mapping[str, str | Sequence[str]], keys: Collection[str], problems: list[RutDashError]
) -> int:
    """Return the version of the defaults that a link was written with.

    The newest for a bare address: it asks for the page as it is today.
    """
    newest = max(DEFAULTS)
    if VERSION_KEY not in query:
        return _UNVERSIONED if any(key in keys for key in query) else newest
    text = _single_text(VERSION_KEY, query[VERSION_KEY], problems)
    if text is None:
        return newest
    if text in map(str, DEFAULTS):
        return int(text)
    expected = f"a version of the links of this page, up to {newest}"
    problems.append(IgnoredInput(VERSION_KEY, text, expected))
    return newest


def _single_text(key: str, texts: str | Sequence[str], problems: list[RutDashError]) -> str | None:
    """Return the text of a parameter; None, with a problem, for a repeated one."""
    if not isinstance(texts, str) and len(texts) != 1:
        problems.append(IgnoredInput(key, _text(texts), "one value, not several"))
        return None
    return _text(texts)


def other_benchmark(fund: str) -> str:
    """Return the first configured benchmark that is not the fund itself."""
    return next(symbol for symbol in BENCHMARKS if symbol != fund)


def _text(texts: str | Sequence[str]) -> str:
    return texts if isinstance(texts, str) else ", ".join(texts)


def _is_anchor(value: str, anchors: Collection[str]) -> bool:
    return value in anchors or is_iso_date(value)


def to_query(view: ViewState) -> dict[str, str]:
    """Return the parameters of the address of a view; what is at its default is left out.

    The version of the defaults is among them where there was another before.
    """
    newest = max(DEFAULTS)
    query = _changed_fields(view)
    if query and newest != _UNVERSIONED:
        query[VERSION_KEY] = str(newest)
    return query


def shared_query(view: ViewState) -> dict[str, str]:
    """Return the parameters of a link to keep: always with the version of the defaults."""
    return {**_changed_fields(view), VERSION_KEY: str(max(DEFAULTS))}


def _changed_fields(view: ViewState) -> dict[str, str]:
    defaults = default_view()
    return {
        row.key: row.format(getattr(view, row.field))
        for row in PARAMS
        if getattr(view, row.field) != getattr(defaults, row.field)
    }
