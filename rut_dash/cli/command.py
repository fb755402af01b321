"""What a command is, and where the commands are found."""

from __future__ import annotations

import argparse
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from rut_dash.cli import commands
from rut_dash.registry import Registry

_SUFFIX: Final = "_command"


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    """Add no argument."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Parameters
    ----------
    run
        Runs it with the parsed arguments and returns the exit code.
    add_arguments
        Adds the arguments that other commands do not have.
    """

    key: str
    help: str
    run: Callable[[argparse.Namespace], int]
    add_arguments: Callable[[argparse.ArgumentParser], None] = _no_arguments


# Filled as commands are used: to import all of them would double the time of a summary.
COMMANDS: Final[Registry[Command]] = Registry()


def _file_names() -> list[str]:
    """Return the names of the commands that have a file."""
    modules = (module.name for module in pkgutil.iter_modules(commands.__path__))
    return [name.removesuffix(_SUFFIX) for name in modules if name.endswith(_SUFFIX)]


def command_names() -> tuple[str, ...]:
    """Return the names of all commands, sorted; no command is imported."""
    return tuple(sorted({*_file_names(), *COMMANDS}))


def load_command(name: str) -> Command:
    """Return a command, imported when it is first used.

    Parameters
    ----------
    name
        One of `command_names`.
    """
    if name not in COMMANDS:
        COMMANDS.add(import_module(f"{commands.__name__}.{name}{_SUFFIX}").COMMAND)
    return COMMANDS[name]
