"""The commands, one file each.

A file ``NAME_command.py`` that holds a row `COMMAND` is a command: nothing else lists it.
"""
