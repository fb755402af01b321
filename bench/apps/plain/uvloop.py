"""Stands in the way of uvloop, so that the usual page runs on the loop that Python ships."""

raise ModuleNotFoundError("the usual page has no uvloop")
