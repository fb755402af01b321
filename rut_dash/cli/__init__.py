"""The command line: ``python -m rut_dash COMMAND``.

One file in `rut_dash.cli.commands` for each command. Exit codes: 0 where all is well, 1 where
something that was examined or fetched is not, 2 where the question itself cannot be answered;
then standard output stays empty and one sentence on standard error says why.
"""
