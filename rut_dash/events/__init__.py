"""Dated events that moved the market: kinds, rules, files, and the sessions they count from."""
