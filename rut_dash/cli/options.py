"""The arguments that every command takes, and how their texts are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NoReturn

from rut_dash.cli.command import Command, command_names, load_command
from rut_dash.errors import InvalidInput
from rut_dash.errors.base_error import quoted
from rut_dash.iso_dates import parse_iso_date
from rut_dash.market.history import Basis
from rut_dash.market.instruments import BENCHMARKS, FUNDS, normalise_us_symbol
from rut_dash.market.market import Market
from rut_dash.market.settings import open_market


def parse_arguments(argv: Sequence[str] | None) -> tuple[Command, argparse.Namespace]:
    """Return the command and the arguments of a command line.

    Parameters
    ----------
    argv
        The arguments without the program's name; those of the process where None.

    Raises
    ------
    SystemExit
        After help (code 0), or after a sentence about an argument that cannot be used (2).
    """
    common = _common_options()
    finder = _Parser(add_help=False, parents=[common], allow_abbrev=False)
    finder.add_argument("command", nargs="?")
    name = finder.parse_known_args(argv)[0].command
    # Only the command that is meant is imported; for help and for a misspelt one all are.
    names = [name] if name in command_names() else command_names()
    parser = _command_parser(common, [load_command(name) for name in names])
    arguments = parser.parse_args(argv, namespace=_defaults())
    command: Command = arguments.command
    return command, arguments


def market_of(arguments: argparse.Namespace) -> Market:
    """Return the market that the arguments and the environment describe."""
    return open_market(arguments.prices, offline=arguments.offline)


class _Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Exit with code 2 and one sentence."""
        self.exit(2, f"rut_dash: {message}; --help lists what there is.\n")


def _defaults() -> argparse.Namespace:
    """Return the defaults of the common options."""
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


def _common_options() -> _Parser:
    """Return a parser of the options that every command takes.

    An option may be given before or after the command. Its default is in `_defaults`, because
    a default of the command's parser would undo what the program's parser has read.
    """
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group("common options")
    group.add_argument(
        "--prices", metavar="DIR", type=_read_folder, help="read bars from this folder alone"
    )
    group.add_argument("--offline", action="store_true", help="never use the network")
    group.add_argument(
        "--as-of", metavar="DATE", type=_read_day, help="as if bars after this day did not exist"
    )
    group.add_argument(
        "--basis",
        choices=[basis.value for basis in Basis],
        help="price, or total return with dividends reinvested",
    )
    group.add_argument(
        "--fund", "--symbol", metavar="SYMBOL", type=read_symbol, help=f"default {FUNDS[0]}"
    )
    group.add_argument(
        "--benchmark", metavar="SYMBOL", type=read_symbol, help=f"default {BENCHMARKS[0]}"
    )
    group.add_argument("--events", metavar="FILE", type=_read_file, help="your own events, as TOML")
    group.add_argument("--json", action="store_true", help="print one JSON object")
    return common


def _command_parser(common: _Parser, commands: Sequence[Command]) -> _Parser:
    """Return the program's parser, with a parser for each command."""
    parser = _Parser(
        prog="python -m rut_dash",
        description="How the Russell 2000 stands against the S&P 500, since when, and why.",
        parents=[common],
        allow_abbrev=False,
    )
    parsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in commands:
        added = parsers.add_parser(
            command.key,
            help=command.help,
            description=command.help,
            parents=[common],
            allow_abbrev=False,
        )
        command.add_arguments(added)
        added.set_defaults(command=command)
    return parser


# --- Types of arguments ----------------------------------------------------------------------


def read_symbol(text: str) -> str:
    """Return a symbol of an argument.

    Raises
    ------
    ArgumentTypeError
        If the text is no symbol.
    """
    try:
        return normalise_us_symbol(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not {error.expected}") from error


def _read_day(text: str) -> date:
    """Return a date of an argument; only the form YYYY-MM-DD is taken."""
    try:
        return parse_iso_date(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no date such as 2025-05-12") from None


def _existing(noun: str, exists: Callable[[Path], bool]) -> Callable[[str], Path]:
    """Return a reader of paths that refuses a path at which there is nothing of a kind.

    It refuses an empty one, which would be the current folder, and one that no file can have.
    """

    def read(text: str) -> Path:
        path = Path(text)
        try:
            is_there = bool(text) and exists(path)
        except OSError:
            is_there = False
        if not is_there:
            raise argparse.ArgumentTypeError(f"there is no {noun} {quoted(text)}")
        return path

    return read


_read_folder: Final = _existing("folder", Path.is_dir)
_read_file: Final = _existing("file", Path.is_file)
