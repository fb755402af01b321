"""The command line as a process: streams, exit codes, and what Python does at its end."""

from __future__ import annotations

import gc
import io
import logging
import os
import sys
from collections.abc import Sequence

from rut_dash.cli.options import parse_arguments
from rut_dash.cli.printing import print_notes
from rut_dash.errors import RutDashError
from rut_dash.market.store_files import is_hanging


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
    command, arguments = parse_arguments(argv)
    try:
        return command.run(arguments)
    except RutDashError as error:
        print_notes([error])
        return 2


def run_process() -> int:
    """Run the command line of this process and return its exit code."""
    # Imported modules live until the exit: collecting them over and over, and once more at the
    # exit, took a sixth of the time of a summary.
    gc.freeze()
    # Failures are printed as sentences; the program's log would repeat them.
    logging.getLogger("rut_dash").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console without a minus sign prints "?"
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has read enough. Without this the interpreter fails again at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        code = 130
    if is_hanging():
        sys.stderr.flush()
        os._exit(code)
    return code
