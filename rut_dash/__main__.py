"""Run the command line: ``python -m rut_dash``."""

from __future__ import annotations

import sys

from rut_dash.cli.process import run_process

if __name__ == "__main__":
    sys.exit(run_process())
