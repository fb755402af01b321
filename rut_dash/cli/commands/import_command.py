"""Import price files into the store."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rut_dash.cli.command import Command
from rut_dash.cli.options import market_of
from rut_dash.cli.printing import iso_text, print_json, print_notes, print_table
from rut_dash.market.importing import ImportResult
from rut_dash.market.sources.vendor_formats import format_name
from rut_dash.market_wording import import_remark, store_notice
from rut_dash.wording import MISSING


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="a file, or a folder of them")


def _run(arguments: argparse.Namespace) -> int:
    """Import files; return 1 where none was imported."""
    market = market_of(arguments)
    results = market.import_path(arguments.path)
    print_notes(result.error for result in results if result.status == "refused")
    print_notes(map(store_notice, market.notices))
    if arguments.json:
        _print_as_json(results)
    else:
        _print_results(results)
    return 0 if any(result.status == "imported" for result in results) else 1


def _print_as_json(results: Sequence[ImportResult]) -> None:
    print_json(
        {
            "results": [
                {
                    "path": str(result.path),
                    "symbol": result.symbol,
                    "format": result.file_format or None,
                    "status": result.status,
                    "rows": result.rows,
                    "first_session": iso_text(result.first),
                    "last_session": iso_text(result.last),
                    "reason": import_remark(result) or None,
                }
                for result in results
            ]
        }
    )


def _print_results(results: Sequence[ImportResult]) -> None:
    print_table(
        [
            ("File", "Symbol", "Result", "Sessions", "First", "Last", "Format"),
            *(
                (
                    result.path.name,
                    result.symbol or MISSING,
                    result.status,
                    f"{result.rows:,}" if result.rows else MISSING,
                    iso_text(result.first) or MISSING,
                    iso_text(result.last) or MISSING,
                    format_name(result.file_format) or MISSING,
                )
                for result in results
            ),
        ],
        left=3,
    )
    for result in results:
        remark = import_remark(result)
        if result.status != "refused" and remark:
            print(remark)


COMMAND: Final = Command("import", "Import price files into the store.", _run, _add_arguments)
