"""The command line: ``python -m rut_dash``.

It reads its arguments, asks the rooms, and prints. Exit codes: 0 where all is well, 1 where
something that was looked at or fetched is not, 2 where the question itself cannot be answered;
then standard output stays empty and one sentence on standard error says why.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import logging
import math
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import pandas as pd

from rut_dash.analysis.returns import sessions_of
from rut_dash.analysis.studies import HORIZONS, event_study
from rut_dash.analysis.summary import (
    RelativeSummary,
    SymbolSummary,
    relative_summary,
    symbol_summary,
)
from rut_dash.claims.claim_file import load_claims
from rut_dash.claims.judge import as_json, judge_all, report, series_needed
from rut_dash.errors import (
    DataUnavailable,
    InvalidInput,
    OutOfRange,
    RutDashError,
    SchemaError,
    UnknownSymbol,
)
from rut_dash.events.catalogue import (
    KINDS,
    Catalogue,
    Timing,
    anchor_session,
    load_catalogue,
    since_table,
)
from rut_dash.market import calendar
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.market.instruments import BENCHMARKS, FUNDS, normalise_symbol
from rut_dash.market.market import Market, open_market
from rut_dash.market.sources.folder import NotBars, price_files, read_file, symbol_of_file
from rut_dash.market.store import Store, is_hanging
from rut_dash.wording import MISSING, counted, number, percent, points

__all__ = ["main"]

_FETCHED_BY_DEFAULT: Final = ("IWM", "SPY", "^RUT", "^GSPC")
_LATEST_EVENTS: Final = 12
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

Notes = list[str]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv
        The arguments without the program's name; those of the process where None.

    Returns
    -------
    int
        The exit code.
    """
    arguments = _parser().parse_args(argv, namespace=_defaults())
    command: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return command(arguments)
    except RutDashError as error:
        _complain(error)
        return 2


def _complain(problem: object) -> None:
    print(f"rut_dash: {problem}", file=sys.stderr)


# --- Arguments -----------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"rut_dash: {message}; --help lists what there is.\n")


def _defaults() -> argparse.Namespace:
    return argparse.Namespace(
        prices=None,
        offline=False,
        as_of=None,
        basis=Basis.PRICE,
        json=False,
        fund=FUNDS[0],
        benchmark=BENCHMARKS[0],
        events=None,
    )


def _parser() -> argparse.ArgumentParser:
    # An option may stand before or after the command. Its default is in `_defaults`, because
    # a default of the second parser would undo what the first one read.
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group("common options")
    group.add_argument(
        "--prices", metavar="DIR", type=_folder, help="read bars from this folder alone"
    )
    group.add_argument("--offline", action="store_true", help="never use the network")
    group.add_argument(
        "--as-of", metavar="DATE", type=_day, help="as if bars after this day did not exist"
    )
    group.add_argument(
        "--basis",
        choices=[basis.value for basis in Basis],
        help="price, or total return with dividends reinvested",
    )
    group.add_argument("--fund", metavar="SYMBOL", type=_symbol, help=f"default {FUNDS[0]}")
    group.add_argument(
        "--benchmark", metavar="SYMBOL", type=_symbol, help=f"default {BENCHMARKS[0]}"
    )
    group.add_argument("--events", metavar="FILE", type=_file, help="your own events, as TOML")
    group.add_argument("--json", action="store_true", help="print one JSON object")

    parser = _Parser(
        prog="python -m rut_dash",
        description="How the Russell 2000 stands against the S&P 500, since when, and why.",
        parents=[common],
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> _Parser:
        command: _Parser = commands.add_parser(
            name, help=text, description=text, parents=[common], allow_abbrev=False
        )
        command.set_defaults(run=run)
        return command

    fetch = add("fetch", _fetch, "Fetch prices into the store.")
    fetch.add_argument(
        "symbols",
        nargs="*",
        metavar="SYMBOL",
        type=_symbol,
        help=f"default {' '.join(_FETCHED_BY_DEFAULT)}",
    )
    fetch.add_argument("--force", action="store_true", help="ask again where nothing is due")
    fetch.add_argument(
        "--log", action="store_true", help="a line for each request, on standard error, for cron"
    )
    importer = add("import", _import, "Import price files into the store.")
    importer.add_argument("path", metavar="PATH", type=Path, help="a file, or a folder of them")
    add("summary", _summary, "Print where fund and benchmark stand.")
    add("events", _events, "Print the events, and what both did around them.")
    claims = add("claims", _claims, "Check what market commentary claims against prices.")
    claims.add_argument("--source", metavar="ID", help="the claims of one source, such as A1")
    add("doctor", _doctor, "Check the data; exit with 1 where something is wrong.")
    return parser


def _day(text: str) -> date:
    try:
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a form that is right and a day that is not, as 2025-02-30: same sentence
    raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2025-05-12")


def _symbol(text: str) -> str:
    try:
        return normalise_symbol(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not {error.expected}") from error


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return path


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


# --- What the commands share ---------------------------------------------------------------


def _pair(arguments: argparse.Namespace, notes: Notes) -> PricePair:
    """Return both legs up to the as-of: from the market, or else from the demo, saying so."""
    symbols = (arguments.fund, arguments.benchmark)
    market = open_market(arguments.prices, offline=arguments.offline)
    try:
        fund, benchmark = (market.load(symbol) for symbol in symbols)
    except UnknownSymbol:
        raise
    except DataUnavailable as error:
        try:
            fund, benchmark = (market.demo(symbol) for symbol in symbols)
        except DataUnavailable:
            raise error from None
        notes.append(f"{error} What follows is simulated.")
    notes.extend(market.notices)
    pair = PricePair.align(fund, benchmark, arguments.as_of)
    notes.extend(pair.cut)
    for leg in pair.legs:
        known = leg.provenance
        if known.stale_because:
            notes.append(
                f"{leg.symbol} ends on {leg.last_session:%Y-%m-%d}: {known.stale_because}."
            )
        if known.provisional:
            notes.append(
                f"The bar of {leg.symbol} on {leg.last_session:%Y-%m-%d} is of a session that "
                "was still open when it was fetched."
            )
        if known.incomplete_from:
            notes.append(
                f"{leg.symbol} has blank dividends or splits from {known.incomplete_from}; they "
                "count as none."
            )
        # Where a source was asked the calendar is built; elsewhere that would cost a summary
        # half its time again, and the doctor names the sessions.
        gap = _gap(leg) if market.can_fetch else None
        if gap is not None:
            notes.append(gap)
    return pair


def _gap(leg: PriceHistory, retry_at: datetime | None = None) -> str | None:
    """Return a sentence about the sessions that bars lack; None where they lack none."""
    if leg.provenance.simulated:
        return None
    missing = [day.date() for day in calendar.missing_sessions(leg.sessions)]
    if not missing:
        return None
    return (
        f"{leg.symbol} lacks {counted(len(missing), 'session')} of the NYSE, left out and not "
        f"filled: {_some(missing)}.{_next_try(retry_at)}"
    )


def _next_try(moment: datetime | None) -> str:
    """Return when a source is asked again, a sentence after others; nothing where unknown."""
    return f" Next try at {moment:%Y-%m-%d %H:%M %Z}." if moment else ""


def _catalogue(arguments: argparse.Namespace, as_of: date | None, notes: Notes) -> Catalogue:
    """Return the events up to the as-of; of the current year where it is not known."""
    catalogue = load_catalogue(arguments.events, as_of)
    notes.extend(str(problem) for problem in catalogue.problems)
    return catalogue if as_of is None else catalogue.up_to(as_of)


def _known(value: float) -> float | None:
    """Return a float that JSON can hold; None for NaN."""
    return float(value) if math.isfinite(value) else None


def _iso(moment: date | None) -> str | None:
    """Return a day, or a time with its zone, as ISO text; a session without its midnight."""
    if moment is None:
        return None
    return (moment.date() if isinstance(moment, pd.Timestamp) else moment).isoformat()


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))


def _print_notes(notes: Notes) -> None:
    for note in notes:
        _complain(note)


def _print_table(rows: Sequence[Sequence[str]], left: int = 1) -> None:
    """Print rows in columns, the first ``left`` of them flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if at < left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def _print_head(pair: PricePair, basis: Basis) -> None:
    fund, benchmark = pair.legs
    print(
        f"{fund.symbol} against {benchmark.symbol}, as of {pair.as_of:%Y-%m-%d}, "
        f"{basis.label} basis"
    )
    sources = dict.fromkeys(leg.provenance.source for leg in pair.legs)
    print(f"Source: {', '.join(sources)}{' (SIMULATED, not real prices)' * pair.simulated}")


# --- fetch, import -------------------------------------------------------------------------


def _fetch(arguments: argparse.Namespace) -> int:
    if arguments.log:
        logging.getLogger("rut_dash").setLevel(logging.NOTSET)  # as `open_market` sets it up
    market = open_market(arguments.prices, offline=arguments.offline)
    if not market.can_fetch:
        _complain(
            "fetch needs the network and the store: leave out --prices and --offline, and unset "
            "RUT_DASH_PRICES and RUT_DASH_OFFLINE."
        )
        return 2
    from tqdm import tqdm

    symbols = list(dict.fromkeys(arguments.symbols or _FETCHED_BY_DEFAULT))
    outcomes = []
    with tqdm(
        symbols, unit="symbol", file=sys.stderr, disable=arguments.json or arguments.log
    ) as bar:
        for symbol in bar:
            bar.set_description(symbol)
            outcomes.append(market.refresh(symbol, force=arguments.force))
    problems = [outcome.problem for outcome in outcomes if outcome.problem is not None]
    problems += market.notices
    _print_notes(problems)
    stored = {outcome.symbol: market.stored(outcome.symbol) for outcome in outcomes}
    for outcome in outcomes:
        bars = stored[outcome.symbol]
        gap = None if bars is None or outcome.error else _gap(bars, outcome.retry_at)
        if gap is not None:
            _complain(gap)
    last = {s: None if bars is None else _iso(bars.last_session) for s, bars in stored.items()}
    rows = {s: 0 if bars is None else len(bars.bars) for s, bars in stored.items()}
    if arguments.json:
        _print_json(
            {
                "results": [
                    {
                        "symbol": outcome.symbol,
                        "status": outcome.status,
                        "rows_added": outcome.rows_added,
                        "rows": rows[outcome.symbol],
                        "last_session": last[outcome.symbol],
                        "problem": outcome.problem,
                        "retry_at": _iso(outcome.retry_at),
                    }
                    for outcome in outcomes
                ]
            }
        )
    else:
        _print_table(
            [
                ("Symbol", "Result", "New", "Sessions", "Last"),
                *(
                    (
                        outcome.symbol,
                        outcome.status,
                        f"{outcome.rows_added:,}",
                        f"{rows[outcome.symbol]:,}",
                        last[outcome.symbol] or MISSING,
                    )
                    for outcome in outcomes
                ),
            ],
            left=2,
        )
    return 1 if problems else 0


def _import(arguments: argparse.Namespace) -> int:
    market = open_market(arguments.prices, offline=arguments.offline)
    results = market.import_path(arguments.path)
    _print_notes([result.reason for result in results if result.status == "refused"])
    _print_notes(list(market.notices))
    if arguments.json:
        _print_json(
            {
                "results": [
                    {
                        "path": str(result.path),
                        "symbol": result.symbol,
                        "status": result.status,
                        "rows": result.rows,
                        "first_session": _iso(result.first),
                        "last_session": _iso(result.last),
                        "reason": result.reason or None,
                    }
                    for result in results
                ]
            }
        )
    else:
        _print_table(
            [
                ("File", "Symbol", "Result", "Sessions", "First", "Last"),
                *(
                    (
                        result.path.name,
                        result.symbol or MISSING,
                        result.status,
                        f"{result.rows:,}" if result.rows else MISSING,
                        _iso(result.first) or MISSING,
                        _iso(result.last) or MISSING,
                    )
                    for result in results
                ),
            ],
            left=3,
        )
        for result in results:
            if result.status != "refused" and result.reason:
                print(result.reason)
    return 0 if any(result.status == "imported" for result in results) else 1


# --- summary -------------------------------------------------------------------------------


def _summary(arguments: argparse.Namespace) -> int:
    notes: Notes = []
    basis = Basis(arguments.basis)
    pair = _pair(arguments, notes)
    symbols = {leg.symbol: symbol_summary(leg, basis) for leg in pair.legs}
    relative = relative_summary(pair, basis)
    catalogue = _catalogue(arguments, pair.as_of.date(), notes)
    since = since_table(catalogue, {leg.symbol: leg.close(basis) for leg in pair.legs})
    _print_notes(notes)
    if arguments.json:
        _print_json(
            {
                "as_of": pair.as_of.date().isoformat(),
                "basis": basis.value,
                "simulated": pair.simulated,
                "symbols": symbols,
                "relative": relative,
                "since": [
                    {
                        "date": row["date"].isoformat(),
                        "label": row["label"],
                        **{symbol: _known(row[symbol]) for symbol in symbols},
                    }
                    for row in since.to_dict("records")
                ],
            }
        )
    else:
        _print_head(pair, basis)
        _print_figures(symbols)
        _print_relative(relative)
        _print_since(since, list(symbols))
    return 0


_Row = tuple[str, Callable[[Any], str], Callable[[SymbolSummary], Any]]

_FIGURES: Final[tuple[_Row, ...]] = (
    ("Close", number, lambda s: s["close"]),
    ("Day", lambda v: percent(v, 2), lambda s: s["day_return"]),
    ("Year to date", lambda v: percent(v, 2), lambda s: s["ytd_return"]),
    ("One year", lambda v: percent(v, 2), lambda s: s["return_1y"]),
    ("Drawdown", lambda v: percent(v, 2), lambda s: s["drawdown"]),
    ("Highest close", number, lambda s: s["high"]),
    ("  on", lambda v: v or MISSING, lambda s: s["high_date"]),
    ("Volatility, one year", lambda v: percent(v, 2, sign=False), lambda s: s["volatility_1y"]),
    ("Average of 50 days", number, lambda s: s["sma_50"]),
    ("Average of 200 days", number, lambda s: s["sma_200"]),
    ("RSI 14", lambda v: number(v, 1), lambda s: s["rsi_14"]),
    ("MACD 12/26", number, lambda s: s["macd"]),
    ("  signal 9", number, lambda s: s["macd_signal"]),
    ("  histogram", number, lambda s: s["macd_hist"]),
    ("Average of 50 weeks", number, lambda s: s["weekly"]["sma_50"]),
    ("RSI 14, weekly", lambda v: number(v, 1), lambda s: s["weekly"]["rsi_14"]),
    ("MACD 12/26, weekly", number, lambda s: s["weekly"]["macd"]),
    ("  signal 9", number, lambda s: s["weekly"]["macd_signal"]),
    ("  histogram", number, lambda s: s["weekly"]["macd_hist"]),
)


def _print_figures(symbols: Mapping[str, SymbolSummary]) -> None:
    print()
    _print_table(
        [
            ("", *symbols),
            *(
                (name, *(shown(value(summary)) for summary in symbols.values()))
                for name, shown, value in _FIGURES
            ),
        ]
    )


def _print_relative(relative: RelativeSummary) -> None:
    print()
    _print_table(
        [
            ("Ratio", number(relative["ratio"], 4)),
            ("  its percentile to date", percent(relative["ratio_percentile"], 1, sign=False)),
            ("Excess, year to date", points(relative["excess_ytd"], 2)),
            ("Beta, one year", number(relative["beta_1y"])),
            ("Correlation, one year", number(relative["correlation_1y"])),
        ]
    )


def _print_since(since: pd.DataFrame, symbols: list[str]) -> None:
    shown = since.tail(_LATEST_EVENTS)
    print()
    _print_table(
        [
            ("Since", "", *symbols),
            *(
                (
                    row["date"].isoformat(),
                    row["label"],
                    *(percent(row[symbol], 2) for symbol in symbols),
                )
                for row in shown.to_dict("records")
            ),
        ],
        left=2,
    )
    if len(shown) < len(since):
        print(f"The latest of {counted(len(since), 'event')}; the command events lists them all.")


# --- events --------------------------------------------------------------------------------


def _events(arguments: argparse.Namespace) -> int:
    notes: Notes = []
    basis = Basis(arguments.basis)
    try:
        pair: PricePair | None = _pair(arguments, notes)
    except UnknownSymbol:
        raise
    except DataUnavailable as error:
        if arguments.prices is not None:
            raise  # what was asked for is not there, which is no mere lack
        pair = None
        notes.append(f"{error} The events are listed without figures.")
    as_of = pair.as_of.date() if pair else arguments.as_of
    catalogue = load_catalogue(arguments.events, _rules_through(arguments, as_of))
    if arguments.as_of is not None:
        catalogue = catalogue.up_to(as_of)
    rows = _studied(catalogue, pair, basis, (arguments.fund, arguments.benchmark))
    _print_notes([*notes, *map(str, catalogue.problems)])
    if arguments.json:
        _print_json(
            {
                "as_of": as_of.isoformat() if as_of else None,
                "basis": basis.value,
                "simulated": pair is not None and pair.simulated,
                "complete_until": {
                    kind: day.isoformat() for kind, day in catalogue.complete_until.items()
                },
                "problems": [str(problem) for problem in catalogue.problems],
                "events": rows,
            }
        )
    else:
        if pair is not None:
            _print_head(pair, basis)
        _print_events(catalogue, rows, (arguments.fund, arguments.benchmark))
    return 1 if catalogue.problems else 0


def _rules_through(arguments: argparse.Namespace, as_of: date | None) -> date | None:
    """Return up to when events are generated: the as-of asked for, or the end of its year."""
    if as_of is None or arguments.as_of is not None:
        return as_of
    return date(as_of.year, 12, 31)


def _studied(
    catalogue: Catalogue, pair: PricePair | None, basis: Basis, symbols: tuple[str, str]
) -> list[dict[str, Any]]:
    """Return each event with what both legs did around it; None where that is not known."""
    study: dict[Any, dict[Any, Any]] = {}
    since: dict[Any, dict[Any, Any]] = {}
    if pair is not None:
        closes = pair.closes(basis)
        sessions = sessions_of(closes)
        past = catalogue.up_to(pair.as_of)
        anchors = {event.id: anchor_session(event, sessions) for event in past}
        study = event_study(closes, anchors).to_dict("index")
        own = {leg.symbol: leg.close(basis) for leg in pair.legs}
        since = since_table(past, own).to_dict("index")

    def of_legs(row: dict[Any, Any], what: str) -> dict[str, float | None]:
        legs = zip(symbols, ("fund", "benchmark"), strict=True)
        return {symbol: _known(row.get(f"{leg}_{what}", math.nan)) for symbol, leg in legs}

    rows = []
    for event in catalogue:
        row = study.get(event.id, {})
        anchor = row.get("anchor", pd.NaT)
        rows.append(
            {
                "id": event.id,
                "date": event.date.isoformat(),
                "timing": event.timing.value,
                "kind": event.kind,
                "label": event.label,
                "source": event.source,
                "anchor": None if anchor is pd.NaT else _iso(anchor),
                "since": {s: _known(since.get(event.id, {}).get(s, math.nan)) for s in symbols},
                "before": {str(n): of_legs(row, f"before_{n}") for n in HORIZONS},
                "after": {str(n): of_legs(row, f"after_{n}") for n in HORIZONS},
                "worst": of_legs(row, "worst"),
                "sessions_after": row.get("sessions_after"),
            }
        )
    return rows


def _print_events(
    catalogue: Catalogue, rows: Sequence[dict[str, Any]], symbols: tuple[str, str]
) -> None:
    windows = [str(n) for n in HORIZONS]
    print()
    _print_table(
        [
            ("", "", "", *(cell for s in symbols for cell in (s, *[""] * (len(windows) + 1)))),
            ("Date", "Timing", "Event", *[*(f"+{n}" for n in windows), "since", "worst"] * 2),
            *(
                (
                    row["date"],
                    Timing(row["timing"]).label,
                    row["label"],
                    *(
                        percent(value, 1)
                        for s in symbols
                        for value in (
                            *(row["after"][n][s] for n in windows),
                            row["since"][s],
                            row["worst"][s],
                        )
                    ),
                )
                for row in rows
            ),
        ],
        left=3,
    )
    print()
    print(
        f"+{windows[0]} to +{windows[-1]}: return in so many sessions after the last close before "
        f"the news; worst: deepest drawdown within 60 sessions."
    )
    for kind in KINDS.values():
        until = catalogue.complete_until.get(kind.key)
        promise = f"complete up to {until}" if until else "no promise of completeness"
        print(f"{kind.label}: {kind.covers}; {promise}.")


# --- claims --------------------------------------------------------------------------------


def _claims(arguments: argparse.Namespace) -> int:
    notes: Notes = []
    ledger = load_claims()
    notes.extend(map(str, ledger.problems))
    if arguments.source is not None:
        ledger = ledger.of_source(arguments.source)
    market = open_market(arguments.prices, offline=arguments.offline)
    bars = {symbol: _bars(market, symbol, notes) for symbol in series_needed(ledger.claims)}
    if not any(bars.values()):
        with suppress(DataUnavailable):  # a folder of prices has no demo beside it
            bars |= {symbol: market.demo(symbol) for symbol in (FUNDS[0], BENCHMARKS[0])}
            notes.append("What follows was worked out by hand: the prices at hand are simulated.")
    notes.extend(market.notices)
    catalogue = _catalogue(arguments, None, notes)
    found = judge_all(ledger, bars.get, catalogue, today=arguments.as_of)
    _print_notes(list(dict.fromkeys(notes)))
    if arguments.json:
        _print_json([as_json(judgement) for judgement in found])
    else:
        _print_table(report(found), left=6)
    return 0


def _bars(market: Market, symbol: str, notes: Notes) -> PriceHistory | None:
    try:
        return market.load(symbol)
    except DataUnavailable as error:
        notes.append(str(error))
        return None


# --- doctor --------------------------------------------------------------------------------


def _doctor(arguments: argparse.Namespace) -> int:
    market = open_market(arguments.prices, offline=arguments.offline)
    folder = arguments.prices or os.environ.get("RUT_DASH_PRICES")
    checked = market.symbols()
    files: list[dict[str, Any]] = []
    problems: Notes = []
    if folder:
        files = _other_files(Path(folder), checked)
        if not checked:
            problems.append(f"{folder}: there are no price files.")
    else:
        checked = tuple(dict.fromkeys((arguments.fund, arguments.benchmark, *checked)))
    symbols = [_examine(market, symbol, arguments.as_of, bool(folder)) for symbol in checked]
    problems += [
        *market.notices,
        *(str(problem) for problem in load_catalogue(arguments.events).problems),
    ]
    sound = not problems and not any(row["problems"] for row in (*symbols, *files))
    if arguments.json:
        _print_json(
            {
                "ok": sound,
                "prices": str(folder or Store().url),
                "problems": problems,
                "symbols": symbols,
                "files": files,
            }
        )
    else:
        print(f"Prices: {folder or Store().url}")
        _print_health(symbols, files, problems)
    return 0 if sound else 1


def _other_files(folder: Path, symbols: Sequence[str]) -> list[dict[str, Any]]:
    """Return the files of a folder that give no symbol, each with the reason."""
    rows = []
    for path in price_files(folder):
        problems: Notes = []
        remarks: Notes = []
        with suppress(SchemaError):  # a name that is no symbol's: what is inside decides
            if symbol_of_file(path) in symbols:
                continue
        try:
            read_file(path)
        except NotBars as error:
            remarks.append(error.problem)
        except SchemaError as error:
            problems.append(error.problem)
        rows.append({"file": path.name, "problems": problems, "remarks": remarks})
    return rows


def _examine(market: Market, symbol: str, as_of: date | None, folder: bool) -> dict[str, Any]:
    """Return what is known of a symbol's bars: what is wrong, and what one should know."""
    health = market.health(symbol)
    problems: Notes = []
    remarks: Notes = []
    missing: list[str] = []
    history: PriceHistory | None = None
    again = _next_try(health.retry_at) if market.can_fetch else ""
    if health.rows:
        history = market.stored(symbol)
    if history is not None and as_of is not None:
        try:
            history = history.as_of(as_of)
        except OutOfRange as error:
            remarks.append(str(error))
            history = None
    elif health.problem:
        problems.append(f"{'' if folder else 'Last try: '}{health.problem}.{again}")
    elif not health.rows:
        problems.append("There are no bars; fetch or import them.")
    if history is not None:
        last = history.last_session.date()
        gaps = [day for day in health.missing if day <= last]
        missing = [day.isoformat() for day in gaps]
        if gaps:
            when = "" if health.problem else again
            problems.append(f"{counted(len(gaps), 'session')} missing: {_some(gaps)}.{when}")
        odd = [day.date() for day in calendar.non_sessions(history.sessions)]
        if odd:
            problems.append(f"{counted(len(odd), 'bar')} on days without a session: {_some(odd)}.")
        if health.behind and as_of is None:
            problems.append(
                f"{counted(health.behind, 'closed session')} behind since {last}: fetch again."
            )
        if health.incomplete_from and health.incomplete_from <= last:
            problems.append(
                f"Dividends or splits are blank from {health.incomplete_from}: they count as none."
            )
        off = [day for day, _ in health.adjustment_differences if day <= last]
        if off:
            problems.append(
                f"The vendor's adjusted closes disagree with the dividends on "
                f"{counted(len(off), 'session')}: {_some(off)}."
            )
        if not history.has_price:
            remarks.append("Adjusted closes only: there is the total-return basis alone.")
        elif not history.has_ohlc:
            remarks.append("Closes only: there are no candles and no ATR.")
        if health.provisional and as_of is None:
            remarks.append(f"The bar of {last} is of a session that was still open.")
        remarks += health.notes
    return {
        "symbol": symbol,
        "source": health.source,
        "fetched_at": _iso(health.fetched_at),
        "first_session": None if history is None else _iso(history.first_session),
        "last_session": None if history is None else _iso(history.last_session),
        "rows": 0 if history is None else len(history.bars),
        "missing": missing,
        "problems": problems,
        "remarks": remarks,
    }


def _some(days: Sequence[date]) -> str:
    """Return the first few of some days."""
    shown = ", ".join(day.isoformat() for day in days[:3])
    return shown if len(days) <= 3 else f"{shown} and {len(days) - 3:,} more"


def _print_health(
    symbols: Sequence[dict[str, Any]], files: Sequence[dict[str, Any]], problems: Notes
) -> None:
    if symbols:
        print()
        _print_table(
            [
                ("Symbol", "Source", "Fetched", "First", "Last", "Sessions", "Missing"),
                *(
                    (
                        row["symbol"],
                        row["source"] or MISSING,
                        (row["fetched_at"] or MISSING)[:16],
                        row["first_session"] or MISSING,
                        row["last_session"] or MISSING,
                        f"{row['rows']:,}",
                        f"{len(row['missing']):,}",
                    )
                    for row in symbols
                ),
            ],
            left=5,
        )
    named = [*((row["symbol"], row) for row in symbols), *((row["file"], row) for row in files)]
    wrong = [*problems, *(f"{name}: {text}" for name, row in named for text in row["problems"])]
    known = [f"{name}: {text}" for name, row in named for text in row["remarks"]]
    for title, sentences in (("Problems", wrong), ("Remarks", known)):
        if sentences:
            print(f"\n{title}")
            for sentence in sentences:
                print(f"  {sentence}")
    if not wrong:
        print("\nNothing is wrong.")


def _run() -> int:
    """Run the process's own command line."""
    # What is imported by now stays to the end: to walk it at every collection, and once more at
    # the exit, took a sixth of the time of a summary.
    gc.freeze()
    # Failures are told in sentences; the program's log would tell them twice.
    logging.getLogger("rut_dash").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that has no minus sign shows "?"
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has read enough. The interpreter would fail once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
    if is_hanging():
        sys.stderr.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(_run())
