"""Print where the ratios of several symbols to the benchmark are, and which way they go."""

from __future__ import annotations

import argparse
from typing import Any, Final

from rut_dash.analysis.summary import finite_or_none
from rut_dash.cli.command import Command
from rut_dash.cli.options import market_of, read_symbol
from rut_dash.cli.pair_loading import behind_of, load_pair
from rut_dash.cli.printing import iso_text, print_head, print_json, print_notes, print_table
from rut_dash.errors import BasisUnavailable, DataUnavailable, OutOfRange, RutDashError
from rut_dash.market.history import Basis, PricePair
from rut_dash.market.market import Market
from rut_dash.studies.rotation import (
    AVERAGE_WEEKS,
    CHANGE_WEEKS,
    ROTATION_PERIODS,
    ROTATION_SYMBOLS,
    RotationPoint,
    SymbolRotation,
    symbol_rotation,
)
from rut_dash.study_wording import dividends_text
from rut_dash.wording import (
    MISSING,
    counted,
    day,
    percent,
    points,
    share,
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "symbols",
        nargs="*",
        type=read_symbol,
        metavar="SYMBOL",
        help=f"default {', '.join(ROTATION_SYMBOLS)}",
    )


def _run(arguments: argparse.Namespace) -> int:
    """Print the map as a table, with the tails and the returns by period.

    Raises
    ------
    DataUnavailable
        If there are prices of none of the symbols that were named.
    """
    notes: list[str] = []
    basis = Basis(arguments.basis)
    pair = load_pair(arguments, notes, may_be_one=True)
    named = arguments.symbols or ROTATION_SYMBOLS
    # The fund is on the map in any case: it is what the other pages are about.
    symbols = [s for s in dict.fromkeys((arguments.fund, *named)) if s != pair.benchmark.symbol]
    market = market_of(arguments)
    if market.can_fetch:
        market.refresh_in_background(symbols)
    rows: list[SymbolRotation] = []
    missing: dict[str, RutDashError] = {}
    for symbol in symbols:
        try:
            rows.append(_rotation_of(symbol, pair, basis, market))
        except (DataUnavailable, BasisUnavailable, OutOfRange) as error:
            missing[symbol] = error
    if arguments.symbols and set(arguments.symbols) <= set(missing):
        raise missing[arguments.symbols[0]]
    if missing:
        notes.append(f"Not on the map: {', '.join(missing)}. {next(iter(missing.values()))}")
    if (text := dividends_text(_without_dividends(rows, pair, basis))) is not None:
        notes.append(text)
    for row in rows:
        if row.as_of < pair.as_of:
            notes.append(f"Prices of {row.symbol} end on {day(row.as_of)}: it is placed there.")
    print_notes(notes)
    if arguments.json:
        print_json(_record(rows, list(missing), pair, basis))
    else:
        print_head(pair, basis, behind_of(arguments, pair))
        _print_rows(rows, pair)
    return 0


def _rotation_of(symbol: str, pair: PricePair, basis: Basis, market: Market) -> SymbolRotation:
    """Return the rotation of a symbol up to the as-of of the pair.

    Raises
    ------
    DataUnavailable
        If there are no prices of it.
    BasisUnavailable
        If its prices have not the basis.
    OutOfRange
        If it has no session by then in common with the benchmark.
    """
    history = pair.fund if symbol == pair.fund.symbol else market.load(symbol)
    both = PricePair.align(history, pair.benchmark, pair.as_of.date())
    return symbol_rotation(symbol, both.fund.close(basis), both.benchmark.close(basis))


def _without_dividends(
    rows: list[SymbolRotation], pair: PricePair, basis: Basis
) -> tuple[str, ...]:
    """Return the symbols whose returns leave dividends out."""
    symbols = dict.fromkeys([*(row.symbol for row in rows), pair.benchmark.symbol])
    return tuple(symbols) if basis is Basis.PRICE else ()


def _record(
    rows: list[SymbolRotation], missing: list[str], pair: PricePair, basis: Basis
) -> dict[str, Any]:
    """Return the map for JSON; the benchmark is at (0, 0)."""
    return {
        "benchmark": pair.benchmark.symbol,
        "as_of": iso_text(pair.as_of),
        "basis": basis.value,
        "simulated": pair.simulated,
        "average_weeks": AVERAGE_WEEKS,
        "change_weeks": CHANGE_WEEKS,
        "tried": len(rows),
        "missing": missing,
        "without_dividends": list(_without_dividends(rows, pair, basis)),
        "symbols": {
            row.symbol: {
                "as_of": iso_text(row.as_of),
                "first_session": iso_text(row.first),
                **_point_record(row.tail[-1] if row.tail else None),
                "quadrant": row.tail[-1].quadrant.value if row.tail else None,
                "weeks": row.weeks,
                "share_of_weeks": finite_or_none(row.share_of_weeks),
                "tail": [{"week": iso_text(p.week), **_point_record(p)} for p in row.tail],
                "returns": {p: finite_or_none(value) for p, value in row.returns.items()},
                "excess": {p: finite_or_none(value) for p, value in row.excess.items()},
            }
            for row in rows
        },
    }


def _point_record(point: RotationPoint | None) -> dict[str, float | None]:
    return {"x": None, "y": None} if point is None else {"x": point.x, "y": point.y}


def _print_rows(rows: list[SymbolRotation], pair: PricePair) -> None:
    """Print the map, the tails and the table of periods."""
    print()
    print_table(
        [
            ("", "Against its average", "Change", "Where", "Of its weeks", "n"),
            *(
                (
                    row.symbol,
                    percent(row.tail[-1].x) if row.tail else MISSING,
                    points(row.tail[-1].y) if row.tail else MISSING,
                    row.tail[-1].quadrant.value if row.tail else MISSING,
                    share(row.share_of_weeks) if row.tail else MISSING,
                    f"{row.weeks:,}",
                )
                for row in rows
            ),
            (pair.benchmark.symbol, percent(0.0), points(0.0), "benchmark", MISSING, MISSING),
        ]
    )
    print()
    print_table(
        [
            ("", *(f"{period} {word}" for word in ("return", "excess")
                   for period in ROTATION_PERIODS)),
            *(
                (
                    row.symbol,
                    *(percent(value) for value in row.returns.values()),
                    *(points(value) for value in row.excess.values()),
                )
                for row in rows
            ),
        ]
    )  # fmt: skip
    print()
    for row in rows:
        if row.tail:
            tail = "; ".join(f"{day(p.week)} {percent(p.x)} {points(p.y)}" for p in row.tail[-4:])
            print(f"{row.symbol}: {tail}")
    print()
    print(
        f"Against its average: the ratio to {pair.benchmark.symbol} over its own average of "
        f"{AVERAGE_WEEKS} weeks; change: of that over {CHANGE_WEEKS} weeks; of its weeks: share of "
        f"the weeks to date in the same quarter of the map. {counted(len(rows), 'symbol')} placed."
    )


COMMAND: Final = Command(
    "rotation", "Print several symbols against the benchmark, by strength.", _run, _add_arguments
)
