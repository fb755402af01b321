"""What a reader looks at, and how a link carries it: one typed view, one table of parameters.

Pure: no Streamlit here. A field is added to a view in one place, a row of `PARAMS`,
from which reading a link and writing one follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from rut_dash.analysis.indicators import INDICATORS
from rut_dash.claims.checks import CHECKS, Verdict
from rut_dash.errors import InvalidInput, InvalidParameter
from rut_dash.events.catalogue import KINDS
from rut_dash.market.history import Basis
from rut_dash.market.instruments import BENCHMARKS, FUNDS, normalise_symbol

__all__ = [
    "DEFAULT_VIEW",
    "PARAMS",
    "WINDOWS",
    "UrlParam",
    "ViewState",
    "by_indicator",
    "changed_parameters",
    "other_benchmark",
    "parameters_of",
    "parse_view",
    "span_of",
    "to_query",
]

# "ANCHOR" starts shortly before the anchor, so that the way into it is on the screen too.
WINDOWS: Final = ("1M", "3M", "6M", "YTD", "1Y", "3Y", "5Y", "10Y", "MAX", "ANCHOR")

_NONE: Final = "none"
_LONGEST: Final = 200
# A link of thousands of unknown parameters must not become thousands of notices.
_NOTICES: Final = 5
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EVENT_ID: Final = re.compile(r"(?=.{1,60}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
_CLAIM_ID: Final = re.compile(r"(?=.{1,40}\Z)[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*")
# Streamlit's own parameters (embedding); not a view's, and no mistake either.
_PLATFORM: Final = ("embed", "embed_options")


@dataclass(frozen=True, slots=True)
class ViewState:
    """One view, whole: equal views have equal links and equal figures.

    Parameters
    ----------
    fund, benchmark
        Symbols, never the same.
    window
        One of `WINDOWS`, or ``start..end`` with two ISO dates (see `span_of`).
    basis
        Price or total return.
    anchor
        An event's id, or an ISO date: where "since" begins.
    kinds
        Keys of the event kinds shown, in the order of `KINDS`.
    frequency
        ``D`` for daily bars, ``W`` for weekly ones.
    scale
        ``linear`` or ``log``.
    leg
        ``fund`` or ``benchmark``: which one the single-symbol panels show.
    overlays
        Keys of the indicators drawn, in the order of `INDICATORS`.
    parameters
        Indicator settings that differ from their defaults, as ``(key.name, value)``, sorted.
    claim
        The id of the claim that is open; empty for none.
    claim_sources, claim_verdicts, claim_kind
        Which claims are listed, by source, verdict and kind of check; empty for all.
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
    overlays: tuple[str, ...]
    parameters: tuple[tuple[str, float], ...]
    claim: str = ""
    claim_sources: tuple[str, ...] = ()
    claim_verdicts: tuple[str, ...] = ()
    claim_kind: str = ""

    def with_(self, **changes: Any) -> ViewState:  # noqa: ANN401 - fields have many types
        """Return the view with some fields changed."""
        return replace(self, **changes)

    @property
    def version(self) -> str:
        """What differs wherever two views do."""
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
    field
        The field of `ViewState`.
    key
        The parameter's name in the URL.
    parse
        Turns the text of a link into the value; raises ValueError (or ViewError).
    format
        Turns the value into the text of a link; ``parse(format(value)) == value``.
    default
        The value where the link says nothing; left out of links.
    expected
        What is accepted, for the notice about a bad value.
    """

    field: str
    key: str
    parse: Callable[[str], Any]
    format: Callable[[Any], str]
    default: Any
    expected: str


def _one_of(*options: str) -> Callable[[str], str]:
    """Return a parser that takes one of some words, in any case."""
    by_name = {option.casefold(): option for option in options}

    def parse(text: str) -> str:
        try:
            return by_name[text.strip().casefold()]
        except KeyError:
            raise ValueError(text) from None

    return parse


def _some_of(options: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a parser of a comma-separated choice, kept in the options' own order."""
    known = tuple(options)

    def parse(text: str) -> tuple[str, ...]:
        if text.strip() == _NONE:
            return ()
        asked = {part.strip() for part in text.split(",")}
        if not asked <= set(known):
            raise ValueError(text)
        return tuple(option for option in known if option in asked)

    return parse


def _listed(values: Sequence[str]) -> str:
    return ",".join(values) or _NONE


def _iso(text: str) -> date:
    """Parse YYYY-MM-DD and nothing else (fromisoformat alone also takes week dates)."""
    if not _ISO.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def span_of(window: str) -> tuple[date, date] | None:
    """Return the first and last date of a free range; None for a preset."""
    start, dots, end = window.partition("..")
    return (_iso(start), _iso(end)) if dots else None


def _parse_window(text: str) -> str:
    text = text.strip()
    if ".." not in text:
        return _one_of(*WINDOWS)(text)
    span = span_of(text)
    if span is None or span[0] >= span[1]:
        raise ValueError(text)
    return text


def _parse_anchor(text: str) -> str:
    text = text.strip()
    if _ISO.fullmatch(text):
        return _iso(text).isoformat()
    if not _EVENT_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _format_parameters(values: Sequence[tuple[str, float]]) -> str:
    return ",".join(f"{name}:{value:g}" for name, value in values) or _NONE


def _parse_parameters(text: str) -> tuple[tuple[str, float], ...]:
    """Parse ``rsi.length:21,macd.fast:10``; values at their default are left out."""
    if text.strip() == _NONE:
        return ()
    given: dict[str, dict[str, float]] = {}
    for part in text.split(","):
        name, colon, value = part.strip().partition(":")
        key, dot, param = name.partition(".")
        if not (colon and dot and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)):
            raise ValueError(text)
        given.setdefault(key, {})[param] = float(value) if "." in value else int(value)
    known = {row.key: row for row in INDICATORS}
    if not given.keys() <= known.keys():
        raise ValueError(text)
    try:
        resolved = {key: known[key].resolve(values) for key, values in given.items()}
    except InvalidParameter as error:
        raise ValueError(text) from error
    return changed_parameters(resolved)


def changed_parameters(
    values: Mapping[str, Mapping[str, float]],
) -> tuple[tuple[str, float], ...]:
    """Return the settings that differ from their defaults, in the form of a view."""
    defaults = {f"{row.key}.{p.name}": p.default for row in INDICATORS for p in row.params}
    flat = {f"{key}.{name}": value for key, use in values.items() for name, value in use.items()}
    return tuple(sorted((name, v) for name, v in flat.items() if v != defaults[name]))


def parameters_of(view: ViewState) -> dict[str, dict[str, float]]:
    """Return the settings of a view by indicator; those at their default are left out."""
    return by_indicator(view.parameters)


def by_indicator(parameters: Iterable[tuple[str, float]]) -> dict[str, dict[str, float]]:
    """Return settings such as ``("rsi.length", 21)`` by indicator, then by name."""
    use: dict[str, dict[str, float]] = {}
    for name, value in parameters:
        key, _, param = name.partition(".")
        use.setdefault(key, {})[param] = value
    return use


def _parse_id(text: str) -> str:
    if not _CLAIM_ID.fullmatch(text.strip()):
        raise ValueError(text)
    return text.strip()


def _parse_ids(text: str) -> tuple[str, ...]:
    """Parse ids with commas, sorted, so that equal choices have equal links."""
    if text.strip() == _NONE:
        return ()
    return tuple(sorted({_parse_id(part) for part in text.split(",")}))


PARAMS: Final[tuple[UrlParam, ...]] = (
    UrlParam("fund", "fund", normalise_symbol, str, FUNDS[0], "a ticker such as IWM or ^RUT"),
    UrlParam(
        "benchmark",
        "benchmark",
        normalise_symbol,
        str,
        BENCHMARKS[0],
        "a ticker such as SPY or ^GSPC",
    ),
    UrlParam(
        "window",
        "window",
        _parse_window,
        str,
        "ANCHOR",
        f"one of {', '.join(WINDOWS)} or two dates such as 2024-01-02..2025-04-08",
    ),
    UrlParam("basis", "basis", lambda t: Basis(t.strip()), str, Basis.PRICE, "price or total"),
    UrlParam(
        "anchor",
        "anchor",
        _parse_anchor,
        str,
        "low-2025-04-08",
        "the id of an event or a date such as 2025-04-08",
    ),
    UrlParam(
        "kinds",
        "events",
        _some_of(KINDS),
        _listed,
        tuple(KINDS),
        f"some of {', '.join(KINDS)}, or {_NONE}",
    ),
    UrlParam("frequency", "bars", _one_of("D", "W"), str, "D", "D or W"),
    UrlParam("scale", "scale", _one_of("linear", "log"), str, "linear", "linear or log"),
    UrlParam("leg", "leg", _one_of("fund", "benchmark"), str, "fund", "fund or benchmark"),
    UrlParam(
        "overlays",
        "show",
        _some_of(row.key for row in INDICATORS),
        _listed,
        ("sma", "sma_long", "bollinger", "macd", "rsi"),
        f"some of {', '.join(row.key for row in INDICATORS)}, or {_NONE}",
    ),
    UrlParam(
        "parameters",
        "set",
        _parse_parameters,
        _format_parameters,
        (),
        "settings such as rsi.length:21,macd.fast:10",
    ),
    UrlParam("claim", "claim", _parse_id, str, "", "the id of a claim such as A0-1a"),
    UrlParam(
        "claim_sources",
        "sources",
        _parse_ids,
        _listed,
        (),
        f"ids of sources such as A0,A1, or {_NONE}",
    ),
    UrlParam(
        "claim_verdicts",
        "verdicts",
        _some_of(verdict.value for verdict in Verdict),
        _listed,
        (),
        f"some of {', '.join(Verdict)}, or {_NONE}",
    ),
    UrlParam("claim_kind", "check", _one_of(*CHECKS), str, "", "a kind of check such as level_at"),
)
DEFAULT_VIEW: Final = ViewState(**{row.field: row.default for row in PARAMS})


def parse_view(
    query: Mapping[str, str | Sequence[str]], anchors: Collection[str] | None = None
) -> tuple[ViewState, list[InvalidInput]]:
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
        With the default wherever the link says nothing or nothing usable.
    problems
        One for each value that is ignored, at most five and one that counts the rest.
    """
    values: dict[str, Any] = {}
    problems: list[InvalidInput] = []
    keys = {row.key for row in PARAMS}
    for key in query:
        if key not in keys and key not in _PLATFORM:
            problems.append(InvalidInput(key[:24], _text(query[key]), "no parameter of this name"))
    for row in PARAMS:
        if row.key not in query:
            continue
        given = query[row.key]
        texts = [given] if isinstance(given, str) else list(given)
        text = _text(given)
        if len(texts) != 1:
            problems.append(InvalidInput(row.key, text, "one value, not several"))
            continue
        try:
            if len(text) > _LONGEST:
                raise ValueError(text)
            value = row.parse(text)
            if row.field == "anchor" and anchors is not None and not _is_anchor(value, anchors):
                raise ValueError(text)
        except (ValueError, InvalidInput):
            problems.append(InvalidInput(row.key, text, row.expected))
        else:
            values[row.field] = value
    view = replace(DEFAULT_VIEW, **values)
    if view.fund == view.benchmark:
        other = other_benchmark(view.fund)
        problems.append(
            InvalidInput("benchmark", view.benchmark, f"another symbol than {view.fund}")
        )
        view = view.with_(benchmark=other)
    if len(problems) > _NOTICES:
        more = len(problems) - _NOTICES
        problems[_NOTICES:] = [InvalidInput("and", f"{more} more", "a link copied from this page")]
    return view, problems


def other_benchmark(fund: str) -> str:
    """Return the first configured benchmark that is not the fund itself."""
    return next(symbol for symbol in BENCHMARKS if symbol != fund)


def _text(given: str | Sequence[str]) -> str:
    return given if isinstance(given, str) else ", ".join(given)


def _is_anchor(value: str, anchors: Collection[str]) -> bool:
    return value in anchors or _ISO.fullmatch(value) is not None


def to_query(view: ViewState) -> dict[str, str]:
    """Return the parameters of a link to a view; what is at its default is left out."""
    return {
        row.key: row.format(getattr(view, row.field))
        for row in PARAMS
        if getattr(view, row.field) != row.default
    }
