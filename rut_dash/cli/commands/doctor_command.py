"""Check the data; exit with 1 where something is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rut_dash.claims.claim_file import load_claims
from rut_dash.cli.command import Command
from rut_dash.cli.options import market_of
from rut_dash.cli.pair_loading import next_try_text
from rut_dash.cli.printing import iso_text, print_json, print_table
from rut_dash.errors import OutOfRange, SchemaError
from rut_dash.events.catalogue import load_catalogue
from rut_dash.market.health import Health, probable_non_sessions, unknown_actions
from rut_dash.market.history import PriceHistory
from rut_dash.market.market import Market
from rut_dash.market.notes import UnavailableSessions
from rut_dash.market.settings import prices_folder
from rut_dash.market.sources.folder import NotBars, price_files, read_file, symbol_of_file
from rut_dash.market.store import Store
from rut_dash.market_wording import (
    behind_clause,
    first_days,
    note_text,
    probable_non_sessions_text,
    problem_text,
    source_label,
    store_notice,
    total_return_text,
    uncounted_dividends_text,
)
from rut_dash.wording import MISSING, counted


@dataclass(frozen=True, slots=True)
class _SymbolReport:
    """What the doctor finds about the bars of a symbol.

    Parameters
    ----------
    history
        Its bars up to the as-of; None where there are none.
    remarks
        Sentences about what one should know.
    """

    symbol: str
    health: Health
    history: PriceHistory | None
    problems: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """The missing sessions up to the as-of, as ISO dates."""
        return [] if self.history is None else list(map(str, _missing(self.health, self.history)))

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        history, provenance = self.history, self.health.provenance
        return {
            "symbol": self.symbol,
            "source": provenance and source_label(provenance),
            "fetched_at": iso_text(self.health.fetched_at),
            "first_session": None if history is None else iso_text(history.first_session),
            "last_session": None if history is None else iso_text(history.last_session),
            "rows": 0 if history is None else len(history.bars),
            "missing": self.missing,
            "problems": list(self.problems),
            "remarks": list(self.remarks),
        }


@dataclass(frozen=True, slots=True)
class _FileReport:
    """What the doctor finds about a file that gives no symbol."""

    name: str
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "file": self.name,
            "problems": list(self.problems),
            "remarks": list(self.remarks),
        }


def _run(arguments: argparse.Namespace) -> int:
    """Print the state of the data."""
    market = market_of(arguments)
    folder = prices_folder(arguments.prices)
    symbols = market.symbols()
    files: list[_FileReport] = []
    problems: list[str] = []
    if folder is not None:
        files = list(_file_reports(folder, symbols))
        if not symbols:
            problems.append(f"{folder}: there are no price files.")
    else:
        symbols = tuple(dict.fromkeys((arguments.fund, arguments.benchmark, *symbols)))
    coverages = (market.health(symbol).coverage for symbol in symbols)
    expected = probable_non_sessions(filter(None, coverages))
    reports = [
        _symbol_report(market, symbol, arguments.as_of, expected, from_folder=folder is not None)
        for symbol in symbols
    ]
    problems += [
        *map(store_notice, market.notices),
        *map(str, load_catalogue(arguments.events).problems),
        *map(str, load_claims().problems),
    ]
    sound = not (
        problems
        or any(report.problems for report in reports)
        or any(report.problems for report in files)
    )
    if arguments.json:
        print_json(
            {
                "ok": sound,
                "prices": str(folder or Store().url),
                "problems": problems,
                "symbols": [report.as_json() for report in reports],
                "files": [report.as_json() for report in files],
            }
        )
    else:
        print(f"Prices: {folder or Store().url}")
        _print_reports(reports, files, problems)
    return 0 if sound else 1


# --- Examining -------------------------------------------------------------------------------


def _file_reports(folder: Path, symbols: Sequence[str]) -> Iterator[_FileReport]:
    """Yield a report on each file of a folder that gives none of the symbols."""
    for path in price_files(folder):
        with suppress(SchemaError):  # the name is no symbol's: the content decides
            if symbol_of_file(path) in symbols:
                continue
        try:
            read_file(path)
        except NotBars as error:
            yield _FileReport(path.name, remarks=(error.problem,))
        except SchemaError as error:
            yield _FileReport(path.name, problems=(error.problem,))
        else:
            yield _FileReport(path.name)


def _symbol_report(
    market: Market,
    symbol: str,
    as_of: date | None,
    expected: frozenset[date],
    *,
    from_folder: bool,
) -> _SymbolReport:
    """Return what is wrong with a symbol's bars, and what one should know of them."""
    health = market.health(symbol)
    next_try = next_try_text(health.retry_at) if market.can_fetch else ""
    history = market.stored(symbol) if health.rows else None
    problems: list[str] = []
    remarks: list[str] = []
    if history is not None and as_of is not None:
        try:
            history = history.as_of(as_of)
        except OutOfRange as error:
            remarks.append(str(error))
            history = None
    elif health.problem:
        text = problem_text(health.problem)
        problems.append(f"{'' if from_folder else 'Last try: '}{text}{next_try}")
    elif not health.rows:
        problems.append("There are no bars; fetch or import them.")
    if history is not None:
        missing = _missing(health, history)
        gaps = [day for day in missing if day not in expected]
        if gaps:
            next_gap_try = "" if health.problem else next_try
            problems.append(
                f"{counted(len(gaps), 'session')} missing: {first_days(gaps)}.{next_gap_try}"
            )
        problems += _history_problems(health, history, as_of, from_folder=from_folder)
        none = [day for day in missing if day in expected]
        if none:
            remarks.append(probable_non_sessions_text(none))
        if health.behind and as_of is None and from_folder:
            remarks.append(f"Its file is {behind_clause(health.behind)}.")
        remarks += _history_remarks(history, as_of)
    return _SymbolReport(symbol, health, history, tuple(problems), tuple(remarks))


def _missing(health: Health, history: PriceHistory) -> list[date]:
    """Return the sessions without a bar, up to the last session of a history."""
    last = history.last_session.date()
    return [day for day in health.missing if day <= last]


def _history_problems(
    health: Health, history: PriceHistory, as_of: date | None, *, from_folder: bool
) -> Iterator[str]:
    """Yield what is wrong with bars, but for missing sessions."""
    last = history.last_session.date()
    if health.behind and as_of is None and not from_folder:
        yield f"{counted(health.behind, 'closed session')} behind since {last}: fetch again."
    if (uncounted := uncounted_dividends_text(history)) is not None:
        yield uncounted
    differing = [day for day, _ in health.adjustment_differences if day <= last]
    if differing:
        yield (
            f"The vendor's adjusted closes disagree with the dividends on "
            f"{counted(len(differing), 'session')}: {first_days(differing)}."
        )


def _history_remarks(history: PriceHistory, as_of: date | None) -> Iterator[str]:
    """Yield what one should know of bars that are not wrong."""
    if not history.has_price:
        yield "Adjusted closes only: there is the total return basis alone."
    elif not history.has_ohlc:
        yield "Closes only: there are no candles and no ATR."
    if history.provenance.provisional and as_of is None:
        yield f"The bar of {history.last_session.date()} is of a session that was still open."
    if (text := total_return_text(history)) is not None:
        yield text
    if (splits := unknown_actions(history, "split")) is not None:
        yield (
            f"Splits are unknown on {counted(splits.sessions, 'session')} from {splits.first}: the "
            "closes are taken to be adjusted for them already."
        )
    # Sessions that the source lacks are named above.
    notes = history.provenance.notes
    yield from (note_text(note) for note in notes if not isinstance(note, UnavailableSessions))


# --- Printing --------------------------------------------------------------------------------


def _print_reports(
    reports: Sequence[_SymbolReport], files: Sequence[_FileReport], problems: Sequence[str]
) -> None:
    if reports:
        print()
        print_table(
            [
                ("Symbol", "Source", "Fetched", "First", "Last", "Sessions", "Missing"),
                *map(_table_row, reports),
            ],
            left=5,
        )
    named = [
        *((report.symbol, report.problems, report.remarks) for report in reports),
        *((file.name, file.problems, file.remarks) for file in files),
    ]
    wrong = [*problems, *(f"{name}: {text}" for name, texts, _ in named for text in texts)]
    remarks = [f"{name}: {text}" for name, _, texts in named for text in texts]
    for title, sentences in (("Problems", wrong), ("Remarks", remarks)):
        if sentences:
            print(f"\n{title}")
            for sentence in sentences:
                print(f"  {sentence}")
    if not wrong:
        print("\nNothing is wrong.")


def _table_row(report: _SymbolReport) -> tuple[str, ...]:
    values = report.as_json()
    return (
        report.symbol,
        values["source"] or MISSING,
        (values["fetched_at"] or MISSING)[:16],
        values["first_session"] or MISSING,
        values["last_session"] or MISSING,
        f"{values['rows']:,}",
        f"{len(report.missing):,}",
    )


COMMAND: Final = Command("doctor", "Check the data; exit with 1 where something is wrong.", _run)
