"""Statements of market commentary, judged against prices."""
